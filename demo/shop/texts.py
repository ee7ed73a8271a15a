"""Sentences the pages are written with."""

SHOP = "Tannenhäher"

TOPS = {
    "Packs": ("Carry it well", "Packs that sit close, from an after-work loop to three weeks in the fjell."),
    "Tents": ("A roof that travels", "Domes, tarps and family houses, pitched and soaked in our own garden."),
    "Sleeping": ("Sleep warm", "Bags, quilts and mats, honest about their temperatures."),
    "Footwear": ("Good ground", "Boots and trail shoes on lasts that we try on ourselves."),
    "Jackets": ("Weather is fine", "Shells for the rain, down for the cold, wind jackets for everything between."),
    "Layers": ("Next to skin", "Merino, fleece and trousers that do not mind a third day."),
    "Climbing": ("Up", "Shoes, harnesses and metal for gym, crag and long routes."),
    "Cooking": ("Hot food outside", "Stoves, pots, water and something decent to put in them."),
    "Lights": ("After sunset", "Headlamps and lanterns with lumens that were measured, not dreamt."),
    "Navigation": ("Find the way", "Maps, watches and the small red bag for when the way was hard."),
    "Winter": ("Snow", "Snowshoes, axes and avalanche safety for the white half of the year."),
    "Family": ("All together", "Chairs, coolers and carriers for those who bring everybody."),
    "Essentials": ("Small and needed", "Poles, knives and the things one forgets to pack."),
}

USE = {
    "Packs": ("The back panel breathes and the belt takes the load off the shoulders.",
              "Outer pockets can be reached while walking, and the lid swallows a wet jacket.",
              "All buckles are replaceable, and the pattern leaves hardly any offcut."),
    "Tents": ("It stands in four minutes, also in wind and also the first time.",
              "Two vents above the door keep condensation away on cool nights.",
              "Seams are taped, guy lines reflect, and a repair sleeve is in the bag."),
    "Sleeping": ("The cut leaves room at the knees, where most of us turn at night.",
                 "It packs to the size of a loaf of bread and lofts again within minutes.",
                 "The lining is soft against the skin and dries quickly."),
    "Footwear": ("The sole grips on wet rock and rolls without a hard edge.",
                 "A wide toe box leaves room on the way down, and the heel stays put.",
                 "The sole can be replaced; our workshop does it within two weeks."),
    "Jackets": ("The hood follows the head and takes a helmet or a beanie.",
                "Cuffs close over gloves, and the hem stays down when you reach up.",
                "Finished without PFAS; a wash and a warm iron bring the beads back."),
    "Layers": ("Flat seams lie where no strap does.", "It keeps its shape after a season of washing.",
               "Warm when damp, dry within an hour on the line."),
    "Climbing": ("Certified to the European standard that applies, with the sheet in the box.",
                 "Shaped with people who climb after work and not only on posters.",
                 "Wear marks show in time when a part has to retire."),
    "Cooking": ("Half a litre boils in under four minutes in a light breeze.",
                "Handles fold flat and stay cool enough to hold.", "It nests with what you most likely already own."),
    "Lights": ("The beam is even, without a ring, and dims to a reading light.",
               "A lock keeps it dark inside the pack.", "It charges through USB-C and tells how much is left."),
    "Navigation": ("Readable in rain and with gloves.", "Checked in the field last season by two of us.",
                   "It weighs little enough to always be along."),
    "Winter": ("Works with big gloves at minus fifteen.", "The shape sheds wet snow instead of carrying it.",
               "Tuned and inspected in our workshop once a year, for free."),
    "Family": ("Light enough that children want to carry it.", "It folds small enough for a full boot.",
               "Every part that small hands break can be ordered."),
    "Essentials": ("Small, sturdy, and made to be repaired.", "It lives in the lid pocket and comes along always.",
                   "Simple on purpose."),
}

