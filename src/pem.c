/* SPDX-License-Identifier: Apache-2.0 */
#include "pem.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "text.h"

/* Bytes that one BIO_gets() call of OpenSSL's PEM reader takes at most: its LINESIZE is 255. */
#define LINE_MAX_BYTES 254

/* Bytes of a full base64 line and its newline: the only length allowed once a header has ended. */
#define FULL_LINE 65

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char tail_mark[] = "-----\n";

/* Position in the text. */
typedef struct reader_t {
    const unsigned char *data;
    size_t size;
    size_t at;
    int line; /* of `at`, from 1 */
    unsigned notes;
} reader_t;

/* One line as OpenSSL's reader sees it: blanks at the end removed, newline added. */
typedef struct line_t {
    char text[LINE_MAX_BYTES + 3];
    size_t length;
    size_t start; /* offset in the file */
    int number;
    int is_partial; /* the newline did not fit */
} line_t;

typedef struct span_t {
    unsigned char *bytes;
    size_t size;
} span_t;

typedef enum header_state_t {
    MAYBE_HEADER,
    IN_HEADER,
    POST_HEADER,
} header_state_t;

/* What stands between a BEGIN and its END line. */
typedef struct body_t {
    unsigned char *text; /* header lines, then data lines */
    size_t length;
    size_t header_length; /* 0: all of it is data */
} body_t;

static apr_status_t wipe(void *baton)
{
    span_t *span = baton;
    OPENSSL_cleanse(span->bytes, span->size);
    return APR_SUCCESS;
}

void tlsg_pem_wipe_later(apr_pool_t *pool, unsigned char *bytes, size_t size)
{
    span_t *span = apr_palloc(pool, sizeof(*span));
    span->bytes = bytes;
    span->size = size;
    apr_pool_cleanup_register(pool, span, wipe, apr_pool_cleanup_null);
}

/* fgets() on a file BIO: a NUL byte ends the line, and one at its start ends the file for the
 * reader. */
static int next_line(reader_t *in, line_t *line, int may_have_bom)
{
    const unsigned char *start = in->data + in->at;
    size_t left = in->size - in->at;
    if (left == 0 || start[0] == '\0') {
        return 0;
    }
    size_t room = left < LINE_MAX_BYTES ? left : LINE_MAX_BYTES;
    const unsigned char *newline = memchr(start, '\n', room);
    size_t taken = newline != NULL ? (size_t)(newline - start) + 1 : room;
    const unsigned char *nul = memchr(start, '\0', taken);
    size_t length = nul != NULL ? (size_t)(nul - start) : taken;

    line->start = in->at;
    line->number = in->line;
    line->is_partial = length == LINE_MAX_BYTES && start[length - 1] != '\n';
    in->at += taken;
    in->line += newline != NULL;

    static const unsigned char bom[] = { 0xEF, 0xBB, 0xBF };
    if (may_have_bom && length > sizeof(bom) && memcmp(start, bom, sizeof(bom)) == 0) {
        in->notes |= TLSG_PEM_BOM;
        start += sizeof(bom);
        length -= sizeof(bom);
    }
    if (length >= 2 && start[length - 1] == '\n' && start[length - 2] == '\r') {
        in->notes |= TLSG_PEM_CRLF;
    }
    memcpy(line->text, start, length);
    /* Plain char on purpose: where it is signed, bytes above 127 count as blanks, as they do for
     * OpenSSL. */
    while (length > 0 && line->text[length - 1] <= ' ') {
        length--;
    }
    line->text[length++] = '\n';
    line->text[length] = '\0';
    line->length = length;
    return 1;
}

static int has_prefix(const line_t *line, const char *prefix, size_t length)
{
    return line->length >= length && memcmp(line->text, prefix, length) == 0;
}

static int is_begin(const line_t *line)
{
    size_t tail = sizeof(tail_mark) - 1;
    return has_prefix(line, begin_mark, sizeof(begin_mark) - 1) &&
           line->length >= sizeof(begin_mark) - 1 + tail &&
           memcmp(line->text + line->length - tail, tail_mark, tail) == 0;
}

