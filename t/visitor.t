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

$ENV{TEST_NGINX_TLS} = Dynstore::folder() . '/tls';
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout $ENV{TEST_NGINX_TLS}.key -out $ENV{TEST_NGINX_TLS}.crt"
    . ' 2>/dev/null') == 0 or BAIL_OUT('openssl cannot make a certificate');

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a new visitor gets 128 random bits and a signature in a cookie that scripts cannot read
--- config
location ~ . { dynstore home; }
--- raw_response_headers_like: \r\nSet-Cookie: dyn_vid=[0-9a-f]{32}\.[0-9a-f]{16}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax(?:\r|$)
--- redis_after
KEYS dyn:r:* => /^dyn:r:\{[0-9a-f]{32}\}$/



=== TEST 2: a returning visitor is recognized and gets no new cookie
--- config
location ~ . { dynstore home; }
--- more_headers
Cookie: a=b; dyn_vid=$TEST_NGINX_VISITOR; c=d
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 3: in Redis a visitor's name is a keyed hash, never the cookie's value
--- config
location ~ . { dynstore home; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- redis_after
EXISTS dyn:s:{$TEST_NGINX_HASH} => 1
KEYS *$TEST_NGINX_VISITOR* =>
KEYS *0123456789abcdef0123456789abcdef* =>



=== TEST 4: a malformed cookie is replaced
--- config
location ~ . { dynstore home; }
--- more_headers eval
"Cookie: dyn_vid=" . "0123456789ABCDEF" x 2
--- raw_response_headers_like: Set-Cookie: dyn_vid=[0-9a-f]{32}\.[0-9a-f]{16};



=== TEST 5: a second dyn_vid cookie does not hide the first
--- config
location ~ . { dynstore home; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR; dyn_vid=x
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 6: the shop sets the cookie's name, domain, age and Secure
--- config
location ~ . { dynstore home; dynstore_visitor cookie=who key=$TEST_NGINX_KEY domain=shop.example max_age=1d secure=on; }
--- raw_response_headers_like: Set-Cookie: __Secure-who=[0-9a-f]{32}\.[0-9a-f]{16}; Path=/; Max-Age=86400; Domain=shop.example; HttpOnly; SameSite=Lax; Secure(?:\r|$)



=== TEST 7: a variable may name the visitor, and then no cookie is set
--- config
location ~ . { dynstore home; dynstore_visitor $arg_customer trusted key=$TEST_NGINX_KEY; }
--- request
GET /page.html?customer=0123456789abcdef0123456789abcdef
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 8: an empty or too long variable names no visitor
--- config
location ~ . { dynstore home; dynstore_visitor $arg_customer trusted key=$TEST_NGINX_KEY; }
--- request eval
["GET /page.html?customer=", "GET /page.html?customer=" . "x" x 257]
--- response_body_like eval
['"rung":"popular"', '"rung":"popular"']
--- redis_after
DBSIZE => 0



=== TEST 9: with Sec-GPC no cookie is set and nothing is written, and the page is still personalized
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; }
--- more_headers
Sec-GPC: 1
--- response_body_like: "rung":"context"
--- response_headers
Cache-Control: private, no-cache
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
DBSIZE => 0



=== TEST 10: DNT: 1 also applies to a visitor with a cookie
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



=== TEST 11: DNT: 0 allows tracking
--- config
location ~ . { dynstore home; }
--- more_headers
DNT: 0
--- raw_response_headers_like: Set-Cookie: dyn_vid=



=== TEST 12: with dynstore_no_track off Sec-GPC and DNT are ignored
--- config
location ~ . { dynstore home; dynstore_no_track off; }
--- more_headers
DNT: 1
--- raw_response_headers_like: Set-Cookie: dyn_vid=



=== TEST 13: without consent there is no look-up, cookie or view, and with consent there are all three
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



=== TEST 14: a bot gets the page of the context, and nothing is stored
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; }
--- more_headers
User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
--- response_body_like: "rung":"context"
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
DBSIZE => 0



