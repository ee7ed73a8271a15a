# The Redis client with a Redis that stalls, lies, breaks off or answers late: every request is answered, and the connection after
# it is sound.
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
my $tcp    = 'redis://127.0.0.1:' . $fake->port;
my $greeting = '+OK\r\n+PONG\r\n';

sub rung  { Dynstore::Nginx::rung(shift) }
sub key   { my ($kind, $visitor) = @_; return "dyn:$kind:{" . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}' }
sub view  { my $item = shift; return qq({"event":"view_item","item_id":"$item"}) }
sub session { my ($visitor, $item) = @_; $redis->command('LPUSH', key('r', $visitor), 'vi ' . int(time * 1000) . " $item") }

# nginx in front of a Redis with the given fates of its connections
sub nginx {
    my ($script, %with) = @_;
    $fake->stop;
    $fake->start($script);
    return Dynstore::Nginx->start(redis => $tcp, timeout => 100, %with);
}

session($_, 'tent-03') for 1 .. 20;

# what goes wrong with the first connection; it stands, or the second is sound
my @fates = (
    ['stall',                                              'silence'],
    ['half',                                               'silence in the middle of the greeting'],
    ['bytes 20',                                           'silence in the middle of a session'],
    ['garbage',                                            'what is no RESP'],
    ['close',                                              'the end of the connection'],
    ["reply $greeting\$999999999\\r\\nabc",                'the announcement of a huge string'],
    ["reply $greeting*1000000\\r\\n",                      'the announcement of a huge list'],
    ["reply $greeting*257\\r\\n" . ('$1\r\na\r\n' x 257) . '*0\r\n*0\r\n', 'a list one longer than allowed', 'stands'],
    ["reply $greeting*0\\r\\n*258\\r\\n" . ('$1\r\na\r\n' x 258) . '*0\r\n', 'more facts than allowed', 'stands'],
    ["reply $greeting*1\\r\\n\$131073\\r\\n" . ('a' x 131073) . '\r\n*0\r\n*0\r\n', 'a string one longer than allowed', 'stands'],
    ["reply $greeting*-2\\r\\n",                           'a list of negative length'],
    ["reply $greeting*1\\r\\n*1\\r\\n\$1\\r\\na\\r\\n*0\\r\\n*0\\r\\n", 'a list in a list', 'stands'],
    ['reply ' . $greeting . ('*1\r\n' x 20) . ':1\r\n*0\r\n*0\r\n', 'lists nested twenty deep', 'stands'],
    ["reply $greeting*9999999999999999\\r\\n",             'a list longer than any'],
    ["reply $greeting\$1x\\r\\n",                           'a length that is none'],
    ["reply $greeting*1\\r\\n\$1\\r\\nab\\r\\n",          'a string longer than it says'],
    ["reply $greeting:1\\r\\n:2\\r\\n:3\\r\\n",            'numbers where lists are due', 'stands'],
    ["reply $greeting\$1\\r\\na\\r\\n+OK\\r\\n+OK\\r\\n",   'strings where lists are due', 'stands'],
    ["reply $greeting\$-1\\r\\n*-1\\r\\n*-1\\r\\n",       'nothing where lists are due', 'stands'],
    ["reply $greeting*0\\r\\n*3\\r\\n\$1\\r\\na\\r\\n\$1\\r\\nb\\r\\n\$1\\r\\nc\\r\\n*0\\r\\n", 'a field without a value', 'stands'],
    ["reply $greeting*0\\r\\n*0\\r\\n*0\\r\\n*0\\r\\n",  'an answer that nobody asked for'],
    ["reply $greeting-WRONGTYPE Operation\\r\\n*0\\r\\n*0\\r\\n", 'an error reply for the log', 'stands'],
    ["reply $greeting*0\\r\\n-ERR unknown\\r\\n*0\\r\\n",  'an error reply for the facts', 'stands'],
    ["reply $greeting*0\\r\\n*0\\r\\n-WRONGTYPE Operation\\r\\n", 'an error reply for the history', 'stands'],
    ["reply $greeting*0\\r\\n*0\\r\\n*257\\r\\n" . ('$1\r\na\r\n' x 257), 'a history one longer than allowed', 'stands'],
    ["reply $greeting*0\\r\\n*0\\r\\n:1\\r\\n",         'a number where the history is due', 'stands'],
    ["reply $greeting*0\\r\\n*0\\r\\n*1\\r\\n\$8\\r\\nxx !! yy\\r\\n", 'entries of the history that are none', 'stands'],
    ["reply $greeting-LOADING Redis is loading\\r\\n-LOADING Redis is loading\\r\\n-LOADING Redis is loading\\r\\n", 'LOADING after a greeting'],
    ['reply +OK\r\n-LOADING Redis is loading\r\n-LOADING x\r\n-LOADING x\r\n', 'LOADING'],
    ['reply -NOAUTH Authentication required.\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n', 'NOAUTH'],
    ["reply $greeting*1\\r\\n\$-1\\r\\n*0\\r\\n*0\\r\\n",  'a log entry that is nothing', 'stands'],
    ["reply $greeting*2\\r\\n\$0\\r\\n\\r\\n\$8\\r\\nxx !! yy\\r\\n*0\\r\\n*0\\r\\n", 'log entries that are none', 'stands'],
);

