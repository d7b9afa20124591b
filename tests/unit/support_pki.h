/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities of all kinds, good and bad, below two roots that are trusted and one that is not. */
#ifndef TLSG_SUPPORT_PKI_H
#define TLSG_SUPPORT_PKI_H

#include "chain.h"
#include "support_cert.h"

#define SUPPORT_DAY 86400L /* seconds */

/* `roots` is the file of what is trusted. */
typedef struct support_pki_t {
    apr_pool_t *pool;
    const char *dir;
    const char *roots;
    support_cert_t *root;          /* trusted */
    support_cert_t *root2;         /* trusted */
    support_cert_t *private_root;  /* not trusted */
    support_cert_t *inter;         /* of root */
    support_cert_t *inter_cross;   /* same name and key, of root2 */
    support_cert_t *inter_old;     /* same name and key, of root, expired */
    support_cert_t *inter_rekeyed; /* same name, other key, of root */
    support_cert_t *sub;           /* of inter */
    support_cert_t *short_path;    /* of root, pathlen 0 */
    support_cert_t *below_short;   /* of short_path: one too many */
    support_cert_t *no_ca;         /* of root, CA:FALSE */
    support_cert_t *mail_ca;       /* of root, for e-mail only */
    support_cert_t *named_ca;      /* of root, for .example.org only */
    support_cert_t *private_inter;
    support_cert_t *plain_ca;      /* of root, without key identifiers */
    support_cert_t *plain_rekeyed; /* same name, other key */
    tlsg_certcache_t *cache;
    tlsg_trust_t *trust;
    int files;
} support_pki_t;

/* Makes them; `pool` owns everything. */
support_pki_t *support_pki(apr_pool_t *pool);

/* An authority of that name, valid for years. `key` NULL: a new one. */
support_cert_t *support_authority(support_pki_t *pki, const char *name,
                                  const support_cert_t *issuer, EVP_PKEY *key);

/* www.example.com of that issuer. */
support_cert_t *support_leaf(support_pki_t *pki, const support_cert_t *issuer);

/* A file of these certificates, up to NULL, in that order, and read. */
const tlsg_certfile_t *support_chain_file(support_pki_t *pki, const support_cert_t *const *certs);

#endif
