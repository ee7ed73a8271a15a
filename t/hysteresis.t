# An answer that follows one that the visitor still sees keeps its order, unless much more is to gain: seen by how many pairs of items
# change their order after a further event, with and without an answer before it.
use strict;
use warnings;

use Test::More;
use Dynstore::Nginx;
use Dynstore::Redis;
use File::Temp ();
use Time::HiRes qw(time);

plan skip_all => 'the same over HTTP/2 and in a reloaded nginx' if $ENV{TEST_NGINX_USE_HTTP2} || $ENV{TEST_NGINX_USE_HUP};

my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $redis  = Dynstore::Redis->start($folder);
my $rules  = "$folder/rules.json";
my @items  = map { sprintf '%s-%02d', $$_[0], $$_[1] } map { my $kind = $_; map { [$kind, $_] } 1 .. 3 } qw(tent pack stove);

sub write_rules { Dynstore::Nginx::write_file("$rules.new", qq({"schema":"dynstore.rules/1","guardrails":{"hysteresis":$_[0]}}\n)); rename "$rules.new", $rules or die $! }

write_rules(1);
# what was shown before would change the next answer, too
my $nginx = Dynstore::Nginx->start(redis => 'redis://127.0.0.1:' . $redis->port, http => "dynstore_rules $rules; dynstore_ttl 0s; dynstore_impressions off;");

my ($visitor, $now) = (0, int(time * 1000));
my @pair;    # two items of which the first keeps the order that the second would change

sub view {
    my ($item, $ago) = @_;
    $redis->command('LPUSH', 'dyn:r:{' . Dynstore::Nginx::hash_of(Dynstore::Nginx::visitor($visitor)) . '}', 'vi ' . ($now - $ago * 1000) . " $item");
}

sub items_of {
    my $answer = $nginx->get($_[0], $visitor);
    like($answer->content, qr/"rung":"session"/, "$_[0] is decided from the session") or BAIL_OUT($answer->content);
    return [$answer->content =~ /\{"id":"([^"]+)","title"/g];
}

# pairs of items that both lists have, in another order
sub changed {
    my ($before, $after) = @_;
    my %place = map { $before->[$_] => $_ } 0 .. $#$before;
    my @both  = grep { defined $place{$_} } @$after;
    my $count = 0;
    for my $i (0 .. $#both) { $count += grep { $place{ $both[$i] } > $place{ $both[$_] } } $i + 1 .. $#both }
    return $count;
}

# How often order changes when a visitor who viewed one item views another, after whatever `between` asks; and when nothing was shown before.
sub order_changes {
    my $between = shift;
    my ($with, $without) = (0, 0);
    for my $first (@items) {
        for my $second (grep { $_ ne $first } @items) {
            $visitor++;
            view($first, 60);
            my $seen = items_of('/rec?surface=home&slot=recs');
            $between->();
            view($second, 30);
            my $next = items_of('/rec?surface=home&slot=recs');

            $visitor++;
            view($first, 60);
            view($second, 30);
            my $alone = items_of('/rec?surface=home&slot=recs');
            @pair = ($first, $second) if changed($seen, $next) < changed($seen, $alone);
            $with    += changed($seen, $next);
            $without += changed($seen, $alone);
        }
    }
    return ($with, $without);
}

subtest 'an answer on the page that the visitor still sees' => sub {
    my ($with, $without) = order_changes(sub { });
    cmp_ok($without, '>', 0, 'a further event changes the order of what was shown');
    cmp_ok($with, '<', $without, 'and less of it where the visitor still sees the answer before it');
};

subtest 'an answer on another page' => sub {
    my ($with, $without) = order_changes(sub { items_of('/rec?surface=cart&slot=recs') });
    is($with, $without, 'comes anew, with whatever order');
};

subtest 'an answer under other rules' => sub {
    my ($first, $second) = @pair;
    $visitor++;
    view($first, 60);
    items_of('/rec?surface=home&slot=recs');
    my $version = $nginx->status->{rules}{version};
    write_rules('1.0');
    ok($nginx->until(sub { $nginx->status->{rules}{version} ne $version }), 'other rules are in force');
    view($second, 30);
    my $next = items_of('/rec?surface=home&slot=recs');
    $visitor++;
    view($first, 60);
    view($second, 30);
    is_deeply($next, items_of('/rec?surface=home&slot=recs'), 'is as if there had been none before it');

    $visitor++;
    view($first, 60);
    items_of('/rec?surface=home&slot=recs');
    view($second, 30);
    isnt(join(' ', @{ items_of('/rec?surface=home&slot=recs') }), "@$next", 'which it would not be under the same');
};

unlike($nginx->log, qr/\[(?:alert|crit|emerg)\]/, 'nothing is complained about');

done_testing;
