"""Whether an item is what a shopper's words mean: a plain reading, word by word, of what docs/cli.md says of `dynstore words`."""

import re

from shop import fold, words

STOP = set("a an the and or for of in on with to my me from at by is und oder der die das den dem ein eine für fur mit im "
           "zum zur von".split())
LIMITS = re.compile(r"\b(under|below|unter|bis|max|up to|over|ab|above|uber|about)\s+(\d+)\b|\b(\d+)\s*-\s*(\d+)\s*(?:euro|eur|€)"
                    r"|\bbetween\s+(\d+)\s+and\s+(\d+)")
PEOPLE = {"women": "women", "woman": "women", "ladies": "women", "damen": "women", "frauen": "women", "men": "men",
          "man": "men", "herren": "men", "kids": "kids", "kid": "kids", "kinder": "kids", "children": "kids", "child": "kids"}
ENDINGS = ("ings", "ing", "ers", "er", "en", "es", "s", "e", "n", "ed")


def stems(word):
    found = {word, word.replace("ae", "a").replace("oe", "o").replace("ue", "u")}
    for one in list(found):
        for ending in ENDINGS:
            if one.endswith(ending) and len(one) - len(ending) >= 3:
                found.add(one[:len(one) - len(ending)])
    return found


def near(one, other):
    """At most one letter wrong, missing, added or swapped with the next."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end, rest = one[start:], other[start:]
    return (end[1:] == rest[1:] or end[1:] == rest or end == rest[1:]
            or len(end) > 1 and len(rest) > 1 and end[:2] == rest[1::-1] and end[2:] == rest[2:])


class Words:
    def __init__(self, shop):
        self.shop = shop
        self.texts, self.vocabulary = {}, set()
        for item in shop.items.values():
            texts = [item.title, item.id, item.brand or "", item.description, *item.category, *item.keywords, *item.aliases,
                     *(variant.get("title", "") for variant in item.variants)]
            texts += [value for _, value in item.traits] + [name for name, value in item.traits if value == "yes"]
            self.texts[item.id] = set(word for text in texts for word in words(text))
            self.vocabulary |= self.texts[item.id]
        self.folded = {word: stems(word) for word in self.vocabulary}
        self.cache = {}

    def same(self, word):
        """The catalogue's words that this word may stand for: itself, else its parts, one letter off, a beginning."""
        if word in self.cache:
            return self.cache[word]
        mine = stems(word)
        found = {other for other in self.vocabulary if self.folded[other] & mine}
        if not found and len(word) >= 4:
            found |= {other for other in self.vocabulary if other.endswith(word) or other.startswith(word)}
        if not found:
            for cut in range(3, len(word) - 2):
                left, right = self.exact(word[:cut]), self.exact(word[cut:])
                if left and right:
                    found |= left | right
        if not found and len(word) >= 5:
            found |= {other for other in self.vocabulary if any(near(word, form) for form in self.folded[other])}
        self.cache[word] = found
        return found

    def exact(self, word):
        mine = stems(word)
        return {other for other in self.vocabulary if self.folded[other] & mine}

    def has(self, item, word):
        audience = PEOPLE.get(word)
        if audience and item.audience and (audience in item.audience or audience != "kids" and "unisex" in item.audience):
            return True
        return bool(self.texts[item.id] & self.same(word))

    def meaning(self, text):
        if ("meaning", text) in self.cache:
            return self.cache["meaning", text]
        plain, low, high = fold(text), None, None
        for match in LIMITS.finditer(plain):
            kind, number, first, last, begin, end = match.groups()
            if first or begin:
                low, high = float(first or begin), float(last or end)
            elif kind in ("over", "ab", "above", "uber"):
                low = float(number)
            elif kind != "about":
                high = float(number)
        asked = [word for word in words(LIMITS.sub(" ", plain)) if word not in STOP]
        asked = [word for word in asked if word in PEOPLE or self.same(word)]
        counts = {item.id: sum(self.has(item, word) for word in asked) for item in self.shop.items.values()}
        meant = asked, low, high, max(counts.values(), default=0), counts
        self.cache["meaning", text] = meant
        return meant

    def names_of(self, item):
        """The names of categories, brand and traits that the item has, as words."""
        names = [*item.category, item.brand or ""]
        names += [value if value != "yes" else name for name, value in item.traits]
        return [name for name in (words(name) for name in names) if name]

    def matches(self, item, text):
        """Two words may also be meant as one: "head lamp"."""
        return any(self.matches_as(item, reading) for reading in self.readings(text))

    def readings(self, text):
        yield text
        plain = fold(text).split()
        for place in range(1, len(plain)):
            one = "".join(plain[place - 1:place + 1])
            if self.exact(one):
                yield " ".join([*plain[:place - 1], one, *plain[place + 1:]])

    def matches_as(self, item, text):
        asked, _, _, most, counts = self.meaning(text)
        if not asked:
            return False
        if most and counts[item.id] == most:
            return True
        return any(all(any(stems(word) & stems(one) or one in self.same(word) for word in asked) for one in name if one not in STOP)
                   for name in self.names_of(item))
