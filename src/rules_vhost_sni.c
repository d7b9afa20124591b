/* SPDX-License-Identifier: Apache-2.0 */
/* TG636 to TG639: what connections share across names and time: requests for another name than the
 * handshake's, resumed sessions, and a first virtual host that nobody gets past. */
#include "rules.h"

#include <apr_strings.h>

#include "protocol.h"
#include "scope.h"
#include "text.h"

/* ---- Settings that two names on one certificate must share ---------------------- */

/* Directives in mod_ssl's comparison; the first group only under the policy "secure". */
static const tlsg_ssl_directive_t compared[] = {
    TLSG_SSLProtocol,          TLSG_SSLCipherSuite,      TLSG_SSLSRPVerifierFile,
    TLSG_SSLVerifyClient,      TLSG_SSLVerifyDepth,      TLSG_SSLCACertificateFile,
    TLSG_SSLCACertificatePath, TLSG_SSLCADNRequestFile,  TLSG_SSLCADNRequestPath,
    TLSG_SSLCARevocationFile,  TLSG_SSLCARevocationPath, TLSG_SSLCARevocationCheck,
    TLSG_SSLOCSPEnable,
};
#define FIRST_AUTH 3 /* index of the first row about client authentication */

static int differs(const tlsg_vhost_t *a, const tlsg_vhost_t *b, tlsg_ssl_directive_t row)
{
    const tlsg_directive_t *left = a->ssl.set[row];
    const tlsg_directive_t *right = b->ssl.set[row];
    if (left == right) {
        return 0;
    }
    if (row == TLSG_SSLProtocol) {
        const char *replaces;
        return tlsg_protocol_parse(left, &replaces) != tlsg_protocol_parse(right, &replaces);
    }
    if (row == TLSG_SSLVerifyClient && (left == NULL || right == NULL)) {
        return !tlsg_scope_says(left != NULL ? left : right, "none");
    }
    return !tlsg_scope_same_words(left, right, 0);
}

static const char *certificate_key(apr_pool_t *pool, const tlsg_vhost_t *vhost)
{
    const char *key = "";
    for (int i = 0; i < vhost->ssl.certs->nelts; i++) {
        const tlsg_directive_t *cert = APR_ARRAY_IDX(vhost->ssl.certs, i, const tlsg_directive_t *);
        key = apr_pstrcat(pool, key, "\n", cert->argc > 0 ? cert->argv[0] : "", NULL);
    }
    return key;
}

static void compare(const tlsg_rule_t *self, const tlsg_vhost_t *first, const tlsg_vhost_t *vhost,
                    int auth_only, tlsg_report_t *out)
{
    for (size_t i = auth_only ? FIRST_AUTH : 0; i < sizeof compared / sizeof compared[0]; i++) {
        tlsg_ssl_directive_t row = compared[i];
        if (!differs(first, vhost, row)) {
            continue;
        }
        int is_own = tlsg_scope_is_own(vhost, vhost->ssl.set[row]);
        const tlsg_vhost_t *subject = is_own ? vhost : first;
        const tlsg_vhost_t *other = is_own ? first : vhost;
        const tlsg_directive_t *line = subject->ssl.set[row];
        if (line == NULL) {
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, subject, &line->origin, NULL,
            "%s has the certificate of %s but another %s: an HTTP/2 client that reuses its "
            "connection for both names gets 421 Misdirected Request",
            subject->name, other->name, tlsg_scope_row_name((int)row));
        const tlsg_directive_t *its = other->ssl.set[row];
        tlsg_finding_relate(out, finding, its != NULL ? &its->origin : &other->origin,
                            "the other setting");
    }
}

static void check_misdirected(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    const tlsg_directive_t *sni = model->main->ssl.set[TLSG_SSLVHostSNIPolicy];
    if (tlsg_scope_says(sni, "insecure") || tlsg_scope_says(sni, "strict")) {
        return; /* nothing is compared, or everything is refused anyway */
    }
    int auth_only = tlsg_scope_says(sni, "authonly");
    apr_pool_t *pool = tlsg_report_pool(out);
    apr_hash_t *groups = apr_hash_make(pool);
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (vhost->is_main || !vhost->serves || !tlsg_vhost_is_tls(vhost) ||
            vhost->ssl.certs->nelts == 0 || vhost->addresses->nelts == 0) {
            continue;
        }
        const char *key =
            apr_pstrcat(pool,
                        tlsg_scope_address_text(
                            pool, APR_ARRAY_IDX(vhost->addresses, 0, const tlsg_address_t *)),
                        certificate_key(pool, vhost), NULL);
        const tlsg_vhost_t *first = apr_hash_get(groups, key, APR_HASH_KEY_STRING);
        if (first == NULL) {
            apr_hash_set(groups, key, APR_HASH_KEY_STRING, vhost);
        }
        else if (!tlsg_text_eq_nocase(first->name, vhost->name) &&
                 (tlsg_scope_has_h2(model, first) || tlsg_scope_has_h2(model, vhost))) {
            compare(self, first, vhost, auth_only, out);
        }
    }
}

static const tlsg_rule_t misdirected = {
    .id = "TG636",
    .name = "coalescing-misdirected",
    .topic = "sni",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "Two names share a certificate but not their TLS settings",
    .why =
        "HTTP/2 clients use one connection for every name that its certificate covers on the same "
        "address. mod_ssl answers 421 when the name of a request has other TLS settings than the "
        "name of the handshake (AH02032). Browsers then connect again, other clients and proxies "
        "without SNI fail.",
    .fix = "Give both virtual hosts the same TLS settings, or each its own certificate.",
    .bad = "%bare\n"
           "Listen 443\n"
           "Protocols h2 http/1.1\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLProtocol -all +TLSv1.3\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "Protocols h2 http/1.1\n"
            "SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "RFC 9113 section 9.1.1", "httpd manual: SSLVHostSNIPolicy" },
    .check = check_misdirected,
};

