# Redis' addresses that nginx and the command line take, and those that both refuse (t/unit/test_redis_url.c reads the same file).
use strict;
use warnings;

use Test::More;
use File::Temp ();

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $nginx  = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{TEST_NGINX_LOAD_MODULES} || 'build/ngx_http_dynstore_module.so';
$module = `pwd` =~ s/\n//r . "/$module" if $module !~ m{^/};

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    chmod 0600, $path;
}

write_file("$folder/password", "secret\n");

open my $rows, '<', 't/fixtures/redis-urls.tsv' or die $!;
while (<$rows>) {
    chomp;
    next if /^#/ || $_ eq '';
    my ($url, $user, $password) = split /\t/;
    my $refused = !defined $password;
    my $file = !$refused && $user ne '-' && $password eq '-' ? "password_file=$folder/password" : '';

    write_file("$folder/nginx.conf", "load_module $module;\npid $folder/nginx.pid;\nevents {}\n"
        . "http { access_log off; dynstore_redis \"$url\" $file; }\n");
    my $output = qx{'$nginx' -t -e '$folder/error.log' -p '$folder/' -c '$folder/nginx.conf' 2>&1};

    if ($refused) {
        isnt($?, 0, "nginx refuses $url");
        like($output, qr/dynstore_redis: the address of Redis.*; write redis:.* or unix:PATH\[:db\]/, 'and says in which directive, and what would be right');
        unlike($output, qr/secret/, 'without the password');
    } else {
        is($?, 0, "nginx takes $url") or diag($output);
    }
}

done_testing();
