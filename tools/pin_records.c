/* SPDX-License-Identifier: Apache-2.0 */
/* The part of pin_format.h for programs other than httpd: DNS, curl, Android, JSON. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "pin.h"
#include "pin_format.h"
#include "text.h"

/* The pins of a site in one list, served ones first. */
static apr_array_header_t *all_pins(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site,
                                    int *backup_count)
{
    apr_array_header_t *served, *backups;
    tlsg_pin_set_split(job->cli->pool, site, tlsg_pin_format_spare(job, site), &served, &backups);
    *backup_count = backups->nelts;
    apr_array_cat(served, backups);
    return served;
}

/* ---- TLSA ------------------------------------------------------------------------------------ */

/* Usage 2 trusts an issuer, 3 the server's own key (RFC 7671 sections 5.1 and 5.2). */
static int usage_of(const tlsg_pin_site_t *site, const char *pin)
{
    int usage = 3;
    for (int i = 0; i < site->entries->nelts; i++) {
        const tlsg_pin_entry_t *e = &APR_ARRAY_IDX(site->entries, i, tlsg_pin_entry_t);
        if (strcmp(e->pin, pin) == 0) {
            if (e->role == NULL || strcmp(e->role, "leaf") == 0) {
                return 3;
            }
            usage = 2;
        }
    }
    return usage;
}

tlsg_exit_t tlsg_pin_format_tlsa(const tlsg_pin_job_t *job)
{
    apr_array_header_t *sites = tlsg_pin_format_sites(job);
    const char *host;
    int port, backups;
    for (int i = 0; i < sites->nelts; i++) {
        if (!tlsg_pin_format_host(job, APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *), &host,
                                  &port)) {
            return TLSG_EXIT_USAGE;
        }
    }
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        apr_array_header_t *pins = all_pins(job, site, &backups);
        tlsg_pin_format_host(job, site, &host, &port);
        for (int k = 0; k < pins->nelts; k++) {
            const char *pin = APR_ARRAY_IDX(pins, k, const char *);
            printf("_%d._tcp.%s%s IN TLSA %d 1 1 %s\n", port, host,
                   host[strlen(host) - 1] == '.' ? "" : ".", usage_of(site, pin),
                   tlsg_pin_to_hex(job->cli->pool, pin));
        }
    }
    return TLSG_EXIT_DONE;
}

/* ---- curl ------------------------------------------------------------------------------------ */

tlsg_exit_t tlsg_pin_format_curl(const tlsg_pin_job_t *job)
{
    apr_array_header_t *sites = tlsg_pin_format_sites(job);
    int backups;
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        apr_array_header_t *pins = all_pins(job, site, &backups);
        for (int k = 0; k < pins->nelts; k++) {
            printf("%ssha256//%s", k > 0 ? ";" : "", APR_ARRAY_IDX(pins, k, const char *));
        }
        puts("");
    }
    return TLSG_EXIT_DONE;
}

/* ---- Android --------------------------------------------------------------------------------- */

tlsg_exit_t tlsg_pin_format_android(const tlsg_pin_job_t *job)
{
    apr_array_header_t *sites = tlsg_pin_format_sites(job);
    const char *host;
    int port, backups;
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        if (!tlsg_pin_format_host(job, site, &host, &port)) {
            return TLSG_EXIT_USAGE;
        }
        all_pins(job, site, &backups);
        if (backups == 0) {
            tlsg_cli_complain(job->cli, site->name,
                              "note: no backup pin; a lost key would lock out every installed app");
        }
    }
    puts("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<network-security-config>");
    for (int i = 0; i < sites->nelts; i++) {
        const tlsg_pin_site_t *site = APR_ARRAY_IDX(sites, i, const tlsg_pin_site_t *);
        apr_array_header_t *pins = all_pins(job, site, &backups);
        tlsg_pin_format_host(job, site, &host, &port);
        printf("  <domain-config>\n    <domain includeSubdomains=\"%s\">%s</domain>\n"
               "    <pin-set>\n",
               job->include_subdomains ? "true" : "false", host);
        for (int k = 0; k < pins->nelts; k++) {
            printf("      <pin digest=\"SHA-256\">%s</pin>\n",
                   APR_ARRAY_IDX(pins, k, const char *));
        }
        puts("    </pin-set>\n  </domain-config>");
    }
    puts("</network-security-config>");
    return TLSG_EXIT_DONE;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* json_string() refuses what is not UTF-8; the printable form always is. */
static json_t *text(const tlsg_pin_job_t *job, const char *value)
{
    return value != NULL ? json_string(tlsg_pin_format_safe(job, value)) : json_null();
}

static json_t *entry_json(const tlsg_pin_job_t *job, const tlsg_pin_entry_t *entry)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "pin", entry->pin, "sha256",
                     tlsg_pin_to_hex(job->cli->pool, entry->pin), "kind",
                     tlsg_pin_set_kind(entry->kind), "role", text(job, entry->role), "key",
                     text(job, entry->key), "subject", text(job, entry->subject), "source",
                     text(job, entry->source));
}

static json_t *entries_json(const tlsg_pin_job_t *job, const apr_array_header_t *entries)
{
    json_t *list = json_array();
    for (int i = 0; i < entries->nelts; i++) {
        json_array_append_new(list, entry_json(job, &APR_ARRAY_IDX(entries, i, tlsg_pin_entry_t)));
    }
    return list;
}

tlsg_exit_t tlsg_pin_format_json(const tlsg_pin_job_t *job)
{
    json_t *sites = json_array();
    for (int i = 0; i < job->sites->nelts; i++) {
        const tlsg_pin_site_t *site = &APR_ARRAY_IDX(job->sites, i, tlsg_pin_site_t);
        if (site->entries->nelts > 0) {
            json_array_append_new(sites, json_pack("{s:o, s:o}", "name", text(job, site->name),
                                                   "pins", entries_json(job, site->entries)));
        }
    }
    json_t *document = json_pack("{s:s, s:o, s:o}", "schema", "tlsguard-pin/1", "sites", sites,
                                 "backups", entries_json(job, job->spare));
    int done = document != NULL && json_dumpf(document, stdout, JSON_INDENT(2)) == 0;
    json_decref(document);
    if (!done) {
        tlsg_cli_complain(job->cli, NULL, "JSON cannot be written");
        return TLSG_EXIT_USAGE;
    }
    puts("");
    return TLSG_EXIT_DONE;
}
