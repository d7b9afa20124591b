/* SPDX-License-Identifier: Apache-2.0 */
/* Order matters here: mod_ssl applies settings in this order whatever the order in the file, and
 * later ones override earlier ones. */
#include "probe.h"

#include <string.h>

#include <apr_strings.h>

#include "cipher.h"
#include "ossl.h"
#include "probe_confcmd.h"
#include "protocol.h"

/* mod_ssl appends this to every TLS 1.2 list and every CipherString. */
#define SUFFIX ":!aNULL:!eNULL:!EXP"

void tlsg_probe_fault(apr_pool_t *pool, tlsg_probe_t *probe, const char *kind,
                      tlsg_ssl_directive_t which, int index, const char *message)
{
    tlsg_probe_fault_t *fault = apr_array_push(probe->faults);
    fault->kind = kind;
    fault->which = which;
    fault->index = index;
    fault->message = apr_pstrdup(pool, message);
}

static int is_on(const tlsg_vhost_t *vhost, tlsg_ssl_directive_t which, int fallback)
{
    return tlsg_vhost_setting_is_on(vhost, which, fallback);
}

static void set_versions(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost)
{
    const char *replaces;
    probe->declared = tlsg_protocol_parse(vhost->ssl.set[TLSG_SSLProtocol], &replaces);
    unsigned range = tlsg_protocol_contiguous(probe->declared);
    if (range == 0) {
        tlsg_probe_fault(pool, probe, "protocol", TLSG_SSLProtocol, 0,
                         "no protocol version is left");
        return;
    }
    int min = 0;
    int max = 0;
    for (int i = 0; tlsg_protocol_at(i) != NULL; i++) {
        const tlsg_version_t *version = tlsg_protocol_at(i);
        if ((range & version->bit) != 0) {
            min = min == 0 ? version->number : min;
            max = version->number;
        }
    }
    SSL_CTX_set_max_proto_version(probe->ctx, max);
    SSL_CTX_set_min_proto_version(probe->ctx, min);
}

