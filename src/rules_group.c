/* SPDX-License-Identifier: Apache-2.0 */
/* TG22x-TG23x: key exchange groups and finite-field DH. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "cipher.h"
#include "cipher_line.h"
#include "dh.h"
#include "fault.h"
#include "rules.h"
#include "scope.h"
#include "text.h"

/* Groups belong to the default virtual host of the address (mod_ssl.md 4.1). */
static const tlsg_vhost_t *groups_owner(const tlsg_vhost_t *vhost)
{
    return vhost->pairs->nelts > 0 ? APR_ARRAY_IDX(vhost->pairs, 0, tlsg_pair_t).default_vhost
                                   : vhost;
}

static const tlsg_origin_t *cert_origin(const tlsg_vhost_t *vhost)
{
    if (vhost->certs->nelts > 0) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, 0, tlsg_vhost_cert_t);
        if (cert->cert != NULL) {
            return &cert->cert->origin;
        }
    }
    return &vhost->origin;
}

/* OpenSSL says "group 'x' cannot be set"; NULL when it says something else. */
static const char *unknown_group(apr_pool_t *pool, const char *message)
{
    const char *name = strstr(message, "group '");
    const char *end = name != NULL ? strchr(name + 7, '\'') : NULL;
    return end != NULL ? apr_pstrmemdup(pool, name + 7, (apr_size_t)(end - name - 7)) : NULL;
}

static void check_refused(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    for (const tlsg_fault_t *fault = tlsg_fault_next(vhost, "group", NULL); fault != NULL;
         fault = tlsg_fault_next(vhost, "group", fault)) {
        const tlsg_directive_t *line = fault->directive;
        if (line == NULL || line->argc < 2) {
            continue;
        }
        const char *name = unknown_group(tlsg_report_pool(out), fault->message);
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &line->origin, NULL,
            name != NULL ? "The server will not start: OpenSSL %s has no group \"%s\""
                         : "The server will not start: OpenSSL %s does not know a group of "
                           "\"%s\"",
            model->openssl_run, name != NULL ? name : line->argv[1]);
        if (strstr(line->argv[1], "MLKEM") != NULL) {
            tlsg_finding_fix(out, finding,
                             "Hybrid groups need OpenSSL 3.5; write \"SSLOpenSSLConfCmd %s "
                             "X25519:prime256v1:secp384r1\" until then.",
                             line->argv[0]);
        }
    }
}

static const tlsg_rule_t group_refused = {
    .id = "TG220",
    .name = "group-unknown",
    .topic = "group",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "A key exchange group is not known: the server will not start",
    .why = "httpd's own -t checks only the command's name; OpenSSL refuses the whole list for one "
           "unknown name, and the start ends with AH02407.",
    .fix = "Write \"SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1\".",
    .bad = "SSLOpenSSLConfCmd Curves X25519Kyber768Draft00:X25519\n",
    .good = "SSLOpenSSLConfCmd Curves X25519:prime256v1\n",
    .refs = { "SSL_CTX_set1_groups_list(3)" },
    .check = check_refused,
};

static int library_has_hybrids(const tlsg_model_t *model)
{
    /* Version text "3.5.1": ML-KEM groups came with 3.5. */
    const char *dot = strchr(model->openssl_run, '.');
    int major = model->openssl_run[0] - '0';
    return major > 3 || (major == 3 && dot != NULL && (dot[2] != '.' || dot[1] >= '5'));
}

static void check_hybrid(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_vhost_t *owner = groups_owner(vhost);
    const tlsg_directive_t *line = tlsg_scope_groups_line(owner);
    if ((facts->negotiable & TLSG_TLS13) == 0) {
        return; /* hybrids exist in TLS 1.3 only, whose absence is its own finding */
    }
    if (!library_has_hybrids(model)) {
        tlsg_finding_t *finding = tlsg_report_add_absent(
            out, self, vhost, owner->engine != NULL ? &owner->engine->origin : NULL, "library",
            "No post-quantum key exchange: OpenSSL %s has no hybrid group", model->openssl_run);
        tlsg_finding_fix(out, finding,
                         "OpenSSL 3.5 offers X25519MLKEM768 by default; plan the upgrade.");
        return;
    }
    int has = 0;
    for (int i = 0; facts->groups != NULL && i < facts->groups->nelts; i++) {
        has |= strstr(APR_ARRAY_IDX(facts->groups, i, const char *), "MLKEM") != NULL;
    }
    int is_named = line != NULL && tlsg_text_find_nocase(line->argv[1], "MLKEM") != NULL;
    if (has || is_named || (facts->groups == NULL && line == NULL)) {
        return;
    }
    tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : cert_origin(owner), NULL,
                    "The list of groups leaves out X25519MLKEM768, which this OpenSSL has");
}

