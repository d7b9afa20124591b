/* SPDX-License-Identifier: Apache-2.0 */
/* TG40x and TG41x: is Strict-Transport-Security there, on which responses, once, and under which
 * conditions. What its value says is judged in rules_header_hsts_value.c. */
#include "rules_header.h"

#include <string.h>

#include "env.h"
#include "header_eval.h"
#include "header_value.h"
#include "names.h"
#include "redirect.h"
#include "text.h"

const tlsg_header_outcome_t *tlsg_rules_header_hsts(const tlsg_model_t *model,
                                                    const tlsg_vhost_t *vhost)
{
    return tlsg_header_eval(model, vhost, "Strict-Transport-Security");
}

/* Browsers note no policy for addresses (RFC 6797 section 8.1.1), and nobody reaches ".invalid". */
static int can_have_policy(tlsg_http_facts_t *facts)
{
    tlsg_name_kind_t kind = tlsg_http_facts_name_kind(facts);
    const char *dot = strrchr(facts->vhost->server_name.text, '.');
    return kind != TLSG_NAME_PUBLIC_IP && kind != TLSG_NAME_PRIVATE_IP &&
           (dot == NULL || !tlsg_text_eq_nocase(dot, ".invalid"));
}

int tlsg_rules_header_hsts_counts(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    return can_have_policy(facts) && !tlsg_redirect_serves_nothing(facts) &&
           !tlsg_rules_header_hsts(model, vhost)->in_htaccess;
}

static const tlsg_header_line_t *line_at(const apr_array_header_t *lines, int i)
{
    return APR_ARRAY_IDX(lines, i, const tlsg_header_line_t *);
}

static const tlsg_origin_t *place_of(const tlsg_header_line_t *line)
{
    return &line->directive->origin;
}

/* ---- TG401 ---- */

static void missing_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->by_module ||
        hsts->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_YES) {
        return;
    }
    if (hsts->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_MAYBE) {
        tlsg_report_unknown(out, self, vhost, "%s",
                            hsts->backend
                                ? "the backend may send Strict-Transport-Security"
                                : "the condition on the Header line depends on the request");
        return;
    }
    if (hsts->htaccess_unknown) {
        tlsg_report_unknown(out, self, vhost, "the .htaccess file of DocumentRoot cannot be read");
        return;
    }
    /* Lines that should have sent it are the better place: other rules name them. */
    if (hsts->unset == NULL && hsts->never->nelts == 0 && hsts->partial->nelts == 0) {
        tlsg_report_add_absent(out, self, vhost, NULL, NULL,
                               "HSTS is missing: browsers can be kept on plain HTTP");
    }
}

const tlsg_rule_t tlsg_rule_hsts_missing = {
    .id = "TG401",
    .name = "hsts-missing",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "No Strict-Transport-Security header is sent",
    .why =
        "Without HSTS a browser that is given a plain link, or types the bare name, starts over "
        "HTTP, where anybody on the path can keep it or read and change what it gets. The header "
        "makes browsers go straight to TLS for as long as max-age says, and takes away the button "
        "that clicks through certificate warnings.",
    .fix = "Add: Header always set Strict-Transport-Security \"max-age=63072000\" "
           "(start with a small max-age while testing).",
    .bad = "Header always unset Strict-Transport-Security \"expr=false\"\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797", "RFC 9325 section 3.2", "Mozilla guideline 6.0", "CIS 7.11" },
    .check = missing_check,
};

/* ---- TG402 ---- */

static void onsuccess_only_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->by_module ||
        hsts->sent[TLSG_RESPONSE_ERROR] != TLSG_SENT_NO ||
        hsts->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_NO) {
        return;
    }
    for (int i = 0; i < hsts->fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(hsts->fields, i, tlsg_header_field_t);
        if (field->line == NULL || field->is_always) {
            continue;
        }
        if (field->hsts != NULL && field->hsts->max_age == 0) {
            continue; /* a withdrawal needs one response only */
        }
        tlsg_report_add(out, self, vhost, place_of(field->line), NULL,
                        "HSTS is sent with successful responses only: redirects and error pages "
                        "lack it, because \"always\" is missing");
    }
}

