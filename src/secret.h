/* SPDX-License-Identifier: Apache-2.0 */
/* Who can read a secret file: a private key or a session ticket key. Looks at mode bits only; ACLs
 * and mandatory access control are not considered. Never opens the file. */
#ifndef TLSG_SECRET_H
#define TLSG_SECRET_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct tlsg_secret_t {
    const char *path;      /* as named */
    const char *real_path; /* symbolic links resolved; NULL when that failed */
    const char
        *problem; /* why nothing is known: "path: No such file or directory"; NULL otherwise */
    int is_regular;
    long long size; /* bytes */
    unsigned mode;  /* permission bits, 07777 */
    unsigned uid;
    unsigned gid;
    const char *group; /* its name, NULL when it has none */
    apr_time_t mtime;
    int group_readable; /* effectively: the file's mode and the way through every directory above it
                         */
    int other_readable;
    int group_writable; /* likewise, of the file itself */
    int other_writable;
    const char *shield; /* directory that stops those whom the file's own mode would let in, NULL */
} tlsg_secret_t;

/* Judges the file behind `path`. Never NULL. */
const tlsg_secret_t *tlsg_secret_judge(apr_pool_t *pool, const char *path);

#endif
