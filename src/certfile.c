/* SPDX-License-Identifier: Apache-2.0 */
#include "certfile.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/pem.h>

#include "ossl.h"

struct tlsg_certcache_t {
    apr_pool_t *pool;
    apr_hash_t *files; /* path -> const tlsg_certfile_t * */
    apr_hash_t *certs; /* SHA-256 of the certificate (32 bytes) -> const tlsg_cert_t * */
};

#define DIGEST_SIZE 32 /* bytes of SHA-256 */

tlsg_certcache_t *tlsg_certfile_cache_make(apr_pool_t *pool)
{
    tlsg_certcache_t *cache = apr_palloc(pool, sizeof(*cache));
    cache->pool = pool;
    cache->files = apr_hash_make(pool);
    cache->certs = apr_hash_make(pool);
    return cache;
}

void tlsg_certfile_cache_counts(const tlsg_certcache_t *cache, int *files, int *certs)
{
    if (files != NULL) {
        *files = (int)apr_hash_count(cache->files);
    }
    if (certs != NULL) {
        *certs = (int)apr_hash_count(cache->certs);
    }
}

static const tlsg_cert_t *remember(tlsg_certcache_t *cache, X509 *x509, const unsigned char *sha256)
{
    const tlsg_cert_t *cert = tlsg_cert_make(cache->pool, x509, sha256);
    apr_hash_set(cache->certs, cert->sha256, DIGEST_SIZE, cert);
    return cert;
}

const tlsg_cert_t *tlsg_certfile_intern(tlsg_certcache_t *cache, X509 *x509)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    if (X509_digest(x509, EVP_sha256(), sha256, NULL) != 1) {
        sha256[0] = 0;
        tlsg_ossl_clear();
    }
    const tlsg_cert_t *known = apr_hash_get(cache->certs, sha256, DIGEST_SIZE);
    if (known != NULL) {
        return known;
    }
    X509_up_ref(x509);
    return remember(cache, x509, sha256);
}

/* The certificate of a block, NULL when OpenSSL cannot decode it. The first certificate of a file
 * is read in the form that may carry trust settings behind it. */
static const tlsg_cert_t *decode(tlsg_certcache_t *cache, const tlsg_pem_block_t *block, int first)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    if (EVP_Digest(block->der, block->der_len, sha256, NULL, EVP_sha256(), NULL) != 1) {
        return NULL;
    }
    const tlsg_cert_t *known = apr_hash_get(cache->certs, sha256, DIGEST_SIZE);
    if (known != NULL) {
        return known;
    }
    const unsigned char *at = block->der;
    X509 *x509 = first ? d2i_X509_AUX(NULL, &at, (long)block->der_len)
                       : d2i_X509(NULL, &at, (long)block->der_len);
    if (x509 == NULL) {
        return NULL;
    }
    if (at != block->der + block->der_len || block->kind == TLSG_PEM_TRUSTED_CERT) {
        /* With something behind it the digest of the block is not that of the certificate. */
        return tlsg_cert_make(cache->pool, x509, NULL);
    }
    return remember(cache, x509, sha256);
}

/* A flaw that stops OpenSSL's reader at this block even when it looks for another kind. */
static int stops_reader(const tlsg_pem_block_t *block)
{
    int is_cert = block->kind == TLSG_PEM_CERT || block->kind == TLSG_PEM_TRUSTED_CERT;
    return block->flaw != TLSG_PEM_SOUND && (is_cert || block->flaw != TLSG_PEM_BAD_HEADER);
}

static void set_problem(tlsg_certcache_t *cache, tlsg_certfile_t *file, const tlsg_pemfile_t *text,
                        const tlsg_pem_block_t *block)
{
    if (file->state != TLSG_CERTFILE_OK) {
        return; /* the first trouble is the one mod_ssl meets */
    }
    file->state = file->leaf == NULL ? TLSG_CERTFILE_BAD_LEAF : TLSG_CERTFILE_BAD_CHAIN;
    file->problem = tlsg_pemfile_flaw(cache->pool, text, block);
}

/* What OpenSSL reads and then refuses to serve; of later certificates it looks at neither. */
static void take_leaf(tlsg_certcache_t *cache, tlsg_certfile_t *file, const tlsg_cert_t *cert,
                      int line)
{
    const char *flaw = cert->key.bits == 0 ? "OpenSSL cannot use the certificate's public key"
                       : cert->is_malformed
                           ? "an extension of the certificate is broken, repeated or contradicts "
                             "another"
                           : NULL;
    file->leaf = cert;
    if (flaw != NULL) {
        file->state = TLSG_CERTFILE_BAD_LEAF;
        file->problem = apr_psprintf(cache->pool, "%s: line %d: %s", file->path, line, flaw);
    }
}

