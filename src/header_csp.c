/* SPDX-License-Identifier: Apache-2.0 */
/* Content-Security-Policy, parsed as CSP level 3 section 2.2 tells browsers to, and what its source
 * lists let through. Nonces and hashes are not checked against a page. */
#include <stdint.h>
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_value.h"

/* A directive browsers know. */
typedef struct known_t {
    const char *name;
    int is_sources;      /* its value is a list of sources */
    const char *instead; /* dropped from the standard: what to say about it; NULL */
} known_t;

enum {
    DEFAULT_SRC,
    SCRIPT_SRC,
    SCRIPT_SRC_ELEM,
    SCRIPT_SRC_ATTR,
    STYLE_SRC,
    STYLE_SRC_ELEM,
    STYLE_SRC_ATTR,
    OBJECT_SRC,
    BASE_URI,
    FORM_ACTION,
    FRAME_ANCESTORS,
    NAMED,
};

/* The first NAMED rows in the order of the enumeration. */
static const known_t known[] = {
    [DEFAULT_SRC] = { "default-src", 1, NULL },
    [SCRIPT_SRC] = { "script-src", 1, NULL },
    [SCRIPT_SRC_ELEM] = { "script-src-elem", 1, NULL },
    [SCRIPT_SRC_ATTR] = { "script-src-attr", 1, NULL },
    [STYLE_SRC] = { "style-src", 1, NULL },
    [STYLE_SRC_ELEM] = { "style-src-elem", 1, NULL },
    [STYLE_SRC_ATTR] = { "style-src-attr", 1, NULL },
    [OBJECT_SRC] = { "object-src", 1, NULL },
    [BASE_URI] = { "base-uri", 1, NULL },
    [FORM_ACTION] = { "form-action", 1, NULL },
    [FRAME_ANCESTORS] = { "frame-ancestors", 1, NULL },
    { "child-src", 1, NULL },
    { "connect-src", 1, NULL },
    { "fenced-frame-src", 1, NULL },
    { "font-src", 1, NULL },
    { "frame-src", 1, NULL },
    { "img-src", 1, NULL },
    { "manifest-src", 1, NULL },
    { "media-src", 1, NULL },
    { "report-to", 0, NULL },
    { "report-uri", 0, NULL },
    { "require-trusted-types-for", 0, NULL },
    { "sandbox", 0, NULL },
    { "trusted-types", 0, NULL },
    { "upgrade-insecure-requests", 0, NULL },
    { "webrtc", 0, NULL },
    { "worker-src", 1, NULL },
    { "block-all-mixed-content", 0, "browsers block mixed content anyway" },
    { "navigate-to", 1, "it was removed before any browser had it" },
    { "plugin-types", 0, "object-src 'none' does more" },
    { "prefetch-src", 1, "default-src applies" },
    { "referrer", 0, "the Referrer-Policy header replaces it" },
    { "reflected-xss", 0, "the filters it steered are gone" },
    { "require-sri-for", 0, "no browser has it; the Integrity-Policy header is the successor" },
};

#define KNOWN (sizeof known / sizeof known[0])
_Static_assert(KNOWN <= 64, "one bit per directive");

/* What a source list holds. */
enum {
    HAS_INLINE = 1,
    HAS_EVAL = 2,
    HAS_DYNAMIC = 4, /* 'strict-dynamic': hosts and schemes do not count */
    HAS_NONCE = 8,   /* or a hash: 'unsafe-inline' does not count */
    HAS_ANY = 16,    /* *, https: or http: */
    HAS_DATA = 32,   /* data:, blob: or filesystem: */
    HAS_PLAIN = 64,  /* http: as a scheme or in an address */
    HAS_NONE = 128,
    HAS_OTHER = 256,
};

/* Words that are keywords in single quotes and host names without. */
static const char *const keywords[] = {
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "strict-dynamic",
    "unsafe-hashes",
    "report-sample",
    "wasm-unsafe-eval",
    "unsafe-allow-redirects",
    "inline-speculation-rules",
    "trusted-types-eval",
    "report-sha256",
    "report-sha384",
    "report-sha512",
    NULL,
};
/* Words that are schemes with a colon. */
static const char *const schemes[] = { "data", "blob", "https", "http", "filesystem", NULL };
static const unsigned keyword_bits[] = { HAS_OTHER, HAS_NONE, HAS_INLINE, HAS_EVAL, HAS_DYNAMIC };
static const char *const integrity_prefixes[] = { "nonce-", "sha256-", "sha384-", "sha512-", NULL };

