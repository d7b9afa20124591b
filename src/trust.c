/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "ossl.h"
#include "roots.h"

#define DIGEST_SIZE 32 /* bytes of SHA-256 */

/* Verifying one ECDSA P-384 signature takes OpenSSL 3.0 about 0.6 ms, more than all the rest of
 * judging a certificate. This many are verified; of further ones by an issuer whose path already
 * holds, names and key identifiers are compared. 0.3 s, and more certificates of that kind than all
 * but the largest hosters have. */
#define SLOW_SIGNATURES 500

/* Somebody to believe, and the paths found to it. */
typedef struct anchor_t {
    X509_STORE *store;
    apr_hash_t *paths; /* SHA-256 of issuer name and offer -> const path_t * */
} anchor_t;

/* A verified path above a leaf, valid for each leaf that its lowest certificate issued. */
typedef struct path_t {
    tlsg_verification_t result;
    X509 *issuer;
} path_t;

struct tlsg_trust_t {
    apr_pool_t *pool;
    tlsg_certcache_t *cache;
    tlsg_roots_t *roots;
    anchor_t system;
    apr_hash_t *anchors;  /* SHA-256 of a certificate -> anchor_t * */
    apr_hash_t *castores; /* "file\npath" -> const tlsg_castore_t * */
    apr_hash_t *chains;   /* of chain.c */
    int slow_left;        /* of SLOW_SIGNATURES */
};

struct tlsg_castore_t {
    X509_STORE *store;
};

static apr_status_t free_store(void *store)
{
    X509_STORE_free(store);
    return APR_SUCCESS;
}

static X509_STORE *own_store(apr_pool_t *pool, X509_STORE *store)
{
    if (store != NULL) {
        apr_pool_cleanup_register(pool, store, free_store, apr_pool_cleanup_null);
    }
    return store;
}

tlsg_trust_t *tlsg_trust_make(apr_pool_t *pool, tlsg_certcache_t *cache, const char *roots)
{
    tlsg_trust_t *trust = apr_pcalloc(pool, sizeof(*trust));
    trust->pool = pool;
    trust->cache = cache;
    trust->roots = tlsg_roots_make(pool, cache, roots);
    trust->system.paths = apr_hash_make(pool);
    trust->anchors = apr_hash_make(pool);
    trust->castores = apr_hash_make(pool);
    trust->chains = apr_hash_make(pool);
    trust->slow_left = SLOW_SIGNATURES;
    return trust;
}

apr_pool_t *tlsg_trust_pool(const tlsg_trust_t *trust)
{
    return trust->pool;
}

apr_hash_t *tlsg_trust_chains(const tlsg_trust_t *trust)
{
    return trust->chains;
}

/* ---- CA stores ------------------------------------------------------------------------------- */

static void add_file(tlsg_trust_t *trust, X509_STORE *store, const char *path)
{
    const tlsg_certfile_t *file = tlsg_certfile_get(trust->cache, path);
    if (file->leaf != NULL) {
        X509_STORE_add_cert(store, file->leaf->x509);
    }
    for (int i = 0; i < file->chain_count; i++) {
        X509_STORE_add_cert(store, file->chain[i]->x509);
    }
}

const tlsg_castore_t *tlsg_trust_castore(tlsg_trust_t *trust, const char *file, const char *path)
{
    if (file == NULL && path == NULL) {
        return NULL;
    }
    const char *key =
        apr_pstrcat(trust->pool, file != NULL ? file : "", "\n", path != NULL ? path : "", NULL);
    tlsg_castore_t *known = apr_hash_get(trust->castores, key, APR_HASH_KEY_STRING);
    if (known != NULL) {
        return known;
    }
    tlsg_castore_t *castore = apr_pcalloc(trust->pool, sizeof(*castore));
    castore->store = own_store(trust->pool, X509_STORE_new());
    if (castore->store == NULL) {
        return NULL;
    }
    if (file != NULL) {
        add_file(trust, castore->store, file);
    }
    X509_LOOKUP *lookup =
        path != NULL ? X509_STORE_add_lookup(castore->store, X509_LOOKUP_hash_dir()) : NULL;
    if (lookup != NULL) {
        X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM);
    }
    tlsg_ossl_clear();
    apr_hash_set(trust->castores, key, APR_HASH_KEY_STRING, castore);
    return castore;
}

