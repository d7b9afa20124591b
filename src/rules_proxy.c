/* SPDX-License-Identifier: Apache-2.0 */
/* TG7xx: outbound TLS. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_proxy[] = { NULL };
