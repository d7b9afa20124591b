/* SPDX-License-Identifier: Apache-2.0 */
#include "inject.h"

#include <string.h>

#include <apr_strings.h>

#include "header_value.h"
#include "inject_preset.h"
#include "text.h"
#include "words.h"

static int names_hold(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; names != NULL && i < names->nelts; i++) {
        if (tlsg_text_eq_nocase(APR_ARRAY_IDX(names, i, const char *), name)) {
            return 1;
        }
    }
    return 0;
}

/* The innermost TLSGuardHeader line for the name, NULL without one. */
static const tlsg_inject_header_t *line_for(const tlsg_conf_t *conf, const char *name)
{
    const apr_array_header_t *list = conf->header_list;
    for (int i = list != NULL ? list->nelts - 1 : -1; i >= 0; i--) {
        const tlsg_inject_header_t *line = &APR_ARRAY_IDX(list, i, tlsg_inject_header_t);
        if (tlsg_text_eq_nocase(line->name, name)) {
            return line;
        }
    }
    return NULL;
}

typedef struct builder_t {
    const tlsg_conf_t *conf;
    const tlsg_inject_server_t *server;
    tlsg_plan_header_t *headers;
    int count;
} builder_t;

static void put(builder_t *builder, const char *name, const char *value, unsigned when)
{
    if (value == NULL || names_hold(builder->server->unset, name)) {
        return;
    }
    const tlsg_header_name_t *known = tlsg_header_name_find(name);
    tlsg_plan_header_t *header = &builder->headers[builder->count++];
    header->name = name;
    header->length = strlen(name);
    header->value = value;
    header->when = when;
    /* Nobody stores the headers that come over TLS only, and there is but one nosniff. */
    if ((when & TLSG_WHEN_TLS) == 0 && !tlsg_text_eq_nocase(name, "X-Content-Type-Options")) {
        header->when |= TLSG_WHEN_WHOLE;
    }
    if (known != NULL && (known->flags & TLSG_HEADER_DOCUMENT) != 0) {
        header->when |= TLSG_WHEN_DOCUMENT;
    }
}

static void put_preset(builder_t *builder, const tlsg_inject_preset_t *preset)
{
    const tlsg_inject_header_t *line = line_for(builder->conf, preset->name);
    unsigned when = preset->unless_framed ? TLSG_WHEN_UNFRAMED : 0U;
    if (line != NULL) {
        put(builder, preset->name, line->value, line->is_default ? when : 0U);
    }
    else if (builder->conf->headers >= preset->level) {
        put(builder, preset->name, preset->value, when);
    }
}

/* A header over TLS only, unless a section says off. */
static void put_tls(builder_t *builder, const char *name, const char *value)
{
    const tlsg_inject_header_t *line = line_for(builder->conf, name);
    if (line == NULL || line->value != NULL) {
        put(builder, name, value, TLSG_WHEN_TLS);
    }
}

static void put_lines(builder_t *builder)
{
    const apr_array_header_t *list = builder->conf->header_list;
    for (int i = 0; list != NULL && i < list->nelts; i++) {
        const tlsg_inject_header_t *line = &APR_ARRAY_IDX(list, i, tlsg_inject_header_t);
        /* Presets' names are done, and only the innermost line of a name counts. */
        if (tlsg_inject_preset_find(line->name) == NULL &&
            line_for(builder->conf, line->name) == line) {
            put(builder, line->name, line->value, 0);
        }
    }
}

static const char hsts_name[] = "Strict-Transport-Security";
static const char pins_name[] = "Public-Key-Pins";

tlsg_plan_t *tlsg_inject_plan(apr_pool_t *pool, const tlsg_conf_t *conf,
                              const tlsg_inject_server_t *server)
{
    int most = 2; /* HSTS and pins */
    for (int i = 0; tlsg_inject_preset_at(i) != NULL; i++) {
        most++;
    }
    most += conf->header_list != NULL ? conf->header_list->nelts : 0;
    builder_t builder = { .conf = conf, .server = server };
    builder.headers = apr_palloc(pool, (apr_size_t)most * sizeof *builder.headers);
    const tlsg_inject_preset_t *preset;
    for (int i = 0; (preset = tlsg_inject_preset_at(i)) != NULL; i++) {
        put_preset(&builder, preset);
    }
    put_lines(&builder);
    put_tls(&builder, hsts_name, conf->hsts != NULL ? conf->hsts->value : NULL);
    put_tls(&builder, pins_name, server->pins);

    tlsg_plan_t *plan = apr_pcalloc(pool, sizeof *plan);
    plan->count = builder.count;
    plan->headers = builder.headers;
    for (int i = 0; i < plan->count; i++) {
        const tlsg_plan_header_t *header = &plan->headers[i];
        plan->whens |= header->when;
        plan->initials |= TLSG_INITIAL(*header->name);
        plan->lengths |= TLSG_LENGTH(header->length);
    }
    plan->drops = conf->drop_headers;
    plan->trusts_proxy = conf->terminator == TLSG_TERMINATOR_REMOTEIP;
    plan->cookies = conf->cookies != NULL && conf->cookies->add != 0 ? conf->cookies : NULL;
    if (conf->compression != NULL && conf->compression->mode != TLSG_COMPRESS_ALLOW) {
        plan->compression = conf->compression;
    }
    plan->cookie_paths = server->cookie_paths;
    return plan;
}

