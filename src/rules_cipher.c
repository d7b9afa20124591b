/* SPDX-License-Identifier: Apache-2.0 */
/* TG2xx: cipher suites, groups, DH, order. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_cipher[] = { NULL };