for (@fates) {
    my ($script, $what, $stands) = @$_;
    # nothing but what the script answers: neither the trimming of the stream nor what was shown
    my $nginx = nginx("$script\nproxy", redis => "$tcp stream_age=0", http => 'dynstore_impressions off;');
    my $first = $nginx->get('/rec?surface=pdp&item=stove-02', 1);
    like(rung($first), qr/^(?:context|session)$/, "$what: the request is answered");
    unlike($first->content, qr/"ref":"tent-03"/, "$what: without the session");
    if ($stands) {
        is($nginx->counter('redis_protocol'), 0, "$what: the connection stands");
    } else {
        # NOAUTH is asked about again after 5 to 10 seconds
        ok($nginx->until(sub { rung($nginx->get('/rec?surface=home', 1)) eq 'session' }, 15), "$what: the next connection is sound");
    }
    ok($nginx->alive, "$what: nginx goes on");
}

subtest 'an error reply harms nobody else on the connection' => sub {
    $redis->command('SET', key('r', 50), 'not a list');
    my $nginx = nginx('proxy');
    is(rung($nginx->get('/rec?surface=home', 50)), 'popular', 'WRONGTYPE: no session');
    ok($nginx->until(sub { $nginx->log =~ /Redis at redis:\S+ has a key with this prefix that another program wrote: WRONGTYPE.*, about dyn:r:\{[0-9a-f]{32}\}/ }), 'it is said');
    is(rung($nginx->get('/rec?surface=home', 1)), 'session', 'the next visitor has theirs');
    is($nginx->counter('redis_connects'), 1, 'on the same connection');
    is($nginx->post('/event', 50, view('pack-01'))->code, 204, 'an event that cannot be written is taken');
    ok($nginx->until(sub { $nginx->counter('redis_write_errors') > 0 }), 'and counted as an error');
};

subtest 'late replies are swallowed in order: who waits gets their own session, behind replies that nobody wants' => sub {
    my $nginx = nginx('delay ' . (150 + 30 * Dynstore::Nginx::slow()), timeout => 1000);
    my @items = map { my $kind = $_; map { "$kind-0$_" } 0 .. 6 } qw(pack tent stove);
    session(100 + $_, $items[$_]) for 0 .. $#items;
    is(rung($nginx->get('/rec?surface=home', 1)), 'session', 'the connection is made');
    for my $round (1 .. 3) {
        # so few that the breaker stays closed
        my (@hasty, @patient);
        for my $i (0 .. 5) {
            push @hasty, $nginx->ask('GET', '/rec/hasty?surface=home', 100 + $i) if $i < 2;
            push @patient, $nginx->ask('GET', '/rec?surface=home&slot=recs', 110 + $i);
        }
        my @wrong = grep { $nginx->answer($patient[$_])->content !~ /"rung":"session".*"ref":"$items[10 + $_]"/ } 0 .. 5;
        is("@wrong", '', "round $round: each who waited has their own");
        unlike($nginx->answer($_)->content, qr/"rung":"session"/, "round $round: who did not wait has none") for @hasty;
    }
    is($nginx->counter('redis_orphans'), 6, 'six replies came for nobody');
    is($nginx->counter('redis_timeouts'), 6, 'six look-ups were given up');
    is($nginx->counter('redis_connects'), 1, 'all on one connection');
};

subtest 'who goes away leaves a reply for nobody' => sub {
    my $nginx = nginx('delay 700', timeout => 1500);
    is(rung($nginx->get('/rec?surface=home', 1)), 'session', 'the connection is made');
    my @sockets = map { $nginx->ask('GET', '/rec?surface=home', $_) } 1 .. 20;
    ok($nginx->until(sub { $nginx->counter('redis_reads') == 21 }), 'twenty look-ups are sent');
    close $_ for @sockets;
    is(rung($nginx->get('/rec?surface=home', 1)), 'session', 'the next is served');
    is($nginx->counter('redis_orphans'), 20, 'twenty replies came for nobody');
    is($nginx->counter('breaker_opened'), 0, 'and that is no failure of Redis');
};

