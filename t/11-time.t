#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What time alone brings about never changes an exit status by itself: a server that rebooted at night must come up. Who
# asks in continuous integration, with -D TLSGUARD_FAIL_ON, gets it counted.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

sub conf {
    my ($cert, $server, $more) = @_;
    return ($server // '') . "\nListen 127.0.0.1:\@PORT\@\n"
        . Guard->good_vhost(name => 'www.example.com', cert => $cert, more => $more);
}

# certificate, the finding, its severity
my @timely = (
    ['expired', 'TG310', 'error'],
    ['expiring', 'TG311', 'warning'],
    ['expiredint', 'TG342', 'error'],
);
my $STRICT = "TLSGuardMode enforce\nTLSGuardFailOn warning";

my $g = Guard->new;

for my $case (@timely) {
    my ($cert, $rule, $severity) = @$case;
    $g->write_conf(conf($cert));
    my $report = $g->report;
    my @seen = map { "$_->{rule} $_->{severity}" } grep { $_->{severity} ne 'notice' } Guard::findings($report);
    is "@seen", "$rule $severity", "$cert: $rule is the only fault";
    ok $report->{startable}, 'and the server is said to start';

    my @verdicts = (
        ['TLSGuardMode enforce', [], 0],
        [$STRICT, [], 0],
        ["$STRICT\nTLSGuardPreflight fail", [], 0],
        ['', ['TLSGUARD_FAIL_ON=warning'], 1],
        ['TLSGuardMode enforce', ['TLSGUARD_FAIL_ON=warning'], 1],
        ['TLSGuardMode off', ['TLSGUARD_FAIL_ON=warning'], 1],
        ['', ['TLSGUARD_FAIL_ON=error'], $severity eq 'error' ? 1 : 0],
    );
    for my $verdict (@verdicts) {
        my ($server, $defines, $rc) = @$verdict;
        $g->write_conf(conf($cert, $server));
        my $run = $g->configtest(map { ('-D', $_) } @$defines);
        my $name = join ', ', grep { length } $server =~ s/\n/, /gr, @$defines;
        is $run->{rc}, $rc, "$cert: -t: $name" or diag $run->{err};
        like $run->{err}, qr/\[$rule /, 'and says it in any case';
    }

    $g->write_conf(conf($cert, $STRICT));
    my $start = $g->start;
    ok $start->{up}, "$cert: the strictest server starts" or diag $start->{err}, map { "$_\n" } $g->log_lines;
    ok scalar($g->log_lines(qr/\[$rule /)), 'and says it in the log';
    $g->stop;
}

# "By itself": another fault of that severity still refuses.
$g->write_conf(conf('expired', $STRICT, 'SSLInsecureRenegotiation on'));
is $g->configtest->{rc}, 1, 'a fault that time did not bring about still counts';
my $start = $g->start;
isnt $start->{rc}, 0, 'and still refuses the first start';
ok !$g->is_running, 'nothing runs';

$g->expect_log(qr/TLSGuard: .*\[TG\d\d\d [a-z0-9-]+\]/, qr/TLSGuard: {5}\S/,
    qr/TLSGuard: the start is refused/);
done_testing;
