/* SPDX-License-Identifier: Apache-2.0 */
/* What mod_ssl loads besides certificates and refuses at start when it cannot: authorities and
 * revocation lists, and for https backends the suites and client certificates, too. Faults into the
 * model. Configuration test only. */
#ifndef TLSG_AUDIT_CA_H
#define TLSG_AUDIT_CA_H

#include "bundle.h"
#include "model.h"

/* Authorities and revocation lists for client certificates of every TLS virtual host: kinds
 * ca-file, ca-names, crl-file, ca-unknown (fault.h). */
void tlsg_audit_ca(tlsg_model_t *model, tlsg_bundles_t *bundles);

/* The contexts for backends, of each server and each <Proxy> section with SSLProxyEngine on: kinds
 * proxy, proxy-no-pair, proxy-unknown. */
void tlsg_audit_proxy(tlsg_model_t *model, tlsg_bundles_t *bundles);

#endif