static void check_sni_policy(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    const tlsg_directive_t *sni = model->main->ssl.set[TLSG_SSLVHostSNIPolicy];
    if (tlsg_scope_says(sni, "insecure")) {
        tlsg_report_add(
            out, self, NULL, &sni->origin, NULL,
            "SSLVHostSNIPolicy insecure lets a connection made for one name send requests to "
            "another one, past its client authentication and TLS settings");
    }
    else if (tlsg_scope_says(sni, "authonly")) {
        tlsg_report_add_as(
            out, self, TLSG_NOTICE, NULL, &sni->origin, NULL,
            "SSLVHostSNIPolicy authonly compares client authentication only: a request can "
            "arrive over a connection with weaker protocols or suites of another name");
    }
}

static const tlsg_rule_t sni_policy = {
    .id = "TG637",
    .name = "sni-policy-insecure",
    .topic = "sni",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_SERVER,
    .summary = "SSLVHostSNIPolicy gives up the separation of virtual hosts",
    .why =
        "A client can name one virtual host in the handshake and another one in the request. "
        "Under the default policy that is refused when their TLS settings differ; \"insecure\" "
        "serves it, which lets a client without a certificate reach what SSLVerifyClient protects "
        "(CVE-2025-23048).",
    .fix = "Remove the directive (the default is \"secure\"); the change needs a full restart.",
    .bad = "%server\n"
           "SSLVHostSNIPolicy insecure\n",
    .good = "%server\n"
            "SSLVHostSNIPolicy secure\n",
    .refs = { "CVE-2025-23048", "httpd manual: SSLVHostSNIPolicy" },
    .check = check_sni_policy,
};

/* "none" takes nothing back: a cache that another line names stays. */
static int names_cache(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)baton;
    (void)is_own;
    return !tlsg_scope_says(directive, "none");
}

static void check_no_resumption(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *cache = model->main->ssl.set[TLSG_SSLSessionCache];
    if (tlsg_vhost_walk(model, model->main, "SSLSessionCache", names_cache, NULL) != 0) {
        return;
    }
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    if (effective != NULL ? effective->tickets
                          : tlsg_vhost_setting_is_on(vhost, TLSG_SSLSessionTickets, 1)) {
        return;
    }
    const tlsg_directive_t *tickets = vhost->ssl.set[TLSG_SSLSessionTickets];
    tlsg_report_add(out, self, vhost,
                    cache != NULL     ? &cache->origin
                    : tickets != NULL ? &tickets->origin
                                      : &vhost->origin,
                    NULL,
                    "Sessions cannot be resumed: there is neither a session cache nor tickets");
}

static const tlsg_rule_t no_resumption = {
    .id = "TG638",
    .name = "session-resumption-off",
    .topic = "tickets",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Neither a session cache nor session tickets: no resumption",
    .why = "Every connection then pays for a full handshake, on both sides. A shared memory cache "
           "keeps forward secrecy as well as tickets do not.",
    .fix =
        "Configure SSLSessionCache, for instance \"shmcb:${APACHE_RUN_DIR}/ssl_scache(512000)\".",
    .bad = "%server\n"
           "SSLSessionCache none\n"
           "%vhost\n"
           "SSLSessionTickets off\n",
    .good = "%server\n"
            "SSLSessionCache \"shmcb:logs/ssl_scache(512000)\"\n"
            "%vhost\n"
            "SSLSessionTickets off\n",
    .refs = { "httpd manual: SSLSessionCache" },
    .check = check_no_resumption,
};

/* ---- Nobody gets past the default virtual host ---------------------------------- */

/* The line of that virtual host to change: its own versions, its own suites, or itself. */
static const tlsg_origin_t *refusal_origin(const tlsg_vhost_t *entry)
{
    static const tlsg_ssl_directive_t rows[] = { TLSG_SSLProtocol, TLSG_SSLCipherSuite };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (tlsg_scope_is_own(entry, entry->ssl.set[rows[i]])) {
            return &entry->ssl.set[rows[i]]->origin;
        }
    }
    return &entry->origin;
}

static void check_default_refuses(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    for (int i = 0; i < vhost->pairs->nelts; i++) {
        const tlsg_vhost_t *entry = tlsg_scope_refusing_default(vhost, i);
        if (entry == NULL) {
            continue;
        }
        tlsg_report_add(out, self, vhost, refusal_origin(entry), entry->label,
                        "No client gets past %s, the first virtual host of the address: OpenSSL "
                        "ends every connection there before it reads the name",
                        entry->label);
    }
}

static const tlsg_rule_t default_refuses = {
    .id = "TG639",
    .name = "default-refuses-all",
    .topic = "protocol",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "The first virtual host of the address keeps clients from all the others",
    .why = "Every connection begins in the context of the first virtual host of its address. When "
           "the newest version that is enabled there has no suite in its list, or the security "
           "level refuses every version, OpenSSL ends the connection before it reads the name "
           "that the client asks for. The virtual hosts behind it may be set up well and still "
           "cannot be reached.",
    .fix =
        "Give the first virtual host versions and suites that fit each other: \"SSLProtocol -all "
        "+TLSv1.2 +TLSv1.3\" and \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLProtocol -all +TLSv1.1\n"
           "    SSLCipherSuite ECDHE+AESGCM\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "    SSLProtocol -all +TLSv1.3\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: Name-based virtual hosts" },
    .check = check_default_refuses,
};

const tlsg_rule_t *const tlsg_rules_vhost_sni[] = {
    &misdirected, &sni_policy, &no_resumption, &default_refuses, NULL,
};
