#!/usr/bin/env python3
"""Reads a page on standard input and prints one thing about a block that dynstore put into it.

    block.py SLOT rung|decision|title|ids|reasons     of the block; nothing when the page has no such block
    block.py SLOT html                                all of it
    block.py SLOT share CATALOG CATEGORY...           per cent of its items that are in one of the categories
    block.py SLOT tagged CATALOG TAG                  the same of those with the tag
    block.py SLOT dearest                             the price of its dearest item in cents; 0 when it has none
    block.py - without                                the page without blocks, byte for byte
"""

import json
import re
import signal
import sys

BLOCK = re.compile(rb'<section class="dynstore dynstore-([a-z0-9_-]+)"([^>]*)>(.*?)</section>', re.S)


def attribute(text, name):
    found = re.search(name + r'="([^"]*)"', text)
    return found.group(1) if found else ""


def main():
    slot, wanted = sys.argv[1:3]
    page = sys.stdin.buffer.read()
    if wanted == "without":
        sys.stdout.buffer.write(BLOCK.sub(b"", page))
        return
    blocks = {name.decode(): (head.decode(), body.decode()) for name, head, body in BLOCK.findall(page)}
    if slot not in blocks:
        return
    head, body = blocks[slot]
    ids = re.findall(r'data-dynstore-item="([^"]*)"', body)
    if wanted in ("rung", "decision"):
        print(attribute(head, "data-dynstore-" + wanted))
    elif wanted == "title":
        print(*re.findall(r'<h2 class="dynstore-title">(.*?)</h2>', body))
    elif wanted == "ids":
        print(*ids)
    elif wanted == "reasons":
        print("\n".join(re.findall(r'<p class="dynstore-reason">(.*?)</p>', body)))
    elif wanted == "html":
        print(head, body)
    elif wanted in ("share", "tagged"):
        field = "category" if wanted == "share" else "tags"
        with open(sys.argv[3], encoding="utf-8") as file:
            names = {record["id"]: record.get(field, []) for record in map(json.loads, file)}
        fitting = sum(bool(set(names[name]) & set(sys.argv[4:])) for name in ids)
        print(100 * fitting // max(1, len(ids)))
    elif wanted == "dearest":
        prices = re.findall(r'class="dynstore-item-price">([^<]*)', body)
        print(max([int(re.sub(r"\D", "", price)) for price in prices], default=0))
    else:
        sys.exit(f"block.py: {wanted} is nothing it can print")


if __name__ == "__main__":
    # a reader that has seen enough closes the pipe
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
