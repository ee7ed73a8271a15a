"""What a shopper does with products: cart, checkout, thanks; what is kept for later, what is compared, what is asked."""

import json
from html import escape

from . import texts
from .catalogue import price_shown
from .listing import tops
from .pages import BOUGHT_WITH, MESSAGES, RECS, UPSELL, card
from .product import fact, facts, option

COUNTRIES = (("DE", "Germany"), ("AT", "Austria"), ("CH", "Switzerland"), ("FR", "France"), ("GB", "United Kingdom"), ("US", "United States"))
# field, label, type, autocomplete, the most letters
FIELDS = (("email", "E-mail", "email", "email", 120), ("name", "Name", "text", "name", 80), ("street", "Street and number", "text", "street-address", 120),
          ("postcode", "Postcode", "text", "postal-code", 12), ("city", "Town", "text", "address-level2", 60))
CRUMBS = '<p class="crumbs"><a href="/">Home</a> / '


def chosen(line):
    """The variant beside the title, with the name of what was chosen."""
    return f'<p class="chosen"><span>{option(line.product)}</span>: <span>{escape(line.variant)}</span></p>' if line.variant else ""


def events(*told):
    """What the page itself tells when it is opened."""
    text = json.dumps(list(told), ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/json" data-dynstore-events>{text}</script>'


def items(basket):
    return [{"item_id": line.product.id, "quantity": line.quantity, "price": line.product.asked_cents / 100} for line in basket.lines]


def sums(basket):
    delivery = price_shown(basket.delivery_cents) if basket.delivery_cents else "free"
    return (f'<dl class="sums"><div><dt>Goods</dt><dd>{price_shown(basket.goods_cents)}</dd></div>'
            f'<div><dt>Delivery</dt><dd>{delivery}</dd></div>'
            f'<div class="total"><dt>Total, with VAT</dt><dd>{price_shown(basket.total_cents)}</dd></div></dl>')


# ---- cart ----

def cart_line(line):
    title = f"{escape(line.product.title)}{f', <span>{escape(line.variant)}</span>' if line.variant else ''}"
    numbers = "".join(f"<option{' selected' if number == line.quantity else ''}>{number}</option>" for number in range(1, line.most + 1))
    few = f'<p class="few">Only {line.most} in stock</p>' if line.quantity == line.most < 5 else ""
    return (f'<li class="cart-line" data-line="{line.id}" data-product="{line.product.id}" data-quantity="{line.quantity}"><a href="{line.url}" tabindex="-1" aria-hidden="true"><img src="{line.image}" alt="" width="92" height="69"></a>'
            f'<div><a class="title" href="{line.url}">{escape(line.product.title)}</a>{chosen(line)}{few}</div>'
            f'<form class="quantity" method="post" action="/cart/change"><input type="hidden" name="id" value="{line.id}">'
            f'<label><span class="hidden-text"><span>Quantity</span>: {title}</span><select name="quantity">{numbers}</select></label>'
            f'<button class="quiet no-script" type="submit">Update<span class="hidden-text"> {title}</span></button></form>'
            f'<b class="line-price">{price_shown(line.cents)}</b>'
            f'<form class="remove" method="post" action="/cart/change"><input type="hidden" name="id" value="{line.id}"><input type="hidden" name="quantity" value="0">'
            f'<button class="quiet" type="submit">Remove<span class="hidden-text"> {title}</span></button></form></li>')


def cart(pages, basket, notice=""):
    if basket.lines:
        content = (f'<ul class="cart-lines">{"".join(map(cart_line, basket.lines))}</ul>\n<div class="cart-sum">{sums(basket)}'
                   f'<a class="button checkout" href="/checkout">Check out</a></div>')
    else:
        content = f'<p class="empty">Nothing in here yet. These are good places to start:</p>\n<ul class="tags">{tops(pages)}</ul>'
    main = f"""{CRUMBS}<span>Cart</span></p>
<h1>Your cart</h1>
<p class="notice-line" role="status">{notice}</p>
<section id="cart" aria-label="Cart">{content}</section>
{MESSAGES}
{BOUGHT_WITH}
{UPSELL}
{RECS}
<div class="journal">{''.join(f"<article><h3>{escape(question)}</h3><p>{escape(answer)}</p></article>" for question, answer in texts.QUESTIONS)}</div>"""
    return pages.page("cart", "/cart", "Cart", "What you have chosen so far.", main, count=basket.count)


# ---- checkout ----

def summary(basket):
    lines = "".join(f'<li><span>{line.quantity} × <a href="{line.url}">{escape(line.product.title)}</a></span>{chosen(line)}'
                    f'<b>{price_shown(line.cents)}</b></li>' for line in basket.lines)
    return f'<ul class="order-lines">{lines}</ul>{sums(basket)}'


def problems(basket, given):
    """field -> what is wrong with it, in English. Nothing that was given is kept anywhere."""
    found = {field: "This is needed." for field, _, _, _, _ in FIELDS if not given.get(field, "").strip()}
    if "email" not in found and "@" not in given["email"]:
        found["email"] = "An e-mail address has an @ in it."
    country = given.get("country", "DE")
    if country not in dict(COUNTRIES):
        found["country"] = "Choose a country from the list."
    for line in basket.lines:
        product = line.product
        if country in product.countries_blocked or product.countries and country not in product.countries:
            found["country"] = f"<span>We may not send this there:</span> {escape(product.title)}"
    if any(line.product.age_min for line in basket.lines) and given.get("grown") != "yes":
        found["grown"] = "Something in the cart is sold to grown-ups only."
    return found


def field(name, label, kind, complete, most, given, wrong):
    said = f'<span class="wrong" id="{name}-wrong">{wrong[name]}</span>' if name in wrong else ""
    marks = f' aria-invalid="true" aria-describedby="{name}-wrong"' if name in wrong else ""
    return (f'<p class="field {name}"><label for="{name}">{label}</label><input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" '
            f'maxlength="{most}" required value="{escape(given.get(name, ""))}"{marks}>{said}</p>')


def checkout(pages, basket, given=None, wrong=None):
    given, wrong = given or {}, wrong or {}
    country = given.get("country", "DE")
    countries = "".join(f'<option value="{code}"{" selected" if code == country else ""}>{name}</option>' for code, name in COUNTRIES)
    said = f'<span class="wrong" id="country-wrong">{wrong["country"]}</span>' if "country" in wrong else ""
    marks = ' aria-invalid="true" aria-describedby="country-wrong"' if said else ""
    grown = ""
    if any(line.product.age_min for line in basket.lines):
        grown_wrong = f'<span class="wrong" id="grown-wrong">{wrong["grown"]}</span>' if "grown" in wrong else ""
        grown = (f'<p class="field grown"><label><input type="checkbox" name="grown" value="yes"{" checked" if given.get("grown") == "yes" else ""} required>'
                 f'<span>I am over 18</span></label>{grown_wrong}</p>')
    names = {name: label for name, label, _, _, _ in FIELDS} | {"country": "Country", "grown": "Age"}
    trouble = ("" if not wrong else '<div class="warn" role="alert"><p>Please look at this again:</p><ul>' + "".join(
        f'<li><a href="#{name}"><span>{names[name]}</span></a></li>' for name in wrong) + "</ul></div>")
    main = f"""{CRUMBS}<a href="/cart">Cart</a> / <span>Checkout</span></p>
<h1>Checkout</h1>
{trouble}
<div class="checkout-page"><section class="order" aria-label="Your order"><h2>Your order</h2>{summary(basket)}<p><a class="under" href="/cart">Change the cart</a></p></section>
<form class="address" method="post" action="/checkout">
<h2>Where shall it go?</h2>
{''.join(field(*row, given, wrong) for row in FIELDS)}
<p class="field country"><label for="country">Country</label><select id="country" name="country" autocomplete="country"{marks}>{countries}</select>{said}</p>
{grown}
<p class="small">This shop is a sample: nothing is charged, nothing is sent, and nothing of this is kept.</p>
<button class="button" type="submit">Place the order</button></form></div>"""
    return pages.page("checkout", "/checkout", "Checkout", "Where your order goes.", main, count=basket.count)


def thanks(pages, number, basket):
    told = events({"event": "purchase", "transaction_id": number, "currency": "EUR", "value": basket.goods_cents / 100, "items": items(basket)})
    main = f"""{CRUMBS}<span>Thank you</span></p>
<section id="thanks" aria-label="Your order"><h1>Thank you!</h1>
<p><span>Your order has the number</span> <b class="number">{number}</b>. Nothing was charged: this shop is a sample.</p>
{summary(basket)}
<p><a class="button" href="/">Go on looking</a></p></section>
{RECS}
{told}"""
    return pages.page("checkout", "/checkout/thanks", "Thank you", "Your order.", main)


# ---- kept, compared, asked ----

def wishlist(pages, kept, count=0):
    rows = "".join(card(product).removesuffix("</li>") + put_back("wishlist", product) + "</li>" for product in kept)
    main = f'{CRUMBS}<span>Saved for later</span></p>\n<h1>Saved for later</h1>\n' + (
        f'<ul class="grid">{rows}</ul>' if kept else f'<p class="empty">Nothing is saved yet.</p>\n<ul class="tags">{tops(pages)}</ul>')
    return pages.page("wishlist", "/wishlist", "Saved for later", "What you have saved for later.", main, count=count)


def put_back(use, product):
    event = ' data-dynstore-event="remove_from_wishlist"' if use == "wishlist" else ""
    return (f'<form method="post" action="/{use}/remove"><input type="hidden" name="id" value="{product.id}"><button class="quiet" type="submit"{event} '
            f'data-dynstore-item="{product.id}">Remove<span class="hidden-text"> {escape(product.title)}</span></button></form>')


def compare(pages, compared, count=0):
    told = [facts(pages, product) | {"Price": [price_shown(product.asked_cents)]} for product in compared]
    names = list(dict.fromkeys(name for one in told for name in one))
    head = "".join(f'<th scope="col"><a href="{product.url}"><img src="{product.image}" alt="" width="160" height="120">{escape(product.title)}</a>'
                   f'{put_back("compare", product)}</th>' for product in compared)
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th>' + "".join(f'<td>{fact(one.get(name, ["–"]))}</td>' for one in told) + "</tr>"
                   for name in names)
    main = f'{CRUMBS}<span>Compare</span></p>\n<h1>Side by side</h1>\n' + (
        f'<div class="compare" tabindex="0" role="region" aria-label="Side by side"><table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        if compared else f'<p class="empty">Nothing to compare yet.</p>\n<ul class="tags">{tops(pages)}</ul>')
    return pages.page("compare", "/compare", "Side by side", "Products side by side.", main, count=count)


def asked(pages, product, count=0):
    """The question may be about no product: the form at the foot of each page."""
    url, title = (product.url, escape(product.title)) if product else ("/", "Tannenhäher")
    main = (f'{CRUMBS}<a href="{url}">{title}</a></p>\n<h1>Thank you for asking</h1>\n'
            f'<p class="answer">This shop is a sample, and nobody reads along. Otherwise we would write to you within a day.</p>\n'
            f'<p><a class="button" href="{url}"><span>Back to</span> {title}</a></p>')
    return pages.page("question", "/question", "Thank you for asking", "Your question.", main, count=count)


def missing(pages, count=0):
    main = (f'{CRUMBS}<span>Not found</span></p>\n<h1>There is nothing here</h1>\n<p class="empty">Perhaps it was sold, or the address has a slip in it. '
            f'These are good places to start:</p>\n<ul class="tags">{tops(pages)}</ul>')
    return pages.page("missing", "/", "Not found", "Nothing is at this address.", main, count=count)
