/* SPDX-License-Identifier: Apache-2.0 */
#include "support_conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "audit.h"
#include "collect_conf.h"
#include "policy.h"
#include "rule.h"
#include "settings.h"
#include "text.h"
#include "words.h"

#define CONF_FILE "/srv/www/conf/httpd.conf"
#define PKI "build/t/pki/"
#define DEPTH 16 /* containers inside each other */

typedef struct reader_t {
    apr_pool_t *pool;
    tlsg_collect_t *collect;
    tlsg_vhost_t *vhost;
    const tlsg_section_t *stack[DEPTH];
    int is_spliced[DEPTH];
    int depth;
    int line;
    apr_hash_t *confs; /* tlsg_vhost_t * -> tlsg_conf_t *: the module's settings, not merged */
} reader_t;

static const char *fixture(apr_pool_t *pool, const char *text)
{
    const char *out = "";
    for (;;) {
        const char *at = strchr(text, '@');
        const char *end = at != NULL ? strchr(at + 1, '@') : NULL;
        if (end == NULL) {
            return apr_pstrcat(pool, out, text, NULL);
        }
        const char *name = apr_pstrmemdup(pool, at + 1, (apr_size_t)(end - at - 1));
        const char *path = strstr(name, ".key") != NULL
                               ? apr_pstrcat(pool, PKI, name, NULL)
                               : apr_pstrcat(pool, PKI, name, "-all.pem", NULL);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            path = apr_psprintf(pool, PKI "%s.pem", name);
            file = fopen(path, "r");
        }
        if (file == NULL) { /* an "@" that names no fixture, as in @SECLEVEL */
            out =
                apr_pstrcat(pool, out, apr_pstrmemdup(pool, text, (apr_size_t)(end - text)), NULL);
            text = end;
            continue;
        }
        fclose(file);
        char *real = realpath(path, NULL);
        out =
            apr_pstrcat(pool, out, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)), real, NULL);
        free(real);
        text = end + 1;
    }
}

static void add_address(reader_t *reader, const char *word)
{
    const char *colon = strrchr(word, ':');
    const char *ip =
        colon != NULL ? apr_pstrmemdup(reader->pool, word, (apr_size_t)(colon - word)) : word;
    int port = colon != NULL && colon[1] != '*' ? (int)strtol(colon + 1, NULL, 10) : 0;
    if (strcmp(ip, "_default_") == 0) {
        ip = "*";
    }
    const char *dot = strrchr(ip, '.');
    if (dot != NULL && strcmp(dot, ".invalid") == 0) {
        return; /* a name that no resolver knows: httpd drops the address */
    }
    tlsg_collect_address(reader->collect, reader->vhost, ip, port);
}

static void listen_on(reader_t *reader, const char *args)
{
    const char *const *argv;
    int argc = tlsg_words_split(reader->pool, args, &argv);
    const char *colon = argc > 0 ? strrchr(argv[0], ':') : NULL;
    int port = (int)strtol(colon != NULL ? colon + 1 : argv[0], NULL, 10);
    const char *ip =
        colon != NULL ? apr_pstrmemdup(reader->pool, argv[0], (apr_size_t)(colon - argv[0])) : "*";
    tlsg_collect_listener(reader->collect, ip, port,
                          argc > 1      ? argv[1]
                          : port == 443 ? "https"
                                        : "http");
}

