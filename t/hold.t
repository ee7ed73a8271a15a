# A page waits at a mark for its session, never elsewhere, and never longer than the budget. Times in the conditions are far
# apart on purpose: an order of events is tested, not a speed.
# runs alone: times decide
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use IO::Select;
use IO::Socket::INET;
use IO::Uncompress::Gunzip;

my $upstream_port = Dynstore::Redis::free_port();

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('more_headers', 'Cookie: dyn_vid=$TEST_NGINX_VISITOR') unless defined $block->more_headers;
    $block->set_value('more_headers', Dynstore::expand($block->more_headers));
    $block->set_value('config', $block->config =~ s/UPSTREAM/$upstream_port/r) if defined $block->both_at_once;
});

# --- head_first: what of /page.html comes before the wait; the whole comes after it
add_response_body_check(sub {
    my $block = shift;
    return if !defined $block->head_first || $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_VALGRIND};    # HTTP/1.0, and as fast as nginx is
    chomp(my $head = $block->head_first);
    my ($early, $all) = halves('/page.html');
    Test::More::like($early, qr/$head/s, $block->name . ' - before the wait');
    Test::More::like($all, qr{TAIL.*</html>\n$}s, $block->name . ' - after it');
});

# --- reset_while_held: asks for that page, reads nothing, and resets the connection while the page is held; soon after the wait
# nobody works on it any more, neither the edge nor the backend
add_response_body_check(sub {
    my $block = shift;
    return if !defined $block->reset_while_held || $ENV{TEST_NGINX_USE_HTTP2};    # HTTP/1.0
    chomp(my $path = $block->reset_while_held);
    my $socket = page_asked_for($path) or return Test::More::fail($block->name . ' - connects');
    sleep 1 until IO::Select->new($socket)->can_read(1);
    close $socket;    # with bytes unread: a reset
    my $active = '';
    for (1 .. 10) {
        sleep 1;
        my $answer = page_asked_for('/active') or last;
        local $/;
        $active = <$answer> // '';
        last if $active =~ /^Active connections: 1 /m;
    }
    Test::More::like($active, qr/^Active connections: 1 /m, $block->name . ' - the page is given up');
});

# --- both_at_once: asks for that page, stops the worker, and lets first the upstream answer and then Redis: the worker finds both.
# --- later: the end of the page comes when the worker goes on
add_response_body_check(sub {
    my $block = shift;
    return if !defined $block->both_at_once || $ENV{TEST_NGINX_USE_HTTP2};    # HTTP/1.0
    chomp(my $path = $block->both_at_once);
    my $upstream = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $upstream_port, Listen => 1, ReuseAddr => 1);
    my $client   = page_asked_for($path);
    my $asked    = $upstream && $client && IO::Select->new($upstream)->can_read(10) && $upstream->accept
        or return Test::More::fail($block->name . ' - asks the upstream');
    my @workers = worker_pids();
    sysread $asked, my $request, 4096;
    select undef, undef, undef, 0.3;    # Redis has been asked, too, and is 800 ms late
    kill STOP => @workers;
    print $asked "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<body>x" . ($block->later ? '' : '</body>');
    sleep 2;
    kill CONT => @workers;
    print $asked "</body>" if $block->later;
    close $asked;
    local $/;
    Test::More::like(scalar <$client>, qr/"rung":"session"/, $block->name . ' - the session counts');
    my $metrics = page_asked_for('/metrics');
    my $counters = $metrics ? <$metrics> : '';
    Test::More::like($counters, qr/^nginx_dynstore_holds_total 0$/m, $block->name . ' - it is not held');
    Test::More::like($counters, qr/^nginx_dynstore_redis_failures_total\{reason="timeout"\} 0$/m, $block->name . ' - it is not late');
});

no_shuffle();
run_tests();

sub worker_pids {
    open my $file, '<', server_root() . '/logs/nginx.pid' or return;
    my ($master) = <$file> =~ /(\d+)/;
    open my $children, '<', "/proc/$master/task/$master/children" or return $master;
    my @workers = split ' ', <$children> // '';
    return @workers ? @workers : $master;
}

sub short { $_[0] =~ s/y{1000}/Y/gr }

sub plain {
    my $zipped = shift;
    IO::Uncompress::Gunzip::gunzip(\$zipped => \my $plain) or return 'no gzip';
    return $plain;
}

sub page_asked_for {
    my $path   = shift;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => server_port_for_client(), Timeout => 5) or return;
    print $socket "GET $path HTTP/1.0\r\nHost: x\r\nCookie: dyn_vid=$ENV{TEST_NGINX_VISITOR}\r\n\r\n";
    return $socket;
}

