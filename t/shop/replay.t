#!/usr/bin/env perl
# Recorded decisions of the sample shop are made again: shoppers with cookies walk through nginx and Redis, and `dynstore replay` has to
# come to the same bytes, also of what was recorded after a restart, in a folder that has nothing but the snapshot, the rules and the
# records, and on other processors. Then a rule is added, and it has to be named for each decision that differs.
#
# REPLAY_DECISIONS: how many decisions are recorded (400). REPLAY_COMMANDS: more commands that replay, one a line, such as a dynstore
# that was built for another processor and what runs it there. `make replays` does all that with 10,000.
use strict;
use warnings;

use Cwd ();
use Dynstore::Nginx;
use Dynstore::Stories;
use File::Copy ();
use File::Temp ();
use JSON::PP ();
use List::Util qw(first);
use Test::More;

my $decisions = $ENV{REPLAY_DECISIONS} // 400;
my $folder    = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $json      = JSON::PP->new->utf8->canonical;
*chance = \&Dynstore::Stories::chance;

*run = \&Dynstore::Stories::run;
my ($begin, @items) = Dynstore::Stories::sample_shop();
my @categories = sort keys %{ { map { ($_->{category}[-1] => 1) } @items } };
my $rules      = $json->decode(Dynstore::Nginx::slurp('conf.examples/rules.json'));
my ($snapshot, $rules_file) = map { Cwd::abs_path($_) } 'build/demo/store.dyn', 'conf.examples/rules.json';

my $shop = Dynstore::Stories->start(
    site => Cwd::abs_path('build/demo/site'), snapshot => $snapshot, time => $begin,
    http => "dynstore_rules $rules_file; dynstore_records 1 stream_max=1000000 search=on;",
);

sub recorded { return $shop->{redis}->command('XLEN', 'dyn:decisions') }
sub chosen { my ($list, @question) = @_; return $list->[chance(@question) * @$list] }