subtest 'the breaker opens when look-ups fail, and a probe closes it' => sub {
    my $nginx = nginx('proxy', timeout => 50);
    # on a busy machine a Redis that is well, too, takes longer than 50 ms now and then
    my $session = sub { rung($nginx->get('/rec?surface=home', 1)) eq 'session' };
    ok($nginx->until($session), 'Redis is well');
    is($nginx->status->{redis}{breaker}, 'closed', 'closed');
    $redis->signal('STOP');
    my @sockets = map { $nginx->ask('GET', '/rec?surface=home', $_) } 1 .. 20;
    is(scalar(grep { rung($nginx->answer($_)) =~ /^(?:last_good|popular)$/ } @sockets), 20, 'twenty look-ups give up');
    like($nginx->status->{redis}{breaker}, qr/^(?:open|half_open)$/, 'open');
    is($nginx->counter('breaker_opened'), 1, 'counted');
    like($nginx->log, qr/\[warn\].*the circuit breaker of redis:\S+ opened: [0-9]+ of [0-9]+ look-ups failed within a second/, 'it is said');
    my $reads = $nginx->counter('redis_reads');
    is(rung($nginx->get('/rec?surface=home', 1)), 'last_good', 'nobody is asked while it is open') for 1 .. 5;
    is($nginx->counter('redis_reads'), $reads, 'really');
    is($nginx->post('/event', 60, view('pack-01'))->code, 204, 'an event is taken');
    $redis->signal('CONT');
    ok($nginx->until(sub { $nginx->status->{redis}{breaker} eq 'closed' }), 'closed when Redis answers a probe, without any look-up');
    like($nginx->log, qr/\[notice\].*closed: Redis answers again/, 'it is said');
    ok($nginx->until($session), 'sessions are read again');
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 60)) == 1 }), 'and the event has arrived');
};

subtest 'a Redis that loads its data gets the events when it is ready' => sub {
    my $nginx = nginx('reply +OK\r\n-LOADING Redis is loading the dataset in memory\r\n' . "\nproxy");
    is($nginx->post('/event', 61, view('pack-01'))->code, 204, 'the event is taken');
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 61)) == 1 }), 'and arrives over the next connection');
    like($nginx->log, qr/Redis at redis:\S+ is still loading its data: LOADING/, 'it is said');
    is($nginx->counter('redis_write_errors'), 0, 'nothing was written too early');
};

subtest 'a Redis that refuses the greeting is not asked at once again' => sub {
    my $nginx = nginx('reply -NOAUTH Authentication required.\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n');
    isnt(rung($nginx->get('/rec?surface=home', $_)), 'session', 'no session') for 1 .. 20;
    is($nginx->counter('redis_connect_failures'), 1, 'one connection was tried');
    is(scalar(() = $nginx->log =~ /\[error\]/g), 1, 'one line was logged');
};

subtest 'a Redis that cannot be reached' => sub {
    for (['refuse', 'refused'], ['deaf', 'never accepted']) {
        my ($script, $what) = @$_;
        my $nginx = nginx($script, timeout => 50);
        isnt(rung($nginx->get('/rec?surface=home', $_)), 'session', "$what: answered") for 1 .. 30;
        is($nginx->post('/event', 1, view('pack-01'))->code, 204, "$what: events are taken");
        is($nginx->stop, 0, "$what: nginx ends as always");
    }
};

subtest 'events in order, although the connection is only being made' => sub {
    my $nginx = nginx('delay 50', timeout => 1000);
    my @sockets;
    for my $i (0 .. 6) { is($nginx->post('/event', 70, view("pack-0$i"))->code, 204, 'an event') }
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 70)) == 7 }), 'all arrive');
    is(join(' ', map { (split)[2] } @{ $redis->command('LRANGE', key('r', 70), 0, -1) }), join(' ', map { "pack-0$_" } reverse 0 .. 6), 'newest first');
};

subtest 'more than the queue holds is refused, counted, and said to the sender' => sub {
    my $nginx = nginx('refuse', http => 'dynstore_limit off;');
    my $batch = '{"event":"add_to_cart","items":[' . join(',', map { qq({"item_id":$_}) } 1 .. 200) . ']}';
    my $taken = 0;
    $taken++ while $taken < 100 && $nginx->post('/event', 80, $batch)->code == 204;
    ok($taken > 10 && $taken < 100, "$taken such batches fit, the next is refused");
    my @codes = map { $nginx->post('/event', 80, $batch)->code } 1 .. 2;
    is("@codes", '503 503', 'and those behind it');
    like($nginx->post('/event', 80, $batch)->content, qr/^\{"error":"events: they cannot be stored now; send them again in a second"\}$/, 'with a sentence');
    is($nginx->post('/event', 80, '{"event":"add_to_cart","item_id":"pack-01"}')->code, 204, 'a small one still fits');
    is($nginx->counter('redis_writes_dropped'), 4, 'counted');
    is($nginx->counter('events_accepted'), $taken + 1, 'nothing that was refused counts as accepted');
    is($nginx->counter('events_refused'), 4, 'but as refused, each body once');
};

$fake->stop;
$redis->stop;
done_testing;
