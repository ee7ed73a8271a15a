# Rules that nginx begins with: a wrong file stops it with file, line, column and what would be right; a good one is what answers
# are made with.
use Test::Nginx::Socket 'no_plan';
use Cwd ();
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

$ENV{TEST_NGINX_FOLDER} = Dynstore::folder();

no_shuffle();

# Name, the text with a ~ before the place that the message is to name, and what the message says there. What stands in {{ }} is the
# one rule of an otherwise good file.
my $head = qq({"schema":"dynstore.rules/1",\n);
my @refused = (
    ['no JSON at all',                         "rule~s\n",                                                     'this is no JSON: .* expected near .rules.'],
    ['a comma too many',                       "$head \"rules\":[\n  {\"id\":\"a\"},\n ~]}\n",                 'near'],
    ['half of a file',                         "$head \"rules\":[{\"id\":\"a\"~,",                             'this is no JSON: .* expected near end of file'],
    ['a member twice',                         "$head \"rules\":[],\n \"rules~\":[]}\n",                       'this is no JSON: duplicate object key'],
    ['a list in place of an object',           "~[]\n",                                                        'must be an object'],
    ['a file that does not say what it is',    "~{\"rules\":[]}\n",                                            '"schema": "dynstore.rules/1"'],
    ['a schema of another version',            "{\"schema\":~\"dynstore.rules/9\"}\n",                         'dynstore.rules/1'],
    ['an unknown member',                      "$head ~\"rule\":[]}\n",                                        '"rule" is no .*did you mean "rules"'],
    ['a time zone that is none',               "$head \"time_zone\":~\"Europe/Berlln\"}\n",                    'Europe/Berlin|time zone'],
    ['a currency that is none',                "$head \"currency\":~\"Euro\"}\n",                              'EUR'],
    ['a surface that is none',                 "$head \"surfaces\":{~\"pdpp\":{\"slots\":[]}}}\n",             '"pdpp" is no surface; did you mean "pdp"'],
    ['a source that is none',                  "$head \"surfaces\":{\"home\":{\"slots\":[{\"slot\":\"recs\",\n  \"sources\":{~\"popularr\":1}}]}}}\n", 'did you mean "popular"'],
    ['a weight below zero',                    "$head \"surfaces\":{\"home\":{\"slots\":[{\"slot\":\"recs\",\n  \"sources\":{\"popular\":~-1}}]}}}\n", 'a number from 0'],
    ['a rule without an id',                   "$head \"rules\":[\n  ~{\"then\":{\"limit\":3}}]}\n",            'id'],
    ['two rules with one id',                  "$head \"rules\":[\n  {\"id\":\"a\",\"then\":{\"limit\":3}},\n  {\"id\":~\"a\",\"then\":{\"limit\":4}}]}\n", '"a"'],
    ['a condition that is none',               '{{"id":"a","when":{~"surfce":"home"},"then":{"limit":3}}}',    '"surfce" is no .*did you mean "surface"'],
    ['a condition that cannot be that',        '{{"id":"a","when":{"surface":~"hom"},"then":{"limit":3}}}',    '"hom" is no surface; did you mean "home"'],
    ['a country that is none',                 '{{"id":"a","when":{"country":~"Germany"},"then":{"limit":3}}}', 'a country is two capitals, as ISO 3166 has them: "DE"'],
    ['a range without an end',                 '{{"id":"a","when":{"cart_total":{~"from":5}},"then":{"limit":3}}}', '"from" is no bound; there are min, max'],
    ['a range the wrong way round',            '{{"id":"a","when":{"cart_total":~{"min":9,"max":5}},"then":{"limit":3}}}', 'min is above max'],
    ['an hour that is none',                   '{{"id":"a","when":{"time":{"from":~"25:00","until":"23:00"}},"then":{"limit":3}}}', 'a time of day is written "18:30"'],
    ['an expression that does not end',        '{{"id":"a","when":{"search":{"matches":"(a~"}},"then":{"limit":3}}}', 'the regular expression is wrong here: missing closing parenthesis'],
    ['an empty list',                          '{{"id":"a","when":{"country":~[]},"then":{"limit":3}}}',       'the list is empty: write at least one value'],
    ['a day that is none',                     '{{"id":"a","from":~"2026-02-30","then":{"limit":3}}}',         '2026'],
    ['an end before its begin',                '{{"id":"a","from":"2026-02-02","until":~"2026-01-01","then":{"limit":3}}}', 'from|until'],
    ['an action that is none',                 '{{"id":"a","then":{~"bost":2}}}',                              '"bost" is no action; did you mean "boost"'],
    ['a boost that is none',                   '{{"id":"a","then":{"boost":~0.5}}}',                           'a number from 1 to 20'],
    ['a rule that does nothing',               '{{"id":"a","then":~{}}}',                                      '"then" is empty: say what the rule does, as \\{"boost": 1.5\\}'],
);

my ($number, $blocks) = (0, '');

sub block { my ($name, $rest) = @_; $number++; $blocks .= "=== TEST $number: $name\n$rest\n\n\n" }
sub file { my ($text) = @_; return Dynstore::write_file(Dynstore::folder() . "/rules-$number.json", $text) }

for (@refused) {
    my ($name, $text, $says) = @$_;
    $text =~ s/^\{\{(.*)\}\}$/$head "rules":[\n  {$1}]}\n/s;
    my $before = $text =~ s/~.*//sr;
    my $line = 1 + ($before =~ tr/\n//);
    my $column = length($before =~ s/.*\n//sr) + 1;
    my $path = file($text =~ s/~//r);
    block("$name stops nginx with the place of the mistake", "--- http_config\ndynstore_rules $path;\n--- config\nlocation /x { dynstore home; }\n--- must_die\n"
        . "--- error_log eval\nqr{dynstore_rules: \Q$path\E:$line:$column: .*(?:$says)}");
}

# A good file, and what requests then get: name, rules, directives of the shop, and requests with their headers and what the body is
# like or unlike (behind a !). Items of the category Tents come first for everybody without rules.
sub exclude { my ($when, %with) = @_; return '{"id":"' . ($with{id} // 'r') . qq(","when":{"item":{"category":"Tents"}$when},"then":{"exclude":true}}) }

my $tents   = qr/"id":"tent-0/;
my $visitor = 'Cookie: dyn_vid=$TEST_NGINX_VISITOR';
my $home    = 'GET /rec?surface=home';
my @good    = (
    ['a rule without conditions of the request holds for everybody', [exclude('')], '', [$home, '', "!$tents"], [$home, $visitor, "!$tents"]],
    ['a rule that is not enabled does nothing', ['{"id":"r","enabled":false,"when":{"item":{"category":"Tents"}},"then":{"exclude":true}}'], '', [$home, '', $tents]],
    ['what is blocked is shown on no rung', [], 'blocked', [$home, '', "!$tents"], ['GET /rec?surface=cart', "$visitor\nDNT: 1", "!$tents"],
        ['GET /rec?surface=pdp&item=stove-01&slot=other', '', "!$tents"], ['GET /rec?surface=plp&item=Tents', '', '^(?!.*"id":"tent-0).*"items":\[\]']],
    ['a rule can ask for the language', [exclude(',"language":"de"')], 'dynstore_language $arg_lang;',
        ["$home&lang=de", '', "!$tents"], ["$home&lang=de_AT", '', "!$tents"], ["$home&lang=fr", '', $tents], ["$home", '', $tents]],
    ['a rule can ask for the tier', [exclude(',"tier":"gold"')], 'dynstore_attribute tier $http_x_tier;',
        [$home, 'X-Tier: gold', "!$tents"], [$home, 'X-Tier: silver', $tents], [$home, '', $tents]],
    ['a rule can ask for the role', [exclude(',"role":"b2b"')], 'dynstore_attribute role $http_x_role;',
        [$home, 'X-Role: b2b', "!$tents"], [$home, '', $tents]],
    ['a rule can ask for the segment', [exclude(',"segment":["vip","staff"]')], 'dynstore_attribute segment $http_x_segment;',
        [$home, 'X-Segment: staff', "!$tents"], [$home, 'X-Segment: sta', $tents]],
    ['a customer may have several tags', [exclude(',"customer_tag":"angler"')], 'dynstore_attribute customer_tag $http_x_tags;',
        [$home, 'X-Tags: climber, angler,hiker', "!$tents"], [$home, 'X-Tags: anglers', $tents]],
    ['a rule can ask for the country', [exclude(',"country":"DE"')], 'dynstore_country $http_x_country;',
        [$home, 'X-Country: DE', "!$tents"], [$home, 'X-Country: FR', $tents]],
    ['a share of all visitors is nobody without a visitor', [exclude(',"percent":100')], '',
        [$home, $visitor, "!$tents"], [$home, "$visitor\nDNT: 1", $tents], ["GET /page.html", '', "!$tents"]],
    ['a share of visitors is nobody who asks from another site', [exclude(',"percent":100')], '',
        [$home, "$visitor\nSec-Fetch-Site: cross-site", $tents]],
);

for (@good) {
    my ($name, $rules, $directives, @requests) = @$_;
    my $blocked = $directives eq 'blocked' ? ',"blocked":{"any":[{"category":"Tents"}]}' : '';
    my $path = file(qq({"schema":"dynstore.rules/1","rules":[) . join(',', @$rules) . "]$blocked}\n");
    my $list = sub { '[' . join(', ', map { "qr{$_}s" } @_) . ']' };
    block($name, "--- http_config\ndynstore_rules $path;\n" . ($blocked ? '' : $directives) . "\n--- config\nlocation = /rec { dynstore_fragment; }\nlocation = /page.html { dynstore home; }\n"
        . "--- user_files\n>>> page.html\n<body>x</body>\n--- request eval\n[" . join(', ', map { "'$$_[0]'" } @requests) . "]\n"
        . "--- more_headers eval\n[" . join(', ', map { '"' . Dynstore::expand($$_[1]) =~ s/\n/\\n/gr . '"' } @requests) . "]\n"
        . "--- response_body_like eval\n" . $list->(map { $$_[2] =~ /^!(.*)/s ? "^(?!.*$1).*\"items\":\\[\\{" : $$_[2] } @requests) . "\n--- no_error_log\n[error]");
}

spec_string($blocks . do { local $/; <DATA> });
run_tests();

__DATA__

=== TEST 101: a page, a fragment and a variable name the rules, which are other ones than those that are built in
--- http_config eval
"dynstore_rules " . Dynstore::write_file(Dynstore::folder() . '/named.json', qq({"schema":"dynstore.rules/1"}\n)) . ";"
--- config
location = /page.html { dynstore home; add_header X-Rules $dynstore_rules; }
location = /rec { dynstore_fragment; add_header X-Rules $dynstore_rules; }
location = /plain.html { add_header X-Rules "[$dynstore_rules]"; }
--- user_files
>>> page.html
<body>x</body>
>>> plain.html
<body>x</body>
--- more_headers
DNT: 1
--- request eval
["GET /page.html", "GET /rec?surface=home", "GET /plain.html"]
--- raw_response_headers_like eval
['X-Rules: [0-9a-f]{16}\r\n', 'X-Rules: [0-9a-f]{16}\r\n', 'X-Rules: \[\]\r\n']
--- response_body_like eval
['"rules":"(?!0{16})[0-9a-f]{16}"', '"rules":"(?!0{16})[0-9a-f]{16}"', 'x']



=== TEST 102: `off` in a server leaves it without the rules of http
--- http_config eval
"dynstore_rules " . Dynstore::write_file(Dynstore::folder() . '/all.json', qq({"schema":"dynstore.rules/1","blocked":{"any":[{"category":"Tents"}]}}\n)) . ";"
. "server { listen unix:" . Dynstore::folder() . "/off.sock; dynstore_rules off; location = /rec { dynstore_fragment; } }"
--- config
location = /rec { dynstore_fragment; }
location = /off { proxy_pass http://unix:$TEST_NGINX_FOLDER/off.sock:/rec?surface=home; }
--- request eval
["GET /rec?surface=home", "GET /off"]
--- response_body_like eval
['^(?!.*"id":"tent-0).*"items":\[\{', '"id":"tent-0']



=== TEST 103: in what shared caches may keep, attributes that visitors differ in do not count, and those that are the same for everybody do
--- http_config eval
"dynstore_rules " . Dynstore::write_file(Dynstore::folder() . '/shared.json', qq({"schema":"dynstore.rules/1","rules":[
 {"id":"role","when":{"role":"b2b","item":{"category":"Tents"}},"then":{"exclude":true}},
 {"id":"tier","when":{"tier":"gold","item":{"category":"Packs/Day packs"}},"then":{"exclude":true}}]}\n)) . ";"
--- config
location = /rec { dynstore_fragment; dynstore_attribute role $http_x_role; dynstore_attribute tier gold; }
location = /public.html { ssi on; }
location = /private.html { ssi on; dynstore_private on; }
--- user_files
>>> public.html
<body><!--#include virtual="/rec?surface=home&slot=recs" --></body>
>>> private.html
<body><!--#include virtual="/rec?surface=home&slot=recs" --></body>
--- more_headers
X-Role: b2b
--- request eval
["GET /public.html", "GET /private.html"]
--- response_body_like eval
['^(?!.*"id":"pack-0).*"id":"tent-0', '^(?!.*"id":"(?:tent|pack)-0).*"id":"stove-0']



=== TEST 104: in what shared caches may keep, texts are in the page's language
--- config
location = /rec { dynstore_fragment; dynstore_language $arg_lang; }
location = /page.html { ssi on; }
--- user_files
>>> page.html
<body><!--#include virtual="/rec?surface=home&lang=de" --></body>
--- request
GET /page.html
--- response_body_like: "language":"de"



=== TEST 105: without dynstore_rules the shipped default file is in force
--- http_config eval
"server { listen unix:" . Dynstore::folder() . "/default.sock; dynstore_rules " . Cwd::abs_path('conf.examples/rules.default.json') . "; location = /rec { dynstore_fragment; } }"
--- config
location = /rec { dynstore_fragment; }
location = /default { proxy_pass http://unix:$TEST_NGINX_FOLDER/default.sock:/rec?surface=home; }
location = /page.html { ssi on; }
--- user_files
>>> page.html
<!--#include virtual="/rec?surface=home" -->MIDDLE<!--#include virtual="/default" -->
--- more_headers
DNT: 1
--- request
GET /page.html
--- response_body_like: "rules":"([0-9a-f]{16})".*("slots":.*?)MIDDLE.*"rules":"\1".*\2



=== TEST 106: where nginx.conf names no slots, pages and fragments have those that the rules list for the surface, in the rules' formats
--- http_config eval
"dynstore_rules " . Dynstore::write_file(Dynstore::folder() . '/slots.json', qq({"schema":"dynstore.rules/1","surfaces":{"home":{"slots":[
 {"slot":"second","limit":2,"format":"html"},{"slot":"first","limit":3}]}}}\n)) . ";"
--- config
location = /rec { dynstore_fragment; }
location = /named { dynstore_fragment; dynstore_slots recs=1; }
location = /page.html { dynstore home; }
location = /json.html { dynstore home; dynstore_format json; }
location = /cart.html { dynstore cart; }
--- user_files
>>> page.html
<body><!--dynstore:first-->MIDDLE<!--dynstore:second-->END</body>
>>> json.html
<body><!--dynstore:second--></body>
>>> cart.html
<body></body>
--- more_headers
DNT: 1
--- request eval
["GET /rec?surface=home", "GET /named?surface=home", "GET /page.html", "GET /json.html", "GET /cart.html"]
--- response_body_like eval
['"slots":\[\{"slot":"(?:second)"(?:(?!"slot":).)*\{"slot":"first"(?!.*"slot":)', '^(?!.*"slot":"first").*"slots":\[\{"slot":"recs"',
 'id="dynstore-first".*MIDDLE.*<section class="dynstore dynstore-second".*END', '<script[^>]*id="dynstore-second"', '"slot":"recs"']
