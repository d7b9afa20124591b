/* SPDX-License-Identifier: Apache-2.0 */
/* TG431 to TG437: response headers other than HSTS and HPKP: doubled, dropped, misspelt or missing
 * ones. Header names come from header_value.h's table; values are judged elsewhere. */
#include <string.h>

#include <apr_strings.h>

#include "header_module.h"
#include "header_value.h"
#include "redirect.h"
#include "rules_header.h"
#include "text.h"

static int is_known(const char *name, const char *wanted)
{
    return tlsg_text_eq_nocase(name, wanted);
}

/* HSTS, HPKP and cookies have rules of their own. */
static int has_own_rules(const char *name)
{
    return is_known(name, "Strict-Transport-Security") || is_known(name, "Public-Key-Pins") ||
           is_known(name, "Set-Cookie");
}

/* Judges a header unless it was `seen`. */
static void judge_name(tlsg_judged_t *judged, apr_array_header_t *seen, const char *name,
                       tlsg_judge_fn *judge)
{
    for (int i = 0; i < seen->nelts; i++) {
        if (is_known(APR_ARRAY_IDX(seen, i, const char *), name)) {
            return;
        }
    }
    APR_ARRAY_PUSH(seen, const char *) = name;
    judged->row = tlsg_header_name_find(name);
    judged->name = judged->row != NULL ? judged->row->name : name;
    judged->outcome = tlsg_header_eval(judged->model, judged->vhost, judged->name);
    judge(judged);
}

void tlsg_rules_header_each(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out, tlsg_judge_fn *judge)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    apr_array_header_t *seen = apr_array_make(pool, 8, sizeof(const char *));
    tlsg_judged_t judged = {
        .pool = pool, .self = self, .model = model, .vhost = vhost, .out = out
    };
    const tlsg_header_line_t *line;
    for (int at = 0; (line = tlsg_http_facts_line(facts, &at)) != NULL;) {
        if (line->table != TLSG_TABLE_REQUEST && tlsg_header_line_puts(line) &&
            !has_own_rules(line->name)) {
            judge_name(&judged, seen, line->name, judge);
        }
    }
    const tlsg_directive_t *own;
    for (int at = 0; (own = tlsg_http_facts_next(facts, TLSG_HTTP_MODULE, &at)) != NULL;) {
        const char *name = tlsg_header_module_name(model->pool, own);
        if (name != NULL && !has_own_rules(name)) {
            judge_name(&judged, seen, name, judge);
        }
    }
}

const tlsg_header_field_t *tlsg_rules_header_field(const tlsg_judged_t *judged, int i)
{
    const tlsg_header_field_t *field =
        &APR_ARRAY_IDX(judged->outcome->fields, i, tlsg_header_field_t);
    return field->line != NULL ? field : NULL;
}

/* ---- TG431 ---- */

static int same_values(const tlsg_judged_t *judged)
{
    const char *first = NULL;
    for (int i = 0; i < judged->outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = tlsg_rules_header_field(judged, i);
        if (field == NULL || field->value == NULL ||
            (first != NULL && !tlsg_text_eq_nocase(first, field->value))) {
            return 0;
        }
        first = field->value;
    }
    return 1;
}

static void judge_doubled(const tlsg_judged_t *judged)
{
    const tlsg_header_line_t *first = judged->outcome->doubled_first;
    const tlsg_header_line_t *second = judged->outcome->doubled_second;
    if (judged->row == NULL || (judged->row->flags & TLSG_HEADER_SINGLE) == 0 ||
        judged->outcome->doubled == TLSG_SENT_NO || first == NULL || second == NULL ||
        judged->outcome->in_htaccess) {
        return;
    }
    int harmless = judged->outcome->doubled == TLSG_SENT_MAYBE ||
                   (is_known(judged->name, "X-Content-Type-Options") && same_values(judged));
    tlsg_finding_t *finding = tlsg_report_add_as(
        judged->out, judged->self, harmless ? TLSG_NOTICE : TLSG_WARNING, judged->vhost,
        &second->directive->origin, judged->name, "%s is sent twice%s", judged->name,
        first->table != second->table ? ": the \"always\" and the \"onsuccess\" table both hold it"
                                      : ": \"add\" puts a second field beside the first");
    tlsg_finding_relate(judged->out, finding, &first->directive->origin,
                        "the first field comes from here");
}

static void doubled_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_doubled);
}

const tlsg_rule_t tlsg_rule_header_doubled = {
    .id = "TG431",
    .name = "header-doubled",
    .topic = "headers",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "A header that may be sent once is sent twice",
    .why =
        "mod_headers keeps two tables, \"always\" and \"onsuccess\", and sends both. Two fields "
        "count as one with a comma between the values, which browsers ignore or read differently.",
    .fix =
        "Keep one line with \"Header always set\"; clear the other table with \"Header onsuccess "
        "unset\" where a backend sends the header.",
    .bad = "Header always set X-Frame-Options \"DENY\"\n"
           "Header set X-Frame-Options \"SAMEORIGIN\"\n",
    .good = "Header onsuccess unset X-Frame-Options\n"
            "Header always set X-Frame-Options \"SAMEORIGIN\"\n",
    .refs = { "RFC 9110 section 5.3" },
    .check = doubled_check,
};

