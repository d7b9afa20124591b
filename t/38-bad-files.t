#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Files that hold no certificate or key, or not only that: httpd -t names the file and the cause once, in bounded time, and
# its exit status is that of a start without the module.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;
use POSIX qw(mkfifo);

my $g = Guard->new;
my $plain = Guard->new(module => 0);
my $dir = $g->{dir};

# Seconds of processor time for one httpd -t, so that a busy machine does not count; Guard ends what hangs. A tenth of one is
# usual, but for the big files.
my $BOUND = $ENV{TLSGUARD_PATIENCE} ? 120 : 15;
# Bytes: more than fits a buffer anywhere; in the long run more than anybody has.
my $BIG = ($ENV{TLSGUARD_LONG} ? 100 : 20) * 1024 * 1024;

my %directive = (cert => 'SSLCertificateFile', key => 'SSLCertificateKeyFile', chain => 'SSLCertificateChainFile');

# --- What is in the files --------------------------------------------------------------------------------------------

sub text_of { return Guard::slurp($g->expand($_[0])) }

my ($leaf) = text_of('@ecdsa@') =~ /(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n)/s;
my ($inter, $key, $other) = map { text_of($_) } '@intermediate@', '@ecdsa.key@', '@other.key@';
Guard::spew("$dir/leaf.pem", $leaf);
my %good = (cert => $leaf . $inter, key => $key, chain => $inter);
my %der = (
    cert => Guard::openssl('x509', '-in', "$dir/leaf.pem", '-outform', 'DER'),
    key => Guard::openssl('pkey', '-in', $g->expand('@ecdsa.key@'), '-outform', 'DER'),
    chain => Guard::openssl('x509', '-in', $g->expand('@intermediate@'), '-outform', 'DER'),
);
my $encrypted = Guard::openssl('pkey', '-in', $g->expand('@ecdsa.key@'), '-aes256', '-passout', 'pass:x');
my $pkcs12 = Guard::openssl('pkcs12', '-export', '-in', "$dir/leaf.pem", '-inkey', $g->expand('@ecdsa.key@'), '-passout', 'pass:x');
my $line = ('x' x 63) . "\n";

# --- What is said of them: [name, content of the file for a kind, words for cert, key, chain; '' for nothing] ---------
# A rule in front of the words: a finding of it. "?": said to be unknown. "httpd:": httpd itself refuses the line.

