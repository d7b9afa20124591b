/* SPDX-License-Identifier: Apache-2.0 */
/* TG41x: what the value of Strict-Transport-Security says. */
#include <string.h>

#include "header_value.h"
#include "rules_header.h"
#include "siblings.h"
#include "text.h"

#define PRELOAD_MIN_AGE                                                                            \
    31536000 /* seconds, one year: what the preload list asks for (hstspreload.org) */

/* Calls a judge for each known value that browsers can get from the virtual host. */
typedef void judge_fn(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                      const tlsg_header_field_t *field, const tlsg_header_hsts_t *hsts);

static void judge_values(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out, judge_fn *judge)
{
    if (!tlsg_rules_header_hsts_counts(model, vhost)) {
        return;
    }
    const apr_array_header_t *fields = tlsg_rules_header_hsts(model, vhost)->fields;
    for (int i = 0; i < fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(fields, i, tlsg_header_field_t);
        if (field->line != NULL && field->hsts != NULL) {
            judge(self, vhost, out, field, field->hsts);
        }
    }
}

/* ---- TG410 ---- */

static void judge_malformed(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                            const tlsg_header_field_t *field, const tlsg_header_hsts_t *hsts)
{
    if (hsts->valid) {
        return;
    }
    tlsg_finding_t *finding;
    if (field->from != field->line) {
        finding = tlsg_report_add(
            out, self, vhost, tlsg_rules_header_place(field), NULL,
            "browsers discard HSTS: joining two lines makes it \"%s\"",
            tlsg_text_printable(tlsg_report_pool(out), field->value, strlen(field->value), 120));
        tlsg_finding_relate(out, finding, &field->from->directive->origin,
                            "the first part comes from here");
        return;
    }
    tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), NULL,
                    "browsers discard HSTS: %s", hsts->fault);
}

static void malformed_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_malformed);
}

const tlsg_rule_t tlsg_rule_hsts_malformed = {
    .id = "TG410",
    .name = "hsts-malformed",
    .topic = "hsts",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "Browsers discard the Strict-Transport-Security header",
    .why =
        "The value breaks the grammar of RFC 6797: directives are separated by semicolons, max-age "
        "is required and a number. Browsers then ignore the whole header. \"Header append\" joins "
        "with a comma, which is always wrong here.",
    .fix = "Write one line: Header always set Strict-Transport-Security \"max-age=63072000; "
           "includeSubDomains\".",
    .bad = "Header always set Strict-Transport-Security \"max-age=63072000\"\n"
           "Header always append Strict-Transport-Security includeSubDomains\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000; includeSubDomains\"\n",
    .refs = { "RFC 6797 section 6.1" },
    .check = malformed_check,
};

/* ---- TG411 ---- */

static void judge_short(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                        const tlsg_header_field_t *field, const tlsg_header_hsts_t *hsts)
{
    const tlsg_policy_t *policy = vhost->policy != NULL ? vhost->policy : tlsg_policy_default();
    if (!hsts->valid || hsts->max_age <= 0 || hsts->max_age >= policy->hsts_good_age) {
        return;
    }
    const long day = 86400; /* seconds */
    int is_short = hsts->max_age < policy->hsts_min_age;
    long age = (long)hsts->max_age;
    long wanted = (long)(is_short ? policy->hsts_min_age : policy->hsts_good_age);
    long count = age >= day ? age / day : age;
    tlsg_report_add_as(out, self, is_short ? TLSG_WARNING : TLSG_NOTICE, vhost,
                       tlsg_rules_header_place(field), NULL,
                       "HSTS is forgotten after %ld %s%s: max-age=%ld is below %ld days", count,
                       age >= day ? "day" : "second", count == 1 ? "" : "s", age, wanted / day);
}

static void short_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_short);
}

const tlsg_rule_t tlsg_rule_hsts_short = {
    .id = "TG411",
    .name = "hsts-short",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "max-age of HSTS is short",
    .why = "max-age counts from the last visit: who comes back later than that starts over plain "
           "HTTP again. Below 180 days regular visitors fall out of the protection; two years is "
           "what is recommended today. A short value is right while HSTS is being tried out.",
    .fix = "Raise it step by step to: max-age=63072000.",
    .bad = "Header always set Strict-Transport-Security \"max-age=86400\"\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 11.2", "Mozilla guideline 6.0" },
    .check = short_check,
};

/* ---- TG412 ---- */

static void judge_withdrawn(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                            const tlsg_header_field_t *field, const tlsg_header_hsts_t *hsts)
{
    if (hsts->valid && hsts->max_age == 0) {
        tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), NULL,
                        "max-age=0 tells browsers to forget HSTS for this host");
    }
}

static void withdrawn_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_withdrawn);
}

const tlsg_rule_t tlsg_rule_hsts_withdrawn = {
    .id = "TG412",
    .name = "hsts-withdrawn",
    .topic = "hsts",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "HSTS is withdrawn with max-age=0",
    .why =
        "This is the documented way to take a policy back, and right while that is what is meant. "
        "Otherwise it is the same as no HSTS at all.",
    .fix = "When the roll-back is over: Header always set Strict-Transport-Security "
           "\"max-age=63072000\".",
    .bad = "Header always set Strict-Transport-Security \"max-age=0\"\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 6.1.1" },
    .check = withdrawn_check,
};

/* ---- TG413 ---- */

