/* SPDX-License-Identifier: Apache-2.0 */
/* The odd primes of an interval, in order: what the sieve for safe primes divides by. Any number of
 * threads may list from one base. */
#ifndef TLSG_DH_PRIMES_H
#define TLSG_DH_PRIMES_H

#include <stddef.h>
#include <stdint.h>

/* Numbers in one interval: their odd half is a bit map of 32 kB, which stays in the first level cache. */
#define TLSG_DH_PRIMES_SPAN (1U << 19)

/* Room for the primes of any one interval; the first has the most, 43,389. */
#define TLSG_DH_PRIMES_MAX 43400U

/* Highest limit; products of two primes must stay below 2^60 (dh_sieve.c). */
#define TLSG_DH_PRIMES_LIMIT (1U << 30)

/* Small primes and a pattern of their multiples. Read-only once made. */
typedef struct tlsg_dh_primes_t tlsg_dh_primes_t;

/* A base for intervals below TLSG_DH_PRIMES_LIMIT; NULL when memory is short. */
tlsg_dh_primes_t *tlsg_dh_primes_make(void);
void tlsg_dh_primes_free(tlsg_dh_primes_t *base);

/* Writes the odd primes of [from, from + TLSG_DH_PRIMES_SPAN) to `out` (room for TLSG_DH_PRIMES_MAX) and
 * returns how many there are. `from` is a multiple of the span and below the limit. */
size_t tlsg_dh_primes_list(const tlsg_dh_primes_t *base, uint32_t from, uint32_t *out);

#endif
