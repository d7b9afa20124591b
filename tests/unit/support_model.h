/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-built models for tests that need no configuration: a main server and virtual hosts on
 * port 443 with good facts, which a test then changes where it matters. */
#ifndef TLSG_SUPPORT_MODEL_H
#define TLSG_SUPPORT_MODEL_H

#include "model.h"

/* Stage config-test, fixed versions and clock, main server that serves nothing, no module but
 * mod_ssl. */
tlsg_model_t *support_model(apr_pool_t *pool);

/* A TLS virtual host `name`:443 whose <VirtualHost> stands at /srv/www/conf/FILE:LINE.
 * Intermediate policy, no certificates, effective facts not known. */
tlsg_vhost_t *support_vhost(tlsg_model_t *model, const char *name, const char *file, int line);

/* A new distinct TLS configuration: TLS 1.2 and 1.3, level 2, groups, no DHE, no tickets. */
tlsg_effective_t *support_effective(tlsg_model_t *model);

/* Lets the virtual host have those facts. */
void support_use(tlsg_vhost_t *vhost, const tlsg_effective_t *effective);

/* /srv/www/conf/FILE:LINE, in the model's pool. */
tlsg_origin_t support_origin(tlsg_model_t *model, const char *file, int line);

#endif
