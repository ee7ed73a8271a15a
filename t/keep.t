# What shoppers write and where they come from: kept as it is, as a keyed hash, or not at all.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

# what is kept of a text instead of it
sub hash { my ($kind, $text) = @_; return Dynstore::hash_of("\0dynstore keep $kind\0$text") }
$ENV{TEST_NGINX_SEARCH}    = hash('search', 'tent');
$ENV{TEST_NGINX_ORDER}     = hash('order', 'tent');
$ENV{TEST_NGINX_SOURCE}    = hash('utm', 'newsletter');
$ENV{TEST_NGINX_TERM}      = hash('utm', 'tent');
$ENV{TEST_NGINX_REFERRER}  = hash('referrer', 'search.example');

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', <<'END');
location = /event { dynstore_events; }
location /page.html { dynstore home; }
END
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    $block->set_value('more_headers', Dynstore::expand('Content-Type: application/json
Cookie: dyn_vid=$TEST_NGINX_VISITOR
Referer: https://search.example/find?q=secret'));
    my $batch = '[{"event":"search","search_term":"tent"},{"event":"purchase","transaction_id":"tent","item_id":"tent-03"}]';
    $block->set_value('request', "POST /event?utm_source=newsletter&utm_term=tent&gclid=x\n$batch") unless defined $block->request;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: without the directive everything is stored as it came
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pu [0-9]+ tent-03 o=tent se [0-9]+ - t=tent$/
HMGET dyn:s:{$TEST_NGINX_HASH} utm_source utm_term referrer click_id => newsletter tent search.example gclid



=== TEST 2: hash stores a keyed hash in log, stream and facts, with a different key for each kind
--- http_config
dynstore_keep search=hash order=hash utm=hash referrer=hash;
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pu [0-9]+ tent-03 o=$TEST_NGINX_ORDER se [0-9]+ - t=$TEST_NGINX_SEARCH$/
XRANGE dyn:events - + => /^\S+ v $TEST_NGINX_HASH e se [0-9]+ - t=$TEST_NGINX_SEARCH \S+ v $TEST_NGINX_HASH e pu [0-9]+ tent-03 o=$TEST_NGINX_ORDER$/
HMGET dyn:s:{$TEST_NGINX_HASH} utm_source utm_term referrer click_id => $TEST_NGINX_SOURCE $TEST_NGINX_TERM $TEST_NGINX_REFERRER gclid



=== TEST 3: off stores the event and the session without these texts
--- http_config
dynstore_keep search=off order=off utm=off referrer=off;
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pu [0-9]+ tent-03 se [0-9]+$/
XLEN dyn:events => 2
HLEN dyn:s:{$TEST_NGINX_HASH} => 4
HEXISTS dyn:s:{$TEST_NGINX_HASH} first => 1
HGET dyn:s:{$TEST_NGINX_HASH} click_id => gclid



=== TEST 4: each kind is stored in its own way, and kinds that are not named as they came
--- http_config
dynstore_keep search=off utm=raw order=hash;
--- error_code: 204
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pu [0-9]+ tent-03 o=$TEST_NGINX_ORDER se [0-9]+$/
HMGET dyn:s:{$TEST_NGINX_HASH} utm_source referrer => newsletter search.example



=== TEST 5: the facts of a page view are stored in the same way
--- http_config
dynstore_keep utm=hash referrer=off;
--- request
GET /page.html?utm_source=newsletter&utm_term=tent
--- redis_after
HMGET dyn:s:{$TEST_NGINX_HASH} utm_source utm_term => $TEST_NGINX_SOURCE $TEST_NGINX_TERM
HEXISTS dyn:s:{$TEST_NGINX_HASH} referrer => 0
HEXISTS dyn:s:{$TEST_NGINX_HASH} first => 1



=== TEST 6: a decision in the same answer uses the session as it is stored
--- http_config
dynstore_keep search=hash order=off;
--- request
POST /event?refresh=home
[{"event":"view_item","item_id":"tent-03"},{"event":"search","search_term":"tent"}]
--- response_body_like chomp
"rung":"session".*"ref":"tent-03"
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2
