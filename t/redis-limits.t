# What one visitor, or many new ones, may cost the others: replies over a limit, room in the queue, the stream of events, memory.
use strict;
use warnings;

# runs alone: times decide
use Test::More;
use Dynstore::FakeRedis;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $fake   = Dynstore::FakeRedis->new("$folder/fake.sock", $redis->socket);
my $tcp    = 'redis://127.0.0.1:' . $redis->port;

# whom dynstore_limit keeps out costs nothing: here they come in
sub nginx { Dynstore::Nginx->start(redis => $tcp, http => 'dynstore_limit off;', @_) }
sub rung  { Dynstore::Nginx::rung(shift) }
sub hash_of { Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(shift)) }
sub key   { my ($kind, $visitor) = @_; return "dyn:$kind:{" . hash_of($visitor) . '}' }
sub view  { my $item = shift; return qq({"event":"view_item","item_id":"$item"}) }
sub cart  { my $item = shift; return qq({"event":"add_to_cart","item_id":"$item"}) }
sub session { my ($visitor, $item) = @_; $redis->command('LPUSH', key('r', $visitor), 'vi ' . int(time * 1000) . " $item") }
sub errors_of { my $nginx = shift; return grep { /\[(?:error|crit|alert|emerg)\]/ } split /\n/, $nginx->log }

# more lines of one second than one
sub crowded {
    my %second;
    $second{ substr $_, 0, 19 }++ for @_;
    return grep { $second{$_} > 1 } sort keys %second;
}

sub memory_of { my $nginx = shift; return Dynstore::Nginx::slurp("/proc/$nginx->{pid}/status") =~ /^VmRSS:\s*([0-9]+) kB/m ? $1 : die 'no VmRSS' }

for (
    ['facts',          'more than 256 elements', 's', sub { $redis->command('HSET', key('s', 1), map { ("crm_$_", 'x') } 1 .. 130) }],
    ['a long fact',    'more than 131072 bytes', 's', sub { $redis->command('HSET', key('s', 1), 'note', 'x' x 200_000) }],
    ['a long entry',   'more than 131072 bytes', 'r', sub { $redis->command('RPUSH', key('r', 1), 'x' x 200_000) }],
    ['a huge entry',   'more than 131072 bytes', 'r', sub { $redis->command('RPUSH', key('r', 1), 'x' x 30_000_000) }],
    ['a long history', 'more than 131072 bytes', 'h', sub { $redis->command('RPUSH', key('h', 1), 'x' x 200_000) }],
    ['many facts, long ones', 'more than 256 elements', 's', sub { $redis->command('HSET', key('s', 1), map { ("crm_$_", 'x' x 5000) } 1 .. 1000) }],
) {
    my ($what, $why, $kind, $write) = @$_;
    subtest "over a limit, $what: that look-up alone fails" => sub {
        $redis->command('FLUSHALL');
        # a reply of 30 MB that is thrown away takes its time on a busy machine
        my $nginx = nginx(timeout => 10000);
        session($_, 'tent-03') for 1, 2;
        is(rung($nginx->get('/rec/never?surface=home', 2)), 'session', 'another visitor has their session');
        my $before = memory_of($nginx);
        $write->();
        my %rungs;
        for (1 .. 20) {
            $nginx->get('/rec/never?surface=home', 1);
            $rungs{ rung($nginx->get('/rec/never?surface=home', 2)) }++;
        }
        is_deeply(\%rungs, { session => 20 }, 'and has it every time beside it');
        isnt(rung($nginx->get('/rec/never?surface=home', 1)), 'session', 'whose keys they are has none');
        is($nginx->counter('redis_over_limit'), 21, 'counted');
        is($nginx->counter('redis_errors'), 0, 'and not as an error of Redis');
        is($nginx->counter('redis_protocol'), 0, 'nor of its protocol');
        is($nginx->counter('redis_connects'), 1, 'the connection stays');
        is($nginx->status->{redis}{breaker}, 'closed', 'the breaker, too');
        my $key = key($kind, 1);
        like($nginx->log, qr/\[error\].*Redis at redis:\S+ sent a reply over a limit; the reply is thrown away: \Q$why\E, about \Q$key\E$/m, 'the log names the key');
        is(join(' ', crowded(errors_of($nginx))), '', 'once a second at most');
        cmp_ok(memory_of($nginx) - $before, '<', 8000 * Dynstore::Nginx::slow(), 'and nothing of it is kept in memory') unless $ENV{TEST_NGINX_USE_VALGRIND};
        $redis->command('DEL', key($_, 1)) for 'r', 's', 'h';
        session(1, 'tent-03');
        is(rung($nginx->get('/rec/never?surface=home', 1)), 'session', 'with sound keys they have a session again');
    };
}

