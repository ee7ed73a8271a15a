# Rules that nginx begins with: a wrong file stops it with file, line, column and what would be right; a good one is what answers
# are made with.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;
use Dynstore::Shop;

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

spec_string($blocks);
run_tests();
