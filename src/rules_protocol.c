/* SPDX-License-Identifier: Apache-2.0 */
/* TG10x-TG11x: protocol versions. Judged is what a client can negotiate; the directive is where the
 * finding points. */
#include <string.h>

#include <apr_strings.h>

#include "cipher_line.h"
#include "fault.h"
#include "protocol.h"
#include "rules.h"
#include "scope.h"
#include "text.h"

#define OLD_VERSIONS (TLSG_SSL3 | TLSG_TLS1 | TLSG_TLS11)

/* The line that decides the versions: a ConfCmd comes after SSLProtocol and wins. */
static const tlsg_directive_t *versions_line(const tlsg_vhost_t *vhost)
{
    static const char *const commands[] = { "Protocol", "MinProtocol", "MaxProtocol", NULL };
    const tlsg_directive_t *line = tlsg_scope_confcmd(vhost, commands);
    return line != NULL ? line : vhost->ssl.set[TLSG_SSLProtocol];
}

/* Versions that come from the default virtual host of the address are to be changed there. */
static const tlsg_vhost_t *versions_owner(const tlsg_vhost_t *vhost)
{
    if (vhost->ssl.set[TLSG_SSLProtocol] != NULL || vhost->pairs->nelts == 0) {
        return vhost;
    }
    return APR_ARRAY_IDX(vhost->pairs, 0, tlsg_pair_t).default_vhost;
}

static const tlsg_origin_t *versions_origin(const tlsg_vhost_t *vhost)
{
    const tlsg_vhost_t *owner = versions_owner(vhost);
    const tlsg_directive_t *line = versions_line(owner);
    return line != NULL                 ? &line->origin
           : owner->engine != NULL      ? &owner->engine->origin
           : owner->origin.file != NULL ? &owner->origin
                                        : &vhost->origin;
}

static void check_legacy(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    unsigned old = tlsg_vhost_effective(vhost)->negotiable & OLD_VERSIONS;
    if (old == 0) {
        return;
    }
    /* SSL 3.0 is broken (POODLE), the other two are weak. */
    tlsg_finding_t *finding =
        tlsg_report_add_as(out, self, (old & TLSG_SSL3) != 0 ? TLSG_ERROR : TLSG_WARNING, vhost,
                           versions_origin(vhost), NULL, "%s can be negotiated",
                           tlsg_protocol_text(tlsg_report_pool(out), old));
    const tlsg_directive_t *versions = versions_line(versions_owner(vhost));
    if (versions != NULL && versions != versions_owner(vhost)->ssl.set[TLSG_SSLProtocol]) {
        tlsg_finding_fix(out, finding,
                         "Remove the line, which replaces SSLProtocol, or write "
                         "\"SSLOpenSSLConfCmd MinProtocol TLSv1.2\".");
    }
    const tlsg_directive_t *list = tlsg_cipher_line_find(vhost);
    if (list != NULL && strstr(list->args, "@SECLEVEL") != NULL) {
        tlsg_finding_relate(out, finding, &list->origin,
                            "this security level lets OpenSSL accept them");
    }
}

static const tlsg_rule_t legacy_protocol = {
    .id = "TG101",
    .name = "legacy-protocol",
    .topic = "protocol",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "SSL 3.0, TLS 1.0 or TLS 1.1 can be negotiated",
    .why = "Both versions rest on MD5 and SHA-1, have no authenticated encryption and were retired "
           "in 2021. No browser has offered them since 2020, so they serve only attackers and "
           "forgotten clients.",
    .fix = "Write \"SSLProtocol -all +TLSv1.2 +TLSv1.3\" and remove @SECLEVEL from SSLCipherSuite.",
    .bad = "SSLProtocol all -SSLv3\n"
           "SSLCipherSuite HIGH:!aNULL:@SECLEVEL=0\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .refs = { "RFC 8996", "RFC 7568", "RFC 9325 section 3.1.1", "CIS 7.4", "PCI DSS 4.2.1" },
    .check = check_legacy,
};

