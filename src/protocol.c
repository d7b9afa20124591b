/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol.h"

#include <apr_strings.h>
#include <openssl/ssl.h>

#include "text.h"

static const tlsg_version_t versions[] = {
    { TLSG_SSL3, SSL3_VERSION, SSL_OP_NO_SSLv3, "SSLv3", "SSL 3.0" },
    { TLSG_TLS1, TLS1_VERSION, SSL_OP_NO_TLSv1, "TLSv1", "TLS 1.0" },
    { TLSG_TLS11, TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, "TLSv1.1", "TLS 1.1" },
    { TLSG_TLS12, TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, "TLSv1.2", "TLS 1.2" },
    { TLSG_TLS13, TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, "TLSv1.3", "TLS 1.3" },
};

#ifdef OPENSSL_NO_SSL3
#define ALL_VERSIONS (TLSG_TLS1 | TLSG_TLS11 | TLSG_TLS12 | TLSG_TLS13)
#else
#define ALL_VERSIONS (TLSG_SSL3 | TLSG_TLS1 | TLSG_TLS11 | TLSG_TLS12 | TLSG_TLS13)
#endif
#define DEFAULT_VERSIONS (TLSG_TLS1 | TLSG_TLS11 | TLSG_TLS12 | TLSG_TLS13)

const tlsg_version_t *tlsg_protocol_at(int i)
{
    return i >= 0 && i < (int)(sizeof versions / sizeof versions[0]) ? &versions[i] : NULL;
}

static unsigned bit_of(const char *word)
{
    if (tlsg_text_eq_nocase(word, "all")) {
        return ALL_VERSIONS;
    }
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        if (tlsg_text_eq_nocase(word, versions[i].word)) {
            return versions[i].bit;
        }
    }
    return 0; /* SSLv2, or a word that httpd refuses */
}

unsigned tlsg_protocol_parse(const tlsg_directive_t *directive, const char **replaces)
{
    unsigned set = 0;
    *replaces = NULL;
    if (directive == NULL) {
        return DEFAULT_VERSIONS;
    }
    for (int i = 0; i < directive->argc; i++) {
        const char *word = directive->argv[i];
        char sign = *word == '+' || *word == '-' ? *word++ : '\0';
        unsigned bit = bit_of(word);
        if (sign == '-') {
            set &= ~bit;
        }
        else if (sign == '+') {
            set |= bit;
        }
        else {
            if (set != 0 && bit != ALL_VERSIONS && (set & ~bit) != 0) {
                *replaces = directive->argv[i];
            }
            set = bit;
        }
    }
    return set;
}

unsigned tlsg_protocol_contiguous(unsigned set)
{
    unsigned range = 0;
    for (int i = (int)(sizeof versions / sizeof versions[0]) - 1; i >= 0; i--) {
        if ((set & versions[i].bit) != 0) {
            range |= versions[i].bit;
        }
        else if (range != 0) {
            break;
        }
    }
    return range;
}

const char *tlsg_protocol_text(apr_pool_t *pool, unsigned set)
{
    const char *text = NULL;
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        if ((set & versions[i].bit) == 0) {
            continue;
        }
        int is_last = (set >> (i + 1)) == 0;
        text = text == NULL
                   ? versions[i].text
                   : apr_pstrcat(pool, text, is_last ? " and " : ", ", versions[i].text, NULL);
    }
    return text != NULL ? text : "none";
}