/* SSL_CTX_use_certificate_chain_file(): leaf, then chain, up to the end or the first trouble. */
static void read_certs(tlsg_certcache_t *cache, tlsg_certfile_t *file, const tlsg_pemfile_t *text,
                       apr_pool_t *scratch)
{
    apr_array_header_t *chain = apr_array_make(scratch, 4, sizeof(const tlsg_cert_t *));
    for (int i = 0; i < text->blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(text->blocks, i, tlsg_pem_block_t);
        int is_first = file->leaf == NULL;
        if (stops_reader(block)) {
            set_problem(cache, file, text, block);
            break;
        }
        if (block->kind != TLSG_PEM_CERT && (block->kind != TLSG_PEM_TRUSTED_CERT || !is_first)) {
            continue;
        }
        const tlsg_cert_t *cert = decode(cache, block, is_first);
        if (cert == NULL) {
            set_problem(cache, file, text, block);
            break;
        }
        if (is_first) {
            file->leaf_is_trusted_form = block->kind == TLSG_PEM_TRUSTED_CERT;
            take_leaf(cache, file, cert, block->line);
        }
        else {
            APR_ARRAY_PUSH(chain, const tlsg_cert_t *) = cert;
        }
    }
    file->chain_count = chain->nelts;
    file->chain =
        apr_pmemdup(cache->pool, chain->elts, (size_t)chain->nelts * sizeof(const tlsg_cert_t *));
    if (file->leaf == NULL && file->state == TLSG_CERTFILE_OK) {
        file->state = TLSG_CERTFILE_NO_CERT;
        file->problem = tlsg_pemfile_lack(cache->pool, text, "certificate");
    }
}

static tlsg_params_kind_t params_kind(const EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(pkey, "DH") || EVP_PKEY_is_a(pkey, "DHX")) {
        return TLSG_PARAMS_DH;
    }
    return EVP_PKEY_is_a(pkey, "EC") ? TLSG_PARAMS_EC : TLSG_PARAMS_OTHER;
}

/* PEM_read_bio_Parameters() on the whole file, but shown nothing except parameters blocks: it would
 * ask for the pass phrase of a key. */
static void read_params(tlsg_certcache_t *cache, tlsg_certfile_t *file, const tlsg_pemfile_t *text,
                        apr_pool_t *scratch)
{
    for (int i = 0; i < text->blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(text->blocks, i, tlsg_pem_block_t);
        if (block->kind != TLSG_PEM_PARAMS || block->flaw == TLSG_PEM_TRUNCATED) {
            continue;
        }
        BIO *bio = tlsg_ossl_own_bio(
            scratch, BIO_new_mem_buf(text->data + block->offset, (int)block->length));
        EVP_PKEY *pkey = bio != NULL ? PEM_read_bio_Parameters(bio, NULL) : NULL;
        if (pkey == NULL) {
            file->params.broken++;
            continue;
        }
        file->params.pkey = tlsg_ossl_own_pkey(cache->pool, pkey);
        file->params.kind = params_kind(pkey);
        file->params.bits = EVP_PKEY_get_bits(pkey);
        file->params.line = block->line;
        if (file->params.kind == TLSG_PARAMS_EC) {
            file->params.curve = tlsg_cert_pubkey(cache->pool, pkey).curve;
        }
        break;
    }
}

static void count_keys(tlsg_certfile_t *file, const tlsg_pemfile_t *text)
{
    for (int i = 0; i < text->blocks->nelts; i++) {
        tlsg_pem_kind_t kind = APR_ARRAY_IDX(text->blocks, i, tlsg_pem_block_t).kind;
        file->key_count += kind == TLSG_PEM_KEY || kind == TLSG_PEM_ENCRYPTED_KEY;
        file->has_encrypted_key |= kind == TLSG_PEM_ENCRYPTED_KEY;
    }
}

static const tlsg_certfile_t *read_file(tlsg_certcache_t *cache, const char *path)
{
    apr_pool_t *scratch = NULL;
    tlsg_certfile_t *file = apr_pcalloc(cache->pool, sizeof(*file));
    file->path = apr_pstrdup(cache->pool, path);
    if (apr_pool_create(&scratch, cache->pool) != APR_SUCCESS) {
        file->state = TLSG_CERTFILE_NOT_READ;
        file->problem = apr_pstrcat(cache->pool, path, ": out of memory", NULL);
        return file;
    }
    tlsg_ossl_clear();
    const tlsg_pemfile_t *text = tlsg_pemfile_read(scratch, path);
    file->read = text->status;
    file->content = text->content;
    file->notes = text->notes;
    if (text->status != TLSG_PEMFILE_OK) {
        file->state = TLSG_CERTFILE_NOT_READ;
        file->problem = apr_pstrdup(cache->pool, text->problem);
    }
    else {
        read_certs(cache, file, text, scratch);
        read_params(cache, file, text, scratch);
        count_keys(file, text);
    }
    apr_pool_destroy(scratch);
    tlsg_ossl_clear();
    return file;
}

const tlsg_certfile_t *tlsg_certfile_get(tlsg_certcache_t *cache, const char *path)
{
    const tlsg_certfile_t *file = apr_hash_get(cache->files, path, APR_HASH_KEY_STRING);
    if (file == NULL) {
        file = read_file(cache, path);
        apr_hash_set(cache->files, file->path, APR_HASH_KEY_STRING, file);
    }
    return file;
}

const tlsg_certfile_t *tlsg_certfile_wrap(tlsg_certcache_t *cache, const char *label, X509 *leaf,
                                          STACK_OF(X509) * chain)
{
    tlsg_certfile_t *file = apr_pcalloc(cache->pool, sizeof(*file));
    int count = chain != NULL ? sk_X509_num(chain) : 0;
    const tlsg_cert_t **certs = apr_pcalloc(cache->pool, (size_t)(count + 1) * sizeof(*certs));
    file->path = apr_pstrdup(cache->pool, label);
    file->is_live = 1;
    file->leaf = tlsg_certfile_intern(cache, leaf);
    for (int i = 0; i < count; i++) {
        certs[i] = tlsg_certfile_intern(cache, sk_X509_value(chain, i));
    }
    file->chain = certs;
    file->chain_count = count;
    return file;
}
