/* SPDX-License-Identifier: Apache-2.0 */
/* TG60x, TG61x, TG64x and TG65x on configuration texts: each rule's bad case, its good one,
 * and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>

#include "rules.h"
#include "support_conf.h"
#include "support_judge.h"

#define CERT "SSLCertificateFile @rsa@\n"
#define HOST_AT(address, lines) "<VirtualHost " address ">\n" lines "</VirtualHost>\n"
#define HOST(lines) HOST_AT("*:443", lines)
#define WWW "ServerName www.example.com\n"
#define SITE(lines) SUPPORT_LISTEN SUPPORT_TLS("www.example.com", lines)
#define END                                                                                        \
    {                                                                                              \
        NULL, TLSG_OFF, 0, NULL                                                                    \
    }

static void certificates_do_not_switch_tls_on(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "engine forgotten", TLSG_ERROR, 4, "Listen 8443\n" HOST_AT("*:8443", WWW CERT) },
        { "engine on", TLSG_OFF, 0, "Listen 8443\n" HOST_AT("*:8443", WWW "SSLEngine on\n" CERT) },
        { "https listener of the same address", TLSG_OFF, 0,
          "Listen 8443 https\n" HOST_AT("*:8443", WWW CERT) },
        { "https listener of another address", TLSG_ERROR, 4,
          "Listen 8443 https\n" HOST_AT("192.0.2.1:8443", WWW CERT) },
        { "port 443 of another address, inherited certificate", TLSG_ERROR, 3,
          "Listen 192.0.2.1:443\n" CERT HOST(WWW) },
        { "port 443 of the same address", TLSG_OFF, 0, "Listen 443\n" HOST(WWW CERT) },
        { "inherited certificate, plain port", TLSG_OFF, 0,
          "Listen 80\n" CERT HOST_AT("*:80", WWW) },
        { "snippet with certificates in both halves of a site", TLSG_NOTICE, 0,
          "Listen 443\nListen 8080\n" HOST_AT("*:8080", WWW CERT) HOST(WWW "SSLEngine on\n" CERT) },
        { "on port 80", TLSG_NOTICE, 0, "Listen 80\n" HOST_AT("*:80", WWW CERT) },
        { "engine off is another rule", TLSG_OFF, 0,
          "Listen 8443\n" HOST_AT("*:8443", WWW "SSLEngine off\n" CERT) },
        { "beside a TLS default", TLSG_OFF, 0, SITE("") HOST("ServerName a.example.com\n" CERT) },
        END,
    };
    support_judge("TG601", cases);
}

/* Reasons why TG601 was not decided for the site, "" when it was. */
static const char *undecided(apr_pool_t *pool, const char *other_tls, int has_mod_ssl)
{
    tlsg_model_t *model = support_conf_read(pool, "Listen 443\n" HOST(WWW CERT));
    model->other_tls = other_tls;
    if (!has_mod_ssl) {
        apr_hash_set(model->modules, "mod_ssl.c", APR_HASH_KEY_STRING, NULL);
    }
    tlsg_report_t *report = tlsg_report_make(pool);
    const tlsg_rule_t *rule = tlsg_rules_find("TG601");
    rule->check(rule, model, APR_ARRAY_IDX(model->vhosts, 1, const tlsg_vhost_t *), report);
    assert_int_equal(tlsg_report_findings(report)->nelts, 0);
    const apr_array_header_t *unknowns = tlsg_report_unknowns(report);
    return unknowns->nelts > 0 ? APR_ARRAY_IDX(unknowns, 0, const tlsg_unknown_t *)->reason : "";
}

static void tls_by_another_module_is_said(void **state)
{
    (void)state;
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    assert_string_equal(undecided(pool, NULL, 1), "");
    assert_non_null(strstr(undecided(pool, "mod_gnutls", 1), "mod_gnutls serves TLS"));
    assert_non_null(strstr(undecided(pool, NULL, 0), "mod_ssl is not loaded"));
    apr_pool_destroy(pool);
}

