/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <string.h>

#include <apr_strings.h>

void tlsg_fault_add(apr_pool_t *pool, tlsg_vhost_t *vhost, const char *kind,
                    const tlsg_directive_t *directive, const char *message)
{
    tlsg_fault_t *fault = apr_palloc(pool, sizeof *fault);
    fault->kind = kind;
    fault->directive = directive;
    fault->message = apr_pstrdup(pool, message);
    APR_ARRAY_PUSH(vhost->faults, const tlsg_fault_t *) = fault;
}

const tlsg_fault_t *tlsg_fault_next(const tlsg_vhost_t *vhost, const char *kind,
                                    const tlsg_fault_t *after)
{
    int passed = after == NULL;
    for (int i = 0; i < vhost->faults->nelts; i++) {
        const tlsg_fault_t *fault = APR_ARRAY_IDX(vhost->faults, i, const tlsg_fault_t *);
        if (passed && strcmp(fault->kind, kind) == 0) {
            return fault;
        }
        passed |= fault == after;
    }
    return NULL;
}

void tlsg_fault_report(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost, tlsg_report_t *report,
                       const char *kind, const char *what)
{
    for (const tlsg_fault_t *fault = tlsg_fault_next(vhost, kind, NULL); fault != NULL;
         fault = tlsg_fault_next(vhost, kind, fault)) {
        const tlsg_origin_t *origin =
            fault->directive != NULL ? &fault->directive->origin : &vhost->origin;
        tlsg_report_add(report, rule, vhost, origin, fault->message, "%s: %s", what,
                        fault->message);
    }
}

void tlsg_fault_report_unknown(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost,
                               tlsg_report_t *report, const char *kind)
{
    for (const tlsg_fault_t *fault = tlsg_fault_next(vhost, kind, NULL); fault != NULL;
         fault = tlsg_fault_next(vhost, kind, fault)) {
        tlsg_report_unknown(report, rule, vhost, "%s", fault->message);
    }
}
