/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file that an administrator named, and splits PEM text into blocks. Never hangs, never
 * reads anything but a regular file, never decodes or keeps what a block means: cert, certfile and
 * keyfile do that. Works on a scratch pool, since the bytes may hold private keys. Configuration
 * time only. */
#ifndef TLSG_PEMFILE_H
#define TLSG_PEMFILE_H

#include <stddef.h>

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "pem.h"

typedef enum tlsg_pemfile_status_t {
    TLSG_PEMFILE_OK = 0,      /* read; says nothing about what is in it */
    TLSG_PEMFILE_MISSING,     /* no such file: never there, or gone meanwhile */
    TLSG_PEMFILE_DENIED,      /* this process may not read it */
    TLSG_PEMFILE_NOT_REGULAR, /* directory, FIFO, socket, device */
    TLSG_PEMFILE_TOO_BIG,     /* above TLSG_PEMFILE_MAX */
    TLSG_PEMFILE_IO,          /* another system error */
} tlsg_pemfile_status_t;

/* Bytes; 10,000 certificates take about 15 MB. mod_ssl has no limit and may find something sound in
 * front of much else, so what is larger than this is unknown, not wrong. */
#define TLSG_PEMFILE_MAX (128U * 1024U * 1024U)

/* What the bytes are, as far as their first ones tell. */
typedef enum tlsg_pemfile_content_t {
    TLSG_PEMFILE_CONTENT_NONE = 0, /* not read */
    TLSG_PEMFILE_CONTENT_EMPTY,    /* no bytes, or blanks only */
    TLSG_PEMFILE_CONTENT_PEM,      /* at least one BEGIN line that OpenSSL sees */
    TLSG_PEMFILE_CONTENT_DER_CERT, /* binary X.509 certificate */
    TLSG_PEMFILE_CONTENT_DER_KEY,  /* binary private key (PKCS#8, PKCS#1, SEC 1) */
    TLSG_PEMFILE_CONTENT_PKCS12,   /* .p12/.pfx */
    TLSG_PEMFILE_CONTENT_OTHER,    /* text or binary of no known kind */
} tlsg_pemfile_content_t;

typedef struct tlsg_pemfile_t {
    const char *path;
    tlsg_pemfile_status_t status;
    const char *problem; /* "/etc/x.pem: is a directory"; NULL when read */
    size_t size;         /* bytes */
    apr_time_t mtime;
    const unsigned char *data; /* size bytes, NULL unless read; wiped when the pool is cleared */
    tlsg_pemfile_content_t content;
    unsigned notes;
    apr_array_header_t *blocks; /* tlsg_pem_block_t, in file order; never NULL */
} tlsg_pemfile_t;

/* Reads `path` and splits it. Never NULL and never fails: look at status, content and the blocks'
 * flaws. All of it lives in `scratch`, which the caller should clear soon; bytes are wiped then. */
const tlsg_pemfile_t *tlsg_pemfile_read(apr_pool_t *scratch, const char *path);

/* First block of a kind, NULL when there is none. */
const tlsg_pem_block_t *tlsg_pemfile_first(const tlsg_pemfile_t *file, tlsg_pem_kind_t kind);

/* Why a file that was read holds no usable `what` ("certificate", "private key"): empty, DER,
 * PKCS#12, hidden behind a byte order mark, other blocks only ... As "path: cause", in `pool`. */
const char *tlsg_pemfile_lack(apr_pool_t *pool, const tlsg_pemfile_t *file, const char *what);

/* "path: line 3: CERTIFICATE block has no END line" for a flawed block, in `pool`. */
const char *tlsg_pemfile_flaw(apr_pool_t *pool, const tlsg_pemfile_t *file,
                              const tlsg_pem_block_t *block);

#endif
