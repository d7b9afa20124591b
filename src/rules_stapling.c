/* SPDX-License-Identifier: Apache-2.0 */
/* TG36x: OCSP stapling. */
#include <string.h>

#include "certfile.h"
#include "chain.h"
#include "fault.h"
#include "rules.h"
#include "text.h"
#include "vhost_cert.h"

typedef struct md_t {
    int staples; /* MDStapling on */
    int others;  /* MDStapleOthers: certificates that are not mod_md's too */
} md_t;

static int see_md(void *baton, const tlsg_directive_t *directive, int is_own)
{
    md_t *md = baton;
    (void)is_own;
    if (directive->argc > 0 && tlsg_text_eq_nocase(directive->name, "MDStapling")) {
        md->staples = tlsg_text_eq_nocase(directive->argv[0], "on");
    }
    if (directive->argc > 0 && tlsg_text_eq_nocase(directive->name, "MDStapleOthers")) {
        md->others = tlsg_text_eq_nocase(directive->argv[0], "on");
    }
    return 0;
}

/* mod_ssl or mod_md staples. */
static int is_stapling(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    md_t md = { 0, 1 }; /* MDStapleOthers is on by default */
    if (tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0)) {
        return 1;
    }
    tlsg_vhost_walk(model, vhost, NULL, see_md, &md);
    return md.staples && (md.others || vhost->managed != NULL);
}

static const tlsg_origin_t *stapling_origin(const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLUseStapling];
    return line != NULL ? &line->origin : &vhost->origin;
}

static void check_cache(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "stapling-cache",
                      "The server will not start: stapling is on");
}

static const tlsg_rule_t cache_missing = {
    .id = "TG360",
    .name = "stapling-cache-missing",
    .topic = "stapling",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "Stapling is on without SSLStaplingCache: the server will not start",
    .why =
        "mod_ssl keeps responses in a cache that has no default. httpd's own -t does not notice; "
        "the start ends with AH01958.",
    .fix = "Add \"SSLStaplingCache shmcb:ssl_stapling(32768)\" outside every virtual host.",
    .bad = "SSLUseStapling on\n",
    .good = "%server\n"
            "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
            "%vhost\n"
            "SSLUseStapling on\n",
    .refs = { "httpd manual: SSLStaplingCache" },
    .check = check_cache,
};

static void check_must(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (cert->file->leaf->must_staple && !is_stapling(model, vhost)) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s demands stapling, which is off",
                            tlsg_vhost_cert_subject(cert));
        }
    }
}

static const tlsg_rule_t must_staple = {
    .id = "TG361",
    .name = "must-staple-without-stapling",
    .topic = "stapling",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A must-staple certificate is served without stapling",
    .why = "Clients that honour the TLS feature extension refuse the connection.",
    .fix = "Add \"SSLUseStapling on\" and SSLStaplingCache, or get a certificate without "
           "must-staple.",
    .bad = "SSLCertificateFile @muststaple@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 7633" },
    .check = check_must,
};

static void check_off(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert = tlsg_vhost_cert_at(vhost, 0);
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLUseStapling];
    if (cert->file->leaf->ocsp_count == 0) {
        if (vhost->policy->stapling_demanded) {
            tlsg_report_unknown(out, self, vhost, "the certificate names no OCSP responder");
        }
        return;
    }
    if (is_stapling(model, vhost) || cert->file->leaf->must_staple) {
        return;
    }
    if (line != NULL) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "Stapling is off although the certificate names an OCSP responder");
    }
    else {
        tlsg_report_add_absent(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                               "Stapling is off although the certificate names an OCSP responder");
    }
}

static const tlsg_rule_t stapling_off = {
    .id = "TG362",
    .name = "stapling-off",
    .topic = "stapling",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "Stapling is off although the certificate names a responder",
    .why = "Clients that check revocation ask the authority themselves: slower, and it learns who "
           "visits the site.",
    .fix = "Add \"SSLUseStapling on\" and, outside every virtual host, \"SSLStaplingCache "
           "shmcb:ssl_stapling(32768)\".",
    .bad = "SSLCertificateFile @ocsp@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9325 section 7.5", "CIS 7.10" },
    .check = check_off,
};

