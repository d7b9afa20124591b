/* SPDX-License-Identifier: Apache-2.0 */
/* tlsguard-pin: SPKI pins of whatever holds a public key, in the form the reader needs. This
 * file has the options and the order of things: check the command line, read every input, make
 * the backup key, print. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "cli.h"
#include "pin.h"
#include "pin_backup.h"
#include "pin_format.h"
#include "pin_input.h"
#include "pin_pass.h"
#include "pin_set.h"

#define MAX_AGE_DEFAULT 5184000 /* seconds: 60 days, what RFC 7469 section 4.1 suggests */
#define MAX_AGE_LIMIT 315360000 /* seconds: ten years; more is a slip of the finger */
#define TIMEOUT_DEFAULT 10      /* seconds for a server: name, connection and both handshakes */
#define TIMEOUT_LIMIT 3600      /* seconds */

enum {
    OPT_LONG = 'l',
    OPT_JSON = 'j',
    OPT_HEADER = 256,
    OPT_DIRECTIVE,
    OPT_TLSA,
    OPT_CURL,
    OPT_ANDROID,
    OPT_CHECK,
    OPT_MAX_AGE,
    OPT_SUBDOMAINS,
    OPT_REPORT_URI,
    OPT_FORCE,
    OPT_BACKUP,
    OPT_BACKUP_TYPE,
    OPT_BACKUP_PIN,
    OPT_PASS_FILE,
    OPT_HTTPD,
    OPT_MODULE,
    OPT_TIMEOUT,
};

/* clang-format off */
static const tlsg_cli_option_t OPTIONS[] = {
    { "long", OPT_LONG, NULL, "Output", "with kind, key, origin and subject", 0 },
    { "json", OPT_JSON, NULL, NULL, "everything, as one JSON document", 0 },
    { "header", OPT_HEADER, NULL, NULL, "Apache's Header line with Public-Key-Pins", 0 },
    { "directive", OPT_DIRECTIVE, NULL, NULL, "TLSGuardPins line (needs backup pins only)", 0 },
    { "tlsa", OPT_TLSA, "HOST", NULL, "DNS records TLSA 3 1 1, and 2 1 1 for CAs", 0 },
    { "curl", OPT_CURL, NULL, NULL, "value for curl --pinnedpubkey", 0 },
    { "android", OPT_ANDROID, "HOST", NULL, "network-security-config of an Android app", 0 },
    { "check", OPT_CHECK, "HEADER", NULL, "is this Public-Key-Pins valid for the chain?", 0 },
    { "max-age", OPT_MAX_AGE, "SECONDS", "Policy", "how long clients remember (5184000)", 0 },
    { "include-subdomains", OPT_SUBDOMAINS, NULL, NULL, "for every name below it, too", 0 },
    { "report-uri", OPT_REPORT_URI, "URI", NULL, "where clients report violations", 0 },
    { "force", OPT_FORCE, NULL, NULL, "print even without a backup pin", 0 },
    { "backup", OPT_BACKUP, "FILE", "Backup", "make a key: mode 0600, never overwrites", 0 },
    { "backup-type", OPT_BACKUP_TYPE, "TYPE", NULL,
      "p256 (default), p384, rsa2048, rsa3072, rsa4096", 0 },
    { "backup-pin", OPT_BACKUP_PIN, "PIN", NULL, "a backup pin known already (repeatable)",
      TLSG_CLI_REPEAT },
    { "pass-file", OPT_PASS_FILE, "FILE", "Input", "its first line opens encrypted keys", 0 },
    { "httpd", OPT_HTTPD, "PROGRAM", NULL, "the server that reads a *.conf", 0 },
    { "module", OPT_MODULE, "FILE", NULL, "mod_tlsguard.so, if the *.conf loads none", 0 },
    { "timeout", OPT_TIMEOUT, "SECONDS", NULL, "patience with a server (10)", 0 },
    { NULL, 0, NULL, NULL, NULL, 0 },
};
/* clang-format on */

static const tlsg_cli_program_t PROGRAM = {
    .name = "tlsguard-pin",
    .synopsis = "[OPTION]... INPUT...",
    .summary = "Prints SPKI SHA-256 pins (RFC 7469), one a line. INPUT: a file with keys,\n"
               "certificates, requests, PKCS#12 or PKCS#7, PEM or DER; - for stdin; host:port;\n"
               "an OpenSSL store URI (pkcs11:...); an httpd *.conf. HOST -: each site's own.\n",
    .options = OPTIONS,
};

#define NEEDS_INPUT 1U  /* means nothing without a key in use */
#define NEEDS_ALL 2U    /* one answer made of all inputs: none when one of them failed */
#define TAKES_POLICY 4U /* max-age and the other policy options mean something */

