/* SPDX-License-Identifier: Apache-2.0 */
/* The bracketed flags of RewriteRule and RewriteCond. Pure. */
#ifndef TLSG_REWRITE_H
#define TLSG_REWRITE_H

#include <apr_pools.h>

/* Value of a flag in "[L,R=301,E=x:y]" by its short or long name (any case): "" for one without
 * a value, NULL when it is not there. `flags` may be NULL. In `pool`. */
const char *tlsg_rewrite_flag(apr_pool_t *pool, const char *flags, const char *name,
                              const char *long_name);

/* i-th value of a flag that may be repeated (E, CO), NULL after the last. */
const char *tlsg_rewrite_flag_at(apr_pool_t *pool, const char *flags, const char *name,
                                 const char *long_name, int i);

#endif
