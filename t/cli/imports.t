#!/usr/bin/env perl
# Catalogues as shops and marketplaces export them: what `dynstore build` makes of each format, and what it says of bad rows.
use strict;
use warnings;
use utf8;
use Encode ();
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore folder write_file);

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $folder = folder();
my ($code, $out, $err);

# Builds a file; what it holds then of items, by id.
sub items {
    my ($text, $options, @ids) = @_;
    write_file('feed', utf8::is_utf8($text) ? Encode::encode('UTF-8', $text) : $text);
    unlink "$folder/s.dyn";
    ($code, $out, $err) = dynstore('build', '-c', 'feed', '-o', 's.dyn', '--max-bad-share', '99', @$options);
    return map { (dynstore('inspect', '--json', '--item', $_, 's.dyn'))[0] == 0 ? JSON::PP->new->utf8->decode((dynstore('inspect', '--json', '--item', $_, 's.dyn'))[1]) : undef } @ids;
}

# What an item is, in few words.
sub told {
    my ($item) = @_;
    return 'nothing' if !$item;
    return join ' | ', map { defined $item->{$_} && length $item->{$_} ? "$_=$item->{$_}" : () }
        qw(id title url image price currency sale_price stock brand description);
}

sub variants {
    my ($item) = @_;
    return join ' | ', map { join ' ', map { $_ // '-' } @$_{qw(id title price stock)} } @{ $item->{variants} // [] };
}

sub traits {
    my ($item) = @_;
    my $traits = $item->{traits} // {};
    return join ' | ', map { "$_=" . join(',', ref $traits->{$_} ? sort @{ $traits->{$_} } : $traits->{$_}) } sort keys %$traits;
}

# ---- Shopify's CSV, in both header schemes ----

my $legacy = <<'CSV';
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Variant Image,Status,Fabric (product.metafields.custom.fabric)
trail-tee,Trail Tee,"<p>Soft &amp; light<br>for ""long"" days</p>
<ul><li>Merino</li></ul>",Nordhang,Shirts,"summer, hiking",TRUE,Color,Red,Size,S,TT-R-S,shopify,3,deny,39.90,49.90,'4006381333931,https://cdn.example/a.jpg,,active,"wool; cotton"
trail-tee,,,,,,,,Red,,M,TT-R-M,shopify,0,deny,29.90,49.90,,https://cdn.example/b.jpg,,,
trail-tee,,,,,,,,,,,,,,,,,,https://cdn.example/c.jpg,,,
mug,Mug,,Nordhang,Cups,,TRUE,Title,Default Title,,,MUG,,5,deny,12,,,https://cdn.example/m.jpg,,active,
cap,Cap,,Nordhang,Caps,,TRUE,Title,Default Title,,,CAP,shopify,0,continue,"1,012.00",,,,,active,
old,Old,,Nordhang,Cups,,FALSE,Title,Default Title,,,OLD,,5,deny,12,,,,,draft,
trail-tee,,,,,,,,Blue,,L,TT-B-L,shopify,7,deny,44.90,,,,,,
CSV
my $new = $legacy =~ s/^.*?\n//r;
$new = 'URL handle,Title,Description,Vendor,Type,Tags,Published on online store,Option1 name,Option1 value,Option2 name,Option2 value,SKU,Inventory tracker,Inventory quantity,Continue selling when out of stock,Price,Compare-at price,Barcode,Product image URL,Variant image URL,Status,Fabric (product.metafields.custom.fabric)' . "\n" . $new;

for (['the legacy header', $legacy], ['the new header', $new], ['semicolons', $legacy =~ s/"[^"]*(?:""[^"]*)*"(*SKIP)(*FAIL)|,/;/gr],
    ['a byte order mark and CR LF', "\x{feff}" . ($legacy =~ s/\n/\r\n/gr)], ['UTF-16', Encode::encode('UTF-16LE', "\x{feff}$legacy")]) {
    my ($name, $text) = @$_;
    my ($tee, $mug, $cap, $old) = items($text, ['--currency', 'EUR'], qw(trail-tee mug cap old));
    is($code, 0, "Shopify's CSV with $name is read") or diag $err;
    is(told($tee), 'id=trail-tee | title=Trail Tee | url=/products/trail-tee | image=https://cdn.example/a.jpg | price=49.90 | currency=EUR'
            . ' | sale_price=39.90 | stock=10 | brand=Nordhang | description=Soft & light for "long" days Merino',
        "$name: rows of a handle are one item; its price is that of the cheapest variant that is there to buy");
    is(variants($tee), 'TT-R-S Red / S 49.90 3 | TT-R-M Red / M 49.90 0 | TT-B-L Blue / L 44.90 7', "$name: a row that stands apart is a variant, too");
    is(traits($tee), 'colour=Red | fabric=cotton,wool | size=M,S | tag=hiking,summer', "$name: options and metafields are what the item is");
    is(told($mug), 'id=mug | title=Mug | url=/products/mug | image=https://cdn.example/m.jpg | price=12.00 | currency=EUR | brand=Nordhang',
        "$name: an item without options is its only variant, and stock that is not tracked is not known");
    is($cap->{price}, '1012.00', "$name: a comma between thousands is understood");
    is($cap->{stock}, undef, "$name: what is sold without stock has none to tell");
    is($old, undef, "$name: a draft is left out");
    like($err, qr/^feed:\d+:Status: items that are drafts, archived or hidden were left out \(1 time\)$/m, "$name: and that is said");
}
is((dynstore('inspect', '--item', $_, 's.dyn'))[0], 0, "the item is known by $_") for qw(TT-R-S TT-B-L 4006381333931 MUG);

items($legacy, [], 'mug');
like($err, qr/^feed:2:Price: "49\.90" has no currency: --currency EUR would say which it is$/m, 'a price without a currency is said with its column');

items(($legacy =~ s/,MUG,/,TT-R-S,/r), ['--currency', 'EUR'], 'mug');
is($code, 0, 'a SKU that two items have is no fault');
like($err, qr/^feed:6:SKU: a SKU or barcode that several items have names the first of them/m, 'but it is said');

# ---- Shopify's JSON ----

my $rest = JSON::PP->new->utf8->encode({
    products => [
        { id => 123, handle => 'tent', title => 'Tent', body_html => '<p>Two persons</p>', vendor => 'Camp', product_type => 'Tents', tags => 'a, b', status => 'active',
            options  => [{ name => 'Color' }],
            images   => [{ src => 'https://cdn.example/t.jpg' }],
            variants => [
                { id => 1, title => 'Red', option1 => 'Red', sku => 'T-R', inventory_item_id => 9001, price => '129.00', compare_at_price => undef, inventory_quantity => 2, inventory_management => 'shopify' },
                { id => 2, title => 'Blue', option1 => 'Blue', sku => 'T-B', price => '99.00', compare_at_price => '129.00', inventory_quantity => 5, inventory_management => 'shopify' },
            ] },
        { id => 124, handle => 'peg', title => 'Peg', vendor => 'Camp', tags => ['x'], variants => [{ id => 3, title => 'Default Title', price => '2.00', available => JSON::PP::false }] },
        { id => 125, handle => 'no', title => 'No', vendor => 'Camp', status => 'draft', variants => [{ id => 4, price => '2.00' }] },
    ]
});
my ($tent, $peg, $no) = items($rest, ['--currency', 'EUR'], qw(123 124 125));
is(told($tent), 'id=123 | title=Tent | url=/products/tent | image=https://cdn.example/t.jpg | price=129.00 | currency=EUR | sale_price=99.00 | stock=7 | brand=Camp | description=Two persons',
    "products.json: a product with its variants is an item");
is(variants($tent), '1 Red 129.00 2 | 2 Blue 129.00 5', 'with their numbers as ids');
is(traits($tent), 'colour=Blue,Red | tag=a,b', 'and options by their names');
is($peg->{stock}, 0, 'what is not available has no stock');
is($no, undef, 'a draft is left out, with its variants');
is((dynstore('inspect', '--item', $_, 's.dyn'))[0], 0, "the item is known by $_") for qw(tent T-R 2 inventory:9001);

my @bulk = (
    { id => 'gid://shopify/ProductVariant/12', __parentId => 'gid://shopify/Product/1', sku => 'V2', price => { amount => '20.0', currencyCode => 'USD' }, inventoryQuantity => 0, title => 'Large', selectedOptions => [{ name => 'Size', value => 'Large' }] },
    { id => 'gid://shopify/Product/1', handle => 'bag', title => 'Bag', vendor => 'Camp', productType => 'Bags', status => 'ACTIVE', onlineStoreUrl => 'https://shop.example/products/bag' },
    { id => 'gid://shopify/ProductVariant/11', __parentId => 'gid://shopify/Product/1', inventoryItem => { id => 'gid://shopify/InventoryItem/9011', tracked => JSON::PP::true }, sku => 'V1', price => '18.00', compareAtPrice => '25.00', inventoryQuantity => 4, title => 'Small', selectedOptions => [{ name => 'Size', value => 'Small' }] },
    { id => 'gid://shopify/MediaImage/5', __parentId => 'gid://shopify/Product/1' },
);
my ($bag) = items(join('', map { JSON::PP->new->utf8->encode($_) . "\n" } @bulk), ['--currency', 'USD'], 1);
is($code, 0, 'lines of a bulk operation are read') or diag $err;
is((dynstore('inspect', '--item', 'inventory:9011', 's.dyn'))[0], 0, 'an inventory item names its variant');
is(variants($bag), '12 Large 20.00 0 | 11 Small 25.00 4', 'variants find their product, also those that come before it');
is(told($bag), 'id=1 | title=Bag | url=https://shop.example/products/bag | price=25.00 | currency=USD | sale_price=18.00 | stock=4 | brand=Camp', 'and say together what it costs');

# Media and metafields are lines of their own, of products and of variants.
sub bulk { return join '', map { JSON::PP->new->utf8->canonical->encode($_) . "\n" } @_ }
sub metafield { my ($parent, $key, $type, $value, $id) = @_; return { id => 'gid://shopify/Metafield/' . ($id // 900), namespace => 'custom', key => $key, type => $type, value => $value, __parentId => "gid://shopify/$parent" } }
sub picture { return { id => "gid://shopify/$_[0]", __parentId => "gid://shopify/$_[1]", %{ $_[2] } } }
my @described = (
    { id => 'gid://shopify/Product/1', handle => 'bag', title => 'Bag', vendor => 'Camp', status => 'ACTIVE' },
    { id => 'gid://shopify/ProductVariant/11', __parentId => 'gid://shopify/Product/1', sku => 'V1', price => '18.00', title => 'Small', image => { url => 'https://cdn.example/small.jpg' } },
    metafield('ProductVariant/11', 'lining', 'single_line_text_field', 'fleece'),
    picture('MediaImage/5', 'Product/1', { image => undef, preview => { image => { url => 'https://cdn.example/first.jpg' } } }),
    picture('MediaImage/6', 'Product/1', { image => { url => 'https://cdn.example/second.jpg' } }),
    metafield('Product/1', 'fabric', 'list.single_line_text_field', '["wool","cotton"]'),
    metafield('Product/1', 'length', 'dimension',                   '{"value":159.0,"unit":"CENTIMETERS"}'),
    metafield('Product/1', 'sides',  'list.dimension',              '[{"value":1.5,"unit":"INCHES"},{"value":2,"unit":"inches"}]'),
    metafield('Product/1', 'weight', 'weight',                      '{"value":7.25,"unit":"KILOGRAMS"}'),
    metafield('Product/1', 'volume', 'volume',                      '{"value":3,"unit":"FLUID_OUNCES"}'),
    metafield('Product/1', 'deposit', 'money', '{"amount":"19.90","currency_code":"USD"}'),
    metafield('Product/1', 'score',   'rating', '{"value":"4.5","scale_min":"1","scale_max":"5"}'),
    metafield('Product/1', 'vegan', 'boolean', 'true'), metafield('Product/1', 'used', 'boolean', 'false'),
    metafield('Product/1', 'seats', 'number_integer', '2'), metafield('Product/1', 'note', 'single_line_text_field', '[as it is]'),
    { namespace => 'custom', key => 'made_in', value => 'Norway', __parentId => 'gid://shopify/Product/1' },
    metafield('Product/1', 'goes_with', 'product_reference', 'gid://shopify/Product/2'),
    metafield('Product/1', 'pattern', 'list.metaobject_reference', '["gid://shopify/Metaobject/3"]'), metafield('Product/1', 'raw', 'json', '{"a":1}'),
    metafield('Product/1', 'title_tag', 'string', 'Bags, bags and bags'),
    metafield('Collection/1', 'season', 'single_line_text_field', 'winter'), { id => 'gid://shopify/Collection/1', __parentId => 'gid://shopify/Product/1', title => 'Winter' },
    metafield('Product/77', 'fabric', 'single_line_text_field', 'silk'), picture('MediaImage/9', 'ProductVariant/88', { image => { url => 'https://cdn.example/9.jpg' } }),
    { id => 'gid://shopify/Product/2', handle => 'film', title => 'Film', vendor => 'Camp' },
    picture('Video/1', 'Product/2', { preview => { image => { url => 'https://cdn.example/poster.jpg' } } }),
    { id => 'gid://shopify/Product/3', handle => 'cup', title => 'Cup', vendor => 'Camp', featuredMedia => { preview => { image => { url => 'https://cdn.example/cup.jpg' } } } },
    picture('MediaImage/7', 'Product/3', { image => { url => 'https://cdn.example/other.jpg' } }),
    { id => 'gid://shopify/Product/4', handle => 'hat', title => 'Hat', vendor => 'Camp' },
    { id => 'gid://shopify/ProductVariant/41', __parentId => 'gid://shopify/Product/4', price => '9.00', title => 'Default Title' },
    picture('MediaImage/8', 'ProductVariant/41', { image => { url => 'https://cdn.example/hat.jpg' } }),
    { id => 'gid://shopify/Product/6', handle => 'soon', title => 'Soon', vendor => 'Camp', publishedAt => undef },
    { id => 'gid://shopify/Product/5', handle => 'old', title => 'Old', vendor => 'Camp', status => 'ARCHIVED' },
    { id => 'gid://shopify/ProductVariant/51', __parentId => 'gid://shopify/Product/5', price => '9.00' },
    metafield('Product/5', 'fabric', 'single_line_text_field', 'felt'), metafield('ProductVariant/51', 'fabric', 'single_line_text_field', 'felt'),
);
my ($described, $film, $mug, $hat, undef, $soon) = items(bulk(@described), ['--currency', 'USD'], 1 .. 6);
is($soon, undef, 'what is not published is left out');
is($code, 0, 'media and metafields of a bulk operation are read') or diag $err;
is(traits($described), 'deposit=19.90 USD | fabric=cotton,wool | length=159 cm | lining=fleece | made_in=Norway | note=[as it is] | score=4.5 | seats=2 | sides=1.5 in,2 in | vegan=yes | volume=3 fluid ounces | weight=7.25 kg',
    'metafields are attributes, each as its type is');
is($described->{image}, 'https://cdn.example/first.jpg', "the first of a product's media is its picture, before those of its variants");
is("$film->{image} $mug->{image} $hat->{image}", 'https://cdn.example/poster.jpg https://cdn.example/cup.jpg https://cdn.example/hat.jpg',
    "a video's preview is a picture, featured media go before others, and a variant's where the product has none");
like($err, qr/^feed:18:goes_with: here first: metafields that are no short text, number, date or measurement were left out \(4 times\)/m, 'metafields that refer to something, and JSON, are left out and said');
like($err, qr/^feed:24:__parentId: here first: media and metafields of products that are not there were left out \(2 times\)/m, 'as are those of products that are not there, but not those of what is archived');
my @scattered = ((grep { !$_->{__parentId} } @described), (grep { ($_->{id} // '') =~ /Variant/ } @described), grep { $_->{__parentId} && ($_->{id} // '') !~ /Variant/ } @described);
my ($again, @others) = items(bulk(@scattered), ['--currency', 'USD'], 1 .. 4);
is(join("\n", map { told($_) . traits($_) } $again, @others), join("\n", map { told($_) . traits($_) } $described, $film, $mug, $hat), 'lines that are not grouped by product say the same');
is((dynstore('import', '--currency', 'USD', 'feed', '-o', 'lines.jsonl'))[0], 0, 'dynstore import reads them') or diag $err;
is((dynstore('build', '-c', 'lines.jsonl', '-o', 'lines.dyn'))[0], 0, 'and its lines can be built');
is(join('', (dynstore('inspect', '--json', '--item', '1', 'lines.dyn'))[1]), join('', (dynstore('inspect', '--json', '--item', '1', 's.dyn'))[1]), 'to the same item');

my $whole = JSON::PP->new->utf8->encode([{ id => 7, handle => 'sock', title => 'Sock', vendor => 'Camp', media => { edges => [{ node => { preview => { image => { url => 'https://cdn.example/sock.jpg' } } } }] },
    metafields => { edges => [{ node => { key => 'fabric', value => '["wool"]', type => 'list.single_line_text_field' } }] },
    variants => { nodes => [{ id => 71, price => '4.00', title => 'One', metafields => { nodes => [{ key => 'toe', value => '{"value":3.0,"unit":"MILLIMETERS"}', type => 'dimension' }] } }] } }]);
my ($sock) = items($whole, ['--currency', 'USD'], 7);
is(told($sock) . ' | ' . traits($sock), 'id=7 | title=Sock | url=/products/sock | image=https://cdn.example/sock.jpg | price=4.00 | currency=USD | brand=Camp | fabric=wool | toe=3 mm',
    'connections within a product are read the same way');

# ---- Google Merchant Center and Meta ----

my $xml = <<'XML';
<?xml version="1.0" encoding="%s"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><link>https://shop.example</link>
<item><g:id>A1</g:id><g:item_group_id>A</g:item_group_id><title>Tent &amp; Zelt für zwei</title><description><![CDATA[<p>Big</p><p>tent</p>]]></description><link>https://shop.example/a</link><g:image_link>https://shop.example/a.jpg</g:image_link><g:price>129.00 EUR</g:price><g:sale_price>99.00 EUR</g:sale_price><g:sale_price_effective_date>2026-02-24T11:07+0100 / 2026-12-28T23:07+0100</g:sale_price_effective_date><g:availability>in_stock</g:availability><g:color>Red/Blue</g:color><g:product_type>Camping &gt; Tents</g:product_type><g:gtin>4006381333931</g:gtin></item>
<item><g:id>A2</g:id><g:item_group_id>A</g:item_group_id><title>Tent 2</title><link>https://shop.example/a2</link><g:price>139.00 EUR</g:price><g:availability>out of stock</g:availability><g:color>Green</g:color></item>
<item><g:id>B</g:id><title>Wine</title><link>https://shop.example/b</link><g:price>9.00 EUR</g:price><g:availability>out_of_stock</g:availability><g:adult>yes</g:adult></item>
</channel></rss>
XML
my $atom = $xml =~ s/<rss [^>]*><channel>/<feed xmlns="http:\/\/www.w3.org\/2005\/Atom" xmlns:g="http:\/\/base.google.com\/ns\/1.0">/r =~ s/<\/channel><\/rss>/<\/feed>/r =~ s/item>/entry>/gr
    =~ s/<link>(.*?)<\/link>/<link href="$1"\/>/gr;
for (['RSS', Encode::encode('UTF-8', sprintf $xml, 'UTF-8')], ['Atom', Encode::encode('UTF-8', sprintf $atom, 'UTF-8')], ['ISO-8859-1', Encode::encode('ISO-8859-1', sprintf $xml, 'ISO-8859-1')],
    ['Windows-1252', Encode::encode('cp1252', sprintf $xml, 'windows-1252')], ['UTF-16', Encode::encode('UTF-16LE', "\x{feff}" . sprintf $xml, 'UTF-16')]) {
    my ($name, $text) = @$_;
    my ($a, $b) = items($text, [], qw(A B));
    is($code, 0, "a feed of Merchant Center as $name is read") or diag $err;
    is(told($a), 'id=A | title=Tent & Zelt für zwei | url=https://shop.example/a | image=https://shop.example/a.jpg | price=129.00 | currency=EUR | sale_price=99.00 | description=Big tent',
        "$name: products of a group are one item");
    is("$a->{sale_from} $a->{sale_until}", '2026-02-24T10:07:00Z 2026-12-28T22:07:00Z', "$name: on sale from and until");
    is(variants($a), 'A1 Red/Blue 129.00 - | A2 Green 139.00 0', "$name: and each is a variant");
    is(traits($a), 'colour=Blue,Green,Red', "$name: colours are those of all");
    is("$b->{stock} $b->{age_min}", '0 18', "$name: what is sold out and for adults is that");
}
items(($xml =~ s/%s/UTF-8/r =~ s/<rss/<!DOCTYPE r [<!ENTITY a "aaaa">]><rss/r), [], 'A');
is($code, 3, 'a document type with entities is refused');
like($err, qr/feed:2: a document type with entities of its own is not read/, 'with a sentence');
items('<rss><channel></channel></rss>', [], 'A');
like($err, qr/is XML without <item> and <entry>/, 'XML that is no feed is refused');
items(substr(sprintf($xml, 'UTF-8'), 0, -40), [], 'A');
is($code, 3, 'a feed that was cut is refused');

my $tsv = "id\ttitle\tlink\tprice\tavailability\timage link\tproduct type\nX\tThing\thttps://s.example/x\t12.00 USD\tin stock\thttps://s.example/x.png\tA > B, C > D\nY\tOther\thttps://s.example/y\ton request\tin stock\t\t\n";
my ($x, $y) = items($tsv, [], qw(X Y));
is(told($x), 'id=X | title=Thing | url=https://s.example/x | image=https://s.example/x.png | price=12.00 | currency=USD', 'a feed as tab-separated text is read');
like($err, qr/^feed:3:price: "on request" is no price: "129\.00 EUR" would be right$/m, 'a price that is none is said with its place');
is($y, undef, 'and its product left out');

# ---- WooCommerce ----

my $woo = <<'CSV';
ID,Type,SKU,"GTIN, UPC, EAN, or ISBN",Name,Published,Visibility in catalog,Short description,Description,Date sale price starts,Date sale price ends,In stock?,Stock,Backorders allowed?,Sale price,Regular price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s)
11,variation,TEE-R,,Tee - Red,1,visible,,,,,1,3,0,,"19,90",,,https://s.example/r.jpg,TEE,Color,Red
12,variation,TEE-B,,Tee - Blue,1,visible,,,,,0,0,0,"14,90","19,90",,,,id:10,Color,Blue
10,variable,TEE,,Tee,1,visible,Soft<br>tee,,,,1,,0,,,"Clothing > Tees, Sale","a, b\, c",https://s.example/t.jpg,,Color,"Red, Blue"
20,simple,MUG,4006381333931,'=Mug,1,visible,,A mug,,,1,,0,,12,Kitchen,,,,,
21,variable,HID,,Hidden,-1,visible,,,,,1,,0,,,Kitchen,,,,,
22,variation,HID-1,,Hidden 1,1,visible,,,,,1,,0,,12,,,,HID,,
23,variation,LOST,,Lost,1,visible,,,,,1,,0,,12,,,,NOBODY,,
CSV
my ($shirt, $cup, $hidden) = items($woo, ['--currency', 'EUR'], qw(10 20 21));
is(told($shirt), 'id=10 | title=Tee | url=/?post_type=product&p=10 | image=https://s.example/t.jpg | price=19.90 | currency=EUR | stock=3 | description=Soft tee', "WooCommerce's CSV is read");
is(variants($shirt), '11 Red 19.90 3 | 12 Blue 19.90 0', 'variations find their product by its SKU and by its number');
is(traits($shirt), 'colour=Blue,Red | tag=a,b, c', 'a comma behind a backslash parts nothing');
is("$cup->{title} $cup->{price}", '=Mug 12.00', 'the sign before what could be a formula is taken off');
is($hidden, undef, 'what is not published is left out, with its variations');
like($err, qr/^feed:8:variant_of: "NOBODY" is no item: a variant needs one$/m, 'a variation without a product is said');
is((dynstore('inspect', '--item', $_, 's.dyn'))[0], 0, "the item is known by $_") for qw(TEE TEE-B MUG 4006381333931);

# ---- BigCommerce ----

my $big_legacy = <<'CSV';
Item Type,Product ID,Product Name,Product Type,Product Code/SKU,Brand Name,Product Description,Price,Retail Price,Sale Price,Allow Purchases?,Product Visible?,Track Inventory,Current Stock Level,Category,Product Image File - 1,Product Image URL - 1,Product UPC/EAN,Product URL,Product Custom Fields
Product,77,Trail Tee,P,TEE,Nordhang,<p>Soft &amp; light</p>,20.00,30.00,0.00,Y,Y,by option,0,Clothing/Tees;Sale,t.jpg,https://cdn.example/t.jpg,,/trail-tee/,Fabric=wool;Season=summer
  SKU,,"[CS]Color=Black:#000000,[RT]Size=M",,TEE-M,,,,,,,,,4,,,,4006381333931,,
  SKU,,"[CS]Color=Black:#000000,[RT]Size=XXL",,TEE-XXL,,,,,,,,,2,,,,,,
  SKU,,[CS]Color=Red:#ff0000,,,,,,,,,,,3,,,,,,
  Rule,,"[CS]Color=Black:#000000,[RT]Size=XXL",,TEE-XXL,,,[ADD]4.01,,,Y,Y,,,,,,,,
  Rule,,[CS]Color=Red:#ff0000,,,,,[FIXED]18.50,,,N,Y,,,,,,,,
Product,78,Mug,P,MUG,,,12,0,9.5,Y,Y,by product,7,Kitchen,,,,/mug/,
Product,79,Secret,P,SEC,,,12,,,Y,N,none,0,Kitchen,,,,/secret/,
  SKU,,[RT]Size=S,,SEC-S,,,,,,,,,1,,,,,,
Product,80,Poster,P,POS,,,5,,,N,Y,none,0,23,,,,/poster/,
CSV
my ($big_tee, $big_mug, $secret, $poster) = items($big_legacy, ['--currency', 'USD'], qw(77 78 79 80));
is($code, 0, "BigCommerce's legacy CSV is read") or diag $err;
is(told($big_tee), 'id=77 | title=Trail Tee | url=/trail-tee/ | image=https://cdn.example/t.jpg | price=20.00 | currency=USD | stock=6 | brand=Nordhang | description=Soft & light',
    'a product is an item with what its rows of kind SKU say');
is(variants($big_tee), 'TEE-M Black / M 20.00 4 | TEE-XXL Black / XXL 24.01 2 | 77/Red Red 18.50 0', 'rules add to the price, set it, and take variants out of sale');
is(traits($big_tee), 'colour=Black,Red | fabric=wool | season=summer | size=M,XXL', 'options and custom fields are what the item is');
is(told($big_mug), 'id=78 | title=Mug | url=/mug/ | price=12.00 | currency=USD | sale_price=9.50 | stock=7', 'a product alone has its own price and stock');
is($secret, undef, 'what is not visible is left out with its rows');
is("$poster->{stock} " . join('/', @{ $poster->{category} // [] }), '0 ', 'what cannot be bought has no stock, and a category in numbers is none');
is((dynstore('inspect', '--item', $_, 's.dyn'))[0], 0, "the item is known by $_") for qw(TEE TEE-XXL 4006381333931 MUG);

my ($glow, $balm) = items(<<'CSV', ['--currency', 'USD'], qw(91 LB-1));
Item,ID,Name,Type,SKU,Options,Inventory Tracking,Current Stock,Price,Sale Price,Categories,Description,Product URL,Is Visible,Variant Image URL,Image URL (Import),Image is Thumbnail
Product,91,Glow Set,physical,SH-101,,variant,0,29.99,,Skin/Sets;Sale,Glows,/glow/,TRUE,,,
Variant,501,,,GG-S,Type=Rectangle|Name=Size|Value=SmallType=Swatch|Name=Color|Value=Red[#ff0000],,0,,,,,,,https://cdn.example/s.jpg,,
Variant,502,,,GG-M,Type=Rectangle|Name=Size|Value=Medium,,6,31.99,,,,,,,,
Image,,,,,,,,,,,,,,,https://cdn.example/1.jpg,FALSE
Image,,,,,,,,,,,,,,,https://cdn.example/2.jpg,TRUE
Product,,Lip Balm,physical,LB-1,,none,0,9.99,7.99,,,/balm/,TRUE,,,
CSV
is($code, 0, "BigCommerce's modern CSV is read") or diag $err;
is(told($glow), 'id=91 | title=Glow Set | url=/glow/ | image=https://cdn.example/2.jpg | price=31.99 | currency=USD | stock=6 | description=Glows',
    'rows of kind Variant and Image are of the product above them');
is(variants($glow), 'GG-S Small / Red 29.99 0 | GG-M Medium 31.99 6', 'a variant without a price has that of its product');
is(told($balm), 'id=LB-1 | title=Lip Balm | url=/balm/ | price=9.99 | currency=USD | sale_price=7.99', 'a product without a number has its SKU as id');
is((dynstore('inspect', '--item', $_, 's.dyn'))[0], 0, "the item is known by $_") for qw(SH-101 GG-M variant:502);
items("Item,ID,Name,Type,SKU,Price\nVariant,1,,,A,2\nProduct,2,Two,physical,B,two\n", ['--currency', 'USD'], 2);
like($err, qr/^feed:2:Item: is no product, and there is none above it that it could be of$/m, 'a variant above all products is said');
like($err, qr/^feed:3:Price: "two" is no price/m, 'and so is a price that is none');

# ---- Adobe Commerce ----

my $adobe = <<'CSV';
sku,store_view_code,attribute_set_code,product_type,categories,product_websites,name,description,short_description,product_online,visibility,price,special_price,special_price_from_date,special_price_to_date,url_key,base_image,additional_attributes,qty,is_in_stock,manage_stock,use_config_manage_stock,allow_backorders,configurable_variations
TEE-R,,Default,simple,,base,Tee Red,,,1,Not Visible Individually,39.0000,29.0000,"3/1/26, 12:00 AM",12/31/26,tee-red,/t/r.jpg,"color=Red,size=M,has_options=0,gtin=4006381333931",5.0000,1,1,1,0.0000,
TEE-B,,Default,simple,,base,Tee Blue,,,1,Not Visible Individually,44.0000,,,,tee-blue,,"color=Blue,size=M",0.0000,0,1,1,0,
LOST,,Default,simple,,base,Lost,,,1,Not Visible Individually,44.0000,,,,lost,,,1,1,1,1,0,
OFF-1,,Default,simple,,base,Off 1,,,1,Not Visible Individually,44.0000,,,,off-1,,,1,1,1,1,0,
MUG,,Default,simple,"Default Category/Sale,Default Category/Kitchen/Cups, Mugs",base,Mug,<p>Long</p>,Short &amp; good,1,"Catalog, Search",12.5000,,,,mug,no_selection,"material=clay|glaze,manufacturer=Nordhang,note=red, or blue",7.0000,1,0,0,0,
MUG,de,,simple,,,Becher,,,,,,,,,,,,,,,,,
TEE,,Default,configurable,Default Category/Gear/Tees,base,Tee,Soft tee,,1,"Catalog, Search",,,,,tee,/t/t.jpg,season=summer,0,1,1,1,0,"sku=TEE-R,color=Red,size=M|sku=TEE-B,color=Blue,size=M"
OFF,,Default,configurable,,base,Off,,,2,"Catalog, Search",,,,,off,,,0,1,1,1,0,"sku=OFF-1,color=Red"
CSV
my ($adobe_tee, $adobe_mug, @adobe_none) = items($adobe, ['--currency', 'EUR'], qw(TEE MUG LOST OFF OFF-1));
is($code, 0, "Adobe Commerce's CSV is read") or diag $err;
is(told($adobe_tee), 'id=TEE | title=Tee | url=/tee.html | image=/media/catalog/product/t/t.jpg | price=39.00 | currency=EUR | sale_price=29.00 | stock=5 | description=Soft tee',
    'a configurable product is an item with the price of its variants');
is("$adobe_tee->{sale_from} $adobe_tee->{sale_until}", '2026-03-01T00:00:00Z 2027-01-01T00:00:00Z', 'the last day of a special price is one of it');
is(variants($adobe_tee), 'TEE-R Red / M 39.00 5 | TEE-B Blue / M 44.00 0', 'simple products that it names are its variants, though they come before it');
is(traits($adobe_tee), 'colour=Blue,Red | season=summer | size=M', 'attributes of all of them are what the item is');
is(told($adobe_mug), 'id=MUG | title=Mug | url=/mug.html | price=12.50 | currency=EUR | brand=Nordhang | description=Short & good',
    'a visible simple product is an item, stock that is not managed is not known, and rows of store views are passed over');
is(join('/', @{ $adobe_mug->{category} }), 'Kitchen/Cups, Mugs', 'the deepest category counts, without the root, and commas of names part nothing');
is(traits($adobe_mug), 'material=clay,glaze | note=red, or blue', 'nor do those of values');
is(scalar(grep { defined } @adobe_none), 0, 'variants of none, and products that are not online, are left out');
like($err, qr/items that are drafts, archived or hidden were left out \(3 times\)$/m, 'and counted');
is((dynstore('inspect', '--item', $_, 's.dyn'))[0], 0, "the item is known by $_") for qw(TEE-B 4006381333931);
items(($adobe =~ s/44\.0000/dear/r =~ s/,5\.0000/,many/r), ['--currency', 'EUR'], 'TEE');
like($err, qr/^feed:3:price: "dear" is no price/m, 'a price that is none is said with its column');
like($err, qr/^feed:2:qty: is no whole number/m, 'and so is stock');

# ---- what is wrong ----

items("Artikel;Name;Preis\n1;Ding;12\n", [], 1);
is($code, 3, 'a table of no export that is known is refused');
like($err, qr/feed:1: the header is none of an export that is known: docs\/imports\.md lists them/, 'with what is known');
items($legacy . qq{bad,"open,never closed\nnext,Next,,,,,,Title,Default Title,,,N,,,,1,,,,,,\n}, ['--currency', 'EUR'], 'next');
like($err, qr/^feed:10:line: has a quotation mark that is not closed/m, 'quotation marks that are not closed are said');
is((dynstore('inspect', '--item', 'next', 's.dyn'))[0], 0, 'and the next row is read');
items($legacy =~ s/^mug,Mug,/mug,Mug,,,,,/mr, ['--currency', 'EUR'], 'cap');
like($err, qr/^feed:6:line: has 26 fields, and the header has 22: a field with a separator needs quotation marks$/m, 'a row of too many fields is said');
items(Encode::encode('cp1252', $legacy =~ s/Trail Tee/Träil €/r), ['--currency', 'EUR'], 'trail-tee');
like((dynstore('inspect', '--item', 'trail-tee', 's.dyn'))[1], qr/title: Tr\xc3\xa4il \xe2\x82\xac/, 'a file in Windows-1252 is read');
like($err, qr/^feed:2:line: bytes that are no UTF-8 were read as Windows-1252/m, 'and that is said');
for ([['--currency', 'Euro'], qr/--currency: "Euro" is no ISO 4217 code/], [['--decimal', 'dot'], qr/--decimal: "dot" is neither point nor comma/], [['--item-url', '/p/'], qr/--item-url: "\/p\/" is no URL or path with \{handle\}/]) {
    ($code, $out, $err) = dynstore('build', '-c', 'feed', '-o', 's.dyn', @{ $_->[0] });
    is($code, 2, "@{ $_->[0] } is wrong usage");
    like($err, $_->[1], 'with a sentence');
}

# ---- dynstore import ----

{
    write_file('catalog', Dynstore::Command::read_file('t/fixtures/outdoor/catalog.jsonl'));
    write_file('events', Dynstore::Command::read_file('t/fixtures/outdoor/events.jsonl'));
    write_file('more', <<'MORE');
{"kind":"bundle","id":"kit","title":{"en":"Kit","de":"Satz"},"description":{"de":"Alles"},"items":["trail-pack-30","rain-cover-m"],"price":"139.00","currency":"EUR"}
{"kind":"content","id":"hero","slot":"hero","approved":true,"title":"Out there","url":"/"}
{"id":"whole","title":"Whole","url":"/w","image":"/w.jpg","price":"10.00","currency":"KWD","category":["A","B","C"],"brand":"B","tags":["t"],"audience":"women","colour":["red"],"sizes":[38,"M"],"attributes":{"material":["wool","silk"],"only_for_tier":"gold"},"description":"D","fit":"F","language":"de","badges":["New"],"rating":4.6,"rating_count":3,"sale_price":"9.999","sale_from":"2026-03-01T00:00:00Z","sale_until":1772323200123,"stock":0,"margin":-0.1234,"group":"g","variants":[{"id":"whole-1","title":"1","price":"11.000","stock":0}],"compatible_with":["trail-pack-30"],"age_min":18,"countries":["DE","AT"],"created":1772323200,"keywords":["k"],"aliases":["a1"]}
{"id":"bare","countries_blocked":["US"]}
MORE
    my @build = ('build', '-e', 'events', '-o');
    ($code, $out, $err) = dynstore('import', 'catalog', 'more', '-o', 'lines');
    is($code, 0, 'dynstore import reads catalogues') or diag $err;
    like($err, qr/^catalog: JSON Lines, 31 items$/m, 'and says what each file is');
    like($err, qr/^33 items, 32 of them with a price and \d+ that can be shown/m, 'and what there is');
    is((dynstore(@build, 'a.dyn', '-c', 'catalog', '-c', 'more'))[0], 0, 'a snapshot of the files');
    is((dynstore(@build, 'b.dyn', '-c', 'lines'))[0], 0, 'and one of the lines');
    ok(Dynstore::Command::read_file("$folder/a.dyn") eq Dynstore::Command::read_file("$folder/b.dyn"), 'are the same bytes');
    write_file('feed', Encode::encode('UTF-8', $legacy));
    ($code, $out, $err) = dynstore('import', '--currency', 'EUR', 'feed');
    my @lines = map { JSON::PP->new->utf8->decode($_) } split /\n/, $out;
    is(join(' ', map { $_->{id} } @lines), 'trail-tee mug cap', 'lines go to standard output');
    is((dynstore('import', '--check', '--currency', 'EUR', 'feed'))[0], 0, '--check finds nothing wrong');
    ($code, $out, $err) = dynstore('import', '--check', 'feed');
    is("$code $out", '1 ', '--check with bad rows exits with 1, and writes no lines');
    like($err, qr/; 5 bad rows$/m, 'and counts them');
    is((dynstore('import'))[0], 2, 'without a file it is wrong usage');
    is((dynstore('import', 'none'))[0], 3, 'with a file that is not there it fails');
}

# ---- the handle in a link ----

my ($linked, $same, $none) = items("id\ttitle\tlink\timage_link\tavailability\tprice\n77\tTent\thttps://shop.example/en/products/the-tent?variant=3#a\thttps://c.example/a.jpg\tin_stock\t10 EUR\n"
    . "78\tTarp\thttps://shop.example/product/the-tarp/\thttps://c.example/b.jpg\tin_stock\t10 EUR\n79\tMug\thttps://shop.example/index.php?id=79\thttps://c.example/c.jpg\tin_stock\t10 EUR\n",
    [], 'the-tent', 'the-tarp', 'index.php');
is(join(' ', map { $_ ? $_->{id} : 'nothing' } $linked, $same, $none), '77 78 nothing', 'the handle in a link of a feed names the product, and no other part does');

# ---- files that no reader knows ----

my %map = (fields => { id => 'Nr', title => 'Name', price => 'Preis', sale_price => 'Aktion', stock => 'Bestand', category => 'Gruppe', aliases => ['EAN', 'MPN'], tags => 'Worte',
        description => ['Lang', 'Kurz'], attributes => { colour => 'Farbe' } }, constants => { url => '/', brand => 'Nordhang' }, separators => { category => '/', tags => ';' }, decimal => 'comma', currency => 'EUR');
sub mapped { my ($map, $text, @ids) = @_; write_file('map', ref $map ? JSON::PP->new->utf8->encode($map) : $map); return items($text, ['--map', 'map'], @ids) }
my $odd = "Nr,Name,Kurz,Lang,Preis,Aktion,Bestand,Gruppe,EAN,MPN,Worte,Farbe\n"
    . qq(A-1,"Zelt, groß",kurz,<p>Ein Zelt</p>,"1.299,00","999,00",3,Zelte/Kuppelzelte,4006381333931,N-77,neu;leicht,Grün\n)
    . qq(A-2,Tarp,kurz,,"49,90",,0,Zelte,,,,\nA-3,Topf,,,viel,,1,,,,,\n,Ohne,,,"1,00",,,,,,,\n);
my ($one, $two, $alias) = mapped(\%map, $odd, 'A-1', 'A-2', 'N-77');
is(told($one), 'id=A-1 | title=Zelt, groß | url=/ | price=1299.00 | currency=EUR | sale_price=999.00 | stock=3 | brand=Nordhang | description=Ein Zelt', 'columns are the fields that the map says');
is(traits($one), 'colour=Grün | tag=leicht,neu', 'tags and attributes, too');
is(told($two), 'id=A-2 | title=Tarp | url=/ | price=49.90 | currency=EUR | stock=0 | brand=Nordhang | description=kurz', 'of several columns the first that is not empty counts') or diag($err);
is($alias && $alias->{id}, 'A-1', 'and of a list all do');
like($err, qr/^feed:4: ?price: "viel" is no price/m, 'a bad price is said with its row');
like($err, qr/^feed:5: ?id: is missing/m, 'and so is a row without an id');
my ($json) = mapped({ fields => { id => 'nr', title => 'n.de', price => 'preis', aliases => 'codes' }, constants => { url => '/x' }, currency => 'EUR' },
    '[{"nr":7,"n":{"de":"Zelt"},"preis":12.5,"codes":["a7","b7"]}]', 'b7');
is(told($json), 'id=7 | title=Zelt | url=/x | price=12.50 | currency=EUR', 'members of JSON objects are found by their paths');
my ($parent, $child) = mapped({ fields => { id => 'nr', title => 't', variant_of => 'of', price => 'p', stock => 's', attributes => { colour => ['f1', 'f2'] } }, constants => { url => '/x' }, currency => 'EUR' },
    "nr,t,of,p,s,f1,f2\nA,Tent,,10,,red,blue\nB,large,A,12,3,,\n", 'A', 'B');
is(variants($parent), 'B large 12.00 3', 'a row that names its product is a variant of it') or diag($err);
is(traits($parent), 'colour=blue,red', 'and an attribute has the values of all its columns');
for my $bad (
    ['{"fields":{"id":"a","title":"b"},"currency":"euro"}', 'map: currency: is no ISO 4217 code; EUR would be right'],
    ['{', 'map:1:1: .*'], ['{"field":{}}', 'map: has no member "fields", .*'], ['{"fields":{"id":"a","titel":"b","title":"c"}}', 'map: "titel" is no field of a product; .*'],
    ['{"fields":{"id":"a"}}', 'map: fields: "id" and "title" are needed'], ['{"fields":{"id":"a","title":7}}', 'map: fields\.title: is no name of a column, and no list of such names'],
    ['{"fields":{"id":"a","title":"b"},"decimal":"dot"}', 'map: decimal: is neither "point" nor "comma"'], ['{"fields":{"id":"a","title":"b"},"constants":{"brand":7}}', 'map: constants\.brand: is no text'],
    ['{"fields":{"id":"a","title":"b"},"separators":{"title":","}}', 'map: separators\.title: say of .*'], ['{"fields":{"id":"a","title":"b"},"more":1}', 'map: "more" is no member; .*'],
) {
    mapped($bad->[0], $odd);
    like("$code $err", qr/^2 dynstore build: --map: $bad->[1]; see dynstore build --help$/, "a map that is none is refused: $bad->[0]");
}
mapped({ fields => { id => 'Nr', title => 'Titel' } }, $odd);
like($err, qr/feed:1: has no column "Titel", in which --map looks for "title"/, 'a column that is not there is said');

done_testing();
