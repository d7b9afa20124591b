/* SPDX-License-Identifier: Apache-2.0 */
/* SSL_CTX -> effective facts. The same reader serves probes and mod_ssl's live contexts, so that
 * both say the same about the same configuration. What a getter does not tell is measured with a
 * handshake on probes. On live contexts, where a handshake would run mod_ssl's callbacks, it is
 * derived from the declared facts; only the groups are asked for, past those callbacks. */
#ifndef TLSG_COLLECT_CTX_H
#define TLSG_COLLECT_CTX_H

#include <apr_hash.h>
#include <openssl/ssl.h>

#include "certfile.h"
#include "handshake.h"
#include "model.h"

/* What a connection's facts are read from (mod_ssl.md 4.1). */
typedef struct tlsg_ctx_source_t {
    SSL_CTX *ctx;                   /* of the virtual host that the name selects */
    SSL_CTX *entry;                 /* of the address's default virtual host; == ctx for itself */
    int protocol_set;               /* the virtual host's merged settings have SSLProtocol */
    unsigned declared;              /* versions that SSLProtocol leaves on */
    unsigned cert_auth;             /* TLSG_AUTH_ bits of the certificates in ctx */
    const tlsg_params_t *dh_params; /* block in the first certificate file, NULL without one */
    tlsg_client_t *client; /* asks with it; NULL: nothing is measured and groups are not known */
    int is_live;           /* mod_ssl's own contexts, whose callbacks must not run */
    apr_hash_t *asked;     /* live: what was asked before, kept for the next call; NULL: nothing */
} tlsg_ctx_source_t;

/* Reads the facts; they live in `pool`. NULL when OpenSSL runs out of memory. */
tlsg_effective_t *tlsg_collect_ctx(apr_pool_t *pool, const tlsg_ctx_source_t *source);

/* Bits of TLSG_AUTH_ for the certificates installed in a context. Leaves the current certificate
 * changed. */
unsigned tlsg_collect_ctx_auth(SSL_CTX *ctx);

/* Security level of a context that nobody has configured: compiled in, or set by openssl.cnf. */
int tlsg_collect_ctx_default_level(void);

#endif
