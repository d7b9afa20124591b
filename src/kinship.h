/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of different owners with one private key. Who owns a certificate is guessed from its
 * names, generously: what might belong together is taken to belong together. Configuration time. */
#ifndef TLSG_KINSHIP_H
#define TLSG_KINSHIP_H

#include "model.h"

/* A virtual host that uses a certificate with the key. */
typedef struct tlsg_key_use_t {
    const tlsg_vhost_t *vhost;
    const tlsg_vhost_cert_t *cert;
} tlsg_key_use_t;

/* One key behind certificates that nothing connects. */
typedef struct tlsg_shared_key_t {
    const char *pin;          /* of the key */
    apr_array_header_t *uses; /* tlsg_key_use_t, in configuration order */
    apr_array_header_t *owners; /* const tlsg_key_use_t *: the first use by each of two or more */
} tlsg_shared_key_t;

/* The keys (tlsg_shared_key_t) that certificates of different owners share, over all virtual hosts
 * that serve TLS and are judged. Two certificates are of one owner when they are the same, when a
 * virtual host uses both, when their names or those of their virtual hosts share the label before
 * the top-level domain (example in www.example.com and shop.example.net), or when their subjects
 * name the same organization. Certificates without a public name are left out. In `pool`. */
apr_array_header_t *tlsg_kinship_shared_keys(apr_pool_t *pool, const tlsg_model_t *model);

#endif
