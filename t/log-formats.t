# The log formats of conf.examples/log-formats.conf: what a line says, and what it does not.
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Cwd ();
use Dynstore;
use Dynstore::Shop;
use JSON::PP ();

# every variable of the documentation, but for the one that is a secret, and those that are the same for all
open my $in, '<', 'docs/directives.md' or die "docs/directives.md: $!\n";
my @variables = grep { !/^dynstore_(?:page_token|script|json_script|stylesheet)$/ } map { /^\| `\$(dynstore_\w+)` \|/ } <$in>;
close $in;

my $formats = Cwd::abs_path('conf.examples/log-formats.conf');
my $folder  = Dynstore::folder();
$ENV{TEST_NGINX_LOG_FORMATS} = $formats;
$ENV{TEST_NGINX_SHOP_LOG}    = "$folder/shop.log";

open $in, '<', $formats or die "$formats: $!\n";
my %format = do { local $/; <$in> } =~ /^log_format (\w+)(.*?);\n/gms;
for my $name (sort keys %format) {
    Test::More::is(CORE::join(' ', grep { $format{$name} !~ /\$$_\b/ } @variables), '', "$name has every variable of docs/directives.md");
}

add_block_preprocessor(sub {
    my $block = shift;
    unlink $ENV{TEST_NGINX_SHOP_LOG};
    $block->set_value('user_files', ">>> page.html\n<body>x</body>\n");
    $block->set_value('http_config', 'include $TEST_NGINX_LOG_FORMATS;' . ($block->http_config // ''));
    $block->set_value('config', 'location = /page.html { dynstore home; dynstore_slots recs=2; proxy_pass $TEST_NGINX_BACKEND; access_log $TEST_NGINX_SHOP_LOG ' . $block->format . '; }
        location = /log { alias $TEST_NGINX_SHOP_LOG; access_log off; }');
});

add_response_body_check(sub {
    my ($block, $body) = @_;
    if (defined $block->json && $body =~ /^\{/) {
        my $line = eval { JSON::PP::decode_json($body) };
        Test::More::is(ref $line, 'HASH', $block->name . ' - the line is JSON') or return;
        Test::More::is(CORE::join(' ', grep { !$line->{$_} } qw(time path surface rung moment consent decide_time wait_time id rules snapshot trace_id items)), '', $block->name . ' - with all values');
        Test::More::is($line->{trace_id}, '4bf92f3577b34da6a3ce929d0e0e4736', $block->name . ' - and the trace');
    }
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: a line of JSON says what was decided, and in which trace, but not for whom and for what search
--- format: dynstore_json
--- json
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") x 2]
--- request eval
["GET /page.html?q=secret", "GET /log"]
--- response_body_like eval
['dynstore-recs', '^\{"time":(?!.*secret)(?!.*127\.0\.0\.1)(?!.*dyn_vid)[^\n]*"surface":"home"[^\n]*"items":"recs:[^"]+"\}\n\z']



=== TEST 2: the line for people has the same
--- format: dynstore
--- more_headers eval
[("Cookie: dyn_vid=\$TEST_NGINX_VISITOR\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") x 2]
--- request eval
["GET /page.html?q=secret", "GET /log"]
--- response_body_like eval
['dynstore-recs', '^\S+ GET /page.html 200 \S+ surface=home rung=\w+ moment=\w+ consent=full decide=\d\S+ wait=\S+ skip=- ignored=- id=[0-9a-f]{16} rules=[0-9a-f]{16} snapshot=[0-9a-f]{32} trace=4bf92f3577b34da6a3ce929d0e0e4736 variant="-" items="recs:[^"]+"\n\z']



=== TEST 3: a traceparent that is not valid, and one of two, name no trace
--- format: dynstore
--- more_headers eval
["traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
 "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "A: b"]
--- request eval
["GET /page.html", "GET /page.html", "GET /log"]
--- response_body_like eval
['dynstore-recs', 'dynstore-recs', '^[^\n]* trace=- [^\n]*\n[^\n]* trace=- [^\n]*\n\z']
