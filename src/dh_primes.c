/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_primes.h"

#include <stdlib.h>
#include <string.h>

#define ROOT (1U << 15)  /* square root of TLSG_DH_PRIMES_LIMIT */
#define ROOT_PRIMES 3511 /* odd primes below ROOT */
#define WORDS (TLSG_DH_PRIMES_SPAN / 2 / 64)

/* Multiples of 3, 5, 7, 11 and 13 repeat after this many odd numbers, so after as many bytes of
 * eight odd numbers each: five primes, two thirds of all strikes, become a copy. */
#define PATTERN (3 * 5 * 7 * 11 * 13)
#define PATTERN_PRIMES 5

struct tlsg_dh_primes_t {
    uint32_t small[ROOT_PRIMES];
    size_t count;
    unsigned char pattern[PATTERN]; /* bit i of byte j: 16j + 2i + 1 is a multiple */
};

static void list_small(tlsg_dh_primes_t *base)
{
    unsigned char composite[ROOT / 2] = { 0 }; /* index i: the number 2i + 1 */
    base->count = 0;
    for (uint32_t i = 1; i < ROOT / 2; i++) {
        if (composite[i]) {
            continue;
        }
        uint32_t r = 2 * i + 1;
        base->small[base->count++] = r;
        for (uint32_t j = r * r / 2; j < ROOT / 2; j += r) {
            composite[j] = 1;
        }
    }
}

tlsg_dh_primes_t *tlsg_dh_primes_make(void)
{
    tlsg_dh_primes_t *base = calloc(1, sizeof *base);
    if (base == NULL) {
        return NULL;
    }
    list_small(base);
    for (size_t n = 0; n < PATTERN_PRIMES; n++) {
        for (uint32_t odd = base->small[n] / 2; odd < PATTERN * 8; odd += base->small[n]) {
            base->pattern[odd / 8] |= (unsigned char)(1U << (odd % 8));
        }
    }
    return base;
}

void tlsg_dh_primes_free(tlsg_dh_primes_t *base)
{
    free(base);
}

static void copy_pattern(const tlsg_dh_primes_t *base, uint32_t from, uint64_t map[WORDS])
{
    size_t at = from / 16 % PATTERN;
    for (size_t w = 0; w < WORDS; w++) {
        uint64_t word = 0;
        for (unsigned b = 0; b < 8; b++) {
            word |= (uint64_t)base->pattern[at] << (8 * b);
            at = at + 1 == PATTERN ? 0 : at + 1;
        }
        map[w] = word;
    }
}

size_t tlsg_dh_primes_list(const tlsg_dh_primes_t *base, uint32_t from, uint32_t *out)
{
    uint64_t map[WORDS];
    const uint32_t odds = TLSG_DH_PRIMES_SPAN / 2;
    size_t count = 0;
    copy_pattern(base, from, map);
    if (from == 0) {
        map[0] |= 1; /* the number 1; and the pattern strikes its own primes */
        for (size_t n = 0; n < PATTERN_PRIMES; n++) {
            out[count++] = base->small[n];
        }
    }
    for (size_t n = PATTERN_PRIMES; n < base->count; n++) {
        uint32_t r = base->small[n];
        /* First odd multiple that is at least r squared and in the interval. */
        uint32_t multiple = r * r;
        if (multiple < from) {
            multiple = (from + r - 1) / r * r;
            multiple += multiple % 2 == 0 ? r : 0;
        }
        for (uint32_t i = (multiple - from) / 2; i < odds; i += r) {
            map[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    for (uint32_t w = 0; w < WORDS; w++) {
        for (uint64_t left = ~map[w]; left != 0; left &= left - 1) {
            out[count++] = from + 2 * (64 * w + (uint32_t)__builtin_ctzll(left)) + 1;
        }
    }
    return count;
}
