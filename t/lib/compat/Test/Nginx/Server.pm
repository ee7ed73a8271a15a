# nginx as the suites need it: a server root, a configuration, and one process that is started, reloaded and stopped.
package Test::Nginx::Server;

use strict;
use warnings;

use File::Find qw(find);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use IO::Socket::UNIX;
use Dynstore::Guard;
use POSIX qw(:sys_wait_h);
use Test::Nginx::Util;
use Time::HiRes qw(sleep time);

our $Pid;
our $ExitStatus;
my ($owner, $version) = ($$, 0);
my $guard;

sub error_log_path { "$ServRoot/logs/error.log" }

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or bail_out("cannot write $path: $!");
    binmode $out;
    print {$out} $text;
    close $out or bail_out("cannot write $path: $!");
}

# A reload keeps what the running nginx has open: its logs and its sockets.
sub prepare_root {
    if ($Pid) {
        truncate $_, 0 for glob "$ServRoot/logs/*.log";
        find({ no_chdir => 1, wanted => sub { unlink if -f } }, "$ServRoot/conf", "$ServRoot/html");
    } else {
        remove_tree(glob "$ServRoot/{conf,html,logs} $ServRoot/*_temp $ServRoot/*_cache");
        # as Test::Nginx, which removes the folder then: what else is in it would stop the suite there
        my @left = grep { !m{/probe\.sock$} } glob "$ServRoot/*";
        bail_out("something left @left behind: keep what a block makes in html_dir(), or in a folder *_cache or *_temp") if @left;
    }
    make_path("$ServRoot/$_") for qw(conf html logs);
    write_file("$ServRoot/html/index.html",
        '<html><head><title>It works!</title></head><body>It works!</body></html>');
}

