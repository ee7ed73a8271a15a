# A worker without memory for what the control stream says decides with the snapshot, says so once, and shows it when there is memory again.
use strict;
use warnings;

use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use JSON::PP ();
use Test::More;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};
plan skip_all => 'sanitizers and valgrind need more addresses than the test leaves' if Dynstore::Nginx::slow() > 1;

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);

# so many items that their rows are no small piece of memory
Dynstore::Nginx::write_file("$folder/catalog.jsonl", join '', map {
    JSON::PP::encode_json({ id => "tent-$_", title => "Tent $_", url => "/products/tent-$_", price => '9.00', currency => 'EUR', stock => 5 }) . "\n"
} 1 .. 60_000);
system("build/dynstore build -c $folder/catalog.jsonl -o $folder/store.dyn >/dev/null 2>&1") == 0 or BAIL_OUT('no snapshot');
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port . ' control=on', snapshot => "$folder/store.dyn", workers => 1, http => "dynstore_limit off;\n");
my ($worker) = $nginx->workers_of;

my $visitor = 0;
sub home { return $nginx->get('/rec?surface=home', ++$visitor)->content }
sub limit { my $bytes = shift; system("prlimit --pid $worker --as=$bytes:unlimited") == 0 or BAIL_OUT('no limit') }
sub lines { my @lines = $nginx->log =~ /not enough memory for what the control stream says of items/g; return scalar @lines }

my ($first) = home() =~ /"items":\[\{"id":"(tent-\d+)"/;
ok($first, 'an item is shown');
my ($kilobytes) = Dynstore::Nginx::slurp("/proc/$worker/status") =~ /^VmSize:\s+(\d+)/m;
limit(($kilobytes + 512) * 1024);
$redis->command('XADD', 'dyn:control', '*', k => 'stock', item => $first, stock => 0);
ok($nginx->until(sub { lines() }), 'without memory there is a line in the error log');
like(home(), qr/"id":"\Q$first\E"/, 'the snapshot decides') for 1 .. 5;
is(lines(), 1, 'requests add none to it');
limit('unlimited');
ok($nginx->until(sub { home() !~ /"id":"\Q$first\E"/ }), 'when there is memory again, what was said holds');
is(lines(), 1, 'and nothing more is logged');

$nginx->stop;
$redis->stop;
done_testing;
