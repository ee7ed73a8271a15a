# Walks shopping stories over HTTP: an nginx with the module in front of the sample shop's pages, a Redis of its own, a cookie a visitor.
# What the pages bring is written down for `dynstore story --answers`, which judges it.
package Dynstore::Stories;

use strict;
use warnings;

use Dynstore::Nginx;
use Dynstore::Redis;
use Digest::SHA ();
use File::Temp ();
use HTTP::Response;
use IO::Socket::UNIX;
use JSON::PP ();

my $between = 8;    # seconds between two steps, as docs/stories.md says
my $agent   = 'Mozilla/5.0 (%s) Gecko/20100101 Firefox/128.0';
my %agents  = (
    desktop => 'X11; Linux x86_64; rv:128.0',
    mobile  => 'Android 14; Mobile; rv:128.0',
    tablet  => 'iPad; CPU OS 17_5 like Mac OS X',
);

# Runs a command; what it prints. One that fails ends the test.
sub run {
    my $output = qx{@_ 2>&1 </dev/null};
    die "@_: $output" if $?;
    return $output;
}

# Makes the sample shop in build/demo; the Unix second at which its events end, and its items.
sub sample_shop {
    run("bash -euc '. demo/lib.sh; prepare'");
    my ($as_of) = run('build/dynstore inspect --json build/demo/store.dyn') =~ /"as_of": ?"([^"]+)"/ or die "dynstore inspect tells no as_of\n";
    return (int run("date -u -d '$as_of' +%s"), map { JSON::PP->new->utf8->decode($_) } split /\n/, Dynstore::Nginx::slurp('build/demo/catalog.jsonl'));
}

