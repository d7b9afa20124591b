/* SPDX-License-Identifier: Apache-2.0 */
/* Who staples OCSP responses for a virtual host, whether that can work with its certificates, and
 * what mod_ssl's cache holds. The one place that knows mod_ssl's and mod_md's settings together;
 * rules, the checklist and the report ask here. */
#ifndef TLSG_STAPLING_H
#define TLSG_STAPLING_H

#include "model.h"

typedef enum tlsg_stapler_t {
    TLSG_STAPLER_NONE = 0,
    TLSG_STAPLER_MOD_SSL, /* SSLUseStapling */
    TLSG_STAPLER_MOD_MD,  /* MDStapling; it is asked before mod_ssl */
    TLSG_STAPLER_OTHER,   /* another module's callback, seen at start only */
} tlsg_stapler_t;

tlsg_stapler_t tlsg_stapling_by(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* 1 when the certificate (read) names an OCSP responder, or SSLStaplingForceURL stands in for
 * one. */
int tlsg_stapling_has_responder(const tlsg_vhost_t *vhost, const tlsg_vhost_cert_t *cert);

/* Number of responses that fit into SSLStaplingCache at most, however small they are; 0 when the
 * value sets no limit or cannot be read. `cache` is the directive's word, "shmcb:PATH(BYTES)". */
long tlsg_stapling_cache_room(const char *cache);

/* Bytes of a cache in which `count` responses fit with room to spare. */
long tlsg_stapling_cache_bytes(long count);

/* Number of distinct certificates whose responses mod_ssl keeps in its cache, as far as they are
 * known. `pool` for scratch. */
int tlsg_stapling_cached(apr_pool_t *pool, const tlsg_model_t *model);

#endif
