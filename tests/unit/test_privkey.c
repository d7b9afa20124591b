/* SPDX-License-Identifier: Apache-2.0 */
/* The public half of private keys, against OpenSSL's own encoder, and on damaged bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "privkey.h"
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

/* DER of a key in PKCS#8 or in the older form of its type; the caller frees it. */
static int encode(EVP_PKEY *key, int pkcs8, unsigned char **der)
{
    *der = NULL;
    if (!pkcs8) {
        return i2d_PrivateKey(key, der);
    }
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int size = i2d_PKCS8_PRIV_KEY_INFO(info, der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return size;
}

static void the_public_half_is_that_of_openssl(void **state)
{
    static const char *const kinds[] = { "RSA:1024", "RSA:2048", "RSA:3072",  "RSA-PSS:2048",
                                         "P-256",    "P-384",    "secp521r1", "secp256k1" };
    for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *kind = kinds[i / 2];
        int pkcs8 = i % 2 == 0;
        if (!pkcs8 && strncmp(kind, "RSA-PSS", 7) == 0) {
            continue; /* the older form does not say what it is */
        }
        EVP_PKEY *key = support_key(*state, kind);
        unsigned char *der = NULL;
        unsigned char *expected = NULL;
        const unsigned char *spki = NULL;
        size_t size = 0;
        int der_size = encode(key, pkcs8, &der);
        int expected_size = i2d_PUBKEY(key, &expected);
        assert_true(der_size > 0 && expected_size > 0);
        assert_int_equal(tlsg_privkey_spki(*state, der, (size_t)der_size, &spki, &size), 1);
        assert_int_equal(size, expected_size);
        assert_memory_equal(spki, expected, size);
        OPENSSL_free(der);
        OPENSSL_free(expected);
    }
}

static void other_keys_are_left_to_openssl(void **state)
{
    const unsigned char *spki = NULL;
    size_t size = 0;
    unsigned char *der = NULL;
    int der_size = encode(support_key(*state, "ED25519"), 1, &der);
    assert_int_equal(tlsg_privkey_spki(*state, der, (size_t)der_size, &spki, &size), 0);
    OPENSSL_free(der);
    /* RFC 5915 makes the public point optional. */
    EVP_PKEY *key = support_key(*state, "P-256");
    assert_int_equal(EVP_PKEY_set_int_param(key, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 0), 1);
    der_size = encode(key, 1, &der);
    assert_int_equal(tlsg_privkey_spki(*state, der, (size_t)der_size, &spki, &size), 0);
    OPENSSL_free(der);
}

/* No prefix is a key, and no damaged byte leads outside (the sanitizers watch). */
static void damaged_bytes_do_no_harm(void **state)
{
    unsigned long long seed = 5;
    static const char *const kinds[] = { "RSA:1024", "P-256" };
    for (size_t i = 0; i < 4; i++) {
        unsigned char *der = NULL;
        const unsigned char *spki = NULL;
        size_t size = 0;
        int der_size = encode(support_key(*state, kinds[i / 2]), i % 2 == 0, &der);
        for (int cut = 0; cut < der_size; cut++) {
            unsigned char *part = malloc(cut > 0 ? (size_t)cut : 1);
            assert_non_null(part);
            memcpy(part, der, (size_t)cut);
            assert_int_equal(tlsg_privkey_spki(*state, part, (size_t)cut, &spki, &size), 0);
            free(part);
        }
        for (int round = 0; round < 5000; round++) {
            apr_pool_t *scratch = NULL;
            apr_pool_create(&scratch, *state);
            unsigned at = support_random(&seed, (unsigned)der_size);
            unsigned char old = der[at];
            der[at] = (unsigned char)support_random(&seed, 256);
            if (tlsg_privkey_spki(scratch, der, (size_t)der_size, &spki, &size)) {
                assert_true(size < (size_t)der_size);
            }
            der[at] = old;
            apr_pool_destroy(scratch);
        }
        OPENSSL_free(der);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_public_half_is_that_of_openssl),
        cmocka_unit_test(other_keys_are_left_to_openssl),
        cmocka_unit_test(damaged_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
