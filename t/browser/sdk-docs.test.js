// What docs/browser.md shows.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const lab = require('./lib/lab');

const [, marked] = [...fs.readFileSync(path.join(lab.top, 'docs/browser.md'), 'utf8').matchAll(/```html\n(.*?)```/gs)].map(([, html]) => html);
let shop, chromium;

before(async () => {
  shop = await lab.start({ server: 'location /_dynstore/assets/ { dynstore_assets; }',
    pages: { 'index.html': `<!doctype html><title>Shop</title><script src="/_dynstore/assets/dynstore.js" defer></script><body>${marked}</body>` } });
  chromium = await lab.browser();
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});

test('what the page marks is told as the events that it names', async () => {
  const page = await chromium.newPage();
  await page.goto(shop.url);
  for (const name of ['Remember it', 'Compare', 'Moss only']) await page.getByRole('button', { name }).click();
  await page.getByRole('link', { name: 'Which size?' }).click();
  await page.getByLabel('Your question').fill('Is it warm?');
  await page.getByRole('button', { name: 'Ask' }).click();
  await lab.until(() => lab.eventsOf(shop).length >= 5, 'the events are in Redis');
  assert.deepEqual(lab.eventsOf(shop).map(({ code, item, fields }) => `${code} ${item} ${fields.f || fields.t || ''} ${fields.v || ''}`.trim()).sort(),
    ['co rain-shell', 'fi rain-shell colour Moss', 'qu rain-shell Is it warm?', 'sg rain-shell', 'wl rain-shell']);
  await page.close();
});
