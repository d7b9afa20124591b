/* SPDX-License-Identifier: Apache-2.0 */
#include "dhparam_make.h"

#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_time.h>
#include <openssl/rand.h>

#include "dh.h"

int tlsg_dhparam_processors(void)
{
#ifdef CPU_COUNT
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return CPU_COUNT(&set);
    }
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 && n <= TLSG_DH_SEARCH_THREADS_MAX ? (int)n : 1;
}

/* ---- Progress -------------------------------------------------------------------------------- */

typedef struct {
    tlsg_cli_t *cli;
    const tlsg_dh_plan_t *plan;
    apr_time_t began;
} show_t;

/* Tests have no memory: the chance to be done grows, but nothing is ever half done. */
static int show(const tlsg_dh_progress_t *progress, void *baton)
{
    const show_t *s = baton;
    double seconds = (double)(apr_time_now() - s->began) / APR_USEC_PER_SEC;
    double tests = (double)progress->first_tests;
    int elapsed = (int)seconds;
    if (progress->sieving && progress->first_tests == 0) {
        tlsg_cli_progress(s->cli, "%d bits: %d:%02d, sieving", s->plan->bits, elapsed / 60,
                          elapsed % 60);
        return 1;
    }
    tlsg_cli_progress(s->cli,
                      "%d bits: %d:%02d, %.0f candidates tested (%.0f/s); "
                      "%.0f of 100 searches end by now",
                      s->plan->bits, elapsed / 60, elapsed % 60, tests, tests / seconds,
                      100 * (1 - exp(-tests / progress->expected)));
    return 1;
}

/* Nothing is on disk before the result is complete, so dying is a clean end; only the progress
 * line has to go. SA_RESETHAND: the second time the signal does what it always does. */
static void tidy_and_die(int signal_number)
{
    static const char erase[] = "\r\033[K";
    if (write(STDERR_FILENO, erase, sizeof erase - 1) < 0) {
        /* The terminal is gone; so are we. */
    }
    raise(signal_number);
}

static void tidy_on_signals(void)
{
    static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct sigaction action;
    struct sigaction before;
    memset(&action, 0, sizeof action);
    action.sa_handler = tidy_and_die;
    action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        /* nohup and background jobs ignore some; that stays. */
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            sigaction(ending[i], &action, NULL);
        }
    }
}

/* ---- The search ------------------------------------------------------------------------------ */

static tlsg_exit_t broken(tlsg_cli_t *cli, const char *why)
{
    tlsg_cli_complain(cli, NULL, "%s", why);
    return TLSG_EXIT_USAGE;
}

tlsg_exit_t tlsg_dhparam_make(tlsg_cli_t *cli, tlsg_dh_plan_t *plan, int quiet,
                              tlsg_dhparam_group_t *group, tlsg_dh_origin_t *origin)
{
    show_t baton = { .cli = cli, .plan = plan, .began = apr_time_now() };
    tlsg_dh_progress_t progress;
    tlsg_dh_proof_t proof;
    int shown = !quiet && tlsg_cli_is_tty(STDERR_FILENO);
    group->p = tlsg_dhparam_own(cli->pool, BN_new());
    group->g = tlsg_dhparam_own(cli->pool, BN_new());
    if (group->p == NULL || group->g == NULL || !BN_set_word(group->g, 2)) {
        return broken(cli, "out of memory");
    }
    if (RAND_bytes(plan->seed, (int)sizeof plan->seed) != 1) {
        return broken(cli, "no random numbers");
    }
    if (shown) {
        tidy_on_signals();
    }
    if (tlsg_dh_search_run(plan, shown ? show : NULL, &baton, group->p, origin, &progress) !=
        TLSG_DH_FOUND) {
        return broken(cli, "no memory or no thread for the search");
    }
    if (shown) {
        tlsg_cli_progress(cli, "%d bits: found, being proved", plan->bits);
    }
    if (!tlsg_dh_check(group->p, group->g, &proof)) {
        return broken(cli, "out of memory");
    }
    tlsg_cli_progress_end(cli);
    if (proof.safe != TLSG_DH_YES || proof.order != TLSG_DH_ORDER_Q) {
        return broken(cli, "what the search found is not a safe prime: defect of the program or of "
                           "this computer; nothing was written");
    }
    if (!quiet) {
        double seconds = (double)(apr_time_now() - baton.began) / APR_USEC_PER_SEC;
        fprintf(stderr,
                "%d-bit safe prime found and proved in %.1f s (%llu candidates tested).\n"
                "Unless a policy demands a group of your own, --named ffdhe2048 is the better "
                "choice.\n",
                plan->bits, seconds, (unsigned long long)progress.first_tests);
    }
    return TLSG_EXIT_DONE;
}
