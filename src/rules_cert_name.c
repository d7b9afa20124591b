/* SPDX-License-Identifier: Apache-2.0 */
/* TG320-TG339: names in certificates, and how strong certificates are. */
#include <limits.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "certfile.h"
#include "chain.h"
#include "fault.h"
#include "names.h"
#include "redirect.h"
#include "rules.h"
#include "stapling.h"
#include "text.h"
#include "vhost_cert.h"

/* How a certificate of the virtual host covers the name, the best of all. */
static tlsg_name_match_t coverage(const tlsg_vhost_t *vhost, const char *name)
{
    tlsg_name_match_t best = TLSG_NAME_MATCH_NONE;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        tlsg_name_match_t match = tlsg_names_is_pattern(name)
                                      ? tlsg_names_match_pattern(cert->file->leaf, name)
                                      : tlsg_names_match(cert->file->leaf, name);
        if (best == TLSG_NAME_MATCH_NONE || best == TLSG_NAME_MATCH_UNDECIDED) {
            best = match != TLSG_NAME_MATCH_NONE ? match : best;
        }
    }
    return best;
}

static int is_covered(const tlsg_vhost_t *vhost, const char *name)
{
    return coverage(vhost, name) != TLSG_NAME_MATCH_NONE;
}

/* A fault of a certificate that visitors see: a public name that more than this machine reaches,
 * with something behind it. A catch-all that refuses everything may have any certificate. */
static tlsg_severity_t seen_by_strangers(const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                                         const char *name)
{
    int is_seen = tlsg_names_is_public(name) && !tlsg_vhost_is_local(model, vhost) &&
                  !tlsg_redirect_serves_nothing(tlsg_http_facts_get(model, vhost));
    return is_seen ? TLSG_WARNING : TLSG_NOTICE;
}

static int is_address(const char *name)
{
    tlsg_name_kind_t kind = tlsg_names_kind(name);
    return kind == TLSG_NAME_PUBLIC_IP || kind == TLSG_NAME_PRIVATE_IP;
}

/* "example.com, www.example.com and 7 more": what the certificate is for. */
static const char *names_of(apr_pool_t *pool, const tlsg_cert_t *leaf)
{
    const int shown = 3; /* names; enough to recognise a certificate */
    int count = leaf->dns_count + leaf->ip_count;
    const char *text = "";
    for (int i = 0; i < count && i < shown; i++) {
        const char *name = i < leaf->dns_count ? leaf->dns[i] : leaf->ips[i - leaf->dns_count];
        text = apr_pstrcat(pool, text, i > 0 ? ", " : "", name, NULL);
    }
    if (count > shown) {
        text = apr_psprintf(pool, "%s and %d more", text, count - shown);
    }
    return *text != '\0' ? text : "no name at all";
}

