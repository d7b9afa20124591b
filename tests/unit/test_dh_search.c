/* SPDX-License-Identifier: Apache-2.0 */
/* The search from its parts to the whole: primes, sieve, seed, and the number of tests that theory
 * predicts, which a sieve that strikes too much or too little would miss. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "dh.h"
#include "dh_primes.h"
#include "dh_search.h"
#include "dh_seed.h"
#include "dh_sieve.h"
#include "support_effort.h"

static int no_errors_left(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    return 0;
}

static int is_prime(uint32_t n)
{
    for (uint32_t d = 3; d * d <= n; d += 2) {
        if (n % d == 0) {
            return 0;
        }
    }
    return n > 2 && n % 2 != 0;
}

static void primes_are_all_the_primes(void **state)
{
    (void)state;
    const uint32_t last = TLSG_DH_PRIMES_LIMIT - TLSG_DH_PRIMES_SPAN;
    uint32_t *list = malloc(TLSG_DH_PRIMES_MAX * sizeof *list);
    tlsg_dh_primes_t *base = tlsg_dh_primes_make();
    assert_int_equal(tlsg_dh_primes_list(base, 0, list), 43389); /* pi(2^19) - 1 */
    size_t at = 0;
    for (uint32_t n = 1; n < 100000; n += 2) {
        if (is_prime(n)) {
            assert_int_equal(list[at++], n);
        }
    }
    size_t count = tlsg_dh_primes_list(base, last, list);
    at = 0;
    for (uint32_t n = last + TLSG_DH_PRIMES_SPAN - 20001; n < last + TLSG_DH_PRIMES_SPAN; n += 2) {
        while (at < count && list[at] < n) {
            at++;
        }
        assert_int_equal(at < count && list[at] == n, is_prime(n));
    }
    /* pi(10^7) - pi is known: 664,579. */
    count = 1;
    for (uint32_t from = 0; from < 10000000; from += TLSG_DH_PRIMES_SPAN) {
        size_t n = tlsg_dh_primes_list(base, from, list);
        while (n > 0 && list[n - 1] >= 10000000) {
            n--;
        }
        count += n;
    }
    assert_int_equal(count, 664579);
    tlsg_dh_primes_free(base);
    free(list);
}

/* Every position against division by every prime. */
static void sieve_strikes_exactly_the_multiples(void **state)
{
    (void)state;
    enum {
        POSITIONS = 3000,
        LIMIT = 6000
    };
    uint32_t *list = malloc(TLSG_DH_PRIMES_MAX * sizeof *list);
    tlsg_dh_primes_t *base = tlsg_dh_primes_make();
    tlsg_dh_primes_list(base, 0, list);
    size_t count = 1;
    while (list[count] < LIMIT) {
        count++;
    }
    tlsg_dh_origin_t origin = { .bits = 600 };
    BIGNUM *q = BN_new();
    BIGNUM *p = BN_new();
    assert_int_equal(tlsg_dh_seed_start(&origin, q), 1);
    tlsg_dh_window_t *window = tlsg_dh_sieve_window(q, POSITIONS, TLSG_DH_KERNEL_BN);
    uint64_t *map = calloc(tlsg_dh_sieve_words(window), sizeof *map);
    /* An odd and an even number of primes, in two strikes. */
    tlsg_dh_sieve_strike(window, list + 1, 301, map);
    tlsg_dh_sieve_strike(window, list + 302, count - 302, map);
    int left = 0;
    for (uint32_t k = 0; k < POSITIONS; k++) {
        int divided = 0;
        BN_lshift1(p, q);
        BN_add_word(p, 1);
        for (size_t i = 1; i < count && !divided; i++) {
            divided = BN_mod_word(q, list[i]) == 0 || BN_mod_word(p, list[i]) == 0;
        }
        assert_int_equal(map[k / 64] >> (k % 64) & 1, divided);
        left += !divided;
        BN_add_word(q, TLSG_DH_STEP);
    }
    assert_true(left > 30);
    free(map);
    free(list);
    tlsg_dh_sieve_free(window);
    tlsg_dh_primes_free(base);
    BN_free(q);
    BN_free(p);
}

