#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# "Syntax OK" is true: what httpd's own -t accepts and the start then refuses is an error at its line, with exit status 1;
# and what looks much like it and starts is not.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $g = Guard->new(with => [qw(proxy proxy_http socache_dbm socache_memcache socache_redis)]);
my $dir = $g->{dir};

# --- Files -----------------------------------------------------------------------------------------------------------

sub text_of { return Guard::slurp($g->expand($_[0])) }

my ($leaf) = text_of('@ecdsa@') =~ /(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n)/s;
my ($key, $other) = (text_of('@ecdsa.key@'), text_of('@other.key@'));
my $encrypted = Guard::openssl('pkey', '-in', $g->expand('@ecdsa.key@'), '-aes256', '-passout', 'pass:x');
my $broken = $leaf =~ s/\n.{20}/\n####################/r;
Guard::spew("$dir/f/leaf.pem", $leaf);
my %file = (
    garbage => "hello\n", broken => $broken, 'good-broken' => $leaf . $broken, pair => $leaf . $key, 'pair-turned' => $key . $leaf,
    'pair-other' => $leaf . $other, 'pair-encrypted' => $leaf . $encrypted, 'key-alone' => $key, encrypted => $encrypted,
    'two-certs-key' => $leaf . text_of('@intermediate@') . $key, srp => "# nobody yet\n", short => 'x' x 20, key48 => 'x' x 48,
    trusted => Guard::openssl('x509', '-in', "$dir/f/leaf.pem", '-trustout', '-addtrust', 'clientAuth'),
    'dh2048' => Guard::openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', 'group:ffdhe2048'),
);
Guard::spew("$dir/f/$_.pem", $file{$_}) for keys %file;
Guard::spew("$dir/good/$_.pem", $leaf) for 'ca', 'copy';
Guard::spew("$dir/junk/x.pem", "junk\n");
Guard::spew("$dir/pairs/x.pem", $leaf . $key);
Guard::spew("$dir/bad-pairs/x.pem", $leaf . $other);
mkdir "$dir/empty";

# --- What is refused: [name, AH number, rule, words of the line, configuration] --------------------------------------
# The lines go into the TLS virtual host; "%server" before them puts them outside, "%bare" takes its certificate away.

