/* SPDX-License-Identifier: Apache-2.0 */
/* The module's directives as data: one row each (settings.def), and the loops over the rows. */
#ifndef TLSG_SETTINGS_H
#define TLSG_SETTINGS_H

#include <stddef.h>

#include <apr_pools.h>
#include <apr_tables.h>

/* Value of a setting that no directive has set. */
#define TLSG_UNSET (-1)

/* What structured directives hold: inject_parse.h. */
struct tlsg_inject_hsts_t;
struct tlsg_inject_pins_t;
struct tlsg_inject_compression_t;
struct tlsg_inject_cookies_t;

/* Settings: position of the chosen word or TLSG_UNSET, what a structured directive holds or NULL.
 * The same struct serves a server and a section; each sets the members of its own rows only. */
typedef struct tlsg_conf_t {
#define SETTING(directive, member, words, fallback, scope, summary) int member;
#define STRUCTURED(directive, type, member, parse, merge, syntax, example, scope, summary)         \
    const type *member;
#include "settings.def"
#undef SETTING
#undef STRUCTURED
} tlsg_conf_t;

/* Positions in the words of TLSGuardMode, TLSGuardFailOn, TLSGuardPreflight, TLSGuardTerminator and
 * TLSGuardHeaders. */
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
enum {
    TLSG_TERMINATOR_NONE,
    TLSG_TERMINATOR_REMOTEIP
};
enum {
    TLSG_HEADERS_OFF,
    TLSG_HEADERS_SAFE,
    TLSG_HEADERS_STRICT
};

/* Reads the words of a structured directive. Returns NULL and fills *made (in `pool`), or the error
 * text. *refusal: the words are fine, but a start with them must be refused; *made is then what a
 * reload does instead. */
typedef const char *tlsg_settings_parse_fn(apr_pool_t *pool, int argc, const char *const *argv,
                                           const void **made, const char **refusal);

typedef struct tlsg_setting_t {
    const char *directive;
    size_t offset;                 /* of the member in tlsg_conf_t */
    tlsg_settings_parse_fn *parse; /* NULL: the words are the parser */
    int appends;                   /* structured: an array that a merge puts behind the outer one */
    const char *words;             /* or syntax */
    const char *fallback;          /* default word; structured: an example */
    const char *scope;
    const char *summary;
} tlsg_setting_t;

/* i-th row, NULL after the last. */
const tlsg_setting_t *tlsg_settings_at(int i);

/* Settings with every member unset. */
tlsg_conf_t *tlsg_settings_make(apr_pool_t *pool);

/* Sets the member of a row of words from a word (any case). Returns NULL, or the error text in `pool`:
 * "TLSGuardMode: expected off, audit or enforce, not 'sloppy'". */
const char *tlsg_settings_parse(apr_pool_t *pool, const tlsg_setting_t *row, tlsg_conf_t *conf,
                                const char *word);

/* Sets the member of a structured row. Returns NULL or the error text in `pool`, which begins with
 * the directive's name, as *refusal does (see tlsg_settings_parse_fn; NULL when there is none). */
const char *tlsg_settings_take(apr_pool_t *pool, const tlsg_setting_t *row, tlsg_conf_t *conf,
                               int argc, const char *const *argv, const char **refusal);

/* `add` where it is set, else `base`; lists that append are joined. */
tlsg_conf_t *tlsg_settings_merge(apr_pool_t *pool, const tlsg_conf_t *base, const tlsg_conf_t *add);

/* Copy with the defaults filled in: no row of words is unset. */
tlsg_conf_t *tlsg_settings_resolve(apr_pool_t *pool, const tlsg_conf_t *conf);

/* The word that a member's value stands for. */
const char *tlsg_settings_word(apr_pool_t *pool, const tlsg_setting_t *row, int value);

#endif