const tlsg_cert_t *tlsg_trust_castore_issuer(tlsg_trust_t *trust, const tlsg_castore_t *store,
                                             const tlsg_cert_t *cert)
{
    X509 *issuer = NULL;
    const tlsg_cert_t *found = NULL;
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (ctx != NULL && X509_STORE_CTX_init(ctx, store->store, cert->x509, NULL) == 1 &&
        X509_STORE_CTX_get1_issuer(&issuer, ctx, cert->x509) == 1) {
        found = tlsg_certfile_intern(trust->cache, issuer);
    }
    X509_free(issuer);
    X509_STORE_CTX_free(ctx);
    tlsg_ossl_clear();
    return found;
}

int tlsg_trust_castore_chain(tlsg_trust_t *trust, const tlsg_castore_t *store,
                             const tlsg_cert_t *leaf, apr_time_t now,
                             const tlsg_cert_t *const **chain)
{
    const tlsg_cert_t **certs = NULL;
    int count = 0;
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (ctx != NULL && X509_STORE_CTX_init(ctx, store->store, leaf->x509, NULL) == 1) {
        X509_STORE_CTX_set_time(ctx, 0, (time_t)apr_time_sec(now));
        /* ssl_add_cert_chain() sends what was found, whether it verifies or not. */
        (void)X509_verify_cert(ctx);
        STACK_OF(X509) *found = X509_STORE_CTX_get0_chain(ctx);
        count = found != NULL ? sk_X509_num(found) - 1 : 0;
        certs = apr_pcalloc(trust->pool, (size_t)(count > 0 ? count : 1) * sizeof(*certs));
        for (int i = 0; i < count; i++) {
            certs[i] = tlsg_certfile_intern(trust->cache, sk_X509_value(found, i + 1));
        }
    }
    X509_STORE_CTX_free(ctx);
    tlsg_ossl_clear();
    *chain = certs;
    return count > 0 ? count : 0;
}

int tlsg_trust_issued(const tlsg_cert_t *issuer, const tlsg_cert_t *cert)
{
    int issued = tlsg_cert_may_issue(issuer, cert) &&
                 X509_verify(cert->x509, X509_get0_pubkey(issuer->x509)) == 1;
    tlsg_ossl_clear();
    return issued;
}

/* ---- Verification ---------------------------------------------------------------------------- */

/* What the leaf may be used for is a fact of its own, and time is judged elsewhere; everything
 * above the leaf must do for servers. */
static int ignore_use_and_time(int ok, X509_STORE_CTX *ctx)
{
    switch (X509_STORE_CTX_get_error(ctx)) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return 1;
    case X509_V_ERR_INVALID_PURPOSE:
        return ok || X509_STORE_CTX_get_error_depth(ctx) == 0;
    default:
        return ok;
    }
}

static tlsg_verdict_t verdict_of(int error)
{
    switch (error) {
    case X509_V_OK:
        return TLSG_VERDICT_PUBLIC;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return TLSG_VERDICT_NO_ROOT;
    default:
        return TLSG_VERDICT_INVALID;
    }
}

/* Constraints on names must be held against each leaf anew. */
static int has_name_constraints(const STACK_OF(X509) * chain)
{
    for (int i = 1; i < sk_X509_num(chain); i++) {
        if (X509_get_ext_by_NID(sk_X509_value(chain, i), NID_name_constraints, -1) >= 0) {
            return 1;
        }
    }
    return 0;
}

/* Keeps the path for later leaves of the same issuer, unless something in it depends on this one.
 */
