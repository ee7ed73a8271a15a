# Who asks: our cookie or a variable, and consent before anything.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n") unless defined $block->user_files;
    $block->set_value('request', 'GET /page.html') unless defined $block->request;
    $block->set_value('more_headers', Dynstore::expand($block->more_headers)) if defined $block->more_headers && !ref $block->more_headers;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a new visitor is given 128 random bits, for scripts to leave alone
--- config
location ~ . { dynstore home; }
--- raw_response_headers_like: \r\nSet-Cookie: dyn_vid=[0-9a-f]{32}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax(?:\r|$)
--- redis_after
KEYS dyn:r:* => /^dyn:r:\{[0-9a-f]{32}\}$/



=== TEST 2: one who comes back is known, and told nothing
--- config
location ~ . { dynstore home; }
--- more_headers
Cookie: a=b; dyn_vid=$TEST_NGINX_VISITOR; c=d
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 3: in Redis a visitor has a keyed hash for a name, never the cookie's value
--- config
location ~ . { dynstore home; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- redis_after
EXISTS dyn:s:{$TEST_NGINX_HASH} => 1
KEYS *$TEST_NGINX_VISITOR* =>



=== TEST 4: a malformed cookie is replaced
--- config
location ~ . { dynstore home; }
--- more_headers eval
"Cookie: dyn_vid=" . "0123456789ABCDEF" x 2
--- raw_response_headers_like: Set-Cookie: dyn_vid=[0-9a-f]{32};



=== TEST 5: a second dyn_vid does not shadow the first
--- config
location ~ . { dynstore home; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR; dyn_vid=x
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 6: the cookie's name, domain, age and Secure are the shop's to choose
--- config
location ~ . { dynstore home; dynstore_visitor cookie=who key=$TEST_NGINX_KEY domain=shop.example max_age=1d secure=on; }
--- raw_response_headers_like: Set-Cookie: who=[0-9a-f]{32}; Path=/; Max-Age=86400; Domain=shop.example; HttpOnly; SameSite=Lax; Secure(?:\r|$)



=== TEST 7: a visitor may be a variable, and then gets no cookie
--- config
location ~ . { dynstore home; dynstore_visitor $arg_customer key=$TEST_NGINX_KEY; }
--- request eval: "GET /page.html?customer=$ENV{TEST_NGINX_VISITOR}"
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 8: an empty or an overlong variable names nobody
--- config
location ~ . { dynstore home; dynstore_visitor $arg_customer key=$TEST_NGINX_KEY; }
--- request eval
["GET /page.html?customer=", "GET /page.html?customer=" . "x" x 257]
--- response_body_like eval
['"rung":"popular"', '"rung":"popular"']
--- redis_after
DBSIZE => 0



=== TEST 9: Sec-GPC says no: no cookie, nothing written, and still a page
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; }
--- more_headers
Sec-GPC: 1
--- response_body_like: "rung":"context"
--- response_headers
Cache-Control: private, no-store
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
DBSIZE => 0



=== TEST 10: DNT says no, also for one with a cookie
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- more_headers
DNT: 1
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- response_body_like: "rung":"context"
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1
DBSIZE => 1



=== TEST 11: DNT: 0 is a yes
--- config
location ~ . { dynstore home; }
--- more_headers
DNT: 0
--- raw_response_headers_like: Set-Cookie: dyn_vid=



=== TEST 12: dynstore_no_track off does not ask the browser
--- config
location ~ . { dynstore home; dynstore_no_track off; }
--- more_headers
DNT: 1
--- raw_response_headers_like: Set-Cookie: dyn_vid=



=== TEST 13: no consent, no lookup, no cookie, no view; with it all of them
--- config
location ~ . { dynstore home; dynstore_consent $cookie_consent; }
--- request eval
["GET /page.html", "GET /page.html", "GET /page.html"]
--- more_headers eval
["", "Cookie: consent=0", "Cookie: consent=yes"]
--- raw_response_headers_like eval
["private", "private", "Set-Cookie: dyn_vid="]
--- raw_response_headers_unlike eval
["Set-Cookie", "Set-Cookie", "nothing"]
--- redis_after
XLEN dyn:events => 1



=== TEST 14: a bot gets the page of the context, and leaves no trace
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; }
--- more_headers
User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
--- response_body_like: "rung":"context"
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
DBSIZE => 0



=== TEST 15: without a key file one is made, for its owner only
--- config
location ~ . { dynstore home; dynstore_visitor key=fresh.key; }
--- raw_response_headers_like: Set-Cookie: dyn_vid=
--- redis_after
KEYS dyn:r:* => /^dyn:r:\{/
