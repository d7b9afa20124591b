/* SPDX-License-Identifier: Apache-2.0 */
/* TG661-TG663: authorities and revocation lists that mod_ssl refuses at start, or that have run
 * out. */
#include "fault.h"
#include "rules.h"

static void check_ca(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                     tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "ca-file", "The server will not start");
    tlsg_fault_report(self, vhost, out, "ca-names", "The server will not start");
    tlsg_fault_report_unknown(self, vhost, out, "ca-unknown");
}

static const tlsg_rule_t ca_unusable = {
    .id = "TG661",
    .name = "client-ca-unusable",
    .topic = "client-auth",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "No authority can be loaded for client certificates",
    .why = "httpd's own -t looks only whether the file or directory exists. mod_ssl loads it at "
           "start, also where no client certificate is asked for, and ends with AH01895 or AH01896 "
           "when a block is broken or no certificate is there.",
    .fix = "Put the authority's certificate there as PEM (\"BEGIN CERTIFICATE\"), or remove the "
           "line.",
    .bad = "SSLCACertificateFile @rsa.key@\n",
    .good = "SSLCACertificateFile @clientca@\n",
    .refs = { "httpd manual: SSLCACertificateFile", "httpd manual: SSLCADNRequestFile" },
    .check = check_ca,
};

static void check_crl(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "crl-file", "The server will not start");
}

static const tlsg_rule_t crl_unusable = {
    .id = "TG662",
    .name = "crl-unusable",
    .topic = "client-auth",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "The revocation list cannot be loaded: the server will not start",
    .why = "httpd's own -t looks only whether the file exists. mod_ssl loads it at start and ends "
           "with AH01901 when it is not PEM (authorities publish DER) or was cut off on its way.",
    .fix =
        "Convert it with \"openssl crl -inform DER -in FILE -out FILE.pem\", and replace it with "
        "mv, not while it is downloaded.",
    .bad = "SSLCARevocationFile @rsa.key@\n",
    .good = "SSLCARevocationFile @crl@\n",
    .refs = { "httpd manual: SSLCARevocationFile" },
    .check = check_crl,
};

static void check_outdated(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "crl-outdated", "Every client certificate is refused");
}

static const tlsg_rule_t crl_outdated = {
    .id = "TG663",
    .name = "crl-outdated",
    .topic = "client-auth",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_TIME_ONLY,
    .summary = "The revocation list has run out: no client certificate is accepted",
    .why = "A list says until when it counts. After that OpenSSL refuses every certificate of the "
           "authority, the good ones too, until httpd is reloaded with a new list.",
    .fix = "Fetch the new list and reload; do both from a timer, well before the date in the list.",
    .bad = "SSLCACertificateFile @clientca@\n"
           "SSLCARevocationFile @crlold@\n"
           "SSLCARevocationCheck chain\n"
           "SSLVerifyClient require\n",
    .good = "SSLCACertificateFile @clientca@\n"
            "SSLCARevocationFile @crl@\n"
            "SSLCARevocationCheck chain\n"
            "SSLVerifyClient require\n",
    .refs = { "RFC 5280 section 5.1.2.5", "httpd manual: SSLCARevocationFile" },
    .check = check_outdated,
};

const tlsg_rule_t *const tlsg_rules_vhost_ca[] = {
    &ca_unusable,
    &crl_unusable,
    &crl_outdated,
    NULL,
};
