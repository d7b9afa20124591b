/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with a chain, or unusual. Each row is made alone at least once, and with others
 * by chance; whether a client accepts the outcome is not said here but asked of OpenSSL. */
#include <string.h>

#include "chains.h"

/* ---- What is sent ---------------------------------------------------------------------------- */

static void insert(draft_t *draft, int at, const support_cert_t *cert)
{
    if (draft->sent_count < SENT_MAX) {
        memmove(&draft->sent[at + 1], &draft->sent[at],
                (size_t)(draft->sent_count - at) * sizeof(draft->sent[0]));
        draft->sent[at] = cert;
        draft->sent_count++;
    }
}

static void take_out(draft_t *draft, int at)
{
    draft->sent_count--;
    memmove(&draft->sent[at], &draft->sent[at + 1],
            (size_t)(draft->sent_count - at) * sizeof(draft->sent[0]));
}

/* A place behind the leaf; `more` 1 includes the end. */
static int behind_leaf(maker_t *maker, const draft_t *draft, int more)
{
    int places = draft->sent_count - 1 + more;
    return places > 0 ? 1 + chain_random(maker, places) : 1;
}

static void forget(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    if (draft->sent_count > 1) {
        take_out(draft, behind_leaf(maker, draft, 0));
    }
}

static void forget_all(maker_t *maker, draft_t *draft, root_t other)
{
    (void)maker;
    (void)other;
    draft->sent_count = 1;
}

static void swap(maker_t *maker, draft_t *draft, root_t other)
{
    (void)maker;
    (void)other;
    if (draft->sent_count > 2) {
        const support_cert_t *first = draft->sent[1];
        draft->sent[1] = draft->sent[draft->sent_count - 1];
        draft->sent[draft->sent_count - 1] = first;
    }
}

static void send_twice(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    insert(draft, behind_leaf(maker, draft, 1),
           draft->sent[chain_random(maker, draft->sent_count)]);
}

static void add_stray(maker_t *maker, draft_t *draft, root_t other)
{
    insert(draft, behind_leaf(maker, draft, 1),
           maker->certs[other][1 + chain_random(maker, DEPTH_MAX)]);
}

static void send_foreign(maker_t *maker, draft_t *draft, root_t other)
{
    draft->sent_count = 1;
    for (int i = DEPTH_MAX; i > 0; i--) {
        insert(draft, draft->sent_count, maker->certs[other][i]);
    }
}

static void add_root(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    insert(draft, draft->sent_count, maker->certs[draft->root][0]);
}

static void put_leaf_second(maker_t *maker, draft_t *draft, root_t other)
{
    (void)maker;
    (void)other;
    if (draft->sent_count > 1) {
        const support_cert_t *leaf = draft->sent[0];
        draft->sent[0] = draft->sent[1];
        draft->sent[1] = leaf;
    }
}

/* The certificate of the chain at `depth`, made once more with a change. */
static const support_cert_t *remake(maker_t *maker, const draft_t *draft, int depth,
                                    const support_cert_t *issuer, EVP_PKEY *key, long until)
{
    support_spec_t spec = draft->ca[depth];
    spec.issuer = issuer;
    spec.key = key;
    spec.signer = NULL;
    spec.until = until != 0 ? until : spec.until;
    return support_cert(maker->pool, &spec);
}

/* The topmost intermediate, certified by another root as well. */
static const support_cert_t *cross(maker_t *maker, const draft_t *draft, root_t other)
{
    return remake(maker, draft, 1, maker->certs[other][0], draft->certs[1]->key, 0);
}

static void add_cross(maker_t *maker, draft_t *draft, root_t other)
{
    insert(draft, behind_leaf(maker, draft, 1), cross(maker, draft, other));
}

static void send_cross_only(maker_t *maker, draft_t *draft, root_t other)
{
    for (int i = 1; i < draft->sent_count; i++) {
        if (draft->sent[i] == draft->certs[1]) {
            draft->sent[i] = cross(maker, draft, other);
        }
    }
}

/* The root itself, certified by another one: what authorities send while their root is young. */
static void add_cross_root(maker_t *maker, draft_t *draft, root_t other)
{
    support_spec_t spec = maker->specs[draft->root][0];
    spec.issuer = maker->certs[other][0];
    spec.key = maker->certs[draft->root][0]->key;
    insert(draft, draft->sent_count, support_cert(maker->pool, &spec));
}

/* The same name with another key. */
static const support_cert_t *twin(maker_t *maker, const draft_t *draft)
{
    int depth = draft->depth;
    return remake(maker, draft, depth, draft->certs[depth - 1], support_key(maker->pool, "P-256"),
                  0);
}

static void add_twin(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    insert(draft, behind_leaf(maker, draft, 1), twin(maker, draft));
}

static void put_twin_first(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    insert(draft, 1, twin(maker, draft));
}

