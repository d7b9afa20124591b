/* SPDX-License-Identifier: Apache-2.0 */
/* A rule record as an explanation: for the terminal, and as its page of the manual. Everything is read
 * from the record, so that no second text can disagree with it. */
#ifndef TLSG_EXPLAIN_H
#define TLSG_EXPLAIN_H

#include <apr_pools.h>

#include "rule.h"

/* Several lines for a terminal of 80 columns, each with its line end, in `pool`. */
const char *tlsg_explain_text(apr_pool_t *pool, const tlsg_rule_t *rule);

/* The page docs/rules/TGnnn.md, in `pool`. */
const char *tlsg_explain_page(apr_pool_t *pool, const tlsg_rule_t *rule);

/* The example's lines as an administrator writes them, each behind `indent`: fixture names (@rsa@) become
 * paths and the markers of the context ("%server") become comments. */
const char *tlsg_explain_example(apr_pool_t *pool, const char *example, const char *indent);

/* "warning", and where policies differ "notice (classic: warning)"; "warning (classic only)". */
const char *tlsg_explain_severity(apr_pool_t *pool, const tlsg_rule_t *rule);

/* Markdown in which `text` reads as it is; `code spans` stay. */
const char *tlsg_explain_escape(apr_pool_t *pool, const char *text);

/* The same in lines of at most 100 columns; an empty line starts a new paragraph. */
const char *tlsg_explain_paragraphs(apr_pool_t *pool, const char *text);

#endif