const tlsg_rule_t tlsg_rule_hsts_onsuccess_only = {
    .id = "TG402",
    .name = "hsts-onsuccess-only",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "HSTS is not sent with redirects and error pages",
    .why =
        "Without the word \"always\" mod_headers touches only responses that a handler completed. "
        "The first thing that many visitors get is a redirect, which httpd makes itself: they "
        "leave without the policy.",
    .fix = "Write: Header always set Strict-Transport-Security ...; add \"Header onsuccess unset "
           "Strict-Transport-Security\" where a backend sends the header too.",
    .bad = "Header set Strict-Transport-Security \"max-age=63072000\"\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 7.1" },
    .check = onsuccess_only_check,
};

/* ---- TG403 ---- */

static void doubled_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    const tlsg_header_line_t *first = hsts->doubled_first;
    const tlsg_header_line_t *second = hsts->doubled_second;
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->doubled == TLSG_SENT_NO ||
        first == NULL) {
        return;
    }
    if (second == NULL) {
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, TLSG_NOTICE, vhost, place_of(first), NULL,
            "HSTS is sent twice when %s sends it too: \"always\" does not replace it",
            hsts->managed != NULL ? "mod_md" : "the backend");
        tlsg_finding_fix(out, finding, "Add: Header onsuccess unset Strict-Transport-Security");
        return;
    }
    tlsg_severity_t severity = hsts->doubled == TLSG_SENT_YES ? TLSG_WARNING : TLSG_NOTICE;
    int across = first->table != second->table;
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, severity, vhost, place_of(second), NULL,
        across ? "HSTS is sent twice: the \"always\" and the \"onsuccess\" table both hold it"
               : "HSTS is sent twice: \"add\" puts a second field beside the first");
    tlsg_finding_relate(out, finding, place_of(first), "the first field comes from here");
}

const tlsg_rule_t tlsg_rule_hsts_doubled = {
    .id = "TG403",
    .name = "hsts-doubled",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Strict-Transport-Security is sent twice",
    .why =
        "RFC 6797 allows one field; browsers obey the first and ignore the rest, so which policy "
        "counts is left to chance. mod_headers keeps two tables, \"always\" and \"onsuccess\", and "
        "sends both; \"add\" never replaces what is there.",
    .fix =
        "Keep one line, \"Header always set Strict-Transport-Security ...\", and remove the other.",
    .bad = "Header always set Strict-Transport-Security \"max-age=63072000\"\n"
           "Header set Strict-Transport-Security \"max-age=63072000\"\n",
    .good = "Header onsuccess unset Strict-Transport-Security\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 7.1", "RFC 6797 section 8.1" },
    .check = doubled_check,
};

/* ---- TG404 ---- */

static void never_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->by_module ||
        hsts->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_NO) {
        return;
    }
    for (int i = 0; i < hsts->never->nelts; i++) {
        const tlsg_header_line_t *line = line_at(hsts->never, i);
        /* An inherited line may be meant for another virtual host. */
        tlsg_severity_t severity =
            tlsg_http_facts_is_inherited(facts, line->directive) ? TLSG_WARNING : TLSG_ERROR;
        const char *text = tlsg_rules_header_condition(tlsg_report_pool(out), line);
        if (line->cond == TLSG_COND_ENV && text[0] != '!') {
            tlsg_report_add_as(out, self, severity, vhost, place_of(line), NULL,
                               "HSTS is never sent: nothing sets the variable \"%s\" that the line "
                               "waits for",
                               text);
        }
        else {
            tlsg_report_add_as(out, self, severity, vhost, place_of(line), NULL,
                               "HSTS is never sent: the condition \"%s\" does not hold here", text);
        }
    }
}

const tlsg_rule_t tlsg_rule_hsts_never = {
    .id = "TG404",
    .name = "hsts-never-sent",
    .topic = "hsts",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "The condition on the HSTS line is never true",
    .why =
        "The line looks right, httpd accepts it, and no response ever carries the header: env= "
        "waits for a variable that no directive or module sets, or an expression is false on this "
        "virtual host.",
    .fix = "Inside a TLS virtual host leave the condition away; at server level use "
           "\"expr=%{HTTPS} == 'on'\".",
    .bad = "Header always set Strict-Transport-Security \"max-age=63072000\" env=HTTPS_ON\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000\" "
            "\"expr=%{HTTPS} == 'on'\"\n",
    .refs = { "RFC 6797 section 7.1" },
    .check = never_check,
};

/* ---- TG405 ---- */

