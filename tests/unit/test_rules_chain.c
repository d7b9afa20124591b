/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about what a client does with a certificate and its chain: where OpenSSL refuses, somebody
 * says why, and one cause gives one alarm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "rule.h"
#include "support_conf.h"
#include "support_site.h"

#define DAY 86400L /* seconds */
#define NAME "www.example.com"
#define LOW_LEVEL "SSLCipherSuite ECDHE+AESGCM:@SECLEVEL=0\n"
/* A certificate that was issued for everybody says so. */
#define PUBLIC_POLICY "certificatePolicies=2.23.140.1.2.1"
#define TIMESTAMPS "1.3.6.1.4.1.11129.2.4.2=DER:04020000"

static support_cert_t *authority(support_sites_t *f, support_spec_t spec)
{
    spec.is_ca = 1;
    spec.from = spec.from != 0 ? spec.from : -400 * DAY;
    spec.until = spec.until != 0 ? spec.until : 2000 * DAY;
    return support_cert(f->pool, &spec);
}

static support_cert_t *leaf_of(support_sites_t *f, const support_cert_t *issuer,
                               support_spec_t spec)
{
    spec.cn = NAME;
    spec.san = "DNS:" NAME;
    spec.issuer = issuer;
    return support_cert(f->pool, &spec);
}

#define SENDING(f, lines, ...)                                                                     \
    support_site_sending(f, (const support_cert_t *const[]){ __VA_ARGS__, NULL }, NAME, lines)

/* The first finding of the rule, which must be above a notice; "" when there is none. */
static const char *alarm_of(const tlsg_report_t *report, const char *rule)
{
    const tlsg_finding_t *found = support_conf_find(report, rule);
    return found != NULL && found->severity != TLSG_NOTICE ? found->message : "";
}

static const char *reason_of(const tlsg_report_t *report, const char *rule)
{
    const apr_array_header_t *unknowns = tlsg_report_unknowns(report);
    for (int i = 0; i < unknowns->nelts; i++) {
        const tlsg_unknown_t *unknown = APR_ARRAY_IDX(unknowns, i, const tlsg_unknown_t *);
        if (strcmp(unknown->rule->id, rule) == 0) {
            return unknown->reason;
        }
    }
    return "";
}

#define ASSERT_SAYS(text, words) assert_non_null(strstr(text, words))

/* ---- Roots ---- */

static void a_root_out_of_time_is_said(void **state)
{
    support_sites_t *f = *state;
    support_cert_t *root = authority(f, (support_spec_t){ .cn = "Old Root", .until = -10 * DAY });
    support_cert_t *inter = authority(f, (support_spec_t){ .cn = "CA 1", .issuer = root });
    const char *conf = SENDING(f, "", leaf_of(f, inter, (support_spec_t){ 0 }), inter);
    const tlsg_report_t *report = support_site_audit_trusting(f, conf, root);
    const tlsg_finding_t *found = support_conf_find(report, "TG342");
    assert_non_null(found);
    ASSERT_SAYS(found->message, "root \"CN = Old Root\" expired on");
    /* Some clients never look at the dates of a root. */
    assert_int_equal(found->severity, TLSG_WARNING);
    assert_int_equal(support_conf_count(report, "TG342"), 1);
    /* That the chain does not hold is another cause. */
    support_cert_t *mail = authority(
        f, (support_spec_t){ .cn = "CA 2", .issuer = root, .purposes = "emailProtection" });
    conf = SENDING(f, "", leaf_of(f, mail, (support_spec_t){ 0 }), mail);
    report = support_site_audit_trusting(f, conf, root);
    assert_int_equal(support_conf_count(report, "TG342"), 1);
    assert_int_equal(support_conf_count(report, "TG343"), 1);
}

