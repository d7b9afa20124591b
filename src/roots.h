/* SPDX-License-Identifier: Apache-2.0 */
/* The roots that this system trusts, as OpenSSL finds them (SSL_CERT_FILE and SSL_CERT_DIR
 * included), and which of them an administrator installed. */
#ifndef TLSG_ROOTS_H
#define TLSG_ROOTS_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "certfile.h"

typedef struct tlsg_roots_t tlsg_roots_t; /* opaque */

/* Reads nothing yet. `file`: a PEM file to use instead of the system's (tests), else NULL. */
tlsg_roots_t *tlsg_roots_make(apr_pool_t *pool, tlsg_certcache_t *cache, const char *file);

/* The store, loaded as little as possible: where the system has a hashed directory, single roots
 * are looked up when a chain asks for them. NULL when out of memory. Owned by the pool. */
X509_STORE *tlsg_roots_store(tlsg_roots_t *roots);

/* Adds what takes time (the bundle file, about 20 ms). 1 when it was not loaded before, so that
 * trying again makes sense. */
int tlsg_roots_load_all(tlsg_roots_t *roots);

/* 1 when there is no root at all. Meaningful after tlsg_roots_load_all(). */
int tlsg_roots_is_empty(const tlsg_roots_t *roots);

/* 1 when the root lies in a directory for roots of the administrator's own (update-ca-certificates,
 * update-ca-trust): trusted by this machine, not by the public. */
int tlsg_roots_is_local(tlsg_roots_t *roots, X509 *root);

#endif
