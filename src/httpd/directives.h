/* SPDX-License-Identifier: Apache-2.0 */
/* httpd's view of settings.def: the command table and the per-server configuration. */
#ifndef TLSG_DIRECTIVES_H
#define TLSG_DIRECTIVES_H

#include <httpd.h>

#include <http_config.h>

#include "settings.h"

/* The module's command table, for the module record. */
extern const command_rec tlsg_directives_table[];

void *tlsg_directives_create_server(apr_pool_t *pool, server_rec *s);
void *tlsg_directives_merge_server(apr_pool_t *pool, void *base, void *add);

/* The server's settings, defaults filled in; lives in `pool`. */
const tlsg_conf_t *tlsg_directives_conf(apr_pool_t *pool, const server_rec *s);

#endif
