/* SPDX-License-Identifier: Apache-2.0 */
/* TG63x: settings that the default virtual host of an address decides for all names on it.
 * OpenSSL makes each connection from the default virtual host's context, and mod_ssl swaps only
 * part of it when the name is known. */
#include "rules.h"

#include "protocol.h"
#include "scope.h"
#include "text.h"

/* The last command of that name, the other spelling allowed; NULL. */
static const tlsg_directive_t *last_confcmd(const tlsg_vhost_t *vhost, const char *name,
                                            const char *other)
{
    for (int i = vhost->ssl.confcmds->nelts - 1; i >= 0; i--) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (directive->argc > 1 && (tlsg_text_eq_nocase(directive->argv[0], name) ||
                                    tlsg_text_eq_nocase(directive->argv[0], other))) {
            return directive;
        }
    }
    return NULL;
}

/* The virtual host's own command when the default virtual host of its address decides
 * otherwise; *decides is set to that one. NULL when nothing is lost. */
static const tlsg_directive_t *ignored_confcmd(const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                                               const char *name, const char *other,
                                               const tlsg_vhost_t **decides)
{
    const tlsg_directive_t *own = last_confcmd(vhost, name, other);
    if (own == NULL || !tlsg_scope_is_own(vhost, own)) {
        return NULL;
    }
    *decides = tlsg_scope_other_default(model, vhost);
    if (*decides == NULL || !tlsg_vhost_is_tls(*decides)) {
        return NULL;
    }
    const tlsg_directive_t *its = last_confcmd(*decides, name, other);
    return its != NULL && tlsg_text_eq_nocase(its->argv[1], own->argv[1]) ? NULL : own;
}

/* ---- Protocol range ------------------------------------------------------------- */

/* Versions that the command is meant to keep off. */
static unsigned kept_off(const char *word, int is_max)
{
    unsigned bit = 0;
    const tlsg_version_t *version;
    for (int i = 0; (version = tlsg_protocol_at(i)) != NULL; i++) {
        if (tlsg_text_eq_nocase(version->word, word)) {
            bit = version->bit;
        }
    }
    if (bit == 0) {
        return 0;
    }
    return is_max ? ~(bit | (bit - 1)) : bit - 1;
}

static void check_range_ignored(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (vhost->ssl.set[TLSG_SSLProtocol] != NULL) {
        return;
    }
    for (int is_max = 0; is_max < 2; is_max++) {
        const char *name = is_max ? "MaxProtocol" : "MinProtocol";
        const tlsg_vhost_t *decides = NULL;
        const tlsg_directive_t *own = ignored_confcmd(model, vhost, name, name, &decides);
        if (own == NULL) {
            continue;
        }
        const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
        if (effective == NULL) {
            tlsg_report_unknown(out, self, vhost, "%s",
                                vhost->unknown != NULL ? vhost->unknown
                                                       : "the TLS context could not be built");
            continue;
        }
        unsigned on = effective->enabled & kept_off(own->argv[1], is_max);
        tlsg_finding_t *finding =
            on != 0 ? tlsg_report_add(
                          out, self, vhost, &own->origin, name,
                          "%s has no effect for %s, which is not the first virtual host of its "
                          "address: %s stays enabled",
                          name, vhost->name, tlsg_protocol_text(tlsg_report_pool(out), on))
                    : tlsg_report_add_as(
                          out, self, TLSG_NOTICE, vhost, &own->origin, name,
                          "%s has no effect for %s, which is not the first virtual host of "
                          "its address; the versions there happen to be as strict",
                          name, vhost->name);
        tlsg_finding_relate(out, finding, &decides->origin, "this virtual host decides");
    }
}

static const tlsg_rule_t range_ignored = {
    .id = "TG631",
    .name = "protocol-range-ignored",
    .topic = "protocol",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "MinProtocol or MaxProtocol in a virtual host that is not its address's first",
    .why = "For a name that is not the first virtual host of its address, mod_ssl takes over the "
           "protocol range only when that virtual host has an SSLProtocol. SSLOpenSSLConfCmd "
           "MinProtocol and MaxProtocol alone are read, accepted and never used.",
    .fix = "Use SSLProtocol in this virtual host.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLOpenSSLConfCmd MinProtocol TLSv1.3\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "    SSLProtocol -all +TLSv1.3\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLProtocol" },
    .check = check_range_ignored,
};

