/* SPDX-License-Identifier: Apache-2.0 */
#include "http_facts.h"

#include <string.h>

#include <apr_strings.h>

#include "settings.h"
#include "text.h"

#define CACHE_KEY "tlsguard-http-facts" /* of the model pool's user data */

#define PLAIN_MAX 16 /* kinds of virtual hosts without lines of their own; more are rare */

typedef struct tlsg_http_cache_t {
    apr_hash_t *kinds;                         /* lower case directive name -> its row in `names` */
    apr_hash_t *facts;                         /* const tlsg_vhost_t * -> tlsg_http_facts_t * */
    tlsg_http_facts_t **by_index;              /* the same by tlsg_vhost_t.index */
    int count;                                 /* of by_index */
    const tlsg_http_facts_t *plain[PLAIN_MAX]; /* one of each kind */
    int plains;
    apr_pool_t *scratch[TLSG_SCRATCHES];
} cache_t;

typedef struct directive_kind_t {
    const char *name; /* lower case */
    tlsg_http_kind_t kind;
} directive_kind_t;

static const directive_kind_t names[] = {
    { "header", TLSG_HTTP_HEADER },
    { "requestheader", TLSG_HTTP_HEADER },
    { "setenv", TLSG_HTTP_ENV },
    { "passenv", TLSG_HTTP_ENV },
    { "unsetenv", TLSG_HTTP_ENV },
    { "setenvif", TLSG_HTTP_ENV },
    { "setenvifnocase", TLSG_HTTP_ENV },
    { "setenvifexpr", TLSG_HTTP_ENV },
    { "browsermatch", TLSG_HTTP_ENV },
    { "browsermatchnocase", TLSG_HTTP_ENV },
    { "ssloptions", TLSG_HTTP_ENV },
    { "rewriteengine", TLSG_HTTP_REWRITE },
    { "rewriterule", TLSG_HTTP_REWRITE },
    { "rewritecond", TLSG_HTTP_REWRITE },
    { "rewriteoptions", TLSG_HTTP_REWRITE },
    { "redirect", TLSG_HTTP_REDIRECT },
    { "redirectmatch", TLSG_HTTP_REDIRECT },
    { "redirectpermanent", TLSG_HTTP_REDIRECT },
    { "redirecttemp", TLSG_HTTP_REDIRECT },
    { "addoutputfilterbytype", TLSG_HTTP_FILTER },
    { "addoutputfilter", TLSG_HTTP_FILTER },
    { "setoutputfilter", TLSG_HTTP_FILTER },
    { "filterprovider", TLSG_HTTP_FILTER },
    { "filterchain", TLSG_HTTP_FILTER },
    { "require", TLSG_HTTP_ACCESS },
    { "deny", TLSG_HTTP_ACCESS },
    { "allow", TLSG_HTTP_ACCESS },
    { "<requireall", TLSG_HTTP_ACCESS },
    { "<requireany", TLSG_HTTP_ACCESS },
    { "<requirenone", TLSG_HTTP_ACCESS },
    { "proxypass", TLSG_HTTP_BACKEND },
    { "proxypassmatch", TLSG_HTTP_BACKEND },
    { "sethandler", TLSG_HTTP_BACKEND },
    { "wsgiscriptalias", TLSG_HTTP_BACKEND },
    { "jkmount", TLSG_HTTP_BACKEND },
    { "passengerenabled", TLSG_HTTP_BACKEND },
    { "scriptalias", TLSG_HTTP_BACKEND },
    { "documentroot", TLSG_HTTP_ROOT },
    { "virtualdocumentroot", TLSG_HTTP_ROOT },
    { "allowoverride", TLSG_HTTP_OVERRIDE },
    { "allowoverridelist", TLSG_HTTP_OVERRIDE },
    { "accessfilename", TLSG_HTTP_OVERRIDE },
    { "mdrequirehttps", TLSG_HTTP_MANAGED },
    { "sessioncookiename", TLSG_HTTP_COOKIE },
    { "sessioncookiename2", TLSG_HTTP_COOKIE },
    { "session", TLSG_HTTP_COOKIE },
    { "<if", TLSG_HTTP_IF },
    { "<elseif", TLSG_HTTP_IF },
    { "<else", TLSG_HTTP_IF },
    { "servertokens", TLSG_HTTP_DISCLOSURE },
    { "serversignature", TLSG_HTTP_DISCLOSURE },
    { "traceenable", TLSG_HTTP_DISCLOSURE },
    { "tlsguardheaders", TLSG_HTTP_MODULE },
    { "tlsguardheader", TLSG_HTTP_MODULE },
    { "tlsguardhsts", TLSG_HTTP_MODULE },
    { "tlsguardpins", TLSG_HTTP_MODULE },
};

