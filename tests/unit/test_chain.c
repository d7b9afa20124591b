/* SPDX-License-Identifier: Apache-2.0 */
/* Chains: what is sent, in which order, and to which root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include "support_pki.h"

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = support_pki(pool);
    return 0;
}

static int tear_down(void **state)
{
    support_pki_t *f = *state;
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(f->pool);
    apr_terminate();
    return 0;
}

static const tlsg_chain_t *chain_of(support_pki_t *f, const tlsg_certfile_t *file)
{
    return tlsg_chain_get(f->trust, file, NULL, NULL, apr_time_now());
}

#define CHAIN(f, ...)                                                                              \
    chain_of(f, support_chain_file(f, (const support_cert_t *const[]){ __VA_ARGS__, NULL }))

/* ---- Trust ----------------------------------------------------------------------------------- */

static void a_good_chain_is_public_and_in_order(void **state)
{
    support_pki_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, support_leaf(f, f->sub), f->sub, f->inter);
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
    support_pki_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, support_leaf(f, f->sub), f->inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_INCOMPLETE);
    assert_string_equal(chain->missing, "O = Test, CN = Intermediate 2");
    assert_null(chain->issuer);
    chain = CHAIN(f, support_leaf(f, f->sub), f->sub);
    assert_int_equal(chain->trust, TLSG_CHAIN_INCOMPLETE);
    assert_string_equal(chain->missing, "O = Test, CN = Intermediate 1");
}

static void a_private_authority_is_private(void **state)
{
    support_pki_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, support_leaf(f, f->private_inter), f->private_inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
    assert_null(chain->root);
    assert_string_equal(chain->missing, "O = Test, CN = Private Root");
    chain = CHAIN(f, support_leaf(f, f->private_inter), f->private_inter, f->private_root);
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
    assert_string_equal(chain->root, "O = Test, CN = Private Root");
    assert_int_equal(chain->flaws, TLSG_LINK_ROOT);
    chain = CHAIN(f, support_leaf(f, f->private_root));
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
    chain = CHAIN(f, support_leaf(f, f->private_inter));
    assert_int_equal(chain->trust, TLSG_CHAIN_UNKNOWN);
    assert_non_null(chain->reason);
}

static void who_claims_to_be_public_must_be_complete(void **state)
{
    support_pki_t *f = *state;
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
    support_pki_t *f = *state;
    const tlsg_chain_t *chain = CHAIN(f, support_leaf(f, NULL), f->inter);
    assert_int_equal(chain->trust, TLSG_CHAIN_SELF_SIGNED);
    assert_int_equal(chain->flaws, TLSG_LINK_STRAY);
    assert_null(chain->issuer);
}

static void what_cannot_hold_is_broken(void **state)
{
    support_pki_t *f = *state;
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
        { CHAIN(f, support_leaf(f, f->below_short), f->below_short, f->short_path), "path length" },
        { CHAIN(f, support_leaf(f, f->no_ca), f->no_ca), "invalid CA" },
        { CHAIN(f, support_leaf(f, f->mail_ca), f->mail_ca), "purpose" },
        { CHAIN(f, support_leaf(f, f->named_ca), f->named_ca), "permitted subtree" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(rows[i].chain->trust, TLSG_CHAIN_BROKEN);
        assert_non_null(strstr(rows[i].chain->reason, rows[i].words));
    }
}

/* The path above the issuer is remembered; each leaf must still be looked at. */
static void remembered_paths_do_not_hide_bad_leaves(void **state)
{
    support_pki_t *f = *state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(CHAIN(f, support_leaf(f, f->inter), f->inter)->trust, TLSG_CHAIN_PUBLIC);
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
        assert_int_equal(CHAIN(f, support_leaf(f, f->named_ca), f->named_ca)->trust,
                         TLSG_CHAIN_BROKEN);
    }
}

