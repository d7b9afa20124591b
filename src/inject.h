/* SPDX-License-Identifier: Apache-2.0 */
/* The header plan: settings turned into what is done to a response, and the decisions about
 * compression that need no server. Pure. A plan is built once (for the server at start, for a
 * section with directives of its own once per request that reaches it) and then only read. */
#ifndef TLSG_INJECT_H
#define TLSG_INJECT_H

#include "inject_parse.h"
#include "settings.h"

/* Conditions of a planned header. */
enum {
    TLSG_WHEN_DOCUMENT = 1, /* the response may be a document (tlsg_inject_is_document()) */
    TLSG_WHEN_TLS = 2,      /* the request came over TLS */
    TLSG_WHEN_UNFRAMED = 4, /* its Content-Security-Policy has no frame-ancestors */
    TLSG_WHEN_WHOLE = 8,    /* it is no 304 of a backend or program: what that lacks may be in the
                               stored response, whose fields a browser would replace (RFC 9111
                               section 4.3.4) */
};

typedef struct tlsg_plan_header_t {
    const char *name;
    size_t length; /* of the name */
    const char *value;
    unsigned when; /* TLSG_WHEN_ bits, all must hold */
} tlsg_plan_header_t;

/* Bits of a name's first character, the same for upper and lower case, and of its length. */
#define TLSG_INITIAL(c) ((apr_uint32_t)1 << ((unsigned char)(c) & 31))
#define TLSG_LENGTH(n) ((apr_uint64_t)1 << ((n) & 63))

typedef struct tlsg_plan_t {
    int count;
    const tlsg_plan_header_t *headers;
    const apr_table_t *table;                     /* all of them; NULL: tlsg_inject_plan_keep() */
    unsigned whens;                               /* `when` of all of them */
    apr_uint32_t initials;                        /* TLSG_INITIAL() of all their names */
    apr_uint64_t lengths;                         /* TLSG_LENGTH() of all their names */
    int drops;                                    /* take leaking headers off */
    int trusts_proxy;                             /* TLSGuardTerminator remoteip */
    const tlsg_inject_cookies_t *cookies;         /* NULL: leave cookies alone */
    const tlsg_inject_compression_t *compression; /* NULL: allow */
    const apr_array_header_t *cookie_paths;       /* of tlsg_inject_server_t */
} tlsg_plan_t;

/* What a server's plans share. Borrowed by them. */
typedef struct tlsg_inject_server_t {
    const char *pins;                /* value of Public-Key-Pins, NULL: none */
    const apr_array_header_t *unset; /* const char *: names that are never added */
    /* const char *: paths below which Header lines may set cookies, "" for everywhere; NULL: none */
    const apr_array_header_t *cookie_paths;
} tlsg_inject_server_t;

/* The plan of resolved settings. In `pool`; texts are borrowed from `conf` and `server`. Never
 * NULL. */
tlsg_plan_t *tlsg_inject_plan(apr_pool_t *pool, const tlsg_conf_t *conf,
                              const tlsg_inject_server_t *server);

/* Makes what pays for a plan that many requests follow. In `pool`. */
void tlsg_inject_plan_keep(apr_pool_t *pool, tlsg_plan_t *plan);

/* 1 when something is done to responses at the end of their way: headers, cookies. */
int tlsg_inject_plan_touches(const tlsg_plan_t *plan);

/* 1 when, by these settings of a server, the module adds the header where it is missing; for the
 * audit. Unsets are not considered: see tlsg_inject_unset(). `name` in any case. */
int tlsg_inject_adds(const tlsg_conf_t *conf, const char *name, int is_tls);

/* The value that goes with tlsg_inject_adds(): NULL when it is 0, and for pins, which only a start
 * knows. Borrowed from `conf`. */
const char *tlsg_inject_value(const tlsg_conf_t *conf, const char *name, int is_tls);

/* The header name of an unconditional `Header [always] unset NAME`, from the directive's arguments;
 * NULL when it is another line or has a condition. In `pool`. */
const char *tlsg_inject_unset(apr_pool_t *pool, const char *args);

/* 1 when the arguments of a Header directive can put a Set-Cookie field into a response, under
 * whatever condition. */
int tlsg_inject_puts_cookie(apr_pool_t *pool, const char *args);

/* 1 when the request's path is below one of `paths` (see tlsg_inject_server_t). Per request. */
int tlsg_inject_is_below(const apr_array_header_t *paths, const char *path);

/* 1 when the value of a Content-Security-Policy has the directive frame-ancestors. Per request. */
int tlsg_inject_limits_framing(const char *policy);

/* Value of Public-Key-Pins: the pins of the leaf certificates, then the backups. `leaves` and
 * `chain` are arrays of const char * (pins); `chain` are all certificates that are sent behind the
 * leaves. NULL with *err (a clause) when no backup is outside of both, or there is no leaf. */
const char *tlsg_inject_pins(apr_pool_t *pool, const tlsg_inject_pins_t *pins,
                             const apr_array_header_t *leaves, const apr_array_header_t *chain,
                             const char **err);

/* 1 when a browser may take the response for a document: HTML, XML, SVG, PDF; also NULL, for then
 * it may guess. Parameters behind ";" do not matter. Per request. */
int tlsg_inject_is_document(const char *content_type);

/* 1 for types that hold no secret of a user: images, fonts, styles, scripts, media. SVG and other
 * documents are none of them. NULL: 0. Per request. */
int tlsg_inject_is_static(const char *content_type);

/* 1 when another site made the browser send the request over TLS, or when nothing tells who did.
 * Values of Sec-Fetch-Site (Fetch Metadata), Origin, Referer and Host; each may be NULL. The same
 * host without TLS is another site: anybody on the path writes its pages. Per request. */
int tlsg_inject_is_cross_site(const char *fetch_site, const char *origin, const char *referer,
                              const char *host);

#endif
