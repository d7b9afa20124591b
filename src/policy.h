/* SPDX-License-Identifier: Apache-2.0 */
/* Named policies: thresholds and severities as data (policies.def), one row each. */
#ifndef TLSG_POLICY_H
#define TLSG_POLICY_H

struct tlsg_rule_t;

typedef enum tlsg_severity_t {
    TLSG_OFF = 0, /* the policy does not ask */
    TLSG_NOTICE,  /* worth knowing */
    TLSG_WARNING, /* weak, or without the effect that was meant */
    TLSG_ERROR,   /* broken, exploitable, or the server will not start */
} tlsg_severity_t;

typedef struct tlsg_policy_t {
    const char *name;
    const char *summary;
    long long hsts_min_age;  /* seconds; below: hsts-short */
    long long hsts_good_age; /* seconds; below: a notice */
    int hpkp_demanded;
    int custom_dh_demanded;
    int stapling_demanded;
    int server_order_demanded;
    int forward_secrecy_demanded; /* suites without it are errors of the policy, not only warnings
                                   */
    int dh_min_bits;
} tlsg_policy_t;

/* The policy of that name (any case), NULL when there is none. */
const tlsg_policy_t *tlsg_policy_find(const char *name);

/* The default policy, "intermediate". */
const tlsg_policy_t *tlsg_policy_default(void);

/* i-th policy, NULL after the last. */
const tlsg_policy_t *tlsg_policy_at(int i);

/* Severity of a rule's findings under the policy: the rule's own unless policies.def says
 * otherwise. */
tlsg_severity_t tlsg_policy_severity(const tlsg_policy_t *policy, const struct tlsg_rule_t *rule);

/* "error", "warning", "notice", "off". */
const char *tlsg_severity_name(tlsg_severity_t severity);

#endif
