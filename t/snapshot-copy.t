# The snapshot's file may be overwritten, cut or lengthened where it is: no page is lost, what becomes of it is noticed, and taken
# or refused like a file that came by rename.
use strict;
use warnings;

use Test::More;
use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Copy ();
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder  = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis   = Dynstore::Redis->start($folder);
my $live    = "$folder/live.dyn";
my %file    = (first => snapshot('first', 'tent-01'), second => snapshot('second', 'tent-02'));
my %id      = map { $_ => id_of($file{$_}) } keys %file;
my $workers = 3;
my $clients = 2;
my $nginx;

sub snapshot {
    my ($name, $item) = @_;
    Dynstore::Nginx::write_file("$folder/$name.jsonl", join '', map { qq({"visitor":"v$_","time":170000000000$_,"event":"view_item","item_id":"$item"}\n) } 1 .. 9);
    my $output = qx{build/dynstore build --catalog t/fixtures/catalog.jsonl --events $folder/$name.jsonl -o $folder/$name.dyn 2>&1 </dev/null};
    BAIL_OUT("build/dynstore build failed: $output") if $?;
    return "$folder/$name.dyn";
}

sub id_of {
    my ($id) = qx{build/dynstore inspect --json $_[0]} =~ /"build(?:_id)?":\s*"([0-9a-f]{32})"/;
    return $id // BAIL_OUT("no build id of $_[0]");
}

sub run { system(@_) == 0 or die "@_ failed\n" }

sub publish {
    my $file = shift;
    File::Copy::copy($file, "$live.new") or die $!;
    rename "$live.new", $live or die $!;
}

# as `rsync --inplace` over a slow line: the old bytes are replaced from the front
sub write_in_pieces {
    my $bytes = Dynstore::Nginx::slurp(shift);
    open my $out, '+<', $live or die $!;
    my $piece = int(length($bytes) / 5) + 1;
    for (my $at = 0; $at < length $bytes; $at += $piece) {
        syswrite $out, substr($bytes, $at, $piece);
        sleep 0.03;
    }
    truncate $out, length $bytes;
}

sub append {
    my $text = shift;
    open my $out, '>>', $live or die $!;
    syswrite $out, $text;
}

# the processes whose line in the log says so, each as often as it does
sub who_said {
    my $text = shift;
    return $nginx->log =~ /(\d+)#\d+: (?:\*\d+ )?dynstore: \Q$text\E/g;
}

sub current_workers { my %now = map { $_ => 1 } $nginx->workers_of; return \%now }

