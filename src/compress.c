/* SPDX-License-Identifier: Apache-2.0 */
#include "compress.h"

#include <string.h>

#include <apr_strings.h>

#include "env.h"
#include "inject.h"
#include "text.h"

enum {
    DEFLATE = 1,
    BROTLI = 2
};

/* Filters that a word like "BROTLI_COMPRESS;DEFLATE" names. */
static unsigned filters_in(const char *word)
{
    unsigned found = 0;
    while (*word != '\0') {
        size_t len = strcspn(word, ";");
        found |= len == 7 && tlsg_text_has_prefix_nocase(word, "DEFLATE") ? (unsigned)DEFLATE : 0U;
        found |= len == 15 && tlsg_text_has_prefix_nocase(word, "BROTLI_COMPRESS")
                     ? (unsigned)BROTLI
                     : 0U;
        word += len + (word[len] == ';');
    }
    return found;
}

static int is_document_type(const char *type)
{
    return tlsg_text_has_prefix_nocase(type, "text/html") ||
           tlsg_text_has_prefix_nocase(type, "application/xhtml") ||
           tlsg_text_eq_nocase(type, "text/*");
}

static int is_document_suffix(const char *suffix)
{
    static const char *const suffixes[] = { "html", "htm", "php", "shtml", "xhtml", "cgi", "pl" };
    suffix += *suffix == '.';
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (tlsg_text_eq_nocase(suffix, suffixes[i])) {
            return 1;
        }
    }
    return 0;
}

/* Does a FilterProvider expression such as "%{CONTENT_TYPE} =~ m#^text/#" let documents in?
 * "text/css" does not. */
static int names_documents(const char *expression)
{
    const char *text = tlsg_text_find_nocase(expression, "text/");
    return tlsg_text_find_nocase(expression, "html") != NULL ||
           (text != NULL && strchr("#/.*|)'\"$", text[5]) != NULL);
}

/* Compressing filters that a line puts on documents. */
static unsigned filters_on_documents(const tlsg_directive_t *directive)
{
    const char *const *argv = directive->argv;
    int argc = directive->argc;
    if (tlsg_text_eq_nocase(directive->name, "SetOutputFilter")) {
        return argc > 0 ? filters_in(argv[0]) : 0;
    }
    if (tlsg_text_eq_nocase(directive->name, "FilterProvider")) {
        return argc > 2 && names_documents(argv[2]) ? filters_in(argv[1]) : 0;
    }
    int by_type = tlsg_text_eq_nocase(directive->name, "AddOutputFilterByType");
    if (!by_type && !tlsg_text_eq_nocase(directive->name, "AddOutputFilter")) {
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (by_type ? is_document_type(argv[i]) : is_document_suffix(argv[i])) {
            return filters_in(argv[0]);
        }
    }
    return 0;
}

/* A <Location> holds documents like the rest of the site; <Files "*.css"> does not. */
static int reaches_documents(tlsg_reach_t *scope, const tlsg_section_t *section)
{
    scope->is_part = 0;
    if (tlsg_reach_covers(scope, section, TLSG_RESPONSE_PAGE) != TLSG_NO) {
        return 1;
    }
    for (; section != NULL && scope->is_part; section = section->parent) {
        if (tlsg_text_has_prefix_nocase(section->kind, "files") ||
            tlsg_text_eq_nocase(section->kind, "if")) {
            return 0;
        }
    }
    return scope->is_part;
}

/* Does the test of a SetEnvIf line ask whether the request may carry a secret or comes from
 * another site? */
static int asks_for_secret(const tlsg_directive_t *directive)
{
    static const char *const signs[] = { "Cookie", "Referer", "Origin", "Sec-Fetch",
                                         "Authorization" };
    for (size_t i = 0; directive->argc > 0 && i < sizeof signs / sizeof signs[0]; i++) {
        if (tlsg_text_find_nocase(directive->argv[0], signs[i]) != NULL) {
            return 1;
        }
    }
    return 0;
}

static const char *const switch_names[] = { "no-gzip", "no-brotli" };

/* Filters that an environment variable keeps off: always (returned), or where a secret is likely.
 */
