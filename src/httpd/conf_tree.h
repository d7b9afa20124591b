/* SPDX-License-Identifier: Apache-2.0 */
/* httpd's directive tree, servers, listeners and modules -> the declared facts of the model. Runs
 * at configuration time, after httpd has read and walked the tree. */
#ifndef TLSG_CONF_TREE_H
#define TLSG_CONF_TREE_H

#include <httpd.h>

#include <http_config.h>
#include <util_cfgtree.h>

#include "model.h"

/* Builds the model in `pool`; strings of the tree are borrowed, so it must not outlive the
 * configuration pass. `servers`, when not NULL, receives the server_rec of each virtual host by its
 * index in the model. */
tlsg_model_t *tlsg_conf_tree_model(apr_pool_t *pool, server_rec *main_server, tlsg_stage_t stage,
                                   apr_array_header_t **servers);

/* Calls visit() for each server, the main server first, then the virtual hosts in configuration
 * order, with the list of its own directives (the main server's holds the <VirtualHost> nodes,
 * too). */
typedef void tlsg_conf_tree_fn(void *baton, server_rec *s, const ap_directive_t *directives);
void tlsg_conf_tree_each(apr_pool_t *pool, server_rec *main_server, tlsg_conf_tree_fn *visit,
                         void *baton);

#endif
