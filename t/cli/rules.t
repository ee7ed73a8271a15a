#!/usr/bin/env perl
# dynstore rules: lint warns of what cannot be meant, diff tells what a file would change, schema and reference are the tables' own.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore folder read_file write_file);

write_file($_, read_file("t/fixtures/outdoor/$_")) for qw(catalog.jsonl events.jsonl);
my ($code, $out, $err) = dynstore('build', '-c', 'catalog.jsonl', '-e', 'events.jsonl', '-o', 'store.dyn');
is($code, 0, 'the sample shop is built') or diag($err);

# A file with the rules, one a line from line 2 on; beside: its other members.
sub rules {
    my ($rules, $beside) = @_;
    return write_file('rules.json', qq({"schema":"dynstore.rules/1",) . ($beside // '') . qq("rules":[\n) . join(",\n", @$rules) . "\n]}\n");
}

sub lint {
    my ($rules, $beside, @options) = @_;
    rules($rules, $beside);
    ($code, $out, $err) = dynstore('rules', 'lint', 'rules.json', '--snapshot', 'store.dyn', '--now', '2026-03-08T12:00:00Z', @options);
    my @warnings = grep { !/\d+ warnings$/ } split /\n/, $out;
    return @warnings;
}

# "rules.json:LINE:COLUMN" of the text in the file that was checked last, or of the member whose name it is.
sub at {
    my ($text) = @_;
    my $file   = read_file(folder() . '/rules.json');
    my $before = substr $file, 0, index $file, $text;
    return 'rules.json:' . (1 + ($before =~ tr/\n//)) . ':' . (length($before) - rindex($before, "\n"));
}

# ---- what is right ----

my @good = (
    '{"id":"own","when":{"surface":"home","item":{"brand":"Nordhang"}},"then":{"boost":1.5}}',
    '{"id":"paths","when":{"item":{"category":"day-packs","tag":"hiking"},"cart":{"category":{"other_than":"page"}}},"then":{"boost":2}}',
    '{"id":"law","compliance":true,"when":{"country":"US","item":{"category":"Packs"}},"then":{"exclude":true}}',
    '{"id":"evening","when":{"any":[{"country":"DE"},{"country":"AT"}],"time":{"from":"22:00","until":"02:00"},"item":{"tag":"rain"}},"then":{"boost":1.1}}',
    '{"id":"first","when":{"search":{"matches":"\\\\brain(coat)?s?$"}},"then":{"pin":{"items":["rain-cover-m"]},"title":{"en":"Rain","de":"Regen"}}}',
    '{"id":"later","enabled":false,"until":"2020-01-01","when":{"item":{"brand":"Nobody"}},"then":{"boost":2}}',
    '{"id":"age","when":{"item":{"age_days":{"max":1}}},"then":{"badge":{"en":"New","de":"Neu","de-AT":"Frisch"}}}',
    '{"id":"slots","when":{"slot":["recs","bought_with","guide","hero","on_sale"]},"then":{"limit":3}}',
);
is_deeply([lint(\@good)], [], 'nothing is said of a file in which all can be meant');
is($code, 0, 'and the exit code is 0');
like($out, qr/^rules\.json: 7 rules, 0 experiments, 0 warnings$/, 'with how many rules are in force');

# ---- a payload of GrowthBook beside the file ----

write_file('features.json', '{"features":{"beta":{"defaultValue":true,"rules":[{"force":1},{"condition":{"a":{"$near":1}},"force":2}]},"tents":{}}}');
my $tents   = '"experiments":[{"id":"t","feature":"tents","variants":[{"id":"a"},{"id":"b","show":false}]}],';
my $asked   = '{"id":"x","when":{"flag":["beta","own"],"slot":"recs"},"then":{"limit":2}}';
my $flags   = '"flags":{"own":{"percent":5}},';
is_deeply([lint([$asked], "$tents$flags", '--features', 'features.json')], ['features.json: rule 2 of the feature "beta" is left out: the operator "$near" is not known'],
    'a rule of the payload that cannot be evaluated is named');
is($code, 1, 'and the exit code is 1');
lint([$asked], "$tents$flags", '--features', 'features.json', '--json');
is_deeply(JSON::PP::decode_json($out)->{left_out}, [{feature => 'beta', rule => 2, sentence => 'the operator "$near" is not known'}], 'in JSON, too');
write_file('features.json', '{"features":{}}');
is_deeply([lint([$asked], "$tents$flags", '--features', 'features.json')],
    [at('"tents"') . ': the payload has no feature "tents": until it has one, this is nobody\'s', at('"beta"') . ': the payload has no feature "beta": until it has one, this is nobody\'s'],
    'what the payload does not have is told where it is asked for');
write_file('features.json', '{"encryptedFeatures":"a.b"}');
lint([$asked], "$tents$flags", '--features', 'features.json');
is($code, 3, 'an encrypted payload is refused');
like($err, qr/^features\.json: the payload is encrypted/, 'with a sentence');
lint([$asked], "$tents$flags", '--features', 'none.json');
is($code, 3, 'and so is one that is not there');
like($err, qr/none\.json: cannot be read/, 'by its name');

# what docs/experiments.md shows, decided by the payload: of "e" 66fc66f2575a06af falls at 0.2434, 66fc66f2575a06a0 at 0.6151
write_file('features.json', '{"features":{"beta":{"rules":[{"condition":{"plan":"pro","path":"/x"},"force":true}]},"tents-block":{"rules":'
    . '[{"key":"e","variations":["control","few"],"hashVersion":2,"weights":[0.25,0.75]}]}}}');
write_file('rules.json', (grep { /"tents-block"/ } read_file('docs/experiments.md') =~ /^```json\n(.*?)^```$/msg)[0]);
($code, $out, $err) = dynstore('rules', 'lint', 'rules.json', '-s', 'store.dyn', '--features', 'features.json');
is($code, 0, 'the rules file of docs/experiments.md can be meant') or diag($out, $err);
my @asks = ('explain', '-s', 'store.dyn', '--surface', 'plp', '--item', 'Tents', '--slot', 'recs', '--rules', 'rules.json', '--json');
for my $one (['66fc66f2575a06af', 'control', 'pro'], ['66fc66f2575a06a0', 'few', 'free']) {
    my ($visitor, $variant, $plan) = @$one;
    ($code, $out, $err) = dynstore(@asks, '--features', 'features.json', '--visitor-hash', $visitor, '--attribute', "plan=$plan", '--path', '/x');
    is($code, 0, "explain decides with the payload for $visitor") or diag($err);
    my $answer = JSON::PP::decode_json($out);
    is($answer->{decision}{variant}, "tents:$variant", 'who has the variant that GrowthBook gives');
    ($plan eq 'pro' ? \&like : \&unlike)->($out, qr/New here/, "and sees what the flag is for when the plan is $plan");
}
($code, $out, $err) = dynstore(grep { !/^(?:--rules|rules\.json)$/ } @asks, '--features', 'features.json');
is($code, 2, 'a payload without a rules file says nothing');
like($err, qr/--features needs --rules/, 'and is refused');

# ---- what is warned of: rule, place and sentence ----

my $of_all = 'the rule is true of all items, so that this changes nothing: add "item" to "when"';
my @odd = (
    ['a brand that is written otherwise', '{"id":"x","when":{"item":{"brand":"nordhang"}},"then":{"boost":2}}',
        '"nordhang"', 'the catalogue has no brand "nordhang"; did you mean "Nordhang"?'],
    ['a brand that is not there', '{"id":"x","when":{"item":{"brand":["Nordhang","Nobody"]}},"then":{"boost":2}}',
        '"Nobody"', 'the catalogue has no brand "Nobody", so that it fits nothing: write one that it has'],
    ['a category that is not there', '{"id":"x","when":{"page":{"category":"Boats"}},"then":{"limit":2}}',
        '"Boats"', 'the catalogue has no category "Boats", so that it fits nothing: write one that it has'],
    ['a tag that is not there', '{"id":"x","when":{"viewed":{"tag":"Hiking"}},"then":{"limit":2}}',
        '"Hiking"', 'the catalogue has no tag "Hiking"; did you mean "hiking"?'],
    ['an attribute that is not there', '{"id":"x","when":{"item":{"attribute":{"flavour":"sweet"}}},"then":{"boost":2}}',
        '"sweet"', 'no item of the catalogue has the attribute "flavour": write one that it has', '"flavour"'],
    ['an item that is not there', '{"id":"x","then":{"pin":{"items":["rain-cover-m","gone"],"position":2}}}',
        '"gone"', 'the catalogue has no item "gone", so that it fits nothing: write one that it has'],
    ['a content that is not there', '{"id":"x","then":{"content":"summer"}}',
        '"summer"', 'neither this file nor the catalogue has an approved content "summer": add it to "content"'],
    ['a slot that is nowhere', '{"id":"x","when":{"slot":"rec"},"then":{"limit":3}}',
        '"rec"', 'no surface has a slot "rec": add it to "surfaces", or see that nginx.conf names it in dynstore_slots'],
    ['what no item is', '{"id":"x","when":{"item":{"brand":"Nordhang","price":{"min":90000}}},"then":{"boost":2}}',
        '"item"', 'no item of the catalogue is like this, so that the rule does nothing: ask for less'],
    ['what no item in a cart is', '{"id":"x","when":{"cart":{"price":{"min":90000}}},"then":{"limit":2}}',
        '"cart"', 'no item of the catalogue is like this, so that the rule does nothing: ask for less'],
    ['a margin in percent', '{"id":"x","when":{"cart":{"margin":{"min":40}}},"then":{"limit":2}}',
        '{"min":40}', 'no margin is above 1: write at most that'],
    ['a day that has passed', '{"id":"x","until":"2026-03-08","then":{"limit":3}}',
        '"2026-03-08"', 'this has passed, so that the rule works no more: remove it, or write a later day'],
    ['a day that has passed where the shop is', '{"id":"x","until":"2026-03-09","then":{"limit":3}}',
        '"2026-03-09"', 'this has passed, so that the rule works no more: remove it, or write a later day', undef, '"time_zone":"+14:00",'],
    ['nobody', '{"id":"x","when":{"percent":0},"then":{"limit":3}}', '0},', '0 percent are nobody: write more, or "enabled": false'],
    ['an expression that can explode', '{"id":"x","when":{"search":{"matches":"(r+)+n$"}},"then":{"limit":3}}',
        '"(r+)', 'the expression takes too many steps on some texts and then fits nothing: do not repeat what is repeated already, '
            . 'as in (a+)+, or use {"words": "..."}'],
    ['a country that hides', '{"id":"x","when":{"not":{"country":"DE"},"item":{"brand":"Nordhang"}},"then":{"exclude":true}}',
        '"exclude"', 'the rule hides items by country: write "compliance": true if a law asks for it, else "boost" what fits there'],
    ['a country that boosts much', '{"id":"x","when":{"country":"DE","item":{"brand":"Nordhang"}},"then":{"boost":1.3}}',
        '1.3}', 'a country is a hint, and boosts by 1.2 at most (guardrails.geography_boost): write no more, or "compliance": true if a '
            . 'law asks for it'],
    ['a cap of 0', '{"id":"x","then":{"cap":{"by":"brand","most":0}}}',
        '0}}', 'a cap of 0 shows none of them: write 1 or more, or "exclude": true'],
    ['one item that is apart from itself', '{"id":"x","then":{"apart":{"items":["stove-duo","stove-duo"]}}}',
        '"apart"', 'these are ids of one and the same item, so that this changes nothing: name two'],
    ['an item that nothing is apart from', '{"id":"x","then":{"apart":{"items":["stove-duo","nothing"]}}}',
        '"nothing"', 'the catalogue has no item "nothing", so that it fits nothing: write one that it has'],
    ['a boost of all', '{"id":"x","when":{"surface":"home"},"then":{"boost":2}}', '"boost"', $of_all],
    ['a filter of all', '{"id":"x","then":{"filter":true}}', '"filter"', $of_all],
    ['a limit in a rule of items', '{"id":"x","when":{"item":{"brand":"Nordhang"}},"then":{"boost":2,"limit":3}}', '"limit"',
        'this is about the slot, whose items are not chosen yet, and is passed over in a rule that asks for "item": write it in a rule of its own'],
    ['an exclusion of all', '{"id":"x","when":{"surface":"home"},"then":{"exclude":true}}', '"exclude"',
        'the rule does not say which items, so that it hides all: add "item" to "when"'],
);
for my $row (@odd) {
    my ($what, $rule, $at, $sentence, $second, $beside) = @$row;
    my $column = 1 + index($rule, $second // $at);
    is_deeply([lint([$rule], $beside)], ["rules.json:2:$column: $sentence"], "$what is warned of");
    is($code, 1, 'and the exit code is 1');
}

# ---- conditions that cannot hold together ----

sub contradiction {
    my ($when) = @_;
    return scalar grep { /cannot hold, so that the rule never does/ } lint(['{"id":"x","when":' . $when . ',"then":{"limit":3}}']);
}
my %contradicts = (
    '{"all":[{"country":"DE"},{"country":["FR","AT"]}]}'                        => 'two countries',
    '{"surface":"home","all":[{"all":[{"surface":["plp","pdp"]}]}]}'            => 'two surfaces, one further in',
    '{"cart_total":{"min":50},"all":[{"cart_total":{"max":49.5}}]}'             => 'two ranges',
    '{"time":{"from":"08:00","until":"12:00"},"all":[{"time":{"from":"12:00","until":"07:00"}}]}' => 'two times of day',
    '{"country":["DE","AT"],"not":{"country":["AT","DE","CH"]}}'                => 'a value and all but it',
    '{"item":{"on_sale":true,"all":[{"on_sale":false}]}}'                       => 'on sale and not',
);
my %agrees = (
    '{"all":[{"country":["DE","AT"]},{"country":["FR","AT"]}]}'                 => 'two lists with one in common',
    '{"any":[{"country":"DE"},{"country":"FR"}]}'                               => 'one of two',
    '{"cart_total":{"min":50},"all":[{"cart_total":{"max":50}}]}'               => 'two ranges that touch',
    '{"time":{"from":"08:00","until":"12:00"},"all":[{"time":{"from":"11:00","until":"07:00"}}]}' => 'times that overlap',
    '{"country":["DE","AT"],"not":{"country":["AT"]}}'                          => 'a value less',
    '{"country":"DE","not":{"country":"DE","surface":"home"}}'                  => 'not both of two',
    '{"item":{"tag":"hiking","all":[{"tag":"ultralight"}]}}'                    => 'two tags',
    '{"cart":{"brand":"Nordhang"},"all":[{"cart":{"brand":"Kettler & Söhne"}}]}' => 'two items of a cart',
);
is(contradiction($_), 1, "that cannot hold: $contradicts{$_}") for sort keys %contradicts;
is(contradiction($_), 0, "that can hold: $agrees{$_}") for sort keys %agrees;

# ---- rules against each other ----

# The places of the warnings, and whether the item is hidden or all that the rule is about.
sub against {
    return join ' ', map { s/ (this item|all items).*// ? "$_ $1" : $_ } map { s/ the rule "other" hides/ hides/r } grep { /the rule "other" hides/ } lint(\@_);
}
my $other = '{"id":"other","when":{"surface":["home","plp"],"item":{"brand":"Nordhang"}},"then":{"exclude":true}}';
is(against('{"id":"x","when":{"surface":"home"},"then":{"pin":{"items":["city-pack-18","trail-pack-30"]}}}', $other),
    at('"trail-pack-30"') . ': hides this item', 'a pin of what another rule excludes is warned of, at the item');
is(against('{"id":"x","when":{"surface":"pdp"},"then":{"pin":{"items":["trail-pack-30"]}}}', $other), '',
    'but not where that rule is not in force');
is(against('{"id":"x","when":{"surface":"home","item":{"id":["trail-pack-30","trail-pack-40"]}},"then":{"boost":2}}', $other),
    at('"boost"') . ': hides all items',
    'so is a boost of what another rule excludes');
is(against('{"id":"x","when":{"surface":"home","item":{"tag":"commuting"}},"then":{"boost":2}}', $other), '',
    'one of which some items are left is not');
is(against('{"id":"x","until":"2026-12-01","when":{"surface":"home","item":{"brand":"Nordhang"}},"then":{"filter":true}}',
        $other =~ s/"other",/"other","until":"2026-11-01",/r), '', 'nor one that lasts longer than the other');
my @in_berlin = ('{"id":"x","from":"2026-02-28T23:00:00Z","when":{"surface":"home","item":{"brand":"Nordhang"}},"then":{"filter":true}}',
    $other =~ s/"other",/"other","from":"2026-03-01",/r);
is(against(@in_berlin), '', 'nor one that begins before the other');
ok((grep { /the rule "other" hides all items/ } lint(\@in_berlin, '"time_zone":"Europe/Berlin",')), 'where a day begins is said by the time zone');
is(against('{"id":"x","when":{"item":{"brand":"Nordhang"}},"then":{"filter":true}}',
        '{"id":"other","when":{"item":{"brand":"Kettler & Söhne"}},"then":{"filter":true}}'),
    at('"filter"') . ': hides all items',
    'two filters that leave nothing are');

lint(['{"id":"x","then":{"pin":{"items":["trail-pack-30"]}}}', '{"id":"y","when":{"item":{"id":"trail-pack-40"}},"then":{"boost":2}}'],
    '"blocked":{"brand":"Nordhang"},');
is($out, at('"trail-pack-30"') . qq(: "blocked" hides this item wherever this rule works: remove it from one of them\n)
        . at('"boost"') . qq(: "blocked" hides all items that this is about, wherever this rule works: one of the two is not meant\n)
        . "rules.json: 2 rules, 0 experiments, 2 warnings\n", 'what is blocked hides in every rule');

# ---- texts ----

my @missing = lint(['{"id":"x","then":{"title":{"en":"A","de":"B"}}}', '{"id":"y","then":{"badge":{"en":"A"}}}',
        '{"id":"z","then":{"title":"A"}}', '{"id":"w","then":{"cta":{"action":"view","label":{"de":"A"}}}}']);
is_deeply(\@missing,
    ['rules.json:3:27: the text is not there in "de", which other texts of this file have: add it',
     'rules.json:5:50: the text is not there in "en", which other texts of this file have: add it'],
    'a text that lacks a language of other texts is warned of; one for all languages lacks none');
is_deeply([lint(['{"id":"x","then":{"title":{"en":"A","de":"B","de-AT":"C"}}}', '{"id":"y","then":{"title":{"en":"A","de":"B"}}}'])], [],
    'for Austria German is enough');
is_deeply([lint([], '"texts":{"it":{"cta.view":"Vedi"},"de":{"cta.view":"Los"},"fr-CH":{"cta.view":"Voir"}},')],
    ['rules.json:1:39: "it" has 1 of ' . (() = read_file('docs/rules.md') =~ /^\| `(?:reason|title|cta|message|label)\./mg)
        . ' texts, the others are of another language: `dynstore rules texts it` prints all'],
    'a language that is not built in, and not whole, is');

# ---- slots and content ----

is_deeply([lint([], '"surfaces":{"home":{"slots":[{"slot":"recs","variations":[{"when":{"page":{"brand":"Nobody"}}}]}]}},')],
    [at('"Nobody"') . ': the catalogue has no brand "Nobody", so that it fits nothing: write one that it has'],
    'conditions of variations are looked at');
is_deeply([lint([], '"content":[{"id":"c","slot":"hero","until":"2026-01-01","items":["gone"],"match":{"category":"Boats"}}],')],
    [at('"2026-01-01"') . ': this has passed, so that the content is shown no more: remove it, or write a later day',
     at('"gone"') . ': the catalogue has no item "gone", so that it fits nothing: write one that it has',
     at('"Boats"') . ': the catalogue has no category "Boats", so that it fits nothing: write one that it has'],
    'so is content');
is_deeply([lint([], '"blocked":{"any":[{"brand":"Nobody"}]},')],
    [at('"Nobody"') . ': the catalogue has no brand "Nobody", so that it fits nothing: write one that it has'], 'and what is blocked');

# ---- experiments ----

# what lint says of experiments, each with where it points: without the place when that is alone
sub of_experiments {
    my ($rows, $beside, @rules) = @_;
    return lint(\@rules, '"experiments":[' . join(',', @$rows) . '],' . ($beside // ''));
}
# of one with these members beside its variants
sub of_one { my ($members) = @_; return of_experiments([qq({"id":"tents",$members"variants":[{"id":"control"},{"id":"few","slots":[{"slot":"recs","limit":2}]}]})]) }

is_deeply([of_one('"from":"2026-03-01","until":"2026-04-01","coverage":0.5,"categories":["Packs"],"slots":["recs"],')], [], 'nothing is said of an experiment that can be meant');
like($out, qr/^rules\.json: 0 rules, 1 experiments, 0 warnings$/, 'but that it is there');
is_deeply([of_one('"until":"2026-03-01",')],
    [at('"2026-03-01"') . ': this has passed, so that nobody is in the experiment: remove it, or write a later day'], 'one that has ended is warned of');
is_deeply([of_one('"from":"2026-04-01",')],
    [at('"2026-04-01"') . ': this is still to come, and until then nobody is in the experiment: check that day with --now, or write an earlier one'],
    'and one that has not begun');
is_deeply([of_one('"coverage":0,')], [at('0,"variants"') . ': nobody takes part: write a share above 0, or "enabled": false'], 'and one without visitors');
is_deeply([of_one('"enabled":false,"coverage":0,"until":"2026-03-01",')], [], 'but not one that is switched off');
is_deeply([of_one('"categories":["Boats"],')],
    [at('"Boats"') . ': the catalogue has no category "Boats", so that it fits nothing: write one that it has'], 'names of its scope are looked up');
is_deeply([of_one('"slots":["rcs"],')],
    [at('"rcs"') . ': no surface has a slot "rcs": add it to "surfaces", or see that nginx.conf names it in dynstore_slots'], 'slots, too');

sub of_variants { return of_experiments(['{"id":"tents","variants":[' . join(',', @_) . ']}']) }
my $few = '"slots":[{"slot":"recs","limit":2}]';
is_deeply([of_variants(qq({"id":"a","weight":0.5},{"id":"b","weight":0.3,$few}))],
    [at('"variants"') . ': the weights sum to 0.8, so that all variants get the same share: write weights whose sum is 1'], 'weights that are taken for equal are warned of');
is_deeply([of_variants(qq({"id":"a","weight":0.333},{"id":"b","weight":0.333,$few},{"id":"c","weight":0.333,"show":false}))], [], 'but not rounded ones');
is_deeply([of_variants(qq({"id":"few",$few}))],
    [at('"variants"') . ': the experiment has one variant, and nothing to compare it with: put a control before it, as {"id": "control"}'], 'nor may the control be missing');
is_deeply([of_variants(qq({"id":"few",$few}), '{"id":"control"}')], [at('"control"') . ': the first variant is the control: put this one first'], 'or stand behind');
is_deeply([of_variants('{"id":"control"}', '{"id":"same","show":true,"weight":1,"note":"later"}' =~ s/"weight":1,//r)],
    [at('"same"') . ': the variant is the same as the control: write what it changes, such as "slots", "rules" or "content"'], 'a variant has to change something');
is_deeply([of_variants(qq({"id":"control",$few}), '{"id":"all"}')], [], 'which the control may do for it');
is_deeply([of_experiments(['{"id":"tents","variants":[{"id":"control"},{"id":"b"}]}'], '', '{"id":"x","when":{"any":[{"experiment":["tents:b"]},{"surface":"plp"}]},"then":{"limit":3}}')], [],
    'or a rule that asks for it');
of_variants('{"id":"control"}', '{"id":"b","rules":{"nobodys":false}}');
like("$code $err", qr/^3 rules\.json:1:\d+: .*there is no rule "nobodys"/, 'a rule that is not there is a mistake already');

sub of_two { my ($first, $second, $slot) = @_; return of_experiments([map { my $i = $_; my ($members, $name) = (($first, $second)[$i], $i ? $slot // 'recs' : 'recs'); qq({"id":"e$i",$members"variants":[{"id":"control"},{"id":"b","slots":[{"slot":"$name","limit":2}]}]}) } 0, 1]) }
my $both = ': the experiment "e0" changes the slot "recs" as well, for the same visitors, and goes first: part them by a "namespace"';
is_deeply([of_two('', '')], [at('"e1"') . $both], 'two experiments on one slot are warned of');
is_deeply([of_two('"namespace":{"name":"n","until":0.6},', '"namespace":{"name":"n","from":0.5},')], [at('"e1"') . $both], 'also with parts of a namespace that overlap');
is_deeply([of_two('"namespace":{"name":"n","until":0.5},', '"namespace":{"name":"m","from":0.5},')], [at('"e1"') . $both], 'or that are of two');
is_deeply([of_two('"surfaces":["pdp","plp"],', '"surfaces":"plp",')], [at('"e1"') . $both], 'or on a surface that both have');
is_deeply([of_two('"categories":["Packs"],', '"categories":["Packs/Day packs"],')], [at('"e1"') . $both], 'or in a category and one under it');
for (['a namespace', '"namespace":{"name":"n","until":0.5},', '"namespace":{"name":"n","from":0.5},'], ['surfaces', '"surfaces":"pdp",', '"surfaces":"plp",'],
    ['categories', '"categories":["Packs"],', '"categories":["Tents"],'], ['slots', '', '', 'popular'], ['their days', '"until":"2026-03-10",', '"from":"2026-03-08",' =~ s/08/10/r],
    ['what they ask', '"when":{"country":"DE"},', '"when":{"country":"US"},'], ['a shadow', '"shadow":true,', ''], ['being off', '"enabled":false,', '']) {
    my ($by, @two) = @$_;
    is_deeply([grep { /changes the slot/ } of_two(@two)], [], "unless they are parted by $by");
}
is_deeply([of_experiments(['{"id":"e0","slots":["recs"],"variants":[{"id":"control"},{"id":"b","show":false}]}', '{"id":"e1","variants":[{"id":"control"},{"id":"b",' . $few . '}]}'])],
    [at('"e1"') . $both], 'one that shows nothing is on all slots of its scope');

is_deeply([lint([], '"holdout":{"share":0.6},')], [at('0.6') . ': more than half of the visitors never see a block: a few percent are usual, as 0.05'], 'a holdout of most visitors is warned of');
is_deeply([lint([], '"holdout":{"share":0.1,"until":"2026-03-01"},')], [at('"2026-03-01"') . ': this has passed, so that nobody is held out: remove it, or write a later day'], 'and one that is over');
is_deeply([lint([], '"holdout":{"share":0.5},')], [], 'not one of half of them');

# ---- without a snapshot, as JSON, and faults ----

rules(['{"id":"x","when":{"item":{"brand":"Nobody"}},"then":{"cap":{"by":"brand","most":0}}}']);
($code, $out, $err) = dynstore('rules', 'lint', 'rules.json');
is($out, qq(rules.json:2:81: a cap of 0 shows none of them: write 1 or more, or "exclude": true\nrules.json: 1 rules, 0 experiments, 1 warnings\n),
    'without a snapshot no names are looked up');

lint(['{"id":"x","then":{"cap":{"by":"brand","most":0}}}'], '', '--json');
my $report = JSON::PP::decode_json($out);
is_deeply($report->{warnings}, [{ line => 2, column => 46, sentence => 'a cap of 0 shows none of them: write 1 or more, or "exclude": true' }],
    '--json has the warnings');
is("$report->{schema} $report->{file} $report->{rules_in_force}", 'dynstore.rules-lint/1 rules.json 1', 'beside the file and its rules');
like($report->{rules}, qr/^[0-9a-f]{16}$/, 'and its version');

lint(['{"id":"x","then":{"bost":2}}'], '', '--json');
is($code, 3, 'a file with a fault has the exit code 3');
is($err, qq(rules.json:2:19: "bost" is no action; did you mean "boost"?\n), 'and the fault is said');
is($out, '', 'alone');

($code, $out, $err) = dynstore('rules', 'lint', 'none.json');
is("$code $err", "3 dynstore rules lint: none.json: cannot be read: No such file or directory\n", 'a file that is not there is said');
($code, $out, $err) = dynstore('rules', 'lint', 'rules.json', '--now', 'soon');
is($code, 2, 'a time that is none is refused');
($code, $out, $err) = dynstore('rules', 'lint');
is($code, 2, 'so is no file');

# ---- diff ----

sub diff {
    ($code, $out, $err) = dynstore('rules', 'diff', @_, '--snapshot', 'store.dyn', '--sessions', 'events.jsonl', '--json');
    return $code > 1 ? diag($err) : JSON::PP::decode_json($out);
}
write_file('a.json', '{"schema":"dynstore.rules/1"}');
rules(['{"id":"x","when":{"surface":"home","item":{"id":"trail-pack-30"}},"then":{"exclude":true}}']);
my $difference = diff('rules.json', 'rules.json');
is("$code $difference->{changed}", '0 0', 'a file changes nothing against itself');
ok($difference->{pages} > 0, 'on pages of recorded visits');
$difference = diff('a.json', 'rules.json', '--pages', 1);
is($code, 1, 'one that excludes an item does');
my ($item) = grep { $_->{item} eq 'trail-pack-30' } @{ $difference->{items} };
ok($item && $item->{after} < $item->{before}, 'the item is shown less often');
is_deeply([map { $_->{surface} } @{ $difference->{changes} }], ['home'], 'on the surface of the rule');
ok(!grep({ $_ eq 'trail-pack-30' } @{ $difference->{changes}[0]{after} }), 'where it is not any more');
$difference = diff('a.json', 'rules.json', '--surface', 'cart');
is("$code $difference->{changed}", '0 0', 'another surface stays as it is');
isnt($difference->{rules}{before}, $difference->{rules}{after}, 'both versions are told');
rules(['{"id":"x","when":{"item":{"brand":"Nordhang"}},"then":{"exclude":true}}']);
$difference = diff('default', 'rules.json', '--pages', 3, '--items', 50);
my $json  = JSON::PP->new->utf8;
my %brand = map { my $line = $json->decode($_); ($line->{id} => $line->{brand} // '') } split /\n/, read_file('t/fixtures/outdoor/catalog.jsonl');
my %shown = map { ($_->{item} => $_->{after}) } @{ $difference->{items} };
is_deeply([grep { ($brand{$_} // '') eq 'Nordhang' && $shown{$_} > 0 } sort keys %shown], [], 'nothing of an excluded brand is shown');
is($shown{'rain-cover-m'}, 0, 'which was shown by the built-in rules');
is(scalar @{ $difference->{changes} }, 3, 'as many changes are shown as were asked for');
ok((!grep { ($brand{$_} // '') eq 'Nordhang' } map { @{ $_->{after} } } @{ $difference->{changes} }), 'item by item');
($code, $out, $err) = dynstore(qw(rules diff default gone.json --snapshot store.dyn --sessions events.jsonl));
is($code, 3, 'a file that is not there ends it');
like($err, qr/gone\.json: cannot be read/, 'and is said');

write_file('on.json', '{"features":{"gone":{"defaultValue":true}}}');
write_file('off.json', '{"features":{"gone":{"defaultValue":false}}}');
rules(['{"id":"x","when":{"flag":"gone","item":{"id":"trail-pack-30"}},"then":{"exclude":true}}']);
$difference = diff('rules.json', 'rules.json', '--features', 'on.json', '--was-features', 'off.json');
($item) = grep { $_->{item} eq 'trail-pack-30' } @{ $difference->{items} };
ok($item && $item->{before} > 0 && $item->{after} == 0, 'one file with two payloads differs where a feature does');
$difference = diff('rules.json', 'rules.json', '--features', 'on.json', '--was-features', 'on.json');
is("$code $difference->{changed}", '0 0', 'and nowhere when they are the same');

# ---- schema and reference are the tables' own ----
($code, $out) = dynstore(qw(rules schema));
is($out, read_file('docs/rules.schema.json'), 'docs/rules.schema.json is what is printed (dynstore rules schema >docs/rules.schema.json)');
my $schema = $json->decode($out);
is_deeply([sort keys %{ $schema->{properties} }], [qw($schema blocked content currency experiments flags guardrails holdout language messages moments rules schema surfaces texts time_zone)],
    'the schema has every member of a file');
($code, $out) = dynstore(qw(rules reference));
my $page = read_file('docs/rules.md');
for my $table (split /(?=^### )/m, $out) {
    my ($heading) = $table =~ /^### (.*)$/m;
    for my $row ($table =~ /^\|.*$/mg) {
        ok(index($page, "$row\n") >= 0, "docs/rules.md has under $heading: $row");
    }
}

# ---- the examples are without a warning ----
write_file('example.json', read_file('conf.examples/rules.json'));
($code, $out, $err) = dynstore(qw(rules lint example.json --now 2026-11-28));
is($code, 0, 'conf.examples/rules.json') or diag($out, $err);

write_file('pilot.json', read_file('conf.examples/rules.pilot.json'));
($code, $out, $err) = dynstore(qw(rules lint pilot.json --now 2026-11-28));
is($code, 0, 'conf.examples/rules.pilot.json') or diag($out, $err);
(my $shown_in_docs) = read_file('docs/experiments.md') =~ /```json\n(.*?)```/s;
is_deeply($json->decode($shown_in_docs), $json->decode(read_file('conf.examples/rules.pilot.json')), 'is what docs/experiments.md shows');

# ---- explain: as a variant's visitor sees it ----
write_file('half.json', '{"schema":"dynstore.rules/1","experiments":[{"id":"half","surfaces":["home"],"variants":[{"id":"all"},{"id":"one","slots":[{"slot":"recs","limit":1}]}]}]}');
my @explain = qw(explain --snapshot store.dyn --surface home --slot recs=4 --rules half.json);
for (['all', 4], ['one', 1]) {
    my ($variant, $items) = @$_;
    ($code, $out, $err) = dynstore(@explain, '--variant', "half:$variant", '--json');
    is(scalar @{ $json->decode($out)->{decision}{slots}[0]{items} }, $items, "explain shows the variant $variant") or diag($err);
    ($code, $out, $err) = dynstore(@explain, '--variant', "half:$variant");
    like($out, qr/^variant +half:$variant$/m, 'and names it');
}
my %seen;
for my $digit (0 .. 9, 'a' .. 'f') {
    ($code, $out, $err) = dynstore(@explain, '--visitor-hash', $digit x 16);
    $seen{$1}++ if $out =~ /^variant +half:(\w+)$/m;
}
is(join(' ', sort keys %seen), 'all one', 'by their hashes some visitors have one, others the other');
($code, $out, $err) = dynstore(@explain, '--variant', 'half:two');
is($code, 2, 'a variant that is none is refused');
like($err, qr/--variant "half:two": the rules have no such experiment and variant/, 'and named');
($code, $out, $err) = dynstore(@explain, '--visitor-hash', 'xyz');
like($err, qr/--visitor-hash "xyz": should be 16 to 32 hex digits/, 'as is a hash that is none');

done_testing();
