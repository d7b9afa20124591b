/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of one word, Referrer-Policy, Permissions-Policy, and the table of names. "seen" marks
 * values that public configurations hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "header_value.h"
#include "support_header.h"

typedef tlsg_header_choice_t *choice_fn(apr_pool_t *pool, const char *value);

static const struct {
    choice_fn *parse;
    const char *value;
    const char *effect;
    const char *fault;
} choice_rows[] = {
    { tlsg_header_xfo_parse, "SAMEORIGIN", "SAMEORIGIN", NULL },
    { tlsg_header_xfo_parse, " sameorigin ", "SAMEORIGIN", NULL },
    { tlsg_header_xfo_parse, "Deny", "DENY", NULL },
    { tlsg_header_xfo_parse, "SAMEORIGIN, SAMEORIGIN", "SAMEORIGIN", "given 2 times" }, /* seen */
    { tlsg_header_xfo_parse, "DENY, SAMEORIGIN", "DENY", "different words" },
    { tlsg_header_xfo_parse, "SAMEORIGIN, bogus", "DENY", "different words" },
    { tlsg_header_xfo_parse, "ALLOWALL, bogus", "DENY", "different words" },
    { tlsg_header_xfo_parse, "SAMEORIGIN,", "DENY", "different words" },
    { tlsg_header_xfo_parse, "ALLOW-FROM https://a.example/", NULL, "frame-ancestors" },
    { tlsg_header_xfo_parse, "ALLOWALL", NULL, "neither DENY" },
    { tlsg_header_xfo_parse, "SAME-ORIGIN", NULL, "did you mean \"SAMEORIGIN\"" },
    { tlsg_header_xfo_parse, "\"DENY\"", NULL, "neither DENY" },
    { tlsg_header_xfo_parse, "", NULL, "empty" },
    { tlsg_header_xcto_parse, "nosniff", "nosniff", NULL },
    { tlsg_header_xcto_parse, "NoSniff", "nosniff", NULL },
    { tlsg_header_xcto_parse, "nosniff, nosniff", "nosniff", "a list" },
    { tlsg_header_xcto_parse, "no-sniff", NULL, "\"no-sniff\" is not nosniff" }, /* seen */
    { tlsg_header_xcto_parse, "nosniff;", NULL, "is not nosniff" },
    { tlsg_header_xcto_parse, ", nosniff", NULL, "is not nosniff" },
    { tlsg_header_xcto_parse, "", NULL, "empty" },
    { tlsg_header_xxp_parse, "0", "0", NULL },
    { tlsg_header_xxp_parse, "1; mode=block", "1", NULL },
    { tlsg_header_xxp_parse, "1;Mode = Block;report=https://r.example/", "1", NULL },
    { tlsg_header_xxp_parse, "1; mode=blok", "1", "neither mode=block" },
    { tlsg_header_xxp_parse, "2", NULL, "starts neither" },
    { tlsg_header_xxp_parse, "", NULL, "starts neither" },
    { tlsg_header_coop_parse, "same-origin", "same-origin", NULL },
    { tlsg_header_coop_parse, " same-origin-allow-popups;report-to=\"g\" ",
      "same-origin-allow-popups", NULL },
    { tlsg_header_coop_parse, "Same-Origin", NULL, "must be lower case" },
    { tlsg_header_coop_parse, "same-origin, same-origin", NULL, "a comma" },
    { tlsg_header_coop_parse, "\"same-origin\"", NULL, "is not same-origin, " },
    { tlsg_header_coop_parse, "same-origin; report-to=g;", NULL, "is not" },
    { tlsg_header_coep_parse, "require-corp", "require-corp", NULL },
    { tlsg_header_coep_parse, "credentialless", "credentialless", NULL },
    { tlsg_header_coep_parse, "same-origin", NULL,
      "is not require-corp, credentialless or unsafe-none" },
    { tlsg_header_corp_parse, "same-site", "same-site", NULL },
    { tlsg_header_corp_parse, "cross-origin", "cross-origin", NULL },
    { tlsg_header_corp_parse, "SAME-SITE", NULL, "must be lower case" },
    { tlsg_header_corp_parse, "same-site; a=b", NULL, "is not" },
    { tlsg_header_corp_parse, "", NULL, "empty" },
    { tlsg_header_acao_parse, "*", "*", NULL },
    { tlsg_header_acao_parse, "null", "null", NULL },
    { tlsg_header_acao_parse, "https://a.example:8443", "https://a.example:8443", NULL },
    { tlsg_header_acao_parse, "https://a.example/", NULL, "no path" },
    { tlsg_header_acao_parse, "https://a.example, https://b.example", NULL, "several" },
    { tlsg_header_acao_parse, "https://a.example https://b.example", NULL, "several" },
    { tlsg_header_acao_parse, "https://*.example", NULL, "* works alone" },
    { tlsg_header_acao_parse, "a.example", NULL, "no origin" },
    { tlsg_header_acao_parse, "https://", NULL, "no origin" },
    { tlsg_header_acao_parse, "NULL", NULL, "no origin" },
};