static void open_container(reader_t *reader, const char *name, const char *args,
                           const tlsg_origin_t *origin)
{
    if (tlsg_text_has_prefix_nocase(name, "<If") && strcasecmp(name, "<If") != 0) {
        reader->stack[reader->depth + 1] = reader->stack[reader->depth];
        reader->is_spliced[++reader->depth] = 1;
        return;
    }
    if (strcasecmp(name, "<VirtualHost") == 0) {
        const tlsg_policy_t *policy = reader->vhost->policy;
        reader->vhost = tlsg_collect_vhost(reader->collect, "vhost.test", origin, NULL);
        reader->vhost->policy = policy;
        const char *const *argv;
        const char *end = strrchr(args, '>');
        tlsg_words_split(reader->pool,
                         apr_pstrmemdup(reader->pool, args,
                                        end != NULL ? (apr_size_t)(end - args) : strlen(args)),
                         &argv);
        for (; *argv != NULL; argv++) {
            add_address(reader, *argv);
        }
        return;
    }
    size_t len = strlen(name);
    if (name[len - 1] == '>') { /* <Else>: httpd hands over "<Else" and ">" */
        name = apr_pstrmemdup(reader->pool, name, len - 1);
    }
    const tlsg_section_t *section =
        tlsg_collect_section(reader->collect, reader->stack[reader->depth], name, args, origin);
    tlsg_collect_directive(reader->collect, reader->vhost, reader->stack[reader->depth], name,
                           section->arg, origin);
    reader->stack[++reader->depth] = section;
    reader->is_spliced[reader->depth] = 0;
}

static void close_container(reader_t *reader, const char *name)
{
    if (strncasecmp(name, "</VirtualHost", 13) == 0) {
        reader->vhost = tlsg_collect_model(reader->collect)->main;
    }
    else if (reader->depth > 0) {
        reader->depth--;
    }
}

static const tlsg_setting_t *row_of(const char *name)
{
    const tlsg_setting_t *row = NULL;
    for (int i = 0; (row = tlsg_settings_at(i)) != NULL && strcasecmp(row->directive, name) != 0;) {
        i++;
    }
    return row;
}

/* The module's own directives, which the face reads through its command table. Sections' are left
 * to the directive tree; they only make the settings be there, as a server's always are. */
static void apply_setting(reader_t *reader, const char *name, const char *args)
{
    const tlsg_setting_t *row = row_of(name);
    if (row != NULL) {
        const char *refusal = NULL;
        const char *const *argv;
        int argc = tlsg_words_split(reader->pool, args, &argv);
        tlsg_conf_t *conf = apr_hash_get(reader->confs, &reader->vhost, sizeof reader->vhost);
        if (conf == NULL) {
            conf = tlsg_settings_make(reader->pool);
            apr_hash_set(reader->confs,
                         apr_pmemdup(reader->pool, &reader->vhost, sizeof reader->vhost),
                         sizeof reader->vhost, conf);
        }
        int is_outside = reader->stack[reader->depth] == NULL;
        if (is_outside && row->parse != NULL) {
            tlsg_settings_take(reader->pool, row, conf, argc, argv, &refusal);
        }
        else if (is_outside) {
            tlsg_settings_parse(reader->pool, row, conf, argv[0]);
        }
    }
    const tlsg_policy_t *policy =
        strcasecmp(name, "TLSGuardPolicy") == 0 ? tlsg_policy_find(args) : NULL;
    if (policy != NULL) {
        reader->vhost->policy = policy;
    }
}

static void read_line(reader_t *reader, char *text)
{
    char *name = text;
    while (isspace((unsigned char)*name)) {
        name++;
    }
    if (*name == '\0' || *name == '#') {
        return;
    }
    char *args = name + strcspn(name, " \t");
    if (*args != '\0') {
        *args++ = '\0';
    }
    while (isspace((unsigned char)*args)) {
        args++;
    }
    tlsg_origin_t origin = { .file = CONF_FILE, .line = reader->line, .directive = name };
    if (strncmp(name, "</", 2) == 0) {
        close_container(reader, name);
    }
    else if (*name == '<') {
        open_container(reader, name, args, &origin);
    }
    else {
        if (strcasecmp(name, "Listen") == 0) {
            listen_on(reader, args);
        }
        apply_setting(reader, name, args);
        tlsg_collect_directive(reader->collect, reader->vhost, reader->stack[reader->depth], name,
                               args, &origin);
        if (reader->vhost->server_name.directive != NULL) {
            reader->vhost->name = reader->vhost->server_name.text;
        }
    }
}

