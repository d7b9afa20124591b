/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "pin.h"
#include "text.h"

#define NAME_MAX_SHOWN 512      /* bytes of a subject or file name in a listing */
#define HOST_NAME_MAX_BYTES 253 /* RFC 1035 section 2.3.4, without the final dot */
#define LABEL_MAX_BYTES 63      /* the same */
#define HTTPS_PORT 443          /* RFC 9110 section 4.2.2 */

/* ---- Shared ---------------------------------------------------------------------------------- */

const char *tlsg_pin_format_safe(const tlsg_pin_job_t *job, const char *text)
{
    return text != NULL ? tlsg_text_printable(job->cli->pool, text, strlen(text), NAME_MAX_SHOWN)
                        : "-";
}

apr_array_header_t *tlsg_pin_format_sites(const tlsg_pin_job_t *job)
{
    apr_array_header_t *sites = apr_array_make(job->cli->pool, 4, sizeof(const tlsg_pin_site_t *));
    for (int i = 0; i < job->sites->nelts; i++) {
        const tlsg_pin_site_t *site = &APR_ARRAY_IDX(job->sites, i, tlsg_pin_site_t);
        if (tlsg_pin_set_has_certificate(site->entries)) {
            APR_ARRAY_PUSH(sites, const tlsg_pin_site_t *) = site;
        }
    }
    if (sites->nelts == 0) {
        APR_ARRAY_PUSH(sites, const tlsg_pin_site_t *) =
            &APR_ARRAY_IDX(job->sites, 0, tlsg_pin_site_t);
    }
    return sites;
}

apr_array_header_t *tlsg_pin_format_spare(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site)
{
    const tlsg_pin_site_t *files = &APR_ARRAY_IDX(job->sites, 0, tlsg_pin_site_t);
    apr_array_header_t *spare = apr_array_copy(job->cli->pool, job->spare);
    if (site != files) {
        apr_array_cat(spare, files->entries);
    }
    return spare;
}

int tlsg_pin_format_is_report_uri(const char *uri)
{
    static const char unsafe[] = "\"'\\<>^`{|}$";
    if (!tlsg_text_has_prefix_nocase(uri, "https://") &&
        !tlsg_text_has_prefix_nocase(uri, "http://")) {
        return 0;
    }
    const char *host = strstr(uri, "//") + 2;
    if (*host == '\0' || *host == '/') {
        return 0;
    }
    for (const char *c = uri; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || strchr(unsafe, *c) != NULL) {
            return 0;
        }
    }
    return 1;
}

int tlsg_pin_format_is_host(const char *name)
{
    size_t len = strlen(name);
    size_t label = 0;
    int letters = 0;
    if (len > 0 && name[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > HOST_NAME_MAX_BYTES) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (c == '.') {
            if (label == 0 || name[i - 1] == '-') {
                return 0;
            }
            label = 0;
            continue;
        }
        if ((!letter && (c < '0' || c > '9') && c != '-') || (c == '-' && label == 0) ||
            ++label > LABEL_MAX_BYTES) {
            return 0;
        }
        letters |= letter;
    }
    return label > 0 && name[len - 1] != '-' && letters;
}

int tlsg_pin_format_host(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site, const char **host,
                         int *port)
{
    const char *text = job->host;
    if (strcmp(text, "-") == 0) {
        text = site->name;
        if (text == NULL) {
            tlsg_cli_usage(job->cli, "files have no host name of their own; give one instead of -");
            return 0;
        }
    }
    const char *colon = strrchr(text, ':');
    *host = colon != NULL ? apr_pstrmemdup(job->cli->pool, text, (apr_size_t)(colon - text)) : text;
    *port = HTTPS_PORT;
    if (colon != NULL) {
        char *end = NULL;
        long n = strtol(colon + 1, &end, 10);
        *port = colon[1] >= '0' && colon[1] <= '9' && *end == '\0' && n <= 65535 ? (int)n : 0;
    }
    if (*port <= 0 || !tlsg_pin_format_is_host(*host)) {
        tlsg_cli_usage(job->cli, "'%s' is not a host name (IDNs as xn--..., no addresses)", text);
        return 0;
    }
    return 1;
}

/* ---- Listings -------------------------------------------------------------------------------- */

typedef void print_entry_t(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site,
                           const tlsg_pin_entry_t *entry);

static void for_each(const tlsg_pin_job_t *job, print_entry_t *print)
{
    for (int i = 0; i < job->sites->nelts; i++) {
        const tlsg_pin_site_t *site = &APR_ARRAY_IDX(job->sites, i, tlsg_pin_site_t);
        for (int k = 0; k < site->entries->nelts; k++) {
            print(job, site, &APR_ARRAY_IDX(site->entries, k, tlsg_pin_entry_t));
        }
    }
    for (int k = 0; k < job->spare->nelts; k++) {
        print(job, NULL, &APR_ARRAY_IDX(job->spare, k, tlsg_pin_entry_t));
    }
}

