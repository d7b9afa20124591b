/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of family TG4xx, one row each in the order of their ids, and what their files share. */
#ifndef TLSG_RULES_HEADER_H
#define TLSG_RULES_HEADER_H

#include "header_eval.h"
#include "header_value.h"
#include "rules.h"

/* Each row defines tlsg_rule_NAME in one of the rules_header_*.c files. */
#define TLSG_HEADER_RULES(X)                                                                       \
    X(hsts_missing)                                                                                \
    X(hsts_onsuccess_only)                                                                         \
    X(hsts_doubled)                                                                                \
    X(hsts_never)                                                                                  \
    X(hsts_late)                                                                                   \
    X(hsts_unset)                                                                                  \
    X(hsts_partial)                                                                                \
    X(hsts_plain_http)                                                                             \
    X(hsts_elsewhere)                                                                              \
    X(hsts_malformed)                                                                              \
    X(hsts_short)                                                                                  \
    X(hsts_withdrawn)                                                                              \
    X(hsts_unknown_word)                                                                           \
    X(hsts_subdomain_plain)                                                                        \
    X(hsts_preload_unfit)                                                                          \
    X(hpkp_present)                                                                                \
    X(hpkp_malformed)                                                                              \
    X(hpkp_no_backup)                                                                              \
    X(hpkp_not_in_chain)                                                                           \
    X(hpkp_max_age)                                                                                \
    X(hpkp_unknown_word)                                                                           \
    X(hpkp_missing)                                                                                \
    X(hpkp_renewed)                                                                                \
    X(hpkp_backup_served)                                                                          \
    X(header_invalid)                                                                              \
    X(header_doubled)                                                                              \
    X(header_deprecated)                                                                           \
    X(header_misspelt)                                                                             \
    X(header_never)                                                                                \
    X(header_weak)                                                                                 \
    X(header_absent)                                                                               \
    X(header_onsuccess)                                                                            \
    X(cors_credentials)                                                                            \
    X(cookie_clobbered)                                                                            \
    X(cookie_insecure)                                                                             \
    X(cookie_attributes)                                                                           \
    X(cookie_edit)                                                                                 \
    X(redirect_loop)                                                                               \
    X(redirect_dead)                                                                               \
    X(redirect_terminator)                                                                         \
    X(redirect_slash)                                                                              \
    X(redirect_missing)                                                                            \
    X(redirect_temporary)                                                                          \
    X(redirect_downgrade)                                                                          \
    X(header_overridden)                                                                           \
    X(header_redundant)

#define ROW(name) extern const tlsg_rule_t tlsg_rule_##name;
TLSG_HEADER_RULES(ROW)
#undef ROW

/* Outcome of Strict-Transport-Security. */
const tlsg_header_outcome_t *tlsg_rules_header_hsts(const tlsg_model_t *model,
                                                    const tlsg_vhost_t *vhost);

/* 0 when the virtual host needs no policy (it refuses everything, its name is an address) or
 * when .htaccess sets it, which only the rule about that judges. */
int tlsg_rules_header_hsts_counts(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* One header that some line in force can send. */
typedef struct tlsg_judged_t {
    apr_pool_t *pool; /* gone when the rule is done */
    const tlsg_rule_t *self;
    const tlsg_model_t *model;
    const tlsg_vhost_t *vhost;
    tlsg_report_t *out;
    const char *name;              /* the row's spelling, else as written */
    const tlsg_header_name_t *row; /* NULL: not in the table */
    const tlsg_header_outcome_t *outcome;
} tlsg_judged_t;

typedef void tlsg_judge_fn(const tlsg_judged_t *judged);

/* Calls judge() once for each header that some line in force can send, but for those that have
 * rules of their own (HSTS, HPKP, cookies). */
void tlsg_rules_header_each(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out, tlsg_judge_fn *judge);

/* The i-th field of the outcome, NULL when no Header line sends it. */
const tlsg_header_field_t *tlsg_rules_header_field(const tlsg_judged_t *judged, int i);

/* What a line waits for, as written: its condition, that of the <If> around it, or "early". */
const char *tlsg_rules_header_condition(apr_pool_t *pool, const tlsg_header_line_t *line);

/* The Header line that a field comes from. Never NULL for fields whose line is not. */
const tlsg_origin_t *tlsg_rules_header_place(const tlsg_header_field_t *field);

#endif
