/* SPDX-License-Identifier: Apache-2.0 */
/* TG64x and TG65x: client certificates, and TLS settings inside <Location>, <Directory> and
 * the like. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "text.h"

/* SSLVerifyClient from weak to strong. */
typedef enum verify_t {
    VERIFY_NONE = 0,
    VERIFY_OPTIONAL_NO_CA,
    VERIFY_OPTIONAL,
    VERIFY_REQUIRE,
} verify_t;

/* "<Location" as the configuration has it. */
static const char *opening(const tlsg_section_t *section)
{
    return section->origin.directive != NULL ? section->origin.directive : section->kind;
}

static verify_t verify_of(const tlsg_directive_t *directive)
{
    if (tlsg_scope_says(directive, "require") || tlsg_scope_says(directive, "on")) {
        return VERIFY_REQUIRE;
    }
    if (tlsg_scope_says(directive, "optional")) {
        return VERIFY_OPTIONAL;
    }
    return tlsg_scope_says(directive, "optional_no_ca") ? VERIFY_OPTIONAL_NO_CA : VERIFY_NONE;
}

static verify_t server_verify(const tlsg_vhost_t *vhost)
{
    return verify_of(vhost->ssl.set[TLSG_SSLVerifyClient]);
}

static int note_strongest(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const tlsg_directive_t **strongest = baton;
    if (directive->section != NULL && verify_of(directive) > verify_of(*strongest)) {
        *strongest = directive;
    }
    return 0;
}

/* The SSLVerifyClient in force that asks most, the server level's before a section's; NULL
 * when clients are never asked. */
static const tlsg_directive_t *strongest_verify(const tlsg_model_t *model,
                                                const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *strongest = vhost->ssl.set[TLSG_SSLVerifyClient];
    tlsg_vhost_walk(model, vhost, "SSLVerifyClient", note_strongest, &strongest);
    return verify_of(strongest) != VERIFY_NONE ? strongest : NULL;
}

/* What a walk over directives needs to report. */
typedef struct judge_t {
    const tlsg_rule_t *self;
    const tlsg_model_t *model;
    const tlsg_vhost_t *vhost;
    tlsg_report_t *out;
} judge_t;

/* ---- Settings of a section that need another handshake -------------------------- */

static int judge_section_verify(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    const tlsg_vhost_t *vhost = judge->vhost;
    verify_t wanted = verify_of(directive);
    verify_t given = server_verify(vhost);
    int needs_handshake = given == VERIFY_NONE
                              ? wanted != VERIFY_NONE
                              : wanted == VERIFY_REQUIRE && given != VERIFY_REQUIRE;
    if (directive->section == NULL || !needs_handshake) {
        return 0;
    }
    const tlsg_section_t *section = directive->section;
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    int h2 = tlsg_scope_has_h2(judge->model, vhost);
    if (!h2 && effective == NULL) {
        tlsg_report_unknown(judge->out, judge->self, vhost, "%s",
                            vhost->unknown != NULL ? vhost->unknown
                                                   : "the TLS context could not be built");
        return 0;
    }
    int tls13 = effective != NULL && (effective->enabled & TLSG_TLS13) != 0;
    if (h2 || tls13) {
        tlsg_report_add(judge->out, judge->self, vhost, &directive->origin, NULL,
                        "The client certificate for %s %s> is asked for after the handshake: %s",
                        opening(section), section->arg,
                        h2 ? "not possible over HTTP/2, and with TLS 1.3 only for clients that "
                             "allow post-handshake authentication, which browsers do not"
                           : "with TLS 1.3 that fails for browsers, which do not allow "
                             "post-handshake authentication");
        return 0;
    }
    tlsg_report_add_as(judge->out, judge->self, TLSG_NOTICE, vhost, &directive->origin, NULL,
                       "The client certificate for %s %s> is asked for by renegotiation, which "
                       "works with TLS 1.2 and HTTP/1.1 only",
                       opening(section), section->arg);
    return 0;
}

static void check_section_verify(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, model, vhost, out };
    tlsg_vhost_walk(model, vhost, "SSLVerifyClient", judge_section_verify, &judge);
}

