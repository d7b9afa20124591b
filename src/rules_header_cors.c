/* SPDX-License-Identifier: Apache-2.0 */
/* TG438: sharing responses with other sites' scripts together with the visitor's cookies (CORS). */
#include <string.h>

#include <apr_strings.h>

#include "rules_header.h"
#include "text.h"

/* An origin that no list of trusted ones names. */
static const char stranger[] = "https://k9q.invalid";

static int is_header(const tlsg_header_line_t *line, const char *name)
{
    return line->table != TLSG_TABLE_REQUEST && tlsg_header_line_puts(line) &&
           tlsg_text_eq_nocase(line->name, name);
}

/* Lines of one section, or one of them for the whole server. */
static int go_together(const tlsg_header_line_t *a, const tlsg_header_line_t *b)
{
    const tlsg_section_t *one = a->directive->section;
    const tlsg_section_t *other = b->directive->section;
    return one == other || one == NULL || other == NULL;
}

/* The line that sends "Access-Control-Allow-Credentials: true" along with `origin`, NULL. The word
 * is case-sensitive (Fetch standard, "CORS check"). */
static const tlsg_header_line_t *credentials_beside(apr_pool_t *pool,
                                                    const tlsg_http_facts_t *facts,
                                                    const tlsg_header_line_t *origin)
{
    const tlsg_header_line_t *line;
    for (int at = 0; (line = tlsg_http_facts_line(facts, &at)) != NULL;) {
        if (!is_header(line, "Access-Control-Allow-Credentials") || !go_together(line, origin)) {
            continue;
        }
        const char *value = tlsg_header_line_literal(pool, line);
        if (value != NULL && strcmp(value, "true") == 0) {
            return line;
        }
    }
    return NULL;
}

/* The SetEnvIf line that puts a stranger's Origin into the variable, NULL. */
static const tlsg_directive_t *copied_by(apr_pool_t *pool, const tlsg_http_facts_t *facts,
                                         const char *variable)
{
    size_t len = strlen(variable);
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_ENV, &at)) != NULL;) {
        int nocase = tlsg_text_eq_nocase(directive->name, "SetEnvIfNoCase");
        if ((!nocase && !tlsg_text_eq_nocase(directive->name, "SetEnvIf")) || directive->argc < 3 ||
            !tlsg_text_eq_nocase(directive->argv[0], "Origin") ||
            tlsg_pattern_match(pool, directive->argv[1], nocase, stranger, NULL) != TLSG_YES) {
            continue;
        }
        for (int i = 2; i < directive->argc; i++) {
            const char *word = directive->argv[i];
            if (strncmp(word, variable, len) == 0 && word[len] == '=' && word[len + 1] == '$') {
                return directive;
            }
        }
    }
    return NULL;
}

/* 1 when the line sends back whatever Origin the request names; *by receives the line that copies
 * it, NULL when it is the same one. */
static int sends_back(apr_pool_t *pool, const tlsg_http_facts_t *facts,
                      const tlsg_header_line_t *line, const tlsg_directive_t **by)
{
    *by = NULL;
    if (tlsg_text_has_prefix_nocase(line->value, "expr=")) {
        return line->cond == TLSG_COND_NONE &&
               (tlsg_text_eq_nocase(line->value + 5, "%{req:Origin}") ||
                tlsg_text_eq_nocase(line->value + 5, "%{HTTP:Origin}"));
    }
    size_t len = strlen(line->value);
    if (len < 5 || strncmp(line->value, "%{", 2) != 0 || strcmp(line->value + len - 2, "}e") != 0) {
        return 0;
    }
    *by = copied_by(pool, facts, apr_pstrmemdup(pool, line->value + 2, len - 4));
    return *by != NULL;
}

static void credentials_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    const tlsg_header_line_t *line;
    for (int at = 0; (line = tlsg_http_facts_line(facts, &at)) != NULL;) {
        if (!is_header(line, "Access-Control-Allow-Origin")) {
            continue;
        }
        const char *value = tlsg_header_line_literal(pool, line);
        const tlsg_directive_t *by = NULL;
        int is_any = value != NULL && strcmp(value, "*") == 0;
        const tlsg_header_line_t *beside =
            is_any || (value == NULL && sends_back(pool, facts, line, &by))
                ? credentials_beside(pool, facts, line)
                : NULL;
        if (beside == NULL) {
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &line->directive->origin, NULL,
            is_any
                ? "\"*\" does not go with credentials: browsers refuse every answer to a request "
                  "with cookies"
                : "any site's scripts may read answers to requests with the visitor's cookies: "
                  "the Origin of the request is sent back unchecked");
        tlsg_finding_relate(out, finding, &beside->directive->origin,
                            "credentials are allowed here");
        if (by != NULL) {
            tlsg_finding_relate(out, finding, &by->origin, "every Origin is copied here");
        }
    }
}

const tlsg_rule_t tlsg_rule_cors_credentials = {
    .id = "TG438",
    .name = "cors-any-origin-with-credentials",
    .topic = "headers",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Every origin is allowed together with credentials",
    .why =
        "Access-Control-Allow-Credentials lets scripts of another site read what only the "
        "logged-in visitor may see. With \"*\" browsers refuse it; with the request's own Origin "
        "sent back every site on the web may do it.",
    .fix = "Name the origins that may: SetEnvIf Origin \"^https://app\\.example\\.com$\" "
           "ALLOWED=$0, and send %{ALLOWED}e with env=ALLOWED; or drop the credentials.",
    .bad = "SetEnvIf Origin \"(.+)\" ORIGIN=$1\n"
           "Header always set Access-Control-Allow-Origin \"%{ORIGIN}e\" env=ORIGIN\n"
           "Header always set Access-Control-Allow-Credentials \"true\"\n",
    .good = "SetEnvIf Origin \"^https://app\\.example\\.com$\" ORIGIN=$0\n"
            "Header always set Access-Control-Allow-Origin \"%{ORIGIN}e\" env=ORIGIN\n"
            "Header always set Access-Control-Allow-Credentials \"true\"\n",
    .refs = { "Fetch standard" },
    .check = credentials_check,
};