void tlsg_inject_plan_keep(apr_pool_t *pool, tlsg_plan_t *plan)
{
    apr_table_t *table = apr_table_make(pool, plan->count);
    for (int i = 0; i < plan->count; i++) {
        apr_table_addn(table, plan->headers[i].name, plan->headers[i].value);
    }
    plan->table = table;
}

int tlsg_inject_plan_touches(const tlsg_plan_t *plan)
{
    return plan->count > 0 || plan->drops || plan->cookies != NULL;
}

const char *tlsg_inject_value(const tlsg_conf_t *conf, const char *name, int is_tls)
{
    const tlsg_inject_header_t *line = line_for(conf, name);
    if (tlsg_text_eq_nocase(name, hsts_name)) {
        int is_off = conf->hsts == NULL || (line != NULL && line->value == NULL);
        return is_tls && !is_off ? conf->hsts->value : NULL;
    }
    if (line != NULL || tlsg_text_eq_nocase(name, pins_name)) {
        return line != NULL ? line->value : NULL;
    }
    const tlsg_inject_preset_t *preset = tlsg_inject_preset_find(name);
    return preset != NULL && conf->headers >= preset->level ? preset->value : NULL;
}

int tlsg_inject_adds(const tlsg_conf_t *conf, const char *name, int is_tls)
{
    if (!tlsg_text_eq_nocase(name, pins_name)) {
        return tlsg_inject_value(conf, name, is_tls) != NULL;
    }
    const tlsg_inject_header_t *line = line_for(conf, name);
    return is_tls && conf->pins != NULL && !conf->pins->is_off &&
           (line == NULL || line->value != NULL);
}

/* Index of a Header line's action in its words: behind the name of the table. */
static int action_at(int argc, const char *const *argv)
{
    return argc > 0 &&
           (tlsg_text_eq_nocase(argv[0], "always") || tlsg_text_eq_nocase(argv[0], "onsuccess"));
}

const char *tlsg_inject_unset(apr_pool_t *pool, const char *args)
{
    const char *const *argv;
    int argc = tlsg_words_split(pool, args, &argv);
    int at = action_at(argc, argv);
    if (argc != at + 2 || !tlsg_text_eq_nocase(argv[at], "unset")) {
        return NULL;
    }
    size_t len = strlen(argv[at + 1]);
    return apr_pstrmemdup(pool, argv[at + 1],
                          len > 0 && argv[at + 1][len - 1] == ':' ? len - 1 : len);
}

int tlsg_inject_puts_cookie(apr_pool_t *pool, const char *args)
{
    static const char *const actions[] = { "set", "setifempty", "add", "append", "merge" };
    const char *const *argv;
    int argc = tlsg_words_split(pool, args, &argv);
    int at = action_at(argc, argv);
    if (argc < at + 3 || (!tlsg_text_eq_nocase(argv[at + 1], "Set-Cookie") &&
                          !tlsg_text_eq_nocase(argv[at + 1], "Set-Cookie:"))) {
        return 0;
    }
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (tlsg_text_eq_nocase(actions[i], argv[at])) {
            return 1;
        }
    }
    return 0;
}

int tlsg_inject_is_below(const apr_array_header_t *paths, const char *path)
{
    for (int i = 0; paths != NULL && i < paths->nelts; i++) {
        const char *above = APR_ARRAY_IDX(paths, i, const char *);
        size_t len = strlen(above);
        if (strncmp(above, path, len) == 0 &&
            (len == 0 || above[len - 1] == '/' || path[len] == '/' || path[len] == '\0')) {
            return 1;
        }
    }
    return 0;
}

