/* SPDX-License-Identifier: Apache-2.0 */
/* What the cipher rules share: the line and the list in force. */
#ifndef TLSG_RULES_CIPHER_H
#define TLSG_RULES_CIPHER_H

#include "rule.h"

/* The directive whose TLS 1.2 list is in force: SSLCipherSuite, or a CipherString command, which
 * mod_ssl applies later. NULL: OpenSSL's default. */
const tlsg_directive_t *tlsg_rules_cipher_line(const tlsg_vhost_t *vhost);

/* That list, NULL for the default. */
const char *tlsg_rules_cipher_list(const tlsg_vhost_t *vhost);

/* Its words without effect (tlsg_cipher_word_t), found once per distinct line and report. */
const apr_array_header_t *tlsg_rules_cipher_dead(tlsg_report_t *report,
                                                 const tlsg_directive_t *line);

#endif
