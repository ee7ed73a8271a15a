"""A shop of 43,000 items that learned from real sessions, Diginetica's; $DYNSTORE_DATA or build/data has them."""
import gzip
import json
import os
import pathlib
import random
import subprocess
import time

from .processes import TOP, Trouble
from .shop import Shoppers

DATA = pathlib.Path(os.environ.get("DYNSTORE_DATA") or TOP / "build/data") / "diginetica"
# a log holds no more
EVENTS_MAX = 64


class Diginetica(Shoppers):
    """Snapshot of the training sessions; visitors whose sessions are prefixes of the test sessions. Times are the clock's."""

    def __init__(self, lab):
        super().__init__(lab)
        self.snapshot = TOP / "build/bench-data/diginetica.dyn"
        train = DATA / "train.tsv.gz"
        made_of = [train, TOP / "build/dynstore"]
        if not self.snapshot.exists() or self.snapshot.stat().st_mtime < max(file.stat().st_mtime for file in made_of):
            self._build(train)

    def _build(self, train):
        self.snapshot.parent.mkdir(parents=True, exist_ok=True)
        catalog = self.write_catalog()
        done = subprocess.run([TOP / "build/dynstore", "build", "--catalog", catalog, "--events", train, "-o", self.snapshot],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"dynstore build: {done.stderr}")

    def write_catalog(self):
        """Items known from events only are never shown, so each gets a line of a catalogue; returns the file."""
        with gzip.open(DATA / "train.tsv.gz", "rt", encoding="ascii") as lines:
            next(lines)
            items = sorted({int(line.split("\t")[1]) for line in lines})
        catalog = self.lab.folder / "catalog.jsonl"
        with open(catalog, "w", encoding="utf-8") as out:
            for item in items:
                print(json.dumps({"id": str(item), "title": f"Item {item}", "url": f"/products/{item}", "price": f"{5 + item % 200}.00",
                                  "currency": "EUR", "category": f"Category {item % 50}", "stock": 1 + item % 40}), file=out)
        return catalog

    def prefixes(self, count):
        """Items that were clicked, oldest first: test sessions without their last click."""
        with gzip.open(DATA / "test.pairs.gz", "rt", encoding="ascii") as lines:
            pairs = [line.split() for line in lines]
        return [pair[:-1] for pair in random.Random(13).sample(pairs, count)]

    def sessions(self, visitors, prefixes):
        """Redis commands that give each visitor a prefix as views, one every twenty seconds until now."""
        now = int(time.time() * 1000)
        for visitor, prefix in zip(visitors, prefixes):
            newest = prefix[::-1][:EVENTS_MAX]
            yield from self.session(visitor, [f"vi {now - 20000 * age} {item}" for age, item in enumerate(newest)])
