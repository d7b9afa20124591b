/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <string.h>
#include <util_filter.h>

#include "header_value.h"
#include "request_compress.h"
#include "request_count.h"
#include "request_plan.h"
#include "text.h"

/* Behind mod_headers, mod_deflate (20) and mod_cache (21), so that what they set is seen and what
 * is added is not cached; before the headers are sent (30). */
#define FILTER_TYPE ((ap_filter_type)(AP_FTYPE_CONTENT_SET + 5))

static ap_filter_rec_t *filter_handle; /* set while hooks are registered, then only read */

/* ---- Leaking headers ---- */

static int drop_leaks(apr_table_t *table)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    int dropped = 0;
    for (int i = entries->nelts - 1; i >= 0; i--) {
        const char *name = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;
        const tlsg_header_name_t *known = name != NULL ? tlsg_header_name_find(name) : NULL;
        if (known != NULL && (known->flags & TLSG_HEADER_LEAKS) != 0) {
            apr_table_unset(table, known->name);
            dropped = 1;
            i = i > entries->nelts ? entries->nelts : i; /* several fields may have gone */
        }
    }
    return dropped;
}

/* ---- Cookies ---- */

static int harden_table(const request_rec *r, apr_table_t *table,
                        const tlsg_inject_cookies_t *cookies, unsigned add)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    int changed = 0;
    for (int i = 0; i < entries->nelts; i++) {
        apr_table_entry_t *entry = &APR_ARRAY_IDX(entries, i, apr_table_entry_t);
        if (entry->key == NULL || !tlsg_text_eq_nocase(entry->key, "Set-Cookie")) {
            continue;
        }
        size_t len;
        const char *name = tlsg_header_cookie_name(entry->val, &len);
        if (name == NULL || tlsg_request_plan_excepts(cookies->except, name, len)) {
            continue;
        }
        const char *hardened = tlsg_header_cookie_harden(r->pool, entry->val, add);
        if (hardened != NULL) {
            entry->val = apr_pstrdup(r->pool, hardened);
            changed = 1;
        }
    }
    return changed;
}

static void harden_cookies(const request_rec *r, const tlsg_plan_t *plan)
{
    unsigned add = plan->cookies->add;
    /* Browsers drop a Secure cookie that comes without TLS, and SameSite=None needs Secure. */
    if (!tlsg_request_plan_is_tls(r, plan)) {
        add &= ~(unsigned)(TLSG_COOKIE_SECURE | TLSG_COOKIE_SAMESITE_NONE);
    }
    int changed = harden_table(r, r->headers_out, plan->cookies, add);
    changed |= harden_table(r, r->err_headers_out, plan->cookies, add);
    if (changed) {
        tlsg_request_count(TLSG_COUNT_COOKIE);
    }
}

/* ---- Missing headers ---- */

static int has_ancestors(const apr_table_t *table)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    for (int i = 0; i < entries->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(entries, i, apr_table_entry_t);
        if (entry->key != NULL && tlsg_text_eq_nocase(entry->key, "Content-Security-Policy") &&
            tlsg_inject_limits_framing(entry->val)) {
            return 1;
        }
    }
    return 0;
}

static int holds(const request_rec *r, const tlsg_plan_t *plan, unsigned condition)
{
    switch (condition) {
    case TLSG_WHEN_DOCUMENT:
        return tlsg_inject_is_document(r->content_type);
    case TLSG_WHEN_TLS:
        return tlsg_request_plan_is_tls(r, plan);
    case TLSG_WHEN_WHOLE:
        return r->status != HTTP_NOT_MODIFIED || tlsg_request_plan_is_file(r);
    default:
        return !has_ancestors(r->headers_out) && !has_ancestors(r->err_headers_out);
    }
}

/* Those of the conditions that hold. What a Content-Security-Policy says is read where nothing else
 * keeps the header away. */
static unsigned holding(const request_rec *r, const tlsg_plan_t *plan, unsigned conditions)
{
    unsigned held = 0;
    for (unsigned bit = TLSG_WHEN_DOCUMENT; bit <= TLSG_WHEN_WHOLE; bit <<= 1) {
        if ((conditions & bit) != 0 && holds(r, plan, bit)) {
            held |= bit;
        }
    }
    return held;
}

