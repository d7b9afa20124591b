#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# TLSGuardHSTS and TLSGuardPins: over TLS only, on every response, once; what must not go out is refused at a first start
# and left out at a reload; the audit knows.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my ($HSTS, $PINS) = ('Strict-Transport-Security', 'Public-Key-Pins');
my $g = Guard->new(with => [qw(http2 remoteip)]);

# Two virtual hosts, one with TLS and one without, that inherit `server`.
sub conf {
    my ($server, $tls) = @_;
    my $vhost = $g->good_vhost(more => $tls // '') =~ s/^Header .*Strict.*\n//mr;
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\nListen 127.0.0.1:\@PORT2\@\nProtocols h2 h2c http/1.1\nRedirect 301 /old /\n"
        . "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n$server\n$vhost\n"
        . "<VirtualHost 127.0.0.1:\@PORT2\@>\nServerName localhost\nRedirect 301 /old /\n</VirtualHost>\n");
}

sub hsts { return join ',', Guard::values_of($g->curl(@_), $HSTS) }
sub plain { return hsts('/', http => 1, port => $g->port(2), args => [map { ('-H', $_) } @_]) }

conf('TLSGuardHSTS max-age=63072000 includeSubDomains');
ok $g->start->{up}, 'starts' or diag $g->log_lines;
my %ways = $g->ways($g->port(2));
for my $way (sort keys %ways) {
    my $want = $way =~ /TLS/ ? 'max-age=63072000; includeSubDomains' : '';
    is hsts($_, %{ $ways{$way} }), $want, "$way: $_" for '/', '/missing', '/old';
}
is join(',', Guard::values_of($g->nghttp('/'), $HSTS)), 'max-age=63072000; includeSubDomains', 'nghttp';
is plain('X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https'), '', 'who says https is not believed by default';
my ($report) = $g->report;
is scalar(Guard::findings($report, 'hsts-missing')), 0, 'the audit does not miss it';
sub checklist { my ($vhost) = grep { $_->{tls} } @{ $_[0]{vhosts} }; return $vhost->{checklist}{hsts} }
is checklist($report), 'ok', 'and the checklist has it';
$g->stop;

conf('TLSGuardHSTS max-age=100', "TLSGuardHSTS off");
ok $g->start->{up}, 'starts with off in the virtual host';
is hsts('/'), '', 'which keeps it away';
($report) = $g->report;
is scalar(Guard::findings($report, 'hsts-missing')), 1, 'and the audit misses it';
$g->stop;

conf('TLSGuardHSTS max-age=100', 'Header always set Strict-Transport-Security "max-age=5"');
is checklist(scalar $g->report), 'no', 'a header with a short life is not what the checklist asks for';
ok $g->start->{up}, 'starts with a header of its own';
is hsts('/'), 'max-age=5', 'which stays alone';
$g->stop;

conf("TLSGuardHSTS max-age=100\nTLSGuardTerminator remoteip");
ok $g->start->{up}, 'starts behind a terminator';
is plain('X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https'), 'max-age=100', 'a trusted proxy that says https';
is plain('X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: http'), '', 'a trusted proxy that says http';
is plain('X-Forwarded-For: 192.0.2.1'), '', 'a trusted proxy that says nothing';
is plain('X-Forwarded-Proto: https'), '', 'nobody was forwarded';
is hsts('/'), 'max-age=100', 'own TLS counts as ever';
$g->stop;

# ---- preload ----
for my $words ('max-age=63072000 preload', 'max-age=100 includeSubDomains preload') {
    conf("TLSGuardHSTS $words");
    my $run = $g->configtest;
    is $run->{rc}, 1, "httpd -t refuses $words";
    like $run->{err}, qr/TLSGuardHSTS: preload needs includeSubDomains and a max-age/, 'and says why';
    isnt $g->start->{rc}, 0, 'a first start does, too';
}
conf('TLSGuardHSTS max-age=63072000 includeSubDomains preload');
ok $g->start->{up}, 'starts with all that preload needs';
is hsts('/'), 'max-age=63072000; includeSubDomains; preload', 'and sends it';
conf('TLSGuardHSTS max-age=63072000 preload');
ok $g->reload, 'a reload with less does not end the server';
is hsts('/'), 'max-age=63072000', 'but leaves preload out';
ok scalar($g->log_lines(qr/TLSGuardHSTS: preload needs .*; left out/)), 'and says so';
$g->stop;

