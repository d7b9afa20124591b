/* SPDX-License-Identifier: Apache-2.0 */
/* TG201-TG210: cipher suites. Judged is the list that is left for a client after
 * versions, security level and certificates; groups and DH are in rules_group.c. */
#include <string.h>

#include <apr_strings.h>

#include "cipher.h"
#include "cipher_line.h"
#include "fault.h"
#include "rules.h"
#include "scope.h"
#include "text.h"

/* Suites named in a message; more than that nobody reads. */
#define NAMED 4

/* SSLCipherSuite would change nothing where a command replaces it. */
static void name_command(tlsg_report_t *out, tlsg_finding_t *finding, const tlsg_directive_t *line)
{
    if (line != NULL && tlsg_text_eq_nocase(line->name, "SSLOpenSSLConfCmd")) {
        tlsg_finding_fix(out, finding,
                         "Remove the line, which replaces SSLCipherSuite, or write "
                         "\"SSLOpenSSLConfCmd CipherString ECDHE+AESGCM:ECDHE+CHACHA20\".");
    }
}

/* A finding about the list: at its line, or, when there is none, as an absence. */
static tlsg_finding_t *report_list(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost,
                                   tlsg_report_t *out, const char *message)
{
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    if (line != NULL) {
        tlsg_finding_t *found =
            tlsg_report_add(out, rule, vhost, &line->origin, NULL, "%s", message);
        name_command(out, found, line);
        return found;
    }
    tlsg_finding_t *finding = tlsg_report_add_absent(
        out, rule, vhost, vhost->engine != NULL ? &vhost->engine->origin : NULL, NULL,
        "Without SSLCipherSuite OpenSSL's default list is in force. %s", message);
    tlsg_finding_fix(out, finding, "Add \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".");
    return finding;
}

static void check_list_empty(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_fault_t *fault = tlsg_fault_next(vhost, "cipher-list", NULL);
    if (fault == NULL) {
        return;
    }
    const tlsg_origin_t *origin =
        fault->directive != NULL ? &fault->directive->origin : &vhost->origin;
    const char *list = fault->directive != NULL && fault->directive->argc > 0
                           ? fault->directive->argv[fault->directive->argc - 1]
                           : "";
    apr_pool_t *pool = tlsg_report_pool(out);
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, origin, NULL,
        "The server will not start: no suite of TLS 1.2 or older matches this list");
    if (tlsg_text_eq_nocase(list, "TLSv1.3")) {
        tlsg_finding_fix(out, finding,
                         "Name the suites behind it: \"SSLCipherSuite TLSv1.3 "
                         "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\", or remove the line.");
        return;
    }
    name_command(out, finding, fault->directive);
    const apr_array_header_t *dead = tlsg_cipher_dead_words(pool, list);
    const char *better = NULL;
    for (int i = 0; i < dead->nelts; i++) {
        const tlsg_cipher_word_t *word = &APR_ARRAY_IDX(dead, i, tlsg_cipher_word_t);
        if (word->kind == TLSG_WORD_TLS13) {
            tlsg_finding_fix(out, finding,
                             "TLS 1.3 suites need their own line: \"SSLCipherSuite TLSv1.3 %s\"; "
                             "write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\" here.",
                             word->word);
            return;
        }
        if (word->nearest != NULL) {
            better = better == NULL ? word->nearest
                                    : apr_pstrcat(pool, better, ":", word->nearest, NULL);
        }
    }
    if (better != NULL) {
        tlsg_finding_fix(out, finding, "OpenSSL's names are needed: \"SSLCipherSuite %s\".",
                         better);
    }
}

static const tlsg_rule_t list_empty = {
    .id = "TG201",
    .name = "cipher-list-empty",
    .topic = "cipher",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "No suite matches SSLCipherSuite: the server will not start",
    .why = "httpd's own -t does not look at the list; the next start or restart ends with AH01898.",
    .fix = "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".",
    .bad = "SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA256\n",
    .good = "SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA384\n",
    .refs = { "ciphers(1)" },
    .check = check_list_empty,
};

static void check_tls13_list(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "tls13-suite",
                      "The server will not start: a TLS 1.3 suite is not known");
}

static const tlsg_rule_t tls13_list = {
    .id = "TG202",
    .name = "tls13-suite-unknown",
    .topic = "cipher",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "An unknown TLS 1.3 suite is named: the server will not start",
    .why = "The TLS 1.3 list takes exact names only. httpd's own -t does not look at it; the next "
           "start ends with AH10127.",
    .fix = "Use TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256, "
           "or remove the line: they are the default.",
    .bad = "SSLCipherSuite TLSv1.3 TLS_AES_512_GCM_SHA512\n",
    .good = "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n",
    .refs = { "RFC 8446 appendix B.4" },
    .check = check_tls13_list,
};

