/* SPDX-License-Identifier: Apache-2.0 */
/* Chains: what is sent, in which order, to which root; and agreement with `openssl verify` over
 * chains made at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include "chain.h"
#include "support_cert.h"

#define HOUR 3600L
#define DAY 86400L

/* Authorities. `roots` is what this system is told to trust. */
typedef struct fixture_t {
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
} fixture_t;

static support_cert_t *authority(fixture_t *f, const char *name, const support_cert_t *issuer,
                                 EVP_PKEY *key)
{
    support_spec_t spec = { .cn = name,
                            .organization = "Test",
                            .issuer = issuer,
                            .key = key,
                            .is_ca = 1,
                            .from = -400 * DAY,
                            .until = 2000 * DAY };
    return support_cert(f->pool, &spec);
}

static support_cert_t *odd_authority(fixture_t *f, support_spec_t spec)
{
    spec.organization = "Test";
    spec.from = spec.from != 0 ? spec.from : -400 * DAY;
    spec.until = spec.until != 0 ? spec.until : 2000 * DAY;
    return support_cert(f->pool, &spec);
}

static void make_authorities(fixture_t *f)
{
    f->root = authority(f, "Good Root", NULL, NULL);
    f->root2 = authority(f, "Second Root", NULL, NULL);
    f->private_root = authority(f, "Private Root", NULL, NULL);
    f->inter = authority(f, "Intermediate 1", f->root, NULL);
    f->inter_cross = authority(f, "Intermediate 1", f->root2, f->inter->key);
    f->inter_rekeyed = authority(f, "Intermediate 1", f->root, NULL);
    f->sub = authority(f, "Intermediate 2", f->inter, NULL);
    f->private_inter = authority(f, "Private CA 1", f->private_root, NULL);
    f->inter_old = odd_authority(f, (support_spec_t){ .cn = "Intermediate 1",
                                                      .issuer = f->root,
                                                      .key = f->inter->key,
                                                      .is_ca = 1,
                                                      .until = -10 * DAY });
    f->short_path = odd_authority(
        f, (support_spec_t){ .cn = "Short", .issuer = f->root, .is_ca = 1, .pathlen = 1 });
    f->below_short =
        odd_authority(f, (support_spec_t){ .cn = "Below", .issuer = f->short_path, .is_ca = 1 });
    f->no_ca =
        odd_authority(f, (support_spec_t){ .cn = "No CA", .issuer = f->root, .no_usage = 1 });
    f->mail_ca =
        odd_authority(f, (support_spec_t){ .cn = "Mail CA",
                                           .issuer = f->root,
                                           .is_ca = 1,
                                           .extensions = { "extendedKeyUsage=emailProtection" } });
    f->named_ca = odd_authority(
        f,
        (support_spec_t){ .cn = "Named CA",
                          .issuer = f->root,
                          .is_ca = 1,
                          .extensions = { "nameConstraints=critical,permitted;DNS:example.org" } });
    f->plain_ca = odd_authority(
        f, (support_spec_t){ .cn = "Plain CA", .issuer = f->root, .is_ca = 1, .no_usage = 1 });
    f->plain_rekeyed = odd_authority(
        f, (support_spec_t){ .cn = "Plain CA", .issuer = f->root, .is_ca = 1, .no_usage = 1 });
}

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    fixture_t *f = apr_pcalloc(pool, sizeof(*f));
    f->pool = pool;
    f->dir = support_directory(pool);
    make_authorities(f);
    f->roots = support_write(pool, f->dir, "roots.pem",
                             apr_pstrcat(pool, support_cert_pem(pool, f->root->x509),
                                         support_cert_pem(pool, f->root2->x509), NULL));
    f->cache = tlsg_certfile_cache_make(pool);
    f->trust = tlsg_trust_make(pool, f->cache, f->roots);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(f->pool);
    apr_terminate();
    return 0;
}

static support_cert_t *leaf_of(fixture_t *f, const support_cert_t *issuer)
{
    support_spec_t spec = { .cn = "www.example.com",
                            .san = "DNS:www.example.com",
                            .issuer = issuer };
    return support_cert(f->pool, &spec);
}

