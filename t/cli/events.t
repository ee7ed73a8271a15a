#!/usr/bin/env perl
# dynstore events: the stream of events becomes a file that build and report read; docs/cli.md.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Dynstore::Redis;
use Dynstore::Command qw(dynstore shell folder write_file read_file);

my $redis = Dynstore::Redis->start(folder());
my $address = 'redis://127.0.0.1:' . $redis->port . '/2';
sub add { $redis->in_db(2, 'XADD', 'dyn:events', @_) }
sub lines { my $text = read_file(folder() . "/$_[0]"); return $text =~ tr/\n// }

write_file('catalog.jsonl', join '', map { qq({"id":"item-$_","title":"T $_","url":"/$_","price":"5.00","currency":"EUR"}\n) } 1 .. 9);

# ---- a file that build reads ----

add("$_-0", 'v', 'visitor' . int($_ / 5), 'e', sprintf 'vi %d item-%d', 1_700_000_000_000 + 1000 * $_, 1 + $_ % 9) for 1 .. 2500;
my ($code, $out, $err) = dynstore('events', '--from', $address, '-o', 'first.jsonl');
is("$code $out", "0 2500-0\n", 'a stream of several parts is read, and the last id is printed') or diag($err);
is(lines('first.jsonl'), 2500, 'each entry is a line');
is((dynstore('build', '--catalog', 'catalog.jsonl', '--events', 'first.jsonl', '-o', 'stream.dyn'))[0], 0, 'build reads it');
write_file('plain.jsonl', join '', map { sprintf qq({"visitor":"visitor%d","time":%d,"event":"view_item","item_id":"item-%d"}\n),
    int($_ / 5), 1_700_000_000_000 + 1000 * $_, 1 + $_ % 9 } 1 .. 2500);
dynstore('build', '--catalog', 'catalog.jsonl', '--events', 'plain.jsonl', '-o', 'plain.dyn');
is(read_file(folder() . '/stream.dyn'), read_file(folder() . '/plain.dyn'), 'and learns from it what the same events in a file of its own format say');

# ---- the next run goes on ----

add('2500-1', 'v', 'v1', 'auth', 'token', 'e', 'pu 1700009000000 item-1 o=1');
add('2501-0', 'v', 'v2', 'e', qq(se 1700009000001 - t=a%20"tent"));
add('2502-0', 'v', 'v2', 'e', 'zz 1700009000002 new');
($code, $out, $err) = dynstore('events', '--from', $address, '--since', '2500-0', '-o', 'second.jsonl');
is("$code $out", "0 2502-0\n", 'the next run goes on after the last entry') or diag($err);
is(read_file(folder() . '/second.jsonl'), <<'LINES', 'with all that entries say, also of codes that are not known');
{"v":"v1","e":"pu 1700009000000 item-1 o=1","auth":"token"}
{"v":"v2","e":"se 1700009000001 - t=a%20\"tent\""}
{"v":"v2","e":"zz 1700009000002 new"}
LINES
unlike($err, qr/trimmed/, 'and nothing was lost in between');
is((dynstore('events', '--from', $address, '--since', '2502-0', '-o', 'second.jsonl'))[1], "2502-0\n", 'a run that finds nothing new keeps the id');
is(lines('second.jsonl'), 0, 'and writes an empty file');
is((dynstore('events', '--from', $address, '--since', '0'))[1] =~ tr/\n//, 2503, 'without a file the lines are printed');

$redis->in_db(2, 'XTRIM', 'dyn:events', 'MINID', '2501-0');
like((dynstore('events', '--from', $address, '--since', '2500-0', '-o', 'x.jsonl'))[2], qr/may have been trimmed/,
    'entries that may have been trimmed between two runs are said');
unlike((dynstore('events', '--from', $address, '--since', '2501-0', '-o', 'x.jsonl'))[2], qr/trimmed/, 'and only those');

add('1700009000000-0', 'v', 'v3', 'e', 'vi 1700009000000 item-3');
add('1700009001000-0', 'v', 'v3', 'e', 'vi 1700009001000 item-4');
is((dynstore('events', '--from', $address, '--since', '2023-11-15T00:43:21Z'))[1], qq({"v":"v3","e":"vi 1700009001000 item-4"}\n),
    'a time is where to begin');

# ---- what goes wrong ----

add('1800000000000-0', 'v', 'v4', 'e', 'nothing');
add('1800000000000-1', 'v', 'v4', 'e', "zz 1700009002000 \xff");
add('1800000000000-2', 'v', 'v4', 'e', 'vi 1700009003000 item-5');
($code, $out, $err) = dynstore('events', '--from', $address, '--since', '1700009001000-0', '-o', 'third.jsonl');
is("$code " . lines('third.jsonl'), '0 1', 'entries that are no events are passed over');
like($err, qr{^redis://\S+:1:e: is no entry of the stream.*1 events; 2 entries that are none were skipped}s, 'and counted');
($code, $out, $err) = dynstore('events', '--from', $address, '--since', '1700009001000-0', '-o', 'third.jsonl', '--max-errors', 0);
is("$code " . lines('third.jsonl'), '3 1', 'too many of them end it, and the old file stays');
ok(!-e folder() . '/third.jsonl.new', 'and no half file');
is((dynstore('events', '--from', $address, '--prefix', 'other:', '-o', 'x.jsonl'))[1], "0-0\n", 'another prefix is another stream');
is((dynstore('events', '--from', $address, '-o', 'nowhere/x.jsonl'))[0], 4, 'a file that cannot be written is said');
for my $since ('yesterday', '5-', '-5', '99999999999999999999-0', '') {
    ($code, undef, $err) = dynstore('events', '--from', $address, '--since', $since);
    is($code, 2, "--since \"$since\" is refused");
    like($err, qr/neither an entry's id nor a time/, 'with what would be right');
}
is((dynstore('events', '--from', 'redis://:secret@127.0.0.1:1'))[0], 2, 'a password on the command line is refused');
is((dynstore('events'))[0], 2, 'an address is needed');

# ---- the script of docs/cli.md ----

my ($script) = read_file('docs/cli.md') =~ /^```bash\n(.*?)^```/ms or die 'the page has no script';
my $shop = folder() . '/shop';
mkdir $shop or die;
write_file('shop/products.csv', "Handle,Title,Variant Price\n" . join '', map { "item-$_,T $_,5.00\n" } 1 .. 9);
$script =~ s{/var/lib/dynstore}{$shop} or die;
$script =~ s{redis://127\.0\.0\.1:6379}{$address} or die;
$script =~ s/^dynstore events .*\K"events-\$\(date [^)]*\)/"events-\$(date +%s%N)/m or die;
($code, $out, $err) = shell($script);
is($code, 0, 'the script of the page does its work') or diag($err);
my $after_first = read_file("$shop/store.dyn");
add('1900000000000-0', 'v', 'v9', 'e', 'vi 1700009009000 item-9');
is((shell($script))[0], 0, 'also the next night');
is(read_file("$shop/events.since"), "1900000000000-0\n", 'and keeps where it was');
is(scalar(() = glob "$shop/events-*.jsonl"), 2, 'with the files of both nights');
isnt(read_file("$shop/store.dyn"), $after_first, 'of which a new snapshot is made');
$redis->stop;
is((dynstore('events', '--from', $address))[0], 4, 'a Redis that is away is said');

done_testing;
