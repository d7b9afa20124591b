#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Virtual hosts whose certificate comes from mod_md: httpd -t cannot know it and says so; a start knows it, and knows the
# substitute that mod_md serves until the authority has answered. The authority here never answers.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $MD = [qw(md watchdog)];
if (!-e Guard::modules_dir() . '/mod_md.so') {
    plan skip_all => 'this httpd has no mod_md';
}

sub conf {
    my ($server, $vhost) = @_;
    return <<"EOT" . ($server // '');
LogLevel md:alert
MDStoreDir \@DIR\@/md
MDCertificateAuthority http://127.0.0.1:9/directory
MDCertificateAgreement accepted
MDContactEmail someone\@example.com
MDPrivateKeys secp256r1
MDRetryDelay 1h
MDomain www.example.com
Listen 127.0.0.1:\@PORT\@ https
<VirtualHost 127.0.0.1:\@PORT\@>
ServerName www.example.com
SSLEngine on
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20
SSLSessionTickets off
Header always set Strict-Transport-Security "max-age=63072000"
${\($vhost // '')}
</VirtualHost>
EOT
}

sub unknown {
    my ($report, $rule) = @_;
    return map { $_->{reason} } grep { $_->{rule} eq $rule } @{ $report->{not_evaluated} };
}

my $g = Guard->new(with => $MD);
$g->write_conf(conf("TLSGuardMode enforce\nTLSGuardFailOn warning\n"));
my ($report, $run) = $g->report;
is $run->{rc}, 0, 'httpd -t passes' or diag $run->{err};
is_deeply [map { $_->{rule} } grep { $_->{severity} ne 'notice' } @{ $report->{findings} }], [], 'and finds no fault';
for my $rule (qw(TG303 TG310 TG313 TG320 TG340)) {
    like join(' ', unknown($report, $rule)), qr/comes from mod_md when the server starts/, "$rule is not evaluated, and why";
}
my ($vhost) = grep { $_->{tls} } @{ $report->{vhosts} };
is $vhost->{certificates}[0]{unknown}, 'the certificate comes from mod_md when the server starts', 'the report says it too';
like $vhost->{checklist_why}{stapling}, qr/mod_md/, 'and the checklist';
is $vhost->{checklist}{stapling}, 'unknown', 'which does not guess';

# Even the strictest verdict must let it start: otherwise mod_md never gets a certificate.
my $start = $g->start;
ok $start->{up}, 'the first start is not refused' or diag $start->{err}, $g->log_lines;
my @said = $g->log_lines(qr/TLSGuard: .*\[TG/);
my ($line) = grep { /TG313/ } @said;
like $line // '', qr/mod_md has no certificate for www\.example\.com yet: it serves a self-signed one and answers every request with 503/,
    'the substitute is recognised' or diag @said;
my $number = $g->line_of(qr/^MDomain/);
like $line // '', qr/httpd\.conf:$number:/, 'at the line that manages the domain';
is scalar(grep { /TG3(?:10|11|20|30|31|40|44)/ } @said), 0, 'and it is not scolded for being self-signed or the like' or diag @said;
is $g->curl('/', name => 'www.example.com')->{status}, 503, 'it answers 503 indeed';
$g->expect_log(qr/TLSGuard: .*\[TG313/, qr/AH10085/, qr/\[tlsguard:warn\] .*TLSGuard: {5}\S/);
$g->finish;

# mod_md's stapling counts as stapling, for its own certificates and for others.
my $others = Guard->new(with => $MD);
my $site = sub {
    my ($server, $line) = @_;
    $others->write_conf("Listen 127.0.0.1:\@PORT\@\n$server"
        . $others->good_vhost(name => 'www.example.com', cert => 'ocsp', more => $line // ''));
    my $report = $others->report;
    my ($vhost) = grep { $_->{tls} } @{ $report->{vhosts} };
    return ($vhost->{checklist}{stapling}, scalar Guard::findings($report, 'TG362'), $vhost->{stapling} ? 1 : 0);
};
is_deeply [$site->('')], ['no', 1, 0], 'no stapling';
is_deeply [$site->("MDStapling on\n")], ['ok', 0, 1], 'MDStapling on covers other certificates';
is_deeply [$site->("MDStapling on\nMDStapleOthers off\n")], ['no', 1, 0], 'MDStapleOthers off leaves them out';
is_deeply [$site->("MDStapling off\n")], ['no', 1, 0], 'MDStapling off';
is_deeply [$site->("<MDomainSet other.example.com>\nMDStapling on\n</MDomainSet>\n")], ['no', 1, 0], 'of another domain only';
is_deeply [$site->('', 'MDStapling on')], ['ok', 0, 1], 'in the virtual host';

# What httpd -t said about stapling is what a start does.
$others->write_conf("LogLevel md:alert\nMDStoreDir \@DIR\@/md\nMDStapling on\nListen 127.0.0.1:\@PORT\@\n"
    . $others->good_vhost(name => 'www.example.com', cert => 'ocsp'));
ok $others->start->{up}, 'a server with MDStapling starts' or diag $others->log_lines;
is scalar($others->log_lines(qr/TG36[1-6]/)), 0, 'and nothing is said about stapling';

done_testing;
