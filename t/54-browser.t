#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What the headers are for, in a real browser: it goes to TLS by itself after one visit, refuses to be framed, sees each
# header once and keeps hardened cookies. b.test is the control: the same without the module's headers.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;
use Browser;

plan skip_all => 'TLSGUARD_NO_BROWSER is set' if $ENV{TLSGUARD_NO_BROWSER};

my $g = Guard->new(with => [qw(http2 cgid)]);
my $dir = $g->{dir};
my $page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>NAME</title><p>NAME';
for my $host (qw(a b c)) {
    Guard::spew("$dir/$host/$_/index.html", $page =~ s/NAME/$host/gr) for '', qw(xfo csp open);
    Guard::spew("$dir/$host/frame.html", $page =~ s/NAME/framing/gr
        . join '', map { "<iframe id=\"$_->[0]\" src=\"$_->[1]\"></iframe>" }
            ['a', 'https://a.test/'], ['xfo', 'https://a.test/xfo/'], ['csp', 'https://a.test/csp/'], ['open', 'https://a.test/open/'], ['b', 'https://b.test/']);
    Guard::spew("$dir/$host/script.html", $page =~ s/NAME/none/gr . '<script src="run.txt"></script>');
    Guard::spew("$dir/$host/run.txt", "document.title = 'ran'\n");
    Guard::spew("$dir/$host/cgi/cookie", "#!/bin/sh\nprintf 'Content-Type: text/html\\nSet-Cookie: sid=1\\nSet-Cookie: own=2; SameSite=Strict\\n\\n'\necho '$page'\n");
    chmod 0755, "$dir/$host/cgi/cookie";
}
chmod 0777, "$dir/run";

sub host {
    my ($name, $more) = @_;
    my $site = <<"EOT";
DocumentRoot "$dir/$name"
ScriptAlias /cgi/ "$dir/$name/cgi/"
AddType text/plain .txt
CustomLog "$dir/logs/$name-\@KIND\@.log" "%U"
$more
EOT
    my $tls = $g->good_vhost(name => "$name.test", more => $site =~ s/\@KIND\@/tls/r) =~ s/^Header .*\n//mr;
    return "$tls\n<VirtualHost 127.0.0.1:\@PORT2\@>\nServerName $name.test\n" . $site =~ s/\@KIND\@/plain/r . "</VirtualHost>\n";
}

$g->write_conf("ScriptSock $dir/run/cgisock\nTLSGuardMode off\nProtocols h2 http/1.1\nListen 127.0.0.1:\@PORT\@\nListen 127.0.0.1:\@PORT2\@\n"
    . host('b', '') . host('c', '') . host('a', <<'EOT'));
TLSGuardHeaders strict
TLSGuardHeader X-Own "one"
TLSGuardHSTS max-age=63072000
TLSGuardCookies secure httponly samesite=lax
<Location "/xfo/">
TLSGuardHeader Content-Security-Policy off
</Location>
<Location "/csp/">
TLSGuardHeader X-Frame-Options off
</Location>
<Location "/open/">
TLSGuardHeader Content-Security-Policy off
TLSGuardHeader X-Frame-Options off
</Location>
EOT
ok $g->start->{up}, 'starts' or diag $g->log_lines;

my %names = map { ("$_.test:443" => $g->port, "$_.test:80" => $g->port(2)) } qw(a b c);
my $browser = Browser->new(names => \%names, ca => "$Guard::TOP/build/t/pki/ca.pem");

sub scheme { return $browser->run('return location.protocol') }
sub requests { my ($log) = @_; return scalar(() = Guard::slurp("$dir/logs/$log.log") =~ /^/mg) }

