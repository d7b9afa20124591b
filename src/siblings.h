/* SPDX-License-Identifier: Apache-2.0 */
/* Host names of this server that are offered over plain HTTP only, by the domain above them.
 * Worked out once per model. Configuration time. */
#ifndef TLSG_SIBLINGS_H
#define TLSG_SIBLINGS_H

#include "model.h"

typedef struct tlsg_sibling_t {
    const char *name;
    const tlsg_vhost_t *vhost; /* the plain virtual host that serves it */
} tlsg_sibling_t;

/* Names strictly below `domain` (any case) that a virtual host serves content for without TLS
 * and none with it: tlsg_sibling_t, NULL when there is none. */
const apr_array_header_t *tlsg_siblings_plain_below(const tlsg_model_t *model, const char *domain);

#endif
