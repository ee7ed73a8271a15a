"""Shoppers' sessions as GA4 events, drawn from what people came for.

A visitor has a purse (price band), one or two favourite brands and a mission. A session starts in one leaf of the
mission, compares near products, comes back to one it liked, moves on to what goes with it, fills a cart, and
buys or leaves. A few sessions are only a glance, and a few views are chance.
"""

import math

from .assortment import RISING
from .catalogue import DAY
from .dice import Dice, running_sum
from .missions import MISSIONS

DAYS = 60
LONGEST_PAUSE = 25 * 60     # a session ends after 30 idle minutes
# share of the day's visits by hour, UTC: a noon bump and a long evening
HOURS = running_sum((2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 12, 12, 10, 9, 9, 11, 14, 18, 22, 22, 17, 10, 5))
PURSES = ((-0.55, 3), (0.0, 4), (0.5, 2.5))      # log of the price against the leaf's middle, weight


class Visitor:
    def __init__(self, name, dice, brands):
        self.name = name
        self.purse = dice.weighted([purse for purse, _ in PURSES], running_sum([weight for _, weight in PURSES]))
        self.brands = {dice.one_of(brands) for _ in range(2)}
        self.mission = None
        self.liked = []             # seen with interest in earlier sessions
        self.owned = set()
        self.free_at = 0            # not before: the last session and its idle time are over


