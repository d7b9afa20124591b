/* SPDX-License-Identifier: Apache-2.0 */
/* The pins of every TLS virtual host of a configuration: httpd reads the configuration,
 * mod_tlsguard reports (-t -D DUMP_TLSGUARD_JSON), this reads the report. Nothing of the
 * configuration is parsed here. */
#ifndef TLSG_PIN_HTTPD_H
#define TLSG_PIN_HTTPD_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct {
    const char *httpd;  /* program; NULL: apache2 or httpd from PATH or the usual places */
    const char *module; /* mod_tlsguard.so for configurations without it; NULL: the usual places */
} tlsg_pin_httpd_t;

/* 1 when `path` is named like a configuration (ends in ".conf") and is a regular file. */
int tlsg_pin_httpd_is_config(const char *path);

/* Adds one tlsg_pin_site_t per virtual host that has pins. httpd's own messages reach stderr
 * only when it gives no report. Returns 1, or 0 with the reason in *err (pool). */
int tlsg_pin_httpd_read(apr_pool_t *pool, const tlsg_pin_httpd_t *how, const char *path,
                        apr_array_header_t *sites, const char **err);

#endif
