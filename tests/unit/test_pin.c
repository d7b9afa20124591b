/* SPDX-License-Identifier: Apache-2.0 */
/* Pins against values fixed from outside: an empty input's SHA-256, and OpenSSL's own encoders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "pin.h"

static int pool_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = pool;
    return 0;
}

static int pool_down(void **state)
{
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

/* SHA-256 of nothing, FIPS 180-4. */
#define EMPTY_PIN "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void pin_is_base64_of_sha256(void **state)
{
    assert_string_equal(tlsg_pin_of_spki(*state, (const unsigned char *)"", 0), EMPTY_PIN);
    assert_int_equal(strlen(EMPTY_PIN), TLSG_PIN_LENGTH);
}

static void hex_and_base64_are_the_same_value(void **state)
{
    assert_string_equal(tlsg_pin_to_hex(*state, EMPTY_PIN), EMPTY_HEX);
    unsigned char digest[TLSG_PIN_BYTES];
    assert_int_equal(tlsg_pin_decode(EMPTY_PIN, digest), 1);
    assert_int_equal(digest[0], 0xe3);
    assert_int_equal(digest[31], 0x55);
}

static void only_one_spelling_decodes(void **state)
{
    static const char *const wrong[] = {
        "",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",   /* no padding */
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",  /* unused bits set */
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",  /* base64url */
        " 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF=",  /* blank inside the length */
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==", /* one byte too long */
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==",  /* 31 bytes */
        "============================================",
        "YmFja3VwLXBpbi1nb2VzLWhlcmU=",
    };
    unsigned char digest[TLSG_PIN_BYTES];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(tlsg_pin_decode(wrong[i], digest), 0);
        assert_null(tlsg_pin_to_hex(*state, wrong[i]));
    }
}

static X509_EXTENSION *extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    return X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
}

/* A certificate for `key`; `ca` and `san` as extension values or NULL; self-issued unless
 * `issuer`. */
static X509 *make_cert(EVP_PKEY *key, const char *ca, const char *san, const char *issuer)
{
    X509 *cert = X509_new();
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"s", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    if (issuer != NULL) {
        X509_NAME *by = X509_NAME_new();
        X509_NAME_add_entry_by_txt(by, "CN", MBSTRING_ASC, (const unsigned char *)issuer, -1, -1,
                                   0);
        X509_set_issuer_name(cert, by);
        X509_NAME_free(by);
    }
    const struct {
        int nid;
        const char *value;
    } wanted[] = { { NID_basic_constraints, ca }, { NID_subject_alt_name, san } };
    for (size_t i = 0; i < 2; i++) {
        if (wanted[i].value != NULL) {
            X509_EXTENSION *ext = extension(cert, wanted[i].nid, wanted[i].value);
            assert_non_null(ext);
            X509_add_ext(cert, ext, -1);
            X509_EXTENSION_free(ext);
        }
    }
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    return cert;
}

static const char *expected_pin(apr_pool_t *pool, EVP_PKEY *key)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    SHA256(der, (size_t)len, digest);
    OPENSSL_free(der);
    char *text = apr_palloc(pool, TLSG_PIN_LENGTH + 1);
    EVP_EncodeBlock((unsigned char *)text, digest, sizeof digest);
    return text;
}

static void key_certificate_and_request_agree(void **state)
{
    EVP_PKEY *keys[] = { EVP_EC_gen("P-256"), EVP_RSA_gen(1024), EVP_EC_gen("secp384r1") };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *pin = expected_pin(*state, keys[i]);
        X509 *cert = make_cert(keys[i], NULL, NULL, NULL);
        X509_REQ *request = X509_REQ_new();
        X509_REQ_set_pubkey(request, keys[i]);
        assert_string_equal(tlsg_pin_of_pkey(*state, keys[i]), pin);
        assert_string_equal(tlsg_pin_of_x509(*state, cert), pin);
        assert_string_equal(tlsg_pin_of_request(*state, request), pin);
        assert_string_not_equal(tlsg_pin_of_certificate_digest(*state, cert), pin);
        X509_REQ_free(request);
        X509_free(cert);
        EVP_PKEY_free(keys[i]);
    }
}

static void certificate_digest_is_over_the_whole_certificate(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = make_cert(key, NULL, NULL, NULL);
    unsigned char digest[TLSG_PIN_BYTES];
    unsigned int len = sizeof digest;
    assert_int_equal(X509_digest(cert, EVP_sha256(), digest, &len), 1);
    unsigned char decoded[TLSG_PIN_BYTES];
    assert_int_equal(tlsg_pin_decode(tlsg_pin_of_certificate_digest(*state, cert), decoded), 1);
    assert_memory_equal(decoded, digest, sizeof digest);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void an_empty_key_has_no_pin(void **state)
{
    EVP_PKEY *empty = EVP_PKEY_new();
    assert_null(tlsg_pin_of_pkey(*state, empty));
    EVP_PKEY_free(empty);
}

static void role_follows_place_and_kind(void **state)
{
    (void)state;
    static const struct {
        const char *ca, *san, *issuer;
        int first;
        const char *role;
    } rows[] = {
        { NULL, "DNS:a.example", "ca", 0, "leaf" },
        { "critical,CA:FALSE", NULL, "ca", 0, "leaf" },
        { "critical,CA:TRUE", NULL, "ca", 0, "intermediate" },
        { "critical,CA:TRUE", NULL, NULL, 0, "root" },
        { "critical,CA:TRUE", "DNS:a.example", NULL, 0, "leaf" }, /* openssl req -x509 -addext */
        { "critical,CA:TRUE", NULL, NULL, 1, "leaf" },
    };
    EVP_PKEY *key = EVP_EC_gen("P-256");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        X509 *cert = make_cert(key, rows[i].ca, rows[i].san, rows[i].issuer);
        assert_string_equal(tlsg_pin_role(cert, rows[i].first), rows[i].role);
        X509_free(cert);
    }
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pin_is_base64_of_sha256),
        cmocka_unit_test(hex_and_base64_are_the_same_value),
        cmocka_unit_test(only_one_spelling_decodes),
        cmocka_unit_test(key_certificate_and_request_agree),
        cmocka_unit_test(certificate_digest_is_over_the_whole_certificate),
        cmocka_unit_test(an_empty_key_has_no_pin),
        cmocka_unit_test(role_follows_place_and_kind),
    };
    return cmocka_run_group_tests(tests, pool_up, pool_down);
}
