"""The shop's pages as a theme would render them: static HTML with the placeholders of the personalized blocks."""

import json
from html import escape
from pathlib import Path
from string import Template

from . import texts
from .catalogue import handle, price_shown

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
RECS, BOUGHT_WITH, HERO_SLOT, COMPARISON, GUIDE, MESSAGES, UPSELL = (
    f"<!--dynstore:{slot}-->" for slot in ("recs", "bought_with", "hero", "comparison", "guide", "messages", "upsell"))
SURFACES = ("home", "plp", "pdp", "cart", "search", "checkout")

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
        self.drawer = (TEMPLATES / "drawer.html").read_text(encoding="utf-8").strip()
        self.languages = "".join(f'<li><a hreflang="{code}" lang="{code}" href="/?lang={code}">{name}</a></li>'
                                 for code, name in texts.LANGUAGES)

    def page(self, surface, path, title, description, main, top="", image="/img/trail-pack-30.svg", structured=None, *, item="",
             query="", count=0):
        data = structured or {"@context": "https://schema.org", "@type": "WebSite", "name": texts.SHOP,
                              "url": "https://tannenhaeher.example/"}
        linked = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
        return self.template.substitute(
            title=escape(f"{title} – {texts.SHOP}"), description=escape(description), path=path, image=image, css=self.css,
            structured=f'<script type="application/ld+json">\n{linked}\n</script>', surface=surface, tells=tells(surface, item), nav=self.nav(top),
            main=main, languages=self.languages, templates=self.drawer, query=escape(query), count=count or "")

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


def tells(surface, item):
    """What dynstore.js reads of a page that has no block."""
    if surface not in SURFACES:
        return ""
    return f' data-dynstore-surface="{surface}"' + (f' data-dynstore-page-item="{item}"' if item else "")


def card(product):
    badge = '<span class="badge new">New</span>' if product.is_new else '<span class="badge">Sold out</span>' if not product.stock else ""
    return (f'<li class="card"><a href="{product.url}"><img src="{product.image}" alt="" width="480" height="360" loading="lazy">{badge}'
            f'<div><span class="brand">{escape(product.brand)}</span><h3>{escape(product.title)}</h3>'
            f'<span class="price">{price_text(product)}</span></div></a></li>')


def price_text(product):
    asked = price_shown(product.asked_cents)
    return f"{asked} <s>{price_shown(product.price_cents)}</s>" if product.on_sale else asked


def star_line(rating, count):
    full = round(rating)
    return f'<p class="stars">{"★" * full}{"☆" * (5 - full)} <small>{rating:.1f} · {count} reviews</small></p>'
