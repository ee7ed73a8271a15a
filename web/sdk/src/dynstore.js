// dynstore in a shop's page: shows its blocks, keeps them up to date, and tells nginx what the shopper does. docs/browser.md
import { on } from './page.js';
import { again, consent, track } from './send.js';
import * as blocks from './blocks.js';
import * as observe from './observe.js';

const early = /** @type {any} */ (window).dynstore;
if (!early || !early.track) {
  const api = { consent, track, refresh: blocks.refresh, pause: blocks.pause, resume: blocks.resume, on, render: blocks.render,
    push: (/** @type {any[]} */ [name, ...words]) => /** @type {any} */ (api)[name](...words) };
  /** @type {any} */ (window).dynstore = api;
  observe.begin();
  blocks.begin();
  (early || []).forEach(api.push);
  const seen = () => { observe.seen(); again(); blocks.fill(); };
  if (/** @type {any} */ (document).prerendering) document.addEventListener('prerenderingchange', seen, { once: true });
  else seen();
  addEventListener('online', again);
}
