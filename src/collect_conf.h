/* SPDX-License-Identifier: Apache-2.0 */
/* Declared facts: takes httpd's directives one by one and builds the model with httpd's and
 * mod_ssl's own merge rules. Knows no httpd header: the server face feeds it from the directive
 * tree, tests from text.
 *
 * Order of calls: make, then per server (main first, then virtual hosts in configuration order)
 * vhost and its sections and directives, listeners at any time, finish. */
#ifndef TLSG_COLLECT_CONF_H
#define TLSG_COLLECT_CONF_H

#include "model.h"

typedef struct tlsg_collect_t tlsg_collect_t;

/* Starts a model in `pool`. Strings handed in later are borrowed and must live as long. */
tlsg_collect_t *tlsg_collect_make(apr_pool_t *pool, tlsg_stage_t stage, apr_time_t now);

/* The model under construction: the caller fills versions, server_root and modules. */
tlsg_model_t *tlsg_collect_model(tlsg_collect_t *collect);

/* Adds a server; the first one is the main server. `name` is httpd's server_hostname, `listens`
 * what httpd derived from `Listen PORT https` by address equality ("https", "http", NULL unknown:
 * derive here). */
tlsg_vhost_t *tlsg_collect_vhost(tlsg_collect_t *collect, const char *name,
                                 const tlsg_origin_t *origin, const char *listens);

/* Adds an address of the virtual host: numeric `ip` or "*", `port` 0 for any. */
void tlsg_collect_address(tlsg_collect_t *collect, tlsg_vhost_t *vhost, const char *ip, int port);

/* Adds a container inside `parent` (NULL: directly in the server). `arg` may end in ">". */
const tlsg_section_t *tlsg_collect_section(tlsg_collect_t *collect, const tlsg_section_t *parent,
                                           const char *kind, const char *arg,
                                           const tlsg_origin_t *origin);

/* Adds a directive of `vhost`; `name` in the spelling of the owner's command table. */
void tlsg_collect_directive(tlsg_collect_t *collect, tlsg_vhost_t *vhost,
                            const tlsg_section_t *section, const char *name, const char *args,
                            const tlsg_origin_t *origin);

void tlsg_collect_listener(tlsg_collect_t *collect, const char *ip, int port, const char *protocol);

/* Splits httpd's file names of macro bodies into file, line and Use line. Plain names pass through.
 */
void tlsg_collect_origin(apr_pool_t *pool, const char *file, int line, const char *directive,
                         tlsg_origin_t *origin);

/* Merges, decides which virtual hosts speak TLS, finds default virtual hosts and managed domains.
 * The model is complete but for certificates and effective facts. */
tlsg_model_t *tlsg_collect_finish(tlsg_collect_t *collect);

#endif
