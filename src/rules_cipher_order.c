/* SPDX-License-Identifier: Apache-2.0 */
/* TG211-TG215: which of several suites a connection gets (order, HTTP/2), and what is odd about
 * single ones, those of TLS 1.3 included. */
#include "cipher.h"
#include "cipher_line.h"
#include "fault.h"
#include "rules.h"
#include "scope.h"
#include "text.h"

/* Suites named in a message; more than that nobody reads. */
#define NAMED 4

static int is_mixed(const tlsg_effective_t *facts)
{
    int weak = tlsg_cipher_count(facts->suites, TLSG_SUITE_FORWARD_SECRECY, 1);
    int cbc = tlsg_cipher_count(facts->suites, TLSG_SUITE_CBC, 0);
    return (weak > 0 || cbc > 0) && tlsg_cipher_count(facts->suites, TLSG_SUITE_AEAD, 0) > 0;
}

static void check_order(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (facts->server_order || facts->suites->nelts < 2 ||
        (!is_mixed(facts) && !vhost->policy->server_order_demanded)) {
        return;
    }
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLHonorCipherOrder];
    const char *message =
        is_mixed(facts) ? "The client's order decides, although weak and strong suites are mixed"
                        : "The client's order of suites decides";
    if (line != NULL) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL, "%s", message);
    }
    else {
        tlsg_report_add_absent(out, self, vhost,
                               vhost->engine != NULL ? &vhost->engine->origin : NULL, NULL, "%s",
                               message);
    }
}

static const tlsg_rule_t order_off = {
    .id = "TG211",
    .name = "server-order-off",
    .topic = "order",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "The client chooses among suites of different strength",
    .why = "With weak suites in the list, the server's order keeps clients that can do better away "
           "from them. With strong suites only, the client's order is fine: it knows its hardware.",
    .fix = "Remove the weak suites, or add \"SSLHonorCipherOrder on\".",
    .bad = "SSLCipherSuite HIGH:!aNULL\n"
           "SSLHonorCipherOrder off\n",
    .good = "SSLCipherSuite HIGH:!aNULL\n"
            "SSLHonorCipherOrder on\n",
    .refs = { "RFC 9325 section 4.2.1", "CIS 7.5" },
    .check = check_order,
};

typedef struct h2_t {
    const tlsg_directive_t *line;
    int offered;
} h2_t;

/* The last Protocols line of the scope wins. */
static int see_protocols(void *baton, const tlsg_directive_t *directive, int is_own)
{
    h2_t *h2 = baton;
    (void)is_own;
    if (directive->section != NULL) {
        return 0;
    }
    h2->line = directive;
    h2->offered = 0;
    for (int i = 0; i < directive->argc; i++) {
        h2->offered |= tlsg_text_eq_nocase(directive->argv[i], "h2");
    }
    return 0;
}

static void check_h2(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                     tlsg_report_t *out)
{
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    h2_t h2 = { 0 };
    tlsg_vhost_walk(model, vhost, "Protocols", see_protocols, &h2);
    if (!h2.offered || !tlsg_model_has_module(model, "mod_http2.c") ||
        (facts->negotiable & TLSG_TLS12) == 0 || facts->suites->nelts == 0) {
        return;
    }
    if (tlsg_cipher_count(facts->suites, TLSG_SUITE_H2_BLOCKED, 1) > 0) {
        return;
    }
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : &h2.line->origin, NULL,
                        "HTTP/2 is offered, but it forbids every TLS 1.2 suite of this list");
    tlsg_finding_relate(out, finding, &h2.line->origin, "HTTP/2 is offered here");
}

static const tlsg_rule_t h2_blocked = {
    .id = "TG212",
    .name = "http2-suites-blocked",
    .topic = "cipher",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "HTTP/2 is offered with suites that it forbids",
    .why = "A TLS 1.2 client negotiates h2, sees a forbidden suite and ends the connection with "
           "INADEQUATE_SECURITY.",
    .fix = "Add \"ECDHE+AESGCM\" to SSLCipherSuite, or remove h2 from Protocols.",
    .bad = "Protocols h2 http/1.1\n"
           "SSLCipherSuite ECDHE-RSA-AES256-SHA384\n",
    .good = "Protocols h2 http/1.1\n"
            "SSLCipherSuite ECDHE+AESGCM:ECDHE-RSA-AES256-SHA384\n",
    .refs = { "RFC 9113 section 9.2.2" },
    .check = check_h2,
};

