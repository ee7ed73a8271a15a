// What a shopper of the sample shop does, read back from Redis: each thing once, as the event that it is.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { front } = require('./lib/front');
const { sample, until } = require('./lib/sample');

const visit = sample(), { shopper, told, has } = visit;

/* What was told but what is merely seen of blocks: [code, item, fields], by the time at which it happened. */
const done = () => told().filter(({ code, item }) => !(code === 'vp' || code === 'vl' && item !== '-'))
  .map(({ code, item, fields }) => [code, item, fields]);

/* All that was told, once the shopper has gone on to a page that is no page of dynstore's, and what waited for its turn has come. */
async function all(page, last) {
  const { shop } = visit;
  await page.goto(`${shop.url}/help/about`);
  await has(...last);
  // what a page before could not deliver is sent a second after the next one is open
  await page.waitForTimeout(1500);
  return done();
}

const sorted = (events) => events.map((event) => JSON.stringify(event)).sort();
const same = (events, wanted) => assert.deepEqual(sorted(events), sorted(wanted));
const number = (events, code) => Number(events.find(([one]) => one === code)[2].v);

test('what is done on a product\'s page is told: size, size guide, pictures, remembering, comparing, a question, scrolling and staying', async (t) => {
  const page = await shopper(t, { path: '/products/kante-pro' });
  await page.getByRole('radio', { name: '42', exact: true }).check();
  await page.locator('summary', { hasText: 'Size guide' }).click();
  await page.locator('.shot:visible').click();
  await page.getByRole('dialog', { name: 'Larger picture' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-keep=wishlist]').click();
  await page.locator('[data-keep=compare]').click();
  await page.locator('section[data-dynstore-slot=recs]').scrollIntoViewIfNeeded();
  await has('vl');
  await page.getByLabel('Ask us about it').fill('Do they stretch?');
  await page.locator('.ask button').click();
  await page.getByRole('heading', { name: 'Thank you for asking' }).waitFor();
  const events = await all(page, ['dw']);
  const [depth, seconds] = [number(events, 'sc'), number(events, 'dw')];
  assert.ok(depth > 20 && depth <= 100, `${depth} % is how far the page was scrolled`);
  assert.ok(seconds >= 1, `${seconds} s is how long the page was looked at`);
  const id = 'kante-pro';
  same(events, [['vi', id, {}], ['op', id, { f: 'size', v: '42' }], ['sg', id, {}], ['zo', id, {}], ['wl', id, {}], ['co', id, {}],
    ['qu', id, { t: 'Do they stretch?' }], ['sc', id, { v: String(depth) }], ['dw', id, { v: String(seconds) }]]);
});

test('a colour is told, whether it is chosen by its name or by its picture; so are the terms of returns, of the product that they were opened from', async (t) => {
  const page = await shopper(t, { path: '/products/trail-pack-30' });
  await page.getByRole('radio', { name: 'Brick' }).check();
  await page.locator('.thumbs label').first().click();
  await has('op');
  await page.locator('.facts').getByRole('link', { name: 'Free returns for 60 days' }).click();
  await page.waitForURL('**/help/delivery');
  const events = (await all(page, ['pv'])).filter(([code]) => code !== 'sc' && code !== 'dw');
  same(events, [['vi', 'trail-pack-30', {}], ['op', 'trail-pack-30', { f: 'colour', v: 'Brick' }], ['op', 'trail-pack-30', { f: 'colour', v: 'Moss' }],
    ['pv', 'trail-pack-30', { l: 'returns' }]]);
});

test('lists tell what they are filtered and sorted by, a search its words; going back tells nothing again', async (t) => {
  const page = await shopper(t, { path: '/c/packs' });
  await page.locator('summary', { hasText: 'Brand' }).click();
  await page.locator('input[name=brand][value=Nordhang]').check();
  await page.waitForURL('**brand=Nordhang');
  await page.keyboard.press('Escape');
  await page.locator('select[name=sort]').selectOption('price-desc');
  await page.waitForURL('**sort=price-desc');
  await page.goBack();
  await page.waitForURL('**brand=Nordhang');
  await page.getByRole('searchbox').fill('trail pack');
  await page.getByRole('searchbox').press('Enter');
  await page.waitForURL('**/search?q=*');
  await page.locator('summary', { hasText: 'Price' }).click();
  await page.locator('input[name=price][value="50-100"]').check();
  await page.waitForURL('**price=50-100');
  await page.keyboard.press('Escape');
  await page.locator('select[name=sort]').selectOption('rating');
  await page.waitForURL('**sort=rating');
  same(await all(page, ['so']), [['vl', '-', { l: 'packs' }], ['fi', '-', { f: 'brand', v: 'Nordhang' }], ['so', '-', { f: 'price', v: 'desc' }],
    ['se', '-', { t: 'trail pack' }], ['fi', '-', { f: 'price', v: '50-100' }], ['so', '-', { f: 'rating', v: 'asc' }]]);
});

test('items of a block that are seen for a second are told once, with slot and decision; a click on one as a click, and its page as a view', async (t) => {
  const page = await shopper(t, { path: '/' });
  const block = page.locator('section[data-dynstore-slot=recs]');
  const decision = await block.getAttribute('data-dynstore-decision');
  const ids = await block.locator('li[data-dynstore-item]').evaluateAll((items) => items.map((item) => item.dataset.dynstoreItem));
  await block.scrollIntoViewIfNeeded();
  await has('vl');
  const id = ids[1];
  await block.locator(`[data-dynstore-item="${id}"] a`).first().click();
  await page.waitForURL(`**/products/${id}`);
  const events = await all(page, ['vi', id]);
  const shown = told('vl');
  assert.ok(shown.length > 0 && shown.every(({ item, fields }) => fields.d !== decision || ids.includes(item) && fields.l === 'recs'), JSON.stringify(shown));
  assert.equal(new Set(shown.map(({ item, fields }) => `${item} ${fields.d}`)).size, shown.length, 'each once');
  same(events.filter(([code]) => code !== 'sc' && code !== 'dw'), [['pv', null, {}], ['si', id, { l: 'recs', d: decision }], ['vi', id, {}]]);
});

test('a hero that is seen, and a click on it, are told with its decision', async (t) => {
  const page = await shopper(t, { path: '/?utm_source=search&utm_campaign=high-routes&utm_term=alpine+boots' });
  const decision = await page.locator('section[data-dynstore-slot=hero]').getAttribute('data-dynstore-decision');
  const { fields } = await has('vp');
  assert.deepEqual(fields, { l: 'high-routes', d: decision });
  await page.locator('[data-dynstore-content=high-routes] a').first().click();
  await page.waitForURL('**/c/winter');
  same(await all(page, ['sp']), [['pv', null, {}], ['sp', '-', { l: 'high-routes', d: decision }], ['vl', '-', { l: 'winter' }]]);
  assert.equal(told('vp').length, 1);
});

test('the cart tells what is put into it and taken out, from a product\'s page and from a block, and no change of a number', async (t) => {
  const page = await shopper(t, { path: '/products/rain-cover-m' });
  await page.locator('select[name=quantity]').first().selectOption('2');
  await page.locator('form.choose button').click();
  await page.locator('#drawer[open]').waitFor();
  await page.locator('#drawer [data-line=rain-cover-m] select').selectOption('3');
  await page.locator('.line-price', { hasText: '€66.00' }).first().waitFor();
  await page.goto(`${visit.shop.url}/c/packs`);
  const button = page.locator('[data-dynstore-action=add_to_cart]').first();
  const { id, slot, decision } = await button.evaluate((link) => ({ id: link.closest('[data-dynstore-item]').dataset.dynstoreItem,
    slot: link.closest('[data-dynstore-slot]').dataset.dynstoreSlot, decision: link.closest('[data-dynstore-slot]').dataset.dynstoreDecision }));
  await button.click();
  await page.locator(`#drawer [data-product="${id}"]`).waitFor();
  await page.goto(`${visit.shop.url}/cart`);
  await page.locator('main [data-line=rain-cover-m] .remove button').click();
  await page.locator('main [data-line=rain-cover-m]').waitFor({ state: 'detached' });
  const events = (await all(page, ['rc'])).filter(([code]) => code !== 'sc' && code !== 'dw');
  same(events, [['vi', 'rain-cover-m', {}], ['ac', 'rain-cover-m', { q: '2' }], ['si', id, { l: slot, d: decision }], ['ac', id, { l: slot, d: decision }],
    ['vl', '-', { l: 'packs' }], ['vc', null, {}], ['rc', 'rain-cover-m', {}]]);
});

test('what was remembered and is not any more is told', async (t) => {
  const page = await shopper(t, { path: '/products/windkuppe-2' });
  await page.locator('[data-keep=wishlist]').click();
  await page.locator('.toast.on').waitFor();
  await page.goto(`${visit.shop.url}/wishlist`);
  await page.locator('[data-dynstore-event=remove_from_wishlist]').click();
  await page.locator('main .empty').waitFor();
  const events = (await all(page, ['wr'])).filter(([code]) => code !== 'sc' && code !== 'dw');
  same(events, [['vi', 'windkuppe-2', {}], ['wl', 'windkuppe-2', {}], ['wr', 'windkuppe-2', {}]]);
});

test('an order is begun once and made once', async (t) => {
  const page = await shopper(t, { path: '/products/rain-cover-m' });
  await page.locator('form.choose button').click();
  await page.locator('#drawer[open] a.checkout').click();
  await page.waitForURL('**/checkout');
  for (const [field, value] of [['email', 'a@example.org'], ['name', 'Anna'], ['street', 'Weg 1'], ['postcode', '87435'], ['city', 'Kempten']]) {
    await page.locator(`#${field}`).fill(value);
  }
  await page.locator('form.address button').click();
  const order = await page.locator('.number').innerText();
  await page.reload();
  await page.locator('.number').waitFor();
  const events = (await all(page, ['pu'])).filter(([code]) => code !== 'sc' && code !== 'dw');
  same(events, [['vi', 'rain-cover-m', {}], ['ac', 'rain-cover-m', {}], ['bc', null, {}], ['pv', null, {}],
    ['pu', 'rain-cover-m', { p: '2200', c: 'EUR', o: order }], ['pv', null, {}]]);
});

test('another language is a view of the page in it, with its blocks, and no filter', async (t) => {
  const page = await shopper(t, { path: '/c/packs' });
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.waitForURL('**/c/packs?lang=de');
  await page.goto(`${visit.shop.url}/products/trail-pack-30`);
  assert.equal(await page.locator('section[data-dynstore-slot=recs]').getAttribute('lang'), 'de');
  await until(() => told('vi').length, 'the view');
  same((await all(page, ['vi'])).filter(([code]) => code !== 'sc' && code !== 'dw'), [['vl', '-', { l: 'packs' }], ['vl', '-', { l: 'packs' }], ['vi', 'trail-pack-30', {}]]);
});

test('what is told while its page is left is told once, however long the answer takes', async (t) => {
  let answer;
  const later = new Promise((resolve) => { answer = resolve; });
  const edge = await front(visit.shop, { late: (path) => path === '/_dynstore/event' && later });
  t.after(edge.stop);
  const page = await shopper(t);
  await page.goto(`${edge.url}/products/trail-pack-30`);
  await page.locator('.facts a[href="/help/delivery"]').click();
  await page.waitForURL('**/help/delivery');
  await has('pv', 'trail-pack-30');
  answer();
  // what could not be told is told again a second after the next page is open
  await page.waitForTimeout(1500);
  assert.equal(told('pv').length, 1);
});
