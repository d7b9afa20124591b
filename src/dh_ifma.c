/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_ifma.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dh_power.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx512f,avx512ifma")))
#define WIDE_INLINE static inline WIDE __attribute__((always_inline))

#define LIMB_BITS 52
#define ROWS 4 /* limbs multiplied in one pass; numbers are padded to a multiple */

/* Bits of room above the modulus. With R = 2^(52 limbs) at least 32 m, a number below 2.5 m
 * squares and reduces to less than (2.5 * 2.5 / 32 + 1) m < 1.2 m, doubles to less than 2.5 m,
 * and so never needs a comparison with m. */
#define SLACK_BITS 5

/* Leading exponent bits that become a shift of the start value instead of squarings. */
#define HEAD_BITS 11

/* Vectors hold one limb of eight numbers. */
struct tlsg_dh_ifma_t {
    size_t limbs;
    __m512i *m; /* limbs + ROWS, the last ones zero: moduli */
    __m512i *r; /* limbs + ROWS, the last ones zero: powers so far */
    __m512i *t; /* 2 * limbs + ROWS: squares */
    __m512i *e; /* 64 bits of eight exponents each */
    size_t e_words;
    __m512i inverse; /* -1/m modulo 2^52 */
    BIGNUM *number;
    BN_CTX *ctx;
    unsigned char *bytes; /* one number, and 8 bytes more for reading past its end */
    size_t bytes_len;
};

int tlsg_dh_ifma_usable(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}

static void *vectors(size_t count)
{
    void *memory = aligned_alloc(sizeof(__m512i), count * sizeof(__m512i));
    if (memory != NULL) {
        memset(memory, 0, count * sizeof(__m512i));
    }
    return memory;
}

tlsg_dh_ifma_t *tlsg_dh_ifma_make(int bits)
{
    size_t limbs = ((size_t)bits + SLACK_BITS + LIMB_BITS - 1) / LIMB_BITS;
    tlsg_dh_ifma_t *room = vectors((sizeof *room + sizeof(__m512i) - 1) / sizeof(__m512i));
    if (room == NULL) {
        return NULL;
    }
    room->limbs = (limbs + ROWS - 1) / ROWS * ROWS;
    room->e_words = (size_t)bits / 64 + 1;
    room->bytes_len = room->limbs * 8;
    room->m = vectors(room->limbs + ROWS);
    room->r = vectors(room->limbs + ROWS);
    room->t = vectors(2 * room->limbs + ROWS);
    room->e = vectors(room->e_words);
    room->bytes = calloc(1, room->bytes_len + 8);
    room->number = BN_new();
    room->ctx = BN_CTX_new();
    if (room->m == NULL || room->r == NULL || room->t == NULL || room->e == NULL ||
        room->bytes == NULL || room->number == NULL || room->ctx == NULL) {
        tlsg_dh_ifma_free(room);
        return NULL;
    }
    return room;
}

