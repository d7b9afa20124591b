/* SPDX-License-Identifier: Apache-2.0 */
/* TG340-TG349: what is sent behind the certificate. */
#include <apr_strings.h>

#include "certfile.h"
#include "chain.h"
#include "fault.h"
#include "names.h"
#include "rules.h"
#include "scope.h"
#include "vhost_cert.h"

/* The line that names what is sent: a chain file replaces the rest of the certificate file. */
static const tlsg_origin_t *chain_origin(const tlsg_vhost_t *vhost, const tlsg_vhost_cert_t *cert)
{
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLCertificateChainFile];
    return line != NULL && cert->chain->source == TLSG_CHAIN_FROM_CHAIN_FILE
               ? &line->origin
               : tlsg_vhost_cert_origin(vhost, cert);
}

/* Nothing that is sent certifies the leaf. A private root may; its clients then need no more. */
static int has_no_issuer(const tlsg_chain_t *chain)
{
    return chain->trust == TLSG_CHAIN_UNKNOWN && chain->path_count == 1 && chain->missing != NULL;
}

static void check_missing(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    tlsg_fault_report_unknown(self, vhost, out, "chain-file-unknown");
    if (tlsg_fault_next(vhost, "chain-file-empty", NULL) != NULL) {
        tlsg_fault_report(self, vhost, out, "chain-file-empty",
                          "No intermediate certificate is sent");
        return;
    }
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_chain_t *chain = cert->chain;
        if (chain == NULL || (chain->trust != TLSG_CHAIN_INCOMPLETE && !has_no_issuer(chain))) {
            continue;
        }
        tlsg_report_add_as(out, self,
                           tlsg_vhost_is_local(model, vhost) ? TLSG_NOTICE : TLSG_WARNING, vhost,
                           chain_origin(vhost, cert), NULL,
                           "The chain of %s is incomplete: the certificate of \"%s\" is not sent",
                           tlsg_vhost_cert_subject(cert), chain->missing);
    }
}

static const tlsg_rule_t chain_missing = {
    .id = "TG340",
    .name = "chain-incomplete",
    .topic = "chain",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "An intermediate certificate is not sent",
    .why = "Desktop browsers fetch or remember intermediates and hide the fault; phones, curl, API "
           "clients and other servers fail.",
    .fix = "Append the intermediate to SSLCertificateFile (what ACME clients call fullchain.pem).",
    .bad = "SSLCertificateFile @bare@\n",
    .good = "SSLCertificateFile @bare@\n"
            "SSLOpenSSLConfCmd ChainCAFile @intermediate@\n",
    .refs = { "RFC 8446 section 4.4.2" },
    .check = check_missing,
};

/* Flaws of order, each with its words. */
static const struct {
    unsigned flaw;
    const char *name;
    const char *what;
} flaws[] = {
    { TLSG_LINK_OUT_OF_ORDER, "order", "does not certify the one before it" },
    { TLSG_LINK_STRAY, "stray", "certifies nothing here" },
    { TLSG_LINK_DUPLICATE, "duplicate", "is sent twice" },
    { TLSG_LINK_ROOT, "root", "is a root, which clients have or will not believe" },
};

static void check_order(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        for (int l = 1; cert->chain != NULL && l < cert->chain->link_count; l++) {
            const tlsg_link_t *link = &cert->chain->links[l];
            for (size_t f = 0; f < sizeof flaws / sizeof flaws[0]; f++) {
                if ((link->flaws & flaws[f].flaw) != 0) {
                    tlsg_report_add(out, self, vhost, chain_origin(vhost, cert), flaws[f].name,
                                    "Certificate %d of the chain, \"%s\", %s", l + 1,
                                    link->cert->subject, flaws[f].what);
                }
            }
        }
    }
}

static const tlsg_rule_t chain_order = {
    .id = "TG341",
    .name = "chain-untidy",
    .topic = "chain",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The chain is out of order, or holds certificates that nobody needs",
    .why = "Every handshake carries them. Old clients insist on the order; a root is never used.",
    .fix = "Keep the server's certificate first, then each intermediate behind the one it "
           "certifies, and no root.",
    .bad = "SSLCertificateFile @withroot@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 8446 section 4.4.2" },
    .check = check_order,
};

static void report_time(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                        const tlsg_vhost_cert_t *cert, const tlsg_cert_t *link, apr_time_t now,
                        tlsg_report_t *out)
{
    int has_expired = now > link->not_after;
    if (!has_expired && now >= link->not_before) {
        return;
    }
    /* Some clients never look at the dates of a root. */
    int is_root = link->is_self_signed;
    tlsg_report_add_as(out, self, is_root ? TLSG_WARNING : TLSG_ERROR, vhost,
                       chain_origin(vhost, cert), link->subject, "The %s \"%s\" %s %s",
                       is_root ? "root" : "intermediate", link->subject,
                       has_expired ? "expired on" : "is not valid before",
                       tlsg_vhost_cert_date(tlsg_report_pool(out),
                                            has_expired ? link->not_after : link->not_before));
}

