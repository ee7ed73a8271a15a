"""What a shopper has chosen: the cart as a value, and as the cookie in which it travels.

    cart=trail-pack-30:moss:2.kante-pro:42:1.rain-cover-m::1

Each line is product, variant and quantity. A cookie is whatever somebody sent: what it names and the shop does not sell is left out.
"""

from dataclasses import dataclass

from .catalogue import handle

MOST_LINES = 30
MOST_OF_ONE = 9
FREE_DELIVERY_CENTS = 8000
DELIVERY_CENTS = 490
# why something is refused, as the shopper reads it
UNKNOWN, CHOOSE, SOLD_OUT, ABSENT, HOW_MANY, FULL = REFUSALS = (
    "The shop does not have this.", "Please choose a size or a colour first.", "This is sold out.", "This is not in the cart.",
    "How many shall it be?", f"The cart is full: it holds {MOST_LINES} different things.")


class Refused(Exception):
    """One of the REFUSALS."""


@dataclass
class Line:
    product: object
    variant: str            # its name, such as "Moss"; empty where the product has none
    quantity: int

    @property
    def id(self):
        return self.product.variant_id(self.variant)

    @property
    def url(self):
        return self.product.url + (f"?variant={handle(self.variant)}" if self.variant else "")

    @property
    def image(self):
        return self.product.picture(self.variant)

    @property
    def most(self):
        return min(MOST_OF_ONE, self.product.stock_of(self.variant))

    @property
    def cents(self):
        return self.quantity * self.product.asked_cents


class Shelves:
    """Finds what an id names: a product, or one of its variants."""

    def __init__(self, products):
        self.found = {}
        for product in products:
            self.found[product.id] = (product, "")
            for name, _ in product.variants:
                self.found[product.variant_id(name)] = (product, name)

    def line(self, name, variant="", quantity=1):
        """The id may be a product's, with the variant's name or id beside it, or a variant's own."""
        product, chosen = self.found.get(name, (None, ""))
        if product is None:
            raise Refused(UNKNOWN)
        if product.variants and not chosen:
            chosen = next((known for known, _ in product.variants if variant in (known, product.variant_id(known), handle(known))), "")
            if not chosen:
                raise Refused(CHOOSE)
        line = Line(product, chosen, 0)
        if line.most == 0:
            raise Refused(SOLD_OUT)
        line.quantity = max(1, min(quantity, line.most))
        return line


class Basket:
    def __init__(self, lines=()):
        self.lines = list(lines)

    @classmethod
    def from_cookie(cls, text, shelves):
        basket = cls()
        for part in text.split(".")[:MOST_LINES]:
            fields = part.split(":")
            if len(fields) == 3:
                try:
                    basket.put(shelves.line(fields[0], fields[1], whole(fields[2], 1)))
                except Refused:
                    continue
        return basket

    def cookie(self):
        return ".".join(f"{line.product.id}:{handle(line.variant)}:{line.quantity}" for line in self.lines)

    def find(self, name):
        return next((line for line in self.lines if line.id == name), None)

    def put(self, line):
        """Adds to what is there already. How many more lie in the cart now."""
        there = self.find(line.id)
        if there:
            before, there.quantity = there.quantity, min(there.quantity + line.quantity, there.most)
            return there.quantity - before
        if len(self.lines) >= MOST_LINES:
            raise Refused(FULL)
        self.lines.append(line)
        return line.quantity

    def change(self, name, quantity):
        """Another quantity of a line; 0 takes it out."""
        line = self.find(name)
        if line is None:
            raise Refused(ABSENT)
        if quantity <= 0:
            self.lines.remove(line)
        else:
            line.quantity = min(quantity, line.most)

    @property
    def count(self):
        return sum(line.quantity for line in self.lines)

    @property
    def goods_cents(self):
        return sum(line.cents for line in self.lines)

    @property
    def delivery_cents(self):
        return DELIVERY_CENTS if 0 < self.goods_cents < FREE_DELIVERY_CENTS else 0

    @property
    def total_cents(self):
        return self.goods_cents + self.delivery_cents


def whole(text, otherwise):
    """The number that a text is; another one for what is no number."""
    text = str(text).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else otherwise
