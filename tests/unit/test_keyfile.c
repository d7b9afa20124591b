/* SPDX-License-Identifier: Apache-2.0 */
/* Private key files without a pass phrase, and who can effectively read a secret. */
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "keyfile.h"
#include "support_cert.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    const char *dir;
    EVP_PKEY *key;
    EVP_PKEY *other;
    const tlsg_cert_t *cert; /* of key */
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    fixture_t *f = apr_pcalloc(pool, sizeof(*f));
    f->pool = pool;
    f->dir = support_directory(pool);
    f->key = support_key(pool, "P-256");
    f->other = support_key(pool, "P-256");
    support_spec_t spec = { .cn = "k", .key = f->key };
    X509 *x509 = support_cert(pool, &spec)->x509;
    X509_up_ref(x509);
    f->cert = tlsg_cert_make(pool, x509, NULL);
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

static void assert_contains(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
    }
}

static const tlsg_keyfile_t *read_text(fixture_t *f, const char *text)
{
    return tlsg_keyfile_read(f->pool, support_write(f->pool, f->dir, "key.pem", text));
}

static void keys_match_their_certificates(void **state)
{
    fixture_t *f = *state;
    static const char *const kinds[] = { "RSA:2048", "P-256", "P-384", "ED25519", "RSA-PSS:2048" };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        EVP_PKEY *pkey = support_key(f->pool, kinds[i]);
        support_spec_t spec = { .cn = "k",
                                .key = pkey,
                                .digest = strcmp(kinds[i], "ED25519") == 0 ? "" : NULL };
        X509 *x509 = support_cert(f->pool, &spec)->x509;
        X509_up_ref(x509);
        const tlsg_cert_t *cert = tlsg_cert_make(f->pool, x509, NULL);
        const tlsg_keyfile_t *key = read_text(f, support_key_pem(f->pool, pkey));
        assert_int_equal(key->state, TLSG_KEYFILE_OK);
        assert_null(key->problem);
        assert_int_equal(key->key_count, 1);
        assert_memory_equal(key->spki_sha256, cert->spki_sha256, 32);
        assert_int_equal(tlsg_keyfile_match(key, cert), TLSG_KEY_MATCH_YES);
        assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_NO);
    }
}

static void every_usual_form_is_read(void **state)
{
    fixture_t *f = *state;
    EVP_PKEY *rsa = support_key(f->pool, "RSA:2048");
    const char *forms[] = {
        support_key_traditional(f->pool, f->key, 0),
        apr_pstrcat(f->pool,
                    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                    "-----END EC PARAMETERS-----\n",
                    support_key_traditional(f->pool, f->key, 0), NULL),
        apr_pstrcat(f->pool, support_cert_pem(f->pool, f->cert->x509),
                    support_key_pem(f->pool, f->key), NULL),
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const tlsg_keyfile_t *key = read_text(f, forms[i]);
        assert_int_equal(key->state, TLSG_KEYFILE_OK);
        assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_YES);
    }
    const tlsg_keyfile_t *key = read_text(f, support_key_traditional(f->pool, rsa, 0));
    assert_int_equal(key->state, TLSG_KEYFILE_OK);
    assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_NO);
}

/* One point has two encodings; X509_check_private_key() takes both. */
static void a_compressed_point_is_the_same_key(void **state)
{
    fixture_t *f = *state;
    EVP_PKEY *packed = EVP_PKEY_dup(f->key);
    assert_int_equal(EVP_PKEY_set_utf8_string_param(packed, "point-format", "compressed"), 1);
    support_spec_t spec = { .cn = "k", .key = packed };
    X509 *x509 = support_cert(f->pool, &spec)->x509;
    X509_up_ref(x509);
    const tlsg_cert_t *cert = tlsg_cert_make(f->pool, x509, NULL);
    assert_memory_not_equal(cert->spki_sha256, f->cert->spki_sha256, 32);
    const tlsg_keyfile_t *key = read_text(f, support_key_pem(f->pool, f->key));
    assert_int_equal(tlsg_keyfile_match(key, cert), TLSG_KEY_MATCH_YES);
    EVP_PKEY_free(packed);
}

