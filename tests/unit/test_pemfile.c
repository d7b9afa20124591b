/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files that an administrator names, and PEM text against OpenSSL's own reader: on
 * thousands of damaged files both must see the same blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "certfile.h"
#include "ossl.h"
#include "support_cert.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    const char *dir;
    const char *cert; /* PEM of one certificate */
    const char *key;
    const char *file; /* certificate, key, parameters: what people keep in one file */
} fixture_t;

static const char ec_parameters[] = "-----BEGIN EC PARAMETERS-----\n"
                                    "BggqhkjOPQMBBw==\n"
                                    "-----END EC PARAMETERS-----\n";

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    fixture_t *f = apr_pcalloc(pool, sizeof(*f));
    f->pool = pool;
    f->dir = support_directory(pool);
    support_spec_t spec = { .cn = "www.example.com", .san = "DNS:www.example.com" };
    support_cert_t *cert = support_cert(pool, &spec);
    f->cert = support_cert_pem(pool, cert->x509);
    f->key = support_key_pem(pool, cert->key);
    f->file = apr_pstrcat(pool, f->cert, "\n", f->cert, ec_parameters,
                          support_key_traditional(pool, cert->key, 1), f->cert, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(f->pool);
    apr_terminate();
    return 0;
}

static const tlsg_pemfile_t *read_text(fixture_t *f, const char *text)
{
    return tlsg_pemfile_read(f->pool, support_write(f->pool, f->dir, "text.pem", text));
}

static const tlsg_pem_block_t *block_at(const tlsg_pemfile_t *file, int i)
{
    assert_true(i < file->blocks->nelts);
    return &APR_ARRAY_IDX(file->blocks, i, tlsg_pem_block_t);
}

static void assert_contains(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
    }
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void blocks_are_found_in_order(void **state)
{
    fixture_t *f = *state;
    const tlsg_pemfile_t *file =
        read_text(f, apr_pstrcat(f->pool, "Bag Attributes\n", f->file, NULL));
    assert_int_equal(file->status, TLSG_PEMFILE_OK);
    assert_int_equal(file->content, TLSG_PEMFILE_CONTENT_PEM);
    assert_int_equal(file->notes, 0);
    assert_int_equal(file->blocks->nelts, 5);
    static const tlsg_pem_kind_t kinds[] = { TLSG_PEM_CERT, TLSG_PEM_CERT, TLSG_PEM_PARAMS,
                                             TLSG_PEM_ENCRYPTED_KEY, TLSG_PEM_CERT };
    for (int i = 0; i < 5; i++) {
        assert_int_equal(block_at(file, i)->kind, kinds[i]);
        assert_int_equal(block_at(file, i)->flaw, TLSG_PEM_SOUND);
        assert_non_null(block_at(file, i)->der);
    }
    assert_int_equal(block_at(file, 0)->line, 2);
    assert_int_equal(block_at(file, 0)->offset, strlen("Bag Attributes\n"));
    assert_string_equal(block_at(file, 2)->label, "EC PARAMETERS");
    assert_int_equal(block_at(file, 2)->der_len, 10);
    assert_int_equal(block_at(file, 0)->length, strlen(f->cert));
}

static void crlf_and_bom_are_noted_and_read(void **state)
{
    fixture_t *f = *state;
    apr_array_header_t *text = apr_array_make(f->pool, 4096, 1);
    for (const char *c = f->cert; *c != '\0'; c++) {
        if (*c == '\n') {
            APR_ARRAY_PUSH(text, char) = '\r';
        }
        APR_ARRAY_PUSH(text, char) = *c;
    }
    APR_ARRAY_PUSH(text, char) = '\0';
    const tlsg_pemfile_t *file =
        read_text(f, apr_pstrcat(f->pool, "\xEF\xBB\xBF", text->elts, NULL));
    assert_int_equal(file->notes, TLSG_PEM_CRLF | TLSG_PEM_BOM);
    assert_int_equal(block_at(file, 0)->flaw, TLSG_PEM_SOUND);
}

