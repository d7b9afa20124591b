/* SPDX-License-Identifier: Apache-2.0 */
/* What judging one distinct certificate costs, against OpenSSL reading the same files, in one
 * process and interleaved. usage: certs_cost DIR COUNT KIND; KIND is rsa, p256 or p384: the issuing
 * key.
 *
 * COUNT files DIR/N.pem (a leaf and its intermediate) and DIR/N.key are made and kept for the
 * caller. Prints one line of figures: microseconds per certificate and bytes. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/pem.h>

#include "chain.h"
#include "keyfile.h"
#include "names.h"
#include "unit/support_cert.h"

#define ROUNDS 5         /* of which the fastest counts: what else the machine does only adds */
#define DISTINCT_KEYS 64 /* making an RSA key takes longer than all that is measured */

/* Of processor time, so that a busy machine does not count. */
static double microseconds(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec * 1e6 + (double)spent.tv_nsec / 1e3;
}

static void make_files(apr_pool_t *pool, const char *dir, int count, const char *kind)
{
    EVP_PKEY *leaf_keys[DISTINCT_KEYS];
    for (int i = 0; i < DISTINCT_KEYS; i++) {
        leaf_keys[i] = support_key(pool, i % 2 == 0 ? "P-256" : "RSA:2048");
    }
    support_spec_t root_spec = {
        .cn = "Bench Root", .is_ca = 1, .until = 86400L * 1000, .from = -60
    };
    root_spec.key = support_key(pool, kind);
    support_cert_t *root = support_cert(pool, &root_spec);
    support_spec_t inter_spec = root_spec;
    inter_spec.cn = "Bench Intermediate";
    inter_spec.issuer = root;
    inter_spec.key = support_key(pool, kind);
    support_cert_t *inter = support_cert(pool, &inter_spec);
    const char *inter_pem = support_cert_pem(pool, inter->x509);
    support_write(pool, dir, "roots.pem", support_cert_pem(pool, root->x509));
    for (int i = 0; i < count; i++) {
        apr_pool_t *scratch = NULL;
        apr_pool_create(&scratch, pool);
        EVP_PKEY *key = leaf_keys[i % DISTINCT_KEYS];
        support_spec_t spec = {
            .cn = "www.example.com",
            .san = apr_psprintf(scratch, "DNS:s%d.example.com,DNS:www.s%d.example.com", i, i),
            .issuer = inter,
            .key = key,
            .extensions = { "authorityInfoAccess=caIssuers;URI:http://ca.example.com/i.crt",
                            "crlDistributionPoints=URI:http://crl.example.com/i.crl",
                            "certificatePolicies=2.23.140.1.2.1" },
        };
        support_cert_t *leaf = support_cert(scratch, &spec);
        support_write(scratch, dir, apr_psprintf(scratch, "%d.pem", i),
                      apr_pstrcat(scratch, support_cert_pem(scratch, leaf->x509), inter_pem, NULL));
        support_write(scratch, dir, apr_psprintf(scratch, "%d.key", i),
                      support_key_pem(scratch, key));
        apr_pool_destroy(scratch);
    }
}

/* What `openssl x509` does with the file, for each certificate in it. */
static double openssl_reads(apr_pool_t *pool, const char *dir, int count)
{
    double begin = microseconds();
    for (int i = 0; i < count; i++) {
        BIO *bio = BIO_new_file(apr_psprintf(pool, "%s/%d.pem", dir, i), "r");
        X509 *x509;
        while ((x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
            X509_free(x509);
        }
        BIO_free(bio);
    }
    return microseconds() - begin;
}

typedef struct cost_t {
    double openssl; /* reading alone, by OpenSSL */
    double read;    /* reading and facts */
    double key;     /* the key file, its permissions and whether it fits */
    double chain;   /* order, signature and trust */
    double name;
    size_t bytes; /* kept */
} cost_t;

static void keep_least(double *least, double value)
{
    if (*least <= 0 || value < *least) {
        *least = value;
    }
}

static void measure(apr_pool_t *pool, const char *dir, int count, cost_t *cost)
{
    keep_least(&cost->openssl, openssl_reads(pool, dir, count));
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    tlsg_certcache_t *cache = tlsg_certfile_cache_make(pool);
    tlsg_trust_t *trust = tlsg_trust_make(pool, cache, apr_pstrcat(pool, dir, "/roots.pem", NULL));
    apr_time_t now = apr_time_now();
    const tlsg_certfile_t **files = apr_palloc(pool, (size_t)count * sizeof(*files));
    double begin = microseconds();
    for (int i = 0; i < count; i++) {
        files[i] = tlsg_certfile_get(cache, apr_psprintf(pool, "%s/%d.pem", dir, i));
    }
    double end = microseconds();
    keep_least(&cost->read, end - begin);
    cost->bytes = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    int good = 0;
    begin = microseconds();
    for (int i = 0; i < count; i++) {
        const tlsg_keyfile_t *key =
            tlsg_keyfile_read(pool, apr_psprintf(pool, "%s/%d.key", dir, i));
        good += tlsg_keyfile_match(key, files[i]->leaf) == TLSG_KEY_MATCH_YES;
    }
    end = microseconds();
    keep_least(&cost->key, end - begin);
    begin = end;
    for (int i = 0; i < count; i++) {
        good += tlsg_chain_get(trust, files[i], NULL, NULL, now)->trust == TLSG_CHAIN_PUBLIC;
    }
    end = microseconds();
    keep_least(&cost->chain, end - begin);
    begin = end;
    for (int i = 0; i < count; i++) {
        good += tlsg_names_match(files[i]->leaf, apr_psprintf(pool, "s%d.example.com", i)) ==
                TLSG_NAME_MATCH_EXACT;
    }
    keep_least(&cost->name, microseconds() - begin);
    if (good != 3 * count) {
        fprintf(stderr, "certs_cost: %d of %d answers are right\n", good, 3 * count);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: certs_cost DIR COUNT rsa|p256|p384\n", stderr);
        return 2;
    }
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int count = (int)strtol(argv[2], NULL, 10);
    const char *kind = strcmp(argv[3], "rsa") == 0    ? "RSA:2048"
                       : strcmp(argv[3], "p256") == 0 ? "P-256"
                                                      : "P-384";
    make_files(pool, argv[1], count, kind);
    cost_t cost = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        apr_pool_t *round = NULL;
        apr_pool_create(&round, pool);
        measure(round, argv[1], count, &cost);
        apr_pool_destroy(round);
    }
    double n = count;
    printf("%.1f %.1f %.1f %.1f %.1f %.0f\n", cost.openssl / n, cost.read / n, cost.key / n,
           cost.chain / n, cost.name / n, (double)cost.bytes / n);
    apr_pool_destroy(pool);
    return 0;
}