/* A file of these certificates, up to NULL. */
static const tlsg_certfile_t *file_of(fixture_t *f, const support_cert_t *const *certs)
{
    const char *text = "";
    for (; *certs != NULL; certs++) {
        text = apr_pstrcat(f->pool, text, support_cert_pem(f->pool, (*certs)->x509), NULL);
    }
    const char *name = apr_psprintf(f->pool, "%d.pem", f->files++);
    return tlsg_certfile_get(f->cache, support_write(f->pool, f->dir, name, text));
}

static const tlsg_chain_t *chain_of(fixture_t *f, const tlsg_certfile_t *file)
{
    return tlsg_chain_get(f->trust, file, NULL, NULL, apr_time_now());
}

#define CHAIN(f, ...) chain_of(f, file_of(f, (const support_cert_t *const[]){ __VA_ARGS__, NULL }))

/* ---- Trust ----------------------------------------------------------------------------------- */

static void a_good_chain_is_public_and_in_order(void **state)
{
    fixture_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, leaf_of(f, f->sub), f->sub, f->inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_string_equal(chain->root, "O = Test, CN = Good Root");
    assert_int_equal(chain->source, TLSG_CHAIN_FROM_FILE);
    assert_int_equal(chain->link_count, 3);
    assert_int_equal(chain->path_count, 3);
    assert_int_equal(chain->flaws, 0);
    assert_null(chain->missing);
    assert_null(chain->reason);
    assert_true(chain->signature_checked);
    assert_string_equal(chain->issuer->subject_cn, "Intermediate 2");
}

static void a_missing_intermediate_is_named(void **state)
{
    fixture_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, leaf_of(f, f->sub), f->inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_INCOMPLETE);
    assert_string_equal(chain->missing, "O = Test, CN = Intermediate 2");
    assert_null(chain->issuer);
    chain = CHAIN(f, leaf_of(f, f->sub), f->sub);
    assert_int_equal(chain->trust, TLSG_CHAIN_INCOMPLETE);
    assert_string_equal(chain->missing, "O = Test, CN = Intermediate 1");
}

static void a_private_authority_is_private(void **state)
{
    fixture_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, leaf_of(f, f->private_inter), f->private_inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
    assert_null(chain->root);
    assert_string_equal(chain->missing, "O = Test, CN = Private Root");
    chain = CHAIN(f, leaf_of(f, f->private_inter), f->private_inter, f->private_root);
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
    assert_string_equal(chain->root, "O = Test, CN = Private Root");
    assert_int_equal(chain->flaws, TLSG_LINK_ROOT);
    chain = CHAIN(f, leaf_of(f, f->private_root));
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
    chain = CHAIN(f, leaf_of(f, f->private_inter));
    assert_int_equal(chain->trust, TLSG_CHAIN_UNKNOWN);
    assert_non_null(chain->reason);
}

static void who_claims_to_be_public_must_be_complete(void **state)
{
    fixture_t *f = *state;
    support_spec_t spec = { .cn = "p",
                            .issuer = f->private_inter,
                            .extensions = { "certificatePolicies=2.23.140.1.2.1" } };
    support_cert_t *leaf = support_cert(f->pool, &spec);
    assert_int_equal(CHAIN(f, leaf)->trust, TLSG_CHAIN_INCOMPLETE);
    assert_int_equal(CHAIN(f, leaf, f->private_inter)->trust, TLSG_CHAIN_UNKNOWN);
    assert_int_equal(CHAIN(f, leaf, f->private_inter, f->private_root)->trust, TLSG_CHAIN_UNKNOWN);
}

static void self_signed_is_self_signed(void **state)
{
    fixture_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, leaf_of(f, NULL), f->inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_SELF_SIGNED);
    assert_int_equal(chain->flaws, TLSG_LINK_STRAY);
    assert_null(chain->issuer);
}

