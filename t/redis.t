# The Redis client with a Redis that is well, or away: addresses, passwords, connections, and what an ending worker hands over.
use strict;
use warnings;

# runs alone: times decide
use Test::More;
use Dynstore::FakeDns;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my ($port, $socket) = ($redis->port, $redis->socket);
my $tcp = "redis://127.0.0.1:$port";

sub nginx { Dynstore::Nginx->start(@_) }
sub rung  { Dynstore::Nginx::rung(shift) }
sub log_of { my ($visitor, $prefix) = @_; return ($prefix // 'dyn:') . 'r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}' }

sub view { my $item = shift; return qq({"event":"view_item","item_id":"$item"}) }

# puts an item into a visitor's session, as the module would
sub session { my ($visitor, $item) = @_; $redis->command('LPUSH', log_of($visitor), 'vi ' . int(time * 1000) . " $item") }

sub length_of { my ($key, $db) = @_; return $redis->in_db($db // 0, 'LLEN', $key) }

# true when nginx writes and reads sessions through this address
sub works {
    my ($nginx, $db, $name) = @_;
    my $visitor = 1000 + int rand 1e6;
    is($nginx->post('/event', $visitor, view('tent-03'))->code, 204, "$name: an event is taken");
    ok($nginx->until(sub { length_of(log_of($visitor), $db) == 1 }), "$name: it is in database $db");
    like($nginx->get('/rec?surface=home', $visitor)->content, qr/"rung":"session".*"ref":"tent-03"/, "$name: and decides what comes next");
    unlike($nginx->log, qr/\[(?:error|crit|alert|emerg)\]/, "$name: nothing is complained about");
}

for (["$tcp", 0, 'TCP'], ["$tcp/3", 3, 'TCP with a database'], ["unix:$socket", 0, 'a unix socket'], ["unix:$socket:5", 5, 'a unix socket with a database'],
    ["redis://localhost:$port", 0, 'a host name without a resolver']) {
    my ($url, $db, $name) = @$_;
    works(nginx(redis => $url), $db, $name);
}

subtest 'users and passwords' => sub {
    $redis->command('ACL', 'SETUSER', 'shop', 'reset', 'on', '>s@cr:t/', '~dyn:*', '+@all');
    works(nginx(redis => "redis://shop:s%40cr%3At%2F\@127.0.0.1:$port"), 0, 'a percent-encoded password');

    Dynstore::Nginx::write_file("$folder/password", "s\@cr:t/\n");
    chmod 0640, "$folder/password";
    works(nginx(redis => "redis://shop\@127.0.0.1:$port/2 password_file=$folder/password"), 2, 'a password from a file');

    $redis->command('ACL', 'SETUSER', 'least', 'reset', 'on', '>x', '~dyn:*', '+lrange', '+hgetall', '+lpush', '+ltrim', '+expire', '+hset', '+hsetnx', '+xadd', '+xtrim', '+select', '+auth');
    works(nginx(redis => "redis://least:x\@127.0.0.1:$port"), 0, 'a user who may do no more than the client needs');

    $redis->command('CONFIG', 'SET', 'requirepass', 'only');
    $redis->{password} = 'only';
    works(nginx(redis => "redis://:only\@127.0.0.1:$port"), 0, 'a password without a user');

    my $nginx = nginx(redis => $tcp);
    is(rung($nginx->get('/rec?surface=home', 1)), 'popular', 'without the password that Redis wants, the ladder goes down');
    is($nginx->post('/event', 1, view('tent-03'))->code, 204, 'events are taken');
    $nginx->get('/rec?surface=home', 1) for 1 .. 5;
    is(scalar(() = $nginx->log =~ /\[error\].*Redis at redis:\S+ needs a password, but none is configured: NOAUTH/g), 1, 'it is said once, with the reason');
    is($nginx->stop, 0, 'nginx ends as always');

    $nginx = nginx(redis => "redis://shop:wrong\@127.0.0.1:$port");
    is(rung($nginx->get('/rec?surface=pdp&item=tent-02', 1)), 'context', 'with a wrong password, too');
    is(rung($nginx->get('/rec?surface=pdp&item=tent-02', 1)), 'context', 'also when nothing else waits') for 1 .. 3;
    sleep 0.5;
    $nginx->get('/rec?surface=home', 1) for 1 .. 5;
    is(scalar(() = $nginx->log =~ /\[error\]/g), 1, 'one line');
    like($nginx->log, qr/\[error\].*Redis at redis:\S+ refuses the user or the password: WRONGPASS/, 'with the reason');
    unlike($nginx->log, qr/shop:|:wrong/, 'and without the password');
    is($nginx->counter('redis_connects'), 0, 'no connection counts as made');
    is($nginx->counter('redis_connect_failures'), 1, 'one as failed, and the next try is far');
    $nginx->stop;

    $redis->command('CONFIG', 'SET', 'requirepass', '');
    $redis->{password} = undef;

    $nginx = nginx(redis => "$tcp/9999");
    is(rung($nginx->get('/rec?surface=home', 1)), 'popular', 'a database that is not there is no database');
    like($nginx->log, qr/Redis at redis:\S+ does not have the configured database: .*out of range/, 'and it is said');
};

subtest 'a host name that is looked up at run time' => sub {
    my $dns = Dynstore::FakeDns->start('redis.shop.test' => '127.0.0.1');
    my $resolver = 'resolver 127.0.0.1:' . $dns->port . ' ipv6=off; resolver_timeout 2s;';
    works(nginx(redis => "redis://redis.shop.test:$port", http => $resolver), 0, 'a name that the name server knows');

    my $nginx = nginx(redis => "redis://nobody.shop.test:$port", http => $resolver);
    is(rung($nginx->get('/rec?surface=home', 1)), 'popular', 'a name that it does not know: the ladder goes down');
    like($nginx->log, qr/Redis at redis:\S+ has a host name that could not be resolved: .*not found/, 'and it is said');
    is($nginx->stop, 0, 'nginx ends as always');

    $nginx = nginx(redis => "redis://silent.shop.test:$port", http => $resolver, timeout => 50);
    is(rung($nginx->get('/rec?surface=home', 1)), 'popular', 'a name server that says nothing holds nobody up');
    is($nginx->post('/event', 1, view('tent-03'))->code, 204, 'nor an event');
    ok($nginx->until(sub { $nginx->log =~ /did not accept a connection in time|could not be resolved/ }), 'and it is said');
    is($nginx->stop, 0, 'nginx ends while a name is being looked up');
};

subtest 'a host name that nobody knows does not stop nginx' => sub {
    plan skip_all => 'a library put before others is not for sanitizers and valgrind' if Dynstore::Nginx::slow() > 1;

    # stands in for the system's name server: knows redis.shop.test when the file is there, and is slow when it says so
    Dynstore::Nginx::write_file("$folder/names.c", <<"END");
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    if (node == NULL || strcmp(node, "redis.shop.test") != 0) return real(node, service, hints, found);
    while (access("$folder/slow", F_OK) == 0) usleep(1000);
    return access("$folder/known", F_OK) != 0 ? EAI_NONAME : real("127.0.0.1", service, hints, found);
}
END
    is(system('cc', '-shared', '-fPIC', '-o', "$folder/names.so", "$folder/names.c", '-ldl'), 0, 'names.so is built') or return;
    local $ENV{LD_PRELOAD} = "$folder/names.so";

    my $nginx = nginx(redis => "redis://redis.shop.test:$port", workers => 1);
    like($nginx->log . Dynstore::Nginx::slurp("$nginx->{folder}/logs/stderr.log"), qr/\[warn\].*dynstore_redis: host not found: "redis.shop.test"; nginx starts without sessions and keeps looking the name up/, 'it is said at start');
    is(rung($nginx->get('/rec?surface=pdp&item=tent-02', 32)), 'context', 'the ladder goes down');
    is($nginx->post('/event', 32, view('tent-03'))->code, 204, 'events wait');
    ok($nginx->until(sub { $nginx->log =~ /\[error\].*Redis at redis:\S+ has a host name that could not be resolved: Name or service not known/ }), 'and it is said again');
    $nginx->reload;
    is(rung($nginx->get('/rec?surface=pdp&item=tent-02', 32)), 'context', 'nor does it stop a reload');
    Dynstore::Nginx::write_file("$folder/known", '');
    session(31, 'tent-03');
    ok($nginx->until(sub { rung($nginx->get('/rec/never?surface=home', 31)) eq 'session' }), 'when the name is known, sessions are there without a reload');

    Dynstore::Nginx::write_file("$folder/slow", '');
    unlink "$folder/known";
    is($nginx->stop, 0, 'nginx ends');
    unlink "$folder/slow";
    $nginx = nginx(redis => "redis://redis.shop.test:$port", timeout => 50);
    Dynstore::Nginx::write_file("$folder/slow", '');
    is(rung($nginx->get('/rec?surface=pdp&item=tent-02', 32)), 'context', 'a name server that says nothing holds nobody up') for 1 .. 5;
    is($nginx->post('/event?confirm', 32, view('tent-03'))->code, 503, 'nor one who asks for confirmation, for long');
    ok($nginx->until(sub { $nginx->log =~ /Redis at redis:\S+ has a host name that could not be resolved: the name server is slow/ }), 'and it is said');
    is($nginx->stop, 0, 'nginx ends while a name is being looked up');
    unlink "$folder/slow";
};

subtest 'one connection' => sub {
    my $nginx = nginx(redis => $tcp);
    my @sockets = map { $nginx->ask('GET', '/rec?surface=home', $_) } 1 .. 20;
    is(rung($nginx->answer($_)), 'popular', 'a visitor without a session') for @sockets;
    is(scalar(() = $redis->command('CLIENT', 'LIST') =~ /name=dynstore/g), 1, 'all share one connection, which has a name');

    $redis->command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    session(1, 'tent-03');
    is(rung($nginx->get('/rec?surface=home', 1)), 'session', 'when Redis closes it while it is idle, another is made');
    is($nginx->counter('redis_connects'), 2, 'counted');
    unlike($nginx->log, qr/\[error\]/, 'and nothing is complained about');
};

subtest 'sessions do not mix' => sub {
    my $nginx = nginx(redis => $tcp);
    my @items = map { my $kind = $_; map { "$kind-0$_" } 0 .. 6 } qw(pack tent stove);
    session(100 + $_, $items[$_]) for 0 .. $#items;
    for my $round (1 .. 5) {
        my @sockets = map { $nginx->ask('GET', '/rec?surface=home&slot=recs', 100 + $_) } 0 .. $#items;
        my @wrong = grep { $nginx->answer($sockets[$_])->content !~ /"rung":"session".*"ref":"$items[$_]"/ } 0 .. $#items;
        is("@wrong", '', "twenty-one visitors at once, each with their own, round $round");
    }
};

subtest 'Redis away and back' => sub {
    my $nginx = nginx(redis => $tcp, timeout => 100);
    session(7, 'tent-03');
    is(rung($nginx->get('/rec?surface=home', 7)), 'session', 'there') for 1 .. 2;
    ok($nginx->until(sub { $nginx->status->{redis}{awaited} == 0 }), 'Redis has answered all, so that it is not killed with a write unanswered');
    $redis->stop;
    is(rung($nginx->get('/rec?surface=home', 7)), 'last_good', 'away: the visitor sees what was good') for 1 .. 3;
    is(rung($nginx->get('/rec?surface=home', 8)), 'popular', 'another sees what is popular');
    is($nginx->post('/event', 7, view('pack-01'))->code, 204, 'events are taken') for 1 .. 5;
    $redis->restart;
    ok($nginx->until(sub { length_of(log_of(7)) == 5 }), 'and are there when Redis is');
    ok($nginx->until(sub { rung($nginx->get('/rec?surface=home', 7)) eq 'session' }), 'sessions are read again');
    is($nginx->counter('redis_writes_dropped'), 0, 'no write was dropped');
};

subtest 'a failover behind one address' => sub {
    mkdir "$folder/second";
    my $second = Dynstore::Redis->start("$folder/second");
    my $path = "$folder/primary.sock";
    symlink $socket, $path or die "$path: $!";
    my $nginx = nginx(redis => "unix:$path");
    is($nginx->post('/event', 30, view('tent-03'))->code, 204, 'an event');
    ok($nginx->until(sub { length_of(log_of(30)) == 1 }), 'goes to the primary');

    $redis->command('REPLICAOF', '127.0.0.1', '1');
    unlink $path;
    symlink $second->socket, $path or die "$path: $!";
    ok($nginx->until(sub { $nginx->post('/event', 30, view('pack-01')); $second->in_db(0, 'LLEN', log_of(30)) }), 'and to the new one, when the old one has become a replica');
    like($nginx->log, qr/Redis at unix:\S+ is a replica and refuses writes: READONLY/, 'as the log says');
    $redis->command('REPLICAOF', 'NO', 'ONE');
};

subtest 'a worker that ends sends its queue also to a Redis that does not answer' => sub {
    $redis->command('FLUSHALL');
    my $nginx = nginx(redis => $tcp);
    $redis->signal('STOP');
    is($nginx->post('/event', $_, view('pack-01'))->code, 204, 'an event waits for the greeting') for 1 .. 10;
    is($nginx->stop, 0, 'nginx ends');
    like($nginx->log, qr/\[warn\].*did not confirm its queued commands/, 'the log says that Redis did not answer');
    $redis->signal('CONT');
    ok($nginx->until(sub { $redis->command('XLEN', 'dyn:events') == 10 }), 'when Redis goes on, it reads all events');
};

subtest 'a worker that ends hands over what is queued' => sub {
    for (["$tcp", 'TCP'], ["unix:$socket", 'a unix socket']) {
        my ($url, $name) = @$_;
        $redis->command('FLUSHALL');
        $redis->stop;
        my $nginx = nginx(redis => $url);
        is($nginx->post('/event', $_, view('pack-01'))->code, 204, "$name: an event while Redis is away") for 1 .. 10;
        # the longest pause between two tries is a second: most likely one is being waited for when nginx ends
        sleep 1.2;
        $redis->restart;
        is($nginx->stop, 0, "$name: nginx ends");
        is($redis->command('XLEN', 'dyn:events'), 10, "$name: and Redis has all of it");
        unlike($nginx->log, qr/did not confirm/, "$name: as it was told");

        $nginx = nginx(redis => $url);
        $nginx->post('/event', $_, view('pack-01')) for 1 .. 10;
        ok($nginx->until(sub { $nginx->status->{redis}{awaited} == 0 && $redis->command('XLEN', 'dyn:events') == 20 }),
            "$name: Redis is stopped when it has answered all, because it reads no more from a socket that takes no answer");
        $redis->signal('STOP');
        $nginx->post('/event', $_, view('pack-01')) for 1 .. 10;
        is($nginx->stop, 0, "$name: a Redis that stands still does not keep it");
        like($nginx->log, qr/\[warn\].*did not confirm its queued commands within the 200 ms/, "$name: that is said");
        $redis->signal('CONT');
        ok($nginx->until(sub { $redis->command('XLEN', 'dyn:events') == 30 }), "$name: what it had sent is not lost");
    }

    $redis->stop;
    my $nginx = nginx(redis => $tcp);
    $nginx->post('/event', 1, view('pack-01'));
    is($nginx->stop, 0, 'nginx ends also when there is nobody to hand it to');
    like($nginx->log, qr/did not confirm its queued commands/, 'and says so');
    $redis->restart;
};

subtest 'reloads under load lose no event' => sub {
    $redis->command('FLUSHALL');
    my $nginx = nginx(redis => $tcp, workers => 2);
    my ($sent, $failed) = (0, 0);
    for my $round (1 .. 4) {
        for (1 .. 10) {
            my @sockets = map { $nginx->ask('POST', '/event', $_, view('pack-01')) } 1 .. 10;
            $nginx->answer($_)->code == 204 ? $sent++ : $failed++ for @sockets;
            kill HUP => $nginx->{pid} if $_ == 5 && $round < 4;
        }
    }
    is($failed, 0, 'every event is taken');
    is($nginx->stop, 0, 'nginx ends');
    is($redis->command('XLEN', 'dyn:events'), $sent, "all $sent are in Redis");
    unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'and no worker complains');
};

$redis->stop;
done_testing;
