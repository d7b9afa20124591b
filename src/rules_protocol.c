/* SPDX-License-Identifier: Apache-2.0 */
/* TG1xx: protocol versions, renegotiation, compression, session tickets. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_protocol[] = { NULL };
