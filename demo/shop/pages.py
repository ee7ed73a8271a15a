"""The shop's pages as a theme would render them: static HTML with the placeholders of the personalized blocks."""

import json
import zlib
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote_plus

from . import help_pages, texts
from .catalogue import handle, price_shown

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
RECS, BOUGHT_WITH, HERO_SLOT, COMPARISON, GUIDE, MESSAGES, UPSELL = (
    f"<!--dynstore:{slot}-->" for slot in ("recs", "bought_with", "hero", "comparison", "guide", "messages", "upsell"))
SURFACES = ("home", "plp", "pdp", "cart", "search", "checkout")

DEPARTMENTS = (
    ("trail", "On the trail", ("Packs", "Footwear", "Navigation", "Essentials"), "Three weeks, one pack"),
    ("camp", "Camp", ("Tents", "Sleeping", "Cooking", "Lights", "Family"), "A roof that travels"),
    ("clothing", "Clothing", ("Jackets", "Layers"), "Dry outside, warm inside"),
    ("rock", "Rock and snow", ("Climbing", "Winter"), "Where the path ends"),
)
HERO = """<section class="hero"><picture><source media="(prefers-color-scheme:dark)" srcset="/img/scene-night.svg"><img src="/img/scene-dawn.svg" alt=""
width="1600" height="900" fetchpriority="high"></picture><div><p class="eyebrow">Autumn on the long paths</p><h2>Out there, with less on your mind</h2><p>Gear for day walks,
long treks and the first tent of a small person. Tried, mended and recommended by people who go.</p><a class="button light" href="/c/tents">See the tents</a></div></section>"""
FACTS = (("truck", "Free from €80", "and two days on the way", "delivery"), ("needle", "Repaired for life", "in our own workshop", "repairs"),
         ("leaf", "60 days to try", "outside, not in the hall", "delivery"), ("boot", "People who go", "answer within a day", "contact"))


class Pages:
    def __init__(self, products):
        self.products = products
        self.by_id = {product.id: product for product in products}
        self.tops = {}
        for product in products:
            self.tops.setdefault(product.top, []).append(product)
        self.template = Template((TEMPLATES / "page.html").read_text(encoding="utf-8"))
        self.version = f"{zlib.crc32(b''.join(path.read_bytes() for path in assets())):08x}"
        self.drawer = (TEMPLATES / "drawer.html").read_text(encoding="utf-8").strip()
        self.languages = "".join(f'<li><a hreflang="{code}" lang="{code}" href="?lang={code}">{name}</a></li>'
                                 for code, name in texts.LANGUAGES)
        self.categories = "".join(f'<li><a href="/c/{handle(top)}">{escape(top)}</a></li>' for top in self.tops)
        self.help = "".join(f'<li><a href="/help/{name}">{escape(title)}</a></li>' for name, title in help_pages.TITLES)
        self.menu = self.small_menu()

    def page(self, surface, path, title, description, main, top="", image="/img/trail-pack-30.svg", structured=None, *, item="",
             query="", count=0):
        data = structured or {"@context": "https://schema.org", "@type": "WebSite", "name": texts.SHOP,
                              "url": "https://tannenhaeher.example/"}
        linked = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
        return self.template.substitute(
            title=escape(f"{title} – {texts.SHOP}"), description=escape(description), path=path, image=image,
            version=self.version, menu=self.menu, categories=self.categories, help=self.help,
            structured=f'<script type="application/ld+json">\n{linked}\n</script>', surface=surface, tells=tells(surface, item), nav=self.nav(top),
            main=main, languages=self.languages, templates=self.drawer, query=escape(query), count=count or "")

    # ---- menus: popovers that buttons open, without a script ----

    def nav(self, current):
        """The departments; below each its categories, and the kinds of each."""
        entries = []
        for name, words, tops, line in DEPARTMENTS:
            columns = "".join(self.column(top, current) for top in tops)
            picture = f"/img/scene-{handle(tops[0])}.svg"
            entries.append(
                f'<li><button type="button" popovertarget="mega-{name}"{" class=current" if current in tops else ""}>{words}</button>'
                f'<div class="mega" id="mega-{name}" popover><div class="wrap"><div class="mega-columns">{columns}</div>'
                f'<a class="mega-picture" href="/c/{handle(tops[0])}"><img src="{picture}" alt="" width="320" height="180" loading="lazy">'
                f"<span>{line}</span></a></div></div></li>")
        return "\n".join(entries)

    def column(self, top, current):
        mark = ' aria-current="page"' if top == current else ""
        path = f"/c/{handle(top)}"
        leaves = "".join(f'<li><a href="{path}?kind={quote_plus(leaf)}">{escape(leaf)}</a></li>'
                         for leaf in dict.fromkeys(product.leaf for product in self.tops[top]))
        return f'<div><p><a href="{path}"{mark}>{escape(top)}</a></p><ul>{leaves}</ul></div>'

    def small_menu(self):
        """That of narrow screens."""
        parts = "".join(
            f'<p>{words}</p><ul>' + "".join(f'<li><a href="/c/{handle(top)}"><img src="{self.tops[top][1].image}" alt="" width="64" height="48" '
                                            f'loading="lazy">{escape(top)}</a></li>' for top in tops) + "</ul>"
            for _, words, tops, _ in DEPARTMENTS)
        return (f'<nav class="small-menu" id="menu" popover aria-label="Menu"><button class="quiet close" type="button" popovertarget="menu" '
                f'popovertargetaction="hide" aria-label="Close the menu">✕</button>{parts}</nav>')

    # ---- home ----

    def home(self):
        facts = "".join(f'<li><a href="/help/{page}"><span class="icon icon-{icon}" aria-hidden="true"></span><span><b>{head}</b> '
                        f"<small>{line}</small></span></a></li>" for icon, head, line, page in FACTS)
        tiles = "\n".join(f'<li><a href="/c/{handle(top)}"><span class="tile-picture"><img class="tile-scene" src="/img/scene-{handle(top)}.svg" alt="" width="320" '
                          f'height="180" loading="lazy"><img src="{members[1].image}" alt="" width="240" height="180" loading="lazy"></span>'
                          f"<span>{escape(top)}</span></a></li>" for top, members in self.tops.items())
        new = "\n".join(card(product) for product in self.products if product.is_new)
        journal = "\n".join(
            f'<article><img src="/img/scene-journal-{place}.svg" alt="" width="400" height="225" loading="lazy"><h3>{escape(head)}</h3>'
            f"<p>{escape(text)}</p></article>" for place, (head, text) in enumerate(texts.JOURNAL, 1))
        main = f"""<h1 class="hidden-text">Gear for outside, from Kempten im Allgäu</h1>
{HERO_SLOT}{HERO}
<ul class="promises">{facts}</ul>
{GUIDE}
{COMPARISON}
{RECS}
<section class="part" aria-labelledby="tops"><h2 id="tops">What are you looking for?</h2>
<ul class="tiles">
{tiles}
</ul></section>
<section class="part workshop"><div class="workshop-picture"><img src="/img/scene-workshop.svg" alt="" width="800" height="450" loading="lazy">
<img src="/img/trail-pack-30-brick.svg" alt="" width="480" height="360" loading="lazy"><img src="/img/gratwanderer.svg" alt="" width="480" height="360" loading="lazy"></div><div><p class="eyebrow">Our workshop</p>
<h2>Mended is better than new</h2><p>Four people, two sewing machines and a press for soles. Bring what hurts, or send it: most repairs cost less than €20.</p>
<a class="button ghost" href="/help/repairs">How repairs work</a></div></section>
<section class="part" aria-labelledby="new"><h2 id="new">New this week</h2>
<ul class="grid row">
{new}
</ul></section>
<section class="part" aria-labelledby="journal"><h2 id="journal">From the journal</h2>
<div class="journal">
{journal}
</div></section>"""
        return self.page("home", "/", "Gear for outside", "Packs, tents, boots and climbing gear from Kempten im Allgäu.", main)


