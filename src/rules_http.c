/* SPDX-License-Identifier: Apache-2.0 */
/* TG5xx: compression of responses (BREACH) and disclosure. Notices only: the configuration
 * cannot show that content is vulnerable, and a version number is no hole. */
#include <string.h>

#include "compress.h"
#include "reach.h"
#include "redirect.h"
#include "rules.h"
#include "text.h"

/* ---- TG501 ---- */

static void html_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_compress_t *found = tlsg_compress_find(model, vhost);
    if (found->html == NULL || found->gated != NULL || tlsg_redirect_serves_nothing(facts) ||
        tlsg_redirect_usual(facts)->fate == TLSG_FATE_REDIRECT) {
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, &found->html->origin, NULL,
                        "documents are compressed over TLS: where a page repeats input next to a "
                        "secret, its length gives the secret away");
    if (found->partly != NULL) {
        tlsg_finding_relate(out, finding, &found->partly->origin,
                            "this exclusion does not cover all of them");
    }
}

static const tlsg_rule_t html_compressed = {
    .id = "TG501",
    .name = "html-compressed",
    .topic = "breach",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "HTML is compressed over TLS without an exclusion",
    .why =
        "BREACH guesses a secret in a page byte by byte from the compressed length, when the same "
        "page shows input that an attacker chooses. Static files cannot leak that way. Whether "
        "pages do is up to the application.",
    .fix = "Compress static types only, or switch it off where cookies decide: SetEnvIf Cookie . "
           "no-gzip no-brotli",
    .bad = "AddOutputFilterByType DEFLATE text/html text/css\n",
    .good = "AddOutputFilterByType DEFLATE text/css application/javascript\n",
    .refs = { "CVE-2013-3587", "RFC 9325 section 3.3" },
    .check = html_check,
};

/* ---- TG502 ---- */

static void proxied_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_compress_t *found = tlsg_compress_find(model, vhost);
    if (found->shut == NULL || found->backend == NULL || found->backend_is_asked_plain) {
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, &found->shut->origin, NULL,
                        "\"no-gzip\" does not touch what a backend has compressed already");
    tlsg_finding_relate(out, finding, &found->backend->origin, "content from a backend");
}

static const tlsg_rule_t proxied_compressed = {
    .id = "TG502",
    .name = "proxied-content-compressed",
    .topic = "breach",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Compression is switched off here, but a backend may compress",
    .why =
        "The variables no-gzip and no-brotli switch httpd's own filters off. The browser's "
        "Accept-Encoding still reaches the backend, whose compressed answer is passed on as it is.",
    .fix = "Add: RequestHeader unset Accept-Encoding",
    .bad = "SetEnv no-gzip 1\n"
           "ProxyPass / http://127.0.0.1:8080/\n",
    .good = "SetEnv no-gzip 1\n"
            "RequestHeader unset Accept-Encoding\n"
            "ProxyPass / http://127.0.0.1:8080/\n",
    .refs = { "CVE-2013-3587" },
    .check = proxied_check,
};

/* ---- TG511 to TG513 ---- */

/* First word of the last such line of the main server, NULL when there is none. */
static const tlsg_directive_t *last_line(const tlsg_model_t *model, const char *name)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, model->main);
    const tlsg_directive_t *directive;
    const tlsg_directive_t *last = NULL;
    for (int at = 0;
         (directive = tlsg_http_facts_next(facts, TLSG_HTTP_DISCLOSURE, &at)) != NULL;) {
        if (tlsg_text_eq_nocase(directive->name, name) && directive->argc > 0) {
            last = directive;
        }
    }
    return last;
}

static void tokens_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *line = last_line(model, "ServerTokens");
    const char *word = line != NULL ? line->argv[0] : "Full";
    if (!tlsg_text_has_prefix_nocase(word, "Prod")) {
        tlsg_report_add(out, self, vhost, line != NULL ? &line->origin : NULL, NULL,
                        "the Server header tells more than the product: ServerTokens is %s", word);
    }
}

