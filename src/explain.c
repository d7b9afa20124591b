/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "text.h"

#define TERMINAL 78 /* columns; two less than the narrowest terminal in use */
#define PAGE 100    /* columns of generated Markdown, as in the sources */

/* Where the fixtures of the examples stand in what people read. */
#define EXAMPLE_DIR "/etc/ssl/"

static void append(apr_array_header_t *parts, const char *text)
{
    APR_ARRAY_PUSH(parts, const char *) = text;
}

/* One paragraph, [start, end), in lines of at most `width` columns behind `indent`. */
static void wrap_paragraph(apr_pool_t *pool, apr_array_header_t *parts, const char *start,
                           const char *end, const char *indent, size_t width)
{
    size_t column = 0;
    while (start < end) {
        while (start < end && apr_isspace(*start)) {
            start++;
        }
        const char *word = start;
        while (start < end && !apr_isspace(*start)) {
            start++;
        }
        size_t len = (size_t)(start - word);
        if (len == 0) {
            break;
        }
        int is_first = column == 0;
        if (!is_first && column + 1 + len > width) {
            append(parts, "\n");
            is_first = 1;
        }
        append(parts, is_first ? indent : " ");
        append(parts, apr_pstrmemdup(pool, word, len));
        column = (is_first ? strlen(indent) : column + 1) + len;
    }
    append(parts, "\n");
}

