/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations as people write them, and what the rules about responses say: the right rule with
 * the right severity, and nothing where nothing is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "header_eval.h"
#include "rules.h"
#include "support_conf.h"
#include "support_judge.h"

#define HSTS "Strict-Transport-Security \"max-age=63072000\""
#define NONE TLSG_OFF

static void hsts_is_found_missing_only_where_it_is(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Header always set " HSTS "\n", "TG40x", NONE },
        { "Header always unset Strict-Transport-Security\n", "TG401", TLSG_WARNING },
        { "header ALWAYS set strict-transport-security: \"max-age=63072000\"\n", "TG40x", NONE },
        { "%server\nHeader always set " HSTS " \"expr=%{HTTPS} == 'on'\"\n%vhost\n"
          "Header onsuccess unset Strict-Transport-Security\n",
          "TG40x", NONE },
        { "%server\n<If \"%{REQUEST_SCHEME} == 'https'\">\nHeader always set " HSTS
          "\n</If>\n%vhost\n"
          "Header onsuccess unset Strict-Transport-Security\n",
          "TG40x", NONE },
        { "%server\n<If \"%{HTTPS} != 'on'\">\nRequestHeader unset X\n</If>\n<Else>\n"
          "Header always set " HSTS "\n</Else>\n%vhost\n"
          "Header onsuccess unset Strict-Transport-Security\n",
          "TG40x", NONE },
        { "%server\n<If \"%{HTTPS} == 'off'\">\nHeader always set " HSTS "\n</If>\n%vhost\n"
          "Header onsuccess unset Strict-Transport-Security\n",
          "TG401", TLSG_WARNING },
        { "Header always unset Strict-Transport-Security\n<Location \"/\">\nRequire all denied\n"
          "</Location>\n",
          "TG401", NONE },
        { "Header always unset Strict-Transport-Security\nRedirect 403 /\n", "TG401", NONE },
        { "Header always unset Strict-Transport-Security\nRewriteEngine on\nRewriteRule ^ - [F]\n",
          "TG401", NONE },
        { "Header always unset Strict-Transport-Security\n<Location \"/\">\nRequire all denied\n"
          "</Location>\n<Location \"/\">\nRequire all granted\n</Location>\n",
          "TG401", TLSG_WARNING },
        { "Header onsuccess unset X-Other\nProxyPass / http://127.0.0.1:8080/\n"
          "Header onsuccess edit Strict-Transport-Security x y\n",
          "TG401", NONE },
        { "ServerName 192.0.2.1\nHeader always unset Strict-Transport-Security\n", "TG401", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void both_tables_and_add_double_the_field(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Header always set " HSTS "\nHeader set " HSTS "\n", "TG403", TLSG_WARNING },
        { "Header always add " HSTS "\nHeader always add " HSTS "\n", "TG403", TLSG_WARNING },
        { "Header set " HSTS "\nHeader unset Strict-Transport-Security\nHeader always set " HSTS
          "\n",
          "TG403", NONE },
        { "Header always set " HSTS "\nHeader setifempty " HSTS "\n", "TG403", TLSG_WARNING },
        { "Header always set " HSTS "\nHeader always setifempty " HSTS "\n", "TG40x", NONE },
        { "Header always set " HSTS "\nHeader set " HSTS " env=NOBODY\n", "TG403", NONE },
        { "ProxyPass / http://127.0.0.1:8080/\nHeader always set " HSTS "\n", "TG403",
          TLSG_NOTICE },
        { "ProxyPass / http://127.0.0.1:8080/\nHeader onsuccess unset Strict-Transport-Security\n"
          "Header always set " HSTS "\n",
          "TG40x", NONE },
        { "Header set " HSTS "\n", "TG402", TLSG_WARNING },
        { "Header set " HSTS "\nHeader always set " HSTS "\n", "TG402", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void conditions_are_judged_by_what_can_hold(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Header always set " HSTS " env=HTTP\n", "TG404", TLSG_ERROR },
        { "SetEnvIf Host . HTTP\nHeader always set " HSTS " env=HTTP\n", "TG404", NONE },
        { "SetEnv HTTP 1\nHeader always set " HSTS " env=HTTP\n", "TG404", NONE },
        { "RewriteEngine on\nRewriteRule ^ - [E=HTTP:1]\nHeader always set " HSTS " env=HTTP\n",
          "TG404", NONE },
        { "Header always set " HSTS " env=!HTTP\n", "TG40x", NONE },
        { "Header always set " HSTS " env=HTTPS\n", "TG405", TLSG_NOTICE },
        { "Redirect /a https://www.example.org/\nHeader always set " HSTS " env=HTTPS\n", "TG405",
          TLSG_WARNING },
        { "Header always set " HSTS " \"expr=%{HTTPS} == 'off'\"\n", "TG404", TLSG_ERROR },
        { "<If \"%{HTTPS} == 'off'\">\nHeader always set " HSTS "\n</If>\n", "TG404", TLSG_ERROR },
        { "<If \"%{SERVER_PORT} == '4443'\">\nHeader always set " HSTS "\n</If>\n", "TG404",
          TLSG_ERROR },
        { "<If \"%{HTTPS} == 'on'\">\nHeader always set " HSTS "\n</If>\n", "TG404", NONE },
        { "<If \"%{REQUEST_URI} =~ m#^/x#\">\nHeader always set " HSTS "\n</If>\n", "TG404", NONE },
        { "%server\n<If \"%{HTTPS} == 'off'\">\nHeader always set " HSTS "\n</If>\n", "TG404",
          NONE },
        { "Header always set " HSTS " \"expr=%{REQUEST_URI} =~ m#^/a#\"\n", "TG401", NONE },
        { "Header always set " HSTS " \"expr=%{REQUEST_URI} =~ m#^/a#\"\n", "TG409", TLSG_NOTICE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void sections_cover_what_httpd_lets_them_cover(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "<Location \"/\">\nHeader always set " HSTS "\n</Location>\n", "TG40x", NONE },
        { "<LocationMatch \"^/.*$\">\nHeader always set " HSTS "\n</LocationMatch>\n", "TG40x",
          NONE },
        { "<Location \"/a\">\nHeader always set " HSTS "\n</Location>\n", "TG407", TLSG_WARNING },
        { "<FilesMatch \"\\.php$\">\nHeader always set " HSTS "\n</FilesMatch>\n", "TG407",
          TLSG_NOTICE },
        { "DocumentRoot /srv/www\n<Directory /srv>\nHeader always set " HSTS "\n</Directory>\n",
          "TG407", TLSG_NOTICE },
        { "DocumentRoot /srv/www\n<Directory /srv/*>\nHeader always set " HSTS "\n</Directory>\n",
          "TG407", TLSG_NOTICE },
        { "DocumentRoot /srv/www\n<Directory /srv/www/a>\nHeader always set " HSTS
          "\n</Directory>\n",
          "TG407", TLSG_WARNING },
        { "DocumentRoot /srv/www\n<Directory /srv/ww>\nHeader always set " HSTS "\n</Directory>\n",
          "TG401", TLSG_WARNING },
        { "Header always set " HSTS "\n<Location \"/a\">\n"
          "Header always unset Strict-Transport-Security\n</Location>\n",
          "TG40x", NONE },
        { "Header always set " HSTS "\n<Location \"/\">\n"
          "Header always unset Strict-Transport-Security\n</Location>\n",
          "TG406", TLSG_WARNING },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void values_are_read_as_they_are_sent(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Header always set " HSTS "\nHeader always append Strict-Transport-Security preload\n",
          "TG410", TLSG_ERROR },
        { "Header always set Strict-Transport-Security \"max-age=31536000, includeSubDomains\"\n",
          "TG410", TLSG_ERROR },
        { "Header always set Strict-Transport-Security \"includeSubDomains\"\n", "TG410",
          TLSG_ERROR },
        { "Header always set Strict-Transport-Security \"max-age=%{AGE}e\"\n", "TG41x", NONE },
        { "Header always set Strict-Transport-Security \"max-age=31536000;\"\n", "TG411",
          TLSG_NOTICE },
        { "Header always set Strict-Transport-Security \"max-age=15768000\"\n", "TG411",
          TLSG_NOTICE },
        { "Header always set Strict-Transport-Security \"max-age=15000000\"\n", "TG411",
          TLSG_WARNING },
        { "Header always set Strict-Transport-Security \"max-age=0\"\n", "TG412", TLSG_NOTICE },
        { "Header always set Strict-Transport-Security \"max-age=0\"\n", "TG411", NONE },
        { "Header set Strict-Transport-Security \"max-age=0\"\n", "TG402", NONE },
        { "Header always append X-Frame-Options DENY\nHeader always append X-Frame-Options DENY\n",
          "TG430", TLSG_WARNING },
        { "Header always merge X-Frame-Options DENY\nHeader always merge X-Frame-Options DENY\n",
          "TG430", NONE },
        { "Header always set X-Frame-Options \"ALLOW-FROM https://a.example\"\n", "TG430",
          TLSG_WARNING },
        { "Header always set Referer-Policy no-referrer\n", "TG433", TLSG_WARNING },
        { "Header always set X-Request-Id %{UNIQUE_ID}e\n", "TG43x", TLSG_NOTICE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void cookies_are_followed_through_their_table(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Header set Set-Cookie HttpOnly;Secure\n", "TG440", TLSG_ERROR },
        { "Header add Set-Cookie \"a=1; Secure; HttpOnly; SameSite=Lax\"\n", "TG44x", NONE },
        { "Header add Set-Cookie \"a=1\"\n", "TG441", TLSG_WARNING },
        { "Header add Set-Cookie \"a=1\"\nHeader edit Set-Cookie ^(.*)$ \"$1; Secure\"\n", "TG441",
          NONE },
        { "Header add Set-Cookie \"a=1\"\nHeader always edit Set-Cookie ^(.*)$ \"$1; Secure\"\n",
          "TG441", TLSG_WARNING },
        { "Header edit Set-Cookie ^(.*)$ \"$1; Secure\"\nHeader add Set-Cookie \"a=1\"\n", "TG441",
          TLSG_WARNING },
        { "Header add Set-Cookie \"a=1; Secure\"\nHeader edit Set-Cookie ^(.*)$ \"$1; Secure\"\n",
          "TG443", TLSG_WARNING },
        { "Header edit Set-Cookie ^(.*)$ $1;HttpOnly;Secure\n"
          "Header edit Set-Cookie ^(.*)$ $1;HttpOnly;Secure\n",
          "TG443", TLSG_WARNING },
        { "Header edit Set-Cookie ^(.*)$ $1;HttpOnly;Secure\n", "TG443", TLSG_NOTICE },
        { "Header edit Set-Cookie ^((?!.*[Ss]ame[sS]ite).*)$ \"$1; SameSite=Lax\"\n", "TG443",
          NONE },
        { "ProxyPass / http://127.0.0.1:8080/\n"
          "Header always edit Set-Cookie \"(?i)^((?:(?!;\\s?secure).)+)$\" \"$1; Secure\"\n",
          "TG443", TLSG_WARNING },
        { "Header add Set-Cookie \"r=.%{ROUTE}e; path=/\" env=BALANCER_ROUTE_CHANGED\n", "TG441",
          TLSG_NOTICE },
        { "RewriteEngine on\nRewriteRule ^/a - [CO=a:1:example.com:60:/]\n", "TG441",
          TLSG_WARNING },
        { "RewriteEngine on\nRewriteRule ^/a - [CO=a:1:example.com:60:/:secure:httponly]\n",
          "TG441", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void values_that_browsers_skip_are_found_in_sections_too(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "<Location /app>\nHeader always set X-Frame-Options ALLOWALL\n</Location>\n", "TG430",
          TLSG_WARNING },
        { "<Location /app>\nHeader always set X-Frame-Options DENY\n</Location>\n", "TG430", NONE },
        { "Header always set Content-Security-Policy \"default-src self\"\n", "TG430",
          TLSG_WARNING },
        { "Header always set Content-Security-Policy \"img-src 'self' data\"\n", "TG430",
          TLSG_WARNING },
        { "Header always set Content-Security-Policy \"img-src 'self' data: ; sandbox\"\n", "TG430",
          NONE },
        { "Header always set Content-Security-Policy \"default-src 'self'; scirpt-src 'self'\"\n",
          "TG430", TLSG_WARNING },
        { "Header always set Content-Security-Policy \"script-src 'self' 'keyword-of-2030'\"\n",
          "TG430", NONE },
        { "Header always set Content-Security-Policy \"script-src 'self' 'https://a.example'\"\n",
          "TG430", TLSG_WARNING },
        { "Header always set Clear-Site-Data \"cookies\"\n", "TG430", TLSG_WARNING },
        { "Header always set Clear-Site-Data \"\\\"cookies\\\"\"\n", "TG430", NONE },
        { "Header always set Clear-Site-Data \"\\\"cookies\\\"\"\n", "TG435", TLSG_WARNING },
        { "Header always set Clear-Site-Data \"\\\"cache\\\"\"\n", "TG435", TLSG_NOTICE },
        { "<Location /logout>\nHeader always set Clear-Site-Data \"\\\"cookies\\\"\"\n"
          "</Location>\n",
          "TG435", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

#define CREDENTIALS "Header always set Access-Control-Allow-Credentials true\n"

static void cors_with_credentials_needs_a_list(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Header set Access-Control-Allow-Origin *\n", "TG438", NONE },
        { "Header set Access-Control-Allow-Origin *\n" CREDENTIALS, "TG438", TLSG_WARNING },
        { "Header set Access-Control-Allow-Origin https://a.example\n" CREDENTIALS, "TG438", NONE },
        { "<Location /a>\nHeader set Access-Control-Allow-Origin *\n</Location>\n"
          "<Location /b>\n" CREDENTIALS "</Location>\n",
          "TG438", NONE },
        { "SetEnvIf Origin \"^(.*)$\" O=$1\n"
          "Header set Access-Control-Allow-Origin %{O}e env=O\n" CREDENTIALS,
          "TG438", TLSG_WARNING },
        { "SetEnvIfNoCase Origin \"https://(www|app)\\.a\\.example$\" O=$0\n"
          "Header set Access-Control-Allow-Origin %{O}e env=O\n" CREDENTIALS,
          "TG438", NONE },
        { "Header set Access-Control-Allow-Origin expr=%{req:Origin}\n" CREDENTIALS, "TG438",
          TLSG_WARNING },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void an_outcome_names_each_response(void **state)
{
    (void)state;
    apr_pool_t *pool;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    const char *text =
        support_conf_wrap(pool, "Header set X-A 1\nHeader always add X-B 1\n"
                                "<Directory />\nHeader always set X-C 1\n</Directory>\n"
                                "Header always set X-D %{V}e\n");
    tlsg_model_t *model = support_conf_read(pool, text);
    const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, 1, const tlsg_vhost_t *);
    static const struct {
        const char *name;
        tlsg_sent_t sent[TLSG_RESPONSES];
    } wanted[] = {
        { "x-a", { TLSG_SENT_YES, TLSG_SENT_NO, TLSG_SENT_NO } },
        { "X-B", { TLSG_SENT_YES, TLSG_SENT_YES, TLSG_SENT_YES } },
        { "X-C", { TLSG_SENT_YES, TLSG_SENT_YES, TLSG_SENT_NO } },
        { "X-E", { TLSG_SENT_NO, TLSG_SENT_NO, TLSG_SENT_NO } },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const tlsg_header_outcome_t *outcome = tlsg_header_eval(model, vhost, wanted[i].name);
        for (int r = 0; r < TLSG_RESPONSES; r++) {
            assert_int_equal(outcome->sent[r], wanted[i].sent[r]);
        }
    }
    const tlsg_header_outcome_t *format = tlsg_header_eval(model, vhost, "X-D");
    assert_int_equal(format->fields->nelts, 1);
    assert_null(APR_ARRAY_IDX(format->fields, 0, tlsg_header_field_t).value);
    apr_pool_destroy(pool);
}

#define NO_LINE "Header always unset Strict-Transport-Security \"expr=false\"\n"
#define PLAIN_BELOW                                                                                \
    "%server\n<VirtualHost *:80>\nServerName static.www.example.com\n</VirtualHost>\n%vhost\n"

static void hsts_of_the_module_is_judged_like_a_line(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { NO_LINE "TLSGuardHSTS max-age=63072000\n", "TG40x", NONE },
        { NO_LINE "TLSGuardHSTS max-age=63072000\n", "TG41x", NONE },
        { NO_LINE "TLSGuardHSTS max-age=63072000\n", "TG43x", TLSG_NOTICE }, /* TG436 */
        { NO_LINE "TLSGuardHSTS off\n", "TG401", TLSG_WARNING },
        { NO_LINE "%server\nTLSGuardHSTS max-age=86400\n", "TG411", TLSG_WARNING },
        { NO_LINE "TLSGuardHSTS max-age=0\n", "TG412", TLSG_NOTICE },
        { NO_LINE "TLSGuardHSTS max-age=63072000 includeSubDomains preload\n", "TG41x", NONE },
        { PLAIN_BELOW NO_LINE "TLSGuardHSTS max-age=63072000 includeSubDomains\n", "TG414",
          TLSG_WARNING },
        { PLAIN_BELOW NO_LINE "TLSGuardHSTS max-age=63072000\n", "TG414", NONE },
        /* A line that sends it everywhere leaves the module nothing to say. */
        { "TLSGuardHSTS max-age=86400\n", "TG411", NONE },
        { "TLSGuardHSTS max-age=86400\n", "TG462", TLSG_NOTICE },
        { "TLSGuardHSTS max-age=63072000\n", "TG462", TLSG_NOTICE },
        { "TLSGuardHSTS max-age=63072000\nHeader set " HSTS "\n", "TG402", NONE },
        { "TLSGuardHSTS max-age=86400\nHeader set " HSTS "\n", "TG411", TLSG_WARNING },
        { "TLSGuardHSTS max-age=86400\nHeader set " HSTS "\n", "TG462", TLSG_NOTICE },
        { "Header unset Strict-Transport-Security\nTLSGuardHSTS max-age=86400\n", "TG411", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void headers_of_the_module_are_not_missing(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "TLSGuardHeaders off\n", "TG436", TLSG_NOTICE },
        { "TLSGuardHeaders safe\n", "TG436", TLSG_NOTICE }, /* nothing about framing */
        { "TLSGuardHeaders safe\nTLSGuardHeader X-Frame-Options default\n", "TG436", NONE },
        { "TLSGuardHeaders strict\n", "TG436", NONE },
        { "TLSGuardHeaders strict\n", "TG43x", NONE },
        { "TLSGuardHeaders strict\nTLSGuardHeader X-Frame-Options off\n", "TG436", NONE },
        { "TLSGuardHeaders strict\nTLSGuardHeader Content-Security-Policy off\n", "TG436", NONE },
        { "TLSGuardHeaders strict\nTLSGuardHeader X-Frame-Options off\n"
          "TLSGuardHeader Content-Security-Policy \"default-src 'self'\"\n",
          "TG436", TLSG_NOTICE },
        { "TLSGuardHeaders strict\nHeader unset Referrer-Policy\n", "TG436", TLSG_NOTICE },
        { "TLSGuardHeaders strict\nHeader set Referrer-Policy no-referrer\n", "TG437", NONE },
        { "TLSGuardHeader X-Frame-Options \"ALLOW-FROM https://a.test\"\n", "TG430", TLSG_WARNING },
        { "TLSGuardHeader Expect-CT max-age=1\n", "TG432", TLSG_NOTICE },
        { "TLSGuardHeader X-Frame-Option: DENY\n", "TG433", TLSG_WARNING },
        { "TLSGuardHeader X-Frame-Option off\n", "TG433", NONE },
        { "TLSGuardHeader Referrer-Policy unsafe-url\n", "TG435", TLSG_NOTICE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

#define STRICT "TLSGuardHeaders strict\n"
#define UNSET "Header always unset X-Frame-Options\n"
#define EMBED(lines) "<Location \"/embed\">\n" lines "</Location>\n"

static void unsets_that_the_module_overrides_are_named(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { STRICT EMBED(UNSET), "TG461", TLSG_NOTICE },
        { "%server\n" STRICT "%vhost\n" EMBED("Header unset x-frame-options:\n"), "TG461",
          TLSG_NOTICE },
        { STRICT "<Files a.html>\n" UNSET "</Files>\n", "TG461", TLSG_NOTICE },
        { STRICT "<If \"%{QUERY_STRING} == 'x'\">\n" UNSET "</If>\n", "TG461", TLSG_NOTICE },
        { STRICT "DocumentRoot /srv/www\n<Directory /srv/www/embed>\n" UNSET "</Directory>\n",
          "TG461", TLSG_NOTICE },
        { STRICT "DocumentRoot /srv/www\n<Directory /srv/other>\n" UNSET "</Directory>\n", "TG461",
          NONE },
        { STRICT "SetEnvIf Request_URI ^/embed EMBED\nHeader unset X-Frame-Options env=EMBED\n",
          "TG461", TLSG_NOTICE },
        { STRICT "Header unset X-Frame-Options env=NEVER\n", "TG461", NONE },
        { STRICT "Header unset X-Frame-Options \"expr=false\"\n", "TG461", NONE },
        { EMBED(STRICT UNSET), "TG461", TLSG_NOTICE },
        { EMBED("TLSGuardHeader X-Frame-Options DENY\n") EMBED(UNSET), "TG461", TLSG_NOTICE },
        /* The module does not add it there. */
        { EMBED(UNSET), "TG461", NONE },
        { "TLSGuardHeaders safe\n" EMBED(UNSET), "TG461", NONE },
        { STRICT EMBED("Header unset X-Powered-By\n"), "TG461", NONE },
        { STRICT EMBED("RequestHeader unset X-Frame-Options\n"), "TG461", NONE },
        { STRICT EMBED(UNSET "TLSGuardHeader X-Frame-Options off\n"), "TG461", NONE },
        { STRICT EMBED(UNSET) EMBED("TLSGuardHeaders off\n"), "TG461", NONE },
        { STRICT "<Location />\nTLSGuardHeader X-Frame-Options off\n</Location>\n" EMBED(UNSET),
          "TG461", NONE },
        { STRICT "<Location /embed>\n" UNSET "<If \"true\">\nTLSGuardHeaders off\n</If>\n"
                 "</Location>\n",
          "TG461", TLSG_NOTICE },
        { STRICT UNSET, "TG461", NONE },
        { STRICT UNSET EMBED(UNSET), "TG461", NONE },
        /* It is there all the same. */
        { STRICT EMBED("Header onsuccess unset X-Frame-Options\n"
                       "Header always set X-Frame-Options DENY\n"),
          "TG461", NONE },
        { STRICT "Header always set X-Frame-Options DENY\n" EMBED(
              "Header onsuccess unset X-Frame-Options\n"),
          "TG461", NONE },
        { STRICT "Header always set X-Frame-Options DENY\n" EMBED(UNSET), "TG461", TLSG_NOTICE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void headers_sent_by_both_are_named(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { STRICT "Header always set Referrer-Policy strict-origin-when-cross-origin\n", "TG462",
          TLSG_NOTICE },
        { STRICT "Header set Referrer-Policy strict-origin-when-cross-origin\n", "TG462",
          TLSG_NOTICE },
        { STRICT "Header set Referrer-Policy no-referrer\n", "TG462", TLSG_NOTICE },
        { STRICT "Header always set Referrer-Policy no-referrer\n", "TG462", NONE },
        { "TLSGuardHeader Referrer-Policy same-origin\n"
          "Header always set Referrer-Policy no-referrer\n",
          "TG462", TLSG_NOTICE },
        { "TLSGuardHeader X-Own a\nHeader always set x-own: b\n", "TG462", TLSG_NOTICE },
        { "TLSGuardHeader X-Own off\nHeader always set X-Own b\n", "TG462", NONE },
        { STRICT EMBED("Header always set Referrer-Policy no-referrer\n"), "TG462", NONE },
        { STRICT
          "SetEnvIf Request_URI ^/x Q\nHeader always set Referrer-Policy no-referrer env=Q\n",
          "TG462", NONE },
        { STRICT "Header edit Referrer-Policy a b\n", "TG462", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

int main(void)
{
    apr_initialize();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hsts_of_the_module_is_judged_like_a_line),
        cmocka_unit_test(headers_of_the_module_are_not_missing),
        cmocka_unit_test(unsets_that_the_module_overrides_are_named),
        cmocka_unit_test(headers_sent_by_both_are_named),
        cmocka_unit_test(hsts_is_found_missing_only_where_it_is),
        cmocka_unit_test(both_tables_and_add_double_the_field),
        cmocka_unit_test(conditions_are_judged_by_what_can_hold),
        cmocka_unit_test(sections_cover_what_httpd_lets_them_cover),
        cmocka_unit_test(values_are_read_as_they_are_sent),
        cmocka_unit_test(cookies_are_followed_through_their_table),
        cmocka_unit_test(values_that_browsers_skip_are_found_in_sections_too),
        cmocka_unit_test(cors_with_credentials_needs_a_list),
        cmocka_unit_test(an_outcome_names_each_response),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
