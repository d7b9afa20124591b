#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Every rule's own examples through a real `httpd -t`: the bad one gives a finding of this rule, the good one none, and
# httpd accepts both. TLSGUARD_RULE=TG101 limits it to one rule.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $catalogue = Guard::run(["$Guard::TOP/build/tlsguard-rules", '--json']);
my $rules = JSON::PP->new->utf8->decode($catalogue->{out})->{rules};
my $frame = Guard::slurp("$Guard::TOP/tests/rules/frame.conf");

# What a line sets, so that an example can take a line of the frame away.
sub subject {
    my ($line) = @_;
    my @words = split ' ', lc $line;
    return '' unless @words && $words[0] !~ /^[#<]/;
    return $words[0] unless $words[0] eq 'header';
    shift @words;
    shift @words if $words[0] =~ /^(?:always|onsuccess)$/;
    return "header $words[1]";
}

# The example's lines by their place: "%server", "%vhost" (the default) and "%bare".
sub wrap {
    my ($example) = @_;
    my ($place, %lines) = ('vhost');
    for my $line (split /\n/, $example) {
        if ($line =~ /^%(server|vhost|bare)\s*$/) {
            $place = $1;
            next;
        }
        push @{ $lines{$place} }, $line;
    }
    return join "\n", @{ $lines{bare} }, '' if $lines{bare};
    # A virtual host of the example's own does not replace lines of the frame's.
    my $inside = 0;
    my %taken = map { subject($_) => 1 } grep { $inside = 1 if /^<VirtualHost/i; my $own = $inside; $inside = 0 if /^<\/VirtualHost/i; !$own }
        map { @{ $lines{$_} || [] } } qw(server vhost);
    delete $taken{$_} for '', 'listen';
    my $conf = join "\n", grep { !/^#/ && !$taken{ subject($_) } } split /\n/, $frame;
    $conf =~ s/^\@(SERVER|VHOST)\@$/join "\n", @{ $lines{ lc $1 } || [] }/mge;
    return "$conf\n";
}

my $g = Guard->new(with => [qw(socache_dbm proxy proxy_http http2 brotli md watchdog negotiation expires auth_basic authn_core
    authn_file authz_user authz_host reqtimeout)]);
$g->{combined} = 1;    # an example names one file for certificate and key

my $count = 0;
for my $rule (@$rules) {
    next if $ENV{TLSGUARD_RULE} && $rule->{id} ne $ENV{TLSGUARD_RULE};
    # A rule that the default policy switches off is judged under the first that does not.
    my $by = $rule->{severity_by_policy};
    my ($other) = $by->{intermediate} eq 'off' ? grep { $by->{$_} ne 'off' } sort keys %$by : ();
    my $policy = $other ? "TLSGuardPolicy $other\n" : '';
    EXAMPLE:
    for my $kind (qw(bad good)) {
        my $example = $rule->{$kind} // '';
        # What another build of httpd or OpenSSL would be needed for.
        my $elsewhere = $example =~ s/^%elsewhere\n//;
        my $conf = $g->expand(wrap($example));
        my $what = "$rule->{id} $rule->{name}: the $kind example";
        fail("$what names a fixture that is not there: $1") if $conf =~ /(\@[a-z0-9._-]+\@)/;
        $g->write_conf($policy . $conf);
        my ($report, $run) = $g->report;
        my @found = $report ? Guard::findings($report, $rule->{id}) : ();
        $count++;
    SKIP: {
            skip "$what needs another httpd or OpenSSL", 1 if $elsewhere && !@found && $kind eq 'bad';
            if (!$report) {
                fail("$what is accepted by httpd");
                diag $conf, $run->{err};
                next EXAMPLE;
            }
            $kind eq 'bad' ? ok(scalar(@found), "$what is found") : ok(!@found, "$what is not");
        }
        if (!$elsewhere && ($kind eq 'bad' xor @found)) {
            diag $conf;
            diag "    $_->{severity} $_->{rule} $_->{message}" for @{ $report->{findings} };
            diag "    not evaluated: $_->{rule} $_->{reason}" for grep { $_->{rule} eq $rule->{id} } @{ $report->{not_evaluated} };
        }
    }
}
cmp_ok $count, '>=', $ENV{TLSGUARD_RULE} ? 2 : 60, 'enough examples were looked at';

done_testing;
