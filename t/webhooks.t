# dynstore_webhook: signed as each platform signs, written to Redis once and whole, or refused so that the platform sends again.
use strict;
use warnings;

use Cwd ();
use POSIX ();
use Test::More;
use Digest::SHA ();
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64 decode_base64);
use Time::HiRes ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $url    = 'redis://127.0.0.1:' . $redis->port;
our $port   = Dynstore::Redis::free_port();
my $h2     = Dynstore::Redis::free_port();
chmod 0755, $folder;

sub secret { my ($name, $text) = @_; Dynstore::Nginx::write_file("$folder/$name", $text); chmod 0600, "$folder/$name"; return $text }
sub base64 { return encode_base64(shift, '') }
sub hmac { my ($text, $key) = @_; return base64(Digest::SHA::hmac_sha256($text, $key)) }
sub with_openssl {
    my ($text, @command) = @_;
    Dynstore::Nginx::write_file("$folder/text", $text);
    open my $out, '-|', 'openssl', @command or die "openssl: $!\n";
    binmode $out;
    local $/;
    return scalar(<$out>) // '';
}

my $hush  = secret('hush', 'a secret nobody tells');
my $newer = secret('newer', 'a newer secret nobody tells');
my $other = secret('other', 'the secret of the other shop');
my $bytes = 'twenty-four random bytes';
my $whsec = secret('whsec', 'whsec_' . base64($bytes));
for my $key (['rsa', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], ['rsa2', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], ['ed', 'ED25519']) {
    my ($name, $algorithm, @options) = @$key;
    system("openssl genpkey -algorithm $algorithm @options -out $folder/$name.pem 2>/dev/null") == 0 or BAIL_OUT('openssl makes no key');
    secret("$name.pub", with_openssl('', 'pkey', '-in', "$folder/$name.pem", '-pubout'));
}
secret('whpk', 'whpk_' . base64(substr with_openssl('', 'pkey', '-in', "$folder/ed.pem", '-pubout', '-outform', 'DER'), -32));

# what each platform sends for a body, signed with a secret (a private key), now or at another time
my $id = 0;
sub message { my ($sign, $word) = @_; return sub {
    my ($body, $secret, $now, $name) = @_;
    $now //= time;
    $name //= 'msg_' . ++$id;
    return ('Webhook-Id' => $name, 'Webhook-Timestamp' => $now, 'Webhook-Signature' => "$word," . $sign->("$name.$now.$body", $secret));
} }
my %sign = (
    shopify => sub { my ($body, $secret) = @_; return ('X-Shopify-Topic' => 'inventory_levels/update', 'X-Shopify-Hmac-SHA256' => hmac($body, $secret)) },
    woocommerce => sub { my ($body, $secret) = @_; return ('X-WC-Webhook-Topic' => 'product.updated', 'X-WC-Webhook-Signature' => hmac($body, $secret)) },
    bigcommerce => message(\&hmac, 'v1'),
    standard    => message(\&hmac, 'v1'),
    ed25519     => message(sub { my ($text, $secret) = @_; return base64(with_openssl($text, 'pkeyutl', '-sign', '-rawin', '-inkey', "$folder/$secret.pem", '-in', "$folder/text")) }, 'v1a'),
    adobe       => sub { my ($body, $secret) = @_;
        return ('X-Adobe-Commerce-Webhook-Signature' => base64(with_openssl(base64($body), 'dgst', '-sha256', '-sign', "$folder/$secret.pem", "$folder/text"))) },
);
# a stock of 4 of the item in it, as each platform tells it
my %stock = (
    shopify     => sub { qq({"inventory_item_id":$_[0],"location_id":655441491,"available":4,"updated_at":"2026-11-28T10:00:00Z"}) },
    woocommerce => sub { qq({"id":$_[0],"status":"publish","manage_stock":true,"stock_quantity":4,"date_modified_gmt":"2026-11-28T10:00:00"}) },
    bigcommerce => sub { qq({"scope":"store/product/inventory/updated","data":{"type":"product","id":$_[0],"inventory":{"product_id":$_[0],"method":"absolute","value":4}},"created_at":1764324000}) },
    standard    => sub { qq({"type":"stock","data":{"item":"$_[0]","stock":4}}) },
    ed25519     => sub { qq({"type":"stock","data":{"item":"$_[0]","stock":4}}) },
    adobe       => sub { qq({"event":{"type":"observer.cataloginventory_stock_item_save_commit_after","data":{"value":{"product_id":$_[0],"qty":4,"is_in_stock":1}}}}) },
);
my %keys = (shopify => [$hush, $newer], woocommerce => [$hush, $newer], bigcommerce => [$hush, $newer], standard => [$bytes, $newer], ed25519 => ['ed'], adobe => ['rsa', 'rsa2']);

