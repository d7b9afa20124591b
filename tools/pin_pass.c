/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_pass.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "pin_bytes.h"
#include "text.h"

#define PROMPT_NAME_MAX 200 /* bytes of a file name in the prompt: two lines of a terminal */

int tlsg_pin_pass_load(tlsg_pin_pass_t *pass, apr_pool_t *pool, const char *path, const char **err)
{
    tlsg_pin_bytes_t bytes;
    if (!tlsg_pin_bytes_read(&bytes, pool, path, err)) {
        return 0;
    }
    size_t len = 0;
    while (len < bytes.len && bytes.data[len] != '\n' && bytes.data[len] != '\r') {
        len++;
    }
    int fits = len > 0 && len <= TLSG_PIN_PASS_MAX;
    if (fits) {
        memcpy(pass->text, bytes.data, len);
        pass->text[len] = '\0';
        pass->len = len;
        pass->from_file = 1;
    }
    else {
        *err = len == 0 ? "the first line is empty" : "the first line is longer than 1024 bytes";
    }
    tlsg_pin_bytes_wipe(&bytes);
    return fits;
}

static int terminal_present(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    int present = isatty(fd);
    (void)close(fd);
    return present;
}

int tlsg_pin_pass_callback(char *buf, int size, int rwflag, void *data)
{
    tlsg_pin_pass_t *pass = data;
    char prompt[PROMPT_NAME_MAX * 4 + 64];
    apr_pool_t *pool = NULL;
    (void)rwflag;
    if (size <= 0) {
        return -1;
    }
    if (pass->from_file) {
        if (pass->len >= (size_t)size) {
            return -1;
        }
        memcpy(buf, pass->text, pass->len + 1);
        return (int)pass->len;
    }
    if (!terminal_present()) {
        pass->missing = 1;
        return -1;
    }
    apr_pool_create(&pool, NULL);
    apr_snprintf(prompt, sizeof prompt, "Pass phrase for %s: ",
                 tlsg_text_printable(pool, pass->source, strlen(pass->source), PROMPT_NAME_MAX));
    apr_pool_destroy(pool);
    if (EVP_read_pw_string_min(buf, 0, size, prompt, 0) != 0) {
        return -1;
    }
    return (int)strlen(buf);
}

void tlsg_pin_pass_close(tlsg_pin_pass_t *pass)
{
    OPENSSL_cleanse(pass->text, sizeof pass->text);
    pass->from_file = 0;
    pass->len = 0;
}
