/* SPDX-License-Identifier: Apache-2.0 */
/* What the module does to responses: an output filter adds missing headers, drops leaking ones and
 * hardens cookies; hooks before it keep secrets out of compression. Everything a request needs is
 * made at start and only read afterwards; a request whose sections have directives of their own
 * makes its plan in its own pool. Main requests only. */
#ifndef TLSG_REQUEST_H
#define TLSG_REQUEST_H

#include <httpd.h>

/* Registers filters and request hooks. */
void tlsg_request_register(void);

/* Under `httpd -t`: judges what can only be judged with the certificates. Says why on stderr and
 * returns 0 when a start would be refused. */
int tlsg_request_test(apr_pool_t *ptemp, server_rec *s);

/* In post_config, after mod_ssl's: makes what requests need. Returns 0 when `may_refuse` and the
 * start must be refused; the error log says why. Otherwise what cannot be done is left out and
 * logged. */
int tlsg_request_prepare(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *s, int may_refuse);

#endif
