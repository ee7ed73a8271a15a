// What dynstore.js makes of shops as they are: carts of Shopify and WooCommerce, several sources of one event, browsers that lack something.
'use strict';

const assert = require('node:assert/strict');
const { after, before, beforeEach, test } = require('node:test');
const sdk = require('./lib/sdk');

const card = (id, inside) => `<article data-dynstore-item="${id}">${inside}</article>`;
const pages = {
  'products/pack-00.html': sdk.html({ attributes: ' data-datalayer', before: `
    <form class="cart" method="post" action="/products/pack-00"><select name="attribute_pa_size"><option>S</option><option>M</option></select>
      <input name="engraving"><button name="add-to-cart" value="4711">Add</button></form>
    <a id="related" href="/plain?add-to-cart=5005" data-product_id="5005">Add this, too</a>
    ${card('pack-00', '<button id="marked" type="button" data-dynstore-event="add_to_cart">Add pack-00</button>')}
    ${card('pack-01', '<button id="one" type="button" data-dynstore-event="add_to_cart">Add pack-01</button>')}
    ${card('pack-02', '<button id="two" type="button"><b>Add pack-02</b></button>')}` }),
  'cart.html': sdk.html({ before: `
    <a id="dawn" href="/cart/change?id=41234:8f0c&quantity=0">Remove</a>
    <a id="woo" href="/cart?remove_item=c81e728d9d4c2f636f067f89cc14862c" data-product_id="4711">×</a>
    ${card('tent-01', '<button id="row" type="button">Remove</button>')}
    <a id="magento" href="/plain/checkout/cart/">Cart</a> <a id="on" href="/plain/checkout/">Check out</a>` }),
  'c/Packs.html': sdk.html(),
  'order.html': sdk.html({ before: '<script type="application/json" data-dynstore-events>not json</script>'
    + '<script type="application/json" data-dynstore-events>[{"event":"purchase","transaction_id":"T-1","items":[{"item_id":"pack-00"}]}]</script>' }),
  'plain.html': '<!DOCTYPE html><title>Plain</title>',
};

let shop, chromium;
before(async () => {
  chromium = await sdk.browser();
  shop = await sdk.shop({ pages, config: "location = /cart/update.js { dynstore off; if ($request_method = POST) { return 200 '{}'; } return 303 /; }" });
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});
beforeEach(() => shop.redis('FLUSHALL'));

const open = async (path, options) => {
  const opened = await sdk.open(chromium, shop.url + path, options);
  // links and forms tell, and nobody leaves
  await opened.page.evaluate(() => {
    window.post = (url, body) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
    window.stay = () => document.addEventListener('click', (event) => event.preventDefault());
  });
  return opened;
};
const cart = () => sdk.told(shop, 'ac', 'rc').map(({ code, item }) => `${code} ${item}`);
const quiet = (page) => page.waitForTimeout(700);

// ---- several sources ----

test('a button, the request that it makes and the shop\'s tags tell once of one product, each by another of its ids', async () => {
  const { page, context, errors } = await open('/products/pack-00');
  await page.evaluate(() => document.querySelector('#marked').addEventListener('click', async () => {
    await window.post('/cart/add.js', { id: 41234, quantity: 1 });
    window.dataLayer.push({ event: 'add_to_cart', ecommerce: { items: [{ item_id: 'PK-00-M' }] } });
    window.done = true;
  }));
  await page.click('#marked');
  await page.waitForFunction(() => window.done);
  await quiet(page);
  assert.deepEqual(cart(), ['ac pack-00']);
  assert.deepEqual(errors, []);
  await context.close();
});

test('two products that the page marks are two, though different sources tell of them at once', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.evaluate(() => document.querySelector('#two').addEventListener('click', () => window.post('/cart/add.js', { id: 41299 })));
  await page.click('#one');
  await page.click('#two b');
  await sdk.arrive(shop, 2, 'ac');
  assert.deepEqual(cart(), ['ac pack-01', 'ac 41299']);
  await context.close();
});

test('two products that two sources tell of are two, whatever ids each has for them', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.evaluate(async () => {
    const tag = (id) => window.dataLayer.push({ event: 'add_to_cart', ecommerce: { items: [{ item_id: id }] } });
    await window.post('/cart/add.js', { id: 41111 });
    tag('SKU-1');
    await window.post('/cart/add.js', { id: 42222 });
    await window.post('/cart/add.js', { id: 43333 });
    tag('SKU-2');
    tag('SKU-3');
    tag('SKU-4');
  });
  await sdk.arrive(shop, 4, 'ac');
  await quiet(page);
  assert.deepEqual(cart(), ['ac 41111', 'ac 42222', 'ac 43333', 'ac SKU-4']);
  await context.close();
});