my $nginx = Dynstore::Nginx->start(redis => "$url control=on", http => <<"END");
server {
    listen 127.0.0.1:$port;
    listen 127.0.0.1:$h2 http2;
    location = /shopify     { dynstore_webhook shopify secret_file=$folder/newer secret_file=$folder/hush currency=EUR; }
    location = /bigcommerce { dynstore_webhook bigcommerce secret_file=$folder/newer secret_file=$folder/hush; }
    location = /woocommerce { dynstore_webhook woocommerce secret_file=$folder/newer secret_file=$folder/hush; }
    location = /standard    { dynstore_webhook standard secret_file=$folder/newer secret_file=$folder/whsec; }
    location = /ed25519     { dynstore_webhook standard secret_file=$folder/whpk; }
    location = /adobe       { dynstore_webhook adobe secret_file=$folder/rsa2.pub secret_file=$folder/rsa.pub; }
    location = /kept        { dynstore_webhook shopify secret_file=$folder/hush; dynstore_keep order=hash; }
    location = /event       { dynstore_events; dynstore_consent cookie; dynstore_no_track off; }
}
server {
    listen 127.0.0.1:$port;
    server_name other.example.com;
    dynstore_redis $url prefix=other: control=on;
    location = /shopify { dynstore_webhook shopify secret_file=$folder/other; }
}
END