/* Are there redirects in the virtual host that are made before the fixup phase? */
static int makes_early_redirects(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_REDIRECT, &at)) != NULL;) {
        if (directive->section == NULL) {
            return 1;
        }
    }
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_REWRITE, &at)) != NULL;) {
        if (directive->section == NULL && tlsg_rewrite_run_is_on(facts) && directive->argc > 1 &&
            tlsg_text_eq_nocase(directive->name, "RewriteRule") &&
            (tlsg_text_has_prefix_nocase(directive->argv[1], "http") ||
             (directive->argc > 2 && strstr(directive->argv[2], "R") != NULL))) {
            return 1;
        }
    }
    return 0;
}

static void late_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->by_module ||
        hsts->sent[TLSG_RESPONSE_REDIRECT] != TLSG_SENT_NO) {
        return;
    }
    for (int i = 0; i < hsts->late->nelts; i++) {
        const tlsg_header_line_t *line = line_at(hsts->late, i);
        int matters = makes_early_redirects(model, vhost) && line->table == TLSG_TABLE_ALWAYS;
        tlsg_report_add_as(
            out, self, matters ? TLSG_WARNING : TLSG_NOTICE, vhost, place_of(line), NULL,
            "HSTS is missing on redirects: the condition \"%s\" is not true yet when "
            "they are made",
            line->cond_text != NULL ? line->cond_text : "");
    }
}

const tlsg_rule_t tlsg_rule_hsts_late = {
    .id = "TG405",
    .name = "hsts-condition-too-late",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "HSTS depends on a variable that is set after redirects are made",
    .why = "mod_ssl sets the environment variable HTTPS in the last phase before the content, and "
           "SetEnv does its work there too. Redirect and RewriteRule answer earlier, so their "
           "responses go out without the header, \"always\" or not.",
    .fix = "Use \"expr=%{HTTPS} == 'on'\", or no condition inside a TLS virtual host.",
    .bad = "Redirect 301 /old https://www.example.com/new\n"
           "Header always set Strict-Transport-Security \"max-age=63072000\" env=HTTPS\n",
    .good = "Redirect 301 /old https://www.example.com/new\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\" "
            "\"expr=%{HTTPS} == 'on'\"\n",
    .refs = { "RFC 6797 section 7.1" },
    .check = late_check,
};

/* ---- TG406 ---- */

static void unset_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->unset == NULL || hsts->by_module) {
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, place_of(hsts->unset), NULL,
                        "HSTS is taken away here, and the virtual host ends up without it");
    for (int i = 0; i < hsts->lines->nelts; i++) {
        const tlsg_header_line_t *line = line_at(hsts->lines, i);
        if (tlsg_header_line_puts(line) && line->table == hsts->unset->table) {
            tlsg_finding_relate(out, finding, place_of(line), "this is what it undoes");
        }
    }
}

const tlsg_rule_t tlsg_rule_hsts_unset = {
    .id = "TG406",
    .name = "hsts-unset",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "HSTS is set and then removed again",
    .why = "An \"unset\" that comes later in httpd's order removes what was set or inherited; "
           "visitors of this virtual host never get the policy.",
    .fix = "Remove the \"unset\", or send \"max-age=0\" when the policy is to be withdrawn.",
    .bad = "%server\n"
           "Header always set Strict-Transport-Security \"max-age=63072000\"\n"
           "%vhost\n"
           "Header always unset Strict-Transport-Security\n",
    .good = "Header onsuccess unset Strict-Transport-Security\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 11.2" },
    .check = unset_check,
};

/* ---- TG407 ---- */

static int is_in_files(const tlsg_header_line_t *line)
{
    const tlsg_section_t *section = line->directive->section;
    for (; section != NULL; section = section->parent) {
        if (tlsg_text_has_prefix_nocase(section->kind, "files") ||
            tlsg_text_has_prefix_nocase(section->kind, "proxy")) {
            return 1;
        }
    }
    return 0;
}

static void partial_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (!tlsg_rules_header_hsts_counts(model, vhost) || hsts->by_module) {
        return;
    }
    if (hsts->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_NO) {
        for (int i = 0; i < hsts->partial->nelts; i++) {
            const tlsg_header_line_t *line = line_at(hsts->partial, i);
            tlsg_report_add_as(out, self, is_in_files(line) ? TLSG_NOTICE : TLSG_WARNING, vhost,
                               place_of(line), NULL,
                               "HSTS is sent for a part of the site only; the rest, and redirects, "
                               "lack it");
        }
        return;
    }
    if (hsts->sent[TLSG_RESPONSE_REDIRECT] != TLSG_SENT_NO) {
        return;
    }
    for (int i = 0; i < hsts->sectioned->nelts; i++) {
        tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, place_of(line_at(hsts->sectioned, i)),
                           NULL,
                           "HSTS is not sent with redirects of the virtual host, nor for content "
                           "outside of this section");
    }
}

