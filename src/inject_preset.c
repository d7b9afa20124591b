/* SPDX-License-Identifier: Apache-2.0 */
#include "inject_preset.h"

#include <stddef.h>

#include "settings.h"
#include "text.h"

/* clang-format off */
static const tlsg_inject_preset_t presets[] = {
    { TLSG_HEADERS_SAFE, "X-Content-Type-Options", "nosniff", 0 },
    { TLSG_HEADERS_SAFE, "Referrer-Policy", "strict-origin-when-cross-origin", 0 },
    { TLSG_HEADERS_STRICT, "X-Frame-Options", "SAMEORIGIN", 1 },
    { TLSG_HEADERS_STRICT, "Content-Security-Policy",
      "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
      "frame-ancestors 'self'", 0 },
    { TLSG_HEADERS_STRICT, "Permissions-Policy",
      "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()", 0 },
    { TLSG_HEADERS_STRICT, "Cross-Origin-Opener-Policy", "same-origin", 0 },
    { TLSG_HEADERS_STRICT, "Cross-Origin-Resource-Policy", "same-origin", 0 },
};
/* clang-format on */

const tlsg_inject_preset_t *tlsg_inject_preset_at(int i)
{
    int count = (int)(sizeof presets / sizeof presets[0]);
    return i >= 0 && i < count ? &presets[i] : NULL;
}

const tlsg_inject_preset_t *tlsg_inject_preset_find(const char *name)
{
    const tlsg_inject_preset_t *preset;
    for (int i = 0; (preset = tlsg_inject_preset_at(i)) != NULL; i++) {
        if (tlsg_text_eq_nocase(preset->name, name)) {
            return preset;
        }
    }
    return NULL;
}