/* Is this END line that of a block named `label` (raw bytes)? */
static int is_end_of(const line_t *line, const char *label, size_t label_length)
{
    size_t head = sizeof(end_mark) - 1;
    size_t tail = sizeof(tail_mark) - 1;
    return line->length == head + label_length + tail &&
           memcmp(line->text + head, label, label_length) == 0 &&
           memcmp(line->text + head + label_length, tail_mark, tail) == 0;
}

/* Reads up to and including the END line of `label`. */
static tlsg_pem_flaw_t read_body(reader_t *in, const char *label, size_t label_length, body_t *body,
                                 int *begin_inside)
{
    header_state_t header = MAYBE_HEADER;
    line_t line;
    int was_partial = 0;
    int short_line = 0;
    tlsg_pem_flaw_t flaw = TLSG_PEM_SOUND;
    body->length = 0;
    body->header_length = 0;
    *begin_inside = 0;
    /* After the first flaw the lines are only counted until an END line, where reading can go on.
     */
    while (next_line(in, &line, 0)) {
        int after_partial = was_partial;
        was_partial = line.is_partial;
        if (has_prefix(&line, end_mark, sizeof(end_mark) - 1)) {
            if (flaw == TLSG_PEM_SOUND && !is_end_of(&line, label, label_length)) {
                flaw = TLSG_PEM_BAD_END;
            }
            if (header == IN_HEADER) {
                body->header_length = body->length;
            }
            return flaw;
        }
        if (*begin_inside == 0 && is_begin(&line)) {
            *begin_inside = line.number;
        }
        if (flaw != TLSG_PEM_SOUND) {
            continue;
        }
        if (header == MAYBE_HEADER && memchr(line.text, ':', line.length) != NULL) {
            header = IN_HEADER;
        }
        if (line.text[0] == '\n') {
            if (!after_partial && header == POST_HEADER) {
                flaw = TLSG_PEM_BAD_LINES;
            }
            if (!after_partial && header != POST_HEADER) {
                header = POST_HEADER;
                body->header_length = body->length;
            }
            continue;
        }
        if (short_line || (header == POST_HEADER && line.length > FULL_LINE)) {
            flaw = TLSG_PEM_BAD_LINES;
            continue;
        }
        short_line = header == POST_HEADER && line.length < FULL_LINE;
        memcpy(body->text + body->length, line.text, line.length);
        body->length += line.length;
    }
    return TLSG_PEM_TRUNCATED;
}

static tlsg_pem_kind_t kind_of(const char *label)
{
    static const struct {
        const char *label;
        tlsg_pem_kind_t kind;
    } kinds[] = {
        { "CERTIFICATE", TLSG_PEM_CERT },
        { "X509 CERTIFICATE", TLSG_PEM_CERT },
        { "TRUSTED CERTIFICATE", TLSG_PEM_TRUSTED_CERT },
        { "PRIVATE KEY", TLSG_PEM_KEY },
        { "RSA PRIVATE KEY", TLSG_PEM_KEY },
        { "EC PRIVATE KEY", TLSG_PEM_KEY },
        { "DSA PRIVATE KEY", TLSG_PEM_KEY },
        { "ENCRYPTED PRIVATE KEY", TLSG_PEM_ENCRYPTED_KEY },
        { "DH PARAMETERS", TLSG_PEM_PARAMS },
        { "X9.42 DH PARAMETERS", TLSG_PEM_PARAMS },
        { "EC PARAMETERS", TLSG_PEM_PARAMS },
        { "DSA PARAMETERS", TLSG_PEM_PARAMS },
        { "PUBLIC KEY", TLSG_PEM_PUBLIC_KEY },
        { "RSA PUBLIC KEY", TLSG_PEM_PUBLIC_KEY },
        { "CERTIFICATE REQUEST", TLSG_PEM_CSR },
        { "NEW CERTIFICATE REQUEST", TLSG_PEM_CSR },
        { "X509 CRL", TLSG_PEM_CRL },
        { "PKCS7", TLSG_PEM_PKCS7 },
        { "PKCS #7 SIGNED DATA", TLSG_PEM_PKCS7 },
        { "CMS", TLSG_PEM_PKCS7 },
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(label, kinds[i].label) == 0) {
            return kinds[i].kind;
        }
    }
    return TLSG_PEM_OTHER;
}