static void check_word(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLCipherSuiteTLS13];
    if (line == NULL || line->argc == 0 || tlsg_fault_next(vhost, "tls13-suite", NULL) != NULL) {
        return; /* no word is known: the server will not start */
    }
    const apr_array_header_t *dead = tlsg_cipher_line_dead(out, line);
    for (int i = 0; i < dead->nelts; i++) {
        const tlsg_cipher_word_t *word = &APR_ARRAY_IDX(dead, i, tlsg_cipher_word_t);
        tlsg_report_add(out, self, vhost, &line->origin, word->word,
                        "\"%s\" is %s: this list skips it", word->word,
                        word->kind == TLSG_WORD_OLDER ? "a suite of TLS 1.2"
                                                      : "no TLS 1.3 suite of this OpenSSL");
    }
}

static const tlsg_rule_t tls13_word = {
    .id = "TG213",
    .name = "tls13-word-ignored",
    .topic = "cipher",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A name in the list of TLS 1.3 suites is none and is ignored",
    .why = "\"SSLCipherSuite TLSv1.3\" chooses among the suites of TLS 1.3 only. OpenSSL 3 skips "
           "other names without a message, older versions refuse to start.",
    .fix = "Put suites of TLS 1.2 into a line of their own, without \"TLSv1.3\".",
    .bad = "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384\n",
    .good = "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n",
    .refs = { "SSL_CTX_set_ciphersuites(3)" },
    .check = check_word,
};

static void check_short_tag(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    for (int is13 = 0; is13 < 2; is13++) {
        int count;
        const char *names =
            tlsg_cipher_names(tlsg_report_pool(out), is13 ? facts->suites13 : facts->suites,
                              TLSG_SUITE_CCM8, 0, NAMED, &count);
        const tlsg_directive_t *line =
            is13 ? vhost->ssl.set[TLSG_SSLCipherSuiteTLS13] : tlsg_cipher_line_find(vhost);
        if (count > 0) {
            tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : &vhost->origin, NULL,
                            "Suites with a tag of 64 bits can be negotiated: %s", names);
        }
    }
}

static const tlsg_rule_t short_tag = {
    .id = "TG214",
    .name = "short-tag-suite",
    .topic = "cipher",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "CCM_8 suites can be negotiated",
    .why =
        "CCM_8 halves the authentication tag for very small devices; a forged record gets through "
        "with one try in 2^64. No browser has these suites.",
    .fix =
        "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\", and leave CCM_8 out of the list of "
        "TLS 1.3.",
    .bad = "SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_8_SHA256\n",
    .good = "SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256\n",
    .refs = { "RFC 6655 section 6.1", "NCSC-NL TLS guidelines 2025" },
    .check = check_short_tag,
};

static int is_strong(const tlsg_suite_t *suite)
{
    const unsigned wanted = TLSG_SUITE_FORWARD_SECRECY | TLSG_SUITE_AEAD;
    return (suite->flags & wanted) == wanted;
}

static void check_preference(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    if (!facts->server_order || line == NULL || facts->suites->nelts == 0) {
        return;
    }
    const tlsg_suite_t *first = APR_ARRAY_IDX(facts->suites, 0, const tlsg_suite_t *);
    for (int i = 1; i < facts->suites->nelts && !is_strong(first); i++) {
        const tlsg_suite_t *better = APR_ARRAY_IDX(facts->suites, i, const tlsg_suite_t *);
        if (is_strong(better)) {
            tlsg_report_add(
                out, self, vhost, &line->origin, NULL,
                "The server prefers %s to %s: clients that have both get the weaker one",
                first->name, better->name);
            return;
        }
    }
}

static const tlsg_rule_t weak_first = {
    .id = "TG215",
    .name = "weak-suite-preferred",
    .topic = "order",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "The server's order puts weak suites before strong ones",
    .why = "With SSLHonorCipherOrder on the first suite of the list that the client has is taken. "
           "Strong ones behind it serve nobody.",
    .fix = "Put the suites with ECDHE and GCM or CHACHA20 first.",
    .bad = "SSLHonorCipherOrder on\n"
           "SSLCipherSuite ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-GCM-SHA256\n",
    .good = "SSLHonorCipherOrder on\n"
            "SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256\n",
    .refs = { "RFC 9325 section 4.2.1", "CIS 7.5" },
    .check = check_preference,
};

const tlsg_rule_t *const tlsg_rules_cipher_order[] = {
    &order_off, &h2_blocked, &tls13_word, &short_tag, &weak_first, NULL,
};
