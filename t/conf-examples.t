# What docs/privacy.md shows is taken by nginx in http, and every file of conf.examples is a whole nginx.conf that it takes, once its paths are those of this machine and what a line
# `# from nginx VERSION on: DIRECTIVES` says of the line below it is done where nginx is as new.
use strict;
use warnings;

use Test::More;
use Cwd ();
use Dynstore::Nginx;
use File::Temp ();
use version;

plan skip_all => 'a configuration is the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $nginx    = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';
my $module   = $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
my $snapshot = Dynstore::Nginx::snapshot();
my $built    = qx{$nginx -V 2>&1};
my ($version) = $built =~ m{^nginx version: \S+?/([\d.]+)} or BAIL_OUT("$nginx says no version: $built");

# log-formats.conf is a part of one: t/log-formats.t
my @examples = grep { $_ ne 'conf.examples/log-formats.conf' } sort glob 'conf.examples/*.conf';
cmp_ok(scalar @examples, '>=', 3, 'there are examples');

for my $example (@examples) {
    my $text = Dynstore::Nginx::slurp($example);
    SKIP: {
        skip "$example: this nginx has no TLS", 2 if $text =~ /\bssl\b/ && $built !~ /http_ssl_module/;
        my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
        mkdir "$folder/logs"; # where an nginx of one's own keeps its logs by default
        Dynstore::Nginx::write_file("$folder/redis.password", "secret\n");
        chmod 0600, "$folder/redis.password";
        for my $secret ($text =~ m{secret_file=/etc/nginx/([^\s;]+)}g) {
            Dynstore::Nginx::write_file("$folder/$secret", 'whsec_' . 'c2VjcmV0' x 4 . "\n");
            chmod 0600, "$folder/$secret";
        }
        system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop.example.com -keyout $folder/shop.example.com.key"
            . " -out $folder/shop.example.com.crt 2>/dev/null") == 0 or BAIL_OUT('openssl cannot make a certificate') if $text =~ /\bssl\b/;

        $text =~ s{^ *# from nginx ([\d.]+) on: (.*)\n.*}{version->parse($version) >= version->parse($1) ? $2 : $&}gem;
        my $count = 0;
        $text =~ s{(?:/usr/lib/nginx/)?modules/ngx_http_dynstore_module\.so}{$module};
        $text =~ s{(?:/var/lib/dynstore/)?store\.dyn;}{$snapshot;};
        $text =~ s{(?:/etc/nginx|/var/log/nginx|/var/lib/dynstore|/run/redis)/}{$folder/}g;
        $text =~ s{listen (?:127\.0\.0\.1:)?[0-9]+}{"listen unix:$folder/listen" . $count++}ge;
        $text =~ s{worker_connections \d+}{worker_connections 256}; # an ordinary user may have 1024 files
        # where nginx keeps what it writes, whoever runs the test
        my $temp = join '', map { $text =~ /^ +${_}_temp_path/m ? () : "${_}_temp_path $folder/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);
        $temp .= "access_log $folder/access.log;\n" unless $text =~ /^ {4}access_log/m;
        $text =~ s/^http \{/http {\n$temp/m or fail("$example has an http block");
        $text = "pid $folder/nginx.pid;\n$text" unless $text =~ /^pid /m;
        Dynstore::Nginx::write_file("$folder/nginx.conf", $text);

        my $output = qx{$nginx -t -e $folder/error.log -p $folder/ -c $folder/nginx.conf 2>&1};
        is($? >> 8, 0, "$example is taken by nginx") or diag($output);
        unlike($output, qr/\[(?:warn|error|emerg)\]/, "$example: without a warning");
    }
}

my @shown = Dynstore::Nginx::slurp('docs/privacy.md') =~ /^```nginx\n(.*?)^```$/gms;
cmp_ok(scalar @shown, '>=', 10, 'docs/privacy.md has an example for each consent manager, and one for the key');
for my $lines (@shown) {
    my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    mkdir "$folder/logs";
    my $temp = join '', map { "${_}_temp_path $folder/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);
    $lines =~ s{/etc/nginx/}{$folder/}g;
    for my $key ($lines =~ /(?:key|old)=(\S+?);? /g, $lines =~ /old=(\S+);/g) {
        Dynstore::Nginx::write_file($key, '0123456789abcdef' x 4 . "\n");
        chmod 0600, $key;
    }
    Dynstore::Nginx::write_file("$folder/nginx.conf", "load_module $module;\npid $folder/nginx.pid;\nevents { worker_connections 256; }\nhttp {\n"
        . "access_log off;\n$temp\ndynstore_snapshot $snapshot;\ndynstore_redis unix:$folder/no-redis.sock;\n$lines\n"
        . "server { listen unix:$folder/listen; location / { dynstore home; } }\n}\n");
    my $output = qx{$nginx -t -e $folder/error.log -p $folder/ -c $folder/nginx.conf 2>&1};
    my ($directive) = $lines =~ /^(dynstore_(?:consent|visitor) .*)$/m;
    is($? >> 8, 0, "docs/privacy.md: $directive") or diag($output);
    unlike($output, qr/\[(?:warn|error|emerg)\]/, '  without a warning');
}

done_testing;
