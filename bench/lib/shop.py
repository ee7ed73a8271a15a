"""The shop that the benches load: the sample shop's snapshot, one page of 30 KB, and shoppers with live sessions."""
import hashlib
import hmac
import json
import random
import subprocess
import time

from .processes import TOP, Trouble, free_ports, listening, wait_for

PAGE_BYTES = 30 * 1024
PAGE_NAME = "page.html"

PROXY = """
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header Accept-Encoding "";
    proxy_set_header If-None-Match "";
    proxy_set_header If-Modified-Since "";
    proxy_set_header Range "";
    keepalive_requests 1000000;
    keepalive_timeout 300s;
"""


class Shoppers:
    """Visitors with live sessions under a key, and the directives of a shop that knows them; `snapshot` is the subclass's."""
    key = "5f" * 32

    def __init__(self, lab):
        self.lab = lab
        self.key_file = lab.folder / "visitor.key"
        self.key_file.write_text(self.key + "\n")
        self.key_file.chmod(0o600)

    def digest(self, name):
        return hmac.new(bytes.fromhex(self.key), name.encode(), hashlib.sha256).hexdigest()

    def hash(self, visitor):
        return self.digest(visitor.partition(".")[0])[:32]

    def visitors(self, count):
        """Cookies: an id, and its signature under the key."""
        dice = random.Random(7)
        ids = [f"{dice.getrandbits(128):032x}" for _ in range(count)]
        return [f"{name}.{self.digest(name)[32:48]}" for name in ids]

    def session(self, visitor, log):
        """Redis commands that give the visitor a session: `log` is its entries, newest first."""
        key = self.hash(visitor)
        yield ["DEL", f"dyn:r:{{{key}}}", f"dyn:s:{{{key}}}"]
        yield ["RPUSH", f"dyn:r:{{{key}}}", *log]
        yield ["EXPIRE", f"dyn:r:{{{key}}}", "1800"]
        first = log[-1].split()[1]
        yield ["HSET", f"dyn:s:{{{key}}}", "first", first, "device", "desktop", "returning", "1", "utm_source", "newsletter"]
        yield ["EXPIRE", f"dyn:s:{{{key}}}", "1800"]

    def dynstore(self, redis, zone="16m"):
        """http{}'s directives of the edge with dynstore."""
        return f"""
    dynstore_zone zone=dynstore:{zone};
    dynstore_redis {redis};
    dynstore_snapshot {self.snapshot};
    dynstore_visitor cookie=dyn_vid key={self.key_file};
    dynstore_format json;
    # asked as always, but never reached: a few visitors stand for many
    dynstore_limit visitor=1000000/s,1000000 address=1000000/s,1000000;
"""


class Shop(Shoppers):
    """The sample shop: its snapshot, its pages."""

    def __init__(self, lab):
        super().__init__(lab)
        done = subprocess.run(["bash", "-c", "set -euo pipefail; . demo/lib.sh; need; prepare"], cwd=TOP, check=False,
                              capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"the sample shop cannot be made: {done.stdout}{done.stderr}")
        self.data = TOP / "build/demo"
        self.snapshot = self.data / "store.dyn"
        with open(self.data / "catalog.jsonl", encoding="utf-8") as lines:
            self.items = [json.loads(line)["id"] for line in lines]
        self.page = self._page()
        (lab.folder / PAGE_NAME).write_bytes(self.page)

    def _page(self):
        """The sample shop's product page nearest to 30 KB, filled up to them with empty lines if it is shorter."""
        pages = sorted((self.data / "site/products").glob("*.html"), key=lambda page: page.name)
        sizes = [(abs(page.stat().st_size - PAGE_BYTES), page) for page in pages]
        page = min(sizes)[1].read_bytes()
        if len(page) < PAGE_BYTES:
            at = page.rindex(b"</body>")
            page = page[:at] + b"\n" * (PAGE_BYTES - len(page)) + page[at:]
        return page

    def sessions(self, visitors, events=20):
        """Redis commands that give each visitor a session of so many views of products, one every twenty seconds."""
        dice = random.Random(11)
        now = int(time.time() * 1000)
        for visitor in visitors:
            # shoppers stay near what they look at: neighbours in the catalogue are of one kind
            at = dice.randrange(len(self.items))
            log = []
            for age in range(events):
                if dice.random() < 0.1:
                    at = dice.randrange(len(self.items))
                item = self.items[(at + dice.randrange(12)) % len(self.items)]
                code = "ac" if age % 9 == 8 else "vi"
                log.append(f"{code} {now - 20000 * age} {item}" + (" q=1" if code == "ac" else ""))
            yield from self.session(visitor, log)

    def backend(self, think_ms=0, pause_ms=None):
        """Starts a backend that answers every request with the page; returns its port."""
        port = free_ports(1)[0]
        pause = [] if pause_ms is None else [pause_ms]
        self.lab.start([TOP / "build/bench/backend", port, self.lab.folder / PAGE_NAME, think_ms, *pause])
        wait_for(lambda: listening(port), "the backend does not listen")
        return port

    def upstream(self, port):
        return f"""
    access_log off;
    upstream shop {{
        server 127.0.0.1:{port};
        keepalive 256;
    }}
{PROXY}"""
