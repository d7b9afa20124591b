/* SPDX-License-Identifier: Apache-2.0 */
/* Which responses of a virtual host a line inside <Directory>, <Location>, <Files>, <If> ...
 * applies to, and which part of the site comes from elsewhere. Reads the const model only.
 * Configuration time. */
#ifndef TLSG_REACH_H
#define TLSG_REACH_H

#include "http_facts.h"
#include "pattern.h"

/* The kinds of responses that httpd's sections and mod_headers treat differently. */
typedef enum tlsg_response_t {
    TLSG_RESPONSE_PAGE = 0, /* content of the site's root, status 200 */
    TLSG_RESPONSE_ERROR,    /* built-in error page for a path of the site */
    TLSG_RESPONSE_REDIRECT, /* by Redirect or RewriteRule, before a file is looked for */
    TLSG_RESPONSES
} tlsg_response_t;

/* Something that is the same throughout one way of looking at a request: decides what the
 * configuration leaves open. `key` names it; equal keys must get equal answers. */
typedef tlsg_tri_t tlsg_resolve_fn(void *baton, const char *key);

typedef struct tlsg_reach_t {
    tlsg_http_facts_t *facts;
    apr_pool_t *pool;
    tlsg_resolve_fn *resolve; /* NULL: open questions stay TLSG_MAYBE */
    void *baton;
    int depth;         /* of variables whose conditions name variables; starts at 0 */
    int is_part;       /* out: set when a section covers only a part of the site */
    unsigned mentions; /* out: TLSG_MENTIONS_ bits of condition.h */
} tlsg_reach_t;

/* Does a line in `section` (NULL: directly in the server) apply to that kind of response? */
tlsg_tri_t tlsg_reach_covers(tlsg_reach_t *scope, const tlsg_section_t *section,
                             tlsg_response_t response);

/* An expression, decided for the virtual host; used for expr= and SetEnvIfExpr. */
tlsg_tri_t tlsg_reach_condition(tlsg_reach_t *scope, const char *text, tlsg_response_t response);

/* httpd's order of sections: 0 outside of them, then directories, files, locations, <If>. */
int tlsg_reach_rank(const tlsg_section_t *section);

/* The line that hands the whole site to a backend or an application, NULL when httpd serves it
 * from files. */
const tlsg_directive_t *tlsg_reach_backend(tlsg_http_facts_t *facts);

/* First word of a section's argument without quotes; "~" is skipped and *is_regex set. */
const char *tlsg_reach_argument(apr_pool_t *pool, const tlsg_section_t *section, int *is_regex);

#endif
