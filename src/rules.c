/* SPDX-License-Identifier: Apache-2.0 */
/* Registry and run; what a rule needs is checked here, once, not in the rules. */
#include "rules.h"

#include <stddef.h>

#include "text.h"

static const tlsg_rule_t *const *const families[] = {
    tlsg_rules_protocol,      tlsg_rules_client,        tlsg_rules_session,
    tlsg_rules_start,         tlsg_rules_cipher,        tlsg_rules_cipher_order,
    tlsg_rules_group,         tlsg_rules_cert,          tlsg_rules_cert_name,
    tlsg_rules_chain,         tlsg_rules_key,           tlsg_rules_stapling,
    tlsg_rules_header,        tlsg_rules_http,          tlsg_rules_vhost,
    tlsg_rules_vhost_name,    tlsg_rules_vhost_address, tlsg_rules_vhost_order,
    tlsg_rules_vhost_default, tlsg_rules_vhost_sni,     tlsg_rules_vhost_auth,
    tlsg_rules_vhost_access,  tlsg_rules_vhost_ca,      tlsg_rules_proxy,
    tlsg_rules_proxy_verify,  tlsg_rules_proxy_offer,
};

const tlsg_rule_t *tlsg_rules_at(int i)
{
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++) {
        for (const tlsg_rule_t *const *rule = families[f]; *rule != NULL; rule++) {
            if (i-- == 0) {
                return *rule;
            }
        }
    }
    return NULL;
}

const tlsg_rule_t *tlsg_rules_find(const char *id_or_name)
{
    const tlsg_rule_t *rule;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        if (tlsg_text_eq_nocase(rule->id, id_or_name) ||
            tlsg_text_eq_nocase(rule->name, id_or_name)) {
            return rule;
        }
    }
    return NULL;
}

static int certificate_is_known(const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->certs->nelts; i++) {
        if (APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t).file != NULL) {
            return 1;
        }
    }
    return 0;
}

static const char *certificate_unknown(const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->certs->nelts; i++) {
        const char *why = APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t).unknown;
        if (why != NULL) {
            return why;
        }
    }
    return vhost->unknown != NULL ? vhost->unknown : "no certificate could be read";
}

static void judge(const tlsg_rule_t *rule, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                  tlsg_report_t *report)
{
    if ((rule->needs & TLSG_NEEDS_EFFECTIVE) != 0 && tlsg_vhost_effective(vhost) == NULL) {
        tlsg_report_unknown(report, rule, vhost, "%s",
                            vhost->unknown != NULL ? vhost->unknown
                                                   : "the TLS context could not be built");
        return;
    }
    if ((rule->needs & TLSG_NEEDS_CERT) != 0 && !certificate_is_known(vhost)) {
        tlsg_report_unknown(report, rule, vhost, "%s", certificate_unknown(vhost));
        return;
    }
    rule->check(rule, model, vhost, report);
}

static int applies(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost)
{
    /* mod_ssl makes contexts for virtual hosts that no listener reaches, too. */
    int counts = vhost->serves || (rule->flags & TLSG_BLOCKS_START) != 0;
    return counts && !vhost->is_ignored &&
           (rule->scope != TLSG_PER_TLS || tlsg_vhost_is_tls(vhost));
}

static apr_array_header_t *list_rules(apr_pool_t *pool)
{
    apr_array_header_t *rules = apr_array_make(pool, 128, sizeof(const tlsg_rule_t *));
    const tlsg_rule_t *rule;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        APR_ARRAY_PUSH(rules, const tlsg_rule_t *) = rule;
    }
    return rules;
}

void tlsg_rules_run(const tlsg_model_t *model, tlsg_report_t *report)
{
    const apr_array_header_t *rules = list_rules(tlsg_report_pool(report));
    for (int i = 0; i < rules->nelts; i++) {
        const tlsg_rule_t *rule = APR_ARRAY_IDX(rules, i, const tlsg_rule_t *);
        if (rule->scope == TLSG_PER_SERVER) {
            judge(rule, model, model->main, report);
        }
    }
    /* All rules for one virtual host, then the next: its facts are in the processor's cache then.
     * Sorting makes the order of the calls invisible. */
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        for (int i = 0; i < rules->nelts; i++) {
            const tlsg_rule_t *rule = APR_ARRAY_IDX(rules, i, const tlsg_rule_t *);
            if (rule->scope != TLSG_PER_SERVER && applies(rule, vhost)) {
                judge(rule, model, vhost, report);
            }
        }
    }
    tlsg_report_sort(report);
}
