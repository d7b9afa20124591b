/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_pass.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "cli_bytes.h"
#include "text.h"

#define PROMPT_NAME_MAX 200 /* bytes of a file name in the prompt: two lines of a terminal */

int tlsg_pin_pass_load(tlsg_pin_pass_t *pass, apr_pool_t *pool, const char *path, const char **err)
{
    tlsg_cli_bytes_t bytes;
    if (!tlsg_cli_bytes_read(&bytes, pool, path, err)) {
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
    tlsg_cli_bytes_wipe(&bytes);
    return fits;
}

/* The signal that came while the terminal was silent; 0: none. Handlers have no other way to
 * tell. */
static volatile sig_atomic_t interrupted;

static void note_signal(int signo)
{
    interrupted = signo;
}

/* Reads one line from the terminal. Returns its length without the end of line, -1 when it does
 * not end within `size` bytes, at end of input and at a signal. */
static int read_line(int tty, char *buf, int size)
{
    int len = 0;
    for (;;) {
        char c;
        ssize_t n = read(tty, &c, 1);
        if (n != 1 || len + 1 >= size) {
            return -1;
        }
        if (c == '\n' || c == '\r') {
            buf[len] = '\0';
            return len;
        }
        buf[len++] = c;
    }
}

/* Asks with the echo switched off before the prompt appears, so that not even hasty typing
 * shows, and switched on again whatever happens; a signal takes effect afterwards. */
static int ask(int tty, const char *prompt, char *buf, int size)
{
    static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
    enum {
        DEADLY_COUNT = sizeof deadly / sizeof deadly[0]
    };
    struct sigaction note = { .sa_handler = note_signal };
    struct sigaction before[DEADLY_COUNT];
    struct termios loud;
    if (tcgetattr(tty, &loud) != 0) {
        return -1;
    }
    struct termios silent = loud;
    silent.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
    interrupted = 0;
    for (size_t i = 0; i < DEADLY_COUNT; i++) {
        sigaction(deadly[i], &note, &before[i]);
    }
    int len = -1;
    if (tcsetattr(tty, TCSAFLUSH, &silent) == 0) {
        ssize_t written = write(tty, prompt, strlen(prompt));
        len = written > 0 ? read_line(tty, buf, size) : -1;
        tcsetattr(tty, TCSANOW, &loud);
        written = write(tty, "\n", 1);
        (void)written; /* the cursor's place is all that is lost */
    }
    for (size_t i = 0; i < DEADLY_COUNT; i++) {
        sigaction(deadly[i], &before[i], NULL);
    }
    if (interrupted != 0) {
        OPENSSL_cleanse(buf, (size_t)size);
        raise(interrupted);
    }
    return len;
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
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0 || !isatty(tty)) {
        pass->missing = 1;
        return -1;
    }
    apr_pool_create(&pool, NULL);
    apr_snprintf(prompt, sizeof prompt, "Pass phrase for %s: ",
                 tlsg_text_printable(pool, pass->source, strlen(pass->source), PROMPT_NAME_MAX));
    apr_pool_destroy(pool);
    int len = ask(tty, prompt, buf, size);
    (void)close(tty);
    return len;
}

void tlsg_pin_pass_close(tlsg_pin_pass_t *pass)
{
    OPENSSL_cleanse(pass->text, sizeof pass->text);
    pass->from_file = 0;
    pass->len = 0;
}
