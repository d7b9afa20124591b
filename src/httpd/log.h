/* SPDX-License-Identifier: Apache-2.0 */
/* Where findings go: stderr under -t, the error log at start, dumps on stdout. */
#ifndef TLSG_LOG_H
#define TLSG_LOG_H

#include <httpd.h>

#include "model.h"
#include "report.h"

/* -D DUMP_TLSGUARD or DUMP_TLSGUARD_JSON: writes the report to stdout, nothing else there; returns
 * 1 when a dump was asked for, then stderr stays free of it. */
int tlsg_log_dump(const tlsg_model_t *model, const tlsg_report_t *report);

/* -D DUMP_TLSGUARD_RULES: writes the explanations of all rules to stdout; returns 1 when they were asked
 * for. */
int tlsg_log_rules(apr_pool_t *pool);

/* The report on stderr, compiler style. */
void tlsg_log_terminal(const tlsg_model_t *model, const tlsg_report_t *report);

/* The findings in the error log of the main server, once per start; at a reload one summary line
 * and the findings that were not there at the previous one. `process_pool` remembers them across
 * reloads. */
void tlsg_log_server(const tlsg_model_t *model, const tlsg_report_t *report, server_rec *s,
                     apr_pool_t *process_pool);

/* Keeps the terminal of a first start, whose stderr httpd sends to the error log before the verdict
 * falls. Call in check_config of the first pass; closed with `pconf`. */
void tlsg_log_keep_terminal(apr_pool_t *pconf);

/* Says in the error log and, where tlsg_log_keep_terminal() ran, on the terminal why a start is
 * refused. */
void tlsg_log_refused(const server_rec *s, const char *text);

/* The same for a verdict: the findings, too. */
void tlsg_log_refusal(const tlsg_model_t *model, const tlsg_report_t *report, int count,
                      const server_rec *s);

#endif
