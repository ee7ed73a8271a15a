// The blocks of the page, and how a newer decision takes their place: without a shift of the layout, never under the pointer or the
// focus, never while the page scrolls, and never where somebody has begun to read.
import { address, all, call, emit, failed, listen, on, options, page, said } from './page.js';

/** @typedef {import('../dynstore').Renderer} Renderer */

const CALM_MS = 150;
const AWAY_MS = 1e4;

/** What is shown in each slot; only asked for slots that are. @type {Omit<Map<string, HTMLElement>, 'get'> & { get(slot: string): HTMLElement }} */
const shown = /** @type {any} */ (new Map());
/** What is to be shown there as soon as it does not disturb. @type {Map<string, HTMLElement>} */
const next = new Map();
/** The most items that a slot has shown. @type {Record<string, number>} */
const room = {};
let timer = 0;
let paused = false;
/** When the blocks were asked for, or the tab was left. */
let asked = 0;
/** @type {HTMLElement} */
let status;
/** Of dynstore-json.js, where it is loaded. @type {Renderer | undefined} */
let renderer;

/** @param {HTMLElement} block */
const itemsOf = (block) => new Set(all('[data-dynstore-item]', block).map((item) => said(item, 'item')));

/** What a shopper would notice of a block. @param {HTMLElement} block */
const gist = (block) => [...itemsOf(block)].join() || block.textContent;

/** @param {HTMLElement} block */
const shows = (block) => {
  const slot = said(block, 'slot') || '';
  shown.set(slot, block);
  room[slot] = Math.max(room[slot] || 0, /** @type {any} */ (said(block, 'items') || itemsOf(block).size));
  emit('shown', block);
};

/** What asks for the page's blocks, or one of them. @param {string} name of the argument with the surface @param {string} [only] */
export const wanted = (name, only) => {
  const { surface, item } = page(), slots = [...shown.keys()].filter((slot) => !only || slot === only);
  if (!surface || !slots[0]) return;
  asked = Date.now();
  return { [name]: surface, item, format: renderer ? 'json' : 'html', q: new URLSearchParams(location.search).get('q'),
    slot: slots.slice(0, 8).map((slot) => room[slot] ? slot + '=' + room[slot] : slot).join() };
};

/** Asks for the page's blocks, or one of them. @param {string} [slot] */
export const refresh = async (slot) => {
  const place = wanted('surface', slot);
  if (place) await call(address('rec', place)).catch(failed);
};

/** Places that nginx has put nothing into, as where it is not in front of the page: they are filled now. */
export const fill = () => [...shown.values()].some(isNew) && refresh();

/** @param {HTMLElement} block */
const isNew = (block) => !said(block, 'decision');

/** Blocks that dynstore-json.js has made, and makes from now on. @param {Renderer} given */
export const render = (given) => {
  renderer = given;
  given.blocks.forEach(shows);
  fill();
};

/** The blocks of an answer: a document with sections, or a decision in JSON. @param {any} answer */
const show = (answer) => {
  if (answer.slots) answer.slots.forEach((/** @type {any} */ slot) => offer(slot.slot, /** @type {Renderer} */ (renderer).render(answer, slot)));
  else shown.forEach((_, slot) => offer(slot, answer.querySelector(`section[data-dynstore-slot="${slot}"]`)));
};

/** @param {HTMLElement} block */
const inView = (block) => {
  const { top, bottom } = block.getBoundingClientRect();
  return top < innerHeight && bottom > 0 && !isNew(block);
};

/** @param {string} slot @param {HTMLElement | null} made */
const offer = (slot, made) => {
  const old = shown.get(slot);
  if (!old) return;
  const fresh = /** @type {HTMLElement} */ (made ? document.importNode(made, true) : old.cloneNode());
  next.delete(slot);
  if (gist(fresh) === gist(old)) return;
  next.set(slot, fresh);
  // a picture that is not there yet has no height, and would flash
  Promise.all(inView(old) ? all('img', fresh).map((/** @type {any} */ picture) => {
    picture.loading = 'eager';
    return picture.decode().catch(() => 0);
  }) : []).then(soon);
};

const soon = () => {
  clearTimeout(timer);
  if (next.size) timer = setTimeout(settle, CALM_MS);
};

/** Whether nothing that is seen moves, and nothing that is in use goes. @param {HTMLElement} old @param {HTMLElement} fresh */
const mayTake = (old, fresh) => {
  const { height, top, width } = old.getBoundingClientRect(), { style } = fresh;
  if (isNew(old)) return true;
  if (old.matches(':hover,:focus-within') || all('*', old).some(({ scrollLeft }) => scrollLeft)) return false;
  if (top >= innerHeight) return true;
  style.cssText = `position:absolute;visibility:hidden;box-sizing:border-box;width:${width}px`;
  old.after(fresh);
  const needed = fresh.getBoundingClientRect().height;
  fresh.remove();
  // its place keeps the height that it has; where it needs more, it waits until its place is out of sight
  style.cssText = `box-sizing:border-box;min-height:${height}px`;
  return needed < height + 1;
};

const settle = () => {
  const page = /** @type {any} */ (document), ready = [...next].filter(([slot, fresh]) => mayTake(shown.get(slot), fresh));
  const seen = ready.some(([slot]) => inView(shown.get(slot)));
  const swap = () => ready.forEach(([slot, fresh]) => {
    next.delete(slot);
    shown.get(slot).replaceWith(fresh);
    shows(fresh);
  });
  if (paused || document.hidden) return;
  if (seen) say();
  if (seen && page.startViewTransition && !matchMedia('(prefers-reduced-motion:reduce)').matches) page.startViewTransition(swap).ready.catch(failed);
  else swap();
};

/** Says it to who does not see it, without taking them there. */
const say = () => {
  if (!status) {
    // a region whose changes are said politely
    document.body.append(status = document.createElement('output'));
    status.style.cssText = 'position:fixed;bottom:100%';
  }
  status.textContent = '';
  setTimeout(() => {
    status.textContent = options.updated || 'Recommendations updated';
  }, 100);
};

/** Nothing moves until resume(). @param {boolean} stop */
export const hold = (stop) => () => {
  paused = stop;
  soon();
};

export const begin = () => {
  all('[data-dynstore-slot]').forEach(shows);
  on('answer', show);
  listen('scroll pointerout focusout', soon, true);
  listen('visibilitychange', () => {
    soon();
    if (document.hidden) asked = Date.now();
    // restored from the back/forward cache it has asked already
    else setTimeout(() => Date.now() - asked > AWAY_MS && refresh(), 100);
  }, true);
};
