/* SPDX-License-Identifier: Apache-2.0 */
#include "directives.h"

#include "face.h"

void *tlsg_directives_create_server(apr_pool_t *pool, server_rec *s)
{
    (void)s;
    return tlsg_settings_make(pool);
}

void *tlsg_directives_merge_server(apr_pool_t *pool, void *base, void *add)
{
    return tlsg_settings_merge(pool, base, add);
}

const tlsg_conf_t *tlsg_directives_conf(apr_pool_t *pool, const server_rec *s)
{
    const tlsg_conf_t *conf = ap_get_module_config(s->module_config, &tlsguard_module);
    return tlsg_settings_resolve(pool, conf);
}

/* One handler for all rows: the command's name finds the row. */
static const char *set_word(cmd_parms *cmd, void *dir, const char *word)
{
    (void)dir;
    tlsg_conf_t *conf = ap_get_module_config(cmd->server->module_config, &tlsguard_module);
    for (int i = 0; tlsg_settings_at(i) != NULL; i++) {
        const tlsg_setting_t *row = tlsg_settings_at(i);
        if (ap_cstr_casecmp(row->directive, cmd->cmd->name) == 0) {
            return tlsg_settings_parse(cmd->pool, row, conf, word);
        }
    }
    return "unknown directive";
}

#define SERVER RSRC_CONF

/* clang-format off */
const command_rec tlsg_directives_table[] = {
#define SETTING(directive, member, words, fallback, scope, summary) \
    AP_INIT_TAKE1(#directive, set_word, NULL, scope, words ": " summary),
#include "settings.def"
#undef SETTING
    { .name = NULL },
};
/* clang-format on */
