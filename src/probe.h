/* SPDX-License-Identifier: Apache-2.0 */
/* Declared facts -> a throw-away SSL_CTX, built in mod_ssl's order (mod_ssl.md 9.1), so that `httpd
 * -t` knows what a start would do. Takes the public key of each certificate for its private key:
 * contexts behave the same up to the first signature, and no key file is opened. What mod_ssl would
 * refuse is a fault, and the rest is still built. */
#ifndef TLSG_PROBE_H
#define TLSG_PROBE_H

#include <openssl/ssl.h>

#include "certfile.h"
#include "model.h"

/* A fault of a context, by the setting that causes it; each virtual host that shares the context
 * has its own line. */
typedef struct tlsg_probe_fault_t {
    const char *kind; /* as in tlsg_fault_t */
    const char *message;
    tlsg_ssl_directive_t which; /* TLSG_SSL_DIRECTIVES: no directive, an absence */
    int index;                  /* of the BY_INDEX and APPEND rows */
} tlsg_probe_fault_t;

typedef struct tlsg_probe_t {
    SSL_CTX *ctx;                   /* pool-owned; NULL when OpenSSL could not even make one */
    apr_array_header_t *faults;     /* tlsg_probe_fault_t */
    unsigned cert_auth;             /* TLSG_AUTH_ bits of the certificates in it */
    unsigned declared;              /* versions that SSLProtocol leaves on */
    const tlsg_params_t *dh_params; /* of the first certificate file, NULL */
    int dh_params_used;             /* OpenSSL accepted them */
    int dh_is_auto;
} tlsg_probe_t;

/* Text that is equal for virtual hosts whose contexts behave alike: the settings, and of the
 * certificates their kind, size and signatures rather than their names. */
const char *tlsg_probe_key(apr_pool_t *pool, const tlsg_vhost_t *vhost);

/* Builds the context; never NULL. `server_root` completes relative file names in SSLOpenSSLConfCmd.
 */
tlsg_probe_t *tlsg_probe_make(apr_pool_t *pool, const tlsg_vhost_t *vhost, const char *server_root);

#endif
