/* SPDX-License-Identifier: Apache-2.0 */
/* Public-Key-Pins: syntax and pins. Whether a pin is in the served chain is for the rules and for
 * tlsguard-pin. */
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_value.h"
#include "pin.h"

enum {
    MAX_AGE,
    INCLUDE_SUBDOMAINS,
    REPORT_URI,
    PIN,
    DIRECTIVES
};

static const char *const names[DIRECTIVES + 1] = {
    "max-age", "includeSubDomains", "report-uri", "pin-sha256", NULL,
};

static void read_max_age(apr_pool_t *pool, const tlsg_header_part_t *part, tlsg_header_hpkp_t *hpkp)
{
    if (tlsg_header_scan_number(part->value, &hpkp->max_age)) {
        return;
    }
    hpkp->max_age = -1;
    if (part->value.len == 0) {
        tlsg_header_scan_blame(pool, &hpkp->fault, "max-age has no value");
    }
    else {
        tlsg_header_scan_blame(pool, &hpkp->fault, "max-age is not a number of seconds: %s",
                               tlsg_header_scan_show(pool, part->value));
    }
}

/* Without the single quotes that people write instead of double ones. */
static tlsg_header_span_t without_quotes(tlsg_header_span_t span)
{
    if (span.len >= 2 && span.at[0] == '\'' && span.at[span.len - 1] == '\'') {
        return (tlsg_header_span_t){ span.at + 1, span.len - 2 };
    }
    return span;
}

static int is_pin(tlsg_header_span_t text)
{
    char exact[TLSG_PIN_LENGTH + 1] = "";
    unsigned char digest[TLSG_PIN_BYTES];
    if (text.len != TLSG_PIN_LENGTH) {
        return 0;
    }
    memcpy(exact, text.at, text.len);
    return tlsg_pin_decode(exact, digest);
}

static void read_pin(apr_pool_t *pool, const tlsg_header_part_t *part, tlsg_header_hpkp_t *hpkp)
{
    tlsg_header_span_t text = without_quotes(part->value);
    int valid = is_pin(text);
    if (hpkp->fault == NULL && !part->is_quoted) {
        tlsg_header_scan_blame(pool, &hpkp->fault, "pin \"%s\" %s; RFC 7469 wants double quotes",
                               tlsg_header_scan_show(pool, text),
                               text.len != part->value.len ? "stands in single quotes"
                                                           : "is not quoted");
    }
    if (hpkp->fault == NULL && !valid) {
        tlsg_header_scan_blame(pool, &hpkp->fault, "pin \"%s\" is not base64 of 32 bytes",
                               tlsg_header_scan_show(pool, text));
    }
    if (!tlsg_header_scan_is_full(hpkp->pins)) {
        tlsg_header_pin_t *pin = apr_array_push(hpkp->pins);
        pin->text = tlsg_header_scan_show(pool, text);
        pin->valid = valid;
    }
}

static void read_known(apr_pool_t *pool, int which, const tlsg_header_part_t *part,
                       tlsg_header_hpkp_t *hpkp)
{
    switch (which) {
    case MAX_AGE:
        read_max_age(pool, part, hpkp);
        break;
    case INCLUDE_SUBDOMAINS:
        hpkp->include_subdomains = 1;
        if (part->has_value) {
            tlsg_header_scan_blame(pool, &hpkp->fault, "includeSubDomains takes no value");
        }
        break;
    case REPORT_URI:
        hpkp->report_uri = tlsg_header_scan_copy(pool, without_quotes(part->value));
        if (!part->is_quoted) {
            tlsg_header_scan_blame(pool, &hpkp->fault,
                                   "report-uri needs double quotes around the address");
        }
        break;
    default:
        read_pin(pool, part, hpkp);
        break;
    }
}

