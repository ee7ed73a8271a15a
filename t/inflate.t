# Pages that the backend compressed are inflated, personalized, and whole; what is no gzip, or broken, is said.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use IO::Compress::Deflate ();
use IO::Compress::Gzip ();
use IO::Uncompress::Gunzip ();
use IO::Select;
use IO::Socket::INET;

my $upstream_port = Dynstore::Redis::free_port();

# Pages by name. The end of body is the mark in all of them.
my $noise = 1;
my %pages = (
    small => '<html><body><p>small</p></body></html>',
    empty => '',
    # text that compresses as text does
    text  => '<html><body>' . join('', map { "<p class=\"line\">line $_ costs " . noise() . " or " . noise() . "</p>\n" } 1 .. 6000) . '</body></html>',
    # 8 MB that are 8 KB when compressed
    dense => '<html><body>' . ('x' x 8_000_000) . '</body></html>',
    # bytes that gzip makes no smaller
    noise => '<html><body>' . join('', map { pack 'L', noise() } 1 .. 50_000) =~ s/[<\n]/ /gr . '</body></html>',
);

sub noise { $noise = ($noise * 1103515245 + 12345) % 2147483648 }

sub gzipped {
    my ($plain, %options) = @_;
    IO::Compress::Gzip::gzip(\$plain => \my $zipped, %options ? %options : (-Minimal => 1)) or die $IO::Compress::Gzip::GzipError;
    return $zipped;
}

# Files as the backend sends them, below /zip/ with Content-Encoding: gzip. The names are for the requests.
my $folder = Dynstore::folder() . '/zip';
mkdir $folder or die "$folder: $!";
my ($half, $rest) = unpack 'a70000 a*', $pages{text};
my $text = gzipped($pages{text});
my $broken = $text;
substr $broken, length($text) / 2, 8, "\xff" x 8;
my %files = (
    (map { $_ => gzipped($pages{$_}) } keys %pages),
    'two-members'  => gzipped($half) . gzipped($rest),
    'many-members' => join('', map { gzipped($_) } unpack '(a700)*', $pages{text}),
    'named-member' => gzipped($pages{small}, -Name => 'page.html', -Comment => 'c'),
    'padded'       => gzipped($pages{small}) . "\0" x 600,
    'with-garbage' => gzipped($pages{small}) . '<!-- 12 ms -->',
    'with-magic'   => gzipped($pages{small}) . "\x1f",
    'not-gzip'     => $pages{small},
    'half-magic'   => "\x1f<html><body></body></html>",
    'only-half'    => "\x1f",
    'nothing'      => '',
    'broken'       => $broken,
    'cut'          => substr($text, 0, length($text) / 2),
    'cut-at-once'  => substr($text, 0, 2),
    'wrong-sum'    => substr($text, 0, -8) . "\1" x 8,
    # the mark at once, and much behind it
    'held'         => gzipped('<html><body>HEAD<!--dynstore:recs-->TAIL' . ('y' x 1_000_000) . '</body></html>'),
    'deflated'     => do { IO::Compress::Deflate::deflate(\$pages{small} => \my $zipped); $zipped },
);
Dynstore::write_file("$folder/$_", $files{$_}) for keys %files;
Dynstore::write_file("$folder/static.html", 'the other one');
Dynstore::write_file("$folder/static.html.gz", $files{text});
for my $name (qw(only-half nothing empty half-magic)) { $pages{$name} = $name eq 'half-magic' ? $files{$name} : $name eq 'only-half' ? "\x1f" : '' }

