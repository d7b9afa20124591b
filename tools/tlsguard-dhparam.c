/* SPDX-License-Identifier: Apache-2.0 */
/* tlsguard-dhparam: makes Diffie-Hellman groups, hands out the standard ones, and judges those
 * there are. This file has the options and the order of things. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cli.h"
#include "dh.h"
#include "dh_search.h"
#include "dhparam_check.h"
#include "dhparam_group.h"
#include "dhparam_make.h"
#include "dhparam_seed.h"

#define BITS_DEFAULT TLSG_DH_BITS_RECOMMENDED
#define BITS_SLOW 4096 /* above, a handshake costs more than it gains */
#define FILE_MODE 0644 /* a group is public */

enum {
    OPT_OUT = 'o',
    OPT_QUIET = 'q',
    OPT_THREADS = 't',
    OPT_NAMED = 256,
    OPT_CHECK,
    OPT_APPEND,
    OPT_SEED_OUT,
    OPT_VERIFY_SEED,
    OPT_KERNEL,
};

/* clang-format off */
static const tlsg_cli_option_t OPTIONS[] = {
    { "named", OPT_NAMED, "NAME", "Group", "a standard group, recommended: ffdhe2048 ...", 0 },
    { "out", OPT_OUT, "FILE", "Output", "instead of standard output; whole or not at all", 0 },
    { "append", OPT_APPEND, "CERT", NULL, "into a certificate file, where mod_ssl looks", 0 },
    { "seed-out", OPT_SEED_OUT, "FILE", NULL, "how the prime was found, to be verified", 0 },
    { "check", OPT_CHECK, "FILE", "Answers", "name and judge a group; - for stdin (repeatable)",
      TLSG_CLI_REPEAT },
    { "verify-seed", OPT_VERIFY_SEED, "SEED", NULL, "does the group in FILE follow from it?", 0 },
    { "threads", OPT_THREADS, "N", "Search", "instead of one per processor", 0 },
    { "kernel", OPT_KERNEL, "NAME", NULL, "arithmetic: bn or ifma, instead of the fastest", 0 },
    { "quiet", OPT_QUIET, NULL, NULL, "no progress, no advice", 0 },
    { NULL, 0, NULL, NULL, NULL, 0 },
};
/* clang-format on */

static const tlsg_cli_program_t PROGRAM = {
    .name = "tlsguard-dhparam",
    .synopsis = "[OPTION]... [BITS]\n"
                "       tlsguard-dhparam --check FILE... | --verify-seed SEED [FILE]",
    .summary = "Makes a new Diffie-Hellman group of BITS (2048): p = 2q + 1 with p and q prime,\n"
               "generator 2 of order q. Prefer --named ffdhe2048 or ffdhe3072 unless a policy\n"
               "demands a group of your own: handshakes are faster, and TLS 1.3 takes no other.\n"
               "Exit status: 0 done or yes, 1 no, 2 input unreadable, 3 usage or environment.\n",
    .options = OPTIONS,
};

/* ---- Answers --------------------------------------------------------------------------------- */

