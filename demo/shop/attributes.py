"""What the shop tells of a product beside its name and price: whom it is for, what it is made of, how others like it.

Everything follows from the assortment's lines and from a product's own dice, so that it is the same each time and does
not touch how shoppers behave.
"""

import re
import zlib

from . import texts
from .dice import Dice

DAY = 86400
APPAREL = ("Footwear", "Jackets", "Layers")

# leaf: what shoppers type who mean it, in German and English; never shown
KEYWORDS = {
    "Day packs": "Rucksack, Tagesrucksack, Wanderrucksack, backpack, daypack",
    "Trekking packs": "Rucksack, Trekkingrucksack, Tourenrucksack, backpack, rucksack",
    "Ultralight packs": "Rucksack, Ultraleichtrucksack, Leichtrucksack, backpack",
    "Covers & dry bags": "Regenhülle, Regenschutz, Packsack, Trockensack, waterproof bag",
    "Trekking tents": "Zelt, Trekkingzelt, Kuppelzelt, tent, dome tent",
    "Ultralight tents": "Zelt, Ultraleichtzelt, Leichtzelt, Tarp, shelter, tent",
    "Family tents": "Zelt, Familienzelt, Gruppenzelt, Campingzelt, tent",
    "Pegs & tent care": "Heringe, Zeltheringe, Zeltunterlage, Abspannleine, Zeltzubehör, tent pegs, stakes",
    "Down sleeping bags": "Schlafsack, Daunenschlafsack, sleeping bag",
    "Synthetic sleeping bags": "Schlafsack, Kunstfaserschlafsack, sleeping bag",
    "Mats": "Isomatte, Schlafmatte, Luftmatratze, sleeping pad",
    "Pillows & liners": "Kissen, Reisekissen, Inlett, Hüttenschlafsack, travel pillow",
    "Hiking boots": "Wanderschuhe, Wanderstiefel, Bergschuhe, walking boots",
    "Alpine boots": "Bergstiefel, Hochtourenstiefel, mountaineering boots",
    "Trail shoes": "Laufschuhe, Trailrunningschuhe, Halbschuhe, running shoes, trainers",
    "Socks & gaiters": "Socken, Wandersocken, Gamaschen",
    "Rain jackets": "Regenjacke, Hardshell, Regenmantel, raincoat, waterproof jacket",
    "Insulated jackets": "Winterjacke, Daunenjacke, Steppjacke, puffer, warm jacket",
    "Wind & softshell": "Windjacke, Softshelljacke, windbreaker",
    "Base layers": "Unterwäsche, Funktionsshirt, Funktionsunterwäsche, t-shirt, underwear",
    "Fleece": "Fleecejacke, Fleecepullover, sweater, midlayer",
    "Trousers": "Hose, Wanderhose, Kletterhose, pants",
    "Hats & gloves": "Mütze, Handschuhe, Kopfbedeckung, hat, gloves",
    "Climbing shoes": "Kletterschuhe, Boulderschuhe",
    "Harnesses": "Klettergurt, Hüftgurt, harness",
    "Ropes & slings": "Seil, Kletterseil, Bandschlinge, Reepschnur, rope",
    "Carabiners & belay": "Karabiner, Expressschlinge, Sicherungsgerät, quickdraws, belay device",
    "Helmets": "Helm, Kletterhelm",
    "Chalk & training": "Magnesia, Kletterzubehör, Trainingsboard, chalk",
    "Stoves": "Kocher, Gaskocher, Campingkocher, cooker",
    "Fuel": "Brennstoff, Gaskartusche, Spiritus, Streichhölzer, cartridge",
    "Pots & cutlery": "Topf, Kochgeschirr, Besteck, Geschirr, cookware",
    "Bottles & filters": "Trinkflasche, Thermosflasche, Wasserfilter, water bottle",
    "Trail food": "Trekkingnahrung, Fertiggericht, Proviant, freeze-dried meal, snack",
    "Headlamps": "Stirnlampe, Kopflampe, head torch, headlight",
    "Lanterns & power": "Laterne, Campinglampe, Ladegerät, Akku, lantern, charger",
    "Maps & compasses": "Wanderkarte, Landkarte, Kompass, Kletterführer, map",
    "GPS & watches": "Navigationsgerät, Sportuhr, Notfallsender, gps device, smartwatch",
    "Safety & first aid": "Erste Hilfe, Verbandstasche, Notfall, first aid kit",
    "Snowshoes": "Schneeschuhe",
    "Crampons & axes": "Steigeisen, Eispickel, Grödel, ice axe",
    "Avalanche safety": "LVS, Lawinensicherheit, Lawinenschaufel, Lawinensonde, transceiver",
    "Sledges & warmers": "Schlitten, Rodel, Handwärmer, sled",
    "Camp furniture": "Campingstuhl, Campingtisch, Campingmöbel, Klappstuhl, folding chair",
    "Coolers & storage": "Kühlbox, Kühltasche, Picknick, cool box",
    "Carriers & kids": "Kraxe, Kindertrage, Kinder, child carrier",
    "Poles": "Trekkingstöcke, Wanderstöcke, walking sticks",
    "Knives & tools": "Messer, Taschenmesser, Werkzeug, Axt, Säge, pocket knife",
    "Sun & care": "Sonnenbrille, Sonnenschutz, Pflegemittel, sunglasses, sunscreen",
}
# more of it for single products, by tag or by id
KEYWORDS_OF_TAGS = {"kids": "Kinder, children", "gift": "Geschenk, present", "ultralight": "ultraleicht, lightweight",
                    "waterproof": "wasserdicht", "winter": "Winter", "down": "Daunen", "family": "Familie"}
