#!/usr/bin/env perl
# dynstore story: what a story may say, which faults of a file are told, and what each check holds for.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore write_file read_file);

write_file($_, read_file("t/fixtures/outdoor/$_")) for qw(catalog.jsonl events.jsonl);
is((dynstore('build', '-c', 'catalog.jsonl', '-e', 'events.jsonl', '-o', 's.dyn'))[0], 0, 'a snapshot');

my $json = JSON::PP->new->canonical->utf8;

sub story {
    my (@steps) = @_;
    return write_file('story.json', $json->encode({ schema => 'dynstore.story/1', title => 'A story', steps => \@steps })) && 'story.json';
}

sub walk { return dynstore('story', story(@_), '--snapshot', 's.dyn') }

# ---- faults of a file ----

sub faults_of {
    my ($text) = @_;
    write_file('bad.json', $text);
    my ($code, $out, $err) = dynstore('story', 'bad.json', '-s', 's.dyn');
    return $code, [map { s/^dynstore story: //r } split /\n/, $err];
}

my ($code, $faults) = faults_of(<<'BAD');
{
  "schema": "dynstore.story/1",
  "title": "A story",
  "vistor": {},
  "steps": [
    {"visit": {"surface": "pdp"}},
    {"visit": {"surface": "plp", "category": "Boats"},
     "expect": {"recs": [
       {"every": {"brands": ["Nordhang",
                             "Nobody"]}},
       {"none": {"traits": "ultralight"}},
       {"share": {"price": [9, 1]}},
       {"counts": {"min": 1}}],
      "bought_with": []}},
    {"event": {"event": "view_item", "item_id": "no-such"}},
    {"event": {"event": "add_to_cart"}},
    {"wait": -1},
    {"nap": 1}
  ]
}
BAD
is($code, 3, 'a file that is no story ends with 3');
my %expected = (
    '4:vistor'                                      => qr/is not known here; known are: schema title note visitor steps/,
    '6:steps[0].visit'                              => qr/a page pdp names its item/,
    '7:steps[1].visit.category'                     => qr/"Boats" is no category of the snapshot/,
    '10:steps[1].expect.recs[0].every.brands[1]'    => qr/"Nobody" is no brand of the snapshot/,
    '11:steps[1].expect.recs[1].none.traits'        => qr/should read NAME:VALUE/,
    '12:steps[1].expect.recs[2].share.price'        => qr/should be the lowest and the highest price/,
    '12:steps[1].expect.recs[2]'                    => qr/min or max is missing/,
    '13:steps[1].expect.recs[3]'                    => qr/should be an object with one of: count, share/,
    '14:steps[1].expect.bought_with'                => qr/this page has no such slot/,
    '15:steps[2].event'                             => qr/"no-such" is no item of the snapshot/,
    '16:steps[3].event'                             => qr/items: is missing/,
    '17:steps[4].wait'                              => qr/should be a number from 0.001 to 3600/,
    '18:steps[5]'                                   => qr/should have one of: visit, event, wait, next_visit/,
);
for my $fault (@$faults) {
    my ($place, $sentence) = $fault =~ /^bad\.json:(\d+:[^:]+(?:\[\d+\])*): (.*)/;
    my $right = delete $expected{ $place // '' };
    ok($right && $sentence =~ $right, "a fault is told where it is: $fault");
}
is(join(' ', sort keys %expected), '', 'and all of them are told');

is_deeply([faults_of('{"title": "x", "steps": []')], [3, ['bad.json:1:story: is no JSON: \'}\' expected near end of file']],
    'what is no JSON is told with its line');
my (undef, $missing) = faults_of('{"schema": "dynstore.story/2", "steps": [{"wait": 1}]}');
is_deeply($missing, ['bad.json:1:schema: should be "dynstore.story/1"', 'bad.json:1:story: title is missing: a sentence that tells the story'],
    'another version is refused, and so is a story without a title');
my (undef, $slots) = faults_of(<<'BAD');
{"schema": "dynstore.story/1", "title": "Slots", "steps": [
  {"visit": {"surface": "home", "slots": ["popular=3",
     "popular=4"]}},
  {"visit": {"surface": "home", "slots": "popular=25"}},
  {"visit": {"surface": "home", "slots": "popular=3"}, "expect": {"recs": []}}
]}
BAD
is(scalar @$slots, 3, 'three faults of slots');
like($slots->[0], qr/^bad\.json:3:steps\[0\]\.visit\.slots\[1\]: is named twice$/, 'a slot is named once');
like($slots->[1], qr/^bad\.json:4:steps\[1\]\.visit\.slots: .*the number of items must be 1 to 24/, 'a slot shows 1 to 24 items');
like($slots->[2], qr/^bad\.json:5:steps\[2\]\.expect\.recs: this page has no such slot/, "a visit's own slots stand for the surface's");
is((dynstore('story', 'none.json', '-s', 's.dyn'))[0], 3, 'a file that is not there ends with 3');
is((dynstore('story', '-s', 's.dyn'))[0], 2, 'a story is needed');

# ---- each check, by an answer that is known ----

my @rows = (
    ['trail-pack-40', '149.00', 'similar_to',      'trail-pack-30'],
    ['city-pack-18',  '79.00',  'popular_in',      'Packs/Day packs'],
    ['rain-cover-m',  '24.90',  'compatible_with', 'trail-pack-30'],
    ['lamp-head',     '45.00',  'popular',         undef],
);
my $answer = {
    schema => 'dynstore.decision/1',
    moment => 'browse',
    slots  => [{
        slot => 'recs', title => 'Similar to Trail Pack 30', rung => 'context', confidence => 0.5,
        messages => [{ kind => 'returns', text => '30 days' }],
        items => [map { { id => $_->[0], price => $_->[1], currency => 'EUR', reason => { code => $_->[2], ref => $_->[3], text => 'x' } } } @rows],
    }],
};

# what is wrong with one check, '' when it holds
sub wrong {
    my ($check, $slot) = @_;
    my $file = story({ visit => { surface => 'pdp', item => 'trail-pack-30' }, expect => { ($slot // 'recs') => [$check] } });
    write_file('answers.jsonl', $json->encode({ story => $file, step => 1, answers => [$answer] }) . "\n");
    my ($exit, $out, $err) = dynstore('story', $file, '-s', 's.dyn', '--answers', 'answers.jsonl', '--json');
    return "$exit $err" if $exit > 1;
    my $report = JSON::PP::decode_json($out);
    is($exit, $report->[0]{passed} ? 0 : 1, 'the exit code says whether it passed');
    return join '; ', map { $_->{wrong} } @{ $report->[0]{failures} };
}

# check, and what is told when it does not hold ('': it holds)
for my $case (
    [{ count => { min => 4, max => 4 } }, ''],
    [{ count => { min => 5 } }, 'the number of items: at least 5 would be right; it is 4'],
    [{ share => { categories => 'Packs' }, min => 0.75 }, ''],
    [{ share => { categories => 'Packs' }, max => 0.5 }, 'at most 50 % should be in Packs; 3 of 4 are'],
    [{ share => { categories => 'Packs' }, min => 1 }, 'at least 100 % should be in Packs; 3 of 4 are'],
    [{ share => { categories => 'Packs' }, min => 1, first => 3 }, ''],
    [{ every => { brands => ['Nordhang', 'Glut', "Kettler & S\x{f6}hne"] } }, ''],
    [{ every => { brands => 'Nordhang' } }, 'all should be of Nordhang; wrong: city-pack-18, lamp-head'],
    [{ none => { items => 'trail-pack-30' } }, ''],
    [{ none => { price => [0, 24.90] } }, 'none should be at 0 to 24.9; wrong: rain-cover-m'],
    [{ none => { price => [25, 40] } }, ''],
    [{ none => { price => [0, 100], not => { categories => 'Packs' } } }, 'none should be at 0 to 100, not in Packs; wrong: lamp-head'],
    [{ every => { any => [{ categories => 'Light' }, { categories => 'Packs' }] } }, ''],
    [{ some => { traits => 'tag:rain' } }, ''],
    [{ some => { traits => ['tag:hiking', 'tag:rain'] }, min => 3 }, 'the number of items with tag:hiking or tag:rain: at least 3 would be right; it is 2'],
    [{ some => { reasons => 'popular_in', refers_to => 'Packs/Day packs' } }, ''],
    [{ some => { reasons => 'popular' }, max => 0, min => 0 }, 'the number of items with the reason popular: at most 0 would be right; it is 1'],
    [{ order => [{ categories => 'Day packs' }, { categories => 'Light' }] }, ''],
    [{ order => [{ categories => 'Day packs' }, { categories => 'Tents' }] }, ''],
    [{ order => [{ categories => 'Light' }, { categories => 'Packs' }] },
        'what is in Light should come before what is in Packs; it is number 4, and number 1 comes first'],
    [{ order => [{ categories => 'Tents' }, { categories => 'Packs' }] }, 'something in Tents should be shown, before what is in Packs'],
    [{ distinct => 'top_categories', min => 2, max => 2 }, ''],
    [{ distinct => 'categories', min => 4 }, 'the number of different categories: at least 4 would be right; it is 3'],
    [{ distinct => 'brands', max => 1, first => 1 }, ''],
    [{ title => { is => 'Similar to Trail Pack 30' } }, ''],
    [{ title => { contains => 'Popular' } }, 'the title should contain "Popular"; it is "Similar to Trail Pack 30"'],
    [{ title => { lacks => 'Similar' } }, 'the title should not contain "Similar"; it is "Similar to Trail Pack 30"'],
    [{ confidence => { min => 0.5 } }, ''],
    [{ confidence => { max => 0.4 } }, 'the confidence: at most 0.4 would be right; it is 0.5'],
    [{ rung => ['session', 'context'] }, ''],
    [{ rung => 'session' }, 'the rung should be another; it is context'],
    [{ moment => ['browse', 'landing'] }, ''],
    [{ moment => 'checkout' }, 'the moment should be another; it is browse'],
    [{ messages => 'returns' }, ''],
    [{ messages => ['returns', 'delivery'] }, 'the message delivery is missing'],
    [{ nothing_foreign => JSON::PP::true }, 'foreign to this page: lamp-head'],
    [{ nothing_foreign => ['Light'] }, ''],
    [{ nothing_foreign => JSON::PP::true, first => 3 }, ''],
    [{ nothing => JSON::PP::true }, 'nothing should be shown; 4 items are'],
) {
    my ($check, $told) = @$case;
    is(wrong($check), $told, $json->encode($check) . ($told eq '' ? ' holds' : ' does not hold, and what is wrong is told'));
}
is(wrong({ nothing => JSON::PP::true }, 'bought_with'), '', 'a slot without an answer shows nothing');
is(wrong({ count => { min => 4, max => 4 } }, 'page'), '', 'the page is all its slots');


my @repeats = ({ visit => { surface => 'home' } }, { event => { event => 'search', search_term => 'pack' } },
    { visit => { surface => 'pdp', item => 'trail-pack-30' }, expect => { recs => [{ repeated => 1, max => 0.6 }] } });
for my $case ([2, 'passed'], [3, '0 to 60 % should be what step 1 showed; 3 of 4 are']) {
    my ($before, $told) = @$case;
    my %one = (%{ $answer->{slots}[0] }, items => [@{ $answer->{slots}[0]{items} }[0 .. $before - 1]]);
    my $file = story(@repeats);
    write_file('answers.jsonl', join '', map { $json->encode($_) . "\n" }
        { story => $file, step => 1, answers => [{ %$answer, slots => [\%one] }] }, { story => $file, step => 3, answers => [$answer] });
    my (undef, $said) = dynstore('story', $file, '-s', 's.dyn', '--answers', 'answers.jsonl');
    like($said, $before == 2 ? qr/^ok / : qr/\Q$told\E/, "what an earlier step showed is counted: $told");
}
my (undef, $later) = faults_of($json->encode({ schema => 'dynstore.story/1', title => 'x', steps => [{ %{ $repeats[2] } }] }));
like($later->[0], qr/^bad.json:1:steps\[0\].expect.recs\[0\].repeated: should be the number of an earlier step/, 'and must be earlier');

write_file('answers.jsonl', '');
my (undef, $out) = dynstore('story', story({ visit => { surface => 'home' } }), '-s', 's.dyn', '--answers', 'answers.jsonl');
like($out, qr/there is no answer to this step/, 'a visit without an answer fails the story');
write_file('answers.jsonl', "{}\n");
is((dynstore('story', 'story.json', '-s', 's.dyn', '--answers', 'answers.jsonl'))[0], 3, 'a line that is no answer is refused');

# ---- the walk keeps what the module would keep ----

my $view   = { visit => { surface => 'pdp', item => 'tent-duo' } };
my $rung   = sub { return { visit => { surface => 'home' }, expect => { recs => [{ rung => $_[0] }] } } };
my $bought = { event => { event => 'purchase', transaction_id => 'T1', items => [{ item_id => 'tent-duo' }] } };
my $absent = { visit => { surface => 'home' }, expect => { recs => [{ none => { items => 'tent-duo' } }] } };

is((walk($view, $rung->('session')))[0], 0, 'what was viewed is known on the next page');
is((walk($rung->('popular')))[0], 0, 'of a new visitor nothing is known');
is((walk($view, { wait => 599 }, $rung->('session')))[0], 0, 'the session of one event is there for ten minutes');
is((walk($view, { wait => 600 }, $rung->('popular')))[0], 0, 'and then gone');
is((walk($view, $view, { wait => 1799 }, $rung->('session')))[0], 0, 'that of several for thirty');
is((walk($view, $view, { wait => 1800 }, $rung->('popular')))[0], 0, 'and then gone');
is((walk($view, $bought, $absent))[0], 0, 'what was bought is not offered');

(undef, $out) = dynstore('story', story($view, $rung->('popular')), '-s', 's.dyn');
like($out, qr/^FAILED  story\.json: A story\n    step 2, home, recs: the rung should be another; it is session\n +"/m,
    'a failure names step, page and slot, and shows the block');
like($out, qr/^story: 0 passed, 1 failed$/m, 'the last line counts');
(undef, $out) = dynstore('story', 'story.json', '-s', 's.dyn', '--verbose');
like($out, qr/^    step 1, pdp tent-duo\n      recs:\n +"/m, 'verbose shows every block');

write_file('few.json', '{"schema":"dynstore.rules/1","rules":[{"id":"few","when":{"flag":"few"},"then":{"limit":1}}]}');
for my $case (['true', 0], ['false', 1]) {
    my ($value, $exit) = @$case;
    write_file('features.json', qq({"features":{"few":{"defaultValue":$value}}}));
    my $one = story({ visit => { surface => 'home' }, expect => { recs => [{ count => { min => 1, max => 1 } }] } });
    is((dynstore('story', $one, '-s', 's.dyn', '--rules', 'few.json', '--features', 'features.json'))[0], $exit, "a rule holds by its feature: $value");
}
is((dynstore('story', 'story.json', '-s', 's.dyn', '--features', 'features.json'))[0], 2, 'a payload without a rules file is refused');

# the page about stories knows all checks
my $page  = read_file('docs/stories.md');
my ($kinds) = read_file('ngx_http_dynstore_module/cli/story/story.h') =~ /define DYN_STORY_CHECKS\(X\)(.*?)\n\n/s;
like($page, qr/^\| `$_` \| .* \|$/m, "docs/stories.md has the check $_") for $kinds =~ /"(\w+)"/g;

done_testing();
