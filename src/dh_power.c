/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_power.h"

#include <stdlib.h>

#include "dh_ifma.h"

struct tlsg_dh_power_t {
    tlsg_dh_kernel_t kernel;
    BN_CTX *ctx;
    BN_MONT_CTX *mont;
    tlsg_dh_ifma_t *ifma;
};

int tlsg_dh_power_has(tlsg_dh_kernel_t kernel)
{
    return kernel == TLSG_DH_KERNEL_BN || (kernel == TLSG_DH_KERNEL_IFMA && tlsg_dh_ifma_usable());
}

tlsg_dh_kernel_t tlsg_dh_power_best(void)
{
    return tlsg_dh_power_has(TLSG_DH_KERNEL_IFMA) ? TLSG_DH_KERNEL_IFMA : TLSG_DH_KERNEL_BN;
}

const char *tlsg_dh_power_name(tlsg_dh_kernel_t kernel)
{
    return kernel == TLSG_DH_KERNEL_IFMA ? "ifma" : "bn";
}

tlsg_dh_power_t *tlsg_dh_power_make(int bits, tlsg_dh_kernel_t kernel)
{
    tlsg_dh_power_t *power = tlsg_dh_power_has(kernel) ? calloc(1, sizeof *power) : NULL;
    if (power == NULL) {
        return NULL;
    }
    power->kernel = kernel;
    power->ctx = BN_CTX_new();
    power->mont = BN_MONT_CTX_new();
    power->ifma = kernel == TLSG_DH_KERNEL_IFMA ? tlsg_dh_ifma_make(bits) : NULL;
    if (power->ctx == NULL || power->mont == NULL ||
        (kernel == TLSG_DH_KERNEL_IFMA && power->ifma == NULL)) {
        tlsg_dh_power_free(power);
        return NULL;
    }
    return power;
}

void tlsg_dh_power_free(tlsg_dh_power_t *power)
{
    if (power != NULL) {
        tlsg_dh_ifma_free(power->ifma);
        BN_MONT_CTX_free(power->mont);
        BN_CTX_free(power->ctx);
        free(power);
    }
}

int tlsg_dh_power_lanes(const tlsg_dh_power_t *power)
{
    return power->kernel == TLSG_DH_KERNEL_IFMA ? TLSG_DH_LANES : 1;
}

/* Squarings and doublings only: a general exponentiation would also multiply. */
static int power_bn(tlsg_dh_power_t *power, const BIGNUM *modulus, const BIGNUM *exponent,
                    BIGNUM *result)
{
    int bit = BN_num_bits(exponent) - 1;
    int head = 0;
    /* The leading exponent bits that keep 2^head below the modulus need no arithmetic. */
    for (; bit >= 0; bit--) {
        int next = 2 * head + BN_is_bit_set(exponent, bit);
        if (next >= BN_num_bits(modulus) - 1) {
            break;
        }
        head = next;
    }
    if (!BN_MONT_CTX_set(power->mont, modulus, power->ctx) || !BN_set_word(result, 1) ||
        !BN_lshift(result, result, head) ||
        !BN_to_montgomery(result, result, power->mont, power->ctx)) {
        return 0;
    }
    for (; bit >= 0; bit--) {
        if (!BN_mod_mul_montgomery(result, result, result, power->mont, power->ctx) ||
            (BN_is_bit_set(exponent, bit) && !BN_mod_lshift1_quick(result, result, modulus))) {
            return 0;
        }
    }
    return BN_from_montgomery(result, result, power->mont, power->ctx);
}

int tlsg_dh_power_run(tlsg_dh_power_t *power, int count, const BIGNUM *const *modulus,
                      const BIGNUM *const *exponent, BIGNUM *const *result)
{
    if (power->kernel == TLSG_DH_KERNEL_IFMA) {
        return tlsg_dh_ifma_run(power->ifma, count, modulus, exponent, result);
    }
    for (int i = 0; i < count; i++) {
        if (!power_bn(power, modulus[i], exponent[i], result[i])) {
            return 0;
        }
    }
    return 1;
}