/* Policies are separated by commas, their directives by semicolons. */
int tlsg_inject_limits_framing(const char *policy)
{
    static const char name[] = "frame-ancestors";
    while (*policy != '\0') {
        policy += strspn(policy, " \t");
        if (tlsg_text_has_prefix_nocase(policy, name)) {
            char end = policy[sizeof name - 1];
            if (end == '\0' || strchr(" \t;,", end) != NULL) {
                return 1;
            }
        }
        policy += strcspn(policy, ";,");
        policy += *policy != '\0';
    }
    return 0;
}

static const char *pin_words(apr_pool_t *pool, const apr_array_header_t *pins, const char *text)
{
    for (int i = 0; i < pins->nelts; i++) {
        const char *pin = APR_ARRAY_IDX(pins, i, const char *);
        if (strstr(text, pin) == NULL) {
            text = apr_pstrcat(pool, text, "pin-sha256=\"", pin, "\"; ", NULL);
        }
    }
    return text;
}

/* Pins are base64, so case matters: names_hold() is not for them. */
static int is_among(const apr_array_header_t *pins, const char *pin)
{
    for (int i = 0; i < pins->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(pins, i, const char *), pin) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *tlsg_inject_pins(apr_pool_t *pool, const tlsg_inject_pins_t *pins,
                             const apr_array_header_t *leaves, const apr_array_header_t *chain,
                             const char **err)
{
    int outside = 0;
    *err = NULL;
    for (int i = 0; i < pins->backups->nelts; i++) {
        const char *pin = APR_ARRAY_IDX(pins->backups, i, const char *);
        outside += !is_among(leaves, pin) && !is_among(chain, pin);
    }
    if (leaves->nelts == 0) {
        *err = "the virtual host has no certificate to pin";
        return NULL;
    }
    if (outside == 0) {
        *err =
            "each backup pin belongs to a certificate of the chain; a backup is the pin of a key "
            "that is kept elsewhere";
        return NULL;
    }
    const char *text = pin_words(pool, pins->backups, pin_words(pool, leaves, ""));
    return apr_psprintf(pool, "%smax-age=%" APR_INT64_T_FMT "%s%s%s%s", text, pins->max_age,
                        pins->include_subdomains ? "; includeSubDomains" : "",
                        pins->report_uri != NULL ? "; report-uri=\"" : "",
                        pins->report_uri != NULL ? pins->report_uri : "",
                        pins->report_uri != NULL ? "\"" : "");
}

/* 1 when `type` is one of the words, parameters aside; a word that ends in "/" stands for all its
 * subtypes. */
static int is_type(const char *type, const char *const *words)
{
    size_t len = strcspn(type, "; \t");
    for (; *words != NULL; words++) {
        size_t n = strlen(*words);
        if (len >= n && (len == n || (*words)[n - 1] == '/') &&
            tlsg_text_has_prefix_nocase(type, *words)) {
            return 1;
        }
    }
    return 0;
}

int tlsg_inject_is_document(const char *content_type)
{
    static const char *const words[] = { "text/html", "application/xhtml+xml", "image/svg+xml",
                                         "text/xml",  "application/xml",       "application/pdf",
                                         NULL };
    /* Nearly every document is this. */
    if (content_type == NULL || strcmp(content_type, "text/html") == 0) {
        return 1;
    }
    return is_type(content_type, words);
}

int tlsg_inject_is_static(const char *content_type)
{
    static const char *const words[] = { "image/",
                                         "font/",
                                         "audio/",
                                         "video/",
                                         "text/css",
                                         "text/javascript",
                                         "application/javascript",
                                         "application/wasm",
                                         "application/vnd.ms-fontobject",
                                         NULL };
    return content_type != NULL && is_type(content_type, words) &&
           !tlsg_inject_is_document(content_type);
}

/* 1 when the address is one of `host`, over TLS. */
static int is_at_host(const char *address, const char *host)
{
    static const char scheme[] = "https://";
    if (host == NULL || !tlsg_text_has_prefix_nocase(address, scheme)) {
        return 0;
    }
    const char *at = address + sizeof scheme - 1;
    size_t len = strcspn(at, "/?#");
    return len > 0 && len == strlen(host) && tlsg_text_has_prefix_nocase(at, host);
}

int tlsg_inject_is_cross_site(const char *fetch_site, const char *origin, const char *referer,
                              const char *host)
{
    if (fetch_site != NULL) {
        return !tlsg_text_eq_nocase(fetch_site, "same-origin") &&
               !tlsg_text_eq_nocase(fetch_site, "same-site") &&
               !tlsg_text_eq_nocase(fetch_site, "none");
    }
    if (origin != NULL) {
        return !is_at_host(origin, host);
    }
    return referer == NULL || !is_at_host(referer, host);
}