/* ---- TG432 ---- */

static void judge_deprecated(const tlsg_judged_t *judged)
{
    if (judged->row == NULL || (judged->row->flags & TLSG_HEADER_DEPRECATED) == 0) {
        return;
    }
    for (int i = 0; i < judged->outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = tlsg_rules_header_field(judged, i);
        if (field == NULL) {
            continue;
        }
        if (is_known(judged->name, "X-XSS-Protection")) {
            const tlsg_header_choice_t *choice =
                field->value == NULL ? NULL : tlsg_header_xxp_parse(judged->pool, field->value);
            if (choice == NULL || choice->effect == NULL || strcmp(choice->effect, "0") == 0) {
                continue;
            }
        }
        tlsg_report_add(judged->out, judged->self, judged->vhost, tlsg_rules_header_place(field),
                        judged->name, "%s is out of use (%s); send instead: %s", judged->name,
                        judged->row->what,
                        judged->row->instead != NULL ? judged->row->instead : "nothing");
    }
}

static void deprecated_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_deprecated);
}

const tlsg_rule_t tlsg_rule_header_deprecated = {
    .id = "TG432",
    .name = "header-deprecated",
    .topic = "headers",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A header is sent that browsers dropped or replaced",
    .why = "It costs bytes in every response and suggests a protection that is not there. "
           "X-XSS-Protection other than \"0\" even opened holes in the browsers that obeyed it.",
    .fix = "Remove the line, or send the header that took its place.",
    .bad = "Header always set Expect-CT \"max-age=86400\"\n",
    .good = "Header always set X-XSS-Protection \"0\"\n",
    .refs = { "OWASP Secure Headers Project" },
    .check = deprecated_check,
};

/* ---- TG433 ---- */

/* The security header that a name was probably meant to be, NULL. */
static const tlsg_header_name_t *meant(const char *name)
{
    const size_t shortest = 8; /* bytes; below, two edits make anything of anything */
    const tlsg_header_name_t *row;
    if (strlen(name) < shortest) {
        return NULL;
    }
    for (int i = 0; (row = tlsg_header_name_at(i)) != NULL; i++) {
        if ((row->flags & TLSG_HEADER_SECURITY) != 0 && tlsg_text_distance(row->name, name) <= 2) {
            return row;
        }
    }
    return NULL;
}

static void judge_misspelt(const tlsg_judged_t *judged)
{
    const tlsg_header_name_t *row = judged->row == NULL ? meant(judged->name) : NULL;
    for (int i = 0; row != NULL && i < judged->outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = tlsg_rules_header_field(judged, i);
        if (field != NULL) {
            tlsg_report_add(judged->out, judged->self, judged->vhost,
                            tlsg_rules_header_place(field), judged->name,
                            "no browser knows \"%s\": did you mean %s?", judged->name, row->name);
        }
    }
}

static void misspelt_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_misspelt);
}

const tlsg_rule_t tlsg_rule_header_misspelt = {
    .id = "TG433",
    .name = "header-misspelt",
    .topic = "headers",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "The name of a security header is misspelt",
    .why = "httpd sends any name, and browsers skip names that they do not know: the protection is "
           "missing although the line is there.",
    .fix = "Correct the name.",
    .bad = "Header always set X-Content-Type-Option \"nosniff\"\n",
    .good = "Header always set X-Content-Type-Options \"nosniff\"\n",
    .refs = { "OWASP Secure Headers Project" },
    .check = misspelt_check,
};

/* ---- TG434 ---- */

static void judge_never(const tlsg_judged_t *judged)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(judged->model, judged->vhost);
    if (judged->row == NULL || (judged->row->flags & TLSG_HEADER_SECURITY) == 0 ||
        judged->outcome->by_module || judged->outcome->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_NO) {
        return;
    }
    for (int i = 0; i < judged->outcome->never->nelts; i++) {
        const tlsg_header_line_t *line =
            APR_ARRAY_IDX(judged->outcome->never, i, const tlsg_header_line_t *);
        if (tlsg_http_facts_is_inherited(facts, line->directive)) {
            continue; /* may be meant for another virtual host */
        }
        tlsg_report_add(judged->out, judged->self, judged->vhost, &line->directive->origin,
                        judged->name, "%s is never sent: the condition \"%s\" does not hold here",
                        judged->name,
                        tlsg_rules_header_condition(tlsg_report_pool(judged->out), line));
    }
}

static void never_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_never);
}