/* Large primes strike a position at most once: check residues, not positions. */
static void largest_primes_strike(tlsg_dh_kernel_t kernel)
{
    uint32_t *list = malloc(TLSG_DH_PRIMES_MAX * sizeof *list);
    tlsg_dh_primes_t *base = tlsg_dh_primes_make();
    BIGNUM *start = BN_new();
    BIGNUM *p = BN_new();
    size_t count = tlsg_dh_primes_list(base, TLSG_DH_PRIMES_LIMIT - TLSG_DH_PRIMES_SPAN, list);
    tlsg_dh_origin_t origin = { .bits = 2048 };
    assert_int_equal(tlsg_dh_seed_start(&origin, start), 1);
    uint32_t positions = tlsg_dh_seed_positions(2048);
    tlsg_dh_window_t *window = tlsg_dh_sieve_window(start, positions, kernel);
    uint64_t *map = calloc(tlsg_dh_sieve_words(window), sizeof *map);
    tlsg_dh_sieve_strike(window, list, count, map);
    int struck = 0;
    for (uint32_t k = 0; k < positions; k++) {
        if ((map[k / 64] >> (k % 64) & 1) == 0) {
            continue;
        }
        int divided = 0;
        tlsg_dh_origin_t at = origin;
        at.offset = k;
        assert_int_equal(tlsg_dh_seed_prime(&at, p), 1);
        for (size_t i = 0; i < count && !divided; i++) {
            BN_ULONG rest = BN_mod_word(p, list[i]);
            divided = rest == 0 || rest == 1; /* p, or q = (p-1)/2 */
        }
        assert_true(divided);
        struck++;
    }
    /* Each of the 25,000 primes has two chances of positions/2^30: 60 on average. */
    assert_true(struck > 25 && struck < 110);
    free(map);
    free(list);
    tlsg_dh_sieve_free(window);
    tlsg_dh_primes_free(base);
    BN_free(start);
    BN_free(p);
}

static void sieve_strikes_with_the_largest_primes(void **state)
{
    (void)state;
    for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
        if (tlsg_dh_power_has(k)) {
            largest_primes_strike(k);
        }
    }
}

/* The same maps, whatever computes the residues: all sizes of primes, and sizes of numbers on
 * either side of a limb's end. */
static void sieve_kernels_strike_alike(void **state)
{
    (void)state;
    static const int sizes[] = { 512, 521, 573, 574, 1024, 1561, 2048, 4096, 8192, 10000 };
    uint32_t *list = malloc(TLSG_DH_PRIMES_MAX * sizeof *list);
    tlsg_dh_primes_t *base = tlsg_dh_primes_make();
    BIGNUM *start = BN_new();
    if (!tlsg_dh_power_has(TLSG_DH_KERNEL_IFMA)) {
        print_message("this processor has one kernel only: nothing to compare\n");
    }
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        tlsg_dh_origin_t origin = { .bits = sizes[s], .seed = { (unsigned char)s } };
        tlsg_dh_window_t *window[TLSG_DH_KERNELS];
        uint64_t *map[TLSG_DH_KERNELS];
        /* Few positions for large primes would hide differences: the largest window there is. */
        const uint32_t positions = 30000000;
        assert_int_equal(tlsg_dh_seed_start(&origin, start), 1);
        for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
            window[k] = tlsg_dh_sieve_window(start, positions, k);
            map[k] = calloc(tlsg_dh_sieve_words(window[k]), sizeof *map[k]);
        }
        for (uint32_t from = TLSG_DH_PRIMES_SPAN; from < TLSG_DH_PRIMES_LIMIT; from *= 4) {
            size_t count = tlsg_dh_primes_list(base, from, list);
            count = count < 3000 ? count : 3000;
            for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
                if (tlsg_dh_power_has(k)) {
                    tlsg_dh_sieve_strike(window[k], list, count, map[k]);
                }
            }
        }
        if (tlsg_dh_power_has(TLSG_DH_KERNEL_IFMA)) {
            assert_memory_equal(map[TLSG_DH_KERNEL_BN], map[TLSG_DH_KERNEL_IFMA],
                                tlsg_dh_sieve_words(window[0]) * sizeof *map[0]);
        }
        for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
            tlsg_dh_sieve_free(window[k]);
            free(map[k]);
        }
    }
    free(list);
    tlsg_dh_primes_free(base);
    BN_free(start);
}

