"""What a shop's catalogue and events say, counted anew from the two files by what docs/ defines."""

import collections
import datetime
import json
import math
import re
import unicodedata

DAY = 86400.0
GAP = 30 * 60
VIEW, CART, PURCHASE = 1, 4, 10  # the kinds of clicks, and what they weigh for popularity
KINDS = {"view_item": VIEW, "wishlist": VIEW, "add_to_cart": CART, "purchase": PURCHASE}
A_DAY = {VIEW: 30, CART: 3, PURCHASE: 2}  # clicks of one visitor on one item
MIN_SUPPORT, MIN_RATIO, MIN_LIKENESS, LISTED = 3, 6.63, 0.55, 24


def seconds(value):
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        time = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return (time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)).timestamp()
    value = float(value)
    for limit, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if value >= limit:
            return value / unit
    return value


def fold(text):
    text = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def words(text):
    return re.findall(r"[^\W_]+", fold(text))


def listed(value):
    return [] if value in (None, "") else value if isinstance(value, list) else [value]


class Item:
    def __init__(self, record):
        self.id, self.title = str(record["id"]), record.get("title", "")
        self.category = tuple(name for name in listed(record.get("category")) if name)
        self.top = self.category[0] if self.category else None
        self.brand = record.get("brand") or None
        self.group = record.get("group") or None
        self.fits = {str(other) for other in record.get("compatible_with", [])}
        self.variants = record.get("variants", [])
        self.aliases = [str(alias) for alias in record.get("aliases", [])]
        self.keywords = record.get("keywords", [])
        self.description = record.get("description", "")
        self.shown_at_all = bool(self.title and record.get("url"))
        stock = record.get("stock")
        if stock is None and self.variants and all(variant.get("stock") is not None for variant in self.variants):
            stock = sum(max(0, variant["stock"]) for variant in self.variants)
        self.sold_out = stock is not None and stock <= 0
        self.created = seconds(record["created"]) if record.get("created") else None
        self.countries, self.blocked = set(record.get("countries", [])), set(record.get("countries_blocked", []))
        self.age_min = record.get("age_min") or 0
        self.currency = record.get("currency")
        self.regular = self.amount(record.get("price"))
        if self.regular is None:
            prices = [self.amount(variant.get("price")) for variant in self.variants]
            self.regular = min((price for price in prices if price is not None), default=None)
        self.sale = self.amount(record.get("sale_price"))
        if self.sale is not None and (self.regular is None or self.sale >= self.regular):
            self.sale = None
        self.sale_from = seconds(record["sale_from"]) if record.get("sale_from") else -math.inf
        self.sale_until = seconds(record["sale_until"]) if record.get("sale_until") else math.inf
        self.tags = set(record.get("tags", []))
        self.traits = {("tag", tag) for tag in self.tags}
        for name in ("audience", "colour"):
            self.traits |= {(name, str(value)) for value in listed(record.get(name))}
        self.traits |= {("size", str(value)) for value in listed(record.get("sizes"))}
        for name, value in record.get("attributes", {}).items():
            for one in listed(value):
                if one is not False:
                    self.traits.add((name, "yes" if one is True else str(one)))
        self.audience = {fold(value) for name, value in self.traits if name == "audience"}

    @staticmethod
    def amount(value):
        return None if value in (None, "") else float(value)

    def asked(self, now):
        """What it costs at that time."""
        return self.sale if self.sale is not None and self.sale_from <= now < self.sale_until else self.regular

    def offered(self, country, age):
        if self.age_min and (age is None or age < self.age_min):
            return False
        if (self.countries or self.blocked) and country is None:
            return False
        return country not in self.blocked and (not self.countries or country in self.countries)

    def within(self, category):
        return self.category[:len(category)] == category


