#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The dumps: one document on stdout and nothing else there, also when the verdict is "fail".
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my %conf = (
    good => '',
    faulty => "SSLInsecureRenegotiation on\n",
    enforced => "TLSGuardMode enforce\nSSLInsecureRenegotiation on\n",
    dead => "SSLUseStapling on\n",
);
my %rc = (good => 0, faulty => 0, enforced => 1, dead => 1);
my %rank = (notice => 1, warning => 1, error => 1);
my %topic = map { $_ => 1 } qw(protocol cipher group dh tickets renegotiation compression order cert chain key-perm stapling
    hsts hpkp headers cookie redirect breach disclosure sni vhost client-auth proxy syntax);

my $g = Guard->new;
for my $name (sort keys %conf) {
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => $conf{$name}));
    my ($report, $run) = $g->report;
    is $run->{rc}, $rc{$name}, "$name: exit status" or diag $run->{err};
    ok $report, 'stdout is one JSON document' or next;
    like $run->{out}, qr/\A\{.*\}\n?\z/s, 'and nothing else';
    unlike $run->{err}, qr/TG\d{3}/, 'stderr does not repeat it';
    is $report->{schema}, 'tlsguard-report/1', 'schema';
    is $report->{tool}{name}, 'mod_tlsguard', 'tool';
    is $report->{server}{stage}, 'config-test', 'stage';
    like $report->{server}{openssl_run}, qr/^\d+\.\d+\.\d+/, 'the OpenSSL that runs';
    is $report->{startable} ? 1 : 0, $name eq 'dead' ? 0 : 1, 'startable';
    is scalar(@{ $report->{vhosts} }), $report->{summary}{vhosts}, 'the summary counts virtual hosts';
    for my $severity (sort keys %rank) {
        is $report->{summary}{$severity}, scalar(grep { $_->{severity} eq $severity } @{ $report->{findings} }),
            "and findings: $severity";
    }
    for my $finding (@{ $report->{findings} }) {
        ok $finding->{rule} =~ /^TG\d{3}$/ && $rank{ $finding->{severity} } && $topic{ $finding->{topic} }
            && length $finding->{message} && length $finding->{fix} && ref $finding->{vhosts} eq 'ARRAY',
            "$finding->{rule} is complete" or diag explain $finding;
        ok !defined $finding->{file} || ($finding->{file} =~ m{^/} && $finding->{line} > 0), 'and its place absolute';
    }
    my ($vhost) = grep { $_->{tls} } @{ $report->{vhosts} };
    is $vhost->{port}, $g->port, 'the virtual host has its port';
    is_deeply [sort keys %{ $vhost->{checklist} }],
        [qw(dh_group forward_secrecy gzip hpkp hsts sslv3 stapling)], 'and the whole checklist';

    my $text = $g->configtest('-D', 'DUMP_TLSGUARD');
    is $text->{rc}, $rc{$name}, 'DUMP_TLSGUARD: the same exit status';
    like $text->{out}, qr/^\d+ virtual hosts? with TLS/m, 'the report is on stdout';
    unlike $text->{err}, qr/TG\d{3}/, 'and not on stderr';
}

# Both dumps at once cannot be one document.
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost);
my ($both) = $g->report('-D', 'DUMP_TLSGUARD');
ok $both, 'asked for both, JSON wins';

# Names and values that are no UTF-8, or that JSON must escape.
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost(more => qq{Header always set X-Odd "caf\xe9 \\"q\\" \t"\nSSLInsecureRenegotiation on}));
my ($odd, $run) = $g->report;
ok $odd, 'odd bytes in the configuration do not break the document' or diag $run->{out};

# The rules explain themselves, whatever the configuration is worth.
my $rules = $g->configtest('-D', 'DUMP_TLSGUARD_RULES');
is $rules->{rc}, 0, 'DUMP_TLSGUARD_RULES: accepted';
like $rules->{out}, qr/^TG\d{3} [a-z0-9-]+: (?:error|warning|notice)/m, 'the rules are on stdout';
unlike $rules->{out} . $rules->{err}, qr/^\d+ virtual hosts? with TLS/m, 'and no audit beside them';

# -S and the like are not the place for a dump.
$run = $g->command('-S', '-D', 'DUMP_TLSGUARD_JSON');
is $run->{rc}, 0, '-S with the define works';

done_testing;