class Shop:
    """The products as shoppers weigh them."""

    def __init__(self, products, dice):
        self.by_id = {product.id: product for product in products}
        self.products = [product for product in products if not product.is_new]
        self.leaves = {}
        for product in self.products:
            self.leaves.setdefault(product.leaf, []).append(product)
        self.middle, self.fame, self.trend = {}, {}, {}
        for leaf, members in self.leaves.items():
            self.middle[leaf] = sorted(product.price_cents for product in members)[len(members) // 2]
            for rank, product in enumerate(dice.shuffled(members)):
                self.fame[product.id] = (rank + 1) ** -1.0
                self.trend[product.id] = dice.between(-0.8, 0.8)
        for name in RISING:
            self.trend[name] = 2.4
        self.chance_sum = running_sum([self.fame[product.id] for product in self.products])
        self.brands = sorted({product.brand for product in products})
        self._liking = {}

    def price_level(self, product):
        return math.log(product.price_cents / self.middle[product.leaf])

    def liking(self, mission, leaf, purse, week):
        """(products, weights) of a leaf for such a shopper in that week; the same each time, so kept."""
        key = (mission.name, leaf, purse, week)
        if key not in self._liking:
            weights = []
            for product in self.leaves[leaf]:
                weight = self.fame[product.id] * math.exp(self.trend[product.id] * (week / 8 - 0.5))
                weight *= math.exp(-1.4 * abs(self.price_level(product) - purse))
                weight *= 3.0 ** sum(tag in mission.wants for tag in product.tags)
                weight *= 0.12 ** sum(tag in mission.avoids for tag in product.tags)
                weights.append(weight * (0.35 if product.stock == 0 else 1.0))
            self._liking[key] = weights
        return self.leaves[leaf], self._liking[key]

    def nearness(self, one, other):
        """How likely these two of one leaf are compared."""
        near = math.exp(-2.0 * abs(math.log(one.price_cents / other.price_cents)))
        near *= 2.2 if one.brand == other.brand else 1.0
        return near * (1 + len(set(one.tags) & set(other.tags)))


class Session:
    """One visit being played; collects its events."""

    def __init__(self, shop, dice, visitor, start, week):
        self.shop, self.dice, self.visitor, self.week = shop, dice, visitor, week
        self.clock, self.events, self.seen, self.cart = start, [], [], {}

    def record(self, event, **fields):
        self.events.append({"visitor": self.visitor.name, "time": self.clock, "event": event, **fields})

    def pause(self, mean):
        self.clock += min(LONGEST_PAUSE, 3 + int(self.dice.waiting(mean)))

    def pick(self, leaf, beside=None):
        products, liking = self.shop.liking(self.visitor.mission, leaf, self.visitor.purse, self.week)
        weights = []
        for product, weight in zip(products, liking):
            if product.brand in self.visitor.brands:
                weight *= 2.5
            if product in self.seen:
                weight *= 0.02
            if beside is not None:
                weight *= self.shop.nearness(beside, product)
            weights.append(weight)
        return self.dice.weighted(products, running_sum(weights))

    def view(self, product):
        self.record("view_item", item_id=product.id)
        self.pause(45)
        self.seen.append(product)

    def next_leaf(self, leaf):
        """The mission's other leaves; a leaf that was looked through is rarely opened again."""
        leaves = self.visitor.mission.leaves
        looked = {product.leaf for product in self.seen}
        weights = [weight * (0.25 if name in looked or name == leaf else 1.0) for name, weight in leaves.items()]
        return self.dice.weighted(list(leaves), running_sum(weights))

    def play(self):
        dice, visitor = self.dice, self.visitor
        leaf = dice.weighted(list(visitor.mission.leaves), running_sum(visitor.mission.leaves.values()))
        self.arrive(leaf)
        if visitor.liked and dice.chance(0.45):
            self.view(dice.one_of(visitor.liked))
            leaf = self.seen[-1].leaf
        if dice.chance(0.17):                       # only a glance
            self.view(self.pick(leaf))
            return self.events
        for _ in range(1 + dice.more(0.52, 5)):
            self.compare(leaf)
            leaf = self.next_leaf(leaf)
            if dice.chance(0.06):
                self.view(dice.weighted(self.shop.products, self.shop.chance_sum))
            if dice.chance(0.08):
                self.pause(420)
        if self.cart:
            self.leave_or_buy()
        return self.events

    def arrive(self, leaf):
        way = self.dice.between(0, 1)
        if way < 0.14:
            self.record("search", search_term=self.dice.one_of(self.visitor.mission.words))
            self.pause(12)
        elif way < 0.24:
            self.record("view_item_list", item_list_id=self.shop.leaves[leaf][0].top.lower())
            self.pause(20)

    def compare(self, leaf):
        """Look at near products of a leaf, perhaps return to the best, perhaps put it in the cart."""
        dice = self.dice
        product = self.pick(leaf)
        self.view(product)
        looked = [product]
        for _ in range(dice.more(0.5, 4)):
            product = self.pick(leaf, beside=looked[-1])
            if product not in looked:
                self.view(product)
                looked.append(product)
        favourite = dice.one_of(looked)
        if len(looked) > 1 and dice.chance(0.35) and favourite is not looked[-1]:
            self.view(favourite)
        if dice.chance(0.3):
            self.visitor.liked = (self.visitor.liked + [favourite])[-4:]
        if favourite.stock and favourite.id not in self.visitor.owned and dice.chance(0.36 if self.cart else 0.2):
            self.add(favourite)
        for name in favourite.compatible:
            part = self.shop.by_id[name]
            if dice.chance(0.4 if favourite.id in self.cart else 0.14) and not part.is_new:
                self.view(part)
                if part.stock and dice.chance(0.6 if favourite.id in self.cart else 0.12):
                    self.add(part)

    def add(self, product):
        if product.id in self.cart:
            return
        many = product.price_cents < 2000 and self.dice.chance(0.3)
        self.cart[product.id] = self.dice.whole(2, 4) if many else 1
        self.record("add_to_cart", item_id=product.id, quantity=self.cart[product.id],
                    price=product.price_cents / 100, currency="EUR")
        self.pause(18)

    def leave_or_buy(self):
        dice = self.dice
        if dice.chance(0.45):                       # an afterthought that goes with the cart
            self.compare(self.next_leaf(self.seen[-1].leaf))
        if len(self.cart) > 1 and dice.chance(0.14):
            name = dice.one_of(list(self.cart))
            self.record("remove_from_cart", item_id=name, quantity=self.cart.pop(name))
            self.pause(15)
        if not dice.chance(0.42):                   # the cart is left behind
            return
        self.pause(90)
        items = [{"item_id": name, "quantity": quantity, "price": self.shop.by_id[name].price_cents / 100}
                 for name, quantity in self.cart.items()]
        value = sum(self.shop.by_id[name].price_cents * quantity for name, quantity in self.cart.items()) / 100
        self.record("purchase", items=items, currency="EUR", value=value,
                    transaction_id=f"T{self.visitor.name[1:]}-{self.clock}")
        self.visitor.owned.update(self.cart)
        self.visitor.liked = [product for product in self.visitor.liked if product.id not in self.cart]


def start_second(dice, day, first_second):
    return first_second + day * DAY + dice.weighted(range(24), HOURS) * 3600 + dice.whole(0, 3599)


def generate(products, seed, end, count):
    """All events of `count` sessions in the DAYS before `end`, in order of time."""
    dice = Dice(seed)
    shop = Shop(products, dice)
    first_second = end - end % DAY - DAYS * DAY
    weekdays = running_sum([(1.35 if (first_second // DAY + day + 4) % 7 in (0, 6) else 1.0) * (0.85 + 0.3 * day / DAYS)
                            for day in range(DAYS)])
    starts = sorted(start_second(dice, dice.weighted(range(DAYS), weekdays), first_second) for _ in range(count))
    visitors, events = [], []
    for start in starts:
        day = (start - first_second) / DAY
        visitor = returning(dice, visitors, start)
        if visitor is None:
            visitor = Visitor(f"v{len(visitors) + 1}", dice, shop.brands)
            visitors.append(visitor)
        if visitor.mission is None or dice.chance(0.25):
            weights = [mission.first + (mission.last - mission.first) * day / DAYS for mission in MISSIONS]
            visitor.mission = dice.weighted(MISSIONS, running_sum(weights))
        session = Session(shop, dice, visitor, start, min(int(day / 7), 8))
        events += session.play()
        visitor.free_at = session.clock + 2 * 3600
    events.sort(key=lambda event: event["time"])    # stable: a visitor's own order is kept
    return events


def returning(dice, visitors, now):
    """Somebody who was here before, rather lately than long ago; None for a newcomer."""
    if not visitors or not dice.chance(0.38):
        return None
    back = min(int(dice.waiting(4000)), len(visitors) - 1)
    visitor = visitors[len(visitors) - 1 - back]
    return visitor if visitor.free_at <= now else None
