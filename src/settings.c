/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <string.h>

#include <apr_strings.h>

#include "inject_parse.h"
#include "text.h"

#define APPENDS_REPLACE 0
#define APPENDS_APPEND 1

static const tlsg_setting_t rows[] = {
#define SETTING(directive, member, words, fallback, scope, summary)                                \
    { #directive, offsetof(tlsg_conf_t, member), NULL, 0, words, fallback, #scope, summary },
#define STRUCTURED(directive, type, member, parse, merge, syntax, example, scope, summary)         \
    { #directive, offsetof(tlsg_conf_t, member), parse, APPENDS_##merge, syntax, example, #scope,  \
      summary },
#include "settings.def"
#undef SETTING
#undef STRUCTURED
};

const tlsg_setting_t *tlsg_settings_at(int i)
{
    int count = (int)(sizeof rows / sizeof rows[0]);
    return i >= 0 && i < count ? &rows[i] : NULL;
}

static void set_value(tlsg_conf_t *conf, const tlsg_setting_t *row, int value)
{
    memcpy((char *)conf + row->offset, &value, sizeof value);
}

/* Every pointer member is read and written through its bytes, whatever it points to. */
static const void *pointer_of(const tlsg_conf_t *conf, const tlsg_setting_t *row)
{
    const void *pointer;
    memcpy(&pointer, (const char *)conf + row->offset, sizeof pointer);
    return pointer;
}

static void set_pointer(tlsg_conf_t *conf, const tlsg_setting_t *row, const void *pointer)
{
    memcpy((char *)conf + row->offset, &pointer, sizeof pointer);
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
    tlsg_conf_t *conf = apr_pcalloc(pool, sizeof *conf);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        if (rows[i].parse == NULL) {
            set_value(conf, &rows[i], TLSG_UNSET);
        }
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
    set_value(conf, row, value);
    return NULL;
}

/* `add` behind `base`; either may be NULL. */
static const void *join(apr_pool_t *pool, const void *base, const void *add)
{
    if (base == NULL || add == NULL) {
        return add != NULL ? add : base;
    }
    return apr_array_append(pool, base, add);
}

const char *tlsg_settings_take(apr_pool_t *pool, const tlsg_setting_t *row, tlsg_conf_t *conf,
                               int argc, const char *const *argv, const char **refusal)
{
    const void *made = NULL;
    const char *err = row->parse(pool, argc, argv, &made, refusal);
    if (*refusal != NULL) {
        *refusal = apr_psprintf(pool, "%s: %s", row->directive, *refusal);
    }
    if (err != NULL) {
        return apr_psprintf(pool, "%s: %s", row->directive, err);
    }
    set_pointer(conf, row, row->appends ? join(pool, pointer_of(conf, row), made) : made);
    return NULL;
}

static void merge_row(apr_pool_t *pool, const tlsg_setting_t *row, const tlsg_conf_t *base,
                      tlsg_conf_t *merged)
{
    if (row->parse == NULL) {
        if (value_of(merged, row) == TLSG_UNSET) {
            set_value(merged, row, value_of(base, row));
        }
    }
    else if (row->appends) {
        set_pointer(merged, row, join(pool, pointer_of(base, row), pointer_of(merged, row)));
    }
    else if (pointer_of(merged, row) == NULL) {
        set_pointer(merged, row, pointer_of(base, row));
    }
}

tlsg_conf_t *tlsg_settings_merge(apr_pool_t *pool, const tlsg_conf_t *base, const tlsg_conf_t *add)
{
    tlsg_conf_t *merged = apr_pmemdup(pool, add, sizeof *add);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        merge_row(pool, &rows[i], base, merged);
    }
    return merged;
}

tlsg_conf_t *tlsg_settings_resolve(apr_pool_t *pool, const tlsg_conf_t *conf)
{
    tlsg_conf_t *resolved = apr_pmemdup(pool, conf, sizeof *conf);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        if (rows[i].parse == NULL && value_of(conf, &rows[i]) == TLSG_UNSET) {
            set_value(resolved, &rows[i], position(&rows[i], rows[i].fallback));
        }
    }
    return resolved;
}
