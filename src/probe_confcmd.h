/* SPDX-License-Identifier: Apache-2.0 */
/* SSLOpenSSLConfCmd on a probe. Used by probe.c only. */
#ifndef TLSG_PROBE_CONFCMD_H
#define TLSG_PROBE_CONFCMD_H

#include "probe.h"

/* Applies the commands in order; one that OpenSSL refuses is a fault. */
void tlsg_probe_confcmds(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost,
                         const char *server_root);

/* Adds a fault; `message` is copied. */
void tlsg_probe_fault(apr_pool_t *pool, tlsg_probe_t *probe, const char *kind,
                      tlsg_ssl_directive_t which, int index, const char *message);

#endif
