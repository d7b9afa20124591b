/* SPDX-License-Identifier: Apache-2.0 */
/* Host names against certificates: rows from the RFCs, and agreement with X509_check_host(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "names.h"
#include "support_cert.h"

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = pool;
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(ERR_peek_error(), 0);
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

/* Facts with only names in them. */
static tlsg_cert_t with_names(const char *const *dns, int dns_count, const char *const *ips,
                              int ip_count)
{
    tlsg_cert_t cert = { .dns = dns, .dns_count = dns_count, .ips = ips, .ip_count = ip_count };
    return cert;
}

static const char *const dns_names[] = { "www.example.com",
                                         "*.Example.ORG",
                                         "xn--bcher-kva.example",
                                         "*.xn--mnchen-3ya.de",
                                         "*.com",
                                         "f*.example.net",
                                         "*",
                                         "a.*.example.net",
                                         "trailing.example.com." };
static const char *const ip_names[] = { "192.0.2.1", "2001:db8::1" };

static void names_match_as_rfc_9525_says(void **state)
{
    (void)state;
    tlsg_cert_t cert = with_names(dns_names, 9, ip_names, 2);
    static const struct {
        const char *host;
        tlsg_name_match_t match;
    } rows[] = {
        { "www.example.com", TLSG_NAME_MATCH_EXACT },
        { "WWW.Example.Com.", TLSG_NAME_MATCH_EXACT },
        { "example.com", TLSG_NAME_MATCH_NONE },
        { "www.example.com.evil.net", TLSG_NAME_MATCH_NONE },
        { "shop.example.org", TLSG_NAME_MATCH_WILDCARD },
        { "example.org", TLSG_NAME_MATCH_NONE },
        { "a.b.example.org", TLSG_NAME_MATCH_NONE },
        { "*.example.org", TLSG_NAME_MATCH_EXACT },
        { "b\xC3\xBC"
          "cher.example",
          TLSG_NAME_MATCH_EXACT },
        { "B\xC3\x9C"
          "CHER.example",
          TLSG_NAME_MATCH_EXACT },
        { "xn--bcher-kva.example", TLSG_NAME_MATCH_EXACT },
        { "www.m\xC3\xBCnchen.de", TLSG_NAME_MATCH_WILDCARD },
        { "www.xn--mnchen-3ya.de", TLSG_NAME_MATCH_WILDCARD },
        { "foo.com", TLSG_NAME_MATCH_NONE },         /* "*.com" covers nothing */
        { "foo.example.net", TLSG_NAME_MATCH_NONE }, /* "f*": partial wildcards do not count */
        { "localhost", TLSG_NAME_MATCH_NONE },       /* a bare "*" covers nothing */
        { "a.b.example.net", TLSG_NAME_MATCH_NONE }, /* "*" only leftmost */
        { "192.0.2.1", TLSG_NAME_MATCH_IP },
        { "[2001:DB8:0:0::1]", TLSG_NAME_MATCH_IP },
        { "2001:db8::1", TLSG_NAME_MATCH_IP },
        { "192.0.2.2", TLSG_NAME_MATCH_NONE },
        { "", TLSG_NAME_MATCH_NONE },
        { "a b.example.org", TLSG_NAME_MATCH_NONE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (tlsg_names_match(&cert, rows[i].host) != rows[i].match) {
            fail_msg("%s: %d", rows[i].host, tlsg_names_match(&cert, rows[i].host));
        }
    }
}

static void an_address_never_matches_a_dns_name(void **state)
{
    (void)state;
    static const char *const dns[] = { "192.0.2.1", "*.0.2.1" };
    tlsg_cert_t cert = with_names(dns, 2, NULL, 0);
    assert_int_equal(tlsg_names_match(&cert, "192.0.2.1"), TLSG_NAME_MATCH_NONE);
}

static void the_common_name_is_a_fact_apart(void **state)
{
    (void)state;
    tlsg_cert_t cert = { .subject_cn = "*.example.com" };
    assert_int_equal(tlsg_names_match(&cert, "www.example.com"), TLSG_NAME_MATCH_NONE);
    assert_true(tlsg_names_cn_matches(&cert, "www.example.com"));
    assert_false(tlsg_names_cn_matches(&cert, "example.com"));
    cert.subject_cn = "2001:DB8::1";
    assert_true(tlsg_names_cn_matches(&cert, "[2001:db8::1]"));
    cert.subject_cn = NULL;
    assert_false(tlsg_names_cn_matches(&cert, "www.example.com"));
}

static void patterns_are_decided_where_they_can_be(void **state)
{
    (void)state;
    static const char *const dns[] = { "*.example.com", "www.example.net", "api1.example.net" };
    tlsg_cert_t cert = with_names(dns, 3, ip_names, 1);
    static const struct {
        const char *pattern;
        tlsg_name_match_t match;
    } rows[] = {
        { "*.example.com", TLSG_NAME_MATCH_WILDCARD },
        { "*.EXAMPLE.com", TLSG_NAME_MATCH_WILDCARD },
        { "*.example.net", TLSG_NAME_MATCH_UNDECIDED },
        { "www*.example.net", TLSG_NAME_MATCH_UNDECIDED },
        { "api?.example.net", TLSG_NAME_MATCH_UNDECIDED },
        { "api??.example.net", TLSG_NAME_MATCH_NONE },
        { "*.example.org", TLSG_NAME_MATCH_NONE },
        { "*.sub.example.org", TLSG_NAME_MATCH_NONE },
        { "a*.example.com", TLSG_NAME_MATCH_UNDECIDED },
        { "*", TLSG_NAME_MATCH_UNDECIDED },
        { "192.0.*", TLSG_NAME_MATCH_UNDECIDED },
        { "10.*", TLSG_NAME_MATCH_UNDECIDED }, /* 10.example.com */
        { "10.1.*", TLSG_NAME_MATCH_NONE },    /* a wildcard covers one label */
        { "www.example.net", TLSG_NAME_MATCH_EXACT },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (tlsg_names_match_pattern(&cert, rows[i].pattern) != rows[i].match) {
            fail_msg("%s: %d", rows[i].pattern, tlsg_names_match_pattern(&cert, rows[i].pattern));
        }
    }
    tlsg_cert_t empty = { 0 };
    assert_int_equal(tlsg_names_match_pattern(&empty, "*"), TLSG_NAME_MATCH_NONE);
}

static void kinds_of_names_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        tlsg_name_kind_t kind;
    } rows[] = {
        { "www.example.com", TLSG_NAME_PUBLIC },
        { "EXAMPLE.ORG.", TLSG_NAME_PUBLIC },
        { "m\xC3\xBCnchen.de", TLSG_NAME_PUBLIC },
        { "*.example.com", TLSG_NAME_PUBLIC },
        { "localhost", TLSG_NAME_LOCALHOST },
        { "app.LocalHost", TLSG_NAME_LOCALHOST },
        { "localhost.localdomain", TLSG_NAME_LOCALHOST },
        { "intranet", TLSG_NAME_INTERNAL },
        { "web1", TLSG_NAME_SINGLE_LABEL },
        { "_default_", TLSG_NAME_SINGLE_LABEL },
        { "nas.local", TLSG_NAME_INTERNAL },
        { "db.corp.internal", TLSG_NAME_INTERNAL },
        { "router.home.arpa", TLSG_NAME_INTERNAL },
        { "myhome.arpa", TLSG_NAME_PUBLIC },
        { "catch-all.invalid", TLSG_NAME_RESERVED },
        { "a.test", TLSG_NAME_RESERVED },
        { "shop.example", TLSG_NAME_RESERVED },
        { "contest", TLSG_NAME_SINGLE_LABEL },
        { "a.contest", TLSG_NAME_PUBLIC },
        { "10.1.2.3", TLSG_NAME_PRIVATE_IP },
        { "172.31.0.1", TLSG_NAME_PRIVATE_IP },
        { "172.32.0.1", TLSG_NAME_PUBLIC_IP },
        { "8.8.8.8", TLSG_NAME_PUBLIC_IP },
        { "[::1]", TLSG_NAME_PRIVATE_IP },
        { "fd00::1", TLSG_NAME_PRIVATE_IP },
        { "febf::1", TLSG_NAME_PRIVATE_IP },
        { "fec0::1", TLSG_NAME_PUBLIC_IP },
        { "2606:4700::1111", TLSG_NAME_PUBLIC_IP },
        { "256.1.1.1", TLSG_NAME_INVALID },
        { "", TLSG_NAME_INVALID },
        { ".", TLSG_NAME_INVALID },
        { "a..b", TLSG_NAME_INVALID },
        { "www.example.com:443", TLSG_NAME_INVALID },
        { "bad\xFF.example.com", TLSG_NAME_INVALID },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (tlsg_names_kind(rows[i].host) != rows[i].kind) {
            fail_msg("%s: %d", rows[i].host, tlsg_names_kind(rows[i].host));
        }
    }
    assert_true(tlsg_names_is_public("1.1.1.1"));
    assert_false(tlsg_names_is_public("localhost"));
}

