/* SPDX-License-Identifier: Apache-2.0 */
/* TG45x: redirects between plain HTTP and TLS, played through with redirect.h. */
#include <string.h>

#include <apr_strings.h>

#include "condition.h"
#include "redirect.h"
#include "rules_header.h"
#include "text.h"

/* ---- TG450 ---- */

static void loop_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *through = NULL;
    tlsg_course_t loop = tlsg_redirect_loop(tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE),
                                            tlsg_http_facts_get(model, vhost), &through);
    if (loop.fate != TLSG_FATE_REDIRECT) {
        return;
    }
    if (through == NULL) {
        tlsg_report_add(out, self, vhost, &loop.directive->origin, NULL,
                        "this virtual host redirects requests to itself, for ever");
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, &loop.directive->origin, NULL,
                        "redirects go round in a circle through %s", through->label);
    tlsg_finding_relate(out, finding, &through->origin, "which sends them back");
}

const tlsg_rule_t tlsg_rule_redirect_loop = {
    .id = "TG450",
    .name = "redirect-loop",
    .topic = "redirect",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .summary = "Redirects go round in a circle",
    .why = "A redirect to HTTPS that is in force inside the TLS virtual host too, often because it "
           "stands at server level, sends browsers back to where they are until they give up.",
    .fix =
        "Keep the redirect in the plain virtual host, or guard it with <If \"%{HTTPS} != 'on'\">.",
    .bad = "Redirect permanent / https://www.example.com/\n",
    .good = "%server\n"
            "<VirtualHost *:80>\n"
            "ServerName www.example.com\n"
            "Redirect permanent / https://www.example.com/\n"
            "</VirtualHost>\n",
    .refs = { "RFC 9110 section 15.4" },
    .check = loop_check,
};

/* ---- TG451 ---- */

static int leads_to_tls(const tlsg_directive_t *directive)
{
    return tlsg_text_eq_nocase(directive->name, "RewriteRule") && directive->section == NULL &&
           directive->argc > 1 && tlsg_text_has_prefix_nocase(directive->argv[1], "https://");
}

static int is_switched_off(const tlsg_http_facts_t *facts)
{
    const apr_array_header_t *own = facts->lists[TLSG_HTTP_REWRITE];
    for (int i = 0; own != NULL && i < own->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(own, i, const tlsg_directive_t *);
        if (directive->section == NULL && tlsg_text_eq_nocase(directive->name, "RewriteEngine")) {
            return 1;
        }
    }
    return 0;
}

static void report_dead(const tlsg_rule_t *self, const tlsg_http_facts_t *facts,
                        const apr_array_header_t *rules, tlsg_severity_t severity,
                        tlsg_report_t *out, const char *why)
{
    for (int i = 0; rules != NULL && i < rules->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(rules, i, const tlsg_directive_t *);
        if (leads_to_tls(directive)) {
            tlsg_report_add_as(out, self, severity, facts->vhost, &directive->origin, NULL,
                               "the rule never runs: %s", why);
        }
    }
}

/* A plain virtual host that visitors of a TLS site reach and that serves content. */
static int stays_plain(tlsg_http_facts_t *facts, apr_pool_t *pool)
{
    const tlsg_vhost_t *vhost = facts->vhost;
    return !tlsg_vhost_is_tls(vhost) && !vhost->is_main &&
           tlsg_redirect_usual(facts)->fate == TLSG_FATE_CONTENT &&
           !tlsg_redirect_serves_nothing(facts) &&
           tlsg_redirect_find_name(pool, facts->model, vhost->server_name.text, 0, 1) != NULL;
}

static void dead_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    int content = tlsg_redirect_usual(facts)->fate == TLSG_FATE_CONTENT;
    if (!tlsg_rewrite_run_is_on(facts)) {
        int warn = !tlsg_vhost_is_tls(vhost) && content && !is_switched_off(facts);
        report_dead(self, facts, facts->lists[TLSG_HTTP_REWRITE], warn ? TLSG_WARNING : TLSG_NOTICE,
                    out, "RewriteEngine is not on in this virtual host");
    }
    else if (facts->base != NULL && !tlsg_rewrite_run_inherits(facts) &&
             facts->lists[TLSG_HTTP_REDIRECT] == NULL && facts->lists[TLSG_HTTP_REWRITE] == NULL &&
             stays_plain(facts, tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE))) {
        report_dead(self, facts, facts->base->lists[TLSG_HTTP_REWRITE], TLSG_WARNING, out,
                    "virtual hosts do not inherit RewriteRules of the main server");
    }
}

