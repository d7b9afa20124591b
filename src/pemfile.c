/* SPDX-License-Identifier: Apache-2.0 */
#include "pemfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/x509.h>

#include "ossl.h"
#include "text.h"

/* Bytes read at once from a file that reports no size (as those in /proc do). */
#define READ_STEP 4096

static const char *errno_text(apr_pool_t *pool, int code)
{
    char text[128]; /* bytes; strerror()'s longest text is half of that */
    return apr_pstrdup(pool, apr_strerror(code, text, sizeof(text)));
}

static tlsg_pemfile_status_t errno_status(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return TLSG_PEMFILE_MISSING;
    case EACCES:
    case EPERM:
        return TLSG_PEMFILE_DENIED;
    default:
        return TLSG_PEMFILE_IO;
    }
}

static void fail(apr_pool_t *pool, tlsg_pemfile_t *file, int code)
{
    file->status = errno_status(code);
    file->problem = apr_psprintf(pool, "%s: %s", file->path, errno_text(pool, code));
}

static const char *kind_of_file(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a named pipe (FIFO)"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* 1 when what `st` describes may be read; says why not otherwise. */
static int is_readable_kind(apr_pool_t *pool, tlsg_pemfile_t *file, const struct stat *st)
{
    if (!S_ISREG(st->st_mode)) {
        file->status = TLSG_PEMFILE_NOT_REGULAR;
        file->problem =
            apr_psprintf(pool, "%s: is %s, not a file", file->path, kind_of_file(st->st_mode));
        return 0;
    }
    if (st->st_size > (off_t)TLSG_PEMFILE_MAX) {
        file->status = TLSG_PEMFILE_TOO_BIG;
        file->problem =
            apr_psprintf(pool, "%s: %" APR_OFF_T_FMT " bytes, more than the %u that are read",
                         file->path, (apr_off_t)st->st_size, TLSG_PEMFILE_MAX);
        return 0;
    }
    return 1;
}

/* Opens without waiting for a writer, without side effects on devices, without becoming a
 * terminal's owner. */
static int open_regular(apr_pool_t *pool, tlsg_pemfile_t *file, struct stat *st)
{
    if (stat(file->path, st) != 0) {
        fail(pool, file, errno);
        return -1;
    }
    if (!is_readable_kind(pool, file, st)) {
        return -1;
    }
    int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        fail(pool, file, errno);
        return -1;
    }
    /* The name may mean something else by now. */
    if (fstat(fd, st) != 0) {
        fail(pool, file, errno);
        close(fd);
        return -1;
    }
    if (!is_readable_kind(pool, file, st)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Reads to the end, at most TLSG_PEMFILE_MAX bytes; a file may grow or shrink meanwhile. */
static void read_all(apr_pool_t *pool, tlsg_pemfile_t *file, int fd, size_t expected)
{
    size_t room = expected + READ_STEP;
    unsigned char *data = apr_palloc(pool, room);
    tlsg_pem_wipe_later(pool, data, room);
    size_t used = 0;
    for (;;) {
        ssize_t got = read(fd, data + used, room - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fail(pool, file, errno);
            return;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (used > TLSG_PEMFILE_MAX) {
            file->status = TLSG_PEMFILE_TOO_BIG;
            file->problem = apr_psprintf(pool, "%s: more than the %u bytes that are read",
                                         file->path, TLSG_PEMFILE_MAX);
            return;
        }
        if (used == room) {
            unsigned char *more = apr_palloc(pool, room * 2);
            tlsg_pem_wipe_later(pool, more, room * 2);
            memcpy(more, data, used);
            data = more;
            room *= 2;
        }
    }
    file->data = data;
    file->size = used;
}

/* Length of the outermost DER element's header, 0 when it is no SEQUENCE that fills the file. */
static size_t der_sequence_header(const unsigned char *data, size_t size)
{
    if (size < 4 || data[0] != 0x30) {
        return 0;
    }
    if (data[1] < 0x80) {
        return (size_t)data[1] + 2 == size ? 2 : 0;
    }
    size_t count = data[1] & 0x7FU;
    if (count == 0 || count > 4 || size < count + 2) {
        return 0;
    }
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length = length << 8 | data[2 + i];
    }
    return length + count + 2 == size ? count + 2 : 0;
}

static tlsg_pemfile_content_t sniff_der(const unsigned char *data, size_t size)
{
    size_t header = der_sequence_header(data, size);
    if (header == 0 || header + 3 > size) {
        return TLSG_PEMFILE_CONTENT_OTHER;
    }
    const unsigned char *inner = data + header;
    if (inner[0] == 0x02 && inner[1] == 1) { /* INTEGER: a version */
        /* RFC 7292: PFX version 3. RFC 5208, 8017, 5915: private keys of version 0 or 1. */
        return inner[2] == 3   ? TLSG_PEMFILE_CONTENT_PKCS12
               : inner[2] <= 1 ? TLSG_PEMFILE_CONTENT_DER_KEY
                               : TLSG_PEMFILE_CONTENT_OTHER;
    }
    const unsigned char *at = data;
    X509 *x509 = d2i_X509(NULL, &at, (long)size);
    X509_free(x509);
    tlsg_ossl_clear();
    return x509 != NULL ? TLSG_PEMFILE_CONTENT_DER_CERT : TLSG_PEMFILE_CONTENT_OTHER;
}

static tlsg_pemfile_content_t sniff(const tlsg_pemfile_t *file)
{
    if (file->blocks->nelts > 0) {
        return TLSG_PEMFILE_CONTENT_PEM;
    }
    size_t i = 0;
    while (i < file->size && file->data[i] <= ' ') {
        i++;
    }
    return i == file->size ? TLSG_PEMFILE_CONTENT_EMPTY : sniff_der(file->data, file->size);
}

const tlsg_pemfile_t *tlsg_pemfile_read(apr_pool_t *scratch, const char *path)
{
    tlsg_pemfile_t *file = apr_pcalloc(scratch, sizeof(*file));
    struct stat st;
    file->path = apr_pstrdup(scratch, path);
    file->blocks = apr_array_make(scratch, 1, sizeof(tlsg_pem_block_t));
    int fd = open_regular(scratch, file, &st);
    if (fd < 0) {
        return file;
    }
    file->mtime = apr_time_from_sec(st.st_mtime);
    read_all(scratch, file, fd, (size_t)st.st_size);
    close(fd);
    if (file->status == TLSG_PEMFILE_OK) {
        file->blocks = tlsg_pem_split(scratch, file->data, file->size, &file->notes);
        file->content = sniff(file);
    }
    return file;
}

const tlsg_pem_block_t *tlsg_pemfile_first(const tlsg_pemfile_t *file, tlsg_pem_kind_t kind)
{
    for (int i = 0; i < file->blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(file->blocks, i, tlsg_pem_block_t);
        if (block->kind == kind) {
            return block;
        }
    }
    return NULL;
}

/* "only CERTIFICATE and PRIVATE KEY blocks", each label once. */
static const char *labels(apr_pool_t *pool, const tlsg_pemfile_t *file)
{
    enum {
        LABELS_MAX = 4
    }; /* more would not help the reader */
    apr_array_header_t *found = apr_array_make(pool, LABELS_MAX, sizeof(const char *));
    for (int i = 0; i < file->blocks->nelts && found->nelts < LABELS_MAX; i++) {
        const char *label = APR_ARRAY_IDX(file->blocks, i, tlsg_pem_block_t).label;
        int known = 0;
        for (int k = 0; k < found->nelts; k++) {
            known |= strcmp(APR_ARRAY_IDX(found, k, const char *), label) == 0;
        }
        if (!known) {
            APR_ARRAY_PUSH(found, const char *) = label;
        }
    }
    return tlsg_text_join(pool, found, ", ");
}

const char *tlsg_pemfile_lack(apr_pool_t *pool, const tlsg_pemfile_t *file, const char *what)
{
    const char *cause = NULL;
    switch (file->content) {
    case TLSG_PEMFILE_CONTENT_NONE:
        return apr_pstrdup(pool, file->problem);
    case TLSG_PEMFILE_CONTENT_EMPTY:
        cause = "is empty";
        break;
    case TLSG_PEMFILE_CONTENT_PEM:
        cause = apr_pstrcat(pool, "holds no ", what, ", only: ", labels(pool, file), NULL);
        break;
    case TLSG_PEMFILE_CONTENT_DER_CERT:
        cause = "is a binary (DER) certificate, mod_ssl reads PEM text only";
        break;
    case TLSG_PEMFILE_CONTENT_DER_KEY:
        cause = apr_pstrcat(pool, "is a binary (DER) private key, not a ", what, NULL);
        break;
    case TLSG_PEMFILE_CONTENT_PKCS12:
        cause = "is a PKCS#12 bundle (.p12, .pfx), mod_ssl reads PEM text only";
        break;
    case TLSG_PEMFILE_CONTENT_OTHER:
        cause = (file->notes & TLSG_PEM_UTF16) != 0
                    ? "is UTF-16 text, which hides every PEM block; save it as plain ASCII"
                    : apr_pstrcat(pool, "holds no ", what, ": there is no PEM block in it", NULL);
        break;
    }
    return apr_pstrcat(pool, file->path, ": ", cause, NULL);
}

const char *tlsg_pemfile_flaw(apr_pool_t *pool, const tlsg_pemfile_t *file,
                              const tlsg_pem_block_t *block)
{
    static const char *const causes[] = {
        [TLSG_PEM_SOUND] = "cannot be decoded",
        [TLSG_PEM_TRUNCATED] = "has no END line, the file may be cut off",
        [TLSG_PEM_BAD_END] = "ends in the END line of something else",
        [TLSG_PEM_BAD_BASE64] = "is empty or not valid base64",
        [TLSG_PEM_BAD_LINES] = "has blank lines or lines of uneven length inside",
        [TLSG_PEM_BAD_HEADER] = "has header lines inside that do not belong there",
    };
    const char *cause =
        block->begin_inside != 0
            ? apr_psprintf(pool, "has no END line before the BEGIN of line %d", block->begin_inside)
            : causes[block->flaw];
    return apr_psprintf(pool, "%s: line %d: the %s block %s", file->path, block->line, block->label,
                        cause);
}
