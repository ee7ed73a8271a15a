// For pages with dynstore_format json, beside dynstore.js: shows their blocks as dynstore_format html would, by the shop's own template,
// or in an element <dynstore-block>. Elements are made one by one, never from text, without styles or handlers. docs/browser.md

/** @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function element(name, attributes, children) {
  const made = document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}

/** Nothing where there is no text. @param {string} tag @param {string} named @param {any} inside @param {{}} [more] @returns {Node[]} */
const optional = (tag, named, inside, more) => inside ? [element(tag, { class: 'dynstore-' + named, ...more }, [].concat(inside))] : [];

/** @param {any} shown */
const image = (shown) => shown.image ? [element('img', { src: shown.image, alt: '', loading: 'lazy' }, [])] : [];

/** @param {any} shown */
const sponsored = (shown) => optional('p', 'sponsored', shown.sponsored && shown.sponsored.label);

/** @param {string} now @param {string} was */
const price = (now, was) => now && [now].concat(/** @type {any} */ (was ? [' ', ...optional('s', 'item-was', was)] : []));

/** The id of what is titled. @param {string} mark */
const titled = (mark) => ({ id: mark.replace('*', 'title') });

// What a rule says of an item stands last in its link.
/** @param {string} mark @param {any} shown @param {Node[]} inside */
const link = (mark, shown, inside) => element('a', { href: shown.url || '#' }, [
  ...image(shown), ...optional('span', 'item-title', shown.title, titled(mark)), ...inside, ...optional('span', 'item-badge', shown.badge)]);

// A button's name is its words and then the title: in a list of links each says what it is for.
/** @param {string} mark */
const names = (mark) => {
  const id = mark.replace('*', 'cta');
  return { id, 'aria-labelledby': `${id} ${titled(mark).id}` };
};

/** @param {string} mark @param {any} shown */
const cta = (mark, shown) => element('a', { class: 'dynstore-cta', ...names(mark), href: shown.url || '#', 'data-dynstore-action': shown.cta.action }, [shown.cta.label]);

/** @param {string} language @param {string} mark @param {any} shown */
const item = (language, mark, shown) => [
  ...sponsored(shown),
  link(mark, shown, [
    ...optional('span', 'item-price', price(shown.price_text, shown.was_text)),
    ...optional('span', 'item-rating', 'rating' in shown && '\u2605 ' + shown.rating.toLocaleString(language || 'en',
      { minimumFractionDigits: 1 }) + (shown.rating_count ? ` (${shown.rating_count})` : '')),
    ...(shown.badges || []).flatMap((/** @type {string} */ badge) => optional('span', 'item-badge', badge)),
    ...optional('span', 'item-fit', shown.fit)]),
  element('p', { class: 'dynstore-reason' }, [shown.reason.text]),
  ...(shown.cta ? [cta(mark, shown)] : [])];

/** An item in a copy of the shop's own template. @param {HTMLTemplateElement} template @param {any} shown */
function filled(template, shown) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  copy.querySelectorAll('[data-dynstore-field]').forEach((place) => {
    const field = place.getAttribute('data-dynstore-field') || '';
    const value = field.split('.').reduce((object, key) => object && object[key], shown);
    if (value == null || value === '') place.remove();
    else if (field === 'url') place.setAttribute('href', value);
    else if (field === 'image') place.setAttribute('src', value);
    else place.textContent = value;
  });
  return [copy];
}

// What the items are together, with the one button that all of them have.
/** @param {string} mark @param {any} shown */
const bundle = (mark, shown) => element('div', { class: 'dynstore-bundle-offer', 'data-dynstore-bundle': shown.id }, [
  ...image(shown), ...optional('p', 'bundle-title', shown.title, titled(mark)), ...optional('p', 'text', shown.description),
  ...optional('p', 'bundle-price', shown.price_text && optional('span', 'item-price', price(shown.price_text, shown.sum_text))),
  ...optional('p', 'bundle-saved', shown.saved_sentence), cta(mark, shown)]);

/** @param {(place: number) => string} marks @param {Node} title @param {any} table @param {any[]} items */
function comparison(marks, title, table, items) {
  /** @param {Record<string, string>} attributes @param {Node} first @param {Node[]} cells */
  const row = (attributes, first, cells) => element('tr', attributes, [first, ...cells]);
  /** @param {string} [text] */
  const cell = (text) => element('td', {}, text ? [text] : []);
  return element('table', { class: 'dynstore-comparison-table' }, [
    element('caption', {}, [title]),
    element('thead', {}, [row({}, cell(), items.map((shown, place) =>
      element('th', { scope: 'col', 'data-dynstore-item': shown.id }, [...sponsored(shown), link(marks(place), shown, [])])))]),
    element('tbody', {}, table.rows.map((/** @type {any} */ shown) =>
      row(shown.differs ? { class: 'dynstore-differs' } : {}, element('th', { scope: 'row' }, [shown.label]), shown.values.map(cell)))
      .concat(row({}, cell(), items.map((shown, place) => element('td', { 'data-dynstore-item': shown.id }, [cta(marks(place), shown)])))))]);
}

