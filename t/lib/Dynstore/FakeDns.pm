# A name server on loopback that knows the names it is given, each with an IPv4 address, says NXDOMAIN to others, and is silent on
# names that begin with "silent".
package Dynstore::FakeDns;

use strict;
use warnings;

use Dynstore::Guard;
use IO::Socket::INET;
use Socket qw(inet_aton);

sub start {
    my ($class, %address) = @_;
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp') or die "no UDP port: $!\n";
    my $self = bless { port => $socket->sockport, owner => $$ }, $class;
    $self->{pid} = fork // die "cannot fork: $!\n";
    return $self if $self->{pid};

    Dynstore::Guard::ends_with($self->{owner});
    while (1) {
        my $peer = recv($socket, my $query, 512, 0) // next;
        my $answer = answer($query, \%address) // next;
        send $socket, $answer, 0, $peer;
    }
}

sub port { $_[0]{port} }

sub answer {
    my ($query, $address) = @_;
    return undef if length $query < 17;
    my ($id) = unpack 'n', $query;
    my ($at, @labels) = (12);
    while (my $length = ord substr $query, $at, 1) {
        push @labels, substr $query, $at + 1, $length;
        $at += 1 + $length;
    }
    my $question = substr $query, 12, $at + 5 - 12;
    my ($type) = unpack 'n', substr $question, -4, 2;
    my $name = lc join '.', @labels;
    return undef if $name =~ /^silent/;
    return pack('n6', $id, 0x8183, 1, 0, 0, 0) . $question unless $address->{$name};
    return pack('n6', $id, 0x8180, 1, 0, 0, 0) . $question unless $type == 1;
    return pack('n6', $id, 0x8180, 1, 1, 0, 0) . $question . pack('n3Nn', 0xc00c, 1, 1, 60, 4) . inet_aton($address->{$name});
}

sub DESTROY {
    my $self = shift;
    return unless $self->{owner} == $$ && $self->{pid};
    local ($?, $!, $@);
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
