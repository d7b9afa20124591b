/* SPDX-License-Identifier: Apache-2.0 */
/* The policy table and its look-ups. */
#include "policy.h"

#include <stddef.h>
#include <string.h>

#include "rule.h"
#include "text.h"

static const tlsg_policy_t policies[] = {
#define POLICY(policy, text, ...) { .name = #policy, .summary = text, __VA_ARGS__ },
#include "policies.def"
#undef POLICY
};

typedef struct exception_t {
    const char *policy;
    const char *rule;
    tlsg_severity_t severity;
} exception_t;

static const exception_t exceptions[] = {
#define SEVERITY(policy, rule, severity) { #policy, rule, TLSG_##severity },
#include "policies.def"
#undef SEVERITY
};

const tlsg_policy_t *tlsg_policy_at(int i)
{
    int count = (int)(sizeof policies / sizeof policies[0]);
    return i >= 0 && i < count ? &policies[i] : NULL;
}

const tlsg_policy_t *tlsg_policy_find(const char *name)
{
    for (int i = 0; tlsg_policy_at(i) != NULL; i++) {
        if (tlsg_text_eq_nocase(policies[i].name, name)) {
            return &policies[i];
        }
    }
    return NULL;
}

const tlsg_policy_t *tlsg_policy_default(void)
{
    return &policies[0];
}

tlsg_severity_t tlsg_policy_severity(const tlsg_policy_t *policy, const struct tlsg_rule_t *rule)
{
    if (rule->policy != NULL && strcmp(rule->policy, policy->name) != 0) {
        return TLSG_OFF;
    }
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
        if (strcmp(exceptions[i].policy, policy->name) == 0 &&
            strcmp(exceptions[i].rule, rule->name) == 0) {
            return exceptions[i].severity;
        }
    }
    return rule->severity;
}

const char *tlsg_severity_name(tlsg_severity_t severity)
{
    switch (severity) {
    case TLSG_NOTICE:
        return "notice";
    case TLSG_WARNING:
        return "warning";
    case TLSG_ERROR:
        return "error";
    case TLSG_OFF:
        break;
    }
    return "off";
}
