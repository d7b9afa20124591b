/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include <stdio.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>

#include "audit.h"
#include "conf_tree.h"
#include "directives.h"
#include "face.h"
#include "live.h"
#include "log.h"
#include "pool.h"
#include "rule.h"
#include "selfcheck.h"
#include "text.h"

APLOG_USE_MODULE(tlsguard);

static const char *define_value(const char *name);

/* For CI: fails in any mode on findings of that severity. */
static const char fail_on_name[] = "TLSGUARD_FAIL_ON";

int tlsg_verdict_is_wanted(apr_pool_t *ptemp, server_rec *s)
{
    if (define_value(fail_on_name) != NULL) {
        return 1;
    }
    for (; s != NULL; s = s->next) {
        if (tlsg_directives_conf(ptemp, s)->mode != TLSG_MODE_OFF) {
            return 1;
        }
    }
    return 0;
}

/* Value of -D NAME=VALUE, which httpd keeps as one word; NULL when it was not given. */
static const char *define_value(const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < ap_server_config_defines->nelts; i++) {
        const char *word = APR_ARRAY_IDX(ap_server_config_defines, i, const char *);
        if (strncmp(word, name, len) == 0 && word[len] == '=') {
            return word + len + 1;
        }
    }
    return NULL;
}

/* The worst severity among the findings that a virtual host in enforce mode must not have: enough
 * to refuse? */
static int enforced(const tlsg_finding_t *finding, const tlsg_model_t *model)
{
    if ((finding->rule->flags & TLSG_TIME_ONLY) != 0) {
        return 0;
    }
    const tlsg_vhost_t *main_server = model->main;
    if (finding->vhosts->nelts == 0) {
        return main_server->mode == TLSG_MODE_ENFORCE &&
               (int)finding->severity >= main_server->fail_on;
    }
    for (int i = 0; i < finding->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(finding->vhosts, i, const tlsg_vhost_t *);
        if (vhost->mode == TLSG_MODE_ENFORCE && (int)finding->severity >= vhost->fail_on) {
            return 1;
        }
    }
    return 0;
}

/* Findings that refuse, counted; `everything` is the severity of -D TLSGUARD_FAIL_ON, TLSG_OFF
 * without it. */
static int refusing(const tlsg_model_t *model, const tlsg_report_t *report,
                    tlsg_severity_t everything)
{
    const apr_array_header_t *findings = tlsg_report_findings(report);
    int count = 0;
    for (int i = 0; i < findings->nelts; i++) {
        const tlsg_finding_t *finding = APR_ARRAY_IDX(findings, i, const tlsg_finding_t *);
        int by_define = everything != TLSG_OFF && finding->severity >= everything;
        count += by_define || enforced(finding, model);
    }
    return count;
}

static tlsg_severity_t fail_on_define(server_rec *s)
{
    const char *word = define_value(fail_on_name);
    if (word == NULL) {
        return TLSG_OFF;
    }
    for (int severity = TLSG_NOTICE; severity <= TLSG_ERROR; severity++) {
        if (tlsg_text_eq_nocase(word, tlsg_severity_name((tlsg_severity_t)severity))) {
            return (tlsg_severity_t)severity;
        }
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s,
                 "TLSGuard: -D %s=%s: expected notice, warning or error; taken as warning",
                 fail_on_name, word);
    return TLSG_WARNING;
}

/* 1 when a virtual host whose findings say "will not start" wants -t to fail for it. */
static int preflight_fails(const tlsg_model_t *model, const tlsg_report_t *report)
{
    const tlsg_conf_t *conf = model->main->conf;
    return !tlsg_report_is_startable(report) && conf->preflight == TLSG_PREFLIGHT_FAIL;
}

/* Virtual hosts in mode off are left alone, unless -D TLSGUARD_FAIL_ON asks about everything. */
static void ignore_switched_off(const tlsg_model_t *model)
{
    if (define_value(fail_on_name) != NULL) {
        return;
    }
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        vhost->is_ignored = vhost->mode == TLSG_MODE_OFF;
    }
}

/* Bytes that the model and the findings of one virtual host take, measured: enough for most, not
 * much too much. */
#define BYTES_PER_SERVER 8192

/* Enough memory for the model of these servers: after a configuration test the process ends. */
static apr_pool_t *model_pool(apr_pool_t *ptemp, const server_rec *s)
{
    apr_size_t bytes = 0;
    for (; s != NULL; s = s->next) {
        bytes += BYTES_PER_SERVER;
    }
    return tlsg_pool_make_last(ptemp, bytes);
}

int tlsg_verdict_config_test(apr_pool_t *ptemp, server_rec *s)
{
    ptemp = model_pool(ptemp, s);
    tlsg_model_t *model = tlsg_conf_tree_model(ptemp, s, TLSG_STAGE_CONFIG_TEST, NULL);
    ignore_switched_off(model);
    tlsg_audit_prepare(model);
    const tlsg_report_t *report = tlsg_audit_judge(model);
    int goes_on =
        !preflight_fails(model, report) && refusing(model, report, fail_on_define(s)) == 0;
    if (!tlsg_log_dump(model, report)) {
        tlsg_log_terminal(model, report);
    }
    return goes_on;
}

static int any_enforces(apr_pool_t *ptemp, server_rec *s)
{
    for (; s != NULL; s = s->next) {
        if (tlsg_directives_conf(ptemp, s)->mode == TLSG_MODE_ENFORCE) {
            return 1;
        }
    }
    return 0;
}

int tlsg_verdict_start(apr_pool_t *ptemp, server_rec *s, int is_first_pass)
{
    /* The first pass can only refuse; reporting is the second one's, so that a start reports once.
     */
    if (is_first_pass && !any_enforces(ptemp, s)) {
        return 1;
    }
    apr_array_header_t *servers;
    tlsg_model_t *model = tlsg_conf_tree_model(ptemp, s, TLSG_STAGE_START, &servers);
    ignore_switched_off(model);
    tlsg_live_attach(model, servers);
    if (!is_first_pass) {
        tlsg_selfcheck_run(model, s);
    }
    const tlsg_report_t *report = tlsg_audit_judge(model);
    if (!is_first_pass) {
        tlsg_log_server(model, report, s, s->process->pool);
        return 1;
    }
    int count = refusing(model, report, TLSG_OFF);
    if (count == 0) {
        return 1;
    }
    tlsg_log_server(model, report, s, ptemp);
    tlsg_log_refusal(model, report, count, s);
    return 0;
}
