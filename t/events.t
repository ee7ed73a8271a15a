# (Blocks that are refused with their body unread are not run over HTTP/2: curl takes nginx's RST_STREAM after the answer for an error.)
# The events endpoint: what the page's script or beacon reports goes into the shopper's session, and may bring a new decision back.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use JSON::PP ();

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', "location = /event { dynstore_events; }\n") unless defined $block->config;
    $block->set_value('more_headers', "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR") unless defined $block->more_headers;
    my $headers = $block->more_headers;
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($_) } @$headers] : Dynstore::expand($headers));
});

add_response_body_check(sub {
    my ($block, $body) = @_;
    return unless $body =~ /^\{/;
    Test::More::ok(eval { JSON::PP::decode_json($body); 1 } && $body !~ /[^\x0a\x20-\x7e]/, $block->name . ' - the body is JSON in ASCII');
});

# a batch of the given number of clicks
sub batch { my $count = shift; return '[' . join(',', map { qq({"event":"select_item","item_id":"pack-0$_"}) } map { $_ % 8 } 1 .. $count) . ']' }
# one that is full to its last byte: white space at its ends belongs to the suite's layout
sub full { my $size = shift; my $event = '{"event":"view_item","item_id":"tent-01"}'; return '[' . ' ' x ($size - 2 - length $event) . $event . ']' }
sub chunked { my $body = shift; return join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) } unpack '(a10000)*', $body) . "0\r\n\r\n" }

no_shuffle();
run_tests();

__DATA__

=== TEST 1: an event is written to the session's log, its facts and the stream, and the keys expire
--- request
POST /event?utm_source=newsletter&x=1
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- response_body
--- response_headers
Cache-Control: private, no-store
! Content-Type
! Set-Cookie
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vi [0-9]{13} tent-03$/
HGET dyn:s:{$TEST_NGINX_HASH} utm_source => newsletter
HGET dyn:s:{$TEST_NGINX_HASH} returning => 1
HGET dyn:s:{$TEST_NGINX_HASH} first => /^[0-9]{13}$/
TTL dyn:r:{$TEST_NGINX_HASH} => /^(?:1800|179[0-9])$/
TTL dyn:s:{$TEST_NGINX_HASH} => /^(?:1800|179[0-9])$/
XLEN dyn:events => 1
XRANGE dyn:events - + => /^[0-9]+-0 v $TEST_NGINX_HASH e vi [0-9]{13} tent-03$/
--- no_error_log
[error]
[alert]



=== TEST 2: idle= sets how long a session's keys live, prefix= how keys begin, and stream_max=0 writes no stream
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT idle=90s prefix=shop7: stream_max=0
--- request
POST /event
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- redis_after
LLEN shop7:r:{$TEST_NGINX_HASH} => 1
TTL shop7:r:{$TEST_NGINX_HASH} => /^(?:90|8[0-9])$/
TTL shop7:s:{$TEST_NGINX_HASH} => /^(?:90|8[0-9])$/
EXISTS shop7:events => 0
EXISTS dyn:r:{$TEST_NGINX_HASH} => 0



=== TEST 3: a beacon's text/plain is read like JSON
--- more_headers
Content-Type: text/plain;charset=UTF-8
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
POST /event
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 4: content types are compared without case, and parameters are ignored
--- more_headers eval
["Content-Type: Application/JSON", "Content-Type: application/json; charset=utf-8", "Content-Type: TEXT/PLAIN"]
--- request eval
[("POST /event\n" . '{"event":"page_view"}') x 3]
--- error_code eval
[204, 204, 204]



=== TEST 5: a batch is kept in order, newest first
--- request
POST /event
[{"event":"view_item","item_id":"tent-01"},{"event":"add_to_cart","item_id":"tent-01"},{"event":"view_item","item_id":"tent-02"}]
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vi [0-9]+ tent-02 ac [0-9]+ tent-01 vi [0-9]+ tent-01$/
XLEN dyn:events => 3



=== TEST 6: batches of 1 and 50 events are taken, one of 51 is refused as a whole
--- request eval
["POST /event\n" . main::batch(1), "POST /event\n" . main::batch(50), "POST /event\n" . main::batch(51)]
--- error_code eval
[204, 204, 400]
--- response_body_like eval
['^$', '^$', '^\{"error":".*50.*"\}\n$']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 51
XLEN dyn:events => 51



