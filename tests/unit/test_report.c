/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping by cause, absences, severities by policy, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "report.h"
#include "rule.h"
#include "support_model.h"

static const tlsg_rule_t weak = { .id = "TG101",
                                  .name = "legacy-protocol",
                                  .severity = TLSG_WARNING,
                                  .fix = "Offer TLS 1.2 and 1.3 only." };
static const tlsg_rule_t quiet = { .id = "TG390", .name = "stapling-off", .severity = TLSG_NOTICE };
static const tlsg_rule_t classic_only = {
    .id = "TG420", .name = "only-in-classic", .severity = TLSG_WARNING, .policy = "classic"
};
static const tlsg_rule_t fatal = {
    .id = "TG150", .name = "cannot-start", .severity = TLSG_ERROR, .flags = TLSG_BLOCKS_START
};
static const tlsg_rule_t whole = {
    .id = "TG690", .name = "server-wide", .severity = TLSG_NOTICE, .scope = TLSG_PER_SERVER
};

typedef struct fixture_t {
    apr_pool_t *pool;
    tlsg_model_t *model;
    tlsg_report_t *report;
    tlsg_vhost_t *a;
    tlsg_vhost_t *b;
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    fixture_t *fixture = apr_pcalloc(pool, sizeof *fixture);
    fixture->pool = pool;
    fixture->model = support_model(pool);
    fixture->report = tlsg_report_make(pool);
    fixture->a = support_vhost(fixture->model, "a.example", "a.conf", 10);
    fixture->b = support_vhost(fixture->model, "b.example", "b.conf", 20);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(((fixture_t *)*state)->pool);
    return 0;
}

static int count(const fixture_t *fixture)
{
    return tlsg_report_findings(fixture->report)->nelts;
}

static const tlsg_finding_t *at(const fixture_t *fixture, int i)
{
    return APR_ARRAY_IDX(tlsg_report_findings(fixture->report), i, const tlsg_finding_t *);
}

static void one_line_inherited_by_400_is_one_finding(void **state)
{
    fixture_t *f = *state;
    tlsg_origin_t line = support_origin(f->model, "base.conf", 3);
    for (int i = 0; i < 398; i++) {
        support_vhost(f->model, apr_psprintf(f->pool, "h%d.example", i), "many.conf", i + 1);
    }
    for (int i = 1; i <= 400; i++) {
        tlsg_report_add(f->report, &weak, APR_ARRAY_IDX(f->model->vhosts, i, tlsg_vhost_t *), &line,
                        NULL, "message %d", i);
    }
    assert_int_equal(count(f), 1);
    assert_int_equal(at(f, 0)->vhosts->nelts, 400);
    assert_string_equal(at(f, 0)->message, "message 1");
    assert_string_equal(at(f, 0)->fix, weak.fix);
}

static void a_virtual_host_is_named_once(void **state)
{
    fixture_t *f = *state;
    tlsg_origin_t line = support_origin(f->model, "base.conf", 3);
    tlsg_report_add(f->report, &weak, f->a, &line, NULL, "x");
    tlsg_report_add(f->report, &weak, f->a, &line, NULL, "x");
    assert_int_equal(at(f, 0)->vhosts->nelts, 1);
}

static void subject_line_rule_and_macro_use_tell_causes_apart(void **state)
{
    fixture_t *f = *state;
    tlsg_origin_t line = support_origin(f->model, "base.conf", 3);
    tlsg_origin_t other_line = support_origin(f->model, "base.conf", 4);
    tlsg_origin_t other_file = support_origin(f->model, "other.conf", 3);
    tlsg_origin_t other_use = line;
    other_use.use_file = "/srv/www/conf/use.conf";
    other_use.use_line = 9;
    tlsg_report_add(f->report, &weak, f->a, &line, "RC4", "x");
    tlsg_report_add(f->report, &weak, f->a, &line, "3DES", "x");
    tlsg_report_add(f->report, &weak, f->a, &other_line, "RC4", "x");
    tlsg_report_add(f->report, &weak, f->a, &other_file, "RC4", "x");
    tlsg_report_add(f->report, &weak, f->a, &other_use, "RC4", "x");
    tlsg_report_add(f->report, &fatal, f->a, &line, "RC4", "x");
    tlsg_report_add_as(f->report, &weak, TLSG_ERROR, f->a, &line, "RC4", "x");
    assert_int_equal(count(f), 7);
    tlsg_report_add(f->report, &weak, f->b, &line, "RC4", "x");
    assert_int_equal(count(f), 7);
}

