/* SPDX-License-Identifier: Apache-2.0 */
#include "header_line.h"

#include <string.h>

#include <apr_strings.h>

#include "text.h"

typedef struct action_name_t {
    const char *word;
    tlsg_header_action_t action;
} action_name_t;

static const action_name_t action_names[] = {
    { "set", TLSG_HEADER_SET },     { "setifempty", TLSG_HEADER_SETIFEMPTY },
    { "add", TLSG_HEADER_ADD },     { "append", TLSG_HEADER_APPEND },
    { "merge", TLSG_HEADER_MERGE }, { "unset", TLSG_HEADER_UNSET },
    { "echo", TLSG_HEADER_ECHO },   { "note", TLSG_HEADER_NOTE },
    { "edit", TLSG_HEADER_EDIT },   { "edit*", TLSG_HEADER_EDIT_ALL },
};

static int find_action(const char *word, tlsg_header_action_t *action)
{
    for (size_t i = 0; i < sizeof action_names / sizeof action_names[0]; i++) {
        if (tlsg_text_eq_nocase(action_names[i].word, word)) {
            *action = action_names[i].action;
            return 1;
        }
    }
    return 0;
}

/* Number of words between the header's name and the condition. */
static int operands(tlsg_header_action_t action)
{
    switch (action) {
    case TLSG_HEADER_UNSET:
    case TLSG_HEADER_ECHO:
        return 0;
    case TLSG_HEADER_EDIT:
    case TLSG_HEADER_EDIT_ALL:
        return 2;
    case TLSG_HEADER_SET:
    case TLSG_HEADER_SETIFEMPTY:
    case TLSG_HEADER_ADD:
    case TLSG_HEADER_APPEND:
    case TLSG_HEADER_MERGE:
    case TLSG_HEADER_NOTE:
        break;
    }
    return 1;
}

static void read_condition(tlsg_header_line_t *line, const char *word)
{
    if (tlsg_text_eq_nocase(word, "early")) {
        line->cond = TLSG_COND_EARLY;
    }
    else if (tlsg_text_has_prefix_nocase(word, "env=")) {
        line->cond = TLSG_COND_ENV;
        line->cond_text = word + 4;
    }
    else if (tlsg_text_has_prefix_nocase(word, "expr=")) {
        line->cond = TLSG_COND_EXPR;
        line->cond_text = word + 5;
    }
}

const tlsg_header_line_t *tlsg_header_line_parse(apr_pool_t *pool,
                                                 const tlsg_directive_t *directive)
{
    int is_request = tlsg_text_eq_nocase(directive->name, "RequestHeader");
    int at = 0;
    if (!is_request && !tlsg_text_eq_nocase(directive->name, "Header")) {
        return NULL;
    }
    tlsg_header_line_t *line = apr_pcalloc(pool, sizeof *line);
    line->directive = directive;
    line->table = is_request ? TLSG_TABLE_REQUEST : TLSG_TABLE_ONSUCCESS;
    if (!is_request && directive->argc > 0) {
        if (tlsg_text_eq_nocase(directive->argv[0], "always")) {
            line->table = TLSG_TABLE_ALWAYS;
            at = 1;
        }
        else if (tlsg_text_eq_nocase(directive->argv[0], "onsuccess")) {
            at = 1;
        }
    }
    if (at >= directive->argc || !find_action(directive->argv[at], &line->action)) {
        return NULL;
    }
    int wanted = operands(line->action);
    if (directive->argc < at + 2 + wanted) {
        return NULL;
    }
    const char *name = directive->argv[at + 1];
    const char *colon = strchr(name, ':');
    line->name = colon != NULL ? apr_pstrmemdup(pool, name, (apr_size_t)(colon - name)) : name;
    line->value = wanted > 0 ? directive->argv[at + 2] : NULL;
    line->subst = wanted > 1 ? directive->argv[at + 3] : NULL;
    if (directive->argc > at + 2 + wanted) {
        read_condition(line, directive->argv[at + 2 + wanted]);
    }
    return line;
}

const char *tlsg_header_line_literal(apr_pool_t *pool, const tlsg_header_line_t *line)
{
    if (line->value == NULL || tlsg_text_has_prefix_nocase(line->value, "expr=")) {
        return NULL;
    }
    if (strchr(line->value, '%') == NULL) {
        return line->value;
    }
    char *text = apr_pstrdup(pool, line->value);
    char *to = text;
    for (const char *from = line->value; *from != '\0'; from++) {
        if (*from == '%') {
            if (from[1] != '%') {
                return NULL;
            }
            from++;
        }
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

int tlsg_header_line_puts(const tlsg_header_line_t *line)
{
    switch (line->action) {
    case TLSG_HEADER_SET:
    case TLSG_HEADER_SETIFEMPTY:
    case TLSG_HEADER_ADD:
    case TLSG_HEADER_APPEND:
    case TLSG_HEADER_MERGE:
        return 1;
    case TLSG_HEADER_UNSET:
    case TLSG_HEADER_ECHO:
    case TLSG_HEADER_NOTE:
    case TLSG_HEADER_EDIT:
    case TLSG_HEADER_EDIT_ALL:
        break;
    }
    return 0;
}