/* As httpd merges them; virtual hosts stay without when nothing is set. */
static void merge_settings(const reader_t *reader, tlsg_model_t *model)
{
    const tlsg_conf_t *outer = apr_hash_get(reader->confs, &model->main, sizeof model->main);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        const tlsg_conf_t *conf = apr_hash_get(reader->confs, &vhost, sizeof vhost);
        if (conf != NULL && outer != NULL && conf != outer) {
            conf = tlsg_settings_merge(reader->pool, outer, conf);
        }
        else if (conf == NULL) {
            conf = outer;
        }
        if (conf != NULL) {
            vhost->conf = tlsg_settings_resolve(reader->pool, conf);
        }
    }
}

static void load_modules(tlsg_model_t *model)
{
    static const char *const names[] = {
        "core.c",
        "event.c",
        "mod_ssl.c",
        "mod_headers.c",
        "mod_rewrite.c",
        "mod_setenvif.c",
        "mod_env.c",
        "mod_deflate.c",
        "mod_brotli.c",
        "mod_proxy.c",
        "mod_proxy_http.c",
        "mod_alias.c",
        "mod_dir.c",
        "mod_mime.c",
        "mod_http2.c",
        "mod_filter.c",
        "mod_socache_shmcb.c",
        "mod_authz_core.c",
        "mod_md.c",
        "mod_expires.c",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        apr_hash_set(model->modules, names[i], APR_HASH_KEY_STRING, names[i]);
    }
}

tlsg_model_t *support_conf_read(apr_pool_t *pool, const char *text)
{
    reader_t reader = { .pool = pool, .confs = apr_hash_make(pool) };
    reader.collect = tlsg_collect_make(pool, TLSG_STAGE_CONFIG_TEST, apr_time_now());
    tlsg_model_t *model = tlsg_collect_model(reader.collect);
    model->httpd_version = "2.4.71";
    model->openssl_build = OPENSSL_VERSION_STR;
    model->openssl_run = OpenSSL_version(OPENSSL_VERSION_STRING);
    model->server_root = "/srv/www";
    load_modules(model);
    reader.vhost = tlsg_collect_vhost(reader.collect, "localhost", NULL, NULL);
    char *rest = apr_pstrdup(pool, fixture(pool, text));
    while (rest != NULL && *rest != '\0') {
        char *line = rest;
        char *end = strchr(line, '\n');
        reader.line++;
        while (end != NULL && end > line && end[-1] == '\\') {
            end[-1] = ' ';
            *end = ' ';
            reader.line++;
            end = strchr(end, '\n');
        }
        rest = end != NULL ? end + 1 : NULL;
        if (end != NULL) {
            *end = '\0';
        }
        read_line(&reader, line);
    }
    merge_settings(&reader, model);
    return tlsg_collect_finish(reader.collect);
}

tlsg_model_t *support_conf_model(apr_pool_t *pool, const char *text)
{
    tlsg_model_t *model = support_conf_read(pool, text);
    tlsg_audit_prepare(model);
    return model;
}

const tlsg_report_t *support_conf_audit(apr_pool_t *pool, const char *text)
{
    return tlsg_audit_judge(support_conf_model(pool, text));
}

const tlsg_finding_t *support_conf_find(const tlsg_report_t *report, const char *rule)
{
    const apr_array_header_t *findings = tlsg_report_findings(report);
    for (int i = 0; i < findings->nelts; i++) {
        const tlsg_finding_t *finding = APR_ARRAY_IDX(findings, i, const tlsg_finding_t *);
        if (strcmp(finding->rule->id, rule) == 0 || strcmp(finding->rule->name, rule) == 0) {
            return finding;
        }
    }
    return NULL;
}

