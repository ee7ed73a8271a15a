# Who is in an experiment sees its variant, who is held out the shop's own page; and the event stream says who was shown what.
use strict;
use warnings;

use Test::More;
use Digest::SHA ();
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::INET;
use JSON::PP ();
use List::Util qw(sum0);
use Time::HiRes qw(sleep time);

# t/rules-reload.t reloads nginx; here nothing depends on how often that was done
plan skip_all => 'it is the same in a reloaded nginx' if $ENV{TEST_NGINX_USE_HUP};
my $http2 = $ENV{TEST_NGINX_USE_HTTP2} ? 'http2' : '';

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $tcp    = 'redis://127.0.0.1:' . $redis->port;
my $pages  = Dynstore::Redis::free_port();
my $behind = Dynstore::Redis::free_port();
my $json   = JSON::PP->new->canonical;

mkdir "$folder/html";
Dynstore::Nginx::write_file("$folder/html/page.html", '<html><body>x</body></html>');
Dynstore::Nginx::write_file("$folder/html/plain.html", 'no page');
Dynstore::Nginx::write_file("$folder/html/unmarked.html", '<html>x<!-- no place for a block -->');
Dynstore::Nginx::write_file("$folder/html/marked.html", '<html>x<!--dynstore:recs-->y');

sub place { return Dynstore::Nginx::place(@_) }

sub rules {
    my %members = @_;
    Dynstore::Nginx::write_file("$folder/rules.json.new", $json->encode({ schema => 'dynstore.rules/1', %members }));
    rename "$folder/rules.json.new", "$folder/rules.json";
}

my $half = { id => 'half', slots => ['recs'], variants => [
    { id => 'control', weight => 0.5 }, { id => 'few', weight => 0.5, slots => [{ slot => 'recs', limit => 1, title => { en => 'Only one' } }] }] };
my $off = { id => 'off', slots => ['popular'], surfaces => ['plp'], variants => [{ id => 'with', weight => 0.5 }, { id => 'without', weight => 0.5, show => JSON::PP::false }] };
rules(holdout => { share => 0.3, seed => 'out' }, experiments => [$half, $off]);

my $nginx = Dynstore::Nginx->start(redis => $tcp, http => <<"END");
dynstore_rules $folder/rules.json;
dynstore_ttl 60s;
dynstore_kill_switch $folder/kill;
log_format variants '\$dynstore_variant';
server {
    listen 127.0.0.1:$pages $http2;
    root $folder/html;
    types { text/html html; }
    dynstore_slots recs=3 popular=2;
    access_log $folder/variants.log variants;
    location / { dynstore home; }
    location /list/ { alias $folder/html/; dynstore plp; dynstore_slots popular=2; }
    location /nothing/ { alias $folder/html/; dynstore pdp; dynstore_slots bundle=2; }
    location /pieces/ { alias $folder/html/; dynstore home; output_buffers 1 8; }
    location /html/ { alias $folder/html/; dynstore home; dynstore_format html; }
    location /kept/ { dynstore home; proxy_pass http://127.0.0.1:$behind/; }
    location /bypassed/ { alias $folder/html/; dynstore home; dynstore_bypass 1; }
    location /asked/ { alias $folder/html/; dynstore home; dynstore_consent \$arg_yes; }
    location = /rec { dynstore_fragment; }
}
server {
    listen 127.0.0.1:$behind;
    return 304;
}
END

sub request {
    my ($method, $path, $visitor, %headers) = @_;
    return request_http2(@_) if $http2;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $pages, Timeout => 5) or die "nginx does not take connections: $!\n";
    $headers{Cookie} //= 'dyn_vid=' . Dynstore::Nginx::visitor($visitor) if defined $visitor;
    print {$socket} "$method $path HTTP/1.0\r\nHost: localhost\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n";
    $socket->flush;
    return $nginx->answer($socket);
}

