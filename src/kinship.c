/* SPDX-License-Identifier: Apache-2.0 */
#include "kinship.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "certfile.h"
#include "names.h"

/* A key, the virtual hosts that use it and what is known about its owners. */
typedef struct bucket_t {
    apr_pool_t *pool;
    tlsg_shared_key_t shared;
    apr_array_header_t *parents; /* int: of each use, the use it belongs with (union-find) */
    apr_hash_t *marks;           /* a trait of an owner -> int *: the first use that had it */
} bucket_t;

static int root_of(const bucket_t *bucket, int use)
{
    int *parents = (int *)(void *)bucket->parents->elts;
    while (parents[use] != use) {
        parents[use] = parents[parents[use]];
        use = parents[use];
    }
    return use;
}

/* All uses with the same trait have one owner. */
static void mark(bucket_t *bucket, int use, const char *kind, const void *trait, size_t len)
{
    char *key = apr_palloc(bucket->pool, len + 1);
    key[0] = *kind;
    memcpy(key + 1, trait, len);
    const int *first = apr_hash_get(bucket->marks, key, (apr_ssize_t)len + 1);
    if (first == NULL) {
        int *own = apr_palloc(bucket->pool, sizeof *own);
        *own = use;
        apr_hash_set(bucket->marks, key, (apr_ssize_t)len + 1, own);
        return;
    }
    APR_ARRAY_IDX(bucket->parents, root_of(bucket, use), int) = root_of(bucket, *first);
}

/* The label before the top-level domain, which is what brands have in common. Below public suffixes
 * of two labels (co.uk) it is that of the suffix: everybody there counts as one owner. */
static void mark_name(bucket_t *bucket, int use, const char *name)
{
    const char *end = strrchr(name, '.');
    if (end == NULL || end == name) {
        mark(bucket, use, "n", name, strlen(name));
        return;
    }
    const char *label = end;
    while (label > name && label[-1] != '.') {
        label--;
    }
    char *lower = apr_pstrmemdup(bucket->pool, label, (apr_size_t)(end - label));
    for (char *c = lower; *c != '\0'; c++) {
        *c = (char)apr_tolower(*c);
    }
    mark(bucket, use, "n", lower, strlen(lower));
}

static void mark_all(bucket_t *bucket, int use)
{
    const tlsg_key_use_t *entry = &APR_ARRAY_IDX(bucket->shared.uses, use, tlsg_key_use_t);
    const tlsg_cert_t *leaf = entry->cert->file->leaf;
    const tlsg_vhost_t *vhost = entry->vhost;
    char organization[256]; /* bytes; RFC 5280 allows 64 characters */
    mark(bucket, use, "c", leaf->sha256, sizeof leaf->sha256);
    mark(bucket, use, "v", &vhost->index, sizeof vhost->index);
    for (int i = 0; i < leaf->dns_count; i++) {
        mark_name(bucket, use, leaf->dns[i]);
    }
    if (vhost->server_name.directive != NULL) {
        mark_name(bucket, use, vhost->server_name.text);
    }
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        mark_name(bucket, use, APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t).text);
    }
    int len = X509_NAME_get_text_by_NID(X509_get_subject_name(leaf->x509), NID_organizationName,
                                        organization, sizeof organization);
    if (len > 0) {
        mark(bucket, use, "o", organization, strlen(organization));
    }
}

static int has_public_name(const tlsg_cert_t *leaf)
{
    for (int i = 0; i < leaf->dns_count; i++) {
        const char *name = leaf->dns[i];
        if (tlsg_names_is_public(strncmp(name, "*.", 2) == 0 ? name + 2 : name)) {
            return 1;
        }
    }
    return 0;
}

static void enter(apr_hash_t *buckets, const tlsg_vhost_t *vhost, const tlsg_vhost_cert_t *cert)
{
    const tlsg_cert_t *leaf = cert->file->leaf;
    apr_pool_t *pool = apr_hash_pool_get(buckets);
    bucket_t *bucket = apr_hash_get(buckets, leaf->spki_sha256, sizeof leaf->spki_sha256);
    if (bucket == NULL) {
        bucket = apr_pcalloc(pool, sizeof *bucket);
        bucket->pool = pool;
        bucket->shared.pin = leaf->pin;
        bucket->shared.uses = apr_array_make(pool, 1, sizeof(tlsg_key_use_t));
        apr_hash_set(buckets, leaf->spki_sha256, sizeof leaf->spki_sha256, bucket);
    }
    tlsg_key_use_t *use = apr_array_push(bucket->shared.uses);
    use->vhost = vhost;
    use->cert = cert;
}

static void enter_all(apr_hash_t *buckets, const tlsg_model_t *model)
{
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        if (!tlsg_vhost_serves_tls(vhost) || vhost->is_ignored) {
            continue;
        }
        for (int i = 0; i < vhost->certs->nelts; i++) {
            const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
            if (cert->file != NULL && cert->file->leaf != NULL && cert->file->leaf->pin != NULL &&
                has_public_name(cert->file->leaf)) {
                enter(buckets, vhost, cert);
            }
        }
    }
}

/* 1 when every use is of one certificate: by far the most frequent, and nothing to look into. */
static int is_one_certificate(const bucket_t *bucket)
{
    const apr_array_header_t *uses = bucket->shared.uses;
    const tlsg_cert_t *first = APR_ARRAY_IDX(uses, 0, tlsg_key_use_t).cert->file->leaf;
    for (int i = 1; i < uses->nelts; i++) {
        if (!tlsg_cert_equal(first, APR_ARRAY_IDX(uses, i, tlsg_key_use_t).cert->file->leaf)) {
            return 0;
        }
    }
    return 1;
}

/* Fills in the owners of the key; 1 when there is more than one. */
static int tell_owners(bucket_t *bucket)
{
    int count = bucket->shared.uses->nelts;
    bucket->marks = apr_hash_make(bucket->pool);
    bucket->parents = apr_array_make(bucket->pool, count, sizeof(int));
    bucket->shared.owners = apr_array_make(bucket->pool, 2, sizeof(const tlsg_key_use_t *));
    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(bucket->parents, int) = i;
        mark_all(bucket, i);
    }
    char *is_known = apr_pcalloc(bucket->pool, (apr_size_t)(count > 0 ? count : 1));
    for (int i = 0; i < count; i++) {
        int root = root_of(bucket, i);
        if (!is_known[root]) {
            is_known[root] = 1;
            APR_ARRAY_PUSH(bucket->shared.owners, const tlsg_key_use_t *) =
                &APR_ARRAY_IDX(bucket->shared.uses, i, tlsg_key_use_t);
        }
    }
    return bucket->shared.owners->nelts > 1;
}

apr_array_header_t *tlsg_kinship_shared_keys(apr_pool_t *pool, const tlsg_model_t *model)
{
    apr_hash_t *buckets = apr_hash_make(pool);
    apr_array_header_t *found = apr_array_make(pool, 1, sizeof(tlsg_shared_key_t));
    enter_all(buckets, model);
    for (apr_hash_index_t *at = apr_hash_first(pool, buckets); at != NULL; at = apr_hash_next(at)) {
        bucket_t *bucket = apr_hash_this_val(at);
        if (!is_one_certificate(bucket) && tell_owners(bucket)) {
            APR_ARRAY_PUSH(found, tlsg_shared_key_t) = bucket->shared;
        }
    }
    return found;
}
