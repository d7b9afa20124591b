/* SPDX-License-Identifier: Apache-2.0 */
/* Set-Cookie, read as RFC 6265bis section 5.6 tells browsers to; and the one change that is made to
 * it at request time, which touches nothing that is already there. */
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_value.h"

#define PAIR_MAX                                                                                   \
    4096 /* bytes of name and value together: RFC 6265bis section 5.6 step 6, longer is dropped */
#define ATTRIBUTE_MAX                                                                              \
    1024 /* bytes of an attribute's value: the same section, a longer one is skipped */

enum {
    EXPIRES,
    MAX_AGE,
    DOMAIN,
    PATH,
    SECURE,
    HTTP_ONLY,
    SAME_SITE,
    PARTITIONED,
    PRIORITY,
    ATTRIBUTES
};

static const char *const names[ATTRIBUTES + 1] = {
    "Expires",  "Max-Age",  "Domain",      "Path",     "Secure",
    "HttpOnly", "SameSite", "Partitioned", "Priority", NULL,
};

static const char *const samesite_words[] = { "Strict", "Lax", "None", NULL };
static const tlsg_samesite_t samesite_values[] = {
    TLSG_SAMESITE_STRICT,
    TLSG_SAMESITE_LAX,
    TLSG_SAMESITE_NONE,
};

/* The raw parts of a value that can be read as a cookie. */
typedef struct pair_t {
    tlsg_header_span_t name;
    tlsg_header_span_t value;
    const char *attributes; /* behind the first semicolon, NULL without one */
} pair_t;

/* Why it cannot be read as a cookie; NULL when it can. */
static const char *read_pair(const char *text, pair_t *pair)
{
    for (const char *s = text; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return "it holds a control character";
        }
    }
    const char *rest = text;
    tlsg_header_span_t whole;
    tlsg_header_scan_piece(&rest, ';', &whole);
    const char *end = whole.at + whole.len;
    const char *equals = memchr(whole.at, '=', whole.len);
    pair->name = tlsg_header_scan_trim(whole.at, equals != NULL ? equals : whole.at);
    pair->value = tlsg_header_scan_trim(equals != NULL ? equals + 1 : whole.at, end);
    pair->attributes = rest;
    if (pair->name.len + pair->value.len == 0) {
        return "it has neither a name nor a value";
    }
    if (pair->name.len + pair->value.len > PAIR_MAX) {
        return "name and value are longer than 4096 bytes together";
    }
    return NULL;
}

typedef struct attribute_t {
    tlsg_header_span_t name;
    tlsg_header_span_t value;
    int has_value;
    int which; /* index of names, -1 unknown */
    int is_skipped;
} attribute_t;

/* Next attribute, 0 at the end. Empty ones are passed over. */
static int next_attribute(const char **at, attribute_t *attribute)
{
    tlsg_header_span_t piece;
    do {
        if (!tlsg_header_scan_piece(at, ';', &piece)) {
            return 0;
        }
    } while (piece.len == 0);
    const char *end = piece.at + piece.len;
    const char *equals = memchr(piece.at, '=', piece.len);
    attribute->has_value = equals != NULL;
    attribute->name = tlsg_header_scan_trim(piece.at, equals != NULL ? equals : end);
    attribute->value = tlsg_header_scan_trim(equals != NULL ? equals + 1 : end, end);
    attribute->which = tlsg_header_scan_index(attribute->name, names);
    attribute->is_skipped = attribute->value.len > ATTRIBUTE_MAX;
    return 1;
}

/* RFC 6265bis section 5.6.2: a sign and digits; anything else is no Max-Age at all. */
static int is_max_age(tlsg_header_span_t value, int *removes)
{
    apr_int64_t seconds = 0;
    size_t sign = value.len > 0 && value.at[0] == '-' ? 1 : 0;
    tlsg_header_span_t digits = { value.at + sign, value.len - sign };
    if (!tlsg_header_scan_number(digits, &seconds)) {
        return 0;
    }
    *removes = sign == 1 || seconds == 0;
    return 1;
}

/* The last attribute of each kind, which is the one that counts. */
typedef struct attributes_t {
    unsigned seen; /* bits by index of names */
    tlsg_header_span_t last[ATTRIBUTES];
} attributes_t;

static int has(const attributes_t *attributes, int which)
{
    return (attributes->seen & (1U << which)) != 0;
}