# ---- What a start is refused for concerns no other command, and no reload ----
for my $case (["TLSGuardHSTS max-age=100 preload", qr/TLSGuardHSTS: preload needs/],
    ["TLSGuardPins max-age=5184000", qr/TLSGuardPins: expected backup=PIN/]) {
    my ($line, $why) = @$case;
    conf('');
    ok $g->start->{up}, "starts without $line" or diag $g->log_lines;
    conf('', $line);
    my $run = $g->configtest;
    is $run->{rc}, 1, "$line: httpd -t refuses";
    my $at = $g->line_of(qr/^\Q$line\E$/);
    like $run->{err}, qr/httpd\.conf:$at: $why/, 'and names the line';
    is $g->command(@$_)->{rc}, 0, "$line: httpd @$_ works" for ['-S'], ['-M'], ['-L'];
    my $before = $g->generations;
    is $g->command(qw(-k graceful))->{rc}, 0, "$line: httpd -k graceful works";
    ok Guard::_wait_for(sub { $g->generations > $before }), 'and the server comes back';
    ok scalar($g->log_lines(qr/httpd\.conf:$at: $why.*; left out/)), 'and says what it left out';
    is $g->curl('/')->{status}, 200, 'and serves';
    is $g->command(qw(-k stop))->{rc}, 0, "$line: httpd -k stop works";
    ok Guard::_wait_for(sub { !$g->is_running }), 'and ends the server';
    my $first = $g->start;
    ok !$g->is_running, 'but a first start is refused';
    like $first->{err}, qr/httpd\.conf:$at: $why/, 'and says why on the terminal';
    ok scalar($g->log_lines(qr/\[tlsguard:error\].*httpd\.conf:$at: $why/)), 'and in the log';
}

# ---- Pins ----
sub pin {
    my ($file) = @_;
    my $path = $g->expand($file);
    my $pin = qx(openssl x509 -in '$path' -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | openssl base64);
    chomp $pin;
    return $pin;
}
my ($own, $second, $backup) = map { pin($_) } '@ecdsa@', '@rsa@', '@other@';
my $more = "SSLCertificateFile \@rsa\@\nSSLCertificateKeyFile \@rsa.key\@";
conf("TLSGuardPins max-age=5184000 includeSubDomains report-uri=\"https://r.test/\" backup=\"$backup\"\nTLSGuardHSTS max-age=100", $more);
is $g->configtest->{rc}, 0, 'httpd -t accepts pins' or diag $g->configtest->{err};
my ($present) = Guard::findings(scalar $g->report, 'hpkp-present');
is $present->{line}, $g->line_of(qr/^TLSGuardPins/), 'whose report says at the directive what became of pins' or diag explain $present;
ok $g->start->{up}, 'starts with pins' or diag $g->log_lines;
my $value = join ',', Guard::values_of($g->curl('/'), $PINS);
is $value, join('', map { "pin-sha256=\"$_\"; " } $second, $own, $backup) . 'max-age=5184000; includeSubDomains; report-uri="https://r.test/"',
    'a pin for each certificate and the backup';
is join(',', Guard::values_of($g->curl('/missing'), $PINS)), $value, 'on errors, too';
is join(',', Guard::values_of($g->curl('/', http => 1, port => $g->port(2)), $PINS)), '', 'not without TLS';
ok scalar($g->log_lines(qr/TLSGuardPins: no browser obeys/)), 'the log says what became of it';
conf("TLSGuardPins max-age=5184000 backup=\"$own\"", $more);
my $run = $g->configtest;
is $run->{rc}, 1, 'httpd -t refuses a backup that is a key in use';
like $run->{err}, qr/TLSGuardPins: localhost: each backup pin belongs to a certificate of the chain/, 'and says why';
ok $g->reload, 'a reload does not end the server';
is join(',', Guard::values_of($g->curl('/'), $PINS)), '', 'but leaves the header out';
ok scalar($g->log_lines(qr/TLSGuardPins: localhost: .*the header is left out/)), 'and says so';
$g->stop;
like $g->start->{err}, qr/TLSGuardPins: localhost: each backup pin/, 'a first start is refused and says why on the terminal';
ok !$g->is_running, 'and nothing runs';

$g->expect_log(qr/\[tlsguard:(?:warn|error)\]/);
done_testing;