/* The first row whose option is given is the format; the last one is the default. */
static const struct {
    int key; /* 0: no option */
    unsigned flags;
    tlsg_pin_format_t *print;
} FORMATS[] = {
    { OPT_LONG, 0, tlsg_pin_format_long },
    { OPT_JSON, 0, tlsg_pin_format_json },
    { OPT_HEADER, NEEDS_INPUT | NEEDS_ALL | TAKES_POLICY, tlsg_pin_format_header },
    { OPT_DIRECTIVE, NEEDS_ALL | TAKES_POLICY, tlsg_pin_format_directive },
    { OPT_TLSA, NEEDS_INPUT | NEEDS_ALL, tlsg_pin_format_tlsa },
    { OPT_CURL, NEEDS_INPUT | NEEDS_ALL, tlsg_pin_format_curl },
    { OPT_ANDROID, NEEDS_INPUT | NEEDS_ALL, tlsg_pin_format_android },
    { OPT_CHECK, NEEDS_INPUT | NEEDS_ALL, tlsg_pin_format_check },
    { 0, 0, tlsg_pin_format_bare },
};

#define FORMAT_COUNT (sizeof FORMATS / sizeof FORMATS[0])

/* Picks the format. Returns its row, or FORMAT_COUNT after a report. */
static size_t pick_format(tlsg_cli_t *cli)
{
    size_t picked = FORMAT_COUNT;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (FORMATS[i].key != 0 && tlsg_cli_given(cli, FORMATS[i].key)) {
            if (picked != FORMAT_COUNT) {
                tlsg_cli_usage(cli, "only one form of output at a time");
                return FORMAT_COUNT;
            }
            picked = i;
        }
    }
    return picked != FORMAT_COUNT ? picked : FORMAT_COUNT - 1;
}

/* Options that mean nothing with this format are mistakes, not decoration. */
static int policy_fits(tlsg_cli_t *cli, size_t format)
{
    static const int policy[] = { OPT_MAX_AGE, OPT_REPORT_URI, OPT_FORCE };
    int takes = (FORMATS[format].flags & TAKES_POLICY) != 0;
    for (size_t i = 0; i < sizeof policy / sizeof policy[0]; i++) {
        if (!takes && tlsg_cli_given(cli, policy[i])) {
            tlsg_cli_usage(cli, "--max-age, --report-uri and --force go with --header or "
                                "--directive");
            return 0;
        }
    }
    if (!takes && FORMATS[format].key != OPT_ANDROID && tlsg_cli_given(cli, OPT_SUBDOMAINS)) {
        tlsg_cli_usage(cli, "--include-subdomains goes with --header, --directive or --android");
        return 0;
    }
    return 1;
}

/* Reads the policy and backup options into the job. Returns 1, or 0 after a report. */
static int read_policy(tlsg_cli_t *cli, tlsg_pin_job_t *job)
{
    job->max_age = MAX_AGE_DEFAULT;
    job->include_subdomains = tlsg_cli_given(cli, OPT_SUBDOMAINS);
    job->force = tlsg_cli_given(cli, OPT_FORCE);
    job->report_uri = tlsg_cli_value(cli, OPT_REPORT_URI);
    job->check = tlsg_cli_value(cli, OPT_CHECK);
    job->host = tlsg_cli_given(cli, OPT_TLSA) ? tlsg_cli_value(cli, OPT_TLSA)
                                              : tlsg_cli_value(cli, OPT_ANDROID);
    if (!tlsg_cli_number(cli, OPT_MAX_AGE, 0, MAX_AGE_LIMIT, &job->max_age)) {
        return 0;
    }
    if (job->report_uri != NULL && !tlsg_pin_format_is_report_uri(job->report_uri)) {
        tlsg_cli_usage(cli, "--report-uri: '%s' is not an absolute http(s) URI", job->report_uri);
        return 0;
    }
    return 1;
}

/* Adds the pins given by hand. Returns 1, or 0 after a report. */
static int read_backup_pins(tlsg_cli_t *cli, apr_array_header_t *spare)
{
    const apr_array_header_t *pins = tlsg_cli_values(cli, OPT_BACKUP_PIN);
    for (int i = 0; i < pins->nelts; i++) {
        unsigned char digest[TLSG_PIN_BYTES];
        tlsg_pin_entry_t entry = { .pin = APR_ARRAY_IDX(pins, i, const char *),
                                   .kind = TLSG_PIN_GIVEN,
                                   .role = "backup",
                                   .source = "--backup-pin" };
        if (!tlsg_pin_decode(entry.pin, digest)) {
            tlsg_cli_usage(cli, "--backup-pin: '%s' is not the base64 form of a SHA-256",
                           entry.pin);
            return 0;
        }
        APR_ARRAY_PUSH(spare, tlsg_pin_entry_t) = entry;
    }
    return 1;
}

