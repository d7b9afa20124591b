#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# With every feature on, the module keeps no memory for a request: neither does a connection that is kept alive grow more
# than without the module (httpd itself keeps some 35 bytes for each of its requests), nor the server with all of them.
# TLSGUARD_REQUESTS says how many there are (`make check-long` makes a million); under ThreadSanitizer the same load looks
# for data races, and memory is not judged.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

my $is_sanitized = ($ENV{TLSGUARD_PRELOAD} || '') =~ /san/;
my $REQUESTS = $ENV{TLSGUARD_REQUESTS} || 4_000;
my $is_long = $ENV{TLSGUARD_REQUESTS};
my $ON_ONE = $is_sanitized ? 500 : $is_long ? 10_000 : 4_000;    # requests of one connection, and of one block of connections
my $WARM_UP = $is_sanitized ? 500 : $is_long ? 4_000 : 1_000;    # until threads and buffers have about the size they keep
# Kilobytes by which two servers differ anyhow: of HTTP/1.1 16 bytes for each of 10,000 requests would be as much.
my %NOISE = ('HTTP/1.1' => 160, 'HTTP/2' => 512);
my $BLOCKS_NOISE = 2048;    # kilobytes between the end of the first fifth of all blocks and the end: 2.6 bytes of a million
$ENV{MALLOC_ARENA_MAX} = 1;    # an arena for each thread grows at its own time

my $server = <<'EOT';
TLSGuardMode off
Protocols h2 http/1.1
Listen 127.0.0.1:@PORT@
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MaxSpareThreads 16
MaxMemFree 64
H2MinWorkers 4
H2MaxWorkers 4
MaxKeepAliveRequests 0
KeepAliveTimeout 60
EOT
my $site = <<'EOT';
DocumentRoot "@DIR@/htdocs"
AddType text/css .css
AddOutputFilterByType DEFLATE text/html text/css
Header add Set-Cookie "sid=1"
Header add Set-Cookie "csrf=2; Path=/"
Header set X-Powered-By "words"
Header always set X-AspNet-Version "4"
TLSGuardHeaders strict
TLSGuardHeader X-Own "one"
TLSGuardHSTS max-age=63072000 includeSubDomains
TLSGuardCookies secure httponly samesite=lax except=^csrf$
TLSGuardCompression secrets except=^/free/
TLSGuardDropHeaders on
Redirect 301 /old /index.html
<If "%{REQUEST_URI} =~ m#^/if/#">
TLSGuardHeader X-If "if"
</If>
<Location /section>
TLSGuardHeader X-Frame-Options off
</Location>
<Directory "@DIR@/htdocs/ht">
AllowOverride FileInfo
</Directory>
EOT

# A server with the module, or the same without it.
sub server {
    my ($has_module) = @_;
    my $g = Guard->new(with => [qw(http2)], module => $has_module);
    my $page = "<!doctype html><title>t</title>\n" . "<p>words\n" x 100;
    Guard::spew("$g->{dir}/htdocs/$_", $page) for qw(index.html free/index.html if/index.html section/index.html ht/index.html);
    Guard::spew("$g->{dir}/htdocs/style.css", "p { color: red }\n" x 50);
    Guard::spew("$g->{dir}/htdocs/ht/.htaccess", $has_module ? "TLSGuardHeader X-Extra \"from htaccess\"\n" : '');
    my $text = $server . $g->good_vhost(more => $site) =~ s/^Header always set Strict.*\n//mr;
    $text =~ s/^TLSGuard.*\n//mg unless $has_module;
    $g->write_conf($text);
    ok $g->start->{up}, 'starts ' . ($has_module ? 'with' : 'without') . ' the module' or diag $g->log_lines;
    my $base = 'https://127.0.0.1:' . $g->port;
    Guard::spew("$g->{dir}/urls", join '', map { "$base$_\n" }
            qw(/index.html /style.css /missing /free/index.html /if/index.html /section/index.html /ht/index.html /old /index.html?x=1));
    return $g;
}