// ---- Shopify ----

test('a removal by a line\'s number is of the item that the pressed link names, or the one around it', async () => {
  for (const [selector, item] of [['#dawn', '41234'], ['#row', 'tent-01']]) {
    const { page, context } = await open('/cart');
    await page.evaluate((at) => {
      window.stay();
      document.querySelector(at).addEventListener('click', () => window.post('/cart/change', { line: 1, quantity: 0, sections: ['main-cart-items'] }));
    }, selector);
    await page.click(selector);
    assert.equal((await sdk.arrive(shop, 1, 'rc'))[0].item, item);
    await quiet(page);
    assert.equal(sdk.told(shop, 'rc').length, 1);
    shop.redis('FLUSHALL');
    await context.close();
  }
});

test('quantities that are set to nothing are told as removals; by lines, or to something, as nothing', async () => {
  const { page, context } = await open('/c/Packs');
  await page.evaluate(async () => {
    await window.post('/cart/update.js', { updates: { 41234: 0, '41299:8f0c': '0', 41300: 2 } });
    await window.post('/cart/update.js', { updates: [0, 1] });
    await window.post('/cart/update.js', { note: 'Ring twice', attributes: { gift: '1' } });
    await window.post('/cart/change.js', { id: '41301', quantity: '' });
  });
  await sdk.arrive(shop, 2, 'rc');
  await quiet(page);
  assert.deepEqual(cart(), ['rc 41234', 'rc 41299']);
  await context.close();
});

// ---- WooCommerce ----

test('what is removed by a key is told with the product of the link, not with the key', async () => {
  for (const url of ['/plain?remove_item=c81e728d9d4c2f636f067f89cc14862c', '/plain?wc-ajax=remove_from_cart']) {
    const { page, context } = await open('/cart');
    await page.evaluate((address) => {
      window.stay();
      document.querySelector('#woo').addEventListener('click', () => {
        const request = new XMLHttpRequest();
        request.open('GET', address);
        request.send('cart_item_key=c81e728d9d4c2f636f067f89cc14862c');
      });
    }, url);
    await page.click('#woo');
    await sdk.arrive(shop, 1, 'rc');
    await quiet(page);
    assert.deepEqual(cart(), ['rc 4711'], url);
    shop.redis('FLUSHALL');
    await context.close();
  }
});

test('on a product\'s page a link that adds another product is told with that one, and the form with the page\'s', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.click('#related');
  assert.equal((await sdk.arrive(shop, 1, 'ac'))[0].item, '5005');
  await context.close();
  shop.redis('FLUSHALL');
  const again = await open('/products/pack-00');
  await again.page.selectOption('.cart select', 'M');
  await again.page.fill('.cart input', 'For Ada');
  await again.page.click('.cart button');
  assert.equal((await sdk.arrive(shop, 1, 'ac'))[0].item, 'pack-00');
  // what was typed is nobody's business
  assert.deepEqual(sdk.told(shop, 'op').map(({ fields }) => fields), [{ f: 'size', v: 'M' }]);
  await again.context.close();
});

// ---- requests ----

test('a request object that is sent again is told once for each time, and one that fails is not', async () => {
  const { page, context } = await open('/c/Packs');
  await page.evaluate(async () => {
    const request = new XMLHttpRequest();
    const send = (url, id) => new Promise((resolve) => {
      request.open('POST', url);
      request.onloadend = resolve;
      request.send(`id=${id}`);
    });
    await send('/cart/add.js', 'stove-01');
    await send('http://127.0.0.1:1/cart/add.js', 'stove-02');
    await send('/sold-out/cart/add.js', 'stove-03');
    await send('/cart/add.js', 'stove-04');
  });
  await sdk.arrive(shop, 2, 'ac');
  await quiet(page);
  assert.deepEqual(cart(), ['ac stove-01', 'ac stove-04']);
  await context.close();
});

test('requests that make no sense reach the browser as they are, and fail as they would', async () => {
  const { page, context } = await open('/c/Packs');
  assert.deepEqual(await page.evaluate(async () => {
    const rejections = [];
    addEventListener('unhandledrejection', ({ reason }) => rejections.push(String(reason)));
    const failed = [await fetch().catch(({ name }) => name), (await fetch(null)).status, (await fetch('/plain', null)).status];
    const used = new Request('/cart/add.js', { method: 'POST', body: '{"id":1}' });
    await used.text();
    failed.push(await fetch(used).catch(({ name }) => name));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return [failed, rejections];
  }), [['TypeError', 404, 200, 'TypeError'], []]);
  await context.close();
});

// ---- clicks, lists, reading ----

