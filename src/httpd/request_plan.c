/* SPDX-License-Identifier: Apache-2.0 */
#include "request_plan.h"

#include <ap_regex.h>
#include <http_config.h>
#include <http_ssl.h>
#include <string.h>

#include "directives.h"
#include "face.h"
#include "text.h"

/* A request's own plan and the record it was made from: internal steps may change the sections. */
typedef struct own_t {
    const tlsg_conf_t *dir;
    const tlsg_plan_t *plan;
} own_t;

static const tlsg_plan_t *own_plan(request_rec *r, const tlsg_served_t *served,
                                   const tlsg_conf_t *dir)
{
    own_t *own = ap_get_module_config(r->request_config, &tlsguard_module);
    if (own != NULL && own->dir == dir) {
        return own->plan;
    }
    if (own == NULL) {
        own = apr_palloc(r->pool, sizeof *own);
        ap_set_module_config(r->request_config, &tlsguard_module, own);
    }
    own->dir = dir;
    own->plan = tlsg_inject_plan(r->pool, tlsg_directives_section(r->pool, r->server, dir),
                                 &served->shared);
    return own->plan;
}

const tlsg_plan_t *tlsg_request_plan_of(request_rec *r)
{
    const tlsg_server_t *server = ap_get_module_config(r->server->module_config, &tlsguard_module);
    const tlsg_served_t *served = server != NULL ? server->served : NULL;
    if (served == NULL) {
        return NULL;
    }
    const tlsg_conf_t *dir = ap_get_module_config(r->per_dir_config, &tlsguard_module);
    return dir == NULL || dir == served->dir ? served->plan : own_plan(r, served, dir);
}

int tlsg_request_plan_is_tls(const request_rec *r, const tlsg_plan_t *plan)
{
    if (ap_ssl_conn_is_ssl(r->connection)) {
        return 1;
    }
    /* mod_remoteip replaces the address only for proxies that it trusts. */
    if (!plan->trusts_proxy || r->useragent_addr == r->connection->client_addr) {
        return 0;
    }
    const char *proto = apr_table_get(r->headers_in, "X-Forwarded-Proto");
    return proto != NULL && tlsg_text_eq_nocase(proto, "https");
}

/* Without a handler of its own a file is served by the default one, or by one that is named like
 * its type. */
int tlsg_request_plan_is_file(const request_rec *r)
{
    const char *handler = r->handler != NULL ? r->handler : r->content_type;
    if (r->proxyreq != PROXYREQ_NONE) {
        return 0;
    }
    return handler == NULL || strcmp(handler, "default-handler") == 0 ||
           (strchr(handler, '/') != NULL && strncmp(handler, "proxy", 5) != 0 &&
            strncmp(handler, "application/x-httpd-", 20) != 0);
}

int tlsg_request_plan_excepts(const apr_array_header_t *except, const char *text, apr_size_t len)
{
    for (int i = 0; i < except->nelts; i++) {
        const ap_regex_t *regex = APR_ARRAY_IDX(except, i, tlsg_inject_except_t).compiled;
        if (ap_regexec_len(regex, text, len, 0, NULL, 0) == 0) {
            return 1;
        }
    }
    return 0;
}
