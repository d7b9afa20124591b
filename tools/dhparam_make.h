/* SPDX-License-Identifier: Apache-2.0 */
/* The search as the program shows it: threads, a progress line, what Ctrl-C leaves behind (nothing),
 * and the complete proof of what was found. */
#ifndef TLSG_DHPARAM_MAKE_H
#define TLSG_DHPARAM_MAKE_H

#include "cli.h"
#include "dh_search.h"
#include "dhparam_group.h"

/* Number of processors this process may run on. */
int tlsg_dhparam_processors(void);

/* Searches by `plan` (its seed is drawn here) and proves the result. Says on stderr what was found unless
 * `quiet`. Returns TLSG_EXIT_DONE and fills group and origin, or the status after a report. */
tlsg_exit_t tlsg_dhparam_make(tlsg_cli_t *cli, tlsg_dh_plan_t *plan, int quiet,
                              tlsg_dhparam_group_t *group, tlsg_dh_origin_t *origin);

#endif