/* Nothing asks: the test would hang on the terminal otherwise. */
static void encrypted_keys_are_left_alone(void **state)
{
    fixture_t *f = *state;
    const char *forms[] = { support_key_encrypted(f->pool, f->key),
                            support_key_traditional(f->pool, f->key, 1) };
    for (size_t i = 0; i < 2; i++) {
        const tlsg_keyfile_t *key = read_text(f, forms[i]);
        assert_int_equal(key->state, TLSG_KEYFILE_ENCRYPTED);
        assert_contains(key->problem, "pass phrase");
        assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_UNKNOWN);
    }
}

static void what_holds_no_usable_key_says_why(void **state)
{
    fixture_t *f = *state;
    const char *pem = support_key_pem(f->pool, f->key);
    const struct {
        const char *text;
        tlsg_keyfile_state_t state;
        const char *words;
    } rows[] = {
        { support_cert_pem(f->pool, f->cert->x509), TLSG_KEYFILE_NO_KEY, "only: CERTIFICATE" },
        { "", TLSG_KEYFILE_NO_KEY, "is empty" },
        { apr_pstrmemdup(f->pool, pem, strlen(pem) / 2), TLSG_KEYFILE_MALFORMED, "no END line" },
        { "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n",
          TLSG_KEYFILE_MALFORMED, "cannot be decoded" },
        { "-----BEGIN OPENSSH PRIVATE KEY-----\nMAMCAQA=\n-----END OPENSSH PRIVATE KEY-----\n",
          TLSG_KEYFILE_NO_KEY, "OPENSSH PRIVATE KEY" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const tlsg_keyfile_t *key = read_text(f, rows[i].text);
        assert_int_equal(key->state, rows[i].state);
        assert_contains(key->problem, rows[i].words);
        assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_UNKNOWN);
    }
    assert_int_equal(tlsg_keyfile_read(f->pool, f->dir)->state, TLSG_KEYFILE_NOT_READ);
    const tlsg_keyfile_t *key =
        tlsg_keyfile_read(f->pool, apr_pstrcat(f->pool, f->dir, "/gone", NULL));
    assert_int_equal(key->state, TLSG_KEYFILE_NOT_READ);
    assert_contains(key->access->problem, "No such file");
}

static void the_first_usable_key_counts(void **state)
{
    fixture_t *f = *state;
    const char *first = support_key_pem(f->pool, f->key);
    const char *second = support_key_pem(f->pool, f->other);
    const tlsg_keyfile_t *key = read_text(f, apr_pstrcat(f->pool, first, second, NULL));
    assert_int_equal(key->key_count, 2);
    assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_YES);
    key = read_text(f, apr_pstrcat(f->pool, second, first, NULL));
    assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_NO);
}

static void a_uri_is_not_opened(void **state)
{
    fixture_t *f = *state;
    assert_true(tlsg_keyfile_is_uri("pkcs11:token=x;object=y"));
    assert_false(tlsg_keyfile_is_uri("/etc/pkcs11:x"));
    const tlsg_keyfile_t *key = tlsg_keyfile_read(f->pool, "pkcs11:token=x");
    assert_int_equal(key->state, TLSG_KEYFILE_NOT_A_FILE);
    assert_null(key->access);
    assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_UNKNOWN);
}

static void an_unreadable_key_is_denied(void **state)
{
    fixture_t *f = *state;
    const char *path =
        support_write(f->pool, f->dir, "denied.pem", support_key_pem(f->pool, f->key));
    assert_int_equal(chmod(path, 0), 0);
    int is_root = geteuid() == 0;
    if (is_root) {
        assert_int_equal(seteuid(65534), 0); /* nobody */
    }
    const tlsg_keyfile_t *key = tlsg_keyfile_read(f->pool, path);
    if (is_root) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_int_equal(key->state, TLSG_KEYFILE_DENIED);
    assert_int_equal(tlsg_keyfile_match(key, f->cert), TLSG_KEY_MATCH_UNKNOWN);
}

/* ---- Secrets --------------------------------------------------------------------------------- */

/* The way to the file must be open above `dir` for these to mean something: the temporary directory
 * is. */
