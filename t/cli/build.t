#!/usr/bin/env perl
# dynstore and its commands `build` and `inspect`: what they print, what they refuse, what they exit with.
use strict;
use warnings;
use Cwd ();
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore run folder write_file read_file);

my $shop   = Cwd::abs_path('t/fixtures/outdoor');
my $folder = folder();
my ($code, $out, $err);

# two URLs of one item of the shop are none
my $left_out = qr/\A0 \S*:27:(?:url|image): a url or image that is not an http or https URL .* was left out.*\n\z/;

sub json { return JSON::PP->new->utf8->decode($_[0]) }

# ---- the frame ----

($code, $out, $err) = dynstore();
is($code, 2, 'without a command the exit code is 2');
like($err, qr/^usage: dynstore COMMAND/, 'and the help goes to standard error');

($code, $out, $err) = dynstore('--help');
is($code, 0, '--help exits with 0');
like($out, qr/^  build  .*^  inspect  /ms, 'and names the commands');
my @commands = $out =~ /^  ([a-z]+)  /mg;

for my $command (@commands) {
    ($code, $out, $err) = dynstore($command, '--help');
    is("$code $err", '0 ', "$command --help exits with 0");
    like($out, qr/^usage: dynstore $command .*^  -h, --help/ms, 'and prints usage and options');
    ($code, $out, $err) = dynstore($command, '--no-such-option');
    is($code, 2, "$command exits with 2 for an option that it does not know");
    like($err, qr/^dynstore $command: .*--no-such-option.*; see dynstore $command --help$/, 'and says which and where the help is');
}

($code, $out, $err) = dynstore('--version');
is($code, 0, '--version exits with 0');
like($out, qr/^dynstore \d+\.\d+\.\d+$/, 'and prints the version');

($code, $out, $err) = dynstore('bild');
is($code, 2, 'an unknown command exits with 2');
is($err, "dynstore: there is no command \"bild\"; see dynstore --help\n", 'and is named');

# ---- build ----

($code, $out, $err) = dynstore('build', '--catalog', "$shop/catalog.jsonl", '--events', "$shop/events.jsonl", '-o', 'store.dyn');
like("$code $err", $left_out, 'build exits with 0 and without a terminal says on standard error only what it leaves out');
like($out, qr/^store\.dyn: \d+ bytes, build [0-9a-f]{32}, as of 2026-03-09T23:50:49Z$/m, 'and names file, build and time');
like($out, qr/^  32 items \(31 in the catalogue, 1 known from events only\), 4 variants, 20 categories$/m, 'and counts items');
my $bytes = read_file("$folder/store.dyn");

write_file("timeless", qq({"id":"tarp","title":"Tarp","url":"/tarp"}\n));
($code, $out, $err) = dynstore('build', '-c', 'timeless', '-o', 'timeless.dyn');
is("$code $err", '0 ', 'a catalogue without any time is enough');
like($out, qr/^timeless\.dyn: \d+ bytes, build [0-9a-f]{32}, of no known time: no event, and no item with "created"$/m, 'and no time is made up for it');

($code, $out, $err) = dynstore('build', '-c', "$shop/catalog.jsonl", '-e', "$shop/events.jsonl", '-o', 'again.dyn', '--json', '-j', 1);
like("$code $err", $left_out, 'build --json exits with 0');
my $report = json($out);
is($report->{items}, 32, 'and prints counts as JSON');
is($report->{bad_lines}, 0, 'of bad lines, too');
is($report->{made_good}{no_url}, 1, 'and of what was left out');
is($report->{bytes}, -s "$folder/again.dyn", 'and the size of the file');
is(read_file("$folder/again.dyn"), $bytes, 'the same input gives the same bytes');

is(system("gzip -c $shop/catalog.jsonl >$folder/c.gz && gzip -c $shop/events.jsonl >$folder/e.gz"), 0, 'gzip');
($code, $out, $err) = dynstore('build', '-c', 'c.gz', '-e', 'e.gz', '-o', 'gz.dyn');
is($code, 0, 'compressed input is taken');
is(read_file("$folder/gz.dyn"), $bytes, 'and gives the same bytes');

