/* SPDX-License-Identifier: Apache-2.0 */
/* Reading helpers over the certificates of a virtual host, for rules. */
#ifndef TLSG_VHOST_CERT_H
#define TLSG_VHOST_CERT_H

#include "cert.h"
#include "rule.h"

/* The line that names the certificate, or the virtual host's own when it came from elsewhere. */
const tlsg_origin_t *tlsg_vhost_cert_origin(const tlsg_vhost_t *vhost,
                                            const tlsg_vhost_cert_t *cert);

/* i-th certificate of the virtual host that could be read, NULL after the last. */
const tlsg_vhost_cert_t *tlsg_vhost_cert_at(const tlsg_vhost_t *vhost, int i);

/* How a message calls a certificate: its common name, its subject or its file. */
const char *tlsg_vhost_cert_subject(const tlsg_vhost_cert_t *cert);

/* "2027-03-15" in UTC. */
const char *tlsg_vhost_cert_date(apr_pool_t *pool, apr_time_t when);

#endif
