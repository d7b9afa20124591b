#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Settings with which TLS 1.2 alone and TLS 1.3 alone look fine and a client that offers both, as all do, gets nothing: what
# TG112 says is what s_client gets with its own defaults.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

# The settings, whether today's clients are kept out, and the line that is to blame.
my @CASES = (
    ['nothing special', '', 0],
    ['signatures that TLS 1.3 has not', 'SSLOpenSSLConfCmd SignatureAlgorithms RSA+SHA256:RSA+SHA384', 1, 'SignatureAlgorithms'],
    ['the same without TLS 1.3', "SSLOpenSSLConfCmd SignatureAlgorithms RSA+SHA256\nSSLProtocol -all +TLSv1.2", 0],
    ['signatures for both', 'SSLOpenSSLConfCmd SignatureAlgorithms rsa_pss_rsae_sha256:RSA+SHA256', 0],
    ['groups that nobody has', 'SSLOpenSSLConfCmd Curves brainpoolP256r1:brainpoolP384r1', 1, 'Curves'],
    ['one of them beside a usual one', 'SSLOpenSSLConfCmd Curves brainpoolP256r1:P-384', 0],
    ['a suite of TLS 1.3 that nobody has', 'SSLCipherSuite TLSv1.3 TLS_AES_128_CCM_8_SHA256', 1, 'TLSv1.3'],
    ['beside a usual one', 'SSLCipherSuite TLSv1.3 TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256', 0],
    ['TLS 1.2 for RSA keys only by DHE', "SSLProtocol -all +TLSv1.2\nSSLCipherSuite DHE+AESGCM", 0],
    ['nothing newer than TLS 1.1', "SSLProtocol -all +TLSv1.1\nSSLCipherSuite ALL:\@SECLEVEL=0", 1, 'SSLProtocol'],
);

my $g = Guard->new;
$g->expect_log(qr/\[tlsguard:(?:warn|error)\] .*TLSGuard: (?!selfcheck)/, qr/AH01909: /);

my $text = '';
for my $at (0 .. $#CASES) {
    my $port = $g->port($at + 1);
    $text .= "Listen 127.0.0.1:$port\n<VirtualHost 127.0.0.1:$port>\nServerName case$at.test\nSSLEngine on\n"
        . "SSLCertificateFile \@rsa\@\nSSLCertificateKeyFile \@rsa.key\@\n$CASES[$at][1]\n</VirtualHost>\n";
}
$g->write_conf($text);

my ($report) = $g->report;
my %accused = map { my $f = $_; map { s/:\d+$//r => $f } @{ $f->{vhosts} } } Guard::findings($report, 'TG112');
my @lines = split /\n/, Guard::slurp($g->{conf});

ok $g->start->{up}, 'starts' or diag $g->log_lines;
for my $at (0 .. $#CASES) {
    my ($what, undef, $refused, $culprit) = @{ $CASES[$at] };
    my $got = $g->s_client(name => "case$at.test", port => $g->port($at + 1), args => []);
    is $got->{ok} ? 0 : 1, $refused, "$what: s_client";
    my $finding = $accused{"case$at.test"};
    is $finding ? 1 : 0, $refused, "$what: the report";
    like $lines[$finding->{line} - 1], qr/\Q$culprit\E/, "$what: the line" if $finding && $refused;
}

done_testing;
