/* SPDX-License-Identifier: Apache-2.0 */
#include "redirect.h"

#include <stdlib.h>
#include <string.h>

#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "text.h"

#define HOPS_MAX 8 /* clients give up after 10 to 20; honest chains have two or three */

static const char ordinary_path[] = "/k9q/w7z.xyz"; /* a path that no real rule singles out */

/* ---- mod_alias ---- */

typedef struct alias_t {
    int status;
    const char *from; /* NULL: everything in the section */
    const char *to;   /* NULL: no URL, a refusal */
    int is_regex;
} alias_t;

static int status_of(const char *word, int *status)
{
    static const struct {
        const char *word;
        int status;
    } words[] = { { "permanent", 301 }, { "temp", 302 }, { "seeother", 303 }, { "gone", 410 } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (tlsg_text_eq_nocase(words[i].word, word)) {
            *status = words[i].status;
            return 1;
        }
    }
    if (apr_isdigit(word[0])) {
        *status = (int)strtol(word, NULL, 10);
        return 1;
    }
    return 0;
}

static alias_t read_alias(const tlsg_directive_t *directive)
{
    alias_t alias = { .status = 302 };
    int at = 0;
    alias.is_regex = tlsg_text_eq_nocase(directive->name, "RedirectMatch");
    if (tlsg_text_eq_nocase(directive->name, "RedirectPermanent")) {
        alias.status = 301;
    }
    else if (!tlsg_text_eq_nocase(directive->name, "RedirectTemp") && directive->argc > 0) {
        at = status_of(directive->argv[0], &alias.status);
    }
    int left = directive->argc - at;
    int is_refusal = alias.status < 300 || alias.status > 399;
    if (left == 1 && !is_refusal) {
        alias.to = directive->argv[at];
    }
    else if (left > 0) {
        alias.from = directive->argv[at];
        alias.to = left > 1 ? directive->argv[at + 1] : NULL;
    }
    return alias;
}

/* $0 to $9 in a RedirectMatch target. */
static const char *fill_groups(apr_pool_t *pool, const char *text, const char *const *groups)
{
    const char *out = "";
    while (*text != '\0') {
        if (text[0] == '$' && apr_isdigit(text[1])) {
            out = apr_pstrcat(pool, out, groups[text[1] - '0'], NULL);
            text += 2;
            continue;
        }
        text += text[0] == '\\' && text[1] == '$';
        size_t len = 1 + strcspn(text + 1, "$\\");
        out = apr_pstrcat(pool, out, apr_pstrmemdup(pool, text, len), NULL);
        text += len;
    }
    return out;
}

/* What is left of the path behind a prefix that ends at a segment, NULL when it does not fit
 * (alias_matches). */
static const char *rest_of(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);
    if (strncmp(path, prefix, len) != 0) {
        return NULL;
    }
    return len == 0 || prefix[len - 1] == '/' || path[len] == '/' || path[len] == '\0' ? path + len
                                                                                       : NULL;
}

static tlsg_course_t run_alias(apr_pool_t *pool, const tlsg_http_facts_t *facts,
                               const tlsg_directive_t *directive, const tlsg_probe_t *probe)
{
    tlsg_course_t verdict = { .fate = TLSG_FATE_CONTENT };
    alias_t alias = read_alias(directive);
    const char *groups[TLSG_PATTERN_GROUPS];
    const char *rest = "";
    if (alias.is_regex && alias.from != NULL) {
        tlsg_tri_t matches = tlsg_pattern_match(pool, alias.from, 0, probe->path, groups);
        if (matches != TLSG_YES) {
            verdict.fate = matches == TLSG_NO ? TLSG_FATE_CONTENT : TLSG_FATE_UNKNOWN;
            verdict.directive = directive;
            return verdict;
        }
    }
    else if (alias.from != NULL) {
        rest = rest_of(probe->path, alias.from);
    }
    if (rest == NULL) {
        return verdict;
    }
    verdict.directive = directive;
    verdict.status = alias.status;
    if (alias.to == NULL || alias.status < 300 || alias.status > 399) {
        verdict.fate = TLSG_FATE_REFUSED;
        return verdict;
    }
    const char *target = alias.is_regex && alias.from != NULL
                             ? fill_groups(pool, alias.to, groups)
                             : apr_pstrcat(pool, alias.to, rest, NULL);
    if (target[0] == '/') {
        const char *scheme = tlsg_vhost_is_tls(facts->vhost) ? "https://" : "http://";
        target =
            apr_pstrcat(pool, scheme, tlsg_rewrite_run_authority(pool, facts->vhost, probe->host),
                        target, NULL);
    }
    verdict.fate = strstr(target, "%{") != NULL ? TLSG_FATE_UNKNOWN : TLSG_FATE_REDIRECT;
    verdict.target = target;
    return verdict;
}

