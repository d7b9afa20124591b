/* SPDX-License-Identifier: Apache-2.0 */
/* The combined sieve of the safe prime search: strikes every position k of a window where
 * q = start + 12k or p = 2q + 1 has a small factor. Several threads may strike one window, each in a bit
 * map of its own. */
#ifndef TLSG_DH_SIEVE_H
#define TLSG_DH_SIEVE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bn.h>

#include "dh_power.h"

/* Distance between candidates: q = 11 mod 12 makes p = 23 mod 24, so that neither 2 nor 3 divides q or p
 * and 2 is a square modulo p, hence of order q. */
#define TLSG_DH_STEP 12

/* A window of candidates. */
typedef struct tlsg_dh_window_t tlsg_dh_window_t;

/* The window of `positions` candidates from `start` on, which is 11 mod 12 and larger than any prime
 * struck with; `kernel` computes the residues. NULL when memory is short. */
tlsg_dh_window_t *tlsg_dh_sieve_window(const BIGNUM *start, uint32_t positions,
                                       tlsg_dh_kernel_t kernel);
void tlsg_dh_sieve_free(tlsg_dh_window_t *window);

/* 64-bit words of a bit map for the window; bit k % 64 of word k / 64 belongs to position k. */
size_t tlsg_dh_sieve_words(const tlsg_dh_window_t *window);

/* Sets in `map` the bit of every position where one of the `count` primes (odd, from 5 on, below
 * TLSG_DH_PRIMES_LIMIT) divides q or p. */
void tlsg_dh_sieve_strike(const tlsg_dh_window_t *window, const uint32_t *primes, size_t count,
                          uint64_t *map);

#endif
