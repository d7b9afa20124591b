#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# With mod_cache, as quick handler and behind the other hooks: each header once, whether a response is stored, comes from
# the cache or was revalidated, and nothing that the module adds is stored; compression that is excluded keeps neither
# responses out of the cache nor compressed ones in it.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new(with => [qw(http2 cache cache_disk proxy proxy_http cgid expires)]);
my $dir = $g->{dir};
my ($NAME, $ADDED) = ('X-Content-Type-Options', 'Referrer-Policy');
my $text = "<!doctype html><title>t</title>\n" . "<p>the same words again and again</p>\n" x 200;
Guard::spew("$dir/htdocs/$_", $text) for qw(c/page.html c/style.css);
Guard::spew("$dir/backend/$_", $text) for qw(page.html style.css has.html stale.html);
# Compresses by itself when it is asked to, as an application server does.
Guard::spew("$dir/cgi/self", <<'EOT');
#!/bin/sh
printf 'Content-Type: text/html\nCache-Control: max-age=100\nVary: Accept-Encoding\n'
case "$HTTP_ACCEPT_ENCODING" in
*gzip*) printf 'Content-Encoding: gzip\n\n'; yes 'the same words' | head -500 | gzip ;;
*) echo; yes 'the same words' | head -500 ;;
esac
EOT
mkdir "$dir/cache";
chmod 0755, "$dir/cgi", "$dir/cgi/self";
chmod 0777, "$dir/cache", "$dir/run";

sub start {
    my ($quick, $more) = @_;
    $g->stop;
    Guard::run(['sh', '-c', "rm -rf '$dir/cache/'*"]);
    $g->write_conf("TLSGuardMode off\nScriptSock $dir/run/cgisock\nListen 127.0.0.1:\@PORT\@\nListen 127.0.0.1:\@PORT3\@\n"
        . $g->good_vhost(more => <<"EOT") =~ s/^Header .*Strict.*\n//mr . <<"EOT");
Protocols h2 http/1.1
TLSGuardHeaders safe
TLSGuardHSTS max-age=63072000
TLSGuardCookies secure httponly samesite=lax
$more
AddType text/css .css
AddOutputFilterByType DEFLATE text/html text/css
DeflateAlterETag NoChange
CacheRoot "$dir/cache"
CacheEnable disk /
CacheHeader on
CacheQuickHandler $quick
<Location /c>
ExpiresActive on
ExpiresDefault A100
</Location>
ScriptAlias /cgi/ "$dir/cgi/"
ProxyPass /back/ http://127.0.0.1:\@PORT3\@/
EOT
<VirtualHost 127.0.0.1:\@PORT3\@>
DocumentRoot "$dir/backend"
SetOutputFilter DEFLATE
DeflateAlterETag NoChange
AddType text/css .css
Header set Cache-Control "max-age=100"
<Files has.html>
Header set $NAME backend
Header add Set-Cookie a=1
</Files>
<Files stale.html>
Header set Cache-Control "max-age=0"
Header set $NAME backend
</Files>
ScriptAlias /cgi/ "$dir/cgi/"
</VirtualHost>
EOT
    ok $g->start->{up}, "CacheQuickHandler $quick: starts with " . ($more || 'nothing more') or diag $g->log_lines;
}

my @cookie = ('Cookie: sid=1');
my %from = (cross => 'Sec-Fetch-Site: cross-site', same => 'Sec-Fetch-Site: same-origin');

# (HIT, MISS or REVALIDATE; Content-Encoding)
sub ask {
    my ($path, $who) = @_;
    my $response = $g->curl($path, args => ['--http1.1', map { ('-H', $_) } 'Accept-Encoding: gzip', @cookie, $from{$who}]);
    my $where = "$path, $who";
    is $response->{status}, 200, "$where: status";
    is join(',', Guard::values_of($response, $_)), $path =~ /has|stale/ && $_ eq $NAME ? 'backend' : {
        $NAME => 'nosniff', $ADDED => 'strict-origin-when-cross-origin', 'Strict-Transport-Security' => 'max-age=63072000',
    }->{$_}, "$where: $_" for $NAME, $ADDED, 'Strict-Transport-Security';
    is join(',', Guard::values_of($response, 'Set-Cookie')), $path =~ /has/ ? 'a=1; Secure; HttpOnly; SameSite=Lax' : '', "$where: cookies";
    my ($cache) = map { /^(\w+)/ } Guard::values_of($response, 'X-Cache');
    return ($cache // '', join ',', Guard::values_of($response, 'Content-Encoding'));
}

# The answer to the second request: httpd stores nothing when a client that has all it wanted is gone before the end.
sub ask_again {
    my @got;
    for (1 .. 5) {
        @got = ask(@_);
        return @got if $got[0] ne 'MISS';
    }
    return @got;
}

my @paths = qw(/c/page.html /c/style.css /back/page.html /back/style.css /back/has.html /cgi/self /back/cgi/self);
for my $quick (qw(on off)) {
    start($quick, '');
    for my $path (@paths) {
        is_deeply [ask($path, 'cross')], ['MISS', 'gzip'], "$path: stored";
        is_deeply [ask_again($path, 'cross')], ['HIT', 'gzip'], "$path: cached";
    }
    is_deeply [ask('/back/stale.html', 'same')], ['MISS', 'gzip'], 'stale at once: stored';
    is +(ask_again('/back/stale.html', 'same'))[0], 'REVALIDATE', 'and revalidated';
    my $stored = Guard::run(['grep', '-rliaE', "$ADDED|Strict-Transport|SameSite", "$dir/cache"])->{out};
    is $stored, '', 'nothing that the module adds is stored';
    ok Guard::run(['grep', '-rliaE', "$NAME: backend", "$dir/cache"])->{out}, 'though what a backend sends is';

    start($quick, 'TLSGuardCompression exclude');
    for my $path (@paths) {
        is_deeply [ask($path, 'same')], ['MISS', ''], "exclude: $path: stored as it is";
        is_deeply [ask_again($path, 'cross')], ['HIT', ''], "exclude: $path: and found again";
    }

    start($quick, "TLSGuardCompression exclude\n<Location /back>\nTLSGuardCompression allow\n</Location>");
    is +(ask('/back/page.html', 'same'))[1], 'gzip', 'allow in a section: compressed';

    start($quick, 'TLSGuardCompression secrets');
    # What was compressed for nobody in particular may be shared; what could hold a secret is stored as it was sent.
    for my $path ('/back/page.html', '/cgi/self', '/back/cgi/self') {
        is_deeply [ask($path, 'cross')], ['MISS', ''], "secrets: $path: not compressed for another site";
        is_deeply [ask($path, 'same')], ['MISS', 'gzip'], "secrets: $path: compressed for the own";
        is_deeply [ask_again($path, 'same')], ['HIT', 'gzip'], "secrets: $path: and found again";
    }
    is_deeply [ask('/c/page.html', 'cross')], ['MISS', ''], 'secrets: a document';
    is_deeply [ask('/c/style.css', 'cross')], ['MISS', 'gzip'], 'secrets: a static type';
}
$g->expect_log(qr/./) if $g->log_lines(qr/:(?:warn|error)\]/);

done_testing;
