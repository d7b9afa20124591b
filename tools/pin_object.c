/* SPDX-License-Identifier: Apache-2.0 */
/* The part of pin_read.h that reads DER of a known kind: single objects and containers. */
#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "ossl.h"
#include "pin_read.h"
#include "pin_set.h"
#include "pin_spki.h"

int tlsg_pin_read_certificate(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    X509 *cert = d2i_X509(NULL, &der, (long)len);
    int done = cert != NULL &&
               tlsg_pin_set_add_x509(reader->pool, reader->entries, cert, 0, reader->source);
    X509_free(cert);
    return done ? 1 : tlsg_pin_read_failed(reader, "broken certificate");
}

int tlsg_pin_read_trusted(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    X509 *cert = d2i_X509_AUX(NULL, &der, (long)len);
    int done = cert != NULL &&
               tlsg_pin_set_add_x509(reader->pool, reader->entries, cert, 0, reader->source);
    X509_free(cert);
    return done ? 1 : tlsg_pin_read_failed(reader, "broken certificate");
}

int tlsg_pin_read_request(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    X509_REQ *request = d2i_X509_REQ(NULL, &der, (long)len);
    int done = request != NULL &&
               tlsg_pin_set_add_request(reader->pool, reader->entries, request, reader->source);
    X509_REQ_free(request);
    return done ? 1 : tlsg_pin_read_failed(reader, "broken certificate request");
}

static int add_public(tlsg_pin_reader_t *reader, EVP_PKEY *key)
{
    int done = key != NULL && tlsg_pin_set_add_pkey(reader->pool, reader->entries, key,
                                                    TLSG_PIN_PUBLIC_KEY, reader->source);
    EVP_PKEY_free(key);
    return done ? 1 : tlsg_pin_read_failed(reader, "broken public key");
}

int tlsg_pin_read_public(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    return add_public(reader, d2i_PUBKEY(NULL, &der, (long)len));
}

int tlsg_pin_read_rsa_public(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    return add_public(reader, d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, (long)len));
}

static int add_private(tlsg_pin_reader_t *reader, EVP_PKEY *key)
{
    int done = key != NULL && tlsg_pin_set_add_pkey(reader->pool, reader->entries, key,
                                                    TLSG_PIN_PRIVATE_KEY, reader->source);
    EVP_PKEY_free(key);
    return done ? 1 : tlsg_pin_read_failed(reader, "broken private key");
}

int tlsg_pin_read_private(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    tlsg_pin_entry_t entry = { .kind = TLSG_PIN_PRIVATE_KEY, .source = reader->source };
    entry.pin = tlsg_pin_spki_of_private(reader->pool, der, len, &entry.key);
    if (entry.pin != NULL) {
        APR_ARRAY_PUSH(reader->entries, tlsg_pin_entry_t) = entry;
        return 1;
    }
    return add_private(reader, d2i_AutoPrivateKey(NULL, &der, (long)len));
}

int tlsg_pin_read_info(tlsg_pin_reader_t *reader, PKCS8_PRIV_KEY_INFO *info)
{
    unsigned char *der = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    int done = len > 0 ? tlsg_pin_read_private(reader, der, (size_t)len)
                       : tlsg_pin_read_failed(reader, "broken private key");
    OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    PKCS8_PRIV_KEY_INFO_free(info);
    return done;
}

int tlsg_pin_read_encrypted(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    char phrase[TLSG_PIN_PASS_MAX + 1];
    X509_SIG *sealed = d2i_X509_SIG(NULL, &der, (long)len);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    if (sealed == NULL) {
        return tlsg_pin_read_failed(reader, "broken encrypted private key");
    }
    int phrase_len = tlsg_pin_pass_callback(phrase, sizeof phrase, 0, reader->pass);
    if (phrase_len >= 0) {
        info = PKCS8_decrypt(sealed, phrase, phrase_len);
    }
    OPENSSL_cleanse(phrase, sizeof phrase);
    X509_SIG_free(sealed);
    return info != NULL ? tlsg_pin_read_info(reader, info)
                        : tlsg_pin_read_failed(reader, "wrong pass phrase or broken key");
}

static int add_certificates(tlsg_pin_reader_t *reader, const STACK_OF(X509) * certs)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (!tlsg_pin_set_add_x509(reader->pool, reader->entries, sk_X509_value(certs, i), 0,
                                   reader->source)) {
            return tlsg_pin_read_failed(reader, "broken certificate");
        }
    }
    return 1;
}

int tlsg_pin_read_pkcs7(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    PKCS7 *p7 = d2i_PKCS7(NULL, &der, (long)len);
    int done = 0;
    if (p7 == NULL) {
        return tlsg_pin_read_failed(reader, "broken PKCS#7");
    }
    if (!PKCS7_type_is_signed(p7)) {
        reader->err = "PKCS#7 of a kind that carries no certificates";
    }
    else if (sk_X509_num(p7->d.sign->cert) <= 0) {
        reader->err = "PKCS#7 without certificates";
    }
    else {
        done = add_certificates(reader, p7->d.sign->cert);
    }
    PKCS7_free(p7);
    return done;
}
