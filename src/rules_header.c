/* SPDX-License-Identifier: Apache-2.0 */
/* TG4xx: HSTS, HPKP, other response headers, cookies, redirects. The rules are in the
 * rules_header_*.c files. */
#include "rules_header.h"

const tlsg_rule_t *const tlsg_rules_header[] = {
#define ROW(name) &tlsg_rule_##name,
    TLSG_HEADER_RULES(ROW)
#undef ROW
        NULL,
};

const tlsg_origin_t *tlsg_rules_header_place(const tlsg_header_field_t *field)
{
    return &field->line->directive->origin;
}
