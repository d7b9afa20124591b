#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Missing headers are added to every kind of response that passes httpd's filters, once, over HTTP/1.1, h2c and h2; what
# is there already is left alone; without directives nothing changes.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my @WITH = qw(http2 proxy proxy_http cache cache_disk cgid negotiation include status authz_host expires);
my $NAME = 'X-Content-Type-Options';

sub site {
    my ($more) = @_;
    return <<"EOT";
DocumentRoot "\@DIR\@/htdocs"
Protocols h2 h2c http/1.1
$more
DirectoryIndex index.html
Redirect 301 /old /index.html
RedirectMatch 404 ^/gone404
ScriptAlias /cgi/ "\@DIR\@/cgi/"
CacheRoot "\@DIR\@/cache"
CacheEnable disk /cached/
CacheHeader on
ProxyPass /back/ http://127.0.0.1:\@PORT3\@/
ProxyPass /dead/ http://127.0.0.1:\@PORT4\@/ retry=0
<Location /forbidden>
Require all denied
</Location>
<Location /urlerror>
ErrorDocument 404 /err.html
</Location>
<Location /texterror>
ErrorDocument 404 "not here"
</Location>
<Location /set>
Header set $NAME own
</Location>
<Location /always>
Header always set $NAME own
</Location>
<Location /server-status>
SetHandler server-status
</Location>
<Location /off>
TLSGuardHeader $NAME off
</Location>
<Location /cached>
Header set Cache-Control "max-age=100"
ExpiresActive on
</Location>
<If "%{REQUEST_URI} =~ m#^/if/#">
TLSGuardHeader $NAME if
</If>
<Directory "\@DIR\@/htdocs">
Options +Includes +MultiViews
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
AllowOverride FileInfo
Require all granted
</Directory>
EOT
}

my $backend = <<"EOT";
<VirtualHost 127.0.0.1:\@PORT3\@>
DocumentRoot "\@DIR\@/backend"
<Files has.html>
Header set $NAME backend
</Files>
<Files two.html>
Header set $NAME backend
Header always set $NAME backend
</Files>
</VirtualHost>
EOT

sub files {
    my ($g) = @_;
    my $dir = $g->{dir};
    my $page = "<!doctype html><title>t</title>\n";
    Guard::spew("$dir/htdocs/$_/index.html", $page) for qw(set always off if ht htset cached urlerror);
    Guard::spew("$dir/htdocs/$_", $page) for qw(err.html multi.html);
    Guard::spew("$dir/htdocs/page.shtml", "<!--#include virtual=\"/index.html\" -->\n");
    Guard::spew("$dir/htdocs/ht/.htaccess", "TLSGuardHeader $NAME off\nTLSGuardHeader X-Extra \"from htaccess\"\n");
    Guard::spew("$dir/htdocs/htset/.htaccess", "Header set $NAME own\n");
    Guard::spew("$dir/backend/$_.html", $page) for qw(has none two);
    my %cgi = (
        plain => "Content-Type: text/html\\n\\n",
        own => "Content-Type: text/html\\n$NAME: script\\n\\n",
        fail => "Status: 500\\nContent-Type: text/html\\n\\n",
        local => "Location: /index.html\\n\\n",
        304 => "Status: 304\\nETag: \"x\"\\n\\n",
        report => "Content-Type: text/html\\nContent-Security-Policy-Report-Only: frame-ancestors x\\n\\n",
        script => "Content-Type: text/html\\nContent-Security-Policy: script-src frame-ancestors.test\\n\\n",
        ancestors => "Content-Type: text/html\\nContent-Security-Policy: script-src x;\\tFrame-Ancestors\\n\\n",
    );
    for my $name (keys %cgi) {
        Guard::spew("$dir/cgi/$name", "#!/bin/sh\nprintf '$cgi{$name}'\n");
        chmod 0755, "$dir/cgi/$name";
    }
    mkdir "$dir/cache";
    chmod 0777, "$dir/cache", "$dir/run";
}

sub conf {
    my ($g, $more) = @_;
    my $site = site($more);
    $g->write_conf("ScriptSock \@DIR\@/run/cgisock\nTLSGuardMode off\n" . join('', map { "Listen 127.0.0.1:\@PORT$_\@\n" } '', 2, 3)
        . $g->good_vhost(more => $site)
        . "<VirtualHost 127.0.0.1:\@PORT2\@>\nServerName localhost\n$site</VirtualHost>\n" . $backend);
}

