"""Why people come to the shop. A session serves one mission; its leaves are what the mission needs.

Weights within a mission say how likely each kind of product is looked at; `wants` and `avoids` are tags; `first`
and `last` are how often the mission occurs at the start and the end of the recorded 60 days (late summer turning
into autumn); `words` are what such people type into the search box.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mission:
    name: str
    first: float
    last: float
    leaves: dict
    wants: tuple
    avoids: tuple
    words: tuple


MISSIONS = [
    Mission("day hike", 18, 14, {
        "Day packs": 4, "Hiking boots": 3.5, "Trail shoes": 1.2, "Rain jackets": 2, "Bottles & filters": 1.8, "Poles": 1.6,
        "Socks & gaiters": 1.5, "Trousers": 1.3, "Covers & dry bags": 1, "Safety & first aid": 0.9, "Maps & compasses": 0.9,
        "Trail food": 0.5, "Sun & care": 0.6, "Base layers": 0.8, "Hats & gloves": 0.4},
        ("hiking", "recycled", "waterproof"), ("kids", "winter", "alpine", "climbing"),
        ("day pack", "hiking boots", "rain cover", "wanderstock")),
    Mission("first winter hike", 5, 22, {
        "Hiking boots": 3, "Insulated jackets": 3.5, "Base layers": 2.6, "Hats & gloves": 2.2, "Socks & gaiters": 1.8,
        "Snowshoes": 2.2, "Crampons & axes": 1, "Bottles & filters": 1, "Headlamps": 1, "Fleece": 1.3, "Poles": 0.9,
        "Sledges & warmers": 0.7, "Trousers": 0.8},
        ("winter", "insulated", "merino", "down"), ("kids", "running", "ultralight", "ice"),
        ("winter boots", "daunenjacke", "snowshoes", "merino")),
    Mission("ultralight weekend", 15, 8, {
        "Ultralight packs": 4, "Ultralight tents": 3.5, "Down sleeping bags": 2.4, "Mats": 2.2, "Stoves": 1.8,
        "Pots & cutlery": 1.5, "Fuel": 1, "Bottles & filters": 1.3, "Trail shoes": 1.6, "Wind & softshell": 1,
        "Rain jackets": 1.2, "Headlamps": 0.9, "Poles": 0.9, "Pegs & tent care": 0.8, "Covers & dry bags": 0.6},
        ("ultralight", "running"), ("family", "kids", "winter", "care"),
        ("ultralight", "tarp", "quilt", "titan")),
    Mission("family camping", 20, 5, {
        "Family tents": 4, "Camp furniture": 2.8, "Synthetic sleeping bags": 2.4, "Mats": 1.8, "Lanterns & power": 1.8,
        "Stoves": 1.4, "Pots & cutlery": 1.4, "Coolers & storage": 2, "Fuel": 0.9, "Pegs & tent care": 1, "Carriers & kids": 1,
        "Pillows & liners": 0.8, "Headlamps": 0.6},
        ("family", "kids", "camping"), ("ultralight", "alpine", "winter"),
        ("familienzelt", "camping chair", "kühlbox", "kids sleeping bag")),
    Mission("climbing trip", 12, 10, {
        "Climbing shoes": 4, "Harnesses": 2.8, "Ropes & slings": 2.4, "Carabiners & belay": 3, "Helmets": 1.5,
        "Chalk & training": 1.6, "Day packs": 0.6, "Maps & compasses": 0.5, "Trousers": 0.6},
        ("climbing", "multipitch", "sport"), ("kids", "winter"),
        ("climbing shoes", "harness", "quickdraw", "rope")),
    Mission("bouldering", 6, 9, {
        "Climbing shoes": 4, "Chalk & training": 3.5, "Trousers": 1, "Fleece": 0.5, "Hats & gloves": 0.4},
        ("bouldering", "training", "steep"), ("kids", "multipitch"),
        ("chalk", "crash pad", "bouldering")),
    Mission("alpine tour", 7, 7, {
        "Alpine boots": 3, "Crampons & axes": 3, "Trekking packs": 1.8, "Wind & softshell": 1.6, "Rain jackets": 1.3,
        "Helmets": 1.3, "Ropes & slings": 1.2, "Carabiners & belay": 1, "Harnesses": 1, "Sun & care": 0.8,
        "Avalanche safety": 1, "Maps & compasses": 0.6, "GPS & watches": 0.8, "Headlamps": 0.7},
        ("alpine", "crampon", "ice"), ("kids", "family", "commute"),
        ("crampons", "ice axe", "alpine boots")),
    Mission("long trek", 13, 9, {
        "Trekking packs": 4, "Trekking tents": 3.2, "Hiking boots": 2, "Down sleeping bags": 1.6, "Mats": 1.7, "Stoves": 1.5,
        "Fuel": 1, "Bottles & filters": 1.3, "Trail food": 1.1, "Poles": 1.2, "Maps & compasses": 1, "GPS & watches": 0.8,
        "Rain jackets": 1, "Lanterns & power": 0.7, "Safety & first aid": 0.7, "Pots & cutlery": 0.9, "Covers & dry bags": 0.6},
        ("trekking", "recycled"), ("kids", "family", "running"),
        ("trekking pack", "2 person tent", "water filter", "jotunheimen")),
    Mission("rain commute", 5, 10, {
        "Rain jackets": 4, "Day packs": 2.5, "Covers & dry bags": 2, "Hats & gloves": 0.8, "Wind & softshell": 1,
        "Bottles & filters": 0.6}, ("commute", "rain"), ("alpine", "kids", "ultralight"),
        ("rain jacket", "regenjacke", "stadtberg")),
    Mission("trail running", 8, 5, {
        "Trail shoes": 4, "Socks & gaiters": 1.7, "Ultralight packs": 1.3, "Wind & softshell": 1.2, "Headlamps": 1.3,
        "GPS & watches": 1.5, "Bottles & filters": 1.2, "Hats & gloves": 0.7, "Poles": 0.6},
        ("running", "ultralight"), ("kids", "winter", "family"), ("trail running shoes", "flask", "pfadlauf")),
    Mission("out with kids", 8, 8, {
        "Carriers & kids": 4, "Rain jackets": 1.2, "Insulated jackets": 1.2, "Fleece": 1, "Base layers": 0.8,
        "Synthetic sleeping bags": 0.7, "Headlamps": 0.8, "Sledges & warmers": 1, "Helmets": 0.4, "Climbing shoes": 0.4,
        "Harnesses": 0.4, "Safety & first aid": 0.6, "Camp furniture": 0.5},
        ("kids", "family"), ("alpine", "ultralight", "multipitch", "climbing"), ("kinder", "kids jacket", "kraxe")),
    Mission("gift", 4, 9, {
        "Knives & tools": 3, "Pots & cutlery": 2, "Bottles & filters": 1.5, "Lanterns & power": 1.5, "Hats & gloves": 1,
        "Camp furniture": 0.8, "Trail food": 0.8, "Headlamps": 0.8, "Carriers & kids": 0.4},
        ("gift",), ("alpine", "family"), ("gift", "geschenk", "multitool")),
    Mission("ski touring", 2, 8, {
        "Avalanche safety": 4, "Insulated jackets": 1.6, "Crampons & axes": 1.2, "Harnesses": 0.6, "Base layers": 1.3,
        "Sun & care": 1.2, "Hats & gloves": 1.2, "Wind & softshell": 1, "Trousers": 0.8},
        ("winter", "alpine"), ("kids", "family", "bouldering"), ("lvs", "avalanche", "beacon")),
]
