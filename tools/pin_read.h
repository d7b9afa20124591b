/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of an input -> entries: PEM with any number of blocks, DER, PKCS#12, PKCS#7. Decrypts
 * what is encrypted with the pass phrase at hand. Wipes private material; results hold none. */
#ifndef TLSG_PIN_READ_H
#define TLSG_PIN_READ_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "cli_bytes.h"
#include "pin_pass.h"

/* One input being read. */
typedef struct {
    apr_pool_t *pool;            /* results and reasons */
    const char *source;          /* the input's name in results and in the prompt */
    tlsg_pin_pass_t *pass;       /* shared by all inputs of a call */
    apr_array_header_t *entries; /* tlsg_pin_entry_t, appended to */
    const char *err;             /* after a failure: the reason, without the name */
} tlsg_pin_reader_t;

/* Adds every public key found in the bytes, in order. Returns 1, or 0 with reader->err; entries
 * may have been added before the failure was met, and the caller drops them. */
int tlsg_pin_read(tlsg_pin_reader_t *reader, const tlsg_cli_bytes_t *bytes);

/* Sets reader->err to "what: why" with OpenSSL's reason, or to what is wrong with the pass
 * phrase when that was the cause. Empties the error queue. Returns 0. */
int tlsg_pin_read_failed(tlsg_pin_reader_t *reader, const char *what);

/* ---- Used by tlsg_pin_read(), by format ---- */

/* Reads one format. Returns 1, or 0 with reader->err. */
typedef int tlsg_pin_read_t(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len);

/* Text with PEM blocks; the bytes must hold at least one start of a block. */
int tlsg_pin_read_pem(tlsg_pin_reader_t *reader, const tlsg_cli_bytes_t *bytes);

/* DER of any kind below, several in a row included. */
tlsg_pin_read_t tlsg_pin_read_der;

/* Single objects. "Trusted": a certificate followed by trust settings, OpenSSL's own form. */
tlsg_pin_read_t tlsg_pin_read_certificate;
tlsg_pin_read_t tlsg_pin_read_trusted;
tlsg_pin_read_t tlsg_pin_read_request;
tlsg_pin_read_t tlsg_pin_read_public;
tlsg_pin_read_t tlsg_pin_read_rsa_public;

/* A PrivateKeyInfo, a traditional RSA or EC key, and so on: any private key that is not
 * encrypted. */
tlsg_pin_read_t tlsg_pin_read_private;

/* An EncryptedPrivateKeyInfo (RFC 5958 section 3). */
tlsg_pin_read_t tlsg_pin_read_encrypted;

/* The same, decrypted and decoded. Takes over and wipes `info`. Returns 1, or 0 with
 * reader->err. */
int tlsg_pin_read_info(tlsg_pin_reader_t *reader, PKCS8_PRIV_KEY_INFO *info);

/* Containers. PKCS#7: the certificates of a SignedData (RFC 2315 section 9). */
tlsg_pin_read_t tlsg_pin_read_pkcs7;
tlsg_pin_read_t tlsg_pin_read_pkcs12;

#endif
