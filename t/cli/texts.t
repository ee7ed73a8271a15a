#!/usr/bin/env perl
# dynstore rules texts: the built-in texts, which are a rules file's "texts" as they are.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore write_file);

my $json = JSON::PP->new->canonical->utf8;

sub texts {
    my ($code, $out, $err) = dynstore('rules', 'texts', @_);
    is($code, 0, "rules texts @_") or diag($err);
    return $json->decode($out)->{texts};
}

my $all = texts();
is(join(' ', sort keys %$all), 'de en es fr', 'four languages are built in');
is_deeply([sort keys %{ $all->{$_} }], [sort keys %{ $all->{en} }], "$_ has the keys that English has") for qw(de es fr);
is($all->{de}{'reason.because_viewed'}, 'Weil Sie {item} angesehen haben', 'placeholders are as a file has them');

is_deeply(texts('fr'), { fr => $all->{fr} }, 'one language alone');
is_deeply(texts('it'), { it => $all->{en} }, 'one that is not built in begins with English');
is_deeply(texts('de-AT'), { 'de-AT' => $all->{de} }, 'and one whose parent is built in with that');

write_file('rules.json', $json->encode({ schema => 'dynstore.rules/1', texts => { %$all, it => $all->{en} } }));
my ($code, $out, $err) = dynstore('rules', 'lint', 'rules.json');
is($code, 0, 'what is printed is taken by a rules file') or diag($err);

$all->{fr}{'cta.view'} = 'Voir {objet}';
write_file('rules.json', $json->encode({ schema => 'dynstore.rules/1', texts => $all }));
($code, $out, $err) = dynstore('rules', 'lint', 'rules.json');
is($code, 3, 'a placeholder that there is not is refused');
like($err, qr/^rules\.json:1:\d+: .*"\{objet\}" is no placeholder: this text takes none/, 'with its place');

($code, $out, $err) = dynstore('rules', 'texts', 'de', 'fr');
is($code, 2, 'two languages are too many');
like($err, qr/one LANGUAGE at most/, 'which is said');

done_testing;
