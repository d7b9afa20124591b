#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# tlsguard-dhparam as people use it: groups that OpenSSL accepts and arithmetic confirms, answers about groups, files that
# are whole or not there, and a server that uses what --append put into its certificate file.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib';
use Guard;
use Fcntl ();
use Math::BigInt;
use MIME::Base64 qw(decode_base64);
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

my $PROGRAM = ($ENV{TLSGUARD_BIN} || "$Guard::TOP/build") . '/tlsguard-dhparam';
my $g = Guard->new(module => 0);
my $dir = $g->{dir};

sub dhparam { return Guard::run([$PROGRAM, @_], cwd => $dir) }

sub mode_of { my @s = stat $_[0]; return @s ? sprintf '%04o', $s[2] & 07777 : 'absent' }

# Files a run may have left behind.
sub litter { opendir my $d, $dir or die; return grep { /^\.tlsguard-/ } readdir $d }

# The integers of a DER sequence in a PEM block, by hand: neither the program nor OpenSSL has a say.
sub integers {
    my ($pem) = @_;
    my ($base64) = $pem =~ /-----BEGIN DH PARAMETERS-----\n(.*?)-----END DH PARAMETERS-----\n/s or return;
    my $der = decode_base64($base64);
    my $take = sub {
        my ($tag, $len) = unpack 'CC', substr $der, 0, 2, '';
        if ($len > 127) {
            my $bytes = substr $der, 0, $len & 127, '';
            $len = hex unpack 'H*', $bytes;
        }
        return ($tag, $len);
    };
    my ($tag, $len) = $take->();
    return unless $tag == 0x30 && $len == length $der;
    my @numbers;
    while (length $der) {
        ($tag, $len) = $take->();
        return unless $tag == 2;
        push @numbers, Math::BigInt->from_hex(unpack 'H*', substr $der, 0, $len, '');
    }
    return @numbers;
}

sub power_is_one {
    my ($base, $exponent, $modulus) = @_;
    return Math::BigInt->new($base)->bmodpow($exponent, $modulus)->is_one;
}

# --- A new group -----------------------------------------------------------------------------------------------------

my $r = dhparam(qw(512 --out new.pem --seed-out new.seed));
is $r->{rc}, 0, 'a group of 512 bits is made' or diag $r->{err};
is $r->{out}, '', 'with --out nothing is printed on standard output';
like $r->{err}, qr/warning: 512 bits are too few/, 'too few bits are warned of, not refused';
is mode_of("$dir/new.pem"), '0644', 'anybody may read the group';
my ($p, $two, $length) = integers(Guard::slurp("$dir/new.pem"));
is $two, 2, 'generator 2';
is $length, 225, 'with the private key length of RFC 7919';
is length $p->as_bin, 512 + 2, 'p has all its bits';
is $p % 24, 23, 'p is 23 mod 24';
my $q = ($p - 1) / 2;
ok power_is_one(3, $q - 1, $q) && power_is_one(5, $q - 1, $q), 'q passes the test of Fermat to bases 3 and 5';
ok power_is_one(3, $p - 1, $p), 'p passes the test of Fermat to base 3';
ok power_is_one(2, $q, $p), '2 has order q';
$r = Guard::run([qw(openssl dhparam -check -noout -in), "$dir/new.pem"]);
is $r->{rc}, 0, 'openssl dhparam -check accepts it' or diag $r->{err};
like $r->{err} . $r->{out}, qr/appear to be ok/, 'and says so';

$r = dhparam(qw(--quiet 1024));
is $r->{rc}, 0, 'without --out';
like $r->{out}, qr/\A-----BEGIN DH PARAMETERS-----\n[^-]+-----END DH PARAMETERS-----\n\z/, 'the group is on standard output';
Guard::spew("$dir/1024.pem", $r->{out});
$r = dhparam(qw(--quiet --kernel bn --threads 1 512));
is $r->{rc}, 0, 'the portable arithmetic finds groups, too';
isnt $r->{out}, Guard::slurp("$dir/new.pem"), 'another one';