/* The first line of a list that says something; `inside`: those in sections, else those outside. */
static tlsg_course_t run_aliases(apr_pool_t *pool, tlsg_http_facts_t *facts,
                                 const apr_array_header_t *directives, int inside,
                                 const tlsg_probe_t *probe)
{
    tlsg_course_t verdict = { .fate = TLSG_FATE_CONTENT };
    tlsg_reach_t scope = { .facts = facts, .pool = pool };
    for (int i = 0; directives != NULL && i < directives->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(directives, i, const tlsg_directive_t *);
        if ((directive->section != NULL) != inside) {
            continue;
        }
        tlsg_tri_t covers = tlsg_reach_covers(&scope, directive->section, TLSG_RESPONSE_PAGE);
        if (covers == TLSG_NO) {
            continue;
        }
        verdict = run_alias(pool, facts, directive, probe);
        if (verdict.fate != TLSG_FATE_CONTENT) {
            if (covers == TLSG_MAYBE) {
                verdict.fate = TLSG_FATE_UNKNOWN;
            }
            return verdict;
        }
    }
    return verdict;
}

tlsg_course_t tlsg_redirect_probe(apr_pool_t *pool, tlsg_http_facts_t *facts,
                                  const tlsg_probe_t *probe)
{
    tlsg_course_t verdict = tlsg_rewrite_run(pool, facts, probe);
    /* mod_alias: outside of sections first, own lines before inherited ones; then those in
     * sections. */
    for (int step = 0; step < 4 && verdict.fate == TLSG_FATE_CONTENT; step++) {
        const tlsg_http_facts_t *from = step % 2 == 0 ? facts : facts->base;
        if (from != NULL) {
            verdict = run_aliases(pool, facts, from->lists[TLSG_HTTP_REDIRECT], step >= 2, probe);
        }
    }
    return verdict;
}

const tlsg_course_t *tlsg_redirect_usual(tlsg_http_facts_t *facts)
{
    if (facts->redirects == NULL) {
        tlsg_probe_t probe = { facts->vhost->server_name.text, ordinary_path };
        tlsg_course_t *verdict = apr_palloc(facts->model->pool, sizeof *verdict);
        *verdict = tlsg_redirect_probe(facts->model->pool, facts, &probe);
        facts->redirects = verdict;
    }
    return facts->redirects;
}

/* ---- From virtual host to virtual host ---- */

/* Names of all virtual hosts: exact ones and "*.suffix" by key, other patterns one after the
 * other. */
typedef struct index_t {
    apr_hash_t *by_name;          /* lower case -> apr_array_header_t of const tlsg_vhost_t * */
    apr_array_header_t *patterns; /* pattern_t */
} index_t;

typedef struct pattern_t {
    const char *text;
    const tlsg_vhost_t *vhost;
} pattern_t;

static void index_name(apr_pool_t *pool, index_t *names, const char *name,
                       const tlsg_vhost_t *vhost)
{
    int is_suffix = name[0] == '*' && name[1] == '.';
    if (strpbrk(is_suffix ? name + 1 : name, "*?") != NULL) {
        pattern_t *pattern = apr_array_push(names->patterns);
        pattern->text = name;
        pattern->vhost = vhost;
        return;
    }
    const char *key = tlsg_text_lower(pool, name);
    apr_array_header_t *list = apr_hash_get(names->by_name, key, APR_HASH_KEY_STRING);
    if (list == NULL) {
        list = apr_array_make(pool, 2, sizeof vhost);
        apr_hash_set(names->by_name, key, APR_HASH_KEY_STRING, list);
    }
    APR_ARRAY_PUSH(list, const tlsg_vhost_t *) = vhost;
}

