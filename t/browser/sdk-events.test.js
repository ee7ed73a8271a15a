// What dynstore.js tells of a shopper, read back from Redis.
'use strict';

const assert = require('node:assert/strict');
const { after, before, beforeEach, test } = require('node:test');
const sdk = require('./lib/sdk');

const PRODUCT = `
  <form method="post" action="/cart/add" id="buy"><input type="hidden" name="id" value="pack-00"><input name="quantity" value="2">
    <select name="options[Size]"><option>S</option><option>M</option></select><button>Add</button></form>
  <form method="post" action="/question" id="ask"><textarea data-dynstore-question name="question"></textarea><button>Ask</button></form>
  <form id="find" action="/search"><input type="search" name="q"><button>Find</button></form>
  <button type="button" id="wish" data-dynstore-event="add_to_wishlist" data-dynstore-item="tent-02">Keep</button>
  <button type="button" id="compare" data-dynstore-event="compare">Compare</button>
  <button type="button" id="zoom" data-dynstore-event="zoom"><b>Larger</b></button>
  <button type="button" id="guide" data-dynstore-event="size_guide">Sizes</button>
  <button type="button" id="returns" data-dynstore-event="page_view" data-dynstore-item_list_id="returns">Returns</button>
  <button type="button" id="sorted" data-dynstore-event="sort" data-dynstore-field="rating" data-dynstore-value="desc">Best first</button>
  <a id="out" href="/plain/checkout">Check out</a>
  <a id="gone" href="/plain?remove_item=0123" data-product_id="stove-01">Remove</a>
  <a id="direct" href="/plain?add-to-cart=stove-02">Add</a>`;

let shop, chromium, open;
const pages = {
  'products/pack-00.html': sdk.html({ before: PRODUCT }),
  'home.html': sdk.html(),
  'c/Packs.html': sdk.html({ before: `<form id="list"><select name="sort"><option value="">-</option><option value="price-descending">Dearest</option></select>
    <label><input type="checkbox" name="colour[]" value="Moss">Moss</label><button>Show</button></form><a id="brand" href="?filter.v.option.brand=Fjell&page=2">Fjell</a>` }),
  'tags.html': sdk.html({ attributes: ' data-datalayer', before: PRODUCT }),
  'order.html': sdk.html({ before: `<script type="application/json" data-dynstore-events>[{"event":"purchase","transaction_id":"T-1","items":[{"item_id":"pack-00","quantity":2},{"item_id":"stove-01"}]},
    {"event":"begin_checkout"}]</script>` }),
  'plain.html': '<!DOCTYPE html><title>Plain</title>',
};

before(async () => {
  chromium = await sdk.browser();
  shop = await sdk.shop({ pages });
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});
beforeEach(() => {
  shop.redis('FLUSHALL');
  open = async (path, options) => {
    const opened = await sdk.open(chromium, shop.url + path, options);
    open.close = () => opened.context.close();
    return opened;
  };
});

test('a page that is simply opened is counted once, by nginx, and the script adds nothing to it', async () => {
  const { page, context, errors } = await open('/products/pack-00');
  await page.waitForTimeout(1500);
  assert.deepEqual(sdk.eventsOf(shop).map(({ code, item }) => [code, item]).filter(([code]) => code !== 'vl'), [['vi', 'pack-00']]);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a click on a recommended item names item, slot and decision', async () => {
  const { page, context } = await open('/products/pack-00');
  const block = page.locator('[data-dynstore-slot=recs]'), item = block.locator('[data-dynstore-item]').nth(1);
  const [id, decision] = [await item.getAttribute('data-dynstore-item'), await block.getAttribute('data-dynstore-decision')];
  await item.locator('a').first().click();
  const [click] = await sdk.arrive(shop, 1, 'si');
  assert.equal(click.item, id);
  assert.deepEqual(click.fields, { l: 'recs', d: decision });
  await context.close();
});

