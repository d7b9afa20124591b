/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_ca.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/ssl.h>

#include "fault.h"
#include "ossl.h"
#include "protocol.h"
#include "scope.h"
#include "text.h"

/* The kinds of faults that the same check leaves for clients and for backends. */
typedef struct kinds_t {
    const char *file;
    const char *names;
    const char *crl;
    const char *unknown;
} kinds_t;

static const kinds_t for_clients = { "ca-file", "ca-names", "crl-file", "ca-unknown" };
static const kinds_t for_backends = { "proxy", "proxy", "proxy", "proxy-unknown" };

/* A context that mod_ssl will make: of a virtual host, or of a <Proxy> section in it. */
typedef struct site_t {
    tlsg_model_t *model;
    tlsg_bundles_t *bundles;
    apr_hash_t *lists; /* cipher list -> why OpenSSL refuses it, "" when it does not */
    tlsg_vhost_t *vhost;
    const kinds_t *kinds;
    const tlsg_directive_t *set[TLSG_SSL_DIRECTIVES];
    int has_own; /* of a <Proxy> section: settings in it */
} site_t;

static void add(const site_t *site, const char *kind, const tlsg_directive_t *line,
                const char *message)
{
    tlsg_fault_add(site->model->pool, site->vhost, kind, line, message);
}

/* The line that sets the row; NULL when none does. */
static const tlsg_directive_t *line_of(const site_t *site, tlsg_ssl_directive_t row)
{
    const tlsg_directive_t *line = site->set[row];
    return line != NULL && line->argc > 0 ? line : NULL;
}

static const char *path_of(const site_t *site, const tlsg_directive_t *line)
{
    return tlsg_model_path(site->model, line->argv[0]);
}

/* ---- Authorities and revocation lists ------------------------------------------------------- */

typedef struct names_t {
    int count;
    const char *unknown;
} names_t;

static int see_names(void *baton, const tlsg_bundle_t *bundle)
{
    names_t *names = baton;
    names->unknown = names->unknown != NULL ? names->unknown : bundle->unknown;
    names->count += bundle->names;
    return names->count > 0;
}

/* mod_ssl makes the list of authorities that it names to clients, for backends, too. */
static void check_names(const site_t *site, const tlsg_directive_t *file,
                        const tlsg_directive_t *path)
{
    names_t names = { 0, NULL };
    if (file != NULL) {
        see_names(&names, tlsg_bundle_get(site->bundles, path_of(site, file)));
    }
    if (path != NULL && names.count == 0) {
        tlsg_bundle_walk(site->bundles, path_of(site, path), see_names, &names, &names.unknown);
    }
    if (names.count > 0) {
        return;
    }
    const tlsg_directive_t *line = path != NULL ? path : file;
    if (names.unknown != NULL) {
        add(site, site->kinds->unknown, line, names.unknown);
        return;
    }
    add(site, site->kinds->names, line,
        apr_pstrcat(site->model->pool, path_of(site, line),
                    path != NULL ? ": no file in it starts with a certificate (AH01896)"
                                 : ": holds no certificate whose name can be sent (AH01896)",
                    NULL));
}

/* 0 when mod_ssl refuses the file. */
static int check_load(const site_t *site, const tlsg_directive_t *line, const char *kind,
                      const char *code)
{
    const tlsg_bundle_t *bundle = tlsg_bundle_get(site->bundles, path_of(site, line));
    if (bundle->unknown != NULL) {
        add(site, site->kinds->unknown, line, bundle->unknown);
    }
    else if (bundle->refused != NULL) {
        add(site, kind, line, apr_pstrcat(site->model->pool, bundle->refused, code, NULL));
        return 0;
    }
    return 1;
}

static void check_authorities(const site_t *site, const tlsg_directive_t *file,
                              const tlsg_directive_t *path, const tlsg_directive_t *named_file,
                              const tlsg_directive_t *named_path)
{
    if (file == NULL && path == NULL) {
        return;
    }
    if (file != NULL && !check_load(site, file, site->kinds->file, " (AH01895)")) {
        return;
    }
    int is_named = named_file != NULL || named_path != NULL;
    check_names(site, is_named ? named_file : file, is_named ? named_path : path);
}

/* OpenSSL refuses every certificate whose list has run out. */
static void check_outdated(const site_t *site, const tlsg_directive_t *line)
{
    const tlsg_directive_t *check = line_of(site, TLSG_SSLCARevocationCheck);
    const tlsg_bundle_t *bundle = tlsg_bundle_get(site->bundles, path_of(site, line));
    if (check == NULL || tlsg_text_eq_nocase(check->argv[0], "none") || bundle->lists_until == 0 ||
        bundle->lists_until >= site->model->now) {
        return;
    }
    char day[16]; /* bytes: "2027-03-15" and more than a year needs */
    apr_size_t len = 0;
    apr_time_exp_t when;
    apr_time_exp_gmt(&when, bundle->lists_until);
    apr_strftime(day, &len, sizeof day, "%Y-%m-%d", &when);
    add(site, "crl-outdated", line,
        apr_psprintf(site->model->pool, "%s ran out on %s", path_of(site, line), day));
}

