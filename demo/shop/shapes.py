"""How each kind of product is drawn, on a sheet of 480 by 360 whose ground line is at y = 312."""

STEEL, IRON, PALE, WOOD, INK = "#b9c0c7", "#767f88", "#f7f5ef", "#a9794a", "#2c333a"


class Pen:
    """Collects SVG elements; knows the product's colours."""

    def __init__(self, cloth, shade, light, accent):
        self.cloth, self.shade, self.light, self.accent = cloth, shade, light, accent
        self._parts = []

    def svg(self):
        return "".join(self._parts)

    def area(self, path, fill, extra=""):
        self._parts.append(f'<path d="{path}" fill="{fill}"{extra}/>')

    def body(self, path, fill):
        """An area that has volume: light from the left, and a shadow on what is behind it."""
        self._parts.append(f'<g filter="url(#v)"><path d="{path}" fill="{fill}"/><path d="{path}" fill="url(#s)"/></g>')

    def line(self, path, colour, width=6, extra=""):
        self._parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
                           f'stroke-linecap="round" stroke-linejoin="round"{extra}/>')

    def box(self, x, y, width, height, radius, fill):
        shape = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill='
        self._parts.append(f'<g filter="url(#v)">{shape}"{fill}"/>{shape}"url(#s)"/></g>')

    def disc(self, x, y, radius, fill):
        self._parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>')

    def ring(self, x, y, radius, colour, width=6):
        self._parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{colour}" stroke-width="{width}"/>')


# ---- packs ----

def pack(p):
    p.line("M214 66c0-34 52-34 52 0", p.shade, 9)
    p.body("M166 150c-30 10-34 60-28 130h36zM314 150c30 10 34 60 28 130h-36z", p.shade)
    p.body("M168 300V132c0-52 30-74 72-74s72 22 72 74v168c0 8-6 12-14 12H182c-8 0-14-4-14-12z", p.cloth)
    p.area("M168 128c0-48 30-70 72-70s72 22 72 70c-40 16-104 16-144 0z", p.shade)
    p.box(188, 208, 104, 82, 16, p.light)
    p.line("M198 226h84", p.shade, 4)
    p.line("M216 134v46M264 134v46", p.accent, 7)


def bigpack(p):
    p.body("M160 140c-26 14-30 100-22 156h34zM320 140c26 14 30 100 22 156h-34z", p.shade)
    p.body("M170 302V112h140v190c0 6-4 10-12 10H182c-8 0-12-4-12-10z", p.cloth)
    p.body("M160 104c0-48 32-64 80-64s80 16 80 64l-8 22H168z", p.shade)
    p.line("M176 186h128M176 236h128", p.light, 5)
    p.line("M208 122v176M272 122v176", p.accent, 7)
    p.box(186, 252, 108, 48, 12, p.light)


def rollpack(p):
    p.body("M168 300l6-200h132l6 200c0 8-6 12-14 12H182c-8 0-14-4-14-12z", p.cloth)
    p.box(178, 66, 124, 24, 12, p.shade)
    p.line("M182 78l-8 60M298 78l8 60", p.accent, 6)
    p.area("M172 214h136l4 84c0 8-6 12-14 12H182c-8 0-14-4-14-12z", p.shade, ' opacity=".75"')
    p.line("M180 130l120 60M300 130l-120 60", p.light, 4)


def drybag(p):
    p.body("M172 296l10-190h116l10 190c0 22-136 22-136 0z", p.cloth)
    p.box(176, 76, 128, 26, 10, p.shade)
    p.line("M176 88c-22 8-22 40 6 40M304 88c22 8 22 40-6 40", INK, 6)
    p.disc(240, 206, 30, p.light)
    p.area("M240 182c14 20 20 26 20 36a20 20 0 0 1-40 0c0-10 6-16 20-36z", p.accent)


# ---- tents and sleeping ----

def tent(p):
    p.body("M60 312C120 190 180 108 240 92c60 16 120 98 180 220z", p.cloth)
    p.area("M240 92c-26 70-58 150-92 220h184c-34-70-66-150-92-220z", p.light)
    p.area("M240 130c-18 60-34 120-48 182h96c-14-62-30-122-48-182z", p.shade)
    p.line("M60 312C120 190 180 108 240 92c60 16 120 98 180 220", p.accent, 5)
    p.line("M60 312l-26 6M420 312l26 6", INK, 3)