static const tlsg_rule_t hybrid_missing = {
    .id = "TG221",
    .name = "hybrid-group-missing",
    .topic = "group",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "No hybrid post-quantum group can be negotiated",
    .why = "Whoever records connections today may decrypt them with a quantum computer later. "
           "Browsers offer the hybrid X25519MLKEM768 since 2024; it costs about a kilobyte.",
    .fix = "Put X25519MLKEM768 first: \"SSLOpenSSLConfCmd Curves "
           "X25519MLKEM768:X25519:prime256v1:secp384r1\".",
    .bad = "SSLOpenSSLConfCmd Curves X25519:prime256v1\n",
    .good = "SSLProtocol -all +TLSv1.2\n",
    .refs = { "Mozilla guideline 6.0", "RFC 10024" },
    .check = check_hybrid,
};

static int offers(const tlsg_effective_t *facts, const char *group)
{
    for (int i = 0; i < facts->groups->nelts; i++) {
        if (tlsg_text_eq_nocase(APR_ARRAY_IDX(facts->groups, i, const char *), group)) {
            return 1;
        }
    }
    return 0;
}

static void check_common(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_vhost_t *owner = groups_owner(vhost);
    const tlsg_directive_t *line = tlsg_scope_groups_line(owner);
    if (facts->groups == NULL || facts->groups->nelts == 0 || offers(facts, "x25519") ||
        offers(facts, "secp256r1") || offers(facts, "P-256") || offers(facts, "X25519MLKEM768")) {
        return;
    }
    tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : cert_origin(owner), NULL,
                    "Neither X25519 nor P-256 is offered, only %s: many clients have nothing else",
                    tlsg_text_join(tlsg_report_pool(out), facts->groups, ", "));
}

static const tlsg_rule_t common_groups_missing = {
    .id = "TG222",
    .name = "common-groups-missing",
    .topic = "group",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "Neither X25519 nor P-256 can be negotiated",
    .why = "Every client has P-256, nearly every one X25519. Without both, clients need a second "
           "round trip or cannot connect.",
    .fix = "Add X25519 and prime256v1 to the list of groups.",
    .bad = "SSLOpenSSLConfCmd Curves secp521r1\n",
    .good = "SSLOpenSSLConfCmd Curves X25519:prime256v1:secp521r1\n",
    .refs = { "RFC 9325 section 4.2.1" },
    .check = check_common,
};

static int has_dhe(const tlsg_effective_t *facts)
{
    int count;
    (void)tlsg_cipher_names(NULL, facts->suites, TLSG_SUITE_DHE, 0, 0, &count);
    return count > 0 && (facts->negotiable & ~(unsigned)TLSG_TLS13) != 0;
}

static void check_ec_params(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (!facts->dh.params_are_ec) {
        return;
    }
    int breaks = has_dhe(facts) && facts->dh.bits == 0;
    if (tlsg_scope_groups_line(vhost) == NULL) {
        tlsg_report_add_as(
            out, self, breaks ? TLSG_WARNING : TLSG_NOTICE, vhost, cert_origin(vhost), NULL,
            "An EC PARAMETERS block in the certificate file restricts the key exchange "
            "to %s%s",
            facts->dh.curve != NULL ? facts->dh.curve : "one curve",
            breaks ? ", and mod_ssl takes it for DH parameters: DHE handshakes fail" : "");
    }
    else if (breaks) { /* the groups come from SSLOpenSSLConfCmd, which is applied later */
        tlsg_report_add(out, self, vhost, cert_origin(vhost), NULL,
                        "mod_ssl takes the EC PARAMETERS block in the certificate file for DH "
                        "parameters: DHE handshakes fail");
    }
}

static const tlsg_rule_t ec_params = {
    .id = "TG223",
    .name = "ec-parameters-in-certificate-file",
    .topic = "group",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "An EC PARAMETERS block in the certificate file restricts the groups",
    .why = "\"openssl ecparam -genkey\" writes the block before the key. mod_ssl reads it as a "
           "wish for exactly this curve, and X25519 is refused.",
    .fix = "Delete the EC PARAMETERS block from the file; key and certificate do not need it.",
    .bad = "SSLCertificateFile @ecparams@\n",
    .good = "SSLCertificateFile @ecparams@\n"
            "SSLOpenSSLConfCmd Curves X25519:prime256v1\n",
    .refs = { "httpd manual: SSLCertificateFile" },
    .check = check_ec_params,
};

