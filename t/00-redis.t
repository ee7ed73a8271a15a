# The suites' own Redis, true and false, seen through plain nginx (a TCP upstream that passes bytes on).
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;

no_shuffle();
run_tests();

# asks a port for PING and says what came back within the time
sub ping {
    my ($port, $seconds) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 1) or return 'refused';
    syswrite $socket, "PING\r\n";
    my $answer = '';
    my $until  = Time::HiRes::time() + $seconds;
    while ((my $left = $until - Time::HiRes::time()) > 0) {
        IO::Select->new($socket)->can_read($left) or last;
        sysread($socket, $answer, 100, length $answer) or return "$answer(closed)";
        return $answer if $answer =~ /\n/;
    }
    return "$answer(silent)";
}

__DATA__

=== TEST 1: Redis holds what the block says, and only that
--- config
--- redis
SET a 1
RPUSH list "two words" x
HSET hash field 'it''s'
--- request
GET /
--- response_body_like: It works
--- redis_after
DBSIZE => 3
GET a => 1
LRANGE list 0 -1 => two words x
HGET hash field => /^it/
GET none => (nil)



=== TEST 2: the next block begins with an empty Redis
--- config
--- request
GET /
--- response_body_like: It works
--- redis_after
DBSIZE => 0



=== TEST 3: a stopped Redis refuses connections and is started again for the check
--- config
--- init
Dynstore::redis_stop();
Test::More::is(main::ping($ENV{TEST_NGINX_REDIS_PORT}, 1), 'refused', 'stopped');
Dynstore::redis_start();
Test::More::is(main::ping($ENV{TEST_NGINX_REDIS_PORT}, 1), "+PONG\r\n", 'started');
--- request
GET /
--- response_body_like: It works
--- redis_after
PING => PONG



=== TEST 4: each connection of the fake Redis follows its own line of the script, and the last line repeats
--- config
--- fake_redis
proxy
delay 100
half
bytes 2
stall
garbage
reply -LOADING wait\r\n
close
--- init
my $port = $ENV{TEST_NGINX_FAKE_REDIS_PORT};
Test::More::is(main::ping($port, 1), "+PONG\r\n", 'proxy');
my $begin = Time::HiRes::time();
Test::More::is(main::ping($port, 1), "+PONG\r\n", 'delay');
Test::More::cmp_ok(Time::HiRes::time() - $begin, '>=', 0.1, 'not before its time');
Test::More::is(main::ping($port, 0.2), "+PO(silent)", 'half');
Test::More::is(main::ping($port, 0.2), "+P(silent)", 'bytes');
Test::More::is(main::ping($port, 0.2), "(silent)", 'stall');
Test::More::like(main::ping($port, 1), qr/no Redis/, 'garbage');
Test::More::is(main::ping($port, 1), "-LOADING wait\r\n", 'reply');
Test::More::is(main::ping($port, 1), "(closed)", 'close') for 1 .. 2;
--- request
GET /
--- response_body_like: It works



=== TEST 5: where the script says refuse, no process listens on the port
--- config
--- fake_redis
refuse
--- init
Test::More::is(main::ping($ENV{TEST_NGINX_FAKE_REDIS_PORT}, 1), 'refused', 'refuse');
--- request
GET /
--- response_body_like: It works
