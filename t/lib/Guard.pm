# SPDX-License-Identifier: Apache-2.0
# A real httpd for one test: a small configuration in a directory of its own, ports of its own, the module under test
# loaded, and a log gate: a warning or worse in the error log that the test did not declare fails the test.
#
#     use Guard;                          # brings Test::More along
#     my $g = Guard->new;
#     $g->write_conf("...");              # @PORT@ and the like are filled in, see expand()
#     is $g->start->{rc}, 0, 'starts';
#     ...
#     done_testing;                       # stops the server and applies the gate
package Guard;

use strict;
use warnings;

use Cwd qw(abs_path);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Spec;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(WNOHANG);
use Test::More ();
use Time::HiRes qw(sleep time);

our $TOP = abs_path(dirname(__FILE__) . '/../..');

# Seconds. A start takes a tenth of one; under valgrind or a sanitizer many more.
our $PATIENCE = $ENV{TLSGUARD_PATIENCE} || 30;

# Below the range from which the kernel takes ports for outgoing connections.
my ($PORT_MIN, $PORT_MAX) = split /-/, $ENV{TLSGUARD_PORTS} || '24000-26999';

my @modules = qw(mpm_event unixd authz_core log_config ssl socache_shmcb headers rewrite setenvif env alias mime dir
    filter deflate macro);

# Severities that the gate looks at, as httpd prints them: "[module:level]".
my $ALARMING = qr/\[(?:[\w.-]*:)?(?:warn|error|crit|alert|emerg)\]/;

# The certificates a test may name: @rsa@ and @rsa.key@ and so on. Made once, kept in build/.
my @certs = (
    'rsa:rsa:localhost,www.example.com,example.com,a.test,b.test,c.test',
    'ecdsa:ecdsa:localhost,www.example.com,example.com,a.test,b.test,c.test',
    'ocsp:ecdsa:localhost,www.example.com,a.test:ocsp',
    'self:ecdsa:localhost:self',
    'rsa1024:rsa1024:localhost',
    'rsa3072:rsa3072:localhost',
    'other:ecdsa:other.test',
    'nosan:ecdsa:www.example.com:nosan',
    'caleaf:ecdsa:www.example.com:self:ca',
    'sha1:rsa:www.example.com:sha1',
    'clientonly:ecdsa:www.example.com:clientonly',
    'muststaple:ecdsa:www.example.com:ocsp:muststaple',
    'bare:ecdsa:www.example.com:bare',
    'bareocsp:ecdsa:www.example.com:ocsp:bare',
    'expired:ecdsa:www.example.com:expired',
    'expiring:ecdsa:www.example.com:expiring',
    'withroot:ecdsa:www.example.com:withroot',
    'expiredint:ecdsa:www.example.com:expiredint',
    'badchain:ecdsa:www.example.com:badchain',
    'openkey:ecdsa:www.example.com:open',
    'twinkey:as-ecdsa:www.not-example.com',
    'encrypted:ecdsa:www.example.com:encrypted',
    'crl:ecdsa:www.example.com:crl',
);

my @alive;
my $finished;

sub import {
    my $caller = caller;
    eval "package $caller; use Test::More; 1" or die $@;
    strict->import;
    warnings->import;
    no strict 'refs';
    no warnings 'redefine', 'prototype';
    *{"${caller}::done_testing"} = \&done_testing;
}

# Ends the test file: stops every server, applies the gate to each, then Test::More's own.
sub done_testing {
    $_->finish for @alive;
    $finished = 1;
    Test::More::done_testing(@_);
}

# A test that dies or forgets done_testing must leave no server behind, and must not escape the gate.
END {
    my $status = $?;
    for my $guard (@alive) {
        $guard->stop;
        if (!$finished && (my @lines = $guard->unexpected)) {
            Test::More::diag("not declared: $_") for @lines;
            $status ||= 1;
        }
    }
    $? = $status;
}

