/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual hosts with certificates of their own, for tests of rules that need particular ones. */
#ifndef TLSG_SUPPORT_SITE_H
#define TLSG_SUPPORT_SITE_H

#include "report.h"
#include "support_cert.h"

typedef struct support_sites_t {
    apr_pool_t *pool;
    const char *dir;
    support_cert_t *root; /* of nobody's trust; its name says that it is a root */
    int files;
} support_sites_t;

/* Set-up and tear-down of a cmocka test: *state is a support_sites_t. */
int support_sites_set_up(void **state);
int support_sites_tear_down(void **state);

/* A virtual host with a new certificate for `name`; issuer, key, names and extensions are the
 * spec's. The issuer stands in the file, as servers send it, and the key behind it. */
const char *support_site(support_sites_t *sites, support_spec_t spec, const char *name,
                         const char *lines);

/* A virtual host that sends these certificates, up to NULL. */
const char *support_site_sending(support_sites_t *sites, const support_cert_t *const *certs,
                                 const char *name, const char *lines);

/* The audit of a server with that configuration. */
const tlsg_report_t *support_site_audit(support_sites_t *sites, const char *conf);

/* The same while `root`, and nobody else, is one of the system's roots; NULL: nobody is. */
const tlsg_report_t *support_site_audit_trusting(support_sites_t *sites, const char *conf,
                                                 const support_cert_t *root);

/* Findings of a rule in such an audit. */
int support_site_count(support_sites_t *sites, const char *rule, const char *conf);

#endif