/* An address that stands among the host names, where no client looks for it. */
static int names_as_text(const tlsg_cert_t *leaf, const char *name)
{
    for (int i = 0; is_address(name) && i < leaf->dns_count; i++) {
        if (strcmp(leaf->dns[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The name stands where clients looked for it until 2017, and there is no other. */
static int relies_on_cn(const tlsg_cert_t *leaf, const char *name)
{
    return leaf->dns_count == 0 && !is_address(name) && tlsg_names_cn_matches(leaf, name);
}

static void check_name(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const char *name = vhost->server_name.text;
    if (vhost->server_name.directive == NULL || is_covered(vhost, name)) {
        return;
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (relies_on_cn(cert->file->leaf, name)) {
            return; /* another rule's */
        }
    }
    cert = tlsg_vhost_cert_at(vhost, 0);
    int is_text = names_as_text(cert->file->leaf, name);
    /* Names that no public authority certifies are often served with whatever is at hand. */
    tlsg_finding_t *finding =
        tlsg_report_add_as(out, self, seen_by_strangers(model, vhost, name), vhost,
                           &vhost->server_name.directive->origin, NULL,
                           is_text ? "The certificate does not cover %s: it has the address as a "
                                     "host name, and clients look for an IP address entry"
                                   : "The certificate does not cover %s; it is for %s",
                           name, names_of(tlsg_report_pool(out), cert->file->leaf));
    tlsg_finding_relate(out, finding, tlsg_vhost_cert_origin(vhost, cert), "the certificate");
}

static const tlsg_rule_t name_mismatch = {
    .id = "TG320",
    .name = "certificate-name-mismatch",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The certificate does not cover ServerName",
    .why = "Browsers show an error page for the site's own name. mod_ssl warns at start only "
           "(AH01909). Only subjectAltName counts, not the common name.",
    .fix = "Use a certificate for this name, or correct ServerName.",
    .bad = "SSLCertificateFile @other@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9525 section 6" },
    .check = check_name,
};

static void check_aliases(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        const tlsg_name_t *alias = &APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t);
        if (alias->directive == NULL || strcmp(alias->text, "*") == 0 ||
            strchr(alias->text, ':') != NULL) {
            continue; /* a port is another rule's; "*" stands for everything */
        }
        tlsg_name_match_t match = coverage(vhost, alias->text);
        if (match != TLSG_NAME_MATCH_NONE && match != TLSG_NAME_MATCH_UNDECIDED) {
            continue;
        }
        int is_partial = match == TLSG_NAME_MATCH_UNDECIDED;
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, is_partial ? TLSG_NOTICE : seen_by_strangers(model, vhost, alias->text),
            vhost, &alias->directive->origin, alias->text,
            is_partial
                ? "The certificate covers only some of the names that the alias %s stands for"
                : "The certificate does not cover the alias %s",
            alias->text);
        tlsg_finding_relate(out, finding,
                            tlsg_vhost_cert_origin(vhost, tlsg_vhost_cert_at(vhost, 0)),
                            "the certificate");
    }
}

static const tlsg_rule_t alias_uncovered = {
    .id = "TG321",
    .name = "certificate-alias-uncovered",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The certificate does not cover a ServerAlias",
    .why = "httpd answers to the alias, and browsers refuse the certificate before any redirect.",
    .fix = "Add the name to the certificate, or remove it from ServerAlias.",
    .bad = "ServerAlias blog.example.net\n",
    .good = "ServerAlias example.com\n",
    .refs = { "RFC 9525 section 6" },
    .check = check_aliases,
};

static void check_san(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_cert_t *leaf = cert->file->leaf;
        if (!leaf->has_san || relies_on_cn(leaf, vhost->server_name.text)) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s has no %s, which browsers require",
                            tlsg_vhost_cert_subject(cert),
                            leaf->has_san ? "DNS name in its subjectAltName" : "subjectAltName");
        }
    }
}

static const tlsg_rule_t no_san = {
    .id = "TG322",
    .name = "certificate-without-san",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The certificate names its host in the common name only",
    .why = "Browsers have ignored the common name since 2017 and refuse such a certificate.",
    .fix = "Have it reissued with the names as subjectAltName.",
    .bad = "SSLCertificateFile @nosan@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9525 section 2", "CA/B Forum BR 7.1.2.7.12" },
    .check = check_san,
};

static int is_among(const apr_array_header_t *lines, const tlsg_directive_t *line)
{
    for (int i = 0; line != NULL && i < lines->nelts; i++) {
        if (APR_ARRAY_IDX(lines, i, const tlsg_directive_t *) == line) {
            return 1;
        }
    }
    return 0;
}

static void check_each(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const char *name = vhost->server_name.text;
    if (vhost->server_name.directive == NULL || !is_covered(vhost, name)) {
        return; /* none covers it: another rule's */
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (tlsg_names_match(cert->file->leaf, name) != TLSG_NAME_MATCH_NONE) {
            continue;
        }
        int is_inherited = !vhost->is_main && is_among(model->main->ssl.certs, cert->cert);
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, seen_by_strangers(model, vhost, name), vhost,
            is_inherited ? &vhost->origin : tlsg_vhost_cert_origin(vhost, cert), name,
            "Clients that prefer %s keys get a certificate for %s, not for %s",
            cert->file->leaf->key.name, names_of(tlsg_report_pool(out), cert->file->leaf), name);
        if (is_inherited) {
            tlsg_finding_relate(out, finding, &cert->cert->origin,
                                "the main server's certificate %d, which a virtual host keeps when "
                                "it names fewer",
                                i + 1);
        }
    }
}

