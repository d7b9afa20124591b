/* SPDX-License-Identifier: Apache-2.0 */
#include "dh_search.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "dh_primes.h"
#include "dh_sieve.h"

#define REPORT_NS 200000000L /* nanoseconds between two calls of the report function */
#define NO_WINNER UINT32_MAX

#define E_GAMMA 1.7810724179901979 /* e to the Euler-Mascheroni constant (Mertens' third theorem) */
#define LN_2 0.6931471805599453

/* One search. Threads share it; what they write is atomic or under the lock. */
typedef struct {
    const tlsg_dh_plan_t *plan;
    tlsg_dh_primes_t *primes;
    tlsg_dh_origin_t origin; /* of the present window */
    BIGNUM *start;
    tlsg_dh_window_t *window;
    uint64_t *map;         /* struck positions, all threads' together */
    uint32_t *candidate;   /* positions left, in the order of their tests */
    uint32_t candidates;   /* how many */
    pthread_mutex_t lock;  /* map, running */
    pthread_cond_t ended;  /* signalled when `running` falls */
    int running;           /* threads at work */
    _Atomic uint32_t next; /* interval or candidate that nobody has taken yet */
    _Atomic uint32_t winner;
    _Atomic int stop;
    _Atomic int failed;
    _Atomic uint64_t first_tests;
    _Atomic uint64_t second_tests;
    uint64_t survivors;
    uint32_t windows;
    int sieving;
} search_t;

/* ---- Planning -------------------------------------------------------------------------------- */

/* Natural logarithm of a number from 2 on, good to a thousandth: sieve limits are powers of two but
 * for tests. */
static double ln_of(uint32_t n)
{
    int exponent = 31 - __builtin_clz(n);
    double x = (double)n / (double)(UINT32_C(1) << exponent); /* 1 <= x < 2 */
    double y = (x - 1) / (x + 1);
    return exponent * LN_2 + 2 * (y + y * y * y / 3 + y * y * y * y * y / 5);
}

void tlsg_dh_search_expect(int bits, uint32_t limit, double *first, double *second)
{
    /* A survivor's q is prime with probability e^gamma ln(limit) / ln(q), and so is p then. */
    double odds = E_GAMMA * ln_of(limit) / (bits * LN_2);
    *second = 1 / odds;
    *first = 1 / (odds * odds);
}

uint32_t tlsg_dh_search_limit(int bits, tlsg_dh_kernel_t kernel)
{
    /* Nanoseconds at 2048 bits on a current processor; their ratio is what matters, and a factor of
     * four off costs 5 %. A test grows with the cube of the bits, a residue with the bits. */
    const int wide = kernel == TLSG_DH_KERNEL_IFMA;
    const double test_ns = wide ? 225e3 : 1450e3;
    const double prime_ns = wide ? 14 : 19; /* to list a prime and to strike with it */
    const double residue_ns = wide ? 4 : 18;
    const double size = bits / 2048.0;
    uint32_t best = TLSG_DH_PRIMES_SPAN;
    double best_ns = 0;
    for (uint32_t limit = TLSG_DH_PRIMES_SPAN; limit <= TLSG_DH_PRIMES_LIMIT; limit *= 2) {
        double first;
        double second;
        tlsg_dh_search_expect(bits, limit, &first, &second);
        double ns = (first + second) * test_ns * size * size * size +
                    limit / ln_of(limit) * (prime_ns + residue_ns * size);
        if (limit == TLSG_DH_PRIMES_SPAN || ns < best_ns) {
            best = limit;
            best_ns = ns;
        }
    }
    return best;
}

void tlsg_dh_search_plan(tlsg_dh_plan_t *plan, int bits)
{
    plan->bits = bits;
    plan->threads = 1;
    plan->kernel = tlsg_dh_power_best();
    plan->limit = tlsg_dh_search_limit(bits, plan->kernel);
}

/* ---- The sieve's threads --------------------------------------------------------------------- */

static void fail(search_t *s)
{
    atomic_store(&s->failed, 1);
    atomic_store(&s->stop, 1);
}

