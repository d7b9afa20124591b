/* SPDX-License-Identifier: Apache-2.0 */
#include "support_site.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "support_conf.h"

int support_sites_set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_pool_create(&pool, NULL);
    support_sites_t *sites = apr_pcalloc(pool, sizeof *sites);
    sites->pool = pool;
    sites->dir = support_directory(pool);
    support_spec_t spec = { .cn = "Throw-away root", .is_ca = 1 };
    sites->root = support_cert(pool, &spec);
    *state = sites;
    return 0;
}

int support_sites_tear_down(void **state)
{
    apr_pool_destroy(((support_sites_t *)*state)->pool);
    return 0;
}

const char *support_site_sending(support_sites_t *sites, const support_cert_t *const *certs,
                                 const char *name, const char *lines)
{
    const char *text = support_key_pem(sites->pool, certs[0]->key);
    for (; *certs != NULL; certs++) {
        text = apr_pstrcat(sites->pool, text, support_cert_pem(sites->pool, (*certs)->x509), NULL);
    }
    const char *path = support_write(sites->pool, sites->dir,
                                     apr_psprintf(sites->pool, "%d.pem", sites->files++), text);
    return apr_psprintf(sites->pool,
                        "<VirtualHost *:443>\nServerName %s\nSSLEngine on\n"
                        "SSLCertificateFile %s\n%s</VirtualHost>\n",
                        name, path, lines);
}

const char *support_site(support_sites_t *sites, support_spec_t spec, const char *name,
                         const char *lines)
{
    spec.cn = name;
    if (spec.san == NULL) {
        spec.san = apr_pstrcat(sites->pool, "DNS:", name, NULL);
    }
    const support_cert_t *const certs[] = { support_cert(sites->pool, &spec), spec.issuer, NULL };
    return support_site_sending(sites, certs, name, lines);
}

const tlsg_report_t *support_site_audit(support_sites_t *sites, const char *conf)
{
    static const char head[] = "Listen 443\nSSLProtocol -all +TLSv1.2 +TLSv1.3\n";
    return support_conf_audit(sites->pool, apr_pstrcat(sites->pool, head, conf, NULL));
}

const tlsg_report_t *support_site_audit_trusting(support_sites_t *sites, const char *conf,
                                                 const support_cert_t *root)
{
    const char *none = apr_pstrcat(sites->pool, sites->dir, "/none", NULL);
    const char *roots = none;
    if (root != NULL) {
        roots = support_write(sites->pool, sites->dir, "roots.pem",
                              support_cert_pem(sites->pool, root->x509));
    }
    setenv("SSL_CERT_FILE", roots, 1);
    setenv("SSL_CERT_DIR", none, 1);
    const tlsg_report_t *report = support_site_audit(sites, conf);
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    return report;
}

int support_site_count(support_sites_t *sites, const char *rule, const char *conf)
{
    return support_conf_count(support_site_audit(sites, conf), rule);
}
