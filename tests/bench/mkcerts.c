/* SPDX-License-Identifier: Apache-2.0 */
/* Makes many different certificates quickly, for the benchmark only: N P-256 certificates
 * DIR/N.pem of one authority, each with its key in the same file. usage: mkcerts DIR COUNT */
#include <stdio.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "unit/support_cert.h"

static void write_one(apr_pool_t *pool, const char *dir, long number, const support_cert_t *issuer)
{
    support_spec_t spec = { .cn = apr_psprintf(pool, "s%ld.test", number), .issuer = issuer };
    spec.san = apr_pstrcat(pool, "DNS:", spec.cn, NULL);
    const support_cert_t *cert = support_cert(pool, &spec);
    support_write(pool, dir, apr_psprintf(pool, "%ld.pem", number),
                  apr_pstrcat(pool, support_cert_pem(pool, cert->x509),
                              support_key_pem(pool, cert->key), NULL));
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: mkcerts DIR COUNT\n");
        return 2;
    }
    long count = strtol(argv[2], NULL, 10);
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    support_spec_t spec = { .cn = "Bench CA", .is_ca = 1 };
    const support_cert_t *authority = support_cert(pool, &spec);
    for (long i = 0; i < count; i++) {
        apr_pool_t *scratch = NULL;
        apr_pool_create(&scratch, pool);
        write_one(scratch, argv[1], i, authority);
        apr_pool_destroy(scratch);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