def tarptent(p):
    p.body("M64 312L214 104l202 208z", p.cloth)
    p.area("M214 104l-60 208h130z", p.light)
    p.area("M214 150l-30 162h66z", p.shade)
    p.line("M214 312V92", IRON, 5)
    p.line("M214 100L34 316M214 100l232 216", INK, 2.5)


def familytent(p):
    p.body("M36 312V190c20-58 60-84 110-88h190c50 6 88 40 108 96v114z", p.cloth)
    p.area("M176 312V150c0-30 20-48 64-48s64 18 64 48v162z", p.light)
    p.area("M204 312V176c0-20 14-32 36-32s36 12 36 32v136z", p.shade)
    p.box(70, 200, 70, 52, 8, PALE)
    p.box(342, 200, 70, 52, 8, PALE)
    p.line("M36 190c20-58 60-84 110-88h190c50 6 88 40 108 96", p.accent, 5)


def pegs(p):
    for i in range(5):
        x = 130 + i * 54
        p.line(f"M{x} 300L{x + 14} 110c3-24 24-20 24-2", STEEL if i % 2 else p.accent, 10)
    p.line("M100 250c80-50 180 40 290-30", p.cloth, 6)


def bag(p):
    p.body("M196 60c60-24 116 4 122 56 6 60-20 90-30 170-2 20-10 26-36 26s-44-4-50-26C190 220 150 150 160 104c4-22 16-36 36-44z",
           p.cloth)
    for y in (138, 172, 206, 240, 272):
        p.line(f"M178 {y}c40 10 86 10 122 0", p.shade, 4)
    p.area("M206 74c44-18 88 2 92 40-24 24-82 26-116 4 0-22 8-36 24-44z", p.shade)
    p.disc(242, 104, 20, p.light)
    p.line("M290 130c8 60-14 90-18 160", p.accent, 5)


def mat(p):
    p.body("M88 250c0-26 18-44 44-44h250v106H132c-26 0-44-30-44-62z", p.cloth)
    for x in range(170, 380, 34):
        p.line(f"M{x} 212v94", p.shade, 4)
    p.disc(134, 260, 52, p.shade)
    for radius in (40, 27, 14):
        p.ring(134, 260, radius, p.light, 5)
    p.line("M200 206v106", p.accent, 9)


def pillow(p):
    p.body("M110 160c-14-44 10-50 50-38 50 12 110 12 160 0 40-12 64-6 50 38-10 34-10 64 0 96 14 46-10 52-50 40-50-12-110-12-160 0"
           "-40 12-64 6-50-40 10-32 10-62 0-96z", p.cloth)
    p.line("M150 170c50 20 130 20 180 0M156 252c46-14 122-14 168 0", p.light, 5)
    p.box(322, 262, 34, 22, 4, p.accent)


# ---- footwear ----

def boot(p):
    p.body("M152 74h92c10 50 14 78 40 96 34 22 90 26 98 70l2 34H136c-8-70 26-130 16-200z", p.cloth)
    p.area("M152 74h92l4 26h-94zM136 250c0-20 4-40 10-56 30 14 40 34 40 56z", p.shade)
    p.box(128, 272, 264, 28, 12, INK)
    for i in range(6):
        p.box(140 + i * 42, 294, 26, 16, 4, INK)
    for i in range(5):
        p.line(f"M{216 + i * 15} {116 + i * 20}l34-6", p.accent, 6)
    p.area("M322 196c36 10 56 22 60 46-30 6-60-10-60-46z", p.shade)


def shoe(p):
    p.body("M92 262c-2-60 20-92 52-96 14 34 50 38 74 16 34 34 72 44 118 54 44 10 62 26 62 50H92z", p.cloth)
    p.area("M92 262c-2-60 20-92 52-96 6 12 12 20 20 26-20 24-26 50-22 70z", p.shade)
    p.body("M86 274c0-8 6-14 14-14h300c8 6 8 30-6 38H108c-16 0-22-12-22-24z", PALE)
    p.line("M96 302h296", p.accent, 10)
    for i in range(4):
        p.line(f"M{200 + i * 26} {204 + i * 13}l24-20", p.light, 6)
    p.line("M150 250c50-34 100 14 190 4", p.accent, 7)


def climbshoe(p):
    p.body("M112 250c-8-70 16-120 46-126 20 24 56 26 76 10 40 40 86 62 134 100 30 26 28 52 6 60-80 8-180 10-240 2-14-6-20-22-22-46z",
           p.cloth)
    p.area("M134 296c80-16 160-10 252-24-2 12-8 20-18 22-80 8-180 10-234 2z", INK)
    p.area("M112 250c-8-70 16-120 46-126 4 60 0 110-16 168-20-4-28-18-30-42z", p.shade)
    p.line("M190 150l60 52M224 152l58 64", p.light, 16)
    p.line("M132 132c-16-26-32-20-30 0", p.accent, 7)


