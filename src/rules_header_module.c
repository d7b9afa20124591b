/* SPDX-License-Identifier: Apache-2.0 */
/* TG461 and TG462: Header lines that this module's own directives at request time work against. */
#include <string.h>

#include "env.h"
#include "header_module.h"
#include "header_value.h"
#include "htaccess.h"
#include "rules_header.h"
#include "text.h"

/* The row's spelling, which all lines about a header share. */
static const char *spelling(const char *name)
{
    const tlsg_header_name_t *row = tlsg_header_name_find(name);
    return row != NULL ? row->name : name;
}

/* ---- TG461 ---- */

/* Outside of sections and without a condition it keeps the module away from the header. */
static int stops_module(const tlsg_header_line_t *line)
{
    return line->action == TLSG_HEADER_UNSET && line->cond == TLSG_COND_NONE &&
           line->directive->section == NULL;
}

/* Is the header put there all the same, by a line behind the unset or in the other table? What is
 * behind it in another section may be about other responses; it is believed. */
static int is_put_again(const tlsg_header_outcome_t *outcome, const tlsg_header_line_t *unset)
{
    int is_behind = 0;
    for (int i = 0; i < outcome->lines->nelts; i++) {
        const tlsg_header_line_t *line =
            APR_ARRAY_IDX(outcome->lines, i, const tlsg_header_line_t *);
        is_behind |= line == unset;
        if (stops_module(line) ||
            (tlsg_header_line_puts(line) && (is_behind || line->table != unset->table))) {
            return 1;
        }
    }
    return 0;
}

/* Can the line be in force for some response of the virtual host? */
static int can_act(const tlsg_model_t *model, tlsg_http_facts_t *facts,
                   const tlsg_header_line_t *line)
{
    tlsg_reach_t scope = { .facts = facts, .pool = model->pool };
    if (line->cond == TLSG_COND_EXPR &&
        tlsg_reach_condition(&scope, line->cond_text, TLSG_RESPONSE_PAGE) == TLSG_NO) {
        return 0;
    }
    if (line->cond == TLSG_COND_ENV && line->cond_text[0] != '!' &&
        tlsg_env_is_set(&scope, line->cond_text, TLSG_RESPONSE_PAGE, NULL, NULL) == TLSG_NO) {
        return 0;
    }
    return tlsg_reach_covers(&scope, line->directive->section, TLSG_RESPONSE_PAGE) != TLSG_NO ||
           scope.is_part;
}

static void judge_unset(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out,
                        const tlsg_header_line_t *line)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_section_t *section = line->directive->section;
    if (line->action != TLSG_HEADER_UNSET || line->table == TLSG_TABLE_REQUEST ||
        line->cond == TLSG_COND_EARLY || stops_module(line)) {
        return;
    }
    const char *name = spelling(line->name);
    if (!tlsg_header_module_adds(model->pool, facts, section, name) ||
        is_put_again(tlsg_header_eval(model, vhost, name), line) || !can_act(model, facts, line)) {
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, &line->directive->origin, name,
                        "%s is taken away here, and then added by this module", name);
    const tlsg_directive_t *by = tlsg_header_module_line(facts, name);
    if (by != NULL) {
        tlsg_finding_relate(out, finding, &by->origin, "this line makes it add the header");
    }
    if (section == NULL) {
        tlsg_finding_fix(out, finding,
                         "Leave the condition away, or put \"TLSGuardHeader %s off\" into an <If> "
                         "section with that condition.",
                         name);
    }
    else {
        tlsg_finding_fix(out, finding, "Write beside it: TLSGuardHeader %s off", name);
    }
}

static void overridden_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_header_line_t *line;
    if (vhost->conf == NULL) {
        return;
    }
    for (int at = 0; (line = tlsg_http_facts_line(facts, &at)) != NULL;) {
        judge_unset(self, model, vhost, out, line);
    }
    const apr_array_header_t *lines = tlsg_htaccess_get(facts)->lines;
    for (int i = 0; i < lines->nelts; i++) {
        judge_unset(self, model, vhost, out, APR_ARRAY_IDX(lines, i, const tlsg_header_line_t *));
    }
}

