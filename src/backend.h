/* SPDX-License-Identifier: Apache-2.0 */
/* What a virtual host hands on to: ProxyPass, ProxyPassMatch, RewriteRule [P], SetHandler
 * "proxy:..." and the members of the balancers that these name. Pure reading of the const
 * model; no name is looked up. */
#ifndef TLSG_BACKEND_H
#define TLSG_BACKEND_H

#include "model.h"

typedef enum tlsg_backend_place_t {
    TLSG_BACKEND_REMOTE = 0, /* another machine, as far as the configuration tells */
    TLSG_BACKEND_LOCAL,      /* loopback, unix socket, an address this server listens on */
    TLSG_BACKEND_DYNAMIC,    /* the host is made from the request or the environment */
} tlsg_backend_place_t;

typedef struct tlsg_backend_t {
    const char *url;      /* as written, from the scheme on */
    const char *scheme;   /* lower case: "https", "http", "ajp", "fcgi", "wss", "h2" ... */
    const char *host;     /* without port and brackets; "" for a unix socket */
    const char *balancer; /* "balancer://name" that it is a member of, NULL */
    tlsg_backend_place_t place;
    int is_tls;                        /* https, wss, h2 */
    const tlsg_directive_t *directive; /* the line that names it */
} tlsg_backend_t;

/* All backends of a virtual host, inherited ones included, as tlsg_backend_t in `pool`, in
 * configuration order. Exclusions ("!"), and rewrite rules whose RewriteEngine is off, are
 * left out. */
apr_array_header_t *tlsg_backend_collect(apr_pool_t *pool, const tlsg_model_t *model,
                                         const tlsg_vhost_t *vhost);

/* The directive that decides an SSLProxy* setting for a backend: the last in a matching
 * <Proxy> section, else the server level's; NULL when unset. *maybe is set when a section
 * might match whose pattern cannot be decided here (<ProxyMatch>, a narrower URL). */
const tlsg_directive_t *tlsg_backend_setting(apr_pool_t *pool, const tlsg_model_t *model,
                                             const tlsg_vhost_t *vhost,
                                             const tlsg_backend_t *backend,
                                             tlsg_ssl_directive_t row, int *maybe);

#endif
