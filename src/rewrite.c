/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <string.h>

#include "text.h"

const char *tlsg_rewrite_flag_at(apr_pool_t *pool, const char *flags, const char *name,
                                 const char *long_name, int i)
{
    if (flags == NULL || flags[0] != '[') {
        return NULL;
    }
    for (const char *at = flags + 1; *at != '\0' && *at != ']';) {
        size_t len = strcspn(at, ",]");
        const char *equals = memchr(at, '=', len);
        const char *key = tlsg_text_trim(pool, at, equals != NULL ? equals : at + len);
        if ((tlsg_text_eq_nocase(key, name) || tlsg_text_eq_nocase(key, long_name)) && i-- == 0) {
            return equals != NULL ? tlsg_text_trim(pool, equals + 1, at + len) : "";
        }
        at += len;
        at += *at == ',';
    }
    return NULL;
}

const char *tlsg_rewrite_flag(apr_pool_t *pool, const char *flags, const char *name,
                              const char *long_name)
{
    return tlsg_rewrite_flag_at(pool, flags, name, long_name, 0);
}
