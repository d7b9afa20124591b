#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Headers reach unusual responses; cookies that are unusual keep what they say, and TLSGuardDropHeaders drops every name of its list from either table.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new(with => [qw(cgid)]);
my $dir = $g->{dir};
my $ADDED = '; Secure; HttpOnly; SameSite=Lax';
my $long = 'n' x 4095;    # with its value all that browsers take (RFC 6265bis, 5.6); they ignore a longer one
my @cookies = (
    # as sent, as received
    ['nameless', 'nameless'],
    ['=value', '=value'],
    ["$long=1", "$long=1$ADDED"],
    ["${long}n=1", "${long}n=1"],
    ["a=\xff\xfe", "a=\xff\xfe$ADDED"],
    ['b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT', "b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT$ADDED"],
    ['c=1, d=2; Path=/', "c=1, d=2; Path=/$ADDED"],    # one cookie: browsers do not split at commas
    ['__Host-e=1; Path=/; Secure; Partitioned', '__Host-e=1; Path=/; Secure; Partitioned; HttpOnly; SameSite=Lax'],
    ['__Secure-f=1', "__Secure-f=1$ADDED"],
    ['h="x y"; httponly', 'h="x y"; httponly; Secure; SameSite=Lax'],
    ['i=x=y==', "i=x=y==$ADDED"],
    ['j=1; SameSite=wrong', undef],    # printed by the server in some form; never twice
);
Guard::spew("$dir/cgi/head", "Content-Type: text/html\n" . join('', map { "Set-Cookie: $_->[0]\n" } @cookies) . "\n");
Guard::spew("$dir/cgi/odd", "#!/bin/sh\ncat $dir/cgi/head\n");
chmod 0755, "$dir/cgi/odd", "$dir/cgi";
chmod 0777, "$dir/run";
my @leaks = Guard::slurp("$Guard::TOP/src/header_names.c") =~ /^\s*\{ "([^"]+)", LEAKS,/mg;
cmp_ok scalar @leaks, '>=', 40, 'the list has many names';
my @own = grep { lc $_ eq 'server' } @leaks;
@leaks = grep { lc $_ ne 'server' && /^[A-Za-z0-9-]+\z/ } @leaks;
my $table = sub { my ($how) = @_; return join '', map { "Header $how $_ x\n" } @leaks };
$g->write_conf("ScriptSock $dir/run/cgisock\nTLSGuardMode off\nListen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => <<"EOT"));
TLSGuardCookies secure httponly samesite=lax
TLSGuardDropHeaders on
ScriptAlias /cgi/ "$dir/cgi/"
<Location /index.html>
@{[ $table->('set') . $table->('always set') ]}
</Location>
EOT
ok $g->start->{up}, 'starts' or diag $g->log_lines;
my @got = Guard::values_of($g->curl('/cgi/odd'), 'Set-Cookie');
is scalar @got, scalar @cookies, 'no cookie is lost and none is made';
for my $i (0 .. $#cookies) {
    my ($sent, $want) = @{ $cookies[$i] };
    my $name = substr($sent, 0, 40) =~ s/[^ -~]/?/gr;
    defined $want ? is($got[$i], $want, "cookie: $name") : is(scalar(() = $got[$i] =~ /SameSite/gi), 1, "cookie: $name: one SameSite");
}
my $response = $g->curl('/index.html');
is $response->{status}, 200, 'a page with all leaking headers, twice each';
is_deeply [grep { Guard::values_of($response, $_) } @leaks], [], 'none of ' . @leaks . ' is sent';
is scalar(my @server = Guard::values_of($response, 'Server')), 1, 'Server stays' if @own;
$g->stop;

# ---- Sections, programs and ranges ----
my $NAME = 'X-Content-Type-Options';
Guard::spew("$dir/htdocs/$_/index.html", "<!doctype html><title>t</title>\n") for qw(with without if/inner if);
Guard::spew("$dir/htdocs/$_/.htaccess", "TLSGuardHeader $NAME off\n") for qw(with without);
Guard::spew("$dir/cgi/nph-raw", "#!/bin/sh\nprintf 'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Type: text/html\\r\\n\\r\\nx'\n");
Guard::spew("$dir/cgi/error", "#!/bin/sh\nprintf 'Content-Type: text/html\\n\\nx'\n");
chmod 0755, "$dir/cgi/nph-raw", "$dir/cgi/error";
$g->write_conf("ScriptSock $dir/run/cgisock\nTLSGuardMode off\nListen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => <<"EOT"));
TLSGuardHeaders safe
ScriptAlias /cgi/ "$dir/cgi/"
ErrorDocument 404 /cgi/error
<Directory "$dir/htdocs/with">
AllowOverride FileInfo
</Directory>
<Directory "$dir/htdocs/without">
AllowOverride None
</Directory>
<If "%{REQUEST_URI} =~ m#^/if/#">
TLSGuardHeader $NAME outer
<If "%{REQUEST_URI} =~ m#/inner/#">
TLSGuardHeader $NAME inner
</If>
</If>
EOT
ok $g->start->{up}, 'starts again' or diag $g->log_lines;
for my $case (
    ['/with/', 200, ''], ['/without/', 200, 'nosniff'], ['/if/', 200, 'outer'], ['/if/inner/', 200, 'inner'],
    ['/missing', 404, 'nosniff'], ['/missing', 404, 'nosniff', '-I'], ['/index.html', 200, 'nosniff', '-I'],
    ['/index.html', 206, 'nosniff', '-r', '0-1,4-5'], ['/cgi/nph-raw', 200, ''],
) {
    my ($path, $status, $want, @args) = @$case;
    my $answer = $g->curl($path, args => ['--http1.1', @args]);
    is $answer->{status}, $status, "$path @args: status";
    is join(',', Guard::values_of($answer, $NAME)), $want, "$path @args: $NAME";
}
$g->stop;

# ---- Whoever makes the response: all headers, each once; who sends one of them keeps it ----
my @HEADERS = ($NAME, qw(Referrer-Policy Strict-Transport-Security Permissions-Policy Cross-Origin-Opener-Policy
    Cross-Origin-Resource-Policy Content-Security-Policy X-Frame-Options));
my $h = Guard->new(with => [qw(http2 proxy proxy_http proxy_http2 cgid include actions asis autoindex negotiation dav dav_fs lua
    session session_cookie usertrack info status auth_basic authn_core authn_file authz_user)]);
$dir = $h->{dir};
Guard::spew("$dir/$_", "<!doctype html><title>t</title>\n") for qw(htdocs/page.html htdocs/err.html htdocs/list/a.html backend/page.html);
Guard::spew("$dir/htdocs/err.shtml", '<!--#include virtual="/page.html" -->');
Guard::spew("$dir/htdocs/ssi.shtml", join '', map { "<!--#include virtual=\"$_\" -->" } '/cgi/own', '/page.html', '/list/');
Guard::spew("$dir/htdocs/own.asis", "Status: 200 OK\nContent-Type: text/html\n$NAME: own\n\nx");
Guard::spew("$dir/htdocs/act.foo", "x");
Guard::spew("$dir/htdocs/map.var", "URI: page.html\nContent-Type: text/html\n");
Guard::spew("$dir/htdocs/l.lua", "function handle(r)\n r.content_type = 'text/html'\n r:puts('x')\n return apache2.OK\nend\n");
Guard::spew("$dir/cgi/$_->[0]", "#!/bin/sh\ncat >/dev/null\nprintf '$_->[1]\\n'\n") for ['own', "Content-Type: text/html\\n$NAME: own\\n"],
    ['none', 'Content-Type: text/html\n'], ['away', 'Location: http://a.test/\n'], ['empty', 'Status: 204\n'], ['bad', 'nonsense'];
Guard::spew("$dir/users", '');
chmod 0755, glob("$dir/cgi/*"), "$dir/cgi";
mkdir "$dir/dav";
chmod 0777, "$dir/dav", "$dir/run";
$h->write_conf(<<"EOT" . ($h->good_vhost(more => <<"EOT") =~ s/^Header .*Strict.*\n//mr) . <<"EOT");
TLSGuardMode off
ScriptSock $dir/run/cgisock
DavLockDB $dir/run/dav
Listen 127.0.0.1:\@PORT\@
Listen 127.0.0.1:\@PORT3\@
EOT
Protocols h2 http/1.1
TLSGuardHeaders strict
TLSGuardHSTS max-age=63072000
TLSGuardCookies secure httponly samesite=lax
<Directory $dir/htdocs>
Options +Includes +Indexes +MultiViews
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
AddHandler send-as-is asis
AddHandler type-map var
AddHandler lua-script .lua
Action foo /cgi/none
AddHandler foo .foo
</Directory>
ScriptAlias /cgi/ $dir/cgi/
ProxyPass /back/ http://127.0.0.1:\@PORT3\@/
ProxyPass /h2back/ h2c://127.0.0.1:\@PORT3\@/
<Location /overridden>
ProxyPass http://127.0.0.1:\@PORT3\@/missing
ProxyErrorOverride on
ErrorDocument 404 /err.html
</Location>
@{[ map { "<Location /error/$_->[0]>\nErrorDocument 404 $_->[1]\n</Location>\n" }
    ['ssi', '/err.shtml'], ['proxy', '/back/page.html'], ['away', 'https://a.test/'], ['cgi', '/cgi/own'], ['loop', '/error/loop/again'] ]}
<Location /secret>
AuthType Basic
AuthName x
AuthUserFile $dir/users
Require valid-user
</Location>
Alias /dav $dir/dav
<Location /dav>
Dav on
Require all granted
</Location>
<Location /session>
Session On
SessionCookieName session path=/
SessionMaxAge 100
SetHandler server-status
</Location>
<Location /track>
CookieTracking on
SetHandler server-info
</Location>
RewriteEngine on
RewriteRule ^/through\$ /cgi/own [PT]
RewriteRule ^/proxied\$ http://127.0.0.1:\@PORT3\@/page.html [P]
RewriteRule ^/gone\$ - [G]
EOT
<VirtualHost 127.0.0.1:\@PORT3\@>
Protocols h2c http/1.1
DocumentRoot $dir/backend
Header always set $NAME own
</VirtualHost>
EOT
ok $h->start->{up}, 'starts with many modules' or diag $h->log_lines;
my @responses = (
    # path, status, value of the header, further arguments of curl
    (map { [$_, 200, 'nosniff'] } qw(/page.html /page /ssi.shtml /act.foo /map.var /l.lua /list/ /session /track)),
    (map { [$_, 200, 'own'] } qw(/own.asis /cgi/own /back/page.html /h2back/page.html /error/proxy/x /through /proxied)),
    ['/error/cgi/x', 404, 'own'],
    (map { [$_, 404, 'nosniff'] } qw(/overridden/x /error/ssi/x /error/loop/x)),
    ['/error/away/x', 302, 'nosniff'],
    ['/cgi/away', 302, 'nosniff'],
    ['/cgi/empty', 204, 'nosniff'],
    ['/cgi/bad', 500, 'nosniff'],
    ['/secret', 401, 'nosniff'],
    ['/gone', 410, 'nosniff'],
    ['/back/%zz', 400, 'nosniff'],
    ['/cgi/none', 200, 'nosniff', '-d', 'a=b'],
    ['/page.html', 200, 'nosniff', '-X', 'OPTIONS'],
    ['/page.html', 405, 'nosniff', '-X', 'DELETE'],
    ['/page.html', 501, 'nosniff', '-X', 'BREW'],
    ['/page.html', 412, 'nosniff', '-H', 'If-Match: "x"'],
    ['/page.html', 417, 'nosniff', '-H', 'Expect: x'],
    ['/page.html', 200, 'nosniff', '-H', 'Range: bytes=x'],
    ['/dav/', 207, 'nosniff', '-X', 'PROPFIND', '-H', 'Depth: 1'],
    ['/dav/a', 201, 'nosniff', '-X', 'PUT', '-d', 'x'],
    ['/dav/a', 204, 'nosniff', '-X', 'DELETE'],
);
my %ways = $h->ways(0);
for my $way ('h1 over TLS', 'h2 over TLS') {
    for my $case (@responses) {
        my ($path, $status, $want, @args) = @$case;
        my $answer = $h->curl($path, args => [@{ $ways{$way}{args} }, @args]);
        is $answer->{status}, $status, "$way: $path @args: status";
        is join(',', Guard::values_of($answer, $NAME)), $want, "$way: $path @args: $NAME";
        is_deeply [map { scalar(my @v = Guard::values_of($answer, $_)) } @HEADERS], [(1) x @HEADERS], "$way: $path @args: each header once"
            or diag explain $answer->{headers};
    }
    like join(',', Guard::values_of($h->curl($_, %{ $ways{$way} }), 'Set-Cookie')), qr/^[^,]+path=\/; Secure; HttpOnly; SameSite=Lax\z/,
        "$way: $_: the cookie of another module is hardened" for '/session', '/track';
}
$h->expect_log(qr/AH00135: Invalid method/, qr/malformed header from script/, qr/AH10244: invalid URI path/);

done_testing;
