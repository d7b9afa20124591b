/* SPDX-License-Identifier: Apache-2.0 */
/* What this module's own directives do to a response header, as far as the audit asks: which line
 * makes the module add it, with which value, and what holds inside a section. Reads the const model
 * only. Configuration time. */
#ifndef TLSG_HEADER_MODULE_H
#define TLSG_HEADER_MODULE_H

#include "http_facts.h"

/* The last line outside of sections that decides about `name` (any case): TLSGuardHSTS,
 * TLSGuardPins, TLSGuardHeader for that name, else TLSGuardHeaders. NULL without any. */
const tlsg_directive_t *tlsg_header_module_line(const tlsg_http_facts_t *facts, const char *name);

/* The header that a TLSGuardHeader line is about, in `pool`; NULL for other lines and in sections. */
const char *tlsg_header_module_name(apr_pool_t *pool, const tlsg_directive_t *line);

/* The value that the module adds outside of sections; NULL when it adds none, or one that is not
 * known before a start (pins). Borrowed from the settings. */
const char *tlsg_header_module_value(const tlsg_http_facts_t *facts, const char *name);

/* A Header line that does what `directive` (tlsg_header_module_line()) makes the module do outside of
 * sections: its value on all responses that lack the header. NULL when the value is not known, or
 * `directive` is NULL. In `pool`, which must live as long as the model. */
const tlsg_header_line_t *tlsg_header_module_stand_in(apr_pool_t *pool,
                                                      const tlsg_http_facts_t *facts,
                                                      const tlsg_directive_t *directive,
                                                      const char *name);

/* 1 when the module, by what holds inside `section` (NULL: outside of all), adds `name` to
 * responses that lack it. Header lines are not considered. Works in `pool`. */
int tlsg_header_module_adds(apr_pool_t *pool, tlsg_http_facts_t *facts,
                            const tlsg_section_t *section, const char *name);

#endif
