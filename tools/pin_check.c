/* SPDX-License-Identifier: Apache-2.0 */
/* The part of pin_format.h that judges a Public-Key-Pins header against a chain (RFC 7469
 * sections 2.5 and 4.3). The syntax is header_value.c's business. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "header_value.h"
#include "pin.h"
#include "pin_format.h"
#include "text.h"

#define SECONDS_PER_DAY 86400
#define PIN_SHOWN 120 /* bytes of a broken pin that are quoted */

/* What was given: a whole header line or its value. Returns the value. */
static const char *value_of(const char *header, int *report_only)
{
    static const char name[] = "Public-Key-Pins";
    static const char suffix[] = "-Report-Only";
    *report_only = 0;
    header += strspn(header, " \t");
    if (!tlsg_text_has_prefix_nocase(header, name)) {
        return header;
    }
    const char *rest = header + strlen(name);
    if (tlsg_text_has_prefix_nocase(rest, suffix)) {
        *report_only = 1;
        rest += strlen(suffix);
    }
    rest += strspn(rest, " \t");
    return *rest == ':' ? rest + 1 : header;
}

/* One site's answer being made: reasons are collected, then printed. */
typedef struct {
    const tlsg_pin_job_t *job;
    const tlsg_pin_site_t *site;
    apr_array_header_t *reasons; /* const char * */
} answer_t;

static void say(answer_t *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(answer_t *answer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    APR_ARRAY_PUSH(answer->reasons, const char *) =
        apr_pvsprintf(answer->job->cli->pool, format, args);
    va_end(args);
}

/* The certificate whose whole digest was taken for a pin, or NULL. */
static const tlsg_pin_entry_t *digested_whole(const tlsg_pin_site_t *site, const char *pin)
{
    for (int i = 0; i < site->entries->nelts; i++) {
        const tlsg_pin_entry_t *e = &APR_ARRAY_IDX(site->entries, i, tlsg_pin_entry_t);
        if (e->cert_digest != NULL && strcmp(e->cert_digest, pin) == 0) {
            return e;
        }
    }
    return NULL;
}

static void judge_pins(answer_t *answer, const tlsg_header_hpkp_t *header, int *inside,
                       int *outside)
{
    *inside = 0;
    *outside = 0;
    for (int i = 0; i < header->pins->nelts; i++) {
        const tlsg_header_pin_t *pin = &APR_ARRAY_IDX(header->pins, i, tlsg_header_pin_t);
        if (!pin->valid) {
            continue; /* the parser's fault says it */
        }
        const tlsg_pin_entry_t *whole = digested_whole(answer->site, pin->text);
        if (whole != NULL) {
            say(answer, "%s is the digest of a whole certificate (%s), not of its public key",
                pin->text, tlsg_pin_format_safe(answer->job, whole->subject));
        }
        else if (tlsg_pin_set_has(answer->site->entries, pin->text, 1)) {
            (*inside)++;
        }
        else {
            (*outside)++;
        }
    }
}

static void judge(answer_t *answer, const tlsg_header_hpkp_t *header)
{
    int inside, outside;
    if (!header->valid) {
        say(answer, "%s", header->fault);
    }
    judge_pins(answer, header, &inside, &outside);
    if (header->pins->nelts == 0 && (!header->valid || header->max_age == 0)) {
        return; /* broken, or withdraws earlier pins, which needs no chain */
    }
    if (inside == 0) {
        say(answer, "no pin matches a key in the chain, so browsers would not note the header");
    }
    if (outside == 0) {
        say(answer, "no backup pin: every pin is of a key in the chain");
    }
}

static void print_answer(const answer_t *answer, const tlsg_header_hpkp_t *header)
{
    const char *name =
        answer->site->name != NULL
            ? apr_pstrcat(answer->job->cli->pool,
                          tlsg_pin_format_safe(answer->job, answer->site->name), ": ", NULL)
            : "";
    for (int i = 0; i < answer->reasons->nelts; i++) {
        printf("%snot valid: %s\n", name, APR_ARRAY_IDX(answer->reasons, i, const char *));
    }
    if (answer->reasons->nelts > 0) {
        return;
    }
    printf("%svalid: %d pins", name, header->distinct_pins);
    if (header->max_age >= 0) {
        printf(", max-age %" APR_INT64_T_FMT " (%" APR_INT64_T_FMT " days)", header->max_age,
               header->max_age / SECONDS_PER_DAY);
    }
    puts(header->include_subdomains ? ", includeSubDomains" : "");
}

tlsg_exit_t tlsg_pin_format_check(const tlsg_pin_job_t *job)
{
    int report_only;
    tlsg_exit_t status = TLSG_EXIT_DONE;
    const char *value = value_of(job->check, &report_only);
    const tlsg_header_hpkp_t *header = tlsg_header_hpkp_parse(job->cli->pool, value, report_only);
    apr_array_header_t *sites = tlsg_pin_format_sites(job);
    for (int i = 0; i < sites->nelts; i++) {
        answer_t answer = { job, APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *),
                            apr_array_make(job->cli->pool, 2, sizeof(const char *)) };
        if (!tlsg_pin_set_has_certificate(answer.site->entries)) {
            return tlsg_cli_usage(job->cli, "--check needs the certificates of the chain");
        }
        judge(&answer, header);
        print_answer(&answer, header);
        if (answer.reasons->nelts > 0) {
            status = TLSG_EXIT_NEGATIVE;
        }
    }
    return status;
}