static const tlsg_rule_t one_mismatch = {
    .id = "TG323",
    .name = "second-certificate-mismatch",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "One of several certificates does not cover ServerName",
    .why = "The client decides which of the certificates it gets, by the kind of key. mod_ssl "
           "counts SSLCertificateFile lines: a virtual host's first replaces the main server's "
           "first, and the main server's second stays.",
    .fix = "Name a certificate of each kind for this virtual host, or none at server level.",
    .bad = "%server\n"
           "SSLCertificateFile @rsa@\n"
           "SSLCertificateFile @other@\n"
           "%vhost\n"
           "SSLCertificateFile @rsa@\n",
    .good = "SSLCertificateFile @rsa@\n"
            "SSLCertificateFile @ecdsa@\n",
    .refs = { "httpd manual: SSLCertificateFile", "RFC 9525 section 6" },
    .check = check_each,
};

/* ---- Strength ---------------------------------------------------------------------------------
 */

static void check_self_signed(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (cert->file->leaf->is_self_signed) {
            tlsg_report_add_as(out, self, seen_by_strangers(model, vhost, vhost->server_name.text),
                               vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                               "The certificate %s is self-signed", tlsg_vhost_cert_subject(cert));
        }
    }
}

static const tlsg_rule_t self_signed = {
    .id = "TG330",
    .name = "certificate-self-signed",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A self-signed certificate serves a public name",
    .why = "Browsers show an error page, and users who click it away accept an attacker's "
           "certificate the same way.",
    .fix = "Get a certificate from a public authority (mod_md does it by itself), or one from your "
           "own authority that the clients know.",
    .bad = "SSLCertificateFile @self@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "CIS 7.2" },
    .check = check_self_signed,
};

static void check_ca(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                     tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        if (cert->file->leaf->is_ca && tlsg_fault_next(vhost, "key-mismatch", NULL) == NULL) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The server certificate %s is a CA certificate (CA:TRUE)",
                            tlsg_vhost_cert_subject(cert));
        }
    }
}

static const tlsg_rule_t ca_as_leaf = {
    .id = "TG331",
    .name = "certificate-is-ca",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A CA certificate is used as the server's certificate",
    .why = "Whoever trusts it trusts every certificate that its key signs, and the key lies on a "
           "web server. \"openssl req -x509\" makes such certificates by default. Firefox refuses "
           "them.",
    .fix = "Make the certificate with \"-addext basicConstraints=critical,CA:FALSE\".",
    .bad = "SSLCertificateFile @caleaf@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 5280 section 4.2.1.9" },
    .check = check_ca,
};

static int is_weak_digest(const tlsg_cert_t *cert)
{
    return cert->sig_digest != NULL && (tlsg_text_eq_nocase(cert->sig_digest, "SHA1") ||
                                        tlsg_text_has_prefix_nocase(cert->sig_digest, "MD"));
}

static void check_signature(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (tlsg_fault_next(vhost, "security-level", NULL) != NULL) {
        return;
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        for (int c = -1; c < cert->file->chain_count; c++) {
            const tlsg_cert_t *link = c < 0 ? cert->file->leaf : cert->file->chain[c];
            if (is_weak_digest(link) && !link->is_self_signed) {
                tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                                "%s is signed with %s",
                                link->subject_cn != NULL ? link->subject_cn : link->subject,
                                link->sig_digest);
            }
        }
    }
}