/* One policy while it is read. */
typedef struct reader_t {
    apr_pool_t *pool;
    tlsg_header_csp_t *csp;
    tlsg_header_csp_policy_t policy;
    apr_uint64_t seen;       /* bits by index of known */
    unsigned sources[KNOWN]; /* HAS_ bits of each directive seen */
    int current;             /* index of known */
} reader_t;

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* Next word of [*at, end), 0 at the end. */
static int next_word(const char **at, const char *end, tlsg_header_span_t *word)
{
    while (*at < end && is_space(**at)) {
        (*at)++;
    }
    word->at = *at;
    while (*at < end && !is_space(**at)) {
        (*at)++;
    }
    word->len = (size_t)(*at - word->at);
    return word->len > 0;
}

static int has_prefix(tlsg_header_span_t word, const char *prefix)
{
    size_t len = strlen(prefix);
    return word.len >= len && tlsg_header_scan_is((tlsg_header_span_t){ word.at, len }, prefix);
}

static int has_integrity_prefix(tlsg_header_span_t word)
{
    for (int i = 0; integrity_prefixes[i] != NULL; i++) {
        if (has_prefix(word, integrity_prefixes[i])) {
            return 1;
        }
    }
    return 0;
}

static void suspect(reader_t *reader, tlsg_header_span_t word, const char *hint)
{
    tlsg_header_scan_add_word(reader->csp->suspect, word, hint);
}

/* A word in single quotes. */
static unsigned quoted_source(reader_t *reader, tlsg_header_span_t word)
{
    tlsg_header_span_t inner = { word.at + 1, word.len - 2 };
    if (has_integrity_prefix(inner)) {
        return HAS_NONCE;
    }
    int which = tlsg_header_scan_index(inner, keywords);
    if (which >= 0) {
        return (size_t)which < sizeof keyword_bits / sizeof keyword_bits[0] ? keyword_bits[which]
                                                                            : HAS_OTHER;
    }
    if (!tlsg_header_scan_is_full(reader->csp->suspect)) {
        const char *hint = tlsg_header_scan_hint(reader->pool, inner, keywords);
        suspect(reader, word,
                hint != NULL ? hint : "no keyword of this name exists; hosts stand without quotes");
    }
    return HAS_OTHER;
}

static unsigned bare_source(reader_t *reader, tlsg_header_span_t word)
{
    if (tlsg_header_scan_is(word, "*") || tlsg_header_scan_is(word, "https:")) {
        return HAS_ANY;
    }
    if (tlsg_header_scan_is(word, "http:")) {
        return HAS_ANY | HAS_PLAIN;
    }
    if (tlsg_header_scan_is(word, "data:") || tlsg_header_scan_is(word, "blob:") ||
        tlsg_header_scan_is(word, "filesystem:")) {
        return HAS_DATA;
    }
    if (has_prefix(word, "http://")) {
        return HAS_PLAIN;
    }
    if (tlsg_header_scan_index(word, keywords) >= 0 || has_integrity_prefix(word)) {
        suspect(reader, word, "without single quotes this is the name of a host");
    }
    else if (tlsg_header_scan_index(word, schemes) >= 0) {
        suspect(reader, word, "without a colon this is the name of a host");
    }
    else if (word.at[0] == '\'' || word.at[word.len - 1] == '\'') {
        suspect(reader, word, "a single quote is missing");
    }
    else if (memchr(word.at, '"', word.len) != NULL) {
        suspect(reader, word, "sources stand in single quotes or in none");
    }
    return HAS_OTHER;
}

static void read_sources(reader_t *reader, const char *at, const char *end)
{
    tlsg_header_span_t word;
    tlsg_header_span_t none = { NULL, 0 };
    unsigned found = 0;
    int words = 0;
    for (; next_word(&at, end, &word); words++) {
        int is_quoted = word.len > 2 && word.at[0] == '\'' && word.at[word.len - 1] == '\'';
        unsigned bits = is_quoted ? quoted_source(reader, word) : bare_source(reader, word);
        none = bits == HAS_NONE ? word : none;
        found |= bits;
    }
    if (words > 1 && none.at != NULL) {
        suspect(reader, none, "beside other sources it has no effect");
    }
    reader->sources[reader->current] = found;
}

/* The value with single blanks between words. Control characters, which no header can hold, become
 * blanks. */
