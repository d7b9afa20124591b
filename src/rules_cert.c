/* SPDX-License-Identifier: Apache-2.0 */
/* TG3xx: keys, certificates, chains, lifetimes, names, revocation, stapling. */
#include "rules.h"

const tlsg_rule_t *const tlsg_rules_cert[] = { NULL };