test('items that are half in view for a second are told once, with their decision; those below are not', async () => {
  const { page, context } = await open('/home', { viewport: { width: 600, height: 300 } });
  const inView = await page.locator('[data-dynstore-item]').evaluateAll((items) => items.filter((item) => {
    const { top, bottom, left, right, width, height } = item.getBoundingClientRect();
    const list = item.parentNode.getBoundingClientRect();
    const seen = Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0)) * Math.max(0, Math.min(right, list.right, innerWidth) - Math.max(left, list.left, 0));
    return seen >= width * height / 2;
  }).map((item) => item.dataset.dynstoreItem));
  assert.ok(inView.length > 0 && inView.length < 8, `${inView.length} of 8 are in view`);
  await sdk.arrive(shop, inView.length, 'vl');
  await page.waitForTimeout(1500);
  const shown = sdk.told(shop, 'vl');
  assert.deepEqual(shown.map(({ item }) => item).sort(), inView.sort());
  assert.match(shown[0].fields.d, /^[0-9a-f]{16}$/);
  assert.equal(shown[0].fields.l, 'recs');
  await context.close();
});

test('a form that adds to the cart is told with the product of its page and the quantity, also when the page goes', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.click('#buy button');
  const [added] = await sdk.arrive(shop, 1, 'ac');
  assert.deepEqual([added.item, added.fields.q], ['pack-00', '2']);
  await context.close();
});

test('requests of the shop\'s scripts that fill or empty the cart are told, by fetch and by XMLHttpRequest', async () => {
  const { page, context } = await open('/home');
  const requests = [
    ['ac', 'stove-01', '3', () => fetch('/cart/add.js', { method: 'POST', body: JSON.stringify({ id: 'stove-01', quantity: 3 }) })],
    ['ac', 'stove-02', '2', () => fetch('/cart/add.js', { method: 'POST', body: JSON.stringify({ items: [{ id: 'stove-02', quantity: 2 }] }) })],
    ['ac', 'tent-01', '4', () => fetch('/wc/store/v1/cart/add-item', { method: 'POST', body: JSON.stringify({ id: 'tent-01', quantity: 4 }) })],
    ['ac', 'tent-02', '5', () => { const form = new FormData(); form.set('id', 'tent-02'); form.set('quantity', '5'); return fetch(new URL('/cart/add', location), { method: 'POST', body: form }); }],
    ['ac', 'tent-03', '6', () => new Promise((resolve) => { const request = new XMLHttpRequest(); request.open('POST', '/marked?wc-ajax=add_to_cart'); request.onload = resolve; request.send('product_id=tent-03&quantity=6'); })],
    ['rc', '41234', undefined, () => fetch('/cart/change.js', { method: 'POST', body: JSON.stringify({ id: '41234:8f0c', quantity: 0 }) })],
  ];
  for (const [, , , request] of requests) await page.evaluate(request);
  await sdk.arrive(shop, requests.length, 'ac', 'rc');
  assert.deepEqual(sdk.told(shop, 'ac', 'rc').map(({ code, item, fields }) => [code, item, fields.q]), requests.map(([code, item, quantity]) => [code, item, quantity]));
  await context.close();
});

test('what the shop refuses, and a changed quantity, is told as nothing; the page gets its own answers', async () => {
  const { page, context, errors } = await open('/home');
  const status = await page.evaluate(async () => [
    (await fetch('/sold-out/cart/add.js', { method: 'POST', body: '{"id":1}' })).status,
    (await fetch('/cart/change.js', { method: 'POST', body: '{"id":"7:a","quantity":2}' })).status,
    await fetch('http://127.0.0.1:1/cart/add.js').catch((error) => error.name),
    await (await fetch('/cart/add.js', { method: 'POST', body: 'not json {' })).json(),
  ]);
  assert.deepEqual(status.slice(0, 3), [422, 200, 'TypeError']);
  await page.waitForTimeout(1500);
  assert.deepEqual(sdk.told(shop, 'ac', 'rc'), []);
  assert.ok(errors.every((text) => /422|Content Security Policy/.test(text)), errors.join());
  await context.close();
});

test('links that fill and empty WooCommerce\'s cart are told', async () => {
  for (const [link, code, item] of [['#gone', 'rc', 'stove-01'], ['#direct', 'ac', 'stove-02']]) {
    const { page, context } = await open('/tags');
    await page.click(link);
    await sdk.arrive(shop, 1, code);
    assert.equal(sdk.told(shop, code)[0].item, item);
    await context.close();
  }
});

