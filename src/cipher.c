/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of suites, from OpenSSL's own description of their parts. */
#include "cipher.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/objects.h>

static unsigned exchange_flags(const SSL_CIPHER *cipher)
{
    switch (SSL_CIPHER_get_kx_nid(cipher)) {
    case NID_kx_any:
        return TLSG_SUITE_TLS13 | TLSG_SUITE_FORWARD_SECRECY;
    case NID_kx_ecdhe:
        return TLSG_SUITE_ECDHE | TLSG_SUITE_FORWARD_SECRECY;
    case NID_kx_dhe:
        return TLSG_SUITE_DHE | TLSG_SUITE_FORWARD_SECRECY;
    case NID_kx_rsa:
        return TLSG_SUITE_STATIC_RSA;
    case NID_kx_ecdhe_psk:
    case NID_kx_dhe_psk:
        return TLSG_SUITE_PSK | TLSG_SUITE_FORWARD_SECRECY;
    case NID_kx_rsa_psk:
    case NID_kx_psk:
    case NID_kx_srp:
        return TLSG_SUITE_PSK;
    default:
        return 0;
    }
}

static unsigned encryption_flags(const SSL_CIPHER *cipher)
{
    if (SSL_CIPHER_is_aead(cipher)) {
        return TLSG_SUITE_AEAD;
    }
    switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_undef:
        return TLSG_SUITE_NULL;
    case NID_rc4:
    case NID_rc4_40:
        return TLSG_SUITE_RC4;
    case NID_des_ede3_cbc:
        return TLSG_SUITE_DES3 | TLSG_SUITE_CBC;
    case NID_des_cbc:
        return TLSG_SUITE_DES | TLSG_SUITE_CBC;
    default:
        return TLSG_SUITE_CBC;
    }
}

static unsigned authentication(const SSL_CIPHER *cipher)
{
    switch (SSL_CIPHER_get_auth_nid(cipher)) {
    case NID_auth_any:
        return TLSG_AUTH_ANY;
    case NID_auth_rsa:
        return TLSG_AUTH_RSA;
    case NID_auth_ecdsa:
        return TLSG_AUTH_ECDSA;
    case NID_auth_dss:
        return TLSG_AUTH_DSA;
    default:
        return 0;
    }
}

/* RFC 9113 appendix A in one sentence: everything that is not an ephemeral key exchange with an
 * AEAD. */
static int h2_blocked(unsigned flags)
{
    const unsigned wanted = TLSG_SUITE_FORWARD_SECRECY | TLSG_SUITE_AEAD;
    return (flags & TLSG_SUITE_TLS13) == 0 &&
           ((flags & wanted) != wanted || (flags & (TLSG_SUITE_NULL | TLSG_SUITE_ANONYMOUS)) != 0);
}

const tlsg_suite_t *tlsg_cipher_classify(apr_pool_t *pool, const SSL_CIPHER *cipher)
{
    tlsg_suite_t *suite = apr_pcalloc(pool, sizeof *suite);
    suite->name = SSL_CIPHER_get_name(cipher);
    suite->iana = SSL_CIPHER_standard_name(cipher);
    suite->bits = SSL_CIPHER_get_bits(cipher, NULL);
    suite->auth = authentication(cipher);
    suite->flags = exchange_flags(cipher) | encryption_flags(cipher);
    if (SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null && (suite->flags & TLSG_SUITE_PSK) == 0) {
        suite->flags |= TLSG_SUITE_ANONYMOUS;
        suite->flags &= ~(unsigned)TLSG_SUITE_FORWARD_SECRECY;
    }
    if (SSL_CIPHER_get_digest_nid(cipher) == NID_md5) {
        suite->flags |= TLSG_SUITE_MD5;
    }
    if (suite->iana != NULL && strstr(suite->iana, "EXPORT") != NULL) {
        suite->flags |= TLSG_SUITE_EXPORT;
    }
    if (suite->iana != NULL && strstr(suite->iana, "CCM_8") != NULL) {
        suite->flags |= TLSG_SUITE_CCM8;
    }
    if (strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.2") == 0) {
        suite->flags |= TLSG_SUITE_TLS12;
    }
    if (h2_blocked(suite->flags)) {
        suite->flags |= TLSG_SUITE_H2_BLOCKED;
    }
    return suite;
}

apr_array_header_t *tlsg_cipher_classify_all(apr_pool_t *pool, const STACK_OF(SSL_CIPHER) * list)
{
    int count = list != NULL ? sk_SSL_CIPHER_num(list) : 0;
    apr_array_header_t *suites = apr_array_make(pool, count, sizeof(const tlsg_suite_t *));
    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(suites, const tlsg_suite_t *) =
            tlsg_cipher_classify(pool, sk_SSL_CIPHER_value(list, i));
    }
    return suites;
}

int tlsg_cipher_count(const apr_array_header_t *suites, unsigned flags, int without)
{
    int count;
    (void)tlsg_cipher_names(NULL, suites, flags, without, 0, &count);
    return count;
}

const char *tlsg_cipher_names(apr_pool_t *pool, const apr_array_header_t *suites, unsigned flags,
                              int without, int most, int *count)
{
    const char *text = "";
    *count = 0;
    for (int i = 0; i < suites->nelts; i++) {
        const tlsg_suite_t *suite = APR_ARRAY_IDX(suites, i, const tlsg_suite_t *);
        if (((suite->flags & flags) != 0) == (without != 0)) {
            continue;
        }
        if (++*count <= most) {
            text = apr_pstrcat(pool, text, *count > 1 ? ", " : "", suite->name, NULL);
        }
    }
    return pool != NULL && *count > most ? apr_psprintf(pool, "%s and %d more", text, *count - most)
                                         : text;
}
