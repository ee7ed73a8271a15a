#!/usr/bin/env perl
# dynstore report and plan: experiments judged by what made-up shoppers did; docs/experiments.md.
use strict;
use warnings;
use Test::More;
use JSON::PP qw(decode_json);
use lib 't/lib';
use Dynstore::Redis;
use Dynstore::Command qw(dynstore shell folder write_file read_file);

my $seed;

# The same numbers on every machine.
sub chance {
    $seed = ($seed * 1103515245 + 12345) % 2147483648;
    return $seed / 2147483648;
}

sub entry { return sprintf qq({"v":"%s","e":"%s"}\n), @_ }

# Shoppers of two variants: share of the second, conversions, days; what the second pays of the price; who has a past.
sub shoppers {
    my (%how) = (count => 3000, share => 0.5, control => 0.2, variant => 0.2, days => 14, names => ['control', 'more'], @_);
    my $text = '';
    $seed = $how{seed} // 7;
    for my $n (1 .. $how{count}) {
        my $time = 1_700_000_000_000 + int(86_400_000 * $how{days} * $n / $how{count});
        my $second = chance() < $how{share};
        my $name = $how{names}[$second];
        my $bought = chance() < ($second ? $how{variant} : $how{control});
        my $price = int((1000 + 9000 * chance() ** 2) * ($second ? $how{pays} // 1 : 1));
        if ($how{past}) {
            my $before = chance() < 0.5;
            $bought = chance() < ($before ? 0.6 : 0.05) + ($second ? $how{past} : 0);
            $text .= entry("v$n", sprintf 'pu %d tent p=5000 c=EUR o=p%d', $time - 86_400_000, $n) if $before;
        }
        $text .= entry("v$n", "vb $time - l=recs d=d$n g=session x=pilot:$name i=bdb9b7fc:popular");
        $text .= entry("v$n", sprintf 'vb %d - l=recs d=e%d g=session x=pilot:%s', $time + 5, $n, $how{names}[!$second])
            if $how{both} && $n % 20 == 0;
        $text .= entry("v$n", sprintf 'pu %d tent p=%d c=EUR o=o%d', $time + 60_000, $price, $n) if $bought;
    }
    return $text;
}

sub report {
    my (@arguments) = @_;
    my ($code, $out, $err) = dynstore('report', @arguments, '--json');
    return ($code, $code < 2 ? decode_json($out) : {}, $err);
}

sub only { return $_[0]{experiments}[0] }

sub effect {
    my ($experiment, $metric) = @_;
    my ($row) = grep { $_->{metric} eq $metric } @{ $experiment->{effects} };
    return $row;
}

# ---- a lift that is there ----

write_file('lift', shoppers(variant => 0.3));
my ($code, $found, $err) = report('--events', 'lift');
my $pilot = only($found);
is("$code $err", '0 ', 'a lift is reported');
is($found->{schema}, 'dynstore.report/1', 'under its schema');
is($pilot->{experiment}, 'pilot', 'with the experiment');
is($pilot->{visitors}, 3000, 'and all its visitors');
is($pilot->{verdict}, 'scale', 'which is to be scaled');
ok($pilot->{sample_ratio}{checked} && !$pilot->{sample_ratio}{failed}, 'as the sample ratio is good');
is(join(' ', map { $_->{variant} } @{ $pilot->{variants} }), 'control more', 'control is the first variant');
my $lift = effect($pilot, 'conversion');
ok($lift->{low} > 0 && $lift->{low} < 0.5 && $lift->{high} > 0.5, 'the interval has the lift that was planted');
ok($lift->{primary}, 'conversion decides');
my ($control) = @{ $pilot->{variants} };
ok(abs($control->{conversion} - $control->{buyers} / $control->{visitors}) < 1e-9, 'conversion is buyers by visitors');
ok(abs($control->{money}[0]{order_value} * $control->{money}[0]{orders} - $control->{money}[0]{revenue}) < 1e-4,
    "an order's value is revenue by orders");
ok(@{ $pilot->{curve} } >= 14, 'the curve has a point for each day');

my ($out, $text_code, $text);
($text_code, $text) = dynstore('report', '--events', 'lift');
is($text_code, 0, 'the same as text');
like($text, qr/^scale: with more conversion is higher: \+\d+\.\d %, at least \+\d.*\n\z/m, 'ends with what is to be done');
my ($again) = (dynstore('report', '--events', 'lift'))[1];
is($again, $text, 'and is the same again');

# ---- nothing, too little, too early ----

write_file('same', shoppers());
($code, $found) = report('--events', 'same');
is($code, 0, 'an experiment without an effect');
is(only($found)->{verdict}, 'keep_running', 'is not scaled');
ok(only($found)->{verdicts}[0]{days_left} > 0, 'and says how many days are left');

($code, $found) = report('--events', 'same', '--effect', 100);
is(only($found)->{verdict}, 'stop', 'where only twice as much were worth having, it is over');

write_file('lower', shoppers(variant => 0.1));
is(only((report('--events', 'lower'))[1])->{verdict}, 'stop', 'a variant that sells less is stopped');

write_file('short', shoppers(variant => 0.4, days => 2));
($code, $found) = report('--events', 'short');
is(only($found)->{verdict}, 'keep_running', 'two days are too few for any verdict');
ok(!effect(only($found), 'conversion')->{enough}, 'and for any interval');

write_file('few', shoppers(count => 300, variant => 0.9));
($code, $found) = report('--events', 'few');
is(only($found)->{verdict}, 'keep_running', 'and fewer than 150 buyers in a variant as well');

write_file('over', shoppers() . join '', map { entry('v9', 'pv ' . (1_700_000_000_000 + 86_400_000 * 22 - $_)) } 1 .. 40);
my $over = only((report('--events', 'over'))[1]);
is($over->{verdict}, 'tweak', 'an experiment that ended without a decision does not keep running');
like($over->{sentence}, qr/nobody new came into it in the last 7 days, and it is not decided/, 'and the last line says why');

write_file('cheap', shoppers(variant => 0.3, pays => 0.2));
my $cheap = only((report('--events', 'cheap'))[1]);
is($cheap->{verdict}, 'tweak', 'more buyers who bring less are no success');
like($cheap->{sentence}, qr/visitors bring less in EUR/, 'and that is why');
is(only((report('--events', 'cheap', '--metric', 'revenue_per_visitor'))[1])->{verdict}, 'stop', 'by revenue it is to be stopped');

my $wide = only((report('--events', 'same', '--effect', 40))[1]);
ok(effect($wide, 'conversion')->{high} > 0.1, 'where so many came as were needed, and no difference is seen,');
my $within = sprintf '%.3f', 100 * effect($wide, 'conversion')->{high} - 0.1;
is(only((report('--events', 'same', '--effect', $within, '--power', 0.1))[1])->{verdict}, 'tweak', 'it has to be changed');

write_file('clock', shoppers(variant => 0.3) . entry('v9', 'pv 1900000000000'));
my ($clock_code, $clock) = report('--events', 'clock');
is_deeply([only($clock)->{until}, $clock->{future}], [only((report('--events', 'lift'))[1])->{until}, 1],
    'an event of a clock that is wrong does not move the end of the experiment');

# ---- what came before, and more than two variants ----

write_file('past', shoppers(past => 0.1));
my $known = effect(only((report('--events', 'past'))[1]), 'conversion');
ok($known->{cuped} && $known->{variance_kept} < 0.8, 'what visitors did before takes variance away');
ok($known->{low} > 0, 'so that a lift is found');
(my $forgotten = shoppers(past => 0.1)) =~ s/^.* o=p\d+"}\n//mg;
write_file('forgotten', $forgotten);
my $unknown = effect(only((report('--events', 'forgotten'))[1]), 'conversion');
ok(!$unknown->{cuped} && $unknown->{high} - $unknown->{low} > $known->{high} - $known->{low}, 'without it the interval is wider');

my $three = shoppers(variant => 0.35);
my $turn = 0;
$three =~ s/x=pilot:more/'x=pilot:' . ($turn++ % 2 ? 'more' : 'most')/ge;
write_file('three', $three);
write_file('weights', '{"experiments":[{"id":"pilot","variants":[{"id":"control","weight":0.5},{"id":"more","weight":0.25},{"id":"most","weight":0.25}]}]}');
my $of_three = only((report('--events', 'three', '--rules', 'weights'))[1]);
is(scalar @{ $of_three->{verdicts} }, 2, 'each variant has a verdict');
is($of_three->{alpha}, 0.025, 'and half of alpha');
is($of_three->{verdict}, 'scale', 'the best one is scaled');

# ---- sample ratio ----

write_file('uneven', shoppers(share => 0.4, variant => 0.3));
($code, $found) = report('--events', 'uneven');
is($code, 1, 'an uneven split is an answer that is no');
ok(only($found)->{sample_ratio}{failed}, 'the sample ratio failed');
is(only($found)->{verdict}, 'none', 'there is no verdict');
is(scalar @{ only($found)->{effects} }, 0, 'nor a difference');
like((dynstore('report', '--events', 'uneven'))[1], qr/^no verdict: visitors are missing.*\n\z/m, 'and the last line says so');

write_file('rules', '{"experiments":[{"id":"pilot","variants":[{"id":"more","weight":0.4},{"id":"control","weight":0.6}]}],"holdout":{"share":0.1}}');
($code, $found) = report('--events', 'uneven', '--rules', 'rules');
ok(!only($found)->{sample_ratio}{failed}, 'what the rules file wanted uneven is good');
is(only($found)->{variants}[0]{variant}, 'more', "and the rules file's first variant is control");
is(only((report('--events', 'uneven', '--rules', 'rules', '--control', 'control'))[1])->{variants}[0]{variant}, 'control',
    'unless another one is named');
($code, $out, $err) = dynstore('report', '--events', 'uneven', '--control', 'controll');
is("$code $out$err", qq(1 dynstore report: --control: no visitor was exposed to a variant "controll"\n), 'a name that no variant has is not passed over');

write_file('nothing', '{"experiments":[{"id":"other","variants":[{"id":"a"},{"id":"b"}]}]}');
my $unnamed = only((report('--events', 'uneven', '--rules', 'nothing'))[1]);
ok(!$unnamed->{sample_ratio}{checked}, 'of an experiment that the rules file does not have no share is known');
like($unnamed->{sample_ratio}{sentence}, qr/^not checked: the rules file has no variants/, 'which is said');

write_file('third', '{"experiments":[{"id":"pilot","variants":[{"id":"control"},{"id":"more"},{"id":"never"}]}]}');
($code, $found) = report('--events', 'same', '--rules', 'third');
ok(only($found)->{sample_ratio}{failed}, 'a variant that nobody saw fails the sample ratio');

# GrowthBook deals the variants of an experiment with a feature.
sub dealt {
    my ($variants, $payload) = @_;
    write_file('featured', qq({"experiments":[{"id":"pilot","feature":"tents","variants":$variants}]}));
    write_file('payload', qq({"features":{"tents":{"rules":$payload}}})) if defined $payload;
    my $ratio = only((report('--events', 'uneven', '--rules', 'featured', defined $payload ? ('--features', 'payload') : ()))[1])->{sample_ratio};
    return $ratio->{checked} ? $ratio->{failed} ? 'failed' : 'good' : $ratio->{sentence};
}

my $plain    = '[{"id":"control"},{"id":"more"}]';
my $weighted = '[{"id":"control","weight":0.6},{"id":"more","weight":0.4}]';
my $deals    = '{"variations":["control","more"]';
like(dealt($plain), qr/^not checked: GrowthBook says how large .* \(--features\)$/, 'without GrowthBook\'s payload the shares of a feature are not known');
is(dealt($weighted), 'good', 'unless the rules file says them');
is(dealt($plain, qq([{"condition":{"plan":"pro"},"force":"more"},$deals,"weights":[0.6,0.4]}])), 'good', 'the payload has the shares');
is(dealt($plain, qq([$deals}])), 'failed', 'which are equal where it says none');
is(dealt($weighted, qq([$deals}])), 'failed', 'and goes before the weights of the rules file');
is(dealt($plain, qq([$deals,"ranges":[[0,0.3],[0.5,0.7]]}])), 'good', 'ranges are shares, too');
like(dealt($plain, qq([$deals,"weights":[0.6,0.4],"condition":{"plan":"pro"}},$deals}])), qr/^not checked: .* not just one rule/,
    'two rules that deal variants have no shares together');
