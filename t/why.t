# dynstore why: what a merchandiser is told of decisions that nginx recorded, and the example of docs/audit.md; replay by the built-in rules.
use strict;
use warnings;

use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $from   = 'redis://127.0.0.1:' . $redis->port;
my $hash   = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(1));

Dynstore::Nginx::write_file("$folder/rules.json", <<'END');
{"schema":"dynstore.rules/1",
 "experiments":[{"id":"short","slots":["recs"],"variants":[{"id":"control","weight":0},{"id":"four","weight":1,"slots":[{"slot":"recs","limit":4}]}]}],
 "rules":[{"id":"season","note":"Summer sale, until August","when":{"item":{"id":"tent-04"}},"then":{"boost":1.5,"badge":"Sale"}},
  {"id":"no-stoves","note":"Recalled","when":{"item":{"id":["stove-04","stove-05","stove-06"]}},"then":{"exclude":true}}]}
END
Dynstore::Nginx::write_file("$folder/catalog.jsonl", Dynstore::Nginx::slurp('t/fixtures/catalog.jsonl') =~ s/"Stove 03"/'"' . "\xc3\xa9" x 300 . '"'/er);
system("build/dynstore build -c $folder/catalog.jsonl -e t/fixtures/events.jsonl -o $folder/store.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no snapshot');
system("build/dynstore build -c t/fixtures/catalog.jsonl -o $folder/other.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no snapshot');

my $nginx = Dynstore::Nginx->start(redis => $from, snapshot => "$folder/store.dyn", http => <<"END");
dynstore_rules $folder/rules.json;
dynstore_records 1;
dynstore_limit off;
END
$redis->command('LPUSH', "dyn:r:{$hash}", map { s/ / @{[int(time * 1000)]} /r } 'vi tent-02', 'vi tent-03', 'ac pack-02');
like($nginx->get('/rec?surface=home&slot=recs', 1)->content, qr/"rung":"session".*"id":"tent-04"/, 'a visitor is shown an item');
$nginx->get('/rec?surface=cart&slot=similar', 2);
$nginx->until(sub { $redis->command('XLEN', 'dyn:decisions') == 2 }) or BAIL_OUT('no records');
is(system("build/dynstore records --from $from -o $folder/records.jsonl"), 0, 'records are written to a file');

my $bin = Cwd::abs_path('build');
sub run { my $command = shift; my $text = qx(cd $folder && PATH=$bin:\$PATH $command 2>&1); return ($? >> 8, $text) }
sub why { return run("dynstore why --visitor $hash @_") }
my $then = '--snapshot store.dyn --rules rules.json';

# the example, with the ids and times of this run
my $page = Dynstore::Nginx::slurp('docs/audit.md');
my ($section) = $page =~ /^## dynstore why\n(.*?)(?=^## |\z)/ms;
my @examples = $section =~ /^```log\n(.*?)^```$/msg;
my $unnamed = sub { $_[0] =~ s/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/TIME/gr =~ s/\b[0-9a-f]{16}\b/ID/gr };
is(scalar @examples, 2, 'docs/audit.md has an example of an item that was shown, and of one that was not');
for my $example (@examples) {
    my ($command, $expected) = $example =~ /^\$ (.*?[^\\])\n(.*)/s;
    my ($code, $text) = run($command);
    is($code, 0, $command);
    is($unnamed->($text), $unnamed->($expected), 'docs/audit.md shows what it says');
}

my ($code, $text) = why("--from $from --item tent-04 $then");
is($code, 0, 'records are read from Redis as well');
like($text, qr/^Rule season: boost x1\.50 \(Summer sale, until August\)\.$/m, 'a rule has its note');
my $cookie = Dynstore::Nginx::visitor(1);
is((run("dynstore why --visitor $cookie --key $nginx->{folder}/dynstore.key --from records.jsonl --item tent-04 $then"))[1], $text, 'the cookie names the visitor, with the key');

($code, $text) = why("--from records.jsonl --item tent-04");
is($code, 0, 'the record alone tells something');
like($text, qr/^tent-04 was last shown to this visitor at \S+, on the surface home, in the slot recs, at place \d of 4: /, 'where it was shown');
like($text, qr/^Rule season touched it\.$/m, 'and which rules touched it');
like($text, qr/with the snapshot and the rules of that time/, 'and what would tell more');
($code, $text) = why("--from records.jsonl --item tent-04 --snapshot other.dyn --rules rules.json");
like($text, qr/^More cannot be known: the snapshot [0-9a-f]{32} decided, and [0-9a-f]{32} is at hand\.$/m, 'with another snapshot it says what it cannot know');
unlike($text, qr/strongest first/, 'and does not guess');
($code, $text) = why("--from records.jsonl --item tent-04 --snapshot store.dyn");
like($text, qr/^More cannot be known: the rules [0-9a-f]{16} decided, and [0-9a-f]{16} are at hand\.$/m, 'and so with other rules');

for (['stove-06', 'because a rule excludes it\.\nRule no-stoves: exclude \(Recalled\)\.$', 'removed', 'excluded'],
    ['tent-03', 'because it was viewed in this session', 'removed', 'viewed'],
    ['pack-02', 'because it was in the cart', 'removed', 'in_cart'],
    ['pack-05', 'because .+ It had rank \d+ of the \d+ items that came into question, with the score 0\.\d{4}; 4 were shown\.$', 'behind', undef],
    ['tent-07', 'because it is for adults', 'removed', 'age'],
    ['tent-09', 'because it was out of stock', 'removed', 'out_of_stock']) {
    my ($item, $like, $outcome, $filter) = @$_;
    ($code, $text) = why("--from records.jsonl --item $item $then");
    is($code, 0, "$item was not shown");
    like($text, qr/^Slot recs: not shown, $like/m, 'and it says why');
    my $json = JSON::PP::decode_json((why("--from records.jsonl --item $item $then --json"))[1]);
    is_deeply([@{ $json->{slots}[0] }{qw(slot outcome removed_by)}], ['recs', $outcome, $filter], 'in JSON, too');
    is(join("\n", @{ $json->{sentences} }) . "\n", $text, 'which has the same sentences');
}
($code, $text) = why("--from records.jsonl --item no-such $then");
like($text, qr/^It is not in the snapshot\.$/m, 'of an unknown item it says that it is unknown');

my $json = JSON::PP::decode_json((why("--from records.jsonl --item tent-04 $then --json"))[1]);
is_deeply([@$json{qw(schema visitor item records decisions shown_in slot surface)}], ['dynstore.why/1', $hash, 'tent-04', 2, 1, 1, 'recs', 'home'], 'JSON tells what was shown');
is_deeply([map { $_->{id} } @{ $json->{rules} }], ['season', 'season'], 'with the rules');
is_deeply($json->{experiments}, [{ id => 'short', variant => 'four', shadow => JSON::PP::false }], 'and the variant');
is_deeply([map { $_->{item} } @{ $json->{session} }], ['pack-02', 'tent-03', 'tent-02'], 'what the session was, strongest first');
my @weights = map { $_->{weight} } @{ $json->{terms} };
is_deeply(\@weights, [sort { $b <=> $a } @weights], 'and what proposed it, strongest first');

($code, $text) = run("dynstore why --visitor @{['0' x 32]} --from records.jsonl --item tent-04");
is($code, 1, 'of a visitor without records nothing is told');
like($text, qr/^None of the 2 records is of this visitor\. nginx records the share of decisions that dynstore_records names/, 'and it says why that may be');
($code, $text) = why('--from records.jsonl --item tent-04 --slot bought_with');
is($code, 1, 'nor of a slot that no decision has');
like($text, qr/^None of the visitor's 1 recorded decisions has the slot bought_with\.$/, 'which is said');
for (['--item tent-04', '--from URL|FILE is missing'], ['--from records.jsonl', '--item ID is missing'],
    ['--from records.jsonl --item a --rules rules.json', '--rules needs --snapshot FILE']) {
    ($code, $text) = why($_->[0]);
    is($code, 2, $_->[0]);
    like($text, qr/\Q$_->[1]\E/, $_->[1]);
}
# what was decided by rules is replayed by the built-in ones
($code, $text) = run('dynstore replay --from records.jsonl --snapshot store.dyn');
is($code, 1, 'dynstore replay finds differences without a rules file');
like($text, qr/^  rules: were [0-9a-f]{16}, are [0-9a-f]{16}$/m, 'and says which rules they are now');
($code, $text) = run('dynstore replay --from records.jsonl --snapshot store.dyn --was-rules rules.json');
is($code, 1, 'also where it is told the rules of the records');
like($text, qr/^    rule no-stoves did this before, and does not any more$/m, 'whose rules it names');
($code, $text) = run('dynstore replay --from records.jsonl --snapshot store.dyn --was-rules default');
like($text, qr/^  recs: was .*^2 records: 0 equal, 2 different/ms, 'and where the rules of the records are the built-in ones');

# a record whose summary is not that of its answer
my $others = '{"id":"x"},' x 200;
Dynstore::Nginx::write_file("$folder/odd.jsonl", Dynstore::Nginx::slurp("$folder/records.jsonl") =~ s/"items":\[(?=.*"tent-04")/"items":[$others/r);
($code, $text) = why("--from odd.jsonl --item tent-04 $then");
is($code, 0, 'a summary that does not fit its answer is told');
like($text, qr/at place 20\d of 20\d: .*^More cannot be known: the record's summary shows other items than its answer\.$/ms, 'and it says that it does not');

# records that may not be replayed, and those of a shadow
# a record of an older version, in the middle of others
{
    my @lines = split /^/, Dynstore::Nginx::slurp("$folder/records.jsonl");
    Dynstore::Nginx::write_file("$folder/older.jsonl", join '', $lines[0] =~ s{dynstore\.record/1}{dynstore.record/0}r, @lines);
    Dynstore::Nginx::write_file("$folder/oldest.jsonl", $lines[0] =~ s{dynstore\.record/1}{dynstore.record/0}r);
    for my $command ('replay --snapshot store.dyn --rules rules.json --from', "why --item tent-04 --visitor $cookie --key $nginx->{folder}/dynstore.key --from", 'records --from') {
        my ($code, $said) = run("dynstore $command older.jsonl");
        my ($name) = $command =~ /^(\w+)/;
        like($said, qr/^dynstore $name: 1 records were passed over that cannot be read; the first: older\.jsonl:1: /m, "$name passes over what is no record, and says so");
        is($code, (run("dynstore $command records.jsonl"))[0], "$name otherwise does what it does without it");
        is((run("dynstore $command oldest.jsonl"))[0], 3, "$name fails where there is nothing else");
    }
}

my $lines = Dynstore::Nginx::slurp("$folder/records.jsonl");
Dynstore::Nginx::write_file("$folder/summaries.jsonl", $lines =~ s/,"q":"[^"]*","a":"[^"]*"//gr);
is_deeply([run('dynstore replay --from summaries.jsonl --snapshot store.dyn')], [0, "2 records: 0 equal, 0 different, 2 without a question\n"], 'dynstore replay counts records without a question');
Dynstore::Nginx::write_file("$folder/shadow.jsonl", $lines =~ s/"shadow":false,"replayable"/"shadow":true,"replayable"/gr);
($code, $text) = why("--from shadow.jsonl --item tent-04 $then");
is($code, 1, 'what was decided in a shadow was not shown');
like($text, qr/^None of the 2 records is of this visitor\./, 'and is not told as if it were');

is((run('dynstore why --visitor somebody --from records.jsonl --item a'))[0], 2, 'a visitor is named by a cookie or a hash');
is((why('--from nowhere.jsonl --item a'))[0], 3, 'a file that is not there is said');

my $other = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(4));
$redis->command('LPUSH', "dyn:r:{$other}", 'vi ' . int(time * 1000) . ' stove-03');
my ($shown) = $nginx->get('/rec?surface=home&slot=recs', 4)->content =~ /"items":\[\{"id":"([^"]+)"/;
$nginx->until(sub { $redis->command('XLEN', 'dyn:decisions') == 3 }) or BAIL_OUT('no record');
($code, $text) = run("dynstore why --visitor $other --from $from --item $shown $then");
like($text, qr/^Of the session counted, strongest first: (?:\xc3\xa9){200,300}/m, 'a long title is told, cut between two characters');

$nginx->stop;
done_testing();
