/* SPDX-License-Identifier: Apache-2.0 */
#include "header_module.h"

#include <string.h>

#include <apr_strings.h>

#include "htaccess.h"
#include "inject.h"
#include "text.h"

static int is_named(const tlsg_directive_t *directive, const char *name)
{
    return tlsg_text_eq_nocase(directive->name, name);
}

/* TLSGuardHeader accepts a colon behind the name. */
static int is_about(const tlsg_directive_t *line, const char *header)
{
    size_t len = strlen(header);
    return line->argc > 0 && tlsg_text_has_prefix_nocase(line->argv[0], header) &&
           (line->argv[0][len] == '\0' || strcmp(line->argv[0] + len, ":") == 0);
}

static int decides(const tlsg_directive_t *line, const char *header)
{
    if (tlsg_text_eq_nocase(header, "Strict-Transport-Security")) {
        return is_named(line, "TLSGuardHSTS");
    }
    if (tlsg_text_eq_nocase(header, "Public-Key-Pins")) {
        return is_named(line, "TLSGuardPins");
    }
    return is_named(line, "TLSGuardHeaders") ||
           (is_named(line, "TLSGuardHeader") && is_about(line, header));
}

const tlsg_directive_t *tlsg_header_module_line(const tlsg_http_facts_t *facts, const char *name)
{
    const tlsg_directive_t *found = NULL;
    const tlsg_directive_t *line;
    for (int at = 0; (line = tlsg_http_facts_next(facts, TLSG_HTTP_MODULE, &at)) != NULL;) {
        /* A line for one header counts whatever the presets say. */
        int is_weaker = found != NULL && is_named(line, "TLSGuardHeaders") &&
                        !is_named(found, "TLSGuardHeaders");
        if (line->section == NULL && !is_weaker && decides(line, name)) {
            found = line;
        }
    }
    return found;
}

const char *tlsg_header_module_name(apr_pool_t *pool, const tlsg_directive_t *line)
{
    if (line->section != NULL || line->argc == 0 || !is_named(line, "TLSGuardHeader")) {
        return NULL;
    }
    size_t len = strlen(line->argv[0]);
    int has_colon = len > 0 && line->argv[0][len - 1] == ':';
    return has_colon ? apr_pstrmemdup(pool, line->argv[0], len - 1) : line->argv[0];
}

const char *tlsg_header_module_value(const tlsg_http_facts_t *facts, const char *name)
{
    const tlsg_conf_t *conf = facts->vhost->conf;
    return conf != NULL ? tlsg_inject_value(conf, name, tlsg_vhost_is_tls(facts->vhost)) : NULL;
}

const tlsg_header_line_t *tlsg_header_module_stand_in(apr_pool_t *pool,
                                                      const tlsg_http_facts_t *facts,
                                                      const tlsg_directive_t *directive,
                                                      const char *name)
{
    const char *value = tlsg_header_module_value(facts, name);
    if (value == NULL || directive == NULL) {
        return NULL;
    }
    tlsg_header_line_t *line = apr_pcalloc(pool, sizeof *line);
    line->directive = directive;
    line->table = TLSG_TABLE_ALWAYS;
    line->action = TLSG_HEADER_SETIFEMPTY;
    line->name = name;
    line->value = value;
    return line;
}

/* ---- Inside a section ---- */

/* First word of a section's argument, without quotes. */
static const char *path_of(apr_pool_t *pool, const tlsg_section_t *section)
{
    const char *arg = section->arg;
    size_t len = strlen(arg);
    int is_quoted = len >= 2 && arg[0] == '"' && arg[len - 1] == '"';
    return is_quoted ? apr_pstrmemdup(pool, arg + 1, len - 2) : arg;
}

/* 1 when `outer` is that section, another of the same scope, or a directory or location above. */
static int is_around(apr_pool_t *pool, const tlsg_section_t *outer, const tlsg_section_t *inner)
{
    if (outer == inner) {
        return 1;
    }
    if (strcmp(outer->kind, inner->kind) != 0) {
        return 0;
    }
    const char *above = path_of(pool, outer);
    const char *below = path_of(pool, inner);
    if (strcmp(above, below) == 0) {
        return 1;
    }
    size_t len = strlen(above);
    int is_path = strcmp(outer->kind, "directory") == 0 || strcmp(outer->kind, "location") == 0;
    return is_path && len > 0 && strncmp(above, below, len) == 0 &&
           (above[len - 1] == '/' || below[len] == '/');
}

static int holds_in(apr_pool_t *pool, const tlsg_directive_t *line, const tlsg_section_t *section)
{
    for (; section != NULL; section = section->parent) {
        if (line->section != NULL && is_around(pool, line->section, section)) {
            return 1;
        }
    }
    return 0;
}

static void take(apr_pool_t *pool, tlsg_conf_t *conf, const tlsg_directive_t *line)
{
    const tlsg_setting_t *row;
    for (int i = 0; (row = tlsg_settings_at(i)) != NULL; i++) {
        if (!is_named(line, row->directive)) {
            continue;
        }
        const char *refusal = NULL;
        if (row->parse != NULL) {
            tlsg_settings_take(pool, row, conf, line->argc, line->argv, &refusal);
        }
        else if (line->argc > 0) {
            tlsg_settings_parse(pool, row, conf, line->argv[0]);
        }
    }
}

int tlsg_header_module_adds(apr_pool_t *pool, tlsg_http_facts_t *facts,
                            const tlsg_section_t *section, const char *name)
{
    const tlsg_conf_t *outside = facts->vhost->conf;
    int is_tls = tlsg_vhost_is_tls(facts->vhost);
    if (outside == NULL || section == NULL) {
        return outside != NULL && tlsg_inject_adds(outside, name, is_tls);
    }
    tlsg_conf_t *conf = apr_pmemdup(pool, outside, sizeof *outside);
    const tlsg_directive_t *line;
    for (int at = 0; (line = tlsg_http_facts_next(facts, TLSG_HTTP_MODULE, &at)) != NULL;) {
        if (holds_in(pool, line, section)) {
            take(pool, conf, line);
        }
    }
    const apr_array_header_t *own = tlsg_htaccess_get(facts)->own;
    for (int i = 0; i < own->nelts; i++) {
        line = APR_ARRAY_IDX(own, i, const tlsg_directive_t *);
        if (holds_in(pool, line, section)) {
            take(pool, conf, line);
        }
    }
    return tlsg_inject_adds(conf, name, is_tls);
}
