/* SPDX-License-Identifier: Apache-2.0 */
/* TG72x: versions and security level that https backends are offered, and what keeps mod_ssl from
 * building the context for them. */
#include "rules.h"

#include "backend.h"
#include "cipher.h"
#include "protocol.h"
#include "scope.h"

/* ---- What the outbound side offers ---------------------------------------------- */

#define WEAK_VERSIONS ((unsigned)(TLSG_SSL3 | TLSG_TLS1 | TLSG_TLS11)) /* RFC 8996 */

static int judge_protocol(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                          const tlsg_directive_t *directive, tlsg_report_t *out)
{
    const char *replaces;
    unsigned set = tlsg_protocol_contiguous(tlsg_protocol_parse(directive, &replaces));
    const char *weak = tlsg_protocol_text(tlsg_report_pool(out), set & WEAK_VERSIONS);
    if (set == 0 || (set & WEAK_VERSIONS) == 0) {
        return 0;
    }
    if ((set & ~WEAK_VERSIONS) == 0) {
        tlsg_report_add_as(out, self, TLSG_WARNING, vhost, &directive->origin, NULL,
                           "Only %s is offered to https backends, which current ones refuse", weak);
    }
    else {
        tlsg_report_add(out, self, vhost, &directive->origin, NULL,
                        "%s is offered to https "
                        "backends",
                        weak);
    }
    return 1;
}

static int is_used(const tlsg_model_t *model, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const apr_array_header_t *backends = tlsg_backend_collect(tlsg_report_pool(out), model, vhost);
    for (int i = 0; i < backends->nelts; i++) {
        if (APR_ARRAY_IDX(backends, i, tlsg_backend_t).is_tls) {
            return 1;
        }
    }
    return 0;
}

static void check_protocol(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *protocol = vhost->ssl.set[TLSG_SSLProxyProtocol];
    if (protocol != NULL && is_used(model, vhost, out)) {
        judge_protocol(self, vhost, protocol, out);
    }
}

static const tlsg_rule_t old_protocol = {
    .id = "TG721",
    .name = "proxy-legacy-protocol",
    .topic = "proxy",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLProxyProtocol lets old versions through to backends",
    .why = "TLS 1.0 and 1.1 are withdrawn. OpenSSL 3 refuses them at its usual security level, so "
           "the words mostly mislead; with a lowered level they would be used.",
    .fix = "Write \"SSLProxyProtocol -all +TLSv1.2 +TLSv1.3\".",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyProtocol all -SSLv3\n"
           "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyProtocol -all +TLSv1.2 +TLSv1.3\n"
            "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .refs = { "RFC 8996" },
    .check = check_protocol,
};

static void check_level(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *suites = vhost->ssl.set[TLSG_SSLProxyCipherSuite];
    int level = suites != NULL && suites->argc > 0
                    ? tlsg_cipher_seclevel(suites->argv[suites->argc - 1])
                    : -1;
    if ((level == 0 || level == 1) && is_used(model, vhost, out)) {
        tlsg_report_add_as(out, self, level == 0 ? self->severity : TLSG_NOTICE, vhost,
                           &suites->origin, NULL,
                           "The security level for https backends is lowered to %d%s", level,
                           level == 0 ? ": TLS 1.0, SHA-1 signatures and short keys are "
                                        "accepted"
                                      : "");
    }
}

static const tlsg_rule_t low_level = {
    .id = "TG722",
    .name = "proxy-seclevel-lowered",
    .topic = "proxy",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLProxyCipherSuite lowers OpenSSL's security level",
    .why = "@SECLEVEL=0 in the cipher list switches off OpenSSL's minimum key sizes and signature "
           "algorithms and brings TLS 1.0 back, for all backends of the virtual host.",
    .fix = "Remove @SECLEVEL and renew the backend's certificate, or limit it to a <Proxy> "
           "section of the one old backend.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyCipherSuite DEFAULT:@SECLEVEL=0\n"
           "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyCipherSuite ECDHE+AESGCM\n"
            "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .refs = { "openssl-ciphers(1)" },
    .check = check_level,
};

/* ---- mod_ssl refuses to start --------------------------------------------------- */

static int is_set(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)baton;
    (void)directive;
    (void)is_own;
    return 1;
}

static void check_start(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (!tlsg_scope_says(vhost->ssl.set[TLSG_SSLProxyEngine], "on") ||
        !tlsg_model_has_module(model, "mod_ssl.c")) {
        return;
    }
    const tlsg_directive_t *check = vhost->ssl.set[TLSG_SSLProxyCARevocationCheck];
    if ((tlsg_scope_says(check, "leaf") || tlsg_scope_says(check, "chain")) &&
        vhost->ssl.set[TLSG_SSLProxyCARevocationFile] == NULL &&
        tlsg_vhost_walk(model, vhost, "SSLProxyCARevocationPath", is_set, NULL) == 0) {
        tlsg_report_add(out, self, vhost, &check->origin, "crl",
                        "The server will not start (AH01899): revocation lists are to be checked "
                        "for backends, but neither SSLProxyCARevocationFile nor "
                        "SSLProxyCARevocationPath is set");
    }
    const tlsg_directive_t *protocol = vhost->ssl.set[TLSG_SSLProxyProtocol];
    const char *replaces;
    if (protocol != NULL && tlsg_protocol_parse(protocol, &replaces) == 0) {
        tlsg_report_add(out, self, vhost, &protocol->origin, "protocol",
                        "The server will not start (AH02231): SSLProxyProtocol leaves no version");
    }
}

static const tlsg_rule_t start_fault = {
    .id = "TG723",
    .name = "proxy-start-refused",
    .topic = "proxy",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .flags = TLSG_BLOCKS_START,
    .summary = "mod_ssl cannot build the TLS context for backends",
    .why = "The context for https backends is built at start. httpd -t does not build it and says "
           "\"Syntax OK\"; the server then refuses to start.",
    .fix = "Set what the message names, or remove the directive.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyCARevocationCheck chain\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyCARevocationCheck none\n",
    .refs = { "httpd manual: SSLProxyCARevocationCheck" },
    .check = check_start,
};

const tlsg_rule_t *const tlsg_rules_proxy_offer[] = {
    &old_protocol,
    &low_level,
    &start_fault,
    NULL,
};
