/* SPDX-License-Identifier: Apache-2.0 */
/* TG44x: cookies that httpd sets itself, and Header lines that change cookies. What applications
 * set is not known here. */
#include <string.h>

#include <apr_strings.h>

#include "header_value.h"
#include "rewrite.h"
#include "rewrite_run.h"
#include "rules_header.h"
#include "text.h"

static const tlsg_header_outcome_t *cookies(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    return tlsg_header_eval(model, vhost, "Set-Cookie");
}

static const tlsg_header_line_t *line_at(const tlsg_header_outcome_t *outcome, int i)
{
    return APR_ARRAY_IDX(outcome->lines, i, const tlsg_header_line_t *);
}

static int is_among(const apr_array_header_t *lines, const tlsg_header_line_t *line)
{
    for (int i = 0; i < lines->nelts; i++) {
        if (APR_ARRAY_IDX(lines, i, const tlsg_header_line_t *) == line) {
            return 1;
        }
    }
    return 0;
}

/* 1 when the line can put a cookie into a response of this virtual host. */
static int is_live(const tlsg_header_outcome_t *outcome, const tlsg_header_line_t *line)
{
    if (!tlsg_header_line_puts(line) || is_among(outcome->never, line)) {
        return 0;
    }
    for (int i = 0; i < outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(outcome->fields, i, tlsg_header_field_t);
        if (field->line == line || field->from == line) {
            return 1;
        }
    }
    return is_among(outcome->partial, line);
}

/* ---- What an edit line does ---- */

static int is_edit(const tlsg_header_line_t *line)
{
    return line->action == TLSG_HEADER_EDIT || line->action == TLSG_HEADER_EDIT_ALL;
}

static int adds(const tlsg_header_line_t *line, const char *attribute)
{
    return is_edit(line) && tlsg_text_find_nocase(line->subst, attribute) != NULL;
}

/* Behind a letter of an expression, any case; "[Xx]" is one letter. NULL: another one. */
static const char *behind_letter(const char *at, char letter)
{
    const int lower = 0x20; /* the bit between A and a */
    if ((*at | lower) == letter) {
        return at + 1;
    }
    int is_class = at[0] == '[' && (at[1] | lower) == letter && (at[1] ^ at[2]) == lower;
    return is_class && at[3] == ']' ? at + 4 : NULL;
}

/* Its expression looks at the attribute (lower case): it replaces or spares cookies with it. */
static int looks_at(const tlsg_header_line_t *line, const char *attribute)
{
    for (const char *start = is_edit(line) ? line->value : ""; *start != '\0'; start++) {
        const char *at = start;
        const char *letter = attribute;
        while (at != NULL && *letter != '\0') {
            at = behind_letter(at, *letter++);
        }
        if (at != NULL) {
            return 1;
        }
    }
    return 0;
}

static int strips(const tlsg_header_line_t *line, const char *attribute)
{
    return looks_at(line, attribute) && !adds(line, attribute);
}

/* Is the attribute added to cookies of the table by a line behind the i-th? */
static int is_added_later(const tlsg_header_outcome_t *outcome, int i, const char *attribute,
                          apr_pool_t *pool)
{
    const tlsg_header_line_t *cookie = line_at(outcome, i);
    for (int j = i + 1; j < outcome->lines->nelts; j++) {
        const tlsg_header_line_t *line = line_at(outcome, j);
        if (line->table == cookie->table && adds(line, attribute) &&
            tlsg_pattern_match(pool, line->value, 0, cookie->value, NULL) != TLSG_NO) {
            return 1;
        }
    }
    return 0;
}

/* ---- TG440 ---- */

static int is_nameless(const char *value)
{
    size_t first = strcspn(value, ";");
    return memchr(value, '=', first) == NULL;
}

static void clobbered_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *outcome = cookies(model, vhost);
    for (int i = 0; i < outcome->lines->nelts; i++) {
        const tlsg_header_line_t *line = line_at(outcome, i);
        const tlsg_origin_t *place = &line->directive->origin;
        if (!is_live(outcome, line)) {
            continue;
        }
        int joins = line->action == TLSG_HEADER_APPEND || line->action == TLSG_HEADER_MERGE;
        if (is_nameless(line->value)) {
            tlsg_report_add(
                out, self, vhost, place, NULL,
                line->action == TLSG_HEADER_SET
                    ? "every cookie of the application is replaced by the nameless "
                      "cookie \"%s\""
                    : "a nameless cookie \"%s\" is sent; no attribute is added to other "
                      "cookies",
                tlsg_text_printable(tlsg_report_pool(out), line->value, strlen(line->value), 80));
        }
        else if (joins) {
            tlsg_report_add_as(out, self, TLSG_WARNING, vhost, place, NULL,
                               "joining cookies with a comma breaks both: use \"add\"");
        }
        else if (line->action == TLSG_HEADER_SET) {
            tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, place, NULL,
                               "\"set\" replaces other cookies of the same response: use \"add\"");
        }
    }
}

