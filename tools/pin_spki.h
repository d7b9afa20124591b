/* SPDX-License-Identifier: Apache-2.0 */
/* The public half of an RSA or EC private key straight from its DER, without making a key object
 * of it: an order of magnitude faster than OpenSSL's decoders, and the private half is not even
 * copied. Declines whatever is not entirely ordinary; the caller then takes the general way. */
#ifndef TLSG_PIN_SPKI_H
#define TLSG_PIN_SPKI_H

#include <stddef.h>

#include <apr_pools.h>

/* Reads a PrivateKeyInfo (RFC 5958), RSAPrivateKey (RFC 8017 appendix A.1.2) or ECPrivateKey
 * with a named curve and an uncompressed point (RFC 5915). Returns the pin and sets *name ("RSA
 * 2048", "EC P-256"), or NULL when the key is of another kind or form. */
const char *tlsg_pin_spki_of_private(apr_pool_t *pool, const unsigned char *der, size_t len,
                                     const char **name);

#endif
