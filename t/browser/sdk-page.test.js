// When dynstore.js tells: pages that were fetched ahead or kept, consent, a network that goes away, a strict policy; and what it costs.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { execFileSync } = require('node:child_process');
const { after, before, beforeEach, test } = require('node:test');
const sdk = require('./lib/sdk');

const rules = (kind) => `<script type="speculationrules">{"${kind}":[{"urls":["/products/tent-02"],"eagerness":"immediate"}]}</script>`;
const pages = {
  'home.html': sdk.html({ before: '<a id="on" href="/products/tent-02">On</a>' }),
  'prefetch.html': sdk.html({ before: `<a id="on" href="/products/tent-02">On</a>${rules('prefetch')}` }),
  'prerender.html': sdk.html({ before: `<a id="on" href="/products/tent-02">On</a>${rules('prerender')}` }),
  'products/tent-02.html': sdk.html({ before: '<h1>Tent 02</h1>' }),
  'products/asks.html': sdk.html({ attributes: ' data-consent="required"' }),
  'plain.html': '<!DOCTYPE html><title>Plain</title><a id="back" href="javascript:history.back()">Back</a>',
};

let shop, asking, chromium;
before(async () => {
  chromium = await sdk.browser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  shop = await sdk.shop({ pages });
  asking = await sdk.shop({ pages, config: 'dynstore_consent cookie;' });
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
  await asking?.stop();
});
beforeEach(() => [shop, asking].forEach((one) => one.redis('FLUSHALL')));
const open = (path, options) => sdk.open(chromium, shop.url + path, options);
const views = (item, of = shop) => sdk.told(of, 'vi').filter((event) => event.item === item).length;

test('a page from the back/forward cache is a view again, and its block follows what was done meanwhile', async () => {
  const { page, context } = await open('/products/tent-02');
  await page.evaluate(() => { window.kept = true; });
  await sdk.until(() => views('tent-02') === 1, 'the first view');
  const shown = await page.locator('[data-dynstore-slot] [data-dynstore-item]').evaluateAll((items) => items.map((item) => item.dataset.dynstoreItem));
  await page.goto(`${shop.url}/plain`);
  await page.evaluate((item) => fetch('/_dynstore/event', { method: 'POST', body: JSON.stringify([{ event: 'add_to_cart', item_id: item }]) }), shown[0]);
  // Playwright would wait for a load that a kept page does not have
  await page.evaluate(() => { history.back(); }).catch(() => {});
  await sdk.until(() => page.evaluate(() => location.pathname === '/products/tent-02').catch(() => false), 'the page is back', 10);
  assert.equal(await page.evaluate(() => window.kept), true, 'the page is the kept one');
  await sdk.until(() => views('tent-02') === 2, 'the second view');
  await sdk.until(async () => !(await page.locator('[data-dynstore-slot] [data-dynstore-item]').evaluateAll((items) => items.map((item) => item.dataset.dynstoreItem))).includes(shown[0]),
    'the block follows', 8);
  await page.waitForTimeout(800);
  assert.equal(views('tent-02'), 2);
  await context.close();
});

for (const kind of ['prefetch', 'prerender']) {
  test(`a page fetched ahead (${kind}) is a view once it is shown, and only once`, async (about) => {
    const log = () => fs.readFileSync(path.join(shop.folder, 'logs/access.log'), 'utf8');
    const before = log().length, { page, context } = await open(`/${kind}`);
    await sdk.until(() => log().slice(before).includes('GET /products/tent-02'), 'the browser fetches the page ahead', 10);
    await page.waitForTimeout(1500);
    assert.equal(views('tent-02'), 0, 'what nobody has seen is no view');
    assert.equal(sdk.told(shop, 'vl').filter(({ item }) => item).every(({ fields }) => fields.l === 'recs'), true);
    await Promise.all([page.waitForURL(/tent-02/), page.click('#on')]);
    const how = await page.evaluate(() => { const [{ activationStart, deliveryType }] = performance.getEntriesByType('navigation'); return { activated: activationStart > 0, deliveryType }; });
    // a browser may choose not to prerender what it is asked to: then it has fetched it
    about.diagnostic(`${kind}: activated ${how.activated}, delivery "${how.deliveryType}"`);
    assert.ok(how.deliveryType === 'navigational-prefetch' || (kind === 'prerender' && how.activated), JSON.stringify(how));
    await sdk.until(() => views('tent-02') === 1, 'the view is told');
    await page.waitForTimeout(1500);
    assert.equal(views('tent-02'), 1);
    await context.close();
  });
}

