# Each thing that names a visitor, or tells what a visitor wrote, carries a mark. The test looks for the marks everywhere.
use strict;
use warnings;

use Test::More;
use Cwd ();
use Dynstore::FakeRedis;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use JSON::PP ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $fake   = Dynstore::FakeRedis->new("$folder/fake.sock", $redis->socket);
my $port   = Dynstore::Redis::free_port();
my ($nobody, $formats) = (Dynstore::Redis::free_port(), Cwd::abs_path('conf.examples/log-formats.conf'));
chmod 0755, $folder;
Dynstore::Nginx::write_file("$folder/page.html", "<html><body><h1>Home</h1></body></html>\n");
Dynstore::Nginx::write_file("$folder/rules.json", '{"schema":"dynstore.rules/1","experiments":[{"id":"pilot","variants":[{"id":"a","weight":1},{"id":"b","weight":1}]}]}');

my $id    = 'c00c1e00c00c1e00c00c1e00c00c1e00';
my $other = 'c00c1e00c00c1e00c00c1e00c00c1e01';
my $key   = '00112233445566778899aabbccddeeff' x 2;
sub sign { my $of = shift; return "$of." . substr Digest::SHA::hmac_sha256_hex($of, pack 'H*', $key), 32, 16 }
my $cookie = sign($id);
my %marks  = (
    cookie => $id, 'cookie\'s signature' => substr($cookie, 33), customer => 'ada.mark@shop.example', address => '2001:db8:6d61:726b::77', search => 'searchmark',
    'referrer\'s host' => 'hostmark.example', 'referrer\'s query' => 'findmark', browser => 'browsermark', 'click id' => 'clickmark', campaign => 'campaignmark',
    'query string' => 'querymark', order => 'ordermark', 'token that is wrong' => 'f00d5eedf00d5eed', 'cookie of another shop' => 'foreignmark',
);

