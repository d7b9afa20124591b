/* SPDX-License-Identifier: Apache-2.0 */
/* TG213: words of the list of TLS 1.3 suites ("SSLCipherSuite TLSv1.3 ..."), which takes names only
 * and has nothing to do with the list of the older versions. */
#include "cipher.h"
#include "cipher_line.h"
#include "fault.h"
#include "rules.h"

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

const tlsg_rule_t *const tlsg_rules_cipher_tls13[] = {
    &tls13_word,
    NULL,
};
