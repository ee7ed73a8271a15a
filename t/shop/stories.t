#!/usr/bin/env perl
# The stories of t/stories/ on the sample shop, each twice: decided by `dynstore story`, and over HTTP through nginx and Redis.
# Stories in t/stories/new-shop/ are those of a shop that has a catalogue, but no events yet; those in t/stories/sets/ of one that also sells
# sets. STORIES='t/stories/a.json' walks some.
use strict;
use warnings;

use Cwd ();
use Dynstore::Nginx;
use Dynstore::Stories;
use File::Temp ();
use JSON::PP ();
use Test::More;

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub run {
    my $output = qx{@_ 2>&1 </dev/null};
    BAIL_OUT("@_: $output") if $?;
    return $output;
}

# One test a story; those that are none fail, too.
sub judged {
    my ($how, $snapshot, $stories, @options) = @_;
    my $report = JSON::PP::decode_json(qx{build/dynstore story @$stories --snapshot $snapshot --json @options} || '[]');
    my %judged = map { $_->{story} => $_ } @$report;
    for my $file (@$stories) {
        my $story = $judged{$file};
        my @failures = $story ? @{ $story->{failures} } : ();
        ok($story && $story->{passed}, "$how, $file: " . ($story ? $story->{title} : 'is no story'));
        diag("  step $_->{step}, $_->{page}, $_->{slot}: $_->{wrong}" . ($_->{why} ? " ($_->{why})" : '') . "\n$_->{shown}") for @failures;
    }
}

# the Unix second for which a snapshot was made
sub as_of {
    my $snapshot = shift;
    my ($time) = qx{build/dynstore inspect --json $snapshot} =~ /"as_of": ?"([^"]+)"/ or BAIL_OUT('dynstore inspect tells no as_of');
    return int qx{date -u -d '$time' +%s};
}

# the demo's data and snapshot, made again only when they are old
run("bash -euc '. demo/lib.sh; prepare'");
run("build/dynstore build --catalog build/demo/catalog.jsonl -o $folder/new.dyn");
# what the sample shop's own rules make of it
if (my @ruled = grep { !$ENV{STORIES} || index(" $ENV{STORIES} ", " $_ ") >= 0 } glob 't/stories/rules/*.json') {
    judged('by the shop\'s rules', 'build/demo/store.dyn', \@ruled, '--rules conf.examples/rules.json');
}
run("build/dynstore build --catalog build/demo/catalog.jsonl --catalog t/stories/sets/bundles.jsonl --events build/demo/events.jsonl -o $folder/sets.dyn");
for my $shop (['t/stories/*.json', 'build/demo/store.dyn'], ['t/stories/new-shop/*.json', "$folder/new.dyn"],
    ['t/stories/sets/*.json', "$folder/sets.dyn"]) {
    my ($pattern, $snapshot) = @$shop;
    my %wanted  = map { $_ => 1 } split ' ', $ENV{STORIES} // '';
    my @stories = grep { !%wanted || $wanted{$_} } glob $pattern;
    next unless @stories;
    judged('decided', $snapshot, \@stories);

    my $walker  = Dynstore::Stories->start(site => Cwd::abs_path('build/demo/site'), snapshot => Cwd::abs_path($snapshot), time => as_of($snapshot),
        stories => \@stories);
    my $answers = '';
    for my $story (@stories) {
        my $lines = eval { $walker->walk($story) };
        ok(defined $lines, "$story is walked over HTTP") or diag($@);
        $answers .= $lines // '';
    }
    $walker->stop;
    Dynstore::Nginx::write_file("$folder/answers.jsonl", $answers);
    judged('over HTTP', $snapshot, \@stories, "--answers $folder/answers.jsonl");
}

done_testing();
