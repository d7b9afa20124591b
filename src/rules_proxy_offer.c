/* SPDX-License-Identifier: Apache-2.0 */
/* TG72x: versions and security level that https backends are offered, and what keeps mod_ssl from
 * building the context for them. */
#include <string.h>

#include "rules.h"

#include "backend.h"
#include "cipher.h"
#include "fault.h"
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
                        "%s %s offered to https backends", weak,
                        strstr(weak, " and ") != NULL ? "are" : "is");
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

static void check_start(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "proxy", "The server will not start");
    tlsg_fault_report_unknown(self, vhost, out, "proxy-unknown");
}

static const tlsg_rule_t start_fault = {
    .id = "TG723",
    .name = "proxy-start-refused",
    .topic = "proxy",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .flags = TLSG_BLOCKS_START,
    .summary = "mod_ssl cannot build the TLS context for backends",
    .why = "The context for https backends is built at start; httpd -t does not build it and says "
           "\"Syntax OK\", and the server then refuses to start.",
    .fix = "Set what the message names, or remove the directive.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyCARevocationCheck chain\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyCARevocationCheck none\n",
    .refs = { "httpd manual: SSLProxyCARevocationCheck" },
    .check = check_start,
};

static void check_pair(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "proxy-no-pair", "Backends get no client certificate");
}

static const tlsg_rule_t no_pair = {
    .id = "TG724",
    .name = "proxy-client-certificate-missing",
    .topic = "proxy",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLProxyMachineCertificate* names no certificate with its key",
    .why = "mod_ssl takes certificates without a key beside them for authorities and starts with a "
           "warning (AH02206). A backend that asks for a client certificate then gets none.",
    .fix = "Put the certificate and its unencrypted private key into that file, both as PEM.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyMachineCertificateFile @intermediate@\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyMachineCertificateFile @self@\n",
    .refs = { "httpd manual: SSLProxyMachineCertificateFile" },
    .check = check_pair,
};

static void check_no_client(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "proxy-no-client", "Backends will refuse the certificate");
}

static const tlsg_rule_t no_client = {
    .id = "TG725",
    .name = "proxy-certificate-not-for-clients",
    .topic = "proxy",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLProxyMachineCertificate* names a certificate for servers only",
    .why =
        "A backend that verifies client certificates looks at extendedKeyUsage. Public "
        "authorities have left clientAuth out of their certificates since 2026, so a renewal can "
        "break what worked with the old one.",
    .fix = "Use a certificate with clientAuth, usually one of the backend's own authority.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyMachineCertificateFile @self@\n",
    .good = "SSLProxyEngine on\n",
    .refs = { "RFC 5280 section 4.2.1.12", "httpd manual: SSLProxyMachineCertificateFile" },
    .check = check_no_client,
};

const tlsg_rule_t *const tlsg_rules_proxy_offer[] = {
    &old_protocol, &low_level, &start_fault, &no_pair, &no_client, NULL,
};
