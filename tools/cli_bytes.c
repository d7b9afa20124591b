/* SPDX-License-Identifier: Apache-2.0 */
#include "cli_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#define FIRST_ROOM 8192U          /* bytes; a key or a short chain in one read */
#define INPUT_MAX (64U << 20)     /* bytes; some 30,000 certificates, more is not a key file */
#define SILENCE_LIMIT (30 * 1000) /* milliseconds; long enough for a slow ssh behind a pipe */

static int failed(apr_pool_t *pool, const char **err)
{
    *err = apr_pstrdup(pool, strerror(errno));
    return 0;
}

static int grow(tlsg_cli_bytes_t *bytes)
{
    size_t room = bytes->room == 0 ? FIRST_ROOM : bytes->room * 2;
    unsigned char *data = OPENSSL_clear_realloc(bytes->data, bytes->room, room);
    if (data == NULL) {
        return 0;
    }
    bytes->data = data;
    bytes->room = room;
    return 1;
}

/* Waits until there is something to read. Regular files always are. */
static int wait_for(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int n;
    do {
        n = poll(&p, 1, SILENCE_LIMIT);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        errno = ETIMEDOUT;
    }
    return n > 0;
}

static int read_all(int fd, tlsg_cli_bytes_t *bytes, apr_pool_t *pool, const char **err)
{
    for (;;) {
        if (bytes->len + 1 >= bytes->room && !grow(bytes)) {
            *err = "out of memory";
            return 0;
        }
        ssize_t n = read(fd, bytes->data + bytes->len, bytes->room - bytes->len - 1);
        if (n == 0) {
            bytes->data[bytes->len] = 0;
            return 1;
        }
        if (n < 0 && errno == EAGAIN && wait_for(fd)) {
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return failed(pool, err);
        }
        bytes->len += (size_t)n;
        if (bytes->len > INPUT_MAX) {
            *err = "larger than 64 MB: no input for this program";
            return 0;
        }
    }
}

int tlsg_cli_bytes_read(tlsg_cli_bytes_t *bytes, apr_pool_t *pool, const char *path,
                        const char **err)
{
    struct stat info;
    int from_stdin = strcmp(path, "-") == 0;
    memset(bytes, 0, sizeof *bytes);
    /* Without O_NONBLOCK a named pipe would hold the program in open() until someone writes. */
    int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return failed(pool, err);
    }
    int done = 0;
    if (fstat(fd, &info) != 0) {
        failed(pool, err);
    }
    else if (S_ISDIR(info.st_mode)) {
        *err = "is a directory";
    }
    else {
        done = read_all(fd, bytes, pool, err);
    }
    if (!from_stdin) {
        (void)close(fd);
    }
    if (done && bytes->len == 0) {
        *err = S_ISFIFO(info.st_mode) ? "is empty: a pipe without a writer" : "is empty";
        done = 0;
    }
    if (!done) {
        tlsg_cli_bytes_wipe(bytes);
    }
    return done;
}

void tlsg_cli_bytes_wipe(tlsg_cli_bytes_t *bytes)
{
    OPENSSL_clear_free(bytes->data, bytes->room);
    memset(bytes, 0, sizeof *bytes);
}