static const tlsg_rule_t server_tokens = {
    .id = "TG511",
    .name = "server-tokens-verbose",
    .topic = "disclosure",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "The Server header tells version and modules",
    .why =
        "It spares an attacker the work of finding out, and makes the server turn up in searches "
        "for a vulnerable version. It hides no hole.",
    .fix = "At server level: ServerTokens Prod",
    .bad = "%server\nServerTokens Full\n",
    .good = "%server\nServerTokens Prod\n",
    .refs = { "CIS 8.1" },
    .check = tokens_check,
};

static void trace_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *line = last_line(model, "TraceEnable");
    if (line != NULL && !tlsg_text_eq_nocase(line->argv[0], "off")) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "the TRACE method is on and echoes request headers");
    }
}

static const tlsg_rule_t trace_enabled = {
    .id = "TG512",
    .name = "trace-enabled",
    .topic = "disclosure",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "TRACE is switched on",
    .why =
        "TRACE sends the request back, headers added by proxies in front included. Nobody needs it "
        "on a public server.",
    .fix = "At server level: TraceEnable off",
    .bad = "%server\nTraceEnable on\n",
    .good = "%server\nTraceEnable off\n",
    .refs = { "CIS 5.8", "V-214257" },
    .check = trace_check,
};

static void signature_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *line = last_line(model, "ServerSignature");
    if (line != NULL && line->section == NULL && !tlsg_text_eq_nocase(line->argv[0], "off")) {
        tlsg_report_add(out, self, vhost, &line->origin, NULL,
                        "error pages name the server's software: ServerSignature is %s",
                        line->argv[0]);
    }
}

static const tlsg_rule_t server_signature = {
    .id = "TG513",
    .name = "server-signature-on",
    .topic = "disclosure",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "Error pages and listings name the server's software",
    .why = "The line repeats what ServerTokens puts into the Server header, and with EMail the "
           "administrator's address. Visitors have no use for it.",
    .fix = "At server level: ServerSignature Off",
    .bad = "%server\nServerSignature On\n",
    .good = "%server\nServerSignature Off\n",
    .refs = { "CIS 8.2" },
    .check = signature_check,
};

/* ---- TG514 ---- */

typedef struct open_page_t {
    tlsg_reach_t *scope;
    const tlsg_section_t *section; /* the handler's */
    const char *path;              /* which it names */
    int has_own;                   /* the section has a say about access itself */
    int own_is_open;               /* which lets everybody in */
    size_t nearest;                /* length of the longest <Directory> around the site's root */
    int root_is_open;              /* what its Require line says; without any, httpd lets in */
    int is_doubtful;
} open_page_t;

static int is_all(const tlsg_directive_t *directive, const char *word)
{
    return directive->argc == 2 && tlsg_text_eq_nocase(directive->argv[0], "all") &&
           tlsg_text_eq_nocase(directive->argv[1], word);
}

static int is_inside(const tlsg_section_t *section, const tlsg_section_t *outer)
{
    while (section != NULL && section != outer) {
        section = section->parent;
    }
    return section != NULL;
}

/* What the section inherits: the longest <Directory> decides. Other kinds of sections may cover the
 * page or not; what they ask for cannot be told from here. */
static void look_around(open_page_t *page, const tlsg_directive_t *directive)
{
    const tlsg_section_t *section = directive->section;
    int is_regex = 0;
    const char *around = tlsg_reach_argument(page->scope->pool, section, &is_regex);
    tlsg_tri_t covers = tlsg_reach_covers(page->scope, section, TLSG_RESPONSE_PAGE);
    if (tlsg_text_has_prefix_nocase(section->kind, "location")) {
        int is_pattern = is_regex || tlsg_text_eq_nocase(section->kind, "locationmatch");
        covers =
            is_pattern || strncmp(page->path, around, strlen(around)) == 0 ? TLSG_MAYBE : TLSG_NO;
    }
    if (covers == TLSG_NO) {
        return;
    }
    int is_granted = is_all(directive, "granted");
    if (covers == TLSG_MAYBE || is_regex || !tlsg_text_eq_nocase(section->kind, "directory") ||
        (!is_granted && !is_all(directive, "denied"))) {
        page->is_doubtful = 1;
    }
    else if (strlen(around) >= page->nearest) {
        page->root_is_open = is_granted;
        page->nearest = strlen(around);
    }
}