static void port_443_speaks_tls(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "nothing configured", TLSG_WARNING, 2, "Listen 443\n" HOST(WWW) },
        { "switched off", TLSG_NOTICE, 0, "Listen 443\n" HOST(WWW "SSLEngine off\n") },
        { "port 80", TLSG_OFF, 0, "Listen 80\n" HOST_AT("*:80", WWW) },
        { "TLS", TLSG_OFF, 0, SITE("") },
        { "beside a TLS default", TLSG_OFF, 0, SITE("") HOST("ServerName a.example.com\n") },
        { "nobody is there", TLSG_WARNING, 0, "Listen 80\nListen 443\n" HOST_AT("*:80", WWW) },
        { "any port", TLSG_OFF, 0,
          "Listen 80\nListen 443\n" HOST_AT("*", WWW "SSLEngine on\nSSLCertificateFile @rsa@\n") },
        END,
    };
    support_judge("TG602", cases);
    static const support_case_t beside[] = {
        { "own certificate", TLSG_WARNING, 9,
          "Listen 8443\n" SUPPORT_TLS_AT("*:8443", "www.example.com", "")
              HOST_AT("*:8443", "ServerName a.example.com\n" CERT) },
        { "no certificate", TLSG_NOTICE, 9, SITE("") HOST("ServerName a.example.com\n") },
        { "TLS", TLSG_OFF, 0, SITE("") SUPPORT_TLS("a.example.com", "") },
        { "another port", TLSG_OFF, 0, SITE("") HOST_AT("*:80", "ServerName a.example.com\n") },
        END,
    };
    support_judge("TG603", beside);
}

static void the_first_virtual_host_decides_about_tls(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "plain first", TLSG_ERROR, 2,
          "Listen 443\n" HOST("ServerName a.example.com\n") SUPPORT_TLS("www.example.com", "") },
        { "TLS first", TLSG_OFF, 0,
          "Listen 443\n" SUPPORT_TLS("www.example.com", "") HOST("ServerName a.example.com\n") },
        { "plain first on another port", TLSG_OFF, 0,
          "Listen 443\nListen 80\n" HOST_AT("*:80", "ServerName a.example.com\n")
              SUPPORT_TLS("www.example.com", "") },
        { "plain first on another address", TLSG_OFF, 0,
          "Listen 443\n" HOST_AT("127.0.0.1:443", "ServerName a.example.com\n")
              SUPPORT_TLS("www.example.com", "") },
        { "one of two addresses", TLSG_WARNING, 0,
          "Listen 443\nListen 444\n" HOST("ServerName a.example.com\n")
              SUPPORT_TLS_AT("*:443 *:444", "www.example.com", "") },
        { "optional first", TLSG_ERROR, 0,
          "Listen 443\n" HOST("ServerName a.example.com\nSSLEngine optional\n")
              SUPPORT_TLS("www.example.com", "") },
        END,
    };
    support_judge("TG604", cases);
}

static void optional_and_off_mean_off(void **state)
{
    (void)state;
    static const support_case_t optional[] = {
        { "with a certificate", TLSG_ERROR, 4,
          "Listen 443\n" HOST(WWW "SSLEngine optional\n" CERT) },
        { "any case", TLSG_ERROR, 0,
          "Listen 8443\n" HOST_AT("*:8443", WWW "SSLEngine Optional\n" CERT) },
        { "on port 80", TLSG_NOTICE, 0, "Listen 80\n" HOST_AT("*:80", WWW "SSLEngine optional\n") },
        { "on", TLSG_OFF, 0, SITE("") },
        { "off", TLSG_OFF, 0, "Listen 443\n" HOST(WWW "SSLEngine off\n" CERT) },
        END,
    };
    support_judge("TG605", optional);
    static const support_case_t off[] = {
        { "https port", TLSG_WARNING, 4, "Listen 443\n" HOST(WWW "SSLEngine off\n" CERT) },
        { "other port", TLSG_NOTICE, 0,
          "Listen 8080\n" HOST_AT("*:8080", WWW "SSLEngine off\n" CERT) },
        { "inherited", TLSG_ERROR, 5, "Listen 443\nSSLEngine off\n" HOST(WWW CERT) },
        { "no certificate", TLSG_OFF, 0, "Listen 443\n" HOST(WWW "SSLEngine off\n") },
        { "inherited certificate", TLSG_OFF, 0,
          "Listen 80\n" CERT HOST_AT("*:80", WWW "SSLEngine off\n") },
        END,
    };
    support_judge("TG606", off);
}

