"""The shop's own backend: pages that are another for each shopper. Started by demo/run as `python3 -m shop.serve shop.sock`.

What a shopper has chosen travels in cookies, so that nothing is kept here and any number of these may run. Each form
works by itself and is answered with a redirect; the addresses that end in .js answer with JSON, as Shopify's do.

    GET  /cart /checkout /checkout/thanks /search /c/CATEGORY /wishlist /compare         POST /cart/add /cart/change /checkout
    GET  /cart.js                                                                        POST /cart/add.js /cart/change.js
                                         POST /wishlist/add /wishlist/remove /compare/add /compare/remove /question
"""

import argparse
import json
import os
import re
import secrets
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, quote, urlsplit

from . import buying, catalogue, german, listing
from .basket import HOW_MANY, UNKNOWN, Basket, Refused, whole
from .storefront import Storefront

MOST_BYTES = 16384
MONTH = 30 * 86400
KEPT = {"wishlist": 40, "compare": 4}    # use -> the most products that are kept for it
ORDER = re.compile(r"W[0-9A-F]{8}")


class Answer:
    def __init__(self, status=HTTPStatus.OK, body=b"", kind="text/html; charset=utf-8", location=None):
        self.status, self.body, self.kind, self.location = status, body, kind, location
        self.cookies = []

    def cookie(self, name, value, seconds=MONTH, path="/", script=True):
        """`script`: the shop's script may read it."""
        self.cookies.append(f"{name}={value}; Path={path}; Max-Age={seconds}; SameSite=Lax{'' if script else '; HttpOnly'}")
        return self


class Request:
    """What was asked: method, path, fields of the address, fields of the body, cookies, language."""

    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method, self.path = method, parts.path
        self.query = parse_qs(parts.query, max_num_fields=100)
        self.german = headers.get("X-Language") == "de"
        pairs = (part.strip().partition("=") for part in headers.get("Cookie", "").split(";"))
        self.cookies = {name: value for name, _, value in pairs}
        self.wants_json = self.path.endswith(".js") or headers.get("Accept", "").startswith("application/json")
        self.fields = {}
        if body and "json" in headers.get("Content-Type", ""):
            given = json.loads(body)
            self.fields = given if isinstance(given, dict) else {}
        elif body:
            self.fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8"), max_num_fields=100).items()}

    def field(self, name):
        value = self.fields.get(name, "")
        return str(value) if isinstance(value, (str, int)) else ""


