/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule's own examples, in process: the bad one gives a finding of this rule, the good one
 * none. With RULE=TG101 in the environment only that rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "rules.h"
#include "support_conf.h"

static const char *text_of(apr_pool_t *pool, const tlsg_rule_t *rule, const char *example)
{
    const char *policy =
        rule->policy != NULL ? apr_pstrcat(pool, "TLSGuardPolicy ", rule->policy, "\n", NULL) : "";
    return apr_pstrcat(pool, policy, support_conf_wrap(pool, example), NULL);
}

static void judge_example(void **state)
{
    const tlsg_rule_t *rule = *state;
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    const char *bad = text_of(pool, rule, rule->bad);
    const char *good = text_of(pool, rule, rule->good);
    int is_elsewhere = strncmp(rule->bad, "%elsewhere", 10) == 0;
    if (support_conf_count(support_conf_audit(pool, bad), rule->id) == 0 && !is_elsewhere) {
        fail_msg("%s %s: nothing found in\n%s", rule->id, rule->name, bad);
    }
    const tlsg_finding_t *found = support_conf_find(support_conf_audit(pool, good), rule->id);
    if (found != NULL) {
        fail_msg("%s %s: found \"%s\" in\n%s", rule->id, rule->name, found->message, good);
    }
    apr_pool_destroy(pool);
}

int main(void)
{
    apr_initialize();
    const char *only = getenv("RULE");
    struct CMUnitTest tests[512]; /* more rules than the families can hold in this size */
    size_t count = 0;
    for (int i = 0; tlsg_rules_at(i) != NULL; i++) {
        const tlsg_rule_t *rule = tlsg_rules_at(i);
        if (only == NULL || tlsg_rules_find(only) == rule) {
            struct CMUnitTest test = { rule->id, judge_example, NULL, NULL, NULL };
            test.initial_state = (void *)(uintptr_t)rule;
            tests[count++] = test;
        }
    }
    int failed = _cmocka_run_group_tests("rule examples", tests, count, NULL, NULL);
    apr_terminate();
    return failed;
}
