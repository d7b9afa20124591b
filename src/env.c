/* SPDX-License-Identifier: Apache-2.0 */
/* SetEnvIf and its relatives run before anything else, SetEnv, PassEnv and mod_ssl's HTTPS in
 * the fixup phase, which redirects made early never reach (mod_env.c, mod_setenvif.c,
 * ssl_engine_kernel.c). */
#include "env.h"

#include <string.h>

#include <apr_strings.h>

#include "htaccess.h"
#include "rewrite.h"
#include "text.h"

#define DEPTH_MAX                                                                                  \
    2 /* variables that depend on variables that depend on variables: not worth following */

typedef struct search_t {
    tlsg_reach_t *scope;
    const char *name;
    tlsg_response_t response;
    const char *value;
    const tlsg_directive_t *source; /* the last that can set it */
    int takes_away;                 /* something may remove it again */
} search_t;

/* NAME, NAME=value or !NAME, as mod_setenvif has them. 1 when it is about the variable. */
static int names_variable(search_t *search, const char *word, const char **value, int *unset)
{
    *unset = word[0] == '!';
    word += *unset;
    size_t len = strlen(search->name);
    if (!tlsg_text_has_prefix_nocase(word, search->name) ||
        (word[len] != '\0' && word[len] != '=')) {
        return 0;
    }
    *value = word[len] == '=' ? word + len + 1 : "1";
    return 1;
}

/* Does the test of a SetEnvIf line hold for every request? */
static tlsg_tri_t test_holds(search_t *search, const tlsg_directive_t *directive, int *first)
{
    tlsg_reach_t *scope = search->scope;
    if (tlsg_text_eq_nocase(directive->name, "SetEnvIfExpr")) {
        *first = 1;
        return directive->argc < 1
                   ? TLSG_NO
                   : tlsg_reach_condition(scope, directive->argv[0], search->response);
    }
    int is_browser = tlsg_text_has_prefix_nocase(directive->name, "BrowserMatch");
    *first = is_browser ? 1 : 2;
    if (directive->argc < *first) {
        return TLSG_NO;
    }
    const char *pattern = directive->argv[*first - 1];
    const char *subject = is_browser ? "User-Agent" : directive->argv[0];
    if (tlsg_text_eq_nocase(subject, "Request_URI")) {
        return tlsg_pattern_is_all(scope->pool, pattern) == TLSG_YES ? TLSG_YES : TLSG_MAYBE;
    }
    /* A header that is missing is an empty text here: what matches that matches always. */
    int always = tlsg_pattern_match(scope->pool, pattern, 0, "", NULL) == TLSG_YES &&
                 tlsg_pattern_match(scope->pool, pattern, 0, "k9q", NULL) == TLSG_YES;
    return always ? TLSG_YES : TLSG_MAYBE;
}

static tlsg_tri_t from_setenvif(search_t *search, const tlsg_directive_t *directive)
{
    int first = 0;
    tlsg_tri_t holds = TLSG_NO;
    tlsg_tri_t result = TLSG_NO;
    for (int i = 0; i < directive->argc; i++) {
        const char *value = NULL;
        int unset = 0;
        if (!names_variable(search, directive->argv[i], &value, &unset)) {
            continue;
        }
        holds = test_holds(search, directive, &first);
        if (i < first) {
            continue;
        }
        if (unset) {
            search->takes_away |= holds != TLSG_NO;
            continue;
        }
        search->source = directive;
        search->value = value;
        result = holds;
    }
    return result;
}