static tlsg_exit_t check_all(tlsg_cli_t *cli)
{
    const apr_array_header_t *files = tlsg_cli_values(cli, OPT_CHECK);
    tlsg_exit_t worst = TLSG_EXIT_DONE;
    for (int i = 0; i < files->nelts + cli->operands->nelts; i++) {
        const char *path = i < files->nelts
                               ? APR_ARRAY_IDX(files, i, const char *)
                               : APR_ARRAY_IDX(cli->operands, i - files->nelts, const char *);
        tlsg_exit_t status = tlsg_dhparam_check(cli, path);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static tlsg_exit_t verify(tlsg_cli_t *cli)
{
    if (cli->operands->nelts > 1) {
        return tlsg_cli_usage(cli, "--verify-seed takes one group file");
    }
    return tlsg_dhparam_seed_verify(
        cli, tlsg_cli_value(cli, OPT_VERIFY_SEED),
        cli->operands->nelts > 0 ? APR_ARRAY_IDX(cli->operands, 0, const char *) : NULL);
}

/* Options about making mean nothing to a question. Returns 1, or 0 after a report. */
static int only_asks(tlsg_cli_t *cli)
{
    static const int making[] = { OPT_NAMED,    OPT_OUT,     OPT_APPEND,
                                  OPT_SEED_OUT, OPT_THREADS, OPT_KERNEL };
    if (tlsg_cli_given(cli, OPT_CHECK) && tlsg_cli_given(cli, OPT_VERIFY_SEED)) {
        tlsg_cli_usage(cli, "--check and --verify-seed are two questions: ask one at a time");
        return 0;
    }
    for (size_t i = 0; i < sizeof making / sizeof making[0]; i++) {
        if (tlsg_cli_given(cli, making[i])) {
            tlsg_cli_usage(cli, "--check and --verify-seed only read: no other option goes with "
                                "them");
            return 0;
        }
    }
    return 1;
}

/* ---- Making ---------------------------------------------------------------------------------- */

/* Reads BITS. Returns 1, or 0 after a report. */
static int read_bits(tlsg_cli_t *cli, int *bits)
{
    *bits = BITS_DEFAULT;
    if (cli->operands->nelts == 0) {
        return 1;
    }
    const char *text = APR_ARRAY_IDX(cli->operands, 0, const char *);
    char *end = NULL;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (cli->operands->nelts > 1 || text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
        tlsg_cli_usage(cli, "'%s' is not a number of bits; to judge a file, use --check", text);
        return 0;
    }
    if (n < TLSG_DH_SEARCH_BITS_MIN || n > TLSG_DH_BITS_MAX) {
        tlsg_cli_usage(cli, "%ld bits: OpenSSL works with %d to %d", n, TLSG_DH_SEARCH_BITS_MIN,
                       TLSG_DH_BITS_MAX);
        return 0;
    }
    *bits = (int)n;
    return 1;
}

/* Reads the options of the search. Returns 1, or 0 after a report. */
static int read_plan(tlsg_cli_t *cli, tlsg_dh_plan_t *plan)
{
    const char *kernel = tlsg_cli_value(cli, OPT_KERNEL);
    long threads = tlsg_dhparam_processors();
    int bits;
    if (!read_bits(cli, &bits) ||
        !tlsg_cli_number(cli, OPT_THREADS, 1, TLSG_DH_SEARCH_THREADS_MAX, &threads)) {
        return 0;
    }
    tlsg_dh_search_plan(plan, bits);
    plan->threads = (int)threads;
    if (kernel == NULL) {
        return 1;
    }
    for (tlsg_dh_kernel_t k = TLSG_DH_KERNEL_BN; k < TLSG_DH_KERNELS; k++) {
        if (strcmp(kernel, tlsg_dh_power_name(k)) == 0) {
            if (!tlsg_dh_power_has(k)) {
                tlsg_cli_usage(cli, "--kernel %s: this processor does not have it", kernel);
                return 0;
            }
            plan->kernel = k;
            plan->limit = tlsg_dh_search_limit(bits, k);
            return 1;
        }
    }
    tlsg_cli_usage(cli, "--kernel: '%s' is neither bn nor ifma", kernel);
    return 0;
}

/* Hours of search must not end at a directory that cannot be written to. */
static tlsg_exit_t check_targets(tlsg_cli_t *cli)
{
    static const int files[] = { OPT_OUT, OPT_SEED_OUT };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *path = tlsg_cli_value(cli, files[i]);
        const char *err;
        if (path != NULL && !tlsg_cli_can_write(cli->pool, path, 0, &err)) {
            tlsg_cli_complain(cli, path, "%s", err);
            return TLSG_EXIT_USAGE;
        }
    }
    const char *certificate = tlsg_cli_value(cli, OPT_APPEND);
    return certificate != NULL ? tlsg_dhparam_can_append(cli, certificate) : TLSG_EXIT_DONE;
}

static tlsg_exit_t write_file(tlsg_cli_t *cli, const char *path, const char *text)
{
    const char *err;
    if (!tlsg_cli_write(cli->pool, path, text, strlen(text), FILE_MODE, 0, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return TLSG_EXIT_USAGE;
    }
    return TLSG_EXIT_DONE;
}

static tlsg_exit_t append(tlsg_cli_t *cli, const char *path, const char *pem, int quiet)
{
    int replaced;
    tlsg_exit_t status = tlsg_dhparam_append(cli, path, pem, &replaced);
    if (status == TLSG_EXIT_DONE && !quiet) {
        fprintf(stderr,
                "%s; mod_ssl uses the group where this is the first SSLCertificateFile, after a "
                "reload.\n"
                "SSLOpenSSLConfCmd DHParameters would have no effect: mod_ssl ignores it.\n",
                replaced > 0 ? "Replaced the group that was there" : "Appended");
    }
    return status;
}

/* Puts everything where it was asked for; the group last, so that a group always has its seed
 * file. */
static tlsg_exit_t deliver(tlsg_cli_t *cli, const tlsg_dhparam_group_t *group,
                           const tlsg_dh_origin_t *origin, int quiet)
{
    const char *out = tlsg_cli_value(cli, OPT_OUT);
    const char *certificate = tlsg_cli_value(cli, OPT_APPEND);
    const char *seed = tlsg_cli_value(cli, OPT_SEED_OUT);
    tlsg_exit_t status = TLSG_EXIT_DONE;
    const char *pem = tlsg_dhparam_pem(cli->pool, group);
    if (pem == NULL) {
        tlsg_cli_complain(cli, NULL, "out of memory");
        return TLSG_EXIT_USAGE;
    }
    if (seed != NULL) {
        status = write_file(cli, seed, tlsg_dhparam_seed_text(cli->pool, origin, group->p));
    }
    if (status == TLSG_EXIT_DONE && out != NULL) {
        status = write_file(cli, out, pem);
    }
    if (status == TLSG_EXIT_DONE && certificate != NULL) {
        status = append(cli, certificate, pem, quiet);
    }
    if (status == TLSG_EXIT_DONE && out == NULL && certificate == NULL) {
        fputs(pem, stdout);
    }
    return status;
}

static void warn(tlsg_cli_t *cli, const tlsg_dh_plan_t *plan)
{
    if (plan->bits < TLSG_DH_BITS_RECOMMENDED) {
        tlsg_cli_complain(cli, NULL,
                          "warning: %d bits are too few: RFC 9325 requires 2048, and OpenSSL "
                          "refuses less at its usual security level",
                          plan->bits);
    }
    if (plan->bits > BITS_SLOW) {
        tlsg_cli_complain(cli, NULL,
                          "warning: %d bits make every handshake with the group slow; 3072 are "
                          "plenty",
                          plan->bits);
    }
}

static tlsg_exit_t make(tlsg_cli_t *cli)
{
    const char *named = tlsg_cli_value(cli, OPT_NAMED);
    int quiet = tlsg_cli_given(cli, OPT_QUIET);
    tlsg_dh_plan_t plan;
    tlsg_dh_origin_t origin;
    tlsg_dhparam_group_t group;
    if (named != NULL && (cli->operands->nelts > 0 || tlsg_cli_given(cli, OPT_SEED_OUT))) {
        return tlsg_cli_usage(cli, "--named takes neither BITS nor --seed-out: the group is made");
    }
    if (named != NULL && !tlsg_dhparam_named(cli->pool, named, &group)) {
        return tlsg_cli_usage(cli, "--named: '%s' is none of %s", named,
                              tlsg_dhparam_names(cli->pool));
    }
    if (named == NULL && !read_plan(cli, &plan)) {
        return TLSG_EXIT_USAGE;
    }
    tlsg_exit_t status = check_targets(cli);
    if (status == TLSG_EXIT_DONE && named == NULL) {
        warn(cli, &plan);
        status = tlsg_dhparam_make(cli, &plan, quiet, &group, &origin);
    }
    return status == TLSG_EXIT_DONE ? deliver(cli, &group, &origin, quiet) : status;
}

int main(int argc, const char *const *argv)
{
    tlsg_exit_t status = TLSG_EXIT_DONE;
    tlsg_cli_t *cli = tlsg_cli_start(&PROGRAM, argc, argv, &status);
    if (cli == NULL) {
        return (int)status;
    }
    if (tlsg_cli_given(cli, OPT_CHECK) || tlsg_cli_given(cli, OPT_VERIFY_SEED)) {
        if (!only_asks(cli)) {
            status = TLSG_EXIT_USAGE;
        }
        else {
            status = tlsg_cli_given(cli, OPT_CHECK) ? check_all(cli) : verify(cli);
        }
    }
    else {
        status = make(cli);
    }
    return tlsg_cli_finish(cli, status);
}
