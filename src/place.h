/* SPDX-License-Identifier: Apache-2.0 */
/* Where a reader finds a directive. httpd numbers a directive that backslashes join over several
 * lines by its last physical line; people and editors want the first. Reads configuration files
 * again, only when a finding is shown. */
#ifndef TLSG_PLACE_H
#define TLSG_PLACE_H

#include <apr_pools.h>

#include "model.h"

/* Remembers the files already read, so that a report reads each one once. */
typedef struct tlsg_places_t tlsg_places_t;

/* An empty memory; lives in `pool`. */
tlsg_places_t *tlsg_places_make(apr_pool_t *pool);

/* First physical line of the directive that ends on `line` of `file`; `line` itself when it is
 * not joined to others or the file cannot be read (missing, no regular file, larger than 64
 * MiB). Never blocks on a FIFO or device. `file` NULL gives `line`. */
int tlsg_place_first_line(tlsg_places_t *places, const char *file, int line);

/* `file` as shown to a person: relative to `base` when it lies inside that directory, else as it
 * is. Neither result nor `file` is a copy. `base` is an absolute directory or NULL (then
 * `file`). */
const char *tlsg_place_relative(const char *file, const char *base);

#endif