const tlsg_rule_t tlsg_rule_hsts_partial = {
    .id = "TG407",
    .name = "hsts-partial",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "HSTS is set in a section that does not cover every response",
    .why = "The policy counts for the whole host, so every response should carry it. Redirect and "
           "server-level RewriteRule answer before <Directory> and <Files> are looked at, and a "
           "<Location> below the root leaves the start page without it.",
    .fix = "Move the line out of the section, directly into the virtual host.",
    .bad = "<Location \"/shop\">\n"
           "Header always set Strict-Transport-Security \"max-age=63072000\"\n"
           "</Location>\n",
    .good = "<Location \"/\">\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\"\n"
            "</Location>\n",
    .refs = { "RFC 6797 section 7.1" },
    .check = partial_check,
};

/* ---- TG408 ---- */

static void plain_http_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (tlsg_vhost_is_tls(vhost)) {
        return;
    }
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (hsts->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_YES || hsts->in_htaccess) {
        return;
    }
    for (int i = 0; i < hsts->fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(hsts->fields, i, tlsg_header_field_t);
        if (field->line != NULL) {
            tlsg_report_add(out, self, vhost, place_of(field->line), NULL,
                            "HSTS is sent over plain HTTP too, where browsers ignore it");
        }
    }
}

const tlsg_rule_t tlsg_rule_hsts_plain_http = {
    .id = "TG408",
    .name = "hsts-on-plain-http",
    .topic = "hsts",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "HSTS is sent over plain HTTP, where it has no effect",
    .why = "RFC 6797 forbids it there and browsers ignore it, since anybody on the path could have "
           "written it. Harmless, but it hides whether the TLS side sends it.",
    .fix = "Set it in the TLS virtual host, or at server level with \"expr=%{HTTPS} == 'on'\".",
    .bad = "%server\n"
           "<VirtualHost *:80>\n"
           "ServerName www.example.com\n"
           "Header always set Strict-Transport-Security \"max-age=63072000\"\n"
           "</VirtualHost>\n",
    .good = "%server\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\" "
            "\"expr=%{HTTPS} == 'on'\"\n"
            "<VirtualHost *:80>\n"
            "ServerName www.example.com\n"
            "</VirtualHost>\n",
    .refs = { "RFC 6797 section 7.2" },
    .check = plain_http_check,
};

/* ---- TG409 ---- */

static void elsewhere_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    if (!can_have_policy(tlsg_http_facts_get(model, vhost)) || hsts->by_module ||
        tlsg_redirect_serves_nothing(tlsg_http_facts_get(model, vhost))) {
        return;
    }
    if (hsts->in_htaccess && hsts->lines->nelts > 0) {
        tlsg_report_add_absent(out, self, vhost, place_of(line_at(hsts->lines, 0)), "htaccess",
                               "HSTS comes from a .htaccess file only: redirects of the virtual "
                               "host lack it, and it goes when AllowOverride changes");
        return;
    }
    if (hsts->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_MAYBE) {
        return;
    }
    if (hsts->optional->nelts > 0) {
        const tlsg_header_line_t *line = line_at(hsts->optional, 0);
        tlsg_report_add(out, self, vhost, place_of(line), NULL,
                        "whether HSTS is sent depends on the request");
    }
    else if (hsts->backend) {
        tlsg_report_add_absent(out, self, vhost, NULL, "backend",
                               "whether HSTS is sent is left to the backend; httpd's own redirects "
                               "and error pages lack it");
    }
}

const tlsg_rule_t tlsg_rule_hsts_elsewhere = {
    .id = "TG409",
    .name = "hsts-left-to-others",
    .topic = "hsts",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Whether HSTS is sent is not settled in the server's configuration",
    .why = "A backend, an .htaccess file or a condition on the request decides. Responses that "
           "httpd makes itself go out without the header, and nobody notices when it disappears.",
    .fix =
        "Set it in the virtual host: Header always set Strict-Transport-Security "
        "\"max-age=63072000\", with \"Header onsuccess unset Strict-Transport-Security\" before it "
        "for backends.",
    .bad = "ProxyPass / http://127.0.0.1:8080/\n"
           "Header onsuccess edit Strict-Transport-Security x y\n",
    .good = "ProxyPass / http://127.0.0.1:8080/\n"
            "Header onsuccess unset Strict-Transport-Security\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 7.1" },
    .check = elsewhere_check,
};
