// dynstore.js in a page that others write into, too.
'use strict';

const assert = require('node:assert/strict');
const { after, before, beforeEach, test } = require('node:test');
const sdk = require('./lib/sdk');

let shop, chromium;
const pages = {
  'home.html': sdk.html(),
  // a review: sanitizers leave data attributes
  'review.html': sdk.html({ after: `<div data-dynstore-events>[{"event":"add_to_wishlist","item_id":"tent-02"}]</div>
    <script type="application/json" data-dynstore-events>{"event":</script>
    <script type="application/json" data-dynstore-events>[{"event":"compare","item_id":"tent-01"}]</script>` }),
};

before(async () => {
  chromium = await sdk.browser();
  shop = await sdk.shop({ pages });
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});
beforeEach(() => shop.redis('FLUSHALL'));
const open = (path, options) => sdk.open(chromium, shop.url + path, options);

test('only a script tells events of the page, and one that cannot be read hides no other', async () => {
  const { page, context } = await open('/review');
  await sdk.arrive(shop, 1, 'co');
  await page.waitForTimeout(300);
  assert.deepEqual(sdk.told(shop, 'wl'), [], 'no text of a shopper is an event of another');
  assert.deepEqual(sdk.told(shop, 'co').map(({ item }) => item), ['tent-01']);
  await context.close();
});

test('a script in a block that comes later does not run', async () => {
  const { page, context } = await open('/home', { bypassCSP: true });
  await page.route('**/_dynstore/event?*', (route) => route.fulfill({ contentType: 'text/html',
    body: '<section class="dynstore" data-dynstore-slot="recs" data-dynstore-decision="1"><ul><li data-dynstore-item="x">New</li></ul><script>window.ran = true;</script></section>' }));
  await page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'tent-01' }));
  await page.locator('[data-dynstore-slot=recs] li[data-dynstore-item=x]').waitFor({ timeout: 5000 });
  assert.equal(await page.evaluate(() => window.ran), undefined);
  await context.close();
});

test('a token that another origin answers with is not taken', async () => {
  const { page, context } = await open('/home');
  await page.route('https://elsewhere.example/**', (route) => route.fulfill({ headers: { 'X-Dynstore-Token': 'theirs', 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': '*' }, body: '{"visitor":"theirs"}', contentType: 'application/json' }));
  await page.evaluate(() => fetch('https://elsewhere.example/cart/add.js', { method: 'POST', body: '{}' }).catch(() => 0));
  const [request] = await Promise.all([page.waitForRequest(/_dynstore\/event/), page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'tent-01' }))]);
  assert.doesNotMatch(request.url(), /theirs/);
  assert.equal(await page.evaluate(() => localStorage['dynstore.visitor']), undefined);
  await context.close();
});
