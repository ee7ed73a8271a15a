# What a page's own URL searches for is seen without a script.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

$ENV{TEST_NGINX_LONG} = 'a' x 127 . '%C3%BC';
$ENV{TEST_NGINX_CUT}  = 'a' x 127;
$ENV{TEST_NGINX_TENT} = Dynstore::hash_of("\0dynstore keep search\0tent");

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n") unless defined $block->user_files;
    $block->set_value('config', "location ~ . { dynstore search; dynstore_search \$arg_q; }\n") unless defined $block->config;
    $block->set_value('more_headers', Dynstore::expand('Cookie: dyn_vid=$TEST_NGINX_VISITOR' . "\n" . ($block->more_headers // '')));
    $block->set_value('request', Dynstore::expand($block->request)) unless ref $block->request || !defined $block->request;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a page of results is recorded as the search that it answers
--- request
GET /page.html?q=tent
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^se \d{13} - t=tent$/
XLEN dyn:events => 1



=== TEST 2: a page that shows something else is recorded behind the search that led to it
--- config
location ~ . { dynstore pdp; dynstore_item tent-03; dynstore_search $arg_q; }
--- request
GET /page.html?q=tent
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vi \d{13} tent-03\s+se \d{13} - t=tent$/



=== TEST 3: a page whose URL searches for nothing is a page like any other
--- request eval
["GET /page.html", "GET /page.html?q=", "GET /page.html?q=+%20"]
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pv \d{13}\s+pv \d{13}\s+pv \d{13}$/



=== TEST 4: the text is decoded as one of a URL, and blanks around it go
--- request
GET /page.html?q=%20zelt+f%C3%BCr%202%2B+
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^se \d{13} - t=zelt%20f%C3%BCr%202\+$/



=== TEST 5: what is no UTF-8, or holds control characters, is no search
--- request eval
["GET /page.html?q=%FFtent", "GET /page.html?q=tent%00", "GET /page.html?q=a%0Ab"]
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pv \d{13}\s+pv \d{13}\s+pv \d{13}$/



=== TEST 6: of a long text 128 bytes are kept, and no letter is halved
--- request
GET /page.html?q=$TEST_NGINX_LONG
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^se \d{13} - t=$TEST_NGINX_CUT$/



=== TEST 7: it is kept as dynstore_keep says
--- config
location /raw.html { dynstore search; dynstore_search $arg_q; }
location /hash.html { dynstore search; dynstore_search $arg_q; dynstore_keep search=hash; }
location /off.html { dynstore search; dynstore_search $arg_q; dynstore_keep search=off; }
--- user_files
>>> raw.html
<body>x</body>
>>> hash.html
<body>x</body>
>>> off.html
<body>x</body>
--- request eval
["GET /raw.html?q=tent", "GET /hash.html?q=tent", "GET /off.html?q=tent"]
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^se \d{13}\s+se \d{13} - t=$TEST_NGINX_TENT\s+se \d{13} - t=tent$/



=== TEST 8: a search without consent, or of which only the header is asked for, is not recorded
--- config
location ~ . { dynstore search; dynstore_search $arg_q; dynstore_consent $arg_consent; }
--- request eval
["GET /page.html?q=tent", "HEAD /page.html?q=tent&consent=1"]
--- redis_after
DBSIZE => 0



=== TEST 9: nor is that of a page fetched ahead
--- more_headers
Sec-Purpose: prefetch
--- request
GET /page.html?q=tent
--- redis_after
DBSIZE => 0



=== TEST 10: a redirect inside nginx takes the search of the location that it leads to
--- config
location = /a.html { dynstore search; dynstore_search one; rewrite ^ /page.html last; }
location = /b.html { dynstore search; dynstore_search two; try_files /none.html /page.html; }
location = /page.html { dynstore search; dynstore_search three; }
location = /plain.html { dynstore search; alias $TEST_NGINX_HTML_DIR/page.html; }
location = /c.html { dynstore search; dynstore_search four; try_files /none.html /plain.html; }
--- request eval
["GET /a.html", "GET /b.html", "GET /c.html"]
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pv \d{13}\s+se \d{13} - t=three\s+se \d{13} - t=three$/
