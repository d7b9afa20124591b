/* SPDX-License-Identifier: Apache-2.0 */
#include "collect_ctx.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/comp.h>

#include "cipher.h"
#include "dh.h"
#include "ossl.h"
#include "protocol.h"
#include "text.h"

/* OpenSSL 3 signs TLS 1.0 and 1.1 handshakes with MD5+SHA-1, which every level above 0 forbids. */
#define LEVEL_WITHOUT_OLD_TLS 1

/* From this level on OpenSSL issues no tickets (SSL_CTX_set_security_level(3)). */
#define LEVEL_WITHOUT_TICKETS 3

unsigned tlsg_collect_ctx_auth(SSL_CTX *ctx)
{
    unsigned auth = 0;
    for (long more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST); more == 1;
         more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        X509 *cert = SSL_CTX_get0_certificate(ctx);
        EVP_PKEY *key = cert != NULL ? X509_get0_pubkey(cert) : NULL;
        if (key == NULL) {
            continue;
        }
        auth |= EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") ? TLSG_AUTH_RSA
                : EVP_PKEY_is_a(key, "DSA")                                ? TLSG_AUTH_DSA
                                                                           : TLSG_AUTH_ECDSA;
    }
    tlsg_ossl_clear();
    return auth;
}

int tlsg_collect_ctx_default_level(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    int level = ctx != NULL ? SSL_CTX_get_security_level(ctx) : 0;
    SSL_CTX_free(ctx);
    tlsg_ossl_clear();
    return level;
}

static unsigned versions_of(SSL_CTX *ctx, unsigned long long options)
{
    int min = (int)SSL_CTX_get_min_proto_version(ctx);
    int max = (int)SSL_CTX_get_max_proto_version(ctx);
    unsigned enabled = 0;
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        const tlsg_version_t *version = tlsg_protocol_at(i);
        int in_range = (min == 0 || version->number >= min) && (max == 0 || version->number <= max);
#ifdef OPENSSL_NO_SSL3
        in_range = in_range && version->bit != TLSG_SSL3;
#endif
        if (in_range && (options & version->no_option) == 0) {
            enabled |= version->bit;
        }
    }
    return enabled;
}

static unsigned enabled_versions(const tlsg_ctx_source_t *source, unsigned long long options)
{
    return versions_of(source->protocol_set ? source->ctx : source->entry, options);
}

/* What the security level leaves of the versions. */
static unsigned allowed_versions(unsigned versions, int level)
{
    return level >= LEVEL_WITHOUT_OLD_TLS ? versions & (TLSG_TLS12 | TLSG_TLS13) : versions;
}

static int suite_exists_in(unsigned flags, unsigned version)
{
    if (version == TLSG_TLS13 || (flags & TLSG_SUITE_TLS13) != 0) {
        return version == TLSG_TLS13 && (flags & TLSG_SUITE_TLS13) != 0;
    }
    return version == TLSG_TLS12 || (flags & TLSG_SUITE_TLS12) == 0;
}

/* In place of mod_ssl's, which expects a connection. */
static void ignore_info(const SSL *ssl, int where, int ret)
{
    (void)ssl;
    (void)where;
    (void)ret;
}

/* Before it reads a ClientHello, and so before the name can select anything, OpenSSL breaks off
 * when its highest version has no suite in the list ("No ciphers enabled for max supported SSL/TLS
 * version"), or when there is no version. Then nobody behind this default virtual host can be
 * reached. What it takes for its highest version depends on the level and on the release, so it is
 * asked; as there is no ClientHello, none of mod_ssl's callbacks has anything to do. */
static int entry_answers(SSL_CTX *entry)
{
    SSL *ssl = SSL_new(entry);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    int answers = 1; /* out of memory: no reason to say otherwise */
    if (ssl != NULL && in != NULL && out != NULL) {
        SSL_set_bio(ssl, in, out);
        SSL_set_info_callback(ssl, ignore_info);
        SSL_set_msg_callback(ssl, NULL);
        answers = SSL_get_error(ssl, SSL_accept(ssl)) == SSL_ERROR_WANT_READ;
    }
    else {
        BIO_free(in);
        BIO_free(out);
    }
    SSL_free(ssl);
    tlsg_ossl_clear();
    return answers;
}