static const tlsg_rule_t section_verify = {
    .id = "TG641",
    .name = "client-auth-per-location",
    .topic = "renegotiation",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A section asks for client certificates that the handshake did not ask for",
    .why =
        "The URL is known only after the handshake, when HTTP/2 forbids asking for a certificate "
        "and browsers do not offer to be asked. mod_ssl asks by renegotiation (TLS 1.2) or by "
        "post-handshake authentication (TLS 1.3), so these clients get 403 whatever certificate "
        "they have. An \"optional\" at server level does not help a \"require\" in a section.",
    .fix = "Move the section to a virtual host of its own with SSLVerifyClient at its level, or "
           "ask with \"optional\" there and check %{SSL_CLIENT_VERIFY} in the section.",
    .bad = "SSLCACertificateFile @clientca@\n"
           "<Location \"/staff\">\n"
           "    SSLVerifyClient require\n"
           "</Location>\n",
    .good = "SSLCACertificateFile @clientca@\n"
            "SSLVerifyClient optional\n"
            "<Location \"/staff\">\n"
            "    Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'\n"
            "</Location>\n",
    .refs = { "RFC 9113 section 9.2.3", "RFC 8446 section 4.6.2", "RFC 8740" },
    .check = check_section_verify,
};

static int judge_section_cipher(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    if (directive->section != NULL &&
        !tlsg_scope_same_words(directive, judge->vhost->ssl.set[TLSG_SSLCipherSuite], 0)) {
        tlsg_report_add(judge->out, judge->self, judge->vhost, &directive->origin, NULL,
                        "SSLCipherSuite in %s %s> forces a renegotiation with TLS 1.2, is "
                        "refused over HTTP/2 and does nothing with TLS 1.3",
                        opening(directive->section), directive->section->arg);
    }
    return 0;
}

static void check_section_cipher(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, model, vhost, out };
    tlsg_vhost_walk(model, vhost, "SSLCipherSuite", judge_section_cipher, &judge);
}

static const tlsg_rule_t section_cipher = {
    .id = "TG642",
    .name = "cipher-per-location",
    .topic = "renegotiation",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A section has a cipher list of its own",
    .why = "The suite was chosen before the URL was known. With TLS 1.2 mod_ssl renegotiates, "
           "HTTP/2 requests get 403, and with TLS 1.3 the list is ignored, so that it protects "
           "nothing.",
    .fix = "Set SSLCipherSuite for the virtual host, strict enough for all of it.",
    .bad = "<Location \"/internal\">\n"
           "    SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA384\n"
           "</Location>\n",
    .good = "SSLCipherSuite ECDHE+AESGCM\n",
    .refs = { "RFC 9113 section 9.2.1", "httpd manual: SSLCipherSuite" },
    .check = check_section_cipher,
};

/* ---- Authorities ---------------------------------------------------------------- */

static int has_ca(const tlsg_vhost_t *vhost)
{
    if (vhost->ssl.set[TLSG_SSLCACertificateFile] != NULL ||
        vhost->ssl.set[TLSG_SSLCACertificatePath] != NULL) {
        return 1;
    }
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        const tlsg_directive_t *cmd =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (cmd->argc > 0 && tlsg_text_has_prefix_nocase(cmd->argv[0], "VerifyCA")) {
            return 1;
        }
    }
    return 0;
}

static void check_no_ca(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *asked = strongest_verify(model, vhost);
    if (asked == NULL || verify_of(asked) < VERIFY_OPTIONAL || has_ca(vhost)) {
        return;
    }
    if (asked->section != NULL) {
        tlsg_report_add_as(out, self, TLSG_WARNING, vhost, &asked->origin, NULL,
                           "Client certificates are asked for in %s %s>, but there is no "
                           "SSLCACertificateFile: none can be verified and every request is "
                           "refused",
                           opening(asked->section), asked->section->arg);
    }
    else if (verify_of(asked) == VERIFY_REQUIRE) {
        tlsg_report_add(out, self, vhost, &asked->origin, NULL,
                        "No client can connect to %s: certificates are required, but without "
                        "SSLCACertificateFile none can be verified",
                        vhost->name);
    }
    else {
        tlsg_report_add_as(out, self, TLSG_WARNING, vhost, &asked->origin, NULL,
                           "Clients that send a certificate to %s are refused: without "
                           "SSLCACertificateFile none can be verified",
                           vhost->name);
    }
}

