/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted report as text for people or JSON for programs. Renderers never judge and never
 * print. Everything that comes from configuration or certificates is made printable. */
#ifndef TLSG_RENDER_H
#define TLSG_RENDER_H

#include <stddef.h>

#include <apr_pools.h>
#include <apr_tables.h>

#include "report.h"

typedef enum tlsg_line_kind_t {
    TLSG_LINE_FINDING,   /* "file:line: severity: message [id name]" */
    TLSG_LINE_DETAIL,    /* indented, belongs to the finding above */
    TLSG_LINE_UNKNOWN,   /* "not evaluated: ..." */
    TLSG_LINE_CHECKLIST, /* "checklist ..." */
    TLSG_LINE_SUMMARY,   /* the last line */
} tlsg_line_kind_t;

typedef struct tlsg_line_t {
    tlsg_line_kind_t kind;
    tlsg_severity_t severity; /* of the finding it belongs to; TLSG_OFF for the other kinds */
    const char *text;         /* without line end */
} tlsg_line_t;

/* Compiler style, one tlsg_line_t per line, in `pool`. Paths inside `base` (the working
 * directory or ServerRoot, NULL: none) are shown relative to it. Reads configuration files to
 * show the first line of directives joined by backslashes. */
apr_array_header_t *tlsg_render_text(apr_pool_t *pool, const tlsg_model_t *model,
                                     const tlsg_report_t *report, const char *base);

/* The last line alone: "3 virtual hosts with TLS, 2 configurations: 1 error, 2 warnings, 7
 * notices". */
const char *tlsg_render_summary(apr_pool_t *pool, const tlsg_model_t *model,
                                const tlsg_report_t *report);

/* Receives a part of the document; 0: go on, other: stop. */
typedef int tlsg_sink_fn(void *baton, const char *data, size_t len);

/* One JSON document with a final line end, schema "tlsguard-report/1" (docs/report.schema.json).
 * Always valid UTF-8. Returns 0, or -1 when memory ran out or the sink stopped. */
int tlsg_render_json(apr_pool_t *pool, const tlsg_model_t *model, const tlsg_report_t *report,
                     tlsg_sink_fn *sink, void *baton);

#endif
