# With nginx's other filters, protocols and ways of answering.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use IO::Uncompress::Gunzip;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n") unless defined $block->user_files;
    $block->set_value('request', 'GET /page.html') unless defined $block->request;
    $block->set_value('no_error_log', "[error]\n[alert]\n") unless defined $block->no_error_log || defined $block->error_log;
});

sub plain {
    my $zipped = shift;
    IO::Uncompress::Gunzip::gunzip(\$zipped => \my $plain) or return 'no gzip';
    return $plain;
}

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a personalized page is compressed for the client
--- config
location ~ . { dynstore home; gzip on; gzip_min_length 1; gzip_proxied any; proxy_pass $TEST_NGINX_BACKEND; }
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: gzip
--- response_body_filters eval: \&main::plain
--- response_body_like: ^<body>x<script[^<]*</script></body>$



=== TEST 2: gunzip decompresses the page before the module for a client without gzip
--- config
location ~ . { dynstore home; gunzip on; proxy_set_header Accept-Encoding gzip; proxy_pass $TEST_NGINX_BACKEND; }
--- backend
gzip on; gzip_min_length 1; gzip_http_version 1.0; gzip_proxied any;
--- response_body_like: ^<body>x<script[^<]*</script></body>$
--- raw_response_headers_unlike: Content-Encoding



=== TEST 3: ssi sees the personalized page, and an included part is not personalized by itself
--- config
location ~ . { dynstore home; dynstore_slots recs=1; ssi on; }
--- user_files
>>> page.html
<body><!--# include virtual="/part.html" -->x</body>
>>> part.html
<body>part</body>
--- response_body_like: ^<body><body>part</body>\nx<script[^<]*</script></body>$



=== TEST 4: sub_filter sees the personalized page
--- config
location ~ . { dynstore home; dynstore_slots recs=1; sub_filter "x<script" "y<script"; sub_filter_once on; proxy_pass $TEST_NGINX_BACKEND; }
--- response_body_like: ^<body>y<script[^<]*</script></body>$



=== TEST 5: addition puts its parts around the personalized page
--- config
location = /page.html { dynstore home; dynstore_slots recs=1; add_before_body /before.txt; add_after_body /after.txt; }
--- user_files
>>> page.html
<body>x</body>
>>> before.txt
B
>>> after.txt
A
--- response_body_like: ^B\n<body>x<script[^<]*</script></body>\nA$



=== TEST 6: charset conversion leaves blocks whole
--- http_config
charset_map iso-8859-1 utf-8 { E9 C3A9; }
--- user_files eval
">>> page.html\n<body>\xe9x</body>\n"
--- config
location ~ . { dynstore home; dynstore_slots recs=1; charset utf-8; source_charset iso-8859-1; override_charset on; proxy_pass $TEST_NGINX_BACKEND; }
--- response_body_like: ^<body>\xc3\xa9x<script[^<]*</script></body>$



=== TEST 7: an HTTP/1.0 client gets the page, and then the connection closes
--- config
location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
--- request
GET /page.html HTTP/1.0
--- response_body_like: ^<body>x<script[^<]*</script></body>$
--- raw_response_headers_unlike: Transfer-Encoding|Content-Length



=== TEST 8: a page reached through try_files and a named location is personalized
--- config
location ~ . { dynstore home; dynstore_slots recs=1; try_files /none @shop; }
location @shop { dynstore pdp; dynstore_item pack-03; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
--- response_body_like: ^<body>x<script[^<]*"surface":"pdp"[^<]*</script></body>$



=== TEST 9: a page reached through an internal redirect of the backend is personalized
--- config
location /a { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location /inside/ { internal; dynstore pdp; dynstore_item pack-03; alias $TEST_NGINX_HTML_DIR/; }
--- backend
location /a { add_header X-Accel-Redirect /inside/page.html; return 204; }
--- request
GET /a
--- response_body_like: ^<body>x<script[^<]*"surface":"pdp"[^<]*</script>.*</body>$



=== TEST 10: after an internal redirect to a location where dynstore is off the page is left alone
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



=== TEST 11: an error page with status 200 is personalized, and one with an error status is not
--- config
location /ok { dynstore home; error_page 404 =200 /page.html; root $TEST_NGINX_HTML_DIR/none; }
location /no { dynstore home; error_page 404 /page.html; root $TEST_NGINX_HTML_DIR/none; }
location = /page.html { dynstore home; }
--- request eval
["GET /ok", "GET /no"]
--- error_code eval
[200, 404]
--- response_body_like eval
['<script', '^<body>x</body>$']
--- no_error_log
[alert]



=== TEST 12: a backend that dies in the middle of the page does no harm
--- config
location ~ . { dynstore home; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<body>half"
--- ignore_response
--- no_error_log
[alert]



=== TEST 13: a missing backend gives 502 without the module's headers
--- config
location ~ . { dynstore home; proxy_pass http://127.0.0.1:1; }
--- error_code: 502
--- raw_response_headers_unlike: private|Set-Cookie
--- no_error_log
[alert]



=== TEST 14: access control comes before the module
--- config
location ~ . { dynstore home; deny all; }
--- error_code: 403
--- redis_after
DBSIZE => 0
--- no_error_log
[alert]



=== TEST 15: a page from proxy_cache is personalized anew each time, and stored as the backend sent it
--- http_config
proxy_cache_path $TEST_NGINX_HTML_DIR/cache keys_zone=pages:1m;
--- config
location ~ ^/page { dynstore home; dynstore_slots recs=1; proxy_cache pages; proxy_cache_valid 200 1m; proxy_cache_key page; add_header X-Cache $upstream_cache_status; proxy_pass $TEST_NGINX_BACKEND; }
location /plain { proxy_cache pages; proxy_cache_key page; add_header X-Cache $upstream_cache_status; proxy_pass $TEST_NGINX_BACKEND; }
--- request eval
["GET /page.html", "GET /page.html", "GET /plain.html"]
--- response_body_like eval
['^<body>x<script[^<]*</script></body>$', '^<body>x<script[^<]*</script></body>$', '^<body>x</body>$']
--- response_headers eval
["X-Cache: MISS", "X-Cache: HIT", "X-Cache: HIT"]



=== TEST 16: keepalive requests on one connection do not mix
--- config
location ~ . { dynstore $arg_s; dynstore_item $arg_i; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
--- pipelined_requests eval
["GET /page.html?s=pdp&i=pack-03", "GET /page.html", "GET /page.html?s=home"]
--- response_body_like eval
['"surface":"pdp"', '^<body>x</body>$', '"surface":"home"']



=== TEST 17: pages sent with aio and sendfile are personalized
--- config
location ~ . { dynstore home; dynstore_slots recs=1; sendfile on; aio threads; output_buffers 2 4k; }
--- user_files eval
">>> page.html\n<body>" . "x" x 50000 . "</body>\n"
--- response_body_like: ^<body>x{50000}<script[^<]*</script></body>$



=== TEST 18: limit_rate does not change the page
--- config
location ~ . { dynstore home; dynstore_slots recs=1; limit_rate 100k; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files eval
">>> page.html\n<body>" . "x" x 60000 . "</body>\n"
--- response_body_like: ^<body>x{60000}<script[^<]*</script></body>$



=== TEST 19: mirror and auth_request in the page's location do not change the page
--- config
location = /page.html { dynstore home; dynstore_slots recs=1; mirror /mirror; auth_request /auth; proxy_pass $TEST_NGINX_BACKEND; }
location = /mirror { internal; return 204; }
location = /auth { internal; return 204; }
--- response_body_like: ^<body>x<script[^<]*</script></body>$
