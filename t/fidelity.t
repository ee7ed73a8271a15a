# Whatever the page, however it is cut: without the blocks it is the page, byte for byte.
#
# Files are read in pieces of `output_buffers`, so a location for each size cuts every page of the corpus at every multiple of
# it: each byte is once the last of a buffer, for all pages shorter than twice the largest size in exactly two buffers.
use Test::Nginx::Socket $ENV{TEST_NGINX_USE_HTTP2} ? (skip_all => 'asks over HTTP/1.1 by itself') : 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use IO::Socket::INET;

my @pages = glob 't/corpus/pages/*.html';
my $largest = (sort { $b <=> $a } map { -s } @pages)[0];
my $folder  = Cwd::abs_path('t/corpus/pages');
our $big    = '<html><body><!-- big --><p>' . 'x&lt;y > z ' x 500_000 . '<!--dynstore:recs--></p></body></html>';

$ENV{TEST_NGINX_CUTS} = join '', map {
    "location /$_/ { alias $folder/; dynstore home; dynstore_slots recs=2 hero=1; output_buffers 1 $_; sendfile off; }\n"
} 1 .. ($largest > 700 ? 700 : $largest);

my $runs = 0;
my %blocks;    # how many each page has, at every cut
my $socket;    # one connection for many
add_response_body_check(sub {
    my $block = shift;
    return unless defined $block->cuts;
    my ($from, $to) = split ' ', $block->cuts;
    $socket = undef;
    for my $page (@pages) {
        my $plain = slurp($page);
        my ($name) = $page =~ m{([^/]+)$};
        my @wrong;
        for my $size ($from .. ($to < length $plain ? $to : length($plain) || 1)) {
            my $got = answer("/$size/$name");
            my $blocks = $got =~ s{<script type="application/json" id="dynstore-(?:recs|hero)">[^<]*</script>}{}g;
            $blocks{$name} //= $blocks || 0;
            push @wrong, $size if $got ne $plain || ($blocks || 0) != $blocks{$name};
        }
        Test::More::is("@wrong", '', "$name - cut into pieces of $from to $to bytes");
    }
    Test::More::cmp_ok(scalar(grep { $_ } values %blocks), '>=', 20, 'pages that were personalized');
});

no_shuffle();
run_tests();

sub slurp {
    open my $file, '<:raw', shift or die $!;
    local $/;
    return scalar(<$file>) // '';
}

sub answer {
    my $path = shift;
    $socket = undef if ++$runs % 90 == 0;
    $socket ||= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => server_port_for_client(), Timeout => 5) or die $!;
    print $socket "GET $path HTTP/1.1\r\nHost: x\r\nDNT: 1\r\n\r\n";
    my ($head, $body) = ('', '');
    while ((my $line = <$socket> // die "closed at $path") ne "\r\n") { $head .= $line }
    if ($head =~ /Content-Length: (\d+)/i) { read($socket, $body, $1) if $1; return $body }
    die "$path: $head" unless $head =~ /chunked/;
    while (my $size = hex(<$socket> =~ s/\s+$//r)) {
        read $socket, $body, $size, length $body;
        <$socket>;
    }
    <$socket>;
    return $body;
}

__DATA__

=== TEST 1: a page in pieces of each small size keeps its bytes
--- config
$TEST_NGINX_CUTS
--- request
GET /1/plain.html
--- response_body_like: .
--- cuts: 1 64
--- timeout: 60
--- no_error_log
[error]
[alert]



=== TEST 2: a page cut in two at any place keeps its bytes
--- config
$TEST_NGINX_CUTS
--- request
GET /1/plain.html
--- response_body_like: .
--- cuts: 65 700
--- timeout: 60
--- no_error_log
[error]
[alert]



=== TEST 3: five megabytes keep their bytes when proxied with small buffers
--- config
location ~ . { dynstore home; dynstore_slots recs=1; proxy_buffers 4 4k; proxy_buffer_size 4k; proxy_busy_buffers_size 8k; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files eval
">>> page.html\n$main::big\n"
--- request
GET /page.html
--- response_body_filters eval
sub { $_[0] =~ s{<script type="application/json"[^<]*</script>}{}r eq "$main::big\n" ? 'the same' : 'another' }
--- response_body chop
the same
--- no_error_log
[error]
[alert]



=== TEST 4: five megabytes keep their bytes when proxied without buffering
--- config
location ~ . { dynstore home; dynstore_slots recs=1; proxy_buffering off; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files eval
">>> page.html\n$main::big\n"
--- request
GET /page.html
--- response_body_filters eval
sub { $_[0] =~ s{<script type="application/json"[^<]*</script>}{}r eq "$main::big\n" ? 'the same' : 'another' }
--- response_body chop
the same
--- no_error_log
[error]
[alert]



=== TEST 5: a page that the backend sends byte by byte keeps its bytes
--- config
location ~ . { dynstore home; dynstore_slots recs=1; proxy_buffering off; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT; proxy_set_header Host slow; }
--- http_config
server { listen $TEST_NGINX_SERVER_PORT; server_name slow; root $TEST_NGINX_HTML_DIR; output_buffers 1 1; sendfile off; postpone_output 0; tcp_nodelay on; }
--- user_files
>>> page.html
<body>x<!--dynstore:recs-->y</body>
--- request
GET /page.html
--- response_body_like: ^<body>x<!--dynstore:recs--><script[^<]*</script>y</body>$
--- no_error_log
[error]
[alert]