const tlsg_rule_t tlsg_rule_header_overridden = {
    .id = "TG461",
    .name = "header-unset-overridden",
    .topic = "headers",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "A header is taken away, and this module adds it again",
    .why = "The module sees that the header is missing, not that it was taken away on purpose. An "
           "unconditional \"Header unset\" directly in the server or virtual host stops it there; "
           "one in a section, in .htaccess or under a condition does not.",
    .fix = "Write beside it: TLSGuardHeader NAME off",
    .bad = "TLSGuardHeaders strict\n"
           "<Location \"/embed\">\n"
           "Header always unset X-Frame-Options\n"
           "</Location>\n",
    .good = "TLSGuardHeaders strict\n"
            "<Location \"/embed\">\n"
            "Header always unset X-Frame-Options\n"
            "TLSGuardHeader X-Frame-Options off\n"
            "</Location>\n",
    .refs = { "OWASP Secure Headers Project" },
    .check = overridden_check,
};

/* ---- TG462 ---- */

static int is_on_all(const tlsg_header_outcome_t *outcome)
{
    return outcome->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_YES &&
           outcome->sent[TLSG_RESPONSE_ERROR] == TLSG_SENT_YES &&
           outcome->sent[TLSG_RESPONSE_REDIRECT] == TLSG_SENT_YES;
}

/* The field of a plain Header line that pages certainly carry, NULL. */
static const tlsg_header_field_t *configured(const tlsg_header_outcome_t *outcome)
{
    if (outcome->sent[TLSG_RESPONSE_PAGE] != TLSG_SENT_YES || outcome->in_htaccess) {
        return NULL;
    }
    for (int i = 0; i < outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(outcome->fields, i, tlsg_header_field_t);
        if (field->line != NULL && field->line->directive != outcome->module_line &&
            field->line->cond == TLSG_COND_NONE && field->value != NULL) {
            return field;
        }
    }
    return NULL;
}

static void judge_double(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out, const char *name)
{
    const tlsg_header_outcome_t *outcome = tlsg_header_eval(model, vhost, name);
    const tlsg_header_field_t *field = outcome->by_module ? configured(outcome) : NULL;
    const tlsg_directive_t *by = outcome->module_line;
    if (field == NULL || by == NULL) {
        return;
    }
    const char *value = tlsg_header_module_value(tlsg_http_facts_get(model, vhost), name);
    /* A line for one header that replaces what a preset says about it is what presets are for. */
    int is_preset = tlsg_text_eq_nocase(by->name, "TLSGuardHeaders");
    int is_same = value != NULL && strcmp(value, field->value) == 0;
    if (!is_same && is_preset && is_on_all(outcome)) {
        return;
    }
    tlsg_finding_t *finding =
        is_same ? tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), name,
                                  "%s is sent by this line and by %s: one of them is enough", name,
                                  by->name)
        : is_on_all(outcome)
            ? tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), name,
                              "%s for %s has no effect: this line sends the header already",
                              by->name, name)
            : tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), name,
                              "%s has two values: pages get this line's, other responses that of "
                              "%s",
                              name, by->name);
    tlsg_finding_relate(out, finding, &by->origin, "this line sends it, too");
}

static void redundant_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    const tlsg_header_line_t *line;
    if (vhost->conf == NULL) {
        return;
    }
    /* Findings of one line and header are one, however often a name comes along. */
    for (int at = 0; (line = tlsg_http_facts_line(facts, &at)) != NULL;) {
        if (line->table != TLSG_TABLE_REQUEST && tlsg_header_line_puts(line)) {
            judge_double(self, model, vhost, out, spelling(line->name));
        }
    }
}

const tlsg_rule_t tlsg_rule_header_redundant = {
    .id = "TG462",
    .name = "header-set-twice-over",
    .topic = "headers",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "A Header line and this module's directive send the same header",
    .why = "The module adds only what is missing, so a Header line always wins where it reaches. "
           "Two places that say the same drift apart, and where they differ, which value a "
           "response gets depends on whether it is a page or an error.",
    .fix = "Keep one of the two lines.",
    .bad = "TLSGuardHeaders safe\n"
           "Header always set Referrer-Policy \"strict-origin-when-cross-origin\"\n",
    .good = "TLSGuardHeaders safe\n"
            "Header always set Referrer-Policy \"no-referrer\"\n",
    .refs = { "OWASP Secure Headers Project" },
    .check = redundant_check,
};
