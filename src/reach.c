/* SPDX-License-Identifier: Apache-2.0 */
#include "reach.h"

#include <string.h>

#include <apr_fnmatch.h>
#include <apr_strings.h>

#include "condition.h"
#include "env.h"
#include "rewrite.h"
#include "text.h"
#include "words.h"

static tlsg_tri_t resolve(tlsg_reach_t *scope, tlsg_tri_t tri, const char *key)
{
    return tri == TLSG_MAYBE && scope->resolve != NULL ? scope->resolve(scope->baton, key) : tri;
}

int tlsg_reach_rank(const tlsg_section_t *section)
{
    static const char *const order[] = { "directory", "directorymatch", "files", "location", "if" };
    int rank = 0;
    for (; section != NULL; section = section->parent) {
        for (int i = 0; i < (int)(sizeof order / sizeof order[0]); i++) {
            int is_kind = tlsg_text_has_prefix_nocase(section->kind, order[i]) &&
                          (i != 0 || strcmp(section->kind, "directorymatch") != 0);
            if ((is_kind || (i == 4 && strncmp(section->kind, "else", 4) == 0)) && i + 1 > rank) {
                rank = i + 1;
            }
        }
    }
    return rank;
}

const char *tlsg_reach_argument(apr_pool_t *pool, const tlsg_section_t *section, int *is_regex)
{
    const char *const *words;
    int count = tlsg_words_split(pool, section->arg, &words);
    int at = count > 1 && strcmp(words[0], "~") == 0;
    *is_regex = at || (strlen(section->kind) > 5 &&
                       strcmp(section->kind + strlen(section->kind) - 5, "match") == 0);
    return count > at ? words[at] : "";
}

/* Does <Directory "pattern"> hold the directory `root` (absolute, no trailing slash)? */
static int directory_holds(apr_pool_t *pool, const char *pattern, const char *root)
{
    size_t len = strlen(pattern);
    while (len > 0 && pattern[len - 1] == '/') {
        len--;
    }
    if (!apr_fnmatch_test(pattern)) {
        return strncmp(pattern, root, len) == 0 && (root[len] == '/' || root[len] == '\0');
    }
    pattern = apr_pstrmemdup(pool, pattern, len);
    int slashes = 0;
    for (const char *c = pattern; *c != '\0'; c++) {
        slashes += *c == '/';
    }
    const char *end = root;
    while (*end != '\0' && (*end != '/' || slashes-- > 0)) {
        end++;
    }
    const char *head = apr_pstrmemdup(pool, root, (apr_size_t)(end - root));
    return apr_fnmatch(pattern, head, APR_FNM_PATHNAME) == APR_SUCCESS;
}

static tlsg_tri_t covers_directory(tlsg_reach_t *scope, const tlsg_section_t *section)
{
    int is_regex = 0;
    const char *argument = tlsg_reach_argument(scope->pool, section, &is_regex);
    const char *root = tlsg_http_facts_root(scope->pool, scope->facts);
    if (is_regex) {
        return tlsg_pattern_match(scope->pool, argument, 0, root != NULL ? root : "/", NULL);
    }
    if (strcmp(argument, "/") == 0) {
        return TLSG_YES;
    }
    if (argument[0] != '/' && scope->facts->model->server_root != NULL) {
        argument = apr_pstrcat(scope->pool, scope->facts->model->server_root, "/", argument, NULL);
    }
    if (root == NULL) {
        return TLSG_MAYBE;
    }
    if (directory_holds(scope->pool, argument, root)) {
        return TLSG_YES;
    }
    scope->is_part |= directory_holds(scope->pool, root, argument);
    return TLSG_NO;
}

static tlsg_tri_t covers_location(tlsg_reach_t *scope, const tlsg_section_t *section)
{
    int is_regex = 0;
    const char *argument = tlsg_reach_argument(scope->pool, section, &is_regex);
    tlsg_tri_t covers;
    if (is_regex) {
        covers = tlsg_pattern_is_all(scope->pool, argument);
    }
    else {
        covers =
            strcmp(argument, "/") == 0 || strcmp(argument, "/*") == 0 || strcmp(argument, "*") == 0
                ? TLSG_YES
                : TLSG_NO;
    }
    scope->is_part |= covers == TLSG_NO;
    return covers;
}

static tlsg_tri_t covers_files(tlsg_reach_t *scope, const tlsg_section_t *section,
                               tlsg_response_t response)
{
    int is_regex = 0;
    const char *argument = tlsg_reach_argument(scope->pool, section, &is_regex);
    const char *file = response == TLSG_RESPONSE_PAGE ? "index.html" : "k9q";
    tlsg_tri_t covers = is_regex ? tlsg_pattern_match(scope->pool, argument, 0, file, NULL)
                        : apr_fnmatch(argument, file, 0) == APR_SUCCESS ? TLSG_YES
                                                                        : TLSG_NO;
    scope->is_part |= covers != TLSG_YES;
    return covers;
}

