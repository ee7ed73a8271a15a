# What was decided, for logs, headers and maps.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    $block->set_value('more_headers', Dynstore::expand('Cookie: dyn_vid=$TEST_NGINX_VISITOR')) unless defined $block->more_headers;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: the access log shows all variables
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_slots recs=2 bought_with=1; dynstore_timeout 2s; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
['"id":"[0-9a-f]{16}"', 'GET /page.html rung=session moment=[a-z]+ items=recs:[a-z]+-\d\d,[a-z]+-\d\d bought_with:[a-z]+-\d\d id=[0-9a-f]{16} time=\d+\.\d{6} wait=\d+\.\d{6} skip=-']



=== TEST 2: add_header sees the decision when nothing had to be waited for
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; add_header X-Rung $dynstore_rung; add_header X-Id $dynstore_decision_id; }
--- more_headers
DNT: 1
--- request
GET /page.html
--- raw_response_headers_like: X-Rung: context\r\nX-Id: [0-9a-f]{16}
--- response_body_like: "rung":"context"



=== TEST 3: add_header sees `pending` while the session is looked up
--- config
location ~ . { dynstore pdp; dynstore_timeout 2s; add_header X-Rung $dynstore_rung; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- request eval
["GET /page.html", "GET /log"]
--- response_headers eval
["X-Rung: pending\nServer-Timing: dyn;desc=\"pending\"", ""]
--- response_body_like eval
['"rung":"popular"', 'rung=popular']



=== TEST 4: a map can use the rung
--- http_config
map $dynstore_rung $known { volatile; session yes; default no; }
--- config
location ~ . { dynstore home; add_header X-Known $known; }
--- more_headers
DNT: 1
--- request
GET /page.html
--- response_headers
X-Known: no



=== TEST 5: where dynstore is off the variables are empty
--- config
location ~ . { add_header X-Rung "[$dynstore_rung$dynstore_items$dynstore_skip$dynstore_variant$dynstore_time]"; }
--- request
GET /page.html
--- response_headers
X-Rung: []



=== TEST 6: before the response there is no decision
--- config
location ~ . { dynstore home; set $early "$dynstore_rung$dynstore_decision_id"; add_header X-Early "[$early]"; }
--- request
GET /page.html
--- response_headers
X-Early: []
--- response_body_like: <script
