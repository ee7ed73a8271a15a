# Decision records: a stream of what was decided and from what, which no page waits for.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', <<'END') unless defined $block->config;
location = /rec { dynstore_fragment; }
END
    $block->set_value('more_headers', Dynstore::expand($block->more_headers // 'Cookie: dyn_vid=$TEST_NGINX_VISITOR'));
    $block->set_value('request', 'GET /rec?surface=home') unless defined $block->request;
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



=== TEST 3: a share of 0 records nothing of visitors who are in no experiment
--- http_config
dynstore_records 0;
--- redis_after
EXISTS dyn:decisions => 0



=== TEST 4: of a decision on a search neither question nor answer is recorded, and nowhere the text
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



=== TEST 5: with search=on they are
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



=== TEST 6: a visitor who does not consent to records has none
--- http_config
dynstore_records 1;
dynstore_consent functional;
--- redis_after
EXISTS dyn:decisions => 0



=== TEST 7: a campaign that may be stored only as a hash makes the record one without a question
--- http_config
dynstore_records 1;
dynstore_keep utm=hash;
--- request
GET /rec?surface=home&utm_source=zebramail
--- redis_after
XRANGE dyn:decisions - + => /(?s)^(?!.*zebramail).*"replayable":false/



=== TEST 8: while Redis is away pages are answered as ever, and records that find no room are counted as lost
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
