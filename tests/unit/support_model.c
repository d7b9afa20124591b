/* SPDX-License-Identifier: Apache-2.0 */
#include "support_model.h"

#include <apr_strings.h>

static tlsg_vhost_t *add_vhost(tlsg_model_t *model, const char *name, int port)
{
    apr_pool_t *pool = model->pool;
    tlsg_vhost_t *vhost = apr_pcalloc(pool, sizeof *vhost);
    vhost->index = model->vhosts->nelts;
    vhost->name = name;
    vhost->port = port;
    vhost->label = apr_psprintf(pool, "%s:%d", name, port);
    vhost->server_name.text = name;
    vhost->addresses = apr_array_make(pool, 1, sizeof(const tlsg_address_t *));
    vhost->aliases = apr_array_make(pool, 1, sizeof(tlsg_name_t));
    vhost->ssl.certs = apr_array_make(pool, 1, sizeof(const tlsg_directive_t *));
    vhost->ssl.keys = apr_array_make(pool, 1, sizeof(const tlsg_directive_t *));
    vhost->ssl.confcmds = apr_array_make(pool, 1, sizeof(const tlsg_directive_t *));
    vhost->directives = apr_array_make(pool, 1, sizeof(const tlsg_directive_t *));
    vhost->certs = apr_array_make(pool, 1, sizeof(tlsg_vhost_cert_t));
    vhost->pairs = apr_array_make(pool, 1, sizeof(tlsg_pair_t));
    vhost->faults = apr_array_make(pool, 1, sizeof(const tlsg_fault_t *));
    vhost->policy = tlsg_policy_default();
    vhost->mode = 1; /* audit */
    APR_ARRAY_PUSH(model->vhosts, tlsg_vhost_t *) = vhost;
    return vhost;
}

tlsg_model_t *support_model(apr_pool_t *pool)
{
    tlsg_model_t *model = apr_pcalloc(pool, sizeof *model);
    model->pool = pool;
    model->stage = TLSG_STAGE_CONFIG_TEST;
    model->now = apr_time_from_sec(1767225600); /* 2026-01-01 */
    model->httpd_version = "2.4.71";
    model->openssl_build = "3.0.22";
    model->openssl_run = "3.0.22";
    model->server_root = "/srv/www";
    model->modules = apr_hash_make(pool);
    apr_hash_set(model->modules, "mod_ssl.c", APR_HASH_KEY_STRING, "");
    model->listeners = apr_array_make(pool, 1, sizeof(tlsg_listener_t));
    model->vhosts = apr_array_make(pool, 4, sizeof(tlsg_vhost_t *));
    model->main = add_vhost(model, "localhost", 80);
    model->main->is_main = 1;
    return model;
}

tlsg_vhost_t *support_vhost(tlsg_model_t *model, const char *name, const char *file, int line)
{
    tlsg_vhost_t *vhost = add_vhost(model, name, 443);
    vhost->origin = support_origin(model, file, line);
    vhost->origin.directive = "<VirtualHost";
    vhost->tls = TLSG_TLS_ON;
    vhost->serves = 1;
    return vhost;
}

tlsg_effective_t *support_effective(tlsg_model_t *model)
{
    apr_pool_t *pool = model->pool;
    tlsg_effective_t *effective = apr_pcalloc(pool, sizeof *effective);
    effective->id = ++model->configurations;
    effective->enabled = effective->negotiable = TLSG_TLS12 | TLSG_TLS13;
    effective->security_level = 2;
    effective->suites = apr_array_make(pool, 1, sizeof(const struct tlsg_suite_t *));
    effective->suites13 = apr_array_make(pool, 1, sizeof(const struct tlsg_suite_t *));
    effective->dead_suites = apr_array_make(pool, 1, sizeof(const struct tlsg_suite_t *));
    effective->groups = apr_array_make(pool, 2, sizeof(const char *));
    APR_ARRAY_PUSH(effective->groups, const char *) = "X25519";
    APR_ARRAY_PUSH(effective->groups, const char *) = "P-256";
    effective->cert_auth = 1;
    return effective;
}

void support_use(tlsg_vhost_t *vhost, const tlsg_effective_t *effective)
{
    tlsg_pair_t *pair = apr_array_push(vhost->pairs);
    pair->default_vhost = vhost;
    pair->effective = effective;
}

tlsg_origin_t support_origin(tlsg_model_t *model, const char *file, int line)
{
    tlsg_origin_t origin = { .file = apr_pstrcat(model->pool, "/srv/www/conf/", file, NULL),
                             .line = line };
    return origin;
}
