# docs/answer.schema.json and docs/record.schema.json hold of every kind of answer and record: no member is undocumented.
use strict;
use warnings;

use Dynstore::Nginx;
use Dynstore::Redis;
use Dynstore::Schema qw(invalid);
use Digest::SHA ();
use File::Temp ();
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $json   = JSON::PP->new->canonical;
my $pages  = Dynstore::Redis::free_port();

# a shop that tells all that an answer can have
Dynstore::Nginx::write_file("$folder/more.jsonl", <<'END');
{"id":"parka","title":"Parka","url":"/parka","price":"100","currency":"EUR","sale_price":"79.90","rating":4.5,"rating_count":12,"badges":["New"],"fit":"Runs small.","variants":[{"id":"parka-s"},{"id":"parka-m"}]}
{"id":"mat","title":"Mat","url":"javascript:x"}
{"id":"shirt","title":"Shirt","url":"/shirt","price":"30","currency":"EUR","variants":[{"id":"shirt-s"},{"id":"shirt-m"}]}
{"kind":"bundle","id":"kit","title":{"en":"Kit"},"items":["tent-02","pack-02"],"price":"40","currency":"EUR"}
{"kind":"bundle","id":"plain","title":{"en":"Plain"},"items":["tent-03","mat"]}
{"kind":"content","id":"summer","slot":"hero","approved":true,"title":"Out","image":"/out.jpg","url":"/out","cta":{"en":"Go"}}
{"kind":"content","id":"order","slot":"modules","approved":true,"modules":["recs","hero"]}
END
Dynstore::Nginx::write_file("$folder/seen.jsonl", join '', map { my $visitor = $_; map { qq({"visitor":"v$visitor","time":1772323200,"event":"view_item","item_id":"$_"}\n) } qw(parka mat) } 1 .. 9);
Dynstore::Nginx::write_file("$folder/rules.json", $json->encode({ schema => 'dynstore.rules/1',
    messages    => { free_shipping => [{ currency => 'EUR', threshold => 80 }], returns => { en => '60 days' } },
    experiments => [{ id => 'half', slots => ['recs'], variants => [{ id => 'control', weight => 0.5 }, { id => 'few', weight => 0.5, slots => [{ slot => 'recs', limit => 2 }] }] },
        { id => 'quiet', shadow => JSON::PP::true, variants => [{ id => 'a', weight => 0 }, { id => 'b', weight => 1, show => JSON::PP::false }] }],
    flags => { new_cart => {}, sale => { percent => 0 } },
    rules => [{ id => 'ad', then => { pin => { items => ['tent-05'], position => 1 } } },
        { id => 'words', when => { item => { id => 'tent-05' } }, then => { badge => { en => 'Tested' }, sponsored => { en => 'Ad' } } }] }));
Dynstore::Nginx::write_file("$folder/hush", 'hush');
chmod 0600, "$folder/hush";
mkdir "$folder/html";
Dynstore::Nginx::write_file("$folder/html/page.html", "<body>\n<p>text</p>\n</body>");
system("build/dynstore build -c t/fixtures/catalog.jsonl -c $folder/more.jsonl -e t/fixtures/events.jsonl -e $folder/seen.jsonl -o $folder/store.dyn >$folder/built 2>&1") == 0
    or BAIL_OUT('no snapshot: ' . Dynstore::Nginx::slurp("$folder/built"));

my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port . ' control=on', snapshot => "$folder/store.dyn", http => <<"END");
dynstore_rules $folder/rules.json;
dynstore_records 1 search=on;
dynstore_limit off;
server {
    listen 127.0.0.1:$pages;
    root $folder/html;
    types { text/html html; }
    dynstore_language \$arg_language;
    location / { dynstore home; dynstore_slots recs=3 popular=2; }
    location = /search { alias $folder/html/page.html; default_type text/html; dynstore search; dynstore_search \$arg_q; }
    location = /token { dynstore_fragment; dynstore_page_token on; }
    location = /proxy { dynstore_fragment; dynstore_app_proxy secret_file=$folder/hush; }
}
END

sub key { my $visitor = shift; return 'dyn:r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}' }
sub session { my ($visitor, @events) = @_; my $now = int(time * 1000); $redis->command('LPUSH', key($visitor), map { s/ / $now /r } @events) }

sub page {
    my ($path, $visitor) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $pages, Timeout => 5) or die "nginx does not take connections: $!\n";
    print {$socket} "GET $path HTTP/1.0\r\nHost: localhost\r\nTraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nCookie: dyn_vid="
        . Dynstore::Nginx::visitor($visitor) . "\r\n\r\n";
    $socket->flush;
    return $nginx->answer($socket)->content;
}

