/* SPDX-License-Identifier: Apache-2.0 */
/* Reading helpers over the model; nothing here changes it. */
#include "model.h"

#include <string.h>

#include <apr_file_info.h>

#include "text.h"

int tlsg_model_has_module(const tlsg_model_t *model, const char *name)
{
    return apr_hash_get(model->modules, name, APR_HASH_KEY_STRING) != NULL;
}

const char *tlsg_model_path(const tlsg_model_t *model, const char *name)
{
    char *merged = NULL;
    if (name[0] == '/' || model->server_root == NULL) {
        return name;
    }
    return apr_filepath_merge(&merged, model->server_root, name, APR_FILEPATH_TRUENAME,
                              model->pool) == APR_SUCCESS
               ? merged
               : name;
}

int tlsg_vhost_is_tls(const tlsg_vhost_t *vhost)
{
    return vhost->tls == TLSG_TLS_ON || vhost->tls == TLSG_TLS_IMPLICIT;
}

int tlsg_vhost_serves_tls(const tlsg_vhost_t *vhost)
{
    return vhost->serves && tlsg_vhost_is_tls(vhost);
}

int tlsg_model_count_tls(const tlsg_model_t *model)
{
    int count = 0;
    for (int i = 0; i < model->vhosts->nelts; i++) {
        count += tlsg_vhost_serves_tls(APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *));
    }
    return count;
}

static int is_loopback(const char *ip)
{
    return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0;
}

int tlsg_vhost_is_local(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    for (int a = 0; a < vhost->addresses->nelts; a++) {
        const tlsg_address_t *address = APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *);
        if (is_loopback(address->ip)) {
            continue;
        }
        for (int l = 0; l < model->listeners->nelts; l++) {
            const tlsg_address_t *listen =
                &APR_ARRAY_IDX(model->listeners, l, tlsg_listener_t).address;
            if ((address->port == 0 || listen->port == address->port) && !is_loopback(listen->ip)) {
                return 0;
            }
        }
    }
    return vhost->addresses->nelts > 0;
}

const tlsg_effective_t *tlsg_vhost_effective(const tlsg_vhost_t *vhost)
{
    if (vhost->pairs == NULL || vhost->pairs->nelts == 0) {
        return NULL;
    }
    return APR_ARRAY_IDX(vhost->pairs, 0, tlsg_pair_t).effective;
}

const char *tlsg_vhost_setting(const tlsg_vhost_t *vhost, tlsg_ssl_directive_t which,
                               const char *fallback)
{
    const tlsg_directive_t *directive = vhost->ssl.set[which];
    return directive != NULL && directive->argc > 0 ? directive->argv[0] : fallback;
}

int tlsg_vhost_setting_is_on(const tlsg_vhost_t *vhost, tlsg_ssl_directive_t which, int fallback)
{
    const char *word = tlsg_vhost_setting(vhost, which, NULL);
    return word == NULL ? fallback : tlsg_text_eq_nocase(word, "on");
}

static int walk(const apr_array_header_t *directives, const char *name,
                tlsg_directive_visit_fn *visit, void *baton, int is_own)
{
    for (int i = 0; i < directives->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(directives, i, const tlsg_directive_t *);
        if (name != NULL && !tlsg_text_eq_nocase(directive->name, name)) {
            continue;
        }
        int stop = visit(baton, directive, is_own);
        if (stop != 0) {
            return stop;
        }
    }
    return 0;
}

#define LINE_NAME_MAX 64 /* bytes; names of directives are shorter */

/* The main server's lines of that name from the index, where there is one. */
static int walk_main(const tlsg_model_t *model, const char *name, tlsg_directive_visit_fn *visit,
                     void *baton, int is_own)
{
    size_t length = name != NULL ? strlen(name) : 0;
    if (name == NULL || model->main_lines == NULL || length > LINE_NAME_MAX) {
        return walk(model->main->directives, name, visit, baton, is_own);
    }
    char lower[LINE_NAME_MAX];
    for (size_t i = 0; i < length; i++) {
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    }
    const apr_array_header_t *lines = apr_hash_get(model->main_lines, lower, (apr_ssize_t)length);
    return lines != NULL ? walk(lines, NULL, visit, baton, is_own) : 0;
}

int tlsg_vhost_walk(const tlsg_model_t *model, const tlsg_vhost_t *vhost, const char *name,
                    tlsg_directive_visit_fn *visit, void *baton)
{
    int stop = walk_main(model, name, visit, baton, vhost->is_main);
    if (stop != 0 || vhost->is_main) {
        return stop;
    }
    return walk(vhost->directives, name, visit, baton, 1);
}
