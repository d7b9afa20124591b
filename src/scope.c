/* SPDX-License-Identifier: Apache-2.0 */
#include "scope.h"

#include <string.h>

#include <apr_strings.h>

#include "text.h"

static const char *const rows[] = {
#define DIRECTIVE(name, merge) #name,
#include "ssl_directives.def"
#undef DIRECTIVE
};

int tlsg_scope_row(const tlsg_directive_t *directive)
{
    if (!tlsg_text_has_prefix_nocase(directive->name, "SSL")) {
        return -1;
    }
    for (int i = 0; i < TLSG_SSL_DIRECTIVES; i++) {
        if (tlsg_text_eq_nocase(directive->name, rows[i])) {
            /* mod_ssl compares this word with its case. */
            int is_tls13 = directive->argc > 1 && strcmp(directive->argv[0], "TLSv1.3") == 0;
            return is_tls13 && i == TLSG_SSLCipherSuite        ? TLSG_SSLCipherSuiteTLS13
                   : is_tls13 && i == TLSG_SSLProxyCipherSuite ? TLSG_SSLProxyCipherSuiteTLS13
                                                               : i;
        }
    }
    return -1;
}

const char *tlsg_scope_row_name(int row)
{
    return row == TLSG_SSLCipherSuiteTLS13        ? "SSLCipherSuite TLSv1.3"
           : row == TLSG_SSLProxyCipherSuiteTLS13 ? "SSLProxyCipherSuite TLSv1.3"
                                                  : rows[row];
}

const tlsg_directive_t *tlsg_scope_own(const tlsg_vhost_t *vhost, const char *name)
{
    for (int i = 0; i < vhost->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
        if (directive->section == NULL && tlsg_text_eq_nocase(directive->name, name)) {
            return directive;
        }
    }
    return NULL;
}

int tlsg_scope_is_own(const tlsg_vhost_t *vhost, const tlsg_directive_t *directive)
{
    for (int i = 0; directive != NULL && i < vhost->directives->nelts; i++) {
        if (APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *) == directive) {
            return 1;
        }
    }
    return 0;
}

int tlsg_scope_same_words(const tlsg_directive_t *a, const tlsg_directive_t *b, int any_case)
{
    if (a == NULL || b == NULL || a == b) {
        return a == b;
    }
    if (a->argc != b->argc) {
        return 0;
    }
    for (int i = 0; i < a->argc; i++) {
        if (any_case ? !tlsg_text_eq_nocase(a->argv[i], b->argv[i])
                     : strcmp(a->argv[i], b->argv[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

int tlsg_scope_says(const tlsg_directive_t *directive, const char *word)
{
    return directive != NULL && directive->argc > 0 &&
           tlsg_text_eq_nocase(directive->argv[0], word);
}

static int is_any(const char *ip)
{
    return strcmp(ip, "*") == 0 || strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

const char *tlsg_scope_address_text(apr_pool_t *pool, const tlsg_address_t *address)
{
    const char *ip = is_any(address->ip)                ? "*"
                     : strchr(address->ip, ':') == NULL ? address->ip
                                                        : apr_psprintf(pool, "[%s]", address->ip);
    return address->port == 0 ? apr_psprintf(pool, "%s:*", ip)
                              : apr_psprintf(pool, "%s:%d", ip, address->port);
}

int tlsg_scope_same_address(const tlsg_address_t *a, const tlsg_address_t *b)
{
    return a->port == b->port &&
           ((is_any(a->ip) && is_any(b->ip)) || tlsg_text_eq_nocase(a->ip, b->ip));
}

const tlsg_vhost_t *tlsg_scope_default(const tlsg_model_t *model, const tlsg_address_t *address)
{
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (vhost->is_main || !vhost->serves) {
            continue;
        }
        for (int a = 0; a < vhost->addresses->nelts; a++) {
            if (tlsg_scope_same_address(APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *),
                                        address)) {
                return vhost;
            }
        }
    }
    return NULL;
}

const tlsg_vhost_t *tlsg_scope_other_default(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    const tlsg_vhost_t *other = NULL;
    for (int a = 0; a < vhost->addresses->nelts; a++) {
        const tlsg_vhost_t *first =
            tlsg_scope_default(model, APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *));
        if (first == NULL || first == vhost || (other != NULL && other != first)) {
            return NULL;
        }
        other = first;
    }
    return other;
}

const tlsg_vhost_t *tlsg_scope_refusing_default(const tlsg_vhost_t *vhost, int i)
{
    const tlsg_pair_t *pair = &APR_ARRAY_IDX(vhost->pairs, i, tlsg_pair_t);
    const tlsg_vhost_t *entry = pair->default_vhost;
    if (entry == vhost || pair->effective == NULL || !pair->effective->entry_refuses) {
        return NULL;
    }
    /* Where the default virtual host has no usable context of its own, the pair was read without
     * it, and says nothing about it. */
    for (int p = 0; p < entry->pairs->nelts; p++) {
        const tlsg_pair_t *own = &APR_ARRAY_IDX(entry->pairs, p, tlsg_pair_t);
        if (own->default_vhost == entry && own->effective != NULL &&
            own->effective->entry_refuses) {
            return entry;
        }
    }
    return NULL;
}

int tlsg_scope_is_https_port(const tlsg_model_t *model, int port)
{
    for (int i = 0; i < model->listeners->nelts; i++) {
        const tlsg_listener_t *listener = &APR_ARRAY_IDX(model->listeners, i, tlsg_listener_t);
        if (listener->address.port == port && tlsg_text_eq_nocase(listener->protocol, "https")) {
            return 1;
        }
    }
    return 0;
}

static int names_h2(const tlsg_vhost_t *vhost, int *found)
{
    int h2 = 0;
    for (int i = 0; i < vhost->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
        if (directive->section != NULL || !tlsg_text_eq_nocase(directive->name, "Protocols")) {
            continue;
        }
        *found = 1;
        for (int w = 0; w < directive->argc; w++) {
            h2 = h2 || tlsg_text_eq_nocase(directive->argv[w], "h2");
        }
    }
    return h2;
}

int tlsg_scope_has_h2(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    if (!tlsg_model_has_module(model, "mod_http2.c")) {
        return 0;
    }
    int found = 0;
    int h2 = names_h2(vhost, &found);
    return found ? h2 : names_h2(model->main, &found);
}

int tlsg_scope_is_inside(const tlsg_directive_t *directive, const char *kind)
{
    for (const tlsg_section_t *s = directive->section; s != NULL; s = s->parent) {
        if (strcmp(s->kind, kind) == 0) {
            return 1;
        }
    }
    return 0;
}

const tlsg_directive_t *tlsg_scope_confcmd(const tlsg_vhost_t *vhost, const char *const *commands)
{
    for (int i = vhost->ssl.confcmds->nelts - 1; i >= 0; i--) {
        const tlsg_directive_t *line =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        for (int c = 0; line->argc > 1 && commands[c] != NULL; c++) {
            if (tlsg_text_eq_nocase(line->argv[0], commands[c])) {
                return line;
            }
        }
    }
    return NULL;
}

const tlsg_directive_t *tlsg_scope_groups_line(const tlsg_vhost_t *vhost)
{
    static const char *const commands[] = { "Curves", "Groups", "ECDHParameters", NULL };
    return tlsg_scope_confcmd(vhost, commands);
}
