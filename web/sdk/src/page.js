// What the page is, where the shop's nginx is asked, and what is remembered of the visitor.

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);

/** The attributes of the script's element: docs/browser.md has them all. @type {DOMStringMap} */
export const options = script ? script.dataset : {};

const base = new URL(options.base || '../', options.base || !script || !script.src ? location.href : script.src);

/** Before the page's own scripts, and ours, see what goes through it. */
export const ask = window.fetch.bind(window);

/** @param {string} name @param {string} [value] undefined: reads @returns {string} "" where nothing may be kept */
export function kept(name, value) {
  try {
    if (value === undefined) return localStorage.getItem('dynstore.' + name) || '';
    localStorage.setItem('dynstore.' + name, value);
  } catch { /* a private window */ }
  return '';
}

// What the visitor consents to: none, functional, full, or "" while that is not known.
let level = options.consent ? (/(?:^|; )dyn_consent=(\w+)/.exec(document.cookie) || [])[1] || '' : 'full';
let token = '';

export const allowed = () => level && level !== 'none';
export const refused = () => level === 'none';

/** @param {string} chosen */
export function choose(chosen) {
  level = chosen;
  document.cookie = `dyn_consent=${chosen}; path=/; max-age=15552000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;
}

/** @returns {{ surface: string, item?: string } | null} */
export function page() {
  const mark = /** @type {HTMLElement | null} */ (document.querySelector('[data-dynstore-surface]'));
  return mark && { surface: mark.dataset.dynstoreSurface || '', item: mark.dataset.dynstorePageItem };
}

/** What the page's blocks are asked by; blocks.js adds to it. @type {Record<string, string | null | undefined>} */
export const asked = { format: 'html', q: new URLSearchParams(location.search).get('q') };
export const wanted = (/** @type {{ item?: string }} */ place) => ({ ...asked, item: place.item });

/** @param {string} name @param {Record<string, string | null | undefined>} parameters */
export function address(name, parameters) {
  const url = new URL(name, base);
  const mark = /** @type {HTMLElement | null} */ (document.querySelector('[data-dynstore-token]'));
  /** @type {typeof parameters} */
  const all = { ...parameters, token: token || (mark && mark.dataset.dynstoreToken) };
  // behind an app proxy there are no cookies
  if (options.base) Object.assign(all, { visitor: kept('visitor'), consent: options.consent && level });
  for (const key in all) if (all[key]) url.searchParams.set(key, /** @type {string} */ (all[key]));
  return url.href;
}

/** Where Trusted Types are required. What it passes comes from nginx, and is parsed into a document that runs nothing. */
const policy = (/** @type {any} */ (window)).trustedTypes
  ? (/** @type {any} */ (window)).trustedTypes.createPolicy('dynstore', { createHTML: (/** @type {string} */ text) => text }) : null;

/** What an answer says for later ones; gives its document or its JSON. @param {Response} answer @returns {Promise<any>} */
export async function learn(answer) {
  const text = await answer.text();
  const html = (answer.headers.get('Content-Type') || '').startsWith('text/html');
  const body = !answer.ok || !text ? {} : html
    ? new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, 'text/html') : JSON.parse(text);
  const mark = html && body.querySelector('[data-dynstore-visitor]');
  const visitor = mark ? mark.dataset.dynstoreVisitor : body.visitor;
  if (visitor) kept('visitor', visitor);
  token = answer.headers.get('X-Dynstore-Token') || token;
  return body;
}

/** @type {Record<string, ((value: any) => void)[]>} */
const listeners = {};

/** @param {string} name @param {(value: any) => void} callback */
export function on(name, callback) { (listeners[name] = listeners[name] || []).push(callback); }

/** @param {string} name @param {unknown} value */
export function emit(name, value) {
  (listeners[name] || []).forEach((callback) => { try { callback(value); } catch (error) { console.error(error); } });
}
