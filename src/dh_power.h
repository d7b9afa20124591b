/* SPDX-License-Identifier: Apache-2.0 */
/* 2^e mod m for odd m of up to TLSG_DH_BITS_MAX bits, several at a time where the processor can: the
 * arithmetic of the safe prime search. Every kernel gives the same results. Not constant time: groups
 * are public. */
#ifndef TLSG_DH_POWER_H
#define TLSG_DH_POWER_H

#include <openssl/bn.h>

/* Powers computed at once, at most. */
#define TLSG_DH_LANES 8

typedef enum tlsg_dh_kernel_t {
    TLSG_DH_KERNEL_BN = 0, /* OpenSSL's Montgomery squaring, one power at a time; everywhere */
    TLSG_DH_KERNEL_IFMA,   /* eight at a time; x86-64 with AVX-512 IFMA */
    TLSG_DH_KERNELS,       /* their number */
} tlsg_dh_kernel_t;

/* 1 when this build and this processor have the kernel. */
int tlsg_dh_power_has(tlsg_dh_kernel_t kernel);

/* The fastest kernel there is here. */
tlsg_dh_kernel_t tlsg_dh_power_best(void);

/* "bn", "ifma". */
const char *tlsg_dh_power_name(tlsg_dh_kernel_t kernel);

/* The room one thread computes in. */
typedef struct tlsg_dh_power_t tlsg_dh_power_t;

/* Room for moduli of up to `bits` bits. NULL when memory is short or the kernel is not there. */
tlsg_dh_power_t *tlsg_dh_power_make(int bits, tlsg_dh_kernel_t kernel);
void tlsg_dh_power_free(tlsg_dh_power_t *power);

/* How many powers the kernel computes at once; fewer cost as much as all. */
int tlsg_dh_power_lanes(const tlsg_dh_power_t *power);

/* result[i] = 2^exponent[i] mod modulus[i] for i < count <= lanes. Moduli are odd, at least 3 and no
 * larger than the room; exponents are not negative. Returns 1, or 0 when memory is short. */
int tlsg_dh_power_run(tlsg_dh_power_t *power, int count, const BIGNUM *const *modulus,
                      const BIGNUM *const *exponent, BIGNUM *const *result);

#endif
