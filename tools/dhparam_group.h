/* SPDX-License-Identifier: Apache-2.0 */
/* A group as a file holds it: reading it from PEM or DER, writing it as PEM, and putting it into a
 * certificate file. Judges nothing. */
#ifndef TLSG_DHPARAM_GROUP_H
#define TLSG_DHPARAM_GROUP_H

#include <apr_pools.h>
#include <openssl/bn.h>

#include "cli.h"

/* Both numbers live as long as the pool they were read into. */
typedef struct {
    BIGNUM *p;
    BIGNUM *g;
} tlsg_dhparam_group_t;

/* Registers a number for freeing with `pool`; NULL passes through. */
BIGNUM *tlsg_dhparam_own(apr_pool_t *pool, BIGNUM *number);

/* Reads the group that mod_ssl would take from the file ("-": standard input): the first parameters block
 * of PEM text, certificates and keys around it notwithstanding, or DER. PKCS#3 and X9.42 forms. Returns
 * 1, or 0 with the reason in *err, without the path. */
int tlsg_dhparam_read(apr_pool_t *pool, const char *path, tlsg_dhparam_group_t *group,
                      const char **err);

/* The group as a PEM block "DH PARAMETERS" (PKCS#3), with the private key length that suffices when p is a
 * safe prime. NULL when memory is short. */
const char *tlsg_dhparam_pem(apr_pool_t *pool, const tlsg_dhparam_group_t *group);

/* An RFC 7919 group by name ("ffdhe2048"). Returns 1, or 0 when the name is none of them. */
int tlsg_dhparam_named(apr_pool_t *pool, const char *name, tlsg_dhparam_group_t *group);

/* "ffdhe2048, ffdhe3072, ..." */
const char *tlsg_dhparam_names(apr_pool_t *pool);

/* Says whether tlsg_dhparam_append() would do it: a regular file, no symbolic link, not renewed by certbot or
 * mod_md (which would drop the group again), at least one certificate, no parameters of another
 * kind, which mod_ssl would use instead. Returns TLSG_EXIT_DONE or the status after a report. */
tlsg_exit_t tlsg_dhparam_can_append(tlsg_cli_t *cli, const char *path);

/* Puts the PEM block at the end of a certificate file, in place of groups that were in it (*replaced: how
 * many). Owner and mode stay. Returns as above. */
tlsg_exit_t tlsg_dhparam_append(tlsg_cli_t *cli, const char *path, const char *pem, int *replaced);

#endif
