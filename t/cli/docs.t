#!/usr/bin/env perl
# What the pages about the command line show is run: every ```sh block, with the shop of hard cases beside it, and every example of input.
use strict;
use warnings;
use JSON::PP qw(decode_json encode_json);
use List::Util qw(pairs);
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore shell folder write_file read_file);

my $folder = folder();

# The blocks of a page, each with its language.
sub blocks {
    my ($page) = @_;
    my @blocks;
    my $text = read_file($page) // die "$page is not there\n";
    push @blocks, [$1, $2] while $text =~ /^```([a-z]*)\n(.*?)^```$/msg;
    return @blocks;
}

sub shop_beside {
    write_file($_, read_file("t/fixtures/outdoor/$_")) for qw(catalog.jsonl events.jsonl);
}

for my $page (qw(docs/cli.md docs/catalog.md docs/imports.md docs/snapshot-format.md docs/stories.md docs/rules.md docs/experiments.md)) {
    shop_beside();
    my @scripts = map { $_->[1] } grep { $_->[0] eq 'sh' } blocks($page);
    ok(@scripts > 0, "$page has examples");
    for my $script (@scripts) {
        my ($code, $out, $err) = shell($script);
        is($code, 0, "$page: $script") or diag($err);
    }
}

# the rule of docs/experiments.md does what the variant of the page does: both files are still there
sub shown_with {
    my ($rules, @options) = @_;
    my ($code, $out, $err) = dynstore('explain', '--snapshot', 'store.dyn', '--surface', 'pdp', '--item', 'footprint-duo',
        '--now', '2026-12-02', '--rules', $rules, @options, '--json');
    is("$code $err", '0 ', "$rules @options decides");
    my ($recs) = grep { $_->{slot} eq 'recs' } @{ decode_json($out)->{decision}{slots} };
    return [map { [@$_{qw(id score)}] } @{ $recs->{items} }];
}
my $by_rule = shown_with('more-similar.json');
is_deeply($by_rule, shown_with('rules.json', '--variant', 'tents-pilot:more-similar'), 'the rule shows what the variant shows');
isnt(encode_json($by_rule), encode_json(shown_with('rules.json', '--variant', 'tents-pilot:control')), 'which is not what the control shows');

