#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Where a private key lies: in a token, below a served directory, open to all in a closed directory.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new;
my $dir = $g->{dir};
my $key = Guard::slurp($g->expand('@ecdsa.key@'));
for my $at ('closed', 'htdocs/in', 'aliased', 'aliased-not') {
    Guard::spew("$dir/$at/site.key", $key);
    chmod 0600, "$dir/$at/site.key";
}

# The findings about keys, and what is not known about them, of a virtual host with these lines.
sub judge {
    my ($path, $more) = @_;
    my $vhost = $g->good_vhost(more => $more // '') =~ s/^SSLCertificateKeyFile .*/SSLCertificateKeyFile "$path"/mr;
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n$vhost");
    my ($report, $run) = $g->report;
    my @found = grep { $_->{topic} eq 'key-perm' || $_->{severity} ne 'notice' } Guard::findings($report);
    return ($run, $report, @found);
}

# --- Open to all, in a directory that is not -------------------------------------------------------------------------

chmod 0644, "$dir/closed/site.key";
chmod 0700, "$dir/closed";
my ($run, $report, @found) = judge("$dir/closed/site.key");
is_deeply [$run->{rc}, map { $_->{message} } @found], [0], 'mode 0644 in a directory of mode 0700: nothing to say';
chmod 0711, "$dir/closed";
($run, $report, @found) = judge("$dir/closed/site.key");
is_deeply [$run->{rc}, map { $_->{rule} } @found], [0, 'TG350'], 'and in one that others may enter: readable';
like $found[0]{message}, qr/every local user/, 'by whom';
is $found[0]{line}, $g->line_of(qr/KeyFile/), 'at its line';

# --- Below what is served --------------------------------------------------------------------------------------------

for my $case (['htdocs/in', '', qr/^DocumentRoot/], ['aliased', "Alias /files \"$dir/aliased\"", qr/^Alias/],
    ['aliased', "Alias /files/ \"$dir/aliased/\"", qr/^Alias/]) {
    my ($at, $more, $served_by) = @$case;
    ($run, $report, @found) = judge("$dir/$at/site.key", $more);
    is_deeply [$run->{rc}, map { $_->{rule} } @found], [0, 'TG351'], "a key in $at: served" or diag map { $_->{message} } @found;
    like $found[0]{message}, qr{\Q$dir/$at/site.key\E}, 'which';
    is $found[0]{related}[0]{line}, $g->line_of($served_by), 'and by which line';
}
($run, $report, @found) = judge("$dir/aliased-not/site.key", "Alias /files \"$dir/aliased\"");
is_deeply [$run->{rc}, map { $_->{message} } @found], [0], 'a directory whose name only begins alike is not served';

# --- In a token ------------------------------------------------------------------------------------------------------

for my $uri ('pkcs11:token=site;object=key;type=private', 'pkcs11:object=key?pin-value=1234') {
    ($run, $report, @found) = judge($uri);
    is_deeply [$run->{rc}, map { $_->{message} } @found], [0], "$uri: nothing to say";
    my ($unknown) = grep { $_->{rule} eq 'TG303' } @{ $report->{not_evaluated} };
    my ($shown) = split /\?/, $uri;
    like $unknown->{reason} // '', qr/\Q$shown\E: is a PKCS#11/, 'not evaluated, and why';
    unlike $run->{out} . $run->{err} . $g->configtest('-D', 'DUMP_TLSGUARD')->{out}, qr/1234/, 'the PIN is not shown';
}

my $vhost = $g->good_vhost =~ s/^SSLCertificate(\w+) .*/SSLCertificate$1 "pkcs11:object=site?pin-value=1234"/mgr;
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n$vhost");
($report, $run) = $g->report;
is_deeply [$run->{rc}, grep { $_->{severity} ne 'notice' } Guard::findings($report)], [0], 'certificate and key in a token: nothing to say';
unlike $run->{out}, qr/1234/, 'nor is the PIN shown of a certificate';

done_testing;
