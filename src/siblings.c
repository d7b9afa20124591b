/* SPDX-License-Identifier: Apache-2.0 */
#include "siblings.h"

#include <string.h>

#include <apr_strings.h>

#include "redirect.h"
#include "text.h"

/* Enters a name under every domain above it. */
static void enter(apr_hash_t *below, const tlsg_model_t *model, const char *name,
                  const tlsg_vhost_t *vhost)
{
    if (strpbrk(name, "*?") != NULL ||
        tlsg_redirect_find_name(model->pool, model, name, 0, 1) != NULL) {
        return;
    }
    const char *key = tlsg_text_lower(model->pool, name);
    for (const char *dot = strchr(key, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        apr_array_header_t *list = apr_hash_get(below, dot + 1, APR_HASH_KEY_STRING);
        if (list == NULL) {
            list = apr_array_make(model->pool, 2, sizeof(tlsg_sibling_t));
            apr_hash_set(below, dot + 1, APR_HASH_KEY_STRING, list);
        }
        tlsg_sibling_t *sibling = apr_array_push(list);
        sibling->name = name;
        sibling->vhost = vhost;
    }
}

static apr_hash_t *index_of(const tlsg_model_t *model)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, model->main);
    if (facts->siblings != NULL) {
        return facts->siblings;
    }
    apr_hash_t *below = apr_hash_make(model->pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        if (vhost->is_main || !vhost->serves || tlsg_vhost_is_tls(vhost) ||
            vhost->server_name.directive == NULL) {
            continue;
        }
        tlsg_http_facts_t *own = tlsg_http_facts_get(model, vhost);
        if (tlsg_redirect_usual(own)->fate == TLSG_FATE_REDIRECT ||
            tlsg_redirect_serves_nothing(own)) {
            continue;
        }
        enter(below, model, vhost->server_name.text, vhost);
        for (int i = 0; i < vhost->aliases->nelts; i++) {
            enter(below, model, APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t).text, vhost);
        }
    }
    facts->siblings = below;
    return below;
}

const apr_array_header_t *tlsg_siblings_plain_below(const tlsg_model_t *model, const char *domain)
{
    return apr_hash_get(index_of(model), tlsg_text_lower(model->pool, domain), APR_HASH_KEY_STRING);
}