static void reading_needs_the_file_and_every_directory(void **state)
{
    fixture_t *f = *state;
    const char *outer = apr_pstrcat(f->pool, f->dir, "/outer", NULL);
    const char *inner = apr_pstrcat(f->pool, outer, "/inner", NULL);
    assert_int_equal(chmod(f->dir, 0755), 0);
    assert_int_equal(mkdir(outer, 0755), 0);
    assert_int_equal(mkdir(inner, 0755), 0);
    const char *path = support_write(f->pool, inner, "x.key", "secret");
    static const struct {
        mode_t file, outer, inner;
        int group_readable, other_readable;
        const char *shield;
    } rows[] = {
        { 0600, 0755, 0755, 0, 0, NULL },    { 0640, 0755, 0755, 1, 0, NULL },
        { 0644, 0755, 0755, 1, 1, NULL },    { 0604, 0755, 0755, 0, 1, NULL },
        { 0644, 0700, 0755, 0, 0, "outer" }, { 0644, 0755, 0700, 0, 0, "inner" },
        { 0644, 0750, 0755, 1, 0, "outer" }, { 0644, 0711, 0711, 1, 1, NULL },
        { 0640, 0744, 0755, 0, 0, "outer" }, { 0600, 0700, 0700, 0, 0, NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(chmod(path, rows[i].file) | chmod(inner, rows[i].inner) |
                             chmod(outer, rows[i].outer),
                         0);
        const tlsg_secret_t *secret = tlsg_secret_judge(f->pool, path);
        assert_null(secret->problem);
        assert_int_equal(secret->mode, rows[i].file);
        assert_int_equal(secret->group_readable, rows[i].group_readable);
        assert_int_equal(secret->other_readable, rows[i].other_readable);
        if (rows[i].shield == NULL) {
            assert_null(secret->shield);
        }
        else {
            assert_contains(secret->shield, rows[i].shield);
        }
    }
}

static void a_link_is_judged_where_it_leads(void **state)
{
    fixture_t *f = *state;
    const char *closed = apr_pstrcat(f->pool, f->dir, "/archive", NULL);
    const char *link = apr_pstrcat(f->pool, f->dir, "/live.key", NULL);
    assert_int_equal(mkdir(closed, 0700), 0);
    const char *path = support_write(f->pool, closed, "1.key", "secret");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(symlink("archive/1.key", link), 0);
    const tlsg_secret_t *secret = tlsg_secret_judge(f->pool, link);
    assert_string_equal(secret->path, link);
    assert_contains(secret->real_path, "/archive/1.key");
    assert_false(secret->other_readable);
    assert_contains(secret->shield, "/archive");
    assert_int_equal(secret->size, 6);
    assert_true(secret->is_regular);
    assert_in_range(apr_time_now() - secret->mtime, 0, apr_time_from_sec(60));
}

/* Debian's way: /etc/ssl/private is root:ssl-cert 0710, keys are root:ssl-cert 0640. */
static void a_group_needs_its_own_way_in(void **state)
{
    fixture_t *f = *state;
    if (geteuid() != 0) {
        skip(); /* changing groups needs root */
    }
    const char *dir = apr_pstrcat(f->pool, f->dir, "/private", NULL);
    assert_int_equal(mkdir(dir, 0710), 0);
    const char *path = support_write(f->pool, dir, "g.key", "secret");
    assert_int_equal(chmod(path, 0640) | chown(path, 0, 1) | chown(dir, 0, 1), 0);
    assert_true(tlsg_secret_judge(f->pool, path)->group_readable);
    assert_int_equal(tlsg_secret_judge(f->pool, path)->gid, 1);
    assert_int_equal(chown(dir, 0, 2), 0);
    assert_false(tlsg_secret_judge(f->pool, path)->group_readable);
}

static void writing_is_told_apart_from_reading(void **state)
{
    fixture_t *f = *state;
    const char *path = support_write(f->pool, f->dir, "w.key", "secret");
    assert_int_equal(chmod(f->dir, 0755) | chmod(path, 0622), 0);
    const tlsg_secret_t *secret = tlsg_secret_judge(f->pool, path);
    assert_false(secret->group_readable || secret->other_readable);
    assert_true(secret->group_writable && secret->other_writable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_match_their_certificates),
        cmocka_unit_test(every_usual_form_is_read),
        cmocka_unit_test(a_compressed_point_is_the_same_key),
        cmocka_unit_test(encrypted_keys_are_left_alone),
        cmocka_unit_test(what_holds_no_usable_key_says_why),
        cmocka_unit_test(the_first_usable_key_counts),
        cmocka_unit_test(a_uri_is_not_opened),
        cmocka_unit_test(an_unreadable_key_is_denied),
        cmocka_unit_test(reading_needs_the_file_and_every_directory),
        cmocka_unit_test(a_link_is_judged_where_it_leads),
        cmocka_unit_test(a_group_needs_its_own_way_in),
        cmocka_unit_test(writing_is_told_apart_from_reading),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
