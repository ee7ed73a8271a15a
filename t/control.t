# What a shop's nginx is told while it runs: by the control stream in Redis, and by a file.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::INET;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $url    = 'redis://127.0.0.1:' . $redis->port;
my $port   = Dynstore::Redis::free_port();
chmod 0755, $folder;
Dynstore::Nginx::write_file("$folder/page.html", "<html><body><h1>Home</h1></body></html>\n");

sub start {
    my (%with) = @_;
    return Dynstore::Nginx->start(redis => "$url control=on", workers => 2, %with, http => <<"END");
dynstore_kill_switch $folder/off;
dynstore_records 1;
dynstore_impressions stream;
server {
    listen 127.0.0.1:$port;
    location = /page.html { dynstore home; alias $folder/page.html; types { } default_type text/html; add_header X-Skip \$dynstore_skip; }
}
END
}

my $nginx = start();
my $n     = 7;
sub cookie  { return 'dyn_vid=' . Dynstore::Nginx::visitor($n) }
sub hash_of { return Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($n)) }
sub page {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or return '';
    print {$socket} "GET /page.html HTTP/1.0\r\nHost: localhost\r\nAccept: text/html\r\nCookie: " . cookie() . "\r\n\r\n";
    local $/;
    return scalar(<$socket>) // '';
}
sub fragment { return $nginx->get('/rec?surface=home', $n) }
sub rung     { return Dynstore::Nginx::rung(fragment()) }
sub control  { return $redis->command('XADD', 'dyn:control', '*', @_) }
sub command  { my $kind = shift; return join '', qx{build/dynstore control $kind --redis $url --author Ada --reason test 2>&1} }
sub taken    { return $nginx->counter('control_taken') }
sub untouched { return page() =~ /X-Skip: killed/ && page() =~ m{\n<html><body><h1>Home</h1></body></html>\n\z} }
sub shown     { my $page = page(); return $page !~ /X-Skip: killed/ && $page =~ /dynstore|data-dyn/ }
# all that Redis holds of a visitor, but for the control stream
sub traces {
    my $hash = shift;
    my @found;
    for my $key (@{ $redis->command('KEYS', '*') }) {
        next if $key eq 'dyn:control';
        my $type = $redis->command('TYPE', $key);
        my $all = Dynstore::Redis::as_text($redis->command($type eq 'list' ? ('LRANGE', $key, 0, -1) : $type eq 'hash' ? ('HGETALL', $key) : ('XRANGE', $key, '-', '+')));
        push @found, $key if "$key $all" =~ /\Q$hash\E/;
    }
    return join ' ', sort @found;
}

subtest 'a kill in the control stream leaves pages untouched, and a revive ends that' => sub {
    ok($nginx->until(\&shown), 'a page has blocks');
    control(k => 'kill', author => 'Ada', reason => 'wrong "prices"');
    ok($nginx->until(\&untouched), 'after a kill it has none');
    is(rung(), 'none', 'and a fragment no items');
    is_deeply($nginx->status->{killed}, { by => 'control', author => 'Ada', reason => 'wrong "prices"' }, 'the status says who and why');
    like($nginx->get('/metrics')->content, qr/^nginx_dynstore_killed 1$/m, 'and the metrics that it is so');
    $nginx->reload;
    ok(untouched(), 'a reload changes nothing');
    control(k => 'revive', author => 'Ada', reason => 'mended');
    ok($nginx->until(\&shown), 'after a revive pages have blocks again');
    is($nginx->status->{killed}, undef, 'and the status says nothing');
};

subtest 'dynstore control is silent about an nginx that reads the control stream' => sub {
    like(command('kill'), qr/^control entry \d+-\d+: kill\n\z/, 'it says which entry it wrote, and no more');
    is($? >> 8, 0, 'with exit code 0');
    ok($nginx->until(\&untouched), 'the shop is killed');
    command('revive');
    is($? >> 8, 0, 'a revive is read as well');
    ok($nginx->until(\&shown), 'and pages have blocks again');
};

