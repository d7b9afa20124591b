#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What is said of a chain is what OpenSSL does with it. Over generated chains, sound and not: what `openssl verify` refuses is
# found, with the cause; what it accepts raises no alarm; and each alarm has its cause. The private root is among the trusted
# ones or not; in the long run each chain is judged both ways. A real server and s_client bear the verdicts out.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use lib dirname(__FILE__) . "/lib";
use Guard;

# Chains; the first are each kind alone, those behind them mixtures.
my $COUNT = $ENV{TLSGUARD_LONG} ? 560 : 96;
my $SEED = $ENV{TLSGUARD_SEED} || 20261125;
# Of so many chains one is served for s_client.
my $SERVE_EVERY = $ENV{TLSGUARD_LONG} ? 2 : 4;
# What TLS clients demand of signatures and keys unless told otherwise.
my $LEVEL = 2;

# --- The chains ------------------------------------------------------------------------------------------------------

my $g = Guard->new;
my $dir = "$g->{dir}/chains";
make_path($dir, "$g->{dir}/none");
my $program = "$Guard::TOP/build/chains";
if (!-x $program) {
    my $built = Guard::run(['make', '-s', '-C', $Guard::TOP, 'certs'], timeout => 600);
    die "make certs: $built->{out}$built->{err}" if $built->{rc};
}
my $made = Guard::run([$program, $dir, $COUNT, $SEED], timeout => 600);
die "chains: $made->{err}" if $made->{rc};
my @chains = map { my %chain; @chain{qw(number host asked words)} = split /\t/; \%chain } split /\n/, $made->{out};
is scalar(@chains), $COUNT, 'chains were made';

sub is_any { my ($chain, @words) = @_; return grep { $chain->{words} =~ /(?:^| )\Q$_\E / } @words }

# --- What OpenSSL says -----------------------------------------------------------------------------------------------

# Both streams of a program that is run very often.
sub output_of {
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null' or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT or POSIX::_exit(126);
        exec { $_[0] } @_ or POSIX::_exit(127);
    }
    local $/;
    my $text = <$out>;
    close $out;
    return $text // '';
}

# All that `openssl verify` says of the chain: [error, depth, words]. Each question is asked once.
sub verify {
    my ($chain, @args) = @_;
    my $sent = "$dir/$chain->{number}.pem";
    return @{ $chain->{asked_before}{"@args"} ||= do {
        my $text = output_of('openssl', 'verify', '-purpose', 'sslserver', '-no-CApath', '-no-CAstore', @args, $sent);
        my @errors;
        push @errors, [$1, $2, $3] while $text =~ /^error (\d+) at (\d+) depth lookup: (.*)$/mg;
        die "openssl verify: $text" if !@errors && $text !~ /: OK$/m;
        \@errors;
    } };
}

# As a client with these roots does it.
sub verify_as_client {
    my ($chain, $roots) = @_;
    return verify($chain, '-CAfile', $roots, '-untrusted', "$dir/$chain->{number}.pem", '-auth_level', $LEVEL, name_args($chain));
}

sub name_args {
    my ($chain) = @_;
    return ($chain->{asked} =~ /^[\d.]+$/ ? '-verify_ip' : '-verify_hostname', $chain->{asked});
}

