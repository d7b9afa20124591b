/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of header values share: a pool, and expectations whose failure names the value, so
 * that its row can be found. */
#ifndef TLSG_TEST_SUPPORT_HEADER_H
#define TLSG_TEST_SUPPORT_HEADER_H

#include <apr_pools.h>
#include <apr_tables.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Group fixtures: *state is a pool. */
int support_header_up(void **state);
int support_header_down(void **state);

void support_expect(int holds, const char *value, const char *what, const char *got);
void support_expect_int(long long want, long long got, const char *value, const char *what);

/* `part` NULL: there must be no clause; else it must occur in it. */
void support_expect_clause(const char *part, const char *clause, const char *value);

/* Equal texts, or both NULL. */
void support_expect_text(const char *want, const char *got, const char *value);

/* "text/text" of a list of tlsg_header_word_t. */
const char *support_words(apr_pool_t *pool, const apr_array_header_t *words);

#endif