test('the right button tells nothing, and only the checkout is a checkout', async () => {
  const { page, context } = await open('/cart');
  await page.evaluate(() => window.stay());
  await page.locator('[data-dynstore-slot=recs] a').first().click({ button: 'right' });
  await page.click('#dawn', { button: 'right' });
  await page.click('#magento');
  await quiet(page);
  assert.deepEqual(sdk.told(shop, 'si', 'rc', 'bc'), []);
  await page.click('#on');
  await sdk.arrive(shop, 1, 'bc');
  await context.close();
});

test('filters of a list that the shop\'s script has turned to are told', async () => {
  const { page, context } = await open('/c/Packs');
  await page.evaluate(() => {
    history.pushState({}, '', '/c/Tents?colour=Moss');
    history.pushState({}, '', '/c/Tents?colour=Moss&size=L&sort=price-descending');
  });
  await sdk.arrive(shop, 2, 'fi', 'so');
  await quiet(page);
  assert.deepEqual(sdk.told(shop, 'fi', 'so').map(({ code, fields }) => [code, fields.f, fields.v]), [['fi', 'size', 'L'], ['so', 'price', 'desc']]);
  await context.close();
});

test('who moves the pointer and does not scroll has read nothing further; only how long is told', async () => {
  const { page, context } = await open('/products/pack-00');
  await page.mouse.move(100, 100);
  await page.mouse.move(200, 200);
  await page.waitForTimeout(1500);
  await page.goto(`${shop.url}/plain`);
  await sdk.arrive(shop, 1, 'dw');
  await quiet(page);
  assert.deepEqual(sdk.told(shop, 'sc'), []);
  await context.close();
});

test('an item that came into view while the tab was hidden is told once the tab is shown', async () => {
  const { page, context } = await open('/c/Packs', { script: "Object.defineProperty(document, 'hidden', { configurable: true, get: () => !window.here });" });
  await page.waitForTimeout(1500);
  assert.deepEqual(sdk.told(shop, 'vl').filter(({ fields }) => fields.l === 'recs'), []);
  await page.evaluate(() => { window.here = true; });
  await sdk.until(() => sdk.told(shop, 'vl').some(({ fields }) => fields.l === 'recs'), 'the items are told');
  await context.close();
});

// ---- what a browser lacks, what a page does wrong ----

test('without timings of the page, Navigation API, storage and beacons a page is read and an order is told', async () => {
  const { page, context, errors } = await open('/order', { script: `performance.getEntriesByType = () => [];
    Object.defineProperty(window, 'navigation', { value: undefined });
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });
    Navigator.prototype.sendBeacon = undefined;` });
  assert.equal((await sdk.arrive(shop, 1, 'pu'))[0].fields.o, 'T-1');
  await page.evaluate(() => { window.dynstore.track({ event: 'zoom', item_id: 'pack-01' }); location.href = '/plain'; });
  await sdk.arrive(shop, 1, 'zo');
  assert.deepEqual(errors, []);
  await context.close();
});

test('what cannot be sent is lost alone, and what is no event at all harms nothing', async () => {
  const { page, context, errors } = await open('/products/pack-00', { script: 'window.dataLayer = [null, undefined, 7, () => 1]; window.dynstore = [["no_such_call"], ["track", { event: "zoom", item_id: "pack-01" }]];' });
  await page.evaluate(() => {
    const round = {};
    round.round = round;
    window.dataLayer.push({ event: 'add_to_cart', element: round, ecommerce: { items: [{ item_id: 'tent-01' }] } });
    window.dataLayer.push(null);
    window.dataLayer.push({ event: 'remove_from_cart', ecommerce: { items: [{ item_id: 'tent-02' }] } });
  });
  await sdk.arrive(shop, 1, 'rc');
  await sdk.arrive(shop, 1, 'zo');
  assert.deepEqual(cart(), ['rc tent-02']);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a choice is kept in a cookie that https alone carries, where the page came by it', async () => {
  const context = await chromium.newContext(), page = await context.newPage();
  // the page as a shopper has it behind https: the requests themselves stay here
  await context.route('https://shop.example/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: shop.url + pathname + search }) });
  });
  await page.goto('https://shop.example/c/Packs');
  await page.evaluate(() => window.dynstore.consent('functional'));
  const [kept] = (await context.cookies('https://shop.example/')).filter(({ name }) => name === 'dyn_consent');
  assert.deepEqual([kept.value, kept.secure, kept.sameSite, kept.path], ['functional', true, 'Lax', '/']);
  // what the page still tells is of no interest
  await context.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
  const plain = await open('/c/Packs');
  await plain.page.evaluate(() => window.dynstore.consent('functional'));
  assert.equal((await plain.context.cookies()).find(({ name }) => name === 'dyn_consent').secure, false);
  await plain.context.close();
});
