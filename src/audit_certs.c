/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_certs.h"

#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "certfile.h"
#include "chain.h"
#include "fault.h"
#include "keyfile.h"
#include "ossl.h"
#include "scope.h"
#include "secret.h"
#include "text.h"
#include "trust.h"

/* Bytes that mod_ssl reads of a session ticket key file (ssl_engine_init.c: TLSEXT_TICKET_KEY_LEN).
 */
#define TICKET_KEY_LENGTH 48

typedef struct files_t {
    tlsg_model_t *model;
    apr_hash_t *keys; /* path -> const tlsg_keyfile_t * */
} files_t;

static const char *absolute(const tlsg_model_t *model, const char *path)
{
    return tlsg_keyfile_is_uri(path) ? path : tlsg_model_path(model, path);
}

static const tlsg_keyfile_t *key_of(files_t *files, const char *path)
{
    const tlsg_keyfile_t *key = apr_hash_get(files->keys, path, APR_HASH_KEY_STRING);
    if (key == NULL) {
        key = tlsg_keyfile_read(files->model->pool, path);
        apr_hash_set(files->keys, path, APR_HASH_KEY_STRING, key);
    }
    return key;
}

/* 1 when the certificate can be judged further. */
static int judge_certificate(tlsg_model_t *model, tlsg_vhost_t *vhost, tlsg_vhost_cert_t *cert,
                             const tlsg_certfile_t *file)
{
    int leaf_only = vhost->ssl.set[TLSG_SSLCertificateChainFile] != NULL;
    switch (file->state) {
    case TLSG_CERTFILE_OK:
        break;
    case TLSG_CERTFILE_NOT_READ:
        if (file->read != TLSG_PEMFILE_MISSING && file->read != TLSG_PEMFILE_NOT_REGULAR) {
            cert->unknown = file->problem;
            return 0;
        }
        tlsg_fault_add(model->pool, vhost, "certificate", cert->cert, file->problem);
        return 0;
    case TLSG_CERTFILE_NO_CERT:
    case TLSG_CERTFILE_BAD_LEAF:
        tlsg_fault_add(model->pool, vhost, "certificate", cert->cert, file->problem);
        cert->unknown = file->problem;
        return 0;
    case TLSG_CERTFILE_BAD_CHAIN:
        if (!leaf_only) {
            tlsg_fault_add(model->pool, vhost, "certificate", cert->cert, file->problem);
        }
        break;
    }
    cert->file = file;
    return file->leaf != NULL;
}

/* A key that fits a later certificate of the file tells that the order is wrong, not the key. */
static void note_mismatch(apr_pool_t *pool, tlsg_vhost_t *vhost, const tlsg_vhost_cert_t *cert,
                          const tlsg_keyfile_t *key, const tlsg_directive_t *line)
{
    const tlsg_certfile_t *file = cert->file;
    if (tlsg_keyfile_match(key, file->leaf) != TLSG_KEY_MATCH_NO) {
        return;
    }
    for (int i = 0; i < file->chain_count; i++) {
        if (tlsg_keyfile_match(key, file->chain[i]) == TLSG_KEY_MATCH_YES) {
            tlsg_fault_add(pool, vhost, "key-mismatch", cert->cert,
                           apr_psprintf(pool,
                                        "the first certificate in %s (%s) is not the server's; "
                                        "the key belongs to certificate %d",
                                        cert->path, file->leaf->subject, i + 2));
            return;
        }
    }
    tlsg_fault_add(pool, vhost, "key-mismatch", line,
                   key->key_count > 1
                       ? apr_psprintf(pool,
                                      "%s is not the key of %s: mod_ssl takes the first of %d",
                                      key->path, cert->path, key->key_count)
                       : apr_psprintf(pool, "%s is not the key of %s", key->path, cert->path));
}