test('marked elements are told as the event that they name, of their own item or the page\'s', async () => {
  const { page, context } = await open('/products/pack-00');
  const marks = [['#wish', 'wl', 'tent-02', {}], ['#compare', 'co', 'pack-00', {}], ['#zoom b', 'zo', 'pack-00', {}], ['#guide', 'sg', 'pack-00', {}],
    ['#returns', 'pv', 'pack-00', { l: 'returns' }], ['#sorted', 'so', 'pack-00', { f: 'rating', v: 'desc' }]];
  for (const [selector] of marks) await page.click(selector);
  await sdk.arrive(shop, marks.length, ...marks.map(([, code]) => code));
  for (const [selector, code, item, fields] of marks) {
    const found = sdk.told(shop, code);
    assert.deepEqual([found.length, found[0].item, found[0].fields], [1, item, fields], selector);
  }
  await context.close();
});

test('a question, a chosen option and the way to the checkout are told', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.selectOption('#buy select', 'M');
  await page.fill('#ask textarea', 'Does it fit over a jacket?');
  await page.evaluate(() => document.querySelector('#ask').addEventListener('submit', (event) => event.preventDefault()));
  await page.click('#ask button');
  await page.click('#out');
  await sdk.arrive(shop, 3, 'op', 'qu', 'bc');
  assert.deepEqual(sdk.told(shop, 'op')[0].fields, { f: 'size', v: 'M' });
  assert.equal(sdk.told(shop, 'op')[0].item, 'pack-00');
  assert.deepEqual([sdk.told(shop, 'qu')[0].item, sdk.told(shop, 'qu')[0].fields.t], ['pack-00', 'Does it fit over a jacket?']);
  assert.equal(sdk.told(shop, 'bc').length, 1);
  await context.close();
});

test('a search that the page answers itself is told; one that opens a page of results is counted by nginx alone', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.evaluate(() => document.querySelector('#find').addEventListener('submit', (event) => { if (window.own) event.preventDefault(); }));
  await page.evaluate(() => { window.own = true; });
  await page.fill('#find input', 'zelt');
  await page.click('#find button');
  assert.equal((await sdk.arrive(shop, 1, 'se'))[0].fields.t, 'zelt');
  await page.evaluate(() => { window.own = false; });
  await page.fill('#find input', 'stove');
  await page.click('#find button');
  await page.waitForTimeout(1500);
  assert.ok(sdk.told(shop, 'se').every(({ fields }) => fields.t === 'zelt'));
  await context.close();
});

test('filters and sorting of a list are told by its address: a form, a link, a script', async () => {
  const { page, context } = await open('/c/Packs');
  await page.check('[name="colour[]"]');
  await page.selectOption('[name=sort]', 'price-descending');
  await page.click('#list button');
  await sdk.arrive(shop, 2, 'fi', 'so');
  await page.waitForURL(/colour/);
  await page.click('#brand');
  await sdk.arrive(shop, 3, 'fi', 'so');
  await page.evaluate(() => history.pushState({}, '', '?price_max=50&brand=Fjell'));
  await sdk.arrive(shop, 5, 'fi', 'so');
  assert.deepEqual(sdk.told(shop, 'fi', 'so').map(({ code, fields }) => [code, fields.f, fields.v]).sort(),
    [['fi', 'brand', 'Fjell'], ['fi', 'brand', 'Fjell'], ['fi', 'colour', 'Moss'], ['fi', 'max', '50'], ['so', 'price', 'desc']]);
  await context.close();
});

test('how long and how far a product was read is told when the page is left', async () => {
  const { page, context } = await open('/products/pack-00', { viewport: { width: 800, height: 300 } });
  await page.mouse.move(100, 100);
  await page.mouse.wheel(0, 200);
  await page.waitForTimeout(2300);
  await page.goto(`${shop.url}/plain`);
  await sdk.arrive(shop, 2, 'dw', 'sc');
  const [dwell] = sdk.told(shop, 'dw'), [scroll] = sdk.told(shop, 'sc');
  assert.deepEqual([dwell.item, scroll.item], ['pack-00', 'pack-00']);
  assert.ok(Number(dwell.fields.v) >= 2 && Number(dwell.fields.v) < 20, dwell.text);
  assert.ok(Number(scroll.fields.v) > 30 && Number(scroll.fields.v) <= 100, scroll.text);
  await context.close();
});