class Shop:
    def __init__(self, products):
        self.pages = Storefront(products)

    def answer(self, request):
        basket = Basket.from_cookie(request.cookies.get("cart", ""), self.pages.shelves)
        routes = self.POSTS if request.method == "POST" else self.GETS
        do = routes.get(request.path) or (Shop.category if request.method == "GET" and request.path.startswith("/c/") else None)
        if do is None:
            return self.missing(request, basket)
        try:
            return do(self, request, basket)
        except Refused as refused:
            words = self.say(request, str(refused))
            if request.wants_json:
                return as_json({"status": 422, "message": words, "description": words}, HTTPStatus.UNPROCESSABLE_ENTITY)
            return self.html(request, buying.cart(self.pages, basket, words), HTTPStatus.UNPROCESSABLE_ENTITY)

    # ---- how answers are made ----

    def say(self, request, words):
        return german.page(words) if request.german else words

    def html(self, request, text, status=HTTPStatus.OK):
        return Answer(status, self.say(request, text).encode())

    def missing(self, request, basket):
        return self.html(request, buying.missing(self.pages, basket.count), HTTPStatus.NOT_FOUND)

    def kept(self, request, use):
        """The products that a cookie names."""
        names = dict.fromkeys(request.cookies.get(use, "").split(".")[:KEPT[use]])
        return [self.pages.by_id[name] for name in names if name in self.pages.by_id]

    # ---- lists ----

    def category(self, request, basket):
        top = self.pages.by_handle.get(request.path.removeprefix("/c/"))
        if top is None:
            return self.missing(request, basket)
        return self.html(request, listing.category(self.pages, top, request.query, basket.count))

    def search(self, request, basket):
        return self.html(request, listing.search(self.pages, request.query, basket.count))

    # ---- cart ----

    def cart(self, request, basket):
        return self.html(request, buying.cart(self.pages, basket))

    def cart_js(self, request, basket):
        return as_json(cart_shown(basket, request))

    def add(self, request, basket):
        """Shopify's body may hold several: {"items": [{"id", "quantity"}, ...]}."""
        several = request.fields.get("items")
        if not isinstance(several, list):
            several = [{name: request.field(name) for name in ("id", "variant", "quantity")}]
        added = []
        for one in several[:20]:
            if not isinstance(one, dict):
                raise Refused(UNKNOWN)
            line = self.pages.shelves.line(str(one.get("id", "")), str(one.get("variant", "")), whole(one.get("quantity", 1), 1))
            more = basket.put(line)
            there = basket.find(line.id)
            added.append(line_shown(there, request) | {"added": more, "most": there.most})
        if request.wants_json:
            body = {"items": added} if "items" in request.fields else added[0] if added else {}
            return as_json(body | {"cart": cart_shown(basket, request)}).cookie("cart", basket.cookie())
        return see("/cart").cookie("cart", basket.cookie())

    def change(self, request, basket):
        """`line` counts from 1, as Shopify's does; `id` is the line's own."""
        name = request.field("id")
        place = whole(request.field("line"), 0)
        if not name and 1 <= place <= len(basket.lines):
            name = basket.lines[place - 1].id
        quantity = whole(request.field("quantity"), -1)
        if quantity < 0:
            raise Refused(HOW_MANY)
        basket.change(name, quantity)
        if request.wants_json:
            return as_json(cart_shown(basket, request)).cookie("cart", basket.cookie())
        return see("/cart").cookie("cart", basket.cookie())

    # ---- checkout ----

    def checkout(self, request, basket):
        if not basket.lines:
            return see("/cart")
        return self.html(request, buying.checkout(self.pages, basket))

    def order(self, request, basket):
        if not basket.lines:
            return see("/cart")
        given = {name: request.field(name)[:200] for name in ("email", "name", "street", "postcode", "city", "country", "grown")}
        wrong = buying.problems(basket, given)
        if wrong:
            return self.html(request, buying.checkout(self.pages, basket, given, wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
        number = "W" + secrets.token_hex(4).upper()
        return see("/checkout/thanks").cookie("cart", "").cookie("order", f"{number}!{basket.cookie()}", 900, "/checkout", script=False)

    def thanks(self, request, basket):
        number, _, lines = request.cookies.get("order", "").partition("!")
        ordered = Basket.from_cookie(lines, self.pages.shelves)
        if not ORDER.fullmatch(number) or not ordered.lines:
            return see("/cart")
        return self.html(request, buying.thanks(self.pages, number, ordered))

    # ---- what is kept, compared, asked ----

    def wishlist(self, request, basket):
        return self.html(request, buying.wishlist(self.pages, self.kept(request, "wishlist"), basket.count))

    def compare(self, request, basket):
        return self.html(request, buying.compare(self.pages, self.kept(request, "compare"), basket.count))

    def keep(self, request, _basket):
        use, what = request.path.strip("/").split("/")
        name = request.field("id")
        if name not in self.pages.by_id:
            raise Refused(UNKNOWN)
        names = [product.id for product in self.kept(request, use) if product.id != name]
        if what == "add":
            names = [*names, name][-KEPT[use]:]
        if request.wants_json:
            return as_json({"items": names}).cookie(use, ".".join(names))
        return see(f"/{use}").cookie(use, ".".join(names))

    def question(self, request, basket):
        return self.html(request, buying.asked(self.pages, self.pages.by_id.get(request.field("id")), basket.count))

    GETS = {"/cart": cart, "/cart.js": cart_js, "/checkout": checkout, "/checkout/thanks": thanks, "/search": search, "/wishlist": wishlist,
            "/compare": compare}
    POSTS = {"/cart/add": add, "/cart/add.js": add, "/cart/change": change, "/cart/change.js": change, "/checkout": order,
             "/wishlist/add": keep, "/wishlist/remove": keep, "/compare/add": keep, "/compare/remove": keep, "/question": question}


def line_shown(line, request):
    price = line.product.asked_cents
    variant = german.BETWEEN_TAGS.get(line.variant, line.variant) if request.german else line.variant
    return {"id": line.id, "key": line.id, "variant_id": line.id, "product_id": line.product.id,
            "title": f"{line.product.title}, {variant}" if variant else line.product.title,
            "product_title": line.product.title, "variant_title": variant or None, "quantity": line.quantity, "price": price,
            "line_price": line.cents, "final_line_price": line.cents, "url": line.url, "image": line.image}


def cart_shown(basket, request):
    return {"currency": "EUR", "item_count": basket.count, "total_price": basket.goods_cents,
            "items": [line_shown(line, request) for line in basket.lines]}


def see(location):
    return Answer(HTTPStatus.SEE_OTHER, location=quote(location))


def as_json(value, status=HTTPStatus.OK):
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    shop = None

    def do_GET(self):
        self.take("GET")

    do_HEAD = do_GET

    def do_POST(self):
        self.take("POST")

    def take(self, method):
        """What is behind the head is read or the connection ends, for another shopper's request comes next on it."""
        said = self.headers.get_all("Content-Length", ["0"])
        length = int(said[0]) if len(said) == 1 and re.fullmatch(r"[0-9]{1,6}", said[0]) and "Transfer-Encoding" not in self.headers else -1
        if not 0 <= length <= MOST_BYTES:
            self.close_connection = True
            self.send(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        body = self.rfile.read(length)
        self.reply(method, body if method == "POST" else b"")

    def reply(self, method, body):
        try:
            answer = self.shop.answer(Request(method, self.path, self.headers, body))
        except (ValueError, RecursionError): # a body or an address that is no JSON, no UTF-8, no address, or has too many fields
            answer = Answer(HTTPStatus.BAD_REQUEST, b"This cannot be read.\n", "text/plain; charset=utf-8")
        self.send(answer)

    def send(self, answer):
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "private, no-cache")
        if self.close_connection:
            self.send_header("Connection", "close")
        if answer.body:
            self.send_header("Content-Type", answer.kind)
        if answer.location:
            self.send_header("Location", answer.location)
        for cookie in answer.cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, *_):
        pass # nginx writes the log


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)): # who asked has gone
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser(prog="shop.serve", description="The sample shop's own backend.")
    parser.add_argument("socket", help="UNIX socket to listen on; a file that is there is replaced")
    path = parser.parse_args().socket
    Handler.shop = Shop(catalogue.build())
    if os.path.exists(path):
        os.remove(path)
    with Server(path, Handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
