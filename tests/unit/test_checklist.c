/* SPDX-License-Identifier: Apache-2.0 */
/* The seven answers: each state that each question can have, and a reason wherever one is due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "certfile.h"
#include "chain.h"
#include "checklist.h"
#include "cipher.h"
#include "dh.h"
#include "support_model.h"

static const tlsg_suite_t gcm = { .name = "ECDHE-RSA-AES128-GCM-SHA256",
                                  .flags = TLSG_SUITE_FORWARD_SECRECY | TLSG_SUITE_ECDHE };
static const tlsg_suite_t rsa = { .name = "AES256-GCM-SHA384", .flags = TLSG_SUITE_STATIC_RSA };
static const tlsg_suite_t rsa_cbc = { .name = "AES128-SHA", .flags = TLSG_SUITE_STATIC_RSA };

typedef struct fixture_t {
    apr_pool_t *pool;
    tlsg_model_t *model;
    tlsg_vhost_t *vhost;
    tlsg_effective_t *effective;
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    fixture_t *fixture = apr_pcalloc(pool, sizeof *fixture);
    fixture->pool = pool;
    fixture->model = support_model(pool);
    fixture->vhost = support_vhost(fixture->model, "a.example", "a.conf", 1);
    fixture->effective = support_effective(fixture->model);
    APR_ARRAY_PUSH(fixture->effective->suites, const tlsg_suite_t *) = &gcm;
    support_use(fixture->vhost, fixture->effective);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(((fixture_t *)*state)->pool);
    return 0;
}

static void expect(const fixture_t *f, tlsg_check_item_t item, tlsg_check_state_t state,
                   const char *why)
{
    const tlsg_checklist_t *list = tlsg_checklist_make(f->pool, f->model, f->vhost);
    assert_string_equal(tlsg_checklist_state(list->items[item].state), tlsg_checklist_state(state));
    if (why == NULL) {
        assert_null(list->items[item].why);
    }
    else {
        assert_string_equal(list->items[item].why, why);
    }
}

static void forward_secrecy(void **state)
{
    fixture_t *f = *state;
    expect(f, TLSG_CHECK_FORWARD_SECRECY, TLSG_CHECK_OK, NULL);
    APR_ARRAY_PUSH(f->effective->suites, const tlsg_suite_t *) = &rsa;
    APR_ARRAY_PUSH(f->effective->suites, const tlsg_suite_t *) = &rsa_cbc;
    expect(f, TLSG_CHECK_FORWARD_SECRECY, TLSG_CHECK_NO, "not with AES256-GCM-SHA384 and 1 more");
    f->effective->negotiable = TLSG_TLS13;
    expect(f, TLSG_CHECK_FORWARD_SECRECY, TLSG_CHECK_OK, NULL);
}

static void sslv3(void **state)
{
    fixture_t *f = *state;
    expect(f, TLSG_CHECK_SSLV3, TLSG_CHECK_OK, NULL);
    f->effective->enabled |= TLSG_SSL3; /* named, but refused */
    expect(f, TLSG_CHECK_SSLV3, TLSG_CHECK_OK, NULL);
    f->effective->negotiable |= TLSG_SSL3;
    expect(f, TLSG_CHECK_SSLV3, TLSG_CHECK_NO, "negotiable");
}

static EVP_PKEY *make_group(OSSL_PARAM *params)
{
    EVP_PKEY *group = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &group, EVP_PKEY_KEY_PARAMETERS, params), 1);
    EVP_PKEY_CTX_free(ctx);
    return group;
}

static EVP_PKEY *named_group(void)
{
    char name[] = "ffdhe2048";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_end(),
    };
    return make_group(params);
}

/* An odd number of that many bits; only its being unknown matters here. */
static EVP_PKEY *unknown_group(size_t bits)
{
    unsigned char p[256]; /* 2048 bits, least significant byte first */
    unsigned char g = 2;
    memset(p, 0xA5, sizeof p);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_FFC_P, p, bits / 8),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_FFC_G, &g, sizeof g),
        OSSL_PARAM_construct_end(),
    };
    return make_group(params);
}

