"""Landscapes: what hangs behind headlines and products. Ridges are drawn by dice, so each name has one picture of its own."""

import zlib

from .dice import Dice

WIDTH, HEIGHT = 1600, 900

# sky above and below, the sun and how high it stands (0: none), ridges from far to near, trees, mist
MOODS = {
    "dawn": ("#f7d9b0", "#f5b79a", "#fff4d8", 330, ("#e3a79a", "#b98a92", "#7c7a86", "#41605c", "#23443c"), "#19362f", "#fbe3c8"),
    "day": ("#bfdbe6", "#eef3ea", "#fffbe6", 190, ("#b9ced4", "#93b1b5", "#648e88", "#3d6e5c", "#2a5344"), "#1e4336", "#f2f6ef"),
    "dusk": ("#3f4d76", "#f0a276", "#ffdca0", 520, ("#8c6f8d", "#6a5b7d", "#4a4a66", "#2d3c4b", "#1a2b33"), "#122026", "#f3b58c"),
    "night": ("#0d1730", "#2c4760", "#f2efdc", 210, ("#31506b", "#264259", "#1c3446", "#142735", "#0d1b25"), "#091219", "#4b6d84"),
    "forest": ("#cfe0cf", "#eef0dc", "#fffce9", 240, ("#b3cbb2", "#87aa8b", "#5b8768", "#37654c", "#234938"), "#17372a", "#eef3e2"),
    "rain": ("#8fa0aa", "#cfd8d8", "", 0, ("#a7b6bb", "#82959c", "#617983", "#455f66", "#2d464b"), "#20373a", "#dfe6e5"),
    "rock": ("#9cc6dd", "#f6e3c4", "#fffbe6", 200, ("#e2b08b", "#cd8d66", "#a96a4c", "#7d4a3b", "#50352f"), "#3a2824", "#fbe9cf"),
    "snow": ("#b7d3e8", "#f3f0f2", "#ffffff", 230, ("#dfe9f1", "#c6d7e4", "#a9c1d3", "#e9f0f5", "#f8fafb"), "#3b5a63", "#ffffff"),
}
# where a landscape has another name than its mood
NAMED = {"packs": "day", "tents": "dusk", "sleeping": "night", "footwear": "forest", "jackets": "rain", "layers": "dawn",
         "climbing": "rock", "cooking": "dusk", "lights": "night", "navigation": "day", "winter": "snow", "family": "forest",
         "essentials": "dawn", "workshop": "rain", "journal-1": "forest", "journal-2": "night", "journal-3": "rock"}


def mood_of(name):
    return NAMED.get(name, name)


def draw(name):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMax slice">'
            f"{landscape(name, tent=mood_of(name) in ('dawn', 'dusk', 'night'))}</svg>\n")


