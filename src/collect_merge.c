/* SPDX-License-Identifier: Apache-2.0 */
#include "collect_merge.h"

#include <string.h>

#include <apr_strings.h>

#include "text.h"

typedef enum merge_t {
    INHERIT,
    BY_INDEX,
    APPEND,
    GLOBAL,
} merge_t;

static const merge_t merges[] = {
#define DIRECTIVE(name, merge) merge,
#include "ssl_directives.def"
#undef DIRECTIVE
};

/* modssl_ctx_cfg_merge_certkeys_array (mod_ssl): only the first three entries replace the base's.
 */
#define REPLACED_BY_INDEX 3

tlsg_settings_t *tlsg_merge_settings_make(apr_pool_t *pool)
{
    tlsg_settings_t *own = apr_pcalloc(pool, sizeof *own);
    own->certs = apr_array_make(pool, 0, sizeof(const tlsg_directive_t *));
    own->keys = apr_array_make(pool, 0, sizeof(const tlsg_directive_t *));
    own->confcmds = apr_array_make(pool, 0, sizeof(const tlsg_directive_t *));
    return own;
}

static apr_array_header_t *list_of(const tlsg_settings_t *settings, tlsg_ssl_directive_t which)
{
    return which == TLSG_SSLCertificateFile      ? settings->certs
           : which == TLSG_SSLCertificateKeyFile ? settings->keys
                                                 : settings->confcmds;
}

void tlsg_merge_note(tlsg_settings_t *own, tlsg_ssl_directive_t which,
                     const tlsg_directive_t *directive)
{
    if (merges[which] == BY_INDEX || merges[which] == APPEND) {
        APR_ARRAY_PUSH(list_of(own, which), const tlsg_directive_t *) = directive;
        return;
    }
    if (which == TLSG_SSLCipherSuite && directive->argc > 1 &&
        strcmp(directive->argv[0], "TLSv1.3") == 0) {
        which = TLSG_SSLCipherSuiteTLS13;
    }
    if (which == TLSG_SSLProxyCipherSuite && directive->argc > 1 &&
        strcmp(directive->argv[0], "TLSv1.3") == 0) {
        which = TLSG_SSLProxyCipherSuiteTLS13;
    }
    own->set[which] = directive;
}

static apr_array_header_t *merge_by_index(apr_pool_t *pool, apr_array_header_t *base,
                                          apr_array_header_t *own)
{
    if (own->nelts == 0) {
        return base;
    }
    if (base->nelts == 0) {
        return own;
    }
    apr_array_header_t *merged = apr_array_copy(pool, base);
    for (int i = 0; i < own->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(own, i, const tlsg_directive_t *);
        if (i < REPLACED_BY_INDEX && i < merged->nelts) {
            APR_ARRAY_IDX(merged, i, const tlsg_directive_t *) = directive;
        }
        else {
            APR_ARRAY_PUSH(merged, const tlsg_directive_t *) = directive;
        }
    }
    return merged;
}

static apr_array_header_t *append(apr_pool_t *pool, apr_array_header_t *base,
                                  apr_array_header_t *own)
{
    return own->nelts == 0 ? base : base->nelts == 0 ? own : apr_array_append(pool, base, own);
}

static void merge(apr_pool_t *pool, tlsg_vhost_t *vhost, const tlsg_settings_t *base,
                  const tlsg_settings_t *own)
{
    for (int i = 0; i < TLSG_SSL_DIRECTIVES; i++) {
        vhost->ssl.set[i] = own->set[i] != NULL ? own->set[i] : base->set[i];
    }
    if (vhost->is_main) {
        vhost->ssl = *own;
        return;
    }
    vhost->ssl.certs = merge_by_index(pool, base->certs, own->certs);
    vhost->ssl.keys = merge_by_index(pool, base->keys, own->keys);
    vhost->ssl.confcmds = append(pool, base->confcmds, own->confcmds);
}

/* ---- TLS or not (mod_ssl.md 3.2) --------------------------------------------------------------
 */

