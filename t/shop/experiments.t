#!/usr/bin/env perl
# A pilot on the sample shop: shoppers with cookies go through nginx and Redis, those who see the variant's block buy more often, and
# `dynstore report` has to find out from the stream. Whom a variant is dealt to depends on the visitor's name, and what a shopper does
# on the visitor's number, so every run is the same. EXPERIMENTS_HTML=FILE keeps the report as a page.
use strict;
use warnings;

use Cwd ();
use Dynstore::Nginx;
use Dynstore::Stories;
use File::Temp ();
use JSON::PP ();
use POSIX ();
use Test::More;

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $json   = JSON::PP->new->utf8->canonical;

# of all who see the shop's own page or the control's block, and of those who see the variant's
my ($buys, $buys_more) = (0.3, 0.6);
my $lift     = $buys_more / $buys - 1;
my $shoppers = 3000;
my $days     = 6;
my $title    = 'Ready for your next trip';

my ($begin, @items) = Dynstore::Stories::sample_shop();

Dynstore::Nginx::write_file("$folder/rules.json", $json->encode({
    schema      => 'dynstore.rules/1',
    holdout     => { share => 0.2, seed => 'holdout' },
    experiments => [
        { id => 'pilot', surfaces => ['pdp'], slots => ['recs'], variants => [
            { id => 'control', weight => 0.5 },
            { id => 'ready', weight => 0.5, slots => [{ slot => 'recs', limit => 3, title => { en => $title } }] } ] },
        { id => 'same', surfaces => ['pdp'], slots => ['bought_with'], variants => [{ id => 'control', weight => 0.5 }, { id => 'again', weight => 0.5 }] },
    ],
}));

my $shop = Dynstore::Stories->start(
    site => Cwd::abs_path('build/demo/site'), snapshot => Cwd::abs_path('build/demo/store.dyn'), time => $begin,
    http => "dynstore_rules $folder/rules.json; dynstore_consent cookie; dynstore_impressions stream;", keeping => 'stream_bytes=256m stream_max=1000000',
);
my $redis = $shop->{redis};

*chance = \&Dynstore::Stories::chance;

sub held_out { return Dynstore::Nginx::place('holdout', shift) < 0.2 }
sub variant  { return Dynstore::Nginx::place('pilot', shift) < 0.5 ? 'control' : 'ready' }

# The recommendations that are in the page, as JSON; undef where there are none.
sub visit {
    my ($shopper, $path) = @_;
    my ($block) = $shop->ask($shopper, 'GET', $path) =~ m{<script type="application/json" id="dynstore-recs">(.*?)</script>}s or return;
    return $block;
}

sub sends { my ($shopper, @events) = @_; $shop->ask($shopper, 'POST', '/_dynstore/event', $json->encode(\@events)); return }

# A visit to the shop: two pages at least, a click on what is recommended, the cart, an order. Returns what it came to.
sub shops {
    my ($shopper, $number) = @_;
    visit($shopper, '/');
    my $item    = $items[chance($number, 'item') * @items];
    my $block   = visit($shopper, "/products/$item->{id}");
    my $sees    = defined $block && index($block, qq("title":"$title")) >= 0;
    if (defined $block && chance($number, 'click') < 0.4) {
        my $answer  = $json->decode($block);
        my $clicked = $answer->{slots}[0]{items}[0];
        sends($shopper, { event => 'select_item', item_id => $clicked->{id}, item_list_id => 'recs', decision_id => $answer->{id} });
        visit($shopper, $clicked->{url});
    }
    my $bought = chance($number, 'buy') < ($sees ? $buys_more : $buys);
    if ($bought || chance($number, 'cart') < 0.2) {
        sends($shopper, { event => 'add_to_cart', item_id => $item->{id}, quantity => 1 });
    }
    if ($bought) {
        sends($shopper, { event => 'purchase', transaction_id => "T-$number", currency => 'EUR',
            items => [{ item_id => $item->{id}, price => $item->{price}, quantity => 1 }] });
    }
    return { sees => $sees ? 1 : 0, block => defined $block ? 1 : 0, bought => $bought ? 1 : 0 };
}