def sock(p):
    p.body("M176 56h96v130c0 24 14 34 40 50 44 26 46 76-8 76-50 0-128-34-128-86z", p.cloth)
    p.box(170, 50, 108, 40, 10, p.shade)
    p.area("M300 228c56 24 62 84 4 84-20 0-36-4-50-10z", p.accent)
    p.area("M176 226c8-22 34-26 50-10l-22 54c-18-12-28-26-28-44z", p.light)
    p.line("M182 118h84M182 138h84", p.accent, 6)


# ---- clothing ----

BODY = ("M184 76c-34 8-52 22-62 60L92 262c-4 16 34 26 40 10l32-96v126c0 6 4 10 10 10h132c6 0 10-4 10-10V176l32 96c6 16 44 6 40-10"
        "l-30-126c-10-38-28-52-62-60z")


def jacket(p):
    p.body(BODY, p.cloth)
    p.area("M188 92c-4-60 108-60 104 0-20 34-84 34-104 0z", p.shade)
    p.area("M210 92c0-34 60-34 60 0-14 18-46 18-60 0z", p.light)
    p.line("M240 116v192", p.accent, 5)
    p.line("M184 232l28 34M296 232l-28 34", p.shade, 5)
    p.line("M164 166c40 12 112 12 152 0", p.light, 4)


def puffer(p):
    p.body(BODY, p.cloth)
    for y in (140, 172, 204, 236, 268):
        p.line(f"M168 {y}c24 8 48 8 72 0c24 8 48 8 72 0", p.shade, 5)
    for y in (160, 194, 228):
        p.line(f"M{140 - (y - 160) // 4} {y}l-20-6M{340 + (y - 160) // 4} {y}l20-6", p.shade, 5)
    p.area("M188 96c-6-56 110-56 104 0-18 26-86 26-104 0z", p.shade)
    p.line("M240 112v196", p.accent, 5)


def fleece(p):
    p.body(BODY, p.cloth)
    p.area("M164 150c40 16 112 16 152 0l-20-74H184z", p.light)
    p.box(200, 58, 80, 34, 10, p.shade)
    p.line("M240 66v92", p.accent, 5)
    p.box(258, 176, 40, 36, 6, p.shade)


def shirt(p):
    p.body(BODY, p.cloth)
    p.area("M206 74c8 26 60 26 68 0z", p.shade)
    p.line("M204 76c10 30 62 30 72 0", p.light, 6)
    p.line("M168 300h144", p.shade, 5)
    p.area("M222 172l18-28 18 28z", p.accent)


def trousers(p):
    p.body("M172 56h136l24 246c0 6-4 10-10 10h-46c-6 0-10-4-10-10L240 150l-26 152c0 6-4 10-10 10h-46c-6 0-10-4-10-10z", p.cloth)
    p.box(170, 50, 140, 24, 6, p.shade)
    p.line("M162 190h50M268 190h50", p.shade, 5)
    p.box(276, 128, 36, 44, 6, p.light)
    p.line("M240 74v50", p.accent, 5)
    p.line("M184 78l-6 40M296 78l6 40", p.light, 5)


def beanie(p):
    p.body("M130 236c0-96 40-148 110-148s110 52 110 148z", p.cloth)
    for x in (176, 208, 240, 272, 304):
        p.line(f"M{x} 222c0-60 {(240 - x) // 3} -110 {(240 - x) // 2} -126", p.shade, 5)
    p.box(118, 222, 244, 70, 24, p.light)
    p.disc(240, 80, 26, p.accent)
    p.box(290, 244, 40, 26, 4, p.shade)


def glove(p):
    p.body("M176 300V180c-20-20-50-40-44-64 6-18 28-10 58 22l-6-64c0-26 30-26 34 0l4 38 2-60c2-26 32-26 34 0l2 60 8-48c4-24 34-20 32 4"
           "l-6 72c-2 30-10 50-14 80l-4 80z", p.cloth)
    p.box(166, 266, 120, 46, 12, p.shade)
    p.line("M190 214c30 14 60 14 92 0", p.light, 6)
    p.box(210, 280, 34, 18, 4, p.accent)


# ---- climbing ----

