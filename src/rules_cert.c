/* SPDX-License-Identifier: Apache-2.0 */
/* TG300-TG319: certificates and keys that cannot be used, and time. */
#include "vhost_cert.h"

#include <apr_strings.h>

#include "certfile.h"
#include "chain.h"
#include "fault.h"
#include "keyfile.h"
#include "lifetime.h"
#include "names.h"
#include "rules.h"
#include "scope.h"
#include "text.h"

/* ---- What stops a start --------------------------------------------------------------------- */

static void check_unusable(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    static const char *const kinds[] = { "certificate", "chain-file" };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        tlsg_fault_report(self, vhost, out, kinds[i], "The server will not start");
    }
}

static const tlsg_rule_t unusable = {
    .id = "TG301",
    .name = "certificate-unusable",
    .topic = "cert",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "A certificate file holds no usable certificate: the server will not start",
    .why = "httpd's own -t looks only whether the file exists. mod_ssl reads it at start and ends "
           "with AH02562 when a block is missing, cut off or not PEM.",
    .fix = "Put the certificate, then its intermediates, into the file as PEM; \"openssl x509 -in "
           "FILE -noout -subject\" must print the server's name.",
    .bad = "SSLCertificateFile @rsa.key@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "httpd manual: SSLCertificateFile" },
    .check = check_unusable,
};

static void check_none(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (tlsg_fault_next(vhost, "no-certificate", NULL) != NULL) {
        tlsg_report_add_absent(out, self, vhost,
                               vhost->engine != NULL ? &vhost->engine->origin : NULL, NULL,
                               "The server will not start: TLS is on without a certificate");
    }
}

static const tlsg_rule_t no_certificate = {
    .id = "TG302",
    .name = "certificate-missing",
    .topic = "cert",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "TLS is on without a certificate: the server will not start",
    .why = "No SSLCertificateFile is in force for this server, and no module provides one. "
           "\"SSLEngine on\" outside every virtual host also switches the main server on.",
    .fix = "Add SSLCertificateFile and SSLCertificateKeyFile, or move \"SSLEngine on\" into the "
           "virtual hosts that have them.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "</VirtualHost>\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "httpd manual: SSLEngine" },
    .check = check_none,
};

static void check_mismatch(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "key-mismatch", "The server will not start");
    for (int i = 0; i < vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
        const tlsg_keyfile_t *key = cert->keyfile;
        if (cert->file == NULL && cert->unknown != NULL) {
            tlsg_report_unknown(out, self, vhost, "%s", cert->unknown);
        }
        else if (key != NULL &&
                 (key->state == TLSG_KEYFILE_ENCRYPTED || key->state == TLSG_KEYFILE_DENIED ||
                  key->state == TLSG_KEYFILE_NOT_A_FILE || key->state == TLSG_KEYFILE_NOT_READ) &&
                 tlsg_fault_next(vhost, "key-missing", NULL) == NULL) {
            tlsg_report_unknown(out, self, vhost, "%s",
                                key->problem != NULL ? key->problem : "the key is not in a file");
        }
    }
}

static const tlsg_rule_t key_mismatch = {
    .id = "TG303",
    .name = "key-mismatch",
    .topic = "cert",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "Private key and certificate do not belong together: the server will not start",
    .why = "A renewal replaced one file and not the other, or a chain starts with the wrong "
           "certificate. httpd's own -t does not compare them; the start ends with AH02565.",
    .fix = "Use the key that the certificate was requested with, and put the server's own "
           "certificate first.",
    .bad = "SSLCertificateFile @rsa@\n"
           "SSLCertificateKeyFile @other.key@\n",
    .good = "SSLCertificateFile @rsa@\n"
            "SSLCertificateKeyFile @rsa.key@\n",
    .refs = { "httpd manual: SSLCertificateKeyFile" },
    .check = check_mismatch,
};