# --- Its origin ------------------------------------------------------------------------------------------------------

$r = dhparam(qw(--verify-seed new.seed new.pem));
is $r->{rc}, 0, 'the group follows from its seed' or diag $r->{out}, $r->{err};
like $r->{out}, qr/^new\.pem: 512-bit safe prime, proved/, 'and is proved';
is dhparam(qw(--verify-seed new.seed))->{rc}, 0, 'a seed file can be verified alone';
$r = dhparam(qw(--verify-seed new.seed 1024.pem));
is $r->{rc}, 1, 'another group does not follow from it';
like $r->{out}, qr/another prime follows/, 'which is said';
my $seed = Guard::slurp("$dir/new.seed");
for my $case (
    ['another offset', qr/^offset .*/m, 'offset 17', 1],
    ['an offset outside', qr/^offset .*/m, 'offset 4000000', 1],
    ['another digest', qr/^sha256 ./m, 'sha256 x', 1],
    ['half a seed', qr/^seed .{32}/m, 'seed ', 2],
    ['no method', qr/^method.*\n/m, '', 2],
    ['a line twice', qr/^(window.*\n)/m, "window 0\nwindow 0\n", 2],
    ['a huge size', qr/^bits .*/m, 'bits 99999999999999999999', 2],
) {
    my ($name, $from, $to, $rc) = @$case;
    Guard::spew("$dir/bad.seed", $seed =~ s/$from/$to/r);
    is dhparam(qw(--verify-seed bad.seed))->{rc}, $rc, "seed file with $name: exit $rc";
}

# --- Standard groups -------------------------------------------------------------------------------------------------

for my $name (qw(ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192)) {
    $r = dhparam('--named', $name, '-o', "$name.pem");
    is $r->{rc}, 0, "$name is written" or diag $r->{err};
    my $text = Guard::run([qw(openssl dhparam -noout -text -in), "$dir/$name.pem"]);
    like $text->{out}, qr/GROUP: $name$/m, "OpenSSL knows it as $name";
    my $began = time;
    $r = dhparam('--check', "$name.pem");
    is $r->{rc}, 0, "$name may be used";
    like $r->{out}, qr/\b$name \(RFC 7919\): OK/, 'and is named';
}
$r = dhparam(qw(--named ffdhe1024));
is $r->{rc}, 3, 'an unknown name is an error of use';
like $r->{err}, qr/none of ffdhe2048, .*ffdhe8192/, 'that lists the names';

# --- Answers ---------------------------------------------------------------------------------------------------------

sub openssl_group {
    my ($file, @args) = @_;
    my $made = Guard::run(['openssl', 'genpkey', '-genparam', @args, '-out', "$dir/$file"]);
    is $made->{rc}, 0, "openssl makes $file" or diag $made->{err};
}
openssl_group('rfc5114.pem', qw(-algorithm DHX -pkeyopt dh_rfc5114:3));
openssl_group('modp.pem', qw(-algorithm DH -pkeyopt group:modp_2048));
openssl_group('small.pem', qw(-algorithm DH -pkeyopt dh_paramgen_prime_len:512 -pkeyopt dh_paramgen_generator:5));
openssl_group('ec.pem', qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve));

# PKCS#3 for any p and g.
sub group_of {
    my ($file, @numbers) = @_;
    my $conf = "asn1=SEQUENCE:s\n[s]\n" . join '', map { "n$_=INTEGER:0x" . Math::BigInt->new($numbers[$_])->to_hex . "\n" } 0 .. $#numbers;
    Guard::spew("$dir/asn1.conf", $conf);
    Guard::run([qw(openssl asn1parse -noout -genconf), "$dir/asn1.conf", '-out', "$dir/$file"]);
}
my ($modp) = integers(Guard::slurp("$dir/modp.pem"));
group_of('composite.der', $modp + 2, 2);
group_of('g1.der', $modp, 1);
group_of('g-1.der', $modp, $modp - 1);
group_of('g7.der', $modp, 11);
group_of('even.der', $modp + 1, 2);
group_of('zero.der', 0, 2);
group_of('huge.der', Math::BigInt->new(2)->bpow(20000)->badd(1), 2);
# p prime and (p-1)/2 not: a group like those that DSA uses.
my ($dsa) = Guard::run([qw(openssl prime -generate -bits 1024)])->{out} =~ /(\d+)/;
group_of('dsa.der', $dsa, 2);

