/* SPDX-License-Identifier: Apache-2.0 */
/* Set-Cookie as browsers read it, and what hardening makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "header_value.h"
#include "support_header.h"

enum {
    S = 1,
    H = 2,
    P = 4
}; /* Secure, HttpOnly, Partitioned */

static const struct {
    const char *value;
    const char *fault;
    const char *name;
    const char *content;
    int flags;
    tlsg_samesite_t samesite;
    const char *unknown;
} cookie_rows[] = {
    { "sid=1; Path=/; HttpOnly; Secure", NULL, "sid", "1", S | H, TLSG_SAMESITE_ABSENT, "" },
    { "route=a1; Path=/; HttpOnly", NULL, "route", "a1", H, TLSG_SAMESITE_ABSENT, "" },
    { " a = b c ;secure;SAMESITE=lax", NULL, "a", "b c", S, TLSG_SAMESITE_LAX, "" },
    { "a=b=c=d", NULL, "a", "b=c=d", 0, TLSG_SAMESITE_ABSENT, "" },
    { "a=", NULL, "a", "", 0, TLSG_SAMESITE_ABSENT, "" },
    { "a=\"x;y\"", NULL, "a", "\"x", 0, TLSG_SAMESITE_ABSENT,
      "y\"" }, /* quotes do not protect a semicolon */
    { "a=1, b=2; Secure", NULL, "a", "1, b=2", S, TLSG_SAMESITE_ABSENT, "" },
    { "HttpOnly;Secure", NULL, "", "HttpOnly", S, TLSG_SAMESITE_ABSENT,
      "" }, /* seen: a nameless cookie */
    { "=v; Secure", NULL, "", "v", S, TLSG_SAMESITE_ABSENT, "" },
    { "a=1;;; Secure;", NULL, "a", "1", S, TLSG_SAMESITE_ABSENT, "" },
    { "a=1; Secure=false", NULL, "a", "1", S, TLSG_SAMESITE_ABSENT, "" },
    { "a=1; SameSite", NULL, "a", "1", 0, TLSG_SAMESITE_INVALID, "" },
    { "a=1; SameSite=Bogus", NULL, "a", "1", 0, TLSG_SAMESITE_INVALID, "" },
    { "a=1; SameSite=Lax; SameSite=Strict", NULL, "a", "1", 0, TLSG_SAMESITE_STRICT, "" },
    { "a=1; Secure; SameSite=None; Partitioned", NULL, "a", "1", S | P, TLSG_SAMESITE_NONE, "" },
    { "a=1; Secured; HTTP-Only", NULL, "a", "1", 0, TLSG_SAMESITE_ABSENT, "Secured/HTTP-Only" },
    { "a=\xff; Secure", NULL, "a", "\\xff", S, TLSG_SAMESITE_ABSENT, "" },
    { "a=1;HTTPOnly;Secure;SameSite=none", NULL, "a", "1", S | H, TLSG_SAMESITE_NONE,
      "" }, /* seen */
    { "__Host-a=1; Secure; Path=/", NULL, "__Host-a", "1", S, TLSG_SAMESITE_ABSENT, "" },
    { "__Secure-a=1; Secure; Domain=example.com", NULL, "__Secure-a", "1", S, TLSG_SAMESITE_ABSENT,
      "" },
    { "__Host-Http-a=1; Secure; HttpOnly; Path=/", NULL, "__Host-Http-a", "1", S | H,
      TLSG_SAMESITE_ABSENT, "" },
    /* dropped */
    { "", "neither a name nor a value", "", "", 0, TLSG_SAMESITE_ABSENT, "" },
    { "=; Secure", "neither a name nor a value", "", "", 0, TLSG_SAMESITE_ABSENT, "" },
    { "a=1\x01", "control character", "", "", 0, TLSG_SAMESITE_ABSENT, "" },
    { "a=1; Path=/\x7f", "control character", "", "", 0, TLSG_SAMESITE_ABSENT, "" },
    { "a=1; SameSite=None", "SameSite=None needs Secure", "a", "1", 0, TLSG_SAMESITE_NONE, "" },
    { "a=1; Partitioned", "Partitioned needs Secure", "a", "1", P, TLSG_SAMESITE_ABSENT, "" },
    { "__Host-a=1; Path=/", "needs Secure", "__Host-a", "1", 0, TLSG_SAMESITE_ABSENT, "" },
    { "__host-a=1; Secure", "needs Path=/", "__host-a", "1", S, TLSG_SAMESITE_ABSENT, "" },
    { "__Host-a=1; Secure; Path=/x", "needs Path=/", "__Host-a", "1", S, TLSG_SAMESITE_ABSENT, "" },
    { "__Host-a=1; Secure; Path=/; Domain=example.com", "without Domain", "__Host-a", "1", S,
      TLSG_SAMESITE_ABSENT, "" },
    { "__Secure-a=1", "needs Secure", "__Secure-a", "1", 0, TLSG_SAMESITE_ABSENT, "" },
    { "__Http-a=1; Secure", "needs HttpOnly", "__Http-a", "1", S, TLSG_SAMESITE_ABSENT, "" },
    { "__Secure-a; Secure", "needs a name", "", "__Secure-a", S, TLSG_SAMESITE_ABSENT, "" },
};