my $g = server(1);
# Every feature is at work, or the rest proves nothing.
my $seen = $g->curl('/index.html', args => ['-H', 'Cookie: sid=1', '-H', 'Accept-Encoding: gzip']);
is scalar(my @v = Guard::values_of($seen, $_)), 1, "$_ is sent" for qw(X-Own Content-Security-Policy Strict-Transport-Security);
is scalar(@v = Guard::values_of($seen, $_)), 0, "$_ is not" for qw(X-Powered-By X-AspNet-Version Content-Encoding);
is_deeply [Guard::values_of($seen, 'Set-Cookie')], ['sid=1; Secure; HttpOnly; SameSite=Lax', 'csrf=2; Path=/'], 'cookies are hardened';

# The process that serves, and its resident kilobytes.
sub child { my $pid = $_[0]->pid // return; return (split ' ', Guard::slurp("/proc/$pid/task/$pid/children"))[0] }
sub resident {
    my ($child) = child($_[0]) or die "the server is gone\n";
    return (Guard::slurp("/proc/$child/status") =~ /^VmRSS:\s*(\d+)/m)[0] // die "the serving process is gone\n";
}

my $answered_all = 1;

# Sends requests; returns the most kilobytes that the process had meanwhile.
sub load {
    my ($on, $count, @args) = @_;
    my $most = 0;
    my $log = "$on->{dir}/load.log";
    my $client = fork // die "fork: $!";
    if ($client == 0) {
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        # A connection on which nothing moves any more is given up, and what it lacks is counted below.
        exec { 'h2load' } 'h2load', '-N', 60, '-n', $count, @args, '-i', "$on->{dir}/urls", '-H', 'Cookie: sid=1', '-H', 'Accept-Encoding: gzip' or POSIX::_exit(127);
    }
    while (waitpid($client, POSIX::WNOHANG()) == 0) {
        my $now = resident($on);
        $most = $now if $now > $most;
        select undef, undef, undef, 0.05;
    }
    my ($ok, $moved, $refused) = Guard::slurp($log) =~ /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, 0 5xx/m;
    my $good = $ok && $moved && $refused && $ok + $moved + $refused == $count;
    diag Guard::slurp($log) unless $good;
    $answered_all &&= $good;
    return $most;
}

my %way = ('HTTP/1.1' => ['--h1'], 'HTTP/2' => ['-m', '8']);
my $served = child($g);
my $control = server(0);
for my $way (sort keys %way) {
    my %grown;
    for ([0, $control], [1, $g]) {
        my ($has_module, $on) = @$_;
        load($on, $WARM_UP, '-c', 1, @{ $way{$way} }) for 1 .. 2;
        my $before = resident($on);
        $grown{$has_module} = load($on, $ON_ONE, '-c', 1, @{ $way{$way} }) - $before;
    }
    note "$way: a connection of $ON_ONE requests: $grown{1} kB, without the module $grown{0} kB";
    cmp_ok $grown{1} - $grown{0}, '<=', $NOISE{$way}, "$way: a connection of $ON_ONE requests grows no more than without the module"
        unless $is_sanitized;
}
$control->stop;

my $blocks = int($REQUESTS / $ON_ONE) || 1;
my $warm;
for my $block (1 .. $blocks) {
    load($g, $ON_ONE, '-c', 4, @{ $way{ $block % 2 ? 'HTTP/1.1' : 'HTTP/2' } });
    $warm = resident($g) if $block <= $blocks / 5 || $block == 1;
    note "after $block blocks: ", resident($g), ' kB' if $block % 10 == 0;
}
cmp_ok resident($g) - $warm, '<=', $BLOCKS_NOISE, "after $blocks times $ON_ONE requests memory is flat" unless $is_sanitized;
ok $answered_all, 'every request was answered';
is child($g), $served, 'by the same process all the time';

done_testing;
