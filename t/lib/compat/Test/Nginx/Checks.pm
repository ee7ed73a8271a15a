# What a block expects of the answer and of the logs. One section is one test, as suites count on.
package Test::Nginx::Checks;

use strict;
use warnings;

use Digest::MD5 ();
use Encode ();
use Test::LongString;
use Test::More ();
use Test::Nginx::Util;
use Time::HiRes qw(sleep time);

# With several requests in one block, every expectation is a list with one entry for each.
sub entry {
    my ($block, $section, $index, $many) = @_;
    my $value = $block->$section;
    return $value unless $many || ref $value eq 'ARRAY';
    bail_out($block->name . " - several requests need a list in $section") unless ref $value eq 'ARRAY';
    return $value->[$index];
}

sub same_text {
    my ($got, $expected, $name) = @_;
    return Test::More::like($got, $expected, $name) if ref $expected eq 'Regexp';
    return Test::More::is($got, $expected, $name) if $Test::Nginx::Util::NoLongString;
    return is_string($got, $expected, $name);
}

sub headers_in {
    my $text = shift;
    my @headers;
    for my $line (split /\n/, $text) {
        $line =~ s/^\s+|\s+$//g;
        next if $line eq '';
        if   ($line =~ s/^!\s*//) { push @headers, [$line, undef] }
        else                      { push @headers, [split /\s*:\s*/, $line, 2] }
    }
    return @headers;
}

sub error_code {
    my ($block, $response, $index, $many) = @_;
    my $code = $response->code // '';
    my $name = $block->name . ' - status code';
    if (defined $block->error_code_like) {
        my $pattern = entry($block, 'error_code_like', $index, $many);
        return Test::More::like($code, qr/$pattern/sm, $name);
    }
    my $expected = defined $block->error_code ? entry($block, 'error_code', $index, $many) : 200;
    $expected =~ s/^\s+|\s+$//g;
    Test::More::is($code, $expected, $name);
}

sub headers {
    my ($block, $response, $raw, $index, $many) = @_;
    my $name = $block->name;

    if (defined $block->raw_response_headers_like) {
        my $pattern = entry($block, 'raw_response_headers_like', $index, $many);
        Test::More::like($raw, qr/$pattern/s, "$name - raw_response_headers_like");
    }
    if (defined $block->raw_response_headers_unlike) {
        my $pattern = entry($block, 'raw_response_headers_unlike', $index, $many);
        Test::More::unlike($raw, qr/$pattern/s, "$name - raw_response_headers_unlike");
    }

    my ($section) = grep { defined $block->$_ } qw(response_headers response_headers_like);
    return unless $section;
    for (headers_in(entry($block, $section, $index, $many) // '')) {
        my ($key, $value) = @$_;
        if (!defined $value) {
            Test::More::unlike($raw, qr/^\s*\Q$key\E\s*:/msi, "$name - no header $key");
            next;
        }
        my $got = join ', ', $response->header($key);
        $value = Test::Nginx::Util::expand_expected($value, $name) if $section eq 'response_headers';
        $section eq 'response_headers'
            ? Test::More::is($got, $value, "$name - header $key")
            : Test::More::like($got, qr/^$value$/, "$name - header $key");
    }
}

my %filter = (
    md5_hex => \&Digest::MD5::md5_hex,
    uc      => sub { uc shift },
    lc      => sub { lc shift },
    length  => sub { length shift },
);

sub filter_body {
    my ($block, $response) = @_;
    my $filters = $block->response_body_filters;
    return unless defined $filters;
    for my $filter (ref $filters eq 'ARRAY' ? @$filters : ref $filters ? $filters : split ' ', $filters) {
        my $code = ref $filter ? $filter : $filter{$filter} || bail_out($block->name . " - unknown filter $filter");
        $response->content($code->($response->content));
    }
}

sub body {
    my ($block, $response, $index, $repeat, $many) = @_;
    my $name = $block->name;
    my $got  = $response->content;

    if (defined $block->response_body) {
        my $expected = Test::Nginx::Util::expand_expected(entry($block, 'response_body', $index, $many), $name);
        # a suite's literal text may be characters; the answer is bytes
        $expected = Encode::encode_utf8($expected) if defined $expected && !ref $expected && utf8::is_utf8($expected);
        same_text($got, $expected, "$name - response_body (request $index, round $repeat)");
    } elsif (defined $block->response_body_like) {
        my $pattern = Test::Nginx::Util::expand_expected(entry($block, 'response_body_like', $index, $many), $name);
        Test::More::like($got, qr/$pattern/s, "$name - response_body_like");
    } elsif (defined $block->response_body_unlike) {
        my $pattern = Test::Nginx::Util::expand_expected(entry($block, 'response_body_unlike', $index, $many), $name);
        Test::More::unlike($got, qr/$pattern/s, "$name - response_body_unlike");
    }
    $_->($block, $got, $index, $repeat, undef) for @Test::Nginx::Util::BodyChecks;
}

# ---- logs ----
my %position;

sub rewind_logs { %position = () }

sub new_lines {
    my $path = shift;
    open my $in, '<', $path or return ();
    seek $in, $position{$path} || 0, 0;
    my @lines = <$in>;
    $position{$path} = tell $in unless $Test::Nginx::Util::AccumulateErrorLog;
    return @lines;
}

sub patterns {
    my $value = shift;
    return () unless defined $value;
    return ref $value eq 'ARRAY' ? grep { defined } @$value : ref $value ? $value : grep { $_ ne '' } split /\n+/, $value;
}

sub fits {
    my ($line, $pattern) = @_;
    return ref $pattern ? $line =~ $pattern : index($line, $pattern) >= 0;
}

sub mentions {
    my ($block, $text, @sections) = @_;
    return scalar grep { index("$_", $text) >= 0 } map { patterns($block->$_) } @sections;
}

# expected lines may be written a moment after the answer has gone out
sub collect {
    my ($path, @expected) = @_;
    sleep 3 * sleep_time();
    my @lines = new_lines($path);
    my $until = time + 1;
    while (time < $until && grep { my $pattern = $_; !grep { fits($_, $pattern) } @lines } @expected) {
        sleep 0.02;
        push @lines, new_lines($path);
    }
    return @lines;
}

sub present_and_absent {
    my ($block, $lines, $present, $absent) = @_;
    my $name = $block->name;
    for my $pattern (patterns($block->$present)) {
        Test::More::ok((grep { fits($_, $pattern) } @$lines), "$name - $present: $pattern");
    }
    for my $pattern (patterns($block->$absent)) {
        my @found = grep { fits($_, $pattern) } @$lines;
        Test::More::ok(!@found, "$name - $absent: $pattern") or Test::More::diag("found: $found[0]");
    }
}

sub error_log {
    my ($block, $path, $repeat) = @_;
    my $name  = $block->name;
    my @lines = collect($path, patterns($block->error_log));

    if (defined(my $pattern = $block->grep_error_log)) {
        $pattern = $pattern->[$repeat] if ref $pattern eq 'ARRAY';
        chomp $pattern unless ref $pattern;
        my $expected = $block->grep_error_log_out // bail_out("$name - grep_error_log without grep_error_log_out");
        $expected = $expected->[$repeat] if ref $expected eq 'ARRAY';
        my $regex = ref $pattern ? $pattern : qr/\Q$pattern\E/;
        my $got   = join '', map { /$regex/ ? "$&\n" : () } @lines;
        same_text($got, Test::Nginx::Util::expand_expected($expected, $name), "$name - grep_error_log_out");
    }

    present_and_absent($block, \@lines, 'error_log', 'no_error_log');
    unexpected($block, \@lines, 'error_log', 'no_error_log');
}

# nginx that refused its configuration says why with [emerg]
sub error_log_of_dead {
    my ($block, $path) = @_;
    my @lines = new_lines($path);
    present_and_absent($block, \@lines, 'error_log', 'no_error_log');
}

# Nobody writes "no alert" into every block: an alert that no section speaks of fails the block.
sub unexpected {
    my ($block, $lines, @sections) = @_;
    for my $level ('[alert]', '[emerg]') {
        next if mentions($block, substr($level, 0, -1), @sections);
        my ($line) = grep { index($_, $level) >= 0 } @$lines;
        Test::More::fail($block->name . " - unexpected in error.log: $line") if $line;
    }
}

sub shutdown_log {
    my ($block, $path) = @_;
    my @lines = new_lines($path);
    present_and_absent($block, \@lines, 'shutdown_error_log', 'no_shutdown_error_log');
    unexpected($block, \@lines, qw(error_log no_error_log shutdown_error_log no_shutdown_error_log));
}

sub access_log {
    my ($block, $path) = @_;
    return unless defined $block->access_log || defined $block->no_access_log;
    my @lines = collect($path, patterns($block->access_log));
    present_and_absent($block, \@lines, 'access_log', 'no_access_log');
}

1;
