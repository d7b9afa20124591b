/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about certificates that need material of their own: shared keys, the room in stapling's
 * cache, timestamps, pins that a renewal breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "certfile.h"
#include "rule.h"
#include "stapling.h"
#include "support_conf.h"
#include "support_site.h"

/* ---- TG352 ---- */

/* Findings for two virtual hosts whose certificates share a key. */
static int shared(support_sites_t *f, const char *name, const char *san, const char *other,
                  const char *other_san, const char *alias)
{
    EVP_PKEY *key = support_key(f->pool, "P-256");
    support_spec_t first = { .key = key, .san = san };
    support_spec_t second = { .key = key, .san = other_san };
    return support_site_count(f, "TG352",
                              apr_pstrcat(f->pool, support_site(f, first, name, ""),
                                          support_site(f, second, other, alias), NULL));
}

static void a_key_is_shared_by_strangers_only(void **state)
{
    support_sites_t *f = *state;
    assert_int_equal(shared(f, "www.bakery.com", NULL, "www.garage.net", NULL, ""), 1);
    assert_int_equal(shared(f, "www.bakery.com", "DNS:*.bakery.com", "garage.net", NULL, ""), 1);
    /* A renewal, a sister site, a brand in another country, a common alias, a bridge of names. */
    assert_int_equal(shared(f, "www.bakery.com", NULL, "www.bakery.com", NULL, ""), 0);
    assert_int_equal(shared(f, "www.bakery.com", NULL, "shop.BAKERY.com", NULL, ""), 0);
    assert_int_equal(shared(f, "www.bakery.com", NULL, "www.bakery.de", NULL, ""), 0);
    assert_int_equal(
        shared(f, "www.bakery.com", NULL, "garage.net", NULL, "ServerAlias old.bakery.com\n"), 0);
    assert_int_equal(
        shared(f, "www.bakery.com", NULL, "garage.net", "DNS:garage.net,DNS:bakery.com", ""), 0);
    /* What may be one owner below a public suffix, and names that nobody outside sees. */
    assert_int_equal(shared(f, "bakery.co.uk", NULL, "garage.co.uk", NULL, ""), 0);
    assert_int_equal(shared(f, "bakery.internal", NULL, "garage.lan", NULL, ""), 0);
}

static void one_certificate_or_organization_is_one_owner(void **state)
{
    support_sites_t *f = *state;
    support_spec_t spec = { .san = "DNS:www.bakery.com,DNS:www.garage.net" };
    const char *first = support_site(f, spec, "www.bakery.com", "");
    const char *line = strstr(first, "SSLCertificateFile");
    assert_non_null(line);
    assert_int_equal(
        support_site_count(
            f, "TG352",
            apr_pstrcat(f->pool, first,
                        "<VirtualHost *:443>\nServerName www.garage.net\nSSLEngine on\n", line,
                        NULL)),
        0);
    EVP_PKEY *key = support_key(f->pool, "P-256");
    support_spec_t one = { .key = key, .organization = "Holding" };
    support_spec_t two = { .key = key, .organization = "Holding" };
    assert_int_equal(
        support_site_count(f, "TG352",
                           apr_pstrcat(f->pool, support_site(f, one, "www.bakery.com", ""),
                                       support_site(f, two, "www.garage.net", ""), NULL)),
        0);
}

/* ---- TG366 ---- */

/* The places that httpd 2.4.71 announces with AH00822: parts times indexes. */
static void a_cache_has_the_places_that_httpd_makes(void **state)
{
    (void)state;
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(8192)"), 1 * 5);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(32768)"), 2 * 10);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(65536)"), 4 * 10);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(524288)"), 8 * 43);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(1000000)"), 16 * 41);
    assert_int_equal(tlsg_stapling_cache_room("shmcb"), 8 * 43);
    /* No limit, or nothing that can be read. */
    assert_int_equal(tlsg_stapling_cache_room("dbm:/x"), 0);
    assert_int_equal(tlsg_stapling_cache_room("shmcbx:/x(8192)"), 0);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(1)"), 0);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(many)"), 0);
    assert_int_equal(tlsg_stapling_cache_room("shmcb:/x(8192"), 0);
    for (long n = 1; n < 5000; n += 7) {
        const char *cache = apr_psprintf(((support_sites_t *)*state)->pool, "shmcb:x(%ld)",
                                         tlsg_stapling_cache_bytes(n));
        assert_true(tlsg_stapling_cache_room(cache) >= 2 * n);
    }
}

