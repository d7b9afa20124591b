/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of an audit over a model with declared facts. */
#ifndef TLSG_AUDIT_H
#define TLSG_AUDIT_H

#include "model.h"
#include "report.h"

/* Reads certificates and keys and builds the probes: fills certs, faults and effective facts of
 * every TLS virtual host. For `httpd -t`; a start has the live contexts instead. */
void tlsg_audit_prepare(tlsg_model_t *model);

/* Runs the rules; the report lives in the model's pool. Leaves OpenSSL's error queue empty. */
const tlsg_report_t *tlsg_audit_judge(const tlsg_model_t *model);

#endif
