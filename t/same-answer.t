# What nginx answers and what `dynstore explain` says of the same snapshot, session and page are one decision.
#
#   --- session        the session's log, newest first: `vi 20s tent-03` is a view 20 seconds ago, further words stay behind the item
#   --- facts          the session's facts, words `NAME VALUE ...`; explain then reads session and facts from Redis
#   --- explain        explain's further arguments, for what nginx.conf says beside the request
#   --- rung           what both are to say, so that two empty answers are no agreement
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use JSON::PP ();
use Time::HiRes qw(time);

$ENV{TEST_NGINX_OUTDOOR} = Dynstore::snapshot(Dynstore::folder() . '/outdoor.dyn',
    catalog => 't/fixtures/outdoor/catalog.jsonl', events => 't/fixtures/outdoor/events.jsonl');

my $log = Dynstore::folder() . '/session.log';

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('config', "location = /rec { dynstore_fragment; }\n") unless defined $block->config;
    $block->set_value('snapshot', '$TEST_NGINX_SNAPSHOT') unless defined $block->snapshot;
    $block->set_value('no_error_log', "[error]\n[alert]\n");
    $block->set_value('more_headers', Dynstore::expand('Cookie: dyn_vid=$TEST_NGINX_VISITOR'));

    # written when nginx runs for this block, which is when the ages count from; init is code
    my ($session, $facts) = map { defined $_ ? "'$_'" : 'undef' } $block->session // '', scalar $block->facts;
    $block->set_value('init', "main::write_session($session, $facts);");
});

sub write_session {
    my ($session, $facts) = @_;
    my %seconds = (s => 1, m => 60);
    my @entries;
    for my $line (grep { /\S/ } split /\n/, $session) {
        my ($code, $age, $unit, $rest) = $line =~ /^(\w\w) (\d+)([sm])(.*)$/ or die "no line of a session: $line\n";
        push @entries, sprintf '%s %d%s', $code, 1000 * (time - $age * $seconds{$unit}), $rest;
    }
    Dynstore::write_file($log, join '', map { "$_\n" } @entries);
    Dynstore::redis('RPUSH', "dyn:r:{$ENV{TEST_NGINX_HASH}}", @entries) if @entries;
    Dynstore::redis('HSET', "dyn:s:{$ENV{TEST_NGINX_HASH}}", split ' ', $facts) if defined $facts;
}

# what explain decides at the time that the answer is here: some milliseconds after nginx decided
sub explained {
    my ($block, $id) = @_;
    my ($arguments) = $block->request =~ /\?(\S*)/;
    my %of = map { s/%([0-9A-F]{2})/chr hex $1/ger } map { split /=/, $_, 2 } split /&/, $arguments;
    my @command = ('build/dynstore', 'explain', '--json', '--snapshot', Dynstore::expand($block->snapshot), '--now', sprintf('%.3f', time),
        '--seed', $id, map { ("--$_", $of{$_}) } sort keys %of);
    push @command, split ' ', $block->explain // '';
    push @command, defined $block->facts
        ? ('--visitor-from-redis', "unix:$ENV{TEST_NGINX_REDIS_SOCKET}", '--visitor', $ENV{TEST_NGINX_VISITOR}, '--key', $ENV{TEST_NGINX_KEY})
        : ('--session', $log);
    open my $output, '-|', @command or die "$command[0]: $!\n";
    local $/;
    my $text = <$output>;
    close $output or Test::More::diag("@command: exit code " . ($? >> 8));
    return JSON::PP::decode_json($text)->{decision};
}

# All but the scores, and these. They fall with the seconds that passed, so they are compared to 0.001.
sub without_scores {
    my $decision = shift;
    my @scores = map { delete $_->{score} } map { @{ $_->{items} } } @{ $decision->{slots} };
    return @scores;
}