static tlsg_tri_t from_setenv(search_t *search, const tlsg_directive_t *directive)
{
    int is_late = search->response == TLSG_RESPONSE_REDIRECT;
    if (tlsg_text_eq_nocase(directive->name, "SetEnv")) {
        if (directive->argc < 1 || !tlsg_text_eq_nocase(directive->argv[0], search->name)) {
            return TLSG_NO;
        }
        search->source = directive;
        search->value = directive->argc > 1 ? directive->argv[1] : "";
        return is_late ? TLSG_NO : TLSG_YES;
    }
    for (int i = 0; i < directive->argc; i++) {
        if (!tlsg_text_eq_nocase(directive->argv[i], search->name)) {
            continue;
        }
        if (tlsg_text_eq_nocase(directive->name, "UnsetEnv")) {
            search->takes_away = 1;
            return TLSG_NO;
        }
        search->source = directive; /* PassEnv: the environment of the start is not known here */
        search->value = NULL;
        return is_late ? TLSG_NO : TLSG_MAYBE;
    }
    return TLSG_NO;
}

static tlsg_tri_t from_line(search_t *search, const tlsg_directive_t *directive)
{
    tlsg_tri_t set;
    if (tlsg_text_eq_nocase(directive->name, "SSLOptions")) {
        return TLSG_NO;
    }
    if (tlsg_text_has_prefix_nocase(directive->name, "SetEnvIf") ||
        tlsg_text_has_prefix_nocase(directive->name, "BrowserMatch")) {
        set = from_setenvif(search, directive);
    }
    else {
        set = from_setenv(search, directive);
    }
    return set == TLSG_NO ? TLSG_NO
                          : tlsg_tri_and(set, tlsg_reach_covers(search->scope, directive->section,
                                                                search->response));
}

/* RewriteRule ... [E=NAME:value]; whether the rule matches is only known when nothing guards it. */
static tlsg_tri_t from_rewrite(search_t *search)
{
    tlsg_reach_t *scope = search->scope;
    const tlsg_directive_t *directive;
    int guarded = 0;
    tlsg_tri_t result = TLSG_NO;
    for (int at = 0;
         (directive = tlsg_http_facts_next(scope->facts, TLSG_HTTP_REWRITE, &at)) != NULL;) {
        if (tlsg_text_eq_nocase(directive->name, "RewriteCond")) {
            guarded = 1;
        }
        if (!tlsg_text_eq_nocase(directive->name, "RewriteRule") || directive->argc < 3) {
            continue;
        }
        const char *setting;
        for (int i = 0; (setting = tlsg_rewrite_flag_at(scope->pool, directive->argv[2], "E", "env",
                                                        i)) != NULL;
             i++) {
            size_t len = strlen(search->name);
            if (setting[0] != '!' && tlsg_text_has_prefix_nocase(setting, search->name) &&
                (setting[len] == ':' || setting[len] == '\0')) {
                int sure = !guarded && directive->section == NULL &&
                           tlsg_pattern_is_all(scope->pool, directive->argv[0]) == TLSG_YES;
                search->source = directive;
                search->value = NULL;
                result = tlsg_tri_or(result, sure ? TLSG_YES : TLSG_MAYBE);
            }
        }
        guarded = 0;
    }
    return result;
}

static int has_standard_variables(search_t *search)
{
    const tlsg_directive_t *directive;
    int on = 0;
    for (int at = 0;
         (directive = tlsg_http_facts_next(search->scope->facts, TLSG_HTTP_ENV, &at)) != NULL;) {
        if (!tlsg_text_eq_nocase(directive->name, "SSLOptions")) {
            continue;
        }
        for (int i = 0; i < directive->argc; i++) {
            on |= tlsg_text_find_nocase(directive->argv[i], "StdEnvVars") != NULL &&
                  directive->argv[i][0] != '-';
        }
    }
    return on;
}

