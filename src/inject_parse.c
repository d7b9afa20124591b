/* SPDX-License-Identifier: Apache-2.0 */
#include "inject_parse.h"

#include <errno.h>
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_value.h"
#include "inject_preset.h"
#include "pin.h"
#include "text.h"

#define SHOWN_MAX 80          /* bytes of foreign text in a message */
#define PRELOAD_AGE 31536000  /* seconds: one year, which hstspreload.org demands */
#define VALUE_MAX 4096        /* bytes of a header value: half of what clients commonly accept */
#define AGE_MAX APR_INT32_MAX /* seconds: 68 years; larger is a slip */

static const char *shown(apr_pool_t *pool, const char *text)
{
    return tlsg_text_printable(pool, text, strlen(text), SHOWN_MAX);
}

static int is_off(int argc, const char *const *argv)
{
    return argc == 1 && tlsg_text_eq_nocase(argv[0], "off");
}

/* Value of a word NAME=VALUE, quotes around it taken off; NULL when the word is another. */
static const char *value_of(apr_pool_t *pool, const char *word, const char *name)
{
    size_t len = strlen(name);
    if (!tlsg_text_has_prefix_nocase(word, name) || word[len] != '=') {
        return NULL;
    }
    const char *value = word + len + 1;
    size_t n = strlen(value);
    int is_quoted = n >= 2 && value[0] == '"' && value[n - 1] == '"';
    return is_quoted ? apr_pstrmemdup(pool, value + 1, n - 2) : value;
}

/* ---- TLSGuardHeader ---- */

/* Headers that frame the message, that other directives own, or that are httpd's: adding one breaks
 * responses or goes around a condition. */
static const struct {
    const char *name;
    const char *instead;
} foreign[] = {
    { "Strict-Transport-Security", "TLSGuardHSTS sends it, over TLS only" },
    { "Public-Key-Pins", "TLSGuardPins sends it, with pins that fit the certificates" },
    { "Set-Cookie", "TLSGuardCookies hardens cookies, and nothing adds one" },
    { "Content-Length", "httpd computes it" },
    { "Transfer-Encoding", "httpd chooses it" },
    { "Content-Encoding", "it must fit the content" },
    { "Content-Type", "it must fit the content" },
    { "Connection", "httpd chooses it" },
    { "Date", "httpd sends it" },
    { "Server", "httpd sends it; see ServerTokens" },
};

static const char *judge_name(apr_pool_t *pool, const char *name)
{
    for (const char *s = name; *s != '\0'; s++) {
        if (!tlsg_header_scan_is_tchar(*s)) {
            return apr_psprintf(pool, "'%s' is no header name", shown(pool, name));
        }
    }
    return *name == '\0' ? "the header name is empty" : NULL;
}

static const char *judge_foreign(apr_pool_t *pool, const char *name)
{
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (tlsg_text_eq_nocase(foreign[i].name, name)) {
            return apr_psprintf(pool, "%s is not for this directive: %s", foreign[i].name,
                                foreign[i].instead);
        }
    }
    return NULL;
}

static const char *judge_value(apr_pool_t *pool, const char *name, const char *value)
{
    if (strlen(value) > VALUE_MAX) {
        return apr_psprintf(pool, "the value of %s is longer than %d bytes", name, VALUE_MAX);
    }
    if (*value == '\0') {
        return apr_psprintf(pool, "the value of %s is empty; 'off' keeps the header away", name);
    }
    for (const char *s = value; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return apr_psprintf(pool, "the value of %s holds a control character", name);
        }
    }
    return NULL;
}

const char *tlsg_inject_parse_header(apr_pool_t *pool, int argc, const char *const *argv,
                                     const void **made, const char **refusal)
{
    *refusal = NULL;
    if (argc != 2) {
        return apr_psprintf(pool,
                            "expected a header name and its value (in quotes), default or off, "
                            "not '%s'",
                            argc > 0 ? shown(pool, argv[argc - 1]) : "");
    }
    size_t len = strlen(argv[0]);
    const char *name =
        apr_pstrmemdup(pool, argv[0], len > 0 && argv[0][len - 1] == ':' ? len - 1 : len);
    const char *err = judge_name(pool, name);
    if (err != NULL) {
        return err;
    }
    apr_array_header_t *list = apr_array_make(pool, 1, sizeof(tlsg_inject_header_t));
    tlsg_inject_header_t *header = apr_array_push(list);
    header->name = name;
    header->value = NULL;
    header->is_default = 0;
    *made = list;
    if (tlsg_text_eq_nocase(argv[1], "off")) {
        return NULL;
    }
    err = judge_foreign(pool, name);
    if (err != NULL) {
        return err;
    }
    header->value = argv[1];
    if (!tlsg_text_eq_nocase(argv[1], "default")) {
        return judge_value(pool, name, argv[1]);
    }
    const tlsg_inject_preset_t *preset = tlsg_inject_preset_find(name);
    if (preset == NULL) {
        return apr_psprintf(pool, "no preset has a value for %s; give one", name);
    }
    header->value = preset->value;
    header->is_default = 1;
    return NULL;
}

