/* SPDX-License-Identifier: Apache-2.0 */
/* Directive by directive into the model; the merges are in collect_merge.c. */
#include "collect_conf.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "collect_merge.h"
#include "text.h"
#include "words.h"

struct tlsg_collect_t {
    apr_pool_t *pool;
    tlsg_model_t *model;
    apr_hash_t *ssl_names;   /* directive name -> index + 1 in ssl_directives.def */
    apr_array_header_t *own; /* tlsg_settings_t *: each server's settings before the merge */
};

static const char *const ssl_directive_names[] = {
#define DIRECTIVE(name, merge) #name,
#include "ssl_directives.def"
#undef DIRECTIVE
};

static const char ordinals[TLSG_SSL_DIRECTIVES] = { 0 }; /* addresses that stand for the indices */

tlsg_collect_t *tlsg_collect_make(apr_pool_t *pool, tlsg_stage_t stage, apr_time_t now)
{
    tlsg_collect_t *collect = apr_pcalloc(pool, sizeof *collect);
    collect->pool = pool;
    collect->own = apr_array_make(pool, 16, sizeof(tlsg_settings_t *));
    collect->ssl_names = apr_hash_make(pool);
    for (int i = 0; i < TLSG_SSL_DIRECTIVES; i++) {
        apr_hash_set(collect->ssl_names, ssl_directive_names[i], APR_HASH_KEY_STRING, ordinals + i);
    }
    tlsg_model_t *model = apr_pcalloc(pool, sizeof *model);
    model->pool = pool;
    model->stage = stage;
    model->now = now;
    model->modules = apr_hash_make_custom(pool, tlsg_text_hash);
    model->listeners = apr_array_make(pool, 4, sizeof(tlsg_listener_t));
    model->vhosts = apr_array_make(pool, 16, sizeof(tlsg_vhost_t *));
    model->http = apr_pcalloc(pool, sizeof *model->http);
    collect->model = model;
    return collect;
}

tlsg_model_t *tlsg_collect_model(tlsg_collect_t *collect)
{
    return collect->model;
}

tlsg_vhost_t *tlsg_collect_vhost(tlsg_collect_t *collect, const char *name,
                                 const tlsg_origin_t *origin, const char *listens)
{
    apr_pool_t *pool = collect->pool;
    tlsg_vhost_t *vhost = apr_pcalloc(pool, sizeof *vhost);
    vhost->index = collect->model->vhosts->nelts;
    vhost->is_main = vhost->index == 0;
    vhost->name = name != NULL ? name : "";
    vhost->listens = listens;
    if (origin != NULL) {
        vhost->origin = *origin;
    }
    vhost->addresses = apr_array_make(pool, 1, sizeof(const tlsg_address_t *));
    vhost->aliases = apr_array_make(pool, 0, sizeof(tlsg_name_t));
    vhost->directives = apr_array_make(pool, 8, sizeof(const tlsg_directive_t *));
    vhost->certs = apr_array_make(pool, 1, sizeof(tlsg_vhost_cert_t));
    vhost->pairs = apr_array_make(pool, 1, sizeof(tlsg_pair_t));
    vhost->faults = apr_array_make(pool, 0, sizeof(const tlsg_fault_t *));
    vhost->server_name.text = vhost->name;
    vhost->policy = tlsg_policy_default();
    APR_ARRAY_PUSH(collect->model->vhosts, tlsg_vhost_t *) = vhost;
    if (vhost->is_main) {
        collect->model->main = vhost;
    }
    APR_ARRAY_PUSH(collect->own, tlsg_settings_t *) = tlsg_merge_settings_make(pool);
    return vhost;
}

void tlsg_collect_address(tlsg_collect_t *collect, tlsg_vhost_t *vhost, const char *ip, int port)
{
    tlsg_address_t *address = apr_palloc(collect->pool, sizeof *address);
    address->ip = ip;
    address->port = port;
    APR_ARRAY_PUSH(vhost->addresses, const tlsg_address_t *) = address;
}

const tlsg_section_t *tlsg_collect_section(tlsg_collect_t *collect, const tlsg_section_t *parent,
                                           const char *kind, const char *arg,
                                           const tlsg_origin_t *origin)
{
    tlsg_section_t *section = apr_pcalloc(collect->pool, sizeof *section);
    section->kind = tlsg_text_lower(collect->pool, kind[0] == '<' ? kind + 1 : kind);
    if (arg == NULL) {
        arg = "";
    }
    const char *end = strrchr(arg, '>');
    section->arg = tlsg_text_trim(collect->pool, arg, end != NULL ? end : arg + strlen(arg));
    section->parent = parent;
    section->origin = *origin;
    return section;
}

/* Settings that mod_ssl keeps per server: only what stands directly in the server or virtual host.
 */
static void note_setting(tlsg_collect_t *collect, const tlsg_vhost_t *vhost,
                         const tlsg_directive_t *directive)
{
    const char *ordinal = apr_hash_get(collect->ssl_names, directive->name, APR_HASH_KEY_STRING);
    if (ordinal == NULL || directive->section != NULL) {
        return;
    }
    tlsg_ssl_directive_t which = (tlsg_ssl_directive_t)(ordinal - ordinals);
    tlsg_settings_t *own = APR_ARRAY_IDX(collect->own, vhost->index, tlsg_settings_t *);
    tlsg_merge_note(own, which, directive);
}

static const char *without_scheme_and_port(apr_pool_t *pool, const char *name)
{
    const char *host = strstr(name, "://");
    host = host != NULL ? host + 3 : name;
    const char *from = host[0] == '[' ? strchr(host, ']') : host;
    const char *colon = from != NULL ? strchr(from, ':') : NULL;
    return colon != NULL ? apr_pstrmemdup(pool, host, (apr_size_t)(colon - host)) : host;
}

