/* SPDX-License-Identifier: Apache-2.0 */
/* TG430 and TG435: values of response headers other than HSTS and HPKP: those that browsers do not
 * accept, and those that protect little. */
#include <string.h>

#include <apr_strings.h>

#include "header_value.h"
#include "rules_header.h"
#include "text.h"

static int is_known(const char *name, const char *wanted)
{
    return tlsg_text_eq_nocase(name, wanted);
}

/* ---- TG430 ---- */

typedef tlsg_header_choice_t *choice_parser_t(apr_pool_t *pool, const char *value);

/* A policy that does not say what it was meant to say: nothing in it is known, a directive is
 * misspelt, or quotes and colons are missing. NULL for others, new directives among them. */
static const char *csp_fault(apr_pool_t *pool, const tlsg_header_csp_t *csp)
{
    if (!csp->valid) {
        return csp->fault;
    }
    for (int i = 0; i < csp->unknown->nelts; i++) {
        const tlsg_header_word_t *word = &APR_ARRAY_IDX(csp->unknown, i, tlsg_header_word_t);
        if (word->hint != NULL) {
            return apr_psprintf(pool, "browsers skip \"%s\": %s", word->text, word->hint);
        }
    }
    for (int i = 0; i < csp->suspect->nelts; i++) {
        const tlsg_header_word_t *word = &APR_ARRAY_IDX(csp->suspect, i, tlsg_header_word_t);
        int is_quoted = word->text[0] == '\'' && word->text[strlen(word->text) - 1] == '\'';
        int is_host = strpbrk(word->text, ".:/") != NULL;
        if (!is_quoted || is_host) { /* a quoted word may be a keyword that is newer than we are */
            return apr_psprintf(pool, "%s: %s", word->text, word->hint);
        }
    }
    return NULL;
}

/* What is wrong with a value, NULL when nothing is. */
static const char *fault_of(apr_pool_t *pool, const char *name, const char *value)
{
    static const struct {
        const char *name;
        choice_parser_t *parse;
    } choices[] = {
        { "X-Frame-Options", tlsg_header_xfo_parse },
        { "X-Content-Type-Options", tlsg_header_xcto_parse },
        { "X-XSS-Protection", tlsg_header_xxp_parse },
        { "Cross-Origin-Opener-Policy", tlsg_header_coop_parse },
        { "Cross-Origin-Embedder-Policy", tlsg_header_coep_parse },
        { "Cross-Origin-Resource-Policy", tlsg_header_corp_parse },
        { "Access-Control-Allow-Origin", tlsg_header_acao_parse },
        { "Clear-Site-Data", tlsg_header_csd_parse },
    };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (is_known(choices[i].name, name)) {
            const tlsg_header_choice_t *choice = choices[i].parse(pool, value);
            return choice->valid ? NULL : choice->fault;
        }
    }
    if (is_known(name, "Referrer-Policy")) {
        const tlsg_header_referrer_t *referrer = tlsg_header_referrer_parse(pool, value);
        return referrer->effect == NULL ? referrer->fault : NULL;
    }
    if (is_known(name, "Permissions-Policy")) {
        const tlsg_header_permissions_t *permissions = tlsg_header_permissions_parse(pool, value);
        return permissions->valid ? NULL : permissions->fault;
    }
    if (is_known(name, "Content-Security-Policy")) {
        return csp_fault(pool, tlsg_header_csp_parse(pool, value));
    }
    return NULL;
}

static void judge_invalid(const tlsg_judged_t *judged)
{
    for (int i = 0; i < judged->outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = tlsg_rules_header_field(judged, i);
        const char *fault = field == NULL || field->value == NULL
                                ? NULL
                                : fault_of(judged->pool, judged->name, field->value);
        if (fault == NULL) {
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add(
            judged->out, judged->self, judged->vhost, tlsg_rules_header_place(field), judged->name,
            "%s%s: %s", judged->name,
            field->from != field->line ? ", joined with an earlier line" : "", fault);
        if (field->from != field->line) {
            tlsg_finding_relate(judged->out, finding, &field->from->directive->origin,
                                "the first part comes from here");
        }
    }
}

/* Lines in sections, which other responses than the site's pages carry. */
static void judge_partial(const tlsg_judged_t *judged)
{
    const apr_array_header_t *partial = judged->outcome->partial;
    for (int i = 0; i < partial->nelts; i++) {
        const tlsg_header_line_t *line = APR_ARRAY_IDX(partial, i, const tlsg_header_line_t *);
        int joins = line->action == TLSG_HEADER_APPEND || line->action == TLSG_HEADER_MERGE;
        const char *value = joins ? NULL : tlsg_header_line_literal(judged->pool, line);
        const char *fault = value != NULL ? fault_of(judged->pool, judged->name, value) : NULL;
        if (fault != NULL) {
            tlsg_report_add(judged->out, judged->self, judged->vhost, &line->directive->origin,
                            judged->name, "%s: %s", judged->name, fault);
        }
    }
}

static void judge_all(const tlsg_judged_t *judged)
{
    judge_invalid(judged);
    judge_partial(judged);
}

static void invalid_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_all);
}

