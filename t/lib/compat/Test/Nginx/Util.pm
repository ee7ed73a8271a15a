# Settings and small helpers of the suite runner. It follows the documented behaviour of Test::Nginx, so that the suites
# run unchanged on either; this one is used where Test::Nginx itself is not installed.
package Test::Nginx::Util;

use strict;
use warnings;
use base 'Exporter';

use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use File::Spec ();
use File::Temp ();
use IO::Socket::INET;
use Test::More ();

our @EXPORT = qw(
    add_block_preprocessor add_cleanup_handler add_test_cleanup_handler add_response_body_check
    bail_out check_accum_error_log config_preamble env_to_nginx expand_env_in_text html_dir is_running log_level
    master_off master_on master_process_enabled no_long_string no_root_location no_shuffle repeat_each
    server_addr server_name server_port server_port_for_client server_root timeout use_hup workers worker_connections
    use_http2 parse_time sleep_time $ServerPort $ServerPortForClient $ServRoot $NginxVersion
);

our $ServerPort          = $ENV{TEST_NGINX_SERVER_PORT} || $ENV{TEST_NGINX_PORT} || free_port();
our $ServerPortForClient = $ENV{TEST_NGINX_CLIENT_PORT} || $ServerPort;
our $ServRoot            = $ENV{TEST_NGINX_SERVROOT} || File::Temp::tempdir('dynstore-suite-XXXXXX', TMPDIR => 1, CLEANUP => 1);
our $NginxBinary         = $ENV{TEST_NGINX_BINARY} || 'nginx';
our $NginxVersion;
our $Verbose = $ENV{TEST_NGINX_VERBOSE};

$ServRoot = File::Spec->rel2abs($ServRoot);
$ENV{TEST_NGINX_SERVER_ROOT} = $ServRoot;
$ENV{TEST_NGINX_SERVER_PORT} = $ServerPort;

our %Setting = (
    addr          => '127.0.0.1',
    hup           => $ENV{TEST_NGINX_USE_HUP},
    log_level     => $ENV{TEST_NGINX_LOG_LEVEL} || 'debug',
    master        => $ENV{TEST_NGINX_MASTER_PROCESS} || 'off',
    name          => 'localhost',
    preamble      => '',
    repeat        => 1,
    root_location => 1,
    shuffle       => !$ENV{TEST_NGINX_NO_SHUFFLE},
    timeout       => $ENV{TEST_NGINX_TIMEOUT} || 3,
    valgrind      => $ENV{TEST_NGINX_USE_VALGRIND},
    workers       => 1,
    connections   => 64,
);
our (@Preprocessors, @CleanupHandlers, @TestCleanupHandlers, @BodyChecks, @EnvToNginx);
our ($NoLongString, $AccumulateErrorLog);
our %RandPorts;

# a getter and setter for one setting
sub setting {
    my $key = shift;
    $Setting{$key} = shift if @_;
    return $Setting{$key};
}

sub server_addr (@)        { setting('addr',        @_) }
sub server_name (@)        { setting('name',        @_) }
sub log_level (@)          { setting('log_level',   @_) }
sub repeat_each (@)        { setting('repeat',      @_) }
sub timeout (@)            { setting('timeout',     @_) }
sub workers (@)            { setting('workers',     @_) }
sub worker_connections (@) { setting('connections', @_) }
sub config_preamble ($)    { setting('preamble',    @_) }
sub master_on ()           { $Setting{master}        = 'on' }
sub master_off ()          { $Setting{master}        = 'off' }
sub no_shuffle ()          { $Setting{shuffle}       = 0 }
sub no_root_location ()    { $Setting{root_location} = 0 }
sub use_hup ()             { $Setting{hup}           = 1 }
sub no_long_string ()      { $NoLongString       = 1 }
sub check_accum_error_log () { $AccumulateErrorLog = 1 }
sub html_dir ()            { "$ServRoot/html" }
sub server_root ()         { $ServRoot }
sub sleep_time             { 0.015 }
sub env_to_nginx (@)       { push @EnvToNginx, @_ }

sub master_process_enabled (@) {
    $Setting{master} = shift() ? 'on' : 'off' if @_;
    return $Setting{master};
}

sub server_port (@) {
    $ServerPort = $ENV{TEST_NGINX_SERVER_PORT} = $ServerPortForClient = shift if @_;
    return $ServerPort;
}

