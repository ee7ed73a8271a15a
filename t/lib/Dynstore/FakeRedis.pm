# A Redis that misbehaves on purpose. Each line of the script is one connection's fate; the last line goes on for ever:
#
#   proxy              as the real one
#   delay MS           as the real one, every reply MS milliseconds late
#   half               the first half of the first reply, then silence
#   bytes N            the first N bytes of what the real one says, then silence
#   stall              reads, never answers
#   garbage            answers with what is no Redis protocol
#   reply TEXT         answers every read with TEXT (\r, \n and \xHH are understood)
#   hangup TEXT        says TEXT as soon as somebody connects, and closes
#   close              closes at the first bytes
#   deaf               is never accepted (it stays in the listen queue)
#   refuse             nobody listens (the whole script)
package Dynstore::FakeRedis;

use strict;
use warnings;

use Dynstore::Guard;
use Dynstore::Redis;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(sleep time);

sub new {
    my ($class, $socket, $real) = @_;
    return bless { port => Dynstore::Redis::free_port(), socket => $socket, real => $real }, $class;
}

sub port { $_[0]{port} }

sub start {
    my ($self, $script) = @_;
    my @script = map { [split ' ', $_, 2] } grep { /\S/ && !/^\s*#/ } split /\n/, $script;
    return if !@script || $script[0][0] eq 'refuse';
    for (@script) {
        $_->[0] =~ /^(?:proxy|delay|half|bytes|stall|garbage|reply|hangup|close|deaf)$/ or die "fake_redis does not know: @$_\n";
    }

    unlink $self->{socket};
    my @listeners = (
        IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 64, ReuseAddr => 1),
        IO::Socket::UNIX->new(Local => $self->{socket}, Listen => 64),
    );
    die "fake_redis cannot listen: $!\n" if grep { !defined } @listeners;

    my $parent = $$;
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
        Dynstore::Guard::ends_with($parent);
        $SIG{PIPE} = 'IGNORE';
        eval { serve($self->{real}, \@script, @listeners); 1 } or print STDERR "fake_redis: $@";
        POSIX::_exit(0);
    }
    $self->{pid} = $pid;
}

sub stop {
    my $self = shift;
    return unless $self->{pid};
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = undef;
    unlink $self->{socket};
}

# One loop over listeners, clients and, behind those that need one, the real Redis.
sub serve {
    my ($real, $script, @listeners) = @_;
    my $select = IO::Select->new(@listeners);
    my (%link, @late);
    my $accepted = 0;

    while (1) {
        my $soon = @late ? $late[0][0] - time : 1;
        for my $socket ($select->can_read($soon < 0 ? 0 : $soon > 1 ? 1 : $soon)) {
            if (grep { $_ == $socket } @listeners) {
                my ($action, $argument) = @{ $script->[$accepted < @$script ? $accepted : -1] };
                if ($action eq 'deaf') { $select->remove(@listeners); next }
                my $client = $socket->accept or next;
                $accepted++;
                if ($action eq 'hangup') {
                    syswrite $client, text($argument);
                    close $client;
                    next;
                }
                $select->add($client);
                my $upstream;
                if ($action =~ /^(?:proxy|delay|half|bytes)$/) {
                    $upstream = IO::Socket::UNIX->new(Peer => $real) or die "no Redis behind: $!\n";
                    $select->add($upstream);
                    $link{$upstream} = { peer => $client, from_real => 1, action => $action, argument => $argument };
                }
                $link{$client} = { peer => $upstream, action => $action, argument => $argument };
                next;
            }

            my $end   = $link{$socket} or next;
            my $count = sysread $socket, my $bytes, 65536;
            if (!$count || $end->{action} eq 'close') {
                for my $gone (grep { $_ } $socket, $end->{peer}) {
                    $select->remove($gone);
                    delete $link{$gone};
                    close $gone;
                }
                next;
            }
            if ($end->{from_real}) { answer($end, $bytes, \@late) }
            elsif ($end->{peer})   { syswrite $end->{peer}, $bytes }
            elsif ($end->{action} eq 'garbage') { syswrite $socket, "this is no Redis\x00\xff\r\n" }
            elsif ($end->{action} eq 'reply') {
                syswrite $socket, text($end->{argument});
            }
        }
        while (@late && $late[0][0] <= time) {
            my ($when, $client, $bytes) = @{ shift @late };
            syswrite $client, $bytes if defined fileno $client;
        }
    }
}

# what a script's TEXT stands for
sub text {
    my $text = shift // '';
    $text =~ s/\\r/\r/g;
    $text =~ s/\\n/\n/g;
    $text =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
    return $text;
}

sub answer {
    my ($end, $bytes, $late) = @_;
    my $action = $end->{action};
    if ($action eq 'delay') {
        push @$late, [time + $end->{argument} / 1000, $end->{peer}, $bytes];
        @$late = sort { $a->[0] <=> $b->[0] } @$late;
        return;
    }
    if ($action eq 'half' || $action eq 'bytes') {
        $end->{left} //= $action eq 'half' ? int(length($bytes) / 2) || 1 : $end->{argument};
        $bytes = substr $bytes, 0, $end->{left};
        $end->{left} -= length $bytes;
        return if $bytes eq '';
    }
    syswrite $end->{peer}, $bytes;
}

1;