/* A server-side SSL as mod_ssl has it after the ClientHello selected the virtual host. */
static SSL *connection(const tlsg_ctx_source_t *source)
{
    SSL *ssl = SSL_new(source->entry);
    if (ssl == NULL || source->entry == source->ctx) {
        return ssl;
    }
    SSL_set_SSL_CTX(ssl, source->ctx);
    SSL_set_options(ssl, SSL_CTX_get_options(source->ctx));
    if (source->protocol_set) {
        SSL_set_min_proto_version(ssl, (int)SSL_CTX_get_min_proto_version(source->ctx));
        SSL_set_max_proto_version(ssl, (int)SSL_CTX_get_max_proto_version(source->ctx));
    }
    return ssl;
}

static int fits(const tlsg_suite_t *suite, const tlsg_effective_t *facts)
{
    if ((suite->flags & TLSG_SUITE_PSK) != 0) {
        return 0;
    }
    return facts->cert_auth == 0 || suite->auth == 0 || (suite->auth & facts->cert_auth) != 0;
}

/* Sorts the suites that level and versions leave into TLS 1.3, usable and dead (no certificate
 * fits). */
static void sort_suites(apr_pool_t *pool, tlsg_effective_t *facts,
                        const STACK_OF(SSL_CIPHER) * list)
{
    facts->suites = apr_array_make(pool, 8, sizeof(const tlsg_suite_t *));
    facts->suites13 = apr_array_make(pool, 3, sizeof(const tlsg_suite_t *));
    facts->dead_suites = apr_array_make(pool, 0, sizeof(const tlsg_suite_t *));
    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
        const tlsg_suite_t *suite = tlsg_cipher_classify(pool, sk_SSL_CIPHER_value(list, i));
        apr_array_header_t *into = (suite->flags & TLSG_SUITE_TLS13) != 0 ? facts->suites13
                                   : fits(suite, facts)                   ? facts->suites
                                                                          : facts->dead_suites;
        if ((suite->flags & TLSG_SUITE_PSK) == 0) {
            APR_ARRAY_PUSH(into, const tlsg_suite_t *) = suite;
        }
    }
}

static void read_suites(apr_pool_t *pool, const tlsg_ctx_source_t *source, tlsg_effective_t *facts)
{
    SSL *ssl = connection(source);
    STACK_OF(SSL_CIPHER) *list = NULL;
    if (ssl != NULL) {
        SSL_set_accept_state(ssl);
        list = SSL_get1_supported_ciphers(ssl);
    }
    sort_suites(pool, facts, list);
    sk_SSL_CIPHER_free(list);
    SSL_free(ssl);
}

/* For a client that gets an answer although DHE is broken. */
#define ANY_BUT_DHE "ALL:!kDHE:@SECLEVEL=0"

