/* SPDX-License-Identifier: Apache-2.0 */
/* TG62x and TG63x on configuration texts: lines that another line or virtual host makes
 * ineffective. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "rule.h"
#include "rules.h"
#include "support_conf.h"
#include "support_judge.h"

#define SITE(lines) SUPPORT_LISTEN SUPPORT_TLS("www.example.com", lines)
#define TWO(first, second) SITE(first) SUPPORT_TLS("a.example.com", second)
#define NO_PROTOCOL(first, second)                                                                 \
    "Listen 443\n" SUPPORT_TLS("www.example.com", first) SUPPORT_TLS("a.example.com", second)
#define END                                                                                        \
    {                                                                                              \
        NULL, TLSG_OFF, 0, NULL                                                                    \
    }

static void the_last_line_counts(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "weaker last", TLSG_NOTICE, 8,
          SITE("SSLProtocol -all +TLSv1.3\nSSLProtocol all -SSLv3\n") },
        { "the same twice", TLSG_OFF, 0, SITE("SSLHonorCipherOrder on\nSSLHonorCipherOrder On\n") },
        { "two scopes", TLSG_OFF, 0, SITE("SSLProtocol -all +TLSv1.3\n") },
        { "certificates add up", TLSG_OFF, 0, SITE("SSLCertificateFile @ecdsa@\n") },
        { "commands add up", TLSG_OFF, 0,
          SITE("SSLOpenSSLConfCmd Groups X25519\nSSLOpenSSLConfCmd NumTickets 1\n") },
        { "two cipher lists", TLSG_OFF, 0,
          SITE("SSLCipherSuite ECDHE+AESGCM\nSSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384\n") },
        { "the TLS 1.3 list twice", TLSG_NOTICE, 0,
          SITE("SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\n"
               "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384\n") },
        { "in a section", TLSG_OFF, 0,
          SITE("SSLVerifyClient none\n<Location />\nSSLVerifyClient none\n</Location>\n") },
        { "at server level", TLSG_NOTICE, 1, "SSLProtocol -all +TLSv1.3\n" SITE("") },
        { "at server level, used by nobody", TLSG_OFF, 0,
          "SSLProtocol -all +TLSv1.3\n" SITE("SSLProtocol -all +TLSv1.2\n") },
        { "plain virtual host", TLSG_OFF, 0,
          "Listen 80\n<VirtualHost *:80>\nServerName a.test\nSSLProtocol TLSv1.2\n"
          "SSLProtocol TLSv1.3\n</VirtualHost>\n" },
        { "two names", TLSG_WARNING, 5, SITE("ServerName other.example.com\n") },
        { "two names, the first an alias", TLSG_OFF, 0,
          SITE("ServerName other.example.com\nServerAlias www.example.com\n") },
        END,
    };
    support_judge("TG621", cases);
}

/* Findings of TG621 when the last directive of the virtual host comes from another file. */
static const tlsg_finding_t *judge_include(apr_pool_t *pool, const char *own, const char *included)
{
    tlsg_model_t *model =
        support_conf_read(pool, apr_pstrcat(pool,
                                            "Listen 443\n<VirtualHost *:443>\n"
                                            "ServerName www.example.com\nSSLEngine on\n",
                                            own, included, "</VirtualHost>\n", NULL));
    tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, 1, tlsg_vhost_t *);
    const tlsg_directive_t *last =
        APR_ARRAY_IDX(vhost->directives, vhost->directives->nelts - 1, const tlsg_directive_t *);
    tlsg_directive_t *moved = apr_pmemdup(pool, last, sizeof *last);
    moved->origin.file = "/srv/www/conf/options.conf";
    moved->origin.line = 2;
    APR_ARRAY_IDX(vhost->directives, vhost->directives->nelts - 1, const tlsg_directive_t *) =
        moved;
    tlsg_report_t *report = tlsg_report_make(pool);
    const tlsg_rule_t *rule = tlsg_rules_find("TG621");
    rule->check(rule, model, model->main, report);
    return tlsg_report_findings(report)->nelts > 0
               ? APR_ARRAY_IDX(tlsg_report_findings(report), 0, const tlsg_finding_t *)
               : NULL;
}

