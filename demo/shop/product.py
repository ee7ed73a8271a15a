"""A product's page: pictures, choice, facts, reviews."""

import json
from html import escape

from . import texts
from .attributes import describe
from .catalogue import handle, money
from .dice import Dice
from .images import VIEWS
from .pages import BOUGHT_WITH, COMPARISON, GUIDE, RECS, price_text, star_line

SIZES = {"boot": "EU", "shoe": "EU", "climbshoe": "EU", "jacket": "cut", "puffer": "cut", "fleece": "cut", "shirt": "cut",
         "trousers": "cut"}
MOST_CHOOSABLE = 5


def page(pages, product):
    sold_out = product.stock == 0
    reviews = product.reviews
    main = f"""<p class="crumbs"><a href="/">Home</a> / <a href="/c/{handle(product.top)}">{escape(product.top)}</a> / <span>{escape(product.leaf)}</span> / {escape(product.title)}</p>
<article class="product" id="product">
{pictures(product)}
<div><span class="brand">{escape(product.brand)}</span><h1>{escape(product.title)}</h1>
{star_line(product.rating, len(reviews)) if reviews else '<p class="stars">★ <small>New: be the first to review it</small></p>'}
<p class="price">{price_text(product)} <small>incl. VAT, plus delivery</small></p>
<form class="choose" method="post" action="/cart/add" data-dynstore-item="{product.id}">
<input type="hidden" name="id" value="{product.id}">
{swatches(product)}
{notes(product)}
<div class="buy">{quantity(product)}<button class="button" type="submit"{' disabled' if sold_out else ''}>{'Sold out' if sold_out else 'Add to cart'}</button></div></form>
<div class="aside">{keep_button("wishlist", product, "♡", "Save for later")}{keep_button("compare", product, "⇄", "Compare")}
<button class="quiet needs-script" type="button" data-print>Print</button></div>
<ul class="facts"><li>{'Back in about three weeks' if sold_out else 'In stock, leaves Kempten within a day'}</li><li><a href="/help/delivery" data-dynstore-event="page_view" data-dynstore-item_list_id="returns"
data-dynstore-item="{product.id}">Free returns for 60 days</a></li><li>Repaired by us, for life</li></ul>
<p>{escape(product.description)}</p></div></article>
{GUIDE}
{COMPARISON}
{RECS}
{BOUGHT_WITH}
<div class="more"><section><h2>Reviews</h2>
{''.join(f'<div class="review"><p class="stars"><span role="img" aria-label="{stars} of 5 stars">{"★" * stars}{"☆" * (5 - stars)}</span></p><p>{escape(text)}</p><cite>{escape(who)}</cite></div>' for stars, text, who in reviews) or '<p>No reviews yet.</p>'}
<h2 class="next">Questions</h2>
{''.join(f'<details><summary>{escape(question)}</summary><p>{escape(answer)}</p></details>' for question, answer in texts.QUESTIONS)}
{ask(product)}
</section><section><h2>Details</h2>{details(pages, product)}
{size_guide(product)}
<details><summary>Embed this product</summary><p>Paste it into your page, right before the body ends:</p>
<textarea readonly rows="4" aria-label="Code to embed"><script src="https://tannenhaeher.example/embed.js" data-product="{product.id}"></script>
</body></textarea></details></section></div>"""
    return pages.page("pdp", product.url, product.title, describe(product)[0], main, product.top, product.image,
                      structured(product), item=product.id)


# ---- pictures and choice ----

def pictures(product):
    """One for each colour. Which one shows follows the chosen variant, by the stylesheet alone: pages.css."""
    names = [name for name, _ in product.variants] if product.variants_are_colours else [""]
    several = len(names) > 1
    shots = "".join(
        f'<a class="shot" href="{product.picture(name)}" data-zoom data-dynstore-event="zoom" data-dynstore-item="{product.id}">'
        f'<img src="{product.picture(name)}" alt="{escape(product.title)}{", " + escape(name) if name else ""}" width="480" height="360"'
        f'{" loading=" + chr(34) + "lazy" + chr(34) if place else ""}></a>' for place, name in enumerate(names))
    thumbs = "".join(f'<label for="{product.variant_id(name)}"><img src="{product.picture(name)}" alt="" width="88" height="66">'
                     f'<span class="hidden-text">Show it in {escape(name)}</span></label>'
                     for name in names) if several else ""
    return (f'<div class="shots{" by-colour" if several else ""}"><div class="shot-row">{shots}</div>'
            f'{f"<div class={chr(34)}thumbs{chr(34)}>{thumbs}</div>" if several else ""}<div class="views">{views(product)}</div></div>')


