# Session, context, last good, popular, none: each failure is one rung down, and the page is always served.
# runs alone: times decide
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    $block->set_value('request', 'GET /page.html') unless defined $block->request;
    $block->set_value('more_headers', Dynstore::expand('Cookie: dyn_vid=$TEST_NGINX_VISITOR')) unless defined $block->more_headers;
});

# --- pause_after_first: Redis stops between the first request and the second
my $paused = '';
add_response_body_check(sub {
    my $block = shift;
    return if !defined $block->pause_after_first || $paused eq $block->name;
    $paused = $block->name;
    Dynstore::redis_pause();
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a key of the wrong type counts as an error of Redis, and the page is served
--- config
location ~ . { dynstore home; dynstore_timeout 2s; }
--- redis
SET dyn:r:{$TEST_NGINX_HASH} text
--- response_body_like: "rung":"popular"
--- no_error_log
[alert]



=== TEST 2: a session with events gives the highest rung
--- config
location ~ . { dynstore home; dynstore_timeout 2s; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- response_body_like: "rung":"session".*Because you viewed Tent 03



=== TEST 3: without events the page's item decides
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_timeout 2s; }
--- response_body_like: "rung":"context"



=== TEST 4: when nothing is known popular items are shown
--- config
location ~ . { dynstore home; dynstore_timeout 2s; }
--- response_body_like: "rung":"popular"



=== TEST 5: when Redis refuses and the item is unknown, popular items are shown
--- config
location ~ . { dynstore pdp; dynstore_item no-such; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
refuse
--- response_body_like: "rung":"popular"
--- no_error_log
[alert]



=== TEST 6: a Redis that sends garbage does no harm
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_timeout 1s; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
garbage
--- response_body_like: ^<body>x<script.*"rung":"context".*</body>
--- no_error_log
[alert]



=== TEST 7: a Redis that stops in the middle of a reply does no harm
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_timeout 50ms; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
half
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- response_body_like: ^<body>x<script.*"rung":"context".*</body>
--- no_error_log
[alert]



=== TEST 8: a log that holds only garbage is not a session
--- config
location ~ . { dynstore home; dynstore_timeout 2s; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "nonsense" "vi notatime x" ""
--- response_body_like: "rung":"popular"



=== TEST 9: the last good decision bridges an outage
--- config
location ~ . { dynstore home; dynstore_slots recs=4; dynstore_timeout 800ms; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- pause_after_first
--- request eval
["GET /page.html", "GET /page.html"]
--- response_body_like eval
['"rung":"session".*"id":"tent-', '"rung":"last_good".*"id":"tent-']
--- no_error_log
[alert]



=== TEST 10: without a configured Redis the context decides, and nothing is looked up
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; }
--- redis_url: off
--- response_body_like: "rung":"context"



=== TEST 11: hard filters apply on every rung: items sold out, for adults or not for this country are never shown
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_slots recs=24; }
--- response_body_unlike: "id":"(?:pack|tent|stove)-0[789]"



=== TEST 12: a country and an age allow the items that are for them
--- config
location ~ . { dynstore pdp; dynstore_item pack-06; dynstore_slots recs=24; dynstore_country $arg_country; dynstore_age $arg_age; }
--- request
GET /page.html?country=de&age=18
--- response_body_like: "id":"pack-0[78]"
--- response_body_unlike: "id":"(?:pack|tent|stove)-09"