# the same, without the headers that curl sends of its own
sub request_http2 {
    my ($method, $path, $visitor, %headers) = @_;
    $headers{Cookie} //= 'dyn_vid=' . Dynstore::Nginx::visitor($visitor) if defined $visitor;
    my @sent = map { ('-H', "$_: $headers{$_}") } sort keys %headers;
    push @sent, '-H', "$_:" for grep { !$headers{$_} } 'User-Agent', 'Accept';
    open my $from, '-|', 'curl', '-si', '--http2-prior-knowledge', '--max-time', 30, $method eq 'HEAD' ? '-I' : (), @sent, "http://127.0.0.1:$pages$path"
        or die "curl: $!\n";
    local $/;
    my $answer = HTTP::Response->parse(scalar(<$from>) // '');
    is($answer->protocol, 'HTTP/2', "$path comes over HTTP/2") unless ($answer->protocol // '') eq 'HTTP/2';
    return $answer;
}

# what the stream has of a visitor, but for page views
sub blocks {
    my $visitor = shift;
    my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor));
    return grep { /^vb / } map { $_->[1][3] } grep { $_->[1][1] eq $hash } @{ entries() };
}
sub entries { my $all = $redis->command('XRANGE', 'dyn:events', '-', '+'); return ref $all ? $all : [] }
sub blocks_until { my ($visitor, $count) = @_; $nginx->until(sub { blocks($visitor) >= $count }); return blocks($visitor) }

# somebody for whom all of it is true
my $next = 1;
sub who { my $true = shift; $next++ until $true->($next); return $next++ }
sub held_out { place('out', $_[0]) < 0.3 }
sub first    { place('half', $_[0]) < 0.5 }

subtest 'a variant is what its visitor sees, and nobody else' => sub {
    for my $few (0, 1) {
        my $visitor = who(sub { !held_out($_[0]) && first($_[0]) != $few });
        my $answer = $json->decode(request('GET', '/rec?surface=home&slot=recs', $visitor)->content);
        is($answer->{variant}, $few ? 'half:few' : 'half:control', 'the answer says which');
        is_deeply($answer->{experiments}, [{ id => 'half', variant => $few ? 'few' : 'control' }], 'and lists it');
        is(scalar @{ $answer->{slots}[0]{items} }, $few ? 1 : 3, 'with as many items as it says');
        my ($entry) = blocks_until($visitor, 1);
        my $name = $few ? 'few' : 'control';
        like($entry, qr/^vb \d+ - l=recs d=$answer->{id} g=\w+ x=half:$name i=[0-9a-f]{8}:\w+/, 'the stream has it, with what was shown');
        is(() = $entry =~ /[0-9a-f]{8}:\w+/g, $few ? 1 : 3, 'each item');
    }
};

