/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of certificates and of certificate files. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certfile.h"
#include "lifetime.h"
#include "ossl.h"
#include "support_cert.h"

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = pool;
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

static const tlsg_cert_t *facts(apr_pool_t *pool, const support_spec_t *spec)
{
    X509 *x509 = support_cert(pool, spec)->x509;
    X509_up_ref(x509);
    return tlsg_cert_make(pool, x509, NULL);
}

static void assert_contains(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
    }
}

/* ---- One certificate ------------------------------------------------------------------------- */

static void names_and_dates_are_read(void **state)
{
    apr_pool_t *pool = *state;
    support_spec_t spec = { .cn = "www.example.com",
                            .organization = "Caf\xC3\xA9 \x01",
                            .san = "DNS:www.example.com, DNS:*.example.org, IP:192.0.2.7, "
                                   "IP:2001:db8::7, email:a@example.com",
                            .from = -3600,
                            .until = 7200 };
    const tlsg_cert_t *cert = facts(pool, &spec);
    assert_string_equal(cert->subject, "O = Caf\xC3\xA9 \\x01, CN = www.example.com");
    assert_string_equal(cert->issuer, cert->subject);
    assert_string_equal(cert->subject_cn, "www.example.com");
    assert_true(cert->has_san);
    assert_int_equal(cert->dns_count, 2);
    assert_string_equal(cert->dns[1], "*.example.org");
    assert_int_equal(cert->ip_count, 2);
    assert_string_equal(cert->ips[0], "192.0.2.7");
    assert_string_equal(cert->ips[1], "2001:db8::7");
    assert_int_equal(cert->not_after - cert->not_before, apr_time_from_sec(10800));
    apr_time_t age = apr_time_now() - cert->not_before;
    assert_in_range(age, apr_time_from_sec(3600), apr_time_from_sec(3660));
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert->x509), NULL);
    char *hex = BN_bn2hex(serial);
    assert_string_equal(cert->serial, hex);
    OPENSSL_free(hex);
    BN_free(serial);
}

static void an_empty_subject_has_no_common_name(void **state)
{
    support_spec_t spec = { 0 };
    const tlsg_cert_t *cert = facts(*state, &spec);
    assert_string_equal(cert->subject, "");
    assert_null(cert->subject_cn);
    assert_false(cert->has_san);
    assert_int_equal(cert->dns_count, 0);
}