# --- Programs and files ----------------------------------------------------------------------------------------------

sub _first_program {
    for my $name (@_) {
        for my $dir (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin', '/usr/local/apache2/bin') {
            return "$dir/$name" if -x "$dir/$name" && !-d _;
        }
    }
    die "none of these programs was found: @_\n";
}

my $httpd = $ENV{HTTPD} || _first_program('apache2', 'httpd');
my $apxs = $ENV{APXS} || _first_program('apxs', 'apxs2');
my ($modules_dir, %builtin);

sub httpd { return $httpd }

# Runs a program without a shell and without a terminal: {rc, out, err, timed_out}. rc is 128 + signal as in a shell.
# Output goes to files: a daemon that keeps the other end of a pipe would make us wait for ever.
sub run {
    my ($argv, %opt) = @_;
    my $dir = tempdir('tlsguard-run-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', $opt{stdin} // '/dev/null' or POSIX::_exit(126);
        open STDOUT, '>', "$dir/out" or POSIX::_exit(126);
        open STDERR, '>', "$dir/err" or POSIX::_exit(126);
        chdir $opt{cwd} if $opt{cwd};
        $ENV{$_} = $opt{env}{$_} for keys %{ $opt{env} || {} };
        exec { $argv->[0] } @$argv or POSIX::_exit(127);
    }
    my ($until, $timed_out) = (time + ($opt{timeout} || $PATIENCE * 4), 0);
    while (waitpid($pid, WNOHANG) == 0) {
        if (time > $until) {
            $timed_out = 1;
            kill KILL => $pid;
            waitpid $pid, 0;
            last;
        }
        sleep 0.005;
    }
    my $status = $?;
    my $result = {
        rc => $status & 127 ? 128 + ($status & 127) : $status >> 8,
        out => slurp("$dir/out"),
        err => slurp("$dir/err"),
        timed_out => $timed_out,
    };
    remove_tree($dir); # now: a test runs thousands of programs, and a killed one cleans nothing up
    return $result;
}

# What openssl prints; dies when it fails.
sub openssl {
    my $made = run(['openssl', @_]);
    die "openssl @_: $made->{err}" if $made->{rc};
    return $made->{out};
}

sub slurp {
    my ($path) = @_;
    open my $in, '<:raw', $path or return '';
    local $/;
    return scalar(<$in>) // '';
}

sub spew {
    my ($path, $text) = @_;
    make_path(dirname($path));
    open my $out, '>:raw', $path or die "$path: $!";
    print {$out} $text;
    close $out or die "$path: $!";
}

# --- Set-up ----------------------------------------------------------------------------------------------------------

# module => 0 leaves the module under test out; without => [names] leaves httpd modules out, with => [names] adds some.
sub new {
    my ($class, %opt) = @_;
    my $dir = tempdir('tlsguard-t-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{TLSGUARD_KEEP});
    chmod 0755, $dir;    # the server's children are another user when we are root
    my $self = bless {
        dir => $dir, conf => "$dir/httpd.conf", log => "$dir/logs/error.log", expected => [], ports => {}, locks => [],
        starts => 0, checked => 0, opt => \%opt, module => $ENV{TLSGUARD_MODULE} || "$TOP/.libs/mod_tlsguard.so",
    }, $class;
    make_path(map { "$dir/$_" } qw(htdocs logs run sites));
    spew("$dir/htdocs/index.html", "<!doctype html><title>t</title><p>t</p>\n");
    _make_certs();
    push @alive, $self;
    return $self;
}

my $pki = "$TOP/build/t/pki";
my $have_certs;

sub _make_certs {
    return if $have_certs++;
    my $made = run(["$TOP/tools/mini-ca.sh", $pki, @certs]);
    die "mini-ca.sh: $made->{err}" if $made->{rc};
}

# A port on loopback that is free and stays ours: the lock outlives the look.
sub port {
    my ($self, $which) = @_;
    return $self->{ports}{ $which || 1 } ||= do {
        my $count = $PORT_MAX - $PORT_MIN + 1;
        my $at = int rand $count;
        my $locks = File::Spec->tmpdir . "/tlsguard-ports-$>";
        make_path($locks);
        my $found;
        for my $step (0 .. $count - 1) {
            my $port = $PORT_MIN + ($at + $step) % $count;
            open my $lock, '>>', "$locks/$port" or next;
            next unless flock $lock, LOCK_EX | LOCK_NB;
            my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1, ReuseAddr => 1)
                or next;
            close $socket;
            push @{ $self->{locks} }, $lock;
            $found = $port;
            last;
        }
        $found or die "no free port in $PORT_MIN-$PORT_MAX\n";
    };
}

