/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <arpa/inet.h>
#include <string.h>

#include <apr_strings.h>

#include "idna.h"
#include "text.h"

/* Bytes of a pattern that is looked at; httpd's own names are shorter. */
#define PATTERN_MAX 255

/* An address in the form that inet_ntop() gives; 0 when `host` is none. [Brackets] are allowed. */
static int to_address(char out[INET6_ADDRSTRLEN], const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    size_t length = strlen(host);
    int bracketed = length > 2 && host[0] == '[' && host[length - 1] == ']';
    if (bracketed) {
        host++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof(text)) {
        return 0;
    }
    memcpy(text, host, length);
    text[length] = '\0';
    for (int i = 0; i < 2; i++) {
        int family = i == 0 ? AF_INET : AF_INET6;
        if ((family == AF_INET6 || !bracketed) && inet_pton(family, text, bytes) == 1) {
            return inet_ntop(family, bytes, out, INET6_ADDRSTRLEN) != NULL;
        }
    }
    return 0;
}

/* Networks that are not on the public Internet (IANA special-purpose registries, RFC 6890). */
static const struct {
    int family;
    const char *network;
    unsigned bits;
} private_networks[] = {
    { AF_INET, "0.0.0.0", 8 },      { AF_INET, "10.0.0.0", 8 },      { AF_INET, "100.64.0.0", 10 },
    { AF_INET, "127.0.0.0", 8 },    { AF_INET, "169.254.0.0", 16 },  { AF_INET, "172.16.0.0", 12 },
    { AF_INET, "192.0.0.0", 24 },   { AF_INET, "192.0.2.0", 24 },    { AF_INET, "192.168.0.0", 16 },
    { AF_INET, "198.18.0.0", 15 },  { AF_INET, "198.51.100.0", 24 }, { AF_INET, "203.0.113.0", 24 },
    { AF_INET, "224.0.0.0", 3 },    { AF_INET6, "::", 127 },         { AF_INET6, "::ffff:0:0", 96 },
    { AF_INET6, "2001:db8::", 32 }, { AF_INET6, "fc00::", 7 },       { AF_INET6, "fe80::", 10 },
    { AF_INET6, "ff00::", 8 },
};

static int is_in_network(const unsigned char *address, const unsigned char *network, unsigned bits)
{
    unsigned whole = bits / 8;
    if (memcmp(address, network, whole) != 0) {
        return 0;
    }
    unsigned rest = bits % 8;
    return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

static tlsg_name_kind_t address_kind(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];
    unsigned char network[sizeof(struct in6_addr)];
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, address) != 1) {
        return TLSG_NAME_INVALID;
    }
    for (size_t i = 0; i < sizeof(private_networks) / sizeof(private_networks[0]); i++) {
        if (private_networks[i].family == family &&
            inet_pton(family, private_networks[i].network, network) == 1 &&
            is_in_network(address, network, private_networks[i].bits)) {
            return TLSG_NAME_PRIVATE_IP;
        }
    }
    return TLSG_NAME_PUBLIC_IP;
}

/* Endings that are not in the public DNS. */
static const struct {
    const char *suffix;
    tlsg_name_kind_t kind;
} special_suffixes[] = {
    { "localhost", TLSG_NAME_LOCALHOST },   /* RFC 6761 section 6.3 */
    { "localdomain", TLSG_NAME_LOCALHOST }, /* the other half of many a hosts file */
    { "local", TLSG_NAME_INTERNAL },        /* RFC 6762 */
    { "internal", TLSG_NAME_INTERNAL },     /* reserved by ICANN, 2024 */
    { "home.arpa", TLSG_NAME_INTERNAL },    /* RFC 8375 */
    { "lan", TLSG_NAME_INTERNAL },          /* these: RFC 6762 appendix G */
    { "home", TLSG_NAME_INTERNAL },         { "corp", TLSG_NAME_INTERNAL },
    { "intranet", TLSG_NAME_INTERNAL },     { "private", TLSG_NAME_INTERNAL },
    { "test", TLSG_NAME_RESERVED }, /* RFC 2606 section 2 */
    { "invalid", TLSG_NAME_RESERVED },      { "example", TLSG_NAME_RESERVED },
    { "onion", TLSG_NAME_RESERVED }, /* RFC 7686 */
    { "alt", TLSG_NAME_RESERVED },   /* RFC 9476 */
};

static int has_suffix(const char *name, size_t length, const char *suffix)
{
    size_t n = strlen(suffix);
    return length >= n && memcmp(name + length - n, suffix, n) == 0 &&
           (length == n || name[length - n - 1] == '.');
}

tlsg_name_kind_t tlsg_names_kind(const char *host)
{
    char address[INET6_ADDRSTRLEN];
    char name[TLSG_IDNA_SIZE];
    if (to_address(address, host)) {
        return address_kind(address);
    }
    size_t length = tlsg_idna_to_ascii(name, host);
    if (length == 0) {
        return TLSG_NAME_INVALID;
    }
    for (size_t i = 0; i < sizeof(special_suffixes) / sizeof(special_suffixes[0]); i++) {
        if (has_suffix(name, length, special_suffixes[i].suffix)) {
            return special_suffixes[i].kind;
        }
    }
    const char *top = strrchr(name, '.');
    if (top == NULL) {
        return TLSG_NAME_SINGLE_LABEL;
    }
    /* RFC 3696 section 2: no top-level domain is all digits; this is a mistyped address. */
    return strspn(top + 1, "0123456789") == strlen(top + 1) ? TLSG_NAME_INVALID : TLSG_NAME_PUBLIC;
}

