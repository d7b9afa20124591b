/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_errno.h>
#include <apr_strings.h>

/* Who gets through to a file. */
typedef struct passage_t {
    int group;          /* members of the file's group reach it */
    int other;          /* everybody reaches it */
    const char *shield; /* first directory that stopped somebody the file would let in */
} passage_t;

/* Takes from `passage` whom the directory `dir` stops: search permission is what counts, not
 * listing. */
static void pass_directory(apr_pool_t *pool, passage_t *passage, const char *dir, gid_t group)
{
    struct stat st;
    if (stat(dir, &st) != 0) {
        return; /* we cannot look, so nobody is said to be stopped */
    }
    int group_passes =
        st.st_gid == group ? (st.st_mode & S_IXGRP) != 0 : (st.st_mode & S_IXOTH) != 0;
    int other_passes = (st.st_mode & S_IXOTH) != 0;
    int stops = (passage->group && !group_passes) || (passage->other && !other_passes);
    if (stops && passage->shield == NULL) {
        passage->shield = apr_pstrdup(pool, dir);
    }
    passage->group &= group_passes;
    passage->other &= other_passes;
}

/* Walks from the root to the directory of `real_path`. */
static passage_t walk(apr_pool_t *pool, const char *real_path, const struct stat *file)
{
    passage_t passage = {
        .group = (file->st_mode & (S_IRGRP | S_IWGRP)) != 0,
        .other = (file->st_mode & (S_IROTH | S_IWOTH)) != 0,
    };
    pass_directory(pool, &passage, "/", file->st_gid);
    for (const char *slash = strchr(real_path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        const char *dir = apr_pstrmemdup(pool, real_path, (apr_size_t)(slash - real_path));
        pass_directory(pool, &passage, dir, file->st_gid);
    }
    return passage;
}

static const char *group_name(apr_pool_t *pool, gid_t gid)
{
    char buffer[16384]; /* bytes; a group with a thousand members fits */
    struct group entry;
    struct group *found = NULL;
    if (getgrgid_r(gid, &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL) {
        return NULL;
    }
    return apr_pstrdup(pool, found->gr_name);
}

const tlsg_secret_t *tlsg_secret_judge(apr_pool_t *pool, const char *path)
{
    tlsg_secret_t *secret = apr_pcalloc(pool, sizeof(*secret));
    struct stat st;
    secret->path = apr_pstrdup(pool, path);
    char *real = realpath(path, NULL);
    if (real == NULL || stat(real, &st) != 0) {
        char text[128]; /* bytes; strerror()'s longest text is half of that */
        secret->problem =
            apr_psprintf(pool, "%s: %s", path, apr_strerror(errno, text, sizeof(text)));
        free(real);
        return secret;
    }
    secret->real_path = apr_pstrdup(pool, real);
    free(real);
    secret->is_regular = S_ISREG(st.st_mode);
    secret->size = (long long)st.st_size;
    secret->mode = st.st_mode & 07777U;
    secret->uid = st.st_uid;
    secret->gid = st.st_gid;
    secret->group = group_name(pool, st.st_gid);
    secret->mtime = apr_time_from_sec(st.st_mtime);

    passage_t passage = walk(pool, secret->real_path, &st);
    secret->group_readable = passage.group && (st.st_mode & S_IRGRP) != 0;
    secret->other_readable = passage.other && (st.st_mode & S_IROTH) != 0;
    secret->group_writable = passage.group && (st.st_mode & S_IWGRP) != 0;
    secret->other_writable = passage.other && (st.st_mode & S_IWOTH) != 0;
    secret->shield = passage.shield;
    return secret;
}