static tlsg_tri_t covers_proxy(tlsg_reach_t *scope, const tlsg_section_t *section)
{
    int is_regex = 0;
    const char *argument = tlsg_reach_argument(scope->pool, section, &is_regex);
    const tlsg_directive_t *backend = tlsg_reach_backend(scope->facts);
    if (backend == NULL) {
        scope->is_part = 1;
        return TLSG_NO;
    }
    if (!is_regex && strcmp(argument, "*") == 0) {
        return TLSG_YES;
    }
    for (int i = 0; !is_regex && i < backend->argc; i++) {
        if (tlsg_text_has_prefix_nocase(backend->argv[i], argument)) {
            return TLSG_YES;
        }
    }
    return TLSG_MAYBE;
}

/* %{HTTPS} as an environment variable is not there yet when sections are chosen, whatever the
 * response. */
static tlsg_tri_t env_of_section(void *baton, const char *name, const char **value)
{
    tlsg_reach_t *scope = baton;
    tlsg_reach_t open = *scope;
    open.resolve = NULL;
    open.depth++;
    return tlsg_env_is_set(&open, name, TLSG_RESPONSE_REDIRECT, value, NULL);
}

static tlsg_tri_t decide(tlsg_reach_t *scope, const char *text, tlsg_condition_env_fn *env,
                         void *baton)
{
    int ports[TLSG_CONDITION_PORTS];
    int count = tlsg_condition_ports(scope->facts->vhost, ports);
    tlsg_condition_t condition = { .pool = scope->pool,
                                   .is_tls = tlsg_vhost_is_tls(scope->facts->vhost),
                                   .port = ports[0],
                                   .env = env,
                                   .baton = baton };
    tlsg_tri_t result = tlsg_condition_eval(&condition, text);
    for (int i = 1; i < count && condition.asks_port; i++) {
        condition.port = ports[i];
        result = tlsg_condition_eval(&condition, text) == result ? result : TLSG_MAYBE;
    }
    scope->mentions |= condition.mentions;
    return resolve(scope, result, apr_pstrcat(scope->pool, "expr ", text, NULL));
}

static tlsg_tri_t if_holds(tlsg_reach_t *scope, const char *argument)
{
    const char *const *words;
    int count = tlsg_words_split(scope->pool, argument, &words);
    const char *text = count == 1 ? words[0] : argument;
    return decide(scope, text, env_of_section, scope);
}

static int is_opening(const tlsg_directive_t *directive, const tlsg_section_t *section)
{
    return directive->section == section->parent &&
           directive->origin.line == section->origin.line &&
           directive->origin.use_line == section->origin.use_line &&
           directive->origin.file != NULL && section->origin.file != NULL &&
           strcmp(directive->origin.file, section->origin.file) == 0;
}

/* An <ElseIf> or <Else> applies when none of the sections before it, back to its <If>, does. */
static tlsg_tri_t none_before(tlsg_reach_t *scope, const tlsg_section_t *section)
{
    apr_array_header_t *chain = apr_array_make(scope->pool, 4, sizeof(const tlsg_directive_t *));
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(scope->facts, TLSG_HTTP_IF, &at)) != NULL;) {
        if (directive->section != section->parent) {
            continue;
        }
        if (is_opening(directive, section)) {
            break;
        }
        if (tlsg_text_eq_nocase(directive->name, "<If")) {
            chain->nelts = 0;
        }
        APR_ARRAY_PUSH(chain, const tlsg_directive_t *) = directive;
    }
    tlsg_tri_t none = TLSG_YES;
    for (int i = 0; i < chain->nelts; i++) {
        directive = APR_ARRAY_IDX(chain, i, const tlsg_directive_t *);
        none = tlsg_tri_and(none, tlsg_tri_not(if_holds(scope, directive->args)));
    }
    return none;
}

static tlsg_tri_t covers_one(tlsg_reach_t *scope, const tlsg_section_t *section,
                             tlsg_response_t response)
{
    const char *kind = section->kind;
    int is_early = response == TLSG_RESPONSE_REDIRECT;
    if (tlsg_text_has_prefix_nocase(kind, "directory")) {
        tlsg_tri_t covers = covers_directory(scope, section);
        int unmapped = is_early || tlsg_reach_backend(scope->facts) != NULL;
        return unmapped ? TLSG_NO : resolve(scope, covers, section->arg);
    }
    if (tlsg_text_has_prefix_nocase(kind, "location")) {
        return resolve(scope, covers_location(scope, section), section->arg);
    }
    if (tlsg_text_has_prefix_nocase(kind, "files")) {
        tlsg_tri_t covers = covers_files(scope, section, response);
        return is_early ? TLSG_NO : resolve(scope, covers, section->arg);
    }
    if (tlsg_text_has_prefix_nocase(kind, "proxy")) {
        tlsg_tri_t covers = covers_proxy(scope, section);
        return is_early ? TLSG_NO : resolve(scope, covers, section->arg);
    }
    if (strcmp(kind, "if") == 0) {
        return if_holds(scope, section->arg);
    }
    if (strcmp(kind, "elseif") == 0) {
        return tlsg_tri_and(none_before(scope, section), if_holds(scope, section->arg));
    }
    if (strcmp(kind, "else") == 0) {
        return none_before(scope, section);
    }
    /* <Limit> and <RequireAll> do not limit other directives; anything else is not about this
     * site. */
    int is_transparent =
        tlsg_text_has_prefix_nocase(kind, "limit") || tlsg_text_has_prefix_nocase(kind, "require");
    return is_transparent ? TLSG_YES : TLSG_NO;
}