static void plain_ports_stay_plain(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "inherited on port 80", TLSG_WARNING, 4,
          "Listen 80\nSSLEngine on\n" CERT HOST_AT("*:80", WWW) },
        { "a redirect nobody sees", TLSG_WARNING, 0,
          "Listen 8080\nSSLEngine on\n" CERT HOST_AT(
              "*:8080", WWW "Redirect permanent / https://www.example.com/\n") },
        { "inherited on 443", TLSG_OFF, 0, "Listen 443\nSSLEngine on\n" CERT HOST(WWW) },
        { "redirect to another name", TLSG_OFF, 0,
          "Listen 8443\nSSLEngine on\n" CERT HOST_AT(
              "*:8443", WWW "Redirect permanent / https://example.net/\n") },
        { "own engine off", TLSG_OFF, 0,
          "Listen 80\nSSLEngine on\n" CERT HOST_AT("*:80", WWW "SSLEngine off\n") },
        { "both ports in one virtual host", TLSG_WARNING, 5,
          "Listen 80\nListen 443\n" HOST_AT("*:443 *:80", WWW "SSLEngine on\n" CERT) },
        { "port 80 is declared https", TLSG_OFF, 0,
          "Listen 80 https\n" HOST_AT("*:80", WWW "SSLEngine on\n" CERT) },
        END,
    };
    support_judge("TG607", cases);
}

#define PLACEHOLDER(lines) WWW "SSLEngine on\nSSLCertificateFile @self@\n" lines

static void a_host_that_refuses_everything_may_have_any_certificate(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "a site", TLSG_WARNING, 0, "Listen 443\n" HOST(PLACEHOLDER("")) },
        { "denied", TLSG_NOTICE, 0,
          "Listen 443\n" HOST(PLACEHOLDER("<Location />\nRequire all denied\n</Location>\n")) },
        { "forbidden by a rule", TLSG_NOTICE, 0,
          "Listen 443\n" HOST(PLACEHOLDER("RewriteEngine on\nRewriteRule ^ - [F]\n")) },
        { "not found", TLSG_NOTICE, 0, "Listen 443\n" HOST(PLACEHOLDER("Redirect 404 /\n")) },
        END,
    };
    support_judge("TG330", cases);
    support_judge("TG320", cases);
}

static void a_name_belongs_to_the_first(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "same name", TLSG_WARNING, 10, SITE("") SUPPORT_TLS("www.example.com", "") },
        { "any case", TLSG_WARNING, 0, SITE("") SUPPORT_TLS("WWW.Example.com", "") },
        { "alias first", TLSG_WARNING, 11,
          SITE("ServerAlias a.example.com\n") SUPPORT_TLS("a.example.com", "") },
        { "alias later", TLSG_WARNING, 0,
          SITE("") SUPPORT_TLS("a.example.com", "ServerAlias www.example.com\n") },
        { "wildcard first", TLSG_WARNING, 0,
          SITE("ServerAlias *.example.com\n") SUPPORT_TLS("a.example.com", "") },
        { "wildcard last", TLSG_OFF, 0,
          SITE("") SUPPORT_TLS("a.example.net", "ServerAlias *.example.com\n") },
        { "another port", TLSG_OFF, 0, SITE("") HOST_AT("*:80", WWW) },
        { "another address", TLSG_OFF, 0,
          SITE("") SUPPORT_TLS_AT("192.0.2.1:443", "www.example.com", "") },
        { "_default_ is *", TLSG_WARNING, 0,
          SITE("") SUPPORT_TLS_AT("_default_:443", "www.example.com", "") },
        { "own alias of the own name", TLSG_OFF, 0, SITE("ServerAlias www.example.com\n") },
        { "two plain ones", TLSG_NOTICE, 0,
          "Listen 80\n" HOST_AT("*:80", WWW) HOST_AT("*:80", WWW) },
        { "two addresses of one virtual host", TLSG_OFF, 0,
          "Listen 443\n" SUPPORT_TLS_AT("*:443 192.0.2.1:443", "www.example.com", "") },
        { "different names", TLSG_OFF, 0, SITE("") SUPPORT_TLS("a.example.com", "") },
        END,
    };
    support_judge("TG611", cases);
    assert_int_equal(support_judge_vhosts("TG611", SITE("") SUPPORT_TLS("www.example.com", "")), 1);
}