/* Rows 1-4: RFC 3492 section 7.1; the others are names that exist. */
static void names_in_other_scripts_become_ascii(void **state)
{
    static const struct {
        const char *host;
        const char *ascii;
    } rows[] = {
        { "\xE4\xBB\x96\xE4\xBB\xAC\xE4\xB8\xBA\xE4\xBB\x80\xE4\xB9\x88"
          "\xE4\xB8\x8D\xE8\xAF\xB4\xE4\xB8\xAD\xE6\x96\x87",
          "xn--ihqwcrb4cv8a8dqg056pqjye" },
        { "Pro\xC4\x8Dprost\xC4\x9Bnemluv\xC3\xAD\xC4\x8D"
          "esky",
          "xn--proprostnemluvesky-uyb24dma41a" },
        { "3\xE5\xB9\xB4"
          "B\xE7\xB5\x84\xE9\x87\x91\xE5\x85\xAB\xE5\x85\x88\xE7\x94\x9F",
          "xn--3b-ww4c5e180e575a65lsy2b" },
        { "\xE3\x81\xB2\xE3\x81\xA8\xE3\x81\xA4\xE5\xB1\x8B\xE6\xA0\xB9\xE3\x81\xAE\xE4\xB8\x8B"
          "2",
          "xn--2-u9tlzr9756bt3uc0v" },
        { "\xD0\x9F\xD0\xA0\xD0\x98\xD0\x9C\xD0\x95\xD0\xA0."
          "\xD0\xB8\xD1\x81\xD0\xBF\xD1\x8B\xD1\x82\xD0\xB0\xD0\xBD\xD0\xB8\xD0\xB5",
          "xn--e1afmkfd.xn--80akhbyknj4f" },
        { "fa\xC3\x9F.de", "xn--fa-hia.de" },
        { "\xE4\xBE\x8B\xE3\x81\x88\xE3\x80\x82\xE3\x83\x86\xE3\x82\xB9\xE3\x83\x88",
          "xn--r8jz45g.xn--zckzah" },
        { "\xC5\xBB\xC3\x93\xC5\x81W.pl", "xn--w-uga1v8h.pl" },
        { "Plain.Example.COM.", "plain.example.com" },
        { "[2001:DB8::1]", "2001:db8::1" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *ascii = tlsg_names_to_ascii(*state, rows[i].host);
        assert_non_null(ascii);
        assert_string_equal(ascii, rows[i].ascii);
    }
    static const char *const none[] = { "",
                                        "a..b",
                                        ".a",
                                        "a b",
                                        "a/b.de",
                                        "\xC0\x80.de",
                                        "\xED\xA0\x80.de",
                                        "\xF4\x90\x80\x80.de",
                                        "\xE4\xBB" };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_null(tlsg_names_to_ascii(*state, none[i]));
    }
}

