/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the directives that change responses, read into plain data. Pure: regular
 * expressions stay text here and are compiled by the server face. Configuration time (.htaccess:
 * request time); results live in the pool given and are only read afterwards, but for `compiled`. */
#ifndef TLSG_INJECT_PARSE_H
#define TLSG_INJECT_PARSE_H

#include <apr.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* One TLSGuardHeader line. */
typedef struct tlsg_inject_header_t {
    const char *name;
    const char *value; /* NULL: never add it */
    int is_default;    /* `value` is the presets' */
} tlsg_inject_header_t;

typedef struct tlsg_inject_hsts_t {
    const char *value; /* of the header; NULL: off */
    apr_int64_t max_age;
    int include_subdomains;
    int preload;
} tlsg_inject_hsts_t;

typedef struct tlsg_inject_pins_t {
    int is_off;
    apr_int64_t max_age; /* seconds */
    int include_subdomains;
    const char *report_uri;      /* NULL without */
    apr_array_header_t *backups; /* const char *: pins, at least one unless off */
} tlsg_inject_pins_t;

typedef struct tlsg_inject_except_t {
    const char *text;
    const void *compiled; /* the face's; NULL until it has compiled it */
} tlsg_inject_except_t;

typedef enum tlsg_inject_compress_t {
    TLSG_COMPRESS_ALLOW = 0,
    TLSG_COMPRESS_EXCLUDE,
    TLSG_COMPRESS_SECRETS,
} tlsg_inject_compress_t;

typedef struct tlsg_inject_compression_t {
    tlsg_inject_compress_t mode;
    apr_array_header_t *except; /* tlsg_inject_except_t: paths */
} tlsg_inject_compression_t;

typedef struct tlsg_inject_cookies_t {
    unsigned add;               /* TLSG_COOKIE_ bits of header_value.h, 0: off */
    apr_array_header_t *except; /* tlsg_inject_except_t: names of cookies */
} tlsg_inject_cookies_t;

/* Parsers of settings.def; the contract is tlsg_settings_parse_fn's of settings.h. *made is, in this
 * order: an array with one tlsg_inject_header_t, a tlsg_inject_hsts_t and so on. */
const char *tlsg_inject_parse_header(apr_pool_t *pool, int argc, const char *const *argv,
                                     const void **made, const char **refusal);
const char *tlsg_inject_parse_hsts(apr_pool_t *pool, int argc, const char *const *argv,
                                   const void **made, const char **refusal);
const char *tlsg_inject_parse_pins(apr_pool_t *pool, int argc, const char *const *argv,
                                   const void **made, const char **refusal);
const char *tlsg_inject_parse_compression(apr_pool_t *pool, int argc, const char *const *argv,
                                          const void **made, const char **refusal);
const char *tlsg_inject_parse_cookies(apr_pool_t *pool, int argc, const char *const *argv,
                                      const void **made, const char **refusal);

#endif