sub write_user_files {
    my $block = shift;
    my $files = $block->user_files;
    return unless defined $files;

    if (!ref $files) {
        my @parsed;
        for my $line (split /^/, $files) {
            if   ($line =~ /^>>> (\S+)(?:\s+(\S+))?/) { push @parsed, [$1, '', $2] }
            elsif (@parsed)                           { $parsed[-1][1] .= $line }
        }
        $files = \@parsed;
    }

    for my $file (@$files) {
        my ($name, $text, $date) = @$file;
        my $path = $name =~ m{^/} ? $name : "$ServRoot/html/$name";
        (my $dir = $path) =~ s{/[^/]*$}{};
        make_path($dir);
        write_file($path, Test::Nginx::Util::expand($text // '', $block->name));
        if ($date) {
            local $ENV{TZ} = 'GMT';
            system('touch', '-t', $date, $path) == 0 or bail_out("cannot set the date of $path to $date");
        }
    }
}

sub config_text {
    my $block   = shift;
    my %setting = %Test::Nginx::Util::Setting;
    my $expand  = sub { Test::Nginx::Util::expand($_[0] // '', $block->name) };
    my ($main, $post_main, $http, $config) =
        map { $expand->(scalar $block->$_) } qw(main_config post_main_config http_config config);

    my $modules = join '', map { "load_module $_;\n" } split ' ', $ENV{TEST_NGINX_LOAD_MODULES} || '';
    my $user    = $> == 0 ? "user root;\n" : '';
    my $env     = join '', map { "env $_;\n" } 'ASAN_OPTIONS', 'UBSAN_OPTIONS', @Test::Nginx::Util::EnvToNginx;
    my $h2      = use_http2($block);
    my $listen  = $h2 && $NginxVersion < 1.025001 ? "$ServerPort http2" : $ServerPort;
    $listen .= ";\n        http2 on" if $h2 && $NginxVersion >= 1.025001;
    my $log_level = $block->log_level // $setting{log_level};
    chomp $log_level;
    my $error_log = $expand->($block->error_log_file // error_log_path());
    my $name      = $block->server_name // $setting{name};
    my $temp      = join '', map { $http =~ /\b${_}_temp_path\b/ ? '' : "    ${_}_temp_path $ServRoot/${_}_temp;\n" }
        qw(client_body proxy fastcgi scgi uwsgi);
    my $root = $setting{root_location}
        ? "        location / {\n            root $ServRoot/html;\n            index index.html index.htm;\n        }\n"
        : '';
    # by this the runner sees that a reload has taken place
    my $probe = $setting{hup}
        ? "    server {\n        listen unix:$ServRoot/probe.sock;\n        location / { access_log off; return 200 'version $version.'; }\n    }\n"
        : '';

    return <<"END";
${modules}worker_processes $setting{workers};
daemon off;
master_process $setting{master};
error_log $error_log $log_level;
pid $ServRoot/logs/nginx.pid;
$user$env
$main

http {
    access_log $ServRoot/logs/access.log;
$temp    default_type text/plain;
    keepalive_timeout 68000ms;

$http

    server {
        listen $listen;
        server_name '$name';
        client_max_body_size 30M;

$setting{preamble}
$config

$root    }
$probe}

$post_main

events {
    accept_mutex off;
    worker_connections $setting{connections};
}
END
}

# everything that has to be there before nginx starts or reloads
sub prepare {
    my $block = shift;
    prepare_root();
    if (defined(my $code = $block->post_setup_server_root)) {
        eval $code;
        bail_out($block->name . " - post_setup_server_root failed: $@") if $@;
    }
    write_user_files($block);
    $version++;
    write_file("$ServRoot/conf/nginx.conf", config_text($block));
}

sub command {
    my @nginx = ($Test::Nginx::Util::NginxBinary, '-e', error_log_path(), '-p', "$ServRoot/", '-c', "$ServRoot/conf/nginx.conf");
    if (my $valgrind = $Test::Nginx::Util::Setting{valgrind}) {
        my @options = $valgrind =~ /^\d+$/ ? ('--leak-check=full', '--show-possibly-lost=no') : split ' ', $valgrind;
        unshift @nginx, 'valgrind', '-q', '--num-callers=50', @options, (-f 'valgrind.suppress' ? '--suppressions=valgrind.suppress' : ());
    }
    return @nginx;
}

sub spawn {
    my $block = shift;
    my @command = command();
    my $pid = fork // bail_out("cannot fork: $!");
    if ($pid == 0) {
        Dynstore::Guard::ends_with($owner);
        open STDOUT, '>', '/dev/null';
        open STDIN, '<', '/dev/null';
        open STDERR, '>', "$ServRoot/logs/stderr.log" unless $Test::Nginx::Util::Verbose;
        setpgrp;
        exec @command or POSIX::_exit(127);
    }
    $Pid        = $pid;
    # workers outlive their master
    $guard      = $Test::Nginx::Util::Setting{master} eq 'on' ? Dynstore::Guard->of($pid) : undef;
    $ExitStatus = undef;
}

# reaps nginx when it has ended
sub alive {
    return 0 unless $Pid;
    if (waitpid($Pid, WNOHANG) == $Pid) {
        $ExitStatus = $?;
        $Pid        = undef;
        return 0;
    }
    return 1;
}

sub wait_until {
    my ($seconds, $condition) = @_;
    my $until = time + $seconds;
    do {
        return 1 if $condition->();
        sleep 0.01;
    } while (time < $until);
    return 0;
}

sub patience { $Test::Nginx::Util::Setting{valgrind} ? 60 : 15 }

sub start {
    my $block = shift;
    stop();
    prepare($block);
    spawn($block);
    my $up = wait_until(patience(), sub {
        return 1 unless alive();
        return -s "$ServRoot/logs/nginx.pid" && answers();
    });
    return if $up && $Pid;
    bail_out($block->name, " - nginx did not start:\n", tail(error_log_path()), tail("$ServRoot/logs/stderr.log"));
}

# for a configuration that nginx has to refuse: its exit status, or undef when it runs
sub start_must_die {
    my $block = shift;
    stop();
    prepare($block);
    spawn($block);
    wait_until(patience(), sub { !alive() || (-s "$ServRoot/logs/nginx.pid" && answers()) });
    my $status = $Pid ? undef : $ExitStatus;
    stop();
    return $status;
}

sub answers {
    return defined IO::Socket::INET->new(PeerAddr => server_addr(), PeerPort => $ServerPort, Timeout => 1);
}

sub probe {
    my $socket = IO::Socket::UNIX->new(Peer => "$ServRoot/probe.sock") or return '';
    print {$socket} "GET / HTTP/1.0\r\n\r\n";
    local $/;
    return scalar(<$socket>) // '';
}

sub children_of {
    my $pid = shift;
    open my $in, '<', "/proc/$pid/task/$pid/children" or return ();
    return split ' ', scalar(<$in>) // '';
}

sub takes_connections {
    my $pid = shift;
    open my $in, '<', "/proc/$pid/cmdline" or return 0;
    my $title = <$in> // '';
    return $title ne '' && $title !~ /shutting down/;
}

sub reload {
    my $block = shift;
    my @old = children_of($Pid);
    prepare($block);
    kill HUP => $Pid;
    my $done = wait_until(patience(), sub { probe() =~ /version $version\./ && !grep { takes_connections($_) } @old });
    bail_out($block->name, " - nginx did not reload:\n", tail(error_log_path())) unless $done;
}

# gracefully; whoever does not go is killed, and that is reported
sub stop {
    return unless $Pid && $$ == $owner;
    kill QUIT => $Pid if alive();
    if (!wait_until(patience(), sub { !alive() })) {
        Test::More::diag("nginx ($Pid) did not stop within ", patience(), ' seconds and was killed');
        kill KILL => -$Pid;
        waitpid $Pid, 0;
        $Pid = undef;
    }
}

sub tail {
    my $path = shift;
    open my $in, '<', $path or return '';
    my @lines = grep { !/\[debug\]/ } <$in>;
    splice @lines, 0, @lines - 20 if @lines > 20;
    return join '', @lines;
}

END {
    if ($$ == $owner) {
        local $?;
        stop();
    }
}

1;
