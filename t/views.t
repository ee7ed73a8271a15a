# Page views are recorded by nginx itself.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n") unless defined $block->user_files;
    $block->set_value('request', 'GET /page.html') unless defined $block->request;
    $block->set_value('more_headers', 'Cookie: dyn_vid=$TEST_NGINX_VISITOR' . "\n" . ($block->more_headers // ''));
    $block->set_value('more_headers', Dynstore::expand($block->more_headers));
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a product page records a view of its item
--- config
location ~ . { dynstore pdp; dynstore_item gid://shopify/Product/pack-03; }
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vi \d{13} pack-03$/
XLEN dyn:events => 1



=== TEST 2: a listing page records a view of its list
--- config
location ~ . { dynstore plp; dynstore_item tents; }
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vl \d{13} - l=tents$/



=== TEST 3: a cart page records a view of the cart, and other pages record a page view
--- config
location /cart { dynstore cart; alias $TEST_NGINX_HTML_DIR/page.html; types { } default_type text/html; }
location /home { dynstore home; alias $TEST_NGINX_HTML_DIR/page.html; types { } default_type text/html; }
--- request eval
["GET /cart", "GET /home"]
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pv \d{13}\s+vc \d{13}$/



=== TEST 4: the session stores how it began, from its first page
--- config
location ~ . { dynstore home; }
--- request eval
["GET /page.html?utm_source=news&utm_campaign=spring&gclid=abc", "GET /page.html?utm_source=other"]
--- more_headers
Referer: https://search.example/find?q=x
User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1
--- redis_after
HGET dyn:s:{$TEST_NGINX_HASH} utm_source => news
HGET dyn:s:{$TEST_NGINX_HASH} utm_campaign => spring
HGET dyn:s:{$TEST_NGINX_HASH} click_id => gclid
HGET dyn:s:{$TEST_NGINX_HASH} referrer => search.example
HGET dyn:s:{$TEST_NGINX_HASH} device => mobile
HGET dyn:s:{$TEST_NGINX_HASH} returning => 1



=== TEST 5: a session whose beginning is stored keeps it, and its keys live on
--- config
location ~ . { dynstore home; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- redis
HSET dyn:s:{$TEST_NGINX_HASH} first 1700000000000 device desktop
EXPIRE dyn:s:{$TEST_NGINX_HASH} 60
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<body>x</body>"
--- tcp_reply_delay: 100ms
--- request
GET /page.html?utm_source=late
--- redis_after
HGET dyn:s:{$TEST_NGINX_HASH} first => 1700000000000
HGET dyn:s:{$TEST_NGINX_HASH} utm_source => (nil)
TTL dyn:s:{$TEST_NGINX_HASH} => /^1(799|800)$/
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pv \d{13}$/



=== TEST 6: a prefetched page records no view, but is personalized
--- config
location ~ . { dynstore home; }
--- more_headers
Sec-Purpose: prefetch;prerender
--- response_body_like: <script
--- redis_after
DBSIZE => 0



=== TEST 7: a page that Purpose or X-Moz marks as prefetched records no view
--- config
location ~ . { dynstore home; }
--- request eval
["GET /page.html", "GET /page.html"]
--- more_headers
Purpose: prefetch
X-Moz: Prefetch
--- redis_after
DBSIZE => 0



=== TEST 8: a page that does not exist records no view
--- config
location ~ . { dynstore home; }
--- request
GET /none.html
--- error_code: 404
--- redis_after
DBSIZE => 0



=== TEST 9: an answer that is not a page records no view
--- config
location ~ . { dynstore home; }
--- user_files
>>> a.txt
text
--- request
GET /a.txt
--- redis_after
DBSIZE => 0



=== TEST 10: a page that had to be left unchanged records a view
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
add_header Cache-Control no-transform;
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 11: a bypassed page records no view
--- config
location ~ . { dynstore home; dynstore_bypass 1; }
--- redis_after
DBSIZE => 0



=== TEST 12: HEAD and POST record no view
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
error_page 405 =200 /page.html;
--- request eval
["HEAD /page.html", "POST /page.html"]
--- error_code eval
[200, 200]
--- redis_after
DBSIZE => 0
