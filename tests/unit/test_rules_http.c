/* SPDX-License-Identifier: Apache-2.0 */
/* What a site serves besides its headers: redirects, compression, pages about the server. The right
 * rule with the right severity, and nothing where nothing is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <apr_general.h>

#include "support_judge.h"

#define HSTS "Strict-Transport-Security \"max-age=63072000\""
#define NONE TLSG_OFF
#define PLAIN(lines)                                                                               \
    "%server\n<VirtualHost *:80>\nServerName www.example.com\n" lines "</VirtualHost>\n"

/* A virtual host on a port that a forwarder may have mapped from 443: the client's Host header has
 * either, and %{SERVER_PORT} is what it has. */
#define MAPPED(text)                                                                               \
    "%bare\nListen 8443 https\n<VirtualHost *:8443>\nServerName www.example.com\n"                 \
    "SSLEngine on\nSSLCertificateFile @rsa@\n" text "</VirtualHost>\n"

static void the_port_is_what_clients_may_ask_for(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { MAPPED("RewriteEngine on\nRewriteCond %{SERVER_PORT} !^4430$\n"
                 "RewriteRule ^ https://www.example.com:8443%{REQUEST_URI} [R]\n"),
          "TG450", TLSG_ERROR },
        { MAPPED("RewriteEngine on\nRewriteCond %{SERVER_PORT} !^443$\n"
                 "RewriteRule ^ https://www.example.com:8443%{REQUEST_URI} [R]\n"),
          "TG450", NONE },
        { MAPPED("Header always set " HSTS " \"expr=%{SERVER_PORT} == '4430'\"\n"), "TG404",
          TLSG_ERROR },
        { MAPPED("Header always set " HSTS " \"expr=%{SERVER_PORT} == '443'\"\n"), "TG404", NONE },
        { MAPPED("<If \"%{SERVER_PORT} -eq 443\">\nHeader always set " HSTS "\n</If>\n"), "TG404",
          NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void redirects_are_played_through(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "Redirect permanent / https://www.example.com/\n", "TG450", TLSG_ERROR },
        { "Redirect permanent / https://www.example.com/app/\n", "TG450", TLSG_ERROR },
        { "RedirectMatch ^/$ https://www.example.com/app/\n", "TG450", NONE },
        { "Redirect /old https://www.example.com/new\n", "TG450", NONE },
        { "Redirect permanent / https://other.example.com/\n", "TG450", NONE },
        { "ServerAlias a.example.com\nRedirect permanent / https://a.example.com/\n", "TG450",
          TLSG_ERROR },
        { "RewriteEngine on\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R,L]\n", "TG450",
          TLSG_ERROR },
        { "RewriteEngine on\nRewriteCond %{HTTPS} !=on\n"
          "RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R,L]\n",
          "TG45x", NONE },
        { "RewriteEngine on\nRewriteCond %{HTTPS} off\n"
          "RewriteRule (.*) https://%{HTTP_HOST}%{REQUEST_URI}\n",
          "TG45x", NONE },
        { "RewriteEngine on\nRewriteCond %{HTTP_HOST} !^www\\. [NC]\n"
          "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301,L]\n",
          "TG45x", NONE },
        { "%server\nRedirect permanent / https://www.example.com/\n", "TG450", TLSG_ERROR },
        { PLAIN(
              "Redirect permanent / https://www.example.com/\n") "%vhost\n"
                                                                 "Redirect permanent / http://www.example.com/\n",
          "TG450", TLSG_ERROR },
        { PLAIN("Redirect permanent / https://www.example.com/\n"), "TG45x", NONE },
        { PLAIN("RewriteEngine on\nRewriteCond %{REQUEST_URI} !^/\\.well-known/acme-challenge/\n"
                "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=308,L]\n"),
          "TG45x", NONE },
        { PLAIN("RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301,L]\n"), "TG451",
          TLSG_WARNING },
        { "%server\nRewriteEngine on\nRewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301]\n"
          "<VirtualHost *:80>\nServerName www.example.com\n</VirtualHost>\n",
          "TG451", TLSG_WARNING },
        { "%server\nRewriteEngine on\n"
          "<VirtualHost *:80>\nServerName www.example.com\n"
          "RewriteRule ^ https://www.example.com%{REQUEST_URI} [R=301]\n</VirtualHost>\n",
          "TG451", NONE },
        { PLAIN("Redirect permanent / https://www.example.com\n"), "TG453", TLSG_WARNING },
        { PLAIN("RewriteEngine on\nRewriteRule ^/?(.*) https://www.example.com$1 [R=301]\n"),
          "TG453", TLSG_WARNING },
        { PLAIN("RewriteEngine on\nRewriteRule ^(.*)$ https://www.example.com$1 [R=301]\n"),
          "TG45x", NONE },
        { PLAIN(""), "TG454", TLSG_NOTICE },
        { PLAIN("Redirect / https://www.example.com/\n"), "TG455", TLSG_NOTICE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

static void compression_counts_only_where_it_reaches_documents(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { "AddOutputFilterByType DEFLATE text/html\n", "TG501", TLSG_NOTICE },
        { "AddOutputFilterByType DEFLATE text/css\n", "TG501", NONE },
        { "SetOutputFilter BROTLI_COMPRESS\n", "TG501", TLSG_NOTICE },
        { "SetOutputFilter DEFLATE\nSetEnv no-gzip 1\n", "TG501", NONE },
        { "SetOutputFilter BROTLI_COMPRESS;DEFLATE\nSetEnv no-gzip 1\n", "TG501", TLSG_NOTICE },
        { "SetOutputFilter DEFLATE\nSetEnvIfNoCase Request_URI \\.png$ no-gzip\n", "TG501",
          TLSG_NOTICE },
        { "SetOutputFilter DEFLATE\nSetEnvIf Cookie . no-gzip\n", "TG501", NONE },
        { "SetOutputFilter BROTLI_COMPRESS;DEFLATE\nSetEnvIf Cookie . no-gzip\n", "TG501",
          TLSG_NOTICE },
        { "SetOutputFilter BROTLI_COMPRESS;DEFLATE\nSetEnvIf Cookie . no-gzip no-brotli\n", "TG501",
          NONE },
        { "FilterProvider COMPRESS DEFLATE \"%{CONTENT_TYPE} =~ m#^text/#\"\n", "TG501",
          TLSG_NOTICE },
        { "FilterProvider COMPRESS DEFLATE \"%{CONTENT_TYPE} == 'text/css'\"\n", "TG501", NONE },
        { "<FilesMatch \"\\.css$\">\nSetOutputFilter DEFLATE\n</FilesMatch>\n", "TG501", NONE },
        { "SetOutputFilter DEFLATE\nRequestHeader unset Accept-Encoding\n", "TG501", NONE },
        { "%server\nSetEnvIfExpr \"%{HTTPS} == 'on'\" no-gzip no-brotli\n%vhost\n"
          "AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html\n",
          "TG501", NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

#define STATUS(access)                                                                             \
    "<Location /server-status>\nSetHandler server-status\n" access "</Location>\n"

static void a_page_about_the_server_is_open_when_nothing_closes_it(void **state)
{
    (void)state;
    static const support_line_case_t cases[] = {
        { STATUS(""), "TG514", TLSG_NOTICE },
        { STATUS("Require all granted\n"), "TG514", TLSG_NOTICE },
        { STATUS("Require local\n"), "TG514", NONE },
        { STATUS("Order allow,deny\nAllow from 127.0.0.1\n"), "TG514", NONE },
        { STATUS("<RequireAny>\nRequire ip 10.0.0.0/8\n</RequireAny>\n"), "TG514", NONE },
        { "<Directory />\nRequire all denied\n</Directory>\n" STATUS(""), "TG514", NONE },
        { "DocumentRoot /srv/www\n<Directory />\nRequire all denied\n</Directory>\n"
          "<Directory /srv/www>\nRequire all granted\n</Directory>\n" STATUS(""),
          "TG514", TLSG_NOTICE },
        { "DocumentRoot /srv/www\n<Directory /srv/www>\nRequire valid-user\n</Directory>\n" STATUS(
              ""),
          "TG514", NONE },
        { "<Location />\nRequire ip 10.0.0.0/8\n</Location>\n" STATUS(""), "TG514", NONE },
        { "<LocationMatch ^/server->\nRequire local\n</LocationMatch>\n" STATUS(""), "TG514",
          NONE },
    };
    SUPPORT_JUDGE_LINES(cases);
}

int main(void)
{
    apr_initialize();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redirects_are_played_through),
        cmocka_unit_test(the_port_is_what_clients_may_ask_for),
        cmocka_unit_test(compression_counts_only_where_it_reaches_documents),
        cmocka_unit_test(a_page_about_the_server_is_open_when_nothing_closes_it),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
