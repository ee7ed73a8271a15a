# The fragment endpoint: a decision as JSON or HTML, for a script in the page, an SSI include or an app.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use JSON::PP ();

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', "location = /rec { dynstore_fragment; }\n") unless defined $block->config;
    $block->set_value('more_headers', 'Cookie: dyn_vid=$TEST_NGINX_VISITOR') unless defined $block->more_headers;
    $block->set_value('more_headers', Dynstore::expand($block->more_headers)) unless ref $block->more_headers;
});

# whatever begins as JSON is JSON, and ASCII
add_response_body_check(sub {
    my ($block, $body) = @_;
    return unless $body =~ /^\{/;
    Test::More::ok(eval { JSON::PP::decode_json($body); 1 } && $body !~ /[^\x0a\x20-\x7e]/, $block->name . ' - the body is JSON in ASCII');
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a shopper with a session gets a decision from it
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request
GET /rec?surface=home
--- response_body_like chomp
^\{"schema":"dynstore.decision/1","id":"[0-9a-f]{16}","surface":"home","moment":"browse","rung":"session",.*"slots":\[\{"slot":"recs".*"because_viewed","ref":"tent-03"
--- response_headers
Content-Type: application/json
Cache-Control: private, max-age=5
Vary: Cookie
--- response_headers_like
Content-Type: application/json
ETag: W/"[0-9a-f]{16}"
Server-Timing: dyn;dur=[0-9.]+;desc="session"
! Set-Cookie
--- no_error_log
[error]
[alert]



=== TEST 2: dynstore_ttl sets max-age and the ttl of the decision
--- config
location = /rec { dynstore_fragment; dynstore_ttl 42s; }
--- request
GET /rec?surface=home
--- response_headers
Cache-Control: private, max-age=42
--- response_body_like chomp
"ttl":42,



=== TEST 3: HEAD has the headers of GET and no body
--- request
HEAD /rec?surface=home
--- response_headers_like
Content-Type: application/json
Content-Length: [1-9][0-9]+
ETag: W/"[0-9a-f]{16}"
--- response_body



=== TEST 4: HTML has one section per slot, with escaped titles
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS pack-00"
--- request
GET /rec?surface=pdp&item=pack-02&format=html
--- response_headers
Content-Type: text/html; charset=utf-8
--- response_body_like chomp
^<section class="dynstore dynstore-recs".*</section><section class="dynstore dynstore-bought_with".*Pack 01 f..?r &lt;drau..?en&gt; &amp; &quot;mehr&quot;.*</section>$



=== TEST 5: a request may ask for one slot
--- request
GET /rec?surface=pdp&item=pack-00&slot=bought_with
--- response_body_like chomp
"slots":\[\{"slot":"bought_with",(?!.*"slot":).*"reason":\{"code":"bought_with","ref":"pack-00"



=== TEST 6: a slot that the surface does not name is filled like any other
--- request
GET /rec?surface=home&slot=new-place
--- response_body_like chomp
"slots":\[\{"slot":"new-place",.*"items":\[\{"id":



=== TEST 7: for an item that is not in the catalogue the answer comes from a lower rung
--- request
GET /rec?surface=pdp&item=no-such-thing
--- response_body_like chomp
"surface":"pdp".*"rung":"popular".*"items":\[\{"id":



=== TEST 8: an unknown surface is answered as home
--- request
GET /rec?surface=lobby
--- response_body_like chomp
"surface":"home".*"items":\[\{"id":



=== TEST 9: without arguments the answer is that of home
--- request
GET /rec
--- response_body_like chomp
"surface":"home".*"items":\[\{"id":



=== TEST 10: without a session the page's item decides
--- request
GET /rec?surface=pdp&item=tent-02
--- response_body_like chomp
"surface":"pdp".*"rung":"context".*"ref":"tent-02"



=== TEST 11: on a listing page the item is the category
--- request
GET /rec?surface=plp&item=Kitchen%2FStoves
--- response_body_like chomp
"surface":"plp".*"code":"popular_in","ref":"Kitchen/Stoves"



=== TEST 12: Shopify's long id means the same item as the short one
--- request
GET /rec?surface=pdp&item=gid%3A%2F%2Fshopify%2FProduct%2Ftent-02
--- response_body_like chomp
"ref":"tent-02"



=== TEST 13: malformed arguments are refused with a sentence that names them
--- request eval
["GET /rec?item=%zz", "GET /rec?item=a%0ab", "GET /rec?item=%ff%fe", "GET /rec?item=" . "x" x 129, "GET /rec?item=" . "%41" x 129,
 "GET /rec?item=%4", "GET /rec?surface=Home!", "GET /rec?slot=a%20b", "GET /rec?slot=" . "s" x 33, "GET /rec?format=xml", "GET /rec?surface=" . "s" x 200,
 "GET /rec?slot=a,,b", "GET /rec?slot=a,a", "GET /rec?slot=a%3D0", "GET /rec?slot=a%3D25", "GET /rec?slot=a,b,c,d,e,f,g,h,i"]
--- error_code eval
[(400) x 16]
--- response_body_like eval
[('^\{"error":"item: must be an item\'s id .*"\}\n$') x 6, '^\{"error":"surface: must be one of home, plp, pdp', ('^\{"error":"slot: must be names of 1 to 32 of a-z, 0-9, _ and -, at most 8, with commas') x 2,
 '^\{"error":"format: must be json or html"\}', '^\{"error":"surface: must', ('^\{"error":"slot: must be names') x 5]
--- response_headers eval
[("Content-Type: application/json\nCache-Control: no-store\n! Set-Cookie\n! ETag") x 16]



=== TEST 13b: several slots are asked for at once, each with its own number of items, in the order asked for
--- request eval
["GET /rec?surface=pdp&item=tent-02&slot=popular%3D2,recs%3D3,bought_with", "GET /rec?surface=pdp&item=tent-02&slot=popular%3D1&format=html"]
--- response_body_like eval
['"slots":\[\{"slot":"popular".*"slot":"recs".*"slot":"bought_with"', '^<section class="dynstore dynstore-popular"(?:(?!<li).)*<li class="dynstore-item"(?:(?!<li).)*$']



=== TEST 14: the longest arguments are accepted
--- request eval
["GET /rec?surface=pdp&item=" . "%41" x 128, "GET /rec?slot=" . "s" x 32]
--- error_code eval
[200, 200]



=== TEST 15: other methods are refused, and Allow names the right ones
--- no_http2
--- request eval
["POST /rec\nabc", "PUT /rec\nabc", "DELETE /rec", "OPTIONS /rec"]
--- error_code eval
[405, 405, 405, 405]
--- response_headers eval
[("Allow: GET, HEAD\nContent-Type: application/json") x 4]
--- response_body eval
[("{\"error\":\"method: use GET, HEAD\"}\n") x 4]



=== TEST 16: a visitor without a cookie gets one, and is not looked up
--- more_headers
X-Any: 1
--- redis
CONFIG RESETSTAT
--- request
GET /rec?surface=home
--- response_headers_like
Set-Cookie: dyn_vid=[0-9a-f]{32}\.[0-9a-f]{16}; Path=/; Max-Age=[0-9]+; HttpOnly; SameSite=Lax
--- response_body_like: "items":\[\{"id":
--- redis_after
INFO commandstats => /\A(?s)(?!.*cmdstat_lrange)/



=== TEST 17: a conditional request gets 304 as long as the answer would be the same
--- no_http2
--- init
my $etag = Dynstore::get('/rec?surface=pdp&item=tent-02')->header('ETag');
Test::More::like($etag, qr{^W/"[0-9a-f]{16}"$}, 'there is a validator');
my $same = Dynstore::get('/rec?surface=pdp&item=tent-02', 'If-None-Match' => $etag);
Test::More::is($same->code, 304, 'it would show the same');
Test::More::is($same->content, '', 'no body');
Test::More::is($same->header('ETag'), $etag, 'the validator again');
Test::More::is($same->header('Cache-Control'), 'private, max-age=5', 'and for how long');
Test::More::is(Dynstore::get('/rec?surface=pdp&item=tent-02', 'If-None-Match' => qq("x", $etag))->code, 304, 'one of several');
Test::More::is(Dynstore::get('/rec?surface=pdp&item=stove-02', 'If-None-Match' => $etag)->code, 200, 'another item is another answer');
Test::More::is(Dynstore::get('/rec?surface=pdp&item=tent-02&format=html', 'If-None-Match' => $etag)->code, 200, 'so is another format');
--- request
GET /rec?surface=pdp&item=tent-02
--- response_headers_like
ETag: W/"[0-9a-f]{16}"



=== TEST 18: without consent the session is not looked up, no cookie is set, and the answer comes from the context
--- more_headers
Sec-GPC: 1
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
CONFIG RESETSTAT
--- request
GET /rec?surface=pdp&item=stove-01
--- response_headers
! Set-Cookie
--- response_body_like chomp
"rung":"context".*"ref":"stove-01"
--- redis_after
INFO commandstats => /\A(?s)(?!.*cmdstat_(?:lrange|hgetall|lpush))/



=== TEST 19: a bot gets an answer, without a look-up and without a cookie
--- more_headers
User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
--- redis
CONFIG RESETSTAT
--- request
GET /rec?surface=home
--- response_headers
! Set-Cookie
--- response_body_like: "rung":"popular"
--- redis_after
INFO commandstats => /\A(?s)(?!.*cmdstat_lrange)/



=== TEST 20: a fragment is not a page view
--- request
GET /rec?surface=pdp&item=tent-02
--- response_body_like: "items"
--- redis_after
EXISTS dyn:r:{$TEST_NGINX_HASH} => 0
EXISTS dyn:events => 0



=== TEST 21: an SSI include of a fragment is part of the page
--- config
location = /rec { dynstore_fragment; }
location = /page.html { ssi on; root $TEST_NGINX_HTML_DIR; default_type text/html; }
--- user_files
>>> page.html
<p>before</p><!--#include virtual="/rec?surface=pdp&item=tent-02&slot=recs&format=html" --><p>after</p>
--- request
GET /page.html
--- response_body_like chomp
^<p>before</p><section class="dynstore dynstore-recs".*</section><p>after</p>
--- no_error_log
[error]
[alert]



=== TEST 22: over HTTP/2 the answer is the same
--- http2
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request
GET /rec?surface=home
--- response_body_like chomp
"rung":"session".*"ref":"tent-03"



=== TEST 23: a request with a body is answered, and the body is not read
--- no_http2
--- request
GET /rec?surface=home
some body
--- response_body_like: "surface":"home"



=== TEST 24: pipelined requests that all wait are answered in order
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- pipelined_requests eval
["GET /rec?surface=home", "GET /rec?surface=pdp&item=stove-01", "GET /rec?surface=cart"]
--- response_body_like eval
['"surface":"home".*"rung":"session"', '"surface":"pdp".*"rung":"session"', '"surface":"cart".*"rung":"session"']



=== TEST 25: the variables of a fragment are logged
--- config
location = /rec { dynstore_fragment; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- request eval
["GET /rec?surface=home", "GET /log"]
--- response_body_like eval
['"rung":"session"', 'GET /rec\?surface=home rung=session moment=browse items=recs:\S+ id=[0-9a-f]{16}']
