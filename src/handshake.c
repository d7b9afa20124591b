/* SPDX-License-Identifier: Apache-2.0 */
#include "handshake.h"

#include <string.h>

#include <apr_strings.h>

#include "ossl.h"

struct tlsg_client_t {
    apr_pool_t *pool;
    SSL_CTX *ctx;
    /* Copies: OpenSSL's macros cast const away, which clang reports. */
    char *usual_groups; /* those of the names below that this OpenSSL has */
    char *usual_schemes;
    SSL_CTX *refuge; /* for the connections of other contexts; NULL until there is one */
};

/* Everything a client of this OpenSSL may know; names it does not know are left out. The first is
 * the one whose key share costs least. Later hybrids first would only make the client's hello
 * slower. Up to USUAL_GROUPS those that browsers or OpenSSL's programs offer unasked. */
#define USUAL_GROUPS 11
static const char *const group_names[] = {
    "X25519",
    "P-256",
    "P-384",
    "P-521",
    "X448",
    "X25519MLKEM768",
    "ffdhe2048",
    "ffdhe3072",
    "ffdhe4096",
    "ffdhe6144",
    "ffdhe8192",
    "SecP256r1MLKEM768",
    "SecP384r1MLKEM1024",
    "MLKEM512",
    "MLKEM768",
    "MLKEM1024",
    "brainpoolP256r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
    "secp256k1",
    "secp224r1",
    "prime192v1",
};

/* Signature schemes down to SHA-1 and RSA with MD5+SHA1, so that only the server decides. */
static const char signature_algorithms[] =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:RSA-PSS+SHA256:RSA-PSS+SHA384:"
    "RSA-PSS+SHA512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:"
    "RSA+SHA512:ECDSA+SHA224:RSA+SHA224:ECDSA+SHA1:RSA+SHA1:DSA+SHA256:DSA+SHA1";
static const char every_suite[] = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";
static const char every_suite13[] =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
    "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";

/* What browsers and OpenSSL 3 offer unless told otherwise, the wider of the two in each list. No
 * browser has DHE, PSK or CCM; OpenSSL's programs have DHE. */
static const char usual_schemes[] =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:RSA-PSS+SHA256:RSA-PSS+SHA384:"
    "RSA-PSS+SHA512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:"
    "RSA+SHA512:ECDSA+SHA224:RSA+SHA224";
static const char usual_suites[] = "DEFAULT:!PSK:!SRP:@SECLEVEL=1";
static const char usual_suites13[] =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

static void offer_every_group(tlsg_client_t *client, apr_pool_t *pool)
{
    char *list = NULL;
    for (size_t i = 0; i < sizeof group_names / sizeof group_names[0]; i++) {
        char *name = apr_pstrdup(pool, group_names[i]);
        if (i == USUAL_GROUPS) {
            client->usual_groups = list;
        }
        if (SSL_CTX_set1_groups_list(client->ctx, name) == 1) {
            list = list == NULL ? name : apr_pstrcat(pool, list, ":", name, NULL);
        }
    }
    if (list != NULL) {
        SSL_CTX_set1_groups_list(client->ctx, list);
    }
    tlsg_ossl_clear();
}

