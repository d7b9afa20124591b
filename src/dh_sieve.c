/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_sieve.h"

#include <stdlib.h>
#include <string.h>

/* Primes whose residues are computed together; even, for they are taken in pairs. */
#define BLOCK 256

struct tlsg_dh_window_t {
    uint32_t positions;
    size_t limbs;
    uint64_t *limb; /* of start, lowest first */
};

tlsg_dh_window_t *tlsg_dh_sieve_window(const BIGNUM *start, uint32_t positions)
{
    int bytes = BN_num_bytes(start);
    size_t limbs = ((size_t)bytes + 7) / 8;
    tlsg_dh_window_t *window = calloc(1, sizeof *window);
    unsigned char *image = malloc(limbs * 8);
    uint64_t *limb = calloc(limbs, sizeof *limb);
    if (window == NULL || image == NULL || limb == NULL ||
        BN_bn2lebinpad(start, image, (int)limbs * 8) < 0) {
        free(window);
        free(limb);
        free(image);
        return NULL;
    }
    for (size_t i = 0; i < limbs * 8; i++) {
        limb[i / 8] |= (uint64_t)image[i] << (8 * (i % 8));
    }
    free(image);
    window->positions = positions;
    window->limbs = limbs;
    window->limb = limb;
    return window;
}

void tlsg_dh_sieve_free(tlsg_dh_window_t *window)
{
    if (window != NULL) {
        free(window->limb);
        free(window);
    }
}

size_t tlsg_dh_sieve_words(const tlsg_dh_window_t *window)
{
    return ((size_t)window->positions + 63) / 64;
}

/* ---- Residues -------------------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 uint128_t;

/* start modulo r1 and r2, by way of their product, which is below 2^60: two multiplications a limb
 * and no division, for a state of two limbs folds as high * 2^128 + low * 2^64 + limb and stays
 * below 2^125. */
static void residue_pair(const tlsg_dh_window_t *window, uint32_t r1, uint32_t r2, uint32_t out[2])
{
    const uint64_t d = (uint64_t)r1 * r2;
    const uint64_t fold1 = (uint64_t)(-d) % d; /* 2^64 mod d */
    const uint64_t fold2 = (uint64_t)((uint128_t)fold1 * fold1 % d);
    uint128_t state = 0;
    for (size_t i = window->limbs; i-- > 0;) {
        state = (uint128_t)(uint64_t)(state >> 64) * fold2 + (uint128_t)(uint64_t)state * fold1 +
                window->limb[i];
    }
    uint64_t x = (uint64_t)(state % d);
    out[0] = (uint32_t)(x % r1);
    out[1] = (uint32_t)(x % r2);
}

static void residues(const tlsg_dh_window_t *window, const uint32_t *primes, size_t count,
                     uint32_t *out)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        residue_pair(window, primes[i], primes[i + 1], out + i);
    }
    if (count % 2 != 0) {
        uint32_t last[2];
        residue_pair(window, primes[count - 1], 1, last);
        out[count - 1] = last[0];
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
