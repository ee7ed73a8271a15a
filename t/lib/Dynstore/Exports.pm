# Exports of one shop of 500 products, as platforms write them, with what real ones have: variants and pictures in rows of their own, HTML,
# drafts, missing prices, SKUs that two products share, sales, odd bytes and broken rows. The same each time.
package Dynstore::Exports;

use strict;
use warnings;

use JSON::PP ();

use constant COUNT => 500;

my @kinds   = (['Trail Pack', 'Packs > Day packs'], ['Tent', 'Tents'], ['Stove', 'Cooking > Stoves'], ['Rain Jacket', 'Clothing > Jackets'], ['Wool Sock', 'Clothing > Socks'],
               ['Sleeping Bag', 'Sleeping'], ['Headlamp', 'Light'], ['Water Bottle', 'Cooking > Bottles'], ['Map Case', 'Navigation'], ['Trekking Pole', 'Poles']);
my @vendors = ('Nordhang', 'Fjell & Söhne', 'ALM', 'Kamm', 'Vidde', 'Ostwand', 'Gr8 Outdoors', 'Tarn');

# Each product as plain facts.
sub products {
    return map {
        my ($name, $path) = @{ $kinds[$_ % @kinds] };
        my $title  = $_ % @kinds == 0 ? 'Trail Pack ' . (1 + $_ / @kinds) : "$name No. $_";
        my $handle = lc $title =~ s/[^A-Za-z0-9]+/-/gr;
        +{  number => 7000000000 + $_, title => $_ % 13 ? $title : "$title \"Édition spéciale\"", handle => $handle, path => $path, vendor => $vendors[$_ % @vendors],
            price  => $_ % 60 == 59 ? '' : sprintf('%.2f', 9.9 + ($_ * 37) % 400), was => $_ % 11 ? '' : sprintf('%.2f', 19.9 + ($_ * 37) % 400),
            stock  => $_ % 17 == 16 ? 0 : 1 + $_ % 40, draft => $_ % 50 == 49, sku => $_ % 80 == 79 ? 'SHARED' : "SKU-$_", sizes => $_ % 7 ? [''] : [qw(S M L)],
            pictures => 1 + $_ % 3, body => "<div class=\"rte\"><p>Für $title &amp; more&nbsp;&mdash; <b>light</b>,\nand \"tough\".</p><script>track()</script></div>",
            tags => join(', ', 'outdoor', $_ % 2 ? 'summer' : 'winter', $_ % 9 ? () : 'Sale!') }
    } 0 .. COUNT - 1;
}