static void an_included_file_can_weaken(void **state)
{
    (void)state;
    static const struct {
        const char *own;
        const char *included;
        tlsg_severity_t severity;
    } cases[] = {
        { "SSLProtocol -all +TLSv1.3\n", "SSLProtocol all -SSLv3\n", TLSG_WARNING },
        { "SSLProtocol all -SSLv3\n", "SSLProtocol -all +TLSv1.3\n", TLSG_NOTICE },
        { "SSLProtocol -all +TLSv1.3\n", "SSLProtocol -all +TLSv1.3\n", TLSG_OFF },
        { "SSLCipherSuite ECDHE+AESGCM\n", "SSLCipherSuite ALL:@SECLEVEL=0\n", TLSG_WARNING },
        { "SSLCipherSuite ALL:@SECLEVEL=0\n", "SSLCipherSuite ECDHE\n", TLSG_NOTICE },
        { "SSLVerifyClient require\n", "SSLVerifyClient optional\n", TLSG_WARNING },
        { "SSLVerifyClient none\n", "SSLVerifyClient require\n", TLSG_NOTICE },
        { "SSLInsecureRenegotiation off\n", "SSLInsecureRenegotiation on\n", TLSG_WARNING },
        { "SSLHonorCipherOrder on\n", "SSLHonorCipherOrder off\n", TLSG_NOTICE },
    };
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const tlsg_finding_t *found = judge_include(pool, cases[i].own, cases[i].included);
        assert_int_equal(found != NULL ? found->severity : TLSG_OFF, cases[i].severity);
        if (found != NULL) {
            assert_string_equal(found->origin.file, "/srv/www/conf/options.conf");
            assert_int_equal(found->related->nelts, 1);
        }
    }
    apr_pool_destroy(pool);
}

