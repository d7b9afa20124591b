#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# tlsguard-pin: every kind of input gives the pin that the openssl program computes, and every form of output
# carries it. Servers, configurations, terminals and hostile inputs are in 71-pin-sources.t.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP ();
use lib dirname(__FILE__) . '/lib';
use Guard;

my $PIN = "$Guard::TOP/build/tlsguard-pin";
$PIN = "$Guard::TOP/$ENV{B}/tlsguard-pin" if $ENV{B};
my $dir = tempdir(CLEANUP => 1);
chdir $dir or die;
END { chdir '/' }

# The pipeline that everybody copies, on a key file.
sub expected_pin {
    my ($key) = @_;
    my $pin = `openssl pkey -in $key -pubout -outform der | openssl dgst -sha256 -binary | openssl enc -base64`;
    chomp $pin;
    die "no pin for $key" unless $pin =~ m{^[A-Za-z0-9+/]{43}=$};
    return $pin;
}

sub pin { return Guard::run([$PIN, @_]) }

sub prints {
    my ($args, $lines, $name) = @_;
    my $run = pin(@$args);
    is $run->{out}, join('', map { "$_\n" } @$lines), $name or diag $run->{err};
    is $run->{rc}, 0, "$name: status";
    return $run;
}

# --- Keys -------------------------------------------------------------------------------------------------------------

my @keys = (
    ['rsa', 'RSA 2048', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048)],
    ['rsa1024', 'RSA 1024', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024)],
    ['rsa1023', 'RSA 1023', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1023)],
    ['rsa-e3', 'RSA 1024', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -pkeyopt rsa_keygen_pubexp:3)],
    ['rsa-primes3', 'RSA 2048', qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3)],
    ['rsa-pss', 'RSA-PSS 1024', qw(genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:1024)],
    ['p256', 'EC P-256', qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)],
    ['p384', 'EC P-384', qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384)],
    ['p521', 'EC P-521', qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521)],
    ['k256', 'EC secp256k1', qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1)],
    ['bp', 'EC brainpoolP256r1', qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1)],
    ['explicit', undef, qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit)],
    ['ed25519', 'ED25519', qw(genpkey -algorithm ed25519)],
    ['ed448', 'ED448', qw(genpkey -algorithm ed448)],
    ['x25519', 'X25519', qw(genpkey -algorithm x25519)],
);
my %pin_of;
for my $row (@keys) {
    my ($name, $shown, @make) = @$row;
    Guard::openssl(@make, '-out', "$name.key");
    my $pin = $pin_of{$name} = expected_pin("$name.key");
    Guard::openssl('pkey', '-in', "$name.key", '-outform', 'der', '-out', "$name.der");
    Guard::openssl('pkey', '-in', "$name.key", '-pubout', '-out', "$name.pub");
    Guard::openssl('pkey', '-in', "$name.key", '-pubout', '-outform', 'der', '-out', "$name.pub.der");
    Guard::openssl('pkcs8', '-topk8', '-in', "$name.key", '-passout', 'pass:tr0ub4dor', '-out', "$name.enc");
    Guard::spew('pass', "tr0ub4dor\nsecond line\n");
    prints(['--pass-file', 'pass', map { "$name.$_" } qw(key der pub pub.der enc)], [($pin) x 5],
        "$name: PEM, DER, public and encrypted");
    if ($name =~ /^(?:rsa(?!-pss)|p|k|bp)/) {
        Guard::openssl('pkey', '-in', "$name.key", '-traditional', '-out', "$name.old");
        Guard::openssl('pkey', '-in', "$name.key", '-traditional', '-outform', 'der', '-out', "$name.old.der");
        prints(["$name.old", "$name.old.der"], [$pin, $pin], "$name: the traditional form");
    }
    my ($line) = split /\n/, pin('--long', "$name.key")->{out};
    is((split /\t/, $line)[2], $shown, "$name is called $shown") if defined $shown;
}

Guard::openssl(qw(ec -in p256.key -conv_form compressed -out compressed.key));
Guard::openssl(qw(ec -in p256.key -no_public -out nopublic.key));
for my $name (qw(compressed nopublic)) {
    prints(["$name.key"], [expected_pin("$name.key")], "an EC key, $name");
}
Guard::openssl(qw(rsa -in rsa.key -RSAPublicKey_out -out rsapub.pem));
Guard::openssl(qw(rsa -in rsa.key -RSAPublicKey_out -outform der -out rsapub.der));
prints([qw(rsapub.pem rsapub.der)], [($pin_of{rsa}) x 2], 'a PKCS#1 public key');
Guard::openssl(qw(rsa -in rsa.key -traditional -aes128 -passout pass:tr0ub4dor -out legacy.enc));
prints([qw(--pass-file pass legacy.enc)], [$pin_of{rsa}], 'traditional encryption (Proc-Type)');

