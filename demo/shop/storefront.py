"""All pages of the shop together: those that lie in files, and what the backend needs to write the others."""

from . import buying, german, help_pages, listing, product
from .basket import Basket, Shelves
from .catalogue import handle
from .pages import Pages


class Storefront(Pages):
    def __init__(self, products):
        super().__init__(products)
        self.shelves = Shelves(products)
        self.by_handle = {handle(top): top for top in self.tops}

    def all(self):
        """(path of the file, text) of every page, in English, and in German under de/."""
        for path, text in self.english():
            yield path, text
            yield f"de/{path}", german.page(text)

    def english(self):
        """Pages that are the same for everybody, and what the others are for who has chosen nothing yet."""
        yield "index.html", self.home()
        yield "cart.html", buying.cart(self, Basket())
        yield "search.html", listing.search(self, {})
        for top in self.tops:
            yield f"c/{handle(top)}.html", listing.category(self, top, {})
        for shown in self.products:
            yield f"products/{shown.id}.html", product.page(self, shown)
        yield from help_pages.written(self)