static void sieve_work(search_t *s)
{
    const size_t words = tlsg_dh_sieve_words(s->window);
    uint64_t *map = calloc(words, sizeof *map);
    uint32_t *prime = malloc(TLSG_DH_PRIMES_MAX * sizeof *prime);
    if (map == NULL || prime == NULL) {
        fail(s);
        goto out;
    }
    while (!atomic_load(&s->stop)) {
        uint32_t interval = atomic_fetch_add(&s->next, 1);
        if (interval > (s->plan->limit - 1) / TLSG_DH_PRIMES_SPAN) {
            break;
        }
        size_t count = tlsg_dh_primes_list(s->primes, interval * TLSG_DH_PRIMES_SPAN, prime);
        while (count > 0 && prime[count - 1] >= s->plan->limit) {
            count--;
        }
        size_t skip = interval == 0 ? 1 : 0; /* 3 divides the step */
        tlsg_dh_sieve_strike(s->window, prime + skip, count - skip, map);
    }
    pthread_mutex_lock(&s->lock);
    for (size_t w = 0; w < words; w++) {
        s->map[w] |= map[w];
    }
    pthread_mutex_unlock(&s->lock);
out:
    free(prime);
    free(map);
}

/* ---- The tests' threads ---------------------------------------------------------------------- */

/* One lane: a candidate whose q, or whose p after q passed, is being tested. */
typedef struct {
    uint32_t position;
    int is_second;
    BIGNUM *modulus;
    BIGNUM *exponent;
    BIGNUM *result;
} job_t;

typedef struct {
    job_t job[TLSG_DH_LANES];
    uint32_t passed[TLSG_DH_LANES]; /* positions whose q passed and whose p is still to be tested */
    int passed_count;
    tlsg_dh_power_t *power;
} tester_t;

static void tester_free(tester_t *t)
{
    for (int i = 0; i < TLSG_DH_LANES; i++) {
        BN_free(t->job[i].modulus);
        BN_free(t->job[i].exponent);
        BN_free(t->job[i].result);
    }
    tlsg_dh_power_free(t->power);
}

static int tester_make(tester_t *t, const search_t *s)
{
    memset(t, 0, sizeof *t);
    t->power = tlsg_dh_power_make(s->plan->bits, s->plan->kernel);
    int made = t->power != NULL;
    for (int i = 0; i < TLSG_DH_LANES; i++) {
        t->job[i].modulus = BN_new();
        t->job[i].exponent = BN_new();
        t->job[i].result = BN_new();
        made = made && t->job[i].modulus != NULL && t->job[i].exponent != NULL &&
               t->job[i].result != NULL;
    }
    return made;
}

/* 2^((q-1)/2) = +-1 mod q is the strong test for q = 3 mod 4; 2^q = 1 mod p proves p when q is
 * prime. */
static int job_set(job_t *job, const BIGNUM *start, uint32_t position, int is_second)
{
    job->position = position;
    job->is_second = is_second;
    BIGNUM *q = is_second ? job->exponent : job->modulus;
    if (BN_copy(q, start) == NULL || !BN_add_word(q, (BN_ULONG)position * TLSG_DH_STEP)) {
        return 0;
    }
    if (is_second) {
        return BN_lshift1(job->modulus, q) && BN_add_word(job->modulus, 1);
    }
    return BN_rshift1(job->exponent, q);
}

/* Second tests first: each is the last step to a winner with a probability of several per cent.
 * Returns the number of lanes filled, -1 without memory. */
static int tester_fill(tester_t *t, search_t *s)
{
    int lanes = tlsg_dh_power_lanes(t->power);
    int n = 0;
    for (; n < lanes && t->passed_count > 0; n++) {
        if (!job_set(&t->job[n], s->start, t->passed[--t->passed_count], 1)) {
            return -1;
        }
    }
    for (; n < lanes; n++) {
        uint32_t index = atomic_fetch_add(&s->next, 1);
        if (index >= s->candidates) {
            break;
        }
        if (!job_set(&t->job[n], s->start, s->candidate[index], 0)) {
            return -1;
        }
    }
    return n;
}

