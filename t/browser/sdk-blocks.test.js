// How dynstore.js keeps blocks up to date: without a shift of the layout, and without taking anything away from who uses it.
'use strict';

const assert = require('node:assert/strict');
const { after, before, beforeEach, test } = require('node:test');
const sdk = require('./lib/sdk');

const pages = {
  'home.html': sdk.html(),
  'german.html': sdk.html({ lang: 'de', attributes: ' data-updated="Empfehlungen aktualisiert"' }),
  'below.html': sdk.html({ before: '<button id="top">Here</button><p class="tall">Long</p>' }),
  'above.html': sdk.html({ after: '<p class="tall">Long</p><button id="low">There</button>' }),
  'twice.html': sdk.html({ scripts: [], before: '<script defer src="/_dynstore/assets/dynstore.js?again"></script>' }),
  'place.html': '<!DOCTYPE html><html lang="en"><title>Place</title><body data-dynstore-surface="pdp" data-dynstore-page-item="pack-00">'
    + '<div data-dynstore-slot="recs" data-dynstore-items="3"></div><script defer src="/_dynstore/assets/dynstore.js"></script></body></html>',
  'cta.html': sdk.html({ attributes: ' data-cart="/cart/add"' }),
  'refused.html': sdk.html({ attributes: ' data-cart="/sold-out/cart/add"' }),
};

let shop, chromium;
before(async () => {
  chromium = await sdk.browser();
  shop = await sdk.shop({ pages, config: 'location = /sold-out/cart/add { dynstore off; return 422; }' });
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});
beforeEach(() => shop.redis('FLUSHALL'));

const open = (path, options) => sdk.open(chromium, shop.url + path, options);
const itemsIn = (page) => page.locator('[data-dynstore-slot=recs] [data-dynstore-item]').evaluateAll((items) => items.map((item) => item.dataset.dynstoreItem));
const add = (page, id) => page.evaluate((item) => window.dynstore.track({ event: 'add_to_cart', item_id: item }), id);
// the next answer has arrived and whatever may be shown at once is shown
const calm = (page) => page.waitForTimeout(900);

async function changes(page, before) {
  await sdk.until(async () => String(await itemsIn(page)) !== String(before), 'the block follows', 5);
  return itemsIn(page);
}

test('after add to cart the block follows without a shift of the layout, and focus stays where it is', async () => {
  const { page, context, errors } = await open('/above');
  const shown = await itemsIn(page);
  await page.locator('#low').focus();
  await page.evaluate(() => scrollTo(0, 0));
  await page.mouse.move(5, 795);
  const shift = await sdk.shifts(page);
  await page.evaluate(() => { window.low = document.querySelector('#low').getBoundingClientRect().top; window.old = document.querySelector('[data-dynstore-slot]'); });
  await add(page, shown[0]);
  const fresh = await changes(page, shown);
  assert.ok(!fresh.includes(shown[0]), 'what is in the cart is recommended no more');
  await page.waitForTimeout(500);
  assert.equal(await shift(), 0);
  assert.equal(await page.evaluate(() => document.querySelector('#low').getBoundingClientRect().top - window.low), 0, 'nothing below has moved');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'low');
  assert.equal(await page.locator('[role=status], output').innerText(), 'Recommendations updated');
  assert.deepEqual(errors, []);
  await context.close();
});

test('the observer that counts shifts does see one', async () => {
  const { page, context } = await open('/above');
  const shift = await sdk.shifts(page);
  await page.evaluate(() => { document.querySelector('[data-dynstore-slot]').style.minHeight = '700px'; });
  assert.ok(await shift() > 0);
  await context.close();
});

test('a block that is used stays as it is until it is left: under the pointer, with the focus in it, scrolled', async () => {
  for (const [use, leave] of [
    [(page) => page.locator('[data-dynstore-slot=recs] a').first().hover(), (page) => page.mouse.move(5, 795)],
    [(page) => page.locator('[data-dynstore-slot=recs] a').first().focus(), (page) => page.evaluate(() => document.activeElement.blur())],
    [(page) => page.locator('.dynstore-items').evaluate((list) => { list.scrollLeft = 50; }), (page) => page.locator('.dynstore-items').evaluate((list) => { list.scrollLeft = 0; })],
  ]) {
    const { page, context } = await open('/home');
    const shown = await itemsIn(page);
    await page.mouse.move(5, 795);
    await use(page);
    await add(page, shown[0]);
    await calm(page);
    assert.deepEqual(await itemsIn(page), shown, `${use}`);
    await leave(page);
    await changes(page, shown);
    await context.close();
  }
});

// as if it had shown less
const shrink = (page) => page.evaluate(() => { const { style } = document.querySelector('[data-dynstore-slot]'); style.height = '60px'; style.overflow = 'hidden'; });

test('a block below what is in view is replaced also when it gets higher', async () => {
  const { page, context } = await open('/below');
  const shown = await itemsIn(page);
  await shrink(page);
  const shift = await sdk.shifts(page);
  await add(page, shown[0]);
  await changes(page, shown);
  assert.ok(await page.evaluate(() => document.querySelector('[data-dynstore-slot]').offsetHeight) > 200);
  assert.equal(await shift(), 0);
  await context.close();
});

