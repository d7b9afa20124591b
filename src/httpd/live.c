/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_config.h>
#include <openssl/ssl.h>

#include "audit_certs.h"
#include "certfile.h"
#include "collect_ctx.h"
#include "face.h"
#include "ossl.h"
#include "protocol.h"
#include "trust.h"

#if __has_include(<mod_ssl_openssl.h>)
#include <mod_ssl_openssl.h>
#else
/* Not every distribution ships mod_ssl's header; the hook's type is part of its ABI. */
APR_DECLARE_EXTERNAL_HOOK(ssl, SSL, int, init_server,
                          (server_rec * s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx))
#endif

/* The contexts of one configuration pass, kept on its pool under this name. */
static const char notes_key[] = "tlsguard-contexts";

static apr_hash_t *notes_of(apr_pool_t *pconf)
{
    void *notes = NULL;
    apr_pool_userdata_get(&notes, notes_key, pconf);
    return notes;
}

void tlsg_live_begin(apr_pool_t *pconf, server_rec *s)
{
    (void)s;
    apr_pool_userdata_set(apr_hash_make(pconf), notes_key, apr_pool_cleanup_null, pconf);
}

static int init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx)
{
    apr_hash_t *notes = notes_of(s->process->pconf);
    (void)p;
    if (!is_proxy && notes != NULL) {
        server_rec **key = apr_pmemdup(apr_hash_pool_get(notes), &s, sizeof s);
        apr_hash_set(notes, key, sizeof *key, ctx);
    }
    return OK;
}

void tlsg_live_register(void)
{
    APR_OPTIONAL_HOOK(ssl, init_server, init_server, NULL, NULL, APR_HOOK_LAST);
}

static SSL_CTX *context_of(apr_hash_t *notes, const server_rec *s)
{
    return notes != NULL ? apr_hash_get(notes, &s, sizeof s) : NULL;
}

/* Which SSLCertificateFile line a certificate came from. OpenSSL keeps certificates by kind of key,
 * so where there are several lines their files tell. */
static int line_of(const tlsg_model_t *model, const tlsg_vhost_t *vhost, X509 *leaf, int index)
{
    const tlsg_cert_t *wanted = tlsg_certfile_intern(model->certs, leaf);
    for (int i = 0; vhost->ssl.certs->nelts > 1 && i < vhost->ssl.certs->nelts; i++) {
        const tlsg_directive_t *line = APR_ARRAY_IDX(vhost->ssl.certs, i, const tlsg_directive_t *);
        const char *path = ap_server_root_relative(model->pool, line->argv[0]);
        const tlsg_certfile_t *file = path != NULL ? tlsg_certfile_get(model->certs, path) : NULL;
        if (file != NULL && file->leaf != NULL && tlsg_cert_equal(file->leaf, wanted)) {
            return i;
        }
    }
    return index;
}

/* What the server sends: each certificate of the context with its chain. */
static void attach_certificates(tlsg_model_t *model, tlsg_vhost_t *vhost, SSL_CTX *ctx)
{
    int count = 0;
    for (long more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST); more == 1;
         more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        X509 *leaf = SSL_CTX_get0_certificate(ctx);
        if (leaf == NULL) {
            continue;
        }
        STACK_OF(X509) *chain = NULL;
        /* The certificate's own chain, or the common one of SSLCertificateChainFile. */
        SSL_CTX_get_extra_chain_certs(ctx, &chain);
        int index = line_of(model, vhost, leaf, count++);
        tlsg_vhost_cert_t *cert = apr_array_push(vhost->certs);
        memset(cert, 0, sizeof *cert);
        cert->is_live = 1;
        if (index < vhost->ssl.certs->nelts) {
            cert->cert = APR_ARRAY_IDX(vhost->ssl.certs, index, const tlsg_directive_t *);
        }
        if (index < vhost->ssl.keys->nelts) {
            cert->key = APR_ARRAY_IDX(vhost->ssl.keys, index, const tlsg_directive_t *);
        }
        cert->path = cert->cert != NULL       ? cert->cert->argv[0]
                     : vhost->managed != NULL ? "certificate from mod_md"
                                              : "certificate of the running server";
        cert->file = tlsg_certfile_wrap(model->certs, cert->path, leaf, chain);
    }
    tlsg_ossl_clear();
}

/* The parameters block that mod_ssl looked for; the file is read as under -t. */
static const tlsg_params_t *params_of(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    if (vhost->ssl.certs->nelts == 0) {
        return NULL;
    }
    const tlsg_directive_t *first = APR_ARRAY_IDX(vhost->ssl.certs, 0, const tlsg_directive_t *);
    const char *path = ap_server_root_relative(model->pool, first->argv[0]);
    const tlsg_certfile_t *file = path != NULL ? tlsg_certfile_get(model->certs, path) : NULL;
    return file != NULL && file->params.kind != TLSG_PARAMS_NONE ? &file->params : NULL;
}

/* With what all contexts of a pass are asked. */
typedef struct asker_t {
    tlsg_client_t *client;
    apr_hash_t *asked;
} asker_t;

static const tlsg_effective_t *read_pair(tlsg_model_t *model, const asker_t *asker,
                                         const tlsg_vhost_t *vhost, SSL_CTX *ctx, SSL_CTX *entry)
{
    const char *replaces;
    tlsg_ctx_source_t source = {
        .ctx = ctx,
        .entry = entry != NULL ? entry : ctx,
        .protocol_set = vhost->ssl.set[TLSG_SSLProtocol] != NULL,
        .declared = tlsg_protocol_parse(vhost->ssl.set[TLSG_SSLProtocol], &replaces),
        .cert_auth = tlsg_collect_ctx_auth(ctx),
        .dh_params = params_of(model, vhost),
        .client = asker->client,
        .is_live = 1,
        .asked = asker->asked,
    };
    tlsg_effective_t *facts = tlsg_collect_ctx(model->pool, &source);
    if (facts != NULL) {
        int (*status)(SSL *, void *) = NULL;
        SSL_CTX_get_tlsext_status_cb(ctx, &status);
        facts->id = ++model->configurations;
        facts->status_callback = status != NULL;
    }
    return facts;
}

void tlsg_live_attach(tlsg_model_t *model, const apr_array_header_t *servers)
{
    server_rec *main_server = APR_ARRAY_IDX(servers, 0, server_rec *);
    apr_hash_t *notes = notes_of(main_server->process->pconf);
    model->default_level = tlsg_collect_ctx_default_level();
    model->certs = tlsg_certfile_cache_make(model->pool);
    model->trust = tlsg_trust_make(model->pool, model->certs, NULL);
    const asker_t asker = { tlsg_handshake_client_make(model->pool), apr_hash_make(model->pool) };
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        SSL_CTX *ctx = context_of(notes, APR_ARRAY_IDX(servers, v, server_rec *));
        if (ctx == NULL) {
            vhost->unknown = "mod_ssl made no context for this virtual host";
            continue;
        }
        attach_certificates(model, vhost, ctx);
        for (int p = 0; p < vhost->pairs->nelts; p++) {
            tlsg_pair_t *pair = &APR_ARRAY_IDX(vhost->pairs, p, tlsg_pair_t);
            int entry = pair->default_vhost->index;
            pair->effective =
                read_pair(model, &asker, vhost, ctx,
                          context_of(notes, APR_ARRAY_IDX(servers, entry, server_rec *)));
        }
    }
    tlsg_audit_live(model);
}

SSL_CTX *tlsg_live_context(const server_rec *s)
{
    return context_of(notes_of(s->process->pconf), s);
}
