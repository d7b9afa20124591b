/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite_run.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "condition.h"
#include "env.h"
#include "rewrite.h"
#include "text.h"

typedef struct run_t {
    apr_pool_t *pool;
    tlsg_http_facts_t *facts;
    const tlsg_probe_t *probe;
    int port;                                     /* that the client asks for */
    int asks_port;                                /* a condition looked at it */
    const char *path;                             /* as rewritten so far */
    const char *groups[TLSG_PATTERN_GROUPS];      /* of the rule */
    const char *cond_groups[TLSG_PATTERN_GROUPS]; /* of the last condition */
} run_t;

int tlsg_rewrite_run_is_on(const tlsg_http_facts_t *facts)
{
    const tlsg_directive_t *directive;
    int on = 0;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_REWRITE, &at)) != NULL;) {
        if (directive->section == NULL && directive->argc > 0 &&
            tlsg_text_eq_nocase(directive->name, "RewriteEngine")) {
            on = tlsg_text_eq_nocase(directive->argv[0], "on");
        }
    }
    return on;
}

int tlsg_rewrite_run_inherits(const tlsg_http_facts_t *facts)
{
    const tlsg_directive_t *directive;
    int down = 0;
    int own = 0;
    int refused = 0;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_REWRITE, &at)) != NULL;) {
        if (directive->section != NULL || !tlsg_text_eq_nocase(directive->name, "RewriteOptions")) {
            continue;
        }
        for (int i = 0; i < directive->argc; i++) {
            const char *word = directive->argv[i];
            down |= tlsg_text_has_prefix_nocase(word, "InheritDown");
            own |=
                tlsg_text_eq_nocase(word, "Inherit") || tlsg_text_eq_nocase(word, "InheritBefore");
            refused |= tlsg_text_eq_nocase(word, "IgnoreInherit");
        }
    }
    return own || (down && !refused);
}

const char *tlsg_rewrite_run_authority(apr_pool_t *pool, const tlsg_vhost_t *vhost,
                                       const char *host)
{
    int usual = tlsg_vhost_is_tls(vhost) ? 443 : 80;
    return vhost->port == usual || vhost->port == 0
               ? host
               : apr_psprintf(pool, "%s:%d", host, vhost->port);
}

/* Value of %{NAME}; NULL when it depends on more than path and host. */
static const char *variable(run_t *run, const char *name)
{
    static const char *const empty[] = { "QUERY_STRING", "REMOTE_USER", "PATH_INFO" };
    const tlsg_vhost_t *vhost = run->facts->vhost;
    if (tlsg_text_eq_nocase(name, "REQUEST_URI") || tlsg_text_eq_nocase(name, "REQUEST_FILENAME") ||
        tlsg_text_eq_nocase(name, "SCRIPT_FILENAME")) {
        return run->path;
    }
    if (tlsg_text_eq_nocase(name, "HTTP_HOST") || tlsg_text_eq_nocase(name, "HTTP:Host")) {
        return tlsg_rewrite_run_authority(run->pool, vhost, run->probe->host);
    }
    if (tlsg_text_eq_nocase(name, "SERVER_NAME")) {
        return run->probe->host;
    }
    if (tlsg_text_eq_nocase(name, "REQUEST_METHOD")) {
        return "GET";
    }
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        if (tlsg_text_eq_nocase(name, empty[i])) {
            return "";
        }
    }
    if (tlsg_text_has_prefix_nocase(name, "ENV:")) {
        tlsg_reach_t scope = { .facts = run->facts, .pool = run->pool };
        const char *value = NULL;
        tlsg_tri_t set = tlsg_env_is_set(&scope, name + 4, TLSG_RESPONSE_REDIRECT, &value, NULL);
        return set == TLSG_NO ? "" : set == TLSG_YES ? value : NULL;
    }
    tlsg_condition_t condition = { .pool = run->pool,
                                   .is_tls = tlsg_vhost_is_tls(vhost),
                                   .port = run->port };
    const char *value = tlsg_condition_variable(&condition, name);
    run->asks_port |= condition.asks_port;
    return value;
}

/* A substitution or test string with its variables and groups filled in; NULL when one is not
 * known. */
static const char *expand(run_t *run, const char *text)
{
    const char *out = "";
    while (*text != '\0') {
        const char *piece;
        if (text[0] == '\\' && text[1] != '\0') {
            piece = apr_pstrmemdup(run->pool, text + 1, 1);
            text += 2;
        }
        else if ((text[0] == '$' || text[0] == '%') && apr_isdigit(text[1])) {
            const char **groups = text[0] == '$' ? run->groups : run->cond_groups;
            piece = groups[text[1] - '0'];
            piece = piece != NULL ? piece : "";
            text += 2;
        }
        else if ((text[0] == '%' || text[0] == '$') && text[1] == '{') {
            const char *end = strchr(text, '}');
            if (end == NULL || text[0] == '$') {
                return NULL; /* a RewriteMap */
            }
            piece =
                variable(run, apr_pstrmemdup(run->pool, text + 2, (apr_size_t)(end - text - 2)));
            text = end + 1;
        }
        else {
            size_t len = 1 + strcspn(text + 1, "\\$%");
            piece = apr_pstrmemdup(run->pool, text, len);
            text += len;
        }
        if (piece == NULL) {
            return NULL;
        }
        out = apr_pstrcat(run->pool, out, piece, NULL);
    }
    return out;
}

