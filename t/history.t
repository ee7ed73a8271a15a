# What a visitor bought, put into the cart or onto the wishlist outlives the session.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

# events of the given names, of item-1, item-2 ...
sub batch { my $n = 0; return '[' . join(',', map { $n++; qq({"event":"$_","item_id":"item-$n"}) } @_) . ']' }
# one event of so many items
sub crowd { my ($event, $count) = @_; return qq({"event":"$event","items":[) . join(',', map { qq({"item_id":"item-$_"}) } 1 .. $count) . ']}' }

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', "location = /event { dynstore_events; }\nlocation = /rec { dynstore_fragment; }\n") unless defined $block->config;
    $block->set_value('more_headers', Dynstore::expand("Content-Type: application/json\n" . ($block->more_headers // 'Cookie: dyn_vid=$TEST_NGINX_VISITOR')));
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: purchases, carts and wishlists are pushed to the history as to the log, and nothing else is
--- request eval
"POST /event\n" . main::batch(qw(view_item add_to_cart remove_from_cart wishlist begin_checkout purchase select_item))
--- error_code: 204
--- redis_after
LRANGE dyn:h:{$TEST_NGINX_HASH} 0 -1 => /^pu \d{13} item-6\s+wl \d{13} item-4\s+ac \d{13} item-2$/
LLEN dyn:r:{$TEST_NGINX_HASH} => 7
TTL dyn:h:{$TEST_NGINX_HASH} => /^7(776000|775999)$/
TTL dyn:r:{$TEST_NGINX_HASH} => /^1(800|799)$/



=== TEST 2: a session without any of these has no history
--- request eval
"POST /event\n" . main::batch(qw(view_item remove_from_cart))
--- error_code: 204
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2
EXISTS dyn:h:{$TEST_NGINX_HASH} => 0



=== TEST 3: the newest 32 are kept
--- redis
LPUSH dyn:h:{$TEST_NGINX_HASH} old old old old old old old old old old old old old old old old old old old old old old old old old old old old old old
--- request eval
"POST /event\n" . main::crowd('add_to_cart', 5)
--- error_code: 204
--- redis_after
LLEN dyn:h:{$TEST_NGINX_HASH} => 32
LINDEX dyn:h:{$TEST_NGINX_HASH} 0 => /^ac \d{13} item-5$/
LINDEX dyn:h:{$TEST_NGINX_HASH} 4 => /^ac \d{13} item-1$/
LINDEX dyn:h:{$TEST_NGINX_HASH} 31 => old



=== TEST 4: of more than 32 at once the last are written
--- redis
CONFIG RESETSTAT
--- request eval
"POST /event\n" . main::crowd('purchase', 40)
--- error_code: 204
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 40
LLEN dyn:h:{$TEST_NGINX_HASH} => 32
LINDEX dyn:h:{$TEST_NGINX_HASH} 0 => /^pu \d{13} item-40$/
LINDEX dyn:h:{$TEST_NGINX_HASH} 31 => /^pu \d{13} item-9$/
INFO commandstats => /cmdstat_lpush:calls=72,/



=== TEST 5: how long is said by history=
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT history=1h
--- request eval
"POST /event\n" . main::batch('purchase')
--- error_code: 204
--- redis_after
TTL dyn:h:{$TEST_NGINX_HASH} => /^3(600|599)$/



=== TEST 6: with history=0 it is neither written nor read
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT history=0
--- redis
CONFIG RESETSTAT
--- request eval
["POST /event\n" . main::batch('purchase'), "GET /rec?surface=home"]
--- error_code eval
[204, 200]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1
EXISTS dyn:h:{$TEST_NGINX_HASH} => 0
INFO commandstats => /cmdstat_lrange:calls=1,/



=== TEST 7: it is read with the session, for who came with a cookie
--- redis
CONFIG RESETSTAT
--- request
GET /rec?surface=home
--- redis_after
INFO commandstats => /(?s)^(?!.*cmdstat_lpush).*cmdstat_lrange:calls=2,/



=== TEST 8: of who comes without a cookie nothing is read
--- redis
CONFIG RESETSTAT
--- more_headers
X-Nobody: 1
--- request
GET /rec?surface=home
--- redis_after
INFO commandstats => /^(?!.*cmdstat_lrange)/



=== TEST 9: the history of who came without a cookie ends as their session does
--- more_headers
X-Nobody: 1
--- request eval
"POST /event\n" . main::batch('add_to_cart')
--- error_code: 204
--- redis_after
EVAL "local k = redis.call('KEYS', 'dyn:h:*'); return #k .. ' ' .. redis.call('TTL', k[1])" 0 => /^1 (600|599)$/



=== TEST 10: without consent there is no history
--- config
location = /event { dynstore_events; dynstore_consent $arg_consent; }
--- request eval
"POST /event\n" . main::batch('purchase')
--- error_code: 204
--- redis_after
DBSIZE => 0



=== TEST 11: nor is there one of a bot
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
User-Agent: Googlebot/2.1
--- request eval
"POST /event\n" . main::batch('purchase')
--- error_code: 204
--- redis_after
DBSIZE => 0



=== TEST 12: an order's id is kept there as dynstore_keep says
--- config
location = /event { dynstore_events; dynstore_keep order=off; }
--- request
POST /event
{"event":"purchase","transaction_id":"T-1","item_id":"tent-03"}
--- error_code: 204
--- redis_after
LRANGE dyn:h:{$TEST_NGINX_HASH} 0 -1 => /^pu \d{13} tent-03$/



=== TEST 13: what an earlier visit bought is not recommended again
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-02"
LPUSH dyn:h:{$TEST_NGINX_HASH} "pu 1700000000000 tent-03"
--- request
GET /rec?surface=home&slot=recs
--- response_body_unlike: "id":"tent-03"



=== TEST 14: without a history it would be
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-02"
--- request
GET /rec?surface=home&slot=recs
--- response_body_like: "id":"tent-03"
