# A page that is asked for as HTML is decided while the upstream is at work on it; what may turn out to be no page is not decided for.
# runs alone: times decide
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

my $browser = 'Accept: text/html,application/xhtml+xml,*/*;q=0.8';

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n") unless defined $block->user_files;
    my $headers = $block->more_headers // "$browser\nCookie: dyn_vid=\$TEST_NGINX_VISITOR";
    $block->set_value('more_headers', Dynstore::expand($headers =~ s/BROWSER/$browser/r));
    # each block's counters are its own
    (my $zone = $block->name) =~ s/^TEST (\d+).*/ahead$1/s;
    $block->set_value('zone', $zone);
    my $slow = "location /slow { dynstore pdp; dynstore_item pack-03; proxy_pass http://127.0.0.1:\$TEST_NGINX_RAND_PORT_1; }";
    $block->set_value("config", ($block->config // "") . "$slow\nlocation = /metrics { dynstore_metrics; }\n");
});

# --- one_decision: all answers that are decisions are the same
my @ids;
add_response_body_check(sub {
    my ($block, $body) = @_;
    return unless defined $block->one_decision;
    push @ids, $body =~ /"id":"([0-9a-f]{16})"/;
    return if @ids < $block->one_decision;
    my %seen = map { $_ => 1 } splice @ids;
    Test::More::is(keys %seen, 1, $block->name . ' - one decision');
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: the decision for a page is made before the upstream answers, and is dropped if the answer is not a page
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
--- tcp_reply_delay: 400ms
--- request eval
["GET /slow", "GET /metrics"]
--- error_code eval
[302, 200]
--- response_body_like eval
['^$', 'nginx_dynstore_decisions_total\{surface="pdp",rung="session"\} 1\n']
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 2: for a request that does not ask for HTML by name the decision is made once the answer proves to be a page
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- more_headers
Accept: */*
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
--- tcp_reply_delay: 400ms
--- request eval
["GET /slow", "GET /metrics"]
--- error_code eval
[302, 200]
--- response_body_like eval
['^$', 'nginx_dynstore_decisions_total\{surface="pdp",rung="session"\} 0\n']



=== TEST 3: a page carries the decision that was made early, and carries it once
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<body>x</body>"
--- tcp_reply_delay: 400ms
--- request eval
["GET /slow", "GET /metrics"]
--- response_body_like eval
['^<body>x<script[^<]*"rung":"session"[^<]*</script>.*</body>$', '(?s)(?=.*nginx_dynstore_holds_total 0\n).*nginx_dynstore_decisions_total\{surface="pdp",rung="session"\} 1\n']
--- raw_response_headers_like eval
['Server-Timing: dyn;dur=[0-9.]+;desc="session"', 'text/plain']



=== TEST 4: when Redis is not asked, the decision is made as soon as the request is on its way
--- redis_url: off
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
--- request eval
["GET /slow", "GET /metrics"]
--- error_code eval
[302, 200]
--- response_body_like eval
['^$', 'nginx_dynstore_decisions_total\{surface="pdp",rung="context"\} 1\n']



=== TEST 5: when the budget passes before the upstream answers, the decision of the next rung is ready
--- http_config
dynstore_timeout 50ms;
--- fake_redis
stall
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<body>x</body>"
--- tcp_reply_delay: 600ms
--- request eval
["GET /slow", "GET /metrics"]
--- response_body_like eval
['^<body>x<script[^<]*"rung":"context"[^<]*</script>.*</body>$', '(?s)(?=.*nginx_dynstore_holds_total 0\n).*nginx_dynstore_decisions_total\{surface="pdp",rung="context"\} 1\n']



=== TEST 6: an internal redirect starts a new decision for the page that it leads to
--- config
location /a { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location /inside/ { internal; dynstore pdp; dynstore_item pack-03; alias $TEST_NGINX_HTML_DIR/; }
--- backend
location /a { add_header X-Accel-Redirect /inside/page.html; return 204; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
["GET /a", "GET /a"]
--- response_body_like eval
[('^<body>x<script[^<]*"surface":"pdp"[^<]*</script>.*</body>$') x 2]



=== TEST 7: a page from disk, which is there at once, gets one decision
--- config
location ~ \.html { dynstore pdp; dynstore_item pack-03; }
--- more_headers
BROWSER
--- request eval
["GET /page.html", "GET /metrics"]
--- response_body_like eval
['^<body>x<script[^<]*"surface":"pdp"[^<]*</script>.*</body>$', 'nginx_dynstore_decisions_total\{surface="pdp",rung="context"\} 1\n']



=== TEST 8: a page is left alone if dynstore is off where the redirect leads
--- config
location /a { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location /inside/ { internal; dynstore off; alias $TEST_NGINX_HTML_DIR/; }
--- backend
location /a { add_header X-Accel-Redirect /inside/page.html; return 204; }
--- request
GET /a
--- response_body
<body>x</body>
--- raw_response_headers_unlike: private|Set-Cookie



=== TEST 9: after a redirect to a location where dynstore is off, the earlier decision is not visible anywhere
--- config
location /a { dynstore home; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
location /inside/ { internal; dynstore off; proxy_set_header X-Rung "rung $dynstore_rung, items $dynstore_items."; proxy_pass $TEST_NGINX_BACKEND; }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 200 OK\r\nX-Accel-Redirect: /inside/page.html\r\nContent-Length: 0\r\n\r\n"
--- tcp_reply_delay: 400ms
--- backend
location /inside/ { return 200 "$http_x_rung"; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request
GET /a
--- response_body chomp
rung none, items .



=== TEST 10: a decision for an answer that is not a page does not change the fragment that was sent before
--- http_config
dynstore_ttl 60s;
--- config
location = /rec { dynstore_fragment; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
--- tcp_reply_delay: 400ms
--- request eval
["GET /rec?surface=home", "GET /rec?surface=home", "GET /slow", "GET /rec?surface=home"]
--- error_code eval
[200, 200, 302, 200]
--- response_body_like eval
['"rung":"session"', '"rung":"session"', '^$', '"rung":"session"']
--- one_decision: 3



=== TEST 11: a fragment reached by a redirect is decided as a fragment
--- config
location /a { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location = /rec { internal; dynstore_fragment; }
--- backend
location /a { add_header X-Accel-Redirect "/rec?surface=pdp&item=pack-03"; return 204; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
["GET /a", "GET /metrics"]
--- response_body_like eval
['^\{.*"surface":"pdp"', 'nginx_dynstore_decisions_total\{surface="pdp",rung="session"\} 1\n']
