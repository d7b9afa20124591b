/* SPDX-License-Identifier: Apache-2.0 */
#include "directives.h"

#include <ap_regex.h>
#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

#include "face.h"
#include "inject_parse.h"
#include "request_compress.h"

static tlsg_server_t *server_of(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &tlsguard_module);
}

void *tlsg_directives_create_server(apr_pool_t *pool, server_rec *s)
{
    (void)s;
    tlsg_server_t *server = apr_pcalloc(pool, sizeof *server);
    server->conf = tlsg_settings_make(pool);
    return server;
}

void *tlsg_directives_merge_server(apr_pool_t *pool, void *base, void *add)
{
    const tlsg_server_t *outer = base;
    const tlsg_server_t *inner = add;
    tlsg_server_t *server = apr_pcalloc(pool, sizeof *server);
    server->conf = tlsg_settings_merge(pool, outer->conf, inner->conf);
    server->refused = inner->refused;
    return server;
}

void *tlsg_directives_create_dir(apr_pool_t *pool, char *path)
{
    (void)path;
    return tlsg_settings_make(pool);
}

void *tlsg_directives_merge_dir(apr_pool_t *pool, void *base, void *add)
{
    return tlsg_settings_merge(pool, base, add);
}

/* The members of the two records are disjoint, so that a merge just lays them together. */
const tlsg_conf_t *tlsg_directives_section(apr_pool_t *pool, const server_rec *s,
                                           const tlsg_conf_t *dir)
{
    const tlsg_conf_t *conf = server_of(s)->conf;
    if (dir != NULL) {
        conf = tlsg_settings_merge(pool, conf, dir);
    }
    return tlsg_settings_resolve(pool, conf);
}

const tlsg_conf_t *tlsg_directives_conf(apr_pool_t *pool, const server_rec *s)
{
    return tlsg_directives_section(pool, s,
                                   ap_get_module_config(s->lookup_defaults, &tlsguard_module));
}

/* The command's name finds the row; the table of commands is made of the rows. */
static const tlsg_setting_t *row_of(const cmd_parms *cmd)
{
    const tlsg_setting_t *row;
    for (int i = 0; (row = tlsg_settings_at(i)) != NULL; i++) {
        if (ap_cstr_casecmp(row->directive, cmd->cmd->name) == 0) {
            return row;
        }
    }
    return NULL;
}

static const char unknown[] = "unknown directive";

static tlsg_conf_t *target(const cmd_parms *cmd, const tlsg_setting_t *row, void *dir)
{
    return strcmp(row->scope, "SERVER") == 0 ? server_of(cmd->server)->conf : dir;
}

static const char *set_word(cmd_parms *cmd, void *dir, const char *word)
{
    const tlsg_setting_t *row = row_of(cmd);
    return row != NULL ? tlsg_settings_parse(cmd->pool, row, target(cmd, row, dir), word) : unknown;
}

/* The engine knows no regular expressions: what it left as text is compiled here, once. */
static const char *compile(cmd_parms *cmd, const apr_array_header_t *except)
{
    for (int i = 0; except != NULL && i < except->nelts; i++) {
        tlsg_inject_except_t *entry = &APR_ARRAY_IDX(except, i, tlsg_inject_except_t);
        if (entry->compiled == NULL) {
            entry->compiled = ap_pregcomp(cmd->pool, entry->text, AP_REG_EXTENDED | AP_REG_NOSUB);
        }
        if (entry->compiled == NULL) {
            return apr_psprintf(cmd->pool, "%s: '%s' is no regular expression", cmd->cmd->name,
                                entry->text);
        }
    }
    return NULL;
}

/* Nothing is refused here: every command of httpd reads the configuration, `-k stop` and the one
 * that a reload serves with included, and would end with it. */
static void refuse(const cmd_parms *cmd, const char *refusal)
{
    tlsg_server_t *server = server_of(cmd->server);
    if (server->refused == NULL) {
        server->refused = apr_array_make(cmd->pool, 1, sizeof(const char *));
    }
    APR_ARRAY_PUSH(server->refused, const char *) = apr_psprintf(
        cmd->pool, "%s:%d: %s", cmd->directive->filename, cmd->directive->line_num, refusal);
}

const apr_array_header_t *tlsg_directives_refused(apr_pool_t *pool, const server_rec *s)
{
    apr_array_header_t *all = apr_array_make(pool, 0, sizeof(const char *));
    const tlsg_server_t *outer = server_of(s);
    for (const server_rec *at = s; at != NULL; at = at->next) {
        /* Virtual hosts without a directive of this module share the main server's record. */
        const tlsg_server_t *server = server_of(at);
        if (server->refused != NULL && (at == s || server != outer)) {
            apr_array_cat(all, server->refused);
        }
    }
    return all;
}

static const char *set_structured(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    const tlsg_setting_t *row = row_of(cmd);
    if (row == NULL) {
        return unknown;
    }
    tlsg_conf_t *conf = target(cmd, row, dir);
    const char *refusal = NULL;
    const char **words = apr_palloc(cmd->temp_pool, (apr_size_t)(argc + 1) * sizeof *words);
    for (int i = 0; i < argc; i++) {
        words[i] = apr_pstrdup(cmd->pool, argv[i]);
    }
    words[argc] = NULL;
    const char *err = tlsg_settings_take(cmd->pool, row, conf, argc, words, &refusal);
    if (err == NULL && conf->compression != NULL) {
        tlsg_request_compress_use();
        err = compile(cmd, conf->compression->except);
    }
    if (err == NULL && conf->cookies != NULL) {
        err = compile(cmd, conf->cookies->except);
    }
    if (err == NULL && refusal != NULL) {
        refuse(cmd, refusal);
    }
    return err;
}

#define SERVER RSRC_CONF
#define SECTION (RSRC_CONF | ACCESS_CONF)
#define FILEINFO OR_FILEINFO

/* clang-format off */
const command_rec tlsg_directives_table[] = {
#define SETTING(directive, member, words, fallback, scope, summary) \
    AP_INIT_TAKE1(#directive, set_word, NULL, scope, words ": " summary),
#define STRUCTURED(directive, type, member, parse, merge, syntax, example, scope, summary) \
    AP_INIT_TAKE_ARGV(#directive, set_structured, NULL, scope, syntax ": " summary),
#include "settings.def"
#undef SETTING
#undef STRUCTURED
    { .name = NULL },
};
/* clang-format on */
