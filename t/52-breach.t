#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# TLSGuardCompression: what may hold a secret is not compressed over TLS, by filters, variants or backends; what holds
# none keeps its compression.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;
use IO::Compress::Gzip qw(gzip);

my $g = Guard->new(with => [qw(http2 brotli negotiation proxy proxy_http cgid status)]);
my $dir = $g->{dir};
my $text = "<!doctype html><title>t</title>\n" . "<p>the same words again and again</p>\n" x 200;
Guard::spew("$dir/htdocs/$_", $text) for qw(page.html free/page.html br/page.html doc.txt style.css);
Guard::spew("$dir/backend/$_", $text) for qw(page.html style.css);
my $packed;
gzip(\$text => \$packed);
Guard::spew("$dir/htdocs/$_.gz", $packed) for qw(doc.txt only.txt);
Guard::spew("$dir/cgi/$_->[0]", "#!/bin/sh\nprintf 'Content-Type: text/html\\n$_->[1]\\n'\nyes 'the same words' | head -500\n")
    for ['cookie', 'Set-Cookie: a=b\n'], ['none', ''];
# A script that compresses by itself when it is asked to.
Guard::spew("$dir/cgi/self", <<'EOT');
#!/bin/sh
case "$QUERY_STRING" in css) echo 'Content-Type: text/css';; *) echo 'Content-Type: text/html';; esac
case "$HTTP_ACCEPT_ENCODING" in
*gzip*) printf 'Content-Encoding: gzip\n\n'; yes 'the same words' | head -500 | gzip ;;
*) echo; yes 'the same words' | head -500 ;;
esac
EOT
Guard::spew("$dir/htdocs/sets/page.html", $text);
chmod 0755, glob("$dir/cgi/*"), "$dir/cgi";
chmod 0777, "$dir/run";

sub conf {
    my ($more) = @_;
    my $site = <<"EOT";
$more
AddType text/css .css
AddType text/plain .txt
AddEncoding x-gzip .gz
AddOutputFilterByType DEFLATE text/html text/css
ScriptAlias /cgi/ "$dir/cgi/"
ProxyPass /back/ http://127.0.0.1:\@PORT3\@/
<Location /br>
SetOutputFilter BROTLI_COMPRESS
</Location>
<Location /sets>
Header always set Set-Cookie a=b
</Location>
<Location /server-status>
SetHandler server-status
</Location>
<Directory "$dir/htdocs">
Options +MultiViews
Require all granted
</Directory>
EOT
    $g->write_conf("ScriptSock $dir/run/cgisock\nTLSGuardMode off\nProtocols h2 h2c http/1.1\n"
        . join('', map { "Listen 127.0.0.1:\@PORT$_\@\n" } '', 2, 3) . $g->good_vhost(more => $site)
        . "<VirtualHost 127.0.0.1:\@PORT2\@>\nServerName localhost\n$site</VirtualHost>\n"
        . "<VirtualHost 127.0.0.1:\@PORT3\@>\nDocumentRoot \"$dir/backend\"\nSetOutputFilter DEFLATE\nAddType text/css .css\n</VirtualHost>\n");
}

# What the body was packed with, "" for plain; status 200 is a condition.
sub packed {
    my ($path, $headers, %opt) = @_;
    my $response = $g->curl($path, %opt, args => [@{ $opt{args} || [] }, map { ('-H', $_) } 'Accept-Encoding: gzip, br', @$headers]);
    is $response->{status}, 200, "$path: status";
    return join ',', Guard::values_of($response, 'Content-Encoding');
}

my @cookie = ('Cookie: sid=1');
my @cross = ('Sec-Fetch-Site: cross-site');
my %ways = $g->ways($g->port(2));

conf('');
ok $g->start->{up}, 'starts' or diag $g->log_lines;
is packed('/page.html', [@cookie, @cross]), 'gzip', 'without the directive everything is compressed';
is packed('/back/page.html', [@cookie, @cross]), 'gzip', 'by a backend, too';
is packed('/doc', [@cookie, @cross]), 'gzip', 'and MultiViews chooses the packed variant';
$g->stop;

