# What people decide about single items by the control stream holds in every block, on every rung, until it ends or is taken back.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use JSON::PP ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $url    = 'redis://127.0.0.1:' . $redis->port;
chmod 0755, $folder;

# so few items that every block has them all
Dynstore::Nginx::write_file("$folder/catalog.jsonl", join '', map {
    JSON::PP::encode_json({ id => "tent-$_", title => "Tent $_", url => "/products/tent-$_", price => "${_}9.00", currency => 'EUR', stock => 5,
        aliases => ["SKU-$_"] }) . "\n"
} 1 .. 5);
is(system("build/dynstore build --catalog $folder/catalog.jsonl -o $folder/store.dyn >/dev/null"), 0, 'a snapshot of five items');

my $nginx;
sub start { return Dynstore::Nginx->start(redis => "$url control=on", workers => 2, snapshot => "$folder/store.dyn", @_) }
$nginx = start();

my $all = 'tent-1 tent-2 tent-3 tent-4 tent-5';
sub home { return $nginx->get('/rec?surface=home', @_) }
sub in_order { my $answer = shift; return join ' ', $answer->content =~ /"id":"(tent-\d)"/g }
sub items { return join ' ', sort split / /, in_order(@_) }
sub ends_in { my $seconds = shift; return (time + $seconds) . '000' }
sub override {
    my ($kind, $item, %more) = @_;
    %more = (until => ends_in(3600), %more);
    return $redis->command('XADD', 'dyn:control', '*', k => 'override', override => $kind, item => $item, author => 'ada', reason => 'recalled',
        %more);
}
sub restore { return $redis->command('XADD', 'dyn:control', '*', k => 'restore', item => shift, author => 'ada', reason => 'it is fine') }
# all workers show it: each looks twice a second, and requests go to any of them
sub becomes {
    my ($wanted, $name, $of) = @_;
    $of //= sub { items(home(1)) };
    $nginx->until(sub { for my $pause (0, 0.6, 0.6) { select undef, undef, undef, $pause; for (1 .. 8) { return 0 if $of->() ne $wanted } } return 1 });
    return is($of->(), $wanted, $name);
}

subtest 'what is blocked is in no block, on no rung and in no answer given again, until it is restored' => sub {
    becomes($all, 'all items are shown');
    $nginx->post('/event', 3, JSON::PP::encode_json({ event => 'view_item', item_id => 'tent-5' }));
    home(3);
    override(block => 'tent-2');
    becomes('tent-1 tent-3 tent-4 tent-5', 'not the one that is blocked');
    becomes('tent-1 tent-3 tent-4', 'nor in what somebody saw before, who has seen the fifth', sub { items(home(3)) });
    override(block => 'SKU-3');
    becomes('tent-1 tent-4 tent-5', 'nor one that is named by an alias');
    my $version = home(1)->content =~ /"rules":"(\w+)"/ ? $1 : '';
    restore($_) for qw(tent-2 SKU-3);
    becomes($all, 'all are back');
    unlike(home(1)->content, qr/"rules":"$version"/, 'and the version of the rules is another one');
};

subtest 'a pin stands at its place, a boost moves up, and two that are apart are never together' => sub {
    override(pin => 'tent-4', position => 1);
    becomes('tent-4', 'what is pinned stands first', sub { substr in_order(home(1)), 0, 6 });
    restore('tent-4');
    override(boost => 'tent-5', factor => '20');
    becomes('tent-5', 'what is boosted, too', sub { substr in_order(home(1)), 0, 6 });
    restore('tent-5');
    override(apart => 'tent-1', other => 'tent-2');
    becomes(4, 'of two that are apart one is shown', sub { scalar split / /, items(home(1)) });
    restore('tent-2');
    becomes($all, 'both are, when they are no longer');
};

subtest 'an override ends by itself' => sub {
    override(block => 'tent-2', until => ends_in(4));
    becomes('tent-1 tent-3 tent-4 tent-5', 'it is not shown');
    becomes($all, 'and then it is');
};

