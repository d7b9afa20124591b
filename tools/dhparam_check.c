/* SPDX-License-Identifier: Apache-2.0 */
#include "dhparam_check.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "dh.h"
#include "dhparam_group.h"
#include "text.h"

#define GENERATOR_DIGITS 20 /* a longer generator is not worth its room on the line */

/* "2048-bit ffdhe2048 (RFC 7919)", "1024-bit prime that Postfix shipped", "2048-bit custom
 * group" */
static const char *what_it_is(apr_pool_t *pool, const tlsg_dh_identity_t *id)
{
    if (id->standard != NULL) {
        return apr_psprintf(pool, "%d-bit %s (%s)", id->bits, id->name, id->standard);
    }
    if (id->name != NULL) {
        return apr_psprintf(pool, "%d-bit group known from: %s", id->bits, id->name);
    }
    return apr_psprintf(pool, "%d-bit custom group", id->bits);
}

static const char *generator(apr_pool_t *pool, const BIGNUM *g, tlsg_dh_order_t order)
{
    char *digits = BN_bn2dec(g);
    const char *name = digits != NULL && strlen(digits) <= GENERATOR_DIGITS
                           ? apr_pstrcat(pool, "generator ", digits, NULL)
                           : "its generator";
    OPENSSL_free(digits);
    switch (order) {
    case TLSG_DH_ORDER_Q:
        return apr_pstrcat(pool, name, " of prime order", NULL);
    case TLSG_DH_ORDER_2Q:
        return apr_pstrcat(pool, name, " of order 2q (leaks one bit of each secret)", NULL);
    case TLSG_DH_ORDER_UNKNOWN:
    case TLSG_DH_ORDER_TRIVIAL:
        break;
    }
    return apr_pstrcat(pool, name, " of unknown order", NULL);
}

/* The reason against a group that is in no table, or NULL. */
static const char *refutation(apr_pool_t *pool, const tlsg_dh_proof_t *proof)
{
    if (proof->safe == TLSG_DH_YES) {
        return proof->order == TLSG_DH_ORDER_TRIVIAL ? "its generator makes every secret guessable"
                                                     : NULL;
    }
    if (proof->prime == TLSG_DH_UNKNOWN) {
        return "it is larger than what OpenSSL computes with";
    }
    if (proof->prime == TLSG_DH_NO && proof->factor != 0 && proof->factor_is_of == 'p') {
        return apr_psprintf(pool, "its modulus p is not prime: %u divides it", proof->factor);
    }
    if (proof->prime == TLSG_DH_NO) {
        return "its modulus p is not prime";
    }
    if (proof->factor != 0) {
        return apr_psprintf(pool, "p is prime but no safe prime: %u divides (p-1)/2",
                            proof->factor);
    }
    return "p is prime but no safe prime: (p-1)/2 is not prime";
}

static tlsg_exit_t say(const char *name, const char *what, tlsg_exit_t status, const char *verdict,
                       const char *why)
{
    printf("%s: %s: %s: %s\n", name, what, verdict, why);
    return status;
}

/* A group that nothing speaks against. */
static tlsg_exit_t say_good(apr_pool_t *pool, const char *name, const char *what,
                            const tlsg_dh_identity_t *id, const char *of_generator)
{
    const char *proved = id->safe == TLSG_DH_YES ? "safe prime" : "safe prime, proved";
    const char *advice = "";
    if (id->bits < TLSG_DH_BITS_RECOMMENDED) {
        return say(name, what, TLSG_EXIT_DONE, "SMALL",
                   apr_psprintf(pool,
                                "%s, %s, but RFC 9325 requires 2048 bits, and OpenSSL's security "
                                "level 2 refuses it",
                                proved, of_generator));
    }
    if (id->kind == TLSG_DH_COMMON) {
        advice = "; shared by everybody who runs that program";
    }
    return say(name, what, TLSG_EXIT_DONE, "OK",
               apr_psprintf(pool, "%s, %s%s", proved, of_generator, advice));
}

tlsg_exit_t tlsg_dhparam_check(tlsg_cli_t *cli, const char *path)
{
    apr_pool_t *pool = cli->pool;
    const char *err;
    tlsg_dhparam_group_t group;
    tlsg_dh_proof_t proof = { .prime = TLSG_DH_UNKNOWN };
    if (!tlsg_dhparam_read(pool, path, &group, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return TLSG_EXIT_INPUT;
    }
    const char *name = tlsg_text_printable(pool, path, strlen(path), 4096);
    tlsg_dh_identity_t id = tlsg_dh_identify(group.p, group.g);
    const char *what = what_it_is(pool, &id);
    if (id.safe == TLSG_DH_UNKNOWN) {
        if (!tlsg_dh_check(group.p, group.g, &proof)) {
            tlsg_cli_complain(cli, path, "out of memory");
            return TLSG_EXIT_USAGE;
        }
        const char *why = refutation(pool, &proof);
        if (why != NULL) {
            return say(name, what, TLSG_EXIT_NEGATIVE, "WEAK", why);
        }
    }
    if (id.weakness != NULL) {
        return say(name, what, TLSG_EXIT_NEGATIVE, "WEAK",
                   apr_pstrcat(pool, "the group ", id.weakness, NULL));
    }
    return say_good(pool, name, what, &id,
                    generator(pool, group.g, tlsg_dh_order(group.p, group.g)));
}
