"""What the shop sells, as its buyer would write it down.

One LEAF a kind of product; below it one line a model:

    title [@size=price size=price ...] | brand | price | tags

A `{}` in the title takes the size, and each size is a product of its own. Colours and clothing or shoe
sizes are variants of a product and come from the leaf.
"""

COLOURS = "Moss Slate Ochre Petrol Brick"
CLOTHES = "XS S M L XL"
SHOES = "38 39 40 41 42 43 44 45"
HANDS = "S M L"
NONE = ""

# top category, leaf, drawn shape, variants, median weight in grams, models
LEAVES = [
    ("Packs", "Day packs", "pack", COLOURS, 780, """
        Trail Pack {} @18=89 24=109 30=129 | Nordhang | | recycled hiking
        Stadtberg {} @20=45 26=55 | Karrig | | commute hiking
        Kiebitz {} @22=99 28=119 | Fjellvik | | hiking ventilated
        Summit Roll {} @16=69 20=79 | Granitwerk | | climbing rolltop"""),
    ("Packs", "Trekking packs", "bigpack", COLOURS, 1850, """
        Langweg {} @45=199 55=229 65=259 | Nordhang | | trekking recycled
        Hochtour {} @38=179 48=199 | Granitwerk | | alpine
        Karawane {} @60=99 75=119 | Karrig | | trekking
        Saltfjell {} @50=219 70=269 | Fjellvik | | trekking winter"""),
    ("Packs", "Ultralight packs", "rollpack", "Slate Moss", 520, """
        Kumo {} @28=189 35=219 45=249 | 雲行 Kumoyuki | | ultralight rolltop
        Feather Pack {} @25=149 40=179 | Ostwind | | ultralight
        Fastpack Run 12 | Ostwind | 119 | ultralight running"""),
    ("Packs", "Covers & dry bags", "drybag", NONE, 110, """
        Rain Cover {} @S=19 M=22 L=25 | Nordhang | | rain
        Dry Bag {} @5L=12 10L=15 20L=19 | Karrig | | rain paddling
        Feather Liner 40 | Ostwind | 29 | ultralight rain"""),
    ("Tents", "Trekking tents", "tent", "Moss Ochre", 2300, """
        Windkuppe {} @1=289 2=349 3=419 | Nordhang | | trekking recycled
        Fjelltop {} @2=529 3=619 | Fjellvik | | winter trekking
        Hügelland 2 | Karrig | 139 | trekking
        Basislager 4 | Granitwerk | 749 | alpine winter"""),
    ("Tents", "Ultralight tents", "tarptent", "Slate", 890, """
        Kumo Shelter {} @1=449 2=539 | 雲行 Kumoyuki | | ultralight
        Feather Tarp {} @1=159 2=199 | Ostwind | | ultralight tarp
        Gossamer Dome 1 | Ostwind | 379 | ultralight
        Tarn Bivvy | Tarn & Tern | 129 | ultralight bivvy"""),
    ("Tents", "Family tents", "familytent", "Moss Ochre", 12500, """
        Seewiese {} @4=399 5=469 6=549 | Tarn & Tern | | family camping
        Ferienhaus {} @4=249 6=319 | Karrig | | family camping
        Lagerfeuer Tipi | Nordhang | 689 | family camping cotton"""),
    ("Tents", "Pegs & tent care", "pegs", NONE, 180, """
        Tent Peg Set {} @Alu=16 Titanium=39 | Granitwerk | | camping
        Windkuppe Footprint 2 | Nordhang | 45 | trekking
        Seewiese Carpet 5 | Tarn & Tern | 59 | family camping
        Seam Seal Kit | Karrig | 9.9 | care
        Guy Line Reflect | Ostwind | 14.5 | ultralight"""),
    ("Sleeping", "Down sleeping bags", "bag", "Left Right", 1050, """
        Polarnatt {} @0=289 -7=359 -15=449 | Søvnig | | down winter
        Kumo Quilt {} @5=319 0=379 | 雲行 Kumoyuki | | down ultralight
        Feather Bag 8 | Ostwind | 249 | down ultralight"""),
    ("Sleeping", "Synthetic sleeping bags", "bag", "Left Right", 1500, """
        Sommerdrøm {} @10=99 5=129 | Søvnig | | recycled camping
        Wiesental 12 | Karrig | 39 | camping
        Wiesental Double | Karrig | 69 | family camping
        Murmeltier Kids | Tarn & Tern | 49 | kids camping
        Langweg Bag 2 | Nordhang | 159 | trekking recycled"""),
    ("Sleeping", "Mats", "mat", NONE, 620, """
        Luftikus {} @Short=99 Regular=119 Wide=139 | Søvnig | | trekking
        Kumo Air | 雲行 Kumoyuki | 179 | ultralight
        Feather Foam | Ostwind | 39 | ultralight foam
        Dreamer Double | Tarn & Tern | 189 | family camping
        Rollmatte 8 | Karrig | 19 | camping foam
        Polarnatt Air R6 | Søvnig | 199 | winter"""),
    ("Sleeping", "Pillows & liners", "pillow", NONE, 160, """
        Cloud Pillow | Søvnig | 35 | camping
        Feather Pillow | Ostwind | 42 | ultralight
        Silk Liner | Søvnig | 69 | trekking
        Fleece Liner | Karrig | 25 | winter camping"""),
    ("Footwear", "Hiking boots", "boot", SHOES, 1180, """
        Ridgeline Mid | Birkenpfad | 189 | hiking waterproof
        Ridgeline Mid Women | Birkenpfad | 189 | hiking waterproof
        Ridgeline Leather | Birkenpfad | 239 | hiking leather
        Moorland GT | Nordhang | 169 | hiking waterproof
        Karst Mid | Karrig | 89 | hiking
        Fjordsteig | Fjellvik | 209 | trekking waterproof
        Polarpfad Winter | Birkenpfad | 219 | winter insulated
        Schneefuchs Winter | Karrig | 109 | winter insulated"""),
    ("Footwear", "Alpine boots", "boot", SHOES, 1620, """
        Gratwanderer | Granitwerk | 329 | alpine crampon
        Gratwanderer Pro | Granitwerk | 429 | alpine crampon insulated
        Firnlinie | Birkenpfad | 299 | alpine crampon"""),
    ("Footwear", "Trail shoes", "shoe", SHOES, 610, """
        Pfadlauf {} @2=129 3=149 | Birkenpfad | | running
        Pfadlauf 3 Women | Birkenpfad | 149 | running
        Feather Trail | Ostwind | 139 | ultralight running
        Karst Low | Karrig | 69 | hiking
        Kiesel Low GT | Nordhang | 139 | hiking waterproof
        Kumo Runner | 雲行 Kumoyuki | 169 | ultralight running"""),
    ("Footwear", "Socks & gaiters", "sock", "36-38 39-41 42-44 45-47", 90, """
        Merino Hike Sock | Birkenpfad | 22 | merino hiking
        Merino Winter Sock | Birkenpfad | 27 | merino winter
        Liner Sock | Karrig | 11 | hiking
        Toe Sock Run | Ostwind | 18 | running ultralight
        Schneestulp Gaiter | Granitwerk | 59 | winter alpine
        Trail Gaiter | Ostwind | 32 | running ultralight"""),
    ("Jackets", "Rain jackets", "jacket", CLOTHES, 420, """
        Regenzeit {} @2L=149 3L=229 | Nordhang | | rain recycled
        Regenzeit 3L Women | Nordhang | 229 | rain recycled
        Feather Shell | Ostwind | 199 | rain ultralight
        Nieselwetter | Karrig | 59 | rain commute
        Sturmvogel Pro | Fjellvik | 399 | alpine rain
        Kumo Rain | 雲行 Kumoyuki | 279 | rain ultralight
        Pfützenheld Kids | Tarn & Tern | 49 | kids rain"""),
    ("Jackets", "Insulated jackets", "puffer", CLOTHES, 480, """
        Daunenwolke | Nordhang | 249 | down winter
        Daunenwolke Women | Nordhang | 249 | down winter
        Polarvind Parka | Fjellvik | 449 | winter down
        Feather Down | Ostwind | 219 | down ultralight
        Wärmstube | Karrig | 79 | winter
        Gratwärmer Hybrid | Granitwerk | 189 | alpine winter
        Kumo Down Hoody | 雲行 Kumoyuki | 329 | down ultralight
        Schneehase Kids | Tarn & Tern | 69 | kids winter"""),
    ("Jackets", "Wind & softshell", "jacket", CLOTHES, 310, """
        Feather Wind | Ostwind | 99 | ultralight running
        Kammwind Softshell | Granitwerk | 159 | alpine climbing
        Brise | Karrig | 49 | hiking
        Nordost Softshell | Nordhang | 139 | hiking
        Fjordbris | Fjellvik | 179 | winter"""),
    ("Layers", "Base layers", "shirt", CLOTHES, 190, """
        Merino 150 Tee | Fjellvik | 69 | merino hiking
        Merino 200 Longsleeve | Fjellvik | 89 | merino winter
        Merino 260 Zip | Fjellvik | 119 | merino winter
        Merino 200 Tights | Fjellvik | 85 | merino winter
        Active Tee | Karrig | 19 | hiking
        Thermal Set | Karrig | 39 | winter
        Kumo Alpha Tee | 雲行 Kumoyuki | 95 | ultralight
        Krabbler Merino Kids | Tarn & Tern | 39 | merino kids"""),
    ("Layers", "Fleece", "fleece", CLOTHES, 340, """
        Almwiese Fleece | Nordhang | 99 | hiking recycled
        Almwiese Fleece Women | Nordhang | 99 | hiking recycled
        Gridlock Hoody | Granitwerk | 119 | climbing alpine
        Kuschelbär Kids | Tarn & Tern | 35 | kids
        Grundwärme 100 | Karrig | 29 | hiking
        Feather Alpha | Ostwind | 129 | ultralight
        Isbre Pile | Fjellvik | 149 | winter"""),
    ("Layers", "Trousers", "trousers", CLOTHES, 380, """
        Wanderzip {} @Short=79 Long=99 | Nordhang | | hiking
        Klettermax Pant | Granitwerk | 89 | climbing
        Fjellbukse Winter | Fjellvik | 169 | winter
        Karst Pant | Karrig | 39 | hiking
        Feather Rain Pant | Ostwind | 109 | ultralight rain
        Boulder Denim | Granitwerk | 99 | climbing bouldering"""),
    ("Layers", "Hats & gloves", "beanie", NONE, 70, """
        Merino Beanie | Fjellvik | 29 | merino winter
        Isbre Mitten | Fjellvik | 79 | winter
        Kammwind Glove | Granitwerk | 49 | alpine winter
        Liner Glove | Karrig | 12 | winter
        Sun Cap | Ostwind | 27 | running
        Rollmütze | Karrig | 14 | winter commute
        Buff Loop | Nordhang | 19 | hiking"""),
    ("Climbing", "Climbing shoes", "climbshoe", SHOES, 460, """
        Reibung Velcro | Granitwerk | 99 | climbing bouldering
        Reibung Lace | Granitwerk | 119 | climbing
        Kante Pro | Granitwerk | 149 | climbing steep
        Erstgriff | Karrig | 59 | climbing beginner
        Gecko Slipper | Steilwand | 109 | bouldering
        Gecko Kids | Steilwand | 49 | climbing kids
        Sendezug | Steilwand | 165 | climbing steep bouldering"""),
    ("Climbing", "Harnesses", "harness", HANDS, 390, """
        Vertikal Harness | Granitwerk | 69 | climbing
        Vertikal Harness Women | Granitwerk | 69 | climbing
        Feather Ski Harness | Ostwind | 89 | alpine ultralight
        Bigwall Harness | Steilwand | 109 | climbing multipitch
        Erstgriff Harness | Karrig | 45 | climbing beginner
        Gecko Kids Harness | Steilwand | 52 | climbing kids"""),
    ("Climbing", "Ropes & slings", "rope", NONE, 3900, """
        Seilschaft 9.8 {} @60m=149 70m=169 80m=189 | Granitwerk | | climbing
        Hallenseil 10.2 40m | Karrig | 89 | climbing gym
        Halbseil 8.1 60m | Steilwand | 179 | multipitch alpine
        Rope Bag | Granitwerk | 35 | climbing
        Sling Set 60 | Steilwand | 19 | climbing multipitch
        Cordelette 6 mm | Steilwand | 14 | climbing multipitch"""),
    ("Climbing", "Carabiners & belay", "carabiner", NONE, 95, """
        Quickdraw Set {} @6=89 12=165 | Granitwerk | | climbing sport
        Schrauber HMS | Granitwerk | 15 | climbing
        Tube Belay | Steilwand | 25 | climbing
        Assist Belay | Steilwand | 89 | climbing gym
        Wiregate Rack 5 | Steilwand | 45 | alpine ultralight
        Nut Set 10 | Granitwerk | 99 | multipitch
        Cam {} @0.5=69 1=72 2=75 | Steilwand | | multipitch"""),
    ("Climbing", "Helmets", "helmet", "53-59 56-62", 290, """
        Kopfsache | Granitwerk | 65 | climbing alpine
        Feather Helmet | Ostwind | 99 | alpine ultralight
        Steinschlag Pro | Steilwand | 119 | climbing multipitch
        Gecko Kids Helmet | Steilwand | 49 | climbing kids"""),
    ("Climbing", "Chalk & training", "chalk", NONE, 260, """
        Chalk Bag Berta | Steilwand | 24 | climbing bouldering
        Loose Chalk 300 g | Steilwand | 12 | climbing bouldering
        Liquid Chalk | Granitwerk | 11 | climbing gym
        Finger Board Oak | Steilwand | 79 | training
        Finger Tape | Karrig | 4.5 | climbing
        Boulder Brush | Steilwand | 8 | bouldering
        Crash Pad Sofa | Steilwand | 219 | bouldering"""),
    ("Cooking", "Stoves", "stove", NONE, 260, """
        Flämmchen Ti | Ostwind | 59 | ultralight gas
        Bergkoch {} @1=49 2=99 | Nordhang | | gas trekking
        Kochfix System | Granitwerk | 129 | gas alpine
        Kumo Spirit | 雲行 Kumoyuki | 45 | ultralight spirit
        Gartenküche 2 | Tarn & Tern | 89 | family camping gas
        Holzkocher | Karrig | 39 | camping wood"""),
    ("Cooking", "Fuel", "canister", NONE, 380, """
        Gas Canister {} @100=6.5 230=8.9 450=14.5 | Nordhang | | gas
        Winter Gas 230 | Granitwerk | 11.9 | gas winter
        Spirit Fuel 1 L | Karrig | 7.9 | spirit
        Storm Matches | Karrig | 3.9 | camping
        Fire Steel | Nordhang | 17 | camping wood"""),
    ("Cooking", "Pots & cutlery", "pot", NONE, 240, """
        Titan Pot {} @550=49 900=65 | 雲行 Kumoyuki | | ultralight
        Bergkoch Pot Set | Nordhang | 69 | trekking
        Familientopf Set 5 | Tarn & Tern | 59 | family camping
        Alu Pan 20 | Karrig | 19 | camping
        Enamel Mug | Tarn & Tern | 12 | camping gift
        Titan Spork | Ostwind | 15 | ultralight gift
        Cutlery Roll | Tarn & Tern | 24 | family camping
        Espresso Maker Camp | Nordhang | 39 | camping gift"""),
    ("Cooking", "Bottles & filters", "bottle", NONE, 280, """
        Quellwasser {} @0.75=24 1.0=27 | Nordhang | | hiking gift
        Thermo Gipfel {} @0.5=32 1.0=39 | Fjellvik | | winter
        Soft Flask 500 | Ostwind | 19 | running ultralight
        Trickle Filter | Ostwind | 45 | ultralight trekking
        Quellklar Pump Filter | Granitwerk | 99 | trekking
        Faltkanister 10 | Karrig | 14 | family camping
        Trinkblase 2 L | Karrig | 29 | hiking"""),
    ("Cooking", "Trail food", "food", NONE, 150, """
        Pasta Bolo Trail | Hüttenschmaus | 8.9 | food
        Curry Linse Trail | Hüttenschmaus | 8.5 | food vegan
        Porridge Beere | Hüttenschmaus | 5.9 | food vegan
        Riegel Box 12 | Hüttenschmaus | 22 | food hiking
        Gipfelschnaps 0.2 | Hüttenschmaus | 14 | gift"""),
    ("Lights", "Headlamps", "headlamp", NONE, 85, """
        Lichtung {} @200=35 350=55 600=89 | Lichtung | | hiking
        Feather Lamp | Ostwind | 59 | ultralight running
        Grubenlampe Kids | Tarn & Tern | 19 | kids camping
        Nachtlauf Pro 1000 | Lichtung | 149 | running alpine"""),
    ("Lights", "Lanterns & power", "lantern", NONE, 260, """
        Zeltlicht {} @Mini=19 Max=45 | Lichtung | | camping family
        String Lights 10 m | Tarn & Tern | 29 | family camping gift
        Powerbank {} @10k=39 20k=59 | Lichtung | | trekking
        Solar Panel 20 W | Lichtung | 89 | camping trekking
        Battery Pack AAA 8 | Karrig | 7.9 | camping"""),
    ("Navigation", "Maps & compasses", "map", NONE, 90, """
        Map Karwendel 1:25000 | Kartenhaus | 14.9 | hiking alpine
        Map Harz 1:50000 | Kartenhaus | 12.9 | hiking
        Map Jotunheimen 1:50000 | Kartenhaus | 17.9 | trekking
        Guide 99 Klettergärten | Kartenhaus | 34 | climbing
        Compass Peil | Kartenhaus | 39 | trekking
        Map Case | Karrig | 15 | rain"""),
    ("Navigation", "GPS & watches", "watch", NONE, 140, """
        Wegwart GPS | Kartenhaus | 249 | trekking
        Gipfeluhr {} @S=299 X=449 | Kartenhaus | | running alpine
        Notruf Beacon | Kartenhaus | 329 | trekking alpine"""),
    ("Navigation", "Safety & first aid", "firstaid", NONE, 230, """
        First Aid {} @Light=24 Family=39 | Nordhang | | hiking
        Bivvy Bag Emergency | Karrig | 12 | alpine
        Blister Kit | Birkenpfad | 9.5 | hiking
        Pfeife | Karrig | 4.9 | hiking kids
        Bear Bell | Tarn & Tern | 7 | trekking kids
        Pepper Spray Animal | Karrig | 13 | trekking"""),
    ("Winter", "Snowshoes", "snowshoe", "Slate Brick", 1900, """
        Schneespur {} @22=139 25=159 | Nordhang | | winter
        Karstspur 24 | Karrig | 89 | winter
        Fjellspor Ascent | Fjellvik | 239 | winter alpine"""),
    ("Winter", "Crampons & axes", "iceaxe", NONE, 520, """
        Grip Spikes | Karrig | 29 | winter hiking
        Zwölfzack Crampon | Granitwerk | 159 | alpine winter
        Feather Crampon | Ostwind | 129 | alpine ultralight
        Firn Axe {} @55=89 65=92 | Granitwerk | | alpine winter
        Eisgeräte Pair | Steilwand | 399 | alpine ice"""),
    ("Winter", "Avalanche safety", "shovel", NONE, 420, """
        Lawinen Beacon 3 | Granitwerk | 299 | winter alpine
        Sonde 240 | Granitwerk | 49 | winter alpine
        Schaufel Alu | Granitwerk | 55 | winter alpine
        Safety Set 3 | Granitwerk | 379 | winter alpine"""),
    ("Winter", "Sledges & warmers", "sledge", NONE, 3100, """
        Davos Sledge 100 | Tarn & Tern | 89 | winter family
        Popo Slider | Tarn & Tern | 9.9 | winter kids
        Hand Warmer 10 | Karrig | 8.5 | winter
        Heated Insoles | Birkenpfad | 119 | winter"""),
    ("Family", "Camp furniture", "chair", "Moss Brick", 3400, """
        Seestuhl | Tarn & Tern | 49 | camping family
        Seestuhl Kids | Tarn & Tern | 29 | camping kids
        Klapptisch {} @80=59 120=89 | Karrig | | camping family
        Feather Chair | Ostwind | 119 | ultralight camping
        Hängematte Duo | Tarn & Tern | 59 | camping gift
        Feldbett | Karrig | 65 | camping"""),
    ("Family", "Coolers & storage", "cooler", NONE, 3800, """
        Kühlbox {} @12=49 24=79 | Tarn & Tern | | family camping
        Eisakku Set | Karrig | 6.9 | family camping
        Picknickdecke XL | Tarn & Tern | 39 | family camping
        Wäscheleine Camp | Karrig | 8 | family camping"""),
    ("Family", "Carriers & kids", "carrier", "Slate Ochre", 2900, """
        Huckepack {} @Basic=179 Pro=249 | Nordhang | | kids hiking
        Huckepack Sun Roof | Nordhang | 39 | kids hiking
        Kinderpack Dachs | Tarn & Tern | 35 | kids hiking
        Lupe & Käferglas | Tarn & Tern | 15 | kids gift
        Zwerg Boots | Birkenpfad | 69 | kids hiking waterproof"""),
    ("Essentials", "Poles", "poles", NONE, 430, """
        Wanderstock {} @Alu=59 Carbon=119 | Nordhang | | hiking trekking
        Feather Pole | Ostwind | 139 | ultralight running
        Karst Pole | Karrig | 29 | hiking
        Winter Basket Pair | Nordhang | 12 | winter"""),
    ("Essentials", "Knives & tools", "knife", NONE, 120, """
        Taschenmesser Förster | Schneidhart | 45 | camping gift
        Fahrtenmesser 11 | Schneidhart | 79 | camping
        Fällaxt 600 | Schneidhart | 89 | camping wood
        Multitool 14 | Schneidhart | 69 | camping gift
        Klappsäge | Schneidhart | 35 | camping wood"""),
    ("Essentials", "Sun & care", "sunglasses", NONE, 60, """
        Gletscherbrille Cat 4 | Granitwerk | 129 | alpine winter
        Sonnenbrille Kiesel | Nordhang | 59 | hiking
        Sun Cream 50 | Hüttenschmaus | 14 | hiking
        Mosquito Shield | Karrig | 9.9 | camping trekking
        Leather Wax | Birkenpfad | 11 | care
        Down Wash | Søvnig | 13 | care"""),
]