static void judge_key(files_t *files, tlsg_vhost_t *vhost, tlsg_vhost_cert_t *cert)
{
    apr_pool_t *pool = files->model->pool;
    const char *path = cert->path;
    if (cert->key != NULL && cert->key->argc > 0) {
        path = absolute(files->model, cert->key->argv[0]);
    }
    const tlsg_directive_t *line = cert->key != NULL ? cert->key : cert->cert;
    const tlsg_keyfile_t *key = key_of(files, path);
    cert->keyfile = key;
    switch (key->state) {
    case TLSG_KEYFILE_OK:
        note_mismatch(pool, vhost, cert, key, line);
        break;
    case TLSG_KEYFILE_NO_KEY:
        tlsg_fault_add(pool, vhost, "key-missing", line, key->problem);
        break;
    case TLSG_KEYFILE_MALFORMED:
        tlsg_fault_add(pool, vhost, "key-malformed", line, key->problem);
        break;
    case TLSG_KEYFILE_NOT_READ:
        if (key->access == NULL || key->access->problem != NULL || !key->access->is_regular) {
            tlsg_fault_add(pool, vhost, "key-missing", line, key->problem);
        }
        break;
    case TLSG_KEYFILE_ENCRYPTED:
    case TLSG_KEYFILE_DENIED:
    case TLSG_KEYFILE_NOT_A_FILE:
    case TLSG_KEYFILE_IN_USE:
        break; /* judged by its certificate; a rule says so */
    }
}

/* The file or directory that a directive or command names last, NULL. */
static const char *last_path(const tlsg_model_t *model, const tlsg_directive_t *line)
{
    return line != NULL ? absolute(model, line->argv[line->argc - 1]) : NULL;
}

/* Where OpenSSL looks for intermediates that no file has: a store made for it, or the one for
 * client certificates. */
static const tlsg_castore_t *chain_store(tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    static const char *const file[] = { "ChainCAFile", NULL };
    static const char *const path[] = { "ChainCAPath", NULL };
    const tlsg_directive_t *ca_file = tlsg_scope_confcmd(vhost, file);
    const tlsg_directive_t *ca_path = tlsg_scope_confcmd(vhost, path);
    if (ca_file == NULL && ca_path == NULL) {
        ca_file = vhost->ssl.set[TLSG_SSLCACertificateFile];
        ca_path = vhost->ssl.set[TLSG_SSLCACertificatePath];
    }
    return tlsg_trust_castore(model->trust, last_path(model, ca_file), last_path(model, ca_path));
}

/* What is sent with the certificate, for a start as for -t. */
static void judge_chain(tlsg_model_t *model, const tlsg_vhost_t *vhost, tlsg_vhost_cert_t *cert)
{
    const tlsg_directive_t *chain_file = vhost->ssl.set[TLSG_SSLCertificateChainFile];
    const tlsg_castore_t *store = chain_store(model, vhost);
    const tlsg_certfile_t *extra =
        chain_file != NULL && !cert->is_live
            ? tlsg_certfile_get(model->certs, absolute(model, chain_file->argv[0]))
            : NULL;
    const tlsg_certfile_t *behind = chain_file != NULL && !cert->is_live ? extra : cert->file;
    if (behind->state != TLSG_CERTFILE_OK && behind->state != TLSG_CERTFILE_NO_CERT) {
        return; /* a fault already, or unknown: what would be sent cannot be said */
    }
    cert->chain = tlsg_chain_get(model->trust, cert->file, extra, store, model->now);
}

void tlsg_audit_chains(tlsg_model_t *model)
{
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        for (int i = 0; i < vhost->certs->nelts; i++) {
            tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
            if (cert->file != NULL && cert->file->leaf != NULL) {
                judge_chain(model, vhost, cert);
            }
        }
    }
    tlsg_ossl_clear();
}

/* Why somebody who never saw the file can know the key, NULL when nothing says so. */
static const char *weakness(const unsigned char *key, size_t len)
{
    static const char pem[] = "-----BEGIN";
    static const char hex[] = "0123456789abcdefABCDEF";
    size_t same = 0;
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        same += key[i] == key[0];
        digits += key[i] != '\0' && strchr(hex, key[i]) != NULL;
    }
    return memcmp(key, pem, sizeof pem - 1) == 0 ? "begins as every PEM file of its kind does"
           : same == len                         ? "is the same byte again and again"
           : digits == len ? "is written in hexadecimal digits, which leave 64 bits of the key"
                           : NULL;
}

