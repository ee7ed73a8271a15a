# A catalogue that wants to do harm, and products that not everybody may see.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

$ENV{TEST_NGINX_SNAPSHOT} = Dynstore::snapshot("$ENV{TEST_NGINX_REDIS_SOCKET}.hard.dyn",
    catalog => 't/fixtures/outdoor/catalog.jsonl', events => 't/fixtures/outdoor/events.jsonl');

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('more_headers', Dynstore::expand($block->more_headers)) if defined $block->more_headers;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: markup in a title is shown as text in a fragment
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS lamp-head" "vi $TEST_NGINX_NOW_MS lamp-camp"
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /rec?surface=home&format=html
--- response_body_like: data-dynstore-item="danger-title">.*&lt;script&gt;alert\(1\)&lt;/script&gt;&amp;&quot;&#39;
--- response_body_unlike: <script
--- no_error_log
[error]


=== TEST 2: a script as a link or image is left out
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS lamp-head" "vi $TEST_NGINX_NOW_MS lamp-camp"
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /rec?surface=home&format=html
--- response_body_like: data-dynstore-item="danger-url"><a href="\#">
--- response_body_unlike: javascript:|<svg|data:image
--- no_error_log
[error]


=== TEST 3: JSON holds no text that could end a script or begin a tag
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS lamp-head" "vi $TEST_NGINX_NOW_MS lamp-camp"
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /rec?surface=home
--- response_body_like: "title":"\\u003cscript\\u003ealert\(1\)\\u003c/script\\u003e
--- response_body_unlike: [<>&]|javascript:
--- no_error_log
[error]


=== TEST 4: items that are sold out, for adults, or for some countries only are hidden from an unknown shopper
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- request
GET /rec?surface=home
--- response_body_like: "rung":"popular"
--- response_body_unlike: hauler-70|knife-18|schnapps|bar-oat|gas-230
--- no_error_log
[error]


=== TEST 5: an adult in Germany sees items that may be sold there
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; dynstore_country DE; dynstore_age 18; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS stove-duo"
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /rec?surface=home
--- response_body_like: gas-230
--- response_body_unlike: hauler-70
--- no_error_log
[error]


=== TEST 6: an item is hidden in a country where it is blocked
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; dynstore_country US; dynstore_age 18; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS stove-duo"
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /rec?surface=home
--- response_body_like: "rung":"session"
--- response_body_unlike: gas-230|schnapps|bar-oat
--- no_error_log
[error]


=== TEST 7: two variants of one product are never shown together, nor a variant of the page's product
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- request
GET /rec?surface=pdp&item=trail-pack-30
--- response_body_like: "rung":"context"
--- response_body_unlike: "id":"trail-pack-
--- no_error_log
[error]


=== TEST 8: yen have no cents
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- request
GET /rec?surface=plp&item=Kitchen
--- response_body_like: "price":"\d+","currency":"JPY"
--- no_error_log
[error]


=== TEST 9: an id may hold anything, and its page is filled up from its own part of the shop
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- request
GET /rec?surface=pdp&item=sku%2F%C3%BC%207%25
--- response_body_like: "title":"From our range".*"id":"new-poles"
--- response_body_unlike: lamp-camp
--- no_error_log
[error]
