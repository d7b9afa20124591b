/* SPDX-License-Identifier: Apache-2.0 */
/* The few string helpers that APR lacks. Pure functions; results live in the pool given. */
#ifndef TLSG_TEXT_H
#define TLSG_TEXT_H

#include <stddef.h>

#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* For apr_hash_make_custom(): quicker than APR's own, since it looks at both ends of a text only.
 * For tables of names that nobody chooses to make it slow: modules, header names. */
unsigned int tlsg_text_hash(const char *key, apr_ssize_t *length);

/* ASCII case-insensitive comparison, independent of the locale. Neither side may be NULL. */
int tlsg_text_eq_nocase(const char *a, const char *b);

/* 1 when `text` starts with `prefix`, ASCII case-insensitive. Neither may be NULL. */
int tlsg_text_has_prefix_nocase(const char *text, const char *prefix);

/* First occurrence of `needle` in `hay`, ASCII case-insensitive, or NULL. Neither may be NULL. */
const char *tlsg_text_find_nocase(const char *hay, const char *needle);

/* Copy with the ASCII letters in lower case. */
char *tlsg_text_lower(apr_pool_t *pool, const char *text);

/* Copy of [start, end) without leading and trailing blanks and tabs. */
char *tlsg_text_trim(apr_pool_t *pool, const char *start, const char *end);

/* Joins an array of `const char *` with `glue`; "" for an empty array. */
char *tlsg_text_join(apr_pool_t *pool, const apr_array_header_t *words, const char *glue);

/* The first sentence of a paragraph, with its full stop; the paragraph itself when it has one only. */
const char *tlsg_text_sentence(apr_pool_t *pool, const char *paragraph);

/* Number of single-character edits and swaps of neighbours between two names (optimal string
 * alignment), ASCII case-insensitive; used to suggest the nearest real name. Names longer than 63 bytes count as infinitely far (returns 64):
 * no real suite, group or directive name is that long. */
unsigned tlsg_text_distance(const char *a, const char *b);

/* 1 when all bytes are printable ASCII. */
int tlsg_text_is_plain(const char *bytes, size_t len);

/* Printable form of untrusted bytes: valid UTF-8 is kept, control characters and broken sequences
 * become \xHH, and a text longer than `max` bytes is cut and ends in "...". */
char *tlsg_text_printable(apr_pool_t *pool, const char *bytes, size_t len, size_t max);

#endif
