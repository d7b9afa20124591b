#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# tlsguard-pin: servers, whole configurations, pass phrases on a terminal, memory, and inputs that are hostile or
# broken. What it computes from good files is in 70-pin.t.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__) . '/lib';
use Guard;

my $PIN = "$Guard::TOP/build/tlsguard-pin";
$PIN = "$Guard::TOP/$ENV{B}/tlsguard-pin" if $ENV{B};
my $dir = tempdir(CLEANUP => 1);
chdir $dir or die;
END { chdir '/' }

# A session of its own has no terminal to ask.
my @alone = ($^X, '-MPOSIX', '-e', 'POSIX::setsid(); exec @ARGV or exit 127', '--');

sub pin { return Guard::run([@alone, $PIN, @_], timeout => 60) }

sub lines { return [split /\n/, $_[0]] }

Guard::openssl(qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key));
Guard::openssl(qw(req -x509 -key ca.key -subj /CN=CA -days 30 -out ca.pem));
Guard::spew('san', "subjectAltName=DNS:localhost\n");
for my $kind ('rsa', 'ecdsa') {
    Guard::openssl('genpkey', '-out', "$kind.key",
        $kind eq 'rsa' ? qw(-algorithm RSA -pkeyopt rsa_keygen_bits:2048) : qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-256));
    Guard::openssl('req', '-new', '-key', "$kind.key", '-subj', '/CN=localhost', '-out', "$kind.csr");
    Guard::openssl('x509', '-req', '-in', "$kind.csr", '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', 30,
        '-extfile', 'san', '-out', "$kind.pem");
}
my %pin_of = map { my $p = pin("$_.key")->{out}; chomp $p; ($_ => $p) } qw(ca rsa ecdsa);
like $pin_of{$_}, qr{^[\w+/]{43}=$}, "the pin of $_" for sort keys %pin_of;

# --- Servers ----------------------------------------------------------------------------------------------------------

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die;
    return $s->sockport;
}

# openssl s_server on a port of its own, until the code returns.
sub with_server {
    my ($args, $code) = @_;
    my $port = free_port();
    my $pid = fork // die;
    if ($pid == 0) {
        open STDIN, '<', '/dev/zero';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec 'openssl', 's_server', '-quiet', '-accept', "127.0.0.1:$port", @$args or POSIX::_exit(127);
    }
    my $until = time + $Guard::PATIENCE;
    until (IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)) {
        die "s_server did not start" if time > $until;
        sleep 0.05;
    }
    $code->($port);
    kill TERM => $pid;
    waitpid $pid, 0;
}

