// What the shopper does, as events: found by what shops' pages have in common, or marked by data-dynstore-*.
import { all, ask, emit, listen, on, options, page, safely, said } from './page.js';
import { flush, tell } from './send.js';

/** @typedef {import('./page.js').ShopEvent} ShopEvent */

const ACTIVE_MS = 3e4;
// where carts are changed in Shopify, WooCommerce and shops like them
const CART = /\/cart\/(add|change|remove|update)|[?&](wc-ajax=(add|remove)|add-to-cart|remove_item)/;
// events of a tag manager's dataLayer that nginx does not see by itself
const TAGS = /^(add|begin|purchase|refund|remove|select)/;

/** @type {Record<string, string>} */
const VIEWS = { pdp: 'view_item', plp: 'view_item_list', cart: 'view_cart' };

/** The link or the button that was used last: what a script asks the shop next is about it. @type {any} */
let pressed;

/** @param {Element} near @returns {string | undefined} */
const itemAt = (near) => {
  const { surface, item } = page();
  return said(near, 'item') || surface === 'pdp' && item || undefined;
};

/** Fields of a form, an address or a request. @param {any} body @returns {any} */
const fields = (body) => /^\s*{/.test(body) ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body || ''));

/** @param {string} url */
const query = (url) => fields(url.split('?')[1]);

/** What a request does to the cart, once the shop has taken it. @type {(source: string, url: string, near?: any, body?: any) => void} */
const changed = /** @type {any} */ (safely)((/** @type {string} */ source, /** @type {string} */ url, /** @type {any} */ near, /** @type {any} */ body) => {
  const found = CART.exec(url)?.[0], mark = near && said(near, 'item');
  if (!found) return;
  // a link says what it takes out, where the request that a script makes for it has but a line's number or key
  const sent = { ...near && CART.test(near.href) && { ...query(near.href), ...near.dataset }, ...query(url), ...fields(body) }, { items = [], updates = [] } = sent;
  // { 41234: 0 }; a list goes by the lines of the cart
  const lines = updates.map ? items : Object.keys(updates).map((id) => ({ id, quantity: updates[id] }));
  (lines[0] ? lines : [sent]).forEach((/** @type {any} */ { 'add-to-cart': added, product_id, id, quantity }) => {
    // 41234:8f0c is a line of variant 41234
    const own = String(added || product_id || id || '').replace(/^(\d+):.*/, '$1');
    const item_id = source === 'script' ? own || mark : mark || near.method && itemAt(near) || own;
    const name = /add/.test(found) ? 'add_to_cart' : (/remove/.test(found) || String(quantity) === '0') && 'remove_from_cart';
    if (item_id && name) tell(name, { item_id, quantity: +quantity || 1 }, source, mark);
  });
});

/** Tells of a request of a script once the shop has taken it; nothing where it does not change the cart. @type {(input: any, init?: { body?: any }) => (() => void) | undefined} */
const noted = /** @type {any} */ (safely)((/** @type {any} */ input, /** @type {{ body?: any } | null} */ init) => {
  const { url = String(input) } = input, near = pressed;
  if (!CART.test(url)) return;
  const body = init?.body;
  return () => changed('script', url, near, body);
});

/** Requests of the page's scripts pass here; what goes wrong here must not harm them. */
const watchRequests = () => {
  window.fetch = (...words) => {
    const note = noted(...words), answer = ask(...words);
    if (note) answer.then(({ ok }) => ok && note(), () => 0);
    return answer;
  };
  const { prototype } = XMLHttpRequest, { open, send } = prototype;
  prototype.open = /** @this {any} @param {any[]} words */ function (...words) {
    this.dynstore = String(words[1]);
    return open.apply(this, /** @type {any} */ (words));
  };
  /** @this {any} */
  prototype.send = function (body) {
    const note = this.dynstore = noted(this.dynstore, { body });
    // before the page's handlers, which may open it again
    if (note) this.addEventListener('load', () => this.dynstore === note && this.status < 400 && note(), true);
    return send.call(this, body);
  };
};