/* Text wrapped anew; an empty line starts a new paragraph. */
static const char *wrap(apr_pool_t *pool, const char *text, const char *indent, size_t width)
{
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        end = end != NULL ? end : text + strlen(text);
        if (parts->nelts > 0) {
            append(parts, "\n");
        }
        wrap_paragraph(pool, parts, text, end, indent, width);
        text = end + strspn(end, "\n");
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

/* Length of "@name@" at the start of `text`, 0 when there is none. */
static size_t fixture_length(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    if (text[0] != '@') {
        return 0;
    }
    size_t name = strspn(text + 1, allowed);
    return name > 0 && text[1 + name] == '@' ? name + 2 : 0;
}

static const char *replace_fixtures(apr_pool_t *pool, const char *line)
{
    apr_array_header_t *parts = apr_array_make(pool, 4, sizeof(const char *));
    const char *plain = line;
    for (const char *at = line; *at != '\0';) {
        size_t len = fixture_length(at);
        if (len == 0) {
            at++;
            continue;
        }
        const char *name = apr_pstrmemdup(pool, at + 1, len - 2);
        append(parts, apr_pstrmemdup(pool, plain, (apr_size_t)(at - plain)));
        append(parts, EXAMPLE_DIR);
        append(parts, name);
        append(parts, strchr(name, '.') != NULL ? "" : ".pem");
        at += len;
        plain = at;
    }
    append(parts, plain);
    return apr_array_pstrcat(pool, parts, '\0');
}

static const char *context_comment(const char *marker)
{
    if (strcmp(marker, "%server") == 0) {
        return "# outside every <VirtualHost>:";
    }
    if (strcmp(marker, "%vhost") == 0) {
        return "# inside <VirtualHost *:443>:";
    }
    return "# all of it:";
}

const char *tlsg_explain_example(apr_pool_t *pool, const char *example, const char *indent)
{
    apr_array_header_t *parts = apr_array_make(pool, 16, sizeof(const char *));
    while (*example != '\0') {
        size_t len = strcspn(example, "\n");
        const char *line = apr_pstrmemdup(pool, example, len);
        if (line[0] == '%') {
            line = context_comment(line);
        }
        if (line[0] != '\0') {
            append(parts, indent);
        }
        append(parts, replace_fixtures(pool, line));
        append(parts, "\n");
        example += len + (example[len] == '\n');
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

const char *tlsg_explain_severity(apr_pool_t *pool, const tlsg_rule_t *rule)
{
    if (rule->policy != NULL) {
        return apr_psprintf(pool, "%s (%s only)", tlsg_severity_name(rule->severity), rule->policy);
    }
    const char *exceptions = "";
    const tlsg_policy_t *policy;
    for (int i = 0; (policy = tlsg_policy_at(i)) != NULL; i++) {
        tlsg_severity_t severity = tlsg_policy_severity(policy, rule);
        if (severity != rule->severity) {
            exceptions = apr_pstrcat(pool, exceptions, exceptions[0] != '\0' ? ", " : " (",
                                     policy->name, ": ", tlsg_severity_name(severity), NULL);
        }
    }
    return apr_pstrcat(pool, tlsg_severity_name(rule->severity), exceptions,
                       exceptions[0] != '\0' ? ")" : "", NULL);
}

static const char *scope_words(tlsg_scope_t scope)
{
    switch (scope) {
    case TLSG_PER_TLS:
        return "each virtual host with TLS";
    case TLSG_PER_VHOST:
        return "each virtual host";
    case TLSG_PER_SERVER:
        break;
    }
    return "the server as a whole";
}

static const char *needs_words(unsigned needs)
{
    int effective = (needs & TLSG_NEEDS_EFFECTIVE) != 0;
    int cert = (needs & TLSG_NEEDS_CERT) != 0;
    return effective && cert ? "the TLS settings in effect and the certificate"
           : effective       ? "the TLS settings in effect"
           : cert            ? "the certificate"
                             : "the configuration";
}

/* What a finding means beyond its severity, NULL when nothing. */
static const char *consequence(unsigned flags)
{
    if ((flags & TLSG_BLOCKS_START) != 0) {
        return "The server will not start.";
    }
    if ((flags & TLSG_TIME_ONLY) != 0) {
        return "The clock alone can bring it about, so it never changes an exit status by itself.";
    }
    return NULL;
}

const char *tlsg_explain_text(apr_pool_t *pool, const tlsg_rule_t *rule)
{
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));
    const char *after = consequence(rule->flags);
    append(parts, apr_psprintf(pool, "%s %s: %s\n", rule->id, rule->name,
                               tlsg_explain_severity(pool, rule)));
    append(parts, wrap(pool, apr_pstrcat(pool, rule->summary, ".", NULL), "  ", TERMINAL));
    append(parts, "\n");
    append(parts, wrap(pool, rule->why, "  ", TERMINAL));
    if (after != NULL) {
        append(parts, "\n");
        append(parts, wrap(pool, after, "  ", TERMINAL));
    }
    append(parts, "\n");
    append(parts, wrap(pool, apr_pstrcat(pool, "Fix: ", rule->fix, NULL), "  ", TERMINAL));
    append(parts, "\n  Found:\n");
    append(parts, tlsg_explain_example(pool, rule->bad, "      "));
    append(parts, "  Not found:\n");
    append(parts, tlsg_explain_example(pool, rule->good, "      "));
    const char *judged = apr_psprintf(pool, "Judged for %s, from %s.", scope_words(rule->scope),
                                      needs_words(rule->needs));
    append(parts, "\n");
    append(parts, wrap(pool, judged, "  ", TERMINAL));
    for (int i = 0; rule->refs[i] != NULL; i++) {
        append(parts, i == 0 ? "  See " : ", ");
        append(parts, rule->refs[i]);
    }
    append(parts, rule->refs[0] != NULL ? ".\n" : "");
    return apr_array_pstrcat(pool, parts, '\0');
}

const char *tlsg_explain_escape(apr_pool_t *pool, const char *text)
{
    char *escaped = apr_palloc(pool, strlen(text) * 2 + 1);
    char *at = escaped;
    int in_code = 0;
    for (; *text != '\0'; text++) {
        in_code ^= *text == '`';
        if (!in_code && strchr("<*|[]\\", *text) != NULL) {
            *at++ = '\\';
        }
        *at++ = *text;
    }
    *at = '\0';
    return escaped;
}

/* "RFC 9325 section 3.1.1" as a link to it; other references as they are. */
static const char *reference(apr_pool_t *pool, const char *ref)
{
    static const char rfc[] = "RFC ";
    static const char section[] = " section ";
    const char *text = tlsg_explain_escape(pool, ref);
    if (strncmp(ref, rfc, sizeof rfc - 1) != 0) {
        return text;
    }
    const char *number = ref + sizeof rfc - 1;
    size_t digits = strspn(number, "0123456789");
    const char *url = apr_pstrcat(pool, "https://www.rfc-editor.org/rfc/rfc",
                                  apr_pstrmemdup(pool, number, digits), NULL);
    if (strncmp(number + digits, section, sizeof section - 1) == 0) {
        const char *where = number + digits + sizeof section - 1;
        size_t len = strspn(where, "0123456789.");
        url = apr_pstrcat(pool, url, "#section-", apr_pstrmemdup(pool, where, len), NULL);
    }
    return apr_psprintf(pool, "[%s](%s)", text, url);
}

static void append_page_example(apr_pool_t *pool, apr_array_header_t *parts, const char *title,
                                const char *example)
{
    append(parts, apr_pstrcat(pool, "\n", title, "\n\n```apache\n",
                              tlsg_explain_example(pool, example, ""), "```\n", NULL));
}

const char *tlsg_explain_paragraphs(apr_pool_t *pool, const char *text)
{
    return wrap(pool, tlsg_explain_escape(pool, text), "", PAGE);
}

const char *tlsg_explain_page(apr_pool_t *pool, const tlsg_rule_t *rule)
{
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));
    const char *after = consequence(rule->flags);
    append(parts, apr_psprintf(pool,
                               "<!-- Made by 'make docs' from the rule's record. -->\n"
                               "# %s %s\n\n%s.\n\n",
                               rule->id, rule->name, tlsg_explain_escape(pool, rule->summary)));
    append(parts, apr_psprintf(pool, "* Severity: %s\n* Topic: %s\n* Judged for %s, from %s\n\n",
                               tlsg_explain_severity(pool, rule), rule->topic,
                               scope_words(rule->scope), needs_words(rule->needs)));
    append(parts, "## Why it matters\n\n");
    append(parts, tlsg_explain_paragraphs(pool, rule->why));
    if (after != NULL) {
        append(parts, apr_pstrcat(pool, "\n", after, "\n", NULL));
    }
    append(parts, "\n## What to do\n\n");
    append(parts, tlsg_explain_paragraphs(pool, rule->fix));
    append_page_example(pool, parts, "Found:", rule->bad);
    append_page_example(pool, parts, "Not found:", rule->good);
    append(parts, "\n## References\n\n");
    for (int i = 0; rule->refs[i] != NULL; i++) {
        append(parts, apr_pstrcat(pool, "* ", reference(pool, rule->refs[i]), "\n", NULL));
    }
    return apr_array_pstrcat(pool, parts, '\0');
}
