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

/** What the first such element says by data-*. @param {string} selector @param {ParentNode} [inside] @returns {DOMStringMap} */
export const first = (selector, inside) => (all(selector, inside)[0] || { dataset: {} }).dataset;

/** What an element, or the next one around it, says by data-*. @param {Element} near @param {string} selector @returns {DOMStringMap} */
export const said = (near, selector) => /** @type {HTMLElement} */ (near.closest(selector) || { dataset: {} }).dataset;

/** @type {Record<string, ((value: any) => void)[]>} */
const callbacks = {};

/** @param {string} name @param {(value: any) => void} callback */
export const on = (name, callback) => { (callbacks[name] = callbacks[name] || []).push(callback); };

/** @param {string} name @param {unknown} value */
export const emit = (name, value) => (callbacks[name] || []).forEach((callback) => {
  try { callback(value); } catch (error) { if (name !== 'error') failed(error); }
});

/** Nothing of ours is ever thrown into the page. @template {any[]} A @template R @param {(...args: A) => R} step @returns {(...args: A) => R | undefined} */
export const safely = (step) => (...args) => {
  try { return step(...args); } catch (error) { failed(error); }
};

/** @param {unknown} error */
export const failed = (error) => emit('error', error);

/** @param {EventTarget} target @param {string} names @param {(event: any) => void} handler @param {boolean} [capture] */
export const listen = (target, names, handler, capture) => names.split(' ').forEach((name) => target.addEventListener(name, safely(handler), capture));

/** Reads what is kept, keeps a value, or with "" forgets it; nothing where nothing may be kept. @type {(name: string, value?: string) => string | undefined} */
export const kept = /** @type {any} */ (safely)((/** @type {string} */ name, /** @type {any} */ value) => {
  const key = 'dynstore.' + name;
  if (value) localStorage[key] = value;
  if (value === '') delete localStorage[key];
  return localStorage[key];
});

/** none, functional or full; "" while that is not known. */
export let level = (/\bdyn_consent=(\w+)/.exec(document.cookie) || [])[1] || (options.consent ? '' : 'full');
let token = '';

/** @param {string} chosen */
export const choose = (chosen) => {
  level = chosen;
  document.cookie = `dyn_consent=${chosen};path=/;max-age=15552000;samesite=lax`;
};

/** @returns {{ surface?: string, item?: string }} */
export const page = () => {
  const { dynstoreSurface: surface, dynstorePageItem: item } = first('[data-dynstore-surface]');
  return { surface, item };
};

/** @param {string} name @param {Named | null | false} [parameters] */
export const address = (name, parameters) => {
  const url = new URL(name, base);
  /** @type {Named} */
  const every = { ...parameters, token: token || first('[data-dynstore-token]').dynstoreToken,
    // behind an app proxy there are no cookies
    ...options.base && { visitor: kept('visitor'), consent: options.consent && level } };
  for (const key in every) if (every[key]) url.searchParams.set(key, every[key]);
  return url.href;
};

/** @type {any} */
let policy;
/** Where Trusted Types are required: what passes here comes from nginx, and is parsed into a document that runs nothing. @param {string} text */
const trusted = (text) => {
  const { trustedTypes } = /** @type {any} */ (window);
  if (!trustedTypes) return text;
  policy = policy || trustedTypes.createPolicy('dynstore', { createHTML: String });
  return policy.createHTML(text);
};

/** Asks nginx; gives the document or the JSON, and keeps what the answer says for later ones. @param {string} url @param {RequestInit} [init] @returns {Promise<any>} */
export const call = async (url, init) => {
  const answer = await ask(url, { credentials: 'include', ...init });
  token = answer.headers.get('X-Dynstore-Token') || token;
  if (answer.status === 429 || answer.status > 499) throw answer;
  const text = answer.ok ? await answer.text() : '';
  const body = /^[{]|^$/.test(text) ? JSON.parse(text || '{}') : new DOMParser().parseFromString(trusted(text), 'text/html');
  const visitor = body.visitor || body.body && first('[data-dynstore-visitor]', body).dynstoreVisitor;
  if (visitor) kept('visitor', visitor);
  return body;
};
