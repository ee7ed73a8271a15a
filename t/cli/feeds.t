#!/usr/bin/env perl
# Catalogues and events as others write them: what `dynstore build` takes, what it makes good and says, what it refuses with a sentence.
use strict;
use warnings;
use Encode ();
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore folder write_file read_file);

my $folder = folder();
my ($code, $out, $err);
my @start = (1772323200, 1772323260, 1772323300, 1772323360, 1772323400, 1772323460);

# What is built of files that nobody has to make good is what every other way of writing the same must give.
my @items = map { { id => "i$_", title => "Item \x{e4}$_", url => "/i$_", price => "$_.00", currency => 'EUR', stock => $_, category => ['A', "B$_"] } } 1 .. 6;
my $json  = JSON::PP->new->canonical->utf8;
my $items = join '', map { $json->encode($_) . "\n" } @items;
my @events =
    map { { visitor => 'v' . int($_ / 2), time => $start[$_], event => 'view_item', item_id => 'i' . (1 + $_) } } 0 .. 5;
my $events = join '', map { $json->encode($_) . "\n" } @events;

sub built {
    my ($catalog, $event_file, @more) = @_;
    write_file('c', $catalog);
    write_file('e', $event_file);
    unlink "$folder/s.dyn";
    ($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 's.dyn', @more);
    return read_file("$folder/s.dyn");
}

my $right = built($items, $events);
is("$code $err", '0 ', 'files as they should be are read in silence');
like($out, qr/^  6 clicks in 3 sessions/m, 'as six clicks of three sessions');

# ---- one way of writing after the other ----

