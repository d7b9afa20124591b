/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "text.h"

/* Certificates from a leaf to its root; OpenSSL's own default limit is 100, real paths have up
 * to 5. */
#define PATH_MAX_CERTS 32

/* What a chain was judged from; the key of those already judged. */
typedef struct input_t {
    const tlsg_certfile_t *file;
    const tlsg_certfile_t *chain_file;
    const tlsg_castore_t *store;
    apr_time_t now;
} input_t;

/* One chain in the making. */
typedef struct work_t {
    tlsg_trust_t *trust;
    apr_pool_t *pool;
    apr_pool_t *scratch; /* gone when the chain is judged */
    input_t in;
    tlsg_chain_t *chain;
    tlsg_link_t *links; /* the writable side of chain->links */
    const tlsg_cert_t *path[PATH_MAX_CERTS];
} work_t;

const char *tlsg_chain_trust_name(tlsg_chain_trust_t trust)
{
    static const char *const names[] = {
        [TLSG_CHAIN_UNKNOWN] = "unknown",       [TLSG_CHAIN_PUBLIC] = "public",
        [TLSG_CHAIN_PRIVATE] = "private",       [TLSG_CHAIN_SELF_SIGNED] = "self-signed",
        [TLSG_CHAIN_INCOMPLETE] = "incomplete", [TLSG_CHAIN_BROKEN] = "broken",
    };
    return names[trust];
}

/* ---- What is sent ---------------------------------------------------------------------------- */

static void push(apr_array_header_t *sent, const tlsg_cert_t *cert)
{
    APR_ARRAY_PUSH(sent, const tlsg_cert_t *) = cert;
}

/* use_certificate_chain(): every certificate of the file, without the first when the file is also
 * the certificate file. */
static void collect_chain_file(const work_t *work, apr_array_header_t *sent)
{
    const tlsg_certfile_t *file = work->in.chain_file;
    int skip_first = strcmp(file->path, work->in.file->path) == 0;
    if (file->leaf != NULL && !file->leaf_is_trusted_form && !skip_first) {
        push(sent, file->leaf);
    }
    for (int i = 0; i < file->chain_count; i++) {
        push(sent, file->chain[i]);
    }
}

static void collect(work_t *work)
{
    const tlsg_certfile_t *file = work->in.file;
    apr_array_header_t *sent =
        apr_array_make(work->scratch, file->chain_count + 1, sizeof(const tlsg_cert_t *));
    tlsg_chain_source_t source = TLSG_CHAIN_FROM_FILE;
    push(sent, file->leaf);
    if (work->in.chain_file != NULL && !file->is_live) {
        source = TLSG_CHAIN_FROM_CHAIN_FILE;
        collect_chain_file(work, sent);
    }
    else {
        for (int i = 0; i < file->chain_count; i++) {
            push(sent, file->chain[i]);
        }
    }
    if (sent->nelts == 1 && work->in.store != NULL) {
        const tlsg_cert_t *const *more = NULL;
        int count =
            tlsg_trust_castore_chain(work->trust, work->in.store, file->leaf, work->in.now, &more);
        source = TLSG_CHAIN_FROM_CA_STORE;
        for (int i = 0; i < count; i++) {
            push(sent, more[i]);
        }
    }
    work->links = apr_pcalloc(work->pool, (size_t)sent->nelts * sizeof(tlsg_link_t));
    for (int i = 0; i < sent->nelts; i++) {
        work->links[i].cert = APR_ARRAY_IDX(sent, i, const tlsg_cert_t *);
        work->links[i].depth = i == 0 ? 0 : -1;
    }
    work->chain->links = work->links;
    work->chain->link_count = sent->nelts;
    work->chain->source = sent->nelts == 1 ? TLSG_CHAIN_LEAF_ONLY : source;
}

/* ---- The path -------------------------------------------------------------------------------- */

static unsigned time_flaws(const tlsg_cert_t *cert, apr_time_t now)
{
    return (now > cert->not_after ? TLSG_LINK_EXPIRED : 0U) |
           (now < cert->not_before ? TLSG_LINK_NOT_YET : 0U);
}

/* The link that issued `cert`: valid ones before others, then the first. Where several fit by name
 * the signature decides; -1 when there is none. */
static int find_issuer(const work_t *work, const tlsg_cert_t *cert)
{
    int best = -1;
    int rivals = 0;
    for (int i = 1; i < work->chain->link_count; i++) {
        const tlsg_link_t *link = &work->links[i];
        if (link->depth >= 0 || (link->flaws & TLSG_LINK_DUPLICATE) != 0 ||
            !tlsg_cert_may_issue(link->cert, cert)) {
            continue;
        }
        int better = best < 0 || (time_flaws(work->links[best].cert, work->in.now) != 0 &&
                                  time_flaws(link->cert, work->in.now) == 0);
        rivals++;
        if (rivals == 2 && !tlsg_trust_issued(work->links[best].cert, cert)) {
            better = 1;
        }
        if (better && (rivals == 1 || tlsg_trust_issued(link->cert, cert))) {
            best = i;
        }
    }
    return best;
}

