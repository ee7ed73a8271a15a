/*
 * Every text that a shopper reads, in the four languages that are built in. This table is their only source: keys of a rules file's
 * "texts", docs/rules.md and conf.examples/rules.default.json are made from it or compared with it.
 *
 * X(constant, key, placeholders, English, German, French, Spanish). A text has no other placeholders than those; which it uses is up to
 * it. What a reason claims is in docs/recommendations.md: a translation is true in the same cases.
 *
 * Who changes the table puts what `dynstore rules texts` prints into conf.examples/rules.default.json, runs tools/embed-rules, and
 * changes the table of docs/rules.md; t/unit/test_texts.c says what is missing.
 */
#ifndef DYN_WORDING_H
#define DYN_WORDING_H

/* X(constant, name in a text, what it stands for) */
#define DYN_PLACEHOLDERS(X)                                                                                            \
    X(NAME, "name", "what a reason or a text is about, whatever that is")                                              \
    X(ITEM, "item", "the title of an item")                                                                            \
    X(CATEGORY, "category", "the name of a category")                                                                  \
    X(BRAND, "brand", "the name of a brand")                                                                           \
    X(TRAIT, "trait", "a tag, or the value of an attribute")                                                           \
    X(AMOUNT, "amount", "an amount of money with its currency, as the language writes it")

#define X(constant, name, doc) DYN_PLACE_##constant,
typedef enum { DYN_PLACEHOLDERS(X) DYN_PLACES_COUNT, DYN_PLACE_NONE = DYN_PLACES_COUNT } dyn_place_t;
#undef X

/* Sets of placeholders. */
#define DYN_PLACES_NO 0u
#define DYN_PLACES_ITEM (1u << DYN_PLACE_NAME | 1u << DYN_PLACE_ITEM)
#define DYN_PLACES_CATEGORY (1u << DYN_PLACE_NAME | 1u << DYN_PLACE_CATEGORY)
#define DYN_PLACES_BRAND (1u << DYN_PLACE_NAME | 1u << DYN_PLACE_BRAND)
#define DYN_PLACES_TRAIT (1u << DYN_PLACE_NAME | 1u << DYN_PLACE_TRAIT)
#define DYN_PLACES_NAME (1u << DYN_PLACE_NAME)
#define DYN_PLACES_AMOUNT (1u << DYN_PLACE_AMOUNT)

/* X(constant, BCP 47 tag), in the order of the columns */
#define DYN_BUILT_IN_LANGUAGES(X) X(ENGLISH, "en") X(GERMAN, "de") X(FRENCH, "fr") X(SPANISH, "es")