add_block_preprocessor(sub {
    my $block = shift;
    my $backend = $block->backend // '';
    $block->set_value('backend', "default_type text/html; types {} location /zip/ { alias $folder/; add_header Content-Encoding gzip; }\n"
        . "location /br/ { alias $folder/; add_header Content-Encoding br; } location /zstd/ { alias $folder/; add_header Content-Encoding zstd; }\n"
        . "location /deflate/ { alias $folder/; add_header Content-Encoding deflate; }\n"
        . "location /twice/ { alias $folder/; add_header Content-Encoding gzip; add_header Content-Encoding gzip; }\n"
        . "location /both/ { alias $folder/; add_header Content-Encoding br; add_header Content-Encoding gzip; }\n"
        . "location /x-gzip/ { alias $folder/; add_header Content-Encoding X-GZip; }\n$backend");
    $block->set_value('config', 'location ~ . { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }') unless defined $block->config;
    $block->set_value('http_config', '') unless defined $block->http_config;
    $block->set_value($_, $block->$_ =~ s/FOLDER/$folder/gr =~ s/UPSTREAM/$upstream_port/gr) for qw(config backend);
    $block->set_value('no_error_log', "[error]\n[alert]\n") unless defined $block->no_error_log || defined $block->error_log;
    # a body that ends early has no length to be missed by over HTTP/1.0, and is an error over HTTP/2
    $block->set_value('no_http2', '') if defined $block->ends_early;
});

# --- ends_early: the page's first bytes come, no less than so many of them, and then the connection ends without the last chunk
add_response_body_check(sub {
    my $block = shift;
    return unless defined $block->ends_early;
    my ($path, $page, $least) = split ' ', $block->ends_early;
    my $answer = answer_to("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    my ($head, $chunks) = $answer =~ /^(.*?)\r\n\r\n(.*)\z/s or return Test::More::fail($block->name . ' - answers');
    my $body = '';
    while ($chunks =~ s/^([0-9a-f]+)\r\n//) {
        my $size = hex $1 or last;
        $body .= substr $chunks, 0, $size + 2, '';
        $body =~ s/\r\n\z// if length $chunks || length($body) > $size;
    }
    Test::More::unlike($answer, qr/\r\n0\r\n\r\n\z/, $block->name . ' - nobody takes it for the whole');
    Test::More::cmp_ok(length $body, '>=', $least, $block->name . ' - what could be inflated is sent');
    Test::More::is(substr($body, 0, $least), substr($pages{$page}, 0, $least), $block->name . ' - as it is in the page');
});

# --- said_once: what stands in one line of the log, however many requests there were
add_response_body_check(sub {
    my $block = shift;
    return unless defined $block->said_once;
    chomp(my $text = $block->said_once);
    open my $file, '<', server_root() . '/logs/error.log' or return Test::More::fail($block->name . " - opens the log: $!");
    Test::More::is(scalar(grep { /\Q$text/ } <$file>), 1, $block->name . ' - said once');
});

# --- head_first: the upstream sends the first half of a compressed page, and the rest only after that half's text was seen
add_response_body_check(sub {
    my $block = shift;
    return unless defined $block->head_first && !$ENV{TEST_NGINX_USE_HTTP2};
    my $upstream = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $upstream_port, Listen => 1, ReuseAddr => 1)
        or return Test::More::fail($block->name . " - listens: $!");
    my $client = client("GET /head HTTP/1.0\r\nHost: x\r\n\r\n");
    my $asked = IO::Select->new($upstream)->can_read(10) && $upstream->accept or return Test::More::fail($block->name . ' - asks the upstream');
    sysread $asked, my $request, 4096;
    my $zipped = '';
    my $zipper = IO::Compress::Gzip->new(\$zipped, -Minimal => 1);
    print {$zipper} '<html><body>HEAD';
    $zipper->flush(2);    # Z_SYNC_FLUSH
    my $first = $zipped;
    print {$zipper} 'TAIL</body></html>';
    $zipper->close;
    syswrite $asked, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n$first";
    my $got = '';
    while ($got !~ /HEAD/) { last unless IO::Select->new($client)->can_read(10) && sysread $client, $got, 65536, length $got }
    Test::More::like($got, qr/<html><body>HEAD$/, $block->name . ' - the first half, while the second is not yet there');
    syswrite $asked, substr $zipped, length $first;
    close $asked;
    { local $/; $got .= <$client> // ''; }
    Test::More::like($got, qr{HEADTAIL<script[^<]*</script></body></html>$}, $block->name . ' - and then the whole');
});

sub client {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => server_port_for_client(), Timeout => 5) or die "nginx does not answer: $!\n";
    print {$socket} shift;
    return $socket;
}

sub answer_to {
    my $socket = client(shift);
    local $/;
    return scalar(<$socket>) // '';
}