test('a block in view that would get higher waits until its place is out of sight', async () => {
  const { page, context } = await open('/below');
  const shown = await itemsIn(page);
  await page.evaluate(() => document.querySelector('#end').scrollIntoView());
  await page.mouse.move(5, 5);
  await shrink(page);
  const shift = await sdk.shifts(page);
  await add(page, shown[0]);
  await calm(page);
  assert.deepEqual(await itemsIn(page), shown);
  assert.equal(await shift(), 0);
  await page.evaluate(() => scrollTo(0, 0));
  await changes(page, shown);
  await context.close();
});

test('nothing is replaced while the page scrolls', async () => {
  const { page, context } = await open('/above');
  const shown = await itemsIn(page);
  await page.mouse.move(5, 795);
  await page.evaluate(() => {
    let at = 0;
    window.scrolling = setInterval(() => {
      scrollTo(0, at = (at + 1) % 20);
      // on a busy machine frames, which tell of it, are far apart
      dispatchEvent(new Event('scroll'));
    }, 16);
  });
  await add(page, shown[0]);
  await calm(page);
  assert.deepEqual(await itemsIn(page), shown);
  await page.evaluate(() => clearInterval(window.scrolling));
  await changes(page, shown);
  await context.close();
});

test('where the same items would be shown, the block is not touched', async () => {
  const { page, context } = await open('/home');
  await page.mouse.move(5, 795);
  await page.evaluate(() => { document.querySelector('[data-dynstore-slot]').old = true; });
  await page.evaluate(() => window.dynstore.refresh());
  await calm(page);
  assert.equal(await page.evaluate(() => document.querySelector('[data-dynstore-slot]').old), true);
  assert.equal(await page.locator('output').count(), 0, 'and nothing is said');
  await context.close();
});

test('pause() holds blocks still and resume() lets them follow', async () => {
  const { page, context } = await open('/home');
  const shown = await itemsIn(page);
  await page.mouse.move(5, 795);
  await page.evaluate(() => window.dynstore.pause());
  await add(page, shown[0]);
  await calm(page);
  assert.deepEqual(await itemsIn(page), shown);
  await page.evaluate(() => window.dynstore.resume());
  await changes(page, shown);
  await context.close();
});

test('a change in view goes by a view transition, and at once for who wants less motion', async () => {
  for (const [reducedMotion, transitions] of [['no-preference', 1], ['reduce', 0]]) {
    const { page, context, errors } = await open('/home', { reducedMotion, script: `const start = Document.prototype.startViewTransition; window.transitions = 0;
      Document.prototype.startViewTransition = function (...all) { window.transitions++; return start.apply(this, all); };` });
    const shown = await itemsIn(page);
    await page.mouse.move(5, 795);
    await add(page, shown[0]);
    await changes(page, shown);
    assert.equal(await page.evaluate(() => window.transitions), transitions, reducedMotion);
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('what is said is what the script\'s element says', async () => {
  const { page, context } = await open('/german');
  const shown = await itemsIn(page);
  await page.mouse.move(5, 795);
  await add(page, shown[0]);
  await changes(page, shown);
  await sdk.until(async () => await page.locator('output').innerText() === 'Empfehlungen aktualisiert', 'it is said', 5);
  await context.close();
});

test('a page that has the script twice tells everything once', async () => {
  const { page, context, errors } = await open('/twice');
  await page.evaluate(() => document.addEventListener('click', (click) => click.preventDefault()));
  await page.locator('[data-dynstore-slot=recs] a').first().click();
  await sdk.arrive(shop, 1, 'si');
  await page.waitForTimeout(700);
  assert.equal(sdk.told(shop, 'si').length, 1);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a place that nginx is not in front of is filled, with as many items as it says', async () => {
  const { page, context, errors } = await open('/place');
  await page.locator('section[data-dynstore-slot=recs]').waitFor();
  assert.equal((await itemsIn(page)).length, 3);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a recommended item is put into the cart without leaving the page; where that fails its own page opens', async () => {
  const { page, context } = await open('/cta');
  await page.evaluate(() => window.dynstore.on('added', (event) => { window.added = event.item_id; }));
  const button = page.locator('.dynstore-cta[data-dynstore-action=add_to_cart]').first();
  const id = await button.evaluate((link) => link.closest('[data-dynstore-item]').dataset.dynstoreItem);
  await button.click();
  const [added] = await sdk.arrive(shop, 1, 'ac');
  assert.equal(added.item, id);
  assert.equal(await page.evaluate(() => window.added), id);
  assert.equal(page.url(), `${shop.url}/cta`);
  await context.close();

  const refused = await open('/refused');
  const link = refused.page.locator('.dynstore-cta[data-dynstore-action=add_to_cart]').first(), href = await link.getAttribute('href');
  await link.click();
  await refused.page.waitForURL(`${shop.url}${href}`);
  await refused.context.close();
});

test('without JavaScript the button is a link to the item', async () => {
  const { page, context } = await open('/cta', { javaScriptEnabled: false });
  const link = page.locator('.dynstore-cta').first(), href = await link.getAttribute('href');
  await link.click();
  await page.waitForURL(`${shop.url}${href}`);
  await context.close();
});