=== TEST 15: a missing key file is created, readable for its owner only
--- config
location ~ . { dynstore home; dynstore_visitor key=fresh.key; }
--- raw_response_headers_like: Set-Cookie: dyn_vid=
--- redis_after
KEYS dyn:r:* => /^dyn:r:\{/



=== TEST 16: a chosen value names no visitor: unsigned, signed with another key, or the name used in Redis
--- config
location ~ . { dynstore home; }
--- redis eval
qq(LPUSH dyn:r:{) . Dynstore::hash_of('f' x 32) . qq(} "vi \$TEST_NGINX_NOW_MS tent-03")
--- request eval
[("GET /page.html") x 4]
--- more_headers eval
["Cookie: dyn_vid=" . "f" x 32, "Cookie: dyn_vid=" . "f" x 32 . "." . "0" x 16, "Cookie: dyn_vid=" . "f" x 32 . "." . substr(Dynstore::hash_of("f" x 32), 0, 16),
 "Cookie: dyn_vid=" . Dynstore::sign("f" x 32)]
--- response_body_like eval
['"rung":"popular"', '"rung":"popular"', '"rung":"popular"', '"rung":"session"']
--- raw_response_headers_like eval
[("Set-Cookie: dyn_vid=(?!ffff)") x 3, "private"]



=== TEST 17: malformed and unsigned cookies before the right one do not hide it, and no new cookie is set
--- config
location ~ . { dynstore home; }
--- more_headers eval
"Cookie: dyn_vid=x; dyn_vid=; dyn_vid=" . "f" x 32 . "; dyn_vid=" . "f" x 32 . "." . "0" x 16 . "; a=b; dyn_vid=$ENV{TEST_NGINX_VISITOR}"
--- raw_response_headers_unlike: Set-Cookie
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 18: false signatures are checked up to the limit, and one more is not
--- config
location ~ . { dynstore home; }
--- request eval
["GET /page.html", "GET /page.html"]
--- more_headers eval
[map { "Cookie: " . ("dyn_vid=" . "f" x 32 . "." . "0" x 16 . "; ") x $_ . "dyn_vid=$ENV{TEST_NGINX_VISITOR}" } 7, 8]
--- raw_response_headers_unlike eval
["Set-Cookie", "nothing"]
--- raw_response_headers_like eval
["private", "Set-Cookie: dyn_vid="]



=== TEST 19: where the cookie is Secure its name begins with __Host-, and only that name is read
--- config
location ~ . { dynstore home; dynstore_visitor key=$TEST_NGINX_KEY secure=on; }
--- request eval
["GET /page.html", "GET /page.html", "GET /page.html"]
--- more_headers eval
["", "Cookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}", "Cookie: __Host-dyn_vid=$ENV{TEST_NGINX_VISITOR}"]
--- raw_response_headers_like eval
[("Set-Cookie: __Host-dyn_vid=[0-9a-f]{32}\\.[0-9a-f]{16}; Path=/; Max-Age=[0-9]+; HttpOnly; SameSite=Lax; Secure\r") x 2, "private"]
--- raw_response_headers_unlike eval
["Domain", "Domain", "Set-Cookie"]



=== TEST 20: with secure=off the name is plain, and the __Host- cookie is not read
--- config
location ~ . { dynstore home; dynstore_visitor key=$TEST_NGINX_KEY secure=off; }
--- more_headers
Cookie: __Host-dyn_vid=$TEST_NGINX_VISITOR
--- raw_response_headers_like: Set-Cookie: dyn_vid=[0-9a-f]
--- raw_response_headers_unlike: Secure



=== TEST 21: over TLS the cookie is Secure and has the __Host- prefix by default, and with a domain the __Secure- prefix
--- http_config
server {
    listen unix:$TEST_NGINX_TLS.sock ssl;
    ssl_certificate     $TEST_NGINX_TLS.crt;
    ssl_certificate_key $TEST_NGINX_TLS.key;
    root $TEST_NGINX_HTML_DIR;
    location / { dynstore home; }
    location /domain/ { alias $TEST_NGINX_HTML_DIR/; dynstore home; dynstore_visitor key=$TEST_NGINX_KEY domain=shop.example; }
}
--- config
location ~ . { proxy_pass https://unix:$TEST_NGINX_TLS.sock:; }
--- request eval
["GET /page.html", "GET /domain/page.html", "GET /page.html"]
--- more_headers eval
["", "", "Cookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}; __Host-dyn_vid=$ENV{TEST_NGINX_VISITOR}"]
--- raw_response_headers_like eval
["Set-Cookie: __Host-dyn_vid=[0-9a-f.]{49}; [^\r]*; Secure\r", "Set-Cookie: __Secure-dyn_vid=[0-9a-f.]{49}; [^\r]*; Domain=shop.example; [^\r]*; Secure\r", "private"]
--- raw_response_headers_unlike eval
["Domain", "nothing", "Set-Cookie"]
