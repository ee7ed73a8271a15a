# Decision records: a stream of what was decided and from what, which no page waits for.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Nginx ();
use Dynstore::Shop;

$ENV{TEST_NGINX_SHADOW_RULES} = Dynstore::folder() . '/shadow.json';
{
    open my $out, '>', $ENV{TEST_NGINX_SHADOW_RULES} or die;
    print $out '{"schema":"dynstore.rules/1","experiments":[{"id":"quiet","shadow":true,"variants":['
        . '{"id":"a","weight":0},{"id":"b","weight":1,"show":false}]}]}';
    close $out;
}

$ENV{TEST_NGINX_FLAG_RULES} = Dynstore::folder() . '/flag.json';
$ENV{"TEST_NGINX_FLAG_\U$_"} = Dynstore::folder() . "/flag-$_.json" for qw(on off);
Dynstore::Nginx::write_file($ENV{TEST_NGINX_FLAG_RULES}, '{"schema":"dynstore.rules/1","rules":[{"id":"few","when":{"flag":"few"},"then":{"limit":1}}]}');
Dynstore::Nginx::write_file($ENV{TEST_NGINX_FLAG_ON}, '{"features":{"few":{"defaultValue":true}}}');
Dynstore::Nginx::write_file($ENV{TEST_NGINX_FLAG_OFF}, '{"features":{"few":{"defaultValue":false}}}');

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', <<'END') unless defined $block->config;
location = /rec { dynstore_fragment; }
END
    $block->set_value('more_headers', Dynstore::expand($block->more_headers // 'Cookie: dyn_vid=$TEST_NGINX_VISITOR'));
    $block->set_value('request', 'GET /rec?surface=home') unless defined $block->request;
});

# Items and visitors by chance, always the same.
sub questions {
    my ($count) = @_;
    my $chance = 7;
    my $next = sub { $chance = ($chance * 1103515245 + 12345) % 2**31; return ($chance >> 8) % $_[0] };
    my @surfaces = ('home', 'cart', map { my $kind = $_; map { "pdp&item=$kind-0$_" } 1 .. 6 } qw(tent pack stove));
    return map { "GET /rec?surface=$surfaces[$next->(scalar @surfaces)]" } 1 .. $count;
}

sub command { my $text = qx(build/dynstore @_ 2>&1); return ($? >> 8, $text) }

# docs/audit.md's own command is run on what nginx recorded, and its table has the features that the command has.
sub drift_of {
    my ($name, $folder, $snapshot) = @_;
    open my $page, '<', 'docs/audit.md' or die;
    my $text = do { local $/; <$page> };
    my ($example) = $text =~ /^dynstore (drift .*)$/m;
    $example =~ s{records\.jsonl|earlier\.jsonl}{$folder/records.jsonl}g;
    $example =~ s{store\.dyn}{$snapshot};
    my ($code, $out) = command("$example --json");
    Test::More::is($code, 0, "$name - records have not drifted from themselves");
    my @features = $out =~ /"feature": "(\w+)"/g;
    my ($table) = $text =~ /^\| feature \| what .*?\n(.*?)\n\n/ms;
    Test::More::is(join(' ', map { /^\| (.*?) \|/ ? $1 =~ /`(\w+)`/g : () } split /\n/, $table), "@features", "$name - docs/audit.md has their features");
    Test::More::like($out, qr/"feature": "$_",[^}]*"shoppers": 1,/, "$name - records tell $_") for qw(known section price views surface rung events source score);
    my ($psi) = $out =~ /"feature": "surface",\s*"psi": ([-+\de.]+),/;
    Test::More::cmp_ok($psi, '<', 0.001, "$name - surfaces are not far from themselves");
}

# Waits until that many records are there.
sub recorded {
    my ($count) = @_;
    for (1 .. 100) {
        last if Dynstore::redis('XLEN', 'dyn:decisions') == $count;
        select undef, undef, undef, 0.1;
    }
    return "redis://127.0.0.1:$ENV{TEST_NGINX_REDIS_PORT}";
}

