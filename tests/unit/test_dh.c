/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about primes, against OpenSSL's own groups; proofs, against arithmetic by hand on
 * every small number and against OpenSSL's groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "dh.h"

static int no_errors_left(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    return 0;
}

/* Parameters of a group that OpenSSL knows by name. */
static EVP_PKEY *named(const char *type, const char *group)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    assert_int_equal(EVP_PKEY_paramgen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(ctx, params), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void groups_openssl_names_are_named_alike(void **state)
{
    static const struct {
        const char *type, *group, *standard;
        int bits;
        tlsg_dh_class_t kind;
        tlsg_dh_answer_t safe;
    } rows[] = {
        { "DH", "ffdhe2048", "RFC 7919", 2048, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "ffdhe3072", "RFC 7919", 3072, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "ffdhe4096", "RFC 7919", 4096, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "ffdhe6144", "RFC 7919", 6144, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "ffdhe8192", "RFC 7919", 8192, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "modp_1536", "RFC 3526", 1536, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "modp_2048", "RFC 3526", 2048, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "modp_3072", "RFC 3526", 3072, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "modp_4096", "RFC 3526", 4096, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "modp_6144", "RFC 3526", 6144, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DH", "modp_8192", "RFC 3526", 8192, TLSG_DH_STANDARD, TLSG_DH_YES },
        { "DHX", "dh_1024_160", "RFC 5114", 1024, TLSG_DH_WEAK, TLSG_DH_NO },
        { "DHX", "dh_2048_224", "RFC 5114", 2048, TLSG_DH_WEAK, TLSG_DH_NO },
        { "DHX", "dh_2048_256", "RFC 5114", 2048, TLSG_DH_WEAK, TLSG_DH_NO },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tlsg_dh_identity_t id;
        EVP_PKEY *key = named(rows[i].type, rows[i].group);
        assert_int_equal(tlsg_dh_identify_pkey(key, &id), 1);
        assert_string_equal(id.name, rows[i].group);
        assert_string_equal(id.standard, rows[i].standard);
        assert_int_equal(id.bits, rows[i].bits);
        assert_int_equal(id.kind, rows[i].kind);
        assert_int_equal(id.safe, rows[i].safe);
        assert_int_equal(id.prime, TLSG_DH_YES);
        assert_int_equal(id.weakness != NULL, rows[i].kind == TLSG_DH_WEAK);
        EVP_PKEY_free(key);
    }
}

/* The table itself: digests of the right form, none twice, and nothing lost from it. */
static void table_is_well_formed(void **state)
{
    (void)state;
    enum {
        SAFE,
        UNSAFE,
        COMPOSITE
    };
    static const struct {
        const char *digest;
        int bits, kind;
        const char *standard, *name;
    } rows[] = {
#define PRIME(digest, bits, kind, standard, name) { digest, bits, kind, standard, name },
#include "known_dh_primes.def"
#undef PRIME
    };
    const size_t count = sizeof rows / sizeof rows[0];
    int kinds[3] = { 0, 0, 0 };
    assert_int_equal(count, 101);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strlen(rows[i].digest), 64);
        assert_int_equal(strspn(rows[i].digest, "0123456789abcdef"), 64);
        assert_true(rows[i].bits >= 512 && rows[i].bits <= 8192);
        assert_true(rows[i].name[0] != '\0');
        kinds[rows[i].kind]++;
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(rows[i].digest, rows[k].digest);
        }
    }
    assert_int_equal(kinds[COMPOSITE], 1); /* socat's */
    assert_int_equal(kinds[UNSAFE], 7);    /* RFC 5114, Sun's JDK, one listed by weakdh.org */
}

/* Oakley group 2, RFC 2409: standard, and yet too small and too widely shared. */
static void oakley_group_2_is_weak(void **state)
{
    (void)state;
    BIGNUM *p = BN_get_rfc2409_prime_1024(NULL);
    tlsg_dh_identity_t id = tlsg_dh_identify(p, NULL);
    assert_string_equal(id.standard, "RFC 2409");
    assert_int_equal(id.kind, TLSG_DH_WEAK);
    assert_non_null(strstr(id.weakness, "Logjam"));
    BN_free(p);
    p = BN_get_rfc2409_prime_768(NULL);
    id = tlsg_dh_identify(p, NULL);
    assert_string_equal(id.name, "Oakley group 1");
    assert_int_equal(id.kind, TLSG_DH_WEAK);
    BN_free(p);
}

