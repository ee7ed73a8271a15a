# conf.examples/headless.conf as it stands: an app on another origin can read every answer, and a header names nobody.
use strict;
use warnings;

use Test::More;
use Cwd ();
use Digest::SHA ();
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $port   = Dynstore::Redis::free_port();
my $module = $ENV{TEST_NGINX_LOAD_MODULES} || Cwd::abs_path('build/ngx_http_dynstore_module.so');
my $store  = Dynstore::Nginx::snapshot();
my $temp   = join '', map { "${_}_temp_path $folder/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);

mkdir "$folder/logs";
my $text = Dynstore::Nginx::slurp('conf.examples/headless.conf');
$text =~ s{modules/ngx_http_dynstore_module\.so}{$module};
$text =~ s{/var/lib/dynstore/store\.dyn}{$store};
$text =~ s{/run/redis/redis\.sock}{$redis->socket}e;
$text =~ s{/etc/nginx/}{$folder/}g;
$text =~ s{127\.0\.0\.1:8088}{127.0.0.1:$port};
$text =~ s{dynstore_timeout   15ms}{dynstore_timeout 5s}; # on a busy machine as well
$text =~ s/^http \{/http {\naccess_log off;\n$temp/m;
Dynstore::Nginx::write_file("$folder/nginx.conf", ($> == 0 ? "user root;\n" : '') . "daemon off;\nmaster_process off;\npid $folder/nginx.pid;\n$text");

my @command = ($ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx', '-p', "$folder/", '-c', "$folder/nginx.conf", '-e', "$folder/error.log");
my $test = $$;
my $pid = fork // die "fork: $!";
if (!$pid) {
    Dynstore::Guard::ends_with($test);
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', "$folder/stderr.log";
    exec @command or POSIX::_exit(127);
}
my $until = time + 60;
sleep 0.02 until IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") || time > $until;

my $app = 'https://app.shop.example.com';

sub ask {
    my ($method, $path, $body, %headers) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5) or die "nginx does not answer: $!";
    %headers = (Host => 'api.shop.example.com', Origin => $app, 'Sec-Fetch-Site' => 'same-site', Connection => 'close', %headers);
    $headers{'Content-Length'} //= length $body if defined $body;
    print {$socket} "$method $path HTTP/1.1\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n", $body // '';
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}

my %json = ('Content-Type' => 'application/json');
my $event = '{"event":"view_item","item_id":"tent-03"}';

for (
    ['a decision',                   200, 'GET',     '/v1/recommendations?surface=home'],
    ['a malformed argument',         400, 'GET',     '/v1/recommendations?item=%zz'],
    ['another method',               405, 'DELETE',  '/v1/recommendations'],
    ['a preflight for decisions',    204, 'OPTIONS', '/v1/recommendations'],
    ['an event',                     204, 'POST',    '/v1/events', $event, %json],
    ['an event that is refused',     400, 'POST',    '/v1/events', '{"event":"no_such"}', %json],
    ['an event by GET',              405, 'GET',     '/v1/events'],
    ['a body that is too large',     413, 'POST',    '/v1/events', ' ' x 65537, %json],
    ['a type that is none',          415, 'POST',    '/v1/events', $event, 'Content-Type' => 'application/xml'],
    ['a preflight for events',       204, 'OPTIONS', '/v1/events'],
    ['a path that is not there',     404, 'GET',     '/v1/else'],
) {
    my ($name, $status, $method, $path, @rest) = @$_;
    my $answer = ask($method, $path, @rest);
    is($answer->code, $status, "$name is answered");
    is($answer->header('Access-Control-Allow-Origin'), $app, 'and the app may read it');
    is($answer->header('Access-Control-Allow-Credentials'), 'true', 'with its cookie');
    like(join(',', $answer->header('Vary')), qr/Origin/, 'and only this app');

    $answer = ask($method, $path, $rest[0], @rest[1 .. $#rest], Origin => 'https://elsewhere.example');
    is($answer->code, $status, "$name is answered for others");
    is($answer->header('Access-Control-Allow-Origin'), undef, 'who may not read it');
}

my $hash_of_alice = do {
    my $key = Dynstore::Nginx::slurp("$folder/dynstore.key");
    substr Digest::SHA::hmac_sha256_hex('alice', pack 'H*', $key =~ s/\s//gr), 0, 32;
};
$redis->command('LPUSH', "shop:r:{$hash_of_alice}", 'vi ' . int(time * 1000) . ' tent-03');
my $answer = ask('GET', '/v1/recommendations?surface=home', undef, 'X-Visitor' => 'alice', 'X-Consent' => 'yes');
like($answer->content, qr/^[^\[]*"rung":"popular"/, 'a header names nobody');
my ($cookie) = ($answer->header('Set-Cookie') // '') =~ /^(__Host-dyn_vid=[0-9a-f]{32}\.[0-9a-f]{16}); /;
ok($cookie, 'who consents is given a cookie');
is(ask('GET', '/v1/recommendations?surface=home')->header('Set-Cookie'), undef, 'and nobody else');
like(ask('POST', '/v1/events?refresh=home', $event, %json, Cookie => $cookie, 'X-Consent' => 'yes')->content, qr/"rung":"session".*"ref":"tent-03"/,
    'whose events count at once');

my $busy;
for (1 .. 2000) {
    $busy = ask('POST', '/v1/events', $event, %json);
    last if $busy->code != 204;
}
is($busy->code, 503, 'too many events are refused');
is($busy->header('Access-Control-Allow-Origin'), $app, 'and the app may read it');

kill QUIT => $pid;
waitpid $pid, 0;
is($?, 0, 'nginx ends well');
unlike(Dynstore::Nginx::slurp("$folder/error.log"), qr/\[(?:alert|crit|emerg)\]/, 'and complains about nothing');
$redis->stop;

done_testing;
