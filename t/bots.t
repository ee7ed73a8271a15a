# Who is a bot, who is ignored for another reason, and how one learns of it.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

# the document's words are the source's, one by one
my ($section) = slurp('docs/directives.md') =~ /^### dynstore_bot\n(.*?)^###/ms;
our @bots = map { /`([^`]+)`/g } $section =~ /^(`bot`.*?)\n\n/ms;
my ($table) = slurp('ngx_http_dynstore_module/engine/session/device.c') =~ /^#define WORDS\(X, L\)(.*?)X\(L, ANDROID/ms;
Test::More::is_deeply(\@bots, [$table =~ /"([^"]+)"\)/g], 'docs/directives.md lists the bots as the source has them');

sub slurp { my $path = shift; open my $in, '<', $path or die "$path: $!\n"; local $/; return scalar <$in> }

my $number = 0;
add_block_preprocessor(sub {
    my $block = shift;
    $number++;
    $block->set_value('zone', "bots$number") unless defined $block->zone;    # counters from nothing, also where one nginx serves all
    $block->set_value('config', 'dynstore_bot $arg_bot; location = /rec { dynstore_fragment; } location = /event { dynstore_events; }') unless defined $block->config;
    my $config = $block->config;
    $block->set_value('config', $config . ' location = /metrics { dynstore_metrics; } location = /page.html { dynstore home; add_header X-Ignored "[$dynstore_ignored]"; }');
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    my $headers = $block->more_headers // '';
    my $visitor = 'Cookie: dyn_vid=$TEST_NGINX_VISITOR' . "\nContent-Type: application/json\n";
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($visitor . $_) } @$headers] : Dynstore::expand($visitor . $headers));
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: each documented word in a user agent makes it a bot, in upper or lower case, and the response says so
--- config
location = /event { dynstore_events; }
--- more_headers eval
[map { ("User-Agent: Mozilla/5.0 $_/1", "User-Agent: \U$_") } @main::bots]
--- request eval
[map { "POST /event\n" . '{"event":"view_item","item_id":"tent-03"}' } @main::bots, @main::bots]
--- error_code eval
[map { 204 } @main::bots, @main::bots]
--- response_headers eval
[map { "X-Dynstore-Ignored: bot" } @main::bots, @main::bots]
--- redis_after
DBSIZE => 0



=== TEST 2: browsers of people, Cubot's phone, curl and requests without a user agent are not bots
--- config
location = /event { dynstore_events; }
--- more_headers eval
["User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "User-Agent: Mozilla/5.0 (Linux; Android 9; CUBOT X19) Mobile", "User-Agent: curl/8.0", "User-Agent: "]
--- request eval
[("POST /event\n" . '{"event":"view_item","item_id":"tent-03"}') x 4]
--- error_code eval
[(204) x 4]
--- response_headers eval
[("! X-Dynstore-Ignored") x 4]
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 4



=== TEST 3: a variable decides who is a bot, and the user agent no longer matters
--- more_headers
User-Agent: HeadlessChrome/120
--- request eval
["POST /event\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /event?bot=0\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /event?bot=1\n" . '{"event":"view_item","item_id":"tent-03"}',
 "POST /event?bot=no\n" . '{"event":"view_item","item_id":"tent-03"}', "GET /page.html", "GET /page.html?bot=yes", "GET /rec", "GET /rec?bot=1"]
--- error_code eval
[204, 204, 204, 204, 200, 200, 200, 200]
--- response_headers eval
["! X-Dynstore-Ignored", "! X-Dynstore-Ignored", "X-Dynstore-Ignored: bot", "X-Dynstore-Ignored: bot", "X-Ignored: []", "X-Ignored: [bot]", "! X-Dynstore-Ignored", "X-Dynstore-Ignored: bot"]
--- response_body_like eval
['^$', '^$', '^$', '^$', '"rung":"session"', '"rung":"(?:context|popular)"', '"rung":"session"', '"rung":"(?:context|popular)"']
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^pv \d{13} vi \d{13} tent-03 vi \d{13} tent-03$/



=== TEST 4: with `off` no request is a bot
--- config
dynstore_bot off;
location = /event { dynstore_events; }
--- more_headers
User-Agent: Googlebot/2.1
--- request
POST /event
{"event":"view_item","item_id":"tent-03"}
--- error_code: 204
--- response_headers
! X-Dynstore-Ignored
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 5: each reason not to store an event is named in the response and counted apart from accepted events
--- config
location = /event { dynstore_events; dynstore_bot $arg_bot; dynstore_consent $arg_yes; }
location = /nobody { dynstore_events; dynstore_visitor $arg_who key=$TEST_NGINX_KEY; }
--- request eval
["POST /event?yes=1\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /event\n" . '{"event":"view_item","item_id":"tent-03"}',
 "POST /event?yes=1&bot=1\n" . '[{"event":"view_item","item_id":"tent-03"},{"event":"view_item","item_id":"tent-04"},{"event":"add_to_cart"}]',
 "POST /nobody\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /event?yes=1&bot=1\n[", "GET /metrics"]
--- error_code eval
[204, 204, 200, 204, 400, 200]
--- response_headers eval
["! X-Dynstore-Ignored", "X-Dynstore-Ignored: consent", "X-Dynstore-Ignored: bot", "X-Dynstore-Ignored: visitor", "", ""]
--- response_body_like eval
['^$', '^$', '^\{"accepted":0,"refused":\[\{"index":2,', '^$', 'error',
 'events_total\{result="accepted"\} 1\n(?s:.*)events_total\{result="refused"\} 2\n(?s:.*)ignored_total\{reason="consent"\} 1\n(?s:.*)reason="bot"\} 2\n(?s:.*)reason="visitor"\} 1\n(?s:.*)reason="redis"\} 0\n']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 1



=== TEST 6: a missing Redis configuration is a reason not to store an event, and is counted
--- redis_url: off
--- config
location = /event { dynstore_events; }
--- request eval
["POST /event\n" . '{"event":"view_item","item_id":"tent-03"}', "GET /metrics", "GET /page.html"]
--- error_code eval
[204, 200, 200]
--- response_headers eval
["X-Dynstore-Ignored: redis", "", "X-Ignored: [redis]"]
--- response_body_like eval
['^$', 'ignored_total\{reason="redis"\} 1\n', '<script']
