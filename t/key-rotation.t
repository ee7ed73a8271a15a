# A new visitors' key beside the old one: cookies are signed again, sessions move on, and tokens of pages stay good.
use strict;
use warnings;

use Test::More;
use Digest::SHA ();
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use Time::HiRes qw(time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my %keys   = (old => '00112233445566778899aabbccddeeff' x 2, new => 'f0e1d2c3b4a5968778695a4b3c2d1e0f' x 2, other => '0123456789abcdef' x 4);
for my $name (sort keys %keys) {
    Dynstore::Nginx::write_file("$folder/$name.key", "$keys{$name}\n");
    chmod 0600, "$folder/$name.key";
}

my $port  = Dynstore::Redis::free_port();
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => <<"END");
dynstore_ttl 0s;
dynstore_impressions off;
server {
    listen 127.0.0.1:$port;
    dynstore_visitor key=$folder/new.key old=$folder/old.key;
    location = /rec { dynstore_fragment; }
    location = /asked { dynstore_fragment; dynstore_consent cookie; }
    location = /event { dynstore_events; }
    location = /token/event { dynstore_events; dynstore_page_token required; }
    location = /old/rec { dynstore_fragment; dynstore_visitor key=$folder/old.key; dynstore_page_token on; }
    location = /new/rec { dynstore_fragment; dynstore_visitor key=$folder/new.key; }
    location = /page.html { dynstore home; alias $folder/page.html; types { } default_type text/html; }
    location = /customer { dynstore_fragment; dynstore_visitor \$http_x_customer trusted key=$folder/new.key old=$folder/old.key; }
}
END
Dynstore::Nginx::write_file("$folder/page.html", "<html><body><h1>Home</h1></body></html>\n");
chmod 0755, $folder;