/* Variables that httpd's own modules set. */
static tlsg_tri_t from_modules(search_t *search)
{
    static const char *const maybe[] = {
        "HTTP_",      "REDIRECT_",     "BALANCER_", "REQUEST_", "SERVER_",  "REMOTE_", "SCRIPT_",
        "AUTHORIZE_", "AUTHENTICATE_", "GEOIP_",    "MMDB_",    "OIDC_",    "MELLON_", "H2_",
        "HTTP2",      "H2PUSH",        "DOCUMENT_", "QUERY_",   "CONTENT_", "PATH_",   "UNIQUE_ID",
        "CONTEXT_",   "GATEWAY_",      "CACHE_",    "SESSION",  "OUT_",     "USER_"
    };
    int is_tls = tlsg_vhost_is_tls(search->scope->facts->vhost);
    tlsg_tri_t late = search->response == TLSG_RESPONSE_REDIRECT ? TLSG_NO : TLSG_YES;
    if (strcmp(search->name, "HTTPS") == 0) {
        search->value = "on";
        return is_tls ? late : TLSG_NO;
    }
    if (tlsg_text_has_prefix_nocase(search->name, "SSL_")) {
        search->value = NULL;
        return !is_tls ? TLSG_NO
               : strcmp(search->name, "SSL_TLS_SNI") == 0 || has_standard_variables(search)
                   ? tlsg_tri_and(late, TLSG_MAYBE)
                   : TLSG_NO;
    }
    for (size_t i = 0; i < sizeof maybe / sizeof maybe[0]; i++) {
        if (strncmp(search->name, maybe[i], strlen(maybe[i])) == 0) {
            search->value = NULL;
            return TLSG_MAYBE;
        }
    }
    return TLSG_NO;
}

/* Modules whose scripts and rules may set any variable. */
static int anybody_may(const tlsg_model_t *model)
{
    static const char *const modules[] = {
        "mod_security2.c", "mod_security3.c", "mod_lua.c",     "mod_perl.c",
        "mod_php.c",       "mod_php7.c",      "mod_php5.c",    "mod_python.c",
        "mod_geoip.c",     "mod_maxminddb.c", "mod_cluster.c", "mod_evasive20.c"
    };
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        if (tlsg_model_has_module(model, modules[i])) {
            return 1;
        }
    }
    return 0;
}

static tlsg_tri_t search_all(search_t *search)
{
    const tlsg_directive_t *directive;
    tlsg_tri_t set = from_modules(search);
    for (int at = 0;
         (directive = tlsg_http_facts_next(search->scope->facts, TLSG_HTTP_ENV, &at)) != NULL;) {
        set = tlsg_tri_or(set, from_line(search, directive));
    }
    return tlsg_tri_or(set, from_rewrite(search));
}

tlsg_tri_t tlsg_env_is_set(tlsg_reach_t *scope, const char *name, tlsg_response_t response,
                           const char **value, int *nobody)
{
    search_t search = { .scope = scope, .name = name, .response = response };
    if (nobody != NULL) {
        *nobody = 0;
    }
    if (scope->depth > DEPTH_MAX) {
        return TLSG_MAYBE;
    }
    tlsg_tri_t set = search_all(&search);
    int elsewhere = 0;
    if (set == TLSG_NO && search.source == NULL) {
        elsewhere = anybody_may(scope->facts->model) || tlsg_htaccess_mentions(scope->facts, name);
    }
    if (nobody != NULL) {
        search.response = TLSG_RESPONSE_PAGE;
        *nobody = set == TLSG_NO && search.source == NULL && !elsewhere &&
                  from_modules(&search) == TLSG_NO;
    }
    if (elsewhere || (set == TLSG_YES && search.takes_away)) {
        set = TLSG_MAYBE;
    }
    if (value != NULL) {
        *value = search.value;
    }
    return set == TLSG_MAYBE && scope->resolve != NULL
               ? scope->resolve(scope->baton, apr_pstrcat(scope->pool, "env ", name, NULL))
               : set;
}

const tlsg_directive_t *tlsg_env_source(tlsg_reach_t *scope, const char *name)
{
    search_t search = { .scope = scope, .name = name, .response = TLSG_RESPONSE_PAGE };
    search_all(&search);
    return search.source;
}
