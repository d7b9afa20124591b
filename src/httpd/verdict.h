/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the audit in the situation at hand and says whether httpd may go on (mod_ssl.md 9.3):
 * `httpd -t` may fail, a first start may be refused in enforce mode, nothing else ever is. */
#ifndef TLSG_VERDICT_H
#define TLSG_VERDICT_H

#include <httpd.h>

/* 0 when TLSGuardMode is off everywhere. */
int tlsg_verdict_is_wanted(apr_pool_t *ptemp, server_rec *s);

/* `httpd -t`: probes, judges, prints. 0: the run must fail. */
int tlsg_verdict_config_test(apr_pool_t *ptemp, server_rec *s);

/* A start or reload: judges mod_ssl's contexts and logs. 0: the first start is refused. */
int tlsg_verdict_start(apr_pool_t *ptemp, server_rec *s, int is_first_pass);

#endif
