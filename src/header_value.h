/* SPDX-License-Identifier: Apache-2.0 */
/* What the values of security headers mean to a browser. Pure parsers, one per header, and a table
 * of header names. They judge text, not configuration: where a value comes from, whether it is sent
 * twice and whether a policy likes it is for the rules. Any phase.
 *
 * All of them: `value` is NUL-terminated and never NULL, as it stands behind the colon; any bytes
 * and any length are fine (time and memory grow linearly); leading and trailing blanks do not
 * count. The result is never NULL and lives in `pool`; so do all texts in it, which are printable
 * (tlsg_text_printable()) unless the member says "raw". `fault` is the first thing that is wrong,
 * as a clause for an administrator without a full stop, and NULL when nothing is. After a fault
 * parsing goes on, so that the other members say what was found. */
#ifndef TLSG_HEADER_VALUE_H
#define TLSG_HEADER_VALUE_H

#include <stddef.h>

#include <apr.h>
#include <apr_pools.h>
#include <apr_tables.h>

#define TLSG_HEADER_LIST_MAX                                                                       \
    64 /* entries kept in each list: more than anybody reads; the rest is dropped */

/* A word that has no meaning where it stands. */
typedef struct tlsg_header_word_t {
    const char *text;
    const char *hint; /* clause: what was probably meant (`did you mean "preload"?`), NULL */
} tlsg_header_word_t;

/* ---- Strict-Transport-Security: RFC 6797 section 6.1, as Chromium and Firefox apply it ---- */

typedef struct tlsg_header_hsts_t {
    int valid;           /* browsers obey it; 0: they ignore the whole header */
    const char *fault;   /* NULL when valid */
    apr_int64_t max_age; /* seconds, APR_INT64_MAX when larger; -1: none, or not a number */
    int include_subdomains;
    int preload;
    const char *caution;         /* clause: valid, and yet one browser does something else; NULL */
    apr_array_header_t *unknown; /* tlsg_header_word_t: directives that browsers skip */
    apr_array_header_t *duplicates; /* const char *: known directives given more than once */
} tlsg_header_hsts_t;

tlsg_header_hsts_t *tlsg_header_hsts_parse(apr_pool_t *pool, const char *value);

/* ---- Public-Key-Pins and Public-Key-Pins-Report-Only: RFC 7469 section 2.1 ---- */

typedef struct tlsg_header_pin_t {
    const char *text; /* without quotes */
    int valid;        /* base64 of 32 bytes: tlsg_pin_decode() */
} tlsg_header_pin_t;

typedef struct tlsg_header_hpkp_t {
    /* A client that follows the RFC would obey it, as far as syntax goes: the number of pins and
     * the chain are not judged. max-age=0 without pins is valid: it withdraws them. */
    int valid;
    const char *fault;   /* NULL when valid */
    int empty;           /* nothing but blanks and semicolons */
    apr_int64_t max_age; /* seconds, APR_INT64_MAX when larger; -1: none, or not a number */
    int include_subdomains;
    const char *report_uri;         /* without quotes, NULL when there is none */
    apr_array_header_t *pins;       /* tlsg_header_pin_t in order, pin-sha256 only */
    int distinct_pins;              /* different valid ones among them */
    apr_array_header_t *unknown;    /* tlsg_header_word_t; pin-sha1 and the like are here */
    apr_array_header_t *duplicates; /* const char *: other known directives given more than once */
} tlsg_header_hpkp_t;

/* `report_only`: the header is Public-Key-Pins-Report-Only, where max-age is not required. */
tlsg_header_hpkp_t *tlsg_header_hpkp_parse(apr_pool_t *pool, const char *value, int report_only);

/* ---- Set-Cookie: RFC 6265bis section 5.6 ---- */

typedef enum tlsg_samesite_t {
    TLSG_SAMESITE_ABSENT = 0,
    TLSG_SAMESITE_STRICT,
    TLSG_SAMESITE_LAX,
    TLSG_SAMESITE_NONE,
    TLSG_SAMESITE_INVALID, /* another word: browsers apply their default (Lax) */
} tlsg_samesite_t;

typedef struct tlsg_header_attribute_t {
    const char *name;  /* as spelt */
    const char *value; /* NULL without "=" */
} tlsg_header_attribute_t;

typedef struct tlsg_header_cookie_t {
    int valid;         /* browsers store it when it comes over TLS; 0: they drop it */
    const char *fault; /* NULL when valid */
    int parsed;        /* it can be read as a cookie, valid or not */
    const char *name;  /* "" for a nameless cookie, which is valid and hardly ever meant */
    const char *value;
    apr_array_header_t *attributes; /* tlsg_header_attribute_t in order */
    int secure;
    int http_only;
    int partitioned;
    tlsg_samesite_t samesite;  /* the last one wins */
    const char *samesite_text; /* as written, NULL when absent */
    const char *domain;        /* NULL without, or when empty */
    const char *path;          /* NULL without, or when it does not start with "/" */
    int removes; /* Max-Age says that the cookie is to be deleted (Expires is not read) */
    apr_array_header_t *duplicates; /* const char *: given more than once; the last one wins */
    apr_array_header_t *unknown;    /* tlsg_header_word_t: attributes that browsers skip */
} tlsg_header_cookie_t;

