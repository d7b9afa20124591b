/* SPDX-License-Identifier: Apache-2.0 */
/* Every parser on large and hostile values: linear time, bounded lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "header_value.h"
#include "support_header.h"

static void parse_all(apr_pool_t *pool, const char *value)
{
    tlsg_header_hsts_parse(pool, value);
    tlsg_header_hpkp_parse(pool, value, 0);
    tlsg_header_cookie_parse(pool, value);
    tlsg_header_cookie_harden(pool, value, TLSG_COOKIE_SECURE | TLSG_COOKIE_HTTPONLY);
    tlsg_header_csp_parse(pool, value);
    tlsg_header_xfo_parse(pool, value);
    tlsg_header_xcto_parse(pool, value);
    tlsg_header_xxp_parse(pool, value);
    tlsg_header_coop_parse(pool, value);
    tlsg_header_corp_parse(pool, value);
    tlsg_header_acao_parse(pool, value);
    tlsg_header_referrer_parse(pool, value);
    tlsg_header_permissions_parse(pool, value);
}

/* Processor time to parse `bytes` bytes made of `unit`, in microseconds. */
static long cost(apr_pool_t *parent, const char *unit, size_t bytes)
{
    apr_pool_t *pool = NULL;
    apr_pool_create(&pool, parent);
    size_t len = strlen(unit);
    char *value = apr_palloc(pool, bytes + 1);
    for (size_t i = 0; i < bytes; i++) {
        value[i] = unit[i % len];
    }
    value[bytes] = '\0';
    clock_t start = clock();
    parse_all(pool, value);
    clock_t elapsed = clock() - start;
    apr_pool_destroy(pool);
    return (long)(elapsed / (CLOCKS_PER_SEC / 1000000));
}

/* Ten times the input must not take a hundred times the time: 30 leaves room for caches,
 * and what stays under half a second is fast enough. */
static void cost_grows_linearly(void **state)
{
    static const char *const units[] = {
        ";",
        ",",
        "a",
        "=",
        "\"",
        "\\",
        "\\\"",
        "a;",
        "a b;",
        "a=b;",
        "=;",
        "a,b,",
        "a=(),",
        "a,",
        "'",
        " ",
        "\t",
        "(",
        "max-age=1;",
        "pin-sha256=\"x\";",
        "pin-sha256=x;",
        "default-src *;",
        "default-src *,",
        "x y,",
        "path=/;",
        "SameSite=x;",
        "a=\"",
        "\xff",
        "\xff;",
        "\xE2\x80\x9C;",
        "script-src 'x' 'y';",
        "'none' ",
        "a=(x x),",
        "X-",
    };
    for (size_t i = 0; i < COUNT(units); i++) {
        long small = cost(*state, units[i], 100 * 1000);
        long large = cost(*state, units[i], 1000 * 1000);
        if (large > 500 * 1000 && large > 30 * small) {
            fail_msg("\"%s\": %ld us for 100 kB, %ld us for 1 MB", units[i], (long)small,
                     (long)large);
        }
    }
}

static void lists_are_bounded(void **state)
{
    char *value = apr_palloc(*state, 100001);
    memset(value, 'x', 100000);
    value[100000] = '\0';
    for (size_t i = 1; i < 100000; i += 2) {
        value[i] = ';';
    }
    assert_int_equal(tlsg_header_hsts_parse(*state, value)->unknown->nelts, TLSG_HEADER_LIST_MAX);
    assert_int_equal(tlsg_header_hpkp_parse(*state, value, 0)->unknown->nelts,
                     TLSG_HEADER_LIST_MAX);
    assert_int_equal(tlsg_header_cookie_parse(*state, value)->attributes->nelts,
                     TLSG_HEADER_LIST_MAX);
    assert_int_equal(tlsg_header_csp_parse(*state, value)->unknown->nelts, TLSG_HEADER_LIST_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cost_grows_linearly),
        cmocka_unit_test(lists_are_bounded),
    };
    return cmocka_run_group_tests(tests, support_header_up, support_header_down);
}
