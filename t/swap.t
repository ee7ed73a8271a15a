# A snapshot that replaces another is used without a reload; a broken one is refused, and the old one stays.
use Test::Nginx::Socket $ENV{TEST_NGINX_USE_HTTP2} ? (skip_all => 'asks over HTTP/1.1 by itself') : 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Guard;
use Dynstore::Shop;
use File::Copy ();
use IO::Socket::INET;
use LWP::UserAgent;
use POSIX ();

my $folder = Dynstore::folder();
my $first  = $ENV{TEST_NGINX_SNAPSHOT};
my $second = Dynstore::snapshot("$folder/second.dyn", events => Dynstore::write_file("$folder/few.jsonl",
    qq({"visitor":"v","time":1700000000000,"event":"view_item","item_id":"tent-01"}\n)));
my $broken = Dynstore::write_file("$folder/broken.dyn", "DYNSTORE, but not really\n");
my %id     = map { $_ => build_id($_) } $first, $second;

$ENV{TEST_NGINX_LIVE}       = "$folder/live.dyn";
$ENV{TEST_NGINX_FIRST_ID}   = $id{$first};
$ENV{TEST_NGINX_SECOND_ID}  = $id{$second};

sub build_id {
    my ($id) = qx{build/dynstore inspect --json $_[0]} =~ /"build(?:_id)?":\s*"([0-9a-f]{32})"/;
    return $id // Test::More::BAIL_OUT("no build id of $_[0]");
}

# as `dynstore build` does it
sub publish {
    my $file = shift;
    File::Copy::copy($file, "$ENV{TEST_NGINX_LIVE}.new") or die $!;
    rename "$ENV{TEST_NGINX_LIVE}.new", $ENV{TEST_NGINX_LIVE} or die $!;
}

# what a page says of the snapshot that it was decided with, when it says so within a while
sub wait_for {
    my $expected = shift;
    my $agent    = LWP::UserAgent->new(timeout => 5);
    my ($got, $until) = ('', Time::HiRes::time() + 10);
    while ($got ne $expected && Time::HiRes::time() < $until) {
        my $page = $agent->get('http://127.0.0.1:' . server_port_for_client() . '/page.html')->content;
        ($got) = $page =~ /"snapshot":"([0-9a-f]+)"/;
        $got //= 'none';
        Time::HiRes::sleep(0.05);
    }
    return $got;
}

# Answers a request with half of a file, and the rest when it is asked for the other.
my ($file_port, $asked, $download);
sub serve_a_file_in_halves {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die $!;
    $file_port = $listener->sockport;
    pipe my $wait, $asked or die $!;
    my $test = $$;
    return if fork;
    Dynstore::Guard::ends_with($test);
    close $asked;
    my $client = $listener->accept or exit;
    sysread $client, my $request, 65536;
    syswrite $client, "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 8\r\n\r\nhalf";
    sysread $wait, my $word, 1;
    syswrite $client, 'rest';
    POSIX::_exit(0);
}

# a browser's, of what turns out to be no page
sub begin_a_download {
    $download = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => server_port_for_client()) or die $!;
    syswrite $download, "GET /file HTTP/1.0\r\nAccept: text/html\r\n\r\n";
    my $got = '';
    while ($got !~ /half$/) { sysread $download, $got, 4096, length $got or last }
    return $got;
}

sub end_the_download {
    close $asked;
    local $/;
    return <$download> // '';
}

# how many copies of the file a worker has in its memory, when it gave back what it has no use for
sub copies {
    my ($got, $until) = (0, Time::HiRes::time() + 10);
    while (($got = copies_now()) != 2 && Time::HiRes::time() < $until) { Time::HiRes::sleep(0.02) }
    return $got;
}

sub copies_now {
    my ($pid) = slurp(server_root() . '/logs/nginx.pid') =~ /(\d+)/;
    my @workers = split ' ', slurp("/proc/$pid/task/$pid/children");
    return scalar grep { /memfd:dynstore:live\.dyn/ } map { split /\n/, slurp("/proc/$_/maps") } @workers ? @workers : $pid;
}

sub slurp { my $path = shift; open my $in, '<', $path or die "$path: $!\n"; local $/; return scalar <$in> }

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('snapshot', '$TEST_NGINX_LIVE');
    $block->set_value('config', 'location ~ . { dynstore home; }') unless defined $block->config;
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    $block->set_value('request', 'GET /page.html');
    $block->set_value('post_setup_server_root', 'main::publish($ENV{TEST_NGINX_SNAPSHOT});');
});

# --- then: steps that follow the first answer, one a line
add_response_body_check(sub {
    my $block = shift;
    my $name  = $block->name;
    for (split /\n/, $block->then // '') {
        if    (/^publish the second/) { publish($second) }
        elsif (/^publish the first/)  { publish($first) }
        elsif (/^publish a broken/)   { publish($broken) }
        elsif (/^remove it/)          { unlink $ENV{TEST_NGINX_LIVE} or die $! }
        elsif (/^wait for the second/) { Test::More::is(wait_for($id{$second}), $id{$second}, "$name - $_") }
        elsif (/^wait for the first/)  { Test::More::is(wait_for($id{$first}), $id{$first}, "$name - $_") }
        elsif (/^begin a download/)   { Test::More::like(begin_a_download(), qr/half$/, "$name - $_") }
        elsif (/^only that/)          { Test::More::is(copies(), 2, "$name - $_") }
        elsif (/^end the download/)   { Test::More::is(end_the_download(), 'rest', "$name - $_") }
        elsif (/^a moment/)           { Time::HiRes::sleep(1.2) }
        else                          { die "not a step: $_" }
    }
});

serve_a_file_in_halves();
$ENV{TEST_NGINX_FILE_PORT} = $file_port;

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a new file is used without a reload, and so is the next one
--- response_body_like eval: $ENV{TEST_NGINX_FIRST_ID}
--- then
publish the second
wait for the second
publish the first
wait for the first
--- no_error_log
[error]
[alert]



=== TEST 2: a broken file is refused with a sentence, the old one stays in use, and a good one is used again
--- response_body_like eval: $ENV{TEST_NGINX_FIRST_ID}
--- then
publish a broken one
a moment
wait for the first
publish the second
wait for the second
--- error_log
dynstore: the new snapshot is refused, the old one stays in use:
live.dyn
--- no_error_log
[alert]



=== TEST 3: a file that was removed stays in use
--- response_body_like eval: $ENV{TEST_NGINX_FIRST_ID}
--- then
remove it
a moment
wait for the first
publish the second
wait for the second
--- error_log
was removed; the one in memory stays in use
--- no_error_log
[alert]



=== TEST 4: an answer that is not a page keeps no snapshot in memory while it is sent
--- config
location ~ \.html { dynstore home; }
location /file { dynstore home; proxy_buffering off; proxy_pass http://127.0.0.1:$TEST_NGINX_FILE_PORT; }
--- response_body_like eval: $ENV{TEST_NGINX_FIRST_ID}
--- then
publish the second
wait for the second
begin a download
publish the first
wait for the first
only that and the one which nginx began with are in memory
end the download
--- no_error_log
[error]
[alert]