static void lengths_are_those_of_dns(void **state)
{
    apr_pool_t *pool = *state;
    char label[65];
    memset(label, 'a', sizeof(label));
    label[64] = '\0';
    assert_null(tlsg_names_to_ascii(pool, label));
    assert_non_null(tlsg_names_to_ascii(pool, label + 1));
    const char *name =
        apr_psprintf(pool, "%s.%s.%s.%s", label + 1, label + 1, label + 1, label + 3);
    assert_int_equal(strlen(name), 253);
    assert_non_null(tlsg_names_to_ascii(pool, name));
    assert_null(tlsg_names_to_ascii(pool, apr_pstrcat(pool, "a", name, NULL)));
    /* A label that fits in characters but not as an A-label. */
    char long_label[40 * 3 + 1];
    for (unsigned i = 0; i < 40; i++) {
        unsigned c = 0x4E00 + i * 491;
        long_label[3 * i] = (char)(0xE0 | c >> 12);
        long_label[3 * i + 1] = (char)(0x80 | (c >> 6 & 0x3F));
        long_label[3 * i + 2] = (char)(0x80 | (c & 0x3F));
    }
    long_label[40 * 3] = '\0';
    assert_null(tlsg_names_to_ascii(pool, long_label));
}

/* Names over a small alphabet, so that many of them meet. */
static const char *random_name(apr_pool_t *pool, unsigned long long *seed, int for_certificate)
{
    static const char *const labels[] = { "a", "b", "A", "ab", "xn--a-0ja", "1", "a-b", "com" };
    const char *name = labels[support_random(seed, 8)];
    for (unsigned i = support_random(seed, 4); i > 0; i--) {
        name = apr_pstrcat(pool, labels[support_random(seed, 8)], ".", name, NULL);
    }
    if (for_certificate && support_random(seed, 2) == 0) {
        static const char *const stars[] = { "*.", "*.", "*.", "a*.", "a.*.", "**." };
        name = apr_pstrcat(pool, stars[support_random(seed, 6)], name, NULL);
    }
    return name;
}

