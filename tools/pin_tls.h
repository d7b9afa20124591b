/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates a TLS server sends. Verifies nothing and sends nothing but a ClientHello
 * worth of data: pins are compared, not trusted, and what an old or broken server serves is
 * wanted too. */
#ifndef TLSG_PIN_TLS_H
#define TLSG_PIN_TLS_H

#include <stddef.h>

#include "pin_read.h"

/* 1 when `text` is host:port, [address]:port or https://host[:port]; fills host (without
 * brackets) and port. Lives in `pool`. */
int tlsg_pin_tls_parse(apr_pool_t *pool, const char *text, const char **host, int *port);

/* Connects (SNI unless the host is an address) and adds the chain in the order it was sent. A
 * server that holds an RSA and an ECDSA certificate is asked for both. `timeout` in seconds
 * covers everything. Returns 1, or 0 with reader->err. */
int tlsg_pin_tls_read(tlsg_pin_reader_t *reader, const char *host, int port, int timeout);

#endif
