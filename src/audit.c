/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, keys and probes into the model, then the rules. Everything that costs is done once
 * per distinct input: a certificate file, a key file, a kind of context, a pair of contexts. */
#include "audit.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/provider.h>

#include "audit_ca.h"
#include "audit_certs.h"
#include "audit_server.h"
#include "cipher.h"
#include "collect_ctx.h"
#include "fault.h"
#include "ossl.h"
#include "probe.h"
#include "rules.h"

/* A probe with its number; virtual hosts whose contexts behave alike share one. */
typedef struct shared_t {
    tlsg_probe_t *probe;
    int id;
} shared_t;

typedef struct audit_t {
    tlsg_model_t *model;
    tlsg_client_t *client;
    apr_hash_t *probes;  /* tlsg_probe_key() -> shared_t * */
    apr_hash_t *pairs;   /* pair_key_t -> tlsg_effective_t * */
    apr_pool_t *scratch; /* keys that are mostly known already; cleared for each virtual host */
    shared_t **by_vhost; /* by index in the model, NULL without TLS */
} audit_t;

typedef struct pair_key_t {
    int entry; /* ids of probes */
    int own;
    int protocol_set;
} pair_key_t;

static shared_t *probe_of(audit_t *audit, tlsg_vhost_t *vhost)
{
    apr_pool_t *pool = audit->model->pool;
    apr_pool_clear(audit->scratch);
    const char *key = tlsg_probe_key(audit->scratch, vhost);
    shared_t *shared = apr_hash_get(audit->probes, key, APR_HASH_KEY_STRING);
    if (shared == NULL) {
        shared = apr_palloc(pool, sizeof *shared);
        shared->probe = tlsg_probe_make(pool, vhost, audit->model->server_root);
        shared->id = (int)apr_hash_count(audit->probes) + 1;
        apr_hash_set(audit->probes, apr_pstrdup(pool, key), APR_HASH_KEY_STRING, shared);
    }
    return shared;
}

/* The virtual host's own line for a fault of a shared probe. */
static const tlsg_directive_t *line_of(const tlsg_vhost_t *vhost, const tlsg_probe_fault_t *fault)
{
    const apr_array_header_t *list = NULL;
    if (fault->which == TLSG_SSLCertificateFile) {
        const tlsg_vhost_cert_t *cert =
            &APR_ARRAY_IDX(vhost->certs, fault->index, tlsg_vhost_cert_t);
        return cert->cert;
    }
    if (fault->which == TLSG_SSLOpenSSLConfCmd) {
        list = vhost->ssl.confcmds;
    }
    if (list != NULL) {
        return fault->index < list->nelts
                   ? APR_ARRAY_IDX(list, fault->index, const tlsg_directive_t *)
                   : NULL;
    }
    return fault->which < TLSG_SSL_DIRECTIVES ? vhost->ssl.set[fault->which] : NULL;
}

static void copy_faults(apr_pool_t *pool, tlsg_vhost_t *vhost, const tlsg_probe_t *probe)
{
    for (int i = 0; i < probe->faults->nelts; i++) {
        const tlsg_probe_fault_t *fault = &APR_ARRAY_IDX(probe->faults, i, tlsg_probe_fault_t);
        tlsg_fault_add(pool, vhost, fault->kind, line_of(vhost, fault), fault->message);
    }
}

static void probe_all(audit_t *audit)
{
    tlsg_model_t *model = audit->model;
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        if (!tlsg_vhost_is_tls(vhost)) {
            continue;
        }
        audit->by_vhost[v] = probe_of(audit, vhost);
        copy_faults(model->pool, vhost, audit->by_vhost[v]->probe);
    }
}

/* ---- Pairs
 * ------------------------------------------------------------------------------------------- */

/* Why the effective facts of a virtual host cannot be known, NULL when they can. */
static const char *unknown_because(const tlsg_vhost_t *vhost)
{
    static const char *const fatal[] = { "protocol", "cipher-list", "context" };
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        if (tlsg_fault_next(vhost, fatal[i], NULL) != NULL) {
            return "the server will not start with these settings";
        }
    }
    return NULL;
}

