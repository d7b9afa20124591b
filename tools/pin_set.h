/* SPDX-License-Identifier: Apache-2.0 */
/* What tlsguard-pin has found: entries (one public key each) grouped by site. Readers fill it,
 * formats print it. Holds public facts only; everything lives in the pool of the run. */
#ifndef TLSG_PIN_SET_H
#define TLSG_PIN_SET_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* Where a public key was found. */
typedef enum {
    TLSG_PIN_CERTIFICATE,
    TLSG_PIN_PRIVATE_KEY,
    TLSG_PIN_PUBLIC_KEY,
    TLSG_PIN_REQUEST,
    TLSG_PIN_GIVEN, /* a bare pin from the command line */
} tlsg_pin_kind_t;

/* One public key. Texts come from inputs and may hold anything: print them through
 * tlsg_text_printable(). */
typedef struct {
    const char *pin;
    tlsg_pin_kind_t kind;
    const char *role;        /* certificates: "leaf", "intermediate", "root"; else NULL */
    const char *key;         /* "RSA 2048", "EC P-256", "ED25519"; NULL when unknown */
    const char *subject;     /* RFC 2253 name of a certificate or request; NULL: none */
    const char *cert_digest; /* base64 SHA-256 of a whole certificate; else NULL */
    const char *source;      /* the input as it was named */
} tlsg_pin_entry_t;

/* What belongs together in one header or record set: all files of a call, one server, one
 * virtual host. */
typedef struct {
    const char *name;            /* "www.example.com:443"; NULL for the files */
    apr_array_header_t *entries; /* tlsg_pin_entry_t, in the order found */
} tlsg_pin_site_t;

/* A word for the kind: "certificate", "private key" ... Static. */
const char *tlsg_pin_set_kind(tlsg_pin_kind_t kind);

/* Name of a key's algorithm and size or curve. NULL `key` (this OpenSSL cannot use it): NULL. */
const char *tlsg_pin_set_key_name(apr_pool_t *pool, const EVP_PKEY *key);

/* The same from parts, for keys of which no EVP_PKEY is made: `bits` of an RSA modulus; a curve. */
const char *tlsg_pin_set_rsa_name(apr_pool_t *pool, int bits);
const char *tlsg_pin_set_ec_name(apr_pool_t *pool, int curve_nid);

/* Adds a certificate's key; `first` as for tlsg_pin_role(). Returns 1, 0 when out of memory. */
int tlsg_pin_set_add_x509(apr_pool_t *pool, apr_array_header_t *entries, X509 *cert, int first,
                          const char *source);

/* Adds a key, private or public. Returns 1, 0 when it has no public half. */
int tlsg_pin_set_add_pkey(apr_pool_t *pool, apr_array_header_t *entries, const EVP_PKEY *key,
                          tlsg_pin_kind_t kind, const char *source);

/* Adds a request's key. Returns 1, 0 when out of memory. */
int tlsg_pin_set_add_request(apr_pool_t *pool, apr_array_header_t *entries, X509_REQ *request,
                             const char *source);

/* 1 when one of the entries has this pin; `certificates_only` looks at no others. */
int tlsg_pin_set_has(const apr_array_header_t *entries, const char *pin, int certificates_only);

/* 1 when the entries hold a certificate. */
int tlsg_pin_set_has_certificate(const apr_array_header_t *entries);

/* Splits what is known for a site into the pins it serves and its backup pins, each pin once
 * (const char *, arrays made here). Served: its certificates; without any, its first entry.
 * Backup: the site's other entries and `spare` ones (tlsg_pin_entry_t) that no served key equals
 * (RFC 7469 section 4.3). */
void tlsg_pin_set_split(apr_pool_t *pool, const tlsg_pin_site_t *site,
                        const apr_array_header_t *spare, apr_array_header_t **served,
                        apr_array_header_t **backups);

#endif
