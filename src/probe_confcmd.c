/* SPDX-License-Identifier: Apache-2.0 */
#include "probe_confcmd.h"

#include <apr_file_info.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "collect_ctx.h"
#include "keyfile.h"
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

static void refuse(apr_pool_t *pool, tlsg_probe_t *probe, const char *name, int index,
                   const char *message)
{
    tlsg_probe_fault(pool, probe, kind_of(name), TLSG_SSLOpenSSLConfCmd, index, message);
}

/* OpenSSL 3.0 does not say which name of a list of groups it refuses; each is asked about by
 * itself. Names of 3.5 carry marks: "?" may be unknown, "*" sends a key share, "/" begins the next
 * tuple. NULL when every name is known, so that the list fails as a whole. */
static const char *unknown_group(apr_pool_t *pool, const char *list)
{
    SSL_CTX *scratch = SSL_CTX_new(TLS_server_method());
    const char *unknown = NULL;
    char *state = NULL;
    char *copy = apr_pstrdup(pool, list);
    for (char *name = apr_strtok(copy, ":/", &state); scratch != NULL && name != NULL;
         name = apr_strtok(NULL, ":/", &state)) {
        int may_fail = *name == '?' || *name == '-';
        name += strspn(name, "?*-");
        if (!may_fail && SSL_CTX_set1_groups_list(scratch, name) != 1) {
            unknown = name;
            break;
        }
    }
    SSL_CTX_free(scratch);
    return unknown;
}

/* What OpenSSL says about the command it has just refused. */
static const char *reason(apr_pool_t *pool, const char *name, const char *value)
{
    int is_list = tlsg_text_eq_nocase(name, "Curves") || tlsg_text_eq_nocase(name, "Groups");
    const char *unknown = is_list ? unknown_group(pool, value) : NULL;
    if (unknown != NULL) {
        return apr_psprintf(pool, "group '%s' cannot be set", unknown);
    }
    return ERR_peek_error() != 0 ? tlsg_ossl_reason(pool)
                                 : apr_psprintf(pool, "%s does not take \"%s\"", name, value);
}

/* A key that cannot be read here: the certificate's own public key stands in for it. */
static void stand_in(tlsg_probe_t *probe)
{
    X509 *cert = SSL_CTX_get0_certificate(probe->ctx);
    EVP_PKEY *key = cert != NULL ? X509_get0_pubkey(cert) : NULL;
    if (key != NULL) {
        SSL_CTX_use_PrivateKey(probe->ctx, key);
    }
}

/* PrivateKey by its public half: OpenSSL compares no more than that with the certificate. Returns 0
 * when the key could not be looked at. */
static int use_key(apr_pool_t *pool, tlsg_probe_t *probe, const char *path, int index)
{
    const tlsg_keyfile_t *file = tlsg_keyfile_read(pool, path);
    switch (file->state) {
    case TLSG_KEYFILE_OK:
        break;
    case TLSG_KEYFILE_ENCRYPTED: /* mod_ssl answers every question for a pass phrase with none */
        refuse(
            pool, probe, "PrivateKey", index,
            apr_pstrcat(pool, path, " is encrypted, and no pass phrase is asked for here", NULL));
        return 1;
    case TLSG_KEYFILE_NO_KEY:
    case TLSG_KEYFILE_MALFORMED:
        refuse(pool, probe, "PrivateKey", index, file->problem);
        return 1;
    case TLSG_KEYFILE_DENIED:
    case TLSG_KEYFILE_NOT_READ:
    case TLSG_KEYFILE_NOT_A_FILE:
    case TLSG_KEYFILE_IN_USE:
        stand_in(probe);
        return 0;
    }
    const unsigned char *spki = file->spki;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &spki, (long)file->spki_len);
    tlsg_ossl_clear();
    if (key != NULL && SSL_CTX_use_PrivateKey(probe->ctx, key) != 1) {
        refuse(pool, probe, "PrivateKey", index,
               apr_psprintf(pool, "%s: %s", path, tlsg_ossl_reason(pool)));
    }
    EVP_PKEY_free(key);
    return key != NULL;
}

/* What the commands did to certificates and keys. */
typedef struct touched_t {
    int last; /* index of the last Certificate or PrivateKey, -1 without one */
    int unknown;
} touched_t;

static void apply(apr_pool_t *pool, tlsg_probe_t *probe, SSL_CONF_CTX *conf,
                  const tlsg_directive_t *directive, int index, const char *server_root,
                  touched_t *touched)
{
    if (directive->argc < 2) {
        return;
    }
    const char *name = directive->argv[0];
    int is_file = 0;
    const char *value = prepared(pool, conf, name, directive->argv[1], server_root, &is_file);
    int is_key = tlsg_text_eq_nocase(name, "PrivateKey");
    if (is_key || tlsg_text_eq_nocase(name, "Certificate")) {
        touched->last = index;
    }
    if (is_key) {
        touched->unknown |= !use_key(pool, probe, value, index);
        return;
    }
    if (is_file && !is_regular(pool, value)) {
        refuse(pool, probe, name, index,
               apr_pstrcat(pool, value, ": not a readable regular file", NULL));
        return;
    }
    tlsg_ossl_clear();
    if (SSL_CONF_cmd(conf, name, value) <= 0) {
        refuse(pool, probe, name, index, reason(pool, name, directive->argv[1]));
    }
}

/* mod_ssl's last look (AH02572): what came last, certificate or key, must have its counterpart. */
static void check_pair(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost,
                       const touched_t *touched)
{
    int is_known = !touched->unknown && touched->last >= 0;
    for (int i = 0; i < vhost->certs->nelts; i++) {
        is_known = is_known && APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t).file != NULL;
    }
    tlsg_ossl_clear();
    if (is_known && probe->faults->nelts == 0 && SSL_CTX_check_private_key(probe->ctx) != 1) {
        refuse(pool, probe, "Certificate", touched->last,
               apr_pstrcat(pool, tlsg_ossl_reason(pool),
                           " (AH02572): certificate and private key must be named in pairs", NULL));
    }
    else if (touched->last >= 0 && SSL_CTX_get0_privatekey(probe->ctx) == NULL) {
        stand_in(probe);
    }
    tlsg_ossl_clear();
    if (touched->last >= 0) {
        probe->cert_auth = tlsg_collect_ctx_auth(probe->ctx);
    }
}

void tlsg_probe_confcmds(apr_pool_t *pool, tlsg_probe_t *probe, const tlsg_vhost_t *vhost,
                         const char *server_root)
{
    if (vhost->ssl.confcmds->nelts == 0) {
        return;
    }
    touched_t touched = { .last = -1 };
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
    if (conf == NULL) {
        return;
    }
    SSL_CONF_CTX_set_flags(conf,
                           SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE);
    SSL_CONF_CTX_set_ssl_ctx(conf, probe->ctx);
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        apply(pool, probe, conf, APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *), i,
              server_root, &touched);
    }
    check_pair(pool, probe, vhost, &touched);
    SSL_CONF_CTX_finish(conf);
    SSL_CONF_CTX_free(conf);
    tlsg_ossl_clear();
}
