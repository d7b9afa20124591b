/* SPDX-License-Identifier: Apache-2.0 */
/* TG7xx on configuration texts: each rule's bad case, its good one, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "backend.h"
#include "support_conf.h"
#include "support_judge.h"

#define SITE(lines) SUPPORT_LISTEN SUPPORT_TLS("www.example.com", lines)
#define REMOTE "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n"
#define LOCAL "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n"
#define ON "SSLProxyEngine on\n"
#define VERIFY "SSLProxyVerify require\nSSLProxyCACertificateFile @rsa@\n"

static void https_needs_the_engine(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "ProxyPass", TLSG_ERROR, 8, SITE(REMOTE) },
        { "engine on", TLSG_OFF, 0, SITE(ON REMOTE) },
        { "engine explicitly off", TLSG_ERROR, 0, SITE("SSLProxyEngine off\n" REMOTE) },
        { "engine inherited", TLSG_OFF, 0, ON SITE(REMOTE) },
        { "engine of another virtual host", TLSG_ERROR, 0,
          SITE(REMOTE) SUPPORT_TLS("b.example.com", ON) },
        { "plain backend", TLSG_OFF, 0, SITE("ProxyPass / http://127.0.0.1:8080/\n") },
        { "excluded path", TLSG_OFF, 0, SITE("ProxyPass /x !\n") },
        { "in a location", TLSG_ERROR, 9,
          SITE("<Location /a>\nProxyPass https://10.0.0.1/\n</Location>\n") },
        { "ProxyPassMatch", TLSG_ERROR, 0,
          SITE("ProxyPassMatch \"^/(.*)$\" \"https://10.0.0.1/$1\"\n") },
        { "rewrite", TLSG_ERROR, 0,
          SITE("RewriteEngine On\nRewriteRule ^/(.*) https://10.0.0.1/$1 [L,P]\n") },
        { "rewrite without engine is dead", TLSG_OFF, 0,
          SITE("RewriteRule ^/(.*) https://10.0.0.1/$1 [P]\n") },
        { "a redirect is no proxy", TLSG_OFF, 0,
          SITE("RewriteEngine On\nRewriteRule ^/(.*) https://b.example.net/$1 [R=301,L]\n") },
        { "handler", TLSG_ERROR, 0,
          SITE("<FilesMatch x>\nSetHandler \"proxy:https://10.0.0.1\"\n</FilesMatch>\n") },
        { "fcgi handler", TLSG_OFF, 0,
          SITE("SetHandler \"proxy:unix:/run/php.sock|fcgi://localhost\"\n") },
        { "balancer", TLSG_ERROR, 9,
          SITE("<Proxy balancer://pool>\nBalancerMember https://10.0.0.1\n</Proxy>\n"
               "ProxyPass / balancer://pool/\n") },
        { "unused balancer", TLSG_OFF, 0,
          SITE("<Proxy balancer://pool>\nBalancerMember https://10.0.0.1\n</Proxy>\n") },
        { "plain balancer", TLSG_OFF, 0,
          SITE("<Proxy balancer://pool>\nBalancerMember http://10.0.0.1\n</Proxy>\n"
               "ProxyPass / balancer://pool/\n") },
        { "engine in the balancer's section", TLSG_OFF, 0,
          SITE("<Proxy \"balancer://pool\">\nBalancerMember https://10.0.0.1\nSSLProxyEngine on\n"
               "</Proxy>\nProxyPass / balancer://pool/\n") },
        { "engine in <Proxy *>", TLSG_OFF, 0,
          SITE("<Proxy *>\nSSLProxyEngine on\n</Proxy>\n" REMOTE) },
        { "engine in the backend's section", TLSG_OFF, 0,
          SITE("<Proxy \"https://backend.example.net:8443\">\nSSLProxyEngine on\n"
               "</Proxy>\n" REMOTE) },
        { "engine for another backend", TLSG_ERROR, 0,
          SITE("<Proxy \"https://other.example.net/\">\nSSLProxyEngine on\n</Proxy>\n" REMOTE) },
        { "a section that may fit", TLSG_OFF, 0,
          SITE("<ProxyMatch \"^https://b\">\nSSLProxyEngine on\n</ProxyMatch>\n" REMOTE) },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG701", cases);
}

static void applications_learn_the_scheme(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "nothing said", TLSG_NOTICE, 8, SITE("ProxyPass / http://127.0.0.1:8080/\n") },
        { "said", TLSG_OFF, 0,
          SITE("RequestHeader set X-Forwarded-Proto https\nProxyPass / http://127.0.0.1:8080/\n") },
        { "said for all", TLSG_OFF, 0,
          "RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}\n" SITE(
              "ProxyPass / http://127.0.0.1:8080/\n") },
        { "only unset", TLSG_NOTICE, 0,
          SITE("RequestHeader unset X-Forwarded-Proto\nProxyPass / http://127.0.0.1:8080/\n") },
        { "another header", TLSG_OFF, 0,
          SITE("RequestHeader set X-Forwarded-Ssl on\nProxyPass / http://127.0.0.1:8080/\n") },
        { "plain virtual host", TLSG_OFF, 0,
          "Listen 80\n<VirtualHost *:80>\nServerName a.example.com\nProxyPass / http://127.0.0.1/\n"
          "</VirtualHost>\n" },
        { "https backend", TLSG_OFF, 0, SITE(ON LOCAL) },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG702", cases);
}

static void plain_text_leaves_the_host(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "remote", TLSG_NOTICE, 0, SITE("ProxyPass / http://10.0.0.1/\n") },
        { "loopback", TLSG_OFF, 0, SITE("ProxyPass / http://localhost:8080/\n") },
        { "IPv6 loopback", TLSG_OFF, 0, SITE("ProxyPass / http://[::1]:8080/\n") },
        { "socket", TLSG_OFF, 0, SITE("ProxyPass / unix:/run/a.sock|http://app/\n") },
        { "own address", TLSG_OFF, 0,
          "Listen 192.0.2.1:8080\n" SITE("ProxyPass / http://192.0.2.1:8080/\n") },
        { "TLS", TLSG_OFF, 0, SITE(ON REMOTE) },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG703", cases);
}

static void backends_are_verified(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "default", TLSG_WARNING, 8, SITE(ON REMOTE) },
        { "none", TLSG_WARNING, 9, SITE(ON "SSLProxyVerify none\n" REMOTE) },
        { "optional_no_ca", TLSG_WARNING, 0, SITE(ON "SSLProxyVerify optional_no_ca\n" REMOTE) },
        { "require", TLSG_OFF, 0, SITE(ON VERIFY REMOTE) },
        { "required for all", TLSG_OFF, 0, VERIFY SITE(ON REMOTE) },
        { "loopback", TLSG_NOTICE, 0, SITE(ON LOCAL) },
        { "loopback, name off", TLSG_NOTICE, 0, SITE(ON "SSLProxyCheckPeerName off\n" LOCAL) },
        { "engine off is another matter", TLSG_OFF, 0, SITE(REMOTE) },
        { "no backend", TLSG_OFF, 0, SITE(ON) },
        { "host from the request", TLSG_OFF, 0,
          SITE(ON "RewriteEngine on\nRewriteRule ^ https://%{HTTP_HOST}/ [P]\n") },
        { "verified in the section", TLSG_OFF, 0,
          SITE(ON "<Proxy \"https://backend.example.net:8443/\">\n" VERIFY "</Proxy>\n" REMOTE) },
        { "weakened in the section", TLSG_WARNING, 12,
          SITE(ON VERIFY "<Proxy \"https://backend.example.net:8443/\">\nSSLProxyVerify none\n"
                         "</Proxy>\n" REMOTE) },
        { "another backend's section", TLSG_WARNING, 0,
          SITE(ON "<Proxy \"https://other.example.net/\">\n" VERIFY "</Proxy>\n" REMOTE) },
        { "websocket", TLSG_WARNING, 0, SITE(ON "ProxyPass /ws wss://10.0.0.1/\n") },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG711", cases);
}

static void verification_needs_an_authority(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "require alone", TLSG_ERROR, 9, SITE(ON "SSLProxyVerify require\n" REMOTE) },
        { "loopback fails as well", TLSG_ERROR, 0, SITE(ON "SSLProxyVerify require\n" LOCAL) },
        { "with a file", TLSG_OFF, 0, SITE(ON VERIFY REMOTE) },
        { "with a directory", TLSG_OFF, 0,
          SITE(ON "SSLProxyVerify require\nSSLProxyCACertificatePath /etc/ssl/certs\n" REMOTE) },
        { "none", TLSG_OFF, 0, SITE(ON "SSLProxyVerify none\n" REMOTE) },
        { "no https backend", TLSG_OFF, 0,
          SITE(ON "SSLProxyVerify require\nProxyPass / http://127.0.0.1/\n") },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG712", cases);
}

static void names_are_compared(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "name off", TLSG_WARNING, 11, SITE(ON VERIFY "SSLProxyCheckPeerName off\n" REMOTE) },
        { "CN off, name unset", TLSG_WARNING, 11,
          SITE(ON VERIFY "SSLProxyCheckPeerCN off\n" REMOTE) },
        { "CN off, name on", TLSG_OFF, 0,
          SITE(ON VERIFY "SSLProxyCheckPeerCN off\nSSLProxyCheckPeerName on\n" REMOTE) },
        { "name off, CN on", TLSG_NOTICE, 0,
          SITE(ON VERIFY "SSLProxyCheckPeerCN on\nSSLProxyCheckPeerName off\n" REMOTE) },
        { "loopback", TLSG_NOTICE, 0, SITE(ON VERIFY "SSLProxyCheckPeerName off\n" LOCAL) },
        { "not verified at all", TLSG_OFF, 0, SITE(ON "SSLProxyCheckPeerName off\n" REMOTE) },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG713", cases);
    static const support_case_t dates[] = {
        { "dates off", TLSG_NOTICE, 0, SITE(ON "SSLProxyCheckPeerExpire off\n" REMOTE) },
        { "dates on", TLSG_OFF, 0, SITE(ON "SSLProxyCheckPeerExpire on\n" REMOTE) },
        { "no backend", TLSG_OFF, 0, SITE(ON "SSLProxyCheckPeerExpire off\n") },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG714", dates);
}

static void old_versions_are_not_offered(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "all", TLSG_NOTICE, 9, SITE(ON "SSLProxyProtocol all -SSLv3\n" REMOTE) },
        { "only old", TLSG_WARNING, 0, SITE(ON "SSLProxyProtocol TLSv1\n" REMOTE) },
        { "new", TLSG_OFF, 0, SITE(ON "SSLProxyProtocol -all +TLSv1.2 +TLSv1.3\n" REMOTE) },
        { "taken away", TLSG_OFF, 0, SITE(ON "SSLProxyProtocol all -TLSv1 -TLSv1.1\n" REMOTE) },
        { "unset", TLSG_OFF, 0, SITE(ON REMOTE) },
        { "unused", TLSG_OFF, 0, SITE(ON "SSLProxyProtocol all\n") },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG721", cases);
    static const support_case_t levels[] = {
        { "level 0", TLSG_WARNING, 9, SITE(ON "SSLProxyCipherSuite ALL:@SECLEVEL=0\n" REMOTE) },
        { "level 1", TLSG_NOTICE, 0, SITE(ON "SSLProxyCipherSuite ALL:@SECLEVEL=1\n" REMOTE) },
        { "level 2", TLSG_OFF, 0, SITE(ON "SSLProxyCipherSuite ALL:@SECLEVEL=2\n" REMOTE) },
        { "none", TLSG_OFF, 0, SITE(ON "SSLProxyCipherSuite ECDHE+AESGCM\n" REMOTE) },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG722", levels);
}

static void what_keeps_the_server_from_starting(void **state)
{
    (void)state;
    static const support_case_t cases[] = {
        { "no list", TLSG_ERROR, 9, SITE(ON "SSLProxyCARevocationCheck leaf\n") },
        { "engine off", TLSG_OFF, 0, SITE("SSLProxyCARevocationCheck leaf\n") },
        { "list", TLSG_OFF, 0,
          SITE(ON "SSLProxyCARevocationCheck leaf\nSSLProxyCARevocationFile @rsa@\n") },
        { "directory", TLSG_OFF, 0,
          SITE(ON "SSLProxyCARevocationCheck leaf\nSSLProxyCARevocationPath /etc/ssl\n") },
        { "none", TLSG_OFF, 0, SITE(ON "SSLProxyCARevocationCheck none\n") },
        { "no version", TLSG_ERROR, 9, SITE(ON "SSLProxyProtocol -SSLv3\n") },
        { "one version", TLSG_OFF, 0, SITE(ON "SSLProxyProtocol TLSv1.2\n") },
        { NULL, TLSG_OFF, 0, NULL },
    };
    support_judge("TG723", cases);
}

static void odd_urls_are_read_without_harm(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "ProxyPass / https://\n",
        "ProxyPass /\n",
        "ProxyPass / ://\n",
        "ProxyPass / unix:\n",
        "ProxyPass / unix:|\n",
        "ProxyPass / https://[\n",
        "ProxyPass / https://[::1\n",
        "ProxyPass / https://user:secret@host/\n",
        "ProxyPass / balancer://\n",
        "ProxyPass / balancer:\n",
        "ProxyPassMatch ^(https://x.*)$ $1\n",
        "RewriteEngine on\nRewriteRule\n",
        "RewriteEngine on\nRewriteRule ^ - [P\n",
        "RewriteEngine on\nRewriteRule ^ https://%{ENV:h}/ [ , ,P]\n",
        "SetHandler proxy:\n",
        "SetHandler\n",
        ("BalancerMember\n<Proxy balancer://a>\nBalancerMember balancer://a\n</Proxy>\n"
         "ProxyPass / balancer://a/\n"),
        "<Proxy>\nSSLProxyEngine on\n</Proxy>\nProxyPass / https://a/\n",
    };
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *conf = apr_pstrcat(pool, "Listen 443\n<VirtualHost *:443>\nServerName a.test\n",
                                       lines[i], "</VirtualHost>\n", NULL);
        tlsg_model_t *model = support_conf_read(pool, conf);
        const apr_array_header_t *backends = tlsg_backend_collect(
            pool, model, APR_ARRAY_IDX(model->vhosts, 1, const tlsg_vhost_t *));
        for (int b = 0; b < backends->nelts; b++) {
            const tlsg_backend_t *backend = &APR_ARRAY_IDX(backends, b, tlsg_backend_t);
            assert_non_null(backend->host);
            assert_non_null(backend->directive);
        }
        assert_non_null(support_conf_audit(pool, conf));
    }
    apr_pool_destroy(pool);
}

static void a_shared_line_is_one_finding(void **state)
{
    (void)state;
    static const char conf[] =
        ON REMOTE "Listen 443\n" SUPPORT_TLS("a.example.com", "") SUPPORT_TLS("b.example.com", "");
    assert_int_equal(support_judge_vhosts("TG711", conf), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_needs_the_engine),
        cmocka_unit_test(applications_learn_the_scheme),
        cmocka_unit_test(plain_text_leaves_the_host),
        cmocka_unit_test(backends_are_verified),
        cmocka_unit_test(verification_needs_an_authority),
        cmocka_unit_test(names_are_compared),
        cmocka_unit_test(old_versions_are_not_offered),
        cmocka_unit_test(what_keeps_the_server_from_starting),
        cmocka_unit_test(odd_urls_are_read_without_harm),
        cmocka_unit_test(a_shared_line_is_one_finding),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
