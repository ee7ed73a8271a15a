# dynstore_assets serves the scripts and the stylesheet that the module was built with, to everybody alike; dynstore_script names the
# script in pages that have a block.
use strict;
use warnings;

use Test::More;
use Cwd ();
use Compress::Zlib ();
use Digest::SHA ();
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $port   = Dynstore::Redis::free_port();
my $pages  = '<html><head></head><body><p>1</p><!--dynstore:recs--><p>2</p><!--dynstore:bought_with--><p>3</p></body></html>';
my $nginx  = Dynstore::Nginx->start(redis => 'unix:' . $redis->socket, http => <<"HTTP");
    types { text/html html; }
    server {
        listen 127.0.0.1:$port;
        dynstore         pdp;
        dynstore_item    tent-01;
        dynstore_private on;
        dynstore_format  html;
        root             $folder;

        location /_dynstore/assets/    { dynstore_assets; }
        location = /only/dynstore.css  { dynstore_assets; }
        location = /zipped/dynstore.js { dynstore_assets; gzip on; gzip_types *; gzip_vary on; }
        location = /names              { dynstore off; return 200 "\$dynstore_script \$dynstore_json_script \$dynstore_stylesheet"; }

        location /with/   { alias $folder/; dynstore_script on; }
        location /json/   { alias $folder/; dynstore_script on; dynstore_format json; }
        location /told/   { alias $folder/; dynstore_script https://cdn.example/a&b/ data-consent=required nonce=\$arg_nonce; }
        location /plain/  { alias $folder/; }
        location /none/   { alias $folder/; dynstore_script on; dynstore_bypass 1; }
        location /nested/ {
            dynstore_script on;
            location /nested/on/  { alias $folder/; }
            location /nested/off/ { alias $folder/; dynstore_script off; }
        }
    }
HTTP
Dynstore::Nginx::write_file("$folder/page.html", $pages);
Dynstore::Nginx::write_file("$folder/late.html", '<html><body><p>1</p></body></html>');
Dynstore::Nginx::write_file("$folder/second.html", '<html><body><p>1</p><!--dynstore:bought_with--></html>');

sub ask {
    my ($method, $path, %headers) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die "nginx does not answer: $!";
    my $body = delete $headers{body} // '';
    $headers{'Content-Length'} = length $body if length $body;
    print {$socket} "$method $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n$body";
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}

# every header that is not nginx's own
sub headers { my $answer = shift; return { map { $_ => $answer->header($_) } grep { !/^(?:Server|Date|Connection|Content-Length)$/ } $answer->header_field_names } }

my $counted = $nginx->counter('requests');
my %name;

for (['dynstore', 'js', 'text/javascript'], ['dynstore-json', 'js', 'text/javascript'], ['dynstore', 'css', 'text/css']) {
    my ($stem, $extension, $type) = @$_;
    my $bytes  = Dynstore::Nginx::slurp("web/sdk/dist/$stem.$extension");
    my $hash   = substr Digest::SHA::sha256_hex($bytes), 0, 16;
    my $folder = '/_dynstore/assets';
    $name{"$stem.$extension"} = "$stem.$hash.$extension";
    my %always = ('Content-Type' => $type, 'Vary' => 'Accept-Encoding', 'X-Content-Type-Options' => 'nosniff',
        'Access-Control-Allow-Origin' => '*', 'Cross-Origin-Resource-Policy' => 'cross-origin');

    for (["$stem.$extension", 'public, max-age=300'], ["$stem.$hash.$extension", 'public, max-age=31536000, immutable'],
        ["$stem.0123456789abcdef.$extension", 'public, max-age=300']) {
        my ($asked, $cached) = @$_;
        my $path   = "$folder/$asked";
        my $answer = ask('GET', $path);
        is($answer->code, 200, "$asked is served");
        is($answer->content, $bytes, 'its bytes are those of web/sdk/dist');
        is_deeply(headers($answer), {%always, 'Cache-Control' => $cached, 'ETag' => qq("$hash")}, 'its headers are for everybody and every cache');

        my $zipped = ask('GET', $path, 'Accept-Encoding' => 'br, gzip');
        is(Compress::Zlib::memGunzip(my $copy = $zipped->content), $bytes, 'who takes gzip gets the same, compressed');
        cmp_ok($zipped->header('Content-Length'), '<', length($bytes) / 2, 'in less than half of the bytes');
        is_deeply(headers($zipped), {%always, 'Cache-Control' => $cached, 'ETag' => qq("$hash-gzip"), 'Content-Encoding' => 'gzip'}, 'with a tag of its own');

        my $head = ask('HEAD', $path);
        is_deeply([$head->code, $head->content, $head->header('Content-Length')], [200, '', length $bytes], 'HEAD says how long it is');

        for (['', qq("$hash")], ['gzip', qq("$hash-gzip")]) {
            my ($accepted, $tag) = @$_;
            my $same = ask('GET', $path, 'Accept-Encoding' => $accepted, 'If-None-Match' => $tag);
            is_deeply([$same->code, $same->content, $same->header('ETag'), $same->header('Cache-Control')], [304, '', $tag, $cached],
                "who has $tag gets nothing new");
        }
        is(ask('GET', $path, 'If-None-Match' => '"ffffffffffffffff"')->code, 200, 'who has another version gets this one');
    }
}

is(ask('GET', '/only/dynstore.css')->content, Dynstore::Nginx::slurp('web/sdk/dist/dynstore.css'), 'a location can be of one file');
is(ask('GET', '/_dynstore/assets/dynstore.js?v=1')->code, 200, 'arguments change nothing');
my $gzipped = ask('GET', '/zipped/dynstore.js', 'Accept-Encoding' => 'gzip');
is(Compress::Zlib::memGunzip(my $copy = $gzipped->content), Dynstore::Nginx::slurp('web/sdk/dist/dynstore.js'), 'nginx compresses no second time');

for my $name ('', 'dynstore', 'dynstore.', 'dynstore.j', 'dynstore.ts', 'Dynstore.js', 'xdynstore.js', 'dynstore.js.map', 'dynstore..js', 'dynstore.1.js',
    'dynstore.0123456789ABCDEF.js', 'dynstore.0123456789abcde.js', 'dynstore.0123456789abcdef0.js', 'dynstorex0123456789abcdef.js', 'dynstore.css.js', 'dynstore-json.css', 'dynstore-json', 'dynstore-json.0123456789abcdef.css', '%00') {
    my $answer = ask('GET', "/_dynstore/assets/$name");
    next if $name eq '%00' && is($answer->code, 400, 'a byte of zero is refused');
    is_deeply([$answer->code, $answer->content, $answer->header('Cache-Control')],
        [404, qq({"error":"asset: must be dynstore.js, dynstore-json.js or dynstore.css"}\n), 'no-store'], "there is no \"$name\"");
}

for my $method (qw(POST PUT DELETE OPTIONS)) {
    my $answer = ask($method, '/_dynstore/assets/dynstore.js', body => 'x' x 100);
    is_deeply([$answer->code, $answer->header('Allow'), $answer->content], [405, 'GET, HEAD', qq({"error":"method: use GET, HEAD"}\n)], "$method is refused");
}

is($nginx->counter('requests'), $counted, 'no page was counted');
is(ask('GET', '/names')->content, "$name{'dynstore.js'} $name{'dynstore-json.js'} $name{'dynstore.css'}", 'the variables are the names with the hash');

# where the tag stands
my ($tag, $of_json) = map { qq{<script defer src="/_dynstore/assets/$name{$_}"></script>} } qw(dynstore.js dynstore-json.js);
my $section = qr{<section class="dynstore dynstore-\w+".*?</section>};
my $page = ask('GET', '/with/page.html')->content;
like($page, qr{<p>1</p><!--dynstore:recs-->$section\Q$tag\E<p>2</p><!--dynstore:bought_with-->$section<p>3</p></body></html>\r?\n?}s, 'the tag stands behind the first block');
is(() = $page =~ /<script/g, 1, 'once');
like(ask('GET', '/with/late.html')->content, qr{<p>1</p>$section\Q$tag\E$section</body></html>}s, 'as before the end of the body');
like(ask('GET', '/with/second.html')->content, qr{<p>1</p><!--dynstore:bought_with-->$section\Q$tag\E</html>}s, 'and where one block alone has a place');
like(ask('GET', '/json/page.html')->content, qr{<!--dynstore:recs--><script type="application/json" id="dynstore-recs">[^<]*</script>\Q$tag$of_json\E<p>2</p>}, 'behind JSON as well, with the script that shows it');
unlike(ask('GET', '/plain/page.html')->content, qr/<script/, 'a page is given no tag where none was asked for');
is(ask('GET', '/none/page.html')->content, $pages, 'and a page without blocks stays as it is');
like(ask('GET', '/nested/on/page.html')->content, qr/\Q$tag\E/, 'a location inherits it');
unlike(ask('GET', '/nested/off/page.html')->content, qr/<script/, 'or turns it off');
like(ask('GET', '/told/page.html?nonce=a%22b')->content,
    qr{<script defer src="https://cdn\.example/a&amp;b/\Q$name{"dynstore.js"}\E" data-consent="required" nonce="a%22b"></script>}, 'attributes are those of the directive');
like(ask('GET', '/told/page.html?nonce="><script>')->content, qr{ nonce="&quot;&gt;&lt;script&gt;"></script>}, 'their values are escaped');
like(ask('GET', '/told/page.html')->content, qr{ data-consent="required"></script>}, 'one without a value is left out');

SKIP: {
    chomp(my $esbuild = qx{command -v esbuild 2>/dev/null} // '');
    skip 'there is no esbuild', 1 unless $esbuild;
    is(qx{tools/embed-assets --check 2>&1}, '', 'the module has the bundles of the sources');
}

$nginx->stop;
unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'nginx complains of nothing');

# without any shop
my $module = join '', map { "load_module $_;\n" } split ' ', $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
Dynstore::Nginx::write_file("$folder/nginx.conf", "${module}events {}\nhttp { access_log off; server { listen 127.0.0.1:$port; location / { dynstore_assets; } } }\n");
my $binary = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';
like(qx{$binary -t -p $folder/ -c $folder/nginx.conf -e $folder/error.log -g 'pid $folder/nginx.pid;' 2>&1}, qr/test is successful/, 'files need neither snapshot nor Redis');

$redis->stop;
done_testing();
