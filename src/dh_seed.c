/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_seed.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "dh_sieve.h"

/* Thousandths of bits squared: 5 * ln(2)^2 / (2 * C2 * 6), C2 = 0.6601618 the twin prime constant.
 * One number in ln(q) ln(p) / (2 C2) is the q of a safe prime; all of them are 5 mod 6, so that one
 * candidate (11 mod 12) is six times as likely as a number. */
#define WINDOW_FACTOR 303

#define LABEL "tlsguard-dhparam 1 "

uint32_t tlsg_dh_seed_positions(int bits)
{
    uint64_t positions = (uint64_t)bits * (uint64_t)bits * WINDOW_FACTOR / 1000;
    return (uint32_t)((positions + 63) / 64 * 64);
}

static int expand(const char *purpose, const tlsg_dh_origin_t *origin, unsigned char *bytes,
                  size_t len)
{
    unsigned char numbers[8];
    for (unsigned i = 0; i < 4; i++) {
        numbers[i] = (unsigned char)((uint32_t)origin->bits >> (24 - 8 * i));
        numbers[4 + i] = (unsigned char)(origin->window >> (24 - 8 * i));
    }
    ERR_set_mark();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int done = md != NULL && EVP_DigestInit_ex(md, EVP_shake256(), NULL) &&
               EVP_DigestUpdate(md, LABEL, strlen(LABEL)) &&
               EVP_DigestUpdate(md, purpose, strlen(purpose) + 1) &&
               EVP_DigestUpdate(md, numbers, sizeof numbers) &&
               EVP_DigestUpdate(md, origin->seed, sizeof origin->seed) &&
               EVP_DigestFinalXOF(md, bytes, len);
    EVP_MD_CTX_free(md);
    ERR_pop_to_mark();
    return done;
}

int tlsg_dh_seed_order(const tlsg_dh_origin_t *origin, unsigned char *bytes, size_t len)
{
    return expand("order", origin, bytes, len);
}

int tlsg_dh_seed_start(const tlsg_dh_origin_t *origin, BIGNUM *start)
{
    const int bits = origin->bits - 1;
    const size_t len = ((size_t)bits + 7) / 8;
    int result = 0;
    unsigned char *bytes = malloc(len);
    BIGNUM *end = BN_new();
    if (bytes == NULL || end == NULL || !expand("start", origin, bytes, len) ||
        BN_bin2bn(bytes, (int)len, start) == NULL) {
        goto out;
    }
    /* BN_mask_bits() fails for a number that is short enough already. */
    if ((BN_num_bits(start) > bits && !BN_mask_bits(start, bits)) || !BN_set_bit(start, bits - 1)) {
        goto out;
    }
    if (!BN_add_word(start, TLSG_DH_STEP - 1 - BN_mod_word(start, TLSG_DH_STEP)) ||
        BN_copy(end, start) == NULL ||
        !BN_add_word(end, (BN_ULONG)tlsg_dh_seed_positions(origin->bits) * TLSG_DH_STEP)) {
        goto out;
    }
    result = BN_num_bits(end) == bits ? 1 : -1;
out:
    BN_free(end);
    free(bytes);
    return result;
}

int tlsg_dh_seed_prime(const tlsg_dh_origin_t *origin, BIGNUM *p)
{
    if (origin->offset >= tlsg_dh_seed_positions(origin->bits)) {
        return -1;
    }
    int result = tlsg_dh_seed_start(origin, p);
    if (result > 0) {
        result = BN_add_word(p, (BN_ULONG)origin->offset * TLSG_DH_STEP) && BN_lshift1(p, p) &&
                 BN_add_word(p, 1);
    }
    return result;
}
