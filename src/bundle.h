/* SPDX-License-Identifier: Apache-2.0 */
/* Files of several PEM blocks that OpenSSL loads as a whole: authorities, revocation lists, client
 * certificates with their keys. Tells what its loaders and mod_ssl make of them at start. Reads
 * regular files only, keeps counts and words, never a key. Configuration time. */
#ifndef TLSG_BUNDLE_H
#define TLSG_BUNDLE_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct tlsg_bundle_t {
    const char *path;
    const char *unknown; /* "path: cause" when it could not be looked at here, else NULL */
    const char
        *refused;  /* why X509_STORE_load_file() refuses it, as "path: cause"; NULL: it loads */
    int is_broken; /* a block cannot be decoded: what follows and precedes it is lost, too */
    int names;     /* certificates whose names SSL_add_file_cert_subjects_to_stack() finds */
    int pairs;     /* certificates that come with their private key */
    const char *no_client;  /* "path: cause" when one of them is not meant for clients, NULL */
    apr_time_t lists_until; /* when the first of its revocation lists runs out, 0 without one */
    const char *pair_fault; /* why mod_ssl refuses it as a file of client certificates, NULL */
} tlsg_bundle_t;

typedef struct tlsg_bundles_t tlsg_bundles_t; /* opaque: every file once */

/* An empty cache; what it hands out lives in `pool`. Not for use by several threads. */
tlsg_bundles_t *tlsg_bundle_cache_make(apr_pool_t *pool);

/* The file of that path, read and judged when first asked for. Never NULL. */
const tlsg_bundle_t *tlsg_bundle_get(tlsg_bundles_t *cache, const char *path);

/* Calls visit() for what mod_ssl reads of a directory (SSLCACertificatePath and the like):
 * everything but directories, whatever its name, in directory order. Ends when it returns non-zero
 * and returns that; 0 at the end. *unknown is set to "path: cause" when the directory cannot be
 * read, or holds more than is looked at. */
typedef int tlsg_bundle_visit_fn(void *baton, const tlsg_bundle_t *bundle);
int tlsg_bundle_walk(tlsg_bundles_t *cache, const char *directory, tlsg_bundle_visit_fn *visit,
                     void *baton, const char **unknown);

#endif
