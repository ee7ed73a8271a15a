# Metrics as Prometheus text, the same numbers as JSON, and the documents' tables against both.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Schema qw(invalid);
use Dynstore::Shop;
use IPC::Run ();
use JSON::PP ();

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', <<'END') unless defined $block->config;
location = /metrics { dynstore_metrics; }
location = /status { dynstore_status; }
location = /rec { dynstore_fragment; }
location = /event { dynstore_events; }
END
    my $headers = $block->more_headers // 'Cookie: dyn_vid=$TEST_NGINX_VISITOR';
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($_) } @$headers] : Dynstore::expand($headers));
});

sub slurp { my $path = shift; open my $in, '<', $path or die "$path: $!\n"; local $/; return scalar <$in> }

# what the document lists: name => { type, labels }
sub documented {
    my %metric;
    for my $line (split /\n/, slurp('docs/metrics.md')) {
        my ($name, $labels, $type) = $line =~ /^\| `(nginx_dynstore_\w+)(?:\{([^}]*)\})?` \| (counter|gauge|histogram) \|/ or next;
        $metric{$name} = $type . (defined $labels ? " $labels" : '');
    }
    return \%metric;
}

# what the endpoint prints, in the document's words
sub printed {
    my (%type, %labels);
    for my $line (split /\n/, shift) {
        $type{$1} = $2 if $line =~ /^# TYPE (\w+) (\w+)$/;
        next unless $line =~ /^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? [0-9.]+$/;
        my ($name, $text) = ($1, $2 // '');
        $labels{$name} = CORE::join ',', grep { $_ ne 'le' } map { /^(\w+)=/ } split /,/, $text;
    }
    return { map { $_ => "$type{$_} $labels{$_}" =~ s/\s+$//r } keys %type };
}

# what Prometheus' own tool says about a text of metrics
sub promtool {
    my $text = shift;
    my $said;
    IPC::Run::run([qw(promtool check metrics)], '<', \$text, '>&', \$said) or return "promtool: exit code " . ($? >> 8) . ": $said";
    return $said;
}

sub is_prometheus {
    my ($text, $name) = @_;
    my @strange = grep { !/^# (?:HELP \w+ \S.*|TYPE \w+ (?:counter|gauge|histogram))$/ && !/^[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [0-9]+(?:\.[0-9]+)?$/ } split /\n/, $text;
    Test::More::is(CORE::join("\n", @strange), '', "$name - every line is Prometheus text");
    my %count;
    $count{$_}++ for $text =~ /^(# (?:HELP|TYPE) \w+|[a-z]\S+)/mg;
    Test::More::is(CORE::join(' ', grep { $count{$_} > 1 } sort keys %count), '', "$name - no line stands twice");
    Test::More::is(promtool($text), '', "$name - promtool check metrics has nothing to say");
}

add_response_body_check(sub {
    my ($block, $body) = @_;
    my $name = $block->name;
    is_prometheus($body, $name) if $body =~ /^# HELP/;
    Test::More::is_deeply(printed($body), documented(), "$name - docs/metrics.md lists what is printed, and nothing else") if defined $block->documented;
    if ($body =~ /^\{/) {
        my $status = eval { JSON::PP::decode_json($body) };
        Test::More::ok($status, "$name - the body is JSON");
        Test::More::is(invalid('status', $body), '', "$name - docs/status.schema.json holds of it") if $body =~ /^\{"schema":"dynstore\.status/;
        if (defined $block->documented_counters && $status->{counters}) {
            my %listed = map { $_ => 1 } slurp('docs/metrics.md') =~ /^\| `(\w+)` \| `nginx_dynstore_/mg;
            delete $status->{counters}{decisions};
            Test::More::is_deeply([sort keys %{ $status->{counters} }], [sort keys %listed], "$name - docs/metrics.md lists the status' counters");
        }
    }
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: every metric is printed and documented
--- redis_url: redis://127.0.0.1:$TEST_NGINX_REDIS_PORT control=on
--- request
GET /metrics
--- response_headers
Content-Type: text/plain; version=0.0.4; charset=utf-8
Cache-Control: no-store
! Set-Cookie
--- documented
--- response_body_like chomp
nginx_dynstore_snapshot_items 30\n



=== TEST 2: requests, decisions and events are counted
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- more_headers eval
[("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR") x 5]
--- request eval
["GET /rec?surface=home", "GET /rec?surface=home", "GET /rec?surface=pdp&item=tent-02",
 "POST /event\n" . '[{"event":"view_item","item_id":"tent-02"},{"event":"add_to_cart","item_id":"tent-02"},{"event":"nothing"}]', "GET /metrics"]
--- response_body_like eval
['home', 'home', 'pdp', '"accepted":2', '(?x) ^(?=.* \n nginx_dynstore_decisions_total\{surface="home",rung="session"\} \s 2 \n)
 (?=.* \n nginx_dynstore_decisions_total\{surface="pdp",rung="session"\} \s 1 \n)
 (?=.* \n nginx_dynstore_decision_seconds_count \s 3 \n)
 (?=.* \n nginx_dynstore_decision_seconds_bucket\{le="\+Inf"\} \s 3 \n)
 (?=.* \n nginx_dynstore_redis_seconds_count \s 3 \n)
 (?=.* \n nginx_dynstore_redis_reads_total \s 3 \n)
 (?=.* \n nginx_dynstore_redis_failures_total\{reason="timeout"\} \s 0 \n)
 (?=.* \n nginx_dynstore_events_total\{result="accepted"\} \s 2 \n)
 (?=.* \n nginx_dynstore_events_total\{result="refused"\} \s 1 \n)
 (?=.* \n nginx_dynstore_redis_connects_total\{result="ok"\} \s 1 \n)
 (?=.* \n nginx_dynstore_breaker_state\{worker="0"\} \s 0 \n)']



=== TEST 3: status shows the same values as JSON
--- more_headers eval
[("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR") x 2]
--- request eval
["GET /rec?surface=home", "GET /status"]
--- documented_counters
--- response_headers eval
["Content-Type: application/json", "Content-Type: application/json\nCache-Control: no-store\n! Set-Cookie"]
--- response_body_like eval
['home', '^\{"schema":"dynstore.status/1","version":"[0-9.]+","time":[0-9]+,"worker":[0-9]+,"snapshot":\{"build":"[0-9a-f]{32}","items":30,"as_of":[0-9]+,"modified":[0-9]+\},"rules":\{"version":"[0-9a-f]{16}","rules":0,"modified":0,"file":null,"refused":null\},"experiments":\[\],"overlay":null,"redis":\{"breaker":"closed","breakers":\{"closed":1,"half_open":0,"open":0\},"awaited":0,"queued_bytes":0\},"retention":\{"session_s":1800,.*\},"last_minute":\{"session":[0-9]+,.*"slowest":\[\{"seconds":0\.[0-9]{6},.*"killed":null,"zone":\{"bytes":1048576,"last_good_places":[0-9]+\},"counters":\{.*"redis_reads":[1-9].*"decisions":\{"home":\{']



=== TEST 4: metrics and status answer HEAD, and refuse methods other than GET and HEAD
--- no_http2
--- request eval
["HEAD /metrics", "HEAD /status", "POST /metrics\nx", "DELETE /status"]
--- error_code eval
[200, 200, 405, 405]
--- response_headers eval
["Cache-Control: no-store", "Cache-Control: no-store", "Allow: GET, HEAD", "Allow: GET, HEAD"]
--- response_body eval
["", "", ("{\"error\":\"method: use GET, HEAD\"}\n") x 2]



=== TEST 5: a look-up that Redis does not answer in time counts as a failure with its reason
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR") x 2]
--- request eval
["GET /rec?surface=home", "GET /metrics"]
--- response_body_like eval
['"rung":"(?:popular|last_good)"', '(?x) ^(?=.* \n nginx_dynstore_redis_failures_total\{reason="timeout"\} \s [1-9])
 (?=.* \n nginx_dynstore_decisions_total\{surface="home",rung="(?:popular|last_good)"\} \s [1-9])']



=== TEST 6: blocks that shoppers were sent, and what they did in them, are counted by slot
--- zone: slots
--- config
location = /metrics { dynstore_metrics; }
location = /rec { dynstore_fragment; dynstore_slots recs=3 popular=2; }
location = /event { dynstore_events; }
location = /page.html { dynstore home; dynstore_slots recs=3 popular=2; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<html><body><!--dynstore:recs--></body></html>
--- more_headers eval
[("Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR") x 6]
--- request eval
["GET /page.html", "GET /rec?surface=home&slot=popular", "HEAD /page.html", "HEAD /rec?surface=home",
 "POST /event\n" . '[{"event":"select_item","item_id":"tent-02","item_list_id":"recs","decision_id":"0123456789abcdef"},
  {"event":"select_item","item_id":"tent-02","item_list_id":"recs"},
  {"event":"add_to_cart","item_id":"tent-02","item_list_id":"recs","decision_id":"0123456789abcdef"},
  {"event":"view_item","item_id":"tent-02","item_list_id":"recs","decision_id":"0123456789abcdef"},
  {"event":"select_item","item_id":"tent-02","item_list_id":"never-shown","decision_id":"0123456789abcdef"},
  {"event":"purchase","transaction_id":"1","items":[{"item_id":"tent-02","item_list_id":"popular","decision_id":"0123456789abcdef"},{"item_id":"tent-03"}]}]',
 "GET /metrics"]
--- error_code eval
[200, 200, 200, 200, 204, 200]
--- response_body_like eval
['dynstore-recs', '"slot":"popular"', '^$', '^$', '^$', '(?x) ^(?=.* \n nginx_dynstore_slot_impressions_total\{slot="recs",rung="(?:popular|context|session)"\} \s 1 \n)
 (?=.* \n nginx_dynstore_slot_impressions_total\{slot="popular",rung="(?:popular|context|session)"\} \s 2 \n)
 (?=.* \n nginx_dynstore_slot_clicks_total\{slot="recs"\} \s 1 \n)
 (?=.* \n nginx_dynstore_slot_clicks_total\{slot="other"\} \s 1 \n)
 (?=.* \n nginx_dynstore_slot_add_to_carts_total\{slot="recs"\} \s 1 \n)
 (?=.* \n nginx_dynstore_slot_conversions_total\{slot="popular"\} \s 1 \n)
 (?!.* never-shown)']



=== TEST 7: who does not consent, bots and prefetches are not counted by slot
--- zone: silent
--- config
location = /metrics { dynstore_metrics; }
location = /rec { dynstore_fragment; dynstore_consent $arg_yes; dynstore_bot $arg_bot; }
location = /event { dynstore_events; dynstore_consent $arg_yes; }
--- more_headers eval
["Cookie: dyn_vid=\$TEST_NGINX_VISITOR", "Cookie: dyn_vid=\$TEST_NGINX_VISITOR", "Cookie: dyn_vid=\$TEST_NGINX_VISITOR\nSec-Purpose: prefetch",
 "Content-Type: application/json\nCookie: dyn_vid=\$TEST_NGINX_VISITOR", "Cookie: a=b"]
--- request eval
["GET /rec?surface=home", "GET /rec?surface=home&yes=1&bot=1", "GET /rec?surface=home&yes=1",
 "POST /event\n" . '{"event":"select_item","item_id":"tent-02","item_list_id":"recs","decision_id":"0123456789abcdef"}', "GET /metrics"]
--- error_code eval
[200, 200, 200, 204, 200]
--- response_body_like eval
['"slot":"recs"', '"slot":"recs"', '"slot":"recs"', '^$', '(?x) ^(?!.* \n nginx_dynstore_slot_\w+\{[^}]*\} \s [1-9])(?=.* \n nginx_dynstore_slot_clicks_total\{slot="other"\} \s 0)']



=== TEST 8: names of slots that requests make up take half of the rows, and the rest is left to the shop's own
--- zone: crowd
--- config
location = /metrics { dynstore_metrics; }
location = /rec { dynstore_fragment; }
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR") x 42]
--- request eval
[(map { "GET /rec?surface=home&slot=made-up-$_" } 1 .. 40), "GET /rec?surface=home", "GET /metrics"]
--- response_body_like eval
[('"slot":"made-up') x 40, '"slot":"recs"', '(?x) ^(?=.* slot_clicks_total\{slot="made-up-32"\})(?!.* made-up-33)
 (?=.* \n nginx_dynstore_slot_impressions_total\{slot="other",rung="\w+"\} \s 8 \n)
 (?=.* \n nginx_dynstore_slot_impressions_total\{slot="recs",rung="\w+"\} \s 1 \n)']



=== TEST 9: decisions are counted by variant
--- zone: variants
--- user_files eval
">>> rules.json\n" . '{"schema":"dynstore.rules/1","experiments":[{"id":"pilot","variants":[{"id":"control","weight":0.5},{"id":"more","weight":0.5,"strength":0.5}]}]}'
--- http_config
dynstore_rules $TEST_NGINX_HTML_DIR/rules.json;
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR") x 2]
--- request eval
["GET /rec?surface=home", "GET /metrics"]
--- response_body_like eval
['"variant":"pilot:\w+"', '(?x) ^(?=.* \n nginx_dynstore_variant_decisions_total\{variant="pilot:\w+"\} \s 1 \n)(?=.* \n nginx_dynstore_experiments_running \s 1 \n)']



=== TEST 10: the status says which rungs the last minute had, which decisions were slow, what is running, and what slots did
--- zone: status
--- user_files eval
">>> rules.json\n" . '{"schema":"dynstore.rules/1","experiments":[{"id":"pilot","variants":[{"id":"control","weight":0.5},{"id":"more","weight":0.5,"strength":0.5}]},
 {"id":"over","until":"2020-01-01T00:00:00Z","variants":[{"id":"control","weight":0.5},{"id":"more","weight":0.5}]}]}'
--- http_config
dynstore_rules $TEST_NGINX_HTML_DIR/rules.json;
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR") x 12]
--- request eval
[("GET /rec?surface=home&slot=recs") x 10, "GET /rec?surface=nowhere&slot=recs", "GET /status"]
--- response_body_like eval
[('"slot":"recs"') x 11, '(?x) ^(?=.* "experiments":\[\{"id":"pilot","shadow":false,"variants":\["control","more"\]\}\],)
 (?=.* "last_minute":\{"session":\d+,"context":\d+,"last_good":0,"popular":[1-9]\d*,"none":0\})
 (?=.* "slowest":\[(?:\{"seconds":0\.\d{6},"time":\d+,"surface":"\w+","rung":"\w+","id":"[0-9a-f]{16}"\},?){8}\],)
 (?=.* "slots":\[\{"slot":"recs","impressions":11,"select_item":0,"add_to_cart":0,"purchase":0\},\{"slot":"other")']
