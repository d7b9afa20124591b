/* SPDX-License-Identifier: Apache-2.0 */
#include "stapling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "certfile.h"
#include "chain.h"
#include "text.h"

typedef struct md_t {
    const tlsg_vhost_t *vhost;
    int staples; /* MDStapling on */
    int others;  /* MDStapleOthers: certificates that are not mod_md's too */
} md_t;

/* A line inside <MDomainSet> counts for the domains of that container only. */
static int is_for(const tlsg_vhost_t *vhost, const tlsg_section_t *section)
{
    if (section == NULL || !tlsg_text_has_prefix_nocase(section->kind, "mdomain")) {
        return 1;
    }
    return vhost->managed != NULL && vhost->managed->origin.line == section->origin.line &&
           vhost->managed->origin.file != NULL && section->origin.file != NULL &&
           strcmp(vhost->managed->origin.file, section->origin.file) == 0;
}

static int see_md(void *baton, const tlsg_directive_t *directive, int is_own)
{
    md_t *md = baton;
    (void)is_own;
    int is_md = directive->name[0] == 'M' || directive->name[0] == 'm';
    if (!is_md || directive->argc == 0 || !is_for(md->vhost, directive->section)) {
        return 0;
    }
    if (tlsg_text_eq_nocase(directive->name, "MDStapling")) {
        md->staples = tlsg_text_eq_nocase(directive->argv[0], "on");
    }
    if (tlsg_text_eq_nocase(directive->name, "MDStapleOthers")) {
        md->others = tlsg_text_eq_nocase(directive->argv[0], "on");
    }
    return 0;
}

tlsg_stapler_t tlsg_stapling_by(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    md_t md = { .vhost = vhost, .others = 1 }; /* MDStapleOthers is on by default */
    if (tlsg_model_has_module(model, "mod_md.c")) {
        tlsg_vhost_walk(model, vhost, NULL, see_md, &md);
    }
    if (md.staples && (md.others || vhost->managed != NULL)) {
        return TLSG_STAPLER_MOD_MD;
    }
    if (tlsg_vhost_setting_is_on(vhost, TLSG_SSLUseStapling, 0)) {
        return TLSG_STAPLER_MOD_SSL;
    }
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    return effective != NULL && effective->status_callback ? TLSG_STAPLER_OTHER : TLSG_STAPLER_NONE;
}

int tlsg_stapling_has_responder(const tlsg_vhost_t *vhost, const tlsg_vhost_cert_t *cert)
{
    return vhost->ssl.set[TLSG_SSLStaplingForceURL] != NULL || cert->file->leaf->ocsp_count > 0;
}

/* ---- mod_ssl's cache ------------------------------------------------------------------------- */

/* How mod_socache_shmcb divides its memory, measured with httpd 2.4.71 (it prints the numbers at
 * start, AH00822): the bytes behind the header make one place for each 1520 (mod_ssl announces
 * responses of 1500 bytes and names of 20); the places are shared out among a power of two of
 * parts, so many that each has at least twice as many places as there are parts. A part with all
 * places taken drops its oldest response, whatever memory is left. */
#define SHMCB_HEADER_BYTES 88
#define SHMCB_PLACE_BYTES (1500 + 20)
#define SHMCB_PARTS_MAX 256
#define SHMCB_DEFAULT_BYTES (512L * 1024) /* without "(BYTES)" */
#define SHMCB_LEAST_BYTES 8192L           /* mod_socache_shmcb refuses less */

static long places_of(long bytes)
{
    long places = (bytes - SHMCB_HEADER_BYTES) / SHMCB_PLACE_BYTES;
    long parts = SHMCB_PARTS_MAX;
    while (parts > 1 && places / parts < 2 * parts) {
        parts /= 2;
    }
    return places / parts * parts;
}

long tlsg_stapling_cache_room(const char *cache)
{
    static const char provider[] = "shmcb";
    size_t len = sizeof(provider) - 1;
    if (!tlsg_text_has_prefix_nocase(cache, provider) ||
        (cache[len] != '\0' && cache[len] != ':')) {
        return 0; /* on disk or elsewhere: no limit that is known here */
    }
    const char *size = strrchr(cache, '(');
    if (size == NULL) {
        return places_of(SHMCB_DEFAULT_BYTES);
    }
    char *end = NULL;
    errno = 0;
    long bytes = strtol(size + 1, &end, 10);
    return errno == 0 && *end == ')' && bytes >= SHMCB_LEAST_BYTES ? places_of(bytes) : 0;
}

long tlsg_stapling_cache_bytes(long count)
{
    long bytes = SHMCB_LEAST_BYTES;
    /* Responses are not spread evenly over the parts: twice the room. */
    while (places_of(bytes) < 2 * count) {
        bytes *= 2;
    }
    return bytes;
}

int tlsg_stapling_cached(apr_pool_t *pool, const tlsg_model_t *model)
{
    apr_hash_t *seen = apr_hash_make(pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        if (!tlsg_vhost_serves_tls(vhost) ||
            tlsg_stapling_by(model, vhost) != TLSG_STAPLER_MOD_SSL) {
            continue;
        }
        for (int i = 0; i < vhost->certs->nelts; i++) {
            const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
            if (cert->file != NULL && cert->file->leaf != NULL && cert->chain != NULL &&
                cert->chain->issuer != NULL && tlsg_stapling_has_responder(vhost, cert)) {
                apr_hash_set(seen, cert->file->leaf->sha256, sizeof cert->file->leaf->sha256, cert);
            }
        }
    }
    return (int)apr_hash_count(seen);
}
