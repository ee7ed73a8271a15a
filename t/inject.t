# Blocks are put into proxied pages where they belong, and nowhere else.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

no_shuffle();
run_tests();

__DATA__

=== TEST 1: each slot's block is inserted after its placeholder
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<html><body>A<!--dynstore:bought_with-->B<!--dynstore:recs-->C</body></html>
--- request
GET /page.html
--- response_body_like
^<html><body>A<!--dynstore:bought_with--><script type="application/json" id="dynstore-bought_with">\{[^<]*\}</script>B<!--dynstore:recs--><script type="application/json" id="dynstore-recs">\{[^<]*\}</script>C</body></html>$
--- no_error_log
[error]
[alert]



=== TEST 2: without placeholders the blocks are inserted before the real end of body
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_slots recs=3; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<html><body><script>var a = "</body>";</script><!-- </body> --><p title="</body>">x</p></BODY ></html>
--- request
GET /page.html
--- response_body_like
^<html><body><script>var a = "</body>";</script><!-- </body> --><p title="</body>">x</p><script type="application/json" id="dynstore-recs">\{[^<]*\}</script></BODY ></html>$



=== TEST 3: a slot without a placeholder goes before the end of body, and the others to theirs
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body>A<!--dynstore:recs-->B</body>
--- request
GET /page.html
--- response_body_like
^<body>A<!--dynstore:recs--><script [^>]*id="dynstore-recs">[^<]*</script>B<script [^>]*id="dynstore-bought_with">[^<]*</script></body>$



=== TEST 4: a page with neither placeholder nor end of body stays unchanged, and the log says why
--- config
location ~ . { dynstore pdp; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- user_files
>>> page.html
<p>no body's end
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
["^<p>no body's end\n\$", "GET /page.html rung=none .* skip=no_mark"]



=== TEST 5: a second placeholder of a slot and a placeholder of an unknown slot stay as they are
--- config
location ~ . { dynstore pdp; dynstore_slots recs=2; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body><!--dynstore:hero-->A<!--dynstore:recs-->B<!--dynstore:recs-->C</body>
--- request
GET /page.html
--- response_body_like
^<body><!--dynstore:hero-->A<!--dynstore:recs--><script [^<]*</script>B<!--dynstore:recs-->C</body>$



=== TEST 6: html blocks are sections that a browser can show without a script
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_slots recs=2; dynstore_format html; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body><!--dynstore:recs--></body>
--- request
GET /page.html
--- response_body_like
^<body><!--dynstore:recs--><section class="dynstore dynstore-recs" .*</section></body>$



=== TEST 7: a slot shows as many items as it is given
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_slots recs=3; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
["<body><script", "items=recs:[^, ]+,[^, ]+,[^, ]+ id="]



=== TEST 8: a map may set the surface of a location
--- http_config
map $uri $surface { ~^/p/ pdp; ~^/c/ plp; default off; }
--- config
dynstore $surface;
dynstore_slots recs=2;
location /x { proxy_pass $TEST_NGINX_BACKEND/page.html; }
location /p/ { proxy_pass $TEST_NGINX_BACKEND/page.html; }
location /c/ { proxy_pass $TEST_NGINX_BACKEND/page.html; }
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /p/", "GET /c/", "GET /x"]
--- response_body_like eval
['"surface":"pdp"', '"surface":"plp"', '^<body></body>$']



=== TEST 9: dynstore off in a location overrides the server
--- config
dynstore home;
location /on { proxy_pass $TEST_NGINX_BACKEND/page.html; }
location /off { dynstore off; proxy_pass $TEST_NGINX_BACKEND/page.html; }
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /on", "GET /off"]
--- response_body_like eval
['<script', '^<body></body>$']
--- raw_response_headers_unlike eval
["nothing", "Cache-Control|Set-Cookie|Vary|Server-Timing"]



=== TEST 10: a bypassed request gets the page of the backend unchanged
--- config
location /x { dynstore home; dynstore_bypass $arg_plain $cookie_plain; proxy_pass $TEST_NGINX_BACKEND/page.html; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- user_files
>>> page.html
<body></body>
--- request eval
["GET /x?plain=1", "GET /x?plain=0", "GET /log"]
--- response_body_like eval
['^<body></body>$', '<script', 'plain=1 rung=none .* skip=bypass']



=== TEST 11: a page made by `return` is personalized
--- config
location ~ . { dynstore home; default_type text/html; return 200 "<body>hi</body>"; }
--- request
GET /
--- response_body_like: ^<body>hi<script.*</script></body>$
--- no_error_log
[error]
[alert]



=== TEST 12: a page from a file is personalized
--- config
location ~ . { dynstore home; }
--- user_files
>>> page.html
<body>hi</body>
--- request
GET /page.html
--- response_body_like: ^<body>hi<script.*</script></body>$



=== TEST 13: content types other than the configured ones are left alone
--- config
location ~ . { dynstore home; dynstore_types application/xhtml+xml; types { application/xhtml+xml xhtml; text/plain txt; text/html html; } }
--- user_files
>>> a.xhtml
<body></body>
>>> a.html
<body></body>
>>> a.txt
<body></body>
--- request eval
["GET /a.xhtml", "GET /a.html", "GET /a.txt"]
--- response_body_like eval
['<script', '<script', '^<body></body>$']



=== TEST 14: a request for an image is not a page
--- config
location ~ . { dynstore home; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- user_files
>>> page.html
<body></body>
--- more_headers eval
["Sec-Fetch-Dest: image", ""]
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
['^<body></body>$', 'skip=subresource']



=== TEST 15: an unknown surface is logged, and the page is left alone
--- config
location ~ . { dynstore $arg_s; }
--- user_files
>>> page.html
<body></body>
--- request
GET /page.html?s=nonsense
--- response_body
<body></body>
--- error_log
dynstore: "nonsense" is not a surface, the page is left as it is



=== TEST 15b: text from a client is escaped in the log
--- config
location ~ . { dynstore $http_x_surface; }
--- user_files
>>> page.html
<body></body>
--- more_headers eval
"X-Surface: a\x1b[31m\xff"
--- request
GET /page.html
--- response_body
<body></body>
--- error_log eval
qr/dynstore: "a\\x1B\[31m\\xFF" is not a surface, the page is left as it is/
--- no_error_log eval
qr/dynstore: "a\x1b/

