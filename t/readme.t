# README's "Use it" is what a newcomer does first: its commands are run one after the other, as they stand there, and end with a
# block in the page of a shop. Only what cannot be is replaced: root, the folders of the system, the port, the shop's address.
use strict;
use warnings;

use Test::More;
use Cwd ();
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::INET;

plan skip_all => 'the commands bring their own nginx'
    if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP} || $ENV{TEST_NGINX_USE_VALGRIND} || ($ENV{TEST_NGINX_BINARY} // '') =~ /asan/;

my $top    = Cwd::getcwd();
my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $root   = "$folder/root";
my $port   = Dynstore::Redis::free_port();
my $owner  = $$;
# nginx becomes a daemon, in this folder
my $guard = Dynstore::Guard->of($folder);
mkdir "$folder/$_" or die "$folder/$_: $!" for qw(root work);
chmod 0755, $folder, "$folder/work";    # workers that root starts are nobody

my ($use) = Dynstore::Nginx::slurp('README.md') =~ /^## Use it\n(.*?)^##/ms or BAIL_OUT('README.md has no "Use it"');
my @commands = $use =~ /^```sh\n(.*?)^```$/gms;
is(scalar @commands, 6, 'five commands, and one that ends it');

# the shop: a plain page for every path, as it would be without us
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16, ReuseAddr => 1) or die $!;
my $shop     = '127.0.0.1:' . $listener->sockport;
my $page     = "<!doctype html><html><head><title>My shop</title></head><body><h1>Welcome</h1></body></html>\n";
my $pid      = fork // die $!;
if ($pid == 0) {
    Dynstore::Guard::ends_with($owner);
    while (my $client = $listener->accept) {
        sysread $client, my $request, 65536;
        my $encoding = $request =~ m{^GET /br } ? "Content-Encoding: br\r\n" : '';
        print {$client} "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n${encoding}Content-Length: " . length($page) . "\r\n\r\n$page";
        close $client;
    }
    exit;
}
close $listener;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
for my $number (0 .. 4) {
    my $output = command($number);
    is($? >> 8, 0, 'README: ' . $commands[$number] =~ s/\n.*//sr) or diag($output);
    next unless -e "$folder/work/nginx.conf" && $number == 3;
    my $text = Dynstore::Nginx::slurp("$folder/work/nginx.conf");
    $text =~ s{/usr/(?=lib/nginx/modules|share)}{$root/usr/}g;
    $text =~ s{127\.0\.0\.1:8090;}{127.0.0.1:$port;};
    Dynstore::Nginx::write_file("$folder/work/nginx.conf", $text);
}

my $answer = answer('/');
like($answer, qr{<h1>Welcome</h1><section class="dynstore dynstore-recs".*<span class="dynstore-item-title"[^>]*>Trail Pack</span>.*</section></body>},
    'the block is in the page');
my ($title) = $use =~ /with the block "([^"]+)"/;
like($answer, qr{<h2 class="dynstore-title">\Q$title\E</h2>}, "it is called \"$title\", as README says");
my ($link) = $answer =~ /<link rel="stylesheet" href="([^"]+)">/;
like($link, qr{^/_dynstore/assets/dynstore\.[0-9a-f]{16}\.css$}, 'the page names the stylesheet');
like(answer($link), qr/^HTTP\S+ 200 .*Content-Type: text\/css.*\.dynstore-item/s, 'and it is there');
like(answer('/_dynstore/status'), qr/"skipped_no_mark":0/, 'the status counts what README says it counts');

answer('/br');
like(Dynstore::Nginx::slurp("$folder/work/error.log"), qr/\[warn\].*the backend sends encoded pages \(br\)/, 'the log says why a page stays as it is');

command(5);
is($? >> 8, 0, 'README: nginx stops');
my $until = time + 10;
select undef, undef, undef, 0.05 while -e "$folder/work/nginx.pid" && time < $until;
ok(!-e "$folder/work/nginx.pid", 'and is gone');

