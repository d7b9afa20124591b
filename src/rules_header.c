/* SPDX-License-Identifier: Apache-2.0 */
/* TG4xx: HSTS, HPKP, other response headers, cookies, redirects. The rules are in the
 * rules_header_*.c files. */
#include "rules_header.h"

#include "reach.h"

const tlsg_rule_t *const tlsg_rules_header[] = {
#define ROW(name) &tlsg_rule_##name,
    TLSG_HEADER_RULES(ROW)
#undef ROW
        NULL,
};

const char *tlsg_rules_header_condition(apr_pool_t *pool, const tlsg_header_line_t *line)
{
    const tlsg_section_t *section = line->directive->section;
    int is_regex;
    if (line->cond_text != NULL) {
        return line->cond_text;
    }
    return section != NULL ? tlsg_reach_argument(pool, section, &is_regex) : "early";
}

const tlsg_origin_t *tlsg_rules_header_place(const tlsg_header_field_t *field)
{
    return &field->line->directive->origin;
}
