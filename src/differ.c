/* SPDX-License-Identifier: Apache-2.0 */
#include "differ.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/ssl.h>

#include "cipher.h"
#include "text.h"

static const char *differ_number(apr_pool_t *pool, const char *what, unsigned long long a,
                                 unsigned long long b)
{
    return a == b ? NULL
                  : apr_psprintf(pool, "%s: %" APR_UINT64_T_FMT " and %" APR_UINT64_T_FMT, what,
                                 (apr_uint64_t)a, (apr_uint64_t)b);
}

static const char *differ_suites(apr_pool_t *pool, const char *what, const apr_array_header_t *a,
                                 const apr_array_header_t *b)
{
    if (a->nelts != b->nelts) {
        return apr_psprintf(pool, "number of %s: %d and %d", what, a->nelts, b->nelts);
    }
    for (int i = 0; i < a->nelts; i++) {
        const char *left = APR_ARRAY_IDX(a, i, const tlsg_suite_t *)->name;
        const char *right = APR_ARRAY_IDX(b, i, const tlsg_suite_t *)->name;
        if (strcmp(left, right) != 0) {
            return apr_psprintf(pool, "%s number %d: %s and %s", what, i + 1, left, right);
        }
    }
    return NULL;
}

static const char *differ_groups(apr_pool_t *pool, const apr_array_header_t *a,
                                 const apr_array_header_t *b)
{
    const char *left = a != NULL ? tlsg_text_join(pool, a, ":") : "none";
    const char *right = b != NULL ? tlsg_text_join(pool, b, ":") : "none";
    return strcmp(left, right) == 0 ? NULL : apr_psprintf(pool, "groups: %s and %s", left, right);
}

const char *tlsg_differ_effective(apr_pool_t *pool, const tlsg_effective_t *a,
                                  const tlsg_effective_t *b)
{
    /* Set by mod_ssl for its own bookkeeping, without a meaning for what is judged. */
    const unsigned long long ignored = SSL_OP_ENABLE_MIDDLEBOX_COMPAT;
    const char *found = differ_number(pool, "enabled versions", a->enabled, b->enabled);
    found = found != NULL
                ? found
                : differ_number(pool, "negotiable versions", a->negotiable, b->negotiable);
    found = found != NULL ? found
                          : differ_number(pool, "broken off before the name",
                                          (unsigned)a->entry_refuses, (unsigned)b->entry_refuses);
    found = found != NULL ? found
                          : differ_number(pool, "security level", (unsigned)a->security_level,
                                          (unsigned)b->security_level);
    found = found != NULL
                ? found
                : differ_number(pool, "options", a->options & ~ignored, b->options & ~ignored);
    found = found != NULL ? found
                          : differ_number(pool, "client verification", (unsigned)a->verify_client,
                                          (unsigned)b->verify_client);
    found = found != NULL
                ? found
                : differ_number(pool, "DH bits", (unsigned)a->dh.bits, (unsigned)b->dh.bits);
    found = found != NULL ? found : differ_groups(pool, a->groups, b->groups);
    found = found != NULL ? found : differ_suites(pool, "suites", a->suites, b->suites);
    found = found != NULL ? found : differ_suites(pool, "TLS 1.3 suites", a->suites13, b->suites13);
    return found != NULL ? found
                         : differ_suites(pool, "suites without a certificate", a->dead_suites,
                                         b->dead_suites);
}
