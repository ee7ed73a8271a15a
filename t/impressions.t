# What blocks showed is counted in the session, once it was delivered to somebody who may be recorded.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder  = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis   = Dynstore::Redis->start($folder);
my $tcp     = 'redis://127.0.0.1:' . $redis->port;
my $backend = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => Dynstore::Redis::free_port(), Listen => 16, ReuseAddr => 1) or die "backend: $!\n";
my $pages   = Dynstore::Redis::free_port();

mkdir "$folder/html";
my %html = (
    both => '<html><body>x</body></html>', marked => '<html><!--dynstore:recs-->x', none => '<html>x',
    includes => '<html><!--# include virtual="/part?surface=home" --><!--# include virtual="/part?surface=home" --></html>',
);
Dynstore::Nginx::write_file("$folder/html/$_.html", $html{$_}) for keys %html;

# beside the endpoints, a server with pages
my $nginx = Dynstore::Nginx->start(redis => $tcp, http => <<"END");
dynstore_ttl 60s;
server {
    listen 127.0.0.1:$pages;
    root $folder/html;
    types { text/html html; }
    dynstore_slots recs=3 popular=2;
    location / { dynstore home; }
    location /off/ { alias $folder/html/; dynstore home; dynstore_impressions off; }
    location /html/ { alias $folder/html/; dynstore home; dynstore_format html; gzip on; gzip_min_length 1; gzip_http_version 1.0; gzip_proxied any; }
    location /slow/ { dynstore home; proxy_pass http://127.0.0.1:@{[ $backend->sockport ]}; proxy_buffering off; }
    location = /includes.html { ssi on; dynstore_private on; }
    location = /part { dynstore_fragment; }
    location = /quiet { dynstore_fragment; dynstore_impressions off; }
    location = /few { dynstore_fragment; dynstore_limit visitor=1/h,1; }
    location = /asked { dynstore_fragment; dynstore_consent \$arg_yes; }
}
END

sub key   { my ($kind, $visitor) = @_; return "dyn:$kind:{" . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}' }
sub session { my ($visitor, @items) = @_; $redis->command('LPUSH', key('r', $visitor), map { 'vi ' . int(time * 1000) . " $_" } @items) }
sub shown_text { return $redis->command('HGET', key('s', shift), 'shown') // '' }

# FNV-1a, as docs/data-model.md says
sub hash_of_item { my $hash = 2166136261; $hash = (($hash ^ $_) * 16777619) & 0xffffffff for unpack 'C*', shift; return sprintf '%08x', $hash }

# how often each of these items is said to have been shown; and of all that was shown, how often altogether
sub counts { my ($visitor, @items) = @_; my %times = map { split /:/ } split /,/, shown_text($visitor); return join ' ', map { $times{ hash_of_item($_) } // 0 } @items }
sub total { my $sum = 0; $sum += $_ for map { (split /:/)[1] } split /,/, shown_text(shift); return $sum }
sub written { my ($visitor, $total) = @_; return $nginx->until(sub { total($visitor) == $total }) ? 1 : do { diag("$total are due, there is: " . shown_text($visitor)); 0 } }

sub ids { my $text = shift; return $text =~ /\{"id":"([^"]+)","title"/g }

# a request of a visitor to the server with the pages
sub request {
    my ($method, $path, $visitor, %headers) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $pages, Timeout => 5) or die "nginx does not take connections: $!\n";
    $headers{Cookie} //= 'dyn_vid=' . Dynstore::Nginx::visitor($visitor) if defined $visitor;
    print {$socket} "$method $path HTTP/1.0\r\nHost: localhost\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n";
    $socket->flush;
    return $socket;
}
sub ask { return $nginx->answer(request(@_)) }

# Nothing was written for the visitor: what another does after them is, and comes behind whatever they wrote.
my $other = 1000;
sub nothing_more {
    my ($visitor, $before, $what) = @_;
    my $items = ids(ask('GET', '/part?surface=home', ++$other)->content);
    written($other, scalar(() = ids(ask('GET', '/part?surface=home', $other)->content)) * 2);
    is(shown_text($visitor), $before, $what);
}

subtest 'a fragment is counted, each time, also when the decision is given again' => sub {
    session(1, 'tent-03');
    my $first = $nginx->get('/rec?surface=home', 1);
    my @items = ids($first->content);
    cmp_ok(@items, '>=', 3, 'it shows items');
    ok(written(1, scalar @items), 'they are counted');
    is(counts(1, @items), join(' ', (1) x @items), 'each once');
    is((split /:/, shown_text(1))[0], hash_of_item($items[0]), 'the first of the page first');

    my $again = $nginx->get('/rec?surface=home', 1);
    is($again->content, $first->content, 'the same decision, given again');
    is($nginx->counter('decisions_repeated'), 1, 'not made again');
    ok(written(1, 2 * @items), 'is another impression');
    is(counts(1, @items), join(' ', (2) x @items), 'of each');
    is($nginx->counter('impressions'), 2, 'two answers are counted');
    is($redis->command('LLEN', key('r', 1)), 1, 'the log has what the shopper did, and no more');
};

subtest 'what shows nothing counts for nothing' => sub {
    session(2, 'tent-03');
    my $count = ids($nginx->get('/rec?surface=home', 2)->content);
    my $answer = ask('GET', '/part?surface=home', 2);
    my @items = ids($answer->content);
    written(2, total(2)) or return;
    sleep 0.05 until total(2) >= @items * 2;
    my $before = shown_text(2);
    is(ask('HEAD', '/part?surface=home', 2)->code, 200, 'HEAD');
    nothing_more(2, $before, 'is no impression');
    is(ask('GET', '/part?surface=home', 2, 'If-None-Match' => $answer->header('ETag'))->code, 304, 'what the browser has');
    nothing_more(2, $before, 'is none either');
    is(ask('GET', '/part?surface=home', 2, 'Sec-Purpose' => 'prefetch')->code, 200, 'what is fetched ahead');
    nothing_more(2, $before, 'may never be seen');
    is(ask('GET', '/quiet?surface=home', 2)->code, 200, 'dynstore_impressions off');
    nothing_more(2, $before, 'is obeyed');
    is(ask('GET', '/asked?surface=home', 2)->code, 200, 'without consent');
    nothing_more(2, $before, 'nothing is recorded');
    is(ask('GET', '/part?surface=home', 2, 'Sec-GPC' => 1)->code, 200, 'nor of who must not be tracked');
    nothing_more(2, $before, 'by the browser\'s word');
    is(ask('GET', '/part?surface=home', 2, 'User-Agent' => 'Googlebot/2.1')->code, 200, 'nor of a bot');
    nothing_more(2, $before, 'of the visitor\'s cookie');
    ok(ids(ask('GET', '/asked?surface=home&yes=1', 2)->content), 'with consent');
    ok($nginx->until(sub { shown_text(2) ne $before }), 'it is');
};

subtest 'a page is counted by the blocks that were put into it' => sub {
    session(3, 'tent-03');
    my $page = ask('GET', '/both.html', 3)->content;
    my @items = ids($page);
    is(scalar(() = $page =~ /<script /g), 2, 'two blocks');
    ok(written(3, scalar @items), 'both are counted');
    is(counts(3, @items), join(' ', (1) x @items), 'each item once');

    session(4, 'tent-03');
    @items = ids(ask('GET', '/marked.html', 4)->content);
    is(scalar @items, 3, 'of a page with the place of one');
    ok(written(4, 3), 'that one is counted');
    is(counts(4, @items), '1 1 1', 'alone');

    session(5, 'tent-03');
    is(ask('GET', '/none.html', 5)->content, $html{none}, 'a page without a place');
    is(ask('HEAD', '/both.html', 5)->code, 200, 'the header of a page');
    is(ask('GET', '/both.html', 5, 'Sec-Purpose' => 'prefetch')->code, 200, 'a page fetched ahead');
    like(ask('GET', '/off/both.html', 5)->content, qr/<script /, 'and one of a location where it is off');
    nothing_more(5, '', 'show nothing that is counted');

    session(6, 'tent-03');
    is(ask('GET', '/html/both.html', 6, 'Accept-Encoding' => 'gzip')->header('Content-Encoding'), 'gzip', 'a page of HTML blocks, compressed');
    ok(written(6, 5), 'is counted like any other');
};

subtest 'what a page includes is seen with the page' => sub {
    session(7, 'tent-03');
    my @items = ids(ask('GET', '/includes.html', 7)->content);
    cmp_ok(@items, '>', 6, 'two fragments');
    is(ask('HEAD', '/includes.html', 7)->code, 200, 'but not with its header alone');
    # both were asked for with what was counted before, so that the second takes the place of the first
    ok($nginx->until(sub { total(7) }), 'they are counted');
    nothing_more(7, shown_text(7), 'and the header is not');
    is(counts(7, $items[0]), 1, 'as shown at once');
};

subtest 'an answer to events shows something when it refreshes' => sub {
    session(8, 'tent-03');
    is($nginx->post('/event', 8, '{"event":"view_item","item_id":"stove-02"}')->code, 204, 'an event');
    nothing_more(8, '', 'shows nothing');
    my @items = ids($nginx->post('/event?refresh=home&slot=recs', 8, '{"event":"view_item","item_id":"tent-05"}')->content);
    cmp_ok(@items, '>=', 3, 'a refresh does');
    ok(written(8, scalar @items), 'and is counted');
    is(counts(8, @items), join(' ', (1) x @items), 'each item once');
};

subtest 'who goes away before the page has come has not seen it' => sub {
    session(9, 'tent-03');
    my $client = request('GET', '/slow/page.html', 9);
    my $from   = $backend->accept;
    while (<$from>) { last if /^\r?\n$/ }
    print {$from} "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><!--dynstore:recs-->" . 'x' x 100;
    $from->flush;
    my $seen = '';
    while ($seen !~ m{"id":"[^"]+","title".*</script>}s) { sysread($client, $seen, 4096, length $seen) or last }
    like($seen, qr/<script /, 'the block is on its way');
    close $client;
    ok($nginx->until(sub { print {$from} 'x' x 1000; $from->flush; !$from->connected || IO::Select->new($from)->can_read(0) }), 'nginx gives the page up');
    close $from;
    nothing_more(9, '', 'nothing is counted');
};

subtest 'the fact lives as long as the session' => sub {
    session(10, 'tent-03');
    $redis->command('HSET', key('s', 10), 'first', 1700000000000, 'shown', 'deadbeef:5,no row');
    $redis->command('EXPIRE', key($_, 10), 60) for 'r', 's';
    my @items = ids($nginx->get('/rec?surface=home', 10)->content);
    ok(written(10, 5 + @items), 'what was counted before is kept behind');
    like(shown_text(10), qr/,deadbeef:5,?$/, 'and what is no count is not');
    is($redis->command('HGET', key('s', 10), 'first'), 1700000000000, 'beside the other facts');
    cmp_ok($redis->command('TTL', key($_, 10)), '>', 1700, "$_ lives on") for 'r', 's';

    my $cookie = ask('GET', '/both.html')->header('Set-Cookie');
    my ($value) = $cookie =~ /dyn_vid=([0-9a-f.]+)/;
    my $new = 'dyn:s:{' . Dynstore::Nginx::hash_of($value) . '}';
    ok($nginx->until(sub { $redis->command('HEXISTS', $new, 'shown') }), 'of a new visitor the first page is counted');
    like($redis->command('TTL', $new), qr/^(?:600|59[0-9])$/, 'as long as their keys live');
};

subtest 'it is written within dynstore_limit' => sub {
    session(11, 'tent-03');
    my $count = () = ids(ask('GET', '/few?surface=home', 11)->content);
    ok(written(11, $count), 'the first is');
    my $before = shown_text(11);
    is(ask('GET', '/few?surface=home', 11)->code, 200, 'the second is answered');
    nothing_more(11, $before, 'and not written');
};

subtest 'where the session could not be read its counts stay' => sub {
    $redis->command('SET', key('r', 12), 'not a list');
    $redis->command('HSET', key('s', 12), 'shown', 'deadbeef:5,');
    ok(ids($nginx->get('/rec?surface=home', 12)->content), 'something is shown');
    nothing_more(12, 'deadbeef:5,', 'but what was counted before is not known');
};

unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'and nothing is complained about');

$redis->stop;
done_testing;
