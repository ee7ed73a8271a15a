// The sample shop that asks before anything is kept of them: make demo DEMO_CONSENT=required.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { test } = require('node:test');
const { sample, shifts, top, watchShifts } = require('./lib/sample');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const visit = sample({ env: { DEMO_CONSENT: 'required' } }), { shopper, told, has } = visit;
const PACK = '/products/trail-pack-30', COVER = '/products/rain-cover-m';

/* A shopper, and what was asked of dynstore's endpoints meanwhile. */
async function opened(t, address, options) {
  const page = await shopper(t, options), asked = [];
  page.on('request', (request) => { if (/_dynstore\/(event|rec)/.test(request.url())) asked.push(request.url()); });
  await watchShifts(page);
  await page.goto(visit.shop.url + address);
  return { page, asked };
}

const choose = (page, name) => page.getByRole('region', { name: 'Your choice' }).getByRole('button', { name, exact: true }).click();
const kept = async (page) => ({ cookies: (await page.context().cookies()).map(({ name }) => name).sort(), storage: await page.evaluate(() => localStorage.length + sessionStorage.length) });
const keys = () => visit.shop.redis('DBSIZE');
const names = (events) => events.filter(({ code, item }) => !['sc', 'dw'].includes(code) && !(code === 'vl' && item !== '-')).map(({ code, item }) => `${code} ${item}`).sort();

/* Looks around, does what is told elsewhere, and leaves the page. */
async function looksAround(page) {
  await page.goto(visit.shop.url + PACK);
  await page.getByRole('radio', { name: 'Brick' }).check();
  await page.locator('[data-keep=wishlist]').click();
  await page.locator('.toast.on').waitFor();
  await page.locator('section[data-dynstore-slot=recs]').scrollIntoViewIfNeeded();
  await page.waitForTimeout(1300);
  await page.goto(visit.shop.url + COVER);
  await page.locator('form.choose button').click();
  await page.locator('#drawer[open]').waitFor();
  await page.waitForTimeout(1300);
  await page.keyboard.press('Escape');
}

test('who has not answered is known to nobody: nothing is sent, and no cookie but the shop\'s own is kept; a yes brings the page\'s view and what was done on it', async (t) => {
  const { page, asked } = await opened(t, '/'), before = keys();
  await looksAround(page);
  assert.deepEqual(await kept(page), { cookies: ['cart', 'wishlist'], storage: 0 });
  assert.deepEqual(asked, []);
  assert.deepEqual(told(), []);
  assert.equal(keys(), before);

  await choose(page, 'Yes');
  assert.equal(await page.locator('.consent').count(), 0);
  await has('ac', 'rain-cover-m');
  await has('vi', 'rain-cover-m');
  // the page before was left without an answer: what was done there is nowhere
  await page.goto(visit.shop.url + PACK);
  await has('vi', 'trail-pack-30');
  assert.equal(await page.locator('.consent').count(), 0, 'it is not asked again');
  await page.waitForTimeout(1300);
  assert.deepEqual(names(told()), ['ac rain-cover-m', 'vi rain-cover-m', 'vi trail-pack-30']);
  assert.ok((await kept(page)).cookies.includes('dyn_consent'));
});

test('who takes a yes back is followed no further, on this page and on the next ones', async (t) => {
  const { page, asked } = await opened(t, PACK);
  await choose(page, 'Yes');
  await has('vi', 'trail-pack-30');
  await page.getByRole('button', { name: 'What may be kept' }).click();
  assert.ok(await page.getByRole('button', { name: 'Yes', exact: true }).evaluate((button) => button === document.activeElement));
  await choose(page, 'No');
  await page.waitForTimeout(1300);
  const before = told().length, sent = asked.filter((url) => url.includes('/event')).length;
  await looksAround(page);
  await page.goto(`${visit.shop.url}/c/packs`);
  await page.waitForTimeout(1300);
  assert.equal(told().length, before);
  assert.equal(asked.filter((url) => url.includes('/event')).length, sent);
  assert.equal((await kept(page)).storage, 0);
});

test('who says no at once is known to nobody', async (t) => {
  const { page, asked } = await opened(t, PACK), before = keys();
  await choose(page, 'No');
  await looksAround(page);
  assert.deepEqual(asked.filter((url) => url.includes('/event')), []);
  assert.deepEqual(told(), []);
  assert.equal(keys(), before);
  assert.deepEqual(await kept(page), { cookies: ['cart', 'dyn_consent', 'wishlist'], storage: 0 });
});

test('who agrees to this visit alone is followed while it lasts, and is in no stream', async (t) => {
  const { page } = await opened(t, PACK);
  await choose(page, 'For this visit only');
  await looksAround(page);
  await page.goto(`${visit.shop.url}/cart`);
  assert.equal(await page.locator('section[data-dynstore-slot=recs]').getAttribute('data-dynstore-rung'), 'session');
  assert.deepEqual(told(), []);
});

for (const width of [390, 1280]) {
  test(`the question moves nothing, axe has nothing to say of it, and it can be answered in German, ${width} px wide`, async (t) => {
    const { page } = await opened(t, '/?lang=de', { viewport: { width, height: 850 }, bypassCSP: true });
    await page.getByRole('region', { name: 'Ihre Wahl' }).waitFor();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
    const small = await page.locator('.consent button, .consent-again').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height).filter((height) => height < 44));
    assert.deepEqual(small, []);
    assert.deepEqual(await shifts(page), []);
    await page.getByRole('button', { name: 'Nur für diesen Besuch' }).click();
    assert.match(await page.evaluate(() => document.cookie), /dyn_consent=functional/);
  });
}

test('another word than required is refused with what would be right', () => {
  assert.throws(() => execFileSync('demo/run', [], { cwd: top, env: { ...process.env, DEMO_CONSENT: 'yes' }, encoding: 'utf8', stdio: 'pipe' }),
    ({ stderr }) => stderr === 'demo: DEMO_CONSENT is "yes"; it takes "required", or nothing\n');
});