static void check_refused(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    unsigned named = facts->enabled & ~facts->negotiable & OLD_VERSIONS;
    if (named == 0) {
        return;
    }
    const char *text = tlsg_protocol_text(tlsg_report_pool(out), named);
    if (versions_line(versions_owner(vhost)) == NULL) {
        tlsg_finding_t *finding = tlsg_report_add_absent(
            out, self, vhost, versions_origin(vhost), "default",
            "Without SSLProtocol mod_ssl enables %s as well; only this OpenSSL refuses them", text);
        tlsg_finding_fix(out, finding, "Add \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".");
        return;
    }
    tlsg_report_add(out, self, vhost, versions_origin(vhost), NULL,
                    "%s stay%s enabled here; only this OpenSSL at security level %d refuses %s",
                    text, strstr(text, " and ") != NULL ? "" : "s", facts->security_level,
                    strstr(text, " and ") != NULL ? "them" : "it");
}

static const tlsg_rule_t protocol_refused = {
    .id = "TG103",
    .name = "legacy-protocol-named",
    .topic = "protocol",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "TLS 1.0 or 1.1 is enabled, but OpenSSL refuses to negotiate it",
    .why = "Nobody can connect with these versions today. They come back with another OpenSSL, a "
           "lowered security level or a changed openssl.cnf, without a change in this file.",
    .fix = "Write \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".",
    .bad = "SSLProtocol all -SSLv3\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .refs = { "RFC 8996", "CIS 7.4" },
    .check = check_refused,
};

static void check_tls13(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (facts->negotiable == 0 || (facts->negotiable & TLSG_TLS13) != 0) {
        return;
    }
    if ((facts->enabled & TLSG_TLS13) == 0) {
        tlsg_report_add(out, self, vhost, versions_origin(vhost), NULL,
                        "TLS 1.3 cannot be negotiated");
    }
    else if (facts->usual <= TLSG_USUAL_ANSWERED) {
        /* When clients fail over it, that is another finding, which names the line. */
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, versions_origin(vhost), NULL,
            "TLS 1.3 is enabled, but cannot be negotiated with this certificate and these suites");
        tlsg_finding_fix(out, finding,
                         "Use an RSA or P-256 certificate and the default suites of TLS 1.3.");
    }
}

static const tlsg_rule_t tls13_missing = {
    .id = "TG104",
    .name = "tls13-missing",
    .topic = "protocol",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "TLS 1.3 is switched off",
    .why = "TLS 1.3 saves a round trip, encrypts the certificate and has no weak suites. This "
           "OpenSSL has it.",
    .fix = "Add +TLSv1.3 to SSLProtocol.",
    .bad = "SSLProtocol -all +TLSv1.2\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .refs = { "RFC 9325 section 3.1.1", "NIST SP 800-52r2" },
    .check = check_tls13,
};

static void check_replaced(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLProtocol];
    const char *word;
    unsigned set = tlsg_protocol_parse(line, &word);
    if (word == NULL) {
        return;
    }
    apr_pool_t *pool = tlsg_report_pool(out);
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "\"%s\" replaces everything before it: only %s is left", word,
                        tlsg_protocol_text(pool, set));
    const char *wish = "-all";
    for (int i = 0; i < line->argc; i++) {
        const char *name = line->argv[i];
        if (*name != '-' && !tlsg_text_eq_nocase(name, "all")) {
            wish = apr_pstrcat(pool, wish, " +", *name == '+' ? name + 1 : name, NULL);
        }
    }
    tlsg_finding_fix(out, finding, "Write \"SSLProtocol %s\".", wish);
}

static const tlsg_rule_t protocol_replaced = {
    .id = "TG105",
    .name = "protocol-word-replaces",
    .topic = "protocol",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A protocol name without + replaces the ones before it",
    .why = "SSLProtocol adds a name only with a plus sign. A bare name starts over, so the list "
           "means less than it says, and clients without the last version cannot connect.",
    .fix = "Write every name with a plus sign: \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".",
    .bad = "SSLProtocol TLSv1.2 TLSv1.3\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .refs = { "httpd manual: SSLProtocol" },
    .check = check_replaced,
};

