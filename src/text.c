/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;
    return (u >= 'A' && u <= 'Z') ? (unsigned char)(u - 'A' + 'a') : u;
}

unsigned int tlsg_text_hash(const char *key, apr_ssize_t *length)
{
    if (*length == APR_HASH_KEY_STRING) {
        *length = (apr_ssize_t)strlen(key);
    }
    size_t size = (size_t)*length;
    size_t part = size < sizeof(apr_uint64_t) ? size : sizeof(apr_uint64_t);
    apr_uint64_t first = 0;
    apr_uint64_t last = 0;
    memcpy(&first, key, part);
    memcpy(&last, key + size - part, part);
    /* Fibonacci hashing: the odd number next to 2^64 divided by the golden ratio. */
    apr_uint64_t mixed = (first ^ (last << 7 | last >> 57) ^ size) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned int)(mixed >> 32);
}

int tlsg_text_eq_nocase(const char *a, const char *b)
{
    for (;; a++, b++) {
        if (*a != *b && lower(*a) != lower(*b)) {
            return 0;
        }
        if (*a == '\0') {
            return 1;
        }
    }
}

int tlsg_text_has_prefix_nocase(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; text++, prefix++) {
        if (*text != *prefix && lower(*text) != lower(*prefix)) {
            return 0;
        }
    }
    return 1;
}

const char *tlsg_text_find_nocase(const char *hay, const char *needle)
{
    for (;; hay++) {
        if (tlsg_text_has_prefix_nocase(hay, needle)) {
            return hay;
        }
        if (*hay == '\0') {
            return NULL;
        }
    }
}

char *tlsg_text_lower(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = (char)lower(*c);
    }
    return copy;
}

char *tlsg_text_trim(apr_pool_t *pool, const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\t')) {
        start++;
    }
    while (end > start && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return apr_pstrmemdup(pool, start, (apr_size_t)(end - start));
}

const char *tlsg_text_sentence(apr_pool_t *pool, const char *paragraph)
{
    const char *end = strstr(paragraph, ". ");
    return end == NULL ? paragraph : apr_pstrmemdup(pool, paragraph, (size_t)(end + 1 - paragraph));
}

char *tlsg_text_join(apr_pool_t *pool, const apr_array_header_t *words, const char *glue)
{
    size_t glue_len = strlen(glue);
    size_t len = 1;
    for (int i = 0; i < words->nelts; i++) {
        len += strlen(APR_ARRAY_IDX(words, i, const char *)) + glue_len;
    }
    char *text = apr_palloc(pool, len);
    char *at = text;
    for (int i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);
        size_t n = strlen(word);
        if (i > 0) {
            memcpy(at, glue, glue_len);
            at += glue_len;
        }
        memcpy(at, word, n);
        at += n;
    }
    *at = '\0';
    return text;
}

#define DISTANCE_MAX 63 /* bytes; see the header */

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned tlsg_text_distance(const char *a, const char *b)
{
    size_t la = strlen(a);
    size_t lb = strlen(b);
    if (la > DISTANCE_MAX || lb > DISTANCE_MAX) {
        return DISTANCE_MAX + 1;
    }
    /* Of the prefixes of a: all of them so far, without the last letter, without the last two. */
    unsigned rows[3][DISTANCE_MAX + 1];
    unsigned *row = rows[0];
    unsigned *above = rows[1];
    unsigned *higher = rows[2];
    for (size_t j = 0; j <= lb; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= la; i++) {
        unsigned *spare = higher;
        higher = above;
        above = row;
        row = spare;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            int differs = lower(a[i - 1]) != lower(b[j - 1]);
            unsigned best = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
            best = smaller(best, above[j - 1] + (differs ? 1U : 0U));
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                best = smaller(best, higher[j - 2] + 1);
            }
            row[j] = best;
        }
    }
    return row[lb];
}

/* Length of the valid UTF-8 sequence at `s` (at most `left` bytes), 0 when it is broken
 * (RFC 3629). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    size_t n = s[0] < 0x80                   ? 1
               : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
               : s[0] >= 0xE0 && s[0] < 0xF0 ? 3
               : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                             : 0;
    if (n == 0 || n > left) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    int overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    int surrogate = s[0] == 0xED && s[1] >= 0xA0;
    int beyond = s[0] == 0xF4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : n;
}

/* Nearly every text is printable ASCII and needs no room for escapes. */
int tlsg_text_is_plain(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c > 0x7E) {
            return 0;
        }
    }
    return 1;
}

char *tlsg_text_printable(apr_pool_t *pool, const char *bytes, size_t len, size_t max)
{
    if (len <= max && tlsg_text_is_plain(bytes, len)) {
        return apr_pstrmemdup(pool, bytes, len);
    }
    static const char hex[] = "0123456789abcdef";
    const unsigned char *s = (const unsigned char *)bytes;
    size_t used = len < max ? len : max;
    char *text = apr_palloc(pool, used * 4 + 4);
    char *at = text;
    size_t i = 0;
    while (i < used) {
        size_t n = utf8_length(s + i, len - i);
        if (n == 0 || s[i] < 0x20 || s[i] == 0x7F) {
            *at++ = '\\';
            *at++ = 'x';
            *at++ = hex[s[i] >> 4];
            *at++ = hex[s[i] & 15];
            i++;
            continue;
        }
        if (i + n > used) {
            break;
        }
        memcpy(at, s + i, n);
        at += n;
        i += n;
    }
    memcpy(at, i < len ? "..." : "", i < len ? 4 : 1);
    return text;
}
