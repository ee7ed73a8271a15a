# What a test started ends with it, also when a signal ends the test, which runs no END block. Two ways, for the signal that a test's
# death sends to a child does not reach the child's children: workers of nginx outlive their master, and daemons whoever began them.
package Dynstore::Guard;

use strict;
use warnings;

use POSIX ();

# from Linux' prctl(2)
use constant PR_SET_PDEATHSIG => 1;
require 'syscall.ph';    # perl's own, with the numbers of this machine

# In a program of its own, which has none of the test's connections open: when the test is gone, ends a process group, or all that
# runs in a folder.
my $watch = <<'END';
my ($test, $what) = @ARGV;
select undef, undef, undef, 0.1 while getppid == $test;
if ($what =~ /^\d+$/) { kill KILL => -$what; exit }
for my $cwd (glob '/proc/[0-9]*/cwd') {
    my $folder = readlink $cwd // next;
    kill KILL => $cwd =~ /(\d+)/ if index("$folder/", "$what/") == 0;
}
END

# of a process group by its leader's id, or of a folder
sub of {
    my ($class, $what) = @_;
    my $self = bless { owner => $$ }, $class;
    $self->{pid} = fork // die "cannot fork: $!\n";
    return $self if $self->{pid};
    setpgrp;
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    exec $^X, '-e', $watch, $self->{owner}, $what or POSIX::_exit(127);
}

# what was watched has ended, or is ended by the test
sub DESTROY {
    my $self = shift;
    return unless $self->{owner} == $$;
    local ($?, $!, $@);
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
}

# For a child to call first: it ends when the test does whose id this is, and so does the program that it becomes.
sub ends_with {
    my $test = shift;
    syscall(SYS_prctl(), PR_SET_PDEATHSIG, POSIX::SIGKILL(), 0, 0, 0) == 0 or POSIX::_exit(126);
    POSIX::_exit(0) if getppid != $test;    # it has ended already
}

1;
