/* SPDX-License-Identifier: Apache-2.0 */
/* Everything the module knows to say about itself, as documents: the rules as text, as an index of the
 * manual and as JSON; the directives as a page of the manual. */
#ifndef TLSG_CATALOGUE_H
#define TLSG_CATALOGUE_H

#include <apr_pools.h>

/* All rules, explained one after the other for a terminal (-D DUMP_TLSGUARD_RULES), in `pool`. */
const char *tlsg_catalogue_text(apr_pool_t *pool);

/* docs/rules/index.md, in `pool`. */
const char *tlsg_catalogue_index(apr_pool_t *pool);

/* docs/directives.md, in `pool`: the simple directives of settings.def. */
const char *tlsg_catalogue_directives(apr_pool_t *pool);

/* conf/tlsguard.conf, in `pool`: every directive of settings.def, commented out at its default. */
const char *tlsg_catalogue_conf(apr_pool_t *pool);

/* One JSON document, schema "tlsguard-rules/1", in `pool`. NULL when memory ran out. */
const char *tlsg_catalogue_json(apr_pool_t *pool);

#endif
