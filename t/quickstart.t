# docs/quickstart.md, followed word for word in a fresh folder with each kind of export of a shop of 500 products: it ends with personalized
# pages of that shop. Only what cannot be is replaced: root, the folders of the system, ports, the shop's address; and nginx waits for Redis
# as long as a busy machine needs.
# begins first: it waits for more than 20 seconds
use strict;
use warnings;

use Test::More;
use Cwd ();
use Dynstore::Exports;
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::INET;

plan skip_all => 'the commands bring their own nginx'
    if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP} || $ENV{TEST_NGINX_USE_VALGRIND} || ($ENV{TEST_NGINX_BINARY} // '') =~ /asan/;

my $top    = Cwd::getcwd();
my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $root   = "$folder/root";
my $owner  = $$;
my ($work, $port, $redis_port) = ($folder);
# nginx and Redis become daemons, in this folder
my $guard = Dynstore::Guard->of($folder);
mkdir $root or die "$root: $!";
chmod 0755, $folder;

my $page_of_docs = Dynstore::Nginx::slurp('docs/quickstart.md');
my @commands     = $page_of_docs =~ /^```sh\n(.*?)^```$/gms;
is(scalar @commands, 9, 'the page has nine commands');
my ($promised) = $page_of_docs =~ /^```output\n(.*?)^```$/ms;

# the shop: a plain page for every path
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16, ReuseAddr => 1) or die $!;
my $shop     = '127.0.0.1:' . $listener->sockport;
my $plain    = "<!doctype html><html><head><title>My shop</title></head><body><h1>Welcome</h1></body></html>\n";
my $pid      = fork // die $!;
if ($pid == 0) {
    Dynstore::Guard::ends_with($owner);
    while (my $client = $listener->accept) {
        sysread $client, my $request, 65536;
        print {$client} "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: " . length($plain) . "\r\n\r\n$plain";
        close $client;
    }
    exit;
}
close $listener;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
command(0);
is($? >> 8, 0, 'it installs');

my @products = Dynstore::Exports::products();
my ($pack)   = grep { $_->{handle} eq 'trail-pack-1' } @products;
my $first_sku = sub { my $product = shift; return $product->{sku} . (@{ $product->{sizes} } > 1 ? '-S' : '') };
my $now = time - 86400;
for my $one (
    ['Shopify, the headers of before', Dynstore::Exports::shopify(1), $first_sku],
    ['Shopify, the headers of now', Dynstore::Exports::shopify(0), $first_sku],
    ['a Merchant Center feed as text', Dynstore::Exports::merchant_text(), sub { $_[0]{number} }],
    ['a Merchant Center feed as XML', Dynstore::Exports::merchant_xml(), sub { $_[0]{number} }],
    ['WooCommerce', Dynstore::Exports::woocommerce(), sub { $_[0]{sku} }, 1],
    ['BigCommerce', Dynstore::Exports::bigcommerce(), sub { $_[0]{sku} }, 1],
    ['Adobe Commerce', Dynstore::Exports::adobe(), sub { Dynstore::Exports::adobe_sku($_[0]) }, 1],
) {
    my ($name, $export, $id_of, $script_tells) = @$one;
    subtest $name => sub { follow($export, $id_of, $script_tells) };
}

