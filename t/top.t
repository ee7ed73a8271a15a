#!/usr/bin/env perl
# dynstore top: one and several nginx in a table, as text and on a terminal.
use strict;
use warnings;

use Dynstore::Guard;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Pty ();
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = Dynstore::Redis->start(File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1));
my @shop  = (redis => 'redis://127.0.0.1:' . $redis->port);
my $first = Dynstore::Nginx->start(@shop);
my $other = Dynstore::Nginx->start(@shop);
my ($here, $there) = map { "http://127.0.0.1:$_->{port}/status" } $first, $other;

sub top { my $out = qx{build/dynstore top @_ 2>&1 </dev/null}; return ($? >> 8, $out) }
sub row { my ($text, $label) = @_; return $text =~ /^(..\Q$label\E .*)$/m ? $1 : "no row $label in: $text" }

$first->get('/rec?surface=home') for 1 .. 3;

my ($code, $text) = top('--once', '--interval', 0.1, $here);
is($code, 0, 'an endpoint that answers is exit code 0');
my ($documented) = Dynstore::Nginx::slurp('docs/observability.md') =~ /^\| row \| what \|\n(.*?)\n\n/ms;
is_deeply([$text =~ /^  (\S.*?)  /mg], [map { /^\| (.*?) \|/ ? $1 =~ /`([^`]+)`/g : () } split /\n/, $documented], 'docs/observability.md has its rows');
like(row($text, 'state'), qr/^  state +answers$/, 'and said');
like(row($text, 'snapshot'), qr/[0-9a-f]{8}, 30 items$/, 'with its snapshot');
like(row($text, 'last minute'), qr/ 3, (?:session|popular|context) 100 %$/, "the last minute's decisions and their rungs");
like(row($text, 'breaker'), qr/ closed$/, 'the breaker');
like(row($text, 'requests'), qr/ \d+\.\d\/s$/, 'a rate');
like(row($text, 'killed'), qr/ no$/, 'and the kill switch');
unlike($text, qr/^~/m, 'one endpoint does not differ from itself');

($code, $text) = top('--interval', 0.1, $here, $there, 'unix:/nowhere/here.sock:/status');
is($code, 1, 'one that cannot be reached is exit code 1, also without --once and without a terminal');
like(row($text, 'state'), qr/answers +answers +! not reached: No such file or directory$/, 'and is said with the reason');
like(row($text, 'queue'), qr/ \d+ awaited, \d+ bytes +\d+ awaited, \d+ bytes +-$/, 'of it nothing else is said');
unlike(row($text, 'snapshot'), qr/^~/, 'two with the same snapshot agree');

# what differs has a sign, not only a colour
my $kill = "$other->{folder}/kill";
my $killed = Dynstore::Nginx->start(@shop, http => "dynstore_kill_switch $kill;");
open my $touch, '>', $kill or die; close $touch;
$killed->until(sub { $killed->status->{killed} }, 10);
($code, $text) = top('--once', '--interval', 0.1, $here, "http://127.0.0.1:$killed->{port}/status");
like(row($text, 'killed'), qr/^~ killed +no +! by dynstore_kill_switch/, 'endpoints that do not agree have a sign, and so has what is bad');

my $control = Dynstore::Nginx->start(redis => "$shop[1] control=on");
my $lonely  = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:1 control=on');
$redis->command('XADD', 'dyn:control', '*', 'k', 'stock', 'item', 'tent-03', 'stock', '0');
$control->until(sub { $control->status->{overlay}{items} == 1 && !$control->status->{overlay}{behind} }, 10);
($code, $text) = top('--once', '--interval', 0.1, map { "http://127.0.0.1:$_->{port}/status" } $control, $lonely, $first);
like(row($text, 'overlay'), qr/^  overlay +1 items +! 0 items, behind +-$/, 'what the control stream says of items, and where it cannot be read');

# ---- what somebody else answers ----

sub liar {
    my ($answer, $port) = @_;
    my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => $port // 0, ReuseAddr => 1) or die;
    my $test = $$;
    my $pid = fork // die;
    if (!$pid) {
        Dynstore::Guard::ends_with($test);
        while (my $client = $server->accept) { sysread $client, my $request, 4096; print $client $answer; close $client }
        POSIX::_exit(0);
    }
    return ($pid, 'http://127.0.0.1:' . $server->sockport . '/');
}

my $hostile = '{"schema":"dynstore.status/1","version":"\u001b[2Jx\u009by\u202ez\u000a"}';
for my $case (["HTTP/1.1 200 OK\r\n\r\n$hostile", qr/^  version +\?\[2Jx\?y\?z\?$/m, 'control characters of the network never reach the terminal'],
              ["HTTP/1.1 200 OK\r\n\r\n{}", qr/! not reached: what it answers is not dynstore_status$/m, 'another JSON is said'],
              ["HTTP/1.1 403 Forbidden\r\n\r\nno\e[2J", qr/! not reached: it answers 403$/m, 'another status is said'],
              ["SSH-2.0-x\e[2J\r\n", qr/! not reached: what answers is no HTTP server$/m, 'another protocol is said'],
              ["HTTP/1.1 200 OK\r\n\r\n" . 'x' x 2_000_000, qr/! not reached: the answer has more than 1048576 bytes$/m, 'an answer without end is given up']) {
    my ($answer, $like, $name) = @$case;
    my ($pid, $url) = liar($answer);
    (undef, $text) = top('--once', '--interval', 0.1, $url);
    kill 'KILL', $pid;
    waitpid $pid, 0;
    like($text, $like, $name);
    unlike($text, qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/, 'and nothing else is printed');
}

for my $wrong ('', 'https://x/', 'http://', 'http://x:y/', 'unix:/a', "'http://x/ y'", 'http://[::1/') {
    ($code, $text) = top('--once', $wrong);
    is($code, 2, "'$wrong' is no address") or diag($text);
}

# ---- on a terminal ----

# Starts it on a terminal of that size; what it writes is read until a text is there.
sub on_terminal {
    my ($columns, $lines, @urls) = @_;
    my $pty = IO::Pty->new;
    my $test = $$;
    my $pid = fork // die;
    if (!$pid) {
        Dynstore::Guard::ends_with($test);
        $pty->make_slave_controlling_terminal;
        my $slave = $pty->slave;
        close $pty;
        $slave->set_winsize($lines, $columns, 0, 0);
        open STDIN,  '<&', $slave;
        open STDOUT, '>&', $slave;
        $ENV{TERM} = 'xterm';
        exec 'build/dynstore', 'top', '--interval', 0.2, @urls or POSIX::_exit(127);
    }
    $pty->close_slave;
    $pty->blocking(0);
    return { pty => $pty, pid => $pid, seen => '' };
}

sub sees {
    my ($terminal, $pattern) = @_;
    for (1 .. 200) {
        sysread $terminal->{pty}, my $more, 65536;
        $terminal->{seen} .= $more // '';
        return 1 if $terminal->{seen} =~ $pattern;
        sleep 0.05;
    }
    diag($terminal->{seen});
    return 0;
}

# The exit status, when it ends by itself.
sub ends {
    my $terminal = shift;
    for (1 .. 200) {
        sysread $terminal->{pty}, my $rest, 65536;
        $terminal->{seen} .= $rest // '';
        return $? if waitpid($terminal->{pid}, POSIX::WNOHANG()) > 0;
        sleep 0.05;
    }
    kill 'KILL', $terminal->{pid};
    waitpid $terminal->{pid}, 0;
    return 'never';
}

my $restored = qr/\e\[\?1049l/;
my $terminal = on_terminal(120, 30, $here, 'http://127.0.0.1:1/status');
ok(sees($terminal, qr/$_/), "the screen shows $_") for 'dynstore top: \d of 2 reached', 'snapshot', 'last minute', 'breaker', 'answers', 'Connection refused', '30 items';
syswrite $terminal->{pty}, 'x';
syswrite $terminal->{pty}, '2';
syswrite $terminal->{pty}, 'q';
is(ends($terminal), 0, 'q ends it');
like($terminal->{seen}, $restored, 'and the terminal is as it was');

for my $size ([20, 5], [1, 1], [300, 100]) {
    $terminal = on_terminal(@$size, $here, $there);
    ok(sees($terminal, qr/\e\[\?1049h/), "a terminal of @$size is drawn on");
    $terminal->{pty}->set_winsize(24, 80, 0, 0);
    kill 'WINCH', $terminal->{pid};
    ok(sees($terminal, qr/q: end/), 'and a larger one, too');
    kill 'TERM', $terminal->{pid};
    is(ends($terminal), POSIX::SIGTERM(), 'a signal ends it');
    like($terminal->{seen}, $restored, 'with the terminal as it was');
}

# who goes away, and comes back, is seen; only what changes is drawn again
my $changing = Dynstore::Nginx->start(@shop, workers => 1);
$terminal = on_terminal(120, 30, "http://127.0.0.1:$changing->{port}/status");
ok(sees($terminal, qr/answers/), 'nginx is reached');
$terminal->{seen} = '';
$changing->stop;
ok(sees($terminal, qr/Connection refused/), 'that it is away is seen');
$terminal->{seen} = '';
my ($pid) = liar("HTTP/1.1 503 Later\r\n\r\n", $changing->{port});
ok(sees($terminal, qr/answers 503/), 'and that something answers again');
kill 'KILL', $pid;
waitpid $pid, 0;
kill 'INT', $terminal->{pid};
is(ends($terminal), POSIX::SIGINT(), 'an interrupt ends it while nobody answers');

done_testing();
