#!/usr/bin/env python3
"""The sample shop's own backend, asked as a browser without JavaScript asks it: python3 t/demo/test_shop_backend.py"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

DEMO = Path(__file__).resolve().parents[2] / "demo"
sys.path.insert(0, str(DEMO))
from shop import catalogue  # noqa: E402

ADDRESS = {"email": "ida@example.org", "name": "Ida", "street": "Weg 1", "postcode": "87435", "city": "Kempten", "country": "DE"}


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("shop")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class Shopper:
    """Keeps cookies; `text` is the last page."""

    def __init__(self, path, language="en"):
        self.connection, self.cookies, self.language = Connection(path), {}, language

    def ask(self, method, path, body=None, kind="application/x-www-form-urlencoded", **headers):
        sent = {"X-Language": self.language, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        if body is not None:
            sent["Content-Type"] = kind
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        self.status, self.text, self.location = answer.status, answer.read().decode(), answer.getheader("Location")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return self

    def get(self, path):
        return self.ask("GET", path)

    def send(self, path, **fields):
        """A form; a redirect is followed."""
        self.ask("POST", path, urlencode(fields))
        return self.get(self.location) if self.status == 303 else self

    def tell(self, path, value):
        self.ask("POST", path, json.dumps(value), "application/json")
        return json.loads(self.text)

    def lines(self):
        """(id, quantity, price) of the cart's lines as the page shows them."""
        return [(name, int(re.search(r"<option selected>(\d+)", rest)[1]), re.search(r'class="line-price">([^<]+)', rest)[1])
                for name, rest in re.findall(r'data-line="([^"]+)"(.*?)</li>', self.text, re.S)]

    def shown(self):
        return re.findall(r'<li class="card[^"]*"[^>]*><a href="/products/([^"?]+)', self.text)