subtest 'an nginx that starts knows what was said before' => sub {
    control(k => 'kill', author => 'Ada', reason => 'again');
    ok($nginx->until(\&untouched), 'a killed shop');
    $nginx->stop;
    $nginx = start();
    ok($nginx->until(\&untouched), 'is killed in a new nginx');
    control(k => 'rules', version => 'r-7', author => 'Ada', reason => 'autumn');
    ok($nginx->until(sub { ($nginx->status->{overlay}{published}{rules} // '') eq 'r-7' }), 'which knows what was published');
    $redis->command('XTRIM', 'dyn:control', 'MAXLEN', 0);
    $nginx->stop;
    $nginx = start();
    ok($nginx->until(\&untouched), 'and so it is when the stream was trimmed');
    is($nginx->status->{overlay}{published}{rules}, 'r-7', 'what was published is known, too');
    control(k => 'revive', author => 'Ada', reason => 'mended');
    ok($nginx->until(\&shown), 'until it is revived');
};

subtest 'a file is a kill switch' => sub {
    Dynstore::Nginx::write_file("$folder/off", '');
    ok($nginx->until(\&untouched), 'while it is there, pages are untouched');
    ok($nginx->until(sub { rung() eq 'none' }), 'and fragments empty');
    unlink "$folder/off";
    ok($nginx->until(\&shown), 'until it is gone');
};

subtest 'entries that are none of ours are skipped and counted' => sub {
    my ($taken, $skipped) = (taken(), $nginx->counter('control_skipped'));
    control(k => 'explode');
    control(k => 'erase', v => 'nobody');
    control(k => 'kill', author => 'Ada');
    control(k => 'kill', author => "A\nda", reason => 'x');
    control(k => 'kill', author => 'Ada', reason => 'x' x 5000);
    control(x => 'y');
    control(k => 'erase', v => hash_of());
    ok($nginx->until(sub { taken() == $taken + 2 }), 'the good ones among them are taken');
    is($nginx->counter('control_skipped'), $skipped + 5, 'the others are counted');
    ok($nginx->until(\&untouched), 'a reason that is too long is cut');
    control(k => 'revive', author => 'Ada', reason => 'mended');
    ok($nginx->until(\&shown), 'what comes after is read');
};

subtest 'the stream is read on after Redis was away, and by another worker when the reading one dies' => sub {
    $redis->stop;
    ok($redis->restart, 'a Redis that comes back');
    control(k => 'kill', author => 'Ada', reason => 'after');
    ok($nginx->until(\&untouched, 20), 'is read again');
    for my $worker ($nginx->workers_of) {
        kill 'KILL', $worker;
        control(k => 'revive', author => 'Ada', reason => "without $worker");
        ok($nginx->until(\&shown, 20), 'another worker reads what comes');
        control(k => 'kill', author => 'Ada', reason => 'again');
        ok($nginx->until(\&untouched, 20), 'and what comes after it');
    }
};

control(k => 'revive', author => 'Ada', reason => 'mended');
ok($nginx->until(\&shown, 20), 'the shop is revived');

# a visitor's hash as it is written, and as the zone has it: two numbers of 64 bits
sub in_memory { my $hash = shift; my $memory = $nginx->shared_memory; return grep { index($memory, $_) >= 0 } $hash, pack('H*', $hash), pack 'Q2', unpack 'Q>2', pack 'H*', $hash }
sub erase { my $value = shift; return join '', qx{build/dynstore visitor erase $value --redis $url --key $nginx->{folder}/dynstore.key --json 2>&1} }

subtest 'after dynstore visitor erase neither Redis nor the zone has a trace of the visitor' => sub {
    $n = 8;
    my $hash = hash_of();
    # all that nginx itself writes: page views and blocks, events, history, records
    ok($nginx->until(\&shown), 'a page with blocks');
    is($nginx->post('/event', $n, '[{"event":"view_item","item_id":"tent-03"},{"event":"purchase","item_id":"stove-02","transaction_id":"T-1"},{"event":"search","search_term":"tent"}]')->code, 204, 'events');
    is(rung(), 'session', 'and a fragment');
    my @kinds = sort map { "dyn:$_" } 'decisions', 'events', map { "$_:{$hash}" } qw(h r s);
    ok($nginx->until(sub { traces($hash) eq "@kinds" }), 'Redis has session, facts, history, events and records') or diag(traces($hash));
    like(Dynstore::Redis::as_text($redis->command('XRANGE', 'dyn:events', '-', '+')), qr/v $hash e vb /, 'and which blocks were shown');
    isnt(scalar in_memory($hash), 0, 'the zone has the answer');
    my $taken = taken();
    my $told = erase(Dynstore::Nginx::visitor($n));
    like($told, qr/"control_read": ?true/, 'the command waits until the control stream is read');
    unlike($told, qr/dynstore visitor erase:/, 'and has nothing to warn of');
    ok($nginx->until(sub { taken() == $taken + 1 }), 'nginx takes the entry');
    is(traces($hash), '', 'Redis has no trace');
    is(scalar in_memory($hash), 0, 'nor has the zone, also not of what limits the visitor');
    is(scalar(grep { /$hash|@{[Dynstore::Nginx::visitor($n)]}/ } map { $nginx->get($_)->content } qw(/status /metrics)), 0, 'nor status and metrics');
    unlike($nginx->log, qr/$hash/, 'nor the log');
    $redis->stop;
    isnt(rung(), 'last_good', 'and nginx no answer, when Redis is away');
    $redis->restart;
    $n = 7;
};

subtest 'without an erase the kept answer would have been shown' => sub {
    my $hash = hash_of();
    ok($nginx->until(sub {
        $redis->command('LPUSH', "dyn:r:{$hash}", 'vi ' . time . '000 tent-03');
        rung() eq 'session';
    }, 20), 'a session again');
    $redis->stop;
    is(rung(), 'last_good', 'the kept answer is the last good one');
    $redis->restart;
};

subtest 'an entry that names a visitor is deleted when it is ten minutes old, others stay' => sub {
    my $old = (time - 700) * 1000;
    $redis->command('DEL', 'dyn:control');
    $redis->command('XADD', 'dyn:control', "$old-1", 'k', 'erase', 'v', hash_of());
    $redis->command('XADD', 'dyn:control', "$old-2", 'k', 'revive', 'author', 'Ada', 'reason', 'old');
    ok($nginx->until(sub { $redis->command('XLEN', 'dyn:control') == 1 }, 20), 'one entry goes');
    like(Dynstore::Redis::as_text($redis->command('XRANGE', 'dyn:control', '-', '+')), qr/revive/, 'and the other stays');
};

subtest 'where no nginx reads the control stream, an erase says what stays and for how long' => sub {
    $nginx->stop;
    $redis->command('FLUSHALL');
    $nginx = start(redis => $url);
    my $hash = hash_of();
    $nginx->post('/event', $n, '{"event":"view_item","item_id":"tent-03"}');
    ok($nginx->until(sub { rung() eq 'session' }), 'a visitor has a session');
    my $told = erase($hash);
    like($told, qr/^dynstore visitor erase: nobody reads the control stream: an nginx that does not read it \(control=on of dynstore_redis\) uses .* for at most 600 seconds more/m, 'a sentence');
    like($told, qr/"control_read": ?false/, 'and a member of the JSON');
    is($? >> 8, 0, 'all that Redis has was erased');
    is(join(' ', grep { /$hash/ } $redis->everything), '', 'the control stream included');
    isnt(scalar in_memory($hash), 0, 'the zone has the answer');
    $redis->stop;
    is(rung(), 'last_good', 'which is shown while Redis is away');
    $redis->restart;
    like(command('kill'), qr/^dynstore control: nobody reads the control stream: /m, 'a kill says so, too');
    is($? >> 8, 1, 'also by its exit code');
    ok(shown(), 'for the shop is not killed');
};

subtest 'a Redis that does not tell when a key was read' => sub {
    $redis->command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
    my $told = erase(hash_of());
    like($told, qr/"control_read": ?null/, 'is told in the JSON');
    like($told, qr/Redis does not tell whether the control stream is read/, 'and in a sentence');
};

$nginx->stop;
done_testing;