static void set_options(tlsg_probe_t *probe, const tlsg_vhost_t *vhost)
{
    SSL_CTX *ctx = probe->ctx;
    if (is_on(vhost, TLSG_SSLHonorCipherOrder, 0)) {
        SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
    }
    if (!is_on(vhost, TLSG_SSLCompression, 0)) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION);
    }
    else {
        SSL_CTX_clear_options(ctx, SSL_OP_NO_COMPRESSION);
    }
    if (!is_on(vhost, TLSG_SSLSessionTickets, 1)) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    }
    if (is_on(vhost, TLSG_SSLInsecureRenegotiation, 0)) {
        SSL_CTX_set_options(ctx, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    }
    SSL_CTX_set_options(ctx, SSL_OP_SINGLE_DH_USE | SSL_OP_SINGLE_ECDH_USE |
                                 SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION |
                                 SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
}

static const char *last_word(const tlsg_directive_t *directive)
{
    return directive->argc > 0 ? directive->argv[directive->argc - 1] : "";
}

static void set_suites(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *list = vhost->ssl.set[TLSG_SSLCipherSuite];
    const char *text = list != NULL ? last_word(list) : SSL_DEFAULT_CIPHER_LIST;
    if (SSL_CTX_set_cipher_list(probe->ctx, apr_pstrcat(pool, text, SUFFIX, NULL)) != 1) {
        tlsg_probe_fault(pool, probe, "cipher-list", TLSG_SSLCipherSuite, 0,
                         tlsg_ossl_reason(pool));
    }
    const tlsg_directive_t *list13 = vhost->ssl.set[TLSG_SSLCipherSuiteTLS13];
    if (list13 != NULL && SSL_CTX_set_ciphersuites(probe->ctx, last_word(list13)) != 1) {
        tlsg_probe_fault(pool, probe, "tls13-suite", TLSG_SSLCipherSuiteTLS13, 0,
                         tlsg_ossl_reason(pool));
    }
}

static void set_verify(tlsg_probe_t *probe, const tlsg_vhost_t *vhost)
{
    const char *word = tlsg_vhost_setting(vhost, TLSG_SSLVerifyClient, "none");
    int mode = strcmp(word, "require") == 0 || strcmp(word, "on") == 0
                   ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
               : strncmp(word, "optional", 8) == 0 ? SSL_VERIFY_PEER
                                                   : SSL_VERIFY_NONE;
    SSL_CTX_set_verify(probe->ctx, mode, NULL);
}

static unsigned auth_of(const tlsg_cert_t *cert)
{
    switch (cert->key.type) {
    case TLSG_PUBKEY_RSA:
    case TLSG_PUBKEY_RSA_PSS:
        return TLSG_AUTH_RSA;
    case TLSG_PUBKEY_EC:
    case TLSG_PUBKEY_ED25519:
    case TLSG_PUBKEY_ED448:
        return TLSG_AUTH_ECDSA;
    case TLSG_PUBKEY_DSA:
        return TLSG_AUTH_DSA;
    case TLSG_PUBKEY_OTHER:
        break;
    }
    return 0;
}

/* Certificate, chain and, in place of the private key, the public one. */
static void use_certificate(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost,
                            const tlsg_certfile_t *file, int index)
{
    const tlsg_cert_t *leaf = file->leaf;
    if (SSL_CTX_use_certificate(probe->ctx, leaf->x509) != 1) {
        tlsg_probe_fault(pool, probe, "security-level", TLSG_SSLCertificateFile, index,
                         tlsg_ossl_reason(pool));
        return;
    }
    EVP_PKEY *key = X509_get0_pubkey(leaf->x509);
    if (key == NULL || SSL_CTX_use_PrivateKey(probe->ctx, key) != 1) {
        tlsg_probe_fault(pool, probe, "certificate", TLSG_SSLCertificateFile, index,
                         tlsg_ossl_reason(pool));
        return;
    }
    probe->cert_auth |= auth_of(leaf);
    if (vhost->ssl.set[TLSG_SSLCertificateChainFile] != NULL) {
        return;
    }
    SSL_CTX_clear_chain_certs(probe->ctx);
    for (int i = 0; i < file->chain_count; i++) {
        if (SSL_CTX_add1_chain_cert(probe->ctx, file->chain[i]->x509) != 1) {
            tlsg_probe_fault(pool, probe, "security-level", TLSG_SSLCertificateFile, index,
                             tlsg_ossl_reason(pool));
            return;
        }
    }
}

static void use_certificates(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
        if (cert->file != NULL && cert->file->leaf != NULL) {
            use_certificate(pool, probe, vhost, cert->file, i);
        }
    }
}

/* mod_ssl reads the first certificate file for parameters. Those OpenSSL refuses (too small for the
 * level) leave the automatic group; EC parameters are taken for DH parameters and break DHE, and
 * restrict the groups to their curve. */
static void use_parameters(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost)
{
    const tlsg_certfile_t *file =
        vhost->certs->nelts > 0 ? APR_ARRAY_IDX(vhost->certs, 0, tlsg_vhost_cert_t).file : NULL;
    if (file == NULL || file->params.kind == TLSG_PARAMS_NONE || file->params.pkey == NULL) {
        probe->dh_is_auto = 1;
        SSL_CTX_set_dh_auto(probe->ctx, 1);
        return;
    }
    probe->dh_params = &file->params;
    EVP_PKEY *params = file->params.pkey;
    EVP_PKEY_up_ref(params);
    if (SSL_CTX_set0_tmp_dh_pkey(probe->ctx, params) == 1) {
        probe->dh_params_used = 1;
    }
    else {
        EVP_PKEY_free(params);
        probe->dh_is_auto = 1;
        SSL_CTX_set_dh_auto(probe->ctx, 1);
    }
    if (file->params.kind == TLSG_PARAMS_EC && file->params.curve != NULL) {
        /* A copy: the macro casts const away, which clang reports. */
        SSL_CTX_set1_groups_list(probe->ctx, apr_pstrdup(pool, file->params.curve));
    }
    tlsg_ossl_clear();
}

