/* SPDX-License-Identifier: Apache-2.0 */
/* The seed file: a generated group's origin as text, and its re-check. */
#ifndef TLSG_DHPARAM_SEED_H
#define TLSG_DHPARAM_SEED_H

#include <apr_pools.h>
#include <openssl/bn.h>

#include "cli.h"
#include "dh_seed.h"

/* The origin of `p` as the text of a seed file. */
const char *tlsg_dhparam_seed_text(apr_pool_t *pool, const tlsg_dh_origin_t *origin,
                                   const BIGNUM *p);

/* Re-checks a seed file: recomputes the prime, compares it with the digest in the seed file and with the
 * group in `group_path` (NULL: none), and proves it. Prints the answer; returns the status. */
tlsg_exit_t tlsg_dhparam_seed_verify(tlsg_cli_t *cli, const char *path, const char *group_path);

#endif
