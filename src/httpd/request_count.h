/* SPDX-License-Identifier: Apache-2.0 */
/* How often the module did what to a response, over all processes since the last start or reload;
 * shown by mod_status. */
#ifndef TLSG_REQUEST_COUNT_H
#define TLSG_REQUEST_COUNT_H

#include <httpd.h>

typedef enum tlsg_count_t {
    TLSG_COUNT_PLAIN = 0, /* response kept from gzip and brotli */
    TLSG_COUNT_ENCODING,  /* Accept-Encoding taken off the request */
    TLSG_COUNT_COOKIE,    /* cookies hardened */
    TLSG_COUNT_DROP,      /* leaking headers dropped */
    TLSG_COUNTS
} tlsg_count_t;

/* Counts one. Any thread; does nothing when there is no shared memory. */
void tlsg_request_count(tlsg_count_t what);

/* The figure so far; wraps around at 2^32. */
apr_uint32_t tlsg_request_count_get(tlsg_count_t what);

/* Makes the counters in post_config, before children are forked; they end with `pconf`. */
void tlsg_request_count_begin(apr_pool_t *pconf, server_rec *s);

/* Registers the part of mod_status; harmless without it. */
void tlsg_request_count_register(void);

#endif
