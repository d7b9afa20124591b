/* SPDX-License-Identifier: Apache-2.0 */
/* Host names against certificates, and what kind of name a host name is. Pure functions on text; no
 * resolver is ever asked. */
#ifndef TLSG_NAMES_H
#define TLSG_NAMES_H

#include <apr_pools.h>

#include "cert.h"

typedef enum tlsg_name_kind_t {
    TLSG_NAME_PUBLIC = 0, /* could be in the public DNS; example.com and its like count, they stand
                             for real names */
    TLSG_NAME_PUBLIC_IP,
    TLSG_NAME_PRIVATE_IP,   /* loopback, RFC 1918, link local, ULA, documentation */
    TLSG_NAME_LOCALHOST,    /* localhost, *.localhost (RFC 6761) */
    TLSG_NAME_SINGLE_LABEL, /* "intranet" */
    TLSG_NAME_INTERNAL,     /* .local .internal .lan .home .corp .intranet .private .home.arpa */
    TLSG_NAME_RESERVED, /* .test .invalid .example .onion: not in the public DNS (RFC 2606, 6761,
                           7686) */
    TLSG_NAME_INVALID,  /* no host name at all */
} tlsg_name_kind_t;

typedef enum tlsg_name_match_t {
    TLSG_NAME_MATCH_NONE = 0,
    TLSG_NAME_MATCH_EXACT,
    TLSG_NAME_MATCH_WILDCARD,
    TLSG_NAME_MATCH_IP,
    TLSG_NAME_MATCH_UNDECIDED, /* patterns only: some of the names it stands for may be covered */
} tlsg_name_match_t;

/* What kind of name `host` is; a trailing dot, letter case, [brackets] of an IPv6 address do not
 * matter. */
tlsg_name_kind_t tlsg_names_kind(const char *host);

/* 1 when certificates for it come from public authorities and browsers expect one: PUBLIC or
 * PUBLIC_IP. */
int tlsg_names_is_public(const char *host);

/* Is `host` among the certificate's subjectAltNames? RFC 9525 section 6: A-labels without regard to
 * case, "*" only as the whole leftmost label and for one label, addresses only against iPAddress. A
 * subject CN never counts. */
tlsg_name_match_t tlsg_names_match(const tlsg_cert_t *cert, const char *host);

/* 1 when the subject CN equals or covers `host`: what software before 2017 accepted without
 * subjectAltName. */
int tlsg_names_cn_matches(const tlsg_cert_t *cert, const char *host);

/* 1 when httpd treats a ServerAlias as a pattern: it has "*" or "?". */
int tlsg_names_is_pattern(const char *alias);

/* Does the certificate cover everything a ServerAlias pattern stands for? EXACT/WILDCARD: yes
 * ("*.example.com" with that wildcard; httpd's "*" also takes several labels, which nobody means).
 * NONE: no name it stands for can be in the certificate. UNDECIDED: neither can be said. */
tlsg_name_match_t tlsg_names_match_pattern(const tlsg_cert_t *cert, const char *pattern);

/* `host` as DNS carries it: lower case, U-labels as A-labels (RFC 3492; upper case folded for
 * Latin, Greek and Cyrillic only), without the trailing dot and without brackets. NULL when it is
 * no host name: empty label, label over 63 or name over 253 bytes, blank or control characters,
 * broken UTF-8. "_" and a "*" label are let through. In `pool`. */
const char *tlsg_names_to_ascii(apr_pool_t *pool, const char *host);

#endif