static void check_key_missing(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "key-missing", "The server will not start");
    tlsg_fault_report(self, vhost, out, "key-malformed", "The server will not start");
}

static const tlsg_rule_t key_missing = {
    .id = "TG304",
    .name = "key-missing",
    .topic = "cert",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "There is no usable private key: the server will not start",
    .why = "Without SSLCertificateKeyFile mod_ssl looks for the key in the certificate file. "
           "httpd's own -t does not; the start ends with AH02564 or AH02579.",
    .fix = "Add \"SSLCertificateKeyFile FILE\" with the key of the certificate.",
    .bad = "SSLCertificateFile @rsa@\n"
           "SSLCertificateKeyFile @intermediate@\n",
    .good = "SSLCertificateFile @rsa@\n"
            "SSLCertificateKeyFile @rsa.key@\n",
    .refs = { "httpd manual: SSLCertificateKeyFile" },
    .check = check_key_missing,
};

static void check_level(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "security-level",
                      "The server will not start: OpenSSL refuses the certificate");
}

static const tlsg_rule_t below_level = {
    .id = "TG305",
    .name = "certificate-below-security-level",
    .topic = "cert",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "The certificate is too weak for the security level: the server will not start",
    .why = "At security level 2 OpenSSL refuses RSA keys under 2048 bits and signatures with SHA-1 "
           "in a chain. httpd's own -t does not notice; the start ends with AH02562.",
    .fix = "Get a certificate with a 2048-bit RSA or P-256 key, signed with SHA-256.",
    .bad = "SSLCertificateFile @rsa1024@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9325 section 4.5", "SSL_CTX_set_security_level(3)" },
    .check = check_level,
};

/* Who is asked for pass phrases: SSLPassPhraseDialog's default is the terminal. */
static int asks_terminal(const tlsg_model_t *model)
{
    const tlsg_directive_t *dialog = model->main->ssl.set[TLSG_SSLPassPhraseDialog];
    return dialog == NULL || dialog->argc == 0 || tlsg_text_eq_nocase(dialog->argv[0], "builtin");
}

static void check_encrypted(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_directive_t *line = cert->key != NULL ? cert->key : cert->cert;
        if (line != NULL && cert->keyfile != NULL &&
            cert->keyfile->state == TLSG_KEYFILE_ENCRYPTED && asks_terminal(model)) {
            tlsg_report_add(out, self, vhost, &line->origin, NULL,
                            "The private key %s has a pass phrase: each start asks for it on the "
                            "terminal and fails where there is none",
                            cert->keyfile->path);
        }
    }
}

static const tlsg_rule_t key_encrypted = {
    .id = "TG306",
    .name = "key-with-pass-phrase",
    .topic = "cert",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A private key has a pass phrase that somebody must type at each start",
    .why = "After a reboot the site stays down until somebody comes. mod_ssl keeps the decrypted "
           "key in memory all the same, so the pass phrase protects backups of the file only.",
    .fix = "Name a program with \"SSLPassPhraseDialog exec:PROGRAM\", or keep the key without a "
           "pass phrase, mode 0600, on an encrypted disk.",
    .bad = "SSLCertificateFile @encrypted@\n"
           "SSLCertificateKeyFile @encrypted.key@\n",
    .good = "SSLCertificateFile @rsa@\n"
            "SSLCertificateKeyFile @rsa.key@\n",
    .refs = { "httpd manual: SSLPassPhraseDialog" },
    .check = check_encrypted,
};

/* The one that is served in its place: the last with that kind of key. */
static const tlsg_vhost_cert_t *successor(const tlsg_vhost_t *vhost, const tlsg_cert_t *dropped)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (cert->file->leaf->key.type == dropped->key.type) {
            return cert;
        }
    }
    return NULL;
}

static int helps(const tlsg_cert_t *dropped, const tlsg_cert_t *served, const char *name)
{
    return tlsg_names_match(dropped, name) != TLSG_NAME_MATCH_NONE &&
           tlsg_names_match(served, name) == TLSG_NAME_MATCH_NONE;
}