static void one_word_headers_are_read_as_browsers_do(void **state)
{
    for (size_t i = 0; i < COUNT(choice_rows); i++) {
        const tlsg_header_choice_t *choice = choice_rows[i].parse(*state, choice_rows[i].value);
        support_expect_text(choice_rows[i].effect, choice->effect, choice_rows[i].value);
        support_expect_clause(choice_rows[i].fault, choice->fault, choice_rows[i].value);
        support_expect_int(choice_rows[i].fault == NULL, choice->valid, choice_rows[i].value,
                           "valid");
    }
}

static void referrer_policy_takes_the_last_known_word(void **state)
{
    static const struct {
        const char *value;
        const char *effect;
        tlsg_referrer_leak_t leak;
        const char *fault;
    } rows[] = {
        { "strict-origin-when-cross-origin", "strict-origin-when-cross-origin", TLSG_REFERRER_SAFE,
          NULL },
        { "no-referrer, Strict-Origin", "strict-origin", TLSG_REFERRER_SAFE, NULL },
        { "no-referrer, from-the-future", "no-referrer", TLSG_REFERRER_SAFE, "browsers skip it" },
        { "unsafe-url", "unsafe-url", TLSG_REFERRER_URL, NULL },
        { "no-referrer-when-downgrade", "no-referrer-when-downgrade", TLSG_REFERRER_URL, NULL },
        { "origin", "origin", TLSG_REFERRER_ORIGIN, NULL },
        { "same-origin,", "same-origin", TLSG_REFERRER_SAFE, NULL },
        { "no-referer", NULL, TLSG_REFERRER_SAFE, "apply their default" },
        { "no-referrer; same-origin", NULL, TLSG_REFERRER_SAFE, "apply their default" },
        { "always", NULL, TLSG_REFERRER_SAFE, "is no policy" },
        { "", NULL, TLSG_REFERRER_SAFE, "empty" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const tlsg_header_referrer_t *referrer = tlsg_header_referrer_parse(*state, rows[i].value);
        support_expect_text(rows[i].effect, referrer->effect, rows[i].value);
        support_expect_int(rows[i].leak, referrer->leak, rows[i].value, "leak");
        support_expect_clause(rows[i].fault, referrer->fault, rows[i].value);
    }
}

static void permissions_policy_is_a_dictionary(void **state)
{
    static const struct {
        const char *value;
        const char *fault;
        const char *features; /* name and allowlist: - none, s self, l list, a all */
        int valid;
    } rows[] = {
        { "geolocation=()", NULL, "geolocation-", 1 }, /* seen */
        { "geolocation=(), camera=(self \"https://a.example\"),microphone=*", NULL,
          "geolocation- cameral microphonea", 1 },
        { " fullscreen=(self) , usb=( ) ", NULL, "fullscreens usb-", 1 },
        { "a=self, b=\"https://a.example\", c=(\"https://a.example\" *)", NULL, "as bl ca", 1 },
        { "a=();report-to=x, b=(self;p=1);q=:YQ==:", NULL, "a- bs", 1 },
        { "a=(), a=*", NULL, "aa", 1 },
        { "camera=none", "means nothing", "camera-", 1 },
        { "camera=(none)", "means nothing", "camera-", 1 },
        { "camera", "has no list", "camera-", 1 },
        { "camera=1", "means nothing", "camera-", 1 },
        { "", "empty", "", 1 },
        { "camera=(),", "not well-formed", "camera-", 0 },
        { "camera=(", "not well-formed", "", 0 },
        { "camera=(self", "not well-formed", "", 0 },
        { "camera=(self\"https://a.example\")", "not well-formed", "", 0 },
        { "camera=()geolocation=()", "not well-formed", "camera-", 0 },
        { "camera=(); geolocation=()", "a semicolon separates", "", 0 },
        { "camera=() geolocation=()", "not well-formed", "camera-", 0 },
        { "Camera=()", "lower case", "", 0 },
        { "camera=('self')", "single quotes", "", 0 },
        { "camera='none'", "single quotes", "", 0 },
        { "geolocation 'none'; camera 'self'", "Feature-Policy", "geolocation-", 0 },
        { "geolocation 'self'", "Feature-Policy", "geolocation-", 0 },
        { "camera=(\xC3\xBC)", "not well-formed", "", 0 },
        { "camera=\"\xC3\xBC\"", "not well-formed", "", 0 },
        { "a=1234567890123456", "not well-formed", "", 0 },
        { "a=1.2345", "not well-formed", "", 0 },
        { "a=?2", "not well-formed", "", 0 },
        { "a=\"\\x\"", "not well-formed", "", 0 },
        { "a=\"\\\"\\\\\"", NULL, "al", 1 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const tlsg_header_permissions_t *permissions =
            tlsg_header_permissions_parse(*state, rows[i].value);
        const char *features = "";
        for (int f = 0; f < permissions->features->nelts; f++) {
            const tlsg_header_feature_t *feature =
                &APR_ARRAY_IDX(permissions->features, f, tlsg_header_feature_t);
            features = apr_psprintf(*state, "%s%s%s%c", features, f > 0 ? " " : "", feature->name,
                                    "-sla"[feature->allow]);
        }
        support_expect_clause(rows[i].fault, permissions->fault, rows[i].value);
        support_expect_text(rows[i].features, features, rows[i].value);
        support_expect_int(rows[i].valid, permissions->valid, rows[i].value, "valid");
    }
}

static void names_are_sorted_and_found(void **state)
{
    int rows = 0;
    (void)state;
    for (const tlsg_header_name_t *row; (row = tlsg_header_name_at(rows)) != NULL; rows++) {
        assert_ptr_equal(tlsg_header_name_find(row->name), row);
        support_expect_int(row->instead != NULL, (row->flags & TLSG_HEADER_DEPRECATED) != 0,
                           row->name, "deprecated");
        support_expect(row->what != NULL && *row->what != '\0', row->name, "a description",
                       row->what);
    }
    assert_true(rows >= 100);
    assert_null(tlsg_header_name_at(-1));
    assert_string_equal(tlsg_header_name_find("public-key-pins:")->name, "Public-Key-Pins");
    assert_true((tlsg_header_name_find("X-POWERED-BY")->flags & TLSG_HEADER_LEAKS) != 0);
    assert_true((tlsg_header_name_find("X-AspNet-Version")->flags & TLSG_HEADER_LEAKS) != 0);
    assert_true(
        (tlsg_header_name_find("Strict-Transport-Security")->flags & TLSG_HEADER_SECURITY) != 0);
    assert_null(tlsg_header_name_find("Content-Type"));
    assert_null(tlsg_header_name_find(""));
    assert_null(tlsg_header_name_find(":"));
    assert_null(tlsg_header_name_find("X-Powered-By::"));
    assert_null(tlsg_header_name_find("X-Powered-B"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_word_headers_are_read_as_browsers_do),
        cmocka_unit_test(referrer_policy_takes_the_last_known_word),
        cmocka_unit_test(permissions_policy_is_a_dictionary),
        cmocka_unit_test(names_are_sorted_and_found),
    };
    return cmocka_run_group_tests(tests, support_header_up, support_header_down);
}