/* mod_ssl always has one, and OpenSSL's choice of TLS 1.3 depends on its being there. */
static int no_servername(SSL *ssl, int *alert, void *arg)
{
    (void)ssl;
    (void)alert;
    (void)arg;
    return SSL_TLSEXT_ERR_NOACK;
}

static void key_of_directive(apr_pool_t *pool, apr_array_header_t *parts,
                             const tlsg_directive_t *directive)
{
    APR_ARRAY_PUSH(parts, const char *) =
        directive != NULL ? apr_pstrcat(pool, "=", directive->args, NULL) : "";
}

static void key_of_cert(apr_pool_t *pool, apr_array_header_t *parts, const tlsg_cert_t *cert)
{
    APR_ARRAY_PUSH(parts, const char *) =
        apr_psprintf(pool, "%s%d%s/%s/%x", cert->key.name, cert->key.bits,
                     cert->key.curve != NULL ? cert->key.curve : "", cert->sig_name,
                     cert->has_key_usage ? cert->key_usage : 0xFFFFU);
}

static void key_of_file(apr_pool_t *pool, apr_array_header_t *parts, const tlsg_certfile_t *file,
                        int is_first)
{
    if (file == NULL || file->leaf == NULL) {
        APR_ARRAY_PUSH(parts, const char *) = "no certificate";
        return;
    }
    key_of_cert(pool, parts, file->leaf);
    for (int i = 0; i < file->chain_count; i++) {
        key_of_cert(pool, parts, file->chain[i]);
    }
    if (is_first && file->params.kind != TLSG_PARAMS_NONE) {
        /* Parameters are rare: a file that has them counts as a kind of its own. */
        APR_ARRAY_PUSH(parts, const char *) = file->path;
    }
}

const char *tlsg_probe_key(apr_pool_t *pool, const tlsg_vhost_t *vhost)
{
    static const tlsg_ssl_directive_t settings[] = {
        TLSG_SSLProtocol,
        TLSG_SSLCipherSuite,
        TLSG_SSLCipherSuiteTLS13,
        TLSG_SSLHonorCipherOrder,
        TLSG_SSLCompression,
        TLSG_SSLSessionTickets,
        TLSG_SSLInsecureRenegotiation,
        TLSG_SSLVerifyClient,
        TLSG_SSLCertificateChainFile,
        TLSG_SSLUseStapling,
    };
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        key_of_directive(pool, parts, vhost->ssl.set[settings[i]]);
    }
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        key_of_directive(pool, parts,
                         APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *));
    }
    for (int i = 0; i < vhost->certs->nelts; i++) {
        key_of_file(pool, parts, APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t).file, i == 0);
    }
    return apr_array_pstrcat(pool, parts, '\n');
}

tlsg_probe_t *tlsg_probe_make(apr_pool_t *pool, const tlsg_vhost_t *vhost, const char *server_root)
{
    tlsg_probe_t *probe = apr_pcalloc(pool, sizeof *probe);
    probe->faults = apr_array_make(pool, 1, sizeof(tlsg_probe_fault_t));
    tlsg_ossl_clear();
    probe->ctx = tlsg_ossl_own_ctx(pool, SSL_CTX_new(TLS_server_method()));
    if (probe->ctx == NULL) {
        tlsg_probe_fault(pool, probe, "context", TLSG_SSLEngine, 0, tlsg_ossl_reason(pool));
        return probe;
    }
    SSL_CTX_set_options(probe->ctx, SSL_OP_ALL);
    SSL_CTX_set_default_passwd_cb(probe->ctx, tlsg_ossl_no_passphrase);
    set_versions(pool, probe, vhost);
    set_options(probe, vhost);
    SSL_CTX_set_tlsext_servername_callback(probe->ctx, no_servername);
    set_verify(probe, vhost);
    set_suites(pool, probe, vhost);
    use_certificates(pool, probe, vhost);
    use_parameters(pool, probe, vhost);
    tlsg_probe_confcmds(pool, probe, vhost, server_root);
    tlsg_ossl_clear();
    return probe;
}
