# The alerts and the dashboard of conf.examples: what they ask for exists, Prometheus takes it, and docs say what to do.
use strict;
use warnings;

use Test::More;
use Cwd ();
use File::Temp ();
use IPC::Run ();
use JSON::PP ();

sub slurp { my $path = shift; open my $in, '<', $path or die "$path: $!\n"; local $/; return scalar <$in> }
sub run { my $said; IPC::Run::run([@_], '>&', \$said); return ($? >> 8, $said) }

# t/metrics.t proves that this table lists what the endpoint prints
my %type = slurp('docs/metrics.md') =~ /^\| `((?:nginx_dynstore|dynstore_experiment)_\w+)(?:\{[^}]*\})?` \| (counter|gauge|histogram) \|/mg;
cmp_ok(scalar keys %type, '>', 30, 'docs/metrics.md lists the metrics');

sub unknown {
    my @unknown;
    for my $name (shift =~ /\b((?:nginx_dynstore|dynstore_experiment)_\w+)/g) {
        my $metric = $name =~ s/_(?:bucket|sum|count)\z//r;
        push @unknown, $name unless $type{$name} || ($type{$metric} // '') eq 'histogram';
    }
    return join ' ', @unknown;
}

is(unknown('rate(nginx_dynstore_never_total[5m]) + nginx_dynstore_redis_seconds_bucket + dynstore_experiment_never'), 'nginx_dynstore_never_total dynstore_experiment_never', 'a metric that does not exist is noticed');

my $alerts = 'conf.examples/prometheus-alerts.yml';
my ($code, $said) = run(qw(promtool check rules), $alerts);
is($code, 0, 'Prometheus takes the alerts') or diag($said);
($code, $said) = run(qw(promtool test rules t/fixtures/prometheus-alerts.test.yml));
is($code, 0, 'each alert is raised by what it is for, and none in a shop that is well') or diag($said);
is(unknown(slurp($alerts)), '', 'all metrics of the alerts exist');

my $guide = slurp('docs/observability.md');
my $cases = slurp('t/fixtures/prometheus-alerts.test.yml');
my @alerts = slurp($alerts) =~ /^ +- alert: (\w+)$/mg;
cmp_ok(scalar @alerts, '>', 5, 'there are alerts');
for my $alert (@alerts) {
    like($guide, qr/^### \Q$alert\E$/m, "docs/observability.md says what to do about $alert");
    like(slurp($alerts), qr{^ +runbook: docs/observability\.md#\L$alert\E$}m, "and $alert points there");
    like($cases, qr/alertname="$alert"/, "and $alert has a test");
}

my $board = JSON::PP::decode_json(slurp('conf.examples/grafana-dashboard.json'));
is($board->{schemaVersion}, 39, 'the dashboard is one of Grafana\'s classic form');
is($board->{id}, undef, 'and takes the place of none by its number');
my ($source) = grep { $_->{type} eq 'datasource' } @{ $board->{templating}{list} };
is($source->{name}, 'DS_PROMETHEUS', 'its data source can be chosen');

my (@asked, %at);
for my $panel (@{ $board->{panels} }) {
    my $place = $panel->{gridPos};
    for my $x ($place->{x} .. $place->{x} + $place->{w} - 1) {
        push @{ $at{"$x,$_"} }, $panel->{title} for $place->{y} .. $place->{y} + $place->{h} - 1;
    }
    for my $target (@{ $panel->{targets} // [] }) {
        push @asked, $target->{expr};
        is(unknown($target->{expr}), '', "panel \"$panel->{title}\": its metrics exist");
        is($target->{datasource}{uid}, '${DS_PROMETHEUS}', '  and come from the chosen data source');
    }
}
cmp_ok(scalar @asked, '>', 20, 'there are panels');
is(join('; ', map { join ' over ', @$_ } grep { @$_ > 1 } values %at), '', 'no panel lies over another');
is(scalar(grep { /^(?:2[4-9]|[3-9]\d)/ } keys %at), 0, 'and none is wider than the board');

# promtool parses expressions only as rules
my $folder = File::Temp::tempdir('dynstore-t-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $count = 0;
open my $out, '>', "$folder/asked.yml" or die "$folder/asked.yml: $!\n";
print {$out} "groups:\n  - name: asked\n    rules:\n", map {
    my $expr = s/\$__rate_interval/5m/gr;
    $expr =~ s/'/''/g;
    "      - record: asked:" . ++$count . "\n        expr: '$expr'\n" =~ s/asked:(\d+)/asked:n$1/r
} @asked;
close $out or die "$folder/asked.yml: $!\n";
($code, $said) = run(qw(promtool check rules), "$folder/asked.yml");
is($code, 0, 'Prometheus takes what the panels ask for') or diag($said);
like($said, qr/\b@{[ scalar @asked ]} rules found/, 'all of it');

done_testing;
