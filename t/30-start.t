#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# At a start the findings are in the error log, once; a reload gives one summary line and only what is new.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $TAG = qr/TLSGuard: .*\[TG\d{3} [a-z0-9-]+\]/;
my $SUMMARY = qr/TLSGuard: .*\d+ virtual hosts? with TLS/;

# Lines of the log since the last call.
my $read = 0;
sub fresh {
    my ($g, $pattern) = @_;
    my @lines = $g->log_lines;
    my @new = @lines[$read .. $#lines];
    $read = @lines;
    return @new;
}

my $g = Guard->new;
sub conf {
    my (@more) = @_;
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(cert => 'rsa', more => join "\n", @more));
}

conf('SSLCipherSuite ECDHE+AESGCM:AES128-GCM-SHA256', 'SSLSessionTickets on');
my ($report) = $g->report;
my $start = $g->start;
ok $start->{up}, 'starts' or diag $start->{err}, $g->log_lines;
is $start->{err}, '', 'the terminal stays empty';
my @lines = fresh($g);
my %seen;
$seen{$_}++ for map { /TLSGuard: (.*\[TG\d{3} [a-z0-9-]+\])/ ? $1 : () } @lines;
ok scalar(keys %seen), 'the findings are in the error log' or diag @lines;
my @twice = grep { $seen{$_} > 1 } keys %seen;
ok !@twice, 'each of them once, although httpd reads its configuration twice' or diag @twice;
is scalar(grep { /$SUMMARY/ } @lines), 1, 'and one summary line';
my @warned = grep { /\[tlsguard:warn\]/ && /$TAG/ } @lines;
is scalar(@warned), scalar(grep { $_->{severity} eq 'warning' } @{ $report->{findings} }),
    'a warning of the report is a warning in the log';

# Test and start agree on what they find.
my %by_test = map { $_->{rule} => 1 } @{ $report->{findings} };
my %by_start = map { /\[(TG\d{3}) / ? ($1 => 1) : () } keys %seen;
is_deeply [sort keys %by_start], [sort keys %by_test], 'the start finds what httpd -t found';

ok $g->reload, 'reload';
@lines = grep { /TLSGuard/ } fresh($g);
is scalar(@lines), 1, 'nothing changed: one line' or diag @lines;
like $lines[0] // '', $SUMMARY, 'the summary';

conf('SSLCipherSuite ECDHE+AESGCM:AES128-GCM-SHA256', 'SSLSessionTickets on', 'SSLInsecureRenegotiation on');
ok $g->reload, 'reload with one fault more';
@lines = grep { /TLSGuard/ } fresh($g);
is scalar(grep { /$SUMMARY/ } @lines), 1, 'one summary line';
my @new = grep { /$TAG/ } @lines;
is scalar(@new), 1, 'and the finding that is new' or diag @lines;
like $new[0] // '', qr/renegotiation/i, 'which is the one added';

ok $g->reload, 'another reload';
@lines = grep { /TLSGuard/ } fresh($g);
is scalar(@lines), 1, 'it is no longer new' or diag @lines;

conf();
ok $g->reload, 'reload with everything mended';
@lines = grep { /TLSGuard/ } fresh($g);
is scalar(@lines), 1, 'only the summary' or diag @lines;
unlike $lines[0] // '', qr/[1-9]\d* (?:warning|error)/, 'which counts neither warning nor error' or diag @lines;

$g->expect_log($TAG, qr/\[tlsguard:(?:warn|error)\] .*TLSGuard: +\S/);
$g->finish;

# A start that stays in the foreground reports the same way.
my $quiet = Guard->new;
$quiet->write_conf("TLSGuardMode off\nListen 127.0.0.1:\@PORT\@\n" . $quiet->good_vhost(more => 'SSLInsecureRenegotiation on'));
ok $quiet->start->{up}, 'mode off starts';
is scalar($quiet->log_lines(qr/TLSGuard/)), 0, 'and logs nothing';

done_testing;
