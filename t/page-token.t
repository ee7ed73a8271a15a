# The token that pages carry and events bring back, and the servers that need none.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

our $PREFIX = "\0dynstore page token\0";

# the token of a visitor, made so many seconds ago
sub token {
    my ($visitor, $ago) = @_;
    my $time = sprintf '%08x', time - ($ago // 0);
    return $time . Dynstore::hash_of($PREFIX . Dynstore::hash_of($visitor) . $time);
}
sub own { return token($ENV{TEST_NGINX_VISITOR}, @_) }
sub is_own {
    my ($token, $name) = @_;
    my ($time) = $token =~ /^([0-9a-f]{8})/;
    Test::More::is($token, $time . Dynstore::hash_of($PREFIX . $ENV{TEST_NGINX_HASH} . $time), "$name - the token is the visitor's");
    Test::More::cmp_ok(abs(time - hex $time), '<', 60, "$name - and of now");
}

my $zones = 0;
add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('zone', 'token' . ++$zones);
    $block->set_value('config', <<'END' . ($block->config // ''));
location = /event { dynstore_events; }
location = /rec { dynstore_fragment; }
location = /metrics { dynstore_metrics; }
location /page.html { dynstore home; add_header X-Variable "<$dynstore_page_token>"; }
location /block.html { dynstore home; dynstore_format html; alias $TEST_NGINX_HTML_DIR/page.html; types { } default_type text/html; }
END
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    $block->set_value('request', [("POST /event\n" . '{"event":"purchase","item_id":"tent-03"}') x @{ $block->more_headers }]) unless defined $block->request;
    my $headers = $block->more_headers // '';
    $block->set_value('more_headers', [map { Dynstore::expand("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR\n$_") }
        ref $headers ? @$headers : ($headers) x @{ $block->request }]);
});

add_response_body_check(sub {
    my ($block, $body) = @_;
    is_own($1, $block->name) if $body =~ /"token":"([^"]*)"/ || $body =~ /data-dynstore-token="([^"]*)"/;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: without the directive no page, fragment or answer has a token
--- request eval
["GET /page.html", "GET /block.html", "GET /rec?surface=home", "GET /rec?surface=home&format=html", "POST /event?refresh=home\n" . '{"event":"page_view"}']
--- response_headers eval
["X-Variable: <>", ("! X-Dynstore-Token") x 4]
--- response_body_unlike eval
[('token') x 5]



=== TEST 2: with the directive each block, fragment, variable and fragment header has the visitor's token
--- http_config
dynstore_page_token on;
--- request eval
["GET /page.html", "GET /block.html", "GET /rec?surface=home", "GET /rec?surface=home&format=html"]
--- response_headers_like eval
["X-Variable: <[0-9a-f]{40}>", "Content-Type: text/html", ("X-Dynstore-Token: [0-9a-f]{40}") x 2]
--- response_body_like eval
['"ttl":5,"token":"[0-9a-f]{40}","slots":\[', 'data-dynstore-decision="[0-9a-f]{16}" [^>]*data-dynstore-token="[0-9a-f]{40}"><h2', '"token":"[0-9a-f]{40}"', 'data-dynstore-token="[0-9a-f]{40}"']



=== TEST 3: a repeated decision also has a token, and its ETag is the same as without one
--- no_http2
--- http_config
dynstore_page_token on;
--- config
location = /plain { dynstore_fragment; dynstore_page_token off; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- init
my ($plain, $with) = map { Dynstore::get("$_?surface=home") } '/plain', '/rec';
Test::More::like($plain->header('ETag'), qr/^W/, 'an ETag');
Test::More::is($with->header('ETag'), $plain->header('ETag'), 'the same ETag');
Test::More::is($with->content =~ s/"token":"[0-9a-f]{40}",//r, $plain->content, 'the same decision given again');
my $again = Dynstore::get('/rec?surface=home', 'If-None-Match' => $plain->header('ETag'));
Test::More::is($again->code, 304, 'not modified');
main::is_own($again->header('X-Dynstore-Token'), 'a token comes with 304');
--- request eval
["GET /rec?surface=home"]
--- response_body_like eval
['"rung":"session"']



=== TEST 4: an event with its page's token is stored as authenticated, and the answer has the next token
--- http_config
dynstore_page_token on;
--- request eval
["POST /event\n" . '{"event":"purchase","item_id":"tent-03"}', "POST /event?token=" . main::own() . "\n" . '{"event":"page_view"}']
--- more_headers eval
["X-Dynstore-Token: " . main::own(7000), ""]
--- error_code eval
[204, 204]
--- response_headers_like eval
[("X-Dynstore-Token: [0-9a-f]{40}") x 2]
--- redis_after
XRANGE dyn:events - + => /^\S+ v $TEST_NGINX_HASH e pu [0-9]+ tent-03 auth token \S+ v $TEST_NGINX_HASH e pv [0-9]+ auth token$/



=== TEST 5: an event without a token is stored, but not as authenticated, unless tokens are required
--- http_config
dynstore_page_token on;
--- more_headers eval
["", "X-Dynstore-Token: " . main::own(7300)]
--- error_code eval
[204, 204]
--- response_headers eval
[("! X-Dynstore-Token") x 2]
--- redis_after
XLEN dyn:events => 2
XRANGE dyn:events - + => /^(?!.*auth)/



=== TEST 6: where tokens are required, events without one, with an old one or with another visitor's are refused and counted
--- no_http2
--- http_config
dynstore_page_token required;
--- request eval
[("POST /event\n" . '{"event":"purchase","item_id":"tent-03"}') x 7, "POST /event?token=%zz\n" . '{"event":"page_view"}', "GET /metrics"]
--- more_headers eval
["", "X-Dynstore-Token: ", "X-Dynstore-Token: " . main::own(7300), "X-Dynstore-Token: " . main::own(-3600),
 "X-Dynstore-Token: " . main::token("f" x 32), "X-Dynstore-Token: " . main::own() . "0", "X-Dynstore-Token: \xff\xfe", "", ""]
--- error_code eval
[(403) x 8, 200]
--- response_body_like eval
[('^\{"error":"token: missing, too old or of another visitor: send the token of the page in the header X-Dynstore-Token or the argument token"\}\n$') x 8,
 '\nnginx_dynstore_event_requests_refused_total\{reason="token"\} 8\n']
--- redis_after
DBSIZE => 0



=== TEST 7: where tokens are required, events with their page's token are accepted
--- http_config
dynstore_page_token required;
--- more_headers eval
["X-Dynstore-Token: " . main::own(7100)]
--- error_code eval
[204]
--- redis_after
XLEN dyn:events => 1



=== TEST 8: max_age= sets how old a token may be
--- no_http2
--- http_config
dynstore_page_token required max_age=10m;
--- more_headers eval
["X-Dynstore-Token: " . main::own(500), "X-Dynstore-Token: " . main::own(700)]
--- error_code eval
[204, 403]



=== TEST 9: where tokens are required an event creates no visitor, and without consent no token is needed
--- no_http2
--- http_config
dynstore_page_token required;
--- config
location = /new { dynstore_events; dynstore_visitor cookie=other key=$TEST_NGINX_KEY; }
location = /quiet { dynstore_events; dynstore_consent $arg_consent; }
--- request eval
[map { "POST $_\n" . '{"event":"page_view"}' } '/new', '/quiet']
--- error_code eval
[403, 204]
--- response_headers eval
[("! Set-Cookie") x 2]
--- redis_after
DBSIZE => 0



=== TEST 10: a trusted server needs no token and no origin, has no limit, is not a bot, and its events are authenticated
--- http_config
map $http_x_shop_secret $trusted { s3cret 1; default 0; }
dynstore_page_token required;
dynstore_trusted $trusted;
dynstore_limit visitor=1/h,1 address=1/h,1;
--- more_headers eval
[("X-Shop-Secret: s3cret\nOrigin: https://backend.example") x 3, "X-Shop-Secret: s3cret\nUser-Agent: python-requests/2.31"]
--- error_code eval
[(204) x 4]
--- redis_after
XLEN dyn:events => 4
XREVRANGE dyn:events + - COUNT 1 => /^\S+ v $TEST_NGINX_HASH e pu [0-9]+ tent-03 auth server$/



=== TEST 11: dynstore_bot applies to a trusted server as well
--- http_config
dynstore_trusted 1;
dynstore_bot $arg_bot;
--- more_headers eval
["User-Agent: python-requests/2.31", "User-Agent: python-requests/2.31", "User-Agent: ShopServer/1"]
--- request eval
["POST /event?bot=1\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /event\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /event?bot=1\n" . '{"event":"view_item","item_id":"tent-03"}']
--- error_code eval
[(204) x 3]
--- response_headers eval
["X-Dynstore-Ignored: bot", "! X-Dynstore-Ignored", "X-Dynstore-Ignored: bot"]
--- redis_after
XLEN dyn:events => 1



=== TEST 12: a request without the right secret is not trusted
--- no_http2
--- http_config
map $http_x_shop_secret $trusted { s3cret 1; default 0; }
dynstore_page_token required;
dynstore_trusted $trusted;
--- more_headers eval
["X-Shop-Secret: guessed", "X-Shop-Secret: s3cre", "Origin: https://backend.example"]
--- error_code eval
[403, 403, 403]
--- redis_after
DBSIZE => 0



=== TEST 13: page views that nginx records itself are not authenticated
--- http_config
dynstore_page_token on;
dynstore_trusted 1;
--- request eval
["GET /page.html"]
--- redis_after
XRANGE dyn:events - + => /^\S+ v $TEST_NGINX_HASH e pv [0-9]+$/