static tlsg_tri_t holds_at_port(run_t *run, const tlsg_directive_t *directive)
{
    if (directive->argc < 2) {
        return TLSG_MAYBE;
    }
    const char *flags = directive->argc > 2 ? directive->argv[2] : NULL;
    int nocase = tlsg_rewrite_flag(run->pool, flags, "NC", "nocase") != NULL;
    const char *pattern = directive->argv[1];
    int negated = pattern[0] == '!';
    pattern += negated;
    tlsg_tri_t holds;
    if (tlsg_text_eq_nocase(directive->argv[0], "expr")) {
        tlsg_reach_t scope = { .facts = run->facts, .pool = run->pool };
        holds = tlsg_reach_condition(&scope, pattern, TLSG_RESPONSE_REDIRECT);
        return negated ? tlsg_tri_not(holds) : holds;
    }
    const char *subject = expand(run, directive->argv[0]);
    if (subject == NULL || pattern[0] == '-' || pattern[0] == '<' || pattern[0] == '>') {
        return TLSG_MAYBE;
    }
    if (pattern[0] == '=') {
        const char *text = pattern + 1;
        if (strcmp(text, "\"\"") == 0) {
            text = "";
        }
        int equal = nocase ? tlsg_text_eq_nocase(subject, text) : strcmp(subject, text) == 0;
        holds = equal ? TLSG_YES : TLSG_NO;
    }
    else {
        holds = tlsg_pattern_match(run->pool, pattern, nocase, subject,
                                   negated ? NULL : run->cond_groups);
    }
    return negated ? tlsg_tri_not(holds) : holds;
}

static tlsg_tri_t condition_holds(run_t *run, const tlsg_directive_t *directive)
{
    int ports[TLSG_CONDITION_PORTS];
    int count = tlsg_condition_ports(run->facts->vhost, ports);
    run->asks_port = 0;
    tlsg_tri_t holds = holds_at_port(run, directive);
    for (int i = 1; i < count && run->asks_port; i++) {
        run->port = ports[i];
        holds = holds_at_port(run, directive) == holds ? holds : TLSG_MAYBE;
    }
    run->port = ports[0];
    return holds;
}

/* All conditions of a rule: "and", with [OR] binding neighbours. */
static tlsg_tri_t conditions_hold(run_t *run, const apr_array_header_t *conditions)
{
    tlsg_tri_t all = TLSG_YES;
    tlsg_tri_t any = TLSG_NO;
    for (int i = 0; i < conditions->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(conditions, i, const tlsg_directive_t *);
        const char *flags = directive->argc > 2 ? directive->argv[2] : NULL;
        any = tlsg_tri_or(any, condition_holds(run, directive));
        if (tlsg_rewrite_flag(run->pool, flags, "OR", "ornext") == NULL) {
            all = tlsg_tri_and(all, any);
            any = TLSG_NO;
        }
    }
    return all;
}

static int redirect_status(const char *value)
{
    static const struct {
        const char *word;
        int status;
    } words[] = { { "permanent", 301 }, { "temp", 302 }, { "seeother", 303 }, { "", 302 } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (tlsg_text_eq_nocase(value, words[i].word)) {
            return words[i].status;
        }
    }
    return (int)strtol(value, NULL, 10);
}

static int is_url(const char *text)
{
    return tlsg_text_has_prefix_nocase(text, "https://") ||
           tlsg_text_has_prefix_nocase(text, "http://");
}

/* Without [R], mod_rewrite takes its own scheme and host off again and goes on inside
 * (reduce_uri). */
static const char *own_path(run_t *run, const char *url)
{
    const tlsg_vhost_t *vhost = run->facts->vhost;
    const char *scheme = tlsg_vhost_is_tls(vhost) ? "https://" : "http://";
    const char *prefix = apr_pstrcat(
        run->pool, scheme, tlsg_rewrite_run_authority(run->pool, vhost, run->probe->host), NULL);
    size_t len = strlen(prefix);
    return tlsg_text_has_prefix_nocase(url, prefix) && (url[len] == '/' || url[len] == '\0')
               ? url + len
               : NULL;
}

static tlsg_course_t decided(tlsg_fate_t fate, const tlsg_directive_t *directive,
                             const char *target, int status)
{
    return (tlsg_course_t){ fate, directive, target, status };
}

