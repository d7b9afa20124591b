/* SPDX-License-Identifier: Apache-2.0 */
/* A private key file as mod_ssl would use it, judged without a pass phrase and without keeping
 * anything secret: what stays is the public key. Nothing is ever asked, no dialog program is run.
 */
#ifndef TLSG_KEYFILE_H
#define TLSG_KEYFILE_H

#include <apr_pools.h>

#include "cert.h"
#include "pemfile.h"
#include "secret.h"

typedef enum tlsg_keyfile_state_t {
    TLSG_KEYFILE_OK = 0,
    TLSG_KEYFILE_ENCRYPTED,  /* needs a pass phrase: cannot be compared */
    TLSG_KEYFILE_DENIED,     /* this process may not read it: cannot be compared */
    TLSG_KEYFILE_NOT_READ,   /* missing, a directory, a FIFO, too big ... */
    TLSG_KEYFILE_NO_KEY,     /* readable, but no private key in it */
    TLSG_KEYFILE_MALFORMED,  /* a key block that OpenSSL cannot decode */
    TLSG_KEYFILE_NOT_A_FILE, /* a pkcs11: or another store URI: cannot be compared */
    TLSG_KEYFILE_IN_USE,     /* the running server has a key from it: not opened again */
} tlsg_keyfile_state_t;

typedef struct tlsg_keyfile_t {
    const char *path;
    tlsg_keyfile_state_t state;
    const char *problem; /* one sentence naming the file and the cause; NULL when OK */
    int key_count;       /* private key blocks; mod_ssl takes the first */
    unsigned char spki_sha256[32];
    const unsigned char *spki; /* the public key as SubjectPublicKeyInfo, NULL unless OK */
    size_t spki_len;
    const tlsg_secret_t *access; /* NULL for NOT_A_FILE */
} tlsg_keyfile_t;

typedef enum tlsg_key_match_t {
    TLSG_KEY_MATCH_UNKNOWN = 0, /* the key could not be looked at */
    TLSG_KEY_MATCH_YES,
    TLSG_KEY_MATCH_NO,
} tlsg_key_match_t;

/* Reads and judges. Never NULL. The caller caches by path. */
const tlsg_keyfile_t *tlsg_keyfile_read(apr_pool_t *pool, const char *path);

/* For a file whose key a server already uses: tells who can read it and does not open it. Never
 * NULL. */
const tlsg_keyfile_t *tlsg_keyfile_look(apr_pool_t *pool, const char *path);

/* Does the key belong to the certificate? Compares public keys only. */
tlsg_key_match_t tlsg_keyfile_match(const tlsg_keyfile_t *key, const tlsg_cert_t *cert);

/* 1 when mod_ssl hands the name to an engine or store instead of opening a file ("pkcs11:..."). */
int tlsg_keyfile_is_uri(const char *path);

/* Such a URI as reports may show it, in `pool`: without the query part, which may hold the PIN (RFC
 * 7512 section 2.4). */
const char *tlsg_keyfile_uri_shown(apr_pool_t *pool, const char *uri);

#endif
