/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate and key files of every TLS virtual host into the model, with what mod_ssl would
 * refuse as faults. Used by audit.c and by the live collector. */
#ifndef TLSG_AUDIT_CERTS_H
#define TLSG_AUDIT_CERTS_H

#include "model.h"

/* Fills vhost->certs, model->certs and model->trust. */
void tlsg_audit_certs(tlsg_model_t *model);

/* For certificates that were read from live contexts: who can read the key files (one look at each
 * distinct file, none is opened), mod_md's substitutes set aside, then the chains. */
void tlsg_audit_live(tlsg_model_t *model);

/* Fills the chain of every certificate that was read, from files or live contexts. */
void tlsg_audit_chains(tlsg_model_t *model);

/* Moves certificates that OpenSSL drops (a later one has the same kind of key) from vhost->certs to
 * vhost->replaced. Not before the probes are made: indexes change. */
void tlsg_audit_replaced(tlsg_model_t *model);

#endif
