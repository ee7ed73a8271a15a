# Runs the commands of docs/data-model.md against a Redis of its own, and its table against the engine's.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Dynstore::Redis;

sub slurp {
    my $path = shift;
    open my $file, '<', $path or die "$path: $!: run from the repository's top\n";
    local $/;
    return scalar <$file>;
}

my $document = slurp('docs/data-model.md');
my $folder   = File::Temp->newdir;
my $redis    = Dynstore::Redis->start("$folder");

# "redis-cli" in the document's commands is this Redis
sub run {
    my $command = shift;
    my $socket  = $redis->socket;
    $command =~ s/^redis-cli\b/redis-cli -s '$socket'/;
    my $output = qx{$command 2>&1};
    return $output;
}

my $commands = 0;
while ($document =~ /^```console\n(.*?)^```$/gms) {
    my $block = $1;
    while ($block =~ /^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)/gm) {
        my ($command, $expected) = ($1, $2);
        is(run($command), $expected, "the document's command answers as it says: $command");
        $commands++;
    }
}
cmp_ok($commands, '>=', 10, 'the document has commands');

my $scripts = 0;
while ($document =~ /^```sh\n(.*?)^```\n```output\n(.*?)^```$/gms) {
    is(run($1), $2, 'the document\'s script prints what it says');
    $scripts++;
}
is($scripts, 2, 'the document shows how a visitor is hashed, and a text that is not kept as it came');

my %documented = $document =~ /\| `([a-z]{2})` \| (\w+) (?=\|)/g;
my $tables     = slurp('ngx_http_dynstore_module/engine/base/tables.h');
my ($rows)     = $tables =~ /#define DYN_EVENT_TYPES\(X\)(.*?)\n\n/s;
my %known      = map { $_->[1] => $_->[0] } map { [/"(\w+)",\s*"(\w+)"/] } grep { /"/ } split /\n/, $rows;
is_deeply(\%documented, \%known, 'the document lists every event by its code');

$redis->stop;
done_testing;