const tlsg_rule_t tlsg_rule_header_invalid = {
    .id = "TG430",
    .name = "header-invalid",
    .topic = "headers",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A security header has a value that browsers do not accept",
    .why =
        "Browsers ignore such a header, or act on a guess that differs between them, and nothing "
        "tells the server. \"Header append\" joins values with a comma, which most of these "
        "headers do not allow.",
    .fix =
        "Use \"Header always set\" with one of the values that the header's specification names.",
    .bad = "Header always set X-Content-Type-Options \"no-sniff\"\n",
    .good = "Header always set X-Content-Type-Options \"nosniff\"\n",
    .refs = { "Fetch standard", "HTML standard", "RFC 7034" },
    .check = invalid_check,
};

/* ---- TG435 ---- */

static const char *weakness_of(apr_pool_t *pool, const char *name, const char *value)
{
    if (is_known(name, "Referrer-Policy")) {
        const tlsg_header_referrer_t *referrer = tlsg_header_referrer_parse(pool, value);
        return referrer->effect != NULL && referrer->leak == TLSG_REFERRER_URL
                   ? apr_psprintf(pool, "\"%s\" tells other sites full addresses", referrer->effect)
               : referrer->effect != NULL ? referrer->fault
                                          : NULL;
    }
    if (is_known(name, "Permissions-Policy")) {
        const tlsg_header_permissions_t *permissions = tlsg_header_permissions_parse(pool, value);
        return permissions->valid ? permissions->fault : NULL;
    }
    if (!is_known(name, "Content-Security-Policy")) {
        return NULL;
    }
    const tlsg_header_csp_t *csp = tlsg_header_csp_parse(pool, value);
    if (csp_fault(pool, csp) != NULL) {
        return NULL;
    }
    if (csp->fault != NULL) {
        return csp->fault;
    }
    if (csp->suspect->nelts > 0) {
        const tlsg_header_word_t *word = &APR_ARRAY_IDX(csp->suspect, 0, tlsg_header_word_t);
        return apr_psprintf(pool, "%s: %s", word->text, word->hint);
    }
    return (csp->allows & TLSG_CSP_INLINE_SCRIPT) != 0 ? "'unsafe-inline' lets injected scripts run"
           : tlsg_header_csp_get(&APR_ARRAY_IDX(csp->policies, 0, tlsg_header_csp_policy_t),
                                 "script-src") != NULL &&
                   (csp->allows & TLSG_CSP_ANY_SCRIPT) != 0
               ? "scripts may come from anywhere"
           : (csp->allows & TLSG_CSP_PLAIN_HTTP) != 0 ? "an http: source lets content in that "
                                                        "anybody on the path can change"
                                                      : NULL;
}

static void judge_weak(const tlsg_judged_t *judged)
{
    for (int i = 0; i < judged->outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = tlsg_rules_header_field(judged, i);
        const char *weakness = field == NULL || field->value == NULL
                                   ? NULL
                                   : weakness_of(judged->pool, judged->name, field->value);
        if (weakness != NULL) {
            tlsg_report_add(judged->out, judged->self, judged->vhost,
                            tlsg_rules_header_place(field), judged->name, "%s: %s", judged->name,
                            weakness);
        }
    }
}

/* Deletes what the browser keeps with every page, instead of once at the end of a session. */
static void judge_clearing(const tlsg_judged_t *judged)
{
    if (!is_known(judged->name, "Clear-Site-Data") ||
        judged->outcome->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_YES) {
        return;
    }
    const tlsg_header_field_t *field = tlsg_rules_header_field(judged, 0);
    if (field == NULL || field->value == NULL) {
        return;
    }
    int is_logout = strpbrk(field->value, "*") != NULL ||
                    tlsg_text_find_nocase(field->value, "\"cookies\"") != NULL;
    tlsg_finding_t *finding = tlsg_report_add_as(
        judged->out, judged->self, is_logout ? TLSG_WARNING : TLSG_NOTICE, judged->vhost,
        tlsg_rules_header_place(field), judged->name,
        "Clear-Site-Data goes out with every page: browsers delete %s each time",
        is_logout ? "cookies, and with them the visitor's session," : "what they keep of the site");
    tlsg_finding_fix(judged->out, finding, "Move the line into the <Location> of the logout page.");
}

static void judge_worth(const tlsg_judged_t *judged)
{
    judge_weak(judged);
    judge_clearing(judged);
}

static void weak_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_worth);
}

const tlsg_rule_t tlsg_rule_header_weak = {
    .id = "TG435",
    .name = "header-weak",
    .topic = "headers",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A security header is valid but protects little",
    .why = "The value lets through what the header is there to stop, or holds a part that browsers "
           "skip.",
    .fix =
        "Choose a stricter value; try a Content-Security-Policy with its -Report-Only form first.",
    .bad = "Header always set Referrer-Policy \"unsafe-url\"\n",
    .good = "Header always set Referrer-Policy \"strict-origin-when-cross-origin\"\n",
    .refs = { "Referrer Policy section 8.1", "CSP level 3", "CIS 5.17" },
    .check = weak_check,
};