def harness(p):
    p.line("M130 132c60-32 160-32 220 0-60 34-160 34-220 0z", p.cloth, 26)
    p.line("M196 152c-60 40-70 110-20 134 44 18 60-50 46-120M284 152c60 40 70 110 20 134-44 18-60-50-46-120", p.shade, 20)
    p.line("M240 150v70", p.accent, 16)
    p.ring(150, 160, 18, STEEL, 5)
    p.ring(330, 160, 18, STEEL, 5)
    p.box(222, 134, 36, 26, 6, STEEL)


def rope(p):
    for i, colour in enumerate((p.shade, p.cloth, p.light, p.cloth, p.shade)):
        x = 24 * (i - 2)
        p.line(f"M{210 + x} 90c-70 50-70 170 {20 - x // 2} 210 90-30 100-160 {30 - x // 2} -210", colour, 15)
    p.box(176, 120, 128, 56, 16, p.cloth)
    for x in (196, 220, 244, 268, 290):
        p.line(f"M{x} 124l-8 48", p.accent, 5)
    p.line("M300 150c60 10 70 90 30 140", p.cloth, 13)


def carabiner(p):
    p.line("M178 96c30-36 96-34 110 6l28 110c10 50-24 84-68 84-40 0-66-28-66-66V126c0-14-10-20-4-30z", p.cloth, 22)
    p.line("M190 120v104", STEEL, 15)
    p.line("M190 150v44", p.accent, 24)
    p.line("M300 118l26 104", p.light, 5)


def helmet(p):
    p.body("M104 240c0-96 56-148 140-148 82 0 136 54 136 140 0 14-6 20-18 20H120c-10 0-16-4-16-12z", p.cloth)
    for x, lean in ((190, -10), (240, 0), (290, 10)):
        p.area(f"M{x - 14} 190l{lean + 6}-60h16l{lean + 8} 60z", p.shade)
    p.line("M104 248h276", p.shade, 14)
    p.line("M150 254c20 40 60 60 90 60 30 0 70-20 90-60", INK, 7)
    p.box(222, 298, 36, 20, 6, p.accent)


def chalk(p):
    p.body("M160 130h160l-12 160c-4 28-132 28-136 0z", p.cloth)
    p.area("M160 130c0-34 160-34 160 0s-160 34-160 0z", p.shade)
    p.area("M178 128c0-24 124-24 124 0s-124 24-124 0z", "#fff")
    p.line("M164 172c50 16 102 16 152 0", p.accent, 9)
    for x, y, r in ((176, 84, 10), (204, 64, 15), (246, 72, 9), (292, 80, 13)):
        p.disc(x, y, r, "#fff")


# ---- cooking ----

def stove(p):
    p.box(182, 226, 116, 86, 18, p.cloth)
    p.box(222, 190, 36, 40, 6, STEEL)
    p.line("M240 190L160 150M240 190l80-40M160 150v-16M320 150v-16", IRON, 8)
    p.area("M240 60c30 34 46 58 46 84 0 26-20 42-46 42s-46-16-46-42c0-26 16-50 46-84z", "#f2a33a")
    p.area("M240 104c16 20 24 34 24 50 0 16-10 26-24 26s-24-10-24-26c0-16 8-30 24-50z", "#4c8fd6")
    p.line("M298 206h44", IRON, 7)
    p.disc(346, 206, 10, p.accent)


def canister(p):
    p.box(168, 128, 144, 184, 34, p.cloth)
    p.box(218, 84, 44, 34, 6, STEEL)
    p.area("M186 132c10-24 98-24 108 0z", STEEL)
    p.area("M168 188h144v72H168z", PALE)
    p.area("M240 196c16 20 22 28 22 38a22 22 0 0 1-44 0c0-10 6-18 22-38z", p.accent)


def pot(p):
    p.body("M146 168h170v120c0 14-10 24-24 24H170c-14 0-24-10-24-24z", STEEL)
    p.box(136, 152, 190, 20, 10, IRON)
    p.line("M316 190c60-4 70 30 66 70", p.cloth, 13)
    p.disc(231, 140, 12, p.accent)
    p.line("M196 124c-10-18 10-24 0-44M232 112c-10-18 10-24 0-44M268 124c-10-18 10-24 0-44", "#b8b0a2", 5)
    p.line("M170 200v80", "#fff", 7, ' opacity=".6"')