/* A rule that matched. *stop is set when no further rule is tried. */
static tlsg_course_t act(run_t *run, const tlsg_directive_t *rule, int *stop)
{
    const char *flags = rule->argc > 2 ? rule->argv[2] : NULL;
    const char *redirect = tlsg_rewrite_flag(run->pool, flags, "R", "redirect");
    const tlsg_vhost_t *vhost = run->facts->vhost;
    *stop = 1;
    if (tlsg_rewrite_flag(run->pool, flags, "F", "forbidden") != NULL) {
        return decided(TLSG_FATE_REFUSED, rule, NULL, 403);
    }
    if (tlsg_rewrite_flag(run->pool, flags, "G", "gone") != NULL) {
        return decided(TLSG_FATE_REFUSED, rule, NULL, 410);
    }
    int status = redirect != NULL ? redirect_status(redirect) : 302;
    if (status >= 400) {
        return decided(TLSG_FATE_REFUSED, rule, NULL, status);
    }
    if (tlsg_rewrite_flag(run->pool, flags, "P", "proxy") != NULL) {
        return decided(TLSG_FATE_PROXIED, rule, NULL, 0);
    }
    if (strcmp(rule->argv[1], "-") != 0) {
        const char *target = expand(run, rule->argv[1]);
        if (target == NULL) {
            return decided(TLSG_FATE_UNKNOWN, rule, NULL, 0);
        }
        const char *inner = redirect == NULL && is_url(target) ? own_path(run, target) : NULL;
        if (redirect != NULL && target[0] == '/') {
            target = apr_pstrcat(run->pool, tlsg_vhost_is_tls(vhost) ? "https://" : "http://",
                                 tlsg_rewrite_run_authority(run->pool, vhost, run->probe->host),
                                 target, NULL);
        }
        if (is_url(target) && inner == NULL) {
            return decided(TLSG_FATE_REDIRECT, rule, target, status);
        }
        run->path = inner != NULL ? inner : target;
    }
    *stop = tlsg_rewrite_flag(run->pool, flags, "L", "last") != NULL ||
            tlsg_rewrite_flag(run->pool, flags, "END", "END") != NULL;
    return decided(TLSG_FATE_CONTENT, NULL, NULL, 0);
}

static int is_beyond_us(run_t *run, const tlsg_directive_t *rule)
{
    const char *flags = rule->argc > 2 ? rule->argv[2] : NULL;
    return tlsg_rewrite_flag(run->pool, flags, "C", "chain") != NULL ||
           tlsg_rewrite_flag(run->pool, flags, "S", "skip") != NULL ||
           tlsg_rewrite_flag(run->pool, flags, "N", "next") != NULL;
}

static tlsg_tri_t rule_matches(run_t *run, const tlsg_directive_t *rule,
                               const apr_array_header_t *conditions)
{
    const char *flags = rule->argc > 2 ? rule->argv[2] : NULL;
    int nocase = tlsg_rewrite_flag(run->pool, flags, "NC", "nocase") != NULL;
    int negated = rule->argv[0][0] == '!';
    tlsg_tri_t matches = tlsg_pattern_match(run->pool, rule->argv[0] + negated, nocase, run->path,
                                            negated ? NULL : run->groups);
    if (negated) {
        matches = tlsg_tri_not(matches);
    }
    return matches == TLSG_NO ? TLSG_NO : tlsg_tri_and(matches, conditions_hold(run, conditions));
}

static tlsg_course_t run_rules(run_t *run, const apr_array_header_t *directives, int *stop)
{
    apr_array_header_t *conditions = apr_array_make(run->pool, 4, sizeof(const tlsg_directive_t *));
    tlsg_course_t verdict = decided(TLSG_FATE_CONTENT, NULL, NULL, 0);
    for (int i = 0; directives != NULL && i < directives->nelts && !*stop; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(directives, i, const tlsg_directive_t *);
        if (directive->section != NULL) {
            continue;
        }
        if (tlsg_text_eq_nocase(directive->name, "RewriteCond")) {
            APR_ARRAY_PUSH(conditions, const tlsg_directive_t *) = directive;
        }
        if (!tlsg_text_eq_nocase(directive->name, "RewriteRule") || directive->argc < 2) {
            continue;
        }
        tlsg_tri_t matches = rule_matches(run, directive, conditions);
        conditions->nelts = 0;
        if (matches == TLSG_MAYBE || (matches == TLSG_YES && is_beyond_us(run, directive))) {
            *stop = 1;
            verdict = decided(TLSG_FATE_UNKNOWN, directive, NULL, 0);
        }
        else if (matches == TLSG_YES) {
            verdict = act(run, directive, stop);
        }
    }
    return verdict;
}

tlsg_course_t tlsg_rewrite_run(apr_pool_t *pool, tlsg_http_facts_t *facts,
                               const tlsg_probe_t *probe)
{
    run_t run = { .pool = pool,
                  .facts = facts,
                  .probe = probe,
                  .port = facts->vhost->port,
                  .path = probe->path };
    int stop = 0;
    if (!tlsg_rewrite_run_is_on(facts)) {
        return decided(TLSG_FATE_CONTENT, NULL, NULL, 0);
    }
    tlsg_course_t verdict = run_rules(&run, facts->lists[TLSG_HTTP_REWRITE], &stop);
    if (!stop && facts->base != NULL && tlsg_rewrite_run_inherits(facts)) {
        verdict = run_rules(&run, facts->base->lists[TLSG_HTTP_REWRITE], &stop);
    }
    return verdict;
}
