/* SPDX-License-Identifier: Apache-2.0 */
/* TG5xx: compression of responses (BREACH), disclosure. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_http[] = { NULL };