static void commands_override_directives(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "opens", TLSG_WARNING, 9,
          SITE("SSLProtocol -all +TLSv1.3\nSSLOpenSSLConfCmd MinProtocol TLSv1.2\n") },
        { "closes", TLSG_NOTICE, 8, SITE("SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        { "the same", TLSG_OFF, 0, SITE("SSLOpenSSLConfCmd MinProtocol TLSv1.2\n") },
        { "opens upwards", TLSG_WARNING, 0,
          SITE("SSLProtocol -all +TLSv1.2\nSSLOpenSSLConfCmd MaxProtocol TLSv1.3\n") },
        { "no SSLProtocol", TLSG_OFF, 0,
          "Listen 443\n" SUPPORT_TLS("a.test", "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        { "cipher string", TLSG_NOTICE, 0,
          SITE("SSLCipherSuite ECDHE+AESGCM\nSSLOpenSSLConfCmd CipherString ECDHE\n") },
        { "the same string", TLSG_OFF, 0,
          SITE("SSLCipherSuite ECDHE\nSSLOpenSSLConfCmd CipherString ECDHE\n") },
        { "another command", TLSG_OFF, 0, SITE("SSLOpenSSLConfCmd Groups X25519\n") },
        END,
    };
    support_judge("TG622", cases);
}

static void lines_that_do_nothing(void **state)
{
    (void)state;
    static const support_case_t seed[] = {
        { "seed", TLSG_NOTICE, 1,
          "SSLRandomSeed startup builtin\nSSLRandomSeed connect builtin\n" SITE("") },
        { "none", TLSG_OFF, 0, SITE("") },
        END,
    };
    support_judge("TG623", seed);
    static const support_case_t options[] = {
        { "plain words", TLSG_WARNING, 8, SITE("SSLOptions StdEnvVars StrictRequire\n") },
        { "plain after signed", TLSG_WARNING, 0, SITE("SSLOptions +StdEnvVars StrictRequire\n") },
        { "signed", TLSG_OFF, 0, SITE("SSLOptions +StdEnvVars -StrictRequire\n") },
        { "one word", TLSG_OFF, 0, SITE("SSLOptions StdEnvVars\n") },
        { "plain, then signed", TLSG_OFF, 0, SITE("SSLOptions StdEnvVars +StrictRequire\n") },
        END,
    };
    support_judge("TG624", options);
}

static void ranges_of_later_virtual_hosts(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "not the first, no SSLProtocol", TLSG_WARNING, 11,
          NO_PROTOCOL("", "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        { "the first", TLSG_OFF, 0, NO_PROTOCOL("SSLOpenSSLConfCmd MinProtocol TLSv1.3\n", "") },
        { "with SSLProtocol", TLSG_OFF, 0, TWO("", "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        { "the first says the same", TLSG_OFF, 0,
          NO_PROTOCOL("SSLOpenSSLConfCmd MinProtocol TLSv1.3\n",
                      "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        { "the first is as strict", TLSG_NOTICE, 0,
          NO_PROTOCOL("SSLProtocol -all +TLSv1.3\n", "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        { "of the server level", TLSG_OFF, 0,
          "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n" NO_PROTOCOL("", "") },
        { "another address", TLSG_OFF, 0,
          "Listen 443\nListen 444\n" SUPPORT_TLS("www.example.com", "")
              SUPPORT_TLS_AT("*:444", "a.example.com", "SSLOpenSSLConfCmd MinProtocol TLSv1.3\n") },
        END,
    };
    support_judge("TG631", cases);
    static const support_case_t groups[] = {
        { "not the first", TLSG_WARNING, 13, TWO("", "SSLOpenSSLConfCmd Curves secp384r1\n") },
        { "the first", TLSG_OFF, 0, TWO("SSLOpenSSLConfCmd Curves secp384r1\n", "") },
        { "both, two spellings", TLSG_OFF, 0,
          TWO("SSLOpenSSLConfCmd Curves X25519\n", "SSLOpenSSLConfCmd Groups X25519\n") },
        { "both, differing", TLSG_WARNING, 0,
          TWO("SSLOpenSSLConfCmd Curves X25519\n", "SSLOpenSSLConfCmd Groups secp384r1\n") },
        { "of the server level", TLSG_OFF, 0, "SSLOpenSSLConfCmd Groups X25519\n" TWO("", "") },
        END,
    };
    support_judge("TG632", groups);
}

#define KEY "SSLSessionTicketKeyFile /etc/hostname\n"

static void tickets_of_later_virtual_hosts(void **state)
{
    (void)state;
    static const support_case_t ignored[] = {
        { "number", TLSG_WARNING, 13, TWO("", "SSLOpenSSLConfCmd NumTickets 0\n") },
        { "number of the first", TLSG_OFF, 0, TWO("SSLOpenSSLConfCmd NumTickets 0\n", "") },
        { "key file", TLSG_WARNING, 13, TWO("", KEY) },
        { "key file, no tickets", TLSG_OFF, 0, "SSLSessionTickets off\n" TWO("", KEY) },
        { "key file for all", TLSG_OFF, 0, KEY TWO("", "") },
        { "two key files", TLSG_OFF, 0, TWO(KEY, "SSLSessionTicketKeyFile /etc/passwd\n") },
        END,
    };
    support_judge("TG633", ignored);
    static const support_case_t missing[] = {
        { "key file of the first only", TLSG_ERROR, 8, TWO(KEY, "") },
        { "for all", TLSG_OFF, 0, KEY TWO("", "") },
        { "tickets off here", TLSG_OFF, 0, TWO(KEY, "SSLSessionTickets off\n") },
        { "tickets off there", TLSG_OFF, 0, TWO(KEY "SSLSessionTickets off\n", "") },
        { "alone", TLSG_OFF, 0, SITE(KEY) },
        END,
    };
    support_judge("TG634", missing);
    static const support_case_t decides[] = {
        { "tickets on again", TLSG_NOTICE, 14,
          TWO("SSLSessionTickets off\n", "SSLSessionTickets on\n") },
        { "tickets off", TLSG_OFF, 0, TWO("", "SSLSessionTickets off\n") },
        { "order off again", TLSG_NOTICE, 0,
          TWO("SSLHonorCipherOrder on\n", "SSLHonorCipherOrder off\n") },
        { "order off, never on", TLSG_OFF, 0, TWO("", "SSLHonorCipherOrder off\n") },
        { "timeout", TLSG_NOTICE, 0, TWO("", "SSLSessionCacheTimeout 60\n") },
        { "the same timeout", TLSG_OFF, 0,
          TWO("SSLSessionCacheTimeout 60\n", "SSLSessionCacheTimeout 60\n") },
        END,
    };
    support_judge("TG635", decides);
}

#define OLD_ONLY "SSLProtocol -all +TLSv1.1\nSSLCipherSuite ECDHE+AESGCM\n"

static void nobody_gets_past_the_default(void **state)
{
    (void)state;
    static const support_case_t refuses[] = {
        { "no suite for the newest version", TLSG_ERROR, 8, TWO(OLD_ONLY, "") },
        { "another newest version", TLSG_OFF, 0, TWO("SSLProtocol -all +TLSv1.3\n", "") },
        { "behind it only", TLSG_OFF, 0, TWO("", OLD_ONLY) },
        { "alone", TLSG_OFF, 0, SITE(OLD_ONLY) },
        END,
    };
    support_judge("TG639", refuses);
    static const support_case_t unusable[] = {
        { "the default's own", TLSG_ERROR, 8, TWO(OLD_ONLY, "") },
        { "behind it only", TLSG_ERROR, 13, TWO("", OLD_ONLY) },
        END,
    };
    support_judge("TG111", unusable);
    assert_int_equal(support_judge_vhosts("TG111", TWO(OLD_ONLY, "")), 1);
    assert_int_equal(support_judge_vhosts("TG639", TWO(OLD_ONLY, "")), 1);
}

#define H2 "Protocols h2 http/1.1\n"

static void connections_shared_by_names(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "another cipher list", TLSG_NOTICE, 14, H2 TWO("", "SSLCipherSuite ECDHE+AESGCM\n") },
        { "set by the first", TLSG_NOTICE, 0, H2 TWO("SSLCipherSuite ECDHE+AESGCM\n", "") },
        { "no HTTP/2", TLSG_OFF, 0, TWO("", "SSLCipherSuite ECDHE+AESGCM\n") },
        { "the same list twice", TLSG_OFF, 0,
          H2 TWO("SSLCipherSuite ECDHE+AESGCM\n", "SSLCipherSuite ECDHE+AESGCM\n") },
        { "the same versions in another order", TLSG_OFF, 0,
          H2 TWO("SSLProtocol -all +TLSv1.2 +TLSv1.3\n", "SSLProtocol -all +TLSv1.3 +TLSv1.2\n") },
        { "another certificate", TLSG_OFF, 0,
          H2 SITE("") "<VirtualHost *:443>\nServerName a.test\nSSLEngine on\nSSLCertificateFile "
                      "@ecdsa@\nSSLCipherSuite ECDHE+AESGCM\n</VirtualHost>\n" },
        { "another port", TLSG_OFF, 0,
          "Listen 444\n" H2 SITE("")
              SUPPORT_TLS_AT("*:444", "a.example.com", "SSLCipherSuite ECDHE+AESGCM\n") },
        { "client authentication only", TLSG_OFF, 0,
          "SSLVHostSNIPolicy authonly\n" H2 TWO("", "SSLCipherSuite ECDHE+AESGCM\n") },
        END,
    };
    support_judge("TG636", cases);
    static const support_case_t sni[] = {
        { "insecure", TLSG_WARNING, 1, "SSLVHostSNIPolicy insecure\n" SITE("") },
        { "authonly", TLSG_NOTICE, 0, "SSLVHostSNIPolicy authonly\n" SITE("") },
        { "secure", TLSG_OFF, 0, "SSLVHostSNIPolicy secure\n" SITE("") },
        { "strict", TLSG_OFF, 0, "SSLVHostSNIPolicy strict\n" SITE("") },
        { "default", TLSG_OFF, 0, SITE("") },
        END,
    };
    support_judge("TG637", sni);
    static const support_case_t resumption[] = {
        { "no cache, no tickets", TLSG_NOTICE, 8, SITE("SSLSessionTickets off\n") },
        { "cache", TLSG_OFF, 0,
          "SSLSessionCache shmcb:logs/c(512000)\n" SITE("SSLSessionTickets off\n") },
        { "tickets", TLSG_OFF, 0, SITE("") },
        { "none after a cache", TLSG_OFF, 0,
          "SSLSessionCache shmcb:logs/c(512000)\nSSLSessionCache none\n" SITE(
              "SSLSessionTickets off\n") },
        { "cache none", TLSG_NOTICE, 1, "SSLSessionCache none\n" SITE("SSLSessionTickets off\n") },
        END,
    };
    support_judge("TG638", resumption);
}

static void advice_is_about_the_line_that_counts(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *conf;
        const char *advice;
    } cases[] = {
        { "TG101", SITE("SSLCipherSuite ALL:@SECLEVEL=0\nSSLOpenSSLConfCmd MinProtocol TLSv1\n"),
          "SSLOpenSSLConfCmd MinProtocol TLSv1.2" },
        { "TG203", SITE("SSLOpenSSLConfCmd CipherString AES128-GCM-SHA256\n"),
          "SSLOpenSSLConfCmd CipherString ECDHE" },
        { "TG203", SITE("SSLCipherSuite AES128-GCM-SHA256\n"), "\"SSLCipherSuite ECDHE" },
        { "TG201", SITE("SSLOpenSSLConfCmd CipherString NONE\n"),
          "SSLOpenSSLConfCmd CipherString ECDHE" },
    };
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const tlsg_finding_t *found = support_judge_worst(pool, cases[i].rule, cases[i].conf);
        assert_non_null(found);
        assert_non_null(strstr(found->fix, cases[i].advice));
    }
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_line_counts),
        cmocka_unit_test(an_included_file_can_weaken),
        cmocka_unit_test(commands_override_directives),
        cmocka_unit_test(lines_that_do_nothing),
        cmocka_unit_test(ranges_of_later_virtual_hosts),
        cmocka_unit_test(tickets_of_later_virtual_hosts),
        cmocka_unit_test(nobody_gets_past_the_default),
        cmocka_unit_test(connections_shared_by_names),
        cmocka_unit_test(advice_is_about_the_line_that_counts),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
