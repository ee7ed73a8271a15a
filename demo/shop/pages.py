"""The shop's pages as a theme would render them: static HTML with the placeholders of the personalized blocks."""

import json
from html import escape
from pathlib import Path
from string import Template

from . import german, texts
from .attributes import describe
from .catalogue import handle, money
from .dice import Dice

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
RECS, BOUGHT_WITH, HERO_SLOT, COMPARISON, GUIDE, MESSAGES, UPSELL = (
    f"<!--dynstore:{slot}-->" for slot in ("recs", "bought_with", "hero", "comparison", "guide", "messages", "upsell"))
SIZES = {"boot": "EU", "shoe": "EU", "climbshoe": "EU", "jacket": "cut", "puffer": "cut", "fleece": "cut", "shirt": "cut",
         "trousers": "cut"}

HERO = """<section class="hero"><svg viewBox="0 0 1200 420" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
<circle cx="905" cy="150" r="62" fill="#fff3d1" opacity=".9"/>
<path d="M0 300L150 190l90 60 150-150 110 110 80-60 140 120 120-90 160 130 100-60 100 70v200H0z" fill="#b0766f" opacity=".7"/>
<path d="M0 350l120-80 110 60 170-130 130 120 150-90 130 110 160-70 130 80 100-30v140H0z" fill="#7a5f63"/>
<path d="M0 390c160-60 320-70 520-30s420 20 680-30v90H0z" fill="#2f5d50"/>
<path d="M70 382l18-58 18 58zM112 380l14-46 14 46zM985 366l20-66 20 66zM1030 362l15-50 15 50zM1072 356l18-60 18 60z" fill="#21443b"/>
<path d="M836 346l44-62 44 62z" fill="#e3a23c"/><path d="M880 284l-16 62h32z" fill="#f6e2b8"/></svg>
<div><h1>Out there, with less on your mind</h1><p>Gear for day walks, long treks and the first tent of a small person. Tried, mended and
recommended by people who go.</p><a class="button light" href="/c/tents">See the tents</a></div></section>"""