# Each certificate of the chain in a file of its own.
sub links {
    my ($chain) = @_;
    return @{ $chain->{links} ||= do {
        my @pem = Guard::slurp("$dir/$chain->{number}.pem") =~ /(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n)/sg;
        [map { my $path = "$dir/$chain->{number}-$_.pem"; Guard::spew($path, $pem[$_]); $path } 0 .. $#pem];
    } };
}

# OpenSSL stops at the first error of most kinds. These questions bring out what lies behind it: neither name nor strength
# demanded, the other roots, each certificate that is sent taken for trusted, and the leaf by itself.
sub later_errors {
    my ($chain) = @_;
    my ($leaf, @others) = links($chain);
    my @sent = ('-untrusted', "$dir/$chain->{number}.pem");
    my @by_itself = ('-trusted', $leaf, '-partial_chain');
    return map { my $ask = $_; sub { verify($chain, @$ask) } } [@by_itself], [@by_itself, name_args($chain)], [@by_itself, '-auth_level', $LEVEL],
        (map { ['-CAfile', "$dir/$_.pem", @sent], ['-CAfile', "$dir/$_.pem", @sent, '-auth_level', $LEVEL] } qw(roots all)),
        (map { ['-CAfile', $_, @sent, '-partial_chain'], ['-CAfile', $_, @sent, '-partial_chain', '-auth_level', $LEVEL] } @others);
}

# --- Causes ----------------------------------------------------------------------------------------------------------

my %ISSUER = map { $_ => 1 } 2, 19, 20, 21;
my %cause_of_rule = (TG310 => 'time', TG342 => 'time above', TG340 => 'issuer', TG344 => 'issuer', TG330 => 'self-signed', TG320 => 'name',
    TG322 => 'name', TG334 => 'use', TG332 => 'strength', TG333 => 'strength', TG305 => 'strength', TG343 => 'broken');

sub cause_of_error {
    my ($error, $depth) = @{ $_[0] };
    return $depth == 0 ? 'time' : 'time above' if $error == 9 || $error == 10;
    return 'issuer' if $ISSUER{$error};
    return 'self-signed' if $error == 18;
    return 'name' if $error == 62 || $error == 64;
    return 'use' if $error == 26 && $depth == 0;
    return 'strength' if $error >= 66 && $error <= 68;
    return 'broken';
}

# Where browsers refuse what OpenSSL accepts.
my %stricter = (
    TG320 => ['wildcard-partial'],
    TG322 => ['cn-only', 'cn-and-address'],
    TG331 => ['ca-leaf', 'self-signed-ca'],
    TG333 => ['ed25519', 'rsa-pss'],
    TG334 => ['encipher-only'],
);

# The finding has this error for its cause.
sub is_cause {
    my ($finding, $error) = @_;
    my $cause = $cause_of_rule{ $finding->{rule} } // '';
    return 0 if $cause ne cause_of_error($error);
    return $cause ne 'broken' || $finding->{message} =~ /: \Q$error->[2]\E$/i;
}

# --- The comparison --------------------------------------------------------------------------------------------------

# The site of one chain. `level` lets the weakest certificates be loaded, so that it is the client who refuses them.
sub site {
    my ($chain, $address, $level) = @_;
    my $lowered = $level && $chain->{words} =~ /sha1|short/ ? ':@SECLEVEL=0' : '';
    return <<"EOT";
<VirtualHost $address>
ServerName "$chain->{host}"
SSLEngine on
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20$lowered
SSLSessionTickets off
SSLCertificateFile $dir/$chain->{number}.pem
SSLCertificateKeyFile $dir/$chain->{number}.key
Header always set Strict-Transport-Security "max-age=63072000"
</VirtualHost>
EOT
}

# What is wrong with what was said of one chain.
sub complaints {
    my ($chain, $roots, $said) = @_;
    my @errors = verify_as_client($chain, $roots);
    my @alarms = grep { $_->{severity} ne 'notice' } @$said;
    my (@wrong, %is_found);
    for my $error (@errors) {
        my $cause = cause_of_error($error);
        my @found = grep { is_cause($_, $error) } @alarms;
        # A private authority is named, not scolded; what does not hold under any root is said to be broken.
        push @found, grep { $_->{rule} eq 'TG344' || $_->{rule} eq 'TG343' } @$said if $cause eq 'issuer';
        $is_found{$cause} ||= @found > 0;
    }
    for my $cause (grep { !$is_found{$_} } sort keys %is_found) {
        push @wrong, "not found: $cause";
    }
    for my $finding (@alarms) {
        next if is_any($chain, @{ $stricter{ $finding->{rule} } || [] });
        next if grep { is_cause($finding, $_) } @errors;
        next if grep { my $ask = $_; grep { is_cause($finding, $_) } $ask->() } later_errors($chain);
        push @wrong, "false: $finding->{rule}";
    }
    return @wrong;
}

my $compared = 0;
for my $roots (qw(roots all)) {
    local $ENV{SSL_CERT_FILE} = "$dir/$roots.pem";
    local $ENV{SSL_CERT_DIR} = "$g->{dir}/none";
    my @judged = $ENV{TLSGUARD_LONG} ? @chains : grep { $_->{number} % 2 == ($roots eq 'all') } @chains;
    $g->write_conf(join '', "Listen 443\n", map { site($_, '*:443', $roots eq 'roots') } @judged);
    my ($report) = $g->report;
    my %said;
    for my $entry (@{ $report->{findings} }, map { { %$_, severity => 'notice', message => "not evaluated: $_->{reason}" } } @{ $report->{not_evaluated} }) {
        next unless $entry->{rule} =~ /^TG3[0-4]/;
        push @{ $said{$_} }, $entry for @{ $entry->{vhosts} };
    }
    for my $chain (@judged) {
        my $label = "$chain->{host}:443";
        utf8::decode($label);
        my $said = $said{$label} || [];
        my @wrong;
        if (is_any($chain, 'leaf-second')) {
            @wrong = 'not found: key' unless grep { $_->{rule} eq 'TG303' } @$said;
        }
        else {
            @wrong = complaints($chain, "$dir/$roots.pem", $said);
        }
        $compared++;
        next if ok !@wrong, "chain $chain->{number} under $roots.pem: $chain->{words}";
        diag map { "$_\n" } @wrong;
        diag map { "OpenSSL: error $_->[0] at $_->[1]: $_->[2]\n" } verify_as_client($chain, "$dir/$roots.pem");
        diag map { "said: $_->{severity} $_->{rule} $_->{message}\n" } @$said;
    }
}
is $compared, $ENV{TLSGUARD_LONG} ? 2 * $COUNT : $COUNT, 'verdicts were compared';

# --- Over the wire ---------------------------------------------------------------------------------------------------

# The key of "leaf-second" does not fit, and s_client has no such curve.
my @served = grep { $_->{number} % $SERVE_EVERY == 0 && !is_any($_, 'leaf-second', 'secp256k1') } @chains;
my $plain = Guard->new(module => 0)->expect_log(qr/\[ssl:warn\]/);
my $port = $plain->port;
$plain->write_conf(join '', "Listen 127.0.0.1:$port\n", map { site($_, "127.0.0.1:$port", 1) } @served);
my $start = $plain->start;
ok $start->{up}, @served . ' chains are served' or diag $start->{err}, map { "$_\n" } $plain->log_lines;
for my $chain (@served) {
    my $text = output_of('openssl', 's_client', '-connect', "127.0.0.1:$port", '-servername', $chain->{host}, '-verify_return_error', '-CAfile',
        "$dir/all.pem", '-no-CApath', '-no-CAstore', '-cipher', "DEFAULT:\@SECLEVEL=$LEVEL", name_args($chain));
    my ($error) = $text =~ /^verify error:num=(\d+):/m;
    my %expected = map { $_->[0] => 1 } verify_as_client($chain, "$dir/all.pem");
    ok defined $error ? $expected{$error} : !%expected && $text =~ /Verify return code: 0 \(ok\)/,
        "chain $chain->{number} over the wire: " . (defined $error ? "error $error" : 'accepted')
        or diag "$chain->{words}\nopenssl verify: @{[sort keys %expected]}\n$text";
}

done_testing;
