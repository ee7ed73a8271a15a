// The sample shop for a file of tests: opened before them, closed after them; shoppers who each have a browser's context of their own.
'use strict';

const assert = require('node:assert/strict');
const { after, before } = require('node:test');
const lab = require('./lab');

/* Opens the shop and Chromium for the tests of a file. `browser` as lab.browser takes it, `env` as lab.demo does. */
function sample({ browser, env } = {}) {
  const known = new Set(); // visitors of before
  const visit = {
    shop: null, chromium: null,

    /* A page of a new shopper; what the console complains of fails the test. */
    async shopper(t, { path, ...options } = {}) {
      visit.anew();
      const context = await visit.chromium.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const complaints = [];
      page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
      page.on('pageerror', (error) => complaints.push(error.message));
      t.after(async () => {
        await context.close();
        assert.deepEqual(complaints, []);
      });
      if (path) await page.goto(visit.shop.url + path);
      return page;
    },

    /* From now on told() has another shopper's events only. */
    anew: () => lab.eventsOf(visit.shop).forEach(({ visitor }) => known.add(visitor)),

    /* What the stream has of who came since then, with these codes or any. */
    told: (...codes) => lab.eventsOf(visit.shop).filter(({ visitor, code }) => !known.has(visitor) && (!codes[0] || codes.includes(code))),

    /* Waits for an event with this code, of this item. */
    has: (code, item) => lab.until(() => visit.told(code).find((event) => !item || event.item === item), `${code} ${item || ''}`),
  };
  before(async () => {
    [visit.shop, visit.chromium] = await Promise.all([lab.demo(env), lab.browser(browser)]);
  });
  after(async () => {
    await visit.chromium?.close();
    await visit.shop?.stop();
  });
  return visit;
}

/* Has pages that are opened from now on remember each shift of their layout, also those that follow an input. */
const watchShifts = (page) => page.addInitScript(() => {
  window.shifts = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) =>
    window.shifts.push(`${value}: ${sources.map(({ node }) => node && (node.className || node.nodeName))}`))).observe({ type: 'layout-shift', buffered: true });
});

/* The shifts of the page until now: how far, and of what. */
async function shifts(page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)))));
  return page.evaluate(() => window.shifts);
}

module.exports = { ...lab, sample, watchShifts, shifts };