static void walk(work_t *work)
{
    tlsg_chain_t *chain = work->chain;
    const tlsg_cert_t *top = work->links[0].cert;
    work->path[0] = top;
    chain->path_count = 1;
    while (!top->is_self_signed && chain->path_count < PATH_MAX_CERTS) {
        int next = find_issuer(work, top);
        if (next < 0) {
            break;
        }
        work->links[next].depth = chain->path_count;
        top = work->links[next].cert;
        work->path[chain->path_count++] = top;
    }
    chain->path =
        apr_pmemdup(work->pool, work->path, (size_t)chain->path_count * sizeof(work->path[0]));
    if (chain->path_count > 1) {
        chain->issuer = chain->path[1];
    }
    else if (work->in.store != NULL && !work->links[0].cert->is_self_signed) {
        chain->issuer = tlsg_trust_castore_issuer(work->trust, work->in.store, work->links[0].cert);
    }
}

/* ---- Order ----------------------------------------------------------------------------------- */

static void mark_duplicates(work_t *work)
{
    apr_hash_t *seen = apr_hash_make(work->scratch);
    for (int i = 0; i < work->chain->link_count; i++) {
        const tlsg_cert_t *cert = work->links[i].cert;
        if (apr_hash_get(seen, cert->sha256, sizeof(cert->sha256)) != NULL) {
            work->links[i].flaws |= TLSG_LINK_DUPLICATE;
        }
        apr_hash_set(seen, cert->sha256, sizeof(cert->sha256), cert);
    }
}

/* A second issuer of something on the path: a cross-signed intermediate or root. */
static int is_alternative(const work_t *work, const tlsg_cert_t *cert)
{
    for (int i = 0; i < work->chain->path_count; i++) {
        if (!work->path[i]->is_self_signed && tlsg_cert_may_issue(cert, work->path[i])) {
            return 1;
        }
    }
    /* The self-signed form of what was sent cross-signed, or the other way round. */
    for (int i = 1; i < work->chain->path_count; i++) {
        if (memcmp(cert->spki_sha256, work->path[i]->spki_sha256, sizeof(cert->spki_sha256)) == 0 &&
            strcmp(cert->subject, work->path[i]->subject) == 0) {
            return 1;
        }
    }
    return 0;
}

static unsigned order_flaws(const work_t *work, const tlsg_link_t *link, int depth_before)
{
    if ((link->flaws & TLSG_LINK_DUPLICATE) != 0) {
        return 0;
    }
    unsigned flaws = link->cert->is_self_signed ? TLSG_LINK_ROOT : 0U;
    if (link->depth >= 0) {
        return flaws | (link->depth != depth_before + 1 ? TLSG_LINK_OUT_OF_ORDER : 0U);
    }
    if (!link->cert->is_ca && tlsg_cert_may_issue(work->links[0].cert, link->cert)) {
        return flaws | TLSG_LINK_LEAF_LATER;
    }
    return flaws | (is_alternative(work, link->cert) ? 0U : TLSG_LINK_STRAY);
}

static void mark_links(work_t *work)
{
    tlsg_chain_t *chain = work->chain;
    int depth_before = -1;
    for (int i = 0; i < chain->link_count; i++) {
        tlsg_link_t *link = &work->links[i];
        link->flaws |= time_flaws(link->cert, work->in.now);
        if (i > 0) {
            link->flaws |= order_flaws(work, link, depth_before);
        }
        depth_before = link->depth >= 0 ? link->depth : depth_before;
        chain->flaws |= link->flaws;
    }
}

/* ---- Trust ----------------------------------------------------------------------------------- */

static int has_word(const char *name, const char *const *words)
{
    for (; name != NULL && *words != NULL; words++) {
        if (tlsg_text_find_nocase(name, *words) != NULL) {
            return 1;
        }
    }
    return 0;
}

/* Authorities call their certificates what they are; nothing else tells when the certificate is not
 * at hand. */
static int looks_intermediate(const tlsg_cert_t *cert)
{
    static const char *const words[] = { "intermediate", "issuing",     "sub ca", "subca",
                                         "sub-ca",       "subordinate", NULL };
    return has_word(cert->issuer_cn, words);
}

static int looks_root(const tlsg_cert_t *cert)
{
    static const char *const words[] = { "root", NULL };
    return has_word(cert->issuer_cn, words);
}

/* Issued by an authority that browsers know: CT and the policy identifiers are of no use to others.
 */
static int claims_public(const tlsg_cert_t *leaf)
{
    return leaf->has_scts || leaf->has_cab_policy;
}

/* The issuer of the topmost certificate is neither sent nor a root of this system. */
static tlsg_chain_trust_t open_end(const tlsg_chain_t *chain, const char **reason)
{
    const tlsg_cert_t *leaf = chain->path[0];
    const tlsg_cert_t *top = chain->path[chain->path_count - 1];
    if (looks_intermediate(top)) {
        return TLSG_CHAIN_INCOMPLETE;
    }
    if (claims_public(leaf)) {
        if (chain->path_count == 1 || (!looks_root(top) && !chain->no_roots)) {
            return TLSG_CHAIN_INCOMPLETE;
        }
        *reason = chain->no_roots ? "this system has no root certificates to compare with"
                                  : "its root is not among this system's";
        return TLSG_CHAIN_UNKNOWN;
    }
    if (looks_root(top) || chain->path_count > 1) {
        return TLSG_CHAIN_PRIVATE;
    }
    if (leaf->ca_issuers_count > 0) {
        return TLSG_CHAIN_INCOMPLETE;
    }
    *reason = "its issuer is not at hand: a private root, or an intermediate that is missing";
    return TLSG_CHAIN_UNKNOWN;
}