# --- Certificates and containers --------------------------------------------------------------------------------------

sub certificate {
    my ($name, $key, $subject, $issuer, @extensions) = @_;
    Guard::spew("$name.ext", join("\n", @extensions) . "\n");
    Guard::openssl('req', '-new', '-key', "$key.key", '-subj', $subject, '-out', "$name.csr");
    Guard::openssl('x509', '-req', '-in', "$name.csr", '-out', "$name.pem", '-days', 30, '-extfile', "$name.ext",
        $issuer ? ('-CA', "$issuer->[0].pem", '-CAkey', "$issuer->[1].key", '-CAcreateserial')
        : ('-signkey', "$key.key"));
}
certificate('root', 'p384', '/CN=Root', undef, 'basicConstraints=critical,CA:TRUE');
certificate('inter', 'p256', '/CN=Inter', ['root', 'p384'], 'basicConstraints=critical,CA:TRUE');
certificate('leaf', 'rsa', '/CN=www.example.com', ['inter', 'p256'], 'subjectAltName=DNS:www.example.com');
my @chain_pins = @pin_of{qw(rsa p256 p384)};
Guard::spew('full.pem', join '', map { Guard::slurp("$_.pem") } qw(leaf inter root));
Guard::openssl(qw(x509 -in leaf.pem -outform der -out leaf.crt));
Guard::openssl(qw(req -in leaf.csr -outform der -out leaf.csr.der));
Guard::openssl(qw(x509 -in leaf.pem -trustout -addtrust serverAuth -out trusted.pem));
Guard::openssl(qw(crl2pkcs7 -nocrl -certfile full.pem -out full.p7b));
Guard::openssl(qw(crl2pkcs7 -nocrl -certfile full.pem -outform der -out full.p7c));
Guard::openssl(qw(pkcs12 -export -in full.pem -inkey rsa.key -passout pass:tr0ub4dor -out full.p12));
Guard::openssl(qw(pkcs12 -export -in full.pem -inkey rsa.key -passout pass: -out empty.p12));
Guard::openssl(qw(pkcs12 -export -legacy -in full.pem -inkey rsa.key -passout pass:tr0ub4dor -out rc2.p12));
Guard::openssl(qw(pkcs12 -export -nocerts -inkey rsa.key -passout pass:tr0ub4dor -out keyonly.p12));
Guard::spew('chain.der', Guard::slurp('leaf.crt') x 2);

prints([qw(leaf.pem leaf.crt leaf.csr leaf.csr.der trusted.pem)], [($pin_of{rsa}) x 5],
    'certificate and request, PEM and DER');
prints([$_], \@chain_pins, "$_: the chain in its order") for qw(full.pem full.p7b full.p7c empty.p12);
prints(['--pass-file', 'pass', $_], \@chain_pins, "$_: the chain in its order") for qw(full.p12 rc2.p12);
prints([qw(--pass-file pass keyonly.p12)], [$pin_of{rsa}], 'a PKCS#12 with a key only');
prints(['chain.der'], [($pin_of{rsa}) x 2], 'DER after DER');
prints(["file:$dir/full.pem"], \@chain_pins, 'an OpenSSL store URI');
prints(['--pass-file', 'pass', "file:$dir/rsa.enc"], [$pin_of{rsa}], 'an encrypted key behind a store URI');
is Guard::run([$PIN, '-'], stdin => 'full.pem')->{out}, join('', map { "$_\n" } @chain_pins), 'standard input';
is Guard::run(['bash', '-c', "$PIN <(sleep 0.2; cat full.pem) full.pem"])->{out},
    join('', map { "$_\n" } @chain_pins, @chain_pins), 'a pipe of the shell, patiently';
Guard::spew('bom.pem', "\xEF\xBB\xBF" . Guard::slurp('full.pem'));
(my $crlf = Guard::slurp('full.pem')) =~ s/\n/\r\n/g;
Guard::spew('crlf.pem', $crlf);
prints([$_], \@chain_pins, "$_ loses no block") for qw(bom.pem crlf.pem);
Guard::spew('mixed.pem', "Subject: text between\n" . Guard::slurp('leaf.pem') . Guard::openssl(qw(ecparam -name P-256))
    . Guard::slurp('ed25519.key'));
prints(['mixed.pem'], [@pin_of{qw(rsa ed25519)}], 'a file with several kinds, and with parameters');

