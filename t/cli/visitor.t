#!/usr/bin/env perl
# dynstore visitor: what nginx would take for a visitor's cookie, and what Redis calls the visitor.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Dynstore::Command qw(dynstore folder write_file);

my $id = '0123456789abcdef0123456789abcdef';
write_file('key', '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
write_file('other', '5f' x 32);
chmod 0600, map { folder() . "/$_" } 'key', 'other';

my ($code, $out, $err) = dynstore('visitor', '--key', 'key', $id);
my ($cookie, $hash) = $out =~ /^cookie  ($id\.[0-9a-f]{16})\nhash    ([0-9a-f]{32})\n\z/;
is("$code $err", '0 ', 'an id is signed');
is($hash, '66fc66f2575a06af5f464345a49885be', 'its hash is the one of docs/data-model.md');

is_deeply([dynstore('visitor', '--key', 'key', $cookie)], [0, $out, ''], 'a cookie of the key is known again');
($code, $out, $err) = dynstore('visitor', '--key', 'other', $cookie);
is("$code $out", '1 ', 'under another key it names nobody');
like($err, qr/was not signed with the key in other/, 'and that is said');

my %seen;
for (1 .. 2) {
    ($code, $out, $err) = dynstore('visitor', '--key', 'key', '--json');
    like($out, qr/^\{"cookie":"[0-9a-f]{32}\.[0-9a-f]{16}","hash":"[0-9a-f]{32}"\}\n\z/, 'without a value one is minted');
    is($seen{$out}++, 0, 'another each time');
}

for my $bad ('x', uc $id, "$id.", '0' x 32) {
    ($code, $out, $err) = dynstore('visitor', '--key', 'key', $bad);
    is($code, 2, "\"$bad\" is no value of ours");
    like($err, qr/is not a visitor's cookie: it should be 32 hex digits/, 'and what would be one is said');
}
is((dynstore('visitor'))[0], 2, 'a key is needed');
is((dynstore('visitor', '--key', 'none'))[0], 3, 'one that can be read');

done_testing();
