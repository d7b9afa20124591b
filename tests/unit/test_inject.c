/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the directives that change responses, and the plans they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "header_value.h"
#include "inject.h"
#include "inject_preset.h"
#include "support_header.h"
#include "words.h"

#define PIN_A "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define PIN_B "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const tlsg_setting_t *row_of(const char *directive)
{
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        if (strcmp(tlsg_settings_at(i)->directive, directive) == 0) {
            return tlsg_settings_at(i);
        }
    }
    fail_msg("no directive %s", directive);
    return NULL;
}

/* Takes the line "DIRECTIVE words"; returns the error text or NULL. */
static const char *take(apr_pool_t *pool, tlsg_conf_t *conf, const char *line, const char **refusal)
{
    const char *const *argv;
    int argc = tlsg_words_split(pool, line, &argv);
    const tlsg_setting_t *row = row_of(argv[0]);
    *refusal = NULL;
    if (row == NULL) {
        return "unknown directive";
    }
    if (row->parse == NULL) {
        return tlsg_settings_parse(pool, row, conf, argv[1]);
    }
    return tlsg_settings_take(pool, row, conf, argc - 1, argv + 1, refusal);
}

static const tlsg_conf_t *conf_of(apr_pool_t *pool, const char *const *lines)
{
    tlsg_conf_t *conf = tlsg_settings_make(pool);
    for (; *lines != NULL; lines++) {
        const char *refusal;
        const char *err = take(pool, conf, *lines, &refusal);
        if (err != NULL || refusal != NULL) {
            fail_msg("%s: %s", *lines, err != NULL ? err : refusal);
        }
    }
    return tlsg_settings_resolve(pool, conf);
}

/* "Name: value [conditions]" of each planned header, one a line. */
static const char *plan_text(apr_pool_t *pool, const tlsg_conf_t *conf, const char *pins,
                             const char *unset)
{
    apr_array_header_t *names = apr_array_make(pool, 1, sizeof(const char *));
    if (unset != NULL) {
        APR_ARRAY_PUSH(names, const char *) = unset;
    }
    tlsg_inject_server_t server = { .pins = pins, .unset = names };
    const tlsg_plan_t *plan = tlsg_inject_plan(pool, conf, &server);
    const char *text = "";
    for (int i = 0; i < plan->count; i++) {
        const tlsg_plan_header_t *header = &plan->headers[i];
        text = apr_pstrcat(pool, text, header->name, ": ", header->value,
                           (header->when & TLSG_WHEN_DOCUMENT) != 0 ? " [document]" : "",
                           (header->when & TLSG_WHEN_TLS) != 0 ? " [tls]" : "",
                           (header->when & TLSG_WHEN_UNFRAMED) != 0 ? " [unframed]" : "",
                           (header->when & TLSG_WHEN_WHOLE) != 0 ? " [whole]" : "", "\n", NULL);
    }
    return text;
}

static void presets_are_what_they_promise(void **state)
{
    const tlsg_inject_preset_t *preset;
    int levels[3] = { 0, 0, 0 };
    for (int i = 0; (preset = tlsg_inject_preset_at(i)) != NULL; i++) {
        const tlsg_header_name_t *name = tlsg_header_name_find(preset->name);
        assert_non_null(name);
        assert_string_equal(name->name, preset->name);
        assert_true((name->flags & TLSG_HEADER_SECURITY) != 0);
        assert_int_equal(name->flags & (TLSG_HEADER_DEPRECATED | TLSG_HEADER_STATEFUL), 0);
        levels[preset->level]++;
    }
    assert_int_equal(levels[TLSG_HEADERS_OFF], 0);
    assert_int_equal(levels[TLSG_HEADERS_SAFE], 2);
    assert_int_equal(levels[TLSG_HEADERS_STRICT], 5);
    assert_true(
        tlsg_header_xfo_parse(*state, tlsg_inject_preset_find("x-frame-options")->value)->valid);
    assert_true(
        tlsg_header_permissions_parse(*state, tlsg_inject_preset_find("Permissions-Policy")->value)
            ->valid);
    const tlsg_header_csp_t *csp =
        tlsg_header_csp_parse(*state, tlsg_inject_preset_find("Content-Security-Policy")->value);
    assert_true(csp->valid);
    assert_int_equal(csp->allows, 0);
    assert_non_null(csp->frame_ancestors);
    assert_null(tlsg_inject_preset_find("Strict-Transport-Security"));
}

