/* SPDX-License-Identifier: Apache-2.0 */
#include "htaccess.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "reach.h"
#include "text.h"
#include "words.h"

#define FILE_MAX_BYTES (256 * 1024) /* hand-written files are a hundred times smaller */

/* Words of an AllowOverride or AllowOverrideList line that let Header in. */
static int lets_header_in(const tlsg_directive_t *directive)
{
    int is_list = tlsg_text_eq_nocase(directive->name, "AllowOverrideList");
    for (int i = 0; i < directive->argc; i++) {
        const char *word = directive->argv[i];
        if (is_list ? tlsg_text_eq_nocase(word, "Header")
                    : tlsg_text_eq_nocase(word, "All") || tlsg_text_eq_nocase(word, "FileInfo")) {
            return 1;
        }
    }
    return 0;
}

/* The line of the longest <Directory> around DocumentRoot decides; without any, AllowOverride is
 * None. */
static int is_allowed(tlsg_http_facts_t *facts)
{
    tlsg_reach_t scope = { .facts = facts, .pool = facts->model->pool };
    const tlsg_directive_t *directive;
    size_t longest = 0;
    int allowed = 0;
    int listed = 0;
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_OVERRIDE, &at)) != NULL;) {
        if (directive->section == NULL ||
            tlsg_reach_covers(&scope, directive->section, TLSG_RESPONSE_PAGE) != TLSG_YES) {
            continue;
        }
        size_t length = strlen(directive->section->arg);
        if (tlsg_text_eq_nocase(directive->name, "AllowOverrideList")) {
            listed = lets_header_in(directive);
        }
        else if (length >= longest) {
            longest = length;
            allowed = lets_header_in(directive);
        }
    }
    return allowed || listed;
}

static const char *file_name(tlsg_http_facts_t *facts)
{
    const tlsg_directive_t *directive;
    const char *name = ".htaccess";
    for (int at = 0; (directive = tlsg_http_facts_next(facts, TLSG_HTTP_OVERRIDE, &at)) != NULL;) {
        if (tlsg_text_eq_nocase(directive->name, "AccessFileName") && directive->argc > 0) {
            name = directive->argv[0];
        }
    }
    return name;
}

static void read_file(apr_pool_t *pool, tlsg_htaccess_t *htaccess)
{
    apr_finfo_t info;
    apr_file_t *file = NULL;
    char reason[128]; /* APR's messages are one short sentence */
    apr_status_t status = apr_stat(&info, htaccess->path, APR_FINFO_TYPE | APR_FINFO_SIZE, pool);
    if (APR_STATUS_IS_ENOENT(status) || APR_STATUS_IS_ENOTDIR(status)) {
        return;
    }
    if (status == APR_SUCCESS && (info.filetype != APR_REG || info.size > FILE_MAX_BYTES)) {
        htaccess->unknown =
            apr_psprintf(pool, "%s is %s", htaccess->path,
                         info.filetype != APR_REG ? "not a regular file" : "too large to be read");
        return;
    }
    if (status == APR_SUCCESS) {
        status = apr_file_open(&file, htaccess->path, APR_FOPEN_READ | APR_FOPEN_NONBLOCK,
                               APR_FPROT_OS_DEFAULT, pool);
    }
    if (status != APR_SUCCESS) {
        htaccess->unknown = apr_psprintf(pool, "%s cannot be read: %s", htaccess->path,
                                         apr_strerror(status, reason, sizeof reason));
        return;
    }
    apr_size_t len = 0;
    char *text = apr_palloc(pool, (apr_size_t)info.size + 1);
    apr_file_read_full(file, text, (apr_size_t)info.size, &len);
    apr_file_close(file);
    text[len] = '\0';
    htaccess->text = text;
}

typedef struct parser_t {
    tlsg_http_facts_t *facts;
    tlsg_htaccess_t *htaccess;
    apr_pool_t *pool;
    const tlsg_section_t *section;
    const tlsg_section_t *top; /* stands for the directory of the file */
    int skipping;              /* depth of containers that are not in force; 0: none */
} parser_t;

/* 1 when the module test of <IfModule> certainly fails. */
static int is_false(const parser_t *parser, const char *kind, const char *argument)
{
    if (strcmp(kind, "ifmodule") != 0) {
        return 0;
    }
    int negated = argument[0] == '!';
    const char *name = argument + negated;
    size_t len = strlen(name);
    if (len < 2 || strcmp(name + len - 2, ".c") != 0) {
        return 0; /* an identifier such as headers_module: the model knows file names only */
    }
    return tlsg_model_has_module(parser->facts->model, name) == negated;
}

