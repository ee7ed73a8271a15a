# nginx -t, and a process that only sends a signal, leave no key behind; nginx makes it when it starts.
use strict;
use warnings;

use Cwd ();
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Test::More;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder  = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $key     = "$folder/keys/fresh.key";
my $binary  = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';
my $modules = join '', map { "load_module $_;\n" } split ' ', $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
my $port    = Dynstore::Redis::free_port();

mkdir "$folder/$_" for qw(logs temp keys);
configure($key);

sub configure {
    my $file = shift;
    my $snapshot = $ENV{TEST_NGINX_SNAPSHOT} // Dynstore::Nginx::snapshot();
    my $user = $> == 0 ? 'user root;' : '';
    Dynstore::Nginx::write_file("$folder/nginx.conf", <<"END");
$modules
$user
env ASAN_OPTIONS;
env UBSAN_OPTIONS;
pid $folder/nginx.pid;
error_log $folder/logs/error.log info;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $folder/temp/body;
    proxy_temp_path $folder/temp/proxy;
    fastcgi_temp_path $folder/temp/fastcgi;
    uwsgi_temp_path $folder/temp/uwsgi;
    scgi_temp_path $folder/temp/scgi;
    dynstore_snapshot $snapshot;
    dynstore_visitor key=$file;
    server {
        listen 127.0.0.1:$port;
        location = /rec { dynstore_fragment; }
    }
}
END
}

# exit code and what was said
sub nginx {
    my $out = qx{$binary -p $folder/ -c $folder/nginx.conf -e $folder/logs/error.log @_ 2>&1 </dev/null};
    return ($? >> 8, $out);
}

sub logged { my $log = Dynstore::Nginx::slurp("$folder/logs/error.log"); truncate "$folder/logs/error.log", 0; return $log }

sub keys_there { return join ' ', map { s{.*/}{}r } glob "$folder/keys/*" }

my ($code, $said) = nginx('-t');
is($code, 0, 'nginx -t accepts a configuration whose key is not there yet');
like(logged(), qr{\[notice\].* the visitors' key "\Q$key\E" does not exist yet: nginx makes it when it starts}, 'and says in the log that it will be made');
is(keys_there(), '', 'but does not make it');

($code) = nginx('-T');
is($code, 0, 'nginx -T does as well');
is(keys_there(), '', 'and does not make it either');

unlink "$folder/nginx.pid";
nginx('-s', 'quit');
is(keys_there(), '', 'nor does a process that sends a signal');

configure('/none/such/fresh.key');
($code, $said) = nginx('-t');
isnt($code, 0, 'nginx -t refuses a key that could not be made');
like($said, qr{/none/such/fresh\.key: cannot be created: .*: make the folder writable or write the key there yourself}, 'and says what would be right');
configure($key);

logged();
my $before = umask 0;
($code, $said) = nginx();
umask $before;
is($code, 0, 'nginx starts') or diag($said);
is(keys_there(), 'fresh.key', 'and makes the key, and nothing beside it');
is(sprintf('%03o', (stat $key)[2] & 0777), '600', 'for its owner only');
my $made = Dynstore::Nginx::slurp($key);
like($made, qr/^[0-9a-f]{64}\n\z/, 'of 64 hex digits');

($code, $said) = nginx('-t');
is($code, 0, 'nginx -t beside the one that runs accepts the key');
unlike(logged(), qr/does not exist yet/, 'and has nothing to say about it');
($code) = nginx('-s', 'quit');
is($code, 0, 'nginx can be told to end');
for (1 .. 500) { last unless -e "$folder/nginx.pid"; Time::HiRes::sleep(0.02) }
ok(!-e "$folder/nginx.pid", 'and ends');
is(Dynstore::Nginx::slurp($key), $made, 'and the key is what it was');

done_testing;
