// The sample shop in a browser.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const lab = require('./lib/lab');

let shop, chromium;

before(async () => {
  [shop, chromium] = await Promise.all([lab.demo(), lab.browser()]);
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});

test('a product page shows what was looked at just now as the reason of its block', async () => {
  const page = await chromium.newPage();
  await page.goto(`${shop.url}/products/trail-pack-30`);
  const block = page.locator('section.dynstore-recs');
  assert.equal(await block.getAttribute('data-dynstore-slot'), 'recs');
  assert.match(await block.innerText(), /Trail Pack 30/);
  await lab.until(() => lab.eventsOf(shop).some((event) => event.code === 'vi' && event.item === 'trail-pack-30'), 'the view is in Redis');
  await page.close();
});