/* First name of the virtual host for which the dropped one is missed, NULL without one. */
static const char *name_lost(const tlsg_vhost_t *vhost, const tlsg_cert_t *dropped,
                             const tlsg_cert_t *served)
{
    if (vhost->server_name.text != NULL && helps(dropped, served, vhost->server_name.text)) {
        return vhost->server_name.text;
    }
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        const tlsg_name_t *alias = &APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t);
        if (helps(dropped, served, alias->text)) {
            return alias->text;
        }
    }
    return NULL;
}

static void check_replaced(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    for (int i = 0; vhost->replaced != NULL && i < vhost->replaced->nelts; i++) {
        const tlsg_vhost_cert_t *dropped = &APR_ARRAY_IDX(vhost->replaced, i, tlsg_vhost_cert_t);
        const tlsg_cert_t *leaf = dropped->file->leaf;
        const tlsg_vhost_cert_t *served = successor(vhost, leaf);
        if (served == NULL || served->file->leaf == leaf || served->cert == NULL) {
            continue;
        }
        const char *lost = name_lost(vhost, leaf, served->file->leaf);
        int is_own = tlsg_scope_is_own(vhost, dropped->cert);
        int is_outdone = is_own && !tlsg_scope_is_own(vhost, served->cert);
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, lost != NULL || is_outdone ? TLSG_WARNING : TLSG_NOTICE, vhost,
            tlsg_vhost_cert_origin(vhost, dropped), NULL,
            "This certificate is never served: another one with an %s key follows%s%s",
            leaf->key.name, lost != NULL ? ", which does not cover " : "",
            lost != NULL ? lost : "");
        tlsg_finding_relate(out, finding, &served->cert->origin,
                            is_outdone ? "this one is served, inherited because the virtual host "
                                         "names fewer certificates than the server level"
                                       : "this one is served");
    }
}

static const tlsg_rule_t replaced = {
    .id = "TG307",
    .name = "certificate-never-served",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A certificate is replaced by a later one with the same kind of key",
    .why =
        "OpenSSL keeps one certificate for each kind of key (RSA, EC). A second one does not add "
        "names to the first, it takes its place without a message. A virtual host's first "
        "certificate replaces the main server's first only; the second one stays and may win.",
    .fix =
        "Put all names into one certificate, or give each certificate a virtual host of its own.",
    .bad = "SSLCertificateFile @ecdsa@\n"
           "SSLCertificateFile @other@\n",
    .good = "SSLCertificateFile @rsa@\n"
            "SSLCertificateFile @ecdsa@\n",
    .refs = { "SSL_CTX_use_certificate(3)", "httpd manual: SSLCertificateFile" },
    .check = check_replaced,
};

/* ---- Time ---------------------------------------------------------------------------------- */

static void check_expired(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_cert_t *leaf = cert->file->leaf;
        apr_pool_t *pool = tlsg_report_pool(out);
        tlsg_lifetime_state_t state = tlsg_lifetime_state(leaf, model->now);
        if (state == TLSG_LIFETIME_EXPIRED) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s expired on %s", tlsg_vhost_cert_subject(cert),
                            tlsg_vhost_cert_date(pool, leaf->not_after));
        }
        else if (state == TLSG_LIFETIME_NOT_YET) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s is not valid before %s",
                            tlsg_vhost_cert_subject(cert),
                            tlsg_vhost_cert_date(pool, leaf->not_before));
        }
    }
}

static const tlsg_rule_t out_of_time = {
    .id = "TG310",
    .name = "certificate-out-of-date",
    .topic = "cert",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .flags = TLSG_TIME_ONLY,
    .summary = "The certificate has expired or is not valid yet",
    .why = "Every client refuses it. mod_ssl says nothing, neither at -t nor at start.",
    .fix = "Install the renewed certificate and reload; check the clock when it should be valid.",
    .bad = "SSLCertificateFile @expired@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 5280 section 4.1.2.5", "CIS 7.2" },
    .check = check_expired,
};