($code, undef, $err) = dynstore('report', '--events', 'uneven', '--features', 'payload');
is($code, 2, 'a payload without a rules file is refused');
like($err, qr/--features needs --rules/, 'in a sentence');

write_file('both', shoppers(both => 1));
my $several = only((report('--events', 'both'))[1]);
is($several->{both}{visitors}, 150, 'visitors who saw both variants are left out');
ok($several->{both}{too_many}, 'and warned of');
like((dynstore('report', '--events', 'both'))[1], qr/^warning: 150 visitors \(5\.00 %\) saw more than one variant/m, 'in the text, too');

# ---- holdout ----

my $held = shoppers(variant => 0.4, control => 0.2, share => 0.9, names => ['holdout', 'personalized']);
$held =~ s/ l=recs d=\S+ g=session x=pilot:holdout i=\S+?(?=")/ x=holdout:holdout/g;
$held =~ s/ x=pilot:personalized//g;
write_file('held', $held);
($code, $found) = report('--events', 'held', '--rules', 'rules');
is(only($found)->{experiment}, 'holdout', 'the holdout is reported as an experiment');
is(only($found)->{variants}[0]{variant}, 'holdout', 'with the untouched page as control');
ok(only($found)->{sample_ratio}{checked} && !only($found)->{sample_ratio}{failed}, 'its ratio is that of the rules file');
for my $rules ([], ['--rules', 'nothing']) {
    my $ratio = only((report('--events', 'held', @$rules))[1])->{sample_ratio};
    ok(!$ratio->{checked}, "without which it is not checked: @$rules");
    is($ratio->{sentence}, 'not checked: give the rules file that says how large the holdout is (--rules)', 'and the right one is asked for');
}

# ---- the page ----

write_file('names', shoppers(variant => 0.3, names => ['control', '<b>&more']));
# ---- what a terminal must not see ----

{
    write_file('controls', shoppers(names => ['control', 'more']) . join '', map { entry('v1', "vb 1700000000000 - l=recs$_ g=session x=pilot:control") . entry('v1', "vb 1700000000000 - l=recs g=session x=pilot:$_") . entry('v1', "vb 1700000000000 - l=recs g=$_ x=$_:more") } '\\u001b[2J', '%1b[2J', '%ff', '\\u0007');
    my ($code, $out) = dynstore('report', '--events', 'controls', '--metrics', 'controls.prom', '--html', 'controls.html');
    is($code, 0, 'blocks whose names have control characters are no fault');
    is(join(',', $out =~ /^experiment (.*?):/mg), 'pilot', 'and no experiment');
    unlike($_, qr/[^\n -~]/, 'nor written') for $out, read_file(folder() . '/controls.prom');
    like($out, qr/^  control /m, 'the others are told');
}

# ---- metrics ----

{
    write_file('metrics', shoppers(names => ['control', 'mo\\"re'], seed => 3) . entry('v1', 'pu 1800000000000 tent p=500 c=CHF o=x'));
    write_file('metrics.prom', 'an old one');
    my ($code) = dynstore('report', '--events', 'metrics', '--metrics', 'metrics.prom');
    is($code, 0, 'metrics are written');
    my $text = read_file(folder() . '/metrics.prom');
    is_deeply([glob(folder() . '/metrics.prom*')], [folder() . '/metrics.prom'], 'the new file took the place of the old one');
    symlink('metrics.linked', folder() . '/metrics.link') or die;
    dynstore('report', '--events', 'metrics', '--metrics', 'metrics.link');
    ok(-l folder() . '/metrics.link', 'what is no plain file, as a device, is not replaced');
    is(read_file(folder() . '/metrics.linked'), $text, 'but written to');
    my %seen = map { $_ => 1 } $text =~ /^(dynstore_experiment_\w+)\{/mg;
    my %listed = map { $_ => 1 } read_file('docs/metrics.md') =~ /^\| `(dynstore_experiment_\w+)\{/mg;
    is_deeply(\%seen, \%listed, 'they are those that docs/metrics.md lists');
    my ($report) = (report('--events', 'metrics'))[1];
    my $all = 1;
    for my $variant (@{ only($report)->{variants} }) {
        my $name = $variant->{variant} =~ s/(["\\])/\\$1/gr;
        for my $member (qw(visitors sessions buyers cart_visitors orders)) {
            $all &&= index($text, qq(dynstore_experiment_$member\{experiment="pilot",variant="$name"} $variant->{$member}\n)) >= 0;
        }
        for my $money (@{ $variant->{money} }) {
            $all &&= $text =~ /^dynstore_experiment_revenue\{experiment="pilot",variant="\Q$name\E",currency="$money->{currency}"\} (\S+)$/m && abs($1 - $money->{revenue}) < 1e-6;
        }
    }
    ok($all, 'each has the figure of the report');
    like($text, qr/^dynstore_experiment_verdict\{experiment="pilot",verdict="\Q@{[ only($report)->{verdict} ]}\E"\} 1$/m, 'the verdict is 1');
    is(() = $text =~ /^dynstore_experiment_verdict\{.*\} 1$/mg, 1, 'and the others are 0');
    my ($p) = $text =~ /^dynstore_experiment_sample_ratio_p_value\{experiment="pilot"\} (\S+)$/m;
    cmp_ok(abs($p - only($report)->{sample_ratio}{p}), '<', 1e-5, 'with the p value of its sample ratio');
    ($code, undef, my $err) = dynstore('report', '--events', 'metrics', '--metrics', 'nowhere/metrics.prom');
    is($code, 4, 'a file that cannot be written is said');
    like($err, qr{nowhere/metrics\.prom}, 'by its name');
    write_file('lost', shoppers(share => 0.3));
    is((dynstore('report', '--events', 'lost', '--metrics', 'metrics.prom'))[0], 1, 'metrics of a ratio that failed are written, too');
    my ($low) = read_file(folder() . '/metrics.prom') =~ /^dynstore_experiment_sample_ratio_p_value\{.*\} (\S+)$/m;
    cmp_ok($low, '<', 0.01, 'with a p value that raises the alert');
    write_file('checked', $text);
    my ($checked, $said) = shell('promtool check metrics <checked 2>&1');
    is("$checked $said", '0 ', 'promtool check metrics has nothing to say');
}

is((dynstore('report', '--events', 'names', '--html', 'page.html'))[0], 0, 'a page is written');
my $page = read_file(folder() . '/page.html');
like($page, qr/<svg role=img.*<title>The lift and its interval, day by day/s, 'with a plot that is told in words');
like($page, qr/with &lt;b&gt;&amp;more conversion is higher/, 'names are escaped');
unlike($page, qr/<b>&more|<script|\bsrc=|\bhref=|url\(|https?:/, 'and it needs nothing from anywhere');

write_file('twice', shoppers(control => 0.15, variant => 0.5));
is((dynstore('report', '--events', 'twice', '--html', 'twice.html'))[0], 0, 'a lift of more than 100 % is shown, too');
my ($lift_high, $lift_at) = read_file(folder() . '/twice.html') =~ /<tr class=primary>.*?<g class="i up"><line x1=\S+ x2=(\S+).*?<circle cx=(\S+)/s;
cmp_ok($lift_high, '<=', 264, 'within the plot');
cmp_ok($lift_at, '<', $lift_high - 6, 'with both ends of its interval');

# ---- what is wrong ----

write_file('views', qq({"visitor":"a","time":1700000000,"event":"view_item","item_id":"tent"}\n));
($code, undef, $err) = dynstore('report', '--events', 'views');
is($code, 1, 'without an exposure there is nothing to report');
like($err, qr/tell of no visitor who was exposed to an experiment/, 'and that is said');
is((dynstore('report', '--events', 'lift', '--experiment', 'other'))[0], 1, 'nor of an experiment that is not there');
is((dynstore('report'))[0], 2, 'events are needed');
($code, undef, $err) = dynstore('report', '--events', 'lift', '--metric', 'happiness');
like("$code $err", qr/^2 .*"happiness" is none of conversion, add_to_cart, /, 'metrics are named where one is wrong');
is((dynstore('report', '--events', 'none'))[0], 3, 'a file that is not there is said');
($code, undef, $err) = dynstore('report', '--events', 'lift', '--rules', 'lift');
like("$code $err", qr/^3 .*lift:\d+:\d+: the rules file cannot be read/, 'so is a rules file that is none');
($code, undef, $err) = dynstore('report', '--events', 'lift', '--max-memory', 1, '--max-errors', 0);
is($code, 0, 'the events fit into a megabyte') or diag($err);
write_file('large', shoppers(count => 12000));
($code, undef, $err) = dynstore('report', '--events', 'large', '--max-memory', 1);
like("$code $err", qr/^4 .*need more than 1 MB: allow more with --max-memory/, 'and what does not fit is said');

# ---- the stream itself ----

my $redis = Dynstore::Redis->start(folder());
my $address = 'redis://127.0.0.1:' . $redis->port . '/2';
my $lift_text = read_file(folder() . '/lift');
my $added = 0;
$redis->in_db(2, 'XADD', 'dyn:events', ++$added . '-7', 'v', $1, 'e', $2) while $lift_text =~ /"v":"(.*?)","e":"(.*?)"/g;
$redis->in_db(2, 'XADD', 'dyn:events', '9999999-0', 'v', 'somebody', 'e', 'nothing');
ok($added > 3000, 'more entries than one answer has');
($code, $out, $err) = dynstore('report', '--events', $address);
is($code, 0, 'the stream of Redis is read') or diag($err);
is($out, $text, 'with the same result as a file of its entries');
like($err, qr/^redis:\S+:\d+:e: is no entry of the stream/, 'and what is no entry is said');
is((dynstore('report', '--events', $address, '--prefix', 'other:'))[0], 1, 'another prefix is another stream');

# ---- what docs/experiments.md does with the stream: before an experiment, and every day ----

my $cli = 'redis-cli() { command redis-cli -n 3 -p ' . $redis->port . qq( "\$@"; }\n);
my ($look, $seen) = read_file('docs/experiments.md') =~ /^```\n(redis-cli XREVRANGE.*?)^```\n```log\n(.*?)^```$/ms or die 'the page looks at no orders';
$redis->in_db(3, 'XADD', 'dyn:events', '*', 'v', 'v', 'e', $_) for reverse("vb 1 - l=recs d=1 g=session", split /\n/, $seen);
is((shell("$cli$look"))[1], $seen, 'clicks, carts and orders are seen, the newest first');
$redis->in_db(3, 'DEL', 'dyn:events');

my ($export) = read_file('docs/experiments.md') =~ /^```\n(from=.*?)^```$/ms or die 'the page takes no events out';
sub take_out {
    my ($take_code, undef, $take_err) = shell("$cli$export");
    is("$take_code $take_err", '0 ', 'the events of a day are taken out');
    return join '', map { read_file($_) } glob folder() . '/events-*.jsonl';
}
$redis->in_db(3, 'XADD', 'dyn:events', "5-$_", 'v', "v$_", 'e', "vi 500$_ tent") for 1 .. 3;
my $first_day = join '', map { entry("v$_", "vi 500$_ tent") } 1 .. 3;
is(take_out(), $first_day, 'on the first day all of them');
is(take_out(), $first_day, 'none again');
$redis->in_db(3, 'XADD', 'dyn:events', '6-1', 'v', 'v1', 'auth', 'token', 'e', 'pu 6001 tent o=1');
is(take_out(), $first_day . entry('v1', 'pu 6001 tent o=1'), 'and then what is new');
($code, undef, $err) = dynstore('report', '--events', 'redis://:secret@127.0.0.1:1');
like("$code $err", qr/^2 .*password on the command line/, 'a password on the command line is refused');
$redis->stop;
($code, undef, $err) = dynstore('report', '--events', $address);
like("$code $err", qr/^4 .*cannot connect/, 'a Redis that is away is said');

# ---- entries of the stream are read by build, too ----

write_file('plain', join '', map { qq({"visitor":"v$_","time":170000000$_,"event":"view_item","item_id":"i$_"}\n) } 1 .. 4);
write_file('entries', join '', map { entry("v$_", "vi 170000000${_}000 i$_") } 1 .. 4);
is((dynstore('build', '-e', $_, '-o', "$_.dyn"))[0], 0, "a snapshot of $_") for 'plain', 'entries';
is(read_file(folder() . '/entries.dyn'), read_file(folder() . '/plain.dyn'), 'is the same of entries of the stream');

# ---- plan ----

sub planned {
    my ($plan_code, $out) = dynstore('plan', @_, '--json');
    return $plan_code == 0 ? decode_json($out) : {};
}
my $fixed = planned('--baseline', 3, '--effect', 10, '--fixed');
my $z = (1.959964 + 0.841621) ** 2;
ok(abs($fixed->{visitors} / ($z / 0.01 * 0.97 / 0.03 * (1.1 + 1.21) * 2) - 1) < 0.001, 'a fixed test needs what the textbook says');
my $daily = planned('--baseline', 3, '--effect', 10, '--visitors-a-day', 10000, '--holdout', 0.1);
ok($daily->{visitors} > $fixed->{visitors}, 'one that is looked at every day needs more');
is($daily->{days}, int($daily->{visitors} / 9000) + 1, 'days follow from the visitors who are not held out');
ok($daily->{effect_found_by_holdout} > 0.1, 'and what the holdout finds by then is less than that');
ok(planned('--baseline', 3, '--effect', 10, '--variants', 2)->{each_variant} > $daily->{each_variant}, 'more variants need more each');
ok(planned('--baseline', 2.5, '--deviation', 20, '--effect', 10)->{visitors} > 0, 'any mean can be planned for');
like((dynstore('plan', '--baseline', 3, '--effect', 10, '--visitors-a-day', 10000))[1],
    qr/^[\d,]+ visitors: [\d,]+ of control, [\d,]+ of each variant\n\d+ days, of which whole weeks are best: \d+\n\z/, 'and as text');
is((dynstore('plan'))[0], 2, 'a baseline is needed');
is((dynstore('plan', '--baseline', 300))[0], 2, 'that can be one');

# ---- what docs/experiments.md shows is what comes out ----

my $docs = read_file('docs/experiments.md');
my $shown = 0;
while ($docs =~ /^```sh\n((?:(?!```).*\n)*)```\n```output\n((?:(?!```).*\n)*)```$/mg) {
    my ($script, $output) = ($1, $2);
    my ($run_code, $run_out, $run_err) = shell($script);
    is($run_code, 0, 'an example runs') or diag($run_err);
    my $wanted = join '.*', map { quotemeta } split /^\.\.\.\n/m, $output;
    like($run_out, qr/\A$wanted\z/s, 'and prints what the page shows');
    $shown++;
}
is($shown, 2, 'both examples of the page were run');

# every member of the JSON is in the page
sub members {
    my ($value) = @_;
    return map { members($_) } @$value if ref $value eq 'ARRAY';
    return ref $value eq 'HASH' ? map { ($_, members($value->{$_})) } sort keys %$value : ();
}
my %told = map { $_ => 1 } members((report('--events', 'lift'))[1]), members((report('--events', 'uneven'))[1]), keys %$daily;
like($docs, qr/`\Q$_\E`/, "the page says what $_ is") for sort keys %told;

done_testing();
