/* SPDX-License-Identifier: Apache-2.0 */
/* Half a handshake in memory: one ClientHello into a server-side SSL, then a look at what the
 * server chose. No bytes leave the process, and the server needs no private key: what it would sign
 * is not looked at. For contexts of our own (mod_ssl's have callbacks that need a connection); of
 * others only the groups can be asked for. */
#ifndef TLSG_HANDSHAKE_H
#define TLSG_HANDSHAKE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/ssl.h>

/* A client that offers everything this OpenSSL has, whatever openssl.cnf says. */
typedef struct tlsg_client_t tlsg_client_t;

typedef struct tlsg_hello_t {
    int answered;      /* the server sent a ServerHello */
    int version;       /* TLS1_2_VERSION ...; 0 unless answered */
    const char *suite; /* OpenSSL name, NULL unless answered */
    const char *group; /* key exchange group, NULL unless ephemeral */
    int dh_bits;       /* size of the DHE group, 0 unless DHE */
    EVP_PKEY *dh;      /* its parameters, pool-owned, NULL unless DHE */
    apr_array_header_t
        *groups;         /* const char *: groups the server shares with the client, by preference */
    const char *failure; /* why it did not answer, in OpenSSL's words */
} tlsg_hello_t;

/* NULL when OpenSSL cannot make a client context. Lives in `pool`. */
tlsg_client_t *tlsg_handshake_client_make(apr_pool_t *pool);

/* Sends a ClientHello for exactly `version` to `server` (fresh, no BIOs yet) and fills *hello;
 * texts live in `pool`. `suites` limits the TLS 1.2 suites that the client offers (OpenSSL string),
 * NULL: all. */
void tlsg_handshake_hello(tlsg_client_t *client, apr_pool_t *pool, SSL *server, int version,
                          const char *suites, tlsg_hello_t *hello);

/* How a client differs from the usual one; bits. */
enum {
    TLSG_CLIENT_ANY_GROUP = 1,
    TLSG_CLIENT_ANY_SCHEME = 2,
    TLSG_CLIENT_ANY_SUITE = 4,
    TLSG_CLIENT_NO_TLS13 = 8,
};

/* 1 when `server` (fresh, no BIOs yet) answers a client of today: TLS 1.2 and 1.3 at once, and of
 * groups, signature schemes and suites what browsers or OpenSSL's own programs offer unasked, but
 * for what `differs` says. */
int tlsg_handshake_usual(tlsg_client_t *client, SSL *server, unsigned differs);

/* The groups that `server` (fresh, no BIOs yet, made from anybody's context) shares with a client
 * of `version`, by preference: const char *, in `pool`. `server` is moved to a context of the
 * client's own first, so that no callback of its former one runs; versions, options, groups,
 * security level and Suite B flags stay. Empty when OpenSSL refuses the version. */
apr_array_header_t *tlsg_handshake_groups(tlsg_client_t *client, apr_pool_t *pool, SSL *server,
                                          int version);

#endif