subtest 'a page in HTML names the variants of its blocks' => sub {
    my $visitor = who(sub { !held_out($_[0]) && first($_[0]) });
    my $page = request('GET', '/html/page.html', $visitor)->content;
    like($page, qr/data-dynstore-slot="recs"[^>]* data-dynstore-variants="half:control"/, 'where it is in scope');
    unlike($page, qr/data-dynstore-slot="popular"[^>]* data-dynstore-variants="half/, 'and there alone');
    my @entries = blocks_until($visitor, 2);
    is(scalar @entries, 2, 'each block is in the stream, because a holdout is in force');
    is((grep { /x=half:control/ } @entries), 1, 'one of them with its variant');
    $nginx->until(sub { Dynstore::Nginx::slurp("$folder/variants.log") =~ /^half:control$/m });
    like(Dynstore::Nginx::slurp("$folder/variants.log"), qr/^half:control$/m, 'and so does $dynstore_variant');
};

sub decisions {
    my $by_surface = $nginx->status->{counters}{decisions};
    return sum0(map { values %$_ } values %$by_surface);
}

subtest 'who is held out gets the page as the shop made it, and stays the same visitor' => sub {
    my $visitor = who(\&held_out);
    my $rules = $json->decode(request('GET', '/rec?surface=home&slot=recs', who(sub { !held_out($_[0]) }))->content)->{versions}{rules};
    my $decisions = decisions();
    my $answer = request('GET', '/page.html', $visitor);
    is($answer->content, '<html><body>x</body></html>', 'untouched');
    like($answer->header('Cache-Control') // '', qr/private|no-store/, 'and no shared cache keeps it for others');
    my @entries = blocks_until($visitor, 1);
    is(scalar @entries, 1, 'one entry');
    like($entries[0], qr/^vb \d+ - x=holdout:holdout$/, 'says so');
    my $fragment = $json->decode(request('GET', '/rec?surface=home&slot=recs', $visitor)->content);
    is_deeply($fragment->{slots} // [], [], 'a fragment is empty, too');
    is($fragment->{versions}{rules}, $rules, 'and names the rules that say so');
    is(decisions(), $decisions, 'nothing was decided, so the share of fallbacks does not grow');
    is($redis->command('LLEN', 'dyn:r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}'), 1, 'the view is recorded');
    cmp_ok($nginx->counter('skipped_holdout'), '>=', 1, 'it is counted');
};

subtest 'a page on which nothing fills a slot counts for both sides of the holdout' => sub {
    for my $out (0, 1) {
        my $visitor = who(sub { (held_out($_[0]) ? 1 : 0) == $out });
        request('GET', '/nothing/page.html', $visitor);
        my @entries = blocks_until($visitor, 1);
        like($entries[0], $out ? qr/^vb \d+ - x=holdout:holdout$/ : qr/^vb \d+ - x=holdout:personalized$/, $out ? 'held out' : 'not held out');
    }
};

# what the stream has of a new visitor of that side after each request: [method, path, headers]
sub exposures {
    my ($side, @requests) = @_;
    my @visitors = map { who(sub { $side->($_[0]) }) } @requests;
    request($requests[$_][0], $requests[$_][1], $visitors[$_], %{ $requests[$_][2] // {} }) for 0 .. $#requests;
    my $last = who(sub { !held_out($_[0]) });
    request('GET', '/page.html', $last);
    blocks_until($last, 2);
    return map { [blocks($_)] } @visitors;
}

subtest 'both sides of the holdout are counted on the same pages' => sub {
    my %sides = ('held out' => \&held_out, 'not held out' => sub { !held_out($_[0]) });
    my $modified = request('GET', '/bypassed/page.html')->header('Last-Modified');
    my %requests = (
        'a page without a place' => ['GET', '/unmarked.html'], 'what is no page' => ['GET', '/plain.html'],
        'the header of a page' => ['HEAD', '/page.html'], 'a page that is not there' => ['GET', '/gone.html'],
        'a page that the browser has, says the backend' => ['GET', '/kept/'],
        'a page that is bypassed' => ['GET', '/bypassed/page.html'],
        'a page in pieces without a place' => ['GET', '/pieces/unmarked.html'],
    );
    is(request('GET', '/kept/', who(\&held_out))->code, 304, 'the browser has it');
    for my $side (sort keys %sides) {
        my @names = sort keys %requests;
        my @counted = exposures($sides{$side}, @requests{@names});
        is_deeply($counted[$_], [], "$side: $names[$_] does not count") for 0 .. $#names;
    }
    my @places = (['GET', '/page.html'], ['GET', '/marked.html'], ['GET', '/pieces/page.html'], ['GET', '/pieces/marked.html'], ['GET', '/nothing/page.html'],
        ['GET', '/page.html', { 'If-Modified-Since' => $modified }]);
    my @out = exposures($sides{'held out'}, @places);
    like(join(',', @{ $out[$_] }), qr/^vb \d+ - x=holdout:holdout$/, "held out: $places[$_][1] counts once") for 0 .. $#places;
    my @in = exposures($sides{'not held out'}, @places);
    cmp_ok(@{ $in[$_] }, '>=', 1, "not held out: $places[$_][1] counts, too") for 0 .. $#places;
};

subtest 'a fragment that the browser has is no exposure' => sub {
    for my $visitor (who(\&held_out), who(sub { !held_out($_[0]) })) {
        my $tag = request('GET', '/rec?surface=home&slot=recs', $visitor)->header('ETag');
        my $count = blocks_until($visitor, 1);
        is(request('GET', '/rec?surface=home&slot=recs', $visitor, 'If-None-Match' => $tag)->code, 304, 'the browser has it');
        exposures(sub { !held_out($_[0]) }, ['GET', '/page.html']);
        is(scalar(blocks($visitor)), $count, 'nothing was written');
    }
};

subtest 'a new visitor on a page that nothing fills is the same one on the next page, when it counts for the holdout' => sub {
    my $seen = sub { scalar @{ entries() } };
    for (1 .. 20) {
        my $before = $seen->();
        my $cookie = request('GET', '/nothing/page.html')->header('Set-Cookie') // '';
        like($cookie, qr/dyn_vid=/, 'the cookie is sent') or last;
        $nginx->until(sub { $seen->() > $before });
    }
};

subtest 'a variant that shows nothing counts only where the others have a place for their block' => sub {
    for my $without (0, 1) {
        my $side = sub { !held_out($_[0]) && (place('off', $_[0]) >= 0.5 ? 1 : 0) == $without };
        my ($nowhere, $elsewhere, $there) = exposures($side, ['GET', '/list/unmarked.html'], ['GET', '/list/marked.html'], ['GET', '/list/page.html']);
        my $name = $without ? 'without' : 'with';
        is((grep { /x=off/ } @$nowhere, @$elsewhere), 0, "$name: a page without its place is none");
        is((grep { /x=off:$name/ } @$there), 1, "$name: a page with it is one");
    }
};

subtest 'new visitors are held out as often, and get the cookie that makes them the same ones on the next page' => sub {
    my ($out, $named) = (0, 0);
    for (1 .. 60) {
        my $answer = request('GET', '/page.html');
        my ($cookie) = ($answer->header('Set-Cookie') // '') =~ /dyn_vid=([^;]+)/;
        my $plain = $answer->content eq '<html><body>x</body></html>';
        $out += $plain;
        $named += defined $cookie;
        my $again = request('GET', '/page.html', undef, Cookie => "dyn_vid=$cookie");
        is($again->content eq '<html><body>x</body></html>', $plain, 'the next page is as the first one') or last;
    }
    is($named, 60, 'each has one');
    cmp_ok($out, '>=', 5, 'some are held out');
    cmp_ok($out, '<=', 35, 'most are not');
};

sub logged { my $variant = shift; return scalar(() = Dynstore::Nginx::slurp("$folder/variants.log") =~ /^$variant$/mg) }

subtest 'a variant that shows nothing is an exposure where the block would have stood' => sub {
    my $visitor = who(sub { !held_out($_[0]) && place('off', $_[0]) >= 0.5 });
    my $logged = logged('off:without');
    my $decisions = decisions();
    is(request('GET', '/list/page.html', $visitor)->content, '<html><body>x</body></html>', 'nothing is shown');
    is(decisions(), $decisions, 'which is no fallback, so no decision of rung none is counted');
    my @entries = blocks_until($visitor, 1);
    like($entries[0], qr/^vb \d+ - l=popular d=\w+ g=none x=off:without$/, 'the stream says who would have seen it');
    ok($nginx->until(sub { logged('off:without') > $logged }), 'and the access log, too');
    my $with = who(sub { !held_out($_[0]) && place('off', $_[0]) < 0.5 });
    like(request('GET', '/list/page.html', $with)->content, qr/dynstore-popular/, 'others see it');
    is(decisions(), $decisions + 1, 'and their decision is counted');
    request('GET', '/rec?surface=plp', $visitor);
    is(decisions(), $decisions + 2, 'as is one with another slot, in which the variant hides nothing');
    like((blocks_until($with, 1))[0], qr/ x=off:with i=/, 'and are exposed');
};

subtest 'what nobody can have seen is no exposure' => sub {
    my $visitor = who(sub { !held_out($_[0]) && first($_[0]) });
    request('HEAD', '/page.html', $visitor);
    request('HEAD', '/rec?surface=home&slot=recs', $visitor);
    request('GET', '/plain.html', $visitor);
    request('GET', '/gone.html', $visitor);
    request('GET', '/bypassed/page.html', $visitor);
    request('GET', '/page.html', $visitor, 'Sec-Purpose' => 'prefetch');
    request('GET', '/rec?surface=home&slot=recs', $visitor, 'Sec-Purpose' => 'prefetch');
    request('GET', '/page.html', $visitor, 'User-Agent' => 'Googlebot/2.1');
    request('GET', '/asked/page.html', $visitor);
    my $out = who(\&held_out);
    request('HEAD', '/page.html', $out);
    request('GET', '/gone.html', $out);
    request('GET', '/asked/page.html', $out);
    my $other = who(sub { !held_out($_[0]) });
    request('GET', '/page.html', $other);
    ok(blocks_until($other, 2) >= 2, 'what came after them is written');
    is_deeply([blocks($visitor), blocks($out)], [], 'and nothing of them');
};

subtest 'no page waits until Redis has its exposures' => sub {
    my $visitor = who(sub { !held_out($_[0]) && first($_[0]) });
    $redis->signal('STOP');
    my $page = request('GET', '/page.html', $visitor)->content;
    $redis->signal('CONT');
    like($page, qr/dynstore-recs.*<\/html>$/s, 'it is whole while Redis answers nothing');
    like((blocks_until($visitor, 1))[0], qr/^vb /, 'and Redis has them later');
};

subtest 'while Redis is away exposures wait, and what finds no room is lost and counted, but no page' => sub {
    plan skip_all => 'it takes thousands of requests, each a curl' if $http2;
    my %before = map { $_ => $nginx->counter($_) } qw(stream_entries stream_lost);
    $redis->stop;
    my ($bad, $pages, $lost) = (0, 0, 0);
    while (!$lost && $pages < 10000) {
        for (1 .. 50) {
            my $visitor = who(sub { !held_out($_[0]) });
            $pages++;
            $bad++ if request('GET', '/page.html', $visitor)->content !~ /dynstore-recs.*<\/html>$/s;
        }
        $lost = $nginx->counter('stream_lost') - $before{stream_lost};
    }
    is($bad, 0, 'each page has its block');
    cmp_ok($lost, '>', 0, 'entries are lost in the end');
    $redis->restart or BAIL_OUT('Redis does not come back');
    my $kept = $nginx->counter('stream_entries') - $before{stream_entries} - $lost;
    $nginx->until(sub { entries() && @{ entries() } >= $kept });
    is(scalar @{ entries() }, $kept, 'the others are in the stream when Redis is back');
    cmp_ok(scalar(grep { $_->[1][3] =~ /^vb / } @{ entries() }), '>', 0, 'exposures among them');
};

subtest 'while the shop is killed nobody is on a side of the holdout' => sub {
    my @visitors = (who(\&held_out), who(sub { !held_out($_[0]) }));
    Dynstore::Nginx::write_file("$folder/kill", '');
    my $probe = who(sub { !held_out($_[0]) });
    my $killed = $nginx->until(sub { !@{ $json->decode(request('GET', '/rec?surface=home&slot=recs', $probe)->content)->{slots} // [] } });
    ok($killed, 'fragments are empty');
    my $decisions = decisions();
    request('GET', '/rec?surface=home&slot=recs', $_) for @visitors;
    is(decisions(), $decisions, 'nothing is decided');
    unlink "$folder/kill";
    my $after = who(sub { !held_out($_[0]) });
    ok($nginx->until(sub { request('GET', '/rec?surface=home&slot=recs', $after); blocks($after) }), 'what came after it is written');
    is_deeply([map { blocks($_) } @visitors], [], 'and nothing of those who were there meanwhile');
};

subtest 'without experiments the stream has blocks only when it is asked for' => sub {
    rules();
    my $visitor = 5000;
    ok($nginx->until(sub { request('GET', '/rec?surface=home&slot=recs', ++$visitor); $nginx->counter('rules_loaded') > 0 && !blocks_until_now($visitor) }), 'no block is written');
};
sub blocks_until_now { my $visitor = shift; sleep 0.1; return scalar(blocks($visitor)) }

subtest 'a shadow experiment is no exposure, since nobody sees its variants' => sub {
    my $loaded = $nginx->counter('rules_loaded');
    rules(experiments => [{ %$half, shadow => JSON::PP::true }, { %$half, id => 'seen', surfaces => ['plp'] }]);
    ok($nginx->until(sub { $nginx->counter('rules_loaded') > $loaded }), 'the rules are in force');
    my ($shadowed, $exposed) = (6000, 6001);
    request('GET', '/rec?surface=home&slot=recs', $shadowed);
    request('GET', '/rec?surface=plp&item=Tents&slot=recs', $exposed);
    like((blocks_until($exposed, 1))[0], qr/ x=seen:\w+ i=/, 'beside another one it is not named');
    is_deeply([blocks($shadowed)], [], 'and alone it makes no entry');
};

done_testing;
