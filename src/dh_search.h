/* SPDX-License-Identifier: Apache-2.0 */
/* The search for new safe primes, on all processors: sieve a window, test what is left in random order,
 * stop at the first winner. What it finds has passed a base-2 test of q and Pocklington's criterion
 * for p; callers complete the proof with tlsg_dh_check(). Minutes of work: programs only. */
#ifndef TLSG_DH_SEARCH_H
#define TLSG_DH_SEARCH_H

#include <stdint.h>

#include <openssl/bn.h>

#include "dh_power.h"
#include "dh_seed.h"

/* Bits of p. Below, the method's windows hold too few numbers, and OpenSSL refuses the group. */
#define TLSG_DH_SEARCH_BITS_MIN 512

/* Threads; more than any machine this was tried on. */
#define TLSG_DH_SEARCH_THREADS_MAX 1024

/* What to search, and how. */
typedef struct tlsg_dh_plan_t {
    int bits;                /* of p, TLSG_DH_SEARCH_BITS_MIN .. TLSG_DH_BITS_MAX */
    int threads;             /* 1 .. TLSG_DH_SEARCH_THREADS_MAX */
    tlsg_dh_kernel_t kernel; /* must be there */
    uint32_t limit;          /* the sieve divides by the primes below, up to TLSG_DH_PRIMES_LIMIT */
    unsigned char seed[TLSG_DH_SEED_BYTES]; /* random, from the caller; with one thread it decides
                                             * the result */
} tlsg_dh_plan_t;

/* What has been done so far. */
typedef struct tlsg_dh_progress_t {
    int sieving;          /* 1: no tests at present */
    uint64_t first_tests; /* of q; the search has no memory, so no count says how much is left */
    uint64_t second_tests;
    uint64_t survivors; /* positions that the sieve left, all windows together */
    uint32_t windows;   /* begun */
    double expected;    /* tests of q that one safe prime takes on average */
} tlsg_dh_progress_t;

/* Called some five times a second in the calling thread. Returns 1 to go on, 0 to cancel. */
typedef int tlsg_dh_progress_fn(const tlsg_dh_progress_t *progress, void *baton);

typedef enum tlsg_dh_outcome_t {
    TLSG_DH_FOUND,
    TLSG_DH_CANCELLED,
    TLSG_DH_FAILED, /* no memory, no thread */
} tlsg_dh_outcome_t;

/* Fills a plan for one thread, the fastest kernel and the sieve limit that suits both; the seed is left
 * alone. */
void tlsg_dh_search_plan(tlsg_dh_plan_t *plan, int bits);

/* The sieve limit that makes the whole search cheapest. */
uint32_t tlsg_dh_search_limit(int bits, tlsg_dh_kernel_t kernel);

/* Tests of q (*first) and of p (*second) per safe prime, on average, with a sieve up to `limit`. */
void tlsg_dh_search_expect(int bits, uint32_t limit, double *first, double *second);

/* Searches. On TLSG_DH_FOUND sets p and *origin. `report` may be NULL; *progress (may be NULL) holds the
 * final counts. Every thread has ended when it returns. */
tlsg_dh_outcome_t tlsg_dh_search_run(const tlsg_dh_plan_t *plan, tlsg_dh_progress_fn *report,
                                     void *baton, BIGNUM *p, tlsg_dh_origin_t *origin,
                                     tlsg_dh_progress_t *progress);

#endif
