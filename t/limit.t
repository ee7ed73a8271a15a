# What one visitor and one address may have written. No rate here gives anything back while a test runs.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

my $zones = 0;
add_block_preprocessor(sub {
    my $block = shift;
    # buckets live as long as their zone
    $block->set_value('zone', 'limit' . ++$zones);
    $block->set_value('config', "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n" . ($block->config // '') . <<'END');
location = /event { dynstore_events; }
location = /rec { dynstore_fragment; }
location = /metrics { dynstore_metrics; }
location /page.html { dynstore home; }
END
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    my $headers = $block->more_headers // 'Cookie: dyn_vid=$TEST_NGINX_VISITOR';
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($_) } @$headers] : Dynstore::expand($headers));
    if (!ref $block->more_headers && ref $block->request) {
        $block->set_value('more_headers', [($block->more_headers) x @{ $block->request }]);
    }
    $block->set_value('more_headers', [map { "Content-Type: application/json\n$_" } @{ $block->more_headers }]) if ref $block->more_headers;
});

sub event { return ("POST /event\n" . '{"event":"view_item","item_id":"tent-03"}') x ($_[0] // 1) }
sub batch { my $count = shift; return "POST /event\n[" . CORE::join(',', ('{"event":"view_item","item_id":"tent-03"}') x $count) . ']' }
# as many products as one body may name
sub impressions { return "POST /event\n" . '{"event":"view_item_list","items":[' . CORE::join(',', map { qq({"item_id":$_}) } 1 .. 200) . ']}' }
# other visitors than the suite's
sub visitor { return 'Cookie: dyn_vid=' . Dynstore::sign(sprintf '%032x', 0xabc000 + shift) }

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a visitor's events over the limit get 429 with Retry-After, are not stored, and are counted
--- http_config
dynstore_limit visitor=1/h,3;
--- request eval
[main::event(5), "GET /metrics"]
--- error_code eval
[204, 204, 204, 429, 429, 200]
--- response_headers_like eval
["", "", "", ("Content-Type: application/json\nRetry-After: 3[56][0-9][0-9]\nCache-Control: no-store") x 2, ""]
--- response_body_like eval
['^$', '^$', '^$', ('^\{"error":"events: too many from one visitor or address: send them again after the seconds in Retry-After"\}\n$') x 2,
 '\nnginx_dynstore_event_requests_refused_total\{reason="limit"\} 2\n']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 3
XLEN dyn:events => 3



=== TEST 2: each visitor has a separate limit
--- http_config
dynstore_limit visitor=1/h,2;
--- request eval
[main::event(4)]
--- more_headers eval
[main::visitor(1), main::visitor(1), main::visitor(1), main::visitor(2)]
--- error_code eval
[204, 204, 429, 204]
--- redis_after
XLEN dyn:events => 3



=== TEST 3: each event of a batch counts, and a batch is accepted or refused as a whole
--- http_config
dynstore_limit visitor=1/h,10;
--- request eval
[main::batch(6), main::batch(5), main::batch(4), main::event]
--- error_code eval
[204, 429, 204, 429]
--- redis_after
XLEN dyn:events => 10



=== TEST 4: bodies that hold no event count too
--- http_config
dynstore_limit visitor=1/h,2;
--- request eval
["POST /event\n{", "POST /event\n" . '{"event":"nothing"}', main::event]
--- error_code eval
[400, 400, 429]
--- redis_after
DBSIZE => 0



=== TEST 5: new visitors and their events count for the address, and over its limit no visitor is created
--- http_config
dynstore_limit address=1/h,6;
--- request eval
[main::event(5)]
--- more_headers eval
[("X-Forwarded-For: 192.0.2.1") x 4, "X-Forwarded-For: 192.0.2.2"]
--- error_code eval
[204, 204, 204, 429, 204]
--- raw_response_headers_like eval
[("Set-Cookie") x 3, "429", "Set-Cookie"]
--- raw_response_headers_unlike eval
[("nothing") x 3, "Set-Cookie", "nothing"]
--- redis_after
XLEN dyn:events => 4



=== TEST 6: the first half of an IPv6 address counts as the address, and IPv4 within IPv6 counts as IPv4
--- http_config
dynstore_limit address=1/h,2;
--- request eval
[main::event(7)]
--- more_headers eval
[map { main::visitor($_) . "\nX-Forwarded-For: " . ('2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1:ffff::3', '2001:db8:0:2::1', '192.0.2.7', '::ffff:192.0.2.7', '::ffff:192.0.2.7')[$_] } 0 .. 6]
--- error_code eval
[204, 204, 429, 204, 204, 204, 429]



=== TEST 7: addresses of this machine and of private networks are proxies and are not limited
--- http_config
dynstore_limit address=1/h,1;
--- request eval
[main::event(16)]
--- more_headers eval
[map { main::visitor($_) . (('', map { "\nX-Forwarded-For: $_" } '10.1.2.3', '172.16.0.1', '172.31.9.9', '192.168.1.1', '169.254.1.1', '100.64.0.1', '::1', 'fd00::1')[$_ >> 1] // '') } 0 .. 15]
--- error_code eval
[(204) x 16]



=== TEST 8: addresses just outside these private ranges are limited
--- http_config
dynstore_limit address=1/h,1;
--- request eval
[main::event(8)]
--- more_headers eval
[map { main::visitor($_) . "\nX-Forwarded-For: " . ('172.32.0.1', '192.169.1.1', '100.128.0.1', '2001:db8::1')[$_ >> 1] } 0 .. 7]
--- error_code eval
[(204, 429) x 4]



=== TEST 9: a page view over the limit is not recorded, and the page is still personalized
--- http_config
dynstore_limit visitor=1/h,2;
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
[("GET /page.html") x 4, "GET /metrics"]
--- error_code eval
[(200) x 5]
--- response_body_like eval
[('"rung":"session".*<\/script><\/body>') x 4, '\nnginx_dynstore_limited_total\{what="page_view"\} 2\n']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 3



=== TEST 10: page requests without a cookie create visitors up to the limit of the address, and later pages set no cookie
--- http_config
dynstore_limit address=1/h,4;
--- request eval
[("GET /page.html") x 4, "GET /rec", "GET /metrics"]
--- more_headers eval
[("X-Forwarded-For: 192.0.2.1") x 6]
--- raw_response_headers_like eval
["Set-Cookie: dyn_vid", "Set-Cookie: dyn_vid", ("200") x 4]
--- raw_response_headers_unlike eval
["nothing", "nothing", ("Set-Cookie") x 4]
--- response_body_like eval
[('<script type="application/json" id="dynstore-recs">') x 4, '"rung":"popular"', '\nnginx_dynstore_limited_total\{what="visitor"\} 3\n']
--- redis_after
XLEN dyn:events => 2



=== TEST 11: a visitor from an address over its limit still gets pages from the session
--- http_config
dynstore_limit address=1/h,1 visitor=off;
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
[("GET /page.html") x 3]
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR\nX-Forwarded-For: 192.0.2.1") x 3]
--- response_body_like eval
[('"rung":"session"') x 3]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2



=== TEST 12: without the directive a visitor who sends the largest bodies is stopped at the third
--- request eval
[(main::impressions) x 3]
--- error_code eval
[204, 204, 429]
--- redis_after
XLEN dyn:events => 400



=== TEST 13: without the directive a flood without cookies from one address writes little more than the burst
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT stream_new=100000
--- request eval
[(main::impressions) x 40]
--- more_headers eval
[("X-Forwarded-For: 192.0.2.1") x 40]
--- error_code_like eval
[('^(?:204|429)$') x 40]
--- redis_after
XLEN dyn:events => /^[3-7][0-9]{3}$/



=== TEST 14: off removes the limit
--- http_config
dynstore_limit visitor=1/h,1 address=1/h,1;
--- config
dynstore_limit off;
--- request eval
[main::event(4)]
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR\nX-Forwarded-For: 192.0.2.1") x 4]
--- error_code eval
[(204) x 4]



=== TEST 15: the log names an address over its limit and the likely cause
--- no_http2
--- http_config
dynstore_limit address=1/h,1;
--- init
Dynstore::get('/page.html', 'X-Forwarded-For' => '192.0.2.1') for 1 .. 2;
--- request
GET /page.html
--- error_log
dynstore: an address sends more than dynstore_limit allows: if it is a proxy or a CDN, let nginx use the clients' own addresses with set_real_ip_from and real_ip_header
--- no_error_log
[error]



=== TEST 16: locations with different limits count separately: what one gives back frees nobody in the other
--- http_config
dynstore_limit visitor=20/s,400;
--- config
location = /slow { dynstore_events; dynstore_limit visitor=60/h,2; }
--- request eval
[("POST /slow\n" . '{"event":"view_item","item_id":"tent-03"}') x 3, "GET /page.html", main::event(2), "POST /slow\n" . '{"event":"view_item","item_id":"tent-03"}']
--- error_code eval
[204, 204, 429, 200, 204, 204, 429]