static void names_are_bare_host_names(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "port", TLSG_WARNING, 8, SITE("ServerAlias a.example.com:443\n") },
        { "scheme", TLSG_WARNING, 0, SITE("ServerAlias https://a.example.com\n") },
        { "comma", TLSG_WARNING, 0, SITE("ServerAlias a.example.com, b.example.com\n") },
        { "path", TLSG_WARNING, 0, SITE("ServerAlias a.example.com/\n") },
        { "final dot", TLSG_WARNING, 0, SITE("ServerAlias a.example.com.\n") },
        { "not ASCII", TLSG_WARNING, 0, SITE("ServerAlias m\303\274ller.example\n") },
        { "several", TLSG_OFF, 0, SITE("ServerAlias a.example.com *.b.example.com\n") },
        { "address", TLSG_OFF, 0, SITE("ServerAlias 192.0.2.1 2001:db8::1 [2001:db8::2]\n") },
        { "punycode", TLSG_OFF, 0, SITE("ServerAlias xn--mller-kva.example under_score.test\n") },
        { "star", TLSG_OFF, 0, SITE("ServerAlias *\n") },
        END,
    };
    support_judge("TG612", cases);
}

static void unnamed_and_default_virtual_hosts(void **state)
{
    (void)state;
    static const support_case_t unnamed[] = {
        { "alone", TLSG_NOTICE, 2, "Listen 443\n" HOST("SSLEngine on\n" CERT) },
        { "second", TLSG_WARNING, 9, SITE("") HOST("SSLEngine on\n" CERT) },
        { "second with an alias", TLSG_NOTICE, 0,
          SITE("") HOST("SSLEngine on\nServerAlias a.example.com\n" CERT) },
        { "named", TLSG_OFF, 0, SITE("") },
        { "plain", TLSG_OFF, 0, "Listen 80\n" HOST_AT("*:80", "") },
        END,
    };
    support_judge("TG613", unnamed);
    static const support_case_t site[] = {
        { "a site first", TLSG_NOTICE, 4, SITE("") SUPPORT_TLS("a.example.com", "") },
        { "alone", TLSG_OFF, 0, SITE("") },
        { "refuses", TLSG_OFF, 0,
          SITE("<Location />\nRequire all denied\n</Location>\n")
              SUPPORT_TLS("a.example.com", "") },
        { "named so", TLSG_OFF, 0,
          SUPPORT_LISTEN SUPPORT_TLS("catch-all.invalid", "") SUPPORT_TLS("a.example.com", "") },
        END,
    };
    support_judge("TG614", site);
}

static void addresses_and_listeners(void **state)
{
    (void)state;
    static const support_case_t split[] = {
        { "numeric beside *", TLSG_NOTICE, 0,
          SITE("") SUPPORT_TLS_AT("192.0.2.1:443", "a.example.com", "") },
        { "loopback beside *", TLSG_OFF, 0,
          SITE("") SUPPORT_TLS_AT("127.0.0.1:443", "a.example.com", "") },
        { "all numeric", TLSG_OFF, 0,
          "Listen 443\n" SUPPORT_TLS_AT("192.0.2.1:443", "www.example.com", "")
              SUPPORT_TLS_AT("192.0.2.2:443", "a.example.com", "") },
        { "another port", TLSG_OFF, 0,
          "Listen 8443\n" SITE("") SUPPORT_TLS_AT("192.0.2.1:8443", "a.example.com", "") },
        END,
    };
    support_judge("TG615", split);
    static const support_case_t listen[] = {
        { "no listener", TLSG_WARNING, 2, "Listen 80\n" SUPPORT_TLS("www.example.com", "") },
        { "listener", TLSG_OFF, 0, SITE("") },
        { "listener of an address", TLSG_OFF, 0,
          "Listen 192.0.2.1:443\n" SUPPORT_TLS("www.example.com", "") },
        { "any port", TLSG_OFF, 0, "Listen 8443\n" SUPPORT_TLS_AT("*", "www.example.com", "") },
        { "plain", TLSG_OFF, 0, "Listen 80\n" HOST_AT("*:8080", WWW) },
        { "of another address", TLSG_WARNING, 2,
          "Listen 192.0.2.2:443\n" SUPPORT_TLS_AT("192.0.2.1:443", "www.example.com", "") },
        { "of every address", TLSG_OFF, 0,
          "Listen 443\n" SUPPORT_TLS_AT("192.0.2.1:443", "www.example.com", "") },
        END,
    };
    support_judge("TG616", listen);
}

