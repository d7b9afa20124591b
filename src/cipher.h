/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that classifies a cipher suite, from what OpenSSL says about it rather than from
 * its name. */
#ifndef TLSG_CIPHER_H
#define TLSG_CIPHER_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/ssl.h>

/* Properties of a suite. */
enum {
    TLSG_SUITE_TLS13 = 1,
    TLSG_SUITE_FORWARD_SECRECY = 2, /* ephemeral key exchange */
    TLSG_SUITE_ECDHE = 4,
    TLSG_SUITE_DHE = 8,
    TLSG_SUITE_STATIC_RSA = 16, /* RSA key transport */
    TLSG_SUITE_AEAD = 32,
    TLSG_SUITE_CBC = 64,
    TLSG_SUITE_NULL = 128,      /* no encryption */
    TLSG_SUITE_ANONYMOUS = 256, /* no authentication */
    TLSG_SUITE_EXPORT = 512,    /* 40- and 56-bit export keys */
    TLSG_SUITE_RC4 = 1024,
    TLSG_SUITE_DES3 = 2048, /* 64-bit blocks (SWEET32) */
    TLSG_SUITE_DES = 4096,
    TLSG_SUITE_MD5 = 8192,
    TLSG_SUITE_PSK = 16384,        /* needs a pre-shared key or SRP: mod_ssl offers none */
    TLSG_SUITE_CCM8 = 32768,       /* 64-bit authentication tag */
    TLSG_SUITE_H2_BLOCKED = 65536, /* RFC 9113 appendix A: not usable with HTTP/2 */
    TLSG_SUITE_TLS12 = 131072,     /* TLS 1.2 has it, older versions do not */
};

/* Certificates that can authenticate a suite. */
enum {
    TLSG_AUTH_RSA = 1,
    TLSG_AUTH_ECDSA = 2, /* EC, Ed25519 and Ed448 keys */
    TLSG_AUTH_DSA = 4,
    TLSG_AUTH_ANY = 7, /* TLS 1.3: not part of the suite */
};

typedef struct tlsg_suite_t {
    const char *name; /* OpenSSL's: "ECDHE-RSA-AES128-GCM-SHA256" */
    const char *iana; /* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
    unsigned flags;   /* TLSG_SUITE_ */
    unsigned auth;    /* TLSG_AUTH_ bits, 0 when no certificate is involved */
    int bits;         /* strength of the encryption */
} tlsg_suite_t;

/* Facts of a suite, in `pool`; names are OpenSSL's own static text. */
const tlsg_suite_t *tlsg_cipher_classify(apr_pool_t *pool, const SSL_CIPHER *cipher);

/* All suites of a list as const tlsg_suite_t *, in order. `list` may be NULL. */
apr_array_header_t *tlsg_cipher_classify_all(apr_pool_t *pool, const STACK_OF(SSL_CIPHER) * list);

/* Names of the suites that have any of the flags set (or, with `without`, none of them),
 * comma-separated, at most `most` and then "and N more"; *count is the number of all. "" when there
 * are none. */
const char *tlsg_cipher_names(apr_pool_t *pool, const apr_array_header_t *suites, unsigned flags,
                              int without, int most, int *count);

/* Number of the suites that have any of the flags set (or, with `without`, none of them). */
int tlsg_cipher_count(const apr_array_header_t *suites, unsigned flags, int without);

/* One word of a cipher string that has no effect. */
typedef struct tlsg_cipher_word_t {
    const char *word;
    enum {
        TLSG_WORD_UNKNOWN,  /* matches nothing in this OpenSSL */
        TLSG_WORD_IANA,     /* an IANA name of a suite that OpenSSL calls otherwise */
        TLSG_WORD_TLS13,    /* a TLS 1.3 suite, which this list cannot hold */
        TLSG_WORD_HISTORIC, /* names what this build does not have: RC4, EXP, SSLv2 ... */
        TLSG_WORD_KILLED,   /* added again after "!" has deleted it for good */
        TLSG_WORD_OLDER,    /* a suite of TLS 1.2 in the list of TLS 1.3 */
    } kind;
    const char *nearest; /* real name that was probably meant, NULL */
} tlsg_cipher_word_t;

/* Words of an OpenSSL cipher string (TLS 1.2 and older) that match nothing or have no effect, in
 * order, as tlsg_cipher_word_t. Taking away what is not there ("!RC4") is not listed. */
apr_array_header_t *tlsg_cipher_dead_words(apr_pool_t *pool, const char *list);

/* Words of a TLS 1.3 list that this OpenSSL skips, in order, as tlsg_cipher_word_t of kind OLDER or
 * UNKNOWN. Such a list is taken as long as one word is a suite. */
apr_array_header_t *tlsg_cipher_dead_words13(apr_pool_t *pool, const char *list);

/* N of the last @SECLEVEL=N in a cipher string, -1 without one. */
int tlsg_cipher_seclevel(const char *list);

#endif
