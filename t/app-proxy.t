# dynstore_app_proxy: what Shopify's app proxy passes on is answered, and nothing else; the page keeps the visitor's name.
use strict;
use warnings;

use Test::More;
use Digest::SHA ();
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $port   = Dynstore::Redis::free_port();
chmod 0755, $folder;

sub secret { my ($name, $text, $mode) = @_; Dynstore::Nginx::write_file("$folder/$name", $text); chmod $mode // 0600, "$folder/$name"; return $text }
secret('hush', "hush\n");
secret('newer', "newer hush\n");
secret('empty', "\n");
secret('open', "hush\n", 0644);
secret('old.key', '22' x 32 . "\n");
secret('new.key', '33' x 32 . "\n");

my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => <<"END");
dynstore_impressions off;
server {
    listen 127.0.0.1:$port;
    dynstore_app_proxy secret_file=$folder/newer secret_file=$folder/hush;
    location = /rec   { dynstore_fragment; }
    location = /event { dynstore_events; }
    location = /patient { dynstore_fragment; dynstore_app_proxy secret_file=$folder/hush max_age=1h; }
    location = /consent { dynstore_fragment; dynstore_consent \$arg_consent; }
    location = /old { dynstore_fragment; dynstore_visitor key=$folder/old.key; }
    location = /new { dynstore_fragment; dynstore_visitor key=$folder/new.key old=$folder/old.key; }
    location = /rewritten { rewrite ^ /inner?surface=home break; dynstore_fragment; }
    location = /other { return 200 "the shop's own\\n"; }
    location = /open  { dynstore_app_proxy off; dynstore_fragment; }
    location = /webhook { dynstore_app_proxy off; dynstore_webhook shopify secret_file=$folder/hush; }
}
END