static void judge_words(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                        const tlsg_header_field_t *field, const tlsg_header_hsts_t *hsts)
{
    for (int i = 0; hsts->valid && i < hsts->unknown->nelts; i++) {
        const tlsg_header_word_t *word = &APR_ARRAY_IDX(hsts->unknown, i, tlsg_header_word_t);
        const char *hint = word->hint != NULL ? word->hint : "browsers skip it";
        if (tlsg_text_eq_nocase(word->text, "always")) {
            hint = "as a keyword it stands before \"set\"";
        }
        tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), word->text,
                        "HSTS has no directive \"%s\": %s", word->text, hint);
    }
}

static void unknown_word_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_words);
}

const tlsg_rule_t tlsg_rule_hsts_unknown_word = {
    .id = "TG413",
    .name = "hsts-unknown-directive",
    .topic = "hsts",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "The value of HSTS holds a directive that browsers do not know",
    .why = "Browsers skip directives that they do not know, so a misspelt one has no effect and "
           "nothing tells.",
    .fix = "The directives are max-age=SECONDS, includeSubDomains and preload.",
    .bad = "Header always set Strict-Transport-Security \"max-age=63072000; includeSubDomain\"\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000; includeSubDomains\"\n",
    .refs = { "RFC 6797 section 6.1" },
    .check = unknown_word_check,
};

/* ---- TG414 ---- */

/* The first name below `domain` that loses its plain site. */
static int judge_domain(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out,
                        const tlsg_header_field_t *field, const char *domain)
{
    const apr_array_header_t *below =
        strpbrk(domain, "*?") == NULL ? tlsg_siblings_plain_below(model, domain) : NULL;
    if (below == NULL) {
        return 0;
    }
    const tlsg_sibling_t *sibling = &APR_ARRAY_IDX(below, 0, tlsg_sibling_t);
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, tlsg_rules_header_place(field), sibling->name,
        "includeSubDomains shuts out %s: it is served over plain HTTP only, and browsers that know "
        "%s will insist on TLS",
        sibling->name, domain);
    tlsg_finding_relate(out, finding, &sibling->vhost->origin, "%s is served here", sibling->name);
    return 1;
}

static void subdomain_plain_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (!tlsg_rules_header_hsts_counts(model, vhost)) {
        return;
    }
    const apr_array_header_t *fields = tlsg_rules_header_hsts(model, vhost)->fields;
    for (int i = 0; i < fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(fields, i, tlsg_header_field_t);
        const tlsg_header_hsts_t *hsts = field->hsts;
        if (field->line == NULL || hsts == NULL || !hsts->valid || hsts->max_age <= 0 ||
            !hsts->include_subdomains) {
            continue;
        }
        int found = judge_domain(self, model, vhost, out, field, vhost->server_name.text);
        for (int a = 0; !found && a < vhost->aliases->nelts; a++) {
            found = judge_domain(self, model, vhost, out, field,
                                 APR_ARRAY_IDX(vhost->aliases, a, tlsg_name_t).text);
        }
    }
}

const tlsg_rule_t tlsg_rule_hsts_subdomain_plain = {
    .id = "TG414",
    .name = "hsts-shuts-out-subdomain",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "includeSubDomains covers a host that this server offers without TLS",
    .why =
        "With includeSubDomains a browser that has seen the policy uses TLS for every name below "
        "the host: one that is served over plain HTTP only cannot be reached any more, for as "
        "long as max-age says.",
    .fix = "Give the other host a TLS virtual host first, or leave includeSubDomains away.",
    .bad = "%server\n"
           "<VirtualHost *:80>\n"
           "ServerName static.www.example.com\n"
           "</VirtualHost>\n"
           "%vhost\n"
           "Header always set Strict-Transport-Security \"max-age=63072000; includeSubDomains\"\n",
    .good = "%server\n"
            "<VirtualHost *:80>\n"
            "ServerName static.www.example.com\n"
            "</VirtualHost>\n"
            "%vhost\n"
            "Header always set Strict-Transport-Security \"max-age=63072000\"\n",
    .refs = { "RFC 6797 section 6.1.2", "RFC 6797 section 11.4" },
    .check = subdomain_plain_check,
};

/* ---- TG415 ---- */

static void judge_preload(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                          const tlsg_header_field_t *field, const tlsg_header_hsts_t *hsts)
{
    int too_short = hsts->max_age < PRELOAD_MIN_AGE;
    if (!hsts->valid || !hsts->preload || hsts->max_age == 0 ||
        (hsts->include_subdomains && !too_short)) {
        return;
    }
    tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), NULL,
                    "\"preload\" without its conditions: %s%s%s",
                    hsts->include_subdomains ? "" : "includeSubDomains is missing",
                    !hsts->include_subdomains && too_short ? " and " : "",
                    too_short ? "max-age is below one year" : "");
}

static void preload_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_preload);
}

const tlsg_rule_t tlsg_rule_hsts_preload_unfit = {
    .id = "TG415",
    .name = "hsts-preload-unfit",
    .topic = "hsts",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "\"preload\" is asked for, but its conditions are not met",
    .why =
        "Browsers' preload list takes hosts whose header has max-age of a year or more, "
        "includeSubDomains and preload; without them the word has no effect. Anybody may submit a "
        "host that carries the word, and getting off the list takes months.",
    .fix = "Write \"max-age=63072000; includeSubDomains; preload\", or remove the word.",
    .bad = "Header always set Strict-Transport-Security \"max-age=63072000; preload\"\n",
    .good = "Header always set Strict-Transport-Security \"max-age=63072000; includeSubDomains; "
            "preload\"\n",
    .refs = { "hstspreload.org", "RFC 6797 section 12.3" },
    .check = preload_check,
};
