#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The demonstration site: audited by the script behind `make audit`, from anywhere and however it is named, and what the
# README shows is what it prints. TLSGUARD_UPDATE=1 writes the README's part anew.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

%ENV = (%ENV, Guard::sanitizer());
my $audit = "$Guard::TOP/tools/audit.sh";
my $run = Guard::run([$audit, 'conf/demo'], cwd => $Guard::TOP);
is $run->{rc}, 0, 'the demonstration site can be started' or diag $run->{err};
is $run->{out}, '', 'stdout stays empty';
like $run->{err}, qr/^Syntax OK$/m, 'and httpd agrees';

# Instructive: several topics, each severity, and the checklist of each site.
for my $severity (qw(error warning notice)) {
    like $run->{err}, qr/^conf\/demo\/\S+:\d+: $severity: .* \[TG\d{3} /m, "it shows a finding of severity $severity";
}
my %rules = map { $_ => 1 } $run->{err} =~ /\[(TG\d{3}) /g;
cmp_ok scalar(keys %rules), '>=', 8, 'of several rules';
my %families = map { substr($_, 2, 1) => 1 } keys %rules;
cmp_ok scalar(keys %families), '>=', 3, 'and families';

my $file = "$Guard::TOP/README.md";
my $readme = Guard::slurp($file);
my ($begin, $end) = ("<!-- output of tools/audit.sh conf/demo -->\n", "<!-- end -->\n");
my $shown = join '', map { "    $_\n" } split /\n/, $run->{err};
if ($ENV{TLSGUARD_UPDATE}) {
    $readme =~ s/\Q$begin\E.*\Q$end\E/$begin$shown$end/s;
    Guard::spew($file, $readme);
}
my ($there) = $readme =~ /\Q$begin\E(.*)\Q$end\E/s;
# Another OpenSSL finds other things; the README shows Debian 12's.
my $openssl = Guard::run(['openssl', 'version'])->{out};
SKIP: {
    skip "the README shows OpenSSL 3.0's report, this is $openssl", 1 if $openssl !~ /^OpenSSL 3\.0\./;
    is $there, $shown, 'the README shows what it prints (TLSGUARD_UPDATE=1 prove t/22-demo.t writes it)';
}

# However it is named.
for my $name ($Guard::TOP . '/conf/demo/httpd.conf', $Guard::TOP . '/conf/demo') {
    is Guard::run([$audit, $name], cwd => '/')->{rc}, 0, 'absolute' . ($name =~ /conf$/ ? '' : ', a directory');
}
is Guard::run([$audit, 'demo/httpd.conf'], cwd => "$Guard::TOP/conf")->{rc}, 0, 'relative, from elsewhere';

# What cannot be audited is said, with a status of its own.
for my $case (['no/such/file', qr/no such file/], ['/', qr/no apache2\.conf, httpd\.conf/], ['', qr/usage/]) {
    my $bad = Guard::run([$audit, $case->[0]], cwd => $Guard::TOP);
    is $bad->{rc}, 2, "'$case->[0]' is refused";
    like $bad->{err}, $case->[1], 'with the reason';
}

# The exit status is httpd's, and further arguments reach it.
is Guard::run([$audit, 'conf/demo', '-D', 'TLSGUARD_FAIL_ON=warning'], cwd => $Guard::TOP)->{rc}, 1, 'a verdict of -t is passed on';
my $json = Guard::run([$audit, 'conf/demo', '-D', 'DUMP_TLSGUARD_JSON'], cwd => $Guard::TOP);
ok eval { JSON::PP->new->decode($json->{out}) }, 'the JSON report comes through' or diag $json->{out};

# The system's own configuration, which needs the variables of its envvars file.
SKIP: {
    my ($system) = grep { -r "$_/apache2.conf" && -r "$_/envvars" } '/etc/apache2';
    skip 'no configuration of Debian\'s kind here', 1 unless $system;
    my $seen = Guard::run([$audit, $system]);
    unlike $seen->{err}, qr/not defined|Invalid|AH01574/, "Debian's own configuration is read with its variables";
}

# A configuration that loads the module itself is audited with the one just built, without a remark.
my $g = Guard->new;
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost);
$run = Guard::run([$audit, $g->{conf}]);
is $run->{rc}, 0, 'a configuration that loads the module' or diag $run->{err};
unlike $run->{err}, qr/already loaded/, 'is no cause for a remark';

done_testing;
