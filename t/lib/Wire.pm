# SPDX-License-Identifier: Apache-2.0
# What openssl s_client gets from a virtual host, held against what the report says about it.
#
#     use Wire;
#     my @wrong = Wire::contradictions($g, name => 'a.test', port => 24000, fact => $report->{vhosts}[0]);
package Wire;

use strict;
use warnings;

use Guard;

my %FLAG = ('TLSv1.1' => '-tls1_1', 'TLSv1.2' => '-tls1_2', 'TLSv1.3' => '-tls1_3');
my $SUITES13 = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256';

# Groups by the names of the report, and those of them that TLS 1.3 has.
my @CURVES = qw(x25519 secp256r1 secp384r1 secp521r1 x448);
my @ONLY_OLD = qw(brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 secp256k1);
my @ONLY_NEW = map { "ffdhe$_" } 2048, 3072, 4096, 6144, 8192;
my @HYBRIDS = qw(X25519MLKEM768 SecP256r1MLKEM768 SecP384r1MLKEM1024);
my $has_hybrids;

# What was asked so far, for the test that wants to know that it did ask: handshakes, and those that showed something.
our %asked = (handshakes => 0, dh => 0, groups => 0);

sub _groups {
    my ($version) = @_;
    return (@CURVES, @ONLY_OLD) if $version ne 'TLSv1.3';
    $has_hybrids //= Guard::run(['openssl', 'list', '-kem-algorithms'])->{out} =~ /X25519MLKEM768/ ? 1 : 0;
    return (@CURVES, @ONLY_NEW, $has_hybrids ? @HYBRIDS : ());
}

# The group of a handshake in the report's words; undef when s_client names none.
sub _group_of {
    my ($got) = @_;
    return $1 if $got->{text} =~ /^Negotiated TLS1\.3 group: (\S+)/m && $1 ne '<NULL>';
    my $key = $got->{tempkey} // return;
    return "ffdhe$1" if $key =~ /^DH, (\d+) bits/;
    my ($name) = $key =~ /^(?:ECDH, )?([^,]+),/;
    $name =~ s/^(?:prime256v1|P-256)$/secp256r1/;
    $name =~ s/^P-(384|521)$/secp$1r1/;
    return lc $name eq 'x25519' || lc $name eq 'x448' ? lc $name : $name;
}

sub _shake {
    my ($g, $to, $version, $suites, @groups) = @_;
    $asked{handshakes}++;
    return $g->s_client(name => $to->{name}, port => $to->{port}, args => [$FLAG{$version}, '-cipher', "$suites:\@SECLEVEL=0",
        '-ciphersuites', $SUITES13, '-groups', join(':', @groups ? @groups : _groups($version)), @{ $to->{args} || [] }]);
}

sub _versions {
    my ($g, $to, $suite) = @_;
    my $fact = $to->{fact};
    my %offered = map { $_ => 1 } @{ $fact->{protocols} };
    my @wrong;
    for my $version (sort keys %FLAG) {
        my $got = _shake($g, $to, $version, 'ALL');
        # EC parameters break DHE after it was chosen; a client without it gets through.
        $got = _shake($g, $to, $version, 'ALL:!kDHE') if !$got->{ok} && $offered{$version} && $fact->{dh}{bits} == 0;
        if ($got->{ok} != !!$offered{$version}) {
            push @wrong, "$version: " . ($got->{ok} ? 'answered' : 'refused') . ", reported: @{ $fact->{protocols} }";
            next;
        }
        next unless $got->{ok};
        $to->{got}{$version} = $got;
        push @wrong, "$version: $got->{cipher} is not reported" unless $suite->{ $got->{cipher} };
        my $ticket = $got->{text} =~ /TLS session ticket:/ ? 1 : 0;
        push @wrong, "ticket: $ticket" if $version eq 'TLSv1.2' && $ticket != ($fact->{tickets} ? 1 : 0);
    }
    return @wrong;
}

sub _dh {
    my ($g, $to, $suite) = @_;
    my $fact = $to->{fact};
    my ($old) = grep { my $version = $_; grep { $_ eq $version } @{ $fact->{protocols} } } 'TLSv1.2', 'TLSv1.1';
    return unless $old && grep { /^DHE-/ } keys %$suite;
    my $got = _shake($g, $to, $old, 'kDHE');
    my ($bits) = ($got->{ok} ? $got->{tempkey} // '' : '') =~ /^DH, (\d+) bits/;
    $asked{dh}++ if $bits;
    return ($bits // 0) == $fact->{dh}{bits} ? () : 'DH: ' . ($bits // 0) . ", reported: $fact->{dh}{bits}";
}

# In the newest version: one that knows every group, one that knows the last reported one only, one that knows all others.
sub _group_contradictions {
    my ($g, $to, $suite) = @_;
    my $fact = $to->{fact};
    my ($version) = grep { $FLAG{$_} } reverse sort @{ $fact->{protocols} };
    return unless $version && $fact->{groups};
    my $is_new = $version eq 'TLSv1.3';
    my $with_ecdsa = grep { /^ECDHE-ECDSA-/ } keys %$suite;
    my $with_rsa = grep { /^ECDHE-RSA-/ } keys %$suite;
    return unless $is_new || $with_ecdsa || $with_rsa;

    my %known = map { $_ => 1 } _groups($version);
    my %reported = map { $_ => 1 } grep { $known{$_} } @{ $fact->{groups} };
    my @wrong;
    my $any = $is_new && $to->{got}{$version} || _shake($g, $to, $version, 'ECDHE');
    my $group = _group_of($any);
    if ($any->{ok} && defined $group) {
        $asked{groups}++;
        push @wrong, "group: $group, reported: @{ $fact->{groups} }" unless $reported{$group};
    }
    elsif ($any->{ok} || %reported) {
        push @wrong, 'group: none, reported: ' . join ' ', @{ $fact->{groups} };
    }
    # Below TLS 1.3 an ECDSA certificate is only sent to clients that know its curve.
    return @wrong unless $is_new || $with_rsa;
    my ($last) = reverse grep { $reported{$_} } @{ $fact->{groups} };
    if (defined $last) {
        my $got = _shake($g, $to, $version, 'ECDHE+aRSA', $last);
        $group = _group_of($got) // 'none';
        push @wrong, "only $last: $group" if $group ne $last;
    }
    my @others = grep { !$reported{$_} } sort keys %known;
    if (@others) {
        my $got = _shake($g, $to, $version, 'ECDHE+aRSA', @others);
        push @wrong, 'a group that is not reported: ' . (_group_of($got) // '') if $got->{ok};
    }
    return @wrong;
}

# Where the wire contradicts the report; empty when it nowhere does. name (undef: no SNI), port, fact => the virtual host in
# the report, args => [more of s_client's].
sub contradictions {
    my ($g, %to) = @_;
    my %suite = map { $_ => 1 } @{ $to{fact}{cipher_suites} };
    return (_versions($g, \%to, \%suite), _dh($g, \%to, \%suite), _group_contradictions($g, \%to, \%suite));
}

1;
