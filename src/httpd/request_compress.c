/* SPDX-License-Identifier: Apache-2.0 */
#include "request_compress.h"

#include <http_config.h>
#include <http_request.h>
#include <string.h>
#include <util_filter.h>

#include "request_count.h"
#include "request_plan.h"

/* In front of mod_filter's harness (10) and mod_deflate (20), which look at the environment when
 * the first data passes. */
#define FILTER_TYPE ((ap_filter_type)(AP_FTYPE_RESOURCE - 1))

static ap_filter_rec_t *filter_handle; /* set while hooks are registered, then only read */
static int is_used;                    /* set while the configuration is read, then only read */

void tlsg_request_compress_use(void)
{
    is_used = 1;
}

/* The plan when its compression settings hold for this request; NULL: none of its business. */
static const tlsg_plan_t *plan_of(request_rec *r)
{
    const tlsg_plan_t *plan = is_used && r->main == NULL ? tlsg_request_plan_of(r) : NULL;
    if (plan == NULL || plan->compression == NULL || !tlsg_request_plan_is_tls(r, plan) ||
        tlsg_request_plan_excepts(plan->compression->except, r->uri, strlen(r->uri))) {
        return NULL;
    }
    return plan;
}

static int is_cross_site(const request_rec *r)
{
    return tlsg_inject_is_cross_site(
        apr_table_get(r->headers_in, "Sec-Fetch-Site"), apr_table_get(r->headers_in, "Origin"),
        apr_table_get(r->headers_in, "Referer"), apr_table_get(r->headers_in, "Host"));
}

static int request_has_secret(const request_rec *r)
{
    return apr_table_get(r->headers_in, "Cookie") != NULL ||
           apr_table_get(r->headers_in, "Authorization") != NULL;
}

/* 1 when the request alone says that nothing may be compressed. */
static int request_forbids(request_rec *r)
{
    const tlsg_plan_t *plan = plan_of(r);
    return plan != NULL && (plan->compression->mode == TLSG_COMPRESS_EXCLUDE ||
                            (request_has_secret(r) && is_cross_site(r)));
}

static const char encodings_note[] = "tlsguard-accept-encoding";

/* Returns 1 when there were some. */
static int hide_encodings(const request_rec *r)
{
    const char *encodings = apr_table_get(r->headers_in, "Accept-Encoding");
    if (encodings == NULL) {
        return 0;
    }
    apr_table_setn(r->notes, encodings_note, encodings);
    apr_table_unset(r->headers_in, "Accept-Encoding");
    return 1;
}

/* Internal redirects keep the request's headers, but have notes of their own. */
static void show_encodings(const request_rec *r)
{
    const char *encodings = NULL;
    for (const request_rec *step = r; step != NULL && encodings == NULL; step = step->prev) {
        encodings = apr_table_get(step->notes, encodings_note);
    }
    if (encodings != NULL && apr_table_get(r->headers_in, "Accept-Encoding") == NULL) {
        apr_table_setn(r->headers_in, "Accept-Encoding", encodings);
    }
}

/* A cache in front of all other hooks files variants under what the request accepts. It stores what
 * was asked for without Accept-Encoding, so that it must look for that, too. What is kept from
 * compression for its secrets only is nobody else's to find: then it looks for what the client
 * accepts. */
static int quick_handler(request_rec *r, int is_lookup)
{
    const tlsg_plan_t *plan = !is_lookup ? plan_of(r) : NULL;
    if (plan != NULL && plan->compression->mode == TLSG_COMPRESS_EXCLUDE) {
        hide_encodings(r);
    }
    return DECLINED;
}

/* The cache did not have it. Sections, which were not known yet, may allow what the server
 * excludes. */
static int translate_name(request_rec *r)
{
    if (!apr_is_empty_table(r->notes) && apr_table_get(r->notes, encodings_note) != NULL) {
        show_encodings(r);
    }
    return DECLINED;
}

/* MultiViews chooses among variants of a file that does not exist. Without Accept-Encoding it
 * prefers the plain one and still finds a resource that exists compressed only; no-gzip would make
 * that one a 406. */
static int post_perdir_config(request_rec *r)
{
    if (r->finfo.filetype == APR_NOFILE && r->proxyreq == PROXYREQ_NONE && request_forbids(r) &&
        hide_encodings(r)) {
        tlsg_request_count(TLSG_COUNT_ENCODING);
    }
    return DECLINED;
}

/* Backends, programs and type maps choose the encoding themselves, before the type is known. */
static int fixups(request_rec *r)
{
    if (request_forbids(r) && !tlsg_request_plan_is_file(r) && hide_encodings(r)) {
        tlsg_request_count(TLSG_COUNT_ENCODING);
    }
    return DECLINED;
}

/* mod_headers comes later, so that what its lines may add is looked up. */
static int response_has_secret(const request_rec *r, const tlsg_plan_t *plan)
{
    return apr_table_get(r->headers_out, "Set-Cookie") != NULL ||
           apr_table_get(r->err_headers_out, "Set-Cookie") != NULL ||
           tlsg_inject_is_below(plan->cookie_paths, r->uri);
}

/* The type and the cookies of the response are known with its first data. */
static apr_status_t filter(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    const request_rec *r = f->r;
    const tlsg_plan_t *plan = f->ctx;
    ap_filter_t *next = f->next;
    ap_remove_output_filter(f);
    int plain = plan->compression->mode == TLSG_COMPRESS_EXCLUDE ||
                (!tlsg_inject_is_static(r->content_type) &&
                 (request_has_secret(r) || response_has_secret(r, plan)));
    if (plain) {
        apr_table_setn(r->subprocess_env, "no-gzip", "1");
        apr_table_setn(r->subprocess_env, "no-brotli", "1");
        tlsg_request_count(TLSG_COUNT_PLAIN);
    }
    else {
        show_encodings(r);
    }
    return ap_pass_brigade(next, brigade);
}

void tlsg_request_compress_insert(request_rec *r)
{
    const tlsg_plan_t *plan = plan_of(r);
    if (plan == NULL || (plan->compression->mode == TLSG_COMPRESS_SECRETS && !is_cross_site(r))) {
        return;
    }
    /* The context is not the filter's to change. */
    ap_add_output_filter_handle(filter_handle, (void *)(uintptr_t)plan, r, r->connection);
}

void tlsg_request_compress_register(void)
{
    filter_handle = ap_register_output_filter("TLSGUARD_COMPRESSION", filter, NULL, FILTER_TYPE);
    static const char *const before[] = { "mod_cache.c", NULL };
    ap_hook_quick_handler(quick_handler, NULL, before, APR_HOOK_FIRST);
    ap_hook_translate_name(translate_name, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(post_perdir_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_fixups(fixups, NULL, NULL, APR_HOOK_REALLY_LAST);
}