tlsg_tri_t tlsg_reach_covers(tlsg_reach_t *scope, const tlsg_section_t *section,
                             tlsg_response_t response)
{
    tlsg_tri_t covers = TLSG_YES;
    for (; section != NULL; section = section->parent) {
        covers = tlsg_tri_and(covers, covers_one(scope, section, response));
    }
    return covers;
}

typedef struct late_env_t {
    tlsg_reach_t *scope;
    tlsg_response_t response;
} late_env_t;

static tlsg_tri_t env_of_response(void *baton, const char *name, const char **value)
{
    late_env_t *late = baton;
    tlsg_reach_t open = *late->scope;
    open.resolve = NULL;
    open.depth++;
    return tlsg_env_is_set(&open, name, late->response, value, NULL);
}

tlsg_tri_t tlsg_reach_condition(tlsg_reach_t *scope, const char *text, tlsg_response_t response)
{
    late_env_t late = { scope, response };
    return decide(scope, text, env_of_response, &late);
}

static int is_root_path(const char *path)
{
    return strcmp(path, "/") == 0 || strcmp(path, "/*") == 0;
}

/* The target of a backend line that takes every path, NULL when it does not. */
static int takes_everything(tlsg_reach_t *scope, const tlsg_directive_t *directive)
{
    const char *name = directive->name;
    int argc = directive->argc;
    const char *const *argv = directive->argv;
    int inside = directive->section != NULL;
    if (inside && tlsg_text_has_prefix_nocase(directive->section->kind, "location") &&
        covers_location(scope, directive->section) != TLSG_YES) {
        return 0;
    }
    if (inside && !tlsg_text_has_prefix_nocase(directive->section->kind, "location")) {
        return 0;
    }
    if (tlsg_text_eq_nocase(name, "ProxyPass")) {
        return inside ? argc > 0 && strcmp(argv[0], "!") != 0
                      : argc > 1 && is_root_path(argv[0]) && strcmp(argv[1], "!") != 0;
    }
    if (tlsg_text_eq_nocase(name, "ProxyPassMatch")) {
        return inside ? argc > 0 && strcmp(argv[0], "!") != 0
                      : argc > 1 && strcmp(argv[1], "!") != 0 &&
                            tlsg_pattern_is_all(scope->pool, argv[0]) == TLSG_YES;
    }
    if (tlsg_text_eq_nocase(name, "SetHandler")) {
        return argc > 0 && tlsg_text_has_prefix_nocase(argv[0], "proxy:");
    }
    if (tlsg_text_eq_nocase(name, "PassengerEnabled")) {
        return argc > 0 && tlsg_text_eq_nocase(argv[0], "on");
    }
    return argc > 1 && is_root_path(argv[0]); /* WSGIScriptAlias, JkMount, ScriptAlias */
}

static const tlsg_directive_t *proxying_rule(tlsg_reach_t *scope)
{
    const tlsg_directive_t *directive;
    int guarded = 0;
    for (int at = 0;
         (directive = tlsg_http_facts_next(scope->facts, TLSG_HTTP_REWRITE, &at)) != NULL;) {
        if (tlsg_text_eq_nocase(directive->name, "RewriteCond")) {
            guarded = 1;
        }
        if (!tlsg_text_eq_nocase(directive->name, "RewriteRule")) {
            continue;
        }
        int is_own =
            scope->facts->base == NULL || !tlsg_http_facts_is_inherited(scope->facts, directive);
        if (is_own && !guarded && directive->section == NULL && directive->argc > 2 &&
            tlsg_rewrite_flag(scope->pool, directive->argv[2], "P", "proxy") != NULL &&
            tlsg_pattern_is_all(scope->pool, directive->argv[0]) == TLSG_YES) {
            return directive;
        }
        guarded = 0;
    }
    return NULL;
}

static const tlsg_directive_t *find_backend(tlsg_http_facts_t *facts)
{
    tlsg_reach_t scope = { .facts = facts, .pool = facts->model->pool };
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_BACKEND, &at)) != NULL;) {
        if (takes_everything(&scope, directive)) {
            return directive;
        }
    }
    return proxying_rule(&scope);
}

const tlsg_directive_t *tlsg_reach_backend(tlsg_http_facts_t *facts)
{
    tlsg_http_answers_t *answers = facts->answers;
    if (!answers->backend_known) {
        answers->backend_known = 1;
        answers->backend = find_backend(facts);
    }
    return answers->backend;
}