static int has_dhe(const tlsg_effective_t *facts)
{
    for (int i = 0; i < facts->suites->nelts; i++) {
        if ((APR_ARRAY_IDX(facts->suites, i, const tlsg_suite_t *)->flags & TLSG_SUITE_DHE) != 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- Measured (probes)
 * ----------------------------------------------------------------------------- */

/* EC parameters taken for DH parameters: a handshake that chooses DHE fails after the ServerHello,
 * with an internal error. */
static int dhe_is_broken(const tlsg_effective_t *facts)
{
    return facts->dh.params_are_ec && facts->dh.params_used;
}

/* Returns the versions in which client and server have a group in common. */
static unsigned measure(apr_pool_t *pool, const tlsg_ctx_source_t *source, tlsg_effective_t *facts)
{
    unsigned with_groups = 0;
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        const tlsg_version_t *version = tlsg_protocol_at(i);
        if ((facts->enabled & version->bit) == 0) {
            continue;
        }
        SSL *ssl = connection(source);
        if (ssl == NULL) {
            continue;
        }
        tlsg_hello_t hello;
        tlsg_handshake_hello(source->client, pool, ssl, version->number, NULL, &hello);
        SSL_free(ssl);
        if (dhe_is_broken(facts) && version->number < TLS1_3_VERSION) {
            ssl = connection(source);
            tlsg_handshake_hello(source->client, pool, ssl, version->number, ANY_BUT_DHE, &hello);
            SSL_free(ssl);
        }
        if (hello.answered && hello.version == version->number) {
            facts->negotiable |= version->bit;
        }
        if (hello.groups != NULL && hello.groups->nelts > 0) {
            facts->groups = hello.groups;
            with_groups |= version->bit;
        }
    }
    return with_groups;
}

static void measure_dh(apr_pool_t *pool, const tlsg_ctx_source_t *source, tlsg_effective_t *facts)
{
    unsigned old = facts->negotiable & (TLSG_TLS1 | TLSG_TLS11 | TLSG_TLS12);
    if (old == 0 || !has_dhe(facts)) {
        return;
    }
    SSL *ssl = connection(source);
    if (ssl == NULL) {
        return;
    }
    int version = (old & TLSG_TLS12) != 0   ? TLS1_2_VERSION
                  : (old & TLSG_TLS11) != 0 ? TLS1_1_VERSION
                                            : TLS1_VERSION;
    tlsg_hello_t hello;
    tlsg_handshake_hello(source->client, pool, ssl, version, "kDHE:@SECLEVEL=0", &hello);
    facts->dh.bits = hello.dh_bits;
    facts->dh.group = hello.dh;
    SSL_free(ssl);
}

/* RFC 8446 section 4.2.7 and the hybrids. NULL: not known, the default has some. */
static int has_tls13_group(const apr_array_header_t *groups)
{
    static const char *const starts[] = { "x25519",    "x448",  "secp256r1", "secp384r1",
                                          "secp521r1", "ffdhe", "MLKEM" };
    for (int i = 0; groups != NULL && i < groups->nelts; i++) {
        const char *name = APR_ARRAY_IDX(groups, i, const char *);
        for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
            if (tlsg_text_has_prefix_nocase(name, starts[s])) {
                return 1;
            }
        }
    }
    return groups == NULL;
}

/* Today's client offers all its versions at once. A version that the server chooses and cannot
 * finish is no way out for it: OpenSSL does not fall back from TLS 1.3 to 1.2. */
static void measure_usual(const tlsg_ctx_source_t *source, tlsg_effective_t *facts)
{
    static const struct {
        unsigned differs;
        tlsg_usual_t means;
    } tries[] = {
        { 0, TLSG_USUAL_ANSWERED },
        { TLSG_CLIENT_ANY_GROUP, TLSG_USUAL_NO_GROUP },
        { TLSG_CLIENT_ANY_SCHEME, TLSG_USUAL_NO_SCHEME },
        { TLSG_CLIENT_ANY_SUITE, TLSG_USUAL_NO_SUITE },
        /* No client at all gets TLS 1.3: there are suites, so the signature is what is missing,
         * unless it is the group. */
        { TLSG_CLIENT_NO_TLS13, TLSG_USUAL_NO_SCHEME },
        { TLSG_CLIENT_NO_TLS13 | TLSG_CLIENT_ANY_GROUP, TLSG_USUAL_NO_GROUP },
        { TLSG_CLIENT_NO_TLS13 | TLSG_CLIENT_ANY_SCHEME, TLSG_USUAL_NO_SCHEME },
        { TLSG_CLIENT_NO_TLS13 | TLSG_CLIENT_ANY_SUITE, TLSG_USUAL_NO_SUITE },
    };
    if (facts->negotiable == 0) {
        return;
    }
    if ((facts->negotiable & (TLSG_TLS12 | TLSG_TLS13)) == 0) {
        facts->usual = TLSG_USUAL_NO_VERSION;
        return;
    }
    facts->usual = TLSG_USUAL_REFUSED;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        SSL *ssl = connection(source);
        int answered = ssl != NULL && tlsg_handshake_usual(source->client, ssl, tries[i].differs);
        SSL_free(ssl);
        if (answered) {
            facts->usual = tries[i].means == TLSG_USUAL_NO_SCHEME && !has_tls13_group(facts->groups)
                               ? TLSG_USUAL_NO_GROUP
                               : tries[i].means;
            return;
        }
    }
}

/* ---- Derived (live contexts)
 * ------------------------------------------------------------------------ */

static int has_suite(const tlsg_effective_t *facts, unsigned version)
{
    const apr_array_header_t *list = version == TLSG_TLS13 ? facts->suites13 : facts->suites;
    unsigned unusable = dhe_is_broken(facts) ? TLSG_SUITE_DHE : 0;
    for (int i = 0; i < list->nelts; i++) {
        unsigned flags = APR_ARRAY_IDX(list, i, const tlsg_suite_t *)->flags;
        if ((flags & unusable) == 0 && suite_exists_in(flags, version)) {
            return 1;
        }
    }
    return 0;
}