static void check_forward_secrecy(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    int count;
    apr_pool_t *pool = tlsg_report_pool(out);
    const char *names =
        tlsg_cipher_names(pool, facts->suites, TLSG_SUITE_FORWARD_SECRECY, 1, NAMED, &count);
    if (count > 0) {
        report_list(self, vhost, out,
                    apr_psprintf(pool, "%d suite%s without forward secrecy can be negotiated: %s",
                                 count, count == 1 ? "" : "s", names));
    }
}

static const tlsg_rule_t forward_secrecy = {
    .id = "TG203",
    .name = "no-forward-secrecy",
    .topic = "cipher",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "Suites without forward secrecy can be negotiated",
    .why = "With RSA key transport, whoever gets the private key years later decrypts everything "
           "that was recorded. These suites are also what ROBOT-like attacks need.",
    .fix = "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".",
    .bad = "SSLCipherSuite HIGH:!aNULL\n",
    .good = "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\n",
    .refs = { "RFC 10015", "RFC 9325 section 4.1", "CIS 7.12", "Mozilla guideline 6.0" },
    .check = check_forward_secrecy,
};

/* What no client may ever negotiate, worst first. */
static const struct {
    unsigned flag;
    const char *what;
} broken[] = {
    { TLSG_SUITE_NULL, "without encryption" },
    { TLSG_SUITE_ANONYMOUS, "without authentication" },
    { TLSG_SUITE_EXPORT, "of export strength" },
    { TLSG_SUITE_DES, "with single DES" },
    { TLSG_SUITE_RC4, "with RC4" },
    { TLSG_SUITE_DES3, "with 3DES" },
    { TLSG_SUITE_MD5, "with MD5" },
};

static void check_broken(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        int count;
        const char *names = tlsg_cipher_names(tlsg_report_pool(out), facts->suites, broken[i].flag,
                                              0, NAMED, &count);
        if (count > 0) {
            tlsg_finding_t *finding = tlsg_report_add(
                out, self, vhost, line != NULL ? &line->origin : &vhost->origin, broken[i].what,
                "Suites %s can be negotiated: %s", broken[i].what, names);
            name_command(out, finding, line);
        }
    }
}

static const tlsg_rule_t broken_suite = {
    .id = "TG204",
    .name = "broken-suite",
    .topic = "cipher",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "NULL, anonymous, export, DES, 3DES, RC4 or MD5 suites can be negotiated",
    .why = "These suites protect nothing, or can be broken with little effort: no encryption, no "
           "check who answers, 40-bit keys, 64-bit blocks (SWEET32), RC4's biases, MD5.",
    .fix = "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".",
    .bad = "%elsewhere\n" /* Debian's OpenSSL has none of these suites that mod_ssl lets through */
           "SSLCipherSuite ECDHE+AESGCM:DES-CBC3-SHA:RC4-SHA:@SECLEVEL=0\n",
    .good = "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\n",
    .refs = { "RFC 9325 section 4.1", "RFC 7465", "CIS 7.5", "CIS 7.8", "CVE-2016-2183" },
    .check = check_broken,
};

static void check_cbc(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    int count;
    apr_pool_t *pool = tlsg_report_pool(out);
    const char *names = tlsg_cipher_names(pool, facts->suites, TLSG_SUITE_CBC, 0, NAMED, &count);
    if (count > 0) {
        report_list(self, vhost, out,
                    apr_psprintf(pool, "%d CBC suite%s can be negotiated: %s", count,
                                 count == 1 ? "" : "s", names));
    }
}

static const tlsg_rule_t cbc_suite = {
    .id = "TG205",
    .name = "cbc-suite",
    .topic = "cipher",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "CBC suites can be negotiated",
    .why =
        "CBC with MAC-then-encrypt has been attacked again and again (Lucky 13). Current OpenSSL "
        "resists the known attacks; clients that need CBC are older than 2015.",
    .fix = "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\" unless such clients must connect.",
    .bad = "SSLCipherSuite ECDHE+AESGCM:ECDHE-RSA-AES256-SHA384\n",
    .good = "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\n",
    .refs = { "RFC 9325 section 4.2", "Mozilla guideline 6.0" },
    .check = check_cbc,
};

/* ---- Words of the list ------------------------------------------------------------------------
 */