KEYWORDS_OF = {"hangematte-duo": "Hängematte, hammock", "buff-loop": "Schlauchschal, neck gaiter", "map-case": "Kartenhülle",
               "mosquito-shield": "Mückenschutz, insect repellent", "bivvy-bag-emergency": "Biwaksack", "tarn-bivvy": "Biwaksack",
               "huckepack-sun-roof": "Sonnendach", "seam-seal-kit": "Nahtdichter", "faltkanister-10": "Wasserkanister",
               "powerbank-10k": "power bank", "powerbank-20k": "power bank"}

# leaf: what its products are made of or filled with, where a title or a tag does not say it
MATERIAL = {"Down sleeping bags": "down", "Synthetic sleeping bags": "synthetic fibre", "Fleece": "fleece", "Alpine boots": "leather",
            "Family tents": "polyester", "Trekking tents": "ripstop nylon", "Ultralight tents": "silnylon", "Harnesses": "polyamide",
            "Carabiners & belay": "aluminium", "Helmets": "ABS", "Camp furniture": "aluminium", "Avalanche safety": "aluminium"}
MATERIAL_OF = (("titanium", r"\bTi\b|Titan"), ("carbon", r"Carbon|Feather Pole"), ("aluminium", r"\bAlu\b"), ("merino wool", r"Merino"),
               ("leather", r"Leather"), ("silk", r"Silk"), ("oak", r"\bOak\b"), ("enamel", r"Enamel"), ("foam", r"Foam|Rollmatte"))
MATERIAL_OF_TAGS = (("down", "down"), ("cotton", "cotton"), ("leather", "leather"), ("merino", "merino wool"))

RAINPROOF = ("Rain jackets", "Covers & dry bags")
PERSONS = {"hugelland-2": 2, "basislager-4": 4, "lagerfeuer-tipi": 6, "tarn-bivvy": 1, "gossamer-dome-1": 1}
COMFORT = {"wiesental-double": 10, "murmeltier-kids": 8}
LITRES = {"fastpack-run-12": "12", "soft-flask-500": "0.5", "faltkanister-10": "10", "trinkblase-2-l": "2", "feather-liner-40": "40"}
SEASON = {"winter": "winter", "alpine": "four seasons"}
SINGLE_COLOURS = ("Moss", "Slate", "Ochre", "Petrol", "Brick", "Black", "Sand")
# from the product's point of view: the pages say the same
FITS = {
    "Footwear": ("Runs true to size.", "Runs a little small: take half a size up.", "Wide toe box, for broad feet.",
                 "Narrow heel; take your usual size."),
    "Jackets": ("Cut with room for a fleece beneath.", "Slim cut; take one size up for layers.", "Runs true to size."),
    "Layers": ("Close to the body, stretches.", "Regular cut, runs true to size.", "Relaxed cut; take your usual size."),
    "Packs": ("For backs from 42 to 52 cm.", "Adjustable, for backs from 40 to 56 cm.", "One length, for backs from 45 to 50 cm."),
    "Helmets": ("Turn the wheel at the back; a thin beanie fits beneath.",),
    "Harnesses": ("Four buckles; goes over winter trousers, too.", "Two buckles, snug: measure your waist."),
    "Climbing shoes": ("Street size for comfort, one down for the project.", "Softens by half a size within weeks."),
}

