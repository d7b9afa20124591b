/* SPDX-License-Identifier: Apache-2.0 */
/* Where a generated prime comes from: a 256-bit seed names the places that are searched, so that anybody
 * can recompute the prime from the seed and see that nobody chose it (a prime with a trapdoor for the
 * number field sieve cannot be told by looking at it: Fried, Gaudry, Heninger, Thome, 2017). */
#ifndef TLSG_DH_SEED_H
#define TLSG_DH_SEED_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bn.h>

#define TLSG_DH_SEED_BYTES 32

/* A prime's origin. */
typedef struct tlsg_dh_origin_t {
    int bits; /* of p */
    unsigned char seed[TLSG_DH_SEED_BYTES];
    uint32_t window; /* how many windows were drawn before this one */
    uint32_t offset; /* q = start of the window + 12 * offset */
} tlsg_dh_origin_t;

/* Candidates in a window: five times the average distance of safe primes, so that 1 window in 150 holds
 * none; a multiple of 64. */
uint32_t tlsg_dh_seed_positions(int bits);

/* Computes the start of a window: SHAKE256 over a label, bits, seed and window number, cut to a number of
 * bits-1 bits with the top bit set, raised to the next 11 mod 12. Returns 1; 0 when memory is short;
 * -1 when the window would leave the range of bits-1 bits (about 1 in 2^(bits-24)) and is not used. */
int tlsg_dh_seed_start(const tlsg_dh_origin_t *origin, BIGNUM *start);

/* Fills `bytes` from SHAKE256 over another label and the same input: the order in which a window's
 * candidates are tried. Returns 1, or 0 when memory is short. */
int tlsg_dh_seed_order(const tlsg_dh_origin_t *origin, unsigned char *bytes, size_t len);

/* Computes p = 2 * (start + 12 * offset) + 1. Returns 1; 0 when memory is short; -1 when the offset lies
 * outside the window or the window is not used. Says nothing about whether p is prime. */
int tlsg_dh_seed_prime(const tlsg_dh_origin_t *origin, BIGNUM *p);

#endif
