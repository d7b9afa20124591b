/* SPDX-License-Identifier: Apache-2.0 */
/* Found pins -> text ready to paste. Writes to stdout and judges one thing only: whether there is a
 * backup pin where a header without one would lock people out. */
#ifndef TLSG_PIN_FORMAT_H
#define TLSG_PIN_FORMAT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "cli.h"
#include "pin_set.h"

/* Everything a format may need. */
typedef struct {
    tlsg_cli_t *cli;
    const apr_array_header_t *sites; /* tlsg_pin_site_t; the first one is the files' */
    const apr_array_header_t *spare; /* tlsg_pin_entry_t: --backup and --backup-pin */
    long max_age;                    /* seconds */
    int include_subdomains;
    const char *report_uri; /* checked by tlsg_pin_format_is_report_uri(); NULL: none */
    int force;              /* go on without a backup pin */
    const char *host;       /* for records that name one; "-": each site's own name */
    const char *check;      /* the header to be checked */
} tlsg_pin_job_t;

/* One format. Complains and returns a status other than TLSG_EXIT_DONE before anything is
 * printed. */
typedef tlsg_exit_t tlsg_pin_format_t(const tlsg_pin_job_t *job);

tlsg_pin_format_t tlsg_pin_format_bare; /* one pin a line */
tlsg_pin_format_t tlsg_pin_format_long; /* pin, role or kind, key, source, subject; tabs between */
tlsg_pin_format_t tlsg_pin_format_header;    /* mod_headers' directive with Public-Key-Pins */
tlsg_pin_format_t tlsg_pin_format_directive; /* TLSGuardPins */
tlsg_pin_format_t tlsg_pin_format_tlsa;      /* TLSA 3 1 1 and 2 1 1 (RFC 6698, RFC 7671) */
tlsg_pin_format_t tlsg_pin_format_curl;      /* the value of --pinnedpubkey */
tlsg_pin_format_t tlsg_pin_format_android;   /* network-security-config */
tlsg_pin_format_t tlsg_pin_format_json;
tlsg_pin_format_t
    tlsg_pin_format_check; /* is job->check valid for the chain (RFC 7469 section 2.5)? */

/* 1 when `uri` is an absolute http or https URI that needs no quoting beyond '%' in a directive. */
int tlsg_pin_format_is_report_uri(const char *uri);

/* 1 when `name` is a host name of letters, digits and hyphens (RFC 1123 section 2.1), with or
 * without a final dot; underscores are allowed where DNS has them. Addresses are not names. */
int tlsg_pin_format_is_host(const char *name);

/* ---- For the formats themselves ---- */

/* The sites that have something to print: those with certificates; without any, the one of the
 * files. const tlsg_pin_site_t *. */
apr_array_header_t *tlsg_pin_format_sites(const tlsg_pin_job_t *job);

/* What is spare for a site: job->spare and, for a site of its own, the files' keys and requests. */
apr_array_header_t *tlsg_pin_format_spare(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site);

/* Text from an input made fit for a terminal or a configuration file; "-" for NULL. */
const char *tlsg_pin_format_safe(const tlsg_pin_job_t *job, const char *text);

/* Splits "name", "name:port" or the site's own name into host and port (443 when there is none).
 * Complains and returns 0 when the name is none. */
int tlsg_pin_format_host(const tlsg_pin_job_t *job, const tlsg_pin_site_t *site, const char **host,
                         int *port);

#endif
