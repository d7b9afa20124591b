/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_sieve.h"

#include <stdlib.h>
#include <string.h>

#include "dh_residue.h"

/* Primes whose residues are computed together; even, for the portable way takes them in pairs. */
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
    window->limbs = bytes / 8 + 1;
    window->limb = calloc(window->limbs, sizeof *window->limb);
    window->narrow_limbs = bytes * 8 / TLSG_DH_RESIDUE_LIMB + 1;
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
    if (window->kernel == TLSG_DH_KERNEL_IFMA && count == BLOCK &&
        primes[0] >= TLSG_DH_RESIDUE_MIN) {
        tlsg_dh_residue_run(window->narrow, window->narrow_limbs, primes, out);
        return;
    }
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
