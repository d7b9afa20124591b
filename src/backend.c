/* SPDX-License-Identifier: Apache-2.0 */
#include "backend.h"

#include <string.h>

#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "http_facts.h"
#include "scope.h"
#include "text.h"

#define BALANCER "balancer://"
#define MOST_RULES 65536 /* lines of one virtual host that are looked at */

/* ---- One URL -------------------------------------------------------------------- */

static int is_loopback(const char *host)
{
    size_t len = strlen(host);
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
           tlsg_text_eq_nocase(host, "localhost") || tlsg_text_eq_nocase(host, "ip6-localhost") ||
           tlsg_text_eq_nocase(host, "localhost.localdomain") ||
           (len > 10 && tlsg_text_eq_nocase(host + len - 10, ".localhost"));
}

static int is_own_address(const tlsg_model_t *model, const char *host)
{
    for (int i = 0; i < model->listeners->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(model->listeners, i, tlsg_listener_t).address.ip, host) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *lower(apr_pool_t *pool, const char *start, size_t len)
{
    char *copy = apr_pstrmemdup(pool, start, len);
    for (char *c = copy; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
        }
    }
    return copy;
}

/* Reads "scheme://host..." or "unix:PATH|scheme://..."; 0 when it is neither. */
static int read_url(apr_pool_t *pool, const tlsg_model_t *model, const char *url,
                    tlsg_backend_t *backend)
{
    int is_unix = tlsg_text_has_prefix_nocase(url, "unix:");
    if (is_unix && (url = strchr(url, '|')) != NULL) {
        url++;
    }
    const char *rest = url != NULL ? strstr(url, "://") : NULL;
    if (rest == NULL || rest == url) {
        return 0;
    }
    backend->url = url;
    backend->scheme = lower(pool, url, (size_t)(rest - url));
    const char *host = rest + 3;
    size_t len;
    if (*host == '[') {
        host++;
        len = strcspn(host, "]");
    }
    else {
        len = strcspn(host, ":/?#");
    }
    const char *at = memchr(host, '@', len);
    if (at != NULL) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    backend->host = is_unix ? "" : apr_pstrmemdup(pool, host, len);
    backend->place = is_unix                                              ? TLSG_BACKEND_LOCAL
                     : len == 0 || strpbrk(backend->host, "$%{}") != NULL ? TLSG_BACKEND_DYNAMIC
                     : is_loopback(backend->host) || is_own_address(model, backend->host)
                         ? TLSG_BACKEND_LOCAL
                         : TLSG_BACKEND_REMOTE;
    backend->is_tls = strcmp(backend->scheme, "https") == 0 ||
                      strcmp(backend->scheme, "wss") == 0 || strcmp(backend->scheme, "h2") == 0;
    return 1;
}

/* ---- The lines that name one ---------------------------------------------------- */

typedef struct collector_t {
    apr_pool_t *pool;
    const tlsg_model_t *model;
    const tlsg_vhost_t *vhost;
    apr_array_header_t *backends;
} collector_t;

static const char *proxy_pass_url(const tlsg_directive_t *directive)
{
    /* Inside <Location> the path is the section's. */
    if (directive->argc == 0) {
        return NULL;
    }
    int has_path = directive->argv[0][0] == '/' || directive->argv[0][0] == '^' ||
                   tlsg_text_eq_nocase(directive->name, "ProxyPassMatch");
    if (has_path && directive->argc > 1 && strchr(directive->argv[1], '=') != directive->argv[1]) {
        return strstr(directive->argv[1], ":/") != NULL   ? directive->argv[1]
               : strstr(directive->argv[0], ":/") != NULL ? directive->argv[0]
                                                          : NULL;
    }
    return directive->argv[0];
}

static int has_proxy_flag(const tlsg_directive_t *directive)
{
    if (directive->argc < 3 || directive->argv[2][0] != '[') {
        return 0;
    }
    for (const char *flag = directive->argv[2] + 1; *flag != '\0';) {
        flag += strspn(flag, " ,");
        size_t len = strcspn(flag, " ,]");
        if ((len == 1 && (*flag == 'P' || *flag == 'p')) ||
            (len == 5 && tlsg_text_has_prefix_nocase(flag, "proxy"))) {
            return 1;
        }
        flag += len;
        if (*flag == ']') {
            return 0;
        }
    }
    return 0;
}

