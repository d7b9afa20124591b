/* SPDX-License-Identifier: Apache-2.0 */
/* Host names as DNS carries them. No tables of IDNA2008 are consulted: a name that no registry
 * would accept is converted all the same, which does not matter for comparing it. */
#ifndef TLSG_IDNA_H
#define TLSG_IDNA_H

#include <stddef.h>

/* Longest name in text form without the final dot (RFC 1035 section 2.3.4), and the NUL. */
#define TLSG_IDNA_SIZE 254

/* Writes `host` in lower case with U-labels as A-labels (RFC 3492; upper case is folded for Latin,
 * Greek and Cyrillic), without a trailing dot. Returns its length, 0 when it is no host name: empty
 * label, label over 63 or name over 253 bytes, characters other than letters, digits, "-" and "_"
 * (a label "*" is let through), broken UTF-8. */
size_t tlsg_idna_to_ascii(char out[TLSG_IDNA_SIZE], const char *host);

#endif