tlsg_client_t *tlsg_handshake_client_make(apr_pool_t *pool)
{
    tlsg_client_t *client = apr_pcalloc(pool, sizeof *client);
    client->usual_schemes = apr_pstrdup(pool, usual_schemes);
    client->pool = pool;
    client->ctx = tlsg_ossl_own_ctx(pool, SSL_CTX_new(TLS_client_method()));
    if (client->ctx == NULL) {
        tlsg_ossl_clear();
        return NULL;
    }
    SSL_CTX_set_security_level(client->ctx, 0);
    SSL_CTX_set_min_proto_version(client->ctx, 0);
    SSL_CTX_set_max_proto_version(client->ctx, 0);
    SSL_CTX_clear_options(client->ctx, SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
                                           SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3 |
                                           SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_cipher_list(client->ctx, every_suite);
    SSL_CTX_set_ciphersuites(client->ctx, every_suite13);
    SSL_CTX_set1_sigalgs_list(client->ctx, apr_pstrdup(pool, signature_algorithms));
    offer_every_group(client, pool);
    return client;
}

/* The server's outgoing messages: a ServerHello means that version, suite, group and signature
 * scheme were found. */
static void watch(int write_p, int version, int content_type, const void *buf, size_t len, SSL *ssl,
                  void *arg)
{
    (void)version;
    (void)ssl;
    const unsigned char *message = buf;
    if (write_p && content_type == SSL3_RT_HANDSHAKE && len > 0 &&
        message[0] == SSL3_MT_SERVER_HELLO) {
        ((tlsg_hello_t *)arg)->answered = 1;
    }
}

static const char *group_name(apr_pool_t *pool, SSL *ssl, int id)
{
    const char *name = SSL_group_to_name(ssl, id);
    return name != NULL ? apr_pstrdup(pool, name) : apr_psprintf(pool, "group %d", id & 0xffff);
}

static void read_groups(apr_pool_t *pool, SSL *server, tlsg_hello_t *hello)
{
    hello->groups = apr_array_make(pool, 8, sizeof(const char *));
    int count = (int)SSL_get_shared_group(server, -1);
    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(hello->groups, const char *) =
            group_name(pool, server, (int)SSL_get_shared_group(server, i));
    }
}

static void read_key_exchange(apr_pool_t *pool, SSL *server, tlsg_hello_t *hello)
{
    EVP_PKEY *key = NULL;
    if (SSL_get_tmp_key(server, &key) != 1 || key == NULL) {
        tlsg_ossl_clear();
        return;
    }
    tlsg_ossl_own_pkey(pool, key);
    if (EVP_PKEY_is_a(key, "DH") || EVP_PKEY_is_a(key, "DHX")) {
        if (hello->version < TLS1_3_VERSION) {
            hello->dh = key;
            hello->dh_bits = EVP_PKEY_get_bits(key);
        }
    }
    char name[64];
    size_t len = 0;
    if (EVP_PKEY_get_group_name(key, name, sizeof name, &len) == 1) {
        hello->group = apr_pstrmemdup(pool, name, len);
    }
    else {
        const char *type = EVP_PKEY_get0_type_name(key);
        hello->group = type != NULL ? apr_pstrdup(pool, type) : NULL;
    }
    tlsg_ossl_clear();
}

static void read_answer(apr_pool_t *pool, SSL *server, tlsg_hello_t *hello)
{
    hello->version = SSL_version(server);
    const SSL_CIPHER *cipher = SSL_get_pending_cipher(server);
    if (cipher == NULL) {
        cipher = SSL_get_current_cipher(server);
    }
    hello->suite = cipher != NULL ? SSL_CIPHER_get_name(cipher) : NULL;
    read_key_exchange(pool, server, hello);
}

/* The client's first flight, moved into the server's read BIO. Versions are the client's own. */
static int write_hello(SSL *client, SSL *server)
{
    BIO *to_server = BIO_new(BIO_s_mem());
    BIO *to_client = BIO_new(BIO_s_mem());
    if (to_server == NULL || to_client == NULL) {
        BIO_free(to_server);
        BIO_free(to_client);
        return 0;
    }
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(client, to_client, to_server);
    SSL_set_bio(server, to_server, to_client);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    (void)SSL_do_handshake(client);
    return BIO_pending(to_server) > 0;
}

static int limit(SSL *client, int version, const char *suites)
{
    return SSL_set_min_proto_version(client, version) == 1 &&
           SSL_set_max_proto_version(client, version) == 1 &&
           (suites == NULL || SSL_set_cipher_list(client, suites) == 1);
}

