# The page's language and what the shop says of a visitor are a part of what is asked: seen by whether an answer is given again.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use IO::Socket::UNIX;
use Time::HiRes qw(time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $long   = 'v' x 64;

# a ttl that a slow machine does not outlive
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => "dynstore_ttl 60s;
    dynstore_language \$arg_lang; dynstore_attribute segment \$arg_segment; dynstore_attribute customer_tag \$arg_tags;
    server {
        listen unix:$folder/inner.sock;
        location = /rec { dynstore_fragment; dynstore_attribute tier \$arg_tier; }
    }");

my $visitor = 0;

sub new_visitor {
    $visitor++;
    $redis->command('LPUSH', 'dyn:r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}', 'vi ' . int(time * 1000) . ' tent-03');
}

sub id_of {
    my $body = shift;
    my ($id) = $body =~ /"id":"([0-9a-f]{16})".*"rung":"session"/ or BAIL_OUT("no decision from the session: $body");
    return $id;
}

# the ids of the answers to a new visitor's questions
sub ids {
    my @asked = @_;
    new_visitor();
    return map { id_of($nginx->get("/rec?surface=home&$_", $visitor)->content) } @asked;
}

sub same    { my ($name, $first, $second) = @_; my @ids = ids($first, $second); is($ids[1], $ids[0], $name) }
sub another { my ($name, $first, $second) = @_; my @ids = ids($first, $second); isnt($ids[1], $ids[0], $name) }

subtest 'the language' => sub {
    same('of two pages is the same', 'lang=de-AT', 'lang=de-AT');
    same('is read in any case, and with an underscore', 'lang=de-AT', 'lang=DE_at');
    same('that can be none is no language', 'lang=', "lang=$_") for 'de-', 'd', '-de', 'de--AT', 'de-ninenines', 'd%C3%A9', 'de,en;q=0.5', '1de', 'de-' . 'a' x 8 . '-b' x 13;
    another('is told from another', 'lang=de', 'lang=fr');
    another('is told from none', 'lang=de', 'lang=');
    another('of a region is told from that of another', 'lang=de-AT', 'lang=de-CH');
    another('may have a name of 35 bytes', 'lang=de', 'lang=de-' . join '-', ('abcdefgh') x 3, 'abcde');
};

subtest 'an attribute' => sub {
    same('of two visits is the same', 'segment=vip', 'segment=vip');
    same('that is empty is none', 'segment=', 'tags=');
    another('is told from another', 'segment=vip', 'segment=new');
    another('is told from one of another name', 'segment=vip', 'tags=vip');
    another('with two values is told from one with the first', 'tags=a,b', 'tags=a');
    another('of 64 bytes counts', "segment=$long", 'segment=');
    same('of 65 bytes does not', "segment=${long}v", 'segment=');
};

subtest 'values of one attribute' => sub {
    same('have commas between them, and nothing between two commas is no value', 'tags=a,b', 'tags=,a,,b,');
    same('count up to 32, with those of the others', 'segment=s&tags=' . join(',', map { "t$_" } 1 .. 31), 'segment=s&tags=' . join(',', map { "t$_" } 1 .. 32));
    another('count up to the last of them', 'segment=s&tags=' . join(',', map { "t$_" } 1 .. 30), 'segment=s&tags=' . join(',', map { "t$_" } 1 .. 31));
};

subtest 'a level that sets attributes' => sub {
    my $ask = sub {
        my $query  = shift;
        my $socket = IO::Socket::UNIX->new("$folder/inner.sock") or die "nginx does not answer: $!\n";
        $socket->print("GET /rec?surface=home&$query HTTP/1.0\r\nHost: localhost\r\nCookie: dyn_vid=" . Dynstore::Nginx::visitor($visitor) . "\r\n\r\n");
        $socket->flush;
        local $/;
        return id_of(scalar <$socket>);
    };
    new_visitor();
    is($ask->('segment=new'), $ask->('segment=vip'), 'inherits none of the outer level');
    isnt($ask->('tier=gold'), $ask->('tier=silver'), 'and has its own');
};

unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'nothing is complained about');

done_testing;
