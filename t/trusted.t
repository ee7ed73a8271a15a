# A visitor's name that the client can choose is warned about when nginx starts, unless the configuration says why it is none.
use strict;
use warnings;

use Test::More;
use Cwd ();
use Dynstore::Nginx;
use File::Temp ();

plan skip_all => 'a configuration is the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $nginx    = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';
my $module   = $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
my $snapshot = Dynstore::Nginx::snapshot();
my $folder   = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $temp     = join '', map { "${_}_temp_path $folder/$_; " } qw(client_body proxy fastcgi uwsgi scgi);
mkdir "$folder/logs";

# what `nginx -t` says of a dynstore_visitor
sub said {
    my $visitor = shift;
    Dynstore::Nginx::write_file("$folder/nginx.conf", "load_module $module;\npid $folder/nginx.pid;\nevents {}\nhttp {\naccess_log off; $temp\n"
        . "dynstore_snapshot $snapshot;\nmap \$http_x_name \$mapped { default ''; }\ndynstore_visitor $visitor key=$folder/key;\n"
        . "server { listen unix:$folder/s; location ~ /(?<part>.*) { dynstore_fragment; } }\n}\n");
    my $output = qx{$nginx -t -e $folder/error.log -p $folder/ -c $folder/nginx.conf 2>&1};
    is($? >> 8, 0, "dynstore_visitor $visitor is taken") or diag($output);
    return $output;
}

for my $named (['$http_x_visitor'], ['$arg_who'], ['$cookie_customer'], ['${http_x_visitor}'], ['"shop-$arg_who"', '$arg_who'],
    ['"$remote_addr$http_user_agent"', '$http_user_agent'], ['$args'], ['$request_uri'], ['$uri'], ['$HTTP_X_VISITOR', '$HTTP_X_VISITOR'])
{
    my ($value, $name) = @$named;
    $name //= $value =~ tr/{}//dr;
    like(said($value), qr/\[warn\].*anybody can send \Q$name\E and so read and write another visitor's session.*write "trusted" if the client cannot choose this value in \Q$folder\E\/nginx\.conf:8/,
        'and warned about, with the place');
    unlike(said("$value trusted"), qr/\[warn\]/, 'and not with "trusted"');
}
for my $value ('$mapped', '$ssl_client_fingerprint', '$remote_user', '"$remote_addr"', 'cookie=http_x') {
    unlike(said($value), qr/\[warn\]/, 'without a warning');
}

done_testing;