tlsg_header_cookie_t *tlsg_header_cookie_parse(apr_pool_t *pool, const char *value);

/* The cookie's name inside `value` (raw, not terminated), its length in *len. NULL when it cannot
 * be read as a cookie or has no name. Does not allocate. Per request. */
const char *tlsg_header_cookie_name(const char *value, size_t *len);

/* What tlsg_header_cookie_harden() adds. At most one of the SameSite bits; the strictest one given
 * counts. */
enum {
    TLSG_COOKIE_SECURE = 1,
    TLSG_COOKIE_HTTPONLY = 2,
    TLSG_COOKIE_SAMESITE_STRICT = 4,
    TLSG_COOKIE_SAMESITE_LAX = 8,
    TLSG_COOKIE_SAMESITE_NONE = 16, /* only where the cookie is Secure or becomes so */
};

/* `value` with the attributes of `add` that it lacks at its end; what is there stays as it is, byte
 * for byte, an invalid SameSite too. NULL when nothing is missing, when it cannot be read as a
 * cookie and when it has no name: leave the header alone then. One allocation at most. Per request.
 * */
const char *tlsg_header_cookie_harden(apr_pool_t *pool, const char *value, unsigned add);

/* ---- Content-Security-Policy and -Report-Only: CSP level 3 section 2.2 ---- */

typedef struct tlsg_header_csp_directive_t {
    const char *name;  /* lower case */
    const char *value; /* blanks folded; "" when empty */
} tlsg_header_csp_directive_t;

/* What one policy lets through. */
enum {
    TLSG_CSP_INLINE_SCRIPT = 1,    /* 'unsafe-inline' counts: no nonce or hash beside it */
    TLSG_CSP_EVAL = 2,             /* 'unsafe-eval' for scripts */
    TLSG_CSP_ANY_SCRIPT = 4,       /* scripts from everywhere: no limit, *, https: or http: */
    TLSG_CSP_DATA_SCRIPT = 8,      /* data: or blob: as a source of scripts */
    TLSG_CSP_INLINE_STYLE = 16,    /* 'unsafe-inline' for styles */
    TLSG_CSP_PLAIN_HTTP = 32,      /* an http: source in any directive */
    TLSG_CSP_ANY_OBJECT = 64,      /* neither object-src nor default-src */
    TLSG_CSP_ANY_BASE = 128,       /* no base-uri */
    TLSG_CSP_ANY_FORM = 256,       /* no form-action */
    TLSG_CSP_NO_SCRIPT_RULE = 512, /* no script-src, no default-src; sets the bits for scripts */
    TLSG_CSP_NO_STYLE_RULE = 1024, /* the same for styles */
};

typedef struct tlsg_header_csp_policy_t {
    apr_array_header_t *directives; /* tlsg_header_csp_directive_t: known ones that count */
    unsigned allows;                /* TLSG_CSP_ bits */
} tlsg_header_csp_policy_t;

typedef struct tlsg_header_csp_t {
    int valid;         /* at least one directive that browsers know */
    const char *fault; /* also set when valid but something in it is skipped by browsers */
    /* tlsg_header_csp_policy_t with a known directive; a comma starts another, all apply. */
    apr_array_header_t *policies;
    unsigned allows;             /* what every policy lets through, that is what the browser does */
    const char *frame_ancestors; /* value of the first; "" means none; NULL: not limited */
    apr_array_header_t *duplicates; /* const char *: ignored repetitions */
    apr_array_header_t *unknown;    /* tlsg_header_word_t: names that mean nothing to browsers */
    apr_array_header_t *deprecated; /* tlsg_header_word_t: known, but dropped from the standard */
    /* tlsg_header_word_t: sources that do not do what they look like, as self without quotes. */
    apr_array_header_t *suspect;
} tlsg_header_csp_t;

tlsg_header_csp_t *tlsg_header_csp_parse(apr_pool_t *pool, const char *value);

/* Value of a directive (lower case name) in one policy, NULL when it is not there. */
const char *tlsg_header_csp_get(const tlsg_header_csp_policy_t *policy, const char *name);

/* ---- Headers that hold one choice ---- */

typedef struct tlsg_header_choice_t {
    int valid;         /* written as its specification wants, and browsers obey it */
    const char *fault; /* NULL when valid */
    /* The word that browsers act on, as the specification spells it; NULL: they ignore the header.
     * May be set for an invalid value ("nosniff, nosniff"). */
    const char *effect;
} tlsg_header_choice_t;

/* X-Frame-Options (HTML standard, section on it; RFC 7034): "DENY" or "SAMEORIGIN". A list is
 * invalid; equal words act as one in today's browsers, different ones as DENY. ALLOW-FROM is
 * ignored everywhere. */