sub follow {
    my ($export, $id_of, $script_tells) = @_;
    ($work, $port, $redis_port) = (File::Temp::tempdir('work-XXXXXX', DIR => $folder), Dynstore::Redis::free_port(), Dynstore::Redis::free_port());
    chmod 0755, $work;    # workers that root starts are nobody
    Dynstore::Nginx::write_file("$work/products_export.csv", $export);
    Dynstore::Nginx::write_file("$work/ga4.jsonl", Dynstore::Exports::analytics($id_of, $now));

    my $output = command(1);
    is($? >> 8, 0, 'what becomes of the file is said') or diag($output);
    like($output, qr/490/, 'the drafts among 500 products are left out') or diag($output);
    $output = command(2);
    is($? >> 8, 0, 'a snapshot is built') or diag($output);
    like($output, qr/490 in the catalogue/, 'of all others');
    # the page names the file of past events in a sentence
    $output = command(2, 'store.dyn', 'store.dyn --events ga4.jsonl');
    is($? >> 8, 0, 'also with a day of Google Analytics') or diag($output);
    like($output, qr/9[5-9]\.\d % of 2000 events found their item/, 'whose events are of these products');

    command(3);
    is($? >> 8, 0, 'Redis starts');
    command(4);
    is($? >> 8, 0, 'nginx starts') or diag(Dynstore::Nginx::slurp("$work/error.log"));

    if ($script_tells) {
        # the path of a product's page does not name it as the export does, so the page's script tells the SKU
        qx{curl -s -c $work/cookies -b $work/cookies -A "Mozilla/5.0 Firefox/128.0" http://127.0.0.1:$port/};
        qx{curl -s -c $work/cookies -b $work/cookies -A "Mozilla/5.0 Firefox/128.0" -H 'Content-Type: application/json' -d '{"event":"view_item","item_id":"$pack->{sku}"}' http://127.0.0.1:$port/_dynstore/event};
    }
    $output = command(5);
    is($output, $promised, 'the home page follows what was looked at')
        or diag(Dynstore::Nginx::slurp("$work/error.log"), Dynstore::Nginx::slurp("$work/access.log"), Dynstore::Nginx::slurp("$work/cookies"),
        qx{redis-cli -p $redis_port xrange dyn:events - +; redis-cli -p $redis_port --scan; curl -s http://127.0.0.1:$port/_dynstore/status});
    like(Dynstore::Nginx::slurp("$work/home.html"), qr{<section class="dynstore dynstore-recs".*</section><script defer src="/_dynstore/assets/dynstore\.[0-9a-f]{16}\.js"></script></body>}s, 'with a block at its end');
    my $product = Dynstore::Nginx::slurp("$work/product.html");
    like($product, qr{<section class="dynstore dynstore-recs"}, 'a product page has one') unless $script_tells;
    unlike($product, qr{data-dynstore-item="(?:trail-pack-1|$pack->{number})"}, 'without the product itself');

    my $seen = $script_tells ? $pack->{sku} : 'trail-pack-1';
    my $other = $script_tells ? 'SKU-10' : 'trail-pack-2';
    $output = command(6, 'trail-pack-2', $other);
    is($? >> 8, 0, 'something is taken out') or diag($output);
    my $until = time + 10;
    my $status;
    do { $status = qx{curl -s http://127.0.0.1:$port/_dynstore/status}; select undef, undef, undef, 0.1 } until $status =~ /"items":1,"waiting":0,"unknown":0/ || time > $until;
    like($status, qr/"overlay":\{[^}]*\}[^}]*"items":1,"waiting":0,"unknown":0/, 'nginx knows of which product that is said');

    # with the past events as before
    $output = command(7, '--events events.jsonl', '--events events.jsonl --events ga4.jsonl');
    is($? >> 8, 0, 'a snapshot is built of what shoppers did') or diag($output);
    like(Dynstore::Nginx::slurp("$work/events.jsonl"), qr/"e":"vi \d+ $seen/, 'the file of events has the product that was looked at');
    command(8);
    is($? >> 8, 0, 'all of it stops');
    $until = time + 10;
    select undef, undef, undef, 0.05 while -e "$work/nginx.pid" && time < $until;
    ok(!-e "$work/nginx.pid", 'nginx is gone');
}

done_testing;

# what a command of the page says, with these words of it replaced
sub command {
    my ($number, %replaced) = @_;
    my $text = $commands[$number];
    $text =~ s{\bsudo make install\b}{make install DESTDIR=$root}g;
    $text =~ s{\bmake\b}{make -s -C $top}g;
    $text =~ s{/usr/share/}{$root/usr/share/}g;
    $text =~ s{https://shop\.example\.com}{http://$shop};
    $text =~ s{127\.0\.0\.1:8090}{127.0.0.1:$port}g if $port;
    $text =~ s{\b6379\b}{$redis_port}g              if $redis_port;
    $text =~ s{\Q$_\E}{$replaced{$_}}g for keys %replaced;
    # nginx.conf is changed before nginx reads it
    if ($port) {
        Dynstore::Nginx::write_file("$folder/adapt", join '', map { "$_\n" } "s|/usr/lib/nginx|$root/usr/lib/nginx|", "s|/usr/share/|$root/usr/share/|", "s|127.0.0.1:8090;|127.0.0.1:$port;|", "s|127.0.0.1:6379|127.0.0.1:$redis_port|",
            's|^http {|&\n    dynstore_timeout 5s;|');
        $text =~ s{(>nginx\.conf\n)}{$1sed -i -f $folder/adapt nginx.conf\n};
    }
    local $ENV{PATH} = "$root/usr/bin:$ENV{PATH}";
    Dynstore::Nginx::write_file("$folder/command", "cd $work\n$text");
    return qx{bash -euo pipefail $folder/command 2>&1 </dev/null};
}

END {
    if ($$ == ($owner // 0)) {
        local $?;
        kill TERM => $pid if $pid;
        waitpid $pid, 0 if $pid;
        # a test that failed leaves nginx and Redis behind
        for my $file (glob "$folder/work-*/nginx.pid") {
            if (open my $text, '<', $file) { kill TERM => <$text> =~ /(\d+)/ }
        }
        qx{redis-cli -p $redis_port shutdown nosave 2>&1} if $redis_port;
    }
}
