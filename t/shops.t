# Two shops in one nginx: what one knows, counts and keeps is nothing to the other.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Copy qw(copy);
use File::Temp ();
use IO::Socket::UNIX;
use Time::HiRes qw(time);

plan skip_all => 'the shops are told apart by their servers, not by how one talks to them' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder   = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis    = Dynstore::Redis->start($folder);
my $snapshot = Dynstore::Nginx::snapshot();
my $url      = 'redis://127.0.0.1:' . $redis->port;
my ($own)    = $snapshot =~ m{(.*)/};

# a shop of three items, which the first has not
Dynstore::Nginx::write_file("$folder/small.jsonl", join '', map { qq({"id":"$_","title":"$_","url":"/$_","price":"9.00","currency":"EUR","category":"Books","stock":3}\n) } qw(book-1 book-2 book-3));
system("build/dynstore build --catalog $folder/small.jsonl -o $folder/small.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no second snapshot');
Dynstore::Nginx::write_file("$folder/second.key", '42' x 32 . "\n");
chmod 0600, "$folder/second.key";

# a server of a shop, on a socket of its own
sub server {
    my ($name, $directives) = @_;
    return "server { listen unix:$folder/$name.sock; $directives location = /rec { dynstore_fragment; dynstore_ttl 60s; } "
        . 'location = /event { dynstore_events; } location = /status { dynstore_status; } location = /metrics { dynstore_metrics; } }';
}

sub asked {
    my ($name, $method, $path, $body) = @_;
    my $socket = IO::Socket::UNIX->new("$folder/$name.sock") or die "$name does not answer: $!\n";
    $socket->print("$method $path HTTP/1.0\r\nHost: localhost\r\nCookie: dyn_vid=" . Dynstore::Nginx::visitor(1)
        . (defined $body ? "\r\nContent-Type: application/json\r\nContent-Length: " . length $body : '') . "\r\n\r\n" . ($body // ''));
    $socket->flush;
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}
sub rung { return Dynstore::Nginx::rung($_[0]) }
sub id   { return $_[0]->content =~ /"id":"([0-9a-f]{16})"/ ? $1 : 'none' }
sub keys_of { return [sort split / /, Dynstore::Redis::as_text($redis->command('KEYS', '*'))] }
sub status { return JSON::PP::decode_json(asked($_[0], 'GET', '/status')->content) }

my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(1));
my $view = '{"event":"view_item","item_id":"tent-03"}';

subtest 'a Redis, a snapshot and a key of a server are its own' => sub {
    my $nginx = Dynstore::Nginx->start(redis => $url, workers => 2,
        http => server('first', '') . server('second', "dynstore_redis $url prefix=second: stream_new=0; dynstore_snapshot $folder/small.dyn; dynstore_visitor cookie=dyn_vid key=$folder/second.key;"));
    is(asked('first', 'POST', '/event', $view)->code, 204, 'an event of the first shop');
    ok($nginx->until(sub { @{ keys_of() } == 3 }), 'is recorded');
    is_deeply(keys_of(), ['dyn:events', "dyn:r:{$hash}", "dyn:s:{$hash}"], 'under its own names');
    is(rung(asked('first', 'GET', '/rec?surface=home')), 'session', 'and counts there');
    my $other = asked('second', 'GET', '/rec?surface=home');
    is(rung($other), 'popular', 'the second shop knows nothing of it');
    like($other->content, qr/"book-1"/, 'and shows what it sells');
    unlike(asked('first', 'GET', '/rec?surface=home')->content, qr/"book-1"/, 'which the first does not');

    my ($cookie) = ($other->header('Set-Cookie') // '') =~ /dyn_vid=(\w+\.\w+)/;
    ok($cookie, 'the cookie of the first shop names nobody in the second, whose key is another');

    is(status('first')->{counters}{events_accepted}, 1, 'the event is counted in the first shop');
    is(status('second')->{counters}{events_accepted}, 0, 'and not in the second');
    is(status('second')->{snapshot}{items}, 3, 'whose status tells of its own snapshot');
    like(asked('second', 'GET', '/metrics')->content, qr/^nginx_dynstore_snapshot_items 3$/m, 'as its metrics do');
    unlike(asked('first', 'GET', '/metrics')->content, qr/^nginx_dynstore_snapshot_items 3$/m, 'and the first one\'s do not');

    # one shop's snapshot is swapped
    my $build = status('first')->{snapshot}{build};
    Dynstore::Nginx::write_file("$folder/small.jsonl", qq({"id":"book-9","title":"Book 9","url":"/9","price":"9.00","currency":"EUR","category":"Books","stock":3}\n));
    system("build/dynstore build --force --catalog $folder/small.jsonl -o $folder/small.dyn >/dev/null 2>&1");
    ok($nginx->until(sub { status('second')->{snapshot}{items} == 1 }), 'a new snapshot of the second shop is in use');
    is(status('second')->{counters}{snapshots_swapped} >= 1, 1, 'and counted there');
    is(status('first')->{counters}{snapshots_swapped}, 0, 'not in the first');
    is(status('first')->{snapshot}{build}, $build, 'whose snapshot stays');

    $nginx->reload;
    is(status('first')->{counters}{events_accepted}, 1, 'after a reload each has its own counters again');
    is(status('second')->{counters}{events_accepted}, 0, 'under the same zone as before');
    $nginx->stop;
};

subtest 'what is kept for a visitor in one shop is not shown in the other, although key and catalogue are the same' => sub {
    $redis->command('FLUSHALL');
    $redis->command('LPUSH', "$_:r:{$hash}", 'vi ' . int(time * 1000) . ' tent-03') for qw(dyn second);
    copy($snapshot, "$folder/copy.dyn");
    my $nginx = Dynstore::Nginx->start(redis => $url, http => server('first', '') . server('second', "dynstore_redis $url prefix=second:; dynstore_snapshot $folder/copy.dyn;"));
    my $first = asked('first', 'GET', '/rec?surface=home');
    is(rung($first), 'session', 'a decision of the first shop');
    is(id(asked('first', 'GET', '/rec?surface=home')), id($first), 'is given again there');
    my $second = asked('second', 'GET', '/rec?surface=cart');
    isnt(id($second), id($first), 'but not in the second');
    is(id(asked('first', 'GET', '/rec?surface=home')), id($first), 'and what is kept in the second does not displace it');
    $redis->stop;
    is(rung(asked('first', 'GET', '/rec?surface=home')), 'last_good', 'while Redis is away the first shows its last good one');
    $redis->restart;
    $nginx->stop;
};

subtest 'a last good decision of one shop is none of the other' => sub {
    $redis->command('FLUSHALL');
    $redis->command('LPUSH', "dyn:r:{$hash}", 'vi ' . int(time * 1000) . ' tent-03');
    my $nginx = Dynstore::Nginx->start(redis => $url, http => server('first', '') . server('second', "dynstore_redis $url prefix=second:;"));
    is(rung(asked('first', 'GET', '/rec?surface=home')), 'session', 'a decision of the first shop');
    $redis->stop;
    is(rung(asked('first', 'GET', '/rec?surface=home')), 'last_good', 'is its last good one');
    is(rung(asked('second', 'GET', '/rec?surface=home')), 'popular', 'and nothing to the second');
    $redis->restart;
    $nginx->stop;
};

subtest 'a server without a Redis has no sessions, and limits are apart' => sub {
    $redis->command('FLUSHALL');
    my $limit = 'dynstore_limit visitor=1/h,1;';
    my $nginx = Dynstore::Nginx->start(redis => $url, http => server('first', $limit) . server('second', "dynstore_redis off;") . server('third', "dynstore_redis $url prefix=third:; $limit"));
    is(asked('second', 'POST', '/event', $view)->header('X-Dynstore-Ignored'), 'redis', 'the second shop says that it stores nothing');
    is(asked('first', 'POST', '/event', $view)->code, 204, 'an event of the first is stored');
    is(asked('first', 'POST', '/event', $view)->code, 429, 'and the next is too much');
    is(asked('third', 'POST', '/event', $view)->code, 204, 'but not in the third');
    is(status('second')->{redis}, undef, 'the status of the second tells of no Redis');
    is(status('third')->{redis}{breaker}, 'closed', 'and that of the third of its own');
    $nginx->stop;
};

subtest 'servers with the same three are one shop' => sub {
    $redis->command('FLUSHALL');
    my $nginx = Dynstore::Nginx->start(redis => $url, http => server('first', '') . server('second', 'dynstore_ttl 9s;'));
    is(asked('first', 'POST', '/event', $view)->code, 204, 'an event of one');
    is(status('second')->{counters}{events_accepted}, 1, 'is counted for both');
    is(rung(asked('second', 'GET', '/rec?surface=home')), 'session', 'and its session is known to both');
    $nginx->stop;
};

subtest 'so are servers that each say the same three themselves' => sub {
    $redis->command('FLUSHALL');
    my $same = "dynstore_redis $url prefix=same:; dynstore_snapshot $folder/copy.dyn; dynstore_zone zone=same:1m;";
    my $nginx = Dynstore::Nginx->start(redis => $url, http => server('first', $same) . server('second', $same)
        . server('third', "dynstore_redis $url prefix=same:; dynstore_snapshot $folder/copy.dyn;") . server('fourth', "dynstore_redis $url prefix=same:; dynstore_snapshot $folder/copy.dyn;"));
    is(asked('first', 'POST', '/event', $view)->code, 204, 'an event of one');
    is(status('second')->{counters}{events_accepted}, 1, 'is counted for the other');
    is(status('third')->{counters}{events_accepted}, 0, 'and not where the zone is another');
    is(asked('third', 'POST', '/event', $view)->code, 204, 'an event without a zone of its own');
    is(status('fourth')->{counters}{events_accepted}, 1, 'is counted for who says the same');
    $nginx->stop;
};

done_testing;
