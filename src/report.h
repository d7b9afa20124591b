/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: added by rules, grouped by cause, sorted by severity and place. One finding per rule
 * and cause: a line that 400 virtual hosts inherit is one finding with 400 names. */
#ifndef TLSG_REPORT_H
#define TLSG_REPORT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "model.h"

struct tlsg_rule_t;

typedef struct tlsg_related_t {
    tlsg_origin_t origin;
    const char *message;
} tlsg_related_t;

typedef struct tlsg_finding_t {
    const struct tlsg_rule_t *rule;
    tlsg_severity_t severity;
    const char *message;
    const char *fix;
    tlsg_origin_t origin;
    apr_array_header_t *vhosts;  /* const tlsg_vhost_t *; empty: the server as a whole */
    apr_array_header_t *related; /* tlsg_related_t */
    int order;                   /* in which they were added */
} tlsg_finding_t;

/* A rule that could not be decided for some virtual hosts, and why. */
typedef struct tlsg_unknown_t {
    const struct tlsg_rule_t *rule;
    const char *reason;
    apr_array_header_t *vhosts; /* const tlsg_vhost_t * */
    int order;                  /* in which they were added */
} tlsg_unknown_t;

typedef struct tlsg_report_t tlsg_report_t;

/* An empty report; everything in it lives in `pool`. */
tlsg_report_t *tlsg_report_make(apr_pool_t *pool);
apr_pool_t *tlsg_report_pool(tlsg_report_t *report);

/* Adds a finding at the place of `origin` (copied; NULL or without file: no place). Findings with
 * equal rule, place, subject and severity become one; the first message stays. `subject` tells
 * several causes on one line apart (a cipher name), NULL otherwise. `vhost` NULL, or the main server
 * with PER_SERVER rules: the server as a whole. Returns the finding, never NULL; when the virtual
 * host's policy switches the rule off it is a scratch finding that is not part of the report and
 * serves until the next one is added. */
tlsg_finding_t *tlsg_report_add(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                const tlsg_vhost_t *vhost, const tlsg_origin_t *origin,
                                const char *subject, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* The same with a severity other than the policy's (still TLSG_OFF when the policy switches the
 * rule off). */
tlsg_finding_t *tlsg_report_add_as(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                   tlsg_severity_t severity, const tlsg_vhost_t *vhost,
                                   const tlsg_origin_t *origin, const char *subject,
                                   const char *format, ...) __attribute__((format(printf, 7, 8)));

/* Something is missing: all absences of one rule and subject are one finding. The first `origin` is
 * its place, the others become related places. `origin` NULL: the virtual host's own line. */
tlsg_finding_t *tlsg_report_add_absent(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                       const tlsg_vhost_t *vhost, const tlsg_origin_t *origin,
                                       const char *subject, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Replaces the rule's general fix by a specific one. */
void tlsg_finding_fix(tlsg_report_t *report, tlsg_finding_t *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds another place (once per place). */
void tlsg_finding_relate(tlsg_report_t *report, tlsg_finding_t *finding,
                         const tlsg_origin_t *origin, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The rule could not be decided for the virtual host. Equal rule and reason are grouped. */
void tlsg_report_unknown(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                         const tlsg_vhost_t *vhost, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sorts findings by severity (worst first), file, line, rule id, and what was not decided by rule
 * id; what is equal in that stays in the order in which it was added. Call once, after the rules
 * ran. */
void tlsg_report_sort(tlsg_report_t *report);

const apr_array_header_t *tlsg_report_findings(const tlsg_report_t *report); /* tlsg_finding_t * */
const apr_array_header_t *tlsg_report_unknowns(const tlsg_report_t *report); /* tlsg_unknown_t * */

/* Number of findings of that severity. */
int tlsg_report_count(const tlsg_report_t *report, tlsg_severity_t severity);

/* 0 when a finding says that the server will not start. */
int tlsg_report_is_startable(const tlsg_report_t *report);

#endif