/* No root of this system: private, unfinished, or broken whatever the root. */
static void judge_without_root(work_t *work, const tlsg_offer_t *offer)
{
    tlsg_chain_t *chain = work->chain;
    const tlsg_cert_t *top = chain->path[chain->path_count - 1];
    if (chain->path_count > 1) {
        tlsg_verification_t under =
            tlsg_trust_verify_under(work->trust, top, chain->path[0], offer);
        chain->signature_checked = under.signature_checked;
        if (under.verdict == TLSG_VERDICT_INVALID) {
            chain->trust = TLSG_CHAIN_BROKEN;
            chain->reason = under.reason;
            return;
        }
    }
    if (!top->is_self_signed) {
        chain->missing = top->issuer;
        chain->trust = open_end(chain, &chain->reason);
        return;
    }
    chain->root = top->subject;
    chain->trust = TLSG_CHAIN_PRIVATE;
    if (claims_public(chain->path[0])) {
        chain->trust = TLSG_CHAIN_UNKNOWN;
        chain->reason = chain->no_roots ? "this system has no root certificates to compare with"
                                        : "its root is not among this system's";
    }
}

/* Out of time above the leaf. What lies beyond a root that clients have does no harm. */
static void mark_times_above(work_t *work)
{
    tlsg_chain_t *chain = work->chain;
    for (int i = 0; i < chain->above_count; i++) {
        chain->path_flaws |= time_flaws(chain->above[i], work->in.now);
    }
}

static void judge_trust(work_t *work)
{
    tlsg_chain_t *chain = work->chain;
    const tlsg_cert_t *leaf = chain->path[0];
    chain->signature_checked = 1;
    if (leaf->is_self_signed) {
        chain->trust = TLSG_CHAIN_SELF_SIGNED;
        return;
    }
    const tlsg_cert_t **others =
        apr_pcalloc(work->scratch, (size_t)chain->link_count * sizeof(*others));
    tlsg_offer_t offer = { chain->link_count - 1, others, work->in.now };
    for (int i = 0; i < offer.count; i++) {
        others[i] = work->links[i + 1].cert;
    }
    tlsg_verification_t result = tlsg_trust_verify(work->trust, leaf, &offer);
    int is_known = result.above_count > 0;
    chain->above = is_known ? result.above : chain->path + 1;
    chain->above_count = is_known ? result.above_count : chain->path_count - 1;
    chain->signature_checked = result.signature_checked;
    switch (result.verdict) {
    case TLSG_VERDICT_PUBLIC:
    case TLSG_VERDICT_LOCAL:
        chain->root_is_local = result.verdict == TLSG_VERDICT_LOCAL;
        chain->trust = chain->root_is_local ? TLSG_CHAIN_PRIVATE : TLSG_CHAIN_PUBLIC;
        chain->root = result.root;
        break;
    case TLSG_VERDICT_INVALID:
        chain->trust = TLSG_CHAIN_BROKEN;
        chain->reason = result.reason;
        break;
    case TLSG_VERDICT_NO_ROOT:
    case TLSG_VERDICT_NO_STORE:
        chain->no_roots = result.verdict == TLSG_VERDICT_NO_STORE;
        judge_without_root(work, &offer);
        break;
    }
    mark_times_above(work);
}

const tlsg_chain_t *tlsg_chain_get(tlsg_trust_t *trust, const tlsg_certfile_t *file,
                                   const tlsg_certfile_t *chain_file, const tlsg_castore_t *store,
                                   apr_time_t now)
{
    apr_pool_t *pool = tlsg_trust_pool(trust);
    apr_hash_t *chains = tlsg_trust_chains(trust);
    work_t work;
    memset(&work, 0, sizeof(work)); /* the bytes of the input are a key, padding included */
    work.trust = trust;
    work.pool = pool;
    work.in.file = file;
    work.in.chain_file = chain_file;
    work.in.store = store;
    work.in.now = now;
    tlsg_chain_t *known = apr_hash_get(chains, &work.in, sizeof(work.in));
    if (known != NULL) {
        return known;
    }
    work.chain = apr_pcalloc(pool, sizeof(*work.chain));
    if (apr_pool_create(&work.scratch, pool) != APR_SUCCESS) {
        work.scratch = pool;
    }
    collect(&work);
    mark_duplicates(&work);
    walk(&work);
    mark_links(&work);
    judge_trust(&work);
    if (work.scratch != pool) {
        apr_pool_destroy(work.scratch);
    }
    apr_hash_set(chains, apr_pmemdup(pool, &work.in, sizeof(work.in)), sizeof(work.in), work.chain);
    return work.chain;
}