static void check_useless(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert = tlsg_vhost_cert_at(vhost, 0);
    if (tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0) &&
        cert->file->leaf->ocsp_count == 0 && vhost->ssl.set[TLSG_SSLStaplingForceURL] == NULL) {
        tlsg_report_add(out, self, vhost, stapling_origin(vhost), NULL,
                        "Stapling has no use: the certificate %s names no OCSP responder",
                        tlsg_vhost_cert_subject(cert));
    }
}

static const tlsg_rule_t stapling_useless = {
    .id = "TG363",
    .name = "stapling-without-responder",
    .topic = "stapling",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "Stapling is on for a certificate that names no responder",
    .why = "Let's Encrypt and others stopped OCSP in 2025. mod_ssl logs AH02218 and AH02604 at "
           "every start and staples nothing.",
    .fix = "Write \"SSLUseStapling off\" here.",
    .bad = "%server\n"
           "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
           "%vhost\n"
           "SSLUseStapling on\n",
    .good = "SSLUseStapling off\n",
    .refs = { "RFC 6960" },
    .check = check_useless,
};

static void check_issuer(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0) && cert->chain != NULL &&
            cert->chain->issuer == NULL && cert->file->leaf->ocsp_count > 0) {
            tlsg_report_add(out, self, vhost, stapling_origin(vhost), NULL,
                            "Nothing is stapled: the issuer of %s is not configured",
                            tlsg_vhost_cert_subject(cert));
        }
    }
}

static const tlsg_rule_t issuer_missing = {
    .id = "TG364",
    .name = "stapling-issuer-missing",
    .topic = "stapling",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "Stapling is on, but the issuer's certificate is not there",
    .why =
        "A request to the responder names the issuer's key. Without its certificate mod_ssl logs "
        "AH02217 and staples nothing.",
    .fix = "Append the intermediate to SSLCertificateFile.",
    .bad = "%server\n"
           "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
           "%vhost\n"
           "SSLUseStapling on\n"
           "SSLCertificateFile @bareocsp@\n",
    .good = "%server\n"
            "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
            "%vhost\n"
            "SSLUseStapling on\n"
            "SSLCertificateFile @ocsp@\n",
    .refs = { "RFC 6960 section 4.1.1" },
    .check = check_issuer,
};

static void check_errors(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert = tlsg_vhost_cert_at(vhost, 0);
    if (!tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0) ||
        cert->file->leaf->ocsp_count == 0) {
        return;
    }
    int returns = tlsg_vhost_setting_is_on(vhost, TLSG_SSLStaplingReturnResponderErrors, 1);
    if (returns) {
        tlsg_report_add(out, self, vhost, stapling_origin(vhost), NULL,
                        "When the responder cannot be reached, its error is stapled");
    }
}

static const tlsg_rule_t errors_stapled = {
    .id = "TG365",
    .name = "stapling-passes-errors",
    .topic = "stapling",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "Errors of the responder are passed on to clients",
    .why = "With the defaults an unreachable responder becomes \"try later\" in the handshake, and "
           "some clients end the connection for it. Without the error they go on.",
    .fix = "Add \"SSLStaplingReturnResponderErrors off\" and \"SSLStaplingFakeTryLater off\".",
    .bad = "%server\n"
           "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
           "%vhost\n"
           "SSLUseStapling on\n"
           "SSLCertificateFile @ocsp@\n",
    .good = "%server\n"
            "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
            "%vhost\n"
            "SSLUseStapling on\n"
            "SSLStaplingReturnResponderErrors off\n"
            "SSLCertificateFile @ocsp@\n",
    .refs = { "httpd manual: SSLStaplingReturnResponderErrors" },
    .check = check_errors,
};

const tlsg_rule_t *const tlsg_rules_stapling[] = {
    &cache_missing,  &must_staple,    &stapling_off, &stapling_useless,
    &issuer_missing, &errors_stapled, NULL,
};
