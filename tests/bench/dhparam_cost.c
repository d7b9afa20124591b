/* SPDX-License-Identifier: Apache-2.0 */
/* What a new group costs, here and with OpenSSL's own generator, in processor time of one
 * thread. Generation times are exponentially distributed, so single runs say nothing: the cost
 * of a test is measured in interleaved pairs of blocks and multiplied by the number of tests
 * that theory predicts (tests/unit/test_dh_search.c proves those counts by experiment). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "dh.h"
#include "dh_primes.h"
#include "dh_search.h"
#include "dh_sieve.h"

#define PAIRS 12           /* blocks of each kind */
#define SAMPLES 48U        /* intervals of the sieve that are measured */
#define BLOCK_SECONDS 0.25 /* of either side */
#define T_95 2.201         /* Student's t for 11 degrees of freedom, 95 % */

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- OpenSSL --------------------------------------------------------------------------------- */

typedef struct {
    int wanted;
    int tested;
} counter_t;

/* Called for every candidate; ends the generation after `wanted` of them. */
static int count_candidates(EVP_PKEY_CTX *ctx)
{
    counter_t *counter = EVP_PKEY_CTX_get_app_data(ctx);
    if (EVP_PKEY_CTX_get_keygen_info(ctx, 0) == 0) {
        counter->tested++;
    }
    return counter->tested <= counter->wanted;
}

/* Seconds per candidate. */
static double openssl_test(int bits, int candidates)
{
    counter_t counter = { candidates, 0 };
    int done = 0;
    double began = cpu();
    while (done < candidates) {
        EVP_PKEY *key = NULL;
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_DH, NULL);
        counter.wanted = candidates - done;
        counter.tested = 0;
        EVP_PKEY_paramgen_init(ctx);
        EVP_PKEY_CTX_set_dh_paramgen_prime_len(ctx, bits);
        EVP_PKEY_CTX_set_app_data(ctx, &counter);
        EVP_PKEY_CTX_set_cb(ctx, count_candidates);
        EVP_PKEY_paramgen(ctx, &key);
        EVP_PKEY_free(key);
        EVP_PKEY_CTX_free(ctx);
        done += counter.tested > counter.wanted ? counter.wanted : counter.tested;
    }
    return (cpu() - began) / candidates;
}

/* Tests that OpenSSL 3.0 makes: it divides p and q by its first 384 (to 2048 bits), 1024 or 2048
 * primes, 2 included (crypto/bn/bn_prime.c). */
static double openssl_tests(int bits)
{
    const size_t primes = bits <= 512    ? 64
                          : bits <= 1024 ? 128
                          : bits <= 2048 ? 384
                          : bits <= 4096 ? 1024
                                         : 2048;
    uint32_t *prime = malloc(TLSG_DH_PRIMES_MAX * sizeof *prime);
    tlsg_dh_primes_t *base = tlsg_dh_primes_make();
    double survive = 0.5;
    double odds = 2;
    tlsg_dh_primes_list(base, 0, prime);
    for (size_t i = 0; i + 1 < primes; i++) {
        survive *= 1 - 2.0 / prime[i];
        odds *= prime[i] / (prime[i] - 1.0);
    }
    double ln_p = bits * log(2);
    double first = survive * ln_p * (ln_p - log(2)) / (2 * 0.6601618158);
    tlsg_dh_primes_free(base);
    free(prime);
    return first + first * odds / ln_p;
}

/* Seconds for 64 or 128 rounds on a prime and on its half. */
static double openssl_proof(const BIGNUM *p)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *q = BN_new();
    BN_rshift1(q, p);
    double began = cpu();
    if (BN_check_prime(p, ctx, NULL) != 1 || BN_check_prime(q, ctx, NULL) != 1) {
        abort();
    }
    double seconds = cpu() - began;
    BN_free(q);
    BN_CTX_free(ctx);
    return seconds;
}

/* ---- This program ---------------------------------------------------------------------------- */