static void other_keys_are_no_groups(void **state)
{
    (void)state;
    tlsg_dh_identity_t id;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_int_equal(tlsg_dh_identify_pkey(key, &id), 0);
    assert_int_equal(id.bits, 0);
    EVP_PKEY_free(key);
}

/* p of 2048 bits that nobody shipped: a random odd number. */
static void unknown_primes_are_custom_and_unjudged(void **state)
{
    (void)state;
    BIGNUM *p = BN_new();
    BIGNUM *g = BN_new();
    BN_rand(p, 2048, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    BN_set_word(g, 2);
    tlsg_dh_identity_t id = tlsg_dh_identify(p, g);
    assert_int_equal(id.kind, TLSG_DH_CUSTOM);
    assert_int_equal(id.safe, TLSG_DH_UNKNOWN);
    assert_int_equal(id.prime, TLSG_DH_UNKNOWN);
    assert_null(id.name);
    assert_null(id.weakness);
    BN_free(p);
    BN_free(g);
}

/* Whatever the prime: a generator of order 1 or 2, no odd modulus, too few bits. */
static void numbers_alone_can_be_weak(void **state)
{
    (void)state;
    BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);
    BIGNUM *g = BN_new();
    for (unsigned i = 0; i < 2; i++) {
        BN_set_word(g, i);
        assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_WEAK);
    }
    BN_copy(g, p);
    assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_WEAK);
    BN_sub_word(g, 1);
    assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_WEAK);
    BN_sub_word(g, 1);
    assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_STANDARD);
    BN_add_word(p, 1);
    assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_WEAK);
    assert_int_equal(tlsg_dh_identify(p, g).prime, TLSG_DH_NO);
    BN_rand(p, 1023, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    BN_set_word(g, 2);
    assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_WEAK);
    BN_zero(p);
    assert_int_equal(tlsg_dh_identify(p, g).kind, TLSG_DH_WEAK);
    BN_free(p);
    BN_free(g);
}

static int is_prime(unsigned n)
{
    for (unsigned d = 2; d * d <= n; d++) {
        if (n % d == 0) {
            return 0;
        }
    }
    return n > 1;
}

static unsigned order_of(unsigned g, unsigned p)
{
    unsigned order = 1;
    for (unsigned x = g % p; x != 1; x = x * g % p) {
        order++;
    }
    return order;
}

static void check_agrees_with_arithmetic_by_hand(void **state)
{
    (void)state;
    BIGNUM *p = BN_new();
    BIGNUM *g = BN_new();
    int safe_seen = 0;
    for (unsigned n = 0; n < 10000; n++) {
        tlsg_dh_proof_t proof;
        unsigned base = 2 + n % 5;
        BN_set_word(p, n);
        BN_set_word(g, base);
        assert_int_equal(tlsg_dh_check(p, g, &proof), 1);
        int safe = n > 3 && is_prime(n) && is_prime((n - 1) / 2);
        assert_int_equal(proof.prime, is_prime(n) ? TLSG_DH_YES : TLSG_DH_NO);
        assert_int_equal(proof.safe, safe ? TLSG_DH_YES : TLSG_DH_NO);
        if (safe && base + 1 < n) {
            unsigned order = order_of(base, n);
            assert_int_equal(proof.order, order == n - 1 ? TLSG_DH_ORDER_2Q : TLSG_DH_ORDER_Q);
            safe_seen++;
        }
        if (proof.factor != 0) {
            unsigned of = proof.factor_is_of == 'p' ? n : n / 2;
            assert_int_equal(of % proof.factor, 0);
            assert_true(of > proof.factor);
        }
    }
    assert_true(safe_seen > 100);
    BN_free(p);
    BN_free(g);
}