/* ---- TLSGuardHSTS ---- */

static const char *hsts_value(apr_pool_t *pool, const tlsg_inject_hsts_t *hsts)
{
    return apr_psprintf(pool, "max-age=%" APR_INT64_T_FMT "%s%s", hsts->max_age,
                        hsts->include_subdomains ? "; includeSubDomains" : "",
                        hsts->preload ? "; preload" : "");
}

static const char *first_word(apr_pool_t *pool, const tlsg_header_hsts_t *read)
{
    if (read->unknown->nelts > 0) {
        const tlsg_header_word_t *word = &APR_ARRAY_IDX(read->unknown, 0, tlsg_header_word_t);
        return apr_psprintf(pool, "expected max-age=, includeSubDomains or preload, not '%s'%s%s",
                            word->text, word->hint != NULL ? "; " : "",
                            word->hint != NULL ? word->hint : "");
    }
    if (read->duplicates->nelts > 0) {
        return apr_psprintf(pool, "%s is given twice",
                            APR_ARRAY_IDX(read->duplicates, 0, const char *));
    }
    return NULL;
}

/* The header's own parser reads the words: what it would send is what it accepts. */
const char *tlsg_inject_parse_hsts(apr_pool_t *pool, int argc, const char *const *argv,
                                   const void **made, const char **refusal)
{
    tlsg_inject_hsts_t *hsts = apr_pcalloc(pool, sizeof *hsts);
    *refusal = NULL;
    *made = hsts;
    if (argc == 0) {
        return "expected max-age=SECONDS [includeSubDomains] [preload], or off";
    }
    if (is_off(argc, argv)) {
        return NULL;
    }
    apr_array_header_t *words = apr_array_make(pool, argc, sizeof(const char *));
    for (int i = 0; i < argc; i++) {
        APR_ARRAY_PUSH(words, const char *) = argv[i];
    }
    const tlsg_header_hsts_t *read =
        tlsg_header_hsts_parse(pool, tlsg_text_join(pool, words, "; "));
    const char *err = first_word(pool, read);
    if (err != NULL || !read->valid) {
        return err != NULL ? err : read->fault;
    }
    if (read->max_age > AGE_MAX) {
        return "max-age is longer than 68 years";
    }
    hsts->max_age = read->max_age;
    hsts->include_subdomains = read->include_subdomains;
    hsts->preload = read->preload;
    if (hsts->preload && (!hsts->include_subdomains || hsts->max_age < PRELOAD_AGE)) {
        *refusal = "preload needs includeSubDomains and a max-age of at least 31536000 (one year), "
                   "or the preload list does not take the site";
        hsts->preload = 0;
    }
    hsts->value = hsts_value(pool, hsts);
    return NULL;
}

/* ---- TLSGuardPins ---- */

static const char *parse_age(apr_pool_t *pool, const char *text, apr_int64_t *age)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0' || digits > 10 || (*age = apr_atoi64(text)) > AGE_MAX) {
        return apr_psprintf(pool, "max-age: expected a number of seconds, not '%s'",
                            shown(pool, text));
    }
    return NULL;
}

static const char *parse_backup(apr_pool_t *pool, const char *text, tlsg_inject_pins_t *pins)
{
    unsigned char digest[TLSG_PIN_BYTES];
    if (!tlsg_pin_decode(text, digest)) {
        return apr_psprintf(pool, "backup: '%s' is no pin (base64 of 32 bytes, 44 characters)",
                            shown(pool, text));
    }
    APR_ARRAY_PUSH(pins->backups, const char *) = apr_pstrdup(pool, text);
    return NULL;
}

static const char *parse_report_uri(apr_pool_t *pool, const char *text, tlsg_inject_pins_t *pins)
{
    if (strpbrk(text, "\"\\ \t") != NULL || strstr(text, "://") == NULL) {
        return apr_psprintf(pool, "report-uri: '%s' is no absolute address", shown(pool, text));
    }
    pins->report_uri = text;
    return judge_value(pool, "report-uri", text);
}

static const char *parse_pins_word(apr_pool_t *pool, const char *word, tlsg_inject_pins_t *pins)
{
    const char *value;
    if ((value = value_of(pool, word, "max-age")) != NULL) {
        return parse_age(pool, value, &pins->max_age);
    }
    if ((value = value_of(pool, word, "backup")) != NULL) {
        return parse_backup(pool, value, pins);
    }
    if ((value = value_of(pool, word, "report-uri")) != NULL) {
        return parse_report_uri(pool, value, pins);
    }
    if (tlsg_text_eq_nocase(word, "includeSubDomains")) {
        pins->include_subdomains = 1;
        return NULL;
    }
    return apr_psprintf(pool,
                        "expected max-age=, includeSubDomains, report-uri= or backup=, not '%s'",
                        shown(pool, word));
}