static void matching_agrees_with_openssl(void **state)
{
    unsigned long long seed = 99;
    int matches = 0;
    int rounds = getenv("TLSGUARD_LONG") != NULL ? 4000 : 300;
    EVP_PKEY *key = support_key(*state, "P-256");
    for (int i = 0; i < rounds; i++) {
        apr_pool_t *pool = NULL;
        apr_pool_create(&pool, *state);
        const char *san = apr_pstrcat(pool, "DNS:", random_name(pool, &seed, 1),
                                      ",DNS:", random_name(pool, &seed, 1), NULL);
        support_spec_t spec = { .cn = "a.b.com", .san = san, .key = key };
        X509 *x509 = support_cert(pool, &spec)->x509;
        X509_up_ref(x509);
        const tlsg_cert_t *cert = tlsg_cert_make(pool, x509, NULL);
        assert_int_equal(cert->dns_count, 2);
        for (int k = 0; k < 50; k++) {
            const char *host = random_name(pool, &seed, 0);
            int theirs = X509_check_host(x509, host, 0,
                                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                             X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                                         NULL) == 1;
            int ours = tlsg_names_match(cert, host) != TLSG_NAME_MATCH_NONE;
            if (ours != theirs) {
                fail_msg("%s against %s: OpenSSL says %d", host, san, theirs);
            }
            matches += ours;
        }
        apr_pool_destroy(pool);
    }
    assert_true(matches > rounds / 5); /* or too few of them meet to prove anything */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match_as_rfc_9525_says),
        cmocka_unit_test(an_address_never_matches_a_dns_name),
        cmocka_unit_test(the_common_name_is_a_fact_apart),
        cmocka_unit_test(patterns_are_decided_where_they_can_be),
        cmocka_unit_test(kinds_of_names_are_told_apart),
        cmocka_unit_test(names_in_other_scripts_become_ascii),
        cmocka_unit_test(lengths_are_those_of_dns),
        cmocka_unit_test(matching_agrees_with_openssl),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
