/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement with `openssl verify` over chains made at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include "support_pki.h"

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = support_pki(pool);
    return 0;
}

static int tear_down(void **state)
{
    support_pki_t *f = *state;
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(f->pool);
    apr_terminate();
    return 0;
}

/* A chain at random: usually the right certificates, sometimes fewer, more, or in another order. */
static int random_chain(support_pki_t *f, unsigned long long *seed, const support_cert_t **certs)
{
    support_cert_t *const issuers[] = {
        f->inter,         f->sub,          f->inter_rekeyed, f->below_short,
        f->short_path,    f->no_ca,        f->mail_ca,       f->named_ca,
        f->private_inter, f->private_root, f->root,          f->inter_cross,
        f->plain_ca,      f->inter,        f->sub,           NULL
    };
    support_cert_t *const extras[] = { f->root,          f->root2,         f->private_root,
                                       f->inter_cross,   f->inter_old,     f->inter_rekeyed,
                                       f->plain_rekeyed, f->private_inter, f->sub,
                                       f->inter };
    static const char *const sans[] = { "DNS:www.example.org", "DNS:www.example.com",
                                        "DNS:a.example.org,IP:192.0.2.1" };
    support_cert_t *issuer = issuers[support_random(seed, 16)];
    support_spec_t spec = { .cn = "leaf",
                            .san = sans[support_random(seed, 3)],
                            .issuer = issuer,
                            .no_usage = support_random(seed, 5) == 0,
                            .from = support_random(seed, 6) == 0 ? -90 * SUPPORT_DAY : -SUPPORT_DAY,
                            .until = support_random(seed, 6) == 0 ? -3600L : 30 * SUPPORT_DAY };
    if (support_random(seed, 12) == 0) {
        spec.signer = f->root2->key;
    }
    int n = 0;
    certs[n++] = support_cert(f->pool, &spec);
    if (issuer == f->sub) {
        certs[n++] = f->sub;
        certs[n++] = support_random(seed, 3) == 0 ? f->inter_cross : f->inter;
    }
    else if (issuer == f->below_short) {
        certs[n++] = f->below_short;
        certs[n++] = f->short_path;
    }
    else if (issuer != NULL) {
        certs[n++] = issuer;
    }
    if (n > 1 && support_random(seed, 5) == 0) { /* one is forgotten */
        n--;
        certs[1 + support_random(seed, (unsigned)n)] = certs[n];
    }
    for (unsigned i = support_random(seed, 3); i > 0; i--) { /* some are too many */
        certs[n++] = extras[support_random(seed, 10)];
    }
    if (n > 2 && support_random(seed, 4) == 0) { /* two change places */
        unsigned a = 1 + support_random(seed, (unsigned)n - 1);
        unsigned b = 1 + support_random(seed, (unsigned)n - 1);
        const support_cert_t *swap = certs[a];
        certs[a] = certs[b];
        certs[b] = swap;
    }
    certs[n] = NULL;
    return n;
}

typedef enum opinion_t {
    ACCEPTED,
    NO_ROOT,
    REFUSED,
} opinion_t;

/* What `openssl verify` makes of it. */
static opinion_t openssl_verify(support_pki_t *f, const char *path)
{
    const char *command =
        apr_psprintf(f->pool,
                     "openssl verify -no_check_time -purpose sslserver -no-CApath -no-CAstore"
                     " -CAfile %s -untrusted %s %s 2>&1",
                     f->roots, path, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char line[512];
    int error = -1;
    while (fgets(line, sizeof(line), pipe) != NULL) {
        if (error < 0) {
            sscanf(line, "error %d at", &error);
        }
    }
    int status = pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return ACCEPTED;
    }
    assert_true(error > 0);
    return error == 2 || (error >= 18 && error <= 21) ? NO_ROOT : REFUSED;
}

static int agrees(const tlsg_chain_t *chain, opinion_t theirs)
{
    switch (theirs) {
    case ACCEPTED:
        return chain->trust == TLSG_CHAIN_PUBLIC;
    case REFUSED:
        return chain->trust == TLSG_CHAIN_BROKEN;
    case NO_ROOT:
        /* Without a root OpenSSL stops before signatures; we go on and may find them broken. */
        return chain->trust != TLSG_CHAIN_PUBLIC;
    }
    return 0;
}

static void random_chains_agree_with_openssl_verify(void **state)
{
    support_pki_t *f = *state;
    unsigned long long seed = 20261125;
    int count = getenv("TLSGUARD_LONG") != NULL ? 600 : 60;
    int seen[3] = { 0 };
    for (int i = 0; i < count; i++) {
        const support_cert_t *certs[16];
        random_chain(f, &seed, certs);
        const tlsg_certfile_t *file = support_chain_file(f, certs);
        const tlsg_chain_t *chain = tlsg_chain_get(f->trust, file, NULL, NULL, apr_time_now());
        opinion_t theirs = openssl_verify(f, file->path);
        seen[theirs]++;
        if (!agrees(chain, theirs)) {
            fail_msg("%s (round %d): openssl verify says %d, trust is %d (%s)", file->path, i,
                     theirs, chain->trust, chain->reason != NULL ? chain->reason : "-");
        }
    }
    for (int i = 0; i < 3; i++) {
        assert_true(seen[i] >= count / 20); /* each answer must have been asked for */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_chains_agree_with_openssl_verify),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
