/* SPDX-License-Identifier: Apache-2.0 */
/* The public half of a private key, taken from its DER form without setting the key up: OpenSSL 3
 * spends half a millisecond on that, and only the public half is ever compared. */
#ifndef TLSG_PRIVKEY_H
#define TLSG_PRIVKEY_H

#include <stddef.h>

#include <apr_pools.h>

/* The SubjectPublicKeyInfo of an RSA key or of an EC key that carries its public point (PKCS#8, RFC
 * 5208; PKCS#1, RFC 8017 A.1.2; SEC 1, RFC 5915), as a certificate holds it. Returns 1 and fills
 * *spki (in `pool`), or 0 when the bytes are anything else, damaged keys included: ask OpenSSL
 * then. Nothing secret is copied. */
int tlsg_privkey_spki(apr_pool_t *pool, const unsigned char *der, size_t size,
                      const unsigned char **spki, size_t *spki_size);

#endif
