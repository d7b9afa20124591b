/* SPDX-License-Identifier: Apache-2.0 */
/* DocumentRoot/.htaccess, as far as it sets headers: read with a limit, once per virtual host,
 * and only where AllowOverride lets httpd obey it. Files of the same name further down are not
 * looked at. Configuration time. */
#ifndef TLSG_HTACCESS_H
#define TLSG_HTACCESS_H

#include "http_facts.h"

typedef struct tlsg_htaccess_t {
    int in_force;        /* httpd would obey Header lines in it */
    const char *path;    /* NULL unless in force */
    const char *unknown; /* why it could not be read; NULL when it was, or does not exist */
    const char *text;    /* its content, "" when there is none */
    apr_array_header_t *lines; /* const tlsg_header_line_t *: its Header lines, sections included */
    apr_array_header_t *own;   /* const tlsg_directive_t *: this module's lines, the same */
} tlsg_htaccess_t;

/* Never NULL; lives as long as the model. */
const tlsg_htaccess_t *tlsg_htaccess_get(tlsg_http_facts_t *facts);

/* 1 when the file is in force and its text holds `word` (any case), or could not be read. */
int tlsg_htaccess_mentions(tlsg_http_facts_t *facts, const char *word);

#endif