=== TEST 7: Shopify's and Segment's names are read as GA4's
--- request
POST /event
[{"name":"product_viewed","data":{"productVariant":{"product":{"id":"gid://shopify/Product/881"}}}},{"type":"track","event":"Product Added","properties":{"product_id":"882"}}]
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^ac [0-9]+ 882 vi [0-9]+ 881$/



=== TEST 8: a bad event is reported by its place in the batch, and the good ones are kept
--- request
POST /event
[{"event":"view_item","item_id":"tent-01"},{"event":"view_itme","item_id":"tent-01"},{"event":"add_to_cart"},{"event":"view_item","item_id":"tent-02"}]
--- response_headers
Content-Type: application/json
Cache-Control: private, no-store
--- response_body_like chomp
^\{"accepted":2,"refused":\[\{"index":1,"error":"event: \\"view_itme\\" is no event.*"\},\{"index":2,"error":"items: is missing.*"\}\]\}$
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2



=== TEST 9: a batch of bad events alone is refused
--- request
POST /event
[{"event":"nothing"},{"event":"add_to_cart"}]
--- error_code: 400
--- response_body_like chomp
^\{"accepted":0,"refused":\[\{"index":0,.*\{"index":1,
--- redis_after
DBSIZE => 0



=== TEST 10: a body that is not JSON, is empty or holds no event is refused with a sentence
--- request eval
["POST /event\n{\"event\":", "POST /event\n[]", "POST /event\nnull", "POST /event", "POST /event\n{}", "POST /event\n\"view_item\""]
--- more_headers eval
["Content-Type: application/json", "Content-Type: application/json", "Content-Type: application/json", "Content-Type: application/json\nContent-Length: 0", "Content-Type: application/json", "Content-Type: application/json"]
--- error_code eval
[(400) x 6]
--- response_headers eval
[("Content-Type: application/json") x 6]
--- response_body_like eval
[('^\{.*"error":"\S.*"') x 6]
--- redis_after
DBSIZE => 0



=== TEST 11: other content types, a missing one, and compressed bodies are refused
--- no_http2
--- more_headers eval
["Content-Type: application/x-www-form-urlencoded", "X-Any: 1", "Content-Type: application/jsonp", "Content-Type: application/json\nContent-Encoding: gzip"]
--- request eval
[("POST /event\n" . '{"event":"page_view"}') x 4]
--- error_code eval
[415, 415, 415, 415]
--- response_body eval
[("{\"error\":\"Content-Type: must be application/json or text/plain, not compressed\"}\n") x 4]
--- redis_after
DBSIZE => 0



=== TEST 12: other methods are refused, and Allow names the right ones
--- no_http2
--- request eval
["GET /event", "HEAD /event", "PUT /event\n{}", "OPTIONS /event"]
--- error_code eval
[405, 405, 405, 405]
--- response_headers eval
[("Allow: POST\nContent-Type: application/json") x 4]



=== TEST 13: a body of 64 KB is taken, one byte more is refused
--- no_http2
--- request eval
["POST /event\n" . main::full(65536), "POST /event\n" . main::full(65537)]
--- more_headers eval
["Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nContent-Length: 65536", "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nContent-Length: 65537"]
--- error_code eval
[204, 413]
--- response_body_like eval
['^$', '^\{"error":"body: at most 65536 bytes; send the events in several batches"\}\n$']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 14: the limit on the body also holds when its length is not announced
--- no_http2
--- config
location = /event { dynstore_events; }
--- request eval
["POST /event\n" . main::chunked(main::full(65536)), "POST /event\n" . main::chunked(main::full(65537))]
--- more_headers eval
[("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nTransfer-Encoding: chunked") x 2]
--- error_code eval
[204, 413]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 15: a body that nginx keeps in a file is read from there
--- no_http2
--- config
location = /event { dynstore_events; client_body_buffer_size 1k; }
location = /file  { dynstore_events; client_body_in_file_only clean; }
--- request eval
["POST /event\n" . main::chunked(main::batch(50)), "POST /file\n" . main::chunked(main::batch(3)), "POST /event\n" . main::chunked(main::full(65537))]
--- more_headers eval
[("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nTransfer-Encoding: chunked") x 3]
--- error_code eval
[204, 204, 413]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 53



=== TEST 16: a body that comes in pieces is waited for
--- no_http2
--- raw_request eval
["POST /event HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nContent-Length: 41\r\n\r\n" . '{"event":"view',
 '_item","item_', 'id":"tent-03"}']
--- raw_request_middle_delay: 0.1
--- error_code: 204
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 17: refresh answers with a decision that already knows the event
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS pack-03"
--- request
POST /event?refresh=home
{"event":"view_item","item_id":"tent-03"}
--- response_headers_like
Content-Type: application/json
Cache-Control: private, no-store
Server-Timing: dyn;dur=[0-9.]+;desc="session"
--- response_body_like chomp
^\{"schema":"dynstore.decision/1",.*"surface":"home",.*"rung":"session".*"ref":"tent-03"
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2



=== TEST 18: refresh takes item, slot and format as the fragment does
--- request
POST /event?refresh=pdp&item=stove-02&slot=recs&format=html
{"event":"view_item","item_id":"stove-02"}
--- response_headers
Content-Type: text/html; charset=utf-8
--- response_body_like chomp
^<section class="dynstore dynstore-recs"(?!.*<section).*</section>$



=== TEST 19: a visitor who is new with this event gets a decision from it, and a cookie
--- more_headers
Content-Type: application/json
--- request
POST /event?refresh=home
{"event":"view_item","item_id":"tent-03"}
--- response_headers_like
Set-Cookie: dyn_vid=[0-9a-f]{32}\.[0-9a-f]{16}; Path=/; .*
--- response_body_like chomp
"rung":"session".*"ref":"tent-03"
--- redis_after
XLEN dyn:events => 1



=== TEST 20: an item that this event put into the cart is not recommended
--- request
POST /event?refresh=pdp&item=tent-02
{"event":"add_to_cart","item_id":"tent-03"}
--- response_body_unlike chomp
"id":"tent-03"



=== TEST 21: refresh reports the bad events beside the decision
--- request
POST /event?refresh=home
[{"event":"view_item","item_id":"tent-03"},{"event":"nothing"}]
--- response_body_like chomp
^\{"schema":"dynstore.decision/1".*"refused":\[\{"index":1,"error":".*"\}\]\}$



=== TEST 22: malformed arguments of refresh are refused, and nothing is stored
--- no_http2
--- request eval
["POST /event?refresh=pdp&item=%zz\n{\"event\":\"page_view\"}", "POST /event?refresh=Home!\n{\"event\":\"page_view\"}", "POST /event?refresh=home&format=xml\n{\"event\":\"page_view\"}"]
--- error_code eval
[400, 400, 400]
--- response_body_like eval
['^\{"error":"item: ', '^\{"error":"surface: ', '^\{"error":"format: ']
--- redis_after
DBSIZE => 0



=== TEST 23: the session's log keeps the newest 64 events
--- request eval
[("POST /event\n" . main::batch(50)) x 2]
--- error_code eval
[204, 204]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 64
XLEN dyn:events => 100



=== TEST 24: one body of thousands of products becomes 200 entries at most, and the rest is refused with a sentence
--- request eval
"POST /event\n[" . CORE::join(',', map { '{"event":"add_to_cart","items":[' . CORE::join(',', map { qq({"item_id":$_}) } 1 .. 90) . ']}' } 1 .. 40) . ']'
--- response_body_like chomp
^\{"accepted":2,"refused":\[\{"index":2,"error":"items: the body holds more than 200 products together: send this event and those behind it in another"\},.*\{"index":39,
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 64
XLEN dyn:events => 180
LINDEX dyn:r:{$TEST_NGINX_HASH} 0 => /^ac [0-9]+ 90$/
LINDEX dyn:r:{$TEST_NGINX_HASH} 63 => /^ac [0-9]+ 27$/



=== TEST 25: the stream is capped
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT stream_max=100
--- redis
CONFIG SET stream-node-max-entries 10
--- request eval
[("POST /event\n" . main::batch(50)) x 6]
--- error_code eval
[(204) x 6]
--- redis_after
XLEN dyn:events => /^1[01][0-9]$/
CONFIG SET stream-node-max-entries 100 => OK



=== TEST 26: an impression is in the stream only
--- request
POST /event
{"event":"view_item_list","item_list_id":"recs","items":[{"item_id":"tent-01"},{"item_id":"tent-02"}]}
--- error_code: 204
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 0
XLEN dyn:events => 2



=== TEST 27: without consent nothing is stored, and the response is not an error
--- more_headers
Content-Type: application/json
Sec-GPC: 1
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
POST /event
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- response_headers
! Set-Cookie
--- redis_after
DBSIZE => 0



=== TEST 28: without consent refresh gets a decision from the context
--- more_headers
Content-Type: application/json
Sec-GPC: 1
--- request
POST /event?refresh=pdp&item=stove-01
{"event":"view_item","item_id":"tent-03"}
--- response_headers
! Set-Cookie
--- response_body_like chomp
"rung":"context".*"ref":"stove-01"
--- redis_after
DBSIZE => 0



=== TEST 29: a bot's events are not stored
--- more_headers
Content-Type: application/json
User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
--- request
POST /event
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- redis_after
DBSIZE => 0



=== TEST 30: a new visitor's event comes with a cookie
--- more_headers
Content-Type: application/json
--- request
POST /event
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- response_headers_like
Set-Cookie: dyn_vid=[0-9a-f]{32}\.[0-9a-f]{16}; Path=/; .*
--- redis_after
XLEN dyn:events => 1



=== TEST 31: over HTTP/2 an event is stored, and refresh answered
--- http2
--- request eval
["POST /event\n" . main::batch(3), "POST /event?refresh=home\n" . '{"event":"view_item","item_id":"tent-03"}']
--- more_headers eval
[("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR") x 2]
--- error_code eval
[204, 200]
--- response_body_like eval
['^$', '"rung":"session"']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 4



=== TEST 32: when a client leaves while its decision waits, its event is still stored
--- no_http2
--- config
location = /event { dynstore_events; dynstore_timeout 2s; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- raw_request eval
"POST /event?refresh=home HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nContent-Length: 41\r\n\r\n" . '{"event":"view_item","item_id":"tent-03"}'
--- timeout: 0.2
--- abort
--- ignore_response
--- wait: 0.5
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1
--- no_error_log
[error]
[alert]



=== TEST 33: while Redis is down an event is accepted, and it is stored when Redis is back
--- init
Dynstore::redis_stop();
--- request eval
["POST /event\n" . main::batch(2), "POST /event?refresh=home\n" . main::batch(1)]
--- error_code eval
[204, 200]
--- response_body_like eval
['^$', '"rung":"(?:popular|last_good)"']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 3
XLEN dyn:events => 3



=== TEST 34: Expect: 100-continue is answered
--- no_http2
--- raw_request eval
["POST /event HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: text/plain\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nContent-Length: 41\r\n\r\n",
 '{"event":"view_item","item_id":"tent-03"}']
--- raw_request_middle_delay: 0.1
--- ignore_response
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 35: lines of a purchase without a product are skipped, and the others are stored
--- request
POST /event
{"name":"checkout_completed","data":{"checkout":{"order":{"id":"5001"},"currencyCode":"USD","lineItems":[{"quantity":1,"variant":null},{"quantity":2,"variant":{"price":{"amount":10},"product":{"id":"mug"}}},{"variant":{"product":null}}]}}}
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pu [0-9]+ mug q=2 p=1000 c=USD o=5001$/
XLEN dyn:events => 1



=== TEST 36: GA4's other ecommerce events are accepted
--- request
POST /event
[{"event":"view_search_results","search_term":"mug"},{"event":"add_shipping_info"},{"event":"add_payment_info"},{"event":"refund","transaction_id":"T1"},{"event":"view_promotion","promotion_id":"summer"},{"event":"select_promotion","promotion_id":"summer"}]
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^bc [0-9]+ bc [0-9]+ se [0-9]+ - t=mug$/
XLEN dyn:events => 6



=== TEST 37: whose cart and checkout it is, is kept under the hashes of their tokens for two weeks
--- request
POST /event
{"event":"begin_checkout","cart_token":"c1-77","checkout_token":"k2-88"}
--- error_code: 204
--- redis_after eval
map { my $key = 'dyn:t:{' . Dynstore::hash_of("\0dynstore cart\0$_") . '}';
    ("HGETALL $key => v \$TEST_NGINX_HASH", "TTL $key => /^(?:1209600|12095[0-9][0-9])\$/") } 'c1-77', 'k2-88'



=== TEST 38: without consent to what outlives the session no token is kept
--- config
location = /event { dynstore_events; dynstore_consent cookie; }
--- more_headers
Content-Type: application/json
Cookie: dyn_vid=$TEST_NGINX_VISITOR; dyn_consent=functional
--- request
POST /event
{"event":"begin_checkout","cart_token":"c1-77"}
--- error_code: 204
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1
KEYS dyn:t:* =>



=== TEST 39: where there is no stream of events no token is kept
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT stream_max=0
--- request
POST /event
{"event":"begin_checkout","cart_token":"c1-77"}
--- error_code: 204
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1
KEYS dyn:t:* =>
