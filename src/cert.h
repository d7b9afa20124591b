/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of one X.509 certificate, each read once and then const. Says what is in the certificate;
 * whether that is good, in time or trusted is for the rules, chain and names to say. Texts from the
 * certificate are untrusted and therefore held in printable form. */
#ifndef TLSG_CERT_H
#define TLSG_CERT_H

#include <apr_pools.h>
#include <apr_time.h>
#include <openssl/x509.h>

typedef enum tlsg_pubkey_type_t {
    TLSG_PUBKEY_OTHER = 0,
    TLSG_PUBKEY_RSA,
    TLSG_PUBKEY_RSA_PSS, /* id-RSASSA-PSS: browsers refuse it */
    TLSG_PUBKEY_EC,
    TLSG_PUBKEY_ED25519,
    TLSG_PUBKEY_ED448,
    TLSG_PUBKEY_DSA,
} tlsg_pubkey_type_t;

typedef struct tlsg_pubkey_t {
    tlsg_pubkey_type_t type;
    const char *name;           /* "RSA", "EC", ...; OpenSSL's name for another type, "unknown" */
    int bits;                   /* modulus or field; 0 when OpenSSL cannot decode the key */
    int security_bits;          /* OpenSSL's estimate */
    const char *curve;          /* "P-256", "secp256k1", "explicit parameters"; NULL when not EC */
    unsigned long rsa_exponent; /* 0 when not RSA, ULONG_MAX when larger than that */
} tlsg_pubkey_t;

typedef struct tlsg_cert_t {
    const char *subject;    /* "CN = www.example.com, O = Example"; "" when empty */
    const char *subject_cn; /* the last CN, NULL when there is none */
    const char *issuer;
    const char *issuer_cn;
    const char *serial; /* hex, upper case, "-" first when negative */
    apr_time_t not_before;
    apr_time_t not_after;

    int has_san; /* there is a subjectAltName extension */
    int dns_count;
    const char *const *dns; /* dNSName as it is; one with odd bytes is escaped, matches nothing */
    int ip_count;
    const char *const *ips; /* iPAddress entries as text: "192.0.2.1", "2001:db8::1" */

    tlsg_pubkey_t key;
    unsigned char spki_sha256[32];
    const char *pin; /* spki_sha256 in base64, see pin.h; NULL when out of memory */

    const char *sig_name;   /* "sha256WithRSAEncryption", "ecdsa-with-SHA384", "ED25519" */
    const char *sig_digest; /* "SHA256"; NULL when the algorithm has none of its own */
    int sig_security_bits;  /* OpenSSL's estimate; 0 unknown. SHA-1 is 63, MD5 39 */

    int is_self_issued; /* subject equals issuer */
    int is_self_signed; /* and its own key verifies it */
    int has_basic_constraints;
    int is_ca;        /* CA:TRUE */
    int is_malformed; /* an extension is undecodable or there twice: verification fails */
    int is_v1;        /* version 1: no extensions, no CA/leaf distinction */
    int has_key_usage;
    unsigned key_usage;  /* KU_ bits of openssl/x509v3.h */
    int has_eku;         /* extendedKeyUsage present; without it every use is allowed */
    int eku_server_auth; /* names serverAuth */
    int eku_client_auth;
    int eku_any; /* names anyExtendedKeyUsage, which not every client takes for the two above */

    int ocsp_count;
    const char *const *ocsp; /* responder URIs of authorityInfoAccess */
    int ca_issuers_count;
    const char *const *ca_issuers;
    int crl_count;
    const char *const *crls; /* full-name URIs of cRLDistributionPoints */
    int must_staple;         /* RFC 7633: status_request in the TLS feature extension */
    int has_scts;            /* RFC 6962 section 3.3: embedded SCT list */
    int has_cab_policy; /* a CA/Browser Forum policy OID, 2.23.140.1.2.*: issued as publicly trusted
                         */

    unsigned char sha256[32]; /* of the whole certificate; equal means the same certificate */
    X509 *x509;               /* owned by the pool of the facts */
} tlsg_cert_t;

/* Reads the facts of `x509`, which from then on belongs to `pool`, as do the facts. Never fails:
 * what OpenSSL cannot decode is said by is_malformed, key.bits == 0 and times of 0. `sha256` is the
 * digest of the whole certificate when the caller has it (32 bytes), else NULL. Leaves the error
 * queue empty. */
const tlsg_cert_t *tlsg_cert_make(apr_pool_t *pool, X509 *x509, const unsigned char *sha256);

/* The facts of a public key. `pkey` may be NULL (undecodable). Texts live in `pool` or are
 * constant. */
tlsg_pubkey_t tlsg_cert_pubkey(apr_pool_t *pool, EVP_PKEY *pkey);

/* 1 when both are the same certificate. */
int tlsg_cert_equal(const tlsg_cert_t *a, const tlsg_cert_t *b);

/* 1 when OpenSSL looking for the issuer of `cert` would take `issuer`: by name and key identifier
 * (RFC 5280 section 6.1). Whether it was allowed to sign, and did, is not checked. */
int tlsg_cert_may_issue(const tlsg_cert_t *issuer, const tlsg_cert_t *cert);

#endif
