/* SPDX-License-Identifier: Apache-2.0 */
#include "support_golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *read_all(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s: missing; run this test with TLSG_GOLDEN=update", path);
        return NULL;
    }
    size_t room = 1U << 20; /* bytes; golden files are made to be read by people */
    char *text = malloc(room);
    assert_non_null(text);
    *len = fread(text, 1, room, file);
    fclose(file);
    return text;
}

void support_golden(const char *name, const char *text, size_t len)
{
    char path[256];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    const char *mode = getenv("TLSG_GOLDEN");
    if (mode != NULL && strcmp(mode, "update") == 0) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, len, file), len);
        assert_int_equal(fclose(file), 0);
        return;
    }
    size_t expected_len = 0;
    char *expected = read_all(path, &expected_len);
    size_t at = 0;
    int line = 1;
    while (at < len && at < expected_len && text[at] == expected[at]) {
        line += text[at++] == '\n';
    }
    if (at != len || at != expected_len) {
        while (at > 0 && text[at - 1] != '\n') {
            at--;
        }
        int shown = (int)strcspn(text + at, "\n");
        int wanted = (int)strcspn(expected + at, "\n");
        fail_msg("%s:%d\n  expected: %.*s\n  got:      %.*s", path, line, wanted, expected + at,
                 shown, text + at);
    }
    free(expected);
}
