/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle.h"

#include <time.h>

#include <apr_file_info.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ossl.h"
#include "pemfile.h"

/* A directory of authorities holds a few hundred; reading more would make -t slow. */
#define MOST_FILES 2000

struct tlsg_bundles_t {
    apr_pool_t *pool;
    apr_hash_t *files; /* path -> const tlsg_bundle_t * */
};

static const char *with_path(apr_pool_t *pool, const char *path, const char *cause)
{
    return apr_pstrcat(pool, path, ": ", cause, NULL);
}

/* RFC 5280 section 4.2.1.12: without the extension every use is allowed. */
static void judge_usage(apr_pool_t *pool, tlsg_bundle_t *bundle, X509 *x509)
{
    unsigned uses = X509_get_extended_key_usage(x509);
    if ((X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) != 0 &&
        (uses & (XKU_SSL_CLIENT | XKU_ANYEKU)) == 0 && bundle->no_client == NULL) {
        bundle->no_client =
            with_path(pool, bundle->path, "its extendedKeyUsage does not name clientAuth");
    }
}

static void note_list(tlsg_bundle_t *bundle, const X509_CRL *crl)
{
    struct tm tm;
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    if (next == NULL || ASN1_TIME_to_tm(next, &tm) != 1) {
        return;
    }
    apr_time_t until = apr_time_from_sec(timegm(&tm));
    if (bundle->lists_until == 0 || until < bundle->lists_until) {
        bundle->lists_until = until;
    }
}

/* mod_ssl wants a certificate and its unencrypted key in each entry that holds a key. */
static void judge_pair(apr_pool_t *pool, tlsg_bundle_t *bundle, X509_INFO *entry)
{
    EVP_PKEY *key = entry->x_pkey != NULL ? entry->x_pkey->dec_pkey : NULL;
    int is_encrypted = entry->enc_data != NULL;
    if (entry->x509 != NULL && key == NULL && !is_encrypted) {
        return; /* taken for an authority */
    }
    if (key == NULL || is_encrypted) {
        bundle->pair_fault =
            with_path(pool, bundle->path,
                      is_encrypted ? "holds an encrypted private key (AH02252)"
                                   : "holds an entry without certificate and key (AH02252)");
    }
    else if (entry->x509 == NULL) {
        bundle->pair_fault = with_path(
            pool, bundle->path, "holds a private key without its certificate beside it (AH02326)");
    }
    else if (X509_check_private_key(entry->x509, key) != 1) {
        bundle->pair_fault =
            with_path(pool, bundle->path,
                      "the private key does not belong to the certificate beside it (AH02326)");
    }
    else {
        bundle->pairs++;
        judge_usage(pool, bundle, entry->x509);
    }
}

/* As X509_STORE_load_file() and mod_ssl's reader of client certificates do. */
static void read_entries(apr_pool_t *pool, tlsg_bundle_t *bundle, BIO *bio)
{
    STACK_OF(X509_INFO) *entries = PEM_X509_INFO_read_bio(bio, NULL, tlsg_ossl_no_passphrase, NULL);
    if (entries == NULL) {
        bundle->is_broken = 1;
        bundle->refused = with_path(pool, bundle->path, tlsg_ossl_reason(pool));
        return;
    }
    int loaded = 0;
    for (int i = 0; i < sk_X509_INFO_num(entries); i++) {
        X509_INFO *entry = sk_X509_INFO_value(entries, i);
        loaded += (entry->x509 != NULL) + (entry->crl != NULL);
        if (entry->crl != NULL) {
            note_list(bundle, entry->crl);
        }
        if (bundle->pair_fault == NULL) {
            judge_pair(pool, bundle, entry);
        }
    }
    if (loaded == 0) {
        bundle->refused =
            with_path(pool, bundle->path, "holds neither a certificate nor a revocation list");
    }
    sk_X509_INFO_pop_free(entries, X509_INFO_free);
}

/* As SSL_add_file_cert_subjects_to_stack() does: it stops at the first block it cannot read. */
static void count_names(tlsg_bundle_t *bundle, BIO *bio)
{
    X509 *x509;
    while ((x509 = PEM_read_bio_X509(bio, NULL, tlsg_ossl_no_passphrase, NULL)) != NULL) {
        bundle->names++;
        X509_free(x509);
    }
}

static const tlsg_bundle_t *read_bundle(apr_pool_t *pool, const char *path)
{
    tlsg_bundle_t *bundle = apr_pcalloc(pool, sizeof *bundle);
    bundle->path = apr_pstrdup(pool, path);
    apr_pool_t *scratch;
    apr_pool_create(&scratch, pool);
    const tlsg_pemfile_t *file = tlsg_pemfile_read(scratch, path);
    if (file->status != TLSG_PEMFILE_OK) {
        bundle->unknown = apr_pstrdup(pool, file->problem);
        apr_pool_destroy(scratch);
        return bundle;
    }
    tlsg_ossl_clear();
    BIO *bio = BIO_new_mem_buf(file->data, (int)file->size);
    BIO *again = BIO_new_mem_buf(file->data, (int)file->size);
    if (bio != NULL && again != NULL) {
        read_entries(pool, bundle, bio);
        count_names(bundle, again);
    }
    else {
        bundle->unknown = with_path(pool, path, tlsg_ossl_reason(pool));
    }
    BIO_free(bio);
    BIO_free(again);
    apr_pool_destroy(scratch);
    tlsg_ossl_clear();
    return bundle;
}

tlsg_bundles_t *tlsg_bundle_cache_make(apr_pool_t *pool)
{
    tlsg_bundles_t *cache = apr_palloc(pool, sizeof *cache);
    cache->pool = pool;
    cache->files = apr_hash_make(pool);
    return cache;
}

const tlsg_bundle_t *tlsg_bundle_get(tlsg_bundles_t *cache, const char *path)
{
    const tlsg_bundle_t *bundle = apr_hash_get(cache->files, path, APR_HASH_KEY_STRING);
    if (bundle == NULL) {
        bundle = read_bundle(cache->pool, path);
        apr_hash_set(cache->files, bundle->path, APR_HASH_KEY_STRING, bundle);
    }
    return bundle;
}

int tlsg_bundle_walk(tlsg_bundles_t *cache, const char *directory, tlsg_bundle_visit_fn *visit,
                     void *baton, const char **unknown)
{
    apr_dir_t *dir;
    apr_finfo_t entry;
    int stopped = 0;
    int files = 0;
    apr_status_t status = apr_dir_open(&dir, directory, cache->pool);
    if (status != APR_SUCCESS) {
        char text[128]; /* bytes; the longest error text is half of that */
        *unknown = with_path(cache->pool, directory, apr_strerror(status, text, sizeof text));
        return 0;
    }
    while (!stopped && apr_dir_read(&entry, APR_FINFO_TYPE | APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (entry.filetype == APR_DIR) {
            continue;
        }
        if (++files > MOST_FILES) {
            *unknown = with_path(cache->pool, directory, "holds more files than are looked at");
            break;
        }
        stopped = visit(baton, tlsg_bundle_get(cache, apr_pstrcat(cache->pool, directory, "/",
                                                                  entry.name, NULL)));
    }
    apr_dir_close(dir);
    return stopped;
}