static void a_root_that_nobody_knows_is_not_evaluated(void **state)
{
    support_sites_t *f = *state;
    support_cert_t *inter = authority(f, (support_spec_t){ .cn = "CA 1", .issuer = f->root });
    support_cert_t *leaf =
        leaf_of(f, inter, (support_spec_t){ .extensions = { PUBLIC_POLICY, TIMESTAMPS } });
    const char *conf = SENDING(f, "", leaf, inter);
    const tlsg_report_t *report = support_site_audit_trusting(f, conf, f->root);
    assert_string_equal(reason_of(report, "TG344"), "");
    support_cert_t *another = authority(f, (support_spec_t){ .cn = "Another Root" });
    report = support_site_audit_trusting(f, conf, another);
    ASSERT_SAYS(reason_of(report, "TG344"), "its root is not among this system's");
    report = support_site_audit_trusting(f, conf, NULL);
    ASSERT_SAYS(reason_of(report, "TG344"), "this system has no root certificates");
}

/* ---- Chains ---- */

static void strays_do_not_hide_that_the_issuer_is_missing(void **state)
{
    support_sites_t *f = *state;
    support_cert_t *issuer = authority(f, (support_spec_t){ .cn = "Corp Servers" });
    support_cert_t *stray = authority(f, (support_spec_t){ .cn = "Corp CA 1" });
    support_cert_t *leaf = leaf_of(f, issuer, (support_spec_t){ 0 });
    ASSERT_SAYS(alarm_of(support_site_audit(f, SENDING(f, "", leaf)), "TG340"), "Corp Servers");
    ASSERT_SAYS(alarm_of(support_site_audit(f, SENDING(f, "", leaf, stray)), "TG340"),
                "Corp Servers");
    const char *conf = SENDING(f, "", leaf, issuer);
    assert_string_equal(alarm_of(support_site_audit(f, conf), "TG340"), "");
}

static void a_ca_certificate_for_a_server_can_have_a_broken_chain_too(void **state)
{
    support_sites_t *f = *state;
    support_cert_t *inter = authority(
        f, (support_spec_t){ .cn = "CA 1", .issuer = f->root, .key_usage = "critical,cRLSign" });
    support_cert_t *leaf = leaf_of(
        f, inter,
        (support_spec_t){ .is_ca = 1, .key_usage = "critical,digitalSignature,keyCertSign" });
    const tlsg_report_t *report = support_site_audit(f, SENDING(f, "", leaf, inter, f->root));
    ASSERT_SAYS(alarm_of(report, "TG331"), "CA certificate");
    ASSERT_SAYS(alarm_of(report, "TG343"), "invalid CA certificate");
    leaf = leaf_of(f, f->root, (support_spec_t){ .is_ca = 1, .key_usage = "critical,keyCertSign" });
    ASSERT_SAYS(alarm_of(support_site_audit(f, SENDING(f, "", leaf, f->root)), "TG334"),
                "keyUsage lacks digitalSignature");
    /* What is there because the order is wrong says nothing about the chain. */
    support_cert_t *swapped = leaf_of(f, inter, (support_spec_t){ 0 });
    const support_cert_t wrong = { .x509 = inter->x509, .key = swapped->key };
    report = support_site_audit(f, SENDING(f, "", &wrong, swapped));
    assert_int_equal(support_conf_count(report, "TG303"), 1);
    assert_int_equal(support_conf_count(report, "TG343"), 0);
    assert_int_equal(support_conf_count(report, "TG334"), 0);
}

/* ---- Strength ---- */

static void short_keys_of_authorities_are_seen(void **state)
{
    support_sites_t *f = *state;
    support_cert_t *root = authority(f, (support_spec_t){ .cn = "Root" });
    support_cert_t *inter = authority(
        f,
        (support_spec_t){ .cn = "CA 1", .issuer = root, .key = support_key(f->pool, "RSA:1024") });
    const char *conf = SENDING(f, LOW_LEVEL, leaf_of(f, inter, (support_spec_t){ 0 }), inter);
    const tlsg_report_t *report = support_site_audit_trusting(f, conf, root);
    ASSERT_SAYS(alarm_of(report, "TG333"), "\"CN = CA 1\" has an RSA key of only 1024 bits");

    support_cert_t *old_root =
        authority(f, (support_spec_t){ .cn = "Old Root", .key = support_key(f->pool, "RSA:1024") });
    inter = authority(f, (support_spec_t){ .cn = "CA 2", .issuer = old_root });
    conf = SENDING(f, "", leaf_of(f, inter, (support_spec_t){ 0 }), inter);
    report = support_site_audit_trusting(f, conf, old_root);
    ASSERT_SAYS(alarm_of(report, "TG333"), "\"CN = Old Root\" has an RSA key of only 1024 bits");
    assert_int_equal(support_conf_count(report, "TG333"), 1);
}

