/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration does to one response header of one virtual host: sent, not sent or not
 * decidable, on which responses, with which values, and which lines bring it about. Follows
 * mod_headers: its two tables, its order of sections, its conditions. Reads the const model only
 * (and DocumentRoot/.htaccess where AllowOverride lets it in); judges nothing. Configuration
 * time, one thread: what was worked out for a virtual host is kept with the model. */
#ifndef TLSG_HEADER_EVAL_H
#define TLSG_HEADER_EVAL_H

#include "header_line.h"
#include "model.h"
#include "reach.h"

typedef enum tlsg_sent_t {
    TLSG_SENT_NO = 0,
    TLSG_SENT_YES,
    TLSG_SENT_MAYBE, /* depends on something the configuration does not tell */
} tlsg_sent_t;

/* A field that is sent in at least one way of meeting the conditions. */
typedef struct tlsg_header_field_t {
    const char *value;              /* NULL: not known before a request (%{...}e, expr=, edit) */
    const tlsg_header_line_t *line; /* gave it its last form; NULL: not a Header line */
    const tlsg_header_line_t *from; /* first put it there; == line but for append, merge, edit */
    int is_always;                  /* in the "always" table */
    const struct tlsg_header_hsts_t *hsts; /* the value read as HSTS (header_value.h); NULL: not
                                              that header, or no value */
} tlsg_header_field_t;

typedef struct tlsg_header_outcome_t {
    apr_array_header_t *lines; /* const tlsg_header_line_t *: all, in order of effect */
    tlsg_sent_t sent[TLSG_RESPONSES];
    apr_array_header_t *fields;               /* tlsg_header_field_t: each different one once */
    tlsg_sent_t doubled;                      /* a page carries the field twice */
    const tlsg_header_line_t *doubled_first;  /* the two lines when doubled */
    const tlsg_header_line_t *doubled_second; /* the later one; NULL: no Header line */
    const tlsg_header_line_t *unset; /* took away what was there, so that pages lack it; NULL */
    apr_array_header_t *never;       /* lines that would set it: condition or <If> never holds */
    apr_array_header_t *late;        /* the same: not yet true on redirects (env=HTTPS) */
    apr_array_header_t *partial;   /* the same: in a section that covers a part of the site only */
    apr_array_header_t *sectioned; /* the same: in a section that early redirects miss */
    apr_array_header_t *optional;  /* the same: the condition depends on the request */
    int in_htaccess;               /* DocumentRoot/.htaccess is in force and sets it */
    int htaccess_unknown;          /* it is in force and could not be read */
    int backend;                   /* the whole site comes from a backend, which may send it */
    int backend_removed;           /* and its field is taken off or replaced */
    const tlsg_directive_t *managed; /* MDRequireHttps: mod_md sends HSTS; NULL */
    int by_module; /* this module will add it where it is missing; when the value is known
                              and some response lacks the header, the last field is the module's */
    const tlsg_directive_t *module_line; /* the directive that makes it; NULL unless by_module */
} tlsg_header_outcome_t;

/* Outcome for a header name (any case, without colon; it must live as long as the model). Never
 * NULL; lives as long as the model's pool and is worked out once per virtual host and name. */
const tlsg_header_outcome_t *tlsg_header_eval(const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                                              const char *name);

#endif
