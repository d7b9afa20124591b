/* SPDX-License-Identifier: Apache-2.0 */
/* The module's directives as data: one row each (settings.def), and the loops over the rows. */
#ifndef TLSG_SETTINGS_H
#define TLSG_SETTINGS_H

#include <stddef.h>

#include <apr_pools.h>

/* Value of a setting that no directive has set. */
#define TLSG_UNSET (-1)

/* One server's settings: each member is the position of the chosen word, or TLSG_UNSET. */
typedef struct tlsg_conf_t {
#define SETTING(directive, member, words, fallback, scope, summary) int member;
#include "settings.def"
#undef SETTING
} tlsg_conf_t;

/* Positions in the words of TLSGuardMode, TLSGuardFailOn and TLSGuardPreflight. */
enum {
    TLSG_MODE_OFF,
    TLSG_MODE_AUDIT,
    TLSG_MODE_ENFORCE
};
enum {
    TLSG_FAIL_ON_ERROR,
    TLSG_FAIL_ON_WARNING
};
enum {
    TLSG_PREFLIGHT_FAIL,
    TLSG_PREFLIGHT_REPORT
};

typedef struct tlsg_setting_t {
    const char *directive;
    size_t offset; /* of the member in tlsg_conf_t */
    const char *words;
    const char *fallback;
    const char *scope;
    const char *summary;
} tlsg_setting_t;

/* i-th row, NULL after the last. */
const tlsg_setting_t *tlsg_settings_at(int i);

/* Settings with every member unset. */
tlsg_conf_t *tlsg_settings_make(apr_pool_t *pool);

/* Sets the row's member from a word (any case). Returns NULL, or the error text in `pool`:
 * "TLSGuardMode: expected off, audit or enforce, not 'sloppy'". */
const char *tlsg_settings_parse(apr_pool_t *pool, const tlsg_setting_t *row, tlsg_conf_t *conf,
                                const char *word);

/* `add` where it is set, else `base`. */
tlsg_conf_t *tlsg_settings_merge(apr_pool_t *pool, const tlsg_conf_t *base, const tlsg_conf_t *add);

/* Copy with the defaults filled in: no member is unset. */
tlsg_conf_t *tlsg_settings_resolve(apr_pool_t *pool, const tlsg_conf_t *conf);

/* The word that a member's value stands for. */
const char *tlsg_settings_word(apr_pool_t *pool, const tlsg_setting_t *row, int value);

#endif