my $PROXY = "SSLProxyEngine on\n";
my @refused = (
    # The context for backends
    ['suites', 'AH01898', 'TG723', 'NOPE', "${PROXY}SSLProxyCipherSuite NOPE"],
    ['TLS 1.3 suites', 'AH10127', 'TG723', 'TLSv1.3 NOPE', "${PROXY}SSLProxyCipherSuite TLSv1.3 NOPE"],
    ['no version', 'AH02231', 'TG723', 'ProxyProtocol', "${PROXY}SSLProxyProtocol -SSLv3"],
    ['key of another', 'AH02326', 'TG723', 'MachineCertificateFile', "${PROXY}SSLProxyMachineCertificateFile \@F\@/pair-other.pem"],
    ['encrypted key', 'AH02252', 'TG723', 'MachineCertificateFile', "${PROXY}SSLProxyMachineCertificateFile \@F\@/pair-encrypted.pem"],
    ['only an encrypted key', 'AH02252', 'TG723', 'MachineCertificateFile', "${PROXY}SSLProxyMachineCertificateFile \@F\@/encrypted.pem"],
    ['only a key', 'AH02326', 'TG723', 'MachineCertificateFile', "${PROXY}SSLProxyMachineCertificateFile \@F\@/key-alone.pem"],
    ['key behind the chain', 'AH02326', 'TG723', 'MachineCertificateFile', "${PROXY}SSLProxyMachineCertificateFile \@F\@/two-certs-key.pem"],
    ['directory', 'AH02326', 'TG723', 'MachineCertificatePath', "${PROXY}SSLProxyMachineCertificatePath \@DIR\@/bad-pairs"],
    ['authority', 'AH01895', 'TG723', 'ProxyCACertificateFile', "${PROXY}SSLProxyCACertificateFile \@F\@/garbage.pem"],
    ['no authority', 'AH01896', 'TG723', 'ProxyCACertificatePath', "${PROXY}SSLProxyCACertificatePath \@DIR\@/empty"],
    ['list', 'AH01901', 'TG723', 'ProxyCARevocationFile', "${PROXY}SSLProxyCARevocationFile \@F\@/garbage.pem"],
    ['no list', 'AH01899', 'TG723', 'ProxyCARevocationCheck', "${PROXY}SSLProxyCARevocationCheck chain"],
    ['in <Proxy>', 'AH01898', 'TG723', 'NOPE', "<Proxy \"https://127.0.0.1:9/\">\n${PROXY}SSLProxyCipherSuite NOPE\n</Proxy>"],
    ['in <Proxy>, on outside', 'AH01898', 'TG723', 'NOPE', "$PROXY<Proxy \"https://127.0.0.1:9/\">\nSSLProxyCipherSuite NOPE\n</Proxy>"],
    ['in <Proxy> of the server', 'AH02326', 'TG723', 'MachineCertificateFile',
        "%server\n<Proxy \"https://127.0.0.1:9/\">\n${PROXY}SSLProxyMachineCertificateFile \@F\@/pair-other.pem\n</Proxy>"],
    ['of the main server', 'AH01898', 'TG723', 'NOPE', "%server\n${PROXY}SSLProxyCipherSuite NOPE\n%vhost\nSSLProxyCipherSuite HIGH"],
    # Clients' authorities and revocation lists
    ['file', 'AH01895', 'TG661', 'CACertificateFile', 'SSLCACertificateFile @F@/garbage.pem'],
    ['broken file', 'AH01895', 'TG661', 'CACertificateFile', 'SSLCACertificateFile @F@/good-broken.pem'],
    ['trusted form', 'AH01896', 'TG661', 'CACertificateFile', 'SSLCACertificateFile @F@/trusted.pem'],
    ['empty directory', 'AH01896', 'TG661', 'CACertificatePath', 'SSLCACertificatePath @DIR@/empty'],
    ['directory without one', 'AH01896', 'TG661', 'CACertificatePath', 'SSLCACertificatePath @DIR@/junk'],
    ['names', 'AH01896', 'TG661', 'CADNRequestFile', "SSLCACertificateFile \@clientca\@\nSSLCADNRequestFile \@F\@/broken.pem"],
    ['names in a directory', 'AH01896', 'TG661', 'CADNRequestPath', "SSLCACertificateFile \@clientca\@\nSSLCADNRequestPath \@DIR\@/empty"],
    ['revocation list', 'AH01901', 'TG662', 'CARevocationFile', 'SSLCARevocationFile @F@/garbage.pem'],
    ['broken list', 'AH01901', 'TG662', 'CARevocationFile', 'SSLCARevocationFile @F@/good-broken.pem'],
    ['no revocation list', 'AH01899', 'TG647', 'CARevocationCheck', 'SSLCARevocationCheck leaf'],
    # Commands
    ['certificate without key', 'AH02572', 'TG140', 'ConfCmd', "%bare\nSSLOpenSSLConfCmd Certificate \@ecdsa\@"],
    ['its key is not looked for in it', 'AH02572', 'TG140', 'ConfCmd', "%bare\nSSLOpenSSLConfCmd Certificate \@F\@/pair.pem"],
    ['a second one without key', 'AH02572', 'TG140', 'ConfCmd', 'SSLOpenSSLConfCmd Certificate @rsa@'],
    ['key of another', 'AH02407', 'TG140', 'PrivateKey', "%bare\nSSLOpenSSLConfCmd Certificate \@ecdsa\@\nSSLOpenSSLConfCmd PrivateKey \@other.key\@"],
    ['key of another kind', 'AH02572', 'TG140', 'PrivateKey', "%bare\nSSLOpenSSLConfCmd Certificate \@ecdsa\@\nSSLOpenSSLConfCmd PrivateKey \@rsa.key\@"],
    ['key beside SSLCertificateFile', 'AH02407', 'TG140', 'PrivateKey', 'SSLOpenSSLConfCmd PrivateKey @other.key@'],
    ['no key in the file', 'AH02407', 'TG140', 'PrivateKey', 'SSLOpenSSLConfCmd PrivateKey @F@/garbage.pem'],
    ['encrypted key', 'AH02407', 'TG140', 'PrivateKey', 'SSLOpenSSLConfCmd PrivateKey @F@/encrypted.pem'],
    ['certificate', 'AH02407', 'TG140', 'ConfCmd', 'SSLOpenSSLConfCmd Certificate @F@/garbage.pem'],
    map({ [$_, 'AH02407', 'TG140', 'ConfCmd', "SSLOpenSSLConfCmd $_"] }
        'ServerInfoFile @F@/leaf.pem', 'ChainCAFile @F@/garbage.pem', 'VerifyCAFile @F@/garbage.pem', 'RequestCAStore file:@F@/nope',
        'ChainCAStore file:@F@/nope', 'RecordPadding 99999', 'NumTickets -1', 'Options Nope', 'VerifyMode Nope', 'SignatureAlgorithms nope',
        'ClientSignatureAlgorithms nope', 'Protocol nope', 'MinProtocol 1.2'),
    # The rest
    ['a list that is an empty word', 'AH01898', 'TG201', 'TLSv1.3', 'SSLCipherSuite TLSv1.3 ""'],
    ['ticket key', 'AH02287', 'TG131', 'TicketKeyFile', 'SSLSessionTicketKeyFile @F@/short.pem'],
    ['chain file', 'AH01903', 'TG301', 'ChainFile', 'SSLCertificateChainFile @F@/good-broken.pem'],
    ['SRP', 'AH02310', 'TG145', 'SRPVerifierFile', 'SSLSRPVerifierFile @F@/garbage.pem'],
    ['dbm', 'AH01874', 'TG142', 'SSLSessionCache', "%server\nSSLSessionCache dbm:\@DIR\@/none/cache"],
    ['stapling in dbm', 'AH01872', 'TG142', 'SSLStaplingCache', "%server\nSSLStaplingCache dbm:\@DIR\@/none/cache"],
    ['memcache', 'AH01874', 'TG142', 'SSLSessionCache', "%server\nSSLSessionCache memcache:localhost:99999999"],
    ['redis', 'AH01874', 'TG142', 'SSLSessionCache', "%server\nSSLSessionCache redis:localhost:0"],
);

