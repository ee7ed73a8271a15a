# What a shop sends as text/html is not always a page: JSON for its own scripts, texts, nothing. The request tells, or the first
# bytes do; what is no page passes byte for byte, and nobody has viewed it.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

$ENV{TEST_NGINX_SOLD_OUT} = do {
    my $catalog = Dynstore::write_file(Dynstore::folder() . '/sold-out.jsonl', qq({"id":"a-1","title":"A","price":"1.00","currency":"EUR","stock":0}\n));
    Dynstore::snapshot(Dynstore::folder() . '/sold-out.dyn', catalog => $catalog);
};

# --- sent eval: the bodies that /0, /1, ... answer with, each at once and byte by byte; they come as they are unless the block
# names the ones that are pages
our %sent;
add_block_preprocessor(sub {
    my $block = shift;
    my $headers = $block->more_headers // '';
    my $visitor = 'Cookie: dyn_vid=$TEST_NGINX_VISITOR' . "\n";
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($visitor . $_) } @$headers] : Dynstore::expand($visitor . $headers));
    my $sent = $block->sent or return;
    my $slow = Dynstore::folder() . '/slow.sock';
    $block->set_value('http_config', ($block->http_config // '') . "server { listen unix:$slow; root \$TEST_NGINX_HTML_DIR; access_log off;"
        . ' output_buffers 1 1; sendfile off; postpone_output 0; }');
    $block->set_value('config', 'location ~ . { dynstore home; proxy_pass $TEST_NGINX_BACKEND; } location = /log { alias $TEST_NGINX_ACCESS_LOG; }'
        . "location ^~ /slow/ { dynstore home; proxy_buffering off; proxy_pass http://unix:$slow:/; }");
    my $code = $block->post_setup_server_root // '';
    $block->set_value('post_setup_server_root', '{ my $n = 0; Dynstore::write_file(html_dir() . "/" . $n++ . ".html", $_) for @{ $main::sent{' . "'" . $block->name . "'" . '} } }' . $code);
    $main::sent{ $block->name } = $sent;
    my @paths = map { ("/$_.html", "/slow/$_.html") } 0 .. $#$sent;
    $block->set_value('request', [(map { "GET $_" } @paths), 'GET /log']);
    my $skip = $block->skip_name;
    chomp $skip if defined $skip;
    $block->set_value('response_body_like', [(map { my $like = $block->pages // '\A' . quotemeta($_) . '\z'; ($like, $like) } @$sent),
        $block->pages ? '\A(?:(?!skip=[a-z]).)*\z' : "\\A(?:GET \\S+ rung=none .*skip=$skip\\n)+\\z"]);
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: an answer that does not begin with `<` is not a page, however it arrives
--- sent eval
['{"html":"<html><body><!--dynstore:recs--><p>quick view</p></body></html>"}', '["</body>"]', '"</body>"', "\n\t \r\n{\"a\":\"</body>\"}",
 ")]}',\n[\"</body>\"]", "\xef\xbb\xbf{\"a\":\"</body>\"}", "\xef\xbb\xbf\n\xef\xbb\xbf[\"</body>\"]", 'null</body>', 'Not <b>bold</b></body>',
 "jQuery1({\"a\":\"</body>\"})", "\xff\xfe{\0\"\0a\0\"\0:\0\"\0<\0/\0b\0o\0d\0y\0>\0\"\0}\0", "\xc2\xa0<body></body>", 'x', "\1<body></body>"]
--- skip_name: no_page
--- redis_after
DBSIZE => 0
--- no_error_log
[error]
[alert]



=== TEST 2: an empty answer or one of blanks is not a page
--- sent eval
["\n", " \t\r\n\f", "\xef\xbb\xbf", "\xef\xbb", "\n" x 5000]
--- skip_name: no_page
--- redis_after
DBSIZE => 0
--- no_error_log
[error]
[alert]



=== TEST 3: a page may begin after a byte order mark and blanks
--- sent eval
['<body></body>', "\n\n\t <!DOCTYPE html><body></body>", "\xef\xbb\xbf<html><body></body></html>", "\xef\xbb\xbf\r\n\xef\xbb\xbf<!-- a --><body></body>", "\n" x 9000 . '<body></body>']
--- pages: <script type="application/json"
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 10
--- no_error_log
[error]
[alert]



=== TEST 4: a page in UTF-16 counts as a view and is left as it is
--- sent eval
["\xff\xfe<\0b\0o\0d\0y\0>\0<\0/\0b\0o\0d\0y\0>\0", "\xfe\xff\0<\0b\0o\0d\0y\0>", "<\0b\0o\0d\0y\0>\0"]
--- skip_name: no_mark
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 6



=== TEST 5: an answer with an empty body is not a page, and it ends
--- config
location = /empty { dynstore home; default_type text/html; return 200; }
location = /proxied { dynstore home; proxy_pass $TEST_NGINX_BACKEND/empty; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- backend
location = /empty { default_type text/html; return 200; }
--- request eval
["GET /empty", "GET /proxied", "GET /log"]
--- response_body_like eval
['^$', '^$', '^GET /empty \N*\nGET /proxied \N*skip=no_page\n$']
--- redis_after
DBSIZE => 0
--- no_error_log
[error]
[alert]



=== TEST 6: an answer to a script that does not ask for HTML is not a page: it stays unchanged and uncached for navigation
--- config
location = /quickview.html { dynstore home; }
location = /metrics { dynstore_metrics; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- zone: fetched
--- user_files
>>> quickview.html
<body>a part of one</body>
--- more_headers eval
["Sec-Fetch-Dest: empty\nAccept: application/json", "Sec-Fetch-Dest: empty\nAccept: */*", "Sec-Fetch-Dest: empty", "X-Requested-With: XMLHttpRequest",
 "Sec-Fetch-Dest: empty\nX-Requested-With: XMLHttpRequest\nAccept: text/html", "x-requested-with: xmlhttprequest\nAccept: text/html", "", ""]
--- request eval
[("GET /quickview.html") x 6, "GET /log", "GET /metrics"]
--- response_body_like eval
[('^<body>a part of one</body>$') x 6, '^(?:GET /quickview.html rung=none \N* skip=fetch\n){6}$', '(?m)^nginx_dynstore_skipped_total\{reason="fetch"\} 6$']
--- raw_response_headers_like eval
[('Content-Length: 27\r\n(?s:.*)ETag:(?s:.*)Cache-Control: private') x 6, '', '']
--- raw_response_headers_unlike eval
[('Set-Cookie|Server-Timing') x 6, 'none', 'none']
--- redis_after
DBSIZE => 0



=== TEST 7: a script that asks for HTML by name gets a page, and so does navigation, also within an app
--- config
location = /page.html { dynstore home; }
--- user_files
>>> page.html
<body>a page</body>
--- more_headers eval
["Sec-Fetch-Dest: empty\nAccept: text/html, application/xhtml+xml", "Sec-Fetch-Dest: document\nAccept: */*", "Sec-Fetch-Dest: iframe", "X-Requested-With: com.example.app",
 "X-Requested-With: com.example.app\nSec-Fetch-Dest: document", "X-Requested-With: ", "Accept: application/json", ""]
--- request eval
[("GET /page.html") x 8]
--- response_body_like eval
[('<script type="application/json"') x 8]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 8



=== TEST 8: other resources that a browser loads are not pages
--- config
location = /page.html { dynstore home; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- user_files
>>> page.html
<body>a page</body>
--- more_headers eval
[(map { "Sec-Fetch-Dest: $_" } qw(image script style font audio video track manifest worker sharedworker serviceworker audioworklet paintworklet json report xslt webidentity)), ""]
--- request eval
[("GET /page.html") x 17, "GET /log"]
--- response_body_like eval
[('^<body>a page</body>$') x 17, '^(?:GET /page.html rung=none \N* skip=subresource\n){17}$']
--- redis_after
DBSIZE => 0



=== TEST 9: an endpoint called by a script ignores the surface of its server
--- config
dynstore home;
location = /rec { dynstore_fragment; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- more_headers
Sec-Fetch-Dest: empty
X-Requested-With: XMLHttpRequest
--- request eval
["GET /rec", "GET /log"]
--- response_body_like eval
['"surface":"home"', '^GET /rec rung=popular \N* skip=-\n$']



=== TEST 10: a page counts as a view even if nothing is shown in it, and other answers do not
--- config
location /none/ { dynstore home; proxy_pass $TEST_NGINX_BACKEND/; }
location /kept/ { dynstore home; add_header Cache-Control no-transform; proxy_pass $TEST_NGINX_BACKEND/; }
location /file/ { dynstore home; add_header Cache-Control no-transform; sendfile on; alias $TEST_NGINX_HTML_DIR/; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- snapshot: $TEST_NGINX_SOLD_OUT
--- user_files
>>> page.html

<body>a page</body>
>>> json.html
{"html":"</body>"}
--- request eval
["GET /none/page.html", "GET /none/json.html", "GET /kept/page.html", "GET /kept/json.html", "GET /file/page.html", "GET /log"]
--- response_body_like eval
['<body>a page</body>', '^\{"html":"</body>"}$', '<body>a page</body>', '^\{"html":"</body>"}$', '<body>a page</body>',
 '^\N*skip=empty\n\N*skip=(?:empty|no_page)\n\N*skip=no_transform\n\N*skip=no_transform\n\N*skip=no_transform\n$']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 3



=== TEST 11: JSON is not held while the visitor's session is looked up
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- config
location = /json.html { dynstore home; dynstore_timeout 5s; }
location = /metrics { dynstore_metrics; }
--- zone: unheld
--- user_files
>>> json.html
{"html":"</body>"}
--- request eval
["GET /json.html", "GET /metrics"]
--- response_body_like eval
['^\{"html":"</body>"}$', '(?m)^nginx_dynstore_holds_total 0\n(?s:.*)^nginx_dynstore_skipped_total\{reason="no_page"\} 1$']
