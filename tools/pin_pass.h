/* SPDX-License-Identifier: Apache-2.0 */
/* Where pass phrases come from: the first line of --pass-file, else the terminal without echo, else
 * nowhere. Keeps the file's phrase in memory until it is closed, then wipes it. */
#ifndef TLSG_PIN_PASS_H
#define TLSG_PIN_PASS_H

#include <stddef.h>

#include <apr_pools.h>

#define TLSG_PIN_PASS_MAX 1024 /* bytes of a pass phrase; the limit of OpenSSL's own prompt */

typedef struct {
    char text[TLSG_PIN_PASS_MAX + 1];
    size_t len;
    int from_file;      /* `text` is valid and no one is asked */
    const char *source; /* the input at hand, named in the prompt */
    int missing;        /* a phrase was wanted and there was nobody to ask */
} tlsg_pin_pass_t;

/* Reads the first line of `path` (without its end of line). Returns 1, or 0 with the reason in
 * *err. */
int tlsg_pin_pass_load(tlsg_pin_pass_t *pass, apr_pool_t *pool, const char *path, const char **err);

/* pem_password_cb with a tlsg_pin_pass_t as its last argument. Asks only where /dev/tty is a
 * terminal. Returns the length; -1 when there is no phrase. The caller wipes `buf`. */
int tlsg_pin_pass_callback(char *buf, int size, int rwflag, void *pass);

/* Wipes the phrase. */
void tlsg_pin_pass_close(tlsg_pin_pass_t *pass);

#endif
