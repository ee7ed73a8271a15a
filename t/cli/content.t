#!/usr/bin/env perl
# Lines of kind content: what `dynstore build` takes and reports, and what `dynstore explain` tells of each.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore write_file read_file folder);

folder();
write_file($_, read_file("t/fixtures/outdoor/$_")) for qw(catalog.jsonl events.jsonl);

my ($code, $out, $err);

sub json { return JSON::PP->new->utf8->decode($_[0]) }
sub content { return '{"kind":"content","slot":"hero","approved":true,' . $_[0] . "}\n" }
sub build { return dynstore(qw(build --catalog catalog.jsonl --catalog content.jsonl --events events.jsonl -o store.dyn), @_) }

# ---- build ----

my $good = join '', (content('"id":"usual"') . '{"kind":"content","id":"draft","slot":"hero"}' . "\n"
    . content('"id":"tents","match":{"category":"Tents"}') . content('"id":"at","match":{"country":"AT"}')
    . content('"id":"old","until":"2001-01-01"') . content('"id":"ad","match":{"campaign":"summer sale"}'));
write_file('content.jsonl', $good);
($code, $out, $err) = build();
is($code, 0, 'contents in a file of their own are built') or diag($err);
like($out, qr/^  5 contents; 1 more are not approved and were left out$/m, 'and counted, with those that are not approved');
($code, $out, $err) = build('--json');
is_deeply([@{ json($out) }{qw(contents contents_unapproved)}], [5, 1], 'in JSON, too');

($code) = dynstore(qw(build --catalog catalog.jsonl --events events.jsonl -o plain.dyn));
(undef, $out) = dynstore(qw(inspect plain.dyn));
unlike($out, qr/\bcontent\b/, 'a catalogue without contents makes no section of them');
(undef, $out) = dynstore(qw(inspect store.dyn));
like($out, qr/\bcontent\b/, 'one with contents does');

# name, line, and what is said of it
my @wrong = (
    ['a content without a slot',       '{"kind":"content","id":"a"}',                                        qr/content\.jsonl:1:line: .*"slot"/],
    ['a member that is misspelt',      '{"kind":"content","id":"a","slot":"hero","titel":"x"}',             qr/content\.jsonl:1:titel: .*did you mean "title"/],
    ['a condition that is misspelt',   '{"kind":"content","id":"a","slot":"hero","match":{"campain":"x"}}', qr/content\.jsonl:1:match\.campain: .*did you mean "campaign"/],
    ['a URL that runs a script',       '{"kind":"content","id":"a","slot":"hero","url":"javascript:x"}',    qr/content\.jsonl:1:url: .*no URL/],
    ['a text in no language',          '{"kind":"content","id":"a","slot":"hero","title":{"e":"x"}}',       qr/content\.jsonl:1:title.*language/],
);
for (@wrong) {
    my ($name, $line, $said) = @$_;
    write_file('content.jsonl', "$line\n");
    ($code, $out, $err) = build('--max-errors', 0);
    is($code, 3, "$name stops a build that allows no error");
    like($err, $said, "$name is told with its file, line and member");
}

write_file('content.jsonl', '{"kind":"shoe","id":"wader","title":"Wader"}' . "\n");
($code, $out, $err) = build();
is($code, 0, 'a kind of the shop\'s own stops no build');
like($err, qr/content\.jsonl:1:kind: .*read as an item/, 'and is told');
(undef, $out) = dynstore(qw(inspect --item wader store.dyn));
like($out, qr/Wader/, 'its line is an item');

# ---- explain ----

write_file('content.jsonl', $good);
build();
my @explain = qw(explain --snapshot store.dyn --surface home --slot hero);
($code, $out, $err) = dynstore(@explain);
is($code, 0, 'a slot with contents is explained') or diag($err);
like($out, qr/^  content usual +shown: no other goes before it$/m, 'the one that is shown');
like($out, qr/^  content tents +not here: this does not hold: category$/m, 'what is missing of another');
like($out, qr/^  content at +not here: this does not hold: country$/m, 'and of a third');
like($out, qr/^  content old +not now: it is out of its time$/m, 'one that is out of its time');
unlike($out, qr/draft/, 'what is not approved is not there');
($code, $out, $err) = dynstore(@explain, '--country', 'AT', '--json');
my ($slot) = @{ json($out)->{slots} };
is_deeply({ map { $_->{id} => $_->{outcome} } @{ $slot->{contents} } },
    { usual => 'behind', tents => 'unmatched', at => 'shown', old => 'out_of_time', ad => 'unmatched' }, 'JSON says the same');
write_file('rules.json', '{"schema":"dynstore.rules/1","rules":[{"id":"r","then":{"content":"tents"}}]}');
($code, $out, $err) = dynstore(@explain, '--rules', 'rules.json');
like($out, qr/^  content tents +shown: a rule names it$/m, 'a rule shows what does not match');
write_file('rules.json', '{"schema":"dynstore.rules/1","rules":[{"id":"r","then":{"content":"old"}}]}');
($code, $out, $err) = dynstore(@explain, '--rules', 'rules.json');
like($out, qr/^  content usual +shown: no other goes before it$/m, 'but nothing out of its time');

done_testing();
