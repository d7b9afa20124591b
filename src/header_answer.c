/* SPDX-License-Identifier: Apache-2.0 */
#include "header_answer.h"

#include "header_eval.h"
#include "header_module.h"
#include "header_value.h"
#include "redirect.h"

#define HSTS "Strict-Transport-Security"

static tlsg_answer_t answer(tlsg_answer_state_t state, const char *why)
{
    return (tlsg_answer_t){ state, why };
}

/* The common part: is there exactly one field with a known value? */
static const tlsg_header_field_t *one_field(const tlsg_header_outcome_t *out,
                                            tlsg_answer_t *failure)
{
    tlsg_sent_t sent = out->sent[TLSG_RESPONSE_PAGE];
    *failure = answer(TLSG_ANSWER_NO, "not sent");
    if (sent == TLSG_SENT_NO) {
        return NULL;
    }
    *failure = answer(TLSG_ANSWER_UNKNOWN,
                      out->backend ? "the backend may send it" : "depends on the request");
    if (sent == TLSG_SENT_MAYBE) {
        return NULL;
    }
    *failure = answer(TLSG_ANSWER_NO, "sent twice");
    if (out->doubled == TLSG_SENT_YES) {
        return NULL;
    }
    *failure = answer(TLSG_ANSWER_UNKNOWN, "value not known before a request");
    const tlsg_header_field_t *field = &APR_ARRAY_IDX(out->fields, 0, tlsg_header_field_t);
    return field->value != NULL ? field : NULL;
}

tlsg_answer_t tlsg_header_answer_hsts(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    const tlsg_header_outcome_t *out = tlsg_header_eval(model, vhost, HSTS);
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    tlsg_answer_t failure;
    if (tlsg_redirect_serves_nothing(facts)) {
        return answer(TLSG_ANSWER_NOT_APPLICABLE, "every request is refused");
    }
    const tlsg_header_field_t *field = one_field(out, &failure);
    const tlsg_header_hsts_t *hsts = field != NULL ? field->hsts : NULL;
    if (out->by_module && out->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_YES) {
        const char *value = tlsg_header_module_value(facts, HSTS);
        hsts = value != NULL ? tlsg_header_hsts_parse(model->pool, value) : NULL;
    }
    if (hsts == NULL) {
        return failure;
    }
    const tlsg_policy_t *policy = vhost->policy != NULL ? vhost->policy : tlsg_policy_default();
    if (!hsts->valid) {
        return answer(TLSG_ANSWER_NO, "browsers discard it");
    }
    return hsts->max_age < policy->hsts_min_age ? answer(TLSG_ANSWER_NO, "max-age too short")
                                                : answer(TLSG_ANSWER_OK, NULL);
}

tlsg_answer_t tlsg_header_answer_hpkp(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    const tlsg_header_outcome_t *out = tlsg_header_eval(model, vhost, "Public-Key-Pins");
    tlsg_answer_t failure;
    if (out->by_module) {
        return answer(TLSG_ANSWER_OK, NULL);
    }
    const tlsg_header_field_t *field = one_field(out, &failure);
    if (field == NULL) {
        return failure;
    }
    const tlsg_header_hpkp_t *hpkp = tlsg_header_hpkp_parse(model->pool, field->value, 0);
    if (!hpkp->valid || hpkp->empty || hpkp->max_age <= 0) {
        return answer(TLSG_ANSWER_NO, "clients discard it");
    }
    return hpkp->distinct_pins < 2 ? answer(TLSG_ANSWER_NO, "no backup pin")
                                   : answer(TLSG_ANSWER_OK, NULL);
}
