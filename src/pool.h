/* SPDX-License-Identifier: Apache-2.0 */
/* A memory pool for much data in a process that is about to end, as after `httpd -t`. Giving
 * memory back in APR's 8 kB steps takes longer than judging ten thousand virtual hosts. */
#ifndef TLSG_POOL_H
#define TLSG_POOL_H

#include <apr_pools.h>

/* A pool that is cleared, cleanups included, when `parent` is, and whose memory goes back to the
 * system when the process ends: not for what happens more than once in a process. It is ready for
 * about `bytes`; more is found the usual way. Returns `parent` itself when memory is short. Not
 * for use by several threads at a time. */
apr_pool_t *tlsg_pool_make_last(apr_pool_t *parent, apr_size_t bytes);

#endif