/** @param {string} mark @param {any} shown */
const content = (mark, shown) => element('div', { class: 'dynstore-content', 'data-dynstore-content': shown.id,
  ...(shown.modules.length ? { 'data-dynstore-modules': shown.modules.join(' ') } : {}) }, [
  ...image(shown), ...optional('h2', 'title', shown.title, shown.url && shown.cta && titled(mark)), ...optional('p', 'text', shown.text),
  ...(shown.url ? [element('a', { class: 'dynstore-cta', ...(shown.cta && shown.title ? names(mark) : {}), href: shown.url, 'data-dynstore-action': 'view' },
    [shown.cta ? shown.cta.label : shown.title || shown.url])] : [])]);

/** @param {any} shown */
const message = (shown) => element('li', { 'data-dynstore-message': shown.kind },
  ['item' in shown ? element('a', { href: shown.url || '#' }, [shown.text]) : shown.text]);

/**
 * The section of a slot; without children when it shows nothing.
 * @param {any} decision @param {any} slot
 */
function section(decision, slot) {
  const messages = slot.messages || [];
  /** @type {Record<string, string>} */
  const attributes = { class: 'dynstore dynstore-' + slot.slot };
  if (decision.language) attributes.lang = decision.language;
  const told = { slot: slot.slot, surface: decision.surface, 'page-item': decision.page_item, rung: slot.rung, decision: decision.id,
    ...decision.versions, overlay: decision.overlay, token: decision.token };
  for (const key in told) if (told[key]) attributes['data-dynstore-' + key] = told[key];
  // of ids: * is title or cta
  const mark = `dynstore-${slot.slot}-*`, marks = (/** @type {number} */ place) => `${mark}-${place + 1}`;
  const title = element('h2', { class: 'dynstore-title' }, [slot.title]);
  const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector(`template[data-dynstore-template~="${slot.slot}"]`));
  if (!slot.items.length && !slot.content && !messages.length) return element('section', attributes, []);
  return element('section', attributes, slot.comparison ? [comparison(marks, title, slot.comparison, slot.items)] : [
    slot.content ? content(mark, slot.content) : title,
    ...(messages.length ? [element('ul', { class: 'dynstore-message-list' }, messages.map(message))] : []),
    ...(slot.items.length ? [element('ul', { class: 'dynstore-items' }, slot.items.map((/** @type {any} */ shown, /** @type {number} */ place) =>
      element('li', { class: 'dynstore-item', 'data-dynstore-item': shown.id },
        template ? filled(template, shown) : item(decision.language, marks(place), shown))))] : []),
    ...(slot.bundle ? [bundle(mark, slot.bundle)] : [])]);
}

/** @param {any} decision @param {any} slot @param {Element | null} [place] inside a shadow, parts can be styled from outside: dynstore-block::part(item) */
function render(decision, slot, place = elementOf(slot.slot)) {
  const made = section(decision, slot);
  if (place) [made, ...made.querySelectorAll('[class], img, a')].forEach((part) => part.setAttribute('part',
    part.className.replace(/dynstore-/g, '') || (part instanceof HTMLImageElement ? 'image' : 'link')));
  return made;
}

/** @param {string} slot */
const elementOf = (slot) => document.querySelector(`dynstore-block[slot="${slot}"]`);

/** @param {string} slot */
function empty(slot) {
  const made = document.createElement('section');
  made.dataset.dynstoreSlot = slot;
  return made;
}

/** Blocks, and places for those that are still to be asked for, which dynstore.js does not know yet. @type {HTMLElement[]} */
const blocks = [];

function told() {
  const shop = /** @type {any} */ (window);
  if (blocks.length) (shop.dynstore = shop.dynstore || []).push(['render', { blocks: blocks.splice(0), render }]);
}

/** No rule of the page reaches into a shadow: it gets the page's stylesheet of blocks once more, at once where it can be read. @param {ShadowRoot} root */
function styled(root) {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel=stylesheet][href*="/dynstore."]'));
  if (!link) return;
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync([.../** @type {CSSStyleSheet} */ (link.sheet).cssRules].map(({ cssText }) => cssText).join(''));
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(link.cloneNode());
  }
}

/** @param {Element} element @param {HTMLElement} made */
function shadowed(element, made) {
  const root = element.attachShadow({ mode: 'open' });
  styled(root);
  root.append(made);
  // what the page is cannot be read inside a shadow
  for (const name of ['surface', 'page-item', 'token']) {
    const value = made.getAttribute('data-dynstore-' + name);
    if (value) element.setAttribute('data-dynstore-' + name, value);
  }
  blocks.push(made);
}

document.querySelectorAll('script[type="application/json"][id^="dynstore-"]').forEach((script) => {
  const decision = JSON.parse(script.textContent || '');
  if (decision.schema === 'dynstore.decision/1') decision.slots.forEach((/** @type {any} */ slot) => {
    const made = render(decision, slot), element = elementOf(slot.slot);
    if (element && !element.shadowRoot) return shadowed(element, made);
    script.before(made);
    blocks.push(made);
  });
});
document.querySelectorAll('template[data-dynstore-template]').forEach((template) => {
  (template.getAttribute('data-dynstore-template') || '').split(' ').forEach((slot) => {
    if (document.querySelector(`[data-dynstore-slot="${slot}"]`)) return;
    const made = empty(slot);
    template.after(made);
    blocks.push(made);
  });
});

// also one that the page's script adds later
if (!customElements.get('dynstore-block')) customElements.define('dynstore-block', class extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    shadowed(this, empty(this.getAttribute('slot') || ''));
    queueMicrotask(told);
  }
});
told();