const tlsg_rule_t tlsg_rule_redirect_dead = {
    .id = "TG451",
    .name = "redirect-rule-dead",
    .topic = "redirect",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "A rule that should redirect to HTTPS never runs",
    .why = "Without \"RewriteEngine on\" rules are read and never run, and virtual hosts do not "
           "inherit the rules of the main server. The site stays on plain HTTP without a message.",
    .fix = "Add \"RewriteEngine on\" to the virtual host, or use: Redirect permanent / "
           "https://www.example.com/",
    .bad = "%server\n"
           "<VirtualHost *:80>\n"
           "ServerName www.example.com\n"
           "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301,L]\n"
           "</VirtualHost>\n",
    .good = "%server\n"
            "<VirtualHost *:80>\n"
            "ServerName www.example.com\n"
            "RewriteEngine on\n"
            "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301,L]\n"
            "</VirtualHost>\n",
    .refs = { "mod_rewrite: RewriteEngine" },
    .check = dead_check,
};

/* ---- TG452 ---- */

/* Does anything in force speak of a proxy in front that terminates TLS? */
static int mentions_terminator(const tlsg_http_facts_t *facts)
{
    const tlsg_http_kind_t kinds[] = { TLSG_HTTP_ENV, TLSG_HTTP_HEADER, TLSG_HTTP_REWRITE,
                                       TLSG_HTTP_IF };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const tlsg_directive_t *directive;
        for (int at = 0; (directive = tlsg_http_facts_next(facts, kinds[k], &at)) != NULL;) {
            if (tlsg_text_find_nocase(directive->args, "X-Forwarded-") != NULL ||
                tlsg_text_find_nocase(directive->args, "Front-End-Https") != NULL) {
                return 1;
            }
        }
    }
    return 0;
}

static int tests_own_connection(const tlsg_directive_t *directive)
{
    return tlsg_text_eq_nocase(directive->name, "RewriteCond") && directive->argc > 1 &&
           (tlsg_text_eq_nocase(directive->argv[0], "%{HTTPS}") ||
            tlsg_text_eq_nocase(directive->argv[0], "%{REQUEST_SCHEME}") ||
            tlsg_text_eq_nocase(directive->argv[0], "%{SERVER_PORT}"));
}

static void terminator_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_course_t *usual = tlsg_redirect_usual(facts);
    if (tlsg_vhost_is_tls(vhost) || usual->fate != TLSG_FATE_REDIRECT ||
        !tlsg_text_has_prefix_nocase(usual->target, "https://") || !mentions_terminator(facts) ||
        tlsg_redirect_find_name(tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE), model,
                                vhost->server_name.text, 0, 1) != NULL) {
        return;
    }
    const tlsg_directive_t *place = usual->directive;
    const apr_array_header_t *own = facts->lists[TLSG_HTTP_REWRITE];
    for (int i = 0; own != NULL && i < own->nelts; i++) {
        const tlsg_directive_t *directive = APR_ARRAY_IDX(own, i, const tlsg_directive_t *);
        if (directive == usual->directive) {
            break;
        }
        place = tests_own_connection(directive) ? directive : place;
    }
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, &place->origin, NULL,
        "behind a proxy that terminates TLS this redirects for ever: it looks at the connection of "
        "the proxy, which is plain");
    if (place != usual->directive) {
        tlsg_finding_relate(out, finding, &usual->directive->origin, "the redirect");
    }
}

