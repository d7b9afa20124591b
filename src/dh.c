/* SPDX-License-Identifier: Apache-2.0 */
#include "dh.h"

#include <stddef.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/sha.h>

/* Bits. A shared prime of this size or less is within reach of a number field sieve whose work is
 * done once and then breaks every server that uses it (Adrian et al., CCS 2015, put 1024 bits
 * within reach of a state). A little more, because some programs rounded 1024 up. */
#define SHARED_BITS_BREAKABLE 1100

/* Bits. Below this even a prime of one's own falls to academic effort. */
#define BITS_BREAKABLE 1024

/* Trial division stops here; the base-2 test costs as much as all of it. */
#define TRIAL_LIMIT (1U << 14)

typedef enum {
    SAFE,
    UNSAFE,
    COMPOSITE
} known_kind_t;

typedef struct {
    const char *digest; /* SHA-256 of the big-endian prime, hexadecimal */
    int bits;
    known_kind_t kind;
    const char *standard;
    const char *name;
} known_prime_t;

static const known_prime_t known_primes[] = {
#define PRIME(digest, bits, kind, standard, name) { digest, bits, kind, standard, name },
#include "known_dh_primes.def"
#undef PRIME
};

/* ---- Identification -------------------------------------------------------------------------- */

static void hex_digest(const unsigned char *bytes, size_t len, char hex[2 * SHA256_DIGEST_LENGTH])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(bytes, len, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
}

static const known_prime_t *find_known(const BIGNUM *p)
{
    unsigned char bytes[TLSG_DH_BITS_MAX / 8];
    char hex[2 * SHA256_DIGEST_LENGTH];
    if (BN_num_bits(p) > TLSG_DH_BITS_MAX) {
        return NULL;
    }
    hex_digest(bytes, (size_t)BN_bn2bin(p, bytes), hex);
    for (size_t i = 0; i < sizeof known_primes / sizeof known_primes[0]; i++) {
        if (memcmp(known_primes[i].digest, hex, sizeof hex) == 0) {
            return &known_primes[i];
        }
    }
    return NULL;
}

/* 1 when g generates at most two elements, or is no element at all. */
static int is_trivial(const BIGNUM *p, const BIGNUM *g)
{
    if (BN_is_negative(g) || BN_is_zero(g) || BN_is_one(g) || BN_ucmp(g, p) >= 0) {
        return 1;
    }
    /* p odd: p-1 differs from p in the lowest bit only. */
    BIGNUM *less = BN_dup(p);
    int trivial = less == NULL || !BN_sub_word(less, 1) || BN_ucmp(g, less) == 0;
    BN_free(less);
    return trivial;
}

static const char *weakness_of_known(const known_prime_t *known)
{
    if (known->kind == COMPOSITE) {
        return "has a modulus that is not prime";
    }
    if (known->kind == UNSAFE && known->standard != NULL) {
        return "has no safe prime but small subgroups, and an unexplained origin";
    }
    if (known->kind == UNSAFE) {
        return "has no safe prime but small subgroups";
    }
    if (known->bits <= SHARED_BITS_BREAKABLE) {
        return "is shared by many servers and small enough to be broken for all of them at once "
               "(Logjam)";
    }
    return NULL;
}

/* What can be said without the table. */
static const char *weakness_of_numbers(const BIGNUM *p, const BIGNUM *g)
{
    if (BN_is_negative(p) || !BN_is_odd(p) || BN_is_one(p)) {
        return "has a modulus that is not prime";
    }
    if (g != NULL && is_trivial(p, g)) {
        return "has a generator that makes every secret guessable";
    }
    if (BN_num_bits(p) < BITS_BREAKABLE) {
        return "is smaller than 1024 bits and can be broken";
    }
    if (BN_num_bits(p) > TLSG_DH_BITS_MAX) {
        return "is larger than what OpenSSL computes with";
    }
    return NULL;
}

tlsg_dh_identity_t tlsg_dh_identify(const BIGNUM *p, const BIGNUM *g)
{
    tlsg_dh_identity_t id = { .bits = BN_num_bits(p), .kind = TLSG_DH_CUSTOM };
    id.weakness = weakness_of_numbers(p, g);
    const known_prime_t *known = find_known(p);
    if (known != NULL) {
        id.name = known->name;
        id.standard = known->standard;
        id.prime = known->kind == COMPOSITE ? TLSG_DH_NO : TLSG_DH_YES;
        id.safe = known->kind == SAFE ? TLSG_DH_YES : TLSG_DH_NO;
        id.kind = known->standard != NULL ? TLSG_DH_STANDARD : TLSG_DH_COMMON;
        if (id.weakness == NULL || known->bits < BITS_BREAKABLE) {
            id.weakness = weakness_of_known(known);
        }
    }
    else if (!BN_is_odd(p)) {
        id.prime = id.safe = TLSG_DH_NO;
    }
    if (id.weakness != NULL) {
        id.kind = TLSG_DH_WEAK;
    }
    return id;
}

int tlsg_dh_identify_pkey(const EVP_PKEY *key, tlsg_dh_identity_t *id)
{
    BIGNUM *p = NULL;
    BIGNUM *g = NULL;
    int found = 0;
    memset(id, 0, sizeof *id);
    int type = EVP_PKEY_get_base_id(key);
    if (type != EVP_PKEY_DH && type != EVP_PKEY_DHX) {
        return 0;
    }
    ERR_set_mark();
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &p)) {
        (void)EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &g);
        *id = tlsg_dh_identify(p, g);
        found = 1;
    }
    ERR_pop_to_mark();
    BN_free(p);
    BN_free(g);
    return found;
}

