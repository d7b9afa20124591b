/* SPDX-License-Identifier: Apache-2.0 */
/* Reads configuration text into a model without a server: enough of httpd's syntax for tests of
 * rules and collectors (containers, joined lines, <If...> sections taken as true). */
#ifndef TLSG_SUPPORT_CONF_H
#define TLSG_SUPPORT_CONF_H

#include "model.h"
#include "report.h"

/* Declared facts of `text`; @rsa@ and the like become files below build/t/pki. Directives come from
 * "/srv/www/conf/httpd.conf", counted from line 1. Every module an example may need is loaded. */
tlsg_model_t *support_conf_read(apr_pool_t *pool, const char *text);

/* The same, then certificates and probes. */
tlsg_model_t *support_conf_model(apr_pool_t *pool, const char *text);

/* An example of a rule inside tests/rules/frame.conf, as t/21-rule-examples.t wraps it. */
const char *support_conf_wrap(apr_pool_t *pool, const char *example);

/* The whole audit of `text`. */
const tlsg_report_t *support_conf_audit(apr_pool_t *pool, const char *text);

/* Number of findings of the rule with that id or name, NULL: of all. */
int support_conf_count(const tlsg_report_t *report, const char *rule);

/* First finding of that rule, NULL when there is none. */
const tlsg_finding_t *support_conf_find(const tlsg_report_t *report, const char *rule);

#endif
