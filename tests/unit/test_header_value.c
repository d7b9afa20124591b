/* SPDX-License-Identifier: Apache-2.0 */
/* Strict-Transport-Security and Public-Key-Pins as browsers read them. Each row is one value;
 * "seen" marks values that public configurations hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "header_value.h"
#include "support_header.h"

static const struct {
    const char *value;
    const char *fault; /* NULL: valid */
    apr_int64_t max_age;
    int subdomains;
    int preload;
    const char *unknown;
} hsts_rows[] = {
    /* right ones, as seen */
    { "max-age=15768000", NULL, 15768000, 0, 0, "" },
    { "max-age=31536000;", NULL, 31536000, 0, 0, "" },
    { "max-age=63072000; includeSubDomains; preload", NULL, 63072000, 1, 1, "" },
    { "max-age=63072000; includeSubdomains;", NULL, 63072000, 1, 0, "" },
    { "max-age=31415926;includeSubDomains;", NULL, 31415926, 1, 0, "" },
    { "MAX-AGE=63072000; includesubdomains", NULL, 63072000, 1, 0, "" },
    { "max-age=0;", NULL, 0, 0, 0, "" },
    /* right ones, from the grammar */
    { "  max-age = 300 ;\tpreload ", NULL, 300, 0, 1, "" },
    { "max-age=\"31536000\"; includeSubDomains", NULL, 31536000, 1, 0, "" },
    { "includeSubDomains; max-age=1", NULL, 1, 1, 0, "" },
    { "max-age=1;;;includeSubDomains", NULL, 1, 1, 0, "" },
    { "max-age=007", NULL, 7, 0, 0, "" },
    { "max-age=9223372036854775807", NULL, APR_INT64_MAX, 0, 0, "" },
    { "max-age=9223372036854775808", NULL, APR_INT64_MAX, 0, 0, "" },
    { "max-age=99999999999999999999999999999999", NULL, APR_INT64_MAX, 0, 0, "" },
    { "max-age=1; future=\"a;b, c\"", NULL, 1, 0, 0, "future=\"a;b, c\"" },
    { "max-age=1; preload; preload", NULL, 1, 0, 1, "" },
    { "max-age=1; preload=1", NULL, 1, 0, 0, "preload=1" },
    { "max-age=1; empty=", NULL, 1, 0, 0, "empty=" },
    /* valid, but a word does nothing */
    { "max-age=300; includeSubDomains; preload; always;", NULL, 300, 1, 1, "always" }, /* seen */
    { "max-age=1; includeSubdomain", NULL, 1, 0, 0, "includeSubdomain" },
    { "max-age=1; maxage=2", NULL, 1, 0, 0, "maxage=2" },
    /* ignored as a whole */
    { "", "empty", -1, 0, 0, "" },
    { " ; ;", "empty", -1, 0, 0, "" },
    { "includeSubDomains", "max-age is missing", -1, 1, 0, "" }, /* seen: Header append */
    { "max-age=31536000, includeSubDomains", "a comma joins two policies", -1, 0, 0, "" },
    { "max-age=1, max-age=2", "a comma", -1, 0, 0, "" },
    { "max-age=1; includeSubDomains, max-age=2", "a comma", 1, 0, 0,
      "includeSubDomains, max-age=2" },
    { "max-age=31536000; include Subdomains;", "a blank stands in it", 31536000, 0, 0,
      "include Subdomains" }, /* seen */
    { "max-age=1; max-age=2", "max-age is given twice", 1, 0, 0, "" },
    { "max-age=1; Includesubdomains; includeSubDomains", "includeSubDomains is given twice", 1, 1,
      0, "" },
    { "max-age=1; includeSubDomains=true", "takes no value", 1, 1, 0, "" },
    { "max-age=", "max-age has no value", -1, 0, 0, "" },
    { "max-age", "max-age has no value", -1, 0, 0, "" },
    { "max-age=\"\"", "max-age has no value", -1, 0, 0, "" },
    { "max-age=-1", "not a number", -1, 0, 0, "" },
    { "max-age=+1", "not a number", -1, 0, 0, "" },
    { "max-age=1.5", "not a number", -1, 0, 0, "" },
    { "max-age=0x10", "not a number", -1, 0, 0, "" },
    { "max-age=1y", "not a number", -1, 0, 0, "" },
    { "max-age='31536000'", "not a number", -1, 0, 0, "" },
    { "max-age=31536000 includeSubDomains", "not a number", -1, 0, 0, "" },
    { "max-age:31536000", "is not the name of a directive", -1, 0, 0, "max-age:31536000" },
    { "max-age=\"31536000", "never closes", 31536000, 0, 0, "" },
    { "max-age=\"31536000\"x", "text follows", 31536000, 0, 0, "" },
    { "=31536000", "has no name", -1, 0, 0, "" },
    { "\"max-age=1\"", "is not the name", -1, 0, 0, "\"max-age=1\"" },
    { "max-age=\xE2\x80\x9C"
      "1\xE2\x80\x9D",
      "not a number", -1, 0, 0, "" },
    { "max-age=1; \xff\xfe", "is not the name", 1, 0, 0, "\\xff\\xfe" },
    { "${HSTSVAL}", "is not the name", -1, 0, 0, "${HSTSVAL}" }, /* an undefined variable, seen */
};

