// What the page is, where the shop's nginx is asked, what is remembered of the visitor; and callbacks.

/** @typedef {import('../dynstore').ShopEvent} ShopEvent */
/** @typedef {Record<string, any>} Named */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);

/** The attributes of the script's element: docs/browser.md has them all. @type {DOMStringMap} */
export const options = script ? script.dataset : {};

const base = new URL(options.base || '../', options.base || !script ? location.href : script.src);

/** The browser's own, which does not pass by us. */
export const ask = window.fetch;

/** @param {string} selector @param {ParentNode} [inside] */
export const all = (selector, inside = document) => /** @type {HTMLElement[]} */ ([...inside.querySelectorAll(selector)]);

/** What an element, or the next one around it, says by data-dynstore-NAME. @param {Element} near @param {string} name @returns {string | undefined} */
export const said = (near, name) => {
  const attribute = 'data-dynstore-' + name, at = near.closest(`[${attribute}]`);
  return at?.getAttribute(attribute) || undefined;
};

/** What the first element that says such a thing says. @param {string} name @param {ParentNode} [inside] */
export const first = (name, inside) => all(`[data-dynstore-${name}]`, inside).map((at) => said(at, name))[0];

/** @type {Record<string, ((value: any) => void)[]>} */
const callbacks = {};

/** @param {string} name @param {(value: any) => void} callback */
export const on = (name, callback) => { (callbacks[name] = callbacks[name] || []).push(callback); };

/** @param {unknown} error */
export const failed = (error) => callbacks.error?.forEach((callback) => {
  // what one of these throws is told nobody
  try { callback(error); } catch {}
});

/** Nothing of ours is ever thrown into the page. @template {any[]} A @template R @param {(...args: A) => R} step @returns {(...args: A) => R | undefined} */
export const safely = (step) => (...args) => {
  try { return step(...args); } catch (error) { failed(error); }
};

/** @param {string} name @param {unknown} value */
export const emit = (name, value) => callbacks[name]?.forEach((callback) => safely(callback)(value));

/** @param {string} names of events of the window and of all within it @param {(event: any) => void} handler @param {boolean} [capture] before the page's own handlers */
export const listen = (names, handler, capture) => names.split(' ').forEach((name) => addEventListener(name, safely(handler), capture));

/** Reads what is kept, keeps a value, or with "" forgets it; nothing where nothing may be kept. @type {(name: string, value?: string) => string | undefined} */
export const kept = /** @type {any} */ (safely)((/** @type {string} */ name, /** @type {any} */ value) => {
  const key = 'dynstore.' + name;
  if (value) localStorage[key] = value;
  if (value === '') delete localStorage[key];
  return localStorage[key];
});

/** none, functional or full; "" while that is not known. */
export let level = /\bdyn_consent=(\w+)/.exec(document.cookie)?.[1] || (options.consent ? '' : 'full');
let token = '';

/** @param {string} chosen */
export const choose = (chosen) => {
  level = chosen;
  document.cookie = `dyn_consent=${chosen};path=/;max-age=15552000;samesite=lax${/^https/.test(location.origin) ? ';secure' : ''}`;
};

/** @returns {{ surface?: string, item?: string }} */
export const page = () => ({ surface: first('surface'), item: first('page-item') });

/** @param {string} name @param {Named | void | null | false} [parameters] */
export const address = (name, parameters) => {
  const url = new URL(name, base);
  /** @type {Named} */
  const every = { ...parameters, token: token || first('token'),
    // behind an app proxy there are no cookies
    ...options.base && { visitor: kept('visitor'), consent: options.consent && level } };
  for (const key in every) if (every[key]) url.searchParams.set(key, every[key]);
  return url.href;
};

/** @type {any} */
let policy;
/** Where Trusted Types are required: what passes here comes from nginx, and is parsed into a document that runs nothing. @param {string} text */
const trusted = (text) => {
  policy = policy || /** @type {any} */ (window).trustedTypes?.createPolicy('dynstore', { createHTML: String });
  return policy ? policy.createHTML(text) : text;
};

/** Asks nginx; hands newer blocks on, a document or a decision, and keeps what the answer says for later ones. @param {string} url @param {RequestInit} [init] */
export const call = async (url, init) => {
  const answer = await ask(url, { credentials: 'include', ...init });
  token = answer.headers.get('X-Dynstore-Token') || token;
  // too many, or not now: again later
  if (answer.status > 428) throw answer;
  const text = answer.ok && await answer.text() || '{}';
  const body = /^{/.test(text) ? JSON.parse(text) : new DOMParser().parseFromString(trusted(text), 'text/html');
  const visitor = body.visitor || body.body && first('visitor', body);
  if (visitor) kept('visitor', visitor);
  if (body.slots || body.body) emit('answer', body);
};
