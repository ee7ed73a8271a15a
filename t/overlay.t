# What the control stream says of stock, prices and items holds on every rung, also in answers given again, and is never lost in silence.
use strict;
use warnings;

use Test::More;
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $url    = 'redis://127.0.0.1:' . $redis->port;
chmod 0755, $folder;

# so few items that every block has them all
sub write_catalog {
    my %price = @_;
    Dynstore::Nginx::write_file("$folder/catalog.jsonl", join '', map {
        JSON::PP::encode_json({ id => "tent-$_", title => "Tent $_", url => "/products/tent-$_", price => $price{"tent-$_"} // "${_}9.00", currency => 'EUR',
            stock => 5, aliases => ["SKU-$_"] }) . "\n"
    } 1 .. 5);
}
sub build { my @more = @_; return system(join ' ', 'build/dynstore build --catalog', "$folder/catalog.jsonl", '-o', "$folder/store.dyn", @more, '>/dev/null') == 0 }
write_catalog();
ok(build(), 'a snapshot of five items');

my $nginx;
sub start { my %with = @_; return Dynstore::Nginx->start(redis => "$url control=on", workers => 2, snapshot => "$folder/store.dyn", %with) }
$nginx = start();

sub control { return $redis->command('XADD', 'dyn:control', '*', @_) }
# many entries in one go
sub controls {
    my @entries = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $redis->socket) or die "no Redis: $!\n";
    while (my @some = splice @entries, 0, 500) {
        print {$socket} map { Dynstore::Redis::request('XADD', 'dyn:control', '*', @$_) } @some;
        $socket->flush;
        Dynstore::Redis::reply($socket, 'XADD') for @some;
    }
}
sub overlay { return $nginx->status->{overlay} }
# the worker that answers has all that was said so far
sub read_all {
    my ($last) = @{ $redis->command('XREVRANGE', 'dyn:control', '+', '-', 'COUNT', 1) };
    return $nginx->until(sub { overlay()->{position} eq $last->[0] }, 20);
}
sub say_all { control(@_); ok(read_all(), "nginx has read: @_") }
sub items { my $answer = shift; return join ' ', sort $answer->content =~ /"id":"(tent-\d)"/g }
sub home { return $nginx->get('/rec?surface=home', @_) }
my $all = 'tent-1 tent-2 tent-3 tent-4 tent-5';

subtest 'what is sold out is in no block, and is again when it is back' => sub {
    is(items(home(1)), $all, 'all items are shown');
    say_all(k => 'stock', item => 'tent-2', stock => 0);
    is(items(home(1)), 'tent-1 tent-3 tent-4 tent-5', 'not the one that is sold out');
    say_all(k => 'stock', item => 'SKU-3', stock => 0);
    is(items(home(1)), 'tent-1 tent-4 tent-5', 'nor one that is named by an alias');
    say_all(k => 'stock', item => 'unheard-of', also => 'SKU-4', stock => 0);
    is(items(home(1)), 'tent-1 tent-5', 'or by a second id');
    say_all(k => 'stock', item => $_, stock => 3) for qw(tent-2 tent-3 tent-4);
    is(items(home(1)), $all, 'all are back');
    say_all(k => 'availability', item => 'tent-1', available => 0);
    say_all(k => 'delete', item => 'tent-5');
    is(items(home(1)), 'tent-2 tent-3 tent-4', 'what is no longer sold, or gone, is not shown');
    say_all(k => 'availability', item => 'tent-1', available => 1);
    say_all(k => 'change', item => 'tent-5');
    is(items(home(1)), $all, 'until it is sold again, or changed');
    is(overlay()->{waiting}, 1, 'and the status counts what waits for a new snapshot');
};

subtest 'a new price is shown, and a sale' => sub {
    say_all(k => 'price', item => 'tent-1', price => '111.00', currency => 'EUR');
    like(home(2)->content, qr/"id":"tent-1",[^}]*"price":"111.00"/, 'the price is the new one');
    say_all(k => 'price', item => 'tent-1', price => '111.00', currency => 'EUR', sale_price => '99.00');
    like(home(2)->content, qr/"id":"tent-1",[^}]*"price":"99.00"[^}]*"was":"111.00"|"id":"tent-1",[^}]*"price":"99.00"/, 'and then the price of a sale');
    say_all(k => 'price', item => 'tent-1', price => '19.00', currency => 'EUR');
    like(home(2)->content, qr/"id":"tent-1",[^}]*"price":"19.00"/, 'and then the first again');
};

