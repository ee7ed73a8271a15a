"""From the assortment to products: the objects of catalog.jsonl, and what only the shop itself needs to know."""

import re
import time
import unicodedata
from dataclasses import dataclass, field

from . import assortment, attributes
from .dice import Dice

DAY = 86400
SEED = 20260921
END = 1790000000    # the Unix second at which the shop's history ends
UNRESTRICTED = ("DE", "AT", "CH", "FR", "GB", "US")


@dataclass
class Product:
    id: str
    title: str
    top: str
    leaf: str
    shape: str
    brand: str
    price_cents: int
    tags: list
    grams: int
    stock: int
    margin: float
    created: int
    variants: list = field(default_factory=list)
    group: str = ""
    compatible: list = field(default_factory=list)
    age_min: int = 0
    countries: list = field(default_factory=list)
    countries_blocked: list = field(default_factory=list)
    is_new: bool = False
    has_womens_cut: bool = False
    audience: list = field(default_factory=list)
    colours: list = field(default_factory=list)
    sizes: list = field(default_factory=list)
    attributes: dict = field(default_factory=dict)
    keywords: list = field(default_factory=list)
    badges: list = field(default_factory=list)
    aliases: list = field(default_factory=list)
    description: str = ""
    fit: str = ""
    reviews: list = field(default_factory=list)
    sale: tuple = None

    @property
    def url(self):
        return "/products/" + self.id

    @property
    def image(self):
        return f"/img/{self.id}.svg"

    @property
    def price(self):
        return money(self.price_cents)

    @property
    def rating(self):
        return sum(stars for stars, _, _ in self.reviews) / len(self.reviews) if self.reviews else 0

    @property
    def on_sale(self):
        """For good: a page that lies in a file cannot follow the others."""
        return self.sale is not None and self.sale[2] is None

    @property
    def asked_cents(self):
        return self.sale[0] if self.on_sale else self.price_cents

    @property
    def variants_are_colours(self):
        return bool(self.variants) and all(name in attributes.SINGLE_COLOURS for name, _ in self.variants)

    @property
    def variants_are_sizes(self):
        return bool(self.variants) and bool(self.sizes)

    def variant_id(self, name):
        return f"{self.id}-{handle(name)}" if name else self.id

    def picture(self, name):
        """That of a variant: of its colour, where it is one."""
        return f"/img/{self.variant_id(name)}.svg" if name and self.variants_are_colours else self.image

    def view(self, name):
        """A further picture: one of images.VIEWS."""
        return f"/img/{self.id}-{name}.svg"

    def stock_of(self, name):
        return dict(self.variants).get(name, 0) if self.variants else self.stock

    def record(self):
        """The line of catalog.jsonl; what does not apply is left out."""
        record = {"id": self.id, "title": self.title, "url": self.url, "image": self.image, "price": self.price,
                  "currency": "EUR", "category": [self.top, self.leaf], "brand": self.brand, "tags": self.tags,
                  "stock": self.stock, "margin": self.margin, "group": self.group}
        if self.variants:
            record["variants"] = [{"id": self.variant_id(name), "title": name, "price": self.price, "stock": stock}
                                  for name, stock in self.variants]
        if self.compatible:
            record["compatible_with"] = self.compatible
        if self.age_min:
            record["age_min"] = self.age_min
        if self.countries:
            record["countries"] = self.countries
        if self.countries_blocked:
            record["countries_blocked"] = self.countries_blocked
        record["created"] = moment(self.created)
        record["language"] = "en"
        told = {"description": self.description, "audience": self.audience, "colour": self.colours, "sizes": self.sizes,
                "attributes": self.attributes, "fit": self.fit, "badges": self.badges, "keywords": self.keywords, "aliases": self.aliases}
        record.update({name: value for name, value in told.items() if value})
        if self.reviews:
            record.update(rating=round(self.rating, 2), rating_count=len(self.reviews))
        if self.sale:
            cents, first, last = self.sale
            record.update(sale_price=money(cents), sale_from=moment(first), **({"sale_until": moment(last)} if last else {}))
        return record


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def price_shown(cents):
    """As English pages write it; german.py has the other way."""
    return f"€{cents / 100:,.2f}"


