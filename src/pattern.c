/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include <regex.h>
#include <string.h>

#include <apr_strings.h>

#include "text.h"

#define PATTERN_MAX                                                                                \
    512 /* bytes; longer expressions are lists of something, not tests worth deciding */
#define SUBJECT_MAX 4096 /* bytes; no probe or header value is longer */

tlsg_tri_t tlsg_tri_not(tlsg_tri_t a)
{
    return a == TLSG_MAYBE ? TLSG_MAYBE : a == TLSG_YES ? TLSG_NO : TLSG_YES;
}

tlsg_tri_t tlsg_tri_and(tlsg_tri_t a, tlsg_tri_t b)
{
    if (a == TLSG_NO || b == TLSG_NO) {
        return TLSG_NO;
    }
    return a == TLSG_YES && b == TLSG_YES ? TLSG_YES : TLSG_MAYBE;
}

tlsg_tri_t tlsg_tri_or(tlsg_tri_t a, tlsg_tri_t b)
{
    return tlsg_tri_not(tlsg_tri_and(tlsg_tri_not(a), tlsg_tri_not(b)));
}

/* The expression in POSIX syntax, NULL when it uses what only PCRE has (look-around, lazy and
 * counted repetition, classes such as \d inside brackets, back references). "(?:" groups would
 * shift the numbering and are left out. */
static const char *to_posix(apr_pool_t *pool, const char *pattern)
{
    size_t len = strlen(pattern);
    if (len > PATTERN_MAX) {
        return NULL;
    }
    char *posix = apr_palloc(pool, len * 6 + 1);
    char *to = posix;
    int in_class = 0;
    for (const char *from = pattern; *from != '\0'; from++) {
        if (in_class) {
            if (*from == '\\') {
                return NULL; /* a backslash is literal in a POSIX class, not in PCRE */
            }
            in_class = *from != ']' || from[-1] == '[' || (from[-1] == '^' && from[-2] == '[');
            *to++ = *from;
            continue;
        }
        if (*from == '{' || (*from == '(' && from[1] == '?')) {
            return NULL;
        }
        if (strchr("*+?", *from) != NULL && from[1] != '\0' && strchr("*+?", from[1]) != NULL) {
            return NULL; /* lazy or possessive */
        }
        if (*from == '\\') {
            from++;
            if (*from == 'd') {
                memcpy(to, "[0-9]", 5);
                to += 5;
                continue;
            }
            if (*from == '\0' || (*from >= '0' && *from <= '9') ||
                strchr("wWsSb./-_", *from) == NULL) {
                return NULL;
            }
            if (strchr("/-_", *from) == NULL) {
                *to++ = '\\';
            }
            *to++ = *from;
            continue;
        }
        in_class = *from == '[';
        *to++ = *from;
    }
    *to = '\0';
    return posix;
}

tlsg_tri_t tlsg_pattern_match(apr_pool_t *pool, const char *pattern, int nocase,
                              const char *subject, const char *groups[TLSG_PATTERN_GROUPS])
{
    if (strncmp(pattern, "(?i)", 4) == 0) {
        pattern += 4;
        nocase = 1;
    }
    if (pattern[0] == '\0' && groups == NULL) {
        return TLSG_YES;
    }
    const char *posix = to_posix(pool, pattern);
    regex_t compiled;
    if (posix == NULL || strlen(subject) > SUBJECT_MAX ||
        regcomp(&compiled, posix, REG_EXTENDED | (nocase ? REG_ICASE : 0)) != 0) {
        return TLSG_MAYBE;
    }
    regmatch_t at[TLSG_PATTERN_GROUPS];
    int matched = regexec(&compiled, subject, TLSG_PATTERN_GROUPS, at, 0) == 0;
    regfree(&compiled);
    for (int i = 0; matched && groups != NULL && i < TLSG_PATTERN_GROUPS; i++) {
        groups[i] = at[i].rm_so < 0 ? ""
                                    : apr_pstrmemdup(pool, subject + at[i].rm_so,
                                                     (apr_size_t)(at[i].rm_eo - at[i].rm_so));
    }
    return matched ? TLSG_YES : TLSG_NO;
}

tlsg_tri_t tlsg_pattern_is_all(apr_pool_t *pool, const char *pattern)
{
    static const char *const paths[] = { "/", "/k9q", "/k9q/w7z.xyz", "/K9Q/w7/z" };
    tlsg_tri_t all = TLSG_YES;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        all = tlsg_tri_and(all, tlsg_pattern_match(pool, pattern, 0, paths[i], NULL));
    }
    return all;
}
