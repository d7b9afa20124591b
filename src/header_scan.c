/* SPDX-License-Identifier: Apache-2.0 */
#include "header_scan.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "text.h"

#define SHOWN_MAX 60    /* bytes of foreign text in a message: a line stays readable */
#define NEAR_DISTANCE 2 /* edits: a slip of the finger, not another word */

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

tlsg_header_span_t tlsg_header_scan_trim(const char *start, const char *end)
{
    while (start < end && is_blank(*start)) {
        start++;
    }
    while (end > start && is_blank(end[-1])) {
        end--;
    }
    return (tlsg_header_span_t){ start, (size_t)(end - start) };
}

int tlsg_header_scan_piece(const char **at, char separator, tlsg_header_span_t *piece)
{
    if (*at == NULL) {
        return 0;
    }
    const char *end = strchr(*at, separator);
    const char *next = end != NULL ? end + 1 : NULL;
    *piece = tlsg_header_scan_trim(*at, end != NULL ? end : *at + strlen(*at));
    *at = next;
    return 1;
}

int tlsg_header_scan_is_tchar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static int is_token(tlsg_header_span_t span)
{
    for (size_t i = 0; i < span.len; i++) {
        if (!tlsg_header_scan_is_tchar(span.at[i])) {
            return 0;
        }
    }
    return span.len > 0;
}

/* End of a quoted string's content (its closing quote), NULL when it does not close before `end`.
 * */
static const char *closing_quote(const char *s, const char *end)
{
    for (; s < end; s++) {
        if (*s == '"') {
            return s;
        }
        if (*s == '\\' && s + 1 < end) {
            s++;
        }
    }
    return NULL;
}

/* A semicolon inside a quoted string does not end the directive; one character is looked at once.
 * */
static const char *part_end(const char *s)
{
    int is_quoted = 0;
    for (; *s != '\0' && (is_quoted || *s != ';'); s++) {
        if (*s == '"') {
            is_quoted = !is_quoted;
        }
        else if (is_quoted && *s == '\\' && s[1] != '\0') {
            s++;
        }
    }
    return s;
}

static void read_value(tlsg_header_part_t *part)
{
    const char *end = part->value.at + part->value.len;
    if (part->value.len == 0) {
        return; /* "name=": the grammar wants a token, no browser does */
    }
    if (*part->value.at != '"') {
        part->syntax = is_token(part->value) ? TLSG_SYNTAX_OK : TLSG_SYNTAX_VALUE;
        return;
    }
    const char *quote = closing_quote(part->value.at + 1, end);
    if (quote == NULL) {
        part->syntax = TLSG_SYNTAX_UNTERMINATED;
        part->value.at++;
        part->value.len--;
        return;
    }
    part->syntax = quote + 1 == end ? TLSG_SYNTAX_OK : TLSG_SYNTAX_TRAILING;
    part->is_quoted = 1;
    part->value.at++;
    part->value.len = (size_t)(quote - part->value.at);
}

int tlsg_header_scan_part(const char **at, tlsg_header_part_t *part)
{
    if (*at == NULL || **at == '\0') {
        return 0;
    }
    const char *start = *at;
    const char *end = part_end(start);
    *at = *end == ';' ? end + 1 : end;

    memset(part, 0, sizeof *part);
    part->whole = tlsg_header_scan_trim(start, end);
    const char *equals = memchr(part->whole.at, '=', part->whole.len);
    const char *whole_end = part->whole.at + part->whole.len;
    part->has_value = equals != NULL;
    part->name = tlsg_header_scan_trim(part->whole.at, equals != NULL ? equals : whole_end);
    part->value = tlsg_header_scan_trim(equals != NULL ? equals + 1 : whole_end, whole_end);
    if (part->whole.len == 0) {
        part->syntax = TLSG_SYNTAX_EMPTY;
    }
    else if (part->name.len == 0) {
        part->syntax = TLSG_SYNTAX_NO_NAME;
    }
    else if (!is_token(part->name)) {
        part->syntax = TLSG_SYNTAX_NAME;
    }
    else {
        read_value(part);
    }
    return 1;
}

static int has_typographic_quote(tlsg_header_span_t span)
{
    return span.len >= 3 && memcmp(span.at, "\xE2\x80", 2) == 0 &&
           (unsigned char)span.at[2] >= 0x98 && (unsigned char)span.at[2] <= 0x9E;
}

int tlsg_header_scan_has_odd_quote(tlsg_header_span_t value)
{
    return (value.len > 0 && value.at[0] == '\\') || has_typographic_quote(value);
}