static void what_cannot_hold_is_broken(void **state)
{
    fixture_t *f = *state;
    support_spec_t forged = { .cn = "f", .issuer = f->inter, .signer = f->root2->key };
    support_spec_t forged_private = { .cn = "f",
                                      .issuer = f->private_inter,
                                      .signer = f->root2->key };
    const struct {
        const tlsg_chain_t *chain;
        const char *words;
    } rows[] = {
        { CHAIN(f, support_cert(f->pool, &forged), f->inter), "signature" },
        { CHAIN(f, support_cert(f->pool, &forged_private), f->private_inter), "signature" },
        { CHAIN(f, leaf_of(f, f->below_short), f->below_short, f->short_path), "path length" },
        { CHAIN(f, leaf_of(f, f->no_ca), f->no_ca), "invalid CA" },
        { CHAIN(f, leaf_of(f, f->mail_ca), f->mail_ca), "purpose" },
        { CHAIN(f, leaf_of(f, f->named_ca), f->named_ca), "permitted subtree" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(rows[i].chain->trust, TLSG_CHAIN_BROKEN);
        assert_non_null(strstr(rows[i].chain->reason, rows[i].words));
    }
}

/* The path above the issuer is remembered; each leaf must still be looked at. */
static void remembered_paths_do_not_hide_bad_leaves(void **state)
{
    fixture_t *f = *state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(CHAIN(f, leaf_of(f, f->inter), f->inter)->trust, TLSG_CHAIN_PUBLIC);
        support_spec_t forged = { .cn = "f", .issuer = f->inter, .signer = f->root2->key };
        assert_int_equal(CHAIN(f, support_cert(f->pool, &forged), f->inter)->trust,
                         TLSG_CHAIN_BROKEN);
        support_spec_t critical = { .cn = "c",
                                    .issuer = f->inter,
                                    .extensions = { "1.2.3.4=critical,DER:0500" } };
        assert_int_equal(CHAIN(f, support_cert(f->pool, &critical), f->inter)->trust,
                         TLSG_CHAIN_BROKEN);
        support_spec_t good = { .cn = "n", .san = "DNS:a.example.org", .issuer = f->named_ca };
        assert_int_equal(CHAIN(f, support_cert(f->pool, &good), f->named_ca)->trust,
                         TLSG_CHAIN_PUBLIC);
        assert_int_equal(CHAIN(f, leaf_of(f, f->named_ca), f->named_ca)->trust, TLSG_CHAIN_BROKEN);
    }
}

static void without_roots_nothing_is_public(void **state)
{
    fixture_t *f = *state;
    const char *empty = support_write(f->pool, f->dir, "empty.pem", "");
    tlsg_trust_t *trust = tlsg_trust_make(f->pool, f->cache, empty);
    const support_cert_t *const certs[] = { leaf_of(f, f->inter), f->inter, NULL };
    const tlsg_chain_t *chain =
        tlsg_chain_get(trust, file_of(f, certs), NULL, NULL, apr_time_now());
    assert_true(chain->no_roots);
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
}

/* ---- Order ----------------------------------------------------------------------------------- */

static void order_is_told_link_by_link(void **state)
{
    fixture_t *f = *state;
    support_cert_t *leaf = leaf_of(f, f->sub);
    const tlsg_chain_t *chain = CHAIN(f, leaf, f->inter, f->sub);
    assert_int_equal(chain->flaws, TLSG_LINK_OUT_OF_ORDER);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->links[1].depth, 2);
    assert_int_equal(chain->links[2].depth, 1);

    chain = CHAIN(f, leaf, f->root, f->sub, f->inter);
    assert_int_equal(chain->links[1].flaws, TLSG_LINK_ROOT | TLSG_LINK_OUT_OF_ORDER);
    assert_int_equal(chain->flaws, TLSG_LINK_ROOT | TLSG_LINK_OUT_OF_ORDER);

    chain = CHAIN(f, leaf, f->sub, f->private_inter, f->inter, f->sub, leaf);
    assert_int_equal(chain->links[2].flaws, TLSG_LINK_STRAY);
    assert_int_equal(chain->links[3].flaws, 0);
    assert_int_equal(chain->links[4].flaws, TLSG_LINK_DUPLICATE);
    assert_int_equal(chain->links[5].flaws, TLSG_LINK_DUPLICATE);
    assert_int_equal(chain->path_count, 3);

    /* A cross-signed form is another way up, not a stray. */
    chain = CHAIN(f, leaf_of(f, f->inter), f->inter, f->inter_cross);
    assert_int_equal(chain->flaws, 0);
    assert_int_equal(chain->links[2].depth, -1);

    chain = CHAIN(f, f->inter, leaf_of(f, f->inter));
    assert_int_equal(chain->flaws, TLSG_LINK_LEAF_LATER);
}

