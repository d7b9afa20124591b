/* SPDX-License-Identifier: Apache-2.0 */
/* The rule record and the contract of a check. Read this first.
 *
 * A rule is one block in one rules_*.c file: its check function and, right below it, its record.
 * From the record come the manual page, the explain text, the JSON catalogue and the rule's own
 * test: every .bad must give a finding of this rule and .good none, in process and through a real
 * `httpd -t`. */
#ifndef TLSG_RULE_H
#define TLSG_RULE_H

#include "model.h"
#include "report.h"

#define TLSG_RULE_REFS_MAX 6 /* more references than an administrator will follow */

/* How often the check is called. */
typedef enum tlsg_scope_t {
    TLSG_PER_TLS,    /* for each virtual host that speaks TLS and can be reached */
    TLSG_PER_VHOST,  /* for each virtual host, and the main server when it serves requests */
    TLSG_PER_SERVER, /* once, with the main server */
} tlsg_scope_t;

/* What must be known before the check can run. When it is not, the engine reports "not evaluated".
 */
enum {
    TLSG_NEEDS_CONF = 0,      /* declared facts only */
    TLSG_NEEDS_EFFECTIVE = 1, /* tlsg_vhost_effective() is not NULL */
    TLSG_NEEDS_CERT = 2,      /* at least one certificate of the virtual host was read */
};

/* What a finding of the rule means for the server. */
enum {
    TLSG_BLOCKS_START = 1, /* mod_ssl will refuse to start */
    TLSG_TIME_ONLY =
        2, /* the clock alone can bring it about: never changes an exit status by itself */
};

/* Judges one virtual host (or the server, by scope) on a const model in which everything in
 * self->needs is known. Adds findings to `out`; must not log, fail or allocate elsewhere
 * (tlsg_report_pool()). What it cannot decide it says with tlsg_report_unknown(), never by silence.
 */
typedef void tlsg_check_fn(const struct tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out);

typedef struct tlsg_rule_t {
    const char *id;    /* "TG101": family's hundred, never reused */
    const char *name;  /* kebab-case, says what is wrong: "legacy-protocol" */
    const char *topic; /* one of report.md's topics */
    tlsg_severity_t severity;
    tlsg_scope_t scope;
    unsigned needs;
    unsigned flags;
    const char *summary; /* at most 80 characters, no full stop */
    const char *why;     /* why it matters, for the one who must fix it */
    const char *fix;     /* what to write instead; one sentence, shown below each finding */
    /* Examples: the lines that matter. The test wraps them in a minimal configuration whose TLS
     * virtual host has a good certificate and good settings; @rsa@ @ecdsa@ ... name fixture
     * certificates. A line "%server" puts the following lines at server level, "%vhost" (the
     * default) inside the TLS virtual host, and
     * "%bare" in a configuration without that virtual host. A first line
     * "%elsewhere" says that it takes a server or library this platform may lack: there httpd may
     * refuse the example or nothing be found. */
    const char *bad;
    const char *good;
    const char *refs[TLSG_RULE_REFS_MAX + 1]; /* NULL-terminated: "RFC 8996", "CIS 7.4" */
    const char *policy; /* NULL: every policy; else only under the policy of that name */
    tlsg_check_fn *check;
} tlsg_rule_t;

#endif
