/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of dh_power.h against BN_mod_exp() on random and on extreme numbers. With
 * TLSGUARD_LONG set, a million powers per kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/bn.h>

#include "dh_power.h"
#include "support_effort.h"

/* Bits: the sizes that are searched, and those next to a limb's end in base 2^52 and 2^64. */
static const int SIZES[] = { 512,  513,  515,  516,  520,  571,  572,  573,  576,  640,
                             767,  768,  1023, 1024, 1039, 1040, 1041, 1536, 2047, 2048,
                             2079, 2080, 3071, 3072, 4095, 4096, 4097, 6144, 8192, 10000 };
#define SIZE_COUNT (sizeof SIZES / sizeof SIZES[0])

typedef struct {
    tlsg_dh_power_t *power;
    int lanes;
    BIGNUM *modulus[TLSG_DH_LANES];
    BIGNUM *exponent[TLSG_DH_LANES];
    BIGNUM *result[TLSG_DH_LANES];
    BIGNUM *expected;
    BIGNUM *two;
    BN_CTX *ctx;
} bench_t;

static void bench_up(bench_t *b, int bits, tlsg_dh_kernel_t kernel)
{
    b->power = tlsg_dh_power_make(bits, kernel);
    assert_non_null(b->power);
    b->lanes = tlsg_dh_power_lanes(b->power);
    for (int i = 0; i < TLSG_DH_LANES; i++) {
        b->modulus[i] = BN_new();
        b->exponent[i] = BN_new();
        b->result[i] = BN_new();
    }
    b->expected = BN_new();
    b->two = BN_new();
    BN_set_word(b->two, 2);
    b->ctx = BN_CTX_new();
}

static void bench_down(bench_t *b)
{
    for (int i = 0; i < TLSG_DH_LANES; i++) {
        BN_free(b->modulus[i]);
        BN_free(b->exponent[i]);
        BN_free(b->result[i]);
    }
    BN_free(b->expected);
    BN_free(b->two);
    BN_CTX_free(b->ctx);
    tlsg_dh_power_free(b->power);
}

/* Runs what stands in the first `count` lanes and compares. */
static void run_and_compare(bench_t *b, int count)
{
    const BIGNUM *modulus[TLSG_DH_LANES] = { NULL };
    const BIGNUM *exponent[TLSG_DH_LANES] = { NULL };
    for (int i = 0; i < count; i++) {
        modulus[i] = b->modulus[i];
        exponent[i] = b->exponent[i];
    }
    assert_int_equal(tlsg_dh_power_run(b->power, count, modulus, exponent, b->result), 1);
    for (int i = 0; i < count; i++) {
        BN_mod_exp(b->expected, b->two, b->exponent[i], b->modulus[i], b->ctx);
        if (BN_cmp(b->result[i], b->expected) != 0) {
            BN_print_fp(stderr, b->modulus[i]);
            fail_msg("lane %d of %d differs from BN_mod_exp for a modulus of %d bits", i, count,
                     BN_num_bits(b->modulus[i]));
        }
    }
}

static void random_case(bench_t *b, int bits)
{
    for (int i = 0; i < b->lanes; i++) {
        BN_rand(b->modulus[i], bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
        BN_rand(b->exponent[i], bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
    }
    run_and_compare(b, b->lanes);
}

static void kernels_agree_with_bn_on_random_numbers(void **state)
{
    (void)state;
    const int rounds = effort(1, 2, 30);
    for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
        for (size_t s = 0; tlsg_dh_power_has(k) && s < SIZE_COUNT; s++) {
            bench_t b;
            if (SIZES[s] > effort(2080, 10000, 10000)) {
                continue;
            }
            bench_up(&b, SIZES[s], k);
            int n = SIZES[s] > 2080 ? 1 : rounds;
            for (int i = 0; i < n; i++) {
                random_case(&b, SIZES[s]);
            }
            bench_down(&b);
        }
    }
}

/* Carries travel farthest where limbs are all ones or all zeros. */
static void kernels_agree_with_bn_on_extreme_numbers(void **state)
{
    (void)state;
    for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
        for (size_t s = 0; tlsg_dh_power_has(k) && s < SIZE_COUNT && SIZES[s] < 3000; s++) {
            bench_t b;
            bench_up(&b, SIZES[s], k);
            for (int i = 0; i < b.lanes; i++) {
                /* 2^n - 1 - 2j; 2^(n-1) + 1 + 2j; and small moduli in a large room */
                BN_zero(b.modulus[i]);
                BN_set_bit(b.modulus[i], i % 2 == 0 ? SIZES[s] : SIZES[s] - 1);
                BN_ULONG odd = 2 * (BN_ULONG)i + 1;
                assert_true(i % 2 == 0 ? BN_sub_word(b.modulus[i], odd)
                                       : BN_add_word(b.modulus[i], odd));
                BN_copy(b.exponent[i], b.modulus[i]);
                BN_sub_word(b.exponent[i], 1);
            }
            run_and_compare(&b, b.lanes);
            for (int i = 0; i < b.lanes; i++) {
                BN_set_word(b.modulus[i], 2 * (BN_ULONG)i + 3);
                BN_set_word(b.exponent[i], (BN_ULONG)i * 1000003);
            }
            run_and_compare(&b, b.lanes);
            run_and_compare(&b, b.lanes > 1 ? 3 : 1);
            bench_down(&b);
        }
    }
}

/* A million with TLSGUARD_LONG, at the smallest size, where that takes a minute. */
static void kernels_agree_with_bn_on_many_numbers(void **state)
{
    (void)state;
    const int wanted = effort(100, 2000, 1000000);
    for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
        if (!tlsg_dh_power_has(k)) {
            continue;
        }
        bench_t b;
        bench_up(&b, 512, k);
        for (int done = 0; done < wanted; done += b.lanes) {
            random_case(&b, 512);
        }
        bench_down(&b);
    }
}

static void the_best_kernel_is_there(void **state)
{
    (void)state;
    assert_true(tlsg_dh_power_has(tlsg_dh_power_best()));
    assert_true(tlsg_dh_power_has(TLSG_DH_KERNEL_BN));
    assert_string_equal(tlsg_dh_power_name(TLSG_DH_KERNEL_BN), "bn");
    assert_string_equal(tlsg_dh_power_name(TLSG_DH_KERNEL_IFMA), "ifma");
    assert_null(tlsg_dh_power_make(512, TLSG_DH_KERNELS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_with_bn_on_random_numbers),
        cmocka_unit_test(kernels_agree_with_bn_on_extreme_numbers),
        cmocka_unit_test(kernels_agree_with_bn_on_many_numbers),
        cmocka_unit_test(the_best_kernel_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