with_server([qw(-cert rsa.pem -key rsa.key -cert_chain ca.pem -www)], sub {
    my ($port) = @_;
    my $run = pin("localhost:$port");
    is_deeply lines($run->{out}), [@pin_of{qw(rsa ca)}], 'host:port gives the chain as served' or diag $run->{err};
    is_deeply lines(pin("127.0.0.1:$port")->{out}), [@pin_of{qw(rsa ca)}], 'an address too';
    is_deeply lines(pin("https://localhost:$port/path?q")->{out}), [@pin_of{qw(rsa ca)}], 'and a URL';
    like pin('--tlsa', '-', "localhost:$port")->{out}, qr/^_${port}\._tcp\.localhost\. IN TLSA 3 1 1 /,
        '--tlsa - takes name and port from the server';
    my $two = pin('--header', "localhost:$port", "127.0.0.1:$port", 'ecdsa.key');
    is_deeply [$two->{out} =~ /^# (.*)$/mg], ["localhost:$port", "127.0.0.1:$port"], 'each server has a header of its own';
    is scalar(() = $two->{out} =~ /\Q$pin_of{ecdsa}\E/g), 2, 'with the spare key in both';
    like pin("localhost:$port", 'missing.pem')->{out}, qr/\Q$pin_of{rsa}/, 'an input that fails leaves the others';
});
with_server([qw(-cert rsa.pem -key rsa.key -dcert ecdsa.pem -dkey ecdsa.key -www)], sub {
    is_deeply [sort @{ lines(pin("localhost:$_[0]")->{out}) }], [sort @pin_of{qw(rsa ecdsa)}],
        'a server with two certificates shows both';
});
with_server([qw(-cert rsa.pem -key rsa.key -servername sni.example -cert2 ecdsa.pem -key2 ecdsa.key -www)], sub {
    is_deeply lines(pin("localhost:$_[0]")->{out}), [$pin_of{rsa}], 'the name that was given decides';
});
for my $version (qw(-tls1_2 -tls1_3)) {
    with_server([qw(-cert rsa.pem -key rsa.key -Verify 1), $version], sub {
        is_deeply lines(pin("localhost:$_[0]")->{out}), [$pin_of{rsa}],
            "a server that demands a client certificate is read all the same ($version)";
    });
}
with_server([qw(-cert rsa.pem -key rsa.key -www -tls1 -cipher ALL:@SECLEVEL=0)], sub {
    is_deeply lines(pin("localhost:$_[0]")->{out}), [$pin_of{rsa}], 'TLS 1.0 is good enough to be read';
});

my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die;
my $silent = $listener->sockport;
my $begin = time;
my $run = pin('--timeout', 1, "127.0.0.1:$silent");
is $run->{rc}, 2, 'a server that says nothing';
like $run->{err}, qr/^tlsguard-pin: 127\.0\.0\.1:$silent: no TLS handshake: .*timed out/, 'ends in time';
cmp_ok time - $begin, '<', 10, 'really';
close $listener;
like pin("127.0.0.1:$silent")->{err}, qr/cannot connect: Connection refused/, 'a port where nobody listens';
my $pid = fork // die;
if ($pid == 0) {
    my $plain = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => $silent, ReuseAddr => 1)
        or POSIX::_exit(1);
    for (1 .. 2) {
        my $client = $plain->accept or last;
        print {$client} "SSH-2.0-Example\r\n";
        close $client;
    }
    POSIX::_exit(0);
}
sleep 0.3;
$run = pin("127.0.0.1:$silent");
is $run->{rc}, 2, 'a port that speaks something else';
like $run->{err}, qr/no TLS handshake/, 'says so';
kill TERM => $pid;
waitpid $pid, 0;
for my $odd ('localhost:0', 'localhost:65536', 'localhost:', ':443', '[::1', 'a b:443', 'https://') {
    is pin($odd)->{rc}, 2, "'$odd' is no server";
}

# --- Configurations ---------------------------------------------------------------------------------------------------