def views(product):
    return "".join(f'<a href="{product.view(name)}" data-zoom data-dynstore-event="zoom" data-dynstore-item="{product.id}"><img src="{product.view(name)}" '
                   f'alt="{escape(product.title)}, {words}" width="480" height="360" loading="lazy"></a>' for name, words in VIEWS)


def option(product):
    """What a product's variants are: the legend that shoppers read."""
    return "Colour" if product.variants_are_colours else "Size" if product.variants_are_sizes else "Zip"


def swatches(product):
    if not product.variants:
        return ""
    chosen = next((name for name, stock in product.variants if stock), None)
    dots, field = product.variants_are_colours, option(product).lower()
    options = "".join(
        f'<label><input type="radio" name="variant" id="{product.variant_id(name)}" value="{name}" data-dynstore-option="{field}"'
        f'{" checked" if name == chosen else ""}{"" if stock else " disabled"}>'
        f'<span>{f"<i class={chr(34)}dot dot-{handle(name)}{chr(34)}></i>" if dots else ""}{escape(name)}'
        f'{"" if stock else f"<span class={chr(34)}hidden-text{chr(34)}>, sold out</span>"}</span></label>'
        for name, stock in product.variants)
    return f'<fieldset class="swatches"><legend>{option(product)}</legend>{options}</fieldset>'


def quantity(product):
    if not product.stock:
        return ""
    options = "".join(f"<option>{number}</option>" for number in range(1, min(MOST_CHOOSABLE, product.stock) + 1))
    return f'<label class="many"><span class="hidden-text">Quantity</span><select name="quantity">{options}</select></label>'


def keep_button(use, product, sign, words):
    event = {"wishlist": "add_to_wishlist", "compare": "compare"}[use]
    return (f'<form method="post" action="/{use}/add"><input type="hidden" name="id" value="{product.id}"><button class="quiet" type="submit" '
            f'data-keep="{use}" data-dynstore-event="{event}" data-dynstore-item="{product.id}"><span aria-hidden="true">{sign}</span> {words}</button></form>')


def ask(product):
    return (f'<form class="ask" method="post" action="/question" data-dynstore-item="{product.id}">'
            f'<input type="hidden" name="id" value="{product.id}"><label>Ask us about it<textarea name="question" rows="2" maxlength="500" data-dynstore-question '
            f'required></textarea></label><button class="button ghost" type="submit">Send the question</button></form>')


def notes(product):
    lines = []
    if product.age_min:
        lines.append(f"Sold to people of {product.age_min} and over only. We check at the door.")
    if product.countries:
        lines.append("Delivered to " + ", ".join(product.countries) + " only.")
    if product.countries_blocked:
        lines.append("Cannot be shipped to " + ", ".join(product.countries_blocked) + ".")
    return "".join(f'<p class="warn">{line}</p>' for line in lines)


# ---- facts ----

def facts(pages, product):
    """name -> values of what can be said of every product, so that products can stand side by side."""
    weight = f"{product.grams / 1000:.2f} kg" if product.grams >= 1000 else f"{product.grams} g"
    made = Dice(product.grams).one_of(("Germany", "Portugal", "Norway", "Vietnam", "Czechia", "日本 (Japan)"))
    told = {"Brand": [product.brand], "Kind": [product.leaf], "Weight": [weight], "Good for": product.tags,
            "Article": [product.id.upper()], "Made in": [made]}
    if product.compatible:
        told["Fits with"] = [pages.by_id[name].title for name in product.compatible]
    return told


def fact(values):
    return ", ".join(f"<span>{escape(value)}</span>" for value in values)


def details(pages, product):
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{fact(values)}</td></tr>' for name, values in facts(pages, product).items())
    return f"<table>{rows}</table>"


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
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    return (f'<details><summary data-dynstore-event="size_guide" data-dynstore-item="{product.id}">Size guide</summary>'
            f"<table><thead><tr>{names}</tr></thead><tbody>{cells}</tbody></table></details>")


def structured(product):
    reviews = product.reviews
    data = {"@context": "https://schema.org", "@type": "Product", "sku": product.id, "name": product.title,
            "brand": {"@type": "Brand", "name": product.brand}, "image": product.image,
            "description": product.description,
            "category": f"{product.top} > {product.leaf}",
            "offers": {"@type": "Offer", "price": money(product.asked_cents), "priceCurrency": "EUR", "url": product.url,
                       "availability": "https://schema.org/" + ("InStock" if product.stock else "OutOfStock")}}
    if reviews:
        data["aggregateRating"] = {"@type": "AggregateRating", "ratingValue": round(product.rating, 1), "reviewCount": len(reviews)}
        data["review"] = [{"@type": "Review", "author": {"@type": "Person", "name": who}, "reviewBody": text,
                           "reviewRating": {"@type": "Rating", "ratingValue": stars}} for stars, text, who in reviews]
    return data
