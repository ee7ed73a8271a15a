# A personalized page is for one browser; one that stays as it was for everybody keeps its header (t/shared-cache.t has more).
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

my $catalog = Dynstore::write_file(Dynstore::folder() . '/sold-out.jsonl',
    qq({"id":"a","title":"A","url":"/a","price":"1.00","currency":"EUR","stock":0}\n));
$ENV{TEST_NGINX_SOLD_OUT} = Dynstore::snapshot(Dynstore::folder() . '/sold-out.dyn', catalog => $catalog);

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a personalized page is private and has no header about the bytes that the backend sent
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
add_header Content-MD5 abc;
add_header CDN-Cache-Control max-age=600;
add_header Cloudflare-CDN-Cache-Control max-age=600;
add_header Akamai-Cache-Control max-age=600;
add_header X-LiteSpeed-Cache-Control public,max-age=600;
add_header Surrogate-Control max-age=600;
expires 1h;
--- user_files
>>> page.html
<body></body>
--- request
GET /page.html
--- response_headers
Cache-Control: private, no-cache
Vary: Cookie
Last-Modified:
ETag:
Accept-Ranges:
Content-Length:
Expires:
Content-MD5:
CDN-Cache-Control:
Cloudflare-CDN-Cache-Control:
Akamai-Cache-Control:
X-LiteSpeed-Cache-Control:
Surrogate-Control:
--- response_body_like: <script
--- raw_response_headers_unlike: max-age=600



=== TEST 2: several Cache-Control headers become one
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
add_header Cache-Control public;
add_header Cache-Control max-age=60;
--- user_files
>>> page.html
<body></body>
--- request
GET /page.html
--- response_headers
Cache-Control: private, no-cache
--- raw_response_headers_unlike: max-age=60|public



=== TEST 3: add_header and expires in the same location do not make the page public again
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; add_header Cache-Control "public, s-maxage=60"; expires 1d; }
--- user_files
>>> page.html
<body></body>
--- request
GET /page.html
--- response_headers
Cache-Control: private, no-cache
Expires:
--- raw_response_headers_unlike: maxage=60|public



=== TEST 4: Vary gets Cookie added once
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
location /a { add_header Vary "Accept-Encoding"; }
location /b { add_header Vary "Accept, cookie"; }
location /c { add_header Vary "*"; }
--- user_files
>>> a.html
<body></body>
>>> b.html
<body></body>
>>> c.html
<body></body>
--- request eval
["GET /a.html", "GET /b.html", "GET /c.html"]
--- raw_response_headers_like eval
["Vary: Accept-Encoding\r\n(?:.*\r\n)*Vary: Cookie", "Vary: Accept, cookie", "Vary: \\*"]
--- raw_response_headers_unlike eval
["Vary: \\*", "Vary: Cookie", "Vary: Cookie"]



=== TEST 5: no-transform is obeyed: body and headers stay unchanged
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- backend
add_header Cache-Control "max-age=60, No-Transform";
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
["^<body></body>\n\$", "skip=no_transform"]
--- raw_response_headers_unlike eval
["Set-Cookie|private|Vary|Server-Timing", "nothing"]
--- raw_response_headers_like eval
["Content-Length: 14\r\n(?:.*\r\n)*ETag:.*\r\n(?:.*\r\n)*Cache-Control: max-age=60, No-Transform\r\n", "200"]



=== TEST 6: an encoded page passes unchanged, is counted as skipped, and is private
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- backend
add_header Content-Encoding br;
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
["^<body></body>\n\$", "skip=encoding"]
--- raw_response_headers_like eval
["Content-Length: 14\r\n(?s).*ETag:.*Cache-Control: private, no-cache", "200"]
--- raw_response_headers_unlike eval
["Set-Cookie|Server-Timing", "nothing"]



=== TEST 7: Content-Encoding: identity does not count as encoded
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
add_header Content-Encoding identity;
--- user_files
>>> page.html
<body></body>
--- request
GET /page.html
--- response_body_like: <script



=== TEST 8: HEAD gets the headers of the page, and Redis is not asked
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body></body>
--- request
HEAD /page.html
--- response_headers
Cache-Control: private, no-cache
Vary: Cookie
ETag:
Content-Length:
Server-Timing:
--- response_body
--- redis_after
DBSIZE => 0



=== TEST 9: other statuses and methods are left alone
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- backend
location /gone { default_type text/html; return 410 "<body></body>"; }
location /post { default_type text/html; return 200 "<body></body>"; }
--- request eval
["GET /gone", "POST /post", "GET /log"]
--- more_headers eval
["", "Content-Length: 0", ""]
--- error_code eval
[410, 200, 200]
--- response_body_like eval
['^<body></body>$', '^<body></body>$', "skip=status\n.*skip=method"]
--- raw_response_headers_unlike eval
["private", "private", "nothing"]



=== TEST 10: validators of the plain page give no 304, and ranges give no part
--- config
location ~ . { dynstore home; if_modified_since before; }
--- user_files
>>> page.html
<body></body>
--- more_headers
If-Modified-Since: Fri, 20 Nov 2037 11:00:00 GMT
Range: bytes=0-3
--- request
GET /page.html
--- error_code: 200
--- response_body_like: ^<body><script.*</body>



=== TEST 11: an answer that is not a page may be 304
--- config
location ~ . { dynstore home; types { image/svg+xml svg; } if_modified_since before; }
--- user_files
>>> a.svg 199901171530.33
<svg/>
--- more_headers
If-Modified-Since: Fri, 20 Nov 2037 11:00:00 GMT
Sec-Fetch-Dest: image
--- request
GET /a.svg
--- error_code: 304



=== TEST 12: Server-Timing is appended, with the rung if it is known
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
add_header Server-Timing "db;dur=53";
--- user_files
>>> page.html
<body></body>
--- request
GET /page.html
--- raw_response_headers_like: Server-Timing: db;dur=53\r\n(?:.*\r\n)*Server-Timing: dyn;dur=\d+\.\d;desc="popular"



=== TEST 13: a page with nothing to show to this visitor keeps its bytes and is private
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- snapshot: $TEST_NGINX_SOLD_OUT
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
["^<body></body>\n\$", "skip=empty"]
--- raw_response_headers_unlike eval
["Set-Cookie|Server-Timing", "nothing"]
--- raw_response_headers_like eval
["Content-Length: 14\r\n(?s).*ETag:.*Cache-Control: private, no-cache", "200"]
--- redis_after
DBSIZE => 0
