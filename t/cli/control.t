#!/usr/bin/env perl
# dynstore control against a real Redis: what it writes into the control stream, lists of it, and refuses.
use strict;
use warnings;
use Cwd ();
use Test::More;
use JSON::PP qw(decode_json);
use lib 't/lib';
use Dynstore::Redis;
use Dynstore::Command qw(dynstore folder write_file read_file);

my $command = Cwd::abs_path('build/dynstore');
my $redis   = Dynstore::Redis->start(folder());
my $url     = 'redis://127.0.0.1:' . $redis->port;
my @signed  = qw(--author Ada --reason fair);
my $day     = 86400 * 1000;

# what each writes; they run side by side, since each waits for somebody to read the stream
my @told = (
    ['stock tent 0', { k => 'stock', item => 'tent', stock => '0' }],
    ['stock gid://shopify/Product/7 unknown', { k => 'stock', item => '7', stock => 'unknown' }],
    ['stock tent 3 --location Berlin', { k => 'stock', item => 'tent', stock => '3', location => 'Berlin' }],
    ['-- stock tarp -5', { k => 'stock', item => 'tarp', stock => '0' }],
    ['price tent 129 EUR', { k => 'price', item => 'tent', price => '129.00', currency => 'EUR' }],
    ['price tent 129.00 EUR --sale 99.90 --from 2026-12-01T00:00:00Z --until 2026-12-24T18:00:00Z',
        { k => 'price', item => 'tent', price => '129.00', currency => 'EUR', sale_price => '99.90', sale_from => '1796083200000', sale_until => '1798135200000' }],
    ['availability tent off', { k => 'availability', item => 'tent', available => '0' }],
    ['availability tent on', { k => 'availability', item => 'tent', available => '1' }],
    ['delete tent', { k => 'delete', item => 'tent' }],
    ['change tent', { k => 'change', item => 'tent' }],
    ["block tent --until +7d @signed", { k => 'override', override => 'block', item => 'tent', until => '+7d', author => 'Ada', reason => 'fair' }],
    ["pin tent --slot recs --position 2 --until +12h @signed",
        { k => 'override', override => 'pin', item => 'tent', slot => 'recs', position => '2', until => '+12h', author => 'Ada', reason => 'fair' }],
    ["boost tent 1.5 --until +30m @signed", { k => 'override', override => 'boost', item => 'tent', factor => '1.500', until => '+30m', author => 'Ada', reason => 'fair' }],
    ["apart tent tarp --until +1d @signed", { k => 'override', override => 'apart', item => 'tent', other => 'tarp', until => '+1d', author => 'Ada', reason => 'fair' }],
    ["restore tent @signed", { k => 'restore', item => 'tent', author => 'Ada', reason => 'fair' }],
    ["rules 8c1f5d0e72a94b36 @signed", { k => 'rules', version => '8c1f5d0e72a94b36', author => 'Ada', reason => 'fair' }],
    ['snapshot 3f1c0de5a2b4968714d0c8e2f7a95b31', { k => 'snapshot', version => '3f1c0de5a2b4968714d0c8e2f7a95b31' }],
    ["kill @signed", { k => 'kill', author => 'Ada', reason => 'fair' }],
    ["revive @signed", { k => 'revive', author => 'Ada', reason => 'fair' }],
);
my $before = time;
system join '', map { "$command control --redis $url $told[$_][0] >" . folder() . "/out.$_ 2>" . folder() . "/err.$_ & " } 0 .. $#told and BAIL_OUT('no shell');
for (1 .. 300) { last if @{ $redis->command('XRANGE', 'dyn:control', '-', '+') } == @told; select undef, undef, undef, 0.1 }
my %entry = map { $_->[0] => { @{ $_->[1] } } } @{ $redis->command('XRANGE', 'dyn:control', '-', '+') };
for my $number (0 .. $#told) {
    my ($words, $expected) = @{ $told[$number] };
    my $said;
    for (1 .. 150) { $said = read_file(folder() . "/err.$number") // ''; last if $said =~ /nobody reads/; select undef, undef, undef, 0.1 }
    my ($id) = (read_file(folder() . "/out.$number") // '') =~ /^control entry (\d+-\d+): /;
    my $got = $entry{ $id // '' } // {};
    if (($expected->{until} // '') =~ /^\+(\d+)([dhm])/) {
        my $apart = $1 * { d => $day, h => $day / 24, m => 60000 }->{$2};
        my $late  = ($got->{until} // 0) - $before * 1000 - $apart;
        ok($late >= 0 && $late < 60000, "$words: ends when it says");
        $got = { %$got, until => $expected->{until} };
    }
    is_deeply($got, $expected, "$words: the entry has what was said");
    like($said, qr/^dynstore control: nobody reads the control stream: /m, "$words: where no nginx reads, it says so");
}

# ---- list ----

my ($code, $out, $err) = dynstore('control', 'list', '--redis', $url, '--json');
is("$code $err", '0 ', 'a list of the entries');
my @listed = map { decode_json($_) } split /\n/, $out;
is_deeply({ map { my %fields = %$_; (delete $fields{id}) => \%fields } @listed }, \%entry, 'as JSON has all of them with all fields');
($code, $out, $err) = dynstore('control', 'list', '--redis', $url, '--since', $listed[-2]{id});
like($out, qr/\A\Q$listed[-1]{id}\E(?: \w+="[^"]*")+\n\z/, 'since an entry it has what came after, a line each');
is((dynstore('control', 'list', '--redis', $url, '--since', 'yesterday'))[0], 2, 'what is no id is refused');

# ---- what stands ----

my $past = (time - 3600) * 1000;
sub entry { my ($key, $id, @fields) = @_; return $redis->command('XADD', $key, $id, @fields) }
sub override {
    my ($kind, $item, %more) = @_;
    my %fields = (until => $past + 10 * $day, %more);
    return (k => 'override', override => $kind, item => $item, author => 'Ada', reason => 'fair', %fields);
}
my $lasting = 'dyn:lasting:{dyn:control}';
sub lines_of { my @words = @_; ($code, $out, $err) = dynstore('control', @words, '--redis', $url); return $out }

$redis->command('FLUSHALL');
# two that the stream has no longer, of which one is taken back, one that both have, and a kill
entry($lasting, "$past-1", override(block => 'tent'));
entry($lasting, "$past-2", override(block => 'tarp'));
entry($lasting, "$past-3", k => 'kill', author => 'Ada', reason => 'wrong prices');
for my $key ($lasting, 'dyn:control') {
    entry($key, "$past-5", override(pin => 'lamp', position => 2, slot => 'recs'));
    entry($key, "$past-6", k => 'restore', item => 'tarp', author => 'Ada', reason => 'mended');
}
entry('dyn:control', "$past-7", k => 'stock', item => 'lamp', stock => '3');
entry('dyn:control', "$past-8", override(boost => 'lamp', factor => '1.5'));
entry('dyn:control', "$past-9", override(apart => 'lamp', other => 'tent', until => $past + 1000));
is_deeply([map { decode_json($_)->{id} } split /\n/, lines_of('list', '--json')], [map { "$past-$_" } 1, 2, 3, 5 .. 9], 'a list has what was trimmed and lasts, and each once');
is_deeply([map { decode_json($_)->{id} } split /\n/, lines_of('list', '--json', '--since', "$past-2")], [map { "$past-$_" } 3, 5 .. 9], 'also since an entry that was trimmed');
my $until = qr/until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, Ada: fair/;
like(lines_of('list', '--standing'), qr/\A$past-1 block tent $until\n$past-5 pin lamp at 2 in recs $until\n$past-8 boost lamp by 1\.5 $until\n$past-3 kill, Ada: wrong prices\n\z/,
    'what stands is listed with its id, when it ends, who says it and why');
my ($first, @more) = map { decode_json($_) } split /\n/, lines_of('list', '--standing', '--json');
is_deeply($first, { id => "$past-1", override(block => 'tent') }, 'as JSON an override has the fields of its entry');
is_deeply([map { "$_->{k} $_->{reason}" } @more], ['override fair', 'override fair', 'kill wrong prices'], 'and so have the others and the kill');
write_file('standing.jsonl', lines_of('list', '--json'));
write_file('shop.jsonl', join '', map { qq({"id":"$_","title":"$_","url":"/$_","stock":5}\n) } qw(tent tarp lamp));
dynstore('build', '--catalog', 'shop.jsonl', '-o', 'shop.dyn');
for my $from ('standing.jsonl', $url) {
    ($code, $out, $err) = dynstore('explain', '--snapshot', 'shop.dyn', '--surface', 'home', '--control', $from);
    like($out, qr/^    exclude: tent$/m, 'explain sees what was trimmed, from ' . ($from eq $url ? 'Redis' : 'a file of the list'));
    unlike($out, qr/^    exclude: tarp$/m, 'and what was taken back');
}

like(lines_of('restore', "$past-1", @signed), qr/^control entry \d+-\d+: restore tent$/, 'an override is taken back by its id');
is_deeply({ @{ $redis->command('XREVRANGE', 'dyn:control', '+', '-', 'COUNT', 1)->[0][1] } }, { k => 'restore', item => 'tent', entry => "$past-1", author => 'Ada', reason => 'fair' },
    'which the entry says');
unlike(lines_of('list', '--standing'), qr/tent/, 'and it stands no longer');
lines_of('restore', "$past-1", @signed);
is("$code $err", "1 dynstore control: no override of the entry $past-1 stands; `dynstore control list --standing` prints those that do\n", 'nor can it be taken back again');
lines_of('block', '1001-2', '--until', '+1h', @signed);
like(lines_of('restore', '1001-2', @signed), qr/^control entry \d+-\d+: restore 1001-2$/, 'an item whose id looks like that of an entry is restored, too');
unlike(lines_of('list', '--standing'), qr/1001-2/, 'and its override stands no longer');
lines_of('restore', 'pin', 'lamp', @signed);
unlike($err, qr/nothing is taken back/, 'one kind is taken back');
like(lines_of('list', '--standing'), qr/\A\S+ boost lamp[^\n]*\n\S+ kill/, 'and the others stand');
lines_of('restore', 'pin', 'lamp', @signed);
like($err, qr/^dynstore control: no such override stands that names "lamp", so nothing is taken back; /m, 'who takes back nothing is told');
lines_of('restore', 'stock', 'lamp', @signed);
like("$code $err", qr/^2 dynstore control: field "override": "stock" is not block, pin, boost or apart/, 'a kind of override is one');
is((dynstore('control', 'list', '--standing', '--since', "$past-1", '--redis', $url))[0], 2, '--since says nothing of what stands');

# as many as may stand, and of many that say nothing more
$redis->command('FLUSHALL');
for my $number (1 .. 1100) {
    my @fields = override(boost => 'item-' . ($number % 256), factor => '1.5');
    entry($_, "$past-$number", @fields) for 'dyn:control', $lasting;
}
lines_of('block', 'item-1', '--until', '+1d', @signed);
is("$code $err", "1 dynstore control: 256 overrides stand, and there is no room for more; restore one that is not needed (`dynstore control list --standing`), or write rules (docs/rules.md)\n",
    'one more than may stand is refused');
is($redis->command('XLEN', 'dyn:control'), 1100, 'and not written');
is($redis->command('XLEN', $lasting), 256, 'lasting entries that say nothing any more are deleted where there are many');
$redis->command('XTRIM', 'dyn:control', 'MAXLEN', 0);
is(scalar(() = lines_of('list', '--standing') =~ /boost/g), 256, 'and no others');
lines_of('boost', 'item-1', '2', '--until', '+1d', @signed);
is($redis->command('XLEN', 'dyn:control'), 1, 'one that takes the place of another is taken');

# an entry whose id is no time ends the stream for nginx; what is kept beside the stream stands all the same
$redis->command('DEL', 'dyn:control');
entry('dyn:control', '17592186044416-0', override(block => 'lamp'));
my $stands = lines_of('list', '--standing');
is(scalar(() = $stands =~ /boost/g), 256, 'what was kept stands also where the stream has nothing but an id that is no time');
unlike($stands, qr/lamp/, 'and that entry does not');

# other commands read it
write_file('entries.jsonl', join '', map { "$_\n" } '{"id":"1700000000000-0","k":"stock","item":"tent","stock":"0"}');
write_file('catalog.jsonl', qq({"id":"tent","title":"Tent","url":"/t","stock":5}\n{"id":"tarp","title":"Tarp","url":"/u","stock":5}\n));
is((dynstore('build', '--catalog', 'catalog.jsonl', '-o', 'store.dyn'))[0], 0, 'a snapshot');
my $shown = qr/"place":\s*[0-9]+[^{}]*"id":\s*"tent"|"id":\s*"tent"[^{}]*"place":\s*[0-9]/;
($code, $out, $err) = dynstore('explain', '--snapshot', 'store.dyn', '--surface', 'home', '--json');
like($out, $shown, 'which shows it');
($code, $out, $err) = dynstore('explain', '--snapshot', 'store.dyn', '--surface', 'home', '--json', '--control', 'entries.jsonl');
unlike($out, $shown, 'in whose decisions what is sold out is not shown');

write_file('entries.jsonl', '{"id":"1700000000000-5","k":"override","override":"block","item":"tent","until":"1700003600000","author":"ada","reason":"recalled"}' . "\n");
my @decide = (qw(explain --snapshot store.dyn --surface home --control entries.jsonl --now));
($code, $out, $err) = dynstore(@decide, '2023-11-14T22:30:00Z');
like($out, qr/^  rule override-1700000000000-5 \(of some items\): ada: recalled, until 2023-11-14T23:13:20Z\n    exclude: tent$/m, 'an override is a rule that says who wants it, why and until when');
($code, $out, $err) = dynstore(@decide, '2023-11-14T23:30:00Z');
unlike($out, qr/exclude/, 'until it ends');

# ---- refusals ----

for my $one (
    ['', 'say what to do: stock, price, block, kill ...'],
    ['stop', '"stop" is nothing that can be told; stock, price, availability, delete, change, block, pin, boost, apart, restore, rules, snapshot, kill, revive and list are'],
    ['stock tent', 'write: dynstore control stock ITEM N\|unknown'],
    ['stock tent many', 'field "stock": "many" is not a whole number of pieces, or "unknown"'],
    ['price tent 1.999 EUR', 'field "price": "1.999" is not an amount such as 129.00'],
    ['price tent 129 euro', 'field "currency": "euro" is not a currency of three capitals, such as EUR'],
    ['availability tent maybe', 'availability: "maybe" is not on or off'],
    ['price tent 129 EUR --sale 129.00 --until +7d', '--sale: 129.00 is not below the price, 129'],
    ['block tent', '`block` needs --author NAME'],
    ["block tent @signed", '`block` needs --until TIME'],
    ['pin tent --until +7d --author Ada', '`pin` needs --reason TEXT'],
    ['restore tent --reason mended', '`restore` needs --author NAME'],
    ['stock tent -5', 'there is no option -5; before words of which one is a number below 0, write --'],
    ['stock tent -1 --location Graz', 'there is no option -1; before words of which one is a number below 0, write --'],
    ['stock tent -50', 'there is no option -5; before words of which one is a number below 0, write --'],
    ["block tent --until 2020-01-01 @signed", '--until: an override ends within 366 days from now; what is to hold longer is a rule .*'],
    ["block tent --until +400d @signed", '--until: an override ends within 366 days from now; what is to hold longer is a rule .*'],
    ["block tent --until soon @signed", '--until: "soon" is not a time; "\+7d", "\+12h" or "2026-12-24T18:00:00Z" would be right'],
    ["boost tent 30 --until +7d @signed", 'field "factor": "30" is not a number from 0.05 to 20 with at most three decimals'],
    ["apart tent tent --until +7d @signed", 'field "other" names another item than "item"'],
    ['stock tent 1 --until +7d', '--until says nothing of `stock`'],
    ['kill --author Ada', '`kill` needs --reason TEXT'],
) {
    my ($words, $sentence) = @$one;
    ($code, $out, $err) = dynstore('control', split(/ /, $words), '--redis', $url);
    is($code, 2, "control $words: is refused");
    like($err, qr/^dynstore control: $sentence; see dynstore control --help\n\z/, 'with a sentence');
}
is($redis->command('XLEN', 'dyn:control'), 1, 'and writes nothing');
is((dynstore('control', 'stock', 'tent', '0'))[0], 2, 'an address is needed');
is((dynstore('control', 'stock', 'tent', '0', '--redis', 'redis://127.0.0.1:1'))[0], 4, 'a Redis that is not there is said');

done_testing();