static void remember(tlsg_trust_t *trust, anchor_t *anchor, const unsigned char *key,
                     X509_STORE_CTX *ctx, const tlsg_verification_t *result)
{
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    int reached = result->verdict == TLSG_VERDICT_NO_ROOT ? X509_STORE_CTX_get_error_depth(ctx) > 0
                                                          : result->verdict != TLSG_VERDICT_INVALID;
    if (!reached || chain == NULL || sk_X509_num(chain) < 2 || has_name_constraints(chain)) {
        return;
    }
    path_t *path = apr_pcalloc(trust->pool, sizeof(*path));
    path->result = *result;
    path->issuer = tlsg_certfile_intern(trust->cache, sk_X509_value(chain, 1))->x509;
    apr_hash_set(anchor->paths, apr_pmemdup(trust->pool, key, DIGEST_SIZE), DIGEST_SIZE, path);
}

static void note_way(tlsg_trust_t *trust, const STACK_OF(X509) * chain, tlsg_verification_t *result)
{
    int count = sk_X509_num(chain) - 1;
    const tlsg_cert_t **above =
        apr_pcalloc(trust->pool, (size_t)(count > 0 ? count : 1) * sizeof(*above));
    for (int i = 0; i < count; i++) {
        above[i] = tlsg_certfile_intern(trust->cache, sk_X509_value(chain, i + 1));
    }
    result->above = above;
    result->above_count = count > 0 ? count : 0;
}

/* What a finished verification says. */
static tlsg_verification_t result_of(tlsg_trust_t *trust, const anchor_t *anchor, int ok,
                                     X509_STORE_CTX *ctx)
{
    int error = ok ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    tlsg_verification_t result = {
        .verdict = verdict_of(error),
        .reason = ok ? NULL : X509_verify_cert_error_string(error),
    };
    result.signature_checked = result.verdict != TLSG_VERDICT_NO_ROOT;
    if (chain != NULL && result.verdict != TLSG_VERDICT_NO_ROOT) {
        note_way(trust, chain, &result);
    }
    if (ok && chain != NULL && sk_X509_num(chain) > 0) {
        X509 *root = sk_X509_value(chain, sk_X509_num(chain) - 1);
        result.root = tlsg_certfile_intern(trust->cache, root)->subject;
        if (anchor == &trust->system && tlsg_roots_is_local(trust->roots, root)) {
            result.verdict = TLSG_VERDICT_LOCAL;
        }
    }
    return result;
}

static tlsg_verification_t verify_fully(tlsg_trust_t *trust, anchor_t *anchor,
                                        const tlsg_cert_t *leaf, STACK_OF(X509) * others,
                                        apr_time_t now, unsigned long flags,
                                        const unsigned char *key)
{
    tlsg_verification_t result = { .verdict = TLSG_VERDICT_INVALID, .reason = "out of memory" };
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (ctx != NULL && X509_STORE_CTX_init(ctx, anchor->store, leaf->x509, others) == 1 &&
        X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER) == 1) {
        X509_STORE_CTX_set_flags(ctx, flags);
        X509_STORE_CTX_set_time(ctx, 0, (time_t)apr_time_sec(now));
        X509_STORE_CTX_set_verify_cb(ctx, ignore_use_and_time);
        int ok = X509_verify_cert(ctx) == 1;
        result = result_of(trust, anchor, ok, ctx);
        remember(trust, anchor, key, ctx, &result);
    }
    X509_STORE_CTX_free(ctx);
    tlsg_ossl_clear();
    return result;
}

/* 1 when the leaf's signature is verified, 0 when not, -1 when it was too dear to look. */
static int check_signature(tlsg_trust_t *trust, const tlsg_cert_t *leaf, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    int is_slow =
        key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_bits(key) > 256;
    if (is_slow && trust->slow_left == 0 && X509_get0_authority_key_id(leaf->x509) != NULL) {
        return -1;
    }
    trust->slow_left -= is_slow && trust->slow_left > 0;
    return X509_verify(leaf->x509, key) == 1;
}

/* Puts the leaf under a path that is known to hold. Only affirms: whatever does not fit is verified
 * fully. */
static int verify_by_path(tlsg_trust_t *trust, const path_t *path, const tlsg_cert_t *leaf,
                          tlsg_verification_t *result)
{
    const uint32_t own_trouble = EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY;
    if (path == NULL || (X509_get_extension_flags(leaf->x509) & own_trouble) != 0 ||
        X509_check_issued(path->issuer, leaf->x509) != X509_V_OK) {
        return 0;
    }
    *result = path->result;
    if (result->verdict != TLSG_VERDICT_NO_ROOT) {
        int checked = check_signature(trust, leaf, path->issuer);
        result->signature_checked = checked == 1;
        if (checked == 0) {
            return 0;
        }
    }
    return 1;
}

