// dynstore in a shop's page: shows its blocks, keeps them up to date, and tells nginx what the shopper does. docs/browser.md
import { listen, on, safely } from './page.js';
import { again, consent, tell } from './send.js';
import * as blocks from './blocks.js';
import * as observe from './observe.js';

/** @typedef {import('../dynstore').ShopEvent} ShopEvent */

const early = /** @type {any} */ (window.dynstore);
if (!early?.track) {
  /** @type {any} */
  const api = window.dynstore = {
    consent, track: (/** @type {ShopEvent} */ event) => tell(event.event || /** @type {any} */ (event).name, event, 'track'), refresh: blocks.refresh,
    pause: blocks.hold(true), resume: blocks.hold(false), on, render: blocks.render,
    push: (/** @type {any[][]} */ ...calls) => calls.forEach(([name, ...words]) => api[name]?.(...words)),
  };
  for (const name in api) api[name] = safely(api[name]);
  on('consent', (/** @type {string} */ chosen) => chosen === 'none' ? blocks.refresh() : observe.view());
  safely(observe.begin)();
  safely(blocks.begin)();
  api.push(...early || []);
  const seen = () => {
    safely(observe.seen)();
    blocks.fill();
    // the first look at what is kept is slow
    setTimeout(again, 1000);
  };
  if (document.prerendering) listen('prerenderingchange', seen, true);
  else seen();
  listen('online', again);
}
