#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Probe = live = wire on configurations that people wrote: every sample case that starts. The samples lie beside the tree
# (TLSGUARD_CASES, else ../shared/cases); without them there is nothing to compare, and that is said.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use lib dirname(__FILE__) . "/lib";
use File::Find ();
use File::Temp qw(tempdir);
use Guard;
use JSON::PP ();
use POSIX ();
use Wire;

my $CASES = $ENV{TLSGUARD_CASES} || "$Guard::TOP/../shared/cases";
# More servers at once than cores: a start and a stop wait more than they compute.
my $AT_ONCE = 4;
# A regular expression picks cases. The long run takes all of them, the usual one a part of those that differ in TLS.
my $ONLY = $ENV{TLSGUARD_CASE};
my $EVERY = defined $ONLY || $ENV{TLSGUARD_LONG} ? 1 : 4;

# As the samples expect them.
my @MODULES = qw(proxy proxy_http brotli md http2 expires negotiation);

my @cases = map { { path => $_, name => basename($_), expect => JSON::PP->new->decode(Guard::slurp("$_/expect.json")) } }
    sort grep { -e "$_/expect.json" } glob "$CASES/configs/*";
if (!@cases) {
    diag "the sample cases are not here ($CASES): nothing compared";
    plan skip_all => 'no sample cases';
}

