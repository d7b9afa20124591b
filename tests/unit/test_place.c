/* SPDX-License-Identifier: Apache-2.0 */
/* Joined lines as httpd numbers them (line numbers here were taken from httpd's own error
 * messages), and files that must not be waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "place.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    tlsg_places_t *places;
    char dir[64];
    const char *path;
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    fixture_t *fixture = apr_pcalloc(pool, sizeof *fixture);
    fixture->pool = pool;
    fixture->places = tlsg_places_make(pool);
    apr_cpystrn(fixture->dir, "/tmp/tlsg-place-XXXXXX", sizeof fixture->dir);
    if (mkdtemp(fixture->dir) == NULL) {
        return -1;
    }
    fixture->path = apr_pstrcat(pool, fixture->dir, "/x.conf", NULL);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;
    unlink(fixture->path);
    rmdir(fixture->dir);
    apr_pool_destroy(fixture->pool);
    return 0;
}

static void write_file(const fixture_t *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int first(const fixture_t *fixture, int line)
{
    return tlsg_place_first_line(fixture->places, fixture->path, line);
}

static void joined_lines_are_shown_by_their_first(void **state)
{
    fixture_t *f = *state;
    write_file(f, "Listen 443\n"
                  "SSLCipherSuite A:\\\n"
                  "   B:\\\n"
                  "   C\n"
                  "SSLEngine on\n"
                  "Header always set X \\\r\n"
                  "  \"y\"\r\n");
    assert_int_equal(first(f, 1), 1);
    assert_int_equal(first(f, 4), 2);
    assert_int_equal(first(f, 5), 5);
    assert_int_equal(first(f, 7), 6);
    assert_int_equal(first(f, 99), 99);
}

static void an_escaped_backslash_joins_as_well(void **state)
{
    fixture_t *f = *state;
    write_file(f, "# comment \\\\\nServerName a b\nListen 80\n");
    assert_int_equal(first(f, 2), 1);
    assert_int_equal(first(f, 3), 3);
}

static void a_blank_behind_the_backslash_does_not_join(void **state)
{
    fixture_t *f = *state;
    write_file(f, "# x \\ \nServerName a b\n# y \\\rz\nListen 80\n");
    assert_int_equal(first(f, 2), 2);
    assert_int_equal(first(f, 4), 4);
}

static void empty_lines_in_front_are_not_the_place(void **state)
{
    fixture_t *f = *state;
    write_file(f, "a\nb\n\\\n \\\nServerName a b\\\n\\\n\n");
    assert_int_equal(first(f, 7), 5);
}

static void the_end_of_the_file_counts_as_the_line_asked_for(void **state)
{
    fixture_t *f = *state;
    write_file(f, "Listen 80\nServerName a b\\\n");
    assert_int_equal(first(f, 3), 2);
}

static void a_joined_line_longer_than_a_read_is_found(void **state)
{
    fixture_t *f = *state;
    size_t len = 100000;
    char *text = apr_pcalloc(f->pool, len + 20);
    memset(text, 'x', len);
    memcpy(text + len, "\\\ny\nz \\\nend\n", 13);
    write_file(f, text);
    assert_int_equal(first(f, 2), 1);
    assert_int_equal(first(f, 4), 3);
}

static void what_is_no_regular_file_is_left_alone(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(first(f, 12), 12);
    assert_int_equal(tlsg_place_first_line(f->places, f->dir, 12), 12);
    assert_int_equal(tlsg_place_first_line(f->places, NULL, 12), 12);
    assert_int_equal(tlsg_place_first_line(f->places, "-C/-c directives", 2), 2);
    const char *fifo = apr_pstrcat(f->pool, f->dir, "/fifo", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(5); /* a reader that waits for a writer dies here */
    assert_int_equal(tlsg_place_first_line(f->places, fifo, 12), 12);
    alarm(0);
    unlink(fifo);
}

static void paths_are_relative_inside_the_base_only(void **state)
{
    (void)state;
    assert_string_equal(tlsg_place_relative("/etc/apache2/a.conf", "/etc/apache2"), "a.conf");
    assert_string_equal(tlsg_place_relative("/etc/apache2/s/a.conf", "/etc/apache2/"), "s/a.conf");
    assert_string_equal(tlsg_place_relative("/etc/apache22/a.conf", "/etc/apache2"),
                        "/etc/apache22/a.conf");
    assert_string_equal(tlsg_place_relative("/etc/apache2", "/etc/apache2"), "/etc/apache2");
    assert_string_equal(tlsg_place_relative("/etc/a.conf", "/"), "/etc/a.conf");
    assert_string_equal(tlsg_place_relative("/etc/a.conf", NULL), "/etc/a.conf");
    assert_string_equal(tlsg_place_relative("-C/-c directives", "/etc"), "-C/-c directives");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(joined_lines_are_shown_by_their_first),
        TEST(an_escaped_backslash_joins_as_well),
        TEST(a_blank_behind_the_backslash_does_not_join),
        TEST(empty_lines_in_front_are_not_the_place),
        TEST(the_end_of_the_file_counts_as_the_line_asked_for),
        TEST(a_joined_line_longer_than_a_read_is_found),
        TEST(what_is_no_regular_file_is_left_alone),
        cmocka_unit_test(paths_are_relative_inside_the_base_only),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
