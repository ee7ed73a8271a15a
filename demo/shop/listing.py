"""Lists of products that can be narrowed and sorted: those of a category, and those that a search finds.

    /c/packs?kind=Day+packs&brand=Nordhang&colour=Moss&price=50-100&sort=price-asc      /search?q=tent&sort=newest&page=2
"""

import re
import unicodedata
from html import escape
from urllib.parse import urlencode

from . import texts
from .basket import whole
from .catalogue import handle
from .pages import COMPARISON, HERO_SLOT, RECS, banner, card

ON_A_PAGE = 36
PRICES = (("0-50", "Up to €50"), ("50-100", "€50 to €100"), ("100-200", "€100 to €200"), ("200-", "€200 and more"))
SORTS = (("", "Recommended"), ("price-asc", "Price: low to high"), ("price-desc", "Price: high to low"), ("rating", "Best rated"),
         ("newest", "Newest"))


def in_stock(product):
    return [name for name, stock in product.variants if stock]


def colours(product):
    return in_stock(product) if product.variants_are_colours else product.colours


def price_bands(product):
    euros = product.asked_cents / 100
    return [name for name, _ in PRICES if int(name.split("-")[0]) <= euros and (name.endswith("-") or euros < int(name.split("-")[1]))]


# field of the address, what shoppers read, the names that a product has there
FACETS = (
    ("kind", "Kind", lambda product: [product.leaf]),
    ("brand", "Brand", lambda product: [product.brand]),
    ("size", "Size", lambda product: in_stock(product) if product.variants_are_sizes else []),
    ("colour", "Colour", colours),
    ("use", "Good for", lambda product: product.tags),
    ("price", "Price", price_bands),
)
NAMES_OF_PRICES = dict(PRICES)


class Chosen:
    """What the address says, as far as it says something that these lists know."""

    def __init__(self, query):
        self.fields = {field: list(dict.fromkeys(query.get(field, [])))[:20] for field, _, _ in FACETS}
        self.sort = query.get("sort", [""])[0]
        if self.sort not in dict(SORTS):
            self.sort = ""
        self.number = max(1, whole(query.get("page", ["1"])[0], 1))

    @property
    def narrows(self):
        return any(self.fields.values())

    def fits(self, product, but=""):
        return all(not self.fields[field] or field == but or set(names(product)) & set(self.fields[field])
                   for field, _, names in FACETS)

    def sorted(self, products):
        keys = {"price-asc": lambda product: product.asked_cents, "price-desc": lambda product: -product.asked_cents,
                "rating": lambda product: (-product.rating, -len(product.reviews)), "newest": lambda product: -product.created}
        return sorted(products, key=keys[self.sort]) if self.sort else list(products)

    def address(self, path, kept, *, without=None, number=1):
        pairs = list(kept) + [(field, value) for field, _, _ in FACETS for value in self.fields[field] if (field, value) != without]
        pairs += [("sort", self.sort)] if self.sort else []
        pairs += [("page", number)] if number > 1 else []
        return escape(path + ("?" + urlencode(pairs) if pairs else ""))


# ---- markup ----

def filters(members, chosen, path, kept):
    """A form that works by itself; the script sends it as soon as something changes."""
    parts = []
    for field, legend, names in FACETS:
        rest = [product for product in members if chosen.fits(product, but=field)]
        known = dict.fromkeys(name for product in members for name in names(product))
        if field == "price":
            known = [name for name, _ in PRICES if name in known]
        if len(known) < 2:
            continue
        rows = "".join(
            f'<label><input type="checkbox" name="{field}" value="{escape(name)}"'
            f'{" checked" if name in chosen.fields[field] else ""}> <span>{escape(NAMES_OF_PRICES.get(name, name))}</span> '
            f'<small>{sum(name in names(product) for product in rest)}</small></label>' for name in known)
        picked = sum(name in chosen.fields[field] for name in known)
        parts.append(f'<details class="filter" name="filter"><summary><span>{legend}</span> <b class="picked">{picked or ""}</b></summary>'
                     f'<fieldset><legend class="hidden-text">{legend}</legend>{rows}</fieldset></details>')
    options = "".join(f'<option value="{value}"{" selected" if value == chosen.sort else ""}>{words}</option>' for value, words in SORTS)
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in kept)
    return (f'<form class="filters" method="get" action="{path}" aria-label="Filter and sort">{hidden}{"".join(parts)}'
            f'<label class="sort"><span>Sort by</span> <select name="sort">{options}</select></label>'
            f'<button class="button ghost apply" type="submit">Show</button></form>')


def chips(members, chosen, path, kept):
    """What the list is narrowed by; each can be taken back."""
    if not chosen.narrows:
        return ""
    known = {(field, name): (legend, NAMES_OF_PRICES.get(name, name))
             for field, legend, names in FACETS for product in members for name in names(product)}
    links = "".join(
        f'<li><a class="chip" href="{chosen.address(path, kept, without=(field, value))}"><span class="hidden-text">Take back</span> '
        f'<span><span>{known[field, value][0]}</span>: <span>{escape(known[field, value][1])}</span></span> <span aria-hidden="true">✕</span></a></li>'
        for field, values in chosen.fields.items() for value in values if (field, value) in known)
    everything = escape(path + ("?" + urlencode(kept) if kept else ""))
    return f'<ul class="chips">{links}<li><a class="chip clear" href="{everything}">Clear all filters</a></li></ul>'


