/* SPDX-License-Identifier: Apache-2.0 */
#include "probe_confcmd.h"

#include <apr_file_info.h>
#include <apr_strings.h>

#include "cipher.h"
#include "ossl.h"
#include "text.h"

/* The value as mod_ssl hands it over: files made absolute, cipher strings with mod_ssl's suffix. */
static const char *prepared(apr_pool_t *pool, SSL_CONF_CTX *conf, const char *name,
                            const char *value, const char *server_root, int *is_file)
{
    int type = SSL_CONF_cmd_value_type(conf, name);
    *is_file = type == SSL_CONF_TYPE_FILE;
    if (tlsg_text_eq_nocase(name, "CipherString")) {
        return apr_pstrcat(pool, value, ":!aNULL:!eNULL:!EXP", NULL);
    }
    if ((type == SSL_CONF_TYPE_FILE || type == SSL_CONF_TYPE_DIR) && server_root != NULL) {
        char *path = NULL;
        if (apr_filepath_merge(&path, server_root, value, APR_FILEPATH_TRUENAME, pool) ==
            APR_SUCCESS) {
            return path;
        }
    }
    return value;
}

static int is_regular(apr_pool_t *pool, const char *path)
{
    apr_finfo_t info;
    return apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS && info.filetype == APR_REG;
}

static const char *kind_of(const char *name)
{
    static const struct {
        const char *command;
        const char *kind;
    } kinds[] = {
        { "Curves", "group" },
        { "Groups", "group" },
        { "ECDHParameters", "group" },
        { "DHParameters", "dh" },
        { "CipherString", "cipher-list" },
        { "Ciphersuites", "tls13-suite" },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (tlsg_text_eq_nocase(name, kinds[i].command)) {
            return kinds[i].kind;
        }
    }
    return "confcmd";
}

/* A certificate named here needs a key too; its public key stands in for the private one. */
static void complete_certificate(tlsg_probe_t *probe)
{
    X509 *cert = SSL_CTX_get0_certificate(probe->ctx);
    EVP_PKEY *key = cert != NULL ? X509_get0_pubkey(cert) : NULL;
    if (key != NULL && SSL_CTX_use_PrivateKey(probe->ctx, key) == 1) {
        probe->cert_auth |= EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")
                                ? TLSG_AUTH_RSA
                                : TLSG_AUTH_ECDSA;
    }
}

static void apply(apr_pool_t *pool, tlsg_probe_t *probe, SSL_CONF_CTX *conf,
                  const tlsg_directive_t *directive, int index, const char *server_root)
{
    if (directive->argc < 2 || tlsg_text_eq_nocase(directive->argv[0], "PrivateKey")) {
        return; /* the key file is judged by its public half, elsewhere */
    }
    const char *name = directive->argv[0];
    int is_file = 0;
    const char *value = prepared(pool, conf, name, directive->argv[1], server_root, &is_file);
    if (is_file && !is_regular(pool, value)) {
        tlsg_probe_fault(pool, probe, kind_of(name), TLSG_SSLOpenSSLConfCmd, index,
                         apr_pstrcat(pool, value, ": not a readable regular file", NULL));
        return;
    }
    tlsg_ossl_clear();
    if (SSL_CONF_cmd(conf, name, value) <= 0) {
        tlsg_probe_fault(pool, probe, kind_of(name), TLSG_SSLOpenSSLConfCmd, index,
                         tlsg_ossl_reason(pool));
    }
    else if (tlsg_text_eq_nocase(name, "Certificate")) {
        complete_certificate(probe);
    }
}

void tlsg_probe_confcmds(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost,
                         const char *server_root)
{
    if (vhost->ssl.confcmds->nelts == 0) {
        return;
    }
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
    if (conf == NULL) {
        return;
    }
    SSL_CONF_CTX_set_flags(conf,
                           SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE);
    SSL_CONF_CTX_set_ssl_ctx(conf, probe->ctx);
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        apply(pool, probe, conf, APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *), i,
              server_root);
    }
    SSL_CONF_CTX_finish(conf);
    SSL_CONF_CTX_free(conf);
    tlsg_ossl_clear();
}
