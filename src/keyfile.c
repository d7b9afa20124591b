/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/pem.h>

#include "ossl.h"
#include "privkey.h"

/* What mod_ssl hands to an engine or provider (modssl_is_engine_id()). */
static const char pkcs11_scheme[] = "pkcs11:";

int tlsg_keyfile_is_uri(const char *path)
{
    return strncmp(path, pkcs11_scheme, sizeof(pkcs11_scheme) - 1) == 0;
}

static void keep_public(apr_pool_t *pool, tlsg_keyfile_t *key, const unsigned char *spki,
                        size_t length)
{
    key->spki = apr_pmemdup(pool, spki, length);
    key->spki_len = length;
    EVP_Digest(spki, length, key->spki_sha256, NULL, EVP_sha256(), NULL);
}

const char *tlsg_keyfile_uri_shown(apr_pool_t *pool, const char *uri)
{
    return apr_pstrmemdup(pool, uri, strcspn(uri, "?"));
}

static const char *uri_problem(apr_pool_t *pool, const char *uri)
{
    return apr_pstrcat(pool, tlsg_keyfile_uri_shown(pool, uri),
                       ": is a PKCS#11 URI and was not looked at", NULL);
}

/* Keeps the public half of a key without pass phrase; 0 when it cannot be had. `der` may be NULL.
 */
static int decode(apr_pool_t *pool, tlsg_keyfile_t *key, const unsigned char *der, size_t der_len,
                  apr_pool_t *scratch)
{
    const unsigned char *spki = NULL;
    size_t size = 0;
    if (der == NULL) {
        return 0;
    }
    if (tlsg_privkey_spki(scratch, der, der_len, &spki, &size)) {
        keep_public(pool, key, spki, size);
        return 1;
    }
    const unsigned char *at = der;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)der_len);
    unsigned char *encoded = NULL;
    int length = pkey != NULL ? i2d_PUBKEY(pkey, &encoded) : 0;
    if (length > 0) {
        keep_public(pool, key, encoded, (size_t)length);
    }
    OPENSSL_free(encoded);
    EVP_PKEY_free(pkey);
    return length > 0;
}

/* The first key that can be used decides, as in mod_ssl; what stands before it is passed over. */
static void judge(apr_pool_t *pool, tlsg_keyfile_t *key, const tlsg_pemfile_t *text,
                  apr_pool_t *scratch)
{
    key->state = TLSG_KEYFILE_NO_KEY;
    for (int i = 0; i < text->blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(text->blocks, i, tlsg_pem_block_t);
        int is_encrypted = block->kind == TLSG_PEM_ENCRYPTED_KEY;
        if (!is_encrypted && block->kind != TLSG_PEM_KEY) {
            continue;
        }
        key->key_count++;
        if (key->state == TLSG_KEYFILE_OK || key->state == TLSG_KEYFILE_ENCRYPTED) {
            continue;
        }
        if (!is_encrypted && decode(pool, key, block->der, block->der_len, scratch)) {
            key->state = TLSG_KEYFILE_OK;
            key->problem = NULL;
        }
        else if (is_encrypted && block->der != NULL) {
            key->state = TLSG_KEYFILE_ENCRYPTED;
            key->problem = apr_pstrcat(
                pool, key->path, ": the private key has a pass phrase and was not looked at", NULL);
        }
        else if (key->state == TLSG_KEYFILE_NO_KEY) {
            key->state = TLSG_KEYFILE_MALFORMED;
            key->problem = tlsg_pemfile_flaw(pool, text, block);
        }
    }
    /* Where PEM has no key, mod_ssl tries the bytes as DER: modssl_read_privatekey(). */
    if (key->state == TLSG_KEYFILE_NO_KEY && text->content == TLSG_PEMFILE_CONTENT_DER_KEY &&
        decode(pool, key, text->data, text->size, scratch)) {
        key->state = TLSG_KEYFILE_OK;
        key->key_count = 1;
    }
    if (key->state == TLSG_KEYFILE_NO_KEY) {
        key->problem = tlsg_pemfile_lack(pool, text, "private key");
    }
}

static void read_file(apr_pool_t *pool, tlsg_keyfile_t *key)
{
    apr_pool_t *scratch = NULL;
    if (apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        key->state = TLSG_KEYFILE_NOT_READ;
        key->problem = apr_pstrcat(pool, key->path, ": out of memory", NULL);
        return;
    }
    tlsg_ossl_clear();
    const tlsg_pemfile_t *text = tlsg_pemfile_read(scratch, key->path);
    if (text->status == TLSG_PEMFILE_OK) {
        judge(pool, key, text, scratch);
    }
    else {
        key->state =
            text->status == TLSG_PEMFILE_DENIED ? TLSG_KEYFILE_DENIED : TLSG_KEYFILE_NOT_READ;
        key->problem = apr_pstrdup(pool, text->problem);
    }
    apr_pool_destroy(scratch);
    tlsg_ossl_clear();
}

const tlsg_keyfile_t *tlsg_keyfile_read(apr_pool_t *pool, const char *path)
{
    tlsg_keyfile_t *key = apr_pcalloc(pool, sizeof(*key));
    key->path = apr_pstrdup(pool, path);
    if (tlsg_keyfile_is_uri(path)) {
        key->state = TLSG_KEYFILE_NOT_A_FILE;
        key->problem = uri_problem(pool, path);
        return key;
    }
    key->access = tlsg_secret_judge(pool, path);
    read_file(pool, key);
    return key;
}

const tlsg_keyfile_t *tlsg_keyfile_look(apr_pool_t *pool, const char *path)
{
    tlsg_keyfile_t *key = apr_pcalloc(pool, sizeof(*key));
    key->path = apr_pstrdup(pool, path);
    key->state = TLSG_KEYFILE_IN_USE;
    if (tlsg_keyfile_is_uri(path)) {
        key->state = TLSG_KEYFILE_NOT_A_FILE;
        key->problem = uri_problem(pool, path);
        return key;
    }
    key->key_count = 1;
    key->access = tlsg_secret_judge(pool, path);
    return key;
}

tlsg_key_match_t tlsg_keyfile_match(const tlsg_keyfile_t *key, const tlsg_cert_t *cert)
{
    if (key->spki == NULL || cert->key.bits == 0) {
        return TLSG_KEY_MATCH_UNKNOWN;
    }
    if (memcmp(key->spki_sha256, cert->spki_sha256, sizeof(key->spki_sha256)) == 0) {
        return TLSG_KEY_MATCH_YES;
    }
    /* One key has several encodings (compressed points, explicit curve parameters). */
    const unsigned char *at = key->spki;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)key->spki_len);
    /* 1: equal, 0: different, -1: of different types, -2: not comparable. A public half that
     * OpenSSL cannot decode belongs to no certificate. */
    int same = pkey != NULL ? EVP_PKEY_eq(pkey, X509_get0_pubkey(cert->x509)) : 0;
    EVP_PKEY_free(pkey);
    tlsg_ossl_clear();
    return same == 1 ? TLSG_KEY_MATCH_YES : same == -2 ? TLSG_KEY_MATCH_UNKNOWN : TLSG_KEY_MATCH_NO;
}