# product: percent off, and the days from the end of the history between which it holds (None: for good)
SALES = {
    "stadtberg-20": (20, -6, None), "ferienhaus-4": (15, -10, None), "fjordbris": (30, -20, None), "karst-low": (20, -3, None),
    "sommerdrom-10": (25, -12, None), "wanderzip-short": (30, -15, None), "feather-chair": (10, -2, None), "moorland-gt": (25, -9, None),
    "fjelltop-2": (15, -30, -4), "schneespur-22": (10, 60, 75),
}


def own_dice(product, use):
    """Dice of this product and this use alone."""
    return Dice(zlib.crc32(f"{use}:{product.id}".encode()))


def number_in(title):
    found = re.findall(r"-?\d+(?:\.\d+)?", title)
    return found[-1] if found else None


def audience(product):
    if product.id.startswith("huckepack"):
        return []                           # for parents, though it is children that sit in it
    if "kids" in product.tags:
        return ["kids"]
    if product.title.endswith("Women"):
        return ["women"]
    if product.top in APPAREL or product.leaf in ("Climbing shoes", "Harnesses", "Helmets"):
        return ["men"] if product.has_womens_cut else ["unisex"]
    return []


def colours(product, names):
    """Of the variants where they are colours; else the one in which it is made, for what is worn or pitched."""
    if names and all(name in SINGLE_COLOURS for name in names):
        return list(names)
    if product.top in APPAREL or product.leaf in ("Climbing shoes", "Helmets", "Down sleeping bags", "Synthetic sleeping bags"):
        return [own_dice(product, "colour").one_of(SINGLE_COLOURS)]
    return []


def sizes(product, names):
    if product.top in APPAREL or product.leaf in ("Climbing shoes", "Harnesses", "Helmets"):
        return list(names)
    return []


def attributes(product, names, median_grams):
    """name -> value or values."""
    found = {}
    number = number_in(product.title)
    if product.top in ("Packs", "Tents", "Sleeping", "Footwear", "Jackets") or product.leaf in ("Stoves", "Poles", "Headlamps"):
        share = product.grams / median_grams
        found["weight class"] = ("ultralight" if "ultralight" in product.tags or share < 0.6 else
                                 "light" if share < 0.95 else "standard" if share < 1.25 else "heavy")
    litres = LITRES.get(product.id)
    if product.leaf in ("Day packs", "Trekking packs", "Ultralight packs") or product.title.startswith(("Kühlbox", "Quellwasser", "Thermo")):
        litres = litres or number
    if product.title.startswith("Dry Bag"):
        litres = number
    if product.title.startswith("Titan Pot"):
        litres = f"{int(number) / 1000:g}"
    if litres:
        found["capacity"] = f"{litres} l"
    if product.leaf in ("Trekking tents", "Ultralight tents", "Family tents"):
        persons = PERSONS.get(product.id) or int(number)
        found["persons"] = "1 person" if persons == 1 else f"{persons} persons"
    if product.leaf in ("Down sleeping bags", "Synthetic sleeping bags"):
        degrees = COMFORT.get(product.id, int(number or 0))
        found["temperature"] = f"{degrees} °C"
        found["season"] = "winter" if degrees <= -5 else "three seasons" if degrees < 8 else "summer"
        if names:
            found["zip"] = list(names)
    if product.top in ("Tents", "Jackets") or product.leaf in ("Hiking boots", "Alpine boots", "Mats"):
        found.setdefault("season", next((season for tag, season in SEASON.items() if tag in product.tags), "three seasons"))
    if "waterproof" in product.tags or "rain" in product.tags or product.leaf in RAINPROOF or product.title.endswith("GT"):
        found["waterproof"] = True
    if product.leaf == "Rain jackets":
        found["water column"] = "10000 mm" if product.price_cents < 10000 else "20000 mm" if product.price_cents < 30000 else "28000 mm"
    if product.leaf in ("Hiking boots", "Alpine boots", "Trail shoes"):
        found["cut"] = "low" if product.leaf == "Trail shoes" else "mid" if "Mid" in product.title else "high"
    if product.leaf == "Stoves":
        found["fuel"] = next((tag for tag in product.tags if tag in ("gas", "spirit", "wood")), "gas")
    if product.leaf == "Headlamps":
        found["lumens"] = {"feather-lamp": 300, "grubenlampe-kids": 80}.get(product.id) or int(number)
    if product.title.startswith("Map ") and number:
        found["scale"] = product.title.split()[-1]
        found["region"] = product.title.split()[1]
    if product.title.startswith(("Seilschaft", "Hallenseil", "Halbseil")):
        found["length"] = product.title.split()[-1]
        found["diameter"] = product.title.split()[1] + " mm"
    made_of = [name for name, pattern in MATERIAL_OF if re.search(pattern, product.title)]
    made_of += [name for tag, name in MATERIAL_OF_TAGS if tag in product.tags and product.top != "Essentials"]
    made_of = made_of or [MATERIAL[product.leaf]] if product.leaf in MATERIAL or made_of else []
    if made_of:
        found["material"] = list(dict.fromkeys(made_of))
    if "recycled" in product.tags:
        found["sustainability"] = ["recycled", "repairable"]
    if "vegan" in product.tags:
        found["diet"] = "vegan"
    return found


