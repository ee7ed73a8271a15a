"""The German pages: the English ones with the shop's own words replaced. Products keep their names and descriptions."""

import re
from html import escape

from . import german_frame, help_pages

# what stands in a page's markup, and what stands there in German
WORDS = (
    ('<html lang="en"', '<html lang="de"'),
    ("Skip to content", "Zum Inhalt"),
    ('aria-label="Search the shop"', 'aria-label="Im Shop suchen"'),
    (">Home</a> /", ">Start</a> /"),
    ("An outdoor shop from Kempten im Allgäu. We sell what we would carry ourselves, and mend what we sold.",
     "Ein Bergladen aus Kempten im Allgäu. Wir verkaufen, was wir selbst tragen würden, und flicken, was wir verkauft haben."),
    ("Prices include VAT", "Preise mit Mehrwertsteuer"),
    ("Out there, with less on your mind", "Draußen, mit weniger im Kopf"),
    ("See the tents", "Zu den Zelten"),
    ("What are you looking for?", "Was suchen Sie?"),
    ("New this week", "Neu in dieser Woche"),
    ("From the journal", "Aus dem Tagebuch"),
    ("incl. VAT, plus delivery", "mit MwSt., zuzüglich Versand"),
    (">Add to cart</button>", ">In den Warenkorb</button>"),
    (">Sold out</", ">Ausverkauft</"),
    ('<span class="badge new">New</span>', '<span class="badge new">Neu</span>'),
    ("Back in about three weeks", "In etwa drei Wochen wieder da"),
    ("In stock, leaves Kempten within a day", "Vorrätig, verlässt Kempten innerhalb eines Tages"),
    ("Free returns for 60 days", "60 Tage kostenlose Rückgabe"),
    ("Repaired by us, for life", "Von uns repariert, ein Leben lang"),
    ("<h2>Reviews</h2>", "<h2>Bewertungen</h2>"),
    ("<h2>Details</h2>", "<h2>Einzelheiten</h2>"),
    (">Size guide</summary>", ">Größentabelle</summary>"),
    ("<h1>Your cart</h1>", "<h1>Ihr Warenkorb</h1>"),
    # product
    (' of 5 stars"', ' von 5 Sternen"'),
    (" reviews</small>", " Bewertungen</small>"),
    ("<small>New: be the first to review it</small>", "<small>Neu: noch hat es niemand bewertet</small>"),
    ("<p>No reviews yet.</p>", "<p>Noch keine Bewertungen.</p>"),
    (", sold out</span>", ", ausverkauft</span>"),
    ("Show it in ", "Zeigen in "),
    ("</span> Save for later</button>", "</span> Merken</button>"),
    ("</span> Compare</button>", "</span> Vergleichen</button>"),
    (">Ask us about it<", ">Fragen Sie uns dazu<"),
    (">Send the question<", ">Frage senden<"),
    ("We check at the door.", "Wir prüfen es an der Tür."),
    ("Sold to people of ", "Nur für Leute ab "),
    (" and over only.", " Jahren."),
    ("Cannot be shipped to ", "Kein Versand nach "),
    ("Delivered to ", "Versand nur nach "),
    (" only.</p>", ".</p>"),
    ("Embed this product", "Dieses Produkt einbetten"),
    ("Paste it into your page, right before the body ends:", "In Ihre Seite einfügen, kurz bevor sie endet:"),
    ('aria-label="Code to embed"', 'aria-label="Code zum Einbetten"'),
    # lists and search
    ('aria-label="Filter and sort"', 'aria-label="Filtern und sortieren"'),
    ('aria-label="Products"', 'aria-label="Produkte"'),
    ('aria-label="More pages"', 'aria-label="Weitere Seiten"'),
    (">Take back</span>", ">Zurücknehmen:</span>"),
    (">Clear all filters<", ">Alle Filter löschen<"),
    (">Sort by</span>", ">Sortieren:</span>"),
    ("</b> products</p>", "</b> Produkte</p>"),
    ("</b> product</p>", "</b> Produkt</p>"),
    ("<h1>Results for <q>", "<h1>Ergebnisse für <q>"),
    ("<h1>All products</h1>", "<h1>Alle Produkte</h1>"),
    ("Nothing is called that. Try one word less, or look around here:", "So heißt hier nichts. Versuchen Sie es mit einem Wort weniger, oder sehen Sie hier nach:"),
    ("Nothing has all of these words. This has some of them:", "Nichts hat alle diese Wörter. Dieses hat einige davon:"),
    ("Nothing fits all of this. Take back one of the filters.", "Nichts passt zu allem. Nehmen Sie einen der Filter zurück."),
    ("<span>Up to €50</span>", "<span>bis 50 €</span>"),
    ("<span>€50 to €100</span>", "<span>50 € bis 100 €</span>"),
    ("<span>€100 to €200</span>", "<span>100 € bis 200 €</span>"),
    ("<span>€200 and more</span>", "<span>ab 200 €</span>"),
    ("Can it be repaired?", "Kann man es reparieren?"),
    ("Yes. Send it to our workshop in Kempten; most repairs cost less than €20.",
     "Ja. Schicken Sie es in unsere Werkstatt nach Kempten; meist kostet es weniger als 20 €."),
    ("How long does delivery take?", "Wie lange dauert der Versand?"),
    ("Two working days in Germany and Austria, three to five elsewhere in Europe.",
     "Zwei Werktage in Deutschland und Österreich, drei bis fünf im übrigen Europa."),
    ("Can I send it back after trying it outside?", "Kann ich es zurückschicken, wenn ich draußen damit war?"),
    ("Yes, within 60 days, if it is clean and nothing is broken.", "Ja, innerhalb von 60 Tagen, wenn es sauber ist und nichts kaputt."),
    ("Is it in the shop in Munich as well?", "Gibt es das auch im Laden in München?"),
    ("Usually. Call us before you travel: +49 89 5550 137.", "Meistens. Rufen Sie vorher an: +49 89 5550 137."),
    # what categories say of themselves, and pages to search engines
    ("Packs that sit close, from an after-work loop to three weeks in the fjell.",
     "Rucksäcke, die eng sitzen: von der Feierabendrunde bis zu drei Wochen im Fjell."),
    ("Domes, tarps and family houses, pitched and soaked in our own garden.",
     "Kuppeln, Tarps und Familienhäuser, im eigenen Garten aufgebaut und nass gemacht."),
    ("Bags, quilts and mats, honest about their temperatures.",
     "Schlafsäcke, Quilts und Matten mit ehrlichen Temperaturen."),
    ("Boots and trail shoes on lasts that we try on ourselves.",
     "Stiefel und Trailschuhe auf Leisten, die wir selbst anprobieren."),
    ("Shells for the rain, down for the cold, wind jackets for everything between.",
     "Hardshells für den Regen, Daune für die Kälte, Windjacken für alles dazwischen."),
    ("Merino, fleece and trousers that do not mind a third day.",
     "Merino, Fleece und Hosen, denen ein dritter Tag nichts ausmacht."),
    ("Shoes, harnesses and metal for gym, crag and long routes.",
     "Schuhe, Gurte und Eisen für Halle, Fels und lange Routen."),
    ("Stoves, pots, water and something decent to put in them.",
     "Kocher, Töpfe, Wasser und etwas Ordentliches hinein."),
    ("Headlamps and lanterns with lumens that were measured, not dreamt.",
     "Stirnlampen und Laternen mit gemessenen, nicht erträumten Lumen."),
    ("Maps, watches and the small red bag for when the way was hard.",
     "Karten, Uhren und die kleine rote Tasche für schwere Wege."),
    ("Snowshoes, axes and avalanche safety for the white half of the year.",
     "Schneeschuhe, Pickel und Lawinensicherheit für die weiße Hälfte des Jahres."),
    ("Chairs, coolers and carriers for those who bring everybody.",
     "Stühle, Kühlboxen und Kraxen für alle, die alle mitnehmen."),
    ("Poles, knives and the things one forgets to pack.",
     "Stöcke, Messer und was man gern vergisst."),
    ('content="Packs, tents, boots and climbing gear from Kempten im Allgäu."', 'content="Rucksäcke, Zelte, Stiefel und Kletterzeug aus Kempten im Allgäu."'),
    ('content="What you have chosen so far."', 'content="Was Sie bisher ausgesucht haben."'),
    ('content="Search the whole shop."', 'content="Im ganzen Laden suchen."'),
    ('"Gear for outside – ', '"Dinge für draußen – '), ('>Gear for outside – ', '>Dinge für draußen – '),
    # cart, checkout
    ("Nothing in here yet. These are good places to start:", "Noch nichts darin. Hier kann man gut anfangen:"),
    ('aria-label="Cart"', 'aria-label="Warenkorb"'),
    (">Update<", ">Ändern<"),
    (">Remove<", ">Entfernen<"),
    ("<p class=\"few\">Only ", "<p class=\"few\">Nur noch "),
    (" in stock</p>", " vorrätig</p>"),
    (">Total, with VAT<", ">Summe mit MwSt.<"),
    (">free</dd>", ">kostenlos</dd>"),
    (">Check out</a>", ">Zur Kasse</a>"),
    (">Open cart</a>", ">Zum Warenkorb</a>"),
    ('aria-label="Close the cart"', 'aria-label="Warenkorb schließen"'),
    ('aria-label="Larger picture"', 'aria-label="Größeres Bild"'),
    ('aria-label="Close the picture"', 'aria-label="Bild schließen"'),
    ("<h2 id=\"drawer-title\">Your cart<", "<h2 id=\"drawer-title\">Ihr Warenkorb<"),
    (">Where shall it go?<", ">Wohin soll es gehen?<"),
    (">Your order<", ">Ihre Bestellung<"),
    ('aria-label="Your order"', 'aria-label="Ihre Bestellung"'),
    (">Change the cart<", ">Warenkorb ändern<"),
    (">Place the order<", ">Bestellen<"),
    (">This is needed.<", ">Das brauchen wir.<"),
    (">An e-mail address has an @ in it.<", ">In einer E-Mail-Adresse steht ein @.<"),
    (">Choose a country from the list.<", ">Wählen Sie ein Land aus der Liste.<"),
    (">We may not send this there:<", ">Das dürfen wir dorthin nicht senden:<"),
    (">Something in the cart is sold to grown-ups only.<", ">Etwas im Warenkorb gibt es nur für Erwachsene.<"),
    (">I am over 18<", ">Ich bin über 18<"),
    (">Please look at this again:<", ">Bitte sehen Sie sich das noch einmal an:<"),
    (">This shop is a sample: nothing is charged, nothing is sent, and nothing of this is kept.<",
     ">Dies ist ein Beispielladen: nichts wird berechnet, nichts verschickt, und nichts davon wird aufbewahrt.<"),
    (">Thank you!<", ">Danke!<"),
    (">Your order has the number<", ">Ihre Bestellung hat die Nummer<"),
    ("Nothing was charged: this shop is a sample.", "Berechnet wurde nichts: dies ist ein Beispielladen."),
    (">Go on looking<", ">Weiter umsehen<"),
    # kept, compared, asked, not there
    (">Nothing is saved yet.<", ">Noch nichts gemerkt.<"),
    (">Nothing to compare yet.<", ">Noch nichts zu vergleichen.<"),
    (">Side by side<", ">Nebeneinander<"),
    ('aria-label="Side by side"', 'aria-label="Nebeneinander"'),
    (">Thank you for asking<", ">Danke für Ihre Frage<"),
    (">This shop is a sample, and nobody reads along. Otherwise we would write to you within a day.<",
     ">Dies ist ein Beispielladen, und niemand liest mit. Sonst würden wir Ihnen innerhalb eines Tages schreiben.<"),
    (">There is nothing here<", ">Hier ist nichts<"),
    ("Perhaps it was sold, or the address has a slip in it. These are good places to start:",
     "Vielleicht ist es verkauft, oder die Adresse hat einen Schreibfehler. Hier kann man gut anfangen:"),
    # what the cart says by itself
    ("The shop does not have this.", "Das gibt es hier nicht."),
    ("Please choose a size or a colour first.", "Bitte wählen Sie zuerst eine Größe oder eine Farbe."),
    ("This is sold out.", "Das ist ausverkauft."),
    ("This is not in the cart.", "Das ist nicht im Warenkorb."),
    ("How many shall it be?", "Wie viele sollen es sein?"),
    ("The cart is full: it holds 30 different things.", "Der Warenkorb ist voll: er fasst 30 verschiedene Dinge."),
) + german_frame.WORDS