static void a_plan_follows_the_settings(void **state)
{
    static const char *const nothing[] = { NULL };
    static const char *const safe[] = { "TLSGuardHeaders safe", NULL };
    static const char *const own[] = { "TLSGuardHeaders safe",
                                       "TLSGuardHeader X-Own one",
                                       "TLSGuardHeader x-own: two",
                                       "TLSGuardHeader referrer-policy off",
                                       "TLSGuardHeader X-Frame-Options default",
                                       "TLSGuardHeader X-Gone 1",
                                       "TLSGuardHeader X-Gone off",
                                       NULL };
    static const char *const hsts[] = { "TLSGuardHSTS max-age=63072000 includesubdomains", NULL };
    static const char *const no_hsts[] = { "TLSGuardHSTS max-age=63072000",
                                           "TLSGuardHeader strict-transport-security off", NULL };
    static const char *const withdrawn[] = { "TLSGuardHSTS max-age=63072000", "TLSGuardHSTS off",
                                             NULL };
    assert_string_equal(plan_text(*state, conf_of(*state, nothing), NULL, NULL), "");
    assert_string_equal(plan_text(*state, conf_of(*state, safe), NULL, NULL),
                        "X-Content-Type-Options: nosniff\n"
                        "Referrer-Policy: strict-origin-when-cross-origin [whole]\n");
    assert_string_equal(plan_text(*state, conf_of(*state, safe), NULL, "referrer-POLICY"),
                        "X-Content-Type-Options: nosniff\n");
    assert_string_equal(plan_text(*state, conf_of(*state, own), NULL, NULL),
                        "X-Content-Type-Options: nosniff\n"
                        "X-Frame-Options: SAMEORIGIN [document] [unframed] [whole]\n"
                        "x-own: two [whole]\n");
    assert_string_equal(plan_text(*state, conf_of(*state, hsts), "pins", NULL),
                        "Strict-Transport-Security: max-age=63072000; includeSubDomains [tls]\n"
                        "Public-Key-Pins: pins [tls]\n");
    assert_string_equal(plan_text(*state, conf_of(*state, no_hsts), NULL, NULL), "");
    assert_string_equal(plan_text(*state, conf_of(*state, withdrawn), NULL, NULL), "");
    assert_true(tlsg_inject_adds(conf_of(*state, hsts), "strict-transport-security", 1));
    assert_false(tlsg_inject_adds(conf_of(*state, hsts), "Strict-Transport-Security", 0));
    assert_true(tlsg_inject_adds(conf_of(*state, own), "X-OWN", 0));
    assert_false(tlsg_inject_adds(conf_of(*state, own), "Referrer-Policy", 1));
    assert_false(tlsg_inject_adds(conf_of(*state, safe), "Permissions-Policy", 1));
}

