"""Loads, and what became of them."""
import dataclasses
import re
import statistics
import subprocess

from .processes import TOP, Trouble

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
# nginx takes no longer word in its configuration
CONSTANT_BYTES_MAX = 4000


@dataclasses.dataclass
class Answer:
    """One request of build/bench/client; times in microseconds, -1 for what did not come."""
    start: int
    port: int
    line: int
    first: int
    mark: int
    total: int
    status: int
    bytes: int
    outcome: str
    rung: str

    @property
    def failed(self):
        return self.outcome not in ("ok", "aborted")


class Client:
    """build/bench/client at work; `requests` are (port, path, visitor) or (port, path, visitor, body)."""

    def __init__(self, lab, requests, **options):
        self.out = lab.folder / f"client.{id(self)}.out"
        requests_file = lab.folder / f"client.{id(self)}.requests"
        with open(requests_file, "w", encoding="utf-8") as lines:
            for port, path, visitor, *body in requests:
                cookie = f"dyn_vid={visitor}" if visitor else ""
                lines.write("\t".join([str(port), "POST" if body else "GET", path, cookie, *body]) + "\n")
        arguments = [TOP / "build/bench/client", "--requests", requests_file, "--out", self.out]
        for name, value in options.items():
            arguments += [f"--{name}"] + ([] if value is True else [value])
        self.process = lab.start(arguments, stdout=subprocess.PIPE, text=True)

    def progress(self):
        """How many requests are over, again and again until all are."""
        for line in self.process.stdout:
            yield int(line)

    def answers(self):
        for _ in self.progress():
            pass
        if self.process.wait() != 0:
            raise Trouble("build/bench/client failed")
        with open(self.out, encoding="utf-8") as lines:
            return [Answer(*map(int, fields[:8]), *fields[8:]) for fields in map(str.split, lines)]


def failures(answers):
    return [answer for answer in answers if answer.failed]


def tell_failures(failed):
    """A line for each way to fail."""
    ways = {}
    for answer in failed:
        ways.setdefault((answer.outcome, answer.status), []).append(answer)
    return [f"{len(some)} requests: {outcome}, status {status}, the first after {some[0].bytes} bytes of line {some[0].line}"
            for (outcome, status), some in ways.items()]


def quantile(values, share):
    """The smallest value with at least that share of all at or below it."""
    values = sorted(values)
    if not values:
        return float("nan")
    return values[min(len(values) - 1, max(0, -int(-share * len(values) // 1) - 1))]


median = statistics.median


def wrk(lab, url, script, seconds, connections=32):
    """Requests a second; any failed one is trouble."""
    process = lab.start(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url], stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True)
    text = process.communicate()[0]
    lab.started.remove(process)
    found = re.search(r"(\d+) requests in ([\d.]+)(m?s)", text)
    if process.returncode or not found or "Non-2xx" in text or "Socket errors" in text:
        raise Trouble(f"wrk {url}: {text}")
    count = int(found[1])
    took = float(found[2]) * (0.001 if found[3] == "ms" else 1)
    return count, count / took


def wrk_script(path, requests):
    """A wrk script that sends (path, visitor) in turn, made before the clock runs."""
    with open(path, "w", encoding="utf-8") as script:
        script.write("local made, at = {}, 0\nlocal list = {\n")
        for target, visitor in requests:
            script.write(f'  {{"{target}", "dyn_vid={visitor}"}},\n')
        script.write("}\nfunction init(args)\n  for i, one in ipairs(list) do\n"
                     '    made[i] = wrk.format("GET", one[1], {["Cookie"] = one[2], ["Host"] = "shop.example",\n'
                     f'      ["User-Agent"] = "{BROWSER}", ["Accept"] = "text/html,*/*"}})\n'
                     "  end\nend\nfunction request()\n  at = at % #made + 1\n  return made[at]\nend\n")


def fetch(port, path, visitor):
    """One answer's body; whatever is not 2xx is trouble."""
    done = subprocess.run(["curl", "-sS", "-f", "-A", BROWSER, "-b", f"dyn_vid={visitor}", f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, check=False)
    if done.returncode:
        raise Trouble(f"{path}: {done.stderr.decode()}")
    return done.stdout


def word(text):
    """The text between single quotes in nginx.conf, cut to what fits, its dollars left out."""
    text = text.decode().replace("$", "").replace("\\", "\\\\").replace("'", "\\'")
    return text[:CONSTANT_BYTES_MAX].rstrip("\\")


def decisions(port):
    """(decided from the session, decided at all) of the edge so far."""
    done = subprocess.run(["curl", "-sS", "-f", f"http://127.0.0.1:{port}/_dynstore/metrics"], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Trouble(f"metrics: {done.stderr}")
    found = [(rung, int(count)) for rung, count in
             re.findall(r'^nginx_dynstore_decisions_total{.*rung="(\w+)".*} (\d+)$', done.stdout, re.M)]
    return sum(count for rung, count in found if rung == "session"), sum(count for _, count in found)


def repeated(port):
    """Decisions that the edge gave again so far."""
    return int(re.search(r"^nginx_dynstore_decisions_repeated_total (\d+)$", fetch(port, "/_dynstore/metrics", "").decode(), re.M)[1])


def ask_all_once(lab, port, script, connections, expected=1.0):
    """Fragments until nearly all of them that can be, the share `expected`, are given again."""
    for _ in range(20):
        given = repeated(port)
        count, _ = wrk(lab, f"http://127.0.0.1:{port}/", script, 1, connections)
        if repeated(port) - given > 0.9 * expected * count:
            return
    raise Trouble("no decision is given again")


def table(head, rows):
    """Columns aligned, the first to the left."""
    text = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in text) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) for row in text)


class Verdict:
    """Targets, each met or missed; the bench's last line and exit code."""

    def __init__(self, name):
        self.name, self.passed, self.missed = name, 0, []

    def check(self, good, sentence):
        print(f"{'ok      ' if good else 'MISSED  '}{sentence}", flush=True)
        if good:
            self.passed += 1
        else:
            self.missed.append(sentence)

    def close(self):
        print(f"{self.name}: {self.passed} passed, {len(self.missed)} failed")
        return 1 if self.missed else 0