static void derive(tlsg_effective_t *facts)
{
    unsigned allowed = allowed_versions(facts->enabled, facts->security_level);
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        unsigned bit = tlsg_protocol_at(i)->bit;
        if ((allowed & bit) != 0 && has_suite(facts, bit)) {
            facts->negotiable |= bit;
        }
    }
}

/* OpenSSL's ssl_get_auto_dh(): the group follows the stronger of key and security level
 * (mod_ssl.md 3.4). */
static int auto_dh_bits(SSL_CTX *ctx, int level)
{
    static const int level_bits[] = { 0, 80, 112, 128, 192, 256 };
    int strength = level_bits[level < 0 ? 0 : level > 5 ? 5 : level];
    for (long more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST); more == 1;
         more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        X509 *cert = SSL_CTX_get0_certificate(ctx);
        EVP_PKEY *key = cert != NULL ? X509_get0_pubkey(cert) : NULL;
        if (key != NULL && EVP_PKEY_is_a(key, "RSA") &&
            EVP_PKEY_get_security_bits(key) > strength) {
            strength = EVP_PKEY_get_security_bits(key);
        }
    }
    return strength >= 192   ? 8192
           : strength >= 152 ? 4096
           : strength >= 128 ? 3072
           : strength >= 112 ? 2048
                             : 1024;
}

static int accepted_by_level(const tlsg_params_t *params, int level)
{
    static const int level_bits[] = { 0, 80, 112, 128, 192, 256 };
    int wanted = level_bits[level < 0 ? 0 : level > 5 ? 5 : level];
    /* ssl_security_default_callback(): SSL_SECOP_TMP_DH is let through at level 0 and asks the
     * level's bits else; at level 1 OpenSSL still takes 1024-bit groups, which are worth 80. */
    return params->pkey != NULL && EVP_PKEY_get_security_bits(params->pkey) >= wanted;
}

static void derive_dh(const tlsg_ctx_source_t *source, tlsg_effective_t *facts)
{
    if (!has_dhe(facts) || (facts->negotiable & ~(unsigned)TLSG_TLS13) == 0) {
        return;
    }
    if (facts->dh.is_auto) {
        facts->dh.bits = auto_dh_bits(source->ctx, facts->security_level);
    }
    else if (!facts->dh.params_are_ec) {
        facts->dh.bits = facts->dh.params_bits;
        facts->dh.group = source->dh_params->pkey;
    }
}

/* What decides about the groups of a connection; without padding, as it is a key. */
typedef struct asked_t {
    SSL_CTX *entry;
    uint64_t options;
    uint64_t versions;
    uint64_t level;
    uint64_t suite_b;
} asked_t;

typedef struct answer_t {
    apr_array_header_t *groups; /* in the newest version that has any; NULL: in none */
    unsigned with_groups;       /* versions that have any */
} answer_t;

static answer_t *ask(apr_pool_t *pool, const tlsg_ctx_source_t *source, unsigned versions)
{
    answer_t *answer = apr_pcalloc(pool, sizeof *answer);
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        const tlsg_version_t *version = tlsg_protocol_at(i);
        SSL *ssl = (versions & version->bit) != 0 ? connection(source) : NULL;
        if (ssl == NULL) {
            continue;
        }
        apr_array_header_t *groups =
            tlsg_handshake_groups(source->client, pool, ssl, version->number);
        SSL_free(ssl);
        if (groups->nelts > 0) {
            answer->groups = groups;
            answer->with_groups |= version->bit;
        }
    }
    return answer;
}

/* Returns the versions that have groups; where nobody can be asked, all. */
static unsigned derive_groups(apr_pool_t *pool, const tlsg_ctx_source_t *source,
                              tlsg_effective_t *facts)
{
    if (source->client == NULL || !source->is_live) {
        return facts->enabled;
    }
    unsigned versions = allowed_versions(facts->enabled, facts->security_level);
    versions &= facts->suites13->nelts > 0 ? ~0U : ~(unsigned)TLSG_TLS13;
    const asked_t key = { source->entry, facts->options, versions, (uint64_t)facts->security_level,
                          (uint64_t)SSL_CTX_set_cert_flags(source->ctx, 0) };
    apr_hash_t *asked = source->asked;
    const answer_t *answer = asked != NULL ? apr_hash_get(asked, &key, sizeof key) : NULL;
    if (answer == NULL) {
        answer = ask(pool, source, versions);
        if (asked != NULL) {
            apr_hash_set(asked, apr_pmemdup(pool, &key, sizeof key), sizeof key, answer);
        }
    }
    facts->groups = answer->groups;
    return answer->with_groups;
}