static void sections_are_merged_as_httpd_merges(void **state)
{
    const char *refusal;
    tlsg_conf_t *outer = tlsg_settings_make(*state);
    tlsg_conf_t *inner = tlsg_settings_make(*state);
    assert_null(take(*state, outer, "TLSGuardHeader X-A outer", &refusal));
    assert_null(take(*state, outer, "TLSGuardHeader X-B outer", &refusal));
    assert_null(take(*state, outer, "TLSGuardCookies secure", &refusal));
    assert_null(take(*state, outer, "TLSGuardHeaders strict", &refusal));
    assert_null(take(*state, inner, "TLSGuardHeader X-B inner", &refusal));
    assert_null(take(*state, inner, "TLSGuardCookies off", &refusal));
    assert_null(take(*state, inner, "TLSGuardHeaders off", &refusal));
    const tlsg_conf_t *both =
        tlsg_settings_resolve(*state, tlsg_settings_merge(*state, outer, inner));
    tlsg_inject_server_t server = { .pins = NULL };
    assert_string_equal(plan_text(*state, both, NULL, NULL),
                        "X-A: outer [whole]\nX-B: inner [whole]\n");
    assert_null(tlsg_inject_plan(*state, both, &server)->cookies);
    assert_string_equal(plan_text(*state, tlsg_settings_resolve(*state, inner), NULL, NULL),
                        "X-B: inner [whole]\n");
}

