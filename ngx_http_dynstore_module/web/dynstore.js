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

  function item(shown) {
    var url = shown.url || '#', inside = [], unit = ' ' + shown.currency;
    function span(named, text) { if (text) inside.push(element('span', named, [].concat(text))); }
    if (shown.image) inside.push(element('img', { src: shown.image, alt: '', loading: 'lazy' }, []));
    span({ class: 'dynstore-item-title' }, shown.title);
    span({ class: 'dynstore-item-price' }, shown.price && [shown.price + unit].concat(
      shown.was ? [' ', element('s', { class: 'dynstore-item-was' }, [shown.was + unit])] : []));
    span({ class: 'dynstore-item-rating' }, 'rating' in shown &&
      '\u2605 ' + shown.rating.toFixed(1) + (shown.rating_count ? ' (' + shown.rating_count + ')' : ''));
    (shown.badges || []).forEach(span.bind(0, { class: 'dynstore-item-badge' }));
    span({ class: 'dynstore-item-fit' }, shown.fit);
    return element('li', { class: 'dynstore-item', 'data-dynstore-item': shown.id }, [
      element('a', { href: url }, inside),
      element('p', { class: 'dynstore-reason' }, [shown.reason.text]),
      element('a', { class: 'dynstore-cta', href: url, 'data-dynstore-action': shown.cta.action }, [shown.cta.label])
    ]);
  }

  document.querySelectorAll('script[type="application/json"][id^="dynstore-"]').forEach(function (script) {
    var decision = JSON.parse(script.textContent);
    if (decision.schema !== 'dynstore.decision/1') return;
    decision.slots.forEach(function (slot) {
      script.before(element('section', {
        class: 'dynstore dynstore-' + slot.slot, 'data-dynstore-slot': slot.slot, 'data-dynstore-rung': slot.rung,
        'data-dynstore-decision': decision.id
      }, [
        element('h2', { class: 'dynstore-title' }, [slot.title]),
        element('ul', { class: 'dynstore-items' }, slot.items.map(item))
      ]));
    });
  });
})();