class Shop:
    def __init__(self, catalogs, events):
        records = []
        for catalog in catalogs:
            with open(catalog, encoding="utf-8") as file:
                records += map(json.loads, file)
        self.items = {item.id: item for item in map(Item, (record for record in records if record.get("kind", "item") == "item"))}
        self.names = dict(zip(self.items, self.items))
        self.audiences = {value for item in self.items.values() for name, value in item.traits if name == "audience"}
        for item in self.items.values():
            for variant in item.variants:
                self.names.setdefault(str(variant["id"]), item.id)
        for item in self.items.values():
            for alias in item.aliases:
                self.names.setdefault(alias, item.id)
        self.bundles = {}
        for record in records:
            parts = [self.names.get(str(one)) for one in record["items"]] if record.get("kind") == "bundle" else [None]
            if None not in parts and len(set(parts)) == len(parts):
                self.bundles[str(record["id"])] = (parts, Item.amount(record.get("price")), record.get("currency"))
        for item in self.items.values():
            item.fits = {self.names[other] for other in item.fits if other in self.names}
        self.categories = {item.category[:depth] for item in self.items.values() for depth in range(1, len(item.category) + 1)}
        self.read(events)
        self.count_words()
        self.similar_lists, self.of_category, self.places = {}, {}, {}

    # ---- events ----

    def read(self, path):
        clicks, self.terms, self.as_of = collections.defaultdict(list), collections.Counter(), 0
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file):
                event = json.loads(line)
                name, time = event.get("event") or event.get("name"), seconds(event["time"])
                self.as_of = max(self.as_of, time)
                if name == "search":
                    self.terms[event["search_term"]] += 1
                kind = KINDS.get(name)
                if kind is None:
                    continue
                ids = [entry["item_id"] for entry in event.get("items", [])] or [event["item_id"]]
                for one in ids:
                    clicks[event["visitor"]].append((time, number, self.names.get(str(one), str(one)), kind))
        self.sessions_with = collections.defaultdict(set)   # item -> sessions that clicked it
        self.views_with = collections.defaultdict(set)      # item -> sessions that viewed it
        self.orders_with = collections.defaultdict(set)     # item -> orders
        self.visitors = collections.defaultdict(dict)       # item -> visitor -> newest click
        self.gains = collections.defaultdict(lambda: [0.0, 0.0])
        self.weight = collections.Counter()
        orders, session, left = {}, 0, 0
        for visitor, list_of in clicks.items():
            list_of.sort()
            today, last, kept = None, None, []
            for time, number, item, kind in list_of:
                day = int(time // DAY)
                if day != today:
                    today, total, of_item, of_kind = day, 0, collections.Counter(), collections.Counter()
                if total == 500 or of_item[item, kind] == A_DAY[kind] or (kind != VIEW and of_kind[kind] == 200):
                    left += 1
                    continue
                total += 1
                of_item[item, kind] += 1
                of_kind[kind] += 1
                if last is None or time - last > GAP:
                    session += 1
                last = time
                kept.append((time, item, kind, day))
                self.sessions_with[item].add(session)
                if kind == VIEW:
                    self.views_with[item].add(session)
                if kind == PURCHASE:
                    self.orders_with[item].add(orders.setdefault((session, time), len(orders)))
                self.visitors[item][visitor] = time
            room = collections.defaultdict(lambda: 30)
            for time, item, kind, day in sorted(kept, key=lambda click: (-click[2] if click[2] == PURCHASE else 0, click[0])):
                if room[item, day] < kind:
                    continue
                room[item, day] -= kind
                age = (self.as_of - time) / DAY
                self.weight[item] += kind * 0.5 ** (age / 7)
                if age < 2:
                    self.gains[item][0] += kind
                elif age < 30:
                    self.gains[item][1] += kind
        self.order_count, self.session_count, self.left_out = len(orders), session, left
        self.recent_sum = sum(gain[0] for gain in self.gains.values())
        self.past_sum = sum(gain[1] for gain in self.gains.values())

    def viewed_both(self, one, other):
        """Sessions that viewed both."""
        return len(self.views_with[one] & self.views_with[other])

    def clicked_both(self, one, other):
        """Sessions that viewed, added or bought both."""
        return len(self.sessions_with[one] & self.sessions_with[other])

    def bought_both(self, one, other):
        return len(self.orders_with[one] & self.orders_with[other])

    def bought_with_category(self, item, category):
        if (item, category) not in self.of_category:
            orders = set()
            for other in self.items.values():
                if other.id != item and other.within(category):
                    orders |= self.orders_with[other.id]
            self.of_category[item, category] = self.orders_with[item] & orders, orders
        return self.of_category[item, category]

    def ratio(self, both, one, other):
        """Dunning's log-likelihood ratio of two things that are in `one` and `other` orders, `both` of them in the same."""
        n, total = self.order_count, 0.0
        for k, e in ((both, one * other), (one - both, one * (n - other)), (other - both, (n - one) * other),
                     (n - one - other + both, (n - one) * (n - other))):
            if k > 0:
                total += k * math.log(k * n / e)
        return 2 * total

    def more_than_chance(self, both, one, other):
        return (both >= MIN_SUPPORT and both * self.order_count > one * other
                and self.ratio(both, one, other) >= MIN_RATIO)

    def visitors_since(self, item, days):
        """How many looked at it, put it into the cart or bought it."""
        return sum(time >= self.as_of - days * DAY for time in self.visitors[item].values())

    def trending(self, item):
        recent, past = self.gains[item]
        return self.visitors_since(item, 2) >= 3 and recent > past * self.recent_sum / self.past_sum

    def popular_place(self, item, category=()):
        """How many items of the category weigh more."""
        if (item, category) not in self.places:
            self.places[item, category] = sum(self.weight[other.id] > self.weight[item] * 1.0001
                                              for other in self.items.values() if other.within(category))
        return self.places[item, category]

    # ---- alike ----

    def count_words(self):
        """What the items have in common: title words, tags and other traits, but colours and sizes."""
        self.title_of, self.traits_of, homes = {}, {}, collections.defaultdict(set)
        for item in self.items.values():
            self.title_of[item.id] = {word for word in words(item.title) if len(word) > 1}
            self.traits_of[item.id] = {trait for trait in item.traits if trait[0] not in ("colour", "size")}
            for word in self.title_of[item.id]:
                homes[word].add(item.category)
        self.own_words = {word for word, places in homes.items() if len(places) == 1}  # of one category's titles only
        self.terms_of = {item: self.title_of[item] | self.traits_of[item] for item in self.items}
        counts = collections.Counter(term for terms in self.terms_of.values() for term in terms)
        self.idf = {term: math.log(1 + len(self.items) / count) for term, count in counts.items()}

    @staticmethod
    def joins_kinds(name):
        return "&" in name or "," in name or "and" in name.split()

    def one_kind(self, one, other):
        """Two different categories of one kind: parent and child or of one parent, with names that end alike."""
        if one[:-1] != other[:-1] and one[:-1] != other and other[:-1] != one:
            return False
        if self.joins_kinds(one[-1]) or self.joins_kinds(other[-1]):
            return False
        return fold(one[-1].split()[-1]) == fold(other[-1].split()[-1])

    def for_others(self, one, other):
        """One for kids and the other not, or for audiences that have nothing in common."""
        if ("kids" in one) != ("kids" in other):
            return True
        return bool(one and other and not one & other and "unisex" not in one | other)

    def likeness(self, one, other):
        one, other = self.items[one], self.items[other]
        if one.group and one.group == other.group or not one.category or not other.category:
            return 0.0
        if self.for_others(one.audience, other.audience):
            return 0.0
        mine, theirs = self.terms_of[one.id], self.terms_of[other.id]
        either = sum(self.idf[term] for term in sorted(mine | theirs, key=str))
        common = sum(self.idf[term] for term in sorted(mine & theirs, key=str)) / either if either else 0
        if self.traits_of[one.id] and self.traits_of[other.id] and not common:
            return 0.0
        if one.category == other.category:
            value = 0.5
            if self.joins_kinds(one.category[-1]):
                shared = self.title_of[one.id] & self.title_of[other.id] & self.own_words
                if not shared or common < 0.15:
                    return 0.0
        elif self.one_kind(one.category, other.category):
            value = 0.3
        else:
            return 0.0
        near = 0.5
        if one.regular and other.regular:
            near = min(one.regular, other.regular) / max(one.regular, other.regular)
            if near < 1 / 3:
                return 0.0
        return value + 0.25 * common + 0.2 * near + 0.05 * (one.brand is not None and one.brand == other.brand)

    @staticmethod
    def most_weight(likeness):
        """What the likeness becomes at most for being viewed together, too."""
        return likeness + 0.3 * (1 - likeness)

    def alike(self, one, other):
        """The likeness when `other` may stand in the list of `one`, else 0."""
        if one not in self.similar_lists:
            self.similar_lists[one] = {item: value for item in self.items if item != one
                                       for value in [self.likeness(one, item)] if value >= MIN_LIKENESS - 1e-6}
        near = self.similar_lists[one]
        if other not in near or sum(value > self.most_weight(near[other]) for value in near.values()) >= LISTED:
            return 0.0
        return near[other]