static void check_clients(const site_t *site)
{
    const tlsg_directive_t *crl = line_of(site, TLSG_SSLCARevocationFile);
    check_authorities(
        site, line_of(site, TLSG_SSLCACertificateFile), line_of(site, TLSG_SSLCACertificatePath),
        line_of(site, TLSG_SSLCADNRequestFile), line_of(site, TLSG_SSLCADNRequestPath));
    if (crl != NULL && check_load(site, crl, site->kinds->crl, " (AH01901)")) {
        check_outdated(site, crl);
    }
}

void tlsg_audit_ca(tlsg_model_t *model, tlsg_bundles_t *bundles)
{
    site_t site = { .model = model, .bundles = bundles, .kinds = &for_clients };
    for (int v = 0; v < model->vhosts->nelts; v++) {
        site.vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        if (tlsg_vhost_is_tls(site.vhost)) {
            memcpy(site.set, site.vhost->ssl.set, sizeof site.set);
            check_clients(&site);
        }
    }
}

/* ---- Backends ------------------------------------------------------------------------------- */

/* Why OpenSSL refuses the list, NULL when it takes it; asked once for each. */
static const char *refuses_list(const site_t *site, const char *list, int is_tls13)
{
    apr_pool_t *pool = site->model->pool;
    const char *key = apr_pstrcat(pool, is_tls13 ? "3" : "2", list, NULL);
    const char *reason = apr_hash_get(site->lists, key, APR_HASH_KEY_STRING);
    if (reason == NULL) {
        tlsg_ossl_clear();
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
        int takes = ctx == NULL || (is_tls13 ? SSL_CTX_set_ciphersuites(ctx, list)
                                             : SSL_CTX_set_cipher_list(ctx, list)) == 1;
        reason = takes ? "" : tlsg_ossl_reason(pool);
        SSL_CTX_free(ctx);
        tlsg_ossl_clear();
        apr_hash_set(site->lists, key, APR_HASH_KEY_STRING, reason);
    }
    return reason[0] != '\0' ? reason : NULL;
}

static void check_lists(const site_t *site)
{
    apr_pool_t *pool = site->model->pool;
    const tlsg_directive_t *line = line_of(site, TLSG_SSLProxyCipherSuite);
    const tlsg_directive_t *line13 = line_of(site, TLSG_SSLProxyCipherSuiteTLS13);
    const char *reason = line != NULL ? refuses_list(site,
                                                     apr_pstrcat(pool, line->argv[line->argc - 1],
                                                                 ":!aNULL:!eNULL:!EXP", NULL),
                                                     0)
                                      : NULL;
    if (reason != NULL) {
        add(site, "proxy", line,
            apr_psprintf(pool, "\"%s\" leaves no suite for backends: %s (AH01898)",
                         line->argv[line->argc - 1], reason));
    }
    reason = line13 != NULL ? refuses_list(site, line13->argv[line13->argc - 1], 1) : NULL;
    if (reason != NULL) {
        add(site, "proxy", line13,
            apr_psprintf(pool, "\"%s\" holds no TLS 1.3 suite list for backends: %s (AH10127)",
                         line13->argv[line13->argc - 1], reason));
    }
}

static void check_revocation(const site_t *site)
{
    const tlsg_directive_t *check = line_of(site, TLSG_SSLProxyCARevocationCheck);
    const tlsg_directive_t *file = line_of(site, TLSG_SSLProxyCARevocationFile);
    int is_on = check != NULL && (tlsg_text_eq_nocase(check->argv[0], "leaf") ||
                                  tlsg_text_eq_nocase(check->argv[0], "chain"));
    if (file != NULL) {
        check_load(site, file, site->kinds->crl, " (AH01901)");
    }
    else if (is_on && line_of(site, TLSG_SSLProxyCARevocationPath) == NULL) {
        add(site, "proxy", check,
            "revocation lists are to be checked for backends, but neither "
            "SSLProxyCARevocationFile nor SSLProxyCARevocationPath is set (AH01899)");
    }
}

typedef struct machine_t {
    const char *fault;
    const char *unknown;
    const char *broken;
    const char *no_client;
    int pairs;
} machine_t;

