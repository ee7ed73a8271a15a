# Every bad value stops nginx at start, with the place and what would be right.
use Cwd ();
use Test::Nginx::Socket 'no_plan';
use lib 't/lib';
use Dynstore;

no_shuffle();

my $some_rules = 'dynstore_rules ' . Cwd::abs_path('conf.examples/rules.default.json') . ';';

my $hook_secret = Dynstore::write_file(Dynstore::folder() . '/shopify.secret', "secret\n", 0600);
my $bare_secret = Dynstore::write_file(Dynstore::folder() . '/bare.secret', "secret\n", 0644);

# name, level, directives, what the log says
my @refused = (
    ['an unknown surface',             'location', 'dynstore pd;',                       'unknown surface "pd": write one of home, plp, pdp, cart, search, landing, checkout, off'],
    ['a surface twice',                'location', 'dynstore pdp; dynstore plp;',        '"dynstore" directive is duplicate'],
    ['a zone without a size',          'http',     'dynstore_zone zone=x;',              'write zone=NAME:SIZE, e.g. zone=dynstore:16m'],
    ['a zone without a name',          'http',     'dynstore_zone zone=:1m;',            'write zone=NAME:SIZE'],
    ['a zone with a bad size',         'http',     'dynstore_zone zone=x:big;',          'write zone=NAME:SIZE'],
    ['a zone that is too small',       'http',     'dynstore_zone zone=x:8k;',           'is too small: give it at least 256k'],
    ['a second zone',                  'http',     'dynstore_zone zone=x:1m; dynstore_zone zone=y:1m;', 'one zone serves all workers of a shop'],
    ['a zone in a location',           'location', 'dynstore_zone zone=x:1m;',           '"dynstore_zone" directive is not allowed here'],
    ['a Redis in a location',          'location', 'dynstore_redis redis://127.0.0.1;',  '"dynstore_redis" directive is not allowed here'],
    ['a snapshot in a location',       'location', 'dynstore_snapshot $TEST_NGINX_SNAPSHOT;', '"dynstore_snapshot" directive is not allowed here'],
    ['two shops in one zone',          'http',     'server { server_name a.example; dynstore_zone zone=x:1m; location / { dynstore pdp; } } server { server_name b.example; dynstore_zone zone=x:1m; dynstore_redis redis://127.0.0.1; location / { dynstore pdp; } } dynstore_snapshot $TEST_NGINX_SNAPSHOT;',
        'dynstore_zone "x" is also used by a shop with another Redis, snapshot or rules: give each shop a zone of its own'],
    ['a second Redis',                 'http',     'dynstore_redis redis://127.0.0.1; dynstore_redis redis://127.0.0.1;', 'one Redis keeps all sessions of a shop'],
    ['a second snapshot',              'http',     'dynstore_snapshot $TEST_NGINX_SNAPSHOT; dynstore_snapshot b;', 'one snapshot serves all locations of a shop'],
    ['rules in a location',            'location', 'dynstore_rules rules.json;',         '"dynstore_rules" directive is not allowed here'],
    ['second rules',                   'http',     'dynstore_rules off; dynstore_rules b;', '"dynstore_rules" directive is duplicate: one file holds all rules of a shop'],
    ['rules without a file',           'http',     'dynstore_rules "";',                 'needs a file, e.g. /etc/dynstore/rules.json, or off'],
    ['rules that are not there',       'http',     'dynstore_rules /none/such.json; dynstore pdp;', 'dynstore_rules: there is no file "/none/such.json": write it'],
    ['rules that are a folder',        'http',     'dynstore_rules /tmp; dynstore pdp;', 'dynstore_rules: /tmp: is no file: dynstore_rules needs a file with rules'],
    ['rules that are none',            'http',     'dynstore_rules nginx.conf; dynstore pdp;', 'dynstore_rules: [^ ]*nginx.conf:\\d+:\\d+: this is no JSON'],
    ['a kill switch of a server',      'server',   'dynstore_kill_switch /tmp/off;',     '"dynstore_kill_switch" directive is not allowed here'],
    ['a second kill switch',           'http',     'dynstore_kill_switch off; dynstore_kill_switch b;', '"dynstore_kill_switch" directive is duplicate: one file is the kill switch of all shops'],
    ['a kill switch without a file',   'http',     'dynstore_kill_switch "";',           'needs a file, e.g. /etc/dynstore/off, or off'],
    ['a control stream that is neither', 'http',   'dynstore_redis redis://127.0.0.1 control=yes;', '"control=yes": write control=on to read the control stream, or control=off'],
    ['features in a location',         'location', 'dynstore_features f.json;',      '"dynstore_features" directive is not allowed here'],
    ['second features',                'http',     'dynstore_features off; dynstore_features b;', '"dynstore_features" directive is duplicate: one file holds GrowthBook'],
    ['features without a file',        'http',     'dynstore_features "";',              'needs a file, e.g. /var/lib/dynstore/features.json, or off'],
    ['features without rules',         'http',     'dynstore_features f.json; dynstore pdp;', '"dynstore_features" needs "dynstore_rules FILE;"'],
    ['features that are not there',    'http',     "$some_rules dynstore_features /none/such.json; dynstore pdp;", 'dynstore_features: there is no file "/none/such.json": fetch'],
    ['features that are a folder',     'http',     "$some_rules dynstore_features /tmp; dynstore pdp;", '/tmp: is no file: dynstore_features needs a file with features'],
    ['features that are none',         'http',     "$some_rules dynstore_features nginx.conf; dynstore pdp;", 'nginx.conf:\\d+:\\d+: this is no JSON'],
    ['no snapshot at all',             'location', 'dynstore pdp;',                      'need a snapshot: write "dynstore_snapshot FILE;"', 1],
    ['a snapshot that is not there',   'http',     'dynstore_snapshot /none/such.dyn; dynstore pdp;', 'there is no file "/none/such.dyn": make it with "dynstore build"'],
    ['a snapshot that is none',        'http',     'dynstore_snapshot nginx.conf; dynstore pdp;', 'dynstore_snapshot: .*nginx.conf'],
    ['a country that is none',         'location', 'dynstore_country Germany;',          'invalid country "Germany": write two capital letters of ISO 3166-1, e.g. DE'],
    ['bots told twice',                'location', 'dynstore_bot off; dynstore_bot $arg_b;', '"dynstore_bot" directive is duplicate'],
    ['an age that is none',            'location', 'dynstore_age old;',                  'invalid age "old": write years from 0 to 150'],
    ['an age beyond the edge',         'location', 'dynstore_age 151;',                  'invalid age "151"'],
    ['a language that is none',        'location', 'dynstore_language German!;',         'invalid language "German!": write a name of BCP 47, e.g. de or de-AT, or a variable'],
    ['a language twice',               'location', 'dynstore_language de; dynstore_language $arg_l;', '"dynstore_language" directive is duplicate'],
    ['an attribute with a bad name',   'location', 'dynstore_attribute Tier $arg_t;',    'invalid name "Tier": write 1 to 32 small letters and underscores, e.g. segment'],
    ['an attribute with a long name',  'location', 'dynstore_attribute ' . 'a' x 33 . ' $arg_t;', 'invalid name "a+": write 1 to 32'],
    ['an attribute without a name',    'location', 'dynstore_attribute "" $arg_t;',      'invalid name ""'],
    ['an attribute without a value',   'location', 'dynstore_attribute tier;',           'invalid number of arguments in "dynstore_attribute"'],
    ['an attribute twice',             'location', 'dynstore_attribute tier $arg_t; dynstore_attribute tier gold;', 'the attribute "tier" is set twice: write all its values into one, with commas between them'],
    ['33 attributes',                  'location', join(' ', map { 'dynstore_attribute a' . 'b' x $_ . ' v;' } 0 .. 31) . ' dynstore_attribute z v;', '"z" is one attribute too many: a level may set at most 32'],
    ['a webhook of a platform that is unknown', 'location', "dynstore_webhook magento secret_file=$hook_secret;", 'unknown platform "magento": write one of shopify bigcommerce woocommerce adobe standard and then secret_file=FILE'],
    ['a webhook without a secret',     'location', 'dynstore_webhook shopify currency=EUR;', 'dynstore_webhook: secret_file= is missing'],
    ['a webhook with a secret itself', 'location', 'dynstore_webhook shopify hush-hush;',  'dynstore_webhook: the parameter 2 is unknown: write secret_file=FILE', 0, 'hush-hush'],
    ['a webhook whose secret is missing', 'location', 'dynstore_webhook shopify secret_file=/nowhere/a.secret;', 'dynstore_webhook: the secret: .*/nowhere/a.secret'],
    ['a webhook whose secret all may read', 'location', "dynstore_webhook shopify secret_file=$bare_secret;", 'dynstore_webhook: the secret: .*bare.secret'],
    ['a webhook whose key is none',    'location', "dynstore_webhook adobe secret_file=$hook_secret;", 'dynstore_webhook: the secret in ".*shopify.secret": is no public RSA key'],
    ['a webhook with five secrets',    'location', 'dynstore_webhook shopify' . " secret_file=$hook_secret" x 5 . ';', 'is one secret too many: at most 4 may hold at once'],
    ['a webhook with a bad currency',  'location', "dynstore_webhook shopify secret_file=$hook_secret currency=euro;", 'invalid currency in "currency=euro": write three capitals of ISO 4217'],
    ['two webhooks in one location',   'location', "dynstore_webhook shopify secret_file=$hook_secret; dynstore_webhook adobe secret_file=$hook_secret;", '"dynstore_webhook" directive is duplicate'],
    ['a webhook in a server',          'server',   "dynstore_webhook shopify secret_file=$hook_secret;", '"dynstore_webhook" directive is not allowed here'],
    ['a webhook without a Redis',      'location', "dynstore_webhook shopify secret_file=$hook_secret;", '"dynstore_webhook" needs a Redis, where it writes what the platform tells'],
    ['a script that is neither',       'location', 'dynstore_script yes;',               'invalid folder "yes": write on, off, or the address of the location with dynstore_assets, from / or https:// to its last /'],
    ['a script without its last slash', 'location', 'dynstore_script /assets;',          'invalid folder "/assets"'],
    ['a script of nothing',            'location', 'dynstore_script "";',                'invalid folder ""'],
    ['a script by plain HTTP',         'location', 'dynstore_script http://cdn.example/;', 'invalid folder "http://cdn.example/"'],
    ['a script that is off with an attribute', 'location', 'dynstore_script off data-consent=required;', 'invalid folder "off"'],
    ['a script with another attribute', 'location', 'dynstore_script on onload=x;',      'invalid parameter "onload=x": write an attribute of the tag, nonce=VALUE or data-NAME=VALUE'],
    ['a script with a bare attribute', 'location', 'dynstore_script on data-consent;',   'invalid parameter "data-consent"'],
    ['a script with a bad attribute',  'location', "dynstore_script on 'data-a b=x';",   'invalid parameter "data-a b=x"'],
    ['a script twice',                 'location', 'dynstore_script on; dynstore_script on;', '"dynstore_script" directive is duplicate'],
    ['files with an argument',         'location', 'dynstore_assets on;',                'invalid number of arguments in "dynstore_assets"'],
    ['files in a server',              'server',   'dynstore_assets;',                   '"dynstore_assets" directive is not allowed here'],
    ['files where events are taken',   'location', 'dynstore_events; dynstore_assets;',  '"dynstore_assets" directive is duplicate, or this location has another directive that answers its requests'],
    ['a timeout that is none',         'location', 'dynstore_timeout soon;',             'invalid time "soon": write 1ms to 10s, e.g. 20ms'],
    ['a timeout of nothing',           'location', 'dynstore_timeout 0;',                'invalid time "0": write 1ms to 10s'],
    ['a timeout beyond the edge',      'location', 'dynstore_timeout 10001ms;',          'invalid time "10001ms"'],
    ['a ttl that is none',             'location', 'dynstore_ttl x;',                    'invalid time "x": write 0s to 1h, e.g. 5s'],
    ['a ttl beyond the edge',          'location', 'dynstore_ttl 3601s;',                'invalid time "3601s"'],
    ['a format that is none',          'location', 'dynstore_format xml;',               'invalid format "xml": write json or html'],
    ['an answer that is neither on nor off', 'location', 'dynstore_inflate gzip;',      'invalid value "gzip" in "dynstore_inflate" directive, it must be "on" or "off"'],
    ['impressions that are neither on nor off', 'location', 'dynstore_impressions some;', 'invalid value "some": write on, off or stream'],
    ['a share of records above 1', 'location', 'dynstore_records 1.5;', 'invalid share "1.5": write the share of decisions to record, 0 to 1, e.g. 0.1; or off'],
    ['records with an unknown parameter', 'location', 'dynstore_records 1 words=on;', 'invalid parameter "words=on": write stream_max=N, entries of the stream, or search=on'],
    ['a slot with a bad name',         'location', 'dynstore_slots Recs=3;',             'Recs'],
    ['a slot with too many items',     'location', 'dynstore_slots recs=25;',            'recs=25'],
    ['a slot twice',                   'location', 'dynstore_slots recs=2 recs=3;',      'the slot "recs=3" is named twice'],
    ['nine slots',                     'location', 'dynstore_slots a b c d e f g h i;',  '9 slots are too many: a page may have at most 8'],
    ['a bad cookie name',              'location', 'dynstore_visitor "cookie=a b";',     'invalid cookie name in "cookie=a b": write letters'],
    ['a cookie name that is empty',    'location', 'dynstore_visitor cookie=;',          'invalid cookie name in "cookie="'],
    ['a bad domain',                   'location', 'dynstore_visitor "domain=a;b";',     'invalid domain in "domain=a;b": write a host name'],
    ['a cookie that is too old',       'location', 'dynstore_visitor max_age=401d;',     'invalid age in "max_age=401d": write 1s to 400d'],
    ['an unknown visitor parameter',   'location', 'dynstore_visitor secure=maybe;',     'invalid parameter "secure=maybe": write a value with a variable first'],
    ['a constant for a visitor',       'location', 'dynstore_visitor me;',               'invalid parameter "me"'],
    ['a prefix that comes by itself',  'location', 'dynstore_visitor cookie=__Host-v;',  'the module itself adds the prefix in "cookie=__Host-v" where the cookie is Secure'],
    ['the other prefix',               'location', 'dynstore_visitor cookie=__secure-v;', 'the module itself adds the prefix in "cookie=__secure-v"'],
    ['trust without a variable',       'location', 'dynstore_visitor trusted;',          '"trusted" says that the client cannot choose a variable\'s value'],
    ['headers without end for a visitor', 'location', 'dynstore_visitor ' . '$http_' . 'x' x 240 . '$http_more_than_there_is_room trusted;', 'are over 256 bytes: write one'],
    ['private that is neither on nor off', 'location', 'dynstore_private yes;',          'invalid value "yes" in "dynstore_private" directive'],
    ['a check that is neither on nor off', 'location', 'dynstore_shared_cache_check 1;', 'invalid value "1" in "dynstore_shared_cache_check" directive'],
    ['a key that cannot be made',      'location', 'dynstore_visitor key=/none/such.key;', 'the visitors\' key: .*/none/such.key'],
    ['a search twice',                 'location', 'dynstore_search $arg_q; dynstore_search $arg_s;', '"dynstore_search" directive is duplicate'],
    ['a variable that is not there',   'location', 'dynstore_item $no_such_thing;',      'unknown "no_such_thing" variable'],
    ['an address of another kind, which does not show its password,', 'http', 'dynstore_redis rediss://u:s3cr3t@host;', 'the address of Redis, "\@host", cannot be read: it does not begin with redis:// or unix:; write redis://\[user', 0, 's3cr3t'],
    ['a database that is none',        'http',     'dynstore_redis redis://:s3cr3t@127.0.0.1/x;', '"\@127.0.0.1/x", cannot be read: its database is not a number from 0 to 65535; write redis://\[user', 0, 's3cr3t'],
    ['a user in a socket\'s address',  'http',     'dynstore_redis unix:user:s3cr3t@/run/redis.sock;', '"\@/run/redis.sock", cannot be read: its database is not a number from 0 to 65535; .* or unix:PATH\[:db\]', 0, 's3cr3t'],
    ['a password in a user\'s place',  'http',     'dynstore_redis redis://s3cr3t@127.0.0.1;', 'the user of redis://127.0.0.1:6379 has no password; write user:password@, :password@ or password_file=FILE', 0, 's3cr3t'],
    ['a port that is none behind a password', 'http', 'dynstore_redis redis://u:s3cr3t@127.0.0.1:x;', '"\@127.0.0.1:x", cannot be read: its port is not a number from 1 to 65535', 0, 's3cr3t'],
    ['a password whose host was forgotten', 'http', 'dynstore_redis redis://u:s3cr3t;', 'the address of Redis cannot be read: its port is not a number from 1 to 65535', 0, 's3cr3t'],
    ['a password that is badly encoded', 'http', 'dynstore_redis redis://u:s3cr3t%zz@127.0.0.1;', '"\@127.0.0.1", cannot be read: its user or password is badly encoded', 0, 's3cr3t'],
    ['a NUL in a password',            'http',     'dynstore_redis redis://u:s3cr3t%00@127.0.0.1;', 'its user or password is badly encoded: % must be followed by two hex digits other than 00, and % itself is %25', 0, 's3cr3t'],
    ['a password as a parameter',      'http',     'dynstore_redis redis://127.0.0.1 password=s3cr3t;', 'unknown parameter "password="; known are password_file=', 0, 's3cr3t'],
    ['a password as a bare word',      'http',     'dynstore_redis redis://127.0.0.1 s3cr3t;', 'unknown parameter ""; known are password_file=', 0, 's3cr3t'],
    ['a password file that everybody can read', 'http', 'dynstore_redis redis://127.0.0.1 password_file=' . secret('open', 0644) . ';', 'mode 644 lets everybody at the secret: run `chmod 600 [^`]*open`'],
    ['a password file that everybody can write', 'http', 'dynstore_redis redis://127.0.0.1 password_file=' . secret('writable', 0602) . ';', 'mode 602 lets everybody at the secret: run `chmod 600 [^`]*writable`'],
    ['a key file that everybody can read', 'location', 'dynstore_visitor key=' . secret('key', 0644) . ';', 'mode 644 lets everybody at the secret: run `chmod 600 [^`]*key`'],
    ['a password file that is not there', 'http',  'dynstore_redis redis://127.0.0.1 password_file=/none/such;', 'the password file /none/such: cannot be opened'],
    ['an empty password file',         'http',     'dynstore_redis redis://127.0.0.1 password_file=' . secret('empty', 0600, "\n") . ';', 'must hold the password alone, 1 to 1024 bytes'],
    ['a prefix with a brace',          'http',     'dynstore_redis redis://127.0.0.1 "prefix={shop}:";', 'prefix=\{shop\}:: the prefix of keys must be 1 to 64 printable ASCII characters other than space, \{ and \}'],
    ['a prefix of no characters',      'http',     'dynstore_redis redis://127.0.0.1 prefix=;', 'prefix=: the prefix of keys must be 1 to 64 printable'],
    ['a stream of bytes that is none', 'http',     'dynstore_redis redis://127.0.0.1 stream_bytes=lots;', 'the stream may take 64k to 64g of Redis\' memory; write stream_bytes=16m'],
    ['a stream that is too small',     'http',     'dynstore_redis redis://127.0.0.1 stream_bytes=65535;', 'write stream_bytes=16m'],
    ['a budget that is none',          'http',     'dynstore_redis redis://127.0.0.1 stream_new=few;', 'write stream_new=50'],
    (map { ["a stream's age of \"$_\"", 'http', "dynstore_redis redis://127.0.0.1 stream_age=$_;",
        "\"stream_age=$_\": the stream's age must be a time; 0 keeps entries of any age; write stream_age=30d"] } 'old', '', '-1d', '1.5d', '30d1y', '9' x 19 . 'y'),
    ['new visitors\' keys of no time', 'http',     'dynstore_redis redis://127.0.0.1 new_idle=59s;', 'write new_idle=10m'],
    (map { ["a history of \"$_\"", 'http', "dynstore_redis redis://127.0.0.1 history=$_;",
        "\"history=$_\": what visitors bought and chose may be kept for 1h to 400d; 0 keeps no history; write history=90d"] } 'long', '', '59m', '401d'),
    ['an endpoint beside another answer', 'location', 'stub_status; dynstore_status;',   'give this directive its own location'],
    ['a limit of something else',      'location', 'dynstore_limit session=1/s;',        'invalid parameter "session=1/s": write visitor=RATE,BURST and address=RATE,BURST'],
    ['a limit without a unit',         'location', 'dynstore_limit visitor=20;',         '"20" is no rate: write 1 to 1000000 in s, m or h and a burst, such as 20/s,400, or off'],
    ['a limit beyond the edge',        'location', 'dynstore_limit address=1000001/s;',  '"1000001/s" is no rate'],
    ['limits twice',                   'location', 'dynstore_limit off; dynstore_limit visitor=1/s;', '"dynstore_limit" directive is duplicate'],
    ['a token that is none of these',  'location', 'dynstore_page_token always;',       'invalid parameter "always": write on, required or off'],
    ['a token that is too old',        'location', 'dynstore_page_token on max_age=8d;', 'invalid age "max_age=8d": write 1s to 7d, e.g. max_age=2h'],
    ['a token with something else',    'location', 'dynstore_page_token on age=1h;',    'invalid age "age=1h"'],
    ['a token twice',                  'location', 'dynstore_page_token on; dynstore_page_token off;', '"dynstore_page_token" directive is duplicate'],
    ['something else to keep',         'location', 'dynstore_keep email=off;',          'invalid parameter "email=off": write one of search order utm referrer and =raw, =hash or =off, e.g. search=hash'],
    ['a way to keep that is none',     'location', 'dynstore_keep search=md5;',         'invalid parameter "search=md5"'],
    ['what to keep twice',             'location', 'dynstore_keep utm=off; dynstore_keep utm=off;', '"dynstore_keep" directive is duplicate'],
    ['an origin with a path',          'location', 'dynstore_origins https://a.example/;',  'invalid origin "https://a.example/": write a scheme and a host without a path'],
    ['an origin without a scheme',     'location', 'dynstore_origins a.example;',        'invalid origin "a.example"'],
    ['every origin at once',           'location', 'dynstore_origins *;',                'invalid origin'],
    ['origins twice',                  'location', 'dynstore_origins off; dynstore_origins https://a.example;', '"dynstore_origins" directive is duplicate'],
    ['an endpoint in a server',        'server',   'dynstore_fragment;',                 '"dynstore_fragment" directive is not allowed here'],
);