#define CA "SSLCACertificateFile @rsa@\n"
#define STAFF(lines) "<Location /staff>\n" lines "</Location>\n"

static void certificates_are_asked_for_in_the_handshake(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "HTTP/2", TLSG_WARNING, 11,
          SITE("Protocols h2 http/1.1\n" CA STAFF("SSLVerifyClient require\n")) },
        { "TLS 1.3", TLSG_WARNING, 0, SITE(CA STAFF("SSLVerifyClient require\n")) },
        { "TLS 1.2 and HTTP/1.1", TLSG_NOTICE, 0,
          SITE("SSLProtocol -all +TLSv1.2\n" CA STAFF("SSLVerifyClient require\n")) },
        { "optional for all, required here", TLSG_WARNING, 0,
          SITE("SSLVerifyClient optional\n" CA STAFF("SSLVerifyClient require\n")) },
        { "required for all", TLSG_OFF, 0,
          SITE("SSLVerifyClient require\n" CA STAFF("SSLVerifyClient require\n")) },
        { "optional for all, optional here", TLSG_OFF, 0,
          SITE("SSLVerifyClient optional\n" CA STAFF("SSLVerifyClient optional\n")) },
        { "none here", TLSG_OFF, 0, SITE(STAFF("SSLVerifyClient none\n")) },
        { "for all", TLSG_OFF, 0, SITE("SSLVerifyClient require\n" CA) },
        { "expression", TLSG_OFF, 0,
          SITE("SSLVerifyClient optional\n" CA STAFF("Require ssl-verify-client\n")) },
        { "section of the server level", TLSG_WARNING, 0,
          CA "<Directory /srv/www>\nSSLVerifyClient require\n</Directory>\n" SITE("") },
        END,
    };
    support_judge("TG641", cases);
    static const support_case_t suites[] = {
        { "in a location", TLSG_NOTICE, 9,
          SITE(STAFF("SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA384\n")) },
        { "the same list", TLSG_OFF, 0,
          SITE("SSLCipherSuite ECDHE+AESGCM\n" STAFF("SSLCipherSuite ECDHE+AESGCM\n")) },
        { "for all", TLSG_OFF, 0, SITE("SSLCipherSuite ECDHE+AESGCM\n") },
        END,
    };
    support_judge("TG642", suites);
}