# the query as Shopify sends it on, signed as its page says, at another time than now or with another secret
sub signed {
    my ($query, %with) = @_;
    my @query = (@$query, shop => 'a.myshopify.com', logged_in_customer_id => $with{customer} // '', path_prefix => '/apps/dynstore',
        timestamp => time + ($with{after} // 0));
    my (%values, @names, @sent);
    while (my ($name, $value) = splice @query, 0, 2) {
        push @names, $name unless $values{$name};
        push @{ $values{$name} }, $value;
        push @sent, join '=', map { s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger } $name, $value;
    }
    my $text = join '', sort map { "$_=" . join ',', @{ $values{$_} } } @names;
    return join '&', @sent, 'signature=' . Digest::SHA::hmac_sha256_hex($text, $with{secret} // 'hush');
}

sub ask {
    my ($path, $body, %headers) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die "nginx takes no connection: $!\n";
    $headers{'Content-Type'} //= 'text/plain' if defined $body;
    print {$socket} defined $body ? 'POST' : 'GET', " $path HTTP/1.0\r\nHost: proxy.example\r\n", defined $body ? 'Content-Length: ' . length($body) . "\r\n" : '',
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n", $body // '';
    $socket->flush;
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}
sub proxy { my ($path, $query, $body, %with) = @_; return ask("$path?" . signed($query, %with), $body, %{ $with{headers} // {} }) }
sub json { return JSON::PP->new->decode(shift->content) }
sub refused { my $reason = shift; return $nginx->get('/metrics')->content =~ /^nginx_dynstore_app_proxy_refused_total\{reason="$reason"\} (\d+)$/m ? $1 : undef }
my @home = (surface => 'home', slot => 'recs');
my $view = '{"event":"view_item","item_id":"tent-03"}';

subtest 'a shopper whose cookies are taken away is told a name, and is known by it from then on' => sub {
    my $answer = proxy('/rec', \@home);
    is($answer->code, 200, 'the first answer is given');
    my $visitor = json($answer)->{visitor};
    like($visitor, qr/^[0-9a-f]{32}\.[0-9a-f]{16}$/, 'it has a signed name for the shopper');
    is($answer->header('X-Dynstore-Visitor'), $visitor, 'its header has it, too');
    is($answer->header('Set-Cookie'), undef, 'it sets no cookie');

    is(proxy('/event', [visitor => $visitor, confirm => 1], $view)->code, 204, 'an event with the name is taken');
    $answer = proxy('/rec', [@home, visitor => $visitor]);
    is(json($answer)->{rung}, 'session', 'the next answer knows of it');
    is(json($answer)->{visitor}, undef, 'and does not tell the name again');
    is($answer->header('X-Dynstore-Visitor'), undef, 'nor does its header');
    is($answer->header('Cache-Control'), 'private, max-age=5', 'no shared cache may keep it');
    is_deeply($redis->command('KEYS', 'dyn:r:*'), ['dyn:r:{' . Dynstore::Nginx::hash_of($visitor) . '}'], 'one session is in Redis');

    my $html = proxy('/rec', [@home, format => 'html']);
    like($html->content, qr/ data-dynstore-visitor="[0-9a-f.]{49}"/, 'as HTML the block tells the name');
};

subtest 'an event of an unknown shopper is answered with the name' => sub {
    my $answer = proxy('/event', [confirm => 1], $view);
    is($answer->code, 200, 'it is taken');
    my $told = json($answer);
    is_deeply([@$told{qw(accepted refused)}], [1, []], 'the answer says so');
    my $visitor = $told->{visitor};
    ok($redis->command('EXISTS', 'dyn:r:{' . Dynstore::Nginx::hash_of($visitor // '') . '}'), 'the event is under the name in it');
    $told = json(proxy('/event', [refresh => 'home'], $view));
    like($told->{visitor}, qr/^[0-9a-f]{32}\.[0-9a-f]{16}$/, 'with refresh the decision has the name');
    $told = json(proxy('/event', [], "[$view,{\"event\":\"add_to_cart\"}]"));
    is($told->{accepted}, 1, 'the good one of two events is taken');
    is($told->{refused}[0]{index}, 1, 'the bad one is said');
    like($told->{visitor}, qr/^[0-9a-f]{32}/, 'and so is the name');
};

subtest 'a name that was forged, and a cookie, say nothing' => sub {
    my $mine = Dynstore::Nginx::visitor(7);
    is(json(proxy('/rec', [@home, visitor => $mine]))->{visitor}, undef, 'a signed name counts');
    like(json(proxy('/rec', [@home, visitor => $mine =~ s/.$/x/r]))->{visitor}, qr/^[0-9a-f]{32}/, 'with a changed signature the shopper is new');
    isnt(json(proxy('/rec', \@home, undef, headers => { Cookie => "dyn_vid=$mine" }))->{visitor}, undef, 'by a cookie nobody is known');
};

subtest 'what Shopify did not sign is refused, counted, and changes nothing' => sub {
    $redis->command('FLUSHALL');
    my %before = map { $_ => refused($_) } qw(unsigned bad_signature old);
    my $answer = ask('/rec?surface=home');
    is($answer->code, 403, 'without a signature');
    is_deeply(json($answer), { error => 'signature: missing: ask by the address of the shop, which Shopify\'s app proxy passes on' }, 'the answer says what would be right');
    is(ask('/event', $view, 'Content-Type' => 'text/plain')->code, 403, 'an event without a signature');
    is(proxy('/event', [], $view, secret => 'another')->code, 403, 'with another secret');
    is(ask('/rec?' . signed(\@home) =~ s/surface=home/surface=cart/r)->code, 403, 'with an argument that was changed');
    is(proxy('/event', [], $view, after => -301)->code, 403, 'of five minutes ago');
    is(proxy('/event', [], $view, after => 301)->code, 403, 'of in five minutes');
    is_deeply({ map { $_ => refused($_) - $before{$_} } keys %before }, { unsigned => 2, bad_signature => 2, old => 2 }, 'each is counted by its reason');
    is_deeply($redis->command('KEYS', '*'), [], 'Redis has nothing of them');
    is(ask('/other')->code, 403, 'also where the location is none of ours');
    is(proxy('/other', [])->content, "the shop's own\n", 'which is answered when it is signed');
    is(ask('/open?surface=home')->code, 200, 'off opens a location');
    is(proxy('/patient', \@home, undef, after => -1800)->code, 200, 'max_age lets older ones pass');
    is(proxy('/rec', \@home, undef, secret => 'newer hush')->code, 200, 'each of two secrets is good');
    is(proxy('/rewritten', [surface => 'cart'])->code, 200, 'what was signed counts, though nginx rewrote the arguments since');
};

subtest 'the shop\'s own origin is not another site here' => sub {
    is(proxy('/event', [visitor => Dynstore::Nginx::visitor(8)], $view, headers => { Origin => 'https://a.myshopify.com' })->code, 204, 'an event of its page is taken');
};

subtest 'consent comes as an argument' => sub {
    is(json(proxy('/consent', [@home, consent => 'none']))->{visitor}, undef, 'who refuses gets no name');
    is(proxy('/consent', \@home)->header('X-Dynstore-Ignored'), 'consent', 'nor does who was not asked');
    like(json(proxy('/consent', [@home, consent => 'full']))->{visitor}, qr/^[0-9a-f]{32}/, 'who agrees does');
};

subtest 'the customer who is logged in is linked to the visitor, until the customer is to be forgotten' => sub {
    $redis->command('FLUSHALL');
    my $visitor = Dynstore::Nginx::visitor(9);
    my ($hash, $customer) = (Dynstore::Nginx::hash_of($visitor), 'dyn:c:{' . Dynstore::Nginx::hash_of('55') . '}');
    is(proxy('/event', [visitor => $visitor], $view)->code, 204, 'an event of nobody who is logged in');
    is_deeply($redis->command('KEYS', 'dyn:c:*'), [], 'links nobody');
    is(proxy('/event', [visitor => $visitor, confirm => 1], $view, customer => 55)->code, 204, 'an event of customer 55');
    $nginx->until(sub { $redis->command('EXISTS', $customer) });
    is_deeply($redis->command('SMEMBERS', $customer), [$hash], 'links the visitor to the customer, by hashes of both');
    cmp_ok($redis->command('TTL', $customer), '>', 89 * 86400, 'for 90 days');
    unlike(Dynstore::Redis::as_text($redis->command('XRANGE', 'dyn:events', '-', '+')), qr/\b55\b/, 'the platform\'s own number is not stored');
    is(ask('/rec?' . signed([@home, visitor => $visitor], customer => 55) =~ s/customer_id=55/customer_id=56/r)->code, 403, 'nobody can say that he is another');

    my $body = '{"customer":{"id":55}}';
    my $sign = MIME::Base64::encode_base64(Digest::SHA::hmac_sha256($body, 'hush'), '');
    is(ask('/webhook', $body, 'X-Shopify-Topic' => 'customers/redact', 'X-Shopify-Hmac-SHA256' => $sign, 'Content-Type' => 'application/json')->code, 200, 'the platform wants the customer forgotten');
    is_deeply($redis->command('KEYS', 'dyn:[rshc]:*'), [], 'session, facts, history and the link are gone');
    is($redis->command('XLEN', 'dyn:events'), 0, 'and so are the events');
};

subtest 'a name that the old key signed is told again, signed with the new one' => sub {
    my $visitor = json(proxy('/old', \@home))->{visitor};
    my $told = json(proxy('/new', [@home, visitor => $visitor]))->{visitor};
    like($told, qr/^[0-9a-f]{32}\.[0-9a-f]{16}$/, 'the answer has a name');
    is(substr($told, 0, 32), substr($visitor, 0, 32), 'of the same visitor');
    isnt($told, $visitor, 'with another signature');
    is(json(proxy('/new', [@home, visitor => $told]))->{visitor}, undef, 'which counts from then on');
};

subtest 'the server of docs/shopify.md is taken as it stands' => sub {
    my ($server) = Dynstore::Nginx::slurp('docs/shopify.md') =~ /^```nginx\n(server \{.*?^\}\n)```/ms;
    my $listen = Dynstore::Redis::free_port();
    $server =~ s/listen 80;/listen 127.0.0.1:$listen;/;
    $server =~ s{/etc/nginx/shopify\.secret}{$folder/hush}g;
    my $other = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port . ' control=on', http => $server);
    my $ask = sub {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listen, Timeout => 5) or die "nginx takes no connection: $!\n";
        print {$socket} "GET $_[0] HTTP/1.0\r\nHost: edge.example.com\r\n\r\n";
        local $/;
        return HTTP::Response->parse(scalar(<$socket>) // '');
    };
    is($ask->('/proxy/rec?' . signed([surface => 'home', consent => 'full']))->code, 200, 'a signed request is answered');
    is($ask->('/proxy/rec?surface=home')->code, 403, 'another one is not');
    is($ask->('/webhook')->code, 405, 'a webhook needs no signature of the app proxy');
};

subtest 'a bad configuration is said in a sentence, without the secret' => sub {
    my $configured = Dynstore::Nginx::slurp("$nginx->{folder}/nginx.conf");
    for my $case (
        ['dynstore_app_proxy hush;', qr/dynstore_app_proxy: the parameter 1 is unknown: write secret_file=FILE/],
        ['dynstore_app_proxy max_age=1m;', qr/dynstore_app_proxy: secret_file= is missing/],
        ["dynstore_app_proxy secret_file=$folder/hush max_age=2d;", qr/invalid time in "max_age=2d": write 1s to 1d, e\.g\. max_age=5m/],
        ["dynstore_app_proxy secret_file=$folder/none;", qr/dynstore_app_proxy: the secret: .*none/],
        ["dynstore_app_proxy secret_file=$folder/open;", qr/dynstore_app_proxy: the secret: .*open/],
        ["dynstore_app_proxy secret_file=$folder/empty;", qr/empty" is empty: write the app's client secret there/],
        ['dynstore_app_proxy secret_file=;', qr/dynstore_app_proxy: secret_file= needs a file/],
        ["dynstore_app_proxy secret_file=$folder/hush; dynstore_app_proxy off;", qr/"dynstore_app_proxy" directive is duplicate/],
        ['dynstore_app_proxy' . " secret_file=$folder/hush" x 5 . ';', qr/is one secret too many: at most 4 may hold at once/],
    ) {
        my ($words, $sentence) = @$case;
        Dynstore::Nginx::write_file("$folder/nginx.conf", $configured =~ s/location = \/status/location = \/bad { $words dynstore_fragment; }\n$&/r);
        my $said = qx{@{[$ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx']} -t -p $nginx->{folder}/ -c $folder/nginx.conf -e stderr 2>&1 </dev/null};
        like($said, $sentence, $words);
        unlike($said, qr/\bhush\b(?!;| |"|\/)/, 'the secret is not in it');
    }
};

done_testing;
