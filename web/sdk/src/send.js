// Events on their way: in batches, and again when the network is back.
import { address, allowed, ask, choose, emit, kept, learn, page, refused, wanted } from './page.js';

const MOST = 50; // of a body, and of what is kept
const KEPT_MS = 18e5;

// what changes the blocks of the page that it happens on: the answer brings them
const CHANGES = /cart|wishlist|compare|purchase/;

/** @type {any[]} */
let queue = [];
let timer = 0;
let refresh = false;
/** @type {Record<string, number>} */
const lately = {};

/** @param {any} event */
export const nameOf = (event) => event.event || event.name || '';

/** @param {any} event as docs/events.md has it @param {boolean} [refreshing] the answer is to bring the page's blocks */
export function track(event, refreshing) {
  // a form, the request that it makes and the shop's own tags tell of one thing
  const same = [nameOf(event), event.item_id, event.value, event.item_list_id].join();
  const now = Date.now();
  if (refused() || now - lately[same] < 1500) return;
  lately[same] = now;
  queue.push(event);
  queue = queue.slice(-MOST);
  emit('event', event);
  refresh = refresh || refreshing || CHANGES.test(nameOf(event));
  if (refresh) clearTimeout(timer);
  if (!timer || refresh) timer = setTimeout(flush, refresh ? 0 : 1000);
}

/** @param {boolean} [leaving] the page may be gone at once */
export async function flush(leaving) {
  clearTimeout(timer);
  timer = 0;
  if (!allowed() || !queue.length) return;
  const batch = queue;
  const place = !leaving && refresh && page();
  queue = [];
  refresh = false;
  const body = JSON.stringify(batch);
  const url = address('event', place ? { refresh: place.surface, ...wanted(place) } : {});
  if (leaving === true && navigator.sendBeacon && navigator.sendBeacon(url, body)) return;
  try {
    const answer = await ask(url, { method: 'POST', body, keepalive: true, headers: { 'Content-Type': 'text/plain' } });
    if (answer.status === 503 || answer.status === 429) throw answer;
    const brought = await learn(answer);
    if (place) emit('answer', brought);
  } catch (error) {
    keep(batch);
    emit('error', error);
  }
}

/** @param {any[]} batch */
function keep(batch) {
  kept('events', JSON.stringify(waiting().concat(batch.map((event) => [Date.now(), event])).slice(-MOST)));
}

/** @returns {[number, any][]} */
function waiting() {
  try { return JSON.parse(kept('events') || '[]'); } catch { return []; }
}

export function again() {
  const events = allowed() ? waiting() : [];
  if (events.length) kept('events', '[]');
  events.forEach(([time, event]) => { if (Date.now() - time < KEPT_MS) track(event); });
}

/** @param {string} level none, functional or full */
export function consent(level) {
  choose(level);
  if (refused()) {
    queue = [];
    kept('events', '[]');
  }
  again();
  flush();
}
