#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What a verdict may do: it may fail `httpd -t` and the first start, and nothing else.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

# Findings of each severity, in a server that starts.
my %fault = (
    error => 'SSLInsecureRenegotiation on',
    warning => 'SSLCipherSuite ECDHE+AESGCM:AES128-GCM-SHA256',
    notice => 'SSLSessionTickets on',
    none => '',
);

# A TLS virtual host with an RSA certificate, so that suites without forward secrecy would be negotiated.
sub conf {
    my ($g, $fault, $server, $vhost) = @_;
    return ($server // '') . "\nListen 127.0.0.1:\@PORT\@\n"
        . $g->good_vhost(cert => 'rsa', more => ($vhost // '') . "\n$fault{$fault}");
}

sub worst {
    my ($report) = @_;
    my %rank = (none => 0, notice => 1, warning => 2, error => 3);
    my ($worst) = sort { $rank{$b} <=> $rank{$a} } 'none', map { $_->{severity} } @{ $report->{findings} };
    return $worst;
}

my $g = Guard->new;
for my $fault (sort keys %fault) {
    $g->write_conf(conf($g, $fault));
    my $report = $g->report;
    # What is left in the sample without a fault depends on the OpenSSL (a hybrid group, say), and is a notice at most.
    like worst($report), $fault eq 'none' ? qr/^(?:none|notice)$/ : qr/^$fault$/, "the sample for '$fault' is one"
        or diag map { "$_->{severity} $_->{rule} $_->{message}\n" } @{ $report->{findings} || [] };
}

# fault, server directives, virtual host's directives, arguments of -t, exit status
my @verdicts = (
    [error => '', '', [], 0],
    [error => 'TLSGuardMode audit', '', [], 0],
    [error => 'TLSGuardMode enforce', '', [], 1],
    [error => 'TLSGuardMode off', '', [], 0],
    [warning => 'TLSGuardMode enforce', '', [], 0],
    [warning => "TLSGuardMode enforce\nTLSGuardFailOn warning", '', [], 1],
    [warning => 'TLSGuardFailOn warning', '', [], 0],
    [notice => "TLSGuardMode enforce\nTLSGuardFailOn warning", '', [], 0],
    [none => "TLSGuardMode enforce\nTLSGuardFailOn warning", '', [], 0],
    # The virtual host's own settings win.
    [error => 'TLSGuardMode enforce', 'TLSGuardMode audit', [], 0],
    [error => '', 'TLSGuardMode enforce', [], 1],
    [warning => 'TLSGuardMode enforce', 'TLSGuardFailOn warning', [], 1],
    # For continuous integration, in any mode.
    [error => '', '', ['TLSGUARD_FAIL_ON=error'], 1],
    [warning => '', '', ['TLSGUARD_FAIL_ON=error'], 0],
    [warning => '', '', ['TLSGUARD_FAIL_ON=warning'], 1],
    [warning => 'TLSGuardMode enforce', '', ['TLSGUARD_FAIL_ON=warning'], 1],
    [notice => '', '', ['TLSGUARD_FAIL_ON=warning'], 0],
    [none => '', '', ['TLSGUARD_FAIL_ON=warning'], 0],
);
for my $case (@verdicts) {
    my ($fault, $server, $vhost, $defines, $rc) = @$case;
    my $name = join ', ', $fault, grep { length } $server =~ s/\n/ /gr, $vhost && "vhost: $vhost", @$defines;
    $g->write_conf(conf($g, $fault, $server, $vhost));
    my $run = $g->configtest(map { ('-D', $_) } @$defines);
    is $run->{rc}, $rc, "-t: $name" or diag $run->{err};
    is scalar($run->{err} =~ /^Syntax OK$/m), $rc ? '' : 1, 'and says "Syntax OK" only then';
    if ($server =~ /off/ && !$vhost) {
        unlike $run->{err}, qr/TLSGuard|notice:|checklist/, 'mode off is silent';
    }
}

# What keeps the server from starting fails -t in audit mode, too: there, "Syntax OK" would not be true.
my $dead = "Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => 'SSLUseStapling on');
$g->write_conf($dead);
my ($report, $run) = $g->report;
is $run->{rc}, 1, '-t fails where the server would not start';
ok !$report->{startable}, 'the report says that it would not';
unlike $run->{err}, qr/Syntax OK/, 'and httpd no longer claims the contrary';
$g->write_conf("TLSGuardPreflight report\n$dead");
($report, $run) = $g->report;
is $run->{rc}, 0, 'unless TLSGuardPreflight relaxes it';
ok !$report->{startable}, 'the report still says it';
$g->write_conf("TLSGuardMode off\n$dead");
is $g->configtest->{rc}, 0, 'and mode off means off';

# -S, -M and -L only look.
$g->write_conf(conf($g, 'error', "TLSGuardMode enforce\nTLSGuardFailOn warning"));
for my $look (['-S'], ['-M'], ['-L'], ['-t', '-D', 'DUMP_VHOSTS'], ['-t', '-D', 'DUMP_MODULES']) {
    my $seen = $g->command(@$look);
    is $seen->{rc}, 0, "@$look never fails" or diag $seen->{err};
    unlike $seen->{out} . $seen->{err}, qr/TG\d\d\d/, 'and reports nothing';
}

# The first start.
my $start = $g->start;
isnt $start->{rc}, 0, 'enforce refuses the first start';
ok !$g->is_running, 'nothing runs';
like $start->{err}, qr/: error: .*\[TG\d\d\d [a-z0-9-]+\]/, 'the terminal says why' or diag $start->{err};
ok scalar($g->log_lines(qr/\[TG\d\d\d [a-z0-9-]+\]/)), 'and so does the error log';
$g->expect_log(qr/TLSGuard: .*\[TG\d\d\d [a-z0-9-]+\]/, qr/TLSGuard: {5}\S/, qr/TLSGuard: the start is refused/);
$g->finish;

# A running server, whose configuration goes bad: nothing we say may end it.
my $live = Guard->new;
$live->write_conf(conf($live, 'none', 'TLSGuardMode enforce'));
$start = $live->start;
ok $start->{up}, 'a good configuration starts under enforce' or diag $start->{err}, $live->log_lines;
$live->write_conf(conf($live, 'error', "TLSGuardMode enforce\nTLSGuardFailOn warning"));
ok $live->reload('USR1'), 'USR1 with a bad configuration is survived';
is $live->curl('/')->{status}, 200, 'and it serves';
ok $live->reload('HUP'), 'so is HUP';
is $live->curl('/')->{status}, 200, 'and it serves';
# httpd unloads every module at a reload. One more in front moves ours to another address, and what it left in memory that
# outlives the reload must not point into the old one.
my $there = Guard::slurp($live->{conf});
my $more = join '', map { "LoadModule ${_}_module " . $live->modules_dir . "/mod_$_.so\n" } qw(dav info proxy status userdir);
for my $round (1 .. 4) {
    my @all = split /(?<=\n)/, $more;
    Guard::spew($live->{conf}, join('', @all[0 .. $round % @all]) . $there);
    ok $live->reload('USR1'), "other modules in front of ours, round $round";
    is $live->curl('/')->{status}, 200, 'and it serves';
}
is scalar(my @said = $live->log_lines(qr/TLSGuard: reloaded: /)), 6, 'each reload knew what had been said before';
$live->expect_log(qr/TLSGuard: .*\[TG\d\d\d [a-z0-9-]+\]/, qr/TLSGuard: {5}\S/);
my $stop = $live->command('-k', 'stop');
is $stop->{rc}, 0, '-k stop works with a bad configuration' or diag $stop->{err};
Guard::_wait_for(sub { !$live->is_running });
ok !$live->is_running, 'and stops the server';

# Audit changes nothing: the worst that still starts, starts.
my $audit = Guard->new;
$audit->write_conf(conf($audit, 'error'));
$start = $audit->start;
ok $start->{up}, 'audit starts what it complains about' or diag $start->{err}, $audit->log_lines;
is $start->{err}, '', 'and keeps the terminal free';
$audit->expect_log(qr/TLSGuard: .*\[TG\d\d\d [a-z0-9-]+\]/, qr/TLSGuard: {5}\S/);

done_testing;