static const char *stapled(support_sites_t *f, int sites, const char *server)
{
    const char *text = server;
    for (int i = 0; i < sites; i++) {
        support_spec_t spec = {
            .issuer = f->root, .extensions = { "authorityInfoAccess=OCSP;URI:http://127.0.0.1:9/" }
        };
        text = apr_pstrcat(f->pool, text,
                           support_site(f, spec, apr_psprintf(f->pool, "s%d.example.com", i), ""),
                           NULL);
    }
    return text;
}

static void a_cache_is_too_small_only_for_sure(void **state)
{
    support_sites_t *f = *state;
    static const char on[] = "SSLUseStapling on\nSSLStaplingCache shmcb:/x(8192)\n";
    assert_int_equal(support_site_count(f, "TG366", stapled(f, 5, on)), 0);
    assert_int_equal(support_site_count(f, "TG366", stapled(f, 6, on)), 1);
    assert_int_equal(
        support_site_count(f, "TG366", stapled(f, 6, "SSLStaplingCache shmcb:/x(8192)\n")), 0);
    assert_int_equal(support_site_count(
                         f, "TG366", stapled(f, 6, "SSLUseStapling on\nSSLStaplingCache dbm:/x\n")),
                     0);
    /* mod_md keeps its own. */
    assert_int_equal(
        support_site_count(f, "TG366",
                           stapled(f, 6, apr_pstrcat(f->pool, on, "MDStapling on\n", NULL))),
        0);
}

/* ---- TG361, TG362, TG363 ---- */

static void a_certificate_without_responder_is_no_fault(void **state)
{
    support_sites_t *f = *state;
    static const char on[] = "SSLUseStapling on\n";
    support_spec_t spec = { .issuer = f->root,
                            .extensions = { "crlDistributionPoints=URI:http://127.0.0.1:9/l" } };
    const char *off = support_site(f, spec, "www.example.com", "");
    assert_int_equal(support_site_count(f, "TG362", off), 0);
    assert_int_equal(support_site_count(f, "TG363", off), 0);
    const char *text = apr_pstrcat(f->pool, "SSLStaplingCache shmcb:/x(32768)\n",
                                   support_site(f, spec, "www.example.com", on), NULL);
    const tlsg_finding_t *found = support_conf_find(support_site_audit(f, text), "TG363");
    assert_non_null(found);
    assert_int_equal(found->severity, TLSG_NOTICE);
    assert_non_null(strstr(found->message, "revocation lists instead"));
    spec.extensions[1] = "tlsfeature=status_request";
    text = apr_pstrcat(f->pool, "SSLStaplingCache shmcb:/x(32768)\n",
                       support_site(f, spec, "www.example.com", on), NULL);
    found = support_conf_find(support_site_audit(f, text), "TG361");
    assert_non_null(found);
    assert_non_null(strstr(found->message, "names no responder"));
}

/* ---- TG335 ---- */

/* Findings while the root is (or is not) one of the system's. */
static int without_scts(support_sites_t *f, int trusted, const char *policy, const char *scts)
{
    support_spec_t spec = { .issuer = f->root, .extensions = { policy, scts } };
    const char *conf = support_site(f, spec, "www.example.com", "");
    return support_conf_count(support_site_audit_trusting(f, conf, trusted ? f->root : NULL),
                              "TG335");
}