def found_line(count):
    return f'<p class="found" role="status"><b>{count}</b> {"product" if count == 1 else "products"}</p>'


def grid(products):
    return '<ul class="grid">\n' + "\n".join(card(product) for product in products) + "\n</ul>"


def turner(chosen, path, kept, count):
    last = (count + ON_A_PAGE - 1) // ON_A_PAGE
    if last < 2:
        return ""
    number = min(chosen.number, last)
    links = "".join(f'<li><a href="{chosen.address(path, kept, number=one)}"{" aria-current=" + chr(34) + "page" + chr(34) if one == number else ""}>'
                    f'<span class="hidden-text">Page</span> {one}</a></li>' for one in range(1, last + 1))
    return f'<nav class="turner" aria-label="More pages"><ul>{links}</ul></nav>'


def results(members, chosen, path, kept=(), sections=False):
    shown = chosen.sorted(product for product in members if chosen.fits(product))
    if not shown:
        body = '<p class="empty">Nothing fits all of this. Take back one of the filters.</p>'
    elif sections and not chosen.narrows and not chosen.sort:
        leaves = dict.fromkeys(product.leaf for product in shown)
        body = "\n".join(f'<h2 id="{handle(leaf)}">{escape(leaf)}</h2>\n{grid([one for one in shown if one.leaf == leaf])}' for leaf in leaves)
    else:
        last = max(1, (len(shown) + ON_A_PAGE - 1) // ON_A_PAGE)
        first = (min(chosen.number, last) - 1) * ON_A_PAGE
        body = grid(shown[first:first + ON_A_PAGE]) + turner(chosen, path, kept, len(shown))
    return f'<div id="results">{chips(members, chosen, path, kept)}{found_line(len(shown))}\n{body}</div>'


# ---- pages ----

def category(pages, top, query, count=0):
    members = pages.tops[top]
    _, lead = texts.TOPS[top]
    path, chosen = f"/c/{handle(top)}", Chosen(query)
    main = (f'<p class="crumbs"><a href="/">Home</a> / <span>{escape(top)}</span></p>\n{banner(handle(top), escape(top), escape(lead))}\n'
            f'{HERO_SLOT}\n{COMPARISON}\n{RECS}\n<section class="listing" aria-label="Products">{filters(members, chosen, path, ())}\n'
            f'{results(members, chosen, path, sections=True)}</section>')
    structured = {"@context": "https://schema.org", "@type": "ItemList", "name": top,
                  "itemListElement": [{"@type": "ListItem", "position": place + 1, "url": product.url}
                                      for place, product in enumerate(members)]}
    return pages.page("plp", path, top, lead, main, top, members[0].image, structured, item=handle(top), count=count)


def search(pages, query, count=0):
    asked = " ".join(query.get("q", [""])[0].split())[:100]
    members, some = find(pages.products, asked)
    kept, chosen = ([("q", asked)] if asked else []), Chosen(query)
    head = f'<h1>Results for <q>{escape(asked)}</q></h1>' if asked else "<h1>All products</h1>"
    if not members:
        main = f'<p class="empty">Nothing is called that. Try one word less, or look around here:</p>\n<ul class="tags">{tops(pages)}</ul>'
    else:
        hint = '<p class="empty">Nothing has all of these words. This has some of them:</p>' if some else ""
        main = (f'{hint}<section class="listing" aria-label="Products">{filters(members, chosen, "/search", kept)}\n'
                f'{results(members, chosen, "/search", kept)}</section>')
    main = f'<p class="crumbs"><a href="/">Home</a> / <span>Search</span></p>\n{head}\n{main}\n{RECS}'
    return pages.page("search", "/search", asked or "Search", "Search the whole shop.", main, query=asked, count=count)


def tops(pages):
    return "".join(f'<li><a class="chip" href="/c/{handle(top)}">{escape(top)}</a></li>' for top in pages.tops)


# ---- search ----

def plain(text):
    """Small letters without accents, so that "sommerdrom" finds "Sommerdrøm"."""
    text = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o"))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def find(products, asked):
    """(what has all of the words, False); where nothing has, (what has one of them, True). Best first."""
    words = plain(asked).split()
    if not words:
        return list(products), False
    rows = []
    for place, product in enumerate(products):
        title, other = plain(product.title), plain(" ".join([product.brand, product.top, product.leaf, *product.tags, *product.keywords]))
        hits = sum(word in title or word in other for word in words)
        if hits:
            whole_words = set(re.findall(r"\w+", f"{title} {other}"))
            rows.append((hits, sum(word in whole_words for word in words), sum(word in title for word in words), -place, product))
    rows.sort(key=lambda row: row[:4], reverse=True)
    complete = [row for row in rows if row[0] == len(words)]
    return [row[4] for row in complete or rows], bool(rows) and not complete