/* ---- Finite-field DH ----------------------------------------------------------------------------
 */

static const tlsg_origin_t *suites_origin(const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    return line != NULL            ? &line->origin
           : vhost->engine != NULL ? &vhost->engine->origin
                                   : &vhost->origin;
}

static const char *group_text(apr_pool_t *pool, const tlsg_effective_t *facts)
{
    const tlsg_dh_identity_t *id = facts->dh.identity;
    if (id != NULL && id->name != NULL) {
        return apr_psprintf(pool, "%d bits, %s", facts->dh.bits, id->name);
    }
    return apr_psprintf(pool, "%d bits%s", facts->dh.bits,
                        facts->dh.is_auto ? ", chosen by OpenSSL" : "");
}

static void check_dhe(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (!has_dhe(facts) || facts->dh.bits < vhost->policy->dh_min_bits) {
        return; /* smaller groups are the next rule's */
    }
    tlsg_report_add(out, self, vhost, suites_origin(vhost), NULL,
                    "DHE suites can be negotiated (group of %s)",
                    group_text(tlsg_report_pool(out), facts));
}

static const tlsg_rule_t dhe_offered = {
    .id = "TG230",
    .name = "dhe-offered",
    .topic = "dh",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "Finite-field DHE suites can be negotiated",
    .why = "DHE is slow, lets clients cause work (D(HE)at) and is being retired: RFC 10015 forbids "
           "it for TLS 1.2. Every client that has DHE has ECDHE as well.",
    .fix = "Write \"SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\".",
    .bad = "SSLCipherSuite ECDHE+AESGCM:DHE+AESGCM\n",
    .good = "SSLCipherSuite ECDHE+AESGCM\n",
    .refs = { "RFC 10015", "RFC 9325 section 4.1", "CVE-2002-20001" },
    .check = check_dhe,
};

/* Bits below which a group is within reach of academic attackers (Logjam). */
#define DH_BROKEN_BITS 1024

static void check_small(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (facts->dh.bits == 0 || facts->dh.bits >= vhost->policy->dh_min_bits) {
        return;
    }
    const tlsg_origin_t *origin = facts->dh.is_auto ? suites_origin(vhost) : cert_origin(vhost);
    tlsg_report_add_as(out, self, facts->dh.bits < DH_BROKEN_BITS ? TLSG_ERROR : TLSG_WARNING,
                       vhost, origin, NULL, "DHE uses a group of %s, less than %d bits",
                       group_text(tlsg_report_pool(out), facts), vhost->policy->dh_min_bits);
}

static const tlsg_rule_t dh_small = {
    .id = "TG231",
    .name = "dh-group-small",
    .topic = "dh",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "DHE uses a group of fewer than 2048 bits",
    .why = "A 1024-bit group can be precomputed once and then every connection read (Logjam).",
    .fix = "Drop the DHE suites, or make a group with \"tlsguard-dhparam 2048\" and append it to "
           "the first SSLCertificateFile.",
    .bad = "SSLCipherSuite DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0\n"
           "SSLCertificateFile @dh1024@\n",
    .good = "SSLCipherSuite DHE-RSA-AES128-GCM-SHA256\n",
    .refs = { "RFC 9325 section 4.5", "CVE-2015-4000" },
    .check = check_small,
};

static void check_weak(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_dh_identity_t *id = facts->dh.identity;
    if (facts->dh.bits == 0 || facts->dh.is_auto || id == NULL ||
        id->bits < vhost->policy->dh_min_bits) {
        return;
    }
    if (id->kind == TLSG_DH_WEAK) {
        tlsg_report_add(out, self, vhost, cert_origin(vhost), NULL, "The DH group %s",
                        id->weakness != NULL ? id->weakness : "is weak");
    }
    else if (id->kind == TLSG_DH_COMMON) {
        tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, cert_origin(vhost), NULL,
                           "The DH group is one that %s ships to everybody",
                           id->name != NULL ? id->name : "another program");
    }
}

static const tlsg_rule_t dh_weak = {
    .id = "TG232",
    .name = "dh-group-weak",
    .topic = "dh",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "The DH group is known to be weak, or one that many servers share",
    .why =
        "Some published groups have composite or unsafe moduli; others are shared so widely that "
        "an attack on one pays for all.",
    .fix = "Remove the DH PARAMETERS block, or replace it with \"tlsguard-dhparam --named "
           "ffdhe2048\".",
    .bad = "SSLCipherSuite DHE-RSA-AES128-GCM-SHA256\n"
           "SSLCertificateFile @dhweak@\n",
    .good = "SSLCipherSuite DHE-RSA-AES128-GCM-SHA256\n",
    .refs = { "RFC 7919", "CVE-2016-0701" },
    .check = check_weak,
};