# --- What starts -----------------------------------------------------------------------------------------------------

# One virtual host each; all of them start together.
my @starts = (
    '', 'SSLProxyCipherSuite NOPE', "${PROXY}SSLProxyMachineCertificateFile \@F\@/pair.pem", "${PROXY}SSLProxyMachineCertificateFile \@F\@/pair-turned.pem",
    "${PROXY}SSLProxyMachineCertificateFile \@F\@/leaf.pem", "${PROXY}SSLProxyMachineCertificateFile \@F\@/garbage.pem",
    "${PROXY}SSLProxyMachineCertificatePath \@DIR\@/empty", "${PROXY}SSLProxyMachineCertificatePath \@DIR\@/pairs",
    "${PROXY}SSLProxyMachineCertificateFile \@F\@/pair.pem\nSSLProxyMachineCertificateChainFile \@F\@/garbage.pem",
    "${PROXY}SSLProxyCACertificatePath \@DIR\@/good", "${PROXY}SSLProxyCACertificateFile \@clientca\@",
    "${PROXY}SSLProxyCARevocationCheck chain\nSSLProxyCARevocationPath \@DIR\@/empty", "${PROXY}SSLProxyCARevocationFile \@crl\@\nSSLProxyCARevocationCheck leaf",
    "$PROXY<Proxy \"https://127.0.0.1:9/\">\nSSLProxyEngine off\nSSLProxyCipherSuite NOPE\n</Proxy>",
    "<Proxy \"https://127.0.0.1:9/\">\nSSLProxyCipherSuite NOPE\n</Proxy>",
    "${PROXY}SSLProxyCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\nSSLProxyCipherSuite HIGH:!MD5",
    'SSLCACertificatePath @DIR@/good', 'SSLCACertificateFile @F@/pair-turned.pem', 'SSLCACertificateFile @F@/pair-encrypted.pem',
    "SSLCACertificateFile \@clientca\@\nSSLCACertificatePath \@DIR\@/empty", 'SSLCADNRequestFile @F@/garbage.pem',
    "SSLCACertificateFile \@clientca\@\nSSLCADNRequestPath \@DIR\@/good", "SSLCACertificateFile \@clientca\@\nSSLCADNRequestFile \@F\@/good-broken.pem",
    "SSLCARevocationFile \@crl\@\nSSLCARevocationCheck leaf", 'SSLCARevocationFile @F@/leaf.pem', "SSLCARevocationCheck leaf\nSSLCARevocationPath \@DIR\@/empty",
    "SSLCARevocationCheck none",
    "%bare\nSSLOpenSSLConfCmd Certificate \@ecdsa\@\nSSLOpenSSLConfCmd PrivateKey \@ecdsa.key\@",
    "%bare\nSSLOpenSSLConfCmd PrivateKey \@ecdsa.key\@\nSSLOpenSSLConfCmd Certificate \@ecdsa\@",
    "SSLOpenSSLConfCmd Certificate \@rsa\@\nSSLOpenSSLConfCmd PrivateKey \@rsa.key\@", 'SSLOpenSSLConfCmd PrivateKey @ecdsa.key@',
    map({ "SSLOpenSSLConfCmd $_" } 'ChainCAFile @F@/leaf.pem', 'ChainCAPath @DIR@/empty', 'VerifyCAPath @DIR@/empty', 'RequestCAFile @F@/garbage.pem',
        'ClientCAFile @F@/leaf.pem', 'RequestCAPath @DIR@/junk', 'VerifyCAStore file:@F@/garbage.pem', 'RecordPadding 512', 'NumTickets 0',
        'VerifyMode Request', 'SignatureAlgorithms ECDSA+SHA256:RSA+SHA256', 'Protocol ALL,-TLSv1', 'minprotocol TLSv1.2', 'Groups X25519:P-256',
        'Options -SessionTicket', 'DHParameters @F@/dh2048.pem', 'ECDHParameters prime256v1'),
    'SSLSessionTicketKeyFile @F@/key48.pem', 'SSLCertificateChainFile @F@/garbage.pem', 'SSLCertificateChainFile @F@/trusted.pem', 'SSLSRPVerifierFile @F@/srp.pem',
    "<Directory />\nSSLCipherSuite NOPE\n</Directory>", 'SSLVerifyClient require', "SSLOCSPEnable on\nSSLOCSPDefaultResponder notaurl",
    "SSLUseStapling on\nSSLStaplingForceURL notaurl",
);
# Server level; each of them with the good virtual host.
my @servers = (
    "SSLSessionCache dbm:\@DIR\@/run/cache", "SSLSessionCache shmcb:\@DIR\@/none/cache(512000)\nSSLStaplingCache shmcb:\@DIR\@/none/staple(8192)",
    "SSLSessionCache memcache:nobody.invalid:11211,127.0.0.1\nSSLRandomSeed startup file:/dev/urandom 512\nSSLRandomSeed connect builtin",
);