static void print_bare(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site,
                       const tlsg_pin_entry_t *entry)
{
    (void)job;
    (void)site;
    puts(entry->pin);
}

tlsg_exit_t tlsg_pin_format_bare(const tlsg_pin_job_t *job)
{
    for_each(job, print_bare);
    return TLSG_EXIT_DONE;
}

static void print_long(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site,
                       const tlsg_pin_entry_t *entry)
{
    const char *from = site != NULL && site->name != NULL ? site->name : entry->source;
    printf("%s\t%s\t%s\t%s\t%s\n", entry->pin,
           entry->role != NULL ? tlsg_pin_format_safe(job, entry->role)
                               : tlsg_pin_set_kind(entry->kind),
           entry->key != NULL ? entry->key : "-", tlsg_pin_format_safe(job, from),
           tlsg_pin_format_safe(job, entry->subject));
}

tlsg_exit_t tlsg_pin_format_long(const tlsg_pin_job_t *job)
{
    for_each(job, print_long);
    return TLSG_EXIT_DONE;
}

/* ---- Header and directive -------------------------------------------------------------------- */

/* A line that names the site, where there are several. */
static void print_site(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site)
{
    if (site->name != NULL) {
        printf("# %s\n", tlsg_pin_format_safe(job, site->name));
    }
}

/* Refuses when a site has no backup pin; says so when forced. */
static tlsg_exit_t demand_backups(const tlsg_pin_job_t *job, const apr_array_header_t *sites)
{
    apr_array_header_t *served, *backups;
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        tlsg_pin_set_split(job->cli->pool, site, tlsg_pin_format_spare(job, site), &served,
                           &backups);
        if (backups->nelts > 0) {
            continue;
        }
        tlsg_cli_complain(job->cli, site->name,
                          "no backup pin: losing the key would lock visitors out%s",
                          job->force ? ""
                                     : "; add a key that is not in use, --backup-pin or "
                                       "--backup, or insist with --force");
        if (!job->force) {
            return TLSG_EXIT_NEGATIVE;
        }
    }
    return TLSG_EXIT_DONE;
}

static void note_obsolete(const tlsg_pin_job_t *job)
{
    tlsg_cli_complain(job->cli, NULL,
                      "note: browsers no longer obey Public-Key-Pins (Chrome since 72, Firefox "
                      "since 72); for DANE see --tlsa, for own clients --curl and --android");
}

static void print_header_pins(const apr_array_header_t *pins)
{
    for (int i = 0; i < pins->nelts; i++) {
        printf("pin-sha256=\\\"%s\\\"; ", APR_ARRAY_IDX(pins, i, const char *));
    }
}

/* mod_headers reads '%' as the start of a format, and "%%" as one. */
static void print_percent_doubled(const char *text)
{
    for (; *text != '\0'; text++) {
        fputs(*text == '%' ? "%%" : "", stdout);
        if (*text != '%') {
            putchar(*text);
        }
    }
}

tlsg_exit_t tlsg_pin_format_header(const tlsg_pin_job_t *job)
{
    apr_array_header_t *served, *backups;
    apr_array_header_t *sites = tlsg_pin_format_sites(job);
    tlsg_exit_t status = demand_backups(job, sites);
    if (status != TLSG_EXIT_DONE) {
        return status;
    }
    note_obsolete(job);
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        tlsg_pin_set_split(job->cli->pool, site, tlsg_pin_format_spare(job, site), &served,
                           &backups);
        print_site(job, site);
        fputs("Header always set Public-Key-Pins \"", stdout);
        print_header_pins(served);
        print_header_pins(backups);
        printf("max-age=%ld%s", job->max_age, job->include_subdomains ? "; includeSubDomains" : "");
        if (job->report_uri != NULL) {
            fputs("; report-uri=\\\"", stdout);
            print_percent_doubled(job->report_uri);
            fputs("\\\"", stdout);
        }
        puts("\"");
    }
    return TLSG_EXIT_DONE;
}

tlsg_exit_t tlsg_pin_format_directive(const tlsg_pin_job_t *job)
{
    apr_array_header_t *served, *backups;
    apr_array_header_t *sites = tlsg_pin_format_sites(job);
    tlsg_exit_t status = demand_backups(job, sites);
    if (status != TLSG_EXIT_DONE) {
        return status;
    }
    note_obsolete(job);
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        tlsg_pin_set_split(job->cli->pool, site, tlsg_pin_format_spare(job, site), &served,
                           &backups);
        print_site(job, site);
        printf("TLSGuardPins max-age=%ld", job->max_age);
        fputs(job->include_subdomains ? " includeSubDomains" : "", stdout);
        if (job->report_uri != NULL) {
            printf(" report-uri=%s", job->report_uri);
        }
        for (int k = 0; k < backups->nelts; k++) {
            printf(" backup=\"%s\"", APR_ARRAY_IDX(backups, k, const char *));
        }
        puts("");
    }
    return TLSG_EXIT_DONE;
}
