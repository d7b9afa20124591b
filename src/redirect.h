/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request goes before any content is served: mod_rewrite's and mod_alias's redirects,
 * followed from virtual host to virtual host, and whether a virtual host refuses everything.
 * Nothing is sent anywhere: the configuration is played through. Configuration time. */
#ifndef TLSG_REDIRECT_H
#define TLSG_REDIRECT_H

#include "rewrite_run.h"

/* Fate of one request at the virtual host. */
tlsg_course_t tlsg_redirect_probe(apr_pool_t *pool, tlsg_http_facts_t *facts,
                                   const tlsg_probe_t *probe);

/* Fate of requests for an ordinary path under the virtual host's own name; worked out once. */
const tlsg_course_t *tlsg_redirect_usual(tlsg_http_facts_t *facts);

/* The virtual host of this server that answers a URL under one of its names, NULL when there is
 * none. *host and *path receive its parts. In `pool`. */
const tlsg_vhost_t *tlsg_redirect_find_vhost(apr_pool_t *pool, const tlsg_model_t *model,
                                             const char *url, const char **host,
                                             const char **path);

/* The virtual host that answers to a host name on a port (0: any), with or without TLS; NULL
 * when there is none. Default virtual hosts do not count: whether the name leads here is not
 * known then. */
const tlsg_vhost_t *tlsg_redirect_find_name(apr_pool_t *pool, const tlsg_model_t *model,
                                            const char *host, int port, int is_tls);

/* The first redirect of a chain that comes back to the virtual host for ever; fate CONTENT when
 * there is none. *through, when not NULL, receives the other virtual host of the circle, NULL
 * when it is the virtual host alone. */
tlsg_course_t tlsg_redirect_loop(apr_pool_t *pool, tlsg_http_facts_t *facts,
                                  const tlsg_vhost_t **through);

/* 1 when the virtual host refuses every request ("Require all denied", [F], Redirect 4xx): it
 * serves nothing. */
int tlsg_redirect_serves_nothing(tlsg_http_facts_t *facts);

#endif