subtest 'an answer is given again until an item that it shows has changed' => sub {
    $nginx->post('/event', 3, JSON::PP::encode_json({ event => 'view_item', item_id => 'tent-5' }));
    my $again = sub { $nginx->counter('decisions_repeated') };
    my $before;
    $nginx->until(sub { home(3); $before = $again->(); home(3); $again->() > $before });
    cmp_ok($again->(), '>', $before, 'the same question gets the same answer');
    like(items(home(3)), qr/tent-2/, 'which shows an item');
    say_all(k => 'stock', item => 'tent-2', stock => 0);
    unlike(items(home(3)), qr/tent-2/, 'that is sold out: it is not shown again');
    say_all(k => 'stock', item => 'tent-2', stock => 5);
    say_all(k => 'price', item => 'tent-3', price => '333.00', currency => 'EUR');
    like(home(3)->content, qr/"price":"333.00"/, 'nor is an old price');
    say_all(k => 'price', item => 'tent-3', price => '39.00', currency => 'EUR');
    $nginx->until(sub { $before = $again->(); home(3); $again->() > $before });
    $before = $again->();
    say_all(k => 'stock', item => 'nobody-knows-this', stock => 0);
    home(3);
    cmp_ok($again->(), '>', $before, 'what is said of others changes nothing');
};

subtest 'an answer is not given again either where an item that it names, or what the cart costs, has changed' => sub {
    Dynstore::Nginx::write_file("$folder/rules.json", '{"schema":"dynstore.rules/1","messages":{"free_shipping":[{"currency":"EUR","threshold":500}]}}');
    my $other = start(snapshot => undef, http => "dynstore_rules $folder/rules.json;");
    my $again = sub {
        my ($path, $visitor) = @_;
        return $other->until(sub { $other->get($path, $visitor); my $before = $other->counter('decisions_repeated'); $other->get($path, $visitor); $other->counter('decisions_repeated') > $before });
    };
    my $say = sub {
        my $id = control(@_);
        ok($other->until(sub { $other->status->{overlay}{position} eq $id }, 20), "nginx has read: @_");
    };
    $other->post('/event', 6, '[{"event":"view_item","item_id":"tent-03"},{"event":"view_item","item_id":"stove-02"}]');
    ok($again->('/rec?surface=home', 6), 'an answer is given again');
    my $answer = $other->get('/rec?surface=home', 6)->content;
    like($answer, qr/"ref":"stove-02"/, 'which names an item');
    unlike($answer, qr/"id":"stove-02"/, 'that it does not show');
    my $before = $other->counter('decisions_repeated');
    $say->(k => 'price', item => 'stove-02', price => '111.00', currency => 'EUR');
    $other->get('/rec?surface=home', 6);
    is($other->counter('decisions_repeated'), $before, 'with another price of it the answer is not given again');

    my $cart = '/rec?surface=cart&slot=messages';
    $other->post('/event', 7, '{"event":"add_to_cart","item_id":"tent-03"}');
    ok($again->($cart, 7), 'nor is one given again');
    my ($gap) = $other->get($cart, 7)->content =~ /([\d.]+) EUR more and shipping is free/;
    ok($gap, 'that says what is missing for free shipping');
    $say->(k => 'price', item => 'tent-03', price => '400.00', currency => 'EUR');
    like($other->get($cart, 7)->content, qr/100(?:\.00)? EUR more and shipping is free/, 'with another price of what is in the cart');
};

subtest 'while Redis is away, what was said last holds for what is shown then' => sub {
    for my $n (4, 5) {
        $nginx->post('/event', $n, JSON::PP::encode_json({ event => 'view_item', item_id => 'tent-5' }));
    }
    $nginx->until(sub { Dynstore::Nginx::rung(home(4)) eq 'session' && items(home(4)) =~ /tent-4/ });
    say_all(k => 'stock', item => 'tent-4', stock => 0);
    $redis->signal('STOP');
    my $answer = $nginx->get('/rec/hasty?surface=home', 4);
    unlike(items($answer), qr/tent-4/, 'of the visitor it is not shown');
    my $other = $nginx->get('/rec/hasty?surface=home', 98);
    is(items($other), 'tent-1 tent-2 tent-3 tent-5', 'and of others all but this');
    is(join(' ', map { Dynstore::Nginx::rung($_) } $answer, $other), 'last_good popular', 'on the rungs below the session');
    $redis->signal('CONT');
    $nginx->until(sub { Dynstore::Nginx::rung(home(4)) eq 'session' }, 20);
    say_all(k => 'stock', item => 'tent-4', stock => 5);
};

