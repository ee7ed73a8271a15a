# Decisions made before, under and after overrides are made again from their records, and `why` and `explain` say whose override it was.
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
chmod 0755, $folder;

Dynstore::Nginx::write_file("$folder/catalog.jsonl", join '', map {
    JSON::PP::encode_json({ id => "tent-$_", title => "Tent $_", url => "/products/tent-$_", price => "${_}9.00", currency => 'EUR', stock => 5 }) . "\n"
} 1 .. 5);
system("build/dynstore build -c $folder/catalog.jsonl -o $folder/store.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no snapshot');
Dynstore::Nginx::write_file("$folder/rules.json",
    '{"schema":"dynstore.rules/1","rules":[{"id":"season","note":"Summer","when":{"item":{"id":"tent-4"}},"then":{"boost":1.5}}]}');
Dynstore::Nginx::write_file("$folder/other.json",
    '{"schema":"dynstore.rules/1","rules":[{"id":"season","when":{"item":{"id":"tent-4"}},"then":{"exclude":true}}]}');

sub run { my $command = shift; my $output = qx{build/dynstore $command 2>&1}; return ($? >> 8, $output) }
sub lines { return map { JSON::PP::decode_json($_) } split /\n/, Dynstore::Nginx::slurp(shift) }

for my $rules ('', "--rules $folder/rules.json") {
    my $redis = Dynstore::Redis->start($folder);
    my $url   = 'redis://127.0.0.1:' . $redis->port;
    my $nginx = Dynstore::Nginx->start(redis => "$url control=on", workers => 2, snapshot => "$folder/store.dyn",
        http => "dynstore_records 1;\ndynstore_limit off;\n" . ($rules ? "dynstore_rules $folder/rules.json;\n" : ''));
    my $with = $rules ? 'with a rules file' : 'with the built-in rules';
    my ($visitor, $asked) = (0, 0);

    # each visitor is another one, so that each answer is a decision with a record; some are made while workers still compile
    my $home = sub { $visitor++; $asked++; return $nginx->get('/rec?surface=home', $visitor)->content };
    my $until = sub {
        my ($is, $name) = @_;
        ok($nginx->until(sub { for (1 .. 6) { return 0 if !$is->($home->()) } return 1 }, 20), "$name, $with");
        return $visitor;
    };
    my $tell = sub { return $redis->command('XADD', 'dyn:control', '*', @_, author => 'Ada') };
    my $in = sub { return int((time() + shift) * 1000) };

    my $before = $until->(sub { shift =~ /"tent-2"/ }, 'an item is shown');
    $redis->command('XADD', 'dyn:control', '*', qw(k stock item tent-5 stock 1));
    my $short = $in->(8);
    my $pin = $tell->(k => 'override', override => 'pin', item => 'tent-5', until => $short, reason => 'gift of the week');
    my $pinned = $until->(sub { shift =~ /"items":\[\{"id":"tent-5"/ }, 'an item is pinned');
    my $id = $tell->(k => 'override', override => 'block', item => 'tent-2', until => $in->(3600), reason => 'a buckle breaks');
    my $under = $until->(sub { shift !~ /"tent-2"/ }, 'another is blocked');
    # decisions right after its end, while it still counts for the version
    $nginx->until(sub { $home->(); return time() * 1000 > $short + 1200 });
    my $ended = $until->(sub { shift !~ /"items":\[\{"id":"tent-5"|"tent-2"/ }, 'the pin ends by itself');
    $tell->(k => 'restore', item => 'tent-2', reason => 'mended');
    my $after = $until->(sub { shift =~ /"tent-2"/ }, 'the block is taken back');
    $tell->(k => 'override', override => 'block', item => "tent-$_", until => $in->(3600), reason => 'one of two') for 1, 3;
    $until->(sub { shift !~ /"tent-[13]"/ }, 'two are blocked at once');

    $nginx->until(sub { $redis->command('XLEN', 'dyn:decisions') == $asked }) or BAIL_OUT('no records');
    is((run("records --from $url -o $folder/records.jsonl"))[0], 0, 'the decisions are recorded');
    is((run("control list --redis $url --json >$folder/control.jsonl"))[0], 0, 'and what was said');
    my %versions = map { $_->{s}{versions}{rules} => 1 } lines("$folder/records.jsonl");
    cmp_ok(scalar keys %versions, '>=', 4, 'by rules of several versions');

    my $replay = "replay --from $folder/records.jsonl --snapshot $folder/store.dyn $rules";
    for my $control ($url, "$folder/control.jsonl") {
        is_deeply([run("$replay --control $control")], [0, "$asked records: $asked equal, 0 different, 0 without a question\n"],
            "all are made again byte for byte, $with");
    }
    # one alone, also where a worker knew of an entry and had not compiled it, or had not left out what has ended
    my %seen;
    for my $one (lines("$folder/records.jsonl")) {
        my ($at, $ended) = ($one->{s}{versions}{control} // '', $one->{s}{time} >= $short ? 'after' : 'before');
        next if $seen{"$at $one->{s}{versions}{rules} $ended"}++;
        is((run("$replay --control $folder/control.jsonl --record $one->{id}"))[1], "1 records: 1 equal, 0 different, 0 without a question\n",
            "a decision up to '$at', $ended the pin's end, is made again alone");
    }
    # entries that are not at hand: the block was never heard of
    Dynstore::Nginx::write_file("$folder/less.jsonl", join '', grep { !/"\Q$id\E"/ } split /(?<=\n)/, Dynstore::Nginx::slurp("$folder/control.jsonl"));
    my (undef, $less) = run("$replay --control $folder/less.jsonl");
    like($less, qr/^  rules: were [0-9a-f]{16}, are [0-9a-f]{16}$/m, 'where no overrides make the version, it says that the rules are others');
    like($less, qr/^$asked records: \d+ equal, [1-9]\d* different/m, 'and decides with the rules at hand');

    # other rules are compared with those of the time, with the same overrides beside both
    my $was = $rules ? "--was-rules $folder/rules.json" : '--was-rules default';
    my (undef, $other) = run("replay --from $folder/records.jsonl --snapshot $folder/store.dyn --rules $folder/other.json $was --control $folder/control.jsonl --all");
    like($other, qr/^    rule season makes a difference$/m, 'a rule that makes a difference is named');
    unlike($other, qr/rule override-/, 'overrides make none, since they hold for both');
    my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($under));
    my ($record) = map { $_->{id} } grep { $_->{v} eq $hash } lines("$folder/records.jsonl");
    (undef, $other) = run("replay --from $folder/records.jsonl --snapshot $folder/store.dyn --rules $folder/other.json $was --control $folder/control.jsonl --record $record");
    like($other, qr/^  recs: is  (?!.*tent-[24]).*tent-3/m, 'and what they block is not shown by the other rules either');
    (undef, $other) = run("$replay --was-snapshot $folder/store.dyn --control $folder/control.jsonl");
    is($other, "$asked records: $asked equal, 0 different, 0 without a question\n", 'with a second snapshot it is the same');

    my $why = sub {
        my ($who, $item, $more) = @_;
        my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($who));
        return run("why --from $folder/records.jsonl --visitor $hash --item $item --snapshot $folder/store.dyn $rules $more");
    };
    my $control = "--control $folder/control.jsonl";
    my ($code, $text) = $why->($under, 'tent-2', $control);
    is($code, 0, 'why tells of a decision under an override');
    my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/;
    Dynstore::Nginx::write_file("$folder/under.jsonl", join '', grep { /"\Q$id\E"/ } split /(?<=\n)/, Dynstore::Nginx::slurp("$folder/control.jsonl"));
    like($text, qr/not shown, because a rule excludes it\.\nRule override-\Q$id\E: exclude \(Ada: a buckle breaks, until $time\)\.$/m, 'who blocked it, why and until when');
    my $unnamed = sub { shift =~ s/$time/TIME/gr =~ s/override-[\d-]+/override-ID/gr };
    my ($example) = Dynstore::Nginx::slurp('docs/audit.md') =~ /^### Overrides of the time\n.*?^```log\n(.*?)^```$/ms;
    like($unnamed->($text), qr/^\Q@{[$unnamed->($example)]}\E/m, 'as docs/audit.md shows it');
    ($example) = Dynstore::Nginx::slurp('docs/explain.md') =~ /^(  rule override-.*)$/m;
    like($unnamed->((run("explain --snapshot $folder/store.dyn --surface home $rules --control $folder/under.jsonl"))[1]), qr/^\Q@{[$unnamed->($example)]}\E$/m,
        'and docs/explain.md');
    my $json = JSON::PP::decode_json(($why->($under, 'tent-2', "$control --json"))[1]);
    my ($rule) = grep { $_->{id} eq "override-$id" } @{ $json->{rules} };
    is_deeply([@$rule{qw(action author note)}], ['exclude', 'Ada', 'a buckle breaks'], 'in JSON, too');
    cmp_ok($rule->{until}, '>', time() * 1000, 'with its end in milliseconds');
    like(($why->($pinned, 'tent-5', $control))[1], qr/^Rule override-\Q$pin\E: pin to place 1 \(Ada: gift of the week, until $time\)\.$/m, 'a pin is told');
    unlike(($why->($ended, 'tent-5', $control))[1], qr/override-\Q$pin\E|More cannot be known/, 'and not after its end');
    unlike(($why->($after, 'tent-2', $control))[1], qr/override-|More cannot be known/, 'nor is what was taken back');
    unlike(($why->($before, 'tent-2', $control))[1], qr/override-|More cannot be known/, 'nor what was not yet said');
    like(($why->($under, 'tent-2', ''))[1], qr/^More cannot be known: the rules \w{16} decided, and \w{16} are at hand; there may have been overrides, which --control URL\|FILE tells\.$/m,
        'without the control stream it says what may be missing');
    like(($why->($under, 'tent-2', "--control $folder/less.jsonl"))[1], qr/^More cannot be known: the rules \w{16} decided, and \w{16} are at hand\.$/m,
        'and where the stream does not tell, that the rules are others');

    my $explain = "explain --snapshot $folder/store.dyn --surface home $rules --control $folder/control.jsonl";
    like((run($explain))[1], qr/^  rule override-\S+ \(of some items\): Ada: one of two, until $time$/m, 'explain names who, why and until when');
    my ($told) = grep { $_->{id} =~ /^override-/ } map { @{ $_->{rules} } } @{ JSON::PP::decode_json((run("$explain --json"))[1])->{slots} };
    is_deeply([@$told{qw(author note)}], ['Ada', 'one of two'], 'in JSON, too');
    cmp_ok($told->{until}, '>', time() * 1000, 'with its end');

    $nginx->stop;
    $redis->stop;
}
done_testing;