static void client_certificates_have_an_authority(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "required", TLSG_ERROR, 8, SITE("SSLVerifyClient require\n") },
        { "optional", TLSG_WARNING, 0, SITE("SSLVerifyClient optional\n") },
        { "in a location", TLSG_WARNING, 9, SITE(STAFF("SSLVerifyClient require\n")) },
        { "with a file", TLSG_OFF, 0, SITE("SSLVerifyClient require\n" CA) },
        { "with an inherited file", TLSG_OFF, 0, CA SITE("SSLVerifyClient require\n") },
        { "by command", TLSG_OFF, 0,
          SITE("SSLVerifyClient require\nSSLOpenSSLConfCmd VerifyCAFile @rsa@\n") },
        { "unverified", TLSG_OFF, 0, SITE("SSLVerifyClient optional_no_ca\n") },
        { "only names", TLSG_ERROR, 0,
          SITE("SSLVerifyClient require\nSSLCADNRequestFile @rsa@\n") },
        END,
    };
    support_judge("TG643", cases);
    static const support_case_t unverified[] = {
        { "unverified", TLSG_WARNING, 8, SITE("SSLVerifyClient optional_no_ca\n") },
        { "checked elsewhere", TLSG_NOTICE, 0,
          SITE("SSLVerifyClient optional_no_ca\nRequestHeader set X-Cert %{SSL_CLIENT_CERT}s\n") },
        { "verified", TLSG_OFF, 0, SITE("SSLVerifyClient optional\n" CA) },
        { "plain virtual host", TLSG_OFF, 0,
          "Listen 80\n" HOST_AT("*:80", WWW "SSLVerifyClient optional_no_ca\n") },
        END,
    };
    support_judge("TG644", unverified);
    static const support_case_t exception[] = {
        { "exempt", TLSG_WARNING, 11,
          SITE("SSLVerifyClient require\n" CA STAFF("SSLVerifyClient none\n")) },
        { "optional for all", TLSG_OFF, 0,
          SITE("SSLVerifyClient optional\n" CA STAFF("SSLVerifyClient none\n")) },
        { "nothing required", TLSG_OFF, 0, SITE(STAFF("SSLVerifyClient none\n")) },
        END,
    };
    support_judge("TG645", exception);
    static const support_case_t bundle[] = {
        { "every authority", TLSG_WARNING, 9,
          SITE("SSLVerifyClient require\n"
               "SSLCACertificateFile /etc/ssl/certs/ca-certificates.crt\n") },
        { "and the subject is checked", TLSG_NOTICE, 0,
          SITE("SSLVerifyClient require\n"
               "SSLCACertificateFile /etc/ssl/certs/ca-certificates.crt\n" STAFF(
                   "Require expr %{SSL_CLIENT_S_DN_O} == 'Example'\n")) },
        { "own authority", TLSG_OFF, 0, SITE("SSLVerifyClient require\n" CA) },
        { "own file in that place", TLSG_OFF, 0,
          SITE("SSLVerifyClient require\nSSLCACertificateFile /etc/ssl/certs/staff-ca.pem\n") },
        { "nobody is asked", TLSG_OFF, 0,
          SITE("SSLCACertificateFile /etc/ssl/certs/ca-certificates.crt\n") },
        END,
    };
    support_judge("TG646", bundle);
}

static void revocation_is_checked(void **state)
{
    (void)state;
    static const support_case_t missing[] = {
        { "leaf", TLSG_ERROR, 8, SITE("SSLCARevocationCheck leaf\n") },
        { "chain with a word behind it", TLSG_ERROR, 0,
          SITE("SSLCARevocationCheck chain no_crl_for_cert_ok\n") },
        { "none", TLSG_OFF, 0, SITE("SSLCARevocationCheck none\n") },
        { "list", TLSG_OFF, 0, SITE("SSLCARevocationCheck leaf\nSSLCARevocationFile @rsa@\n") },
        { "directory", TLSG_OFF, 0, SITE("SSLCARevocationCheck leaf\nSSLCARevocationPath /etc\n") },
        { "plain virtual host", TLSG_OFF, 0,
          "Listen 80\n" HOST_AT("*:80", WWW "SSLCARevocationCheck leaf\n") },
        END,
    };
    support_judge("TG647", missing);
    static const support_case_t unused[] = {
        { "list without check", TLSG_WARNING, 10,
          SITE("SSLVerifyClient require\n" CA "SSLCARevocationFile @rsa@\n") },
        { "checked", TLSG_OFF, 0,
          SITE("SSLVerifyClient require\n" CA
               "SSLCARevocationFile @rsa@\nSSLCARevocationCheck leaf\n") },
        { "nobody is asked", TLSG_NOTICE, 0, SITE("SSLCARevocationFile @rsa@\n") },
        { "no list", TLSG_OFF, 0, SITE("SSLVerifyClient require\n" CA) },
        END,
    };
    support_judge("TG648", unused);
    static const support_case_t none[] = {
        { "no check", TLSG_NOTICE, 8, SITE("SSLVerifyClient require\n" CA) },
        { "OCSP", TLSG_OFF, 0, SITE("SSLVerifyClient require\nSSLOCSPEnable leaf\n" CA) },
        { "OCSP off", TLSG_NOTICE, 0, SITE("SSLVerifyClient require\nSSLOCSPEnable off\n" CA) },
        { "nobody is asked", TLSG_OFF, 0, SITE(CA) },
        END,
    };
    support_judge("TG649", none);
}