# One page or event of a shopper: every surface, events of every kind.
sub step {
    my ($shopper, @question) = @_;
    my $item = chosen(\@items, @question, 'item');
    my $word = chosen([split ' ', $item->{title}], @question, 'word');
    my $what = chosen([qw(home home plp plp pdp pdp pdp pdp cart search landing checkout add add search_event purchase remove wish)], @question, 'what');
    my %pages = (
        home    => { surface => 'home' },
        plp     => { surface => 'plp', category => chosen(\@categories, @question, 'category') },
        pdp     => { surface => 'pdp', item => $item->{id} },
        search  => { surface => 'search', search => $word },
        landing => { surface => 'landing', from => 'utm_source=search&utm_campaign=high-routes&utm_term=' . lc($item->{category}[-1]) =~ s/\W+/+/gr },
    );
    my %events = (
        add          => { event => 'add_to_cart', item_id => $item->{id}, quantity => 1, price => $item->{price}, currency => 'EUR' },
        remove       => { event => 'remove_from_cart', item_id => $item->{id}, quantity => 1 },
        wish         => { event => 'add_to_wishlist', item_id => $item->{id} },
        search_event => { event => 'search', search_term => $word },
        purchase     => { event => 'purchase', transaction_id => "T-@question" =~ tr/ /-/r, currency => 'EUR', items => [{ item_id => $item->{id}, price => $item->{price}, quantity => 1 }] },
    );
    return $shop->ask($shopper, 'POST', '/_dynstore/event', $json->encode($events{$what})) if $events{$what};
    return $shop->ask($shopper, 'GET', Dynstore::Stories::path_of($pages{$what} // { surface => $what }));
}

# Shoppers come one after the other until so many decisions are recorded. Some of them for the first time, from several countries.
my $number = 0;

sub shoppers {
    my ($until) = @_;
    until (recorded() >= $until) {
        $number++;
        my $shopper = { agent => sprintf 'Mozilla/5.0 (%s) Gecko/20100101 Firefox/128.0', chosen(['X11; Linux x86_64; rv:128.0', 'Android 14; Mobile; rv:128.0'], $number, 'device') };
        $shopper->{cookie}  = 'dyn_vid=' . Dynstore::Nginx::visitor($number) if chance($number, 'returning') < 0.8;
        $shopper->{country} = chosen([qw(DE AT US GB)], $number, 'country')  if chance($number, 'abroad') < 0.5;
        for my $at (1 .. 2 + int 10 * chance($number, 'steps')) {
            $shop->clock($shop->{ahead} + 8);
            step($shopper, $number, $at);
        }
    }
    my $counted = sub { my $nginx = $shop->{nginx}; return $nginx->get('/metrics')->content =~ /^nginx_dynstore_records_total\{result="$_[0]"\} (\d+)/m ? $1 : 0 };
    is($counted->('lost'), 0, 'no record is lost');
    return;
}

# Exit code and output of a replay, in a folder of its own with the snapshot, the rules and the records alone.
sub replay {
    my ($command, $records, @options) = @_;
    my $elsewhere = File::Temp::tempdir("$folder/XXXXXX");
    File::Copy::copy($snapshot, "$elsewhere/store.dyn");
    File::Copy::copy($rules_file, "$elsewhere/rules.json");
    File::Copy::copy($records, "$elsewhere/records.jsonl");
    my $rules = first { /^--rules/ } @options;
    push @options, '--rules rules.json' unless $rules;
    my $output = qx{cd $elsewhere && $command replay --from records.jsonl --snapshot store.dyn @options 2>&1 </dev/null};
    my $code   = $? >> 8;
    run("rm -r $elsewhere");
    return ($code, $output);
}

sub is_equal {
    my ($command, $records, $name) = @_;
    my $count = () = Dynstore::Nginx::slurp($records) =~ /\n/g;
    my ($code, $output) = replay($command, $records);
    is("$code $output", "0 $count records: $count equal, 0 different, 0 without a question\n", "$name: the same bytes");
    return;
}

my $here = Cwd::abs_path('build/dynstore');

shoppers($decisions);
my @from = ('records', '--from', $shop->redis_url);
run("$here @from -o $folder/records.jsonl");
my $last = $shop->{redis}->command('XREVRANGE', 'dyn:decisions', '+', '-', 'COUNT', 1)->[0][0];
my @surfaces = map { $_->{s}{surface} } map { $json->decode($_) } split /\n/, Dynstore::Nginx::slurp("$folder/records.jsonl");
cmp_ok(scalar @surfaces, '>=', $decisions, 'so many decisions are recorded');
is(join(' ', sort keys %{ { map { ($_ => 1) } @surfaces } }), 'cart checkout home landing pdp plp search', 'of every surface');
is_equal($here, "$folder/records.jsonl", scalar(@surfaces) . ' decisions of ' . $number . ' shoppers');

$shop->restart;
shoppers(recorded() + $decisions / 10);
run("$here @from --since $last -o $folder/after.jsonl");
is_equal($here, "$folder/after.jsonl", 'after a restart of nginx and Redis');
$shop->stop;

# glibc computes in another way where the processor has no fused multiply-add
my @others = ("GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable $here");
my $emulator = first { -x "$_/qemu-x86_64-static" } split /:/, $ENV{PATH};
push @others, "$emulator/qemu-x86_64-static -cpu Nehalem $here" if defined $emulator;
push @others, grep { length } split /\n/, $ENV{REPLAY_COMMANDS} // '';
is_equal($_, "$folder/records.jsonl", $_ =~ s/\Q$here\E/dynstore/r) for @others;

my $boot = first { $_->{category}[-1] eq 'Hiking boots' } @items;
my %added = (
    boost   => { when => { item => { category => 'Packs' } }, then => { boost => 2 } },
    pin     => { when => { slot => 'recs', surface => 'home' }, then => { pin => { items => [$boot->{id}], position => 2 } } },
    exclude => { when => { item => { brand => $boot->{brand} } }, then => { exclude => JSON::PP::true } },
);
my %changed = map { my $rule = { id => "added-$_", %{ $added{$_} } }; ("rule $rule->{id}" => { %$rules, rules => [@{ $rules->{rules} }, $rule] }) } keys %added;
$changed{'member surfaces'} = { %$rules, surfaces => { %{ $rules->{surfaces} }, cart => { slots => [{ slot => 'recs', limit => 2 }] } } };
for my $part (sort keys %changed) {
    Dynstore::Nginx::write_file("$folder/changed.json", $json->encode($changed{$part}));
    my ($code, $output) = replay($here, "$folder/records.jsonl", "--rules $folder/changed.json --was-rules rules.json --all");
    my @differing = split /^(?=[0-9a-f]{16} differs$)/m, $output;
    cmp_ok(scalar @differing, '>', @surfaces / 100, "$part: some decisions differ with it");
    my @unnamed = grep { !/^    $part makes a difference$/m } @differing;
    is(scalar @unnamed, 0, "$part: named for each of the " . @differing . ' decisions that differ') or diag($unnamed[0]);
}

# ---- another snapshot: what differs in it is named for each item ----

my %shown;
for my $record (map { $json->decode($_) } split /\n/, Dynstore::Nginx::slurp("$folder/records.jsonl")) {
    $shown{ $_->{id} }++ for map { @{ $_->{items} } } @{ $record->{s}{slots} };
}
my ($often) = sort { $shown{$b} <=> $shown{$a} || $a cmp $b } keys %shown;

# The lines of items, and the totals by cause, of a replay with a snapshot whose catalogue and events are changed.
sub with_snapshot {
    my ($change, $events) = @_;
    my @changed = map { $_->{id} eq $often ? $change->($json->decode($json->encode($_))) : $_ } @items;
    Dynstore::Nginx::write_file("$folder/changed.jsonl", join '', map { $json->encode($_) . "\n" } @changed);
    run("$here build -c $folder/changed.jsonl -c build/demo/content.jsonl -e $events -o $folder/changed.dyn --force");
    my ($code, $output) = replay($here, "$folder/records.jsonl", "--was-snapshot store.dyn --snapshot $folder/changed.dyn --all");
    my ($totals) = $output =~ /^items that came, went or moved: (.*)$/m;
    return ([$output =~ /^    (\S+ (?:was|is) .*: .*)$/mg], { map { /^(.*) (\d+)$/ ? ($1 => $2) : () } split /, /, $totals // '' });
}

my ($lines, $totals) = with_snapshot(sub { my ($item) = @_; $_->{stock} = 0 for $item, @{ $item->{variants} // [] }; return $item }, 'build/demo/events.jsonl');
is(scalar(grep { /^\Q$often\E was at \d+, is not shown: it is sold out now$/ } @$lines), $shown{$often}, 'sold out: named wherever the item was shown');
is(($totals->{stock} // 0) . ' ' . ($totals->{catalogue} // 0), "$shown{$often} 0", 'sold out: and nothing else is');

($lines, $totals) = with_snapshot(sub { () }, 'build/demo/events.jsonl');
is(scalar(grep { /^\Q$often\E was at \d+, is not shown: the catalogue does not have it any more$/ } @$lines), $shown{$often}, 'gone from the catalogue: named wherever the item was shown');
is(($totals->{catalogue} // 0) . ' ' . ($totals->{stock} // 0), "$shown{$often} 0", 'gone from the catalogue: and nothing else is');

($lines, $totals) = with_snapshot(sub { my ($item) = @_; $_->{price} = '999.00' for $item, @{ $item->{variants} // [] }; delete $item->{sale_price}; return $item }, 'build/demo/events.jsonl');
cmp_ok($totals->{price} // 0, '>', 0, 'another price: it is named');
is(scalar(grep { /its price was/ && !/^\Q$often\E was .*: its price was \d+\.00 EUR and is 999\.00 EUR$/ } @$lines), 0, 'another price: for the item alone');

run("head -n 20000 build/demo/events.jsonl >$folder/fewer.jsonl");
($lines, $totals) = with_snapshot(sub { @_ }, "$folder/fewer.jsonl");
is(join(' ', grep { $totals->{$_} } 'catalogue', 'stock', 'price'), '', 'other events: nothing that the catalogue says is named');
cmp_ok($totals->{sources} // 0, '>', @$lines / 2, 'other events: most items have other parts of their score');
like($_, qr/: (?:\w+ gave it \d\.\d{4} and gives it \d\.\d{4}|how well it fits|the filter|nothing of its own)/, 'other events: a source is named') for (grep { /gave it/ } @$lines)[0];

done_testing();
