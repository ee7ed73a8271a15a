# The machine's clock is set while nginx runs: what is kept is as old as it is, whatever the clock says.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Time::HiRes qw(time);

plan skip_all => 'the clock is moved by a library that is preloaded'
    if grep { $ENV{$_} } qw(TEST_NGINX_USE_HTTP2 TEST_NGINX_USE_HUP TEST_NGINX_USE_VALGRIND ASAN_OPTIONS);

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $cc     = $ENV{CC} || 'cc';
system("$cc -shared -fPIC -O1 -o $folder/clock.so t/lib/clock.c 2>/dev/null") == 0 or plan skip_all => 'there is no C compiler here';

# moved(DAY, MONOTONIC): from now on the clocks are off by so many seconds
sub moved {
    Dynstore::Nginx::write_file("$folder/clock.new", "@_");
    rename "$folder/clock.new", "$folder/clock" or die "$folder/clock: $!";
}

my $hour = 3600;

# a visitor with a decision, whom Redis cannot tell of any more; then the clocks move
sub last_good {
    my @move = @_;
    moved(0, 0);
    my $redis = Dynstore::Redis->start(File::Temp::tempdir("$folder/redis-XXXXXX"));
    local $ENV{DYNSTORE_CLOCK} = "$folder/clock";
    my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, preload => "$folder/clock.so");
    my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(1));
    $redis->command('LPUSH', "dyn:r:{$hash}", 'vi ' . int(time * 1000) . ' tent-03');
    is(Dynstore::Nginx::rung($nginx->get('/rec?surface=home', 1)), 'session', 'a decision from the session');
    $redis->stop;
    moved(@move);
    my $rung = Dynstore::Nginx::rung($nginx->get('/rec?surface=home', 1));
    moved(0, 0);
    $nginx->stop;
    return $rung;
}

is(last_good(0, 0),        'last_good', 'it is shown while Redis is away');
is(last_good(-$hour, 0),   'last_good', 'also when the clock was set back an hour');
is(last_good($hour, 0),    'last_good', 'or ahead');
is(last_good(31, 31),      'popular',   'but not after half a minute');
is(last_good(-$hour, 31),  'popular',   'nor when the clock was set back meanwhile');
is(last_good(0, 31),       'popular',   'nor when the clock shows the same time again');

subtest 'a decision is given again for as long as it may be' => sub {
    moved(0, 0);
    my $redis = Dynstore::Redis->start(File::Temp::tempdir("$folder/redis-XXXXXX"));
    local $ENV{DYNSTORE_CLOCK} = "$folder/clock";
    my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => 'dynstore_ttl 60s;', preload => "$folder/clock.so");
    my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(1));
    $redis->command('LPUSH', "dyn:r:{$hash}", 'vi ' . int(time * 1000) . ' tent-03');
    my $id = sub { $nginx->get('/rec?surface=home', 1)->content =~ /"id":"([0-9a-f]{16})"/ ? $1 : 'none' };
    my $first = $id->();
    moved(-60, 0);
    is($id->(), $first, 'the clock was set back a minute');
    moved(60, 0);
    is($id->(), $first, 'or ahead');
    moved(0, 61);
    isnt($id->(), $first, 'but not after a minute, though the clock shows the same time again');
    moved(0, 0);
    $nginx->stop;
    $redis->stop;
};

done_testing;