static unsigned filters_shut(tlsg_reach_t *scope, tlsg_compress_t *found, unsigned *gated)
{
    unsigned shut = 0;
    for (unsigned i = 0; i < 2; i++) {
        tlsg_tri_t set = tlsg_env_is_set(scope, switch_names[i], TLSG_RESPONSE_PAGE, NULL, NULL);
        const tlsg_directive_t *source = tlsg_env_source(scope, switch_names[i]);
        if (set == TLSG_YES) {
            shut |= 1U << i;
            found->shut = source;
        }
        else if (set == TLSG_MAYBE && source != NULL) {
            if (asks_for_secret(source)) {
                found->gated = source;
                *gated |= 1U << i;
            }
            else {
                found->partly = source;
            }
        }
    }
    return shut;
}

static void look_for_plain_requests(tlsg_reach_t *scope, tlsg_compress_t *found)
{
    const tlsg_header_line_t *line;
    for (int at = 0; (line = tlsg_http_facts_line(scope->facts, &at)) != NULL;) {
        if (line->table != TLSG_TABLE_REQUEST || line->action == TLSG_HEADER_ADD ||
            !tlsg_text_eq_nocase(line->name, "Accept-Encoding")) {
            continue;
        }
        tlsg_tri_t holds = line->cond == TLSG_COND_EXPR
                               ? tlsg_reach_condition(scope, line->cond_text, TLSG_RESPONSE_PAGE)
                           : line->cond == TLSG_COND_ENV ? TLSG_MAYBE
                                                         : TLSG_YES;
        if (holds == TLSG_YES &&
            tlsg_reach_covers(scope, line->directive->section, TLSG_RESPONSE_PAGE) == TLSG_YES) {
            found->backend_is_asked_plain = 1;
            found->shut = line->directive;
        }
    }
}

/* Any content from elsewhere counts, not only a backend for the whole site. */
static const tlsg_directive_t *find_backend(tlsg_http_facts_t *facts)
{
    const tlsg_directive_t *directive;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_BACKEND, &at)) != NULL;) {
        if (tlsg_text_has_prefix_nocase(directive->name, "ProxyPass") && directive->argc > 0 &&
            strcmp(directive->argv[directive->argc > 1 ? 1 : 0], "!") != 0) {
            return directive;
        }
    }
    return tlsg_reach_backend(facts);
}

/* TLSGuardCompression does at request time what the other lines are looked at for. */
static int module_guards(const tlsg_vhost_t *vhost)
{
    const tlsg_conf_t *conf = vhost->conf;
    return conf != NULL && conf->compression != NULL &&
           conf->compression->mode != TLSG_COMPRESS_ALLOW;
}

static tlsg_compress_t *find(tlsg_http_facts_t *facts)
{
    tlsg_compress_t *found = apr_pcalloc(facts->model->pool, sizeof *found);
    tlsg_reach_t scope = { .facts = facts,
                           .pool = tlsg_http_facts_scratch(facts->model, TLSG_SCRATCH_QUESTION) };
    const tlsg_directive_t *directive;
    unsigned gated = 0;
    unsigned shut = filters_shut(&scope, found, &gated);
    look_for_plain_requests(&scope, found);
    if (found->backend_is_asked_plain) {
        shut = DEFLATE | BROTLI;
    }
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_FILTER, &at)) != NULL;) {
        unsigned open = filters_on_documents(directive) & ~shut;
        if (open == 0 || !reaches_documents(&scope, directive->section)) {
            continue;
        }
        if ((open & ~gated) != 0 && found->gated != NULL) {
            found->partly = found->gated; /* it names one filter, the other goes on */
            found->gated = NULL;
            found->html = directive;
        }
        if (found->html == NULL) {
            found->html = directive;
        }
    }
    found->backend = find_backend(facts);
    if (module_guards(facts->vhost)) {
        found->html = NULL;
        found->backend_is_asked_plain = 1;
    }
    return found;
}

const tlsg_compress_t *tlsg_compress_find(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    if (facts->answers->compress == NULL) {
        facts->answers->compress = find(facts);
    }
    return facts->answers->compress;
}

tlsg_answer_t tlsg_compress_answer(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    const tlsg_compress_t *found = tlsg_compress_find(model, vhost);
    if (found->html != NULL && found->gated == NULL) {
        return (tlsg_answer_t){ TLSG_ANSWER_NO, "documents are compressed" };
    }
    if (found->backend != NULL && !found->backend_is_asked_plain) {
        return (tlsg_answer_t){ TLSG_ANSWER_UNKNOWN, "the backend may compress" };
    }
    return (tlsg_answer_t){ TLSG_ANSWER_OK, NULL };
}