static void what_is_not_a_file_is_named(void **state)
{
    fixture_t *f = *state;
    const char *fifo = apr_pstrcat(f->pool, f->dir, "/fifo", NULL);
    const char *socket_path = apr_pstrcat(f->pool, f->dir, "/socket", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    apr_cpystrn(address.sun_path, socket_path, sizeof(address.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    const struct {
        const char *path;
        const char *words;
    } rows[] = {
        { fifo, "a named pipe" },
        { socket_path, "a socket" },
        { f->dir, "a directory" },
        { "/dev/null", "a device" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const tlsg_pemfile_t *file = tlsg_pemfile_read(f->pool, rows[i].path);
        assert_int_equal(file->status, TLSG_PEMFILE_NOT_REGULAR);
        assert_contains(file->problem, rows[i].words);
        assert_contains(file->problem, rows[i].path);
        assert_int_equal(file->blocks->nelts, 0);
    }
    close(fd);
}

static void a_missing_file_is_missing(void **state)
{
    fixture_t *f = *state;
    const char *gone = apr_pstrcat(f->pool, f->dir, "/gone.pem", NULL);
    assert_int_equal(tlsg_pemfile_read(f->pool, gone)->status, TLSG_PEMFILE_MISSING);
    const char *below = apr_pstrcat(f->pool, support_write(f->pool, f->dir, "x", ""), "/y", NULL);
    assert_int_equal(tlsg_pemfile_read(f->pool, below)->status, TLSG_PEMFILE_MISSING);
    const char *loop = apr_pstrcat(f->pool, f->dir, "/loop", NULL);
    assert_int_equal(symlink("loop", loop), 0);
    assert_int_equal(tlsg_pemfile_read(f->pool, loop)->status, TLSG_PEMFILE_IO);
}

static void an_unreadable_file_is_denied(void **state)
{
    fixture_t *f = *state;
    const char *path = support_write(f->pool, f->dir, "secret.pem", f->cert);
    assert_int_equal(chmod(path, 0), 0);
    int is_root = geteuid() == 0;
    if (is_root) {
        assert_int_equal(seteuid(65534), 0); /* nobody */
    }
    const tlsg_pemfile_t *file = tlsg_pemfile_read(f->pool, path);
    if (is_root) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_int_equal(file->status, TLSG_PEMFILE_DENIED);
    assert_contains(file->problem, "Permission denied");
}

static void a_huge_file_is_not_read(void **state)
{
    fixture_t *f = *state;
    const char *path = support_write(f->pool, f->dir, "huge.pem", f->cert);
    assert_int_equal(truncate(path, (off_t)TLSG_PEMFILE_MAX + 1), 0);
    const tlsg_pemfile_t *file = tlsg_pemfile_read(f->pool, path);
    assert_int_equal(file->status, TLSG_PEMFILE_TOO_BIG);
    assert_null(file->data);
}

/* ---- What is wrong with the content ---------------------------------------------------------- */

static void a_lack_names_its_cause(void **state)
{
    fixture_t *f = *state;
    unsigned char *der = NULL;
    BIO *bio = BIO_new_mem_buf(f->cert, -1);
    X509 *x509 = tlsg_ossl_own_x509(f->pool, PEM_read_bio_X509(bio, NULL, NULL, NULL));
    BIO_free(bio);
    int size = i2d_X509(x509, &der);
    const tlsg_pemfile_t *file = tlsg_pemfile_read(
        f->pool, support_write_bytes(f->pool, f->dir, "x.der", der, (size_t)size));
    assert_int_equal(file->content, TLSG_PEMFILE_CONTENT_DER_CERT);
    assert_contains(tlsg_pemfile_lack(f->pool, file, "certificate"), "binary (DER) certificate");
    OPENSSL_free(der);

    static const unsigned char pfx[] = { 0x30, 0x06, 0x02, 0x01, 0x03, 0x30, 0x01, 0x00 };
    static const unsigned char key[] = { 0x30, 0x05, 0x02, 0x01, 0x00, 0x05, 0x00 };
    static const unsigned char other[] = { 0x30, 0x05, 0x0C, 0x01, 'x', 0x05, 0x00 };
    static const char utf16[] = "\xFF\xFE-\0-\0-\0-\0-\0B\0";
    const struct {
        const void *bytes;
        size_t size;
        tlsg_pemfile_content_t content;
        const char *words;
    } rows[] = {
        { pfx, sizeof(pfx), TLSG_PEMFILE_CONTENT_PKCS12, "PKCS#12" },
        { key, sizeof(key), TLSG_PEMFILE_CONTENT_DER_KEY, "binary (DER) private key" },
        { other, sizeof(other), TLSG_PEMFILE_CONTENT_OTHER, "no PEM block" },
        { utf16, sizeof(utf16), TLSG_PEMFILE_CONTENT_OTHER, "UTF-16" },
        { "hello\n", 6, TLSG_PEMFILE_CONTENT_OTHER, "no PEM block" },
        { " \n\t\n", 4, TLSG_PEMFILE_CONTENT_EMPTY, "is empty" },
        { "", 0, TLSG_PEMFILE_CONTENT_EMPTY, "is empty" },
        { ec_parameters, sizeof(ec_parameters) - 1, TLSG_PEMFILE_CONTENT_PEM,
          "holds no certificate, only: EC PARAMETERS" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        file = tlsg_pemfile_read(
            f->pool, support_write_bytes(f->pool, f->dir, "odd", rows[i].bytes, rows[i].size));
        assert_int_equal(file->content, rows[i].content);
        assert_contains(tlsg_pemfile_lack(f->pool, file, "certificate"), rows[i].words);
    }
}

static void a_flawed_block_names_its_line(void **state)
{
    fixture_t *f = *state;
    const size_t length = strlen(f->cert);
    const char *head = apr_pstrmemdup(f->pool, f->cert, length / 2);
    char *bad = apr_pstrdup(f->pool, f->cert);
    bad[length / 2] = '!';
    const struct {
        const char *text;
        tlsg_pem_flaw_t flaw;
        const char *words;
    } rows[] = {
        { apr_pstrcat(f->pool, "\n", head, NULL), TLSG_PEM_TRUNCATED,
          "line 2: the CERTIFICATE block has no END line" },
        { bad, TLSG_PEM_BAD_BASE64, "line 1: the CERTIFICATE block is empty or not valid base64" },
        { "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", TLSG_PEM_BAD_BASE64,
          "is empty" },
        { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X-----\n", TLSG_PEM_BAD_END,
          "something else" },
        { "-----BEGIN CERTIFICATE-----\n\nAAAA\nAAAA\n-----END CERTIFICATE-----\n",
          TLSG_PEM_BAD_LINES, "uneven" },
        { "-----BEGIN CERTIFICATE-----\nA: b\n\nAAAA\n-----END CERTIFICATE-----\n",
          TLSG_PEM_BAD_HEADER, "header" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const tlsg_pemfile_t *file = read_text(f, rows[i].text);
        assert_int_equal(file->blocks->nelts, 1);
        assert_int_equal(block_at(file, 0)->flaw, rows[i].flaw);
        assert_contains(tlsg_pemfile_flaw(f->pool, file, block_at(file, 0)), rows[i].words);
    }
    const tlsg_pemfile_t *file = read_text(f, apr_pstrcat(f->pool, head, "\n", f->cert, NULL));
    assert_int_not_equal(block_at(file, 0)->begin_inside, 0);
    assert_contains(tlsg_pemfile_flaw(f->pool, file, block_at(file, 0)),
                    "before the BEGIN of line");
}

/* ---- Against OpenSSL ------------------------------------------------------------------------- */

/* Damages a text in one of the ways files get damaged. Returns the new size. */
static size_t damage(unsigned long long *seed, char *text, size_t size)
{
    static const char odd[] = "\n\r\0 -:=A!\xEF\xFF";
    size_t at = support_random(seed, (unsigned)size);
    size_t n = 1 + support_random(seed, 80);
    n = at + n > size ? size - at : n;
    switch (support_random(seed, 6)) {
    case 0: /* another character */
        text[at] = odd[support_random(seed, sizeof(odd) - 1)];
        return size;
    case 1: /* cut off */
        return at;
    case 2: /* something missing */
        memmove(text + at, text + at + n, size - at - n);
        return size - n;
    case 3: /* something twice; the buffer has room for it */
        memmove(text + at + n, text + at, size - at);
        return size + n;
    case 4: /* one character more */
        memmove(text + at + 1, text + at, size - at);
        text[at] = odd[support_random(seed, sizeof(odd) - 1)];
        return size + 1;
    default: /* a line joined with the next */
        for (; at < size; at++) {
            if (text[at] == '\n') {
                memmove(text + at, text + at + 1, size - at - 1);
                return size - 1;
            }
        }
        return size;
    }
}

static int iterations(int quick, int thorough)
{
    return getenv("TLSGUARD_LONG") != NULL ? thorough : quick;
}

static void same_blocks_as_openssl(const tlsg_pemfile_t *file, const char *path)
{
    FILE *stream = fopen(path, "rb");
    BIO *bio = BIO_new_fp(stream, BIO_CLOSE);
    for (int i = 0;; i++) {
        char *name = NULL;
        char *header = NULL;
        unsigned char *data = NULL;
        long length = 0;
        ERR_clear_error();
        int ok = PEM_read_bio(bio, &name, &header, &data, &length);
        unsigned long error = ERR_peek_last_error();
        int is_end =
            ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
        if (!ok && is_end) {
            assert_int_equal(i, file->blocks->nelts);
        }
        else {
            const tlsg_pem_block_t *block = block_at(file, i);
            int sound = block->flaw == TLSG_PEM_SOUND || block->flaw == TLSG_PEM_BAD_HEADER;
            assert_int_equal(ok, sound);
            assert_true(!ok || (block->der_len == (size_t)length &&
                                memcmp(block->der, data, block->der_len) == 0));
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
        if (!ok) {
            break;
        }
    }
    BIO_free(bio);
    ERR_clear_error();
}

static void damaged_text_splits_as_openssl_reads_it(void **state)
{
    fixture_t *f = *state;
    unsigned long long seed = 42;
    size_t length = strlen(f->file);
    char *text = apr_palloc(f->pool, length + 1024);
    int flawed = 0;
    int rounds = iterations(2000, 30000);
    for (int i = 0; i < rounds; i++) {
        apr_pool_t *scratch = NULL;
        apr_pool_create(&scratch, f->pool);
        memcpy(text, f->file, length);
        size_t size = length;
        for (unsigned k = 1 + support_random(&seed, 3); k > 0 && size > 0; k--) {
            size = damage(&seed, text, size);
        }
        const char *path = support_write_bytes(scratch, f->dir, "damaged.pem", text, size);
        const tlsg_pemfile_t *file = tlsg_pemfile_read(scratch, path);
        same_blocks_as_openssl(file, path);
        for (int k = 0; k < file->blocks->nelts; k++) {
            flawed += block_at(file, k)->flaw != TLSG_PEM_SOUND;
        }
        apr_pool_destroy(scratch);
    }
    assert_true(flawed > rounds / 10); /* or the damage was too mild to prove anything */
}

static int has_unusable_chain_key(const tlsg_certfile_t *file)
{
    int count = 0;
    for (int i = 0; i < file->chain_count; i++) {
        count += file->chain[i]->key.bits == 0;
    }
    return count > 0;
}

/* OpenSSL decodes such a certificate and refuses to serve it, but only as the leaf. */
static void a_leaf_with_broken_extensions_is_refused(void **state)
{
    fixture_t *f = *state;
    const struct {
        const char *extensions[2];
        int refused;
    } rows[] = {
        { { "keyUsage=DER:04:04", NULL }, 1 },
        { { "keyUsage=digitalSignature", "keyUsage=keyEncipherment" }, 1 },
        { { "basicConstraints=DER:01", NULL }, 1 },
        { { "keyUsage=digitalSignature", NULL }, 0 },
    };
    SSL_CTX *ctx = tlsg_ossl_own_ctx(f->pool, SSL_CTX_new(TLS_server_method()));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        support_spec_t spec = { .cn = "www.example.com",
                                .no_usage = 1,
                                .extensions = { rows[i].extensions[0], rows[i].extensions[1] } };
        const char *odd = support_cert_pem(f->pool, support_cert(f->pool, &spec)->x509);
        const char *text[2] = { odd, apr_pstrcat(f->pool, f->cert, odd, NULL) };
        for (int in_chain = 0; in_chain < 2; in_chain++) {
            const char *path = support_write(f->pool, f->dir, "odd.pem", text[in_chain]);
            const tlsg_certfile_t *file =
                tlsg_certfile_get(tlsg_certfile_cache_make(f->pool), path);
            int loads = SSL_CTX_use_certificate_chain_file(ctx, path) == 1;
            ERR_clear_error();
            assert_int_equal(loads, !rows[i].refused || in_chain);
            assert_int_equal(file->state, loads ? TLSG_CERTFILE_OK : TLSG_CERTFILE_BAD_LEAF);
            if (!loads) {
                assert_contains(file->problem, "odd.pem: line 1: an extension");
            }
        }
    }
}

static void damaged_files_load_as_mod_ssl_loads_them(void **state)
{
    fixture_t *f = *state;
    unsigned long long seed = 7;
    size_t length = strlen(f->file);
    char *text = apr_palloc(f->pool, length + 1024);
    int refused = 0;
    int rounds = iterations(600, 10000);
    SSL_CTX *ctx = tlsg_ossl_own_ctx(f->pool, SSL_CTX_new(TLS_server_method()));
    for (int i = 0; i < rounds; i++) {
        apr_pool_t *scratch = NULL;
        apr_pool_create(&scratch, f->pool);
        memcpy(text, f->file, length);
        size_t size = damage(&seed, text, length);
        const char *path = support_write_bytes(scratch, f->dir, "damaged.pem", text, size);
        const tlsg_certfile_t *file = tlsg_certfile_get(tlsg_certfile_cache_make(scratch), path);
        int loads = SSL_CTX_use_certificate_chain_file(ctx, path) == 1;
        ERR_clear_error();
        if (loads == 0 && has_unusable_chain_key(file)) {
            apr_pool_destroy(scratch);
            continue; /* refused for its strength, which is not a matter of reading */
        }
        if (loads != (file->state == TLSG_CERTFILE_OK)) {
            fail_msg("round %d: OpenSSL says %d, state is %d: %s", i, loads, file->state,
                     file->problem != NULL ? file->problem : "fine");
        }
        assert_true((file->state == TLSG_CERTFILE_OK) == (file->problem == NULL));
        refused += !loads;
        apr_pool_destroy(scratch);
    }
    assert_true(refused > rounds / 10 && refused < rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_found_in_order),
        cmocka_unit_test(crlf_and_bom_are_noted_and_read),
        cmocka_unit_test(what_is_not_a_file_is_named),
        cmocka_unit_test(a_missing_file_is_missing),
        cmocka_unit_test(an_unreadable_file_is_denied),
        cmocka_unit_test(a_huge_file_is_not_read),
        cmocka_unit_test(a_lack_names_its_cause),
        cmocka_unit_test(a_flawed_block_names_its_line),
        cmocka_unit_test(damaged_text_splits_as_openssl_reads_it),
        cmocka_unit_test(a_leaf_with_broken_extensions_is_refused),
        cmocka_unit_test(damaged_files_load_as_mod_ssl_loads_them),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
