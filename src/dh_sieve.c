/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_sieve.h"

#include <stdlib.h>
#include <string.h>

#include "dh_residue.h"

/* Primes whose residues are computed together. */
#define BLOCK TLSG_DH_RESIDUE_BLOCK

struct tlsg_dh_window_t {
    uint32_t positions;
    tlsg_dh_kernel_t kernel;
    size_t limbs;
    uint64_t *limb; /* of start, 64 bits each, lowest first */
    size_t narrow_limbs;
    uint64_t *narrow; /* of start, 52 bits each */
};

/* Cuts a little-endian image into limbs of so many bits. */
static void cut(const unsigned char *image, size_t bytes, unsigned bits, uint64_t *limb)
{
    for (size_t i = 0; i < bytes * 8; i++) {
        limb[i / bits] |= (uint64_t)(image[i / 8] >> (i % 8) & 1) << (i % bits);
    }
}

tlsg_dh_window_t *tlsg_dh_sieve_window(const BIGNUM *start, uint32_t positions,
                                       tlsg_dh_kernel_t kernel)
{
    size_t bytes = (size_t)BN_num_bytes(start);
    tlsg_dh_window_t *window = calloc(1, sizeof *window);
    unsigned char *image = malloc(bytes + 1);
    if (window == NULL || image == NULL) {
        free(window);
        free(image);
        return NULL;
    }
    window->positions = positions;
    window->kernel = kernel;
    window->limbs = (bytes + 7) / 8;
    window->limb = calloc(window->limbs, sizeof *window->limb);
    window->narrow_limbs = (bytes * 8 + TLSG_DH_RESIDUE_LIMB - 1) / TLSG_DH_RESIDUE_LIMB;
    window->narrow = calloc(window->narrow_limbs, sizeof *window->narrow);
    if (window->limb == NULL || window->narrow == NULL ||
        BN_bn2lebinpad(start, image, (int)bytes) < 0) {
        tlsg_dh_sieve_free(window);
        free(image);
        return NULL;
    }
    cut(image, bytes, 64, window->limb);
    cut(image, bytes, TLSG_DH_RESIDUE_LIMB, window->narrow);
    free(image);
    return window;
}

void tlsg_dh_sieve_free(tlsg_dh_window_t *window)
{
    if (window != NULL) {
        free(window->limb);
        free(window->narrow);
        free(window);
    }
}

size_t tlsg_dh_sieve_words(const tlsg_dh_window_t *window)
{
    return ((size_t)window->positions + 63) / 64;
}

/* ---- Residues -------------------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 uint128_t;

/* Two primes at a time, by way of their product, which is below 2^60: two multiplications a limb
 * and no division, for a state of two limbs folds as high * 2^128 + low * 2^64 + limb and stays
 * below 2^125. */
typedef struct {
    uint64_t d, fold1, fold2; /* the product; 2^64 and 2^128 modulo it */
    uint128_t state;
} pair_t;

static pair_t pair_of(uint32_t r1, uint32_t r2)
{
    pair_t pair = { .d = (uint64_t)r1 * r2 };
    pair.fold1 = (uint64_t)(-pair.d) % pair.d;
    pair.fold2 = (uint64_t)((uint128_t)pair.fold1 * pair.fold1 % pair.d);
    return pair;
}

static inline void fold(pair_t *pair, uint64_t limb)
{
    pair->state = (uint128_t)(uint64_t)(pair->state >> 64) * pair->fold2 +
                  (uint128_t)(uint64_t)pair->state * pair->fold1 + limb;
}

/* start modulo four primes; of two pairs one multiplies while the other waits for its sum. */
static void residue_four(const tlsg_dh_window_t *window, const uint32_t r[4], uint32_t out[4])
{
    pair_t a = pair_of(r[0], r[1]);
    pair_t b = pair_of(r[2], r[3]);
    for (size_t i = window->limbs; i-- > 0;) {
        fold(&a, window->limb[i]);
        fold(&b, window->limb[i]);
    }
    uint64_t x = (uint64_t)(a.state % a.d);
    uint64_t y = (uint64_t)(b.state % b.d);
    out[0] = (uint32_t)(x % r[0]);
    out[1] = (uint32_t)(x % r[1]);
    out[2] = (uint32_t)(y % r[2]);
    out[3] = (uint32_t)(y % r[3]);
}

static void residues(const tlsg_dh_window_t *window, const uint32_t *primes, size_t count,
                     uint32_t *out)
{
    size_t i = 0;
    if (window->kernel == TLSG_DH_KERNEL_IFMA && count == BLOCK &&
        primes[0] >= TLSG_DH_RESIDUE_MIN) {
        tlsg_dh_residue_run(window->narrow, window->narrow_limbs, primes, out);
        return;
    }
    for (; i + 4 <= count; i += 4) {
        residue_four(window, primes + i, out + i);
    }
    if (i < count) {
        /* The rest is filled up with a modulus that does no harm. */
        uint32_t r[4] = { 3, 3, 3, 3 };
        uint32_t last[4];
        memcpy(r, primes + i, (count - i) * sizeof *primes);
        residue_four(window, r, last);
        memcpy(out + i, last, (count - i) * sizeof *out);
    }
}

/* ---- Strikes --------------------------------------------------------------------------------- */

/* The k below r with 12k = x mod r: x + jr is a multiple of 12 for j = -x/r mod 12, and every r is
 * its own inverse modulo 12. */
static uint32_t divide_by_step(uint32_t x, uint32_t r)
{
    uint32_t j =
        (TLSG_DH_STEP - x % TLSG_DH_STEP * (r % TLSG_DH_STEP) % TLSG_DH_STEP) % TLSG_DH_STEP;
    return (uint32_t)((x + (uint64_t)j * r) / TLSG_DH_STEP);
}

static void strike_from(uint64_t k, uint32_t r, uint32_t positions, uint64_t *map)
{
    for (; k < positions; k += r) {
        map[k / 64] |= UINT64_C(1) << (k % 64);
    }
}

void tlsg_dh_sieve_strike(const tlsg_dh_window_t *window, const uint32_t *primes, size_t count,
                          uint64_t *map)
{
    uint32_t residue[BLOCK];
    for (size_t done = 0; done < count; done += BLOCK) {
        size_t n = count - done < BLOCK ? count - done : BLOCK;
        residues(window, primes + done, n, residue);
        for (size_t i = 0; i < n; i++) {
            uint32_t r = primes[done + i];
            uint32_t minus = residue[i] == 0 ? 0 : r - residue[i];
            /* r divides q where q = 0, and p = 2q + 1 where q = (r-1)/2. */
            uint32_t half = minus + r / 2 >= r ? minus + r / 2 - r : minus + r / 2;
            strike_from(divide_by_step(minus, r), r, window->positions, map);
            strike_from(divide_by_step(half, r), r, window->positions, map);
        }
    }
}