static const index_t *index_of(const tlsg_model_t *model)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, model->main);
    if (facts->names != NULL) {
        return facts->names;
    }
    index_t *names = apr_palloc(model->pool, sizeof *names);
    names->by_name = apr_hash_make(model->pool);
    names->patterns = apr_array_make(model->pool, 0, sizeof(pattern_t));
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        index_name(model->pool, names, vhost->server_name.text, vhost);
        for (int i = 0; i < vhost->aliases->nelts; i++) {
            index_name(model->pool, names, APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t).text,
                       vhost);
        }
    }
    facts->names = names;
    return names;
}

static int listens_on(const tlsg_vhost_t *vhost, int port)
{
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        const tlsg_address_t *address = APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *);
        if (address->port == port || (address->port == 0 && vhost->port == port)) {
            return 1;
        }
    }
    return vhost->is_main && vhost->serves && vhost->port == port;
}

static const tlsg_vhost_t *pick(const apr_array_header_t *list, int port, int is_tls)
{
    for (int i = 0; list != NULL && i < list->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(list, i, const tlsg_vhost_t *);
        if (tlsg_vhost_is_tls(vhost) == is_tls && (port == 0 || listens_on(vhost, port))) {
            return vhost;
        }
    }
    return NULL;
}

const tlsg_vhost_t *tlsg_redirect_find_name(apr_pool_t *pool, const tlsg_model_t *model,
                                            const char *host, int port, int is_tls)
{
    const index_t *names = index_of(model);
    const char *key = tlsg_text_lower(pool, host);
    const tlsg_vhost_t *vhost =
        pick(apr_hash_get(names->by_name, key, APR_HASH_KEY_STRING), port, is_tls);
    for (const char *dot = strchr(key, '.'); vhost == NULL && dot != NULL;
         dot = strchr(dot + 1, '.')) {
        const char *suffix = apr_pstrcat(pool, "*", dot, NULL);
        vhost = pick(apr_hash_get(names->by_name, suffix, APR_HASH_KEY_STRING), port, is_tls);
    }
    for (int i = 0; vhost == NULL && i < names->patterns->nelts; i++) {
        const pattern_t *pattern = &APR_ARRAY_IDX(names->patterns, i, pattern_t);
        if (tlsg_vhost_is_tls(pattern->vhost) == is_tls &&
            (port == 0 || listens_on(pattern->vhost, port)) &&
            apr_fnmatch(pattern->text, host, APR_FNM_CASE_BLIND) == APR_SUCCESS) {
            vhost = pattern->vhost;
        }
    }
    return vhost;
}

const tlsg_vhost_t *tlsg_redirect_find_vhost(apr_pool_t *pool, const tlsg_model_t *model,
                                             const char *url, const char **host, const char **path)
{
    int is_tls = tlsg_text_has_prefix_nocase(url, "https://");
    const char *authority = strstr(url, "://");
    if (authority == NULL) {
        return NULL;
    }
    authority += 3;
    size_t len = strcspn(authority, "/?#");
    const char *colon = memchr(authority, ':', len);
    size_t host_len = colon != NULL ? (size_t)(colon - authority) : len;
    int port = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : is_tls ? 443 : 80;
    *host = apr_pstrmemdup(pool, authority, host_len);
    const char *tail = authority + len;
    *path = tail[0] == '/' ? apr_pstrmemdup(pool, tail, strcspn(tail, "?#")) : "/";
    return tlsg_redirect_find_name(pool, model, *host, port, is_tls);
}