# a file with a secret in it
sub secret {
    my ($name, $mode, $text) = @_;
    return Dynstore::write_file(Dynstore::folder() . "/$name", $text // "s3cr3t\n", $mode);
}

my $accepted = join ' ', 'dynstore pdp; dynstore_item $arg_id; dynstore_search $arg_q; dynstore_visitor $cookie_c trusted cookie=v domain=example.com max_age=400d secure=on;',
    'dynstore_consent $cookie_c; dynstore_no_track off; dynstore_bot $arg_b; dynstore_bypass $arg_a $arg_b; dynstore_country $arg_c; dynstore_age 150; dynstore_language zh-Hant_TW;',
    join(' ', map { 'dynstore_attribute ' . 'b' x $_ . ' v;' } 1 .. 32),
    'dynstore_slots a=24 b c d e f g h=1; dynstore_format html; dynstore_types text/html application/xhtml+xml; dynstore_timeout 10s; dynstore_ttl 1h; dynstore_private on; dynstore_shared_cache_check off; dynstore_inflate on; dynstore_impressions off; dynstore_records 0.25 stream_max=500 search=on;',
    'dynstore_origins https://a.example:8443 https://*.b.example *.c.example capacitor://localhost http://[::1]:3000;',
    'dynstore_limit visitor=1000000/s,1000000 address=1/h,1; dynstore_page_token required max_age=7d; dynstore_trusted $arg_a $arg_b; dynstore_keep search=raw order=hash utm=off referrer=off;';

my $number = 0;
my $blocks = '';
for (@refused) {
    my ($name, $level, $text, $says, $bare, $hidden) = @$_;
    $number++;
    my $snapshot = $bare || $text =~ /dynstore_snapshot/ ? '' : 'dynstore_snapshot $TEST_NGINX_SNAPSHOT;';
    my %at = (http => '', server => '', location => '', $level => $text);
    $blocks .= "=== TEST $number: $name stops nginx\n--- http_config\n$snapshot $at{http}\n--- config\n$at{server}\n"
        . "location /x { $at{location} }\n--- must_die\n--- error_log eval\nqr{$says}\n" . (defined $hidden ? "--- no_error_log\n$hidden\n" : '') . "\n\n\n";
}
$number++;
$blocks .= "=== TEST $number: everything at its edge is accepted\n--- http_config\ndynstore_snapshot \$TEST_NGINX_SNAPSHOT; dynstore_zone zone=x:256k;\n"
    . "--- config\nlocation /x { $accepted }\n--- request\nGET /\n--- response_body_like: It works\n--- no_error_log\n[emerg]\n\n\n\n";
$number++;
$blocks .= "=== TEST $number: a module that is merely loaded makes no key file\n--- config\n--- request\nGET /\n--- response_body_like: It works\n--- init\n"
    . "Test::More::ok(!-e html_dir() . '/../conf/dynstore.key', 'no key');\n--- no_error_log\n[error]\n";

# what docs/directives.md shows is accepted as it stands
my $document = slurp('docs/directives.md');
my %replaced = (
    '/var/lib/dynstore/store.dyn' => '$TEST_NGINX_SNAPSHOT', '/etc/nginx/dynstore.key' => '$TEST_NGINX_KEY',
    '/var/lib/dynstore/books.dyn' => '$TEST_NGINX_SNAPSHOT', '/etc/nginx/books.key' => '$TEST_NGINX_KEY',
    '/etc/dynstore/rules.json'  => Dynstore::write_file(Dynstore::folder() . '/rules.json', qq({"schema":"dynstore.rules/1"}\n)),
    '/var/lib/dynstore/features.json' => Dynstore::write_file(Dynstore::folder() . '/features.json', qq({"features":{}}\n)),
    '/etc/nginx/redis.password'   => Dynstore::write_file(Dynstore::folder() . '/redis.password', "secret\n", 0600),
    '/etc/nginx/shopify.secret'   => "$hook_secret",
    'redis.internal' => '127.0.0.1', 'listen 80;' => 'listen unix:' . Dynstore::folder() . '/shop.sock;',
);
my @examples;
$document =~ s{```nginx\n.*?^http \{\n(.*?)^\}\n```}{push @examples, ['the small shop', $1, '']; ''}gmse;
$document =~ s{```nginx\n(server \{\n.*?^\}\n)```}{push @examples, ['a shop of its own', $1, '']; ''}gmse;
for my $section (split /^(?=##)/m, $document) {
    my ($name) = $section =~ /^#+ (.*)/;
    my @lines = $section =~ /^    (\S.*)$/mg or next;
    my $http = join "\n", grep { /^(?:map|log_format|limit_req_zone|dynstore_(?:zone|redis|snapshot|rules|features|kill_switch))\b/ } @lines;
    my $server = join "\n", grep { /^location/ } @lines;
    my $location = join "\n", grep { !/^(?:map|log_format|limit_req_zone|location|dynstore_(?:zone|redis|snapshot|rules|features|kill_switch))\b/ } @lines;
    push @examples, [$name, $http . ($http =~ /dynstore_snapshot/ ? '' : "\ndynstore_snapshot /var/lib/dynstore/store.dyn;\n"),
        "$server\nlocation /x {\n$location\n}"];
}
Test::More::cmp_ok(scalar @examples, '>=', 15, 'examples in docs/directives.md');
for (@examples) {
    my ($name, $http, $server) = @$_;
    for my $text ($http, $server) {
        $text =~ s/\Q$_\E/$replaced{$_}/g for keys %replaced;
    }
    $number++;
    $blocks .= "\n\n\n=== TEST $number: the example of \"$name\" is accepted\n--- http_config\n$http\n--- config\n$server\n--- request\n"
        . "GET /\n--- response_body_like: It works\n--- no_error_log\n[emerg]\n";
}

# and every directive is in it
my $commands = slurp('ngx_http_dynstore_module/nginx/module.c');
for my $directive ($commands =~ /ngx_string\("(dynstore\w*)"\)/g) {
    Test::More::ok($document =~ qr/`$directive [^`]*;`|`$directive;`/, "$directive is documented");
}
for my $variable (slurp('ngx_http_dynstore_module/nginx/variables.c') =~ /ngx_string\("(dynstore_\w+)"\)/g) {
    Test::More::ok($document =~ qr/^\| `\$$variable` \|/m, "\$$variable is documented");
}

spec_string($blocks);
run_tests();

sub slurp {
    open my $file, '<', shift or die $!;
    local $/;
    return scalar <$file>;
}