static void without_roots_nothing_is_public(void **state)
{
    support_pki_t *f = *state;
    const char *empty = support_write(f->pool, f->dir, "empty.pem", "");
    tlsg_trust_t *trust = tlsg_trust_make(f->pool, f->cache, empty);
    const support_cert_t *const certs[] = { support_leaf(f, f->inter), f->inter, NULL };
    const tlsg_chain_t *chain =
        tlsg_chain_get(trust, support_chain_file(f, certs), NULL, NULL, apr_time_now());
    assert_true(chain->no_roots);
    assert_int_equal(chain->trust, TLSG_CHAIN_PRIVATE);
}

/* ---- Order ----------------------------------------------------------------------------------- */

static void order_is_told_link_by_link(void **state)
{
    support_pki_t *f = *state;
    support_cert_t *leaf = support_leaf(f, f->sub);
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
    chain = CHAIN(f, support_leaf(f, f->inter), f->inter, f->inter_cross);
    assert_int_equal(chain->flaws, 0);
    assert_int_equal(chain->links[2].depth, -1);

    chain = CHAIN(f, f->inter, support_leaf(f, f->inter));
    assert_int_equal(chain->flaws, TLSG_LINK_LEAF_LATER);
}

static void time_is_marked_apart(void **state)
{
    support_pki_t *f = *state;
    support_cert_t *leaf = support_leaf(f, f->inter);
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
    apr_time_t later = apr_time_now() + apr_time_from_sec(5000 * SUPPORT_DAY);
    chain = tlsg_chain_get(f->trust, support_chain_file(f, certs), NULL, NULL, later);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->path_flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->links[0].flaws, TLSG_LINK_EXPIRED);
    apr_time_t earlier = apr_time_now() - apr_time_from_sec(5000 * SUPPORT_DAY);
    chain = tlsg_chain_get(f->trust, support_chain_file(f, certs), NULL, NULL, earlier);
    assert_int_equal(chain->path_flaws, TLSG_LINK_NOT_YET);
}

/* An expired way to an old root does no harm when a root that clients have comes first. */
static void what_lies_beyond_a_known_root_does_not_count(void **state)
{
    support_pki_t *f = *state;
    support_spec_t spec = { .cn = "Good Root",
                            .organization = "Test",
                            .issuer = f->private_root,
                            .key = f->root->key,
                            .is_ca = 1,
                            .from = -400 * SUPPORT_DAY,
                            .until = -10 * SUPPORT_DAY };
    support_cert_t *old_cross = support_cert(f->pool, &spec);
    const tlsg_chain_t *chain = CHAIN(f, support_leaf(f, f->inter), f->inter, old_cross);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->path_count, 3);
    assert_int_equal(chain->flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->path_flaws, 0);
}

/* Of two roots with one name and key OpenSSL takes the one that is in time. */
static void a_root_out_of_time_counts_unless_there_is_another(void **state)
{
    support_pki_t *f = *state;
    support_spec_t spec = { .cn = "Good Root",
                            .organization = "Test",
                            .key = f->root->key,
                            .is_ca = 1,
                            .from = -4000 * SUPPORT_DAY,
                            .until = -10 * SUPPORT_DAY };
    support_cert_t *old = support_cert(f->pool, &spec);
    const char *old_pem = support_cert_pem(f->pool, old->x509);
    const char *new_pem = support_cert_pem(f->pool, f->root->x509);
    const char *both = apr_pstrcat(f->pool, old_pem, new_pem, NULL);
    const support_cert_t *const certs[] = { support_leaf(f, f->inter), f->inter, NULL };
    const tlsg_certfile_t *file = support_chain_file(f, certs);
    const char *path = support_write(f->pool, f->dir, "old.pem", old_pem);
    tlsg_trust_t *trust = tlsg_trust_make(f->pool, f->cache, path);
    const tlsg_chain_t *chain = tlsg_chain_get(trust, file, NULL, NULL, apr_time_now());
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->path_flaws, TLSG_LINK_EXPIRED);
    assert_int_equal(chain->above_count, 2);
    assert_string_equal(chain->above[0]->subject, "O = Test, CN = Intermediate 1");
    assert_string_equal(chain->above[1]->subject, "O = Test, CN = Good Root");
    path = support_write(f->pool, f->dir, "both.pem", both);
    trust = tlsg_trust_make(f->pool, f->cache, path);
    chain = tlsg_chain_get(trust, file, NULL, NULL, apr_time_now());
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->path_flaws, 0);
    /* The clock is an input, here too. */
    apr_time_t then = apr_time_now() - apr_time_from_sec(2000 * SUPPORT_DAY);
    chain = tlsg_chain_get(trust, file, NULL, NULL, then);
    assert_int_equal(chain->above_count, 2);
    assert_int_equal(chain->path_flaws, TLSG_LINK_NOT_YET);
    assert_true(chain->above[1]->not_after < apr_time_now());
}

