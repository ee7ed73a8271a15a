# Consent: what each source says, and that Redis sees only what the level allows, from the next request on.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use HTTP::Response;

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);

# a location for each way to write the directive
my %sources = (
    cookie    => 'cookie',
    own       => 'cookie=shop_consent',
    gpc       => 'gpc cookie',
    dnt       => 'dnt cookie',
    onetrust  => 'onetrust',
    groups    => 'onetrust=functional:shop,full:shop2',
    cookiebot => 'cookiebot',
    tcf       => 'tcf',
    core      => 'tcf=core',
    gpp       => 'gpp',
    strict    => 'gpp=optout:none',
    google    => 'google',
    value     => '$http_x_consent',
    several   => 'cookie onetrust $http_x_consent',
);
my $locations = join '', map { "location = /$_ { dynstore_fragment; dynstore_impressions off; dynstore_no_track off; dynstore_consent $sources{$_}; }\n" } sort keys %sources;
my $port  = Dynstore::Redis::free_port();
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => <<"END");
dynstore_ttl 60s;
add_header X-Consent "<\$dynstore_consent>" always;
server {
    listen 127.0.0.1:$port;
    $locations
    location = /event { dynstore_events; dynstore_consent cookie; }
    location = /page.html { dynstore home; dynstore_consent cookie; alias $folder/page.html; types { } default_type text/html; }
    location = /open { dynstore_fragment; dynstore_impressions off; }
}
END
Dynstore::Nginx::write_file("$folder/page.html", "<html><body><h1>Home</h1></body></html>\n");
chmod 0755, $folder;

