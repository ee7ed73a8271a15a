# Ends a process group when the test that began it is gone, also by a signal, which runs no END block: the signal that a test's death
# sends to a child does not reach the child's children, and workers of nginx outlive their master.
package Dynstore::Guard;

use strict;
use warnings;

use POSIX ();

# in a program of its own, which has none of the test's connections open
my $watch = 'select undef, undef, undef, 0.1 while getppid == $ARGV[0]; kill KILL => -$ARGV[1]';

sub of {
    my ($class, $group) = @_;
    my $self = bless { owner => $$ }, $class;
    $self->{pid} = fork // die "cannot fork: $!\n";
    return $self if $self->{pid};
    setpgrp;
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    exec $^X, '-e', $watch, $self->{owner}, $group or POSIX::_exit(127);
}

# the group has ended, or is ended by the test
sub DESTROY {
    my $self = shift;
    return unless $self->{owner} == $$;
    local ($?, $!, $@);
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