static tlsg_samesite_t samesite_of(const attributes_t *attributes)
{
    if (!has(attributes, SAME_SITE)) {
        return TLSG_SAMESITE_ABSENT;
    }
    int which = tlsg_header_scan_index(attributes->last[SAME_SITE], samesite_words);
    return which < 0 ? TLSG_SAMESITE_INVALID : samesite_values[which];
}

static void keep_attribute(apr_pool_t *pool, const attribute_t *attribute,
                           tlsg_header_cookie_t *cookie)
{
    if (tlsg_header_scan_is_full(cookie->attributes)) {
        return;
    }
    tlsg_header_attribute_t *kept = apr_array_push(cookie->attributes);
    kept->name = tlsg_header_scan_show(pool, attribute->name);
    kept->value = attribute->has_value ? tlsg_header_scan_copy(pool, attribute->value) : NULL;
}

static void read_attributes(apr_pool_t *pool, const char *at, attributes_t *attributes,
                            tlsg_header_cookie_t *cookie)
{
    attribute_t attribute;
    while (next_attribute(&at, &attribute)) {
        keep_attribute(pool, &attribute, cookie);
        int which = attribute.which;
        if (attribute.is_skipped ||
            (which == MAX_AGE && !is_max_age(attribute.value, &cookie->removes))) {
            continue;
        }
        if (which < 0) {
            if (!tlsg_header_scan_is_full(cookie->unknown)) {
                tlsg_header_scan_add_word(cookie->unknown, attribute.name,
                                          tlsg_header_scan_hint(pool, attribute.name, names));
            }
            continue;
        }
        if (has(attributes, which)) {
            tlsg_header_scan_add_name(cookie->duplicates, names[which]);
        }
        attributes->seen |= 1U << which;
        attributes->last[which] = attribute.value;
    }
}

/* What a name's prefix promises (RFC 6265bis section 4.1.3); browsers drop a cookie that breaks it.
 * */
static const struct {
    const char *prefix;
    int http_only;
    int host_only;
} prefixes[] = {
    { "__Host-Http-", 1, 1 },
    { "__Host-", 0, 1 },
    { "__Http-", 1, 0 },
    { "__Secure-", 0, 0 },
};

static int starts_with(tlsg_header_span_t span, const char *prefix)
{
    size_t len = strlen(prefix);
    return span.len >= len && tlsg_header_scan_is((tlsg_header_span_t){ span.at, len }, prefix);
}

static void judge_prefix(apr_pool_t *pool, const pair_t *pair, tlsg_header_cookie_t *cookie)
{
    size_t i = 0;
    size_t n = sizeof prefixes / sizeof prefixes[0];
    /* A nameless cookie whose value begins like that would be sent back as if it were the name. */
    tlsg_header_span_t start = pair->name.len > 0 ? pair->name : pair->value;
    while (i < n && !starts_with(start, prefixes[i].prefix)) {
        i++;
    }
    if (i == n) {
        return;
    }
    const char *lack = NULL;
    if (pair->name.len == 0) {
        lack = "a name";
    }
    else if (!cookie->secure) {
        lack = "Secure";
    }
    else if (prefixes[i].http_only && !cookie->http_only) {
        lack = "HttpOnly";
    }
    else if (prefixes[i].host_only && (cookie->path == NULL || strcmp(cookie->path, "/") != 0)) {
        lack = "Path=/";
    }
    else if (prefixes[i].host_only && cookie->domain != NULL) {
        lack = "to do without Domain";
    }
    if (lack != NULL) {
        tlsg_header_scan_blame(pool, &cookie->fault,
                               "a cookie called %s... needs %s; browsers drop it",
                               prefixes[i].prefix, lack);
    }
}

static void judge(apr_pool_t *pool, const pair_t *pair, tlsg_header_cookie_t *cookie)
{
    judge_prefix(pool, pair, cookie);
    if (cookie->samesite == TLSG_SAMESITE_NONE && !cookie->secure) {
        tlsg_header_scan_blame(pool, &cookie->fault,
                               "SameSite=None needs Secure; browsers drop the cookie");
    }
    if (cookie->partitioned && !cookie->secure) {
        tlsg_header_scan_blame(pool, &cookie->fault,
                               "Partitioned needs Secure; browsers drop the cookie");
    }
}

