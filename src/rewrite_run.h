/* SPDX-License-Identifier: Apache-2.0 */
/* Plays the RewriteRules of a virtual host's server context for one request, as far as the
 * configuration alone decides them. Configuration time. */
#ifndef TLSG_REWRITE_RUN_H
#define TLSG_REWRITE_RUN_H

#include "http_facts.h"
#include "reach.h"

/* What happens to the request before its content is looked for. */
typedef enum tlsg_fate_t {
    TLSG_FATE_CONTENT = 0, /* it is served, or whatever comes next decides */
    TLSG_FATE_REDIRECT,
    TLSG_FATE_REFUSED, /* 403, 404, 410 ... */
    TLSG_FATE_PROXIED,
    TLSG_FATE_UNKNOWN, /* depends on more than the path and the host */
} tlsg_fate_t;

typedef struct tlsg_probe_t {
    const char *host; /* Host header without a port */
    const char *path; /* starts with "/" */
} tlsg_probe_t;

typedef struct tlsg_course_t {
    tlsg_fate_t fate;
    const tlsg_directive_t *directive; /* that decides; NULL for CONTENT */
    const char *target;                /* REDIRECT: the full URL */
    int status;                        /* 301 ..., 0 unless REDIRECT or REFUSED */
} tlsg_course_t;

tlsg_course_t tlsg_rewrite_run(apr_pool_t *pool, tlsg_http_facts_t *facts,
                                const tlsg_probe_t *probe);

/* 1 when RewriteEngine is on in the server context; httpd inherits it from the main server. */
int tlsg_rewrite_run_is_on(const tlsg_http_facts_t *facts);

/* 1 when the rules of the main server apply in the virtual host too (RewriteOptions). */
int tlsg_rewrite_run_inherits(const tlsg_http_facts_t *facts);

/* "host" or "host:port" where the port is not the scheme's own. */
const char *tlsg_rewrite_run_authority(apr_pool_t *pool, const tlsg_vhost_t *vhost,
                                       const char *host);

#endif
