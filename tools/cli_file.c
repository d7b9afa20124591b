/* SPDX-License-Identifier: Apache-2.0 */
/* The part of cli.h that writes files: whole or not at all, whatever interrupts. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#define NAME_ATTEMPTS 16 /* random names tried; a second try is already all but impossible */

static int fail(apr_pool_t *pool, const char **err, const char *what)
{
    *err = apr_pstrcat(pool, what, ": ", strerror(errno), NULL);
    return 0;
}

static const char *directory_of(apr_pool_t *pool, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return ".";
    }
    return slash == path ? "/" : apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));
}

/* Looks at what is there now. Returns 1 and sets *exists (then *now is filled), or 0 with *err. */
static int look(apr_pool_t *pool, const char *path, unsigned flags, int *exists, struct stat *now,
                const char **err)
{
    *exists = lstat(path, now) == 0;
    if (!*exists) {
        return errno == ENOENT ? 1 : fail(pool, err, "cannot be written");
    }
    if ((flags & TLSG_CLI_NEW_ONLY) != 0) {
        *err = "exists already and is never overwritten";
        return 0;
    }
    if (!S_ISREG(now->st_mode)) {
        *err = S_ISLNK(now->st_mode)   ? "is a symbolic link; name the file it points to"
               : S_ISDIR(now->st_mode) ? "is a directory"
                                       : "is not a regular file";
        return 0;
    }
    return 1;
}

/* tlsg_cli_can_write() that also tells what is there now. */
static int check(apr_pool_t *pool, const char *path, unsigned flags, int *exists, struct stat *now,
                 const char **err)
{
    if (path[0] == '\0' || path[strlen(path) - 1] == '/') {
        *err = "is not the name of a file";
        return 0;
    }
    if (!look(pool, path, flags, exists, now, err)) {
        return 0;
    }
    const char *dir = directory_of(pool, path);
    if (access(dir, W_OK | X_OK) != 0) {
        return fail(pool, err, apr_pstrcat(pool, "directory ", dir, NULL));
    }
    return 1;
}

int tlsg_cli_can_write(apr_pool_t *pool, const char *path, unsigned flags, const char **err)
{
    struct stat now;
    int exists;
    return check(pool, path, flags, &exists, &now, err);
}

/* Opens a new file beside `path`, for its owner only until it is complete. Returns the
 * descriptor and the name in *temp, or -1 with errno. */
static int open_beside(apr_pool_t *pool, const char *path, const char **temp)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv"; /* 32: five bits a byte */
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        unsigned char random[12];
        char suffix[sizeof random + 1];
        if (apr_generate_random_bytes(random, sizeof random) != APR_SUCCESS) {
            errno = EIO;
            return -1;
        }
        for (size_t i = 0; i < sizeof random; i++) {
            suffix[i] = digits[random[i] & 31];
        }
        suffix[sizeof random] = '\0';
        *temp = apr_pstrcat(pool, directory_of(pool, path), "/.tlsguard-", suffix, NULL);
        int fd = open(*temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return 0;
        }
        bytes += n;
        len -= (size_t)n;
    }
    return 1;
}

/* Gives the finished file its name. link() is the one call that never replaces; file systems
 * without hard links get a check right before the rename instead. */
static int put_in_place(const char *temp, const char *path, unsigned flags)
{
    if ((flags & TLSG_CLI_NEW_ONLY) == 0) {
        return rename(temp, path) == 0;
    }
    if (link(temp, path) == 0) {
        return unlink(temp) == 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) {
        return 0;
    }
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return 0;
    }
    return rename(temp, path) == 0;
}

/* The new name must survive a power failure as well as the bytes do. A directory that cannot be
 * opened or synced (some network file systems) is no reason to call the file unwritten. */
static void sync_directory(apr_pool_t *pool, const char *path)
{
    int fd = open(directory_of(pool, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

/* The steps between creation and the final name, in order; errno tells what failed. */
static int fill(int fd, const void *bytes, size_t len, mode_t mode, const struct stat *replaced)
{
    struct stat own;
    if (!write_all(fd, bytes, len)) {
        return 0;
    }
    if (replaced != NULL) {
        if (fstat(fd, &own) != 0) {
            return 0;
        }
        if ((own.st_uid != replaced->st_uid || own.st_gid != replaced->st_gid) &&
            fchown(fd, replaced->st_uid, replaced->st_gid) != 0) {
            return 0;
        }
    }
    return fchmod(fd, mode) == 0 && fsync(fd) == 0;
}

/* The signals that end a program from outside. */
static void hold_signals(sigset_t *before)
{
    static const int interrupting[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGALRM };
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof interrupting / sizeof interrupting[0]; i++) {
        sigaddset(&held, interrupting[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, before);
}

/* Fills the open temporary file and gives it its name. Returns 1, or 0 with errno; closes `fd`. */
static int finish(int fd, const char *temp, const char *path, const void *bytes, size_t len,
                  mode_t mode, unsigned flags, const struct stat *replaced)
{
    int done = fill(fd, bytes, len, mode, replaced);
    int why = errno;
    if (close(fd) != 0 && done) {
        why = errno;
        done = 0;
    }
    if (done && !put_in_place(temp, path, flags)) {
        why = errno;
        done = 0;
    }
    if (!done) {
        (void)unlink(temp);
    }
    errno = why;
    return done;
}

int tlsg_cli_write(apr_pool_t *pool, const char *path, const void *bytes, size_t len, mode_t mode,
                   unsigned flags, const char **err)
{
    struct stat now;
    sigset_t before;
    int exists;
    const char *temp = NULL;

    if (!check(pool, path, flags, &exists, &now, err)) {
        return 0;
    }
    if (exists && (flags & TLSG_CLI_KEEP_MODE) != 0) {
        mode = now.st_mode & 07777;
    }
    hold_signals(&before);
    int fd = open_beside(pool, path, &temp);
    int done = fd >= 0 && finish(fd, temp, path, bytes, len, mode, flags, exists ? &now : NULL);
    if (done) {
        sync_directory(pool, path);
    }
    else {
        fail(pool, err, "cannot be written");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}