static int is_engine_on(const apr_array_header_t *directives, const tlsg_section_t *section)
{
    int on = 0;
    for (int i = 0; i < directives->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(directives, i, const tlsg_directive_t *);
        if (tlsg_text_eq_nocase(directive->name, "RewriteEngine") &&
            (section != NULL || directive->section == NULL)) {
            on = tlsg_scope_says(directive, "on") || (section != NULL && on);
        }
    }
    return on;
}

/* Rules of the server level are not inherited (RewriteOptions Inherit apart); those of
 * sections are. */
static const char *rewrite_url(const collector_t *collector, const tlsg_directive_t *directive,
                               int is_own)
{
    if (!has_proxy_flag(directive) || (!is_own && directive->section == NULL)) {
        return NULL;
    }
    const apr_array_header_t *scope =
        is_own ? collector->vhost->directives : collector->model->main->directives;
    return is_engine_on(scope, directive->section) ? directive->argv[1] : NULL;
}

static void add_members(const collector_t *collector, const char *url);

static void add_url(const collector_t *collector, const char *url, const char *balancer,
                    const tlsg_directive_t *directive)
{
    if (url == NULL) {
        return;
    }
    if (balancer == NULL && tlsg_text_has_prefix_nocase(url, BALANCER)) {
        add_members(collector, url);
        return;
    }
    tlsg_backend_t backend = { .balancer = balancer, .directive = directive };
    if (read_url(collector->pool, collector->model, url, &backend)) {
        APR_ARRAY_PUSH(collector->backends, tlsg_backend_t) = backend;
    }
}

typedef struct members_t {
    const collector_t *collector;
    const char *balancer; /* without path */
} members_t;

/* The word without quotes, up to the path of a balancer URL. */
static const char *balancer_name(apr_pool_t *pool, const char *text)
{
    while (*text == '"' || *text == '\'' || *text == ' ') {
        text++;
    }
    size_t prefix = sizeof BALANCER - 1;
    return strlen(text) < prefix ? text
                                 : lower(pool, text, prefix + strcspn(text + prefix, "/\"' "));
}

static int add_member(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const members_t *members = baton;
    apr_pool_t *pool = members->collector->pool;
    if (directive->argc == 0) {
        return 0;
    }
    int named = tlsg_text_has_prefix_nocase(directive->argv[0], BALANCER);
    const char *of = named                        ? directive->argv[0]
                     : directive->section != NULL ? directive->section->arg
                                                  : "";
    const char *url = !named ? directive->argv[0] : directive->argc > 1 ? directive->argv[1] : NULL;
    if (url != NULL && strcmp(balancer_name(pool, of), members->balancer) == 0) {
        add_url(members->collector, url, members->balancer, directive);
    }
    return 0;
}

static int is_listed(const apr_array_header_t *backends, const char *balancer)
{
    for (int i = 0; i < backends->nelts; i++) {
        const char *known = APR_ARRAY_IDX(backends, i, tlsg_backend_t).balancer;
        if (known != NULL && strcmp(known, balancer) == 0) {
            return 1;
        }
    }
    return 0;
}

static void add_members(const collector_t *collector, const char *url)
{
    members_t members = { collector, balancer_name(collector->pool, url) };
    if (!is_listed(collector->backends, members.balancer)) {
        tlsg_vhost_walk(collector->model, collector->vhost, "BalancerMember", add_member, &members);
    }
}

static int visit(void *baton, const tlsg_directive_t *directive, int is_own)
{
    const collector_t *collector = baton;
    const char *url = NULL;
    if (tlsg_text_eq_nocase(directive->name, "ProxyPass") ||
        tlsg_text_eq_nocase(directive->name, "ProxyPassMatch")) {
        url = proxy_pass_url(directive);
    }
    else if (tlsg_text_eq_nocase(directive->name, "RewriteRule")) {
        url = rewrite_url(collector, directive, is_own);
    }
    else if (tlsg_text_eq_nocase(directive->name, "SetHandler") && directive->argc > 0 &&
             tlsg_text_has_prefix_nocase(directive->argv[0], "proxy:")) {
        url = directive->argv[0] + sizeof "proxy:" - 1;
    }
    add_url(collector, url, NULL, directive);
    return collector->backends->nelts >= MOST_RULES;
}

