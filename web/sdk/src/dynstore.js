// Shows the blocks of dynstore_format json as dynstore_format html would. Load it with defer: docs/http-api.md.
// Elements are made one by one, never from text, without styles or handlers: a strict Content-Security-Policy allows it.
(function () {
  'use strict';

  function element(name, attributes, children) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    children.forEach(function (child) { made.append(child); });
    return made;
  }

  function sponsored(shown) {
    return shown.sponsored ? [element('p', { class: 'dynstore-sponsored' }, [shown.sponsored.label])] : [];
  }

  // What a rule says of an item stands last in its link.
  function link(shown, inside) {
    function span(named, text) { return text ? [element('span', named, [].concat(text))] : []; }
    return element('a', { href: shown.url || '#' }, [].concat(
      shown.image ? element('img', { src: shown.image, alt: '', loading: 'lazy' }, []) : [],
      span({ class: 'dynstore-item-title' }, shown.title), inside(span), span({ class: 'dynstore-item-badge' }, shown.badge)));
  }

  function cta(shown) {
    return element('a', { class: 'dynstore-cta', href: shown.url || '#', 'data-dynstore-action': shown.cta.action }, [shown.cta.label]);
  }

  function item(language, shown) {
    return element('li', { class: 'dynstore-item', 'data-dynstore-item': shown.id }, sponsored(shown).concat(
      link(shown, function (span) {
        return [].concat(
          span({ class: 'dynstore-item-price' }, shown.price_text && [shown.price_text].concat(
            shown.was_text ? [' ', element('s', { class: 'dynstore-item-was' }, [shown.was_text])] : [])),
          span({ class: 'dynstore-item-rating' }, 'rating' in shown && '\u2605 ' + shown.rating.toLocaleString(language || 'en',
            { minimumFractionDigits: 1 }) + (shown.rating_count ? ' (' + shown.rating_count + ')' : '')),
          (shown.badges || []).map(function (badge) { return span({ class: 'dynstore-item-badge' }, badge)[0]; }),
          span({ class: 'dynstore-item-fit' }, shown.fit));
      }),
      element('p', { class: 'dynstore-reason' }, [shown.reason.text]), shown.cta ? cta(shown) : []));
  }

  // What the items are together, with the one button that all of them have.
  function bundle(shown) {
    function paragraph(named, inside) { return inside ? [element('p', named, [].concat(inside))] : []; }
    return element('div', { class: 'dynstore-bundle-offer', 'data-dynstore-bundle': shown.id }, [].concat(
      shown.image ? element('img', { src: shown.image, alt: '', loading: 'lazy' }, []) : [],
      paragraph({ class: 'dynstore-bundle-title' }, shown.title), paragraph({ class: 'dynstore-text' }, shown.description),
      paragraph({ class: 'dynstore-bundle-price' }, shown.price_text && element('span', { class: 'dynstore-item-price' }, [shown.price_text].concat(
        shown.sum_text ? [' ', element('s', { class: 'dynstore-item-was' }, [shown.sum_text])] : []))),
      paragraph({ class: 'dynstore-bundle-saved' }, shown.saved_sentence), cta(shown)));
  }

  function comparison(title, table, items) {
    function row(attributes, first, cells) { return element('tr', attributes, [first].concat(cells)); }
    function cell(text) { return element('td', {}, text ? [text] : []); }
    return element('table', { class: 'dynstore-comparison-table' }, [
      element('caption', {}, [title]),
      element('thead', {}, [row({}, cell(), items.map(function (shown) {
        return element('th', { scope: 'col', 'data-dynstore-item': shown.id },
          sponsored(shown).concat(link(shown, function () { return []; })));
      }))]),
      element('tbody', {}, table.rows.map(function (shown) {
        return row(shown.differs ? { class: 'dynstore-differs' } : {}, element('th', { scope: 'row' }, [shown.label]),
          shown.values.map(cell));
      }).concat(row({}, cell(), items.map(function (shown) {
        return element('td', { 'data-dynstore-item': shown.id }, [cta(shown)]);
      }))))
    ]);
  }

  function content(shown) {
    var attributes = { class: 'dynstore-content', 'data-dynstore-content': shown.id };
    if (shown.modules.length) attributes['data-dynstore-modules'] = shown.modules.join(' ');
    return element('div', attributes, [].concat(
      shown.image ? element('img', { src: shown.image, alt: '', loading: 'lazy' }, []) : [],
      shown.title ? element('h2', { class: 'dynstore-title' }, [shown.title]) : [],
      shown.text ? element('p', { class: 'dynstore-text' }, [shown.text]) : [],
      shown.url ? element('a', { class: 'dynstore-cta', href: shown.url, 'data-dynstore-action': 'view' },
        [shown.cta ? shown.cta.label : shown.title || shown.url]) : []));
  }

  function message(shown) {
    return element('li', { 'data-dynstore-message': shown.kind },
      ['item' in shown ? element('a', { href: shown.url || '#' }, [shown.text]) : shown.text]);
  }

  document.querySelectorAll('script[type="application/json"][id^="dynstore-"]').forEach(function (script) {
    var decision = JSON.parse(script.textContent);
    if (decision.schema !== 'dynstore.decision/1') return;
    var versions = {};
    Object.keys(decision.versions).forEach(function (name) {
      if (decision.versions[name]) versions['data-dynstore-' + name] = decision.versions[name];
    });
    decision.slots.forEach(function (slot) {
      if (!slot.items.length && !slot.content && !(slot.messages || []).length) return;
      var title = element('h2', { class: 'dynstore-title' }, [slot.title]);
      script.before(element('section', Object.assign({ class: 'dynstore dynstore-' + slot.slot },
        decision.language ? { lang: decision.language } : {},
        { 'data-dynstore-slot': slot.slot, 'data-dynstore-surface': decision.surface },
        decision.page_item ? { 'data-dynstore-page-item': decision.page_item } : {},
        { 'data-dynstore-rung': slot.rung, 'data-dynstore-decision': decision.id }, versions
      ), slot.comparison ? [comparison(title, slot.comparison, slot.items)] : [].concat(
        slot.content ? content(slot.content) : title,
        slot.messages ? element('ul', { class: 'dynstore-message-list' }, slot.messages.map(message)) : [],
        slot.items.length ? element('ul', { class: 'dynstore-items' }, slot.items.map(item.bind(0, decision.language))) : [],
        slot.bundle ? bundle(slot.bundle) : [])));
    });
  });
})();
