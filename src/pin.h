/* SPDX-License-Identifier: Apache-2.0 */
/* SPKI pins: SHA-256 over the DER SubjectPublicKeyInfo, in base64 (RFC 7469 section 2.4; the same
 * value is in TLSA x 1 1 records, curl's sha256// pins and Android's pin sets). Pure computation on
 * OpenSSL objects; reads no file. Results live in the pool given. Any phase. */
#ifndef TLSG_PIN_H
#define TLSG_PIN_H

#include <stddef.h>

#include <apr_pools.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define TLSG_PIN_BYTES 32  /* SHA-256 */
#define TLSG_PIN_LENGTH 44 /* characters of a pin: base64 of 32 bytes, one '=' at the end */

/* Pin of the certificate's public key, over the SubjectPublicKeyInfo as the certificate encodes
 * it; works for key types this OpenSSL cannot use. NULL when it cannot be encoded (out of
 * memory). */
const char *tlsg_pin_of_x509(apr_pool_t *pool, const X509 *cert);

/* Pin of a key, private or public. NULL when the key has no public half or cannot be encoded. */
const char *tlsg_pin_of_pkey(apr_pool_t *pool, const EVP_PKEY *key);

/* Pin of the public key in a certificate request. NULL as for a certificate. */
const char *tlsg_pin_of_request(apr_pool_t *pool, X509_REQ *request);

/* Pin of a DER SubjectPublicKeyInfo. The bytes are not checked. */
const char *tlsg_pin_of_spki(apr_pool_t *pool, const unsigned char *der, size_t len);

/* SHA-256 over the whole certificate, in base64: not a pin, but what people put into pins by
 * mistake (browsers then never find it in a chain). NULL when the certificate cannot be encoded. */
const char *tlsg_pin_of_certificate_digest(apr_pool_t *pool, const X509 *cert);

/* Decodes a pin. Returns 1 and fills `digest`, or 0 when the text is not exactly the base64 form
 * of 32 bytes (44 characters, canonical padding: RFC 4648 section 3.5). */
int tlsg_pin_decode(const char *pin, unsigned char digest[TLSG_PIN_BYTES]);

/* The 32 bytes of a pin as 64 lower case hexadecimal digits, as TLSA records want them (RFC 6698
 * section 2.2). NULL when `pin` is not a pin. */
const char *tlsg_pin_to_hex(apr_pool_t *pool, const char *pin);

/* "leaf", "intermediate" or "root": the part a certificate plays. `first` says that it is the
 * first one of a chain as a server sends it, which is the leaf whatever it claims. Otherwise a
 * certificate that is no CA is a leaf, and so is a self-signed one with names of servers in it;
 * of the rest the self-issued ones are roots. Static string. */
const char *tlsg_pin_role(X509 *cert, int first);

#endif