# the configuration for good is one that nginx takes
my ($use_for_good) = Dynstore::Nginx::slurp('README.md') =~ /^### In production\n(.*?)^## /ms or BAIL_OUT('README.md has no "In production"');
my ($good) = $use_for_good =~ /^```nginx\n(.*?)^```$/ms or fail('README.md has a configuration');
$good =~ s{modules/}{$root/usr/lib/nginx/modules/};
$good =~ s{/var/lib/dynstore/}{$folder/work/};
$good =~ s{/var/log/nginx/}{$folder/work/};
$good =~ s{/usr/share/}{$root/usr/share/};
$good =~ s{127\.0\.0\.1:8080}{$shop}g;
$good =~ s{redis://127\.0\.0\.1:6379}{unix:$folder/work/no-redis.sock};
$good =~ s{listen 80;}{listen 127.0.0.1:$port;};
my $temp = join '', map { "${_}_temp_path $folder/work/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);
$temp .= "access_log off;\n";
$good =~ s/^http \{/http {\n$temp/m;
Dynstore::Nginx::write_file("$folder/work/good.conf", "pid $folder/work/good.pid;\n$good");
my $taken = qx{/usr/sbin/nginx -t -p $folder/work/ -c $folder/work/good.conf -e $folder/work/error.log 2>&1};
like($taken, qr/test is successful/, 'the configuration for good is taken by nginx');
system("cd $folder/work && /usr/sbin/nginx -p $folder/work/ -c $folder/work/good.conf -e $folder/work/error.log 2>$folder/work/started");
is($? >> 8, 0, 'and nginx starts with it') or diag(Dynstore::Nginx::slurp("$folder/work/started"));
like(answer('/products/pack'), qr{<section class="dynstore dynstore-recs"(?!.*data-dynstore-item="pack").*data-dynstore-item="cover"}s,
    'a product\'s page has a block without the product itself');
($link) = $use_for_good =~ /<link rel="stylesheet" href="([^"]+)">/;
like(answer($link), qr/^HTTP\S+ 200 .*Content-Type: text\/css/s, 'the stylesheet that README names is one for browsers');
system("cd $folder/work && /usr/sbin/nginx -p $folder/work/ -c $folder/work/good.conf -e $folder/work/error.log -s stop 2>>$folder/work/started");

# what was installed goes away again, and nothing else does
my ($uninstall) = Dynstore::Nginx::slurp('README.md') =~ /`sudo make uninstall`/ or fail('README says how to uninstall');
Dynstore::Nginx::write_file("$root/usr/share/doc/dynstore/conf.examples/mine.conf", "mine\n");
Dynstore::Nginx::write_file("$root/usr/lib/nginx/modules/other.so", '');
my @installed = files();
cmp_ok(scalar @installed, '>=', 9, 'files were installed');
qx{make -s -C $top uninstall DESTDIR=$root 2>&1};
is($? >> 8, 0, 'make uninstall');
is_deeply([files()], ['/usr/lib/nginx/modules/other.so', '/usr/share/doc/dynstore/conf.examples/mine.conf'], 'takes away its own files alone');
unlink "$root/usr/share/doc/dynstore/conf.examples/mine.conf";
qx{make -s -C $top uninstall DESTDIR=$root 2>&1};
is($? >> 8, 0, 'make uninstall where nothing is installed any more');
ok(!-e "$root/usr/share/$_", "the folder $_ is gone with the last file in it") for 'dynstore', 'doc/dynstore';

done_testing;

sub command {
    my $text = $commands[shift];
    $text =~ s{\bsudo make install\b}{make install DESTDIR=$root}g;
    $text =~ s{\bmake\b}{make -s -C $top}g;
    $text =~ s{/usr/share/}{$root/usr/share/}g;
    $text =~ s{https://shop\.example\.com}{http://$shop};
    local $ENV{PATH} = "$root/usr/bin:$ENV{PATH}";
    Dynstore::Nginx::write_file("$folder/command", "cd $folder/work\n$text");
    return qx{bash -euo pipefail $folder/command 2>&1 </dev/null};
}

sub answer {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or return 'no connection';
    print {$socket} "GET $_[0] HTTP/1.0\r\nHost: x\r\n\r\n";
    local $/;
    return scalar(<$socket>) // '';
}

sub files { return sort map { chomp; s/^\Q$root\E//r } qx{find $root -type f -o -type l} }

END {
    if ($$ == ($owner // 0)) {
        local $?;
        kill TERM => $pid if $pid;
        waitpid $pid, 0 if $pid;
        # a test that failed leaves nginx behind
        for my $name (qw(nginx good)) {
            if (open my $file, '<', "$folder/work/$name.pid") { kill TERM => <$file> =~ /(\d+)/ }
        }
    }
}
