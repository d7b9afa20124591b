/* SPDX-License-Identifier: Apache-2.0 */
/* One long number modulo many small primes with AVX-512 IFMA: the sieve's hot spot. Compiled
 * everywhere, usable where tlsg_dh_ifma_usable() says so. */
#ifndef TLSG_DH_RESIDUE_H
#define TLSG_DH_RESIDUE_H

#include <stddef.h>
#include <stdint.h>

/* Primes that are divided by together. */
#define TLSG_DH_RESIDUE_BLOCK 64

/* Bits of a limb. */
#define TLSG_DH_RESIDUE_LIMB 52

/* Primes from here on, and below 2^30; smaller ones would overflow a quotient. */
#define TLSG_DH_RESIDUE_MIN (1U << 20)

/* out[i] = number mod prime[i] for TLSG_DH_RESIDUE_BLOCK odd primes in the range above. `limb` holds the
 * number in 52-bit limbs, lowest first; `limbs` is at most 1000. */
void tlsg_dh_residue_run(const uint64_t *limb, size_t limbs, const uint32_t *prime, uint32_t *out);

#endif
