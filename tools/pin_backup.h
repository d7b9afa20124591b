/* SPDX-License-Identifier: Apache-2.0 */
/* A new key whose pin can be published before it is needed. */
#ifndef TLSG_PIN_BACKUP_H
#define TLSG_PIN_BACKUP_H

#include <apr_tables.h>

#include "cli.h"

/* 1 when `type` is a kind of key that can be made: "p256", "p384", "rsa2048", "rsa3072",
 * "rsa4096". */
int tlsg_pin_backup_knows(const char *type);

/* The kinds, for messages: "p256, p384, ...". */
const char *tlsg_pin_backup_types(apr_pool_t *pool);

/* Makes a key, writes it to `path` (PKCS#8 PEM without pass phrase, mode 0600, never over
 * anything that exists) and adds its entry. Complains on failure and leaves no file. The key
 * itself is wiped. */
tlsg_exit_t tlsg_pin_backup_make(tlsg_cli_t *cli, const char *type, const char *path,
                                 apr_array_header_t *entries);

#endif