# the way in names every page, and leads nowhere else
my $way_in = read_file('docs/README.md');
for my $page (glob 'docs/*.md') {
    my ($name) = $page =~ m{([^/]+)$};
    like($way_in, qr/\]\(\Q$name\E[)#]/, "docs/README.md names $page") unless $name eq 'README.md';
}
for my $table ($way_in =~ /^\| you want to \| read \|\n\| --- \| --- \|\n((?:\|.*\n)+)/mg) {
    my %rows;
    $rows{$_}++ for $table =~ /^\| [^|]* \| .*?\]\(([^)]*)\)/mg;
    is(join(' ', grep { $rows{$_} > 1 } sort keys %rows), '', 'docs/README.md has one row for one thing that somebody wants');
}
# no link is dead: what it names is there, the heading as well
my %headings;
my @pages = ('README.md', 'CONTRIBUTING.md', glob 'docs/*.md');
for my $page (@pages) {
    my $text = read_file($page) =~ s/^```.*?^```//gmsr;
    for my $heading ($text =~ /^#+ (.*)$/mg) {
        my $name = lc $heading =~ s/\[([^\]]*)\]\([^)]*\)/$1/gr;
        $headings{$page}{$name =~ s/[^\w\- ]//gr =~ tr/ /-/r} = 1;
    }
}
for my $page (@pages) {
    my ($at) = $page =~ m{^(.*/)?};
    my @dead;
    for my $link ((read_file($page) =~ s/^```.*?^```//gmsr) =~ /\]\(([^)\s]+)\)/g) {
        next if $link =~ /^https?:/;
        my ($path, $heading) = split /#/, $link, 2;
        my $target = $path eq '' ? $page : ($at // '') . $path;
        1 while $target =~ s{[^/]+/\.\./}{};
        push @dead, $link unless -e $target && (!defined $heading || $headings{$target}{$heading});
    }
    is("@dead", '', "$page: every link leads somewhere");
}
like(read_file('README.md'), qr{\(docs/README\.md\)}, 'README.md leads to it');

# a command that has no example in docs/cli.md is not documented
my (undef, $help) = dynstore('--help');
my $cli = read_file('docs/cli.md');
my $man = read_file('docs/dynstore.1');
for my $command ($help =~ /^  ([a-z]+)  /mg) {
    like($cli, qr/^## dynstore $command$/m, "docs/cli.md has $command");
    like($cli, qr/^dynstore $command |\| dynstore $command /m, 'with an example');
    like($man, qr/^\.It Cm $command$/m, 'and the man page has it');
}
for my $action (qw(lint diff)) {
    my (undef, $options) = dynstore('rules', $action, '--help');
    for my $option ($options =~ /^ +(?:-., )?--([a-z-]+)/mg) {
        next if $option eq 'help';
        like($cli, qr/^\| .*`(?:-., )?.*--$option\b/m, "docs/cli.md has --$option of rules $action");
    }
}
for my $command (qw(build import inspect eval tune recommend words story visitor report plan records replay why drift top)) {
    my (undef, $options) = dynstore($command, '--help');
    for my $option ($options =~ /^ +(?:-., )?--([a-z-]+)/mg) {
        next if $option eq 'help';
        like($cli, qr/^\| .*`(?:-., )?.*--$option\b/m, "docs/cli.md has --$option of $command");
    }
}

# ---- docs/webhooks.md: topics and headers are those of the code ----

my $webhooks = read_file('docs/webhooks.md');
my ($topics) = $webhooks =~ /^\| platform \| topic \| what is written .*\n\| --- .*\n((?:\|.*\n)+)/m;
my @told;
for my $row (split /\n/, $topics) {
    my ($platform, $names) = $row =~ /^\| `(\w+)` \| (.*?) \|/;
    push @told, map { "$platform $_" } $names =~ /`([^`]+)`/g;
}
my @read = map { lc($_->[0]) . " $_->[1]" } pairs(read_file('ngx_http_dynstore_module/engine/webhook/payload.c') =~ /^    \{DYN_WEBHOOK_(\w+), "([^"]+)", \w+\},$/mg);
is_deeply([sort @told], [sort @read], 'docs/webhooks.md has a row for each topic that is read');
my ($subscribed) = $webhooks =~ /^\| platform \| word .*\n\| --- .*\n((?:\|.*\n)+)/m;
my %known = map { (split / /)[1] => 1 } @read;
is(join(' ', grep { m{[/.]} && !/\*/ && !$known{$_} } $subscribed =~ /`([^`]+)`/g), '', 'and names no other topic to subscribe to');
my ($signed) = $webhooks =~ /^\| platform \| header .*\n\| --- .*\n((?:\|.*\n)+)/m;
my @headers = read_file('ngx_http_dynstore_module/engine/trust/webhook.c') =~ /^    \{DYN_WEBHOOK_\w+, \w+, \w+, "([^"]+)"/mg;
is(join(' ', grep { $signed !~ /`\Q$_\E`/ } @headers), '', 'and each header of a signature');
ok(@read > 20 && @headers > 5, 'both are found in the code');

# ---- docs/rules.md: what a rules file may have ----

my $schema = decode_json(read_file('docs/rules.schema.json'));
my ($members) = read_file('docs/rules.md') =~ /^\| member \| what \|\n\| --- \| --- \|\n(.*?)\n\n/ms;
my %listed = map { $_ => 1 } map { /^\| (.*?) \|/ ? $1 =~ /`(\w+)`/g : () } split /\n/, $members;
is_deeply([sort keys %listed], [sort grep { !/^\$/ } keys %{ $schema->{properties} }], 'docs/rules.md lists every member of a rules file');

# ---- docs/catalog.md: the examples are what they are said to be ----

my ($items, $events) = map { $_->[1] } grep { $_->[0] eq 'json' } blocks('docs/catalog.md');
my ($clicks) = map { $_->[1] } grep { $_->[0] eq 'tsv' } blocks('docs/catalog.md');
write_file('items',  $items);
write_file('events', $events);
write_file('clicks', $clicks);
write_file('columns', map { $_->[1] } grep { $_->[0] eq 'csv' } blocks('docs/catalog.md'));

my ($code, $out, $err) = dynstore('build', '-c', 'items', '-e', 'events', '-e', 'clicks', '-e', 'columns', '-o', 's.dyn', '--max-errors', 0);
is("$code $err", '0 ', 'the examples of catalogue and events are read without a bad line');
like($out, qr/3 items \(3 in the catalogue, 0 known from events only\), 2 variants, 2 categories/, 'as three items');
like($out, qr/10 clicks in 4 sessions/, 'and ten clicks of four sessions');

# every field of the table is in the example, and is read
my ($table) = read_file('docs/catalog.md') =~ /^\| field \| value \| without it \|\n(.*?)\n\n/ms;
my @fields = map { /^\| (.*?) \|/ ? $1 =~ /`([a-z_]+)`/g : () } split /\n/, $table;
is(scalar @fields, 33, 'the catalogue has 33 fields');
for my $field (@fields) {
    like($items, qr/"$field":/, "the example has $field");
}
my %right = (id => '"x"', price => '"1"', currency => '"EUR"');
my $bad = join '', map {
    my $field = $_;
    my %line = (%right, $field => $field eq 'attributes' ? '[1]' : '{"no":1}');
    '{' . join(',', map { qq("$_":$line{$_}) } sort keys %line) . "}\n";
} @fields;
write_file('bad', $bad);
($code, $out, $err) = dynstore('build', '-c', 'bad', '-o', 'bad.dyn');
my %said = map { $_ => 1 } $err =~ /^bad:\d+:([a-z_]+): /mg;
is_deeply([sort keys %said], [sort @fields], 'and each is refused by its name when it is an object, or a list where an object is right')
    or diag($err);

# limits of learning and kinds of what is made good are those of the code
my $catalog = read_file('docs/catalog.md');
my $header  = read_file('ngx_http_dynstore_module/cli/train/learning.h');
my @limits  = $header =~ /^    DYN_VISITOR_[A-Z_]+_MAX = (\d+)/mg;
my ($learning) = $catalog =~ /^\| limit \| of one visitor and day \|\n\| --- \| --- \|\n(.*?)\n\n/ms;
is_deeply([$learning =~ /^\| (\d+) \|/mg], \@limits, 'docs/catalog.md has the limits of learning');
my @kinds = read_file('ngx_http_dynstore_module/cli/base/notes.h') =~ /^    X\(([a-z_]+),/mg;
is_deeply([(split /^\| kind \| what is done \|\n/m, $catalog)[1] =~ /^\| `([a-z_]+)` \|/mg], \@kinds, 'and the kinds of what is made good');

done_testing();
