/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_tree.h"

#include <string.h>

#include <ap_listen.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <util_cfgtree.h>

#include "collect_conf.h"
#include "directives.h"
#include "inject_parse.h"

typedef struct tree_t {
    apr_pool_t *pool;
    tlsg_collect_t *collect;
    const char *last_file; /* file name of the previous node and what became of it: macro bodies
                              repeat theirs */
    tlsg_origin_t last;
} tree_t;

static void origin_of(tree_t *tree, const ap_directive_t *node, tlsg_origin_t *origin)
{
    int is_plain = node->filename == NULL || strncmp(node->filename, "macro '", 7) != 0;
    if (is_plain) {
        memset(origin, 0, sizeof *origin);
        origin->file = node->filename;
        origin->line = node->line_num;
        origin->directive = node->directive;
        return;
    }
    if (tree->last_file != node->filename) {
        tlsg_collect_origin(tree->pool, node->filename, 0, NULL, &tree->last);
        tree->last_file = node->filename;
    }
    *origin = tree->last;
    origin->line += node->line_num;
    origin->directive = node->directive;
}

static int is_container(const ap_directive_t *node)
{
    return node->directive[0] == '<';
}

static int is_vhost(const ap_directive_t *node)
{
    return strcasecmp(node->directive, "<VirtualHost") == 0;
}

/* Depth is bounded by httpd's own limit on nested containers and includes. */
static void add_nodes(tree_t *tree, tlsg_vhost_t *vhost, const tlsg_section_t *section,
                      const ap_directive_t *node)
{
    for (; node != NULL; node = node->next) {
        if (is_vhost(node)) {
            continue;
        }
        tlsg_origin_t origin;
        origin_of(tree, node, &origin);
        if (!is_container(node)) {
            tlsg_collect_directive(tree->collect, vhost, section, node->directive, node->args,
                                   &origin);
            continue;
        }
        const tlsg_section_t *inner =
            tlsg_collect_section(tree->collect, section, node->directive, node->args, &origin);
        tlsg_collect_directive(tree->collect, vhost, section, node->directive, inner->arg, &origin);
        add_nodes(tree, vhost, inner, node->first_child);
    }
}

static const char *ip_text(apr_pool_t *pool, apr_sockaddr_t *address)
{
    char *ip = NULL;
    if (address == NULL || apr_sockaddr_ip_get(&ip, address) != APR_SUCCESS || ip == NULL) {
        return "*";
    }
    return strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0 ? "*" : apr_pstrdup(pool, ip);
}

/* ap_setup_listeners' own comparison (mod_ssl.md 3.2), which runs only at a real start. */
static const char *listens(const server_rec *s)
{
    const char *spoken = ap_get_server_protocol((server_rec *)(uintptr_t)s);
    if (spoken != NULL) {
        return spoken;
    }
    for (const server_addr_rec *address = s->addrs; address != NULL; address = address->next) {
        for (const ap_listen_rec *lr = ap_listeners; lr != NULL; lr = lr->next) {
            if (apr_sockaddr_equal(lr->bind_addr, address->host_addr) &&
                lr->bind_addr->port == address->host_port) {
                return lr->protocol;
            }
        }
    }
    return "http";
}

static tlsg_vhost_t *add_server(tree_t *tree, server_rec *s, const tlsg_origin_t *origin)
{
    tlsg_vhost_t *vhost = tlsg_collect_vhost(tree->collect, s->server_hostname, origin, listens(s));
    for (server_addr_rec *address = s->is_virtual ? s->addrs : NULL; address != NULL;
         address = address->next) {
        tlsg_collect_address(tree->collect, vhost, ip_text(tree->pool, address->host_addr),
                             address->host_port);
    }
    const tlsg_conf_t *conf = tlsg_directives_conf(tree->pool, s);
    vhost->conf = conf;
    vhost->cookie_adds = conf->cookies != NULL ? conf->cookies->add : 0;
    vhost->mode = conf->mode;
    vhost->fail_on = conf->fail_on == TLSG_FAIL_ON_WARNING ? TLSG_WARNING : TLSG_ERROR;
    const tlsg_policy_t *policy = tlsg_policy_at(conf->policy);
    vhost->policy = policy != NULL ? policy : tlsg_policy_default();
    return vhost;
}

