# Runs the examples of docs/http-api.md against nginx, and compares the limits that docs/redis.md lists with the source.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $nginx  = Dynstore::Nginx->start(redis => 'unix:' . $redis->socket);

sub slurp { my $path = shift; open my $in, '<', $path or die "$path: $!: run from the repository's top\n"; local $/; return scalar <$in> }

my %path = (rec => '/rec', event => '/event', assets => '/assets');
my $document = slurp('docs/http-api.md');
my $commands = 0;
while ($document =~ /^```console\n(.*?)^```$/gms) {
    my $block = $1;
    while ($block =~ /^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)/gm) {
        my ($command, $expected) = ($1, $2);
        (my $line = $command) =~ s{http://shop\.example/_dynstore/(\w+)}{"http://127.0.0.1:$nginx->{port}$path{$1}"}ge;
        my $output = qx{$line 2>&1} =~ s/\r//gr;
        s/\n?\z/\n/ for $output, $expected;
        my $pattern = join '.*', map { quotemeta } split /\.\.\./, $expected, -1;
        like($output, qr/\A$pattern\z/s, "the document's command answers as it says: $command");
        $commands++;
    }
}
cmp_ok($commands, '>=', 7, 'the document has commands');

my $source = join '', map { slurp($_) } glob 'ngx_http_dynstore_module/nginx/{transport,store}/*.[ch] ngx_http_dynstore_module/nginx/shop/control.c';
my %limit = $source =~ /^#define (NGX_HTTP_DYNSTORE_(?:REDIS|STORE|BREAKER)_\w+)\s+\(?([0-9 *]+?)\)?$/mg;
delete $limit{$_} for grep { /_BUF_|_STRINGS_|_TAG_|_ABOUT_/ } keys %limit;
my %listed;
my $text = slurp('docs/redis.md');
$listed{$2} = $1 while $text =~ /^\| [^|]+ \| ([0-9 *]+) \| `(NGX_\w+)` \|$/mg;
is_deeply(\%listed, \%limit, 'docs/redis.md lists the limits as the source has them');

my %does = (KEY => "nothing: it is this key's matter", STAY => 'nothing: the connection stays', ANEW => 'connects anew, once a second at most', LATER => 'connects anew after 5 to 10 s');
my @rows;
push @rows, '| ' . ($1 eq '' ? 'anything else' : "`$1`") . " | `$2` | $does{$3} |"
    while $source =~ /^    X\("([^"]*)", "([^"]+)", (\w+)\)/mg;
my ($refusals) = $text =~ /^## What Redis refuses\n\n.*\n.*\n((?:\|.*\n)+)/m;
is($refusals, join('', map { "$_\n" } @rows), 'docs/redis.md shows what Redis refuses with as the source has it');

# what an operator looks for in the log is what is written there
for my $phrase ($text =~ /^\| (`.*?) \| /mg) {
    for my $words ($phrase =~ /`([^`]+)`/g) {
        next if $words =~ /^(?:\([0-9]|[A-Z]+$)/;
        my ($begin) = split / \.\.\. /, $words;
        like($source, qr/\Q$begin\E/, "docs/redis.md quotes the log: $begin");
    }
}

$nginx->stop;
$redis->stop;
done_testing;