tlsg_header_cookie_t *tlsg_header_cookie_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_cookie_t *cookie = apr_pcalloc(pool, sizeof *cookie);
    cookie->attributes = apr_array_make(pool, 4, sizeof(tlsg_header_attribute_t));
    cookie->duplicates = tlsg_header_scan_names(pool);
    cookie->unknown = tlsg_header_scan_words(pool);
    cookie->name = "";
    cookie->value = "";

    pair_t pair;
    const char *fault = read_pair(value, &pair);
    if (fault != NULL) {
        tlsg_header_scan_blame(pool, &cookie->fault, "%s; browsers drop the cookie", fault);
        return cookie;
    }
    attributes_t attributes = { 0, { { NULL, 0 } } };
    read_attributes(pool, pair.attributes, &attributes, cookie);
    cookie->parsed = 1;
    cookie->name = tlsg_header_scan_copy(pool, pair.name);
    cookie->value = tlsg_header_scan_copy(pool, pair.value);
    cookie->secure = has(&attributes, SECURE);
    cookie->http_only = has(&attributes, HTTP_ONLY);
    cookie->partitioned = has(&attributes, PARTITIONED);
    cookie->samesite = samesite_of(&attributes);
    if (has(&attributes, SAME_SITE)) {
        cookie->samesite_text = tlsg_header_scan_show(pool, attributes.last[SAME_SITE]);
    }
    if (attributes.last[DOMAIN].len > 0) {
        cookie->domain = tlsg_header_scan_copy(pool, attributes.last[DOMAIN]);
    }
    if (attributes.last[PATH].len > 0 && attributes.last[PATH].at[0] == '/') {
        cookie->path = tlsg_header_scan_copy(pool, attributes.last[PATH]);
    }
    judge(pool, &pair, cookie);
    cookie->valid = cookie->fault == NULL;
    return cookie;
}

const char *tlsg_header_cookie_name(const char *value, size_t *len)
{
    pair_t pair;
    *len = 0;
    if (read_pair(value, &pair) != NULL || pair.name.len == 0) {
        return NULL;
    }
    *len = pair.name.len;
    return pair.name.at;
}

/* The SameSite attribute to add, "" for none. */
static const char *samesite_to_add(const attributes_t *attributes, unsigned add)
{
    if (has(attributes, SAME_SITE)) {
        return "";
    }
    if ((add & TLSG_COOKIE_SAMESITE_STRICT) != 0) {
        return "SameSite=Strict";
    }
    if ((add & TLSG_COOKIE_SAMESITE_LAX) != 0) {
        return "SameSite=Lax";
    }
    int becomes_secure = has(attributes, SECURE) || (add & TLSG_COOKIE_SECURE) != 0;
    return (add & TLSG_COOKIE_SAMESITE_NONE) != 0 && becomes_secure ? "SameSite=None" : "";
}

/* What stands between the old end and the first new attribute: the value may end in a semicolon. */
static const char *joint(const char *value)
{
    tlsg_header_span_t all = tlsg_header_scan_trim(value, value + strlen(value));
    return all.at[all.len - 1] == ';' ? " " : "; ";
}

const char *tlsg_header_cookie_harden(apr_pool_t *pool, const char *value, unsigned add)
{
    pair_t pair;
    if (read_pair(value, &pair) != NULL || pair.name.len == 0) {
        return NULL;
    }
    attributes_t attributes = { 0, { { NULL, 0 } } };
    attribute_t attribute;
    while (next_attribute(&pair.attributes, &attribute)) {
        if (attribute.which >= 0 && !attribute.is_skipped) {
            attributes.seen |= 1U << attribute.which;
        }
    }
    const char *secure =
        (add & TLSG_COOKIE_SECURE) != 0 && !has(&attributes, SECURE) ? "Secure" : "";
    const char *http_only =
        (add & TLSG_COOKIE_HTTPONLY) != 0 && !has(&attributes, HTTP_ONLY) ? "HttpOnly" : "";
    const char *samesite = samesite_to_add(&attributes, add);
    if (*secure == '\0' && *http_only == '\0' && *samesite == '\0') {
        return NULL;
    }
    int before = *secure != '\0';
    int between = before || *http_only != '\0';
    return apr_pstrcat(pool, value, joint(value), secure, before && *http_only != '\0' ? "; " : "",
                       http_only, between && *samesite != '\0' ? "; " : "", samesite, NULL);
}