static int visit_access(void *baton, const tlsg_directive_t *directive, int is_own)
{
    static const char *const words[] = { "Require",  "Order",      "Allow",           "Deny",
                                         "AuthType", "Satisfy",    "SSLVerifyClient", "SSLRequire",
                                         "AuthName", "AuthMerging" };
    (void)is_own;
    open_page_t *page = baton;
    size_t i = 0;
    while (i < sizeof words / sizeof words[0] && !tlsg_text_eq_nocase(directive->name, words[i])) {
        i++;
    }
    if (i == sizeof words / sizeof words[0] || directive->section == NULL) {
        return 0;
    }
    if (is_inside(directive->section, page->section)) {
        page->has_own = 1;
        page->own_is_open |= directive->section == page->section && is_all(directive, "granted");
    }
    else {
        look_around(page, directive);
    }
    return 0;
}

typedef struct status_t {
    const tlsg_rule_t *rule;
    const tlsg_model_t *model;
    const tlsg_vhost_t *vhost;
    tlsg_report_t *out;
} status_t;

static int visit_handler(void *baton, const tlsg_directive_t *directive, int is_own)
{
    static const char *const handlers[] = { "server-status", "server-info", "balancer-manager",
                                            "ldap-status" };
    (void)is_own;
    status_t *status = baton;
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (directive->section == NULL || directive->argc == 0 ||
            !tlsg_text_eq_nocase(directive->argv[0], handlers[i])) {
            continue;
        }
        tlsg_reach_t scope = { .facts = tlsg_http_facts_get(status->model, status->vhost),
                               .pool = tlsg_report_pool(status->out) };
        open_page_t page = { .scope = &scope, .section = directive->section, .root_is_open = 1 };
        int is_regex = 0;
        page.path = tlsg_reach_argument(scope.pool, directive->section, &is_regex);
        tlsg_vhost_walk(status->model, status->vhost, NULL, visit_access, &page);
        if (page.own_is_open || (!page.has_own && !page.is_doubtful && page.root_is_open)) {
            tlsg_report_add(status->out, status->rule, status->vhost, &directive->origin,
                            handlers[i], "everybody may read %s: %s", handlers[i],
                            page.own_is_open ? "\"Require all granted\""
                                             : "its section says nothing about access");
        }
    }
    return 0;
}

static void status_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    status_t status = { self, model, vhost, out };
    if (!tlsg_vhost_is_local(model, vhost)) {
        tlsg_vhost_walk(model, vhost, "SetHandler", visit_handler, &status);
    }
}

static const tlsg_rule_t status_open = {
    .id = "TG514",
    .name = "status-page-open",
    .topic = "disclosure",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A page about the server's inside is open to everybody",
    .why = "server-status shows visitors' addresses and the URLs they ask for, with secrets that "
           "applications put there; server-info shows the configuration, balancer-manager changes "
           "it.",
    .fix = "Write \"Require local\" in that section.",
    .bad = "<Location /server-status>\n"
           "SetHandler server-status\n"
           "Require all granted\n"
           "</Location>\n",
    .good = "<Location /server-status>\n"
            "SetHandler server-status\n"
            "Require all denied\n"
            "</Location>\n",
    .refs = { "CIS 2.4", "CIS 2.8" },
    .check = status_check,
};

const tlsg_rule_t *const tlsg_rules_http[] = {
    &html_compressed,  &proxied_compressed, &server_tokens, &trace_enabled,
    &server_signature, &status_open,        NULL,
};
