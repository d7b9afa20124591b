/* SPDX-License-Identifier: Apache-2.0 */
/* One reader for two kinds of context: what it says about a live one, whose callbacks must not run,
 * is what a handshake with a probe of the same settings shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "cipher.h"
#include "collect_ctx.h"
#include "differ.h"
#include "ossl.h"
#include "support_cert.h"
#include "text.h"

/* What differs from OpenSSL's defaults. */
typedef struct settings_t {
    const char *name;
    const char *suites; /* below TLS 1.3 */
    const char *suites13;
    const char *groups;
    int min;
    int max;
    int level; /* 0: OpenSSL's */
    uint64_t options;
    const char *key;      /* NULL: P-256 */
    const char *expected; /* groups in the client's order; NULL: those of the library */
} settings_t;

static const settings_t every[] = {
    { .name = "defaults" },
    { .name = "two", .groups = "X25519:P-256", .expected = "x25519 secp256r1" },
    { .name = "server order",
      .groups = "P-384:P-256:X25519",
      .options = SSL_OP_CIPHER_SERVER_PREFERENCE,
      .expected = "secp384r1 secp256r1 x25519" },
    { .name = "one", .groups = "P-521", .expected = "secp521r1" },
    { .name = "finite fields", .groups = "ffdhe3072:ffdhe2048", .expected = "ffdhe2048 ffdhe3072" },
    { .name = "brainpool, which TLS 1.3 does not have",
      .groups = "brainpoolP384r1:brainpoolP256r1",
      .expected = "brainpoolP256r1 brainpoolP384r1" },
    { .name = "TLS 1.2", .max = TLS1_2_VERSION, .groups = "P-384", .expected = "secp384r1" },
    { .name = "TLS 1.2 without tickets",
      .max = TLS1_2_VERSION,
      .options = SSL_OP_NO_TICKET,
      .groups = "brainpoolP256r1:P-256",
      .expected = "secp256r1 brainpoolP256r1" },
    { .name = "no suite for the newest version", .suites13 = "", .groups = "P-256" },
    { .name = "TLS 1.0 and 1.1",
      .min = TLS1_VERSION,
      .max = TLS1_1_VERSION,
      .suites = "ALL:!aNULL:!eNULL:@SECLEVEL=0",
      .groups = "P-256:P-384",
      .expected = "secp256r1 secp384r1" },
    { .name = "TLS 1.1 that the level refuses", .max = TLS1_1_VERSION, .groups = "P-256" },
    { .name = "TLS 1.3",
      .min = TLS1_3_VERSION,
      .groups = "X448:X25519",
      .expected = "x25519 x448" },
    { .name = "level 3", .max = TLS1_2_VERSION, .level = 3 },
    { .name = "level 4 leaves out small curves",
      .key = "P-384",
      .level = 4,
      .groups = "P-256:P-384:P-521",
      .expected = "secp384r1 secp521r1" },
    { .name = "Suite B", .suites = "SUITEB128", .expected = "secp256r1 secp384r1" },
    { .name = "Suite B, only the larger",
      .key = "P-384",
      .suites = "SUITEB192",
      .groups = "X25519",
      .expected = "secp384r1" },
    { .name = "nothing fits", .suites = "aRSA", .max = TLS1_2_VERSION, .groups = "P-256" },
};

static SSL_CTX *make_ctx(apr_pool_t *pool, const settings_t *settings, const support_cert_t *cert)
{
    SSL_CTX *ctx = tlsg_ossl_own_ctx(pool, SSL_CTX_new(TLS_server_method()));
    assert_non_null(ctx);
    SSL_CTX_set_min_proto_version(ctx, settings->min);
    SSL_CTX_set_max_proto_version(ctx, settings->max);
    if (settings->level != 0) {
        SSL_CTX_set_security_level(ctx, settings->level);
    }
    SSL_CTX_set_options(ctx, settings->options);
    if (settings->suites != NULL) {
        assert_int_equal(SSL_CTX_set_cipher_list(ctx, settings->suites), 1);
    }
    if (settings->suites13 != NULL) {
        assert_int_equal(SSL_CTX_set_ciphersuites(ctx, settings->suites13), 1);
    }
    assert_int_equal(SSL_CTX_use_certificate(ctx, cert->x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, cert->key), 1);
    SSL_CTX_set_dh_auto(ctx, 1);
    if (settings->groups != NULL) {
        assert_int_equal(SSL_CTX_set1_groups_list(ctx, apr_pstrdup(pool, settings->groups)), 1);
    }
    return ctx;
}

static int no_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl;
    (void)alert;
    (void)arg;
    return SSL_TLSEXT_ERR_NOACK;
}

/* ---- Callbacks that a live context may have ----------------------------------------------------
 */

static int calls;

static int count_name(SSL *ssl, int *alert, void *arg)
{
    calls++;
    return no_name(ssl, alert, arg);
}

static int count_hello(SSL *ssl, int *alert, void *arg)
{
    (void)ssl;
    (void)alert;
    (void)arg;
    calls++;
    return SSL_CLIENT_HELLO_SUCCESS;
}

static void count_info(const SSL *ssl, int where, int ret)
{
    (void)ssl;
    (void)where;
    (void)ret;
    calls++;
}

static void count_message(int write_p, int version, int type, const void *buf, size_t len, SSL *ssl,
                          void *arg)
{
    (void)write_p;
    (void)version;
    (void)type;
    (void)buf;
    (void)len;
    (void)ssl;
    (void)arg;
    calls++;
}

static int count_cert(SSL *ssl, void *arg)
{
    (void)ssl;
    (void)arg;
    calls++;
    return 1;
}