sub cell { my $text = shift // ''; return $text =~ /[",\n]/ ? '"' . ($text =~ s/"/""/gr) . '"' : $text }
sub row { return join(',', map { cell($_) } @_) . "\n" }

# Shopify's product export with its headers of before (true) and of now, in Windows-1252 and in UTF-8 with a byte order mark.
sub shopify {
    my $before = shift;
    my @header = $before
        ? ('Handle', 'Title', 'Body (HTML)', 'Vendor', 'Type', 'Tags', 'Published', 'Option1 Name', 'Option1 Value', 'Variant SKU', 'Variant Inventory Tracker', 'Variant Inventory Qty',
           'Variant Inventory Policy', 'Variant Price', 'Variant Compare At Price', 'Image Src', 'Status')
        : ('URL handle', 'Title', 'Description', 'Vendor', 'Type', 'Tags', 'Published on online store', 'Option1 name', 'Option1 value', 'SKU', 'Inventory tracker', 'Inventory quantity',
           'Continue selling when out of stock', 'Price', 'Compare-at price', 'Product image URL', 'Status');
    my $text = row(@header);
    for my $product (products()) {
        my $first = 1;
        for my $size (@{ $product->{sizes} }) {
            my ($price, $was) = @$product{qw(price was)};
            $text .= row($product->{handle}, $first ? (@$product{qw(title body vendor)}, $product->{path} =~ s/.* > //r, $product->{tags}, $product->{draft} ? ($before ? 'FALSE' : 'false') : $before ? 'TRUE' : 'true') : ('') x 6,
                $first ? ($size eq '' ? 'Title' : 'Size') : '', $size eq '' ? 'Default Title' : $size, $product->{sku} . ($size && "-$size"), 'shopify', $product->{stock}, $before ? 'deny' : 'false',
                $price, $was, $first ? "https://cdn.example/$product->{handle}-1.jpg" : '', $first ? ($product->{draft} ? 'draft' : 'active') : '');
            $first = 0;
        }
        $text .= row($product->{handle}, ('') x 14, "https://cdn.example/$product->{handle}-$_.jpg", '') for 2 .. $product->{pictures};
    }
    $text .= row('', 'A row without a handle', ('') x 15);
    return $before ? windows($text) : "\xef\xbb\xbf$text";
}

# the letters above as Windows-1252 has them: each one's last byte in UTF-8 tells which
sub windows { my $text = shift; $text =~ s/\xc3([\x80-\xbf])/chr(ord($1) + 64)/ge; return $text }

sub merchant_fields {
    my $product = shift;
    my @fields = map {
        my $size = $_;
        +{  id => "$product->{number}" . ($size && "_$size"), item_group_id => $size && $product->{number}, title => "$product->{title}" . ($size && " $size"), description => $product->{body},
            link => "https://shop.example.com/products/$product->{handle}?utm_source=google&variant=1", image_link => "https://cdn.example/$product->{handle}-1.jpg",
            availability => $product->{stock} ? 'in_stock' : 'out of stock', price => $product->{was} ne '' ? "$product->{was} EUR" : $product->{price} && "$product->{price} EUR",
            sale_price => $product->{was} ne '' && $product->{price} ne '' ? "$product->{price} EUR" : '', brand => $product->{vendor}, gtin => $size ? '' : sprintf('40063813%05d', $product->{number} % 100000),
            product_type => $product->{path}, size => $size }
    } @{ $product->{sizes} };
    return $product->{draft} ? () : @fields;
}

my @attributes = qw(id item_group_id title description link image_link availability price sale_price brand gtin product_type size);

sub merchant_text {
    return join '', join("\t", @attributes) . "\n", map { my $fields = $_; join("\t", map { $fields->{$_} =~ s/[\t\n]+/ /gr } @attributes) . "\n" } map { merchant_fields($_) } products();
}

sub xml { return $_[0] =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr }

sub merchant_xml {
    my $text = qq{<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title><link>https://shop.example.com</link>\n};
    for my $fields (map { merchant_fields($_) } products()) {
        $text .= '<item>' . join('', map { my $tag = /^(?:title|description|link)$/ ? $_ : "g:$_"; $fields->{$_} eq '' ? '' : "<$tag>" . ($_ eq 'description' ? "<![CDATA[$fields->{$_}]]>" : xml($fields->{$_})) . "</$tag>" } @attributes) . "</item>\n";
    }
    return "$text</channel></rss>\n";
}

sub woocommerce {
    my $text = row('ID', 'Type', 'SKU', 'Name', 'Published', 'Visibility in catalog', 'Short description', 'Description', 'In stock?', 'Stock', 'Backorders allowed?', 'Sale price', 'Regular price', 'Categories', 'Tags',
        'Images', 'Parent', 'Attribute 1 name', 'Attribute 1 value(s)', 'Brands');
    for my $product (products()) {
        my $id = $product->{number} % 100000 + 10;
        my $variable = @{ $product->{sizes} } > 1;
        my ($sale, $regular) = $product->{was} ne '' ? ($product->{price}, $product->{was}) : ('', $product->{price});
        $text .= row($id, $variable ? 'variable' : 'simple', $product->{sku}, $product->{title}, $product->{draft} ? -1 : 1, 'visible', '', $product->{body}, $product->{stock} ? 1 : 0, $variable ? '' : $product->{stock}, 0,
            $variable ? ('', '') : ($sale, $regular), $product->{path}, $product->{tags}, "https://cdn.example/$product->{handle}-1.jpg", '', $variable ? ('Size', 'S, M, L') : ('', ''), $product->{vendor});
        next unless $variable;
        for my $number (0 .. 2) {
            $text .= row($id + 50000 + 1000 * $number, 'variation', "$product->{sku}-$number", "$product->{title} - $product->{sizes}[$number]", 1, 'visible', '', '', 1, $product->{stock}, 0, $sale, $regular, '', '', '',
                $product->{sku} eq 'SHARED' ? "id:$id" : $product->{sku}, 'Size', $product->{sizes}[$number], '');
        }
    }
    return $text;
}

# BigCommerce's product export with rows of kind Product, Variant and Image; it has no handles but in the products' paths.
sub bigcommerce {
    my $text = row('Item', 'ID', 'Name', 'Type', 'SKU', 'Options', 'Inventory Tracking', 'Current Stock', 'Price', 'Sale Price', 'Categories', 'Description', 'Product URL', 'Is Visible',
        'Custom Fields', 'Variant Image URL', 'Image URL (Import)', 'Image is Thumbnail');
    $text .= row('Variant', 1, '', '', 'LOST', ('') x 13);
    for my $product (products()) {
        my $id = $product->{number} % 100000 + 10;
        my $sized = @{ $product->{sizes} } > 1;
        my ($sale, $regular) = $product->{was} ne '' ? ($product->{price}, $product->{was}) : ('0.0', $product->{price});
        $text .= row('Product', $id, $product->{title}, 'physical', $product->{sku}, '', $sized ? 'variant' : 'product', $sized ? 0 : $product->{stock}, $regular, $sale, $product->{path} =~ s/ > /\//gr . ';Sale',
            $product->{body}, "/$product->{handle}/", $product->{draft} ? 'FALSE' : 'TRUE', "Tags=$product->{tags}", '', '', '');
        for my $number ($sized ? 0 .. 2 : ()) {
            my $size = $product->{sizes}[$number];
            $text .= row('Variant', 50000 + $id * 3 + $number, '', '', $product->{sku} eq 'SHARED' ? '' : "$product->{sku}-$size", "Type=Rectangle|Name=Size|Value=$size", '', $product->{stock}, '', '', ('') x 8);
        }
        $text .= row('Image', '', ('') x 14, "https://cdn.example/$product->{handle}-$_.jpg", $_ == 1 ? 'TRUE' : 'FALSE') for 1 .. $product->{pictures};
    }
    return $text;
}

# Adobe Commerce's: variants in rows of their own, before the product that names them, and rows of a store view. Its SKUs are never shared.
sub adobe_sku { my $product = shift; return $product->{sku} eq 'SHARED' ? 'SKU-' . ($product->{number} - 7000000000) : $product->{sku} }

sub adobe {
    my $text = row('sku', 'store_view_code', 'attribute_set_code', 'product_type', 'categories', 'name', 'description', 'product_online', 'visibility', 'price', 'special_price', 'url_key', 'base_image',
        'additional_attributes', 'qty', 'is_in_stock', 'manage_stock', 'use_config_manage_stock', 'allow_backorders', 'configurable_variations');
    for my $product (products()) {
        my $sku   = adobe_sku($product);
        my @sizes = grep { $_ ne '' } @{ $product->{sizes} };
        my ($special, $regular) = $product->{was} ne '' ? @$product{qw(price was)} : ('', $product->{price});
        my $path  = 'Default Category/' . ($product->{path} =~ s/ > /\//gr);
        my $more  = "has_options=0,manufacturer=$product->{vendor},season=" . ($product->{tags} =~ /summer/ ? 'summer' : 'winter');
        my $row   = sub { my ($own, $type, $name, $visibility, $attributes, $variations) = @_;
            return row($own, '', 'Default', $type, "$path,Default Category", $name, $product->{body}, $product->{draft} ? 2 : 1, $visibility, $type eq 'configurable' ? '' : "$regular", $special,
                $product->{handle} . ($own eq $sku ? '' : lc substr $own, -2), "/t/r/$product->{handle}-1.jpg", $attributes, $type eq 'configurable' ? '0.0000' : "$product->{stock}.0000", $product->{stock} ? 1 : 0, 1, 1, '0.0000', $variations) };
        $text .= $row->("$sku-$_", 'simple', "$product->{title}-$_", 'Not Visible Individually', "$more,size=$_", '') for @sizes;
        $text .= $row->($sku, @sizes ? 'configurable' : 'simple', $product->{title}, 'Catalog, Search', $more, join '|', map { "sku=$sku-$_,size=$_" } @sizes);
        $text .= row($sku, 'de', ('') x 3, "$product->{title} (deutsch)", ('') x 14);
    }
    return $text;
}

# A day of Google Analytics 4 as BigQuery exports it: shoppers who look at three neighbours and buy the first, by SKU or number; some events of none of the shop's products.
sub analytics {
    my ($id_of, $begin_s) = @_;
    my @products = grep { !$_->{draft} } products();
    my $json = JSON::PP->new->canonical->utf8(0);
    my $text = '';
    for my $visitor (1 .. 600) {
        my $first = $products[($visitor * 31) % @products];
        my @seen  = map { $products[($visitor * 31 + $_ * 10) % @products] } 0 .. 2;
        my $time  = ($begin_s + $visitor * 97) * 1_000_000;
        my $event = sub {
            my ($name, $item, %more) = @_;
            $time += 30_000_000;
            return $json->encode({ event_date => '20260301', event_timestamp => "$time", event_name => $name, user_pseudo_id => "$visitor.17", event_params => [{ key => 'ga_session_id', value => { int_value => '1' } }],
                items => [{ item_id => $item, item_name => 'x', price => 10.5, quantity => 1 }], %more }) . "\n";
        };
        $text .= $event->('view_item', $visitor % 70 ? $id_of->($_) : "gift-card-$visitor") for @seen;
        $text .= $event->('purchase', $id_of->($first), ecommerce => { transaction_id => "T-$visitor" }) if $visitor % 3 == 0;
    }
    return $text;
}

1;