static void time_is_marked_apart(void **state)
{
    fixture_t *f = *state;
    support_cert_t *leaf = leaf_of(f, f->inter);
    const tlsg_chain_t *chain = CHAIN(f, leaf, f->inter_old);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->path_flaws, TLSG_LINK_EXPIRED);
    /* The valid form is there too: clients take it. */
    chain = CHAIN(f, leaf, f->inter_old, f->inter);
    assert_int_equal(chain->path_flaws, 0);
    assert_int_equal(chain->links[1].flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->links[2].depth, 1);
    /* The clock is an input. */
    const support_cert_t *const certs[] = { leaf, f->inter, NULL };
    apr_time_t later = apr_time_now() + apr_time_from_sec(5000 * DAY);
    chain = tlsg_chain_get(f->trust, file_of(f, certs), NULL, NULL, later);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->path_flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->links[0].flaws, TLSG_LINK_EXPIRED);
    apr_time_t earlier = apr_time_now() - apr_time_from_sec(5000 * DAY);
    chain = tlsg_chain_get(f->trust, file_of(f, certs), NULL, NULL, earlier);
    assert_int_equal(chain->path_flaws, TLSG_LINK_NOT_YET);
}

/* An expired way to an old root does no harm when a root that clients have comes first. */
static void what_lies_beyond_a_known_root_does_not_count(void **state)
{
    fixture_t *f = *state;
    support_cert_t *old_cross = odd_authority(f, (support_spec_t){ .cn = "Good Root",
                                                                   .issuer = f->private_root,
                                                                   .key = f->root->key,
                                                                   .is_ca = 1,
                                                                   .until = -10 * DAY });
    const tlsg_chain_t *chain = CHAIN(f, leaf_of(f, f->inter), f->inter, old_cross);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->path_count, 3);
    assert_int_equal(chain->flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->path_flaws, 0);
}

static void the_signature_decides_between_namesakes(void **state)
{
    fixture_t *f = *state;
    support_spec_t spec = { .cn = "x", .issuer = f->plain_ca, .no_usage = 1 };
    support_cert_t *leaf = support_cert(f->pool, &spec);
    const tlsg_chain_t *chain = CHAIN(f, leaf, f->plain_rekeyed, f->plain_ca);
    assert_int_equal(chain->links[2].depth, 1);
    assert_int_equal(chain->links[1].depth, -1);
    chain = CHAIN(f, leaf, f->plain_ca, f->plain_rekeyed);
    assert_int_equal(chain->links[1].depth, 1);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
}

/* ---- Where the chain comes from -------------------------------------------------------------- */

static void a_chain_file_replaces_what_follows_the_leaf(void **state)
{
    fixture_t *f = *state;
    support_cert_t *leaf = leaf_of(f, f->inter);
    const tlsg_certfile_t *full =
        file_of(f, (const support_cert_t *const[]){ leaf, f->private_inter, NULL });
    const tlsg_certfile_t *chain_file =
        file_of(f, (const support_cert_t *const[]){ f->inter, NULL });
    const tlsg_chain_t *chain = tlsg_chain_get(f->trust, full, chain_file, NULL, apr_time_now());
    assert_int_equal(chain->source, TLSG_CHAIN_FROM_CHAIN_FILE);
    assert_int_equal(chain->link_count, 2);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    /* The same file as both: its first certificate is not sent twice. */
    chain = tlsg_chain_get(f->trust, full, full, NULL, apr_time_now());
    assert_int_equal(chain->link_count, 2);
    assert_string_equal(chain->links[1].cert->subject_cn, "Private CA 1");
}

static void the_ca_store_completes_a_bare_leaf(void **state)
{
    fixture_t *f = *state;
    support_cert_t *leaf = leaf_of(f, f->sub);
    const tlsg_certfile_t *bare = file_of(f, (const support_cert_t *const[]){ leaf, NULL });
    const char *cas = file_of(f, (const support_cert_t *const[]){ f->inter, f->sub, NULL })->path;
    const tlsg_castore_t *store = tlsg_trust_castore(f->trust, cas, NULL);
    assert_non_null(store);
    assert_ptr_equal(tlsg_trust_castore(f->trust, cas, NULL), store);
    assert_null(tlsg_trust_castore(f->trust, NULL, NULL));
    const tlsg_chain_t *chain = tlsg_chain_get(f->trust, bare, NULL, store, apr_time_now());
    assert_int_equal(chain->source, TLSG_CHAIN_FROM_CA_STORE);
    assert_int_equal(chain->link_count, 3);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_string_equal(chain->issuer->subject_cn, "Intermediate 2");
    /* With one certificate of its own behind the leaf nothing is added, but stapling finds the
     * issuer. */
    const tlsg_certfile_t *two =
        file_of(f, (const support_cert_t *const[]){ leaf, f->inter, NULL });
    chain = tlsg_chain_get(f->trust, two, NULL, store, apr_time_now());
    assert_int_equal(chain->link_count, 2);
    assert_int_equal(chain->trust, TLSG_CHAIN_INCOMPLETE);
    assert_string_equal(chain->issuer->subject_cn, "Intermediate 2");
}