test('what the page tells a tag manager is told as well, by dataLayer and by gtag, and once', async () => {
  const { page, context } = await open('/tags', { script: 'window.dataLayer = [{ event: "gtm.js" }, { ecommerce: null }, { event: "add_to_wishlist", ecommerce: { items: [{ item_id: "tent-01" }] } }]' });
  await page.evaluate(() => {
    window.gtag = function () { window.dataLayer.push(arguments); };
    window.gtag('event', 'purchase', { transaction_id: 'T-9', currency: 'EUR', items: [{ item_id: 'pack-01', price: 30, quantity: 1 }] });
    window.dataLayer.push({ event: 'view_item', ecommerce: { items: [{ item_id: 'pack-03' }] } });
  });
  // the shop's script adds, and its tags tell the same
  await page.evaluate(async () => {
    await fetch('/cart/add.js', { method: 'POST', body: JSON.stringify({ id: 'stove-01', quantity: 1 }) });
    window.dataLayer.push({ event: 'add_to_cart', ecommerce: { currency: 'EUR', items: [{ item_id: 'stove-01', price: 20, quantity: 1 }] } });
  });
  await sdk.arrive(shop, 3, 'wl', 'pu', 'ac');
  await page.waitForTimeout(500);
  assert.deepEqual(sdk.told(shop, 'wl', 'pu', 'ac', 'vi').map(({ code, item }) => [code, item]), [['wl', 'tent-01'], ['pu', 'pack-01'], ['ac', 'stove-01']]);
  assert.deepEqual(sdk.told(shop, 'pu')[0].fields, { p: '3000', c: 'EUR', o: 'T-9' });
  assert.equal(await page.evaluate(() => window.dataLayer.length), 6);
  await context.close();
});

test('events that the page itself holds are told; an order that is opened again is not', async () => {
  const { page, context } = await open('/order');
  await sdk.arrive(shop, 3, 'pu', 'bc');
  await page.reload();
  await sdk.arrive(shop, 2, 'bc');
  await page.waitForTimeout(300);
  assert.deepEqual(sdk.told(shop, 'pu').map(({ item, fields }) => [item, fields.q, fields.o]), [['pack-00', '2', 'T-1'], ['stove-01', undefined, 'T-1']]);
  await context.close();
});

test('an event that nginx does not know is refused alone, and those beside it arrive', async () => {
  const { page, context, errors } = await open('/home');
  await page.evaluate(() => {
    window.dynstore.track({ event: 'no_such_thing', item_id: 'x' });
    window.dynstore.track({ event: 'hover', item_id: 'pack-01', value: 3 });
  });
  assert.equal((await sdk.arrive(shop, 1, 'ho'))[0].item, 'pack-01');
  assert.deepEqual(errors, []);
  await context.close();
});

test('calls from before the script was loaded are made when it is', async () => {
  const { context } = await open('/home', { script: 'window.dynstore = []; dynstore.push(["track", { event: "add_to_cart", item_id: "tent-01" }], ["on", "event", (event) => { window.heard = event; }]);' });
  assert.equal((await sdk.arrive(shop, 1, 'ac'))[0].item, 'tent-01');
  await context.close();
});

test('a callback that throws harms neither the page nor the event', async () => {
  const { page, context, errors } = await open('/home');
  await page.evaluate(() => {
    window.dynstore.on('error', (error) => { window.failed = String(error); throw error; });
    window.dynstore.on('event', () => { throw new Error('mine'); });
    window.dynstore.track({ event: 'add_to_cart', item_id: 'tent-01' });
  });
  assert.equal((await sdk.arrive(shop, 1, 'ac'))[0].item, 'tent-01');
  assert.equal(await page.evaluate(() => window.failed), 'Error: mine');
  assert.deepEqual(errors, []);
  await context.close();
});
