# GrowthBook's payload beside the rules: its features decide flags and variants, and a new payload is taken without a reload.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use JSON::PP ();

# what a payload decides is known before an answer is written, and t/experiments.t has variants over HTTP/2; a payload is taken while
# nginx runs, and only that is proven here
plan skip_all => 'a payload decides the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder   = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis    = Dynstore::Redis->start($folder);
my $rules    = "$folder/rules.json";
my $features = "$folder/features.json";
my $workers  = 2;

Dynstore::Nginx::write_file($rules, <<'END');
{"schema": "dynstore.rules/1",
 "experiments": [{"id": "tents", "feature": "tents-block", "surfaces": "plp", "variants": [{"id": "control"}, {"id": "few",
   "slots": [{"slot": "recs", "limit": 2}]}]}],
 "rules": [{"id": "beta", "when": {"flag": "beta"}, "then": {"title": "New here"}}]}
END

# beta: for whom; the variant that everybody gets, or an experiment
sub payload {
    my ($beta, $tents) = @_;
    return JSON::PP->new->canonical->encode({features => {
        beta          => {defaultValue => JSON::PP::false, rules => [{condition => $beta, force => JSON::PP::true}]},
        'tents-block' => {defaultValue => 'control', rules => [$tents]},
    }});
}

sub rename_features {
    Dynstore::Nginx::write_file("$features.new", $_[0]);
    rename "$features.new", $features or die $!;
}

my $nobody = {force => 'control'};
rename_features(payload({country => 'DE'}, $nobody));
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, workers => $workers,
    http => "dynstore_rules $rules; dynstore_features $features; dynstore_country \$arg_country; dynstore_attribute plan \$arg_plan; dynstore_ttl 0s;");

sub answer {
    my ($query, $visitor) = @_;
    return JSON::PP::decode_json($nginx->get("/rec/never?$query", $visitor)->content);
}
sub is_on { my $answer = answer(@_); return ($answer->{slots}[0]{title} // '') eq 'New here' ? 1 : 0 }
sub version { $nginx->status->{rules}{version} }

# every worker counts
sub taken { my $times = shift; return $nginx->until(sub { $nginx->counter('rules_loaded') == $times * $workers }, 20) }

# --- attributes

is(is_on('surface=home&country=DE'), 1, 'a flag is on for whom the feature is');
is(is_on('surface=home&country=FR'), 0, 'and for nobody else');
my $first = version();
like($nginx->get('/metrics')->content, qr/^nginx_dynstore_features_left_out 0$/m, 'no rule of the payload was left out');

rename_features(payload({plan => 'pro', path => {'$regex' => '^/rec'}}, $nobody));
ok(taken(1), 'all workers take a new payload');
isnt(version(), $first, 'which is another version of the rules');
is(is_on('surface=home&plan=pro'), 1, 'attributes of the shop and the path are asked for');
is(is_on('surface=home&country=DE&plan=free'), 0, 'the old payload is forgotten');

my $id = substr Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(7)), 0, 16;
rename_features(payload({id => $id}, $nobody));
ok(taken(2), 'a feature is for one visitor');
is(is_on('surface=home', 7), 1, 'whom the first 16 digits of the hash in the stream name');
is(is_on('surface=home', 8), 0, 'not for another');
is(is_on('surface=home'), 0, 'nor for nobody');

# --- variants

rename_features(payload({}, {variations => ['control', 'few'], key => 'tents-1', hashVersion => 2}));
ok(taken(3), 'an experiment begins');
my %seen;
for my $number (1 .. 40) {
    my $answer = answer('surface=plp&item=Tents&slot=recs', $number);
    my $variant = $answer->{variant} // 'none';
    $seen{$variant}++;
    my $items = @{$answer->{slots}[0]{items}};
    ok($variant eq 'tents:few' ? $items <= 2 : $items > 2, "visitor $number sees what $variant shows");
    is(answer('surface=plp&item=Tents&slot=recs', $number)->{variant} // 'none', $variant, 'and is in it again');
}
is(join(' ', sort keys %seen), 'tents:control tents:few', 'visitors are in both variants');
is(answer('surface=home&slot=recs', 1)->{variant}, undef, 'out of its scope nobody is');

rename_features(payload({}, {force => 'few'}));
ok(taken(4), 'a variant is rolled out');
my $rolled = answer('surface=plp&item=Tents&slot=recs', 1);
is(@{$rolled->{slots}[0]{items}}, 2, 'and is shown to everybody');
is($rolled->{variant}, undef, 'which is no experiment any more');

# --- what cannot be used

rename_features(payload({'a' => {'$near' => 1}}, {force => 'few'}));
ok(taken(5), 'a payload with a rule that cannot be evaluated is used');
is(is_on('surface=home'), 0, 'without that rule');
like($nginx->log, qr/\[warn\].*rule 1 of GrowthBook's feature "beta" is left out: the operator "\$near" is not known/, 'and the log says which');
like($nginx->get('/metrics')->content, qr/^nginx_dynstore_features_left_out 1$/m, 'and metrics how many');

my $good = version();
rename_features('{"encryptedFeatures": "a.b"}');
ok($nginx->until(sub { $nginx->counter('rules_refused') == $workers }, 20), 'an encrypted payload is refused');
is(version(), $good, 'the old one stays in use');
like($nginx->status->{rules}{refused}, qr/^\Q$features\E: the payload is encrypted/, 'and the status says why');
is(scalar(() = $nginx->log =~ /new rules are refused.*the payload is encrypted/g), 1, 'and the log once');

unlink $features;
ok($nginx->until(sub { $nginx->log =~ /\[warn\].*the features "\Q$features\E" were removed; those in memory stay in use/ }, 20), 'one that is removed is missed');
is(@{answer('surface=plp&item=Tents&slot=recs', 1)->{slots}[0]{items}}, 2, 'but still in use');

rename_features(payload({country => 'AT'}, $nobody));
ok(taken(6), 'a new one is taken');
is(is_on('surface=home&country=AT'), 1, 'and decides');
is($nginx->status->{rules}{refused}, undef, 'nothing is refused any more');

# --- new rules beside the same payload

Dynstore::Nginx::write_file("$rules.new", qq({"schema": "dynstore.rules/1", "rules": [{"id": "beta", "when": {"not": {"flag": "beta"}}, "then": {"title": "New here"}}]}));
rename "$rules.new", $rules or die $!;
ok(taken(7), 'new rules are taken');
is(is_on('surface=home&country=AT'), 0, 'and use the payload that is there');

is(join("\n", grep { /\[(?:alert|emerg|crit)\]/ } split /\n/, $nginx->log), '', 'the log has nothing to complain about');
done_testing;