# one Redis as it is, one that knows no LPUSH, so that it says what it was given
sub start {
    my ($url, $keep) = @_;
    return Dynstore::Nginx->start(redis => $url, timeout => 300, workers => 1, http => <<"END");
include $formats;
dynstore_rules $folder/rules.json;
dynstore_records 1$keep->{records};
dynstore_impressions stream;
dynstore_keep $keep->{keep};
set_real_ip_from 127.0.0.1;
real_ip_header X-Forwarded-For;
server {
    listen 127.0.0.1:$port;
    access_log $folder/people.log dynstore;
    access_log $folder/json.log dynstore_json;
    access_log $folder/combined.log combined;
    location = /page.html { dynstore home; alias $folder/page.html; types { } default_type text/html; }
    location = /find { dynstore search; dynstore_search \$arg_q; alias $folder/page.html; types { } default_type text/html; }
    location = /down { dynstore home; proxy_pass http://127.0.0.1:$nobody; }
    location = /coded { dynstore home; proxy_pass http://127.0.0.1:$port/plain; }
    location = /plain { access_log off; alias $folder/page.html; types { } default_type text/html; add_header Content-Encoding gzip; }
    location = /odd { dynstore \$arg_surface; alias $folder/page.html; types { } default_type text/html; }
    location = /rec { dynstore_fragment; dynstore_page_token on; }
    location = /event { dynstore_events; dynstore_page_token on; }
    location = /strict/event { dynstore_events; dynstore_page_token required; }
    location = /slow/event { dynstore_events; dynstore_limit visitor=1/h,1 address=1/h,1; }
    location = /customer/rec { dynstore_fragment; dynstore_visitor \$http_x_customer trusted key=$folder/visitors.key; }
    location = /customer/event { dynstore_events; dynstore_visitor \$http_x_customer trusted key=$folder/visitors.key; }
    location = /status { dynstore_status; access_log off; }
    location = /metrics { dynstore_metrics; access_log off; }
}
END
}
Dynstore::Nginx::write_file("$folder/visitors.key", "$key\n");
chmod 0600, "$folder/visitors.key";

sub ask {
    my ($method, $path, $body, %more) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die "nginx takes no connection: $!";
    my %headers = (
        Host => 'localhost', Accept => 'text/html', Cookie => "dyn_vid=$cookie", 'X-Forwarded-For' => $marks{address}, 'X-Customer' => $marks{customer},
        Referer => "https://$marks{q{referrer's host}}/find?q=$marks{q{referrer's query}}", 'User-Agent' => "Mozilla/5.0 (X11; Linux x86_64) $marks{browser}",
        defined $body ? ('Content-Type' => 'application/json', 'Content-Length' => length $body) : (), %more,
    );
    my $query = ($path =~ /\?/ ? '&' : '?') . "email=$marks{'query string'}&gclid=$marks{'click id'}&utm_source=$marks{campaign}&utm_term=$marks{campaign}";
    print {$socket} "$method $path$query HTTP/1.0\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n", $body // '';
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}

my $events = qq([{"event":"search","search_term":"$marks{search}"},{"event":"view_item","item_id":"tent-03"},{"event":"purchase","transaction_id":"$marks{order}","item_id":"tent-03"}]);
# what a visitor and an attacker do; the answers of the last fragments
sub visit {
    my $nginx = shift;
    ask('GET', '/page.html');
    ask('GET', "/find?q=$marks{search}");
    ask('POST', "/$_", $events) for qw(event customer/event);
    my $shown = ask('GET', "/rec?surface=search&q=$marks{search}");
    $marks{'page\'s token'} = $shown->header('X-Dynstore-Token') // die 'a fragment has no token';
    ask('POST', '/event', $events, 'X-Dynstore-Token' => $marks{'page\'s token'});
    my @rungs = map { Dynstore::Nginx::rung(ask('GET', "/$_?surface=home")) } qw(rec customer/rec);

    # faults
    ask('POST', '/event', $_) for qq({"event":"search","search_term":"$marks{search}), qq({"event":"$marks{search}"}), qq([{"event":"view_item","item_id":"$marks{search}\\u0000"}]),
        qq({"event":"search","search_term":"$marks{search}$marks{search}") x 400;
    ask('POST', '/strict/event', $events, 'X-Dynstore-Token' => $_) for $marks{'token that is wrong'} x 2, substr $marks{'page\'s token'} . '0' x 40, 0, 40;
    ask('POST', '/slow/event', $events) for 1 .. 3;
    ask('GET', $_) for qw(/down /coded /odd?surface=nothing /rec?surface=nothing /rec?surface=pdp&item=nothing);
    ask('GET', '/rec?surface=home', undef, Cookie => "dyn_vid=$marks{'cookie of another shop'}");
    ask('GET', '/rec?surface=home', undef, Cookie => 'dyn_vid=' . sign($other), 'If-None-Match' => $shown->header('ETag') // '"x"');
    return @rungs;
}
# the marks that are in one of these texts
sub found { my @texts = @_; return join ', ', grep { my $mark = $marks{$_}; grep { index($_, $mark) >= 0 } @texts } sort keys %marks }
sub ours { my $nginx = shift; return grep { /dynstore: / } split /\n/, $nginx->log }

my $port_of = $redis->port;
my $nginx   = start("redis://127.0.0.1:$port_of", { records => '', keep => 'search=hash order=hash utm=hash referrer=hash' });

subtest 'what dynstore keeps has no mark' => sub {
    ask('GET', '/rec?surface=home');
    is(join(' ', visit($nginx)), 'session session', 'the visitor is known by the cookie, and by the customer number');
    ok($nginx->until(sub { ($redis->command('XLEN', 'dyn:decisions') // 0) >= 5 && $redis->command('XLEN', 'dyn:events') >= 10 }), 'events and decisions are in the streams');
    my @all = $redis->everything;
    my %kinds = map { (/^dyn:([a-z]+)(?::\{[0-9a-f]{32}\})? / ? $1 : $_) => 1 } @all;
    is(join(' ', sort keys %kinds), 'decisions events h r s', 'Redis has keys of every kind, and no other ones');
    like("@all", qr/ vb [0-9]+ .*x=pilot:/, 'with blocks that were shown in an experiment');
    is(found(@all), '', 'Redis has no mark');
    my ($status, $metrics) = map { ask('GET', "/$_")->content } qw(status metrics);
    like($status, qr/"slowest":\[\{/, 'the status tells of decisions');
    is(found($status, $metrics), '', 'status and metrics have no mark');
    my $memory = $nginx->shared_memory;
    my $hash   = Dynstore::Nginx::hash_of($cookie);
    ok(index($memory, pack 'Q>Q>', unpack 'Q<Q<', pack 'H*', $hash) >= 0, 'the zone has the visitor\'s answer, under the hash');
    is(found($memory), '', 'but no mark');
    ok(index($memory, $_) < 0, 'nor the bytes of cookie or address') for pack('H*', $id), pack('H*', '20010db86d61726b');
};

subtest 'what dynstore logs has no mark' => sub {
    ok(-s "$folder/$_.log", "the log $_ has lines") for qw(people json combined);
    is(found(Dynstore::Nginx::slurp("$folder/$_.log")), '', "the format $_ has no mark") for qw(people json);
    is(found(Dynstore::Nginx::slurp("$folder/combined.log")), "address, browser, campaign, click id, query string, referrer's host, referrer's query, search", 'nginx\'s own format has these');
    my $ours = join "\n", ours($nginx);
    like($ours, qr/dynstore: $_.*, page "\/\w+(?:\/event)?"/, "the error log says: $_") for 'an address sends more', '"nothing" is not a surface', 'the backend sent "Content-Encoding: gzip"',
        'a fragment was requested with another visitor\'s ETag';
    is(found($ours), '', 'our lines have no mark');
    isnt(found($nginx->log), '', 'nginx\'s own lines about a backend that is down have');
};

subtest 'while Redis is away' => sub {
    $redis->stop;
    visit($nginx);
    ok($nginx->until(sub { $nginx->log =~ /dynstore: Redis at / }), 'the log says that it is');
    is(found(ours($nginx)), '', 'and has no mark');
    is($nginx->stop, 0, 'nginx ends with events in its queue');
    is(found(ours($nginx)), '', 'which it does not log');
    $redis->restart;
};

subtest 'a Redis that repeats what it was told' => sub {
    $fake->start('reply +OK\r\n+PONG\r\n-ERR unknown command `LPUSH`, with args beginning with: `dyn:r:{' . Dynstore::Nginx::hash_of($cookie) . "}`, `se 1 - t=$marks{search}`, \\r\\n");
    $nginx = start('redis://127.0.0.1:' . $fake->port, { records => '', keep => 'search=hash order=hash utm=hash referrer=hash' });
    visit($nginx);
    ok($nginx->until(sub { $nginx->log =~ /answered with an error: ERR unknown command `LPUSH`(?:,| about|$)/m }), 'the log says which command Redis does not know');
    is(found(ours($nginx)), '', 'but not what it was given');
    $nginx->stop;
    $fake->stop;
};

subtest 'what the shop switches on is kept' => sub {
    $redis->command('FLUSHALL');
    $nginx = start("redis://127.0.0.1:$port_of", { records => ' search=on', keep => 'search=raw' });
    visit($nginx);
    ok($nginx->until(sub { ($redis->command('XLEN', 'dyn:decisions') // 0) >= 5 && $redis->command('XLEN', 'dyn:events') >= 10 }), 'events and decisions');
    my @all = $redis->everything;
    is(found(@all), "campaign, order, referrer's host, search", 'search texts, orders, campaigns and the referrer\'s host are in Redis');
    is(found(grep { /^dyn:decisions / } @all), "campaign, order, referrer's host, search", 'and in the records');
    is(found($nginx->shared_memory), '', 'not in the zone');
    is(found(ours($nginx)), '', 'and not in the log');
    $nginx->stop;
};

subtest 'what is kept has its limits, which the status shows' => sub {
    $redis->command('FLUSHALL');
    $redis->command('CONFIG', 'SET', 'stream-node-max-entries', 10);
    my $now = time;
    for my $stream (qw(dyn:events dyn:decisions)) {
        $redis->command('XADD', $stream, ($now - 60 * $_) * 1000 . '-0', 'v', 'x' x 32, 'e', 'pv 1', 's', '{}') for 130, 125, 110;
    }
    $nginx = start("redis://127.0.0.1:$port_of idle=90s new_idle=80s history=2h stream_age=2h stream_max=30 stream_bytes=64k", { records => ' stream_max=20', keep => 'search=off' });
    ask('GET', '/rec?surface=home');
    for my $stream (qw(dyn:events dyn:decisions)) {
        ok($nginx->until(sub { $redis->command('XRANGE', $stream, '-', '+', 'COUNT', 1)->[0][0] eq ($now - 60 * 110) * 1000 . '-0' }), "what is older than stream_age= is cut from $stream, and no more");
    }
    ask('POST', '/event', $events);
    ask('GET', '/page.html', undef, Cookie => 'a=b');
    my @keys;
    ok($nginx->until(sub { @keys = grep { /:[rsh]:/ } @{ $redis->command('KEYS', '*') }; @keys == 5 }), 'the keys of two visitors') or diag("@keys");
    my $hash = Dynstore::Nginx::hash_of($cookie);
    for my $key (sort @keys) {
        my $most = $key !~ /$hash/ ? 80 : $key =~ /:h:/ ? 7200 : 90;
        my $left = $redis->command('TTL', $key);
        ok($left > $most - 60 && $left <= $most, ($key =~ /:(.):/)[0] . " of @{[$key =~ /$hash/ ? 'the visitor' : 'a new one']} expires within $most seconds") or diag($left);
    }
    # at most, and a node of the stream more
    for my $round (1 .. 70) {
        ask('GET', "/rec?surface=pdp&item=tent-0@{[$round % 6 + 1]}");
        ask('POST', '/event', '{"event":"view_item","item_id":"tent-03"}');
    }
    ok($nginx->until(sub { $redis->command('LLEN', "dyn:r:{$hash}") == 64 }), 'after more events the log has 64');
    ok($nginx->until(sub { my $many = $redis->command('XLEN', 'dyn:events'); $many >= 30 && $many <= 30 + 10 }), 'the stream of events has stream_max= entries');
    ok($nginx->until(sub { my $many = $redis->command('XLEN', 'dyn:decisions'); $many >= 20 && $many <= 20 + 10 }), 'and that of decisions has its own');
    is_deeply(JSON::PP::decode_json(ask('GET', '/status')->content)->{retention}, { session_s => 90, new_session_s => 80, history_s => 7200, streams_s => 7200,
        events_max => 30, events_bytes => 65536, token_s => 1209600, control_erase_s => 600, kept_answer_s => 600, last_good_s => 30 }, 'the status says so');
    $nginx->stop;
};

done_testing;