static cache_t *cache_of(const tlsg_model_t *model)
{
    if (model->http != NULL && *model->http != NULL) {
        return *model->http;
    }
    void *found = NULL;
    if (apr_pool_userdata_get(&found, CACHE_KEY, model->pool) == APR_SUCCESS && found != NULL) {
        return found;
    }
    cache_t *cache = apr_pcalloc(model->pool, sizeof *cache);
    cache->kinds = apr_hash_make(model->pool);
    cache->facts = apr_hash_make(model->pool);
    cache->count = model->vhosts != NULL ? model->vhosts->nelts : 0;
    cache->by_index =
        apr_pcalloc(model->pool, (apr_size_t)(cache->count + 1) * sizeof(tlsg_http_facts_t *));
    for (int i = 0; i < TLSG_SCRATCHES; i++) {
        if (apr_pool_create(&cache->scratch[i], model->pool) != APR_SUCCESS) {
            cache->scratch[i] = NULL; /* out of memory: see below */
        }
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        apr_hash_set(cache->kinds, names[i].name, APR_HASH_KEY_STRING, &names[i]);
    }
    apr_pool_userdata_setn(cache, CACHE_KEY, apr_pool_cleanup_null, model->pool);
    if (model->http != NULL) {
        *model->http = cache;
    }
    return cache;
}

#define NAME_MAX_BYTES 32 /* longer than every name in the table */

static const directive_kind_t *kind_of(const cache_t *cache, const char *name)
{
    char lower[NAME_MAX_BYTES];
    size_t len = 0;
    for (; name[len] != '\0'; len++) {
        if (len == sizeof lower) {
            return NULL;
        }
        lower[len] =
            (char)(name[len] >= 'A' && name[len] <= 'Z' ? name[len] - 'A' + 'a' : name[len]);
    }
    return apr_hash_get(cache->kinds, lower, (apr_ssize_t)len);
}

static void push(apr_pool_t *pool, apr_array_header_t **list, const void *item)
{
    if (*list == NULL) {
        *list = apr_array_make(pool, 4, sizeof(const void *));
    }
    APR_ARRAY_PUSH(*list, const void *) = item;
}

static void gather(const cache_t *cache, tlsg_http_facts_t *facts, apr_pool_t *pool)
{
    const apr_array_header_t *directives = facts->vhost->directives;
    for (int i = 0; i < directives->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(directives, i, const tlsg_directive_t *);
        const directive_kind_t *row = kind_of(cache, directive->name);
        if (row == NULL) {
            continue;
        }
        push(pool, &facts->lists[row->kind], directive);
        if (row->kind == TLSG_HTTP_HEADER) {
            const tlsg_header_line_t *line = tlsg_header_line_parse(pool, directive);
            if (line != NULL) {
                push(pool, &facts->lines, line);
            }
        }
    }
}

/* Is there a directive of a kind that matters here in the virtual host itself? */
static int has_own(const tlsg_http_facts_t *facts)
{
    for (int kind = 0; kind < TLSG_HTTP_KINDS; kind++) {
        if (facts->lists[kind] != NULL) {
            return 1;
        }
    }
    return 0;
}

static int same_conf(const tlsg_conf_t *a, const tlsg_conf_t *b)
{
    /* Padding that differs makes two of one, which costs time and nothing else. */
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison, cert-exp42-c, cert-flp37-c) */
    return a == b || (a != NULL && b != NULL && memcmp(a, b, sizeof *a) == 0);
}

/* Everything that answers about headers depend on is equal. */
static int is_alike(const tlsg_vhost_t *a, const tlsg_vhost_t *b)
{
    return tlsg_vhost_is_tls(a) == tlsg_vhost_is_tls(b) && a->port == b->port &&
           same_conf(a->conf, b->conf);
}

/* Thousands of virtual hosts usually inherit all lines about headers: they share the answers. */
static void share_answers(cache_t *cache, tlsg_http_facts_t *facts)
{
    if (facts->base == NULL || facts->vhost->managed != NULL || has_own(facts)) {
        return;
    }
    for (int i = 0; i < cache->plains; i++) {
        const tlsg_http_facts_t *plain = cache->plain[i];
        if (is_alike(plain->vhost, facts->vhost)) {
            facts->answers = plain->answers;
            return;
        }
    }
    if (cache->plains < PLAIN_MAX) {
        cache->plain[cache->plains++] = facts;
    }
}