static tlsg_course_t follow(apr_pool_t *pool, tlsg_http_facts_t *facts, const char *path,
                            const tlsg_vhost_t **through)
{
    static const tlsg_course_t none = { .fate = TLSG_FATE_CONTENT };
    const tlsg_model_t *model = facts->model;
    const tlsg_vhost_t *at = facts->vhost;
    tlsg_probe_t probe = { at->server_name.text, path };
    tlsg_course_t first = none;
    int back = 0; /* how often the chain came back to where it started */
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        tlsg_course_t verdict = tlsg_redirect_probe(pool, tlsg_http_facts_get(model, at), &probe);
        if (hop == 0) {
            first = verdict;
        }
        if (verdict.fate != TLSG_FATE_REDIRECT) {
            return none;
        }
        at = tlsg_redirect_find_vhost(pool, model, verdict.target, &probe.host, &probe.path);
        if (at == NULL) {
            return none;
        }
        if (at != facts->vhost) {
            *through = at;
        }
        back += at == facts->vhost;
    }
    return back > 1 ? first : none;
}

tlsg_course_t tlsg_redirect_loop(apr_pool_t *pool, tlsg_http_facts_t *facts,
                                 const tlsg_vhost_t **through)
{
    const tlsg_vhost_t *other = NULL;
    tlsg_course_t verdict = { .fate = TLSG_FATE_CONTENT };
    apr_pool_t *scratch = tlsg_http_facts_scratch(facts->model, TLSG_SCRATCH_QUESTION);
    if (tlsg_redirect_usual(facts)->fate == TLSG_FATE_REDIRECT) {
        verdict = follow(scratch, facts, ordinary_path, &other);
    }
    if (verdict.fate != TLSG_FATE_REDIRECT) {
        other = NULL;
        verdict = follow(scratch, facts, "/", &other);
    }
    if (verdict.target != NULL) {
        verdict.target = apr_pstrdup(pool, verdict.target);
    }
    if (through != NULL) {
        *through = other;
    }
    return verdict;
}

/* ---- Refusing everything ---- */

static tlsg_tri_t denies(const tlsg_directive_t *directive)
{
    const char *first = directive->argc > 0 ? directive->argv[0] : "";
    const char *second = directive->argc > 1 ? directive->argv[1] : "";
    if (tlsg_text_eq_nocase(directive->name, "Require")) {
        return tlsg_text_eq_nocase(first, "all") && tlsg_text_eq_nocase(second, "denied") ? TLSG_YES
                                                                                          : TLSG_NO;
    }
    if (tlsg_text_eq_nocase(directive->name, "Deny")) {
        return tlsg_text_eq_nocase(first, "from") && tlsg_text_eq_nocase(second, "all")
                   ? TLSG_YES
                   : TLSG_MAYBE;
    }
    return TLSG_NO; /* Allow, or a container that combines several */
}

/* The section that comes last in httpd's order replaces what the others say about access. */
static int access_is_denied(tlsg_http_facts_t *facts)
{
    tlsg_reach_t scope = { .facts = facts, .pool = facts->model->pool };
    const tlsg_directive_t *directive;
    const tlsg_section_t *decides = NULL;
    size_t decides_key = 0;
    tlsg_tri_t denied = TLSG_NO;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_ACCESS, &at)) != NULL;) {
        const tlsg_section_t *section = directive->section;
        tlsg_tri_t covers = tlsg_reach_covers(&scope, section, TLSG_RESPONSE_PAGE);
        if (covers == TLSG_NO) {
            continue;
        }
        int rank = tlsg_reach_rank(section);
        size_t key =
            (size_t)rank * 4096 + (rank == 1 && section != NULL ? strlen(section->arg) : 0);
        if (key < decides_key) {
            continue;
        }
        tlsg_tri_t says = covers == TLSG_YES ? denies(directive) : TLSG_MAYBE;
        denied = section == decides ? tlsg_tri_and(denied, says) : says;
        decides = section;
        decides_key = key;
    }
    return denied == TLSG_YES;
}

int tlsg_redirect_serves_nothing(tlsg_http_facts_t *facts)
{
    if (facts->serves_nothing == 0) {
        int nothing =
            tlsg_redirect_usual(facts)->fate == TLSG_FATE_REFUSED ||
            (tlsg_redirect_usual(facts)->fate == TLSG_FATE_CONTENT && access_is_denied(facts));
        facts->serves_nothing = nothing ? 2 : 1;
    }
    return facts->serves_nothing == 2;
}
