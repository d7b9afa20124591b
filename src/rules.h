/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of rules and the loop that runs them. */
#ifndef TLSG_RULES_H
#define TLSG_RULES_H

#include "rule.h"

/* One family per rules_*.c file; each array ends in NULL. */
extern const tlsg_rule_t *const tlsg_rules_protocol[];
extern const tlsg_rule_t *const tlsg_rules_client[];
extern const tlsg_rule_t *const tlsg_rules_session[];
extern const tlsg_rule_t *const tlsg_rules_start[];
extern const tlsg_rule_t *const tlsg_rules_cipher[];
extern const tlsg_rule_t *const tlsg_rules_cipher_order[];
extern const tlsg_rule_t *const tlsg_rules_group[];
extern const tlsg_rule_t *const tlsg_rules_cert[];
extern const tlsg_rule_t *const tlsg_rules_cert_name[];
extern const tlsg_rule_t *const tlsg_rules_chain[];
extern const tlsg_rule_t *const tlsg_rules_key[];
extern const tlsg_rule_t *const tlsg_rules_stapling[];
extern const tlsg_rule_t *const tlsg_rules_header[];
extern const tlsg_rule_t *const tlsg_rules_http[];
extern const tlsg_rule_t *const tlsg_rules_vhost[];
extern const tlsg_rule_t *const tlsg_rules_vhost_name[];
extern const tlsg_rule_t *const tlsg_rules_vhost_address[];
extern const tlsg_rule_t *const tlsg_rules_vhost_order[];
extern const tlsg_rule_t *const tlsg_rules_vhost_default[];
extern const tlsg_rule_t *const tlsg_rules_vhost_sni[];
extern const tlsg_rule_t *const tlsg_rules_vhost_auth[];
extern const tlsg_rule_t *const tlsg_rules_vhost_access[];
extern const tlsg_rule_t *const tlsg_rules_vhost_ca[];
extern const tlsg_rule_t *const tlsg_rules_proxy[];
extern const tlsg_rule_t *const tlsg_rules_proxy_verify[];
extern const tlsg_rule_t *const tlsg_rules_proxy_offer[];

/* i-th rule over all families in the order of their ids, NULL after the last. */
const tlsg_rule_t *tlsg_rules_at(int i);

/* The rule of that id or name (any case), NULL when there is none. */
const tlsg_rule_t *tlsg_rules_find(const char *id_or_name);

/* Runs every rule over the model and sorts the report. A rule whose needs are not met for a virtual
 * host is reported as not evaluated with the reason the collectors left. */
void tlsg_rules_run(const tlsg_model_t *model, tlsg_report_t *report);

#endif