static void check_ticket_text(tlsg_model_t *model, tlsg_vhost_t *vhost,
                              const tlsg_directive_t *line, const char *path)
{
    unsigned char key[TICKET_KEY_LENGTH];
    apr_size_t len = sizeof key;
    apr_file_t *file;
    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_OS_DEFAULT,
                      model->pool) != APR_SUCCESS) {
        return; /* not readable here: nothing is claimed */
    }
    const char *why = apr_file_read_full(file, key, sizeof key, &len) == APR_SUCCESS
                          ? weakness(key, sizeof key)
                          : NULL;
    apr_file_close(file);
    OPENSSL_cleanse(key, sizeof key);
    if (why != NULL) {
        tlsg_fault_add(model->pool, vhost, "ticket-key-weak", line,
                       apr_psprintf(model->pool, "%s %s", path, why));
    }
}

static void check_ticket_key(tlsg_model_t *model, tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLSessionTicketKeyFile];
    if (line == NULL || line->argc == 0) {
        return;
    }
    const char *path = absolute(model, line->argv[0]);
    const tlsg_secret_t *file = tlsg_secret_judge(model->pool, path);
    vhost->ticket_key = file;
    if (file->problem == NULL && file->is_regular && file->size < TICKET_KEY_LENGTH) {
        tlsg_fault_add(model->pool, vhost, "ticket-key", line,
                       apr_psprintf(model->pool, "%s has %d bytes, mod_ssl reads %d", path,
                                    (int)file->size, TICKET_KEY_LENGTH));
    }
    else if (file->problem == NULL && file->is_regular) {
        check_ticket_text(model, vhost, line, path);
    }
}

/* ---- What a running server uses ---------------------------------------------------------------
 */

/* Who can read the file that the key came from. */
static void look_at_key(files_t *files, tlsg_vhost_cert_t *cert)
{
    const tlsg_directive_t *line = cert->key != NULL ? cert->key : cert->cert;
    if (line == NULL || line->argc == 0) {
        return; /* mod_md's, or SSLOpenSSLConfCmd's */
    }
    const char *path = absolute(files->model, line->argv[0]);
    const tlsg_keyfile_t *key = apr_hash_get(files->keys, path, APR_HASH_KEY_STRING);
    if (key == NULL) {
        key = tlsg_keyfile_look(files->model->pool, path);
        apr_hash_set(files->keys, path, APR_HASH_KEY_STRING, key);
    }
    cert->keyfile = key;
}

/* What mod_md serves while it waits for the authority says nothing about the site. */
static void set_fallback_aside(const tlsg_vhost_t *vhost, tlsg_vhost_cert_t *cert)
{
    static const char name[] = "Apache Managed Domain Fallback"; /* mod_md's, since 2.4.30 */
    const tlsg_cert_t *leaf = cert->file != NULL ? cert->file->leaf : NULL;
    if (vhost->managed != NULL && leaf != NULL && leaf->is_self_signed &&
        leaf->subject_cn != NULL && strcmp(leaf->subject_cn, name) == 0) {
        cert->is_fallback = 1;
        cert->file = NULL;
        cert->unknown = "mod_md has no certificate yet and serves a self-signed one";
    }
}

void tlsg_audit_live(tlsg_model_t *model)
{
    files_t files = { .model = model };
    files.keys = apr_hash_make(model->pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        for (int i = 0; i < vhost->certs->nelts; i++) {
            tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
            set_fallback_aside(vhost, cert);
            look_at_key(&files, cert);
        }
        if (tlsg_vhost_is_tls(vhost)) {
            check_ticket_key(model, vhost);
        }
    }
    tlsg_audit_chains(model);
}

static void add_certificate(files_t *files, tlsg_vhost_t *vhost, int index)
{
    tlsg_model_t *model = files->model;
    tlsg_vhost_cert_t *cert = apr_array_push(vhost->certs);
    memset(cert, 0, sizeof *cert);
    cert->cert = APR_ARRAY_IDX(vhost->ssl.certs, index, const tlsg_directive_t *);
    if (index < vhost->ssl.keys->nelts) {
        cert->key = APR_ARRAY_IDX(vhost->ssl.keys, index, const tlsg_directive_t *);
    }
    const char *named = cert->cert->argc > 0 ? cert->cert->argv[0] : "";
    cert->path = absolute(model, named);
    if (tlsg_keyfile_is_uri(named)) {
        cert->path = tlsg_keyfile_uri_shown(model->pool, named);
        cert->unknown = "the certificate is in a store that only a start opens";
        return;
    }
    if (judge_certificate(model, vhost, cert, tlsg_certfile_get(model->certs, cert->path))) {
        judge_key(files, vhost, cert);
    }
}

