# What a test started ends with it, also when a signal ends the test: its END blocks do not run then.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use File::Temp ();
use POSIX ();
use Time::HiRes qw(sleep time);

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub alive { my $pid = shift; return Dynstore::Nginx::slurp("/proc/$pid/stat") =~ /^\d+ \(.*\) [^ZX] / }

# a test that starts an nginx with workers, tells their processes, and is ended by the signal
# and two other processes: a child that is the test's own program, and a daemon in a folder
sub processes_of_test {
    my $signal = shift;
    mkdir "$folder/place";
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
        my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:1', workers => 2);
        $nginx->until(sub { $nginx->workers_of >= 2 }, 20);
        my $test  = $$;
        my $child = fork // POSIX::_exit(1);
        if ($child == 0) {
            Dynstore::Guard::ends_with($test);
            sleep 1 while 1;
        }
        my $guard = Dynstore::Guard->of("$folder/place");
        my $daemon = qx{cd $folder/place && setsid sleep 600 >/dev/null 2>&1 </dev/null & echo \$!} =~ s/\n//r;
        Dynstore::Nginx::write_file("$folder/$signal", join ' ', $nginx->{pid}, $nginx->workers_of, $child, $daemon);
        $SIG{$signal} = 'DEFAULT';
        kill $signal => $$;
        POSIX::_exit(0);
    }
    waitpid $pid, 0;
    is($? & 127, { KILL => 9, PIPE => 13 }->{$signal}, "SIG$signal ends the test");
    return split ' ', Dynstore::Nginx::slurp("$folder/$signal");
}

for my $signal (qw(PIPE KILL)) {
    my @processes = processes_of_test($signal);
    cmp_ok(scalar @processes, '>=', 5, 'it had started an nginx with two workers, a child and a daemon');
    ok(Dynstore::Nginx->until(sub { !grep { alive($_) } @processes }, 20), "all of them end with a test that SIG$signal ended")
        or diag('still there: ', join ' ', grep { alive($_) } @processes);
}

done_testing();
