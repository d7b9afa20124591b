/* SPDX-License-Identifier: Apache-2.0 */
/* TG1xx: protocol versions, renegotiation, compression, session tickets. Judged is what a client
 * can negotiate; the directive is where the finding points. */
#include <string.h>

#include <apr_strings.h>

#include "fault.h"
#include "protocol.h"
#include "rules.h"
#include "scope.h"
#include "secret.h"
#include "text.h"

#define OLD_VERSIONS (TLSG_SSL3 | TLSG_TLS1 | TLSG_TLS11)

/* The line that decides the versions: a ConfCmd comes after SSLProtocol and wins. */
static const tlsg_directive_t *versions_line(const tlsg_vhost_t *vhost)
{
    static const char *const commands[] = { "Protocol", "MinProtocol", "MaxProtocol" };
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLProtocol];
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        const tlsg_directive_t *command =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        for (size_t c = 0; c < sizeof commands / sizeof commands[0]; c++) {
            if (command->argc > 0 && tlsg_text_eq_nocase(command->argv[0], commands[c])) {
                line = command;
            }
        }
    }
    return line;
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
    const tlsg_directive_t *list = vhost->ssl.set[TLSG_SSLCipherSuite];
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
    unsigned can = tlsg_vhost_effective(vhost)->negotiable;
    if (can != 0 && (can & TLSG_TLS13) == 0) {
        tlsg_report_add(out, self, vhost, versions_origin(vhost), NULL,
                        "TLS 1.3 cannot be negotiated");
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
        tlsg_report_add(out, self, vhost, versions_origin(vhost), NULL,
                        "No client can connect: this OpenSSL refuses %s with these settings",
                        tlsg_protocol_text(tlsg_report_pool(out), facts->enabled));
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

/* ---- Renegotiation, compression, tickets --------------------------------------------------- */

static void check_unsafe(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (!tlsg_vhost_effective(vhost)->unsafe_renegotiation) {
        return;
    }
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLInsecureRenegotiation];
    const tlsg_vhost_t *entry = APR_ARRAY_IDX(vhost->pairs, 0, tlsg_pair_t).default_vhost;
    if (line == NULL || !tlsg_vhost_setting_is_on(vhost, TLSG_SSLInsecureRenegotiation, 0)) {
        line = entry->ssl.set[TLSG_SSLInsecureRenegotiation];
    }
    tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : &vhost->origin, NULL,
                    "Renegotiation without RFC 5746 is accepted");
}

static const tlsg_rule_t unsafe_renegotiation = {
    .id = "TG120",
    .name = "insecure-renegotiation",
    .topic = "renegotiation",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "Insecure renegotiation is allowed",
    .why = "A client without secure renegotiation can be made to continue an attacker's request as "
           "its own (CVE-2009-3555). Every client of the last decade has the fix.",
    .fix = "Remove SSLInsecureRenegotiation; its default is off.",
    .bad = "SSLInsecureRenegotiation on\n",
    .good = "SSLInsecureRenegotiation off\n",
    .refs = { "RFC 5746", "RFC 9325 section 3.5", "CIS 7.6", "CVE-2009-3555" },
    .check = check_unsafe,
};

static void check_compression(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLCompression];
    if (tlsg_vhost_effective(vhost)->compression ||
        tlsg_vhost_setting_is_on(vhost, TLSG_SSLCompression, 0)) {
        tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : &vhost->origin, NULL,
                        "TLS compression can be negotiated");
    }
}

static const tlsg_rule_t tls_compression = {
    .id = "TG121",
    .name = "tls-compression",
    .topic = "compression",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "TLS compression can be negotiated",
    .why = "The length of compressed records tells an attacker who can inject text what cookies "
           "hold (CRIME).",
    .fix = "Remove SSLCompression; its default is off.",
    .bad = "%elsewhere\n" /* an OpenSSL without compression makes httpd refuse the directive */
           "SSLCompression on\n",
    .good = "SSLCompression off\n",
    .refs = { "RFC 9325 section 3.3", "CIS 7.7", "CVE-2012-4929" },
    .check = check_compression,
};

static void check_tickets(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_effective_t *facts = tlsg_vhost_effective(vhost);
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLSessionTickets];
    if (!facts->tickets || vhost->ssl.set[TLSG_SSLSessionTicketKeyFile] != NULL) {
        return;
    }
    if (line != NULL) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL, "Session tickets are on");
    }
    else {
        tlsg_report_add_absent(out, self, vhost,
                               vhost->engine != NULL ? &vhost->engine->origin : NULL, NULL,
                               "Session tickets are on by default");
    }
}

static const tlsg_rule_t tickets_on = {
    .id = "TG130",
    .name = "session-tickets-on",
    .topic = "tickets",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_EFFECTIVE,
    .summary = "Session tickets are on and their key lives as long as the server",
    .why =
        "One key protects every ticket until the next restart. Whoever gets it reads all TLS 1.2 "
        "sessions that were resumed meanwhile, forward secrecy or not.",
    .fix =
        "Add \"SSLSessionTickets off\" (resumption then uses SSLSessionCache), or restart daily.",
    .bad = "SSLSessionTickets on\n",
    .good = "SSLSessionTickets off\n",
    .refs = { "RFC 9325 section 3.4", "Mozilla guideline 6.0" },
    .check = check_tickets,
};

static void check_ticket_key(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "ticket-key", "The server will not start");
}