sub hmac { my ($key, $text) = @_; return Digest::SHA::hmac_sha256_hex($text, pack 'H*', $keys{$key}) }
sub cookie { my ($key, $number) = @_; my $id = sprintf '%032x', $number; return "dyn_vid=$id." . substr hmac($key, $id), 32, 16 }
sub hash { my ($key, $name) = @_; return substr hmac($key, $name =~ /^[0-9]+$/ ? sprintf '%032x', $name : $name), 0, 32 }
sub key { my ($kind, $key, $name) = @_; return "dyn:$kind:{" . hash($key, $name) . '}' }
sub token {
    my ($key, $number, $ago) = @_;
    my $time = sprintf '%08x', time - ($ago // 0);
    return $time . substr hmac($key, "\0dynstore page token\0" . hash($key, $number) . $time), 0, 32;
}
sub ask {
    my ($method, $path, $headers, $body) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die "nginx takes no connection: $!";
    my %headers = (Host => 'localhost', defined $body ? ('Content-Type' => 'application/json', 'Content-Length' => length $body) : (), %$headers);
    print {$socket} "$method $path HTTP/1.0\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n", $body // '';
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}
my $path = '/rec?surface=pdp&item=tent-02';
sub rung { my ($key, $number, $where) = @_; return Dynstore::Nginx::rung(ask('GET', $where // $path, { Cookie => cookie($key, $number) })) }
# a session with a history under a key
sub session {
    my ($key, $name, @items) = @_;
    my $time = int(time * 1000);
    $redis->command('LPUSH', key('r', $key, $name), map { "vi $time $_" } @items);
    $redis->command('LPUSH', key('h', $key, $name), "pu $time stove-02");
    $redis->command('HSET', key('s', $key, $name), 'first', $time, 'device', 'desktop');
    $redis->command('EXPIRE', key($_, $key, $name), 900) for qw(r s h);
}
sub stored { my ($key, $name) = @_; return join '|', map { my $kind = $_; Dynstore::Redis::as_text($redis->command($kind eq 's' ? ('HGETALL', key('s', $key, $name)) : ('LRANGE', key($kind, $key, $name), 0, -1))) } qw(r s h) }
sub commands {
    my %calls = $redis->command('INFO', 'commandstats') =~ /cmdstat_(\S+?):calls=([0-9]+)/g;
    $redis->command('CONFIG', 'RESETSTAT');
    delete @calls{'info', 'config|resetstat', 'config'};
    return join ' ', map { "$_=$calls{$_}" } sort keys %calls;
}

session('new', 1, 'tent-03');
ok($nginx->until(sub { rung('new', 1) eq 'session' }), 'nginx is connected to Redis');

subtest 'a cookie of the old key' => sub {
    session('old', 10, 'tent-03', 'pack-01');
    my $before = stored('old', 10);
    my $answer = ask('GET', $path, { Cookie => cookie('old', 10) });
    is(Dynstore::Nginx::rung($answer), 'session', 'is accepted, and its session read');
    like($answer->header('Set-Cookie'), qr/^\Q@{[cookie('new', 10)]}\E; Path=\/; /, 'the same visitor gets it signed with the new key');
    is($redis->command('EXISTS', map { key($_, 'old', 10) } qw(r s h)), 0, 'nothing is left under the old hash');
    is(stored('new', 10), $before, 'all of it is under the new one');
    cmp_ok($redis->command('TTL', key($_, 'new', 10)), '<=', 900, "$_ lives no longer than before") for qw(r s h);
    cmp_ok($redis->command('TTL', key($_, 'new', 10)), '>', 0, "and $_ expires") for qw(r s h);

    commands();
    $answer = ask('GET', $path, { Cookie => cookie('new', 10) });
    is(Dynstore::Nginx::rung($answer), 'session', 'the new cookie has the session');
    is($answer->header('Set-Cookie'), undef, 'and is not sent again');
    is(commands(), 'hgetall=1 lrange=2', 'nothing more is moved');

    # another tab has sent the old cookie before it had the new one
    ask('GET', $path, { Cookie => cookie('old', 10) }) for 1 .. 3;
    is(stored('new', 10), $before, 'the old cookie again changes nothing');
};

subtest 'a page, events and a header' => sub {
    session('old', 11, 'tent-03');
    like(ask('GET', '/page.html', { Cookie => cookie('old', 11), Accept => 'text/html' })->header('Set-Cookie'), qr/^\Q@{[cookie('new', 11)]}\E;/, 'a page sends the new cookie');
    ok($nginx->until(sub { $redis->command('LLEN', key('r', 'new', 11)) == 2 }), 'its view is added to the session that was there');

    session('old', 12, 'tent-03');
    my $answer = ask('POST', '/event?confirm', { Cookie => cookie('old', 12) }, '{"event":"view_item","item_id":"tent-05"}');
    is($answer->code, 204, 'events of an old cookie are taken');
    like($answer->header('Set-Cookie'), qr/^\Q@{[cookie('new', 12)]}\E;/, 'their answer sends the new one');
    like(stored('new', 12), qr/^vi [0-9]+ tent-05 vi [0-9]+ tent-03\|/, 'and they come after what was there');
    is($redis->command('EXISTS', map { key($_, 'old', 12) } qw(r s h)), 0, 'nothing is left under the old hash');

    session('old', 'customer-7', 'tent-03');
    $answer = ask('GET', '/customer?surface=pdp&item=tent-02', { 'X-Customer' => 'customer-7' });
    is(Dynstore::Nginx::rung($answer), 'session', 'a visitor named by a variable has the session, too');
    is($answer->header('Set-Cookie'), undef, 'and no cookie');
    is($redis->command('EXISTS', map { key($_, 'new', 'customer-7') } qw(r s h)), 3, 'under the new hash');
};

subtest 'what is there under both hashes' => sub {
    # a worker that has only the old key recorded once more after the session was moved
    $redis->command('LPUSH', key('r', 'new', 13), 'vi 1700000000003 tent-03', 'vi 1700000000004 tent-04');
    $redis->command('HSET', key('s', 'new', 13), 'device', 'phone', 'shown', 'x');
    $redis->command('LPUSH', key('r', 'old', 13), 'vi 1700000000001 tent-01', 'vi 1700000000002 tent-02');
    $redis->command('HSET', key('s', 'old', 13), 'device', 'desktop', 'utm_source', 'letter');
    $redis->command('LPUSH', key('h', 'old', 13), 'pu 1700000000001 tent-01');
    rung('old', 13) for 1 .. 2;
    is(Dynstore::Redis::as_text($redis->command('LRANGE', key('r', 'new', 13), 0, -1)), join(' ', map { "vi 170000000000$_ tent-0$_" } 4, 3, 2, 1), 'the log has each entry once, newest first');
    is(Dynstore::Redis::as_text($redis->command('HMGET', key('s', 'new', 13), 'device', 'utm_source', 'shown')), 'phone letter x', 'facts of both, of two the newer');
    is($redis->command('LLEN', key('h', 'new', 13)), 1, 'the history');
    is($redis->command('EXISTS', map { key($_, 'old', 13) } qw(r s h)), 0, 'nothing is left under the old hash');
};

subtest 'tokens of pages' => sub {
    my $events = '{"event":"view_item","item_id":"tent-05"}';
    my $send = sub { my ($key, $number, $token) = @_; ask('POST', '/token/event', { Cookie => cookie($key, $number), 'X-Dynstore-Token' => $token }, $events)->code };
    my $page = ask('GET', '/old/rec?surface=home', { Cookie => cookie('old', 14) })->header('X-Dynstore-Token');
    is($send->('old', 14, $page), 204, 'a page of the old key authenticates the old cookie,');
    is($send->('new', 14, $page), 204, 'and the new one');
    is($send->('new', 14, token('new', 14)), 204, 'as a page of the new key does');
    is($send->('old', 14, token('new', 14)), 204, 'also the old cookie');
    is($send->($_, 15, $page), 403, "not another visitor with the $_ cookie") for qw(old new);
    is($send->('new', 14, token('old', 14, 7000)), 204, 'it is good for its lifetime');
    is($send->('new', 14, token('old', 14, 7300)), 403, 'and no longer');
    is($send->('new', 14, token('other', 14)), 403, 'a token of any other key is not');
};

subtest 'what is not moved' => sub {
    session($_, 16, 'tent-03') for qw(old other);
    my $answer = ask('GET', $path, { Cookie => cookie('other', 16) });
    isnt(Dynstore::Nginx::rung($answer), 'session', 'a cookie of a third key is none');
    unlike($answer->header('Set-Cookie'), qr/@{[sprintf '%032x', 16]}/, 'its sender is a new visitor');
    isnt(rung('old', 16, '/new/rec?surface=pdp&item=tent-02'), 'session', 'nor is one of the old key where only the new one is configured');
    commands();
    $answer = ask('GET', '/asked?surface=home', { Cookie => cookie('old', 16) . '; dyn_consent=none' });
    is($answer->header('Set-Cookie'), undef, 'without consent no cookie is sent,');
    is(commands(), '', 'and Redis sees no command');
    is($redis->command('EXISTS', map { key($_, 'old', 16) } qw(r s h)), 3, 'all stays where it was');
    is(rung('old', 16, '/asked?surface=home'), 'popular', 'as long as there is none');
};

subtest 'a visitor who is known by both keys is erased by both names' => sub {
    my $before = $port;
    my $url   = 'redis://127.0.0.1:' . $redis->port;
    my $other = Dynstore::Nginx->start(redis => "$url control=on", http => <<"END");
dynstore_records 1;
server {
    listen 127.0.0.1:@{[$port = Dynstore::Redis::free_port()]};
    dynstore_visitor key=$folder/new.key old=$folder/old.key;
    location = /rec { dynstore_fragment; }
    location = /event { dynstore_events; }
    location = /before/rec { dynstore_fragment; dynstore_visitor key=$folder/old.key; }
    location = /before/event { dynstore_events; dynstore_visitor key=$folder/old.key; }
}
END
    my %hash   = map { $_ => hash($_, 19) } qw(old new);
    my $traces = sub {
        my $hash = shift;
        return join ' ', map { (/^dyn:([a-z]+)/)[0] } grep { /$hash/ && !/^dyn:control / } $redis->everything;
    };
    my $in_zone = sub { my $memory = $other->shared_memory; return index($memory, pack 'Q2', unpack 'Q>2', pack 'H*', $hash{ $_[0] }) >= 0 ? 1 : 0 };
    my $events  = '[{"event":"view_item","item_id":"tent-03"},{"event":"purchase","item_id":"stove-02","transaction_id":"T-1"}]';

    # a worker that has only the old key goes on while another has moved the session
    for my $step (['/before', 'old'], ['', 'old'], ['', 'new'], ['/before', 'old']) {
        my ($where, $key) = @$step;
        is(ask('POST', "$where/event?confirm", { Cookie => cookie($key, 19) }, $events)->code, 204, "events at $where/event with the $key cookie");
        ok($other->until(sub { rung($key, 19, "$where$path") eq 'session' }), 'and a fragment');
    }
    ok($other->until(sub { $traces->($hash{$_}) eq 'decisions events h r s' }), "Redis has all kinds of entries under the $_ hash") or diag($traces->($hash{$_})) for qw(old new);
    is($in_zone->($_), 1, "and the zone an answer under the $_ one") for qw(old new);

    # as docs/privacy.md says it: first the name by the key that is old=, then by key=
    my ($value) = cookie('new', 19) =~ /=(.*)/;
    my ($id)    = split /\./, $value;
    my ($old)   = qx{build/dynstore visitor --key $folder/old.key $id} =~ /^hash +([0-9a-f]{32})$/m;
    is($old, $hash{old}, 'the command tells the old name');
    for my $named ($old, "$value --key $folder/new.key") {
        my $told = join '', qx{build/dynstore visitor erase $named --redis $url --json 2>&1};
        is($? >> 8, 0, 'the visitor is erased by ' . ($named =~ /key/ ? 'the cookie and the new key' : 'the old name'));
        like($told, qr/"control_read": ?true/, 'and nginx is told');
    }
    is($traces->($hash{$_}), '', "Redis has no trace of the $_ hash") for qw(old new);
    ok($other->until(sub { !$in_zone->($_) }), "nor has the zone of the $_ one") for qw(old new);
    isnt(rung('old', 19), 'session', 'a later request finds nothing to move');
    is($other->stop, 0, 'nginx ends');
    $port = $before;
};

subtest 'while Redis is away' => sub {
    $redis->stop;
    my $answer = ask('GET', $path, { Cookie => cookie('old', 17) });
    ok($nginx->until(sub { !defined(($answer = ask('GET', $path, { Cookie => cookie('old', 17) }))->header('Set-Cookie')) }), 'the cookie stays signed with the old key,');
    is($answer->code, 200, 'and the visitor is answered');
    $redis->restart;
    session('old', 17, 'tent-03');
    ok($nginx->until(sub { rung('old', 17) eq 'session' }, 30), 'then the session is moved');
    is($redis->command('EXISTS', map { key($_, 'new', 17) } qw(r s h)), 3, 'all of it');
};

subtest 'the rights that docs/privacy.md names are enough' => sub {
    my ($usual) = Dynstore::Nginx::slurp('docs/redis.md') =~ /^ACL SETUSER dynstore on >PASSWORD (.*)$/m;
    my ($more)  = Dynstore::Nginx::slurp('docs/privacy.md') =~ /`(\+eval [^`]*)`/;
    $redis->command('ACL', 'SETUSER', 'mover', 'reset', 'on', '>secret', split ' ', "$usual $more");
    my $other = Dynstore::Nginx->start(redis => 'redis://mover:secret@127.0.0.1:' . $redis->port ,
        http => "dynstore_impressions off; server { listen 127.0.0.1:" . ($port = Dynstore::Redis::free_port()) . "; location = /rec { dynstore_fragment; dynstore_visitor key=$folder/new.key old=$folder/old.key; } }");
    session('old', 18, 'tent-03');
    $redis->command('LPUSH', key('r', 'new', 18), 'vi 1700000000003 tent-03');
    $redis->command('HSET', key('s', 'new', 18), 'device', 'phone');
    ok($other->until(sub { rung('old', 18) eq 'session' && !$redis->command('EXISTS', map { key($_, 'old', 18) } qw(r s h)) }), 'a session is moved and joined');
    is($redis->command('LLEN', key('r', 'new', 18)), 2, 'with all of its entries');
    unlike($other->log, qr/does not allow/, 'and nothing is refused');
};

my %faults = (
    "key=$folder/new.key old=$folder/new.key"  => qr/"\Q$folder\E\/new\.key" is the key itself: write the file of the key before it, or no old=/,
    "key=$folder/new.key old=$folder/none.key" => qr/the visitors' key: \Q$folder\E\/none\.key: cannot be/,
    "key=$folder/new.key old="                 => qr/invalid parameter "old=": write a value with a variable first, .* key=FILE old=FILE/,
);
for my $words (sort keys %faults) {
    my $text = Dynstore::Nginx::slurp("$nginx->{folder}/nginx.conf");
    $text =~ s/location = \/status \{/location = \/status { dynstore_visitor $words;/;
    Dynstore::Nginx::write_file("$folder/fault.conf", $text);
    my $output = join ' ', qx{@{[$ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx']} -t -p $nginx->{folder}/ -c $folder/fault.conf -e $folder/error.log 2>&1};
    like($output, $faults{$words}, 'nginx -t: dynstore_visitor ' . $words =~ s/\Q$folder\E\///gr);
}
ok(!-e "$folder/none.key", 'an old key is never made');

is($nginx->stop, 0, 'nginx ends');
done_testing;