# path, status, values of the header, further arguments of curl
my @cases = (
    ['/', 200, 'nosniff'],
    ['/', 200, 'nosniff', '-I'],
    ['/index.html', 206, 'nosniff', '-r', '0-3'],
    ['/index.html', 304, 'nosniff', '-H', 'If-None-Match: *'],
    ['/multi', 200, 'nosniff'],
    ['/page.shtml', 200, 'nosniff'],
    ['/server-status', 200, 'nosniff'],
    ['/set', 301, 'nosniff'],    # mod_dir redirects, and Header set does not reach that
    ['/set/', 200, 'own'],
    ['/always/', 200, 'own'],
    ['/htset/', 200, 'own'],
    ['/off/', 200, ''],
    ['/ht/', 200, ''],
    ['/if/', 200, 'if'],
    ['/old', 301, 'nosniff'],
    ['/forbidden', 403, 'nosniff'],
    ['/missing', 404, 'nosniff'],
    ['/gone404', 404, 'nosniff'],
    ['/urlerror/missing', 404, 'nosniff'],
    ['/texterror/missing', 404, 'nosniff'],
    ['/index.html', 416, 'nosniff', '-r', '999999-'],
    ['/' . 'x' x 9000, 414, 'nosniff'],
    ['/cgi/plain', 200, 'nosniff'],
    ['/cgi/own', 200, 'script'],
    ['/cgi/fail', 500, 'nosniff'],
    ['/cgi/local', 200, 'nosniff'],
    ['/back/none.html', 200, 'nosniff'],
    ['/back/has.html', 200, 'backend'],
    ['/back/two.html', 200, 'backend,backend'],
    ['/back/missing', 404, 'nosniff'],
    ['/dead/x', 503, 'nosniff'],
    ['/cached/', 200, 'nosniff'],
    ['/cached/', 200, 'nosniff'],
);