#define DYN_TEXTS(X)                                                                                                   \
    X(REASON_BECAUSE_VIEWED, "reason.because_viewed", DYN_PLACES_ITEM,                                                 \
      "Because you viewed {item}", "Weil Sie {item} angesehen haben",                                                  \
      "Parce que vous avez consulté {item}", "Porque ha visto {item}")                                                 \
    X(REASON_BECAUSE_VIEWED_PLAIN, "reason.because_viewed.plain", DYN_PLACES_NO,                                       \
      "Because of what you viewed", "Aufgrund Ihrer angesehenen Artikel",                                              \
      "D’après les articles que vous avez consultés", "Según lo que ha visto")                                         \
    X(REASON_SIMILAR_TO, "reason.similar_to", DYN_PLACES_ITEM,                                                         \
      "Similar to {item}", "Ähnlich wie {item}",                                                                       \
      "Semblable à {item}", "Similar a {item}")                                                                        \
    X(REASON_SIMILAR_TO_PLAIN, "reason.similar_to.plain", DYN_PLACES_NO,                                               \
      "Similar items", "Ähnliche Artikel",                                                                             \
      "Articles semblables", "Artículos similares")                                                                    \
    X(REASON_BOUGHT_WITH, "reason.bought_with", DYN_PLACES_NAME,                                                       \
      "Often bought with {name}", "Oft zusammen gekauft mit {name}",                                                   \
      "Souvent acheté avec {name}", "Se compra a menudo con {name}")                                                   \
    X(REASON_BOUGHT_WITH_PLAIN, "reason.bought_with.plain", DYN_PLACES_NO,                                             \
      "Often bought together", "Oft zusammen gekauft",                                                                 \
      "Souvent achetés ensemble", "A menudo se compran juntos")                                                        \
    X(REASON_COMPATIBLE_WITH, "reason.compatible_with", DYN_PLACES_ITEM,                                               \
      "Fits {item}", "Passt zu {item}",                                                                                \
      "Compatible avec {item}", "Compatible con {item}")                                                               \
    X(REASON_COMPATIBLE_WITH_PLAIN, "reason.compatible_with.plain", DYN_PLACES_NO,                                     \
      "Fits what you chose", "Passt zu Ihrer Auswahl",                                                                 \
      "Compatible avec votre choix", "Compatible con lo que ha elegido")                                               \
    X(REASON_COMPLETES, "reason.completes", DYN_PLACES_ITEM,                                                           \
      "Goes with {item}", "Ergänzt {item}",                                                                            \
      "Va avec {item}", "Combina con {item}")                                                                          \
    X(REASON_COMPLETES_PLAIN, "reason.completes.plain", DYN_PLACES_NO,                                                 \
      "Goes with what you chose", "Ergänzt Ihre Auswahl",                                                              \
      "Va avec votre choix", "Combina con lo que ha elegido")                                                          \
    X(REASON_POPULAR_IN, "reason.popular_in", DYN_PLACES_CATEGORY,                                                     \
      "Popular in {category}", "Beliebt in {category}",                                                                \
      "Populaire dans {category}", "Popular en {category}")                                                            \
    X(REASON_POPULAR_IN_PLAIN, "reason.popular_in.plain", DYN_PLACES_NO,                                               \
      "Popular in its category", "Beliebt in seiner Kategorie",                                                        \
      "Populaire dans sa catégorie", "Popular en su categoría")                                                        \
    X(REASON_TRENDING, "reason.trending", DYN_PLACES_CATEGORY,                                                         \
      "Trending in {category}", "Im Trend in {category}",                                                              \
      "Tendance dans {category}", "Tendencia en {category}")                                                           \
    X(REASON_TRENDING_PLAIN, "reason.trending.plain", DYN_PLACES_NO,                                                   \
      "Trending now", "Gerade im Trend",                                                                               \
      "Tendance du moment", "Tendencia del momento")                                                                   \
    X(REASON_POPULAR, "reason.popular", DYN_PLACES_CATEGORY,                                                           \
      "Popular in {category}", "Beliebt in {category}",                                                                \
      "Populaire dans {category}", "Popular en {category}")                                                            \
    X(REASON_POPULAR_PLAIN, "reason.popular.plain", DYN_PLACES_NO,                                                     \
      "Popular now", "Gerade beliebt",                                                                                 \
      "Populaire en ce moment", "Popular ahora")                                                                       \
    X(REASON_RECENTLY_VIEWED, "reason.recently_viewed", DYN_PLACES_ITEM,                                               \
      "You viewed {item}", "Sie haben {item} angesehen",                                                               \
      "Vous avez consulté {item}", "Ha visto {item}")                                                                  \
    X(REASON_RECENTLY_VIEWED_PLAIN, "reason.recently_viewed.plain", DYN_PLACES_NO,                                     \
      "You viewed this", "Von Ihnen angesehen",                                                                        \
      "Vous avez consulté cet article", "Ya lo ha visto")                                                              \
    X(REASON_NEW_ARRIVAL, "reason.new_arrival", DYN_PLACES_CATEGORY,                                                   \
      "New in {category}", "Neu in {category}",                                                                        \
      "Nouveau dans {category}", "Nuevo en {category}")                                                                \
    X(REASON_NEW_ARRIVAL_PLAIN, "reason.new_arrival.plain", DYN_PLACES_NO,                                             \
      "New in the shop", "Neu im Shop",                                                                                \
      "Nouveau dans la boutique", "Nuevo en la tienda")                                                                \
    X(REASON_RECOMMENDED, "reason.recommended", DYN_PLACES_NAME,                                                       \
      "Recommended with {name}", "Empfohlen zu {name}",                                                                \
      "Recommandé avec {name}", "Recomendado con {name}")                                                              \
    X(REASON_RECOMMENDED_PLAIN, "reason.recommended.plain", DYN_PLACES_NO,                                             \
      "Recommended for you", "Für Sie empfohlen",                                                                      \
      "Recommandé pour vous", "Recomendado para usted")                                                                \
    X(REASON_VIEWED_WITH, "reason.viewed_with", DYN_PLACES_ITEM,                                                       \
      "Also looked at with {item}", "Wurde auch zusammen mit {item} angesehen",                                        \
      "Aussi consulté avec {item}", "Visto también con {item}")                                                        \
    X(REASON_VIEWED_WITH_PLAIN, "reason.viewed_with.plain", DYN_PLACES_NO,                                             \
      "Also looked at", "Wurde auch angesehen",                                                                        \
      "Aussi consultés", "Vistos también")                                                                             \
    X(REASON_BECAUSE_ADDED, "reason.because_added", DYN_PLACES_ITEM,                                                   \
      "Because you added {item}", "Weil Sie {item} hinzugefügt haben",                                                 \
      "Parce que vous avez ajouté {item}", "Porque ha añadido {item}")                                                 \
    X(REASON_BECAUSE_ADDED_PLAIN, "reason.because_added.plain", DYN_PLACES_NO,                                         \
      "Because of what you added", "Aufgrund Ihrer hinzugefügten Artikel",                                             \
      "D’après les articles que vous avez ajoutés", "Según lo que ha añadido")                                         \
    X(REASON_MORE_FROM, "reason.more_from", DYN_PLACES_BRAND,                                                          \
      "More from {brand}", "Mehr von {brand}",                                                                         \
      "Également de {brand}", "Más de {brand}")                                                                        \
    X(REASON_MORE_FROM_PLAIN, "reason.more_from.plain", DYN_PLACES_NO,                                                 \
      "More from brands you looked at", "Mehr von Marken, die Sie angesehen haben",                                    \
      "De marques que vous avez consultées", "Más de marcas que ha visto")                                             \
    X(REASON_SHARES, "reason.shares", DYN_PLACES_TRAIT,                                                                \
      "Like what you viewed: {trait}", "Wie Ihre angesehenen Artikel: {trait}",                                        \
      "Comme ce que vous avez consulté\u00a0: {trait}", "Como lo que ha visto: {trait}")                               \
    X(REASON_SHARES_PLAIN, "reason.shares.plain", DYN_PLACES_NO,                                                       \
      "Like what you viewed", "Wie Ihre angesehenen Artikel",                                                          \
      "Comme ce que vous avez consulté", "Como lo que ha visto")                                                       \
    X(REASON_SHARES_AUDIENCE, "reason.shares.audience", DYN_PLACES_TRAIT,                                              \
      "For {trait}", "Für {trait}",                                                                                    \
      "Pour {trait}", "Para {trait}")                                                                                  \
    X(REASON_MATCHES_SEARCH, "reason.matches_search", DYN_PLACES_NAME,                                                 \
      "Matches your search for {name}", "Passt zu Ihrer Suche nach {name}",                                            \
      "Correspond à votre recherche\u00a0: {name}", "Coincide con su búsqueda de {name}")                              \
    X(REASON_MATCHES_SEARCH_PLAIN, "reason.matches_search.plain", DYN_PLACES_NO,                                       \
      "Matches your search", "Passt zu Ihrer Suche",                                                                   \
      "Correspond à votre recherche", "Coincide con su búsqueda")                                                      \
    X(REASON_MATCHES_AD, "reason.matches_ad", DYN_PLACES_NAME,                                                         \
      "Matches {name}", "Passt zu {name}",                                                                             \
      "Correspond à {name}", "Coincide con {name}")                                                                    \
    X(REASON_MATCHES_AD_PLAIN, "reason.matches_ad.plain", DYN_PLACES_NO,                                               \
      "Matches what you came for", "Passt zu dem, was Sie hergeführt hat",                                             \
      "Correspond à ce qui vous amène", "Coincide con lo que le ha traído aquí")                                       \
    X(REASON_ALTERNATIVE_TO, "reason.alternative_to", DYN_PLACES_ITEM,                                                 \
      "Available instead of {item}", "Verfügbar statt {item}",                                                         \
      "Disponible à la place de {item}", "Disponible en lugar de {item}")                                              \
    X(REASON_ALTERNATIVE_TO_PLAIN, "reason.alternative_to.plain", DYN_PLACES_NO,                                       \
      "Available alternatives", "Verfügbare Alternativen",                                                             \
      "Alternatives disponibles", "Alternativas disponibles")                                                          \
    X(REASON_FROM_RANGE, "reason.from_range", DYN_PLACES_NAME,                                                         \
      "From our range: {name}", "Aus unserem Sortiment: {name}",                                                       \
      "De notre gamme\u00a0: {name}", "De nuestro surtido: {name}")                                                    \
    X(REASON_FROM_RANGE_PLAIN, "reason.from_range.plain", DYN_PLACES_NO,                                               \
      "From our range", "Aus unserem Sortiment",                                                                       \
      "De notre gamme", "De nuestro surtido")                                                                          \
    X(REASON_MATCHES_FILTER, "reason.matches_filter", DYN_PLACES_NAME,                                                 \
      "Matches your filter: {name}", "Passt zu Ihrem Filter: {name}",                                                  \
      "Correspond à votre filtre\u00a0: {name}", "Coincide con su filtro: {name}")                                     \
    X(REASON_MATCHES_FILTER_PLAIN, "reason.matches_filter.plain", DYN_PLACES_NO,                                       \
      "Matches your filter", "Passt zu Ihrem Filter",                                                                  \
      "Correspond à votre filtre", "Coincide con su filtro")                                                           \
    X(REASON_UPSELL_OF, "reason.upsell_of", DYN_PLACES_ITEM,                                                           \
      "A step up from {item}", "Eine Stufe über {item}",                                                               \
      "Un cran au-dessus de {item}", "Un nivel por encima de {item}")                                                  \
    X(REASON_UPSELL_OF_PLAIN, "reason.upsell_of.plain", DYN_PLACES_NO,                                                 \
      "A step up", "Eine Stufe höher",                                                                                 \
      "Un cran au-dessus", "Un nivel por encima")                                                                      \
    X(REASON_WITHIN_PRICES, "reason.within_prices", DYN_PLACES_NAME,                                                   \
      "Within the prices you looked at: {name}", "In der Preislage, die Sie angesehen haben: {name}",              \
      "Dans les prix que vous avez consultés\u00a0: {name}", "Dentro de los precios que ha visto: {name}")             \
    X(REASON_WITHIN_PRICES_PLAIN, "reason.within_prices.plain", DYN_PLACES_NO,                                         \
      "Within the prices you looked at", "In der Preislage, die Sie angesehen haben",                              \
      "Dans les prix que vous avez consultés", "Dentro de los precios que ha visto")                                   \
    X(REASON_CAME_BACK_TO, "reason.came_back_to", DYN_PLACES_ITEM,                                                     \
      "You came back to {item}", "Sie haben {item} erneut angesehen",                                                  \
      "Vous avez de nouveau consulté {item}", "Ha vuelto a ver {item}")                                                \
    X(REASON_CAME_BACK_TO_PLAIN, "reason.came_back_to.plain", DYN_PLACES_NO,                                           \
      "You came back to this", "Von Ihnen erneut angesehen",                                                           \
      "Vous avez de nouveau consulté cet article", "Ha vuelto a verlo")                                                \
    X(REASON_COMPARED, "reason.compared", DYN_PLACES_ITEM,                                                             \
      "You compare it with {item}", "Sie vergleichen es mit {item}",                                                   \
      "Vous le comparez à {item}", "Lo compara con {item}")                                                            \
    X(REASON_COMPARED_PLAIN, "reason.compared.plain", DYN_PLACES_NO,                                                   \
      "You compare this", "Sie vergleichen diesen Artikel",                                                            \
      "Vous comparez cet article", "Lo está comparando")                                                               \
    X(REASON_ON_SALE, "reason.on_sale", DYN_PLACES_CATEGORY,                                                           \
      "Now reduced in {category}", "Jetzt reduziert in {category}",                                                    \
      "En promotion dans {category}", "Rebajado en {category}")                                                        \
    X(REASON_ON_SALE_PLAIN, "reason.on_sale.plain", DYN_PLACES_NO,                                                     \
      "Now reduced", "Jetzt reduziert",                                                                                \
      "Prix réduit", "Ahora rebajado")                                                                                 \
    X(REASON_IN_BUNDLE, "reason.in_bundle", DYN_PLACES_NAME,                                                           \
      "Part of {name}", "Teil von {name}",                                                                             \
      "Fait partie de {name}", "Parte de {name}")                                                                      \
    X(REASON_IN_BUNDLE_PLAIN, "reason.in_bundle.plain", DYN_PLACES_NO,                                                 \
      "Part of the set", "Teil des Sets",                                                                              \
      "Fait partie du lot", "Parte del conjunto")                                                                      \
    X(TITLE_RECOMMENDED, "title.recommended", DYN_PLACES_NO,                                                           \
      "Recommended for you", "Für Sie empfohlen",                                                                      \
      "Recommandé pour vous", "Recomendado para usted")                                                                \
    X(TITLE_MAY_LIKE, "title.may_like", DYN_PLACES_NO,                                                                 \
      "You may also like", "Das könnte Ihnen auch gefallen",                                                           \
      "Vous aimerez peut-être aussi", "También le puede gustar")                                                       \
    X(TITLE_GOES_WELL_WITH_IT, "title.goes_well_with_it", DYN_PLACES_NO,                                               \
      "Goes well with it", "Passt gut dazu",                                                                           \
      "Va bien avec cet article", "Combina bien con este artículo")                                                    \
    X(TITLE_GOES_WELL, "title.goes_well", DYN_PLACES_NO,                                                               \
      "Goes well with your choice", "Passt gut zu Ihrer Auswahl",                                                      \
      "Va bien avec votre choix", "Combina bien con su elección")                                                      \
    X(TITLE_RECENTLY_VIEWED, "title.recently_viewed", DYN_PLACES_NO,                                                   \
      "Recently viewed", "Zuletzt angesehen",                                                                          \
      "Consultés récemment", "Vistos recientemente")                                                                   \
    X(TITLE_ON_SALE, "title.on_sale", DYN_PLACES_NO,                                                                   \
      "On sale", "Im Angebot",                                                                                         \
      "En promotion", "En oferta")                                                                                     \
    X(TITLE_BUNDLE, "title.bundle", DYN_PLACES_NO,                                                                     \
      "Sold as a set", "Im Set",                                                                                       \
      "Vendu en lot", "En conjunto")                                                                                   \
    X(TITLE_COMPARISON, "title.comparison", DYN_PLACES_NO,                                                             \
      "Side by side", "Im Vergleich",                                                                                  \
      "En comparaison", "En comparación")                                                                              \
    X(TITLE_GUIDE, "title.guide", DYN_PLACES_NO,                                                                       \
      "Help with your choice", "Hilfe bei der Auswahl",                                                                \
      "Une aide pour choisir", "Ayuda para elegir")                                                                    \
    X(TITLE_MESSAGES, "title.messages", DYN_PLACES_NO,                                                                 \
      "Good to know", "Gut zu wissen",                                                                                 \
      "Bon à savoir", "Conviene saber")                                                                                \
    X(CTA_VIEW, "cta.view", DYN_PLACES_NO,                                                                             \
      "View", "Ansehen",                                                                                               \
      "Voir", "Ver")                                                                                                   \
    X(CTA_ADD_TO_CART, "cta.add_to_cart", DYN_PLACES_NO,                                                               \
      "Add to cart", "In den Warenkorb",                                                                               \
      "Ajouter au panier", "Añadir al carrito")                                                                        \
    X(CTA_CHOOSE_OPTIONS, "cta.choose_options", DYN_PLACES_NO,                                                         \
      "Choose options", "Optionen wählen",                                                                             \
      "Choisir les options", "Elegir opciones")                                                                        \
    X(CTA_ADD_BUNDLE, "cta.add_bundle", DYN_PLACES_NO,                                                                 \
      "Add the set to the cart", "Set in den Warenkorb",                                                               \
      "Ajouter le lot au panier", "Añadir el conjunto al carrito")                                                     \
    X(MESSAGE_FREE_SHIPPING_GAP, "message.free_shipping_gap", DYN_PLACES_AMOUNT,                                       \
      "{amount} more and shipping is free", "Noch {amount} bis zum kostenlosen Versand",                               \
      "Plus que {amount} et la livraison est offerte", "Faltan {amount} para el envío gratuito")                       \
    X(MESSAGE_FREE_SHIPPING, "message.free_shipping", DYN_PLACES_AMOUNT,                                               \
      "Shipping is free", "Der Versand ist kostenlos",                                                                 \
      "La livraison est offerte", "El envío es gratuito")                                                              \
    X(MESSAGE_OPTION_MISSING, "message.option_missing", DYN_PLACES_ITEM,                                               \
      "Choose an option, such as the size: {item}", "Bitte eine Ausführung wählen, etwa die Größe: {item}",            \
      "Choisissez une option, comme la taille\u00a0: {item}", "Elija una opción, como la talla: {item}")               \
    X(LABEL_PRICE, "label.price", DYN_PLACES_NO,                                                                       \
      "Price", "Preis",                                                                                                \
      "Prix", "Precio")                                                                                                \
    X(LABEL_RATING, "label.rating", DYN_PLACES_NO,                                                                     \
      "Rating", "Bewertung",                                                                                           \
      "Note", "Valoración")                                                                                            \
    X(LABEL_FIT, "label.fit", DYN_PLACES_NO,                                                                           \
      "Fit", "Passform",                                                                                               \
      "Coupe", "Ajuste")                                                                                               \
    X(LABEL_SAVED, "label.saved", DYN_PLACES_AMOUNT,                                                                   \
      "You save {amount}", "Sie sparen {amount}",                                                                      \
      "Vous économisez {amount}", "Ahorra {amount}")                                                                   \
    X(LABEL_SPONSORED, "label.sponsored", DYN_PLACES_NO,                                                               \
      "Sponsored", "Anzeige",                                                                                          \
      "Sponsorisé", "Patrocinado")

#define X(constant, key, places, en, de, fr, es) DYN_TEXT_##constant,
typedef enum { DYN_TEXTS(X) DYN_TEXTS_COUNT } dyn_text_key_t;
#undef X
#define X(constant, tag) DYN_LANGUAGE_##constant,
typedef enum { DYN_BUILT_IN_LANGUAGES(X) DYN_BUILT_IN_LANGUAGES_COUNT } dyn_language_t;
#undef X

#endif