# what stands alone between two tags
ALONE = {
    "Packs": "Rucksäcke", "Tents": "Zelte", "Sleeping": "Schlafen", "Footwear": "Schuhe", "Jackets": "Jacken", "Layers": "Schichten",
    "Climbing": "Klettern", "Cooking": "Kochen", "Lights": "Licht", "Navigation": "Orientierung", "Winter": "Winter", "Family": "Familie",
    "Essentials": "Nötiges", "Kind": "Art", "Brand": "Marke", "Size": "Größe", "Colour": "Farbe", "Zip": "Reißverschluss",
    "Good for": "Geeignet für", "Price": "Preis", "Weight": "Gewicht", "Article": "Artikel", "Made in": "Hergestellt in",
    "Fits with": "Passt zu", "Chest": "Brust", "Waist": "Taille", "Hip": "Hüfte", "Moss": "Moos", "Slate": "Schiefer", "Ochre": "Ocker", "Brick": "Ziegel", "Black": "Schwarz",
    "Left": "Links", "Right": "Rechts", "Recommended": "Empfohlen", "Price: low to high": "Preis aufsteigend",
    "Price: high to low": "Preis absteigend", "Best rated": "Am besten bewertet", "Newest": "Neueste", "Show": "Zeigen", "Page": "Seite",
    "Search": "Suche", "Cart": "Warenkorb", "Checkout": "Kasse", "Thank you": "Danke", "Quantity": "Anzahl", "Goods": "Waren",
    "Delivery": "Versand", "Print": "Drucken", "Questions": "Fragen", "Back to": "Zurück zu", "Compare": "Vergleich",
    "Saved for later": "Gemerkt", "Not found": "Nicht gefunden", "E-mail": "E-Mail", "Name": "Name",
    "Street and number": "Straße und Hausnummer", "Postcode": "Postleitzahl", "Town": "Ort", "Country": "Land", "Age": "Alter",
    "Germany": "Deutschland", "Norway": "Norwegen", "Czechia": "Tschechien", "Austria": "Österreich", "Switzerland": "Schweiz", "France": "Frankreich",
    "United Kingdom": "Vereinigtes Königreich", "United States": "Vereinigte Staaten",
}
# the same: kinds of products
LEAVES = {
    "Day packs": "Tagesrucksäcke", "Trekking packs": "Trekkingrucksäcke", "Ultralight packs": "Leichtrucksäcke",
    "Covers & dry bags": "Hüllen & Packsäcke", "Trekking tents": "Trekkingzelte", "Ultralight tents": "Leichtzelte",
    "Family tents": "Familienzelte", "Pegs & tent care": "Heringe & Zeltpflege", "Down sleeping bags": "Daunenschlafsäcke",
    "Synthetic sleeping bags": "Kunstfaserschlafsäcke", "Mats": "Matten", "Pillows & liners": "Kissen & Inletts",
    "Hiking boots": "Wanderschuhe", "Alpine boots": "Bergstiefel", "Trail shoes": "Trailschuhe", "Socks & gaiters": "Socken & Gamaschen",
    "Rain jackets": "Regenjacken", "Insulated jackets": "Warme Jacken", "Wind & softshell": "Wind & Softshell",
    "Base layers": "Unterwäsche", "Fleece": "Fleece", "Trousers": "Hosen", "Hats & gloves": "Mützen & Handschuhe",
    "Climbing shoes": "Kletterschuhe", "Harnesses": "Gurte", "Ropes & slings": "Seile & Schlingen",
    "Carabiners & belay": "Karabiner & Sicherung", "Helmets": "Helme", "Chalk & training": "Chalk & Training", "Stoves": "Kocher",
    "Fuel": "Brennstoff", "Pots & cutlery": "Töpfe & Besteck", "Bottles & filters": "Flaschen & Filter", "Trail food": "Tourenessen",
    "Headlamps": "Stirnlampen", "Lanterns & power": "Laternen & Strom", "Maps & compasses": "Karten & Kompasse",
    "GPS & watches": "GPS & Uhren", "Safety & first aid": "Sicherheit & Erste Hilfe", "Snowshoes": "Schneeschuhe",
    "Crampons & axes": "Steigeisen & Pickel", "Avalanche safety": "Lawinensicherheit", "Sledges & warmers": "Schlitten & Wärmer",
    "Camp furniture": "Campingmöbel", "Coolers & storage": "Kühlen & Packen", "Carriers & kids": "Kraxen & Kinder", "Poles": "Stöcke",
    "Knives & tools": "Messer & Werkzeug", "Sun & care": "Sonne & Pflege",
}
# the same: what products are good for
TAGS = {
    "alpine": "hochalpin", "beginner": "für den Anfang", "bivvy": "Biwak", "bouldering": "Bouldern", "camping": "Camping",
    "care": "Pflege", "climbing": "Klettern", "commute": "Arbeitsweg", "cotton": "Baumwolle", "crampon": "steigeisenfest",
    "down": "Daune", "family": "Familie", "foam": "Schaum", "food": "Essen", "gas": "Gas", "gift": "Geschenk", "gym": "Halle",
    "hiking": "Wandern", "ice": "Eis", "insulated": "gefüttert", "kids": "Kinder", "leather": "Leder", "merino": "Merino",
    "multipitch": "Mehrseillängen", "paddling": "Paddeln", "rain": "Regen", "recycled": "recycelt", "rolltop": "Rollverschluss",
    "running": "Laufen", "spirit": "Spiritus", "sport": "Sport", "steep": "steil", "tarp": "Tarp", "training": "Training",
    "trekking": "Trekking", "ultralight": "ultraleicht", "vegan": "vegan", "ventilated": "belüftet", "waterproof": "wasserdicht",
    "winter": "Winter", "wood": "Holz",
}
BETWEEN_TAGS = {escape(english): escape(german) for english, german in {**ALONE, **LEAVES, **TAGS}.items()}
TITLES = BETWEEN_TAGS | {escape(english): escape(german) for _, (english, german), _, _ in help_pages.PAGES}
TITLE = re.compile('(<title>|<meta property="og:title" content=")([^<"]*)(?= – )')
# a colour at the end of what a picture shows
PICTURED = re.compile('(?<=, )(\\w+)(?=" width)')
DECIMAL = re.compile(r"\b([0-9])\.([0-9]{1,2})(?= kg<| <small>\(| · )")
PRICE = re.compile(r"€([0-9]{1,3}(?:,[0-9]{3})*)\.([0-9]{2})")


def price(found):
    return found[1].replace(",", ".") + "," + found[2] + "\u00a0€"


def page(text):
    for english, german in WORDS:
        text = text.replace(english, german)
    text = re.sub("(?<=>)[^<>]+(?=<)", lambda found: BETWEEN_TAGS.get(found[0], found[0]), text)
    text = TITLE.sub(lambda found: found[1] + TITLES.get(found[2], found[2]), text)
    text = PICTURED.sub(lambda found: BETWEEN_TAGS.get(found[0], found[0]), text)
    text = DECIMAL.sub(r"\1,\2", text)
    return PRICE.sub(price, text)