void tlsg_handshake_hello(tlsg_client_t *client, apr_pool_t *pool, SSL *server, int version,
                          const char *suites, tlsg_hello_t *hello)
{
    memset(hello, 0, sizeof *hello);
    hello->failure = "the client cannot offer this version";
    SSL *ssl = SSL_new(client->ctx);
    if (ssl != NULL && limit(ssl, version, suites) && write_hello(ssl, server)) {
        tlsg_ossl_clear();
        SSL_set_msg_callback(server, watch);
        SSL_set_msg_callback_arg(server, hello);
        (void)SSL_do_handshake(server);
        hello->failure = hello->answered ? NULL : tlsg_ossl_reason(pool);
        read_groups(pool, server, hello);
        if (hello->answered) {
            read_answer(pool, server, hello);
        }
        SSL_set_msg_callback(server, NULL);
    }
    SSL_free(ssl);
    tlsg_ossl_clear();
}

/* What is not narrowed here stays as wide as the context has it. */
static int narrow(const tlsg_client_t *client, SSL *ssl, unsigned differs)
{
    int max = (differs & TLSG_CLIENT_NO_TLS13) != 0 ? TLS1_2_VERSION : 0;
    int ready = SSL_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
                SSL_set_max_proto_version(ssl, max) == 1;
    if (ready && (differs & TLSG_CLIENT_ANY_GROUP) == 0 && client->usual_groups != NULL) {
        ready = SSL_set1_groups_list(ssl, client->usual_groups) == 1;
    }
    if (ready && (differs & TLSG_CLIENT_ANY_SCHEME) == 0) {
        ready = SSL_set1_sigalgs_list(ssl, client->usual_schemes) == 1;
    }
    if (ready && (differs & TLSG_CLIENT_ANY_SUITE) == 0) {
        ready = SSL_set_cipher_list(ssl, usual_suites) == 1 &&
                SSL_set_ciphersuites(ssl, usual_suites13) == 1;
    }
    return ready;
}

int tlsg_handshake_usual(tlsg_client_t *client, SSL *server, unsigned differs)
{
    tlsg_hello_t hello = { 0 };
    SSL *ssl = SSL_new(client->ctx);
    if (ssl != NULL && narrow(client, ssl, differs) && write_hello(ssl, server)) {
        SSL_set_msg_callback(server, watch);
        SSL_set_msg_callback_arg(server, &hello);
        (void)SSL_do_handshake(server);
        SSL_set_msg_callback(server, NULL);
    }
    SSL_free(ssl);
    tlsg_ossl_clear();
    return hello.answered;
}

/* ---- Connections of other contexts
 * ----------------------------------------------------------------------------------- */

/* Runs when every extension has been read. The handshake fails later, for want of a certificate,
 * and then OpenSSL tells the session cache to forget the session: that callback is the one it keeps
 * from the former context. A session without a name is not told about. */
static int forget_session(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    (void)arg;
    SSL_SESSION *session = SSL_get_session(ssl);
    if (session != NULL) {
        SSL_SESSION_set1_id(session, (const unsigned char *)"", 0);
    }
    return SSL_TLSEXT_ERR_NOACK;
}

/* A context in which every handshake gets as far as the extensions. */
static SSL_CTX *make_refuge(apr_pool_t *pool)
{
    SSL_CTX *ctx = tlsg_ossl_own_ctx(pool, SSL_CTX_new(TLS_server_method()));
    if (ctx != NULL) {
        SSL_CTX_set_cipher_list(ctx, every_suite);
        SSL_CTX_set_ciphersuites(ctx, every_suite13);
        SSL_CTX_set_tlsext_servername_callback(ctx, forget_session);
    }
    return ctx;
}

apr_array_header_t *tlsg_handshake_groups(tlsg_client_t *client, apr_pool_t *pool, SSL *server,
                                          int version)
{
    tlsg_hello_t hello = { .groups = NULL };
    int level = SSL_get_security_level(server);
    long flags = SSL_set_cert_flags(server, 0); /* the flags that are set */
    if (client->refuge == NULL) {
        client->refuge = make_refuge(client->pool);
    }
    if (client->refuge != NULL && SSL_set_SSL_CTX(server, client->refuge) != NULL) {
        SSL_set_security_level(server, level);
        SSL_set_cert_flags(server, flags);
        tlsg_handshake_hello(client, pool, server, version, NULL, &hello);
    }
    tlsg_ossl_clear();
    return hello.groups != NULL ? hello.groups : apr_array_make(pool, 0, sizeof(const char *));
}
