/* SPDX-License-Identifier: Apache-2.0 */
/* The presets of TLSGuardHeaders as data: which header with which value from which level on. Static
 * tables; any phase. */
#ifndef TLSG_INJECT_PRESET_H
#define TLSG_INJECT_PRESET_H

typedef struct tlsg_inject_preset_t {
    int level; /* TLSG_HEADERS_ of settings.h from which on it is added */
    const char *name;
    const char *value;
    int unless_framed; /* not when the response's Content-Security-Policy has frame-ancestors */
} tlsg_inject_preset_t;

/* i-th row, NULL after the last. Frame protection comes before the policy that would replace it. */
const tlsg_inject_preset_t *tlsg_inject_preset_at(int i);

/* Row of a header (any case), NULL when no preset has it. */
const tlsg_inject_preset_t *tlsg_inject_preset_find(const char *name);

#endif
