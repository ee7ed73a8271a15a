#!/usr/bin/env perl
# dynstore rules: lint warns of what cannot be meant, diff tells what a file would change, schema and reference are the tables' own.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore write_file read_file folder);

folder();
my $json = JSON::PP->new->canonical->utf8;
write_file($_, read_file("t/fixtures/outdoor/$_")) for qw(catalog.jsonl events.jsonl);
my ($built) = dynstore(qw(build --catalog catalog.jsonl --events events.jsonl -o store.dyn));
is($built, 0, 'the sample shop is built');

sub rules { write_file('rules.json', qq({"schema": "dynstore.rules/1",\n) . join(",\n", @_) . '}') }
sub lint { dynstore(qw(rules lint rules.json --snapshot store.dyn --now 2026-11-28), @_) }

# ---- each warning, with its place; none where the file is as it should be ----
my @warnings = (
    ['a brand that the catalogue lacks', '{"id": "a", "when": {"item": {"brand": "Nordhan"}}, "then": {"boost": 2}}',
        qr/^rules\.json:2:\d+: the catalogue has no brand "Nordhan"/m],
    ['a pinned item that the catalogue lacks', '{"id": "a", "then": {"pin": {"items": ["trail-pack-31"]}}}',
        qr/the catalogue has no item "trail-pack-31"/],
    ['an attribute value that the catalogue lacks', '{"id": "a", "when": {"item": {"attribute": {"material": "cheese"}}}, "then": {"boost": 2}}',
        qr/the catalogue has no value "cheese"/],
    ['a rule that matches nothing', '{"id": "a", "when": {"item": {"brand": "Glut", "category": "Tents"}}, "then": {"boost": 2}}',
        qr/^rules\.json:2:\d+: the rule matches nothing in the catalogue/m],
    ['conditions that exclude each other', '{"id": "a", "when": {"all": [{"surface": "home"}, {"surface": ["cart", "pdp"]}]}, "then": {"boost": 2}}',
        qr/the rule never holds/],
    ['cart totals that exclude each other', '{"id": "a", "when": {"cart_total": {"min": 50}, "all": [{"cart_total": {"max": 40}}]}, "then": {"boost": 2}}',
        qr/the rule never holds/],
    ['a boost of what is excluded', '{"id": "a", "when": {"item": {"brand": "Glut"}}, "then": {"exclude": true}}, {"id": "b", "when": {"item": {"tag": "gas"}}, "then": {"boost": 2}}',
        qr/wants items that are never shown: the rule a excludes all of them/],
    ['a pin of what is excluded', '{"id": "a", "when": {"item": {"brand": "Glut"}}, "then": {"exclude": true}}, {"id": "b", "then": {"pin": {"items": ["pot-set"]}}}',
        qr/gives "pot-set" a place, but the rule a excludes it/],
    ['an expression that explodes', '{"id": "a", "when": {"search": {"matches": "(a+)+$"}}, "then": {"boost": 2}}', qr/this expression is given up/],
    ['a country that hides', '{"id": "a", "when": {"country": "US", "item": {"category": "Tools"}}, "then": {"exclude": true}}', qr/"compliance": true/],
    ['a time that has passed', '{"id": "a", "until": "2026-11-28", "then": {"boost": 2}}', qr/this has passed/],
    ['a text without a language of others', '{"id": "a", "then": {"title": {"en": "A", "de": "B"}}}, {"id": "b", "then": {"badge": {"en": "C"}}}',
        qr/this text is not there in "de"/],
    ['a cap of 0', '{"id": "a", "then": {"cap": {"by": "brand", "most": 0}}}', qr/a cap of 0/],
);
for (@warnings) {
    my ($name, $rules, $sentence) = @$_;
    rules(qq("rules": [$rules]));
    my ($code, $out, $err) = lint();
    is($code, 1, "$name: exit code") or diag($out, $err);
    like($out, $sentence, "$name is warned of");
}
my @fine = (
    ['a hidden country that is compliance', '{"id": "a", "compliance": true, "when": {"country": "US", "item": {"category": "Tools"}}, "then": {"exclude": true}}'],
    ['a time to come', '{"id": "a", "until": "2026-11-29", "then": {"boost": 2}}'],
    ['totals that touch', '{"id": "a", "when": {"cart_total": {"min": 50}, "all": [{"cart_total": {"max": 50}}]}, "then": {"boost": 2}}'],
    ['a boost of what is excluded on one page only', '{"id": "a", "when": {"surface": "cart", "item": {"brand": "Glut"}}, "then": {"exclude": true}}, {"id": "b", "when": {"item": {"tag": "gas"}}, "then": {"boost": 2}}'],
    ['an honest expression', '{"id": "a", "when": {"search": {"matches": "\\\\b(rain|regen)"}}, "then": {"boost": 2}}'],
);
for (@fine) {
    my ($name, $rules) = @$_;
    rules(qq("rules": [$rules]));
    my ($code, $out) = lint();
    is($code, 0, "$name is fine") or diag($out);
}
rules('"rules": [{"id": "a", "bost": 2}]');
my ($code, $out, $err) = lint();
is($code, 3, 'a mistake ends it');
like($err, qr/^rules\.json:2:23: "bost" is no member of a rule; there are id, /, 'with place and remedy');
rules('"rules": [{"id": "a", "when": {"item": {"brand": "X"}}, "then": {"boost": 2}}]');
($code, $out) = lint('--json');
my $report = $json->decode($out);
is($report->{warnings}[0]{line}, 2, 'as JSON, too');
like($report->{rules}, qr/^[0-9a-f]{16}$/, 'with the version');

# ---- diff ----
rules('"rules": [{"id": "a", "when": {"item": {"brand": "Nordhang"}}, "then": {"exclude": true}}]');
my @visits = qw(--snapshot store.dyn --sessions events.jsonl);
($code, $out, $err) = dynstore(qw(rules diff default rules.json), @visits, qw(--json --pages 3 --items 50));
is($code, 1, 'something changes') or diag($err);
$report = $json->decode($out);
cmp_ok($report->{changed}, '>', 0, 'pages change');
my %brand = map { my $item = $json->decode($_); ($item->{id} => $item->{brand} // '') } split /\n/, read_file('t/fixtures/outdoor/catalog.jsonl');
my %difference = map { ($_->{item} => $_) } @{ $report->{items} };
is($difference{'rain-cover-m'}{after}, 0, 'what is excluded is shown no more');
is_deeply([grep { ($brand{$_} // '') eq 'Nordhang' && $difference{$_}{after} > 0 } keys %difference], [], 'nor anything else of its brand');
is(scalar @{ $report->{changes} }, 3, 'as many changes are shown as were asked for');
ok((!grep { ($brand{$_} // '') eq 'Nordhang' } map { @{ $_->{after} } } @{ $report->{changes} }), 'item by item');
($code, $out) = dynstore(qw(rules diff rules.json rules.json), @visits);
is($code, 0, 'a file does not differ from itself');
($code, $out, $err) = dynstore(qw(rules diff default gone.json), @visits);
is($code, 3, 'a file that is not there');
like($err, qr/gone\.json: cannot be read/, 'is said so');

# ---- schema and reference are the tables' own ----
($code, $out) = dynstore(qw(rules schema));
is($out, read_file('docs/rules.schema.json'), 'docs/rules.schema.json is what is printed (dynstore rules schema >docs/rules.schema.json)');
my $schema = $json->decode($out);
is_deeply([sort keys %{ $schema->{properties} }], [qw($schema blocked content currency guardrails language messages moments rules schema surfaces texts time_zone)],
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

done_testing();
