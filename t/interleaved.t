# Pages whose output comes from several requests: in slices, with bodies added, with SSI includes. The bytes keep their order.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

# a page whose tags lie across every border of slices, and what of it a range is
our $page = '<html><body>' . join('', map { "<p>paragraph $_</p>" } 1 .. 40) . '</body></html>';
our @sizes = (1, 7, 64, 98, 99, 100, 101, 128, 500);

my $cache = Dynstore::folder() . '/cache';
my $slice = "proxy_cache slices; proxy_cache_key BLOCK\$uri\$slice_range; proxy_cache_valid 200 206 1h; proxy_set_header Range \$slice_range;"
    . ' proxy_http_version 1.1; proxy_pass $TEST_NGINX_BACKEND/; proxy_cache_lock on;';
$ENV{TEST_NGINX_WITH} = join ' ', map { "location /with/$_/ { slice $_; dynstore home; $slice }" } @sizes, 4000;
$ENV{TEST_NGINX_WITHOUT} = join ' ', map { "location /without/$_/ { slice $_; $slice }" } @sizes, 4000;

my $number = 0;
add_block_preprocessor(sub {
    my $block = shift;
    # busy with so many slices, nginx may read late what Redis answered in time
    $block->set_value('http_config', ($block->http_config // '') . "proxy_cache_path $cache keys_zone=slices:1m; dynstore_timeout 5s;") if $block->config =~ /WITH/;
    $block->set_value('user_files', [['page.html' => "$page"]]) unless defined $block->user_files;
    my $headers = $block->more_headers // '';
    my $visitor = 'Cookie: dyn_vid=$TEST_NGINX_VISITOR' . "\n";
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($visitor . $_) } @$headers] : Dynstore::expand($visitor . $headers));
    $number++;    # a block's page is not the one before
    $block->set_value('config', Dynstore::expand($block->config) =~ s/BLOCK/$number/gr . 'location = /log { alias $TEST_NGINX_ACCESS_LOG; }');
});

# a page in slices of one byte is some hundred requests: their debug log would be most of the work
log_level('info');
no_shuffle();
run_tests();

__DATA__

=== TEST 1: a page that comes in slices is left alone for any size of slice
--- timeout: 60
--- config
$TEST_NGINX_WITH
--- request eval
[(map { "GET /with/$_/page.html" } @main::sizes) x 2, "GET /log"]
--- response_body_like eval
[('\A' . quotemeta($main::page) . '\z') x (2 * @main::sizes), '^(?:GET \S+ rung=none .* skip=slice\n)+$']
--- raw_response_headers_like eval
[('(?m)^Content-Length: ' . length($main::page) . '\r$') x (2 * @main::sizes), '']
--- raw_response_headers_unlike eval
[('Set-Cookie|Vary|Cache-Control') x (2 * @main::sizes), 'none']
--- no_error_log
[error]
[alert]



=== TEST 2: a range of a sliced page is answered as without dynstore
--- config
$TEST_NGINX_WITH
$TEST_NGINX_WITHOUT
--- request eval
[map { ("GET /with/$_/page.html", "GET /without/$_/page.html") } @main::sizes]
--- more_headers
Range: bytes=10-50
--- error_code eval
[(206) x (2 * @main::sizes)]
--- response_body eval
[(substr $main::page, 10, 41) x (2 * @main::sizes)]
--- response_headers eval
[("Content-Range: bytes 10-50/" . length $main::page) x (2 * @main::sizes)]
--- no_error_log
[error]
[alert]



=== TEST 3: the end of a sliced page, a range beyond it, and several ranges are answered as without dynstore
--- config
$TEST_NGINX_WITH
$TEST_NGINX_WITHOUT
--- request eval
[("GET /with/100/page.html", "GET /without/100/page.html") x 3]
--- more_headers eval
["Range: bytes=-20", "Range: bytes=-20", "Range: bytes=150-330", "Range: bytes=150-330", "Range: bytes=1-2,8-9", "Range: bytes=1-2,8-9"]
--- error_code eval
[206, 206, 206, 206, 200, 200]
--- response_body eval
[(substr $main::page, -20) x 2, (substr $main::page, 150, 181) x 2, ($main::page) x 2]
--- no_error_log
[error]
[alert]



=== TEST 4: a page that fits into one slice is personalized
--- config
$TEST_NGINX_WITH
--- request eval
["GET /with/4000/page.html", "GET /with/4000/page.html"]
--- response_body_like eval
['paragraph 40</p><script type="application/json".*</script></body></html>$', 'paragraph 40</p><script type="application/json".*</script></body></html>$']
--- response_headers eval
["Vary: Cookie", "Vary: Cookie"]
--- no_error_log
[error]
[alert]



=== TEST 5: HEAD of sliced pages has the headers of GET
--- config
$TEST_NGINX_WITH
--- request eval
["HEAD /with/100/page.html", "HEAD /with/4000/page.html"]
--- raw_response_headers_like eval
['Content-Length: ' . length($main::page), 'Vary: Cookie']
--- no_error_log
[error]
[alert]



=== TEST 6: a page that waits for its session stays between the bodies that addition adds
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- config
location = /page.html { dynstore home; dynstore_slots recs=1; dynstore_timeout 5s; add_before_body /before.txt; add_after_body /after.txt; }
--- user_files
>>> page.html
<body>head<!--dynstore:recs-->tail</body>
>>> before.txt
BEFORE
>>> after.txt
AFTER
--- request
GET /page.html
--- response_body_like: ^BEFORE\n<body>head<!--dynstore:recs--><script[^<]*</script>tail</body>\nAFTER$
--- no_error_log
[error]
[alert]



=== TEST 7: a page that waits for its session stays between SSI includes
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- config
location = /page.html { dynstore home; dynstore_slots recs=1; dynstore_timeout 5s; ssi on; }
--- user_files
>>> page.html
<body>1<!--#include virtual="/part.txt" wait="yes" -->2<!--dynstore:recs-->3<!--#include virtual="/part.txt" -->4<!--#include virtual="/part.txt" wait="yes" -->5</body>
>>> part.txt
PART
--- request
GET /page.html
--- response_body_like: ^<body>1PART\n2<!--dynstore:recs--><script[^<]*</script>3PART\n4PART\n5</body>$
--- no_error_log
[error]
[alert]



=== TEST 8: a page that waits for its session stays in order with an included fragment that waits too
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- config
location = /rec { dynstore_fragment; dynstore_timeout 5s; }
location = /page.html { dynstore home; dynstore_slots recs=1; dynstore_timeout 5s; ssi on; proxy_buffering off; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body>1<!--#include virtual="/rec?slot=a" -->2<!--dynstore:recs-->3<!--#include virtual="/rec?slot=b" wait="yes" -->4</body>
--- request
GET /page.html
--- response_body_like: ^<body>1\{.*"slot":"a".*\}2<!--dynstore:recs--><script[^<]*</script>3\{.*"slot":"b".*\}4</body>$
--- no_error_log
[error]
[alert]
