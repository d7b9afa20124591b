/* SPDX-License-Identifier: Apache-2.0 */
#include "support_cert.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "ossl.h"

#define DAY 86400L /* seconds */

static void need(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "cannot make %s\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}

EVP_PKEY *support_key(apr_pool_t *pool, const char *kind)
{
    const char *colon = strchr(kind, ':');
    long bits = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;
    EVP_PKEY *key = NULL;
    if (strncmp(kind, "RSA-PSS:", 8) == 0) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
        need(EVP_PKEY_keygen_init(ctx) == 1 &&
                 EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
                 EVP_PKEY_keygen(ctx, &key) == 1,
             kind);
        EVP_PKEY_CTX_free(ctx);
    }
    else if (colon != NULL) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    }
    else if (strncmp(kind, "ED", 2) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    }
    else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
    }
    need(key != NULL, kind);
    return tlsg_ossl_own_pkey(pool, key);
}

static void add_extension(X509 *x509, X509 *issuer, const char *name, const char *value)
{
    X509V3_CTX ctx;
    CONF *conf = NCONF_new(NULL); /* some extensions insist on one, empty as it is */
    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &ctx, name, value);
    need(extension != NULL && X509_add_ext(x509, extension, -1) == 1, value);
    X509_EXTENSION_free(extension);
    NCONF_free(conf);
}

static void add_usage(X509 *x509, X509 *issuer, const char *name, const char *own,
                      const char *usual)
{
    const char *value = own != NULL ? own : usual;
    if (value[0] != '\0') {
        add_extension(x509, issuer, name, value);
    }
}

static void add_extensions(apr_pool_t *pool, const support_spec_t *spec, X509 *x509, X509 *issuer)
{
    const char *basic = "CA:FALSE";
    if (spec->is_ca) {
        basic = spec->pathlen > 0
                    ? apr_psprintf(pool, "critical,CA:TRUE,pathlen:%d", spec->pathlen - 1)
                    : "critical,CA:TRUE";
    }
    if (!spec->no_usage) {
        add_extension(x509, issuer, "subjectKeyIdentifier", "hash");
        if (issuer != x509 && X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0) {
            add_extension(x509, issuer, "authorityKeyIdentifier", "keyid");
        }
    }
    add_usage(x509, issuer, "keyUsage", spec->key_usage,
              spec->no_usage ? ""
              : spec->is_ca  ? "critical,keyCertSign,cRLSign"
                             : "critical,digitalSignature");
    add_usage(x509, issuer, "extendedKeyUsage", spec->purposes,
              spec->no_usage || spec->is_ca ? "" : "serverAuth");
    if (!spec->no_constraints) {
        add_extension(x509, issuer, "basicConstraints", basic);
    }
    if (spec->san != NULL) {
        add_extension(x509, issuer, "subjectAltName", spec->san);
    }
    for (int i = 0; i < SUPPORT_CERT_EXTENSIONS && spec->extensions[i] != NULL; i++) {
        const char *equals = strchr(spec->extensions[i], '=');
        add_extension(
            x509, issuer,
            apr_pstrmemdup(pool, spec->extensions[i], (apr_size_t)(equals - spec->extensions[i])),
            equals + 1);
    }
}

static void set_name(X509_NAME *name, const char *field, const char *text)
{
    if (text != NULL) {
        need(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1,
                                        -1, 0) == 1,
             text);
    }
}

