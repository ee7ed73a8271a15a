"""What the answers claim, item by item and title by title, and whether it is so (docs/recommendations.md)."""

import collections

DAY = 86400.0
TEXTS = {  # how a reason's text begins, by code; what follows names what it refers to
    "because_viewed": "Because you viewed ", "because_added": "Because you added ", "similar_to": "Similar to ",
    "alternative_to": "Available instead of ", "viewed_with": "Also looked at with ", "bought_with": "Often bought with ",
    "completes": "Goes with ", "compatible_with": "Fits ", "more_from": "More from ", "shares": "Like what you viewed: ",
    "popular_in": "Popular in ", "trending": "Trending in ", "upsell_of": "A step up from "}
WHOLE = {"matches_search": "Matches your search", "matches_ad": "Matches what you came for", "popular": "Popular now",
         "trending": "Trending now", "new_arrival": "New in the shop", "recently_viewed": "You viewed this",
         "from_range": "From our range", "recommended": "Recommended for you", "on_sale": "Now reduced",
         "within_prices": "Within the prices you looked at", "came_back_to": "You came back to this",
         "in_bundle": "Part of the set"}
SEVERAL = {  # titles of blocks whose items have one reason, but do not all refer to the same
    "Because of what you viewed": "because_viewed", "Because of what you added": "because_added", "Similar items": "similar_to",
    "Available alternatives": "alternative_to", "Also looked at": "viewed_with", "Fits what you chose": "compatible_with",
    "More from brands you looked at": "more_from", "Like what you viewed": "shares", "Popular in its category": "popular_in",
    "On sale": "on_sale", "A step up": "upsell_of", "Sold as a set": "in_bundle"}
GOES_WITH = {"bought_with", "completes", "compatible_with"}
FOLLOWS = {"because_viewed", "because_added", "more_from", "shares", "matches_search", "matches_ad", "recently_viewed",
           "recommended", "within_prices", "came_back_to", *GOES_WITH}
FILLERS = {"popular", "trending", "popular_in", "from_range", "recommended", "new_arrival"}
SHOWS_VIEWED = {"bought_with", "compatible", "complete_the_look", "upsell", "on_sale", "bundle", "recently_viewed", "trending",
                "trending_categories", "popular", "new_arrivals"}
STRENGTHS = {"compatible_with": 1.0, "popular": 0.5, "trending": 0.5, "popular_in": 0.5, "on_sale": 0.5, "in_bundle": 1.0, "new_arrival": 0.4,
             "recently_viewed": 1.0, "recommended": 0.2, "from_range": 0.1}


