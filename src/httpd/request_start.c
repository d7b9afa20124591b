/* SPDX-License-Identifier: Apache-2.0 */
/* The part of request.h that runs at start: each server's plan, its pins and the headers that its
 * configuration takes away on purpose. */
#include <httpd.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <openssl/ssl.h>

#include "certfile.h"
#include "conf_tree.h"
#include "directives.h"
#include "face.h"
#include "live.h"
#include "log.h"
#include "ossl.h"
#include "pin.h"
#include "request.h"
#include "request_count.h"
#include "request_plan.h"

APLOG_USE_MODULE(tlsguard);

static const char pins_notice[] =
    "TLSGuardPins: no browser obeys Public-Key-Pins any more (Chrome since 2018, Firefox since "
    "2019); for clients of your own pin in the client, for mail and others publish TLSA records";

/* The pins of what a server sends. */
typedef struct sent_t {
    apr_array_header_t *leaves; /* const char * */
    apr_array_header_t *chain;  /* const char * */
} sent_t;

static void sent_make(apr_pool_t *pool, sent_t *sent)
{
    sent->leaves = apr_array_make(pool, 2, sizeof(const char *));
    sent->chain = apr_array_make(pool, 4, sizeof(const char *));
}

static void add_pin(apr_array_header_t *pins, const char *pin)
{
    if (pin != NULL) {
        APR_ARRAY_PUSH(pins, const char *) = pin;
    }
}

static void read_context(apr_pool_t *pool, SSL_CTX *ctx, sent_t *sent)
{
    sent_make(pool, sent);
    long more = ctx != NULL ? SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST) : 0;
    for (; more == 1; more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        const X509 *leaf = SSL_CTX_get0_certificate(ctx);
        STACK_OF(X509) *chain = NULL;
        /* Gives the certificate's own chain when there is no common one. */
        SSL_CTX_get_extra_chain_certs(ctx, &chain);
        add_pin(sent->leaves, leaf != NULL ? tlsg_pin_of_x509(pool, leaf) : NULL);
        for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
            add_pin(sent->chain, tlsg_pin_of_x509(pool, sk_X509_value(chain, i)));
        }
    }
    tlsg_ossl_clear();
}

static void read_file(const tlsg_certfile_t *file, apr_array_header_t *leaves,
                      apr_array_header_t *chain)
{
    add_pin(leaves, file->leaf != NULL ? file->leaf->pin : NULL);
    for (int i = 0; i < file->chain_count; i++) {
        add_pin(chain, file->chain[i]->pin);
    }
}

static const tlsg_certfile_t *file_of(const tlsg_model_t *model, const tlsg_directive_t *directive)
{
    const char *path = ap_server_root_relative(model->pool, directive->argv[0]);
    return tlsg_certfile_get(model->certs, path != NULL ? path : directive->argv[0]);
}

/* Under -t there are no contexts: the files say what a start would send. */
static void read_files(const tlsg_model_t *model, const tlsg_vhost_t *vhost, sent_t *sent)
{
    sent_make(model->pool, sent);
    for (int i = 0; i < vhost->ssl.certs->nelts; i++) {
        const tlsg_directive_t *cert = APR_ARRAY_IDX(vhost->ssl.certs, i, const tlsg_directive_t *);
        if (cert != NULL && cert->argc > 0) {
            read_file(file_of(model, cert), sent->leaves, sent->chain);
        }
    }
    const tlsg_directive_t *chain = vhost->ssl.set[TLSG_SSLCertificateChainFile];
    if (chain != NULL && chain->argc > 0) {
        read_file(file_of(model, chain), sent->chain, sent->chain);
    }
}

static int wants_pins(const tlsg_conf_t *conf)
{
    return conf->pins != NULL && !conf->pins->is_off;
}

static int any_pins(apr_pool_t *ptemp, const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        if (wants_pins(tlsg_directives_conf(ptemp, s))) {
            return 1;
        }
    }
    return 0;
}

int tlsg_request_test(apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *refused = tlsg_directives_refused(ptemp, s);
    for (int i = 0; i < refused->nelts; i++) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "%s",
                     APR_ARRAY_IDX(refused, i, const char *));
    }
    int ok = refused->nelts == 0;
    if (!any_pins(ptemp, s)) {
        return ok;
    }
    tlsg_model_t *model = tlsg_conf_tree_model(ptemp, s, TLSG_STAGE_CONFIG_TEST, NULL);
    model->certs = tlsg_certfile_cache_make(ptemp);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        const tlsg_conf_t *conf = vhost->conf;
        const char *err = NULL;
        sent_t sent;
        if (!tlsg_vhost_is_tls(vhost) || !wants_pins(conf)) {
            continue;
        }
        read_files(model, vhost, &sent);
        if (sent.leaves->nelts > 0 &&
            tlsg_inject_pins(ptemp, conf->pins, sent.leaves, sent.chain, &err) == NULL) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "TLSGuardPins: %s: %s",
                         vhost->name, err);
            ok = 0;
        }
    }
    return ok;
}

/* A first start must not begin with what a reload may only leave out: one that fails ends the
 * server. */
static void complain(const server_rec *s, int may_refuse, const char *text, const char *instead)
{
    if (may_refuse) {
        tlsg_log_refused(s, text);
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s; %s", text, instead);
    }
}

