/* SPDX-License-Identifier: Apache-2.0 */
/* TLSGuardCompression at request time: keeps mod_deflate, mod_brotli, mod_negotiation and backends
 * from compressing what could give a secret away. */
#ifndef TLSG_REQUEST_COMPRESS_H
#define TLSG_REQUEST_COMPRESS_H

#include <httpd.h>

/* Registers the filter and the hooks that run before it. */
void tlsg_request_compress_register(void);

/* In insert_filter: puts the filter in front of all others when this request may need it. */
void tlsg_request_compress_insert(request_rec *r);

/* Some directive about compression was read. Until then requests are asked nothing. Configuration
 * time. */
void tlsg_request_compress_use(void);

#endif
