/* SPDX-License-Identifier: Apache-2.0 */
#include "support_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "header_value.h"

int support_header_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = pool;
    return 0;
}

int support_header_down(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

void support_expect(int holds, const char *value, const char *what, const char *got)
{
    if (!holds) {
        fail_msg("%.200s: expected %s, got %s", value, what, got != NULL ? got : "(none)");
    }
}

void support_expect_int(long long want, long long got, const char *value, const char *what)
{
    if (want != got) {
        fail_msg("%.200s: %s is %lld, expected %lld", value, what, got, want);
    }
}

void support_expect_clause(const char *part, const char *clause, const char *value)
{
    if (part == NULL) {
        support_expect(clause == NULL, value, "no fault", clause);
    }
    else {
        support_expect(clause != NULL && strstr(clause, part) != NULL, value, part, clause);
    }
}

const char *support_words(apr_pool_t *pool, const apr_array_header_t *words)
{
    const char *all = "";
    for (int i = 0; i < words->nelts; i++) {
        all = apr_pstrcat(pool, all, i > 0 ? "/" : "",
                          APR_ARRAY_IDX(words, i, tlsg_header_word_t).text, NULL);
    }
    return all;
}

void support_expect_text(const char *want, const char *got, const char *value)
{
    support_expect(want == got || (want != NULL && got != NULL && strcmp(want, got) == 0), value,
                   want != NULL ? want : "(none)", got);
}