/* Value of Public-Key-Pins; NULL: none. *ok becomes 0 when that is a reason to refuse. */
static const char *pins_of(apr_pool_t *pconf, const server_rec *s, const tlsg_conf_t *conf,
                           int may_refuse, int *ok)
{
    SSL_CTX *ctx = wants_pins(conf) ? tlsg_live_context(s) : NULL;
    if (ctx == NULL) {
        return NULL;
    }
    sent_t sent;
    const char *err = NULL;
    read_context(pconf, ctx, &sent);
    const char *value = tlsg_inject_pins(pconf, conf->pins, sent.leaves, sent.chain, &err);
    if (value == NULL) {
        complain(s, may_refuse,
                 apr_psprintf(pconf, "TLSGuardPins: %s: %s", s->server_hostname, err),
                 "the header is left out");
        *ok = 0;
    }
    return value;
}

/* ---- Headers that the configuration takes away ---- */

static void add_unsets(apr_pool_t *pool, const ap_directive_t *node, apr_array_header_t *unset)
{
    for (; node != NULL; node = node->next) {
        const char *name = ap_cstr_casecmp(node->directive, "Header") == 0
                               ? tlsg_inject_unset(pool, node->args)
                               : NULL;
        if (name != NULL) {
            APR_ARRAY_PUSH(unset, const char *) = name;
        }
    }
}

/* Below which paths a section's lines count: a plain <Location> names it, others are not followed
 * up. */
static const char *path_of(apr_pool_t *pool, const ap_directive_t *node, const char *outer)
{
    const char *args = node->args;
    const char *word =
        ap_cstr_casecmp(node->directive, "<Location") == 0 ? ap_getword_conf(pool, &args) : "";
    size_t len = strlen(word);
    len -= len > 0 && word[len - 1] == '>';
    int is_plain = word[0] == '/' && strcspn(word, "*?[") >= len;
    return is_plain ? apr_pstrmemdup(pool, word, len) : outer;
}

/* Depth is bounded by httpd's own limit on nested containers. */
static void add_cookie_paths(apr_pool_t *pool, const ap_directive_t *node, const char *path,
                             apr_array_header_t *paths)
{
    for (; node != NULL; node = node->next) {
        if (node->directive[0] == '<' && ap_cstr_casecmp(node->directive, "<VirtualHost") != 0) {
            add_cookie_paths(pool, node->first_child, path_of(pool, node, path), paths);
        }
        else if (ap_cstr_casecmp(node->directive, "Header") == 0 &&
                 tlsg_inject_puts_cookie(pool, node->args)) {
            APR_ARRAY_PUSH(paths, const char *) = path;
        }
    }
}

/* The main server's names or paths, which all others inherit, and room for more. */
static apr_array_header_t *inherit(apr_pool_t *pool, const apr_array_header_t *from)
{
    return from != NULL ? apr_array_copy(pool, from)
                        : apr_array_make(pool, 2, sizeof(const char *));
}

typedef struct preparation_t {
    apr_pool_t *pconf;
    const apr_array_header_t *unset; /* of the main server, which all others inherit */
    const apr_array_header_t *cookie_paths;
    int may_refuse;
    int ok;
    int has_pins;
} preparation_t;

static void prepare_server(void *baton, server_rec *s, const ap_directive_t *directives)
{
    preparation_t *work = baton;
    apr_pool_t *pconf = work->pconf;
    apr_array_header_t *unset = inherit(pconf, work->unset);
    apr_array_header_t *cookie_paths = inherit(pconf, work->cookie_paths);
    add_unsets(pconf, directives, unset);
    add_cookie_paths(pconf, directives, "", cookie_paths);
    if (work->unset == NULL) {
        work->unset = unset;
        work->cookie_paths = cookie_paths;
    }
    const tlsg_conf_t *conf = tlsg_directives_conf(pconf, s);
    tlsg_served_t *served = apr_pcalloc(pconf, sizeof *served);
    served->shared.unset = unset;
    served->shared.cookie_paths = cookie_paths;
    served->shared.pins = pins_of(pconf, s, conf, work->may_refuse, &work->ok);
    served->dir = ap_get_module_config(s->lookup_defaults, &tlsguard_module);
    tlsg_plan_t *plan = tlsg_inject_plan(pconf, conf, &served->shared);
    tlsg_inject_plan_keep(pconf, plan);
    served->plan = plan;
    work->has_pins |= served->shared.pins != NULL;

    /* Virtual hosts without a directive of this module share the main server's record. */
    const tlsg_server_t *shared = ap_get_module_config(s->module_config, &tlsguard_module);
    tlsg_server_t *own = apr_pmemdup(pconf, shared, sizeof *own);
    own->served = served;
    ap_set_module_config(s->module_config, &tlsguard_module, own);
}

int tlsg_request_prepare(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *s, int may_refuse)
{
    preparation_t work = { .pconf = pconf, .may_refuse = may_refuse, .ok = 1 };
    const apr_array_header_t *refused = tlsg_directives_refused(ptemp, s);
    for (int i = 0; i < refused->nelts; i++) {
        complain(s, may_refuse, APR_ARRAY_IDX(refused, i, const char *), "left out");
        work.ok = 0;
    }
    tlsg_request_count_begin(pconf, s);
    tlsg_conf_tree_each(ptemp, s, prepare_server, &work);
    if (work.has_pins && !may_refuse) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, "%s", pins_notice);
    }
    return work.ok || !may_refuse;
}
