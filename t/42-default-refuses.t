#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A first virtual host that ends every connection before the name is read: what TG639 says of it is what clients get.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $GOOD = 'SSLProtocol -all +TLSv1.2 +TLSv1.3';

# First virtual host, the named one behind it, and whether the first one keeps everybody from it; undef: releases of
# OpenSSL differ in it.
my @CASES = (
    ['TLS 1.1 and AES-GCM only', "SSLProtocol -all +TLSv1.1\nSSLCipherSuite ECDHE+AESGCM", $GOOD, 1],
    ['the same at level 0', "SSLProtocol -all +TLSv1.1\nSSLCipherSuite ECDHE+AESGCM:\@SECLEVEL=0", $GOOD, 1],
    ['TLS 1.1 with suites, which the level refuses', 'SSLProtocol -all +TLSv1.1', $GOOD, undef],
    ['a newest version by ConfCmd', "SSLCipherSuite AESGCM:\@SECLEVEL=0\nSSLOpenSSLConfCmd MaxProtocol TLSv1.1", $GOOD, 1],
    ['TLS 1.0, which level 3 refuses', "SSLProtocol -all +TLSv1\nSSLCipherSuite ALL:\@SECLEVEL=3", $GOOD, undef],
    ['TLS 1.1 with suites', "SSLProtocol -all +TLSv1.1\nSSLCipherSuite ALL:\@SECLEVEL=0", "$GOOD\nSSLCipherSuite ALL:\@SECLEVEL=0", 0],
    ['a newer version than its list', "SSLProtocol -all +TLSv1.3\nSSLCipherSuite AES128-SHA", $GOOD, 0],
    ['suites that its certificate does not fit', "SSLProtocol -all +TLSv1.2\nSSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256", $GOOD, 0],
    ['a named one that refuses', $GOOD, "SSLProtocol -all +TLSv1.1\nSSLCipherSuite ECDHE+AESGCM", 0],
);

my $g = Guard->new;
# The faults are the point here. The names are nobody's.
$g->expect_log(qr/\[tlsguard:(?:warn|error)\] .*TLSGuard: (?!selfcheck)/, qr/AH01909: /);

my $text = '';
for my $at (0 .. $#CASES) {
    my (undef, $first, $named) = @{ $CASES[$at] };
    my $port = $g->port($at + 1);
    $text .= "Listen 127.0.0.1:$port\n";
    for my $vhost (["first$at.test", $first], ["named$at.test", $named]) {
        $text .= "<VirtualHost 127.0.0.1:$port>\nServerName $vhost->[0]\nSSLEngine on\nSSLCertificateFile \@rsa3072\@\n"
            . "SSLCertificateKeyFile \@rsa3072.key\@\n$vhost->[1]\n</VirtualHost>\n";
    }
}
$g->write_conf($text);

my ($report) = $g->report;
my %accused = map { s/:\d+$//r => 1 } map { @{ $_->{vhosts} } } Guard::findings($report, 'TG639');
my %facts = map { $_->{name} => $_ } @{ $report->{vhosts} };

my $start = $g->start('-D', 'TLSGUARD_SELFCHECK');
ok $start->{up}, 'starts' or diag $start->{err}, $g->log_lines;
like +($g->log_lines(qr/selfcheck: \d/))[-1], qr/ ${\(2 * @CASES)} configurations compared, 0 differences/, 'probe and live agree';

sub answered {
    my ($name, $port) = @_;
    return grep {
        $g->s_client(name => $name, port => $port, args => ["-tls$_", '-cipher', 'ALL:@SECLEVEL=0'])->{ok}
    } qw(1_1 1_2 1_3);
}

for my $at (0 .. $#CASES) {
    my ($what, undef, undef, $nobody) = @{ $CASES[$at] };
    my $name = "named$at.test";
    my @got = answered($name, $g->port($at + 1));
    my @said = map { my $version = $_; $version =~ s/^TLSv//; $version =~ s/\./_/; $version } @{ $facts{$name}{protocols} };
    $nobody //= !@got;
    is !!$accused{$name}, !!$nobody, "$what: " . ($nobody ? 'TG639' : 'no TG639');
    is "@got", "@said", "$what: clients get what is reported";
    is !!@got, !$nobody, "$what: " . ($nobody ? 'nobody' : 'somebody') . ' gets to the named one' if $what !~ /named one/;
}

done_testing;