for my $case (
    ['modp.pem', 0, qr/2048-bit modp_2048 \(RFC 3526\): OK: safe prime, generator 2 of prime order/],
    ['1024.pem', 0, qr/1024-bit custom group: SMALL: safe prime, proved, generator 2 of prime order/],
    ['rfc5114.pem', 1, qr/dh_2048_256 \(RFC 5114\): WEAK: .*small subgroups/],
    ['new.pem', 1, qr/512-bit custom group: WEAK: .*smaller than 1024 bits/],
    ['composite.der', 1, qr/WEAK: its modulus p is not prime/],
    ['even.der', 1, qr/WEAK: the group has a modulus that is not prime/],
    ['zero.der', 1, qr/WEAK: the group has a modulus that is not prime/],
    ['dsa.der', 1, qr/WEAK: p is prime but no safe prime/],
    ['g1.der', 1, qr/WEAK: .*generator/],
    ['g-1.der', 1, qr/WEAK: .*generator/],
    ['g7.der', 0, qr/OK: safe prime, generator 11 of (?:prime order|order 2q)/],
    ['huge.der', 1, qr/larger than what OpenSSL computes with/],
) {
    my ($file, $rc, $says) = @$case;
    my $began = time;
    $r = dhparam('--check', $file);
    is $r->{rc}, $rc, "--check $file: exit $rc" or diag $r->{out}, $r->{err};
    like $r->{out}, $says, "and what it says";
    is scalar(() = $r->{out} =~ /\n/g), 1, 'in one line';
}
$r = dhparam(qw(--check modp.pem --check rfc5114.pem));
is $r->{rc}, 1, 'of several the worst answer counts';
is scalar(() = $r->{out} =~ /\n/g), 2, 'and each has a line';
$r = Guard::run([$PROGRAM, '--check', '-'], stdin => "$dir/modp.pem");
is $r->{rc}, 0, 'a group from standard input';

# --- Input that is none ----------------------------------------------------------------------------------------------

my $pem = Guard::slurp("$dir/modp.pem");
Guard::spew("$dir/empty.pem", '');
Guard::spew("$dir/cut.pem", substr $pem, 0, 200);
Guard::spew("$dir/text.pem", "no parameters at all\n");
Guard::spew("$dir/bytes.pem", join '', map { chr } 0 .. 255);
Guard::spew("$dir/trailing.der", Guard::slurp("$dir/g7.der") . 'x');
Guard::spew("$dir/damaged.pem", $pem =~ s/\n(\w{40})\w/\n$1!/r);
mkdir "$dir/directory";
POSIX::mkfifo("$dir/fifo", 0600);
for my $case (
    ['absent.pem', qr/No such file/], ['empty.pem', qr/empty/], ['cut.pem', qr/damaged/], ['text.pem', qr/no Diffie-Hellman/],
    ['bytes.pem', qr/no Diffie-Hellman/], ['trailing.der', qr/1 bytes? follow/], ['damaged.pem', qr/damaged/],
    ['directory', qr/is a directory/], ['fifo', qr/without a writer/], ['ec.pem', qr/EC PARAMETERS/],
) {
    my ($file, $says) = @$case;
    $r = dhparam('--check', $file);
    is $r->{rc}, 2, "--check $file: exit 2" or diag $r->{out}, $r->{err};
    like $r->{err}, qr/\Atlsguard-dhparam: \Q$file\E: .*$says/, 'with file and cause';
    is $r->{out}, '', 'and no answer';
}

# --- Files -----------------------------------------------------------------------------------------------------------