const char *tlsg_inject_parse_pins(apr_pool_t *pool, int argc, const char *const *argv,
                                   const void **made, const char **refusal)
{
    tlsg_inject_pins_t *pins = apr_pcalloc(pool, sizeof *pins);
    pins->backups = apr_array_make(pool, 1, sizeof(const char *));
    pins->max_age = -1;
    *refusal = NULL;
    *made = pins;
    pins->is_off = is_off(argc, argv);
    if (pins->is_off) {
        return NULL;
    }
    for (int i = 0; i < argc; i++) {
        const char *err = parse_pins_word(pool, argv[i], pins);
        if (err != NULL) {
            return err;
        }
    }
    if (pins->max_age < 0) {
        return "expected max-age=SECONDS";
    }
    if (pins->backups->nelts == 0) {
        *refusal =
            "expected backup=PIN: without the pin of a key kept elsewhere, losing the server's "
            "key locks every client out";
        pins->is_off = 1;
    }
    return NULL;
}

/* ---- TLSGuardCompression, TLSGuardCookies ---- */

/* 1 when the word was except=REGEX. */
static int take_except(apr_pool_t *pool, const char *word, apr_array_header_t *except)
{
    const char *text = value_of(pool, word, "except");
    if (text == NULL) {
        return 0;
    }
    tlsg_inject_except_t *entry = apr_array_push(except);
    entry->text = text;
    entry->compiled = NULL;
    return 1;
}

const char *tlsg_inject_parse_compression(apr_pool_t *pool, int argc, const char *const *argv,
                                          const void **made, const char **refusal)
{
    static const char *const words[] = { "allow", "exclude", "secrets" };
    tlsg_inject_compression_t *compression = apr_pcalloc(pool, sizeof *compression);
    compression->except = apr_array_make(pool, 0, sizeof(tlsg_inject_except_t));
    *refusal = NULL;
    *made = compression;
    int mode = 0;
    while (argc > 0 && mode < 3 && !tlsg_text_eq_nocase(words[mode], argv[0])) {
        mode++;
    }
    if (argc == 0 || mode == 3) {
        return apr_psprintf(pool, "expected allow, exclude or secrets, not '%s'",
                            argc > 0 ? shown(pool, argv[0]) : "");
    }
    compression->mode = (tlsg_inject_compress_t)mode;
    for (int i = 1; i < argc; i++) {
        if (!take_except(pool, argv[i], compression->except)) {
            return apr_psprintf(pool, "expected except=REGEX, not '%s'", shown(pool, argv[i]));
        }
    }
    return NULL;
}

static const struct {
    const char *word;
    unsigned bit;
} cookie_words[] = {
    { "secure", TLSG_COOKIE_SECURE },
    { "httponly", TLSG_COOKIE_HTTPONLY },
    { "samesite=strict", TLSG_COOKIE_SAMESITE_STRICT },
    { "samesite=lax", TLSG_COOKIE_SAMESITE_LAX },
    { "samesite=none", TLSG_COOKIE_SAMESITE_NONE },
};

static unsigned cookie_bit(const char *word)
{
    for (size_t i = 0; i < sizeof cookie_words / sizeof cookie_words[0]; i++) {
        if (tlsg_text_eq_nocase(cookie_words[i].word, word)) {
            return cookie_words[i].bit;
        }
    }
    return 0;
}

const char *tlsg_inject_parse_cookies(apr_pool_t *pool, int argc, const char *const *argv,
                                      const void **made, const char **refusal)
{
    tlsg_inject_cookies_t *cookies = apr_pcalloc(pool, sizeof *cookies);
    cookies->except = apr_array_make(pool, 0, sizeof(tlsg_inject_except_t));
    *refusal = NULL;
    *made = cookies;
    if (is_off(argc, argv)) {
        return NULL;
    }
    for (int i = 0; i < argc; i++) {
        unsigned bit = cookie_bit(argv[i]);
        if (bit == 0 && !take_except(pool, argv[i], cookies->except)) {
            return apr_psprintf(pool,
                                "expected secure, httponly, samesite=strict, samesite=lax, "
                                "samesite=none or except=REGEX, not '%s'",
                                shown(pool, argv[i]));
        }
        cookies->add |= bit;
    }
    unsigned sites = cookies->add & (TLSG_COOKIE_SAMESITE_STRICT | TLSG_COOKIE_SAMESITE_LAX |
                                     TLSG_COOKIE_SAMESITE_NONE);
    if ((sites & (sites - 1)) != 0) {
        return "samesite= is given twice";
    }
    return cookies->add == 0 ? "expected at least one of secure, httponly and samesite=" : NULL;
}