static void cookies_are_read_as_browsers_do(void **state)
{
    for (size_t i = 0; i < COUNT(cookie_rows); i++) {
        const char *value = cookie_rows[i].value;
        const tlsg_header_cookie_t *cookie = tlsg_header_cookie_parse(*state, value);
        support_expect_clause(cookie_rows[i].fault, cookie->fault, value);
        support_expect_int(cookie_rows[i].fault == NULL, cookie->valid, value, "valid");
        support_expect_text(cookie_rows[i].name, cookie->name, value);
        support_expect_text(cookie_rows[i].content, cookie->value, value);
        support_expect_int(cookie_rows[i].flags,
                           (cookie->secure ? S : 0) | (cookie->http_only ? H : 0) |
                               (cookie->partitioned ? P : 0),
                           value, "flags");
        support_expect_int(cookie_rows[i].samesite, cookie->samesite, value, "SameSite");
        support_expect_text(cookie_rows[i].unknown, support_words(*state, cookie->unknown), value);
    }
}

static void cookie_attributes_keep_their_order(void **state)
{
    const tlsg_header_cookie_t *cookie = tlsg_header_cookie_parse(
        *state, "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; path = /x ;Secure; Path=; "
                "Domain=.Example.com; Max-Age=-1");
    static const char *const want[][2] = {
        { "Expires", "Wed, 21 Oct 2026 07:28:00 GMT" },
        { "path", "/x" },
        { "Secure", NULL },
        { "Path", "" },
        { "Domain", ".Example.com" },
        { "Max-Age", "-1" },
    };
    assert_int_equal(cookie->attributes->nelts, (int)COUNT(want));
    for (int i = 0; i < cookie->attributes->nelts; i++) {
        const tlsg_header_attribute_t *got =
            &APR_ARRAY_IDX(cookie->attributes, i, tlsg_header_attribute_t);
        assert_string_equal(got->name, want[i][0]);
        support_expect_text(want[i][1], got->value, got->name);
    }
    assert_null(cookie->path); /* the last one counts, and is no path */
    assert_string_equal(cookie->domain, ".Example.com");
    assert_int_equal(cookie->removes, 1);
    assert_int_equal(cookie->duplicates->nelts, 1);
}

static void cookie_limits_are_those_of_the_standard(void **state)
{
    char *pair = apr_pcalloc(*state, 5000);
    memset(pair, 'a', 4098);
    pair[1] = '=';
    assert_int_equal(tlsg_header_cookie_parse(*state, pair)->valid, 0); /* 4097 bytes and "=" */
    pair[4097] = '\0';
    assert_int_equal(tlsg_header_cookie_parse(*state, pair)->valid, 1); /* 4096 */

    char *attribute = apr_pcalloc(*state, 2000);
    memset(attribute, 'b', 1025);
    const char *longer = apr_pstrcat(*state, "a=1; Secure=", attribute, NULL);
    assert_int_equal(tlsg_header_cookie_parse(*state, longer)->secure, 0);
    attribute[1024] = '\0';
    assert_int_equal(
        tlsg_header_cookie_parse(*state, apr_pstrcat(*state, "a=1; Secure=", attribute, NULL))
            ->secure,
        1);
}

