/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions-Policy: a dictionary of structured fields; one slip and browsers ignore all of it.
 * Which features a browser knows is not judged: the list changes with every release. */
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_sf.h"
#include "header_value.h"

typedef struct reader_t {
    apr_pool_t *pool;
    const char *at;
    tlsg_header_permissions_t *permissions;
    const char *odd; /* well-formed, but an allowlist does not mean what it says */
} reader_t;

/* What one member of an allowlist stands for: section "algorithms" of the specification. */
static tlsg_allowlist_t member(reader_t *reader, tlsg_header_span_t feature,
                               const tlsg_sf_item_t *item)
{
    if (item->kind == TLSG_SF_TOKEN && item->text.len == 1 && *item->text.at == '*') {
        return TLSG_ALLOW_ALL;
    }
    if (item->kind == TLSG_SF_TOKEN && item->text.len == 4 &&
        memcmp(item->text.at, "self", 4) == 0) {
        return TLSG_ALLOW_SELF;
    }
    if (item->kind == TLSG_SF_STRING) {
        return TLSG_ALLOW_LIST;
    }
    if (reader->odd == NULL) {
        tlsg_header_scan_blame(
            reader->pool, &reader->odd,
            "%s in the list of %s means nothing; () allows nobody, origins stand in \"...\"",
            tlsg_header_scan_show(reader->pool, item->text),
            tlsg_header_scan_show(reader->pool, feature));
    }
    return TLSG_ALLOW_NONE;
}

/* The enumeration is ordered by what it opens; self beside a named origin is a list. */
static tlsg_allowlist_t wider(tlsg_allowlist_t a, tlsg_allowlist_t b)
{
    return a > b ? a : b;
}

static int read_inner_list(reader_t *reader, tlsg_header_span_t feature, tlsg_allowlist_t *allow)
{
    reader->at++;
    for (;;) {
        size_t blanks = strspn(reader->at, " ");
        reader->at += blanks;
        if (*reader->at == ')') {
            reader->at++;
            return tlsg_header_sf_parameters(&reader->at);
        }
        if (reader->at[-1] != '(' && blanks == 0) {
            return 0;
        }
        tlsg_sf_item_t item;
        if (!tlsg_header_sf_item(&reader->at, &item) || !tlsg_header_sf_parameters(&reader->at)) {
            return 0;
        }
        *allow = wider(*allow, member(reader, feature, &item));
    }
}

static int read_value(reader_t *reader, tlsg_header_span_t feature, tlsg_allowlist_t *allow)
{
    *allow = TLSG_ALLOW_NONE;
    if (*reader->at != '=') {
        tlsg_header_scan_blame(
            reader->pool, &reader->odd, "%s has no list; write ...=() to allow nobody",
            reader->odd == NULL ? tlsg_header_scan_show(reader->pool, feature) : "");
        return tlsg_header_sf_parameters(&reader->at);
    }
    reader->at++;
    if (*reader->at == '(') {
        return read_inner_list(reader, feature, allow);
    }
    tlsg_sf_item_t item;
    if (!tlsg_header_sf_item(&reader->at, &item) || !tlsg_header_sf_parameters(&reader->at)) {
        return 0;
    }
    *allow = member(reader, feature, &item);
    return 1;
}

/* The last value of a key counts (RFC 9651 section 4.2.2). Only the features kept are compared. */
static void keep(reader_t *reader, tlsg_header_span_t name, tlsg_allowlist_t allow)
{
    apr_array_header_t *features = reader->permissions->features;
    for (int i = 0; i < features->nelts; i++) {
        tlsg_header_feature_t *feature = &APR_ARRAY_IDX(features, i, tlsg_header_feature_t);
        if (tlsg_header_scan_is(name, feature->name)) {
            feature->allow = allow;
            tlsg_header_scan_add_name(reader->permissions->duplicates, feature->name);
            return;
        }
    }
    if (!tlsg_header_scan_is_full(features)) {
        tlsg_header_feature_t *feature = apr_array_push(features);
        feature->name = tlsg_header_scan_show(reader->pool, name);
        feature->allow = allow;
    }
}

static int read_dictionary(reader_t *reader)
{
    reader->at += strspn(reader->at, " \t");
    while (*reader->at != '\0') {
        tlsg_header_span_t name;
        tlsg_allowlist_t allow;
        if (!tlsg_header_sf_key(&reader->at, &name) || !read_value(reader, name, &allow)) {
            return 0;
        }
        keep(reader, name, allow);
        reader->at += strspn(reader->at, " \t");
        if (*reader->at == '\0') {
            return 1;
        }
        if (*reader->at != ',') {
            return 0;
        }
        reader->at++;
        reader->at += strspn(reader->at, " \t");
        if (*reader->at == '\0') { /* a comma at the end */
            reader->at--;
            return 0;
        }
    }
    return 1;
}

/* Why it is not well-formed, from where reading stopped. */
static const char *complain(apr_pool_t *pool, const char *value, const char *at)
{
    size_t start = strcspn(value, "=;,");
    if (value[start] != '=' && (strstr(value, " '") != NULL || strstr(value, " *") != NULL)) {
        return "this is the syntax of Feature-Policy; browsers ignore it here: write name=(self)";
    }
    if (strstr(value, ");") != NULL || *at == ';') {
        return "a semicolon separates features; browsers ignore the whole header: use commas";
    }
    if (*at >= 'A' && *at <= 'Z') {
        return "names are lower case; browsers ignore the whole header";
    }
    if (*at == '\'') {
        return "single quotes mean nothing here: self stands without, origins in double quotes; "
               "browsers ignore the whole header";
    }
    tlsg_header_span_t rest = { at, strlen(at) };
    return apr_psprintf(pool, "it is not well-formed at \"%s\"; browsers ignore the whole header",
                        tlsg_header_scan_show(pool, rest));
}

tlsg_header_permissions_t *tlsg_header_permissions_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_permissions_t *permissions = apr_pcalloc(pool, sizeof *permissions);
    permissions->features = apr_array_make(pool, 8, sizeof(tlsg_header_feature_t));
    permissions->duplicates = tlsg_header_scan_names(pool);
    reader_t reader = { .pool = pool, .at = value, .permissions = permissions };
    permissions->valid = read_dictionary(&reader);
    if (!permissions->valid) {
        permissions->fault = complain(pool, value, reader.at);
    }
    else if (value[strspn(value, " \t")] == '\0') {
        permissions->fault = "the value is empty";
    }
    else {
        permissions->fault = reader.odd;
    }
    return permissions;
}
