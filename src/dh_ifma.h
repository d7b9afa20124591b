/* SPDX-License-Identifier: Apache-2.0 */
/* Eight powers of two side by side with AVX-512 IFMA: one modulus per 64-bit lane, numbers in limbs of
 * 52 bits. Compiled everywhere, usable where the processor has the instructions; dh_power.h chooses. */
#ifndef TLSG_DH_IFMA_H
#define TLSG_DH_IFMA_H

#include <openssl/bn.h>

/* 1 when build and processor have what it takes. */
int tlsg_dh_ifma_usable(void);

/* The room one thread computes in. */
typedef struct tlsg_dh_ifma_t tlsg_dh_ifma_t;

/* Room for moduli of up to `bits` bits; NULL when memory is short. Only where usable. */
tlsg_dh_ifma_t *tlsg_dh_ifma_make(int bits);
void tlsg_dh_ifma_free(tlsg_dh_ifma_t *room);

/* As tlsg_dh_power_run(), for count <= 8. */
int tlsg_dh_ifma_run(tlsg_dh_ifma_t *room, int count, const BIGNUM *const *modulus,
                     const BIGNUM *const *exponent, BIGNUM *const *result);

#endif