sub connection { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) || die "nginx takes no connection: $!\n" }
sub answer { my $socket = shift; local $/; return HTTP::Response->parse(scalar(<$socket>) // '') }
sub ask {
    my ($method, $path, $body, %headers) = @_;
    my $socket = connection();
    my $host = delete $headers{Host} // 'localhost';
    print {$socket} "$method $path HTTP/1.0\r\nHost: $host\r\n", defined $body ? 'Content-Length: ' . length($body) . "\r\n" : '',
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n", $body // '';
    $socket->flush;
    return answer($socket);
}
sub send_stock { my ($scheme, $body, @sign) = @_; return ask('POST', "/$scheme", $body, $sign{$scheme}->($body, @sign)) }
sub shopify { my ($topic, $data, %more) = @_; my $body = ref $data ? JSON::PP->new->canonical->encode($data) : $data;
    return ask('POST', delete $more{path} // '/shopify', $body, 'X-Shopify-Topic' => $topic, 'X-Shopify-Hmac-SHA256' => hmac($body, delete $more{secret} // $hush), %more) }
sub entries { my ($stream) = @_; return [map { my %fields = @{ $_->[1] }; \%fields } @{ $redis->command('XRANGE', $stream // 'dyn:control', '-', '+') }] }
sub all { return Dynstore::Redis::as_text([map { my $key = $_; ($key, $redis->command('TYPE', $key)) } sort @{ $redis->command('KEYS', '*') }]) }
sub counted { my ($scheme, $result, $shop) = @_; return $nginx->get('/metrics')->content =~ /^nginx_dynstore_webhooks_total\{(?:[^}]*,)?scheme="$scheme",result="$result"\} (\d+)$/m ? $1 : undef }
sub fresh { $redis->command('FLUSHALL') }

my $number = 4000;
for my $scheme (sort keys %sign) {
    subtest "$scheme: what is signed is taken once, and what is not is refused" => sub {
        fresh();
        my $name = $scheme eq 'ed25519' ? 'standard' : $scheme;
        my ($taken, $twice, $bad) = map { counted($name, $_) } qw(taken duplicate bad_signature);
        my ($old, $new) = @{ $keys{$scheme} };
        my $body = $stock{$scheme}->(++$number);
        my %headers = $sign{$scheme}->($body, $old);

        my $answer = ask('POST', "/$scheme", $body, %headers);
        is($answer->code, 200, 'a good signature is 200');
        is($answer->content, $scheme eq 'adobe' ? qq([{"op":"success"}]\n) : '', 'with the body that the platform expects');
        my @written = @{ entries() };
        ok(scalar(grep { $_->{k} eq 'stock' && $_->{stock} eq '4' && "$_->{item} " . ($_->{also} // '') =~ /\b$number\b/ } @written), 'the stock is in the control stream');

        is(ask('POST', "/$scheme", $body, %headers)->code, 200, 'the same again is 200');
        is_deeply(entries(), \@written, 'and nothing is written twice');

        my $at = all();
        is(ask('POST', "/$scheme", $body =~ s/4(?=[,}])/5/r, %headers)->code, 401, 'a body that was changed by a byte is 401');
        my ($signature) = grep { /signature|hmac/i } keys %headers;
        my $forged = $headers{$signature} =~ s/([A-Za-z0-9])(?==*$)/$1 eq 'A' ? 'B' : 'A'/er;
        $forged =~ s/(.{10})$/reverse $1/e if $forged eq $headers{$signature};
        is(ask('POST', "/$scheme", $stock{$scheme}->(++$number), %headers, $signature => $forged)->code, 401, 'a bad signature is 401');
        is(ask('POST', "/$scheme", $body)->code, 401, 'none is 401');
        is(all(), $at, 'and nothing is written');

        if (defined $new) {
            my $next = $stock{$scheme}->(++$number);
            is(send_stock($scheme, $next, $new)->code, 200, 'the other secret holds, too');
        }
        if ($scheme =~ /^(?:bigcommerce|standard|ed25519)$/) {
            my $late = $stock{$scheme}->(++$number);
            my $answered = send_stock($scheme, $late, $old, time - 301);
            is($answered->code, 401, 'one of five minutes ago is 401');
            like($answered->content, qr/"error":"signature: its time is more than 300 seconds from now/, 'which is said');
            is(send_stock($scheme, $late, $old, time + 302)->code, 401, 'and so is one of the future');
            is(counted($name, 'old') >= 2, 1, 'both are counted');
        }
        is_deeply([map { counted($name, $_) } qw(taken duplicate)], [$taken + 1 + defined($new), $twice + 1], 'all is counted');
        cmp_ok(counted($name, 'bad_signature'), '>=', $bad + 1, 'refused ones, too');
        is(ask('GET', "/$scheme", undef)->code, 405, 'GET is 405');
        is(ask('GET', "/$scheme", undef)->header('Allow'), 'POST', 'with what is allowed');
    };
}

subtest 'entries have the fields of the data model' => sub {
    fresh();
    is(shopify('products/update', { id => 632910392, handle => 'tent-03', updated_at => '2026-11-28T10:00:00Z', published_at => '2026-01-01T00:00:00Z', status => 'active',
        variants => [{ id => 808950810, sku => 'T3-S', price => '199.00', compare_at_price => '249.00', inventory_management => 'shopify', inventory_policy => 'deny', inventory_quantity => 7 }] })->code, 200, 'a product is taken');
    my $at = '1795860000000';
    is_deeply(entries(), [
        { k => 'change', item => 632910392, also => 'tent-03', at => $at },
        { k => 'availability', item => 632910392, also => 'tent-03', available => 1, at => $at },
        { k => 'stock', item => 808950810, also => 'T3-S', stock => 7, at => $at },
        { k => 'price', item => 808950810, also => 'T3-S', price => '249.00', sale_price => '199.00', currency => 'EUR', at => $at },
    ], 'as change, availability, stock and price');
    fresh();
    is(shopify('inventory_levels/update', { inventory_item_id => 77, location_id => 5, available => 0, updated_at => '2026-11-28T10:00:00Z' })->code, 200, 'a level is taken');
    is(shopify('products/delete', { id => 9 })->code, 200, 'a deletion is taken');
    is_deeply(entries(), [{ k => 'stock', item => 'inventory:77', location => 5, stock => 0, at => $at }, { k => 'delete', item => 9 }], 'as stock of a location and delete');
    fresh();
    my $before = counted('shopify', 'ignored');
    is(shopify('themes/publish', { id => 1 })->code, 200, 'a topic that nothing depends on is 200');
    is(all(), '', 'and nothing is written');
    is(counted('shopify', 'ignored'), $before + 1, 'it is counted');
    my $answer = shopify('products/update', '{"id":');
    is($answer->code, 400, 'what is signed and no JSON is 400');
    like($answer->content, qr/^\{"error":"the body is not JSON: line 1/, 'with a sentence');
    is(all(), '', 'and nothing is written');
    is(counted('shopify', 'malformed'), 1, 'it is counted');
    my @variants = map { { id => 1000000 + $_, sku => "sku-of-variant-number-$_", price => '19.00', inventory_management => 'shopify', inventory_quantity => $_ } } 1 .. 2048;
    is(shopify('products/update', { id => 5, published_at => '2026-01-01T00:00:00Z', updated_at => '2026-11-28T10:00:00Z', variants => \@variants })->code, 200, 'a product of 2,048 variants is taken');
    is($redis->command('XLEN', 'dyn:control'), 2 + 2 * 2048, 'with all of their stocks and prices');
};

sub order { my ($order, %more) = @_; return { id => $order, currency => 'EUR', created_at => '2026-11-28T10:00:00Z',
    line_items => [{ product_id => 1, sku => 'tent-03', quantity => 2, price => '90.00' }, { product_id => 2, sku => 'pack-01', quantity => 1, price => '30.00' }], %more } }
sub hash_of { my ($text, $label) = @_; return substr Digest::SHA::hmac_sha256_hex((defined $label ? "\0$label\0" : '') . $text, pack 'H*', '00112233445566778899aabbccddeeff' x 2), 0, 32 }
sub told { my ($n, $consent, $event) = @_; return ask('POST', '/event', $event, Cookie => 'dyn_vid=' . Dynstore::Nginx::visitor($n) . "; dyn_consent=$consent", 'Content-Type' => 'application/json')->code }
my $visitor = hash_of(sprintf '%032x', 11);

subtest 'an order is of the visitor whose page told the cart, else of the customer' => sub {
    fresh();
    is(told(11, 'full', '{"event":"begin_checkout","cart_token":"c1-a"}'), 204, 'a page tells the cart');
    ok($nginx->until(sub { $redis->command('KEYS', 'dyn:t:*') && @{ $redis->command('KEYS', 'dyn:t:*') } == 1 }), 'which Redis has');
    $redis->command('DEL', 'dyn:events');
    is(shopify('orders/create', order(1001, cart_token => 'c1-a', customer => { id => 55 }))->code, 200, 'an order of that cart is taken');
    is_deeply(entries('dyn:events'), [
        { v => $visitor, e => 'pu 1795860000000 tent-03 q=2 p=9000 c=EUR o=1001', auth => 'webhook' },
        { v => $visitor, e => 'pu 1795860000000 pack-01 p=3000 c=EUR o=1001', auth => 'webhook' }], 'as purchases of the visitor');
    is($redis->command('XLEN', 'dyn:control'), 0, 'and no entry of the control stream');
    is(shopify('orders/paid', order(1001, cart_token => 'c1-a', customer => { id => 55 }, financial_status => 'paid'))->code, 200, 'the same order is told in another webhook');
    is($redis->command('XLEN', 'dyn:events'), 2, 'and counts once');
    is(shopify('orders/create', order(1002, cart_token => 'c1-b', customer => { id => 55 }))->code, 200, 'an order of another cart is taken');
    is(entries('dyn:events')->[2]{v}, hash_of('55'), 'for the customer');
    is(shopify('orders/create', order(1003))->code, 200, 'an order of nobody is taken');
    is(entries('dyn:events')->[4]{v}, hash_of('order:1003', 'dynstore order'), 'as the only one of its visitor');
    is(shopify('refunds/create', { id => 8, order_id => 1001, created_at => '2026-11-28T10:00:00Z', refund_line_items => [{ quantity => 1, line_item => { sku => 'tent-03', price => '90.00' }, subtotal_set => { shop_money => { amount => '90.00', currency_code => 'EUR' } } }] })->code, 200, 'a refund is taken');
    is(entries('dyn:events')->[6]{e}, 'rf 1795860000000 tent-03 p=9000 c=EUR o=1001', 'as a refund');
    is(shopify('orders/create', order(1004), path => '/kept')->code, 200, 'an order is taken where its id is not kept as it came');
    is(entries('dyn:events')->[7]{e}, 'pu 1795860000000 tent-03 q=2 p=9000 c=EUR o=' . hash_of('1004', 'dynstore keep order'), 'with the hash of it');
    my $everything = $redis->command('KEYS', '*');
    unlike("@$everything " . Dynstore::Redis::as_text($redis->command('XRANGE', 'dyn:events', '-', '+')), qr/c1-|\b55\b/, 'no token and no customer is there as it came');
};

subtest 'without consent no cart is kept' => sub {
    fresh();
    for my $level ('functional', 'none') {
        is(told(11, $level, '{"event":"begin_checkout","cart_token":"c1-z"}'), 204, "a page tells the cart of who consents to $level");
    }
    is(shopify('orders/create', order(1101, cart_token => 'c1-z', customer => { id => 56 }))->code, 200, 'its order is taken');
    is_deeply([entries('dyn:events')->[0]{v}, $redis->command('KEYS', 'dyn:t:*')], [hash_of('56'), []], 'for the customer');
};

subtest 'who is to be forgotten is forgotten, and the shop is told' => sub {
    fresh();
    $redis->command('XADD', 'dyn:events', '*', 'v', $_ % 3 ? hash_of('other') : $visitor, 'e', "vi $_ tent-03") for 1 .. 2500;
    $redis->command('XADD', 'dyn:decisions', '*', 'v', $visitor, 's', '{}');
    told(11, 'full', '[{"event":"add_to_cart","item_id":"tent-03"},{"event":"begin_checkout","cart_token":"c1-f"}]');
    ok($nginx->until(sub { @{ $redis->command('KEYS', 'dyn:t:*') } == 1 }), 'a visitor has a cart');
    shopify('orders/create', order(1201, cart_token => 'c1-f', customer => { id => 57 }));
    shopify('orders/create', order(1202, customer => { id => 57 }));
    shopify('orders/create', order(1203, customer => { id => 58 }));
    is_deeply($redis->command('SMEMBERS', 'dyn:c:{' . hash_of('57') . '}'), [$visitor], 'Redis knows whom the customer\'s orders were joined to');
    is(shopify('customers/data_request', { customer => { id => 57 } })->code, 200, 'a request for data is taken');
    is_deeply(entries(), [{ k => 'privacy', request => 'data', customer => hash_of('57') }], 'and told in the control stream');
    is(shopify('customers/redact', { customer => { id => 57 } })->code, 200, 'a redaction is taken');
    is_deeply([grep { $_->{v} ne hash_of('other') } @{ entries('dyn:events') }], [map { { v => hash_of('58'), e => $_, auth => 'webhook' } }
        'pu 1795860000000 tent-03 q=2 p=9000 c=EUR o=1203', 'pu 1795860000000 pack-01 p=3000 c=EUR o=1203'], 'events of the customer and the visitor are gone, those of others are not');
    is(scalar(grep { $_->{v} eq hash_of('other') } @{ entries('dyn:events') }), 1667, 'none of them');
    is($redis->command('XLEN', 'dyn:decisions'), 0, 'and so are decision records');
    is_deeply([sort @{ $redis->command('KEYS', "dyn:[rshc]:*") }], [], 'session, facts, history, and whom the orders were joined to');
    my @told = @{ entries() };
    is_deeply($told[-1], { k => 'privacy', request => 'redact', customer => hash_of('57') }, 'the control stream tells of it');
    is_deeply([sort map { $_->{v} } grep { $_->{k} eq 'erase' } @told], [sort $visitor, hash_of('57')], 'and each nginx is told to forget them');
    is(shopify('shop/redact', { shop_id => 1 })->code, 200, 'the end of a shop is taken');
    is(shopify('app/uninstalled', { id => 1 })->code, 200, 'and that it no longer uses this');
    is_deeply([@{ entries() }[-2, -1]], [{ k => 'privacy', request => 'shop_redact' }, { k => 'privacy', request => 'uninstalled' }], 'both are told');
};

subtest 'what a platform sends to try an address is answered' => sub {
    fresh();
    is(ask('POST', '/woocommerce', 'webhook_id=7', 'Content-Type' => 'application/x-www-form-urlencoded')->code, 200, 'WooCommerce\'s unsigned ping is 200');
    is(ask('POST', '/shopify', 'webhook_id=7', 'Content-Type' => 'application/x-www-form-urlencoded')->code, 401, 'which no other platform may send');
    my $answer = ask('GET', '/adobe?challenge=8ec8d794-2f1b');
    is_deeply([$answer->code, $answer->content, $answer->header('Content-Type')], [200, '8ec8d794-2f1b', 'text/plain'], 'Adobe I/O gets its word back');
    is(ask('GET', '/adobe?challenge=%3Cscript%3E')->code, 405, 'but nothing that is no word');
    is(all(), '', 'nothing is written');
};

subtest 'bodies come in any way, up to two megabytes' => sub {
    fresh();
    my $body = $stock{shopify}->(++$number);
    my $large = $body . ' ' x (2 * 1024 * 1024 - length $body);
    is(send_stock('shopify', $large, $hush)->code, 200, 'two megabytes are 200');
    is(ask('POST', '/shopify', "$large ", $sign{shopify}->("$large ", $hush))->code, 413, 'a byte more is 413');
    is(ask('POST', '/shopify', ' ' x (3 * 1024 * 1024), 'X-Shopify-Topic' => 'products/update')->code, 413, 'three megabytes are 413');
    my $chunked = $stock{shopify}->(++$number);
    my %headers = $sign{shopify}->($chunked, $hush);
    my $socket = connection();
    print {$socket} "POST /shopify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n",
        (map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a7)*', $chunked), "0\r\n\r\n";
    $socket->flush;
    is(answer($socket)->code, 200, 'chunks are 200');
    is($redis->command('XLEN', 'dyn:control'), 2, 'and both bodies are taken');
    my $over = $stock{shopify}->(++$number);
    %headers = $sign{shopify}->($over, $hush);
    Dynstore::Nginx::write_file("$folder/body", $over);
    my @curl = ('curl', '-s', '-o', "$folder/answer", '-w', '%{http_code} %{http_version}', '--http2-prior-knowledge', '--data-binary', "\@$folder/body",
        (map { ('-H', "$_: $headers{$_}") } sort keys %headers), "http://127.0.0.1:$h2/shopify");
    open my $out, '-|', @curl or BAIL_OUT("curl: $!");
    is(scalar <$out>, '200 2', 'HTTP/2 is 200');
    is($redis->command('XLEN', 'dyn:control'), 3, 'and taken');
};

subtest 'a client that leaves is no harm' => sub {
    fresh();
    my $body = $stock{shopify}->(++$number);
    my %headers = $sign{shopify}->($body, $hush);
    my $head = "POST /shopify HTTP/1.0\r\nHost: localhost\r\nContent-Length: " . length($body) . "\r\n" . join('', map { "$_: $headers{$_}\r\n" } sort keys %headers) . "\r\n";
    my $socket = connection();
    print {$socket} $head, substr $body, 0, 20;
    close $socket;
    is(send_stock('standard', $stock{standard}->('alive'), $bytes)->code, 200, 'one that leaves in the middle of its body leaves nginx alive');
    is($redis->command('XLEN', 'dyn:control'), 1, 'and nothing of it is written');
    $redis->signal('STOP');
    $socket = connection();
    print {$socket} $head, $body;
    $socket->flush;
    Time::HiRes::sleep(0.1);
    close $socket;
    Time::HiRes::sleep(0.1);
    $redis->signal('CONT');
    ok($nginx->until(sub { ask('POST', '/shopify', $body, %headers)->code == 200 }), 'one that leaves before the answer sends again, and it is 200');
    is($redis->command('XLEN', 'dyn:control'), 2, 'and it is written once');
};

subtest 'while Redis cannot take it a webhook is 503, and the next try is taken once' => sub {
    fresh();
    my $body = $stock{shopify}->(++$number);
    my $before = counted('shopify', 'unavailable');
    $redis->stop;
    my $answer = send_stock('shopify', $body, $hush);
    is($answer->code, 503, 'without a Redis it is 503');
    is($answer->content, qq({"error":"webhook: it cannot be written now; send it again"}\n), 'with a sentence');
    is(send_stock('shopify', $body, $hush)->code, 503, 'and again');
    $redis->restart;
    ok($nginx->until(sub { send_stock('shopify', $body, $hush)->code == 200 }), 'when Redis is back it is 200');
    is($redis->command('XLEN', 'dyn:control'), 1, 'and written once');
    is(send_stock('shopify', $body, $hush)->code, 200, 'one try more is 200');
    is($redis->command('XLEN', 'dyn:control'), 1, 'and written no more');

    my $late = $stock{shopify}->(++$number);
    $redis->signal('STOP');
    is(send_stock('shopify', $late, $hush)->code, 503, 'from a Redis that does not answer it is 503');
    $redis->signal('CONT');
    ok($nginx->until(sub { send_stock('shopify', $late, $hush)->code == 200 }), 'when it answers it is 200');
    is($redis->command('XLEN', 'dyn:control'), 2, 'and written once, whatever became of the first try');

    for my $fault (['that is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
        ['that is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']]) {
        my ($of, $make, $mend) = @$fault;
        fresh();
        my $next = $stock{shopify}->(++$number);
        $redis->command(@$make);
        is(send_stock('shopify', $next, $hush)->code, 503, "from a Redis $of it is 503");
        $redis->command(@$mend);
        is(all(), '', 'and nothing was written');
        ok($nginx->until(sub { send_stock('shopify', $next, $hush)->code == 200 }), 'after that it is 200');
        is($redis->command('XLEN', 'dyn:control'), 1, 'and written once');
    }
    fresh();
    my $wrong = $stock{shopify}->(++$number);
    $redis->command('SET', 'dyn:control', 'x');
    is(send_stock('shopify', $wrong, $hush)->code, 503, 'where the control stream is something else it is 503');
    is($redis->command('DBSIZE'), 1, 'and nothing is marked as taken');
    cmp_ok(counted('shopify', 'unavailable'), '>=', $before + 6, 'all of these are counted');
};

subtest 'a user of Redis with the rights of docs/redis.md is enough' => sub {
    fresh();
    my ($usual) = Dynstore::Nginx::slurp('docs/redis.md') =~ /^ACL SETUSER dynstore on >PASSWORD (.*)$/m;
    my ($more)  = Dynstore::Nginx::slurp('docs/webhooks.md') =~ /`(\+eval [^`]*)`/;
    $redis->command('ACL', 'SETUSER', 'hooks', 'reset', 'on', '>secret', split ' ', "$usual $more");
    my $least = Dynstore::Nginx->start(redis => $url =~ s{//}{//hooks:secret@}r, http => "server { listen 127.0.0.1:" . (my $at = Dynstore::Redis::free_port())
        . "; location = /shopify { dynstore_webhook shopify secret_file=$folder/hush; } location = /event { dynstore_events; } }");
    local $port = $at;
    is(told(11, 'full', '{"event":"begin_checkout","cart_token":"c1-l"}'), 204, 'a cart is told');
    ok($least->until(sub { @{ $redis->command('KEYS', 'dyn:t:*') } == 1 }), 'and kept');
    is(shopify('orders/create', order(1301, cart_token => 'c1-l', customer => { id => 59 }))->code, 200, 'an order is taken');
    is(shopify('customers/redact', { customer => { id => 59 } })->code, 200, 'and a redaction');
    is($redis->command('XLEN', 'dyn:events'), 0, 'which deletes the order');
    $least->stop;
};

subtest 'each shop has its own secret and its own place' => sub {
    fresh();
    my $body = $stock{shopify}->(++$number);
    is(ask('POST', '/shopify', $body, $sign{shopify}->($body, $hush), Host => 'other.example.com')->code, 401, 'the secret of one shop does not hold for the other');
    is(ask('POST', '/shopify', $body, $sign{shopify}->($body, $other))->code, 401, 'nor the other way round');
    is(ask('POST', '/shopify', $body, $sign{shopify}->($body, $other), Host => 'other.example.com')->code, 200, 'each takes its own');
    is_deeply([map { $redis->command('XLEN', $_) } 'other:control', 'dyn:control'], [1, 0], 'into its own stream');
    is(ask('POST', '/shopify', $body, $sign{shopify}->($body, $hush))->code, 200, 'and a body that one had is new to the other');
};

subtest 'the nginx.conf of docs/webhooks.md takes webhooks, and what the page sends' => sub {
    fresh();
    my $page = Dynstore::Nginx::slurp('docs/webhooks.md');
    my ($conf) = $page =~ /^```nginx\n(.*?)^```$/ms;
    is($conf, Dynstore::Nginx::slurp('conf.examples/webhooks.conf'), 'it is the one of conf.examples');
    my $at = Dynstore::Redis::free_port();
    my $place = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $module = $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
    mkdir "$place/$_" for qw(logs temp);
    for my $name ('shopify', 'bigcommerce', 'woocommerce', 'standard', 'standard-old') {
        Dynstore::Nginx::write_file("$place/$name.secret", $name =~ /standard/ ? "$whsec\n" : "$hush\n");
        chmod 0600, "$place/$name.secret";
    }
    $conf =~ s{modules/ngx_http_dynstore_module\.so}{$module};
    $conf =~ s{/var/lib/dynstore/store\.dyn}{$nginx->{snapshot}};
    $conf =~ s{(?:/etc/nginx|/var/log/nginx|/var/lib/dynstore)/}{$place/}g;
    $conf =~ s{listen 443 ssl}{listen 127.0.0.1:$at};
    $conf =~ s{^ +ssl_.*\n}{}gm;
    $conf =~ s{redis://127\.0\.0\.1:6379}{$url};
    $conf =~ s/^events \{\}/events { worker_connections 256; }/m;
    $conf =~ s/^http \{/"http {\naccess_log off;\n" . join '', map { "${_}_temp_path $place\/temp\/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi)/me;
    my $user = $> == 0 ? 'user root;' : '';
    Dynstore::Nginx::write_file("$place/nginx.conf", "daemon off;\nmaster_process off;\n$user\npid $place/nginx.pid;\n$conf");
    my $test = $$;
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
        Dynstore::Guard::ends_with($test);
        open STDERR, '>', "$place/logs/stderr.log";
        exec $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx', '-e', "$place/error.log", '-p', "$place/", '-c', "$place/nginx.conf" or POSIX::_exit(127);
    }
    local $port = $at;
    ok($nginx->until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $at) }), 'nginx starts') or diag(Dynstore::Nginx::slurp("$place/logs/stderr.log"), Dynstore::Nginx::slurp("$place/error.log"));
    is(shopify('inventory_levels/update', { inventory_item_id => 7, available => 0 }, path => '/_dynstore/webhook/shopify')->code, 200, 'Shopify\'s are taken');
    my $body = $stock{bigcommerce}->(++$number);
    is(ask('POST', '/_dynstore/webhook/bigcommerce', $body, $sign{bigcommerce}->($body, $hush))->code, 200, 'and BigCommerce\'s');
    is(ask('POST', '/_dynstore/webhook/woocommerce', 'webhook_id=7')->code, 200, 'and WooCommerce\'s');
    my ($script) = $page =~ /^```sh\n(.*?)^```$/ms;
    $script =~ s{/etc/nginx/}{$place/}g;
    $script =~ s{https://shop\.example\.com}{http://127.0.0.1:$at};
    is(qx{$script}, "200\n", 'and those of the page\'s script');
    my ($examples) = $page =~ /^```json\n(.*?)^```$/ms;
    my $bodies = 0;
    for my $example (split /\n(?=\{)/, $examples) {
        chomp $example;
        is(ask('POST', '/_dynstore/webhook/standard', $example, $sign{standard}->($example, $bytes))->code, 200, 'and the page\'s body ' . ++$bodies);
    }
    is($bodies, 13, 'of which there are thirteen');
    is_deeply([map { $redis->command('XLEN', $_) } 'dyn:control', 'dyn:events'], [15, 2], 'all of it is in Redis');
    kill QUIT => $pid;
    waitpid $pid, 0;
    is($?, 0, 'nginx ends well');
};

is($nginx->stop, 0, 'nginx ends well');
my $log = $nginx->log;
unlike($log, qr/\Q$_\E/, 'no secret is in the log') for $hush, $newer, $other, $bytes, $whsec =~ s/^whsec_//r;
unlike($log, qr/\[(?:alert|emerg|crit)\]/, 'and nothing is wrong with nginx');

done_testing;