static const tlsg_rule_t no_ca = {
    .id = "TG643",
    .name = "client-auth-without-ca",
    .topic = "client-auth",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "Client certificates are asked for but no authority is configured",
    .why = "mod_ssl verifies client certificates against SSLCACertificateFile or "
           "SSLCACertificatePath only; there is no default. The server starts with a warning "
           "(AH01897) and then refuses every certificate.",
    .fix = "Set SSLCACertificateFile to the authority that issues the client certificates.",
    .bad = "SSLVerifyClient require\n",
    .good = "SSLVerifyClient require\n"
            "SSLCACertificateFile @clientca@\n",
    .refs = { "httpd manual: SSLCACertificateFile" },
    .check = check_no_ca,
};

static int mentions_client(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    (void)baton;
    return directive->args != NULL && (strstr(directive->args, "SSL_CLIENT") != NULL ||
                                       strstr(directive->args, "ssl-verify-client") != NULL);
}

static int judge_no_ca_check(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    if (verify_of(directive) != VERIFY_OPTIONAL_NO_CA) {
        return 0;
    }
    int is_checked = tlsg_vhost_walk(judge->model, judge->vhost, NULL, mentions_client, NULL);
    tlsg_report_add_as(judge->out, judge->self, is_checked ? TLSG_NOTICE : judge->self->severity,
                       judge->vhost, &directive->origin, NULL,
                       "optional_no_ca accepts any client certificate, also a self-made one%s",
                       is_checked ? ": whoever reads SSL_CLIENT_* must look at "
                                    "SSL_CLIENT_VERIFY"
                                  : "");
    return 0;
}

static void check_no_ca_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, model, vhost, out };
    tlsg_vhost_walk(model, vhost, "SSLVerifyClient", judge_no_ca_check, &judge);
}

static const tlsg_rule_t no_ca_check = {
    .id = "TG644",
    .name = "client-auth-unverified",
    .topic = "client-auth",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "SSLVerifyClient optional_no_ca accepts certificates of unknown origin",
    .why = "With optional_no_ca a certificate that leads to no known authority is accepted like a "
           "good one. An application that reads the subject from it believes what any client "
           "claims.",
    .fix = "Use \"require\" or \"optional\" with SSLCACertificateFile.",
    .bad = "SSLVerifyClient optional_no_ca\n",
    .good = "SSLVerifyClient optional\n"
            "SSLCACertificateFile @clientca@\n",
    .refs = { "httpd manual: SSLVerifyClient" },
    .check = check_no_ca_check,
};

static int judge_exception(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    if (directive->section != NULL &&
        (tlsg_scope_says(directive, "none") || tlsg_scope_says(directive, "off"))) {
        tlsg_finding_t *finding = tlsg_report_add(
            judge->out, judge->self, judge->vhost, &directive->origin, NULL,
            "SSLVerifyClient none in %s %s> has no effect: the handshake already requires a "
            "certificate",
            opening(directive->section), directive->section->arg);
        tlsg_finding_relate(judge->out, finding,
                            &judge->vhost->ssl.set[TLSG_SSLVerifyClient]->origin, "required here");
    }
    return 0;
}

static void check_exception(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, model, vhost, out };
    if (server_verify(vhost) == VERIFY_REQUIRE) {
        tlsg_vhost_walk(model, vhost, "SSLVerifyClient", judge_exception, &judge);
    }
}