# What a body is: how many blocks in which page.
sub told {
    my $body   = shift;
    my $blocks = $body =~ s{<script type="application/json" id="dynstore-recs">[^<]*</script>}{}g || 0;
    my ($page) = grep { $pages{$_} eq $body } sort { $a cmp $b } keys %pages;
    my ($file) = grep { $files{$_} eq $body } sort { $a cmp $b } keys %files;
    return "$blocks in " . ($page ? "page $page" : $file ? "file $file" : 'other bytes (' . length($body) . ')') . "\n";
}

sub told_unzipped {
    my $zipped = shift;
    IO::Uncompress::Gunzip::gunzip(\$zipped => \my $plain, MultiStream => 1) or return 'no gzip';
    return told($plain);
}

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a gzipped page of the backend is personalized, and sent plain to a client without gzip
--- config
location ~ . { dynstore home; dynstore_slots recs=1; proxy_set_header Accept-Encoding gzip; proxy_pass $TEST_NGINX_BACKEND; }
location = /_dynstore/metrics { dynstore_metrics; }
--- backend
gzip on; gzip_min_length 1; gzip_http_version 1.0; gzip_proxied any; gzip_vary on;
--- zone: one
--- user_files
>>> page.html
<body>x</body>
--- request eval
["GET /page.html", "GET /_dynstore/metrics"]
--- response_body_like eval
['^<body>x<script[^<]*</script></body>$', "nginx_dynstore_pages_inflated_total 1\n"]
--- raw_response_headers_unlike eval
["Content-Encoding|Content-Length|ETag", "nothing"]
--- raw_response_headers_like eval
["Cache-Control: private", "200"]



=== TEST 2: for a browser with gzip the page is compressed again
--- config
location ~ . { dynstore home; dynstore_slots recs=1; gzip on; gzip_proxied any; proxy_pass $TEST_NGINX_BACKEND; }
--- more_headers
Accept-Encoding: gzip
--- request
GET /zip/text
--- response_headers
Content-Encoding: gzip
--- response_body_filters eval: \&main::told_unzipped
--- response_body
1 in page text



=== TEST 3: a page keeps its bytes for any sizes of buffers
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
location /small/ { dynstore home; dynstore_slots recs=1; proxy_buffer_size 512; proxy_buffers 4 512; proxy_busy_buffers_size 1k; proxy_pass $TEST_NGINX_BACKEND/; }
location /odd/ { dynstore home; dynstore_slots recs=1; proxy_buffer_size 333; proxy_buffers 3 777; proxy_busy_buffers_size 1200; proxy_max_temp_file_size 0; proxy_pass $TEST_NGINX_BACKEND/; }
location /unbuffered/ { dynstore home; dynstore_slots recs=1; proxy_buffering off; proxy_buffer_size 600; proxy_pass $TEST_NGINX_BACKEND/; }
location /large/ { dynstore home; dynstore_slots recs=1; proxy_buffer_size 64k; proxy_buffers 8 256k; proxy_busy_buffers_size 512k; proxy_pass $TEST_NGINX_BACKEND/; }
location /file/ { dynstore home; dynstore_slots recs=1; default_type text/html; types {} output_buffers 2 100; add_header Content-Encoding gzip; alias FOLDER/; }
--- request eval
[map { ("GET $_/text", "GET $_/noise", "GET $_/small", "GET $_/many-members") } qw(/zip /small/zip /odd/zip /unbuffered/zip /large/zip)]
--- response_body_filters eval: \&main::told
--- response_body eval
[("1 in page text\n", "1 in page noise\n", "1 in page small\n", "1 in page text\n") x 5]



=== TEST 4: a few kilobytes that inflate to megabytes are inflated in turns, and whole
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
location /unbuffered/ { dynstore home; dynstore_slots recs=1; proxy_buffering off; proxy_pass $TEST_NGINX_BACKEND/; }
location /limited/ { dynstore home; dynstore_slots recs=1; limit_rate 8m; limit_rate_after 6m; proxy_pass $TEST_NGINX_BACKEND/; }
location /one/ { dynstore home; dynstore_slots recs=1; proxy_buffer_size 64k; proxy_buffers 2 64k; proxy_busy_buffers_size 64k; sendfile_max_chunk 64k; proxy_pass $TEST_NGINX_BACKEND/; }
--- request eval
["GET /zip/dense", "GET /unbuffered/zip/dense", "GET /limited/zip/dense", "GET /one/zip/dense"]
--- response_body_filters eval: \&main::told
--- response_body eval
[("1 in page dense\n") x 4]
--- timeout: 30



