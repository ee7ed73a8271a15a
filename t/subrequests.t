# Endpoints, pages and variables in every way that nginx can come to them: subrequests, named locations, internal redirects,
# error pages. Each way is tried with each endpoint, by visitors with and without a cookie.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

add_block_preprocessor(sub {
    my $block = shift;
    my $headers = $block->more_headers // '';
    $block->set_value('more_headers', ref $headers ? [map { Dynstore::expand($_) } @$headers] : Dynstore::expand($headers));
});

no_shuffle();
master_on();    # who dies is counted, and another takes his place

# where it goes, what answers there, and what a subrequest of it gives; each has its own internal twin for named locations
my @targets = (
    [rec     => 'dynstore_fragment;', qr/\{"schema":"dynstore\.decision\/1".*\}/,                       200],
    [html    => 'dynstore_fragment; set $args surface=home&format=html;', qr/<section class="dynstore /, 200],
    [event   => 'dynstore_events;',   qr/\{"error":"method: use POST"\}/,                                405],
    [metrics => 'dynstore_metrics;',  qr/nginx_dynstore_requests_total \d/,                              200],
    [status  => 'dynstore_status;',   qr/"schema":"dynstore\.status\/1"/,                                200],
    [page    => 'dynstore home; try_files /page.html =404;', qr/<body>page/,                             200],
);

# name, where it is (TARGET is the path of the endpoint), what the answer holds: the target's body, or the page around it. A
# subrequest's status is lost, but for auth_request, which takes no other than 2xx, and for SSI's variables, which do neither.
my @ways = (
    ['asked directly',                         'rewrite ^ /TARGET last;',                                               'body'],
    ['a redirect by try_files',                'try_files /none /TARGET;',                                              'body'],
    ['a named location of try_files',          'try_files /none @TARGET;',                                              'body'],
    ['an error page',                          'try_files /none =404; error_page 404 = /TARGET;',                       'body'],
    ['an error page that keeps its status',    'return 404; error_page 404 /TARGET;',                                   'body', 404],
    ['a named error page',                     'try_files /none =404; error_page 404 = @TARGET;',                       'body'],
    ['the error page of a personal page',      'dynstore pdp; try_files /none =404; error_page 404 = /TARGET;',         'body'],
    ['the error page of a failed proxy',       'dynstore pdp; proxy_pass http://127.0.0.1:1; error_page 502 = @TARGET;', 'body'],
    ['an intercepted answer of a personal page', 'dynstore pdp; proxy_pass $TEST_NGINX_BACKEND/none; proxy_intercept_errors on; error_page 404 = /TARGET;', 'body'],
    ['X-Accel-Redirect',                       'proxy_pass $TEST_NGINX_BACKEND/accel/TARGET;',                          'body'],
    ['X-Accel-Redirect to a named location',   'proxy_pass $TEST_NGINX_BACKEND/accel/@TARGET;',                         'body'],
    ['X-Accel-Redirect of a personal page',    'dynstore home; proxy_pass $TEST_NGINX_BACKEND/accel/TARGET;',           'body'],
    ['an SSI include',                         'ssi on; try_files /ssi.html =404;',                                     'around'],
    ['an SSI include that is waited for',      'ssi on; try_files /wait.html =404;',                                    'around'],
    ['an SSI include into a variable',         'ssi on; try_files /set.html =404;',                                     'set'],
    ['an SSI include in an SSI include',       'ssi on; try_files /nested.html =404;',                                  'around'],
    ['an SSI include from a proxied page',     'ssi on; proxy_pass $TEST_NGINX_BACKEND/ssi.html;',                      'around'],
    ['an SSI include in a personal page',      'ssi on; dynstore home; dynstore_slots none=1; try_files /ssi.html =404;', 'around'],
    ['an SSI include in an error page',        'ssi on; return 404; error_page 404 /ssi.html?of=$arg_of;',              'around', 404],
    ['a body added before a page',             'default_type text/html; add_before_body /TARGET; try_files /page.html =404;', 'around'],
    ['a body added behind a page',             'default_type text/html; add_after_body /TARGET; try_files /page.html =404;',  'around'],
    ['a body added to a personal page',        'dynstore home; add_before_body /TARGET; add_after_body /TARGET; try_files /page.html =404;', 'around'],
    ['a request that authorizes',              'auth_request /TARGET; try_files /page.html =404;',                      'auth'],
    ['a request that authorizes a personal page', 'dynstore home; auth_request /TARGET; try_files /page.html =404;',    'auth'],
    ['a mirror',                               'mirror /TARGET; try_files /page.html =404;',                            'page'],
    ['a mirror of a personal page',            'dynstore home; mirror /TARGET; mirror /TARGET; proxy_pass $TEST_NGINX_BACKEND/page.html;', 'page'],
    ['an action behind the answer',            'post_action /TARGET; try_files /page.html =404;',                       'page'],
);

# each once with a Redis that answers, and those that wait in a subrequest once with one that does not
my @redis = (
    ['',                                             '',                                                                         'dynstore_timeout 500ms;'],
    [', with a Redis that does not answer',          "--- redis_url: redis://127.0.0.1:\$TEST_NGINX_FAKE_REDIS_PORT\n--- fake_redis\nstall\n", 'dynstore_timeout 5ms;'],
);

my %visitors = (
    'with a cookie'    => 'Cookie: dyn_vid=$TEST_NGINX_VISITOR',
    'without a cookie' => '',
);

my $endpoints = join '', map { "location = /$_->[0] { $_->[1] add_header X-Seen \$dynstore_rung\$dynstore_skip; }\nlocation \@$_->[0] { $_->[1] }\n" } @targets;
my $files     = ">>> page.html\n<body>page</body>\n>>> plain.html\nTOP<!--#include virtual=\"\$arg_of\" -->END\n"
    . ">>> ssi.html\n<body>TOP<!--#include virtual=\"\$arg_of\" -->END</body>\n"
    . ">>> wait.html\n<body>TOP<!--#include virtual=\"\$arg_of\" wait=\"yes\" --><!--#include virtual=\"\$arg_of\" -->END</body>\n"
    . ">>> set.html\n<body>TOP<!--#include virtual=\"\$arg_of\" set=\"it\" --><!--#echo var=\"it\" encoding=\"none\" -->END</body>\n"
    . ">>> nested.html\n<body>TOP<!--#include virtual=\"/inner?of=\$arg_of\" -->END</body>\n";

my $number = 0;
my $blocks = '';
for my $redis (@redis) {
    my ($with, $sections, $timeout) = @$redis;
    for my $way (@ways) {
        my ($name, $text, $shows, $kept) = @$way;
        next if $with && $shows eq 'body';
        my ($locations, @requests, @headers, @patterns, @codes) = ('');
        for my $target (@targets) {
            my ($at, undef, $body, $code) = @$target;
            $locations .= "location = /to/$at { " . $text =~ s/TARGET/$at/gr . " }\n";
            # what the upstream of the mirror is asked for is not known: args stay the page's own
            for my $visitor (sort keys %visitors) {
                my $refused = $shows eq 'auth' && $code != 200;
                push @requests, "GET /to/$at?of=/$at";
                push @headers,  $visitors{$visitor};
                push @codes,    $refused ? 500 : $shows eq 'body' ? ($kept && $at ne 'page' ? $kept : $kept // $code) : $kept // 200;
                push @patterns, $refused ? '500 Internal Server Error'
                    : $shows eq 'body'   ? "(?s)$body"
                    : $shows eq 'set' && $code != 200 ? 'TOPEND'
                    : $shows =~ /^(?:around|set)$/ ? "(?s)TOP.*$body.*END|$body.*<body>page|<body>page.*$body"
                    :                      '<body>page';
            }
        }
        $number++;
        my $list = sub { '[' . join(', ', map { "'" . s/(['\\])/\\$1/gr . "'" } @_) . ']' };
        $blocks .= "=== TEST $number: $name$with\n--- http_config\n$timeout log_subrequest on; subrequest_output_buffer_size 64k;\n"
            . "--- backend\nlocation ~ ^/accel/(?<where>.*)\$ { set \$to /\$where; if (\$where ~ ^(\@.*)) { set \$to \$where; } add_header X-Accel-Redirect \$to; return 200 x; }\n"
            . "--- config\n$endpoints${locations}location = /ssi.html { ssi on; }\nlocation = /inner { ssi on; try_files /plain.html =404; default_type text/html; }\n"
            . "$sections--- user_files\n$files--- more_headers eval\n" . $list->(@headers) . "\n--- request eval\n" . $list->(@requests)
            . "\n--- error_code eval\n[" . join(', ', @codes) . "]\n--- response_body_like eval\n" . $list->(map { "$_" } @patterns)
            . "\n--- no_error_log\n[alert]\n[crit]\nsignal 11\n\n\n\n";
    }
}

spec_string($blocks . do { local $/; <DATA> });
run_tests();

__DATA__

=== TEST 101: a fragment in a new visitor's page uses the visitor of the page's cookie, and sets no cookie itself
--- config
location = /rec { dynstore_fragment; }
location = /page.html { dynstore pdp; dynstore_item tent-03; dynstore_slots other=1; ssi on; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=home" --></body>
--- request eval
["GET /rec", "GET /page.html"]
--- more_headers eval
['Cookie: dyn_vid=$TEST_NGINX_VISITOR', ""]
--- raw_response_headers_like eval
["HTTP", "Set-Cookie: dyn_vid="]
--- raw_response_headers_unlike eval
["Set-Cookie", "Set-Cookie(?s:.*)Set-Cookie"]
--- response_body_like eval
['"surface":"home"', '"surface":"home","moment":"\w+","rung":"session".*"code":"because_viewed","ref":"tent-03"']
--- redis_after
XLEN dyn:events => 1
--- no_error_log
[alert]
[error]



=== TEST 102: in a page without dynstore a new visitor stays unknown, and gets a fragment from the context
--- config
location = /rec { dynstore_fragment; }
location = /page.html { ssi on; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=pdp&item=tent-03" --></body>
--- request
GET /page.html
--- response_headers
! Set-Cookie
--- response_body_like: "surface":"pdp".*"rung":"context"
--- redis_after
DBSIZE => 0
--- no_error_log
[alert]
[error]



=== TEST 103: in a page without dynstore a visitor with a cookie gets a fragment from the session
--- config
location = /rec { dynstore_fragment; }
location = /page.html { ssi on; dynstore_private on; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=home" --></body>
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /page.html
--- response_body_like: "rung":"session".*"ref":"tent-03"
--- no_error_log
[alert]
[error]



=== TEST 104: over HTTP/2 a fragment in a page is the same
--- http2
--- config
location = /rec { dynstore_fragment; }
location = /page.html { ssi on; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=home" --><!--#include virtual="/rec?surface=cart" --></body>
--- request
GET /page.html
--- response_body_like: "surface":"home".*"surface":"cart"
--- no_error_log
[alert]
[error]



=== TEST 105: events that a mirror copies are stored under the visitor's cookie
--- config
location = /shop { mirror /event; proxy_pass $TEST_NGINX_BACKEND/taken; }
location = /event { internal; dynstore_events; }
--- backend
location = /taken { return 200 taken; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
Content-Type: application/json
--- request
POST /shop
{"event":"view_item","item_id":"tent-03"}
--- response_body_like: ^taken$
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vi \d{13} tent-03$/
--- no_error_log
[alert]



=== TEST 106: a mirrored event without a cookie creates no visitor, because no cookie can be set
--- config
location = /shop { mirror /event; proxy_pass $TEST_NGINX_BACKEND/taken; }
location = /event { internal; dynstore_events; }
--- backend
location = /taken { return 200 taken; }
--- more_headers
Content-Type: application/json
--- request
POST /shop
{"event":"view_item","item_id":"tent-03"}
--- response_body_like: ^taken$
--- response_headers
! Set-Cookie
--- redis_after
DBSIZE => 0
--- no_error_log
[alert]



=== TEST 107: a mirrored body may lie in a file, be too large, be left out, or be empty
--- config
client_body_in_file_only clean;
location = /shop { mirror /event; proxy_pass $TEST_NGINX_BACKEND/taken; }
location = /none { mirror /event; mirror_request_body off; proxy_pass $TEST_NGINX_BACKEND/taken; }
location = /event { internal; dynstore_events; }
--- backend
location = /taken { return 200 taken; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
Content-Type: application/json
--- request eval
["POST /shop\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /shop\n" . ' ' x 70000 . '{}', "POST /shop\n[", "POST /none\n" . '{"event":"view_item","item_id":"pack-03"}']
--- response_body eval
['taken', 'taken', 'taken', 'taken']
--- redis_after
LRANGE dyn:r:{$TEST_NGINX_HASH} 0 -1 => /^vi \d{13} tent-03$/
--- no_error_log
[alert]



=== TEST 108: events with refresh in a subrequest are stored without an answer
--- config
location = /shop { mirror /event?refresh=home; proxy_pass $TEST_NGINX_BACKEND/taken; }
location /event { internal; dynstore_events; }
--- backend
location = /taken { return 200 taken; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
Content-Type: application/json
--- request eval
["POST /shop?refresh=home\n" . '{"event":"view_item","item_id":"tent-03"}', "POST /shop?refresh=home&format=html\n" . '{"event":"view_item","item_id":"pack-03"}']
--- response_body eval
['taken', 'taken']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 2
--- no_error_log
[alert]



=== TEST 109: a method that an endpoint does not take is refused in a subrequest, too
--- config
location = /shop { mirror /rec; mirror /metrics; mirror /status; proxy_pass $TEST_NGINX_BACKEND/taken; }
location = /rec { dynstore_fragment; }
location = /metrics { dynstore_metrics; }
location = /status { dynstore_status; }
--- backend
location = /taken { return 200 taken; }
--- request eval
["POST /shop\nsome body", "DELETE /shop", "PUT /shop\nsome body", "OPTIONS /shop"]
--- response_body eval
['taken', 'taken', 'taken', 'taken']
--- no_error_log
[alert]



=== TEST 110: a POST of events works through named locations and redirects
--- config
location = /named { try_files /none @event; }
location = /moved { rewrite ^ /event last; }
location = /accel { proxy_pass $TEST_NGINX_BACKEND/accel; }
location @event { dynstore_events; }
location = /event { dynstore_events; }
--- backend
location = /accel { add_header X-Accel-Redirect @event; return 200; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
Content-Type: application/json
--- request eval
[map { "POST $_\n" . '{"event":"view_item","item_id":"tent-03"}' } "/named", "/moved", "/accel"]
--- error_code eval
[204, 204, 204]
--- response_body eval
['', '', '']
--- redis_after
LLEN dyn:r:{$TEST_NGINX_HASH} => 3
--- no_error_log
[alert]
[error]



=== TEST 111: when a client leaves while a subrequest waits for its session, the request ends
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- http_config
dynstore_timeout 1s;
--- config
location = /rec { dynstore_fragment; }
location = /page.html { ssi on; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=home" wait="yes" --></body>
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /page.html
--- timeout: 0.2
--- abort
--- ignore_response
--- no_error_log
[alert]



=== TEST 112: the page, its subrequests and their log lines have the same variables
--- config
log_subrequest on;
location = /rec { dynstore_fragment; add_header X-Rung $dynstore_rung; }
location = /page.html { dynstore pdp; dynstore_item tent-03; ssi on; }
location = /log { access_log off; alias $TEST_NGINX_ACCESS_LOG; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=home" --></body>
--- request eval
["GET /page.html", "GET /log"]
--- more_headers eval
["DNT: 1", "DNT: 1"]
--- response_body_like eval
['"surface":"home".*"surface":"pdp"', '(?s)rung=context .*rung=context ']
--- no_error_log
[alert]
[error]