const tlsg_rule_t tlsg_rule_cookie_clobbered = {
    .id = "TG440",
    .name = "cookie-clobbered",
    .topic = "cookie",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "A Header line replaces or breaks the application's cookies",
    .why = "Set-Cookie is one header per cookie: \"Header set\" throws away what the application "
           "sent, so that sessions are lost, and attributes alone are a cookie without a name.",
    .fix = "Write: Header always edit Set-Cookie \"(?i)^((?:(?!;\\s*secure).)+)$\" \"$1; Secure\", "
           "and the same without \"always\".",
    .bad = "Header set Set-Cookie HttpOnly;Secure\n",
    .good = "Header edit Set-Cookie \"(?i)^((?:(?!;\\s?secure).)+)$\" \"$1; Secure\"\n",
    .refs = { "RFC 6265 section 3" },
    .check = clobbered_check,
};

/* ---- TG441 ---- */

static void judge_header_cookie(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out,
                                const tlsg_header_outcome_t *outcome, int i)
{
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    const tlsg_header_line_t *line = line_at(outcome, i);
    const tlsg_header_cookie_t *cookie = tlsg_header_cookie_parse(pool, line->value);
    if (cookie->secure || cookie->removes || cookie->name[0] == '\0' ||
        is_added_later(outcome, i, "secure", pool)) {
        return;
    }
    int is_fixed = line->cond == TLSG_COND_NONE && strstr(line->value, "%{") == NULL;
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, is_fixed ? TLSG_WARNING : TLSG_NOTICE, vhost, &line->directive->origin, NULL,
        "the cookie \"%s\" is set without Secure: it is sent over plain HTTP too", cookie->name);
    for (int j = 0; j < outcome->lines->nelts; j++) {
        if (adds(line_at(outcome, j), "secure")) {
            tlsg_finding_relate(out, finding, &line_at(outcome, j)->directive->origin,
                                "this line does not reach it: another table, or an earlier place");
        }
    }
}

/* SessionCookieName NAME ATTRIBUTES */
static void judge_session_cookies(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_COOKIE, &at)) != NULL;) {
        if (tlsg_text_has_prefix_nocase(directive->name, "SessionCookieName") &&
            directive->argc > 0 && tlsg_text_find_nocase(directive->args, "secure") == NULL) {
            tlsg_report_add(out, self, vhost, &directive->origin, NULL,
                            "the session cookie \"%s\" is set without Secure", directive->argv[0]);
        }
    }
}

/* RewriteRule ... [CO=NAME:VALUE:domain:lifetime:path:secure:httponly:samesite] */
static void judge_rewrite_cookies(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const apr_array_header_t *own = facts->lists[TLSG_HTTP_REWRITE];
    for (int i = 0; own != NULL && tlsg_rewrite_run_is_on(facts) && i < own->nelts; i++) {
        const tlsg_directive_t *rule = APR_ARRAY_IDX(own, i, const tlsg_directive_t *);
        const char *cookie =
            rule->argc > 2 ? tlsg_rewrite_flag(tlsg_report_pool(out), rule->argv[2], "CO", "cookie")
                           : NULL;
        if (cookie == NULL) {
            continue;
        }
        const char separator[] = { cookie[0] == ';' ? ';' : ':', '\0' };
        const char *part = cookie + (cookie[0] == ';');
        for (int k = 0; k < 5 && *part != '\0'; k++) { /* the sixth part is "secure" */
            part += strcspn(part, separator);
            part += *part != '\0';
        }
        if (!tlsg_text_has_prefix_nocase(part, "secure") &&
            !tlsg_text_has_prefix_nocase(part, "true") && part[0] != '1') {
            tlsg_report_add(out, self, vhost, &rule->origin, NULL,
                            "RewriteRule sets the cookie \"%s\" without Secure",
                            apr_pstrmemdup(tlsg_report_pool(out), cookie + (cookie[0] == ';'),
                                           strcspn(cookie + (cookie[0] == ';'), separator)));
        }
    }
}

