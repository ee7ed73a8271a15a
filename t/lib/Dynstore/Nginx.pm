# An nginx with the module for tests that do things between requests: stop Redis, reload, send several requests at once. It runs in the
# same modes as the suites (valgrind, sanitizers), with the endpoints /rec, /event, /status, /metrics and /assets/.
package Dynstore::Nginx;

use strict;
use warnings;

use Cwd ();
use Digest::SHA ();
use Dynstore::Guard;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Test::More ();
use Time::HiRes qw(sleep time);

my $key      = '00112233445566778899aabbccddeeff' x 2;
my $snapshot;

# what Redis knows a visitor by from a cookie, and a visitor's cookie by a number
sub hash_of { substr Digest::SHA::hmac_sha256_hex($_[0] =~ s/\..*//r, pack 'H*', $key), 0, 32 }
sub visitor { my $id = sprintf '%032x', $_[0]; return $id . '.' . substr Digest::SHA::hmac_sha256_hex($id, pack 'H*', $key), 32, 16 }

# where a visitor by number is dealt by a seed, from 0 to 1: by the hash of the visitor's id, as GrowthBook does it
sub fnv { my $hash = 2166136261; $hash = (($hash ^ $_) * 16777619) & 0xffffffff for unpack 'C*', shift; return $hash }
sub place { my ($seed, $visitor) = @_; return fnv(fnv($seed . substr hash_of(visitor($visitor)), 0, 16)) % 10000 / 10000 }

sub snapshot {
    my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $output = qx{build/dynstore build --catalog t/fixtures/catalog.jsonl --events t/fixtures/events.jsonl -o $folder/store.dyn 2>&1 </dev/null};
    Test::More::BAIL_OUT("build/dynstore build failed: $output") if $?;
    return "$folder/store.dyn";
}

# patience of tests with time limits: what runs under a checker is slow
sub slow { $ENV{TEST_NGINX_USE_VALGRIND} ? 8 : ($ENV{TEST_NGINX_BINARY} // '') =~ /asan/ ? 3 : 1 }

# redis: the directive's words; http: more for http{}; timeout: dynstore_timeout in ms; workers: with a master process when given;
# snapshot: another than the suites'; under: a command that runs nginx; user: the workers', where the tests are root's
sub start {
    my ($class, %with) = @_;
    $with{snapshot} //= $snapshot //= snapshot();
    my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { %with, folder => $folder, port => Dynstore::Redis::free_port(), owner => $$ }, $class;
    mkdir "$folder/$_" for qw(logs temp);
    write_file("$folder/dynstore.key", "$key\n");
    chmod 0600, "$folder/dynstore.key";
    $self->configure;

    my @command = ($ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx', '-p', "$folder/", '-c', "$folder/nginx.conf", '-e', "$folder/logs/error.log");
    unshift @command, 'valgrind', '-q', '--num-callers=50', split ' ', $ENV{TEST_NGINX_USE_VALGRIND} if $ENV{TEST_NGINX_USE_VALGRIND};
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
        Dynstore::Guard::ends_with($self->{owner});
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$folder/logs/stderr.log";
        setpgrp;
        $ENV{LD_PRELOAD} = $self->{preload} if $self->{preload};
        exec @{$with{under} // []}, @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    $self->{guard} = Dynstore::Guard->of($pid);
    $self->until(sub { !$self->alive || (-s "$folder/nginx.pid" && $self->connection) }, 60)
        && $self->alive or Test::More::BAIL_OUT('nginx does not start: ' . $self->log . slurp("$folder/logs/stderr.log"));
    return $self;
}

sub configure {
    my $self = shift;
    my $http = $self->{http} // '';
    my ($timeout, $hasty) = map { ($_ * slow() < 10000 ? $_ * slow() : 10000) . 'ms' } $self->{timeout} // 1000, 30;
    my $modules = join '', map { "load_module $_;\n" } split ' ', $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
    my $user = $> == 0 ? 'user ' . ($self->{user} // 'root') . ';' : '';
    my $processes = $self->{workers} ? "worker_processes $self->{workers};" : 'master_process off;';
    write_file("$self->{folder}/nginx.conf", <<"END");
$modules
daemon off;
$processes
$user
env ASAN_OPTIONS;
env UBSAN_OPTIONS;
pid $self->{folder}/nginx.pid;
error_log $self->{folder}/logs/error.log info;
worker_shutdown_timeout 20s;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $self->{folder}/temp/body;
    proxy_temp_path $self->{folder}/temp/proxy;
    fastcgi_temp_path $self->{folder}/temp/fastcgi;
    uwsgi_temp_path $self->{folder}/temp/uwsgi;
    scgi_temp_path $self->{folder}/temp/scgi;
    $http
    dynstore_zone zone=dynstore:1m;
    dynstore_snapshot $self->{snapshot};
    dynstore_redis $self->{redis};
    dynstore_visitor key=$self->{folder}/dynstore.key;
    dynstore_timeout $timeout;
    server {
        listen 127.0.0.1:$self->{port};
        location = /rec { dynstore_fragment; }
        location = /rec/brief { dynstore_fragment; dynstore_ttl 1s; }
        location = /rec/never { dynstore_fragment; dynstore_ttl 0s; }
        location = /rec/hasty { dynstore_fragment; dynstore_timeout $hasty; }
        location = /event { dynstore_events; }
        location = /status { dynstore_status; }
        location = /metrics { dynstore_metrics; }
        location /assets/ { dynstore_assets; }
    }
}
END
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print {$file} $text;
    close $file or die "$path: $!\n";
}

sub slurp {
    my $path = shift;
    open my $file, '<', $path or return '';
    local $/;
    return scalar(<$file>) // '';
}

sub log { slurp("$_[0]{folder}/logs/error.log") }

# calls it until it is true; false when that takes too long
sub until {
    my ($self, $condition, $seconds) = @_;
    my $end = time + ($seconds // 10) * slow();
    while (1) {
        return 1 if $condition->();
        return 0 if time > $end;
        sleep 0.02;
    }
}

sub connection { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_[0]{port}, Timeout => 5) }

# ask() sends a request and returns its socket, answer() waits for what comes back
sub ask {
    my ($self, $method, $path, $visitor, $body) = @_;
    my $socket = $self->connection or die "nginx does not take connections: $!\n";
    my $text = "$method $path HTTP/1.0\r\nHost: localhost\r\n";
    $text .= 'Cookie: dyn_vid=' . visitor($visitor) . "\r\n" if defined $visitor;
    $text .= "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n" if defined $body;
    $socket->print("$text\r\n" . ($body // ''));
    $socket->flush;
    return $socket;
}

sub answer {
    my ($self, $socket) = @_;
    local $/;
    my $raw = <$socket> // '';
    return HTTP::Response->parse($raw);
}

sub get  { my $self = shift; return $self->answer($self->ask('GET', @_)) }
sub post { my $self = shift; return $self->answer($self->ask('POST', @_)) }

sub rung { my $answer = shift; return $answer->content =~ /"rung":"(\w+)"/ ? $1 : 'status ' . ($answer->code // 'none') }

sub status {
    my $self = shift;
    return JSON::PP::decode_json($self->get('/status')->content);
}

sub counter { my ($self, $name) = @_; return $self->status->{counters}{$name} }

sub alive {
    my $self = shift;
    return 0 unless $self->{pid};
    if (waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid}) {
        $self->{exit} = $?;
        $self->{pid}  = undef;
    }
    return defined $self->{pid};
}

sub workers_of { my $self = shift; return split ' ', slurp("/proc/$self->{pid}/task/$self->{pid}/children") }

# what is in the memory that all processes share, such as the zone: of a worker, or of the one process there is
sub shared_memory {
    my $self = shift;
    my ($pid) = ($self->workers_of, $self->{pid});
    open my $maps, '<', "/proc/$pid/maps" or die "/proc/$pid/maps: $!\n";
    open my $memory, '<:raw', "/proc/$pid/mem" or die "/proc/$pid/mem: $!\n";
    my $all = '';
    for (<$maps>) {
        my ($from, $to) = m{^([0-9a-f]+)-([0-9a-f]+) rw-s .* /dev/zero \(deleted\)$} or next;
        no warnings 'portable';
        sysseek $memory, hex $from, 0;
        sysread $memory, $all, hex($to) - hex($from), length $all or die "/proc/$pid/mem: $!\n";
    }
    return $all;
}

# returns when other workers have taken over; the old ones may still be ending
sub reload {
    my $self = shift;
    my %old = map { $_ => 1 } $self->workers_of;
    kill HUP => $self->{pid};
    $self->until(sub { $self->workers_of && grep { !$old{$_} } $self->workers_of }, 20) or Test::More::BAIL_OUT('nginx did not reload: ' . $self->log);
}

# gracefully; its exit status
sub stop {
    my $self = shift;
    return $self->{exit} unless $self->alive;
    kill QUIT => $self->{pid};
    if (!$self->until(sub { !$self->alive }, 20)) {
        Test::More::fail('nginx ends within 20 seconds of being asked to');
        kill KILL => -$self->{pid};
        waitpid $self->{pid}, 0;
        $self->{pid} = undef;
    }
    return $self->{exit};
}

sub DESTROY {
    my $self = shift;
    return unless $self->{pid} && $self->{owner} == $$;
    local ($?, $!, $@);
    kill KILL => -$self->{pid};    # the group: workers outlive their master
    waitpid $self->{pid}, 0;
}

1;
