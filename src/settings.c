/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <string.h>

#include <apr_strings.h>

#include "text.h"

static const tlsg_setting_t rows[] = {
#define SETTING(directive, member, words, fallback, scope, summary)                                \
    { #directive, offsetof(tlsg_conf_t, member), words, fallback, #scope, summary },
#include "settings.def"
#undef SETTING
};

const tlsg_setting_t *tlsg_settings_at(int i)
{
    int count = (int)(sizeof rows / sizeof rows[0]);
    return i >= 0 && i < count ? &rows[i] : NULL;
}

static int *member(tlsg_conf_t *conf, const tlsg_setting_t *row)
{
    return (int *)(void *)((char *)conf + row->offset);
}

static int value_of(const tlsg_conf_t *conf, const tlsg_setting_t *row)
{
    int value;
    memcpy(&value, (const char *)conf + row->offset, sizeof value);
    return value;
}

/* Position of `word` in the row's list, TLSG_UNSET when it is not there. */
static int position(const tlsg_setting_t *row, const char *word)
{
    const char *at = row->words;
    size_t len = strlen(word);
    for (int i = 0;; i++) {
        size_t n = strcspn(at, "|");
        if (n == len && tlsg_text_has_prefix_nocase(at, word)) {
            return i;
        }
        if (at[n] == '\0') {
            return TLSG_UNSET;
        }
        at += n + 1;
    }
}

const char *tlsg_settings_word(apr_pool_t *pool, const tlsg_setting_t *row, int value)
{
    const char *at = row->words;
    while (value-- > 0) {
        at += strcspn(at, "|");
        at += *at == '|';
    }
    return apr_pstrmemdup(pool, at, strcspn(at, "|"));
}

/* "off, audit or enforce" from "off|audit|enforce". */
static const char *spoken_list(apr_pool_t *pool, const char *words)
{
    const char *text = "";
    while (*words != '\0') {
        size_t n = strcspn(words, "|");
        const char *word = apr_pstrmemdup(pool, words, n);
        words += n + (words[n] == '|');
        int is_last = strchr(words, '|') == NULL;
        text = apr_pstrcat(pool, text, word, *words == '\0' ? "" : is_last ? " or " : ", ", NULL);
    }
    return text;
}

tlsg_conf_t *tlsg_settings_make(apr_pool_t *pool)
{
    tlsg_conf_t *conf = apr_palloc(pool, sizeof *conf);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        *member(conf, &rows[i]) = TLSG_UNSET;
    }
    return conf;
}

const char *tlsg_settings_parse(apr_pool_t *pool, const tlsg_setting_t *row, tlsg_conf_t *conf,
                                const char *word)
{
    int value = position(row, word);
    if (value == TLSG_UNSET) {
        return apr_psprintf(pool, "%s: expected %s, not '%s'", row->directive,
                            spoken_list(pool, row->words),
                            tlsg_text_printable(pool, word, strlen(word), 80));
    }
    *member(conf, row) = value;
    return NULL;
}

tlsg_conf_t *tlsg_settings_merge(apr_pool_t *pool, const tlsg_conf_t *base, const tlsg_conf_t *add)
{
    tlsg_conf_t *merged = apr_pmemdup(pool, add, sizeof *add);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        if (value_of(add, &rows[i]) == TLSG_UNSET) {
            *member(merged, &rows[i]) = value_of(base, &rows[i]);
        }
    }
    return merged;
}

tlsg_conf_t *tlsg_settings_resolve(apr_pool_t *pool, const tlsg_conf_t *conf)
{
    tlsg_conf_t *resolved = apr_pmemdup(pool, conf, sizeof *conf);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        if (value_of(conf, &rows[i]) == TLSG_UNSET) {
            *member(resolved, &rows[i]) = position(&rows[i], rows[i].fallback);
        }
    }
    return resolved;
}