static double own_test(int bits, tlsg_dh_kernel_t kernel, int candidates)
{
    BIGNUM *number[3][TLSG_DH_LANES];
    tlsg_dh_power_t *power = tlsg_dh_power_make(bits, kernel);
    const int lanes = tlsg_dh_power_lanes(power);
    int done = 0;
    for (int i = 0; i < TLSG_DH_LANES; i++) {
        for (int n = 0; n < 3; n++) {
            number[n][i] = BN_new();
        }
        BN_rand(number[0][i], bits - 1, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
        BN_rshift1(number[1][i], number[0][i]);
    }
    double began = cpu();
    for (; done < candidates; done += lanes) {
        tlsg_dh_power_run(power, lanes, (const BIGNUM *const *)number[0],
                          (const BIGNUM *const *)number[1], number[2]);
    }
    double seconds = (cpu() - began) / done;
    for (int i = 0; i < TLSG_DH_LANES; i++) {
        for (int n = 0; n < 3; n++) {
            BN_free(number[n][i]);
        }
    }
    tlsg_dh_power_free(power);
    return seconds;
}

/* Seconds for the whole sieve, from a sample of its intervals. */
static double own_sieve(int bits, uint32_t limit, tlsg_dh_kernel_t kernel)
{
    const uint32_t intervals = limit / TLSG_DH_PRIMES_SPAN;
    const uint32_t step = intervals > SAMPLES ? intervals / SAMPLES : 1;
    tlsg_dh_origin_t origin = { .bits = bits };
    BIGNUM *start = BN_new();
    uint32_t *prime = malloc(TLSG_DH_PRIMES_MAX * sizeof *prime);
    tlsg_dh_primes_t *base = tlsg_dh_primes_make();
    tlsg_dh_seed_start(&origin, start);
    tlsg_dh_window_t *window = tlsg_dh_sieve_window(start, tlsg_dh_seed_positions(bits), kernel);
    uint64_t *map = calloc(tlsg_dh_sieve_words(window), sizeof *map);
    double seconds = 0;
    for (uint32_t at = 0; at < intervals; at += at == 0 ? 1 : step) {
        double began = cpu();
        size_t count = tlsg_dh_primes_list(base, at * TLSG_DH_PRIMES_SPAN, prime);
        size_t skip = at == 0 ? 1 : 0;
        tlsg_dh_sieve_strike(window, prime + skip, count - skip, map);
        /* The first interval, which marks most, stands for itself only. */
        seconds += (cpu() - began) * (at == 0 ? 1 : step);
    }
    free(map);
    free(prime);
    tlsg_dh_sieve_free(window);
    tlsg_dh_primes_free(base);
    BN_free(start);
    return seconds;
}

static double own_proof(const BIGNUM *p)
{
    tlsg_dh_proof_t proof;
    BIGNUM *two = BN_new();
    BN_set_word(two, 2);
    double began = cpu();
    if (!tlsg_dh_check(p, two, &proof) || proof.safe != TLSG_DH_YES) {
        abort();
    }
    double seconds = cpu() - began;
    BN_free(two);
    return seconds;
}

/* ---- Comparison ------------------------------------------------------------------------------ */

static BIGNUM *standard_prime(int bits)
{
    switch (bits) {
    case 1536:
        return BN_get_rfc3526_prime_1536(NULL);
    case 2048:
        return BN_get_rfc3526_prime_2048(NULL);
    case 3072:
        return BN_get_rfc3526_prime_3072(NULL);
    case 4096:
        return BN_get_rfc3526_prime_4096(NULL);
    default:
        return NULL;
    }
}

/* Measures one size and one kernel. Returns the ratio of the whole jobs. */
static double compare(int bits, tlsg_dh_kernel_t kernel)
{
    double theirs[PAIRS];
    double own[PAIRS];
    double logs[PAIRS];
    double mean = 0;
    double variance = 0;
    double first;
    double second;
    const uint32_t limit = tlsg_dh_search_limit(bits, kernel);
    BIGNUM *p = standard_prime(bits);
    int their_block = (int)(BLOCK_SECONDS / openssl_test(bits, 4)) + 1;
    int own_block = (int)(BLOCK_SECONDS / own_test(bits, kernel, 8)) + 1;
    for (int i = 0; i < PAIRS; i++) {
        theirs[i] = openssl_test(bits, their_block);
        own[i] = own_test(bits, kernel, own_block);
        logs[i] = log(theirs[i] / own[i]);
        mean += logs[i] / PAIRS;
    }
    for (int i = 0; i < PAIRS; i++) {
        variance += (logs[i] - mean) * (logs[i] - mean) / (PAIRS - 1);
    }
    double spread = T_95 * sqrt(variance / PAIRS);
    qsort(theirs, PAIRS, sizeof theirs[0], by_size);
    qsort(own, PAIRS, sizeof own[0], by_size);
    tlsg_dh_search_expect(bits, limit, &first, &second);
    double tests = openssl_tests(bits);
    double proof = openssl_proof(p);
    double sieve = own_sieve(bits, limit, kernel);
    double own_end = own_proof(p);
    double their_job = tests * theirs[0] + proof;
    double own_job = (first + second) * own[0] + sieve + own_end;
    /* The paired ratio, not the ratio of two minima, carries the comparison. */
    double ratio = their_job / ((first + second) * theirs[0] / exp(mean) + sieve + own_end);
    printf("%d bits, kernel %s, sieve to 2^%.0f\n", bits, tlsg_dh_power_name(kernel), log2(limit));
    printf("  per test     OpenSSL %8.1f us (median %.1f)   here %8.1f us (median %.1f)   "
           "paired ratio %.2f [%.2f, %.2f]\n",
           theirs[0] * 1e6, theirs[PAIRS / 2] * 1e6, own[0] * 1e6, own[PAIRS / 2] * 1e6, exp(mean),
           exp(mean - spread), exp(mean + spread));
    printf("  tests        OpenSSL %8.0f                     here %8.0f\n", tests, first + second);
    printf("  other        OpenSSL %8.2f s proof             here %8.2f s sieve, %.2f s proof\n",
           proof, sieve, own_end);
    printf("  whole job    OpenSSL %8.2f s                   here %8.2f s   ratio %.1f\n",
           their_job, own_job, ratio);
    BN_free(p);
    return ratio;
}

int main(int argc, const char *const *argv)
{
    int failed = 0;
    double least = argc > 1 ? strtod(argv[1], NULL) : 0;
    for (int i = 2; i < argc; i++) {
        int bits = (int)strtol(argv[i], NULL, 10);
        for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
            if (tlsg_dh_power_has(k) && compare(bits, k) < least) {
                printf("  below %.1f\n", least);
                failed = 1;
            }
        }
    }
    return failed;
}