static void a_ca_directory_completes_it_too(void **state)
{
    fixture_t *f = *state;
    const char *dir = apr_pstrcat(f->pool, f->dir, "/cas", NULL);
    assert_int_equal(mkdir(dir, 0755), 0);
    const char *name =
        apr_psprintf(f->pool, "%08lx.0",
                     X509_NAME_hash_ex(X509_get_subject_name(f->inter->x509), NULL, NULL, NULL));
    support_write(f->pool, dir, name, support_cert_pem(f->pool, f->inter->x509));
    const tlsg_castore_t *store = tlsg_trust_castore(f->trust, NULL, dir);
    const tlsg_certfile_t *bare =
        file_of(f, (const support_cert_t *const[]){ leaf_of(f, f->inter), NULL });
    const tlsg_chain_t *chain = tlsg_chain_get(f->trust, bare, NULL, store, apr_time_now());
    assert_int_equal(chain->link_count, 2);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
}

static void a_huge_file_is_judged_in_time(void **state)
{
    fixture_t *f = *state;
    enum {
        COUNT = 2000
    };
    const support_cert_t **certs = apr_pcalloc(f->pool, (COUNT + 3) * sizeof(*certs));
    certs[0] = leaf_of(f, f->inter);
    EVP_PKEY *key = support_key(f->pool, "P-256");
    for (int i = 1; i <= COUNT; i++) {
        certs[i] = authority(f, apr_psprintf(f->pool, "Stray %d", i), f->root, key);
    }
    certs[COUNT + 1] = f->inter;
    const tlsg_chain_t *chain = chain_of(f, file_of(f, certs));
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->flaws, TLSG_LINK_STRAY);
    assert_int_equal(chain->links[COUNT + 1].depth, 1);
}

/* ---- Against `openssl verify` ---------------------------------------------------------------- */

/* A chain at random: usually the right certificates, sometimes fewer, more, or in another order. */
static int random_chain(fixture_t *f, unsigned long long *seed, const support_cert_t **certs)
{
    support_cert_t *const issuers[] = {
        f->inter,         f->sub,          f->inter_rekeyed, f->below_short,
        f->short_path,    f->no_ca,        f->mail_ca,       f->named_ca,
        f->private_inter, f->private_root, f->root,          f->inter_cross,
        f->plain_ca,      f->inter,        f->sub,           NULL
    };
    support_cert_t *const extras[] = { f->root,          f->root2,         f->private_root,
                                       f->inter_cross,   f->inter_old,     f->inter_rekeyed,
                                       f->plain_rekeyed, f->private_inter, f->sub,
                                       f->inter };
    static const char *const sans[] = { "DNS:www.example.org", "DNS:www.example.com",
                                        "DNS:a.example.org,IP:192.0.2.1" };
    support_cert_t *issuer = issuers[support_random(seed, 16)];
    support_spec_t spec = { .cn = "leaf",
                            .san = sans[support_random(seed, 3)],
                            .issuer = issuer,
                            .no_usage = support_random(seed, 5) == 0,
                            .from = support_random(seed, 6) == 0 ? -90 * DAY : -DAY,
                            .until = support_random(seed, 6) == 0 ? -HOUR : 30 * DAY };
    if (support_random(seed, 12) == 0) {
        spec.signer = f->root2->key;
    }
    int n = 0;
    certs[n++] = support_cert(f->pool, &spec);
    if (issuer == f->sub) {
        certs[n++] = f->sub;
        certs[n++] = support_random(seed, 3) == 0 ? f->inter_cross : f->inter;
    }
    else if (issuer == f->below_short) {
        certs[n++] = f->below_short;
        certs[n++] = f->short_path;
    }
    else if (issuer != NULL) {
        certs[n++] = issuer;
    }
    if (n > 1 && support_random(seed, 5) == 0) { /* one is forgotten */
        n--;
        certs[1 + support_random(seed, (unsigned)n)] = certs[n];
    }
    for (unsigned i = support_random(seed, 3); i > 0; i--) { /* some are too many */
        certs[n++] = extras[support_random(seed, 10)];
    }
    if (n > 2 && support_random(seed, 4) == 0) { /* two change places */
        unsigned a = 1 + support_random(seed, (unsigned)n - 1);
        unsigned b = 1 + support_random(seed, (unsigned)n - 1);
        const support_cert_t *swap = certs[a];
        certs[a] = certs[b];
        certs[b] = swap;
    }
    certs[n] = NULL;
    return n;
}

