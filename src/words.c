/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_tables.h>

/* Reads one word at *at into `out` (large enough for the rest of the text) and moves *at behind it.
 */
static char *read_word(const char **at, char *out)
{
    const char *s = *at;
    char *end = out;
    char quote = (*s == '"' || *s == '\'') ? *s++ : '\0';
    while (*s != '\0' && (quote != '\0' ? *s != quote : !apr_isspace(*s))) {
        if (quote != '\0' && *s == '\\' && (s[1] == '\\' || s[1] == quote)) {
            s++;
        }
        *end++ = *s++;
    }
    *end++ = '\0';
    if (quote != '\0' && *s == quote) {
        s++;
    }
    *at = s;
    return end;
}

int tlsg_words_split(apr_pool_t *pool, const char *args, const char *const **argv)
{
    if (args == NULL) {
        args = "";
    }
    apr_size_t len = strlen(args);
    int most = 0; /* words: at most one per blank-to-text change, quotes may glue two together */
    for (apr_size_t i = 0; i < len; i++) {
        int starts = !apr_isspace(args[i]) && (i == 0 || apr_isspace(args[i - 1]) ||
                                               args[i - 1] == '"' || args[i - 1] == '\'');
        most += starts;
    }
    const char **words = apr_palloc(pool, ((apr_size_t)most + 1) * sizeof *words);
    char *out = apr_palloc(pool, len + (apr_size_t)most + 1);
    int count = 0;
    const char *at = args;
    for (;;) {
        while (apr_isspace(*at)) {
            at++;
        }
        if (*at == '\0' || count == most) {
            break;
        }
        words[count++] = out;
        out = read_word(&at, out);
    }
    words[count] = NULL;
    *argv = words;
    return count;
}