static const tlsg_effective_t *effective_of(audit_t *audit, const tlsg_vhost_t *vhost,
                                            const tlsg_vhost_t *entry)
{
    apr_pool_t *pool = audit->model->pool;
    shared_t *own = audit->by_vhost[vhost->index];
    shared_t *first = audit->by_vhost[entry->index];
    if (first == NULL || first->probe->ctx == NULL || unknown_because(entry) != NULL) {
        first = own; /* the default virtual host of the address has no usable TLS of its own */
    }
    int protocol_set = vhost->ssl.set[TLSG_SSLProtocol] != NULL;
    const pair_key_t key = { first->id, own->id, protocol_set };
    tlsg_effective_t *facts = apr_hash_get(audit->pairs, &key, sizeof key);
    if (facts != NULL) {
        return facts;
    }
    tlsg_ctx_source_t source = {
        .ctx = own->probe->ctx,
        .entry = first->probe->ctx,
        .protocol_set = protocol_set,
        .declared = own->probe->declared,
        .cert_auth = own->probe->cert_auth,
        .dh_params = own->probe->dh_params,
        .client = audit->client,
    };
    facts = tlsg_collect_ctx(pool, &source);
    if (facts != NULL) {
        facts->id = (int)apr_hash_count(audit->pairs) + 1;
        apr_hash_set(audit->pairs, apr_pmemdup(pool, &key, sizeof key), sizeof key, facts);
    }
    return facts;
}

static void pair_all(audit_t *audit)
{
    tlsg_model_t *model = audit->model;
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        shared_t *own = audit->by_vhost[v];
        if (own == NULL) {
            continue;
        }
        vhost->unknown = unknown_because(vhost);
        if (own->probe->ctx == NULL || vhost->unknown != NULL) {
            continue;
        }
        for (int p = 0; p < vhost->pairs->nelts; p++) {
            tlsg_pair_t *pair = &APR_ARRAY_IDX(vhost->pairs, p, tlsg_pair_t);
            pair->effective = effective_of(audit, vhost, pair->default_vhost);
        }
    }
    model->configurations = (int)apr_hash_count(audit->pairs);
}

/* ---- What needs no context
 * ---------------------------------------------------------------------------- */

static void check_stapling_cache(tlsg_model_t *model, tlsg_vhost_t *vhost)
{
    if (tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0) &&
        model->main->ssl.set[TLSG_SSLStaplingCache] == NULL) {
        tlsg_fault_add(model->pool, vhost, "stapling-cache", vhost->ssl.set[TLSG_SSLUseStapling],
                       "no SSLStaplingCache");
    }
}

static void check_fips(tlsg_model_t *model, tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *fips = model->main->ssl.set[TLSG_SSLFIPS];
    if (fips != NULL && tlsg_vhost_setting_is_on(model->main, TLSG_SSLFIPS, 0) &&
        OSSL_PROVIDER_available(NULL, "fips") != 1) {
        tlsg_fault_add(model->pool, vhost, "fips", fips,
                       "this OpenSSL has no FIPS provider loaded");
    }
    tlsg_ossl_clear();
}

static void check_settings(tlsg_model_t *model)
{
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        if (tlsg_vhost_is_tls(vhost)) {
            check_stapling_cache(model, vhost);
            check_fips(model, vhost);
        }
    }
}

void tlsg_audit_prepare(tlsg_model_t *model)
{
    apr_pool_t *pool = model->pool;
    audit_t audit = { .model = model };
    model->default_level = tlsg_collect_ctx_default_level();
    tlsg_audit_certs(model);
    tlsg_audit_chains(model);
    audit.client = tlsg_handshake_client_make(pool);
    if (apr_pool_create(&audit.scratch, pool) != APR_SUCCESS) {
        return; /* out of memory: nothing is known, and the report says so */
    }
    audit.probes = apr_hash_make(pool);
    audit.pairs = apr_hash_make(pool);
    audit.by_vhost = apr_pcalloc(pool, (apr_size_t)model->vhosts->nelts * sizeof *audit.by_vhost);
    check_settings(model);
    tlsg_bundles_t *bundles = tlsg_bundle_cache_make(pool);
    tlsg_audit_ca(model, bundles);
    tlsg_audit_proxy(model, bundles);
    tlsg_audit_server(model);
    probe_all(&audit);
    pair_all(&audit);
    tlsg_audit_replaced(model);
    apr_pool_destroy(audit.scratch);
    tlsg_ossl_clear();
}

const tlsg_report_t *tlsg_audit_judge(const tlsg_model_t *model)
{
    tlsg_report_t *report = tlsg_report_make(model->pool);
    tlsg_rules_run(model, report);
    tlsg_ossl_clear();
    return report;
}
