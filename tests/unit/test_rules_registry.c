/* SPDX-License-Identifier: Apache-2.0 */
/* What every rule record must have, and what the explanations make of a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>

#include "catalogue.h"
#include "explain.h"
#include "rules.h"
#include "support_golden.h"

static apr_pool_t *pool;

/* The number in an id, after its form was checked. */
static int number_of(const char *id)
{
    if (strlen(id) != 5 || strncmp(id, "TG", 2) != 0 || strspn(id + 2, "0123456789") != 3) {
        fail_msg("%s is no TGnnn", id);
    }
    return (int)strtol(id + 2, NULL, 10);
}

/* Families of one hundred follow each other, so an id of another hundred breaks the order, too. */
static void ids_ascend(void **state)
{
    (void)state;
    const tlsg_rule_t *rule;
    int last = 100;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        int number = number_of(rule->id);
        if (number <= last) {
            fail_msg("%s does not come after TG%03d", rule->id, last);
        }
        last = number;
    }
}

static void ids_are_of_the_familys_hundred(void **state)
{
    (void)state;
    static const tlsg_rule_t *const *const hundreds[] = {
        tlsg_rules_protocol, tlsg_rules_cipher, tlsg_rules_cert,  tlsg_rules_header,
        tlsg_rules_http,     tlsg_rules_vhost,  tlsg_rules_proxy,
    };
    for (int h = 0; h < (int)(sizeof hundreds / sizeof hundreds[0]); h++) {
        for (const tlsg_rule_t *const *rule = hundreds[h]; *rule != NULL; rule++) {
            if (number_of((*rule)->id) / 100 != h + 1) {
                fail_msg("%s is not of family TG%dxx", (*rule)->id, h + 1);
            }
        }
    }
}

static int is_kebab_case(const char *name)
{
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name)) {
        return 0;
    }
    return apr_islower(name[0]) && name[strlen(name) - 1] != '-' && strstr(name, "--") == NULL;
}

static void names_are_kebab_case_and_unique(void **state)
{
    (void)state;
    apr_hash_t *seen = apr_hash_make(pool);
    const tlsg_rule_t *rule;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        if (!is_kebab_case(rule->name)) {
            fail_msg("%s: name '%s' is not kebab-case", rule->id, rule->name);
        }
        if (apr_hash_get(seen, rule->name, APR_HASH_KEY_STRING) != NULL) {
            fail_msg("%s: name '%s' is taken", rule->id, rule->name);
        }
        apr_hash_set(seen, rule->name, APR_HASH_KEY_STRING, rule);
        assert_ptr_equal(tlsg_rules_find(rule->name), rule);
        assert_ptr_equal(tlsg_rules_find(rule->id), rule);
    }
    assert_null(tlsg_rules_find("no-such-rule"));
}

static int is_topic(const char *topic)
{
    static const char *const topics[] = {
        "protocol",    "cipher", "group",   "dh",          "tickets",  "renegotiation",
        "compression", "order",  "cert",    "chain",       "key-perm", "stapling",
        "hsts",        "hpkp",   "headers", "cookie",      "redirect", "breach",
        "disclosure",  "sni",    "vhost",   "client-auth", "proxy",    "syntax",
    };
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(topics[i], topic) == 0) {
            return 1;
        }
    }
    return 0;
}

static void topics_are_those_of_the_report(void **state)
{
    (void)state;
    const tlsg_rule_t *rule;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        if (rule->topic == NULL || !is_topic(rule->topic)) {
            fail_msg("%s: topic '%s' is none of the report's", rule->id, rule->topic);
        }
    }
}

static void check_text(const tlsg_rule_t *rule, const char *what, const char *text)
{
    if (text == NULL || text[strspn(text, " \n")] == '\0') {
        fail_msg("%s: %s is missing", rule->id, what);
    }
}

static void every_text_is_there(void **state)
{
    (void)state;
    const tlsg_rule_t *rule;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        check_text(rule, "summary", rule->summary);
        check_text(rule, "why", rule->why);
        check_text(rule, "fix", rule->fix);
        check_text(rule, "bad", rule->bad);
        check_text(rule, "good", rule->good);
        check_text(rule, "refs", rule->refs[0]);
        size_t len = strlen(rule->summary);
        if (len > 80 || rule->summary[len - 1] == '.' || strchr(rule->summary, '\n') != NULL) {
            fail_msg("%s: summary is longer than 80 characters, ends in a full stop or has lines",
                     rule->id);
        }
        if (strchr(rule->fix, '\n') != NULL) {
            fail_msg("%s: fix is more than one line", rule->id);
        }
        assert_non_null(rule->check);
        assert_true(rule->severity > TLSG_OFF && rule->severity <= TLSG_ERROR);
        if (rule->policy != NULL && tlsg_policy_find(rule->policy) == NULL) {
            fail_msg("%s: there is no policy '%s'", rule->id, rule->policy);
        }
        if ((rule->flags & TLSG_BLOCKS_START) != 0 && rule->severity != TLSG_ERROR) {
            fail_msg("%s: a server that does not start is an error", rule->id);
        }
    }
}

