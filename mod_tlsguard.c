/* SPDX-License-Identifier: Apache-2.0 */
/* The httpd face: module record and hooks. Says when the audit runs and what its verdict may do;
 * what is judged and how it is printed is elsewhere.
 *
 *   httpd -t        check_config: probe, judge, print; may fail the run
 *   start, pass 1   post_config: judge mod_ssl's contexts when enforcing; may refuse
 *   start, pass 2   post_config: judge and log, never fail
 *   reload          post_config: judge, log what changed, never fail
 *   -S -M -L, -k    nothing
 *   a request       request.h: headers, cookies, compression, where directives ask for it */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "face.h"
#include "live.h"
#include "log.h"
#include "request.h"
#include "verdict.h"

static void register_hooks(apr_pool_t *pool);

/* clang-format off */
AP_DECLARE_MODULE(tlsguard) = {
    STANDARD20_MODULE_STUFF,
    tlsg_directives_create_dir,
    tlsg_directives_merge_dir,
    tlsg_directives_create_server,
    tlsg_directives_merge_server,
    tlsg_directives_table,
    register_hooks,
    0,
};
/* clang-format on */

static int is_config_test(void)
{
    return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL &&
        ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        tlsg_log_keep_terminal(pconf);
    }
    int ok = !is_config_test() || tlsg_request_test(ptemp, s);
    /* Who asks for the rules does not ask what they say about this configuration. */
    if ((is_config_test() && tlsg_log_rules(ptemp)) || !tlsg_verdict_is_wanted(ptemp, s)) {
        return ok ? OK : HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!is_config_test()) {
        return OK;
    }
    return tlsg_verdict_config_test(ptemp, s) && ok ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static int open_logs(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    tlsg_live_begin(pconf, s);
    return OK;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_NORMAL) {
        return OK;
    }
    int is_first_pass = ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
    if (!tlsg_request_prepare(pconf, ptemp, s, is_first_pass)) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!tlsg_verdict_is_wanted(ptemp, s)) {
        return OK;
    }
    return tlsg_verdict_start(ptemp, s, is_first_pass) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    /* After mod_ssl, mod_md and mod_proxy, so that every context is in its final state. */
    static const char *const after[] = { "mod_ssl.c", "mod_md.c", "mod_proxy.c", NULL };
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_open_logs(open_logs, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, after, NULL, APR_HOOK_REALLY_LAST);
    tlsg_live_register();
    tlsg_request_register();
}
