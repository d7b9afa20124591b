/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the free list of an allocator with the largest pieces it keeps by size: a pool that needs
 * more takes the whole piece, whatever it asked for. */
#include "pool.h"

#include <apr_allocator.h>

#define PIECE_BYTES 81920 /* 20 pages of 4 kB: what is larger, APR gives only to large requests */
#define HEAD_BYTES 64     /* room for APR's head of a piece, which needs 40 */

static void prime(apr_allocator_t *allocator, apr_size_t bytes)
{
    apr_memnode_t *pieces = NULL;
    for (apr_size_t got = 0; got < bytes; got += PIECE_BYTES) {
        apr_memnode_t *piece = apr_allocator_alloc(allocator, PIECE_BYTES - HEAD_BYTES);
        if (piece == NULL) {
            break;
        }
        piece->next = pieces;
        pieces = piece;
    }
    if (pieces != NULL) {
        apr_allocator_free(allocator, pieces);
    }
}

static apr_status_t clear(void *pool)
{
    apr_pool_clear(pool);
    return APR_SUCCESS;
}

apr_pool_t *tlsg_pool_make_last(apr_pool_t *parent, apr_size_t bytes)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;
    if (apr_allocator_create(&allocator) != APR_SUCCESS) {
        return parent;
    }
    if (apr_pool_create_unmanaged_ex(&pool, apr_pool_abort_get(parent), allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return parent;
    }
    apr_pool_tag(pool, "tlsguard");
    apr_pool_cleanup_register(parent, pool, clear, apr_pool_cleanup_null);
    prime(allocator, bytes);
    return pool;
}
