/* SPDX-License-Identifier: Apache-2.0 */
#include "pin.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

_Static_assert(TLSG_PIN_BYTES == SHA256_DIGEST_LENGTH, "a pin is a SHA-256");

const char *tlsg_pin_of_spki(apr_pool_t *pool, const unsigned char *der, size_t len)
{
    unsigned char digest[TLSG_PIN_BYTES];
    SHA256(der, len, digest);
    char *pin = apr_palloc(pool, TLSG_PIN_LENGTH + 1);
    EVP_EncodeBlock((unsigned char *)pin, digest, TLSG_PIN_BYTES);
    return pin;
}

/* Takes over `der` as an i2d function allocated it; `len` is that function's result. */
static const char *pin_of_encoding(apr_pool_t *pool, unsigned char *der, int len)
{
    const char *pin = len > 0 ? tlsg_pin_of_spki(pool, der, (size_t)len) : NULL;
    OPENSSL_free(der);
    if (pin == NULL) {
        ERR_clear_error();
    }
    return pin;
}

const char *tlsg_pin_of_x509(apr_pool_t *pool, const X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    return pin_of_encoding(pool, der, len);
}

const char *tlsg_pin_of_pkey(apr_pool_t *pool, const EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    return pin_of_encoding(pool, der, len);
}

const char *tlsg_pin_of_request(apr_pool_t *pool, X509_REQ *request)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &der);
    return pin_of_encoding(pool, der, len);
}

const char *tlsg_pin_of_certificate_digest(apr_pool_t *pool, const X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    return pin_of_encoding(pool, der, len);
}

int tlsg_pin_decode(const char *pin, unsigned char digest[TLSG_PIN_BYTES])
{
    if (strlen(pin) != TLSG_PIN_LENGTH || pin[TLSG_PIN_LENGTH - 1] != '=') {
        return 0;
    }
    /* 44 characters give 33 bytes, the last of which is the padding. */
    unsigned char bytes[TLSG_PIN_BYTES + 1];
    if (EVP_DecodeBlock(bytes, (const unsigned char *)pin, TLSG_PIN_LENGTH) != sizeof bytes) {
        ERR_clear_error();
        return 0;
    }
    /* One spelling only: the decoder is lenient about blanks and about the unused bits at the
     * end. */
    char again[TLSG_PIN_LENGTH + 1];
    EVP_EncodeBlock((unsigned char *)again, bytes, TLSG_PIN_BYTES);
    if (strcmp(again, pin) != 0) {
        return 0;
    }
    memcpy(digest, bytes, TLSG_PIN_BYTES);
    return 1;
}

const char *tlsg_pin_to_hex(apr_pool_t *pool, const char *pin)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[TLSG_PIN_BYTES];
    if (!tlsg_pin_decode(pin, digest)) {
        return NULL;
    }
    char *hex = apr_palloc(pool, 2 * TLSG_PIN_BYTES + 1);
    for (int i = 0; i < TLSG_PIN_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * TLSG_PIN_BYTES] = '\0';
    return hex;
}

const char *tlsg_pin_role(X509 *cert, int first)
{
    int self_issued = X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
    int names_servers = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) >= 0;
    int ca = X509_check_ca(cert) > 0;
    ERR_clear_error();
    if (first || !ca || (self_issued && names_servers)) {
        return "leaf";
    }
    return self_issued ? "root" : "intermediate";
}
