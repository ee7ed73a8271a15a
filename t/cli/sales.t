#!/usr/bin/env perl
# Events as Google Analytics 4 and Shopify export them: what build learns of them, and that they name nobody; docs/catalog.md.
use strict;
use warnings;
use JSON::PP qw(decode_json encode_json);
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore shell folder write_file read_file);

sub build {
    my ($events, @more) = @_;
    my @files = map { ('--events', $_) } ref $events ? @$events : $events;
    unlink folder() . '/store.dyn';
    return dynstore('build', '--catalog', 'products.csv', '--currency', 'EUR', @files, '-o', 'store.dyn', @more);
}

# The snapshot of the events in our own lines.
sub same_as {
    my ($lines, $name) = @_;
    my $made = read_file(folder() . '/store.dyn');
    write_file('own.jsonl', join '', map { encode_json($_) . "\n" } @$lines);
    my ($code, undef, $err) = build('own.jsonl');
    is($code, 0, 'our own lines are read') or diag($err);
    ok(defined $made && $made eq read_file(folder() . '/store.dyn'), $name);
}

sub event { my %event; @event{qw(visitor time event item_id)} = @_; return \%event }

write_file('products.csv', <<'CSV');
Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price
tent,Tent,Nordhang,Colour,Moss,TENT-M,199.00
tent,,,,Sand,TENT-S,199.00
stove,Stove,Nordhang,,,STOVE,49.50
lamp,Lamp,Nordhang,,,LAMP,19.00
CSV

# ---- Google Analytics 4 ----

