/* SPDX-License-Identifier: Apache-2.0 */
/* A memory pool for much data. APR asks the system for 8 kB at a time and gives each piece back on
 * its own, which for ten thousand virtual hosts takes longer than judging them. */
#ifndef TLSG_POOL_H
#define TLSG_POOL_H

#include <apr_pools.h>

/* A pool below `parent`, cleared with it, that asks for memory in large pieces and is ready for
 * about `bytes`; more is found the usual way. Returns `parent` itself when memory is short. Not
 * for use by several threads at a time. */
apr_pool_t *tlsg_pool_make(apr_pool_t *parent, apr_size_t bytes);

#endif
