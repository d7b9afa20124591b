/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of one virtual host that decide about its responses, sorted by kind in one pass
 * and kept with the model: rules ask many questions, 10,000 virtual hosts inherit the same
 * lines. Configuration time, one thread. */
#ifndef TLSG_HTTP_FACTS_H
#define TLSG_HTTP_FACTS_H

#include "header_line.h"
#include "model.h"
#include "names.h"

typedef enum tlsg_http_kind_t {
    TLSG_HTTP_HEADER = 0, /* Header, RequestHeader: see lines */
    TLSG_HTTP_ENV,        /* SetEnv, SetEnvIf ... */
    TLSG_HTTP_REWRITE,    /* RewriteEngine, RewriteCond, RewriteRule, RewriteOptions */
    TLSG_HTTP_REDIRECT,   /* mod_alias */
    TLSG_HTTP_FILTER,     /* output filters */
    TLSG_HTTP_ACCESS,     /* Require, Deny, ... */
    TLSG_HTTP_BACKEND,    /* ProxyPass, SetHandler, WSGIScriptAlias, ... */
    TLSG_HTTP_ROOT,       /* DocumentRoot */
    TLSG_HTTP_OVERRIDE,   /* AllowOverride, AccessFileName, ... */
    TLSG_HTTP_MANAGED,    /* MDRequireHttps */
    TLSG_HTTP_COOKIE,     /* cookies that httpd's own modules set */
    TLSG_HTTP_IF,         /* <If>, <ElseIf>, <Else> */
    TLSG_HTTP_DISCLOSURE, /* ServerTokens, ServerSignature, TraceEnable */
    TLSG_HTTP_MODULE,     /* this module's directives about headers */
    TLSG_HTTP_KINDS
} tlsg_http_kind_t;

/* What was worked out from the lines about responses alone, whatever the virtual host's name. */
typedef struct tlsg_http_answers_t {
    apr_hash_t *outcomes; /* header_eval.h keeps its results here: name -> outcome */
    const char *last_name;    /* the one asked for last, since rules ask for one name in a row */
    const void *last_outcome; /* and its outcome */
    void *htaccess;       /* htaccess.h */
    void *compress;       /* compress.h */
    const tlsg_directive_t *backend; /* reach.h keeps its answer here */
    int backend_known;
} tlsg_http_answers_t;

typedef struct tlsg_http_facts_t tlsg_http_facts_t;
struct tlsg_http_facts_t {
    const tlsg_model_t *model;
    const tlsg_vhost_t *vhost;
    const tlsg_http_facts_t *base; /* of the main server; NULL for the main server itself */
    apr_array_header_t *lists[TLSG_HTTP_KINDS]; /* const tlsg_directive_t *, own; NULL: none */
    apr_array_header_t *lines; /* const tlsg_header_line_t *, own ones; NULL when there is none */
    apr_array_header_t *empty; /* one for all: lists with nothing in them */
    tlsg_http_answers_t *answers; /* shared by virtual hosts that differ in nothing they need */
    void *redirects;           /* redirect.h keeps its results here, */
    void *names;               /* and here, in the main server's facts */
    void *siblings;            /* siblings.h, in the main server's facts */
    int serves_nothing;        /* 0 not asked yet, 1 no, 2 yes */
    int name_kind;             /* tlsg_http_facts_name_kind() keeps its answer here, plus 1 */
};

/* The facts of a virtual host; gathered on the first call, kept in model->pool. Never NULL. */
tlsg_http_facts_t *tlsg_http_facts_get(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

typedef enum tlsg_scratch_t {
    TLSG_SCRATCH_QUESTION = 0, /* header_eval.h, redirect.h */
    TLSG_SCRATCH_RULE,         /* a rule that asks them */
    TLSG_SCRATCHES
} tlsg_scratch_t;

/* A pool for the working of one question or rule, empty when taken. Each has one user at a time: no
 * question asks another one that takes it. */
apr_pool_t *tlsg_http_facts_scratch(const tlsg_model_t *model, tlsg_scratch_t which);

/* Next directive of a kind, the main server's first, then the virtual host's own; start with *at
 * == 0; NULL at the end.
 * */
const tlsg_directive_t *tlsg_http_facts_next(const tlsg_http_facts_t *facts, tlsg_http_kind_t kind,
                                             int *at);

/* The same for header lines. */
const tlsg_header_line_t *tlsg_http_facts_line(const tlsg_http_facts_t *facts, int *at);

/* What kind of name the virtual host's server name is; asked by many rules. */
tlsg_name_kind_t tlsg_http_facts_name_kind(tlsg_http_facts_t *facts);

/* 1 when the directive stands in the main server, not in the virtual host. */
int tlsg_http_facts_is_inherited(const tlsg_http_facts_t *facts, const tlsg_directive_t *directive);

/* DocumentRoot in force as an absolute path without a trailing slash ("" for the root
 * directory), NULL when it is not configured or has no known base. In `pool`. */
const char *tlsg_http_facts_root(apr_pool_t *pool, const tlsg_http_facts_t *facts);

#endif
