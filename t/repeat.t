# The same question about an unchanged session, asked again within dynstore_ttl, gets the same decision; anything new gets a new one.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $slow   = Dynstore::Nginx::slow();

# a ttl that a slow machine does not outlive
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => 'dynstore_ttl 60s;');

sub key { my ($kind, $visitor) = @_; return "dyn:$kind:{" . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}' }
sub session { my ($visitor, @items) = @_; $redis->command('LPUSH', key('r', $visitor), map { 'vi ' . int(time * 1000) . " $_" } @items) }
sub id_of { my ($path, $visitor) = @_; return $nginx->get($path, $visitor)->content =~ /"id":"([0-9a-f]{16})"/ ? $1 : 'none' }

# what differs between two answers but for the time that it took
sub differs { my ($first, $second) = @_; return $first->content ne $second->content || $first->header('ETag') ne $second->header('ETag') }

session(1, 'tent-03', 'pack-01');
my $home = '/rec?surface=home&slot=recs';
my $first = $nginx->get($home, 1);
like($first->content, qr/"rung":"session".*"items":\[\{/, 'a decision from the session');
ok(!differs($first, $nginx->get($home, 1)), 'the same question gets the same answer, to the byte') for 1 .. 3;
is($nginx->counter('decisions_repeated'), 3, 'and is counted');

subtest 'every slot of a surface, as JSON and as HTML' => sub {
    session(2, 'tent-03', 'pack-01');
    my $all = '/rec?surface=pdp&item=tent-02';
    my $id = id_of($all, 2);
    my @twice = map { $nginx->get($all, 2) } 1 .. 2;
    ok(!differs(@twice), 'all slots, their titles, reasons and scores');
    like($twice[1]->content, qr/"surface":"pdp","page_item":"tent-02","moment"/, 'and the page');
    my $html = $nginx->get("$all&format=html", 2)->content;
    like($html, qr/data-dynstore-decision="$id"/, 'the same decision in another format');
    is(() = $html =~ /<section /g, 2, 'with both slots');
};

subtest 'what is another question' => sub {
    session(3, 'tent-03', 'pack-01');
    my %seen;
    for my $path ($home, '/rec?surface=home&slot=other', '/rec?surface=cart&slot=recs', '/rec?surface=pdp&slot=recs&item=tent-02', '/rec?surface=pdp&slot=recs&item=tent-04',
        '/rec?surface=home&slot=recs&utm_source=letter') {
        is($seen{id_of($path, 3)}++, 0, $path);
    }
    session(4, 'tent-03', 'pack-01');
    isnt(id_of($home, 4), id_of($home, 3), 'another visitor with the same session');
};

subtest 'what a shopper did a second ago counts' => sub {
    session(5, 'tent-03');
    my $id = id_of($home, 5);
    is($nginx->post('/event', 5, '{"event":"view_item","item_id":"stove-02"}')->code, 204, 'an event');
    ok($nginx->until(sub { $nginx->get($home, 5)->content =~ /"ref":"stove-02"/ }), 'is what the next answer speaks of');
    isnt(id_of($home, 5), $id, 'which is a new decision');

    $id = id_of($home, 5);
    like($nginx->post('/event?refresh=home&slot=recs', 5, '{"event":"view_item","item_id":"tent-05"}')->content, qr/"ref":"tent-05"/, 'and so it is in a refresh');

    $id = id_of($home, 5);
    $redis->command('HSET', key('s', 5), 'utm_source', 'letter');
    isnt(id_of($home, 5), $id, 'a new fact is another question, too');
};

subtest 'only for a while' => sub {
    session(6, 'tent-03');
    my $id = id_of('/rec/brief?surface=home', 6);
    ok($nginx->until(sub { id_of('/rec/brief?surface=home', 6) ne $id }), 'then the time counts again');
    session(7, 'tent-03');
    isnt(id_of('/rec/never?surface=home', 7), id_of('/rec/never?surface=home', 7), 'with dynstore_ttl 0 never');
};

subtest 'it is still the last good decision' => sub {
    session(8, 'tent-03');
    my @shown = $nginx->get($home, 8)->content =~ /\{"id":"([^"]+)","title"/g;
    $nginx->get($home, 8);
    $redis->stop;
    my $answer = $nginx->get($home, 8);
    is(Dynstore::Nginx::rung($answer), 'last_good', 'while Redis is away');
    is_deeply([($answer->content =~ /\{"id":"([^"]+)","title"/g)[0 .. 3]], [@shown[0 .. 3]], 'its items');
};

subtest 'of visitors whose hashes lie in one set, as many are kept as it has places' => sub {
    $redis->restart;
    my $crowded = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port);
    my ($places) = $crowded->get('/metrics')->content =~ /^nginx_dynstore_last_good_places ([0-9]+)$/m;
    my $sets = $places / 4;
    my @alike;
    for (my $number = 100; @alike < 5; $number++) {
        push @alike, $number if unpack('Q>', pack 'H16', Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($number))) % $sets == 0;
    }
    for my $visitor (@alike) {
        session($visitor, 'tent-03');
        is(Dynstore::Nginx::rung($crowded->get($home, $visitor)), 'session', 'each has a session');
        sleep 0.05;
    }
    $redis->stop;
    is_deeply([map { Dynstore::Nginx::rung($crowded->get($home, $_)) } @alike], ['popular', ('last_good') x 4], 'the oldest gave way');
};

subtest 'a decision too large to be kept whole' => sub {
    $redis->restart;
    my $slots = join ' ', map { ($_ x 32) . '=4' } 'a' .. 'h';
    my $large = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => "dynstore_ttl 60s; dynstore_slots $slots;");
    session(9, 'tent-03');
    my @ids = map { $large->get('/rec?surface=home', 9)->content =~ /"id":"([0-9a-f]{16})"/ } 1 .. 2;
    isnt($ids[0], $ids[1], 'is made anew each time');
    $redis->stop;
    is(Dynstore::Nginx::rung($large->get('/rec?surface=home', 9)), 'last_good', 'what there was room for is its last good');
    unlike($large->log, qr/\[(?:alert|crit|emerg)\]/, 'and nothing is complained about');
};

unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'and nothing is complained about');

done_testing;