=== TEST 5: a few kilobytes that inflate to megabytes are compressed again after the module
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; gzip on; gzip_proxied any; proxy_pass $TEST_NGINX_BACKEND; }
--- more_headers
Accept-Encoding: gzip
--- request
GET /zip/dense
--- response_body_filters eval: \&main::told_unzipped
--- response_body
1 in page dense
--- timeout: 30



=== TEST 6: a gzipped page from a file is personalized
--- config
location = /static.html { dynstore home; dynstore_slots recs=1; gzip_static always; root FOLDER; output_buffers 2 1k; }
--- request
GET /static.html
--- response_body_filters eval: \&main::told
--- response_body
1 in page text
--- raw_response_headers_unlike: Content-Encoding|Accept-Ranges



=== TEST 7: a Range is ignored for a page that is inflated
--- config
location = /static.html { dynstore home; dynstore_slots recs=1; gzip_static always; root FOLDER; }
--- more_headers
Range: bytes=0-9
--- request
GET /static.html
--- response_body_filters eval: \&main::told
--- response_body
1 in page text



=== TEST 8: HEAD has the same headers as GET
--- request
HEAD /zip/text
--- response_body:
--- raw_response_headers_like: Cache-Control: private
--- raw_response_headers_unlike: Content-Encoding|Content-Length



=== TEST 9: x-gzip means gzip, in upper or lower case
--- request
GET /x-gzip/text
--- response_body_filters eval: \&main::told
--- response_body
1 in page text
--- raw_response_headers_unlike: (?i)x-gzip



=== TEST 10: several gzip members make one page, and padding with zeros is ignored
--- request eval
["GET /zip/two-members", "GET /zip/named-member", "GET /zip/padded"]
--- response_body_filters eval: \&main::told
--- response_body eval
["1 in page text\n", "1 in page small\n", "1 in page small\n"]
--- no_error_log
[error]
[warn]



=== TEST 11: other bytes after the gzip data are left out, and logged once
--- request eval
["GET /zip/with-garbage", "GET /zip/with-garbage", "GET /zip/with-magic"]
--- response_body_filters eval: \&main::told
--- response_body eval
["1 in page small\n", "1 in page small\n", "1 in page small\n"]
--- said_once
the backend sent bytes after the page's gzip data that are not gzip: they are left out, as gunzip does



=== TEST 12: a page that is only labelled gzip passes as it is, without that header, and this is logged once
--- request eval
["GET /zip/not-gzip", "GET /zip/half-magic", "GET /zip/only-half"]
--- response_body_filters eval: \&main::told
--- response_body eval
["1 in page small\n", "0 in page half-magic\n", "0 in page only-half\n"]
--- raw_response_headers_unlike eval
["Content-Encoding", "Content-Encoding", "Content-Encoding"]
--- said_once
the backend sent "Content-Encoding: gzip" with a page that is not compressed: the bytes are passed on as they are, without that header



=== TEST 13: an empty page stays empty, compressed or not
--- request eval
["GET /zip/nothing", "GET /zip/empty"]
--- response_body eval
["", ""]
--- no_error_log
[error]
[warn]



=== TEST 14: gzip that is broken in the middle ends the page there, like a backend that dies
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
location = /none { return 204; }
--- ends_early: /zip/broken text 50000
--- request
GET /none
--- error_code: 204
--- response_body:
--- error_log
the backend's gzip is broken
--- no_error_log
[alert]



=== TEST 15: gzip that ends too early ends the page there
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
location = /none { return 204; }
--- ends_early: /zip/cut text 100000
--- request
GET /none
--- error_code: 204
--- response_body:
--- error_log
the backend's gzip is broken (it ends too early)
--- no_error_log
[alert]



