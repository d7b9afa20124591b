#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A start judges who can read private keys and ticket keys as httpd -t does, and says it of the right lines when a virtual
# host has several certificates.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new;
# ECDSA first: OpenSSL keeps RSA in front.
$g->write_conf(<<'EOT');
Listen 127.0.0.1:@PORT@
<VirtualHost 127.0.0.1:@PORT@>
ServerName www.example.com
SSLEngine on
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20
SSLSessionTickets on
SSLSessionTicketKeyFile @ticketopen.key@
SSLCertificateFile @openkey@
SSLCertificateFile @rsa@
SSLCertificateKeyFile @openkey.key@
SSLCertificateKeyFile @rsa.key@
Header always set Strict-Transport-Security "max-age=63072000"
</VirtualHost>
EOT

my %line = (TG350 => $g->line_of(qr/KeyFile .*openkey/), TG132 => $g->line_of(qr/TicketKeyFile/));
my ($report) = $g->report;
for my $rule (sort keys %line) {
    my @found = Guard::findings($report, $rule);
    is_deeply [map { $_->{line} } @found], [$line{$rule}], "httpd -t finds $rule at its line";
}
ok $g->start->{up}, 'starts' or diag $g->log_lines;
for my $rule (sort keys %line) {
    my @said = $g->log_lines(qr/\[$rule /);
    is scalar(@said), 1, "a start finds $rule" or diag $g->log_lines;
    like $said[0] // '', qr/httpd\.conf:$line{$rule}:/, 'at the same line';
}
$g->expect_log(qr/TLSGuard: .*\[TG(?:350|132) /, qr/\[tlsguard:warn\] .*TLSGuard: {5}\S/);

done_testing;
