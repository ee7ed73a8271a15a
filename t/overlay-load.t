# Two nginx under load: what is sold out, or blocked, is shown no more two seconds later, whatever ends or begins anew meanwhile.
# begins first: it waits for more than 20 seconds
use strict;
use warnings;

use Test::More;
use Digest::SHA ();
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};
plan skip_all => 'a checker is too slow for what has to be done in two seconds' if Dynstore::Nginx::slow() > 1;

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
# an entry that was answered is on disk
my $redis = Dynstore::Redis->start($folder, '--appendonly', 'yes', '--appendfsync', 'always');
my $url   = 'redis://127.0.0.1:' . $redis->port;
chmod 0755, $folder;
# so few items that every block has them all
Dynstore::Nginx::write_file("$folder/catalog.jsonl", join '', map {
    JSON::PP::encode_json({ id => "tent-$_", title => "Tent $_", url => "/products/tent-$_", price => "${_}9.00", currency => 'EUR', stock => 5, aliases => ["inventory:100$_"] }) . "\n"
} 1 .. 5);
BAIL_OUT('dynstore build failed') if system "build/dynstore build --catalog $folder/catalog.jsonl -o $folder/store.dyn >/dev/null";
Dynstore::Nginx::write_file("$folder/shopify.secret", "hush\n");
chmod 0600, "$folder/shopify.secret";
Dynstore::Nginx::write_file("$folder/page.html", "<html><body><h1>Home</h1></body></html>\n");

sub start {
    my $port = shift;
    return Dynstore::Nginx->start(redis => "$url control=on", workers => 2, timeout => 100, snapshot => "$folder/store.dyn", http => <<"END");
server {
    listen 127.0.0.1:$port;
    location = /page.html { dynstore home; alias $folder/page.html; types { } default_type text/html; }
    location = /rec { dynstore_fragment; }
    location = /webhook { dynstore_webhook shopify secret_file=$folder/shopify.secret; }
}
END
}

my @ports = map { Dynstore::Redis::free_port() } 1, 2;
my @nginx = map { start($_) } @ports;

# visitors 1 to 4 have looked at something, 5 to 8 have not; each second one asks for whole pages. 0 brings no cookie.
my @visitors = 0 .. 8;
for my $visitor (1 .. 4) {
    $nginx[0]->post('/event', $visitor, JSON::PP::encode_json({ event => 'view_item', item_id => 'tent-5' }));
}

sub fetch {
    my ($port, $visitor) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 2) or return '';
    my $path = $visitor % 2 ? '/page.html' : '/rec?surface=home';
    my $cookie = $visitor ? 'Cookie: dyn_vid=' . Dynstore::Nginx::visitor($visitor) . "\r\n" : '';
    print {$socket} "GET $path HTTP/1.0\r\nHost: localhost\r\nAccept: text/html\r\n$cookie\r\n";
    local $/;
    return scalar(<$socket>) // '';
}

sub shows { my ($answer, $item) = @_; return $answer =~ m{/products/\Q$item\E\b} ? 1 : 0 }

# Clients that note of each answer: when it was asked for, of which nginx, for whom, whether it shows the item, and whether it says that it is behind.
my @clients;
sub load {
    my $item = shift;
    for my $number (0 .. 3) {
        my $test = $$;
        my $pid = fork // die "cannot fork: $!\n";
        if ($pid == 0) {
            Dynstore::Guard::ends_with($test);
            $SIG{TERM} = sub { $ENV{ENOUGH} = 1 };
            open my $notes, '>', "$folder/notes.$number" or POSIX::_exit(1);
            for (my $turn = $number; !$ENV{ENOUGH}; $turn++) {
                my $visitor = $visitors[$turn % @visitors];
                my $began = time;
                my $answer = fetch($ports[$number % 2], $visitor);
                next if $answer !~ m{^HTTP/1.1 200 };
                my $shows  = shows($answer, $item);
                my $behind = $answer =~ /"overlay":"behind"/ ? 1 : 0;
                print {$notes} JSON::PP::encode_json([$began, $number % 2, $visitor, $shows, $behind, $answer =~ /"rung":"(\w+)"/ ? $1 : '']), "\n";
                sleep 0.004;
            }
            close $notes;
            POSIX::_exit(0);
        }
        push @clients, $pid;
    }
}

sub enough {
    kill TERM => @clients;
    waitpid $_, 0 for @clients;
    @clients = ();
    return map { my $file = "$folder/notes.$_"; map { JSON::PP::decode_json($_) } split /\n/, Dynstore::Nginx::slurp($file) } 0 .. 3;
}

# Shopify tells the first nginx how many there are of an item; the answer's status
sub webhook {
    my ($item, $available) = @_;
    my $body = JSON::PP::encode_json({ inventory_item_id => $item =~ s/tent-/100/r, location_id => 7, available => $available });
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ports[0], Timeout => 5) or return 0;
    print {$socket} "POST /webhook HTTP/1.0\r\nHost: localhost\r\nContent-Length: ", length $body, "\r\nX-Shopify-Topic: inventory_levels/update\r\n",
        'X-Shopify-Hmac-SHA256: ', MIME::Base64::encode_base64(Digest::SHA::hmac_sha256($body, 'hush'), ''), "\r\n\r\n$body";
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '')->code;
}
sub control { return $redis->command('XADD', 'dyn:control', '*', @_) }
sub shows_everywhere {
    my $item = shift;
    for my $port (@ports) {
        for my $visitor (@visitors) {
            return 0 if !shows(fetch($port, $visitor), $item);
        }
    }
    return 1;
}

