/* SPDX-License-Identifier: Apache-2.0 */
/* TG112: what a version's own handshake does not show. A client of today offers all its versions at
 * once, the server picks TLS 1.3, and when it then finds no group, signature or suite in common the
 * connection ends: there is no second try with TLS 1.2. */
#include "protocol.h"
#include "rules.h"
#include "scope.h"
#include "vhost_cert.h"

static const tlsg_vhost_t *entry_of(const tlsg_vhost_t *vhost)
{
    return vhost->pairs->nelts > 0 ? APR_ARRAY_IDX(vhost->pairs, 0, tlsg_pair_t).default_vhost
                                   : vhost;
}

static const tlsg_origin_t *place(const tlsg_vhost_t *vhost, const tlsg_directive_t *line)
{
    return line != NULL            ? &line->origin
           : vhost->engine != NULL ? &vhost->engine->origin
                                   : &vhost->origin;
}

static const tlsg_directive_t *first_certificate(const tlsg_vhost_t *vhost)
{
    return vhost->certs->nelts > 0 ? APR_ARRAY_IDX(vhost->certs, 0, tlsg_vhost_cert_t).cert : NULL;
}

static void report_versions(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    static const char *const commands[] = { "Protocol", "MinProtocol", "MaxProtocol", NULL };
    const tlsg_vhost_t *owner = vhost->ssl.set[TLSG_SSLProtocol] != NULL ? vhost : entry_of(vhost);
    const tlsg_directive_t *line = tlsg_scope_confcmd(owner, commands);
    line = line != NULL ? line : owner->ssl.set[TLSG_SSLProtocol];
    unsigned can = tlsg_vhost_effective(vhost)->negotiable;
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, place(owner, line), NULL,
                        "Browsers and other clients of today cannot connect: nothing newer than %s "
                        "is left",
                        tlsg_protocol_text(tlsg_report_pool(out), can));
    tlsg_finding_fix(out, finding, "Write \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".");
}

/* A warning: closed networks with clients of their own exist (brainpool curves). */
static void report_groups(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *owner = entry_of(vhost);
    const tlsg_directive_t *line = tlsg_scope_groups_line(owner);
    if (line != NULL) {
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, TLSG_WARNING, vhost, &line->origin, NULL,
            "Browsers and other clients of today cannot connect: they have none of "
            "these groups");
        tlsg_finding_fix(out, finding,
                         "Write \"SSLOpenSSLConfCmd %s X25519:prime256v1:secp384r1\".",
                         line->argv[0]);
        return;
    }
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, TLSG_WARNING, vhost, place(vhost, first_certificate(vhost)), NULL,
        "Browsers and other clients of today cannot connect: they do not have the "
        "curve that this file names");
    tlsg_finding_fix(out, finding, "Get a certificate with a key on P-256, or with an RSA key.");
}

static void report_schemes(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    static const char *const commands[] = { "SignatureAlgorithms", NULL };
    const tlsg_directive_t *line = tlsg_scope_confcmd(vhost, commands);
    const char *why = "no signature algorithm that they know fits the certificate";
    if (line == NULL) {
        tlsg_finding_t *finding =
            tlsg_report_add(out, self, vhost, place(vhost, first_certificate(vhost)), NULL,
                            "Browsers and other clients of today cannot connect: %s", why);
        tlsg_finding_fix(out, finding, "Get a certificate with an RSA or a P-256 key.");
        return;
    }
    int lacks_tls13 = (tlsg_vhost_effective(vhost)->negotiable & TLSG_TLS13) == 0;
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, &line->origin, NULL,
        "Browsers and other clients of today cannot connect: %s",
        lacks_tls13 ? "they get TLS 1.3, which these algorithms cannot sign with this certificate"
                    : why);
    tlsg_finding_fix(out, finding,
                     "Remove the line, or add rsa_pss_rsae_sha256 (RSA) and "
                     "ecdsa_secp256r1_sha256 (ECDSA) to it: TLS 1.3 has no RSA+SHA256.");
}

static void report_suites(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    static const char *const commands13[] = { "Ciphersuites", NULL };
    static const char *const commands12[] = { "CipherString", NULL };
    int is13 = (tlsg_vhost_effective(vhost)->enabled & TLSG_TLS13) != 0;
    const tlsg_directive_t *line = tlsg_scope_confcmd(vhost, is13 ? commands13 : commands12);
    if (line == NULL) {
        line = vhost->ssl.set[is13 ? TLSG_SSLCipherSuiteTLS13 : TLSG_SSLCipherSuite];
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, place(vhost, line), NULL,
                        "Browsers and other clients of today cannot connect: they have none of "
                        "these suites%s",
                        is13 ? " of TLS 1.3, which the server insists on" : "");
    tlsg_finding_fix(out, finding,
                     is13 ? "Add TLS_AES_128_GCM_SHA256, or remove the line."
                          : "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".");
}

static void check_usual(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    switch (facts->usual) {
    case TLSG_USUAL_UNKNOWN: /* measured under -t; nothing at all is another finding */
    case TLSG_USUAL_ANSWERED:
        break;
    case TLSG_USUAL_NO_VERSION:
        report_versions(self, vhost, out);
        break;
    case TLSG_USUAL_NO_GROUP:
        report_groups(self, vhost, out);
        break;
    case TLSG_USUAL_NO_SCHEME:
        report_schemes(self, vhost, out);
        break;
    case TLSG_USUAL_NO_SUITE:
        report_suites(self, vhost, out);
        break;
    case TLSG_USUAL_REFUSED:
        tlsg_report_add(out, self, vhost, place(vhost, NULL), NULL,
                        "Browsers and other clients of today cannot connect: neither groups nor "
                        "signature algorithms nor suites are what they have");
        break;
    }
}

static const tlsg_rule_t usual_refused = {
    .id = "TG112",
    .name = "todays-clients-refused",
    .topic = "protocol",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "Browsers and other clients of today cannot connect",
    .why =
        "A client sends all its versions at once. When the server has TLS 1.3 it chooses that, and "
        "if no group, signature algorithm or suite is left for it the handshake fails: neither "
        "side tries TLS 1.2 instead. Tested is a client with what browsers and OpenSSL's own "
        "programs offer unless told otherwise.",
    .fix = "Remove the restriction that the message names; OpenSSL's defaults serve every client.",
    .bad = "SSLOpenSSLConfCmd SignatureAlgorithms RSA+SHA256:RSA+SHA384:RSA+SHA512\n",
    .good = "SSLOpenSSLConfCmd SignatureAlgorithms "
            "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:RSA+SHA256:RSA+SHA384\n",
    .refs = { "RFC 8446 section 4.2.3", "RFC 9325 section 4.2.1" },
    .check = check_usual,
};

const tlsg_rule_t *const tlsg_rules_client[] = {
    &usual_refused,
    NULL,
};