static int see_pairs(void *baton, const tlsg_bundle_t *bundle)
{
    machine_t *machine = baton;
    machine->pairs += bundle->pairs;
    machine->no_client = machine->no_client != NULL ? machine->no_client : bundle->no_client;
    machine->fault = machine->fault != NULL ? machine->fault : bundle->pair_fault;
    machine->unknown = machine->unknown != NULL ? machine->unknown : bundle->unknown;
    if (bundle->is_broken && machine->broken == NULL) {
        machine->broken = bundle->refused;
    }
    return 0;
}

/* Client certificates. OpenSSL loses a list that it was reading when a block is broken, and what
 * mod_ssl does with the rest of it is a matter of luck: then nothing is claimed about the start. */
static void check_machine(const site_t *site)
{
    apr_pool_t *pool = site->model->pool;
    const tlsg_directive_t *file = line_of(site, TLSG_SSLProxyMachineCertificateFile);
    const tlsg_directive_t *path = line_of(site, TLSG_SSLProxyMachineCertificatePath);
    const tlsg_directive_t *line = file != NULL ? file : path;
    machine_t machine = { 0 };
    if (line == NULL) {
        return;
    }
    if (file != NULL) {
        see_pairs(&machine, tlsg_bundle_get(site->bundles, path_of(site, file)));
    }
    if (path != NULL) {
        line = machine.fault == NULL ? path : line;
        tlsg_bundle_walk(site->bundles, path_of(site, path), see_pairs, &machine, &machine.unknown);
    }
    if (machine.unknown != NULL) {
        add(site, "proxy-unknown", line, machine.unknown);
    }
    else if (machine.broken != NULL) {
        add(site, "proxy-no-pair", line,
            apr_pstrcat(pool, machine.broken, ": httpd reads no client certificate, or crashes",
                        NULL));
    }
    else if (machine.fault != NULL) {
        add(site, "proxy", line, machine.fault);
    }
    else if (machine.pairs == 0) {
        add(site, "proxy-no-pair", line,
            apr_pstrcat(pool, path_of(site, line), ": holds no certificate with its private key",
                        NULL));
    }
    else if (machine.no_client != NULL) {
        add(site, "proxy-no-client", line, machine.no_client);
    }
}

static void check_backends(const site_t *site)
{
    const tlsg_directive_t *engine = line_of(site, TLSG_SSLProxyEngine);
    const tlsg_directive_t *protocol = line_of(site, TLSG_SSLProxyProtocol);
    const char *replaces;
    if (engine == NULL || !tlsg_text_eq_nocase(engine->argv[0], "on")) {
        return;
    }
    if (protocol != NULL && tlsg_protocol_parse(protocol, &replaces) == 0) {
        add(site, "proxy", protocol, "SSLProxyProtocol leaves no version (AH02231)");
    }
    check_authorities(site, line_of(site, TLSG_SSLProxyCACertificateFile),
                      line_of(site, TLSG_SSLProxyCACertificatePath), NULL, NULL);
    check_lists(site);
    check_revocation(site);
    check_machine(site);
}

/* The <Proxy> or <ProxyMatch> in which a section stands or that it is; NULL outside. */
static const tlsg_section_t *proxy_section(const tlsg_section_t *section)
{
    while (section != NULL && section->parent != NULL) {
        section = section->parent;
    }
    int is_one = section != NULL &&
                 (strcmp(section->kind, "proxy") == 0 || strcmp(section->kind, "proxymatch") == 0);
    return is_one ? section : NULL;
}

/* A section without settings of its own repeats what was said about the server. */
static void check_section_end(site_t *site, const tlsg_section_t *section)
{
    if (section != NULL && site->has_own) {
        check_backends(site);
    }
    site->has_own = 0;
}

/* mod_ssl makes a context for each <Proxy> section: the server's settings, then its own. */
static void check_sections(site_t *site)
{
    const apr_array_header_t *list = site->vhost->directives;
    const tlsg_section_t *section = NULL;
    for (int i = 0; i < list->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(list, i, const tlsg_directive_t *);
        if (directive->section == NULL && section == NULL) {
            continue;
        }
        const tlsg_section_t *here = proxy_section(directive->section);
        if (here != section) {
            check_section_end(site, section);
            section = here;
            memcpy(site->set, site->vhost->ssl.set, sizeof site->set);
        }
        int row = here != NULL && directive->section == here ? tlsg_scope_row(directive) : -1;
        if (row >= 0) {
            site->set[row] = directive;
            site->has_own = 1;
        }
    }
    check_section_end(site, section);
}

void tlsg_audit_proxy(tlsg_model_t *model, tlsg_bundles_t *bundles)
{
    site_t site = { .model = model, .bundles = bundles, .kinds = &for_backends };
    if (!tlsg_model_has_module(model, "mod_ssl.c")) {
        return;
    }
    site.lists = apr_hash_make(model->pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        site.vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        memcpy(site.set, site.vhost->ssl.set, sizeof site.set);
        check_backends(&site);
        check_sections(&site);
    }
}
