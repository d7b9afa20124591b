/* SPDX-License-Identifier: Apache-2.0 */
/* SSLProtocol's words as mod_ssl reads them (mod_ssl.md 3.1), and names of protocol versions. */
#ifndef TLSG_PROTOCOL_H
#define TLSG_PROTOCOL_H

#include <apr_pools.h>

#include "model.h"

/* Versions that the directive leaves enabled (TLSG_TLS1 ... bits); NULL means the default, all. A
 * word without sign replaces everything before it; that word (not "all") is stored in *replaces
 * when something stood before it. */
unsigned tlsg_protocol_parse(const tlsg_directive_t *directive, const char **replaces);

/* "TLS 1.0 and TLS 1.1" for a set of bits, "none" for 0. */
const char *tlsg_protocol_text(apr_pool_t *pool, unsigned set);

/* mod_ssl turns the set into a range: from the highest version down to the first gap. */
unsigned tlsg_protocol_contiguous(unsigned set);

/* i-th version, oldest first, 0 after the last; its OpenSSL number, SSL_OP_NO_ bit and report.md
 * name. */
typedef struct tlsg_version_t {
    unsigned bit;
    int number;
    unsigned long long no_option;
    const char *word; /* "TLSv1.2", SSLProtocol's and the report's */
    const char *text; /* "TLS 1.2", for people */
} tlsg_version_t;
const tlsg_version_t *tlsg_protocol_at(int i);

#endif