subtest 'a reload and a restart know what was said before' => sub {
    say_all(k => 'stock', item => 'tent-1', stock => 0);
    $nginx->reload;
    for (1 .. 10) {
        my $answer = home();
        is(items($answer), 'tent-2 tent-3 tent-4 tent-5', 'after a reload it is not shown') or last;
    }
    $nginx->stop;
    $nginx = start();
    $nginx->until(sub { home()->content !~ /"overlay":"behind"/ });
    is(items(home()), 'tent-2 tent-3 tent-4 tent-5', 'nor after a restart');
    say_all(k => 'stock', item => 'tent-1', stock => 5);
};

subtest 'an answer says that stock and prices may be old' => sub {
    my $alone = start(redis => 'redis://127.0.0.1:1 control=on');
    like($alone->get('/rec?surface=home', 9)->content, qr/"overlay":"behind"/, 'where the stream cannot be read');
    is($alone->status->{overlay}{behind}, 1, 'so does the status');
    unlike(home(9)->content, qr/"overlay"/, 'and not where it can');
    is(overlay()->{behind}, 0, 'nor does the status');
    my $off = start(redis => $url);
    unlike($off->get('/rec?surface=home', 9)->content, qr/"overlay"/, 'or where nobody wants it read');
    is($off->status->{overlay}, undef, 'where the status has no overlay');
};

subtest 'the status says what was published' => sub {
    say_all(k => 'rules', version => '8c1f5d0e72a94b36', author => 'Ada', reason => 'autumn');
    say_all(k => 'snapshot', version => '3f1c0de5a2b4968714d0c8e2f7a95b31', control_position => '1700000000000-0');
    is_deeply(overlay()->{published}, { rules => '8c1f5d0e72a94b36', snapshot => '3f1c0de5a2b4968714d0c8e2f7a95b31' }, 'rules and snapshot');
};

subtest 'a newer snapshot contains what was said before it' => sub {
    say_all(k => 'price', item => 'tent-1', price => '111.00', currency => 'EUR');
    my $until = $redis->command('TIME')->[0] + 1;
    sleep 2;
    say_all(k => 'stock', item => 'tent-2', stock => 0);
    write_catalog('tent-1' => '55.00');
    my $before = $nginx->status->{snapshot}{build};
    ok(build('--catalog-time', $until), 'a snapshot of a later time');
    ok($nginx->until(sub { !grep { home($_)->content =~ /"snapshot":"$before"/ } 1 .. 10 }), 'is in use by all workers');
    like(home(2)->content, qr/"id":"tent-1",[^}]*"price":"55.00"/, 'it has the newer price');
    unlike(items(home(2)), qr/tent-2/, 'and what was said after it still holds');
    say_all(k => 'stock', item => 'tent-2', stock => 5);
};

subtest 'each of several snapshots, one after the other, is used with what was said before' => sub {
    say_all(k => 'stock', item => 'tent-2', stock => 0);
    for my $price (51 .. 56) {
        write_catalog('tent-5' => "$price.00");
        ok(build(), 'a snapshot with another price');
        ok($nginx->until(sub { home(2)->content =~ /"id":"tent-5",[^}]*"price":"$price.00"/ }), 'is in use');
        is(join(' ', grep { /tent-2/ } map { items(home($_)) } 1 .. 10), '', 'and nobody is shown what is sold out');
    }
    say_all(k => 'stock', item => 'tent-2', stock => 5);
};

subtest 'thousands of entries are read at once, and what no longer holds takes no room' => sub {
    $nginx->stop;
    controls(map { [k => 'stock', item => 'tent-' . ($_ % 5 + 1), stock => $_ % 7 + 1] } 1 .. 20000);
    controls([k => 'stock', item => 'tent-3', stock => 0]);
    $nginx = start(redis => "$url control=on overlay=512k");
    ok(read_all(), 'an nginx that begins reads 20,000 entries');
    is(items(home(2)), 'tent-1 tent-2 tent-4 tent-5', 'the last one holds');
    my $overlay = overlay();
    is($overlay->{full} + $overlay->{refused}, 0, 'the small overlay is not full');
    cmp_ok($overlay->{bytes}, '<', $overlay->{room}, 'because what was said before is gone');
    say_all(k => 'stock', item => 'tent-3', stock => 5);
};