/* ---- Groups --------------------------------------------------------------------- */

static void check_groups_ignored(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *decides = NULL;
    const tlsg_directive_t *own = ignored_confcmd(model, vhost, "Groups", "Curves", &decides);
    if (own == NULL) {
        return;
    }
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, &own->origin, NULL,
        "%s has no effect for %s: the groups of %s apply to every name on the address",
        own->argv[0], vhost->name, decides->label);
    const tlsg_directive_t *its = last_confcmd(decides, "Groups", "Curves");
    tlsg_finding_relate(out, finding, its != NULL ? &its->origin : &decides->origin,
                        "the groups that apply");
}

static const tlsg_rule_t groups_ignored = {
    .id = "TG632",
    .name = "groups-ignored",
    .topic = "group",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Key exchange groups set in a virtual host that is not its address's first",
    .why = "The groups of a connection are those of the first virtual host of the address. "
           "SSLOpenSSLConfCmd Groups (or Curves) in another one is accepted and never used.",
    .fix = "Set the groups at server level or in the first virtual host of the address.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLOpenSSLConfCmd Groups secp384r1\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "    SSLOpenSSLConfCmd Groups secp384r1\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLOpenSSLConfCmd" },
    .check = check_groups_ignored,
};

/* ---- Session tickets ------------------------------------------------------------ */

static int has_tickets(const tlsg_vhost_t *vhost, const tlsg_vhost_t *decides)
{
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    return effective != NULL ? effective->tickets
                             : tlsg_vhost_setting_is_on(vhost, TLSG_SSLSessionTickets, 1) &&
                                   tlsg_vhost_setting_is_on(decides, TLSG_SSLSessionTickets, 1);
}

static void check_tickets_ignored(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *decides = NULL;
    const tlsg_directive_t *number =
        ignored_confcmd(model, vhost, "NumTickets", "NumTickets", &decides);
    if (number != NULL) {
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &number->origin, NULL,
            "NumTickets has no effect for %s, which is not the first virtual host of its "
            "address",
            vhost->name);
        tlsg_finding_relate(out, finding, &decides->origin, "this virtual host decides");
    }
    const tlsg_directive_t *key = vhost->ssl.set[TLSG_SSLSessionTicketKeyFile];
    decides = key != NULL ? tlsg_scope_other_default(model, vhost) : NULL;
    if (decides != NULL && tlsg_vhost_is_tls(decides) && tlsg_scope_is_own(vhost, key) &&
        decides->ssl.set[TLSG_SSLSessionTicketKeyFile] == NULL && has_tickets(vhost, decides)) {
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &key->origin, NULL,
            "This ticket key is never used: %s, the first virtual host of the address, has none, "
            "so tickets are encrypted with a random key",
            decides->label);
        tlsg_finding_relate(out, finding, &decides->origin, "this virtual host decides");
    }
}

static const tlsg_rule_t tickets_ignored = {
    .id = "TG633",
    .name = "ticket-setting-ignored",
    .topic = "tickets",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A ticket setting in a virtual host that is not its address's first",
    .why =
        "Session tickets are made with the context of the first virtual host of the address. "
        "Their number, and whether a key file is used at all, cannot be changed for another name "
        "on it.",
    .fix = "Move the setting to the server level or to the first virtual host of the address.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLOpenSSLConfCmd NumTickets 0\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "SSLOpenSSLConfCmd NumTickets 0\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLSessionTicketKeyFile" },
    .check = check_tickets_ignored,
};

