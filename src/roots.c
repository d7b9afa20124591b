/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "ossl.h"

#define DIGEST_SIZE 32 /* bytes of SHA-256 */

struct tlsg_roots_t {
    apr_pool_t *pool;
    tlsg_certcache_t *cache;
    const char *file; /* instead of the system's */
    X509_STORE *store;
    int has_all;       /* the bundle was loaded as well */
    int has_hashed;    /* the hashed directory has at least one certificate */
    apr_hash_t *local; /* SHA-256 -> non-NULL, NULL before the first question */
};

/* Where administrators put roots of their own: Debian and its like, Fedora and its like, SUSE. */
static const char *const local_dirs[] = {
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
};

static apr_status_t free_store(void *store)
{
    X509_STORE_free(store);
    return APR_SUCCESS;
}

tlsg_roots_t *tlsg_roots_make(apr_pool_t *pool, tlsg_certcache_t *cache, const char *file)
{
    tlsg_roots_t *roots = apr_pcalloc(pool, sizeof(*roots));
    roots->pool = pool;
    roots->cache = cache;
    roots->file = file != NULL ? apr_pstrdup(pool, file) : NULL;
    return roots;
}

/* "0123abcd.0": the name of a link that c_rehash made. */
static int is_hashed_name(const char *name)
{
    return strlen(name) > 9 && strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
           strspn(name + 9, "0123456789") == strlen(name + 9);
}

static int has_hashed_certs(apr_pool_t *pool, const char *path)
{
    apr_pool_t *scratch = NULL;
    apr_dir_t *dir = NULL;
    apr_finfo_t entry;
    int found = 0;
    if (apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        return 0;
    }
    if (apr_dir_open(&dir, path, scratch) == APR_SUCCESS) {
        while (!found && apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
            found = is_hashed_name(entry.name);
        }
    }
    apr_pool_destroy(scratch);
    return found;
}

/* The directories are a list, separated like PATH. */
static int any_hashed_certs(apr_pool_t *pool, const char *list)
{
    char *state = NULL;
    char *copy = apr_pstrdup(pool, list);
    for (char *dir = apr_strtok(copy, ":", &state); dir != NULL;
         dir = apr_strtok(NULL, ":", &state)) {
        if (has_hashed_certs(pool, dir)) {
            return 1;
        }
    }
    return 0;
}

static const char *setting(const char *variable, const char *fallback)
{
    const char *value = secure_getenv(variable);
    return value != NULL ? value : fallback;
}

X509_STORE *tlsg_roots_store(tlsg_roots_t *roots)
{
    if (roots->store != NULL) {
        return roots->store;
    }
    roots->store = X509_STORE_new();
    if (roots->store == NULL) {
        return NULL;
    }
    apr_pool_cleanup_register(roots->pool, roots->store, free_store, apr_pool_cleanup_null);
    if (roots->file != NULL) {
        X509_STORE_load_file(roots->store, roots->file);
        roots->has_all = 1;
    }
    else if (any_hashed_certs(roots->pool, setting(X509_get_default_cert_dir_env(),
                                                   X509_get_default_cert_dir()))) {
        X509_LOOKUP *lookup = X509_STORE_add_lookup(roots->store, X509_LOOKUP_hash_dir());
        roots->has_hashed =
            lookup != NULL && X509_LOOKUP_add_dir(lookup, NULL, X509_FILETYPE_DEFAULT) == 1;
    }
    tlsg_ossl_clear();
    return roots->store;
}

int tlsg_roots_load_all(tlsg_roots_t *roots)
{
    if (roots->has_all || tlsg_roots_store(roots) == NULL) {
        return 0;
    }
    roots->has_all = 1;
    X509_LOOKUP *lookup = X509_STORE_add_lookup(roots->store, X509_LOOKUP_file());
    int loaded = lookup != NULL && X509_LOOKUP_load_file(lookup, NULL, X509_FILETYPE_DEFAULT) > 0;
    tlsg_ossl_clear();
    return loaded;
}

int tlsg_roots_is_empty(const tlsg_roots_t *roots)
{
    return !roots->has_hashed &&
           (roots->store == NULL || sk_X509_OBJECT_num(X509_STORE_get0_objects(roots->store)) == 0);
}

static void add_local(tlsg_roots_t *roots, const char *path)
{
    const tlsg_certfile_t *file = tlsg_certfile_get(roots->cache, path);
    if (file->leaf == NULL) {
        return;
    }
    apr_hash_set(roots->local, file->leaf->sha256, DIGEST_SIZE, file->leaf);
    for (int i = 0; i < file->chain_count; i++) {
        apr_hash_set(roots->local, file->chain[i]->sha256, DIGEST_SIZE, file->chain[i]);
    }
}

static void load_local(tlsg_roots_t *roots)
{
    roots->local = apr_hash_make(roots->pool);
    for (size_t i = 0; i < sizeof(local_dirs) / sizeof(local_dirs[0]); i++) {
        apr_pool_t *scratch = NULL;
        apr_dir_t *dir = NULL;
        apr_finfo_t entry;
        if (apr_pool_create(&scratch, roots->pool) != APR_SUCCESS) {
            return;
        }
        if (apr_dir_open(&dir, local_dirs[i], scratch) == APR_SUCCESS) {
            while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
                if (entry.name[0] != '.') {
                    add_local(roots, apr_pstrcat(scratch, local_dirs[i], "/", entry.name, NULL));
                }
            }
        }
        apr_pool_destroy(scratch);
    }
}

int tlsg_roots_is_local(tlsg_roots_t *roots, X509 *root)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    if (roots->file != NULL || X509_digest(root, EVP_sha256(), sha256, NULL) != 1) {
        return 0;
    }
    if (roots->local == NULL) {
        load_local(roots);
    }
    return apr_hash_get(roots->local, sha256, DIGEST_SIZE) != NULL;
}
