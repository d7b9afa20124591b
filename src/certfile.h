/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate file as mod_ssl reads it, once per file however many virtual hosts name it. Keeps
 * facts and certificates, never the bytes of the file: a private key in it leaves no trace. */
#ifndef TLSG_CERTFILE_H
#define TLSG_CERTFILE_H

#include <openssl/evp.h>

#include "cert.h"
#include "pemfile.h"

typedef enum tlsg_certfile_state_t {
    TLSG_CERTFILE_OK = 0,
    TLSG_CERTFILE_NOT_READ,  /* see read; mod_ssl may be able to when it starts as root (DENIED) */
    TLSG_CERTFILE_NO_CERT,   /* readable, but without a certificate that OpenSSL sees */
    TLSG_CERTFILE_BAD_LEAF,  /* a broken block or certificate comes first: mod_ssl refuses to start
                              */
    TLSG_CERTFILE_BAD_CHAIN, /* the first certificate is fine, something broken follows: the same */
} tlsg_certfile_state_t;

/* Parameters that mod_ssl takes from the first certificate file. PEM_read_bio_Parameters() takes
 * the first block it can decode, of whatever kind. */
typedef enum tlsg_params_kind_t {
    TLSG_PARAMS_NONE = 0,
    TLSG_PARAMS_DH,
    TLSG_PARAMS_EC,    /* restricts the groups to one curve and breaks DHE */
    TLSG_PARAMS_OTHER, /* DSA */
} tlsg_params_kind_t;

typedef struct tlsg_params_t {
    tlsg_params_kind_t kind;
    int bits;
    const char *curve; /* of TLSG_PARAMS_EC */
    int line;          /* of its BEGIN line */
    int broken;     /* number of parameters blocks before it that OpenSSL cannot decode and skips */
    EVP_PKEY *pkey; /* owned by the pool of the cache; NULL for NONE */
} tlsg_params_t;

typedef struct tlsg_certfile_t {
    const char *path;
    tlsg_certfile_state_t state;
    const char *problem; /* one sentence naming the file and the cause; NULL when OK */
    tlsg_pemfile_status_t read;
    tlsg_pemfile_content_t content;
    unsigned notes;           /* TLSG_PEM_ bits of pem.h */
    const tlsg_cert_t *leaf;  /* first certificate; NULL: none could be decoded */
    int leaf_is_trusted_form; /* it was a TRUSTED CERTIFICATE block, which chain files skip */
    int chain_count;          /* certificates behind it, up to the first broken one */
    const tlsg_cert_t *const *chain;
    int key_count; /* private key blocks */
    int has_encrypted_key;
    tlsg_params_t params;
    int is_live; /* made from a running context, not from a file */
} tlsg_certfile_t;

typedef struct tlsg_certcache_t tlsg_certcache_t; /* opaque */

/* An empty cache. Files, certificates and facts live as long as `pool`. */
tlsg_certcache_t *tlsg_certfile_cache_make(apr_pool_t *pool);

/* The file of that path, read when first asked for. Never NULL. A certificate that several files
 * share (an intermediate) exists once. Not for use by several threads. */
const tlsg_certfile_t *tlsg_certfile_get(tlsg_certcache_t *cache, const char *path);

/* The same shape for what a running context serves: a leaf and its chain (may be NULL), both
 * borrowed. `label` stands for the path. */
const tlsg_certfile_t *tlsg_certfile_wrap(tlsg_certcache_t *cache, const char *label, X509 *leaf,
                                          STACK_OF(X509) * chain);

/* The facts of a borrowed certificate; the same object for equal certificates. */
const tlsg_cert_t *tlsg_certfile_intern(tlsg_certcache_t *cache, X509 *x509);

/* Number of files read and of distinct certificates decoded so far; either may be NULL. */
void tlsg_certfile_cache_counts(const tlsg_certcache_t *cache, int *files, int *certs);

#endif