class Judge:
    def __init__(self, shop, meaning):
        self.shop, self.meaning = shop, meaning
        self.counts = collections.Counter()
        self.wrong = []
        self.seen = set()

    def check(self, good, kind, page, text):
        self.counts["passed" if good else "failed"] += 1
        self.counts[kind, bool(good)] += 1
        if not good:
            self.wrong.append((kind, page, text))
        return good

    # ---- one claim: (true, support that belongs to it or None, strength or None, sentence) ----

    def reference(self, code, ref):
        if code in ("more_from", "shares") or ref is None:
            return None
        return self.shop.items.get(ref)

    def claim(self, code, ref, item, page):
        shop = self.shop
        it, other = shop.items[item], self.reference(code, ref)
        if code in ("because_viewed", "because_added"):
            done = page.viewed if code == "because_viewed" else page.added
            both, alike = (shop.viewed_both(item, ref), max(shop.alike(ref, item), shop.alike(item, ref))) if other else (0, 0)
            true = (other is not None and ref in done and (both >= 3 or alike > 0)
                    and (code == "because_viewed" or ref not in page.viewed))
            clicked = shop.clicked_both(item, ref) if other else 0
            return true, min(clicked, 15), alike, f"the shopper did{'' if ref in done else ' not'}; {both} sessions viewed both; likeness {alike:.3f}"
        if code in ("similar_to", "alternative_to"):
            alike = shop.alike(ref, item) if other else 0
            true = ref == page.item and alike > 0 and (code == "similar_to" or other.sold_out)
            return true, None, alike, f"likeness {shop.likeness(ref, item) if other else 0:.3f}, in the list: {alike > 0}"
        if code == "viewed_with":
            both = shop.viewed_both(item, ref) if other else 0
            return both >= 3 and self.has_to_do(ref, page), min(shop.clicked_both(item, ref), 15) if other else 0, None, (
                f"{both} sessions viewed both")
        if code in ("bought_with", "completes"):
            if other:
                both = shop.bought_both(item, ref)
                one, two = len(shop.orders_with[item]), len(shop.orders_with[ref])
                true = self.has_to_do(ref, page) and (code == "bought_with" or it.category != other.category)
            else:
                path = tuple((ref or "").split("/"))
                if path not in shop.categories:
                    return False, None, None, f"{ref} is neither an item nor a category"
                orders, of_category = shop.bought_with_category(item, path)
                both, one, two = len(orders), len(shop.orders_with[item]), len(of_category)
                near = [shop.items[known] for known in self.known(page)]
                true = any(one_of.within(path) for one_of in near) and (code == "bought_with" or not it.within(path))
            ratio = shop.ratio(both, one, two)
            return (true and shop.more_than_chance(both, one, two), both, None,
                    f"{both} orders have both, {one} and {two} one of them, log-likelihood ratio {ratio:.2f}")
        if code == "compatible_with":
            return other is not None and item in other.fits and self.has_to_do(ref, page), None, None, f"{ref} names {sorted(other.fits) if other else []}"
        if code in ("more_from", "shares"):
            done = dict.fromkeys([*page.viewed, *page.added])
            has = (lambda one: shop.items[one].brand == ref) if code == "more_from" else (
                lambda one: any(value == ref or f"{name}:{value}" == ref or f"{name}={value}" == ref or value == "yes" and name == ref
                                for name, value in shop.items[one].traits))
            count = sum(has(one) for one in done)
            return has(item) and count >= 2, count, None, f"the item has it: {has(item)}; so have {count} of the shopper's items"
        if code in ("matches_search", "matches_ad"):
            texts = page.searches if code == "matches_search" else [page.ad] if page.ad else []
            return any(self.meaning.matches(it, text) for text in texts), None, None, f"words: {texts}"
        if code == "popular_in":
            path = tuple((ref or "").split("/"))
            visitors = shop.visitors_since(item, 30)
            place = shop.popular_place(item, path)
            return it.within(path) and visitors >= 3 and place < 64, None, None, f"{visitors} visitors, place {place + 1}, of {it.category}"
        if code == "popular":
            visitors, place = shop.visitors_since(item, 30), shop.popular_place(item)
            return visitors >= 3 and place < 256, None, None, f"{visitors} visitors, place {place + 1}"
        if code == "trending":
            path = tuple(ref.split("/")) if ref else ()
            return shop.trending(item) and it.within(path), None, None, f"of {it.category}, {shop.visitors_since(item, 2)} visitors in 2 days, weights {shop.gains[item]}"
        if code == "new_arrival":
            age = None if it.created is None else (shop.as_of - it.created) / DAY
            return age is not None and 0 <= age <= 30, None, None, f"{age} days old"
        if code == "on_sale":
            price = it.asked(page.now)
            return price is not None and price < it.regular, None, None, f"it costs {price}, without a sale {it.regular}"
        if code == "in_bundle":
            return any(item in parts for parts, _, _ in shop.bundles.values()), None, None, "no bundle has it"
        if code == "upsell_of":
            price, of = it.asked(page.now), other.asked(page.now) if other else None
            true = (other is not None and self.has_to_do(ref, page) and it.category == other.category
                    and price is not None and of is not None and of < price <= 1.3 * of)
            return true, None, max(shop.alike(ref, item), 0.3) if true else None, f"it costs {price}, {ref} {of}"
        if code == "within_prices":
            others = [shop.items[one].asked(page.now) for one in page.viewed if one != item and shop.items[one].top == it.top]
            others = [price for price in others if price is not None]
            price = it.asked(page.now)
            true = len(others) >= 2 and price is not None and min(others) <= price <= max(others)
            return true, None, None, f"it costs {price}, others of its part of the shop that were viewed {sorted(others)}"
        if code == "came_back_to":
            return item in page.viewed, None, None, "not viewed"
        if code == "recently_viewed":
            return item in page.viewed, None, None, "not viewed"
        return code in ("from_range", "recommended"), None, None, f"{code} is no reason of the table"

    @staticmethod
    def known(page):
        return [*([page.item] if page.item else []), *page.viewed, *page.added, *page.cart, *page.bought, *page.earlier]

    def has_to_do(self, ref, page):
        return ref in self.known(page)

    def text_of(self, code, ref):
        if code in WHOLE and ref is None:
            return WHOLE[code]
        name = ref
        if code not in ("more_from", "shares"):
            name = self.shop.items[ref].title if ref in self.shop.items else (ref or "").split("/")[-1]
        if code == "shares" and ref in self.shop.audiences:
            return "For " + str(name)
        return TEXTS.get(code, "?") + str(name)

    # ---- a page ----

    def judge(self, page):
        shop, shown = self.shop, set()
        top = None
        if page.surface == "pdp" and page.item in shop.items:
            top = shop.items[page.item].top
        if page.surface == "plp":
            top = page.argument.split("/")[0]
        away = {shop.names.get(name, name) for name in [page.item, *page.cart, *page.bought] if name}
        groups = {shop.items[one].group for one in away if one in shop.items} - {None}
        for slot in page.answer["slots"]:
            name, where = slot["slot"], f"{slot['slot']} of {page.surface}"
            strengths = []
            for entry in slot["items"]:
                item, reason = entry["id"], entry["reason"]
                code, ref, support = reason["code"], reason.get("ref"), reason.get("support")
                line = f'{item} "{reason["text"]}"'
                if not self.check(item in shop.items, "an item of the catalogue", page, f"{where}: {item}"):
                    continue
                it = shop.items[item]
                true, number, alike, why = self.claim(code, ref, item, page)
                self.check(true, f"reason {code}", page, f"{line} ref={ref}: {why}")
                self.check(reason["text"] == self.text_of(code, ref), "the text of a reason", page, f"{line}: {self.text_of(code, ref)} is right")
                if support is not None:
                    self.check(number is not None and support == number, f"support of {code}", page, f"{line} ref={ref}: {support}, counted {number}")
                elif code in ("bought_with", "completes", "viewed_with", "more_from", "shares"):
                    self.check(False, f"support of {code}", page, f"{line}: has none")
                strengths.append(self.strength(code, support, alike, len(page.earlier)))
                self.check(not it.sold_out and it.shown_at_all, "nothing sold out", page, line)
                self.check(it.offered(page.country, page.age), "nothing that may not be offered", page, f"{line} {page.country} {page.age}")
                own = name == "bundle" and item in away and item not in page.bought
                self.check(own or item not in away and it.group not in groups, "not the page's item, the cart's or a bought one", page, line)
                self.check(item not in page.earlier, "nothing bought on an earlier day", page, line)
                self.check(item not in shown, "an item once a page", page, line)
                shown.add(item)
                comparing = page.surface == "pdp" and page.answer["moment"] in ("comparison", "hesitation")
                fills_listing = page.surface == "plp" and code in FILLERS and "/".join(it.category).startswith(page.argument)
                if name not in SHOWS_VIEWED and not comparing and not fills_listing:
                    self.check(item not in page.viewed, "nothing viewed in recs", page, line)
                if page.surface in ("pdp", "plp") and name == "recs" and top is not None:
                    same = it.top == top
                    if page.surface == "plp":
                        self.check(same, "a listing keeps to its part of the shop", page, f"{line}: {it.category}")
                    elif code in FILLERS:
                        self.check(same, "a product page is filled from its part of the shop", page, f"{line}: {it.category}")
                if code in ("similar_to", "alternative_to") and ref in shop.items:
                    self.check(it.top == shop.items[ref].top, "alike ones share the top category", page, line)
            if name == "bundle" and slot["items"]:
                self.bundle(page, slot, where)
            if name == "trending_categories":
                places = collections.Counter(shop.items[entry["id"]].category for entry in slot["items"] if entry["id"] in shop.items)
                self.check(all(count == 1 for count in places.values()), "one item of a trending category", page, f"{where}: {places}")
                self.check(all(entry["reason"]["code"] == "trending" for entry in slot["items"]), "all are trending", page, where)
            if slot["items"]:
                self.title(page, slot, where)
                self.confidence(page, slot, where, strengths)

    def bundle(self, page, slot, where):
        """The set as a whole: its items, what it costs and saves, and its one button."""
        shown, told = [entry["id"] for entry in slot["items"]], slot["bundle"]
        parts, price, currency = self.shop.bundles.get(told["id"], ([], None, None))
        self.check(shown == parts, "the items of a set", page, f"{where}: {shown}, {told['id']} has {parts}")
        if not parts:
            return
        items = [self.shop.items[part] for part in parts]
        asked = [item.asked(page.now) for item in items]
        known = None not in asked and len({item.currency for item in items} | ({currency} if price is not None else set())) == 1
        total = sum(asked) if known else None
        whole = total if price is None else price
        saved = max(0.0, total - whole) if total is not None else 0.0
        near = (lambda text, amount: (text is None) == (amount is None) and (amount is None or abs(float(text) - amount) < 0.005))
        self.check(near(told["price"], whole), "the price of a set", page, f"{where}: {told['price']}, counted {whole}")
        self.check(near(told.get("saved"), saved if saved > 0.004 else None) and near(told.get("sum"), total if saved > 0.004 else None),
                   "what a set saves", page, f"{where}: {told.get('saved')} of {told.get('sum')}, counted {saved} of {total}")
        self.check(page.item in parts if page.item else bool(set(parts) & set(page.cart)), "a set of the page or the cart", page, f"{where}: {parts}")
        self.check(not set(parts) <= set(page.cart), "no set that the cart has", page, f"{where}: {parts}")
        self.check(told["cta"]["action"] == "add_bundle" and not any("cta" in entry for entry in slot["items"]), "one button of a set", page, where)

    @staticmethod
    def strength(code, support, alike, earlier):
        """The least and the most that it can be."""
        if code in ("more_from", "shares"):
            return 0, 1 - 1 / (support + earlier) if support else 0
        if code in ("matches_search", "matches_ad"):
            return 0, 1
        if code == "within_prices":
            return 0, 0.4
        if code == "came_back_to":
            return 0.2, 0.2
        value = STRENGTHS.get(code, 0)
        if support is not None:
            value = support / (support + 3)
        elif code in ("similar_to", "alternative_to", "because_viewed", "because_added", "upsell_of"):
            return alike, alike + 0.3 * (1 - alike) if alike else 0
        return value, value

    def confidence(self, page, slot, where, strengths):
        value = slot.get("confidence")
        if value is None:
            self.check(False, "confidence of a slot", page, f"{where} has none")
            return
        low, high = (sum(bounds) / len(strengths) for bounds in zip(*strengths))
        reasons = [(entry["reason"]["code"], entry["reason"].get("support"), round(strength[1], 3))
                   for entry, strength in zip(slot["items"], strengths)]
        self.check(0 <= value <= 1 and low - 0.002 < value < high + 0.002, "confidence is the mean", page,
                   f"{where}: {value}, counted {low:.4f} to {high:.4f} of {reasons}")

    def title(self, page, slot, where):
        title, entries = slot["title"], slot["items"]
        codes = [entry["reason"]["code"] for entry in entries]
        if title == "You may also like":
            good, why = True, ""
        elif title == "Recommended for you":
            good, why = all(code in FOLLOWS for code in codes), "all follow from what the shopper did"
        elif title in SEVERAL:
            good, why = all(code == SEVERAL[title] for code in codes), "all have this reason"
        elif title in ("Goes well with it", "Goes well with your choice", "Often bought together"):
            right = {"bought_with"} if title == "Often bought together" else GOES_WITH
            good, why = all(code in right for code in codes), "all go with something"
        elif title == "Recently viewed":
            good, why = all(entry["id"] in page.viewed for entry in entries), "all were viewed"
        else:
            code, refs = self.named(title)
            why = f"it says {code} of {sorted(map(str, refs))[:3]}"
            good = code is not None and any(
                all(self.claim(code, ref, entry["id"], page)[0] for entry in entries) for ref in refs)
        self.check(good, "title", page, f'{where} "{title}": {why}; reasons {codes}')

    def named(self, title):
        """The code of a title that is a reason, and what it may refer to."""
        for code, text in WHOLE.items():
            if title == text:
                return code, [None]
        shop = self.shop
        if title.startswith("For ") and title[4:] in shop.audiences:
            return "shares", [title[4:]]
        for code, text in TEXTS.items():
            if title.startswith(text):
                name = title[len(text):]
                if code in ("more_from", "shares"):
                    return code, [name]
                refs = [item.id for item in shop.items.values() if item.title == name] if code not in ("popular_in", "trending") else []
                return code, refs + ["/".join(path) for path in shop.categories if path[-1] == name]
        return None, []
