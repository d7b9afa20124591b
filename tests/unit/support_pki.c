/* SPDX-License-Identifier: Apache-2.0 */
#include "support_pki.h"

#include <apr_strings.h>

support_cert_t *support_authority(support_pki_t *pki, const char *name,
                                  const support_cert_t *issuer, EVP_PKEY *key)
{
    support_spec_t spec = { .cn = name,
                            .organization = "Test",
                            .issuer = issuer,
                            .key = key,
                            .is_ca = 1,
                            .from = -400 * SUPPORT_DAY,
                            .until = 2000 * SUPPORT_DAY };
    return support_cert(pki->pool, &spec);
}

static support_cert_t *odd_authority(support_pki_t *pki, support_spec_t spec)
{
    spec.organization = "Test";
    spec.from = spec.from != 0 ? spec.from : -400 * SUPPORT_DAY;
    spec.until = spec.until != 0 ? spec.until : 2000 * SUPPORT_DAY;
    return support_cert(pki->pool, &spec);
}

static void make_authorities(support_pki_t *pki)
{
    pki->root = support_authority(pki, "Good Root", NULL, NULL);
    pki->root2 = support_authority(pki, "Second Root", NULL, NULL);
    pki->private_root = support_authority(pki, "Private Root", NULL, NULL);
    pki->inter = support_authority(pki, "Intermediate 1", pki->root, NULL);
    pki->inter_cross = support_authority(pki, "Intermediate 1", pki->root2, pki->inter->key);
    pki->inter_rekeyed = support_authority(pki, "Intermediate 1", pki->root, NULL);
    pki->sub = support_authority(pki, "Intermediate 2", pki->inter, NULL);
    pki->private_inter = support_authority(pki, "Private CA 1", pki->private_root, NULL);
    pki->inter_old = odd_authority(pki, (support_spec_t){ .cn = "Intermediate 1",
                                                          .issuer = pki->root,
                                                          .key = pki->inter->key,
                                                          .is_ca = 1,
                                                          .until = -10 * SUPPORT_DAY });
    pki->short_path = odd_authority(
        pki, (support_spec_t){ .cn = "Short", .issuer = pki->root, .is_ca = 1, .pathlen = 1 });
    pki->below_short = odd_authority(
        pki, (support_spec_t){ .cn = "Below", .issuer = pki->short_path, .is_ca = 1 });
    pki->no_ca =
        odd_authority(pki, (support_spec_t){ .cn = "No CA", .issuer = pki->root, .no_usage = 1 });
    pki->mail_ca = odd_authority(
        pki, (support_spec_t){ .cn = "Mail CA",
                               .issuer = pki->root,
                               .is_ca = 1,
                               .extensions = { "extendedKeyUsage=emailProtection" } });
    pki->named_ca = odd_authority(
        pki,
        (support_spec_t){ .cn = "Named CA",
                          .issuer = pki->root,
                          .is_ca = 1,
                          .extensions = { "nameConstraints=critical,permitted;DNS:example.org" } });
    pki->plain_ca = odd_authority(
        pki, (support_spec_t){ .cn = "Plain CA", .issuer = pki->root, .is_ca = 1, .no_usage = 1 });
    pki->plain_rekeyed = odd_authority(
        pki, (support_spec_t){ .cn = "Plain CA", .issuer = pki->root, .is_ca = 1, .no_usage = 1 });
}

support_pki_t *support_pki(apr_pool_t *pool)
{
    support_pki_t *pki = apr_pcalloc(pool, sizeof(*pki));
    pki->pool = pool;
    pki->dir = support_directory(pool);
    make_authorities(pki);
    pki->roots = support_write(pool, pki->dir, "roots.pem",
                               apr_pstrcat(pool, support_cert_pem(pool, pki->root->x509),
                                           support_cert_pem(pool, pki->root2->x509), NULL));
    pki->cache = tlsg_certfile_cache_make(pool);
    pki->trust = tlsg_trust_make(pool, pki->cache, pki->roots);
    return pki;
}

support_cert_t *support_leaf(support_pki_t *pki, const support_cert_t *issuer)
{
    support_spec_t spec = { .cn = "www.example.com",
                            .san = "DNS:www.example.com",
                            .issuer = issuer };
    return support_cert(pki->pool, &spec);
}

const tlsg_certfile_t *support_chain_file(support_pki_t *pki, const support_cert_t *const *certs)
{
    const char *text = "";
    for (; *certs != NULL; certs++) {
        text = apr_pstrcat(pki->pool, text, support_cert_pem(pki->pool, (*certs)->x509), NULL);
    }
    const char *name = apr_psprintf(pki->pool, "%d.pem", pki->files++);
    return tlsg_certfile_get(pki->cache, support_write(pki->pool, pki->dir, name, text));
}