static const tlsg_rule_t exception_ignored = {
    .id = "TG645",
    .name = "client-auth-exception-ignored",
    .topic = "client-auth",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A section tries to exempt itself from client authentication",
    .why = "SSLVerifyClient require at server level makes the handshake fail without a "
           "certificate, before a URL is known. A section cannot take that back: health checks or "
           "ACME requests meant to pass are refused.",
    .fix = "Use \"optional\" at server level and require a verified certificate everywhere else "
           "with Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'.",
    .bad = "SSLVerifyClient require\n"
           "SSLCACertificateFile @clientca@\n"
           "<Location \"/health\">\n"
           "    SSLVerifyClient none\n"
           "</Location>\n",
    .good = "SSLVerifyClient require\n"
            "SSLCACertificateFile @clientca@\n",
    .refs = { "httpd manual: SSLVerifyClient" },
    .check = check_exception,
};

/* Bundles of the public authorities, by the names that distributions give them. */
static int is_public_bundle(const tlsg_directive_t *file, const tlsg_directive_t *dir)
{
    static const char *const bundles[] = { "ca-certificates.crt", "ca-bundle.crt", "ca-bundle.pem",
                                           "tls-ca-bundle.pem",   "cacert.pem",    "cert.pem" };
    if (dir != NULL && dir->argc > 0 &&
        (tlsg_text_has_prefix_nocase(dir->argv[0], "/etc/ssl/certs") ||
         tlsg_text_has_prefix_nocase(dir->argv[0], "/etc/pki/tls/certs"))) {
        return 1;
    }
    if (file == NULL || file->argc == 0 || strncmp(file->argv[0], "/etc/", 5) != 0) {
        return 0;
    }
    const char *base = strrchr(file->argv[0], '/') + 1;
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        if (strcmp(base, bundles[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void check_public_ca(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *file = vhost->ssl.set[TLSG_SSLCACertificateFile];
    const tlsg_directive_t *dir = vhost->ssl.set[TLSG_SSLCACertificatePath];
    const tlsg_directive_t *asked = strongest_verify(model, vhost);
    if (asked == NULL || verify_of(asked) < VERIFY_OPTIONAL || !is_public_bundle(file, dir)) {
        return;
    }
    const tlsg_directive_t *line = is_public_bundle(file, NULL) ? file : dir;
    int is_checked = tlsg_vhost_walk(model, vhost, NULL, mentions_client, NULL);
    tlsg_report_add_as(out, self, is_checked ? TLSG_NOTICE : self->severity, vhost, &line->origin,
                       NULL, "Client certificates of every public authority are accepted%s",
                       is_checked ? "; what else is checked decides" : ": anybody can get one");
}

static const tlsg_rule_t public_ca = {
    .id = "TG646",
    .name = "client-auth-any-public-ca",
    .topic = "client-auth",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Client certificates are verified against the bundle of public authorities",
    .why = "A certificate from any of the authorities in the file passes the verification. The "
           "bundle that browsers use holds more than a hundred, and a certificate from one of "
           "them says nothing about who may enter.",
    .fix = "Set SSLCACertificateFile to the one authority that issues your client certificates.",
    .bad = "SSLVerifyClient require\n"
           "SSLCACertificateFile /etc/ssl/certs/ca-certificates.crt\n",
    .good = "SSLVerifyClient require\n"
            "SSLCACertificateFile @clientca@\n",
    .refs = { "NIST SP 800-52r2 section 3.5", "STIG V-92821" },
    .check = check_public_ca,
};

/* ---- Revocation ----------------------------------------------------------------- */

static int has_crl(const tlsg_vhost_t *vhost)
{
    return vhost->ssl.set[TLSG_SSLCARevocationFile] != NULL ||
           vhost->ssl.set[TLSG_SSLCARevocationPath] != NULL;
}

static int checks_crl(const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *check = vhost->ssl.set[TLSG_SSLCARevocationCheck];
    return tlsg_scope_says(check, "leaf") || tlsg_scope_says(check, "chain");
}

static void check_crl_missing(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (checks_crl(vhost) && !has_crl(vhost)) {
        tlsg_report_add(out, self, vhost, &vhost->ssl.set[TLSG_SSLCARevocationCheck]->origin, NULL,
                        "The server will not start (AH01899): revocation lists are to be checked, "
                        "but neither SSLCARevocationFile nor SSLCARevocationPath is set");
    }
}

static const tlsg_rule_t crl_missing = {
    .id = "TG647",
    .name = "crl-missing",
    .topic = "client-auth",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "SSLCARevocationCheck without a revocation list",
    .why = "mod_ssl refuses to start when revocation is to be checked and no list is configured, "
           "also when no client certificate is asked for. httpd -t does not see it.",
    .fix = "Set SSLCARevocationFile, or SSLCARevocationCheck none.",
    .bad = "SSLCARevocationCheck leaf\n",
    .good = "SSLCARevocationCheck none\n",
    .refs = { "httpd manual: SSLCARevocationCheck" },
    .check = check_crl_missing,
};

static void check_crl_unused(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *file = vhost->ssl.set[TLSG_SSLCARevocationFile];
    const tlsg_directive_t *line = file != NULL ? file : vhost->ssl.set[TLSG_SSLCARevocationPath];
    if (line == NULL || checks_crl(vhost)) {
        return;
    }
    int is_used = verify_of(strongest_verify(model, vhost)) >= VERIFY_OPTIONAL;
    tlsg_report_add_as(out, self, is_used ? self->severity : TLSG_NOTICE, vhost, &line->origin,
                       NULL,
                       "The revocation list is loaded and not used: SSLCARevocationCheck is none%s",
                       is_used ? ", so revoked client certificates are accepted" : "");
}

static const tlsg_rule_t crl_unused = {
    .id = "TG648",
    .name = "crl-not-checked",
    .topic = "client-auth",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A revocation list is configured but SSLCARevocationCheck is none",
    .why = "Since httpd 2.4 a revocation list alone does nothing: SSLCARevocationCheck switches "
           "the check on, and its default is none. The server starts with a warning (AH01902) and "
           "accepts revoked certificates.",
    .fix = "Add \"SSLCARevocationCheck chain\" (or leaf).",
    .bad = "SSLVerifyClient require\n"
           "SSLCACertificateFile @clientca@\n"
           "SSLCARevocationFile @crl@\n",
    .good = "SSLVerifyClient require\n"
            "SSLCACertificateFile @clientca@\n"
            "SSLCARevocationFile @crl@\n"
            "SSLCARevocationCheck leaf\n",
    .refs = { "httpd manual: SSLCARevocationCheck" },
    .check = check_crl_unused,
};

static void check_no_revocation(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *asked = strongest_verify(model, vhost);
    const tlsg_directive_t *ocsp = vhost->ssl.set[TLSG_SSLOCSPEnable];
    if (asked == NULL || verify_of(asked) < VERIFY_OPTIONAL || has_crl(vhost) ||
        checks_crl(vhost) || (ocsp != NULL && !tlsg_scope_says(ocsp, "off"))) {
        return;
    }
    tlsg_report_add(out, self, vhost, &asked->origin, NULL,
                    "Client certificates are verified without asking whether they were revoked");
}

static const tlsg_rule_t no_revocation = {
    .id = "TG649",
    .name = "client-auth-no-revocation",
    .topic = "client-auth",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Client authentication without a revocation check",
    .why = "A lost or stolen client key can be used until its certificate expires. That is fine "
           "with short-lived certificates, otherwise a revocation list or OCSP is needed.",
    .fix = "Set SSLCARevocationFile with SSLCARevocationCheck, or SSLOCSPEnable.",
    .bad = "SSLVerifyClient require\n"
           "SSLCACertificateFile @clientca@\n",
    .good = "SSLVerifyClient require\n"
            "SSLCACertificateFile @clientca@\n"
            "SSLOCSPEnable leaf\n",
    .refs = { "STIG V-92785", "httpd manual: SSLOCSPEnable" },
    .check = check_no_revocation,
};

const tlsg_rule_t *const tlsg_rules_vhost_auth[] = {
    &section_verify, &section_cipher, &no_ca,      &no_ca_check,   &exception_ignored,
    &public_ca,      &crl_missing,    &crl_unused, &no_revocation, NULL,
};
