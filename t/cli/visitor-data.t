#!/usr/bin/env perl
# dynstore visitor export and erase, and dynstore control, against a real Redis.
use strict;
use warnings;
use Test::More;
use JSON::PP qw(decode_json);
use lib 't/lib';
use Dynstore::Redis;
use Dynstore::Command qw(dynstore folder write_file);

write_file('key', '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
write_file('other', '5f' x 32);
chmod 0600, map { folder() . "/$_" } 'key', 'other';
my $hash   = '66fc66f2575a06af5f464345a49885be';
my $other  = '0' x 31 . '1';
my $cookie = (dynstore('visitor', '--key', 'key', '0123456789abcdef0123456789abcdef'))[1] =~ /cookie  (\S+)/ && $1;
my $redis  = Dynstore::Redis->start(folder());
my @redis  = ('--redis', 'redis://127.0.0.1:' . $redis->port . '/3', '--prefix', 'shop:');
sub redis { return $redis->in_db(3, @_) }

# All that Redis holds, but for what the control stream tells.
sub everything {
    my $all = '';
    for my $key (@{ redis('KEYS', '*') }) {
        next if $key eq 'shop:control';
        my $type = redis('TYPE', $key);
        my @ask = $type eq 'list' ? ('LRANGE', $key, 0, -1) : $type eq 'hash' ? ('HGETALL', $key) : $type eq 'set' ? ('SMEMBERS', $key) : ('XRANGE', $key, '-', '+');
        $all .= "$key " . Dynstore::Redis::as_text(redis(@ask)) . "\n";
    }
    return $all;
}

is_deeply([(dynstore('visitor', 'export', $hash, @redis))[0]], [1], 'of whom Redis has nothing, the export says so by its exit code');

for my $who ($hash, $other) {
    redis('LPUSH', "shop:r:{$who}", 'vi 1700000000000 tent', 'ac 1700000001000 tent q=1');
    redis('HSET', "shop:s:{$who}", 'first', '1700000000000');
    redis('LPUSH', "shop:h:{$who}", 'ac 1700000001000 tent q=1');
}
# carts and checkouts, more than one batch of them
for my $n (1 .. 700) {
    redis('HSET', sprintf('shop:t:{%032x}', $n), 'v', $n % 350 ? $other : $hash);
}
# a customer whose orders were joined to both, and the visitor's own, who is a customer as well
redis('SADD', 'shop:c:{' . 'c' x 32 . '}', $hash, $other);
redis('SADD', "shop:c:{$hash}", $other);
# more than one batch of entries
for my $n (1 .. 1300) {
    redis('XADD', 'shop:events', "$n-3", 'v', $n % 3 ? $other : $hash, 'e', "vi $n tent");
}
redis('XADD', 'shop:decisions', '7-1', 'id', 'd7', 'v', $hash, 's', '{}', 'q', "\xff\x00\x01");
redis('XADD', 'shop:decisions', '7-2', 'id', 'd8', 'v', $other, 's', '{}');
my @others = grep { /\Q$other\E/ } split /\n/, everything();

my ($code, $out, $err) = dynstore('visitor', 'export', $cookie, @redis, '--key', 'key');
is("$code $err", '0 ', 'a visitor is exported by the value of the cookie');
my $data = decode_json($out);
is_deeply([@$data{qw(schema hash session facts history)}],
    ['dynstore.visitor/1', $hash, ['ac 1700000001000 tent q=1', 'vi 1700000000000 tent'], { first => '1700000000000' }, ['ac 1700000001000 tent q=1']],
    'with session, facts and history');
is_deeply([scalar @{ $data->{events} }, $data->{events}[0], $data->{events}[-1]],
    [433, { entry => '3-3', e => 'vi 3 tent' }, { entry => '1299-3', e => 'vi 1299 tent' }], 'with the entries of the stream of events that are the visitor\'s');
is_deeply($data->{decisions}, [{ entry => '7-1', id => 'd7', s => '{}', q => { base64 => '/wAB' } }], 'and decision records, bytes in base64');
is((dynstore('visitor', 'export', $hash, @redis))[1], $out, 'the hash names the same visitor, without a key');

# a Redis that does not tell whether the control stream is read
$redis->command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
($code, $out, $err) = dynstore('visitor', 'erase', $cookie, @redis, '--key', 'key', '--json');
is($code, 0, 'a visitor is erased');
like($err, qr/^dynstore visitor erase: Redis does not tell [^\n]*\n\z/, 'and it is said that nginx may not know it');
my $told = decode_json($out);
is_deeply([@$told{qw(hash keys events decisions)}], [$hash, 3 + 2 + 2, 433, 1], 'and what was removed is said, with two carts and what joins customers and visitors');
is(Dynstore::Redis::as_text(redis('XRANGE', 'shop:control', '-', '+')), "$told->{control} k erase v $hash", 'each nginx is told');
unlike(everything(), qr/\Q$hash\E/, 'no key and no entry of any stream names the visitor');
is(redis('XLEN', 'shop:events'), 1300 - 433, 'entries of others stay in the stream of events');
is_deeply([map { redis('EXISTS', "shop:$_:{$other}") } qw(r s h)], [1, 1, 1], 'and their keys');
is(scalar @{ redis('KEYS', 'shop:t:*') }, 700 - 2, 'and their carts');
($code, $out) = dynstore('visitor', 'erase', $hash, @redis, '--json');
is_deeply([$code, @{ decode_json($out) }{qw(keys events decisions)}], [0, 0, 0, 0], 'who is erased twice is still erased');
$redis->command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');

($code, undef, $err) = dynstore('visitor', 'erase', $cookie, @redis, '--key', 'other');
is($code, 1, 'a cookie of another key names nobody');
like($err, qr/was not signed with the key in other/, 'and that is said');
($code, undef, $err) = dynstore('visitor', 'erase', $cookie, @redis);
is($code, 2, 'a cookie needs a key');
($code, undef, $err) = dynstore('visitor', 'erase', 'somebody', @redis);
like($err, qr/"somebody" is neither a visitor's cookie/, 'what would name a visitor is said');
is((dynstore('visitor', 'erase', $hash))[0], 2, 'a Redis is needed');
redis('SET', "shop:r:{$hash}", 'x');
($code, undef, $err) = dynstore('visitor', 'export', $hash, @redis);
is($code, 4, 'a key of another kind is not exported');
like($err, qr/LRANGE: WRONGTYPE/, 'and Redis\' word is shown');

($code, $out, $err) = dynstore('control', 'kill', @redis, '--author', 'Ada', '--reason', 'wrong prices');
is($code, 1, 'the kill switch is a command, whose exit code says that no nginx reads the control stream');
like($err, qr/^dynstore control: nobody reads the control stream: an nginx that does not read it \(control=on of dynstore_redis\) shows its blocks as before; [^\n]*\n\z/, 'as does a sentence');
like($out, qr/^control entry \d+-\d+: kill$/, 'that says which entry it wrote');
like(Dynstore::Redis::as_text(redis('XREVRANGE', 'shop:control', '+', '-', 'COUNT', 1)), qr/^\d+-\d+ k kill author Ada reason wrong prices$/, 'with who and why');
$redis->command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
($code, $out, $err) = dynstore('control', 'revive', @redis, '--author', 'Ada', '--reason', 'mended');
like("$code $out", qr/^0 control entry \d+-\d+: revive$/, 'another ends it, and nobody is blamed where Redis does not tell who reads');
like($err, qr/^dynstore control: Redis does not tell whether the control stream is read: .* stays as it is\n\z/, 'which is said');
is((dynstore('control', 'kill', @redis, '--author', 'Ada'))[0], 2, 'a reason is needed');
is((dynstore('control', 'stop', @redis, '--author', 'Ada', '--reason', 'x'))[0], 2, 'other kinds are refused');
is((dynstore('control', 'kill', @redis, '--author', "A\nda", '--reason', 'x'))[0], 2, 'and so are control characters');
$redis->stop;
($code, undef, $err) = dynstore('visitor', 'erase', $hash, @redis);
is($code, 4, 'without a Redis nothing is erased');
like($err, qr/cannot connect/, 'and that is said');

done_testing();
