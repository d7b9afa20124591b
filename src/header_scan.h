/* SPDX-License-Identifier: Apache-2.0 */
/* What the header parsers share: spans of text, the name[=value] directives of RFC 6797 and RFC
 * 7469, bounded lists of remarks. Linear in the input. Only header_*.c includes this; others want
 * header_value.h. Any phase. */
#ifndef TLSG_HEADER_SCAN_H
#define TLSG_HEADER_SCAN_H

#include "header_value.h"

/* A part of the value; not terminated. */
typedef struct tlsg_header_span_t {
    const char *at;
    size_t len;
} tlsg_header_span_t;

typedef enum tlsg_header_syntax_t {
    TLSG_SYNTAX_OK = 0,
    TLSG_SYNTAX_EMPTY,        /* nothing between two semicolons: allowed */
    TLSG_SYNTAX_NO_NAME,      /* "=value" */
    TLSG_SYNTAX_NAME,         /* not a token */
    TLSG_SYNTAX_VALUE,        /* neither a token nor a quoted string */
    TLSG_SYNTAX_UNTERMINATED, /* a quote that never closes */
    TLSG_SYNTAX_TRAILING,     /* text behind the closing quote */
} tlsg_header_syntax_t;

typedef struct tlsg_header_part_t {
    tlsg_header_span_t whole; /* trimmed */
    tlsg_header_span_t name;  /* trimmed */
    tlsg_header_span_t
        value; /* trimmed, without the quotes when is_quoted; quoted pairs are left as they are */
    int has_value; /* an "=" stands there */
    int is_quoted;
    tlsg_header_syntax_t syntax;
} tlsg_header_part_t;

/* Reads the directive at *at up to its semicolon and moves behind it. 0 when nothing is left. */
int tlsg_header_scan_part(const char **at, tlsg_header_part_t *part);

/* What is wrong with a part whose syntax is not OK or EMPTY, as a clause. */
const char *tlsg_header_scan_complaint(apr_pool_t *pool, const tlsg_header_part_t *part);

/* 1 when the value starts with a backslash or with a quotation mark of a word processor (U+2018 to
 * U+201E). */
int tlsg_header_scan_has_odd_quote(tlsg_header_span_t value);

/* [start, end) without blanks and tabs at both ends. */
tlsg_header_span_t tlsg_header_scan_trim(const char *start, const char *end);

/* Reads up to the next `separator` or the end, trimmed, and moves *at behind it. 0 when *at is
 * NULL; *at becomes NULL with the last piece, so "a," yields "a" and "". */
int tlsg_header_scan_piece(const char **at, char separator, tlsg_header_span_t *piece);

/* 1 when the span is that word, ASCII case-insensitive. */
int tlsg_header_scan_is(tlsg_header_span_t span, const char *word);

/* Index of the word that the span is (any case), -1 when none. `words` ends in NULL. */
int tlsg_header_scan_index(tlsg_header_span_t span, const char *const *words);

/* 1 for the characters of a token (RFC 9110 section 5.6.2). */
int tlsg_header_scan_is_tchar(char c);

/* 1 when the span is one or more digits; *number is their value, APR_INT64_MAX when it is larger.
 * */
int tlsg_header_scan_number(tlsg_header_span_t span, apr_int64_t *number);

/* Printable copy for a message, cut when long. */
const char *tlsg_header_scan_show(apr_pool_t *pool, tlsg_header_span_t span);

/* Printable copy of all of it. */
const char *tlsg_header_scan_copy(apr_pool_t *pool, tlsg_header_span_t span);

/* `did you mean "..."?` for the nearest of `words` (NULL-terminated), NULL when none is near. */
const char *tlsg_header_scan_hint(apr_pool_t *pool, tlsg_header_span_t span,
                                  const char *const *words);

/* Makes an empty list of tlsg_header_word_t, or of const char *. */
apr_array_header_t *tlsg_header_scan_words(apr_pool_t *pool);
apr_array_header_t *tlsg_header_scan_names(apr_pool_t *pool);

/* 1 when the list holds TLSG_HEADER_LIST_MAX entries and takes no more. */
int tlsg_header_scan_is_full(const apr_array_header_t *list);

/* Adds to a list unless it is full; the span is copied, `hint` and `name` are not. */
void tlsg_header_scan_add_word(apr_array_header_t *words, tlsg_header_span_t span,
                               const char *hint);
void tlsg_header_scan_add_name(apr_array_header_t *names, const char *name);

/* Keeps the first fault: formats into *fault unless it is set. Nothing is allocated for later ones,
 * so that a value of a million faulty parts costs no memory. */
void tlsg_header_scan_blame(apr_pool_t *pool, const char **fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