add_response_body_check(sub {
    my ($block, $body) = @_;
    my $name  = $block->name;
    my $nginx = eval { JSON::PP::decode_json($body) };
    Test::More::ok($nginx, "$name - nginx answers with a decision") or return;
    my $explain = explained($block, $nginx->{id});
    my @of_nginx   = without_scores($nginx);
    my @of_explain = without_scores($explain);

    chomp(my $rung = $block->rung);
    Test::More::is($nginx->{rung}, $rung, "$name - rung");
    Test::More::cmp_ok(scalar @of_nginx, '>=', 3, "$name - enough items to compare");
    Test::More::is_deeply($nginx, $explain, "$name - items, reasons, titles, calls to action, moment and rungs are the same");
    my @apart = grep { abs($of_nginx[$_] - ($of_explain[$_] // 9)) > 1e-3 } 0 .. $#of_nginx;
    Test::More::is("@apart", '', "$name - scores are the same")
        or Test::More::diag(map { "item $_: nginx $of_nginx[$_], explain " . ($of_explain[$_] // 'none') . "\n" } @apart);
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a home page after some views is the same
--- session
vi 10s tent-03
vi 40s tent-05
vi 2m stove-01
--- request
GET /rec?surface=home
--- rung
session



=== TEST 2: both slots of a product page are the same
--- session
vi 5s pack-00
vi 65s pack-04
--- request
GET /rec?surface=pdp&item=pack-02
--- rung
session



=== TEST 3: one slot alone is the same
--- session
vi 5s pack-00
vi 65s tent-04
vi 9m pack-07
--- request
GET /rec?surface=pdp&item=pack-00&slot=recs
--- rung
session



=== TEST 4: a page is the same for a shopper who has no session yet
--- request
GET /rec?surface=pdp&item=tent-02
--- rung
context



=== TEST 5: a listing page is the same
--- session
vi 30s stove-04
--- request
GET /rec?surface=plp&item=Kitchen%2FStoves
--- rung
session



=== TEST 6: a cart page is the same, without what is in the cart
--- session
vc 3s
ac 20s stove-02 q=2
vi 50s stove-02
vi 80s stove-03
--- request
GET /rec?surface=cart&slot=popular
--- rung
popular



=== TEST 7: a session that searched, filtered, put back and bought is the same
--- session
vi 10s pack-05
wl 30s pack-03
rc 1m tent-01
se 2m - t=zelt%20f%C3%BCr%202
pu 5m pack-01 q=1 p=3000 c=EUR o=T-1
ac 6m tent-01 q=1
vi 7m tent-01
--- request
GET /rec?surface=home
--- rung
session



=== TEST 8: the longest session is the same
--- session eval
CORE::join '', map { sprintf "vi %ds %s-%02d\n", 15 * $_ + 5, (qw(pack tent))[$_ % 2], $_ * 7 % 10 } 0 .. 63
--- request
GET /rec?surface=home
--- rung
session



=== TEST 9: events that are old or of unknown items count the same
--- session
vi 2s no-such-thing
vi 28m tent-03
vi 29m tent-05
--- request
GET /rec?surface=pdp&item=no-such-thing
--- rung
session



=== TEST 10: with the session's facts, read from Redis by both, it is the same
--- session
vi 10s tent-03
vi 40s stove-05
--- facts
device mobile returning 1 utm_source newsletter utm_campaign tents
--- request
GET /rec?surface=home
--- rung
session



=== TEST 11: the shop of hard cases: groups, variants and stock leave the same
--- snapshot: $TEST_NGINX_OUTDOOR
--- session
vi 10s trail-pack-30-blue
vi 50s summit-pack-55
--- request
GET /rec?surface=pdp&item=trail-pack-40
--- rung
session



=== TEST 12: the shop of hard cases: countries and ages leave the same
--- snapshot: $TEST_NGINX_OUTDOOR
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; dynstore_country DE; dynstore_age 21; }
--- explain: --slot recs=24 --country DE --age 21
--- session
vi 10s knife-18
vi 40s stove-duo
--- request
GET /rec?surface=home
--- rung
session



=== TEST 13: the shop of hard cases: a country and an age that are not known hide the same
--- snapshot: $TEST_NGINX_OUTDOOR
--- config
location = /rec { dynstore_fragment; dynstore_slots recs=24; }
--- explain: --slot recs=24
--- session
vi 10s knife-18
vi 40s stove-duo
--- request
GET /rec?surface=home
--- rung
session



=== TEST 14: the shop of hard cases: new arrivals and what is on the rise stand in the same places
--- snapshot: $TEST_NGINX_OUTDOOR
--- config
location = /rec { dynstore_fragment; dynstore_slots hero=4 recs=8; }
--- explain: --slot hero=4 --slot recs=8
--- session
ac 10s lamp-camp
vi 40s lamp-camp
--- request
GET /rec?surface=home
--- rung
session



=== TEST 15: the shop of hard cases: ids in other scripts, with a slash and from Shopify mean the same items
--- snapshot: $TEST_NGINX_OUTDOOR
--- session
vi 10s 1234567890
vi 40s sku/%C3%BC%207%25
--- request
GET /rec?surface=pdp&item=gid%3A%2F%2Fshopify%2FProduct%2F1234567890
--- rung
session