static void insecure_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *outcome = cookies(model, vhost);
    if ((vhost->cookie_adds & TLSG_COOKIE_SECURE) != 0) {
        return; /* at request time, to every cookie that can be read */
    }
    for (int i = 0; i < outcome->lines->nelts; i++) {
        if (is_live(outcome, line_at(outcome, i))) {
            judge_header_cookie(self, model, vhost, out, outcome, i);
        }
    }
    judge_session_cookies(self, model, vhost, out);
    judge_rewrite_cookies(self, model, vhost, out);
}

const tlsg_rule_t tlsg_rule_cookie_insecure = {
    .id = "TG441",
    .name = "cookie-insecure",
    .topic = "cookie",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "httpd sets a cookie without Secure in a TLS virtual host",
    .why =
        "Without Secure the browser sends the cookie over plain HTTP as well, where anybody on the "
        "path reads it, even when the site itself redirects.",
    .fix = "Add \"; Secure; HttpOnly; SameSite=Lax\" to the cookie.",
    .bad = "Header always add Set-Cookie \"route=a1; Path=/; HttpOnly\"\n",
    .good = "Header always add Set-Cookie \"route=a1; Path=/; Secure; HttpOnly; SameSite=Lax\"\n",
    .refs = { "RFC 6265 section 8.3", "OWASP ASVS 3.4.1" },
    .check = insecure_check,
};

/* ---- TG442 ---- */

#define SAMESITE_BITS                                                                              \
    (TLSG_COOKIE_SAMESITE_STRICT | TLSG_COOKIE_SAMESITE_LAX | TLSG_COOKIE_SAMESITE_NONE)

static void attributes_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    const tlsg_header_outcome_t *outcome = cookies(model, vhost);
    for (int i = 0; i < outcome->lines->nelts; i++) {
        const tlsg_header_line_t *line = line_at(outcome, i);
        if (!is_live(outcome, line) || is_nameless(line->value)) {
            continue;
        }
        const tlsg_header_cookie_t *cookie = tlsg_header_cookie_parse(pool, line->value);
        if (!cookie->valid && !is_added_later(outcome, i, ";", pool)) {
            tlsg_report_add_as(out, self, TLSG_WARNING, vhost, &line->directive->origin, NULL,
                               "browsers drop the cookie \"%s\": %s", cookie->name, cookie->fault);
            continue;
        }
        int no_http_only = !cookie->http_only && (vhost->cookie_adds & TLSG_COOKIE_HTTPONLY) == 0 &&
                           !is_added_later(outcome, i, "httponly", pool);
        int no_samesite = cookie->samesite == TLSG_SAMESITE_ABSENT &&
                          (vhost->cookie_adds & SAMESITE_BITS) == 0 &&
                          !is_added_later(outcome, i, "samesite", pool);
        if (!cookie->removes && (no_http_only || no_samesite)) {
            tlsg_report_add(out, self, vhost, &line->directive->origin, NULL,
                            "the cookie \"%s\" is set without %s%s%s", cookie->name,
                            no_http_only ? "HttpOnly" : "",
                            no_http_only && no_samesite ? " and " : "",
                            no_samesite ? "SameSite" : "");
        }
    }
}

const tlsg_rule_t tlsg_rule_cookie_attributes = {
    .id = "TG442",
    .name = "cookie-attributes-missing",
    .topic = "cookie",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "httpd sets a cookie without HttpOnly or SameSite, or one that browsers drop",
    .why =
        "HttpOnly keeps scripts from reading the cookie, SameSite keeps other sites from sending "
        "it along. Browsers drop cookies whose attributes contradict each other, such as "
        "SameSite=None without Secure.",
    .fix = "Add \"; Secure; HttpOnly; SameSite=Lax\" unless a script needs the cookie.",
    .bad = "Header always add Set-Cookie \"route=a1; Path=/; Secure\"\n",
    .good = "Header always add Set-Cookie \"route=a1; Path=/; Secure; HttpOnly; SameSite=Lax\"\n",
    .refs = { "RFC 6265bis section 5.6" },
    .check = attributes_check,
};

/* ---- TG443 ---- */

static const char *const attributes[] = { "secure", "httponly", "samesite" };

/* A cookie or an earlier edit of the same table that already brings the attribute in. NULL: none
 * for certain. */
static const tlsg_header_line_t *brought_before(const tlsg_header_outcome_t *outcome, int i,
                                                const char *attribute)
{
    const tlsg_header_line_t *found = NULL;
    const tlsg_header_line_t *edit = line_at(outcome, i);
    for (int j = 0; j < i; j++) {
        const tlsg_header_line_t *line = line_at(outcome, j);
        if (line->table != edit->table) {
            continue;
        }
        if (strips(line, attribute) || line->action == TLSG_HEADER_UNSET) {
            found = NULL;
        }
        else if (adds(line, attribute) || (is_live(outcome, line) && line->value != NULL &&
                                           tlsg_text_find_nocase(line->value, attribute) != NULL)) {
            found = line;
        }
    }
    return found;
}

