// The sample shop in a browser.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { sample } = require('./lib/sample');

const { shopper, has } = sample();

test('a product page shows what was looked at just now as the reason of its block', async (t) => {
  const page = await shopper(t, { path: '/products/trail-pack-30' });
  const block = page.locator('section.dynstore-recs');
  assert.equal(await block.getAttribute('data-dynstore-slot'), 'recs');
  assert.match(await block.innerText(), /Trail Pack 30/);
  await has('vi', 'trail-pack-30');
});
