#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Probe = live = wire: what `httpd -t` says about generated configurations is what mod_ssl's contexts say at the start
# and what a client gets, through SNI behind another virtual host, too.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;
use Wire;

# The same configurations every time; another seed explores others.
my $SEED = $ENV{TLSGUARD_SEED} || 20160;
my $SERVERS = 12;
my $PORTS = 5;
my @BEHIND = (3, 3, 3, 4, 0);    # virtual hosts behind the default one of each port: 18 with the five defaults
my $ASKED = $ENV{TLSGUARD_LONG} ? 18 : 5;    # virtual hosts of a server that s_client asks: all of them, or a part

# A generator of our own: Perl's rand differs between versions.
my $state = $SEED;
sub pick {
    my (@from) = @_;
    $state = ($state * 1103515245 + 12345) & 0x7FFFFFFF;
    return $from[($state >> 12) % @from];
}
sub maybe { my ($percent, $text) = @_; return pick(0 .. 99) < $percent ? $text : () }

my $g = Guard->new;
# The faults are the point here; what is compared is asserted below. The names are nobody's.
$g->expect_log(qr/\[tlsguard:(?:warn|error)\] .*TLSGuard: (?!selfcheck)/, qr/AH01909: /);

# --- Certificates with parameters ------------------------------------------------------------------------------------

# Oakley group 2 of RFC 2409, the 1024 bits that old servers shipped.
my $OAKLEY2 = join '', qw(
    FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B
    302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6
    49286651ECE65381FFFFFFFFFFFFFFFF);

my %params;
Guard::spew("$g->{dir}/group.cnf", "asn1=SEQUENCE:s\n[s]\np=INTEGER:0x$OAKLEY2\ng=INTEGER:2\n");
Guard::openssl('asn1parse', '-genconf', "$g->{dir}/group.cnf", '-noout', '-out', "$g->{dir}/group.der");
$params{dh1024} = Guard::openssl('dhparam', '-inform', 'DER', '-in', "$g->{dir}/group.der", '-outform', 'PEM');
$params{"dh$_"} = Guard::openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', "group:ffdhe$_") for 2048, 3072;
$params{ec} = Guard::openssl('ecparam', '-name', 'secp384r1');

# Path of a certificate file with that block behind the certificate, as administrators append it.
sub with_params {
    my ($cert, $block) = @_;
    my $path = "$g->{dir}/$cert-$block.pem";
    Guard::spew($path, Guard::slurp($g->expand("\@$cert\@")) . $params{$block}) unless -e $path;
    return $path;
}

# --- Configurations --------------------------------------------------------------------------------------------------

my @PROTOCOLS = ('all', 'all -TLSv1.3', 'all -TLSv1 -TLSv1.1', '-all +TLSv1.2', '-all +TLSv1.3', '-all +TLSv1.1', 'TLSv1.2',
    '-all +TLSv1.2 +TLSv1.3', '-all +TLSv1.1 +TLSv1.2', '-all +TLSv1 +TLSv1.1 +TLSv1.2', '-all +TLSv1.1 +TLSv1.3', '+TLSv1.1');
my @LISTS = ('HIGH:!aNULL', 'HIGH:MEDIUM:!MD5', 'ECDHE+AESGCM:DHE+AESGCM', 'DHE:ECDHE', 'kDHE+AES', 'AES128-SHA:AES256-SHA:DHE+AES',
    'EECDH+AESGCM:EDH+AESGCM', 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256', 'ALL', 'DEFAULT', 'aRSA:aECDSA',
    'ECDHE+CHACHA20:AES256-GCM-SHA384', 'AESGCM:!kRSA', 'SHA1', 'CHACHA20', 'DHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA', 'PSK:HIGH');
my @SUITES13 = ('TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384', 'TLS_AES_128_CCM_SHA256');
my @CURVES = ('P-384', 'X25519:P-256', 'P-521:P-384', 'P-256', 'X25519', 'brainpoolP384r1:brainpoolP256r1',
    'ffdhe2048:ffdhe3072');
my @OPTIONS = ('-SessionTicket', 'ServerPreference', 'UnsafeLegacyRenegotiation', '-SessionTicket,ServerPreference', 'PrioritizeChaCha');

# Which certificates a security level takes; a larger demand would keep the server from starting.
my @KINDS = (
    ['rsa1024'], ['rsa1024', 'ecdsa'],    # at 0 and 1 only
    ['rsa'], ['rsa', 'ecdsa'], ['ecdsa', 'rsa'], ['rsa'],
    ['rsa3072'], ['ecdsa'], ['rsa3072', 'ecdsa'],
);

sub certificates {
    my ($level) = @_;
    my @usable = $level >= 3 ? @KINDS[6 .. 8] : $level == 2 ? @KINDS[2 .. 8] : @KINDS;
    my $kind = pick(@usable);
    my $block = pick('', '', '', 'dh1024', 'dh2048', 'dh3072', pick('', 'ec'));
    my @lines;
    for my $i (0 .. $#$kind) {
        my $file = $i == 0 && $block ? with_params($kind->[$i], $block) : "\@$kind->[$i]\@";
        push @lines, "SSLCertificateFile $file", "SSLCertificateKeyFile \@$kind->[$i].key\@";
    }
    return @lines;
}

