/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates behind an OpenSSL store URI (pkcs11:..., file:...), loaded by whatever
 * providers openssl.cnf activates. Private keys may stay in their token; only the public half is
 * asked for. */
#ifndef TLSG_PIN_STORE_H
#define TLSG_PIN_STORE_H

#include "pin_read.h"

/* Adds everything with a public key that the URI names. Returns 1, or 0 with reader->err. */
int tlsg_pin_store_read(tlsg_pin_reader_t *reader, const char *uri);

#endif
