/* SPDX-License-Identifier: Apache-2.0 */
#include "support_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rule.h"
#include "support_conf.h"

/* "TG40x" is a family, "TG401" one rule. */
static int is_of(const tlsg_finding_t *finding, const char *rule)
{
    return strncmp(finding->rule->id, rule, strcspn(rule, "x")) == 0;
}

static const tlsg_finding_t *worst(const tlsg_report_t *report, const char *rule)
{
    const tlsg_finding_t *found = NULL;
    const apr_array_header_t *findings = tlsg_report_findings(report);
    for (int i = 0; i < findings->nelts; i++) {
        const tlsg_finding_t *finding = APR_ARRAY_IDX(findings, i, const tlsg_finding_t *);
        if (is_of(finding, rule) && (found == NULL || finding->severity > found->severity)) {
            found = finding;
        }
    }
    return found;
}

void support_judge(const char *rule, const support_case_t *cases)
{
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    int failed = 0;
    for (; cases->conf != NULL; cases++) {
        const tlsg_finding_t *found = worst(support_conf_audit(pool, cases->conf), rule);
        tlsg_severity_t severity = found != NULL ? found->severity : TLSG_OFF;
        if (severity != cases->severity) {
            print_error("%s, %s: %s instead of %s%s%s\n", rule, cases->what,
                        tlsg_severity_name(severity), tlsg_severity_name(cases->severity),
                        found != NULL ? ": " : "", found != NULL ? found->message : "");
            failed++;
        }
        else if (found != NULL && cases->line != 0 && found->origin.line != cases->line) {
            print_error("%s, %s: line %d instead of %d\n", rule, cases->what, found->origin.line,
                        cases->line);
            failed++;
        }
    }
    apr_pool_destroy(pool);
    assert_int_equal(failed, 0);
}

void support_judge_lines(const support_line_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        apr_pool_t *pool;
        assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
        const char *conf = support_conf_wrap(pool, cases[i].conf);
        const tlsg_finding_t *found = worst(support_conf_audit(pool, conf), cases[i].rule);
        tlsg_severity_t severity = found != NULL ? found->severity : TLSG_OFF;
        if (severity != cases[i].severity) {
            fail_msg("%s is %s instead of %s in\n%s", cases[i].rule, tlsg_severity_name(severity),
                     tlsg_severity_name(cases[i].severity), cases[i].conf);
        }
        apr_pool_destroy(pool);
    }
}

const tlsg_finding_t *support_judge_worst(apr_pool_t *pool, const char *rule, const char *conf)
{
    return worst(support_conf_audit(pool, conf), rule);
}

int support_judge_vhosts(const char *rule, const char *conf)
{
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    const tlsg_finding_t *found = worst(support_conf_audit(pool, conf), rule);
    int count = found != NULL ? found->vhosts->nelts : -1;
    apr_pool_destroy(pool);
    return count;
}
