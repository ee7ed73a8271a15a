# Whose page sends events: the shop's own, one that is named, or anybody's.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

# the client's Host is the one of the requests' origins
add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', "location = /event { dynstore_events; }\nlocation = /rec { dynstore_fragment; }\nlocation = /metrics { dynstore_metrics; }\n")
        unless defined $block->config;
    my $headers = $block->more_headers;
    $block->set_value('more_headers', [map { Dynstore::expand("Host: shop.example\n$_") } ref $headers ? @$headers : ($headers // '')]);
    my $event = "POST /event\n" . '{"event":"view_item","item_id":"tent-03"}';
    $block->set_value('request', [($event) x @{ $block->more_headers }]) unless defined $block->request;
    $block->set_value('more_headers', $block->more_headers->[0]) unless ref $block->request;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a form on another site is refused with a sentence, stores nothing, creates no visitor, and is counted
--- no_http2
--- zone: origins_counted
--- request eval
["POST /event\n" . '{"event":"purchase","item_id":"tent-03","x":"="}', "GET /metrics"]
--- more_headers eval
["Content-Type: text/plain\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nOrigin: https://evil.example", ""]
--- error_code eval
[403, 200]
--- response_headers eval
["Content-Type: application/json\nCache-Control: no-store\n! Set-Cookie", "! Set-Cookie"]
--- response_body_like eval
['^\{"error":"Origin: the page belongs to another site: name its origin in dynstore_origins to let it send events"\}\n$',
 '\nnginx_dynstore_event_requests_refused_total\{reason="cross_site"\} 1\n']
--- redis_after
DBSIZE => 0



=== TEST 2: a form on another site writes nothing to the session of a shopper whose cookie it sends
--- no_http2
--- more_headers eval
["Content-Type: text/plain\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nSec-Fetch-Site: cross-site\nOrigin: https://evil.example",
 "Content-Type: text/plain\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nOrigin: https://evil.example",
 "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nOrigin: null",
 "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nSec-Fetch-Site: cross-site\nOrigin: null",
 "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nSec-Fetch-Site: cross-site",
 "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\nSec-Fetch-Site: elsewhere"]
--- error_code eval
[(403) x 6]
--- redis_after
DBSIZE => 0



=== TEST 3: the shop's own pages may send events, whatever header shows their origin, and so may clients that are not browsers
--- more_headers eval
["Content-Type: application/json\nSec-Fetch-Site: same-origin\nOrigin: https://shop.example",
 "Content-Type: application/json\nSec-Fetch-Site: same-site\nOrigin: https://www.shop.example",
 "Content-Type: application/json\nSec-Fetch-Site: none",
 "Content-Type: application/json\nOrigin: https://shop.example",
 "Content-Type: application/json\nOrigin: http://SHOP.example",
 "Content-Type: application/json"]
--- error_code eval
[(204) x 6]
--- redis_after
XLEN dyn:events => 6



=== TEST 4: by Origin alone another host is another site, even with a similar name
--- no_http2
--- more_headers eval
["Content-Type: application/json\nOrigin: https://shop.example.evil.example",
 "Content-Type: application/json\nOrigin: https://www.shop.example",
 "Content-Type: application/json\nOrigin: https://evilshop.example",
 "Content-Type: application/json\nOrigin: https://shop.example:8443",
 "Content-Type: application/json\nOrigin: shop.example",
 "Content-Type: application/json\nOrigin: https://"]
--- error_code eval
[(403) x 6]
--- redis_after
DBSIZE => 0



=== TEST 5: the default port of a scheme makes no difference
--- no_http2
--- raw_request eval
"POST /event HTTP/1.1\r\nHost: shop.example:443\r\nConnection: close\r\nContent-Type: text/plain\r\nOrigin: https://shop.example\r\nContent-Length: 21\r\n\r\n" . '{"event":"page_view"}'
--- error_code: 204



=== TEST 6: the directive names single origins, all below a name, and names of any scheme
--- no_http2
--- config
location = /event { dynstore_events; dynstore_origins https://app.example https://*.brand.example:8443 *.partner.example capacitor://localhost; }
--- more_headers eval
[map { "Content-Type: application/json\nSec-Fetch-Site: cross-site\nOrigin: $_" }
 'https://app.example', 'HTTPS://App.Example', 'https://a.b.brand.example:8443', 'http://x.partner.example', 'capacitor://localhost',
 'http://app.example', 'https://app.example:8443', 'https://x.app.example', 'https://brand.example:8443', 'https://a.brand.example',
 'https://partner.example', 'https://evilpartner.example', 'https://.partner.example', 'null']
--- error_code eval
[(204) x 5, (403) x 9]
--- redis_after
XLEN dyn:events => 5



=== TEST 7: a page of a named origin gets a visitor, and locations inherit the names
--- http_config
dynstore_origins https://app.example;
--- more_headers
Content-Type: application/json
Origin: https://app.example
--- error_code: 204
--- response_headers_like
Set-Cookie: dyn_vid=[0-9a-f]{32}.*



=== TEST 8: dynstore_origins off removes the names of an outer level
--- no_http2
--- http_config
dynstore_origins https://app.example;
--- config
location = /event { dynstore_events; dynstore_origins off; }
--- more_headers
Content-Type: application/json
Origin: https://app.example
--- error_code: 403



=== TEST 9: a fragment requested by another site is answered, but creates no visitor
--- request eval
[("GET /rec?surface=pdp&item=stove-01") x 4]
--- more_headers eval
["Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Sec-Fetch-Site: same-origin", "X-Any: 1"]
--- response_headers_like eval
["Content-Type: application/json", "Content-Type: application/json", "Set-Cookie: dyn_vid=.*", "Set-Cookie: dyn_vid=.*"]
--- raw_response_headers_unlike eval
["Set-Cookie", "Set-Cookie", "nothing", "nothing"]
--- response_body_like eval
[('"rung":"context".*"ref":"stove-01"') x 4]



=== TEST 10: another site gets no fragment from the session of a shopper whose cookie it sends, unless its origin is named
--- config
location /rec { dynstore_fragment; dynstore_origins https://app.example; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
[("GET /rec?surface=home") x 5]
--- more_headers eval
[map { "Cookie: dyn_vid=\$TEST_NGINX_VISITOR\n$_" } "Sec-Fetch-Site: cross-site\nSec-Fetch-Dest: iframe", "Sec-Fetch-Site: cross-site\nOrigin: https://evil.example",
 "Origin: https://evil.example", "Sec-Fetch-Site: cross-site\nOrigin: https://app.example", "Sec-Fetch-Site: same-origin"]
--- response_headers eval
[("X-Dynstore-Ignored: visitor") x 3, ("! X-Dynstore-Ignored") x 2]
--- response_body_like eval
[('"rung":"popular"') x 3, ('"rung":"session"') x 2]



=== TEST 11: a page opened by a link on another site is a normal visit of the shopper
--- config
location ~ . { dynstore home; }
--- user_files
>>> page.html
<body>x</body>
--- request eval
[("GET /page.html") x 2]
--- more_headers eval
["Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nReferer: https://evil.example/"]
--- response_headers_like eval
[("Set-Cookie: dyn_vid=.*") x 2]
--- redis_after
XLEN dyn:events => 2



=== TEST 12: a page shown inside another site is decided for an unknown visitor, creates no visitor and records no view
--- config
location ~ . { dynstore home; add_header X-Ignored $dynstore_ignored; }
--- user_files
>>> page.html
<body>x</body>
--- request eval
[("GET /page.html") x 7]
--- more_headers eval
[(map { "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: $_\nReferer: https://evil.example/" } qw(iframe frame embed object fencedframe)),
 "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: empty\nAccept: text/html",
 "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\nAccept: text/html\nOrigin: null"]
--- response_headers eval
[("! Set-Cookie\nX-Ignored: visitor\nCache-Control: private, no-cache") x 7]
--- response_body_like eval
[('<body>x<script[^>]*>.*"rung":"popular"') x 7]
--- redis_after
DBSIZE => 0



=== TEST 13: a page shown inside another site and its fragments neither read nor write the session of the cookie they send
--- config
location ~ . { dynstore home; ssi on; }
location = /rec { dynstore_fragment; }
--- user_files
>>> page.html
<body>x <!--#include virtual="/rec?surface=home" --></body>
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
[("GET /page.html") x 2]
--- more_headers eval
[map { "Cookie: dyn_vid=\$TEST_NGINX_VISITOR\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: $_" } 'iframe', 'document']
--- response_body_like eval
['^<body>x \{.*"rung":"popular".*\}<script.*"rung":"popular"', '^<body>x \{.*"rung":"session".*\}<script.*"rung":"session"']
--- response_body_unlike eval
['"rung":"session"', '"rung":"popular"']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2
XLEN dyn:events => 1



=== TEST 14: a page shown inside another site does not use the visitor named by the shop's own variable
--- config
location ~ . { dynstore home; dynstore_visitor $cookie_customer trusted; }
--- user_files
>>> page.html
<body>x</body>
--- request eval
[("GET /page.html") x 2]
--- more_headers eval
[map { "Cookie: customer=7\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: $_" } 'iframe', 'document']
--- response_headers eval
["Vary: Cookie", "Vary: Cookie"]
--- redis_after
XLEN dyn:events => 1



=== TEST 15: pages of the shop, also on other names of its site, may show each other
--- config
location ~ . { dynstore home; }
--- user_files
>>> page.html
<body>x</body>
--- request eval
[("GET /page.html") x 4]
--- more_headers eval
["Sec-Fetch-Site: same-origin\nSec-Fetch-Dest: iframe", "Sec-Fetch-Site: same-site\nSec-Fetch-Dest: iframe", "Sec-Fetch-Site: none\nSec-Fetch-Dest: iframe",
 "Sec-Fetch-Site: same-origin\nSec-Fetch-Dest: empty\nAccept: text/html"]
--- response_headers_like eval
[("Set-Cookie: dyn_vid=.*") x 4]
--- redis_after
XLEN dyn:events => 4



=== TEST 16: pages of named origins may show pages of the shop, by Origin or else by Referer
--- config
location ~ . { dynstore home; dynstore_origins https://app.example https://*.brand.example; }
--- user_files
>>> page.html
<body>x</body>
--- request eval
[("GET /page.html") x 10]
--- more_headers eval
[map { "Sec-Fetch-Site: cross-site\nSec-Fetch-Dest: iframe\n$_" }
 'Referer: https://app.example/', 'Referer: https://app.example', 'Referer: https://a.brand.example/x?y', 'Origin: https://app.example',
 'Referer: https://app.example.evil.example/', 'Referer: https://evil.example/https://app.example/', 'Referer: http://app.example/',
 "Referer: https://app.example/\nOrigin: https://evil.example", "Referer: https://app.example/\nOrigin: null", 'Referer: https://evil.example?.brand.example']
--- response_headers eval
[("Vary: Cookie") x 4, ("! Set-Cookie") x 6]
--- redis_after
XLEN dyn:events => 4



=== TEST 17: without Host, as over HTTP/3, the requested server name identifies the shop
--- no_http2
--- more_headers
--- raw_request eval
my $body = '{"event":"view_item","item_id":"tent-03"}';
"POST http://shop.example:8443/event HTTP/1.0\r\nContent-Type: application/json\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nOrigin: https://shop.example:8443\r\nContent-Length: " . length($body) . "\r\n\r\n$body"
--- error_code: 204
--- redis_after
XLEN dyn:events => 1



=== TEST 18: without Host, an address identifies the shop
--- no_http2
--- more_headers
--- raw_request eval
my $body = '{"event":"view_item","item_id":"tent-03"}';
"POST http://[::1]:8443/event HTTP/1.0\r\nContent-Type: application/json\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nOrigin: https://[::1]:8443\r\nContent-Length: " . length($body) . "\r\n\r\n$body"
--- error_code: 204
--- redis_after
XLEN dyn:events => 1



=== TEST 19: without Host, a name that begins like the shop's is another site
--- no_http2
--- more_headers
--- raw_request eval
my $body = '{"event":"view_item","item_id":"tent-03"}';
"POST http://shop.example/event HTTP/1.0\r\nContent-Type: application/json\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nOrigin: https://shop.example.evil\r\nContent-Length: " . length($body) . "\r\n\r\n$body"
--- error_code: 403
--- redis_after
XLEN dyn:events => 0



=== TEST 20: without Host, another address is another site
--- no_http2
--- more_headers
--- raw_request eval
my $body = '{"event":"view_item","item_id":"tent-03"}';
"POST http://[::1]/event HTTP/1.0\r\nContent-Type: application/json\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nOrigin: https://[::2]\r\nContent-Length: " . length($body) . "\r\n\r\n$body"
--- error_code: 403
--- redis_after
XLEN dyn:events => 0



=== TEST 21: without Host, a page of the shop itself is not stored as a referrer
--- no_http2
--- config
location ~ . { dynstore home; }
--- user_files
>>> page.html
<body>x</body>
--- more_headers
--- raw_request eval
"GET http://shop.example/page.html HTTP/1.0\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\nReferer: https://shop.example/other.html\r\n\r\n"
--- redis_after
XLEN dyn:events => 1
HEXISTS dyn:s:{$TEST_NGINX_HASH} referrer => 0