# The last response of a block with `--- replays: N`: all N records are in Redis soon, and answered again with the same bytes.
add_response_body_check(sub {
    my ($block, $body) = @_;
    return unless defined $block->replays && $body =~ /^# HELP/;
    my ($name, $count, $folder) = ($block->name, $block->replays + 0, Dynstore::folder());
    my $from = recorded($count);
    my $snapshot = $ENV{TEST_NGINX_SNAPSHOT};
    my ($code, $text) = command("records --from $from -o $folder/records.jsonl");
    Test::More::is("$code $text", '0 ', "$name - records are written to a file");
    for my $source ($from, "$folder/records.jsonl") {
        ($code, $text) = command("replay --from $source --snapshot $snapshot");
        Test::More::is("$code $text", "0 $count records: $count equal, 0 different, 0 without a question\n", "$name - all are equal");
    }
    drift_of($name, $folder, $snapshot);
    open my $out, '>', "$folder/changed.json" or die;
    print $out '{"schema":"dynstore.rules/1","rules":[{"id":"no-tents","when":{"item":{"category":"Tents"}},"then":{"exclude":true}}]}';
    close $out;
    ($code, $text) = command("replay --from $folder/records.jsonl --snapshot $snapshot --rules $folder/changed.json --was-rules default --all");
    my @differing = split /^(?=[0-9a-f]{16} differs$)/m, $text;
    my $summary = $differing[-1] =~ s/^.*^(?=\d+ records:)//msr;
    Test::More::is($code, 1, "$name - with another rule some differ");
    Test::More::like($summary, qr/^$count records: \d+ equal, ${\ scalar @differing} different, 0 without a question$/, "$name - they are counted");
    Test::More::is(scalar(grep { !/^    rule no-tents does this now$/m } @differing), 0, "$name - and the rule is named for each");
});

# The same for `--- replays_payload: N`, with the payload that the records were made with, and with another one.
add_response_body_check(sub {
    my ($block, $body) = @_;
    return unless defined $block->replays_payload && $body =~ /^# HELP/;
    my ($name, $count) = ($block->name, $block->replays_payload + 0);
    my @replay = ('replay', '--from', recorded($count), '--snapshot', $ENV{TEST_NGINX_SNAPSHOT}, '--rules', $ENV{TEST_NGINX_FLAG_RULES});
    my ($on, $off) = @ENV{qw(TEST_NGINX_FLAG_ON TEST_NGINX_FLAG_OFF)};
    my ($code, $text) = command(@replay, '--features', $on);
    Test::More::is("$code $text", "0 $count records: $count equal, 0 different, 0 without a question\n", "$name - with the payload all are equal");
    ($code, $text) = command(@replay, '--features', $off, '--was-rules', $ENV{TEST_NGINX_FLAG_RULES}, '--was-features', $on);
    Test::More::like($text, qr/^$count records: 0 equal, $count different/m, "$name - with another one they differ");
    my @named = $text =~ /^    rule few did this before, and does not any more$/mg;
    Test::More::is(scalar @named, $count, "$name - and the rule of the feature is named for each");
    for my $alone ([qw(--features)], ['--rules', $ENV{TEST_NGINX_FLAG_RULES}, '--was-features']) {
        ($code, $text) = command('replay', '--from', 'none', '--snapshot', $ENV{TEST_NGINX_SNAPSHOT}, @$alone, $on);
        Test::More::like("$code $text", qr/^2 .*features needs --(?:was-)?rules/s, "$name - @$alone needs its rules file");
    }
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: without the directive no decision is recorded
--- redis_after
EXISTS dyn:decisions => 0



=== TEST 2: a decision is recorded with its visitor, its versions, its question and its answer
--- http_config
dynstore_records 1;
--- redis_after
XLEN dyn:decisions => 1
XRANGE dyn:decisions - + => /(?s)^\S+ id [0-9a-f]{16} v $TEST_NGINX_HASH s \{"schema":"dynstore.record\/1","time":\d{13},"surface":"home",.*"versions":\{"snapshot":"[0-9a-f]{32}",.*"replayable":true,"slots":\[\{"slot":.*\]\} q DYNQ.* a DYNA/



=== TEST 3: a record names the rules that touched an item, and the trace of the request
--- http_config
dynstore_records 1;
dynstore_rules $TEST_NGINX_HTML_DIR/rules.json;
--- user_files eval
">>> rules.json\n" . '{"schema":"dynstore.rules/1","rules":[{"id":"season","then":{"pin":{"items":["tent-04"],"position":1}}},{"id":"packs","when":{"item":{"id":["pack-05","pack-06"]}},"then":{"boost":2}}]}'
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
--- redis_after
XRANGE dyn:decisions - + => /(?s)"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",.*"id":"tent-04",[^{}]*"rules":\["season"\]\}(?=.*"id":"pack-\d+",[^{}]*"rules":\["packs"\]\})(?=.*"id":"stove-\d+",[^{}]*"rules":\[\]\})/



=== TEST 4: a share of 0 records nothing of visitors who are in no experiment
--- http_config
dynstore_records 0;
--- redis_after
EXISTS dyn:decisions => 0



=== TEST 5: of a decision on a search neither question nor answer is recorded, and nowhere the text
--- http_config
dynstore_records 1;
--- config
location = /page.html { dynstore search; dynstore_search $arg_q; dynstore_slots results; }
--- user_files
>>> page.html
<body><div data-dynstore-slot="results"></div></body>
--- request
GET /page.html?q=zebratent
--- redis_after
XLEN dyn:decisions => 1
XRANGE dyn:decisions - + => /(?s)^\S+ id \w+ v \w+ s (?!.*zebratent).*"replayable":false.*\]\}$/