my @files = (
    ['sound', sub { $good{$_[0]} }, '', '', ''],
    ['empty', sub { '' }, map { "httpd:'FILE' does not exist or is empty" } 1 .. 3],
    ['blank', sub { " \n\n" }, 'TG301:FILE: is empty', 'TG304:FILE: is empty', 'TG340:FILE: is empty'],
    ['cut off', sub { substr $good{$_[0]}, 0, -60 }, 'TG301:FILE: line \d+: .* cut off', 'TG304:FILE: line 1: .* cut off', 'TG301:FILE: line 1: .* cut off'],
    ['half', sub { substr $good{$_[0]}, 0, 150 }, 'TG301:FILE: line 1: .* cut off', 'TG304:FILE: line 1: .* cut off', 'TG301:FILE: line 1: .* cut off'],
    ['DER', sub { $der{$_[0]} }, 'TG301:FILE: is a binary \(DER\) certificate', '',
        'TG340:FILE: is a binary \(DER\) certificate'],
    ['BOM', sub { "\xEF\xBB\xBF$good{$_[0]}" }, '', '', ''],
    ['UTF-16', sub { "\xFF\xFE" . join '', map { "$_\0" } split //, $good{$_[0]} }, 'TG301:FILE: is UTF-16', 'TG304:FILE: is UTF-16', 'TG340:FILE: is UTF-16'],
    ['CR LF', sub { $good{$_[0]} =~ s/\n/\r\n/gr }, '', '', ''],
    ['two keys', sub { ($_[0] eq 'key' ? '' : $good{$_[0]}) . $key . $other }, '', '', ''],
    ['two keys, the other one first', sub { ($_[0] eq 'key' ? '' : $good{$_[0]}) . $other . $key }, '',
        'TG303:FILE is not the key of .*first of 2', ''],
    ['10,000 certificates', sub { $good{$_[0]} . $inter x 10_000 }, 'TG341:sent twice', '', 'TG341:sent twice'],
    ['PKCS#12', sub { $pkcs12 }, 'TG301:FILE: is a PKCS#12', 'TG304:FILE: is a PKCS#12', 'TG340:FILE: is a PKCS#12'],
    ['encrypted key', sub { $_[0] eq 'key' ? $encrypted : $good{$_[0]} . $encrypted }, '', 'TG306:FILE has a pass phrase', ''],
    ['encrypted key alone', sub { $encrypted }, 'TG301:FILE: holds no certificate, only: ENCRYPTED', 'TG306:FILE has a pass phrase',
        'TG340:FILE: holds no certificate, only: ENCRYPTED'],
    ['not UTF-8', sub { "# Schl\xFCssel \xC0\x80\xFF\n$good{$_[0]}" }, '', '', ''],
    ['not UTF-8, nothing else', sub { "Schl\xFCssel \xC0\x80\xFF\n" }, 'TG301:FILE: holds no certificate', 'TG304:FILE: holds no private key',
        'TG340:FILE: holds no certificate'],
    ['binary', sub { join '', map { chr(($_ * 7919 + 13) % 256) } 1 .. 3000 }, 'TG301:FILE: holds no certificate', 'TG304:FILE: holds no private key',
        'TG340:FILE: holds no certificate'],
    ['a big file', sub { $good{$_[0]} . $line x ($BIG / 64) }, '', '', ''],
    ['a big file of nothing', sub { $line x ($BIG / 64) }, 'TG301:FILE: holds no certificate', 'TG304:FILE: holds no private key', 'TG340:FILE: holds no certificate'],
    ['directory', undef, map { "httpd:'FILE' does not exist or is empty" } 1 .. 3],
    ['FIFO', undef, map { "httpd:'FILE' does not exist or is empty" } 1 .. 3],
    ['missing', undef, map { "httpd:'FILE' does not exist or is empty" } 1 .. 3],
);

# A key with a pass phrase starts where somebody can type it.
my %depends = map { ("$_/key" => 1) } 'encrypted key', 'encrypted key alone';

# --- Running ---------------------------------------------------------------------------------------------------------

sub make {
    my ($name, $content, $kind) = @_;
    my $path = "$dir/f/" . ($name =~ s/\W+/-/gr) . "-$kind.pem";
    if ($content) {
        Guard::spew($path, $content->($kind));
        chmod 0600, $path;
    }
    mkdir "$dir/f";
    mkdir $path if $name eq 'directory';
    mkfifo($path, 0600) if $name eq 'FIFO';
    return $path;
}

sub vhost {
    my ($kind, $path, $name) = @_;
    my $vhost = $g->good_vhost(name => $name, more => $kind eq 'chain' ? "$directive{chain} $path" : '');
    return $vhost =~ s/^$directive{$kind} .*/$directive{$kind} $path/mr;
}

# Processor time of all programs that have ended.
sub spent { my (undef, undef, $user, $system) = times; return $user + $system }

sub conf {
    my ($server, @vhosts) = @_;
    $server->write_conf('Listen 127.0.0.1:' . $g->port . "\n" . $g->expand(join '', @vhosts));
}

# What the report says of the file: "RULE:message", "?:reason".
sub said {
    my ($report, $path) = @_;
    my $at = $g->line_of(qr/\Q$path\E/);
    my @found = map { "$_->{rule}:$_->{message}" } grep { ($_->{line} // 0) == $at || $_->{message} =~ /\Q$path\E/ } Guard::findings($report);
    return @found if @found;
    my %reasons = map { ("?:$_->{reason}" => 1) } grep { $_->{reason} =~ /\Q$path\E/ } @{ $report->{not_evaluated} };
    return sort keys %reasons;
}

# Those that httpd -t accepts start together at the end; the others must each be refused.
my @accepted;

for my $file (@files) {
    my ($name, $content, %words) = (@$file[0, 1], cert => $file->[2], key => $file->[3], chain => $file->[4]);
    for my $kind (qw(cert key chain)) {
        my $path = make($name, $content, $kind);
        conf($g, vhost($kind, $path));
        my $what = "$name as $directive{$kind}";
        my $began = spent();
        my $run = $g->configtest('-D', 'DUMP_TLSGUARD_JSON');
        my $took = spent() - $began;
        ok $took < $BOUND && !$run->{timed_out}, "$what: an answer in time" or diag "$took s";
        if ($run->{rc} == 0) {
            push @accepted, vhost($kind, $path, @accepted . '.test') unless $depends{"$name/$kind"};
        }
        else {
            conf($plain, vhost($kind, $path));
            is $plain->command->{rc}, 1, "$what: a start is refused too";
        }
        my $expected = $words{$kind} =~ s/FILE/\Q$path\E/gr;
        if ($expected =~ s/^httpd://) {
            is scalar(() = $run->{err} =~ /\Q$path\E/g), 1, "$what: named once";
            like $run->{err}, qr/$expected/, "$what: the cause";
        }
        else {
            my $report = eval { JSON::PP->new->utf8->decode($run->{out}) };
            my @said = said($report, $path);
            is scalar(@said), $expected eq '' ? 0 : 1, "$what: " . ($expected eq '' ? 'nothing said' : 'said once') or diag map { "$_\n" } @said;
            my ($rule, $cause) = $expected =~ /^(\S+?):(.*)/;
            like $said[0] // '', qr/^\Q$rule\E:.*$cause/, "$what: file and cause" if $rule;
        }
        next if $run->{rc} == 0;
        -d $path ? rmdir $path : unlink $path;
    }
}
conf($plain, @accepted);
ok $plain->start->{up}, @accepted . ' that httpd -t accepts start' or diag $plain->log_lines;
$plain->stop;

# httpd looks at no file when it only prints something.
for my $name ('directory', 'FIFO', 'missing') {
    for my $kind (qw(cert key chain)) {
        my $path = make($name, undef, $kind);
        conf($g, vhost($kind, $path));
        my $run = $g->command('-S', '-D', 'DUMP_TLSGUARD_JSON');
        ok !$run->{timed_out} && $run->{rc} <= 1, "httpd -S ends with a $name as $directive{$kind}";
        -d $path ? rmdir $path : unlink $path;
    }
}

# A file that vanishes while it is looked at: each look at it fails in turn, for once or from then on. Who looks first is httpd.
SKIP: {
    my $trace = "$dir/trace";
    my $try = Guard::run(['strace', '-qq', '-o', $trace, '-e', 'trace=%file', 'true']);
    skip "strace traces nothing here: $try->{err}", 1 if $try->{rc};
    my %sanitizer = Guard::sanitizer();
    my @env = map { ('-E', "$_=$sanitizer{$_}") } sort keys %sanitizer;
    for my $kind (qw(cert key chain)) {
        my $path = make('vanishes', sub { $good{$_[0]} }, $kind);
        conf($g, vhost($kind, $path));
        my $looks = 0;
        for my $way (map { my $call = $_; map { [$call, $_] } '', '+' } '%%stat', '/^open', '/^readlink') {
            my ($call, $once) = @$way;
            for (my $look = 1;; $look++) {
                my $run = Guard::run(['strace', '-f', '--seccomp-bpf', '-qq', @env, '-o', $trace, '-P', $path, '-e', 'trace=%file', '-e',
                    "inject=$call:error=ENOENT:when=$look$once", Guard::httpd(), '-f', $g->{conf}, '-t', '-D', 'DUMP_TLSGUARD_JSON']);
                last if Guard::slurp($trace) !~ /INJECTED/;
                $looks++;
                my $report = eval { JSON::PP->new->utf8->decode($run->{out}) };
                my @said = $report ? said($report, $path) : $run->{err} =~ /\Q$path\E/g;
                # Where a link leads matters for nothing else.
                my $is_spared = $call eq '/^readlink' && $run->{rc} == 0 && !@said;
                ok !$run->{timed_out} && ($run->{rc} == 0 || $run->{rc} == 1) && ($is_spared || @said == 1),
                    "$directive{$kind} vanishes: $call $look" . ($once && ' and later')
                    or diag "rc $run->{rc}\n", map { "$_\n" } @said, Guard::slurp($trace), $run->{err};
            }
        }
        ok $looks >= 4, "$directive{$kind}: httpd and the module look at it";
        unlink $path;
    }
}

# Another user may look, and cannot know.
SKIP: {
    skip 'only root can become another user', 1 if $> != 0;
    my ($name) = grep { defined getpwnam $_ } qw(www-data apache daemon nobody);
    my ($uid, $gid) = (getpwnam $name)[2, 3];
    for my $kind (qw(cert key chain)) {
        my $path = make('unreadable', sub { $good{$_[0]} }, $kind);
        conf($g, vhost($kind, $path));
        chmod 0644, $g->{conf};
        my $run = Guard::run(['setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups', Guard::httpd(), '-f', $g->{conf}, '-t', '-D', 'DUMP_TLSGUARD_JSON']);
        is $run->{rc}, 0, "unreadable $directive{$kind}: exit status";
        my $report = eval { JSON::PP->new->utf8->decode($run->{out}) } || {};
        my @said = said($report, $path);
        is scalar(@said), 1, "unreadable $directive{$kind}: said once" or diag map { "$_\n" } @said;
        like $said[0] // '', qr/^\?:\Q$path\E: Permission denied/, "unreadable $directive{$kind}: unknown, and why";
        unlink $path;
    }
}

$plain->expect_log(qr/\[ssl:(?:emerg|error|warn)\]/);
done_testing;
