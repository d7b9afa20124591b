/* SPDX-License-Identifier: Apache-2.0 */
/* PEM: which blocks there are and what each label means. */
#include "pin_read.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "ossl.h"
#include "text.h"

#define LABEL_MAX 64 /* bytes of a PEM label quoted in a message; real ones are shorter than 24 */

int tlsg_pin_read_failed(tlsg_pin_reader_t *reader, const char *what)
{
    if (reader->pass->missing) {
        tlsg_ossl_clear();
        reader->pass->missing = 0;
        reader->err = "is encrypted, and there is no terminal to ask for the pass phrase; "
                      "give --pass-file";
        return 0;
    }
    reader->err = apr_pstrcat(reader->pool, what, ": ", tlsg_ossl_reason(reader->pool), NULL);
    return 0;
}

/* RFC 7468, and the labels OpenSSL has written over the years. */
static const struct {
    const char *label;
    tlsg_pin_read_t *read; /* NULL: known to hold no key */
} BLOCKS[] = {
    { "CERTIFICATE", tlsg_pin_read_certificate },
    { "X509 CERTIFICATE", tlsg_pin_read_certificate },
    { "TRUSTED CERTIFICATE", tlsg_pin_read_trusted },
    { "CERTIFICATE REQUEST", tlsg_pin_read_request },
    { "NEW CERTIFICATE REQUEST", tlsg_pin_read_request },
    { "PRIVATE KEY", tlsg_pin_read_private },
    { "RSA PRIVATE KEY", tlsg_pin_read_private },
    { "EC PRIVATE KEY", tlsg_pin_read_private },
    { "DSA PRIVATE KEY", tlsg_pin_read_private },
    { "ENCRYPTED PRIVATE KEY", tlsg_pin_read_encrypted },
    { "PUBLIC KEY", tlsg_pin_read_public },
    { "RSA PUBLIC KEY", tlsg_pin_read_rsa_public },
    { "PKCS7", tlsg_pin_read_pkcs7 },
    { "PKCS #7 SIGNED DATA", tlsg_pin_read_pkcs7 },
    { "CMS", tlsg_pin_read_pkcs7 },
    { "EC PARAMETERS", NULL },
    { "DH PARAMETERS", NULL },
    { "X9.42 DH PARAMETERS", NULL },
    { "DSA PARAMETERS", NULL },
    { "X509 CRL", NULL },
};

/* One block. *keys counts those that can hold a key. */
static int read_block(tlsg_pin_reader_t *reader, const char *label, char *header,
                      unsigned char *data, long len, int *keys)
{
    EVP_CIPHER_INFO cipher;
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        if (strcmp(label, BLOCKS[i].label) != 0) {
            continue;
        }
        if (BLOCKS[i].read == NULL) {
            return 1;
        }
        (*keys)++;
        if (!PEM_get_EVP_CIPHER_INFO(header, &cipher)) {
            return tlsg_pin_read_failed(reader, "broken PEM header");
        }
        if (!PEM_do_header(&cipher, data, &len, tlsg_pin_pass_callback, reader->pass)) {
            return tlsg_pin_read_failed(reader, "wrong pass phrase or broken key");
        }
        return BLOCKS[i].read(reader, data, (size_t)len);
    }
    /* Something new may well hold a key; leaving it out silently would be a wrong answer. */
    reader->err = apr_psprintf(reader->pool, "PEM block '%s' is of no known kind",
                               tlsg_text_printable(reader->pool, label, strlen(label), LABEL_MAX));
    return 0;
}

int tlsg_pin_read_pem(tlsg_pin_reader_t *reader, const tlsg_cli_bytes_t *bytes)
{
    BIO *bio = BIO_new_mem_buf(bytes->data, (int)bytes->len);
    int blocks = 0;
    int keys = 0;
    int done = bio != NULL;
    while (done) {
        char *label = NULL;
        char *header = NULL;
        unsigned char *data = NULL;
        long len = 0;
        if (!PEM_read_bio(bio, &label, &header, &data, &len)) {
            break;
        }
        blocks++;
        done = read_block(reader, label, header, data, len, &keys);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)len);
    }
    BIO_free(bio);
    if (!done) {
        return 0;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return tlsg_pin_read_failed(reader, apr_psprintf(reader->pool, "PEM block %d", blocks + 1));
    }
    tlsg_ossl_clear();
    if (keys == 0) {
        reader->err = blocks > 0 ? "holds parameters or revocation lists, but no key or certificate"
                                 : "no PEM block starts at the beginning of a line";
        return 0;
    }
    return 1;
}

int tlsg_pin_read(tlsg_pin_reader_t *reader, const tlsg_cli_bytes_t *bytes)
{
    static const char start[] = "-----BEGIN ";
    /* A byte order mark would hide a block on the first line. */
    size_t skip = bytes->len >= 3 && memcmp(bytes->data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    tlsg_cli_bytes_t text = { bytes->data + skip, bytes->len - skip, 0 };
    if (text.len >= 2 &&
        (memcmp(text.data, "\xFF\xFE", 2) == 0 || memcmp(text.data, "\xFE\xFF", 2) == 0)) {
        reader->err = "is UTF-16 text; save it as ASCII or UTF-8";
        return 0;
    }
    tlsg_ossl_clear();
    for (size_t i = 0; i + sizeof start - 1 <= text.len; i++) {
        const unsigned char *dash = memchr(text.data + i, '-', text.len - i - (sizeof start - 2));
        if (dash == NULL) {
            break;
        }
        i = (size_t)(dash - text.data);
        if (memcmp(dash, start, sizeof start - 1) == 0) {
            return tlsg_pin_read_pem(reader, &text);
        }
    }
    return tlsg_pin_read_der(reader, bytes->data, bytes->len);
}