static tlsg_http_facts_t *make_facts(cache_t *cache, const tlsg_model_t *model,
                                     const tlsg_vhost_t *vhost)
{
    tlsg_http_facts_t *facts = apr_pcalloc(model->pool, sizeof *facts);
    facts->model = model;
    facts->vhost = vhost;
    facts->base = vhost->is_main ? NULL : tlsg_http_facts_get(model, model->main);
    facts->empty = facts->base != NULL ? facts->base->empty
                                       : apr_array_make(model->pool, 0, sizeof(const void *));
    gather(cache, facts, model->pool);
    share_answers(cache, facts);
    if (facts->answers == NULL) {
        facts->answers = apr_pcalloc(model->pool, sizeof *facts->answers);
        facts->answers->outcomes = apr_hash_make_custom(model->pool, tlsg_text_hash);
    }
    return facts;
}

tlsg_http_facts_t *tlsg_http_facts_get(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    cache_t *cache = cache_of(model);
    int has_slot = vhost->index >= 0 && vhost->index < cache->count;
    tlsg_http_facts_t *facts = has_slot ? cache->by_index[vhost->index] : NULL;
    if (facts != NULL && facts->vhost == vhost) {
        return facts;
    }
    facts = apr_hash_get(cache->facts, &vhost, sizeof vhost);
    if (facts == NULL) {
        facts = make_facts(cache, model, vhost);
        apr_hash_set(cache->facts, &facts->vhost, sizeof facts->vhost, facts);
        if (has_slot && cache->by_index[vhost->index] == NULL) {
            cache->by_index[vhost->index] = facts;
        }
    }
    return facts;
}

apr_pool_t *tlsg_http_facts_scratch(const tlsg_model_t *model, tlsg_scratch_t which)
{
    apr_pool_t *scratch = cache_of(model)->scratch[which];
    if (scratch == NULL) {
        return model->pool;
    }
    apr_pool_clear(scratch);
    return scratch;
}

static const void *next(const apr_array_header_t *base, const apr_array_header_t *own, int *at)
{
    int i = (*at)++;
    if (base != NULL) {
        if (i < base->nelts) {
            return APR_ARRAY_IDX(base, i, const void *);
        }
        i -= base->nelts;
    }
    return own != NULL && i < own->nelts ? APR_ARRAY_IDX(own, i, const void *) : NULL;
}

const tlsg_directive_t *tlsg_http_facts_next(const tlsg_http_facts_t *facts, tlsg_http_kind_t kind,
                                             int *at)
{
    return next(facts->base != NULL ? facts->base->lists[kind] : NULL, facts->lists[kind], at);
}

const tlsg_header_line_t *tlsg_http_facts_line(const tlsg_http_facts_t *facts, int *at)
{
    return next(facts->base != NULL ? facts->base->lines : NULL, facts->lines, at);
}

tlsg_name_kind_t tlsg_http_facts_name_kind(tlsg_http_facts_t *facts)
{
    if (facts->name_kind == 0) {
        facts->name_kind = (int)tlsg_names_kind(facts->vhost->server_name.text) + 1;
    }
    return (tlsg_name_kind_t)(facts->name_kind - 1);
}

int tlsg_http_facts_is_inherited(const tlsg_http_facts_t *facts, const tlsg_directive_t *directive)
{
    const apr_array_header_t *base = facts->base != NULL ? facts->vhost->directives : NULL;
    for (int i = 0; base != NULL && i < base->nelts; i++) {
        if (APR_ARRAY_IDX(base, i, const tlsg_directive_t *) == directive) {
            return 0;
        }
    }
    return base != NULL;
}

const char *tlsg_http_facts_root(apr_pool_t *pool, const tlsg_http_facts_t *facts)
{
    const char *root = NULL;
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_ROOT, &at)) != NULL;) {
        int is_fixed = tlsg_text_eq_nocase(directive->name, "DocumentRoot");
        root = is_fixed && directive->section == NULL && directive->argc > 0 ? directive->argv[0]
                                                                             : NULL;
    }
    if (root == NULL) {
        return NULL;
    }
    if (root[0] != '/') {
        if (facts->model->server_root == NULL) {
            return NULL;
        }
        root = apr_pstrcat(pool, facts->model->server_root, "/", root, NULL);
    }
    size_t len = strlen(root);
    while (len > 0 && root[len - 1] == '/') {
        len--;
    }
    return apr_pstrmemdup(pool, root, len);
}