const tlsg_rule_t tlsg_rule_redirect_terminator = {
    .id = "TG452",
    .name = "redirect-ignores-proxy",
    .topic = "redirect",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "A redirect behind a TLS-terminating proxy tests the wrong connection",
    .why =
        "%{HTTPS} is about httpd's own connection. Behind a proxy that speaks TLS with the visitor "
        "and plain HTTP with httpd it is always \"off\", whatever SetEnvIf made of "
        "X-Forwarded-Proto, so every request is redirected again.",
    .fix = "Test the header: RewriteCond %{HTTP:X-Forwarded-Proto} !=https",
    .bad = "%bare\n"
           "Listen @PORT2@\n"
           "<VirtualHost *:@PORT2@>\n"
           "ServerName www.example.com\n"
           "SetEnvIf X-Forwarded-Proto \"^https$\" HTTPS=on\n"
           "RewriteEngine on\n"
           "RewriteCond %{HTTPS} !=on\n"
           "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301,L]\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen @PORT2@\n"
            "<VirtualHost *:@PORT2@>\n"
            "ServerName www.example.com\n"
            "RewriteEngine on\n"
            "RewriteCond %{HTTP:X-Forwarded-Proto} !=https\n"
            "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301,L]\n"
            "</VirtualHost>\n",
    .refs = { "mod_rewrite: RewriteCond" },
    .check = terminator_check,
};

/* ---- TG453 ---- */

static void slash_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_course_t *usual = tlsg_redirect_usual(tlsg_http_facts_get(model, vhost));
    const char *authority = usual->fate == TLSG_FATE_REDIRECT ? strstr(usual->target, "://") : NULL;
    if (authority == NULL) {
        return;
    }
    authority += 3;
    const char *path = memchr(authority, 'k', strcspn(authority, "/?#"));
    while (path != NULL && strncmp(path, "k9q", 3) != 0) { /* redirect.h's ordinary path */
        path = memchr(path + 1, 'k', strcspn(path + 1, "/?#"));
    }
    if (path != NULL) {
        const char *host =
            apr_pstrmemdup(tlsg_report_pool(out), authority, (apr_size_t)(path - authority));
        tlsg_report_add(out, self, vhost, &usual->directive->origin, NULL,
                        "a request for /shop is sent to the host \"%sshop\": the slash behind the "
                        "host name is missing",
                        host);
    }
}

const tlsg_rule_t tlsg_rule_redirect_slash = {
    .id = "TG453",
    .name = "redirect-glues-path-to-host",
    .topic = "redirect",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "A redirect glues the path to the host name",
    .why = "Redirect replaces the path it matches and appends the rest: when the path ends in a "
           "slash and the target does not, every page but the first leads to a host that does not "
           "exist, or belongs to somebody else.",
    .fix = "End the target with a slash: Redirect permanent / https://www.example.com/",
    .bad = "%server\n"
           "<VirtualHost *:80>\n"
           "ServerName www.example.com\n"
           "Redirect permanent / https://www.example.com\n"
           "</VirtualHost>\n",
    .good = "%server\n"
            "<VirtualHost *:80>\n"
            "ServerName www.example.com\n"
            "Redirect permanent / https://www.example.com/\n"
            "</VirtualHost>\n",
    .refs = { "mod_alias: Redirect" },
    .check = slash_check,
};

/* ---- TG454 ---- */

static int is_loopback(const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        const char *ip = APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *)->ip;
        if (strncmp(ip, "127.", 4) != 0 && strcmp(ip, "::1") != 0) {
            return 0;
        }
    }
    return vhost->addresses->nelts > 0;
}

static void missing_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    int at = 0;
    int is_managed =
        vhost->managed != NULL && tlsg_http_facts_next(facts, TLSG_HTTP_MANAGED, &at) != NULL;
    if (!is_managed && !is_loopback(vhost) &&
        stays_plain(facts, tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE))) {
        tlsg_report_add_absent(out, self, vhost, NULL, NULL,
                               "served over plain HTTP although the same name has a TLS virtual "
                               "host: no redirect");
    }
}