# products that look like another kind than the rest of their leaf
DRAWN_AS = {
    "sun-cream-50": "bottle", "mosquito-shield": "bottle", "leather-wax": "canister", "down-wash": "bottle",
    "crash-pad-sofa": "mat", "picknickdecke-xl": "mat", "gipfelschnaps-0-2": "bottle", "map-case": "drybag",
    "bivvy-bag-emergency": "bag", "tarn-bivvy": "bag", "storm-matches": "stove", "fire-steel": "stove",
    "isbre-mitten": "glove", "kammwind-glove": "glove", "liner-glove": "glove", "sun-cap": "beanie",
    "grip-spikes": "snowshoe", "zwolfzack-crampon": "snowshoe", "feather-crampon": "snowshoe", "zwerg-boots": "boot",
    "kinderpack-dachs": "pack", "huckepack-sun-roof": "tarptent", "wascheleine-camp": "pegs", "rope-bag": "pack",
    "titan-spork": "knife", "cutlery-roll": "knife", "trinkblase-2-l": "drybag", "faltkanister-10": "canister",
    "hand-warmer-10": "sock", "heated-insoles": "shoe", "merino-200-tights": "trousers", "finger-tape": "rope",
    "seam-seal-kit": "canister", "windkuppe-footprint-2": "mat", "seewiese-carpet-5": "mat", "guy-line-reflect": "rope",
    "compass-peil": "watch", "pfeife": "carabiner", "bear-bell": "carabiner", "pepper-spray-animal": "canister",
    "sonde-240": "poles", "lawinen-beacon-3": "watch", "feldbett": "mat", "hangematte-duo": "mat", "silk-liner": "bag",
    "fleece-liner": "bag", "feather-tarp-1": "tarptent", "pasta-bolo-trail": "food", "lupe-kaferglas": "bottle",
    "loose-chalk-300-g": "food", "liquid-chalk": "bottle", "riegel-box-12": "cooler", "blister-kit": "firstaid",
}

