# Runs the command line: `run(ARGUMENTS...)` gives exit code, standard output and standard error.
package Dynstore::Command;
use strict;
use warnings;
use Cwd ();
use Dynstore::Guard;
use Exporter 'import';
use File::Temp ();

our @EXPORT_OK = qw(dynstore run shell folder write_file read_file);

my $folder = File::Temp::tempdir('dynstore-cli-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $binary = Cwd::abs_path($ENV{DYNSTORE_BINARY} || 'build/dynstore') or die "build/dynstore is not there: run make cli\n";

sub folder { return $folder }

sub write_file {
    my ($name, $text) = @_;
    open my $file, '>:raw', "$folder/$name" or die "$folder/$name: $!";
    print $file $text;
    close $file or die "$folder/$name: $!";
    return "$folder/$name";
}

sub read_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or return;
    local $/;
    return scalar <$file>;
}

# In the folder, with no terminal. Returns (code, stdout, stderr); a signal is told as a negative code.
sub run {
    my (@command) = @_;
    my $test = $$;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        Dynstore::Guard::ends_with($test);
        chdir $folder or die;
        open STDIN,  '<', '/dev/null'      or die;
        open STDOUT, '>', "$folder/.stdout" or die;
        open STDERR, '>', "$folder/.stderr" or die;
        exec { $command[0] } @command or die "$command[0]: $!";
    }
    waitpid $pid, 0;
    my $code = $? & 127 ? -($? & 127) : $? >> 8;
    return ($code, read_file("$folder/.stdout"), read_file("$folder/.stderr"));
}

sub dynstore { return run($binary, @_) }

sub shell {
    my ($script) = @_;
    (my $bin = $binary) =~ s{/[^/]*$}{};
    local $ENV{PATH} = "$bin:$ENV{PATH}";
    return run('bash', '-euo', 'pipefail', '-c', $script);
}

1;
