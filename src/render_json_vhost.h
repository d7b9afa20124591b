/* SPDX-License-Identifier: Apache-2.0 */
/* The "vhosts" part of the JSON report. */
#ifndef TLSG_RENDER_JSON_VHOST_H
#define TLSG_RENDER_JSON_VHOST_H

#include <jansson.h>

#include "model.h"
#include "place.h"

/* A new array with one object for each virtual host that serves requests, in configuration
 * order. Facts that are not known are null. `scratch` holds intermediate text; *failed is set
 * when memory ran out. */
json_t *tlsg_render_json_vhosts(apr_pool_t *scratch, const tlsg_model_t *model,
                                tlsg_places_t *places, int *failed);

#endif