static void open_section(parser_t *parser, char *text, int line)
{
    char *blank = strpbrk(text, " \t>");
    const char *argument = "";
    if (blank != NULL) {
        argument = *blank == '>' ? "" : blank + 1;
        *blank = '\0';
        char *end = strrchr(blank + 1, '>');
        if (end != NULL) {
            *end = '\0';
        }
    }
    for (char *c = text; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    argument = tlsg_text_trim(parser->pool, argument, argument + strlen(argument));
    if (parser->skipping > 0 || is_false(parser, text, argument)) {
        parser->skipping++;
        return;
    }
    tlsg_section_t *section = apr_pcalloc(parser->pool, sizeof *section);
    int is_else = strncmp(text, "else", 4) == 0;
    int is_plain = tlsg_text_has_prefix_nocase(text, "if") && strcmp(text, "if") != 0;
    section->kind = is_else ? "if" : is_plain ? "limit" : text;
    section->arg = is_else ? "another section" : argument; /* no expression: stays undecided */
    section->parent = parser->section;
    section->origin.file = parser->htaccess->path;
    section->origin.line = line;
    section->origin.directive = text;
    parser->section = section;
}

static void close_section(parser_t *parser)
{
    if (parser->skipping > 0) {
        parser->skipping--;
    }
    else if (parser->section != parser->top) {
        parser->section = parser->section->parent;
    }
}

static void read_line(parser_t *parser, char *text, int line)
{
    text += strspn(text, " \t");
    if (text[0] == '<') {
        if (text[1] == '/') {
            close_section(parser);
        }
        else {
            open_section(parser, text + 1, line);
        }
        return;
    }
    size_t len = strcspn(text, " \t");
    if (parser->skipping > 0 || text[0] == '#' || len == 0) {
        return;
    }
    tlsg_directive_t *directive = apr_pcalloc(parser->pool, sizeof *directive);
    directive->name = apr_pstrmemdup(parser->pool, text, len);
    int is_own = tlsg_text_has_prefix_nocase(directive->name, "TLSGuard");
    if (!is_own && !tlsg_text_eq_nocase(directive->name, "Header")) {
        return;
    }
    directive->args = tlsg_text_trim(parser->pool, text + len, text + strlen(text));
    directive->argc = tlsg_words_split(parser->pool, directive->args, &directive->argv);
    directive->section = parser->section;
    directive->origin.file = parser->htaccess->path;
    directive->origin.line = line;
    directive->origin.directive = directive->name;
    if (is_own) {
        APR_ARRAY_PUSH(parser->htaccess->own, const tlsg_directive_t *) = directive;
        return;
    }
    const tlsg_header_line_t *parsed = tlsg_header_line_parse(parser->pool, directive);
    if (parsed != NULL) {
        APR_ARRAY_PUSH(parser->htaccess->lines, const tlsg_header_line_t *) = parsed;
    }
}

/* Joins continued lines as httpd does, in place, and reads them one by one. */
static void read_lines(parser_t *parser)
{
    char *from = apr_pstrdup(parser->pool, parser->htaccess->text);
    char *start = from; /* of the joined line */
    char *to = from;
    int line = 0;
    while (*from != '\0') {
        char *end = from + strcspn(from, "\n");
        char *next = *end == '\n' ? end + 1 : end;
        line++;
        end -= end > from && end[-1] == '\r';
        int continues = end > from && end[-1] == '\\' && *next != '\0';
        size_t len = (size_t)(end - from) - (continues ? 1 : 0);
        memmove(to, from, len);
        to += len;
        from = next;
        if (!continues) {
            char last = *to; /* may be the first byte of the next line */
            *to = '\0';
            read_line(parser, apr_pstrdup(parser->pool, start), line);
            *to = last;
            start = to = from;
        }
    }
}

const tlsg_htaccess_t *tlsg_htaccess_get(tlsg_http_facts_t *facts)
{
    apr_pool_t *pool = facts->model->pool;
    if (facts->answers->htaccess != NULL) {
        return facts->answers->htaccess;
    }
    tlsg_htaccess_t *htaccess = apr_pcalloc(pool, sizeof *htaccess);
    htaccess->text = "";
    htaccess->lines = apr_array_make(pool, 0, sizeof(const tlsg_header_line_t *));
    htaccess->own = apr_array_make(pool, 0, sizeof(const tlsg_directive_t *));
    facts->answers->htaccess = htaccess;
    const char *root = tlsg_http_facts_root(pool, facts);
    if (root == NULL || !is_allowed(facts)) {
        return htaccess;
    }
    htaccess->in_force = 1;
    htaccess->path = apr_pstrcat(pool, root, "/", file_name(facts), NULL);
    read_file(pool, htaccess);
    tlsg_section_t *top = apr_pcalloc(pool, sizeof *top);
    top->kind = "directory";
    top->arg = apr_pstrcat(pool, "\"", root[0] != '\0' ? root : "/", "\"", NULL);
    top->origin.file = htaccess->path;
    parser_t parser = {
        .facts = facts, .htaccess = htaccess, .pool = pool, .section = top, .top = top
    };
    read_lines(&parser);
    return htaccess;
}

int tlsg_htaccess_mentions(tlsg_http_facts_t *facts, const char *word)
{
    const tlsg_htaccess_t *htaccess = tlsg_htaccess_get(facts);
    return htaccess->in_force &&
           (htaccess->unknown != NULL || tlsg_text_find_nocase(htaccess->text, word) != NULL);
}
