// What the shopper does, as events: found by what shops' pages have in common, or marked by data-dynstore-*.
import { all, ask, emit, listen, on, options, page, safely, said } from './page.js';
import { flush, tell } from './send.js';

/** @typedef {import('./page.js').ShopEvent} ShopEvent */

const ACTIVE_MS = 3e4;
// where carts are changed in Shopify, WooCommerce and shops like them
const CART = /\/cart\/(add|change|update)|[?&](wc-ajax=add_to_cart|add-to-cart=|remove_item=)/;
// events of a tag manager's dataLayer that nginx does not see by itself
const TAGS = /^(add|begin|purchase|refund|remove|select)/;

const CONTENT = '[data-dynstore-content]', BLOCK = '[data-dynstore-slot]', ITEM = '[data-dynstore-item]';

/** @param {Element} near @returns {string | undefined} */
const itemAt = (near) => {
  const { surface, item } = page();
  return said(near, ITEM).dynstoreItem || (surface === 'pdp' ? item : undefined);
};

/** Fields of a form, an address or a request. @param {any} body @returns {any} */
const fields = (body) => {
  if (typeof body === 'string') {
    if (/^\s*{/.test(body)) return JSON.parse(body);
    body = new URLSearchParams(body);
  }
  return body && body.entries ? Object.fromEntries(body) : { ...body };
};

/** What a request does to the cart, once the shop has taken it. @type {(source: string, url: string, body?: any, near?: Element) => void} */
const changed = /** @type {any} */ (safely)((/** @type {string} */ source, /** @type {string} */ url, /** @type {any} */ body, /** @type {Element | undefined} */ near) => {
  const [found] = CART.exec(url) || [], sent = { ...fields(url.split('?')[1]), ...fields(body) }, adds = /add/.test(found || '');
  (sent.items || [sent]).forEach((/** @type {any} */ line) => {
    const id = near && itemAt(near) || line['add-to-cart'] || line.product_id || line.id;
    if (found && id && (adds || sent.remove_item || line.quantity == 0)) {
      tell(adds ? 'add_to_cart' : 'remove_from_cart', { item_id: String(id).replace(/^(\d+):.*/, '$1'), quantity: +line.quantity || 1 }, source);
    }
  });
});

/** Requests of the page's scripts pass here; what goes wrong here must not harm them. */
const watchRequests = () => {
  window.fetch = function (input, init) {
    const answer = ask.apply(window, /** @type {any} */ (arguments));
    answer.then(({ ok }) => ok && changed('script', /** @type {Request} */ (input).url || String(input), init && init.body), () => 0);
    return answer;
  };
  const { prototype } = XMLHttpRequest, { open, send } = prototype;
  prototype.open = /** @type {any} */ (/** @this {any} */ function () {
    this.dynstore = String(arguments[1]);
    return open.apply(this, /** @type {any} */ (arguments));
  });
  /** @this {any} */
  prototype.send = function (body) {
    listen(this, 'load', () => this.status < 400 && changed('script', this.dynstore, body));
    return send.call(this, body);
  };
};

/** @param {string} href @param {any} id */
const add = async (href, id) => {
  const cart = options.cart || '';
  // Shopify adds variants
  if (/\.js$/.test(cart)) id = (await (await ask(href + '.js')).json()).variants.find((/** @type {any} */ variant) => variant.available).id;
  if (!(await ask(cart, { method: 'POST', body: new URLSearchParams({ id, quantity: '1' }) })).ok) throw id;
};

/** @param {MouseEvent} click */
const clicked = (click) => {
  const at = /** @type {HTMLElement} */ (click.composedPath()[0]), link = /** @type {HTMLAnchorElement | null} */ (at.closest('a,button'));
  const { dynstoreSlot: item_list_id, dynstoreDecision: decision_id } = said(at, BLOCK), item_id = itemAt(at), marks = said(at, '[data-dynstore-event]');
  if (marks.dynstoreEvent) {
    // each data-dynstore-NAME is a field of the event
    const fields = /** @type {any} */ ({ item_id });
    for (const name in marks) fields[name.slice(8).toLowerCase()] = marks[name];
    tell(marks.dynstoreEvent, fields, 'mark');
  }
  if (!link) return;
  const { dataset, href, name } = link, { dynstoreContent: promotion_id } = said(at, CONTENT);
  if (/\/checkout\b|^checkout$/.test(href || name)) tell('begin_checkout', {}, 'click');
  if (!click.defaultPrevented) changed('click', href || '', dataset, link);
  if (promotion_id) tell('select_promotion', { promotion_id, decision_id });
  else if (item_list_id && said(at, ITEM).dynstoreItem) {
    const shown = { item_id, item_list_id, decision_id };
    tell('select_item', shown);
    if (options.cart && dataset.dynstoreAction === 'add_to_cart' && !(click.defaultPrevented || click.button || click.ctrlKey || click.metaKey)) {
      // into the cart without leaving the page; where that fails, on the item's own page
      click.preventDefault();
      add(href, item_id).then(() => {
        tell('add_to_cart', { ...shown, quantity: 1 });
        emit('added', shown);
      }, () => location.assign(href));
    }
  }
};

/** Runs after the page's own handlers: a form that they take over sends no page. @param {SubmitEvent} submit */
const submitted = ({ target, submitter, defaultPrevented }) => {
  const form = /** @type {HTMLFormElement} */ (target), { name = '', value = '' } = /** @type {any} */ (submitter || {});
  all('[data-dynstore-question],[type=search]', form).forEach((/** @type {any} */ field) => {
    if (field.dataset.dynstoreQuestion != null) tell('question', { text: field.value, item_id: itemAt(form) });
    // a page of results is a search that nginx sees
    else if (defaultPrevented) tell('search', { search_term: field.value });
  });
  if (!defaultPrevented) changed('form', `${form.action}?${name}=${value}`, new FormData(form), form);
};

/** options[Size], attribute_pa_size, filter.v.option.size: size. @param {string} name */
const leaf = (name) => (/[a-z0-9-]+(?=\W*$)/i.exec(name) || [name])[0];

/** @param {Event} change */
const chosen = ({ target }) => {
  const { name, value, form, dataset } = /** @type {any} */ (target);
  const field = dataset.dynstoreOption || form && CART.test(form.action) && !/^(id|quantity|variant|properties)/.test(name) && leaf(name);
  if (field) tell('choose_option', { item_id: itemAt(/** @type {Element} */ (target)), field, value });
};

/** The address of a list says what it is filtered and sorted by. */
const watchLists = () => {
  let before = location.href;
  const { navigation } = /** @type {any} */ (window);
  if (navigation) listen(navigation, 'navigate', ({ destination: { url } }) => {
    const [path, query] = url.split(/[?#]/), [was, old] = before.split(/[?#]/);
    if (path !== was || !/plp|search/.test(page().surface || '')) return;
    before = url;
    new URLSearchParams(query).forEach((value, name) => {
      if (!value || new URLSearchParams(old).getAll(name).includes(value) || /^(.|page.*|lang|utm.*)$/.test(name)) return;
      // price-descending, price_desc
      const [by, way = 'asc'] = value.replace(/ending$/, '').split(/[-_ ](?=(?:a|de)sc$)/);
      if (/sort|order/.test(name)) tell('sort', { field: by, value: way });
      else tell('filter', { field: leaf(name), value });
    });
  });
};

/** Half of an item for a second: docs/browser.md. */
const watchImpressions = () => {
  const watcher = new IntersectionObserver((entries) => entries.forEach((/** @type {any} */ { target, isIntersecting }) => {
    clearTimeout(target.dynstore);
    if (isIntersecting) target.dynstore = setTimeout(() => {
      const { dynstoreItem: item_id, dynstoreContent: promotion_id } = target.dataset, { dynstoreSlot: item_list_id, dynstoreDecision: decision_id } = said(target, BLOCK);
      if (document.hidden) return;
      watcher.unobserve(target);
      if (promotion_id) tell('view_promotion', { promotion_id, decision_id });
      else tell('view_item_list', { item_id, item_list_id, decision_id });
    }, 1e3);
  }), { threshold: 0.5 });
  on('shown', (block) => all('li[data-dynstore-item],th[data-dynstore-item],' + CONTENT, block).forEach((item) => watcher.observe(item)));
};

/** How far a product's page is read, and how long while somebody is there. */
const watchReading = () => {
  let deepest = 0, seconds = 0, active = Date.now(), told = '';
  listen(window, 'scroll pointermove pointerdown keydown', () => {
    active = Date.now();
    deepest = Math.max(deepest, Math.min(100, 100 * (scrollY + innerHeight) / document.documentElement.scrollHeight) | 0);
  });
  setInterval(() => { if (!document.hidden && Date.now() - active < ACTIVE_MS) seconds++; }, 1e3);
  const leave = () => {
    const { surface, item: item_id } = page();
    if (surface === 'pdp' && told !== (told = deepest + ' ' + seconds)) {
      if (deepest) tell('scroll', { item_id, percent_scrolled: deepest });
      if (seconds) tell('dwell', { item_id, value: seconds });
    }
    flush(false, true);
  };
  listen(document, 'visibilitychange', () => document.hidden && leave());
  listen(window, 'pagehide', leave);
  listen(window, 'pageshow', ({ persisted }) => {
    if (!persisted) return;
    deepest = seconds = 0;
    view();
  });
};

/** What a tag manager is told of, too. @param {any} pushed */
const tagged = (pushed) => {
  // gtag pushes its arguments
  const [, name = pushed.event, fields = pushed] = pushed[0] ? pushed : [];
  if (TAGS.test(name)) tell(name, fields, 'tags');
};

const watchTags = () => {
  const windows = /** @type {any} */ (window), layer = windows.dataLayer = windows.dataLayer || [], { push } = layer;
  layer.forEach(tagged);
  layer.push = function () {
    safely(() => [...arguments].forEach(tagged))();
    return push.apply(layer, arguments);
  };
};

/** The page is seen, and nginx could not count it when it sent it. */
export const view = () => {
  const { surface, item } = page();
  if (surface) {
    tell(surface === 'pdp' ? 'view_item' : surface === 'plp' ? 'view_item_list' : surface === 'cart' ? 'view_cart' : 'page_view', surface === 'plp' ? { item_list_id: item } : { item_id: item });
  }
};

export const begin = () => {
  watchRequests();
  watchImpressions();
  watchLists();
  if (options.datalayer != null) watchTags();
  listen(window, 'click auxclick', clicked);
  listen(window, 'submit', submitted);
  listen(window, 'change', chosen);
};

/** Once the page is in front of somebody. */
export const seen = () => {
  const { activationStart, deliveryType, type } = /** @type {any} */ (performance.getEntriesByType('navigation')[0]);
  if (activationStart || deliveryType) view();
  // what the page itself tells; an order that is opened again is not told again
  all('[data-dynstore-events]').forEach(({ textContent }) => JSON.parse(textContent || '').forEach((/** @type {ShopEvent} */ event) => {
    if (!event.transaction_id || type === 'navigate') tell(event.event, event, 'page');
  }));
  watchReading();
};