=== TEST 6: with search=on they are
--- http_config
dynstore_records 1 search=on;
--- config
location = /page.html { dynstore search; dynstore_search $arg_q; dynstore_slots results; }
--- user_files
>>> page.html
<body><div data-dynstore-slot="results"></div></body>
--- request
GET /page.html?q=zebratent
--- redis_after
XRANGE dyn:decisions - + => /(?s)"replayable":true.* q DYNQ.*zebratent/



=== TEST 7: a visitor who does not consent to records has none
--- http_config
dynstore_records 1;
dynstore_consent functional;
--- redis_after
EXISTS dyn:decisions => 0



=== TEST 8: a campaign that may be stored only as a hash makes the record one without a question
--- http_config
dynstore_records 1;
dynstore_keep utm=hash;
--- request
GET /rec?surface=home&utm_source=zebramail
--- redis_after
XRANGE dyn:decisions - + => /(?s)^(?!.*zebramail).*"replayable":false/



=== TEST 9: while Redis is away pages are answered as ever, and records that find no room are counted as lost
--- http_config
dynstore_records 1;
--- redis_url: redis://127.0.0.1:1
--- config
location = /rec { dynstore_fragment; }
location = /metrics { dynstore_metrics; }
--- request eval
[("GET /rec?surface=home") x 160, "GET /metrics"]
--- response_body_like eval
[('"schema":"dynstore.decision/1"') x 160, qr/^nginx_dynstore_records_total\{result="lost"\} [1-9]/m]



=== TEST 10: of a visitor in a shadow experiment two decisions are recorded under one id, what was shown and what the variant would show
--- http_config
dynstore_records 0;
dynstore_rules $TEST_NGINX_SHADOW_RULES;
--- response_body_like: "slot":"recs".*"items":\[\{
--- redis_after
XLEN dyn:decisions => 2
XRANGE dyn:decisions - + => /(?s)^\S+ id (\w+) .*"id":"quiet","variant":"b","shadow":true.*"shadow":false,"replayable":true,"slots":\[\{"slot":"recs","rung":"popular","items":\[\{.* id \1 .*"id":"quiet","variant":"b","shadow":false.*"shadow":true,"replayable":true,"slots":\[(?:\{"slot":"recs","rung":"none","items":\[\]\})?\]/



=== TEST 11: a thousand recorded decisions have the same bytes again, and after a change of the rules each names the rule that changed it
--- http_config
dynstore_records 1;
dynstore_limit off;
dynstore_ttl 0s;
--- config
location = /rec { dynstore_fragment; }
location = /metrics { dynstore_metrics; }
--- request eval
[main::questions(1000), "GET /metrics"]
--- replays: 1000
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03" "ac $TEST_NGINX_NOW_MS pack-02"



=== TEST 12: what a feature of GrowthBook decided has the same bytes with the same payload
--- http_config
dynstore_records 1;
dynstore_limit off;
dynstore_ttl 0s;
dynstore_rules $TEST_NGINX_FLAG_RULES;
dynstore_features $TEST_NGINX_FLAG_ON;
--- config
location = /rec { dynstore_fragment; }
location = /metrics { dynstore_metrics; }
--- request eval
[("GET /rec?surface=home") x 10, "GET /metrics"]
--- replays_payload: 10
