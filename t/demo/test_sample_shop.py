#!/usr/bin/env python3
"""The sample shop's data and pages: python3 t/demo/test_sample_shop.py"""

import collections
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import unittest
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

GENERATE = Path(__file__).resolve().parents[2] / "demo" / "generate.py"
PLACEHOLDER = re.compile(r"^dynstore:(\w+)$")


def generate(folder, *options):
    subprocess.run([sys.executable, str(GENERATE), str(folder), *options], check=True, stdout=subprocess.DEVNULL)


def digest(folder):
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return total.hexdigest()


def lines(path):
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class PageReader(HTMLParser):
    """The placeholders that a browser takes for comments of the page itself, where else `</body>` is written, scripts and links."""

    def __init__(self):
        super().__init__()
        self.inline, self.files, self.links, self.link = [], [], collections.defaultdict(set), None
        self.slots, self.body_ends, self.decoys, self.raw, self.templates = [], 0, set(), "", 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and "src" in given:
            self.files.append(given["src"])
        elif tag == "script" and given.get("type") not in ("application/json", "application/ld+json"):
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on")]
        if tag == "a" and "aria-hidden" not in given:
            self.link, self.text = given.get("href"), given.get("aria-label", "")
        elif tag == "img" and self.link:
            self.text += given.get("alt", "")
        self.templates += tag == "template"
        if tag in ("script", "style", "textarea"):
            self.set_cdata_mode(tag)
            self.raw = tag
        if any("</body>" in (value or "") for _, value in attrs):
            self.decoys.add("attribute")

    def handle_endtag(self, tag):
        if tag == self.raw:
            self.raw = ""
        if tag == "a" and self.link:
            # the foot leads nowhere: a sample shop has no shipping terms
            if self.link != "/":
                self.links[" ".join(self.text.split())].add(self.link)
            self.link = None
        if tag == "body" and self.templates:
            self.decoys.add("template")
        elif tag == "body":
            self.body_ends += 1
        self.templates -= tag == "template"

    def handle_data(self, data):
        if self.link:
            self.text += data + " "
        if "</body>" in data:
            self.decoys.add(self.raw)

    def handle_comment(self, data):
        if "</body>" in data:
            self.decoys.add("comment")
        found = PLACEHOLDER.match(data)
        if found and not self.templates:
            self.slots.append(found.group(1))


