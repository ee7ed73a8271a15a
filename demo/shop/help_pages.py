"""What the foot of each page leads to, in both languages: each text stands here as (English, German)."""

from html import escape

PAGES = (
    ("delivery", ("Delivery and returns", "Versand und Rückgabe"), ("When it comes, and how it goes back.", "Wann es kommt, und wie es zurückgeht."), (
        (("What it costs", "Was es kostet"),
         ("Delivery costs €4.90 and is free from €80. Parcels leave Kempten on the day of your order, if it reaches us before two in the afternoon.",
          "Der Versand kostet €4.90 und ist ab 80 € frei. Pakete verlassen Kempten am Tag der Bestellung, wenn sie bis 14 Uhr bei uns ist.")),
        (("How long it takes", "Wie lange es dauert"),
         ("Two working days in Germany and Austria, three to five in Switzerland, France and the United Kingdom.",
          "Zwei Werktage in Deutschland und Österreich, drei bis fünf in der Schweiz, in Frankreich und im Vereinigten Königreich.")),
        (("Sending it back", "Zurückschicken"),
         ("You have 60 days, also after trying it outside, as long as it is clean and nothing is broken. The label is in the parcel.",
          "Sie haben 60 Tage, auch nach einer Probe draußen, solange es sauber und heil ist. Der Aufkleber liegt im Paket.")),
        (("What we may not send", "Was wir nicht schicken dürfen"),
         ("Gas does not fly, and some knives may not enter some countries. The page of a product says so, and the checkout tells you before you pay.",
          "Gas fliegt nicht, und manche Messer dürfen in manche Länder nicht. Das steht auf der Seite des Produkts und an der Kasse, bevor Sie zahlen.")))),
    ("repairs", ("Repairs", "Reparatur"), ("Mended is better than new.", "Geflickt ist besser als neu."), (
        (("For life", "Ein Leben lang"),
         ("What you bought from us we repair as long as it can be repaired. Seams and buckles are free in the first five years.",
          "Was Sie bei uns gekauft haben, reparieren wir, solange es geht. Nähte und Schnallen kosten in den ersten fünf Jahren nichts.")),
        (("What it costs after that", "Was es danach kostet"),
         ("Most repairs cost less than €20: a zip €18, a patch €9, a new sole €65. You hear the price before we begin.",
          "Die meisten Reparaturen kosten weniger als 20 €: ein Reißverschluss 18 €, ein Flicken 9 €, eine neue Sohle 65 €. Sie erfahren den Preis, bevor wir beginnen.")),
        (("How to send it", "Wie Sie es schicken"),
         ("Clean and dry, with a note that says what hurts. It is back within two weeks, boots take three.",
          "Sauber und trocken, mit einem Zettel, auf dem steht, wo es fehlt. In zwei Wochen ist es zurück, Stiefel brauchen drei.")))),
    ("sizes", ("Sizes", "Größen"), ("How to measure, and what to choose between two sizes.", "Wie man misst, und was man zwischen zwei Größen wählt."), (
        (("Boots and shoes", "Stiefel und Schuhe"),
         ("Measure your longer foot in the evening, standing, in the sock you will walk in. Add one centimetre for boots and half of one for trail shoes.",
          "Messen Sie abends im Stehen den längeren Fuß, in der Socke, mit der Sie gehen. Bei Stiefeln einen Zentimeter dazu, bei Trailschuhen einen halben.")),
        (("Jackets and layers", "Jacken und Schichten"),
         ("Measure the chest below the arms. Between two sizes the larger one leaves room for a fleece. The table is on the page of each product.",
          "Messen Sie die Brust unter den Armen. Zwischen zwei Größen lässt die größere Platz für ein Fleece. Die Tabelle steht bei jedem Produkt.")),
        (("Packs", "Rucksäcke"),
         ("Not your height counts but your back: from the seventh vertebra to the top of the hips. The fit of each pack is said in centimetres.",
          "Nicht die Größe zählt, sondern der Rücken: vom siebten Halswirbel bis zum Hüftkamm. Bei jedem Rucksack steht die Rückenlänge in Zentimetern.")))),
    ("privacy", ("What is kept of you", "Was von Ihnen bleibt"), ("This sample keeps little, and for a short time.", "Dieses Beispiel behält wenig, und nicht lange."), (
        (("In your browser", "In Ihrem Browser"),
         ("Cookies with what lies in your cart, what you saved and compare, your language, and a random name, by which dynstore knows your visit again.",
          "Cookies mit dem, was im Warenkorb liegt, was Sie gemerkt haben und vergleichen, Ihrer Sprache, und ein zufälliger Name, an dem dynstore Ihren Besuch erkennt.")),
        (("In Redis", "In Redis"),
         ("What you look at, search for and put into the cart, below that random name, on the machine where this sample runs. It ends with the sample.",
          "Was Sie ansehen, suchen und in den Warenkorb legen, unter dem zufälligen Namen, auf dem Rechner, auf dem dieses Beispiel läuft. Mit dem Beispiel endet es.")),
        (("Nowhere else", "Sonst nirgends"),
         ("Nothing is sent to anybody. The checkout keeps no name and no address, and every page works if your browser refuses the cookies.",
          "Nichts geht an andere. Die Kasse behält weder Namen noch Adresse, und jede Seite geht auch, wenn Ihr Browser die Cookies ablehnt.")))),
    ("about", ("About this sample", "Über dieses Beispiel"), ("A shop that does not exist, in front of a module that does.", "Ein Laden, den es nicht gibt, vor einem Modul, das es gibt."), (
        (("Two halves", "Zwei Hälften"),
         ("The shop writes its pages without knowing you. nginx passes them on, and on the way dynstore fills the blocks: it reads what you did from Redis, decides, and writes the block into the page.",
          "Der Laden schreibt seine Seiten, ohne Sie zu kennen. nginx reicht sie weiter, und unterwegs füllt dynstore die Blöcke: Es liest aus Redis, was Sie taten, entscheidet und schreibt den Block in die Seite.")),
        (("Look behind it", "Dahinter sehen"),
         ("Below each page is a button that opens a panel: the moment that dynstore sees, what each block was made from, why each item is there, how long it took, and what would come next.",
          "Unter jeder Seite öffnet ein Knopf ein Feld: welchen Augenblick dynstore sieht, woraus jeder Block gemacht ist, warum etwas dasteht, wie lange es dauerte und was als Nächstes käme.")),
        (("Try this", "Versuchen Sie das"),
         ("Open three things for climbing, then the home page. Look at three tents of one kind. Come back to one thing three times. Put something small into the cart and open it.",
          "Öffnen Sie drei Dinge zum Klettern, dann die Startseite. Sehen Sie drei Zelte einer Art an. Kommen Sie dreimal auf eines zurück. Legen Sie etwas Kleines in den Warenkorb und öffnen Sie ihn.")))),
    ("contact", ("Write to us", "Schreiben Sie uns"), ("People who go, not a machine.", "Leute, die selbst gehen, keine Maschine."), (
        (("In the shop", "Im Laden"),
         ("Kempten im Allgäu, Tuesday to Saturday, ten to six. This shop is a sample: the door would be a surprise.",
          "Kempten im Allgäu, Dienstag bis Samstag, zehn bis achtzehn Uhr. Dieser Laden ist ein Beispiel: Die Tür wäre eine Überraschung.")),)),
)
TITLES = tuple((name, title) for name, (title, _), _, _ in PAGES)
FORM = """<section><h2>A question</h2><form class="ask" method="post" action="/question"><label>What would you like to know?<textarea name="question" rows="4" maxlength="500"
required></textarea></label><button class="button" type="submit">Send the question</button></form></section>"""


def written(pages):
    """(path of the file, text) of each page, in English."""
    links = "".join(f'<li><a href="/help/{name}">{escape(title)}</a></li>' for name, title in TITLES)
    for name, (title, _), (lead, _), parts in PAGES:
        body = "\n".join(f"<section><h2>{escape(head)}</h2>\n<p>{escape(text)}</p></section>" for (head, _), (text, _) in parts)
        main = (f'<p class="crumbs"><a href="/">Home</a> / <span>{escape(title)}</span></p>\n<div class="advice"><div><h1>{escape(title)}</h1>\n'
                f'<p class="lead">{escape(lead)}</p>\n{body}\n{FORM if name == "contact" else ""}</div>\n'
                f'<aside aria-label="Help"><ul>{links}</ul></aside></div>')
        yield f"help/{name}.html", pages.page("help", f"/help/{name}", title, lead, main)


def german_words():
    """Pairs for german.py."""
    for _, title, lead, parts in PAGES:
        for english, german in (title, lead, *(pair for part in parts for pair in part)):
            yield f">{escape(english)}<", f">{escape(german)}<"
        yield f'content="{escape(lead[0])}"', f'content="{escape(lead[1])}"'