# ---- LoadModule alone changes nothing ----
my $g = Guard->new(with => \@WITH);
files($g);
(my $quiet = site('')) =~ s/^TLSGuard.*\n//mg;
unlink "$g->{dir}/htdocs/ht/.htaccess";
my %seen;
for my $loaded (0, 1) {
    my $h = Guard->new(with => \@WITH, module => $loaded);
    files($h);
    unlink "$h->{dir}/htdocs/ht/.htaccess";
    $h->write_conf("ScriptSock \@DIR\@/run/cgisock\n" . join('', map { "Listen 127.0.0.1:\@PORT$_\@\n" } '', 3) . $h->good_vhost(more => $quiet) . $backend);
    ok $h->start->{up}, 'starts' or diag $h->log_lines;
    for my $case (grep { $_->[0] !~ m{^/(?:server-status|dead|cached)} } @cases) {
        my ($path, undef, undef, @args) = @$case;
        my $response = $h->curl($path, args => \@args);
        my @lines = map { join(': ', @$_) =~ s/:\d{4,5}//r } grep { $_->[0] !~ /^(?:date|last-modified|etag|content-length)$/i } @{ $response->{headers} };
        push @{ $seen{$loaded} }, [substr($path, 0, 40), $response->{status}, @lines];
    }
    $h->expect_log(qr/AH01630: client denied/);
    $h->expect_log(qr/TLSGuard/) if $h->log_lines(qr/\[tlsguard:(?:warn|error)\]/);
    $h->stop;
}
is_deeply $seen{1}, $seen{0}, 'LoadModule alone changes no response';

# ---- Each kind of response ----
$g->write_conf('');
files($g);
conf($g, 'TLSGuardHeaders safe');
my $start = $g->start;
ok $start->{up}, 'starts with injection' or diag $start->{err}, $g->log_lines;
$g->expect_log(qr/AH01630: client denied/, qr/proxy.*(?:attempt to connect|disabled|connect to|failed to make)/i);
my %ways = $g->ways($g->port(2));
for my $way (sort keys %ways) {
    for my $case (@cases) {
        my ($path, $status, $want, @args) = @$case;
        my $response = $g->curl($path, %{ $ways{$way} }, args => [@{ $ways{$way}{args} }, @args]);
        my $name = "$way: " . substr($path, 0, 24) . " @args";
        is $response->{status}, $status, "$name: status";
        is join(',', Guard::values_of($response, $NAME)), $want, "$name: $NAME"
            or diag join "\n", map { "$_->[0]: $_->[1]" } @{ $response->{headers} };
    }
    my $hit = $g->curl('/cached/', %{ $ways{$way} });
    like join(',', Guard::values_of($hit, 'X-Cache')), qr/^HIT/, "$way: the cached response came from the cache";
    is join(',', Guard::values_of($g->curl('/ht/', %{ $ways{$way} }), 'X-Extra')), 'from htaccess', "$way: .htaccess adds one";
}
for my $file (split /\n/, Guard::run(['grep', '-rlia', $NAME, "$g->{dir}/cache"])->{out}) {
    fail "$file: what the module adds is not stored";
}
for my $way ([], [http => 1, port => $g->port(2)]) {
    my $response = $g->nghttp('/index.html', @$way);
    is $response->{status}, 200, 'nghttp: status' or diag $response->{out}, $response->{err};
    is join(',', Guard::values_of($response, $NAME)), 'nosniff', 'nghttp: the header, once';
    is join(',', Guard::values_of($response, 'referrer-policy')), 'strict-origin-when-cross-origin', 'and the other one';
}
for my $bad ("GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n") {
    my $answer = $g->raw($g->port(2), $bad);
    like $answer, qr{^HTTP/1.1 400 .*^$NAME: nosniff\r$}ms, '400: the header is there';
}
like $g->raw($g->port, "GET / HTTP/1.0\r\n\r\n"), qr{400 .*^$NAME: nosniff\r$}ms, 'plain HTTP to the TLS port';
unlike $g->raw($g->port(2), "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), qr/^$NAME/m, 'TRACE is out of reach, as documented';
$g->stop;

# ---- Strict, documents and exceptions ----
conf($g, <<'EOT');
TLSGuardHeaders strict
TLSGuardHeader Permissions-Policy "camera=()"
TLSGuardHeader X-Own one
Header unset Referrer-Policy
Header always unset X-Own
<Location /off>
TLSGuardHeaders off
</Location>
<Location /set>
Header always set Content-Security-Policy "frame-ancestors 'none'"
TLSGuardHeader Permissions-Policy default
</Location>
<Location /always>
Header set Content-Security-Policy "default-src 'self'"
TLSGuardHeader Permissions-Policy off
</Location>
AddType image/png .png
AddType image/svg+xml .svg
EOT
Guard::spew("$g->{dir}/htdocs/$_", "x\n") for qw(a.png a.svg);
ok $g->start->{up}, 'starts with strict' or diag $g->log_lines;
my @all = qw(X-Content-Type-Options Referrer-Policy X-Frame-Options Content-Security-Policy Permissions-Policy
    Cross-Origin-Opener-Policy Cross-Origin-Resource-Policy X-Own);
my %want = (
    '/' => '1 0 1 1 1 1 1 0',
    '/a.png' => '1 0 0 0 0 0 1 0',
    '/a.svg' => '1 0 1 1 1 1 1 0',
    '/missing' => '1 0 1 1 1 1 1 0',
    '/off/' => '0 0 0 0 1 0 0 0',    # TLSGuardHeader holds whatever TLSGuardHeaders says, and its "off" above, too
    '/set/' => '1 0 0 1 1 1 1 0',    # the response's own policy has frame-ancestors
    '/always/' => '1 0 1 1 0 1 1 0',
    '/cgi/report' => '1 0 1 1 1 1 1 0',
    '/cgi/script' => '1 0 1 1 1 1 1 0',
    '/cgi/ancestors' => '1 0 0 1 1 1 1 0',
    '/cgi/304' => '1 0 0 0 0 0 0 0',    # the full response may have had its own, which a browser would replace by these
    '/back/none.html' => '1 0 1 1 1 1 1 0',
);
my $known = 'If-None-Match: *';
my %want_known = ('/' => '1 0 1 1 1 1 1 0', '/a.png' => '1 0 0 0 0 0 1 0', '/back/none.html' => '1 0 0 0 0 0 0 0');
for my $case ((map { [$_, $want{$_}] } sort keys %want), (map { [$_, $want_known{$_}, '-H', $known] } sort keys %want_known)) {
    my ($path, $want, @args) = @$case;
    my $response = $g->curl($path, args => \@args);
    is $response->{status}, 304, "$path: known already" if @args;
    is join(' ', map { scalar(my @v = Guard::values_of($response, $_)) } @all), $want, "strict: $path @args"
        or diag join "\n", map { "$_->[0]: $_->[1]" } @{ $response->{headers} };
}
is_deeply [Guard::values_of($g->curl('/'), 'Permissions-Policy')], ['camera=()'], 'a value of the administrator replaces the preset';
like join(',', Guard::values_of($g->curl('/set/'), 'Permissions-Policy')), qr/geolocation/, 'default brings the preset back';
$g->stop;

# ---- Leaking headers ----
conf($g, "TLSGuardDropHeaders on\nHeader set X-Powered-By one\nHeader add X-Powered-By two\nHeader always set X-AspNet-Version 4\nHeader set X-Keep me\n");
ok $g->start->{up}, 'starts with drop' or diag $g->log_lines;
for my $path ('/', '/missing', '/back/none.html') {
    my $response = $g->curl($path);
    is_deeply [map { Guard::values_of($response, $_) } qw(X-Powered-By X-AspNet-Version)], [], "$path: leaking headers are gone";
    is scalar(my @server = Guard::values_of($response, 'Server')), 1, 'Server stays, once';
}
is_deeply [Guard::values_of($g->curl('/'), 'X-Keep')], ['me'], 'others stay';
like $g->curl('/server-status?auto', http => 1, port => $g->port(2))->{body}, qr/^TLSGuardLeaksDropped: [1-9]/m, 'mod_status counts';
$g->stop;

# ---- What is refused ----
my %refused = (
    'X-Foo default' => qr/no preset has a value for X-Foo/,
    'Strict-Transport-Security "max-age=1"' => qr/TLSGuardHSTS/,
    'Content-Length 1' => qr/Content-Length/,
    '"X Y" 1' => qr/no header name/,
    'X-Foo ""' => qr/expected a header name/,
    'X-Foo' => qr/expected a header name/,
);
for my $words (sort keys %refused) {
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => "TLSGuardHeader $words"));
    my $run = $g->configtest;
    is $run->{rc}, 1, "TLSGuardHeader $words is refused";
    like $run->{err}, qr/TLSGuardHeader: $refused{$words}|$refused{$words}/, 'and says why' or diag $run->{err};
}
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => "TLSGuardHeader Strict-Transport-Security off"));
is $g->configtest->{rc}, 0, 'off is fine for any name';

done_testing;
