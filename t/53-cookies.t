#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# TLSGuardCookies adds what Set-Cookie headers lack, wherever they come from, and changes nothing else.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new(with => [qw(http2 proxy proxy_http cgid)]);
my $dir = $g->{dir};
my @cookies = (
    # as sent, as received
    ['a=1', 'a=1; Secure; HttpOnly; SameSite=Lax'],
    ['b=2; Path=/; secure', 'b=2; Path=/; secure; HttpOnly; SameSite=Lax'],
    ['c=3; HTTPONLY;SameSite=Strict', 'c=3; HTTPONLY;SameSite=Strict; Secure'],
    ['d=4; SameSite=None; Secure; HttpOnly', 'd=4; SameSite=None; Secure; HttpOnly'],
    ['e=5;', 'e=5; Secure; HttpOnly; SameSite=Lax'],
    ['nameless', 'nameless'],
    ['csrf=6; Secure', 'csrf=6; Secure'],
    ['xcsrf=7; Secure', 'xcsrf=7; Secure; HttpOnly; SameSite=Lax'],
);
my $head = join '', map { "Set-Cookie: $_->[0]\\n" } @cookies;
Guard::spew("$dir/cgi/$_->[0]", "#!/bin/sh\nprintf 'Content-Type: text/html\\n$_->[1]$head\\n'\n") for ['ok', ''], ['bad', 'Status: 500\n'];
chmod 0755, glob("$dir/cgi/*"), "$dir/cgi";
chmod 0777, "$dir/run";
Guard::spew("$dir/htdocs/off/index.html", "x\n");
Guard::spew("$dir/backend/index.html", "x\n");

my $site = <<"EOT";
TLSGuardCookies secure httponly samesite=lax except=^csrf\$
ScriptAlias /cgi/ "$dir/cgi/"
ProxyPass /back/ http://127.0.0.1:\@PORT3\@/
<Location /off>
TLSGuardCookies off
Header set Set-Cookie a=1
</Location>
<Location /forbidden>
Require all denied
Header always set Set-Cookie a=1
</Location>
EOT
$g->write_conf("ScriptSock $dir/run/cgisock\nTLSGuardMode off\nProtocols h2 h2c http/1.1\n"
    . join('', map { "Listen 127.0.0.1:\@PORT$_\@\n" } '', 2, 3) . $g->good_vhost(more => $site)
    . "<VirtualHost 127.0.0.1:\@PORT2\@>\nServerName localhost\n$site</VirtualHost>\n"
    . "<VirtualHost 127.0.0.1:\@PORT3\@>\nDocumentRoot \"$dir/backend\"\nHeader add Set-Cookie \"a=1\"\nHeader add Set-Cookie \"b=2; Secure\"\n</VirtualHost>\n");
ok $g->start->{up}, 'starts' or diag $g->log_lines;

sub got { return [Guard::values_of($g->curl(@_), 'Set-Cookie')] }
my %ways = $g->ways($g->port(2));
for my $way (sort keys %ways) {
    my @want = map { $_->[1] } @cookies;
    # Without TLS a Secure cookie would be dropped, so none is made.
    @want = ('a=1; HttpOnly; SameSite=Lax', 'b=2; Path=/; secure; HttpOnly; SameSite=Lax', 'c=3; HTTPONLY;SameSite=Strict', $cookies[3][0],
        'e=5; HttpOnly; SameSite=Lax', @want[5 .. 7]) if $way !~ /TLS/;
    is_deeply got("/cgi/$_", %{ $ways{$way} }), \@want, "$way: /cgi/$_" for qw(ok bad);
}
is_deeply got('/back/'), ['a=1; Secure; HttpOnly; SameSite=Lax', 'b=2; Secure; HttpOnly; SameSite=Lax'], 'from a backend';
is_deeply got('/off/'), ['a=1'], 'off in a section';
is_deeply got('/forbidden'), ['a=1; Secure; HttpOnly; SameSite=Lax'], 'on an error page';
$g->expect_log(qr/AH01630: client denied/);

# ---- The audit knows ----
for my $guarded (0, 1) {
    my $h = Guard->new;
    my $more = "Header always set Set-Cookie a=1\n" . ($guarded ? "TLSGuardCookies secure httponly samesite=lax\n" : '');
    $h->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $h->good_vhost(more => $more));
    my ($report) = $h->report;
    is scalar(Guard::findings($report, $_)), 1 - $guarded, "$_: " . ($guarded ? 'quiet' : 'found')
        for qw(cookie-insecure cookie-attributes-missing);
}

done_testing;
