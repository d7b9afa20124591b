/* SPDX-License-Identifier: Apache-2.0 */
/* Finds joined lines as httpd's reader joins them: a line that ends in a backslash right before
 * its line end takes the next one, comments included, and an escaped backslash makes no
 * difference. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>

#define FILE_MAX (64L * 1024 * 1024) /* bytes; 10,000 virtual hosts of 60 lines need 30 MB */
#define CHUNK 32768                  /* bytes a read */

/* A directive of several physical lines. */
typedef struct joined_t {
    int last;
    int first;
} joined_t;

typedef struct file_t {
    const char *path;
    apr_array_header_t *joined; /* joined_t, ascending */
} file_t;

struct tlsg_places_t {
    apr_pool_t *pool;
    apr_hash_t *files;  /* path -> const file_t * */
    const file_t *last; /* the one asked for last: many questions in a row are about one */
};

/* What is known between two bytes of a file. */
typedef struct scan_t {
    apr_array_header_t *joined;
    int line;            /* current physical line, from 1 */
    int first;           /* first line of the directive with something on it, 0: none yet */
    int is_joined;       /* the directive has taken at least one line end */
    int after_backslash; /* the last byte, a final CR aside, is a backslash */
    int after_cr;        /* a CR that may belong to the line end */
} scan_t;

tlsg_places_t *tlsg_places_make(apr_pool_t *pool)
{
    tlsg_places_t *places = apr_pcalloc(pool, sizeof *places);
    places->pool = pool;
    places->files = apr_hash_make(pool);
    return places;
}

static void end_directive(scan_t *scan)
{
    if (scan->is_joined && scan->first != 0 && scan->first != scan->line) {
        joined_t *joined = apr_array_push(scan->joined);
        joined->last = scan->line;
        joined->first = scan->first;
    }
    scan->first = 0;
    scan->is_joined = 0;
}

static void end_line(scan_t *scan)
{
    if (scan->after_backslash) {
        scan->is_joined = 1;
    }
    else {
        end_directive(scan);
    }
    scan->line++;
    scan->after_backslash = 0;
    scan->after_cr = 0;
}

static void take_byte(scan_t *scan, char c)
{
    if (c == '\n') {
        end_line(scan);
        return;
    }
    if (c == '\r' && !scan->after_cr) {
        scan->after_cr = 1;
        return;
    }
    /* Only a CR directly before the LF is part of the line end. */
    if (scan->after_cr) {
        scan->after_cr = c == '\r';
        scan->after_backslash = 0;
    }
    if (scan->after_backslash || (c != '\\' && c != ' ' && c != '\t')) {
        scan->first = scan->first != 0 ? scan->first : scan->line;
    }
    scan->after_backslash = c == '\\';
}

static void scan_file(const char *path, scan_t *scan)
{
    struct stat status;
    char chunk[CHUNK];
    /* O_NONBLOCK: opening a FIFO without a writer would wait for ever. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_MAX) {
        goto out;
    }
    for (long total = 0; total <= FILE_MAX;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        for (ssize_t i = 0; i < n; i++) {
            take_byte(scan, chunk[i]);
        }
        total += (long)n;
    }
    /* A last line that asks for one more: httpd counts the end of the file as that line. */
    end_directive(scan);
out:
    close(fd);
}

static const apr_array_header_t *joined_lines(tlsg_places_t *places, const char *path)
{
    if (places->last != NULL && strcmp(places->last->path, path) == 0) {
        return places->last->joined;
    }
    file_t *file = apr_hash_get(places->files, path, APR_HASH_KEY_STRING);
    if (file == NULL) {
        scan_t scan = { .line = 1 };
        file = apr_palloc(places->pool, sizeof *file);
        file->path = apr_pstrdup(places->pool, path);
        file->joined = scan.joined = apr_array_make(places->pool, 4, sizeof(joined_t));
        scan_file(path, &scan);
        apr_hash_set(places->files, file->path, APR_HASH_KEY_STRING, file);
    }
    places->last = file;
    return file->joined;
}

int tlsg_place_first_line(tlsg_places_t *places, const char *file, int line)
{
    if (file == NULL || file[0] != '/') { /* "-C/-c directives" is no file */
        return line;
    }
    const apr_array_header_t *joined = joined_lines(places, file);
    int low = 0;
    int high = joined->nelts;
    while (low < high) {
        int middle = low + (high - low) / 2;
        const joined_t *entry = &APR_ARRAY_IDX(joined, middle, joined_t);
        if (entry->last == line) {
            return entry->first;
        }
        if (entry->last < line) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return line;
}

const char *tlsg_place_relative(const char *file, const char *base)
{
    size_t len = base != NULL ? strlen(base) : 0;
    while (len > 0 && base[len - 1] == '/') {
        len--;
    }
    /* "/" as the base would only cut the slash that says that the path is absolute. */
    if (len == 0 || strncmp(file, base, len) != 0 || file[len] != '/') {
        return file;
    }
    while (file[len] == '/') {
        len++;
    }
    return file[len] != '\0' ? file + len : file;
}