void tlsg_dh_ifma_free(tlsg_dh_ifma_t *room)
{
    if (room != NULL) {
        free(room->m);
        free(room->r);
        free(room->t);
        free(room->e);
        free(room->bytes);
        BN_free(room->number);
        BN_CTX_free(room->ctx);
        free(room);
    }
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

/* Four consecutive limbs of one factor, and the five of the other that meet in a column. */
typedef struct {
    __m512i a0, a1, a2, a3;
} rows_t;

/* Adds to a column what four rows contribute: low halves of products whose limb numbers sum to the
 * column's, high halves of those that sum to one less. */
WIDE_INLINE __m512i column(__m512i sum, const rows_t *a, __m512i b0, __m512i b1, __m512i b2,
                           __m512i b3, __m512i b4)
{
    sum = _mm512_madd52lo_epu64(sum, a->a0, b0);
    sum = _mm512_madd52hi_epu64(sum, a->a0, b1);
    sum = _mm512_madd52lo_epu64(sum, a->a1, b1);
    sum = _mm512_madd52hi_epu64(sum, a->a1, b2);
    sum = _mm512_madd52lo_epu64(sum, a->a2, b2);
    sum = _mm512_madd52hi_epu64(sum, a->a2, b3);
    sum = _mm512_madd52lo_epu64(sum, a->a3, b3);
    return _mm512_madd52hi_epu64(sum, a->a3, b4);
}

/* t[0 .. count) += a * b, where b1 to b4 are b[-1] to b[-4]. Returns b's last limbs in *last. */
WIDE_INLINE void add_rows(__m512i *t, const rows_t *a, const __m512i *b, size_t count, rows_t *last)
{
    __m512i b1 = last->a3;
    __m512i b2 = last->a2;
    __m512i b3 = last->a1;
    __m512i b4 = last->a0;
    for (size_t c = 0; c < count; c += ROWS) {
        __m512i x0 = b[c];
        __m512i x1 = b[c + 1];
        __m512i x2 = b[c + 2];
        __m512i x3 = b[c + 3];
        t[c] = column(t[c], a, x0, b1, b2, b3, b4);
        t[c + 1] = column(t[c + 1], a, x1, x0, b1, b2, b3);
        t[c + 2] = column(t[c + 2], a, x2, x1, x0, b1, b2);
        t[c + 3] = column(t[c + 3], a, x3, x2, x1, x0, b1);
        b4 = x0;
        b3 = x1;
        b2 = x2;
        b1 = x3;
    }
    *last = (rows_t){ b4, b3, b2, b1 };
}

/* The first four columns of a * b, where b starts. */
WIDE_INLINE void add_head(__m512i *t, const rows_t *a, const rows_t *b)
{
    t[0] = _mm512_madd52lo_epu64(t[0], a->a0, b->a0);
    __m512i c1 = _mm512_madd52hi_epu64(t[1], a->a0, b->a0);
    c1 = _mm512_madd52lo_epu64(c1, a->a1, b->a0);
    t[1] = _mm512_madd52lo_epu64(c1, a->a0, b->a1);
    __m512i c2 = _mm512_madd52hi_epu64(t[2], a->a1, b->a0);
    c2 = _mm512_madd52lo_epu64(c2, a->a2, b->a0);
    c2 = _mm512_madd52hi_epu64(c2, a->a0, b->a1);
    c2 = _mm512_madd52lo_epu64(c2, a->a1, b->a1);
    t[2] = _mm512_madd52lo_epu64(c2, a->a0, b->a2);
    __m512i c3 = _mm512_madd52hi_epu64(t[3], a->a2, b->a0);
    c3 = _mm512_madd52lo_epu64(c3, a->a3, b->a0);
    c3 = _mm512_madd52hi_epu64(c3, a->a1, b->a1);
    c3 = _mm512_madd52lo_epu64(c3, a->a2, b->a1);
    c3 = _mm512_madd52hi_epu64(c3, a->a0, b->a2);
    c3 = _mm512_madd52lo_epu64(c3, a->a1, b->a2);
    t[3] = _mm512_madd52lo_epu64(c3, a->a0, b->a3);
}

/* The last four columns of a * b, whose last limbs are given, on top of c0 to c3. */
WIDE_INLINE void add_tail(__m512i *t, __m512i c0, __m512i c1, __m512i c2, __m512i c3,
                          const rows_t *a, const rows_t *b)
{
    c0 = _mm512_madd52hi_epu64(c0, a->a0, b->a3);
    c0 = _mm512_madd52lo_epu64(c0, a->a1, b->a3);
    c0 = _mm512_madd52hi_epu64(c0, a->a1, b->a2);
    c0 = _mm512_madd52lo_epu64(c0, a->a2, b->a2);
    c0 = _mm512_madd52hi_epu64(c0, a->a2, b->a1);
    c0 = _mm512_madd52lo_epu64(c0, a->a3, b->a1);
    t[0] = _mm512_madd52hi_epu64(c0, a->a3, b->a0);
    c1 = _mm512_madd52hi_epu64(c1, a->a1, b->a3);
    c1 = _mm512_madd52lo_epu64(c1, a->a2, b->a3);
    c1 = _mm512_madd52hi_epu64(c1, a->a2, b->a2);
    c1 = _mm512_madd52lo_epu64(c1, a->a3, b->a2);
    t[1] = _mm512_madd52hi_epu64(c1, a->a3, b->a1);
    c2 = _mm512_madd52hi_epu64(c2, a->a2, b->a3);
    c2 = _mm512_madd52lo_epu64(c2, a->a3, b->a3);
    t[2] = _mm512_madd52hi_epu64(c2, a->a3, b->a2);
    t[3] = _mm512_madd52hi_epu64(c3, a->a3, b->a3);
}

/* Products of the four rows among themselves, each pair once, complete these columns; doubled, with
 * the squares, they are final. */
WIDE_INLINE void finish_columns(__m512i *t, const rows_t *a)
{
    __m512i c1 = _mm512_madd52lo_epu64(t[1], a->a0, a->a1);
    __m512i c2 = _mm512_madd52hi_epu64(t[2], a->a0, a->a1);
    c2 = _mm512_madd52lo_epu64(c2, a->a0, a->a2);
    __m512i c3 = _mm512_madd52hi_epu64(t[3], a->a0, a->a2);
    c3 = _mm512_madd52lo_epu64(c3, a->a0, a->a3);
    c3 = _mm512_madd52lo_epu64(c3, a->a1, a->a2);
    __m512i c4 = _mm512_madd52hi_epu64(t[4], a->a0, a->a3);
    c4 = _mm512_madd52hi_epu64(c4, a->a1, a->a2);
    c4 = _mm512_madd52lo_epu64(c4, a->a1, a->a3);
    __m512i c5 = _mm512_madd52hi_epu64(t[5], a->a1, a->a3);
    c5 = _mm512_madd52lo_epu64(c5, a->a2, a->a3);
    __m512i c6 = _mm512_madd52hi_epu64(t[6], a->a2, a->a3);
    t[0] = _mm512_madd52lo_epu64(_mm512_add_epi64(t[0], t[0]), a->a0, a->a0);
    t[1] = _mm512_madd52hi_epu64(_mm512_add_epi64(c1, c1), a->a0, a->a0);
    t[2] = _mm512_madd52lo_epu64(_mm512_add_epi64(c2, c2), a->a1, a->a1);
    t[3] = _mm512_madd52hi_epu64(_mm512_add_epi64(c3, c3), a->a1, a->a1);
    t[4] = _mm512_madd52lo_epu64(_mm512_add_epi64(c4, c4), a->a2, a->a2);
    t[5] = _mm512_madd52hi_epu64(_mm512_add_epi64(c5, c5), a->a2, a->a2);
    t[6] = _mm512_madd52lo_epu64(_mm512_add_epi64(c6, c6), a->a3, a->a3);
    t[7] = _mm512_madd52hi_epu64(_mm512_add_epi64(t[7], t[7]), a->a3, a->a3);
}

/* t = r * r, columns not carried. */
WIDE_INLINE void square(__m512i *t, const __m512i *r, size_t limbs)
{
    const __m512i zero = _mm512_setzero_si512();
    for (size_t c = 0; c < limbs; c++) {
        t[c] = zero;
    }
    for (size_t i = 0; i + ROWS < limbs; i += ROWS) {
        const rows_t a = { r[i], r[i + 1], r[i + 2], r[i + 3] };
        rows_t b = { r[i + 4], r[i + 5], r[i + 6], r[i + 7] };
        __m512i *column = t + 2 * i + ROWS;
        add_head(column, &a, &b);
        add_rows(column + ROWS, &a, r + i + 2 * ROWS, limbs - i - 2 * ROWS, &b);
        add_tail(t + i + limbs, zero, zero, zero, zero, &a, &b);
        finish_columns(t + 2 * i, &a);
    }
    const rows_t a = { r[limbs - 4], r[limbs - 3], r[limbs - 2], r[limbs - 1] };
    for (size_t c = 2 * limbs - ROWS; c < 2 * limbs; c++) {
        t[c] = zero;
    }
    finish_columns(t + 2 * limbs - 2 * ROWS, &a);
}

/* One step of Montgomery reduction: the multiple of m that clears a column, and the carry. */
WIDE_INLINE __m512i clear(__m512i column, __m512i inverse, __m512i m0, __m512i *carry)
{
    __m512i q = _mm512_madd52lo_epu64(_mm512_setzero_si512(), column, inverse);
    *carry = _mm512_srli_epi64(_mm512_madd52lo_epu64(column, q, m0), LIMB_BITS);
    return q;
}

/* t / R mod m stands in t[limbs .. 2 limbs) afterwards, columns not carried. */
WIDE_INLINE void reduce(__m512i *t, const __m512i *m, size_t limbs, __m512i inverse)
{
    const __m512i m0 = m[0];
    const __m512i m1 = m[1];
    const __m512i m2 = m[2];
    const __m512i m3 = m[3];
    for (size_t i = 0; i < limbs; i += ROWS) {
        rows_t q;
        __m512i carry;
        q.a0 = clear(t[i], inverse, m0, &carry);
        __m512i c1 = _mm512_add_epi64(t[i + 1], carry);
        c1 = _mm512_madd52hi_epu64(c1, q.a0, m0);
        c1 = _mm512_madd52lo_epu64(c1, q.a0, m1);
        q.a1 = clear(c1, inverse, m0, &carry);
        __m512i c2 = _mm512_madd52hi_epu64(t[i + 2], q.a0, m1);
        c2 = _mm512_madd52lo_epu64(c2, q.a0, m2);
        c2 = _mm512_madd52hi_epu64(c2, q.a1, m0);
        c2 = _mm512_madd52lo_epu64(c2, q.a1, m1);
        q.a2 = clear(_mm512_add_epi64(c2, carry), inverse, m0, &carry);
        __m512i c3 = _mm512_madd52hi_epu64(t[i + 3], q.a0, m2);
        c3 = _mm512_madd52lo_epu64(c3, q.a0, m3);
        c3 = _mm512_madd52hi_epu64(c3, q.a1, m1);
        c3 = _mm512_madd52lo_epu64(c3, q.a1, m2);
        c3 = _mm512_madd52hi_epu64(c3, q.a2, m0);
        c3 = _mm512_madd52lo_epu64(c3, q.a2, m1);
        q.a3 = clear(_mm512_add_epi64(c3, carry), inverse, m0, &carry);
        t[i + 4] = _mm512_add_epi64(t[i + 4], carry);
        rows_t b = { m0, m1, m2, m3 };
        add_rows(t + i + ROWS, &q, m + ROWS, limbs - ROWS, &b);
        __m512i *tail = t + i + limbs;
        add_tail(tail, tail[0], tail[1], tail[2], tail[3], &q, &b);
    }
}

/* r = the number in t, doubled where the lane's bit is set, with its columns carried. */
WIDE_INLINE void carry_and_double(__m512i *r, const __m512i *t, size_t limbs, __mmask8 bits)
{
    const __m512i mask = _mm512_set1_epi64((INT64_C(1) << LIMB_BITS) - 1);
    __m512i carry = _mm512_setzero_si512();
    for (size_t i = 0; i < limbs; i++) {
        __m512i sum = _mm512_add_epi64(_mm512_mask_add_epi64(t[i], bits, t[i], t[i]), carry);
        r[i] = _mm512_and_si512(sum, mask);
        carry = _mm512_srli_epi64(sum, LIMB_BITS);
    }
}

/* r = r^(2^steps) * 2^(the low `steps` bits of e), all in Montgomery form; then out of it. */
WIDE static void run(tlsg_dh_ifma_t *room, size_t steps)
{
    const size_t limbs = room->limbs;
    for (size_t step = steps; step-- > 0;) {
        __m512i bit = _mm512_set1_epi64((int64_t)(UINT64_C(1) << (step % 64)));
        square(room->t, room->r, limbs);
        reduce(room->t, room->m, limbs, room->inverse);
        carry_and_double(room->r, room->t + limbs, limbs,
                         _mm512_test_epi64_mask(room->e[step / 64], bit));
    }
    for (size_t i = 0; i < limbs + ROWS; i++) {
        room->t[i] = i < limbs ? room->r[i] : _mm512_setzero_si512();
        room->t[limbs + i] = _mm512_setzero_si512();
    }
    reduce(room->t, room->m, limbs, room->inverse);
    carry_and_double(room->r, room->t + limbs, limbs, 0);
}

/* ---- In and out ------------------------------------------------------------------------------ */

/* x86 is little-endian and reads anywhere. */
static uint64_t load64(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static void set_lane(__m512i *vector, int lane, uint64_t value)
{
    memcpy((unsigned char *)vector + 8 * (size_t)lane, &value, sizeof value);
}

static uint64_t get_lane(const __m512i *vector, int lane)
{
    return load64((const unsigned char *)vector + 8 * (size_t)lane);
}

static int put_number(tlsg_dh_ifma_t *room, __m512i *vector, int lane, const BIGNUM *number)
{
    const uint64_t mask = (UINT64_C(1) << LIMB_BITS) - 1;
    if (BN_bn2lebinpad(number, room->bytes, (int)room->bytes_len) < 0) {
        return 0;
    }
    for (size_t i = 0; i < room->limbs; i++) {
        size_t bit = i * LIMB_BITS; /* limbs start at a byte or in its middle */
        set_lane(&vector[i], lane, load64(room->bytes + bit / 8) >> (bit % 8) & mask);
    }
    return 1;
}

static int get_number(tlsg_dh_ifma_t *room, const __m512i *vector, int lane, BIGNUM *number)
{
    memset(room->bytes, 0, room->bytes_len);
    for (size_t i = 0; i < room->limbs; i++) {
        size_t bit = i * LIMB_BITS;
        uint64_t word = load64(room->bytes + bit / 8) | get_lane(&vector[i], lane) << (bit % 8);
        memcpy(room->bytes + bit / 8, &word, sizeof word);
    }
    return BN_lebin2bn(room->bytes, (int)room->bytes_len, number) != NULL;
}

static int put_exponent(tlsg_dh_ifma_t *room, int lane, const BIGNUM *exponent)
{
    if (BN_bn2lebinpad(exponent, room->bytes, (int)room->bytes_len) < 0) {
        return 0;
    }
    for (size_t i = 0; i < room->e_words; i++) {
        set_lane(&room->e[i], lane, load64(room->bytes + 8 * i));
    }
    return 1;
}

/* -1/m modulo 2^52; each step of Newton's doubles the bits that are right, from three on. */
static uint64_t negative_inverse(uint64_t m)
{
    uint64_t x = m;
    for (int right = 3; right < LIMB_BITS; right *= 2) {
        x *= 2 - m * x;
    }
    return -x & ((UINT64_C(1) << LIMB_BITS) - 1);
}

/* Fills one lane: modulus, exponent and the start value 2^head * R mod m. */
static int put_lane(tlsg_dh_ifma_t *room, int lane, const BIGNUM *modulus, const BIGNUM *exponent,
                    int steps)
{
    if (!put_number(room, room->m, lane, modulus) || !put_exponent(room, lane, exponent)) {
        return 0;
    }
    set_lane(&room->inverse, lane, negative_inverse(get_lane(&room->m[0], lane)));
    if (!BN_rshift(room->number, exponent, steps)) {
        return 0;
    }
    int head = (int)BN_get_word(room->number); /* below 2^HEAD_BITS */
    BN_zero(room->number);
    return BN_set_bit(room->number, head + (int)room->limbs * LIMB_BITS) &&
           BN_mod(room->number, room->number, modulus, room->ctx) &&
           put_number(room, room->r, lane, room->number);
}

int tlsg_dh_ifma_run(tlsg_dh_ifma_t *room, int count, const BIGNUM *const *modulus,
                     const BIGNUM *const *exponent, BIGNUM *const *result)
{
    int bits = HEAD_BITS;
    for (int i = 0; i < count; i++) {
        bits = BN_num_bits(exponent[i]) > bits ? BN_num_bits(exponent[i]) : bits;
    }
    int steps = bits - HEAD_BITS;
    for (int lane = 0; lane < TLSG_DH_LANES; lane++) {
        int from = lane < count ? lane : 0; /* idle lanes repeat the first */
        if (!put_lane(room, lane, modulus[from], exponent[from], steps)) {
            return 0;
        }
    }
    run(room, (size_t)steps);
    for (int lane = 0; lane < count; lane++) {
        if (!get_number(room, room->r, lane, result[lane])) {
            return 0;
        }
        /* Reduction leaves at most m, and m only for 0. */
        if (BN_cmp(result[lane], modulus[lane]) >= 0 &&
            !BN_sub(result[lane], result[lane], modulus[lane])) {
            return 0;
        }
    }
    return 1;
}

#else

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

#endif
