/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the server as a whole, and files of rare features, that `httpd -t` accepts and that
 * keep the server from starting. Faults into the model. Configuration test only. */
#ifndef TLSG_AUDIT_SERVER_H
#define TLSG_AUDIT_SERVER_H

#include "model.h"

/* Caches and sources of randomness in the main server's faults (kinds cache, cache-unknown,
 * seed-startup, seed-connect), SRP verifier files in those of each TLS virtual host (srp,
 * srp-unknown). */
void tlsg_audit_server(tlsg_model_t *model);

#endif
