# What ships for the page: the renderer makes of a JSON block what dynstore_format html sends, and the stylesheet knows no other
# classes. The renderer is run where there is node.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::INET;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $web      = 'web/sdk/dist';
my $renderer = Dynstore::Nginx::slurp('web/sdk/src/dynstore-json.js');
my $style    = Dynstore::Nginx::slurp('web/sdk/src/dynstore.css');
my %rendered = map { $_ => 1 } map { split ' ' } Dynstore::Nginx::slurp('ngx_http_dynstore_module/engine/render/html.c') =~ /class=\\"([^"\\]*)/g;
delete $rendered{'dynstore-'};    # with the slot's name behind it

unlike($renderer, qr/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|\.style\b|\bon[a-z]+\s*=/, 'it makes nothing from text');
my %made = map { $_ => 1 } $renderer =~ /class: '([\w-]+)(?: dynstore-)?'/g, map { "dynstore-$_" } $renderer =~ /optional\('\w+', '([\w-]+)'/g;
delete $made{'dynstore-'};        # of optional() itself
is_deeply([sort keys %made], [sort keys %rendered], 'it uses the classes of the HTML rendering');
my %styled = map { $_ => 1 } $style =~ /\.(dynstore[\w-]*)(?=[^{}]*\{)/g;
is_deeply([grep { !$rendered{$_} } sort keys %styled], [], 'the stylesheet knows no other classes');
is_deeply([grep { !$styled{$_} } sort keys %rendered], [], 'and all of these');
unlike($style, qr/url\(|\@import|!important/, 'it fetches nothing and leaves the last word to the shop');

# served as docs/http-api.md shows
my ($example) = Dynstore::Nginx::slurp('docs/http-api.md') =~ /^## Showing a block\n.*?^```nginx\n(.*?)^```/ms;
my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $port   = Dynstore::Redis::free_port();
my $redis  = Dynstore::Redis->start($folder);
my $nginx  = Dynstore::Nginx->start(redis => 'unix:' . $redis->socket, http => "server { listen 127.0.0.1:$port;\n$example }");
for (['dynstore.css', 'text/css'], ['dynstore.js', 'text/javascript'], ['dynstore-json.js', 'text/javascript']) {
    my ($name, $type) = @$_;
    my $text   = Dynstore::Nginx::slurp("$web/$name");
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die $!;
    print {$socket} "GET /_dynstore/assets/$name HTTP/1.0\r\n\r\n";
    my $answer = do { local $/; <$socket> };
    like($answer, qr{^HTTP\S+ 200 .*\r\nContent-Type: \Q$type\E\r\n.*\r\n\r\n\Q$text\E\z}s, "$name is served as docs/http-api.md shows");
}

SKIP: {
    chomp(my $node = qx{command -v node 2>/dev/null} // '');
    skip 'there is no node', 16 unless $node;

    Dynstore::Nginx::write_file("$folder/run.js", <<'JS');
const fs = require('fs');
const escape = (text) => text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]);
global.window = {};
global.HTMLElement = class {};
global.customElements = { get: () => true };
global.document = {
  createElement: (name) => {
    const attributes = [], children = [];
    return {
      setAttribute: (key, value) => attributes.push(` ${key}="${escape(String(value))}"`),
      append: (...more) => more.forEach((child) => children.push(typeof child === 'object' ? String(child) : escape(String(child)))),
      toString: () => `<${name}${attributes.join('')}>` + (name === 'img' ? '' : `${children.join('')}</${name}>`)
    };
  },
  querySelector: () => null,
  querySelectorAll: (selector) => selector.startsWith('script') ? [{ textContent: fs.readFileSync(process.argv[3], 'utf8'), before: (block) => made.push(block) }] : []
};
const made = [];
require(process.argv[2]);
process.stdout.write(made.join(''));
JS

    # the ids are those of two decisions
    my $unnamed = sub { $_[0] =~ s/(data-dynstore-decision=")[0-9a-f]*/$1/gr };
    for my $asked ('surface=pdp&item=pack-03', 'surface=home&slot=recs', 'surface=pdp&item=tent-01&slot=bought_with') {
        my $html = $nginx->get("/rec?$asked&format=html")->content;
        Dynstore::Nginx::write_file("$folder/block.json", $nginx->get("/rec?$asked")->content);
        my $shown = qx{node $folder/run.js \$PWD/$web/dynstore-json.js $folder/block.json 2>&1};
        like($html, qr/class="dynstore-item"/, "$asked: there is something to show");
        is($unnamed->($shown), $unnamed->($html), "$asked: the renderer shows what the HTML rendering shows");
    }

    # a shop that tells all that an answer can have, and one item of which nothing is told
    Dynstore::Nginx::write_file("$folder/told.jsonl", <<'ITEMS');
{"id":"parka","title":"Parka & co","url":"/parka","price":"100","currency":"EUR","sale_price":"79.90","rating":4.5,"rating_count":12,"badges":["New","<b>"],"fit":"Runs \"small\"."}
{"id":"tent","title":"Tent","url":"/tent","price":"300","currency":"EUR","rating":0}
{"id":"mat","title":"Mat","url":"/mat"}
ITEMS
    Dynstore::Nginx::write_file("$folder/seen.jsonl", join '', map { my $visitor = $_; map { qq({"visitor":"v$visitor","time":1772323200,"event":"view_item","item_id":"$_"}\n) } qw(parka tent mat) } 1 .. 5);
    system("build/dynstore build -c $folder/told.jsonl -e $folder/seen.jsonl -o $folder/told.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no snapshot');
    my $telling = Dynstore::Nginx->start(redis => 'unix:' . $redis->socket, snapshot => "$folder/told.dyn");
    my $html    = $telling->get('/rec?surface=home&slot=popular&format=html')->content;
    Dynstore::Nginx::write_file("$folder/block.json", $telling->get('/rec?surface=home&slot=popular')->content);
    my $shown = qx{node $folder/run.js \$PWD/$web/dynstore-json.js $folder/block.json 2>&1};
    my @missing = grep { $html !~ /class="$_"/ } qw(dynstore-item-was dynstore-item-rating dynstore-item-badge dynstore-item-fit);
    is("@missing", '', 'the HTML has what the catalogue tells of an item');
    is(() = $html =~ /<li /g, 3, 'of three items');
    is($unnamed->($shown), $unnamed->($html), 'the renderer shows it as the HTML rendering does');
    $telling->stop;

    # in a language, and side by side
    my $german = Dynstore::Nginx->start(redis => 'unix:' . $redis->socket, http => 'dynstore_language de;');
    $german->post('/event?confirm', 7, qq({"event":"view_item","item_id":"pack-0$_"})) for 0 .. 3;
    for (['surface=home', qr{<section class="dynstore dynstore-recs" lang="de" .*<span class="dynstore-item-price">\d+,00\xc2\xa0\xe2\x82\xac</span>}],
        ['surface=pdp&item=pack-03&slot=comparison', qr{<caption><h2 class="dynstore-title">Im Vergleich</h2></caption>.*<th scope="row">Preis</th><td>50,00}]) {
        my ($asked, $like) = @$_;
        my $html = $german->get("/rec?$asked&format=html", 7)->content;
        Dynstore::Nginx::write_file("$folder/block.json", $german->get("/rec?$asked", 7)->content);
        my $shown = qx{node $folder/run.js \$PWD/$web/dynstore-json.js $folder/block.json 2>&1};
        like($html, $like, "$asked in German");
        is($unnamed->($shown), $unnamed->($html), 'the renderer shows it as the HTML rendering does');
    }
    $german->stop;

    # what t/unit/test_render.c expects of the HTML rendering
    for (['messages', '"title":"x","messages":[{"kind":"free_shipping_gap","text":"12 < 13"},{"kind":"option_missing","text":"Size","item":"a","url":null}]',
            '<h2 class="dynstore-title">x</h2><ul class="dynstore-message-list"><li data-dynstore-message="free_shipping_gap">12 &lt; 13</li>'
                . '<li data-dynstore-message="option_missing"><a href="#">Size</a></li></ul>'],
        ['bundle', '"title":"x","bundle":{"id":"kit","title":"Rain kit","description":"Both.","url":"/kit","image":null,"price_text":"1","sum_text":"2",'
                . '"saved_sentence":"You save 1","cta":{"action":"add_bundle","label":"Add"}}',
            '<h2 class="dynstore-title">x</h2><ul class="dynstore-items"><li class="dynstore-item" data-dynstore-item="a"><a href="#">'
                . '<span class="dynstore-item-title" id="dynstore-s-title-1">A</span></a><p class="dynstore-reason">Part</p></li></ul>'
                . '<div class="dynstore-bundle-offer" data-dynstore-bundle="kit"><p class="dynstore-bundle-title" id="dynstore-s-title">Rain kit</p><p class="dynstore-text">Both.</p>'
                . '<p class="dynstore-bundle-price"><span class="dynstore-item-price">1 <s class="dynstore-item-was">2</s></span></p>'
                . '<p class="dynstore-bundle-saved">You save 1</p><a class="dynstore-cta" id="dynstore-s-cta" aria-labelledby="dynstore-s-cta dynstore-s-title" href="/kit" data-dynstore-action="add_bundle">Add</a></div>',
            '{"id":"a","title":"A","url":null,"image":null,"price_text":null,"reason":{"text":"Part"}}'],
        ['content', '"title":"","content":{"id":"summer","title":"Verano","text":null,"image":null,"url":"/sale","cta":null,"modules":["a","b"]}',
            '<div class="dynstore-content" data-dynstore-content="summer" data-dynstore-modules="a b"><h2 class="dynstore-title">Verano</h2>'
                . '<a class="dynstore-cta" href="/sale" data-dynstore-action="view">Verano</a></div>'],
        ['content', '"title":"","content":{"id":"summer","title":"Verano","text":null,"image":null,"url":"/sale","cta":{"action":"view","label":"Ver"},"modules":[]}',
            '<div class="dynstore-content" data-dynstore-content="summer"><h2 class="dynstore-title" id="dynstore-s-title">Verano</h2>'
                . '<a class="dynstore-cta" id="dynstore-s-cta" aria-labelledby="dynstore-s-cta dynstore-s-title" href="/sale" data-dynstore-action="view">Ver</a></div>']) {
        my ($kind, $members, $inside, $items) = (@$_, '');
        Dynstore::Nginx::write_file("$folder/block.json",
            qq({"schema":"dynstore.decision/1","id":"d","surface":"home","language":null,"versions":{"snapshot":"f","model":null,"code":"1.0.0"},"slots":[{"slot":"s","kind":"$kind","rung":"none","items":[$items],$members}]}));
        is(qx{node $folder/run.js \$PWD/$web/dynstore-json.js $folder/block.json 2>&1},
            qq(<section class="dynstore dynstore-s" data-dynstore-slot="s" data-dynstore-surface="home" data-dynstore-rung="none" data-dynstore-decision="d" data-dynstore-snapshot="f" data-dynstore-code="1.0.0">$inside</section>),
            "a slot of $kind");
    }
}

$nginx->stop;
$redis->stop;
done_testing;
