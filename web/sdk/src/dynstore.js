// dynstore in a shop's page: shows its blocks, keeps them up to date, and tells nginx what the shopper does. docs/browser.md
import { on, safely } from './page.js';
import { again, consent, tell } from './send.js';
import * as blocks from './blocks.js';
import * as observe from './observe.js';

/** @typedef {import('../dynstore').ShopEvent} ShopEvent */

const windows = /** @type {any} */ (window), early = windows.dynstore;
if (!early || !early.track) {
  /** @type {any} */
  const api = windows.dynstore = {
    consent: safely(consent), track: safely((/** @type {ShopEvent} */ event) => tell(event.event || /** @type {any} */ (event).name, event, 'track')), refresh: blocks.refresh,
    pause: blocks.hold(true), resume: blocks.hold(false), on, render: safely(blocks.render),
    push: (/** @type {any[][]} */ ...calls) => calls.forEach(([name, ...words]) => api[name](...words)),
  };
  on('consent', (/** @type {string} */ chosen) => chosen === 'none' ? blocks.refresh() : observe.view());
  const run = (/** @type {(() => unknown)[]} */ ...steps) => steps.forEach((step) => safely(step)()), seen = () => {
    run(observe.seen, blocks.fill);
    // the first look at what is kept is slow
    setTimeout(again, 1000);
  };
  run(observe.begin, blocks.begin);
  api.push(...early || []);
  if (document.prerendering) document.addEventListener('prerenderingchange', seen, { once: true });
  else seen();
  addEventListener('online', again);
}
