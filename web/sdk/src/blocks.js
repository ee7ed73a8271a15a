// The blocks of the page, and how a newer decision takes their place: without a shift of the layout, never under the pointer or the
// focus, never while the page scrolls, and never where somebody has begun to read.
import { address, ask, asked, emit, learn, on, options, page, wanted } from './page.js';

const SAID = { de: 'Empfehlungen aktualisiert', en: 'Recommendations updated' };

/** What is shown in each slot. @type {Map<string, HTMLElement>} */
const shown = new Map();
/** What is to be shown there as soon as it does not disturb. @type {Map<string, HTMLElement | null>} */
const next = new Map();
let scrolled = 0;
let timer = 0;
let paused = false;
/** @type {HTMLElement} */
let status;

/** @typedef {{ render(decision: any, slot: any): HTMLElement | null }} Renderer */

/** Of dynstore-json.js, where it is loaded. @type {Renderer | undefined} */
let renderer;

/** @param {HTMLElement} section */
function shows(section) {
  shown.set(section.dataset.dynstoreSlot || '', section);
  asked.slot = [...shown].map(([slot, one]) => slot + '=' + (one.dataset.dynstoreItems || one.querySelectorAll('.dynstore-item').length || 1)).join();
  emit('shown', section);
}

export function begin() {
  document.querySelectorAll('[data-dynstore-slot]').forEach((section) => shows(/** @type {HTMLElement} */ (section)));
  addEventListener('scroll', () => { scrolled = Date.now(); }, { passive: true, capture: true });
  on('answer', show);
}

/** Places that nginx has put nothing into, as where it is not in front of the page: they are filled now. */
export const fill = () => { if ([...shown.values()].some((place) => !place.firstChild)) refresh(); };

/** Blocks in JSON become sections. @param {Renderer} given */
export function render(given) {
  renderer = given;
  asked.format = 'json';
  document.querySelectorAll('script[type="application/json"][id^="dynstore-"]').forEach((script) => {
    const decision = JSON.parse(script.textContent || '{}');
    if (decision.schema === 'dynstore.decision/1') decision.slots.forEach((/** @type {any} */ slot) => {
      const made = given.render(decision, slot);
      if (made && !made.isConnected) script.before(made);
      if (made) shows(made);
    });
  });
}

/** The blocks of an answer: a document with sections, or a decision in JSON. @param {any} answer */
export function show(answer) {
  const { slots = [], querySelector } = answer;
  if (renderer) slots.forEach((/** @type {any} */ slot) => offer(slot.slot, /** @type {Renderer} */ (renderer).render(answer, slot)));
  else if (querySelector) {
    shown.forEach((_, slot) => offer(slot, answer.querySelector(`section[data-dynstore-slot="${slot}"]`)));
  }
  settle();
}

/** @param {string} slot @param {HTMLElement | null} made */
function offer(slot, made) {
  const old = shown.get(slot);
  if (!old || made === old) return;
  next.delete(slot);
  if (made && old.innerHTML === made.innerHTML) {
    // clicks name the decision that is the newest
    for (const { name, value } of made.attributes) old.setAttribute(name, value);
  } else next.set(slot, made);
}

/** Shows what waits, where that does not disturb; what does is tried again. */
export function settle() {
  clearTimeout(timer);
  if (!paused && Date.now() - scrolled > 200) next.forEach(swap);
  if (next.size) timer = setTimeout(settle, 400);
}

/** @param {HTMLElement | null} made @param {string} slot */
function swap(made, slot) {
  const old = /** @type {HTMLElement} */ (shown.get(slot));
  const box = old.getBoundingClientRect();
  const away = document.hidden || box.top >= innerHeight;
  const active = /** @type {Document | ShadowRoot} */ (old.getRootNode()).activeElement;
  if (old.contains(active) || (!document.hidden && old.matches(':hover')) || (!away && (!made || box.top < 0))) return;
  const replace = () => {
    if (!made) {
      old.remove();
      shown.delete(slot);
    } else {
      // its place keeps the height that it has
      if (!away) made.style.minHeight = box.height + 'px';
      old.replaceWith(made);
      if (!away && made.getBoundingClientRect().height > box.height + 1) {
        // it needs more: it waits until its place is out of sight
        made.style.minHeight = '';
        made.replaceWith(old);
        return;
      }
      shows(made);
    }
    next.delete(slot);
    if (!away) say();
  };
  const start = /** @type {any} */ (document).startViewTransition;
  if (away || !start || matchMedia('(prefers-reduced-motion: reduce)').matches) return replace();
  next.delete(slot);
  const named = (/** @type {string} */ name) => { old.style.viewTransitionName = (made || old).style.viewTransitionName = name; };
  named('dynstore-' + slot);
  start.call(document, () => { next.set(slot, made); replace(); }).finished.finally(() => named(''));
}

/** Says it to who does not see it, without taking them there. */
function say() {
  if (!status) {
    status = document.createElement('div');
    status.setAttribute('role', 'status');
    Object.assign(status.style, { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' });
    document.body.append(status);
  }
  status.textContent = '';
  const text = options.updated || (document.documentElement.lang.startsWith('de') ? SAID.de : SAID.en);
  setTimeout(() => { status.textContent = text; }, 100);
}

/** Asks for the page's blocks, or one of them. @param {string} [slot] */
export async function refresh(slot) {
  const place = page();
  if (!place) return;
  try {
    show(await learn(await ask(address('rec', { surface: place.surface, ...wanted(place), ...(slot && { slot }) }))));
  } catch (error) { emit('error', error); }
}

/** Nothing moves until resume(). */
export function pause() { paused = true; }
export function resume() { paused = false; settle(); }
export const isPaused = () => paused;