/* What a path depends on besides the leaf: the name of its issuer, the certificates at hand, and
 * the time. */
static void path_key(unsigned char key[EVP_MAX_MD_SIZE], const tlsg_cert_t *leaf,
                     const tlsg_offer_t *offer)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    memset(key, 0, EVP_MAX_MD_SIZE);
    if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1) {
        EVP_DigestUpdate(ctx, &offer->now, sizeof(offer->now));
        EVP_DigestUpdate(ctx, leaf->issuer, strlen(leaf->issuer));
        for (int i = 0; i < offer->count; i++) {
            EVP_DigestUpdate(ctx, offer->certs[i]->sha256, DIGEST_SIZE);
        }
        EVP_DigestFinal_ex(ctx, key, NULL);
    }
    EVP_MD_CTX_free(ctx);
}

static tlsg_verification_t verify(tlsg_trust_t *trust, anchor_t *anchor, const tlsg_cert_t *leaf,
                                  const tlsg_offer_t *offer, unsigned long flags)
{
    unsigned char key[EVP_MAX_MD_SIZE];
    tlsg_verification_t result = { .verdict = TLSG_VERDICT_INVALID, .reason = "out of memory" };
    path_key(key, leaf, offer);
    const path_t *path = apr_hash_get(anchor->paths, key, DIGEST_SIZE);
    if (verify_by_path(trust, path, leaf, &result)) {
        tlsg_ossl_clear();
        return result;
    }
    STACK_OF(X509) *stack = sk_X509_new_null();
    int complete = stack != NULL;
    for (int i = 0; i < offer->count && complete; i++) {
        complete = sk_X509_push(stack, offer->certs[i]->x509) > 0;
    }
    if (complete) {
        result = verify_fully(trust, anchor, leaf, stack, offer->now, flags, key);
    }
    sk_X509_free(stack);
    tlsg_ossl_clear();
    return result;
}

tlsg_verification_t tlsg_trust_verify(tlsg_trust_t *trust, const tlsg_cert_t *leaf,
                                      const tlsg_offer_t *offer)
{
    trust->system.store = tlsg_roots_store(trust->roots);
    if (trust->system.store == NULL) {
        return (tlsg_verification_t){ .verdict = TLSG_VERDICT_NO_STORE, .reason = "out of memory" };
    }
    tlsg_verification_t result = verify(trust, &trust->system, leaf, offer, 0);
    if (result.verdict == TLSG_VERDICT_NO_ROOT && tlsg_roots_load_all(trust->roots)) {
        apr_hash_clear(trust->system.paths);
        result = verify(trust, &trust->system, leaf, offer, 0);
    }
    if (result.verdict == TLSG_VERDICT_NO_ROOT && tlsg_roots_is_empty(trust->roots)) {
        result.verdict = TLSG_VERDICT_NO_STORE;
    }
    return result;
}

tlsg_verification_t tlsg_trust_verify_under(tlsg_trust_t *trust, const tlsg_cert_t *anchor,
                                            const tlsg_cert_t *leaf, const tlsg_offer_t *offer)
{
    anchor_t *found = apr_hash_get(trust->anchors, anchor->sha256, DIGEST_SIZE);
    if (found == NULL) {
        found = apr_pcalloc(trust->pool, sizeof(*found));
        found->paths = apr_hash_make(trust->pool);
        found->store = own_store(trust->pool, X509_STORE_new());
        if (found->store == NULL || X509_STORE_add_cert(found->store, anchor->x509) != 1) {
            return (tlsg_verification_t){ .verdict = TLSG_VERDICT_NO_STORE,
                                          .reason = "out of memory" };
        }
        apr_hash_set(trust->anchors, anchor->sha256, DIGEST_SIZE, found);
    }
    return verify(trust, found, leaf, offer, X509_V_FLAG_PARTIAL_CHAIN);
}
