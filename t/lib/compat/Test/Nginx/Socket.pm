# A small runner for suites written for Test::Nginx::Socket: each block gets its own nginx, is asked over a socket, and
# its sections say what has to come back. Used only where Test::Nginx itself is not installed; see Util.pm.
package Test::Nginx::Socket;

use Test::Base -base;
use List::Util qw(shuffle);
use Test::Nginx::Checks;
use Test::Nginx::Client;
use Test::Nginx::Server;
use Test::Nginx::TcpServer;
use Test::Nginx::Util;
use Time::HiRes ();

our @EXPORT = (qw(plan run_tests run_test is_str), grep { /^[a-z]/ && !/^(?:expand_env_in_text|use_http2|is_running|parse_time|sleep_time)$/ } @Test::Nginx::Util::EXPORT);

my ($previous_config, $running_block);

sub is_str (@) { Test::Nginx::Checks::same_text(@_) }

# "N: <= 1.21.0: reason" with the number of tests to leave out
sub version_skip {
    my $block = shift;
    my $spec  = $block->skip_nginx;
    return unless defined $spec;
    $spec =~ /^\s*(\d+)\s*:\s*([<>]=?)\s*(\d+)\.(\d+)\.(\d+)\s*(?::\s*(.*?))?\s*$/s
        or bail_out($block->name . " - not a skip_nginx: $spec");
    my ($count, $operator, $reason) = ($1, $2, $6);
    my $order = $NginxVersion <=> Test::Nginx::Util::canon_version($3, $4, $5);
    my $skip  = $operator eq '<' ? $order < 0 : $operator eq '<=' ? $order <= 0 : $operator eq '>' ? $order > 0 : $order >= 0;
    return $skip ? ($count, $reason || "nginx version $spec") : ();
}

sub code_skip {
    my $block = shift;
    my $spec  = $block->skip_eval;
    return unless defined $spec;
    $spec =~ /^\s*(\d+)\s*:\s*(.*)/s or bail_out($block->name . " - not a skip_eval: $spec");
    my ($count, $code) = ($1, $2);
    my $skip = eval $code;
    bail_out($block->name . " - skip_eval: $@") if $@;
    return $skip ? ($count, 'skip_eval') : ();
}

sub must_die {
    my $block = shift;
    my $name  = $block->name;
    for my $round (1 .. repeat_each()) {
        my $status   = Test::Nginx::Server::start_must_die($block);
        my $expected = $block->must_die;
        if    (!defined $status)       { Test::More::fail("$name - nginx has to refuse this configuration, and ran") }
        elsif ($status & 127)          { Test::More::fail("$name - nginx died of signal " . ($status & 127)) }
        elsif ($expected =~ /^\s*(\d+)/) { Test::More::is($status >> 8, $1, "$name - exit code") }
        else                           { Test::More::isnt($status, 0, "$name - die as expected") }
        Test::Nginx::Checks::rewind_logs();
        Test::Nginx::Checks::error_log_of_dead($block, Test::Nginx::Server::error_log_path());
    }
}

sub ask {
    my ($block, $round) = @_;
    my $name     = $block->name;
    my $requests = Test::Nginx::Client::requests_of($block);
    my $pipeline = defined $block->pipelined_requests ? @{ $block->pipelined_requests } : 0;
    my $count    = $pipeline || @$requests;
    my $many     = $count > 1;
    my $raw;

    for my $index (0 .. $count - 1) {
        my $first = !$pipeline || $index == 0;
        my $request = $requests->[$pipeline ? 0 : $index];
        $raw = Test::Nginx::Client::exchange($block, $request) if $first;

        if (!defined $block->ignore_response) {
            my $is_head = $pipeline ? $block->pipelined_requests->[$index] =~ /^\s*HEAD\s/ : Test::Nginx::Client::is_head($request);
            my ($response, $head, $left) = Test::Nginx::Client::parse($name, $raw, $is_head);
            Test::More::diag("$name - bytes after the response: " . substr $left, 0, 80)
                if $left ne '' && !($pipeline && $index < $count - 1);
            $raw = $left;
            Test::Nginx::Checks::error_code($block, $response, $index, $many);
            Test::Nginx::Checks::headers($block, $response, $head, $index, $many);
            Test::Nginx::Checks::filter_body($block, $response);
            Test::Nginx::Checks::body($block, $response, $index, $round, $many);
        }

        Time::HiRes::sleep(parse_time($block->wait)) if defined $block->wait;
        Test::Nginx::Checks::error_log($block, Test::Nginx::Server::error_log_path(), $round);
        Test::Nginx::Checks::access_log($block, "$ServRoot/logs/access.log");
    }
}

# stops nginx and looks at what it had to say about that
sub stop_nginx {
    return unless $Test::Nginx::Server::Pid;
    Test::Nginx::Server::stop();
    Test::Nginx::Checks::shutdown_log($running_block, Test::Nginx::Server::error_log_path()) if $running_block;
    $running_block = undef;
}

sub run_test ($) {
    my $block = shift;
    my $name  = $block->name;
    return if defined $block->SKIP;

    my ($skip_count, $skip_reason) = version_skip($block);
    ($skip_count, $skip_reason) = code_skip($block) unless $skip_count;
    if ($skip_count) {
        my $builder = Test::More->builder;
        $builder->skip("$name - $skip_reason") for 1 .. $skip_count;
        return;
    }

    %Test::Nginx::Util::RandPorts = ();
    # a block without a configuration uses the one before
    $block->set_value('config', $previous_config // bail_out("$name - no config")) unless defined $block->config;
    $previous_config = $block->config;

    if (defined $block->must_die) {
        stop_nginx();
        return must_die($block);
    }

    if ($Test::Nginx::Util::Setting{hup} && $Test::Nginx::Server::Pid) {
        Test::Nginx::Server::reload($block);
    } else {
        master_on() if $Test::Nginx::Util::Setting{hup};
        stop_nginx();
        Test::Nginx::Server::start($block);
    }
    $running_block = $block;

    if (defined(my $code = $block->init)) {
        eval $code;
        bail_out("$name - init: $@") if $@;
    }

    Test::Nginx::Checks::rewind_logs();
    for my $round (0 .. repeat_each() - 1) {
        my $tcp = Test::Nginx::TcpServer->start($block);
        ask($block, $round);
        $tcp->finish if $tcp;
        if (!Test::Nginx::Server::alive()) {
            my $status = $Test::Nginx::Server::ExitStatus // 0;
            Test::More::fail("$name - nginx ended by itself, status $status\n" . Test::Nginx::Server::tail("$ServRoot/logs/stderr.log"));
            last;
        }
    }
}

sub run_tests () {
    $NginxVersion = Test::Nginx::Util::nginx_version();
    my @blocks = Test::Base::blocks();
    @blocks = shuffle @blocks if $Test::Nginx::Util::Setting{shuffle};

    for my $block (@blocks) {
        $_->($block) for @Test::Nginx::Util::Preprocessors;
        run_test($block);
        $_->($block) for @Test::Nginx::Util::TestCleanupHandlers;
        stop_nginx() unless $Test::Nginx::Util::Setting{hup};
    }
    stop_nginx();
    $_->() for @Test::Nginx::Util::CleanupHandlers;
}

1;