# @PORT@ @PORT2@ ... ports; @DIR@ this server's directory; @rsa@ @rsa.key@ and the other certificates above (with
# {combined}, @rsa@ is one file with the certificate and its key).
sub expand {
    my ($self, $text) = @_;
    $text =~ s{\@PORT(\d*)\@}{$self->port($1 || 1)}ge;
    $text =~ s{\@DIR\@}{$self->{dir}}g;
    my @ends = $self->{combined} ? ('-all.pem', '.pem') : ('.pem');
    my $file = sub { (grep { -f } map { "$pki/$_[0]$_" } @ends)[0] // "\@$_[0]\@" };
    $text =~ s{\@([a-z0-9]+)\@}{$file->($1)}ge;
    $text =~ s{\@([a-z0-9]+)\.key\@}{$pki/$1.key}g;
    return $text;
}

# Where httpd's own modules are.
sub modules_dir {
    return $modules_dir ||= $ENV{HTTPD_MODULES} || do { my $r = run([$apxs, '-q', 'LIBEXECDIR']); $r->{out} =~ s/\s+\z//r };
}

sub _load_modules {
    my ($self) = @_;
    modules_dir();
    if (!%builtin) {
        my $list = run([$httpd, '-l']);
        $builtin{$_} = 1 for $list->{out} =~ /^\s*(?:mod_)?(\w+)\.c$/mg;
    }
    my %without = map { $_ => 1 } @{ $self->{opt}{without} || [] };
    my $text = '';
    for my $name (@modules, @{ $self->{opt}{with} || [] }) {
        next if $without{$name} || $builtin{$name} || !-e "$modules_dir/mod_$name.so";
        $text .= "LoadModule ${name}_module $modules_dir/mod_$name.so\n";
    }
    if (!exists $self->{opt}{module} || $self->{opt}{module}) {
        $text .= "LoadModule tlsguard_module $self->{module}\n";
    }
    return $text;
}

# The part that every configuration starts with. Everything stays below the directory and on loopback.
sub preamble {
    my ($self) = @_;
    my $text = $self->_load_modules;
    my ($dir, $user) = ($self->{dir}, '');
    if ($> == 0) {
        my ($name) = grep { defined getpwnam $_ } qw(www-data apache daemon nobody);
        my $group = getgrgid((getpwnam $name)[3]);
        $user = "User $name\nGroup $group\n";
    }
    my $cache = $text =~ /^LoadModule ssl_module/m ? "SSLSessionCache shmcb:$dir/run/scache(512000)\n" : '';
    return <<"EOT";
ServerRoot "$dir"
DefaultRuntimeDir "$dir/run"
PidFile "$dir/run/httpd.pid"
ErrorLog "$dir/logs/error.log"
LogLevel warn
${text}${user}ServerName localhost
StartServers 1
ServerLimit 2
ThreadsPerChild 4
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
DocumentRoot "$dir/htdocs"
<IfModule mime_module>
TypesConfig /dev/null
AddType text/html .html
</IfModule>
$cache
EOT
}

# Writes the configuration: the preamble, then `text`. bare => 1 leaves the preamble out; file => NAME writes another
# file of the directory, without preamble. Returns the path.
sub write_conf {
    my ($self, $text, %opt) = @_;
    my $path = $opt{file} ? "$self->{dir}/$opt{file}" : $self->{conf};
    my $head = $opt{bare} || $opt{file} ? '' : $self->preamble;
    $head =~ s/^SSLSessionCache .*\n//m if $text =~ /^\s*SSLSessionCache\s/mi;
    spew($path, $head . $self->expand($text));
    $self->{head_lines} = ($head =~ tr/\n//) unless $opt{file};
    return $path;
}

# The line of the main file at which `pattern` first matches; 0 when it does not.
sub line_of {
    my ($self, $pattern, $file) = @_;
    my $line = 0;
    for my $text (split /\n/, slurp($file ? "$self->{dir}/$file" : $self->{conf})) {
        $line++;
        return $line if $text =~ $pattern;
    }
    return 0;
}

# A TLS virtual host without any fault: what a test about something else starts from.
sub good_vhost {
    my ($self, %opt) = @_;
    my ($name, $port, $cert, $more) = ($opt{name} || 'localhost', $opt{port} || '@PORT@', $opt{cert} || 'ecdsa', $opt{more} || '');
    return <<"EOT";
<VirtualHost 127.0.0.1:$port>
ServerName $name
SSLEngine on
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20
SSLSessionTickets off
SSLCertificateFile \@$cert\@
SSLCertificateKeyFile \@$cert.key\@
Header always set Strict-Transport-Security "max-age=63072000"
$more
</VirtualHost>
EOT
}

# --- Running httpd ---------------------------------------------------------------------------------------------------

# The environment of a process that loads the module, itself or in an httpd it starts: (NAME => VALUE, ...), empty but under
# a sanitizer. Pools keep what they hold until the end of the process, so leaks are not looked for.
sub sanitizer {
    my $preload = $ENV{TLSGUARD_PRELOAD} or return;
    return (LD_PRELOAD => $preload, ASAN_OPTIONS => 'detect_leaks=0:abort_on_error=1');
}

sub _httpd {
    my ($self, @args) = @_;
    return run([$httpd, '-f', $self->{conf}, @args], env => { LC_ALL => 'C', sanitizer() });
}

# httpd -t with further arguments: {rc, out, err}.
sub configtest {
    my ($self, @args) = @_;
    my $result = $self->_httpd('-t', @args);
    $self->_note_sanitizer($result->{err});
    return $result;
}

# Any other call of the command line: '-S', '-k', 'stop' and so on.
sub command {
    my ($self, @args) = @_;
    return $self->_httpd(@args);
}

# The report of httpd -t as data: ($report, $result). $report is undef when stdout holds no JSON.
sub report {
    my ($self, @args) = @_;
    my $result = $self->configtest('-D', 'DUMP_TLSGUARD_JSON', @args);
    my $report = eval { JSON::PP->new->utf8->decode($result->{out}) };
    Test::More::diag("no JSON on stdout: $@\n$result->{out}\n$result->{err}") unless $report;
    spew($self->{dir} . '/reports/' . ++$self->{reports} . '.json', $result->{out}) if $report;
    return wantarray ? ($report, $result) : $report;
}

# Where the reports of this test depart from docs/report.schema.json; asked once, for all of them.
sub _violations {
    my ($self) = @_;
    my $check = run(['python3', "$TOP/tests/validate-report.py", glob "$self->{dir}/reports/*.json"]);
    return $check->{rc} == 0 ? '' : $check->{err} || "validate-report.py ended with $check->{rc}";
}

# The findings of a report whose rule has this id or name.
sub findings {
    my ($report, $rule) = @_;
    return grep { !defined $rule || $_->{rule} eq $rule || $_->{name} eq $rule } @{ $report->{findings} || [] };
}

sub pid {
    my ($self) = @_;
    my ($pid) = slurp("$self->{dir}/run/httpd.pid") =~ /^(\d+)/;
    return $pid;
}

sub is_running {
    my ($self) = @_;
    my $pid = $self->pid or return 0;
    return kill(0, $pid) ? 1 : 0;
}

sub _wait_for {
    my ($what) = @_;
    my $until = time + $PATIENCE;
    while (time < $until) {
        return 1 if $what->();
        sleep 0.02;
    }
    return 0;
}

# httpd says this once for each configuration that it serves with.
sub generations {
    my ($self) = @_;
    my $count = () = slurp($self->{log}) =~ /resuming normal operations/g;
    return $count;
}

# Starts the server as an administrator would and waits until it serves: {rc, out, err, up}.
sub start {
    my ($self, @args) = @_;
    my $before = $self->generations;
    my $result = $self->_httpd(@args);
    $self->{starts}++;
    $result->{up} = $result->{rc} == 0
        && _wait_for(sub { $self->generations > $before || ($self->pid && !$self->is_running) })
        && $self->is_running;
    return $result;
}

# Sends USR1 to the server and waits for the next generation; 1 when it serves again, 0 when it died of it.
sub reload {
    my ($self, $signal) = @_;
    my $pid = $self->pid or return 0;
    my $before = $self->generations;
    kill $signal || 'USR1', $pid;
    _wait_for(sub { $self->generations > $before || !kill 0, $pid });
    return $self->generations > $before && $self->is_running ? 1 : 0;
}

sub stop {
    my ($self) = @_;
    my $pid = $self->pid or return 1;
    return 1 unless kill 0, $pid;
    kill TERM => $pid;
    return 1 if _wait_for(sub { !kill 0, $pid });
    kill KILL => $pid;
    return 0;
}

# --- Clients ---------------------------------------------------------------------------------------------------------

# One request: {rc, status, headers => [[name, value], ...], body}. name => SNI and Host, port, http => 1 for plain HTTP,
# args => [more of curl's].
sub curl {
    my ($self, $path, %opt) = @_;
    my ($name, $port) = ($opt{name} || 'localhost', $opt{port} || $self->port);
    my $scheme = $opt{http} ? 'http' : 'https';
    my $result = run(['curl', '-s', '-k', '-i', '--max-time', '20', '--noproxy', '*', '--resolve', "$name:$port:127.0.0.1",
        @{ $opt{args} || [] }, "$scheme://$name:$port$path"]);
    my ($head, $body) = split /\r?\n\r?\n/, $result->{out}, 2;
    my @lines = split /\r?\n/, $head // '';
    my ($status) = (shift(@lines) // '') =~ m{^HTTP/\S+ (\d+)};
    return { %$result, status => $status || 0, body => $body, headers => [map { [split /:\s*/, $_, 2] } @lines] };
}

# The ways to ask: name => options of curl(). The server must load http2 and offer h2 and h2c; `plain` is the port
# without TLS.
sub ways {
    my ($self, $plain) = @_;
    return (
        'h1 over TLS' => { args => ['--http1.1'] },
        'h2 over TLS' => { args => ['--http2'] },
        'h1' => { args => ['--http1.1'], http => 1, port => $plain },
        'h2c' => { args => ['--http2-prior-knowledge'], http => 1, port => $plain },
    );
}

# The values of a header in a response of curl() or nghttp(), in order.
sub values_of {
    my ($response, $name) = @_;
    return map { $_->[1] } grep { lc $_->[0] eq lc $name } @{ $response->{headers} };
}

# One request over h2 by nghttp, which speaks another implementation: {status, headers}.
sub nghttp {
    my ($self, $path, %opt) = @_;
    my $port = $opt{port} || $self->port;
    my $scheme = $opt{http} ? 'http' : 'https';
    my $result = run(['nghttp', '-v', '-n', '--no-dep', @{ $opt{args} || [] }, "$scheme://127.0.0.1:$port$path"], timeout => 20);
    $result->{out} =~ s/\e\[[0-9;]*m//g;
    my @headers = map { [$1, $2] if /recv \(stream_id=\d+(?:, [^)]*)?\) (:?[^:]+): (.*)$/ } grep { /recv \(stream_id/ } split /\n/,
        $result->{out};
    my ($status) = map { $_->[1] } grep { $_->[0] eq ':status' } @headers;
    return { %$result, status => $status || 0, headers => \@headers };
}

# Bytes sent as they are over plain TCP, and all that comes back.
sub raw {
    my ($self, $port, $bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 10) or return '';
    print {$socket} $bytes;
    local $SIG{ALRM} = sub { die "no answer\n" };
    my $answer = eval { alarm 20; local $/; my $all = <$socket>; alarm 0; $all };
    alarm 0;
    return $answer // '';
}

# One handshake by openssl s_client: {ok, protocol, cipher, tempkey, text}. name => SNI (undef: none), port, args => [...].
sub s_client {
    my ($self, %opt) = @_;
    my $port = $opt{port} || $self->port;
    my @sni = exists $opt{name} && !defined $opt{name} ? ('-noservername') : ('-servername', $opt{name} || 'localhost');
    my $result = run(['openssl', 's_client', '-connect', "127.0.0.1:$port", @sni, @{ $opt{args} || [] }], timeout => 20);
    my $text = $result->{out} . $result->{err};
    my ($protocol, $cipher) = $text =~ /^New, (\S+), Cipher is (\S+)/m;
    ($protocol) = ($1) if $text =~ /^\s*Protocol\s*: (\S+)/m;
    my ($tempkey) = $text =~ /^(?:Server|Peer) Temp Key: (.*)$/m;
    my $ok = defined $cipher && $cipher ne '(NONE)';
    return { ok => $ok, protocol => $protocol, cipher => $cipher, tempkey => $tempkey, text => $text, rc => $result->{rc} };
}

# --- The log and its gate --------------------------------------------------------------------------------------------

# The lines of the error log, all of them or those that match.
sub log_lines {
    my ($self, $pattern) = @_;
    my @lines = split /\n/, slurp($self->{log});
    return defined $pattern ? grep { /$pattern/ } @lines : @lines;
}

# Declares lines that the test provokes. Each pattern must match at least once by the end of the test: a declaration
# that nothing answers any more hides the next surprise.
sub expect_log {
    my ($self, @patterns) = @_;
    push @{ $self->{expected} }, map { { pattern => $_, seen => 0 } } @patterns;
    return $self;
}

# Lines that no declaration covers, and declarations that nothing answered.
sub unexpected {
    my ($self) = @_;
    my @bad;
    $_->{seen} = 0 for @{ $self->{expected} };
    for my $line ($self->log_lines) {
        next unless $line =~ $ALARMING || $line =~ /(?:Address|Thread)Sanitizer|runtime error:|Segmentation fault/;
        my ($by) = grep { $line =~ $_->{pattern} } @{ $self->{expected} };
        $by ? $by->{seen}++ : push @bad, $line;
    }
    push @bad, map { "expected, but never logged: $_->{pattern}" } grep { !$_->{seen} } @{ $self->{expected} };
    push @bad, @{ $self->{sanitizer} || [] };
    return @bad;
}

sub _note_sanitizer {
    my ($self, $text) = @_;
    push @{ $self->{sanitizer} }, grep { /(?:Address|Thread)Sanitizer|runtime error:/ } split /\n/, $text;
}

# Stops the server and applies the gate. Called by done_testing; calling it earlier checks earlier.
sub finish {
    my ($self) = @_;
    return if $self->{checked}++;
    Test::More::ok($self->stop, 'the server stops when it is told to') if $self->is_running;
    Test::More::is($self->_violations, '', 'every report keeps to its schema') if $self->{reports};
    my @bad = $self->unexpected;
    Test::More::ok(!@bad, 'nothing unexpected in the error log') or Test::More::diag(map { "    $_\n" } @bad);
}

1;
