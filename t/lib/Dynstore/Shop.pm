# The http{} that suites over pages share: zone, snapshot, Redis, a visitors' key, a log of the variables, and a backend that
# serves the block's user_files. A block's own http_config comes behind it; `--- redis_url` (or off) and `--- snapshot`
# name others than the suite's own, `--- zone` a zone that no reload has filled, `--- backend` is put into the backend's server{}.
# What raw headers are to look like ignores case.
#
# Expanded in configurations: $TEST_NGINX_BACKEND (for proxy_pass), $TEST_NGINX_BACKEND_SOCKET, $TEST_NGINX_ACCESS_LOG.
package Dynstore::Shop;

use strict;
use warnings;

my $folder = Dynstore::folder();

$ENV{TEST_NGINX_BACKEND_SOCKET} = "$folder/backend.sock";
$ENV{TEST_NGINX_BACKEND}        = "http://unix:$folder/backend.sock:";
$ENV{TEST_NGINX_ACCESS_LOG}     = "$folder/access.log";

Test::Nginx::Util::add_block_preprocessor(sub {
    my $block = shift;
    my $own   = $block->http_config // '';
    my $url   = $block->redis_url // 'redis://127.0.0.1:$TEST_NGINX_REDIS_PORT';
    my $store = $block->snapshot // '$TEST_NGINX_SNAPSHOT';
    my $redis = $url eq 'off' ? '' : "dynstore_redis $url;";
    my $back  = $block->backend // '';
    my $zone  = $block->zone // 'dynstore';

    # on a busy machine or under valgrind even a Redis that is well needs more than the default budget
    my $budget = $own !~ /dynstore_timeout/ ? 'dynstore_timeout 500ms;' : '';

    unlink $ENV{TEST_NGINX_ACCESS_LOG};

    # HTTP/2 writes names of headers small
    for my $section (qw(raw_response_headers_like raw_response_headers_unlike)) {
        my $patterns = $block->$section;
        next unless defined $patterns;
        $block->set_value($section, ref $patterns ? [map { "(?i)$_" } @$patterns] : "(?i)$patterns");
    }

    $block->set_value('http_config', <<"EOC");
    dynstore_zone      zone=$zone:1m;
    dynstore_snapshot  $store;
    $redis
    dynstore_visitor   key=\$TEST_NGINX_KEY;
    $budget
    log_format shop '\$request_method \$request_uri rung=\$dynstore_rung moment=\$dynstore_moment items=\$dynstore_items '
                    'id=\$dynstore_decision_id time=\$dynstore_time wait=\$dynstore_wait skip=\$dynstore_skip';
    access_log \$TEST_NGINX_ACCESS_LOG shop;
    server {
        listen      unix:\$TEST_NGINX_BACKEND_SOCKET;
        root        \$TEST_NGINX_HTML_DIR;
        access_log  off;
        $back
    }
    $own
EOC
});

1;