for my $case (
    [['512', '-o', 'no/such/dir.pem'], qr/directory/],
    [['512', '-o', 'directory'], qr/is a directory/],
    [['512', '-o', 'fifo'], qr/not a regular file/],
    [['512', '--seed-out', 'directory'], qr/is a directory/],
    [['511'], qr/512 to 10000/],
    [['20000'], qr/512 to 10000/],
    [['many'], qr/not a number of bits/],
    [['512', '512'], qr/not a number of bits/],
    [['--threads', '0', '512'], qr/--threads/],
    [['--kernel', 'fast', '512'], qr/neither bn nor ifma/],
    [['--check', 'modp.pem', '--out', 'x'], qr/only read/],
    [['--check', 'modp.pem', '--verify-seed', 'new.seed'], qr/one at a time/],
    [['--named', 'ffdhe2048', '2048'], qr/--named takes neither/],
    [['--nmaed', 'ffdhe2048'], qr/did you mean --named/],
) {
    my ($args, $says) = @$case;
    $r = dhparam(@$args);
    is $r->{rc}, 3, "@$args: exit 3" or diag $r->{out}, $r->{err};
    like $r->{err}, $says, 'with the reason';
}
symlink 'modp.pem', "$dir/link.pem";
$r = dhparam(qw(--named ffdhe2048 -o link.pem));
is $r->{rc}, 3, 'a symbolic link is never replaced';
$r = dhparam('--help');
is $r->{rc}, 0, '--help';
ok(($r->{out} =~ tr/\n//) <= 24, 'fits a screen');
ok !(grep { length > 80 } split /\n/, $r->{out}), 'of 80 columns';

# Every option of --help is in the manual page, and the completion finds it.
my $manual = Guard::slurp("$Guard::TOP/docs/man/tlsguard-dhparam.1") =~ s/\\-/-/gr;
my @options = $r->{out} =~ /^.{8}(?:-., |    )(--[a-z-]+)/mg;
cmp_ok scalar(@options), '>=', 10, 'the options of --help';
for my $option (@options) {
    ok $manual =~ /^\.(?:B|BI).*\Q$option\E\b/m, "$option has its paragraph in the manual page";
}
my $completion = "$Guard::TOP/tools/completion/tlsguard-dhparam";
for my $case (['--ver', '--verify-seed --version'], ['--app', '--append'], ['ffdhe3', 'ffdhe3072', '--named'], ['if', 'ifma', '--kernel']) {
    my ($word, $offers, $before) = @$case;
    my $script = qq{. "\$1"; _tlsguard_dhparam "\$2" "\$3" "\$4"; echo "\${COMPREPLY[*]}"};
    my $done = Guard::run(['bash', '-c', $script, 'bash', $completion, $PROGRAM, $word, $before // '']);
    is $done->{out}, "$offers\n", "completion of " . ($before ? "$before $word" : $word) or diag $done->{err};
}

# --- Interruption ----------------------------------------------------------------------------------------------------

for my $signal (qw(INT TERM)) {
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        chdir $dir;
        open STDERR, '>', '/dev/null';
        local $SIG{$signal} = 'DEFAULT';    # a caller in the background passes an ignored SIGINT on
        exec { $PROGRAM } $PROGRAM, qw(8192 -o interrupted.pem --seed-out interrupted.seed) or POSIX::_exit(127);
    }
    sleep 0.7;
    my $began = time;
    kill $signal => $pid;
    waitpid $pid, 0;
    isnt $? & 127, 0, "SIG$signal ends a search";
    ok time - $began < 5, 'at once';
    ok !-e "$dir/interrupted.pem" && !-e "$dir/interrupted.seed" && !litter(), 'and nothing is left behind';
}

# --- --append --------------------------------------------------------------------------------------------------------

my $chain = Guard::slurp($g->expand('@rsa@'));
my $cert = "$dir/site.pem";
Guard::spew($cert, $chain);
chmod 0640, $cert;
$r = dhparam(qw(--named ffdhe3072 --append site.pem));
is $r->{rc}, 0, 'a group is appended' or diag $r->{err};
like $r->{err}, qr/first SSLCertificateFile/, 'with the word where mod_ssl uses it';
like $r->{err}, qr/DHParameters would have no effect/, 'and where it does not';
is $r->{out}, '', 'standard output stays empty';
is mode_of($cert), '0640', 'the mode stays';
is Guard::slurp($cert), $chain . Guard::slurp("$dir/ffdhe3072.pem"), 'certificates first, then the group';
$r = dhparam('--check', 'site.pem');
like $r->{out}, qr/ffdhe3072/, '--check finds the group in a certificate file';
$r = dhparam(qw(--quiet --append site.pem 1024));
is $r->{rc}, 0, 'a second group' or diag $r->{err};
is scalar(() = Guard::slurp($cert) =~ /BEGIN DH/g), 1, 'takes the place of the first';
is index(Guard::slurp($cert), $chain), 0, 'and leaves the certificates alone';
$r = dhparam(qw(--named ffdhe4096 --append site.pem -o copy.pem));
is Guard::slurp("$dir/copy.pem"), Guard::slurp("$dir/ffdhe4096.pem"), '--out and --append together';

# mod_ssl serves it.
$g->write_conf(<<"EOT");
Listen 127.0.0.1:\@PORT\@
<VirtualHost 127.0.0.1:\@PORT\@>
ServerName localhost
SSLEngine on
SSLCipherSuite DHE+AESGCM
SSLCertificateFile $cert
SSLCertificateKeyFile \@rsa.key\@
</VirtualHost>
EOT
my $start = $g->start;
ok $start->{up}, 'a server starts with the file' or diag $start->{err}, $g->log_lines;
my $wire = $g->s_client(args => ['-tls1_2']);
like $wire->{tempkey} // '', qr/DH, 4096 bits/, 'and serves the appended group';
$g->stop;

Guard::spew("$dir/ecfirst.pem", Guard::slurp("$dir/ec.pem") . $chain);
Guard::spew("$dir/broken.pem", $chain . "-----BEGIN CERTIFICATE-----\nAAAA\n");
Guard::spew("$dir/letsencrypt/renewal/site.conf", "version = 2\n");
Guard::spew("$dir/letsencrypt/archive/site/fullchain1.pem", $chain);
mkdir "$dir/letsencrypt/live";
mkdir "$dir/letsencrypt/live/site";
symlink '../../archive/site/fullchain1.pem', "$dir/letsencrypt/live/site/fullchain.pem";
Guard::spew("$dir/md/md_store.json", "{}\n");
Guard::spew("$dir/md/domains/site/pubcert.pem", $chain);
symlink 'site.pem', "$dir/site-link.pem";
for my $case (
    ['letsencrypt/live/site/fullchain.pem', 1, qr/certbot writes this file anew/],
    ['letsencrypt/archive/site/fullchain1.pem', 1, qr/certbot writes this file anew/],
    ['md/domains/site/pubcert.pem', 1, qr/mod_md writes this file anew/],
    ['site-link.pem', 1, qr/symbolic link/],
    ['ecfirst.pem', 1, qr/EC PARAMETERS/],
    ['broken.pem', 2, qr/damaged; nothing was changed/],
    ['modp.pem', 2, qr/no certificate in it/],
    ['text.pem', 2, qr/no certificate in it/],
    ['absent.pem', 2, qr/No such file/],
    ['directory', 2, qr/is a directory/],
) {
    my ($file, $rc, $says) = @$case;
    my $before = -f "$dir/$file" ? Guard::slurp("$dir/$file") : '';
    $r = dhparam('--named', 'ffdhe2048', '--append', $file);
    is $r->{rc}, $rc, "--append $file: exit $rc" or diag $r->{err};
    like $r->{err}, $says, 'with the reason';
    is -f "$dir/$file" ? Guard::slurp("$dir/$file") : '', $before, 'and the file as it was';
}
is join(' ', litter()), '', 'no temporary file is left anywhere';

done_testing;
