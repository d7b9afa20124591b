# SPDX-License-Identifier: Apache-2.0
# What openssl s_client gets from a virtual host, held against what the report says about it.
#
#     use Wire;
#     my @wrong = Wire::contradictions($g, name => 'a.test', port => 24000, fact => $report->{vhosts}[0]);
package Wire;

use strict;
use warnings;

use Guard;

my @VERSIONS = ('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3');
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

# What clients offer below TLS 1.3, in their order.
my $ALL = 'ALL:COMPLEMENTOFALL';
my @all;

sub _all_suites {
    @all = split /[:\s]+/, Guard::run(['openssl', 'ciphers', '-s', '-tls1_2', "$ALL:\@SECLEVEL=0"])->{out} if !@all;
    return @all;
}

# One handshake. versions => [lowest, highest] that the client has, suites => its list below TLS 1.3, suites13, groups => [its
# groups], each with everything that s_client has as default.
sub _shake {
    my ($g, $to, %client) = @_;
    my ($lowest, $highest) = @{ $client{versions} };
    $asked{handshakes}++;
    return $g->s_client(name => $to->{name}, port => $to->{port}, args => ['-min_protocol', $lowest, '-max_protocol', $highest,
        '-cipher', ($client{suites} || $ALL) . ':@SECLEVEL=0', '-ciphersuites', $client{suites13} || $SUITES13,
        '-groups', join(':', @{ $client{groups} || [_groups($highest)] }), @{ $to->{args} || [] }]);
}

# Runs of versions that lie side by side and are not reported: a client of each run finds out about all of them.
sub _gaps {
    my (%offered) = @_;
    my @runs;
    for my $at (0 .. $#VERSIONS) {
        next if $offered{ $VERSIONS[$at] };
        my $goes_on = $at > 0 && !$offered{ $VERSIONS[$at - 1] };
        $goes_on ? $runs[-1][1] = $VERSIONS[$at] : push @runs, [($VERSIONS[$at]) x 2];
    }
    return @runs;
}

sub _versions {
    my ($g, $to) = @_;
    my $fact = $to->{fact};
    my %offered = map { $_ => 1 } @{ $fact->{protocols} };
    my @wrong;
    for my $gap (_gaps(%offered)) {
        my $got = _shake($g, $to, versions => $gap);
        push @wrong, "$got->{protocol}: answered, reported: @{ $fact->{protocols} }" if $got->{ok};
    }
    for my $version (grep { $offered{$_} } @VERSIONS) {
        my %client = (versions => [$version, $version]);
        my $got = _shake($g, $to, %client);
        # EC parameters break DHE after it was chosen; a client without it gets through.
        $got = _shake($g, $to, %client, suites => "$ALL:!kDHE") if !$got->{ok} && $fact->{dh} && $fact->{dh}{bits} == 0;
        push @wrong, "$version: refused, reported: @{ $fact->{protocols} }" unless $got->{ok};
        $to->{got}{$version} = $got if $got->{ok};
    }
    my $old = $to->{got}{'TLSv1.2'};
    if ($old && defined $fact->{tickets}) {
        my $ticket = $old->{text} =~ /TLS session ticket:/ ? 1 : 0;
        push @wrong, "ticket: $ticket" if $ticket != ($fact->{tickets} ? 1 : 0);
    }
    return @wrong;
}

# The suite of each handshake so far: a reported one, and the one that the order asks for. Then a client with all others.
sub _suites_asked {
    my ($g, $to) = @_;
    my $fact = $to->{fact};
    return unless $fact->{cipher_suites};
    my @reported = @{ $fact->{cipher_suites} };
    my %reported = map { $_ => 1 } @reported;
    my @wrong;
    for my $version (sort keys %{ $to->{got} }) {
        my $cipher = $to->{got}{$version}{cipher};
        push @wrong, "$version: $cipher is not reported" unless $reported{$cipher};
    }
    my $usable = $fact->{dh}{bits} ? qr/^(?!TLS_)/ : qr/^(?!TLS_|DHE-)/;
    for (['TLSv1.2', $usable, _all_suites()], ['TLSv1.3', qr/^TLS_/, split /:/, $SUITES13]) {
        my ($version, $kind, @clients) = @$_;
        my $got = $to->{got}{$version} or next;
        my ($wanted) = grep { /$kind/ && $reported{$_} } $fact->{server_order} ? @reported : @clients;
        push @wrong, "$version: $got->{cipher}, not " . ($wanted // '?') if $got->{cipher} ne ($wanted // '');
    }
    my ($version) = grep { $to->{got}{$_} } 'TLSv1.2', 'TLSv1.1', 'TLSv1' or return @wrong;
    my $others = join ':', $ALL, map { "!$_" } grep { !/^TLS_/ } @reported;
    my $got = _shake($g, $to, versions => [$version, $version], suites => $others);
    push @wrong, "$version: $got->{cipher} is not reported, but negotiable" if $got->{ok};
    return @wrong;
}

sub _dh {
    my ($g, $to) = @_;
    my $fact = $to->{fact};
    my ($old) = grep { $to->{got}{$_} } 'TLSv1.2', 'TLSv1.1', 'TLSv1';
    return unless $old && $fact->{dh} && grep { /^DHE-/ } @{ $fact->{cipher_suites} };
    my $got = _shake($g, $to, versions => [$old, $old], suites => 'kDHE');
    my ($bits) = ($got->{ok} ? $got->{tempkey} // '' : '') =~ /^DH, (\d+) bits/;
    $asked{dh}++ if $bits;
    return ($bits // 0) == $fact->{dh}{bits} ? () : 'DH: ' . ($bits // 0) . ", reported: $fact->{dh}{bits}";
}

# In the newest version: one that knows every group, one that knows the last reported one only, one that
# knows all others.
sub _groups_asked {
    my ($g, $to) = @_;
    my $fact = $to->{fact};
    my ($version) = grep { $to->{got}{$_} } reverse @VERSIONS;
    return unless $version && $fact->{groups};
    my $is_new = $version eq 'TLSv1.3';
    my $with_ecdsa = grep { /^ECDHE-ECDSA-/ } @{ $fact->{cipher_suites} || [] };
    my $with_rsa = grep { /^ECDHE-RSA-/ } @{ $fact->{cipher_suites} || [] };
    return unless $is_new || $with_ecdsa || $with_rsa;
    my @client = (versions => [$version, $version]);

    my %known = map { $_ => 1 } _groups($version);
    my %reported = map { $_ => 1 } grep { $known{$_} } @{ $fact->{groups} };
    my @wrong;
    my $any = $is_new ? $to->{got}{$version} : _shake($g, $to, @client, suites => 'ECDHE');
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
        my $got = _shake($g, $to, @client, suites => 'ECDHE+aRSA', groups => [$last]);
        $group = _group_of($got) // 'none';
        push @wrong, "only $last: $group" if $group ne $last;
    }
    my @others = grep { !$reported{$_} } sort keys %known;
    if (@others) {
        my $got = _shake($g, $to, @client, suites => 'ECDHE+aRSA', groups => \@others);
        push @wrong, 'a group that is not reported: ' . (_group_of($got) // '') if $got->{ok};
    }
    return @wrong;
}

# Where the wire contradicts the report; empty when it nowhere does. What the report does not know is not compared.
# name (undef: no SNI), port, fact => the virtual host in the report, args => [more of s_client's].
sub contradictions {
    my ($g, %to) = @_;
    return map { $_->($g, \%to) } \&_versions, \&_suites_asked, \&_dh, \&_groups_asked;
}

1;
