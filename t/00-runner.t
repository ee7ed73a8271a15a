# The runner itself, with plain nginx: what the other suites lean on. Valid for Test::Nginx::Socket, too.
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();
$ENV{RUNNER_CHECKED} = 0;
add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', 'location = /added { return 200 "added\n"; }') if $block->name =~ /preprocessor/;
});
add_test_cleanup_handler(sub { $ENV{RUNNER_CHECKED}++ });
repeat_each(2);
no_shuffle();
run_tests();

is($ENV{RUNNER_CHECKED}, scalar(blocks()), 'the clean-up handler runs once for every block');

__DATA__

=== TEST 1: a GET is answered with the expected body
--- config
location = /t { return 200 "hello\n"; }
--- request
GET /t
--- response_body
hello



=== TEST 2: the runner's own html folder serves user files
--- config
--- user_files
>>> a/page.html
<p>page</p>
>>> b.txt
second
--- request
GET /a/page.html
--- response_body
<p>page</p>
--- response_headers
Content-Length: 12
!X-Nothing



=== TEST 3: a body is sent with its length and reaches nginx
--- config
location = /t { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; }
location = /echo { return 200 "$request_method $http_content_length $http_x_more\n"; }
--- request
POST /t
name=value
--- more_headers
X-More: yes
--- response_body
POST 10 yes



=== TEST 4: several requests of one block are checked one by one
--- config
location = /a { return 200 "a\n"; }
location = /b { return 404 "b\n"; }
--- request eval
["GET /a", "HEAD /b"]
--- error_code eval
[200, 404]
--- response_body eval
["a\n", ""]
--- response_headers eval
["Content-Length: 2", "Content-Length: 2"]



=== TEST 5: pipelined requests share one connection
--- config
location /p/ { return 200 "$uri $connection_requests\n"; }
--- pipelined_requests eval
["GET /p/one", "GET /p/two"]
--- response_body eval
["/p/one 1\n", "/p/two 2\n"]



=== TEST 6: HTTP/1.0 gets no chunks
--- config
location = /t { return 200 "$server_protocol\n"; }
--- request
GET /t HTTP/1.0
--- response_body
HTTP/1.0
--- raw_response_headers_unlike: chunked



=== TEST 7: a chunked response is put together
--- config
location = /t { ssi on; ssi_types text/plain; root html; try_files /t.txt =404; }
--- no_http2
--- user_files
>>> t.txt
one<!--# echo var="nothing" default="-" -->two
--- request
GET /t
--- response_headers
Transfer-Encoding: chunked
--- response_body
one-two



=== TEST 8: the error log is searched for what must and must not be there
--- config
location = /missing { root html; }
--- request
GET /missing
--- error_code: 404
--- response_body_like: 404 Not Found
--- error_log eval
qr/open\(\) ".*missing" failed/
--- no_error_log
[alert]
[crit]
--- grep_error_log eval
qr/No such file or directory/
--- grep_error_log_out
No such file or directory



=== TEST 9: the access log is searched as well
--- http_config
log_format own 'method=$request_method status=$status';
--- config
access_log logs/access.log own;
location = /t { return 204; }
--- request
GET /t
--- error_code: 204
--- access_log
method=GET status=204
--- no_access_log
status=500



=== TEST 10: a wrong configuration is refused with file and line
--- config
no_such_directive on;
--- request
GET /
--- must_die
--- error_log eval
qr/\[emerg\] .*unknown directive "no_such_directive" in \S+nginx\.conf:\d+/



=== TEST 11: a scripted TCP server replies, and what it was asked is checked
--- config
location = /t { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; proxy_http_version 1.0; proxy_pass_request_headers off; proxy_set_header Host h; proxy_set_header Connection close; }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_query eval
"GET /t HTTP/1.0\r\nHost: h\r\nConnection: close\r\n\r\n"
--- tcp_reply eval
"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nreply"
--- tcp_reply_delay: 50ms
--- request
GET /t
--- response_body chomp
reply



=== TEST 12: a client that gives up is not a failure if the block expects it
--- config
location = /t { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
""
--- tcp_no_close
--- request
GET /t
--- timeout: 0.1
--- abort
--- ignore_response
--- wait: 0.1
--- access_log
 499 



=== TEST 13: a preprocessor may change a block
--- config
--- request
GET /added
--- response_body
added



=== TEST 14: a raw request is sent in the given pieces, unchanged
--- config
location = /t { return 200 "$arg_a\n"; }
--- raw_request eval
["GET /t?a=", "1 HTTP/1.1\r\nHost: x\r\nConnec", "tion: close\r\n\r\n"]
--- raw_request_middle_delay: 0.02
--- response_body
1



=== TEST 15: a block can ask for HTTP/2
--- config
location = /t { return 200 "$server_protocol $request_method $request_length\n"; }
--- http2
--- request
GET /t
--- response_body_like: ^HTTP/2\.0 GET \d+$



=== TEST 16: HTTP/2 carries a body and answers HEAD
--- config
location = /t { proxy_pass http://unix:$TEST_NGINX_HTML_DIR/backend.sock; }
--- http_config
server { listen unix:$TEST_NGINX_HTML_DIR/backend.sock; location / { return 200 "$request_method $http_content_length $http_x_a\n"; } }
--- http2
--- request eval
["POST /t\nabc", "HEAD /t"]
--- more_headers
X-A: 1
--- response_body eval
["POST 3 1\n", ""]
--- error_code eval
[200, 200]



=== TEST 17: a test for another version of nginx is skipped
--- config
location = /t { return 200 "no"; }
--- request
GET /t
--- skip_nginx: 2: > 0.1.0
--- response_body
never



=== TEST 18: init runs while nginx runs, and post_setup_server_root runs before nginx starts
--- config
location = /t { root html; try_files /made-before /none; }
--- post_setup_server_root
open my $out, '>', Test::Nginx::Util::html_dir() . '/made-before' or die; print $out "before\n"; close $out;
--- init
open my $out, '>>', Test::Nginx::Util::html_dir() . '/made-before' or die; print $out "running\n"; close $out;
--- request
GET /t
--- response_body
before
running