def landscape(name, tent=False):
    """The elements of a landscape on a sheet of WIDTH by HEIGHT."""
    above, below, sun, sun_height, ridges, trees, mist = MOODS[mood_of(name)]
    dice = Dice(zlib.crc32(name.encode()))
    parts = [f'<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="{above}"/><stop offset=".72" stop-color="{below}"/></linearGradient>'
             f'<linearGradient id="mist" x2="0" y2="1"><stop stop-color="{mist}" stop-opacity="0"/><stop offset="1" stop-color="{mist}" '
             f'stop-opacity=".55"/></linearGradient><radialGradient id="glow"><stop stop-color="{sun or mist}" stop-opacity=".75"/>'
             f'<stop offset="1" stop-color="{sun or mist}" stop-opacity="0"/></radialGradient>'
             f'<radialGradient id="lamp"><stop stop-color="#ffcf7a" stop-opacity=".55"/><stop offset="1" stop-color="#ffcf7a" stop-opacity="0"/>'
             f'</radialGradient></defs>'
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>']
    if mood_of(name) == "night":
        parts += [f'<circle cx="{dice.whole(0, WIDTH)}" cy="{dice.whole(0, 430)}" r="{dice.one_of((1, 1.4, 2))}" fill="#fff" '
                  f'opacity="{dice.one_of((".4", ".65", ".9"))}"/>' for _ in range(70)]
    if sun_height:
        across = dice.whole(1010, 1270)
        parts.append(f'<circle cx="{across}" cy="{sun_height}" r="300" fill="url(#glow)"/><circle cx="{across}" cy="{sun_height}" r="58" fill="{sun}"/>')
    for place, colour in enumerate(ridges):
        far = 1 - place / (len(ridges) - 1)
        line = ridge(dice, 860 - 430 * far ** 0.8 - 20 * place, 60 + 190 * far, 0.56 if far > 0.3 else 0.42, 6 if far > 0.3 else 4)
        parts.append(f'<path d="{path(line)}" fill="{colour}"/>')
        if far > 0.2:
            parts.append(f'<rect y="{560 - round(120 * far)}" width="{WIDTH}" height="{240}" fill="url(#mist)" opacity="{.35 + .4 * far:.2f}"/>'
                         f'<rect y="{800 - round(120 * far)}" width="{WIDTH}" height="{HEIGHT}" fill="{mist}" opacity="{(.35 + .4 * far) * .55:.2f}"/>')
    if tent:
        parts.append(camp(mood_of(name) in ("night", "dusk")))
    parts.append(wood(dice, trees))
    return "".join(parts)


def ridge(dice, base, height, rough, halvings):
    """Heights of a ridge from left to right: halves are lifted or lowered, each time by less."""
    line = [base + dice.between(-height, height) / 2, base + dice.between(-height, height) / 2]
    for _ in range(halvings):
        finer = []
        for one, other in zip(line, line[1:]):
            finer += [one, (one + other) / 2 + dice.between(-height, height)]
        line = [*finer, line[-1]]
        height *= rough
    return line


def path(line):
    step = WIDTH / (len(line) - 1)
    return f"M0 {HEIGHT}" + "".join(f"L{round(place * step)} {round(height)}" for place, height in enumerate(line)) + f"V{HEIGHT}z"


def wood(dice, colour):
    """Firs along the lower edge, more of them towards the sides."""
    shapes = ""
    for _ in range(46):
        side = dice.between(0, 1) ** 1.9 * 0.5
        x = round(WIDTH * (side if dice.chance(0.5) else 1 - side))
        tall = dice.whole(60, 190) * (1.25 - side)
        if 930 < x < 1190: # room for a tent
            continue
        foot, wide = HEIGHT + 10 - dice.whole(0, 26), tall * 0.2
        top = foot - tall
        shapes += f"M{x} {round(top)}"
        for tier in (0.42, 0.7, 1):
            shapes += f"L{round(x + wide * tier)} {round(top + tall * tier)}H{round(x + wide * tier * .45)}"
        shapes += f"H{round(x - wide)}"
        for tier in (0.7, 0.42):
            shapes += f"L{round(x - wide * tier * .5)} {round(top + tall * tier)}H{round(x - wide * tier)}"
        shapes += "z"
    return f'<path d="{shapes}M0 {HEIGHT}V872Q400 850 800 874T1600 866V{HEIGHT}z" fill="{colour}"/>'


def camp(lit):
    """A tent on the last hill; with light inside when it is late."""
    glow = '<ellipse cx="1060" cy="850" rx="260" ry="120" fill="url(#lamp)"/>' if lit else ""
    cloth, inner = ("#f2a94b", "#ffe3a6") if lit else ("#c9672f", "#f3d3a1")
    return (f'{glow}<path d="M972 872c30-50 56-76 88-84 34 8 62 34 92 84z" fill="{cloth}"/><path d="M1060 788c-12 26-24 56-34 84h66c-8-30-20-60-32-84z" '
            f'fill="{inner}"/><path d="M972 872c30-50 56-76 88-84 34 8 62 34 92 84" fill="none" stroke="#1b2b2b" stroke-opacity=".45" stroke-width="3"/>')
