/* SPDX-License-Identifier: Apache-2.0 */
/* One Header or RequestHeader directive, taken apart as mod_headers does it. Pure; httpd has
 * already accepted the line, so what does not parse is simply not a line. Any phase. */
#ifndef TLSG_HEADER_LINE_H
#define TLSG_HEADER_LINE_H

#include "model.h"

typedef enum tlsg_header_action_t {
    TLSG_HEADER_SET = 0,
    TLSG_HEADER_SETIFEMPTY,
    TLSG_HEADER_ADD,
    TLSG_HEADER_APPEND,
    TLSG_HEADER_MERGE,
    TLSG_HEADER_UNSET,
    TLSG_HEADER_ECHO,
    TLSG_HEADER_NOTE,
    TLSG_HEADER_EDIT,
    TLSG_HEADER_EDIT_ALL, /* "edit*" */
} tlsg_header_action_t;

typedef enum tlsg_header_table_t {
    TLSG_TABLE_ONSUCCESS = 0, /* headers_out: not sent with responses that httpd makes itself */
    TLSG_TABLE_ALWAYS,        /* err_headers_out: sent with every response */
    TLSG_TABLE_REQUEST,       /* RequestHeader */
} tlsg_header_table_t;

typedef enum tlsg_header_cond_t {
    TLSG_COND_NONE = 0,
    TLSG_COND_EARLY, /* no condition, but another time: before the request is mapped */
    TLSG_COND_ENV,
    TLSG_COND_EXPR,
} tlsg_header_cond_t;

typedef struct tlsg_header_line_t {
    const tlsg_directive_t *directive; /* where it stands, section included */
    tlsg_header_table_t table;
    tlsg_header_action_t action;
    const char *name;  /* without a colon */
    const char *value; /* as written; the regular expression for edit; NULL for unset and echo */
    const char *subst; /* edit only, NULL otherwise */
    tlsg_header_cond_t cond;
    const char *cond_text; /* behind "env=" ("!" included) or "expr="; NULL */
} tlsg_header_line_t;

/* The line, or NULL when the directive is none. In `pool`; texts are borrowed from the directive
 * where possible. */
const tlsg_header_line_t *tlsg_header_line_parse(apr_pool_t *pool,
                                                 const tlsg_directive_t *directive);

/* The value as it is sent, with "%%" resolved. NULL when a format or an expression makes it depend
 * on the request. */
const char *tlsg_header_line_literal(apr_pool_t *pool, const tlsg_header_line_t *line);

/* 1 when the action can put a field into its table that was not there: set, setifempty, add,
 * append, merge. */
int tlsg_header_line_puts(const tlsg_header_line_t *line);

#endif
