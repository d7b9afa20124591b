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

/* The compression settings that hold for this request; NULL: none of its business. */
static const tlsg_inject_compression_t *settings_of(request_rec *r)
{
    const tlsg_plan_t *plan = r->main == NULL ? tlsg_request_plan_of(r) : NULL;
    if (plan == NULL || plan->compression == NULL || !tlsg_request_plan_is_tls(r, plan) ||
        tlsg_request_plan_excepts(plan->compression->except, r->uri, strlen(r->uri))) {
        return NULL;
    }
    return plan->compression;
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
    const tlsg_inject_compression_t *settings = settings_of(r);
    return settings != NULL &&
           (settings->mode == TLSG_COMPRESS_EXCLUDE || (request_has_secret(r) && is_cross_site(r)));
}

static void forget_encodings(const request_rec *r)
{
    if (apr_table_get(r->headers_in, "Accept-Encoding") != NULL) {
        apr_table_unset(r->headers_in, "Accept-Encoding");
        tlsg_request_count(TLSG_COUNT_ENCODING);
    }
}

/* MultiViews chooses among variants of a file that does not exist. Without Accept-Encoding it
 * prefers the plain one and still finds a resource that exists compressed only; no-gzip would make
 * that one a 406. */
static int post_perdir_config(request_rec *r)
{
    if (r->finfo.filetype == APR_NOFILE && r->proxyreq == PROXYREQ_NONE && request_forbids(r)) {
        forget_encodings(r);
    }
    return DECLINED;
}

static int is_from_elsewhere(const request_rec *r)
{
    const char *handler = r->handler != NULL ? r->handler : "";
    return r->proxyreq != PROXYREQ_NONE || strncmp(handler, "proxy", 5) == 0 ||
           strcmp(handler, "type-map") == 0;
}

static int fixups(request_rec *r)
{
    if (is_from_elsewhere(r) && request_forbids(r)) {
        forget_encodings(r);
    }
    return DECLINED;
}

static int response_has_secret(const request_rec *r)
{
    return apr_table_get(r->headers_out, "Set-Cookie") != NULL ||
           apr_table_get(r->err_headers_out, "Set-Cookie") != NULL;
}

/* The type and the cookies of the response are known with its first data. */
static apr_status_t filter(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    const request_rec *r = f->r;
    const tlsg_inject_compression_t *settings = f->ctx;
    ap_filter_t *next = f->next;
    ap_remove_output_filter(f);
    int plain = settings->mode == TLSG_COMPRESS_EXCLUDE ||
                (!tlsg_inject_is_static(r->content_type) &&
                 (request_has_secret(r) || response_has_secret(r)));
    if (plain) {
        apr_table_setn(r->subprocess_env, "no-gzip", "1");
        apr_table_setn(r->subprocess_env, "no-brotli", "1");
        tlsg_request_count(TLSG_COUNT_PLAIN);
    }
    return ap_pass_brigade(next, brigade);
}

void tlsg_request_compress_insert(request_rec *r)
{
    const tlsg_inject_compression_t *settings = settings_of(r);
    if (settings == NULL || (settings->mode == TLSG_COMPRESS_SECRETS && !is_cross_site(r))) {
        return;
    }
    /* The context is not the filter's to change. */
    ap_add_output_filter_handle(filter_handle, (void *)(uintptr_t)settings, r, r->connection);
}

void tlsg_request_compress_register(void)
{
    filter_handle = ap_register_output_filter("TLSGUARD_COMPRESSION", filter, NULL, FILTER_TYPE);
    ap_hook_post_perdir_config(post_perdir_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_fixups(fixups, NULL, NULL, APR_HOOK_REALLY_LAST);
}