const tlsg_rule_t tlsg_rule_redirect_missing = {
    .id = "TG454",
    .name = "redirect-missing",
    .topic = "redirect",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "A site with TLS is served over plain HTTP too",
    .why = "Who types the bare name or follows an old link stays on plain HTTP, where contents and "
           "cookies can be read and changed. The application may redirect by itself.",
    .fix = "In the plain virtual host: Redirect permanent / https://www.example.com/",
    .bad = "%server\n"
           "<VirtualHost *:80>\n"
           "ServerName www.example.com\n"
           "</VirtualHost>\n",
    .good = "%server\n"
            "<VirtualHost *:80>\n"
            "ServerName www.example.com\n"
            "Redirect permanent / https://www.example.com/\n"
            "</VirtualHost>\n",
    .refs = { "CIS 7.9", "RFC 6797 section 7.2" },
    .check = missing_check,
};

/* ---- TG455 ---- */

static void temporary_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_course_t *usual = tlsg_redirect_usual(tlsg_http_facts_get(model, vhost));
    if (!tlsg_vhost_is_tls(vhost) && usual->fate == TLSG_FATE_REDIRECT &&
        tlsg_text_has_prefix_nocase(usual->target, "https://") &&
        (usual->status == 302 || usual->status == 303 || usual->status == 307)) {
        tlsg_report_add(out, self, vhost, &usual->directive->origin, NULL,
                        "the redirect to HTTPS is temporary (%d): browsers ask over plain HTTP "
                        "again each time",
                        usual->status);
    }
}

const tlsg_rule_t tlsg_rule_redirect_temporary = {
    .id = "TG455",
    .name = "redirect-temporary",
    .topic = "redirect",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "The redirect to HTTPS is a temporary one",
    .why =
        "Browsers and search engines keep a permanent redirect and go to HTTPS directly the next "
        "time; a temporary one is asked for again, over plain HTTP. Redirect without a status is "
        "temporary.",
    .fix = "Redirect permanent / https://www.example.com/ (or [R=301] in RewriteRule).",
    .bad = "%server\n"
           "<VirtualHost *:80>\n"
           "ServerName www.example.com\n"
           "Redirect / https://www.example.com/\n"
           "</VirtualHost>\n",
    .good = "%server\n"
            "<VirtualHost *:80>\n"
            "ServerName www.example.com\n"
            "Redirect 308 / https://www.example.com/\n"
            "</VirtualHost>\n",
    .refs = { "RFC 9110 section 15.4" },
    .check = temporary_check,
};

/* ---- TG456 ---- */

static void downgrade_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_course_t *usual = tlsg_redirect_usual(tlsg_http_facts_get(model, vhost));
    if (usual->fate != TLSG_FATE_REDIRECT ||
        !tlsg_text_has_prefix_nocase(usual->target, "http://")) {
        return;
    }
    const tlsg_header_outcome_t *hsts = tlsg_rules_header_hsts(model, vhost);
    const char *host = usual->target + 7;
    size_t len = strlen(vhost->server_name.text);
    int to_itself = tlsg_text_has_prefix_nocase(host, vhost->server_name.text) &&
                    strchr("/:?", host[len]) != NULL;
    if (to_itself && hsts->sent[TLSG_RESPONSE_REDIRECT] == TLSG_SENT_YES) {
        tlsg_report_add_as(out, self, TLSG_WARNING, vhost, &usual->directive->origin, NULL,
                           "redirects to plain HTTP on the same host, which browsers that know its "
                           "HSTS policy turn back into HTTPS: they go round in a circle");
        return;
    }
    tlsg_report_add(out, self, vhost, &usual->directive->origin, NULL,
                    "visitors who come over TLS are sent to plain HTTP");
}

const tlsg_rule_t tlsg_rule_redirect_downgrade = {
    .id = "TG456",
    .name = "redirect-to-plain-http",
    .topic = "redirect",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A TLS virtual host redirects to plain HTTP",
    .why =
        "The visitor had a protected connection and loses it. With HSTS for the same host browsers "
        "turn the target back into HTTPS and never arrive.",
    .fix = "Redirect to an https:// address, or serve the site here.",
    .bad = "Redirect permanent / http://www.example.org/\n",
    .good = "Redirect permanent / https://www.example.org/\n",
    .refs = { "RFC 6797 section 8.3" },
    .check = downgrade_check,
};