# ---- HSTS ----
for my $host (qw(a b)) {
    is $browser->visit("http://$host.test/"), undef, "$host.test is reached over plain HTTP";
    is scheme(), 'http:', 'and stays there' or diag $browser->url;
    is $browser->visit("https://$host.test/"), undef, "$host.test is reached over TLS, with a certificate that is trusted";
    is scheme(), 'https:', 'and is there' or diag $browser->url;
}
my $before = requests('a-plain');
is $browser->visit('http://a.test/csp/'), undef, 'a plain link after one visit over TLS';
is $browser->url, 'https://a.test/csp/', 'HSTS: the browser goes to TLS by itself';
is requests('a-plain'), $before, 'and asks nothing over plain HTTP before';
is $browser->visit('http://b.test/csp/'), undef, 'the same where the module sends no HSTS';
is $browser->url, 'http://b.test/csp/', 'is plain as ever';

# ---- Each header, once ----
my %want = (
    'strict-transport-security' => 'max-age=63072000',
    'x-content-type-options' => 'nosniff',
    'referrer-policy' => 'strict-origin-when-cross-origin',
    'x-frame-options' => 'SAMEORIGIN',
    'cross-origin-opener-policy' => 'same-origin',
    'cross-origin-resource-policy' => 'same-origin',
    'x-own' => 'one',
);
$browser->documents;
$browser->visit('https://a.test/');
my $seen = $browser->documents->{'https://a.test/'} || {};
is $seen->{$_}, $want{$_}, "the document has $_, once" for sort keys %want;
for my $path ('/', '/missing') {
    my $pairs = $browser->run('return fetch(arguments[0], { cache: "no-store" }).then(r => Array.from(r.headers.entries()))', $path);
    my %got;
    push @{ $got{ $_->[0] } }, $_->[1] for @$pairs;
    is_deeply $got{$_}, [$want{$_}], "fetch $path: $_, once" for sort keys %want;
    is scalar @{ $got{$_} || [] }, 1, "fetch $path: $_, once" for qw(content-security-policy permissions-policy);
    unlike $got{$_}[0] // ',default-src', qr/default-src.*default-src|camera.*camera/, "and not joined of two" for qw(content-security-policy permissions-policy);
}
is_deeply [grep { /[Uu]nrecognized|[Ii]nvalid|[Ee]rror with/ } $browser->console], [], 'the browser understands every value';

# ---- Framing ----
sub framed { my ($id) = @_; return $browser->in_frame("#$id", sub { $browser->run('return location.href') }) }
sub title_of { my ($id) = @_; return $browser->in_frame("#$id", sub { $browser->run('return document.title') }) }
is $browser->visit('https://c.test/frame.html'), undef, 'a page of another site frames five';
is title_of('b'), 'b', 'what is not protected is framed';
is title_of('open'), 'a', 'nor is a page of the same host that has neither X-Frame-Options nor frame-ancestors refused';
for my $id (qw(a xfo csp)) {
    like framed($id), qr/^chrome-error:/, "framing is refused: $id";
    isnt title_of($id), 'a', 'and the page is not there';
}
my @console = $browser->console;
ok scalar(grep { /frame-ancestors/ && /a\.test/ } @console), 'by frame-ancestors, where there is that; by X-Frame-Options alone, which the console does not name, at /xfo/' or diag @console;
# The host's own pages may; its policy keeps c.test's frames out of this one.
is $browser->visit('https://a.test/frame.html'), undef, 'a page of the same site';
is title_of($_), 'a', "frames $_" for qw(a xfo csp);

# ---- Types and cookies ----
my %ran = (a => 'none', b => 'ran');
for my $host (sort keys %ran) {
    $browser->visit("https://$host.test/script.html");
    is $browser->run('return document.title'), $ran{$host}, "a text as a script: $ran{$host} at $host.test";
    $browser->visit("https://$host.test/cgi/cookie");
    my %cookies = $browser->cookies;
    my $hard = $host eq 'a' ? 1 : 0;
    is $cookies{sid}{$_} ? 1 : 0, $hard, "$host.test: the cookie's $_ is $hard" for qw(secure httpOnly);
    is $cookies{own}{sameSite}, 'Strict', "$host.test: an attribute of the application's stays";
    is $browser->run('return document.cookie') =~ /sid/ ? 1 : 0, 1 - $hard, 'and scripts ' . ($hard ? 'cannot read it' : 'read it');
}
$browser->quit;

done_testing;