typedef enum opinion_t {
    ACCEPTED,
    NO_ROOT,
    REFUSED,
} opinion_t;

/* What `openssl verify` makes of it. */
static opinion_t openssl_verify(fixture_t *f, const char *path)
{
    const char *command = apr_psprintf(
        f->pool,
        "openssl verify -no_check_time -purpose sslserver -no-CApath -no-CAstore -CAfile %s -untrusted %s %s 2>&1",
        f->roots, path, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char line[512];
    int error = -1;
    while (fgets(line, sizeof(line), pipe) != NULL) {
        if (error < 0) {
            sscanf(line, "error %d at", &error);
        }
    }
    int status = pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return ACCEPTED;
    }
    assert_true(error > 0);
    return error == 2 || (error >= 18 && error <= 21) ? NO_ROOT : REFUSED;
}

static int agrees(const tlsg_chain_t *chain, opinion_t theirs)
{
    switch (theirs) {
    case ACCEPTED:
        return chain->trust == TLSG_CHAIN_PUBLIC;
    case REFUSED:
        return chain->trust == TLSG_CHAIN_BROKEN;
    case NO_ROOT:
        /* Without a root OpenSSL stops before signatures; we go on and may find them broken. */
        return chain->trust != TLSG_CHAIN_PUBLIC;
    }
    return 0;
}

static void random_chains_agree_with_openssl_verify(void **state)
{
    fixture_t *f = *state;
    unsigned long long seed = 20261125;
    int count = getenv("TLSGUARD_LONG") != NULL ? 600 : 60;
    int seen[3] = { 0 };
    for (int i = 0; i < count; i++) {
        const support_cert_t *certs[16];
        random_chain(f, &seed, certs);
        const tlsg_certfile_t *file = file_of(f, certs);
        const tlsg_chain_t *chain = chain_of(f, file);
        opinion_t theirs = openssl_verify(f, file->path);
        seen[theirs]++;
        if (!agrees(chain, theirs)) {
            fail_msg("%s (round %d): openssl verify says %d, trust is %d (%s)", file->path, i,
                     theirs, chain->trust, chain->reason != NULL ? chain->reason : "-");
        }
    }
    for (int i = 0; i < 3; i++) {
        assert_true(seen[i] >= count / 20); /* each answer must have been asked for */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain_is_public_and_in_order),
        cmocka_unit_test(a_missing_intermediate_is_named),
        cmocka_unit_test(a_private_authority_is_private),
        cmocka_unit_test(who_claims_to_be_public_must_be_complete),
        cmocka_unit_test(self_signed_is_self_signed),
        cmocka_unit_test(what_cannot_hold_is_broken),
        cmocka_unit_test(remembered_paths_do_not_hide_bad_leaves),
        cmocka_unit_test(without_roots_nothing_is_public),
        cmocka_unit_test(order_is_told_link_by_link),
        cmocka_unit_test(time_is_marked_apart),
        cmocka_unit_test(what_lies_beyond_a_known_root_does_not_count),
        cmocka_unit_test(the_signature_decides_between_namesakes),
        cmocka_unit_test(a_chain_file_replaces_what_follows_the_leaf),
        cmocka_unit_test(the_ca_store_completes_a_bare_leaf),
        cmocka_unit_test(a_ca_directory_completes_it_too),
        cmocka_unit_test(a_huge_file_is_judged_in_time),
        cmocka_unit_test(random_chains_agree_with_openssl_verify),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