sub ask {
    my ($method, $path, $cookie, $header, $body) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die "nginx takes no connection: $!";
    print {$socket} "$method $path HTTP/1.0\r\nHost: localhost\r\nAccept: text/html\r\n", length($cookie // '') ? "Cookie: $cookie\r\n" : '',
        length($header // '') ? "$header\r\n" : '', defined $body ? "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n" : '',
        "\r\n", $body // '';
    local $/;
    return HTTP::Response->parse(scalar(<$socket>) // '');
}
sub visitor { my $number = shift; return 'dyn_vid=' . Dynstore::Nginx::visitor($number) }
sub key { my ($kind, $number) = @_; return "dyn:$kind:{" . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($number)) . '}' }
sub session { my ($number, @items) = @_; $redis->command('LPUSH', key('r', $number), map { 'vi ' . int(time * 1000) . " $_" } @items) }
# commands that Redis has run since the last call, by name, without the two that this asks with
sub commands {
    my %calls = $redis->command('INFO', 'commandstats') =~ /cmdstat_(\S+?):calls=([0-9]+)/g;
    $redis->command('CONFIG', 'RESETSTAT');
    delete @calls{'info', 'config|resetstat', 'config'};
    return join ' ', map { "$_=$calls{$_}" } sort keys %calls;
}

# the connection is made and greeted before anything is counted
session(1, 'tent-03');
is(Dynstore::Nginx::rung(ask('GET', '/open', visitor(1))), 'session', 'without the directive a visitor is known');
commands();

my $groups = 'OptanonConsent=isGpcEnabled=0&version=202401.1.0&groups=C0001%3A1%2CC0002%3A';
my $core   = 'CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA';
my %reads  = (none => '', functional => 'hgetall=1 lrange=1', full => 'hgetall=1 lrange=2');
my @rows   = (
    # source, level, Cookie, another header
    ['cookie', 'none'], ['cookie', 'none', 'dyn_consent=none'], ['cookie', 'functional', 'dyn_consent=functional'],
    ['cookie', 'full', 'dyn_consent=full'], ['cookie', 'none', 'dyn_consent=%00'],
    ['own', 'full', 'shop_consent=full'], ['own', 'none', 'dyn_consent=full'],
    ['gpc', 'full', 'dyn_consent=full'], ['gpc', 'none', 'dyn_consent=full', 'Sec-GPC: 1'], ['gpc', 'full', 'dyn_consent=full', 'Sec-GPC: 0'],
    ['gpc', 'none', '', 'Sec-GPC: 0'], ['gpc', 'none', 'dyn_consent=full', 'Sec-GPC: yes'],
    ['dnt', 'full', 'dyn_consent=full', 'DNT: 0'], ['dnt', 'none', 'dyn_consent=full', 'DNT: 1'],
    ['onetrust', 'none'], ['onetrust', 'full', "${groups}1%2CC0003%3A1"], ['onetrust', 'functional', "${groups}0%2CC0003%3A1"],
    ['onetrust', 'none', "${groups}1%2CC0003%3A0"], ['onetrust', 'none', 'OptanonConsent=garbage'],
    ['groups', 'full', 'OptanonConsent=groups=shop%3A1%2Cshop2%3A1'], ['groups', 'none', "${groups}1%2CC0003%3A1"],
    ['cookiebot', 'none'], ['cookiebot', 'full', 'CookieConsent={stamp:%27a==%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:false}'],
    ['cookiebot', 'functional', 'CookieConsent={stamp:%27a==%27%2Cpreferences:true%2Cstatistics:false}'],
    ['cookiebot', 'none', 'CookieConsent={stamp:%27a==%27%2Cpreferences:false%2Cstatistics:true}'], ['cookiebot', 'full', 'CookieConsent=-1'],
    ['cookiebot', 'none', 'CookieConsent=%7Bgarbage'],
    # PublisherTC: type 3, then purposes 1, 5, 6 and 8
    ['tcf', 'none'], ['tcf', 'none', "euconsent-v2=$core"], ['tcf', 'full', "euconsent-v2=$core." . publisher(1, 5, 6, 8)],
    ['tcf', 'functional', "euconsent-v2=$core." . publisher(1, 5, 6)], ['tcf', 'none', "euconsent-v2=$core." . publisher(5, 6, 8)],
    ['tcf', 'none', 'euconsent-v2=garbage'], ['core', 'none', "euconsent-v2=$core." . publisher(1, 5, 6, 8)],
    ['gpp', 'none'], ['gpp', 'full', "dyn_gpp=DBABM~$core." . publisher(1, 5, 6, 8)], ['gpp', 'full', 'dyn_gpp=DBABjw~x~1YNN'],
    ['gpp', 'functional', 'dyn_gpp=DBABjw~x~1YYN'], ['strict', 'none', 'dyn_gpp=DBABjw~x~1YYN'], ['strict', 'full', 'dyn_gpp=DBABjw~x~1YNN'],
    ['gpp', 'none', 'dyn_gpp=garbage'],
    ['google', 'none'], ['google', 'full', 'dyn_google=personalization_storage=granted&analytics_storage=granted'],
    ['google', 'functional', 'dyn_google=personalization_storage=granted&analytics_storage=denied'],
    ['google', 'none', 'dyn_google=personalization_storage=denied&analytics_storage=granted'], ['google', 'none', 'dyn_google=G111'],
    ['value', 'none'], ['value', 'none', '', 'X-Consent: 0'], ['value', 'full', '', 'X-Consent: yes'],
    ['value', 'functional', '', 'X-Consent: functional'], ['value', 'none', '', 'X-Consent: none'],
    ['several', 'full', 'dyn_consent=full'], ['several', 'functional', 'dyn_consent=full', 'X-Consent: functional'],
    ['several', 'none', "dyn_consent=full; ${groups}0%2CC0003%3A0"], ['several', 'none'],
);

for my $row (@rows) {
    my ($source, $level, $cookie, $header) = @$row;
    my $answer = ask('GET', "/$source?surface=pdp&item=tent-02", join('; ', visitor(1), length($cookie // '') ? $cookie : ()), $header);
    my $said   = join ', ', grep { length($_ // '') } $cookie, $header;
    is($answer->header('X-Consent'), "<$level>", "dynstore_consent $sources{$source}: " . ($said || 'nothing said') . " is $level");
    is(commands(), $reads{$level}, '  and Redis is asked for what that allows');
    is(Dynstore::Nginx::rung($answer), $level eq 'none' ? 'context' : 'session', '  and the answer is made of that');
    like($answer->header('Cache-Control'), qr/private/, '  in a private answer');
    is(ask('GET', "/$source?surface=home", $cookie, $header)->header('Set-Cookie') ? 'a cookie' : 'no cookie',
        $level eq 'none' ? 'no cookie' : 'a cookie', '  and a new visitor gets ' . ($level eq 'none' ? 'none' : 'one'));
    commands();
}

# the answer's Vary names every header that says consent
my %vary = (cookie => 'Cookie', gpc => 'Cookie, Sec-GPC', dnt => 'Cookie, DNT', value => 'Cookie, X-Consent', several => 'Cookie, X-Consent', tcf => 'Cookie');
is(ask('GET', "/$_?surface=home")->header('Vary'), $vary{$_}, "Vary with dynstore_consent $sources{$_}") for sort keys %vary;

subtest 'what each level writes' => sub {
    my $events = '[{"event":"view_item","item_id":"tent-03"},{"event":"add_to_cart","item_id":"tent-03"}]';
    my %keys = (none => [0, 0, 0, 0], functional => [1, 1, 0, 0], full => [1, 1, 1, 1]);
    for my $level (sort keys %keys) {
        $redis->command('FLUSHALL');
        commands();
        my $answer = ask('POST', '/event?confirm', visitor(20) . "; dyn_consent=$level", undef, $events);
        is($answer->code, 204, "events with $level are taken");
        is($answer->header('X-Dynstore-Ignored') // 'stored', $level eq 'none' ? 'consent' : 'stored', 'and the answer says whether they are stored');
        is(commands(), '', 'Redis sees no command') if $level eq 'none';
        is_deeply([map { $redis->command('EXISTS', $_) } (map { key($_, 20) } qw(r s h)), 'dyn:events'], $keys{$level},
            "$level: log, facts, history and stream");
        $redis->command('FLUSHALL');
        commands();
        my $page = ask('GET', '/page.html', visitor(21) . "; dyn_consent=$level");
        like($page->content, qr/dynstore/, "a page with $level has a block,");
        is($page->header('Cache-Control') . ' ' . $page->header('Vary'), 'private, no-cache Cookie', 'and no shared cache may keep it');
        $nginx->until(sub { $redis->command('EXISTS', key('r', 21)) }) if $level ne 'none';
        is(commands(), '', 'Redis sees no command') if $level eq 'none';
        is_deeply([map { $redis->command('EXISTS', $_) } (map { key($_, 21) } qw(r s h)), 'dyn:events'], [@{ $keys{$level} }[0, 1], 0, $keys{$level}[3]],
            "$level: the same of the page's view and impressions, which the history does not have");
    }
    $redis->command('FLUSHALL');
    is(ask('POST', '/event?confirm', visitor(22) . '; dyn_consent=functional', undef, '{"event":"purchase","item_id":"tent-03"}')->code, 204, 'a purchase');
    is($redis->command('EXISTS', key('h', 22)), 0, 'is no part of a history with functional');
};

subtest 'consent that ends in a session ends what is read and written with the next request' => sub {
    $redis->command('FLUSHALL');
    session(30, 'tent-03', 'pack-01');
    $redis->command('LPUSH', key('h', 30), 'pu ' . int(time * 1000) . ' stove-02');
    my $ask = sub { ask('GET', '/cookie?surface=home&slot=recs', visitor(30) . "; dyn_consent=$_[0]") };
    my $id  = sub { $_[0]->content =~ /"id":"([0-9a-f]{16})"/ ? $1 : 'none' };

    my $full = $ask->('full');
    is(Dynstore::Nginx::rung($full), 'session', 'with consent the session is used');
    is($id->($ask->('full')), $id->($full), 'and an answer is given again');
    commands();
    my $before = $redis->command('LLEN', key('r', 30)) . ' ' . ($redis->command('XLEN', 'dyn:events') // 0);
    commands();

    my $none = $ask->('none');
    isnt(Dynstore::Nginx::rung($none), 'session', 'without it is not,');
    isnt($id->($none), $id->($full), 'the kept answer is not given,');
    ask('POST', '/event', visitor(30) . '; dyn_consent=none', undef, '{"event":"view_item","item_id":"tent-05"}');
    ask('GET', '/page.html', visitor(30) . '; dyn_consent=none');
    is(commands(), '', 'Redis sees no command,');
    is($redis->command('LLEN', key('r', 30)) . ' ' . ($redis->command('XLEN', 'dyn:events') // 0), $before, 'and nothing is added');

    my $functional = $ask->('functional');
    is(Dynstore::Nginx::rung($functional), 'session', 'with functional the session is used,');
    isnt($id->($functional), $id->($full), 'but not an answer that the history was in');

    # the last good answer in an outage: the place holds the one that was made with the history
    session(31, 'tent-03');
    $ask = sub { ask('GET', '/cookie?surface=home&slot=recs', visitor(31) . "; dyn_consent=$_[0]") };
    is(Dynstore::Nginx::rung($ask->('full')), 'session', 'another visitor');
    $redis->stop;
    is(Dynstore::Nginx::rung($ask->('full')), 'last_good', 'in an outage gets the last answer again,');
    unlike(Dynstore::Nginx::rung($ask->($_)), qr/last_good|session/, "with $_ not that one") for qw(functional none);
    $redis->restart;
};

subtest 'what outlives a session ends with consent, too, and a page that is being delivered then is delivered' => sub {
    $redis->command('FLUSHALL');
    my $origin = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => Dynstore::Redis::free_port(), Listen => 5) or die "no origin: $!";
    my $before = $port;
    $port = Dynstore::Redis::free_port();
    my $other = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => <<"END");
dynstore_records 1;
dynstore_impressions stream;
server {
    listen 127.0.0.1:$port;
    dynstore_consent cookie;
    location = /page.html { dynstore home; alias $folder/page.html; types { } default_type text/html; }
    location = /slow.html { dynstore home; proxy_pass http://127.0.0.1:@{[$origin->sockport]}; proxy_buffering off; }
    location = /rec { dynstore_fragment; }
}
END
    # how much the streams tell of a visitor: page views, blocks and records; and whether the session has impressions
    my $told = sub {
        my $hash = Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(shift));
        my %count = map { $_ => 0 } qw(pv vb records);
        /^\S+ v $hash e (pv|vb) / && $count{$1}++ for map { Dynstore::Redis::as_text($_) } @{ $redis->command('XRANGE', 'dyn:events', '-', '+') };
        / v $hash / && $count{records}++ for map { Dynstore::Redis::as_text($_) } @{ $redis->command('XRANGE', 'dyn:decisions', '-', '+') };
        $count{shown} = Dynstore::Redis::as_text($redis->command('HGET', "dyn:s:{$hash}", 'shown')) =~ tr{ }{_}r;
        return join ' ', map { "$_=$count{$_}" } sort keys %count;
    };
    # all that was sent to Redis before is there when a later visitor's blocks and record are
    my $later = 50;
    my $settled = sub {
        my $number = $later++;
        ask('GET', '/page.html', visitor($number) . '; dyn_consent=full');
        return $other->until(sub { $told->($number) =~ /pv=1 records=1 .*vb=[1-9]/ });
    };

    $other->until(sub { ask('GET', '/page.html', visitor(40) . '; dyn_consent=full'); $told->(40) =~ /pv=[1-9].*records=[1-9].*vb=[1-9]/ });
    ok($settled->(), 'with consent a page makes');
    my $full = $told->(40);
    like($full, qr{pv=[1-9].* records=[1-9].* shown=[^(].* vb=[1-9]}, 'impressions, a view, a record and blocks');
    for my $level (qw(none functional)) {
        commands();
        my $page = ask('GET', '/page.html', visitor(40) . "; dyn_consent=$level");
        like($page->content, qr/dynstore/, "with $level the next page has a block,");
        is(commands(), '', 'Redis sees no command,') if $level eq 'none';
        ask('GET', '/rec?surface=home', visitor(40) . "; dyn_consent=$level");
        is(commands(), '', 'nor of a fragment,') if $level eq 'none';
        ok($settled->(), 'and when later visitors are recorded,');
        my $now = $told->(40);
        is($now, $full, 'nothing at all is added,') if $level eq 'none';
        is(join(' ', $now =~ /((?:records|vb)=[0-9]+)/g), join(' ', $full =~ /((?:records|vb)=[0-9]+)/g), 'neither block nor record is added');
    }

    # half of a page is delivered when the shopper withdraws
    my $shopper = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or die "nginx takes no connection: $!";
    print {$shopper} "GET /slow.html HTTP/1.0\r\nHost: localhost\r\nAccept: text/html\r\nCookie: ", visitor(41), "; dyn_consent=full\r\n\r\n";
    my $upstream = $origin->accept;
    $upstream->autoflush(1);
    while (<$upstream>) { last if /^\r?\n\z/ }
    print {$upstream} "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><h1>Home</h1>", '<p>tents</p>' x 20;
    my $start = '';
    while ($start !~ /tents/) { last unless sysread $shopper, $start, 4096, length $start }
    like($start, qr/tents/, 'half of a page,');
    commands();
    ask('GET', '/page.html', visitor(41) . '; dyn_consent=none');
    ask('GET', '/rec?surface=home', visitor(41) . '; dyn_consent=none');
    is(commands(), '', 'consent withdrawn: what is asked from then on sends no command,');
    print {$upstream} "</body></html>\n";
    close $upstream;
    local $/;
    like($start . <$shopper>, qr/dynstore.*<\/html>\n\z/s, 'the page that was asked with consent is delivered whole,');
    ok($settled->(), 'and when a later visitor is recorded');
    my $ended = $told->(41);
    like($ended, qr/pv=1 records=1 shown=[^(].* vb=[1-9]/, 'it is recorded as one page, and no other is');
    commands();
    ask('GET', '/page.html', visitor(41) . '; dyn_consent=none');
    is(commands(), '', 'the next one sends no command,');
    ok($settled->(), 'and when a later visitor is recorded');
    is($told->(41), $ended, 'nothing is added');
    is($other->stop, 0, 'nginx ends');
    $port = $before;
};

my %counted = $nginx->get('/metrics')->content =~ /^nginx_dynstore_consent_total\{level="(\w+)"\} ([0-9]+)$/mg;
is(join(' ', sort keys %counted), 'full functional none', 'requests are counted by level');
cmp_ok($counted{$_}, '>', 10, "many with $_") for sort keys %counted;

# faults are sentences
my %faults = (
    'usercentrics'            => qr/dynstore_consent: "usercentrics" is no source of consent: write a variable, or one of cookie, gpc, dnt, onetrust/,
    'onetrust=C0003'          => qr/"onetrust=C0003": "C0003" is no option of onetrust: write after it functional:GROUP, full:GROUP/,
    'gpp=optout:maybe'        => qr/"optout:maybe" is no option of gpp: write after it optout:none/,
    'gpc=1'                   => qr/is no option of gpc: write after it nothing/,
    'cookie; dynstore_consent tcf' => qr/"dynstore_consent" directive is duplicate: write all sources after one/,
);
for my $words (sort keys %faults) {
    my $text = Dynstore::Nginx::slurp("$nginx->{folder}/nginx.conf");
    $text =~ s/location = \/rec \{/location = \/rec { dynstore_consent $words;/;
    Dynstore::Nginx::write_file("$folder/fault.conf", $text);
    my $output = join ' ', qx{@{[$ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx']} -t -p $nginx->{folder}/ -c $folder/fault.conf -e $folder/error.log 2>&1};
    like($output, $faults{$words}, "nginx -t of dynstore_consent $words");
    like($output, qr/fault\.conf:[0-9]+/, '  with its line');
}

is($nginx->stop, 0, 'nginx ends');
done_testing;

# a PublisherTC segment with these purposes
sub publisher {
    my %on   = map { $_ => 1 } @_;
    my $bits = '011' . join('', map { $on{$_} ? 1 : 0 } 1 .. 24) . '0' x 30;
    my @letters = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
    $bits .= '0' while length($bits) % 6;
    return join '', map { $letters[oct "0b$_"] } $bits =~ /(.{6})/g;
}