static const char *fold(apr_pool_t *pool, const char *at, const char *end)
{
    char *text = apr_palloc(pool, (apr_size_t)(end - at) + 1);
    char *out = text;
    for (; at < end; at++) {
        int is_blank = (unsigned char)*at <= ' ' || *at == 0x7F;
        if (!is_blank) {
            *out++ = *at;
        }
        else if (out > text && out[-1] != ' ') {
            *out++ = ' ';
        }
    }
    while (out > text && out[-1] == ' ') {
        out--;
    }
    *out = '\0';
    return text;
}

static int find_known(tlsg_header_span_t name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (tlsg_header_scan_is(name, known[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

static const char *unknown_hint(apr_pool_t *pool, tlsg_header_span_t name)
{
    const char *names[KNOWN + 1];
    for (size_t i = 0; i < KNOWN; i++) {
        names[i] = known[i].name;
    }
    names[KNOWN] = NULL;
    return tlsg_header_scan_hint(pool, name, names);
}

/* Browsers pass over directives that are not ASCII. */
static int is_ascii(const char *at, const char *end)
{
    for (; at < end; at++) {
        if ((unsigned char)*at > 0x7F) {
            return 0;
        }
    }
    return 1;
}

static void read_unknown(reader_t *reader, tlsg_header_span_t name)
{
    tlsg_header_csp_t *csp = reader->csp;
    if (!tlsg_header_scan_is_full(csp->unknown)) {
        tlsg_header_scan_add_word(csp->unknown, name, unknown_hint(reader->pool, name));
    }
    if (csp->fault == NULL) {
        tlsg_header_scan_blame(reader->pool, &csp->fault,
                               "\"%s\" is no directive; browsers skip it",
                               tlsg_header_scan_show(reader->pool, name));
    }
}

static void read_directive(reader_t *reader, const char *at, const char *end)
{
    tlsg_header_csp_t *csp = reader->csp;
    tlsg_header_span_t name;
    if (!next_word(&at, end, &name)) {
        return;
    }
    if (!is_ascii(name.at, end)) {
        tlsg_header_scan_blame(reader->pool, &csp->fault,
                               "\"%s\" holds characters beyond ASCII; browsers skip it",
                               csp->fault == NULL ? tlsg_header_scan_show(reader->pool, name) : "");
        return;
    }
    int which = find_known(name);
    if (which < 0) {
        read_unknown(reader, name);
        return;
    }
    const known_t *row = &known[which];
    if ((reader->seen & (UINT64_C(1) << which)) != 0) {
        tlsg_header_scan_add_name(csp->duplicates, row->name);
        tlsg_header_scan_blame(reader->pool, &csp->fault,
                               "%s is given twice; browsers skip the second one", row->name);
        return;
    }
    reader->seen |= UINT64_C(1) << which;
    reader->current = which;
    if (row->instead != NULL) {
        tlsg_header_scan_add_word(csp->deprecated, name, row->instead);
    }
    if (row->is_sources) {
        read_sources(reader, at, end);
    }
    if (!tlsg_header_scan_is_full(csp->policies)) {
        if (reader->policy.directives == NULL) {
            reader->policy.directives =
                apr_array_make(reader->pool, 4, sizeof(tlsg_header_csp_directive_t));
        }
        tlsg_header_csp_directive_t *directive = apr_array_push(reader->policy.directives);
        directive->name = row->name;
        directive->value = fold(reader->pool, at, end);
    }
}

static int has(const reader_t *reader, int which)
{
    return (reader->seen & (UINT64_C(1) << which)) != 0;
}

/* The source list that decides: the first one given of three, which ends with the general ones. -1:
 * none. */
static int effective(const reader_t *reader, int special, int family)
{
    if (has(reader, special)) {
        return special;
    }
    if (has(reader, family)) {
        return family;
    }
    return has(reader, DEFAULT_SRC) ? DEFAULT_SRC : -1;
}

/* 'unsafe-inline' counts (CSP 3 section 6.7.3.2). */
static int allows_inline(unsigned sources)
{
    return (sources & HAS_INLINE) != 0 && (sources & (HAS_NONCE | HAS_DYNAMIC)) == 0;
}

static unsigned script_bits(const reader_t *reader)
{
    int elements = effective(reader, SCRIPT_SRC_ELEM, SCRIPT_SRC);
    int handlers = effective(reader, SCRIPT_SRC_ATTR, SCRIPT_SRC);
    int evals = effective(reader, SCRIPT_SRC, SCRIPT_SRC);
    unsigned bits = 0;
    if (evals < 0 || (reader->sources[evals] & HAS_EVAL) != 0) {
        bits |= TLSG_CSP_EVAL;
    }
    if (elements < 0) {
        bits |= TLSG_CSP_NO_SCRIPT_RULE | TLSG_CSP_ANY_SCRIPT | TLSG_CSP_DATA_SCRIPT |
                TLSG_CSP_INLINE_SCRIPT;
        return bits;
    }
    unsigned sources = reader->sources[elements];
    if (allows_inline(sources) || handlers < 0 || allows_inline(reader->sources[handlers])) {
        bits |= TLSG_CSP_INLINE_SCRIPT;
    }
    if ((sources & HAS_DYNAMIC) == 0) {
        bits |= (sources & HAS_ANY) != 0 ? TLSG_CSP_ANY_SCRIPT : 0U;
        bits |= (sources & HAS_DATA) != 0 ? TLSG_CSP_DATA_SCRIPT : 0U;
    }
    return bits;
}

static unsigned style_bits(const reader_t *reader)
{
    static const int special[] = { STYLE_SRC_ELEM, STYLE_SRC_ATTR };
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        int list = effective(reader, special[i], STYLE_SRC);
        if (list < 0) {
            bits |= TLSG_CSP_NO_STYLE_RULE | TLSG_CSP_INLINE_STYLE;
        }
        else if (allows_inline(reader->sources[list] & ~(unsigned)HAS_DYNAMIC)) {
            bits |= TLSG_CSP_INLINE_STYLE;
        }
    }
    return bits;
}

static unsigned allowed(const reader_t *reader)
{
    unsigned bits = script_bits(reader) | style_bits(reader);
    for (size_t i = 0; i < KNOWN; i++) {
        if ((reader->sources[i] & HAS_PLAIN) != 0) {
            bits |= TLSG_CSP_PLAIN_HTTP;
        }
    }
    bits |= effective(reader, OBJECT_SRC, OBJECT_SRC) < 0 ? TLSG_CSP_ANY_OBJECT : 0U;
    bits |= has(reader, BASE_URI) ? 0U : TLSG_CSP_ANY_BASE;
    bits |= has(reader, FORM_ACTION) ? 0U : TLSG_CSP_ANY_FORM;
    return bits;
}

/* Ends the policy that was read: it counts when browsers know one of its directives. */
static void finish_policy(reader_t *reader)
{
    tlsg_header_csp_t *csp = reader->csp;
    if (reader->seen == 0) {
        return;
    }
    reader->policy.allows = allowed(reader);
    csp->allows = csp->valid ? csp->allows & reader->policy.allows : reader->policy.allows;
    csp->valid = 1;
    if (reader->policy.directives == NULL) {
        return; /* one policy too many: nothing of it was kept */
    }
    *(tlsg_header_csp_policy_t *)apr_array_push(csp->policies) = reader->policy;
    if (csp->frame_ancestors == NULL) {
        csp->frame_ancestors = tlsg_header_csp_get(&reader->policy, known[FRAME_ANCESTORS].name);
    }
}

static void read_policy(apr_pool_t *pool, tlsg_header_csp_t *csp, const char *at, const char *end)
{
    reader_t reader = { .pool = pool, .csp = csp };
    while (at < end) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        const char *stop = semicolon != NULL ? semicolon : end;
        read_directive(&reader, at, stop);
        at = stop + 1;
    }
    finish_policy(&reader);
}

tlsg_header_csp_t *tlsg_header_csp_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_csp_t *csp = apr_pcalloc(pool, sizeof *csp);
    csp->policies = apr_array_make(pool, 1, sizeof(tlsg_header_csp_policy_t));
    csp->duplicates = tlsg_header_scan_names(pool);
    csp->unknown = tlsg_header_scan_words(pool);
    csp->deprecated = tlsg_header_scan_words(pool);
    csp->suspect = tlsg_header_scan_words(pool);

    int is_empty = value[strspn(value, " \t;,")] == '\0';
    while (*value != '\0') {
        size_t len = strcspn(value, ",");
        read_policy(pool, csp, value, value + len);
        value += len + (value[len] == ',' ? 1 : 0);
    }
    if (!csp->valid) {
        tlsg_header_scan_blame(pool, &csp->fault, "%s",
                               is_empty ? "the value is empty"
                                        : "it holds no directive that browsers know");
    }
    return csp;
}

const char *tlsg_header_csp_get(const tlsg_header_csp_policy_t *policy, const char *name)
{
    for (int i = 0; i < policy->directives->nelts; i++) {
        const tlsg_header_csp_directive_t *directive =
            &APR_ARRAY_IDX(policy->directives, i, tlsg_header_csp_directive_t);
        if (strcmp(directive->name, name) == 0) {
            return directive->value;
        }
    }
    return NULL;
}