/* Puts a group in force, which the next call frees again. */
static void use_group(tlsg_dh_fact_t *dh, EVP_PKEY *group)
{
    static tlsg_dh_identity_t identity;
    EVP_PKEY_free(dh->group);
    dh->group = group;
    dh->identity = group != NULL && tlsg_dh_identify_pkey(group, &identity) ? &identity : NULL;
}

static void dh_group(void **state)
{
    fixture_t *f = *state;
    tlsg_dh_fact_t *dh = &f->effective->dh;
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_NOT_APPLICABLE, "DHE cannot be negotiated");
    dh->bits = 2048;
    dh->is_auto = 1;
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_NO, "OpenSSL's RFC 3526 group of 2048 bits");
    dh->is_auto = 0;
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_UNKNOWN, "the group in use could not be read");
    use_group(dh, named_group());
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_NO, "ffdhe2048, 2048 bits");
    use_group(dh, unknown_group(2048));
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_OK, NULL);
    use_group(dh, unknown_group(1024));
    dh->bits = 1024;
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_NO, "only 1024 bits");
    use_group(dh, NULL);
}

static void stapling(void **state)
{
    fixture_t *f = *state;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_UNKNOWN, "no certificate");
    tlsg_cert_t leaf = { .ocsp_count = 0 };
    tlsg_certfile_t file = { .leaf = &leaf };
    tlsg_vhost_cert_t *entry = apr_array_push(f->vhost->certs);
    entry->unknown = "the file may not be read";
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_UNKNOWN, "the file may not be read");
    entry->file = &file;
    entry->unknown = NULL;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_NOT_APPLICABLE, "the certificate names no responder");
    tlsg_directive_t force = { .name = "SSLStaplingForceURL" };
    f->vhost->ssl.set[TLSG_SSLStaplingForceURL] = &force;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_NO, "off");
    f->vhost->ssl.set[TLSG_SSLStaplingForceURL] = NULL;
    leaf.ocsp_count = 1;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_NO, "off");
    static const char *const words[] = { "on", NULL };
    tlsg_directive_t use = { .name = "SSLUseStapling", .argc = 1, .argv = words };
    f->vhost->ssl.set[TLSG_SSLUseStapling] = &use;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_OK, NULL);
    tlsg_chain_t chain = { .issuer = NULL };
    entry->chain = &chain;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_NO, "the issuer's certificate is not configured");
    chain.issuer = &leaf;
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_OK, NULL);
}

static void what_the_certificate_decides_is_unknown_without_it(void **state)
{
    fixture_t *f = *state;
    f->effective->cert_auth = 0;
    expect(f, TLSG_CHECK_FORWARD_SECRECY, TLSG_CHECK_UNKNOWN, "no certificate");
    expect(f, TLSG_CHECK_DH_GROUP, TLSG_CHECK_UNKNOWN, "no certificate");
}

static void without_effective_facts_the_reason_is_that_of_the_collector(void **state)
{
    fixture_t *f = *state;
    apr_array_clear(f->vhost->pairs);
    f->vhost->unknown = "certificate comes from mod_md at start";
    expect(f, TLSG_CHECK_FORWARD_SECRECY, TLSG_CHECK_UNKNOWN, f->vhost->unknown);
    expect(f, TLSG_CHECK_SSLV3, TLSG_CHECK_UNKNOWN, f->vhost->unknown);
    expect(f, TLSG_CHECK_STAPLING, TLSG_CHECK_UNKNOWN, f->vhost->unknown);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forward_secrecy),
        TEST(sslv3),
        TEST(dh_group),
        TEST(stapling),
        TEST(what_the_certificate_decides_is_unknown_without_it),
        TEST(without_effective_facts_the_reason_is_that_of_the_collector),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