static void check_gap(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLProtocol];
    const char *word;
    unsigned set = tlsg_protocol_parse(line, &word);
    unsigned lost = set & ~tlsg_protocol_contiguous(set);
    if (line != NULL && lost != 0) {
        apr_pool_t *pool = tlsg_report_pool(out);
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "%s is not offered: mod_ssl takes the newest version down to the first gap",
                        tlsg_protocol_text(pool, lost));
    }
}

static const tlsg_rule_t protocol_gap = {
    .id = "TG106",
    .name = "protocol-gap",
    .topic = "protocol",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Versions below a gap in SSLProtocol are not offered",
    .why = "mod_ssl hands OpenSSL a range. A version that is separated from the newest one by a "
           "missing version is dropped without a message.",
    .fix = "Name the versions without a gap: \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".",
    .bad = "SSLProtocol -all +TLSv1.1 +TLSv1.3\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .refs = { "httpd manual: SSLProtocol" },
    .check = check_gap,
};

static void check_none(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "protocol", "The server will not start");
}

static const tlsg_rule_t protocol_none = {
    .id = "TG110",
    .name = "no-protocol",
    .topic = "protocol",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "SSLProtocol leaves no version: the server will not start",
    .why = "The list starts empty, and every word only takes away. httpd's own -t does not notice; "
           "the next start or restart ends with AH02231.",
    .fix = "Write \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".",
    .bad = "SSLProtocol -SSLv3\n",
    .good = "SSLProtocol all -SSLv3\n",
    .refs = { "httpd manual: SSLProtocol" },
    .check = check_none,
};

/* Versions that OpenSSL allows and that have suites fail over the signature or the group. */
static const tlsg_directive_t *other_obstacle(const tlsg_vhost_t *vhost,
                                              const tlsg_effective_t *facts)
{
    static const char *const schemes[] = { "SignatureAlgorithms", NULL };
    int has_suites = ((facts->enabled & TLSG_TLS12) != 0 && facts->suites->nelts > 0) ||
                     ((facts->enabled & TLSG_TLS13) != 0 && facts->suites13->nelts > 0);
    if (!has_suites) {
        return NULL;
    }
    const tlsg_directive_t *line = tlsg_scope_confcmd(vhost, schemes);
    return line != NULL ? line : tlsg_scope_groups_line(versions_owner(vhost));
}

static void report_unusable(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                            const tlsg_effective_t *facts, tlsg_report_t *out)
{
    const tlsg_directive_t *line = other_obstacle(vhost, facts);
    if (line == NULL) {
        tlsg_report_add(out, self, vhost, versions_origin(vhost), NULL,
                        "No client can connect: this OpenSSL refuses %s with these settings",
                        tlsg_protocol_text(tlsg_report_pool(out), facts->enabled));
        return;
    }
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, &line->origin, NULL,
        "No client can connect: with this %s no handshake can be completed", line->argv[0]);
    tlsg_finding_fix(out, finding, "Remove this line; OpenSSL's default serves every client.");
}

static void check_unusable(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    if (tlsg_scope_refusing_default(vhost, 0) != NULL) {
        return; /* nothing is wrong here: default-refuses-all names the cause */
    }
    if (facts->cert_auth == 0) {
        tlsg_report_unknown(out, self, vhost, "the kind of certificate is not known here");
    }
    else if (facts->negotiable == 0) {
        report_unusable(self, vhost, facts, out);
    }
}

static const tlsg_rule_t protocol_unusable = {
    .id = "TG111",
    .name = "no-usable-protocol",
    .topic = "protocol",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "No version can be negotiated: no client can connect",
    .why = "The server starts, and every handshake fails: the versions left on need what this "
           "OpenSSL refuses at its security level, or no suite fits the certificate.",
    .fix = "Write \"SSLProtocol -all +TLSv1.2 +TLSv1.3\".",
    .bad = "SSLProtocol -all +TLSv1 +TLSv1.1\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .refs = { "RFC 8996" },
    .check = check_unusable,
};

const tlsg_rule_t *const tlsg_rules_protocol[] = {
    &legacy_protocol, &protocol_refused, &tls13_missing,     &protocol_replaced,
    &protocol_gap,    &protocol_none,    &protocol_unusable, NULL,
};