# Shoppers of one run, in the course of some days; lost: whose browser drops its cookies. What they did, by number.
sub pilot {
    my ($first, $count, $lost) = @_;
    $redis->command('FLUSHALL');
    my %did;
    for my $at (0 .. $count - 1) {
        my $number = $first + $at;
        $shop->clock($begin - time + int($days * 86400 * $at / $count)) if $at % 50 == 0;
        my $shopper = { agent => 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' };
        @$shopper{qw(cookie consent)} = ('dyn_vid=' . Dynstore::Nginx::visitor($number), 'full') unless $lost->($number);
        $did{$number} = shops($shopper, $number);
    }
    # nginx writes in order: behind this one there is nothing
    my $last = { cookie => 'dyn_vid=' . Dynstore::Nginx::visitor($first + $count), consent => 'full', agent => 'Mozilla/5.0' };
    sends($last, { event => 'search', search_term => 'the last one' });
    $shop->{nginx}->until(sub { ($redis->command('XREVRANGE', 'dyn:events', '+', '-', 'COUNT', 1)->[0][1][3] // '') =~ /^se / })
        or BAIL_OUT('the stream does not end with the last event: ' . $shop->{nginx}->log);
    return \%did;
}

sub report {
    my @options = @_;
    my $output = qx{build/dynstore report --events @{[ $shop->redis_url ]} --rules $folder/rules.json --json @options 2>$folder/report.err </dev/null};
    my $report = eval { $json->decode($output) } or BAIL_OUT('no report: ' . Dynstore::Nginx::slurp("$folder/report.err"));
    return ($? >> 8, { map { $_->{experiment} => $_ } @{ $report->{experiments} } });
}

sub visitors { my $experiment = shift; return { map { $_->{variant} => $_->{visitors} } @{ $experiment->{variants} } } }
sub buyers   { my $experiment = shift; return { map { $_->{variant} => $_->{buyers} } @{ $experiment->{variants} } } }
sub count    { my ($did, $which) = @_; return scalar grep { $which->($_, $did->{$_}) } keys %$did }

my $refuses = sub { chance(shift, 'refuses') < 0.05 };

subtest 'a report on what shoppers did finds the lift, and none where there is none' => sub {
    my $did = pilot(1, $shoppers, $refuses);
    my %in  = map { my $of = $_; $of => sub { !$refuses->($_[0]) && !held_out($_[0]) && variant($_[0]) eq $of } } qw(control ready);
    is(count($did, sub { $_[1]{sees} != ($in{ready}->($_[0]) ? 1 : 0) }), 0, 'who is dealt the variant sees its block, and nobody else');

    my ($code, $of) = report($ENV{EXPERIMENTS_HTML} ? "--html $ENV{EXPERIMENTS_HTML}" : ());
    is($code, 0, 'the report has nothing to complain of');
    is_deeply([sort keys %$of], [qw(holdout pilot same)], 'it has every experiment');
    is_deeply(visitors($of->{pilot}), { map { $_ => count($did, $in{$_}) } keys %in }, 'each shopper who said yes counts once');
    my %bought = map { my $of = $_; $of => count($did, sub { $in{$of}->($_[0]) && $_[1]{bought} }) } keys %in;
    is_deeply(buyers($of->{pilot}), \%bought, 'and so do those who bought');

    my ($effect) = grep { $_->{metric} eq 'conversion' } @{ $of->{pilot}{effects} };
    cmp_ok($effect->{low}, '>', 0, 'the variant is better');
    ok($effect->{low} < $lift && $lift < $effect->{high}, "the interval holds the planted lift: $effect->{low} to $effect->{high}");
    is($of->{pilot}{verdict}, 'scale', 'so it is to be scaled');

    my ($none) = grep { $_->{metric} eq 'conversion' } @{ $of->{same}{effects} };
    ok($none->{low} < 0 && 0 < $none->{high}, "two equal variants cannot be told apart: $none->{low} to $none->{high}");
    my @curve = @{ $of->{same}{curve} };
    is(scalar(grep { $_->{enough} && $_->{day} < 3 } @curve), 0, 'nothing is said before the third day');
    ok((grep { $_->{enough} } @curve), 'but later');
    like($of->{same}{verdict}, qr/^(?:keep_running|tweak)$/, 'and nothing is made of them');

    is(visitors($of->{holdout})->{holdout}, count($did, sub { !$refuses->($_[0]) && held_out($_[0]) }), 'who is held out counts, too');
    ok(!$_->{sample_ratio}{failed}, "$_->{experiment}: the sample ratio is good") for values %$of;
    cmp_ok($_->{clicked_blocks}, '>', 0, "pilot:$_->{variant}: clicks are counted") for @{ $of->{pilot}{variants} };
};

subtest 'where half of a variant\'s shoppers are lost before the block, the report says so and gives no verdict' => sub {
    my $lost = sub { my $number = shift; $refuses->($number) || (variant($number) eq 'ready' && chance($number, 'lost') < 0.5) };
    my $did  = pilot(10001, 2500, $lost);
    my ($code, $of) = report();
    is($code, 1, 'the exit code tells');
    my $ratio = $of->{pilot}{sample_ratio};
    ok($ratio->{failed}, 'the sample ratio fails');
    my %of = map { $_->{variant} => $_ } @{ $ratio->{variants} };
    is($of{ready}{visitors}, count($did, sub { !$lost->($_[0]) && !held_out($_[0]) && variant($_[0]) eq 'ready' }), 'it has the shoppers who are left');
    like($ratio->{sentence}, qr/^failed: expected 50 % : 50 %, seen [67]\d\.?\d* % : [34]\d/, 'and says so in a sentence');
    like($of->{pilot}{sentence}, qr/^no verdict/, "so does the last line: $of->{pilot}{sentence}");
    is($of->{pilot}{verdict}, 'none', 'there is no verdict');
    is_deeply($of->{pilot}{effects}, [], 'and no effect');
    ok(!$of->{same}{sample_ratio}{failed}, 'the other experiment is sound');
};

subtest 'a shopper is nobody until the banner was answered, and then the same one on every page' => sub {
    $redis->command('FLUSHALL');
    my %seen;
    for my $number (1 .. 20) {
        my $shopper = { agent => 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' };
        visit($shopper, '/');
        is($shopper->{cookie}, undef, 'no cookie before') or last;
        $shopper->{consent} = 'full';
        visit($shopper, '/');
        my $cookie = $shopper->{cookie};
        like($cookie // '', qr/^dyn_vid=[0-9a-f]{32}\./, 'a cookie afterwards') or last;
        my @did = map { shops($shopper, $number) } 1, 2;
        is($did[0]{sees}, $did[1]{sees}, 'the next visit has the same variant') or last;
        is($shopper->{cookie}, $cookie, 'and the same cookie') or last;
        $seen{ $did[0]{sees} ? 'ready' : $did[0]{block} ? 'control' : 'holdout' }++;
    }
    # by chance none of them may have a variant
    my %expected = map { $_ => $seen{$_} } grep { $seen{$_} } qw(control ready);
    my $exposed  = {};
    $shop->{nginx}->until(sub {
        my ($code, $of) = report();
        my $found = visitors($of->{pilot} // {});
        $exposed = { map { $_ => $found->{$_} } grep { $found->{$_} } keys %$found };
        return $json->encode($exposed) eq $json->encode(\%expected);
    });
    is_deeply($exposed, \%expected, 'the report has each of them once');
};

$shop->stop;
done_testing();