subtest 'as much as is allowed is read' => sub {
    $redis->command('FLUSHALL');
    my $nginx = nginx();
    session(1, 'tent-03');
    $redis->command('HSET', key('s', 1), map { ("crm_$_", 'x') } 1 .. 128);
    is(rung($nginx->get('/rec/never?surface=home', 1)), 'session', '256 elements');
    $redis->command('DEL', key('s', 1));
    $redis->command('HSET', key('s', 1), 'note', 'x' x (131072 - 4));
    is(rung($nginx->get('/rec/never?surface=home', 1)), 'session', '131072 bytes');
    $redis->command('HSET', key('s', 1), 'note', 'x' x (131072 - 3));
    isnt(rung($nginx->get('/rec/never?surface=home', 1)), 'session', 'and one more is not');
};

subtest 'keys of another kind are their visitor\'s matter: the breaker stays closed' => sub {
    $redis->command('FLUSHALL');
    my $nginx = nginx();
    $redis->command('SET', key('r', 1), 'not a list');
    session(2, 'tent-03');
    $nginx->get('/rec/never?surface=home', 1) for 1 .. 30;
    is($nginx->counter('breaker_opened'), 0, 'thirty look-ups of WRONGTYPE');
    is(rung($nginx->get('/rec/never?surface=home', 2)), 'session', 'another has a session');
};

subtest 'the queue keeps room for known visitors, and for their carts' => sub {
    $fake->start('refuse');
    my $nginx = nginx(redis => 'redis://127.0.0.1:' . $fake->port);
    my $batch = sub { my $event = shift; '[' . join(',', map { qq({"event":"$event","items":[) . join(',', map { qq({"item_id":$_}) } 1 .. 20) . ']}' } 1 .. 10) . ']' };
    my $fill = sub {
        my ($visitor, $event) = @_;
        for (1 .. 200) { return 1 if $nginx->post('/event', $visitor, $batch->($event))->code == 503 }
        return 0;
    };
    my $one_by_one = sub {
        my ($visitor, $event) = @_;
        for (1 .. 4000) { return 1 if $nginx->post('/event', $visitor, $event)->code == 503 }
        return 0;
    };
    ok($fill->(undef, 'view_item') && $one_by_one->(undef, view('pack-01')), 'new visitors fill their half');
    is($nginx->post('/event', undef, cart('pack-01'))->code, 503, 'with whatever they say they did');
    is($nginx->post('/event', 1, view('pack-01'))->code, 204, 'a known visitor\'s event is taken');
    ok($fill->(1, 'view_item') && $one_by_one->(1, view('pack-01')), 'known visitors fill three quarters');
    is($nginx->post('/event', 2, cart('pack-01'))->code, 204, 'something put into a cart is taken');
    is($nginx->post('/event', 2, '{"event":"purchase","transaction_id":"T-1","items":[{"item_id":"pack-01"}]}')->code, 204, 'and a purchase');
    is($nginx->post('/event', 2, view('pack-01'))->code, 503, 'a view is not');
};

subtest 'a flood of new visitors takes no more of the stream than its budget' => sub {
    $redis->command('FLUSHALL');
    my $nginx = nginx(redis => "$tcp stream_new=5");
    my $began = time;
    is($nginx->post('/event', 1, view('tent-03'))->code, 204, 'an event of a known visitor');
    for my $round (1 .. 10) {
        my @sockets = map { $nginx->ask('POST', '/event', undef, view('pack-01')) } 1 .. 20;
        $nginx->answer($_) for @sockets;
    }
    is($nginx->post('/event', 1, view('tent-04'))->code, 204, 'and one behind the flood');
    my $budget = 5 * (int(time - $began) + 2);
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 1)) == 2 }), 'both are written');
    my $length = $redis->command('XLEN', 'dyn:events');
    cmp_ok($length, '<=', 2 + $budget, "the stream has theirs and at most $budget of two hundred others");
    cmp_ok($length, '>', 2, 'which are not none');
    is($nginx->counter('stream_left_out'), 202 - $length, 'what was left out is counted');
    is(scalar(grep { /^dyn:r:/ } @{ $redis->command('KEYS', 'dyn:*') }), 201, 'each of them has a session all the same');

    $redis->command('FLUSHALL');
    $nginx = nginx(redis => "$tcp stream_new=0");
    $nginx->post('/event', undef, view('pack-01'));
    $nginx->post('/event', 1, view('pack-01'));
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 1)) == 1 }), 'with a budget of nothing');
    is($redis->command('XLEN', 'dyn:events'), 1, 'the stream has known visitors alone');
};

