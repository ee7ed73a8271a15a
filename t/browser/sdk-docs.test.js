// What docs/browser.md shows, as it stands there, under the strictest policy that it says is enough.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const lab = require('./lib/lab');

const text = fs.readFileSync(path.join(lab.top, 'docs/browser.md'), 'utf8');
const [tag, marked] = [...text.matchAll(/```html\n(.*?)```/gs)].map(([, html]) => html);
const shown = (pattern) => {
  const found = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code).find((code) => pattern.test(code));
  assert.ok(found, `docs/browser.md shows ${pattern}`);
  return found;
};
const body = shown(/^<body /), early = shown(/^\(window\.dynstore =/), track = shown(/^dynstore\.track\(\{/), hears = shown(/^dynstore\.on\("error"/);
const policy = [/^script-src '/, /^connect-src '/, /^require-trusted-types-for /, /^trusted-types /].map(shown).join('; ');
let shop, chromium;

before(async () => {
  shop = await lab.start({ server: `location /_dynstore/assets/ { dynstore_assets; } location ~ ^/(favicon.ico|images/) { return 204; } add_header Content-Security-Policy "${policy}";`,
    pages: { 'early.js': early, 'index.html': `<!doctype html><title>Shop</title><script src="/early.js"></script>${tag}${body}${marked}</body>`,
      'place.html': `<!doctype html><title>Shop</title>${tag}${body}<div data-dynstore-slot="recs" data-dynstore-items="3"></div></body>` } });
  chromium = await lab.browser();
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});
beforeEach(() => shop.redis('FLUSHALL'));

async function open(address) {
  const page = await chromium.newPage(), errors = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(shop.url + address);
  return { page, errors };
}

const told = () => lab.eventsOf(shop).map(({ code, item, fields }) => `${code} ${item} ${fields.f || fields.t || ''} ${fields.v || ''}`.trim());

test('what the page marks is told as the events that it names', async () => {
  const { page, errors } = await open('/');
  for (const name of ['Remember it', 'Compare', 'Moss only']) await page.getByRole('button', { name }).click();
  await page.getByRole('link', { name: 'Which size?' }).click();
  await page.getByLabel('Your question').fill('Is it warm?');
  await page.getByRole('button', { name: 'Ask' }).click();
  await lab.until(() => told().filter((event) => !event.startsWith('pv')).length >= 5, 'the events are in Redis');
  assert.deepEqual(told().filter((event) => !event.startsWith('pv')).sort(),
    ['co rain-shell', 'fi rain-shell colour Moss', 'qu rain-shell Is it warm?', 'sg rain-shell', 'wl rain-shell']);
  assert.deepEqual(errors, []);
  await page.close();
});

test('what a script says, before dynstore.js is there and after, is told', async () => {
  const { page, errors } = await open('/');
  await page.evaluate(track);
  await lab.until(() => told().length >= 2, 'the events are in Redis');
  assert.deepEqual(lab.eventsOf(shop).map(({ code, fields }) => `${code} ${fields.q || fields.t || ''}`.trim()).sort(), ['pv', 'se tent']);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a page that says what it is has its empty place filled under that policy, and errors can be heard', async () => {
  const { page, errors } = await open('/place');
  await page.locator('[data-dynstore-slot=recs] [data-dynstore-item]').first().waitFor();
  assert.equal(await page.locator('[data-dynstore-slot=recs] li[data-dynstore-item]').count(), 3);
  assert.deepEqual(errors, []);
  const warned = page.waitForEvent('console', (message) => message.type() === 'warning');
  await page.evaluate(hears);
  await page.route('**/_dynstore/rec?*', (route) => route.abort());
  await page.evaluate('dynstore.refresh()');
  assert.match((await warned).text(), /TypeError/);
  await page.close();
});
