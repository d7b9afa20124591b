/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that rules ask about directives and virtual hosts: which setting a line fills,
 * whose line it is, who answers first on an address. Pure reading of the const model. */
#ifndef TLSG_SCOPE_H
#define TLSG_SCOPE_H

#include "model.h"

/* Row of ssl_directives.def that the directive fills (SSLCipherSuite TLSv1.3 has its own), -1
 * when it is none of mod_ssl's settings. */
int tlsg_scope_row(const tlsg_directive_t *directive);

/* Name of a row as it is written in a configuration. */
const char *tlsg_scope_row_name(int row);

/* First of the virtual host's own directives of that name outside every section, NULL. */
const tlsg_directive_t *tlsg_scope_own(const tlsg_vhost_t *vhost, const char *name);

/* 1 when the directive is one of the virtual host's own, 0 when it is inherited or NULL. */
int tlsg_scope_is_own(const tlsg_vhost_t *vhost, const tlsg_directive_t *directive);

/* 1 when both have the same words; with `any_case` letter case does not matter. NULL equals
 * NULL only. */
int tlsg_scope_same_words(const tlsg_directive_t *a, const tlsg_directive_t *b, int any_case);

/* 1 when the first word of the directive is `word`, any case; 0 for NULL. */
int tlsg_scope_says(const tlsg_directive_t *directive, const char *word);

/* "IP:port" of an address in one spelling ("*:443" for every any-address), in `pool`. */
const char *tlsg_scope_address_text(apr_pool_t *pool, const tlsg_address_t *address);

/* 1 when a connection can be meant for either: equal addresses as httpd groups them. */
int tlsg_scope_same_address(const tlsg_address_t *a, const tlsg_address_t *b);

/* The virtual host that answers first on an address (no name, unknown name): the first in
 * configuration order. NULL when none that serves has the address. */
const tlsg_vhost_t *tlsg_scope_default(const tlsg_model_t *model, const tlsg_address_t *address);

/* The default virtual host when another one has that part on every address of `vhost`, NULL
 * otherwise (it is the default of one itself, several others are, or none). */
const tlsg_vhost_t *tlsg_scope_other_default(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* Another virtual host that is the default one of the virtual host's i-th pair and breaks off every
 * connection before it reads the name; NULL when that is not so, or not known. */
const tlsg_vhost_t *tlsg_scope_refusing_default(const tlsg_vhost_t *vhost, int i);

/* 1 when httpd treats a listener of that port as https (port 443 or `Listen N https`). */
int tlsg_scope_is_https_port(const tlsg_model_t *model, int port);

/* 1 when HTTP/2 is offered over TLS. */
int tlsg_scope_has_h2(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* The last SSLOpenSSLConfCmd in force whose command is one of `commands` (NULL-terminated, any
 * case) and has a value, NULL when there is none. */
const tlsg_directive_t *tlsg_scope_confcmd(const tlsg_vhost_t *vhost, const char *const *commands);

/* The line that decides the key exchange groups, NULL for the library's default. */
const tlsg_directive_t *tlsg_scope_groups_line(const tlsg_vhost_t *vhost);

/* 1 when the directive stands, at any depth, in a section of that kind ("proxy"). */
int tlsg_scope_is_inside(const tlsg_directive_t *directive, const char *kind);

#endif
