# Rules are replaced while nginx serves: good ones are taken without a reload, bad ones refused with a sentence, and no answer is lost.
use strict;
use warnings;

use Test::More;
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Copy ();
use File::Temp ();
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder  = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis   = Dynstore::Redis->start($folder);
my $live    = "$folder/rules.json";
my $store   = "$folder/store.dyn";
my $workers = 3;
my $clients = 2;
my %text    = map { $_ => qq({"schema":"dynstore.rules/1","rules":[{"id":"$_","when":{"surface":"checkout"},"then":{"limit":3}}]}\n) } qw(first second third);
$text{bad}  = qq({"schema":"dynstore.rules/1",\n "rules":[{"id":"bad","when":{"surfce":"home"},"then":{"limit":3}}]}\n);
my ($nginx, %version);

sub snapshot {
    my ($name, $item) = @_;
    Dynstore::Nginx::write_file("$folder/$name.jsonl", join '', map { qq({"visitor":"v$_","time":170000000000$_,"event":"view_item","item_id":"$item"}\n) } 1 .. 9);
    my $output = qx{build/dynstore build --catalog t/fixtures/catalog.jsonl --events $folder/$name.jsonl -o $folder/$name.dyn 2>&1 </dev/null};
    BAIL_OUT("build/dynstore build failed: $output") if $?;
    return "$folder/$name.dyn";
}

sub write_live { Dynstore::Nginx::write_file($live, $_[0]) }

sub rename_live {
    Dynstore::Nginx::write_file("$live.new", $_[0]);
    rename "$live.new", $live or die $!;
}

sub start {
    my %with = @_;
    $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, workers => $workers, snapshot => $store,
        http => "dynstore_rules $live;", %with);
}

sub said { my $text = shift; return scalar(() = $nginx->log =~ /\Q$text\E/g) }

# the processes that said it, each as often as it did
sub who_said {
    my ($text, %said) = @_;
    $said{$_}++ for $nginx->log =~ /(\d+)#\d+: (?:\*\d+ )?dynstore: \Q$text\E/g;
    return \%said;
}

