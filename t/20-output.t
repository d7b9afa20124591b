#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What `httpd -t` prints: compiler style, a line for each cause, the fix below it, one summary line at the end.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $FINDING = qr/^(?<place>.+?)(?::(?<line>\d+))?: (?<severity>error|warning|notice): (?<message>.+) \[(?<rule>TG\d{3}) (?<name>[a-z0-9-]+)\]$/;

my $g = Guard->new;
my $sites = 40;
my $conf = "Listen 127.0.0.1:\@PORT\@\nSSLCipherSuite ECDHE+AESGCM:AES128-GCM-SHA256\n";
$conf .= "Include sites/*.conf\n";
$g->write_conf($conf);
for my $i (1 .. $sites) {
    my $vhost = $g->good_vhost(name => "s$i.test", cert => 'rsa') =~ s/^SSLCipherSuite.*\n//mr;
    $g->write_conf($vhost, file => sprintf 'sites/%03d.conf', $i);
}

my $run = $g->configtest;
is $run->{rc}, 0, 'accepted' or diag $run->{err};
is $run->{out}, '', 'stdout is empty';
my @lines = split /\n/, $run->{err};
my @findings = grep { /$FINDING/ } @lines;
cmp_ok scalar(@findings), '>=', 1, 'findings are printed compiler style' or diag $run->{err};

my $line = $g->line_of(qr/^SSLCipherSuite/);
my @shared = grep { /$FINDING/ && $+{severity} eq 'warning' && ($+{line} // 0) == $line } @lines;
is scalar(@shared), 1, "a line that $sites virtual hosts inherit is one finding" or diag $run->{err};
like $shared[0] // '', qr/httpd\.conf:$line: warning: /, 'at the file and line to change';
my ($at) = grep { $lines[$_] eq ($shared[0] // '') } 0 .. $#lines;
my @below;
for my $i (($at // $#lines) + 1 .. $#lines) {
    last if $lines[$i] !~ /^ /;
    push @below, $lines[$i];
}
ok scalar(grep { /^\s+fix: \S/ } @below), 'the fix is indented below it' or diag @below;
like "@below", qr/\bs1\.test:\d+/, 'with a virtual host that it is about';

my %rank = (error => 0, warning => 1, notice => 2);
my @ranks = map { /$FINDING/ ? $rank{ $+{severity} } : () } @findings;
is_deeply \@ranks, [sort { $a <=> $b } @ranks], 'the worst comes first';

my @summary = grep { /\d+ virtual hosts? with TLS.*\d+ error.*\d+ warning.*\d+ notice/ } @lines;
is scalar(@summary), 1, 'one summary line' or diag $run->{err};
like $summary[0] // '', qr/^$sites virtual hosts with TLS, 1 configuration: /, 'counts virtual hosts and configurations';
my @checklists = grep { /^checklist for / } @lines;
is scalar(@checklists), 1, 'one checklist line for each distinct configuration';
for my $item ('forward secrecy', 'SSLv3', 'stapling', 'HSTS', 'HPKP', 'DH group', 'gzip') {
    like $checklists[0] // '', qr/\Q$item\E/, "the checklist has $item";
}
is $lines[-1], 'Syntax OK', "httpd's own word is the last";

# Include, macro and Define: the real file and the physical line.
$g->write_conf(<<'EOT' . "Use Site a.test\nDefine LEVEL 0\nInclude sites/joined.conf\n");
Listen 127.0.0.1:@PORT@
<Macro Site $name>
<VirtualHost 127.0.0.1:@PORT@>
ServerName $name
SSLEngine on
SSLCertificateFile @rsa@
SSLCertificateKeyFile @rsa.key@
SSLInsecureRenegotiation on
</VirtualHost>
</Macro>
EOT
$g->write_conf($g->good_vhost(name => 'b.test', cert => 'rsa', more => "SSLCipherSuite \\\nDEFAULT:\\\n\@SECLEVEL=\${LEVEL}"),
    file => 'sites/joined.conf');
my $report = $g->report;
my ($in_macro) = grep { $_->{severity} eq 'error' } @{ $report->{findings} };
is $in_macro->{file}, $g->{conf}, 'a finding in a macro names the real file';
is $in_macro->{line}, $g->line_of(qr/^SSLInsecureRenegotiation/), 'and the physical line';
is_deeply [map { $_->{line} } grep { ($_->{message} // '') =~ /macro/ } @{ $in_macro->{related} }],
    [$g->line_of(qr/^Use Site/)], 'with the line that uses the macro';
my ($joined) = grep { ($_->{file} // '') =~ /joined\.conf$/ && $_->{severity} eq 'warning' } @{ $report->{findings} };
ok $joined, 'a setting that comes through a Define is judged';
is $joined->{line}, $g->line_of(qr/^SSLCipherSuite \\/, 'sites/joined.conf'), 'at the first line of a joined one';

# -C and -c have no file.
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n" . $g->good_vhost);
$run = $g->configtest('-c', 'SSLInsecureRenegotiation on');
like $run->{err}, qr{-c/-C directives.*: error: }, 'a directive of the command line is named as such' or diag $run->{err};

done_testing;