# site: the sample shop's pages; snapshot: that of the shop; time: the Unix second at which stories begin; stories: the files that will
# be walked, whose visits' own slots are looked up; http: more for http{}; keeping: more words for dynstore_redis
sub start {
    my ($class, %with) = @_;
    my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { %with, folder => $folder, visitors => 0 }, $class;
    $self->{shops}{''} = 'shop';
    for my $step (map { @{ JSON::PP::decode_json(Dynstore::Nginx::slurp($_))->{steps} } } @{ $with{stories} // [] }) {
        my $slots = slots_of($step->{visit} // {});
        $self->{shops}{$slots} //= 'shop-' . keys %{ $self->{shops} };
    }
    my $cc = $ENV{CC} || 'cc';
    system("$cc -shared -fPIC -O1 -o $folder/clock.so t/lib/clock.c") == 0 or die "t/lib/clock.c does not compile\n";
    $self->{redis} = Dynstore::Redis->start(File::Temp::tempdir("$folder/redis-XXXXXX"));
    $self->clock($with{time} - time);
    $self->start_nginx;
    return $self;
}

sub start_nginx {
    my $self = shift;
    local $ENV{DYNSTORE_CLOCK} = "$self->{folder}/clock";
    $self->{nginx} = Dynstore::Nginx->start(
        redis    => $self->redis_url . ' ' . ($self->{keeping} // ''),
        snapshot => $self->{snapshot},
        preload  => "$self->{folder}/clock.so",
        http     => $self->http,
    );
    return;
}

# nginx and Redis end, and start again with what Redis has saved.
sub restart {
    my $self = shift;
    $self->{nginx}->stop;
    $self->{redis}->command('SAVE');
    $self->{redis}->stop;
    $self->{redis}->restart or die "redis-server does not start again\n";
    $self->start_nginx;
    return;
}

# a number from 0 to 1 that belongs to this question, such as a shopper's number and a word
sub chance { return unpack('N', Digest::SHA::sha1(join ' ', @_)) / 2**32 }

sub redis_url { return 'redis://127.0.0.1:' . $_[0]{redis}->port }

# Both of nginx's clocks are off by so many seconds. The monotonic one never goes back, or timers would wait for it.
sub clock {
    my ($self, $ahead) = @_;
    $self->{ahead} = $ahead;
    $self->{monotonic} //= 0;
    Dynstore::Nginx::write_file("$self->{folder}/clock.new", int($ahead) . " $self->{monotonic}");
    rename "$self->{folder}/clock.new", "$self->{folder}/clock" or die "$self->{folder}/clock: $!";
}

sub http {
    my $self  = shift;
    my $slots = join '', map { "<!--dynstore:$_-->" } qw(recs bought_with);
    my $to    = "proxy_pass http://unix:$self->{folder}/backend.sock:;";
    my $pages = join '', map { "location = /$_ { dynstore $_; $to }\n" } qw(cart search landing checkout);
    my $shops = join '', map { $self->shop($self->{shops}{$_}, $_, $pages, $to) } sort keys %{ $self->{shops} };
    return <<"END";
    default_type text/html;
    @{[ $self->{http} // '' ]}
    # the shop's own pages; what it has no page for is a page with the places alone
    server {
        listen unix:$self->{folder}/backend.sock;
        root $self->{site};
        location / { try_files \$uri.html \$uri/index.html \@plain; types { text/html html; } }
        location \@plain { return 200 "<html><body>$slots</body></html>"; }
    }
    $shops
END
}

# The shop's server for pages with these slots; none: those of the surfaces.
sub shop {
    my ($self, $name, $slots, $pages, $to) = @_;
    my $own = length $slots ? "dynstore_slots $slots;" : '';
    return <<"END";
    server {
        listen unix:$self->{folder}/$name.sock;
        $own
        dynstore_country \$http_x_country;
        dynstore_age \$http_x_age;
        dynstore_search \$arg_q;
        location = / { dynstore home; $to }
        $pages
        location ~ ^/c/(?<category>.+)\$ { dynstore plp; dynstore_item \$category; $to }
        location ~ ^/products/(?<handle>[^/]+)\$ { dynstore pdp; dynstore_item \$handle; $to }
        location = /_dynstore/event { dynstore_events; }
    }
END
}

sub slots_of { my $slots = $_[0]{slots} // []; return join ' ', ref $slots ? @$slots : $slots }

sub escaped { return join '', map { /[A-Za-z0-9._~-]/ ? $_ : sprintf '%%%02X', ord } split //, $_[0] }

# One request as a browser sends it; remembers the visitor's cookie. $visitor->{consent} is what was said to the shop's banner.
sub ask {
    my ($self, $visitor, $method, $path, $body, $slots) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => "$self->{folder}/$self->{shops}{ $slots // '' }.sock") or die "nginx does not listen: $!\n";
    my $text = "$method $path HTTP/1.0\r\nHost: shop\r\nUser-Agent: $visitor->{agent}\r\n";
    my @cookies = grep { defined } $visitor->{cookie}, map { "dyn_consent=$_" } $visitor->{consent} // ();
    $text .= 'Cookie: ' . join('; ', @cookies) . "\r\n" if @cookies;
    $text .= "X-Country: $visitor->{country}\r\n" if defined $visitor->{country};
    $text .= "X-Age: $visitor->{age}\r\n"         if defined $visitor->{age};
    $text .= "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n" if defined $body;
    $socket->print("$text\r\n" . ($body // ''));
    $socket->flush;
    local $/;
    my $response = HTTP::Response->parse(scalar <$socket> // '');
    my ($cookie) = join("\n", $response->header('Set-Cookie')) =~ /^(dyn_vid=[^;]+)/m;
    $visitor->{cookie} = $cookie if defined $cookie;
    die "$method $path: status " . ($response->code // 'none') . "\n" . $self->{nginx}->log if ($response->code // 0) !~ /^20[04]$/;
    return $response->content;
}

# Time passes: nginx's clock goes on, and what Redis would forget meanwhile is forgotten.
sub pass {
    my ($self, $seconds) = @_;
    $self->clock($self->{ahead} + $seconds);
    my $redis = $self->{redis};
    for my $key (grep { /^dyn:[a-z]:/ } @{ $redis->command('KEYS', '*') }) {
        my $left = $redis->command('PTTL', $key);
        next if $left < 0;
        my @command = $left > $seconds * 1000 ? ('PEXPIRE', $key, int($left - $seconds * 1000)) : ('DEL', $key);
        $redis->command(@command);
    }
}

sub path_of {
    my $visit = shift;
    my %paths = (home => '/', plp => '/c/', pdp => '/products/');
    my $path = $paths{ $visit->{surface} } // "/$visit->{surface}";
    my $item = $visit->{item} // $visit->{category} // '';
    my $search = $visit->{search} // '';
    utf8::encode($_) for $item, $search;
    $item = lc $item =~ s/[^A-Za-z0-9\x80-\xff]+/-/gr if defined $visit->{category};
    my @query = grep { length } $visit->{from} // '', length $search ? 'q=' . escaped($search) : '';
    return $path . escaped($item) . (@query ? '?' . join('&', @query) : '');
}

# The lines for --answers of one story.
sub walk {
    my ($self, $file) = @_;
    my $json    = JSON::PP->new->utf8->canonical;
    my $story   = $json->decode(Dynstore::Nginx::slurp($file));
    my $who     = $story->{visitor} // {};
    my $visitor = {
        agent   => sprintf($agent, $agents{ $who->{device} // 'desktop' }),
        country => $who->{country},
        age     => $who->{age},
    };
    $visitor->{cookie} = 'dyn_vid=' . Dynstore::Nginx::visitor(++$self->{visitors}) if $who->{returning};
    $self->{redis}->command('FLUSHALL');
    $self->clock($self->{time} - time);

    my ($lines, $number, $waited) = ('', 0, 1);
    for my $step (@{ $story->{steps} }) {
        $number++;
        if (my $seconds = $step->{wait} // ($step->{next_visit} // 0) * 3600) {
            $self->pass($seconds);
            $waited = 1;
            next;
        }
        $self->pass($between) unless $waited;
        $waited = 0;
        if ($step->{event}) {
            $self->ask($visitor, 'POST', '/_dynstore/event', $json->encode($step->{event}));
            next;
        }
        my $page = $self->ask($visitor, 'GET', path_of($step->{visit}), undef, slots_of($step->{visit}));
        my @answers = map { $json->decode($_) } $page =~ m{<script type="application/json" id="dynstore-[a-z_]+">(.*?)</script>}sg;
        $lines .= $json->encode({ story => $file, step => $number, answers => \@answers }) . "\n";
    }
    return $lines;
}

sub stop {
    my $self = shift;
    $self->{nginx}->stop;
    $self->{redis}->stop;
}

1;