int tlsg_dh_private_bits(int bits)
{
    /* RFC 7919 section 5.2 and appendix A: twice the symmetric strength, plus a margin. */
    static const struct {
        int bits;
        int private_bits;
    } sizes[] = { { 2048, 225 }, { 3072, 275 }, { 4096, 325 }, { 6144, 375 }, { 8192, 400 } };
    const size_t count = sizeof sizes / sizeof sizes[0];
    if (bits < 512) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (bits <= sizes[i].bits) {
            return sizes[i].private_bits;
        }
    }
    return sizes[count - 1].private_bits;
}

/* ---- Proof ----------------------------------------------------------------------------------- */

/* Looks for a small factor of p or q, other than the number itself. 1 when one was found. */
static int divide(const BIGNUM *p, const BIGNUM *q, tlsg_dh_proof_t *proof)
{
    for (unsigned d = 3; d < TRIAL_LIMIT; d += 2) {
        /* Odd composites among the divisors find nothing that their factors have not found. */
        if (BN_is_word(q, d) || BN_is_word(p, d)) {
            continue;
        }
        int of_p = BN_mod_word(p, d) == 0;
        if (of_p || BN_mod_word(q, d) == 0) {
            proof->factor = d;
            proof->factor_is_of = of_p ? 'p' : 'q';
            return 1;
        }
    }
    if (!BN_is_odd(q) && !BN_is_word(q, 2)) {
        proof->factor = 2;
        proof->factor_is_of = 'q';
        return 1;
    }
    return 0;
}

/* 2^exponent mod modulus is 1 or modulus-1: 1; something else: 0; no memory: -1. */
static int power_of_two_is_one(const BIGNUM *exponent, const BIGNUM *modulus, BN_CTX *ctx)
{
    int result = -1;
    BN_CTX_start(ctx);
    BIGNUM *r = BN_CTX_get(ctx);
    BIGNUM *two = BN_CTX_get(ctx);
    if (two != NULL && BN_set_word(two, 2) && BN_mod_exp(r, two, exponent, modulus, ctx)) {
        result = BN_is_one(r) || (BN_add_word(r, 1) && BN_cmp(r, modulus) == 0);
    }
    BN_CTX_end(ctx);
    return result;
}

static tlsg_dh_answer_t answer(int result)
{
    return result > 0 ? TLSG_DH_YES : TLSG_DH_NO;
}

/* Fills prime and safe. Returns 1, or 0 without memory. */
static int prove_safe(const BIGNUM *p, const BIGNUM *q, tlsg_dh_proof_t *proof, BN_CTX *ctx)
{
    proof->prime = proof->safe = TLSG_DH_NO;
    int divided = divide(p, q, proof);
    if (divided && proof->factor_is_of == 'p') {
        return 1;
    }
    int q_prime = 0;
    if (!divided) {
        /* Pocklington: q prime, q > sqrt(p), 2^(2q) = 1 and gcd(2^2 - 1, p) = 1 make p prime.
         * The one exponentiation refutes almost every impostor before the expensive rounds. */
        q_prime = power_of_two_is_one(q, p, ctx);
        q_prime = q_prime > 0 ? BN_check_prime(q, ctx, NULL) : q_prime;
    }
    if (q_prime < 0) {
        return 0;
    }
    if (q_prime) {
        proof->prime = proof->safe = TLSG_DH_YES;
        return 1;
    }
    int p_prime = BN_check_prime(p, ctx, NULL);
    proof->prime = answer(p_prime);
    return p_prime >= 0;
}

tlsg_dh_order_t tlsg_dh_order(const BIGNUM *p, const BIGNUM *g)
{
    if (is_trivial(p, g)) {
        return TLSG_DH_ORDER_TRIVIAL;
    }
    ERR_set_mark();
    BN_CTX *ctx = BN_CTX_new();
    /* The squares are the subgroup of order q, so the Legendre symbol tells the order. */
    int symbol = ctx != NULL && BN_is_odd(p) ? BN_kronecker(g, p, ctx) : 0;
    BN_CTX_free(ctx);
    ERR_pop_to_mark();
    return symbol == 1 ? TLSG_DH_ORDER_Q : symbol == -1 ? TLSG_DH_ORDER_2Q : TLSG_DH_ORDER_UNKNOWN;
}

int tlsg_dh_check(const BIGNUM *p, const BIGNUM *g, tlsg_dh_proof_t *proof)
{
    int done = 0;
    memset(proof, 0, sizeof *proof);
    if (BN_num_bits(p) > TLSG_DH_BITS_MAX) {
        return 1;
    }
    if (BN_is_negative(p) || !BN_is_odd(p) || BN_num_bits(p) < 3) {
        proof->prime = answer(BN_is_word(p, 2) || BN_is_word(p, 3));
        proof->safe = TLSG_DH_NO;
        return 1;
    }
    ERR_set_mark();
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *q = BN_new();
    if (ctx == NULL || q == NULL || !BN_rshift1(q, p) || !prove_safe(p, q, proof, ctx)) {
        goto out;
    }
    if (proof->safe == TLSG_DH_YES || is_trivial(p, g)) {
        proof->order = tlsg_dh_order(p, g);
    }
    done = 1;
out:
    ERR_pop_to_mark();
    BN_free(q);
    BN_CTX_free(ctx);
    return done;
}