static const tlsg_rule_t ticket_key_short = {
    .id = "TG131",
    .name = "ticket-key-short",
    .topic = "tickets",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "The session ticket key file is too short: the server will not start",
    .why = "mod_ssl reads 48 bytes at the start of the file and refuses to start with fewer "
           "(AH02287). httpd's own -t only looks whether the file exists.",
    .fix = "Make the key with \"openssl rand -out FILE 48\" and mode 0600.",
    .bad = "SSLSessionTicketKeyFile @short.key@\n",
    .good = "SSLSessionTickets off\n",
    .refs = { "httpd manual: SSLSessionTicketKeyFile" },
    .check = check_ticket_key,
};

static void check_ticket_secret(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_secret_t *file = vhost->ticket_key;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLSessionTicketKeyFile];
    if (file == NULL || line == NULL || (!file->other_readable && !file->group_readable)) {
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add_as(out, self, file->other_readable ? TLSG_WARNING : TLSG_NOTICE, vhost,
                           &line->origin, NULL, "%s can be read by %s (mode %04o)", file->path,
                           file->other_readable ? "every local user" : "its group", file->mode);
    tlsg_finding_fix(out, finding, "chmod 600 %s", file->path);
}

static const tlsg_rule_t ticket_key_readable = {
    .id = "TG132",
    .name = "ticket-key-readable",
    .topic = "tickets",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Other users can read the session ticket key file",
    .why = "Whoever has the ticket key decrypts every session that was resumed with it, now or "
           "from a recording.",
    .fix = "Give the file to root with mode 0600.",
    .bad = "SSLSessionTicketKeyFile @ticketopen.key@\n",
    .good = "SSLSessionTicketKeyFile @ticket.key@\n",
    .refs = { "RFC 9325 section 3.4" },
    .check = check_ticket_secret,
};

/* Days; RFC 9325 section 3.4 suggests to change ticket keys weekly. */
#define TICKET_KEY_DAYS 7

static void check_ticket_static(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLSessionTicketKeyFile];
    if (line == NULL || !tlsg_vhost_setting_is_on(vhost, TLSG_SSLSessionTickets, 1)) {
        return;
    }
    const tlsg_secret_t *file = vhost->ticket_key;
    apr_time_t day = apr_time_from_sec(24 * 60 * 60);
    int age = file != NULL && file->problem == NULL ? (int)((model->now - file->mtime) / day) : 0;
    if (age > TICKET_KEY_DAYS) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "The session ticket key is %d days old", age);
        return;
    }
    tlsg_report_add(out, self, vhost, &line->origin, NULL,
                    "The session ticket key comes from a file: somebody must change it weekly");
}

static const tlsg_rule_t ticket_key_static = {
    .id = "TG133",
    .name = "ticket-key-static",
    .topic = "tickets",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_TIME_ONLY,
    .summary = "A session ticket key file needs rotation",
    .why = "Forward secrecy of resumed sessions lasts as long as the ticket key is kept. A file "
           "outlives restarts, and nothing in httpd changes it.",
    .fix = "Rotate the file weekly with a reload, or leave SSLSessionTicketKeyFile out: then every "
           "restart makes a new key.",
    .bad = "SSLSessionTickets on\n"
           "SSLSessionTicketKeyFile @ticket.key@\n",
    .good = "SSLSessionTickets off\n",
    .refs = { "RFC 9325 section 3.4" },
    .check = check_ticket_static,
};

/* ---- The rest of what stops a start --------------------------------------------------------- */

static void check_confcmd(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "confcmd",
                      "The server will not start: OpenSSL refuses this command");
    tlsg_fault_report(self, vhost, out, "context",
                      "The server will not start: OpenSSL cannot make a context");
}

static const tlsg_rule_t confcmd_refused = {
    .id = "TG140",
    .name = "confcmd-refused",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "OpenSSL refuses an SSLOpenSSLConfCmd: the server will not start",
    .why = "httpd's own -t checks the command's name only; its value is tried at start, which then "
           "ends with AH02407.",
    .fix = "Correct the value; SSL_CONF_cmd(3) lists what each command takes.",
    .bad = "SSLOpenSSLConfCmd MinProtocol TLSv1.9\n",
    .good = "SSLOpenSSLConfCmd MinProtocol TLSv1.2\n",
    .refs = { "SSL_CONF_cmd(3)" },
    .check = check_confcmd,
};

static void check_fips(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "fips", "The server will not start");
}

static const tlsg_rule_t fips_missing = {
    .id = "TG141",
    .name = "fips-provider-missing",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "SSLFIPS is on without a FIPS provider: the server will not start",
    .why =
        "With SSLFIPS on every algorithm must come from OpenSSL's FIPS provider. Without one the "
        "start fails, although httpd -t accepts the configuration.",
    .fix = "Install and activate the FIPS provider in openssl.cnf, or remove SSLFIPS.",
    .bad = "%server\n"
           "SSLFIPS on\n",
    .good = "%server\n"
            "SSLFIPS off\n",
    .refs = { "fips_module(7)" },
    .check = check_fips,
};

const tlsg_rule_t *const tlsg_rules_protocol[] = {
    &legacy_protocol,   &protocol_refused, &tls13_missing,     &protocol_replaced,
    &protocol_gap,      &protocol_none,    &protocol_unusable, &unsafe_renegotiation,
    &tls_compression,   &tickets_on,       &ticket_key_short,  &ticket_key_readable,
    &ticket_key_static, &confcmd_refused,  &fips_missing,      NULL,
};
