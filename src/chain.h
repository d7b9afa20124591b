/* SPDX-License-Identifier: Apache-2.0 */
/* What a server sends with its certificate, whether that is in order, and whether clients can make
 * a trusted chain of it. What is out of time is marked apart, and is neither out of order nor
 * untrusted for that. */
#ifndef TLSG_CHAIN_H
#define TLSG_CHAIN_H

#include "trust.h"

/* Where the certificates behind the leaf come from. */
typedef enum tlsg_chain_source_t {
    TLSG_CHAIN_LEAF_ONLY = 0,
    TLSG_CHAIN_FROM_FILE,       /* SSLCertificateFile */
    TLSG_CHAIN_FROM_CHAIN_FILE, /* SSLCertificateChainFile: certificate files then give their leaf
                                   only */
    TLSG_CHAIN_FROM_CA_STORE,   /* OpenSSL completes a bare leaf from SSLCACertificateFile/Path */
} tlsg_chain_source_t;

typedef enum tlsg_chain_trust_t {
    TLSG_CHAIN_UNKNOWN =
        0,              /* an issuer is not known here; neither missing nor private can be said */
    TLSG_CHAIN_PUBLIC,  /* verifies to one of the system's roots */
    TLSG_CHAIN_PRIVATE, /* complete, to an authority that only some clients know */
    TLSG_CHAIN_SELF_SIGNED, /* the leaf is its own issuer */
    TLSG_CHAIN_INCOMPLETE,  /* an intermediate is missing */
    TLSG_CHAIN_BROKEN,      /* does not verify whatever the root: see reason */
} tlsg_chain_trust_t;

/* Bits of tlsg_link_t.flaws and, over all links, of tlsg_chain_t.flaws. */
enum {
    TLSG_LINK_OUT_OF_ORDER = 1, /* needed, but does not certify the one before it */
    TLSG_LINK_STRAY = 2,        /* certifies nothing here */
    TLSG_LINK_DUPLICATE = 4,    /* sent before */
    TLSG_LINK_ROOT = 8,         /* a self-signed root: clients have it or will not believe it */
    TLSG_LINK_EXPIRED = 16,     /* at the time given */
    TLSG_LINK_NOT_YET = 32,
    TLSG_LINK_LEAF_LATER =
        64, /* a server certificate issued by the first one: the leaf is not first */
};

typedef struct tlsg_link_t {
    const tlsg_cert_t *cert;
    int depth; /* place in the path, 0 for the leaf; -1: not part of it */
    unsigned flaws;
} tlsg_link_t;

typedef struct tlsg_chain_t {
    tlsg_chain_source_t source;
    int link_count;           /* at least 1 */
    const tlsg_link_t *links; /* as sent, leaf first */
    unsigned flaws;
    unsigned path_flaws; /* EXPIRED and NOT_YET of what is in `above` */
    int path_count;
    const tlsg_cert_t *const *path; /* the leaf upwards, as far as sent certificates reach */
    const tlsg_cert_t
        *issuer; /* of the leaf: sent, or in the CA store; what stapling needs. NULL: not found */
    /* What certifies the leaf, its issuer first: when the root is known OpenSSL's way to it, root
     * included and whether it holds or not; else the path without the leaf. */
    int above_count;
    const tlsg_cert_t *const *above;
    tlsg_chain_trust_t trust;
    int root_is_local;     /* PRIVATE: its root was installed on this machine by hand */
    const char *root;      /* PUBLIC or PRIVATE: the root's subject when it is known, else NULL */
    const char *missing;   /* UNKNOWN or INCOMPLETE: subject of the issuer that is not there */
    const char *reason;    /* OpenSSL's words when BROKEN; why not known when UNKNOWN; else NULL */
    int no_roots;          /* this system has no roots: PUBLIC could not be said */
    int signature_checked; /* see tlsg_verification_t */
} tlsg_chain_t;

/* "unknown", "public", "private", "self-signed", "incomplete", "broken". */
const char *tlsg_chain_trust_name(tlsg_chain_trust_t trust);

/* The chain of `file` (leaf not NULL). `chain_file` is SSLCertificateChainFile or NULL, `store` the
 * CA store of the virtual host or NULL. Judged once per distinct input and `now`; lives as long as
 * `trust`. Never NULL. */
const tlsg_chain_t *tlsg_chain_get(tlsg_trust_t *trust, const tlsg_certfile_t *file,
                                   const tlsg_certfile_t *chain_file, const tlsg_castore_t *store,
                                   apr_time_t now);

#endif
