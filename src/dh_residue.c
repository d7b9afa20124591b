/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_residue.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx512f,avx512ifma")))
#define WIDE_INLINE static inline WIDE __attribute__((always_inline))

/* Eight vectors of eight primes are in work at a time: a limb's four dependent multiplications take
 * longer than their issue, and this many fill the gaps and the registers. */
#define EACH(work) work(0) work(1) work(2) work(3) work(4) work(5) work(6) work(7)

/* Montgomery arithmetic modulo eight primes d below 2^30, R = 2^52. Numbers need not be reduced: a
 * product of two below 2^45 gives less than 2^39, of two below 2^33 less than d + 2^14. */

/* -1/d modulo 2^52 (in the low bits): Newton's steps double the bits that are right, from three
 * on. */
WIDE_INLINE __m512i negative_inverse(__m512i d)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i two = _mm512_set1_epi64(2);
    __m512i x = d;
    for (int right = 3; right < TLSG_DH_RESIDUE_LIMB; right *= 2) {
        __m512i error = _mm512_sub_epi64(two, _mm512_madd52lo_epu64(zero, d, x));
        x = _mm512_madd52lo_epu64(zero, x, error);
    }
    return _mm512_sub_epi64(zero, x);
}

/* (sum + q d) / R for the q that makes it whole; `high` counts in units of R. */
WIDE_INLINE __m512i reduce(__m512i sum, __m512i high, __m512i d, __m512i inverse)
{
    __m512i q = _mm512_madd52lo_epu64(_mm512_setzero_si512(), sum, inverse);
    __m512i carry = _mm512_srli_epi64(_mm512_madd52lo_epu64(sum, q, d), TLSG_DH_RESIDUE_LIMB);
    return _mm512_madd52hi_epu64(_mm512_add_epi64(high, carry), q, d);
}

WIDE_INLINE __m512i multiply(__m512i a, __m512i b, __m512i d, __m512i inverse)
{
    const __m512i zero = _mm512_setzero_si512();
    return reduce(_mm512_madd52lo_epu64(zero, a, b), _mm512_madd52hi_epu64(zero, a, b), d, inverse);
}

/* R modulo d, plus d or 2d: the quotient is taken one too small, which makes up for its
 * rounding. */
WIDE_INLINE __m512i radix(__m512i d)
{
    const __m512i r = _mm512_set1_epi64(INT64_C(1) << TLSG_DH_RESIDUE_LIMB);
    const __m512d r_real = _mm512_set1_pd(4503599627370496.0); /* 2^52 */
    __m512d d_real = _mm512_cvtepu32_pd(_mm512_cvtepi64_epi32(d));
    __m256i q = _mm512_cvttpd_epu32(_mm512_div_pd(r_real, d_real));
    __m512i less = _mm512_sub_epi64(_mm512_cvtepu32_epi64(q), _mm512_set1_epi64(1));
    return _mm512_sub_epi64(r, _mm512_mul_epu32(less, d));
}

/* R^(limbs + 1) modulo d: 2^(52 limbs) in Montgomery form. The leading bits of the exponent are a
 * shift, as far as numbers stay below 2^45. */
WIDE_INLINE __m512i correction(size_t limbs, __m512i d, __m512i inverse)
{
    const unsigned exponent = (unsigned)limbs * TLSG_DH_RESIDUE_LIMB;
    int rest = 0;
    while (exponent >> rest > 13) {
        rest++;
    }
    __m512i x = _mm512_sll_epi64(radix(d), _mm_cvtsi32_si128((int)(exponent >> rest)));
    while (rest-- > 0) {
        x = multiply(x, x, d, inverse);
        x = _mm512_sll_epi64(x, _mm_cvtsi32_si128((int)(exponent >> rest & 1)));
    }
    return x;
}

WIDE void tlsg_dh_residue_run(const uint64_t *limb, size_t limbs, const uint32_t *prime,
                              uint32_t *out)
{
    const __m512i zero = _mm512_setzero_si512();
#define LOAD(n)                                                                                    \
    const __m512i d##n = _mm512_cvtepu32_epi64(                                                    \
        _mm256_loadu_si256((const __m256i *)(const void *)(prime + 8 * (n))));                     \
    const __m512i inverse##n = negative_inverse(d##n);                                             \
    __m512i sum##n = zero;
    EACH(LOAD)
#undef LOAD
    for (size_t i = 0; i < limbs; i++) {
        const __m512i next = _mm512_set1_epi64((int64_t)limb[i]);
#define STEP(n) sum##n = reduce(_mm512_add_epi64(sum##n, next), zero, d##n, inverse##n);
        EACH(STEP)
#undef STEP
    }
    /* What the divisions by R took away is multiplied back. */
#define STORE(n)                                                                                   \
    sum##n = multiply(sum##n, correction(limbs, d##n, inverse##n), d##n, inverse##n);              \
    sum##n = _mm512_min_epu64(sum##n, _mm512_sub_epi64(sum##n, d##n));                             \
    _mm256_storeu_si256((__m256i *)(void *)(out + 8 * (n)), _mm512_cvtepi64_epi32(sum##n));
    EACH(STORE)
#undef STORE
}

#else

/* Never called where tlsg_dh_ifma_usable() is 0. */
void tlsg_dh_residue_run(const uint64_t *limb, size_t limbs, const uint32_t *prime, uint32_t *out)
{
    (void)limb;
    (void)limbs;
    (void)prime;
    memset(out, 0, TLSG_DH_RESIDUE_BLOCK * sizeof *out);
}

#endif