# product: what fits it (ids); sold as parts that need each other
COMPATIBLE = {
    "trail-pack-18": "rain-cover-s", "trail-pack-24": "rain-cover-s rain-cover-m",
    "trail-pack-30": "rain-cover-m trinkblase-2-l", "kiebitz-22": "rain-cover-s", "kiebitz-28": "rain-cover-m",
    "langweg-45": "rain-cover-l", "langweg-55": "rain-cover-l", "langweg-65": "rain-cover-l",
    "kumo-35": "feather-liner-40", "kumo-45": "feather-liner-40", "feather-pack-40": "feather-liner-40",
    "windkuppe-2": "windkuppe-footprint-2 tent-peg-set-alu", "windkuppe-3": "tent-peg-set-alu",
    "seewiese-5": "seewiese-carpet-5 tent-peg-set-alu", "seewiese-4": "tent-peg-set-alu",
    "feather-tarp-1": "tent-peg-set-titanium guy-line-reflect", "feather-tarp-2": "tent-peg-set-titanium",
    "kumo-shelter-1": "tent-peg-set-titanium feather-pole", "kumo-shelter-2": "tent-peg-set-titanium",
    "polarnatt-0": "silk-liner down-wash", "polarnatt-7": "down-wash", "polarnatt-15": "down-wash",
    "ridgeline-leather": "leather-wax merino-hike-sock", "gratwanderer": "zwolfzack-crampon",
    "gratwanderer-pro": "zwolfzack-crampon", "firnlinie": "feather-crampon leather-wax",
    "flammchen-ti": "gas-canister-100 titan-pot-550", "bergkoch-1": "gas-canister-230 bergkoch-pot-set",
    "bergkoch-2": "gas-canister-450", "kochfix-system": "gas-canister-100 winter-gas-230",
    "kumo-spirit": "spirit-fuel-1-l titan-pot-900", "gartenkuche-2": "gas-canister-450",
    "reibung-velcro": "chalk-bag-berta", "kante-pro": "chalk-bag-berta loose-chalk-300-g",
    "vertikal-harness": "schrauber-hms tube-belay", "seilschaft-9-8-60m": "rope-bag", "seilschaft-9-8-70m": "rope-bag",
    "chalk-bag-berta": "loose-chalk-300-g", "lichtung-200": "battery-pack-aaa-8",
    "lawinen-beacon-3": "sonde-240 schaufel-alu", "schneespur-22": "wanderstock-alu winter-basket-pair",
    "schneespur-25": "wanderstock-alu winter-basket-pair", "wanderstock-alu": "winter-basket-pair",
    "huckepack-basic": "huckepack-sun-roof", "huckepack-pro": "huckepack-sun-roof",
    "kuhlbox-12": "eisakku-set", "kuhlbox-24": "eisakku-set", "solar-panel-20-w": "powerbank-10k",
}