static void absences_are_one_finding_with_the_other_lines_related(void **state)
{
    fixture_t *f = *state;
    tlsg_report_add_absent(f->report, &quiet, f->a, NULL, NULL, "nothing staples");
    tlsg_report_add_absent(f->report, &quiet, f->b, NULL, NULL, "nothing staples");
    tlsg_report_add_absent(f->report, &quiet, f->b, NULL, NULL, "nothing staples");
    assert_int_equal(count(f), 1);
    const tlsg_finding_t *finding = at(f, 0);
    assert_string_equal(finding->origin.file, "/srv/www/conf/a.conf");
    assert_int_equal(finding->origin.line, 10);
    assert_int_equal(finding->vhosts->nelts, 2);
    assert_int_equal(finding->related->nelts, 1);
    const tlsg_related_t *related = &APR_ARRAY_IDX(finding->related, 0, tlsg_related_t);
    assert_string_equal(related->origin.file, "/srv/www/conf/b.conf");
    assert_int_equal(related->origin.line, 20);
}

static void absences_with_different_subjects_stay_apart(void **state)
{
    fixture_t *f = *state;
    tlsg_report_add_absent(f->report, &quiet, f->a, NULL, "ocsp.one", "x");
    tlsg_report_add_absent(f->report, &quiet, f->b, NULL, "ocsp.two", "x");
    assert_int_equal(count(f), 2);
}

static void ten_thousand_absences_name_each_place_once(void **state)
{
    fixture_t *f = *state;
    for (int i = 0; i < 10000; i++) {
        tlsg_vhost_t *vhost = support_vhost(f->model, "h.example", "many.conf", i + 1);
        tlsg_report_add_absent(f->report, &quiet, vhost, NULL, NULL, "x");
        tlsg_report_add_absent(f->report, &quiet, vhost, NULL, NULL, "x");
    }
    assert_int_equal(count(f), 1);
    assert_int_equal(at(f, 0)->vhosts->nelts, 10000);
    assert_int_equal(at(f, 0)->related->nelts, 9999);
}

static void a_related_place_needs_a_file_and_is_kept_once(void **state)
{
    fixture_t *f = *state;
    tlsg_origin_t line = support_origin(f->model, "base.conf", 3);
    tlsg_origin_t there = support_origin(f->model, "base.conf", 8);
    tlsg_origin_t nowhere = { .file = NULL };
    tlsg_finding_t *finding = tlsg_report_add(f->report, &weak, f->a, &line, NULL, "x");
    tlsg_finding_relate(f->report, finding, &there, "see line %d", 8);
    tlsg_finding_relate(f->report, finding, &there, "again");
    tlsg_finding_relate(f->report, finding, &line, "itself");
    tlsg_finding_relate(f->report, finding, &nowhere, "nowhere");
    assert_int_equal(finding->related->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(finding->related, 0, tlsg_related_t).message, "see line 8");
}

static void the_policy_changes_or_removes_a_finding(void **state)
{
    fixture_t *f = *state;
    f->b->policy = tlsg_policy_find("classic");
    tlsg_report_add(f->report, &quiet, f->a, &f->a->origin, NULL, "x");
    tlsg_report_add(f->report, &quiet, f->b, &f->b->origin, NULL, "x");
    assert_int_equal(tlsg_report_count(f->report, TLSG_NOTICE), 1);
    assert_int_equal(tlsg_report_count(f->report, TLSG_WARNING), 1);

    tlsg_finding_t *scratch =
        tlsg_report_add(f->report, &classic_only, f->a, &f->a->origin, NULL, "x");
    assert_non_null(scratch);
    tlsg_finding_fix(f->report, scratch, "a fix for nobody");
    tlsg_report_add_as(f->report, &classic_only, TLSG_ERROR, f->a, NULL, NULL, "x");
    tlsg_report_unknown(f->report, &classic_only, f->a, "not asked");
    assert_int_equal(count(f), 2);
    assert_int_equal(tlsg_report_unknowns(f->report)->nelts, 0);
    tlsg_report_add(f->report, &classic_only, f->b, &f->b->origin, NULL, "x");
    assert_int_equal(count(f), 3);
}