/* The families that hold the rules which policies.def names are there. */
static int families_are_there(void)
{
    return tlsg_rules_cipher[0] != NULL && tlsg_rules_cert[0] != NULL &&
           tlsg_rules_header[0] != NULL;
}

static void policies_name_real_rules(void **state)
{
    (void)state;
    static const struct {
        const char *policy;
        const char *rule;
    } rows[] = {
#define SEVERITY(policy, rule, severity) { #policy, rule },
#include "policies.def"
#undef SEVERITY
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_non_null(tlsg_policy_find(rows[i].policy));
        if (families_are_there() && tlsg_rules_find(rows[i].rule) == NULL) {
            fail_msg("policies.def: policy %s names '%s', which is no rule", rows[i].policy,
                     rows[i].rule);
        }
    }
}

static void dummy_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)self;
    (void)model;
    (void)vhost;
    (void)out;
}

static const tlsg_rule_t sample = {
    .id = "TG999",
    .name = "stapling-off",
    .topic = "stapling",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE | TLSG_NEEDS_CERT,
    .flags = TLSG_TIME_ONLY,
    .summary = "A sample with <angle brackets>, a * and a | in its summary",
    .why = "First paragraph that is long enough to be wrapped on a terminal, with "
           "`<VirtualHost *:443>` as code\nand a line end that means nothing.\n\nSecond paragraph.",
    .fix = "Write `SSLUseStapling on`.",
    .bad = "%server\nSSLStaplingCache shmcb:x(32768)\n%vhost\nSSLCertificateFile @rsa@\n"
           "SSLCertificateKeyFile @rsa.key@\nSSLCipherSuite A@SECLEVEL=0:B@STRENGTH\n",
    .good = "SSLUseStapling on",
    .refs = { "RFC 6066 section 8", "RFC 8996", "CIS 7.10" },
    .check = dummy_check,
};

static void a_record_becomes_an_explanation_and_a_page(void **state)
{
    (void)state;
    const char *text = tlsg_explain_text(pool, &sample);
    support_golden("rule-sample.txt", text, strlen(text));
    text = tlsg_explain_page(pool, &sample);
    support_golden("rule-sample.md", text, strlen(text));
}

static void a_rule_of_one_policy_says_so(void **state)
{
    (void)state;
    tlsg_rule_t rule = sample;
    rule.policy = "classic";
    rule.severity = TLSG_WARNING;
    assert_string_equal(tlsg_explain_severity(pool, &rule), "warning (classic only)");
    rule.policy = NULL;
    rule.name = "sample-without-exception";
    assert_string_equal(tlsg_explain_severity(pool, &rule), "warning");
}

static void the_catalogue_holds_every_rule_once(void **state)
{
    (void)state;
    json_t *document = json_loads(tlsg_catalogue_json(pool), 0, NULL);
    json_t *rules = json_object_get(document, "rules");
    const char *text = tlsg_catalogue_text(pool);
    const char *index = tlsg_catalogue_index(pool);
    const tlsg_rule_t *rule;
    int count = 0;
    for (; (rule = tlsg_rules_at(count)) != NULL; count++) {
        json_t *object = json_array_get(rules, (size_t)count);
        assert_string_equal(json_string_value(json_object_get(object, "id")), rule->id);
        assert_non_null(strstr(text, apr_psprintf(pool, "%s %s: ", rule->id, rule->name)));
        assert_non_null(strstr(index, apr_psprintf(pool, "(%s.md)", rule->id)));
    }
    assert_int_equal(json_array_size(rules), count);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_ascend),
        cmocka_unit_test(ids_are_of_the_familys_hundred),
        cmocka_unit_test(names_are_kebab_case_and_unique),
        cmocka_unit_test(topics_are_those_of_the_report),
        cmocka_unit_test(every_text_is_there),
        cmocka_unit_test(policies_name_real_rules),
        cmocka_unit_test(a_record_becomes_an_explanation_and_a_page),
        cmocka_unit_test(a_rule_of_one_policy_says_so),
        cmocka_unit_test(the_catalogue_holds_every_rule_once),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