support_cert_t *support_cert(apr_pool_t *pool, const support_spec_t *spec)
{
    support_cert_t *cert = apr_pcalloc(pool, sizeof(*cert));
    cert->key = spec->key != NULL ? spec->key : support_key(pool, "P-256");
    cert->x509 = tlsg_ossl_own_x509(pool, X509_new());
    need(cert->x509 != NULL, "a certificate");
    X509 *x509 = cert->x509;
    X509 *issuer = spec->issuer != NULL ? spec->issuer->x509 : x509;
    unsigned char random[8]; /* serial numbers only have to differ */
    need(RAND_bytes(random, sizeof(random)) == 1, "a random number");
    random[0] &= 0x7F;
    X509_set_version(x509, X509_VERSION_3);
    BIGNUM *serial = BN_bin2bn(random, sizeof(random), NULL);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509));
    BN_free(serial);
    set_name(X509_get_subject_name(x509), "O", spec->organization);
    set_name(X509_get_subject_name(x509), "CN", spec->cn);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    int usual = spec->from == 0 && spec->until == 0;
    X509_gmtime_adj(X509_getm_notBefore(x509), usual ? -DAY : spec->from);
    X509_gmtime_adj(X509_getm_notAfter(x509), usual ? 89 * DAY - 1 : spec->until);
    need(X509_set_pubkey(x509, cert->key) == 1, "a public key");
    add_extensions(pool, spec, x509, issuer);
    EVP_PKEY *signer = spec->signer != NULL   ? spec->signer
                       : spec->issuer != NULL ? spec->issuer->key
                                              : cert->key;
    const char *digest = spec->digest != NULL ? spec->digest : "SHA256";
    const EVP_MD *md = digest[0] != '\0' ? EVP_get_digestbyname(digest) : NULL;
    need(X509_sign(x509, signer, md) > 0, "a signature");
    return cert;
}

static const char *bio_text(apr_pool_t *pool, BIO *bio)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(bio, &bytes);
    const char *text = apr_pstrmemdup(pool, bytes, (apr_size_t)size);
    BIO_free(bio);
    return text;
}

const char *support_cert_pem(apr_pool_t *pool, const X509 *x509)
{
    BIO *bio = BIO_new(BIO_s_mem());
    need(PEM_write_bio_X509(bio, x509) == 1, "PEM of a certificate");
    return bio_text(pool, bio);
}

const char *support_key_pem(apr_pool_t *pool, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    need(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1, "PEM of a key");
    return bio_text(pool, bio);
}

const char *support_key_encrypted(apr_pool_t *pool, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    need(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL) == 1,
         "PEM of an encrypted key");
    return bio_text(pool, bio);
}

const char *support_key_traditional(apr_pool_t *pool, EVP_PKEY *key, int encrypted)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const unsigned char *phrase = (const unsigned char *)"secret";
    need(PEM_write_bio_PrivateKey_traditional(bio, key, encrypted ? EVP_aes_128_cbc() : NULL,
                                              encrypted ? phrase : NULL, encrypted ? 6 : 0, NULL,
                                              NULL) == 1,
         "traditional PEM of a key");
    return bio_text(pool, bio);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static apr_status_t remove_directory(void *path)
{
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return APR_SUCCESS;
}

const char *support_directory(apr_pool_t *pool)
{
    const char *base = getenv("TMPDIR");
    char *path = apr_psprintf(pool, "%s/tlsguard-XXXXXX", base != NULL ? base : "/tmp");
    need(mkdtemp(path) != NULL, path);
    apr_pool_cleanup_register(pool, path, remove_directory, apr_pool_cleanup_null);
    return path;
}

const char *support_write_bytes(apr_pool_t *pool, const char *directory, const char *name,
                                const void *bytes, size_t size)
{
    const char *path = apr_pstrcat(pool, directory, "/", name, NULL);
    FILE *file = fopen(path, "wb");
    need(file != NULL && fchmod(fileno(file), 0600) == 0, path);
    need(fwrite(bytes, 1, size, file) == size && fclose(file) == 0, path);
    return path;
}

const char *support_write(apr_pool_t *pool, const char *directory, const char *name,
                          const char *text)
{
    return support_write_bytes(pool, directory, name, text, strlen(text));
}

unsigned support_random(unsigned long long *state, unsigned below)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (unsigned)((*state * 2685821657736338717ULL) >> 33) % below;
}
