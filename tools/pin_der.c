/* SPDX-License-Identifier: Apache-2.0 */
/* The part of pin_read.h that reads DER without a label: what it is shows in its structure. */
#include <apr_strings.h>
#include <openssl/asn1.h>
#include <openssl/x509.h>

#include "ossl.h"
#include "pin_read.h"

#define SHAPE_MAX 4 /* elements looked at; the kinds differ within the first three */

/* Describes the elements of the SEQUENCE at the front of `der`, one letter each: I integer, S
 * sequence, O octet string, B bit string, o object identifier, C context tag, ? anything else.
 * Returns the length of the whole SEQUENCE, or 0 with reader->err. */
static size_t shape_of(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len,
                       char shape[SHAPE_MAX + 1])
{
    const unsigned char *p = der;
    long length;
    int tag, class_of;
    int flags = ASN1_get_object(&p, &length, &tag, &class_of, (long)len);
    tlsg_ossl_clear();
    if (tag != V_ASN1_SEQUENCE || (flags & V_ASN1_CONSTRUCTED) == 0 || der[0] != 0x30) {
        reader->err = "is neither PEM nor DER of a key or certificate";
        return 0;
    }
    if ((flags & 0x80) != 0) {
        reader->err = "is DER that ends too early";
        return 0;
    }
    /* Constructed of indefinite length (some PKCS#12 and PKCS#7 files): reaches to the end of
     * the file. */
    size_t whole = (flags & 1) != 0 ? len : (size_t)(p - der) + (size_t)length;
    const unsigned char *end = der + whole;
    size_t n = 0;
    while (n < SHAPE_MAX && p < end) {
        flags = ASN1_get_object(&p, &length, &tag, &class_of, (long)(end - p));
        if ((flags & 0x80) != 0) {
            break;
        }
        shape[n++] = class_of == V_ASN1_CONTEXT_SPECIFIC ? 'C'
                     : class_of != V_ASN1_UNIVERSAL      ? '?'
                     : tag == V_ASN1_INTEGER             ? 'I'
                     : tag == V_ASN1_SEQUENCE            ? 'S'
                     : tag == V_ASN1_OCTET_STRING        ? 'O'
                     : tag == V_ASN1_BIT_STRING          ? 'B'
                     : tag == V_ASN1_OBJECT              ? 'o'
                                                         : '?';
        if ((flags & 1) != 0) {
            break;
        }
        p += length;
    }
    tlsg_ossl_clear();
    shape[n] = '\0';
    return whole;
}

/* Certificates, requests and revocation lists look alike from outside. */
static int read_signed(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    const unsigned char *p = der;
    X509 *cert = d2i_X509(NULL, &p, (long)len);
    tlsg_ossl_clear();
    X509_free(cert);
    return cert != NULL ? tlsg_pin_read_certificate(reader, der, len)
                        : tlsg_pin_read_request(reader, der, len);
}

/* The first row whose shape the file's begins with; a final '$' demands the end there. */
static const struct {
    const char *shape;
    tlsg_pin_read_t *read;
} SHAPES[] = {
    { "ISO", tlsg_pin_read_private },
    { "IO", tlsg_pin_read_private },
    { "II$", tlsg_pin_read_rsa_public },
    { "II", tlsg_pin_read_private },
    { "IS", tlsg_pin_read_pkcs12 },
    { "oC", tlsg_pin_read_pkcs7 },
    { "SO$", tlsg_pin_read_encrypted },
    { "SB$", tlsg_pin_read_public },
    { "SSB", read_signed },
};

static int shape_fits(const char *shape, const char *row)
{
    while (*row != '\0' && *row != '$') {
        if (*shape++ != *row++) {
            return 0;
        }
    }
    return *row == '\0' || *shape == '\0';
}

int tlsg_pin_read_der(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    char shape[SHAPE_MAX + 1];
    while (len > 0) {
        size_t whole = shape_of(reader, der, len, shape);
        size_t row = 0;
        if (whole == 0) {
            return 0;
        }
        while (row < sizeof SHAPES / sizeof SHAPES[0] && !shape_fits(shape, SHAPES[row].shape)) {
            row++;
        }
        if (row == sizeof SHAPES / sizeof SHAPES[0]) {
            reader->err = "is DER, but of no key, certificate or container";
            return 0;
        }
        if (!SHAPES[row].read(reader, der, whole)) {
            return 0;
        }
        der += whole;
        len -= whole;
    }
    return 1;
}
