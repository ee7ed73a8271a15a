# What a request brings is looked through as far as nginx takes it, and what is looked for is found behind all the rest.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Time::HiRes qw(time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $nginx  = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => 'dynstore_limit off;');

sub session { my ($visitor, @items) = @_; $redis->command('LPUSH', 'dyn:r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}', map { 'vi ' . int(time * 1000) . " $_" } @items) }

# as much of it as a line of 8 KB has room for
sub crowd { my ($text, $room) = @_; return $text x int(($room // 7800) / length $text) }

sub asked {
    my ($arguments, $cookies, $validators, $others) = @_;
    my $socket = $nginx->connection;
    print {$socket} "GET /rec?${arguments}surface=home HTTP/1.0\r\nHost: x\r\n${others}Cookie: ${cookies}dyn_vid=" . Dynstore::Nginx::visitor(1)
        . "\r\nIf-None-Match: $validators\r\nSec-Fetch-Site: same-origin\r\n\r\n";
    return $nginx->answer($socket);
}

session($_, 'tent-03') for 1, 2;
my $of_another = $nginx->get('/rec?surface=home', 2)->header('ETag');
my $others = join '', map { "x-$_: sec-fetch-site\r\n" } 1 .. 250;

subtest 'a visitor is found behind other cookies, arguments, headers and validators' => sub {
    for (
        ['short ones', crowd('s=&'), crowd('d=1; '), crowd('"", ') . $of_another],
        ['such as look alike', crowd('surfac=home&'), crowd('dyn_vi=0; '), crowd('"0000000000000000", ') . $of_another],
        ['none that are well-formed', crowd('&'), crowd(';'), crowd('W/, ') . $of_another],
        ['cookies of the shape of ours', crowd('surface&'), join('', ('dyn_vid=' . '0' x 31 . '1.' . '0' x 16 . '; ') x 7), crowd('"zzzzzzzzzzzzzzzz", ') . $of_another],
    ) {
        my ($what, $arguments, $cookies, $validators) = @$_;
        my $before = $nginx->counter('shared_cache_validator');
        is(Dynstore::Nginx::rung(asked($arguments, $cookies, $validators, $others)), 'session', $what);
        is($nginx->counter('shared_cache_validator'), $before + 1, 'and the validator of another visitor is seen');
    }
};

subtest 'what nginx does not take is not looked at' => sub {
    my $before = join ' ', map { $nginx->counter($_) } 'redis_reads', 'shared_cache_validator';
    is(asked(crowd('a=1&', 9000), '', $of_another, '')->code, 414, 'arguments');
    is(asked('', crowd('a=1; ', 9000), $of_another, '')->code, 400, 'cookies');
    is(asked('', '', crowd('"0000000000000000", ', 9000) . $of_another, '')->code, 400, 'validators');
    is(asked('', '', $of_another, crowd("x: 1\r\n", 40000))->code, 400, 'headers');
    is(join(' ', map { $nginx->counter($_) } 'redis_reads', 'shared_cache_validator'), $before, 'and costs nothing of ours');
};

subtest 'of a body\'s events and the session\'s as many are looked at as a session has' => sub {
    my $visitor = 10;
    for my $count (62, 63, 64, 200) {
        session(++$visitor, 'stove-01');
        my @views = map { '{"event":"view_item","items":[' . join(',', ('{"item_id":"tent-03"}') x ($count == 200 ? 4 : 1)) . ']}' } 1 .. ($count == 200 ? 50 : 49);
        my $more = $count == 200 ? 0 : $count - 49;
        push @views, '{"event":"view_item","items":[' . join(',', ('{"item_id":"tent-03"}') x $more) . ']}' if $more;
        my $answer = $nginx->post('/event?refresh=home&slot=recently_viewed', $visitor, '[' . join(',', @views) . ']');
        is($answer->content =~ /"id":"stove-01"/ ? 'shown' : 'not', $count < 64 ? 'shown' : 'not', "$count views, and one before them");
    }
};

unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'nothing is complained about');

$redis->stop;
done_testing;
