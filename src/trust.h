/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that are believed: the system's roots, loaded when first needed, and CA files a
 * configuration names. Verifies with OpenSSL and remembers per issuer, since thousands of
 * certificates come from a handful of authorities. Time only decides between several ways to a root,
 * as in a client; that a certificate is out of time is for others to say. */
#ifndef TLSG_TRUST_H
#define TLSG_TRUST_H

#include <apr_hash.h>
#include <apr_pools.h>

#include "cert.h"
#include "certfile.h"

typedef struct tlsg_trust_t tlsg_trust_t; /* opaque */
typedef struct tlsg_castore_t
    tlsg_castore_t; /* opaque: SSLCACertificateFile and SSLCACertificatePath */

typedef enum tlsg_verdict_t {
    TLSG_VERDICT_PUBLIC = 0, /* verifies to one of the system's roots */
    TLSG_VERDICT_LOCAL,    /* likewise, but to a root that was installed on this machine by hand */
    TLSG_VERDICT_NO_ROOT,  /* no way to a known root: an issuer is missing or its root is not known
                            */
    TLSG_VERDICT_INVALID,  /* a way exists, but does not hold: signature, CA flag, path length,
                              constraints */
    TLSG_VERDICT_NO_STORE, /* this system has no roots to compare with */
} tlsg_verdict_t;

typedef struct tlsg_verification_t {
    tlsg_verdict_t verdict;
    const char *reason; /* OpenSSL's words unless PUBLIC or LOCAL, else NULL */
    const char *root;   /* subject of the root, PUBLIC and LOCAL, else NULL */
    /* PUBLIC, LOCAL and INVALID: what certifies the leaf, its issuer first and the root last, as
     * OpenSSL put it together; else NULL and 0. */
    const tlsg_cert_t *const *above;
    int above_count;
    int signature_checked; /* 0: the leaf's own signature was taken on the word of its key
                              identifier, see SLOW_SIGNATURES in trust.c */
} tlsg_verification_t;

/* `cache` decodes CA files, so that a certificate known from elsewhere is not decoded again.
 * `roots` names a PEM file to use instead of the system's roots (tests), NULL means the system's.
 * Nothing is read yet. */
tlsg_trust_t *tlsg_trust_make(apr_pool_t *pool, tlsg_certcache_t *cache, const char *roots);

/* Pool of the trust object, and the table in which chain.c keeps what it has judged. */
apr_pool_t *tlsg_trust_pool(const tlsg_trust_t *trust);
apr_hash_t *tlsg_trust_chains(const tlsg_trust_t *trust);

/* The CA store of these paths, either may be NULL; NULL when both are. Made once per pair of paths.
 */
const tlsg_castore_t *tlsg_trust_castore(tlsg_trust_t *trust, const char *file, const char *path);

/* A certificate of the store that may have issued `cert`, NULL when there is none. */
const tlsg_cert_t *tlsg_trust_castore_issuer(tlsg_trust_t *trust, const tlsg_castore_t *store,
                                             const tlsg_cert_t *cert);

/* What OpenSSL sends behind a bare leaf when the context has a CA store: the chain it can build
 * from it, without the leaf. Returns the number of certificates; *chain lives as long as `trust`.
 */
int tlsg_trust_castore_chain(tlsg_trust_t *trust, const tlsg_castore_t *store,
                             const tlsg_cert_t *leaf, apr_time_t now,
                             const tlsg_cert_t *const **chain);

/* 1 when `issuer` may have issued `cert` and its key verifies the signature. */
int tlsg_trust_issued(const tlsg_cert_t *issuer, const tlsg_cert_t *cert);

/* Certificates to build on besides the trusted ones, and when. */
typedef struct tlsg_offer_t {
    int count;
    const tlsg_cert_t *const *certs; /* untrusted; may be NULL when there are none */
    apr_time_t now;
} tlsg_offer_t;

/* Verifies `leaf` against the system's roots. */
tlsg_verification_t tlsg_trust_verify(tlsg_trust_t *trust, const tlsg_cert_t *leaf,
                                      const tlsg_offer_t *offer);

/* The same with `anchor`, a root or an intermediate, as the only one that is believed: PUBLIC means
 * that the chain holds up to it. */
tlsg_verification_t tlsg_trust_verify_under(tlsg_trust_t *trust, const tlsg_cert_t *anchor,
                                            const tlsg_cert_t *leaf, const tlsg_offer_t *offer);

#endif