subtest 'the keys of a visitor who came once go soon; the second event gives them their time' => sub {
    $redis->command('FLUSHALL');
    my $nginx = nginx(redis => "$tcp idle=2h new_idle=5m");
    my $answer = $nginx->post('/event', undef, view('pack-01'));
    my ($cookie) = ($answer->header('Set-Cookie') // '') =~ /^dyn_vid=([^;]+)/;
    ok($cookie, 'a visitor without a cookie gets one');
    my $hash = Dynstore::Nginx::hash_of($cookie);
    ok($nginx->until(sub { $redis->command('EXISTS', "dyn:s:{$hash}") }), 'and has keys');
    for my $kind ('r', 's') {
        my $ttl = $redis->command('TTL', "dyn:$kind:{$hash}");
        ok($ttl > 200 && $ttl <= 300, "dyn:$kind: for five minutes: $ttl");
    }
    my $socket = $nginx->connection;
    my $body = view('pack-02');
    print {$socket} "POST /event HTTP/1.0\r\nHost: x\r\nCookie: dyn_vid=$cookie\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    is($nginx->answer($socket)->code, 204, 'the second event');
    ok($nginx->until(sub { $redis->command('TTL', "dyn:s:{$hash}") > 300 }), 'comes');
    cmp_ok($redis->command('TTL', "dyn:$_:{$hash}"), '>', 7000, "dyn:$_: for two hours") for 'r', 's';
};

subtest 'bytes bound the stream, whatever the size of its entries' => sub {
    $redis->command('FLUSHALL');
    my $limit = 1024 * 1024;
    my $nginx = nginx(redis => "$tcp stream_bytes=1m");
    # 128 bytes that are written %XX: item, list and term
    my $long = "\xc3\xa9" x 64;
    my $large = '[' . join(',', (qq({"event":"select_item","item_id":"$long","item_list_id":"$long","decision_id":"0123456789abcdef"})) x 50) . ']';
    my $small = '[' . join(',', ('{"event":"page_view"}') x 50) . ']';
    my $known = 1;
    my $most = 0;
    for my $phase ($small, $large, $small, $large) {
        for (1 .. 60) {
            is($nginx->post('/event', $known, $phase)->code, 204, 'fifty events') or last;
        }
        ok($nginx->until(sub { $nginx->post('/event', $known, view('pack-01')); $redis->command('LINDEX', key('r', $known), 0) =~ /pack-01/ }), 'are written');
        my $bytes = $redis->command('MEMORY', 'USAGE', 'dyn:events', 'SAMPLES', 0);
        $most = $bytes if $bytes > $most;
    }
    cmp_ok($most, '<=', 2 * $limit, "MEMORY USAGE is $most bytes at most: not twice the limit");
    cmp_ok($most, '>=', $limit / 2, 'and the limit is made use of');
    unlike($nginx->log, qr/\[error\]/, 'nothing was refused');
};

subtest 'what is too old in the stream goes, also when nothing comes' => sub {
    $redis->command('FLUSHALL');
    my $now = int(time);
    my $old = ($now - 3600) * 1000;
    my $ids = sub { [map { $_->[0] } @{ $redis->command('XRANGE', 'dyn:events', '-', '+') }] };
    # ten minutes older than the limit and more, and ten minutes younger and less
    $redis->command('XADD', 'dyn:events', ($old + $_) . '-0', 'v', 'x' x 32, 'e', "pv $old") for 1 .. 150;
    $redis->command('XADD', 'dyn:events', ($now - 60 * $_) * 1000 . '-0', 'v', 'x' x 32, 'e', 'pv ' . ($now - 60 * $_) * 1000) for 40, 20, 10, 0;
    my @young = map { ($now - 60 * $_) * 1000 . '-0' } 20, 10, 0;
    my $nginx = nginx(redis => "$tcp stream_age=100y");
    $nginx->post('/event', 1, view('pack-01'));
    ok($nginx->until(sub { $redis->command('XLEN', 'dyn:events') == 155 }), 'with an age before all time nothing goes');
    unlike($nginx->log, qr/\[error\]/, 'nor is it an error');
    $nginx->stop;
    my $last = $ids->()->[-1];

    $nginx = nginx(redis => "$tcp stream_age=30m");
    $nginx->get('/rec?surface=home', 1);
    ok($nginx->until(sub { $redis->command('XLEN', 'dyn:events') == 4 }), 'with the first connection');
    is_deeply($ids->(), [@young, $last], 'and the younger ones stay, each of them');
    $nginx->stop;

    $nginx = nginx(redis => "$tcp stream_age=1s");
    ok($nginx->until(sub { $redis->command('XLEN', 'dyn:events') == 0 }), 'and by the clock, without any request');
    $nginx->stop;

    $redis->command('DEL', 'dyn:events');
    $redis->command('XADD', 'dyn:events', ($old + 1000) . '-0', 'v', 'x' x 32, 'e', "pv $old");
    $nginx = nginx(redis => "$tcp stream_age=0");
    $nginx->post('/event', 1, view('pack-01'));
    ok($nginx->until(sub { $redis->command('XLEN', 'dyn:events') == 2 }), 'with 0 it stays, however old');
};

$redis->stop;
done_testing;
