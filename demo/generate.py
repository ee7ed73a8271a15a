#!/usr/bin/env python3
"""Writes the sample shop: catalog.jsonl, content.jsonl, events.jsonl and the pages and pictures under site/.

Same seed, same bytes. The folder is made when missing; files in it are replaced.
"""

import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from shop import catalogue, content, icons, images, pages, scenes, sessions, storefront  # noqa: E402

FAVICON = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="11" fill="#1f5445"/>'
           '<path d="M6 31l9-13 5 6 6-10 9 17z" fill="#f6f1e2"/><circle cx="29" cy="9.5" r="3.2" fill="#f0b24c"/></svg>\n')


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_lines(path, records):
    write(path, "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to write, for example build/demo")
    parser.add_argument("--sessions", type=int, default=50000, help="how many sessions to draw (default 50000)")
    parser.add_argument("--seed", type=int, default=catalogue.SEED, help="another shop history of the same kind")
    parser.add_argument("--end", type=int, default=catalogue.END, help="Unix second at which the 60 days of history end")
    return parser.parse_args()


def main():
    options = arguments()
    products = catalogue.build(options.seed, options.end)
    write_lines(options.folder / "catalog.jsonl", (product.record() for product in products))
    write_lines(options.folder / "content.jsonl", content.CONTENT)
    events = sessions.generate(products, options.seed + 1, options.end, options.sessions)
    write_lines(options.folder / "events.jsonl", events)
    site = options.folder / "site"
    for name, text in storefront.Storefront(products).all():
        write(site / name, text)
    for asset in pages.assets():
        write(site / "assets" / asset.name, asset.read_text(encoding="utf-8"))
    for number, product in enumerate(products):
        write(site / product.image.lstrip("/"), images.draw(product, number))
        for colour in product.colours if product.variants_are_colours else ():
            write(site / product.picture(colour).lstrip("/"), images.draw(product, number, colour))
        for name, _ in images.VIEWS:
            write(site / product.view(name).lstrip("/"), images.view(name, product, number))
    for name in (*scenes.MOODS, *scenes.NAMED):
        write(site / f"img/scene-{name}.svg", scenes.draw(name))
    for name, text in icons.ICONS.items():
        write(site / f"img/icon-{name}.svg", text)
    write(site / "img/favicon.svg", FAVICON)
    print(f"{len(products)} products, {options.sessions} sessions, {len(events)} events in {options.folder}")


if __name__ == "__main__":
    main()