subtest 'it holds while Redis is away, after a reload, and after a restart' => sub {
    override(block => 'tent-2');
    becomes('tent-1 tent-3 tent-4 tent-5', 'it is not shown');
    $redis->signal('STOP');
    is(items(home(7)), 'tent-1 tent-3 tent-4 tent-5', 'nor while Redis does not answer');
    $redis->signal('CONT');
    $nginx->reload;
    is(items(home(8)), 'tent-1 tent-3 tent-4 tent-5', 'nor after a reload');
    $nginx->stop;
    $nginx = start();
    my $behind = qr/"overlay":\s*"behind"/;
    my $wrong = 0;
    $nginx->until(sub { my $answer = home(9); $wrong++ if $answer->content =~ /tent-2/ && $answer->content !~ $behind;
        return $answer->content !~ $behind });
    is($wrong, 0, 'no answer after a restart shows it without saying that it may be behind');
    becomes('tent-1 tent-3 tent-4 tent-5', 'and it is not shown');
};

# a day later in a big shop: all entries that are there now have been pushed out by others
sub push_out {
    $redis->command('XADD', 'dyn:control', '*', k => 'stock', item => 'tent-1', stock => 5) for 1 .. 3;
    $redis->command('XTRIM', 'dyn:control', 'MAXLEN', 1);
    return is($redis->command('XLEN', 'dyn:control'), 1, 'the stream is trimmed');
}
sub lasting { return map { my %fields = @{ $_->[1] }; "$fields{k} " . ($fields{item} // '') } @{ $redis->command('XRANGE', 'dyn:lasting:{dyn:control}', '-', '+') } }
# a new nginx: no answer of it shows what is not wanted, unless it says that it is behind
sub restarted {
    my ($wanted, $name) = @_;
    $nginx->stop;
    $nginx = start();
    my $wrong = 0;
    $nginx->until(sub { my $answer = home(11); my $behind = $answer->content =~ /"overlay":\s*"behind"/; $wrong++ if !$behind && grep { $wanted !~ /$_/ } split / /, items($answer);
        return !$behind });
    becomes($wanted, $name);
    return is($wrong, 0, 'and no answer showed another item without saying that it may be behind');
}

subtest 'what people decided holds when the stream was trimmed and nginx is started anew' => sub {
    restore('tent-2');
    override(block => 'tent-3');
    override(block => 'tent-4');
    override(block => 'tent-5', until => ends_in(5));
    becomes('tent-1 tent-2', 'three are blocked');
    push_out();
    restarted('tent-1 tent-2 tent-5', 'two are, in a new nginx, and the third no longer');
    restore('tent-4');
    becomes('tent-1 tent-2 tent-4 tent-5', 'one is taken back');
    push_out();
    restarted('tent-1 tent-2 tent-4 tent-5', 'which stays so, though the stream has forgotten both');
    $redis->command('XTRIM', 'dyn:control', 'MAXLEN', 0);
    restarted('tent-1 tent-2 tent-4 tent-5', 'also where the stream has nothing at all');
    is(scalar(grep { $_ eq 'override tent-3' } lasting()), 1, 'however often it is read, each is kept once');
};

subtest 'more than one reply of them are read before the stream is' => sub {
    override(boost => "other-$_", factor => '1.5', reason => 'x' x 128) for 1 .. 230;
    override(block => 'tent-1');
    becomes('tent-2 tent-4 tent-5', 'the last of many holds');
    push_out();
    restarted('tent-2 tent-4 tent-5', 'and does so in a new nginx');
    restore($_) for 'tent-1', map { "other-$_" } 1 .. 230;
    becomes('tent-1 tent-2 tent-4 tent-5', 'all are taken back');
};

sub told { my @words = @_; return join '', qx{build/dynstore control @words --redis $url --author Ada --reason fair 2>&1} }

subtest 'one override of several is taken back, by its kind or by the id that the list prints' => sub {
    restore('tent-3');
    becomes($all, 'all are shown');
    my $id = override(pin => 'tent-4', position => 1);
    override(block => 'tent-5');
    override(boost => 'tent-5', factor => '20');
    becomes('tent-4 tent-1 tent-2 tent-3', 'one is pinned and one blocked', sub { my ($first, @others) = split / /, in_order(home(1)); join ' ', $first, sort @others });
    told('restore block tent-5');
    becomes('tent-4 tent-5', 'without its block the other has its boost', sub { substr in_order(home(1)), 0, 13 });
    like(told("restore $id"), qr/\Acontrol entry \d+-\d+: restore tent-4\n\z/, 'the pin is taken back by its id');
    becomes('tent-5', 'and stands first no more', sub { substr in_order(home(1)), 0, 6 });
    push_out();
    $nginx->stop;
    $nginx = start();
    becomes('tent-5', 'nor in a new nginx', sub { substr in_order(home(1)), 0, 6 });
    like(told('restore SKU-5'), qr/^dynstore control: no such override stands that names "SKU-5", so nothing is taken back; /m, 'who names it otherwise is told');
    restore('tent-5');
};

subtest 'a Redis that has lost what it said is told of, once, and what was read holds' => sub {
    override(block => 'tent-2');
    becomes('tent-1 tent-3 tent-4 tent-5', 'an item is blocked');
    is($nginx->status->{overlay}{lost}, 0, 'nothing is lost');
    $redis->command('FLUSHALL');
    ok($nginx->until(sub { $nginx->status->{overlay}{lost} == 1 }), 'the status says so');
    like($nginx->get('/metrics')->content, qr/^nginx_dynstore_overlay_lost 1$/m, 'and the metrics');
    select undef, undef, undef, 1.2;
    is(scalar(() = $nginx->log =~ /the control stream was read to \d+-\d+, and Redis no longer has so much of it/g), 1, 'the log has one sentence');
    becomes('tent-1 tent-3 tent-4 tent-5', 'the item stays blocked');
    $redis->command('XADD', 'dyn:control', '*', k => 'stock', item => 'tent-3', stock => 0);
    becomes('tent-1 tent-4 tent-5', 'and what comes is read');
    is($nginx->status->{overlay}{lost}, 1, 'it is lost still');
};

subtest 'a stream that began anew is told of also where the new one has gone on already' => sub {
    override(block => $_) for qw(tent-1 tent-2 tent-3);
    $nginx->stop;
    $nginx = start();
    becomes('tent-4 tent-5', 'three of the items are blocked');
    is($nginx->status->{overlay}{lost}, 0, 'nothing is lost');
    $redis->command('EVAL', "redis.call('DEL', KEYS[1]) return redis.call('XADD', KEYS[1], '*', 'k', 'stock', 'item', 'tent-4', 'stock', '0')", 1, 'dyn:control');
    becomes('tent-5', 'what the new stream says holds');
    is($nginx->status->{overlay}{lost}, 1, 'what the old one said is lost');
    $nginx->stop;
    $redis->command('FLUSHALL');
    $nginx = start();
};

subtest 'that there is no room for more overrides is said once by each worker' => sub {
    override(boost => "other-$_", factor => '1.5') for 1 .. 260;
    $nginx->until(sub { $nginx->log =~ /more than 256 overrides stand/ });
    for (261 .. 263) { override(boost => "other-$_", factor => '1.5'); becomes($all, 'all are shown') }
    cmp_ok(scalar(() = $nginx->log =~ /more than 256 overrides stand/g), '<=', 2, 'however many come');
};

# with a Redis that was told nothing yet
sub anew {
    $nginx->stop;
    $redis->command('FLUSHALL');
    $nginx = start();
    return becomes($all, 'nothing is blocked');
}
sub logged { my $sentence = shift; return scalar(() = $nginx->log =~ /$sentence/g) }
my $kept = 'dyn:lasting:{dyn:control}';

subtest 'where Redis cannot keep what lasts, the log says so once, and each entry is counted' => sub {
    anew();
    $redis->command('SET', $kept, 'of another program');
    override(block => 'tent-2');
    override(block => 'tent-3');
    becomes('tent-1 tent-4 tent-5', 'overrides hold');
    is($nginx->counter('control_not_kept'), 2, 'both are counted');
    is(logged(qr/Redis does not keep in "dyn:lasting:\{dyn:control\}" what the control stream says .* WRONGTYPE/), 1, 'one sentence is in the log');
    $redis->command('DEL', $kept);
    $nginx->stop;
    $nginx = start();
    becomes('tent-1 tent-4 tent-5', 'in a new nginx they hold as well');
    is_deeply([lasting()], ['override tent-2', 'override tent-3'], 'and it has them kept');
    is($nginx->counter('control_not_kept'), 0, 'which is no fault');
};

subtest 'what was kept of a stream with larger ids keeps later entries out, which is said' => sub {
    anew();
    my $late = (time + 86400) . '000-0';
    $redis->command('XADD', 'dyn:control', $late, k => 'override', override => 'block', item => 'tent-2', author => 'ada', reason => 'recalled', until => ends_in(172800));
    becomes('tent-1 tent-3 tent-4 tent-5', 'an entry of tomorrow holds');
    $redis->command('DEL', 'dyn:control');
    override(block => 'tent-3');
    ok($nginx->until(sub { $nginx->status->{overlay}{lost} == 1 }), 'of its stream, which is lost');
    is(items(home(1)), 'tent-1 tent-3 tent-4 tent-5', 'that of a new stream with smaller ids does not');
    $nginx->stop;
    $nginx = start();
    becomes('tent-1 tent-2 tent-4 tent-5', 'but in a new nginx');
    is($nginx->counter('control_not_kept'), 1, 'it is not kept, and counted');
    is(logged(qr/Redis says: ERR The ID specified in XADD is equal or smaller/), 1, 'the log says why');
    $redis->command('XDEL', 'dyn:control', map { $_->[0] } @{ $redis->command('XRANGE', 'dyn:control', '-', '+') });
    $nginx->stop;
    $nginx = start();
    override(block => 'tent-4');
    becomes('tent-1 tent-2 tent-3 tent-5', 'where the new stream is empty, nothing of the old one hides what comes');
};

subtest 'an entry that was deleted because it says nothing any more is not kept again, which is no fault' => sub {
    anew();
    override(block => 'tent-2');
    restore('tent-2');
    override(block => 'tent-3');
    becomes('tent-1 tent-2 tent-4 tent-5', 'one is blocked');
    my ($first, $second) = map { $_->[0] } @{ $redis->command('XRANGE', $kept, '-', '+') };
    $redis->command('XDEL', $kept, $first, $second);
    $nginx->stop;
    $nginx = start();
    becomes('tent-1 tent-2 tent-4 tent-5', 'and is so in a new nginx');
    is_deeply([lasting()], ['override tent-3'], 'the others are not kept again');
    is($nginx->counter('control_not_kept'), 0, 'nothing is counted');
};

subtest 'an id that is no time ends the stream, which is said once, until the stream is deleted' => sub {
    anew();
    override(block => 'tent-2');
    $redis->command('XADD', 'dyn:control', '17592186044416-0', k => 'override', override => 'block', item => 'tent-3', author => 'ada', reason => 'recalled', until => ends_in(3600));
    override(block => 'tent-4');
    ok($nginx->until(sub { $nginx->counter('control_beyond') == 1 }), 'it is counted');
    becomes('tent-1 tent-3 tent-4 tent-5', 'what came before it holds, and nothing behind it');
    is(logged(qr/the control stream "dyn:control" has an entry with the id 17592186044416-0, which is no time in milliseconds/), 1, 'the log has one sentence');
    is($nginx->status->{overlay}{lost}, 0, 'nothing is lost');
    is_deeply([lasting()], ['override tent-2'], 'neither is kept, where they would keep later ones out');
    $redis->command('DEL', 'dyn:control');
    override(block => 'tent-5');
    becomes('tent-1 tent-3 tent-4', 'then what comes is read, and needs no restart');
    is_deeply([lasting()], ['override tent-2', 'override tent-5'], 'and kept');
    is($nginx->counter('control_not_kept'), 0, 'nothing was refused');
};

done_testing();