# Each of the workers of now said it once more than `before` counts.
sub all_use {
    my ($name, $before) = @_;
    return $nginx->until(sub {
        my (%said, $now);
        $said{$_}++ for who_said("snapshot $id{$name} is in use");
        $now = current_workers();
        return keys %$now == $workers && !grep { ($said{$_} // 0) <= ($before->{$_} // 0) } keys %$now;
    }, 20);
}

# how often each worker said so till now
sub uses { my %said; $said{$_}++ for who_said("snapshot $id{$_[0]} is in use"); return \%said }

# the memory that a process maps as a snapshot, by inode
sub memory_of {
    my $pid = shift;
    return { map { $_ => 1 } Dynstore::Nginx::slurp("/proc/$pid/maps") =~ /^\S+ r--p \S+ \S+ (\d+) +\/memfd:dynstore:live\.dyn/mg };
}

# which memories workers map, and how many of them do, when they gave back what they have no use for
sub memories {
    my %memories;
    $nginx->until(sub {
        %memories = ();
        $memories{join ' ', sort keys %{ memory_of($_) }}++ for $nginx->workers_of;
        return keys %memories == 1 && (keys %memories)[0] =~ /^\d+ \d+$/;
    });
    return \%memories;
}

# requests one after the other, by several clients, until traffic_ends(), which returns how many were answered and how many not
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
            my ($good, $bad, $ready) = (0, 0, '');
            vec($ready, fileno $go, 1) = 1;
            until (select my $now = $ready, undef, undef, 0) {
                my $answer = eval { $nginx->get('/rec?surface=home') };
                my $fine = $answer && ($answer->code // 0) == 200 && $answer->content =~ /"rung":"(?:popular|context|session)"/;
                $fine ? $good++ : $bad++;
                sleep 0.002;
            }
            syswrite $say, "$good $bad\n";
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. $clients;
    close $go;
}

sub traffic_ends {
    close $stop;
    waitpid $_, 0 for splice @clients;
    my ($good, $bad) = (0, 0);
    for (1 .. $clients) { my ($g, $b) = split ' ', scalar <$report>; $good += $g; $bad += $b }
    return ($good, $bad);
}

sub no_page_is_lost {
    my $name = shift;
    my ($good, $bad) = traffic_ends();
    cmp_ok($good, '>', 0, "$name: pages were asked for");
    is($bad, 0, "$name: none of them is lost");
    is((() = $nginx->log =~ /exited on signal (?!9)/g), 0, "$name: no worker dies");
    traffic();
}

# --- what is done to the file, and what the log says of it; a good one, written over it, is taken then

my @damage = (
    ['a file emptied where it is',                    sub { truncate $live, 0 or die $! },                      qr/empty/],
    ['a file cut in half where it is',                sub { truncate $live, int((-s $live) / 2) or die $! },    qr/was cut or is still being written/],
    ['a file lengthened where it is',                 sub { append("\0" x 4096) },                              qr/was cut or is still being written/],
    ['a file that a terabyte of nothing is added to', sub { truncate $live, 1 << 40 or die $! },                qr/was cut or is still being written/],
    ['a file overwritten by what is no snapshot',     sub { run("head -c 300000 /dev/zero > $live") },          qr/this is no snapshot/],
    ['a byte overwritten in the middle of a file',    sub { run("printf x | dd of=$live bs=1 seek=6000 conv=notrunc status=none") }, qr/the checksum does not match|is damaged/],
);

publish($file{first});
$nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, workers => $workers, snapshot => $live);
traffic();

my $in_use = 'first';
my $refused = 0;
for (@damage) {
    my ($name, $damage, $sentence) = @$_;
    my $lines = () = $nginx->log =~ /the new snapshot is refused/g;

    $damage->();
    ok($nginx->until(sub { (() = $nginx->log =~ /the new snapshot is refused/g) > $lines }, 20), "$name is refused");
    no_page_is_lost($name);
    my ($said) = $nginx->log =~ /.*the new snapshot is refused, the old one stays in use: ([^\n]*)/s;
    like($said, $sentence, "$name is refused with a sentence that says why");
    like($said, qr/^\Q$live\E: /, "$name is refused with a sentence that says which file");
    $refused += $workers;
    ok($nginx->until(sub { $nginx->counter('snapshots_refused') == $refused }), "$name is counted by each worker");
    is((() = $nginx->log =~ /the new snapshot is refused/g), $lines + 1, "$name is read by one worker, for all");
    is($nginx->status->{snapshot}{build}, $id{$in_use}, "$name leaves the snapshot in use");

    $in_use = $in_use eq 'first' ? 'second' : 'first';
    my $before = uses($in_use);
    run('cp', $file{$in_use}, $live);
    ok(all_use($in_use, $before), "$name: a good one that `cp` writes over it is taken by all workers");
    no_page_is_lost("$name, and a good one over it");
}

my @ways = (
    ['dd conv=notrunc',   sub { run("dd if=$_[0] of=$live bs=4096 conv=notrunc status=none"); truncate $live, -s $_[0] }],
    ['pieces in place',   \&write_in_pieces],
    ['install',           sub { run('install', '-m', '644', $_[0], $live) }],
    ['a half, then the rest when the half was refused', sub {
        my $bytes = Dynstore::Nginx::slurp($_[0]);
        my $lines = () = $nginx->log =~ /the new snapshot is refused/g;
        open my $out, '>', $live or die $!;
        syswrite $out, substr $bytes, 0, length($bytes) / 2;
        ok($nginx->until(sub { (() = $nginx->log =~ /the new snapshot is refused/g) > $lines }, 20), 'a half is refused');
        syswrite $out, substr $bytes, length($bytes) / 2;
    }],
    ['a rename',          \&publish],
);

for (@ways) {
    my ($name, $way) = @$_;
    $in_use = $in_use eq 'first' ? 'second' : 'first';
    my $before = uses($in_use);
    $way->($file{$in_use});
    ok(all_use($in_use, $before), "a good file that comes by $name is taken by all workers");
    no_page_is_lost($name);
}

# --- one copy

my $memories = memories();
is(keys %$memories, 1, 'all workers map the same memory');
is((map { scalar split ' ' } keys %$memories)[0], 2, 'which is the copy that nginx began with, and the newest');
is(keys %{ memory_of($nginx->{pid}) }, 1, 'the master has the one that it began with');

my $swapped = $nginx->counter('snapshots_swapped');
chmod 0640, $live or die $!;
utime undef, undef, $live or die $!;
run('cp', $file{$in_use}, "$folder/again");
rename "$folder/again", $live or die $!;
sleep 1;    # nothing is to happen
is($nginx->counter('snapshots_swapped'), $swapped, 'the same bytes under another name and time are no new snapshot');
is_deeply(memories(), $memories, 'and no new memory');
no_page_is_lost('the same bytes');

# --- workers that are killed

# Kills workers while nobody asks for anything (what is in their hands is lost with them), and waits for those in their place.
sub kill_workers {
    my @victims = @_;
    my ($good, $bad) = traffic_ends();
    is($bad, 0, 'no page is lost before workers are killed');
    my %gone = map { $_ => 1 } @victims;
    kill KILL => @victims;
    $nginx->until(sub { my @now = $nginx->workers_of; @now == $workers && !grep { $gone{$_} } @now }, 20) or BAIL_OUT('no new workers: ' . $nginx->log);
    # each of the new ones has to take connections before a page can be asked for
    $nginx->until(sub { my $answer = eval { $nginx->get('/status') }; $answer && ($answer->code // 0) == 200 }, 20) or BAIL_OUT('no answer: ' . $nginx->log);
    traffic();
}

kill_workers(($nginx->workers_of)[0]);
ok(all_use($in_use, {}), 'a worker that starts in place of a killed one takes the newest snapshot');
is_deeply(memories(), $memories, 'and maps the memory that the others have');
no_page_is_lost('a killed worker');

truncate $live, 100 or die $!;
$refused = $nginx->counter('snapshots_refused');
ok($nginx->until(sub { $nginx->counter('snapshots_refused') >= $refused + $workers }), 'a cut file is refused by all workers');
kill_workers(($nginx->workers_of)[1]);
ok(all_use($in_use, {}), 'a worker that starts while the file is broken takes what the others have');
no_page_is_lost('a killed worker and a broken file');

kill_workers($nginx->workers_of);
is($nginx->status->{snapshot}{build}, $id{first}, 'when all are killed and the file is broken, new workers use what nginx began with');
no_page_is_lost('killed workers and a broken file');

$in_use = 'second';
write_in_pieces($file{$in_use});
ok(all_use($in_use, {}), 'and take a good file as soon as there is one');

# whoever copies may die at it
for my $round (1 .. 3) {
    $in_use = $in_use eq 'first' ? 'second' : 'first';
    publish($file{$in_use});
    kill_workers(($nginx->workers_of)[$round % $workers]);
    ok($nginx->until(sub {
        return $nginx->status->{snapshot}{build} eq $id{$in_use};
    }, 20), "a snapshot is taken though a worker is killed meanwhile, round $round");
}
no_page_is_lost('workers killed while they copy');

# --- a reload begins anew

$nginx->reload;
ok($nginx->until(sub { my @now = $nginx->workers_of; @now == $workers && keys %{ memory_of($now[0]) } == 1 }, 20), 'after a reload there is one copy in memory');
is($nginx->status->{snapshot}{build}, $id{$in_use}, 'of the file that is there');
my ($good, $bad) = traffic_ends();
is($bad, 0, 'and no page is lost by it');
is($nginx->stop, 0, 'nginx ends in peace');
is(join("\n", grep { /\[(?:alert|emerg|crit)\]/ && !/exited on signal 9/ } split /\n/, $nginx->log), '', 'and has nothing to complain about');

# --- workers that are another user than their master

SKIP: {
    skip 'only root can start workers of another user', 8 if $>;

    chmod 0755, $folder;
    publish($file{first});
    $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, workers => $workers, snapshot => $live, user => 'nobody nogroup');
    traffic();
    chmod 0600, $file{second};
    run('cp', '-p', $file{second}, "$live.new");
    rename "$live.new", $live or die $!;
    ok($nginx->until(sub { $nginx->counter('snapshots_refused') == $workers }, 20), 'a snapshot that workers may not read is refused');
    like($nginx->log, qr/the old one stays in use: \Q$live\E: cannot be opened: Permission denied/, 'with a sentence');
    chmod 0644, $live;
    ok(all_use('second', {}), 'and taken when they may');
    $memories = memories();
    is(keys %$memories, 1, 'workers of another user than their master map the same memory');
    is((map { scalar split ' ' } keys %$memories)[0], 2, 'which is the copy that nginx began with, and the newest');
    no_page_is_lost('workers of another user');
    traffic_ends();
    $nginx->stop;
}

# --- where workers cannot see each other's files

SKIP: {
    skip 'only root can hide /proc', 5 if $> || system('unshare -m true 2>/dev/null');

    publish($file{first});
    $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, workers => $workers, snapshot => $live,
        under => ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh']);
    traffic();
    run('cp', $file{second}, $live);
    ok(all_use('second', {}), 'without /proc a good snapshot is taken by each worker');
    my %inodes = map { $_ => 1 } map { keys %{ memory_of($_) } } $nginx->workers_of;
    is(keys %inodes, 1 + $workers, 'which has a copy of its own then, beside the one that nginx began with');
    no_page_is_lost('workers without /proc');
    traffic_ends();
    $nginx->stop;
}

# --- where the kernel gives no memory that can be shared

publish($file{first});
$nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, workers => $workers, snapshot => $live,
    under => ['prlimit', '--fsize=' . int((-s $live) / 2), '--']);
is(keys %{ memory_of($nginx->{pid}) }, 0, 'under a limit on the size of files there is no memory to share');
traffic();
truncate $live, 1000 or die $!;
# the kernel may show the new size before the new time: who looks just then refuses the file under both
ok($nginx->until(sub { $nginx->counter('snapshots_refused') >= $workers }, 20), 'each worker has a copy of its own then: a cut file is refused');
run('cp', $file{second}, $live);
ok(all_use('second', {}), 'and a good one is taken by each');
no_page_is_lost('workers with copies of their own');
traffic_ends();
$nginx->stop;

done_testing;