class Pages:
    def __init__(self, products):
        self.products = products
        self.by_id = {product.id: product for product in products}
        self.tops = {}
        for product in products:
            self.tops.setdefault(product.top, []).append(product)
        self.template = Template((TEMPLATES / "page.html").read_text(encoding="utf-8"))
        self.css = (TEMPLATES / "shop.css").read_text(encoding="utf-8").strip()
        self.script = (TEMPLATES / "shop.js").read_text(encoding="utf-8").strip()
        self.languages = "".join(f'<li><a hreflang="{code}" lang="{code}" href="/?lang={code}">{name}</a></li>'
                                 for code, name in texts.LANGUAGES)

    def all(self):
        """(path of the file, text) of every page, in English, and in German under de/."""
        for path, text in self.english():
            yield path, text
            yield f"de/{path}", german.page(text)

    def english(self):
        yield "index.html", self.home()
        yield "cart.html", self.cart()
        yield "search.html", self.search()
        for top in self.tops:
            yield f"c/{handle(top)}.html", self.listing(top)
        for product in self.products:
            yield f"products/{product.id}.html", self.product(product)

    def page(self, surface, path, title, description, main, top="", image="/img/trail-pack-30.svg", structured=None, templates=""):
        data = structured or {"@context": "https://schema.org", "@type": "WebSite", "name": texts.SHOP,
                              "url": "https://tannenhaeher.example/"}
        linked = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
        return self.template.substitute(
            title=escape(f"{title} – {texts.SHOP}"), description=escape(description), path=path, image=image, css=self.css,
            structured=f'<script type="application/ld+json">\n{linked}\n</script>', surface=surface, nav=self.nav(top),
            main=main, languages=self.languages, templates=templates, script=self.script)

    def nav(self, current):
        entries = []
        for top, members in self.tops.items():
            mark = ' aria-current="page"' if top == current else ""
            leaves = "".join(f'<li><a href="/c/{handle(top)}#{handle(leaf)}">{escape(leaf)}</a></li>'
                             for leaf in dict.fromkeys(product.leaf for product in members))
            entries.append(f'<li><a href="/c/{handle(top)}"{mark}>{escape(top)}</a><ul class="sub">{leaves}</ul></li>')
        return "\n".join(entries)

    # ---- home ----

    def home(self):
        tiles = "\n".join(f'<li><a href="/c/{handle(top)}"><img src="{members[1].image}" alt="" width="240" height="180" '
                          f'loading="lazy"><span>{escape(top)}</span></a></li>' for top, members in self.tops.items())
        new = "\n".join(card(product) for product in self.products if product.is_new)
        journal = "\n".join(f"<article><h3>{escape(head)}</h3><p>{escape(text)}</p></article>" for head, text in texts.JOURNAL)
        main = (f'{HERO_SLOT}{HERO}\n{GUIDE}\n{COMPARISON}\n{RECS}\n<h2>What are you looking for?</h2>\n<ul class="tiles">\n{tiles}\n</ul>\n<h2>New this week</h2>\n'
                f'<ul class="grid">\n{new}\n</ul>\n<h2 style="margin-top:1.6em">From the journal</h2>\n<div class="journal">\n{journal}\n</div>')
        return self.page("home", "/", "Gear for outside", "Packs, tents, boots and climbing gear from Kempten im Allgäu.", main)

    # ---- listing ----

    def listing(self, top):
        members = self.tops[top]
        head, lead = texts.TOPS[top]
        sections = []
        for leaf in dict.fromkeys(product.leaf for product in members):
            cards = "\n".join(card(product) for product in members if product.leaf == leaf)
            sections.append(f'<h2 id="{handle(leaf)}">{escape(leaf)}</h2>\n<ul class="grid" style="margin-bottom:34px">\n{cards}\n</ul>')
        main = (f'<p class="crumbs"><a href="/">Home</a> / {escape(top)}</p>\n<h1>{escape(top)}</h1>\n<p><b>{escape(head)}.</b> {escape(lead)}</p>\n{HERO_SLOT}\n{COMPARISON}\n{RECS}\n'
                f'<div class="listing"><aside class="facets" aria-label="Filter">{facets(members)}</aside><div>\n'
                f'<div class="bar"><span>{len(members)} products</span><label>Sort by <select><option>Recommended</option>'
                f'<option>Price ↑</option><option>Price ↓</option><option>Newest</option></select></label></div>\n'
                + "\n".join(sections) + "\n</div></div>")
        structured = {"@context": "https://schema.org", "@type": "ItemList", "name": top,
                      "itemListElement": [{"@type": "ListItem", "position": place + 1, "url": product.url}
                                          for place, product in enumerate(members)]}
        return self.page("plp", f"/c/{handle(top)}", top, lead, main, top, members[0].image, structured)

    # ---- product ----

    def product(self, product):
        reviews, rating = product.reviews, product.rating
        sold_out = product.stock == 0
        carried = escape(json.dumps({"id": product.id, "title": product.title, "price": product.asked_cents / 100,
                                     "image": product.image, "url": product.url}, ensure_ascii=False))
        main = f"""<p class="crumbs"><a href="/">Home</a> / <a href="/c/{handle(product.top)}">{escape(product.top)}</a> / {escape(product.leaf)} / {escape(product.title)}</p>
<article class="product" id="product">
<div class="shots"><img src="{product.image}" alt="{escape(product.title)}" width="480" height="360">
<div class="thumbs">{''.join(f'<img src="{product.image}" alt="" width="88" height="66">' for _ in range(3))}</div></div>
<div><span class="brand">{escape(product.brand)}</span><h1>{escape(product.title)}</h1>
{star_line(rating, len(reviews)) if reviews else '<p class="stars">★ <small>New: be the first to review it</small></p>'}
<p class="price">{price_text(product)} <small>incl. VAT, plus delivery</small></p>
<form data-product="{carried}">
{swatches(product)}
{notes(product)}
<div class="buy"><button class="button" type="submit"{' disabled' if sold_out else ''}>{'Sold out' if sold_out else 'Add to cart'}</button>
<button class="button ghost" type="button" data-print="#product">Print</button></div></form>
<ul class="facts"><li>{'Back in about three weeks' if sold_out else 'In stock, leaves Kempten within a day'}</li><li>Free returns for 60 days</li><li>Repaired by us, for life</li></ul>
<p>{escape(product.description)}</p></div></article>
{GUIDE}
{COMPARISON}
{RECS}
{BOUGHT_WITH}
<div class="more"><section><h2>Reviews</h2>
{''.join(f'<div class="review"><p class="stars">{"★" * stars}{"☆" * (5 - stars)}</p><p>{escape(text)}</p><cite>{escape(who)}</cite></div>' for stars, text, who in reviews) or '<p>No reviews yet.</p>'}
<h2 style="margin-top:1.4em">Questions</h2>
{''.join(f'<details><summary>{escape(question)}</summary><p>{escape(answer)}</p></details>' for question, answer in texts.QUESTIONS)}
</section><section><h2>Details</h2>{self.details(product)}
{size_guide(product)}
<details><summary>Embed this product</summary><p>Paste it into your page, right before the body ends:</p>
<textarea readonly rows="4" aria-label="Code to embed"><script src="https://tannenhaeher.example/embed.js" data-product="{product.id}"></script>
</body></textarea></details></section></div>"""
        return self.page("pdp", product.url, product.title, describe(product)[0], main, product.top, product.image,
                         self.structured(product, reviews, rating))

    def details(self, product):
        weight = f"{product.grams / 1000:.2f} kg" if product.grams >= 1000 else f"{product.grams} g"
        rows = [("Brand", product.brand), ("Kind", product.leaf), ("Weight", weight),
                ("Good for", ", ".join(product.tags) or "everything outside"), ("Article", product.id.upper()),
                ("Made in", Dice(product.grams).one_of(("Germany", "Portugal", "Norway", "Vietnam", "Czechia", "日本 (Japan)")))]
        if product.compatible:
            rows.append(("Fits with", ", ".join(self.by_id[name].title for name in product.compatible)))
        return "<table>" + "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows) + "</table>"

    def structured(self, product, reviews, rating):
        data = {"@context": "https://schema.org", "@type": "Product", "sku": product.id, "name": product.title,
                "brand": {"@type": "Brand", "name": product.brand}, "image": product.image,
                "description": product.description,
                "category": f"{product.top} > {product.leaf}",
                "offers": {"@type": "Offer", "price": money(product.asked_cents), "priceCurrency": "EUR", "url": product.url,
                           "availability": "https://schema.org/" + ("InStock" if product.stock else "OutOfStock")}}
        if reviews:
            data["aggregateRating"] = {"@type": "AggregateRating", "ratingValue": round(rating, 1), "reviewCount": len(reviews)}
            data["review"] = [{"@type": "Review", "author": {"@type": "Person", "name": who}, "reviewBody": text,
                               "reviewRating": {"@type": "Rating", "ratingValue": stars}} for stars, text, who in reviews]
        return data

    # ---- cart and search ----

    def cart(self):
        main = f"""<p class="crumbs"><a href="/">Home</a> / Cart</p>
<h1>Your cart</h1>
<section id="cart"><p class="empty">Nothing in here yet. The <a href="/c/packs" style="text-decoration:underline">packs</a> are a good start.</p>
<div class="cart-lines" hidden></div>
<div class="cart-sum" hidden><span>Total <span class="sum"></span></span><button class="button checkout" type="button">Check out</button></div></section>
{MESSAGES}
{BOUGHT_WITH}
{UPSELL}
{RECS}
<div class="journal">{''.join(f"<article><h3>{escape(question)}</h3><p>{escape(answer)}</p></article>" for question, answer in texts.QUESTIONS)}</div>"""
        line = ('<template id="cart-line"><div class="cart-line"><img alt="" width="92" height="69"><div><a class="title"></a></div>'
                '<span class="quantity"></span><button type="button">Remove</button></div></template>')
        return self.page("cart", "/cart", "Cart", "What you have chosen so far.", main, templates=line)

    def search(self):
        index = [[product.id, product.title, product.brand, money(product.asked_cents), product.leaf] for product in self.products]
        listed = json.dumps(index, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        main = f"""<p class="crumbs"><a href="/">Home</a> / Search</p>
<h1 id="search-title">Search</h1>
<ul class="grid" id="search-results"></ul>
{RECS}"""
        card_template = ('<template id="search-card"><li class="card"><a><img alt="" width="480" height="360" loading="lazy"><div>'
                         '<span class="brand"></span><h3></h3><span class="price"></span></div></a></li></template>')
        return self.page("search", "/search", "Search", "Search the whole shop.", main,
                         templates=f'{card_template}\n<script type="application/json" id="search-index">{listed}</script>')


def card(product):
    badge = '<span class="badge new">New</span>' if product.is_new else '<span class="badge">Sold out</span>' if not product.stock else ""
    return (f'<li class="card"><a href="{product.url}"><img src="{product.image}" alt="" width="480" height="360" loading="lazy">{badge}'
            f'<div><span class="brand">{escape(product.brand)}</span><h3>{escape(product.title)}</h3>'
            f'<span class="price">{price_text(product)}</span></div></a></li>')


def price_text(product):
    return f"{money(product.asked_cents)} € <s>{product.price} €</s>" if product.on_sale else f"{product.price} €"


def facets(members):
    def field(legend, values):
        rows = "".join(f'<label><input type="checkbox"> {escape(value)} <small>{values.count(value)}</small></label>'
                       for value in dict.fromkeys(values))
        return f"<fieldset><legend>{legend}</legend>{rows}</fieldset>"
    return (field("Kind", [product.leaf for product in members]) + field("Brand", [product.brand for product in members])
            + field("Good for", [tag for product in members for tag in product.tags]))


def swatches(product):
    if not product.variants:
        return ""
    chosen = next((name for name, stock in product.variants if stock), None)
    options = "".join(
        f'<label><input type="radio" name="variant" value="{product.id}-{handle(name)}"{" checked" if name == chosen else ""}'
        f'{"" if stock else " disabled"}><span>{escape(name)}</span></label>' for name, stock in product.variants)
    return f'<fieldset class="swatches"><legend>Choose</legend>{options}</fieldset>'


def notes(product):
    lines = []
    if product.age_min:
        lines.append(f"Sold to people of {product.age_min} and over only. We check at the door.")
    if product.countries:
        lines.append("Delivered to " + ", ".join(product.countries) + " only.")
    if product.countries_blocked:
        lines.append("Cannot be shipped to " + ", ".join(product.countries_blocked) + ".")
    return "".join(f'<p class="warn">{line}</p>' for line in lines)


def star_line(rating, count):
    full = round(rating)
    return f'<p class="stars">{"★" * full}{"☆" * (5 - full)} <small>{rating:.1f} · {count} reviews</small></p>'


def size_guide(product):
    kind = SIZES.get(product.shape)
    if kind is None:
        return ""
    if kind == "EU":
        head, rows = ("EU", "UK", "US", "cm"), [(size, f"{size - 33:g}", f"{size - 32:g}", f"{size * 0.667 - 1.5:.1f}")
                                                for size in range(38, 46)]
    else:
        head, rows = ("Size", "Chest", "Waist", "Hip"), [(name, f"{84 + 6 * step} cm", f"{68 + 6 * step} cm", f"{88 + 6 * step} cm")
                                                         for step, name in enumerate(("XS", "S", "M", "L", "XL"))]
    cells = "".join("<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>" for row in rows)
    return (f'<details><summary>Size guide</summary><table><tr>{"".join(f"<th>{name}</th>" for name in head)}</tr>{cells}</table>'
            f"</details>")