subtest 'a full overlay says so, and tells what it knows' => sub {
    controls(map { [k => 'stock', item => "unheard-of-$_", stock => 0] } 1 .. 12000);
    control(k => 'stock', item => 'tent-1', stock => 0);
    ok($nginx->until(sub { my $overlay = overlay(); $overlay->{full} && $overlay->{refused} > 100 }, 30), 'the status says that it is full, and how many entries found no room');
    like($nginx->log, qr/the overlay is full: .* make overlay= of dynstore_redis larger/, 'the error log says what helps');
    like($nginx->get('/metrics')->content, qr/^nginx_dynstore_overlay_full 1$/m, 'and the metrics that it is so');
    is(items(home(2)) =~ /tent-2/ ? 1 : 0, 1, 'blocks are shown all the same');
    my $large = start();
    ok($large->until(sub { !$large->status->{overlay}{behind} }, 30), 'a larger one');
    unlike(items($large->get('/rec?surface=home', 2)), qr/tent-1/, 'has room for all of it');
    is($large->status->{overlay}{refused}, 0, 'and refuses nothing');
};

subtest 'the commands of docs/control.md are read' => sub {
    $nginx->stop;
    $redis->command('DEL', 'dyn:control');
    $nginx = start();
    my @commands = map { /^(dynstore control .*)$/mg } Dynstore::Nginx::slurp('docs/control.md') =~ /^```sh\n(.*?)^```$/msg;
    cmp_ok(scalar @commands, '>', 10, 'the page has commands');
    # side by side: each waits until nginx has read it
    my %running;
    for my $command (@commands) {
        (my $line = $command) =~ s{redis://127\.0\.0\.1:6379}{$url};
        $line =~ s{>control\.jsonl}{>$folder/control.jsonl};
        my $test = $$;
        my $pid = fork // die "cannot fork: $!\n";
        if ($pid == 0) {
            Dynstore::Guard::ends_with($test);
            open STDOUT, '>', '/dev/null';
            exec 'bash', '-c', "PATH=build:\$PATH; $line" or POSIX::_exit(1);
        }
        $running{$pid} = $command;
    }
    while (%running) {
        my $pid = waitpid -1, 0;
        last if $pid < 0;
        is($?, 0, delete $running{$pid}) if exists $running{$pid};
    }
};

subtest 'shops of one nginx do not share an overlay' => sub {
    $nginx->stop;
    $redis->command('DEL', 'dyn:control', 'dyn:lasting:{dyn:control}');
    my $other = Dynstore::Redis::free_port();
    $nginx = start(http => <<"END");
server {
    listen 127.0.0.1:$other;
    dynstore_redis $url prefix=other: control=on;
    dynstore_zone zone=other:1m;
    dynstore_snapshot $folder/store.dyn;
    location = /rec { dynstore_fragment; }
}
END
    say_all(k => 'stock', item => 'tent-1', stock => 0);
    $redis->command('XADD', 'other:control', '*', 'k', 'stock', 'item', 'tent-2', 'stock', 0);
    my $ask = sub {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $other, Timeout => 5) or return '';
        print {$socket} "GET /rec?surface=home HTTP/1.0\r\nHost: localhost\r\n\r\n";
        return items($nginx->answer($socket));
    };
    ok($nginx->until(sub { $ask->() eq 'tent-1 tent-3 tent-4 tent-5' }), 'what is said to one shop holds there');
    is(items(home()), 'tent-2 tent-3 tent-4 tent-5', 'and what is said to the other holds there');
};

subtest 'after a reload with another prefix nothing holds that the former stream said' => sub {
    is(items(home()), 'tent-2 tent-3 tent-4 tent-5', 'an item is sold out in the stream of one prefix');
    $redis->command('XADD', 'second:control', '1700000000000-0', 'k', 'stock', 'item', 'tent-3', 'stock', 0);
    $nginx->{redis} = "$url prefix=second: control=on";
    $nginx->configure;
    $nginx->reload;
    ok($nginx->until(sub { items(home()) eq 'tent-1 tent-2 tent-4 tent-5' }), 'with another prefix its own stream holds, from the beginning');
};

done_testing();