# Many samples are about headers and have the TLS settings of another one.
my %seen;
sub is_new {
    my ($case) = @_;
    my @lines = grep { /^\s*(?:SSL|<|Listen|Server(?:Name|Alias)|Define|Include|Use|MD|Protocols)/ } split /\n/,
        Guard::slurp("$case->{path}/case.conf");
    return -d "$case->{path}/extra" || !$seen{ join "\n", map { s/^\s+//r } @lines }++;
}

@cases = grep { $_->{expect}{httpd_t} eq 'ok' && (!defined $ONLY || $_->{name} =~ /$ONLY/) } @cases;
$_->{is_new} = is_new($_) for @cases;
if ($EVERY > 1) {
    my @new = grep { $_->{is_new} } @cases;
    @cases = @new[grep { $_ % $EVERY == 0 } 0 .. $#new];
}

# --- A case as a server ----------------------------------------------------------------------------------------------

my $fixtures = tempdir('tlsguard-cases-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $fixtures;
my $made = Guard::run(['bash', "$CASES/mkfixtures.sh", "$fixtures/fx"]);
die "mkfixtures.sh: $made->{err}" if $made->{rc};
my %pins = Guard::slurp("$fixtures/fx/pins.env") =~ /^(\w+)=['"]?(.*?)['"]?$/mg;

sub fill_in {
    my ($g, $text) = @_;
    my $fx = "$fixtures/fx";
    my %value = (
        CERT_RSA => "$fx/fullchain-rsa.pem", KEY_RSA => "$fx/rsa.key", CERT_ECDSA => "$fx/fullchain-ecdsa.pem",
        KEY_ECDSA => "$fx/ecdsa.key", CHAIN => "$fx/int.pem", DH2048 => "$fx/dh2048.pem", DH1024 => "$fx/dh1024.pem",
        FX => $fx, DIR => $g->{dir}, PORT => $g->port(1), PORT2 => $g->port(2), %pins,
    );
    $text =~ s{^(\s*Listen\s+)(?=\@PORT)}{${1}127.0.0.1:}mgi;
    $text =~ s{\@(\w+)\@}{$value{$1} // "\@$1\@"}ge;
    return $text;
}

sub lay {
    my ($case) = @_;
    my $g = Guard->new(with => \@MODULES);
    my $copy = sub {
        return unless -f $_;
        my $to = substr $_, length("$case->{path}/extra") + 1;
        Guard::spew("$g->{dir}/$_", fill_in($g, Guard::slurp("$case->{path}/extra/$to")))
            for "extra/$to", $to =~ m{^htdocs/} ? $to : ();
    };
    File::Find::find({ no_chdir => 1, wanted => $copy }, "$case->{path}/extra") if -d "$case->{path}/extra";
    $g->write_conf("MDStoreDir \"$g->{dir}/md\"\n" . fill_in($g, Guard::slurp("$case->{path}/case.conf")));
    return $g;
}

# --- One case, in a process of its own -------------------------------------------------------------------------------

# Each way to a virtual host once: names and ports that an earlier one has taken are never reached, and virtual hosts
# with equal settings behave alike.
sub ways {
    my ($report) = @_;
    my (%taken, %asked, @ways);
    for my $fact (grep { $_->{tls} } @{ $report->{vhosts} }) {
        next if $taken{"$fact->{name}:$fact->{port}"}++;
        next if !$fact->{protocols} || $asked{ $fact->{configuration} }++;
        push @ways, $fact;
    }
    return @ways;
}

sub examine {
    my ($case) = @_;
    my $g = $case->{guard};
    my ($report) = $g->report or return { broken => 'no report' };
    my $start = $g->start('-D', 'TLSGUARD_SELFCHECK');
    return { started => 0, err => join "\n", $start->{err}, $g->log_lines } unless $start->{up};
    my @said = map { s/.*TLSGuard: selfcheck: //r } $g->log_lines(qr/TLSGuard: selfcheck: /);
    my %result = (started => 1, selfcheck => \@said, wrong => [], asked => 0);
    $Wire::asked{$_} = 0 for keys %Wire::asked;
    for my $fact ($case->{is_new} ? ways($report) : ()) {
        $result{asked}++;
        push @{ $result{wrong} },
            map { "$fact->{name}: $_" } Wire::contradictions($g, %$fact{qw(name port)}, fact => $fact);
    }
    $result{unstopped} = !$g->stop;
    return { %result, %Wire::asked };
}

$_->{guard} = lay($_) for @cases;
my @workers;
for my $worker (0 .. $AT_ONCE - 1) {
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        for my $case (@cases[grep { $_ % $AT_ONCE == $worker } 0 .. $#cases]) {
            my $result = eval { examine($case) } || { broken => $@ };
            Guard::spew("$case->{guard}{dir}/result.json", JSON::PP->new->utf8->encode($result));
        }
        POSIX::_exit(0);
    }
    push @workers, $pid;
}
waitpid $_, 0 for @workers;

# --- What they found -------------------------------------------------------------------------------------------------

my %total = map { $_ => 0 } qw(started compared asked handshakes dh groups);
for my $case (@cases) {
    my ($g, $name) = @$case{qw(guard name)};
    my $result = JSON::PP->new->utf8->decode(Guard::slurp("$g->{dir}/result.json") || '{"broken":"no result"}');
    # The faults are the point of the samples.
    $g->expect_log(qr/^(?!.*(?:selfcheck|Sanitizer|exit signal))/) if $g->log_lines(qr/:(?:warn|error|crit|alert|emerg)\]/);
    ok !$result->{broken}, "$name: examined" or do { diag $result->{broken}; next };
    is $result->{started} ? 'ok' : 'refused', $case->{expect}{httpd_start} eq 'ok' ? 'ok' : 'refused', "$name: the start"
        or diag $result->{err};
    next unless $result->{started};
    my ($compared, $differences) = ($result->{selfcheck}[-1] // '') =~ /(\d+) configurations compared, (\d+) differences/;
    is $differences, 0, "$name: probe and live agree" or diag map { "$_\n" } @{ $result->{selfcheck} };
    is_deeply $result->{wrong}, [], "$name: client and report agree";
    ok !$result->{unstopped}, "$name: stops";
    $total{started}++;
    $total{compared} += $compared // 0;
    $total{$_} += $result->{$_} for qw(asked handshakes dh groups);
}
cmp_ok $total{started}, '>', @cases / 2, join ', ', map { "$_ $total{$_}" } qw(started compared asked handshakes dh groups);
if (!defined $ONLY) {
    cmp_ok $total{compared}, '>=', $total{started}, 'every start compares something';
    cmp_ok $total{groups}, '>', $total{started} / 2, 'groups are seen on the wire';
    cmp_ok $total{dh}, '>', 0, 'and DH groups';
}

done_testing;
