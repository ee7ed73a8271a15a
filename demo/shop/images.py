"""Product pictures: SVGs without a ground, drawn by the shape of the product's kind in the product's own colours.

The shop's stylesheet lays the ground, light by day and dark by night. Each product has further views: out in the land of
its category, and close up; and where its variants are colours, one picture for each.
"""

from . import scenes, shapes
from .catalogue import handle

# cloth, its shade, its light, accent
PALETTES = [
    ("#4f7a5a", "#2f5240", "#8fb08c", "#e9a74a"), ("#35688a", "#22455f", "#7fabc4", "#f2b84f"),
    ("#cf8a2e", "#8f5a1e", "#ecbd72", "#264653"), ("#b04a3a", "#742d28", "#d98b79", "#f4d6a6"),
    ("#46525f", "#2d3640", "#8592a3", "#ea7f48"), ("#237a76", "#165451", "#68b0a9", "#f6cc58"),
    ("#6f5f96", "#4a3f6b", "#a99ccb", "#f3c783"), ("#a58b55", "#2f5140", "#d6c28e", "#b9502f"),
    ("#d9b98a", "#7d5a3c", "#efdcb9", "#2f6b5e"), ("#2f4a6d", "#c5562f", "#7b9ac0", "#f0c05a"),
]
# the same of the colours that variants are named by
COLOURS = {
    "Moss": ("#6b7f4a", "#435530", "#9fb07c", "#e9a74a"), "Slate": ("#56646f", "#36424b", "#8b9aa5", "#f2b84f"),
    "Ochre": ("#d0962f", "#8f631c", "#ecc06d", "#264653"), "Petrol": ("#1f6f78", "#114b52", "#5ba8af", "#f6cc58"),
    "Brick": ("#ad4a3c", "#752d27", "#d58677", "#f4d6a6"), "Black": ("#3a3f44", "#23272b", "#71787f", "#ea7f48"),
    "Sand": ("#c8ae7f", "#8f7a54", "#e4d3ae", "#2f6b5e"),
}
VIEWS = (("out", "out there"), ("close", "close up"))

# light: volume for each part, and the shadow that it throws on those behind it
LIGHT = ('<linearGradient id="s" x2="1"><stop stop-color="#fff" stop-opacity=".2"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/>'
         '<stop offset="1" stop-color="#000" stop-opacity=".2"/></linearGradient>'
         '<radialGradient id="shadow"><stop stop-color="#0c1512" stop-opacity=".42"/><stop offset="1" stop-color="#0c1512" stop-opacity="0"/></radialGradient>'
         '<filter id="v" x="-.1" y="-.1" width="1.2" height="1.25"><feGaussianBlur in="SourceAlpha" stdDeviation="5" result="soft"/>'
         '<feOffset in="soft" dx="-5" dy="-7" result="up"/><feComposite in="SourceAlpha" in2="up" operator="out" result="rim"/>'
         '<feFlood flood-color="#0a1712" flood-opacity=".42"/><feComposite in2="rim" operator="in" result="dark"/>'
         '<feOffset in="soft" dx="5" dy="7" result="down"/><feComposite in="SourceAlpha" in2="down" operator="out" result="edge"/>'
         '<feFlood flood-color="#fff" flood-opacity=".3"/><feComposite in2="edge" operator="in" result="bright"/>'
         '<feOffset in="soft" dy="5" result="fall"/><feFlood flood-color="#0a1712" flood-opacity=".3"/><feComposite in2="fall" operator="in" result="thrown"/>'
         '<feMerge><feMergeNode in="thrown"/><feMergeNode in="SourceGraphic"/><feMergeNode in="dark"/><feMergeNode in="bright"/></feMerge></filter>')


def draw(product, number, colour=None):
    """The product's picture as SVG text, 480 by 360, in a colour; without one the number chooses, so that neighbours differ."""
    return sheet("0 0 480 360", thing(product, number, colour))


def view(name, product, number):
    """One of VIEWS."""
    if name == "close":
        left, top = 120 + number * 37 % 60, 90 + number * 23 % 50
        return sheet(f"{left} {top} 216 162", thing(product, number))
    land = (f'<svg width="480" height="360" viewBox="520 270 840 630" preserveAspectRatio="xMidYMax slice">'
            f"{scenes.landscape(handle(product.top))}</svg>")
    return sheet("0 0 480 360", f'{land}<g transform="translate(96 118) scale(.6)">{thing(product, number)}</g>')


def sheet(box, content):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><defs>{LIGHT}</defs>{content}</svg>\n'


def thing(product, number, colour=None):
    if not colour and product.variants_are_colours:
        colour = product.variants[number % len(product.variants)][0]
    pen = shapes.Pen(*(COLOURS[colour] if colour else PALETTES[number * 3 % len(PALETTES)]))
    shapes.DRAWINGS[product.shape](pen)
    return f'<ellipse cx="240" cy="316" rx="168" ry="18" fill="url(#shadow)"/>{pen.svg()}'
