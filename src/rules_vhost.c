/* SPDX-License-Identifier: Apache-2.0 */
/* TG6xx: virtual hosts, SNI, client authentication, dead or shadowed configuration. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_vhost[] = { NULL };