is_deeply [map { (split /\t/)[1] } split /\n/, pin('-l', 'full.pem')->{out}], [qw(leaf intermediate root)],
    '--long names the roles';
like pin('-l', 'leaf.pem')->{out}, qr/\tleaf\.pem\tCN=www\.example\.com\n/, 'and origin and subject';

# --- Forms of output --------------------------------------------------------------------------------------------------

my $spare = $pin_of{ed25519};
my $other = $pin_of{bp};
my @backup = ('--backup-pin', $other);
my $quoted = sub { join '; ', map { qq{pin-sha256=\\"$_\\"} } @_ };
my $run = pin(qw(--header leaf.pem ed25519.key), @backup);
is $run->{out}, 'Header always set Public-Key-Pins "' . $quoted->($pin_of{rsa}, $spare, $other) . "; max-age=5184000\"\n",
    '--header: the chain, then the backups';
like $run->{err}, qr/no longer obey/, 'and says that browsers have dropped it';
$run = pin(qw(--header --max-age 86400 --include-subdomains --report-uri https://r.example/%7Ea?b=c;d leaf.pem), @backup);
is $run->{out}, 'Header always set Public-Key-Pins "' . $quoted->($pin_of{rsa}, $other)
    . "; max-age=86400; includeSubDomains; report-uri=\\\"https://r.example/%%7Ea?b=c;d\\\"\"\n",
    'the policy options, and % doubled for mod_headers';

for my $case (['the chain alone', 'full.pem'], ['a key of the chain as backup', 'full.pem', 'rsa.key'],
    ['a pin of the chain as backup', 'leaf.pem', '--backup-pin', $pin_of{rsa}]) {
    my ($name, @args) = @$case;
    for my $form (qw(--header --directive)) {
        $run = pin($form, @args);
        is $run->{rc}, 1, "$form refuses without a backup pin: $name";
        is $run->{out}, '', 'and prints nothing';
        like $run->{err}, qr/no backup pin/, 'but the reason';
    }
}
$run = pin(qw(--header --force leaf.pem));
is $run->{rc}, 0, '--force insists';
is $run->{out}, 'Header always set Public-Key-Pins "' . $quoted->($pin_of{rsa}) . "; max-age=5184000\"\n", 'and gets it';

$run = pin(qw(--directive --include-subdomains --report-uri https://r.example/%7E leaf.pem ed25519.key), @backup);
is $run->{out}, "TLSGuardPins max-age=5184000 includeSubDomains report-uri=https://r.example/%7E backup=\"$spare\""
    . " backup=\"$other\"\n", '--directive names the backups only';

my $hex = sub { unpack 'H*', MIME::Base64::decode_base64($_[0]) };
require MIME::Base64;
prints([qw(--tlsa www.example.com full.pem ed25519.key)], [
    "_443._tcp.www.example.com. IN TLSA 3 1 1 " . $hex->($pin_of{rsa}),
    "_443._tcp.www.example.com. IN TLSA 2 1 1 " . $hex->($pin_of{p256}),
    "_443._tcp.www.example.com. IN TLSA 2 1 1 " . $hex->($pin_of{p384}),
    "_443._tcp.www.example.com. IN TLSA 3 1 1 " . $hex->($spare),
], '--tlsa');
prints([qw(--tlsa mail.example.com.:465 rsa.key leaf.pem)],
    ["_465._tcp.mail.example.com. IN TLSA 3 1 1 " . $hex->($pin_of{rsa})], '--tlsa with a port, each key once');
prints([qw(--curl leaf.pem ed25519.key)], ["sha256//$pin_of{rsa};sha256//$spare"], '--curl');

$run = pin(qw(--android www.example.com --include-subdomains leaf.pem ed25519.key));
like $run->{out}, qr{<domain includeSubdomains="true">www\.example\.com</domain>}, '--android names the domain';
is_deeply [$run->{out} =~ m{<pin digest="SHA-256">([^<]*)</pin>}g], [$pin_of{rsa}, $spare], 'and the pins';
is Guard::run(['python3', '-c', 'import sys,xml.dom.minidom as d; d.parse(sys.stdin)'], stdin => do {
    Guard::spew('android.xml', $run->{out}); 'android.xml' })->{rc}, 0, 'in well-formed XML';
like pin(qw(--android www.example.com leaf.pem))->{err}, qr/no backup pin/, 'and notes a missing backup';

my $json = JSON::PP::decode_json(pin('--json', 'full.pem', 'ed25519.key', @backup)->{out});
is $json->{schema}, 'tlsguard-pin/1', '--json has a schema';
is_deeply [map { $_->{pin} } @{ $json->{sites}[0]{pins} }], [@chain_pins, $spare], 'the pins';
is_deeply $json->{sites}[0]{pins}[0], {
    pin => $pin_of{rsa}, sha256 => $hex->($pin_of{rsa}), kind => 'certificate', role => 'leaf', key => 'RSA 2048',
    subject => 'CN=www.example.com', source => 'full.pem' }, 'everything about a certificate';
is $json->{backups}[0]{pin}, $other, 'and the backups';

# --- The backup key ---------------------------------------------------------------------------------------------------

for my $type (['p256', 'EC P-256'], ['p384', 'EC P-384'], ['rsa2048', 'RSA 2048'], [undef, 'EC P-256']) {
    my ($name, $shown) = @$type;
    my $file = 'backup-' . ($name // 'default') . '.key';
    umask 0;
    $run = pin('-l', '--backup', $file, defined $name ? ('--backup-type', $name) : ());
    umask 022;
    is $run->{rc}, 0, "--backup makes $file";
    my ($printed, undef, $key) = split /\t/, $run->{out};
    is $printed, expected_pin($file), 'and prints its pin';
    is $key, $shown, "which is of $shown";
    is sprintf('%04o', (stat $file)[2] & 07777), '0600', 'mode 0600 whatever the umask';
    unlike $run->{out} . $run->{err}, qr/PRIVATE/, 'nothing of the key is shown';
}
my $before = Guard::slurp('backup-p256.key');
$run = pin(qw(--backup backup-p256.key));
is $run->{rc}, 3, 'a backup key never overwrites';
like $run->{err}, qr/^tlsguard-pin: backup-p256\.key: exists already/, 'and says so';
is Guard::slurp('backup-p256.key'), $before, 'the old key is still there';
symlink 'nowhere', 'dangling' or die;
is pin(qw(--backup dangling))->{rc}, 3, 'nor through a dangling link';
ok !-e 'nowhere', 'whose target is not made';
is pin(qw(--backup no/such/dir/b.key))->{rc}, 3, 'a directory that is missing';
$run = pin(qw(--header --backup unused.key missing.pem));
is $run->{rc}, 2, 'with an input that cannot be read';
ok !-e 'unused.key', 'no backup key is made';
$run = pin(qw(--header --backup fresh.key leaf.pem));
is $run->{out}, 'Header always set Public-Key-Pins "' . $quoted->($pin_of{rsa}, expected_pin('fresh.key'))
    . "; max-age=5184000\"\n", 'certificate and new backup in one go';
my $said = `ulimit -f 0; $PIN --backup big.key 2>&1`;
is $? >> 8, 3, 'a file that cannot be written';
like $said, qr/^tlsguard-pin: big\.key: cannot be written: File too large/, 'is reported';
ok !-e 'big.key', 'and is not there';

# A signal that comes while the file is being written waits for the end of it: SIGTERM is raised inside fsync().
SKIP: {
    Guard::spew('raise.c', "#include <signal.h>\nint fsync(int fd);\nint fsync(int fd) { raise(SIGTERM); return fd < 0; }\n");
    skip 'no compiler, or a sanitizer that does not share', 3
        if $ENV{B} || system('cc -shared -fPIC -o raise.so raise.c 2>/dev/null') != 0;
    my $run = Guard::run([$PIN, '--backup', 'interrupted.key'], env => { LD_PRELOAD => "$dir/raise.so" });
    is $run->{rc}, 128 + 15, 'a signal while a file is written ends the program';
    is $run->{out}, '', 'before it says that all is well';
    like expected_pin('interrupted.key'), qr/=$/, 'but the file is whole';
}
is_deeply [glob '.tlsguard-*'], [], 'no temporary file is left';

# --- --check ----------------------------------------------------------------------------------------------------------

my $header = sub { join('', map { qq{pin-sha256="$_"; } } @_) };
my $digest = Guard::openssl(qw(dgst -sha256 -binary leaf.crt));
$digest = MIME::Base64::encode_base64($digest, '');
for my $case (
    [0, 'leaf and backup', $header->($pin_of{rsa}, $spare) . 'max-age=5184000', qr/^valid: 2 pins, max-age 5184000 \(60 days\)$/],
    [0, 'with the name', 'Public-Key-Pins: ' . $header->($pin_of{p384}, $spare) . 'max-age=1; includeSubDomains',
        qr/^valid: .*, includeSubDomains$/],
    [0, 'report only, without max-age', 'public-key-pins-report-only: ' . $header->($pin_of{rsa}, $spare), qr/^valid: /],
    [1, 'no backup', $header->($pin_of{rsa}, $pin_of{p256}) . 'max-age=60', qr/no backup pin/],
    [1, 'no pin of the chain', $header->($spare, $other) . 'max-age=60', qr/no pin matches/],
    [1, 'no max-age', $header->($pin_of{rsa}, $spare), qr/max-age/],
    [1, 'a digest of the certificate', $header->($digest, $spare) . 'max-age=60', qr/digest of a whole certificate \(CN=www/],
    [1, 'a pin that is none', $header->('AAAA', $pin_of{rsa}, $spare) . 'max-age=60', qr/AAAA/],
    [1, 'nothing', '', qr/^not valid: /],
) {
    my ($rc, $name, $text, $says) = @$case;
    $run = pin('--check', $text, 'full.pem');
    is $run->{rc}, $rc, "--check: $name" or diag $run->{out}, $run->{err};
    like $run->{out}, $says, 'and why';
}
is pin('--check', 'max-age=1', 'rsa.key')->{rc}, 3, '--check without a certificate is misuse';

# --- Options ----------------------------------------------------------------------------------------------------------

for my $case (
    [qr/nothing to pin/],
    [qr/unknown option --lnog; did you mean --long\?/, '--lnog', 'leaf.pem'],
    [qr/--long is given twice/, '-l', '--long', 'leaf.pem'],
    [qr/only one form/, '--json', '--curl', 'leaf.pem'],
    [qr/--max-age: '5d' is not a number/, '--header', '--max-age', '5d', 'leaf.pem'],
    [qr/not a number/, '--header', '--max-age=-1', 'leaf.pem'],
    [qr/not an absolute/, '--header', '--report-uri', 'r.example', 'leaf.pem'],
    [qr/not an absolute/, '--header', '--report-uri', 'https://a/"x', 'leaf.pem'],
    [qr/go with --header/, '--max-age', '5', 'leaf.pem'],
    [qr/not the base64 form/, '--backup-pin', 'abc', 'leaf.pem'],
    [qr/is none of p256/, '--backup-type', 'p224', '--backup', 'x.key'],
    [qr/goes with --backup/, '--backup-type', 'p256', 'leaf.pem'],
    [qr/needs a value/, 'leaf.pem', '--tlsa'],
    [qr/takes no value/, '--long=1', 'leaf.pem'],
    [qr/not a host name/, '--tlsa', '192.0.2.1', 'leaf.pem'],
    [qr/not a host name/, '--tlsa', 'a b', 'leaf.pem'],
    [qr/not a host name/, '--android', '"><x', 'leaf.pem'],
    [qr/no host name of their own/, '--tlsa', '-', 'leaf.pem'],
) {
    my ($says, @args) = @$case;
    $run = pin(@args);
    is $run->{rc}, 3, "misuse: @args";
    like $run->{err}, $says, 'says what is wrong';
    is $run->{out}, '', 'and prints no result';
}
my $help = pin('--help');
is $help->{rc}, 0, '--help';
cmp_ok scalar(my @lines = split /\n/, $help->{out}), '<=', 24, 'fits a screen: lines';
is scalar(grep { length > 80 } split /\n/, $help->{out}), 0, 'and columns';
like pin('--version')->{out}, qr/^tlsguard-pin \d+\.\d+/, '--version';
prints(['-l', '--', 'leaf.pem'], [pin('-l', 'leaf.pem')->{out} =~ /(.*)\n/], '-- ends the options');
SKIP: {
    skip 'no /dev/full', 1 unless -c '/dev/full';
    is system("$PIN leaf.pem >/dev/full 2>/dev/null") >> 8, 3, 'a full disk is noticed';
}

# The manual page and the completion know every option.
my %in_help = map { $_ => 1 } $help->{out} =~ /(--[a-z][a-z-]+)/g;
delete $in_help{'--pinnedpubkey'};
cmp_ok scalar(keys %in_help), '>=', 20, 'the options of the help text are found';
(my $man = Guard::slurp("$Guard::TOP/docs/man/tlsguard-pin.1")) =~ s/\\-/-/g;
my %in_man = map { $_ => 1 } $man =~ /^\.B[RI]? (?:-\w, )?(--[a-z][a-z-]+)/mg;
is_deeply [sort keys %in_man], [sort keys %in_help], 'the manual page has the same options';
my $completed = `bash -c '. $Guard::TOP/tools/completion/tlsguard-pin; COMP_WORDS=($PIN --); COMP_CWORD=1;
    _tlsguard_pin $PIN -- $PIN; printf "%s\\n" "\${COMPREPLY[@]}"'`;
is_deeply [sort split /\n/, $completed], [sort keys %in_help], 'and so has the completion';

done_testing;