conf('TLSGuardCompression secrets except=^/free/');
ok $g->start->{up}, 'starts with secrets' or diag $g->log_lines;
my @cases = (
    # path, headers, packed
    ['/page.html', [], 'gzip'],
    ['/page.html', [@cross], 'gzip'],
    ['/page.html', [@cookie], ''],
    ['/page.html', [@cookie, @cross], ''],
    ['/page.html', ['Authorization: Basic eDp5'], ''],
    ['/page.html', [@cookie, 'Sec-Fetch-Site: same-origin'], 'gzip'],
    ['/page.html', [@cookie, 'Sec-Fetch-Site: none'], 'gzip'],
    ['/page.html', [@cookie, 'Origin: null'], ''],
    ['/page.html', [@cookie, 'Referer: https://evil.test/'], ''],
    ['/br/page.html', [@cookie, @cross], ''],
    ['/br/page.html', [@cross], 'br'],
    ['/style.css', [@cookie, @cross], 'gzip'],
    ['/free/page.html', [@cookie, @cross], 'gzip'],
    ['/cgi/cookie', [@cross], ''],
    ['/cgi/cookie', ['Sec-Fetch-Site: same-origin'], 'gzip'],
    ['/cgi/none', [@cross], 'gzip'],
    ['/sets/page.html', [@cross], ''],
    ['/sets/page.html', ['Sec-Fetch-Site: same-origin'], 'gzip'],
    ['/back/page.html', [@cookie, @cross], ''],
    ['/back/page.html', [@cookie, 'Sec-Fetch-Site: same-origin'], 'gzip'],
    ['/back/page.html', [@cross], 'gzip'],
    ['/back/style.css', [@cookie, @cross], 'gzip'],    # not by the backend, which did not know what it would be
    ['/cgi/self', [@cookie, @cross], ''],
    ['/cgi/self?css', [@cookie, @cross], 'gzip'],
    ['/cgi/self', [@cookie, 'Sec-Fetch-Site: same-origin'], 'gzip'],
    ['/doc', [@cookie, @cross], ''],
    ['/doc', [@cookie, 'Sec-Fetch-Site: same-origin'], 'gzip'],
    ['/only', [@cookie, @cross], 'x-gzip'],    # there is no other, and 406 would help nobody
);
for my $way ('h1 over TLS', 'h2 over TLS') {
    is packed($_->[0], $_->[1], %{ $ways{$way} }), $_->[2], "secrets, $way: $_->[0] @{ $_->[1] }" for @cases;
}
for my $self ('https://localhost:' . $g->port) {
    is packed('/page.html', [@cookie, "Origin: $self"]), 'gzip', 'own Origin';
    is packed('/page.html', [@cookie, "Referer: $self/x"]), 'gzip', 'own Referer';
}
is packed('/page.html', [@cookie, @cross], %{ $ways{h1} }), 'gzip', 'without TLS everybody reads it anyway';
my $status = $g->curl('/server-status?auto')->{body};
like $status, qr/^TLSGuardResponsesNotCompressed: [1-9]/m, 'mod_status counts what stayed plain';
like $status, qr/^TLSGuardEncodingsWithheld: [1-9]/m, 'and what backends and variants were not asked for';
$g->stop;

conf("TLSGuardCompression exclude except=^/free/\n<Location /style.css>\nTLSGuardCompression allow\n</Location>");
ok $g->start->{up}, 'starts with exclude' or diag $g->log_lines;
my %exclude = ('/page.html' => '', '/br/page.html' => '', '/cgi/none' => '', '/back/page.html' => '', '/doc' => '', '/only' => 'x-gzip',
    '/free/page.html' => 'gzip', '/style.css' => 'gzip');
for my $way ('h1 over TLS', 'h2 over TLS') {
    is packed($_, [], %{ $ways{$way} }), $exclude{$_}, "exclude, $way: $_" for sort keys %exclude;
}
is packed('/page.html', [], %{ $ways{h2c} }), 'gzip', 'exclude is for TLS';
$g->stop;

# ---- The audit knows ----
for my $guarded (0, 1) {
    my $h = Guard->new;
    my $more = "AddOutputFilterByType DEFLATE text/html\n" . ($guarded ? "TLSGuardCompression secrets\n" : '');
    $h->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $h->good_vhost(more => $more));
    my ($report) = $h->report;
    is scalar(grep { $_->{topic} eq 'breach' } Guard::findings($report)), 1 - $guarded, 'breach: ' . ($guarded ? 'quiet' : 'found');
}

conf('TLSGuardCompression secrets except=(');
my $run = $g->configtest;
is $run->{rc}, 1, 'an expression that does not compile is refused';
like $run->{err}, qr/TLSGuardCompression: '\(' is no regular expression/, 'and named';

done_testing;
