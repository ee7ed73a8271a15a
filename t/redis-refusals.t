# What Redis refuses with, each under its own name and with its own pause; and who asks to be told whether an event is stored.
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
my $true   = 'redis://127.0.0.1:' . $redis->port;
my $greeting = '+OK\r\n+PONG\r\n';

sub rung  { Dynstore::Nginx::rung(shift) }
sub key   { my ($kind, $visitor) = @_; return "dyn:$kind:{" . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}' }
sub view  { my $item = shift; return qq({"event":"view_item","item_id":"$item"}) }
sub session { my ($visitor, $item) = @_; $redis->command('LPUSH', key('r', $visitor), 'vi ' . int(time * 1000) . " $item") }
sub errors_of { my $nginx = shift; return grep { /\[(?:error|crit|alert|emerg)\]/ } split /\n/, $nginx->log }

sub nginx {
    my ($script, %with) = @_;
    $fake->stop;
    $fake->start($script);
    return Dynstore::Nginx->start(redis => "$tcp stream_age=0", http => 'dynstore_impressions off;', timeout => 100, %with);
}

sub crowded {
    my %second;
    $second{ substr $_, 0, 19 }++ for @_;
    return grep { $second{$_} > 1 } sort keys %second;
}

session(1, 'tent-03');

# the table of the source: how it begins, what the log says, what is done
my @refusals = Dynstore::Nginx::slurp('ngx_http_dynstore_module/nginx/transport/redis_refusals.h')
    =~ /^    X\("([^"]*)", "([^"]+)", (\w+)\)/mg;
cmp_ok(@refusals / 3, '>=', 20, 'the source has a table of refusals');

while (my ($begins, $says, $done) = splice @refusals, 0, 3) {
    my $text = $begins eq '' ? 'ERR some other reason' : "$begins and some more";

    subtest "$text: to a look-up" => sub {
        my $nginx = nginx("reply $greeting-$text\\r\\n-$text\\r\\n-$text\\r\\n\nproxy");
        like(rung($nginx->get('/rec?surface=home', 1)), qr/^(?:popular|last_good)$/, 'the request is answered from a lower rung');
        ok($nginx->until(sub { $nginx->log =~ /\[error\].*dynstore: Redis at redis:\S+ \Q$says\E: \Q$text\E, about dyn:r:/ }), "the log says: $says");
        if ($done eq 'ANEW') {
            ok($nginx->until(sub { rung($nginx->get('/rec/never?surface=home', 1)) eq 'session' }), 'another connection is made at once');
        } else {
            is($nginx->counter('redis_protocol'), 0, 'it is no fault of the protocol');
        }
        if ($done eq 'LATER') {
            isnt(rung($nginx->get('/rec/never?surface=home', 1)), 'session', 'nobody asks again soon');
        }
    };

    next if $done eq 'KEY' || $done eq 'STAY';

    subtest "$text: before it hangs up" => sub {
        my $nginx = nginx("hangup -$text\\r\\n\nproxy");
        isnt(rung($nginx->get('/rec?surface=home', 1)), 'session', 'the request is answered');
        ok($nginx->until(sub { $nginx->log =~ /\[error\].*dynstore: Redis at redis:\S+ \Q$says\E: \Q$text\E$/m }), "the log says: $says");
        is($nginx->counter('redis_connect_failures'), 1, 'the connection counts as failed');
        if ($done eq 'LATER') {
            sleep 1.2;
            isnt(rung($nginx->get('/rec/never?surface=home', 1)), 'session', 'nobody asks again soon');
            is($nginx->counter('redis_connect_failures') + $nginx->counter('redis_connects'), 1, 'one connection was tried');
        } else {
            ok($nginx->until(sub { rung($nginx->get('/rec/never?surface=home', 1)) eq 'session' }), 'the next connection is made soon');
        }
        is(join(' ', crowded(errors_of($nginx))), '', 'one line a second');
    };
}

subtest 'one who may not write for a while may read' => sub {
    for my $text ('MISCONF Redis is configured to save RDB snapshots', 'NOPERM no permissions to run ping', 'CLUSTERDOWN The cluster is down') {
        my $nginx = nginx("reply +OK\\r\\n-$text\\r\\n*1\\r\\n\$21\\r\\nvi " . int(time * 1000) . " tent\\r\\n*0\\r\\n*0\\r\\n", timeout => 5000);
        is(rung($nginx->get('/rec?surface=home', 1)), 'popular', "$text: the greeting is good");
        is($nginx->counter('redis_connects'), 1, "$text: the connection stands");
    }
};

subtest 'what Redis says is escaped in the log' => sub {
    my $nginx = nginx("reply $greeting" . '-ERR first\x1b[31m\nsecond \x07\xff "quoted" \\\r\n-ERR x\r\n-ERR x\r\n');
    $nginx->get('/rec?surface=home', 1);
    ok($nginx->until(sub { $nginx->log =~ /answered with an error/ }), 'it is said');
    like($nginx->log, qr/ERR first\\x1B\[31m\\x0Asecond \\x07\\xFF \\x22quoted\\x22 \\x5C, about/, 'on one line, byte for byte');
    unlike($nginx->log, qr/[^\x20-\x7e\n]/, 'with no byte that a terminal obeys');

    $nginx = nginx("reply $greeting-ERR " . ('x' x 100_000) . '\r\n-ERR x\r\n-ERR x\r\n');
    $nginx->get('/rec?surface=home', 1);
    ok($nginx->until(sub { $nginx->log =~ /answered with an error/ }), 'a long one, too');
    is(scalar(grep { length > 600 } split /\n/, $nginx->log), 0, 'of which the beginning is logged');
};

subtest 'a Redis that is not there is complained about once a second, over a unix socket, too' => sub {
    for my $url ("unix:$folder/none.sock", "unix:$folder/nobody.sock", 'redis://127.0.0.1:' . Dynstore::Redis::free_port()) {
        if ($url =~ /nobody/) {
            # somebody was here once
            IO::Socket::UNIX->new(Local => "$folder/nobody.sock", Listen => 1) or die "nobody.sock: $!\n";
        }
        my $nginx = Dynstore::Nginx->start(redis => $url, timeout => 50);
        my $until = time + 2.5;
        while (time < $until) {
            $nginx->get('/rec/never?surface=home', 1);
            $nginx->post('/event', 1, view('pack-01'));
            sleep 0.01;
        }
        cmp_ok($nginx->counter('redis_connect_failures'), '>', 2, "$url: it is tried again and again");
        my @errors = errors_of($nginx);
        cmp_ok(@errors, '>', 0, "$url: it is said");
        like($errors[0], qr{dynstore: Redis at \Q$url\E cannot be reached \([0-9]+: }, "$url: with the reason");
        is(join(' ', crowded(@errors)), '', "$url: once a second at most");
    }
};

subtest 'a connection that is reset is complained about once a second' => sub {
    my $nginx = nginx('close', timeout => 50);
    my $until = time + 2.5;
    while (time < $until) { $nginx->get('/rec/never?surface=home', 1); sleep 0.01 }
    is(join(' ', crowded(errors_of($nginx))), '', 'at most');
    like($nginx->log, qr/Redis at redis:\S+ closed the connection/, 'and it is said');
};

subtest 'confirm: the answer waits until Redis has the event' => sub {
    my $nginx = Dynstore::Nginx->start(redis => $true);
    $redis->command('DEL', key('r', 40));
    for my $i (1 .. 20) {
        is($nginx->post('/event?confirm', 40, view('pack-01'))->code, 204, 'confirmed') or last;
        is($redis->command('LLEN', key('r', 40)), $i, 'and there') or last;
    }
    is($nginx->post('/event?confirm=0', 40, view('pack-01'))->code, 204, 'confirm=0 asks for none');
    like($nginx->post('/event?confirm=1&refresh=home', 41, view('tent-03'))->content, qr/"rung":"session".*"ref":"tent-03"/, 'with refresh comes the decision');
    like($nginx->post('/event?refresh=home&confirm', 40, '[{"event":"view_item"}]')->content, qr/"refused":/, 'where all are bad, that is said');
    my @sockets = map { $nginx->ask('POST', '/event?confirm', 100 + $_, view('pack-01')) } 1 .. 30;
    is(scalar(grep { $nginx->answer($_)->code == 204 } @sockets), 30, 'thirty at once');
};

subtest 'confirm: an event that Redis refuses is not called stored' => sub {
    my $nginx = Dynstore::Nginx->start(redis => $true);
    is($nginx->post('/event?confirm', 42, view('pack-01'))->code, 204, 'all is well');
    $redis->command('CONFIG', 'SET', 'maxmemory', '1');
    my $answer = $nginx->post('/event?confirm', 42, view('pack-02'));
    is($answer->code, 503, 'no memory left');
    is($answer->content, qq({"error":"events: they cannot be stored now; send them again in a second"}\n), 'with a sentence');
    is($nginx->post('/event', 42, view('pack-02'))->code, 204, 'who does not ask is not told');
    ok($nginx->until(sub { $nginx->counter('redis_write_errors') >= 4 }), 'but it is counted');
    like($nginx->log, qr/Redis at redis:\S+ refuses writes because its memory is full \(maxmemory\): OOM .*, about dyn:\*:\{[0-9a-f]{32}\}/, 'and said');
    is($nginx->counter('redis_connects'), 1, 'the connection stays: sessions are read');
    $redis->command('CONFIG', 'SET', 'maxmemory', '0');
    is($nginx->post('/event?confirm', 42, view('pack-03'))->code, 204, 'all is well again');
    is($nginx->counter('events_accepted'), 3, 'what was answered 204 counts as accepted');
    is($nginx->counter('events_refused'), 1, 'what was answered 503 as refused');
    is($nginx->counter('stream_lost'), 1, 'what was answered 204 and refused then is lost to the stream');
    is($nginx->counter('stream_entries'), 4, 'of all entries that were made for it');
};

subtest 'confirm: while Redis is away the answer is 503 at once, and nothing is queued' => sub {
    my $nginx = nginx('refuse');
    is($nginx->post('/event?confirm', 43, view('pack-01'))->code, 503, 'refused') for 1 .. 3;
    $fake->start('proxy');
    is($nginx->post('/event', 43, view('pack-02'))->code, 204, 'who does not ask is taken');
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 43)) == 1 }), 'and is there later');
    is($redis->command('LINDEX', key('r', 43), 0) =~ /pack-02/, 1, 'alone');
    ok($nginx->until(sub { $nginx->post('/event?confirm', 43, view('pack-03'))->code == 204 }), 'and with Redis confirmations are back');
};

