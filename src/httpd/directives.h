/* SPDX-License-Identifier: Apache-2.0 */
/* httpd's view of settings.def: the command table, the per-server and the per-directory
 * configuration. */
#ifndef TLSG_DIRECTIVES_H
#define TLSG_DIRECTIVES_H

#include <httpd.h>

#include <http_config.h>

#include "settings.h"

struct tlsg_served_t; /* request.c: what requests of a server need, made at start */

/* The module's per-server record. The per-directory one is a tlsg_conf_t. */
typedef struct tlsg_server_t {
    tlsg_conf_t *conf;
    const struct tlsg_served_t *served; /* NULL before the configuration is complete */
    apr_array_header_t *refused; /* const char *: why a start is refused, with file and line; NULL:
                                    nothing. Of this server's own directives. */
} tlsg_server_t;

/* The module's command table, for the module record. */
extern const command_rec tlsg_directives_table[];

void *tlsg_directives_create_server(apr_pool_t *pool, server_rec *s);
void *tlsg_directives_merge_server(apr_pool_t *pool, void *base, void *add);
void *tlsg_directives_create_dir(apr_pool_t *pool, char *path);
void *tlsg_directives_merge_dir(apr_pool_t *pool, void *base, void *add);

/* The server's settings, those of its own directory level included, defaults filled in; lives in
 * `pool`. */
const tlsg_conf_t *tlsg_directives_conf(apr_pool_t *pool, const server_rec *s);

/* A server's settings with those of a section laid over them, defaults filled in; lives in `pool`.
 * `dir` is the module's merged per-directory configuration, NULL for none. */
const tlsg_conf_t *tlsg_directives_section(apr_pool_t *pool, const server_rec *s,
                                           const tlsg_conf_t *dir);

/* Why a start with this configuration is refused although the directives can be read: const char *,
 * each with file and line, in `pool`. Other commands and reloads do without what is refused. */
const apr_array_header_t *tlsg_directives_refused(apr_pool_t *pool, const server_rec *s);

#endif
