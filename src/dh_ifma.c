/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_ifma.h"

#include <stddef.h>

int tlsg_dh_ifma_usable(void)
{
    return 0;
}

tlsg_dh_ifma_t *tlsg_dh_ifma_make(int bits)
{
    (void)bits;
    return NULL;
}

void tlsg_dh_ifma_free(tlsg_dh_ifma_t *room)
{
    (void)room;
}

int tlsg_dh_ifma_run(tlsg_dh_ifma_t *room, int count, const BIGNUM *const *modulus,
                     const BIGNUM *const *exponent, BIGNUM *const *result)
{
    (void)room;
    (void)count;
    (void)modulus;
    (void)exponent;
    (void)result;
    return 0;
}
