/* SPDX-License-Identifier: Apache-2.0 */
#include "selfcheck.h"

#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "audit.h"
#include "conf_tree.h"
#include "differ.h"

APLOG_USE_MODULE(tlsguard);

typedef struct tally_t {
    int compared;
    int differences;
} tally_t;

static const char *differ(apr_pool_t *pool, const tlsg_effective_t *probed,
                          const tlsg_effective_t *live)
{
    if (probed == NULL) {
        return "the start has TLS here, the test knows nothing about it";
    }
    if (live == NULL) {
        return "the test found TLS here, the start has none";
    }
    return tlsg_differ_effective(pool, probed, live);
}

static void compare(const tlsg_model_t *live, const tlsg_vhost_t *probed, const tlsg_vhost_t *vhost,
                    server_rec *s, tally_t *tally)
{
    for (int p = 0; p < vhost->pairs->nelts; p++) {
        const tlsg_effective_t *a = APR_ARRAY_IDX(probed->pairs, p, tlsg_pair_t).effective;
        const tlsg_effective_t *b = APR_ARRAY_IDX(vhost->pairs, p, tlsg_pair_t).effective;
        /* Without a certificate the test claims nothing that depends on one. */
        if ((a == NULL && b == NULL) || (a != NULL && a->cert_auth == 0)) {
            continue;
        }
        tally->compared++;
        const char *difference = differ(live->pool, a, b);
        if (difference != NULL) {
            tally->differences++;
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "TLSGuard: selfcheck: %s: %s", vhost->label,
                         difference);
        }
    }
}

void tlsg_selfcheck_run(const tlsg_model_t *live, server_rec *s)
{
    if (!ap_exists_config_define("TLSGUARD_SELFCHECK")) {
        return;
    }
    tlsg_model_t *probed = tlsg_conf_tree_model(live->pool, s, TLSG_STAGE_CONFIG_TEST, NULL);
    tlsg_audit_prepare(probed);
    tally_t tally = { 0, 0 };
    for (int v = 0; v < live->vhosts->nelts; v++) {
        compare(live, APR_ARRAY_IDX(probed->vhosts, v, const tlsg_vhost_t *),
                APR_ARRAY_IDX(live->vhosts, v, const tlsg_vhost_t *), s, &tally);
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 "TLSGuard: selfcheck: %d configurations compared, %d differences", tally.compared,
                 tally.differences);
}
