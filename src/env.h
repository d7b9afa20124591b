/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables of a request: which lines set them, when, and what httpd's modules set
 * by themselves. Reads the const model only. Configuration time. */
#ifndef TLSG_ENV_H
#define TLSG_ENV_H

#include "reach.h"

/* Is the variable set when the response leaves? *value, when not NULL, receives what it is set
 * to, NULL when that is not known; *nobody, when not NULL, becomes 1 when nothing known to this
 * server can ever set it, else 0. */
tlsg_tri_t tlsg_env_is_set(tlsg_reach_t *scope, const char *name, tlsg_response_t response,
                           const char **value, int *nobody);

/* The last line in force that can set the variable, NULL when there is none. */
const tlsg_directive_t *tlsg_env_source(tlsg_reach_t *scope, const char *name);

#endif