my @answers;
my $told = $redis->command('XADD', 'dyn:control', '*', qw(k stock item mat stock 3));
$nginx->until(sub { $nginx->status->{overlay}{position} eq $told }, 20) or BAIL_OUT('nginx does not read the control stream');
session(1, 'vi tent-03', 'vi pack-02', 'ac pack-02');
session(2, 'vi tent-01', 'vi tent-02', 'vi tent-03', 'co tent-01');
session(3, 'vi tent-02', 'vi tent-02', 'vi tent-02', 'ac tent-02', 'bc');
$nginx->post('/event', 3, '[{"event":"choose_option","item_id":"parka","field":"size","value":"M"},{"event":"add_to_cart","item_id":"shirt"}]');
for my $visitor (1 .. 4) {
    for my $surface ('home', 'plp&item=Tents', 'pdp&item=tent-02', 'cart', 'search', 'landing', 'checkout') {
        push @answers, $nginx->get("/rec?surface=$surface", $visitor)->content;
    }
    for my $slot (qw(bundle comparison guide messages hero modules recently_viewed popular)) {
        push @answers, $nginx->get("/rec?surface=$_&slot=$slot", $visitor)->content for 'pdp&item=tent-02', 'checkout', 'home';
    }
    push @answers, page('/page.html', $visitor) =~ m{<script type="application/json" id="dynstore-\w+">(.*?)</script>}g;
    push @answers, page('/search?q=tent', $visitor) =~ m{<script type="application/json" id="dynstore-\w+">(.*?)</script>}g;
    my $time = int time;
    push @answers, page("/proxy?timestamp=$time&signature=" . Digest::SHA::hmac_sha256_hex("timestamp=$time", 'hush'), $visitor) =~ /\r?\n?(\{.*)/s;
    push @answers, page('/token?language=de', $visitor) =~ /\r?\n?(\{.*)/s;
    push @answers, $nginx->post('/event?refresh=home', $visitor, '[{"event":"view_item","item_id":"tent-04"},{"event":"add_to_cart"}]')->content;
}
push @answers, $nginx->get('/rec?surface=pdp&item=tent-03&slot=bundle', 4)->content;
$redis->signal('STOP');
push @answers, $nginx->get('/rec?surface=home', $_)->content for 1, 99;
$redis->signal('CONT');

# one that cannot read the control stream
my $alone = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:1 control=on', snapshot => "$folder/store.dyn");
push @answers, $alone->get('/rec?surface=home', 99)->content;

is(invalid('answer', @answers), '', scalar(@answers) . ' answers are as docs/answer.schema.json says');

# they were of all kinds: each member that the schema knows is in some answer
sub members {
    my ($schema, $path, $from) = @_;
    $schema = $from->{definitions}{ $schema->{'$ref'} =~ s{.*/}{}r } if $schema->{'$ref'};
    return map { members($_, $path, $from) } @{ $schema->{anyOf} } if $schema->{anyOf};
    return members($schema->{items}, "$path\[]", $from) if $schema->{items};
    return map { ("$path.$_", members($schema->{properties}{$_}, "$path.$_", $from)) } keys %{ $schema->{properties} // {} };
}

sub seen {
    my ($value, $path, $seen) = @_;
    if (ref $value eq 'ARRAY') { seen($_, "$path\[]", $seen) for @$value }
    if (ref $value eq 'HASH') { $seen->{"$path.$_"} = 1, seen($value->{$_}, "$path.$_", $seen) for keys %$value }
}

sub unseen {
    my ($name, @texts) = @_;
    my $schema = $json->decode(Dynstore::Nginx::slurp("docs/$name.schema.json"));
    my %seen;
    seen($json->decode($_), '', \%seen) for @texts;
    return join ' ', grep { !$seen{$_} } sort(members($schema, '', $schema));
}

my $all = join "\n", @answers;
for my $rung (qw(session context last_good popular)) { like($all, qr/"moment":"\w+","rung":"$rung"/, "some are of rung $rung") }
for my $kind (qw(list comparison guide messages content bundle)) { like($all, qr/"kind":"$kind"/, "and some of kind $kind") }
is(unseen('answer', @answers), '', 'every documented member is in some answer');

my $more = $answers[0] =~ s/^\{/{"undocumented":1,/r;
like(invalid('answer', $more), qr/'undocumented' was unexpected/, 'a member that is not documented is found');

# records, as nginx wrote them
$nginx->until(sub { $redis->command('XLEN', 'dyn:decisions') > 100 });
is(system("build/dynstore records --from redis://127.0.0.1:" . $redis->port . " -o $folder/records.jsonl"), 0, 'records are written to a file');
my @records = split /\n/, Dynstore::Nginx::slurp("$folder/records.jsonl");
is(invalid('record', @records), '', scalar(@records) . ' records are as docs/record.schema.json says');
is(unseen('record', @records), '', 'every documented member is in some record');
my %streamed = map { my %fields = @{ $_->[1] }; ("$fields{id} " . $json->encode($json->decode($fields{s})) => 1) } @{ $redis->command('XRANGE', 'dyn:decisions', '-', '+') };
is(scalar(grep { my $record = $json->decode($_); !$streamed{"$record->{id} " . $json->encode($record->{s})} } @records), 0, 'the stream has the same summaries');
like(invalid('record', $records[0] =~ s/"s":\{/"s":{"undocumented":1,/r), qr/'undocumented' was unexpected/, 'a member that is not documented is found');

$nginx->stop;
done_testing();