/* ---- Both
 * --------------------------------------------------------------------------------------------- */

static void note_parameters(const tlsg_ctx_source_t *source, tlsg_effective_t *facts)
{
    const tlsg_params_t *params = source->dh_params;
    facts->dh.is_auto = 1;
    if (params == NULL) {
        return;
    }
    facts->dh.params_are_ec = params->kind == TLSG_PARAMS_EC;
    facts->dh.params_bits = params->bits;
    facts->dh.curve = params->curve;
    facts->dh.params_used = accepted_by_level(params, facts->security_level);
    facts->dh.is_auto = !facts->dh.params_used;
}

/* Suites that need a group where there is none: OpenSSL lists them, and no handshake uses them. */
static void leave_out_groupless(apr_pool_t *pool, tlsg_effective_t *facts, unsigned with_groups)
{
    unsigned versions = allowed_versions(facts->enabled, facts->security_level);
    unsigned old = versions & ~(unsigned)TLSG_TLS13;
    if ((versions & ~with_groups & TLSG_TLS13) != 0) {
        facts->suites13 = apr_array_make(pool, 0, sizeof(const tlsg_suite_t *));
    }
    if (old == 0 || (old & with_groups) != 0) {
        return;
    }
    apr_array_header_t *kept = apr_array_make(pool, 8, sizeof(const tlsg_suite_t *));
    for (int i = 0; i < facts->suites->nelts; i++) {
        const tlsg_suite_t *suite = APR_ARRAY_IDX(facts->suites, i, const tlsg_suite_t *);
        if ((suite->flags & TLSG_SUITE_ECDHE) == 0) {
            APR_ARRAY_PUSH(kept, const tlsg_suite_t *) = suite;
        }
    }
    facts->suites = kept;
}

/* Once per configuration, not per virtual host and rule: reading the prime is slow. */
static void identify_dh(apr_pool_t *pool, tlsg_effective_t *facts)
{
    tlsg_dh_identity_t id;
    if (facts->dh.group != NULL && tlsg_dh_identify_pkey(facts->dh.group, &id)) {
        facts->dh.identity = apr_pmemdup(pool, &id, sizeof id);
    }
}

tlsg_effective_t *tlsg_collect_ctx(apr_pool_t *pool, const tlsg_ctx_source_t *source)
{
    tlsg_effective_t *facts = apr_pcalloc(pool, sizeof *facts);
    SSL_CTX *ctx = source->ctx;
    facts->is_live = source->is_live;
    facts->options = SSL_CTX_get_options(ctx) | SSL_CTX_get_options(source->entry);
    facts->declared = source->declared;
    facts->cert_auth = source->cert_auth;
    facts->security_level = SSL_CTX_get_security_level(ctx);
    facts->enabled = enabled_versions(source, facts->options);
    facts->server_order = (facts->options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0;
    facts->tickets =
        (facts->options & SSL_OP_NO_TICKET) == 0 && facts->security_level < LEVEL_WITHOUT_TICKETS;
    facts->compression = (facts->options & SSL_OP_NO_COMPRESSION) == 0 &&
                         sk_SSL_COMP_num(SSL_COMP_get_compression_methods()) > 0;
    facts->unsafe_renegotiation = (facts->options & SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION) != 0;
    facts->verify_client = SSL_CTX_get_verify_mode(ctx);
    read_suites(pool, source, facts);
    note_parameters(source, facts);
    facts->entry_refuses = !entry_answers(source->entry);
    if (facts->entry_refuses) {
        return facts;
    }
    unsigned with_groups;
    if (source->client != NULL && !source->is_live && facts->cert_auth != 0) {
        with_groups = measure(pool, source, facts);
        leave_out_groupless(pool, facts, with_groups);
        measure_usual(source, facts);
        measure_dh(pool, source, facts);
    }
    else {
        with_groups = derive_groups(pool, source, facts);
        leave_out_groupless(pool, facts, with_groups);
        derive(facts);
        derive_dh(source, facts);
    }
    if ((with_groups & facts->negotiable) == 0) {
        facts->groups = NULL;
    }
    identify_dh(pool, facts);
    tlsg_ossl_clear();
    return facts;
}