sub ga4 {
    my ($name, $visitor, $microseconds, $items, %more) = @_;
    return encode_json({ event_date => '20260301', event_name => $name, event_timestamp => $microseconds, user_pseudo_id => $visitor,
        event_params => [{ key => 'ga_session_id', value => { int_value => '17723' } }, { key => 'currency', value => { string_value => 'EUR' } }],
        items => $items, %more }) . "\n";
}
my $second = 1_000_000;
my $start = 1_772_323_200 * $second;
my @ga4 = (
    ga4('session_start', '1.2', "$start", []),
    ga4('view_item', '1.2', "$start", [{ item_id => 'tent', price => '199.0', quantity => undef }]),
    ga4('add_to_cart', '1.2', $start + 20 * $second, [{ item_id => 'TENT-S', price => 199.0000001, quantity => '2' }]),
    ga4('view_item', '1.2', '' . ($start + 40 * $second), [{ item_id => 'shopify_DE_77_99', item_variant => 'Moss' }, { item_id => '(not set)' }]),
    ga4('purchase', '1.2', '' . ($start + 60 * $second), [{ item_id => '12345', item_variant => 'TENT-M', price => 199, quantity => 1 }, { item_id => 'stove', price => '49.5', quantity => '1' }],
        ecommerce => { transaction_id => 'T-1', purchase_revenue => '248.5' }),
    ga4('view_item', undef, "$start", [{ item_id => 'tent' }]),
    ga4('view_item', '3.4', '' . ($start + 5 * $second), []),
    ga4('view_item', '3.4', '' . ($start + 5 * $second), [{ item_id => 'lamp' }]),
);
my @own = (
    event('1.2', 1772323200, 'view_item', 'tent'), event('1.2', 1772323220, 'add_to_cart', 'tent'),
    event('1.2', 1772323240, 'view_item', 'shopify_DE_77_99'),
    event('1.2', 1772323260, 'purchase', 'tent'), event('1.2', 1772323260, 'purchase', 'stove'), event('3.4', 1772323205, 'view_item', 'lamp'),
);
write_file('ga4.jsonl', join '', @ga4);
my ($code, $out, $err) = build('ga4.jsonl');
is($code, 0, "GA4's export is read") or diag($err);
like($err, qr/ga4\.jsonl:1:event_name: events of kinds that nothing is learned from were passed over \(1 time\)/, 'kinds of events that teach nothing are passed over');
like($err, qr/ga4\.jsonl:6:user_pseudo_id: events or orders that tell of no visitor were passed over/, 'as are events of nobody');
like($err, qr/ga4\.jsonl:7:items: events and line items without a product's id or SKU/, 'and events without an item');
same_as(\@own, "what GA4's export says is learned, with the variant where the item is not known");
write_file('ga4-list.json', '[' . join(',', @ga4) . "]\n");
is((build('ga4-list.json'))[0], 0, 'a list of them is read');
same_as(\@own, 'and says the same');
write_file('bad.jsonl', $ga4[1] . ga4('view_item', '9.9', 'soon', [{ item_id => 'tent' }]) . $ga4[1]);
($code, undef, $err) = build('bad.jsonl', '--max-bad-share', 60);
like($err, qr/^bad\.jsonl:2:time: is missing or no point in time/m, 'a time that is none is said with its line');

# ---- Shopify's orders as CSV ----

my $orders = <<'CSV';
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Total,Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Notes,Cancelled at,Refunded Amount,Phone
#1001,ann.miller@example.com,paid,2026-03-01 01:00:00 +0100,fulfilled,EUR,248.50,,2026-03-01 01:00:00 +0100,1,Tent - Moss,199.00,TENT-M,Ann Miller,"leave it
at the door, please",,0.00,+49 170 5550123
#1001,,,,,,,,,1,Stove,49.50,STOVE,,,,,
#1001,,,,,,,,,1,Gift wrap,3.00,,,,,,
#1002,Ben@Example.com,refunded,2026-03-01 02:00:00 +0100,,EUR,19.00,,2026-03-01 02:00:00 +0100,1,Lamp,19.00,LAMP,Ben Doe,,,19.00,
#1003,ann.miller@EXAMPLE.com ,paid,2026-03-02 01:00:00 +0100,,EUR,19.00,,2026-03-02 01:00:00 +0100,1,Lamp,19.00,LAMP,Ann Miller,,,0.00,
#1004,cy@example.com,paid,2026-03-02 01:00:00 +0100,,EUR,19.00,,2026-03-02 01:00:00 +0100,1,Lamp,19.00,LAMP,Cy,,2026-03-02 03:00:00 +0100,0.00,
#1005,,pending,,,EUR,49.50,,2026-03-03 01:00:00 +0100,1,Stove,49.50,STOVE,Dee,,,0.00,
CSV
my @bought = (event('a', 1772323200, 'purchase', 'tent'), event('a', 1772323200, 'purchase', 'stove'), event('a', 1772409600, 'purchase', 'lamp'),
    event('d', 1772496000, 'purchase', 'stove'));
write_file('orders.csv', $orders);
($code, $out, $err) = build('orders.csv');
is($code, 0, "Shopify's orders are read") or diag($err);
like($err, qr/orders\.csv:5:Lineitem sku: events and line items without a product's id or SKU.*\(1 time\)/, 'a line item without a SKU is passed over');
like($err, qr/orders\.csv:6:order: here first: orders and line items that were cancelled, given back or tests were left out \(2 times\)/, 'orders that came to nothing are left out');
same_as(\@bought, 'an order of several rows is one, and an e-mail address is one visitor');
my $twice = do { build('orders.csv'); my $one = read_file(folder() . '/store.dyn'); build('orders.csv'); $one eq read_file(folder() . '/store.dyn') };
ok($twice, 'the key of a run changes nothing in the snapshot');
write_file('halves.csv', join '', (split /^/, $orders)[0 .. 4]);
write_file('other-half.csv', join '', (split /^/, $orders)[0, 5 .. 8]);
build(['halves.csv', 'other-half.csv']);
same_as(\@bought, 'a visitor of two files is one');
write_file('orders-bad.csv', $orders . "#1007,,,,,,,,,1,Stove,49.50,STOVE,,,,,\n#1008,ann.miller\@example.com,paid,,,EUR,5,,soon,1,Stove,49.50,STOVE,,,,,\n");
($code, $out, $err) = build('orders-bad.csv', '--max-bad-share', 60);
is($code, 0, 'bad rows are skipped');
like($err, qr/^orders-bad\.csv:10:Created at: is missing/m, 'a row of no order is said with its line');
like($err, qr/^orders-bad\.csv:11:time: is missing or no point in time/m, 'as is a time that is none');
unlike("$out$err", qr/miller|example|5550123/i, 'no message names a person');

build('orders.csv', '--authenticated', 'purchase');
same_as(\@bought, 'an order is vouched for');

# ---- as JSON ----

sub line_item { my ($id, $sku, $quantity, $price, %more) = @_; return { id => $id, product_id => $id * 10, variant_id => $id * 10 + 1, sku => $sku, quantity => $quantity, price => $price, %more } }
my %ann = (email => 'ann.miller@example.com', currency => 'EUR', customer => { id => 7, email => 'ann.miller@example.com', first_name => 'Ann' });
my @rest = (
    { id => 1, name => '#1001', created_at => '2026-03-01T01:00:00+01:00', cancelled_at => undef, financial_status => 'paid', %ann,
        line_items => [line_item(1, 'TENT-M', 1, '199.00'), line_item(2, 'STOVE', 1, '49.50'), line_item(3, 'LAMP', 1, '19.00', current_quantity => 0), { id => 9, product_id => undef, sku => undef, quantity => 1, price => '3.00' }] },
    { id => 2, name => '#1002', created_at => '2026-03-01T02:00:00+01:00', financial_status => 'voided', %ann, line_items => [line_item(3, 'LAMP', 1, '19.00')] },
    { id => 3, name => '#1003', created_at => '2026-03-02T01:00:00+01:00', financial_status => 'partially_refunded', %ann, line_items => [line_item(3, 'LAMP', 1, '19.00'), line_item(4, 'STOVE', 2, '49.50')],
        refunds => [{ refund_line_items => [{ line_item_id => 4, quantity => 2 }] }] },
    { id => 4, name => '#1004', created_at => '2026-03-02T01:00:00+01:00', test => JSON::PP::true, %ann, line_items => [line_item(3, 'LAMP', 1, '19.00')] },
    { id => 5, name => '#1005', created_at => '2026-03-03T01:00:00+01:00', financial_status => 'pending', currency => 'EUR', line_items => [line_item(2, 'STOVE', 1, '49.50')] },
);
write_file('orders.json', encode_json({ orders => \@rest }));
($code, $out, $err) = build('orders.json');
is($code, 0, 'orders of the REST API are read') or diag($err);
same_as(\@bought, 'with the SKU where the number is not known, and without what was given back');
write_file('orders.jsonl', join '', map { encode_json($_) . "\n" } @rest);
build('orders.jsonl');
same_as(\@bought, 'one on each line as well');

my @bulk;
for my $order (@rest) {
    my $parent = "gid://shopify/Order/$order->{id}";
    push @bulk, { id => $parent, name => $order->{name}, createdAt => $order->{created_at}, displayFinancialStatus => uc($order->{financial_status} // ''),
        test => $order->{test} // JSON::PP::false, currencyCode => 'EUR', ($order->{customer} ? (email => $order->{email}, customer => { id => 'gid://shopify/Customer/7' }) : (email => undef)) };
    for my $item (@{ $order->{line_items} }) {
        my $back = grep { $_->{line_item_id} == $item->{id} } map { @{ $_->{refund_line_items} } } @{ $order->{refunds} || [] };
        push @bulk, { id => "gid://shopify/LineItem/$item->{id}", quantity => $item->{quantity}, currentQuantity => $back ? 0 : $item->{current_quantity} // $item->{quantity}, sku => $item->{sku},
            product => $item->{product_id} && { id => "gid://shopify/Product/$item->{product_id}" }, originalUnitPriceSet => { shopMoney => { amount => $item->{price}, currencyCode => 'EUR' } }, __parentId => $parent };
    }
}
push @bulk, { id => 'gid://shopify/Refund/1', __parentId => 'gid://shopify/Order/3' };
write_file('bulk.jsonl', join '', map { encode_json($_) . "\n" } @bulk);
($code, $out, $err) = build('bulk.jsonl');
is($code, 0, 'a bulk operation is read') or diag($err);
same_as(\@bought, 'with line items that are lines of their own');
unlike("$out$err", qr/miller|example|Ann/i, 'and nobody is named');

# ---- whether events find their items ----

sub views { my ($visitor, %ids) = @_; my $n = 0; return join '', map { my $id = $_; map { encode_json(event($visitor, 1_772_323_200 + 4000 * $n++, 'view_item', $id)) . "\n" } 1 .. $ids{$id} } sort keys %ids }
write_file('good.jsonl', views('v1', tent => 3, 'TENT-S' => 3, STOVE => 2));
write_file('poor.jsonl', views('v2', lamp => 2, 8123456789 => 5, 8123456790 => 4, 8123456791 => 3, 8123456792 => 2, 8123456793 => 1, 8123456794 => 1, SOFA => 1));
($code, $out, $err) = build('good.jsonl');
like($out, qr/^  100\.0 % of 8 events found their item$/m, 'build says how many events found their item');
unlike("$out$err", qr/unknown ids|look like/, 'and no more where all did');
($code, $out, $err) = build(['good.jsonl', 'poor.jsonl']);
is($code, 0, 'events that find no item are no failure');
like($out, qr/^  37\.0 % of 27 events found their item\n    good\.jsonl: 100\.0 % of 8 events found their item\n    poor\.jsonl: 10\.5 % of 19 events found their item$/m, 'in all and by file');
like($out, qr/^  most frequent unknown ids: "8123456789" \(5\), "8123456790" \(4\), "8123456791" \(3\), "8123456792" \(2\), "8123456793" \(1\)$/m, 'and which ids are not known');
like($err, qr/^dynstore build: poor\.jsonl: only 2 of 19 events \(10\.5 %\) found their item in the catalogue$/m, 'below 95 % it warns');
unlike($err, qr/good\.jsonl/, 'of that file alone');
like($err, qr/unknown ids look like numbers of products or variants, and the catalogue's own like handles: Shopify's products\.json/, 'with what the ids are and where they are to be had');
is_deeply(decode_json((build(['good.jsonl', 'poor.jsonl'], '--json'))[1])->{join}, { events => 27, found => 10,
    files => [{ file => 'good.jsonl', events => 8, found => 8 }, { file => 'poor.jsonl', events => 19, found => 2 }],
    unknown => [map { { id => $_->[0], events => $_->[1] } } ['8123456789', 5], ['8123456790', 4], ['8123456791', 3], ['8123456792', 2], ['8123456793', 1]] }, 'the same as JSON');
for my $case (['Red-42', 'SKUs'], ['4006381333931', 'barcodes \(GTIN\)'], ['shopify_DE_1_2', "ids of Shopify's Google channel"]) {
    write_file('form.jsonl', views('v1', $case->[0] => 2));
    like((build('form.jsonl'))[2], qr/unknown ids look like $case->[1] ?[^,]*, and the catalogue's own like handles/, "$case->[0] is told by its form");
}
write_file('form.jsonl', views('v1', 'other-tent' => 2));
like((build('form.jsonl'))[2], qr/look like handles, as the catalogue's own do/, 'ids of the same form are of items that are gone');
write_file('form.jsonl', views('v1', tent => 19, gone => 1));
unlike((build('form.jsonl'))[2], qr/only/, '95 % are enough');
unlike((dynstore('build', '--events', 'poor.jsonl', '-o', 'events-only.dyn'))[1], qr/found their item/, 'without a catalogue there is nothing to find');
write_file('two.csv', "Handle,Title,Variant SKU,Variant Price\nfirst,First,SAME,1.00\nsecond,Second,SAME,2.00\n");
write_file('form.jsonl', views('v1', SAME => 2));
($code, undef, $err) = dynstore('build', '--catalog', 'two.csv', '--currency', 'EUR', '--events', 'form.jsonl', '-o', 'two.dyn');
like($err, qr/two\.csv:3:\S.*: a SKU or barcode that several items have names the first of them/, 'an id of two items is said');

# ---- the other commands ----

build(['ga4.jsonl', 'orders.csv']);
($code, $out, $err) = dynstore('report', '--events', 'orders.csv', '--events', 'ga4.jsonl');
is($code, 1, 'report reads them, and they tell of no experiment') or diag($err);

# ---- dynstore eval reads what build reads ----

write_file('ga4.jsonl', join '', map { my $visitor = $_; map { ga4('view_item', "$visitor.1", '' . ($start + ($visitor * 5000 + $_ * 20) * $second), [{ item_id => (qw(tent stove lamp))[$_] }]) } 0 .. 2 } 1 .. 20);
build('ga4.jsonl');
# two clicks, and two hours later two more: of a visitor that is two sessions, and one where the file says so
my @clicks = (['tent', 0], ['stove', 30], ['stove', 7200], ['lamp', 7230]);
sub predicted {
    my ($name, $text) = @_;
    write_file($name, $text);
    my ($code, $out, $err) = dynstore('eval', '--snapshot', 'store.dyn', '--sessions', $name, '--json');
    is($code, 0, "eval reads $name") or diag($err);
    my $report = $code == 0 ? decode_json($out) : {};
    return "$report->{all}{n} " . sprintf('%.3f', $report->{all}{mrr}) . " $err";
}
my %skus   = (tent => 'TENT-S', stove => 'STOVE', lamp => 'LAMP');
my $later  = 1772323200 + 500_000;
my $told   = predicted('told.jsonl', join '', map { encode_json(event('x', $later + $_->[1], 'view_item', $_->[0])) . "\n" } @clicks);
like($told, qr/^2 [01]\.\d+ $/, "the second click of each of a visitor's two sessions is predicted");
is(predicted('skus.jsonl', join '', map { encode_json(event('x', $later + $_->[1], 'view_item', $skus{ $_->[0] })) . "\n" } @clicks), $told, 'the same by SKUs');
is(predicted('google.jsonl', join '', ga4('session_start', '9.9', '' . $later * $second, []), map { ga4('view_item', '9.9', '' . ($later + $_->[1]) * $second, [{ item_id => "not $_->[0]", item_variant => $skus{ $_->[0] } }]) } @clicks), $told, 'the same in an export of Google Analytics, whose second id counts where the first is not known');
is(predicted('rows.tsv', join '', "visitor\titem_id\ttime\n", map { "x\t$_->[0]\t" . ($later + $_->[1]) . "\n" } @clicks), $told, 'the same in columns');
like(predicted('sessions.tsv', join '', "SessionId\tItemId\tTime\n", map { "1\t$_->[0]\t" . ($later + $_->[1]) . "\n" } @clicks), qr/^3 /, 'a session that the file names stays whole');
is(predicted('bought.csv', join '', "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Cancelled at\n", map { "#$_->[1],x\@example.com,paid,EUR,2026-03-0" . (6 + ($_->[1] > 60)) . " 09:00:" . sprintf('%02d', $_->[1] % 60) . " +0000,1,x,1.00,$skus{ $_->[0] },\n" } @clicks), $told, "the same in Shopify's orders, whose purchases are clicks");
like(predicted('others.jsonl', join '', map { encode_json(event('x', $later + $_, 'view_item', "other-$_")) . "\n" } 0 .. 2), qr/^2 0\.000 .*others\.jsonl: only 0\.0 % of 3 clicks found their item in the snapshot/s, 'clicks on items that the snapshot does not have are said');
predicted('pages.jsonl', encode_json({ visitor => 'x', time => $later, event => 'page_view' }) . "\n");

done_testing;
