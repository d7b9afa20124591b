/* SPDX-License-Identifier: Apache-2.0 */
/* --check: what a group is and whether it may be used. */
#ifndef TLSG_DHPARAM_CHECK_H
#define TLSG_DHPARAM_CHECK_H

#include "cli.h"

/* Reads the group in `path`, identifies it, proves what the table does not know, prints one line on stdout.
 * Returns TLSG_EXIT_DONE when it may be used, _NEGATIVE when not, _INPUT after a report. */
tlsg_exit_t tlsg_dhparam_check(tlsg_cli_t *cli, const char *path);

#endif