/* What can be said about --backup before anything is read. */
static tlsg_exit_t check_backup(tlsg_cli_t *cli)
{
    const char *path = tlsg_cli_value(cli, OPT_BACKUP);
    const char *type = tlsg_cli_value(cli, OPT_BACKUP_TYPE);
    const char *err;
    if (type != NULL && path == NULL) {
        return tlsg_cli_usage(cli, "--backup-type goes with --backup");
    }
    if (type != NULL && !tlsg_pin_backup_knows(type)) {
        return tlsg_cli_usage(cli, "--backup-type: '%s' is none of %s", type,
                              tlsg_pin_backup_types(cli->pool));
    }
    if (path != NULL && !tlsg_cli_can_write(cli->pool, path, TLSG_CLI_NEW_ONLY, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return TLSG_EXIT_USAGE;
    }
    return TLSG_EXIT_DONE;
}

/* Everything about the command line that needs no input. */
static tlsg_exit_t check_command(tlsg_cli_t *cli, tlsg_pin_job_t *job, apr_array_header_t *spare,
                                 size_t *format)
{
    *format = pick_format(cli);
    if (*format == FORMAT_COUNT || !policy_fits(cli, *format) || !read_policy(cli, job) ||
        !read_backup_pins(cli, spare)) {
        return TLSG_EXIT_USAGE;
    }
    if (cli->operands->nelts == 0 && ((FORMATS[*format].flags & NEEDS_INPUT) != 0 ||
                                      (spare->nelts == 0 && !tlsg_cli_given(cli, OPT_BACKUP)))) {
        return tlsg_cli_usage(cli, "nothing to pin: no INPUT given");
    }
    return check_backup(cli);
}

/* Reads all operands into job->sites, going on after failures. Returns the worst status. */
static tlsg_exit_t read_inputs(tlsg_cli_t *cli, tlsg_pin_pass_t *pass, apr_array_header_t *sites)
{
    const char *pass_file = tlsg_cli_value(cli, OPT_PASS_FILE);
    const char *err;
    tlsg_exit_t worst = TLSG_EXIT_DONE;
    tlsg_pin_input_t input = {
        .cli = cli,
        .pass = pass,
        .httpd = { tlsg_cli_value(cli, OPT_HTTPD), tlsg_cli_value(cli, OPT_MODULE) },
        .timeout = TIMEOUT_DEFAULT,
    };
    if (!tlsg_cli_number(cli, OPT_TIMEOUT, 1, TIMEOUT_LIMIT, &input.timeout)) {
        return TLSG_EXIT_USAGE;
    }
    if (pass_file != NULL && !tlsg_pin_pass_load(pass, cli->pool, pass_file, &err)) {
        tlsg_cli_complain(cli, pass_file, "%s", err);
        return TLSG_EXIT_INPUT;
    }
    for (int i = 0; i < cli->operands->nelts; i++) {
        tlsg_exit_t status =
            tlsg_pin_input_read(&input, APR_ARRAY_IDX(cli->operands, i, const char *), sites);
        worst = status > worst ? status : worst;
    }
    tlsg_pin_pass_close(pass);
    return worst;
}

static tlsg_exit_t work(tlsg_cli_t *cli, tlsg_pin_pass_t *pass)
{
    size_t format;
    apr_array_header_t *sites = apr_array_make(cli->pool, 4, sizeof(tlsg_pin_site_t));
    apr_array_header_t *spare = apr_array_make(cli->pool, 2, sizeof(tlsg_pin_entry_t));
    tlsg_pin_job_t job = { .cli = cli, .sites = sites, .spare = spare };
    tlsg_pin_site_t files = { NULL, apr_array_make(cli->pool, 8, sizeof(tlsg_pin_entry_t)) };
    APR_ARRAY_PUSH(sites, tlsg_pin_site_t) = files;

    tlsg_exit_t status = check_command(cli, &job, spare, &format);
    if (status != TLSG_EXIT_DONE) {
        return status;
    }
    tlsg_exit_t reading = read_inputs(cli, pass, sites);
    if (reading == TLSG_EXIT_USAGE ||
        (reading != TLSG_EXIT_DONE &&
         ((FORMATS[format].flags & NEEDS_ALL) != 0 || tlsg_cli_given(cli, OPT_BACKUP)))) {
        return reading;
    }
    if (tlsg_cli_given(cli, OPT_BACKUP)) {
        const char *type = tlsg_cli_value(cli, OPT_BACKUP_TYPE);
        status = tlsg_pin_backup_make(cli, type != NULL ? type : "p256",
                                      tlsg_cli_value(cli, OPT_BACKUP), spare);
        if (status != TLSG_EXIT_DONE) {
            return status;
        }
    }
    status = FORMATS[format].print(&job);
    return status > reading ? status : reading;
}

int main(int argc, const char *const *argv)
{
    tlsg_exit_t status = TLSG_EXIT_DONE;
    tlsg_cli_t *cli = tlsg_cli_start(&PROGRAM, argc, argv, &status);
    if (cli == NULL) {
        return (int)status;
    }
    /* On the stack, not in a pool: it may hold a pass phrase. */
    tlsg_pin_pass_t pass;
    memset(&pass, 0, sizeof pass);
    status = work(cli, &pass);
    tlsg_pin_pass_close(&pass);
    int answer = tlsg_cli_finish(cli, status);
    /* Now, not at exit: by then a PKCS#11 module (SoftHSM) may have torn itself down, and closing
     * its sessions would crash after the work is done. */
    OPENSSL_cleanup();
    return answer;
}