class Backend(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "shop.sock")
        cls.process = subprocess.Popen([sys.executable, "-B", "-m", "shop.serve", cls.path], env={**os.environ, "PYTHONPATH": str(DEMO)})
        until = time.monotonic() + 60
        while not os.path.exists(cls.path):
            if cls.process.poll() is not None or time.monotonic() > until:
                raise SystemExit("shop.serve did not start")
            time.sleep(0.05)
        cls.products = {product.id: product for product in catalogue.build()}

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.wait()
        cls.folder.cleanup()

    def shopper(self, language="en"):
        shopper = Shopper(self.path, language)
        self.addCleanup(shopper.connection.close)
        return shopper

    # ---- cart ----

    def test_an_empty_cart_offers_no_checkout_and_leads_to_none(self):
        anna = self.shopper().get("/cart")
        self.assertEqual(anna.status, 200)
        self.assertNotIn("/checkout", re.search(r'<section id="cart".*?</section>', anna.text, re.S)[0])
        for path in ("/checkout", "/checkout/thanks"):
            anna.get(path)
            self.assertEqual((anna.status, anna.location), (303, "/cart"), path)
        anna.ask("POST", "/checkout", urlencode(ADDRESS))
        self.assertEqual((anna.status, anna.location), (303, "/cart"))

    def test_the_chosen_variant_reaches_cart_checkout_and_thanks(self):
        anna = self.shopper().send("/cart/add", id="kante-pro", variant="42", quantity="2")
        self.assertEqual(anna.lines(), [("kante-pro-42", 2, "€298.00")])
        self.assertIn("<span>Size</span>: <span>42</span>", anna.text)
        anna.get("/checkout")
        self.assertIn("<span>Size</span>: <span>42</span>", anna.text)
        anna.send("/checkout", **ADDRESS)
        self.assertEqual(anna.status, 200)
        self.assertIn("<h1>Thank you!</h1>", anna.text)
        self.assertIn("<span>Size</span>: <span>42</span>", anna.text)
        told = json.loads(re.search(r"data-dynstore-events>(.*?)</script>", anna.text)[1])[0]
        number = re.search(r'class="number">(\w+)<', anna.text)[1]
        self.assertEqual((told["event"], told["transaction_id"], told["value"]), ("purchase", number, 298))
        self.assertEqual(told["items"], [{"item_id": "kante-pro", "quantity": 2, "price": 149}])
        # the order is done: the cart is empty, and the page can be loaded again
        self.assertIn(number, anna.get("/checkout/thanks").text)
        self.assertEqual(anna.get("/cart").lines(), [])
        self.assertNotIn("ida@example.org", str(anna.cookies))

    def test_the_same_thing_twice_is_one_line_and_never_more_than_there_is(self):
        product = next(one for one in self.products.values() if one.variants and 1 < one.variants[0][1] < 9)
        name, stock = product.variants[0]
        anna = self.shopper()
        for _ in range(3):
            anna.send("/cart/add", id=product.id, variant=product.variant_id(name), quantity="4")
        self.assertEqual([(line, count) for line, count, _ in anna.lines()], [(product.variant_id(name), stock)])

    def test_what_is_sold_out_unknown_or_not_chosen_is_refused_with_a_sentence(self):
        gone = next(one for one in self.products.values() if not one.stock)
        for fields, sentence in (({"id": gone.id, "variant": gone.variant_id(gone.variants[0][0]) if gone.variants else ""}, "This is sold out."),
                                 ({"id": "nothing"}, "The shop does not have this."), ({}, "The shop does not have this."),
                                 ({"id": "kante-pro"}, "Please choose a size or a colour first."),
                                 ({"id": "kante-pro", "variant": "trail-pack-30-moss"}, "Please choose a size or a colour first.")):
            anna = self.shopper().send("/cart/add", **fields)
            self.assertEqual(anna.status, 422)
            self.assertIn(sentence, anna.text)
            self.assertEqual(anna.lines(), [])

    def test_lines_are_changed_and_taken_out_by_forms(self):
        anna = self.shopper().send("/cart/add", id="rain-cover-m", quantity="1")
        anna.send("/cart/add", id="trail-pack-30", variant="trail-pack-30-moss")
        anna.send("/cart/change", id="rain-cover-m", quantity="3")
        self.assertEqual(anna.lines(), [("rain-cover-m", 3, "€66.00"), ("trail-pack-30-moss", 1, "€129.00")])
        anna.send("/cart/change", id="rain-cover-m", quantity="0")
        self.assertEqual([line[0] for line in anna.lines()], ["trail-pack-30-moss"])
        for fields in ({"id": "rain-cover-m", "quantity": "1"}, {"id": "trail-pack-30-moss", "quantity": "-1"}, {"quantity": "2"}):
            self.assertEqual(anna.send("/cart/change", **fields).status, 422)
        self.assertEqual([line[0] for line in anna.get("/cart").lines()], ["trail-pack-30-moss"])

    def test_delivery_is_free_from_80_euros(self):
        anna = self.shopper().send("/cart/add", id="rain-cover-m", quantity="3")
        self.assertIn("<dd>€4.90</dd>", anna.text)
        self.assertIn("<dd>€70.90</dd>", anna.text)
        anna.send("/cart/change", id="rain-cover-m", quantity="4")
        self.assertIn("<dd>free</dd>", anna.text)
        self.assertIn("<dd>€88.00</dd>", anna.text)

    def test_the_addresses_of_shopify_answer_with_its_json(self):
        anna = self.shopper()
        line = anna.tell("/cart/add.js", {"id": "trail-pack-30-moss", "quantity": 2})
        self.assertEqual({name: line[name] for name in ("id", "product_id", "variant_title", "quantity", "price", "line_price", "title")},
                         {"id": "trail-pack-30-moss", "product_id": "trail-pack-30", "variant_title": "Moss", "quantity": 2, "price": 12900,
                          "line_price": 25800, "title": "Trail Pack 30, Moss"})
        several = anna.tell("/cart/add.js", {"items": [{"id": "rain-cover-m", "quantity": 1}, {"id": "kante-pro-42", "quantity": 1}]})
        self.assertEqual([one["product_id"] for one in several["items"]], ["rain-cover-m", "kante-pro"])
        cart = json.loads(anna.get("/cart.js").text)
        self.assertEqual((cart["item_count"], cart["total_price"], cart["currency"]), (4, 25800 + 2200 + 14900, "EUR"))
        self.assertEqual(anna.tell("/cart/change.js", {"line": 2, "quantity": 0})["item_count"], 3)
        self.assertEqual(anna.tell("/cart/change.js", {"id": "kante-pro-42", "quantity": 2})["item_count"], 4)
        refused = anna.tell("/cart/add.js", {"id": "kante-pro"})
        self.assertEqual((anna.status, refused["message"]), (422, "Please choose a size or a colour first."))
        self.assertEqual(self.shopper("de").tell("/cart/add.js", {"id": "trail-pack-30-moss"})["title"], "Trail Pack 30, Moos")

    def test_what_nobody_should_send_is_answered_all_the_same(self):
        anna = self.shopper()
        for cookie in ("a", "::", "x:y:z", "trail-pack-30:moss:0", "trail-pack-30:moss:-4", "trail-pack-30::1", "%00", "ä".encode().decode("latin-1"),
                       "trail-pack-30:moss:99999999999", ".".join(["rain-cover-m::1"] * 400), "<script>"):
            anna.cookies = {"cart": cookie, "order": cookie, "wishlist": cookie, "compare": cookie}
            for path in ("/cart", "/cart.js", "/checkout", "/checkout/thanks", "/wishlist", "/compare", "/search?q=%ff%00<b>&page=x&sort=;",
                         "/c/packs?kind=%27&kind=&price=9&page=-1&page=999999999999", "/c/nothing", "/nothing"):
                anna.get(path)
                self.assertIn(anna.status, (200, 303, 404), f"{cookie} {path}")
                self.assertNotIn("<b>&", anna.text)
        anna.cookies = {}
        for body in ("", "[]", "null", '"a"', "{", '{"items": 3}', '{"items": [3]}', '{"items": []}', '{"id": {"a": 1}}', '{"id": 3, "quantity": []}',
                     "[" * 9000, "\ud800".encode("utf-8", "surrogatepass"), "id=%ff&quantity=%00"):
            for path in ("/cart/add.js", "/cart/change.js", "/cart/add", "/checkout", "/wishlist/add", "/question"):
                for kind in ("application/json", "application/x-www-form-urlencoded"):
                    anna.ask("POST", path, body, kind)
                    self.assertIn(anna.status, (200, 303, 400, 422), f"{body[:40]} {path}")
        self.assertEqual(anna.ask("POST", "/cart/add", **{"Content-Length": "20000"}).status, 413)
        self.assertEqual(self.shopper().ask("POST", "/nothing", "").status, 404)
        self.assertEqual(self.shopper().ask("HEAD", "/cart").text, "")

    # ---- checkout ----

    def test_bytes_behind_a_request_are_never_read_as_another_shoppers(self):
        """nginx keeps its connections to the backend, and sends what a GET has behind its head, too."""
        hidden = "GET /search?q=smuggled HTTP/1.1\r\nHost: shop\r\nX: "
        for head in (f"GET /cart HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(hidden)}\r\n\r\n",
                     f"HEAD /cart HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(hidden)}\r\n\r\n",
                     f"PUT /cart HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(hidden)}\r\n\r\n",
                     "GET /cart HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n",
                     "POST /cart HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n",
                     "POST /cart HTTP/1.1\r\nHost: shop\r\nContent-Length: 99999\r\n\r\n"):
            connection = Connection(self.path)
            connection.connect()
            connection.sock.sendall((head + hidden).encode())
            connection.sock.sendall(b"GET /wishlist HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
            heard = b""
            try:
                while more := connection.sock.recv(65536):
                    heard += more
            except ConnectionResetError:
                pass # the backend has hung up
            connection.sock.close()
            with self.subTest(head.splitlines()[0] + " " + head.splitlines()[2]):
                self.assertTrue(heard.startswith(b"HTTP/1.1 "))
                self.assertNotIn(b"smuggled", heard)

    def test_an_order_needs_an_address_and_what_may_be_sent_there(self):
        anna = self.shopper().send("/cart/add", id="trail-pack-30", variant="trail-pack-30-moss")
        anna.send("/checkout", **{**ADDRESS, "street": " ", "email": "ida", "name": '"><i>'})
        self.assertEqual(anna.status, 422)
        self.assertEqual(re.findall(r'id="(\w+)-wrong"', anna.text), ["email", "street"])
        self.assertIn('value="&quot;&gt;&lt;i&gt;"', anna.text)
        only = next(one for one in self.products.values() if one.countries_blocked and not one.variants and one.stock)
        anna.send("/cart/add", id=only.id)
        anna.send("/checkout", **{**ADDRESS, "country": only.countries_blocked[0]})
        self.assertIn("We may not send this there:", anna.text)
        grown = next(one for one in self.products.values() if one.age_min and not one.variants and one.stock)
        anna.send("/cart/add", id=grown.id)
        self.assertEqual(re.findall(r'id="(\w+)-wrong"', anna.send("/checkout", **ADDRESS).text), ["grown"])
        self.assertEqual(anna.send("/checkout", **ADDRESS, grown="yes").status, 200)
        self.assertIn("Thank you!", anna.text)

    # ---- lists ----

    def test_lists_are_sorted(self):
        anna = self.shopper()
        for sort, key in (("price-asc", lambda one: one.asked_cents), ("price-desc", lambda one: -one.asked_cents),
                          ("newest", lambda one: -one.created), ("rating", lambda one: -one.rating)):
            keys = [key(self.products[name]) for name in anna.get(f"/c/packs?sort={sort}").shown()]
            self.assertGreater(len(keys), 20)
            self.assertEqual(keys, sorted(keys), sort)
            self.assertIn(f'<option value="{sort}" selected>', anna.text)

    def test_each_filter_leaves_as_many_as_it_says(self):
        anna = self.shopper()
        for path in ("/c/packs", "/c/footwear", "/search?q=jacket"):
            boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]+)"[^>]*>.*?<small>(\d+)</small>', anna.get(path).text)
            self.assertGreater(len(boxes), 10, path)
            whole = len(anna.shown())
            for field, value, count in boxes:
                anna.get(f"{path}{'&' if '?' in path else '?'}{urlencode({field: unescape(value)})}")
                self.assertEqual(int(re.search(r'class="found"[^>]*><b>(\d+)', anna.text)[1]), int(count), f"{path} {field} {value}")
                self.assertLessEqual(len(anna.shown()), whole)
                self.assertRegex(anna.text, f'name="{field}" value="{re.escape(value)}"[^>]* checked>')

    def test_filters_of_a_kind_add_up_and_those_of_two_kinds_narrow(self):
        anna = self.shopper().get("/c/footwear?brand=Birkenpfad&brand=Fjellvik&size=42&price=100-200&sort=price-asc")
        found = [self.products[name] for name in anna.shown()]
        self.assertTrue(found)
        for product in found:
            self.assertIn(product.brand, ("Birkenpfad", "Fjellvik"))
            self.assertGreater(product.stock_of("42"), 0)
            self.assertTrue(10000 <= product.asked_cents < 20000, product.id)
        # each can be taken back by a link
        links = [unescape(link) for link in re.findall(r'class="chip" href="([^"]+)"', anna.text)]
        self.assertEqual(len(links), 4)
        self.assertIn("/c/footwear?brand=Fjellvik&size=42&price=100-200&sort=price-asc", links)

    def test_the_search_finds_words_in_two_languages_and_without_accents(self):
        anna = self.shopper()
        self.assertEqual(anna.get("/search?q=trail+pack+30").shown()[0], "trail-pack-30")
        self.assertIn("sommerdrom-10", anna.get("/search?q=SOMMERDROM").shown())
        self.assertEqual({self.products[name].top for name in anna.get("/search?q=zelt").shown()[:8]}, {"Tents"})
        anna.get("/search?q=tent+qqqq")
        self.assertIn("Nothing has all of these words.", anna.text)
        self.assertTrue(anna.shown())
        anna.get("/search?q=%3Cb%3Eqqqq%22")
        self.assertIn("<q>&lt;b&gt;qqqq&quot;</q>", anna.text)
        self.assertIn('value="&lt;b&gt;qqqq&quot;"', anna.text)

    def test_all_products_stand_on_pages_that_can_be_turned(self):
        anna, seen, path = self.shopper(), [], "/search"
        for number in range(1, 40):
            anna.get(path if number == 1 else f"{path}?page={number}")
            if number > 1 and f'page={number}" aria-current="page"' not in anna.text:
                break
            seen += anna.shown()
            self.assertLess(len(anna.text.encode()), 150_000)
        self.assertEqual(sorted(seen), sorted(self.products))

    # ---- beside the cart ----

    def test_what_is_saved_or_compared_is_there_again_and_can_be_put_back(self):
        anna = self.shopper().send("/wishlist/add", id="kante-pro")
        self.assertEqual(anna.send("/wishlist/add", id="trail-pack-30").shown(), ["kante-pro", "trail-pack-30"])
        self.assertEqual(anna.send("/wishlist/remove", id="kante-pro").shown(), ["trail-pack-30"])
        for name in ("windkuppe-1", "windkuppe-2", "windkuppe-3", "fjelltop-2", "hugelland-2"):
            anna.send("/compare/add", id=name)
        self.assertEqual(re.findall(r'<th scope="col"><a href="/products/([^"]+)', anna.text), ["windkuppe-2", "windkuppe-3", "fjelltop-2", "hugelland-2"])
        anna.ask("POST", "/compare/remove", '{"id": "fjelltop-2"}', "application/json", Accept="application/json")
        self.assertEqual(json.loads(anna.text)["items"], ["windkuppe-2", "windkuppe-3", "hugelland-2"])

    def test_german_pages_are_german(self):
        anna = self.shopper("de").send("/cart/add", id="trail-pack-30", variant="trail-pack-30-moss", quantity="2")
        self.assertEqual(anna.lines(), [("trail-pack-30-moss", 2, "258,00\u00a0€")])
        self.assertIn("<span>Farbe</span>: <span>Moos</span>", anna.text)
        self.assertIn("Bitte wählen Sie zuerst eine Größe oder eine Farbe.", anna.send("/cart/add", id="kante-pro").text)
        for path in ("/cart", "/checkout", "/search?q=zelt", "/c/packs?sort=price-asc&brand=Nordhang", "/wishlist", "/compare", "/nothing"):
            anna.get(path)
            self.assertIn('<html lang="de"', anna.text)
            self.assertNotIn("<title>Cart", anna.text)
            self.assertIsNone(re.search(r"€[0-9]|>(Sort|Cart|Remove|Total|Delivery|Price|Checkout)\b", anna.text), path)


def report(result):
    failed = len(result.failures) + len(result.errors)
    print(f"demo-backend: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(report(unittest.main(exit=False).result))