#define SEEN_MAX 64 /* planned headers that one walk over the response finds: bits of a word */

static apr_uint64_t bit_of(const tlsg_plan_t *plan, const char *name, size_t len)
{
    for (int h = 0; h < plan->count && h < SEEN_MAX; h++) {
        const tlsg_plan_header_t *header = &plan->headers[h];
        if (header->length == len && tlsg_text_eq_nocase(header->name, name)) {
            return (apr_uint64_t)1 << h;
        }
    }
    return 0;
}

/* Bits of the first planned headers that the table holds. A response has a handful of headers, of
 * which hardly one begins like a planned one and is as long: cheaper than asking for each. */
static apr_uint64_t seen_in(const apr_table_t *table, const tlsg_plan_t *plan)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)(const void *)entries->elts;
    apr_uint64_t seen = 0;
    for (int left = entries->nelts; left > 0; left--, entry++) {
        if (entry->key == NULL || (plan->initials & TLSG_INITIAL(*entry->key)) == 0) {
            continue;
        }
        size_t len = strlen(entry->key);
        if ((plan->lengths & TLSG_LENGTH(len)) != 0) {
            seen |= bit_of(plan, entry->key, len);
        }
    }
    return seen;
}

static int is_there(const request_rec *r, const tlsg_plan_t *plan, apr_uint64_t seen, int i)
{
    return i < SEEN_MAX ? (seen >> i & 1) != 0
                        : apr_table_get(r->headers_out, plan->headers[i].name) != NULL ||
                              apr_table_get(r->err_headers_out, plan->headers[i].name) != NULL;
}

static void add_missing(request_rec *r, const tlsg_plan_t *plan)
{
    apr_uint64_t seen = seen_in(r->headers_out, plan) | seen_in(r->err_headers_out, plan);
    unsigned open = plan->whens & ~holding(r, plan, plan->whens);
    if (plan->table != NULL && seen == 0 && open == 0 && plan->count <= SEEN_MAX) {
        /* One copy is cheaper than many additions, and what comes later merges no second table. */
        r->headers_out = apr_table_overlay(r->pool, r->headers_out, plan->table);
        return;
    }
    for (int i = 0; i < plan->count; i++) {
        if ((plan->headers[i].when & open) == 0 && !is_there(r, plan, seen, i)) {
            apr_table_addn(r->headers_out, plan->headers[i].name, plan->headers[i].value);
        }
    }
}

/* ---- The filter ---- */

static apr_status_t filter(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    request_rec *r = f->r;
    const tlsg_plan_t *plan = f->ctx;
    ap_filter_t *next = f->next;
    ap_remove_output_filter(f);
    if (plan->drops) {
        int dropped = drop_leaks(r->headers_out);
        dropped |= drop_leaks(r->err_headers_out);
        if (dropped) {
            tlsg_request_count(TLSG_COUNT_DROP);
        }
    }
    if (plan->cookies != NULL) {
        harden_cookies(r, plan);
    }
    add_missing(r, plan);
    return ap_pass_brigade(next, brigade);
}

static int is_inserted(const request_rec *r)
{
    for (const ap_filter_t *f = r->output_filters; f != NULL; f = f->next) {
        if (f->frec == filter_handle && f->r == r) {
            return 1;
        }
    }
    return 0;
}

static void insert_error_filter(request_rec *r)
{
    const tlsg_plan_t *plan = r->main == NULL ? tlsg_request_plan_of(r) : NULL;
    if (plan == NULL || !tlsg_inject_plan_touches(plan) || is_inserted(r)) {
        return;
    }
    /* The context is not the filter's to change. */
    ap_add_output_filter_handle(filter_handle, (void *)(uintptr_t)plan, r, r->connection);
}

static void insert_filter(request_rec *r)
{
    insert_error_filter(r);
    tlsg_request_compress_insert(r);
}

void tlsg_request_register(void)
{
    filter_handle = ap_register_output_filter("TLSGUARD_HEADERS", filter, NULL, FILTER_TYPE);
    ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(insert_error_filter, NULL, NULL, APR_HOOK_REALLY_LAST);
    tlsg_request_compress_register();
    tlsg_request_count_register();
}