static void seed_gives_candidates_of_the_right_form(void **state)
{
    (void)state;
    BIGNUM *p = BN_new();
    BIGNUM *other = BN_new();
    for (int bits = 512; bits < 600; bits++) {
        tlsg_dh_origin_t origin = { .bits = bits, .seed = { 1, 2, 3 }, .offset = 12345 };
        assert_int_equal(tlsg_dh_seed_prime(&origin, p), 1);
        assert_int_equal(BN_num_bits(p), bits);
        assert_int_equal(BN_mod_word(p, 24), 23);
        origin.window = 1;
        assert_int_equal(tlsg_dh_seed_prime(&origin, other), 1);
        assert_int_not_equal(BN_cmp(p, other), 0);
        origin.window = 0;
        origin.seed[31] = 1;
        assert_int_equal(tlsg_dh_seed_prime(&origin, other), 1);
        assert_int_not_equal(BN_cmp(p, other), 0);
        origin.offset = tlsg_dh_seed_positions(bits);
        assert_int_equal(tlsg_dh_seed_prime(&origin, p), -1);
    }
    BN_free(p);
    BN_free(other);
}

static void assert_sound(const BIGNUM *p, int bits)
{
    tlsg_dh_proof_t proof;
    BIGNUM *two = BN_new();
    BN_set_word(two, 2);
    assert_int_equal(tlsg_dh_check(p, two, &proof), 1);
    assert_int_equal(proof.safe, TLSG_DH_YES);
    assert_int_equal(proof.order, TLSG_DH_ORDER_Q);
    assert_int_equal(BN_num_bits(p), bits);
    assert_int_equal(BN_mod_word(p, 24), 23);
    BN_free(two);
}

static void search_finds_safe_primes_on_every_kernel(void **state)
{
    (void)state;
    BIGNUM *p = BN_new();
    BIGNUM *again = BN_new();
    for (int bits = 512; bits <= 640; bits += 64) {
        tlsg_dh_plan_t plan;
        tlsg_dh_origin_t origin;
        tlsg_dh_search_plan(&plan, bits);
        for (int threads = 1; threads <= 3; threads += 2) {
            RAND_bytes(plan.seed, sizeof plan.seed);
            plan.threads = threads;
            assert_int_equal(tlsg_dh_search_run(&plan, NULL, NULL, p, &origin, NULL),
                             TLSG_DH_FOUND);
            assert_sound(p, bits);
            assert_int_equal(tlsg_dh_seed_prime(&origin, again), 1);
            assert_int_equal(BN_cmp(p, again), 0);
        }
        plan.kernel = TLSG_DH_KERNEL_BN;
        assert_int_equal(tlsg_dh_search_run(&plan, NULL, NULL, p, &origin, NULL), TLSG_DH_FOUND);
        assert_sound(p, bits);
    }
    BN_free(p);
    BN_free(again);
}

/* One thread, one seed: one result, so that a run can be repeated. */
static void search_is_repeatable_on_one_thread(void **state)
{
    (void)state;
    BIGNUM *p = BN_new();
    BIGNUM *again = BN_new();
    tlsg_dh_plan_t plan = { .seed = { 7 } };
    tlsg_dh_origin_t origin;
    tlsg_dh_search_plan(&plan, 512);
    assert_int_equal(tlsg_dh_search_run(&plan, NULL, NULL, p, &origin, NULL), TLSG_DH_FOUND);
    assert_int_equal(tlsg_dh_search_run(&plan, NULL, NULL, again, &origin, NULL), TLSG_DH_FOUND);
    assert_int_equal(BN_cmp(p, again), 0);
    BN_free(p);
    BN_free(again);
}

/* The counts are exponentially distributed, so their mean over n runs has a standard error of its
 * 1/sqrt(n). Five of them: a false alarm in a million. Survivors per window vary by a per cent. */