static void check_link_time(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_chain_t *chain = cert->chain;
        for (int l = 0; chain != NULL && chain->path_flaws != 0 && l < chain->above_count; l++) {
            report_time(self, vhost, cert, chain->above[l], model->now, out);
        }
    }
}

static const tlsg_rule_t link_out_of_time = {
    .id = "TG342",
    .name = "chain-out-of-date",
    .topic = "chain",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .flags = TLSG_TIME_ONLY,
    .summary = "An intermediate certificate or the root has expired",
    .why =
        "Clients refuse the chain although the server's own certificate is fine. It happens when "
        "a renewal replaces the certificate and keeps the old chain.",
    .fix = "Replace the chain with the one that the authority sends today.",
    .bad = "SSLCertificateFile @expiredint@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 5280 section 6.1.3" },
    .check = check_link_time,
};

static void check_broken(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (tlsg_fault_next(vhost, "key-mismatch", NULL) != NULL) {
        return; /* the first certificate may not be the server's at all */
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_chain_t *chain = cert->chain;
        if (chain != NULL && chain->trust == TLSG_CHAIN_BROKEN) {
            tlsg_report_add(out, self, vhost, chain_origin(vhost, cert), NULL,
                            "The chain of %s does not verify: %s", tlsg_vhost_cert_subject(cert),
                            chain->reason != NULL ? chain->reason : "unknown reason");
        }
    }
}

static const tlsg_rule_t chain_broken = {
    .id = "TG343",
    .name = "chain-broken",
    .topic = "chain",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The chain does not verify, whatever root a client trusts",
    .why =
        "A signature, a CA flag or a constraint in the chain does not hold; every client refuses "
        "it.",
    .fix = "Get certificate and chain from the authority again.",
    .bad = "SSLCertificateFile @badchain@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 5280 section 6.1" },
    .check = check_broken,
};

static void check_private(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_chain_t *chain = cert->chain;
        if (chain != NULL && chain->trust == TLSG_CHAIN_UNKNOWN && !has_no_issuer(chain)) {
            tlsg_report_unknown(out, self, vhost, "who trusts the chain of %s cannot be said: %s",
                                tlsg_vhost_cert_subject(cert), chain->reason);
        }
        if (chain != NULL && chain->trust == TLSG_CHAIN_PRIVATE &&
            tlsg_names_is_public(vhost->server_name.text)) {
            tlsg_report_add(out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                            "%s is certified by a private authority%s%s%s: only clients that know "
                            "it can connect",
                            tlsg_vhost_cert_subject(cert), chain->root != NULL ? " (" : "",
                            chain->root != NULL ? chain->root : "", chain->root != NULL ? ")" : "");
        }
    }
}

static const tlsg_rule_t private_authority = {
    .id = "TG344",
    .name = "private-authority",
    .topic = "chain",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "A public name has a certificate of a private authority",
    .why = "That is right for an internal site whose clients have the root, and an error page for "
           "everybody else.",
    .fix = "Nothing, when all clients know the authority; otherwise use a public one.",
    .bad = "SSLCertificateFile @withroot@\n",
    .good = "ServerName www.example.test\n",
    .refs = { "CIS 7.2" },
    .check = check_private,
};

static void check_ca_store(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    static const char *const own_store[] = { "ChainCAFile", "ChainCAPath", NULL };
    if (tlsg_scope_confcmd(vhost, own_store) != NULL) {
        return; /* a store for chains, which verifies nobody */
    }
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_directive_t *store = vhost->ssl.set[TLSG_SSLCACertificateFile];
        if (cert->chain != NULL && cert->chain->source == TLSG_CHAIN_FROM_CA_STORE) {
            tlsg_finding_t *finding = tlsg_report_add(
                out, self, vhost, tlsg_vhost_cert_origin(vhost, cert), NULL,
                "The intermediates of %s are taken from the CA store for client certificates",
                tlsg_vhost_cert_subject(cert));
            if (store != NULL) {
                tlsg_finding_relate(out, finding, &store->origin, "the CA store");
            }
        }
    }
}

static const tlsg_rule_t chain_from_store = {
    .id = "TG345",
    .name = "chain-from-ca-store",
    .topic = "chain",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The chain is completed from SSLCACertificateFile",
    .why = "It works, but the directive is meant for client certificates: with SSLVerifyClient "
           "everybody whom that authority certified gets in.",
    .fix = "Append the intermediate to SSLCertificateFile and remove it from SSLCACertificateFile.",
    .bad = "SSLCertificateFile @bare@\n"
           "SSLCACertificateFile @intermediate@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "httpd manual: SSLCACertificateFile" },
    .check = check_ca_store,
};

const tlsg_rule_t *const tlsg_rules_chain[] = {
    &chain_missing,    &chain_order, &link_out_of_time, &chain_broken, &private_authority,
    &chain_from_store, NULL,
};
