/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a directive's arguments into words as httpd's ap_getword_conf does: blanks separate, a
 * word that starts with a quote runs to the matching one, a backslash inside takes the quote or
 * backslash after it. */
#ifndef TLSG_WORDS_H
#define TLSG_WORDS_H

#include <apr_pools.h>

/* Number of words; *argv becomes a NULL-terminated array in `pool`. `args` may be NULL (no words).
 */
int tlsg_words_split(apr_pool_t *pool, const char *args, const char *const **argv);

#endif
