// Events on their way: in batches, and again when the network is back.
import { address, call, choose, emit, failed, kept, level, safely } from './page.js';
import { wanted } from './blocks.js';

/** @typedef {import('../dynstore').ShopEvent} ShopEvent */
/** @typedef {import('./page.js').Named} Named */

const MOST = 50; // of a body, and of what is kept
const KEPT_MS = 18e5;

// what changes the blocks of the page that it happens on: the answer brings them
const CHANGES = /cart|compare|purchase|question|view|wishlist/;
// what the next page should know of
const URGENT = /begin|select/;

/** A page that nobody has seen yet tells nothing. */
const waits = () => !level || document.prerendering;

/** @type {ShopEvent[]} */
let queue = [];
let timer = 0;
/** Who told of what, when, and what the page calls its item. @type {{ name: string, at: number, source: string, mark?: string }[]} */
let heard = [];

/**
 * A form, the request that it makes and the shop's own tags tell of one thing, each by another of its ids: a product's, a variant's, an
 * SKU. Who has told of something less often than another within two seconds repeats what that one told. Items that the page marks as
 * two are two.
 * @param {string} name @param {Named} fields as docs/events.md has them @param {string} [source] @param {string} [mark] what the page calls the item
 */
export const tell = (name, fields, source = '', mark) => {
  if (level === 'none') return;
  // what cannot be sent, as an element that a tag manager is given, throws here, and not with all that is sent beside it
  const at = Date.now(), event = JSON.parse(JSON.stringify({ at, event: name, ...fields }));
  heard = heard.filter((one) => at - one.at < 2000);
  const same = heard.filter((one) => one.name === name && (!mark || !one.mark || mark === one.mark));
  /** @param {string} by */
  const times = (by) => same.filter((one) => one.source === by).length;
  heard.push({ name, at, source, mark });
  if (same.some((one) => times(one.source) > times(source))) return;
  queue = [...queue, event].slice(-MOST);
  emit('event', event);
  // what is merely seen of a decision changes nothing; what is put into the cart from it does
  const refreshing = CHANGES.test(name) && (!fields.decision_id || fields.quantity);
  if (refreshing || URGENT.test(name)) flush(refreshing);
  else timer = timer || setTimeout(flush, 1000);
};

/** @param {boolean} [refreshing] @param {boolean} [leaving] the page may be gone at once: nobody waits for an answer */
export const flush = (refreshing, leaving) => {
  clearTimeout(timer);
  timer = 0;
  if (waits() || !queue[0]) return;
  const events = queue, body = JSON.stringify(events), url = address('event', refreshing && wanted('refresh'));
  queue = [];
  if (!navigator.onLine) return keep(events);
  if (leaving && navigator.sendBeacon?.(url, body)) return;
  call(url, { method: 'POST', body, keepalive: !body[20000] }).catch((error) => {
    // a page that is left hears of an error, though its request goes on; it has no time for more
    setTimeout(safely(keep), 0, events);
    failed(error);
  });
};

const waiting = () => /** @type {ShopEvent[]} */ (JSON.parse(kept('events') || '[]'));

/** @param {ShopEvent[]} events */
const keep = (events) => { kept('events', JSON.stringify(waiting().concat(events).slice(-MOST))); };

export const again = safely(() => {
  if (waits()) return;
  const events = waiting().filter(({ at = 0 }) => Date.now() - at < KEPT_MS);
  kept('events', '');
  queue = [...events, ...queue].slice(-MOST);
  flush();
});

/** @param {string} chosen none, functional or full */
export const consent = (chosen) => {
  const before = level;
  choose(chosen);
  if (chosen === 'none') {
    queue = [];
    kept('events', '');
    kept('visitor', '');
  }
  // the page's view takes with it what has waited: of an unknown visitor one request alone is on its way
  if (before !== chosen) emit('consent', chosen);
  again();
};
