# A redis-server that belongs to one test: its own folder, a unix socket, a free port, nothing saved.
package Dynstore::Redis;

use strict;
use warnings;

use Dynstore::Guard;
use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Test::More ();
use Text::ParseWords ();
use Time::HiRes qw(sleep time);

sub start {
    my ($class, $folder, @options) = @_;
    my $self = bless { folder => $folder, socket => "$folder/redis.sock", options => \@options }, $class;
    for (1 .. 20) {
        $self->{port} = free_port();
        return $self if $self->restart;
    }
    Test::More::BAIL_OUT("redis-server does not start: see $folder/redis.log");
}

sub port   { $_[0]{port} }
sub socket { $_[0]{socket} }

# below the range that outgoing connections take their ports from
# Never one twice, for whom it was given to may not listen yet; below are the ports of Test::Nginx's own servers.
my %given;

sub free_port {
    while (1) {
        my $port = 26000 + int rand 6000;
        next if $given{$port}++ || !take_port($port);
        return $port if IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1);
    }
}

# False when another script, which runs at the same time, has this port.
sub take_port {
    my $port = shift;
    return 1 unless $ENV{TEST_PORTS_TAKEN};
    return sysopen my $mark, "$ENV{TEST_PORTS_TAKEN}/$port", O_CREAT | O_EXCL | O_WRONLY;
}

# Starts it where it is not running; true when it answers.
sub restart {
    my $self = shift;
    $self->signal('CONT');
    return 1 if $self->alive;
    my $test = $$;
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
        Dynstore::Guard::ends_with($test);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{folder}/redis.log";
        open STDERR, '>&', \*STDOUT;
        setpgrp;
        exec 'redis-server', '--port', $self->{port}, '--bind', '127.0.0.1', '--unixsocket', $self->{socket},
            '--dir', $self->{folder}, '--save', '', '--appendonly', 'no', '--daemonize', 'no', @{ $self->{options} } or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    my $until = time + 10;
    while (time < $until && $self->alive) {
        my $reply = eval { $self->command('PING') } // '';
        return 1 if $reply eq 'PONG';
        sleep 0.01;
    }
    $self->stop;
    return 0;
}

sub alive {
    my $self = shift;
    return 0 unless $self->{pid};
    $self->{pid} = undef if waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid};
    return defined $self->{pid};
}

sub signal {
    my ($self, $name) = @_;
    kill $name => $self->{pid} if $self->{pid};
}

sub stop {
    my $self = shift;
    return unless $self->{pid};
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = undef;
    $self->{client} = undef;
}

# One command, its reply: a string, a number, undef, or a list of these; an error reply dies.
sub command {
    my ($self, @words) = @_;
    return $self->in_db(0, @words);
}

# the same in another database; logged in when $self->{password} is set
sub in_db {
    my ($self, $db, @words) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $self->{socket}) or die "no Redis at $self->{socket}: $!\n";
    my $reply;
    for my $command (defined $self->{password} ? ['AUTH', $self->{password}] : (), $db ? ['SELECT', $db] : (), \@words) {
        print {$socket} request(@$command);
        $socket->flush;
        $reply = reply($socket, "@$command");
    }
    return $reply;
}

# All that it holds: a text for each key, which begins with the key.
sub everything {
    my $self = shift;
    my %ask  = (string => ['GET'], list => ['LRANGE', 0, -1], set => ['SMEMBERS'], zset => ['ZRANGE', 0, -1], hash => ['HGETALL'], stream => ['XRANGE', '-', '+']);
    return map {
        my ($command, @more) = @{ $ask{ $self->command('TYPE', $_) } };
        "$_ " . as_text($self->command($command, $_, @more));
    } sort @{ $self->command('KEYS', '*') };
}

sub request {
    return '*' . @_ . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @_;
}

sub reply {
    my ($socket, $command) = @_;
    local $/ = "\r\n";
    my $line = <$socket> // die "Redis closed the connection at: $command\n";
    chomp $line;
    my ($kind, $value) = $line =~ /^(.)(.*)$/s;
    return $value if $kind eq '+' || $kind eq ':';
    die "Redis answers to $command: $value\n" if $kind eq '-';
    return undef if $value < 0;
    return [map { reply($socket, $command) } 1 .. $value] if $kind eq '*';
    read $socket, my $bytes, $value + 2;
    return substr $bytes, 0, $value;
}

sub as_text {
    my $reply = shift;
    return '(nil)' unless defined $reply;
    return ref $reply ? join ' ', map { as_text($_) } @$reply : $reply;
}

# lines of commands in words; quotes as in a shell, \n and the like within double quotes
sub commands_in {
    my $text = shift // '';
    my @commands;
    for my $line (split /\n/, $text) {
        next if $line =~ /^\s*(?:#|$)/;
        $line =~ s/^\s+|\s+$//g;
        push @commands, [Text::ParseWords::shellwords($line)];
    }
    return @commands;
}

1;