# --- Running ---------------------------------------------------------------------------------------------------------

# The configuration with the lines in their places.
sub wrap {
    my ($text, $name) = @_;
    my ($place, %lines) = ('vhost', server => '', vhost => '');
    my $is_bare = $text =~ s/^%bare\n//;
    for my $line (split /\n/, $text) {
        if ($line =~ /^%(server|vhost)$/) { $place = $1; next }
        $lines{$place} .= "$line\n";
    }
    my $vhost = $g->good_vhost(name => $name || 'localhost', more => '%more');
    $vhost =~ s/^SSLCertificate.*\n//mg if $is_bare;
    $vhost =~ s/^%more$/$lines{vhost}/m;
    return ($lines{server}, $vhost);
}

sub files { return $_[0] =~ s{\@F\@}{$dir/f}gr }

# httpd's own opinion: the same file without the module.
sub plain_test {
    my $with = Guard::slurp($g->{conf});
    Guard::spew($g->{conf}, $with =~ s/^LoadModule tlsguard.*$//mr);
    my $test = $g->configtest;
    Guard::spew($g->{conf}, $with);
    return $test;
}

sub errors { return grep { $_->{severity} eq 'error' } Guard::findings($_[0]) }

# The start's own message, which may come after the command has ended.
my $read = 0;
sub says {
    my ($code) = @_;
    return Guard::_wait_for(sub { my @lines = $g->log_lines; grep { /\Q$code\E: / } @lines[$read .. $#lines] });
}

for my $case (@refused) {
    my ($name, $code, $rule, $words, $text) = @$case;
    my ($server, $vhost) = wrap(files($text));
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n$server$vhost");
    my $what = "$rule, $name";
    is plain_test()->{rc}, 0, "$what: httpd -t alone passes";
    my ($report, $run) = $g->report;
    is $run->{rc}, 1, "$what: ours does not";
    my ($found) = Guard::findings($report, $rule);
    ok $found && $found->{severity} eq 'error' && !$report->{startable}, "$what: an error that the server will not start"
        or diag map { "$_->{severity} $_->{rule} $_->{message}\n" } errors($report);
    my $line = (split /\n/, Guard::slurp($g->{conf}))[($found->{line} || 0) - 1] // '';
    like $line, qr/\Q$words\E/, "$what: at its line" if $found;
    $read = () = $g->log_lines;
    my $start = $g->command;
    ok says($code), "$what: the start ends with $code" or diag $start->{err}, $g->log_lines;
    Guard::_wait_for(sub { !$g->is_running });
    ok !$g->is_running, "$what: nothing runs";
    $g->stop;
}

# Without a number of bytes the start reads for ever.
my ($server, $vhost) = wrap("%server\nSSLRandomSeed startup file:/dev/urandom");
$g->write_conf("Listen 127.0.0.1:\@PORT\@\n$server$vhost");
is plain_test()->{rc}, 0, 'endless source: httpd -t alone passes';
my ($report, $run) = $g->report;
is $run->{rc}, 1, 'ours does not';
is scalar(Guard::findings($report, 'TG143')), 1, 'it says why';
ok Guard::run([Guard::httpd(), '-f', $g->{conf}], timeout => 2)->{timed_out}, 'the start hangs';

# The same for each connection: it starts and never answers.
$g->write_conf("Listen 127.0.0.1:\@PORT\@\nSSLRandomSeed connect file:/dev/urandom\n" . $g->good_vhost);
($report, $run) = $g->report;
is $run->{rc}, 0, 'endless source for connections: the server starts';
is scalar(Guard::findings($report, 'TG144')), 1, 'the report says what comes of it';
ok $g->start->{up}, 'it starts';
is $g->curl('/', args => ['--max-time', '2'])->{status}, 0, 'and does not answer';
ok $g->stop, 'stops';

my @vhosts = map { (wrap(files($starts[$_]), $_ ? "v$_.test" : 'localhost'))[1] } 0 .. $#starts;
$g->write_conf(join "\n", "Listen 127.0.0.1:\@PORT\@", "SSLStaplingCache shmcb:\@DIR\@/run/staple(64000)", @vhosts);
($report, $run) = $g->report;
is $run->{rc}, 0, scalar(@starts) . ' virtual hosts that start: -t passes' or diag map { "$_->{rule} $_->{line} $_->{message}\n" } errors($report);
ok $report->{startable}, 'nothing is said to keep the server from starting';
is scalar(Guard::findings($report, 'TG724')), 3, 'client certificates for backends that are none are named';
my $start = $g->start;
ok $start->{up}, 'and they start' or diag $start->{err}, ($g->log_lines)[-8 .. -1];
ok $g->stop, 'stops';

for my $text (@servers) {
    $g->write_conf("Listen 127.0.0.1:\@PORT\@\n$text\n" . $g->good_vhost);
    my ($report, $run) = $g->report;
    is $run->{rc}, 0, "$text: -t passes" or diag map { "$_->{rule} $_->{message}\n" } errors($report);
    ok $g->start->{up}, 'and it starts' or diag $g->log_lines;
    ok $g->stop, 'stops';
}

# A directory that is made anew at each boot may be missing now.
$g->write_conf("Listen 127.0.0.1:\@PORT\@\nSSLSessionCache dbm:/run/tlsguard-is-not-there/cache\n" . $g->good_vhost);
($report, $run) = $g->report;
is $run->{rc}, 0, 'a directory below /run: nothing is claimed';
ok scalar(grep { $_->{rule} eq 'TG142' } @{ $report->{not_evaluated} }), 'but that it was not evaluated';

# Every refused start says so in the log, some that start get a warning, and a thread that reads for ever must be killed.
$g->expect_log(qr/\[ssl:(?:emerg|error|warn)\]/, qr/\[socache_\w+:(?:error|crit)\]/, qr/AH0001[5-9]: |AH00020: |AH0004[56]: /, qr/\[tlsguard:(?:warn|error)\]/);

done_testing;
