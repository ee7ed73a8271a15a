# Contents of a catalogue and of a rules file, as pages and fragments get them.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;
use File::Copy ();
use LWP::UserAgent;

my $folder  = Dynstore::folder();
my $content = Dynstore::write_file("$folder/content.jsonl", <<'END');
{"kind":"content","id":"usual","slot":"hero","approved":true,"title":{"en":"Out & about","de":"Draußen"},"text":"<b>Go</b>","image":"/img/out.jpg","url":"/out","cta":{"en":"Go","de":"Los"}}
{"kind":"content","id":"summit","slot":"hero","approved":true,"title":"Up","match":{"campaign":"summit"},"items":["tent-03","stove-01"]}
{"kind":"content","id":"alps","slot":"hero","approved":true,"title":"Alps","match":{"country":"AT"},"priority":-1}
{"kind":"content","id":"vip","slot":"banner","approved":true,"title":"For you","match":{"segment":"vip"}}
{"kind":"content","id":"draft","slot":"banner","title":"Not yet"}
{"kind":"content","id":"order","slot":"modules","approved":true,"modules":["recs","hero"]}
END
my $plain = $ENV{TEST_NGINX_SNAPSHOT};
$ENV{TEST_NGINX_SNAPSHOT} = Dynstore::snapshot("$folder/content.dyn", catalog => "$ENV{TEST_NGINX_CATALOG} --catalog $content");
$ENV{TEST_NGINX_LIVE}     = "$folder/live.dyn";
$ENV{TEST_NGINX_RULES}    = Dynstore::write_file("$folder/rules.json",
    qq({"schema":"dynstore.rules/1","content":[{"id":"usual","slot":"hero","approved":true,"title":"By the rules"}],)
    . qq("rules":[{"id":"r","when":{"segment":"vip"},"then":{"content":"summit"}}]}\n));

sub publish {
    File::Copy::copy($_[0], "$ENV{TEST_NGINX_LIVE}.new") or die $!;
    rename "$ENV{TEST_NGINX_LIVE}.new", $ENV{TEST_NGINX_LIVE} or die $!;
}