def bottle(p):
    p.body("M190 292V148c0-20 22-30 24-48h52c2 18 24 28 24 48v144c0 12-8 20-20 20h-60c-12 0-20-8-20-20z", p.cloth)
    p.box(210, 62, 60, 42, 10, p.shade)
    p.line("M222 62c0-26 36-26 36 0", p.accent, 8)
    p.area("M190 196h100v64H190z", p.light)
    p.area("M206 252l24-38 14 20 10-12 20 30z", p.shade)


def food(p):
    p.body("M154 84h172l12 216c0 8-4 12-12 12H154c-8 0-12-4-12-12z", p.cloth)
    p.area("M154 84h172l2 26H152z", p.shade)
    p.disc(240, 206, 60, PALE)
    p.disc(240, 206, 44, p.accent)
    p.line("M216 200c16-20 34-20 48 0M214 220c18 16 36 16 52 0", p.shade, 6)
    p.line("M166 96h148", p.light, 3, ' stroke-dasharray="2 8"')


# ---- light, finding the way, safety ----

def headlamp(p):
    p.line("M104 210c0-130 272-130 272 0", p.cloth, 26)
    p.line("M240 112c0-30 0-30 0 20", p.shade, 16)
    p.area("M240 210L120 320h240z", "#ffe9a8", ' opacity=".75"')
    p.box(190, 164, 100, 74, 24, INK)
    p.disc(240, 202, 27, "#fff3c4")
    p.ring(240, 202, 27, p.accent, 6)


def lantern(p):
    p.line("M190 110c0-70 100-70 100 0", IRON, 7)
    p.box(184, 104, 112, 30, 12, p.cloth)
    p.box(196, 134, 88, 124, 10, "#ffe9a8")
    p.disc(240, 196, 30, "#fff8df")
    p.line("M196 134v124M284 134v124", IRON, 6)
    p.box(176, 256, 128, 56, 16, p.cloth)
    p.disc(240, 284, 10, p.accent)


def folded_map(p):
    p.body("M92 112l98-28 100 28 98-28v200l-98 28-100-28-98 28z", PALE)
    p.area("M190 84l100 28v200l-100-28z", "#e6e2d2")
    p.line("M104 180c60-40 90 30 150-10s80-10 124-40M104 240c60-30 90 30 150-10s80-10 124-40", p.light, 5)
    p.line("M120 270c40-60 90-20 130-70s70-30 110-70", p.accent, 6, ' stroke-dasharray="14 10"')
    p.area("M352 92c16 0 28 12 28 28 0 18-28 46-28 46s-28-28-28-46c0-16 12-28 28-28z", p.cloth)
    p.disc(352, 120, 10, "#fff")


def watch(p):
    p.box(206, 56, 68, 256, 18, p.shade)
    p.disc(240, 184, 80, INK)
    p.ring(240, 184, 72, p.cloth, 9)
    p.disc(240, 184, 58, "#dfe8e4")
    p.line("M200 208l24-34 16 18 14-26 28 42", p.shade, 6)
    p.box(318, 172, 16, 26, 6, p.accent)


def firstaid(p):
    p.line("M204 130c0-40 72-40 72 0", p.shade, 11)
    p.box(122, 128, 236, 184, 30, p.cloth)
    p.disc(240, 220, 60, "#fff")
    p.area("M226 178h28v28h28v28h-28v28h-28v-28h-28v-28h28z", "#c8402f")
    p.line("M126 168h60M294 168h60", p.light, 5)


# ---- winter ----

def snowshoe(p):
    for x in (176, 304):
        p.line(f"M{x} 64c44 0 52 60 46 120-4 50-20 92-46 120-26-28-42-70-46-120-6-60 2-120 46-120z", p.cloth, 12)
        p.line(f"M{x - 42} 140h84M{x - 42} 220h84M{x - 34} 110l68 140M{x + 34} 110l-68 140", p.shade, 5)
        p.box(x - 26, 164, 52, 44, 10, p.accent)


def iceaxe(p):
    p.line("M176 306L306 100", IRON, 15)
    p.line("M176 306l46-73", p.cloth, 19)
    p.area("M304 94c-60-36-120-30-170 2 60-10 110-2 150 30z", STEEL)
    p.area("M306 92c30 10 48 28 58 52l-34 2c-8-16-20-26-36-32z", STEEL)
    p.line("M182 300c-40-10-60-60-20-90", p.accent, 6)


def shovel(p):
    p.line("M240 76v120", IRON, 15)
    p.line("M200 70h80", p.accent, 19)
    p.body("M176 190h128l10 66c-8 36-40 56-74 56s-66-20-74-56z", p.cloth)
    p.line("M208 204l4 76M272 204l-4 76M240 204v88", p.shade, 5)


