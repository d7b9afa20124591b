/* SPDX-License-Identifier: Apache-2.0 */
/* A whole input in memory that is wiped when it is let go, because it may hold a private key.
 * Never in a pool, never through stdio, whose buffers nobody wipes. */
#ifndef TLSG_CLI_BYTES_H
#define TLSG_CLI_BYTES_H

#include <stddef.h>

#include <apr_pools.h>

typedef struct {
    unsigned char *data; /* one more byte than `len` is there, and it is 0 */
    size_t len;
    size_t room;
} tlsg_cli_bytes_t;

/* Reads a file, or standard input for "-". Pipes (shell process substitution) are read while they
 * deliver; a named pipe that nobody writes to is an empty input, and silence of 30 s is an error.
 * Returns 1, or 0 with the reason in *err (pool) and nothing to wipe. */
int tlsg_cli_bytes_read(tlsg_cli_bytes_t *bytes, apr_pool_t *pool, const char *path,
                        const char **err);

/* Wipes and frees. A zeroed structure is allowed. */
void tlsg_cli_bytes_wipe(tlsg_cli_bytes_t *bytes);

#endif
