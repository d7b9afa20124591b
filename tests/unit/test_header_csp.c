/* SPDX-License-Identifier: Apache-2.0 */
/* Content-Security-Policy: what counts, what browsers skip, what it lets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "header_value.h"
#include "support_header.h"

#define NOSCRIPT                                                                                   \
    (TLSG_CSP_NO_SCRIPT_RULE | TLSG_CSP_ANY_SCRIPT | TLSG_CSP_DATA_SCRIPT |                        \
     TLSG_CSP_INLINE_SCRIPT | TLSG_CSP_EVAL)
#define NOSTYLE (TLSG_CSP_NO_STYLE_RULE | TLSG_CSP_INLINE_STYLE)
#define NOREST (TLSG_CSP_ANY_BASE | TLSG_CSP_ANY_FORM)
#define STRICT "base-uri 'none'; form-action 'self'; default-src 'none'; "

static const struct {
    const char *value;
    const char *fault;
    int valid;
    int policies;
    unsigned allows;
    const char *frame_ancestors;
    const char *unknown;
    const char *suspect;
} csp_rows[] = {
    { "default-src 'self'; frame-ancestors 'self'", NULL, 1, 1, NOREST, "'self'", "",
      "" }, /* seen */
    { STRICT, NULL, 1, 1, 0, NULL, "", "" },
    { "frame-ancestors 'none'", NULL, 1, 1, NOSCRIPT | NOSTYLE | NOREST | TLSG_CSP_ANY_OBJECT,
      "'none'", "", "" },
    { "upgrade-insecure-requests", NULL, 1, 1, NOSCRIPT | NOSTYLE | NOREST | TLSG_CSP_ANY_OBJECT,
      NULL, "", "" },
    { STRICT "FRAME-ANCESTORS", NULL, 1, 1, 0, "", "", "" },
    { STRICT "frame-ancestors   https://a.example\t 'self'  ;", NULL, 1, 1, 0,
      "https://a.example 'self'", "", "" },
    { STRICT "script-src 'unsafe-inline' 'unsafe-eval'", NULL, 1, 1,
      TLSG_CSP_INLINE_SCRIPT | TLSG_CSP_EVAL, NULL, "", "" },
    { STRICT "script-src 'unsafe-inline' 'nonce-abc'", NULL, 1, 1, 0, NULL, "", "" },
    { STRICT "script-src 'UNSAFE-INLINE' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
      NULL, 1, 1, 0, NULL, "", "" },
    { STRICT "script-src 'strict-dynamic' 'unsafe-inline' https: 'nonce-a'", NULL, 1, 1, 0, NULL,
      "", "" },
    { STRICT "script-src *", NULL, 1, 1, TLSG_CSP_ANY_SCRIPT, NULL, "", "" },
    { STRICT "script-src https: data:", NULL, 1, 1, TLSG_CSP_ANY_SCRIPT | TLSG_CSP_DATA_SCRIPT,
      NULL, "", "" },
    { STRICT "script-src-elem 'unsafe-inline'; script-src 'self'", NULL, 1, 1,
      TLSG_CSP_INLINE_SCRIPT, NULL, "", "" },
    { STRICT "script-src-attr 'unsafe-inline'", NULL, 1, 1, TLSG_CSP_INLINE_SCRIPT, NULL, "", "" },
    { STRICT "style-src 'unsafe-inline'", NULL, 1, 1, TLSG_CSP_INLINE_STYLE, NULL, "", "" },
    { STRICT "img-src http://img.example", NULL, 1, 1, TLSG_CSP_PLAIN_HTTP, NULL, "", "" },
    { STRICT "img-src data: *", NULL, 1, 1, 0, NULL, "", "" },
    { "default-src 'unsafe-inline'", NULL, 1, 1,
      NOREST | TLSG_CSP_INLINE_SCRIPT | TLSG_CSP_INLINE_STYLE, NULL, "", "" },
    /* several policies: all apply */
    { STRICT ", script-src *", NULL, 1, 2, 0, NULL, "", "" },
    { "script-src 'unsafe-inline', " STRICT "script-src 'unsafe-inline'; frame-ancestors 'self'",
      NULL, 1, 2, TLSG_CSP_INLINE_SCRIPT, "'self'", "", "" },
    /* what browsers skip */
    { STRICT "default-src *", "default-src is given twice", 1, 1, 0, NULL, "", "" },
    { STRICT "scriptsrc 'self'", "\"scriptsrc\" is no directive", 1, 1, 0, NULL, "scriptsrc", "" },
    { STRICT "script-src: *", "\"script-src:\" is no directive", 1, 1, 0, NULL, "script-src:", "" },
    { STRICT "img-src m\xC3\xBCller.example", "beyond ASCII", 1, 1, 0, NULL, "", "" },
    { "", "empty", 0, 0, 0, NULL, "", "" },
    { " ; , ;", "empty", 0, 0, 0, NULL, "", "" },
    { "self", "\"self\" is no directive", 0, 0, 0, NULL, "self", "" },
    { "default-src='self'", "is no directive", 0, 0, 0, NULL, "default-src='self'", "" },
    /* sources that are not what they look like */
    { STRICT "script-src self", NULL, 1, 1, 0, NULL, "", "self" },
    { STRICT "script-src nonce-abc unsafe-inline", NULL, 1, 1, 0, NULL, "",
      "nonce-abc/unsafe-inline" },
    { STRICT "script-src 'self' 'unsafe-inlin'", NULL, 1, 1, 0, NULL, "", "'unsafe-inlin'" },
    { STRICT "script-src 'cdn.example'", NULL, 1, 1, 0, NULL, "", "'cdn.example'" },
    { STRICT "script-src 'self", NULL, 1, 1, 0, NULL, "", "'self" },
    { STRICT "script-src \"self\"", NULL, 1, 1, 0, NULL, "", "\"self\"" },
    { STRICT "script-src 'none' cdn.example", NULL, 1, 1, 0, NULL, "", "'none'" },
    { STRICT "script-src '' '", NULL, 1, 1, 0, NULL, "", "''/'" },
};

