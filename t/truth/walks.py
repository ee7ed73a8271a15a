"""Shoppers: pages that they open, and what they do there. Each answer is `dynstore explain`'s, whose sessions stand in Redis."""

import hashlib
import hmac
import json
import random
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

SEARCHES = ["regenjacke", "ultralight tent", "kids gift", "headlamp", "headlamps", "kumo", "tents under 200", "head lamp",
            "waterproof hiking boots women", "headlmap", "daunenjacke damen", "zelt für 2", "stove", "jackets 50-150 euro", "qwxyz"]
ADS = [("utm_term", "trekking tents"), ("utm_content", "kids jackets"), ("utm_campaign", "climbing-shoes-autumn"),
       ("utm_term", "regenjacke"), ("utm_campaign", "summer sale"), ("utm_term", "ultralight"), ("utm_content", "Nordhang")]


OFFERS = ["on_sale=8", "trending_categories=6", "upsell=4", "bundle"]  # slots that no page has by itself


class Redis:
    """A Redis of our own, on a socket in a temporary folder."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="truth")
        self.path = str(Path(self.folder.name) / "redis.sock")
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "",
                                         "--dir", self.folder.name], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.connection = socket.socket(socket.AF_UNIX)
                self.connection.connect(self.path)
                break
            except OSError:
                time.sleep(0.05)
        self.reader = self.connection.makefile("rb")
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def ask(self, *words):
        data = b"*%d\r\n" % len(words)
        for word in words:
            word = str(word).encode()
            data += b"$%d\r\n%s\r\n" % (len(word), word)
        self.connection.sendall(data)
        answer = self.reader.readline()
        if not answer.startswith((b":", b"+")):
            raise RuntimeError(f"Redis answers {answer!r}")


class Page:
    """An answer with what the shopper had done when it came."""

    def __init__(self, shopper, surface, argument, answer, command):
        self.surface, self.argument, self.answer, self.command = surface, argument, answer, command
        self.viewed, self.added, self.bought = list(shopper.viewed), list(shopper.added), set(shopper.bought)
        self.cart, self.earlier, self.searches = dict(shopper.cart), list(shopper.earlier), list(shopper.searches)
        self.ad, self.country, self.age, self.now = shopper.ad, shopper.country, shopper.age, shopper.now
        self.entries = list(shopper.entries)
        self.item = argument if surface == "pdp" else None


class Shopper:
    def __init__(self, runner, number, now, country=None, age=None):
        self.runner, self.now, self.country, self.age = runner, now, country, age
        self.id = f"{number:032x}"
        self.entries, self.viewed, self.added, self.bought, self.cart = [], [], [], set(), {}
        self.earlier, self.searches, self.ad = [], [], None
        digest = hmac.new(bytes.fromhex(runner.key), self.id.encode(), hashlib.sha256).hexdigest()
        self.name, self.cookie = digest[:32], f"{self.id}.{digest[32:48]}"
        self.known = False

    def key(self, kind):
        return f"dyn:{kind}:{{{self.name}}}"

    def log(self, code, item="", *pairs, kind="r", at=None):
        entry = " ".join([code, str(int((at or self.now) * 1000))] + ([quote(item, safe="._~:/@+,-")] if item else ["-"] if pairs else [])
                         + [f"{key}={quote(str(value), safe='._~:/@+,-')}" for key, value in pairs])
        self.runner.redis.ask("LPUSH", self.key(kind), entry)
        if kind == "r":
            self.entries.append(entry)
            self.known = True

    def come(self, ad=None):
        self.runner.redis.ask("HSET", self.key("s"), "first", int(self.now * 1000), "returning", int(bool(self.earlier)), "device", "mobile")
        if ad:
            self.ad = re.sub(r"[-_+]", " ", ad[1])
            self.runner.redis.ask("HSET", self.key("s"), *ad)
            self.entries.append(f"({ad[0]}={ad[1]})")
        self.known = True

    def bought_before(self, item, days):
        self.earlier.append(item)
        self.log("pu", item, kind="h", at=self.now - days * 86400)
        self.known = True
        self.entries.append(f"(bought {days} days ago: {item})")

    def view(self, item, code="vi"):
        self.log(code, item)
        if item not in self.viewed:
            self.viewed.append(item)

    def add(self, item, code="ac"):
        self.log(code, item)
        if code == "ac":
            self.cart[item] = 1
        if item not in self.added:
            self.added.append(item)

    def remove(self, item):
        self.log("rc", item)
        self.cart.pop(item, None)

    def buy(self):
        for item in list(self.cart):
            self.log("pu", item)
            self.bought.add(item)
        self.cart = {}

    def search(self, term):
        self.log("se", "", ("t", term))
        self.searches.append(term)

    def open(self, surface, argument=None, slots=()):
        if surface == "pdp":
            self.view(argument)
        return self.runner.page(self, surface, argument, slots)


class Runner:
    def __init__(self, program, snapshot, redis, folder):
        self.program, self.snapshot, self.redis = program, snapshot, redis
        self.key = "00" * 31 + "2a"
        self.key_file = Path(folder) / "visitor.key"
        self.key_file.write_text(self.key + "\n")
        self.key_file.chmod(0o600)
        self.count = 0

    def page(self, shopper, surface, argument=None, slots=()):
        command = [self.program, "explain", "--json", "--snapshot", self.snapshot, "--surface", surface,
                   "--now", str(int(shopper.now * 1000))]
        if argument is not None:
            command += ["--item", argument]
        for slot in slots:
            command += ["--slot", slot]
        if shopper.country:
            command += ["--country", shopper.country]
        if shopper.age is not None:
            command += ["--age", str(shopper.age)]
        told = list(command)
        if shopper.known:
            command += ["--visitor-from-redis", "unix:" + self.redis.path, "--visitor", shopper.cookie, "--key", str(self.key_file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(" ".join(command) + "\n" + done.stderr)
        self.count += 1
        text = " ".join(f"'{word}'" if " " in word else word for word in told)
        return Page(shopper, surface, argument, json.loads(done.stdout)["decision"], text)

    def shopper(self, now, **more):
        self.number = getattr(self, "number", 0) + 1
        return Shopper(self, self.number, now, **more)


def still_pages(runner, shop, now):
    """Pages of visitors of whom nothing or one thing is known: every product, listing, search and filled cart."""
    nobody = runner.shopper(now)
    for surface in ("home", "landing", "search", "cart"):
        yield nobody.runner.page(nobody, surface)
    for item in shop.items:
        nobody = runner.shopper(now)
        nobody.viewed = [item]  # the page's item counts
        yield runner.page(nobody, "pdp", item)
        yield runner.page(nobody, "pdp", item, OFFERS)
    for category in sorted(shop.categories):
        yield runner.page(runner.shopper(now), "plp", "/".join(category))
        yield runner.page(runner.shopper(now), "plp", "/".join(category), OFFERS)
    for part in sorted({part for parts, _, _ in shop.bundles.values() for part in parts}):
        for place in ({}, {"country": "DE", "age": 30}, {"country": "US", "age": 12}):
            shopper = runner.shopper(now, **place)
            shopper.add(part)
            yield shopper.open("cart", slots=OFFERS)
            shopper = runner.shopper(now, **place)
            yield shopper.open("pdp", part, OFFERS)
    for later in (0, 60, 70, 80):  # days: sales begin and end
        yield runner.page(runner.shopper(now + later * 86400), "home", slots=OFFERS)
    for item in shop.items:
        shopper = runner.shopper(now)
        shopper.add(item)
        yield shopper.open("cart")
    for term in [*sorted(shop.terms), *SEARCHES]:
        shopper = runner.shopper(now)
        shopper.search(term)
        yield shopper.open("search")
        yield shopper.open("home")
    for ad in ADS:
        shopper = runner.shopper(now)
        shopper.come(ad)
        yield shopper.open("landing")
        yield shopper.open("home")


def walk(runner, shop, now, seed):
    """One shopper's visit, drawn by the seed."""
    dice = random.Random(f"truth {seed}")
    items, terms = list(shop.items), [*sorted(shop.terms), *SEARCHES]
    categories = ["/".join(category) for category in sorted(shop.categories)]
    by_top = {}
    for item in shop.items.values():
        by_top.setdefault(dice.choice((item.top, item.category, item.brand)), []).append(item.id)
    theme = dice.choice(sorted(by_top.values(), key=lambda ids: ids[0]))  # what the shopper is after
    place = dice.choice([{}, {}, {"country": "DE"}, {"country": "DE", "age": 30}, {"country": "US", "age": 12}])
    shopper = runner.shopper(now, **place)
    if dice.random() < 0.25:
        for _ in range(dice.randint(1, 4)):
            shopper.bought_before(dice.choice(items), dice.randint(1, 60))
    if dice.random() < 0.6:
        shopper.come(dice.choice(ADS) if dice.random() < 0.5 else None)
    page = shopper.open(dice.choice(["home", "landing", "home"]))
    yield page
    for _ in range(dice.randint(3, 12)):
        shopper.now += dice.choice([2, 3, 8, 20, 45, 90, 200])
        shown = [item["id"] for slot in page.answer["slots"] for item in slot["items"]]
        what = dice.random()
        if what < 0.45:
            source = dice.random()
            if shown and source < 0.45:
                item = dice.choice(shown)
                if dice.random() < 0.7:
                    shopper.view(item, "si")
            else:
                item = dice.choice(theme if source < 0.85 else items)
            page = shopper.open("pdp", item)
        elif what < 0.55:
            page = shopper.open("plp", dice.choice(categories))
        elif what < 0.63:
            shopper.search(dice.choice(terms))
            page = shopper.open("search")
        elif what < 0.83:
            item = dice.choice(shopper.viewed or theme) if dice.random() < 0.8 else dice.choice(items)
            shopper.add(item, dice.choice(["ac", "ac", "ac", "wl"]))
            page = shopper.open(dice.choice(["cart", "cart", "home"]))
        elif what < 0.88 and shopper.cart:
            shopper.remove(dice.choice(sorted(shopper.cart)))
            page = shopper.open("cart")
        elif what < 0.91 and shopper.cart:
            shopper.buy()
            page = shopper.open("home")
        elif what < 0.95:
            shopper.log(dice.choice(["fi", "so"]), "", ("f", "price"), ("v", dice.choice(["50-200", "asc", "20-80"])))
            page = shopper.open("plp", dice.choice(categories))
        else:
            page = shopper.open(dice.choice(["home", "cart", "search"]))
        yield page
    yield shopper.open(dice.choice(["home", "cart", "landing"]), slots=OFFERS)
