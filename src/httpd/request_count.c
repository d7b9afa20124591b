/* SPDX-License-Identifier: Apache-2.0 */
#include "request_count.h"

#include <apr_atomic.h>
#include <apr_optional_hooks.h>
#include <apr_shm.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <mod_status.h>
#include <string.h>

#include "face.h"

APLOG_USE_MODULE(tlsguard);

/* A processor's cache line, so that two counters do not slow each other down. */
#define LINE_BYTES 64

typedef struct counter_t {
    apr_uint32_t value;
    char rest[LINE_BYTES - sizeof(apr_uint32_t)];
} counter_t;

/* Shared by all processes; set once per configuration, before there are threads. */
static counter_t *counters;

static const char *const names[TLSG_COUNTS] = {
    "ResponsesNotCompressed",
    "EncodingsWithheld",
    "CookiesHardened",
    "LeaksDropped",
};

void tlsg_request_count(tlsg_count_t what)
{
    if (counters != NULL) {
        apr_atomic_inc32(&counters[what].value);
    }
}

apr_uint32_t tlsg_request_count_get(tlsg_count_t what)
{
    return counters != NULL ? apr_atomic_read32(&counters[what].value) : 0;
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    counters = NULL;
    return APR_SUCCESS;
}

void tlsg_request_count_begin(apr_pool_t *pconf, server_rec *s)
{
    apr_shm_t *memory = NULL;
    apr_size_t size = TLSG_COUNTS * sizeof *counters;
    apr_status_t status = apr_shm_create(&memory, size, NULL, pconf);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, s,
                     "TLSGuard: no shared memory, so nothing is counted");
        return;
    }
    counters = apr_shm_baseaddr_get(memory);
    memset(counters, 0, size);
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
}

static int show(request_rec *r, int flags)
{
    int is_short = (flags & AP_STATUS_SHORT) != 0;
    ap_rputs(is_short ? "" : "<hr />\n<h2>mod_tlsguard</h2>\n<pre>", r);
    for (int i = 0; i < TLSG_COUNTS; i++) {
        ap_rprintf(r, "TLSGuard%s: %u\n", names[i], tlsg_request_count_get((tlsg_count_t)i));
    }
    ap_rputs(is_short ? "" : "</pre>\n", r);
    return OK;
}

void tlsg_request_count_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_MIDDLE);
}
