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
system join '', map { "$command control $told[$_][0] --redis $url >" . folder() . "/out.$_ 2>" . folder() . "/err.$_ & " } 0 .. $#told and BAIL_OUT('no shell');
for (1 .. 300) { last if @{ $redis->command('XRANGE', 'dyn:control', '-', '+') } == @told; select undef, undef, undef, 0.1 }
my %entry = map { $_->[0] => { @{ $_->[1] } } } @{ $redis->command('XRANGE', 'dyn:control', '-', '+') };
for my $number (0 .. $#told) {
    my ($words, $expected) = @{ $told[$number] };
    my $said;
    for (1 .. 150) { $said = read_file(folder() . "/err.$number") // ''; last if $said ne ''; select undef, undef, undef, 0.1 }
    my ($id) = (read_file(folder() . "/out.$number") // '') =~ /^control entry (\d+-\d+): /;
    my $got = $entry{ $id // '' } // {};
    if (($expected->{until} // '') =~ /^\+(\d+)([dhm])/) {
        my $apart = $1 * { d => $day, h => $day / 24, m => 60000 }->{$2};
        my $late  = ($got->{until} // 0) - $before * 1000 - $apart;
        ok($late >= 0 && $late < 60000, "$words: ends when it says");
        $got = { %$got, until => $expected->{until} };
    }
    is_deeply($got, $expected, "$words: the entry has what was said");
    like($said, qr/^dynstore control: nobody reads the control stream: /, "$words: where no nginx reads, it says so");
}

# ---- list ----

my ($code, $out, $err) = dynstore('control', 'list', '--redis', $url, '--json');
is("$code $err", '0 ', 'a list of the entries');
my @listed = map { decode_json($_) } split /\n/, $out;
is_deeply({ map { my %fields = %$_; (delete $fields{id}) => \%fields } @listed }, \%entry, 'as JSON has all of them with all fields');
($code, $out, $err) = dynstore('control', 'list', '--redis', $url, '--since', $listed[-2]{id});
like($out, qr/\A\Q$listed[-1]{id}\E(?: \w+="[^"]*")+\n\z/, 'since an entry it has what came after, a line each');
is((dynstore('control', 'list', '--redis', $url, '--since', 'yesterday'))[0], 2, 'what is no id is refused');

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
    ['block tent', '"override" needs the field "until"'],
    ['block tent --until +7d', '"override" needs the field "author"'],
    ["block tent --until 2020-01-01 @signed", '--until: an override ends within 366 days from now; what is to hold longer is a rule .*'],
    ["block tent --until +400d @signed", '--until: an override ends within 366 days from now; what is to hold longer is a rule .*'],
    ["block tent --until soon @signed", '--until: "soon" is not a time; "\+7d", "\+12h" or "2026-12-24T18:00:00Z" would be right'],
    ["boost tent 30 --until +7d @signed", 'field "factor": "30" is not a number from 0.05 to 20 with at most three decimals'],
    ["apart tent tent --until +7d @signed", 'field "other" names another item than "item"'],
    ['stock tent 1 --until +7d', '--until says nothing of `stock`'],
    ['kill --author Ada', '"kill" needs the field "reason"'],
) {
    my ($words, $sentence) = @$one;
    ($code, $out, $err) = dynstore('control', split(/ /, $words), '--redis', $url);
    is($code, 2, "control $words: is refused");
    like($err, qr/^dynstore control: $sentence; see dynstore control --help\n\z/, 'with a sentence');
}
is(@{ $redis->command('XRANGE', 'dyn:control', '-', '+') }, scalar @told, 'and writes nothing');
is((dynstore('control', 'stock', 'tent', '0'))[0], 2, 'an address is needed');
is((dynstore('control', 'stock', 'tent', '0', '--redis', 'redis://127.0.0.1:1'))[0], 4, 'a Redis that is not there is said');

done_testing();
