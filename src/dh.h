/* SPDX-License-Identifier: Apache-2.0 */
/* Finite-field Diffie-Hellman groups: what is known about a prime (a table lookup, cheap enough for
 * every start), and the full proof that a group is what it should be (for the command line tool).
 * New groups are made by dh_search.h. Pure computation; reads no file. Any phase. */
#ifndef TLSG_DH_H
#define TLSG_DH_H

#include <openssl/bn.h>
#include <openssl/evp.h>

/* Bits. OpenSSL computes with no larger modulus (its OPENSSL_DH_MAX_MODULUS_BITS), and a primality
 * test of one could keep a processor busy for minutes: nothing larger is examined. */
#define TLSG_DH_BITS_MAX 10000

/* Bits, RFC 9325 section 4.5: smaller groups must not be used for TLS. */
#define TLSG_DH_BITS_RECOMMENDED 2048

/* What using a group means. A later value is worse. */
typedef enum tlsg_dh_class_t {
    TLSG_DH_CUSTOM = 0, /* not in the table: made for this server, as far as anybody knows */
    TLSG_DH_STANDARD,   /* RFC 7919 or RFC 3526: shared by design, generated verifiably */
    TLSG_DH_COMMON,     /* a prime that some program shipped to everybody */
    TLSG_DH_WEAK,       /* must not be used; `weakness` says why */
} tlsg_dh_class_t;

typedef enum tlsg_dh_answer_t {
    TLSG_DH_UNKNOWN = 0, /* not in the table, or not examined */
    TLSG_DH_YES,
    TLSG_DH_NO,
} tlsg_dh_answer_t;

/* What the table and a look at the numbers tell. All texts are static. */
typedef struct tlsg_dh_identity_t {
    int bits; /* of p */
    tlsg_dh_class_t kind;
    tlsg_dh_answer_t prime; /* p is prime */
    tlsg_dh_answer_t safe;  /* p and (p-1)/2 are prime */
    const char *name;       /* "ffdhe2048", "modp_2048", "dh_2048_224", "Postfix"; NULL: not known */
    const char *standard;   /* "RFC 7919", "RFC 3526", "RFC 2409", "RFC 5114"; NULL: none */
    const char *weakness;   /* why TLSG_DH_WEAK, as the end of a sentence that starts with "the group"
                             * ("is shared by many servers and ..."); NULL otherwise */
} tlsg_dh_identity_t;

/* Identifies the group by SHA-256 of its prime. No primality test: an unknown prime is
 * TLSG_DH_CUSTOM and UNKNOWN unless its size or generator alone makes it weak (under 1024 bits, above
 * TLSG_DH_BITS_MAX, even, g outside [2, p-2]). `g` may be NULL: not judged. About a microsecond. */
tlsg_dh_identity_t tlsg_dh_identify(const BIGNUM *p, const BIGNUM *g);

/* The same for a key or parameters of type DH or DHX. Returns 1, or 0 (and *id all zero) when `key`
 * is something else or has no p. */
int tlsg_dh_identify_pkey(const EVP_PKEY *key, tlsg_dh_identity_t *id);

/* Order of the generator in a group with p = 2q+1. */
typedef enum tlsg_dh_order_t {
    TLSG_DH_ORDER_UNKNOWN = 0, /* p is no safe prime, or nothing was proved */
    TLSG_DH_ORDER_Q,           /* generates the subgroup of prime order: leaks nothing */
    TLSG_DH_ORDER_2Q,          /* generates everything: leaks one bit of the secret exponent, usual
                                * before OpenSSL 3.0 and no weakness of the group */
    TLSG_DH_ORDER_TRIVIAL,     /* 0, 1 or p-1, or not below p: no security at all */
} tlsg_dh_order_t;

/* What a proof found out. */
typedef struct tlsg_dh_proof_t {
    tlsg_dh_answer_t prime; /* p; UNKNOWN when it is above TLSG_DH_BITS_MAX */
    tlsg_dh_answer_t safe;
    tlsg_dh_order_t order;
    unsigned factor;  /* smallest prime below 2^14 that divides p or q, 0: none, or not looked for */
    int factor_is_of; /* 'p' or 'q' when `factor` is set */
} tlsg_dh_proof_t;

/* Proves or refutes that p is a safe prime and tells the order of g, without trusting any table:
 * trial division, a base-2 test, Miller-Rabin rounds with random bases on q (64 up to 2048 bits, 128
 * above: BN_check_prime), then Pocklington's criterion for p. Refuting is fast; proving takes some 0.15 s
 * at 2048 bits and 2 s at 4096. Returns 1, or 0 when memory is short. Leaves no OpenSSL error behind. */
int tlsg_dh_check(const BIGNUM *p, const BIGNUM *g, tlsg_dh_proof_t *proof);

/* The order of g in the group of a safe prime p; taken on trust, not examined. UNKNOWN when memory is
 * short or p is even. */
tlsg_dh_order_t tlsg_dh_order(const BIGNUM *p, const BIGNUM *g);

/* Length in bits that a private key for a safe prime of `bits` bits needs (RFC 7919 section 5.2, the next
 * larger size's between two), or 0 when p is too small for a recommendation. */
int tlsg_dh_private_bits(int bits);

#endif
