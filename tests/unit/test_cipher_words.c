/* SPDX-License-Identifier: Apache-2.0 */
/* Misspelt names in cipher strings and group lists: what was probably meant, and which it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "cipher.h"
#include "rule.h"
#include "support_conf.h"
#include "support_judge.h"

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static void the_nearest_name_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *nearest; /* NULL: nothing is near, or it would select nothing */
    } cases[] = {
        { "ECDHE-RSA-AES128-GCM-SHA265", "ECDHE-RSA-AES128-GCM-SHA256" },
        { "EDCHE", "ECDHE" },
        { "AESGMC", "AESGCM" },
        { "EDCHE+AESGCM", "ECDHE+AESGCM" },
        { "ECDHE+AESGMC", "ECDHE+AESGCM" },
        { "EDCHE+AESGMC", "ECDHE+AESGCM" },
        { "DEH+AES", "DHE+AES" },
        { "ecdhe+aesgcm", "ECDHE+AESGCM" },
        { "ECDHE+nonsense-of-somebody", NULL },
        { "nonsense-of-somebody+AESGCM", NULL },
        { "+", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *list = apr_pstrcat(pool, "HIGH:", cases[i].word, NULL);
        const apr_array_header_t *dead = tlsg_cipher_dead_words(pool, list);
        if (cases[i].nearest == NULL && dead->nelts == 0) {
            continue;
        }
        assert_int_equal(dead->nelts, 1);
        const tlsg_cipher_word_t *word = &APR_ARRAY_IDX(dead, 0, tlsg_cipher_word_t);
        assert_string_equal(word->word, cases[i].word);
        assert_int_equal(word->kind, TLSG_WORD_UNKNOWN);
        if (cases[i].nearest == NULL) {
            assert_null(word->nearest);
            continue;
        }
        assert_non_null(word->nearest);
        assert_string_equal(word->nearest, cases[i].nearest);
    }
}

static void the_unknown_group_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *name; /* NULL: there is no finding */
    } cases[] = {
        { "Groups \"X25519:nonesuch:P-256\"", "has no group \"nonesuch\"" },
        { "Groups \"X25519:P-256:nonesuch\"", "has no group \"nonesuch\"" },
        { "Curves nonesuch", "has no group \"nonesuch\"" },
        { "Curves X25519:prime256v1", NULL },
        { "Groups X25519:X25519", "" }, /* OpenSSL 3.0 refuses it: each name by itself is known */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *conf =
            apr_pstrcat(pool, "Listen 443\n<VirtualHost *:443>\nServerName www.example.com\n",
                        "SSLEngine on\nSSLCertificateFile @rsa@\nSSLOpenSSLConfCmd ",
                        cases[i].command, "\n</VirtualHost>\n", NULL);
        const tlsg_finding_t *finding = support_conf_find(support_conf_audit(pool, conf), "TG220");
        if (cases[i].name == NULL) {
            assert_null(finding);
        }
        else if (finding != NULL || *cases[i].name != '\0') {
            assert_non_null(finding);
            assert_non_null(strstr(finding->message, cases[i].name));
            assert_null(strstr(finding->message, "group \"X25519\""));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_name_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_unknown_group_is_named, set_up, tear_down),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