static int is_any(const char *ip)
{
    return strcmp(ip, "*") == 0 || strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

static int same_ip(const char *a, const char *b)
{
    return (is_any(a) && is_any(b)) || strcmp(a, b) == 0;
}

/* httpd gives a virtual host its listener's protocol only where the addresses are equal. */
static const char *derived_protocol(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    if (vhost->listens != NULL) {
        return vhost->listens;
    }
    for (int a = 0; a < vhost->addresses->nelts; a++) {
        const tlsg_address_t *address = APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *);
        for (int l = 0; l < model->listeners->nelts; l++) {
            const tlsg_listener_t *listener = &APR_ARRAY_IDX(model->listeners, l, tlsg_listener_t);
            if (listener->address.port == address->port &&
                same_ip(listener->address.ip, address->ip)) {
                return listener->protocol;
            }
        }
    }
    return "http";
}

static int find_protocol(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    if (directive->section == NULL && directive->argc > 0) {
        *(const tlsg_directive_t **)baton = directive;
    }
    return 0;
}

static void decide_tls(const tlsg_model_t *model, tlsg_vhost_t *vhost)
{
    vhost->engine = vhost->ssl.set[TLSG_SSLEngine];
    if (vhost->engine != NULL) {
        const char *word = vhost->engine->argc > 0 ? vhost->engine->argv[0] : "";
        vhost->tls = tlsg_text_eq_nocase(word, "on")         ? TLSG_TLS_ON
                     : tlsg_text_eq_nocase(word, "optional") ? TLSG_TLS_OPTIONAL
                                                             : TLSG_TLS_OFF;
        return;
    }
    const tlsg_directive_t *protocol = NULL;
    tlsg_vhost_walk(model, vhost, "Protocol", find_protocol, &protocol);
    const char *spoken = protocol != NULL ? protocol->argv[0] : derived_protocol(model, vhost);
    vhost->engine = protocol;
    if (tlsg_text_eq_nocase(spoken, "https") && vhost->ssl.certs->nelts > 0) {
        vhost->tls = TLSG_TLS_IMPLICIT;
    }
}

/* ---- Addresses ----------------------------------------------------------------------------------
 */

static int listener_reaches(const tlsg_listener_t *listener, const tlsg_address_t *address)
{
    int same_port = address->port == 0 || listener->address.port == address->port;
    return same_port && (is_any(listener->address.ip) || is_any(address->ip) ||
                         strcmp(listener->address.ip, address->ip) == 0);
}

/* A virtual host for every address of that port takes all requests from the main server. */
static int main_serves(const tlsg_model_t *model)
{
    for (int l = 0; l < model->listeners->nelts; l++) {
        const tlsg_listener_t *listener = &APR_ARRAY_IDX(model->listeners, l, tlsg_listener_t);
        int taken = 0;
        for (int v = 1; v < model->vhosts->nelts && !taken; v++) {
            const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
            for (int a = 0; a < vhost->addresses->nelts && !taken; a++) {
                const tlsg_address_t *address =
                    APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *);
                taken = (address->port == 0 || address->port == listener->address.port) &&
                        (is_any(address->ip) || same_ip(address->ip, listener->address.ip));
            }
        }
        if (!taken) {
            return 1;
        }
    }
    return 0;
}

static int port_of(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    for (int a = 0; a < vhost->addresses->nelts; a++) {
        int port = APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *)->port;
        if (port != 0) {
            return port;
        }
    }
    return model->listeners->nelts > 0
               ? APR_ARRAY_IDX(model->listeners, 0, tlsg_listener_t).address.port
               : 0;
}

