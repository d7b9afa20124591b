/* SPDX-License-Identifier: Apache-2.0 */
/* mod_ssl's own contexts at start: the ssl_init_server hook notes each virtual host's SSL_CTX, and
 * after all hooks have run the collector reads them into the model. Nothing is changed in them. */
#ifndef TLSG_LIVE_H
#define TLSG_LIVE_H

#include <httpd.h>

#include "model.h"

/* Registers the optional hook; harmless without mod_ssl. */
void tlsg_live_register(void);

/* Forgets the contexts of an earlier pass; they live as long as `pconf`. */
void tlsg_live_begin(apr_pool_t *pconf, server_rec *s);

/* Attaches certificates and effective facts of the noted contexts to the model; `servers` is the
 * list that tlsg_conf_tree_model() made. */
void tlsg_live_attach(tlsg_model_t *model, const apr_array_header_t *servers);

/* The context that mod_ssl made for a server in this pass; NULL without TLS. Borrowed. */
SSL_CTX *tlsg_live_context(const server_rec *s);

#endif
