/* SPDX-License-Identifier: Apache-2.0 */
/* Splits PEM text into blocks by the rules of OpenSSL's own reader (BIO lines, headers, END lines,
 * base64), so that what is called sound here is what mod_ssl will read, and says what is wrong with
 * the rest. Does not know what a block means. Works on a scratch pool: blocks may hold private
 * keys. */
#ifndef TLSG_PEM_H
#define TLSG_PEM_H

#include <stddef.h>

#include <apr_pools.h>
#include <apr_tables.h>

typedef enum tlsg_pem_kind_t {
    TLSG_PEM_OTHER = 0,
    TLSG_PEM_CERT,         /* CERTIFICATE, X509 CERTIFICATE */
    TLSG_PEM_TRUSTED_CERT, /* TRUSTED CERTIFICATE: OpenSSL's own form, with trust settings behind */
    TLSG_PEM_KEY,          /* any private key without pass phrase */
    TLSG_PEM_ENCRYPTED_KEY, /* any private key with pass phrase */
    TLSG_PEM_PARAMS,        /* DH, X9.42 DH, EC or DSA PARAMETERS */
    TLSG_PEM_PUBLIC_KEY,
    TLSG_PEM_CSR,
    TLSG_PEM_CRL,
    TLSG_PEM_PKCS7,
} tlsg_pem_kind_t;

typedef enum tlsg_pem_flaw_t {
    TLSG_PEM_SOUND = 0,
    TLSG_PEM_TRUNCATED,  /* no END line */
    TLSG_PEM_BAD_END,    /* the END line names something else */
    TLSG_PEM_BAD_BASE64, /* undecodable, or nothing between the lines */
    TLSG_PEM_BAD_LINES,  /* blank lines or lines of odd length where OpenSSL allows none */
    TLSG_PEM_BAD_HEADER, /* lines before a blank one that are no header OpenSSL knows */
} tlsg_pem_flaw_t;

typedef struct tlsg_pem_block_t {
    const char *label; /* between BEGIN and the dashes, printable */
    tlsg_pem_kind_t kind;
    tlsg_pem_flaw_t flaw;
    int line;         /* of the BEGIN line, from 1 */
    size_t offset;    /* of the BEGIN line, bytes from the start of the file */
    size_t length;    /* of the text, BEGIN line to END line */
    int begin_inside; /* line of a BEGIN line before the END line, which OpenSSL reads over; 0 */
    const unsigned char *der; /* NULL unless sound; still encrypted when it has a pass phrase */
    size_t der_len;
} tlsg_pem_block_t;

/* Things that work or merely puzzle, noted for the diagnosis. */
enum {
    TLSG_PEM_CRLF = 1,  /* lines end in CR LF; OpenSSL reads them */
    TLSG_PEM_BOM = 2,   /* UTF-8 byte order mark in front of a line; OpenSSL skips it */
    TLSG_PEM_UTF16 = 4, /* UTF-16 text: OpenSSL sees no BEGIN line at all */
};

/* Splits `size` bytes, which must outlive the result, into an array of tlsg_pem_block_t in file
 * order, up to a block without an END line. Sets the bits of *notes. Decoded bytes live in
 * `scratch` and are wiped when it is cleared. */
apr_array_header_t *tlsg_pem_split(apr_pool_t *scratch, const unsigned char *data, size_t size,
                                   unsigned *notes);

/* Wipes `size` bytes when `pool` is cleared. */
void tlsg_pem_wipe_later(apr_pool_t *pool, unsigned char *bytes, size_t size);

#endif
