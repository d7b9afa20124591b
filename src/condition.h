/* SPDX-License-Identifier: Apache-2.0 */
/* Decides an httpd expression (ap_expr, as in <If>, expr=, SetEnvIfExpr) as far as it depends on
 * the virtual host alone: %{HTTPS}, %{REQUEST_SCHEME}, %{SERVER_PORT}, SSL variables,
 * environment variables. What depends on the request is "maybe". Pure; work is linear in the
 * length of the text, nesting is bounded. Configuration time. */
#ifndef TLSG_CONDITION_H
#define TLSG_CONDITION_H

#include <apr_pools.h>

#include "model.h"
#include "pattern.h"

/* What an expression refers to. */
enum {
    TLSG_MENTIONS_TLS = 1,       /* whether this connection is TLS */
    TLSG_MENTIONS_FORWARDED = 2, /* what a proxy in front says: X-Forwarded-Proto and its like */
    TLSG_MENTIONS_ENV = 4,
    TLSG_MENTIONS_REQUEST = 8, /* anything else of the request */
};

/* Is the environment variable set, and to what? *value stays NULL when it is set to something
 * unknown. */
typedef tlsg_tri_t tlsg_condition_env_fn(void *baton, const char *name, const char **value);

typedef struct tlsg_condition_t {
    apr_pool_t *pool;
    int is_tls; /* of the virtual host */
    int port;   /* value of %{SERVER_PORT}; tlsg_condition_ports() has what it can be */
    tlsg_condition_env_fn *env; /* NULL: every variable is unknown */
    void *baton;
    unsigned mentions; /* out: TLSG_MENTIONS_ bits, added to */
    int asks_port;     /* out: set when the answer may hang on `port` */
} tlsg_condition_t;

#define TLSG_CONDITION_PORTS 8 /* more addresses of one virtual host than have different ports */

/* What %{SERVER_PORT} can be in a virtual host: the port in the client's Host header, which a
 * forwarder in front may have changed, and where that has none the one in ServerName or the usual
 * one of the scheme. Each once; the port that a client without a forwarder asks for comes first.
 * Returns how many there are, at least 1. */
int tlsg_condition_ports(const tlsg_vhost_t *vhost, int ports[TLSG_CONDITION_PORTS]);

tlsg_tri_t tlsg_condition_eval(tlsg_condition_t *condition, const char *text);

/* Value of a server variable named as in %{NAME}, NULL when it depends on the request; used for
 * RewriteCond too. */
const char *tlsg_condition_variable(tlsg_condition_t *condition, const char *name);

/* 1 when the name of a request header is one with which a TLS-terminating proxy tells the
 * scheme. */
int tlsg_condition_is_forwarded(const char *header);

#endif
