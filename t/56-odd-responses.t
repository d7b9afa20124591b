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

done_testing;