static void check_ticket_key_missing(const tlsg_rule_t *self, const tlsg_model_t *model,
                                     const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *decides = tlsg_scope_other_default(model, vhost);
    if (decides == NULL || !tlsg_vhost_is_tls(decides) ||
        vhost->ssl.set[TLSG_SSLSessionTicketKeyFile] != NULL ||
        decides->ssl.set[TLSG_SSLSessionTicketKeyFile] == NULL || !has_tickets(vhost, decides)) {
        return;
    }
    const tlsg_directive_t *key = decides->ssl.set[TLSG_SSLSessionTicketKeyFile];
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, &key->origin, NULL,
        "Connections to %s fail when a ticket is issued: %s, the first virtual host of the "
        "address, has a ticket key file and this one has none",
        vhost->name, decides->label);
    tlsg_finding_relate(out, finding, &vhost->origin, "no SSLSessionTicketKeyFile here");
}

static const tlsg_rule_t ticket_key_missing = {
    .id = "TG634",
    .name = "ticket-key-missing",
    .topic = "tickets",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "A ticket key file in the first virtual host of an address only",
    .why =
        "With SSLSessionTicketKeyFile in the first virtual host, mod_ssl makes the tickets of "
        "every name on the address itself, with the key of the virtual host that was named. Where "
        "that one has no key the handshake ends in an internal error alert, so no client that "
        "takes tickets can connect.",
    .fix = "Set SSLSessionTicketKeyFile at server level, or SSLSessionTickets off.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLSessionTicketKeyFile @ticket.key@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "SSLSessionTicketKeyFile @ticket.key@\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLSessionTicketKeyFile" },
    .check = check_ticket_key_missing,
};

/* ---- Switches that another virtual host has decided ----------------------------- */

static void check_default_decides(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    /* The position that cannot be reached once the default virtual host has the other one. */
    static const struct {
        tlsg_ssl_directive_t row;
        const char *lost;
        int fallback;
    } switches[] = {
        { TLSG_SSLHonorCipherOrder, "off", 0 },
        { TLSG_SSLSessionTickets, "on", 1 },
        { TLSG_SSLSessionCacheTimeout, NULL, 0 },
    };
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        tlsg_ssl_directive_t row = switches[i].row;
        const tlsg_directive_t *own = vhost->ssl.set[row];
        if (own == NULL || !tlsg_scope_is_own(vhost, own) ||
            (switches[i].lost != NULL && !tlsg_scope_says(own, switches[i].lost))) {
            continue;
        }
        const tlsg_vhost_t *decides = tlsg_scope_other_default(model, vhost);
        if (decides == NULL || !tlsg_vhost_is_tls(decides)) {
            return;
        }
        int is_lost = switches[i].lost != NULL
                          ? tlsg_vhost_setting_is_on(decides, row, switches[i].fallback) !=
                                tlsg_text_eq_nocase(switches[i].lost, "on")
                          : !tlsg_scope_same_words(own, decides->ssl.set[row], 1);
        if (!is_lost) {
            continue;
        }
        const tlsg_directive_t *its = decides->ssl.set[row];
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &own->origin, NULL,
            "%s %s has no effect: %s, the first virtual host of the address, decides", own->name,
            own->argc > 0 ? own->argv[0] : "", decides->label);
        tlsg_finding_relate(out, finding, its != NULL ? &its->origin : &decides->origin,
                            "this applies");
    }
}

static const tlsg_rule_t default_decides = {
    .id = "TG635",
    .name = "default-decides",
    .topic = "vhost",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "The first virtual host of the address overrides this setting",
    .why =
        "A connection starts with the options of the first virtual host of its address; those of "
        "the named one are added and nothing is taken away. What the first one has switched to "
        "server order or to no tickets stays so for all names, and its session timeout holds for "
        "all.",
    .fix = "Set it at server level or in the first virtual host of the address.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "    SSLSessionCacheTimeout 60\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "SSLSessionCacheTimeout 60\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLHonorCipherOrder" },
    .check = check_default_decides,
};

const tlsg_rule_t *const tlsg_rules_vhost_default[] = {
    &range_ignored, &groups_ignored, &tickets_ignored, &ticket_key_missing, &default_decides,

    NULL,
};
