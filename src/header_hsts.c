/* SPDX-License-Identifier: Apache-2.0 */
/* Strict-Transport-Security. Where RFC 6797 and browsers differ the result says so: Firefox's
 * parser follows the grammar to the letter, Chromium's skips what it does not know up to the next
 * semicolon. */
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_value.h"

enum {
    MAX_AGE,
    INCLUDE_SUBDOMAINS,
    PRELOAD,
    DIRECTIVES
};

static const char *const names[DIRECTIVES + 1] = { "max-age", "includeSubDomains", "preload",
                                                   NULL };

static void read_max_age(apr_pool_t *pool, const tlsg_header_part_t *part, tlsg_header_hsts_t *hsts)
{
    if (tlsg_header_scan_number(part->value, &hsts->max_age)) {
        return;
    }
    hsts->max_age = -1;
    if (part->value.len == 0) {
        tlsg_header_scan_blame(pool, &hsts->fault,
                               "max-age has no value; browsers ignore the whole header");
    }
    else if (memchr(part->value.at, ',', part->value.len) != NULL) {
        tlsg_header_scan_blame(pool, &hsts->fault,
                               "a comma joins two policies; browsers ignore the whole header");
    }
    else {
        tlsg_header_scan_blame(
            pool, &hsts->fault,
            "max-age is not a number of seconds: %s; browsers ignore the whole header",
            tlsg_header_scan_show(pool, part->value));
    }
}

static const char *unknown_hint(apr_pool_t *pool, tlsg_header_span_t name)
{
    if (tlsg_header_scan_is(name, "always") || tlsg_header_scan_is(name, "onsuccess")) {
        return "it is a word of the Header directive and belongs before \"set\"";
    }
    if (tlsg_header_scan_index(name, names) == PRELOAD) {
        return "preload takes no value";
    }
    return tlsg_header_scan_hint(pool, name, names);
}

static void add_unknown(apr_pool_t *pool, const tlsg_header_part_t *part, tlsg_header_hsts_t *hsts)
{
    if (!tlsg_header_scan_is_full(hsts->unknown)) {
        tlsg_header_scan_add_word(hsts->unknown, part->whole, unknown_hint(pool, part->name));
    }
}

static void read_known(apr_pool_t *pool, int which, const tlsg_header_part_t *part,
                       tlsg_header_hsts_t *hsts)
{
    switch (which) {
    case MAX_AGE:
        read_max_age(pool, part, hsts);
        break;
    case INCLUDE_SUBDOMAINS:
        hsts->include_subdomains = 1;
        if (part->has_value) {
            tlsg_header_scan_blame(
                pool, &hsts->fault,
                "includeSubDomains takes no value; browsers ignore the whole header");
        }
        break;
    default:
        hsts->preload = 1;
        break;
    }
}

/* A part that breaks the grammar: fatal by RFC 6797 section 6.1 (4) and for Firefox. */
static void read_broken(apr_pool_t *pool, const tlsg_header_part_t *part, tlsg_header_hsts_t *hsts)
{
    if (tlsg_header_scan_is(part->name, names[MAX_AGE])) {
        read_max_age(pool, part, hsts);
    }
    if (hsts->fault == NULL) {
        hsts->fault = apr_pstrcat(
            pool, tlsg_header_scan_complaint(pool, part),
            "; Firefox ignores the whole header, Chromium at least this directive", NULL);
    }
    if (part->syntax == TLSG_SYNTAX_NAME) {
        add_unknown(pool, part, hsts);
    }
}

static void read_part(apr_pool_t *pool, const tlsg_header_part_t *part, unsigned *seen,
                      tlsg_header_hsts_t *hsts)
{
    if (part->syntax != TLSG_SYNTAX_OK) {
        read_broken(pool, part, hsts);
        return;
    }
    int which = tlsg_header_scan_index(part->name, names);
    if (which < 0 || (which == PRELOAD && part->has_value)) {
        add_unknown(pool, part, hsts);
        return;
    }
    if ((*seen & (1U << which)) != 0) {
        tlsg_header_scan_add_name(hsts->duplicates, names[which]);
        if (which != PRELOAD) { /* browsers do not know preload, so they do not count it */
            tlsg_header_scan_blame(pool, &hsts->fault,
                                   "%s is given twice; browsers ignore the whole header",
                                   names[which]);
        }
        return;
    }
    *seen |= 1U << which;
    read_known(pool, which, part, hsts);
}

/* Chromium takes the semicolon of an empty directive for an unknown one and skips what follows it,
 * up to the next semicolon. */
static const char *chromium_skips(apr_pool_t *pool, const tlsg_header_part_t *part)
{
    int which = tlsg_header_scan_index(part->name, names);
    if (which != MAX_AGE && which != INCLUDE_SUBDOMAINS) {
        return NULL;
    }
    return apr_psprintf(
        pool, "%s follows an empty directive (\";\" without text before it): Chromium skips it%s",
        names[which], which == MAX_AGE ? " and so ignores the header" : "");
}

tlsg_header_hsts_t *tlsg_header_hsts_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_hsts_t *hsts = apr_pcalloc(pool, sizeof *hsts);
    hsts->max_age = -1;
    hsts->unknown = tlsg_header_scan_words(pool);
    hsts->duplicates = tlsg_header_scan_names(pool);

    tlsg_header_part_t part;
    unsigned seen = 0;
    int is_skipped = 0;
    int parts = 0;
    while (tlsg_header_scan_part(&value, &part)) {
        if (part.syntax == TLSG_SYNTAX_EMPTY) {
            is_skipped = !is_skipped; /* the next semicolon ends the supposed directive */
            continue;
        }
        parts++;
        if (is_skipped && hsts->caution == NULL) {
            hsts->caution = chromium_skips(pool, &part);
        }
        is_skipped = 0;
        read_part(pool, &part, &seen, hsts);
    }
    if (parts == 0) {
        tlsg_header_scan_blame(pool, &hsts->fault, "the value is empty; browsers ignore it");
    }
    if ((seen & (1U << MAX_AGE)) == 0) {
        tlsg_header_scan_blame(pool, &hsts->fault,
                               "max-age is missing; browsers ignore the whole header");
    }
    hsts->valid = hsts->fault == NULL;
    return hsts;
}
