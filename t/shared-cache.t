# What is personal never lands in a shared cache: an nginx with proxy_cache in front, which stores all that it is not forbidden.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

$ENV{TEST_NGINX_EDGE}  = Dynstore::folder() . '/edge.sock';
$ENV{TEST_NGINX_OTHER} = Dynstore::sign('f' x 32);

# `--- edge` is the server{} with dynstore, behind the cache; `--- cache` is put beside proxy_cache. Each block's cache is its own,
# zone $TEST_NGINX_CACHE: what one block may store (newer nginx obeys X-Accel-Expires before Cache-Control) no other finds.
my $number = 0;
add_block_preprocessor(sub {
    my $block = shift;
    my $edge  = $block->edge;
    my $cache = $block->cache // '';
    $ENV{TEST_NGINX_CACHE} = 'front' . ++$number;
    if (defined $edge) {
        my $folder = Dynstore::folder();
        $block->set_value('http_config', <<"EOC" . ($block->http_config // ''));
proxy_cache_path $folder/$ENV{TEST_NGINX_CACHE} keys_zone=$ENV{TEST_NGINX_CACHE}:1m use_temp_path=off;
server {
    listen unix:\$TEST_NGINX_EDGE;
    root \$TEST_NGINX_HTML_DIR;
    access_log off;
    $edge
}
EOC
        $block->set_value('config', <<"EOC" . ($block->config // ''));
location ~ . {
    proxy_cache $ENV{TEST_NGINX_CACHE};
    proxy_cache_key \$uri\$is_args\$args;
    proxy_cache_valid any 10m;
    $cache
    proxy_pass http://unix:\$TEST_NGINX_EDGE:;
    add_header X-Cache \$upstream_cache_status always;
}
EOC
    }
    my $headers = $block->more_headers;
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($_) } @$headers] : Dynstore::expand($headers)) if defined $headers;
    $block->set_value('redis', 'LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"') unless defined $block->redis;
});

# two visitors: the first has looked at a tent, the second at nothing
sub both { my $more = shift // ''; return [map { "Cookie: dyn_vid=\$$_$more" } 'TEST_NGINX_VISITOR', 'TEST_NGINX_OTHER'] }

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a public page that includes a fragment is the same for everybody and holds nothing personal
--- edge
location = /rec { dynstore_fragment; }
location / { ssi on; add_header Cache-Control "public, max-age=600"; }
--- user_files
>>> one.html
<p>before</p><!--#include virtual="/rec?surface=pdp&item=stove-01&slot=recs&format=html" --><p>after</p>
--- request eval
["GET /one.html", "GET /one.html"]
--- more_headers eval
main::both()
--- response_body_like eval
[('^<p>before</p><section class="dynstore dynstore-recs" data-dynstore-slot="recs" [^>]*data-dynstore-rung="context".*</section><p>after</p>') x 2]
--- response_body_unlike eval
[('Because you viewed Tent 03') x 2]
--- raw_response_headers_like eval
["X-Cache: MISS", "X-Cache: HIT"]
--- raw_response_headers_unlike eval
[("Set-Cookie|private") x 2]



=== TEST 2: a public page is also the same for a visitor without a cookie, and sets none
--- edge
location = /rec { dynstore_fragment; }
location / { ssi on; add_header Cache-Control "public, max-age=600"; }
--- user_files
>>> two.html
<p>before</p><!--#include virtual="/rec?surface=home&slot=recs&format=html" --><p>after</p>
--- request
GET /two.html
--- response_body_like: ^<p>before</p><section .*data-dynstore-rung="popular".*</section><p>after</p>
--- raw_response_headers_unlike: Set-Cookie|private
--- redis
--- redis_after
DBSIZE => 0
--- no_error_log
[alert]



=== TEST 3: dynstore_private makes the page private, and then its fragment may be personal
--- edge
location = /rec { dynstore_fragment; }
location / { ssi on; dynstore_private on; expires 1h; add_header Surrogate-Control max-age=600; add_header X-Accel-Expires 600; }
--- user_files
>>> three.html
<p>before</p><!--#include virtual="/rec?surface=home&slot=recs&format=html" --><p>after</p>
--- request eval
["GET /three.html", "GET /three.html"]
--- more_headers eval
main::both()
--- response_body_like eval
['data-dynstore-rung="session".*Because you viewed Tent 03', 'data-dynstore-rung="popular"']
--- raw_response_headers_like eval
[("X-Cache: MISS(?s).*Cache-Control: private, no-cache\r\n|Cache-Control: private, no-cache\r\n(?s).*X-Cache: MISS") x 2]
--- raw_response_headers_unlike eval
[("Expires|max-age") x 2]



=== TEST 4: a page that the shop made private keeps its header, and its fragment may be personal
--- edge
location = /rec { dynstore_fragment; }
location / { ssi on; add_header Cache-Control "private, max-age=5"; }
--- user_files
>>> four.html
<p>before</p><!--#include virtual="/rec?surface=home&slot=recs&format=html" --><p>after</p>
--- request eval
["GET /four.html", "GET /four.html"]
--- more_headers eval
main::both()
--- response_body_like eval
['data-dynstore-rung="session"', 'data-dynstore-rung="popular"']
--- raw_response_headers_like eval
[("Cache-Control: private, max-age=5\r\n") x 2]
--- raw_response_headers_unlike eval
[("X-Cache: HIT") x 2]



=== TEST 5: a header that caches prefer to Cache-Control: private makes the page public
--- edge
location = /rec { dynstore_fragment; }
location /a { ssi on; add_header Cache-Control private; add_header X-Accel-Expires 600; }
location /b { ssi on; add_header Cache-Control private; add_header Surrogate-Control max-age=600; }
location /c { ssi on; add_header Cache-Control private; add_header Fastly-CDN-Cache-Control max-age=600; }
location /d { ssi on; add_header Cache-Control private; add_header Cache-Control "public, max-age=600"; }
location /e { ssi on; add_header Cache-Control "private, s-maxage=600"; }
--- user_files eval
CORE::join '', map { ">>> $_.html\n<!--#include virtual=\"/rec?surface=home&slot=recs&format=html\" -->\n" } 'a' .. 'e'
--- request eval
[map { "GET /$_.html" } 'a' .. 'e']
--- more_headers eval
[('Cookie: dyn_vid=$TEST_NGINX_VISITOR') x 5]
--- response_body_like eval
[('data-dynstore-rung="popular"') x 5]



=== TEST 6: the country and age of a request are personal, but configured constants are not
--- edge
location = /rec { dynstore_fragment; dynstore_slots recs=24; dynstore_country $arg_country; dynstore_age $arg_age; }
location = /fixed { dynstore_fragment; dynstore_slots recs=24; dynstore_country DE; dynstore_age 18; }
location / { ssi on; }
--- user_files
>>> six.html
<!--#include virtual="/rec?surface=pdp&item=pack-06&country=de&age=18" -->
>>> fixed.html
<!--#include virtual="/fixed?surface=pdp&item=pack-06" -->
--- request eval
["GET /six.html", "GET /fixed.html"]
--- response_body_unlike eval
['"id":"[a-z]+-0[78]"', 'nothing']
--- response_body_like eval
['"items"', '"id":"pack-0[78]"']



=== TEST 7: a page with a surface is private, and so are the fragments in it
--- edge
location = /rec { dynstore_fragment; }
location / { dynstore home; ssi on; add_header Cache-Control "public, max-age=600"; }
--- user_files
>>> seven.html
<p><!--#include virtual="/rec?surface=cart&slot=recs&format=html" --></p></body>
--- request eval
["GET /seven.html", "GET /seven.html"]
--- more_headers eval
main::both()
--- response_body_like eval
['<p><section .*data-dynstore-rung="session".*</p><script.*"rung":"session"', '<p><section .*data-dynstore-rung="popular".*</p><script.*"rung":"popular"']
--- raw_response_headers_unlike eval
[("X-Cache: HIT|public") x 2]



=== TEST 8: a subrequest before the header makes the main response private
--- edge
location = /rec { dynstore_fragment; }
location / { auth_request /rec; expires 1h; }
--- user_files
>>> eight.html
<p>plain</p>
--- request eval
["GET /eight.html", "GET /eight.html"]
--- more_headers eval
main::both()
--- response_body eval
[("<p>plain</p>\n") x 2]
--- raw_response_headers_like eval
[("Cache-Control: private, no-cache\r\n") x 2]
--- raw_response_headers_unlike eval
[("X-Cache: HIT|Expires") x 2]



=== TEST 9: a page with a subrequest before its header is counted and personalized like any other
--- config
location = /rec { dynstore_fragment; }
location = /status { dynstore_status; }
location ~ html { auth_request /rec; dynstore home; }
--- zone: nine
--- user_files
>>> page.html
<body>page</body>
--- request eval
["GET /page.html", "GET /status"]
--- more_headers eval
[('Cookie: dyn_vid=$TEST_NGINX_VISITOR') x 2]
--- response_body_like eval
['<script.*"rung":"session"', '"requests":1,']



=== TEST 10: a background subrequest of mirror makes nothing private
--- edge
location = /rec { dynstore_fragment; }
location / { mirror /rec; expires 1h; }
--- user_files
>>> nine.html
<p>plain</p>
--- request eval
["GET /nine.html", "GET /nine.html"]
--- raw_response_headers_like eval
["X-Cache: MISS", "X-Cache: HIT"]
--- raw_response_headers_unlike eval
[("private") x 2]



=== TEST 11: no header of a request can put the plain page into the cache
--- edge
location / { dynstore home; expires 1h; }
--- user_files
>>> ten.html
<body>page</body>
--- request eval
["GET /ten.html", "GET /ten.html"]
--- more_headers eval
["Sec-Fetch-Dest: image", 'Cookie: dyn_vid=$TEST_NGINX_VISITOR']
--- response_body_like eval
['^<body>page</body>$', '<script.*"rung":"session"']
--- raw_response_headers_like eval
["Content-Length: 18\r\n(?s).*Cache-Control: private, no-cache\r\n", "X-Cache: MISS"]
--- raw_response_headers_unlike eval
["Expires|Set-Cookie", "Expires"]



=== TEST 12: no Range can put a part of the plain page into the cache
--- edge
location / { dynstore home; proxy_pass $TEST_NGINX_BACKEND; proxy_force_ranges on; }
--- cache
proxy_set_header Range $http_range;
--- backend
expires 1h;
--- user_files
>>> eleven.html
<body>page</body>
--- request eval
["GET /eleven.html", "GET /eleven.html"]
--- more_headers eval
["Range: bytes=0-3", 'Cookie: dyn_vid=$TEST_NGINX_VISITOR']
--- error_code eval
[206, 200]
--- raw_response_headers_like eval
["Cache-Control: private, no-cache\r\n", "X-Cache: MISS"]



=== TEST 13: an answer that is not a page keeps its header: an image, or a page without a surface
--- edge
location / { dynstore $arg_surface; expires 1h; types { text/html html; image/svg+xml svg; } }
--- user_files
>>> twelve.svg
<svg/>
>>> twelve.html
<body></body>
--- request eval
["GET /twelve.svg?surface=home", "GET /twelve.html", "GET /twelve.html?surface=off"]
--- more_headers eval
[("Sec-Fetch-Dest: image") x 3]
--- raw_response_headers_like eval
[("Cache-Control: max-age=3600") x 3]



=== TEST 14: each header that a cache obeys is removed from a page or forbids storing, whatever set it
--- edge
location /a { dynstore home; proxy_pass $TEST_NGINX_BACKEND; proxy_pass_header X-Accel-Expires; }
location /b { dynstore home; add_header X-Accel-Expires 600; add_header X-Accel-Expires 700; add_header Surrogate-Control max-age=600; expires 1h; }
location /c { dynstore home; add_header Cache-Control "public, s-maxage=600" always; add_header Expires "Thu, 31 Dec 2037 23:55:55 GMT"; }
--- cache
proxy_pass_header X-Accel-Expires;
--- backend
add_header X-Accel-Expires 600;
--- user_files eval
CORE::join '', map { ">>> $_.html\n<body>page</body>\n" } 'a' .. 'c'
--- request eval
[map { ("GET /$_.html") x 2 } 'a' .. 'c']
--- more_headers eval
[(@{main::both()}) x 3]
--- response_body_like eval
[('"rung":"session"', '"rung":"popular"') x 3]
--- raw_response_headers_like eval
[("X-Accel-Expires: 0\r\n") x 6]
--- raw_response_headers_unlike eval
[("X-Cache: HIT|[67]00|public|Expires: Thu") x 6]



=== TEST 15: each header that a cache obeys is removed from answers of the endpoints or forbids storing
--- edge
location = /rec { dynstore_fragment; add_header X-Accel-Expires 600; add_header Cache-Control "public, max-age=600"; add_header Surrogate-Control max-age=600; expires 1h; }
location = /event { dynstore_events; add_header X-Accel-Expires 600 always; expires 1h; }
--- cache
proxy_cache_methods GET HEAD POST;
--- request eval
["GET /rec?surface=home", "GET /rec?surface=home", ("POST /event?refresh=home\n" . '{"event":"view_item","item_id":"stove-01"}') x 2]
--- more_headers eval
[@{main::both()}, @{main::both("\nContent-Type: application/json")}]
--- response_body_like eval
['"ref":"tent-03"', '"rung":"popular"', '"ref":"tent-03"', '^(?!.*"ref":"tent-03")']
--- raw_response_headers_like eval
[("Cache-Control: private, max-age=5\r\n") x 2, ("Cache-Control: private, no-store\r\n") x 2]
--- raw_response_headers_unlike eval
[("X-Cache: HIT|Surrogate|max-age=[63]|Expires") x 4]



=== TEST 16: a cache that ignores Cache-Control, Set-Cookie and Vary still stores nothing personal
--- edge
location = /rec { dynstore_fragment; }
location / { dynstore home; }
--- cache
proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
--- user_files
>>> fifteen.html
<body>page</body>
--- request eval
["GET /fifteen.html", "GET /fifteen.html", "GET /rec?surface=plp", "GET /rec?surface=plp"]
--- more_headers eval
[(@{main::both()}) x 2]
--- response_body_like eval
[('"rung":"session"', '"rung":"popular"') x 2]
--- raw_response_headers_unlike eval
[("X-Cache: HIT") x 4]



=== TEST 17: no-store of the shop is obeyed, and otherwise the browser may keep the page for going back
--- edge
location /a { dynstore home; add_header Cache-Control "no-store, max-age=0"; }
location /b { dynstore home; add_header Cache-Control "public"; add_header Cache-Control "No-Store"; }
location /c { dynstore home; }
--- user_files eval
CORE::join '', map { ">>> $_.html\n<body>page</body>\n" } 'a' .. 'c'
--- request eval
["GET /a.html", "GET /b.html", "GET /c.html"]
--- more_headers eval
[('Cookie: dyn_vid=$TEST_NGINX_VISITOR') x 3]
--- raw_response_headers_like eval
[("Cache-Control: private, no-store\r\n") x 2, "Cache-Control: private, no-cache\r\n"]
--- raw_response_headers_unlike eval
[("public|max-age") x 3]



=== TEST 18: the check detects a personalized page and a fragment from a cache that ignores all headers
--- edge
location = /rec { dynstore_fragment; }
location / { dynstore home; }
--- cache
proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
--- config
location = /status { dynstore_status; }
location = /quiet { proxy_cache $TEST_NGINX_CACHE; proxy_cache_key /seventeen.html; dynstore_shared_cache_check off; proxy_pass http://unix:$TEST_NGINX_EDGE:/seventeen.html; }
--- zone: seventeen
--- user_files
>>> seventeen.html
<body>page</body>
--- request eval
["GET /seventeen.html", "GET /seventeen.html", "GET /rec?surface=pdp", "GET /rec?surface=pdp", "GET /quiet", "GET /status"]
--- more_headers eval
[(@{main::both()}) x 3]
--- response_body_like eval
[('"rung":"session"') x 2, ('"surface":"pdp"') x 2, '"rung":"session"', '"shared_cache_age":2,']



=== TEST 19: the check detects an Age on a page that this nginx personalizes again
--- edge
location /fresh { dynstore home; add_header Age 0; add_header Server-Timing "dyn;dur=1.0"; }
location /old { dynstore home; add_header Age 12; add_header Server-Timing "dyn;dur=1.0"; }
location /other { dynstore home; add_header Age 12; add_header Server-Timing "db;dur=1.0"; }
--- config
location = /status { dynstore_status; }
--- zone: eighteen
--- user_files
>>> fresh.html
<body>page</body>
>>> old.html
<body>page</body>
>>> other.html
<body>page</body>
--- request eval
["GET /fresh.html", "GET /other.html", "GET /old.html", "GET /status"]
--- response_body_like eval
[('<script') x 3, '"shared_cache_age":1,']



=== TEST 20: the check writes to the log
--- config
location ~ . { dynstore home; add_header Age 12; add_header Server-Timing "dyn;dur=1.0"; }
--- user_files
>>> old.html
<body>page</body>
--- request
GET /old.html
--- error_log
a shared cache delivered a personalized response
--- no_error_log
[alert]



=== TEST 21: the check detects one ETag sent for two visitors, and nothing else
--- no_http2
--- config
location = /rec { dynstore_fragment; }
location = /quiet { dynstore_fragment; dynstore_shared_cache_check off; }
location = /status { dynstore_status; }
--- zone: nineteen
--- init
my $other = "dyn_vid=$ENV{TEST_NGINX_OTHER}";
my $count = sub { Dynstore::get('/status')->content =~ /"shared_cache_validator":(\d+)/ ? $1 : 'none' };
my $own = Dynstore::get('/rec?surface=plp')->header('ETag');
my $their = Dynstore::get('/rec?surface=plp', Cookie => $other)->header('ETag');
Test::More::isnt($own, $their, 'two visitors have two validators');
my $nobody = Dynstore::get('/rec?surface=plp', 'Sec-GPC' => 1)->header('ETag');
for ([$own, "dyn_vid=$ENV{TEST_NGINX_VISITOR}"], [$nobody, $other], [$own, ''], [$own, "$other\r\nSec-GPC: 1"], ['"x"', $other], ['W/"', $other], ['*', $other],
     ['W/"0123456789abcde"', $other], ['W/"0123456789abcdefg"', $other], ['W/"0123456789abcdex"', $other], ['"', $other], ['', $other])
{
    Test::More::is(Dynstore::get('/rec?surface=plp', 'If-None-Match' => $_->[0], Cookie => $_->[1])->is_error, '', "$_->[0] is answered");
}
Test::More::is($count->(), 0, 'nothing to be seen in them');
Dynstore::get('/quiet?surface=plp', 'If-None-Match' => $own, Cookie => $other);
Test::More::is($count->(), 0, 'nor where nobody looks');
Test::More::is(Dynstore::get('/rec?surface=plp', 'If-None-Match' => $own, Cookie => $other)->code, 200, 'what was made for another is no answer');
Test::More::is($count->(), 1, 'and it is counted');
Dynstore::get('/rec?surface=plp', 'If-None-Match' => qq("x", $own), Cookie => $other);
Test::More::is($count->(), 2, 'also among others');
--- request
GET /rec?surface=plp
--- response_body_like: "rung"
--- error_log
a fragment was requested with another visitor's ETag



=== TEST 22: where a header names the visitor, Vary names that header in pages, endpoints and refusals
--- edge
dynstore_visitor $http_x_visitor$cookie_customer trusted key=$TEST_NGINX_KEY;
location = /rec { dynstore_fragment; }
location = /event { dynstore_events; }
location = /arg { dynstore_fragment; dynstore_visitor ${arg_who} trusted key=$TEST_NGINX_KEY; }
location = /both.html { dynstore home; add_header Vary "cookie, x-visitor"; }
location / { dynstore home; }
--- user_files
>>> twenty.html
<body>page</body>
>>> both.html
<body>page</body>
--- request eval
["GET /rec", "GET /rec?item=%zz", "GET /event", "GET /twenty.html", "GET /arg?who=me", "GET /both.html"]
--- error_code eval
[200, 400, 405, 200, 200, 200]
--- raw_response_headers_like eval
[("Vary: X-Visitor, Cookie\r\n") x 4, "200", "Vary: cookie, x-visitor\r\n"]
--- raw_response_headers_unlike eval
[("nothing") x 4, "Vary", "Vary: X-Visitor"]



=== TEST 23: answers of the endpoints tell browsers not to guess their type
--- config
location = /rec { dynstore_fragment; }
location = /event { dynstore_events; }
location = /status { dynstore_status; }
location = /metrics { dynstore_metrics; }
--- request eval
["GET /rec", "GET /rec?format=html", "GET /rec?slot=%zz", "POST /event?refresh=home\n" . '{"event":"page_view"}', "POST /event\nx", "GET /event", "GET /status", "GET /metrics"]
--- more_headers
Content-Type: text/plain
--- error_code eval
[200, 200, 400, 200, 400, 405, 200, 200]
--- raw_response_headers_like eval
[("X-Content-Type-Options: nosniff\r\n") x 8]
