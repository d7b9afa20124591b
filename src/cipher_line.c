/* SPDX-License-Identifier: Apache-2.0 */
#include "cipher_line.h"

#include <apr_pools.h>
#include <apr_strings.h>

#include "cipher.h"
#include "text.h"

const tlsg_directive_t *tlsg_cipher_line_find(const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLCipherSuite];
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        const tlsg_directive_t *command =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (command->argc > 1 && tlsg_text_eq_nocase(command->argv[0], "CipherString")) {
            line = command;
        }
    }
    return line;
}

const char *tlsg_cipher_line_list(const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *line = tlsg_cipher_line_find(vhost);
    return line != NULL && line->argc > 0 ? line->argv[line->argc - 1] : NULL;
}

const apr_array_header_t *tlsg_cipher_line_dead(tlsg_report_t *report, const tlsg_directive_t *line)
{
    apr_pool_t *pool = tlsg_report_pool(report);
    const char *list = line->argc > 0 ? line->argv[line->argc - 1] : "";
    int is_tls13 = line->argc > 1 && tlsg_text_eq_nocase(line->argv[0], "TLSv1.3");
    const char *key = apr_pstrcat(pool, is_tls13 ? "TLS 1.3 suites " : "cipher words ", list, NULL);
    void *dead = NULL;
    apr_pool_userdata_get(&dead, key, pool);
    if (dead == NULL) {
        dead = is_tls13 ? tlsg_cipher_dead_words13(pool, list) : tlsg_cipher_dead_words(pool, list);
        apr_pool_userdata_setn(dead, key, NULL, pool);
    }
    return dead;
}