static void nobody_looks_at_the_signature_of_a_self_signed_certificate(void **state)
{
    support_sites_t *f = *state;
    support_spec_t spec = { .digest = "SHA1" };
    const tlsg_report_t *report = support_site_audit(f, support_site(f, spec, NAME, LOW_LEVEL));
    assert_int_equal(support_conf_count(report, "TG330"), 1);
    assert_int_equal(support_conf_count(report, "TG332"), 0);
}

/* ---- Use and names ---- */

static void any_purpose_is_not_that_of_a_server(void **state)
{
    support_sites_t *f = *state;
    support_spec_t spec = { .issuer = f->root, .purposes = "anyExtendedKeyUsage" };
    ASSERT_SAYS(alarm_of(support_site_audit(f, support_site(f, spec, NAME, "")), "TG334"),
                "anyExtendedKeyUsage");
    spec.purposes = "anyExtendedKeyUsage,serverAuth";
    assert_int_equal(support_site_count(f, "TG334", support_site(f, spec, NAME, "")), 0);
}

/* One certificate whose names are in the common name gives one alarm. */
static void the_common_name_is_one_cause(void **state)
{
    support_sites_t *f = *state;
    support_spec_t spec = { .issuer = f->root, .cn = NAME };
    const char *conf = SENDING(f, "", support_cert(f->pool, &spec), f->root);
    const tlsg_report_t *report = support_site_audit(f, conf);
    ASSERT_SAYS(alarm_of(report, "TG322"), "no subjectAltName");
    assert_int_equal(support_conf_count(report, "TG320"), 0);
    /* The same with a subjectAltName that holds no name. */
    spec.san = "IP:192.0.2.1";
    report = support_site_audit(f, SENDING(f, "", support_cert(f->pool, &spec), f->root));
    ASSERT_SAYS(alarm_of(report, "TG322"), "no DNS name in its subjectAltName");
    assert_int_equal(support_conf_count(report, "TG320"), 0);
    /* Another name there: only that one counts, for everybody. */
    spec.san = "DNS:other.example.com";
    report = support_site_audit(f, SENDING(f, "", support_cert(f->pool, &spec), f->root));
    assert_int_equal(support_conf_count(report, "TG322"), 0);
    ASSERT_SAYS(alarm_of(report, "TG320"), "it is for other.example.com");
    /* A wrong common name covers nothing. */
    spec.san = NULL;
    spec.cn = "other.example.com";
    report = support_site_audit(f, SENDING(f, "", support_cert(f->pool, &spec), f->root));
    ASSERT_SAYS(alarm_of(report, "TG320"), "it is for no name at all");
    assert_int_equal(support_conf_count(report, "TG322"), 1);
}

/* What a certificate is for is told with its addresses, and an address in the wrong place is. */
static void addresses_are_told(void **state)
{
    support_sites_t *f = *state;
    support_spec_t spec = { .issuer = f->root, .san = "IP:11.22.33.44" };
    const tlsg_report_t *report = support_site_audit(f, support_site(f, spec, "11.22.33.45", ""));
    ASSERT_SAYS(alarm_of(report, "TG320"), "it is for 11.22.33.44");
    spec.san = "DNS:11.22.33.45";
    report = support_site_audit(f, support_site(f, spec, "11.22.33.45", ""));
    ASSERT_SAYS(alarm_of(report, "TG320"), "it has the address as a host name");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, support_sites_set_up, support_sites_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_root_out_of_time_is_said),
        TEST(a_root_that_nobody_knows_is_not_evaluated),
        TEST(strays_do_not_hide_that_the_issuer_is_missing),
        TEST(a_ca_certificate_for_a_server_can_have_a_broken_chain_too),
        TEST(short_keys_of_authorities_are_seen),
        TEST(nobody_looks_at_the_signature_of_a_self_signed_certificate),
        TEST(any_purpose_is_not_that_of_a_server),
        TEST(the_common_name_is_one_cause),
        TEST(addresses_are_told),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
