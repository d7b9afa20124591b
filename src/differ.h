/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of effective facts: the proof that probe and live context say the same. For tests and
 * for a start with -D TLSGUARD_SELFCHECK. */
#ifndef TLSG_DIFFER_H
#define TLSG_DIFFER_H

#include "model.h"

/* Names the first difference between two readings of one configuration, NULL when there is none.
 * Lives in `pool`. */
const char *tlsg_differ_effective(apr_pool_t *pool, const tlsg_effective_t *a,
                                  const tlsg_effective_t *b);

#endif