static void report_word(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                        const tlsg_directive_t *line, const tlsg_cipher_word_t *word)
{
    tlsg_finding_t *finding = NULL;
    switch (word->kind) {
    case TLSG_WORD_UNKNOWN:
        finding = tlsg_report_add(out, rule, vhost, &line->origin, word->word,
                                  "\"%s\" matches no suite and is ignored", word->word);
        tlsg_finding_fix(out, finding,
                         word->nearest != NULL ? "Did you mean \"%s\"?"
                                               : "Remove it; names are case-sensitive.",
                         word->nearest);
        break;
    case TLSG_WORD_IANA:
        finding = tlsg_report_add(out, rule, vhost, &line->origin, word->word,
                                  "\"%s\" is an IANA name, which this list ignores", word->word);
        tlsg_finding_fix(out, finding, "OpenSSL's name is \"%s\".", word->nearest);
        break;
    case TLSG_WORD_TLS13:
        finding = tlsg_report_add_as(
            out, rule, TLSG_NOTICE, vhost, &line->origin, "tls13",
            "\"%s\" has no effect here: TLS 1.3 suites are neither chosen nor ordered by this list",
            word->word);
        tlsg_finding_fix(out, finding, "Remove it, or use \"SSLCipherSuite TLSv1.3 ...\".");
        break;
    case TLSG_WORD_HISTORIC:
        finding =
            tlsg_report_add_as(out, rule, TLSG_NOTICE, vhost, &line->origin, "historic",
                               "\"%s\" matches nothing: this OpenSSL does not have it", word->word);
        tlsg_finding_fix(out, finding, "Remove it.");
        break;
    case TLSG_WORD_KILLED:
    case TLSG_WORD_OLDER:
        break;
    }
}

static void check_words(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    if (line == NULL || tlsg_fault_next(vhost, "cipher-list", NULL) != NULL) {
        return;
    }
    const apr_array_header_t *dead = tlsg_cipher_line_dead(out, line);
    for (int i = 0; i < dead->nelts; i++) {
        report_word(self, vhost, out, line, &APR_ARRAY_IDX(dead, i, tlsg_cipher_word_t));
    }
}

static const tlsg_rule_t word_unknown = {
    .id = "TG206",
    .name = "cipher-word-unknown",
    .topic = "cipher",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A word in SSLCipherSuite matches no suite and is ignored",
    .why = "OpenSSL drops unknown words without a message as long as one word matches. The list "
           "then means less, or other, than it says.",
    .fix = "Use OpenSSL's names; \"openssl ciphers -v\" lists them.",
    .bad = "SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA265:ECDHE+AESGCM\n",
    .good = "SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256:ECDHE+AESGCM\n",
    .refs = { "ciphers(1)" },
    .check = check_words,
};

static void check_killed(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    if (line == NULL) {
        return;
    }
    const apr_array_header_t *dead = tlsg_cipher_line_dead(out, line);
    for (int i = 0; i < dead->nelts; i++) {
        const tlsg_cipher_word_t *word = &APR_ARRAY_IDX(dead, i, tlsg_cipher_word_t);
        if (word->kind != TLSG_WORD_KILLED) {
            continue;
        }
        int loses_aead =
            tlsg_cipher_count(tlsg_vhost_effective(vhost)->suites, TLSG_SUITE_AEAD, 0) == 0;
        tlsg_report_add_as(
            out, self, loses_aead ? TLSG_WARNING : TLSG_NOTICE, vhost, &line->origin, word->word,
            "\"%s\" adds nothing: \"!\" before it has removed these suites for good%s", word->word,
            loses_aead ? ", and no AEAD suite is left" : "");
    }
}

static const tlsg_rule_t word_killed = {
    .id = "TG207",
    .name = "cipher-word-killed",
    .topic = "cipher",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "A word adds suites that \"!\" has removed for good",
    .why = "\"!\" deletes suites so that no later word brings them back; \"-\" is the one that "
           "allows it.",
    .fix = "Remove the \"!\" word, or write it with \"-\".",
    .bad = "SSLCipherSuite HIGH:!AESGCM:!kRSA:AESGCM\n",
    .good = "SSLCipherSuite HIGH:-AESGCM:!kRSA:ECDHE+AESGCM\n",
    .refs = { "ciphers(1)" },
    .check = check_killed,
};

/* ---- Certificates, level, order, HTTP/2 ---------------------------------------------------------
 */

static const char *cert_words(unsigned auth)
{
    return auth == TLSG_AUTH_RSA ? "RSA" : auth == TLSG_AUTH_ECDSA ? "ECDSA" : "certificate";
}

static void check_no_suite(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    static const char *const schemes[] = { "SignatureAlgorithms", NULL };
    unsigned old = facts->enabled & (TLSG_TLS1 | TLSG_TLS11 | TLSG_TLS12);
    if (tlsg_scope_confcmd(vhost, schemes) != NULL && facts->usual != TLSG_USUAL_ANSWERED) {
        return; /* the suites would fit; two other rules name the line that takes them away */
    }
    if (old == 0 || facts->cert_auth == 0 || facts->suites->nelts > 0 ||
        facts->dead_suites->nelts == 0) {
        return;
    }
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : &vhost->origin, NULL,
                        "No suite in the list can use the %s key: every TLS 1.2 handshake fails",
                        cert_words(facts->cert_auth));
    if (vhost->certs->nelts > 0) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, 0, tlsg_vhost_cert_t);
        if (cert->cert != NULL) {
            tlsg_finding_relate(out, finding, &cert->cert->origin, "the certificate");
        }
    }
}