static void place(tlsg_model_t *model, tlsg_vhost_t *vhost, apr_hash_t *defaults)
{
    apr_pool_t *pool = model->pool;
    vhost->port = port_of(model, vhost);
    vhost->label = apr_psprintf(pool, "%s:%d", vhost->name, vhost->port);
    vhost->serves = vhost->is_main ? main_serves(model) : 0;
    if (vhost->is_main) {
        tlsg_pair_t *pair = apr_array_push(vhost->pairs);
        pair->default_vhost = vhost;
        vhost->is_default = 1;
        return;
    }
    for (int a = 0; a < vhost->addresses->nelts; a++) {
        const tlsg_address_t *address = APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *);
        const char *key =
            apr_psprintf(pool, "%s:%d", is_any(address->ip) ? "*" : address->ip, address->port);
        tlsg_vhost_t *first = apr_hash_get(defaults, key, APR_HASH_KEY_STRING);
        if (first == NULL) {
            first = vhost;
            apr_hash_set(defaults, key, APR_HASH_KEY_STRING, vhost);
        }
        vhost->is_default |= first == vhost;
        tlsg_pair_t *pair = apr_array_push(vhost->pairs);
        pair->default_vhost = first;
        pair->address = address;
        for (int l = 0; l < model->listeners->nelts && !vhost->serves; l++) {
            vhost->serves =
                listener_reaches(&APR_ARRAY_IDX(model->listeners, l, tlsg_listener_t), address);
        }
    }
}

/* ---- mod_md
 * --------------------------------------------------------------------------------------- */

static int names_match(const char *domain, const tlsg_vhost_t *vhost)
{
    if (tlsg_text_eq_nocase(domain, vhost->name) ||
        tlsg_text_eq_nocase(domain, vhost->server_name.text)) {
        return 1;
    }
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        if (tlsg_text_eq_nocase(domain, APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t).text)) {
            return 1;
        }
    }
    return 0;
}

static void note_domain(apr_hash_t *domains, apr_pool_t *pool, const char *word,
                        const tlsg_directive_t *directive)
{
    apr_hash_set(domains, tlsg_text_lower(pool, word), APR_HASH_KEY_STRING, directive);
}

/* MDomain stands in the main server or in a virtual host and counts for all; <MDomainSet NAME> and
 * <MDomain NAME> are containers whose directives name themselves by it. */
static apr_hash_t *managed_domains(const tlsg_model_t *model)
{
    apr_hash_t *domains = apr_hash_make(model->pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        for (int i = 0; i < vhost->directives->nelts; i++) {
            const tlsg_directive_t *directive =
                APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
            if (directive->name[0] != 'M' && directive->name[0] != '<') {
                continue;
            }
            if (tlsg_text_eq_nocase(directive->name, "MDomain") ||
                tlsg_text_eq_nocase(directive->name, "MDMember") ||
                tlsg_text_eq_nocase(directive->name, "ManagedDomain") ||
                tlsg_text_eq_nocase(directive->name, "<MDomainSet")) {
                for (int w = 0; w < directive->argc; w++) {
                    note_domain(domains, model->pool, directive->argv[w], directive);
                }
            }
        }
    }
    return domains;
}

static void assign_domains(tlsg_model_t *model, apr_hash_t *domains)
{
    if (apr_hash_count(domains) == 0) {
        return;
    }
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        apr_hash_index_t *at;
        for (at = apr_hash_first(model->pool, domains); at != NULL; at = apr_hash_next(at)) {
            if (names_match(apr_hash_this_key(at), vhost)) {
                vhost->managed = apr_hash_this_val(at);
                vhost->managed_by = apr_hash_this_key(at);
            }
        }
    }
}

void tlsg_merge_all(tlsg_model_t *model, const apr_array_header_t *own)
{
    const tlsg_settings_t *base = APR_ARRAY_IDX(own, 0, const tlsg_settings_t *);
    apr_hash_t *defaults = apr_hash_make(model->pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        merge(model->pool, vhost, base, APR_ARRAY_IDX(own, v, const tlsg_settings_t *));
        decide_tls(model, vhost);
        place(model, vhost, defaults);
    }
    assign_domains(model, managed_domains(model));
    static const char *const others[] = { "mod_tls", "mod_gnutls" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (tlsg_model_has_module(model, apr_pstrcat(model->pool, others[i], ".c", NULL))) {
            model->other_tls = others[i];
        }
    }
}
