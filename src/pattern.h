/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of the configuration, as far as they can be decided without httpd's PCRE:
 * the common subset is matched as POSIX extended expressions, everything else is "not known".
 * Patterns are length-limited and free of counted repetition, subjects are short; nothing here
 * can run long. Configuration time. */
#ifndef TLSG_PATTERN_H
#define TLSG_PATTERN_H

#include <apr_pools.h>

typedef enum tlsg_tri_t {
    TLSG_NO = 0,
    TLSG_YES,
    TLSG_MAYBE, /* cannot be decided here */
} tlsg_tri_t;

tlsg_tri_t tlsg_tri_not(tlsg_tri_t a);
tlsg_tri_t tlsg_tri_and(tlsg_tri_t a, tlsg_tri_t b);
tlsg_tri_t tlsg_tri_or(tlsg_tri_t a, tlsg_tri_t b);

#define TLSG_PATTERN_GROUPS 10 /* $0 to $9, all that httpd's substitutions can name */

/* Does the expression match somewhere in `subject`? On TLSG_YES and when `groups` is not NULL it
 * receives what the groups matched ("" for those that took no part), in `pool`. A leading "(?i)"
 * is understood. */
tlsg_tri_t tlsg_pattern_match(apr_pool_t *pool, const char *pattern, int nocase,
                              const char *subject, const char *groups[TLSG_PATTERN_GROUPS]);

/* Does the expression match every URL path? Tried on paths that no real rule singles out. */
tlsg_tri_t tlsg_pattern_is_all(apr_pool_t *pool, const char *pattern);

#endif