static int is_stripped_before(const tlsg_header_outcome_t *outcome, int i, const char *attribute)
{
    for (int j = 0; j < i; j++) {
        if (line_at(outcome, j)->table == line_at(outcome, i)->table &&
            strips(line_at(outcome, j), attribute)) {
            return 1;
        }
    }
    return 0;
}

static void judge_duplicate(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                            const tlsg_header_outcome_t *outcome, int i)
{
    const tlsg_header_line_t *edit = line_at(outcome, i);
    for (size_t a = 0; a < sizeof attributes / sizeof attributes[0]; a++) {
        if (!adds(edit, attributes[a]) || looks_at(edit, attributes[a])) {
            continue;
        }
        const tlsg_header_line_t *before = brought_before(outcome, i, attributes[a]);
        if (before != NULL) {
            tlsg_finding_t *finding =
                tlsg_report_add_as(out, self, TLSG_WARNING, vhost, &edit->directive->origin, NULL,
                                   "cookies get %s twice: the line adds it whether it is there or "
                                   "not",
                                   attributes[a]);
            tlsg_finding_relate(out, finding, &before->directive->origin, "it is added here first");
            return;
        }
        if (!is_stripped_before(outcome, i, attributes[a])) {
            tlsg_report_add(out, self, vhost, &edit->directive->origin, NULL,
                            "cookies that have %s already get it twice: the expression does not "
                            "spare them",
                            attributes[a]);
            return;
        }
    }
}

/* Secure is added in one of mod_headers' tables only. */
static void judge_one_table(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out,
                            const tlsg_header_outcome_t *outcome)
{
    const tlsg_header_line_t *last[2] = { NULL, NULL };
    for (int i = 0; i < outcome->lines->nelts; i++) {
        const tlsg_header_line_t *line = line_at(outcome, i);
        if (adds(line, "secure") && line->table != TLSG_TABLE_REQUEST) {
            last[line->table == TLSG_TABLE_ALWAYS] = line;
        }
    }
    const tlsg_header_line_t *only = last[0] != NULL ? last[0] : last[1];
    if (only == NULL || (last[0] != NULL && last[1] != NULL)) {
        return;
    }
    const tlsg_directive_t *backend = tlsg_reach_backend(tlsg_http_facts_get(model, vhost));
    int misses_backend =
        only == last[1] && backend != NULL && tlsg_text_find_nocase(backend->args, "http") != NULL;
    tlsg_report_add_as(out, self, misses_backend ? TLSG_WARNING : TLSG_NOTICE, vhost,
                       &only->directive->origin, "one table",
                       only == last[1] ? "Secure is added to cookies of the \"always\" table only; "
                                         "those of a backend are in the other one"
                                       : "Secure is added to cookies of successful responses only; "
                                         "\"Header always edit\" is missing");
}

static void edit_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *outcome = cookies(model, vhost);
    for (int i = 0; i < outcome->lines->nelts; i++) {
        if (is_edit(line_at(outcome, i))) {
            judge_duplicate(self, vhost, out, outcome, i);
        }
    }
    judge_one_table(self, model, vhost, out, outcome);
}

const tlsg_rule_t tlsg_rule_cookie_edit = {
    .id = "TG443",
    .name = "cookie-edit-sloppy",
    .topic = "cookie",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A line that adds attributes to cookies doubles them or misses some cookies",
    .why =
        "An expression that matches everything adds the attribute to cookies that have it already; "
        "of two SameSite attributes the last one counts, which may weaken the application's. "
        "mod_headers keeps two tables, and each needs its own line.",
    .fix = "Use both \"Header edit\" and \"Header always edit\", with the expression "
           "\"(?i)^((?:(?!;\\s?secure).)+)$\".",
    .bad = "Header edit Set-Cookie ^(.*)$ $1;HttpOnly;Secure\n",
    .good = "Header edit Set-Cookie \"(?i)^((?:(?!;\\s?secure).)+)$\" \"$1; Secure\"\n"
            "Header always edit Set-Cookie \"(?i)^((?:(?!;\\s?secure).)+)$\" \"$1; Secure\"\n",
    .refs = { "RFC 6265bis section 5.6" },
    .check = edit_check,
};