/** @param {string} href @param {any} id */
const add = async (href, id) => {
  const cart = options.cart || '';
  // Shopify adds variants
  if (/\.js$/.test(cart)) id = (await (await ask(href.split(/[?#]/)[0] + '.js')).json()).variants.find((/** @type {any} */ variant) => variant.available).id;
  if (!(await ask(cart, { method: 'POST', body: new URLSearchParams({ id, quantity: '1' }) })).ok) throw id;
};

/** @param {MouseEvent} click */
const clicked = (click) => {
  // the right button opens a menu
  if (click.button > 1) return;
  const at = /** @type {HTMLElement} */ (click.composedPath()[0]), link = /** @type {HTMLAnchorElement | null} */ (at.closest('a,button'));
  const item_list_id = said(at, 'slot'), decision_id = said(at, 'decision'), promotion_id = said(at, 'content'), item_id = itemAt(at), event = said(at, 'event');
  if (event) {
    // each data-dynstore-NAME is a field of the event
    const fields = /** @type {any} */ ({ item_id }), { dataset } = /** @type {HTMLElement} */ (at.closest('[data-dynstore-event]'));
    for (const name in dataset) fields[name.slice(8).toLowerCase()] = dataset[name];
    tell(event, fields, 'mark', item_id);
  }
  if (!link) return;
  const { href, name } = link;
  if (/\/checkout\/?([?#]|$)|^checkout$/.test(href || name)) tell('begin_checkout', {}, 'click');
  if (!click.defaultPrevented) changed('click', href || '', link);
  if (promotion_id) tell('select_promotion', { promotion_id, decision_id });
  else if (item_list_id && said(at, 'item')) {
    const shown = { item_id, item_list_id, decision_id };
    tell('select_item', shown);
    if (options.cart && said(link, 'action') === 'add_to_cart' && !(click.defaultPrevented || click.button || click.ctrlKey || click.metaKey)) {
      // into the cart without leaving the page; where that fails, on the item's own page
      click.preventDefault();
      add(href, item_id).then(() => {
        tell('add_to_cart', { ...shown, quantity: 1 }, '', item_id);
        emit('added', shown);
      }, () => location.assign(href));
    }
  }
};

/** Runs after the page's own handlers: a form that they take over sends no page. @param {SubmitEvent} submit */
const submitted = ({ target, submitter, defaultPrevented }) => {
  const form = /** @type {HTMLFormElement} */ (target), { name, value } = /** @type {any} */ (submitter || {});
  all('[data-dynstore-question],[type=search]', form).forEach((/** @type {any} */ field) => {
    if (field.type !== 'search') tell('question', { text: field.value, item_id: itemAt(form) });
    // a page of results is a search that nginx sees
    else if (defaultPrevented) tell('search', { search_term: field.value });
  });
  const url = `${form.getAttribute('action')}?${name}=${value}`;
  // page's handlers hear when the fields of a form are read
  if (!defaultPrevented && CART.test(url)) changed('form', url, form, new FormData(form));
};

/** options[Size], attribute_pa_size, filter.v.option.size: size. @param {string} name */
const leaf = (name) => /[a-z0-9-]+(?=\W*$)/i.exec(name)?.[0];

/** @param {Event} change */
const chosen = ({ target }) => {
  const { name, value, form, dataset, type } = /** @type {any} */ (target);
  // what is typed may be a name or a message
  const field = dataset.dynstoreOption || (form?.['add-to-cart'] || CART.test(form?.action)) && /^(select|radio|checkbox)/.test(type) && !/^(id|quantity|variant|properties)/.test(name) && leaf(name);
  if (field) tell('choose_option', { item_id: itemAt(/** @type {Element} */ (target)), field, value });
};

/** The address of a list says what it is filtered and sorted by. */
const watchLists = () => {
  // not in every browser
  /** @type {any} */ (window).navigation?.addEventListener('navigate', safely((/** @type {any} */ { destination }) => {
    const { pathname, searchParams } = new URL(destination.url), before = new URLSearchParams(location.search);
    if (pathname === location.pathname && /plp|search/.test(page().surface || '')) searchParams.forEach((value, name) => {
      if (!value || before.has(name, value) || /^(.|page.*|lang|utm.*)$/.test(name)) return;
      // price-descending, price_desc
      const [, by, way = 'asc'] = /** @type {string[]} */ (/^(.*?)(?:[-_ ](asc|desc).*)?$/.exec(value));
      if (/sort|order/.test(name)) tell('sort', { field: by, value: way });
      else tell('filter', { field: leaf(name), value });
    });
  }));
};

/** Half of an item for a second: docs/browser.md. */
const watchImpressions = () => {
  const watcher = new IntersectionObserver((entries) => entries.forEach((/** @type {any} */ { target, isIntersecting }) => {
    clearTimeout(target.dynstore);
    if (isIntersecting) target.dynstore = setTimeout(() => {
      const promotion_id = said(target, 'content'), decision_id = said(target, 'decision');
      watcher.unobserve(target);
      // nobody sees it: it is looked at again when the tab is shown
      if (document.hidden) watcher.observe(target);
      else if (promotion_id) tell('view_promotion', { promotion_id, decision_id });
      else tell('view_item_list', { item_id: said(target, 'item'), item_list_id: said(target, 'slot'), decision_id });
    }, 1e3);
  }), { threshold: 0.5 });
  on('shown', (block) => all('[data-dynstore-item]:not(td),[data-dynstore-content]', block).forEach((item) => watcher.observe(item)));
};

/** How far a product's page was scrolled, and how long somebody was there. */
const watchReading = () => {
  let deepest = 0, read_ms = 0, active = Date.now(), told = '';
  const passes = () => {
    const now = Date.now();
    if (active) read_ms += Math.min(now - active, ACTIVE_MS);
    active = document.hidden ? 0 : now;
  };
  listen('pointermove keydown scroll', passes);
  listen('scroll', () => { deepest = Math.max(deepest, Math.min(100, 100 * (scrollY + innerHeight) / document.documentElement.scrollHeight) | 0); });
  listen('visibilitychange pagehide', () => {
    const { surface, item: item_id } = page();
    passes();
    const seconds = read_ms / 1e3 | 0;
    if (surface === 'pdp' && told !== (told = deepest + ' ' + seconds)) {
      if (deepest) tell('scroll', { item_id, value: deepest });
      if (seconds) tell('dwell', { item_id, value: seconds });
    }
    flush(false, true);
  }, true);
  listen('pageshow', ({ persisted }) => {
    if (persisted) view();
    deepest = read_ms = 0;
  });
};

/** What a tag manager is told of, too. @param {any} pushed */
const tagged = (pushed) => {
  // gtag pushes its arguments
  const [, name = pushed.event, fields = pushed] = pushed[0] ? pushed : [];
  if (TAGS.test(name)) tell(name, fields, 'tags');
};

const watchTags = () => {
  const layer = window.dataLayer = window.dataLayer || [], { push } = layer;
  layer.forEach(safely(tagged));
  layer.push = (...words) => {
    words.forEach(safely(tagged));
    return push.apply(layer, words);
  };
};

/** The page is seen, and nginx could not count it when it sent it. */
export const view = () => {
  const { surface, item } = page();
  if (surface) tell(VIEWS[surface] || 'page_view', { [surface === 'plp' ? 'item_list_id' : 'item_id']: item });
};

export const begin = () => {
  watchRequests();
  listen('click', ({ target }) => { pressed = target.closest('a,button') || target; }, true);
  listen('click auxclick', clicked);
  listen('submit', submitted);
  listen('change', chosen);
  watchLists();
  if (options.datalayer != null) watchTags();
  watchImpressions();
};

/** Once the page is in front of somebody. */
export const seen = () => {
  // not in every browser
  const { activationStart, deliveryType, type } = /** @type {any} */ (performance.getEntriesByType('navigation')[0] || {});
  watchReading();
  if (activationStart || deliveryType) view();
  // what the page itself tells; an order that is opened again is not told again
  all('script[data-dynstore-events]').forEach(safely(({ textContent }) => JSON.parse(textContent || '').forEach((/** @type {ShopEvent} */ event) => {
    if (!event.transaction_id || !/reload|back/.test(type)) tell(event.event, event, 'page');
  })));
};