def sledge(p):
    p.line("M96 286c70 22 200 22 256 0 40-16 40-80 6-96", WOOD, 13)
    p.line("M140 290v-70M230 300v-80M310 292v-72", WOOD, 11)
    p.box(112, 196, 230, 14, 6, p.cloth)
    p.box(112, 216, 230, 14, 6, p.light)
    p.line("M356 190c30-30 40-60 30-80", p.accent, 5)


# ---- family ----

def chair(p):
    p.line("M140 306l180-110M340 306L160 196M160 196V80M320 196V80", IRON, 9)
    p.body("M154 86h172l-8 110H162z", p.cloth)
    p.body("M146 190h188l-14 40H160z", p.shade)
    p.line("M130 170h44M306 170h44", p.accent, 13)
    p.area("M280 112h30v30h-30z", p.light)


def cooler(p):
    p.line("M150 130c0-60 180-60 180 0", p.shade, 13)
    p.box(116, 126, 248, 186, 22, p.cloth)
    p.box(106, 116, 268, 44, 16, PALE)
    p.box(206, 148, 68, 26, 8, p.accent)
    p.line("M240 206v72M209 224l62 36M271 224l-62 36", "#fff", 7)


def carrier(p):
    p.line("M170 312V70M310 312V70M170 312h140M170 90h140", IRON, 9)
    p.body("M164 44h152l14 50H150z", p.accent)
    p.body("M178 130h124v110c0 30-20 44-62 44s-62-14-62-44z", p.cloth)
    p.disc(240, 128, 34, "#f1cfae")
    p.line("M214 116c8-22 44-22 52 0", "#7a5230", 10)
    p.disc(229, 130, 4, INK)
    p.disc(251, 130, 4, INK)
    p.line("M230 143c6 6 14 6 20 0", INK, 3)
    p.line("M200 180h80", p.light, 9)


# ---- essentials ----

def poles(p):
    for x, lean in ((190, -30), (290, 30)):
        p.line(f"M{x + lean} 312L{x} 110", STEEL, 9)
        p.line(f"M{x + lean // 2} 214L{x} 110", p.cloth, 11)
        p.line(f"M{x} 112l{-lean // 4} -52", INK, 19)
        p.line(f"M{x + lean - 16} 284h32", p.accent, 9)


def knife(p):
    p.area("M226 190l148-96c14 30-10 80-110 128z", STEEL)
    p.line("M250 192l118-78", "#fff", 3)
    p.body("M106 276c-16-14-8-38 12-50l108-52 34 50-100 62c-20 12-40 4-54-10z", p.cloth)
    for x, y in ((144, 252), (176, 234), (208, 216)):
        p.disc(x, y, 6, p.accent)


def sunglasses(p):
    p.line("M110 170c-14-40-6-60 24-66M370 170c14-40 6-60-24-66", p.shade, 9)
    p.area("M104 164h116c4 60-20 92-58 92s-62-36-58-92zM260 164h116c4 56-20 92-58 92s-62-32-58-92z", INK)
    p.line("M104 166h116c4 58-20 90-58 90s-62-36-58-90zM260 166h116c4 56-20 90-58 90s-62-34-58-90zM220 178c10-10 30-10 40 0",
           p.cloth, 9)
    p.line("M128 184l26 44M288 184l26 44", p.light, 9, ' opacity=".6"')


DRAWINGS = {
    "pack": pack, "bigpack": bigpack, "rollpack": rollpack, "drybag": drybag, "tent": tent, "tarptent": tarptent,
    "familytent": familytent, "pegs": pegs, "bag": bag, "mat": mat, "pillow": pillow, "boot": boot, "shoe": shoe,
    "climbshoe": climbshoe, "sock": sock, "jacket": jacket, "puffer": puffer, "fleece": fleece, "shirt": shirt,
    "trousers": trousers, "beanie": beanie, "glove": glove, "harness": harness, "rope": rope, "carabiner": carabiner, "helmet": helmet,
    "chalk": chalk, "stove": stove, "canister": canister, "pot": pot, "bottle": bottle, "food": food, "headlamp": headlamp,
    "lantern": lantern, "map": folded_map, "watch": watch, "firstaid": firstaid, "snowshoe": snowshoe, "iceaxe": iceaxe,
    "shovel": shovel, "sledge": sledge, "chair": chair, "cooler": cooler, "carrier": carrier, "poles": poles, "knife": knife,
    "sunglasses": sunglasses,
}
