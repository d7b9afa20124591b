/* SPDX-License-Identifier: Apache-2.0 */
/* httpd's and mod_ssl's merge rules, and what follows from all servers together: who speaks TLS,
 * who is the default virtual host of an address, which domains mod_md manages. Used by
 * collect_conf.c only. */
#ifndef TLSG_COLLECT_MERGE_H
#define TLSG_COLLECT_MERGE_H

#include "model.h"

/* Empty settings. */
tlsg_settings_t *tlsg_merge_settings_make(apr_pool_t *pool);

/* Takes a directive into a server's own settings; a repeated one wins or is appended, by its row.
 */
void tlsg_merge_note(tlsg_settings_t *own, tlsg_ssl_directive_t which,
                     const tlsg_directive_t *directive);

/* Completes the model; `own` holds one tlsg_settings_t * per virtual host in the model's order. */
void tlsg_merge_all(tlsg_model_t *model, const apr_array_header_t *own);

#endif