# `tell`: writes what takes the item away; returns a reference to when it was, if that was not at once. `meanwhile`: what happens at that moment; it is over within a second.
sub gone {
    my ($name, $item, $tell, $meanwhile, $back) = @_;
    subtest $name => sub {
        ok($nginx[0]->until(sub { shows_everywhere($item) }), "both show $item to everybody") or return;
        load($item);
        sleep 1;
        my $told = time;
        $meanwhile->() if $meanwhile;
        $told = time;
        my $at = $tell->($item);
        $told = $$at if ref $at;
        sleep 4;
        my @notes = enough();
        my @before = grep { $_->[0] < $told } @notes;
        my @after  = grep { $_->[0] >= $told + 2 } @notes;
        for my $number (0, 1) {
            ok((grep { $_->[1] == $number && $_->[3] } @before), "nginx $number showed it before");
            cmp_ok(scalar(grep { $_->[1] == $number } @after), '>', 50, "nginx $number goes on answering");
            my @wrong = grep { $_->[1] == $number && $_->[3] && !$_->[4] } @after;
            is(scalar @wrong, 0, "nginx $number shows it no more 2 s later") or diag(map { JSON::PP::encode_json($_) . ' told at ' . $told . "\n" } @wrong[0 .. ($#wrong < 5 ? $#wrong : 5)]);
        }
        $back->($item);
        ok($nginx[0]->until(sub { shows_everywhere($item) }), 'and shows it again when it is back');
    };
}

my $item = 'tent-1';
my $out    = sub { control(k => 'stock', item => $_[0], stock => 0) };
my $in     = sub { control(k => 'stock', item => $_[0], stock => 9) };

gone('an item that is sold out goes from both', $item, $out, undef, $in);
gone('also while Redis begins anew', $item, sub { $out->(@_); $redis->stop; sleep 0.3; $redis->restart }, undef, $in);
gone('also when the worker that reads is killed', $item, $out, sub { kill KILL => map { ($_->workers_of)[0] } @nginx }, $in);
gone('also when the other worker is killed', $item, $out, sub { kill KILL => map { ($_->workers_of)[-1] } @nginx }, $in);
gone('also when an nginx begins anew', $item, $out, sub { $nginx[0]->stop; $nginx[0] = start($ports[0]) }, $in);

# what a merchandiser blocks, by the command
my $block = sub { system "build/dynstore control block $_[0] --until +1h --author Ada --reason recall --redis $url >/dev/null 2>&1 &"; return };
my $restore = sub { control(k => 'restore', item => $_[0], author => 'Ada', reason => 'mended') };
gone('an item that is blocked goes from both', 'tent-4', $block, undef, $restore);
gone('also while Redis begins anew after it', 'tent-4', sub { control(k => 'override', override => 'block', item => $_[0], until => int((time + 3600) * 1000), author => 'Ada', reason => 'recall');
    $redis->stop; sleep 0.3; $redis->restart; return }, undef, $restore);
gone('also when the worker that reads is killed', 'tent-4', $block, sub { kill KILL => map { ($_->workers_of)[0] } @nginx }, $restore);
gone('also when an nginx begins anew', 'tent-4', $block, sub { $nginx[0]->stop; $nginx[0] = start($ports[0]) }, $restore);

# of a location: what is said of everywhere, as above, would stand before it
my $sold_out = sub { is(webhook($_[0], 0), 200, 'the webhook is taken'); return \(my $now = time) };
my $restocked = sub { is(webhook($_[0], 9), 200, 'the next one, too') };

gone('an item that a webhook to one nginx says is sold out goes from both', 'tent-2', $sold_out, undef, $restocked);
gone('also if Redis was away when it came, and the platform sent it again', 'tent-3', sub {
    my $item = shift;
    $redis->stop;
    is(webhook($item, 0), 503, 'without a Redis the webhook is not taken');
    $redis->restart;
    ok($nginx[0]->until(sub { webhook($item, 0) == 200 }), 'when Redis is back it is');
    return \(my $now = time);
}, undef, $restocked);

subtest 'an nginx that begins anew never shows it' => sub {
    $out->($item);
    ok($nginx[1]->until(sub { !shows(fetch($ports[1], 0), $item) }), 'it is sold out');
    for (1 .. 5) {
        $nginx[0]->stop;
        $nginx[0] = start($ports[0]);
        my @wrong = grep { shows($_, $item) && !/"overlay":"behind"/ } map { fetch($ports[0], 0) } 1 .. 20;
        is(scalar @wrong, 0, 'no answer shows it without saying that it is behind');
    }
};

done_testing();