static void read_unknown(apr_pool_t *pool, const tlsg_header_part_t *part, tlsg_header_hpkp_t *hpkp)
{
    if (tlsg_header_scan_is_full(hpkp->unknown)) {
        return;
    }
    tlsg_header_span_t family = { part->name.at, part->name.len < 4 ? part->name.len : 4 };
    const char *hint = tlsg_header_scan_hint(pool, part->name, names);
    if (hint == NULL && tlsg_header_scan_is(family, "pin-")) {
        hint = "pins are SHA-256 only: pin-sha256";
    }
    tlsg_header_scan_add_word(hpkp->unknown, part->whole, hint);
}

static void read_part(apr_pool_t *pool, const tlsg_header_part_t *part, unsigned *seen,
                      tlsg_header_hpkp_t *hpkp)
{
    int which = tlsg_header_scan_index(part->name, names);
    /* A pin or an address without quotes is no token; read_known() has the clearer message. */
    int has_own_message = which >= REPORT_URI && part->syntax == TLSG_SYNTAX_VALUE &&
                          !tlsg_header_scan_has_odd_quote(part->value);
    if (part->syntax != TLSG_SYNTAX_OK && !has_own_message && hpkp->fault == NULL) {
        hpkp->fault = tlsg_header_scan_complaint(pool, part);
    }
    if (which < 0) {
        read_unknown(pool, part, hpkp);
        return;
    }
    if (which != PIN && (*seen & (1U << which)) != 0) {
        tlsg_header_scan_add_name(hpkp->duplicates, names[which]);
        tlsg_header_scan_blame(pool, &hpkp->fault, "%s is given twice", names[which]);
        return;
    }
    *seen |= 1U << which;
    read_known(pool, which, part, hpkp);
}

/* The text without backslashes before double quotes, so that the pins can be read all the same. */
static const char *without_backslashes(apr_pool_t *pool, const char *value)
{
    char *copy = apr_palloc(pool, strlen(value) + 1);
    char *at = copy;
    for (; *value != '\0'; value++) {
        if (value[0] != '\\' || value[1] != '"') {
            *at++ = *value;
        }
    }
    *at = '\0';
    return copy;
}

static int count_distinct(const apr_array_header_t *pins)
{
    int distinct = 0;
    for (int i = 0; i < pins->nelts; i++) {
        const tlsg_header_pin_t *pin = &APR_ARRAY_IDX(pins, i, tlsg_header_pin_t);
        int is_new = pin->valid;
        for (int j = 0; j < i && is_new; j++) {
            is_new = strcmp(APR_ARRAY_IDX(pins, j, tlsg_header_pin_t).text, pin->text) != 0;
        }
        distinct += is_new;
    }
    return distinct;
}

tlsg_header_hpkp_t *tlsg_header_hpkp_parse(apr_pool_t *pool, const char *value, int report_only)
{
    tlsg_header_hpkp_t *hpkp = apr_pcalloc(pool, sizeof *hpkp);
    hpkp->max_age = -1;
    hpkp->pins = apr_array_make(pool, 2, sizeof(tlsg_header_pin_t));
    hpkp->unknown = tlsg_header_scan_words(pool);
    hpkp->duplicates = tlsg_header_scan_names(pool);
    if (strstr(value, "\\\"") != NULL) {
        hpkp->fault = "backslashes stand before the quotes; inside '...' httpd keeps them";
        value = without_backslashes(pool, value);
    }

    tlsg_header_part_t part;
    unsigned seen = 0;
    hpkp->empty = 1;
    while (tlsg_header_scan_part(&value, &part)) {
        if (part.syntax != TLSG_SYNTAX_EMPTY) {
            hpkp->empty = 0;
            read_part(pool, &part, &seen, hpkp);
        }
    }
    if (hpkp->empty) {
        tlsg_header_scan_blame(pool, &hpkp->fault, "the value is empty");
    }
    if ((seen & (1U << PIN)) == 0 && hpkp->max_age != 0) {
        tlsg_header_scan_blame(pool, &hpkp->fault, "there is no pin-sha256");
    }
    if ((seen & (1U << MAX_AGE)) == 0 && !report_only) {
        tlsg_header_scan_blame(pool, &hpkp->fault, "max-age is missing");
    }
    hpkp->distinct_pins = count_distinct(hpkp->pins);
    hpkp->valid = hpkp->fault == NULL;
    return hpkp;
}