static void counts_are_as_theory_says(void **state)
{
    (void)state;
    static const uint32_t limits[] = { 1U << 16, 1U << 20 };
    const int runs = effort(6, 60, 2000);
    BIGNUM *p = BN_new();
    for (size_t l = 0; l < 2; l++) {
        tlsg_dh_plan_t plan;
        tlsg_dh_progress_t progress;
        double first = 0;
        double second = 0;
        double survivors = 0;
        double windows = 0;
        double expect_first;
        double expect_second;
        tlsg_dh_search_plan(&plan, 512);
        plan.limit = limits[l];
        tlsg_dh_search_expect(512, plan.limit, &expect_first, &expect_second);
        for (int i = 0; i < runs; i++) {
            tlsg_dh_origin_t origin;
            RAND_bytes(plan.seed, sizeof plan.seed);
            assert_int_equal(tlsg_dh_search_run(&plan, NULL, NULL, p, &origin, &progress),
                             TLSG_DH_FOUND);
            first += (double)progress.first_tests;
            second += (double)progress.second_tests;
            survivors += (double)progress.survivors;
            windows += progress.windows;
        }
        double tolerance = 5 / sqrt(runs);
        /* Eight lanes finish together: up to seven tests more than one at a time. */
        assert_true(fabs(first / runs / expect_first - 1) < tolerance + 8 / expect_first);
        assert_true(fabs(second / runs / expect_second - 1) < tolerance + 1 / expect_second);
        assert_true(fabs(survivors / windows / (5 * expect_first) - 1) < 0.5 / sqrt(runs));
    }
    BN_free(p);
}

static int cancel(const tlsg_dh_progress_t *progress, void *baton)
{
    int *calls = baton;
    assert_true(progress->expected > 1000);
    *calls += 1;
    return 0;
}

static void search_can_be_cancelled(void **state)
{
    (void)state;
    BIGNUM *p = BN_new();
    int calls = 0;
    tlsg_dh_plan_t plan;
    tlsg_dh_origin_t origin;
    tlsg_dh_search_plan(&plan, 8192);
    plan.threads = 2;
    RAND_bytes(plan.seed, sizeof plan.seed);
    assert_int_equal(tlsg_dh_search_run(&plan, cancel, &calls, p, &origin, NULL),
                     TLSG_DH_CANCELLED);
    assert_int_equal(calls, 1);
    BN_free(p);
}

/* Larger numbers leave more for the sieve to save, faster tests less. */
static void sieve_limits_suit_size_and_kernel(void **state)
{
    (void)state;
    assert_true(tlsg_dh_search_limit(1024, TLSG_DH_KERNEL_BN) >
                tlsg_dh_search_limit(512, TLSG_DH_KERNEL_BN));
    assert_true(tlsg_dh_search_limit(1024, TLSG_DH_KERNEL_BN) >=
                tlsg_dh_search_limit(1024, TLSG_DH_KERNEL_IFMA));
    assert_true(tlsg_dh_search_limit(4096, TLSG_DH_KERNEL_BN) >
                tlsg_dh_search_limit(1024, TLSG_DH_KERNEL_BN));
    assert_int_equal(tlsg_dh_search_limit(10000, TLSG_DH_KERNEL_BN), TLSG_DH_PRIMES_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primes_are_all_the_primes),
        cmocka_unit_test(sieve_strikes_exactly_the_multiples),
        cmocka_unit_test(sieve_strikes_with_the_largest_primes),
        cmocka_unit_test(sieve_kernels_strike_alike),
        cmocka_unit_test_teardown(seed_gives_candidates_of_the_right_form, no_errors_left),
        cmocka_unit_test_teardown(search_finds_safe_primes_on_every_kernel, no_errors_left),
        cmocka_unit_test_teardown(search_is_repeatable_on_one_thread, no_errors_left),
        cmocka_unit_test_teardown(counts_are_as_theory_says, no_errors_left),
        cmocka_unit_test_teardown(search_can_be_cancelled, no_errors_left),
        cmocka_unit_test(sieve_limits_suit_size_and_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
