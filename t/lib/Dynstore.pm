# What the module's suites share: a Redis of their own, a scripted false Redis, a small snapshot. Use it after
# Test::Nginx::Socket. It only relies on documented hooks, so it works with Test::Nginx as with the runner in compat/.
#
#   --- redis              commands, one a line, run on an emptied Redis before nginx starts
#   --- redis_after        lines `COMMAND => REPLY` or `COMMAND => /REGEX/`, checked (one test each) after the block
#   --- fake_redis         one line for each connection in turn, the last for all further ones; see FakeRedis.pm
#
# Expanded in configurations: $TEST_NGINX_REDIS_PORT, $TEST_NGINX_REDIS_SOCKET, $TEST_NGINX_FAKE_REDIS_PORT,
# $TEST_NGINX_FAKE_REDIS_SOCKET, $TEST_NGINX_SNAPSHOT, $TEST_NGINX_CATALOG, $TEST_NGINX_EVENTS, $TEST_NGINX_HTML_DIR.
# $TEST_NGINX_KEY is a visitors' key file, $TEST_NGINX_VISITOR a visitor's cookie, signed with it, $TEST_NGINX_HASH what that visitor
# is called in Redis under that key, $TEST_NGINX_NOW_MS the time; these are expanded in redis and redis_after, too.
# In `--- init` a block may call Dynstore::redis_stop(), redis_start(), redis_pause(), redis_resume().
package Dynstore;

use strict;
use warnings;

use Cwd ();
use Digest::SHA ();
use Dynstore::FakeRedis;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use Test::More ();
use Time::HiRes qw(sleep time);

my $owner  = $$;
my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $server = Dynstore::Redis->start($folder);
my $fake   = Dynstore::FakeRedis->new("$folder/fake.sock", "$folder/redis.sock");
my $block;

$ENV{TEST_NGINX_REDIS_PORT}        = $server->port;
$ENV{TEST_NGINX_REDIS_SOCKET}      = $server->socket;
$ENV{TEST_NGINX_FAKE_REDIS_PORT}   = $fake->port;
$ENV{TEST_NGINX_FAKE_REDIS_SOCKET} = "$folder/fake.sock";
$ENV{TEST_NGINX_HTML_DIR} ||= Test::Nginx::Util::html_dir();

my $key = '00112233445566778899aabbccddeeff' x 2;
write_file("$folder/dynstore.key", "$key\n", 0600);
$ENV{TEST_NGINX_KEY}     = "$folder/dynstore.key";
$ENV{TEST_NGINX_VISITOR} = sign('0123456789abcdef0123456789abcdef');
$ENV{TEST_NGINX_HASH}    = hash_of($ENV{TEST_NGINX_VISITOR});
$ENV{TEST_NGINX_NOW_MS}  = int(time * 1000);

for my $file (['CATALOG', 't/fixtures/catalog.jsonl'], ['EVENTS', 't/fixtures/events.jsonl']) {
    $ENV{"TEST_NGINX_$file->[0]"} = Cwd::abs_path($file->[1]) if -e $file->[1];
}

# one snapshot for the whole suite, unless the caller brings another
if (!$ENV{TEST_NGINX_SNAPSHOT} && $ENV{TEST_NGINX_CATALOG} && -x 'build/dynstore') {
    $ENV{TEST_NGINX_SNAPSHOT} = snapshot("$folder/store.dyn");
}

sub snapshot {
    my ($path, %with) = @_;
    my @command = ('build/dynstore', 'build', '--catalog', $with{catalog} || $ENV{TEST_NGINX_CATALOG},
        '--events', $with{events} || $ENV{TEST_NGINX_EVENTS}, '-o', $path);
    my $output = qx{@command 2>&1 </dev/null};
    Test::More::BAIL_OUT("@command failed: $output") if $?;
    return $path;
}

sub folder { $folder }

sub write_file {
    my ($path, $text, $mode) = @_;
    open my $file, '>', $path or Test::More::BAIL_OUT("$path: $!");
    print $file $text;
    close $file;
    chmod $mode, $path if defined $mode;
    return $path;
}

# a visitor's cookie from an id, and what Redis knows a visitor by: of a cookie its id is hashed, of anything else the whole
sub sign { my $id = shift; return $id . '.' . substr Digest::SHA::hmac_sha256_hex($id, pack 'H*', $key), 32, 16 }
sub hash_of { substr Digest::SHA::hmac_sha256_hex($_[0] =~ s/^([0-9a-f]{32})\.[0-9a-f]{16}$/$1/r, pack 'H*', $key), 0, 32 }

sub expand {
    my $text = shift;
    $text =~ s/\$(TEST_NGINX_\w+)/$ENV{$1} \/\/ die "\$$1 is not known\n"/ge if defined $text;
    return $text;
}

# for --- init: one request of the suite's visitor, or of the Cookie that is given, to the running nginx, as an HTTP::Response
sub get {
    my ($path, %headers) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => Test::Nginx::Util::server_port_for_client(), Timeout => 5)
        or die "nginx does not answer: $!\n";
    $headers{Cookie} //= "dyn_vid=$ENV{TEST_NGINX_VISITOR}";
    print {$socket} "GET $path HTTP/1.0\r\nHost: localhost\r\n",
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n";
    $socket->flush;
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}

sub redis        { $server->command(@_) }
sub redis_stop   { $server->stop }
sub redis_start  { $server->restart }
sub redis_pause  { $server->signal('STOP') }
sub redis_resume { $server->signal('CONT') }

# Runs when the nginx of the block before is gone and the next has not started: nobody else writes now.
sub prepare {
    $server->restart;
    redis('FLUSHALL');
    for my $command (Dynstore::Redis::commands_in(expand($block->redis))) { redis(@$command) }
    $fake->stop;
    $fake->start($block->fake_redis) if defined $block->fake_redis;
}

sub check {
    my $checked = shift;
    return unless defined $checked->redis_after;
    for my $line (split /\n/, expand($checked->redis_after)) {
        next if $line =~ /^\s*(?:#|$)/;
        my ($command, $expected) = $line =~ /^\s*(.+?)\s*=>\s*(.*?)\s*$/ or Test::More::BAIL_OUT("not a redis_after line: $line");
        my ($words) = Dynstore::Redis::commands_in($command);
        my $fits = $expected =~ m{^/(.*)/$} ? do { my $regex = qr/$1/; sub { $_[0] =~ $regex } } : sub { $_[0] eq $expected };
        # writes may follow the answer by a moment
        my ($got, $until) = ('', time + 5);
        until ($fits->($got = Dynstore::Redis::as_text(redis(@$words))) || time > $until) { sleep 0.02 }
        my $name = $checked->name . " - redis_after: $line";
        $expected =~ m{^/(.*)/$} ? Test::More::like($got, qr/$1/, $name) : Test::More::is($got, $expected, $name);
    }
}

Test::Nginx::Util::add_block_preprocessor(sub {
    $block = shift;
    my $code = $block->post_setup_server_root;
    $block->set_value('post_setup_server_root', 'Dynstore::prepare();' . ($code // ''));
});
Test::Nginx::Util::add_test_cleanup_handler(sub {
    # a block that stopped Redis finds it back here: what waited for it has to arrive
    $server->restart;
    check(shift);
    $fake->stop;
});

END {
    if ($$ == $owner) {
        local $?;
        $fake->stop;
        $server->stop;
    }
}

1;