/* Most virtual hosts have no line of the kinds that visit() looks for. */
static int names_any(const tlsg_http_facts_t *facts)
{
    int backend = 0;
    int rewrite = 0;
    return tlsg_http_facts_next(facts, TLSG_HTTP_BACKEND, &backend) != NULL ||
           tlsg_http_facts_next(facts, TLSG_HTTP_REWRITE, &rewrite) != NULL;
}

apr_array_header_t *tlsg_backend_collect(apr_pool_t *pool, const tlsg_model_t *model,
                                         const tlsg_vhost_t *vhost)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    if (!names_any(facts)) {
        return facts->empty;
    }
    collector_t collector = { pool, model, vhost, apr_array_make(pool, 4, sizeof(tlsg_backend_t)) };
    tlsg_vhost_walk(model, vhost, NULL, visit, &collector);
    return collector.backends;
}

/* ---- <Proxy> sections ----------------------------------------------------------- */

typedef enum match_t {
    MATCH_NO = 0,
    MATCH_MAYBE,
    MATCH_YES,
} match_t;

/* httpd compares the URL of a request with the section's: as a prefix, or as a pattern. A
 * backend's URL is the beginning of many of those, so a section further down the path covers
 * some of them. */
static match_t match_url(const char *pattern, const char *url)
{
    size_t fixed = strcspn(pattern, "*?");
    if (pattern[fixed] == '\0') {
        return tlsg_text_has_prefix_nocase(url, pattern)   ? MATCH_YES
               : tlsg_text_has_prefix_nocase(pattern, url) ? MATCH_MAYBE
                                                           : MATCH_NO;
    }
    if (apr_fnmatch(pattern, url, APR_FNM_CASE_BLIND) == APR_SUCCESS) {
        return MATCH_YES;
    }
    for (size_t i = 0; i < fixed && url[i] != '\0'; i++) {
        if (apr_tolower(pattern[i]) != apr_tolower(url[i])) {
            return MATCH_NO;
        }
    }
    return MATCH_MAYBE;
}

static match_t match_section(apr_pool_t *pool, const tlsg_section_t *section,
                             const tlsg_backend_t *backend)
{
    if (strcmp(section->kind, "proxymatch") == 0 || section->arg[0] == '~') {
        return MATCH_MAYBE;
    }
    const char *pattern = section->arg + strspn(section->arg, " \t\"'");
    pattern = apr_pstrmemdup(pool, pattern, strcspn(pattern, " \t\"'"));
    const char *authority = strstr(backend->url, "://") + 3;
    const char *url =
        strchr(authority, '/') != NULL ? backend->url : apr_pstrcat(pool, backend->url, "/", NULL);
    match_t match = match_url(pattern, url);
    if (match != MATCH_YES && backend->balancer != NULL) {
        match_t of_balancer = match_url(pattern, apr_pstrcat(pool, backend->balancer, "/", NULL));
        match = of_balancer > match ? of_balancer : match;
    }
    return match;
}

typedef struct lookup_t {
    apr_pool_t *pool;
    const tlsg_backend_t *backend;
    tlsg_ssl_directive_t row;
    const tlsg_directive_t *found;
    int maybe;
} lookup_t;

static int look_at(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    lookup_t *lookup = baton;
    const tlsg_section_t *section = directive->section;
    if (section == NULL || tlsg_scope_row(directive) != (int)lookup->row ||
        strncmp(section->kind, "proxy", 5) != 0) {
        return 0;
    }
    switch (match_section(lookup->pool, section, lookup->backend)) {
    case MATCH_YES:
        lookup->found = directive;
        break;
    case MATCH_MAYBE:
        lookup->maybe = 1;
        break;
    case MATCH_NO:
    default:
        break;
    }
    return 0;
}

const tlsg_directive_t *tlsg_backend_setting(apr_pool_t *pool, const tlsg_model_t *model,
                                             const tlsg_vhost_t *vhost,
                                             const tlsg_backend_t *backend,
                                             tlsg_ssl_directive_t row, int *maybe)
{
    lookup_t lookup = { pool, backend, row, vhost->ssl.set[row], 0 };
    tlsg_vhost_walk(model, vhost, tlsg_scope_row_name((int)row), look_at, &lookup);
    *maybe = *maybe || lookup.maybe;
    return lookup.found;
}