sub server_port_for_client (@) {
    $ServerPortForClient = shift if @_;
    return $ServerPortForClient;
}

sub add_block_preprocessor (&)   { unshift @Preprocessors,       shift }
sub add_cleanup_handler ($)      { unshift @CleanupHandlers,     shift }
sub add_test_cleanup_handler ($) { unshift @TestCleanupHandlers, shift }
sub add_response_body_check ($)  { push @BodyChecks,             shift }

sub bail_out (@) {
    my $message = join '', @_;
    Test::More::diag($message);
    $message =~ s/\n.*//s;
    Test::More::BAIL_OUT($message);
}

sub is_running ($) {
    my $pid = shift;
    return kill 0, $pid;
}

# "20ms", "1.5s", "2" in seconds
sub parse_time ($) {
    my $time = shift;
    return undef unless defined $time;
    $time =~ s/^\s+|\s+$//g;
    return $1 / 1000 if $time =~ /^([\d.]+)ms$/;
    $time =~ s/s$//;
    return $time;
}

# False when another script, which runs at the same time, has this port.
sub take_port {
    my $port = shift;
    return 1 unless $ENV{TEST_PORTS_TAKEN};
    return sysopen my $mark, "$ENV{TEST_PORTS_TAKEN}/$port", O_CREAT | O_EXCL | O_WRONLY;
}

# Below the range that outgoing connections take their ports from, and free right now.
sub free_port {
    my $taken = shift || {};
    for (1 .. 1000) {
        my $port = 20000 + int rand 6000;
        next if $taken->{$port};
        my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp', Listen => 1)
            or next;
        close $socket;
        return $port if take_port($port);
    }
    bail_out('no free port found');
}

sub expand_env_in_text ($$$) {
    my ($text, $name, $ports) = @_;
    return undef unless defined $text;
    $text =~ s{\$(TEST_NGINX_[_A-Z0-9]+)}{
        my $variable = $1;
        if ($variable =~ /^TEST_NGINX_RAND_PORT_\d+$/) {
            $ports->{$variable} ||= free_port({ $ServerPort => 1, map { $_ => 1 } grep { defined } values %$ports });
        } elsif (defined $ENV{$variable}) {
            $ENV{$variable};
        } else {
            bail_out("$name - the environment variable $variable is not set");
        }
    }eg;
    return $text;
}

sub expand ($$) {
    my ($text, $name) = @_;
    return expand_env_in_text($text, $name, \%RandPorts);
}

# the same for expected values, which may also name the port
sub expand_expected ($$) {
    my ($text, $name) = @_;
    return $text if !defined $text || ref $text;
    $text =~ s/\$ServerPortForClient\b/$ServerPortForClient/g;
    $text =~ s/\$ServerPort\b/$ServerPort/g;
    $text =~ s/\$ServRoot\b/$ServRoot/g;
    return expand($text, $name);
}

sub canon_version { sprintf '%d.%03d%03d', @_ }

sub nginx_version {
    my $text = qx{$NginxBinary -V 2>&1};
    $text =~ m{nginx[^/]*/(\d+)\.(\d+)\.(\d+)} or bail_out("cannot run $NginxBinary: $text");
    return canon_version($1, $2, $3);
}

# Is this block asked over HTTP/2 (prior knowledge, by curl)? Everything is, in the mode TEST_NGINX_USE_HTTP2, that can be.
sub use_http2 ($) {
    my $block = shift;
    return 0 if defined $block->no_http2;
    if (defined $block->http2) {
        bail_out($block->name . ' - http2 does not go together with raw_request or pipelined_requests')
            if defined $block->raw_request || defined $block->pipelined_requests;
        return 1;
    }
    return 0 unless $ENV{TEST_NGINX_USE_HTTP2};
    return 0 if defined $block->raw_request || defined $block->pipelined_requests || !defined $block->request;
    return 0 if !ref $block->request && $block->request =~ m{HTTP/1\.0};
    # the one port then speaks HTTP/2 only, so it cannot be its own backend
    my $own_port = qr/proxy_pass\s[^;]*:\$(?:server_port|TEST_NGINX_SERVER_PORT)/;
    for my $text ($block->config, $block->http_config) {
        return 0 if defined $text && $text =~ $own_port;
    }
    return 1;
}

1;
