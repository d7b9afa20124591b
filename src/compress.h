/* SPDX-License-Identifier: Apache-2.0 */
/* Whether mod_deflate or mod_brotli compress documents that a virtual host sends over TLS, and
 * what keeps them from it (BREACH, CVE-2013-3587). Reads the const model only; judges nothing.
 * Configuration time. */
#ifndef TLSG_COMPRESS_H
#define TLSG_COMPRESS_H

#include "header_answer.h"

typedef struct tlsg_compress_t {
    const tlsg_directive_t *html;   /* a line that compresses documents here; NULL when none does */
    const tlsg_directive_t *shut;   /* the line that keeps filters from documents; NULL */
    const tlsg_directive_t *gated;  /* it does so where a secret is likely (Cookie, Origin); NULL */
    const tlsg_directive_t *partly; /* an exclusion that leaves documents compressed; NULL */
    const tlsg_directive_t *backend; /* the line that brings in content from elsewhere; NULL */
    int backend_is_asked_plain;      /* Accept-Encoding is taken off before the backend sees it */
} tlsg_compress_t;

/* Never NULL; lives as long as the model's pool and is worked out once. */
const tlsg_compress_t *tlsg_compress_find(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* For the checklist. Ok: documents are not compressed over TLS, or only where they cannot hold a
 * secret. */
tlsg_answer_t tlsg_compress_answer(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

#endif