static void send_twin_only(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    if (draft->sent_count > 1) {
        draft->sent[1] = twin(maker, draft);
    }
}

/* What it was before it was renewed with the same key. */
static void add_predecessor(maker_t *maker, draft_t *draft, root_t other)
{
    (void)other;
    int depth = 1 + chain_random(maker, draft->depth);
    insert(
        draft, behind_leaf(maker, draft, 1),
        remake(maker, draft, depth, draft->certs[depth - 1], draft->certs[depth]->key, -10 * DAY));
}

/* ---- The table ------------------------------------------------------------------------------- */

/* Names: 11.22.33.44 is an ordinary address; nobody is asked for it. */
const fault_t chain_faults[] = {
    { .name = "sound" },
    { .name = "missing", .depth = 1, .send = forget },
    { .name = "bare", .depth = 1, .send = forget_all },
    { .name = "swapped", .depth = 2, .send = swap },
    { .name = "duplicated", .depth = 1, .send = send_twice },
    { .name = "stray", .send = add_stray, .other = ROOT_B },
    { .name = "stray-private", .send = add_stray, .other = ROOT_PRIVATE },
    { .name = "foreign", .root = ROOT_A, .send = send_foreign, .other = ROOT_B },
    { .name = "root-included", .send = add_root },
    { .name = "leaf-second", .depth = 1, .send = put_leaf_second },
    /* Trust. */
    { .name = "private", .root = ROOT_PRIVATE },
    { .name = "private-with-root", .root = ROOT_PRIVATE, .send = add_root },
    { .name = "expired-root", .root = ROOT_EXPIRED },
    { .name = "short-root", .root = ROOT_SHORT },
    { .name = "self-signed", .root = ROOT_ITSELF },
    { .name = "self-signed-ca",
      .root = ROOT_ITSELF,
      .leaf = { .is_ca = 1, .key_usage = "critical,digitalSignature,keyCertSign" } },
    { .name = "crossed", .depth = 1, .root = ROOT_A, .send = add_cross, .other = ROOT_B },
    { .name = "crossed-private",
      .depth = 1,
      .root = ROOT_A,
      .send = add_cross,
      .other = ROOT_PRIVATE },
    { .name = "crossed-expired",
      .depth = 1,
      .root = ROOT_A,
      .send = add_cross,
      .other = ROOT_EXPIRED },
    { .name = "cross-only",
      .depth = 1,
      .root = ROOT_PRIVATE,
      .send = send_cross_only,
      .other = ROOT_A },
    { .name = "cross-only-private",
      .depth = 1,
      .root = ROOT_A,
      .send = send_cross_only,
      .other = ROOT_PRIVATE },
    { .name = "cross-root", .root = ROOT_A, .send = add_cross_root, .other = ROOT_B },
    { .name = "cross-root-private", .root = ROOT_PRIVATE, .send = add_cross_root, .other = ROOT_A },
    { .name = "cross-root-expired", .root = ROOT_A, .send = add_cross_root, .other = ROOT_EXPIRED },
    { .name = "twin", .depth = 1, .send = add_twin },
    { .name = "twin-only", .depth = 1, .send = send_twin_only },
    { .name = "twin-without-ids",
      .depth = 1,
      .leaf = { .no_usage = 1 },
      .which = LOWEST,
      .ca = { .no_usage = 1 },
      .send = put_twin_first },
    { .name = "without-ids", .depth = 1, .leaf = { .no_usage = 1 }, .ca = { .no_usage = 1 } },
    /* Time. */
    { .name = "expired", .leaf = { .from = -100 * DAY, .until = -10 * DAY } },
    { .name = "just-expired", .leaf = { .from = -90 * DAY, .until = -60 } },
    { .name = "not-yet", .leaf = { .from = 10 * DAY, .until = 100 * DAY } },
    { .name = "expired-ca", .depth = 1, .ca = { .until = -DAY } },
    { .name = "not-yet-ca", .depth = 1, .ca = { .from = DAY } },
    { .name = "predecessor", .depth = 1, .send = add_predecessor },
    /* Names. */
    { .name = "other-name", .san = "DNS:m#.example.com,DNS:n#.example.net" },
    { .name = "many-names",
      .san = "DNS:a.example.com,DNS:*.example.net,IP:11.22.33.44,DNS:n#.example.com" },
    { .name = "upper-case", .san = "DNS:N#.EXAMPLE.COM" },
    { .name = "wildcard", .san = "DNS:*.example.com" },
    { .name = "wildcard-too-deep", .host = "www.n#.example.com", .san = "DNS:*.example.com" },
    { .name = "wildcard-itself", .host = "n#.example.org", .san = "DNS:*.n#.example.org" },
    { .name = "wildcard-partial", .san = "DNS:n*.example.com" },
    { .name = "wildcard-inside", .host = "www.n#.example.com", .san = "DNS:www.*.example.com" },
    { .name = "wildcard-everything", .host = "n#.com", .san = "DNS:*.com,DNS:*" },
    { .name = "address", .host = "11.22.@", .san = "IP:11.22.@" },
    { .name = "address-other", .host = "11.22.@", .san = "IP:11.22.34.44" },
    { .name = "address-as-name", .host = "11.22.@", .san = "DNS:11.22.@" },
    { .name = "idna",
      .host = "b\xC3\xBC"
              "cher.n#.example.com",
      .asked = "xn--bcher-kva.n#.example.com",
      .san = "DNS:xn--bcher-kva.n#.example.com" },
    { .name = "trailing-dot", .host = "n#.example.com.", .asked = "n#.example.com" },
    { .name = "trailing-dot-in-certificate", .san = "DNS:n#.example.com." },
    { .name = "cn-only", .san = "" },
    { .name = "cn-and-address", .san = "IP:11.22.33.44" },
    { .name = "cn-and-other-name", .san = "DNS:m#.example.com" },
    /* Use. */
    { .name = "client-only", .leaf = { .purposes = "clientAuth" } },
    { .name = "any-purpose", .leaf = { .purposes = "anyExtendedKeyUsage" } },
    { .name = "no-purpose", .leaf = { .purposes = "" } },
    { .name = "two-purposes", .leaf = { .purposes = "clientAuth,serverAuth" } },
    { .name = "no-key-usage", .leaf = { .key_usage = "" } },
    { .name = "encipher-only", .leaf = { .key_usage = "critical,keyEncipherment" } },
    { .name = "list-signer", .leaf = { .key_usage = "critical,cRLSign" } },
    { .name = "ca-leaf",
      .leaf = { .is_ca = 1, .key_usage = "critical,digitalSignature,keyCertSign" } },
    { .name = "not-a-ca",
      .depth = 1,
      .ca = { .is_ca = -1, .key_usage = "critical,keyCertSign", .purposes = "" } },
    { .name = "unsaid-ca", .depth = 1, .ca = { .no_constraints = 1 } },
    { .name = "unsaid-leaf", .leaf = { .no_constraints = 1 } },
    { .name = "ca-without-keycertsign", .depth = 1, .ca = { .key_usage = "critical,cRLSign" } },
    { .name = "mail-ca", .depth = 1, .ca = { .purposes = "emailProtection" } },
    { .name = "server-ca", .depth = 1, .ca = { .purposes = "serverAuth,clientAuth" } },
    { .name = "pathlen-kept", .depth = 1, .which = LOWEST, .ca = { .pathlen = 1 } },
    { .name = "pathlen-exceeded", .depth = 2, .which = TOPMOST, .ca = { .pathlen = 1 } },
    { .name = "permitted",
      .depth = 1,
      .ca = { .extensions = { "nameConstraints=critical,permitted;DNS:example.com" } } },
    { .name = "not-permitted",
      .depth = 1,
      .ca = { .extensions = { "nameConstraints=critical,permitted;DNS:example.net" } } },
    { .name = "excluded",
      .depth = 1,
      .ca = { .extensions = { "nameConstraints=critical,excluded;DNS:example.com" } } },
    { .name = "not-excluded",
      .depth = 1,
      .ca = { .extensions = { "nameConstraints=excluded;DNS:example.net" } } },
    { .name = "address-not-permitted",
      .depth = 1,
      .host = "11.22.@",
      .san = "IP:11.22.@",
      .ca = { .extensions = { "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0" } } },
    { .name = "unknown-critical", .leaf = { .extensions = { "1.2.3.4.5=critical,DER:0500" } } },
    { .name = "unknown-uncritical", .leaf = { .extensions = { "1.2.3.4.5=DER:0500" } } },
    { .name = "unknown-critical-ca",
      .depth = 1,
      .ca = { .extensions = { "1.2.3.4.5=critical,DER:0500" } } },
    /* Strength. */
    { .name = "sha1", .leaf = { .digest = "SHA1" } },
    { .name = "sha1-ca", .depth = 1, .ca = { .digest = "SHA1" } },
    { .name = "short-key", .leaf_key = "RSA:1024" },
    { .name = "short-key-ca", .depth = 1, .ca_key = "RSA:1024" },
    { .name = "ed25519", .leaf_key = "ED25519" },
    { .name = "ed25519-ca", .depth = 1, .ca_key = "ED25519" },
    { .name = "rsa-pss", .leaf_key = "RSA-PSS:2048" },
    { .name = "secp256k1", .leaf_key = "secp256k1" },
    /* Signatures. */
    { .name = "forged", .leaf_forged = 1 },
    { .name = "forged-ca", .depth = 1, .ca_forged = 1 },
    { .name = NULL },
};