TAGS = {
    "recycled": "The main fabric is made of recycled yarn.", "ultralight": "Every gram was argued about; yours to enjoy.",
    "waterproof": "The membrane holds 20,000 mm of water and lets sweat out.", "down": "Responsibly sourced down, 750 cuin.",
    "merino": "Mulesing-free merino, 18.5 micron.", "family": "Made for weekends with everybody.",
    "kids": "Grows along for about two years.", "alpine": "Sized and cut for steep ground.",
    "winter": "For real cold, not for the photo of it.", "running": "It does not bounce, chafe or rustle.",
    "vegan": "Without animal products.", "gas": "Runs with every threaded canister.", "gift": "Comes wrapped if you like.",
    "beginner": "A kind first pair or piece to learn with.", "leather": "Leather that ages well with a little wax.",
}

BRANDS = {
    "Nordhang": "Nordhang sews in Saxony and repairs what it sewed.",
    "Karrig": "Karrig leaves out what costs money and helps nobody.",
    "Fjellvik": "Fjellvik tests in Jotunheimen, where the weather is thorough.",
    "Granitwerk": "Granitwerk is three climbers and a forge in the Allgäu.",
    "雲行 Kumoyuki": "雲行 (kumoyuki, “the going of clouds”) is a small workshop in Nagano: 軽く、静かに、遠くへ。",
    "Ostwind": "Ostwind counts grams so that you can count summits.",
    "Tarn & Tern": "Tarn & Tern think of the whole family, dog included 🐕.",
    "Søvnig": "Søvnig from Tromsø know what a long night is.",
    "Birkenpfad": "Birkenpfad have made boots since 1926, still on wooden lasts.",
    "Steilwand": "Steilwand test every batch until it breaks.",
    "Hüttenschmaus": "Hüttenschmaus cook in a real hut at 1,840 m.",
    "Lichtung": "Lichtung publish their measurements, also the bad ones.",
    "Kartenhaus": "Kartenhaus walk every path they print.",
    "Schneidhart": "Schneidhart grind by hand in Solingen.",
}

REVIEWERS = ("Jörg M.", "Aylin", "François", "Katrin S.", "Zoë", "Håkon", "山田さん", "Łukasz", "Ines", "Peter R.", "Οδυσσέας", "Marie-José",
             "Björn", "Sára", "Tom W.", "Nguyễn Linh")
PRAISE = ("Exactly what I was looking for, and it looks better than on the picture 🙂.",
          "Three weeks of rain in Norway and not one complaint.", "Took it up the Zugspitze and back. No blisters, no regrets.",
          "Works. My partner now wants one too.", "Light, well made, and the zips run smoothly even when wet.",
          "Schön verarbeitet, schnelle Lieferung, gerne wieder!", "Très bon produit, conforme à la description.",
          "軽くて丈夫。とても気に入っています。", "Second one I bought; the first is still fine but my daughter took it.",
          "Used every weekend since spring. Still looks new.")
DOUBTS = ("Good, but the colour is a little darker than shown.", "Runs a bit small; the exchange was quick.",
          "Solid. I would like one more loop on the outside.", "Fine for the price, the instructions are useless though 😅.")
QUESTIONS = (("Can it be repaired?", "Yes. Send it to our workshop in Kempten; most repairs cost less than €20."),
             ("How long does delivery take?", "Two working days in Germany and Austria, three to five elsewhere in Europe."),
             ("Can I send it back after trying it outside?", "Yes, within 60 days, if it is clean and nothing is broken."),
             ("Is it in the shop in Munich as well?", "Usually. Call us before you travel: +49 89 5550 137."))

LANGUAGES = (("de", "Deutsch"), ("en", "English"))

JOURNAL = (("Five days on the Rennsteig with 6.2 kg", "What stayed at home, what was missed, and why the umbrella won."),
           ("How warm is minus seven?", "Comfort, limit, extreme: what the numbers on a sleeping bag mean in a real October."),
           ("Re-soling: when is it time?", "A coin, a wet stone and two minutes tell whether your boots want a visit to the workshop."))