static void note_name(tlsg_collect_t *collect, tlsg_vhost_t *vhost,
                      const tlsg_directive_t *directive)
{
    if (directive->section != NULL) {
        return;
    }
    if (tlsg_text_eq_nocase(directive->name, "ServerName") && directive->argc > 0) {
        vhost->server_name.text = without_scheme_and_port(collect->pool, directive->argv[0]);
        vhost->server_name.directive = directive;
    }
    else if (tlsg_text_eq_nocase(directive->name, "ServerAlias")) {
        for (int i = 0; i < directive->argc; i++) {
            tlsg_name_t *alias = apr_array_push(vhost->aliases);
            alias->text = directive->argv[i];
            alias->directive = directive;
        }
    }
}

/* httpd takes an empty last argument for none: SSLCipherSuite TLSv1.3 "" has the list "TLSv1.3". */
static void drop_empty_word(apr_pool_t *pool, tlsg_directive_t *directive)
{
    int last = directive->argc - 1;
    if (last < 1 || *directive->argv[last] != '\0' ||
        !tlsg_text_has_prefix_nocase(directive->name, "SSL")) {
        return;
    }
    const char **words = apr_pmemdup(pool, directive->argv,
                                     ((apr_size_t)directive->argc + 1) * sizeof *directive->argv);
    words[last] = NULL;
    directive->argv = words;
    directive->argc = last;
}

void tlsg_collect_directive(tlsg_collect_t *collect, tlsg_vhost_t *vhost,
                            const tlsg_section_t *section, const char *name, const char *args,
                            const tlsg_origin_t *origin)
{
    tlsg_directive_t *directive = apr_pcalloc(collect->pool, sizeof *directive);
    directive->name = name;
    directive->args = args != NULL ? args : "";
    directive->argc = tlsg_words_split(collect->pool, args, &directive->argv);
    drop_empty_word(collect->pool, directive);
    directive->section = section;
    directive->origin = *origin;
    APR_ARRAY_PUSH(vhost->directives, const tlsg_directive_t *) = directive;
    note_setting(collect, vhost, directive);
    note_name(collect, vhost, directive);
}

void tlsg_collect_listener(tlsg_collect_t *collect, const char *ip, int port, const char *protocol)
{
    tlsg_listener_t *listener = apr_array_push(collect->model->listeners);
    listener->address.ip = ip;
    listener->address.port = port;
    listener->protocol = protocol;
}

/* mod_macro names a body "macro 'NAME' (defined on line N of "FILE") used on line M of "FILE"",
 * nested for a macro used inside another: the innermost definition is the place, the innermost
 * plain file has the Use. */
void tlsg_collect_origin(apr_pool_t *pool, const char *file, int line, const char *directive,
                         tlsg_origin_t *origin)
{
    static const char defined[] = "(defined on line ";
    static const char used[] = ") used on line ";
    memset(origin, 0, sizeof *origin);
    origin->file = file;
    origin->line = line;
    origin->directive = directive;
    if (file == NULL || strncmp(file, "macro '", 7) != 0) {
        return;
    }
    const char *at = strstr(file, defined);
    const char *name = at != NULL ? strchr(at, '"') : NULL;
    const char *use = name != NULL ? strstr(name + 1, used) : NULL;
    if (use == NULL) {
        return;
    }
    const char *end = use; /* the closing quote stands right before ") used" */
    while (end > name + 1 && *end != '"') {
        end--;
    }
    origin->line = (int)strtol(at + sizeof defined - 1, NULL, 10) + line;
    origin->file = apr_pstrmemdup(pool, name + 1, (apr_size_t)(end - name - 1));
    const char *use_name = strstr(use, " of \"");
    if (use_name != NULL) {
        tlsg_origin_t outer;
        const char *start = use_name + 5;
        const char *last = start + strlen(start);
        if (last > start && last[-1] == '"') {
            last--;
        }
        tlsg_collect_origin(pool, apr_pstrmemdup(pool, start, (apr_size_t)(last - start)),
                            (int)strtol(use + sizeof used - 1, NULL, 10), directive, &outer);
        origin->use_file = outer.file;
        origin->use_line = outer.line;
    }
    if (strncmp(origin->file, "macro '", 7) == 0) { /* a macro defined inside a macro */
        tlsg_origin_t inner;
        tlsg_collect_origin(pool, origin->file, origin->line, directive, &inner);
        origin->file = inner.file;
        origin->line = inner.line;
    }
}

/* Every virtual host asks for the main server's lines of one name or another. */
static void index_main(tlsg_model_t *model)
{
    apr_hash_t *lines = apr_hash_make(model->pool);
    for (int i = 0; i < model->main->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(model->main->directives, i, const tlsg_directive_t *);
        const char *name = tlsg_text_lower(model->pool, directive->name);
        apr_array_header_t *list = apr_hash_get(lines, name, APR_HASH_KEY_STRING);
        if (list == NULL) {
            list = apr_array_make(model->pool, 2, sizeof directive);
            apr_hash_set(lines, name, APR_HASH_KEY_STRING, list);
        }
        APR_ARRAY_PUSH(list, const tlsg_directive_t *) = directive;
    }
    model->main_lines = lines;
}

tlsg_model_t *tlsg_collect_finish(tlsg_collect_t *collect)
{
    index_main(collect->model);
    tlsg_merge_all(collect->model, collect->own);
    return collect->model;
}
