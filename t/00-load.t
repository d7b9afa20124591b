#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The module loads, says what it has, and refuses what it does not understand.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new;
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost);

my $run = $g->configtest;
is $run->{rc}, 0, 'httpd -t accepts a good configuration' or diag $run->{err};
like $run->{err}, qr/^Syntax OK$/m, 'and says so';
unlike $run->{err}, qr/: (?:error|warning): /, 'without a finding above notice';
is $run->{out}, '', 'stdout stays empty';

$run = $g->command('-M');
is $run->{rc}, 0, '-M works';
like $run->{out}, qr/^ tlsguard_module \(shared\)$/m, 'and lists the module';
unlike $run->{out} . $run->{err}, qr/TLSGuard:|checklist/, 'without an audit';

$run = $g->command('-L');
my %place = $run->{out} =~ /^(TLSGuard\w+) \(mod_tlsguard\.c\)\n.*\n\s*(Allowed in .*)$/mg;
my @directives = sort keys %place;
cmp_ok scalar(@directives), '>=', 4, '-L lists the directives' or diag $run->{out};

# Every directive: a word that it does not know is refused with the words that it does, and so is a place it is not for.
for my $directive (@directives) {
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost . "$directive no-such-word\n");
    $run = $g->configtest;
    is $run->{rc}, 1, "$directive refuses a word it does not know";
    like $run->{err}, qr/\Q$directive\E: expected \w+.* or [\w=]+, not ['"]no-such-word['"]/, 'and names those it does'
        or diag $run->{err};
    next unless $place{$directive} =~ /only outside/;
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost . "<Directory />\n$directive audit\n</Directory>\n");
    is $g->configtest->{rc}, 1, "$directive is not for <Directory>";
}

# Without mod_ssl there is nothing to judge, and the report says so.
my $plain = Guard->new(without => ['ssl']);
$plain->write_conf("Listen 127.0.0.1:\@PORT\@\n");
$run = $plain->configtest;
is $run->{rc}, 0, 'httpd without mod_ssl is no fault' or diag $run->{err};
like $run->{err}, qr/mod_ssl/, 'but is said';

# A server that starts, serves and stops.
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost);
my $start = $g->start;
ok $start->{up}, 'the server starts' or diag $start->{err}, $g->log_lines;
is $start->{err}, '', 'with nothing to say on the terminal';
is $g->curl('/')->{status}, 200, 'it answers';
is_deeply [map { $_->[1] } grep { lc $_->[0] eq 'strict-transport-security' } @{ $g->curl('/')->{headers} }],
    ['max-age=63072000'], 'with the headers configured, once each';
my $hello = $g->s_client;
ok $hello->{ok}, 'and shakes hands' or diag $hello->{text};

done_testing;