=== TEST 16: gzip with nothing but its first bytes ends the page there
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
location = /none { return 204; }
--- ends_early: /zip/cut-at-once text 0
--- request
GET /none
--- error_code: 204
--- response_body:
--- error_log
the page ends after 0 bytes
--- no_error_log
[alert]



=== TEST 17: a page whose gzip checksum is wrong does not look complete
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_pass $TEST_NGINX_BACKEND; }
location = /none { return 204; }
--- ends_early: /zip/wrong-sum text 200000
--- request
GET /none
--- error_code: 204
--- response_body:
--- error_log
the backend's gzip is broken (incorrect data check)
--- no_error_log
[alert]



=== TEST 18: bytes that the backend flushes are sent at once, though they are compressed
--- config
location = /head { dynstore home; dynstore_slots recs=1; proxy_buffering off; proxy_pass http://127.0.0.1:UPSTREAM; }
location = /none { return 204; }
--- head_first
--- request
GET /none
--- error_code: 204
--- response_body:



=== TEST 19: with dynstore_inflate off the page stays as it came, and the log says what to do instead
--- config
location /zip/ { dynstore home; dynstore_inflate off; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- request eval
["GET /zip/text", "GET /zip/text"]
--- response_body_filters eval: \&main::told
--- response_body eval
["0 in file text\n", "0 in file text\n"]
--- response_headers eval
["Content-Encoding: gzip", "Content-Encoding: gzip"]
--- raw_response_headers_unlike eval
["Set-Cookie|Server-Timing", "Set-Cookie|Server-Timing"]
--- said_once
the backend sends encoded pages (gzip), which are left as they are: write "proxy_set_header Accept-Encoding '';", so that the backend sends plain pages



=== TEST 20: other encodings are left as they are, and logged once
--- config
location ~ ^/(?:br|deflate|twice|both)/ { dynstore home; proxy_pass $TEST_NGINX_BACKEND; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- request eval
["GET /br/small", "GET /deflate/deflated", "GET /twice/small", "GET /both/small", "GET /log"]
--- response_body_like eval
[".", ".", ".", ".", "GET /br/small .* skip=encoding\n.*skip=encoding\n.*skip=encoding\n.*skip=encoding\n"]
--- raw_response_headers_like eval
["Content-Encoding: br", "Content-Encoding: deflate", "Content-Encoding: gzip\r\n(?:.*\r\n)*Content-Encoding: gzip", "Content-Encoding: br\r\n(?:.*\r\n)*Content-Encoding: gzip", "200"]
--- raw_response_headers_unlike eval
["Set-Cookie|Server-Timing", "Set-Cookie|Server-Timing", "Set-Cookie|Server-Timing", "Set-Cookie|Server-Timing", "nothing"]
--- said_once
the backend sends encoded pages (



=== TEST 21: only personalized pages are inflated
--- config
location /zip/ { dynstore home; dynstore_bypass $arg_no; proxy_pass $TEST_NGINX_BACKEND; }
location /off/ { proxy_pass $TEST_NGINX_BACKEND/; }
location /css/ { dynstore home; proxy_pass $TEST_NGINX_BACKEND/css/; }
location /kept/ { dynstore home; proxy_pass $TEST_NGINX_BACKEND/kept/; }
--- backend
location /css/ { alias FOLDER/; default_type text/css; add_header Content-Encoding gzip; }
location /kept/ { alias FOLDER/; add_header Cache-Control no-transform; add_header Content-Encoding gzip; }
--- request eval
["GET /zip/text?no=1", "GET /off/zip/text", "GET /css/text", "GET /kept/text"]
--- response_body_filters eval: \&main::told
--- response_body eval
[("0 in file text\n") x 4]
--- raw_response_headers_like eval
[("Content-Encoding: gzip") x 4]



=== TEST 22: a page that proxy_cache stores compressed is personalized each time
--- http_config
proxy_cache_path $TEST_NGINX_HTML_DIR/cache keys_zone=pages:1m;
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; proxy_cache pages; proxy_cache_valid 200 1m; proxy_cache_key page; add_header X-Cache $upstream_cache_status; proxy_pass $TEST_NGINX_BACKEND; }
location /plain/ { proxy_cache pages; proxy_cache_key page; add_header X-Cache $upstream_cache_status; proxy_pass $TEST_NGINX_BACKEND; }
--- request eval
["GET /zip/text", "GET /zip/text", "GET /plain/text"]
--- response_body_filters eval: \&main::told
--- response_body eval
["1 in page text\n", "1 in page text\n", "0 in file text\n"]
--- response_headers eval
["X-Cache: MISS", "X-Cache: HIT", "X-Cache: HIT"]



=== TEST 23: gunzip before the module works for clients with and without gzip
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; gunzip on; proxy_pass $TEST_NGINX_BACKEND; }
--- more_headers eval
["Accept-Encoding: gzip", "X-None: 1"]
--- request eval
["GET /zip/text", "GET /zip/text"]
--- response_body_filters eval: \&main::told
--- response_body eval
["1 in page text\n", "1 in page text\n"]



=== TEST 24: SSI and sub_filter after the module see plain bytes
--- config
location = /page.html { dynstore home; dynstore_slots recs=1; ssi on; sub_filter SMALL large; proxy_pass $TEST_NGINX_BACKEND; }
location = /part { default_type text/html; return 200 "<i>included</i>"; }
--- backend
gzip on; gzip_min_length 1; gzip_http_version 1.0; gzip_proxied any;
--- more_headers
Accept-Encoding: gzip
--- user_files
>>> page.html
<body>SMALL <!--#include virtual="/part" --> and more</body>
--- request
GET /page.html
--- response_body_like: ^<body>large <i>included</i> and more<script[^<]*</script></body>$



=== TEST 25: a page with more bytes than the buffers hold waits for its session at a mark
--- config
location /zip/ { dynstore home; dynstore_slots recs=1; dynstore_timeout 5s; proxy_pass $TEST_NGINX_BACKEND; }
location /unbuffered/ { dynstore home; dynstore_slots recs=1; dynstore_timeout 5s; proxy_buffering off; proxy_pass $TEST_NGINX_BACKEND/; }
location /file/ { dynstore home; dynstore_slots recs=1; dynstore_timeout 5s; default_type text/html; types {} output_buffers 2 100; add_header Content-Encoding gzip; alias FOLDER/; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- redis_url: redis://127.0.0.1:$TEST_NGINX_FAKE_REDIS_PORT
--- fake_redis
delay 300
--- more_headers eval
Dynstore::expand('Cookie: dyn_vid=$TEST_NGINX_VISITOR')
--- request eval
["GET /zip/held", "GET /unbuffered/zip/held", "GET /log"]
--- response_body_filters eval: sub { $_[0] =~ s/y{1000}/Y/gr }
--- response_body_like eval
["^<html><body>HEAD<!--dynstore:recs--><script[^<]*</script>TAILY{1000}</body></html>\$", "^<html><body>HEAD<!--dynstore:recs--><script[^<]*</script>TAILY{1000}</body></html>\$",
 "GET /zip/held rung=(?:context|session|popular) .*\nGET /unbuffered/zip/held rung="]



=== TEST 26: for a page in br the log says once what it is and what to write in nginx.conf
--- request eval
[("GET /br/small") x 3]
--- raw_response_headers_like eval
[("Content-Encoding: br") x 3]
--- said_once
the backend sends encoded pages (br), which are left as they are: write "proxy_set_header Accept-Encoding '';", so that the backend sends plain pages



=== TEST 27: for a page in zstd the log says once what it is and what to write in nginx.conf
--- request eval
[("GET /zstd/small") x 3]
--- raw_response_headers_like eval
[("Content-Encoding: zstd") x 3]
--- said_once
the backend sends encoded pages (zstd), which are left as they are: write "proxy_set_header Accept-Encoding '';", so that the backend sends plain pages



=== TEST 28: for a page in deflate the log says once what it is and what to write in nginx.conf
--- request eval
[("GET /deflate/deflated") x 3]
--- raw_response_headers_like eval
[("Content-Encoding: deflate") x 3]
--- said_once
the backend sends encoded pages (deflate), which are left as they are: write "proxy_set_header Accept-Encoding '';", so that the backend sends plain pages