sub settings {
    my $level = pick('', '', 0, 0, 1, 2, 3);
    my $suffix = $level eq '' ? '' : ":\@SECLEVEL=$level";
    my @lines = (
        maybe(65, 'SSLProtocol ' . pick(@PROTOCOLS)),
        $suffix ne '' || pick(0, 1, 1) ? 'SSLCipherSuite ' . pick(@LISTS) . $suffix : (),
        maybe(25, 'SSLCipherSuite TLSv1.3 ' . pick(@SUITES13)),
        maybe(50, 'SSLHonorCipherOrder ' . pick(qw(on off))),
        maybe(50, 'SSLSessionTickets ' . pick(qw(on off))),
        maybe(15, 'SSLOpenSSLConfCmd MinProtocol ' . pick(qw(TLSv1 TLSv1.1 TLSv1.2 TLSv1.3))),
        maybe(15, 'SSLOpenSSLConfCmd MaxProtocol ' . pick(qw(TLSv1.1 TLSv1.2 TLSv1.3))),
        maybe(25, 'SSLOpenSSLConfCmd Curves ' . pick(@CURVES)),
        maybe(20, 'SSLOpenSSLConfCmd Options ' . pick(@OPTIONS)),
        maybe(15, 'SSLOpenSSLConfCmd CipherString ' . pick(@LISTS) . pick('', ':@SECLEVEL=0')),
    );
    return (@lines, certificates($level eq '' ? 2 : $level));
}

my %seen;
sub distinct_settings {
    while (1) {
        my $text = join "\n", settings();
        return $text unless $seen{$text}++;
    }
}

# One server: its virtual hosts, in order, as [name, port].
sub configure {
    my ($server) = @_;
    my ($text, @vhosts) = ('');
    $text .= "Listen 127.0.0.1:" . $g->port($_) . "\n" for 1 .. $PORTS;
    $text .= "SSLProtocol " . pick(@PROTOCOLS) . "\n" if $server % 4 == 3;
    for my $port (map { $g->port($_) } 1 .. $PORTS) {
        my $behind = $BEHIND[@vhosts ? scalar(keys %{ { map { $_->[1] => 1 } @vhosts } }) : 0];
        for my $at (0 .. $behind) {
            my $name = "v" . @vhosts . ".s$server.test";
            push @vhosts, [$name, $port];
            $text .= "<VirtualHost 127.0.0.1:$port>\nServerName $name\nSSLEngine on\n" . distinct_settings() . "\n</VirtualHost>\n";
        }
    }
    $g->write_conf($text);
    return @vhosts;
}

# --- All of them -----------------------------------------------------------------------------------------------------

my ($logged, $reported, $compared, $asked) = (0, 0, 0, 0);
for my $server (1 .. $SERVERS) {
    my @vhosts = configure($server);
    my ($report, $test) = $g->report;
    my %fact = map { $_->{name} => $_ } @{ $report->{vhosts} };
    my @known = grep { $fact{ $_->[0] } && $fact{ $_->[0] }{protocols} } @vhosts;
    is scalar(@known), scalar(@vhosts), "server $server: the report knows every virtual host"
        or diag map { "$_->{message}\n" } grep { $_->{severity} eq 'error' } Guard::findings($report);
    $reported += @known;

    my $start = $g->start('-D', 'TLSGUARD_SELFCHECK');
    ok $start->{up}, 'starts' or do { diag $start->{err}, map { "$_\n" } ($g->log_lines)[-5 .. -1]; next };
    my @lines = $g->log_lines(qr/TLSGuard: selfcheck: /);
    my @new = @lines[$logged .. $#lines];
    $logged = @lines;
    my ($count, $differences) = ($new[-1] // '') =~ /(\d+) configurations compared, (\d+) differences/;
    is $count, scalar(@vhosts), 'the start compares every virtual host';
    is $differences, 0, 'probe and live agree' or diag map { "$_\n" } @new;
    $compared += $count // 0;

    # Defaults and others in turn: every second one, from another end for each server.
    my @sample = $ASKED == @vhosts ? 0 .. $#vhosts : grep { ($_ + $server) % 2 } 0 .. $#vhosts;
    for my $at (@sample[0 .. $ASKED - 1]) {
        my $vhost = $vhosts[$at];
        my @wrong = Wire::contradictions($g, name => $vhost->[0], port => $vhost->[1], fact => $fact{ $vhost->[0] });
        is "@wrong", '', "$vhost->[0]: client and report agree" or diag block_of($vhost->[0]);
        $asked++;
    }
    ok $g->stop, 'stops';
}

# The virtual host's text, for whoever has to find out.
sub block_of {
    my ($name) = @_;
    my ($block) = Guard::slurp($g->{conf}) =~ /(ServerName \Q$name\E\n.*?)<\/VirtualHost>/s;
    return $block;
}

cmp_ok $reported, '>=', 200, "$reported distinct configurations";
is $compared, $reported, 'all of them compared at a start';
is $asked, $SERVERS * $ASKED, "$asked asked by s_client";
cmp_ok $Wire::asked{dh}, '>=', 10, "$Wire::asked{handshakes} handshakes, $Wire::asked{dh} with a DH group";
cmp_ok $Wire::asked{groups}, '>=', 40, "$Wire::asked{groups} with a group of TLS 1.3 or ECDHE";

done_testing;
