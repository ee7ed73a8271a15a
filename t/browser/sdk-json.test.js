// Blocks in JSON, and what docs/browser.md shows, as it stands there.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const sdk = require('./lib/sdk');

const browser = fs.readFileSync(path.join(sdk.top, 'docs/browser.md'), 'utf8');
const examples = [...browser.matchAll(/^```html\n(.*?)^```/gms)].map(([, text]) => text);
const [, marks, template, element] = examples;
const [parts] = /(?<=^```css\n)(.*?)(?=^```)/gms.exec(browser);
const json = '<script defer src="/_dynstore/assets/dynstore-json.js"></script>';
const pages = {
  'blocks.html': sdk.html({ before: json }),
  'template.html': sdk.html({ before: json + template }),
  'element.html': sdk.html({ before: json + element }),
  'parts.css': parts,
  'parts.html': sdk.html({ before: `${json}<link rel="stylesheet" href="/parts.css">${element}` }),
  'marks.html': sdk.html({ before: marks }),
};

let shop, chromium;
before(async () => {
  chromium = await sdk.browser();
  shop = await sdk.shop({ pages, format: 'json' });
});
after(async () => {
  await chromium?.close();
  await shop?.stop();
});
beforeEach(() => shop.redis('FLUSHALL'));
const open = (name) => sdk.open(chromium, shop.url + name);

for (const [name, inside, what] of [['/blocks', '.dynstore-item .dynstore-item-title', 'as the HTML block'], ['/template', '.dynstore-item > a > b', 'by a template'],
  ['/element', '[part=item] [part=item-title]', 'in an element with parts']]) {
  test(`a block of JSON is shown ${what}, its clicks are told, and it follows`, async () => {
    const { page, context, errors } = await open(name);
    await page.locator(inside).first().waitFor();
    const items = () => page.locator('[data-dynstore-slot=recs] [data-dynstore-item]').evaluateAll((all) => all.map((one) => one.dataset.dynstoreItem));
    const shown = await items();
    assert.equal(shown.length, 8);
    await page.evaluate(() => document.addEventListener('click', (click) => click.preventDefault()));
    await page.locator('[data-dynstore-slot=recs] [data-dynstore-item] a').first().click();
    assert.deepEqual((await sdk.arrive(shop, 1, 'si')).map(({ item, fields }) => [item, fields.l]), [[shown[0], 'recs']]);
    await page.evaluate(() => { document.body.style.paddingTop = '3000px'; scrollTo(0, 0); });
    await page.mouse.click(50, 700);
    await page.evaluate((id) => window.dynstore.track({ event: 'add_to_cart', item_id: id }), shown[0]);
    await sdk.until(async () => !(await items()).includes(shown[0]), 'the block follows', 8);
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test('an element looks as a block in the page does, and the rules of docs/browser.md for its parts hold', async () => {
  const { page, context, errors } = await open('/blocks');
  const looks = () => page.evaluate(() => {
    const of = (selector) => getComputedStyle((document.querySelector('dynstore-block')?.shadowRoot || document).querySelector(selector));
    return { items: of('.dynstore-items').display, image: of('.dynstore-item img').aspectRatio, line: of('.dynstore-item').borderTopWidth,
      gap: of('.dynstore-items').columnGap, price: of('.dynstore-item-price').color };
  });
  await page.locator('.dynstore-item').first().waitFor();
  const plain = await looks();
  assert.equal(plain.items, 'grid');
  await page.goto(`${shop.url}/element`);
  await page.locator('.dynstore-item').first().waitFor();
  assert.deepEqual(await looks(), plain);
  await page.goto(`${shop.url}/parts`);
  await page.locator('.dynstore-item').first().waitFor();
  assert.deepEqual(await looks(), { ...plain, image: '1 / 1', gap: '32px', price: 'rgb(0, 128, 0)' });
  assert.deepEqual(errors, []);
  await context.close();
});

test('what docs/browser.md marks is told', async () => {
  const { page, context } = await open('/marks');
  for (const control of await page.locator('[data-dynstore-event]').all()) await control.click();
  await page.fill('[data-dynstore-question]', 'Is it warm?');
  await page.locator('form button').click();
  await sdk.arrive(shop, 5, 'wl', 'co', 'sg', 'fi', 'qu');
  assert.deepEqual(sdk.told(shop, 'wl', 'co', 'sg', 'qu').map(({ item }) => item), Array(4).fill('rain-shell'));
  assert.deepEqual([sdk.told(shop, 'fi')[0].fields, sdk.told(shop, 'qu')[0].fields.t], [{ f: 'colour', v: 'Moss' }, 'Is it warm?']);
  await context.close();
});
