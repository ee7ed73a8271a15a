"""What the shop's marketing writes: heroes, banners, messages and the order of modules, matched by dynstore to shopper and moment."""


def hero(name, title, german, text, german_text, url, image, match=None, **more):
    return {"kind": "content", "id": name, "slot": "hero", "approved": True, "title": {"en": title, "de": german},
            "text": {"en": text, "de": german_text}, "url": url, "image": f"/img/{image}.svg",
            "cta": {"en": "Have a look", "de": "Ansehen"}, **({"match": match} if match else {}), **more}


CONTENT = (
    hero("high-routes", "High routes", "Hochtouren", "Boots, axes and ropes for where the path ends.",
         "Stiefel, Pickel und Seile für das Gelände hinter dem Weg.", "/c/winter", "gratwanderer",
         {"campaign": "high-routes"}, items=["gratwanderer", "firnlinie"]),
    hero("first-tent", "The first tent", "Das erste Zelt", "Four poles, one evening, and nobody argues.",
         "Vier Stangen, ein Abend, und niemand streitet.", "/c/tents", "ferienhaus-4", {"campaign": "family summer"}),
    hero("for-climbers", "Chalk up", "Magnesia an die Hände", "Shoes and metal for gym, crag and long routes.",
         "Schuhe und Eisen für Halle, Fels und lange Routen.", "/c/climbing", "kante-pro", {"category": "Climbing"},
         variant_of="climbing"),
    hero("for-climbers-2", "Up is a good direction", "Nach oben ist eine gute Richtung", "What holds, and what you trust.",
         "Was hält, und worauf Sie vertrauen.", "/c/climbing", "vertikal-harness", {"category": "Climbing"},
         variant_of="climbing"),
    hero("for-trekkers", "Three weeks in one pack", "Drei Wochen in einem Rucksack", "Packs that carry what you cannot leave.",
         "Rucksäcke für alles, was mit muss.", "/c/packs", "langweg-45", {"category": "Packs"}),
    hero("for-families", "All together now", "Alle zusammen", "Chairs, coolers and carriers for those who bring everybody.",
         "Stühle, Kühlboxen und Tragen für alle, die alle mitnehmen.", "/c/family", "huckepack-pro", {"category": "Family"}),
    hero("from-switzerland", "Grüezi!", "Grüezi!", "We deliver to Switzerland, customs included.",
         "Wir liefern in die Schweiz, verzollt.", "/", "compass-peil", {"country": "CH", "surface": "home"}),
    hero("autumn-draft", "Leaves are falling", "Das Laub fällt", "Not ready yet.", "Noch nicht fertig.", "/", "brise",
         approved=False, priority=100),
    {"kind": "content", "id": "repair-note", "slot": "banner", "approved": True,
     "title": {"en": "Repaired by us, for life", "de": "Von uns repariert, ein Leben lang"}, "url": "/"},
    {"kind": "content", "id": "new-visitors-first", "slot": "modules", "approved": True, "match": {"visitor": "new"},
     "modules": ["hero", "recs", "guide", "comparison"]},
    {"kind": "content", "id": "usual-order", "slot": "modules", "approved": True,
     "modules": ["hero", "guide", "comparison", "recs"]},
)