def keywords(product):
    said = [KEYWORDS[product.leaf], KEYWORDS_OF.get(product.id, "")]
    said += [KEYWORDS_OF_TAGS[tag] for tag in product.tags if tag in KEYWORDS_OF_TAGS]
    return list(dict.fromkeys(word.strip() for line in said for word in line.split(",") if word.strip()))


def fit(product):
    choices = FITS.get(product.leaf) or FITS.get(product.top)
    if choices is None or product.leaf in ("Covers & dry bags", "Hats & gloves"):
        return ""
    return own_dice(product, "fit").one_of(choices)


def badges(product):
    marks = ["New"] if product.is_new else []
    marks += ["Recycled"] if "recycled" in product.tags else []
    marks += ["PFAS-free"] if product.leaf == "Rain jackets" else []
    marks += ["Vegan"] if "vegan" in product.tags else []
    return marks


def sale(product, end):
    """(price in cents, from, until) or None; `end` is the second at which the history ends."""
    if product.id not in SALES:
        return None
    percent, first, last = SALES[product.id]
    midnight = end - end % DAY
    cents = round(product.price_cents * (100 - percent) / 100)
    cents = cents // 100 * 100 if cents >= 2000 else cents // 10 * 10
    return cents, midnight + first * DAY, None if last is None else midnight + last * DAY


def gtin(number):
    """A GTIN-13 with its check digit, in the range for use within a shop."""
    digits = f"20{number:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def describe(product):
    """The sentences of the product's page."""
    use = Dice(zlib.crc32(product.id.encode()) + 1).shuffled(texts.USE[product.top])[:2]
    return use + [texts.TAGS[tag] for tag in product.tags if tag in texts.TAGS][:2] + [texts.BRANDS[product.brand]]


def write_reviews(product):
    """[(stars, text, who)], the same in the catalogue and on the product's page, with the dice that shuffles on."""
    if product.is_new:
        return []
    dice = Dice(zlib.crc32(product.id.encode()))
    reviews = []
    for who in dice.shuffled(texts.REVIEWERS)[:dice.whole(2, 6)]:
        happy = dice.chance(0.8)
        reviews.append((dice.whole(4, 5) if happy else 3, dice.one_of(texts.PRAISE if happy else texts.DOUBTS), who))
    return reviews


def check(products):
    """Every id named by hand here exists."""
    named = {*KEYWORDS_OF, *PERSONS, *COMFORT, *LITRES, *SALES}
    missing = sorted(named - {product.id for product in products})
    if missing:
        raise SystemExit(f"attributes: no product has the id {', '.join(missing)}")
    leaves = sorted({product.leaf for product in products} ^ set(KEYWORDS))
    if leaves:
        raise SystemExit(f"attributes: keywords and leaves differ in {', '.join(leaves)}")