subtest 'confirm: an answer that does not come is 503, soon' => sub {
    for (['stall', 'silence at the greeting'], ["bytes 12", 'silence behind the greeting'], ['deaf', 'a connection never accepted'], ['close', 'the end of the connection']) {
        my ($script, $what) = @$_;
        my $nginx = nginx($script);
        is($nginx->post('/event?confirm', 44, view('pack-01'))->code, 503, $what);
        is($nginx->stop, 0, "$what: nginx ends as always");
    }
    my $nginx = Dynstore::Nginx->start(redis => $true);
    is($nginx->post('/event?confirm', 44, view('pack-01'))->code, 204, 'Redis is well');
    $redis->signal('STOP');
    is($nginx->post('/event?confirm', 44, view('pack-01'))->code, 503, 'and stands still');
    $redis->signal('CONT');
};

subtest 'confirm: who goes away meanwhile harms nobody' => sub {
    my $nginx = nginx('delay 300', timeout => 1000);
    is($nginx->post('/event?confirm', 45, view('pack-01'))->code, 204, 'the connection is made');
    my @sockets = map { $nginx->ask('POST', '/event?confirm', 45, view('pack-02')) } 1 .. 20;
    ok($nginx->until(sub { $nginx->counter('redis_writes') >= 21 * 7 }), 'twenty are sent');
    close $_ for @sockets;
    is($nginx->post('/event?confirm', 45, view('pack-03'))->code, 204, 'the next is confirmed');
    is($redis->command('LLEN', key('r', 45)), 22, 'and theirs are stored');
    is($nginx->counter('events_accepted'), 22, 'and counted, each once');
    ok($nginx->alive, 'nginx goes on');
};

subtest 'a worker that ends says what is refused of what it hands over' => sub {
    my $nginx = nginx('delay 60');
    is($nginx->post('/event?confirm', 46, view('pack-01'))->code, 204, 'the connection is made');
    $redis->command('CONFIG', 'SET', 'maxmemory', '1');
    is($nginx->post('/event', 46, view('pack-02'))->code, 204, 'an event is taken');
    kill TERM => $nginx->{pid};
    ok($nginx->until(sub { !$nginx->alive }), 'nginx ends at once');
    $redis->command('CONFIG', 'SET', 'maxmemory', '0');
    like($nginx->log, qr/\[error\].*refuses writes because its memory is full/, 'Redis had no memory, as the log says');
    unlike($nginx->log, qr/did not confirm/, 'it has answered');
};

$fake->stop;
$redis->stop;
done_testing;