static void check_ignored(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (facts->dh.params_bits > 0 && !facts->dh.params_are_ec && !facts->dh.params_used) {
        tlsg_report_add(out, self, vhost, cert_origin(vhost), NULL,
                        "The DH PARAMETERS block in the certificate file is ignored: %d bits are "
                        "too few at security level %d",
                        facts->dh.params_bits, facts->security_level);
    }
}

static const tlsg_rule_t dh_ignored = {
    .id = "TG233",
    .name = "dh-parameters-ignored",
    .topic = "dh",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "DH parameters in the certificate file are too small and ignored",
    .why = "OpenSSL refuses the group without a message and picks one of its own by key size. The "
           "block has no use and comes to life when the security level is lowered.",
    .fix = "Delete the block, or replace it with the output of \"tlsguard-dhparam 2048\".",
    .bad = "SSLCertificateFile @dh1024@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "RFC 9325 section 4.5" },
    .check = check_ignored,
};

static void check_dh_refused(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "dh",
                      "The server will not start: OpenSSL refuses these DH parameters");
}

static const tlsg_rule_t dh_refused = {
    .id = "TG236",
    .name = "dh-parameters-refused",
    .topic = "dh",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "OpenSSL refuses the file of DHParameters: the server will not start",
    .why = "Groups below 2048 bits do not reach the security level, and a file may hold no "
           "parameters at all. httpd's own -t asks only whether there is a file.",
    .fix = "Remove the line: OpenSSL then chooses a group that fits the key.",
    .bad = "SSLOpenSSLConfCmd DHParameters @rsa@\n",
    .good = "SSLOpenSSLConfCmd DHParameters @dhparams@\n",
    .refs = { "SSL_CONF_cmd(3)" },
    .check = check_dh_refused,
};

static void check_dead_command(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (tlsg_fault_next(vhost, "dh", NULL) != NULL) {
        return;
    }
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        const tlsg_directive_t *line =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (line->argc > 0 && tlsg_text_eq_nocase(line->argv[0], "DHParameters")) {
            tlsg_report_add(out, self, vhost, &line->origin, NULL,
                            "DHParameters has no effect: mod_ssl has already switched OpenSSL to "
                            "automatic groups");
        }
    }
}

static const tlsg_rule_t dh_command_dead = {
    .id = "TG234",
    .name = "dh-command-without-effect",
    .topic = "dh",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "SSLOpenSSLConfCmd DHParameters is read and never used",
    .why = "OpenSSL prefers its automatic group over parameters that come later. The log says "
           "\"applied\", and the wire shows another group.",
    .fix = "Append the parameters to the first SSLCertificateFile (tlsguard-dhparam --append), or "
           "remove the line.",
    .bad = "SSLOpenSSLConfCmd DHParameters @dhparams@\n",
    .good = "SSLCertificateFile @rsa@\n",
    .refs = { "SSL_CTX_set_dh_auto(3)" },
    .check = check_dead_command,
};

static void check_custom(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (!has_dhe(facts)) {
        tlsg_report_unknown(out, self, vhost, "no DHE suite can be negotiated");
        return;
    }
    const tlsg_dh_identity_t *id = facts->dh.identity;
    int is_custom = !facts->dh.is_auto && id != NULL && id->kind == TLSG_DH_CUSTOM;
    if (!is_custom) {
        tlsg_report_add(out, self, vhost, cert_origin(vhost), NULL,
                        "The DH group is not a custom one (%s)",
                        group_text(tlsg_report_pool(out), facts));
    }
}

static const tlsg_rule_t dh_not_custom = {
    .id = "TG235",
    .name = "dh-group-not-custom",
    .topic = "dh",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .policy = "classic",
    .summary = "DHE uses a published group instead of one made for this server",
    .why = "The checklist of 2015 asks for a group of one's own, so that an attack on a shared one "
           "does not count here.",
    .fix = "Append the output of \"tlsguard-dhparam 2048\" to the first SSLCertificateFile.",
    .bad = "SSLCipherSuite DHE-RSA-AES128-GCM-SHA256\n",
    .good = "SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256\n",
    .refs = { "CVE-2015-4000" },
    .check = check_custom,
};

const tlsg_rule_t *const tlsg_rules_group[] = {
    &group_refused, &hybrid_missing, &common_groups_missing,
    &ec_params,     &dhe_offered,    &dh_small,
    &dh_weak,       &dh_ignored,     &dh_command_dead,
    &dh_not_custom, &dh_refused,     NULL,
};
