/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the rule records as explanations or JSON and writes the generated part of the manual. A
 * tool of the build: what it prints the module can print too (-D DUMP_TLSGUARD_RULES). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>

#include "catalogue.h"
#include "cli.h"
#include "explain.h"
#include "rules.h"

enum {
    OPTION_CONF = 'c',
    OPTION_JSON = 'j',
    OPTION_WRITE = 'w'
};

static const tlsg_cli_option_t options[] = {
    { "json", OPTION_JSON, NULL, "Output", "print the catalogue as JSON", 0 },
    { "conf", OPTION_CONF, NULL, NULL, "print the directives as a configuration file", 0 },
    { "write", OPTION_WRITE, "DIR", NULL, "write directives.md and rules/*.md below DIR", 0 },
    { NULL, 0, NULL, NULL, NULL, 0 },
};

static const tlsg_cli_program_t program = {
    .name = "tlsguard-rules",
    .synopsis = "[--json | --conf | --write DIR | RULE ...]",
    .summary = "Explains the rules of mod_tlsguard, all of them or those named by id or name.\n",
    .options = options,
};

#define PAGE_MODE 0644 /* a manual is for everybody */

static int write_page(tlsg_cli_t *cli, const char *dir, const char *name, const char *text)
{
    const char *err = NULL;
    const char *path = apr_pstrcat(cli->pool, dir, "/", name, NULL);
    if (!tlsg_cli_write(cli->pool, path, text, strlen(text), PAGE_MODE, 0, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return 0;
    }
    return 1;
}

static tlsg_exit_t write_pages(tlsg_cli_t *cli, const char *dir)
{
    const char *rules_dir = apr_pstrcat(cli->pool, dir, "/rules", NULL);
    if (mkdir(rules_dir, 0755) != 0 && errno != EEXIST) {
        tlsg_cli_complain(cli, rules_dir, "%s", strerror(errno));
        return TLSG_EXIT_USAGE;
    }
    int ok = write_page(cli, rules_dir, "index.md", tlsg_catalogue_index(cli->pool));
    ok = ok && write_page(cli, dir, "directives.md", tlsg_catalogue_directives(cli->pool));
    const tlsg_rule_t *rule;
    for (int i = 0; ok && (rule = tlsg_rules_at(i)) != NULL; i++) {
        ok = write_page(cli, rules_dir, apr_pstrcat(cli->pool, rule->id, ".md", NULL),
                        tlsg_explain_page(cli->pool, rule));
    }
    return ok ? TLSG_EXIT_DONE : TLSG_EXIT_USAGE;
}

static tlsg_exit_t explain(tlsg_cli_t *cli)
{
    tlsg_exit_t status = TLSG_EXIT_DONE;
    if (cli->operands->nelts == 0) {
        fputs(tlsg_catalogue_text(cli->pool), stdout);
    }
    for (int i = 0; i < cli->operands->nelts; i++) {
        const char *name = APR_ARRAY_IDX(cli->operands, i, const char *);
        const tlsg_rule_t *rule = tlsg_rules_find(name);
        if (rule == NULL) {
            tlsg_cli_complain(cli, NULL, "no rule has the id or name '%s'", name);
            status = TLSG_EXIT_NEGATIVE;
            continue;
        }
        fputs(tlsg_explain_text(cli->pool, rule), stdout);
    }
    return status;
}

static tlsg_exit_t run(tlsg_cli_t *cli)
{
    int is_json = tlsg_cli_given(cli, OPTION_JSON);
    int is_conf = tlsg_cli_given(cli, OPTION_CONF);
    const char *dir = tlsg_cli_value(cli, OPTION_WRITE);
    if (is_json + is_conf + (dir != NULL) + (cli->operands->nelts > 0) > 1) {
        return tlsg_cli_usage(cli, "--json, --conf, --write and rules exclude each other");
    }
    if (dir != NULL) {
        return write_pages(cli, dir);
    }
    if (is_conf) {
        fputs(tlsg_catalogue_conf(cli->pool), stdout);
        return TLSG_EXIT_DONE;
    }
    if (!is_json) {
        return explain(cli);
    }
    const char *text = tlsg_catalogue_json(cli->pool);
    if (text == NULL) {
        tlsg_cli_complain(cli, NULL, "out of memory");
        return TLSG_EXIT_USAGE;
    }
    fputs(text, stdout);
    return TLSG_EXIT_DONE;
}

int main(int argc, const char *const *argv)
{
    tlsg_exit_t status;
    tlsg_cli_t *cli = tlsg_cli_start(&program, argc, argv, &status);
    if (cli != NULL) {
        status = run(cli);
    }
    return tlsg_cli_finish(cli, status);
}