static void hsts_is_read_as_browsers_do(void **state)
{
    for (size_t i = 0; i < COUNT(hsts_rows); i++) {
        const char *value = hsts_rows[i].value;
        const tlsg_header_hsts_t *hsts = tlsg_header_hsts_parse(*state, value);
        support_expect_clause(hsts_rows[i].fault, hsts->fault, value);
        support_expect_int(hsts_rows[i].fault == NULL, hsts->valid, value, "valid");
        support_expect_int(hsts_rows[i].max_age, hsts->max_age, value, "max-age");
        support_expect_int(hsts_rows[i].subdomains, hsts->include_subdomains, value,
                           "includeSubDomains");
        support_expect_int(hsts_rows[i].preload, hsts->preload, value, "preload");
        support_expect_text(hsts_rows[i].unknown, support_words(*state, hsts->unknown), value);
    }
}

static void hsts_unknown_words_get_a_hint(void **state)
{
    static const char *const rows[][2] = {
        { "max-age=1; always", "before \"set\"" },
        { "max-age=1; includeSubdomain", "\"includeSubDomains\"" },
        { "max-age=1; include Subdomains", "\"includeSubDomains\"" },
        { "max-age=1; prelaod", "\"preload\"" },
        { "max-age=1; preload=yes", "no value" },
        { "max-age=1; something-else", NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const tlsg_header_hsts_t *hsts = tlsg_header_hsts_parse(*state, rows[i][0]);
        assert_int_equal(hsts->unknown->nelts, 1);
        support_expect_clause(rows[i][1], APR_ARRAY_IDX(hsts->unknown, 0, tlsg_header_word_t).hint,
                              rows[i][0]);
    }
}

static void hsts_empty_directive_before_a_known_one_is_a_caution(void **state)
{
    static const char *const rows[][2] = {
        { "max-age=1;; includeSubDomains", "includeSubDomains follows" },
        { ";max-age=1", "ignores the header" },
        { "max-age=1;;; includeSubDomains",
          NULL }, /* the third semicolon ends what Chromium skips */
        { "max-age=1;;", NULL },
        { "max-age=1;; preload", NULL }, /* browsers do not read it */
        { "max-age=1; includeSubDomains;", NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const tlsg_header_hsts_t *hsts = tlsg_header_hsts_parse(*state, rows[i][0]);
        assert_int_equal(hsts->valid, 1);
        support_expect_clause(rows[i][1], hsts->caution, rows[i][0]);
    }
}

#define PIN1 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define PIN2 "klO23nT2ehFDXCfx3eHTDRESMz3asj1muO+4aIdjiuY="
#define Q(pin) "pin-sha256=\"" pin "\"; "

static const struct {
    const char *value;
    const char *fault;
    apr_int64_t max_age;
    int pins;
    int distinct;
    const char *report_uri;
    const char *unknown;
} hpkp_rows[] = {
    { Q(PIN1) Q(PIN2) "max-age=5184000; includeSubDomains", NULL, 5184000, 2, 2, NULL, "" },
    { "PIN-SHA256=\"" PIN1 "\";Max-Age=1", NULL, 1, 1, 1, NULL, "" },
    { Q(PIN1) Q(PIN1) "max-age=1", NULL, 1, 2, 1, NULL, "" },
    { Q(PIN1) "max-age=1; report-uri=\"https://r.example/a;b?c=d\"", NULL, 1, 1, 1,
      "https://r.example/a;b?c=d", "" },
    { "max-age=0; includeSubdomains", NULL, 0, 0, 0, NULL, "" }, /* seen: takes the pins back */
    { Q(PIN1) "max-age=1; ncludeSubDomains", NULL, 1, 1, 1, NULL, "ncludeSubDomains" }, /* seen */
    { Q(PIN1) "max-age=1; pin-sha1=\"2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"", NULL, 1, 1, 1, NULL,
      "pin-sha1=\"2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"" },
    /* placeholders, seen */
    { "pin-sha256=\"base64+primary==\"; pin-sha256=\"base64+backup==\"; max-age=5184000",
      "pin \"base64+primary==\" is not base64 of 32 bytes", 5184000, 2, 0, NULL, "" },
    { Q("YOUR_HASH=")
          Q("YOUR_BACKUP_HASH=") "max-age=7776000; report-uri=\"https://YOUR.REPORT.URL\"",
      "\"YOUR_HASH=\" is not base64", 7776000, 2, 0, "https://YOUR.REPORT.URL", "" },
    { "pin-sha256=\"the sha256 fingerprint of your certificate\"; max-age=5184000", "is not base64",
      5184000, 1, 0, NULL, "" },
    { "pin-sha256=\"[BASE64_PIN]\"; max-age=2592000", "\"[BASE64_PIN]\" is not base64", 2592000, 1,
      0, NULL, "" },
    { "pin-sha256=\"<Subject Public Key Information (SPKI)>\"; max-age=2592000; includeSubDomains",
      "is not base64", 2592000, 1, 0, NULL, "" },
    { "pin-sha256=\"X3pGTSOuJeEVw989arh53213789asdf1234567890A=\"; max-age=1", "is not base64", 1,
      1, 0, NULL, "" },
    /* quotes */
    { "pin-sha256=\\\"" PIN1 "\\\"; pin-sha256=\\\"" PIN2 "\\\"; max-age=5184000",
      "backslashes stand before the quotes", 5184000, 2, 2, NULL, "" }, /* seen */
    { "pin-sha256='" PIN1 "'; max-age=1", "single quotes", 1, 1, 1, NULL, "" },
    { "pin-sha256=" PIN1 "; max-age=1", "is not quoted", 1, 1, 1, NULL, "" },
    { "pin-sha256=\xE2\x80\x9C" PIN1 "\xE2\x80\x9D; max-age=1", "typographic quotes", 1, 1, 0, NULL,
      "" },
    { "pin-sha256=\"" PIN1 "; max-age=1", "never closes", -1, 1, 0, NULL, "" },
    { Q(PIN1) "max-age=1; report-uri=https://r.example/", "report-uri needs double quotes", 1, 1, 1,
      "https://r.example/", "" },
    /* the rest */
    { "", "empty", -1, 0, 0, NULL, "" }, /* seen: Header set Public-Key-Pins: '' */
    { Q(PIN1), "max-age is missing", -1, 1, 1, NULL, "" },
    { "max-age=5184000", "no pin-sha256", 5184000, 0, 0, NULL, "" },
    { Q(PIN1) "max-age=1; max-age=2", "max-age is given twice", 1, 1, 1, NULL, "" },
    { Q(PIN1) "max-age=60d", "not a number", -1, 1, 1, NULL, "" },
    { Q(PIN1) "max-age=99999999999999999999", NULL, APR_INT64_MAX, 1, 1, NULL, "" },
    { Q("") "max-age=1", "\"\" is not base64", 1, 1, 0, NULL, "" },
};

static void hpkp_is_read_by_the_letter(void **state)
{
    for (size_t i = 0; i < COUNT(hpkp_rows); i++) {
        const char *value = hpkp_rows[i].value;
        const tlsg_header_hpkp_t *hpkp = tlsg_header_hpkp_parse(*state, value, 0);
        support_expect_clause(hpkp_rows[i].fault, hpkp->fault, value);
        support_expect_int(hpkp_rows[i].fault == NULL, hpkp->valid, value, "valid");
        support_expect_int(hpkp_rows[i].max_age, hpkp->max_age, value, "max-age");
        support_expect_int(hpkp_rows[i].pins, hpkp->pins->nelts, value, "pins");
        support_expect_int(hpkp_rows[i].distinct, hpkp->distinct_pins, value, "distinct pins");
        support_expect_text(hpkp_rows[i].report_uri, hpkp->report_uri, value);
        support_expect_text(hpkp_rows[i].unknown, support_words(*state, hpkp->unknown), value);
    }
}

static void hpkp_pins_come_out_as_written(void **state)
{
    const tlsg_header_hpkp_t *hpkp =
        tlsg_header_hpkp_parse(*state, Q(PIN1) Q("base64+backup=="), 1);
    const tlsg_header_pin_t *pins = (const tlsg_header_pin_t *)hpkp->pins->elts;
    assert_string_equal(pins[0].text, PIN1);
    assert_int_equal(pins[0].valid, 1);
    assert_string_equal(pins[1].text, "base64+backup==");
    assert_int_equal(pins[1].valid, 0);
}

static void hpkp_report_only_needs_no_max_age(void **state)
{
    assert_int_equal(tlsg_header_hpkp_parse(*state, Q(PIN1), 1)->valid, 1);
    assert_int_equal(tlsg_header_hpkp_parse(*state, Q(PIN1), 0)->valid, 0);
    assert_int_equal(tlsg_header_hpkp_parse(*state, " ;", 1)->empty, 1);
    assert_int_equal(tlsg_header_hpkp_parse(*state, "x", 1)->empty, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hsts_is_read_as_browsers_do),
        cmocka_unit_test(hsts_unknown_words_get_a_hint),
        cmocka_unit_test(hsts_empty_directive_before_a_known_one_is_a_caution),
        cmocka_unit_test(hpkp_is_read_by_the_letter),
        cmocka_unit_test(hpkp_pins_come_out_as_written),
        cmocka_unit_test(hpkp_report_only_needs_no_max_age),
    };
    return cmocka_run_group_tests(tests, support_header_up, support_header_down);
}