# Each of the workers of now said it once more than `before` counts.
sub all_said {
    my ($text, $before) = @_;
    return $nginx->until(sub {
        my $said = who_said($text);
        my @now  = $nginx->workers_of;
        return @now == $workers && !grep { ($said->{$_} // 0) <= ($before->{$_} // 0) } @now;
    }, 20);
}

# what an answer says, once every worker has taken what `text` says
sub version_of { return $_[0]->content =~ /"rules":"([0-9a-f]{16})"/ ? $1 : 'none' }

# publishes rules by a way, and waits until all workers use them; their version
sub taken {
    my ($name, $way) = @_;
    my $before = who_said('rules ' . ($version{$name} // ''));
    my $known  = $version{$name};
    $way->($text{$name});
    if (defined $known) {
        return all_said("rules $known are in use", $before) ? $known : 'not taken';
    }
    my %old = map { $_ => 1 } values %version;
    $nginx->until(sub { my $now = $nginx->status->{rules}{version}; !$old{$now} and $version{$name} = $now }, 20) or return 'not taken';
    return all_said("rules $version{$name} are in use", {}) ? $version{$name} : 'not taken by all';
}

# requests one after the other, by several clients, until traffic_ends(), which returns how many were answered, how many not, and with which rules
my ($stop, $report, @clients);
sub traffic {
    pipe my $go, $stop or die $!;
    pipe $report, my $say or die $!;
    my $test = $$;
    @clients = map {
        my $pid = fork // die $!;
        if ($pid == 0) {
            Dynstore::Guard::ends_with($test);
            close $stop;
            my ($good, $bad, %versions, $ready) = (0, 0);
            vec($ready = '', fileno $go, 1) = 1;
            until (select my $now = $ready, undef, undef, 0) {
                my $answer = eval { $nginx->get('/rec?surface=home') };
                my $fine = $answer && ($answer->code // 0) == 200 && $answer->content =~ /"rung":"(?:popular|context|session)"/
                    && eval { JSON::PP::decode_json($answer->content) };
                $fine ? $good++ : $bad++;
                $versions{ version_of($answer) }++ if $fine;
                sleep 0.01;
            }
            syswrite $say, join(' ', $good, $bad, sort keys %versions) . "\n";
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. $clients;
    close $go;
}

sub traffic_ends {
    close $stop;
    waitpid $_, 0 for splice @clients;
    my ($good, $bad, %versions) = (0, 0);
    for (1 .. $clients) { my ($g, $b, @v) = split ' ', scalar <$report>; $good += $g; $bad += $b; @versions{@v} = () }
    return ($good, $bad, [sort keys %versions]);
}

sub refused_by_all { my $count = shift; return $nginx->until(sub { $nginx->counter('rules_refused') == $count }, 20) }

my %file = (first => snapshot('one', 'tent-01'), second => snapshot('two', 'tent-02'));
File::Copy::copy($file{first}, $store) or die $!;
write_live($text{first});
start();

# --- what is said of them

my $status = $nginx->status->{rules};
$version{first} = $status->{version};
like($version{first}, qr/^[0-9a-f]{16}$/, 'the status says which rules are in use');
is($status->{rules}, 1, 'and how many they are');
is($status->{file}, $live, 'from which file');
is($status->{refused}, undef, 'of which nothing was refused');
is(version_of($nginx->get('/rec?surface=home')), $version{first}, 'an answer names the same rules');
like($nginx->get('/metrics')->content, qr/^nginx_dynstore_rules_info\{version="$version{first}"\} 1$/m, 'and so do the metrics');
is($nginx->counter('rules_loaded'), 0, 'rules that nginx began with are no new ones');

# --- good files

traffic();
my $halted = 0;    # a busy machine may stop this process between two pieces for as long as nginx takes for the end of a file
my @ways = (
    ['a rename',        \&rename_live],
    ['`cp`',            sub { Dynstore::Nginx::write_file("$folder/other", $_[0]); system('cp', "$folder/other", $live) == 0 or die }],
    ['pieces in place', sub {
        my $text = shift;
        open my $out, '>', $live or die $!;
        my $last = time;
        for my $piece (unpack '(a20)*', $text) {
            syswrite $out, $piece;
            $halted++ if time - $last >= 0.08;
            $last = time;
            sleep 0.02;
        }
    }],
);
my $loaded = 0;
for (@ways) {
    my ($name, $way) = @$_;
    for my $rules (qw(second first)) {
        $loaded += $workers;
        like(taken($rules, $way), qr/^[0-9a-f]{16}$/, "rules that come by $name are taken by all workers");
    }
}
isnt($version{second}, $version{first}, 'other rules have another version');
ok($nginx->until(sub { $nginx->counter('rules_loaded') == $loaded }), 'each worker counts what it took');
cmp_ok(said('are refused'), '<=', $halted, 'none of them was refused on the way');

utime undef, undef, $live or die $!;
rename_live($text{first});
sleep 1.2;    # nothing is to happen
is($nginx->counter('rules_loaded'), $loaded, 'the same bytes under another time and file are no new rules');

# --- bad files

my $refused = $nginx->counter('rules_refused');
for (['a file with a mistake', $text{bad}, qr/:2:\d+: /], ['an empty file', '', qr/:/], ['half of a file', substr($text{first}, 0, 40), qr/:1:\d+: /]) {
    my ($name, $text, $sentence) = @$_;
    my $lines = said('the new rules are refused');
    rename_live($text);
    $refused += $workers;
    ok(refused_by_all($refused), "$name is refused by all workers, and each counts it");
    is(said('the new rules are refused'), $lines + 1, "$name is told once in the error log");
    my ($told) = $nginx->log =~ /.*the new rules are refused, the old ones stay in use: ([^\n]*)/s;
    like($told, qr/^\Q$live\E$sentence/, "$name: the sentence names the file and the place");
    is($nginx->status->{rules}{refused}, $told, "$name: the status has the same sentence");
    is(version_of($nginx->get('/rec?surface=home')), $version{first}, "$name leaves the old rules in use");
}
my $lines = said('the new rules are refused');
sleep 1.2;    # nothing is to happen
is(said('the new rules are refused'), $lines, 'a bad file that stays is not told again');
is($nginx->counter('rules_refused'), $refused, 'and not counted again');
taken('second', \&rename_live);
is($nginx->status->{rules}{refused}, undef, 'after a good file the status tells of no refusal');

unlink $live or die $!;
ok(all_said("the rules \"$live\" were removed; those in memory stay in use", {}), 'a removed file is told');
is(version_of($nginx->get('/rec?surface=home')), $version{second}, 'and its rules stay in use');
taken('first', \&rename_live);
is($nginx->status->{rules}{version}, $version{first}, 'until there is a file again');

my ($good, $bad, $versions) = traffic_ends();
cmp_ok($good, '>', 0, 'answers were asked for all the while');
is($bad, 0, 'and none was lost');
is_deeply($versions, [sort @version{qw(first second)}], 'each was made with rules that were in use');

# --- under load

traffic();
for my $round (1 .. 10) {
    rename_live($text{ $round % 2 ? 'second' : 'first' });
    sleep 0.15 + rand 0.2;
    rename_live($text{bad});
    sleep 0.15 + rand 0.2;
}
rename_live($text{second});
ok($nginx->until(sub { version_of($nginx->get('/rec?surface=home')) eq $version{second} }, 20), 'good and bad files in turn: the last good one is taken');
($good, $bad, $versions) = traffic_ends();
cmp_ok($good, '>', 0, 'good and bad files in turn: answers were asked for');
is($bad, 0, 'and none was lost');
is_deeply([grep { $_ ne $version{first} && $_ ne $version{second} } @$versions], [], 'and each was made with one of the good ones');
ok($nginx->until(sub { !grep { version_of($nginx->get('/rec?surface=home')) ne $version{second} } 1 .. 20 }, 20), 'by all workers');

# --- with a new snapshot

sub publish { my $name = shift; File::Copy::copy($file{$name}, "$store.new") or die $!; rename "$store.new", $store or die $!; return build_of($file{$name}) }
sub build_of { my ($id) = qx{build/dynstore inspect --json $_[0]} =~ /"build(?:_id)?":\s*"([0-9a-f]{32})"/; return $id // BAIL_OUT("no build id of $_[0]") }

traffic();
rename_live($text{bad});
$refused = $nginx->counter('rules_refused');
ok($nginx->until(sub { ($nginx->status->{rules}{refused} // '') ne '' }, 20), 'a bad file');
my $build = publish('second');
ok($nginx->until(sub { !grep { $nginx->status->{snapshot}{build} ne $build } 1 .. 20 }, 20), 'does not keep a new snapshot from being used by all workers');
is(version_of($nginx->get('/rec?surface=home')), $version{second}, 'with the rules that are in force');
rename_live($text{first});
$build = publish('first');
ok($nginx->until(sub { !grep { $nginx->status->{snapshot}{build} ne $build || version_of($nginx->get('/rec?surface=home')) ne $version{first} } 1 .. 10 }, 20), 'snapshot and rules that come at once are both used');
($good, $bad) = traffic_ends();
is($bad, 0, 'and no answer was lost');

# --- reloads, and workers that die

rename_live($text{bad});
ok($nginx->until(sub { ($nginx->status->{rules}{refused} // '') ne '' }, 20), 'a bad file');
my @before = sort $nginx->workers_of;
kill HUP => $nginx->{pid};
ok($nginx->until(sub { $nginx->log =~ /\[emerg\].*dynstore_rules: \Q$live\E:2:/ }, 20), 'a reload with a bad file is refused with the place of the mistake');
is_deeply([sort $nginx->workers_of], \@before, 'and the workers go on');
is(version_of($nginx->get('/rec?surface=home')), $version{first}, 'with the rules that they have');

rename_live($text{third});
$nginx->reload;
ok($nginx->until(sub { $nginx->status->{rules}{version} ne $version{first} }, 20), 'a reload with a good file takes it');
$version{third} = $nginx->status->{rules}{version};
is($nginx->status->{rules}{refused}, undef, 'and nothing is refused any more');

taken('second', \&rename_live);
my %gone = map { $_ => 1 } my $victim = ($nginx->workers_of)[0];
kill KILL => $victim;
ok($nginx->until(sub { my @now = $nginx->workers_of; @now == $workers && !grep { $gone{$_} } @now }, 20), 'a worker in place of one that was killed');
ok($nginx->until(sub { my $new = who_said("rules $version{second} are in use"); !grep { !$new->{$_} } $nginx->workers_of }, 20), 'takes the newest rules');

is($nginx->stop, 0, 'nginx ends in peace');
is(join("\n", grep { /\[(?:alert|emerg|crit)\]/ && !/exited on signal 9|dynstore_rules: / } split /\n/, $nginx->log), '', 'and has nothing else to complain about');

# --- answers that are kept

$workers = 1;
write_live(qq({"schema":"dynstore.rules/1"}\n));
start(http => "dynstore_rules $live; dynstore_ttl 60s;");
$redis->command('LPUSH', 'dyn:r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor(1)) . '}', 'vi ' . int(time * 1000) . ' pack-01');

sub in_force {
    my ($rules, $before) = ($_[0], $nginx->status->{rules}{version});
    rename_live($rules);
    return $nginx->until(sub { $nginx->status->{rules}{version} ne $before }, 20);
}
sub id_of { return $_[0]->content =~ /"id":"([0-9a-f]{16})"/ ? $1 : 'none' }
sub items_of { return [$_[0]->content =~ /\{"id":"([^"]+)","title"/g] }

my $home = '/rec?surface=home&slot=recs';
my $kept = $nginx->get($home, 1);
is(Dynstore::Nginx::rung($kept), 'session', 'an answer from the session');
is(id_of($nginx->get($home, 1)), id_of($kept), 'is given again');
my ($gone, @others) = @{ items_of($kept) };
cmp_ok(scalar @others, '>', 0, 'it shows several items');
ok(in_force(qq({"schema":"dynstore.rules/1","rules":[{"id":"gone","when":{"item":{"id":"$gone"}},"then":{"exclude":true}}]}\n)), 'rules that exclude the first of them');
my $anew = $nginx->get($home, 1);
isnt(id_of($anew), id_of($kept), 'make the answer anew');
is((grep { $_ eq $gone } @{ items_of($anew) }), 0, 'without it');
isnt($anew->header('ETag'), $kept->header('ETag'), 'and with another validator');

ok(in_force(qq({"schema":"dynstore.rules/1","blocked":{"any":[{"id":"$others[0]"}]}}\n)), 'rules that block another of them');
$redis->stop;
my $last = $nginx->get($home, 1);
is(Dynstore::Nginx::rung($last), 'last_good', 'while Redis is away the last good answer is shown, which was made with other rules');
is((grep { $_ eq $others[0] } @{ items_of($last) }), 0, 'without what is blocked now');
$redis->restart;
$nginx->stop;
$workers = 3;

# --- workers that are another user than their master

SKIP: {
    skip 'only root can start workers of another user', 3 if $>;

    chmod 0755, $folder;
    rename_live($text{first});
    start(user => 'nobody nogroup');
    Dynstore::Nginx::write_file("$live.new", $text{second});
    chmod 0600, "$live.new";
    rename "$live.new", $live or die $!;
    ok(refused_by_all($workers), 'rules that workers may not read are refused');
    like($nginx->status->{rules}{refused}, qr/^\Q$live\E: cannot be opened: Permission denied/, 'with a sentence');
    chmod 0644, $live;
    ok(all_said("rules $version{second} are in use", {}), 'and taken when they may');
    $nginx->stop;
}

done_testing;
