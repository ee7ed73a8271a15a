// What the shopper does, as events: found by what shops' pages have in common, or marked by data-dynstore-*.
import { ask, on, options, page } from './page.js';
import { flush, track } from './send.js';
import { isPaused, pause, refresh, resume } from './blocks.js';

const ACTIVE_MS = 3e4;
const AWAY_MS = 1e4;
// where Shopify's and WooCommerce's carts are changed
const CART = /\/cart\/(add|change|update)(?:\.js)?(?:[?#]|$)|[?&](?:wc-ajax=(add)_to_cart|(add)-to-cart=)|\/wc\/store\/(?:v\d\/)?cart\/(add)-item/;
// events of a tag manager's dataLayer that nginx does not see by itself
const TAGS = /^(select_item|select_promotion|view_promotion|add_to_|remove_from_|begin_checkout|add_payment|add_shipping|purchase|refund)/;

/** @typedef {HTMLElement & { name: string, value: string, form: HTMLFormElement | null }} Field */

/** @param {Element | null | undefined} near */
const itemAt = (near) => {
  const marked = near && /** @type {HTMLElement | null} */ (near.closest('[data-dynstore-item]'));
  const place = page();
  return marked ? marked.dataset.dynstoreItem : place && place.surface === 'pdp' ? place.item : undefined;
};

/** @param {any} body of a form or a request @returns {any} */
function fields(body) {
  if (!body) return {};
  if (typeof body === 'string') {
    if (/^\s*[[{]/.test(body)) return JSON.parse(body);
    body = new URLSearchParams(body);
  }
  return body.entries ? Object.fromEntries(body.entries()) : {};
}

/** A request that changes a cart, once the shop has taken it. @param {string} url @param {any} body @param {Element} [near] */
function changed(url, body, near) {
  const found = CART.exec(url);
  if (!found) return;
  const sent = { ...fields(url.split('?')[1]), ...fields(body) };
  const added = found[1] === 'add' || found[2] || found[3] || found[4];
  const lines = sent.items || (sent.updates ? Object.entries(sent.updates).map(([id, quantity]) => ({ id, quantity })) : [sent]);
  lines.forEach((/** @type {any} */ line) => {
    const id = (near && itemAt(near)) || line['add-to-cart'] || line.product_id || line.id;
    if (id && (added || +line.quantity === 0)) {
      track({ event: added ? 'add_to_cart' : 'remove_from_cart', item_id: String(id).split(':')[0],
        quantity: Math.max(1, +line.quantity || 1) });
    }
  });
}

/** Every request of the page's scripts passes here; what goes wrong here must not harm it. */
function watchRequests() {
  window.fetch = function (/** @type {any} */ input, /** @type {any} */ init) {
    const answer = ask(input, init);
    const url = String((input && input.url) || input);
    if (CART.test(url)) {
      answer.then((taken) => { if (taken.ok) changed(url, init && init.body); }).catch(() => {});
    }
    return answer;
  };
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (/** @type {any} */ method, /** @type {any} */ url) {
    /** @type {any} */ (this).dynstore = String(url);
    // @ts-ignore
    return open.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function (/** @type {any} */ body) {
    const url = /** @type {any} */ (this).dynstore;
    if (CART.test(url)) {
      this.addEventListener('load', () => { try { if (this.status < 400) changed(url, body); } catch { /* not ours */ } });
    }
    return send.call(this, body);
  };
}

/** A recommended item is put into the cart without leaving the page, by the shop's script or its address. */
/** @param {MouseEvent} click @param {HTMLAnchorElement} link @param {any} event */
async function add(click, link, event) {
  const told = new CustomEvent('dynstore:add', { bubbles: true, composed: true, cancelable: true, detail: event });
  if (!link.dispatchEvent(told)) {
    click.preventDefault();
    track(event);
  } else if (options.cart) {
    click.preventDefault();
    try {
      let id = event.item_id;
      if (options.cart.includes('/cart/add.js')) {
        // Shopify adds variants
        const product = await (await ask(link.pathname + '.js')).json();
        id = product.variants.find((/** @type {any} */ variant) => variant.available).id;
      }
      const answer = await ask(options.cart, { method: 'POST', body: new URLSearchParams({ id, quantity: '1' }) });
      if (!answer.ok) throw answer;
      track(event);
      link.dispatchEvent(new CustomEvent('dynstore:added', { bubbles: true, composed: true, detail: event }));
    } catch { location.href = link.href; }
  }
}

/** @param {MouseEvent} click */
function clicked(click) {
  const target = /** @type {Element} */ (click.composedPath()[0]);
  if (!target.closest) return;
  const marked = /** @type {HTMLElement | null} */ (target.closest('[data-dynstore-event]'));
  if (marked) {
    const { dynstoreEvent, dynstoreField, dynstoreValue } = marked.dataset;
    track({ event: dynstoreEvent, item_id: itemAt(marked), field: dynstoreField, value: dynstoreValue });
  }
  const control = /** @type {HTMLElement | null} */ (target.closest('[data-dynstore-pause]'));
  if (control) {
    (isPaused() ? resume : pause)();
    control.setAttribute('aria-pressed', String(isPaused()));
  }
  if (target.closest('a[href*="size-guide" i],a[href*="size-chart" i],[aria-controls*="size-guide" i]')) {
    track({ event: 'size_guide', item_id: itemAt(target) });
  }
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest('.dynstore a'));
  const item = link && /** @type {HTMLElement | null} */ (link.closest('[data-dynstore-item]'));
  const block = item && /** @type {HTMLElement | null} */ (item.closest('[data-dynstore-slot]'));
  if (!link || !item || !block) return;
  const event = { event: 'select_item', item_id: item.dataset.dynstoreItem, item_list_id: block.dataset.dynstoreSlot,
    decision_id: block.dataset.dynstoreDecision };
  if (link.dataset.dynstoreAction === 'add_to_cart' && !click.defaultPrevented && !click.ctrlKey && !click.metaKey) {
    add(click, link, { ...event, event: 'add_to_cart', quantity: 1 });
    if (click.defaultPrevented) return;
  }
  track(event);
}

/** Runs after the page's own handlers: a form that they take over sends no page. @param {SubmitEvent} submit */
function submitted(submit) {
  const form = /** @type {HTMLFormElement} */ (submit.target);
  const url = form.action + '';
  if (CART.test(url)) {
    if (!submit.defaultPrevented) changed(url, new FormData(form, submit.submitter), form);
    return;
  }
  const asked = /** @type {Field | null} */ (form.querySelector('[data-dynstore-question]'));
  if (asked && asked.value) track({ event: 'question', text: asked.value, item_id: itemAt(form) });
  const search = /** @type {Field | null} */ (form.querySelector('[type=search],[data-dynstore-search]'));
  // a page of results is a search that nginx sees
  if (search && search.value && submit.defaultPrevented) track({ event: 'search', search_term: search.value });
}

/** @param {Event} change */
function chosen(change) {
  const field = /** @type {Field} */ (change.target);
  const { dynstoreFilter, dynstoreSort, dynstoreOption } = field.dataset || {};
  const name = field.name || '';
  const value = field.value;
  if (dynstoreSort !== undefined || /^(sort|sort_by|orderby|order)$/.test(name)) {
    const [, by, order] = /^(.*?)(?:[-_ ](asc|desc)\w*)?$/.exec(value) || [];
    return track({ event: 'sort', field: dynstoreSort || by, value: order || by });
  }
  const filter = dynstoreFilter || (/^filter[._](?:[vp]\.)?(?:option\.|m\.\w+\.)?([\w-]+)/.exec(name) || [])[1];
  if (filter) {
    if (/** @type {any} */ (field).checked !== false) track({ event: 'filter', field: filter, value });
    return;
  }
  const option = dynstoreOption || (field.form && CART.test(field.form.action) && !/^(id|quantity|variant|properties.*)$/.test(name)
    && name.replace(/^(?:attribute_(?:pa_)?|options?\[)|\]$/g, ''));
  if (option && itemAt(field)) track({ event: 'choose_option', item_id: itemAt(field), field: option, value });
}

/** Half of an item for a second: docs/browser.md. */
function watchImpressions() {
  /** @type {Map<Element, number>} */
  const timers = new Map();
  const watcher = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    clearTimeout(timers.get(target));
    if (!isIntersecting) return;
    timers.set(target, setTimeout(() => {
      const block = /** @type {HTMLElement | null} */ (target.closest('[data-dynstore-slot]'));
      if (document.hidden || !block) return;
      watcher.unobserve(target);
      track({ event: 'view_item_list', item_id: /** @type {HTMLElement} */ (target).dataset.dynstoreItem,
        item_list_id: block.dataset.dynstoreSlot, decision_id: block.dataset.dynstoreDecision });
    }, 1e3));
  }), { threshold: 0.5 });
  on('shown', (section) => section.querySelectorAll('.dynstore-item,th[data-dynstore-item]').forEach((/** @type {Element} */ item) => watcher.observe(item)));
}

/** How far, and how long while somebody is there. */
function watchReading() {
  const place = page();
  if (!place || place.surface !== 'pdp') return () => {};
  let deepest = 0, seconds = 0, active = Date.now(), told = '';
  const look = () => {
    active = Date.now();
    deepest = Math.max(deepest, Math.min(100, Math.round(100 * (scrollY + innerHeight) / document.documentElement.scrollHeight)));
  };
  ['scroll', 'pointermove', 'pointerdown', 'keydown'].forEach((name) => addEventListener(name, look, { passive: true }));
  setInterval(() => { if (!document.hidden && Date.now() - active < ACTIVE_MS) seconds++; }, 1e3);
  return () => {
    const now = deepest + ' ' + seconds;
    if (now === told) return;
    told = now;
    if (deepest) track({ event: 'scroll', item_id: place.item, percent_scrolled: deepest });
    if (seconds) track({ event: 'dwell', item_id: place.item, value: seconds });
  };
}

/** What a tag manager is told of, too. @param {any} pushed */
function tagged(pushed) {
  // gtag pushes its arguments
  const event = pushed[0] === 'event' ? { ...pushed[2], event: pushed[1] } : pushed;
  if (TAGS.test(event.event)) track({ event: event.event, ecommerce: event.ecommerce || event });
}

function watchTags() {
  const all = /** @type {any} */ (window), name = options.datalayer || 'dataLayer', layer = all[name] = all[name] || [];
  const { push } = layer;
  layer.forEach(tagged);
  layer.push = function () {
    try { [...arguments].forEach(tagged); } catch { /* not ours */ }
    return push.apply(layer, arguments);
  };
}

/** The page is seen, and nginx was not asked for it now. */
function view() {
  const { surface, item } = page() || {};
  track(surface === 'pdp' && item ? { event: 'view_item', item_id: item }
    : surface === 'plp' ? { event: 'view_item_list', item_list_id: item }
      : { event: surface === 'cart' ? 'view_cart' : 'page_view' }, true);
}

export function begin() {
  watchRequests();
  watchImpressions();
  if (options.datalayer !== undefined) watchTags();
  addEventListener('click', clicked);
  addEventListener('submit', submitted);
  addEventListener('change', chosen);
}

/** Once the page is in front of somebody. */
export function seen() {
  const [arrived] = /** @type {any[]} */ (performance.getEntriesByType('navigation'));
  if (arrived && (arrived.activationStart > 0 || arrived.deliveryType === 'navigational-prefetch')) view();
  const read = watchReading();
  let left = 0;
  const leave = () => { left = Date.now(); read(); flush(true); };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) leave();
    else if (Date.now() - left > AWAY_MS) refresh();
  });
  addEventListener('pagehide', leave);
  addEventListener('pageshow', (show) => { if (show.persisted) view(); });
}


