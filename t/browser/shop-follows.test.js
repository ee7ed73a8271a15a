// The blocks of the sample shop follow its shopper: in place, without a shift, without taking the focus; and when a page is come back to.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { sample, shifts, until, watchShifts } = require('./lib/sample');

const visit = sample({ browser: { ignoreDefaultArgs: ['--disable-back-forward-cache'] } });
const PACK = '/products/trail-pack-30', BAG = '/products/dry-bag-20l', BLOCK = 'section[data-dynstore-slot=recs]';

/* A page of a tall window, in which the form and the block are seen at once. */
async function opened(t, address) {
  const page = await visit.shopper(t, { viewport: { width: 1280, height: 2200 } });
  await watchShifts(page);
  await page.goto(visit.shop.url + address);
  await page.evaluate((block) => { window.old = document.querySelector(block); }, BLOCK);
  return page;
}

const items = (page) => page.locator(`${BLOCK} [data-dynstore-item]`).evaluateAll((all) => all.map((item) => item.dataset.dynstoreItem));
const swapped = (page) => page.waitForFunction((block) => document.querySelector(block) !== window.old, BLOCK);
const isOld = (page) => page.evaluate((block) => document.querySelector(block) === window.old, BLOCK);
const inView = (page) => page.evaluate((block) => { const { top, bottom } = document.querySelector(block).getBoundingClientRect(); return top < innerHeight && bottom > 0; }, BLOCK);

test('after something is put into the cart the block beside it is another in its place; nothing shifts, and the focus stays with the shopper', async (t) => {
  const page = await opened(t, PACK);
  const before = await items(page), { height } = await page.locator(BLOCK).boundingBox();
  assert.ok(await inView(page));
  await page.locator('form.choose button').focus();
  await page.keyboard.press('Enter');
  await page.locator('#drawer[open]').waitFor();
  await swapped(page);
  assert.ok(await page.evaluate(() => document.querySelector('#drawer').contains(document.activeElement)), 'the focus is in the cart that has opened');
  await page.keyboard.press('Escape');
  await page.locator('#drawer:not([open])').waitFor({ state: 'attached' });
  assert.ok(await page.locator('form.choose button').evaluate((button) => button === document.activeElement), 'and then again at the button');
  assert.notDeepEqual(await items(page), before);
  assert.ok(await inView(page));
  assert.equal((await page.locator(BLOCK).boundingBox()).height, height);
  assert.deepEqual(await shifts(page), []);
});

test('while the focus is within a block it waits, and is another as soon as the focus has left', async (t) => {
  const page = await opened(t, PACK);
  let answer;
  const focused = new Promise((resolve) => { answer = resolve; });
  await page.route('**/_dynstore/event?refresh=**', async (route) => { await focused; await route.continue(); });
  await page.evaluate(() => window.dynstore.on('answer', () => { window.answered = true; }));
  await page.locator('[data-keep=wishlist]').click();
  await page.mouse.move(5, 5);
  const link = page.locator(`${BLOCK} a`).first();
  await link.focus();
  answer();
  await page.waitForFunction(() => window.answered);
  await page.waitForTimeout(600);
  assert.ok(await isOld(page));
  assert.ok(await link.evaluate((one) => one === document.activeElement));
  await page.locator('[data-keep=compare]').focus();
  await swapped(page);
  assert.ok(await page.locator('[data-keep=compare]').evaluate((button) => button === document.activeElement));
  assert.deepEqual(await shifts(page), []);
});

test('who has put an item of a block into the cart by the keyboard is back at the block when the cart is closed, though the item is gone', async (t) => {
  const page = await opened(t, BAG);
  const button = page.locator(`${BLOCK} [data-dynstore-action=add_to_cart]`).first();
  const id = await button.evaluate((link) => link.closest('[data-dynstore-item]').dataset.dynstoreItem);
  await button.focus();
  await page.keyboard.press('Enter');
  await page.locator(`#drawer[open] [data-product="${id}"]`).waitFor();
  await swapped(page);
  assert.ok(!(await items(page)).includes(id));
  await page.keyboard.press('Escape');
  await page.locator('#drawer:not([open])').waitFor({ state: 'attached' });
  await until(() => page.evaluate((block) => document.querySelector(block).contains(document.activeElement), BLOCK), 'the focus is in the block', 5);
  assert.deepEqual(await shifts(page), []);
});

test('a page that is come back to is the kept one: a view more, no request for it, and its block and the cart follow what was done meanwhile', async (t) => {
  const page = await opened(t, BAG), { shop, told, has } = visit;
  const log = () => fs.readFileSync(path.join(shop.folder, 'logs/access.log'), 'utf8');
  await page.evaluate(() => addEventListener('pageshow', ({ persisted }) => { window.persisted = persisted; }));
  await has('vi', 'dry-bag-20l');
  const id = await page.locator(`${BLOCK} [data-dynstore-action=add_to_cart]`).first().evaluate((link) => link.closest('[data-dynstore-item]').dataset.dynstoreItem);
  const loads = () => log().split(`GET ${BAG} `).length - 1, first = loads();
  await page.locator('.crumbs a').last().click();
  await page.waitForURL('**/c/*');
  // what the block of the page before offers goes into the cart here
  await page.evaluate((item) => fetch('/cart/add.js', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ id: item, quantity: 1 }) }), id);
  await has('ac', id);
  // Playwright would wait for a load that a kept page does not have
  await page.evaluate(() => { history.back(); }).catch(() => {});
  await until(() => page.evaluate((where) => location.pathname === where && window.persisted, BAG).catch(() => false), 'the kept page is back');
  await until(() => told('vi').length === 2, 'the view');
  await swapped(page);
  assert.ok(!(await items(page)).includes(id));
  assert.equal(await page.locator('.count').innerText(), '1');
  await page.waitForTimeout(1500);
  assert.deepEqual(told('vi').map(({ item }) => item), ['dry-bag-20l', 'dry-bag-20l'], 'each time once');
  assert.equal(loads(), first);
});