tlsg_header_choice_t *tlsg_header_xfo_parse(apr_pool_t *pool, const char *value);

/* X-Content-Type-Options (Fetch standard): "nosniff". */
tlsg_header_choice_t *tlsg_header_xcto_parse(apr_pool_t *pool, const char *value);

/* X-XSS-Protection: "0" is the one good value; "1" and "1; mode=block" are valid too, so read
 * `effect`. */
tlsg_header_choice_t *tlsg_header_xxp_parse(apr_pool_t *pool, const char *value);

/* Cross-Origin-Opener-Policy (HTML): unsafe-none, same-origin-allow-popups, same-origin,
 * noopener-allow-popups. */
tlsg_header_choice_t *tlsg_header_coop_parse(apr_pool_t *pool, const char *value);

/* Cross-Origin-Embedder-Policy (HTML): unsafe-none, require-corp, credentialless. */
tlsg_header_choice_t *tlsg_header_coep_parse(apr_pool_t *pool, const char *value);

/* Cross-Origin-Resource-Policy (Fetch): same-origin, same-site, cross-origin. */
tlsg_header_choice_t *tlsg_header_corp_parse(apr_pool_t *pool, const char *value);

/* Access-Control-Allow-Origin (Fetch): "*", "null" or one origin, which is `effect` as written. */
tlsg_header_choice_t *tlsg_header_acao_parse(apr_pool_t *pool, const char *value);

/* Clear-Site-Data: a list of types, each in double quotes; `effect` is the first one that browsers
 * know. */
tlsg_header_choice_t *tlsg_header_csd_parse(apr_pool_t *pool, const char *value);

/* ---- Referrer-Policy: section 8.1 of its specification ---- */

typedef enum tlsg_referrer_leak_t {
    TLSG_REFERRER_SAFE = 0, /* never more than the origin, and nothing from https to http */
    TLSG_REFERRER_ORIGIN,   /* the origin goes to plain http too */
    TLSG_REFERRER_URL,      /* the full address goes to other sites */
} tlsg_referrer_leak_t;

typedef struct tlsg_header_referrer_t {
    int valid;          /* every word is known */
    const char *fault;  /* NULL when valid */
    const char *effect; /* the last known word, which browsers apply; NULL: the browser's default */
    tlsg_referrer_leak_t leak;   /* of `effect` */
    apr_array_header_t *unknown; /* tlsg_header_word_t */
} tlsg_header_referrer_t;

tlsg_header_referrer_t *tlsg_header_referrer_parse(apr_pool_t *pool, const char *value);

/* ---- Permissions-Policy: a dictionary of RFC 9651 ---- */

typedef enum tlsg_allowlist_t {
    TLSG_ALLOW_NONE = 0, /* () */
    TLSG_ALLOW_SELF,     /* self or (self) */
    TLSG_ALLOW_LIST,     /* named origins, with or without self */
    TLSG_ALLOW_ALL,      /* * */
} tlsg_allowlist_t;

typedef struct tlsg_header_feature_t {
    const char *name;
    tlsg_allowlist_t allow;
} tlsg_header_feature_t;

typedef struct tlsg_header_permissions_t {
    int valid;                      /* well-formed; 0: browsers ignore the whole header */
    const char *fault;              /* NULL when valid and every allowlist means what it says */
    apr_array_header_t *features;   /* tlsg_header_feature_t up to the fault */
    apr_array_header_t *duplicates; /* const char *: given more than once; the last one wins */
} tlsg_header_permissions_t;

tlsg_header_permissions_t *tlsg_header_permissions_parse(apr_pool_t *pool, const char *value);

/* ---- Names ---- */

enum {
    TLSG_HEADER_SECURITY = 1,   /* a protection that browsers implement today */
    TLSG_HEADER_DEPRECATED = 2, /* ignored by today's browsers, or replaced */
    TLSG_HEADER_LEAKS = 4,      /* tells strangers about software, versions or inner structure */
    TLSG_HEADER_DOCUMENT = 8,   /* has an effect on documents only */
    TLSG_HEADER_SINGLE = 16,    /* one field per response; a second one, or a comma, breaks it */
    TLSG_HEADER_STATEFUL = 32, /* browsers remember it: undoing takes more than removing the line */
};

typedef struct tlsg_header_name_t {
    const char *name;    /* usual spelling */
    unsigned flags;      /* TLSG_HEADER_ bits */
    const char *what;    /* noun phrase: what it does, or what it tells */
    const char *instead; /* deprecated: what to send now, or "nothing"; NULL otherwise */
} tlsg_header_name_t;

/* Row of a header, any case; a colon at the end of `name` does not matter (the Header directive
 * accepts it). NULL when it is not in the table. */
const tlsg_header_name_t *tlsg_header_name_find(const char *name);

/* i-th row in alphabetical order (any case), NULL after the last. */
const tlsg_header_name_t *tlsg_header_name_at(int i);

#endif
