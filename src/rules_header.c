/* SPDX-License-Identifier: Apache-2.0 */
/* TG4xx: HSTS, HPKP, other response headers, cookies, redirects. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_header[] = { NULL };