# What came before nothing came for a while, and in all. A Redis that is silent is given up after a second.
sub halves {
    my $path   = shift;
    my $socket = page_asked_for($path) or return ('', '');
    my ($early, $all) = (undef, '');
    while (1) {
        if (!IO::Select->new($socket)->can_read(defined $early ? 10 : 0.4)) {
            last if defined $early;
            $early = $all;
            next;
        }
        sysread($socket, $all, 65536, length $all) or last;
    }
    return map { s/^.*?\r\n\r\n//sr } $early // 'all at once', $all;
}

__DATA__

=== TEST 1: a page waits for a session that comes late but within the budget
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_timeout 5s; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- user_files
>>> page.html
<body>head</body>
--- request eval
["GET /page.html", "GET /page.html", "GET /log"]
--- response_body_like eval
['^<body>head<script', '^<body>head<script.*"rung":"session".*</script></body>$', 'rung=session .*wait=[1-9]|rung=session .*wait=0\.[1-9]']
--- no_error_log
[error]
[alert]



=== TEST 2: when the budget ends the page continues with a decision from a lower rung
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_timeout 30ms; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- user_files
>>> page.html
<body>head</body>
--- request eval
["GET /page.html", "GET /log"]
--- response_body_like eval
['^<body>head<script.*"rung":"context".*</script></body>$', 'rung=context .*wait=0\.0']
--- no_error_log
[alert]



=== TEST 3: the first part of a page is sent while the rest waits, when proxied with buffers
--- config
location = /page.html { dynstore home; dynstore_timeout 2s; proxy_pass $TEST_NGINX_BACKEND; }
location = /probe { return 200 ok; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- user_files
>>> page.html
<html><body>HEAD<!--dynstore:recs-->TAIL</body></html>
--- request
GET /probe
--- head_first
^<html><body>HEAD<!--dynstore:recs-->$
--- no_error_log
[alert]



=== TEST 4: the first part of a page is sent while the rest waits, when proxied without buffering
--- config
location = /page.html { dynstore home; dynstore_timeout 2s; proxy_buffering off; proxy_pass $TEST_NGINX_BACKEND; }
location = /probe { return 200 ok; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- user_files
>>> page.html
<html><body>HEAD<!--dynstore:recs-->TAIL</body></html>
--- request
GET /probe
--- head_first
^<html><body>HEAD<!--dynstore:recs-->$
--- no_error_log
[alert]



=== TEST 5: the first part of a page from a file is sent while the rest waits
--- config
location = /page.html { dynstore home; dynstore_timeout 2s; }
location = /probe { return 200 ok; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- user_files
>>> page.html
<html><body>HEAD<!--dynstore:recs-->TAIL</body></html>
--- request
GET /probe
--- head_first
^<html><body>HEAD<!--dynstore:recs-->$
--- no_error_log
[alert]



=== TEST 6: a large page after the mark arrives whole with small buffers
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 3s; proxy_buffers 4 4k; proxy_buffer_size 4k; proxy_busy_buffers_size 8k; proxy_max_temp_file_size 0; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- user_files eval
">>> page.html\n<html><body>HEAD<!--dynstore:recs-->TAIL" . ("y" x 1000000) . "</body></html>\n"
--- request
GET /page.html
--- response_body_filters eval: \&main::short
--- response_body_like: ^<html><body>HEAD<!--dynstore:recs--><script[^<]*</script>TAILY{1000}</body></html>$
--- no_error_log
[error]
[alert]



=== TEST 7: a large page after the mark arrives whole through a temporary file
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 3s; proxy_buffers 4 4k; proxy_buffer_size 4k; proxy_busy_buffers_size 8k; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- user_files eval
">>> page.html\n<html><body>HEAD<!--dynstore:recs-->TAIL" . ("y" x 1000000) . "</body></html>\n"
--- request
GET /page.html
--- response_body_filters eval: \&main::short
--- response_body_like: ^<html><body>HEAD<!--dynstore:recs--><script[^<]*</script>TAILY{1000}</body></html>$
--- no_error_log
[error]
[alert]



=== TEST 8: a large page after the mark arrives whole without buffering
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 3s; proxy_buffering off; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- user_files eval
">>> page.html\n<html><body>HEAD<!--dynstore:recs-->TAIL" . ("y" x 1000000) . "</body></html>\n"
--- request
GET /page.html
--- response_body_filters eval: \&main::short
--- response_body_like: ^<html><body>HEAD<!--dynstore:recs--><script[^<]*</script>TAILY{1000}</body></html>$
--- no_error_log
[error]
[alert]



=== TEST 9: a large page from a file after the mark arrives whole, compressed for the client
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 3s; gzip on; gzip_proxied any; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- user_files eval
">>> page.html\n<html><body>HEAD<!--dynstore:recs-->TAIL" . ("y" x 1000000) . "</body></html>\n"
--- more_headers
Accept-Encoding: gzip
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request
GET /page.html
--- response_headers
Content-Encoding: gzip
--- response_body_filters eval: [\&main::plain, \&main::short]
--- response_body_like: ^<html><body>HEAD<!--dynstore:recs--><script[^<]*</script>TAILY{1000}</body></html>$
--- no_error_log
[error]
[alert]



=== TEST 10: when a client leaves while its page is held, no request or timer stays behind
--- config
location ~ . { dynstore home; dynstore_timeout 2s; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 600
--- user_files
>>> page.html
<body>head</body>
--- request
GET /page.html
--- timeout: 0.2
--- abort
--- ignore_response
--- wait: 0.8
--- no_error_log
[error]
[alert]
--- shutdown_error_log eval
qr/^(?!.*open socket)/s



=== TEST 11: a budget longer than send_timeout is cut to it, and the page is whole
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 10s; send_timeout 1s; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
stall
--- user_files
>>> page.html
<body>head</body>
--- request
GET /page.html
--- response_body_like: ^<body>head<script[^<]*</script></body>$
--- no_error_log
[error]
[alert]



=== TEST 12: two pages at once on one worker each get their own session
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 3s; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- user_files
>>> page.html
<body>head</body>
--- pipelined_requests eval
["GET /page.html", "GET /page.html"]
--- response_body_like eval
['^<body>head<script[^<]*</script></body>$', '^<body>head<script[^<]*</script></body>$']



=== TEST 13: when a client is gone at the end of the wait, the request is ended once
--- config
location = /page.html { dynstore home; dynstore_timeout 2s; proxy_ignore_client_abort on; proxy_buffers 2 4k; proxy_busy_buffers_size 4k; proxy_max_temp_file_size 0; proxy_pass $TEST_NGINX_BACKEND; }
location = /probe { return 200 ok; }
location = /active { stub_status; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 600
--- user_files eval
">>> page.html\n<html><body>HEAD<!--dynstore:recs-->TAIL" . 'y' x 100000 . "</body></html>\n"
--- request
GET /probe
--- reset_while_held
/page.html
--- no_error_log
[alert]



=== TEST 14: when a client is gone at the end of the wait, the request is ended once, without buffering
--- config
location = /page.html { dynstore home; dynstore_timeout 2s; proxy_ignore_client_abort on; proxy_buffers 2 4k; proxy_busy_buffers_size 4k; proxy_buffering off; proxy_max_temp_file_size 0; proxy_pass $TEST_NGINX_BACKEND; }
location = /probe { return 200 ok; }
location = /active { stub_status; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 600
--- user_files eval
">>> page.html\n<html><body>HEAD<!--dynstore:recs-->TAIL" . 'y' x 100000 . "</body></html>\n"
--- request
GET /probe
--- reset_while_held
/page.html
--- no_error_log
[alert]



=== TEST 15: the histogram of waits counts how long a page was held
--- zone: counted_from_nothing
--- config
location ~ . { dynstore pdp; dynstore_item pack-03; dynstore_timeout 5s; proxy_pass $TEST_NGINX_BACKEND; }
location = /metrics { dynstore_metrics; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 200
--- user_files
>>> page.html
<body>head</body>
--- request eval
["GET /page.html", "GET /metrics"]
--- response_body_like eval
['^<body>head<script', 'wait_seconds_bucket\{le="0\.050000"\} 0\n.*wait_seconds_count 1\n']
--- no_error_log
[error]
[alert]



=== TEST 16: a page in pieces continues after the wait when a later piece had to wait
--- http_config
proxy_cache_path $TEST_NGINX_HTML_DIR/kept keys_zone=kept:1m;
--- config
location ~ . { dynstore home; dynstore_slots recs=2; dynstore_timeout 3s; send_timeout 4s; proxy_cache kept; proxy_cache_valid 200 1m; proxy_pass $TEST_NGINX_BACKEND; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- user_files eval
">>> page.html\n<html><body>" . ('y' x 40000) . "<!--dynstore:recs-->TAIL</body></html>\n"
--- timeout: 10
--- request
GET /page.html
--- response_body_like: <!--dynstore:recs--><script[^<]*</script>TAIL</body></html>$
--- no_error_log
[error]
[alert]



=== TEST 17: a page is not held for a session that came while the worker was busy
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- zone: busy
--- config
location /page { dynstore pdp; dynstore_item pack-03; dynstore_timeout 9s; send_timeout 30s; proxy_pass http://127.0.0.1:UPSTREAM; }
location = /metrics { dynstore_metrics; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 800
--- timeout: 20
--- request
GET /metrics
--- response_body_like: nginx_dynstore_holds_total 0
--- both_at_once: /page
--- no_error_log
[error]
[alert]



=== TEST 18: a session that came while the worker was busy is not late, even after the budget
--- redis
LPUSH dyn:r:{$TEST_NGINX_HASH} "vi $TEST_NGINX_NOW_MS tent-03"
--- zone: late
--- config
location /page { dynstore pdp; dynstore_item pack-03; dynstore_timeout 1s; proxy_pass http://127.0.0.1:UPSTREAM; }
location = /metrics { dynstore_metrics; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 800
--- timeout: 20
--- request
GET /metrics
--- response_body_like: nginx_dynstore_holds_total 0
--- both_at_once: /page
--- later: 1
--- no_error_log
[error]
[alert]
