# The scripted TCP server of a block: tcp_listen, tcp_reply, tcp_reply_delay, tcp_query, tcp_query_len, tcp_no_close.
package Test::Nginx::TcpServer;

use strict;
use warnings;

use Dynstore::Guard;
use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Test::Nginx::Util;
use Time::HiRes qw(sleep);

my $owner = $$;
my %running;

sub start {
    my ($class, $block) = @_;
    return undef unless defined $block->tcp_listen;
    my $target = Test::Nginx::Util::expand($block->tcp_listen, $block->name);
    $target =~ s/^\s+|\s+$//g;
    unlink $target if $target =~ m{^/};
    my $listener = $target =~ /^\d+$/
        ? IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $target, Listen => 5, ReuseAddr => 1)
        : IO::Socket::UNIX->new(Local => $target, Listen => 5);
    bail_out($block->name . " - tcp_listen: cannot listen on $target: $!") unless $listener;

    my $query = File::Temp->new;
    my $pid   = fork // bail_out("cannot fork: $!");
    if ($pid == 0) {
        Dynstore::Guard::ends_with($owner);
        eval { serve($block, $listener, "$query"); 1 } or warn $@;
        POSIX::_exit(0);
    }
    $running{$pid} = 1;
    return bless { pid => $pid, query => $query, block => $block }, $class;
}

sub serve {
    my ($block, $listener, $query_file) = @_;
    my $client = $listener->accept or die "accept: $!\n";
    my $wanted = $block->tcp_query_len // (defined $block->tcp_query ? length $block->tcp_query : 0);

    my $query = '';
    while (1) {
        my $count = sysread $client, my $bytes, 65536;
        die "read: $!\n" unless defined $count;
        last if $count == 0;
        $query .= $bytes;
        open my $out, '>', $query_file or die "$query_file: $!\n";
        print {$out} $query;
        close $out;
        last if length $query >= $wanted;
    }

    if (my $delay = parse_time($block->tcp_reply_delay)) { sleep $delay }
    my $reply = $block->tcp_reply;
    $reply = $reply->($query) if ref $reply eq 'CODE';
    for my $piece (ref $reply ? @$reply : $reply) {
        syswrite $client, $piece if defined $piece;
    }
    if (defined $block->tcp_no_close) { sleep 1 while 1 }
}

# ends the server, then checks what it was sent
sub finish {
    my $self  = shift;
    my $block = $self->{block};
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    delete $running{ $self->{pid} };

    open my $in, '<', "$self->{query}" or return;
    my $query = do { local $/; <$in> } // '';
    Test::More::is($query, $block->tcp_query, $block->name . ' - tcp_query') if defined $block->tcp_query;
    Test::More::is(length $query, $block->tcp_query_len, $block->name . ' - tcp_query_len') if defined $block->tcp_query_len;
}

END {
    if ($$ == $owner) {
        local $?;
        for my $pid (keys %running) { kill KILL => $pid; waitpid $pid, 0 }
    }
}

1;