my @events = split /^/, read_file("$shop/events.jsonl");
write_file('first', join '', @events[0 .. 99]);
write_file('rest', join '', @events[100 .. $#events]);
($code, $out, $err) = dynstore('build', '-c', 'c.gz', '-e', 'first', '-e', 'rest', '-o', 'parts.dyn');
is($code, 0, '--events can be given several times');
is(read_file("$folder/parts.dyn"), $bytes, 'and parts give the same bytes as the whole');

# ---- who may read the file: nginx's workers are another user than who builds it ----

sub mode { return sprintf '%03o', (stat "$folder/$_[0]")[2] & 0777 }
sub build_over { my ($name, $mask) = @_; my $before = umask $mask; dynstore('build', '-c', 'c.gz', '-e', 'e.gz', '-o', $name); umask $before; return mode($name) }

is(build_over("umask-$_->[0].dyn", oct $_->[0]), '644', "under umask $_->[0] a new snapshot can be read by all") for ['077'], ['022'], ['000'], ['777'];
for (['640', '640', 'keeps a mode that lets its group read'], ['664', '664', 'keeps a mode that lets its group write'],
     ['604', '604', 'keeps a mode that lets others read'], ['600', '644', 'does not keep one that lets only its owner read'], ['400', '644', 'nor this one']) {
    my ($old, $new, $what) = @$_;
    write_file('mode.dyn', 'old');
    chmod oct $old, "$folder/mode.dyn";
    is(build_over('mode.dyn', 077), $new, "a snapshot that replaces another $what");
}
SKIP: {
    skip 'only root may give a file away', 1 if $>;
    write_file('owned.dyn', 'old');
    chown 1, 2, "$folder/owned.dyn";
    chmod 0640, "$folder/owned.dyn";
    build_over('owned.dyn', 077);
    is(join(' ', (stat "$folder/owned.dyn")[4, 5]), '1 2', 'with the mode it keeps the owners that the mode is for');
}

# ---- bad lines ----

write_file('bad.jsonl', <<'LINES');
{"id":"a","title":"A"}
{"id":"b","price":"1.005","currency":"EUR"}
{"id":"c"
{"id":"d","variants":[{"id":"d1"},{"id":"d1"}]}
{"id":"a"}
LINES
my @said = (
    qr/^bad\.jsonl:2:price: "1\.005" is no amount of EUR: /m,
    qr/^bad\.jsonl:3:line: is no JSON: column \d+: /m,
    qr/^bad\.jsonl:4:variants\[1\]\.id: is the id of another variant/m,
    qr/^bad\.jsonl:5:id: "a" is already the id of an item or variant of line 1$/m,
);
($code, $out, $err) = dynstore('build', '--catalog', 'bad.jsonl', '-o', 'bad.dyn', '--max-bad-share', 100);
is($code, 0, 'bad lines are skipped');
like($err, $_, 'and said with file, line and field') for @said;
is(scalar(() = $err =~ /\n/g), 4, 'one line each');
like($out, qr/^  4 bad lines were skipped$/m, 'and counted');

($code, $out, $err) = dynstore('build', '--catalog', 'bad.jsonl', '-o', 'bad.dyn', '--max-errors', 4, '--max-bad-share', 100);
is($code, 0, 'as many bad lines as --max-errors are skipped');
($code, $out, $err) = dynstore('build', '--catalog', 'bad.jsonl', '-o', 'none.dyn', '--max-errors', 3);
is($code, 3, 'one more exits with 3');
like($err, qr/^dynstore build: bad\.jsonl:5:id: .*; that is more than 3 bad lines: /m, 'with the line that was one too many');
ok(!-e "$folder/none.dyn", 'and writes nothing');
is(join(' ', glob "$folder/none*"), '', 'nor leaves a temporary file');

write_file('bad-events.jsonl', <<'LINES');
{"visitor":"v","time":1700000000,"event":"view_item","item_id":"a"}
{"visitor":"v","event":"view_item","item_id":"a"}
{"time":1700000000,"event":"view_item","item_id":"a"}
{"visitor":"v","time":1700000000,"event":"seen","item_id":"a"}
{"visitor":"v","time":1700000000,"event":"purchase","items":[{"quantity":2}]}
LINES
($code, $out, $err) = dynstore('build', '--events', 'bad-events.jsonl', '-o', 'bad.dyn', '--max-bad-share', 100);
is($code, 0, 'bad events are skipped');
like($err, qr/^bad-events\.jsonl:2:time: is missing/m, 'the time is named');
like($err, qr/^bad-events\.jsonl:3:visitor: is missing/m, 'the visitor is named');
like($err, qr/^bad-events\.jsonl:4:event: "seen" is no event/m, 'the event is named');
like($err, qr/^bad-events\.jsonl:5:items\[0\]\.item_id: is missing/m, 'the item is named');

write_file('bad.tsv', "SessionId\tItemId\tTime\n1\ta\t1700000000\n1\ta\n1\t\t5\n1\ta\tnoon\n");
($code, $out, $err) = dynstore('build', '--events', 'bad.tsv', '-o', 'bad.dyn', '--max-bad-share', 100);
is($code, 0, 'bad lines of TSV are skipped');
like($err, qr/^bad\.tsv:3:line: .*^bad\.tsv:4:ItemId: .*^bad\.tsv:5:Time: /ms, 'and said with file, line and field');

# ---- what cannot be done ----

for my $case (
    [['-o', 'x.dyn'],                                      2, qr/neither --catalog nor --events is given/],
    [['-c', 'c.gz'],                                       2, qr/--output FILE is missing/],
    [['-c', 'c.gz', '-o', 'x.dyn', 'more'],                2, qr/"more" is not expected/],
    [['-c'],                                               2, qr/option -c needs an argument/],
    [['-c', 'c.gz', '-o', 'x.dyn', '--max-errors', 'few'], 2, qr/--max-errors: "few" is not a whole number/],
    [['-c', 'c.gz', '-o', 'x.dyn', '--threads', '0'],      2, qr/--threads: "0" is not a whole number from 1 to 64/],
    [['-c', 'no-such-file', '-o', 'x.dyn'],                3, qr/no-such-file: cannot be opened: No such file/],
    [['-e', 'no-such-file', '-o', 'x.dyn'],                3, qr/no-such-file: cannot be opened: No such file/],
    [['-c', 'c.gz', '-o', 'no-such-folder/x.dyn'],         4, qr{no-such-folder/x\.dyn: no temporary file can be made beside it: No such file}],
) {
    my ($arguments, $expected, $sentence) = @$case;
    ($code, $out, $err) = dynstore('build', @$arguments);
    is($code, $expected, "build @$arguments exits with $expected");
    like($err, qr/^dynstore build: .*$sentence/m, 'and says why');
}
write_file('cut.gz', substr read_file("$folder/e.gz"), 0, 1000);
($code, $out, $err) = dynstore('build', '-e', 'cut.gz', '-o', 'x.dyn');
is($code, 3, 'a cut gzip file exits with 3');
like($err, qr/cut\.gz:\d+: reading ended early: unexpected end of file/, 'and says where it ends');

# lines that were added to a gzip file without being compressed are not lost in silence
my $zipped = read_file("$folder/c.gz");
for my $behind ('{"id":"added","title":"Added","url":"/added"}' . "\n", 'x', "\x1f", "\x1f\x8c", "\0\0x") {
    write_file('more.gz', $zipped . $behind);
    ($code, $out, $err) = dynstore('build', '-c', 'more.gz', '-o', 'x.dyn');
    is($code, 3, 'plain bytes behind gzip exit with 3');
    like($err, qr/more\.gz:\d+: reading ended early: bytes follow the gzip that are not compressed: compress all of the file, or nothing/, 'and are said');
}
# members one behind the other, however they lie in what is read at once, and padding, are no fault
my $catalog = read_file("$shop/catalog.jsonl");
write_file('members.jsonl', $catalog);
is(system("cd $folder && rm -f members.gz && split -b 997 members.jsonl member. && for m in member.??*; do gzip -c \$m >>members.gz; done && head -c 3000 /dev/zero >>members.gz"), 0, 'gzip, member by member');
for my $name ('members.gz', 'members.jsonl') {
    ($code, $out, $err) = dynstore('build', '-c', $name, '-o', "$name.dyn");
    is("$code " . ($err =~ s/^\Q$name\E:27:image: .* was left out \(1 time\)\n//r), '0 ', "$name is read without a fault");
}
is(read_file("$folder/members.gz.dyn"), read_file("$folder/members.jsonl.dyn"), 'as the same catalogue');
ok(!-e "$folder/x.dyn", 'and nothing is written');

mkdir "$folder/is-a-folder";
($code, $out, $err) = dynstore('build', '-c', 'c.gz', '-o', 'is-a-folder');
is($code, 4, 'a folder in place of the output exits with 4');
like($err, qr/is-a-folder: cannot be replaced/, 'and says so');
is(join(' ', glob "$folder/is-a-folder.*"), '', 'and leaves no temporary file');

umask 022;
dynstore('build', '-c', 'c.gz', '-o', 'mode.dyn');
is((stat "$folder/mode.dyn")[2] & 07777, 0644, 'the file can be read by whom the umask lets');

# ---- inspect ----

($code, $out, $err) = dynstore('inspect', 'store.dyn');
is("$code $err", '0 ', 'inspect exits with 0');
like($out, qr/^build_id: [0-9a-f]{32}$/m, 'and shows the build');
like($out, qr/^  items: 32$/m, 'counts');
like($out, qr/^   2  items  +\d+ +3072 +32  [0-9a-f]{16}$/m, 'sections with sizes and checksums');
like($out, qr/^popular:\n +weight  id +title\n +1  lamp-camp +Camp Lantern$/m, 'and what is popular');

($code, $out, $err) = dynstore('inspect', '--json', '--top', 3, 'store.dyn');
is($code, 0, 'inspect --json exits with 0');
$report = json($out);
is($report->{counts}{items_in_catalogue}, 31, 'and counts the same');
is(scalar @{ $report->{popular} }, 3, 'and shows as many as --top says');
is($report->{bytes}, -s "$folder/store.dyn", 'and the size of the file');
my $end = 88 + 32 * @{ $report->{sections} };
for my $section (@{ $report->{sections} }) {
    $end == $section->{offset} or fail("$section->{name} begins at $section->{offset}, not $end");
    $end = int(($section->{offset} + $section->{bytes} + 7) / 8) * 8;
}
is($end, $report->{bytes}, 'and its sections fill the file without a gap');

($code, $out, $err) = dynstore('inspect', '--item', 'trail-pack-30', '--json', 'store.dyn');
is($code, 0, 'inspect --item exits with 0');
$report = json($out);
is($report->{price}, '129.00', 'and shows the price');
is_deeply($report->{category}, ['Packs', 'Day packs'], 'the category');
is_deeply($report->{group}, ['trail-pack-30', 'trail-pack-40'], 'the group');
is_deeply($report->{compatible_with}, ['rain-cover-m', 'bottle-1l'], 'what fits');
is_deeply($report->{bought_with}, [], 'nothing that is bought with it: two orders are no evidence');
is($report->{similar}[0]{id}, 'city-pack-18', 'what is similar');
is($report->{variants}[1]{price}, '134.00', 'and variants');

($code, $out, $err) = dynstore('inspect', '--item', 'tent-duo', '--json', 'store.dyn');
$report = json($out);
is($report->{bought_with}[0]{id}, 'footprint-duo', 'what four orders have is bought together');
is($report->{bought_with}[0]{support}, 4, 'and the orders are counted');

($code, $out, $err) = dynstore('inspect', '--item', 'gid://shopify/ProductVariant/98766', 'store.dyn');
like($out, qr/^id: 1234567890$/m, 'a variant shows its item');
($code, $out, $err) = dynstore('inspect', '--item', 'yama-cup', 'store.dyn');
like($out, qr/^price: 3200\ncurrency: JPY$/m, 'yen have no decimals');

($code, $out, $err) = dynstore('inspect', '--item', 'no-such-item', 'store.dyn');
is($code, 1, 'an item that is not there exits with 1');
is($err, "dynstore inspect: store.dyn: has no item or variant with the id \"no-such-item\"\n", 'and says so');

($code, $out, $err) = dynstore('inspect');
is($code, 2, 'inspect without a file exits with 2');
($code, $out, $err) = dynstore('inspect', 'c.gz');
is($code, 3, 'inspect of something else exits with 3');
like($err, qr/^dynstore inspect: c\.gz: header: does not begin with DYNSTORE/, 'and says what it is not');

my $damaged = $bytes;
substr($damaged, 4000, 1) ^= "\1";
write_file('damaged.dyn', $damaged);
($code, $out, $err) = dynstore('inspect', 'damaged.dyn');
is($code, 3, 'inspect of a damaged snapshot exits with 3');
like($err, qr/^dynstore inspect: damaged\.dyn: section "[a-z_]+": the checksum does not match/, 'and names the section');

# ---- the time of a catalogue ----

write_file('timed.jsonl', qq({"id":"a","title":"A","url":"/a"}\n));
utime 1700000060, 1700000060, "$folder/timed.jsonl";
my $position = sub { my (undef, $text) = dynstore('inspect', '--json', 'timed.dyn'); return json($text)->{control_position} };
is((dynstore('build', '--catalog', 'timed.jsonl', '-o', 'timed.dyn'))[0], 0, 'a snapshot without a time of its catalogue');
is($position->(), '', 'contains nothing of the control stream');
is((dynstore('build', '--catalog', 'timed.jsonl', '-o', 'timed.dyn', '--catalog-time', '2023-11-14T22:13:20Z'))[0], 0, 'one with a time');
is($position->(), '1700000000000-0', 'contains what was said before');
is((dynstore('build', '--catalog', 'timed.jsonl', '-o', 'timed.dyn', '--catalog-time', 'file'))[0], 0, 'and one with the time of its file');
is($position->(), '1700000000000-0', 'what was said a minute before');
($code, $out, $err) = dynstore('build', '--catalog', 'timed.jsonl', '-o', 'timed.dyn', '--catalog-time', 'noon');
is($err, "dynstore build: --catalog-time: \"noon\" is not a time; \"2026-03-01T00:00:00Z\", seconds since 1970 or \"file\" would be right; see dynstore build --help\n", 'what is no time is refused');
($code, $out, $err) = dynstore('build', '--catalog', '/dev/null', '-o', 'timed.dyn', '--catalog-time', 'file');
like($err, qr/"\/dev\/null" is no file whose time can be told/, 'so is the time of what is no file');

# ---- a full disk ----

SKIP: {
    skip '/dev/full is not there', 1 if !-c '/dev/full';
    ($code) = run('bash', '-c', "'" . Cwd::abs_path('build/dynstore') . "' inspect store.dyn >/dev/full");
    is($code, 4, 'what cannot be printed exits with 4');
}

done_testing();
