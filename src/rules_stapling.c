/* SPDX-License-Identifier: Apache-2.0 */
/* TG36x: OCSP stapling. */
#include <string.h>

#include "certfile.h"
#include "chain.h"
#include "fault.h"
#include "rules.h"
#include "stapling.h"
#include "vhost_cert.h"

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

/* mod_ssl and mod_md cannot ask the responder. */
static int lacks_issuer(const tlsg_vhost_cert_t *cert)
{
    return cert->chain != NULL && cert->chain->issuer == NULL && cert->file->leaf->ocsp_count > 0 &&
           !cert->file->leaf->is_self_signed;
}

static void check_must(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_stapler_t by = tlsg_stapling_by(model, vhost);
    int is_stapled = by != TLSG_STAPLER_NONE;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        int can_be = tlsg_stapling_has_responder(vhost, cert);
        int has_issuer = by == TLSG_STAPLER_OTHER || !lacks_issuer(cert);
        if (!cert->file->leaf->must_staple || (is_stapled && can_be && has_issuer)) {
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
            !can_be ? "The certificate %s demands stapling, but names no responder to ask"
            : !is_stapled
                ? "The certificate %s demands stapling, which is off"
                : "The certificate %s demands stapling, and without its issuer nothing is stapled",
            tlsg_vhost_cert_subject(cert));
        if (!can_be) {
            tlsg_finding_fix(out, finding, "Get a certificate without must-staple.");
        }
        else if (is_stapled) {
            tlsg_finding_fix(out, finding, "Append the intermediate to SSLCertificateFile.");
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

/* First certificate with a responder to ask, NULL when no certificate has one. */
static const tlsg_vhost_cert_t *with_responder(const tlsg_vhost_t *vhost)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (tlsg_stapling_has_responder(vhost, cert)) {
            return cert;
        }
    }
    return NULL;
}

static void check_off(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert = with_responder(vhost);
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLUseStapling];
    if (cert == NULL) {
        if (vhost->policy->stapling_demanded) {
            tlsg_report_unknown(out, self, vhost, "the certificate names no OCSP responder");
        }
        return;
    }
    if (tlsg_stapling_by(model, vhost) != TLSG_STAPLER_NONE || cert->file->leaf->must_staple) {
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
    if (!tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0) || with_responder(vhost) != NULL) {
        return;
    }
    const tlsg_vhost_cert_t *cert = tlsg_vhost_cert_at(vhost, 0);
    tlsg_report_add(out, self, vhost, stapling_origin(vhost), NULL,
                    "Stapling has no use: the certificate %s names no OCSP responder%s",
                    tlsg_vhost_cert_subject(cert),
                    cert->file->leaf->crl_count > 0
                        ? "; its authority publishes revocation lists instead"
                        : "");
}

static const tlsg_rule_t stapling_useless = {
    .id = "TG363",
    .name = "stapling-without-responder",
    .topic = "stapling",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "Stapling is on for a certificate that names no responder",
    .why = "Public authorities may leave OCSP out since 2024; Let's Encrypt did in 2025, and its "
           "certificates name a revocation list only. Nothing is wrong with them. mod_ssl logs "
           "AH02218 and AH02604 at every start and staples nothing.",
    .fix = "Write \"SSLUseStapling off\" here.",
    .bad = "%server\n"
           "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
           "%vhost\n"
           "SSLUseStapling on\n",
    .good = "SSLUseStapling off\n",
    .refs = { "CA/B Forum BR 7.1.2.7.7", "RFC 6960" },
    .check = check_useless,
};

static void check_issuer(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_stapler_t by = tlsg_stapling_by(model, vhost);
    int is_asked = by == TLSG_STAPLER_MOD_SSL || by == TLSG_STAPLER_MOD_MD;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; is_asked && (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (lacks_issuer(cert)) {
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
        "A request to the responder names the issuer's key: without its certificate mod_ssl logs "
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
    if (tlsg_stapling_by(model, vhost) != TLSG_STAPLER_MOD_SSL || with_responder(vhost) == NULL) {
        return;
    }
    int returns = tlsg_vhost_setting_is_on(vhost, TLSG_SSLStaplingReturnResponderErrors, 1);
    if (returns) {
        const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLStaplingReturnResponderErrors];
        tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : stapling_origin(vhost),
                        NULL, "When the responder cannot be reached, its error is stapled");
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

static void check_room(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *line = model->main->ssl.set[TLSG_SSLStaplingCache];
    long room = line != NULL && line->argc > 0 ? tlsg_stapling_cache_room(line->argv[0]) : 0;
    if (room == 0) {
        return;
    }
    int count = tlsg_stapling_cached(tlsg_report_pool(out), model);
    if (count > room) {
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &line->origin, NULL,
            "SSLStaplingCache has room for %ld responses, and %d certificates need one each", room,
            count);
        size_t path = strcspn(line->argv[0], "(");
        tlsg_finding_fix(out, finding, "Write: SSLStaplingCache %.*s(%ld)", (int)path,
                         line->argv[0], tlsg_stapling_cache_bytes(count));
    }
}

static const tlsg_rule_t cache_small = {
    .id = "TG366",
    .name = "stapling-cache-too-small",
    .topic = "stapling",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_SERVER,
    .summary = "SSLStaplingCache has fewer places than certificates to staple for",
    .why = "A full cache forgets its oldest response. The next client of that certificate waits "
           "while the server asks the responder again, again and again, and nothing in the log "
           "tells. mod_socache_shmcb makes one place for each 1520 bytes, however small the "
           "responses are.",
    .fix = "Raise the size in SSLStaplingCache; it takes a stop and a start, a reload keeps the "
           "old one.",
    .bad = "%elsewhere\n" /* needs 21 certificates with a responder */
           "%server\n"
           "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
           "%vhost\n"
           "SSLUseStapling on\n"
           "SSLCertificateFile @ocsp@\n",
    .good = "%server\n"
            "SSLStaplingCache shmcb:ssl_stapling(32768)\n"
            "%vhost\n"
            "SSLUseStapling on\n"
            "SSLCertificateFile @ocsp@\n",
    .refs = { "httpd manual: SSLStaplingCache" },
    .check = check_room,
};

const tlsg_rule_t *const tlsg_rules_stapling[] = {
    &cache_missing,  &must_staple,    &stapling_off, &stapling_useless,
    &issuer_missing, &errors_stapled, &cache_small,  NULL,
};