static int tester_run(tester_t *t, int n)
{
    const BIGNUM *modulus[TLSG_DH_LANES];
    const BIGNUM *exponent[TLSG_DH_LANES];
    BIGNUM *result[TLSG_DH_LANES];
    for (int i = 0; i < n; i++) {
        modulus[i] = t->job[i].modulus;
        exponent[i] = t->job[i].exponent;
        result[i] = t->job[i].result;
    }
    return tlsg_dh_power_run(t->power, n, modulus, exponent, result);
}

static void job_judge(tester_t *t, job_t *job, search_t *s)
{
    int is_one = BN_is_one(job->result);
    if (job->is_second) {
        uint32_t none = NO_WINNER;
        atomic_fetch_add(&s->second_tests, 1);
        if (is_one) {
            atomic_compare_exchange_strong(&s->winner, &none, job->position);
            atomic_store(&s->stop, 1);
        }
        return;
    }
    atomic_fetch_add(&s->first_tests, 1);
    if (is_one || (BN_add_word(job->result, 1) && BN_cmp(job->result, job->modulus) == 0)) {
        t->passed[t->passed_count++] = job->position;
    }
}

static void test_work(search_t *s)
{
    tester_t t;
    int made = tester_make(&t, s);
    while (made && !atomic_load(&s->stop)) {
        int n = tester_fill(&t, s);
        if (n == 0) {
            break;
        }
        made = n > 0 && tester_run(&t, n);
        for (int i = 0; made && i < n; i++) {
            job_judge(&t, &t.job[i], s);
        }
    }
    if (!made) {
        fail(s);
    }
    tester_free(&t);
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void *thread_main(void *baton)
{
    search_t *s = baton;
    if (s->sieving) {
        sieve_work(s);
    }
    else {
        test_work(s);
    }
    pthread_mutex_lock(&s->lock);
    s->running--;
    pthread_cond_signal(&s->ended);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void progress_of(search_t *s, tlsg_dh_progress_t *progress)
{
    double second;
    progress->sieving = s->sieving;
    progress->first_tests = atomic_load(&s->first_tests);
    progress->second_tests = atomic_load(&s->second_tests);
    progress->survivors = s->survivors;
    progress->windows = s->windows;
    tlsg_dh_search_expect(s->plan->bits, s->plan->limit, &progress->expected, &second);
}

/* Waits until the threads have ended, reporting meanwhile. Returns 0 when the caller cancelled. */
static int wait_for_threads(search_t *s, tlsg_dh_progress_fn *report, void *baton)
{
    int go_on = 1;
    pthread_mutex_lock(&s->lock);
    while (s->running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += REPORT_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&s->ended, &s->lock, &until) == ETIMEDOUT && report != NULL) {
            tlsg_dh_progress_t progress;
            pthread_mutex_unlock(&s->lock);
            progress_of(s, &progress);
            if (go_on && !report(&progress, baton)) {
                go_on = 0;
                atomic_store(&s->stop, 1);
            }
            pthread_mutex_lock(&s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return go_on;
}

/* Runs one phase on all threads. Returns 1 to go on, 0 when cancelled, -1 on failure. */
static int phase(search_t *s, int sieving, tlsg_dh_progress_fn *report, void *baton)
{
    pthread_t thread[TLSG_DH_SEARCH_THREADS_MAX];
    int started = 0;
    sigset_t all;
    sigset_t before;
    s->sieving = sieving;
    atomic_store(&s->next, 0);
    /* Signals are the calling thread's business. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_mutex_lock(&s->lock);
    while (started < s->plan->threads &&
           pthread_create(&thread[started], NULL, thread_main, s) == 0) {
        started++;
    }
    s->running = started;
    pthread_mutex_unlock(&s->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    int go_on = wait_for_threads(s, report, baton);
    for (int i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
    }
    return started == 0 || atomic_load(&s->failed) ? -1 : go_on;
}

/* ---- Windows --------------------------------------------------------------------------------- */

/* Lists the positions left, shuffled: taken in order, a prime after a long gap would be found more
 * often than others. Returns 0 without memory. */
static int list_candidates(search_t *s, uint32_t positions)
{
    s->candidates = 0;
    for (uint32_t k = 0; k < positions; k++) {
        if ((s->map[k / 64] >> (k % 64) & 1) == 0) {
            s->candidate[s->candidates++] = k;
        }
    }
    s->survivors += s->candidates;
    const size_t len = s->candidates * sizeof(uint64_t);
    unsigned char *random = malloc(len + 1);
    if (random == NULL || !tlsg_dh_seed_order(&s->origin, random, len)) {
        free(random);
        return 0;
    }
    for (uint32_t i = s->candidates; i-- > 1;) {
        uint64_t draw = 0;
        for (size_t b = 0; b < sizeof draw; b++) {
            draw = draw << 8 | random[i * sizeof draw + b];
        }
        /* 64 bits for a choice of at most 2^25: the modulus favours nothing visibly. */
        uint32_t other = (uint32_t)(draw % (i + 1));
        uint32_t held = s->candidate[i];
        s->candidate[i] = s->candidate[other];
        s->candidate[other] = held;
    }
    free(random);
    return 1;
}

/* Sieves and tests one window. Returns 1 to go on (a winner may be set), 0 cancelled, -1 failed. */
static int search_window(search_t *s, tlsg_dh_progress_fn *report, void *baton)
{
    const uint32_t positions = tlsg_dh_seed_positions(s->plan->bits);
    int usable = tlsg_dh_seed_start(&s->origin, s->start);
    if (usable <= 0) {
        return usable == 0 ? -1 : 1;
    }
    s->windows++;
    s->window = tlsg_dh_sieve_window(s->start, positions, s->plan->kernel);
    if (s->window == NULL) {
        return -1;
    }
    memset(s->map, 0, tlsg_dh_sieve_words(s->window) * sizeof *s->map);
    int go_on = phase(s, 1, report, baton);
    if (go_on > 0) {
        go_on = list_candidates(s, positions) ? phase(s, 0, report, baton) : -1;
    }
    tlsg_dh_sieve_free(s->window);
    s->window = NULL;
    return go_on;
}

static int search_make(search_t *s, const tlsg_dh_plan_t *plan)
{
    const uint32_t positions = tlsg_dh_seed_positions(plan->bits);
    memset(s, 0, sizeof *s);
    s->plan = plan;
    s->origin.bits = plan->bits;
    memcpy(s->origin.seed, plan->seed, sizeof plan->seed);
    atomic_store(&s->winner, NO_WINNER);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ended, NULL);
    s->primes = tlsg_dh_primes_make();
    s->start = BN_new();
    s->map = calloc(positions / 64 + 1, sizeof *s->map);
    s->candidate = malloc(positions * sizeof *s->candidate);
    return s->primes != NULL && s->start != NULL && s->map != NULL && s->candidate != NULL;
}

static void search_free(search_t *s)
{
    tlsg_dh_primes_free(s->primes);
    BN_free(s->start);
    free(s->map);
    free(s->candidate);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
}

tlsg_dh_outcome_t tlsg_dh_search_run(const tlsg_dh_plan_t *plan, tlsg_dh_progress_fn *report,
                                     void *baton, BIGNUM *p, tlsg_dh_origin_t *origin,
                                     tlsg_dh_progress_t *progress)
{
    search_t s;
    tlsg_dh_outcome_t outcome = TLSG_DH_FAILED;
    int go_on = 1;
    ERR_set_mark();
    if (!search_make(&s, plan)) {
        goto out;
    }
    while (go_on > 0 && atomic_load(&s.winner) == NO_WINNER) {
        go_on = search_window(&s, report, baton);
        s.origin.window++;
    }
    if (go_on > 0) {
        s.origin.window--;
        s.origin.offset = atomic_load(&s.winner);
        *origin = s.origin;
        outcome = tlsg_dh_seed_prime(origin, p) > 0 ? TLSG_DH_FOUND : TLSG_DH_FAILED;
    }
    else {
        outcome = go_on == 0 ? TLSG_DH_CANCELLED : TLSG_DH_FAILED;
    }
    if (progress != NULL) {
        progress_of(&s, progress);
    }
out:
    search_free(&s);
    ERR_pop_to_mark();
    return outcome;
}
