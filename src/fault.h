/* SPDX-License-Identifier: Apache-2.0 */
/* Faults (mod_ssl would refuse to start) as findings: each kind belongs to one rule. Kinds:
 *   protocol cipher-list tls13-suite group dh confcmd     the context cannot be configured
 *   certificate chain-file no-certificate security-level  the certificate cannot be used
 *   key-missing key-malformed key-mismatch                 the private key cannot be used
 *   ca-file ca-names crl-file                              authorities and revocation lists
 *   proxy                                                  the context for backends
 *   cache seed-startup                                     the server as a whole (main server)
 *   stapling-cache ticket-key srp fips context             the rest
 * The same list takes what such a file shows without keeping the server from starting:
 *   proxy-no-pair proxy-no-client seed-connect             it starts, without what was meant
 *   chain-file-empty crl-outdated ticket-key-weak          likewise
 *   ca-unknown proxy-unknown srp-unknown cache-unknown     it cannot be looked at here
 *   chain-file-unknown */
#ifndef TLSG_FAULT_H
#define TLSG_FAULT_H

#include "rule.h"

/* Adds a fault to a virtual host under construction; `message` is copied. */
void tlsg_fault_add(apr_pool_t *pool, tlsg_vhost_t *vhost, const char *kind,
                    const tlsg_directive_t *directive, const char *message);

/* Next fault of that kind after `after` (NULL: the first), NULL when there is none. */
const tlsg_fault_t *tlsg_fault_next(const tlsg_vhost_t *vhost, const char *kind,
                                    const tlsg_fault_t *after);

/* One finding per fault of that kind: "WHAT: message", at the fault's directive, or the virtual
 * host's line. `what` may hold no conversion. */
void tlsg_fault_report(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost, tlsg_report_t *report,
                       const char *kind, const char *what);

/* "Not evaluated", once for each message of that kind. */
void tlsg_fault_report_unknown(const tlsg_rule_t *rule, const tlsg_vhost_t *vhost,
                               tlsg_report_t *report, const char *kind);

#endif