def moment(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


def handle(title):
    """The product's name in its address: ASCII, lower case, hyphens."""
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss").replace("ø", "o").replace("Ø", "O"))
    plain = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def models(lines):
    """(title, brand, price in cents, tags) of every product that a leaf's lines describe."""
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        name, brand, price, tags = (part.strip() for part in line.split("|"))
        name, _, sizes = name.partition("@")
        for size in sizes.split() or [f"={price}"]:
            label, cost = size.split("=")
            yield name.strip().format(label), brand, round(float(cost) * 100), tags.split()


def build(seed=SEED, end=END):
    """All products, in the assortment's order. `end` is the second at which the shop's history ends."""
    dice = Dice(seed)
    products = []
    for top, leaf, shape, variants, grams, lines in assortment.LEAVES:
        rows = list(models(lines))
        middle = sorted(row[2] for row in rows)[len(rows) // 2]
        for title, brand, cents, tags in rows:
            weight = grams * (cents / middle) ** 0.35 * (0.55 if "ultralight" in tags else 1.0) * dice.between(0.9, 1.1)
            name = handle(title)
            product = Product(name, title, top, leaf, assortment.DRAWN_AS.get(name, shape), brand, cents, tags,
                              round(weight / 5) * 5 or 5, dice.whole(3, 60), round(dice.between(0.18, 0.55), 2),
                              end - end % DAY - DAY * dice.whole(90, 900))
            stock_variants(product, variants.split(), dice)
            restrict(product, end)
            tell(product, variants.split(), grams, len(products), end)
            products.append(product)
    check(products)
    attributes.check(products)
    return products


def stock_variants(product, names, dice):
    if product.id in assortment.SOLD_OUT:
        product.stock = 0
    if not names:
        return
    product.variants = [(name, 0 if product.stock == 0 or dice.chance(0.12) else dice.whole(1, 9)) for name in names]
    product.stock = sum(stock for _, stock in product.variants)


def tell(product, names, median_grams, number, end):
    product.has_womens_cut = product.id in assortment.GROUPS.values()
    product.audience = attributes.audience(product)
    product.colours = attributes.colours(product, names)
    product.sizes = attributes.sizes(product, names)
    product.attributes = attributes.attributes(product, names, median_grams)
    product.keywords = attributes.keywords(product)
    product.badges = attributes.badges(product)
    product.aliases = [f"TH-{10000 + number}", attributes.gtin(number)]
    product.description = " ".join(attributes.describe(product))
    product.fit = attributes.fit(product)
    product.reviews = attributes.write_reviews(product)
    product.sale = attributes.sale(product, end)


def restrict(product, end):
    product.group = assortment.GROUPS.get(product.id, product.id)
    product.compatible = assortment.COMPATIBLE.get(product.id, "").split()
    product.age_min = assortment.AGE_MIN.get(product.id, 0)
    product.countries = assortment.ONLY_SHIPPED_TO.get(product.id, "").split()
    product.countries_blocked = assortment.NOT_SHIPPED_TO.get(product.id, "").split()
    if product.id in assortment.NEW_ARRIVALS:
        product.is_new = True
        product.created = end - end % DAY - DAY * (1 + assortment.NEW_ARRIVALS.index(product.id) % 5)


def check(products):
    """Every id named by hand in the assortment exists, and none exists twice."""
    ids = [product.id for product in products]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise SystemExit(f"assortment: two products share the id {', '.join(twice)}; give one another title")
    named = [*assortment.COMPATIBLE, *" ".join(assortment.COMPATIBLE.values()).split(), *assortment.GROUPS,
             *assortment.GROUPS.values(), *assortment.AGE_MIN, *assortment.NOT_SHIPPED_TO, *assortment.ONLY_SHIPPED_TO,
             *assortment.NEW_ARRIVALS, *assortment.SOLD_OUT, *assortment.RISING, *assortment.DRAWN_AS]
    missing = sorted(set(named) - set(ids))
    if missing:
        raise SystemExit(f"assortment: no product has the id {', '.join(missing)}")