int support_conf_count(const tlsg_report_t *report, const char *rule)
{
    const apr_array_header_t *findings = tlsg_report_findings(report);
    int count = 0;
    for (int i = 0; i < findings->nelts; i++) {
        const tlsg_finding_t *finding = APR_ARRAY_IDX(findings, i, const tlsg_finding_t *);
        count += rule == NULL || strcmp(finding->rule->id, rule) == 0 ||
                 strcmp(finding->rule->name, rule) == 0;
    }
    return count;
}

/* ---- Examples ----------------------------------------------------------------------------- */

/* What a line sets: "sslprotocol", "header strict-transport-security"; "" for none. */
static const char *subject(apr_pool_t *pool, const char *line)
{
    const char *const *argv;
    int argc = tlsg_words_split(pool, line, &argv);
    int name = 1;
    if (argc == 0 || argv[0][0] == '#' || argv[0][0] == '<') {
        return "";
    }
    char *text = apr_pstrdup(pool, argv[0]);
    if (strcasecmp(argv[0], "Header") == 0) {
        name += argc > 1 &&
                (strcasecmp(argv[1], "always") == 0 || strcasecmp(argv[1], "onsuccess") == 0);
        text = apr_pstrcat(pool, "header ", argc > name + 1 ? argv[name + 1] : "", NULL);
    }
    for (char *c = text; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return text;
}

static apr_array_header_t *lines_of(apr_pool_t *pool, const char *text)
{
    apr_array_header_t *lines = apr_array_make(pool, 16, sizeof(const char *));
    char *state = NULL;
    char *copy = apr_pstrdup(pool, text);
    for (char *line = apr_strtok(copy, "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        APR_ARRAY_PUSH(lines, const char *) = line;
    }
    return lines;
}

static const char *read_file(apr_pool_t *pool, const char *path)
{
    char buffer[8192];
    FILE *file = fopen(path, "r");
    size_t len = file != NULL ? fread(buffer, 1, sizeof buffer, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    return apr_pstrmemdup(pool, buffer, len);
}

const char *support_conf_wrap(apr_pool_t *pool, const char *example)
{
    apr_array_header_t *lines = lines_of(pool, example);
    apr_hash_t *taken = apr_hash_make(pool);
    const char *server = "";
    const char *vhost = "";
    const char *bare = "";
    const char **place = &vhost;
    int inside = 0;
    for (int i = 0; i < lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(lines, i, const char *);
        if (strncmp(line, "%elsewhere", 10) == 0) {
            continue;
        }
        if (*line == '%') {
            place = strncmp(line, "%server", 7) == 0 ? &server
                    : strncmp(line, "%bare", 5) == 0 ? &bare
                                                     : &vhost;
            continue;
        }
        *place = apr_pstrcat(pool, *place, line, "\n", NULL);
        /* A virtual host of the example's own does not replace lines of the frame's. */
        inside = strncasecmp(line, "<VirtualHost", 12) == 0    ? 1
                 : strncasecmp(line, "</VirtualHost", 13) == 0 ? 0
                                                               : inside;
        const char *what = inside ? "" : subject(pool, line);
        if (*what != '\0' && strcmp(what, "listen") != 0) {
            apr_hash_set(taken, what, APR_HASH_KEY_STRING, line);
        }
    }
    if (*bare != '\0') {
        return bare;
    }
    const char *text = "";
    lines = lines_of(pool, read_file(pool, "tests/rules/frame.conf"));
    for (int i = 0; i < lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(lines, i, const char *);
        if (apr_hash_get(taken, subject(pool, line), APR_HASH_KEY_STRING) != NULL) {
            continue;
        }
        const char *put = strcmp(line, "@SERVER@") == 0  ? server
                          : strcmp(line, "@VHOST@") == 0 ? vhost
                                                         : apr_pstrcat(pool, line, "\n", NULL);
        text = apr_pstrcat(pool, text, put, NULL);
    }
    return text;
}