static const tlsg_rule_t weak_signature = {
    .id = "TG332",
    .name = "certificate-weak-signature",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A certificate is signed with SHA-1 or MD5",
    .why = "Collisions let an attacker have another certificate with the same signature. Browsers "
           "refuse such chains.",
    .fix = "Have the certificate reissued with SHA-256.",
    .bad = "SSLCipherSuite ECDHE+AESGCM:@SECLEVEL=0\n"
           "SSLCertificateFile @sha1@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9325 section 4.5", "RFC 9155" },
    .check = check_signature,
};

#define RSA_MIN_BITS 2048 /* RFC 9325 section 4.5 */
#define EC_MIN_BITS 224   /* the same: 112 bits of security */

static int is_short(const tlsg_pubkey_t *key)
{
    int least = key->type == TLSG_PUBKEY_RSA  ? RSA_MIN_BITS
                : key->type == TLSG_PUBKEY_EC ? EC_MIN_BITS
                                              : 0;
    return key->bits > 0 && key->bits < least;
}

static const char *short_key(apr_pool_t *pool, const tlsg_pubkey_t *key)
{
    return apr_psprintf(pool, "has an %s key of only %d bits", key->name, key->bits);
}

/* Why browsers or clients object to the key, NULL when they do not. */
static const char *key_problem(apr_pool_t *pool, const tlsg_pubkey_t *key,
                               tlsg_severity_t *severity)
{
    *severity = TLSG_WARNING;
    switch (key->type) {
    case TLSG_PUBKEY_RSA:
        if (key->rsa_exponent == 1) {
            *severity = TLSG_ERROR;
            return "has the RSA exponent 1 and protects nothing";
        }
        return is_short(key) ? short_key(pool, key) : NULL;
    case TLSG_PUBKEY_EC:
        if (is_short(key)) {
            return short_key(pool, key);
        }
        *severity = TLSG_NOTICE;
        return key->curve != NULL &&
                       (strcmp(key->curve, "P-256") == 0 || strcmp(key->curve, "P-384") == 0)
                   ? NULL
                   : apr_psprintf(pool, "uses the curve %s, which not every client has",
                                  key->curve != NULL ? key->curve : "of its own");
    case TLSG_PUBKEY_ED25519:
    case TLSG_PUBKEY_ED448:
    case TLSG_PUBKEY_RSA_PSS:
    case TLSG_PUBKEY_DSA:
        return apr_psprintf(pool, "has a key of type %s, which browsers refuse", key->name);
    case TLSG_PUBKEY_OTHER:
        break;
    }
    return NULL;
}

/* Another certificate of the virtual host that every client can use. */
static int has_usable_other(const tlsg_vhost_t *vhost, int except)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        tlsg_pubkey_type_t type = cert->file->leaf->key.type;
        if (i != except && (type == TLSG_PUBKEY_RSA || type == TLSG_PUBKEY_EC)) {
            return 1;
        }
    }
    return 0;
}

static void check_keys_above(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                             const tlsg_vhost_cert_t *cert, tlsg_report_t *out)
{
    for (int i = 0; cert->chain != NULL && i < cert->chain->above_count; i++) {
        const tlsg_cert_t *link = cert->chain->above[i];
        if (is_short(&link->key)) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), link->subject,
                            "The authority \"%s\" %s", link->subject,
                            short_key(tlsg_report_pool(out), &link->key));
        }
    }
}

static void check_key(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    if (tlsg_fault_next(vhost, "security-level", NULL) != NULL) {
        return;
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        tlsg_severity_t severity;
        const tlsg_pubkey_t *key = &cert->file->leaf->key;
        const char *problem = key_problem(tlsg_report_pool(out), key, &severity);
        int is_extra = key->type != TLSG_PUBKEY_RSA && key->type != TLSG_PUBKEY_EC &&
                       has_usable_other(vhost, i);
        if (problem != NULL && !is_extra) {
            tlsg_report_add_as(out, self, severity, vhost, tlsg_vhost_cert_origin(vhost, cert),
                               NULL, "The certificate %s %s", tlsg_vhost_cert_subject(cert),
                               problem);
        }
        check_keys_above(self, vhost, cert, out);
    }
}

