/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys for tests, made in memory in microseconds (EC keys) and written as PEM
 * where a file is wanted. Whatever cannot be made ends the program: a test without material proves
 * nothing. */
#ifndef TLSG_SUPPORT_CERT_H
#define TLSG_SUPPORT_CERT_H

#include <apr_pools.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* Extensions that one certificate can be given besides the usual ones. */
#define SUPPORT_CERT_EXTENSIONS 6

typedef struct support_cert_t {
    X509 *x509;
    EVP_PKEY *key;
} support_cert_t;

/* What to make; zero means the usual: a P-256 key, SHA-256, valid from a day ago for 90 days,
 * self-signed, no CA, no subjectAltName, keyUsage and extendedKeyUsage as servers have them. */
typedef struct support_spec_t {
    const char *cn;               /* NULL: empty subject */
    const char *organization;     /* O of the subject, NULL: none */
    const char *san;              /* "DNS:a.example.com, IP:192.0.2.1" */
    const support_cert_t *issuer; /* NULL: self-signed */
    EVP_PKEY *key;                /* NULL: a new P-256 key */
    EVP_PKEY *signer;   /* NULL: the issuer's key; another one makes the signature wrong */
    const char *digest; /* "SHA1"; "" for Ed25519 */
    int is_ca;
    int pathlen;           /* of a CA, plus one; 0: no limit */
    int no_usage;          /* neither keyUsage nor extendedKeyUsage nor key identifiers */
    int no_constraints;    /* no basicConstraints */
    const char *key_usage; /* "critical,keyEncipherment"; "": none; NULL: the usual */
    const char *purposes;  /* extendedKeyUsage, likewise */
    long from;             /* seconds relative to now */
    long until;            /* likewise; both 0: see above */
    const char *extensions[SUPPORT_CERT_EXTENSIONS]; /* "tlsfeature=status_request", up to NULL */
} support_spec_t;

/* "P-256", "P-384", "RSA:2048", "ED25519", "RSA-PSS:2048" ... */
EVP_PKEY *support_key(apr_pool_t *pool, const char *kind);

/* Makes what the spec says. Owned by the pool. */
support_cert_t *support_cert(apr_pool_t *pool, const support_spec_t *spec);

/* PEM text. */
const char *support_cert_pem(apr_pool_t *pool, const X509 *x509);
const char *support_key_pem(apr_pool_t *pool, EVP_PKEY *key); /* PKCS#8 */
const char *support_key_encrypted(apr_pool_t *pool,
                                  EVP_PKEY *key); /* PKCS#8, pass phrase "secret" */
const char *support_key_traditional(apr_pool_t *pool, EVP_PKEY *key, int encrypted);

/* A new directory that is removed with all that is in it when the pool is destroyed. */
const char *support_directory(apr_pool_t *pool);

/* Writes text (or `size` bytes) to DIRECTORY/NAME with mode 0600 and returns the path. */
const char *support_write(apr_pool_t *pool, const char *directory, const char *name,
                          const char *text);
const char *support_write_bytes(apr_pool_t *pool, const char *directory, const char *name,
                                const void *bytes, size_t size);

/* xorshift64*: the same numbers for the same seed on every machine. */
unsigned support_random(unsigned long long *state, unsigned below);

#endif