/* RFC 1421 section 4.6.1.1, as far as OpenSSL knows it. */
static int is_encrypted_header(const body_t *body)
{
    static const char proc_type[] = "Proc-Type:";
    const char *text = (const char *)body->text;
    return body->header_length > sizeof(proc_type) &&
           memcmp(text, proc_type, sizeof(proc_type) - 1) == 0 &&
           memmem(text, body->header_length, "ENCRYPTED", 9) != NULL;
}

static void decode(EVP_ENCODE_CTX *ctx, const body_t *body, unsigned char *out,
                   tlsg_pem_block_t *block)
{
    int length = 0;
    int rest = 0;
    EVP_DecodeInit(ctx);
    if (EVP_DecodeUpdate(ctx, out, &length, body->text + body->header_length,
                         (int)(body->length - body->header_length)) < 0 ||
        EVP_DecodeFinal(ctx, out + length, &rest) < 0 || length + rest == 0) {
        block->flaw = TLSG_PEM_BAD_BASE64;
        return;
    }
    block->der = out;
    block->der_len = (size_t)length + (size_t)rest;
}

apr_array_header_t *tlsg_pem_split(apr_pool_t *scratch, const unsigned char *data, size_t size,
                                   unsigned *notes)
{
    apr_array_header_t *blocks = apr_array_make(scratch, 4, sizeof(tlsg_pem_block_t));
    reader_t in = { .data = data, .size = size, .line = 1 };
    *notes = 0;
    if (size >= 2 &&
        ((data[0] == 0xFF && data[1] == 0xFE) || (data[0] == 0xFE && data[1] == 0xFF))) {
        *notes |= TLSG_PEM_UTF16;
    }
    /* Each piece of a line gains a newline at most; what is decoded is shorter than its text. */
    size_t room = size + size / LINE_MAX_BYTES + 2;
    body_t body = { .text = apr_palloc(scratch, room) };
    unsigned char *out = apr_palloc(scratch, room);
    tlsg_pem_wipe_later(scratch, body.text, room);
    tlsg_pem_wipe_later(scratch, out, room);
    EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
    line_t line;
    int first =
        1; /* the reader looks for a byte order mark wherever it starts to look for a block */
    while (ctx != NULL && next_line(&in, &line, first)) {
        first = 0;
        if (!is_begin(&line)) {
            continue;
        }
        const char *label = line.text + sizeof(begin_mark) - 1;
        size_t label_length = line.length - (sizeof(begin_mark) - 1) - (sizeof(tail_mark) - 1);
        tlsg_pem_block_t *block = apr_array_push(blocks);
        block->label = tlsg_text_printable(scratch, label, label_length, LINE_MAX_BYTES);
        block->kind = kind_of(block->label);
        block->line = line.number;
        block->offset = line.start;
        block->flaw = read_body(&in, label, label_length, &body, &block->begin_inside);
        block->length = in.at - block->offset;
        if (block->flaw == TLSG_PEM_TRUNCATED) {
            break;
        }
        if (block->flaw == TLSG_PEM_SOUND) {
            decode(ctx, &body, out, block);
            out += block->der_len;
        }
        if (block->flaw == TLSG_PEM_SOUND && body.header_length > 0) {
            int is_encrypted = is_encrypted_header(&body);
            if (is_encrypted && block->kind == TLSG_PEM_KEY) {
                block->kind = TLSG_PEM_ENCRYPTED_KEY;
            }
            /* Only a block that is wanted has its header looked at; a certificate has none. */
            if (!is_encrypted || block->kind == TLSG_PEM_CERT ||
                block->kind == TLSG_PEM_TRUSTED_CERT) {
                block->flaw = TLSG_PEM_BAD_HEADER;
            }
        }
        first = 1;
    }
    EVP_ENCODE_CTX_free(ctx);
    *notes |= in.notes;
    return blocks;
}