static void the_signature_decides_between_namesakes(void **state)
{
    support_pki_t *f = *state;
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
    support_pki_t *f = *state;
    support_cert_t *leaf = support_leaf(f, f->inter);
    const tlsg_certfile_t *full =
        support_chain_file(f, (const support_cert_t *const[]){ leaf, f->private_inter, NULL });
    const tlsg_certfile_t *chain_file =
        support_chain_file(f, (const support_cert_t *const[]){ f->inter, NULL });
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
    support_pki_t *f = *state;
    support_cert_t *leaf = support_leaf(f, f->sub);
    const tlsg_certfile_t *bare =
        support_chain_file(f, (const support_cert_t *const[]){ leaf, NULL });
    const char *cas =
        support_chain_file(f, (const support_cert_t *const[]){ f->inter, f->sub, NULL })->path;
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
        support_chain_file(f, (const support_cert_t *const[]){ leaf, f->inter, NULL });
    chain = tlsg_chain_get(f->trust, two, NULL, store, apr_time_now());
    assert_int_equal(chain->link_count, 2);
    assert_int_equal(chain->trust, TLSG_CHAIN_INCOMPLETE);
    assert_string_equal(chain->issuer->subject_cn, "Intermediate 2");
}

static void a_ca_directory_completes_it_too(void **state)
{
    support_pki_t *f = *state;
    const char *dir = apr_pstrcat(f->pool, f->dir, "/cas", NULL);
    assert_int_equal(mkdir(dir, 0755), 0);
    const char *name =
        apr_psprintf(f->pool, "%08lx.0",
                     X509_NAME_hash_ex(X509_get_subject_name(f->inter->x509), NULL, NULL, NULL));
    support_write(f->pool, dir, name, support_cert_pem(f->pool, f->inter->x509));
    const tlsg_castore_t *store = tlsg_trust_castore(f->trust, NULL, dir);
    const tlsg_certfile_t *bare =
        support_chain_file(f, (const support_cert_t *const[]){ support_leaf(f, f->inter), NULL });
    const tlsg_chain_t *chain = tlsg_chain_get(f->trust, bare, NULL, store, apr_time_now());
    assert_int_equal(chain->link_count, 2);
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
}

static void a_huge_file_is_judged_in_time(void **state)
{
    support_pki_t *f = *state;
    enum {
        COUNT = 2000
    };
    const support_cert_t **certs = apr_pcalloc(f->pool, (COUNT + 3) * sizeof(*certs));
    certs[0] = support_leaf(f, f->inter);
    EVP_PKEY *key = support_key(f->pool, "P-256");
    for (int i = 1; i <= COUNT; i++) {
        certs[i] = support_authority(f, apr_psprintf(f->pool, "Stray %d", i), f->root, key);
    }
    certs[COUNT + 1] = f->inter;
    const tlsg_chain_t *chain = chain_of(f, support_chain_file(f, certs));
    assert_int_equal(chain->trust, TLSG_CHAIN_PUBLIC);
    assert_int_equal(chain->flaws, TLSG_LINK_STRAY);
    assert_int_equal(chain->links[COUNT + 1].depth, 1);
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
        cmocka_unit_test(a_root_out_of_time_counts_unless_there_is_another),
        cmocka_unit_test(the_signature_decides_between_namesakes),
        cmocka_unit_test(a_chain_file_replaces_what_follows_the_leaf),
        cmocka_unit_test(the_ca_store_completes_a_bare_leaf),
        cmocka_unit_test(a_ca_directory_completes_it_too),
        cmocka_unit_test(a_huge_file_is_judged_in_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