int tlsg_names_is_public(const char *host)
{
    tlsg_name_kind_t kind = tlsg_names_kind(host);
    return kind == TLSG_NAME_PUBLIC || kind == TLSG_NAME_PUBLIC_IP;
}

const char *tlsg_names_to_ascii(apr_pool_t *pool, const char *host)
{
    char text[TLSG_IDNA_SIZE];
    if (to_address(text, host) || tlsg_idna_to_ascii(text, host) > 0) {
        return apr_pstrdup(pool, text);
    }
    return NULL;
}

/* One reference identifier against one presented one. `host` is in ASCII form. */
static tlsg_name_match_t match_dns(const char *presented, const char *host)
{
    if (tlsg_text_eq_nocase(presented, host)) {
        return TLSG_NAME_MATCH_EXACT;
    }
    if (presented[0] != '*' || presented[1] != '.') {
        return TLSG_NAME_MATCH_NONE;
    }
    /* RFC 9525 section 6.3: one label. "*.com" is refused as OpenSSL and browsers do. */
    const char *rest = strchr(host, '.');
    int matches = rest != NULL && rest != host && strchr(presented + 2, '.') != NULL &&
                  tlsg_text_eq_nocase(presented + 1, rest);
    return matches ? TLSG_NAME_MATCH_WILDCARD : TLSG_NAME_MATCH_NONE;
}

tlsg_name_match_t tlsg_names_match(const tlsg_cert_t *cert, const char *host)
{
    char text[TLSG_IDNA_SIZE];
    if (to_address(text, host)) {
        for (int i = 0; i < cert->ip_count; i++) {
            if (strcmp(cert->ips[i], text) == 0) {
                return TLSG_NAME_MATCH_IP;
            }
        }
        return TLSG_NAME_MATCH_NONE;
    }
    if (tlsg_idna_to_ascii(text, host) == 0) {
        return TLSG_NAME_MATCH_NONE;
    }
    tlsg_name_match_t best = TLSG_NAME_MATCH_NONE;
    for (int i = 0; i < cert->dns_count && best != TLSG_NAME_MATCH_EXACT; i++) {
        tlsg_name_match_t match = match_dns(cert->dns[i], text);
        best = match != TLSG_NAME_MATCH_NONE ? match : best;
    }
    return best;
}

int tlsg_names_cn_matches(const tlsg_cert_t *cert, const char *host)
{
    char text[TLSG_IDNA_SIZE];
    if (cert->subject_cn == NULL) {
        return 0;
    }
    if (to_address(text, host)) {
        char cn[INET6_ADDRSTRLEN];
        return to_address(cn, cert->subject_cn) && strcmp(cn, text) == 0;
    }
    return tlsg_idna_to_ascii(text, host) > 0 &&
           match_dns(cert->subject_cn, text) != TLSG_NAME_MATCH_NONE;
}

int tlsg_names_is_pattern(const char *alias)
{
    return strpbrk(alias, "*?") != NULL;
}

static int chars_meet(char a, char b)
{
    char one[2] = { a, '\0' };
    char two[2] = { b, '\0' };
    return a == '?' || b == '?' || tlsg_text_eq_nocase(one, two);
}

/* 1 when some text fits both the pattern `a` ("*" any characters, "?" one) and the presented name
 * `b`
 * ("*" within one label). Neither is longer than PATTERN_MAX. */
static int globs_meet(const char *a, const char *b)
{
    size_t la = strlen(a);
    size_t lb = strlen(b);
    unsigned char below[PATTERN_MAX + 2] = { 0 }; /* row i + 1 */
    unsigned char row[PATTERN_MAX + 2] = { 0 };
    for (size_t i = la + 1; i-- > 0;) {
        for (size_t j = lb + 1; j-- > 0;) {
            int meet = i == la && j == lb;
            if (a[i] == '*') {
                meet = below[j] || (j < lb && row[j + 1]);
            }
            if (!meet && b[j] == '*') {
                meet = row[j + 1] || (i < la && a[i] != '.' && below[j]);
            }
            if (!meet && i < la && j < lb && a[i] != '*' && b[j] != '*') {
                meet = below[j + 1] && chars_meet(a[i], b[j]);
            }
            row[j] = meet != 0;
        }
        memcpy(below, row, sizeof(below));
    }
    return below[0];
}

tlsg_name_match_t tlsg_names_match_pattern(const tlsg_cert_t *cert, const char *pattern)
{
    if (!tlsg_names_is_pattern(pattern)) {
        return tlsg_names_match(cert, pattern);
    }
    char text[TLSG_IDNA_SIZE];
    if (tlsg_idna_to_ascii(text, pattern) > 0) {
        pattern = text; /* a whole-label "*" with IDNA labels behind it */
    }
    if (strlen(pattern) > PATTERN_MAX) {
        return TLSG_NAME_MATCH_UNDECIDED;
    }
    int is_plain_wildcard =
        pattern[0] == '*' && pattern[1] == '.' && !tlsg_names_is_pattern(pattern + 1);
    int meets = 0;
    for (int i = 0; i < cert->dns_count; i++) {
        if (is_plain_wildcard && tlsg_text_eq_nocase(pattern, cert->dns[i])) {
            return TLSG_NAME_MATCH_WILDCARD;
        }
        meets |= strlen(cert->dns[i]) > PATTERN_MAX || globs_meet(pattern, cert->dns[i]);
    }
    for (int i = 0; i < cert->ip_count; i++) {
        meets |= globs_meet(pattern, cert->ips[i]);
    }
    return meets ? TLSG_NAME_MATCH_UNDECIDED : TLSG_NAME_MATCH_NONE;
}
