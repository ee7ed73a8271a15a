"""Small signs in one line weight. The stylesheet uses them as masks, so that they have the colour of the text beside them."""


def sign(path):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="1.7" stroke-linecap="round" '
            f'stroke-linejoin="round"><path d="{path}"/></svg>\n')


ICONS = {name: sign(path) for name, path in {
    "truck": "M2 6h12v10H2zM14 9.5h4l4 3.5v3h-8zM4.5 18.5a2 2 0 1 0 4 0 2 2 0 1 0-4 0M15.5 18.5a2 2 0 1 0 4 0 2 2 0 1 0-4 0",
    "needle": "M4 20L19 5a1.5 1.5 0 0 1 1.5 1.5L4 20zM12 4c-4-3-8 1-5 4s6 6 3 9c-1.5 1.5-3.5 1-4 0",
    "leaf": "M5 19C4 9 10 4 20 4c0 10-5 16-15 15zM5 19c3-5 6-8 10-10",
    "boot": "M6 3h7l.5 6c3 3 7 3 7.5 7v3H5c-.5-6 2-10 1-16zM5 16h16",
    "return": "M4 9h11a5 5 0 0 1 0 10H8M4 9l4-4M4 9l4 4",
    "choice": "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
    "gift": "M4 11h16v9H4zM3 7.5h18V11H3zM12 7.5V20M12 7.5C9 7.5 7 6 8 4.5s4 0 4 3c0-3 3-4.5 4-3s-1 3-4 3",
    "spark": "M12 3l2.2 6.800L21 12l-6.800 2.2L12 21l-2.2-6.800L3 12l6.800-2.2z",
}.items()}