static void csp_is_read_as_browsers_do(void **state)
{
    for (size_t i = 0; i < COUNT(csp_rows); i++) {
        const char *value = csp_rows[i].value;
        const tlsg_header_csp_t *csp = tlsg_header_csp_parse(*state, value);
        support_expect_clause(csp_rows[i].fault, csp->fault, value);
        support_expect_int(csp_rows[i].valid, csp->valid, value, "valid");
        support_expect_int(csp_rows[i].policies, csp->policies->nelts, value, "policies");
        support_expect_int(csp_rows[i].allows, csp->allows, value, "allows");
        support_expect_text(csp_rows[i].frame_ancestors, csp->frame_ancestors, value);
        support_expect_text(csp_rows[i].unknown, support_words(*state, csp->unknown), value);
        support_expect_text(csp_rows[i].suspect, support_words(*state, csp->suspect), value);
    }
}

static void csp_directives_can_be_looked_up(void **state)
{
    const tlsg_header_csp_t *csp = tlsg_header_csp_parse(
        *state, "Default-Src 'self'; img-src  a.example\tb.example ; default-src *;"
                "block-all-mixed-content");
    const tlsg_header_csp_policy_t *policy =
        &APR_ARRAY_IDX(csp->policies, 0, tlsg_header_csp_policy_t);
    assert_string_equal(tlsg_header_csp_get(policy, "default-src"), "'self'");
    assert_string_equal(tlsg_header_csp_get(policy, "img-src"), "a.example b.example");
    assert_null(tlsg_header_csp_get(policy, "script-src"));
    assert_int_equal(csp->duplicates->nelts, 1);
    assert_string_equal(support_words(*state, csp->deprecated), "block-all-mixed-content");
    csp = tlsg_header_csp_parse(*state, "script-srcs 'self'");
    support_expect_clause("\"script-src\"", APR_ARRAY_IDX(csp->unknown, 0, tlsg_header_word_t).hint,
                          "script-srcs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csp_is_read_as_browsers_do),
        cmocka_unit_test(csp_directives_can_be_looked_up),
    };
    return cmocka_run_group_tests(tests, support_header_up, support_header_down);
}
