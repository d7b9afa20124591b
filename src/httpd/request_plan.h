/* SPDX-License-Identifier: Apache-2.0 */
/* Which plan a request follows, and what the parts of the request path share. */
#ifndef TLSG_REQUEST_PLAN_H
#define TLSG_REQUEST_PLAN_H

#include <httpd.h>

#include "inject.h"

/* What the requests of one server share; made at start, then only read. */
typedef struct tlsg_served_t {
    tlsg_inject_server_t shared;
    const void *dir;         /* the per-directory record of requests outside all sections */
    const tlsg_plan_t *plan; /* theirs */
} tlsg_served_t;

/* The plan of a request; NULL before the server is ready. A plan of a section lives as long as the
 * request. */
const tlsg_plan_t *tlsg_request_plan_of(request_rec *r);

/* 1 when the request came over TLS, or over a TLS terminator that the plan trusts. */
int tlsg_request_plan_is_tls(const request_rec *r, const tlsg_plan_t *plan);

/* 1 when httpd itself makes the response, from a file or from nothing: no backend, no program. From
 * the fixups on. */
int tlsg_request_plan_is_file(const request_rec *r);

/* 1 when one of the compiled expressions (tlsg_inject_except_t) matches. `text` need not end. */
int tlsg_request_plan_excepts(const apr_array_header_t *except, const char *text, apr_size_t len);

#endif