SKIP: {
    skip 'the module is not built', 8 unless -e "$Guard::TOP/.libs/mod_tlsguard.so";
    local %ENV = (%ENV, Guard::sanitizer());
    my $g = Guard->new;
    my @vhosts = map { "<VirtualHost 127.0.0.1:\@PORT\@>\nServerName $_->[0]\nSSLEngine on\n" . join('', map {
        "SSLCertificateFile $dir/$_\nSSLCertificateKeyFile $dir/" . s/\.pem$/.key/r . "\n" } @{ $_->[1] })
        . "</VirtualHost>\n" } ['a.test', ['rsa.pem']], ['b.test', ['ecdsa.pem']], ['c.test', ['rsa.pem', 'ecdsa.pem']];
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n@vhosts");
    my $port = $g->port;
    my @wanted = ([$pin_of{rsa}, 'leaf', "a.test:$port"], [$pin_of{ecdsa}, 'leaf', "b.test:$port"],
        [$pin_of{rsa}, 'leaf', "c.test:$port"], [$pin_of{ecdsa}, 'leaf', "c.test:$port"]);
    my $shown = sub { [map { [(split /\t/)[0, 1, 3]] } @{ lines($_[0]{out}) }] };
    my $run = pin('-l', '--httpd', Guard::httpd(), "$g->{dir}/httpd.conf");
    is_deeply $shown->($run), \@wanted, 'every virtual host of a configuration' or diag $run->{err};
    is $run->{rc}, 0, 'is read';

    (my $without = Guard::slurp("$g->{dir}/httpd.conf")) =~ s/^LoadModule tlsguard_module.*\n//m or die;
    Guard::spew("$g->{dir}/without.conf", $without);
    my @httpd = ('--httpd', Guard::httpd(), "$g->{dir}/without.conf");
    is_deeply $shown->(pin('-l', '--module', "$Guard::TOP/.libs/mod_tlsguard.so", @httpd)), \@wanted,
        'the module is loaded where the configuration does not';
    is pin('--module', '/nonexistent.so', @httpd)->{rc}, 2, 'a module that is missing';

    $run = pin('--header', "$g->{dir}/httpd.conf", 'ca.key');
    is_deeply [$run->{out} =~ /^# (.*)$/mg], ["a.test:$port", "b.test:$port", "c.test:$port"], 'a header for each';
    is scalar(() = $run->{out} =~ /\Q$pin_of{ca}\E/g), 3, 'with the spare key';
    like pin('--tlsa', '-', "$g->{dir}/httpd.conf")->{out}, qr/^_${port}\._tcp\.b\.test\. IN TLSA 3 1 1 /m,
        'and records under their own names';
    is pin('--check', qq{pin-sha256="$pin_of{ca}"; pin-sha256="$pin_of{rsa}"; max-age=9}, "$g->{dir}/httpd.conf")->{out},
        "a.test:$port: valid: 2 pins, max-age 9 (0 days)\n"
        . "b.test:$port: not valid: no pin matches a key in the chain, so browsers would not note the header\n"
        . "c.test:$port: valid: 2 pins, max-age 9 (0 days)\n", 'a header is checked against each';
}

# What does not need a report: httpd that is missing, that is no httpd, that complains.
Guard::spew('good.conf', "# nothing\n");
$run = pin('--httpd', '/nonexistent/httpd', 'good.conf');
is $run->{rc}, 2, 'an httpd that is missing';
like $run->{err}, qr{good\.conf: /nonexistent/httpd cannot be run: }, 'is named';
Guard::spew('bad.conf', "NoSuchDirective on\n");
$run = pin('bad.conf');
is $run->{rc}, 2, 'a configuration that httpd refuses';
like $run->{err}, qr/httpd: /, 'with httpd\'s own reason';
unlike $run->{err}, qr/give --module/, 'and no other';
like pin('--httpd', '/bin/echo', 'good.conf')->{err}, qr/report is not JSON/, 'a program that is no httpd';

# --- Pass phrases -----------------------------------------------------------------------------------------------------

Guard::openssl(qw(pkcs8 -topk8 -in rsa.key -passout pass:hunter2 -out enc.key));
Guard::openssl(qw(pkcs12 -export -in rsa.pem -inkey rsa.key -passout pass:hunter2 -out enc.p12));
Guard::openssl(qw(rsa -in rsa.key -traditional -aes128 -passout pass:hunter2 -out old.key));
Guard::spew('right', "hunter2\n");
Guard::spew('right-crlf', "hunter2\r\n");
Guard::spew('wrong', "hunter3\n");
Guard::spew('empty', "\nhunter2\n");
for my $file (qw(enc.key enc.p12 old.key)) {
    $run = pin($file);
    is $run->{rc}, 2, "$file: no terminal, no pass file";
    like $run->{err}, qr/^tlsguard-pin: \Q$file\E: is encrypted, and there is no terminal .*--pass-file/, 'says so';
    is_deeply lines(pin('--pass-file', $_, $file)->{out}), [$pin_of{rsa}], "$file with --pass-file $_"
        for qw(right right-crlf);
    $run = pin('--pass-file', 'wrong', $file);
    is $run->{rc}, 2, "$file: wrong pass phrase";
    like $run->{err}, qr/wrong pass phrase/, 'says so';
}
like pin('--pass-file', 'empty', 'enc.key')->{err}, qr/^tlsguard-pin: empty: the first line is empty/, 'an empty pass file';
is pin('--pass-file', 'missing', 'enc.key')->{rc}, 2, 'a missing one';

# On a terminal it asks, once, with the file's name and without echo.
Guard::spew('ask.py', <<'EOT');
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
answered = False
while True:
    try:
        ready = select.select([fd], [], [], 30)[0]
        data = os.read(fd, 4096) if ready else b""
    except OSError:
        break
    if not data:
        break
    seen += data
    if not answered and b"enc.key" in seen and seen.rstrip().endswith(b":"):
        answered = True
        os.write(fd, b"hunter2\n")
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOT
$run = Guard::run(['python3', 'ask.py', $PIN, 'enc.key']);
is $run->{rc}, 0, 'a terminal is asked' or diag $run->{out}, $run->{err};
like $run->{out}, qr/Pass phrase for enc\.key:/, 'the prompt names the file';
like $run->{out}, qr/\Q$pin_of{rsa}/, 'the answer opens it';
unlike $run->{out}, qr/hunter2/, 'and is not echoed';

# --- Tokens -----------------------------------------------------------------------------------------------------------

# PKCS11_PROVIDER=FILE names a provider that is not installed among OpenSSL's modules.
SKIP: {
    my ($modules) = Guard::openssl(qw(version -m)) =~ /"(.*)"/;
    my $provider = $ENV{PKCS11_PROVIDER} || "$modules/pkcs11.so";
    my ($softhsm) = grep { -e } map { "$_/softhsm/libsofthsm2.so" } glob '/usr/lib /usr/lib64 /usr/lib/*-linux-gnu';
    skip 'no PKCS#11 provider, or no SoftHSM to be the token', 5
        unless -e $provider && $softhsm && system('command -v softhsm2-util >/dev/null') == 0;
    mkdir 'tokens' or die;
    Guard::spew('softhsm.conf', "directories.tokendir = $dir/tokens\nobjectstore.backend = file\n");
    Guard::spew('pkcs11.cnf', "openssl_conf = o\n[o]\nproviders = p\n[p]\ndefault = d\npkcs11 = k\n[d]\nactivate = 1\n"
        . "[k]\nmodule = $provider\npkcs11-module-path = $softhsm\nactivate = 1\n");
    local $ENV{SOFTHSM2_CONF} = "$dir/softhsm.conf";
    for my $args ([qw(--init-token --free --label t1 --pin 1234 --so-pin 1234)],
        [qw(--import rsa.key --token t1 --label one --id 01 --pin 1234)],
        [qw(--import ecdsa.key --token t1 --label two --id 02 --pin 1234)]) {
        my $made = Guard::run(['softhsm2-util', @$args]);
        die $made->{err} if $made->{rc} != 0;
    }
    Guard::spew('pin', "1234\n");
    local $ENV{OPENSSL_CONF} = "$dir/pkcs11.cnf";
    my $run = pin('--pass-file', 'pin', 'pkcs11:token=t1;type=private');
    is $run->{rc}, 0, 'a PKCS#11 token' or diag $run->{err};
    is_deeply [sort @{ lines($run->{out}) }], [sort @pin_of{qw(rsa ecdsa)}], 'gives the pins of its keys';
    is pin('pkcs11:token=t1;object=two;type=private?pin-value=1234')->{out}, "$pin_of{ecdsa}\n", 'or of one of them';
    like pin('pkcs11:token=t1;type=private')->{err}, qr/--pass-file/, 'and says what it misses';
    is pin('pkcs11:token=other')->{rc}, 2, 'a token that is not there';
}

# --- Memory -----------------------------------------------------------------------------------------------------------

# The program is held at a pipe that never speaks, with the keys behind it already read; its memory is then
# searched for their private halves.
SKIP: {
    POSIX::mkfifo('held', 0600) or die;
    my $pid = fork // die;
    if ($pid == 0) {
        open STDOUT, '>', 'memory.out';
        open STDERR, '>', '/dev/null';
        exec $PIN, '--pass-file', 'right', 'rsa.key', 'enc.key', 'old.key', 'enc.p12', 'held' or POSIX::_exit(127);
    }
    # Opening for both directions never waits, and makes the program wait for us.
    open my $hold, '+<', 'held' or die;
    my $until = time + $Guard::PATIENCE;
    my $waiting = 0;
    while (!$waiting && time < $until) {
        sleep 0.05;
        $waiting = grep { (readlink($_) // '') =~ m{/held$} } glob "/proc/$pid/fd/*";
    }
    my $memory = '';
    if ($waiting && open my $maps, '<', "/proc/$pid/maps") {
        if (open my $mem, '<:raw', "/proc/$pid/mem") {
            no warnings 'portable';
            while (my $map = <$maps>) {
                my ($from, $to) = $map =~ /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
                next if hex($to) - hex($from) > 64 << 20; # what a sanitizer keeps for itself
                sysseek $mem, hex $from, 0;
                my $left = hex($to) - hex $from;
                while ($left > 0 && sysread $mem, my $part, $left) {
                    $memory .= $part;
                    $left -= length $part;
                }
            }
        }
    }
    kill TERM => $pid;
    waitpid $pid, 0;
    skip 'the memory of a process cannot be read here', 4 unless length $memory > 100_000;
    my ($prime) = Guard::openssl(qw(rsa -in rsa.key -noout -text)) =~ /prime1:\s*((?:[0-9a-f]{2}[:\s]*)+)/;
    my $bytes = pack 'H*', $prime =~ s/[^0-9a-f]//gr;
    my @pem = grep { /^[\w+\/]{64}$/ } split /\n/, Guard::slurp('rsa.key');
    ok index($memory, $pin_of{rsa}) >= 0, 'the memory of the program holds the pin';
    is index($memory, substr $bytes, 8, 48), -1, 'and no prime of the key as in the file';
    is index($memory, reverse substr $bytes, 8, 48), -1, 'nor as a number';
    is scalar(grep { index($memory, $_) >= 0 } @pem[6 .. $#pem]), 0, 'nor a line of the PEM text';
}

# --- Hostile and broken inputs ----------------------------------------------------------------------------------------

my $pem = Guard::slurp('rsa.pem');
my $key = Guard::slurp('rsa.key');
my $der = Guard::openssl(qw(x509 -in rsa.pem -outform der));
my $key_der = Guard::openssl(qw(pkey -in rsa.key -outform der));
Guard::openssl(qw(ecparam -name P-256 -out params.pem));
my %bad = (
    'empty.pem' => ['', qr/is empty/],
    'text.pem' => ["hello\n" x 10, qr/neither PEM nor DER/],
    'zero.bin' => ["\0" x 5000, qr/neither PEM nor DER/],
    'cut.pem' => [substr($pem, 0, length($pem) - 40), qr/PEM block 1/],
    'cut-key.pem' => [substr($key, 0, 900), qr/PEM block 1/],
    'base64.pem' => [$pem =~ s/\n[A-Za-z]/\n*/r, qr/PEM block 1/],
    'second.pem' => [$pem . substr($pem, 0, 300), qr/PEM block 2/],
    'cut.der' => [substr($der, 0, 200), qr/ends too early/],
    'tail.der' => ["${der}rubbish", qr/neither PEM nor DER/],
    'hollow.pem' => ["-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", qr/broken certificate/],
    'label.pem' => ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", qr/'OPENSSH PRIVATE KEY' is of no known kind/],
    'mislabelled.pem' => [$pem =~ s/CERTIFICATE/PRIVATE KEY/gr, qr/broken private key/],
    'indented.pem' => [$pem =~ s/^/  /mgr, qr/no PEM block starts/],
    'params.pem' => [Guard::slurp('params.pem'), qr/no key or certificate/],
    'utf16.pem' => ["\xFF\xFE" . join('', map { "$_\0" } split //, $pem), qr/UTF-16/],
    'crl.der' => ["\x30\x03\x02\x01\x00", qr/is DER, but of no key/],
    'deep.der' => ["\x30\x80" x 2000, qr/./],
    'huge-length.der' => ["\x30\x84\xff\xff\xff\xff\x02\x01\x00", qr/./],
);
for my $name (sort keys %bad) {
    my ($bytes, $says) = @{ $bad{$name} };
    Guard::spew($name, $bytes);
    $run = pin($name);
    is $run->{rc}, 2, "$name: status";
    like $run->{err}, qr/^tlsguard-pin: \Q$name\E: .*$says/, 'the reason';
    is $run->{out}, '', 'and no pin';
}

# Every prefix and many single changes: an answer or a reason, never a crash. One process, to be quick.
my @mutants;
for my $n (0 .. 60) {
    my $cut = "m/cut$n";
    Guard::spew($cut, substr $key_der, 0, 1 + $n * 20);
    push @mutants, $cut;
    for my $source (['key', $key_der], ['cert', $der]) {
        my $copy = $source->[1];
        my $at = $n < 30 ? $n : ($n * 37) % length $copy;
        substr($copy, $at, 1) = chr(255 & (ord(substr $copy, $at, 1) ^ (1 << $n % 8)));
        Guard::spew("m/$source->[0]$n", $copy);
        push @mutants, "m/$source->[0]$n";
    }
}
$run = pin(@mutants);
is $run->{rc}, 2, 'mutants: some cannot be read';
my $pins = @{ lines($run->{out}) };
my $reasons = () = $run->{err} =~ /^tlsguard-pin: m\//mg;
cmp_ok $pins, '>', 20, 'some can, for the change was elsewhere';
is $pins + $reasons, scalar @mutants, 'each has an answer or a reason';

is pin('.')->{rc}, 2, 'a directory';
like pin('.')->{err}, qr/\.: is a directory/, 'is named as one';
POSIX::mkfifo('fifo', 0600) or die;
$begin = time;
$run = pin('fifo');
is $run->{rc}, 2, 'a named pipe without a writer';
like $run->{err}, qr/fifo: is empty: a pipe without a writer/, 'is not waited for';
$run = pin("file:$dir/fifo");
like $run->{err}, qr/not a regular file/, 'not even as a store URI';
cmp_ok time - $begin, '<', 10, 'quickly';
like pin('/dev/zero')->{err}, qr/larger than 64 MB/, 'an endless device';
like pin('missing.pem')->{err}, qr/^tlsguard-pin: missing\.pem: No such file/, 'a missing file';
like pin('nosuch:thing')->{err}, qr/nosuch:thing: no provider of this OpenSSL opens 'nosuch:' addresses/, 'a store that nobody provides';
Guard::spew("new\nline\e[31m.pem", 'x');
like pin("new\nline\e[31m.pem")->{err}, qr/^tlsguard-pin: new\\x0aline\\x1b\[31m\.pem: [^\e\n]*\n$/,
    'a file name does not reach the terminal raw';
SKIP: {
    skip 'root reads everything', 1 if $> == 0;
    chmod 0, 'rsa.csr';
    like pin('rsa.csr')->{err}, qr/Permission denied/, 'an unreadable file';
}
Guard::spew('evil.cnf', "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=a\\tb\e[2J\n");
Guard::openssl(qw(req -x509 -key ecdsa.key -days 3 -config evil.cnf -out evil.pem));
$run = pin('-l', 'evil.pem');
unlike $run->{out}, qr/\e/, 'a subject does not reach the terminal raw';
is scalar(() = $run->{out} =~ /\t/g), 4, 'nor makes columns';

# Ten thousand certificates in one file are no problem.
Guard::spew('many.pem', $pem x 10_000);
$begin = time;
$run = pin('many.pem');
is scalar(@{ lines($run->{out}) }), 10_000, 'ten thousand certificates';

done_testing;