#define ALL (TLSG_COOKIE_SECURE | TLSG_COOKIE_HTTPONLY | TLSG_COOKIE_SAMESITE_LAX)

static const struct {
    const char *value;
    unsigned add;
    const char *hardened; /* NULL: unchanged */
} harden_rows[] = {
    { "a=1", ALL, "a=1; Secure; HttpOnly; SameSite=Lax" },
    { "a=1;", ALL, "a=1; Secure; HttpOnly; SameSite=Lax" },
    { "a=1; ", TLSG_COOKIE_SECURE, "a=1;  Secure" },
    { "a=1; Path=/", TLSG_COOKIE_HTTPONLY, "a=1; Path=/; HttpOnly" },
    { "a=1; secure", ALL, "a=1; secure; HttpOnly; SameSite=Lax" },
    { "a=1; HTTPONLY; Path=/", ALL, "a=1; HTTPONLY; Path=/; Secure; SameSite=Lax" },
    { "a=1; SameSite=Strict", ALL, "a=1; SameSite=Strict; Secure; HttpOnly" },
    { "a=1; samesite=bogus; Secure; HttpOnly", ALL, NULL },
    { "a=1; Secure; HttpOnly; SameSite=Lax", ALL, NULL },
    { "a=Secure; HttpOnly", ALL,
      "a=Secure; HttpOnly; Secure; SameSite=Lax" }, /* the value is no attribute */
    { "Secure=1", TLSG_COOKIE_SECURE, "Secure=1; Secure" },
    { "a=1; Securely", TLSG_COOKIE_SECURE, "a=1; Securely; Secure" },
    { "a=1; SameSite=None", TLSG_COOKIE_SECURE, "a=1; SameSite=None; Secure" },
    { "a=1", TLSG_COOKIE_SAMESITE_NONE, NULL }, /* it would be dropped */
    { "a=1; Secure", TLSG_COOKIE_SAMESITE_NONE, "a=1; Secure; SameSite=None" },
    { "a=1", TLSG_COOKIE_SAMESITE_NONE | TLSG_COOKIE_SECURE, "a=1; Secure; SameSite=None" },
    { "a=1", TLSG_COOKIE_SAMESITE_STRICT | TLSG_COOKIE_SAMESITE_LAX, "a=1; SameSite=Strict" },
    { "a=1", 0, NULL },
    { "HttpOnly;Secure", ALL, NULL }, /* nameless */
    { "a", ALL, NULL },
    { "=a", ALL, NULL },
    { "", ALL, NULL },
    { " ", ALL, NULL },
    { ";;", ALL, NULL },
    { "a=1\r\nX: y", ALL, NULL },
    { "a=\xff\xfe", TLSG_COOKIE_SECURE, "a=\xff\xfe; Secure" },
};

static void hardening_adds_what_is_missing_once(void **state)
{
    for (size_t i = 0; i < COUNT(harden_rows); i++) {
        const char *value = harden_rows[i].value;
        const char *got = tlsg_header_cookie_harden(*state, value, harden_rows[i].add);
        support_expect_text(harden_rows[i].hardened, got, value);
        if (got != NULL) { /* a second time changes nothing */
            support_expect_text(NULL, tlsg_header_cookie_harden(*state, got, harden_rows[i].add),
                                got);
        }
    }
}

static void cookie_name_is_found_in_place(void **state)
{
    const char *value = "  sid = 1; Secure";
    size_t len = 9;
    (void)state;
    assert_ptr_equal(tlsg_header_cookie_name(value, &len), value + 2);
    assert_int_equal(len, 3);
    assert_null(tlsg_header_cookie_name("HttpOnly;Secure", &len));
    assert_int_equal(len, 0);
    assert_null(tlsg_header_cookie_name("a=\x01", &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_read_as_browsers_do),
        cmocka_unit_test(cookie_attributes_keep_their_order),
        cmocka_unit_test(cookie_limits_are_those_of_the_standard),
        cmocka_unit_test(hardening_adds_what_is_missing_once),
        cmocka_unit_test(cookie_name_is_found_in_place),
    };
    return cmocka_run_group_tests(tests, support_header_up, support_header_down);
}
