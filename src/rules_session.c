/* SPDX-License-Identifier: Apache-2.0 */
/* TG12x-TG13x: renegotiation, compression and what resumes a session. */
#include <apr_strings.h>

#include "fault.h"
#include "rules.h"
#include "scope.h"
#include "secret.h"
#include "text.h"

/* The last SSLOpenSSLConfCmd Options line in force that switches the option on or off, NULL. */
static const tlsg_directive_t *option_line(const tlsg_vhost_t *vhost, const char *option)
{
    const tlsg_directive_t *found = NULL;
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        const tlsg_directive_t *line =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (line->argc > 1 && tlsg_scope_says(line, "Options") &&
            tlsg_text_find_nocase(line->argv[1], option) != NULL) {
            found = line;
        }
    }
    return found;
}

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
    if (line == NULL || !tlsg_scope_says(line, "on")) {
        const tlsg_directive_t *command = option_line(vhost, "UnsafeLegacyRenegotiation");
        command = command != NULL ? command : option_line(entry, "UnsafeLegacyRenegotiation");
        line = command != NULL ? command : line;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : &vhost->origin, NULL,
                        "Renegotiation without RFC 5746 is accepted");
    if (line == NULL || tlsg_text_eq_nocase(line->name, "SSLOpenSSLConfCmd")) {
        tlsg_finding_fix(out, finding, "Remove UnsafeLegacyRenegotiation from %s.",
                         line != NULL ? "this line" : "openssl.cnf");
    }
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

static void check_ticket_weak(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    if (tlsg_vhost_setting_is_on(vhost, TLSG_SSLSessionTickets, 1)) {
        tlsg_fault_report(self, vhost, out, "ticket-key-weak",
                          "The session ticket key can be guessed");
    }
}

static const tlsg_rule_t ticket_key_weak = {
    .id = "TG134",
    .name = "ticket-key-guessable",
    .topic = "tickets",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "The session ticket key file holds text instead of random bytes",
    .why = "mod_ssl takes the first 48 bytes of the file as they are. In a PEM file they are the "
           "same for everybody, in hexadecimal text half of each key is known: whoever has a "
           "recording of a resumed session can decrypt it.",
    .fix = "Make the key with \"openssl rand -out FILE 48\", without -hex or -base64.",
    .bad = "SSLSessionTickets on\n"
           "SSLSessionTicketKeyFile @rsa.key@\n",
    .good = "SSLSessionTickets on\n"
            "SSLSessionTicketKeyFile @ticket.key@\n",
    .refs = { "RFC 5077 section 5.5", "httpd manual: SSLSessionTicketKeyFile" },
    .check = check_ticket_weak,
};

/* Seconds; RFC 8446 allows tickets a week, keys are to be changed within it, and a day is more than
 * any visit lasts. */
#define LONGEST_SESSION (24 * 60 * 60)

static void check_lifetime(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLSessionCacheTimeout];
    apr_int64_t seconds = line != NULL && line->argc > 0 ? apr_atoi64(line->argv[0]) : 0;
    if (seconds > LONGEST_SESSION) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "Sessions can be resumed for %d hours with the keys of the first handshake",
                        (int)(seconds / (60 * 60)));
    }
}

static const tlsg_rule_t session_long = {
    .id = "TG135",
    .name = "session-lifetime-long",
    .topic = "tickets",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "SSLSessionCacheTimeout keeps sessions for more than a day",
    .why =
        "A resumed TLS 1.2 session goes on with the old keys: whoever gets them from the cache or "
        "from a ticket reads everything since the first handshake.",
    .fix = "Remove the line (the default is 300 seconds), or write at most 86400.",
    .bad = "SSLSessionCacheTimeout 604800\n",
    .good = "SSLSessionCacheTimeout 3600\n",
    .refs = { "RFC 9325 section 3.4", "httpd manual: SSLSessionCacheTimeout" },
    .check = check_lifetime,
};

const tlsg_rule_t *const tlsg_rules_session[] = {
    &unsafe_renegotiation, &tls_compression,     &tickets_on,
    &ticket_key_short,     &ticket_key_readable, &ticket_key_static,
    &ticket_key_weak,      &session_long,        NULL,
};