static const char *value_complaint(apr_pool_t *pool, const tlsg_header_part_t *part)
{
    const char *name = tlsg_header_scan_show(pool, part->name);
    if (has_typographic_quote(part->value)) {
        return apr_psprintf(
            pool, "the value of %s stands in typographic quotes; only \"...\" quotes", name);
    }
    if (part->value.at[0] == '\\') {
        return apr_psprintf(
            pool, "a backslash stands before the quote in %s; inside '...' httpd keeps it", name);
    }
    if (memchr(part->value.at, ',', part->value.len) != NULL) {
        return "a comma joins two policies; the syntax has none";
    }
    return apr_psprintf(pool, "the value of %s (%s) needs double quotes", name,
                        tlsg_header_scan_show(pool, part->value));
}

const char *tlsg_header_scan_complaint(apr_pool_t *pool, const tlsg_header_part_t *part)
{
    const char *whole = tlsg_header_scan_show(pool, part->whole);
    switch (part->syntax) {
    case TLSG_SYNTAX_NO_NAME:
        return apr_psprintf(pool, "\"%s\" has no name before the \"=\"", whole);
    case TLSG_SYNTAX_NAME:
        if (memchr(part->name.at, ',', part->name.len) != NULL) {
            return "a comma joins two policies; the syntax has none";
        }
        return apr_psprintf(pool, "\"%s\" is not the name of a directive: %s",
                            tlsg_header_scan_show(pool, part->name),
                            memchr(part->name.at, ' ', part->name.len) != NULL
                                ? "a blank stands in it, or a semicolon is missing"
                                : "it holds characters that names have not");
    case TLSG_SYNTAX_VALUE:
        return value_complaint(pool, part);
    case TLSG_SYNTAX_UNTERMINATED:
        return apr_psprintf(pool, "the quote in \"%s\" never closes", whole);
    case TLSG_SYNTAX_TRAILING:
        return apr_psprintf(pool, "text follows the closing quote in \"%s\"", whole);
    case TLSG_SYNTAX_OK:
    case TLSG_SYNTAX_EMPTY:
        break;
    }
    return NULL;
}

int tlsg_header_scan_is(tlsg_header_span_t span, const char *word)
{
    for (size_t i = 0; i < span.len; i++) {
        char a = span.at[i];
        char b = word[i];
        a = (char)(a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a);
        b = (char)(b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
        if (a != b || b == '\0') {
            return 0;
        }
    }
    return word[span.len] == '\0';
}

int tlsg_header_scan_index(tlsg_header_span_t span, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (tlsg_header_scan_is(span, words[i])) {
            return i;
        }
    }
    return -1;
}

int tlsg_header_scan_number(tlsg_header_span_t span, apr_int64_t *number)
{
    apr_int64_t n = 0;
    for (size_t i = 0; i < span.len; i++) {
        char c = span.at[i];
        if (c < '0' || c > '9') {
            return 0;
        }
        int digit = c - '0';
        n = n > (APR_INT64_MAX - digit) / 10 ? APR_INT64_MAX : n * 10 + digit;
    }
    *number = n;
    return span.len > 0;
}

const char *tlsg_header_scan_show(apr_pool_t *pool, tlsg_header_span_t span)
{
    return tlsg_text_printable(pool, span.at, span.len, SHOWN_MAX);
}

const char *tlsg_header_scan_copy(apr_pool_t *pool, tlsg_header_span_t span)
{
    return tlsg_text_printable(pool, span.at, span.len, span.len);
}

const char *tlsg_header_scan_hint(apr_pool_t *pool, tlsg_header_span_t span,
                                  const char *const *words)
{
    const char *word = tlsg_header_scan_show(pool, span);
    const char *nearest = NULL;
    unsigned best = NEAR_DISTANCE + 1;
    for (; *words != NULL; words++) {
        unsigned distance = tlsg_text_distance(word, *words);
        if (distance < best) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest != NULL ? apr_psprintf(pool, "did you mean \"%s\"?", nearest) : NULL;
}

#define LIST_START 4 /* entries: most lists stay empty */

apr_array_header_t *tlsg_header_scan_words(apr_pool_t *pool)
{
    return apr_array_make(pool, LIST_START, sizeof(tlsg_header_word_t));
}

apr_array_header_t *tlsg_header_scan_names(apr_pool_t *pool)
{
    return apr_array_make(pool, LIST_START, sizeof(const char *));
}

int tlsg_header_scan_is_full(const apr_array_header_t *list)
{
    return list->nelts >= TLSG_HEADER_LIST_MAX;
}

void tlsg_header_scan_add_word(apr_array_header_t *words, tlsg_header_span_t span, const char *hint)
{
    if (tlsg_header_scan_is_full(words)) {
        return;
    }
    tlsg_header_word_t *word = apr_array_push(words);
    word->text = tlsg_header_scan_show(words->pool, span);
    word->hint = hint;
}

void tlsg_header_scan_add_name(apr_array_header_t *names, const char *name)
{
    if (!tlsg_header_scan_is_full(names)) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
}

void tlsg_header_scan_blame(apr_pool_t *pool, const char **fault, const char *format, ...)
{
    if (*fault != NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    *fault = apr_pvsprintf(pool, format, args);
    va_end(args);
}
