/* SPDX-License-Identifier: Apache-2.0 */
/* Expected texts that live in files. */
#ifndef TLSG_SUPPORT_GOLDEN_H
#define TLSG_SUPPORT_GOLDEN_H

#include <stddef.h>

/* Fails the running test unless tests/golden/NAME holds exactly these bytes; names the first
 * line that differs. With TLSG_GOLDEN=update in the environment the file is written instead:
 * review the difference before committing it. */
void support_golden(const char *name, const char *text, size_t len);

#endif