static const tlsg_rule_t weak_key = {
    .id = "TG333",
    .name = "certificate-key-unsuitable",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A key is too short, or the certificate's is of a kind that clients refuse",
    .why = "Short keys can be broken; kinds such as Ed25519 or RSA-PSS are fine by themselves, but "
           "no browser accepts them in a certificate.",
    .fix = "Use RSA with 2048 bits or more, or the curve P-256.",
    .bad = "SSLCipherSuite ECDHE+AESGCM:@SECLEVEL=0\n"
           "SSLCertificateFile @rsa1024@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9325 section 4.5", "Mozilla guideline 6.0" },
    .check = check_key,
};

static const char *usage_problem(const tlsg_cert_t *leaf)
{
    if (leaf->has_eku && !leaf->eku_server_auth) {
        return leaf->eku_any ? "is for servers by anyExtendedKeyUsage only, which OpenSSL refuses"
                             : "is not for servers (extendedKeyUsage lacks serverAuth)";
    }
    if (leaf->has_key_usage && (leaf->key_usage & KU_DIGITAL_SIGNATURE) == 0) {
        return "may not sign handshakes (keyUsage lacks digitalSignature)";
    }
    return NULL;
}

static void check_usage(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (tlsg_fault_next(vhost, "key-mismatch", NULL) != NULL) {
        return; /* the first certificate may not be the server's at all */
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const char *problem = usage_problem(cert->file->leaf);
        if (problem != NULL) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "The certificate %s %s", tlsg_vhost_cert_subject(cert), problem);
        }
    }
}

static const tlsg_rule_t wrong_usage = {
    .id = "TG334",
    .name = "certificate-wrong-usage",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "keyUsage or extendedKeyUsage forbid what the server does with the key",
    .why = "Clients check both and end the handshake.",
    .fix = "Have it reissued with digitalSignature and serverAuth.",
    .bad = "SSLCertificateFile @clientonly@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 5280 section 4.2.1.12", "NIST SP 800-52r2" },
    .check = check_usage,
};

static void check_scts(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_cert_t *leaf = cert->file->leaf;
        /* A root of this system may be a private one that somebody put among the public ones: the
         * policy identifier says that the certificate was issued for everybody. */
        if (cert->chain == NULL || cert->chain->trust != TLSG_CHAIN_PUBLIC ||
            !leaf->has_cab_policy || leaf->has_scts) {
            continue;
        }
        if (tlsg_model_has_module(model, "mod_ssl_ct.c") ||
            (tlsg_stapling_by(model, vhost) != TLSG_STAPLER_NONE &&
             tlsg_stapling_has_responder(vhost, cert))) {
            tlsg_report_unknown(out, self, vhost, "timestamps may come with the handshake instead");
            continue;
        }
        tlsg_report_add_as(out, self, seen_by_strangers(model, vhost, vhost->server_name.text),
                           vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                           "The certificate %s comes without certificate transparency timestamps",
                           tlsg_vhost_cert_subject(cert));
    }
}

static const tlsg_rule_t without_scts = {
    .id = "TG335",
    .name = "certificate-without-scts",
    .topic = "cert",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A publicly trusted certificate has no certificate transparency timestamps",
    .why = "Chrome, Safari and Firefox refuse certificates of public authorities that no log "
           "vouches for. Authorities put the timestamps (SCTs) into the certificate unless asked "
           "not to; mod_ssl cannot send them in the handshake. Private authorities are free.",
    .fix = "Have it reissued with embedded timestamps.",
    .bad = "%elsewhere\n" /* needs a root that this system trusts */
           "SSLCertificateFile @rsa@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 6962 section 3.3", "NIST SP 800-52r2" },
    .check = check_scts,
};

const tlsg_rule_t *const tlsg_rules_cert_name[] = {
    &name_mismatch,  &alias_uncovered, &no_san,      &one_mismatch, &self_signed, &ca_as_leaf,
    &weak_signature, &weak_key,        &wrong_usage, &without_scts, NULL,
};