test('while a page is prerendered the script tells nothing; when it is shown, what was noticed and the view', async () => {
  const { page, context } = await open('/products/tent-02', { script: "Object.defineProperty(Document.prototype, 'prerendering', { configurable: true, get: () => !window.shownNow });"
    + "performance.getEntriesByType = () => [{ activationStart: 5, type: 'navigate' }];" });
  shop.redis('FLUSHALL');
  await page.evaluate(() => window.dynstore.track({ event: 'zoom', item_id: 'pack-01' }));
  await page.waitForTimeout(1500);
  assert.deepEqual(sdk.eventsOf(shop), []);
  await page.evaluate(() => { window.shownNow = true; document.dispatchEvent(new Event('prerenderingchange')); });
  await sdk.until(() => views('tent-02') === 1 && sdk.told(shop, 'zo').length === 1, 'both are told');
  await context.close();
});

test('a tab that is come back to after ten seconds asks again; one that was left for less does not', async () => {
  const { page, context } = await open('/home');
  const asked = [];
  page.on('request', (request) => { if (request.url().includes('/_dynstore/rec')) asked.push(request.url()); });
  const turn = (hidden, later) => page.evaluate(([is, by]) => {
    const now = Date.now.bind(Date);
    if (by) Date.now = () => now() + by;
    Object.defineProperty(document, 'hidden', { configurable: true, value: is });
    document.dispatchEvent(new Event('visibilitychange'));
  }, [hidden, later]);
  await turn(true, 0);
  await turn(false, 3000);
  await page.waitForTimeout(400);
  assert.equal(asked.length, 0);
  await turn(true, 0);
  await turn(false, 11000);
  await sdk.until(() => asked.length === 1, 'it asks', 5);
  assert.match(decodeURIComponent(asked[0]), /surface=home&format=html&slot=recs=8/);
  await context.close();
});

test('where consent is required nothing is told or kept before it is given; then the page\'s view and what was done is told', async () => {
  const { page, context } = await sdk.open(chromium, `${asking.url}/products/asks`);
  await page.evaluate(() => window.dynstore.track({ event: 'add_to_wishlist', item_id: 'pack-01' }));
  await page.waitForTimeout(1500);
  assert.deepEqual(sdk.eventsOf(asking), []);
  assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]), ['', 0, 0]);
  await page.evaluate(() => window.dynstore.consent('full'));
  await sdk.until(() => views('asks', asking) === 1 && sdk.told(asking, 'wl').length === 1, 'both are told');
  assert.equal(await page.evaluate(() => document.cookie), 'dyn_consent=full');
  // the next page knows, and nginx counts it
  await page.reload();
  await page.waitForTimeout(1200);
  await page.evaluate(() => window.dynstore.consent('full'));
  await page.waitForTimeout(500);
  assert.equal(views('asks', asking), 2);
  await context.close();
});

test('who refuses is told of nowhere, and what waited is forgotten', async () => {
  const { page, context } = await sdk.open(chromium, `${asking.url}/products/asks`);
  await page.evaluate(() => { window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-01' }); window.dynstore.consent('none'); });
  await page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-02' }));
  await page.goto(`${asking.url}/home`);
  await page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-03' }));
  await page.waitForTimeout(1200);
  assert.deepEqual(sdk.told(asking, 'ac'), []);
  assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length]), ['dyn_consent=none', 0]);
  await context.close();
});

test('who takes a consent back sees blocks that know nothing of it, and no name of the visitor stays in the browser', async () => {
  const { page, context } = await sdk.open(chromium, `${asking.url}/home`);
  const rung = (name) => page.locator(`[data-dynstore-slot=recs][data-dynstore-rung=${name}]`).waitFor({ timeout: 10000 });
  await page.mouse.move(5, 795);
  await page.evaluate(() => window.dynstore.consent('full'));
  await page.evaluate(() => { localStorage['dynstore.visitor'] = 'v.1.x'; window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-01' }); });
  await rung('session');
  await page.evaluate(() => window.dynstore.consent('none'));
  await rung('popular');
  assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length]), ['dyn_consent=none', 0]);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.evaluate(() => window.dynstore.consent('none'));
  await page.waitForTimeout(400);
  assert.deepEqual(asked, [], 'the same choice again asks nothing');
  await context.close();
});