def tells(surface, item):
    """What dynstore.js reads of a page that has no block."""
    if surface not in SURFACES:
        return ""
    return f' data-dynstore-surface="{surface}"' + (f' data-dynstore-page-item="{item}"' if item else "")


def assets():
    """Scripts and stylesheets as pages name them: /assets/."""
    return sorted((*TEMPLATES.glob("*.js"), *TEMPLATES.glob("*.css")))


def banner(name, title, lead):
    """The head of a page over a landscape."""
    return (f'<header class="banner"><img src="/img/scene-{name}.svg" alt="" width="1600" height="900"><div><h1>{title}</h1><p>{lead}</p></div></header>')


def card(product):
    badge = ""
    if not product.stock:
        badge = '<span class="badge gone">Sold out</span>'
    elif product.on_sale:
        badge = f'<span class="badge sale">−{round(100 - 100 * product.asked_cents / product.price_cents)} %</span>'
    elif product.is_new:
        badge = '<span class="badge new">New</span>'
    dots = ""
    if product.variants_are_colours:
        dots = '<span class="card-colours">' + "".join(f'<i class="dot dot-{handle(name)}"></i>' for name, _ in product.variants) + (
            f'<span class="hidden-text">{len(product.variants)} colours</span></span>')
    rating = (f'<span class="card-rating"><span aria-hidden="true">★</span> {product.rating:.1f} <small>({len(product.reviews)})</small></span>'
              if product.reviews else "")
    return (f'<li class="card"><a href="{product.url}"><span class="card-picture"><img src="{product.image}" alt="" width="480" height="360" '
            f'loading="lazy"></span>{badge}<span class="card-text"><span class="brand">{escape(product.brand)}</span>'
            f'<span class="card-title">{escape(product.title)}</span>{rating}'
            f'<span class="price">{price_text(product)}</span>{dots}</span></a></li>')


def price_text(product):
    asked = price_shown(product.asked_cents)
    return f"{asked} <s>{price_shown(product.price_cents)}</s>" if product.on_sale else asked


def star_line(rating, count):
    full = round(rating)
    return f'<p class="stars">{"★" * full}{"☆" * (5 - full)} <small>{rating:.1f} · {count} reviews</small></p>'