static const tlsg_rule_t no_suite = {
    .id = "TG208",
    .name = "no-suite-for-certificate",
    .topic = "cipher",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "No TLS 1.2 suite fits the certificate's key",
    .why = "Up to TLS 1.2 the suite names the kind of key: clients without TLS 1.3 get \"handshake "
           "failure\", while a browser that has it hides the fault.",
    .fix = "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\", which serves both kinds of key.",
    .bad = "SSLCipherSuite ECDHE-ECDSA-AES256-GCM-SHA384\n",
    .good = "SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA384\n",
    .refs = { "RFC 5246 section 7.4.2" },
    .check = check_no_suite,
};

/* The suite that does the same with another kind of key. */
static int has_twin(const tlsg_effective_t *facts, const tlsg_suite_t *dead)
{
    for (int i = 0; i < facts->suites->nelts; i++) {
        const tlsg_suite_t *suite = APR_ARRAY_IDX(facts->suites, i, const tlsg_suite_t *);
        if (suite->flags == dead->flags && suite->bits == dead->bits) {
            return 1;
        }
    }
    return 0;
}

static void check_dead(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    const char *list = tlsg_cipher_line_list(vhost);
    if (line == NULL || facts->cert_auth == 0 || facts->suites->nelts == 0) {
        return;
    }
    for (int i = 0; i < facts->dead_suites->nelts; i++) {
        const tlsg_suite_t *suite = APR_ARRAY_IDX(facts->dead_suites, i, const tlsg_suite_t *);
        /* A list that serves both kinds of key has twins, and a keyword names no suite. */
        if (!has_twin(facts, suite) && strstr(list, suite->name) != NULL) {
            tlsg_report_add(out, self, vhost, &line->origin, NULL,
                            "%s cannot be used with the %s certificate", suite->name,
                            cert_words(facts->cert_auth));
        }
    }
}

static const tlsg_rule_t dead_suite = {
    .id = "TG209",
    .name = "suite-without-certificate",
    .topic = "cipher",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "A suite is named that the certificate's kind of key makes dead",
    .why = "The suite needs a key of another kind, and the list has no counterpart that works. The "
           "list offers less than it seems to.",
    .fix = "Name the suite for the certificate's kind of key, or add a certificate of that kind.",
    .bad = "SSLCipherSuite ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256\n",
    .good = "SSLCipherSuite ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256\n",
    .refs = { "RFC 5246 section 7.4.2" },
    .check = check_dead,
};

static void check_level(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const char *list = tlsg_cipher_line_list(vhost);
    int level = list != NULL ? tlsg_cipher_seclevel(list) : -1;
    if (level >= 0 && level < model->default_level) {
        tlsg_report_add(out, self, vhost, &tlsg_cipher_line_find(vhost)->origin, NULL,
                        "@SECLEVEL=%d lowers OpenSSL's security level from %d", level,
                        model->default_level);
    }
    else if (level < 0 && model->default_level == 0) {
        /* No release has 0 as its own default. */
        tlsg_finding_t *finding = tlsg_report_add_absent(
            out, self, vhost, vhost->engine != NULL ? &vhost->engine->origin : NULL, "library",
            "OpenSSL's own configuration (openssl.cnf) lowers its security level to 0");
        tlsg_finding_fix(out, finding,
                         "Take @SECLEVEL=0 out of openssl.cnf, or add @SECLEVEL=2 to "
                         "SSLCipherSuite.");
    }
}

static const tlsg_rule_t level_lowered = {
    .id = "TG210",
    .name = "security-level-lowered",
    .topic = "cipher",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "@SECLEVEL lowers OpenSSL's security level",
    .why =
        "The level forbids short keys, SHA-1 and MD5 signatures, small DH groups and TLS 1.0 and "
        "1.1. Lowering it for one old client lowers it for everybody.",
    .fix = "Remove @SECLEVEL from the list.",
    .bad = "SSLCipherSuite ECDHE+AESGCM:@SECLEVEL=0\n",
    .good = "SSLCipherSuite ECDHE+AESGCM:@SECLEVEL=2\n",
    .refs = { "SSL_CTX_set_security_level(3)" },
    .check = check_level,
};

const tlsg_rule_t *const tlsg_rules_cipher[] = {
    &list_empty,  &tls13_list, &forward_secrecy, &broken_suite,  &cbc_suite, &word_unknown,
    &word_killed, &no_suite,   &dead_suite,      &level_lowered, NULL,
};
