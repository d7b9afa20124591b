/* SPDX-License-Identifier: Apache-2.0 */
/* Which line decides the TLS 1.2 suites of a virtual host, and what in it has no effect. */
#ifndef TLSG_CIPHER_LINE_H
#define TLSG_CIPHER_LINE_H

#include "rule.h"

/* The directive whose TLS 1.2 list is in force: SSLCipherSuite, or a CipherString command, which
 * mod_ssl applies later. NULL: OpenSSL's default. */
const tlsg_directive_t *tlsg_cipher_line_find(const tlsg_vhost_t *vhost);

/* That list, NULL for the default. */
const char *tlsg_cipher_line_list(const tlsg_vhost_t *vhost);

/* Words without effect (tlsg_cipher_word_t) of such a line, or of "SSLCipherSuite TLSv1.3 ...";
 * found once per distinct list and report. */
const apr_array_header_t *tlsg_cipher_line_dead(tlsg_report_t *report,
                                                const tlsg_directive_t *line);

#endif