const tlsg_rule_t tlsg_rule_header_never = {
    .id = "TG434",
    .name = "header-never-sent",
    .topic = "headers",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "The condition on a security header's line is never true",
    .why =
        "The line looks right and httpd accepts it, but no response carries the header: env= "
        "waits for a variable that nothing sets, or an expression is false on this virtual host.",
    .fix = "Remove the condition, or set the variable it waits for.",
    .bad = "Header always set X-Frame-Options \"DENY\" env=FRAMED\n",
    .good = "SetEnvIf Request_URI \"^/embed\" FRAMED\n"
            "Header always set X-Frame-Options \"DENY\" env=!FRAMED\n",
    .refs = { "OWASP Secure Headers Project" },
    .check = never_check,
};

/* ---- TG436 ---- */

static int is_sent(const tlsg_model_t *model, const tlsg_vhost_t *vhost, const char *name)
{
    const tlsg_header_outcome_t *outcome = tlsg_header_eval(model, vhost, name);
    return outcome->by_module || outcome->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_NO ||
           outcome->optional->nelts > 0 || outcome->partial->nelts > 0;
}

static int limits_framing(const tlsg_model_t *model, const tlsg_vhost_t *vhost, apr_pool_t *pool)
{
    if (is_sent(model, vhost, "X-Frame-Options")) {
        return 1;
    }
    const tlsg_header_outcome_t *csp = tlsg_header_eval(model, vhost, "Content-Security-Policy");
    for (int i = 0; i < csp->fields->nelts; i++) {
        const char *value = APR_ARRAY_IDX(csp->fields, i, tlsg_header_field_t).value;
        if (value == NULL || tlsg_header_csp_parse(pool, value)->frame_ancestors != NULL) {
            return 1;
        }
    }
    return 0;
}

static void absent_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    if (tlsg_reach_backend(facts) != NULL || tlsg_redirect_serves_nothing(facts) ||
        tlsg_redirect_usual(facts)->fate == TLSG_FATE_REDIRECT) {
        return;
    }
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    apr_array_header_t *names = apr_array_make(pool, 3, sizeof(const char *));
    if (!is_sent(model, vhost, "X-Content-Type-Options")) {
        APR_ARRAY_PUSH(names, const char *) = "X-Content-Type-Options";
    }
    if (!limits_framing(model, vhost, pool)) {
        APR_ARRAY_PUSH(names, const char *) = "X-Frame-Options or CSP frame-ancestors";
    }
    if (!is_sent(model, vhost, "Referrer-Policy")) {
        APR_ARRAY_PUSH(names, const char *) = "Referrer-Policy";
    }
    if (names->nelts > 0) {
        const char *list = tlsg_text_join(pool, names, ", ");
        tlsg_report_add_absent(out, self, vhost, NULL, list, "not sent: %s", list);
    }
}

const tlsg_rule_t tlsg_rule_header_absent = {
    .id = "TG436",
    .name = "header-missing",
    .topic = "headers",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A basic security header is not sent",
    .why = "nosniff keeps browsers from guessing types, frame limits stop clickjacking, and a "
           "referrer policy keeps addresses from other sites. An application may send them itself.",
    .fix = "Add: Header always set X-Content-Type-Options \"nosniff\"; X-Frame-Options "
           "\"SAMEORIGIN\"; Referrer-Policy \"strict-origin-when-cross-origin\".",
    .bad = "Header always set X-Frame-Options \"DENY\"\n",
    .good = "Header always set X-Content-Type-Options \"nosniff\"\n"
            "Header always set X-Frame-Options \"SAMEORIGIN\"\n"
            "Header always set Referrer-Policy \"strict-origin-when-cross-origin\"\n",
    .refs = { "OWASP Secure Headers Project", "CIS 5.16" },
    .check = absent_check,
};

/* ---- TG437 ---- */

static void judge_onsuccess(const tlsg_judged_t *judged)
{
    if (judged->row == NULL || (judged->row->flags & TLSG_HEADER_SECURITY) == 0 ||
        judged->outcome->by_module || judged->outcome->sent[TLSG_RESPONSE_ERROR] != TLSG_SENT_NO) {
        return;
    }
    for (int i = 0; i < judged->outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = tlsg_rules_header_field(judged, i);
        if (field != NULL && !field->is_always) {
            tlsg_report_add(judged->out, judged->self, judged->vhost,
                            tlsg_rules_header_place(field), judged->name,
                            "%s is not sent with error pages and redirects: \"always\" is missing",
                            judged->name);
        }
    }
}

static void onsuccess_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_rules_header_each(self, model, vhost, out, judge_onsuccess);
}

const tlsg_rule_t tlsg_rule_header_onsuccess = {
    .id = "TG437",
    .name = "header-onsuccess-only",
    .topic = "headers",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A security header is not sent with error pages and redirects",
    .why =
        "Without the word \"always\" mod_headers touches only responses that a handler completed; "
        "error pages can be framed and sniffed like any other.",
    .fix = "Write \"Header always set\".",
    .bad = "Header set X-Frame-Options \"DENY\"\n",
    .good = "Header always set X-Frame-Options \"DENY\"\n",
    .refs = { "OWASP Secure Headers Project" },
    .check = onsuccess_check,
};