my $pretty = JSON::PP->new->canonical->utf8->pretty;
my @same   = (
    ['a byte order mark'                       => "\xef\xbb\xbf$items", "\xef\xbb\xbf$events"],
    ['a byte order mark before every part'     => "\xef\xbb\xbf$items\n\xef\xbb\xbf\n", join('', map { "\xef\xbb\xbf$_\n" } split /\n/, $events)],
    ['blanks before every line'                => $items =~ s/^/ \t/gmr, $events =~ s/^/ /gmr],
    ['blanks behind every line'                => $items =~ s/$/ \t/gmr, $events =~ s/$/ /gmr],
    ['empty lines'                             => "\n\n" . $items =~ s/\n/\n\n/gr, "\n \n$events\n\n"],
    ['carriage returns and line feeds'         => $items =~ s/\n/\r\n/gr, $events =~ s/\n/\r\n/gr],
    ['carriage returns alone'                  => $items =~ s/\n/\r/gr, $events =~ s/\n/\r/gr],
    ['no end of the last line'                 => $items =~ s/\n\z//r, $events =~ s/\n\z//r],
    ['UTF-16, little endian'                   => utf16('LE', 1, $items), utf16('LE', 1, $events)],
    ['UTF-16, big endian'                      => utf16('BE', 1, $items), utf16('BE', 1, $events)],
    ['UTF-16, little endian, without a mark'   => utf16('LE', 0, $items), utf16('LE', 0, $events)],
    ['UTF-16, big endian, without a mark'      => utf16('BE', 0, $items), utf16('BE', 0, $events)],
    ['a list on one line'                      => $json->encode(\@items), $json->encode(\@events)],
    ['a list on one line, with a mark'         => "\xef\xbb\xbf" . $json->encode(\@items), "\xef\xbb\xbf" . $json->encode(\@events)],
    ['a list over many lines'                  => $pretty->encode(\@items), $pretty->encode(\@events)],
    ['a list over many lines with CRLF'        => $pretty->encode(\@items) =~ s/\n/\r\n/gr, $pretty->encode(\@events) =~ s/\n/\r\n/gr],
    ['a list in UTF-16'                        => utf16('LE', 1, $pretty->encode(\@items)), utf16('BE', 1, $json->encode(\@events))],
    ['a list of one item a line'               => "[\n" . ($items =~ s/\n(?!\z)/,\n/gr) . "]\n", "[\n" . ($events =~ s/\n(?!\z)/,\n/gr) . "]\n"],
    ['several lists'                           => lists(\@items), lists(\@events)],
    ['a list within an object'                 => $json->encode({ products => \@items }), $json->encode({ events => \@events })],
    ['a list within an object of more members' =>
        '{"version":1.5,"shop":"a, \"b\" {","ok":true,"items":' . $json->encode(\@items) . ',"next":{"page":[2,"]"]}}',
        '{"count":6,"data":' . $pretty->encode(\@events) . ',"z":0}'],
    ['pages of lists within objects' => join("\n", map { $json->encode({ items => [$_] }) } @items), join('', map { $pretty->encode({ events => [$_] }) } @events)],
    ['objects over many lines'     => join('', map { $pretty->encode($_) } @items), join('', map { $pretty->encode($_) } @events)],
    ['empty fields'                => $items =~ s/\}$/,"brand":"","image":null,"group":"","tags":["",null],"margin":"","created":"","compatible_with":[null,""],"countries":[""],"variants":null,"age_min":""}/gmr,
        $events =~ s/\}$/,"currency":"","price":"","quantity":null,"transaction_id":"","decision_id":""}/gmr],
    ['empty levels of the category' => $items =~ s/"category":\["A",/"category":["",null,"A","",/gr, $events],
    ['numbers in quotes'            => $items =~ s/"stock":(\d)/"stock":"$1"/gr, $events =~ s/"time":(\d+)/"time":"$1"/gr],
    ['times in milliseconds'        => $items, $events =~ s/"time":(\d+)/"time":${1}000/gr],
    ['times in microseconds'        => $items, $events =~ s/"time":(\d+)/"time":${1}000000/gr],
    ['times in nanoseconds'         => $items, $events =~ s/"time":(\d+)/"time":${1}000000000/gr],
    ['times in every unit, mixed'   => $items, mixed_units()],
    ['tabs and line breaks in titles' => $items =~ s/Item /\\r\\nItem\\t/gr, $events],
);

sub utf16 {
    my ($order, $mark, $bytes) = @_;
    return Encode::encode("UTF-16$order", ($mark ? "\x{feff}" : '') . Encode::decode('UTF-8', $bytes));
}

sub lists {
    my ($all) = @_;
    return join "\n", map { $json->encode($_) } [@$all[0 .. 2]], [], [@$all[3 .. 5]];
}

sub mixed_units {
    my @units = ('', '000', '000000', '000000000', '.0', 'Z');
    my $n     = 0;
    return $events =~ s/"time":(\d+)/'"time":' . ($units[$n] eq 'Z' ? '"2026-03-01T00:04:20Z"' : "$1$units[$n]") . ($n++, '')[1]/ger;
}

for my $case (@same) {
    my ($name, $catalog, $event_file) = @$case;
    ok($right eq (built($catalog, $event_file, '--max-errors', 0) // ''), "$name: the same snapshot") or diag("$code $err");
    is($err, '', 'in silence') if $name !~ /line breaks/;
}

# a list is read element by element: the buffer grows for an element, not for the list
my $long = join ',', map { '{"id":"l' . $_ . '","title":"' . ('t' x 1000) . '"}' } 1 .. 20_000;
write_file('long', "[$long]");
($code, $out, $err) = dynstore('build', '-c', 'long', '-o', 'long.dyn');
is("$code $err", '0 ', 'a list of 20 MB on one line, longer than any line may be, is read');
like($out, qr/^  20000 items/m, 'with all of its items');

# ---- what is made good is said once, with how often and where first ----

my @good = (
    ['stock below 0' => '{"id":"a","stock":-1}', qr/^c:8:stock: here first: stock below 0 was read as 0 \(2 times\)$/m, '"stock":0', 'negative_stock'],
    ['what is no URL' => '{"id":"a","url":"javascript&colon;alert(1)","image":"/a.svg"}', qr/^c:8:url: here first: a url or image that is not an http or https URL .* \(2 times\)$/m, '"image":"/a.svg"', 'no_url'],
    ['a URL with control characters' => '{"id":"a","image":"java\tscript:x"}', qr/^c:8:image: here first: a url or image that is not an http or https URL .* \(2 times\)$/m, '"id":"a"', 'no_url'],
    ['half a character' => '{"id":"a","title":"A \ud83d"}', qr/^c:8:line: here first: half of a character .* \(2 times\)$/m, '"title":"A"', 'half_character'],
    ['\u0000'           => '{"id":"a","title":"A\u0000B"}', qr/^c:8:line: here first: half of a character .* \(2 times\)$/m, '"title":"A B"', 'half_character'],
    ['NaN'              => '{"id":"a","margin":NaN,"x":[-Infinity]}', qr/^c:8:line: here first: NaN, Infinity, None or undefined was read as null \(2 times\)$/m, '"id":"a"', 'no_number'],
    ['a number that is too large, which nobody reads' => '{"id":"a","x":99999999999999999999,"y":1e999}', qr/^c:8:line: here first: a number that is too large .* \(2 times\)$/m, '"id":"a"', 'number_as_text'],
    ['a line break as it is within a title' => "{\"id\":\"a\",\"title\":\"A\nB\"}", qr/^c:8:line: here first: an unescaped line break or tab .* \(2 times\)$/m, '"title":"A B"', 'raw_control'],
);
for my $case (@good) {
    my ($name, $line, $sentence, $right_field, $note) = @$case;
    (my $again = $line) =~ s/"id":"a"/"id":"b"/;
    built("$items\n$line\n$again\n", $events);
    is($code, 0, "$name is made good");
    like($err, $sentence, 'and said once');
    is(scalar(() = $err =~ /here first/g), $note =~ /raw_control|half_character/ && $right_field =~ /title/ ? 2 : 1, 'and nothing more than what it became') or diag($err);
    my (undef, $item) = dynstore('inspect', '--json', '--item', 'a', 's.dyn');
    like($item =~ s/": /":/gr, qr/\Q$right_field\E/, "as $right_field");
    built("$items\n$line\n$again\n", $events, '--json');
    is($json->decode($out)->{made_good}{$note}, 2, 'and counted in what was built');
}

my $passed = $events . join '', map { qq({"visitor":"w","time":$start[5],"event":"purchase","item_id":"i1",$_}\n) }
    '"quantity":0', '"price":-4,"currency":"EUR"', '"currency":"euros"', '"decision_id":"a b"', '"transaction_id":"' . 'x' x 49 . '"',
    '"quantity":"some","currency":"?","transaction_id":true';
built($items, $passed);
is($code, 0, 'an event whose price, quantity, currency or order is wrong is learned from all the same');
like($out, qr/^  12 clicks/m, 'all of them');
like($err, qr/^e:7:quantity: here first: a wrong value that learning does not need was ignored \(6 times\)$/m, 'and said');

# ---- what is needed is refused with its field ----

for my $case (
    ['{"id":"a\u0000"}',                      qr/^c:7:id: is no id/m],
    ['{"id":1e999,"title":"x"}',              undef],
    ['{"id":"a","url":7}',                    qr/^c:7:url: is no string/m],
    ['{"id":"a","stock":1e999}',              qr/^c:7:stock: is no whole number/m],
    ['{"id":"a","price":1e999,"currency":"EUR"}', qr/^c:7:price: "1e999" is no amount of EUR/m],
    # what a terminal would obey is not said to it as it is
    ['{"id":"a","price":"\u001b]0;x\u0007\u009b2J\u007f","currency":"EUR"}', qr/^c:7:price: "\\x1B\]0;x\\x07\\xC2\\x9B2J\\x7F" is no amount of EUR/m],
    ["{\"id\":\"a\",\"title\":\"K\xe4se\"}",  qr/^c:7:line: is no JSON: column \d+: the bytes are no UTF-8; iconv -f WINDOWS-1252 -t UTF-8 makes it of what Windows writes$/m],
    ['{"id":"a","title":"A',                  qr/^c:7:line: is no JSON/m],
    ['{"id":"a"',                             qr/^c:7:line: is no JSON/m],
    ['{"id":"a","tags":["x",',                qr/^c:7:line: is no JSON/m],
    ["{\"id\":\"a\",\n\"price\":\"x\",\"currency\":\"EUR\"}", qr/^c:7:price: "x" is no amount/m],
) {
    my ($line, $sentence) = @$case;
    built("$items$line\n{\"id\":\"after\"}\n", $events);
    is($code, 0, "$line: one bad line is skipped");
    like($err, $sentence, 'and said') if $sentence;
    my (undef, $item) = dynstore('inspect', '--json', '--item', 'after', 's.dyn');
    like($item, qr/"id": "after"/, 'and the line after it is read');
}
built($items . '{"id":123456789012345678901234567890}', $events);
my (undef, $item) = dynstore('inspect', '--json', '--item', '123456789012345678901234567890', 's.dyn');
like($item, qr/"id": "123456789012345678901234567890"/, 'an id that is a number too large for a number keeps all its digits');

# what Windows writes: the whole of it is refused with the remedy, and the remedy is one
my $windows = join '', map { Encode::encode('cp1252', Encode::decode('UTF-8', $json->encode($_))) . "\n" } @items;
my $of_windows = Encode::encode('cp1252', Encode::decode('UTF-8', $events =~ s/"v0"/"v\xc3\xbc"/gr));
built($windows, $events);
is($code, 3, 'a catalogue in WINDOWS-1252 is refused');
like($err, qr/^c:1:line: is no JSON: column \d+: the bytes are no UTF-8; iconv -f WINDOWS-1252 -t UTF-8 makes it of what Windows writes$/m, 'with the remedy');
built($items, $of_windows);
like($err, qr/^e:1:line: is no JSON: column \d+: the bytes are no UTF-8; iconv -f WINDOWS-1252 -t UTF-8 makes it of what Windows writes$/m, 'and so are events');
my ($remedy) = $err =~ /(iconv -f \S+ -t \S+)/;
built($windows, $events);
ok(built(scalar qx{$remedy '$folder/c'}, $events) eq $right, 'what the remedy makes of it is what UTF-8 gives');
is($err, '', 'in silence');

# ---- columns ----

sub columns {
    my ($separator, $order, $header, $quote) = @_;
    my %names = (w => $header->[0], i => $header->[1], t => $header->[2], x => 'Title', e => 'Event');
    my @lines = join $separator, map { $names{$_} } @$order;
    for my $n (0 .. 5) {
        my %field = (w => 's' . int($n / 2), i => "i" . (1 + $n), t => $start[$n], x => $quote ? "\"a $separator \"\"b\"\"\n\nc\"" : 'x', e => 'view');
        push @lines, join $separator, map { $quote && $_ ne 'x' ? "\"$field{$_}\"" : $field{$_} } @$order;
    }
    return join "\n", @lines, '';
}

my @names = (['SessionId', 'ItemId', 'Time'], ['session_id', 'item_id', 'time'], ['SESSION ID', 'Product-Id', 'Timestamp'], ['session', 'sku', 'event_time']);
my $clicks = built($items, columns("\t", [qw(w i t)], $names[0], 0));
like($out, qr/^  6 clicks in 3 sessions/m, 'columns are read as clicks of sessions');
for my $header (@names) {
    for my $separator ("\t", ',', ';') {
        for my $order ([qw(w i t)], [qw(t i w)], [qw(i x w t)], [qw(x w e t i x)]) {
            for my $quote (0, 1) {
                my $file = columns($separator, $order, $header, $quote);
                ok($clicks eq (built($items, $file, '--max-errors', 0) // ''), sprintf 'columns %s, separated by %s%s, give the same snapshot',
                    join(' ', map { { w => $header->[0], i => $header->[1], t => $header->[2], x => 'Title', e => 'Event' }->{$_} } @$order),
                    { "\t" => 'tabs', ',' => 'commas', ';' => 'semicolons' }->{$separator}, $quote ? ', in quotes' : '')
                    or diag("$code $err");
            }
        }
    }
}
my $plain = columns("\t", [qw(w i t)], $names[0], 0);
for my $case (
    ['without a header'           => $plain =~ s/^.*\n//r],
    ['with a byte order mark'     => "\xef\xbb\xbf$plain"],
    ['with a mark, without header' => "\xef\xbb\xbf" . $plain =~ s/^.*\n//r],
    ['in UTF-16'                  => utf16('LE', 1, $plain)],
    ['with CRLF'                  => $plain =~ s/\n/\r\n/gr],
    ['with CR'                    => $plain =~ s/\n/\r/gr],
    ['with blanks'                => $plain =~ s/^(\S+)\t/ $1 \t/gmr],
    ['in microseconds'            => $plain =~ s/(17\d{8})/${1}000000/gr],
    ['of ISO 8601 times'          => $plain =~ s/(17\d{8})/iso($1)/ger],
) {
    ok($clicks eq (built($items, $case->[1], '--max-errors', 0) // ''), "columns $case->[0] give the same snapshot") or diag("$code $err");
}
sub iso { my @t = gmtime $_[0]; return sprintf '%04d-%02d-%02d %02d:%02d:%02d UTC', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] }

my $visitors = built($items, "timestamp,visitorid,event,itemid,transactionid\n" . join '', map { "$start[$_]000,v" . int($_ / 2) . ",view,i" . (1 + $_) . ",\n" } 0 .. 5);
ok($right eq $visitors, 'a column of visitors is cut into sessions as JSON is') or diag($err);
built($items, "visitor,item,time,event\n" . join '', map { "v,i$_,$start[0]," . (qw(view addtocart transaction purchase Add_to_cart search))[$_ - 1] . "\n" } 1 .. 6);
like($err, qr/^e:6:event: "Add_to_cart" is no event that is known/m, 'a column of events is read, and refused by its name');
like($out, qr/^  4 clicks/m, 'and only what shows interest counts');

for my $case (
    ["user_id,item_id\nv,i\n",    qr/^dynstore build: e:1: the header names no column for the time: a header such as SessionId, ItemId, Time would be right$/m],
    ["time;sku\n1;i\n",           qr/^dynstore build: e:1: the header names no column for the session or visitor/m],
) {
    built($items, $case->[0]);
    is($code, 3, 'a header that lacks a column exits with 3');
    like($err, $case->[1], 'and says which');
}
built($items, $plain . "s9\t\"i1\t$start[0]\ns9\ti2\t$start[0]\n");
like($err, qr/^e:8:line: begins a field in quotes that does not end$/m, 'quotes that are not closed are said');
like($out, qr/^  7 clicks/m, 'and the line after them is read');

# ---- what is no feed, and what a feed that failed leaves ----

built($items, $events);
my $before = read_file("$folder/s.dyn");
sub kept {
    my ($name, $catalog, $event_file, $sentence, @more) = @_;
    write_file('c', $catalog);
    write_file('e', $event_file);
    ($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 's.dyn', @more);
    is($code, 3, "$name exits with 3");
    like($err, $sentence, 'and says why');
    ok($before eq read_file("$folder/s.dyn"), 'and the old snapshot stays');
}
my $stays = qr/; nothing is written and s\.dyn stays: --force writes it anyway$/m;
my $bzip  = "BZh91AY&SY";
kept('an empty catalogue',              '',    $events, qr/^dynstore build: c: is empty: there is no item in it$stays/m);
kept('a catalogue of blank lines',      "\n \n", $events, qr/^dynstore build: c: is empty/m);
kept('a list without an item',          "[]",  $events, qr/^dynstore build: c: is empty/m);
kept('an empty list within an object',  '{"products":[]}', $events, qr/^c:1:id: is missing.*^dynstore build: c: nothing in it is an item$stays/ms);
kept('an error in place of a catalogue', '{"error":"Unauthorized"}', $events, qr/^dynstore build: c: nothing in it is an item$stays/m);
kept('an empty file of events',         $items, '',     qr/^dynstore build: e: is empty: there is no event in it$stays/m);
kept('events of which none can be read', $items, "{\"visitor\":\"v\"}\n", qr/^e:1:time: .*^dynstore build: e: nothing in it is an event$stays/ms);
kept('a web page',                      "\n<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>", $events,
    qr/^dynstore build: c: is a web page \("502 Bad Gateway"\): an error was saved in place of what was asked for$/m);
kept('a web page for events',           $items, '<HTML><body>no</body></HTML>', qr/^dynstore build: e: is a web page: /m);
kept('XML',                             '<?xml version="1.0"?><rss></rss>', $events, qr/^dynstore build: c: is XML without <item> and <entry>: a feed of Google Merchant Center would be right$/m);
kept('events as XML',                   $items, '<?xml version="1.0"?><rss></rss>', qr/^dynstore build: e: is XML: export it as JSON Lines/m);
kept('a zip archive',                   "PK\x03\x04....", $events, qr/^dynstore build: c: is a zip archive: unpack it$/m);
kept('a file of bzip2',                 $bzip, $events, qr/^dynstore build: c: is compressed with bzip2: bunzip2 it$/m);
kept('UTF-32',                          Encode::encode('UTF-32LE', "\x{feff}$items"), $events, qr/^dynstore build: c: is UTF-32: iconv/m);
is(system("printf '%s' '{}' | gzip -c | gzip -c >$folder/twice"), 0, 'gzip');
kept('a file that was compressed twice', read_file("$folder/twice"), $events, qr/^dynstore build: c: is compressed with gzip twice: gunzip it once$/m);
kept('a list that was cut',             substr($json->encode(\@items), 0, -20), $events, qr/^dynstore build: c:1: the list that begins in line 1 has no end: the file was cut/m);
kept('a list of events that was cut',   $items, substr($pretty->encode(\@events), 0, -20), qr/^dynstore build: e:\d+: the list that begins in line 1 has no end/m);

# the share of bad lines
my $share = join '', map { qq({"id":"g$_"}\n) } 1 .. 80;
my $bad   = "{}\n" x 20;
built($share . $bad, $events);
is($code, 0, 'a file of which a fifth is bad is taken');
$before = read_file("$folder/s.dyn");
kept('one bad line more', $share . $bad . "{}\n", $events, qr/^dynstore build: c: 21 of 101 items are bad, more than 20 % \(--max-bad-share\)$stays/m);
kept('more than --max-bad-share', $share . $bad, $events, qr/20 of 100 items are bad, more than 19 %/, '--max-bad-share', 19);
kept('a good catalogue beside bad events', $share, $events . "{}\n{}\n", qr/^dynstore build: e: 2 of 8 events are bad, more than 20 %/m);
($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 'forced.dyn', '--force');
is($code, 0, '--force writes it anyway');
like($err, qr/^dynstore build: e: 2 of 8 events are bad, more than 20 % \(--max-bad-share\); the snapshot is written anyway \(--force\)$/m, 'and says what would have ended it');
ok(-s "$folder/forced.dyn", 'and writes the snapshot');

# what fell against the snapshot that is there
my @many = map { { id => "m$_", title => "M$_", url => "/m$_", price => "$_.00", currency => 'EUR', stock => 1 } } 1 .. 20;
sub many { return join '', map { $json->encode($_) . "\n" } @_ }
my $visits = join '', map { my $n = $_; map { $json->encode({ visitor => "v$n", time => $start[0] + $n * 10 + $_, event => 'view_item', item_id => "m$_" }) . "\n" } 1, 2 } 1 .. 20;
built(many(@many), $visits);
is($code, 0, 'a snapshot of 20 items and 20 sessions');
$before = read_file("$folder/s.dyn");
kept('fewer than half of the items', many(@many[0 .. 8]), $visits, qr/^dynstore build: s\.dyn: has 20 items in the catalogue, the new snapshot has 9: a fall by more than 50 % \(--max-fall\)$stays/m);
kept('fewer than half of the prices', many(@many[0 .. 8], map { my %item = %$_; delete $item{price}; \%item } @many[9 .. 19]), $visits, qr/has 20 items with a price, the new snapshot has 9/);
kept('more than half sold out', many(@many[0 .. 8], map { +{ %$_, stock => 0 } } @many[9 .. 19]), $visits, qr/has 20 items that can be shown: with title and URL, and not sold out, the new snapshot has 9/);
kept('no URLs', many(map { +{ %$_, url => '' } } @many), $visits, qr/has 20 items that can be shown: .*, the new snapshot has 0/);
kept('fewer than half of the sessions', many(@many), join('', (split /^/, $visits)[0 .. 17]), qr/has 20 sessions in the model, the new snapshot has 9/);
kept('more than --max-fall', many(@many[0 .. 16]), $visits, qr/has 20 items in the catalogue, the new snapshot has 17: a fall by more than 10 %/, '--max-fall', 10);
write_file('e', $visits);
($code, $out, $err) = dynstore('build', '-e', 'e', '-o', 's.dyn');
is($code, 3, 'a catalogue that was forgotten exits with 3');
like($err, qr/has 20 items in the catalogue, the new snapshot has 0/, 'and says what is missing');
ok($before eq read_file("$folder/s.dyn"), 'and the old snapshot stays');
write_file('c', many(@many[0 .. 9]));
write_file('e', join '', (split /^/, $visits)[0 .. 19]);
($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 's.dyn');
is("$code $err", '0 ', 'a fall by exactly --max-fall is taken');
write_file('c', many(@many[0 .. 3]));
($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 's.dyn', '--force');
is($code, 0, '--force takes any fall');
like($err, qr/has 10 items in the catalogue, the new snapshot has 4: a fall by more than 50 % \(--max-fall\); the snapshot is written anyway \(--force\)$/m, 'and says it');
write_file('c', many(@many[0 .. 0]));
($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 's.dyn');
is($code, 0, 'with fewer than ten items before nothing is compared');
unlike($err, qr/a fall by more than/, 'and nothing is said of a fall');
write_file('s.dyn', 'DYNSTORE, but damaged');
($code, $out, $err) = dynstore('build', '-c', 'c', '-e', 'e', '-o', 's.dyn');
is($code, 0, 'a damaged snapshot is replaced');
like($err, qr/^dynstore build: the new snapshot is not compared with the old one: s\.dyn: /m, 'and this is said');

# ---- the future ----

my $future = '{"visitor":"v9","time":"2038-01-19T03:14:07Z","event":"view_item","item_id":"i6"}';
ok($right eq built($items, $events . "$future\n"), 'an event of 2038 among those of 2026 changes nothing') or diag($err);
like($err, qr/^e:7:time: 2038-01-19T03:14:07Z is in the future: left out$/m, 'and is said');
like($out, qr/as of 2026-03-01T00:04:20Z$/m, 'the newest of the others says what time it is');
like($out, qr/^  1 events from the future were left out$/m, 'and it is counted');
ok($right eq built($items, "$future\n$events"), 'wherever it stands');
built($items, $events . "$future\n", '--json');
is($json->decode($out)->{left_out}{future}, 1, 'in JSON, too');

my $now = '2026-03-01T00:04:20Z';
my $later = $json->encode({ visitor => 'v9', time => $start[5] + 300, event => 'view_item', item_id => 'i6' });
my $too_late = $json->encode({ visitor => 'v9', time => $start[5] + 301, event => 'view_item', item_id => 'i6' });
built($items, "$events$later\n", '--now', $now);
like($out, qr/as of 2026-03-01T00:09:20Z$/m, 'an event 5 minutes after --now counts');
ok($right eq built($items, "$events$too_late\n", '--now', $start[5]), 'one a second later is in the future');
like($err, qr/^e:7:time: 2026-03-01T00:09:21Z is in the future: left out$/m, 'and said');
built($items, $events . "$future\n", '--now', '2038-01-19T03:14:07Z');
like($out, qr/as of 2038-01-19T03:14:07Z$/m, 'what --now allows is believed');
built('{"id":"a","created":"2026-03-01"}' . "\n" . '{"id":"b","created":"2026-02-01"}' . "\n" . '{"id":"c","created":"2099-01-01"}', '', '--force');
like($out, qr/as of 2026-03-01T00:00:00Z$/m, 'without events a catalogue with one item of 2099 is not of 2099');

($code, $out, $err) = dynstore('build', '-c', 'c', '-o', 'x.dyn', '--now', 'noon');
is($code, 2, '--now that is no time exits with 2');
like($err, qr/--now: "noon" is not a time; "2026-03-01T00:00:00Z" or seconds since 1970 would be right/, 'and says what would be right');

# ---- who vouches for it ----

my @bought = map { { visitor => "b$_", time => $start[0] + $_, event => 'purchase', items => [{ item_id => 'i1' }, { item_id => 'i2' }] } } 1 .. 4;
my @vouched = map { +{ %{ $bought[$_] }, auth => ('server', 'token', 'page', '')[$_] } } 0 .. 3;
my $vouched = built($items, $events . many(@vouched[0, 1]));
ok($vouched eq built($items, $events . many(@vouched, { %{ $vouched[3] }, event => 'add_to_cart' }), '--authenticated', 'purchase,add_to_cart'),
    'with --authenticated purchases and carts count only where the server or a token vouches for them') or diag("$code $err");
like($out, qr/^  6 events without "auth" were left out$/m, 'the others are counted');
ok($vouched ne built($items, $events . many(@vouched)), 'without it all of them count');
built($items, $events . many(@vouched), '--authenticated', 'purchase', '--json');
is($json->decode($out)->{left_out}{unauthenticated}, 4, 'in JSON, too');
($code, $out, $err) = dynstore('build', '-c', 'c', '-o', 'x.dyn', '--authenticated', 'purchase,scroll');
is($code, 2, '--authenticated with an event that is not learned from exits with 2');
like($err, qr/--authenticated: "scroll" is not an event to learn from/, 'and names it');

# ---- beyond reason ----

my $honest = $events . many(map { { visitor => "h$_", time => $start[0] + $_, event => 'purchase', item_id => 'i' . ($_ % 6 + 1) } } 1 .. 24);
my $flood  = many(map { { visitor => 'robot', time => $start[0], event => 'purchase', item_id => 'i3' } } 1 .. 500);
my $fair   = many(map { { visitor => 'robot', time => $start[0], event => 'purchase', item_id => 'i3' } } 1, 2);
my $fair_built = built($items, $honest . $fair);
ok($fair_built eq built($items, $honest . $flood), '500 purchases of one item by one visitor in a day are no more than two');
like($out, qr/^  498 events of 1 visitors were left out: they did more than a shopper does in a day$/m, 'and this is counted');
built($items, $honest . $flood, '--json');
is_deeply([@{ $json->decode($out)->{left_out} }{qw(beyond_reason beyond_reason_visitors)}], [498, 1], 'in JSON, too');
built($items, $events . many(map { +{ visitor => 'robot', time => $start[0], event => $_, item_id => 'i3' } } ('purchase') x 2, ('add_to_cart') x 2, ('view_item') x 5), '--json');
is($json->decode($out)->{left_out}{uncounted}, 3, 'what a visitor weighs beyond a good customer for one item is not counted for its popularity');

done_testing();