static void a_line_shared_by_two_policies_is_two_findings(void **state)
{
    fixture_t *f = *state;
    tlsg_origin_t line = support_origin(f->model, "base.conf", 3);
    f->b->policy = tlsg_policy_find("classic");
    tlsg_report_add(f->report, &quiet, f->a, &line, NULL, "x");
    tlsg_report_add(f->report, &quiet, f->b, &line, NULL, "x");
    assert_int_equal(count(f), 2);
    assert_ptr_equal(APR_ARRAY_IDX(at(f, 1)->vhosts, 0, const tlsg_vhost_t *), f->b);
}

static void server_wide_findings_name_no_virtual_host(void **state)
{
    fixture_t *f = *state;
    tlsg_report_add(f->report, &whole, f->model->main, NULL, NULL, "x");
    assert_int_equal(at(f, 0)->vhosts->nelts, 0);
    assert_null(at(f, 0)->origin.file);
}

static void a_server_wide_rule_may_name_a_virtual_host(void **state)
{
    fixture_t *f = *state;
    tlsg_report_add(f->report, &whole, f->a, NULL, "one", "x");
    assert_int_equal(at(f, 0)->vhosts->nelts, 1);
    assert_ptr_equal(APR_ARRAY_IDX(at(f, 0)->vhosts, 0, const tlsg_vhost_t *), f->a);
}

static void worst_first_then_place_then_rule(void **state)
{
    fixture_t *f = *state;
    tlsg_origin_t a9 = support_origin(f->model, "a.conf", 9);
    tlsg_origin_t a10 = support_origin(f->model, "a.conf", 10);
    tlsg_origin_t b1 = support_origin(f->model, "b.conf", 1);
    tlsg_report_add(f->report, &quiet, f->a, &a9, NULL, "5");
    tlsg_report_add(f->report, &weak, f->a, &b1, NULL, "4");
    tlsg_report_add(f->report, &weak, f->a, &a10, "later", "3 later");
    tlsg_report_add(f->report, &weak, f->a, &a10, "sooner", "2 sooner");
    tlsg_report_add(f->report, &fatal, f->a, &b1, NULL, "1");
    tlsg_report_sort(f->report);
    assert_int_equal(count(f), 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(at(f, i)->message[0], '1' + i);
    }
}

static void only_a_blocking_rule_makes_it_unstartable(void **state)
{
    fixture_t *f = *state;
    tlsg_report_add_as(f->report, &weak, TLSG_ERROR, f->a, NULL, NULL, "bad, but it starts");
    assert_int_equal(tlsg_report_is_startable(f->report), 1);
    tlsg_report_add(f->report, &fatal, f->a, NULL, NULL, "x");
    assert_int_equal(tlsg_report_is_startable(f->report), 0);
}

static void unknowns_group_by_rule_and_reason(void **state)
{
    fixture_t *f = *state;
    tlsg_report_unknown(f->report, &weak, f->a, "key is %s", "encrypted");
    tlsg_report_unknown(f->report, &weak, f->b, "key is encrypted");
    tlsg_report_unknown(f->report, &quiet, f->b, "key is encrypted");
    tlsg_report_unknown(f->report, &weak, f->b, "certificate comes later");
    tlsg_report_unknown(f->report, &whole, f->model->main, "no module");
    const apr_array_header_t *unknowns = tlsg_report_unknowns(f->report);
    assert_int_equal(unknowns->nelts, 4);
    assert_int_equal(APR_ARRAY_IDX(unknowns, 0, tlsg_unknown_t *)->vhosts->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(unknowns, 3, tlsg_unknown_t *)->vhosts->nelts, 0);
    assert_int_equal(count(f), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_line_inherited_by_400_is_one_finding),
        TEST(a_virtual_host_is_named_once),
        TEST(subject_line_rule_and_macro_use_tell_causes_apart),
        TEST(absences_are_one_finding_with_the_other_lines_related),
        TEST(absences_with_different_subjects_stay_apart),
        TEST(ten_thousand_absences_name_each_place_once),
        TEST(a_related_place_needs_a_file_and_is_kept_once),
        TEST(the_policy_changes_or_removes_a_finding),
        TEST(a_line_shared_by_two_policies_is_two_findings),
        TEST(server_wide_findings_name_no_virtual_host),
        TEST(a_server_wide_rule_may_name_a_virtual_host),
        TEST(worst_first_then_place_then_rule),
        TEST(only_a_blocking_rule_makes_it_unstartable),
        TEST(unknowns_group_by_rule_and_reason),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