/* main->next is in reverse configuration order: the virtual hosts are put straight here. */
static apr_array_header_t *servers_in_order(apr_pool_t *pool, server_rec *main_server)
{
    apr_array_header_t *reversed = apr_array_make(pool, 16, sizeof(server_rec *));
    for (server_rec *s = main_server->next; s != NULL; s = s->next) {
        APR_ARRAY_PUSH(reversed, server_rec *) = s;
    }
    apr_array_header_t *servers = apr_array_make(pool, reversed->nelts + 1, sizeof(server_rec *));
    APR_ARRAY_PUSH(servers, server_rec *) = main_server;
    for (int i = reversed->nelts - 1; i >= 0; i--) {
        APR_ARRAY_PUSH(servers, server_rec *) = APR_ARRAY_IDX(reversed, i, server_rec *);
    }
    return servers;
}

static void add_listeners(tree_t *tree)
{
    for (const ap_listen_rec *lr = ap_listeners; lr != NULL; lr = lr->next) {
        tlsg_collect_listener(tree->collect, ip_text(tree->pool, lr->bind_addr),
                              lr->bind_addr->port, lr->protocol);
    }
}

static void describe_server(tlsg_model_t *model)
{
    ap_version_t version;
    ap_get_server_revision(&version);
    model->httpd_version =
        apr_psprintf(model->pool, "%d.%d.%d", version.major, version.minor, version.patch);
    model->openssl_build = OPENSSL_VERSION_STR;
    model->openssl_run = OpenSSL_version(OPENSSL_VERSION_STRING);
    model->server_root = ap_server_root;
    for (module **loaded = ap_loaded_modules; *loaded != NULL; loaded++) {
        apr_hash_set(model->modules, (*loaded)->name, APR_HASH_KEY_STRING, *loaded);
    }
}

tlsg_model_t *tlsg_conf_tree_model(apr_pool_t *pool, server_rec *main_server, tlsg_stage_t stage,
                                   apr_array_header_t **servers)
{
    tree_t tree = { .pool = pool };
    tree.collect = tlsg_collect_make(pool, stage, apr_time_now());
    apr_array_header_t *order = servers_in_order(pool, main_server);
    describe_server(tlsg_collect_model(tree.collect));
    add_listeners(&tree);
    add_nodes(&tree, add_server(&tree, main_server, NULL), NULL, ap_conftree);
    int next = 1;
    for (const ap_directive_t *node = ap_conftree; node != NULL; node = node->next) {
        if (!is_vhost(node) || next >= order->nelts) {
            continue;
        }
        server_rec *s = APR_ARRAY_IDX(order, next++, server_rec *);
        tlsg_origin_t origin;
        origin_of(&tree, node, &origin);
        add_nodes(&tree, add_server(&tree, s, &origin), NULL, node->first_child);
    }
    if (servers != NULL) {
        *servers = order;
    }
    return tlsg_collect_finish(tree.collect);
}

void tlsg_conf_tree_each(apr_pool_t *pool, server_rec *main_server, tlsg_conf_tree_fn *visit,
                         void *baton)
{
    apr_array_header_t *order = servers_in_order(pool, main_server);
    int next = 1;
    visit(baton, main_server, ap_conftree);
    for (const ap_directive_t *node = ap_conftree; node != NULL; node = node->next) {
        if (is_vhost(node) && next < order->nelts) {
            visit(baton, APR_ARRAY_IDX(order, next++, server_rec *), node->first_child);
        }
    }
}
