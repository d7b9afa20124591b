/* SPDX-License-Identifier: Apache-2.0 */
/* The checklist's answers about HSTS and HPKP, from what header_eval.h worked out; the one about
 * compression is in compress.h. Configuration time; const model. */
#ifndef TLSG_HEADER_ANSWER_H
#define TLSG_HEADER_ANSWER_H

#include "model.h"

typedef enum tlsg_answer_state_t {
    TLSG_ANSWER_UNKNOWN = 0,
    TLSG_ANSWER_OK,
    TLSG_ANSWER_NO,
    TLSG_ANSWER_NOT_APPLICABLE,
} tlsg_answer_state_t;

typedef struct tlsg_answer_t {
    tlsg_answer_state_t state;
    const char *why; /* a few words; never NULL unless OK */
} tlsg_answer_t;

/* Ok: one valid Strict-Transport-Security field with a max-age the policy accepts on every page. */
tlsg_answer_t tlsg_header_answer_hsts(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* Ok: one Public-Key-Pins field that a client following RFC 7469 would accept. */
tlsg_answer_t tlsg_header_answer_hpkp(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

#endif
