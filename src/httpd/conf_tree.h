/* SPDX-License-Identifier: Apache-2.0 */
/* httpd's directive tree, servers, listeners and modules -> the declared facts of the model. Runs
 * at configuration time, after httpd has read and walked the tree. */
#ifndef TLSG_CONF_TREE_H
#define TLSG_CONF_TREE_H

#include <httpd.h>

#include "model.h"

/* Builds the model in `pool`; strings of the tree are borrowed, so it must not outlive the
 * configuration pass. `servers`, when not NULL, receives the server_rec of each virtual host by its
 * index in the model. */
tlsg_model_t *tlsg_conf_tree_model(apr_pool_t *pool, server_rec *main_server, tlsg_stage_t stage,
                                   apr_array_header_t **servers);

#endif