static void timestamps_are_asked_of_public_certificates_only(void **state)
{
    support_sites_t *f = *state;
    static const char public[] = "certificatePolicies=2.23.140.1.2.1";
    /* An SCT list as an octet string inside the extension; its content is not looked at. */
    static const char scts[] = "1.3.6.1.4.1.11129.2.4.2=DER:04020000";
    assert_int_equal(without_scts(f, 1, public, NULL), 1);
    assert_int_equal(without_scts(f, 1, public, scts), 0);
    assert_int_equal(without_scts(f, 0, public, NULL), 0);
    assert_int_equal(without_scts(f, 1, "certificatePolicies=1.2.3.4", NULL), 0);
}

/* ---- TG428, TG429 ---- */

static const char *pinned(support_sites_t *f, const char *first, const char *second)
{
    return apr_psprintf(f->pool,
                        "Header always set Public-Key-Pins \"pin-sha256=\\\"%s\\\"; "
                        "pin-sha256=\\\"%s\\\"; max-age=2592000\"\n",
                        first, second);
}

static const char *pin_of(support_sites_t *f, EVP_PKEY *key)
{
    support_spec_t spec = { .cn = "x", .key = key };
    tlsg_certcache_t *cache = tlsg_certfile_cache_make(f->pool);
    return tlsg_certfile_intern(cache, support_cert(f->pool, &spec)->x509)->pin;
}

static void a_backup_pin_belongs_elsewhere(void **state)
{
    support_sites_t *f = *state;
    EVP_PKEY *key = support_key(f->pool, "P-256");
    EVP_PKEY *other = support_key(f->pool, "P-256");
    const char *offline = pin_of(f, support_key(f->pool, "P-256"));
    support_spec_t own = { .key = key };
    support_spec_t neighbour = { .key = other };
    const char *next = support_site(f, neighbour, "www.garage.net", "");
    const char *bad =
        support_site(f, own, "www.bakery.com", pinned(f, pin_of(f, key), pin_of(f, other)));
    const char *good = support_site(f, own, "www.bakery.com", pinned(f, pin_of(f, key), offline));
    assert_int_equal(support_site_count(f, "TG429", apr_pstrcat(f->pool, bad, next, NULL)), 1);
    assert_int_equal(support_site_count(f, "TG429", apr_pstrcat(f->pool, good, next, NULL)), 0);
    assert_int_equal(support_site_count(f, "TG429", bad), 0);
}

static void pins_of_a_managed_certificate_wait_for_the_start(void **state)
{
    support_sites_t *f = *state;
    const char *pin = pin_of(f, support_key(f->pool, "P-256"));
    const char *text = apr_pstrcat(
        f->pool,
        "MDomain www.example.com\n<VirtualHost *:443>\nServerName www.example.com\n"
        "SSLEngine on\n",
        pinned(f, pin, pin_of(f, support_key(f->pool, "P-256"))), "</VirtualHost>\n", NULL);
    const tlsg_report_t *report = support_site_audit(f, text);
    assert_int_equal(support_conf_count(report, "TG428"), 0);
    int asked = 0;
    for (int i = 0; i < tlsg_report_unknowns(report)->nelts; i++) {
        const tlsg_unknown_t *unknown =
            APR_ARRAY_IDX(tlsg_report_unknowns(report), i, const tlsg_unknown_t *);
        asked += strcmp(unknown->rule->id, "TG428") == 0;
    }
    assert_int_equal(asked, 1);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, support_sites_set_up, support_sites_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_shared_by_strangers_only),
        TEST(one_certificate_or_organization_is_one_owner),
        TEST(a_cache_has_the_places_that_httpd_makes),
        TEST(a_cache_is_too_small_only_for_sure),
        TEST(a_certificate_without_responder_is_no_fault),
        TEST(timestamps_are_asked_of_public_certificates_only),
        TEST(a_backup_pin_belongs_elsewhere),
        TEST(pins_of_a_managed_certificate_wait_for_the_start),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