class SampleShop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name) / "one"
        generate(cls.folder, "--sessions", "6000")
        cls.pages = []
        cls.products = lines(cls.folder / "catalog.jsonl")
        cls.events = lines(cls.folder / "events.jsonl")
        cls.ids = {product["id"] for product in cls.products}

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def views_by_visitor(self):
        seen = collections.defaultdict(list)
        for event in self.events:
            if event["event"] == "view_item":
                seen[event["visitor"]].append(event)
        return seen

    def test_the_same_seed_gives_the_same_bytes(self):
        again = Path(self.temporary.name) / "again"
        generate(again, "--sessions", "6000")
        self.assertEqual(digest(self.folder), digest(again))

    def test_another_seed_gives_another_history(self):
        other = Path(self.temporary.name) / "other"
        generate(other, "--sessions", "200", "--seed", "5")
        self.assertNotEqual(digest(self.folder), digest(other))

    def test_every_product_has_a_page_and_a_picture(self):
        self.assertGreaterEqual(len(self.products), 280)
        for product in self.products:
            self.assertTrue((self.folder / "site" / (product["url"][1:] + ".html")).is_file(), product["id"])
            self.assertTrue((self.folder / "site" / product["image"][1:]).is_file(), product["id"])

    def test_a_product_in_several_colours_has_a_picture_of_each_and_shows_it_when_it_is_chosen(self):
        several = [product for product in self.products if len(product.get("colour", [])) > 1]
        self.assertGreater(len(several), 20)
        for product in several:
            pictures = [f"/img/{variant['id']}.svg" for variant in product["variants"]]
            self.assertEqual(len({(self.folder / "site" / path[1:]).read_bytes() for path in pictures}), len(pictures), product["id"])
            page = (self.folder / "site" / (product["url"][1:] + ".html")).read_text(encoding="utf-8")
            # the stylesheet shows the picture whose place is that of the chosen variant
            self.assertEqual(re.findall(r'<a class="shot" href="([^"]+)"', page), pictures)
            self.assertEqual(re.findall(r'<input type="radio" name="variant" id="([^"]+)"', page), [path[5:-4] for path in pictures])
            self.assertEqual(re.findall(r'<label for="([^"]+)"><img src="([^"]+)"', page), [(path[5:-4], path) for path in pictures])

    def test_pages_run_no_script_but_files(self):
        for path, reader in self.read_pages():
            self.assertEqual(reader.inline, [], path)
            for name in reader.files:
                self.assertTrue(name.startswith("/_dynstore/") or (self.folder / "site" / name[1:].partition("?")[0]).is_file(), name)

    def test_links_of_one_text_lead_to_one_place(self):
        for path, reader in self.read_pages():
            for text, places in reader.links.items():
                self.assertEqual(len(places), 1, f"{path}: \"{text}\" leads to {sorted(places)}")

    def test_prices_are_written_in_one_way_in_each_language(self):
        for path in (self.folder / "site").rglob("*.html"):
            text = re.sub(r"(?s)<style>.*?</style>|<script.*?</script>", "", path.read_text(encoding="utf-8"))
            wrong = r"€ ?[0-9]|[0-9] EUR|[0-9]\.[0-9]{2}[ \u00a0]€" if "de" in path.relative_to(self.folder / "site").parts else r"[0-9][ \u00a0]?€|[0-9] EUR|€[0-9]+,[0-9]{2}\b"
            self.assertIsNone(re.search(wrong, text), path)

    def test_products_refer_only_to_products(self):
        for product in self.products:
            self.assertLessEqual({product["group"], *product.get("compatible_with", [])}, self.ids, product["id"])

    def test_some_products_are_sold_out_restricted_grouped_or_new(self):
        seen = {event.get("item_id") for event in self.events}
        self.assertTrue(any(product["stock"] == 0 for product in self.products))
        self.assertTrue(any("age_min" in product for product in self.products))
        self.assertTrue(any("countries" in product for product in self.products))
        self.assertTrue(any("countries_blocked" in product for product in self.products))
        self.assertTrue(any(product["group"] != product["id"] for product in self.products))
        newest = sorted(self.products, key=lambda product: product["created"])[-5:]
        self.assertTrue(all(product["id"] not in seen for product in newest))

    def test_events_are_in_order_and_name_known_products(self):
        times = [event["time"] for event in self.events]
        self.assertEqual(times, sorted(times))
        for event in self.events:
            items = [item["item_id"] for item in event.get("items", [])] + [event[key] for key in ("item_id",) if key in event]
            self.assertLessEqual(set(items), self.ids)

    def test_a_purchase_holds_what_was_put_in_the_cart(self):
        carts = collections.defaultdict(set)
        several = 0
        for event in self.events:
            if event["event"] == "add_to_cart":
                carts[event["visitor"]].add(event["item_id"])
            elif event["event"] == "purchase":
                self.assertLessEqual({item["item_id"] for item in event["items"]}, carts[event["visitor"]])
                self.assertAlmostEqual(event["value"], sum(item["price"] * item["quantity"] for item in event["items"]))
                several += len(event["items"]) > 1
        self.assertGreater(several, 50)

    def test_what_is_viewed_next_is_near_what_was_viewed_before(self):
        leaf = {product["id"]: product["category"][1] for product in self.products}
        same = total = 0
        for views in self.views_by_visitor().values():
            for one, other in zip(views, views[1:]):
                if other["time"] - one["time"] < 1800:
                    same += leaf[one["item_id"]] == leaf[other["item_id"]]
                    total += 1
        counts = collections.Counter(leaf[view["item_id"]] for views in self.views_by_visitor().values() for view in views)
        by_chance = sum((count / sum(counts.values())) ** 2 for count in counts.values())
        self.assertGreater(same / total, 8 * by_chance)

    def test_popularity_is_skewed_and_drifts(self):
        views = [event["item_id"] for event in self.events if event["event"] == "view_item"]
        counts = [count for _, count in collections.Counter(views).most_common()]
        fifth = len(self.ids) // 5
        self.assertGreater(sum(counts[:fifth]), 2.2 * len(views) / 5)
        third = len(views) // 3
        tents = {product["id"] for product in self.products if product["category"][1] == "Family tents"}
        snow = {product["id"] for product in self.products if product["category"][1] == "Snowshoes"}
        def share(part, members):
            return sum(name in members for name in part) / len(part)
        self.assertGreater(share(views[:third], tents), 1.5 * share(views[-third:], tents))
        self.assertGreater(share(views[-third:], snow), 1.5 * share(views[:third], snow))

    def read_pages(self):
        if not self.pages:
            for path in sorted((self.folder / "site").rglob("*.html")):
                self.pages.append((path, PageReader()))
                self.pages[-1][1].feed(path.read_text(encoding="utf-8"))
        return self.pages

    def test_pages_weigh_less_than_150_kb(self):
        for path, _ in self.read_pages():
            self.assertTrue(path.stat().st_size < 150_000, f"{path}: {path.stat().st_size} bytes")

    def test_pages_hold_each_placeholder_of_their_surface_once(self):
        expected = {"index": ["hero", "guide", "comparison", "recs"], "cart": ["messages", "bought_with", "upsell", "recs"],
                    "search": ["recs"], "c": ["hero", "comparison", "recs"], "help": [],
                    "products": ["guide", "comparison", "recs", "bought_with"]}
        for path, reader in self.read_pages():
            parts = [part for part in path.relative_to(self.folder / "site").parts if part != "de"]
            self.assertEqual(reader.slots, expected[parts[0].replace(".html", "")], path)

    def test_every_page_has_a_german_one_of_the_same_shape(self):
        def shape(path):
            return re.findall(r"<(/?\w+)", path.read_text(encoding="utf-8"))
        site = self.folder / "site"
        pages = [path for path in site.rglob("*.html") if "de" not in path.relative_to(site).parts]
        self.assertGreater(len(pages), 300)
        for path in pages:
            other = site / "de" / path.relative_to(site)
            self.assertEqual(shape(path), shape(other), other)
            self.assertIn('<html lang="de"', other.read_text(encoding="utf-8"))

    def test_no_german_word_is_written_in_vain(self):
        sys.path.insert(0, str(GENERATE.parent))
        from shop import basket, buying, catalogue, german, listing, storefront
        site = self.folder / "site"
        texts = [path.read_text(encoding="utf-8") for path in site.rglob("*.html") if "de" not in path.relative_to(site).parts]
        # and what no file shows: pages of those who have chosen something
        front = storefront.Storefront(catalogue.build())
        chosen = basket.Basket([front.shelves.line(name, quantity=9) for name in (
            "trail-pack-30-brick", "kante-pro-42", "polarnatt-0-left", "fallaxt-600")])
        several = [product for product in front.products if product.variants][:3]
        texts += [buying.cart(front, chosen), buying.checkout(front, chosen, {"email": "a"}, buying.problems(chosen, {"email": "a"})),
                  buying.checkout(front, chosen, {}, buying.problems(chosen, {"country": "XX"})),
                  buying.checkout(front, chosen, {}, buying.problems(basket.Basket(
                      [basket.Line(product, "", 1) for product in front.products if product.countries_blocked]), {"country": "US"})),
                  buying.thanks(front, "W0", chosen), buying.wishlist(front, []), buying.wishlist(front, several), buying.compare(front, []),
                  buying.compare(front, several), buying.asked(front, None), buying.missing(front),
                  *(listing.search(front, query) for query in ({"q": ["tent"]}, {"q": ["xx"]}, {"q": ["tent xx"]},
                                                               {"q": ["trail pack 30"]}, {"kind": ["Day packs"], "brand": ["Ostwind"]})),
                  " ".join(basket.REFUSALS)]
        whole = "\0".join(texts)
        vain = [english for english, _ in german.WORDS if english not in whole]
        self.assertEqual(vain + [english for english in german.BETWEEN_TAGS if f">{english}<" not in whole], [])

    def test_german_pages_say_nothing_in_english_but_what_belongs_to_a_product(self):
        sys.path.insert(0, str(GENERATE.parent))
        from shop import attributes, catalogue

        def said(path):
            text = re.sub("<!--.*?-->|<script.*?</script>|<textarea.*?</textarea>", "", path.read_text(encoding="utf-8"), flags=re.S)
            pieces = re.findall(">([^<>]+)<", text) + re.findall('(?:alt|aria-label|placeholder|title|name="description" content)="([^"]+)"', text)
            return {unescape(piece).strip(" \n/") for piece in pieces}
        # the same word in both languages, sizes, names of places and languages
        same = {"Winter", "Petrol", "Sand", "Deutsch", "English", "Tannenhäher", "Kempten im Allgäu", "Portugal", "Vietnam", "日本 (Japan)", "Name",
                "XS", "XL", "EU", "UK", "US", "cm", "Fleece", "Navigation", "Tarp", "Training", "vegan", "Camping", "Merino", "Trekking", "Sport", "Gas",
                "Winter – Tannenhäher", "Wind & softshell",
                "In Redis", "groups, apps go before"}
        for product in catalogue.build():
            same |= {product.title, product.brand, product.id.upper(), f"{product.title} – Tannenhäher", *attributes.describe(product), product.description}
            same |= {part for _, text, who in product.reviews for part in (text, who)}
            same |= {f"{product.title}, {name}" for name in ("Petrol", "Sand")}
        site, english = self.folder / "site", {}
        for path in site.rglob("*.html"):
            if "de" not in path.relative_to(site).parts:
                for piece in said(path) & said(site / "de" / path.relative_to(site)) - same:
                    if re.search("[A-Za-z]{2}", re.sub("[0-9]+ (cm|g|kg)", "", piece)):
                        english.setdefault(piece, str(path.relative_to(site)))
        self.assertEqual([f"{path}: {piece}" for piece, path in english.items()], [])

    def test_every_page_writes_the_end_of_the_body_where_it_does_not_end(self):
        for path, reader in self.read_pages():
            self.assertEqual(reader.body_ends, 1, path)
            self.assertLessEqual({"script", "comment", "template", "attribute"}, reader.decoys, path)
            if path.parent.name == "products":
                self.assertIn("textarea", reader.decoys, path)


def report(result):
    failed = len(result.failures) + len(result.errors)
    print(f"demo-data: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(report(unittest.main(exit=False).result))
