# Decisions that saw stock and prices of the control stream are made again from their records, with the entries of Redis or of a file.
use strict;
use warnings;

use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use JSON::PP ();
use Test::More;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $url    = 'redis://127.0.0.1:' . $redis->port;

Dynstore::Nginx::write_file("$folder/catalog.jsonl", join '', map {
    JSON::PP::encode_json({ id => "tent-$_", title => "Tent $_", url => "/products/tent-$_", price => "${_}9.00", currency => 'EUR', stock => 5 }) . "\n"
} 1 .. 5);
system("build/dynstore build -c $folder/catalog.jsonl -o $folder/store.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no snapshot');
my $nginx = Dynstore::Nginx->start(redis => "$url control=on", snapshot => "$folder/store.dyn", http => "dynstore_records 1;\ndynstore_limit off;\n");

sub home { my $visitor = shift; return $nginx->get('/rec?surface=home', $visitor)->content }
my @told;
sub say_all {
    my @fields = @_;
    push @told, [$redis->command('XADD', 'dyn:control', '*', @fields), @fields];
    ok($nginx->until(sub { $nginx->status->{overlay}{position} eq $told[-1][0] }, 20), "nginx has read: @fields");
}
sub run { my $command = shift; my $output = qx{build/dynstore $command 2>&1}; return ($? >> 8, $output) }

like(home(1), qr/"id":"tent-2"/, 'a visitor is shown an item');
say_all(qw(k stock item tent-2 stock 0));
unlike(home(2), qr/"id":"tent-2"/, 'the next is not: it is sold out');
say_all(qw(k price item tent-3 price 7.77 currency EUR));
like(home(3), qr/"7\.77"/, 'a third sees another price');
say_all(qw(k stock item tent-2 stock 4));
like(home(4), qr/"id":"tent-2"/, 'and a fourth both');
$nginx->until(sub { $redis->command('XLEN', 'dyn:decisions') == 4 }) or BAIL_OUT('no records');
is((run("records --from $url -o $folder/records.jsonl"))[0], 0, 'their decisions are recorded');
my @records = map { JSON::PP::decode_json($_)->{s}{versions}{control} // '' } split /\n/, Dynstore::Nginx::slurp("$folder/records.jsonl");
is_deeply(\@records, ['', map { $_->[0] } @told], 'each names the newest entry that it saw');

Dynstore::Nginx::write_file("$folder/control.jsonl", join '', map { my ($id, %fields) = @$_; JSON::PP::encode_json({ id => $id, %fields }) . "\n" } @told);
for my $control ($url, "$folder/control.jsonl") {
    my ($code, $output) = run("replay --from $folder/records.jsonl --snapshot $folder/store.dyn --control $control");
    is($output, "4 records: 4 equal, 0 different, 0 without a question\n", 'all are made again byte for byte');
    is($code, 0, 'and the exit code is 0');
}
my (undef, $without) = run("replay --from $folder/records.jsonl --snapshot $folder/store.dyn");
like($without, qr/^dynstore replay: 3 records were passed over .*--control URL\|FILE is needed.*\n1 records: 1 equal/, 'without the entries only the first is');

Dynstore::Nginx::write_file("$folder/until.jsonl", join '', (split /(?<=\n)/, Dynstore::Nginx::slurp("$folder/control.jsonl"))[0]);
like((run("explain --snapshot $folder/store.dyn --surface home --control $folder/until.jsonl"))[1], qr/^control   \Q$told[0][0]\E\n.*tent-2 .*removed: out_of_stock/ms,
    'explain decides with the entries that it is given');

$nginx->stop;
$redis->stop;
done_testing;
