"""Product pictures: small SVGs, drawn by the shape of the product's kind in the product's own colours."""

from . import shapes

# cloth, its shade, its light, accent
PALETTES = [
    ("#5b7f5c", "#3f5c44", "#86a883", "#e0a458"), ("#3f6f8c", "#2a4d66", "#6f9cb5", "#f0b65a"),
    ("#c9822f", "#9a5f1d", "#e2a95f", "#2f4858"), ("#a5483c", "#7a3029", "#c97a6d", "#f2d0a4"),
    ("#4a5568", "#323b4a", "#78859b", "#e4804d"), ("#2f7f7a", "#1f5955", "#62a8a2", "#f4c95d"),
    ("#7a6a9b", "#564a72", "#a497c0", "#f0c987"), ("#8a7a55", "#63573b", "#b3a47e", "#4f7c6b"),
]
# the same of the colours that variants are named by
COLOURS = {
    "Moss": ("#6b7f4a", "#4a5c33", "#98a877", "#e0a458"), "Slate": ("#56646f", "#3a464f", "#85939d", "#f0b65a"),
    "Ochre": ("#c9922f", "#97691d", "#e4b660", "#2f4858"), "Petrol": ("#1f6f78", "#124d54", "#559ca3", "#f4c95d"),
    "Brick": ("#a5483c", "#7a3029", "#c97a6d", "#f2d0a4"), "Black": ("#34383c", "#1d2023", "#62686e", "#e4804d"),
    "Sand": ("#bfa67a", "#8f7a54", "#dcc9a4", "#4f7c6b"),
}
GROUNDS = ["#f3efe6", "#e9eff0", "#eef1e6", "#f4ebe3", "#ecebf2", "#e8f0ec"]


def draw(product, number, colour=None):
    """The product's picture as SVG text, 480 by 360, in a colour; without one the number chooses: neighbours get different ones."""
    cloth, shade, light, accent = COLOURS[colour] if colour else PALETTES[number * 3 % len(PALETTES)]
    ground = GROUNDS[number % len(GROUNDS)]
    pen = shapes.Pen(cloth, shade, light, accent)
    shapes.DRAWINGS[product.shape](pen)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 360" role="img">'
            f'<defs><radialGradient id="g" cx=".5" cy=".42" r=".75"><stop offset="0" stop-color="#fff" stop-opacity=".85"/>'
            f'<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>'
            f'<linearGradient id="s" x1="0" x2="1"><stop offset="0" stop-color="#fff" stop-opacity=".18"/>'
            f'<stop offset=".55" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".16"/>'
            f'</linearGradient></defs><rect width="480" height="360" fill="{ground}"/>'
            f'<rect width="480" height="360" fill="url(#g)"/>'
            f'<ellipse cx="240" cy="314" rx="138" ry="13" fill="#000" opacity=".09"/>{pen.svg()}</svg>\n')