test('what happens without a network is told when there is one again, on this page or the next', async () => {
  const { page, context } = await open('/home');
  await context.setOffline(true);
  await page.evaluate(() => { window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-01', quantity: 2 }); window.dynstore.track({ event: 'zoom', item_id: 'pack-02' }); });
  await page.waitForTimeout(1300);
  assert.deepEqual(await page.evaluate(() => JSON.parse(localStorage['dynstore.events']).map(({ event }) => event).filter((name) => name !== 'view_item_list')), ['add_to_cart', 'zoom']);
  await context.setOffline(false);
  await sdk.arrive(shop, 2, 'ac', 'zo');
  await context.setOffline(true);
  await page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-03' }));
  await page.waitForTimeout(200);
  await page.evaluate(() => { window.addEventListener('online', (event) => event.stopImmediatePropagation(), true); });
  await context.setOffline(false);
  await page.goto(`${shop.url}/home`);
  await sdk.until(() => sdk.told(shop, 'ac').some(({ item }) => item === 'pack-03'), 'the kept event is told');
  await page.waitForTimeout(300);
  assert.deepEqual(sdk.told(shop, 'ac').map(({ item, fields }) => [item, fields.q]), [['pack-01', '2'], ['pack-03', undefined]]);
  await context.close();
});

test('what is kept is at most 50 events and half an hour old', async () => {
  const { page, context } = await open('/home');
  await page.evaluate(() => {
    const old = { event: 'add_to_cart', item_id: 'pack-01', at: Date.now() - 31 * 60 * 1000 }, young = { event: 'add_to_cart', item_id: 'pack-02', at: Date.now() - 29 * 60 * 1000 };
    localStorage['dynstore.events'] = JSON.stringify([old, young]);
  });
  await page.goto(`${shop.url}/home`);
  assert.deepEqual((await sdk.arrive(shop, 1, 'ac')).map(({ item }) => item), ['pack-02']);
  await context.setOffline(true);
  await page.evaluate(() => { for (let i = 0; i < 70; i++) window.dynstore.track({ event: 'add_to_cart', item_id: `p${i}` }); });
  assert.equal(await page.evaluate(() => JSON.parse(localStorage['dynstore.events']).length), 50);
  await context.close();
});

test('an nginx that cannot take events gets them later', async () => {
  const { page, context } = await open('/home');
  await page.route('**/_dynstore/event**', (route) => route.fulfill({ status: 503, body: '{"error":"x"}' }));
  await page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-01' }));
  await sdk.until(() => page.evaluate(() => Boolean(localStorage['dynstore.events'])), 'the event is kept', 5);
  await page.unroute('**/_dynstore/event**');
  await page.goto(`${shop.url}/home`);
  assert.equal((await sdk.arrive(shop, 1, 'ac'))[0].item, 'pack-01');
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await context.close();
});

test('events of a page that is left at once arrive', async () => {
  const { page, context } = await open('/home');
  await page.evaluate(() => { window.dynstore.track({ event: 'zoom', item_id: 'pack-01' }); location.href = '/plain'; });
  assert.equal((await sdk.arrive(shop, 1, 'zo'))[0].item, 'pack-01');
  await context.close();
});

// ---- budget ----

test('the script has at most 5,000 bytes after gzip -9', (context) => {
  const bytes = execFileSync('gzip', ['-9', '-n', '-c', path.join(sdk.top, 'web/sdk/dist/dynstore.js')]).length;
  context.diagnostic(`dynstore.js: ${bytes} bytes; dynstore-json.js: ${zlib.gzipSync(fs.readFileSync(path.join(sdk.top, 'web/sdk/dist/dynstore-json.js')), { level: 9 }).length}`);
  assert.ok(bytes <= 5000, `it has ${bytes}`);
});

test('figure: what loading the script costs the main thread when it is four times slower', async (context) => {
  const { page, context: tab } = await open('/home');
  const session = await tab.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const figures = [];
  for (let i = 0; i < 5; i++) {
    await session.send('Profiler.enable');
    await session.send('Profiler.setSamplingInterval', { interval: 200 });
    await session.send('Profiler.start');
    await page.reload();
    await page.waitForTimeout(500);
    const { profile } = await session.send('Profiler.stop');
    const own = new Set(profile.nodes.filter(({ callFrame }) => callFrame.url.includes('dynstore.js')).map(({ id }) => id));
    figures.push(profile.samples.reduce((sum, id, at) => sum + (own.has(id) ? profile.timeDeltas[at] : 0), 0) / 1000);
  }
  assert.ok(figures.some((ms) => ms > 0), 'the profile has samples of the script');
  context.diagnostic(`main thread in dynstore.js while the page loads, 4x throttled: ${figures.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  await tab.close();
});

test('its types hold: tsc --strict finds nothing', () => {
  execFileSync(process.execPath, [path.join(__dirname, 'node_modules/typescript/bin/tsc'), '-p', path.join(sdk.top, 'web/sdk')], { encoding: 'utf8', stdio: 'pipe' });
});