static void keys_of_each_type_are_described(void **state)
{
    static const struct {
        const char *kind;
        tlsg_pubkey_type_t type;
        const char *name;
        int bits;
        int security_bits;
        const char *curve;
        unsigned long exponent;
        const char *digest;
        const char *sig_name;
        const char *sig_digest;
        int sig_bits;
    } rows[] = {
        { "RSA:2048", TLSG_PUBKEY_RSA, "RSA", 2048, 112, NULL, 65537, "SHA256",
          "sha256WithRSAEncryption", "SHA256", 128 },
        { "RSA:1024", TLSG_PUBKEY_RSA, "RSA", 1024, 80, NULL, 65537, "SHA1",
          "sha1WithRSAEncryption", "SHA1", 63 },
        { "RSA:1024", TLSG_PUBKEY_RSA, "RSA", 1024, 80, NULL, 65537, "MD5", "md5WithRSAEncryption",
          "MD5", 39 },
        { "RSA-PSS:2048", TLSG_PUBKEY_RSA_PSS, "RSA-PSS", 2048, 112, NULL, 65537, "SHA256",
          "rsassaPss", "SHA256", 128 },
        { "P-256", TLSG_PUBKEY_EC, "EC", 256, 128, "P-256", 0, "SHA256", "ecdsa-with-SHA256",
          "SHA256", 128 },
        { "P-384", TLSG_PUBKEY_EC, "EC", 384, 192, "P-384", 0, "SHA384", "ecdsa-with-SHA384",
          "SHA384", 192 },
        { "secp256k1", TLSG_PUBKEY_EC, "EC", 256, 128, "secp256k1", 0, "SHA256",
          "ecdsa-with-SHA256", "SHA256", 128 },
        { "ED25519", TLSG_PUBKEY_ED25519, "Ed25519", 256, 128, NULL, 0, "", "ED25519", NULL, 128 },
        { "ED448", TLSG_PUBKEY_ED448, "Ed448", 456, 224, NULL, 0, "", "ED448", NULL, 224 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        support_spec_t spec = { .cn = "k",
                                .key = support_key(*state, rows[i].kind),
                                .digest = rows[i].digest };
        const tlsg_cert_t *cert = facts(*state, &spec);
        assert_int_equal(cert->key.type, rows[i].type);
        assert_string_equal(cert->key.name, rows[i].name);
        assert_int_equal(cert->key.bits, rows[i].bits);
        assert_int_equal(cert->key.security_bits, rows[i].security_bits);
        assert_int_equal(cert->key.rsa_exponent, rows[i].exponent);
        assert_string_equal(cert->key.curve != NULL ? cert->key.curve : "-",
                            rows[i].curve != NULL ? rows[i].curve : "-");
        assert_string_equal(cert->sig_name, rows[i].sig_name);
        assert_string_equal(cert->sig_digest != NULL ? cert->sig_digest : "-",
                            rows[i].sig_digest != NULL ? rows[i].sig_digest : "-");
        assert_int_equal(cert->sig_security_bits, rows[i].sig_bits);
        assert_true(cert->is_self_signed);
    }
}

static void usage_and_constraints_are_read(void **state)
{
    apr_pool_t *pool = *state;
    support_spec_t leaf = { .cn = "leaf" };
    const tlsg_cert_t *cert = facts(pool, &leaf);
    assert_true(cert->has_basic_constraints && !cert->is_ca);
    assert_true(cert->has_key_usage);
    assert_int_equal(cert->key_usage, KU_DIGITAL_SIGNATURE);
    assert_true(cert->has_eku && cert->eku_server_auth && !cert->eku_client_auth);

    support_spec_t bare = { .cn = "bare", .no_usage = 1 };
    cert = facts(pool, &bare);
    assert_false(cert->has_key_usage || cert->has_eku || cert->eku_server_auth);

    support_spec_t mail = { .cn = "mail",
                            .no_usage = 1,
                            .extensions = { "extendedKeyUsage=emailProtection" } };
    cert = facts(pool, &mail);
    assert_true(cert->has_eku && !cert->eku_server_auth && !cert->eku_client_auth);

    support_spec_t any = { .cn = "any",
                           .no_usage = 1,
                           .extensions = { "extendedKeyUsage=anyExtendedKeyUsage" } };
    cert = facts(pool, &any);
    assert_true(cert->eku_any && !cert->eku_server_auth && !cert->eku_client_auth);

    support_spec_t ca = { .cn = "ca", .is_ca = 1 };
    cert = facts(pool, &ca);
    assert_true(cert->is_ca);
    assert_int_equal(cert->key_usage, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
}

static void revocation_and_transparency_are_read(void **state)
{
    support_spec_t spec = {
        .cn = "r",
        .extensions = { "authorityInfoAccess=OCSP;URI:http://ocsp.example/,"
                        "OCSP;URI:http://two.example/,caIssuers;URI:http://ca.example/i.crt",
                        "crlDistributionPoints=URI:http://crl.example/a.crl,URI:ldap://x/",
                        "tlsfeature=status_request", "certificatePolicies=2.23.140.1.2.1",
                        "1.3.6.1.4.1.11129.2.4.2=DER:04020000" }
    };
    const tlsg_cert_t *cert = facts(*state, &spec);
    assert_int_equal(cert->ocsp_count, 2);
    assert_string_equal(cert->ocsp[0], "http://ocsp.example/");
    assert_int_equal(cert->ca_issuers_count, 1);
    assert_string_equal(cert->ca_issuers[0], "http://ca.example/i.crt");
    assert_int_equal(cert->crl_count, 2);
    assert_string_equal(cert->crls[0], "http://crl.example/a.crl");
    assert_true(cert->must_staple);
    assert_true(cert->has_cab_policy);
    assert_true(cert->has_scts);

    support_spec_t other = { .cn = "o",
                             .extensions = { "tlsfeature=17", "certificatePolicies=1.2.3.4" } };
    cert = facts(*state, &other);
    assert_false(cert->must_staple || cert->has_cab_policy || cert->has_scts);
    assert_int_equal(cert->ocsp_count + cert->ca_issuers_count + cert->crl_count, 0);
}

static void self_signed_means_verified(void **state)
{
    apr_pool_t *pool = *state;
    support_spec_t forged = { .cn = "same name", .signer = support_key(pool, "P-256") };
    const tlsg_cert_t *cert = facts(pool, &forged);
    assert_true(cert->is_self_issued);
    assert_false(cert->is_self_signed);
    support_spec_t root = { .cn = "root", .is_ca = 1 };
    support_cert_t *ca = support_cert(pool, &root);
    support_spec_t leaf = { .cn = "leaf", .issuer = ca };
    cert = facts(pool, &leaf);
    assert_false(cert->is_self_issued || cert->is_self_signed);
    assert_string_equal(cert->issuer, "CN = root");
    assert_string_equal(cert->issuer_cn, "root");
}

static void hostile_names_stay_harmless(void **state)
{
    apr_pool_t *pool = *state;
    /* dNSName "www.example.com\0.evil.net": SEQUENCE { [2] IA5String } by hand. */
    support_spec_t spec = { .cn = "x",
                            .extensions = {
                                "2.5.29.17=DER:301B8219"
                                "7777772E6578616D706C652E636F6D002E6576696C2E6E6574" } };
    const tlsg_cert_t *cert = facts(pool, &spec);
    assert_int_equal(cert->dns_count, 1);
    assert_string_equal(cert->dns[0], "www.example.com\\x00.evil.net");
    support_spec_t broken = { .cn = "x", .extensions = { "2.5.29.17=DER:FFFF" } };
    cert = facts(pool, &broken);
    assert_true(cert->has_san && cert->is_malformed);
    assert_int_equal(cert->dns_count, 0);
}

static void digests_and_pins_are_those_of_openssl(void **state)
{
    support_spec_t spec = { .cn = "d" };
    const tlsg_cert_t *cert = facts(*state, &spec);
    unsigned char digest[32];
    X509_digest(cert->x509, EVP_sha256(), digest, NULL);
    assert_memory_equal(cert->sha256, digest, 32);
    unsigned char *spki = NULL;
    int length = i2d_PUBKEY(X509_get0_pubkey(cert->x509), &spki);
    EVP_Digest(spki, (size_t)length, digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(spki);
    assert_memory_equal(cert->spki_sha256, digest, 32);
    assert_int_equal(strlen(cert->pin), 44);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void a_file_is_read_as_mod_ssl_reads_it(void **state)
{
    apr_pool_t *pool = *state;
    const char *dir = support_directory(pool);
    support_spec_t root_spec = { .cn = "root", .is_ca = 1 };
    support_cert_t *root = support_cert(pool, &root_spec);
    support_spec_t leaf_spec = { .cn = "leaf", .issuer = root };
    support_cert_t *leaf = support_cert(pool, &leaf_spec);
    const char *leaf_pem = support_cert_pem(pool, leaf->x509);
    const char *root_pem = support_cert_pem(pool, root->x509);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_AUX(bio, leaf->x509);
    char *trusted = NULL;
    long length = BIO_get_mem_data(bio, &trusted);
    const char *trusted_pem = apr_pstrmemdup(pool, trusted, (apr_size_t)length);
    BIO_free(bio);
    const char *half = apr_pstrmemdup(pool, root_pem, 100);
    const char *junk = "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n";
    const struct {
        const char *text;
        tlsg_certfile_state_t state;
        int chain;
        int keys;
        const char *problem;
    } rows[] = {
        { leaf_pem, TLSG_CERTFILE_OK, 0, 0, NULL },
        { apr_pstrcat(pool, leaf_pem, root_pem, NULL), TLSG_CERTFILE_OK, 1, 0, NULL },
        { apr_pstrcat(pool, support_key_pem(pool, leaf->key), leaf_pem, root_pem, root_pem, NULL),
          TLSG_CERTFILE_OK, 2, 1, NULL },
        { apr_pstrcat(pool, trusted_pem, trusted_pem, root_pem, NULL), TLSG_CERTFILE_OK, 1, 0,
          NULL },
        { apr_pstrcat(pool, leaf_pem, half, NULL), TLSG_CERTFILE_BAD_CHAIN, 0, 0, "no END line" },
        { apr_pstrcat(pool, leaf_pem, root_pem, junk, leaf_pem, NULL), TLSG_CERTFILE_BAD_CHAIN, 1,
          0, "cannot be decoded" },
        { half, TLSG_CERTFILE_BAD_LEAF, 0, 0, "no END line" },
        { apr_pstrcat(pool, junk, leaf_pem, NULL), TLSG_CERTFILE_BAD_LEAF, 0, 0, "line 1" },
        { support_key_pem(pool, leaf->key), TLSG_CERTFILE_NO_CERT, 0, 1, "only: PRIVATE KEY" },
        { "", TLSG_CERTFILE_NO_CERT, 0, 0, "is empty" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *path = support_write(pool, dir, apr_psprintf(pool, "%zu.pem", i), rows[i].text);
        const tlsg_certfile_t *file = tlsg_certfile_get(tlsg_certfile_cache_make(pool), path);
        assert_int_equal(file->state, rows[i].state);
        assert_int_equal(file->chain_count, rows[i].chain);
        assert_int_equal(file->key_count, rows[i].keys);
        if (rows[i].problem == NULL) {
            assert_null(file->problem);
            assert_string_equal(file->leaf->subject_cn, "leaf");
        }
        else {
            assert_contains(file->problem, rows[i].problem);
            assert_contains(file->problem, path);
        }
    }
}

static void what_cannot_be_read_says_why(void **state)
{
    apr_pool_t *pool = *state;
    tlsg_certcache_t *cache = tlsg_certfile_cache_make(pool);
    const char *dir = support_directory(pool);
    const tlsg_certfile_t *file = tlsg_certfile_get(cache, dir);
    assert_int_equal(file->state, TLSG_CERTFILE_NOT_READ);
    assert_contains(file->problem, "is a directory");
    file = tlsg_certfile_get(cache, apr_pstrcat(pool, dir, "/gone", NULL));
    assert_int_equal(file->read, TLSG_PEMFILE_MISSING);
    assert_null(file->leaf);
}

/* Read once: the file is gone when it is asked for again. */
static void files_and_certificates_are_shared(void **state)
{
    apr_pool_t *pool = *state;
    tlsg_certcache_t *cache = tlsg_certfile_cache_make(pool);
    const char *dir = support_directory(pool);
    support_spec_t ca_spec = { .cn = "ca", .is_ca = 1 };
    support_cert_t *ca = support_cert(pool, &ca_spec);
    const char *ca_pem = support_cert_pem(pool, ca->x509);
    const tlsg_certfile_t *files[3];
    for (int i = 0; i < 3; i++) {
        support_spec_t spec = { .cn = "leaf", .issuer = ca };
        const char *text = apr_pstrcat(
            pool, support_cert_pem(pool, support_cert(pool, &spec)->x509), ca_pem, NULL);
        files[i] = tlsg_certfile_get(
            cache, support_write(pool, dir, apr_psprintf(pool, "%d.pem", i), text));
    }
    assert_ptr_equal(files[0]->chain[0], files[2]->chain[0]);
    assert_ptr_not_equal(files[0]->leaf, files[2]->leaf);
    assert_int_equal(unlink(files[0]->path), 0);
    assert_ptr_equal(tlsg_certfile_get(cache, files[0]->path), files[0]);
    int file_count = 0;
    int cert_count = 0;
    tlsg_certfile_cache_counts(cache, &file_count, &cert_count);
    assert_int_equal(file_count, 3);
    assert_int_equal(cert_count, 4);
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, ca->x509);
    const tlsg_certfile_t *live = tlsg_certfile_wrap(cache, "live", files[1]->leaf->x509, chain);
    sk_X509_free(chain);
    assert_true(live->is_live);
    assert_ptr_equal(live->leaf, files[1]->leaf);
    assert_ptr_equal(live->chain[0], files[0]->chain[0]);
}

static void parameters_are_those_mod_ssl_finds(void **state)
{
    apr_pool_t *pool = *state;
    const char *dir = support_directory(pool);
    support_spec_t spec = { .cn = "p" };
    support_cert_t *cert = support_cert(pool, &spec);
    const char *pem = support_cert_pem(pool, cert->x509);
    static const char ec[] = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                             "-----END EC PARAMETERS-----\n";
    static const char bad[] = "-----BEGIN DH PARAMETERS-----\nMAMCAQA=\n"
                              "-----END DH PARAMETERS-----\n";
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    EVP_PKEY *dh = NULL;
    assert_int_equal(EVP_PKEY_paramgen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_group_name(ctx, "ffdhe2048"), 1);
    assert_int_equal(EVP_PKEY_paramgen(ctx, &dh), 1);
    EVP_PKEY_CTX_free(ctx);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_Parameters(bio, tlsg_ossl_own_pkey(pool, dh));
    char *text = NULL;
    long length = BIO_get_mem_data(bio, &text);
    const char *dh_pem = apr_pstrmemdup(pool, text, (apr_size_t)length);
    BIO_free(bio);
    const struct {
        const char *text;
        tlsg_params_kind_t kind;
        int bits;
        int line;
        int broken;
    } rows[] = {
        { pem, TLSG_PARAMS_NONE, 0, 0, 0 },
        { apr_pstrcat(pool, dh_pem, ec, pem, NULL), TLSG_PARAMS_DH, 2048, 1, 0 },
        { apr_pstrcat(pool, ec, pem, dh_pem, NULL), TLSG_PARAMS_EC, 256, 1, 0 },
        { apr_pstrcat(pool, bad, ec, pem, NULL), TLSG_PARAMS_EC, 256, 4, 1 },
        { apr_pstrcat(pool, support_key_encrypted(pool, cert->key), pem, ec, NULL), TLSG_PARAMS_EC,
          256, 0, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *path = support_write(pool, dir, apr_psprintf(pool, "%zu.pem", i), rows[i].text);
        const tlsg_certfile_t *file = tlsg_certfile_get(tlsg_certfile_cache_make(pool), path);
        assert_int_equal(file->params.kind, rows[i].kind);
        assert_int_equal(file->params.bits, rows[i].bits);
        assert_int_equal(file->params.broken, rows[i].broken);
        assert_true(rows[i].line == 0 || file->params.line == rows[i].line);
        assert_int_equal(file->params.pkey != NULL, rows[i].kind != TLSG_PARAMS_NONE);
        if (rows[i].kind == TLSG_PARAMS_EC) {
            assert_string_equal(file->params.curve, "P-256");
        }
    }
}

static void ten_thousand_certificates_are_one_file(void **state)
{
    apr_pool_t *pool = *state;
    enum {
        COUNT = 10000
    };
    support_spec_t spec = { .cn = "many" };
    const char *pem = support_cert_pem(pool, support_cert(pool, &spec)->x509);
    size_t length = strlen(pem);
    char *text = apr_palloc(pool, length * COUNT + 1);
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(text + i * length, pem, length + 1);
    }
    tlsg_certcache_t *cache = tlsg_certfile_cache_make(pool);
    const tlsg_certfile_t *file =
        tlsg_certfile_get(cache, support_write(pool, support_directory(pool), "many.pem", text));
    assert_int_equal(file->state, TLSG_CERTFILE_OK);
    assert_int_equal(file->chain_count, COUNT - 1);
    int certs = 0;
    tlsg_certfile_cache_counts(cache, NULL, &certs);
    assert_int_equal(certs, 1);
}

/* ---- Lifetimes ------------------------------------------------------------------------------- */

static apr_time_t day(int year, int month, int mday)
{
    apr_time_exp_t when = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = mday };
    apr_time_t time = 0;
    apr_time_exp_gmt_get(&time, &when);
    return time;
}

static void caps_begin_at_midnight_utc(void **state)
{
    (void)state;
    static const struct {
        int year, month, mday, before, from;
    } rows[] = {
        { 2029, 3, 15, 100, 47 }, { 2027, 3, 15, 200, 100 }, { 2026, 3, 15, 398, 200 },
        { 2020, 9, 1, 825, 398 }, { 2018, 3, 1, 1187, 825 }, { 2012, 7, 1, 0, 1826 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_time_t from = day(rows[i].year, rows[i].month, rows[i].mday);
        assert_int_equal(tlsg_lifetime_cap(from - 1), rows[i].before);
        assert_int_equal(tlsg_lifetime_cap(from), rows[i].from);
    }
}

static void a_lifetime_counts_its_last_second(void **state)
{
    (void)state;
    const apr_time_t one_day = apr_time_from_sec(86400);
    tlsg_cert_t cert = { .not_before = day(2026, 1, 1) };
    cert.not_after = cert.not_before + 90 * one_day - apr_time_from_sec(1);
    assert_int_equal(tlsg_lifetime_days(&cert), 90);
    cert.not_after += apr_time_from_sec(1);
    assert_int_equal(tlsg_lifetime_days(&cert), 91);
    cert.not_after = cert.not_before - 1;
    assert_int_equal(tlsg_lifetime_days(&cert), 0);
}

static void expiry_is_a_fraction_of_the_lifetime(void **state)
{
    (void)state;
    const apr_time_t one_day = apr_time_from_sec(86400);
    static const struct {
        int lifetime, left;
        tlsg_lifetime_state_t state;
    } rows[] = {
        { 90, 16, TLSG_LIFETIME_FINE },      { 90, 14, TLSG_LIFETIME_EXPIRING },
        { 47, 9, TLSG_LIFETIME_FINE },       { 47, 7, TLSG_LIFETIME_EXPIRING },
        { 6, 2, TLSG_LIFETIME_FINE },        { 398, 31, TLSG_LIFETIME_FINE },
        { 398, 29, TLSG_LIFETIME_EXPIRING }, { 90, -1, TLSG_LIFETIME_EXPIRED },
        { 90, 91, TLSG_LIFETIME_NOT_YET },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tlsg_cert_t cert = { .not_before = day(2026, 1, 1) };
        cert.not_after = cert.not_before + rows[i].lifetime * one_day;
        assert_int_equal(tlsg_lifetime_state(&cert, cert.not_after - rows[i].left * one_day),
                         rows[i].state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_dates_are_read),
        cmocka_unit_test(an_empty_subject_has_no_common_name),
        cmocka_unit_test(keys_of_each_type_are_described),
        cmocka_unit_test(usage_and_constraints_are_read),
        cmocka_unit_test(revocation_and_transparency_are_read),
        cmocka_unit_test(self_signed_means_verified),
        cmocka_unit_test(hostile_names_stay_harmless),
        cmocka_unit_test(digests_and_pins_are_those_of_openssl),
        cmocka_unit_test(a_file_is_read_as_mod_ssl_reads_it),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(files_and_certificates_are_shared),
        cmocka_unit_test(parameters_are_those_mod_ssl_finds),
        cmocka_unit_test(ten_thousand_certificates_are_one_file),
        cmocka_unit_test(caps_begin_at_midnight_utc),
        cmocka_unit_test(a_lifetime_counts_its_last_second),
        cmocka_unit_test(expiry_is_a_fraction_of_the_lifetime),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
