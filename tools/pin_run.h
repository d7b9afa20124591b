/* SPDX-License-Identifier: Apache-2.0 */
/* Finds httpd and runs its configuration test. Knows nothing of what the report says. */
#ifndef TLSG_PIN_RUN_H
#define TLSG_PIN_RUN_H

#include <stddef.h>

#include <apr_pools.h>

/* What one run left. */
typedef struct {
    const char *bytes; /* stdout */
    size_t len;        /* 0: no report */
    const char
        *complaint; /* the last line of stderr, which is httpd's reason; "" when there is none */
} tlsg_pin_run_t;

/* The first apache2 or httpd in PATH or in the usual places; NULL: none. */
const char *tlsg_pin_run_find_httpd(apr_pool_t *pool);

/* mod_tlsguard.so in the module directories of the usual layouts; NULL: none. */
const char *tlsg_pin_run_find_module(apr_pool_t *pool);

/* Runs httpd -t -D DUMP_TLSGUARD_JSON -f `path` (absolute) to its end. `module`: a
 * mod_tlsguard.so to load first; NULL: none. A file "envvars" beside the configuration is read
 * by a shell first, as apache2ctl does. Returns 1 whatever httpd's verdict, or 0 with *err when
 * it cannot be run. */
int tlsg_pin_run_httpd(apr_pool_t *pool, const char *httpd, const char *module, const char *path,
                       tlsg_pin_run_t *output, const char **err);

#endif