publish($plain);
# `--- until_like`: what an answer is like soon after the snapshot with contents has replaced the one without.
add_response_body_check(sub {
    my $block = shift;
    my $like = $block->until_like or return;
    publish($ENV{TEST_NGINX_SNAPSHOT});
    my $agent = LWP::UserAgent->new(timeout => 5);
    my ($got, $until) = ('', Time::HiRes::time() + 10);
    while ($got !~ $like && Time::HiRes::time() < $until) {
        $got = $agent->get('http://127.0.0.1:' . server_port_for_client() . '/rec?surface=home&slot=hero')->content;
        Time::HiRes::sleep(0.05);
    }
    Test::More::like($got, qr/$like/, $block->name . " - soon after it was published");
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a hero without items is put into the page, by no rules file
--- config
location ~ . { dynstore home; dynstore_slots hero; dynstore_format html; dynstore_language $arg_lang; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body>A<!--dynstore:hero-->B</body>
--- request eval
["GET /page.html", "GET /page.html?lang=de-AT"]
--- response_body_like eval
['^<body>A<!--dynstore:hero--><section class="dynstore dynstore-hero"[^>]*><div class="dynstore-content" data-dynstore-content="usual"><img src="/img/out.jpg"[^>]*><h2 class="dynstore-title" id="dynstore-hero-title">Out &amp; about</h2><p class="dynstore-text">&lt;b&gt;Go&lt;/b&gt;</p><a class="dynstore-cta" id="dynstore-hero-cta" aria-labelledby="dynstore-hero-cta dynstore-hero-title" href="/out"[^>]*>Go</a></div></section>B</body>$',
 '<h2 class="dynstore-title"[^>]*>Draußen</h2>.*>Los</a>']
--- no_error_log
[error]
[alert]



=== TEST 2: a page whose slots have no content stays as it is
--- config
location ~ . { dynstore home; dynstore_slots banner; proxy_pass $TEST_NGINX_BACKEND; }
--- user_files
>>> page.html
<body>A<!--dynstore:banner-->B</body>
--- request
GET /page.html
--- response_body
<body>A<!--dynstore:banner-->B</body>



=== TEST 3: a page with nothing but content is counted as one that was decided
--- config
location = /page.html { dynstore home; dynstore_slots hero; proxy_pass $TEST_NGINX_BACKEND; }
location = /metrics { dynstore_metrics; }
location = /log { alias $TEST_NGINX_ACCESS_LOG; }
--- zone: counted
--- user_files
>>> page.html
<body>A</body>
--- request eval
["GET /page.html", "GET /metrics", "GET /log"]
--- response_body_like eval
['id="dynstore-hero">\{', 'dynstore_decisions_total\{[^}]*surface="home"[^}]*rung="popular"[^}]*\} 1\n', 'GET /page.html rung=popular ']



=== TEST 4: a fragment has the content with the items beneath it, as an ad asks for it
--- config
location = /rec { dynstore_fragment; }
--- request eval
["GET /rec?surface=landing&slot=hero&utm_campaign=summit", "GET /rec?surface=landing&slot=hero"]
--- response_body_like eval
['"slots":\[\{"slot":"hero","kind":"content","title":"Up","rung":"context".*"items":\[\{"id":"tent-03".*\{"id":"stove-01".*\],"content":\{"id":"summit","title":"Up","text":null,"image":null,"url":null,"cta":null,"modules":\[\]\}',
 '"items":\[\],"content":\{"id":"usual".*"cta":\{"action":"view","label":"Go"\}']



=== TEST 5: country and segment decide, and what is not approved is never shown
--- config
location = /rec { dynstore_fragment; dynstore_slots hero banner; dynstore_country $http_x_country; dynstore_attribute segment $http_x_segment; }
--- request eval
["GET /rec?surface=home", "GET /rec?surface=home"]
--- more_headers eval
["X-Country: AT\nX-Segment: vip", "X-Country: DE"]
--- response_body_like eval
['"content":\{"id":"alps".*"content":\{"id":"vip"', '"content":\{"id":"usual"(?!.*"(?:vip|draft)")']



=== TEST 6: the order of a page's modules is a list of names
--- config
location = /rec { dynstore_fragment; }
--- request eval
["GET /rec?surface=home&slot=modules", "GET /rec?surface=home&slot=modules&format=html"]
--- response_body_like eval
['"modules":\["recs","hero"\]', 'data-dynstore-modules="recs hero"']



=== TEST 7: a rules file's content goes before the catalogue's of that id, and a rule before both
--- http_config
dynstore_rules $TEST_NGINX_RULES;
--- config
location = /rec { dynstore_fragment; dynstore_attribute segment $http_x_segment; }
--- request eval
["GET /rec?surface=home&slot=hero", "GET /rec?surface=home&slot=hero"]
--- more_headers eval
["", "X-Segment: vip"]
--- response_body_like eval
['"content":\{"id":"usual","title":"By the rules"', '"content":\{"id":"summit"']



=== TEST 8: a kept answer has its content
--- config
location = /rec { dynstore_fragment; dynstore_ttl 60s; }
--- more_headers
Cookie: dyn_vid=$TEST_NGINX_VISITOR
--- request eval
["GET /rec?surface=home&slot=hero&x=1", "GET /rec?surface=home&slot=hero&x=1"]
--- response_body_like eval
['"content":\{"id":"usual"', '"content":\{"id":"usual"']



=== TEST 9: contents come with a snapshot that replaces one without, and no rules file is needed
--- snapshot: $TEST_NGINX_LIVE
--- config
location = /rec { dynstore_fragment; }
--- no_http2
--- until_like: "content":\{"id":"usual"
--- request
GET /rec?surface=home&slot=hero
--- response_body_like: "slots":\[\{"slot":"hero"[^}]*"items":\[\]\}
--- no_error_log
[error]
[alert]