# one article in two cuts: two products, one variant group
GROUPS = {
    "ridgeline-mid-women": "ridgeline-mid", "pfadlauf-3-women": "pfadlauf-3", "regenzeit-3l-women": "regenzeit-3l",
    "daunenwolke-women": "daunenwolke", "almwiese-fleece-women": "almwiese-fleece",
    "vertikal-harness-women": "vertikal-harness",
}

AGE_MIN = {"fahrtenmesser-11": 18, "fallaxt-600": 18, "gipfelschnaps-0-2": 18, "pepper-spray-animal": 18}

# fuel and sprays do not fly; some articles are licensed for a few countries only
NOT_SHIPPED_TO = {
    "gas-canister-100": "US CA", "gas-canister-230": "US CA", "gas-canister-450": "US CA",
    "winter-gas-230": "US CA", "spirit-fuel-1-l": "US CA GB", "fahrtenmesser-11": "GB",
}
ONLY_SHIPPED_TO = {"pepper-spray-animal": "DE AT", "gipfelschnaps-0-2": "DE AT CH", "notruf-beacon": "DE AT CH FR NO SE"}

# new in the shop: nobody has seen them yet
NEW_ARRIVALS = ("trail-pack-24", "kumo-runner", "gridlock-hoody", "sendezug", "karstspur-24", "feather-lamp",
                "seewiese-6", "titan-pot-900")
SOLD_OUT = ("summit-roll-16", "hugelland-2", "luftikus-wide", "moorland-gt", "brise", "merino-260-zip",
            "hallenseil-10-2-40m", "bergkoch-pot-set", "zeltlicht-max", "gipfeluhr-x", "fjellspor-ascent",
            "kuhlbox-24", "firn-axe-65", "powerbank-20k")
RISING = ("polarpfad-winter", "daunenwolke", "schneespur-25", "grip-spikes", "thermo-gipfel-1-0", "gecko-slipper",
          "merino-200-longsleeve", "kumo-28")