static int confcmd_has(const tlsg_vhost_t *vhost, const char *name)
{
    for (int i = 0; i < vhost->ssl.confcmds->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (directive->argc > 0 && tlsg_text_eq_nocase(directive->argv[0], name)) {
            return 1;
        }
    }
    return 0;
}

static void note_no_certificate(tlsg_model_t *model, tlsg_vhost_t *vhost)
{
    if (vhost->managed != NULL) {
        tlsg_vhost_cert_t *cert = apr_array_push(vhost->certs);
        memset(cert, 0, sizeof *cert);
        cert->path = "certificate from mod_md";
        cert->unknown = "the certificate comes from mod_md when the server starts";
        return;
    }
    if (!confcmd_has(vhost, "Certificate")) {
        tlsg_fault_add(model->pool, vhost, "no-certificate", vhost->engine,
                       "no SSLCertificateFile is in force here");
    }
}

static void check_file(tlsg_model_t *model, tlsg_vhost_t *vhost, tlsg_ssl_directive_t which,
                       const char *kind)
{
    const tlsg_directive_t *line = vhost->ssl.set[which];
    if (line == NULL || line->argc == 0) {
        return;
    }
    const tlsg_certfile_t *file = tlsg_certfile_get(model->certs, absolute(model, line->argv[0]));
    int is_broken = file->state == TLSG_CERTFILE_BAD_LEAF || file->state == TLSG_CERTFILE_BAD_CHAIN;
    if (is_broken) {
        tlsg_fault_add(model->pool, vhost, kind, line, file->problem);
    }
    else if (file->state != TLSG_CERTFILE_OK) {
        int is_unread = file->state == TLSG_CERTFILE_NOT_READ;
        tlsg_fault_add(model->pool, vhost,
                       apr_pstrcat(model->pool, kind, is_unread ? "-unknown" : "-empty", NULL),
                       line, file->problem);
    }
}

void tlsg_audit_certs(tlsg_model_t *model)
{
    files_t files = { .model = model };
    files.keys = apr_hash_make(model->pool);
    model->certs = tlsg_certfile_cache_make(model->pool);
    model->trust = tlsg_trust_make(model->pool, model->certs, NULL);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        if (!tlsg_vhost_is_tls(vhost)) {
            continue;
        }
        for (int i = 0; i < vhost->ssl.certs->nelts; i++) {
            add_certificate(&files, vhost, i);
        }
        if (vhost->ssl.certs->nelts == 0) {
            note_no_certificate(model, vhost);
        }
        check_ticket_key(model, vhost);
        check_file(model, vhost, TLSG_SSLCertificateChainFile, "chain-file");
    }
    tlsg_ossl_clear();
}

static const tlsg_cert_t *leaf_at(const apr_array_header_t *certs, int i)
{
    const tlsg_certfile_t *file = APR_ARRAY_IDX(certs, i, tlsg_vhost_cert_t).file;
    return file != NULL ? file->leaf : NULL;
}

/* A context has one place for each kind of key, and the last to come has it. */
static int is_replaced(const apr_array_header_t *certs, int index)
{
    const tlsg_cert_t *leaf = leaf_at(certs, index);
    for (int i = index + 1; leaf != NULL && i < certs->nelts; i++) {
        const tlsg_cert_t *later = leaf_at(certs, i);
        if (later != NULL && later->key.type == leaf->key.type) {
            return 1;
        }
    }
    return 0;
}

void tlsg_audit_replaced(tlsg_model_t *model)
{
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        apr_array_header_t *all = vhost->certs;
        if (all->nelts < 2) {
            continue;
        }
        vhost->certs = apr_array_make(model->pool, all->nelts, sizeof(tlsg_vhost_cert_t));
        for (int i = 0; i < all->nelts; i++) {
            int is_dropped = is_replaced(all, i);
            if (is_dropped && vhost->replaced == NULL) {
                vhost->replaced = apr_array_make(model->pool, 1, sizeof(tlsg_vhost_cert_t));
            }
            APR_ARRAY_PUSH(is_dropped ? vhost->replaced : vhost->certs, tlsg_vhost_cert_t) =
                APR_ARRAY_IDX(all, i, tlsg_vhost_cert_t);
        }
    }
}