static void check_expiring(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_cert_t *leaf = cert->file->leaf;
        if (tlsg_lifetime_state(leaf, model->now) == TLSG_LIFETIME_EXPIRING) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s expires on %s and should have been renewed",
                            tlsg_vhost_cert_subject(cert),
                            tlsg_vhost_cert_date(tlsg_report_pool(out), leaf->not_after));
        }
    }
}

static const tlsg_rule_t expiring = {
    .id = "TG311",
    .name = "certificate-expiring",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .flags = TLSG_TIME_ONLY,
    .summary = "The certificate expires soon: its renewal does not seem to work",
    .why = "Less than a sixth of its lifetime is left, while automatic renewal starts at a third.",
    .fix = "Look at the renewal job's log; renew by hand if it cannot be repaired in time.",
    .bad = "SSLCertificateFile @expiring@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "CA/B Forum SC-081v3" },
    .check = check_expiring,
};

static void check_lifetime(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_cert_t *leaf = cert->file->leaf;
        int cap = tlsg_lifetime_cap(leaf->not_before);
        int days = tlsg_lifetime_days(leaf);
        if (cert->chain != NULL && cert->chain->trust == TLSG_CHAIN_PUBLIC && cap > 0 &&
            days > cap) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s is valid for %d days; browsers accept %d",
                            tlsg_vhost_cert_subject(cert), days, cap);
        }
    }
}

static const tlsg_rule_t lifetime = {
    .id = "TG312",
    .name = "certificate-lifetime-over-cap",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .flags = TLSG_TIME_ONLY,
    .summary = "A publicly trusted certificate is valid for longer than browsers accept",
    .why =
        "Browsers refuse certificates of public authorities that exceed the limit for their date "
        "of issue. Private authorities are free.",
    .fix = "Have it reissued with the lifetime that the authority offers today.",
    .bad = "%elsewhere\n" /* needs a root that this system trusts */
           "SSLCertificateFile @rsa@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "CA/B Forum SC-081v3" },
    .check = check_lifetime,
};

static void check_fallback(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    for (int i = 0; vhost->managed != NULL && i < vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
        if (cert->is_fallback) {
            tlsg_report_add(out, self, vhost, &vhost->managed->origin, NULL,
                            "mod_md has no certificate for %s yet: it serves a self-signed one and "
                            "answers every request with 503",
                            vhost->managed_by);
            return;
        }
        if (cert->file == NULL && cert->unknown != NULL) {
            tlsg_report_unknown(out, self, vhost, "%s", cert->unknown);
        }
    }
}

static const tlsg_rule_t not_issued = {
    .id = "TG313",
    .name = "certificate-not-issued-yet",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_TIME_ONLY, /* refusing the start would keep mod_md from getting one */
    .summary = "mod_md has not got the certificate yet and serves a substitute",
    .why = "After the first start with a new domain mod_md asks the authority for a certificate; "
           "it takes a minute and needs a reload. Until then browsers refuse the self-signed "
           "substitute. When it lasts, the authority cannot reach the server on port 80 or 443, or "
           "the domain does not point here.",
    .fix = "Reload when the certificate is there; when it does not come, read mod_md's messages in "
           "the error log (LogLevel md:info) and see that MDCertificateAgreement is accepted.",
    .bad = "%elsewhere\n" /* needs a start */
           "%bare\n"
           "Listen 443\n"
           "MDomain www.example.com\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "</VirtualHost>\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "httpd manual: mod_md" },
    .check = check_fallback,
};

const tlsg_rule_t *const tlsg_rules_cert[] = {
    &unusable, &no_certificate, &key_mismatch, &key_missing, &below_level, &key_encrypted,
    &replaced, &out_of_time,    &expiring,     &lifetime,    &not_issued,  NULL,
};
