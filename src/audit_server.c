/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_server.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <openssl/txt_db.h>

#include "fault.h"
#include "ossl.h"
#include "pemfile.h"
#include "text.h"

/* ---- Caches --------------------------------------------------------------------------------- */

/* Directories that the system makes anew at each boot: missing now says nothing about the start. */
static int is_volatile(const char *path)
{
    static const char *const places[] = { "/run/", "/var/run/", "/var/lock/", "/dev/shm/" };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strncmp(path, places[i], strlen(places[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

/* mod_socache_dbm makes the file, not its directory. */
static void check_dbm(tlsg_model_t *model, const tlsg_directive_t *line, const char *file)
{
    apr_pool_t *pool = model->pool;
    const char *path = tlsg_model_path(model, file);
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) {
        return;
    }
    const char *directory = apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, directory, APR_FINFO_TYPE, pool);
    if (!APR_STATUS_IS_ENOENT(status) && !APR_STATUS_IS_ENOTDIR(status)) {
        return;
    }
    if (is_volatile(path)) {
        tlsg_fault_add(pool, model->main, "cache-unknown", line,
                       apr_pstrcat(pool, directory, " is not there now", NULL));
        return;
    }
    tlsg_fault_add(pool, model->main, "cache", line,
                   apr_pstrcat(pool, "there is no directory ", directory, NULL));
}

/* mod_socache_memcache and mod_socache_redis parse the addresses at start; they resolve no name. */
static void check_servers(tlsg_model_t *model, const tlsg_directive_t *line, const char *list)
{
    apr_pool_t *pool = model->pool;
    char *last = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, list), ",", &last);
    for (; word != NULL; word = apr_strtok(NULL, ",", &last)) {
        char *host = NULL;
        char *scope = NULL;
        apr_port_t port = 0;
        if (apr_parse_addr_port(&host, &scope, &port, word, pool) != APR_SUCCESS || host == NULL) {
            tlsg_fault_add(pool, model->main, "cache", line,
                           apr_psprintf(pool, "\"%s\" is no address of a cache server", word));
        }
    }
}

static void check_cache(tlsg_model_t *model, tlsg_ssl_directive_t which)
{
    const tlsg_directive_t *line = model->main->ssl.set[which];
    const char *colon = line != NULL && line->argc > 0 ? strchr(line->argv[0], ':') : NULL;
    if (colon == NULL || colon[1] == '\0') {
        return;
    }
    if (tlsg_text_has_prefix_nocase(line->argv[0], "dbm:")) {
        check_dbm(model, line, colon + 1);
    }
    else if (tlsg_text_has_prefix_nocase(line->argv[0], "memcache:") ||
             tlsg_text_has_prefix_nocase(line->argv[0], "redis:")) {
        check_servers(model, line, colon + 1);
    }
}

/* ---- Randomness ----------------------------------------------------------------------------- */

/* The device without an end that the line reads to its end; NULL when it does not. */
static const char *endless_source(const tlsg_model_t *model, const tlsg_directive_t *line)
{
    static const char *const devices[] = { "/dev/urandom", "/dev/random", "/dev/zero",
                                           "/dev/full" };
    if (line->argc < 2 || (line->argc > 2 && strtol(line->argv[2], NULL, 10) > 0)) {
        return NULL;
    }
    const char *source = line->argv[1];
    if (tlsg_text_has_prefix_nocase(source, "file:")) {
        source += sizeof "file:" - 1;
    }
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        apr_finfo_t info;
        if (strcmp(source, devices[i]) == 0 &&
            apr_stat(&info, source, APR_FINFO_TYPE, model->pool) == APR_SUCCESS &&
            info.filetype == APR_CHR) {
            return devices[i];
        }
    }
    return NULL;
}

static void check_seeds(tlsg_model_t *model)
{
    const apr_array_header_t *list = model->main->directives;
    for (int i = 0; i < list->nelts; i++) {
        const tlsg_directive_t *line = APR_ARRAY_IDX(list, i, const tlsg_directive_t *);
        if (!tlsg_text_eq_nocase(line->name, "SSLRandomSeed")) {
            continue;
        }
        const char *device = endless_source(model, line);
        if (device != NULL) {
            int at_start = tlsg_text_eq_nocase(line->argv[0], "startup");
            tlsg_fault_add(model->pool, model->main, at_start ? "seed-startup" : "seed-connect",
                           line, device);
        }
    }
}

/* ---- SRP ------------------------------------------------------------------------------------ */

#define SRP_FIELDS 6 /* DB_NUMBER of openssl/srp.h: fields of a line of the verifier file */

static void check_srp(tlsg_model_t *model, tlsg_vhost_t *vhost)
{
    apr_pool_t *pool = model->pool;
    const tlsg_directive_t *line = vhost->ssl.set[TLSG_SSLSRPVerifierFile];
    if (line == NULL || line->argc == 0) {
        return;
    }
    const char *path = tlsg_model_path(model, line->argv[0]);
    apr_pool_t *scratch;
    apr_pool_create(&scratch, pool);
    const tlsg_pemfile_t *file = tlsg_pemfile_read(scratch, path);
    if (file->status != TLSG_PEMFILE_OK) {
        tlsg_fault_add(pool, vhost, "srp-unknown", line, file->problem);
        apr_pool_destroy(scratch);
        return;
    }
    BIO *bio = BIO_new_mem_buf(file->data, (int)file->size);
    TXT_DB *table = bio != NULL ? TXT_DB_read(bio, SRP_FIELDS) : NULL;
    if (bio != NULL && table == NULL) {
        tlsg_fault_add(pool, vhost, "srp", line,
                       apr_pstrcat(pool, path, ": is no SRP verifier file (AH02310)", NULL));
    }
    TXT_DB_free(table);
    BIO_free(bio);
    apr_pool_destroy(scratch);
    tlsg_ossl_clear();
}

void tlsg_audit_server(tlsg_model_t *model)
{
    if (!tlsg_model_has_module(model, "mod_ssl.c")) {
        return;
    }
    check_cache(model, TLSG_SSLSessionCache);
    check_cache(model, TLSG_SSLStaplingCache);
    check_seeds(model);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, tlsg_vhost_t *);
        if (tlsg_vhost_is_tls(vhost)) {
            check_srp(model, vhost);
        }
    }
}