static void wrong_words_are_refused(void **state)
{
    static const char *const rows[][2] = {
        { "TLSGuardHSTS", "expected max-age" },
        { "TLSGuardHSTS max-age=x", "max-age" },
        { "TLSGuardHSTS includeSubDomains", "max-age" },
        { "TLSGuardHSTS max-age=1 preloaded", "preload" },
        { "TLSGuardHSTS max-age=1 max-age=2", "max-age" },
        { "TLSGuardHSTS max-age=99999999999", "68 years" },
        { "TLSGuardPins backup=" PIN_A, "max-age" },
        { "TLSGuardPins max-age=-1 backup=" PIN_A, "number of seconds" },
        { "TLSGuardPins max-age=1 backup=abc", "no pin" },
        { "TLSGuardPins max-age=1 report-uri=x backup=" PIN_A, "no absolute address" },
        { "TLSGuardPins max-age=1 pin=" PIN_A, "not 'pin=" },
        { "TLSGuardCompression", "expected allow" },
        { "TLSGuardCompression secret", "not 'secret'" },
        { "TLSGuardCompression secrets /x", "except=REGEX" },
        { "TLSGuardCookies", "at least one" },
        { "TLSGuardCookies except=x", "at least one" },
        { "TLSGuardCookies samesite=lax samesite=strict", "twice" },
        { "TLSGuardCookies samesite=sloppy", "not 'samesite=sloppy'" },
        { "TLSGuardHeader X-A", "expected a header name" },
        { "TLSGuardHeader X-A default", "no preset" },
        { "TLSGuardHeader \"X A\" 1", "no header name" },
        { "TLSGuardHeader : 1", "empty" },
        { "TLSGuardHeader X-A \"\"", "empty" },
        { "TLSGuardHeader X-A \"a\rb\"", "control character" },
        { "TLSGuardHeader set-cookie a=b", "TLSGuardCookies" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *refusal;
        const char *err = take(*state, tlsg_settings_make(*state), rows[i][0], &refusal);
        support_expect_clause(rows[i][1], err, rows[i][0]);
        support_expect(strncmp(err, rows[i][0], 12) == 0, rows[i][0], "names the directive", err);
    }
}

static void preload_is_refused_or_left_out(void **state)
{
    static const char *const rows[][2] = {
        { "TLSGuardHSTS max-age=31536000 includeSubDomains preload", NULL },
        { "TLSGuardHSTS max-age=31535999 includeSubDomains preload", "preload needs" },
        { "TLSGuardHSTS max-age=31536000 preload", "preload needs" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *refusal;
        tlsg_conf_t *conf = tlsg_settings_make(*state);
        assert_null(take(*state, conf, rows[i][0], &refusal));
        support_expect_clause(rows[i][1], refusal, rows[i][0]);
        support_expect((strstr(conf->hsts->value, "preload") != NULL) == (rows[i][1] == NULL),
                       rows[i][0], "preload only where its conditions hold", conf->hsts->value);
    }
}

static void pins_without_backup_are_refused_or_left_out(void **state)
{
    static const char line[] = "TLSGuardPins max-age=1";
    const char *refusal;
    tlsg_conf_t *conf = tlsg_settings_make(*state);
    assert_null(take(*state, conf, line, &refusal));
    support_expect_clause("expected backup=PIN", refusal, line);
    assert_true(conf->pins->is_off);
}

static const apr_array_header_t *pins_list(apr_pool_t *pool, const char *pin)
{
    apr_array_header_t *list = apr_array_make(pool, 1, sizeof(const char *));
    if (pin != NULL) {
        APR_ARRAY_PUSH(list, const char *) = pin;
    }
    return list;
}

static void pins_need_a_backup_outside(void **state)
{
    static const char *const lines[] = {
        "TLSGuardPins max-age=60 includeSubDomains report-uri=\"https://r.test/\" backup=\"" PIN_B
        "\"",
        NULL
    };
    const tlsg_inject_pins_t *pins = conf_of(*state, lines)->pins;
    const apr_array_header_t *none = pins_list(*state, NULL);
    const char *err;
    const char *value = tlsg_inject_pins(*state, pins, pins_list(*state, PIN_A), none, &err);
    assert_string_equal(value, "pin-sha256=\"" PIN_A "\"; pin-sha256=\"" PIN_B "\"; max-age=60; "
                               "includeSubDomains; report-uri=\"https://r.test/\"");
    const tlsg_header_hpkp_t *read = tlsg_header_hpkp_parse(*state, value, 0);
    assert_true(read->valid);
    assert_int_equal(read->distinct_pins, 2);
    assert_null(tlsg_inject_pins(*state, pins, pins_list(*state, PIN_B), none, &err));
    assert_non_null(strstr(err, "backup"));
    assert_null(
        tlsg_inject_pins(*state, pins, pins_list(*state, PIN_A), pins_list(*state, PIN_B), &err));
    assert_null(tlsg_inject_pins(*state, pins, none, none, &err));
    assert_non_null(strstr(err, "no certificate"));
}

static void unconditional_unsets_are_seen(void **state)
{
    static const char *const rows[][2] = {
        { "unset X-A", "X-A" },
        { "always unset X-A:", "X-A" },
        { "onsuccess UNSET \"X-A\"", "X-A" },
        { "unset X-A env=b", NULL },
        { "unset X-A early", NULL },
        { "set X-A b", NULL },
        { "always", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        support_expect_text(rows[i][1], tlsg_inject_unset(*state, rows[i][0]), rows[i][0]);
    }
    assert_null(tlsg_inject_unset(*state, NULL));
}

static void cookie_lines_are_seen(void **state)
{
    static const struct {
        const char *args;
        int puts;
    } rows[] = {
        { "set Set-Cookie a=b", 1 },
        { "always add set-cookie: \"a=b; Secure\" env=x", 1 },
        { "onsuccess merge Set-Cookie a=b expr=true", 1 },
        { "edit Set-Cookie ^(.*)$ $1;Secure", 0 },
        { "unset Set-Cookie", 0 },
        { "set Set-Cookie", 0 },
        { "set X-Set-Cookie a=b", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        support_expect_int(rows[i].puts, tlsg_inject_puts_cookie(*state, rows[i].args),
                           rows[i].args, "puts a cookie");
    }
}

static void paths_are_below_others(void **state)
{
    static const struct {
        const char *above;
        const char *path;
        int is_below;
    } rows[] = {
        { "", "/x", 1 },    { "/", "/x", 1 },     { "/x", "/x", 1 },  { "/x", "/x/y", 1 },
        { "/x", "/xy", 0 }, { "/x/", "/x/y", 1 }, { "/x/", "/x", 0 }, { "/x", "/", 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        apr_array_header_t *paths = apr_array_make(*state, 2, sizeof(const char *));
        APR_ARRAY_PUSH(paths, const char *) = "/other";
        APR_ARRAY_PUSH(paths, const char *) = rows[i].above;
        support_expect_int(rows[i].is_below, tlsg_inject_is_below(paths, rows[i].path),
                           rows[i].path, rows[i].above);
    }
    assert_false(tlsg_inject_is_below(NULL, "/"));
}

static void framing_is_limited_by_a_directive_only(void **state)
{
    static const struct {
        const char *policy;
        int limits;
    } rows[] = {
        { "frame-ancestors 'self'", 1 },
        { "default-src x; \tFrame-Ancestors", 1 },
        { "default-src x;frame-ancestors;", 1 },
        { "default-src x, frame-ancestors *", 1 },
        { "script-src frame-ancestors.test", 0 },
        { "report-uri /?; x-frame-ancestors y", 0 },
        { "frame-ancestorsx y", 0 },
        { "default-src frame-ancestors", 0 },
        { " ;; , ", 0 },
        { "", 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        support_expect_int(rows[i].limits, tlsg_inject_limits_framing(rows[i].policy),
                           rows[i].policy, "limits framing");
    }
}

static void types_are_told_apart(void **state)
{
    static const struct {
        const char *type;
        int is_document;
        int is_static;
    } rows[] = {
        { NULL, 1, 0 },
        { "text/html", 1, 0 },
        { "TEXT/HTML;charset=utf-8", 1, 0 },
        { "text/htmlx", 0, 0 },
        { "image/svg+xml", 1, 0 },
        { "image/png", 0, 1 },
        { "font/woff2", 0, 1 },
        { "text/css; charset=x", 0, 1 },
        { "application/json", 0, 0 },
        { "", 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = rows[i].type != NULL ? rows[i].type : "(none)";
        support_expect_int(rows[i].is_document, tlsg_inject_is_document(rows[i].type), name,
                           "document");
        support_expect_int(rows[i].is_static, tlsg_inject_is_static(rows[i].type), name, "static");
    }
}

static void sites_are_told_apart(void **state)
{
    static const struct {
        const char *site;
        const char *origin;
        const char *referer;
        int is_cross;
    } rows[] = {
        { NULL, NULL, NULL, 1 },
        { "same-origin", NULL, NULL, 0 },
        { "same-site", "https://evil.test", NULL, 0 },
        { "none", NULL, NULL, 0 },
        { "cross-site", "https://a.test", "https://a.test/", 1 },
        { "rubbish", NULL, NULL, 1 },
        { NULL, "https://a.test", NULL, 0 },
        { NULL, "https://A.TEST", NULL, 0 },
        { NULL, "http://a.test", NULL, 1 },
        { NULL, NULL, "http://a.test/page", 1 },
        { NULL, "null", NULL, 1 },
        { NULL, "https://evil.test", "https://a.test/", 1 },
        { NULL, NULL, "https://a.test/page?q", 0 },
        { NULL, NULL, "https://a.test.evil.test/", 1 },
        { NULL, NULL, "https://a.test@evil.test/", 1 },
        { NULL, NULL, "https://a.test:444/", 1 },
        { NULL, NULL, "", 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        support_expect_int(
            rows[i].is_cross,
            tlsg_inject_is_cross_site(rows[i].site, rows[i].origin, rows[i].referer, "a.test"),
            rows[i].referer != NULL ? rows[i].referer : "(no referer)", "cross-site");
    }
    assert_true(tlsg_inject_is_cross_site(NULL, "https://a.test", NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_what_they_promise),
        cmocka_unit_test(a_plan_follows_the_settings),
        cmocka_unit_test(sections_are_merged_as_httpd_merges),
        cmocka_unit_test(wrong_words_are_refused),
        cmocka_unit_test(preload_is_refused_or_left_out),
        cmocka_unit_test(pins_without_backup_are_refused_or_left_out),
        cmocka_unit_test(pins_need_a_backup_outside),
        cmocka_unit_test(unconditional_unsets_are_seen),
        cmocka_unit_test(cookie_lines_are_seen),
        cmocka_unit_test(paths_are_below_others),
        cmocka_unit_test(framing_is_limited_by_a_directive_only),
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(sites_are_told_apart),
    };
    return cmocka_run_group_tests(tests, support_header_up, support_header_down);
}