static void check_proves_standard_groups(void **state)
{
    (void)state;
    tlsg_dh_proof_t proof;
    BIGNUM *p = BN_get_rfc3526_prime_1536(NULL);
    BIGNUM *g = BN_new();
    BN_set_word(g, 2);
    assert_int_equal(tlsg_dh_check(p, g, &proof), 1);
    assert_int_equal(proof.safe, TLSG_DH_YES);
    assert_int_equal(proof.order, TLSG_DH_ORDER_Q);
    BN_copy(g, p);
    BN_sub_word(g, 2);
    assert_int_equal(tlsg_dh_check(p, g, &proof), 1);
    assert_int_equal(proof.order, TLSG_DH_ORDER_2Q); /* -2: -1 is no square, 2 is one */
    BN_add_word(g, 1);
    assert_int_equal(tlsg_dh_check(p, g, &proof), 1);
    assert_int_equal(proof.order, TLSG_DH_ORDER_TRIVIAL);
    BN_free(p);
    BN_free(g);
}

/* RFC 5114: prime, and (p-1)/2 is not. */
static void check_refutes_primes_that_are_not_safe(void **state)
{
    (void)state;
    tlsg_dh_proof_t proof;
    BIGNUM *p = NULL;
    EVP_PKEY *key = named("DHX", "dh_1024_160");
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &p), 1);
    assert_int_equal(tlsg_dh_check(p, BN_value_one(), &proof), 1);
    assert_int_equal(proof.prime, TLSG_DH_YES);
    assert_int_equal(proof.safe, TLSG_DH_NO);
    BN_free(p);
    EVP_PKEY_free(key);
}

static void check_refutes_composites_without_small_factors(void **state)
{
    (void)state;
    tlsg_dh_proof_t proof;
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *a = BN_new();
    BIGNUM *b = BN_new();
    BN_generate_prime_ex2(a, 256, 0, NULL, NULL, NULL, ctx);
    BN_generate_prime_ex2(b, 256, 0, NULL, NULL, NULL, ctx);
    BN_mul(a, a, b, ctx);
    assert_int_equal(tlsg_dh_check(a, BN_value_one(), &proof), 1);
    assert_int_equal(proof.prime, TLSG_DH_NO);
    assert_int_equal(proof.safe, TLSG_DH_NO);
    BN_free(a);
    BN_free(b);
    BN_CTX_free(ctx);
}

static void check_does_not_examine_what_nobody_can_use(void **state)
{
    (void)state;
    tlsg_dh_proof_t proof;
    BIGNUM *p = BN_new();
    BN_set_bit(p, 20000);
    BN_add_word(p, 1);
    assert_int_equal(tlsg_dh_check(p, BN_value_one(), &proof), 1);
    assert_int_equal(proof.prime, TLSG_DH_UNKNOWN);
    assert_int_equal(tlsg_dh_identify(p, NULL).kind, TLSG_DH_WEAK);
    BN_free(p);
}

static void private_keys_are_as_long_as_rfc7919_says(void **state)
{
    (void)state;
    assert_int_equal(tlsg_dh_private_bits(2048), 225);
    assert_int_equal(tlsg_dh_private_bits(2049), 275);
    assert_int_equal(tlsg_dh_private_bits(4096), 325);
    assert_int_equal(tlsg_dh_private_bits(8192), 400);
    assert_int_equal(tlsg_dh_private_bits(10000), 400);
    assert_int_equal(tlsg_dh_private_bits(64), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(groups_openssl_names_are_named_alike, no_errors_left),
        cmocka_unit_test_teardown(table_is_well_formed, no_errors_left),
        cmocka_unit_test_teardown(oakley_group_2_is_weak, no_errors_left),
        cmocka_unit_test_teardown(other_keys_are_no_groups, no_errors_left),
        cmocka_unit_test_teardown(unknown_primes_are_custom_and_unjudged, no_errors_left),
        cmocka_unit_test_teardown(numbers_alone_can_be_weak, no_errors_left),
        cmocka_unit_test_teardown(check_agrees_with_arithmetic_by_hand, no_errors_left),
        cmocka_unit_test_teardown(check_proves_standard_groups, no_errors_left),
        cmocka_unit_test_teardown(check_refutes_primes_that_are_not_safe, no_errors_left),
        cmocka_unit_test_teardown(check_refutes_composites_without_small_factors, no_errors_left),
        cmocka_unit_test_teardown(check_does_not_examine_what_nobody_can_use, no_errors_left),
        cmocka_unit_test_teardown(private_keys_are_as_long_as_rfc7919_says, no_errors_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