static int count_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv, EVP_CIPHER_CTX *cipher,
                        EVP_MAC_CTX *mac, int enc)
{
    (void)ssl;
    (void)name;
    (void)iv;
    (void)cipher;
    (void)mac;
    (void)enc;
    calls++;
    return 0;
}

static SSL_SESSION *count_get(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    (void)ssl;
    (void)id;
    (void)len;
    calls++;
    *copy = 0;
    return NULL;
}

static void count_remove(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx;
    (void)session;
    calls++;
}

static void watch(SSL_CTX *ctx)
{
    SSL_CTX_set_tlsext_servername_callback(ctx, count_name);
    SSL_CTX_set_client_hello_cb(ctx, count_hello, NULL);
    SSL_CTX_set_info_callback(ctx, count_info);
    SSL_CTX_set_msg_callback(ctx, count_message);
    SSL_CTX_set_cert_cb(ctx, count_cert, NULL);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, count_ticket);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_get_cb(ctx, count_get);
    SSL_CTX_sess_set_remove_cb(ctx, count_remove);
    calls = 0;
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static const tlsg_effective_t *read_ctx(apr_pool_t *pool, SSL_CTX *ctx, SSL_CTX *entry, int is_live,
                                        apr_hash_t *asked)
{
    tlsg_ctx_source_t source = {
        .ctx = ctx,
        .entry = entry,
        .cert_auth = tlsg_collect_ctx_auth(ctx),
        .client = tlsg_handshake_client_make(pool),
        .is_live = is_live,
        .asked = asked,
    };
    return tlsg_collect_ctx(pool, &source);
}

static const char *groups_text(apr_pool_t *pool, const tlsg_effective_t *facts)
{
    return facts->groups != NULL ? tlsg_text_join(pool, facts->groups, " ") : "not known";
}

static void live_contexts_say_what_handshakes_show(void **state)
{
    apr_pool_t *pool = *state;
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        const settings_t *settings = &every[i];
        EVP_PKEY *key = support_key(pool, settings->key != NULL ? settings->key : "P-256");
        /* Suite B wants the digest of the key's size. */
        const char *digest = settings->key != NULL ? "SHA384" : "SHA256";
        const support_cert_t *cert =
            support_cert(pool, &(support_spec_t){ .cn = "a", .key = key, .digest = digest });
        SSL_CTX *probe = make_ctx(pool, settings, cert);
        SSL_CTX_set_tlsext_servername_callback(probe, no_name);
        SSL_CTX *live = make_ctx(pool, settings, cert);
        watch(live);
        const tlsg_effective_t *shown = read_ctx(pool, probe, probe, 0, NULL);
        const tlsg_effective_t *said = read_ctx(pool, live, live, 1, NULL);
        const char *difference = tlsg_differ_effective(pool, shown, said);
        if (difference != NULL || calls != 0) {
            fail_msg("%s: %s; %d callbacks", settings->name,
                     difference != NULL ? difference : "alike", calls);
        }
        const char *groups = groups_text(pool, said);
        if (settings->expected != NULL && strcmp(groups, settings->expected) != 0) {
            fail_msg("%s: %s", settings->name, groups);
        }
    }
}

/* Groups are those of the address's first virtual host, the level and the versions another's. */
static void the_first_virtual_host_has_the_groups(void **state)
{
    apr_pool_t *pool = *state;
    static const settings_t first = { .groups = "P-384:P-256", .level = 1 };
    static const settings_t named = { .groups = "X25519", .level = 4 };
    EVP_PKEY *key = support_key(pool, "P-384");
    const support_cert_t *cert = support_cert(pool, &(support_spec_t){ .cn = "a", .key = key });
    SSL_CTX *entry = make_ctx(pool, &first, cert);
    SSL_CTX *ctx = make_ctx(pool, &named, cert);
    watch(entry);
    watch(ctx);
    assert_string_equal(groups_text(pool, read_ctx(pool, ctx, entry, 1, NULL)), "secp384r1");
    assert_string_equal(groups_text(pool, read_ctx(pool, entry, entry, 1, NULL)),
                        "secp256r1 secp384r1");
    assert_int_equal(calls, 0);
}

/* Ten thousand virtual hosts behind one address ask once. */
static void equal_settings_ask_once(void **state)
{
    apr_pool_t *pool = *state;
    static const settings_t usual = { .groups = "P-256" };
    static const settings_t higher = { .groups = "P-256", .level = 4 };
    EVP_PKEY *key = support_key(pool, "P-384");
    const support_cert_t *cert = support_cert(pool, &(support_spec_t){ .cn = "a", .key = key });
    SSL_CTX *entry = make_ctx(pool, &usual, cert);
    apr_hash_t *asked = apr_hash_make(pool);
    const tlsg_effective_t *first = read_ctx(pool, entry, entry, 1, asked);
    for (int i = 0; i < 3; i++) {
        const tlsg_effective_t *next =
            read_ctx(pool, make_ctx(pool, &usual, cert), entry, 1, asked);
        assert_ptr_equal(next->groups, first->groups);
    }
    assert_int_equal(apr_hash_count(asked), 1);
    const tlsg_effective_t *other = read_ctx(pool, make_ctx(pool, &higher, cert), entry, 1, asked);
    assert_int_equal(apr_hash_count(asked), 2);
    assert_string_equal(groups_text(pool, first), "secp256r1");
    assert_string_equal(groups_text(pool, other), "not known");
}

static int set_up(void **state)
{
    apr_initialize();
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    *state = pool;
    return 0;
}

/* mod_ssl must not trip over errors that we leave behind. */
static int tear_down(void **state)
{
    apr_pool_destroy(*state);
    return ERR_peek_error() == 0 ? 0 : -1;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(live_contexts_say_what_handshakes_show, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_virtual_host_has_the_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_settings_ask_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
