#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The log gate itself: it must fail a test whose server logs a warning that nobody declared, and only such a test.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use Guard;

# Runs a test script of its own in a fresh perl; returns its result.
sub child {
    my ($body) = @_;
    my $g = Guard->new(module => 0);
    my $script = $g->{dir} . '/inner.t';
    Guard::spew($script, "use lib '$Guard::TOP/t/lib'; use Guard; my \$g = Guard->new(module => 0);\n$body");
    return Guard::run([$^X, $script]);
}

# A server that serves, with the certificate %s. mod_ssl warns (AH01909) when a certificate does not name its server.
my $serve = <<'EOT';
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(cert => '%s'));
my $started = $g->start;
ok $started->{up}, 'serves' or diag $started->{err}, $g->log_lines;
is $g->curl('/')->{status}, 200, 'answers';
EOT
my $clean = sprintf $serve, 'ecdsa';
my $planted = sprintf $serve, 'other';

my $run = child("$clean done_testing;");
is $run->{rc}, 0, 'a clean test passes' or diag $run->{out}, $run->{err};
like $run->{out}, qr/^ok \d+ - nothing unexpected in the error log$/m, 'and the gate was applied';

$run = child("$planted done_testing;");
isnt $run->{rc}, 0, 'a warning that nobody declared fails the test';
like $run->{out}, qr/^not ok \d+ - nothing unexpected in the error log$/m, 'at the gate';
like $run->{err}, qr/AH01909/, 'which shows the line';

$run = child("$planted \$g->expect_log(qr/AH01909/); done_testing;");
is $run->{rc}, 0, 'the same warning, declared, passes' or diag $run->{out}, $run->{err};

$run = child("$clean \$g->expect_log(qr/AH01909/); done_testing;");
isnt $run->{rc}, 0, 'a declaration that nothing answers fails the test';
like $run->{err}, qr/expected, but never logged/, 'and says so';

$run = child("$planted Test::More::done_testing();");
isnt $run->{rc}, 0, 'going round the gate does not help';

$run = child("$clean print STDERR 'pid ', \$g->pid, qq(\\n); die qq(oops\\n);");
my ($pid) = $run->{err} =~ /^pid (\d+)$/m;
ok $pid, 'a test that dies had a server';
ok !kill(0, $pid || $$), 'and leaves none behind';

done_testing;