static void options_and_access_rules(void **state)
{
    (void)state;
    static const support_case_t depth[] = {
        { "deep", TLSG_NOTICE, 0, SITE("SSLVerifyDepth 10\n") },
        { "zero", TLSG_NOTICE, 0, SITE(STAFF("SSLVerifyDepth 0\n")) },
        { "two", TLSG_OFF, 0, SITE("SSLVerifyDepth 2\n") },
        { "five", TLSG_OFF, 0, SITE("SSLVerifyDepth 5\n") },
        END,
    };
    support_judge("TG651", depth);
    static const support_case_t fake[] = {
        { "on", TLSG_NOTICE, 0, SITE(STAFF("SSLOptions +FakeBasicAuth +StrictRequire\n")) },
        { "taken away", TLSG_OFF, 0, SITE(STAFF("SSLOptions -FakeBasicAuth\n")) },
        { "others", TLSG_OFF, 0, SITE(STAFF("SSLOptions +StrictRequire\n")) },
        END,
    };
    support_judge("TG652", fake);
    static const support_case_t wide[] = {
        { "everywhere", TLSG_NOTICE, 0, SITE("SSLOptions +StdEnvVars\n") },
        { "in a section", TLSG_OFF, 0,
          SITE("<FilesMatch x>\nSSLOptions +StdEnvVars\n</FilesMatch>\n") },
        { "another option", TLSG_OFF, 0, SITE("SSLOptions +StrictRequire\n") },
        END,
    };
    support_judge("TG653", wide);
    static const support_case_t plain[] = {
        { "everything is refused", TLSG_WARNING, 5,
          "Listen 80\n" HOST_AT("*:80", WWW "<Location />\nSSLRequireSSL\n</Location>\n") },
        { "a part is refused", TLSG_NOTICE, 0,
          "Listen 80\n" HOST_AT("*:80", WWW STAFF("SSLRequireSSL\n")) },
        { "not evaluated", TLSG_WARNING, 0,
          "Listen 80\n" HOST_AT("*:80", WWW STAFF("SSLVerifyClient require\n")) },
        { "redirected before", TLSG_OFF, 0,
          "Listen 80\n" HOST_AT("*:80", WWW
                                "Redirect / https://www.example.com/\n" STAFF("SSLRequireSSL\n")) },
        { "behind another without TLS", TLSG_WARNING, 0,
          "Listen 80\n" HOST_AT("*:80", "ServerName a.test\n")
              HOST_AT("*:80", WWW STAFF("SSLVerifyClient require\n")) },
        { "TLS", TLSG_OFF, 0, SITE(STAFF("SSLRequireSSL\n")) },
        { "of the server level", TLSG_OFF, 0,
          "Listen 80\n<Directory /srv>\nSSLRequireSSL\n</Directory>\n" HOST_AT("*:80", WWW) },
        END,
    };
    support_judge("TG654", plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_do_not_switch_tls_on),
        cmocka_unit_test(tls_by_another_module_is_said),
        cmocka_unit_test(port_443_speaks_tls),
        cmocka_unit_test(the_first_virtual_host_decides_about_tls),
        cmocka_unit_test(optional_and_off_mean_off),
        cmocka_unit_test(plain_ports_stay_plain),
        cmocka_unit_test(a_host_that_refuses_everything_may_have_any_certificate),
        cmocka_unit_test(a_name_belongs_to_the_first),
        cmocka_unit_test(names_are_bare_host_names),
        cmocka_unit_test(unnamed_and_default_virtual_hosts),
        cmocka_unit_test(addresses_and_listeners),
        cmocka_unit_test(certificates_are_asked_for_in_the_handshake),
        cmocka_unit_test(client_certificates_have_an_authority),
        cmocka_unit_test(revocation_is_checked),
        cmocka_unit_test(options_and_access_rules),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
