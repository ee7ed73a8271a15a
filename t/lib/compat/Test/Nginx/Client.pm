# Requests as the suites write them, sent over a socket (or by curl where it has to be HTTP/2), and the raw answers.
package Test::Nginx::Client;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use File::Temp ();
use HTTP::Response;
use IO::Select;
use IO::Socket::INET;
use Test::Nginx::Util;
use Time::HiRes qw(sleep time);

# The requests of a block: a list of connections, each a list of packets { value, delay_before }.
sub requests_of {
    my $block = shift;
    my $name  = $block->name;

    if (defined(my $raw = $block->raw_request)) {
        return [[map { { value => $_ } } ref $raw ? @$raw : $raw]];
    }

    my $headers_of = sub {
        my $index = shift;
        my $more  = $block->more_headers // '';
        return ref $more ? $more->[$index] // bail_out("$name - more_headers has nothing for request $index") : $more;
    };

    if (defined(my $pipelined = $block->pipelined_requests)) {
        my $text = '';
        for my $i (0 .. $#$pipelined) {
            my $connection = $i == $#$pipelined ? 'close' : 'keep-alive';
            my $request    = Test::Nginx::Util::expand($pipelined->[$i], $name);
            $text .= $_->{value} for @{ packets($name, [$request], $headers_of->($i), $connection) };
        }
        return [[{ value => $text }]];
    }

    my $request = $block->request // bail_out("$name - neither request, raw_request nor pipelined_requests");
    if (!ref $request) {
        $request =~ s/^(?:\s+|\s*\#[^\n]*\n)+//;
        $request = [$request];
    }
    my @list = @$request;
    return [map { packets($name, ref $list[$_] ? $list[$_] : [$list[$_]], $headers_of->($_), 'close') } 0 .. $#list];
}

# Adds what a request line needs: version and headers. A request cut into packets stays cut where it was.
sub packets {
    my ($name, $parts, $more_headers, $connection) = @_;
    my @parts = map { ref $_ ? {%$_} : { value => $_ } } @$parts;

    my $whole = join '', map { $_->{value} } @parts;
    $whole =~ /^\s*(\S+)(?:[ ]+(\S+))?(?:[ ]+(HTTP\/\S+))?[ ]*(?:\r?\n|$)/
        or bail_out("$name - not a request line: $whole");
    my ($url, $version) = ($2, $3);
    my $body = substr $whole, $+[0];

    my ($headers, $chunked, $has_length) = ('', 0, 0);
    for my $line (split /\r?\n/, $more_headers) {
        next if $line =~ /^\s*(?:\#|$)/;
        my ($key, $value) = split /:\s*/, $line, 2;
        $value //= '';
        $chunked    = 1 if lc $key eq 'transfer-encoding' && $value eq 'chunked';
        $has_length = 1 if lc $key eq 'content-length';
        $headers .= "$key: $value\r\n";
    }
    my $first = '';
    $first .= 'Host: ' . server_name() . "\r\n" unless $headers =~ /^Host:/mi;
    $first .= "Connection: $connection\r\n"     unless $headers =~ /^Connection/mi;

    # surrounding white space of a body belongs to the suite's layout, unless the suite itself says how long it is
    my $trim = $body ne '' && !$chunked && !$has_length;
    if ($trim) {
        (my $trimmed = $body) =~ s/^\s+|\s+$//g;
        $headers .= 'Content-Length: ' . length($trimmed) . "\r\n";
    }

    # packets before the end of the request line go out as they are
    my @sent;
    my $line = '';
    while (@parts) {
        my $part = shift @parts;
        if ($part->{value} =~ /\n/ || !@parts) {
            my ($end, $rest) = split /\n/, $part->{value}, 2;
            $part->{value} = $rest // '';
            $end =~ s/\s+$//;
            $end =~ s/^\s+// if $line eq '';
            $end .= ' /' unless defined $url;
            $end .= ' HTTP/1.1' unless defined $version;
            $part->{value} =~ s/^\s+// if $trim;
            $part->{value} = "$end\r\n$first$headers\r\n$part->{value}";
            push @sent, $part, @parts;
            last;
        }
        $line .= $part->{value};
        push @sent, $part;
    }
    $sent[-1]{value} =~ s/\s+$// if $trim;
    return \@sent;
}

sub is_head { join('', map { $_->{value} } @{ $_[0] }) =~ /^\s*HEAD\s/ }

# Sends one request and returns all that comes back until the server closes; a test fails when it takes too long.
sub exchange {
    my ($block, $packets) = @_;
    my $timeout = parse_time($block->timeout) // timeout();
    return by_curl($block, $packets, $timeout) if use_http2($block);

    my $socket = IO::Socket::INET->new(
        PeerAddr => $block->server_addr_for_client // server_addr(),
        PeerPort => $ServerPortForClient,
        Proto    => 'tcp',
        Timeout  => $timeout,
    );
    if (!$socket) {
        Test::More::fail($block->name . " - cannot connect to port $ServerPortForClient: $!");
        return '';
    }
    $socket->blocking(0);
    local $SIG{PIPE} = 'IGNORE';

    my ($out, @queue) = map { {%$_} } @$packets;
    my ($pending, $answer) = ($out->{value}, '');
    my $select = IO::Select->new($socket);
    my ($writing, $resume_at, $idle_since) = (1, 0, time);

    while (1) {
        my $now     = time;
        my $waiting = $writing && $resume_at > $now;
        my ($readable, $writable) =
            IO::Select->select($select, $writing && !$waiting ? $select : undef, undef,
                $waiting ? $resume_at - $now : $timeout);

        if (!$readable && !$writable) {
            if ($waiting) { $idle_since = time; next }
            next if time - $idle_since < $timeout;
            # giving up is what a block with `abort` is about
            Test::More::fail($block->name . " - the client waited $timeout s for more of the answer")
                unless defined $block->abort;
            last;
        }
        $idle_since = time;

        if ($readable && @$readable) {
            my $count = sysread $socket, my $bytes, 65536;
            last if defined $count && $count == 0;
            last if !defined $count && $! != EAGAIN && $! != EINTR;
            $answer .= $bytes if $count;
        }

        if ($writable && @$writable) {
            my $count = syswrite $socket, $pending;
            if (defined $count) {
                substr $pending, 0, $count, '';
            } elsif ($! != EAGAIN && $! != EINTR) {
                $writing = 0;
                next;
            }
            if ($pending eq '') {
                if (my $next = shift @queue) {
                    $pending = $next->{value};
                    my $delay = $next->{delay_before} // $block->raw_request_middle_delay;
                    $resume_at = time + $delay if $delay;
                } else {
                    $writing = 0;
                    if (defined(my $how = $block->shutdown)) { shutdown $socket, $how =~ /^\s*$/ ? 1 : $how }
                }
            }
        }
    }
    close $socket;
    return $answer;
}

sub by_curl {
    my ($block, $packets, $timeout) = @_;
    my ($head, $body) = split /\r\n\r\n/, join('', map { $_->{value} } @$packets), 2;
    my ($line, @headers) = split /\r\n/, $head;
    my ($method, $url) = split ' ', $line;

    # what curl adds by itself is taken out: the request is the suite's
    my @command = qw(curl -i -sS --http2-prior-knowledge -H User-Agent: -H Accept: -H Host:);
    push @command, '--max-time', $timeout, '--path-as-is', '--globoff';
    # said also for GET: curl takes a request with a body for a POST
    push @command, $method eq 'HEAD' ? '-I' : ('-X', $method);
    push @command, map { ('-H', /:\s*$/ ? s/:\s*$/;/r : $_) }
        grep { !/^(?:Connection|Content-Length|Transfer-Encoding|Keep-Alive)\s*:/i } @headers;
    my $file;
    if (defined $body && $body ne '') {
        $file = File::Temp->new;
        binmode $file;
        print {$file} $body;
        $file->flush;
        push @command, '-H', 'Content-Type:' unless grep { /^Content-Type\s*:/i } @headers;
        push @command, '--data-binary', "\@$file";
    }
    push @command, split ' ', $block->curl_options if defined $block->curl_options;
    push @command, 'http://' . ($block->server_addr_for_client // server_addr()) . ":$ServerPortForClient$url";

    my $errors = File::Temp->new;
    my $pid = open(my $out, '-|') // bail_out("cannot fork: $!");
    if ($pid == 0) {
        open STDERR, '>', "$errors";
        exec @command or POSIX::_exit(127);
    }
    binmode $out;
    my $answer = do { local $/; <$out> } // '';
    close $out;
    if ($? && !defined $block->abort && !defined $block->ignore_response) {
        my $said = do { local $/; <$errors> } // '';
        my $expected = $block->curl_error;
        my $fits = defined $expected && (ref $expected ? $said =~ $expected : index($said, $expected) >= 0);
        Test::More::fail($block->name . " - curl: $said") unless $fits;
    }
    return $answer;
}

# Returns the response, its raw head, and the bytes after it (the next one of a pipeline).
sub parse {
    my ($name, $raw, $is_head) = @_;
    my $raw_headers = $raw =~ /^(.*?\r\n)\r\n/s ? $1 : '';
    my $response = HTTP::Response->parse($raw);
    $response->code(undef) if defined $response->code && $response->code !~ /^\d+$/;
    my $content = $response->content // '';
    my $code    = $response->code // 0;
    my $left    = '';

    if ($is_head || $code == 304 || $code == 204 || $code == 101) {
        $left = $content;
        $content = '';
    } elsif (lc($response->header('Transfer-Encoding') // '') eq 'chunked') {
        ($content, $left) = decode_chunks($name, $content);
    } elsif (defined(my $length = $response->header('Content-Length'))) {
        if (length $content < $length) {
            Test::More::diag("$name - the body is cut: " . length($content) . " bytes of $length");
        } else {
            $left = substr $content, $length;
            $content = substr $content, 0, $length;
        }
    }
    $response->content($content);
    return ($response, $raw_headers, $left);
}

sub decode_chunks {
    my ($name, $raw) = @_;
    my $decoded = '';
    pos($raw) = 0;
    while ($raw =~ /\G([0-9A-Fa-f]+)[^\r\n]*\r\n/gc) {
        my $size = hex $1;
        if ($size == 0) {
            # trailers up to an empty line
            $raw =~ /\G(?:[^\r\n]+\r\n)*\r\n/gc or last;
            return ($decoded, substr $raw, pos $raw);
        }
        my $at = pos $raw;
        last if length($raw) < $at + $size + 2 || substr($raw, $at + $size, 2) ne "\r\n";
        $decoded .= substr $raw, $at, $size;
        pos($raw) = $at + $size + 2;
    }
    Test::More::fail("$name - the chunked body is broken after " . length($decoded) . ' bytes');
    return ($decoded, '');
}

1;
