# SPDX-License-Identifier: Apache-2.0
# A headless Chromium for one test, driven by chromedriver's HTTP (W3C WebDriver) with core modules only. It starts with an
# empty profile and a home directory of its own in which the throw-away authority is trusted, and reaches nothing but
# loopback: each name is mapped to a port there, every other one to nowhere.
#
#     my $browser = Browser->new(names => { 'a.test:443' => $port });
#     $browser->visit('https://a.test/');
#     $browser->run('return document.title');
package Browser;

use strict;
use warnings;

use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Guard ();
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

# The element's key in WebDriver's JSON, fixed by the standard.
my $ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

my $json = JSON::PP->new->utf8->allow_nonref;
my @alive;

sub _program {
    my (@names) = @_;
    for my $name (@names) {
        for my $dir (split(/:/, $ENV{PATH}), '/usr/lib/chromium', '/usr/lib/chromium-browser') {
            return "$dir/$name" if -x "$dir/$name" && !-d _;
        }
    }
    die "none of these programs was found: @names; make check installs chromium, chromium-driver and libnss3-tools "
        . "(TLSGUARD_NO_BROWSER=1 leaves the test out)\n";
}

sub new {
    my ($class, %opt) = @_;
    my $home = tempdir('tlsguard-browser-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { home => $home, owner => $$, http => HTTP::Tiny->new(timeout => 120, no_proxy => ['127.0.0.1']) }, $class;
    $self->_trust($opt{ca}) if $opt{ca};
    $self->_start_driver;
    push @alive, $self;
    my $rules = join ', ', (map { "MAP $_ 127.0.0.1:$opt{names}{$_}" } sort keys %{ $opt{names} }), 'MAP * ~NOTFOUND';
    my @switches = ('--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps',
        '--no-proxy-server', "--user-data-dir=$home/profile", "--host-resolver-rules=$rules",
        # What makes Chromium go to https without having been told to by a server.
        '--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,HttpsFirstBalancedModeAutoEnable,HttpsFirstModeV2');
    my $session = $self->_ask(POST => '/session', { capabilities => { alwaysMatch => {
        browserName => 'chrome', pageLoadStrategy => 'normal',
        'goog:chromeOptions' => { binary => _program(qw(chromium chromium-browser google-chrome)), args => \@switches },
        'goog:loggingPrefs' => { performance => 'ALL', browser => 'ALL' },
        timeouts => { pageLoad => 60_000, script => 30_000 },
    } } });
    $self->{session} = "/session/$session->{sessionId}";
    return $self;
}

# Chromium takes authorities that the user added from the user's NSS database; its place moved in 2025.
sub _trust {
    my ($self, $ca) = @_;
    for my $dir ("$self->{home}/.pki/nssdb", "$self->{home}/.local/share/pki/nssdb") {
        make_path($dir);
        for my $words (['-N', '--empty-password'], ['-A', '-n', 'throw-away', '-t', 'C,,', '-i', $ca]) {
            my $made = Guard::run([_program('certutil'), '-d', "sql:$dir", @$words]);
            die "certutil: $made->{err}" if $made->{rc};
        }
    }
}

sub _start_driver {
    my ($self) = @_;
    my $program = _program('chromedriver');
    my $log = "$self->{home}/driver.log";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        setpgrp;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        delete @ENV{ grep { /^(?:DISPLAY|WAYLAND_DISPLAY|DBUS_.*|XDG_.*|.*_proxy)$/i } keys %ENV };
        @ENV{qw(HOME TMPDIR)} = ($self->{home}, $self->{home});
        exec { $program } $program, '--port=0' or POSIX::_exit(127);
    }
    $self->{driver} = $pid;
    my $until = time + 60;
    while (time < $until && waitpid($pid, WNOHANG) == 0) {
        if (Guard::slurp($log) =~ /started successfully on port (\d+)/) {
            $self->{base} = "http://127.0.0.1:$1";
            return;
        }
        sleep 0.05;
    }
    die "chromedriver does not start:\n" . Guard::slurp($log);
}

sub _ask {
    my ($self, $method, $path, $body) = @_;
    my %content = $body ? (content => $json->encode($body), headers => { 'Content-Type' => 'application/json' }) : ();
    my $response = $self->{http}->request($method, $self->{base} . $path, \%content);
    my $value = eval { $json->decode($response->{content})->{value} };
    die "$method $path: $response->{status} " . (ref $value ? "$value->{error}: $value->{message}" : $response->{content}) . "\n"
        if !$response->{success};
    return $value;
}

# Loads a page; undef, or what the browser says when it cannot.
sub visit {
    my ($self, $url) = @_;
    eval { $self->_ask(POST => "$self->{session}/url", { url => $url }); 1 } and return;
    return $@;
}

sub url { return $_[0]->_ask(GET => "$_[0]{session}/url") }

# The value of a script's `return`, in the current frame; a promise is waited for.
sub run {
    my ($self, $script, @args) = @_;
    return $self->_ask(POST => "$self->{session}/execute/sync", { script => $script, args => \@args });
}

# Runs `code` inside the first element that matches, a frame.
sub in_frame {
    my ($self, $selector, $code) = @_;
    my $element = $self->_ask(POST => "$self->{session}/element", { using => 'css selector', value => $selector });
    $self->_ask(POST => "$self->{session}/frame", { id => { $ELEMENT => $element->{$ELEMENT} } });
    my $result = eval { $code->($self) };
    my $err = $@;
    $self->_ask(POST => "$self->{session}/frame", { id => undef });
    die $err if $err;
    return $result;
}

# name => { secure, httpOnly, sameSite, ... } for the page's host.
sub cookies { return map { $_->{name} => $_ } @{ $_[0]->_ask(GET => "$_[0]{session}/cookie") } }

# Messages of the console since the last call.
sub console { return map { $_->{message} } @{ $_[0]->_ask(POST => "$_[0]{session}/se/log", { type => 'browser' }) } }

# Header fields of the documents loaded since the last call, as they came over the wire: url => { lower case name => value };
# fields of one name are joined by a newline.
sub documents {
    my ($self) = @_;
    my %seen;
    for my $entry (@{ $self->_ask(POST => "$self->{session}/se/log", { type => 'performance' }) }) {
        my $message = $json->decode($entry->{message})->{message};
        next if $message->{method} ne 'Network.responseReceived' || ($message->{params}{type} // '') ne 'Document';
        my $response = $message->{params}{response};
        $seen{ $response->{url} } = { map { lc $_ => $response->{headers}{$_} } keys %{ $response->{headers} } };
    }
    return \%seen;
}

sub quit {
    my ($self) = @_;
    return if !$self->{driver} || $self->{owner} != $$;
    eval { $self->_ask(DELETE => $self->{session}) } if $self->{session};
    my $pid = delete $self->{driver};
    # Its own group: a browser that did not end with its session ends here.
    kill TERM => -$pid;
    waitpid $pid, 0;
    kill KILL => -$pid;
}

END {
    my $status = $?;
    $_->quit for @alive;
    $? = $status;
}

1;
